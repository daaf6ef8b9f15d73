/*
 * Fetches documents of issuers, with their keys and accounts, from the issuers' hosts. A document is cached for some minutes, a failure for some seconds, and
 * concurrent calls for the same document share one request.
 */
import { Refusal, request } from './request.mjs';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 << 10;
const MAX_CACHED = 64;
const FRESH_MS = 300_000;
const FAILED_MS = 60_000;

const cache = new WeakMap(); // by the fetch function: url -> {until, answer}, the oldest first

/* A page sees Content-Disposition only where the host exposes it. */
async function load(url, entry, fetch) {
  try {
    const answer = await request(url, {}, { fetch, timeout: TIMEOUT_MS, maxBytes: MAX_BYTES });
    if (answer.status !== 200) throw new Refusal(`its host answered HTTP ${answer.status}`);
    entry.until = Date.now() + FRESH_MS;
    const { bytes, headers } = answer;
    return { bytes, mediaType: headers.get('content-type'), hasDisposition: headers.has('content-disposition') };
  } catch (error) {
    entry.until = Date.now() + FAILED_MS;
    if (!error.isWithheld) throw error;
    const refusal = new Refusal('its host does not allow browsers to read it, or can’t be reached');
    throw Object.assign(refusal, { isWithheld: true });
  }
}

/*
 * Returns {bytes, mediaType (null: none), hasDisposition}. Throws an Error whose message says why it could not be
 * fetched; isWithheld: perhaps only because its host does not allow browsers.
 */
export function fetchDocument(url, fetch) {
  const documents = cache.get(fetch) ?? new Map();
  cache.set(fetch, documents);
  const known = documents.get(url);
  if (known?.until > Date.now()) return known.answer;
  const entry = { until: Infinity };
  entry.answer = load(url, entry, fetch);
  documents.delete(url);
  documents.set(url, entry);
  if (documents.size > MAX_CACHED) documents.delete(documents.keys().next().value);
  return entry.answer;
}
