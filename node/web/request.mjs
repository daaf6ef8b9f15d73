/*
 * One HTTP request to an untrusted host: limited in size and time, without credentials, redirects or a referrer.
 */
export class Refusal extends Error {}

async function readBytes(response, maxBytes) {
  const reader = response.body?.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = reader ? await reader.read() : { done: true };
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new Refusal(`its answer is longer than ${maxBytes} bytes`);
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

/* Returns {status, bytes}. Throws an Error whose message says why there is no answer. */
export async function request(url, init, { fetch, signal, timeout, maxBytes }) {
  const control = new AbortController();
  const abort = () => control.abort();
  const timer = setTimeout(abort, timeout);
  signal?.addEventListener('abort', abort);
  try {
    const response = await fetch(url, {
      ...init,
      signal: control.signal,
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
    return { status: response.status, bytes: await readBytes(response, maxBytes) };
  } catch (error) {
    if (control.signal.aborted) throw new Refusal(`no answer within ${timeout / 1000} seconds`);
    if (error instanceof Refusal) throw error;
    throw new Refusal(`it can't be reached: ${error?.cause?.message ?? error?.message}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
