// QR codes, read by another program: zbarimg.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

const { qrCode } = await import(pathToFileURL(`${process.env.BADGED_PACKAGE}/index.mjs`).href);
const SCALE = 4;
const QUIET = 4;

/* As a plain bitmap (PBM). */
function bitmap(rows) {
  const blank = '0'.repeat(rows.length + 2 * QUIET);
  const edge = Array(QUIET).fill(blank);
  const framed = [...edge, ...rows.map((row) => `0000${row}0000`), ...edge];
  const lines = framed.flatMap((row) => Array(SCALE).fill([...row].map((cell) => cell.repeat(SCALE)).join('')));
  return `P1\n${lines[0].length} ${lines.length}\n${lines.join('\n').replace(/.{60}/g, '$&\n')}\n`;
}

function read(rows) {
  const options = { input: bitmap(rows), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 1 << 20 };
  return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', 'pbm:-'], options).replace(/\n$/, '');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const textOf = (length) =>
  Array.from({ length }, (_, i) => ALPHABET[(i * i * 7 + i * 13 + length) % ALPHABET.length]).join('');

/* The longest text of each version: level M to version 14, level L above. */
const LONGEST = [
  14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 400, 401, 458, 520, 586, 644, 718, 792, 858, 929, 1003,
  1091, 1171, 1273, 1367, 1465, 1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699, 2809, 2953,
];

test('every version is read', async () => {
  for (const length of [1, ...LONGEST])
    assert.equal(read(await qrCode(textOf(length))), textOf(length), `${length}`);
});

/* Level L corrects 7 % of the codewords. */
test('a damaged code is read', async () => {
  const text = textOf(1500);
  const rows = (await qrCode(text)).map((row) => [...row]);
  const middle = rows.length >> 1;
  for (let y = middle; y < middle + 12; y++) for (let x = middle; x < middle + 12; x++) rows[y][x] = '1';
  assert.equal(read(rows.map((row) => row.join(''))), text);
});

test('a longer text is refused', async () => {
  await assert.rejects(qrCode('x'.repeat(2954)), { name: 'BadgeError', status: 'limit' });
  assert.equal((await qrCode('x'.repeat(2953))).length, 177);
});
