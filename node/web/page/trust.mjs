/*
 * The sources that the answer relies on, each with who named it, and the form in which the reader changes them.
 */
import { chainName } from './answer.mjs';
import { known } from './chains.mjs';
import { button, code, data, el, plain, row } from './dom.mjs';
import { icon } from './icons.mjs';
import { t } from './language.mjs';
import { isKeeping } from './memory.mjs';
import * as settings from './settings.mjs';

/* -- the current sources ------------------------------------------------------------------------------------------ */

/* Who named a source; null if nobody did. */
export function whose(from) {
  if (from === 'reader') return t('trust.from.reader');
  if (from === 'nobody') return null;
  const host = settings.suggestedBy();
  return host ? t('trust.from.node', { host }) : t('trust.from.page');
}

function sourceView(term, { from }, shown, explained) {
  const origin = whose(from);
  return row(
    term,
    shown,
    origin && el('span', { class: `origin from-${from}` }, origin),
    explained && el('p', { class: 'hint' }, explained),
  );
}

const codes = (values) =>
  el(
    'ul',
    { class: 'bare' },
    values.map((one) => el('li', {}, code(one))),
  );

function pairView({ id, account }) {
  const acts = account ? code(account) : t('trust.issuers.signs');
  return el('li', {}, id ? data(id, 500) : t('trust.issuers.anyone'), el('span', { class: 'under' }, acts));
}

function pageRow() {
  const from = settings.origin();
  const host =
    from === 'node' && settings.nodeName ? `${plain(settings.nodeName, 120)} (${location.host})` : location.host;
  return row(
    t('trust.page'),
    t(`trust.page.${from}`, { host }),
    from === 'node' &&
      el(
        'p',
        { class: 'screen-only' },
        el(
          'a',
          { class: 'button', href: settings.homeUrl(), download: 'verify.html' },
          icon('save'),
          el('span', {}, t('trust.page.save')),
        ),
      ),
  );
}

function sourceRows({ rpc, chainId, contract, issuers, accreditors, node }) {
  const empty = (key) => el('span', { class: 'none' }, t(key));
  return [
    sourceView(
      t('trust.rpc'),
      rpc,
      rpc.value.length > 0 ? codes(rpc.value) : empty('trust.rpc.none'),
      t('trust.rpc.text'),
    ),
    sourceView(t('trust.chain'), chainId, chainId.value ? data(chainName(chainId.value)) : t('trust.chain.first')),
    sourceView(
      t('trust.contract'),
      contract,
      contract.value ? code(contract.value) : t('trust.contract.builtin'),
      t('trust.contract.text'),
    ),
    sourceView(
      t('trust.issuers'),
      issuers,
      issuers.value.length > 0
        ? el('ul', { class: 'bare spaced' }, issuers.value.map(pairView))
        : empty('trust.issuers.none'),
      `${t('trust.issuers.text')} ${t('trust.issuers.did')}`,
    ),
    sourceView(
      t('trust.accreditors'),
      accreditors,
      accreditors.value.length > 0 ? codes(accreditors.value) : empty('trust.accreditors.none'),
      t('trust.accreditors.text'),
    ),
    sourceView(t('trust.node'), node, node.value ? code(node.value) : empty('trust.node.none'), t('trust.node.text')),
  ];
}

/* -- the form ----------------------------------------------------------------------------------------------------- */

/* A labelled field with a hint and a place for an error. */
function field(name, labelKey, input, hintKey) {
  const id = `source-${name}`;
  input.id = id;
  input.setAttribute('aria-describedby', `${id}-hint ${id}-wrong`);
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, t(labelKey)),
    input,
    el('p', { class: 'hint', id: `${id}-hint` }, hintKey && t(hintKey)),
    el('p', { class: 'wrong', id: `${id}-wrong` }),
  );
}

const lines = (text) => text.split(/\s+/).filter(Boolean);
const area = (values, rows = 2) => {
  const node = el('textarea', { rows, spellcheck: 'false', autocomplete: 'off', dir: 'ltr' });
  node.value = (values ?? []).join('\n');
  return node;
};
const line = (value, more = {}) =>
  el('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', dir: 'ltr', value: value ?? '', ...more });

let pairNumber = 0;

function pairFields({ id, account } = {}) {
  const n = ++pairNumber;
  const idInput = line(id);
  const accountInput = line(account);
  const view = el(
    'div',
    { class: 'pair' },
    field(`id-${n}`, 'trust.field.issuer.id', idInput),
    field(`account-${n}`, 'trust.field.issuer.account', accountInput),
    button(t('trust.field.issuer.remove'), () => view.remove(), { kind: 'quiet', symbol: 'remove' }),
  );
  view.read = () => ({ id: idInput.value.trim() || undefined, account: accountInput.value.trim() || undefined });
  view.accountInput = accountInput;
  return view;
}

/* Shows a field's problem, or clears it; returns whether there is one. */
function showProblem(input, problem) {
  const text = problem ? t(problem.key, problem) : '';
  input.parentNode.querySelector('.wrong').textContent = text;
  if (problem) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  return problem !== null;
}

const firstOf = (values, problemOf, max) =>
  values.length > max ? { key: 'trust.wrong.many', n: max } : (values.map(problemOf).find(Boolean) ?? null);

function formView({ onSave, onReset, announce }) {
  const own = settings.ownSources();
  const rpc = area(own.rpc);
  const chain = line(own.chainId, { inputmode: 'numeric', list: 'chains' });
  const contract = line(own.contract);
  const accreditors = area(own.accreditors);
  const node = line(own.node, { inputmode: 'url' });
  const only = el('input', { type: 'checkbox' });
  only.checked = own.only;
  const pairs = el('div', { class: 'pairs' }, (own.issuers ?? []).map(pairFields));
  const add = () => {
    const view = pairFields();
    pairs.append(view);
    view.querySelector('input').focus();
  };

  const save = (event) => {
    event.preventDefault();
    const found = [...pairs.children].map((view) => [view, view.read()]).filter(([, { id, account }]) => id || account);
    const urls = lines(rpc.value);
    const accounts = lines(accreditors.value);
    const chainId = chain.value.trim() === '' ? undefined : Number(chain.value.trim());
    const optional = (input, problemOf) => (input.value.trim() === '' ? null : problemOf(input.value.trim()));
    const wrong = [
      [rpc, firstOf(urls, settings.urlProblem, settings.MAX.rpc)],
      [chain, chainId === undefined || settings.isChainId(chainId) ? null : { key: 'trust.wrong.chain' }],
      [contract, optional(contract, settings.accountProblem)],
      ...found.map(([view, { account }]) => [view.accountInput, account ? settings.accountProblem(account) : null]),
      [accreditors, firstOf(accounts, settings.accountProblem, settings.MAX.accreditors)],
      [node, optional(node, settings.urlProblem)],
    ].filter(([input, problem]) => showProblem(input, problem));
    if (wrong.length > 0) {
      announce(t('trust.wrong'));
      wrong[0][0].focus();
      return;
    }
    const issuers = found.map(([, pair]) => pair);
    onSave({
      rpc: urls,
      chainId,
      contract: contract.value.trim(),
      issuers,
      accreditors: accounts,
      node: node.value.trim(),
      only: only.checked,
    });
  };

  return el(
    'form',
    { class: 'sources', id: 'sources', onsubmit: save, novalidate: true },
    el('h3', {}, t('trust.change.heading')),
    el('p', { class: 'hint', id: 'kept' }, t(isKeeping ? 'trust.change.kept' : 'trust.change.unkept')),
    field('rpc', 'trust.field.rpc', rpc, 'trust.field.rpc.hint'),
    field('chain', 'trust.field.chain', chain, 'trust.field.chain.hint'),
    el(
      'datalist',
      { id: 'chains' },
      known().map(([id, name]) => el('option', { value: id }, name)),
    ),
    field('contract', 'trust.field.contract', contract),
    el(
      'fieldset',
      {},
      el('legend', {}, t('trust.issuers')),
      pairs,
      button(t('trust.field.issuer.add'), add, { symbol: 'add', id: 'add-issuer' }),
    ),
    field('accreditors', 'trust.field.accreditors', accreditors),
    field('node', 'trust.field.node', node),
    el('label', { class: 'switch' }, only, el('span', {}, t('trust.field.only'))),
    el(
      'div',
      { class: 'actions' },
      el('button', { class: 'button primary', type: 'submit' }, t('trust.save')),
      button(t('trust.reset'), onReset, { kind: 'quiet', id: 'reset-sources' }),
    ),
  );
}

/* -- the panels --------------------------------------------------------------------------------------------------- */

/* isOpen: whether the list is open; isChanging: whether the form is. */
export function trustView(isOpen, isChanging, handlers) {
  return el(
    'section',
    { class: 'panel trust', id: 'sources-panel', 'aria-labelledby': 'trust-heading' },
    el(
      'details',
      { class: 'rests', id: 'rests', open: isOpen || isChanging },
      el('summary', {}, el('h2', { id: 'trust-heading' }, t('trust.heading'))),
      el('p', { class: 'prose' }, t('trust.lead')),
      el('dl', { class: 'rows', id: 'sources-in-force' }, pageRow(), sourceRows(settings.sources())),
      el(
        'details',
        { class: 'change screen-only', open: isChanging, id: 'change-sources' },
        el('summary', {}, el('span', { class: 'button' }, t('trust.change'))),
        formView(handlers),
      ),
    ),
  );
}

/* Asks the reader for a provider if none is known. receipt, if any, says on which chain the record is. */
export function askView(receipt, { onSave }) {
  const input = line('', { id: 'ask-rpc', inputmode: 'url', 'aria-describedby': 'ask-wrong', placeholder: 'https://' });
  const view = el(
    'form',
    {
      class: 'panel ask',
      id: 'ask',
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        const url = input.value.trim();
        if (showProblem(input, settings.urlProblem(url))) input.focus();
        else onSave({ ...settings.ownSources(), rpc: [url] });
      },
    },
    el('h2', {}, t('trust.ask.heading')),
    el(
      'p',
      { class: 'prose' },
      t('trust.ask.text'),
      receipt && [' ', t('trust.ask.receipt', { chain: chainName(receipt.anchor.chainId) })],
    ),
    el('label', { for: 'ask-rpc' }, t('trust.ask.label')),
    el(
      'div',
      { class: 'line' },
      input,
      el('button', { class: 'button primary', type: 'submit' }, t('trust.ask.go')),
      el('p', { class: 'wrong', id: 'ask-wrong' }),
    ),
  );
  return view;
}
