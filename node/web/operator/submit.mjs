/*
 * Submits many files to the node: a few at a time, each with its progress. Submitting twice is harmless, so a failed file
 * is simply sent again; NDJSON is sent in chunks of whole lines and continues with the chunk that failed. The digests of
 * accepted credentials are kept until the page is closed, for fetching their receipts.
 */
import { button, byId, el, plain } from '../page/dom.mjs';
import { icon } from '../page/icons.mjs';
import { brief, count, plural, sentence, size } from './format.mjs';
import { saveText } from './save.mjs';
import { NOTICES } from './words.mjs';

const AT_ONCE = 4;
const TRIES = 4;
const CHUNK = 4 * 1024 * 1024;
const SHOWN = 100; // files with a row of their own, and as many more that failed; the rest is only counted
const SHOWN_ERRORS = 5;
const KEPT = 20000; // digests kept for fetching receipts, which are saved as one file
const TYPES = {
  json: 'application/json',
  jsonld: 'application/ld+json',
  jwt: 'application/jwt',
  jws: 'application/jwt',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
};
const BYTES = 'application/octet-stream';
const BEGINNINGS = [
  [/^\x89/, TYPES.png],
  [/^%PDF-/, TYPES.pdf],
  [/^\s*\{/, TYPES.json],
  [/^\s*eyJ/, TYPES.jwt],
  [/^\s*<svg/, TYPES.svg],
];
const HEAD_LEN = 256;
const NOT_AS_BYTES = ['not_a_credential', 'media_type_mismatch']; // refusals of what a file is, not of its bytes
const NDJSON = ['ndjson', 'jsonl'];
const WORDS = { waiting: 'waiting', sending: 'sending', accepted: 'accepted', refused: 'refused', failed: 'not sent' };
const WRONG = ['refused', 'partly', 'failed'];

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const ending = (name) => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

/* The media type by which the node looks at what a file is: that of its beginning, else the one that its name promises. */
async function typeOf(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, HEAD_LEN).arrayBuffer()));
  const [, found] = BEGINNINGS.find(([pattern]) => pattern.test(head)) ?? [];
  return found ?? TYPES[ending(file.name)] ?? BYTES;
}

/* The files that were dropped, and those in dropped folders. */
async function dropped(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  const files = [];
  for (const entry of entries) {
    if (entry instanceof File) files.push(entry);
    else if (entry.isFile) files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (some.length === 0) break;
        entries.push(...some); // the outer loop handles them
      }
    }
  }
  return files;
}

export class Submit {
  #api;
  #say;
  #lookUp;
  /* { file, state, sent, offset, line, accepted, errors, nErrors, digest, why, code, asBytes, notice, notices, row } */
  #jobs = [];
  #queue = []; // waiting jobs, from #head on
  #head = 0;
  #n = { waiting: 0, sending: 0, accepted: 0, refused: 0, partly: 0, failed: 0 }; // jobs by state
  #running = 0;
  #accepted = []; // the first digests, in order
  #nAccepted = 0;
  #noticed = new Map(); // how many notices of each code
  #drawing = 0;
  #list = el('ul', { class: 'files', 'aria-label': 'Files', tabindex: 0 });
  #sum = el('p', { class: 'sub' });
  #sumNoticed = el('ul', { class: 'noticed', 'aria-label': 'Notices of all files' });
  #retry = button('Try all again', () => this.#again(this.#jobs.filter(({ state }) => state === 'failed')), {
    symbol: 'again', hidden: true });
  #save = button('Receipts as one file', () => this.#receipts(), { symbol: 'save', hidden: true });

  constructor(api, say, maySubmit, lookUp) {
    this.#api = api;
    this.#say = say;
    this.#lookUp = lookUp;
    const section = byId('submit');
    const none = el('p', { class: 'hint' }, 'Submitting needs a token with the scope submit.');
    section.replaceChildren(byId('submit-heading'), ...(maySubmit ? this.#drop() : [none]));
  }

  #drop() {
    const input = el('input', { type: 'file', multiple: true, hidden: true, id: 'files' });
    input.addEventListener('change', () => {
      this.take([...input.files]);
      input.value = '';
    });
    const choose = button('choose files', () => input.click());
    const area = el(
      'div',
      { class: 'drop', id: 'drop' },
      icon('upload'),
      el('p', {}, el('b', {}, 'Drop credentials here'), ', files or folders, or ', choose),
      el('p', { class: 'hint' }, 'JSON, JWT, PDF, baked PNG and SVG; NDJSON with one credential per line.'),
      input,
    );
    const over = (event) => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      area.classList.toggle('over', event.type !== 'dragleave' && event.type !== 'drop');
    };
    for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) area.addEventListener(name, over);
    area.addEventListener('drop', async (event) => {
      try {
        this.take(await dropped(event.dataTransfer.items));
      } catch {
        this.#say('The browser can’t read what was dropped; choose the files instead.', true);
      }
    });
    return [area, this.#sum, this.#sumNoticed, this.#list, el('p', { class: 'actions' }, this.#retry, this.#save)];
  }

  take(files) {
    for (const file of files) {
      const job = { file, sent: 0, offset: 0, line: 0, accepted: 0, errors: [], nErrors: 0, notices: new Map() };
      this.#jobs.push(job);
      this.#wait(job);
    }
    this.#go();
  }

  #move(job, state) {
    if (job.state) this.#n[job.state]--;
    this.#n[state]++;
    job.state = state;
    const max = WRONG.includes(state) ? 2 * SHOWN : SHOWN;
    if (!job.row && this.#list.children.length < max) {
      job.row = el('li');
      if (this.#list.children.length < SHOWN) this.#list.append(job.row);
      else this.#list.prepend(job.row); // at the top, where it is visible
    }
    this.#show(job);
  }

  #wait(job) {
    this.#queue.push(job);
    this.#move(job, 'waiting');
  }

  #go() {
    while (this.#running < AT_ONCE && this.#head < this.#queue.length) {
      this.#running++;
      this.#run(this.#queue[this.#head++]).finally(() => {
        this.#running--;
        this.#go();
        if (this.#running === 0) this.#end();
      });
    }
    this.#summary();
  }

  async #run(job) {
    job.why = job.code = '';
    this.#move(job, 'sending');
    try {
      await (NDJSON.includes(ending(job.file.name)) ? this.#lines(job) : this.#one(job));
      this.#move(job, job.nErrors === 0 ? 'accepted' : job.accepted ? 'partly' : 'refused');
    } catch (error) {
      job.why = error.message;
      job.code = error.code;
      this.#move(job, error.isTemporary ? 'failed' : 'refused');
    }
  }

  /* Sends a body, with retries after temporary errors. */
  async #send(job, blob, type) {
    for (let n = 1; ; n++) {
      try {
        return await this.#api.upload('/v1/credentials', blob, type, (sent) => {
          job.sent = Math.min(job.offset + sent, job.file.size);
          this.#bar(job);
        });
      } catch (error) {
        if (!error.isTemporary || n === TRIES) throw error;
        job.why = `${error.message} Trying again.`;
        this.#show(job);
        await pause(Math.max(error.retryAfter, 2 ** n / 2));
      }
    }
  }

  async #one(job) {
    const { text } = await this.#send(job, job.file, job.asBytes ? BYTES : await typeOf(job.file));
    const answer = JSON.parse(text);
    ({ digest: job.digest, notice: job.notice } = answer);
    this.#accept(job, job.digest);
    this.#notice(job, undefined, answer.notices);
  }

  /* Of each kind a file keeps the first, and how many more there are. line: of a list, else undefined */
  #notice(job, line, notices = []) {
    for (const { code: kind, pointer, detail } of notices) {
      const key = `${kind} ${pointer}`;
      const known = job.notices.get(key);
      if (known) known.more++;
      else job.notices.set(key, { kind, line, detail, more: 0 });
      this.#noticed.set(kind, (this.#noticed.get(kind) ?? 0) + 1);
    }
  }

  /* Sends an NDJSON file from job.offset on, in chunks of whole lines. */
  async #lines(job) {
    while (job.offset < job.file.size) {
      let length = CHUNK;
      let chunk, end;
      do {
        chunk = new Uint8Array(await job.file.slice(job.offset, job.offset + length).arrayBuffer());
        end = job.offset + chunk.length < job.file.size ? chunk.lastIndexOf(10) + 1 : chunk.length;
        length *= 2;
      } while (end === 0);
      const { text } = await this.#send(job, chunk.subarray(0, end), 'application/x-ndjson');
      for (const answer of text.split('\n').filter(Boolean)) this.#line(job, JSON.parse(answer));
      job.line += chunk.subarray(0, end).reduce((n, byte) => n + (byte === 10), 0);
      job.offset += end;
      this.#show(job);
    }
  }

  #accept(job, digest) {
    job.accepted++;
    this.#nAccepted++;
    if (this.#accepted.length < KEPT) this.#accepted.push(digest);
  }

  #line(job, { line, digest, error, notices }) {
    if (!error) {
      this.#accept(job, digest);
      this.#notice(job, job.line + line, notices);
      return;
    }
    job.nErrors++;
    if (job.errors.length < SHOWN_ERRORS) job.errors.push(`Line ${count(job.line + line)}: ${sentence(plain(error.detail))}`);
  }

  /* -- rendering -- */

  #bar(job) {
    const bar = job.row?.querySelector('progress');
    if (bar) bar.value = job.sent;
    else if (job.row) this.#show(job);
  }

  #show(job) {
    this.#summary();
    if (!job.row) return;
    const { file, state } = job;
    const isBusy = state === 'sending' || state === 'waiting';
    const name = plain(file.name, 80);
    const symbol = { accepted: 'passed', partly: 'error', refused: 'failed', failed: 'unknown' }[state] ?? 'pending';
    const words = [
      WORDS[state],
      NDJSON.includes(ending(name)) && `${plural(job.accepted, 'line')} accepted`,
      job.nErrors > 0 && `${plural(job.nErrors, 'line')} refused`,
    ];
    const actions = [
      job.digest && el('button', { type: 'button', class: 'link', title: job.digest,
        onclick: () => this.#lookUp(job.digest), 'aria-label': `Look up ${name}` }, el('code', {}, brief(job.digest))),
      state === 'failed' && button('Try again', () => this.#again([job]), { symbol: 'again' }),
    ];
    const why = [job.why, ...job.errors].filter(Boolean);
    const length = el('span', { class: 'hint' }, size(file.size));
    if (job.nErrors > job.errors.length) why.push(`… and ${plural(job.nErrors - job.errors.length, 'line')} more.`);
    const parts = [
      el('span', { class: `mark ${state}` }, icon(symbol)),
      el('span', { class: 'name' }, el('b', {}, el('bdi', {}, name)), ' ', length),
      el('span', { class: 'actions' }, actions.filter(Boolean)),
      el('span', { class: 'words' }, words.filter(Boolean).join(', ')),
      isBusy && el('progress', { max: file.size || 1, value: job.sent, 'aria-label': `Sending ${name}` }),
      why.length > 0 && el('ul', { class: 'why' }, why.map((line) => el('li', {}, line))),
      this.#asBytes(job),
      job.notice && el('p', { class: 'hint notice' }, plain(job.notice, 400)),
      job.notices.size > 0 && this.#notices(job),
    ];
    job.row.replaceChildren(...parts.filter(Boolean));
  }

  #notices({ notices }) {
    const item = ({ kind, line, detail, more }) =>
      el(
        'li',
        { 'data-notice': kind },
        line && `Line ${count(line)}${more > 0 ? ` and ${plural(more, 'line')} more` : ''}: `,
        el('b', {}, `${NOTICES[kind] ?? plain(kind, 40)}. `),
        plain(detail, 400),
      );
    return el('ul', { class: 'noticed', 'aria-label': 'Notices' }, [...notices.values()].map(item));
  }

  /* A file that was refused for what it is may be recorded all the same, once somebody has said so. */
  #asBytes(job) {
    if (job.state !== 'refused' || !NOT_AS_BYTES.includes(job.code)) return null;
    const send = button('Send as bytes', () => this.#again([job]), { symbol: 'upload', disabled: true });
    const tick = el('input', { type: 'checkbox' });
    tick.addEventListener('change', () => {
      job.asBytes = tick.checked;
      send.disabled = !tick.checked;
    });
    const words = 'Record its bytes as they are: its name and type are not looked at, and verifiers may find no badge in it.';
    return el('div', { class: 'as-bytes' }, el('label', {}, tick, el('span', {}, words)), send);
  }

  #end() {
    this.#summarize();
    this.#say(this.#sum.textContent);
  }

  /* Once per frame, however many files are being sent. */
  #summary() {
    this.#drawing ||= requestAnimationFrame(() => this.#summarize());
  }

  #summarize() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    const { waiting, sending, refused, partly, failed } = this.#n;
    const open = waiting + sending;
    const listed = this.#list.children.length;
    const parts = [
      open && `${plural(open, 'file')} left`,
      `${plural(this.#nAccepted, 'credential')} accepted`,
      refused && `${plural(refused, 'file')} refused`,
      partly && `${plural(partly, 'file')} accepted in part`,
      failed && `${plural(failed, 'file')} not sent`,
      this.#jobs.length > listed && `${count(listed)} of ${plural(this.#jobs.length, 'file')} are listed`,
    ];
    this.#sum.textContent = this.#jobs.length ? `${parts.filter(Boolean).join(', ')}.` : '';
    const noticed = [...this.#noticed].map(([kind, n]) => el('li', {}, `${count(n)} × ${NOTICES[kind] ?? kind}`));
    this.#sumNoticed.replaceChildren(...noticed);
    this.#retry.hidden = failed < 2;
    this.#save.hidden = this.#accepted.length === 0 || open > 0;
  }

  #again(jobs) {
    for (const job of jobs) this.#wait(job);
    this.#go();
  }

  /* Saves all receipts that exist, one per line. */
  async #receipts() {
    const wanted = [...new Set(this.#accepted)];
    const receipts = new Array(wanted.length).fill('');
    let next = 0;
    const worker = async () => {
      while (next < wanted.length) {
        const i = next++;
        const { json, status } = await this.#api.get(`/v1/credentials/${wanted[i]}/receipt`);
        if (status === 200) receipts[i] = `${JSON.stringify(json)}\n`;
        if (next % 500 === 0) this.#say(`${count(next)} of ${count(wanted.length)} receipts.`);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } catch (error) {
      this.#say(error.message, true);
      return;
    }
    const there = receipts.filter(Boolean);
    if (there.length) saveText('receipts.ndjson', 'application/x-ndjson', ...there);
    const missing = wanted.length - there.length;
    const rest = [
      missing && ` ${plural(missing, 'credential')} in no batch yet.`,
      this.#nAccepted > KEPT && ` For more than ${count(KEPT)}, use badge submit --receipts.`,
    ];
    this.#say(`${plural(there.length, 'receipt')} saved, one per line.${rest.filter(Boolean).join('')}`);
  }
}
