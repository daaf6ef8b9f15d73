/* The table of batches and their anchors, kept up to date by events; and the wish to seal now. */
import { button, byId, code, el } from '../page/dom.mjs';
import { icon } from '../page/icons.mjs';
import { brief, count, money, plural, span } from './format.mjs';

const PAGE = 15;
const MOST = 300; // rows: a page may stay open for weeks
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
  spoiled: 'Spoiled: its credentials are in another batch',
  withdrawn: 'Withdrawn by the issuer: its credentials may be submitted again',
};

export class Batches {
  #api;
  #say;
  #rows = new Map(); // by number: { batch, row }
  #fees = new Map(); // by number, in wei, of those that were seen

  constructor(api, say, maySeal) {
    this.#api = api;
    this.#say = say;
    const words = maySeal ? button('Seal now', () => this.#seal(), { symbol: 'seal' }) : null;
    byId('seal').replaceChildren(words ?? el('p', { class: 'hint' }, 'To seal, a token needs the scope admin.'));
  }

  async load(before) {
    const { json } = await this.#api.get(`/v1/batches?limit=${PAGE}${before ? `&before=${before}` : ''}`);
    if (!before) this.#rows.clear();
    for (const { anchor, withdrawn, ...batch } of json.batches) {
      if (withdrawn) batch.state = 'withdrawn';
      this.#put({ ...batch, ...this.#ofAnchor(anchor) });
    }
    this.#draw();
  }

  #ofAnchor({ transaction, block, sequence }) {
    return { transaction, block: block?.number, sequence };
  }

  /* Of either event; what was known and is not said again stays. */
  batch(data) {
    this.#put(data);
    this.#draw();
  }

  anchor(data) {
    if (data.fee) this.#fees.set(data.number, BigInt(data.fee));
    const { number, state } = data;
    const known = this.#rows.get(number)?.batch;
    if (known) this.#put({ ...known, state, ...this.#ofAnchor(data), fee: data.fee });
    this.#draw();
  }

  /* What the anchors have cost that were mined while this page was open. */
  get fees() {
    return { n: this.#fees.size, wei: [...this.#fees.values()].reduce((sum, fee) => sum + fee, 0n) };
  }

  get open() {
    return [...this.#rows.values()].filter(({ batch }) => !ENDED.includes(batch.state)).length;
  }

  tick() {
    const now = this.#api.now();
    for (const { age, batch } of this.#rows.values())
      age.textContent = `${span((now - Date.parse(batch.sealedAt)) / 1000)} ago`;
  }

  #put(batch) {
    const known = this.#rows.get(batch.number);
    const all = { ...known?.batch, ...batch };
    const age = el('time', { datetime: all.sealedAt, title: all.sealedAt });
    const about = { class: `chip ${all.state}`, title: WORDS[all.state] };
    const state = el('span', about, icon(SYMBOL[all.state]), all.state);
    const transaction = all.transaction
      ? [el('span', { title: all.transaction }, code(brief(all.transaction))), this.#copy(all.transaction, all.number)]
      : '–';
    const row = el(
      'tr',
      { class: known && known.batch.state !== all.state ? 'changed' : null },
      el('th', { scope: 'row' }, el('a', { href: `/v1/batches/${all.number}` }, count(all.number))),
      el('td', {}, state),
      el('td', { class: 'number' }, count(all.treeSize)),
      el('td', {}, age),
      el('td', { class: 'transaction' }, transaction),
      el('td', { class: 'number' }, all.block === undefined ? '–' : count(all.block)),
      el('td', { class: 'number' }, all.fee ? money(all.fee).join(' ') : '–'),
    );
    known?.row.replaceWith(row);
    this.#rows.set(all.number, { batch: all, row, age });
  }

  #copy(text, number) {
    const copy = async () => {
      await navigator.clipboard.writeText(text);
      this.#say('Copied.');
    };
    const label = `Copy the transaction of batch ${number}`;
    const about = { type: 'button', class: 'small', 'aria-label': label, title: label, onclick: copy };
    return el('button', about, icon('copy'));
  }

  #draw() {
    const numbers = [...this.#rows.keys()].sort((a, b) => b - a);
    while (numbers.length > MOST) this.#rows.delete(numbers.pop());
    const body = byId('batches');
    numbers.forEach((number, i) => {
      const { row } = this.#rows.get(number);
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    });
    while (body.children.length > numbers.length) body.lastChild.remove();
    if (numbers.length === 0) {
      const none = 'No batch yet. One is sealed when enough credentials wait, or the oldest has waited long enough.';
      body.replaceChildren(el('tr', {}, el('td', { colspan: 7, class: 'none' }, none)));
    }
    const last = numbers.at(-1);
    const older = last > 1 && numbers.length < MOST && button('Older', () => this.load(last), { kind: 'quiet' });
    byId('older').replaceChildren(...[older].filter(Boolean));
    this.tick();
  }

  async #seal() {
    try {
      const { json } = await this.#api.post('/v1/batches');
      const sealed = json && `Batch ${json.number} is sealed: ${plural(json.treeSize, 'credential')}.`;
      this.#say(sealed ?? 'Nothing is pending.');
    } catch (error) {
      this.#say(error.message, true);
    }
  }
}
