// Which badge a pasted text means: each way in which mail, chats and people are known to change a link.
import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { isAddress, isCutShort, linkIn } from '../../node/web/page/links.mjs';

const D = '14b654d4eb0bed44d0731f88cd76f127a90aede79f17ee35949087bc393033da';
const OTHER = 'ab'.repeat(32);
const LINK = `https://badges.example/registry/c/${D}`;
const packed = deflateRawSync(Buffer.from(JSON.stringify({ name: 'x'.repeat(40), of: D, at: LINK }))).toString('base64url');
const FULL = `${LINK}#b=${packed}`;
const coded = encodeURIComponent;

/* All but letters and digits as -XX, and / as _. */
const v2 = (url) => {
  const u = url.replace(/[^\w/.]|_/g, (c) => `-${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('/', '_');
  return `https://urldefense.proofpoint.com/v2/url?u=${u}&d=DwMFaQ&c=x&r=y&m=z&s=w&e=`;
};
/* What Proofpoint replaces becomes * and is listed behind the link; of runs, their length as a letter. */
const v3 = (url, marks = /[#=]/g) => {
  const taken = [...url.matchAll(marks)].map(([one]) => one).join('');
  return `https://urldefense.com/v3/__${url.replace(marks, '*')}__;${Buffer.from(taken).toString('base64url')}!!AbC!dEf-Gh$`;
};
const safe = (url) =>
  `https://eur01.safelinks.protection.outlook.com/?url=${coded(url)}&data=05%7C02%7Cada%40north-sea.example%7C&sdata=aB%2Bc%3D&reserved=0`;

const plain = {
  'as it is': LINK,
  'tracking parameters': `${LINK}?utm_source=x&utm_medium=social&fbclid=IwAR0_${OTHER}`,
  'a slash': `${LINK}/`,
  'a full stop': `${LINK}.`,
  brackets: `<${LINK}>`,
  'round brackets': `(${LINK})`,
  'square brackets': `[${LINK}]`,
  quotes: `“${LINK}”`,
  'straight quotes': `"${LINK}"`,
  Markdown: `[my badge](${LINK})`,
  italics: `_${LINK}_`,
  Slack: `<${LINK}|my badge>`,
  capitals: LINK.toUpperCase(),
  'words around': `See my badge: ${LINK}, from March`,
  'a mail around': `Dear Ms Lindqvist,\n\nhere it is:\n${LINK}\n\nAda\n-- \nAda Example, https://www.example.org/\n`,
  'hexadecimal words behind it': `${LINK}\nAda`,
  'twice, as mail programs write links': `${LINK}<${LINK}>`,
  'two lines': `https://badges.example/registry/c/${D.slice(0, 30)}\n${D.slice(30)}`,
  'two lines and words': `It is https://badges.example/registry/c/${D.slice(0, 30)}\r\n${D.slice(30)}\r\nAda`,
  'a line break after c/': `https://badges.example/registry/c/\n${D}`,
  'a line break in the host': `https://badges.exam\nple/registry/c/${D}`,
  'a quoted mail': `> It is https://badges.example/registry/c/${D.slice(0, 30)}\n> ${D.slice(30)}\n> Ada`,
  'quoted-printable': `https://badges.example/registry/c/${D.slice(0, 30)}=\r\n${D.slice(30)}`,
  'marks that are not seen': `\ufeff${LINK.slice(0, 50)}\u200b${LINK.slice(50)}\u00ad`,
  'without a scheme': `badges.example/registry/c/${D}`,
  'a card': LINK.replace('/c/', '/embed/'),
  'a QR code': `${LINK}/qr.svg`,
  'a record': `https://badges.example/v1/credentials/${D}/receipt`,
  '0x': `https://badges.example/c/0x${D}`,
  'percent-encoded': coded(LINK),
  Outlook: safe(LINK),
  'Outlook, twice': safe(safe(LINK)),
  'Outlook, over lines': safe(LINK).replace(/.{76}/g, '$&\n'),
  Google: `https://www.google.com/url?q=${coded(LINK)}&sa=D&source=editors&ust=1700000000000000&usg=AOvVaw0`,
  'Google, not encoded': `https://www.google.com/url?q=${LINK}&sa=D&ust=1`,
  'Proofpoint 1': `https://urldefense.proofpoint.com/v1/url?u=${coded(LINK)}&k=abc%3D&r=x`,
  'Proofpoint 2': v2(LINK),
  'Proofpoint 2, other order': v2(LINK).replace(/url\?(u=[^&]*)&d=\w*/, 'url?d=DwMFaQ&$1'),
  'Proofpoint 3': v3(LINK),
  'Proofpoint 3, one slash': v3(LINK).replace('__https://', '__https:/'),
  'Proofpoint in Outlook': safe(v2(LINK)),
  'another redirection': `https://l.facebook.com/l.php?u=${coded(LINK)}&h=AT0`,
  'a digest': D,
  'a digest in capitals': D.toUpperCase(),
  'a digest with 0x': `0x${D}`,
  'a digest in brackets': `<${D}>.`,
  'a digest over lines': `${D.slice(0, 40)}\n  ${D.slice(40)}`,
  'a digest in groups': D.match(/.{4}/g).join(' '),
  'a digest with colons': D.match(/../g).join(':'),
  'a digest named': `SHA-256: ${D}`,
  'a digest with words': `its fingerprint is ${D}.`,
  'digits only': '7'.repeat(64),
};

test('links and digests, however they arrive', () => {
  for (const [name, text] of Object.entries(plain)) {
    const { linked, fragments } = linkIn(text);
    assert.equal(linked, name === 'digits only' ? '7'.repeat(64) : D, name);
    assert.deepEqual(fragments, [], name);
  }
});

const full = {
  'as it is': FULL,
  'a full stop': `${FULL}.`,
  brackets: `<${FULL}>`,
  Markdown: `[my badge](${FULL})`,
  italics: `_${FULL}_`,
  parameters: FULL.replace('#', '?utm_source=x#'),
  'parameters behind it': `${FULL}&utm_source=x`,
  'words around': `See my badge: ${FULL}, from March`,
  'over lines': FULL.replace(/.{76}/g, '$&\r\n'),
  'over lines, and a name': `${FULL.replace(/.{76}/g, '$&\n')}\nAda\nExample University`,
  'a quoted mail': `> ${FULL.replace(/.{74}/g, '$&\n> ')}\n> Ada`,
  'quoted-printable': FULL.replace('=', '=3D').replace(/.{75}/g, '$&=\r\n'),
  'percent-encoded': coded(FULL),
  'the sign # encoded': FULL.replace('#', '%23'),
  Outlook: safe(FULL),
  'Outlook, over lines': safe(FULL).replace(/.{76}/g, '$&\n'),
  Google: `https://www.google.com/url?q=${coded(FULL)}&sa=D`,
  'Proofpoint 2': v2(FULL),
  'Proofpoint 3': v3(FULL),
  'no node': `https://pages.example/verify.html#b=${packed}`,
  'a file': `file:///home/ada/verify.html#b=${packed}`,
};

test('the badge inside is found, whole', () => {
  for (const [name, text] of Object.entries(full)) {
    const { linked, fragments } = linkIn(text);
    assert.equal(linked, ['no node', 'a file'].includes(name) ? null : D, name);
    assert.ok(fragments.includes(`#b=${packed}`), `${name}: ${fragments}`);
  }
});

test('runs of Proofpoint 3', () => {
  const url = `https://badges.example/##/c/${D}`;
  const link = `https://urldefense.com/v3/__https://badges.example/**A/c/${D}__;IyM!!x$`;
  assert.equal(linkIn(link).linked, linkIn(url).linked);
  assert.equal(linkIn(link).linked, D);
});

test('what names no badge, or more than one, is not taken for a link', () => {
  for (const text of [
    '',
    'https://badges.example/',
    `https://badges.example/c/${D.slice(1)}`,
    `https://badges.example/c/${D}0`,
    `https://chain.example/tx/0x${D}`,
    `{"id":"${LINK}"}`,
    ` [{"id":"${LINK}"}]`,
    `["${LINK}"]`,
    `<svg xmlns="x"><a href="${LINK}"/></svg>`,
    `<?xml version="1.0"?><a>${LINK}</a>`,
    `eyJhbGciOiJFUzI1NiJ9.${D}.${D}`,
    `${LINK} ${'word '.repeat(400)}`,
    `${D} ${'word '.repeat(400)}`,
    `${LINK}${'x'.repeat(100_000)}`,
    '%',
    '%ff%fe',
    'https://urldefense.com/v3/__https://x/*__;%%%!!x$',
    `https://urldefense.com/v3/__https://x/**A__;${'A'.repeat(5)}!!x$`,
  ])
    assert.deepEqual(linkIn(text), { linked: null, fragments: [], isSeveral: false }, text.slice(0, 120));
  for (const text of [`${LINK} and ${LINK.replace(D, OTHER)}`, `${FULL}\n${FULL.replace(D, OTHER)}`, `${D} ${OTHER}`, `0x${D}\n0x${OTHER}`])
    assert.deepEqual(linkIn(text), { linked: null, fragments: [], isSeveral: true }, text.slice(0, 120));
});

test('hostile texts take no time', () => {
  const started = performance.now();
  for (const part of ['/c/', '0', 'a\n', '=\r\n', '%25', '#b=', '#b=a\n', 'https://', '**A', '\u200b', '> ', '- '])
    linkIn(part.repeat(Math.floor(100_000 / part.length)));
  linkIn(`https://x/?u=${'%25'.repeat(30_000)}`);
  assert.ok(performance.now() - started < 20_000);
});

test('an address alone', () => {
  assert.ok(isAddress('https://example.org/badge') && isAddress(' <http://x/>\n'));
  assert.ok(isCutShort(`https://badges.example/c/${D.slice(1)}.`) && isCutShort('<https://badges.example/x/embed/0x12>'));
  assert.ok(!isCutShort('https://badges.example/c/hello') && !isCutShort('https://badges.example/'));
  assert.ok(!isAddress('see https://example.org') && !isAddress('{"id":"https://example.org"}'));
});
