/* The table of batches and their anchors, kept up to date by events; and the button to seal now. */
import { button, byId, code, el } from '../page/dom.mjs';
import { icon } from '../page/icons.mjs';
import { at } from './api.mjs';
import { brief, count, money, plural, span } from './format.mjs';

const PAGE = 15;
const MAX_ROWS = 300; // a page may stay open for weeks
const ENDED = ['final', 'spoiled', 'withdrawn'];
const SYMBOL = {
  sealed: 'pending',
  sent: 'pending',
  mined: 'anchored',
  final: 'passed',
  spoiled: 'failed',
  withdrawn: 'withdrawn',
};
const WORDS = {
  sealed: 'Sealed, not sent yet',
  sent: 'Sent to the chain',
  mined: 'In a block, not final yet',
  final: 'Final',
  spoiled: 'Spoiled: its credentials were moved to another batch',
  withdrawn: 'Withdrawn by the issuer: once that is final, its credentials may be submitted again',
};

const stateOf = ({ withdrawn, state }) => (withdrawn ? 'withdrawn' : state);

export class Batches {
  #api;
  #say;
  #rows = new Map(); // by number: { batch, row, age, drawn }
  #fees = new Map(); // by number, in wei, of the anchors that were mined since the page was opened
  #isSealing = false;
  #older = button('Older', () => this.#loadOlder(), { kind: 'quiet' });
  #hint = el('span', { class: 'hint' }, 'Fees are known only for anchors that were mined while this page was open.');

  constructor(api, say, maySeal) {
    this.#api = api;
    this.#say = say;
    const seal = maySeal && button('Seal now', () => this.#seal(), { symbol: 'seal' });
    byId('seal').replaceChildren(seal || el('p', { class: 'hint' }, 'Sealing needs a token with the scope admin.'));
    byId('older').replaceChildren(this.#older, this.#hint);
  }

  /* Loads the latest batches, or those before one. */
  async load(before) {
    const { json } = await this.#api.get(`/v1/batches?limit=${PAGE}${before ? `&before=${before}` : ''}`);
    const oldest = json.batches.at(-1)?.number;
    const isAdjacent = this.#rows.has(oldest) || this.#rows.has(oldest - 1);
    if (!before && !isAdjacent) this.#rows.clear(); // else there would be a gap in the table
    for (const { anchor, ...batch } of json.batches)
      this.#put({ withdrawn: undefined, ...batch, ...this.#ofAnchor(anchor) });
    this.#draw();
  }

  #ofAnchor({ transaction, block, sequence }) {
    return { transaction, block: block?.number, sequence };
  }

  /* A batch that is older than the table's rows is loaded when the table reaches it. */
  batch(data) {
    const known = this.#rows.get(data.number)?.batch;
    if (data.withdrawn && !known?.withdrawn) this.#say(`Batch ${count(data.number)} was withdrawn by its issuer.`, true);
    if (this.#rows.size > 0 && data.number < Math.min(...this.#rows.keys())) return;
    this.#put({ withdrawn: undefined, ...data });
    this.#draw();
  }

  /* Members that an event leaves out keep their values. */
  anchor(data) {
    if (data.fee) this.#fees.set(data.number, BigInt(data.fee));
    const { number, state } = data;
    if (this.#rows.has(number)) this.#put({ number, state, ...this.#ofAnchor(data) });
    this.#draw();
  }

  /* The fees of the anchors that were mined while this page was open. */
  get fees() {
    return { n: this.#fees.size, wei: [...this.#fees.values()].reduce((sum, fee) => sum + fee, 0n) };
  }

  get open() {
    return [...this.#rows.values()].filter(({ batch }) => !ENDED.includes(stateOf(batch))).length;
  }

  tick() {
    const now = this.#api.now();
    for (const { age, batch } of this.#rows.values())
      age.textContent = `${span((now - Date.parse(batch.sealedAt)) / 1000)} ago`;
  }

  #put(batch) {
    const known = this.#rows.get(batch.number);
    const all = { ...known?.batch, ...batch };
    const name = stateOf(all);
    const fee = this.#fees.get(all.number);
    const drawn = JSON.stringify([all, String(fee)]);
    if (known?.drawn === drawn) return; // else a focus in the row would be lost
    const age = el('time', { datetime: all.sealedAt, title: all.sealedAt });
    const since = all.withdrawn ? `, ${all.withdrawn.time}` : '';
    const state = el('span', { class: `chip ${name}`, title: `${WORDS[name]}${since}` }, icon(SYMBOL[name]), name);
    const transaction = all.transaction
      ? [el('span', { title: all.transaction }, code(brief(all.transaction))), this.#copy(all.transaction, all.number)]
      : '–';
    const row = el(
      'tr',
      { class: known && stateOf(known.batch) !== name ? 'changed' : null },
      el('th', { scope: 'row' }, el('a', { href: at(`/v1/batches/${all.number}`) }, count(all.number))),
      el('td', {}, state),
      el('td', { class: 'number' }, count(all.treeSize)),
      el('td', {}, age),
      el('td', { class: 'transaction' }, transaction),
      el('td', { class: 'number' }, all.block === undefined ? '–' : count(all.block)),
      el('td', { class: 'number' }, fee ? money(fee).join(' ') : '–'),
    );
    known?.row.replaceWith(row);
    this.#rows.set(all.number, { batch: all, row, age, drawn });
  }

  #copy(text, number) {
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(text);
        this.#say('Copied.');
      } catch {
        this.#say(`The browser did not allow the page to copy. The transaction is ${text}`, true);
      }
    };
    const label = `Copy the transaction of batch ${number}`;
    const about = { type: 'button', class: 'small', 'aria-label': label, title: label, onclick: copy };
    return el('button', about, icon('copy'));
  }

  #draw() {
    const numbers = [...this.#rows.keys()].sort((a, b) => b - a);
    while (numbers.length > MAX_ROWS) this.#rows.delete(numbers.pop());
    const body = byId('batches');
    numbers.forEach((number, i) => {
      const { row } = this.#rows.get(number);
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    });
    while (body.children.length > numbers.length) body.lastChild.remove();
    if (numbers.length === 0) {
      const none = 'No batch yet. One is sealed when enough credentials are pending, or the oldest has waited long enough.';
      body.replaceChildren(el('tr', {}, el('td', { colspan: 7, class: 'none' }, none)));
    }
    const last = numbers.at(-1);
    this.#older.hidden = !(last > 1 && numbers.length < MAX_ROWS);
    this.#hint.hidden = numbers.every((number) => !this.#rows.get(number).batch.block || this.#fees.has(number));
    this.tick();
  }

  #loadOlder() {
    this.load(Math.min(...this.#rows.keys())).catch((error) => this.#say(error.message, true));
  }

  async #seal() {
    if (this.#isSealing) return;
    this.#isSealing = true;
    try {
      const { json } = await this.#api.post('/v1/batches');
      const sealed = json && `Batch ${json.number} is sealed: ${plural(json.treeSize, 'credential')}.`;
      this.#say(sealed ?? 'Nothing is pending.');
    } catch (error) {
      this.#say(error.message, true);
    }
    this.#isSealing = false;
  }
}
