// The verifier page as a node serves it: every way in, what it shows, whom it asks, and that nothing in a credential
// acts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { explorerUrl, known } from '../../node/web/page/chains.mjs';
import {
  answer,
  assertFits,
  choose,
  drop,
  fileOf,
  rely,
  scene,
  serve,
  serveStatic,
  shoot,
  visit,
} from '../support/page_browser.mjs';

const { node, rpc, digests } = scene;

/* The text of the QR code that is shown, read by another program. */
async function readQr(page, place = '#share') {
  const shown = page.locator(`${place} svg.qr`);
  await shown.waitFor();
  const enlarge = (style) => shown.evaluate((svg, css) => (svg.style.cssText = css), style);
  await enlarge('position: fixed; inset: 0; z-index: 9; max-inline-size: none; inline-size: 740px; block-size: 740px');
  const png = await shown.screenshot();
  await enlarge('');
  const options = { input: png, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] };
  return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', 'png:-'], options).trim();
}
const text = (page, selector) => page.locator(selector).first().innerText();
const plain = (string) =>
  string
    .replace(/[\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/* The names beside the answer, by what they are of. */
async function names(page) {
  const lines = await page.locator('.name').all();
  const found = lines.map(async (line) => [await line.getAttribute('data-name'), plain(await line.innerText())]);
  return Object.fromEntries(await Promise.all(found));
}

/* Of each group of checks: what it shows, whether it is open, and its checks. */
const groups = (page) =>
  page.evaluate(() =>
    Object.fromEntries(
      Array.from(document.querySelectorAll('[data-group]'), (group) => {
        const checks = Array.from(group.querySelectorAll('[data-check]'), ({ dataset }) => dataset.check);
        return [group.dataset.group, [group.dataset.shown, group.open, checks.join(' ')]];
      }),
    ),
  );

test('a file that is chosen', async (t) => {
  const page = await visit(t, `${node}/`);
  await choose(page, 'badge.json');
  const found = await answer(page, digests.badge);
  assert.equal(found.verdict, 'valid');
  assert.equal(Object.keys(found.codes).length, 10);
  assert.equal(found.codes.digest, 'digest_matches');
  assert.equal(found.codes.anchor, 'anchor_final');
  assert.equal(found.codes.issuer, 'issuer_bound');
  const badge = plain(await text(page, '#badge'));
  for (const part of [
    'Applied Data Science',
    'University of the North Sea',
    'The name is what the badge says. The id is what was compared.',
    'Ada Lindqvist',
    'March 14, 2026',
    'March 14, 2031',
    'Grade: A',
    'analyse big data',
    'statistics',
    'Certificate',
    '12 credits',
    'The study',
    'A written examination',
    'Open Badges 3.0',
  ])
    assert.ok(badge.includes(part), part);
  assert.match(await page.locator('#badge img').getAttribute('src'), /^data:image\/png;base64,/);
  assert.deepEqual(await names(page), {
    issuer: 'Issued by University of the North Sea (university.example)',
    holder: 'To Ada Lindqvist',
    title: 'For Applied Data Science · 12 credits',
  });
  const said = plain(await text(page, '.names-words'));
  assert.match(said, /^Names and title are the badge’s own words. Of the issuer, the id was compared. /);
  assert.match(said, new RegExp(`confirmed by the accreditor ${scene.issuer}, suggested by 127.0.0.1:\\d+\\.$`, 'i'));
  assert.match(plain(await text(page, '.verdict-when')), /^On record since [A-Z][a-z]+ \d{1,2}, \d{4} Checked/);
  assert.deepEqual(await groups(page), {
    unchanged: ['passed', false, 'digest inclusion registry anchor'],
    issuer: ['passed', false, 'proof issuer'],
    counts: ['passed', false, 'withdrawn revoked status validity'],
  });
  assert.equal(await page.locator('[data-check="proof"]').getAttribute('data-shown'), 'caution');
  assert.equal(await page.locator('#rests').evaluate((node) => node.open), false);
  assert.equal(await page.locator('#record .row a').count(), 0); // no explorer knows this chain
  const record = plain(await text(page, '#record'));
  assert.match(record, /Existed no later than .* UTC/);
  for (const part of ['chain 31337', digests.badge, new URL(rpc).origin]) assert.ok(record.includes(part), part);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'verdict-heading');
  await page.waitForFunction(() =>
    /^The answer: Valid\. /.test(document.getElementById('status').innerText.replace(/[\u2066-\u2069]/g, '').trim()),
  ); // said in the next frame
  await shoot(page, 'valid-1280');
});

test('files that are dropped', async (t) => {
  const page = await visit(t, `${node}/`);
  await drop(page, 'badge.receipt.json', 'badge.json', 'clr.json');
  const found = await answer(page, digests.badge);
  assert.equal(found.verdict, 'valid');
  assert.deepEqual(found.notices, ['notice.several']);
  assert.equal(await page.locator('#overlay').isHidden(), true);
  await drop(page, 'revoked.json');
  assert.equal((await answer(page, digests.revoked)).verdict, 'revoked');
  assert.match(plain(await text(page, '#record')), new RegExp(`Revoked .* UTC ${scene.issuer}`, 'i'));
  await shoot(page, 'revoked');
});

test('what replaces a badge, as the node says it', async (t) => {
  const { host } = new URL(node);
  const page = await visit(t, `${node}/c/${digests.replaced}`);
  const by = page.locator('[data-relation="replaced-by"]');
  await by.waitFor();
  assert.match(plain(await by.innerText()), new RegExp(`^${host} says that another badge replaces .* the node’s word`));
  assert.equal(await by.locator('a').getAttribute('href'), `${node}/c/${digests.renewed}`);
  await choose(page, 'replaced.json');
  await page.locator('[data-verdict="revoked"]').waitFor();
  await by.waitFor();
  assert.match(plain(await text(page, '.verdict')), /The stated reason: another badge replaces it\./);
  await shoot(page, 'replaced');

  const [other] = await Promise.all([page.waitForEvent('popup'), by.locator('a').click()]);
  const of = other.locator('[data-relation="replaces"]');
  await of.waitFor();
  assert.equal(await of.locator('a').getAttribute('href'), `${node}/c/${digests.replaced}`);
  assert.equal(await other.locator('[data-relation="replaced-by"]').count(), 0);

  const card = await visit(t, `${node}/embed/${digests.replaced}`, { width: 400, height: 190 });
  const asked = [];
  card.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await card.reload();
  await answer(card, digests.replaced);
  assert.ok(!asked.includes(`/v1/credentials/${digests.replaced}`), 'the card shows none, and asks for none');
});

test('a node that answers nonsense, or nothing, is asked in vain', async (t) => {
  const evil = { replacedBy: 'javascript:alert(1)', replaces: [7, null, `${digests.badge}/..`] };
  const good = { replacedBy: digests.clr };
  const page = await visit(t, `${node}/`);
  let answered;
  let record;
  await page.route(`**/v1/credentials/${digests.badge}`, async (route) => answered(await record(route)));
  for (record of [
    (route) => route.fulfill({ json: evil }),
    (route) => route.fulfill({ body: 'null' }),
    (route) => route.fulfill({ body: ' '.repeat(70_000) }),
    (route) => route.abort(),
    () => {}, // never
  ]) {
    const isAnswered = new Promise((resolve) => (answered = resolve));
    await choose(page, 'badge.json');
    assert.equal((await answer(page, digests.badge)).verdict, 'valid');
    await isAnswered;
    assert.equal(await page.locator('[data-relation]').count(), 0);
    await choose(page, 'clr.json');
    await answer(page, digests.clr);
    assert.equal(await page.locator('[data-relation]').count(), 0);
  }
  record = (route) => route.fulfill({ json: good });
  await choose(page, 'badge.json');
  await page.locator('[data-relation]').waitFor();
});

test('text that is pasted', async (t) => {
  const page = await visit(t, `${node}/`, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.click('.paste summary');
  await page.fill('#paste-text', `\n ${readFileSync(fileOf('jwt.jwt'), 'utf8')}\n`);
  await page.click('#paste button');
  assert.equal((await answer(page, digests.jwt)).verdict, 'valid');
  assert.match(plain(await text(page, '#badge')), /Open Badges 3\.0 \(JWT\)/);
  await page.evaluate((json) => navigator.clipboard.writeText(json), readFileSync(fileOf('badge.json'), 'utf8'));
  await page.focus('#choose');
  await page.keyboard.press('Control+V');
  assert.equal((await answer(page, digests.badge)).verdict, 'valid');
});

test('images with a badge inside', async (t) => {
  const page = await visit(t, `${node}/`);
  for (const name of scene.images) {
    await drop(page, name);
    await page.locator('#badge img[src^="blob:"]').waitFor();
    assert.equal((await answer(page, digests.badge)).verdict, 'valid', name);
    assert.match(plain(await text(page, '#badge')), new RegExp(name));
    assert.match(await text(page, '#around'), /not part of what was checked/);
    await choose(page, 'clr.json');
    await answer(page, digests.clr);
  }
});

test('a link, its file, and another file', async (t) => {
  const page = await visit(t, `${node}/c/${digests.badge}`);
  const first = await answer(page, digests.badge);
  assert.equal(first.verdict, 'anchored');
  assert.deepEqual(first.notices, ['intake.awaited']);
  const absent = plain(await text(page, '#absent'));
  assert.match(absent, new RegExp(`${scene.issuer} 127.0.0.1:\\d+ says that this is the account of ${scene.name}\\.`, 'i'));
  assert.match(absent, /Existed no later than .* UTC/);
  assert.match(absent, /The issuer has not revoked this badge\. The issuer has not withdrawn this record\./);
  assert.match(plain(await text(page, '#how-to-link')), /from “Keep and share”, with “Put the badge itself into the link”/);
  await shoot(page, 'linked');
  await choose(page, 'badge.json');
  await page.locator('[data-verdict="valid"]').waitFor();
  assert.deepEqual((await answer(page)).notices, []);
  await choose(page, 'clr.json');
  assert.deepEqual((await answer(page, digests.clr)).notices, ['notice.other']);
});

test('a link that is cut short', async (t) => {
  const page = await visit(t, `${node}/c/${digests.badge.slice(1)}`);
  await page.locator('#trouble').waitFor();
  await choose(page, 'badge.json');
  assert.equal((await answer(page, digests.badge)).verdict, 'valid');
});

test('a link with the badge inside', async (t) => {
  const page = await visit(t, `${node}/`);
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  const link = await page.locator('#share-link').inputValue();
  assert.match(link, new RegExp(`^${node}/c/${digests.badge}#b=[\\w-]+$`));
  assert.ok(
    (await page.locator('#share-embed').inputValue()).startsWith(`<iframe src="${node}/embed/${digests.badge}#b=`),
  );
  assert.match(await text(page, '#share-hint'), /can read all of the badge, with the names in it/);
  await page.uncheck('#share-inside');
  assert.equal(await page.locator('#share-link').inputValue(), `${node}/c/${digests.badge}`);
  assert.match(await text(page, '#share-embed'), /^$/);
  assert.ok(!(await page.locator('#share-embed').inputValue()).includes('#'));

  const other = await visit(t, link);
  const found = await answer(other, digests.badge);
  assert.equal(found.verdict, 'valid');
  assert.deepEqual(found.notices, []);
  const card = await visit(t, link.replace('/c/', '/embed/'), { width: 400, height: 190 });
  assert.equal((await answer(card, digests.badge)).verdict, 'valid');
  assert.match(plain(await text(card, '.card')), /Valid Applied Data Science University of the North Sea https:/);
  const height = await card.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(height <= 190, `its frame is 190 high, and it is ${height}`);
  await shoot(card, 'embed', { fullPage: false });

  const own = await visit(t, await serveStatic(t, { node, rpc: [rpc], accreditors: [scene.issuer] }), {
    allowed: [node],
  });
  for (const [pasted, verdict] of [
    [`${node}/c/${digests.badge}`, 'anchored'],
    [link, 'valid'],
  ]) {
    await own.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, pasted);
    await own.locator(`[data-verdict="${verdict}"][data-digest="${digests.badge}"]`).waitFor();
  }

  const wrong = await visit(t, link.replace(digests.badge, digests.clr));
  assert.equal((await answer(wrong)).verdict, undefined);
  assert.match(await text(wrong, '#trouble'), /names one badge and carries another/);
  const cut = await visit(t, link.slice(0, -40));
  await answer(cut);
  assert.match(await text(cut, '#trouble'), /damaged or cut short/);
});

test('a bomb in a link is refused', async (t) => {
  const { deflateRawSync } = await import('node:zlib');
  const bomb = deflateRawSync(Buffer.alloc(64 << 20)).toString('base64url');
  const page = await visit(t, `${node}/c/${digests.badge}#b=${bomb}`);
  await answer(page);
  assert.match(await text(page, '#trouble'), /damaged or cut short/);
});

test('nothing in a link chooses whom to rely on', async (t) => {
  const evil =
    'rpc=https://evil.example&node=https://evil.example&chainId=5&accreditors=0x00000000000000000000000000000000000000aa';
  const page = await visit(t, `${node}/?${evil}#${evil}`);
  await choose(page, 'badge.json');
  assert.equal((await answer(page, digests.badge)).verdict, 'valid');
  assert.doesNotMatch(await text(page, '#sources-in-force'), /evil|000000aa/);
});

test('another provider: used, kept, and forgotten', async (t) => {
  const nobody = 'http://127.0.0.1:1';
  const page = await visit(t, `${node}/`, { allowed: [nobody] });
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  await rely(page, { rpc: `${rpc}\n${nobody}` });
  await page.locator('[data-verdict="unverifiable"]').waitFor();
  assert.equal((await answer(page)).codes.registry, 'registry_unreachable');
  assert.match(plain(await text(page, '#sources-in-force')), /127\.0\.0\.1:1 set by you/);
  await page.reload();
  await choose(page, 'badge.json');
  assert.equal((await answer(page, digests.badge)).verdict, 'unverifiable');
  await page.click('#change-sources > summary');
  await page.click('#reset-sources');
  await page.locator('[data-verdict="valid"]').waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('badged.sources')), null);
});

test('sources that make no sense are refused, each with a sentence', async (t) => {
  const page = await visit(t, `${node}/`);
  await rely(
    page,
    { rpc: 'ftp://a\nhttp://chain.example', chain: 'two', contract: '0x12', accreditors: 'me', node: 'x' },
    { id: 'did:web:a', account: '0x1' },
  );
  assert.equal(await page.locator('[aria-invalid="true"]').count(), 6);
  assert.equal(await page.locator('.wrong:not(:empty)').count(), 6);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'source-rpc');
  assert.equal(await page.evaluate(() => localStorage.getItem('badged.sources')), null);
});

test('nothing that the page suggests', async (t) => {
  const page = await visit(t, `${node}/`);
  await page.click('#rests > summary');
  await page.click('#change-sources > summary');
  await page.check('#sources label.switch input');
  await page.click('#sources button[type=submit]');
  await choose(page, 'badge.json', 'badge.receipt.json');
  const found = await answer(page, digests.badge);
  assert.equal(found.verdict, 'unverifiable');
  assert.equal(found.codes.registry, 'registry_not_named');
  assert.equal(found.codes.inclusion, 'inclusion_holds');
  await page.fill('#ask-rpc', rpc);
  await page.click('#ask button');
  await page.locator('[data-verdict="unknown_issuer"]').waitFor();
});

test('a check that is cancelled, and one that is replaced', async (t) => {
  let isSilent = true;
  const silent = await serve(t, (request, response) => isSilent || response.writeHead(500).end());
  const page = await visit(t, `${node}/`, { allowed: [silent] });
  await rely(page, { rpc: silent });
  await choose(page, 'badge.json');
  await page.locator('#progress', { hasText: 'Asking the chain' }).waitFor();
  await shoot(page, 'busy');
  await page.click('#cancel');
  assert.equal(await page.locator('#busy').count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'choose');
  await choose(page, 'badge.json');
  await page.locator('#busy').waitFor();
  isSilent = false;
  await drop(page, 'clr.json');
  await answer(page, digests.clr);
});

test('each kind of document is shown as what it is', async (t) => {
  const page = await visit(t, `${node}/`);
  const seen = async (name, digest) => {
    await choose(page, name);
    await answer(page, digest);
    await shoot(page, name.split('.')[0]);
    return plain(await text(page, '#badge'));
  };
  const clr = await seen('clr.json', digests.clr);
  for (const part of [
    'Learner record 2024–2026',
    '3 achievements',
    'Probability',
    'Law of data',
    'Applied Data Science',
    'CLR 2.0',
  ])
    assert.ok(clr.includes(part), part);
  assert.ok(!clr.includes('not checked one by one'));
  assert.equal(await page.locator('#inside [data-inside]').count(), 1);
  const old = await seen('ob2.json', digests.ob2);
  for (const part of [
    'First aid at sea',
    'Keeps calm.',
    'Sea school',
    'Two days on board.',
    'May 6, 2024',
    'Open Badges 2.0',
    'hidden behind a hash',
    'The name is what the badge says. The id is what was compared.',
  ])
    assert.ok(old.includes(part), part);
  const degree = await seen('degree.json', digests.degree);
  for (const part of ['UniversityDegree', 'Bachelor of Arts', 'did:example:1', 'January 1, 2020'])
    assert.ok(degree.includes(part), part);
  const pdf = await seen('pdf.pdf', digests.pdf);
  for (const part of ['A document', 'pdf.pdf', 'application/pdf']) assert.ok(pdf.includes(part), part);
  assert.equal((await answer(page)).verdict, 'recorded');
  const sentence = plain(await text(page, '.verdict .sentence'));
  assert.match(sentence, new RegExp(`^This document was recorded by ${scene.issuer} on .* UTC, and has not changed`, 'i'));
  assert.doesNotMatch(sentence, /signature/);
  await seen('achievement.json', digests.achievement);
  assert.equal((await answer(page)).verdict, 'recorded');
  assert.match(
    plain(await text(page, '.verdict .sentence')),
    new RegExp(`^This document was recorded by ${scene.issuer} on .* since\\. It carries a signature, which was not checked\\.$`, 'i'),
  );
  const expired = await seen('expired.json', digests.expired);
  assert.match(expired, /April 1, 2026/);
  assert.equal((await answer(page)).verdict, 'expired');
});

test('an issuer that nobody confirms is a caution, and opens what it rests on', async (t) => {
  const page = await visit(t, `${node}/`, { allowed: ['https://stranger.example'] });
  await choose(page, 'stranger.json');
  await answer(page, digests.stranger);
  assert.deepEqual(await names(page), {
    issuer: 'Names as its issuer University of the North Sea (stranger.example)',
    title: 'For Applied Data Science',
  });
  assert.match(await text(page, '.names-words'), /nobody you trust confirms the issuer/);
  const found = await groups(page);
  assert.deepEqual(Object.values(found).map(([shown, open]) => [shown, open]), [['passed', false], ['caution', true], ['passed', false]]);
  assert.equal(await page.locator('#rests').evaluate((node) => node.open), true);
  const colour = (selector) => page.locator(selector).first().evaluate((node) => getComputedStyle(node).color);
  const caution = await colour('[data-check="issuer"] .icon');
  await choose(page, 'expired.json');
  await answer(page, digests.expired);
  assert.notEqual(caution, await colour('[data-check="validity"] .icon'));
  assert.deepEqual((await groups(page)).counts.slice(0, 2), ['failed', true]);
  assert.equal(await page.locator('#rests').evaluate((node) => node.open), false);
});

test('who recorded bytes without an issuer, and who says whose account it is', async (t) => {
  const page = await visit(t, `${node}/`);
  await choose(page, 'pdf.pdf');
  await answer(page, digests.pdf);
  const { recorder } = await names(page);
  assert.match(recorder, new RegExp(`^Recorded by ${scene.issuer}$`, 'i'));
  assert.match(plain(await text(page, '.names-words')), /^Whose account it is: suggested by 127\.0\.0\.1:\d+\.$/);
});

test('a transaction links to an explorer only where one is known, and it is a transaction', () => {
  const transaction = `0x${'a1'.repeat(32)}`;
  assert.equal(explorerUrl(1, transaction), `https://etherscan.io/tx/${transaction}`);
  assert.equal(explorerUrl(11155111, transaction), `https://sepolia.etherscan.io/tx/${transaction}`);
  for (const [id, text] of [[31337, transaction], [1, undefined], [1, '0x12'], [1, `${transaction}/..`], ['toString', transaction]])
    assert.equal(explorerUrl(id, text), null);
  for (const [id] of known()) assert.ok(['https:', undefined].includes(explorerUrl(id, transaction)?.split('//')[0]));
});

test('a micro-credential, and a name among identities', async (t) => {
  const page = await visit(t, `${node}/`);
  await choose(page, 'micro.json');
  await answer(page, digests.micro);
  assert.equal((await names(page)).holder, 'To Bertil Holm');
  const badge = plain(await text(page, '#badge'));
  assert.match(badge, /Issued to Bertil Holm 1842 \(id in a learning system \(LIS\)\)/);
  const micro = plain(await text(page, '.micro'));
  for (const part of [
    'Type MicroCredential',
    'Workload 12 credits',
    'Level EQF level 6',
    'Learning outcomes analyse big data',
    'Assessment Grade',
    'Awarding body University of the North Sea',
    'Country Norway',
    'Not stated form of participation',
  ])
    assert.ok(micro.includes(part), `${part}: ${micro}`);
  await choose(page, 'europass.json');
  await answer(page, digests.europass);
  assert.deepEqual(await names(page), {
    issuer: 'Issued by University of the North Sea (university.example)',
    holder: 'To Ada Lindqvist',
    title: 'For Certificate of Participation · 2.5 ECTS credits',
  });
  const other = plain(await text(page, '.micro'));
  for (const part of ['Workload 2.5 ECTS credits', 'Level EQF level 5', 'Reads a tide table', 'Harbour School', 'Norway'])
    assert.ok(other.includes(part), `${part}: ${other}`);
  assert.match(plain(await text(page, '#badge')), /Valid from January 1, 2023 Tides and Currents Micro-credential/);
});

test('names in the reader’s language, days as the issuer wrote them', async (t) => {
  for (const [locale, ...parts] of [
    ['en', 'Harbour pilot', 'January 1, 2024', 'December 31, 2099'],
    ['de', 'Hafenlotse', '1. Januar 2024', '31. Dezember 2099'],
    ['fr', 'Harbour pilot', '1 janvier 2024', '31 décembre 2099'],
  ]) {
    const page = await visit(t, `${node}/`, { locale, timezoneId: 'Pacific/Auckland' });
    await choose(page, 'abroad.json');
    await answer(page, digests.abroad);
    const badge = plain(await text(page, '#badge'));
    for (const part of parts) assert.ok(badge.includes(part), `${locale}: ${part}`);
  }
});

test('what the engine does not take for a badge is not shown as one', async (t) => {
  const page = await visit(t, `${node}/`);
  const badge = readFileSync(fileOf('badge.json'), 'utf8');
  for (const [name, bytes] of [
    ['two of them', `[${badge},${badge}]`],
    ['a mark', `\ufeff${badge}`],
    ['within something unknown', `{"wrapped":${badge}}`],
    ['cut', badge.slice(0, -1)],
    ['a member twice', badge.replace('{', '{"id":"urn:example:other",')],
  ]) {
    await page.setInputFiles('#files', { name: 'a.json', mimeType: 'application/json', buffer: Buffer.from(bytes) });
    await page.locator('#badge-heading', { hasText: 'A document' }).waitFor();
    const shown = plain(await text(page, '#badge'));
    assert.doesNotMatch(shown, /Applied Data Science|Lindqvist|North Sea/, name);
    assert.notEqual((await answer(page)).verdict, 'valid', name);
    const reason = page.locator('[data-code="document_unsupported"] .detail', { hasText: 'byte-order mark' });
    assert.equal(await reason.isVisible(), name === 'a mark', name);
    await choose(page, 'clr.json');
    await answer(page, digests.clr);
  }
});

test('links and digests as people paste them', async (t) => {
  const page = await visit(t, `${node}/`);
  const digest = digests.badge;
  for (const pasted of [
    `${node}/c/${digest}?utm_source=letter`,
    `${node}/c/${digest}/`,
    `${node}/embed/${digest}.`,
    `<${node}/c/${digest}>`,
    `${node}/c/${digest.toUpperCase()}`,
    `My badge: ${node}/c/${digest}, from March`,
    `${node}/c/${digest.slice(0, 20)}\n${digest.slice(20)}`,
    `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(`${node}/c/${digest}`)}&data=05`,
    `0x${digest}`,
    digest,
  ]) {
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, pasted);
    await page.locator(`[data-verdict="anchored"][data-digest="${digest}"]`).waitFor();
    await choose(page, 'clr.json');
    await answer(page, digests.clr);
  }
});

test('links of no badge and of several are not documents', async (t) => {
  const page = await visit(t, `${node}/`);
  await page.click('.paste summary');
  for (const [pasted, why] of [
    ['https://badges.example/somewhere', 'not a link to a badge on record'],
    [`${node}/c/${digests.badge.slice(1)}`, 'damaged or cut short'],
    [`${node}/c/${digests.badge} ${node}/c/${digests.clr}`, 'more than one badge'],
  ]) {
    await page.fill('#paste-text', pasted);
    await page.click('#paste button');
    await page.locator('#trouble', { hasText: why }).waitFor();
  }
});

test('an address at which there is nothing, and links with more than a digest', async (t) => {
  const page = await visit(t, `${node}/badges`);
  await page.locator('#trouble').waitFor();
  assert.match(await text(page, '#trouble'), /nothing at this address/);
  await choose(page, 'badge.json');
  assert.equal((await answer(page, digests.badge)).verdict, 'valid');
  for (const end of ['/', '.', '%3E', '?utm_source=x#x']) {
    await page.goto(`${node}/c/${digests.badge}${end}`);
    assert.equal((await answer(page, digests.badge)).verdict, 'anchored', end);
  }
});

test('whose badge it is can be compared', async (t) => {
  const page = await visit(t, `${node}/`);
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  await page.click('.compare summary');
  const compare = async (identity) => {
    await page.fill('.compare input', identity);
    await page.click('.compare button');
    await page.locator('.compared svg').waitFor();
    return page.locator('.compared').getAttribute('data-tone');
  };
  assert.equal(await compare(' Ada@north-sea.example'), 'good');
  assert.equal(await compare('bob@north-sea.example'), 'bad');
});

test('a receipt that comes after its badge', async (t) => {
  const page = await visit(t, await serveStatic(t, { rpc: [rpc], accreditors: [scene.issuer] }));
  await choose(page, 'badge.json');
  const without = await answer(page, digests.badge);
  assert.equal(without.codes.digest, 'no_receipt');
  assert.deepEqual(without.notices, ['notice.receipt.nobody']);
  await choose(page, 'badge.receipt.json');
  await page.locator('[data-verdict="valid"]').waitFor();
  writeFileSync(fileOf('broken.receipt.json'), '{');
  await choose(page, 'broken.receipt.json');
  await page.locator('[data-code="receipt_malformed"]').first().waitFor();
  assert.match(plain(await text(page, '#badge')), /Applied Data Science/);
  await choose(page, 'clr.receipt.json');
  assert.equal((await answer(page, digests.clr)).verdict, 'anchored');
});

test('a node that answers with another badge’s receipt, or too much', async (t) => {
  const receipt = readFileSync(fileOf('clr.receipt.json'));
  let body = receipt;
  const liar = await serve(t, (request, response) =>
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end(body),
  );
  const page = await visit(t, await serveStatic(t, { node: liar, rpc: [rpc] }), { allowed: [liar] });
  await choose(page, 'badge.json');
  const found = await answer(page, digests.badge);
  assert.equal(found.verdict, 'unverifiable');
  assert.deepEqual(found.notices, ['notice.receipt.other']);
  body = Buffer.alloc(1 << 20, ' ');
  await choose(page, 'badge.json');
  await page.locator('[data-notice="notice.receipt.unreachable"]').waitFor();
});

test('a hostile credential is text, and nothing else', async (t) => {
  const page = await visit(t, `${node}/`, { width: 320 });
  await choose(page, 'hostile.json');
  await answer(page, digests.hostile);
  const found = await page.evaluate(() => ({
    harmed: window.harmed,
    scripts: document.querySelectorAll(
      'main script, main style, main iframe, main object, main [onload], main [onerror]',
    ).length,
    headings: document.querySelectorAll('h1').length,
    links: Array.from(document.querySelectorAll('#badge a'), (a) => [
      new URL(a.href).protocol,
      a.rel.includes('noopener'),
      a.target,
    ]),
    images: Array.from(document.querySelectorAll('main img'), (image) => image.getAttribute('src')),
    turned: /[\u202a-\u202e\u2066-\u2069\u0000]/.test(document.querySelector('#badge').textContent),
    length: document.querySelector('#badge').textContent.length,
  }));
  assert.equal(found.harmed, undefined);
  assert.equal(found.scripts, 0);
  assert.equal(found.headings, 1);
  for (const [protocol, isAlone, target] of found.links) {
    assert.ok(['https:', 'http:', 'mailto:'].includes(protocol), protocol);
    assert.ok(isAlone && target === '_blank');
  }
  assert.ok(
    found.images.every((src) => /^(data:|blob:|https?:\/\/127\.0\.0\.1)/.test(src)),
    `${found.images}`,
  );
  assert.equal(found.turned, false);
  for (const name of Object.values(await names(page))) assert.ok(name.length < 300, name);
  assert.ok(found.length < 80_000, `${found.length}`);
  await assertFits(page, 'hostile');
  await shoot(page, 'hostile-320');
});

test('what can’t be checked says what to do', async (t) => {
  const page = await visit(t, `${node}/`);
  writeFileSync(fileOf('empty.json'), '');
  await choose(page, 'empty.json');
  await page.locator('#trouble').waitFor();
  assert.match(await text(page, '#trouble'), /nothing in it/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'trouble-heading');
  writeFileSync(fileOf('broken.json'), '{"a": 1, "a": 2}');
  await choose(page, 'broken.json');
  assert.equal((await answer(page)).codes.digest, 'document_malformed');
  const broken = Buffer.from('89504e470d0a1a0a0000', 'hex');
  writeFileSync(fileOf('broken.png'), Buffer.concat([broken, Buffer.from('openbadgecredential\0')]));
  await choose(page, 'broken.png');
  await page.locator('[data-notice="error.image"]').waitFor();
  assert.equal((await answer(page)).verdict, 'unverifiable');
  writeFileSync(fileOf('no-badge.png'), broken); // nothing of a badge is in it: a document like any other
  await choose(page, 'no-badge.png');
  await page.locator('[data-code="no_receipt"]').first().waitFor();
  assert.deepEqual((await answer(page)).notices, ['notice.receipt.unknown']);
});

test('LinkedIn, embed and QR code', async (t) => {
  const page = await visit(t, `${node}/`, { permissions: ['clipboard-read', 'clipboard-write'] });
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  const link = await page.locator('#share-link').inputValue();
  assert.match(link, new RegExp(`^${node}/c/${digests.badge}#b=`));
  const url = new URL(await page.locator('#linkedin').getAttribute('href'));
  assert.equal(url.origin + url.pathname, 'https://www.linkedin.com/profile/add');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    startTask: 'CERTIFICATION_NAME',
    name: 'Applied Data Science',
    organizationName: 'University of the North Sea',
    issueYear: '2026',
    issueMonth: '3',
    expirationYear: '2031',
    expirationMonth: '3',
    certUrl: link,
    certId: digests.badge,
  });
  assert.equal(await readQr(page), link);
  await page.click('[data-copies="share-link"]');
  await page.locator('#status', { hasText: 'Copied.' }).waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  const host = await serve(t, (request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>mine</title><main></main>'),
  );
  const other = await visit(t, host, { allowed: [node] });
  const embed = async (verdict) => {
    const code = await page.locator('#share-embed').inputValue();
    await other.evaluate((html) => (document.querySelector('main').innerHTML = html), code);
    await other.frameLocator('iframe').locator(`[data-verdict="${verdict}"]`).waitFor();
  };
  await embed('valid');
  await page.uncheck('#share-inside');
  await page.locator(`#linkedin[href*="${encodeURIComponent(`/c/${digests.badge}`)}&certId"]`).waitFor();
  assert.equal(await readQr(page), `${node}/c/${digests.badge}`);
  await embed('anchored');
});

test('a badge that is too large for a QR code, and for a link', async (t) => {
  const page = await visit(t, `${node}/`);
  for (const [name, isLinked] of [
    ['large', true],
    ['huge', false],
  ]) {
    const digest = digests[name];
    await choose(page, `${name}.json`);
    await answer(page, digest);
    await page.locator('#share svg.qr').waitFor();
    assert.equal(await readQr(page), `${node}/c/${digest}`);
    assert.equal(new URL(await page.locator('#linkedin').getAttribute('href')).searchParams.get('certUrl'), `${node}/c/${digest}`);
    assert.equal(await page.locator('#share-inside').isVisible(), isLinked);
    assert.equal(await page.locator('#share-large').isVisible(), isLinked);
    assert.equal((await page.locator('#share-link').inputValue()).includes('#b='), isLinked);
  }
});

test('printed, it is the answer and all of its reasons', async (t) => {
  const page = await visit(t, `${node}/`, { colorScheme: 'dark' });
  await choose(page, 'badge.json');
  await answer(page, digests.badge);
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['#intake', '#share', '#change-sources', '.language'])
    assert.equal(await page.locator(hidden).isVisible(), false, hidden);
  for (const shown of ['.verdict', '#badge', '#record', '#sources-in-force', '.detail'])
    assert.equal(await page.locator(shown).first().isVisible(), true, shown);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 10_000);
  const pages = pdf.toString('latin1').match(/\/Type ?\/Page\b/g).length;
  assert.ok(pages <= 4, `${pages} pages`);
  if (process.env.BADGED_SHOTS) writeFileSync(`${process.env.BADGED_SHOTS}/print.pdf`, pdf);
});

test('printed, the first page has the answer, the names and the code; the rest is an annex', async (t) => {
  const A4 = { width: 688, height: 1032 }; // pixels within the margins
  for (const [name, parts] of [
    ['badge', ['Applied Data Science', 'Ada Lindqvist', 'University of the North Sea', 'March 14, 2026', 'March 14, 2031']],
    ['wordy', []],
    ['hostile', []],
    ['large', []],
  ]) {
    const page = await visit(t, `${node}/`, A4);
    await choose(page, `${name}.json`);
    await answer(page, digests[name]);
    assert.equal(await page.locator('.sheet').isVisible(), false);
    await page.emulateMedia({ media: 'print' });
    await page.locator('.sheet svg.qr').waitFor();
    const first = plain(`${await text(page, '.names')} ${await text(page, '.sheet')}`);
    for (const part of parts) assert.ok(first.includes(part), part);
    const bottom = await page.locator('.sheet').evaluate((one) => one.getBoundingClientRect().bottom + scrollY);
    assert.ok(bottom < A4.height, `${name}: the first page ends at ${bottom}`);
    await assertFits(page, name);
    assert.equal(await page.locator('.annex').evaluate((one) => getComputedStyle(one).breakBefore), 'page');
    const link = await readQr(page, '.sheet');
    assert.match(link, new RegExp(`^${node}/c/${digests[name]}${name === 'large' ? '$' : '#b='}`));
  }
});

test('a broken receipt in an image is told of, and not kept', async (t) => {
  const page = await visit(t, await serveStatic(t, { rpc: [rpc], accreditors: [scene.issuer] }));
  const credential = readFileSync(fileOf('badge.json'), 'utf8').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">' +
    `<openbadges:credential>${credential}</openbadges:credential>` +
    '<badgereceipt xmlns="urn:badged:receipt">{"digest":</badgereceipt></svg>';
  await page.setInputFiles('input[type=file]', { name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) });
  assert.equal((await answer(page, digests.badge)).codes.inclusion, 'receipt_malformed');
  assert.equal(await page.locator('#save-bundle').count(), 0);
});

test('without JavaScript the page has a statement of the node, and says so', async (t) => {
  const page = await visit(t, `${node}/c/${digests.badge}`, { javaScriptEnabled: false });
  assert.equal(await page.locator('#app').isVisible(), false);
  assert.match(plain(await text(page, 'body')), /JavaScript/);
  assert.match(plain(await text(page, '#report')), /statement of the registry node/);
  assert.ok((await text(page, '#report')).includes(digests.badge));
  await shoot(page, 'without-javascript');
});

test('a bundle is saved', async (t) => {
  const page = await visit(t, `${node}/`);
  for (const name of ['badge.json', 'jwt.jwt', 'pdf.pdf']) {
    const kind = name.split('.')[0];
    await choose(page, name);
    await answer(page, digests[kind]);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-bundle')]);
    await download.saveAs(fileOf(`${kind}.bundle.json`));
    const bundle = JSON.parse(readFileSync(fileOf(`${kind}.bundle.json`)));
    assert.equal(bundle.type, 'BadgeBundle');
    assert.equal(bundle.receipts[0].digest.value, digests[kind]);
    assert.equal(typeof bundle.credential, { badge: 'object', jwt: 'string', pdf: 'undefined' }[kind]);
  }
});
