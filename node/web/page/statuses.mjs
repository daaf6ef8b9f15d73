/*
 * What each status list says that the badge names, as of when, and whether it is a list that its site alone answers for.
 * data-status is the purpose, for programs that read the page.
 */
import { code, data, el, plain } from './dom.mjs';
import { icon } from './icons.mjs';
import { has, moment, t } from './language.mjs';

const PURPOSES = {
  revocation: 'statuses.revocation',
  suspension: 'statuses.suspension',
  refresh: 'statuses.refresh',
  message: 'statuses.message',
};

function purposeOf({ purpose }) {
  if (Object.hasOwn(PURPOSES, purpose ?? '')) return t(PURPOSES[purpose]);
  return purpose ? data(purpose) : t('check.status');
}

/* The check's own sentence may be about the badge itself; here it is the list's word. */
function wordsOf({ code: found, detail }) {
  if (found === 'status_revoked') return t('statuses.revoked');
  const key = `code.status.${found}`;
  return has(key) ? t(key) : plain(detail, 300);
}

function statusView(status) {
  const { purpose, list, outcome, code: found, message, bySiteAlone, readAt } = status;
  return el(
    'li',
    { class: 'check', 'data-status': purpose ?? '', 'data-code': found, 'data-shown': outcome },
    icon(outcome),
    el(
      'div',
      {},
      el('h3', {}, el('span', {}, purposeOf(status)), el('span', { class: 'outcome' }, t(`outcome.${outcome}`))),
      el('p', {}, wordsOf(status)),
      message && el('p', {}, t('statuses.says'), ' ', data(message)),
      list && el('p', {}, t('statuses.list'), ' ', code(list, 300)),
      readAt && el('p', {}, t('statuses.time', { time: moment(new Date(readAt), 'UTC') })),
      bySiteAlone && el('p', {}, t('statuses.alone')),
    ),
  );
}

/* Null if the badge names no list, or none was looked up. */
export function statusesView({ report: { statuses } }) {
  return (
    statuses.length > 0 &&
    el(
      'section',
      { class: 'panel', id: 'statuses', 'aria-labelledby': 'statuses-heading' },
      el('h2', { id: 'statuses-heading' }, t('statuses.heading')),
      el('ul', { class: 'checks' }, statuses.map(statusView)),
    )
  );
}
