/*
 * The operator's page: the node's current state, and the operator's actions. All data comes from the node's HTTP API,
 * with a token that the reader enters and that stays in this tab (sessionStorage).
 */
import { byId, code, el, plain, row } from '../page/dom.mjs';
import { icon } from '../page/icons.mjs';
import { Api } from './api.mjs';
import { Batches } from './batches.mjs';
import { History } from './charts.mjs';
import { clock, count, money, plural, rate, sentence, span } from './format.mjs';
import { Lookup } from './lookup.mjs';
import { Stream } from './stream.mjs';
import { Submit } from './submit.mjs';
import { READINESS } from './words.mjs';

const KEPT_AS = 'badged-operator-token';
const POLL_MS = 5000;
const TIMEOUT_MS = 10000; // of a request

/* Shows a message for some seconds, and announces it to screen readers. */
let hideSaid;
function say(text, isBad = false) {
  const said = byId('said');
  said.textContent = plain(text, 400);
  said.className = isBad ? 'toast bad' : 'toast';
  clearTimeout(hideSaid);
  hideSaid = setTimeout(() => {
    said.className = 'unseen';
  }, 8000);
}

class Board {
  #api;
  #node;
  #accepted; // credentials accepted by this node, in total
  #counted; // the same at the last sample
  #countedAt = Date.now();
  #pollSoon;
  #isPolling = false;
  #hasEnded = false;
  #isLive = false;
  #asOf = Date.now(); // when the node's state was last read
  #timers = [];
  #ready = { ready: null, reasons: [] }; // or an error, if the node can't be reached

  constructor(api, node) {
    this.#api = api;
    this.#node = node;
    this.#accepted = this.#counted = node.credentials;
    const may = (scope) => node.scopes.includes(scope);
    this.batches = new Batches(api, say, may('admin'));
    this.lookup = new Lookup(api, say, may('admin'));
    this.submit = new Submit(api, say, may('submit'), (digest) => this.#lookUp(digest));
    this.rates = new History('rate', '--series-1', rate, (samples) => this.#sayRate(samples));
    this.lags = new History('lag', '--series-2', span, (samples) => this.#sayLag(samples));
    this.stream = new Stream(api, { event: (name, data) => this.#event(name, data), state: (on) => this.#live(on) });
  }

  async begin() {
    byId('door').hidden = true;
    byId('board').hidden = byId('session').hidden = false;
    this.#live(false);
    this.#showNode();
    this.stream.run(); // before the state is read, so that no event is missed
    this.#timers.push(setInterval(() => this.#second(), 1000), setInterval(() => this.#poll(), POLL_MS));
    await this.#reload();
  }

  end() {
    this.#hasEnded = true;
    this.stream.stop();
    this.#timers.forEach(clearInterval);
    this.rates.end();
    this.lags.end();
  }

  #lookUp(digest) {
    byId('lookup').scrollIntoView();
    this.lookup.find(digest);
  }

  /* -- events and polls -- */

  #event(name, data) {
    if (name === 'batch') this.batches.batch(data);
    if (name === 'anchor') this.batches.anchor(data);
    if (name === 'credential' && data.accepted !== undefined) {
      this.#accepted = data.accepted;
      this.#node.pending = data.pending;
      this.#figures();
      if (data.pending > 0 && !this.#node.oldestUnanchoredAt) this.#soon(); // /v1/node says since when it waits
    }
    if (name === 'credential' && data.digest) this.lookup.onStatus(data, this.#node.operator);
    if (name === 'batch' || name === 'anchor') this.#soon();
    if (name === 'reset') this.#reload();
  }

  /* One poll for all events within half a second. */
  #soon() {
    this.#pollSoon ??= setTimeout(() => {
      this.#pollSoon = undefined;
      this.#poll();
      this.lookup.refresh();
    }, 500);
  }

  async #reload() {
    await Promise.all([this.#poll(), this.batches.load().catch((error) => say(error.message, true))]);
  }

  async #poll() {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      await this.#ask();
    } catch (error) {
      this.#ready = error;
    }
    this.#isPolling = false;
    if (this.#hasEnded) return;
    if (this.#ready.status === 401) return leave('The token is no longer valid; it was revoked.');
    if (this.lookup.isUnsettled) this.lookup.refresh();
    if (!this.#isLive) this.batches.load().catch(() => {}); // an error is shown above already
    return this.#showNode();
  }

  async #ask() {
    const timeout = () => ({ signal: AbortSignal.timeout(TIMEOUT_MS) });
    const node = await this.#api.get('/v1/node', timeout());
    const ready = await this.#api.ask('/readyz', timeout()); // its status is 503 if the node is not ready
    if (!ready.json?.reasons) throw new Error('The node does not say whether it is ready.');
    this.#node = node.json;
    this.#accepted = node.json.credentials;
    this.#ready = ready.json;
    this.#asOf = Date.now();
  }

  #second() {
    const now = Date.now();
    const seconds = Math.max(1, Math.round((now - this.#countedAt) / 1000)); // more than one if the browser suspended a hidden page
    this.rates.add(now, Math.max(0, this.#accepted - this.#counted) / seconds, seconds);
    this.lags.add(now, this.#lag(), seconds);
    this.#counted = this.#accepted;
    this.#countedAt = now;
    if (document.hidden) return;
    this.rates.draw(now);
    this.lags.draw(now);
    this.batches.tick();
    this.#figures();
  }

  #lag() {
    const oldest = Date.parse(this.#node.oldestUnanchoredAt ?? '');
    return oldest ? Math.max(0, (this.#api.now() - oldest) / 1000) : 0;
  }

  /* -- rendering -- */

  #sayRate(samples) {
    const since = samples.at(-1).at - 60000;
    const sum = samples.reduce((all, { at, value, seconds }) => (at > since ? all + value * seconds : all), 0);
    const most = Math.max(...samples.map(({ value }) => value));
    const now = `${plural(Math.round(sum), 'credential')} accepted in the last minute`;
    return `${now}; at most ${rate(most)} since this page was opened.`;
  }

  #sayLag(samples) {
    const { value } = samples.at(-1);
    const most = Math.max(...samples.map((sample) => sample.value));
    const now = value ? `The oldest credential without a final anchor has waited ${span(value)}` : 'Nothing is waiting';
    return `${now}; at most ${span(most)} since this page was opened.`;
  }

  #live(on) {
    this.#isLive = on;
    const words = on ? 'Live' : 'Not live, polls every 5 s';
    byId('live').className = on ? 'live on' : 'live';
    byId('live').replaceChildren(el('span', { class: 'dot', 'aria-hidden': 'true' }), words);
  }

  #figures() {
    const { pending, batches, balance, head, finalized } = this.#node;
    const { n, wei } = this.batches.fees;
    const [funds, fundsUnit] = balance === undefined ? ['–', 'not known yet'] : money(balance);
    const [fees, feesUnit] = n ? money(wei) : ['–', 'no anchor mined since this page was opened'];
    const open = this.batches.open;
    const figures = [
      ['Accepted', count(this.#accepted), 'credentials in total'],
      ['Pending', count(pending), 'in no batch yet'],
      ['Oldest waiting', this.#lag() ? span(this.#lag()) : 'none', 'until its anchor is final'],
      ['Batches', count(batches), open ? `${count(open)} not final` : 'all final'],
      ['Balance', funds, `${fundsUnit}, of the operator`],
      ['Fees', fees, n ? `${feesUnit}, for ${plural(n, 'anchor')} since this page was opened` : feesUnit],
      ['Head', head ? count(head) : '–', finalized ? `final up to ${count(finalized)}` : 'of the chain'],
    ];
    const list = byId('figures');
    figures.forEach(([name, value, words], i) => {
      if (!list.children[i])
        list.append(el('div', {}, el('dt', {}, name), el('dd', { class: 'value' }), el('dd', { class: 'hint' })));
      const [, shown, hint] = list.children[i].children;
      if (shown.textContent !== value) shown.textContent = value;
      if (hint.textContent !== words) hint.textContent = words;
    });
  }

  #showNode() {
    this.#state();
    this.#figures();
    const { version, chainId, contract, issuer, operator, providers } = this.#node;
    const facts = [
      row('Version', version),
      row('Operator', operator ? code(operator) : 'no key loaded'),
      row('Issuer', code(issuer)),
      row('Contract', code(contract)),
      row('Chain', String(chainId)),
      row('This token may', this.#node.scopes?.join(', ')),
    ];
    const drawn = facts.map((fact) => fact?.textContent).join('\n');
    if (byId('facts').dataset.drawn !== drawn) byId('facts').replaceChildren(...facts); // else a selection would be lost
    byId('facts').dataset.drawn = drawn;
    this.#providers(providers);
  }

  #state() {
    const { ready, reasons, message } = this.#ready;
    const kind = message ? 'bad' : ready === null ? 'unknown' : ready ? 'good' : 'bad';
    const words = message ? 'No answer' : { unknown: 'Loading…', good: 'Ready', bad: 'Not ready' }[kind];
    const detail = message
      ? [message, `This page keeps trying. The data below is from ${clock(this.#asOf)}.`]
      : ready
        ? ['Credentials are accepted and their batches are anchored.']
        : reasons.map(({ code: why, detail: text }) => [READINESS[why], sentence(text)]);
    const text = [words, ...detail.flat()].join('\n');
    const state = byId('state');
    if (state.dataset.drawn === text) return; // so that it is announced once
    state.dataset.drawn = text;
    state.className = `state ${kind}`;
    document.title = `${words} – badged operator`;
    state.replaceChildren(
      icon({ unknown: 'pending', good: 'passed', bad: 'error' }[kind]),
      el(
        'div',
        { role: 'status' },
        el('h2', { id: 'state-title' }, words),
        detail.map((line) => (Array.isArray(line) ? this.#reason(...line) : el('p', {}, plain(line)))),
      ),
    );
  }

  #reason(name, detail) {
    return el('p', {}, name && el('b', {}, `${name}. `), plain(detail, 600));
  }

  #providers(providers) {
    const place = byId('providers');
    if (!providers) {
      const may = this.#node.scopes?.includes('admin');
      const why = may ? 'none was queried yet.' : 'seeing them needs a token with the scope admin.';
      place.replaceChildren(el('p', { class: 'hint' }, 'Providers of the chain: ', why));
      return;
    }
    const rows = providers.map(({ url, healthy, head }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, plain(url)),
        el('td', {}, el('span', { class: `chip ${healthy ? 'final' : 'spoiled'}` },
          icon(healthy ? 'passed' : 'failed'), healthy ? 'healthy' : 'not healthy')),
        el('td', { class: 'number' }, head ? count(head) : '–'),
      ));
    if (!place.querySelector('tbody')) {
      const head = el('tr', {}, ['Provider', 'Health', 'Latest block'].map((name, i) =>
        el('th', { scope: 'col', class: i === 2 ? 'number' : null }, name)));
      place.replaceChildren(el('div', { class: 'scroll', role: 'region', 'aria-label': 'Providers', tabindex: 0 },
        el('table', {}, el('thead', {}, head), el('tbody'))));
    }
    place.querySelector('tbody').replaceChildren(...rows);
  }
}

/* -- sign in ------------------------------------------------------------------------------------------------------ */

let board = null;

function leave(why = '') {
  board?.end();
  board = null;
  document.title = 'badged operator';
  sessionStorage.removeItem(KEPT_AS);
  byId('board').hidden = byId('session').hidden = true;
  byId('door').hidden = false;
  byId('token-wrong').textContent = why;
  byId('token').setAttribute('aria-invalid', String(why !== ''));
  byId('token').value = '';
  byId('token').focus();
}

/* The token goes into a header: a text that a header can't contain is not a token. */
async function enter(token) {
  const wrong = byId('token-wrong');
  wrong.textContent = '';
  if (!/^[\x21-\x7e]+$/.test(token)) {
    leave('Enter a token.');
    return;
  }
  try {
    const api = new Api(token);
    const { json } = await api.get('/v1/node');
    if (!json.scopes) throw new Error('This node does not report the token’s scopes.');
    sessionStorage.setItem(KEPT_AS, token);
    board = new Board(api, json);
    await board.begin();
  } catch (error) {
    const unknown = 'The token is unknown or was revoked; see badge token list.';
    leave(error.status === 401 ? unknown : error.message);
  }
}

for (const place of document.querySelectorAll('[data-icon]')) place.append(icon(place.dataset.icon));
byId('leave').addEventListener('click', () => leave());
byId('enter').addEventListener('submit', (event) => {
  event.preventDefault();
  enter(byId('token').value.trim());
});
for (const name of ['dragover', 'drop'])
  addEventListener(name, (event) => event.preventDefault()); // a file dropped elsewhere must not replace the page

const kept = sessionStorage.getItem(KEPT_AS);
if (kept) enter(kept);
else byId('door').hidden = false;
