/*
 * The node's HTTP API, with the token in a header and nowhere else. Answers are never cached: the page shows the current
 * state.
 */
import { sentence } from './format.mjs';

/* A path of the node, which may have its pages below a folder of its host (http.public_url). */
const root = new URL(location.pathname.replace(/operator\/?$/, ''), location.href);
export const at = (path) => root.pathname + path.slice(1);

export class ApiError extends Error {
  constructor(status, problem, retryAfter) {
    super(sentence(problem?.detail || problem?.title || `The node answered with status ${status}`));
    this.status = status;
    this.code = String(problem?.type ?? '').replace('urn:badged:error:', '');
    this.retryAfter = Number(retryAfter) || 0;
  }

  /* The same request may succeed later. */
  get isTemporary() {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

const unreachable = () => new ApiError(0, { detail: 'The node can’t be reached; check whether it is running.' });

export class Api {
  #token;
  clockAhead = 0; // milliseconds by which the node's clock is ahead of this one

  constructor(token) {
    this.#token = token;
  }

  now() {
    return Date.now() + this.clockAhead;
  }

  async fetch(path, { method = 'GET', headers = {}, body, signal } = {}) {
    const init = { method, body, signal, cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' };
    init.headers = { Authorization: `Bearer ${this.#token}`, ...headers };
    try {
      return await fetch(at(path), init);
    } catch (error) {
      if (signal?.aborted && signal.reason?.name !== 'TimeoutError') throw error;
      throw unreachable();
    }
  }

  /* The answer's JSON, null if it is empty; and the response itself, for its status. */
  async ask(path, options) {
    const response = await this.fetch(path, options);
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (date) this.clockAhead = Math.abs(date + 500 - Date.now()) < 2000 ? 0 : date + 500 - Date.now();
    const text = await response.text().catch(() => {
      throw unreachable();
    });
    let json = null;
    try {
      json = text ? JSON.parse(text) : null;
    } catch {
      if (response.ok) throw new ApiError(response.status, { detail: 'The node’s answer is not valid JSON.' });
    }
    return { response, json, text };
  }

  async get(path, options) {
    const { response, json, text } = await this.ask(path, options);
    if (!response.ok) throw new ApiError(response.status, json, response.headers.get('Retry-After'));
    return { json, text, status: response.status };
  }

  post(path, body) {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return this.get(path, { method: 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body) });
  }

  /* By XMLHttpRequest, since fetch() reports no upload progress. */
  upload(path, blob, type, progress, signal) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', at(path));
      request.setRequestHeader('Authorization', `Bearer ${this.#token}`);
      request.setRequestHeader('Content-Type', type);
      request.upload.onprogress = (event) => progress(event.loaded);
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(new ApiError(0, { detail: 'Stopped.' }));
      request.onload = () => {
        if (request.status < 300) return resolve({ status: request.status, text: request.responseText });
        let problem = null;
        try {
          problem = JSON.parse(request.responseText);
        } catch {
          /* the status has to suffice */
        }
        return reject(new ApiError(request.status, problem, request.getResponseHeader('Retry-After')));
      };
      signal?.addEventListener('abort', () => request.abort());
      request.send(blob);
    });
  }
}
