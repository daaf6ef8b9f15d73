/* One digest: its record, its receipt, and its revocation, which needs a confirmation because it is permanent. */
import { button, byId, code, el, row } from '../page/dom.mjs';
import { icon } from '../page/icons.mjs';
import { linkIn } from '../page/links.mjs';
import { at } from './api.mjs';
import { brief, count } from './format.mjs';
import { saveText } from './save.mjs';

const CONFIRM_LEN = 8;
const MAX_CHANGES = 10; // the latest changes of status that the chain reported
const CONSEQUENCE =
  'Its digest is published on the chain, and everyone who verifies the credential sees “revoked”. This node can’t ' +
  'undo that: only the issuer’s own key can.';
const SYMBOL = { good: 'passed', revoked: 'revoked', withdrawn: 'withdrawn' };
const REASON = {
  unspecified: 'none stated',
  error: 'issued in error',
  replaced: 'replaced by another credential',
  unmet: 'its conditions are no longer met',
  annulled: 'annulled',
  holder: 'the holder’s wish',
};
const MAX_NOTE = 500; // bytes
const REVOCATION = {
  requested: 'requested; the next transaction sends it to the chain',
  sent: 'sent to the chain',
  mined: 'in a block, not final yet',
  final: 'final',
};

export class Lookup {
  #api;
  #say;
  #mayRevoke;
  #shown = null; // the digest
  #drawn = '';
  isUnsettled = false; // its revocation is not final yet
  #changes = el('ul', { class: 'changes' });
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
      el('label', { for: 'digest' }, 'Digest of a credential, or the link to it'),
      el('div', { class: 'field' }, this.#input, el('button', { type: 'submit', class: 'button' }, 'Look up')),
      this.#wrong,
    );
    const heading = el('h3', {}, 'Changes on the chain since this page was opened');
    const changes = el('div', { hidden: true }, heading, this.#changes);
    byId('lookup').replaceChildren(byId('lookup-heading'), form, this.#result, changes);
  }

  async find(text) {
    const { linked: digest } = linkIn(text);
    this.#wrong.textContent = digest ? '' : 'Enter a link, or 64 hexadecimal digits; `badge digest FILE` prints them.';
    this.#input.setAttribute('aria-invalid', String(!digest));
    if (!digest) return this.#input.focus();
    this.#input.value = this.#shown = digest;
    return this.#load();
  }

  /* The chain reports that a digest was revoked or restored, by any account. */
  onStatus({ digest, status, reason, account, time }, operator) {
    const who = account === operator ? 'this node' : account;
    const why = reason && reason !== 'unspecified' ? ` (${REASON[reason] ?? reason})` : '';
    const words = `${status === 'revoked' ? 'Revoked' : 'Restored'} by ${who}${why}`;
    const find = () => this.find(digest);
    this.#changes.prepend(
      el(
        'li',
        {},
        icon(status === 'revoked' ? 'revoked' : 'passed'),
        el('button', { type: 'button', class: 'link', title: digest, onclick: find }, el('code', {}, brief(digest))),
        el('span', {}, `${words}, ${time}`),
      ),
    );
    while (this.#changes.children.length > MAX_CHANGES) this.#changes.lastChild.remove();
    this.#changes.parentElement.hidden = false;
    this.#say(`${brief(digest)}: ${words}.`, account !== operator);
    this.refresh(digest);
  }

  /* This digest, or the batches, may have changed. */
  refresh(digest) {
    if (this.#shown && (!digest || digest === this.#shown)) this.#load();
  }

  async #load() {
    const digest = this.#shown;
    try {
      const { json } = await this.#api.get(`/v1/credentials/${digest}`);
      const asked = this.#mayRevoke ? await this.#api.ask(`/v1/credentials/${digest}/revocation`) : {};
      if (digest !== this.#shown) return;
      const revocation = asked.response?.ok ? asked.json : { state: 'none' };
      this.isUnsettled = ['requested', 'sent', 'mined'].includes(revocation.state);
      const drawn = JSON.stringify([json, revocation]);
      if (this.#drawn !== drawn) this.#result.replaceChildren(this.#record(json, revocation)); // else focus would be lost
      this.#drawn = drawn;
    } catch (error) {
      this.#drawn = '';
      this.#result.replaceChildren(el('p', { class: 'wrong' }, error.message));
    }
  }

  /* revocation: a revocation that this node was asked for; status: what the chain says */
  #record(record, revocation) {
    const { digest, canonicalization, state, receivedAt, batch, status, statusTime, statusAccount } = record;
    const mayBeRevoked = ['good', 'unknown'].includes(status) && revocation.state === 'none';
    const chip = el('span', { class: `chip ${status}` }, icon(SYMBOL[status] ?? 'unknown'), status);
    const since = statusTime
      ? el('span', {}, `since ${statusTime}, by `, code(statusAccount), this.#why(record.statusReason))
      : status === 'unknown' && 'the node does not know its status on the chain at present';
    const actions = [
      batch && button('Receipt', () => this.#receipt(digest), { symbol: 'save' }),
      el('a', { class: 'button', href: at(`/c/${digest}`) }, icon('outward'), el('span', {}, 'Public page')),
      mayBeRevoked && this.#mayRevoke && button('Revoke…', () => this.#confirm(digest), { kind: 'danger', symbol: 'revoked' }),
    ];
    return el(
      'div',
      {},
      el(
        'dl',
        { class: 'facts' },
        row('Digest', code(digest)),
        row('Status', chip, since),
        row('Revocation', REVOCATION[revocation.state], this.#why(revocation.reason)),
        row('Note', revocation.note),
        row('Replaced by', this.#link(record.replacedBy)),
        row('Replaces', record.replaces?.map((one) => this.#link(one))),
        row('State', state),
        row('Canonicalization', canonicalization),
        row('Received', receivedAt),
        row('Batch', batch ? el('a', { href: at(`/v1/batches/${batch.number}`) }, count(batch.number)) : null),
      ),
      el('p', { class: 'actions' }, actions.filter(Boolean)),
      this.#mayRevoke ? null : el('p', { class: 'hint' }, 'Revoking needs a token with the scope admin.'),
    );
  }

  #why(reason) {
    return reason && reason !== 'unspecified' ? `; ${REASON[reason] ?? reason}` : '';
  }

  #link(digest) {
    const find = () => this.find(digest);
    const attributes = { type: 'button', class: 'link', title: digest, onclick: find };
    return digest && el('button', attributes, el('code', {}, brief(digest)));
  }

  async #receipt(digest) {
    try {
      const { text, status } = await this.#api.get(`/v1/credentials/${digest}/receipt`);
      if (status === 200) saveText(`${digest}.receipt.json`, 'application/json', text);
      else this.#say('There is no receipt until the credential is in a batch.');
    } catch (error) {
      this.#say(error.message, true);
    }
  }

  /* -- revocation -- */

  #confirm(digest) {
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
    const reason = el(
      'select',
      { id: 'reason', 'aria-describedby': 'reason-hint' },
      Object.entries(REASON).map(([value, words]) => el('option', { value }, words)),
    );
    const note = el('input', { id: 'note', autocomplete: 'off' });
    const go = el('button', { type: 'submit', class: 'button danger' }, icon('revoked'), el('span', {}, 'Revoke'));
    const onsubmit = async (event) => {
      event.preventDefault();
      if (input.value.trim().toLowerCase() !== digest.slice(0, CONFIRM_LEN)) {
        wrong.textContent = 'These are not its first eight digits.';
        return input.focus();
      }
      if (new TextEncoder().encode(note.value).length > MAX_NOTE) {
        wrong.textContent = `The note is longer than ${MAX_NOTE} bytes.`;
        return note.focus();
      }
      go.disabled = true;
      const failed = await this.#revoke(digest, { reason: reason.value, ...(note.value && { note: note.value }) });
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
        el('label', { for: 'reason' }, 'Reason'),
        reason,
        el('p', { class: 'hint', id: 'reason-hint' }, 'The reason is public on the chain for ever.'),
        el('label', { for: 'note' }, 'Note, kept by this node for its administrators'),
        note,
        el('label', { for: 'confirm' }, 'Type the first eight digits of the digest'),
        input,
        wrong,
        el('p', { class: 'actions' }, button('Keep it', () => dialog.close()), go),
      ),
    );
    dialog.showModal();
    input.focus();
  }

  /* Returns an error's text, or null. */
  async #revoke(digest, why) {
    try {
      await this.#api.post(`/v1/credentials/${digest}/revocation`, why);
      this.#say(`Revocation of ${digest.slice(0, CONFIRM_LEN)}… accepted; it takes effect once it is on the chain.`);
      this.refresh(digest);
      return null;
    } catch (error) {
      return error.message;
    }
  }
}
