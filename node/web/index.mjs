/*
 * The package's public API: verifies badges without trusting the party that presents them. libbadge, in WebAssembly,
 * decides which requests go to the chain, what the answers mean and what the verdict is; this module handles files,
 * settings and the network.
 */
import { signatureHolds } from './crypto.mjs';
import { fetchDocument } from './documents.mjs';
import { BadgeError, call, callPure, instantiate, json } from './engine.mjs';
import { inflate } from './inflate.mjs';
import { lookInside, makeScope } from './inside.mjs';
import { Provider } from './provider.mjs';
import { unbake } from './unbake.mjs';

export { BadgeError, unbake };

const MAX_HEAD_AGE_S = 3600;
const MAX_LISTS = 8; // that one verification keeps
const MAX_INFLATED = 64 << 20; // bytes of the bits of a status list
const ACCEPT = [undefined, 'signed', 'signed-domain']; // the order of enum badge_accept
const encoder = new TextEncoder();

/* -- inputs ------------------------------------------------------------------------------------------------------- */

function encode(text) {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('a string with a lone surrogate is not UTF-8: pass the bytes');
  return encoder.encode(text);
}

async function toBytes(value, what) {
  if (typeof value === 'string') return encode(value);
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof value?.arrayBuffer === 'function') return new Uint8Array(await value.arrayBuffer());
  throw new TypeError(`${what} must be a Uint8Array, an ArrayBuffer, a string or a File`);
}

/* A receipt may also be an object, since only its members matter. */
async function receiptBytes(receipt) {
  const isObject = receipt?.constructor === undefined || receipt?.constructor === Object;
  return isObject && typeof receipt === 'object' ? encode(JSON.stringify(receipt)) : toBytes(receipt, 'receipt');
}

/* The credential in an image, and its receipt; other bytes, and images without a badge, unchanged. */
function extract(bytes, { DOMParser = globalThis.DOMParser } = {}) {
  const image = bytes === null ? null : unbake(bytes, { DOMParser });
  return { document: image?.credential ?? bytes, inside: image?.receipt ?? null };
}

/* The same, but an image that can't be read, or that contains a receipt or bundle as its credential, is reported. */
async function tryExtract(bytes, options) {
  try {
    const extracted = extract(bytes, options);
    if (extracted.document !== bytes) await callPure('document_digest', extracted.document);
    return extracted;
  } catch (error) {
    if (!(error instanceof BadgeError)) throw error;
    return { document: bytes, inside: null, image: { status: error.status, text: error.message, offset: error.offset ?? null } };
  }
}

/* -- without a chain ---------------------------------------------------------------------------------------------- */

export async function digest(document, options) {
  return json(await callPure('document_digest', extract(await toBytes(document, 'document'), options).document));
}

export async function canonicalize(text) {
  return callPure('json_canonicalize', await toBytes(text, 'text'));
}

export async function readReceipt(receipt) {
  return json(await callPure('receipt_read', await receiptBytes(receipt)));
}

export async function checkInclusion(inclusion) {
  return json(await callPure('inclusion_check', encode(JSON.stringify(inclusion)))).holds;
}

/* -- documents of issuers ----------------------------------------------------------------------------------------- */

/* Given by hand, by id: its bytes. */
async function givenDocuments(documents = {}) {
  const given = Object.entries(documents).map(async ([id, one]) => [id, await toBytes(one, `documents: ${id}`)]);
  return new Map(await Promise.all(given));
}

function contextTexts(contexts = {}) {
  for (const [url, text] of Object.entries(contexts))
    if (typeof text !== 'string') throw new TypeError(`contexts: ${url} must be a string`);
  return contexts;
}

/* The credentials inside often have one list: a verification keeps the last ones, however long they are. */
async function fetchList(url, fetch, lists) {
  const list = lists.get(url) ?? (await fetchDocument(url, fetch, true));
  lists.set(url, list);
  if (lists.size > MAX_LISTS) lists.delete(lists.keys().next().value);
  return list;
}

/*
 * The document of a request, given or fetched; what became of each is added to `sources`, for the report. Throws an
 * Error whose message says why there is none.
 */
async function documentOf({ url, id, isList = false }, { given, mayFetch, fetch, sources, lists }) {
  const source = { id, url };
  sources.push(source);
  if (given.has(id)) {
    source.outcome = 'given';
    return { bytes: given.get(id), status: 200, mediaType: null, hasDisposition: false, isGiven: true };
  }
  if (!(await mayFetch(url, id))) {
    source.outcome = 'unasked';
    throw new Error(`${new URL(url).host} was not asked`);
  }
  try {
    const fetched = isList ? await fetchList(url, fetch, lists) : await fetchDocument(url, fetch, false);
    source.outcome = 'fetched';
    return { ...fetched, isGiven: false };
  } catch (error) {
    source.outcome = error.isWithheld ? 'withheld' : 'failed';
    throw error;
  }
}

/* -- the issuer's own signature ----------------------------------------------------------------------------------- */

async function answerFetch(session, request, desk) {
  let document;
  try {
    document = await documentOf(request, desk);
  } catch (error) {
    call(session, 'verify_proof_no_document', request.number, encoder.encode(error.message));
    return;
  }
  const { bytes, mediaType, hasDisposition, isGiven } = document;
  const media = mediaType === null ? null : encoder.encode(mediaType);
  call(session, 'verify_proof_document', request.number, bytes, media, Number(hasDisposition), Number(isGiven));
}

async function answerVerify(session, request, message) {
  let holds;
  try {
    holds = await signatureHolds(request, message);
  } catch (error) {
    call(session, 'verify_proof_no_signature', request.number, encoder.encode(error.message));
    return;
  }
  call(session, 'verify_proof_signature', request.number, Number(holds));
}

/* Answers all requests about the signatures of a document, round after round. */
async function answerProofs(session, desk) {
  for (;;) {
    const open = [];
    for (;;) {
      const { result, bytes } = call(session, 'verify_proof_next');
      if (result === 0) break;
      const request = json(bytes);
      if (request.want === 'fetch') open.push(answerFetch(session, request, desk));
      else open.push(answerVerify(session, request, call(session, 'verify_proof_message').bytes));
    }
    if (open.length === 0) break;
    await Promise.all(open);
  }
}

/* -- the chain ---------------------------------------------------------------------------------------------------- */

/* Without chainId, the chain of the first provider is trusted. */
async function chainOf(providers) {
  try {
    const chainId = await providers[0].call('eth_chainId', []);
    const number = /^0x[0-9a-f]+$/i.test(chainId) ? Number(chainId) : 0;
    return Number.isSafeInteger(number) && number > 0 ? number : undefined;
  } catch {
    return undefined;
  }
}

/* The strings of a result that libbadge reads: the kinds are those of enum badge_result_kind. */
function textsOf(kind, result) {
  const logs = Array.isArray(result) ? result : [];
  const texts = [
    [result],
    [result?.hash, result?.number, result?.timestamp],
    [logs[logs.length - 1]?.topics?.[3]],
  ][kind];
  return encoder.encode(JSON.stringify(texts.map((text) => (typeof text === 'string' ? text : null))));
}

/* Sends all requests of one provider's query, round after round. */
async function queryProvider(session, provider, index) {
  const send = async ({ number, kind, method, params }) => {
    let texts;
    try {
      texts = textsOf(kind, await provider.call(method, params));
    } catch (error) {
      const end = error.isRefusal ? 'verify_refuse' : 'verify_fail';
      call(session, end, index, number, encoder.encode(error.message));
      return;
    }
    call(session, 'verify_take', index, number, texts);
  };
  for (;;) {
    const open = [];
    for (;;) {
      const { result, bytes } = call(session, 'verify_next', index);
      if (result === 0) break;
      open.push(send(json(bytes)));
    }
    if (open.length === 0) return;
    await Promise.all(open);
  }
}

/* Takes the issuer's DID document, if libbadge needs it for the account on record. */
async function takeDocument(session, desk) {
  const { result, bytes } = call(session, 'verify_document');
  if (result === 0) return;
  let document;
  try {
    document = await documentOf(json(bytes), desk);
  } catch (error) {
    call(session, 'verify_document_fail', encoder.encode(error.message));
    return;
  }
  call(session, 'verify_document_take', document.bytes);
}

/* -- status lists ------------------------------------------------------------------------------------------------- */

async function takeBits(session, compressed) {
  let bits;
  try {
    bits = await inflate(compressed, MAX_INFLATED);
  } catch (error) {
    call(session, 'verify_status_no_bits', encoder.encode(error.message));
    return;
  }
  call(session, 'verify_status_bits', bits);
}

/* Passes a list on, with what libbadge asks about its own signature. */
async function takeList(session, number, list, desk) {
  const { bytes, status, mediaType, hasDisposition, isGiven } = list;
  const media = mediaType === null ? null : encoder.encode(mediaType);
  const readAt = Math.floor((list.readAt ?? Date.now()) / 1000);
  const about = [status, media, Number(hasDisposition), Number(isGiven), readAt];
  if (call(session, 'verify_status_list', number, bytes, ...about).result === 0) return;
  await answerProofs(session, desk);
  const { result, bytes: compressed } = call(session, 'verify_status_proven');
  if (result === 1) await takeBits(session, compressed);
}

/* Takes the status lists that libbadge needs, one after another. */
async function takeLists(session, desk) {
  for (;;) {
    const { result, bytes } = call(session, 'verify_status_next');
    if (result === 0) return;
    const { number, url } = json(bytes);
    let list;
    try {
      list = await documentOf({ url, id: url, isList: true }, desk);
    } catch (error) {
      call(session, 'verify_status_fail', number, encoder.encode(error.message));
      continue;
    }
    await takeList(session, number, list, desk);
  }
}

/* What the module reads of the document; null: there is none. */
function readOr(session, name) {
  const { result, bytes } = call(session, name);
  return result === 1 ? json(bytes) : null;
}

/* -- verification ------------------------------------------------------------------------------------------------- */

/* Those of an inner document that are not listed yet. */
function addSources(all, more) {
  const isListed = (one) => all.some(({ url, id, outcome }) => url === one.url && id === one.id && outcome === one.outcome);
  all.push(...more.filter((one) => !isListed(one)));
}

/*
 * Verifies one document, and what is inside of it.
 * input   {document, beside, image}: its bytes, those of a receipt beside it, why an image could not be read
 * at      {level, pointer}: how deep it is inside of others, and where
 */
async function judge({ document, beside, image }, at, context) {
  const { settings, providers, desk, signal, accept, scope } = context;
  const session = await instantiate();
  const opened = call(session, 'verify_open', document, beside, encode(JSON.stringify({ ...settings, image })));
  if (opened.result !== 0) throw new TypeError(json(opened.bytes).text);
  await answerProofs(session, desk);
  call(session, 'verify_proof_end');
  signal?.throwIfAborted();
  await Promise.all(providers.map((provider, index) => queryProvider(session, provider, index)));
  signal?.throwIfAborted();
  await takeDocument(session, desk);
  signal?.throwIfAborted();
  await takeLists(session, desk);
  signal?.throwIfAborted();
  const inside = await lookInside(session, at, scope, async (bytes, where) => {
    const own = { ...desk, sources: [] };
    const report = await judge({ document: bytes, beside: null }, where, { ...context, desk: own });
    addSources(desk.sources, own.sources);
    return report;
  });
  return {
    ...json(call(session, 'verify_report').bytes),
    summary: readOr(session, 'verify_summary'),
    conformance: readOr(session, 'verify_conformance'),
    inside,
    insideCounts: json(call(session, 'verify_inside_counts').bytes),
    providers: settings.providers,
    documents: desk.sources,
    accepted: call(session, 'verify_is_accepted', accept).result === 1,
  };
}

const globalFetch = (...args) => globalThis.fetch(...args);

export async function verify(credential, receipt, options = {}) {
  const { rpc = [], contract, issuers, accreditors, confirmations, maxHeadAge, now = new Date(), signal } = options;
  const { fetchKeys = true } = options;
  const accept = ACCEPT.indexOf(options.accept);
  if (accept < 0) throw new TypeError('accept must be "signed" or "signed-domain"');
  const fetch = options.fetch ?? globalFetch;
  const desk = {
    given: await givenDocuments(options.documents),
    mayFetch: typeof fetchKeys === 'function' ? fetchKeys : () => fetchKeys,
    fetch,
    lists: new Map(),
    sources: [],
  };
  const providers = [rpc].flat().map((url) => new Provider(url, { fetch, signal }));
  signal?.throwIfAborted();
  const input = credential == null ? null : await toBytes(credential, 'credential');
  const { document, inside, image } = await tryExtract(input, options);
  const beside = receipt == null ? inside : await receiptBytes(receipt);
  const chainId = options.chainId ?? (providers.length > 0 ? await chainOf(providers) : undefined);
  const settings = {
    chainId,
    contract,
    issuers,
    accreditors,
    confirmations,
    maxHeadAge: maxHeadAge ?? MAX_HEAD_AGE_S,
    now: now instanceof Date ? Math.floor(now.getTime() / 1000) : now,
    providers: providers.map(({ name }) => name),
    contexts: contextTexts(options.contexts),
  };
  const context = { settings, providers, desk, signal, accept, scope: makeScope(options.onInside) };
  return judge({ document, beside, image }, { level: 0, pointer: '' }, context);
}
