// Badges whose issuer can take them back, at the page: what the status lists say, whom the page asks for them and when,
// and what it says where a list can't be had.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { answer, assertAccessible, assertFits, fileOf, serve, serveStatic, shoot, visit } from '../support/page_browser.mjs';
import { badge, didKey, issuerDocument, makeKey, methodOf, signBadge } from '../support/sign.mjs';

const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ar', 'hi'];
const texts = (language) =>
  JSON.parse(readFileSync(new URL(`../../node/web/page/lang/${language}.json`, import.meta.url)));
const plain = (string) => string.replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
const said = async (page, selector) => plain(await page.locator(selector).first().innerText());
const give = (page, content) =>
  page.setInputFiles('#files', [{ name: 'given.json', mimeType: '', buffer: Buffer.from(content) }]);
const verdict = (page, name) => page.locator(`[data-verdict="${name}"]`).waitFor();
/* The check `status`, once the badge of this name is shown. */
async function status(page, name) {
  await page.locator('#badge-heading', { hasText: name }).waitFor();
  const { verdict: found, codes } = await answer(page);
  return `${found} ${codes.status}`;
}

const school = makeKey();
const issuers = [{ id: didKey(school) }];

/* An https host on this device with status lists by path; those below /closed/ do not allow browsers. */
async function host(t) {
  const [certificate, key] = [fileOf('lists.pem'), fileOf('lists.key')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const documents = new Map();
  const asked = [];
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, ({ url }, response) => {
    asked.push(url);
    response.writeHead(documents.has(url) ? 200 : 404, {
      'Content-Type': 'application/json',
      ...(!url.startsWith('/closed/') && { 'Access-Control-Allow-Origin': '*' }),
    });
    response.end(documents.get(url));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const name = `localhost:${server.address().port}`;
  return { documents, asked, name, origin: `https://${name}` };
}

function compressed(ones) {
  const bits = Buffer.alloc(16384);
  for (const one of ones) bits[one >> 3] |= 0x80 >> (one & 7);
  return gzipSync(bits);
}

/* gzip: of the bits, where they are not just these ones */
function listOf(url, { ones = [], gzip = compressed(ones), purpose = 'revocation', signer = school } = {}) {
  const document = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: url,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: didKey(signer),
    validFrom: '2026-01-01T00:00:00Z',
    credentialSubject: {
      id: `${url}#list`,
      type: 'BitstringStatusList',
      statusPurpose: purpose,
      encodedList: `u${gzip.toString('base64url')}`,
    },
  };
  return signBadge(document, signer, methodOf(signer));
}

const entryOf = (url, index, purpose = 'revocation', more = {}) => ({
  id: `${url}#${index}`,
  type: 'BitstringStatusListEntry',
  statusPurpose: purpose,
  statusListIndex: String(index),
  statusListCredential: url,
  ...more,
});

const listed = (name, ...entries) =>
  signBadge(badge(didKey(school), name, { credentialStatus: entries }), school, methodOf(school));

/* The page from a host that is no node, with a host of lists that the reader has allowed. */
async function open(t, lists, { settings = {}, allow = true, allowed = [], ...more } = {}) {
  const origin = await serveStatic(t, { issuers, ...settings });
  const page = await visit(t, origin, { ignoreHTTPSErrors: true, allowed: [lists.origin, ...allowed], ...more });
  if (allow) {
    await page.evaluate((name) => sessionStorage.setItem('badged.hosts', JSON.stringify([name])), lists.name);
    await page.reload();
  }
  return page;
}

test('the host of a list is asked once the reader allows it, and once for all badges of a list', async (t) => {
  const lists = await host(t);
  const url = `${lists.origin}/1`;
  lists.documents.set('/1', listOf(url, { ones: [7] }));
  const page = await open(t, lists, { allow: false });
  await give(page, listed('Good', entryOf(url, 3)));
  assert.equal(await status(page, 'Good'), 'unverifiable status_unreachable');
  assert.match(await said(page, '.verdict .sentence'), /could not be read, so it is not known whether the badge was taken back/);
  assert.match(await said(page, '#ask-hosts'), new RegExp(`May this page ask ${lists.name}\\?.*status list.*tells ${lists.name} that a badge of it`));
  assert.deepEqual(lists.asked, []);
  await assertAccessible(page, 'asking for the host of a list');
  await page.click('#allow-hosts');
  await verdict(page, 'signed');
  assert.equal(await status(page, 'Good'), 'signed status_good');
  assert.match(await said(page, '.verdict .sentence'), /No record came with it\. Where the issuer publishes its status, nothing says that it was taken back\.$/);
  const panel = await said(page, '#statuses');
  for (const part of ['Whether it was revoked Passed', `List: ${url}`, 'As of ']) assert.ok(panel.includes(part), panel);
  assert.doesNotMatch(panel, /not signed|revoked\./);

  await give(page, listed('Taken back', entryOf(url, 7)));
  assert.equal(await status(page, 'Taken back'), 'revoked status_revoked');
  assert.match(await said(page, '.verdict .sentence'), /^This badge was signed by its issuer, and has since been revoked\. .* The issuer’s status list says so\.$/);
  assert.equal(await page.locator('[data-verdict]').getAttribute('data-tone'), 'bad');
  assert.match(await said(page, '#statuses'), /Whether it was revoked Failed This list says that the badge was revoked\./);
  assert.deepEqual(lists.asked, ['/1']);
  await assertAccessible(page, 'revoked by a list');
  await shoot(page, 'status-revoked');

  lists.documents.set('/1', listOf(url, { ones: [] })); // the reader asks again: it is fetched again
  await page.getByRole('button', { name: 'Check again' }).click();
  await verdict(page, 'signed');
  assert.deepEqual(lists.asked, ['/1', '/1']);
});

test('suspended, and messages that decide nothing', async (t) => {
  const lists = await host(t);
  const [paused, notes] = [`${lists.origin}/paused`, `${lists.origin}/notes`];
  lists.documents.set('/paused', listOf(paused, { ones: [1], purpose: 'suspension' }));
  lists.documents.set('/notes', listOf(notes, { ones: [2], purpose: 'message' }));
  const messages = { statusSize: 1, statusMessage: [{ status: '0x0', message: 'fine' }, { status: '0x1', message: 'renew <b>it</b>' }] };
  const page = await open(t, lists);
  await give(page, listed('Paused', entryOf(paused, 1, 'suspension'), entryOf(notes, 2, 'message', messages)));
  assert.equal(await status(page, 'Paused'), 'suspended status_suspended');
  assert.match(await said(page, '.verdict .sentence'), /^The issuer has suspended this badge for the time being\. The issuer’s status list says so\.$/);
  assert.equal(await page.locator('[data-verdict]').getAttribute('data-tone'), 'warn');
  assert.deepEqual(
    await page.locator('[data-status]').evaluateAll((nodes) => nodes.map(({ dataset }) => `${dataset.status} ${dataset.code} ${dataset.shown}`)),
    ['suspension status_suspended failed', 'message status_good passed'],
  );
  assert.ok((await said(page, '[data-status="message"]')).includes('It says: renew <b>it</b>'));
  await give(page, listed('Told', entryOf(paused, 3, 'suspension'), entryOf(notes, 2, 'message', messages)));
  assert.equal(await status(page, 'Told'), 'signed status_good');
});

test('a list that is missing, by somebody else, too short or damaged', async (t) => {
  const lists = await host(t);
  const at = (path, document) => {
    const url = `${lists.origin}/${path}`;
    if (document) lists.documents.set(`/${path}`, document(url));
    return url;
  };
  const bits = (bytes) => (url) => listOf(url, { gzip: bytes });
  const page = await open(t, lists);
  const whole = gzipSync(Buffer.alloc(16384));
  const cases = [
    ['missing', entryOf(at('missing'), 1), 'status_unreachable'],
    ['foreign', entryOf(at('foreign', (url) => listOf(url, { signer: makeKey() })), 1), 'status_list_invalid'],
    ['unsigned', entryOf(at('unsigned', (url) => JSON.stringify({ ...JSON.parse(listOf(url)), proof: undefined })), 1), 'status_list_invalid'],
    ['beyond', entryOf(at('beyond', (url) => listOf(url)), 131072), 'status_out_of_range'],
    ['damaged', entryOf(at('damaged', bits(whole.subarray(0, whole.length - 3))), 1), 'status_list_invalid'],
    ['trailing', entryOf(at('trailing', bits(Buffer.concat([whole, Buffer.from('x')]))), 1), 'status_list_invalid'],
    ['huge', entryOf(at('huge', bits(gzipSync(Buffer.alloc((64 << 20) + 1)))), 1), 'status_list_invalid'],
    ['members', entryOf(at('members', bits(Buffer.concat([whole, whole]))), 131072), 'status_good'],
    ['kind', { id: 'urn:example:1', type: 'OtherStatus2030' }, 'status_type_unknown'],
  ];
  for (const [name, entry, code] of cases) {
    await give(page, listed(name, entry));
    assert.equal(await status(page, name), `${code === 'status_good' ? 'signed' : 'unverifiable'} ${code}`, name);
    assert.equal(await page.locator('[data-status]').getAttribute('data-code'), code, name);
  }
});

test('the word of a site alone', async (t) => {
  const lists = await host(t);
  const id = `did:web:${lists.name.replace(':', '%3A')}`;
  lists.documents.set('/.well-known/did.json', JSON.stringify(issuerDocument(id, school)));
  const url = `${lists.origin}/revoked.json`;
  const made = badge(id, 'Plain', { credentialStatus: { id: url, type: '1EdTechRevocationList' } });
  const list = { id: url, issuer: id, revokedCredential: [{ id: made.id, revoked: true, revocationReason: 'by mistake' }] };
  lists.documents.set('/revoked.json', JSON.stringify(list));
  const page = await open(t, lists);
  await give(page, signBadge(made, school, `${id}#key`));
  assert.equal(await status(page, 'Plain'), 'revoked status_revoked');
  assert.match(await said(page, '.verdict .sentence'), /Its site says so, in a list without a signature\.$/);
  assert.match(await said(page, '#statuses'), /It says: by mistake .*The list is not signed: this is the word of its site alone\./);
});

test('a host of lists that does not allow browsers: a node can be asked', async (t) => {
  const lists = await host(t);
  const url = `${lists.origin}/closed/1`;
  lists.documents.set('/closed/1', listOf(url));
  const node = await serve(t, (request, response) => {
    response.writeHead(request.method === 'OPTIONS' ? 204 : 200, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' });
    response.end(request.method === 'POST' ? JSON.stringify({ verdict: 'signed', sentence: 'It is signed.' }) : '');
  });
  const page = await open(t, lists, { settings: { node }, allowed: [node] });
  await give(page, listed('Closed', entryOf(url, 1)));
  assert.equal(await status(page, 'Closed'), 'unverifiable status_unreachable');
  assert.match(await said(page, '#opinion'), new RegExp(`${lists.name} does not allow browsers to read its keys or lists`));
  await page.click('#ask-node');
  await page.locator('[data-node-verdict="signed"]').waitFor();
  assert.equal(await status(page, 'Closed'), 'unverifiable status_unreachable'); // the page's own answer stays
});

for (const language of LANGUAGES)
  test(`status lists, in ${language}: on a desk and a phone, light and dark, and printed`, async (t) => {
    const words = texts(language);
    const lists = await host(t);
    const urls = ['revocation', 'suspension'].map((purpose) => {
      const url = `${lists.origin}/a-long-path-of-a-status-list/${'x'.repeat(60)}/${purpose}`;
      lists.documents.set(new URL(url).pathname, listOf(url, { ones: [5], purpose }));
      return entryOf(url, 5, purpose);
    });
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(t, lists, { locale: language, colorScheme });
      await give(page, listed('Both', ...urls));
      assert.equal(await status(page, 'Both'), 'revoked status_revoked');
      assert.equal(await said(page, '#statuses h2'), words['statuses.heading']);
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 800 });
        await assertFits(page, `${language}, lists, ${width}`);
        await assertAccessible(page, `${language}, lists, ${width}, ${colorScheme}`);
        await shoot(page, `status-${language}-${width}-${colorScheme}`);
      }
      assert.doesNotMatch(await page.locator('main').innerText(), /\{\w+\}|undefined|\b(code|verdict|statuses)\.[a-z]+\.?[a-z]+\b/);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('#statuses').isVisible(), true);
    }
  });
