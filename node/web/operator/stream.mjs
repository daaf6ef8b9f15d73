/*
 * Server-sent events (WHATWG HTML section 9.2.6) by fetch(): EventSource can't send a token, and the node reserves
 * connections for clients with one. Reconnects with the last id until it is stopped, and reports whether it is connected.
 */
const MIN_WAIT_MS = 1000;
const MAX_WAIT_MS = 15000;
const SILENCE_MS = 40000; // the node sends a heartbeat every 15 s

/* The lines of a body; a last line without a newline is dropped. */
async function* lines(body, onData) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onData();
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    yield* parts;
  }
}

export class Stream {
  #api;
  #on;
  #lastId = '';
  #stop = new AbortController();

  /* on: { event(name, data), state(connected) } */
  constructor(api, on) {
    this.#api = api;
    this.#on = on;
  }

  async #once() {
    const control = new AbortController();
    const abort = () => control.abort();
    let timer;
    const restartTimer = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE_MS);
    };
    this.#stop.signal.addEventListener('abort', abort);
    restartTimer();
    try {
      const headers = { Accept: 'text/event-stream', ...(this.#lastId ? { 'Last-Event-ID': this.#lastId } : {}) };
      const response = await this.#api.fetch('/v1/events', { headers, signal: control.signal });
      if (!response.ok) return false;
      this.#on.state(true);
      let name = '';
      let data = '';
      for await (const line of lines(response.body, restartTimer)) {
        if (line === '' && data) this.#on.event(name, JSON.parse(data));
        if (line === '') [name, data] = ['', ''];
        else if (line.startsWith('id: ')) this.#lastId = line.slice(4);
        else if (line.startsWith('event: ')) name = line.slice(7);
        else if (line.startsWith('data: ')) data += line.slice(6);
      }
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', abort);
    }
  }

  async run() {
    let wait = MIN_WAIT_MS;
    while (!this.#stop.signal.aborted) {
      const since = Date.now();
      await this.#once();
      if (this.#stop.signal.aborted) return;
      this.#on.state(false);
      wait = Date.now() - since > MAX_WAIT_MS ? MIN_WAIT_MS : Math.min(2 * wait, MAX_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    }
  }

  stop() {
    this.#stop.abort();
  }
}
