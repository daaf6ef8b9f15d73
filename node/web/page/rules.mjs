/*
 * The panel for the issuer of the badge: which rules of its standard it breaks, and the elements of a European
 * micro-credential. It is folded, at the end, and says nothing of whether the badge is genuine. The sentences of single
 * rules are for developers, and in English.
 */
import { code, data, el, row } from './dom.mjs';
import { has, t } from './language.mjs';

const STANDARDS = {
  'ob-3.0': 'Open Badges 3.0',
  'clr-2.0': 'CLR 2.0',
  'ob-2.0': 'Open Badges 2.0',
  'vc-2.0': 'VC Data Model 2.0',
  'vc-1.1': 'VC Data Model 1.1',
  'blockcerts-3': 'Blockcerts 3',
  europass: 'European Learning Model',
};

function findingView({ code: found, pointer, detail, source }) {
  const key = `rules.code.${found}`;
  return el(
    'li',
    { 'data-rule': found },
    el('h4', {}, has(key) ? t(key) : code(found)),
    el('p', {}, pointer ? code(pointer, 500) : t('rules.whole')),
    el('p', { lang: 'en', dir: 'ltr' }, data(detail, 400)),
    el('p', { class: 'under', lang: 'en', dir: 'ltr' }, data(source, 200)),
  );
}

function findingsView(heading, findings, n) {
  const more = n - findings.length;
  return (
    n > 0 && [
      el('h3', {}, heading),
      el('ul', { class: 'findings' }, findings.map(findingView)),
      more > 0 && el('p', { class: 'under' }, t('rules.more', { n: more })),
    ]
  );
}

function elementsView(elements) {
  const stated = Object.entries(elements);
  const n = stated.filter(([, pointer]) => pointer !== null).length;
  return [
    el('h3', {}, t('rules.eu.heading')),
    el('p', { class: 'prose' }, t('rules.eu.text', { n, total: stated.length })),
    el(
      'dl',
      { class: 'rows' },
      stated.map(([name, pointer]) =>
        row(has(`rules.eu.${name}`) ? t(`rules.eu.${name}`) : name, pointer === null ? t('rules.eu.missing') : code(pointer, 500)),
      ),
    ),
  ];
}

/* Null if the badge is of no standard whose rules are known. */
export function rulesView({ report: { conformance } }) {
  const standard = STANDARDS[conformance?.profile];
  if (!standard) return null;
  const { errorCount, errors, warningCount, warnings, euMicrocredential } = conformance;
  const count = errorCount > 0 ? t('rules.broken', { n: errorCount, standard }) : t('rules.kept', { standard });
  return el(
    'details',
    { class: 'panel rules', id: 'rules', 'data-profile': conformance.profile },
    el('summary', {}, el('h2', {}, t('rules.heading')), ' ', el('span', { class: 'count' }, count)),
    el('p', { class: 'prose' }, t('rules.lead')),
    findingsView(t('rules.errors'), errors, errorCount),
    findingsView(t('rules.warnings'), warnings, warningCount),
    euMicrocredential && elementsView(euMicrocredential),
  );
}
