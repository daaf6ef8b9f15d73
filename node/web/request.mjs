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

/* A browser does not say why it withholds another host's answer: the host does not allow it (CORS), or can't be reached. */
const isWithheld = (error) => error instanceof TypeError && error.cause === undefined && globalThis.location !== undefined;

/*
 * Returns {status, bytes, headers}. Throws an Error whose message says why there is no answer; isWithheld: perhaps only
 * because the host does not allow browsers.
 */
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
    return { status: response.status, bytes: await readBytes(response, maxBytes), headers: response.headers };
  } catch (error) {
    if (control.signal.aborted) throw new Refusal(`no answer within ${timeout / 1000} seconds`);
    if (error instanceof Refusal) throw error;
    const refusal = new Refusal(`it can't be reached: ${error?.cause?.message ?? error?.message}`);
    throw Object.assign(refusal, { isWithheld: isWithheld(error) });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
