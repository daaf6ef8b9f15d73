/*
 * DID documents, fetched where issuers keep them. Each is kept for some minutes, a failure for some seconds, and who
 * asks for one that is on its way waits for the same.
 */
import { Refusal, request } from './request.mjs';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 << 10;
const MAX_KEPT = 64;
const FRESH_MS = 300_000;
const FAILED_MS = 15_000;

const kept = new WeakMap(); // by the fetch that is used: url -> {until, answer}, the oldest first

async function load(url, entry, fetch) {
  try {
    const { status, bytes } = await request(url, {}, { fetch, timeout: TIMEOUT_MS, maxBytes: MAX_BYTES });
    if (status !== 200) throw new Refusal(`its host answered HTTP ${status}`);
    entry.until = Date.now() + FRESH_MS;
    return bytes;
  } catch (error) {
    entry.until = Date.now() + FAILED_MS;
    throw error;
  }
}

/* The document's bytes. Throws an Error whose message says why there are none. */
export function fetchDocument(url, fetch) {
  const documents = kept.get(fetch) ?? new Map();
  kept.set(fetch, documents);
  const known = documents.get(url);
  if (known?.until > Date.now()) return known.answer;
  const entry = { until: Infinity };
  entry.answer = load(url, entry, fetch);
  documents.delete(url);
  documents.set(url, entry);
  if (documents.size > MAX_KEPT) documents.delete(documents.keys().next().value);
  return entry.answer;
}
