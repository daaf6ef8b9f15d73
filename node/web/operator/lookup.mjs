/* One digest: its record, its receipt, and its revocation, which is asked for twice: it stands on a chain for good. */
import { button, byId, code, el, row } from '../page/dom.mjs';
import { icon } from '../page/icons.mjs';
import { brief, count } from './format.mjs';
import { saveText } from './save.mjs';

const DIGEST = /^[0-9a-f]{64}$/;
const CONFIRM_LEN = 8;
const TOLD = 10; // of what the chain has told, the latest
const CONSEQUENCE =
  'Its digest is published on the chain, and everyone who checks the credential is told “revoked”. This node can’t ' +
  'take that back: only the issuer’s own key can.';
const SYMBOL = { good: 'passed', revoked: 'revoked', withdrawn: 'withdrawn' };
const REVOCATION = {
  requested: 'asked for; it goes to the chain with the next transaction',
  sent: 'sent to the chain',
  mined: 'in a block, not final yet',
  final: 'final',
};

export class Lookup {
  #api;
  #say;
  #mayRevoke;
  #shown = null; // the digest
  #said = '';
  isUnsettled = false; // a revocation of it is under way
  #told = el('ul', { class: 'told' });
  #result = el('div', { id: 'record', 'aria-live': 'polite' });
  #input = el('input', { id: 'digest', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none' });
  #wrong = el('p', { class: 'wrong', id: 'digest-wrong', role: 'alert' });

  constructor(api, say, mayRevoke) {
    this.#api = api;
    this.#say = say;
    this.#mayRevoke = mayRevoke;
    this.#input.setAttribute('aria-describedby', 'digest-wrong');
    const onsubmit = (event) => {
      event.preventDefault();
      this.find(this.#input.value);
    };
    const form = el(
      'form',
      { class: 'line', novalidate: true, onsubmit },
      el('label', { for: 'digest' }, 'Digest of a credential, 64 hexadecimal digits'),
      el('div', { class: 'field' }, this.#input, el('button', { type: 'submit', class: 'button' }, 'Look up')),
      this.#wrong,
    );
    const told = el('div', { hidden: true }, el('h3', {}, 'Told by the chain since this page was opened'), this.#told);
    byId('lookup').replaceChildren(byId('lookup-heading'), form, this.#result, told);
  }

  async find(text) {
    const digest = text.trim().toLowerCase().replace(/^0x/, '');
    this.#wrong.textContent = DIGEST.test(digest) ? '' : 'Give 64 hexadecimal digits; `badge digest FILE` prints them.';
    this.#input.setAttribute('aria-invalid', String(!DIGEST.test(digest)));
    if (!DIGEST.test(digest)) return this.#input.focus();
    this.#input.value = this.#shown = digest;
    return this.#load();
  }

  /* The chain says of a digest that it is revoked or restored, whoever sent that there. */
  told({ digest, status, account, time }, operator) {
    const words = `${status === 'revoked' ? 'Revoked' : 'Restored'} by ${account === operator ? 'this node' : account}`;
    const find = () => this.find(digest);
    this.#told.prepend(
      el(
        'li',
        {},
        icon(status === 'revoked' ? 'revoked' : 'passed'),
        el('button', { type: 'button', class: 'link', title: digest, onclick: find }, el('code', {}, brief(digest))),
        el('span', {}, `${words}, ${time}`),
      ),
    );
    while (this.#told.children.length > TOLD) this.#told.lastChild.remove();
    this.#told.parentElement.hidden = false;
    this.#say(`${brief(digest)}: ${words}.`, account !== operator);
    this.news(digest);
  }

  /* Something was told of this digest, or of batches. */
  news(digest) {
    if (this.#shown && (!digest || digest === this.#shown)) this.#load();
  }

  async #load() {
    const digest = this.#shown;
    try {
      const { json } = await this.#api.get(`/v1/credentials/${digest}`);
      const asked = this.#mayRevoke ? await this.#api.ask(`/v1/credentials/${digest}/revocation`) : {};
      if (digest !== this.#shown) return;
      const revocation = asked.json?.state ?? 'none';
      this.isUnsettled = ['requested', 'sent', 'mined'].includes(revocation);
      const said = JSON.stringify([json, revocation]);
      if (this.#said !== said) this.#result.replaceChildren(this.#record(json, revocation)); // else focus would be lost
      this.#said = said;
    } catch (error) {
      this.#said = '';
      this.#result.replaceChildren(el('p', { class: 'wrong' }, error.message));
    }
  }

  /* revocation: how far one is that this node was asked for, which is not yet what the chain says */
  #record({ digest, canonicalization, state, receivedAt, batch, status, statusTime, statusAccount }, revocation) {
    const mayBeRevoked = ['good', 'unknown'].includes(status) && revocation === 'none';
    const chip = el('span', { class: `chip ${status}` }, icon(SYMBOL[status] ?? 'unknown'), status);
    const since = statusTime
      ? el('span', {}, `since ${statusTime}, by `, code(statusAccount))
      : status === 'unknown' && 'the node can’t tell at present what the chain says of it';
    const actions = [
      batch && button('Receipt', () => this.#receipt(digest), { symbol: 'save' }),
      el('a', { class: 'button', href: `/c/${digest}` }, icon('outward'), el('span', {}, 'Public page')),
      mayBeRevoked && this.#mayRevoke && button('Revoke…', () => this.#ask(digest), { kind: 'danger', symbol: 'revoked' }),
    ];
    return el(
      'div',
      {},
      el(
        'dl',
        { class: 'facts' },
        row('Digest', code(digest)),
        row('Status', chip, since),
        row('Revocation', REVOCATION[revocation]),
        row('State', state),
        row('Reduced as', canonicalization),
        row('Received', receivedAt),
        row('Batch', batch ? el('a', { href: `/v1/batches/${batch.number}` }, count(batch.number)) : null),
      ),
      el('p', { class: 'actions' }, actions.filter(Boolean)),
      this.#mayRevoke ? null : el('p', { class: 'hint' }, 'To revoke, a token needs the scope admin.'),
    );
  }

  async #receipt(digest) {
    try {
      const { text, status } = await this.#api.get(`/v1/credentials/${digest}/receipt`);
      if (status === 200) saveText(`${digest}.receipt.json`, 'application/json', text);
      else this.#say('There is no receipt before the credential is in a batch.');
    } catch (error) {
      this.#say(error.message, true);
    }
  }

  /* -- revocation -- */

  #ask(digest) {
    const dialog = byId('revoke');
    const wrong = el('p', { class: 'wrong', role: 'alert', id: 'confirm-wrong' });
    const input = el('input', {
      id: 'confirm',
      autocomplete: 'off',
      spellcheck: 'false',
      autocapitalize: 'none',
      maxlength: CONFIRM_LEN,
      'aria-describedby': 'confirm-wrong',
    });
    const go = el('button', { type: 'submit', class: 'button danger' }, icon('revoked'), el('span', {}, 'Revoke'));
    const onsubmit = async (event) => {
      event.preventDefault();
      if (input.value.trim().toLowerCase() !== digest.slice(0, CONFIRM_LEN)) {
        wrong.textContent = 'These are not its first eight digits.';
        return input.focus();
      }
      go.disabled = true;
      const failed = await this.#revoke(digest);
      go.disabled = false;
      wrong.textContent = failed ?? '';
      return failed ? input.focus() : dialog.close();
    };
    dialog.replaceChildren(
      el(
        'form',
        { novalidate: true, onsubmit },
        el('h2', { id: 'revoke-heading' }, 'Revoke this credential?'),
        el('p', {}, code(digest)),
        el('p', {}, CONSEQUENCE),
        el('label', { for: 'confirm' }, 'Type the first eight digits of the digest'),
        input,
        wrong,
        el('p', { class: 'actions' }, button('Keep it', () => dialog.close()), go),
      ),
    );
    dialog.showModal();
    input.focus();
  }

  /* What went wrong, or null. */
  async #revoke(digest) {
    try {
      await this.#api.post(`/v1/credentials/${digest}/revocation`);
      this.#say(`Revocation of ${digest.slice(0, CONFIRM_LEN)}… accepted; it counts once the chain has it.`);
      this.news(digest);
      return null;
    } catch (error) {
      return error.message;
    }
  }
}
