/*
 * The node's interface, with a token in the header and nowhere else. Answers are never cached: this page shows what is.
 */
import { sentence } from './format.mjs';

export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(sentence(problem?.detail || problem?.title || `The node answered with status ${status}`));
    this.status = status;
    this.code = String(problem?.type ?? '').replace('urn:badged:error:', '');
    this.retryAfter = Number(retryAfter) || 0;
  }

  /* The same again may work later. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

const unreachable = () => new Refused(0, { detail: 'The node can’t be reached; see whether it runs.' });

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
      return await fetch(path, init);
    } catch (error) {
      if (signal?.aborted && signal.reason?.name !== 'TimeoutError') throw error;
      throw unreachable();
    }
  }

  /* The answer's JSON, null where there is none; and the whole answer for those who need its status. */
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
      if (response.ok) throw new Refused(response.status, { detail: 'The node answered with something unreadable.' });
    }
    return { response, json, text };
  }

  async get(path, options) {
    const { response, json, text } = await this.ask(path, options);
    if (!response.ok) throw new Refused(response.status, json, response.headers.get('Retry-After'));
    return { json, text, status: response.status };
  }

  post(path, body) {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return this.get(path, { method: 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body) });
  }

  /* By XMLHttpRequest, which alone tells how far a body has got. */
  upload(path, blob, type, progress, signal) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', path);
      request.setRequestHeader('Authorization', `Bearer ${this.#token}`);
      request.setRequestHeader('Content-Type', type);
      request.upload.onprogress = (event) => progress(event.loaded);
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(new Refused(0, { detail: 'Stopped.' }));
      request.onload = () => {
        if (request.status < 300) return resolve({ status: request.status, text: request.responseText });
        let problem = null;
        try {
          problem = JSON.parse(request.responseText);
        } catch {
          /* the status has to do */
        }
        return reject(new Refused(request.status, problem, request.getResponseHeader('Retry-After')));
      };
      signal?.addEventListener('abort', () => request.abort());
      request.send(blob);
    });
  }
}
