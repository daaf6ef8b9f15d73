/*
 * Server-sent events (WHATWG HTML section 9.2.6) by fetch: EventSource can't send a token, for which places are kept.
 * Connects anew with the last id for as long as it is wanted; says how it stands.
 */
const LEAST_WAIT_MS = 1000;
const MOST_WAIT_MS = 15000;
const SILENCE_MS = 40000; // the node says something every 15 s

/* Lines of a body; an end without a line's end is no line. */
async function* lines(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
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
    const cut = new AbortController();
    const leave = () => cut.abort();
    let watch;
    const heard = () => {
      clearTimeout(watch);
      watch = setTimeout(leave, SILENCE_MS);
    };
    this.#stop.signal.addEventListener('abort', leave);
    heard();
    try {
      const headers = { Accept: 'text/event-stream', ...(this.#lastId ? { 'Last-Event-ID': this.#lastId } : {}) };
      const response = await this.#api.fetch('/v1/events', { headers, signal: cut.signal });
      if (!response.ok) return false;
      this.#on.state(true);
      let name = '';
      let data = '';
      for await (const line of lines(response.body, heard)) {
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
      clearTimeout(watch);
      this.#stop.signal.removeEventListener('abort', leave);
    }
  }

  async run() {
    let wait = LEAST_WAIT_MS;
    while (!this.#stop.signal.aborted) {
      const since = Date.now();
      await this.#once();
      if (this.#stop.signal.aborted) return;
      this.#on.state(false);
      wait = Date.now() - since > MOST_WAIT_MS ? LEAST_WAIT_MS : Math.min(2 * wait, MOST_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    }
  }

  stop() {
    this.#stop.abort();
  }
}
