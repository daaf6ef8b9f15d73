// Badges that are signed and recorded nowhere, at the page: who signed, whom the page asks and when, hosts that do not
// allow browsers, and what a node says instead.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import {
  answer,
  assertAccessible,
  assertFits,
  fileOf,
  rely,
  scene,
  serve,
  serveStatic,
  shoot,
  visit,
} from '../support/page_browser.mjs';
import { badge, didKey, issuerDocument, makeKey, methodOf, signBadge, signToken } from '../support/sign.mjs';

const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ar', 'hi'];
const texts = (language) =>
  JSON.parse(readFileSync(new URL(`../../node/web/page/lang/${language}.json`, import.meta.url)));
const plain = (string) => string.replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
const said = async (page, selector) => plain(await page.locator(selector).first().innerText());
const give = (page, content, name = 'given.json') =>
  page.setInputFiles('#files', [{ name, mimeType: '', buffer: Buffer.from(content) }]);
const verdict = (page, name) => page.locator(`[data-verdict="${name}"]`).waitFor();

const own = makeKey();
const OWN = signBadge(badge(didKey(own), 'First aid'), own, methodOf(own));

/* An https host on this device with documents of issuers by path; those below /closed/ do not allow browsers. */
async function host(t) {
  const [certificate, key] = [fileOf('issuer.pem'), fileOf('issuer.key')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const documents = new Map();
  const asked = [];
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, ({ url }, response) => {
    asked.push(url);
    const document = documents.get(url);
    response.writeHead(document ? 200 : 404, {
      'Content-Type': 'application/did+json',
      ...(!url.startsWith('/closed/') && { 'Access-Control-Allow-Origin': '*' }),
    });
    response.end(document && JSON.stringify(document));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address();
  const issuer = (path) => {
    const id = `did:web:localhost%3A${port}${path && `:${path.replaceAll('/', ':')}`}`;
    const signer = makeKey();
    documents.set(path ? `/${path}/did.json` : '/.well-known/did.json', issuerDocument(id, signer));
    return (name, more) => signBadge(badge(id, name, more), signer, `${id}#key`);
  };
  return { issuer, asked, name: `localhost:${port}`, origin: `https://localhost:${port}` };
}

/* The page from a host that is no node. */
const open = async (t, { settings = {}, ...more } = {}) =>
  visit(t, await serveStatic(t, settings), { ignoreHTTPSErrors: true, ...more });

test('a key that nobody named, and then one that the reader names by its id alone', async (t) => {
  const page = await open(t);
  await give(page, OWN);
  const first = await answer(page);
  assert.equal(first.verdict, 'unknown_issuer');
  assert.equal(first.codes.proof, 'proof_holds');
  assert.equal(first.codes.issuer, 'issuer_not_named');
  assert.match(await said(page, '.verdict .sentence'), /^The signature on this badge holds, but nobody you trust/);
  assert.match(await said(page, '.verdict .advice'), /Ask the issuer for its id/);
  assert.equal(await page.locator('#rests').evaluate((node) => node.open), true);
  assert.equal(await page.locator('[data-verdict]').getAttribute('data-tone'), 'caution');

  await rely(page, {}, { id: didKey(own), account: '' });
  await verdict(page, 'signed');
  const found = await answer(page);
  assert.equal(found.codes.issuer, 'issuer_named');
  assert.deepEqual(found.notices, []);
  const sentence = await said(page, '.verdict .sentence');
  assert.ok(sentence.startsWith(`${didKey(own)} signed this badge, and it has not changed since.`), sentence);
  assert.match(sentence, /No record came with it\. Whether the issuer has taken it back since can’t be told/);
  assert.match(await said(page, '.verdict .advice'), /^A record would add since when/);
  assert.equal(await page.locator('[data-verdict]').getAttribute('data-tone'), 'signed');
  assert.equal(await page.locator('.verdict-icon .icon-signed').count(), 1);
  assert.match(await said(page, '.names-words'), /Whose id it is: set by you\./);
  const proofs = await said(page, '#proofs');
  for (const part of ['eddsa-jcs-2022', 'Passed', didKey(own)]) assert.ok(proofs.includes(part), proofs);
  const sources = plain(await page.locator('#sources-in-force').textContent()); // folded up again
  assert.ok(sources.includes(`${didKey(own)}Its signature countsset by you`), sources);
  assert.equal(await page.locator('#ask').count(), 0); // no chain is needed for it
  assert.match(await said(page, '[data-group="unchanged"] summary'), /Passed Nothing was changed since the issuer signed it\./);
  await shoot(page, 'signed');

  await give(page, OWN.replace('Keeps calm.', 'Keeps calm!'));
  await verdict(page, 'invalid');
  assert.equal((await answer(page)).codes.proof, 'proof_broken');
  assert.match(await said(page, '.verdict .sentence'), /^The signature on this badge does not hold/);
  await give(page, signBadge(badge(didKey(own), 'Old', { validUntil: '2026-02-01T00:00:00Z' }), own, methodOf(own)));
  await verdict(page, 'expired');
  assert.match(await said(page, '.verdict .sentence'), /^This badge is signed by its issuer and unchanged/);
});

test('a host is asked only once the reader allows it, and then for the session', async (t) => {
  const school = await host(t);
  const [whole, part] = [school.issuer(''), school.issuer('people/ann')];
  const page = await open(t, { allowed: [school.origin] });
  await give(page, whole('Whole'));
  await answer(page);
  assert.equal((await answer(page)).codes.proof, 'proof_key_unreachable');
  assert.equal(await page.locator('[data-verdict]').getAttribute('data-verdict'), 'unverifiable');
  assert.match(await said(page, '#ask-hosts'), new RegExp(`May this page ask ${school.name}\\?.*tells ${school.name} that a badge of it`));
  assert.deepEqual(school.asked, []);
  await assertAccessible(page, 'asking for a host');
  await shoot(page, 'signed-asks');

  await page.click('#allow-hosts');
  await verdict(page, 'signed');
  assert.deepEqual(school.asked, ['/.well-known/did.json']);
  assert.equal((await answer(page)).codes.issuer, 'issuer_domain');
  assert.match(await said(page, '.verdict .sentence'), new RegExp(`^${school.name} signed this badge,`));
  assert.equal(await page.locator('#ask-hosts').count(), 0);

  await give(page, part('Part'));
  await page.locator('[data-code="issuer_address"]').waitFor({ state: 'attached' });
  await verdict(page, 'signed');
  assert.match(await said(page, '.verdict .sentence'), new RegExp(`^${school.name}/people/ann\\S* signed this badge,`));
  assert.match(await said(page, '.names-words'), /one address of a web site, and need not be the word of the whole site/);
  assert.equal(school.asked.length, 2);
  await page.reload();
  await give(page, whole('Again'));
  await verdict(page, 'signed');
});

test('hosts of issuers that the reader named are asked without a question; those of others, at each visit', async (t) => {
  const school = await host(t);
  const make = school.issuer('');
  const page = await open(t, { allowed: [school.origin] });
  await rely(page, {}, { id: `did:web:${school.name.replace(':', '%3A')}`, account: '' });
  await give(page, make('Known'));
  await verdict(page, 'signed');
  assert.equal((await answer(page)).codes.issuer, 'issuer_named');
  const other = await open(t, { allowed: [school.origin] });
  await give(other, make('Known'));
  await other.locator('#ask-hosts').waitFor();
  assert.equal(school.asked.length, 1);
});

/* A node that answers POST /v1/verify, and has no receipts. */
async function fakeNode(t, report) {
  const got = [];
  const origin = await serve(t, (request, response) => {
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const isVerify = request.url === '/v1/verify';
      if (request.method === 'POST') got.push(Buffer.concat(parts).toString());
      response.writeHead(request.method === 'OPTIONS' ? 204 : isVerify ? 200 : 404, headers);
      response.end(isVerify && request.method === 'POST' ? JSON.stringify(report) : '');
    });
  });
  return { origin, got };
}

test('a host that does not allow browsers: a node can be asked, and its word is shown as its word', async (t) => {
  const school = await host(t);
  const made = school.issuer('closed/school')('Closed');
  const node = await fakeNode(t, { verdict: 'signed', sentence: 'It is signed.<b>', checks: [], receipt: null });
  const page = await open(t, { settings: { node: node.origin }, allowed: [school.origin, node.origin] });
  await give(page, made);
  await page.click('#allow-hosts');
  await page.locator('#opinion').waitFor();
  const { host: nodeName } = new URL(node.origin);
  const offer = await said(page, '#opinion');
  assert.match(offer, new RegExp(`${school.name} does not allow browsers to read its keys or lists, or can’t be reached\\.`));
  assert.match(offer, new RegExp(`${nodeName} can check instead\\. For that the whole badge is sent to it`));
  assert.deepEqual(node.got, []);
  await assertAccessible(page, 'offering to ask a node');

  await page.click('#ask-node');
  await page.locator('[data-node-verdict="signed"]').waitFor();
  assert.deepEqual(node.got, [made]);
  const word = await said(page, '#opinion');
  assert.ok(word.includes(`${nodeName} answers: Signed. It is signed.<b>`), word);
  assert.ok(word.includes(`This is the word of ${nodeName}. Your browser has not checked it.`), word);
  assert.equal((await answer(page)).verdict, 'unverifiable'); // the page's own answer stays
  await assertAccessible(page, 'what a node says');
  await shoot(page, 'signed-opinion');
  await page.selectOption('#language', 'de');
  await page.locator('[data-node-verdict="signed"]').waitFor();
  assert.equal(node.got.length, 1);
});

test('a node that answers nonsense is no answer', async (t) => {
  const school = await host(t);
  const node = await fakeNode(t, { verdict: 'wonderful', sentence: 'x' });
  const page = await open(t, { settings: { node: node.origin }, allowed: [school.origin, node.origin] });
  await give(page, school.issuer('closed/school')('Closed'));
  await page.click('#allow-hosts');
  await page.click('#ask-node');
  await page.locator('#opinion >> text=gave no answer').waitFor();
  assert.equal(await page.locator('[data-node-verdict]').count(), 0);
  assert.equal(await page.locator('#ask-node').count(), 1);
});

test('what chromium computes, and what no browser does', async (t) => {
  const node = await fakeNode(t, { verdict: 'signed', sentence: 'x' });
  const page = await open(t, { settings: { node: node.origin }, allowed: [node.origin] });
  for (const [kind, code] of [['ed25519', 'proof_holds'], ['p256', 'proof_holds'], ['secp256k1', 'proof_no_crypto']]) {
    const key = makeKey(kind);
    await give(page, signToken(badge(didKey(key), kind), key, methodOf(key)), `${kind}.jwt`);
    await page.locator(`[data-check="proof"][data-code="${code}"]`).waitFor({ state: 'attached' });
    await page.locator('#badge-heading', { hasText: kind }).waitFor();
  }
  assert.match(await said(page, '#opinion'), /can’t compute this kind of signature/);
});

test('the card asks too', async (t) => {
  const school = await host(t);
  const settings = { embed: true };
  const fragment = deflateRawSync(school.issuer('')('Card')).toString('base64url');
  const url = `${await serveStatic(t, settings)}/#b=${fragment}`;
  const page = await visit(t, url, { width: 400, height: 190, allowed: [school.origin], ignoreHTTPSErrors: true });
  await verdict(page, 'unverifiable');
  assert.deepEqual(school.asked, []);
  await assertAccessible(page, 'a card that asks');
  await page.click('.card-ask');
  await verdict(page, 'signed');
  assert.equal(await page.locator('.card').getAttribute('data-tone'), 'signed');
  await shoot(page, 'signed-card', { fullPage: false });
});

test('a host that is not ASCII has its punycode beside it', async (t) => {
  const page = await open(t);
  const id = 'https://bücher.example/issuer';
  await give(page, signBadge(badge(id, 'Books'), own, methodOf(own)));
  assert.equal((await answer(page)).codes.proof, 'proof_key_not_bound');
  assert.match(await said(page, '[data-name="issuer"]'), /\(https:\/\/bücher\.example\/issuer \(xn--bcher-kva\.example\)\)/);
});

for (const language of LANGUAGES)
  test(`signed, in ${language}: on a desk and a phone, light and dark, and printed`, async (t) => {
    const words = texts(language);
    const settings = { issuers: [{ id: didKey(own) }] };
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(t, { settings, locale: language, colorScheme });
      await give(page, OWN);
      await verdict(page, 'signed');
      assert.equal(await page.locator('.word').innerText(), words['verdict.signed.word']);
      await page.click('[data-group="issuer"] > summary');
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 800 });
        await assertFits(page, `${language}, signed, ${width}`);
        await assertAccessible(page, `${language}, signed, ${width}, ${colorScheme}`);
        await shoot(page, `signed-${language}-${width}-${colorScheme}`);
      }
      assert.doesNotMatch(
        await page.locator('main').innerText(),
        /\{\w+\}|undefined|\b(code|verdict|trust|share|badge|signed|hosts|opinion|proofs)\.[a-z]+\.?[a-z]+\b/,
      );
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('.sheet').isVisible(), true);
      assert.equal(await page.locator('#proofs').isVisible(), true);
    }
  });
