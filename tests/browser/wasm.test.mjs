// The npm package against public vectors and the command line, and the module's boundary against a hostile caller.
// $BADGED_VECTORS names the vectors; without it those tests say that they are left out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createSign, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { badge, didKey, makeKey, methodOf, signBadge } from '../support/sign.mjs';

const folder = process.env.BADGED_PACKAGE;
const load = (name) => import(pathToFileURL(`${folder}/${name}`).href);
const { BadgeError, canonicalize, checkInclusion, digest, readReceipt, verify } = await load('index.mjs');
const { decompress, signatureHolds } = await load('crypto.mjs');
const { call, instantiate, json } = await load('engine.mjs');

const vectors = process.env.BADGED_VECTORS;
const withVectors = { skip: vectors ? false : 'BADGED_VECTORS is not set' };
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const utf8 = (text) => new TextEncoder().encode(text);

function list(path, n) {
  const names = readdirSync(`${vectors}/${path}`).filter((name) => name.endsWith('.json'));
  assert.equal(names.length, n, path);
  return names;
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(`${path}/${name}`));
}

test('canonical forms of RFC 8785', withVectors, async () => {
  for (const name of list('jcs/input', 6)) {
    const expected = readFileSync(`${vectors}/jcs/output/${name}`);
    assert.deepEqual(Buffer.from(await canonicalize(readFileSync(`${vectors}/jcs/input/${name}`))), expected, name);
    const hex = readFileSync(`${vectors}/jcs/outhex/${name.replace('.json', '.txt')}`, 'utf8').replace(/\s/g, '');
    assert.equal(Buffer.from(await canonicalize(expected)).toString('hex'), hex, name);
  }
});

test('digests are those of the command line', withVectors, async () => {
  const files = list('credentials', 24).map((name) => `${vectors}/credentials/${name}`);
  const lines = execFileSync(process.env.BADGE_BIN, ['digest', ...files], { encoding: 'utf8' }).trim().split('\n');
  assert.equal(lines.length, files.length);
  for (const [i, file] of files.entries()) {
    const found = await digest(readFileSync(file));
    assert.equal(`${found.digest} ${found.label} ${file}`, lines[i]);
    assert.equal(found.digest, sha256(await canonicalize(readFileSync(file, 'utf8'))), file);
  }
});

test('inclusion proofs', withVectors, async () => {
  const hex = (base64) => Buffer.from(base64 ?? '', 'base64').toString('hex');
  const files = filesBelow(`${vectors}/merkle/inclusion`);
  assert.equal(files.length, 98);
  for (const file of files) {
    const proof = JSON.parse(readFileSync(file, 'utf8'));
    const holds = await checkInclusion({
      leaf: hex(proof.leafHash),
      root: hex(proof.root),
      leafIndex: proof.leafIdx,
      treeSize: proof.treeSize,
      path: (proof.proof ?? []).map(hex),
    }).catch((error) => {
      assert.ok(error instanceof BadgeError, `${file}: ${error}`); // a number that JSON can't carry
      return false;
    });
    assert.equal(holds, !proof.wantErr, file);
  }
});

test('kinds of documents', async () => {
  for (const [document, label, bytes = document] of [
    ['{"b":1.50,"a":"\\u00e9"}', 'jcs', '{"a":"é","b":1.5}'],
    [' \n a.b.c \t', 'compact', 'a.b.c'],
    ['[1, 2]', 'raw'],
    ['', 'raw'],
  ])
    assert.deepEqual(await digest(document), { label, digest: sha256(bytes) });
  const pdf = Buffer.from('%PDF-1.7\n\0\xff', 'latin1');
  assert.deepEqual(await digest(new Blob([pdf])), { label: 'raw', digest: sha256(pdf) });
  assert.deepEqual(await digest(new Uint8Array(pdf).buffer), { label: 'raw', digest: sha256(pdf) });
});

test('what can’t be read says what and where', async () => {
  for (const [document, status, offset] of [
    ['{"a":1,"a":2}', 'duplicate', 7],
    ['{"a":1', 'syntax', 6],
    ['{"a":9007199254740992}', 'number', 5],
    [`{"a":${'['.repeat(64)}`, 'depth', 68],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22), 'utf8', 2],
    ['{"type":"BadgeReceipt"}', 'refused', null],
  ])
    await assert.rejects(digest(document), { name: 'BadgeError', status, offset });
  await assert.rejects(digest('\ud800'), TypeError);
  for (const value of [undefined, null, 7, {}, ['a']]) await assert.rejects(digest(value), TypeError);
  await assert.rejects(readReceipt({ type: 'BadgeReceipt', version: 2 }), { status: 'unsupported' });
  await assert.rejects(readReceipt('{"type":"BadgeReceipt","version":1}'), BadgeError);
});

test('options that make no sense', async () => {
  const account = `0x${'00'.repeat(20)}`;
  for (const options of [
    { contract: '0x12' },
    { contract: '0x00000000000000000000000000000000000000Aa' }, // one capital is wrong
    { chainId: -1 },
    { chainId: 2 ** 53 },
    { chainId: '1' },
    { confirmations: 0.5 },
    { now: new Date(NaN) },
    { issuers: 'x' },
    { issuers: [{ id: 7, account }] },
    { issuers: [{}] },
    { issuers: [{ id: 'x', account: '0x12' }] },
    { issuers: Array(257).fill({ account }) },
    { accreditors: Array(65).fill(account) },
    { accreditors: [{}] },
    { documents: { 'did:web:a': 7 } },
    { accept: 'valid' },
    { contexts: { 'https://a.example/': {} } },
    { contexts: { 'https://a.example/': '{' } },
    { contexts: { 'https://a.example/': '{}' } },
    { rpc: 'chain.example' },
    { rpc: 'file:///etc/passwd' },
    { chainId: 1, rpc: Array(17).fill('http://127.0.0.1:1') },
  ])
    await assert.rejects(verify('{}', null, options), TypeError, JSON.stringify(options));
  await assert.rejects(verify({ a: 1 }), TypeError);
  await assert.rejects(verify('{}', 7), TypeError);
  const aborted = AbortSignal.abort(new Error('enough'));
  await assert.rejects(verify('{}', null, { signal: aborted }), /enough/);
});

test('the time to judge by', async () => {
  const document = '{"issuer":"did:web:a","validFrom":"2025-01-01T00:00:00Z","validUntil":"2026-01-01T00:00:00Z"}';
  const codeAt = async (now) => (await verify(document, null, { now })).checks[8].code;
  assert.equal(await codeAt(new Date('2024-12-31T23:59:59.999Z')), 'not_yet_valid');
  assert.equal(await codeAt(1735689600), 'in_force');
  assert.equal(await codeAt(new Date('2026-01-01T00:00:00Z')), 'in_force');
  assert.equal(await codeAt(1767225601), 'expired');
});

test('many at once do not mix', async () => {
  const texts = Array.from({ length: 200 }, (_, i) => `{"n":${i},"pad":"${'x'.repeat(i * 50)}"}`);
  const found = await Promise.all(texts.map((text) => digest(text)));
  assert.deepEqual(found.map((one) => one.digest), texts.map(sha256));
  const reports = await Promise.all(texts.map((text) => verify(text)));
  assert.deepEqual(reports.map((one) => one.digest), texts.map(sha256));
});

test('large documents, in bounded memory', async () => {
  const bytes = Buffer.alloc(40 << 20, 'x');
  assert.equal((await digest(bytes)).digest, sha256(bytes));
  const numbers = utf8(`{"a":[${'0,'.repeat(16 << 20)}0]}`); // its tree is many times as large
  await assert.rejects(digest(numbers), { status: 'no_memory' });
  assert.equal((await verify(numbers)).checks[0].code, 'document_unread');
  await assert.rejects(digest(Buffer.alloc((256 << 20) + 1)), RangeError);
  const held = Buffer.alloc((64 << 20) + 1, ' ');
  held.write('{"');
  await assert.rejects(digest(held), { status: 'limit' });
  assert.equal((await digest('{}')).label, 'jcs'); // and it goes on
});

test('what a provider says of an error is in the report, and how old its newest block may be', async () => {
  const hash = 'ab'.repeat(32);
  const receipt = {
    type: 'BadgeReceipt',
    version: 1,
    digest: { algorithm: 'sha-256', canonicalization: 'raw', value: hash },
    inclusion: { algorithm: 'RFC9162_SHA256', salt: hash, root: hash, treeSize: 1, leafIndex: 0, path: [] },
    anchor: { chainId: 7, contract: `0x${'00'.repeat(20)}`, issuer: `0x${'00'.repeat(20)}`, status: 'sealed' },
  };
  const registryOf = async (answer, more = {}) => {
    const fetch = async (_, { body }) => answer(JSON.parse(body));
    const options = { rpc: 'https://p.example/v2/0123456789abcdef', chainId: 7, contract: receipt.anchor.contract, fetch, ...more };
    return (await verify(null, receipt, options)).checks[2].detail;
  };
  const texts = [
    ['Must be authenticated!\r\nSee', 'it answered HTTP 401: Must be authenticated!.'],
    ['{"message":"no such project"}', 'it answered HTTP 401: no such project.'],
    ['{"error":"no such key"}', 'it answered HTTP 401: no such key.'],
    ['<html>no</html>', 'it answered HTTP 401.'],
    ['Cannot POST /v2/0123456789abcdef', 'it answered HTTP 401: Cannot POST /v2/****************.'],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"not 0123456789abcdef"}}', 'it returned an error: not ****************.'],
  ];
  for (const [body, said] of texts) {
    const detail = await registryOf(() => new Response(body, { status: 401 }));
    assert.ok(detail.endsWith(`https://p.example: ${said}`), detail);
  }
  const old = { hash: `0x${hash}`, number: '0x5', timestamp: '0x64' };
  const results = { eth_chainId: '0x7', eth_getBlockByNumber: old };
  const answer = ({ id, method }) => Response.json({ jsonrpc: '2.0', id, result: results[method] ?? '0x' });
  const ask = (maxHeadAge) => registryOf(answer, { now: 100 + 7200, maxHeadAge });
  assert.match(await ask(undefined), /is too old: the maximum head age is 1 h/);
  assert.match(await ask(5400), /the maximum head age is 90 min/);
  assert.doesNotMatch(await ask(7200), /too old/);
});

test('the boundary traps', async () => {
  const traps = async (use) => {
    const exports = await instantiate();
    await assert.rejects(async () => use(exports), WebAssembly.RuntimeError, String(use));
  };
  const opened = async (settings = '{"now":0,"maxHeadAge":0,"providers":[]}') => {
    const exports = await instantiate();
    assert.equal(call(exports, 'verify_open', null, null, utf8(settings)).result, 0);
    return exports;
  };
  for (const at of [1, 64, 65536, 0x7fffffff, 0xffffffff, -4]) {
    for (const name of ['document_digest', 'json_canonicalize', 'receipt_read', 'inclusion_check'])
      await traps((exports) => exports[name](at));
    await traps((exports) => exports.verify_open(at, 0, 0));
  }
  await traps((exports) => {
    const at = exports.badge_input(4);
    exports.badge_release();
    exports.document_digest(at);
  });
  await traps((exports) => exports.document_digest(exports.badge_input(4) + 1));
  await traps((exports) => exports.verify_open(0, 0, 0));
  await traps((exports) => exports.verify_report());
  await traps((exports) => exports.verify_next(0));
  await traps((exports) => exports.verify_proof_end());
  await traps((exports) => exports.verify_proof_message());
  for (const name of ['verify_proof_document', 'verify_proof_no_document', 'verify_proof_no_signature']) {
    const unasked = await opened();
    assert.throws(() => call(unasked, name, 0, utf8('x'), null, 0, 0), WebAssembly.RuntimeError);
  }
  await traps(async () => (await opened()).verify_next(0)); // signatures come first
  for (const settings of [{ providers: Array(100000).fill('a') }, { issuers: Array(100000).fill({ id: 'a' }) }, { now: 'x' }]) {
    const refused = await instantiate();
    assert.notEqual(call(refused, 'verify_open', null, null, utf8(JSON.stringify(settings))).result, 0);
    for (const name of ['verify_proof_end', 'verify_document', 'verify_report'])
      assert.throws(() => refused[name](), WebAssembly.RuntimeError, name);
  }
  await traps((exports) => exports.verify_take(0, 0, exports.badge_input(2)));
  for (const name of ['verify_inside_item', 'verify_inside_bytes', 'verify_inside_count', 'verify_inside_more']) {
    const nothing = await opened();
    assert.equal(call(nothing, 'verify_inside', 256).result, 0);
    assert.throws(() => call(nothing, name, 0), WebAssembly.RuntimeError, name);
  }
  await traps(async () => (await opened()).verify_inside(257));
  for (const name of ['verify_report', 'verify_is_accepted', 'verify_document_take', 'verify_document_fail']) {
    const early = await opened(); // before verify_document() has said whether one is wanted
    assert.throws(() => call(early, name, utf8('{}')), WebAssembly.RuntimeError);
  }
  const exports = await opened();
  assert.equal(call(exports, 'verify_proof_next').result, 0);
  call(exports, 'verify_proof_end');
  assert.equal(call(exports, 'verify_document').result, 0);
  assert.equal(json(call(exports, 'verify_report').bytes).verdict, 'unverifiable');
  await assert.rejects(async () => exports.verify_open(0, 0, exports.badge_input(2)), WebAssembly.RuntimeError);
});

test('inputs are counted', async () => {
  const exports = await instantiate();
  const given = Array.from({ length: 6 }, () => exports.badge_input(1));
  assert.deepEqual(given.map((at) => at > 0), [true, true, true, true, false, false]);
  exports.badge_release();
  assert.ok(exports.badge_input(0) > 0);
  assert.equal(exports.badge_input(0xffffffff), 0);
  assert.equal(exports.badge_input((256 << 20) + 1), 0);
});

test('questions of a verification are answered once', async () => {
  const hash = '00'.repeat(32);
  const account = `0x${'00'.repeat(20)}`;
  const receipt = {
    type: 'BadgeReceipt',
    version: 1,
    digest: { algorithm: 'sha-256', canonicalization: 'jcs', value: hash },
    inclusion: { algorithm: 'RFC9162_SHA256', salt: hash, root: hash, treeSize: 1, leafIndex: 0, path: [] },
    anchor: { chainId: 1, contract: account, issuer: account, status: 'sent' },
  };
  const open = async () => {
    const exports = await instantiate();
    const settings = utf8('{"chainId":1,"now":0,"maxHeadAge":0,"providers":["a"]}');
    assert.equal(call(exports, 'verify_open', null, utf8(JSON.stringify(receipt)), settings).result, 0);
    call(exports, 'verify_proof_end');
    assert.equal(json(call(exports, 'verify_next', 0).bytes).method, 'eth_chainId');
    return exports;
  };
  const texts = utf8('["0x1"]');
  let exports = await open();
  call(exports, 'verify_take', 0, 0, texts);
  assert.throws(() => call(exports, 'verify_take', 0, 0, texts), WebAssembly.RuntimeError);
  for (const [provider, number] of [[1, 0], [0, 1], [0, 10], [0, 73], [0, 74], [0, 2 ** 31], [2 ** 31, 0]]) {
    exports = await open();
    assert.throws(() => call(exports, 'verify_take', provider, number, texts), WebAssembly.RuntimeError);
    exports = await open();
    assert.throws(() => call(exports, 'verify_fail', provider, number, texts), WebAssembly.RuntimeError);
  }
  exports = await open();
  assert.throws(() => call(exports, 'verify_document'), WebAssembly.RuntimeError); // a question is open
});

const TRUSTED = 'did:key:z6MkwWdDvJ7Z51f4baYoJ8T6CdQubK39juiXA5wKssJnmgm4'; // of Northbridge in stack/
const GUILD = 'did:web:skills.example.org';
const stack = (name) => readFileSync(`${vectors}/stack/${name}`);
const stackOptions = () => ({
  issuers: [{ id: TRUSTED }],
  fetchKeys: false,
  documents: { [GUILD]: stack('did-web-skills.example.org.json') },
});

test('what is inside of a transcript, each by itself', withVectors, async () => {
  const seen = new Map();
  const report = await verify(stack('clr.json'), null, { ...stackOptions(), onInside: (one, its) => seen.set(one, its) });
  const { verifiableCredential } = JSON.parse(stack('clr.json')).credentialSubject;
  assert.equal(report.verdict, 'signed');
  assert.equal(report.inside.length, 13);
  assert.deepEqual(report.insideCounts, { count: 13, hold: 10, fail: 0, open: 3, more: false });
  assert.deepEqual([...seen.keys()], report.inside);
  for (const [i, one] of report.inside.entries()) {
    const alone = await verify(JSON.stringify(verifiableCredential[i]), null, stackOptions());
    assert.deepEqual(one, {
      kind: 'credential',
      level: 1,
      pointer: `/credentialSubject/verifiableCredential/${i}`,
      digest: alone.digest,
      issuer: verifiableCredential[i].issuer.id,
      name: verifiableCredential[i].name,
      judged: true,
      verdict: alone.verdict,
      sentence: alone.sentence,
      decidedBy: alone.decidedBy,
    });
    assert.deepEqual({ ...seen.get(one), conformance: null }, { ...alone, conformance: null });
  }
  assert.deepEqual(report.documents.map(({ id, outcome }) => [id, outcome]), [[GUILD, 'given']]); // once

  const altered = await verify(stack('clr-altered-inside.json'), null, stackOptions());
  const broken = altered.inside.filter(({ verdict }) => verdict === 'invalid');
  assert.deepEqual(broken.map(({ name, decidedBy }) => [name, decidedBy]), [['Python for Data', 'proof']]);
  assert.equal(altered.insideCounts.fail, 1);
  const cycle = await verify(stack('clr-cycle.json'), null, stackOptions());
  assert.deepEqual(cycle.inside.map(({ verdict }) => verdict).sort(), ['signed', 'signed', 'unknown_issuer']);
});

/* A credential without a proof, which no one signed. */
const unsigned = (id, more) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'],
  id: `urn:example:${id}`,
  type: ['VerifiableCredential', 'OpenBadgeCredential'],
  issuer: 'did:example:school',
  validFrom: '2026-01-01T00:00:00Z',
  credentialSubject: { type: 'AchievementSubject' },
  ...more,
});
const transcript = (id, credentials) =>
  unsigned(id, {
    type: ['VerifiableCredential', 'ClrCredential'],
    credentialSubject: { type: 'ClrSubject', verifiableCredential: credentials },
  });
const looked = async (document, options) => verify(JSON.stringify(document), null, { fetchKeys: false, ...options });

test('inside of what is inside: two levels, 256 in all, and no more once a caller has enough', async () => {
  const deep = (level) => transcript(`deep ${level}`, level === 0 ? [] : [deep(level - 1)]);
  const two = await looked(deep(2));
  assert.deepEqual(two.inside.map(({ level }) => level), [1, 2]);
  assert.equal(two.inside[1].pointer, '/credentialSubject/verifiableCredential/0/credentialSubject/verifiableCredential/0');
  assert.deepEqual(two.insideCounts, { count: 2, hold: 0, fail: 0, open: 2, more: false });
  const four = await looked(deep(4));
  assert.deepEqual(four.inside.map(({ level }) => level), [1, 2]);
  assert.equal(four.insideCounts.more, true);

  const badges = Array.from({ length: 257 }, (_, i) => unsigned(i));
  const all = await looked(transcript('most', badges.slice(1)));
  assert.deepEqual([all.inside.length, all.insideCounts.more], [256, false]);
  const most = await looked(transcript('too many', badges));
  assert.deepEqual([most.inside.length, most.insideCounts.more], [256, true]);
  const shared = await looked(transcript('shared', [transcript('first', badges.slice(0, 200)), transcript('second', badges.slice(200))]));
  assert.deepEqual([shared.inside.length, shared.insideCounts.count, shared.insideCounts.more], [256, 256, true]);

  const control = new AbortController();
  let n = 0;
  const onInside = () => ++n === 3 && control.abort();
  await assert.rejects(looked(transcript('aborted', badges), { onInside, signal: control.signal }), { name: 'AbortError' });
  assert.equal(n, 3);
});

test('hosts of issuers inside are asked together with the others, each once', async () => {
  const issuer = { id: 'did:web:school.example', type: ['Profile'] };
  const proof = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    proofPurpose: 'assertionMethod',
    created: '2026-01-01T00:00:00Z',
    verificationMethod: 'did:web:school.example#key',
    proofValue: `z${'2'.repeat(88)}`,
  };
  const badges = [0, 1, 2].map((i) => unsigned(i, { issuer, proof }));
  const asked = [];
  const report = await looked(transcript('hosts', badges), { fetchKeys: (url) => asked.push(url) < 0 });
  assert.deepEqual(report.documents.map(({ id, outcome }) => [id, outcome]), [['did:web:school.example', 'unasked']]);
  assert.deepEqual(new Set(asked), new Set(['https://school.example/.well-known/did.json']));
});

test('documents of issuers are fetched once, and within bounds', async () => {
  const { fetchDocument } = await load('documents.mjs');
  const asked = [];
  const answers = {
    good: () => new Response('{}', { headers: { 'Content-Type': 'application/did+json' } }),
    attached: () => new Response('{}', { headers: { 'Content-Disposition': 'attachment' } }),
    large: () => new Response(new Uint8Array(65_537)),
    largest: () => new Response(new Uint8Array(65_536)),
    missing: () => new Response('{}', { status: 404 }),
    gone: () => Promise.reject(new TypeError('no')),
  };
  const fetch = async (url, init) => {
    asked.push(url);
    assert.equal(init.redirect, 'error');
    assert.equal(init.credentials, 'omit');
    return answers[url.split('/').pop()]();
  };
  const of = (name) => fetchDocument(`https://issuer.example/${name}`, fetch);
  const [one, other] = await Promise.all([of('good'), of('good')]);
  assert.equal(Buffer.from(one.bytes).toString(), '{}');
  assert.deepEqual([one.mediaType, one.hasDisposition], ['application/did+json', false]);
  assert.equal(other, one);
  assert.equal(await of('good'), one);
  assert.equal((await of('largest')).bytes.length, 65_536);
  assert.equal((await of('attached')).hasDisposition, true);
  for (const [name, why] of [['large', /longer/], ['missing', /HTTP 404/], ['gone', /reached: no/]]) {
    await assert.rejects(of(name), why);
    await assert.rejects(of(name), why); // kept, too
  }
  assert.equal(asked.length, 6);
  answers.many = () => new Response('[]');
  for (let i = 0; i < 64; i++) await fetchDocument(`https://issuer.example/${i}/many`, fetch);
  await of('good'); // had to make room
  assert.equal(asked.length, 6 + 64 + 1);
});

const school = makeKey();
const LIST = 'https://lists.example/1';
const entryOf = (index, url = LIST) => ({
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: String(index),
  statusListCredential: url,
});
const listed = (more) => badge(didKey(school), 'Listed', { credentialStatus: entryOf(8), ...more });
const signed = (document) => signBadge(document, school, methodOf(school));

/* A list that is read, with one place set. */
function listOf(index, more = {}) {
  const bits = Buffer.alloc(16384);
  bits[index >> 3] |= 0x80 >> (index & 7);
  return signed({
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: LIST,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: didKey(school),
    credentialSubject: {
      type: 'BitstringStatusList',
      statusPurpose: 'revocation',
      encodedList: `u${gzipSync(bits).toString('base64url')}`,
    },
    ...more,
  });
}

/* A host with this answer at every address, and who has asked it. */
function listHost(answer) {
  const asked = [];
  const fetch = async (url) => {
    asked.push(url);
    return answer();
  };
  return { asked, options: { fetch, issuers: [{ id: didKey(school) }] } };
}

const statusOf = async (document, options) => {
  const report = await verify(document, null, options);
  const { code, detail } = report.checks.find(({ check }) => check === 'status');
  return { ...report, code, detail };
};

test('a status list: fetched once for all its badges, unless it is too old or by hand', async () => {
  const { asked, options } = listHost(() => new Response(listOf(9), { headers: { 'Content-Type': 'application/vc' } }));
  const before = Math.floor(Date.now() / 1000);
  const good = await statusOf(signed(listed()), options);
  assert.deepEqual([good.verdict, good.code], ['signed', 'status_good']);
  const [{ readAt, ...status }] = good.statuses;
  assert.ok(Date.parse(readAt) / 1000 >= before && Date.parse(readAt) <= Date.now(), readAt);
  assert.deepEqual(status, {
    purpose: 'revocation',
    list: LIST,
    outcome: 'passed',
    code: 'status_good',
    value: 0,
    message: null,
    detail: '',
    bySiteAlone: false,
  });
  assert.deepEqual(good.documents, [{ id: LIST, url: LIST, outcome: 'fetched' }]);
  const bad = await statusOf(signed(listed({ credentialStatus: [entryOf(8), entryOf(9)] })), options);
  assert.deepEqual([bad.verdict, bad.code, bad.decidedBy], ['revoked', 'status_revoked', 'status']);
  assert.deepEqual(bad.statuses.map(({ value }) => value), [0, 1]);
  assert.deepEqual(asked, [LIST]);

  const given = await statusOf(signed(listed()), { ...options, documents: { [LIST]: listOf(8) } });
  assert.deepEqual([given.verdict, given.statuses[0].readAt, given.documents[0].outcome], ['revoked', null, 'given']);
  assert.deepEqual(asked, [LIST]);

  const headers = { 'Cache-Control': 'public, max-age=0' };
  const stale = listHost(() => new Response(listOf(9), { headers }));
  for (let i = 0; i < 2; i++) assert.equal((await statusOf(signed(listed()), stale.options)).code, 'status_good');
  assert.equal(stale.asked.length, 2);
});

test('a status list of more than a MiB is fetched once for all that is inside', async () => {
  const { asked, options } = listHost(() => new Response(listOf(9, { filler: 'x'.repeat(2 << 20) })));
  const of = (index) => JSON.parse(signed(listed({ id: `urn:example:${index}`, credentialStatus: entryOf(index) })));
  const report = await verify(JSON.stringify(transcript('lists', [of(7), of(8), of(9)])), null, options);
  assert.deepEqual(report.inside.map(({ verdict }) => verdict), ['signed', 'signed', 'revoked']);
  assert.equal(asked.length, 1);
  assert.deepEqual(report.documents, [{ id: LIST, url: LIST, outcome: 'fetched' }]);
});

test('status lists that can’t be had', async () => {
  const why = async (answer, more) => {
    const { options } = listHost(answer);
    const { verdict, code, statuses } = await statusOf(signed(listed()), { ...options, ...more });
    assert.equal(verdict, 'unverifiable');
    return `${code}: ${statuses[0].detail}`;
  };
  const page = { headers: { 'Content-Type': 'application/json' } };
  assert.match(await why(() => new Response('', { status: 404 })), /^status_unreachable: its host answered HTTP 404/);
  assert.match(await why(() => new Response(new Uint8Array((8 << 20) + 1))), /^status_unreachable: its answer is longer/);
  assert.match(await why(() => Promise.reject(new TypeError('no'))), /^status_unreachable: it can't be reached: no/);
  assert.match(await why(null, { fetchKeys: false }), /^status_unreachable: lists\.example was not asked/);
  assert.match(await why(() => new Response('', page)), /^status_list_invalid: /);
  assert.match(await why(() => new Response(listOf(9).replace('urn', 'url').replace('u', 'v'), page)), /^status_list_invalid: /);
  const asked = [];
  await why(null, { fetchKeys: (...names) => asked.push(names) < 0 });
  assert.deepEqual(asked, [[LIST, LIST]]);
});

test('a list is not asked for where its word would not count', async () => {
  const { asked, options } = listHost(() => new Response(listOf(8)));
  const changed = signed(listed()).replace('Keeps calm', 'Keeps quiet');
  for (const document of [changed, JSON.stringify(listed())]) {
    const { code, statuses } = await statusOf(document, options);
    assert.deepEqual([code, statuses], ['status_not_checked', []]);
  }
  assert.deepEqual(asked, []);
});

test('bits of status lists that vectors give, and too many of them', withVectors, async () => {
  const { inflate } = await load('inflate.mjs');
  const read = (name) => JSON.parse(readFileSync(`${vectors}/${name}`));
  const bytesOf = ({ encodedList }) => Buffer.from(encodedList.replace(/^u/, ''), 'base64url');
  const lists = [...read('bitstring/lists.json'), ...read('formats/status-lists.json').lists];
  const refused = ['other-multibase', 'zlib', 'raw-deflate', 'not-compressed', 'truncated', 'wrong-crc', 'wrong-length', 'trailing', 'notGzip'];
  const found = [];
  for (const one of lists.filter(({ encodedList }) => encodedList.length > 1)) {
    const bits = await inflate(bytesOf(one), 64 << 20).catch(() => null);
    if (bits === null) found.push(one.name);
    else if (one.length) assert.equal(bits.length * 8, one.length, one.name);
  }
  assert.deepEqual(found, refused);
  const beyond = JSON.parse(gunzipSync(readFileSync(`${vectors}/bitstring/beyond-bound.json.gz`)));
  await assert.rejects(inflate(bytesOf(beyond), 64 << 20), /^Error: its bits are more than 64 MiB$/);
  await assert.rejects(inflate(gzipSync(Buffer.alloc(101)), 100), /more than/);
  assert.equal((await inflate(gzipSync(Buffer.alloc(100)), 100)).length, 100);
});

test('the questions about a status list are in order, each answered once', async () => {
  const open = async () => {
    const exports = await instantiate();
    const settings = utf8(JSON.stringify({ now: 1772323200, maxHeadAge: 0, providers: [], issuers: [{ id: didKey(school) }] }));
    assert.equal(call(exports, 'verify_open', utf8(signed(listed())), null, settings).result, 0);
    await proven(exports);
    call(exports, 'verify_proof_end');
    return exports;
  };
  const proven = async (exports) => {
    const { bytes } = call(exports, 'verify_proof_next');
    const request = json(bytes);
    const { bytes: message } = call(exports, 'verify_proof_message');
    call(exports, 'verify_proof_signature', request.number, Number(await signatureHolds(request, message)));
    assert.equal(call(exports, 'verify_proof_next').result, 0);
  };
  const asking = async () => {
    const exports = await open();
    assert.equal(call(exports, 'verify_document').result, 0);
    assert.deepEqual(json(call(exports, 'verify_status_next').bytes), { number: 1, url: LIST });
    return exports;
  };
  const take = (exports, number = 1, list = listOf(9)) =>
    call(exports, 'verify_status_list', number, utf8(list), 200, null, 0, 0, 1772323200).result;
  const inflating = async () => {
    const exports = await asking();
    assert.equal(take(exports), 1);
    await proven(exports);
    assert.equal(call(exports, 'verify_status_proven').result, 1);
    return exports;
  };
  const failing = (exports, number = 1) => call(exports, 'verify_status_fail', number, utf8('no'));
  const noBits = (exports) => call(exports, 'verify_status_no_bits', utf8('no'));
  const bits = (exports) => call(exports, 'verify_status_bits', new Uint8Array(16384));
  const provenCall = (exports) => call(exports, 'verify_status_proven');
  const next = (exports) => call(exports, 'verify_status_next');
  const traps = async (make, ...uses) => {
    for (const use of uses) {
      const exports = await make();
      assert.throws(() => use(exports), WebAssembly.RuntimeError, String(use));
    }
  };
  await traps(open, next, take, failing, provenCall, bits, noBits); // the issuer's document comes first
  await traps(asking, provenCall, bits, noBits, (one) => take(one, 0), (one) => failing(one, 7), (one) => failing(one, 2 ** 31));
  const reading = async () => {
    const exports = await asking();
    assert.equal(take(exports), 1);
    return exports;
  };
  await traps(reading, next, take, failing, bits, noBits);
  await traps(inflating, next, take, failing, provenCall);
  const ended = async () => {
    const exports = await inflating();
    bits(exports);
    return exports;
  };
  await traps(ended, take, failing, provenCall, bits, noBits);
  const exports = await ended();
  assert.equal(next(exports).result, 0);
  assert.equal(next(exports).result, 0);
  const report = json(call(exports, 'verify_report').bytes);
  assert.equal(report.checks[7].code, 'status_good');
  for (const end of [failing, noBits]) {
    const other = await (end === failing ? asking() : inflating());
    end(other);
    assert.equal(next(other).result, 0);
    assert.equal(json(call(other, 'verify_report').bytes).verdict, 'unverifiable');
  }
});

const HASH = { ES256: 'sha256', ES384: 'sha384', RS256: 'sha256', PS256: 'sha256' };
const CURVE = { ES256: ['P-256', 32], ES384: ['P-384', 48] };

/* A request as the module makes it, for a key of this kind and a message that it signs. */
function signedRequest(algorithm, message, { isCompressed = false, exponent = 65537 } = {}) {
  const made = (privateKey, more) => ({ key: privateKey, dsaEncoding: 'ieee-p1363', ...more });
  if (algorithm === 'EdDSA') {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
    return { algorithm, keyType: 'Ed25519', key, exponent: 0, signature: sign(null, message, privateKey) };
  }
  const signer = createSign(HASH[algorithm]).update(message);
  if (algorithm in CURVE) {
    const [namedCurve] = CURVE[algorithm];
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const [first, second] = [x, y].map((part) => Buffer.from(part, 'base64url'));
    const key = isCompressed
      ? Buffer.concat([Buffer.of(2 + (second.at(-1) & 1)), first])
      : Buffer.concat([Buffer.of(4), first, second]);
    return { algorithm, keyType: namedCurve, key, exponent: 0, signature: signer.sign(made(privateKey)) };
  }
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: exponent });
  const more = algorithm === 'PS256' ? { padding: 6, saltLength: 32 } : {}; // RSA_PKCS1_PSS_PADDING
  const key = Buffer.from(publicKey.export({ format: 'jwk' }).n, 'base64url');
  return { algorithm, keyType: 'RSA', key, exponent, signature: signer.sign(made(privateKey, more)) };
}

const inHex = (request) => ({ ...request, key: request.key.toString('hex'), signature: request.signature.toString('hex') });

test('signatures of every algorithm, by WebCrypto', async () => {
  const message = utf8('what was signed');
  const requests = [
    signedRequest('EdDSA', message),
    ...['ES256', 'ES384'].flatMap((name) => [false, true].map((isCompressed) => signedRequest(name, message, { isCompressed }))),
    signedRequest('RS256', message),
    signedRequest('RS256', message, { exponent: 3 }),
    signedRequest('PS256', message),
  ];
  for (const request of requests) {
    const name = `${request.algorithm} ${request.key.length}`;
    assert.equal(await signatureHolds(inHex(request), message), true, name);
    assert.equal(await signatureHolds(inHex(request), utf8('what was not')), false, name);
    const signature = Buffer.from(request.signature);
    signature[signature.length >> 1] ^= 1;
    assert.equal(await signatureHolds(inHex({ ...request, signature }), message), false, name);
  }
  const es256k = { ...inHex(requests[1]), algorithm: 'ES256K', keyType: 'secp256k1' };
  await assert.rejects(signatureHolds(es256k, message), /^Error: Node can’t verify ES256K$/);
});

test('points of the curves', async () => {
  for (const [name, [curve, length]] of Object.entries(CURVE))
    for (let i = 0; i < 16; i++) {
      const whole = signedRequest(name, utf8('')).key;
      const short = Buffer.concat([Buffer.of(2 + (whole.at(-1) & 1)), whole.subarray(1, 1 + length)]);
      assert.deepEqual(Buffer.from(decompress(curve, short)), whole);
      assert.deepEqual(Buffer.from(decompress(curve, whole)), whole);
      whole[2 * length] ^= 1; // of y
      assert.equal(decompress(curve, whole), null);
    }
  const withX = (x) => decompress('P-256', Buffer.alloc(33).fill(2, 0, 1).fill(x, 32));
  const onCurve = [1, 2, 3, 4, 5, 6, 7, 8].filter((x) => withX(x) !== null);
  assert.ok(onCurve.length > 0 && onCurve.length < 8, `${onCurve}`);
  assert.equal(decompress('P-256', Buffer.alloc(33, 0xff).fill(2, 0, 1)), null); // x is not below p
});

test('without WebCrypto: in Node its own, and a page over http says why', async () => {
  const program = (setUp) => `
    ${setUp}
    const { signatureHolds } = await import(${JSON.stringify(pathToFileURL(`${folder}/crypto.mjs`).href)});
    const [request, message] = JSON.parse(process.env.CASE);
    try { console.log(await signatureHolds(request, new TextEncoder().encode(message))); } catch (error) { console.log(error.message); }`;
  const env = { ...process.env, CASE: JSON.stringify([inHex(signedRequest('ES256', utf8('x'))), 'x']) };
  const run = (setUp) => execFileSync(process.execPath, ['--input-type=module', '-e', program(setUp)], { env, encoding: 'utf8' }).trim();
  const without = "Object.defineProperty(globalThis, 'crypto', { value: undefined });";
  assert.equal(run(''), 'true');
  assert.equal(run(without), 'true'); // as in Node 18
  const browser = `${without} globalThis.process = { env: process.env }; globalThis.isSecureContext = false;`;
  assert.match(run(browser), /only on pages from https or from this device/);
});

test('the package holds what it needs, and nothing else', () => {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], { cwd: folder, encoding: 'utf8' });
  const [{ name, files }] = JSON.parse(said);
  assert.equal(name, 'badged-verify');
  assert.deepEqual(files.map((file) => file.path).sort(), [
    'CONTEXTS.md',
    'EUPL-1.2.txt',
    'LICENSE',
    'README.md',
    'crypto.mjs',
    'documents.mjs',
    'engine.mjs',
    'index.d.mts',
    'index.mjs',
    'inflate.mjs',
    'inside.mjs',
    'package.json',
    'provider.mjs',
    'request.mjs',
    'unbake.mjs',
    'verify.html',
    'wasm.mjs',
  ]);
});
