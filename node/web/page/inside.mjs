/*
 * What is inside of the record: the credentials of a transcript or a presentation and endorsements, each with the verdict
 * on it alone, those inside of it below it. data-inside is the verdict, for programs that read the page.
 */
import { checkView, sentenceOf, toneOf, wordOf } from './answer.mjs';
import { data, el, plain } from './dom.mjs';
import { icon } from './icons.mjs';
import { t } from './language.mjs';
import { addressOf, checkOf } from './report.mjs';
import { textOf } from './summary.mjs';

const N_SHOWN = 12;
const MAX_NAME = 200;
const BAD = ['bad', 'warn'];

/* The list as a tree: {item, report, inside}. */
function treeOf({ report, insideReports }) {
  const top = [];
  const path = [{ inside: top }];
  for (const item of report.inside) {
    const node = { item, report: insideReports.get(item), inside: [] };
    path.length = item.level;
    path.at(-1).inside.push(node);
    path.push(node);
  }
  return top;
}

const toneOfNode = ({ item }) => toneOf(item.judged ? item.verdict : null);

function nameOf({ item, report }) {
  const name = textOf(report?.summary?.credential?.name ?? null, MAX_NAME) ?? (item.name && plain(item.name, MAX_NAME));
  return name || t(item.kind === 'endorsement' ? 'inside.endorsement' : 'badge.unnamed');
}

/* By whom, as it says itself; where the issuer's signature counts, the address that was compared. */
function issuerOf({ item, report }) {
  const name = textOf(report?.summary?.credential?.issuer?.name ?? null, MAX_NAME);
  const isSigned = report && checkOf(report, 'issuer').by !== undefined && report.verdict === 'signed';
  const id = isSigned ? addressOf(report) : item.issuer && plain(item.issuer, MAX_NAME);
  if (!name && !id) return null;
  const issuer = name && id ? `${name} (${id})` : (name ?? id);
  return t(item.kind === 'endorsement' ? 'inside.endorsed' : 'inside.issued', { issuer });
}

function wordsOf(report) {
  if (!report) return el('p', { class: 'prose' }, t('inside.unjudged.text'));
  return [
    el('p', { class: 'prose' }, sentenceOf(report)),
    el('ul', { class: 'checks' }, report.checks.map((one) => checkView(one, 'inside-check'))),
  ];
}

/* Its sentence and checks are made once it is opened: there may be hundreds. */
function nodeView(node) {
  const { item, report, inside } = node;
  const verdict = report ? item.verdict : null;
  const words = el('div', { class: 'inside-words' });
  const onToggle = () => words.childElementCount > 0 || words.append(...[wordsOf(report)].flat());
  return el(
    'li',
    { 'data-inside': verdict ?? 'unjudged', 'data-kind': item.kind, 'data-level': String(item.level) },
    el(
      'details',
      { class: 'group inside-one', 'data-tone': toneOfNode(node), ontoggle: onToggle },
      el(
        'summary',
        {},
        icon(verdict ?? 'unverifiable'),
        el(
          'span',
          { class: 'group-words' },
          el(
            'h3',
            {},
            data(nameOf(node), MAX_NAME),
            el('span', { class: 'outcome' }, verdict ? wordOf(verdict) : t('inside.unjudged')),
          ),
          el('span', { class: 'under' }, issuerOf(node)),
        ),
      ),
      words,
    ),
    inside.length > 0 && listView(inside),
  );
}

/* Some are shown at once, the rest on demand, or at once too if one of them does not hold. */
function listView(nodes) {
  const list = (some) => el('ul', { class: 'inside' }, some.map(nodeView));
  const rest = nodes.slice(N_SHOWN);
  if (rest.length === 0) return list(nodes);
  const open = rest.some((node) => BAD.includes(toneOfNode(node)));
  return [
    list(nodes.slice(0, N_SHOWN)),
    el('details', { class: 'inside-rest', open }, el('summary', {}, t('badge.more', { n: rest.length })), list(rest)),
  ];
}

/* Null if nothing is inside. */
export function insideView(outcome) {
  return (
    outcome.report.inside.length > 0 &&
    el(
      'section',
      { class: 'panel', id: 'inside', 'aria-labelledby': 'inside-heading' },
      el('h2', { id: 'inside-heading' }, t('inside.heading')),
      listView(treeOf(outcome)),
    )
  );
}
