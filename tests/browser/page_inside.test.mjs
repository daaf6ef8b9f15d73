// Records with credentials inside, at the page: each with a verdict of its own, counted in the sentence, in a list that
// stays usable however long it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { answer, assertAccessible, assertFits, rely, serveStatic, shoot, visit } from '../support/page_browser.mjs';
import { badge, didKey, makeKey, methodOf, signBadge } from '../support/sign.mjs';

const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ar', 'hi'];
const texts = (language) =>
  JSON.parse(readFileSync(new URL(`../../node/web/page/lang/${language}.json`, import.meta.url)));
const plain = (string) => string.replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
const said = async (page, selector) => plain(await page.locator(selector).first().innerText());
const give = (page, content) =>
  page.setInputFiles('#files', [{ name: 'given.json', mimeType: '', buffer: Buffer.from(content) }]);
const open = async (t, { settings = {}, ...more } = {}) => visit(t, await serveStatic(t, settings), more);

const school = makeKey();
const club = makeKey();
const trusted = [{ id: didKey(school) }, { id: didKey(club) }];
const by = (key, document) => JSON.parse(signBadge(document, key, methodOf(key)));
const signed = (key, name, more) => by(key, badge(didKey(key), name, more));

const endorsement = by(club, {
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'],
  id: 'urn:example:endorsement',
  type: ['VerifiableCredential', 'EndorsementCredential'],
  name: 'Well taught',
  issuer: { id: didKey(club), type: ['Profile'], name: 'Sailing club' },
  validFrom: '2026-01-01T00:00:00Z',
  credentialSubject: { id: didKey(school), type: ['EndorsementSubject'], endorsementComment: 'We sail with them.' },
});

function record(credentials) {
  const document = badge(didKey(school), 'A year at sea');
  return JSON.stringify(
    by(school, {
      ...document,
      '@context': [document['@context'][0], 'https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json', document['@context'][1]],
      type: ['VerifiableCredential', 'ClrCredential'],
      credentialSubject: { type: ['ClrSubject'], verifiableCredential: credentials },
    }),
  );
}

const altered = { ...signed(school, 'Navigation'), name: 'Navigation, with honours' };
const MIXED = record([
  signed(school, 'First aid', { endorsement: [endorsement] }),
  altered,
  signed(school, 'Old knots', { validUntil: '2026-02-01T00:00:00Z' }),
  signed(makeKey(), 'Diving'),
]);

test('each inside with its own verdict, endorsements below what they endorse, and all counted', async (t) => {
  const page = await open(t, { settings: { issuers: trusted } });
  await give(page, MIXED);
  const found = await answer(page);
  assert.equal(found.verdict, 'signed');
  assert.equal(found.outcomes.length, 10); // what is inside has no part in the checks of the record
  const list = await page.locator('#inside [data-inside]').evaluateAll((nodes) =>
    nodes.map(({ dataset, parentElement }) => [
      dataset.inside,
      dataset.kind,
      dataset.level,
      parentElement.closest('[data-inside]') !== null,
    ]),
  );
  assert.deepEqual(list, [
    ['signed', 'credential', '1', false],
    ['signed', 'endorsement', '2', true],
    ['invalid', 'credential', '1', false],
    ['expired', 'credential', '1', false],
    ['unknown_issuer', 'credential', '1', false],
  ]);
  assert.equal(await said(page, '#inside h3'), 'First aid Signed');
  assert.match(await said(page, '[data-kind="endorsement"] .under'), /^Endorsed by Sailing club \(did:key:/);
  const sentence = await said(page, '.verdict .sentence');
  assert.match(sentence, / 5 credentials are inside, each checked by itself: 2 hold, 2 do not hold, and 1 could not be judged\.$/);
  const tone = page.locator('[data-inside="invalid"] > .group');
  assert.equal(await tone.getAttribute('data-tone'), 'bad');
  assert.equal(await page.locator('#inside .icon-invalid').count(), 1);

  await tone.locator('summary').click();
  await page.locator('[data-inside="invalid"] [data-inside-check="proof"][data-code="proof_broken"]').waitFor();
  assert.match(await said(page, '[data-inside="invalid"] .inside-words .prose'), /does not hold/);
  assert.equal((await answer(page)).outcomes.length, 10);
  assert.equal(await page.getByText('not checked one by one').count(), 0);
  await assertAccessible(page, 'what is inside');
  await shoot(page, 'inside');

  await give(page, JSON.stringify(signed(school, 'Alone')));
  await page.locator('#badge-heading', { hasText: 'Alone' }).waitFor();
  assert.equal(await page.locator('#inside').count(), 0);
  assert.doesNotMatch(await said(page, '.verdict .sentence'), /inside/);
});

test('what the reader trusts counts for what is inside too', async (t) => {
  const page = await open(t);
  await give(page, MIXED);
  await page.locator('[data-inside="unknown_issuer"]').first().waitFor();
  assert.equal(await page.locator('[data-inside="signed"]').count(), 0);
  await rely(page, {}, { id: didKey(school), account: '' });
  await page.locator('[data-inside="signed"]').waitFor();
  assert.equal(await page.locator('[data-inside="signed"]').count(), 1);
});

test('the hosts of all issuers inside are asked for at once', async (t) => {
  const page = await open(t, { settings: { issuers: trusted } });
  const away = ['sea.example', 'lake.example'].map((host) => {
    const signer = makeKey();
    return JSON.parse(signBadge(badge(`did:web:${host}`, host), signer, `did:web:${host}#key`));
  });
  await give(page, record(away));
  assert.match(await said(page, '#ask-hosts'), /^May this page ask sea\.example and lake\.example\?/);
  assert.equal(await page.locator('[data-inside="unverifiable"]').count(), 2);
  assert.equal((await answer(page)).verdict, 'signed'); // they decide nothing for the record
});

test('hundreds: twelve at once, the rest folded, or open where one of them does not hold', async (t) => {
  const page = await open(t, { settings: { issuers: trusted } });
  const many = Array.from({ length: 40 }, (_, number) => signed(school, `Day ${number}`));
  await give(page, record(many));
  await page.locator('#inside .inside-rest').waitFor();
  assert.equal(await page.locator('#inside [data-inside="signed"]').count(), 40);
  assert.equal(await page.locator('#inside [data-inside]:visible').count(), 12);
  assert.equal(await said(page, '.inside-rest > summary'), 'and 28 more');
  await page.click('.inside-rest > summary');
  await page.locator('[data-inside]', { hasText: 'Day 39' }).waitFor();

  await give(page, record([...many, altered]));
  await page.locator('[data-inside="invalid"]').waitFor();
  assert.equal(await page.locator('.inside-rest').evaluate((node) => node.open), true);

  await give(page, record(Array(257).fill(many[0])));
  await page.locator('.verdict .sentence', { hasText: 'There are more inside, which were not looked at.' }).waitFor();
  assert.equal(await page.locator('#inside [data-inside]').count(), 256);
  await assertAccessible(page, '256 inside');
});

for (const language of LANGUAGES)
  test(`inside, in ${language}: on a desk and a phone, light and dark, and printed`, async (t) => {
    const words = texts(language);
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(t, { settings: { issuers: trusted }, locale: language, colorScheme });
      await give(page, MIXED);
      await page.locator('#inside').waitFor();
      assert.equal(await said(page, '#inside h2'), words['inside.heading']);
      await page.click('[data-inside="expired"] summary');
      await page.locator('[data-inside="expired"] .inside-words .prose').waitFor();
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 800 });
        await assertFits(page, `${language}, inside, ${width}`);
        await assertAccessible(page, `${language}, inside, ${width}, ${colorScheme}`);
        await shoot(page, `inside-${language}-${width}-${colorScheme}`);
      }
      assert.doesNotMatch(await page.locator('main').innerText(), /\{\w+\}|undefined|\b(code|verdict|badge|inside)\.[a-z]+\.?[a-z]+\b/);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('#inside').isVisible(), true);
    }
  });

test('who presents it, and in answer to what', async (t) => {
  const holder = makeKey();
  const credential = signed(school, 'First aid');
  const unsigned = {
    '@context': [credential['@context'][0]],
    type: ['VerifiablePresentation'],
    holder: didKey(holder),
    verifiableCredential: [credential],
  };
  const more = { proofPurpose: 'authentication', challenge: 'n-1', domain: 'shop.example' };
  const presentation = JSON.parse(signBadge(unsigned, holder, methodOf(holder), more));
  const page = await open(t, { settings: { issuers: trusted } });
  const seen = async (document, outcome, code) => {
    await give(page, JSON.stringify(document));
    await answer(page);
    await page.locator(`#presentation [data-presentation="${outcome}"][data-code="${code}"]`).waitFor();
    return said(page, '#presentation');
  };
  const good = await seen(presentation, 'passed', 'proof_holds');
  for (const part of ['How it was presented', 'holds', didKey(holder), 'n-1', 'shop.example']) assert.ok(good.includes(part), part);
  await assertAccessible(page, 'a presentation');
  await assertFits(page, 'a presentation');
  await seen({ ...presentation, proof: { ...presentation.proof, challenge: 'n-2' } }, 'failed', 'proof_broken');
  const bare = await seen(unsigned, 'unknown', 'no_proof');
  assert.match(bare, /is not signed/);
  await give(page, JSON.stringify(credential));
  await page.locator('#presentation').waitFor({ state: 'detached' });
});
