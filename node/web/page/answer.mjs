/*
 * The answer: the verdict, a sentence for every check, and the record on the chain. All of it comes from the report;
 * this module only translates it. data-verdict, data-check, data-outcome and data-code are for programs that read the
 * page.
 */
import { explorerUrl, isTest, nameOf } from './chains.mjs';
import { button, code, data, el, link, plain, row } from './dom.mjs';
import { icon } from './icons.mjs';
import { dayOf, has, moment, number, t } from './language.mjs';

const TONE = {
  valid: 'good',
  recorded: 'recorded',
  invalid: 'bad',
  revoked: 'bad',
  withdrawn: 'bad',
  suspended: 'warn',
  expired: 'warn',
  not_yet_valid: 'warn',
  unknown_issuer: 'caution',
  pending: 'calm',
  anchored: 'calm',
  unverifiable: 'unknown',
};
export const wordOf = (verdict) => t(`verdict.${verdict}.word`);
export const toneOf = (verdict) => TONE[verdict] ?? 'unknown';

function labelOf({ check, outcome }) {
  if (check === 'anchor' && outcome === 'passed') return t('record.time');
  return (check === 'revoked' || check === 'withdrawn') && outcome === 'failed' ? wordOf(check) : null;
}

/* Why it was revoked, as the chain states it; null: it was not revoked, or for no stated reason. */
function reasonOf(check) {
  const key = `reason.${check.reason}`;
  return has(key) ? t(key) : null;
}

/* Events with the times that the chain states; the receipt's times are hints, and not used. */
function eventsOf(report) {
  return report.checks.flatMap((check) => {
    const label = labelOf(check);
    const { time, account } = check;
    return label && time ? [{ check, label, time: new Date(time), account, reason: reasonOf(check) }] : [];
  });
}

/* Of a document that is no more than recorded: by whom and when, which is all that is known. */
function recordedSentence(report) {
  const { issuer } = report.receipt.anchor;
  const named = plain(report.summary?.issuerId ?? '', 110);
  const [{ time }] = eventsOf(report);
  const account = named ? `${issuer} (${named})` : issuer;
  const isSigned = report.checks.some(({ code: found }) => found === 'proof_not_checked');
  const sentence = t('verdict.recorded.sentence', { account, time: moment(time, 'UTC') });
  return isSigned ? `${sentence} ${t('verdict.recorded.signed')}` : sentence;
}

export const sentenceOf = (report) =>
  report.verdict === 'recorded' ? recordedSentence(report) : t(`verdict.${report.verdict}.sentence`);

const timeView = (time) => el('time', { datetime: time.toISOString() }, moment(time, 'UTC'));

export function chainName(id) {
  const name = nameOf(id);
  const numbered = t('record.chain.number', { id: String(id) });
  return name ? `${name} (${numbered})` : numbered;
}

/* -- the verdict -------------------------------------------------------------------------------------------------- */

/* "On record since" the day; anything later with its time. */
function eventView({ check, label, time }) {
  const isRecord = check.check === 'anchor';
  return el(
    'p',
    { class: 'event' },
    el('span', { class: 'over' }, isRecord ? t('record.since') : label),
    isRecord ? el('time', { datetime: time.toISOString() }, dayOf(time)) : timeView(time),
  );
}

/*
 * by: who named the providers, on which the answer depends most. names: who issued what to whom. picture: a small one, for
 * windows in which the badge itself is further down. The heading gets the focus once there is an answer.
 */
export function verdictView({ report, time }, { by, names, picture, onAgain, onSources }) {
  const { verdict } = report;
  const reason = verdict === 'revoked' && report.checks.map(reasonOf).find(Boolean);
  return el(
    'section',
    {
      class: 'verdict',
      'data-verdict': verdict,
      'data-tone': toneOf(verdict),
      'data-digest': report.digest,
      'aria-labelledby': 'verdict-heading',
    },
    el('div', { class: 'verdict-icon' }, icon(verdict)),
    el(
      'h2',
      { id: 'verdict-heading', tabindex: '-1' },
      el('span', { class: 'over' }, t('verdict.heading')),
      el('span', { class: 'word' }, wordOf(verdict)),
    ),
    picture && el('div', { class: 'verdict-picture' }, picture),
    el(
      'div',
      { class: 'verdict-words' },
      names,
      el('p', { class: 'sentence' }, sentenceOf(report)),
      el('p', { class: 'advice' }, reason || t(`verdict.${verdict}.advice`)),
    ),
    el(
      'div',
      { class: 'verdict-when' },
      eventsOf(report).map(eventView),
      el('p', { class: 'checked' }, t('verdict.checked', { time: moment(time) })),
      by &&
        el(
          'p',
          { class: 'checked' },
          el('button', { type: 'button', class: 'plain-link', onclick: onSources }, t('trust.heading')),
          el('span', { class: 'under' }, by),
        ),
      button(t('verdict.again'), onAgain, { kind: 'quiet screen-only', symbol: 'again' }),
    ),
  );
}

/* -- the checks --------------------------------------------------------------------------------------------------- */

/* Their sentence alone does not say what to do: the engine's is shown with it. */
const NEEDS_DETAIL = ['document_unsupported'];

/* Each check is in one group; one that this page does not know is in the last. */
const GROUPS = [
  { name: 'unchanged', heading: 'group.unchanged', passed: 'group.unchanged.passed', has: ['digest', 'inclusion', 'registry', 'anchor'] },
  { name: 'issuer', heading: 'group.issuer', passed: 'code.issuer.issuer_bound', has: ['proof', 'issuer'] },
  { name: 'counts', heading: 'group.counts', passed: 'group.counts.passed', has: ['withdrawn', 'revoked', 'status', 'validity'] },
];
const groupOf = ({ check }) => GROUPS.find((group) => group.has.includes(check)) ?? GROUPS.at(-1);

const outcomeOf = ({ outcome, caution }) => (caution ? 'caution' : outcome);

/* For a code that this page does not know, the engine's own sentence is shown. */
function sentenceOfCheck(one) {
  const key = `code.${one.check}.${one.code}`;
  return has(key) ? [t(key), reasonOf(one)].filter(Boolean).join(' ') : null;
}

function checkView(one) {
  const { check, outcome, code: found, detail } = one;
  const name = has(`check.${check}`) ? t(`check.${check}`) : plain(check);
  const sentence = sentenceOfCheck(one);
  return el(
    'li',
    {
      class: 'check',
      'data-check': check,
      'data-outcome': outcome,
      'data-code': found,
      'data-shown': outcomeOf(one),
    },
    icon(outcomeOf(one)),
    el(
      'div',
      {},
      el('h4', {}, el('span', {}, name), el('span', { class: 'outcome' }, t(`outcome.${outcomeOf(one)}`))),
      el('p', sentence ? {} : { lang: 'en', dir: 'ltr' }, sentence ?? plain(detail, 500)),
      el(
        'p',
        { class: 'detail', lang: 'en', dir: 'ltr', 'data-needed': NEEDS_DETAIL.includes(found) },
        plain(detail, 500),
        ' ',
        el('code', {}, `${check}: ${found}`),
      ),
    ),
  );
}

/*
 * The check that stands for its group: the one that decided, else the first that failed, is unknown or a caution; null
 * if all have passed. A signature that is missing or was not looked at does not stand for the group: it never decides.
 */
function foremost(checks, decidedBy) {
  const open = checks.filter(({ check, outcome }) => outcome === 'failed' || (outcome === 'unknown' && check !== 'proof'));
  const of = (shown) => open.find((one) => outcomeOf(one) === shown);
  return checks.find(({ check }) => check === decidedBy) ?? of('failed') ?? of('unknown') ?? of('caution') ?? null;
}

/* Open if the deciding check is in it. */
function groupView(group, report) {
  const checks = report.checks.filter((one) => groupOf(one) === group);
  const first = foremost(checks, report.decidedBy);
  const outcome = first ? outcomeOf(first) : 'passed';
  return el(
    'details',
    {
      class: 'group',
      'data-group': group.name,
      'data-shown': outcome,
      open: checks.some(({ check }) => check === report.decidedBy),
    },
    el(
      'summary',
      {},
      icon(outcome),
      el(
        'span',
        { class: 'group-words' },
        el('h3', {}, el('span', {}, t(group.heading)), el('span', { class: 'outcome' }, t(`outcome.${outcome}`))),
        el('span', { class: 'under' }, first ? (sentenceOfCheck(first) ?? plain(first.detail, 500)) : t(group.passed)),
      ),
    ),
    el('ul', { class: 'checks' }, checks.map(checkView)),
  );
}

export function checksView({ report }) {
  const n = report.checks.filter(({ outcome }) => outcome === 'passed').length;
  const groups = el(
    'div',
    { class: 'groups', id: 'checks' },
    GROUPS.map((group) => groupView(group, report)),
  );
  const toggle = el('input', {
    type: 'checkbox',
    onchange: () => {
      groups.classList.toggle('with-details', toggle.checked);
      for (const group of groups.children) group.open ||= toggle.checked;
    },
  });
  return el(
    'section',
    { class: 'panel', 'aria-labelledby': 'checks-heading' },
    el(
      'div',
      { class: 'panel-head' },
      el('h2', { id: 'checks-heading' }, t('checks.heading')),
      el('p', { class: 'count' }, t('checks.passed', { n, total: report.checks.length })),
    ),
    groups,
    el('label', { class: 'switch screen-only' }, toggle, el('span', {}, t('checks.details'))),
  );
}

/* -- the record --------------------------------------------------------------------------------------------------- */

function explorerLink({ chainId, transaction }) {
  const url = explorerUrl(chainId, transaction);
  return url && el('span', { class: 'under' }, link(url, t('record.explorer', { host: new URL(url).host })));
}

export function recordView({ report, digest }) {
  const { receipt } = report;
  const { anchor, inclusion } = receipt ?? {};
  return el(
    'section',
    { class: 'panel', 'aria-labelledby': 'record-heading' },
    el('h2', { id: 'record-heading' }, t('record.heading')),
    el(
      'dl',
      { class: 'rows', id: 'record' },
      eventsOf(report).map((one) =>
        row(
          one.label,
          timeView(one.time),
          one.account && el('span', { class: 'under' }, code(one.account)),
          one.reason && el('span', { class: 'under' }, one.reason),
        ),
      ),
      anchor &&
        row(
          t('record.chain'),
          data(chainName(anchor.chainId)),
          isTest(anchor.chainId) && el('p', { class: 'caution' }, t('record.chain.test')),
        ),
      anchor && row(t('record.account'), code(anchor.issuer)),
      anchor?.transaction && row(t('record.transaction'), code(anchor.transaction), explorerLink(anchor)),
      inclusion &&
        row(
          t('record.place'),
          t('record.place.text', { index: number(inclusion.leafIndex + 1), size: number(inclusion.treeSize) }),
        ),
      anchor && row(t('record.contract'), code(anchor.contract)),
      digest && row(t('record.digest'), code(digest)),
      row(
        t('record.providers'),
        report.providers.length > 0
          ? el(
              'ul',
              { class: 'bare' },
              report.providers.map((one) => el('li', {}, code(one))),
            )
          : t('record.nobody'),
      ),
    ),
  );
}
