// The operator's page in chromium, with a real node and chain (operator_scene.py). $OPERATOR_SHOTS: a folder for
// screenshots, else none are kept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { chromium } = await import(pathToFileURL(process.env.BADGED_PLAYWRIGHT));
const axe = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const script = fileURLToPath(new URL('./operator_scene.py', import.meta.url));
const scene = spawn(process.env.PYTHON ?? 'python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: scene.stdout })[Symbol.asyncIterator]();
const { url, tokens, issuer } = JSON.parse((await lines.next()).value);
const browser = await chromium.launch({
  executablePath: process.env.BADGED_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});

test.after(async () => {
  await browser.close();
  scene.stdin.end();
  await new Promise((resolve) => scene.once('exit', resolve));
});

async function tell(word) {
  scene.stdin.write(`${word}\n`);
  assert.equal((await lines.next()).value, 'done');
}

let counter = 0;
const badge = (name = `urn:example:${process.pid}:${counter++}`) =>
  JSON.stringify({ id: name, issuer, type: ['VerifiableCredential'] });
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

async function post(path, token, body = undefined, type = 'application/json') {
  const headers = { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': type } : {}) };
  const response = await fetch(url + path, { method: 'POST', headers, body });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return response.status === 204 ? null : response.json();
}

/* A page of its own; its requests, and what it complained of. */
async function open(t, { at = `${url}/operator`, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(300_000); // for what must come, on whatever machine
  const seen = { requests: [], errors: [] };
  page.on('request', (request) => seen.requests.push(request));
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) seen.errors.push(message.text());
  });
  t.after(() => assert.deepEqual(seen.errors, []));
  await page.goto(at);
  return { page, seen };
}

async function enter(t, token = tokens.all, options = {}) {
  const opened = await open(t, options);
  await opened.page.fill('#token', token);
  await opened.page.click('#enter button');
  await opened.page.waitForSelector('#board:not([hidden])');
  return opened;
}

async function shot(page, name) {
  if (process.env.OPERATOR_SHOTS)
    await page.screenshot({ path: `${process.env.OPERATOR_SHOTS}/${name}.png`, fullPage: true });
}

async function accessible(page, rules = {}) {
  await page.evaluate(axe);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await page.evaluate((options) => globalThis.axe.run(options), { runOnly: tags, rules });
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120))]), []);
}

/* Drops files as a hand would, by the DataTransfer that the page itself sees. */
async function drop(page, files) {
  const transfer = await page.evaluateHandle((list) => {
    const all = new DataTransfer();
    for (const { name, text } of list) all.items.add(new File([text], name));
    return all;
  }, files);
  for (const type of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('#drop', type, { dataTransfer: transfer });
}

const figure = (page, name) => page.locator('#figures > div', { hasText: name }).locator('.value').innerText();
const settled = (page) => page.waitForFunction(() => /credentials? accepted/.test(document.querySelector('#submit .sub').innerText)
    && !/files? left/.test(document.querySelector('#submit .sub').innerText));

async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

test('nothing is shown without a token, and a wrong one is told so', async (t) => {
  const { page, seen } = await open(t);
  assert.equal(await page.isVisible('#board'), false);
  assert.deepEqual(seen.requests.map((request) => new URL(request.url()).pathname), ['/operator']);
  await accessible(page);
  await page.click('#enter button');
  assert.equal(await page.innerText('#token-wrong'), 'Enter a token.');
  await page.fill('#token', `badged_${'x'.repeat(43)}`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#token-wrong:has-text("is unknown or was revoked")');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'token');
  assert.equal(await page.isVisible('#board'), false);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.fill('#token', 'ä\r\nX-Evil: 1');
  await page.click('#enter button');
  assert.equal(await page.innerText('#token-wrong'), 'Enter a token.');
  await shot(page, 'door');
});

test('the token goes to this node in a header, and stays in the tab', async (t) => {
  const { page, seen } = await enter(t);
  await page.waitForSelector('#state.good');
  assert.ok(seen.requests.every((request) => request.url().startsWith(`${url}/`) && !request.url().includes('badged_')));
  assert.ok(seen.requests.filter((r) => new URL(r.url()).pathname !== '/operator')
    .every((request) => request.headers().authorization === `Bearer ${tokens.all}`));
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 1, '']);
  await page.reload();
  await page.waitForSelector('#board:not([hidden])');
  await page.click('#leave');
  assert.equal(await page.isVisible('#board'), false);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.reload();
  assert.equal(await page.isVisible('#door'), true);
});

test('the page is one file under a strict policy', async () => {
  const response = await fetch(`${url}/operator`);
  const policy = response.headers.get('content-security-policy') ?? '';
  const html = await response.text();
  assert.match(html, /http-equiv="Content-Security-Policy"/);
  for (const rule of [/default-src 'none'/, /script-src 'sha256-/, /connect-src 'self'/, /form-action 'none'/])
    assert.match(policy + html, rule);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy + html.slice(0, 4000), /unsafe-inline|unsafe-eval/);
  assert.doesNotMatch(html, /<(script|link|img)[^>]*(src|href)=["']?https?:/);
});

test('what a token may not do is not offered', async (t) => {
  const { page } = await enter(t, tokens.look);
  await page.waitForSelector('#submit .hint');
  assert.equal(await page.locator('#seal button').count(), 0);
  assert.match(await page.innerText('#providers'), /needs a token with the scope admin/);
  assert.match(await page.innerText('#submit'), /needs a token with the scope submit/);
  await accessible(page);
});

test('files that are dropped are submitted, and their receipts had', async (t) => {
  const { page } = await enter(t);
  const good = [badge(), badge(), badge()];
  const bulk = Array.from({ length: 500 }, () => badge());
  await drop(page, [
    ...good.map((text, i) => ({ name: `badge-${i}.json`, text })),
    { name: 'twice.json', text: '{"a":1,"a":2}' },
    { name: 'many.ndjson', text: `${bulk.join('\n')}\n{"broken":\n` },
    { name: '<img src=x onerror=alert(1)>.json', text: badge() },
  ]);
  await settled(page);
  const words = await page.locator('#submit .files > li').allInnerTexts();
  assert.equal(words.length, 6);
  assert.match(words[3], /refused/);
  assert.match(words[3], /twice/);
  assert.match(words[4], /500 lines accepted, 1 line refused/);
  assert.match(words[4], /Line 501: /);
  assert.match(words[5], /^<img src=x/);
  assert.match(await page.innerText('#submit .sub'), /^504 credentials accepted, 1 file refused, 1 file accepted in part\.$/);
  // the keys of badge() are in order, so its digest is that of its own bytes
  await page.click('#seal button');
  const row = page.locator('#batches tr').first();
  await page.waitForFunction(() => document.querySelector('#batches .chip')?.innerText === 'final');
  assert.match(await row.innerText(), /504/);
  const all = await download(page, () => page.click('text=Receipts as one file'));
  assert.equal(all.name, 'receipts.ndjson');
  const receipts = all.text.trim().split('\n').map((line) => JSON.parse(line));
  const found = new Set(receipts.map((receipt) => receipt.digest.value));
  assert.equal(found.size, 504);
  assert.ok([...good, ...bulk].every((text) => found.has(sha256(text))));
  assert.ok(receipts.every(({ anchor }) => anchor.status === 'final'));
  await page.locator('#submit .files button.link').first().click();
  await page.waitForSelector('#record .facts');
  const one = await download(page, () => page.click('#record >> text=Receipt'));
  assert.equal(one.name, `${sha256(good[0])}.receipt.json`);
  assert.equal(JSON.parse(one.text).digest.value, sha256(good[0]));
  await shot(page, 'submitted');
  await accessible(page);
});

test('a file is sent as what it is, and as bytes only if somebody says so', async (t) => {
  const { page } = await enter(t);
  const types = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') types.push(request.headers()['content-type']);
  });
  const plainJson = JSON.stringify({ hello: `${process.pid}`, type: 'Something' });
  await drop(page, [
    { name: 'badge', text: `  ${badge()}` },
    { name: 'token.txt', text: `${['{"alg":"EdDSA"}', badge(), 'signed'].map((part) => Buffer.from(part).toString('base64url')).join('.')}` },
    { name: 'paper.bin', text: '%PDF-1.7 a paper' },
    { name: 'notes.txt', text: 'only words' },
    { name: 'settings.json', text: plainJson },
    { name: 'words.json', text: 'no JSON at all' },
  ]);
  await page.waitForSelector('#submit .sub:text-is("4 credentials accepted, 2 files refused.")');
  const pdf = 'application/pdf';
  const bytes = 'application/octet-stream';
  assert.deepEqual(types.toSorted(), ['application/json', 'application/json', 'application/json', 'application/jwt', bytes, pdf].toSorted());
  const row = (name) => page.locator(`#submit .files > li:has(bdi:text-is("${name}"))`);
  assert.match(await row('settings.json').innerText(), /refused\n[^]*Record its bytes as they are/);
  assert.match(await row('words.json').innerText(), /media type says JSON/);
  assert.equal(await row('badge').locator('.as-bytes').count(), 0);
  await accessible(page);
  await shot(page, 'refused');
  await row('settings.json').scrollIntoViewIfNeeded();
  const box = await row('settings.json').getByRole('checkbox').boundingBox();
  assert.ok(box.width >= 24 && box.width <= 32 && box.height >= 24, JSON.stringify(box));
  types.length = 0;
  const send = row('settings.json').getByRole('button', { name: 'Send as bytes' });
  assert.equal(await send.isDisabled(), true);
  await row('settings.json').getByRole('checkbox').check();
  await send.click();
  await page.waitForSelector('#submit .sub:text-is("5 credentials accepted, 1 file refused.")');
  assert.deepEqual(types, [bytes]);
  assert.equal(await row('settings.json').locator('button.link').getAttribute('title'), sha256(plainJson));
});

test('the notices of an answer are shown, in words', async (t) => {
  const { page } = await enter(t);
  const ended = (n) => JSON.stringify({ id: `urn:example:ended:${process.pid}:${n}`, issuer: 'did:web:issuer.example',
    type: ['VerifiableCredential'], validUntil: '2021-01-01T00:00:00Z' });
  const revoked = badge();
  await post('/v1/credentials', tokens.all, revoked);
  await post(`/v1/credentials/${sha256(revoked)}/revocation`, tokens.all);
  await drop(page, [
    { name: 'ended.json', text: ended(0) },
    { name: 'ended.ndjson', text: [ended(1), ended(2), ended(3)].join('\n') },
    { name: 'revoked.json', text: revoked },
  ]);
  await settled(page);
  const noticed = (name) => page.locator('#submit .files > li', { hasText: name }).locator('.noticed').innerText();
  assert.match(await noticed('ended.json'), /^It has ended\. It ended on 2021-01-01T00:00:00Z; verifiers/);
  assert.match(await noticed('ended.json'), /DID document was not looked up\. .*did not fetch https:\/\/issuer\.example/);
  assert.match(await noticed('ended.ndjson'), /^Line 1 and 2 lines more: It has ended\. /);
  assert.match(await noticed('revoked.json'), /\nA revocation\. /);
  assert.match(await page.innerText('#submit > .noticed'), /^4 × It has ended$/m);
  await accessible(page);
  await shot(page, 'noticed');
});

test('of many files those that go wrong are listed, and an image that is only a link is told so', async (t) => {
  const { page } = await enter(t);
  const link = 'https://badges.example/assertions/1';
  const image = `<svg xmlns="http://www.w3.org/2000/svg"><b:assertion xmlns:b="http://openbadges.org" verify="${link}"/></svg>`;
  await drop(page, [
    { name: 'link.svg', text: image },
    ...Array.from({ length: 110 }, (_, i) => ({ name: `many-${i}.json`, text: badge() })),
    { name: 'late.json', text: '{"a":1,"a":2}' },
  ]);
  await settled(page);
  assert.match(await page.innerText('#submit .sub'), /^111 credentials accepted, 1 file refused, 101 of 112 files are listed\.$/);
  assert.match(await page.innerText('#submit .files > li:has-text("late.json")'), /refused\nThis name occurs twice/);
  assert.match(await page.innerText('#submit .files > li:has-text("link.svg")'), new RegExp(`has only a link to its badge \\(${link}\\)`));
  await page.waitForFunction(() => !/none/.test(document.querySelectorAll('#figures .value')[2].innerText)); // they wait
});

test('a bulk that breaks off goes on where it broke', async (t) => {
  const { page } = await enter(t);
  const bulk = Array.from({ length: 30000 }, (_, i) => JSON.stringify({ type: 'VerifiableCredential', id: `urn:bulk:${process.pid}:${i}`, issuer, n: 'x'.repeat(150) }));
  let n = 0;
  await page.route('**/v1/credentials', (route) => (++n === 2 ? route.abort() : route.continue()));
  await drop(page, [{ name: 'big.ndjson', text: bulk.join('\n') }]);
  await settled(page);
  assert.match(await page.innerText('#submit .files > li'), /30,000 lines accepted/);
  assert.ok(n >= 3, `${n} requests`);
  // what no try helps with can be tried again by hand
  await page.unroute('**/v1/credentials');
  await page.route('**/v1/credentials', (route) => route.abort());
  await drop(page, [{ name: 'later.json', text: badge() }]);
  await page.waitForSelector('#submit .mark.failed');
  await page.unroute('**/v1/credentials');
  await page.click('#submit .files >> text=Try again');
  await page.waitForFunction(() => !document.querySelector('#submit .mark.failed'));
  await settled(page);
});

test('the board lives by events, without a reload', async (t) => {
  const { page, seen } = await enter(t);
  await page.waitForSelector('.live.on');
  const before = Number((await figure(page, 'Accepted')).replaceAll(',', ''));
  await page.evaluate(() => { globalThis.stays = true; });
  const lists = () => seen.requests.filter((request) => request.url().includes('/v1/batches?')).length;
  const listed = lists();
  await post('/v1/credentials', tokens.all, badge());
  await page.waitForFunction((n) => document.querySelector('#figures dd').innerText.replaceAll(',', '') === String(n), before + 1);
  const { number } = await post('/v1/batches', tokens.all);
  await page.waitForSelector(`#batches tr:first-child:has-text("${number}")`);
  await page.waitForFunction(() => document.querySelector('#batches .chip').innerText === 'final');
  const cells = await page.locator('#batches tr').first().locator('td').allInnerTexts();
  assert.match(cells[3], /^0x[0-9a-f]{8}…[0-9a-f]{6}/);
  assert.match(cells[4], /^[\d,]+$/);
  assert.match(cells[5], /^[\d.,]+ gwei$/);
  assert.equal(lists(), listed); // the table came by events alone
  assert.equal(await page.evaluate(() => globalThis.stays), true);
  assert.match(await page.innerText('#rate-summary'), /accepted in the last minute/);
  await page.locator('#rate-table').locator('..').locator('summary').click();
  await page.waitForSelector('#rate-table td');
  const drawn = await page.evaluate(() => {
    const canvas = document.getElementById('rate-chart');
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0);
  });
  assert.ok(drawn);
});

test('a withdrawal is shown as it happens', async (t) => {
  const { page, seen } = await enter(t);
  await page.waitForSelector('.live.on');
  await post('/v1/credentials', tokens.all, badge());
  const { number, root } = await post('/v1/batches', tokens.all);
  const row = `#batches tr:has(a:text-is("${number}"))`;
  await page.waitForSelector(`${row} .chip.final`);
  const lists = () => seen.requests.filter((request) => request.url().includes('/v1/batches?')).length;
  const listed = lists();
  await tell(`withdraw ${root}`);
  await page.waitForSelector(`${row} .chip.withdrawn`);
  assert.equal(lists(), listed);
  await page.reload();
  await page.waitForSelector(`${row} .chip.withdrawn`);
  assert.match(await page.innerText('#older'), /Fees are known only for anchors that were mined while this page was open/);
});

test('a node that says nothing is told so, not shown as it was', async (t) => {
  const { page } = await enter(t);
  await page.waitForSelector('#state.good');
  await page.route('**/v1/node', () => {}); // never answered
  await page.waitForSelector('#state:has-text("No answer")');
  assert.match(await page.innerText('#state'), /check whether it is running\.\n+.*is from \d\d:\d\d\./);
  await page.unroute('**/v1/node');
  await page.waitForSelector('#state.good');
});

test('without events the board asks', async (t) => {
  const { page } = await open(t);
  await page.route('**/v1/events', (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '5' } }));
  await page.fill('#token', tokens.all);
  await page.click('#enter button');
  await page.waitForSelector('.live:has-text("Not live")');
  await post('/v1/credentials', tokens.all, badge());
  const { number } = await post('/v1/batches', tokens.all);
  await page.waitForSelector(`#batches tr:first-child:has-text("${number}")`);
  assert.match(await page.title(), /^Ready/);
  await page.unroute('**/v1/events');
  await page.waitForSelector('.live.on');
});

test('each reason that the node is not ready is told in words', async (t) => {
  const { page } = await enter(t);
  await page.waitForSelector('#state.good');
  const reasons = [['fee_cap', 'it waits'], ['not_mined', 'it is still broadcast'], ['something_new', 'as the node says']];
  const answer = { ready: false, reasons: reasons.map(([code, detail]) => ({ code, detail })) };
  await page.route('**/readyz', (route) => route.fulfill({ status: 503, json: answer }));
  await page.waitForSelector('#state.bad');
  const lines = (await page.innerText('#state')).split(/\n+/);
  assert.deepEqual(lines, ['Not ready', 'The fee is at its limit. It waits.', 'A transaction is in no block yet. It is still broadcast.',
    'As the node says.']);
  await accessible(page);
  await shot(page, 'reasons');
});

test('an error of the chain is told in words, and a restart outlived', async (t) => {
  const { page } = await enter(t);
  await page.waitForSelector('#state.good');
  await tell('chain-stop');
  await page.waitForSelector('#state.bad');
  assert.match(await page.innerText('#state'), /Not ready\n+.{20}/);
  await shot(page, 'not-ready');
  await tell('chain-go');
  await page.waitForSelector('#state.good');
  await page.waitForSelector('.live.on');
  await tell('restart');
  await page.waitForSelector('.live.on');
  await page.waitForSelector('#state.good');
  const told = post('/v1/credentials', tokens.all, badge()).then(() => post('/v1/batches', tokens.all));
  const { number } = await told;
  await page.waitForSelector(`#batches tr:first-child:has-text("${number}")`);
});

test('revoking is confirmed, and told by the chain', async (t) => {
  const text = badge();
  const digest = sha256(text);
  const { page, seen } = await enter(t);
  await page.waitForSelector('.live.on');
  await post('/v1/credentials', tokens.all, text);
  await post('/v1/batches', tokens.all);
  await page.fill('#digest', 'no digest');
  await page.getByRole('button', { name: 'Look up', exact: true }).click();
  assert.match(await page.innerText('#digest-wrong'), /64 hexadecimal digits/);
  await page.fill('#digest', digest.toUpperCase());
  await page.keyboard.press('Enter');
  await page.click('text=Revoke…');
  const posts = () => seen.requests.filter((request) => request.method() === 'POST').length;
  await page.fill('#confirm', '00000000');
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  assert.match(await page.innerText('#confirm-wrong'), /not its first eight digits/);
  await accessible(page);
  await shot(page, 'revoke');
  await page.keyboard.press('Escape');
  assert.equal(await page.isVisible('#revoke'), false);
  assert.equal(posts(), 0);
  await page.click('text=Revoke…');
  await page.selectOption('#reason', 'error');
  await page.fill('#note', 'ü'.repeat(251));
  await page.fill('#confirm', digest.slice(0, 8));
  await page.keyboard.press('Enter');
  assert.match(await page.innerText('#confirm-wrong'), /longer than 500 bytes/);
  await page.fill('#note', 'the wrong year');
  await page.focus('#confirm');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !document.querySelector('#revoke').open);
  assert.equal(posts(), 1);
  await page.waitForSelector('#record .chip.revoked');
  await page.waitForSelector('#record dd:text-is("final; issued in error")');
  await page.waitForSelector('#record dd:text-is("the wrong year")');
  assert.match(await page.innerText('#record'), /by 0x[0-9a-fA-F]{40}/);
  assert.equal(await page.locator('text=Revoke…').count(), 0);
  assert.match(await page.innerText('.changes li'), /Revoked by this node \(issued in error\), \d{4}-/);
  await shot(page, 'revoked');
  await tell(`restore ${digest}`); // which is another's doing
  await page.waitForSelector('.changes li:has-text("Restored by 0x")');
  await page.waitForSelector('#record .chip.good');
});

test('a status that is not known looks like none that is', async (t) => {
  const digest = sha256(badge());
  const { page } = await enter(t);
  const record = { digest, canonicalization: 'jcs', state: 'pending', receivedAt: '2026-11-23T12:00:00Z', status: 'unknown' };
  await page.route(`**/v1/credentials/${digest}`, (route) => route.fulfill({ json: record }));
  await page.fill('#digest', digest);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#record .chip.unknown:has(.icon)');
  assert.match(await page.innerText('#record'), /does not know its status on the chain at present/);
  assert.equal(await page.locator('text=Revoke…').count(), 1);
});

test('by keyboard alone', async (t) => {
  const { page } = await open(t);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Tab');
  await page.keyboard.type(tokens.all);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#board:not([hidden])');
  await page.waitForSelector('#seal button');
  const names = new Set();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    names.add(await page.evaluate(() => document.activeElement.id || document.activeElement.innerText));
  }
  for (const name of ['leave', 'Seal now', 'choose files', 'digest', 'Look up']) assert.ok(names.has(name), name);
});

for (const [name, options] of Object.entries({
  narrow: { viewport: { width: 320, height: 640 } },
  'narrow dark': { viewport: { width: 360, height: 800 }, colorScheme: 'dark' },
  dark: { colorScheme: 'dark' },
  forced: { forcedColors: 'active', reducedMotion: 'reduce' },
}))
  test(`${name}: nothing is lost`, async (t) => {
    const { page } = await enter(t, tokens.all, options);
    await page.waitForSelector('#state.good');
    await drop(page, [
      { name: `${'a-long-name-'.repeat(8)}.json`, text: badge() },
      { name: `${'no-credential-'.repeat(8)}.json`, text: '{"type":"Something"}' },
    ]);
    await settled(page);
    await page.waitForSelector('#rate-summary:has-text("1 credential accepted in the last minute")');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    // where the reader's own colours are in force, their contrast is the reader's too
    await accessible(page, { 'color-contrast': { enabled: name !== 'forced' } });
    await shot(page, name);
  });

/* As nginx forwards `location /registry/` to `http://badged/`. */
async function behindProxy(t) {
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url.startsWith('/registry/')) return outgoing.writeHead(404).end();
    const { method, headers } = incoming;
    const forwarded = ask(new URL(incoming.url.slice('/registry'.length), url), { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode, reply.headers).flushHeaders();
      reply.pipe(outgoing);
    });
    outgoing.on('close', () => forwarded.destroy());
    forwarded.on('error', () => outgoing.destroy());
    return incoming.pipe(forwarded);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/registry`;
}

test('the page works below a path of another site', async (t) => {
  const base = await behindProxy(t);
  for (const end of ['', '/']) {
    const { page, seen } = await enter(t, tokens.all, { at: `${base}/operator${end}` });
    await page.locator('#live.on').waitFor();
    const text = badge();
    const digest = sha256(text);
    await drop(page, [{ name: 'a.json', text }]);
    await settled(page);
    await page.fill('#digest', `${base}/c/${digest}/`);
    await page.press('#digest', 'Enter');
    const link = page.locator('#record a', { hasText: 'Public page' });
    await link.waitFor();
    assert.equal(await link.evaluate((node) => node.href), `${base}/c/${digest}`);
    for (const request of seen.requests.filter((one) => one.url().startsWith('http')))
      assert.ok(request.url().startsWith(`${base}/`), request.url());
  }
});

test('a token that is revoked ends it', async (t) => {
  const { page } = await enter(t);
  await tell('revoke-token');
  await page.waitForSelector('#token-wrong:has-text("is no longer valid")');
  assert.equal(await page.isVisible('#board'), false);
});
