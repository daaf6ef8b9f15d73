/*
 * Where the page needs the reader to go on: hosts of issuers that it may not ask yet, and what only a node can check,
 * because a host does not allow browsers or a browser can't compute a signature. What the node then says is its word, and
 * is shown as such: it never becomes the page's own answer.
 */
import { toneOf, wordOf } from './answer.mjs';
import { readAll } from './bounded.mjs';
import { button, el, plain } from './dom.mjs';
import { hostsOf } from './hosts.mjs';
import { icon } from './icons.mjs';
import { has, listOf, t } from './language.mjs';
import { bundle } from './share.mjs';

const TIMEOUT_MS = 60_000;
const MAX_REPORT = 262_144;

/* Asks the reader whether the hosts may be asked; null if all were. */
export function hostsView({ report }, { onAllow }) {
  const hosts = hostsOf(report, 'unasked');
  if (hosts.length === 0) return null;
  const named = listOf(hosts);
  return el(
    'section',
    { class: 'panel ask screen-only', id: 'ask-hosts', 'aria-labelledby': 'ask-hosts-heading' },
    el('h2', { id: 'ask-hosts-heading' }, t('hosts.heading', { hosts: named })),
    el('p', { class: 'prose' }, t('hosts.text', { hosts: named })),
    button(t('hosts.ask', { hosts: named }), () => onAllow(hosts), { kind: 'primary', id: 'allow-hosts' }),
  );
}

/* -- the node's word ---------------------------------------------------------------------------------------------- */

/* Why the page itself can't go on, as a sentence; null: it can. */
function obstacle(report) {
  const hosts = hostsOf(report, 'withheld');
  if (hosts.length > 0) return t('opinion.hosts', { hosts: listOf(hosts) });
  const proof = report.checks.find(({ check }) => check === 'proof');
  return proof.code === 'proof_no_crypto' ? t('opinion.crypto') : null;
}

/* What is sent: the badge, and the receipt if there is one. */
function bodyOf({ subject, label, receipts }) {
  const isInside = label === 'jcs' || label === 'compact';
  if (subject.isBundle || receipts.length === 0 || !isInside) return subject.credential;
  return new TextEncoder().encode(bundle(subject.inner, label, receipts));
}

/* Returns the node's report. Throws if it gives none. */
async function askNode(url, outcome) {
  const body = bodyOf(outcome);
  const isJson = body[0] === 0x7b;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': isJson ? 'application/json' : 'application/octet-stream' },
    body,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
  const report = JSON.parse(new TextDecoder().decode(await readAll(response.body, MAX_REPORT, 'longer than any report')));
  if (typeof report.sentence !== 'string' || !has(`verdict.${report.verdict}.word`)) throw new Error('not a report');
  return report;
}

function wordView({ verdict, sentence }, host) {
  return el(
    'div',
    { class: 'opinion', 'data-node-verdict': verdict, 'data-tone': toneOf(verdict) },
    icon(verdict),
    el(
      'div',
      {},
      el('p', { class: 'opinion-word' }, t('opinion.answer', { host, word: wordOf(verdict) })),
      el('p', { lang: 'en', dir: 'ltr' }, plain(sentence, 400)),
      el('p', { class: 'hint' }, t('opinion.word', { host })),
    ),
  );
}

/*
 * Offers to ask the node; null where the page needs no help, or has no node or badge. url: of the node's verification.
 */
export function opinionView(outcome, { url, announce }) {
  const why = obstacle(outcome.report);
  if (!why || !url || !outcome.subject.credential) return null;
  const { host } = new URL(url);
  const place = el('div', {});
  const ask = async () => {
    place.replaceChildren(el('p', { 'aria-busy': 'true' }, t('opinion.busy', { host })));
    try {
      outcome.opinion = await askNode(url, outcome);
      place.replaceChildren(wordView(outcome.opinion, host));
      announce(`${t('opinion.answer', { host, word: wordOf(outcome.opinion.verdict) })} ${t('opinion.word', { host })}`);
    } catch {
      place.replaceChildren(el('p', {}, t('opinion.failed', { host })), again());
      announce(t('opinion.failed', { host }));
    }
  };
  const again = () => button(t('opinion.ask', { host }), ask, { kind: 'screen-only', id: 'ask-node' });
  place.append(outcome.opinion ? wordView(outcome.opinion, host) : again());
  return el(
    'section',
    { class: 'panel ask', id: 'opinion', 'aria-labelledby': 'opinion-heading' },
    el('h2', { id: 'opinion-heading' }, t('opinion.heading')),
    el('p', { class: 'prose' }, [why, t('opinion.offer', { host })].join(' ')),
    place,
  );
}
