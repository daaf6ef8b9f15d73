/*
 * How the document was presented: by whom, in answer to which challenge, and whether the presentation's own signature
 * holds. It decides nothing of the badge. data-presentation is the outcome, for programs that read the page.
 */
import { code, data, el } from './dom.mjs';
import { icon } from './icons.mjs';
import { t } from './language.mjs';

const WORDS = {
  passed: 'presentation.passed',
  failed: 'presentation.failed',
  unknown: 'presentation.unknown',
};

const wordsOf = ({ outcome, code: found }) => t(found === 'no_proof' ? 'presentation.unsigned' : WORDS[outcome]);

/* What it states is shown where the signature does not hold too, beside what was found of that. */
const stated = (label, value) => value && el('p', {}, label, ' ', value);

/* Null if the document was not in a presentation. */
export function presentationView({ report: { presentation } }) {
  if (!presentation) return null;
  const { holder, challenge, domain, proof } = presentation;
  const item = el(
    'li',
    { class: 'check', 'data-presentation': proof.outcome, 'data-code': proof.code, 'data-shown': proof.outcome },
    icon(proof.outcome),
    el(
      'div',
      {},
      el('h3', {}, el('span', {}, t('check.proof')), el('span', { class: 'outcome' }, t(`outcome.${proof.outcome}`))),
      el('p', {}, wordsOf(proof)),
      stated(t('presentation.holder'), holder && code(holder, 300)),
      stated(t('presentation.challenge'), challenge && data(challenge, 300)),
      stated(t('presentation.domain'), domain && data(domain, 300)),
      el('p', { class: 'detail', lang: 'en', dir: 'ltr' }, el('code', {}, `presentation: ${proof.code}`)),
    ),
  );
  return el(
    'section',
    { class: 'panel', id: 'presentation', 'aria-labelledby': 'presentation-heading' },
    el('h2', { id: 'presentation-heading' }, t('presentation.heading')),
    el('ul', { class: 'checks' }, item),
  );
}
