/*
 * Fetches documents of issuers, with their keys and accounts, and status lists, from their hosts. A document is cached
 * for some minutes, a failure for some seconds, and concurrent calls for the same document share one request.
 */
import { Refusal, request } from './request.mjs';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 << 10;
const MAX_LIST_BYTES = 8 << 20;
const MAX_KEPT_BYTES = 1 << 20; // of a list; a longer one is fetched again
const MAX_CACHED = 64;
const FRESH_MS = 300_000;
const FAILED_MS = 60_000;

const cache = new WeakMap(); // by the fetch function: url -> {until, answer}, the oldest first

/* How long its host says that it may be kept, in ms. */
function freshMs(headers) {
  const [, seconds] = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '') ?? [];
  return seconds === undefined ? FRESH_MS : Math.min(FRESH_MS, Number(seconds) * 1000);
}

/* A page sees Content-Disposition only where the host exposes it. */
async function load(url, entry, fetch, isList) {
  try {
    const answer = await request(url, {}, { fetch, timeout: TIMEOUT_MS, maxBytes: isList ? MAX_LIST_BYTES : MAX_BYTES });
    const { status, bytes, headers } = answer;
    if (status !== 200 && !(isList && status === 410)) throw new Refusal(`its host answered HTTP ${status}`);
    entry.until = bytes.length > MAX_KEPT_BYTES ? 0 : Date.now() + (isList ? freshMs(headers) : FRESH_MS);
    const hasDisposition = headers.has('content-disposition');
    return { bytes, status, mediaType: headers.get('content-type'), hasDisposition, readAt: Date.now() };
  } catch (error) {
    entry.until = Date.now() + FAILED_MS;
    if (!error.isWithheld) throw error;
    const refusal = new Refusal('its host does not allow browsers to read it, or can’t be reached');
    throw Object.assign(refusal, { isWithheld: true });
  }
}

/*
 * Returns {bytes, status: 200 (of a list also 410), mediaType (null: none), hasDisposition, readAt (ms)}. Throws an Error whose message says why it could not be
 * fetched; isWithheld: perhaps only because its host does not allow browsers.
 */
export function fetchDocument(url, fetch, isList) {
  const documents = cache.get(fetch) ?? new Map();
  cache.set(fetch, documents);
  const key = isList ? `list ${url}` : url;
  const known = documents.get(key);
  if (known?.until > Date.now()) return known.answer;
  const entry = { until: Infinity };
  entry.answer = load(url, entry, fetch, isList);
  documents.delete(key);
  documents.set(key, entry);
  if (documents.size > MAX_CACHED) documents.delete(documents.keys().next().value);
  return entry.answer;
}
