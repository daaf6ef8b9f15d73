/*
 * JSON-RPC 2.0 to one provider of the chain. Replies are untrusted: they are limited in size and time, and a result
 * counts only with HTTP 200 and the request's own id.
 */
import { Refusal, request } from './request.mjs';

const TIMEOUT_MS = 10_000;
const MAX_REPLY = 8 << 20;

export class Provider {
  #url;
  #fetch;
  #signal;
  #lastId = 0;

  /* name: the URL's origin, for reports; it leaves out path and query, which may hold API keys. */
  constructor(url, { fetch, signal }) {
    let parsed;
    try {
      parsed = new URL(url);
    } catch {
      throw new TypeError(`rpc: not a URL of a provider: ${url}`);
    }
    if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
      throw new TypeError('rpc: a provider’s URL must be https: or http:');
    this.#url = parsed.href;
    this.#fetch = fetch;
    this.#signal = signal;
    this.name = parsed.origin;
  }

  /* The result. Throws an Error whose message says why the request failed. */
  async call(method, params) {
    const id = ++this.#lastId;
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    };
    const bounds = { fetch: this.#fetch, signal: this.#signal, timeout: TIMEOUT_MS, maxBytes: MAX_REPLY };
    const { status, bytes } = await request(this.#url, init, bounds);
    const hide = (said) => hideUrl(`${said}`, this.#url, this.name);
    return resultOf(new TextDecoder().decode(bytes), id, status, hide);
  }
}

/* A provider may repeat the URL that it was asked at: of that, only what is in its name is shown. Short parts are words. */
function hideUrl(text, url, name) {
  const parts = url.split(/[/?&=#:@]/).filter((part) => part.length >= 8 && !name.includes(part));
  return parts.reduce((hidden, part) => hidden.replaceAll(part, '*'.repeat(part.length)), text);
}

/* What the body of an HTTP error says, if it is a line of plain text, or JSON with a message in a usual place. */
function saidBy(reply, text, hide) {
  const [line] = text.split(/[\r\n]/, 1);
  const isPlain = reply === null && !/^[<{[]/.test(line);
  const said = reply?.error?.message ?? reply?.error ?? reply?.message ?? (isPlain ? line : '');
  return typeof said === 'string' && said !== '' ? `: ${hide(said).slice(0, 99)}` : '';
}

function resultOf(text, id, status, hide) {
  let reply;
  try {
    reply = JSON.parse(text);
  } catch {
    reply = null;
  }
  const error = reply?.error;
  const isLimited = status === 429 || error?.code === -32005 || error?.code === 429;
  const wrong = () =>
    new Refusal(status === 200 ? 'its answer is not JSON-RPC' : `it answered HTTP ${status}${saidBy(reply, text, hide)}`);
  if (reply?.jsonrpc !== '2.0') throw wrong();
  if (error !== undefined && error !== null)
    throw typeof error === 'object'
      ? Object.assign(new Refusal(`it returned an error: ${hide(error.message)}`), { isRefusal: !isLimited })
      : wrong();
  if (reply.id !== id || reply.result === undefined || status !== 200) throw wrong();
  return reply.result;
}
