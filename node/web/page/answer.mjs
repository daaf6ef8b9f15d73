/*
 * The answer: the verdict, a sentence for every check, and the record on the chain. All of it comes from the report;
 * this module only translates it. data-verdict, data-check, data-outcome and data-code are for programs that read the
 * page.
 */
import { explorerUrl, isTest, nameOf } from './chains.mjs';
import { button, code, data, el, link, plain, row } from './dom.mjs';
import { icon } from './icons.mjs';
import { dayOf, has, listOf, moment, number, t } from './language.mjs';
import { addressOf, checkOf } from './report.mjs';

const TONE = {
  valid: 'good',
  signed: 'signed',
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
  const sentence = t('verdict.recorded.sentence', { account, time: moment(time, 'UTC') });
  if (checkOf(report, 'proof').outcome === 'passed') return `${sentence} ${t('verdict.recorded.holds')}`;
  return report.summary?.hasProof ? `${sentence} ${t('verdict.recorded.signed')}` : sentence;
}

/* -- where the issuer's signature counts, and not the record ------------------------------------------------------- */

const SIGNED = {
  invalid: 'signed.invalid',
  revoked: 'signed.revoked',
  expired: 'signed.expired',
  not_yet_valid: 'signed.not_yet_valid',
  unknown_issuer: 'signed.unknown_issuer',
  unverifiable: 'signed.unverifiable',
};

/* Whether the verdict is about the signature: it decided, or there is no receipt. */
function isOfSignature({ verdict, decidedBy, receipt, ...report }) {
  if (verdict === 'invalid') return decidedBy === 'proof';
  const isPassed = checkOf(report, 'proof').outcome === 'passed';
  return receipt === null && (verdict === 'unverifiable' ? !isPassed && report.proofs.length > 0 : isPassed);
}

const OF_THE_RECORD = ['digest', 'inclusion', 'registry', 'anchor', 'withdrawn', 'revoked'];
const NOT_FINAL = ['anchor_not_final', 'no_final_block', 'anchor_awaited'];

/* What is missing of the record. */
function missingOf(report) {
  if (checkOf(report, 'digest').code === 'no_receipt') return t('verdict.signed.unrecorded');
  if (OF_THE_RECORD.every((name) => checkOf(report, name).outcome === 'passed')) return t('verdict.signed.unbound');
  return t(NOT_FINAL.includes(checkOf(report, 'anchor').code) ? 'verdict.signed.pending' : 'verdict.signed.unconfirmed');
}

/* Who signed, and what is not known. Without a status of its own, nothing says that the badge is still in force. */
function signedSentence(report) {
  const { code: told } = checkOf(report, 'status');
  const sentences = [
    t('verdict.signed.sentence', { issuer: addressOf(report) }),
    missingOf(report),
    told === 'no_status' && t('verdict.signed.untold'),
    told === 'status_good' && t('verdict.signed.listed'),
    report.summary.isRecord && t('verdict.signed.nothing'),
  ];
  return sentences.filter(Boolean).join(' ');
}

/* What was found of the credentials inside, each by itself; null: there are none. */
export function insideSentence({ insideCounts: { count, hold, fail, open, more } }) {
  const parts = [
    hold > 0 && t('inside.hold', { n: hold }),
    fail > 0 && t('inside.fail', { n: fail }),
    open > 0 && t('inside.open', { n: open }),
  ];
  const found = listOf(parts.filter(Boolean));
  const sentences = [count > 0 && t('inside.sentence', { n: count, found }), more && t('inside.more')].filter(Boolean);
  return sentences.length > 0 ? sentences.join(' ') : null;
}

/* Whose word it is that a badge was taken back, where that is a list's; null: it is not. */
function listSentence({ decidedBy, statuses }) {
  const [list] = decidedBy === 'status' ? statuses.filter(({ outcome }) => outcome === 'failed') : [];
  return list ? t(list.bySiteAlone ? 'verdict.listed.alone' : 'verdict.listed') : null;
}

/* Of the document itself. */
function verdictSentence(report) {
  const { verdict, decidedBy } = report;
  const proof = checkOf(report, 'proof');
  if (verdict === 'recorded') return recordedSentence(report);
  if (verdict === 'signed') return signedSentence(report);
  if (decidedBy === 'proof' && verdict !== 'invalid') return t(`code.proof.${proof.code}`);
  if (decidedBy === 'status' && verdict === 'unverifiable') return t(`code.status.${checkOf(report, 'status').code}`);
  if (SIGNED[verdict] && isOfSignature(report)) return t(SIGNED[verdict]);
  const sentence = t(`verdict.${verdict}.sentence`);
  return verdict === 'valid' && proof.outcome !== 'passed' ? `${sentence} ${t('verdict.valid.unsigned')}` : sentence;
}

export const sentenceOf = (report) =>
  [verdictSentence(report), listSentence(report), insideSentence(report)].filter(Boolean).join(' ');

const adviceOf = (report) =>
  t(report.verdict === 'unknown_issuer' && isOfSignature(report) ? 'signed.advice' : `verdict.${report.verdict}.advice`);

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
      el('p', { class: 'advice' }, reason || adviceOf(report)),
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

/* Each check is in one group; one that this page does not know is in the last. passed: null: the last check's sentence. */
const GROUPS = [
  { name: 'unchanged', heading: 'group.unchanged', passed: 'group.unchanged.passed', has: ['digest', 'inclusion', 'registry', 'anchor'] },
  { name: 'issuer', heading: 'group.issuer', passed: null, has: ['proof', 'issuer'] }, // what binds the issuer
  { name: 'counts', heading: 'group.counts', passed: 'group.counts.passed', has: ['withdrawn', 'revoked', 'status', 'validity'] },
];
const groupOf = ({ check }) => GROUPS.find((group) => group.has.includes(check)) ?? GROUPS.at(-1);

const outcomeOf = ({ outcome, caution }) => (caution ? 'caution' : outcome);

/* For a code that this page does not know, the engine's own sentence is shown. */
function sentenceOfCheck(one) {
  const key = `code.${one.check}.${one.code}`;
  return has(key) ? [t(key), reasonOf(one)].filter(Boolean).join(' ') : null;
}

const sentenceOrDetail = (one) => sentenceOfCheck(one) ?? plain(one.detail, 500);

/* kind: as programs find it. */
export function checkView(one, kind = 'check') {
  const { check, outcome, code: found, detail } = one;
  const name = has(`check.${check}`) ? t(`check.${check}`) : plain(check);
  const sentence = sentenceOfCheck(one);
  return el(
    'li',
    {
      class: 'check',
      [`data-${kind}`]: check,
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
 * if all have passed. A signature that is not known to hold does not stand for the group where a record binds the issuer.
 */
function foremost(checks, decidedBy) {
  const open = checks.filter(({ check, outcome }) => outcome === 'failed' || (outcome === 'unknown' && check !== 'proof'));
  const of = (shown) => open.find((one) => outcomeOf(one) === shown);
  return checks.find(({ check }) => check === decidedBy) ?? of('failed') ?? of('unknown') ?? of('caution') ?? null;
}

/* The signature shows that the file is unchanged, whatever is not known of its record. */
const isKeptBySignature = (group, report, first) =>
  group.name === 'unchanged' &&
  first?.outcome === 'unknown' &&
  first.check !== report.decidedBy &&
  checkOf(report, 'proof').outcome === 'passed';

/* Open if the deciding check is in it. */
function groupView(group, report) {
  const checks = report.checks.filter((one) => groupOf(one) === group);
  const first = foremost(checks, report.decidedBy);
  const isKept = isKeptBySignature(group, report, first);
  const outcome = first && !isKept ? outcomeOf(first) : 'passed';
  const sentence = isKept
    ? t('group.unchanged.signed')
    : first || group.passed === null
      ? sentenceOrDetail(first ?? checks.at(-1))
      : t(group.passed);
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
        el('span', { class: 'under' }, sentence),
      ),
    ),
    el('ul', { class: 'checks' }, checks.map((one) => checkView(one))),
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

/* -- the signatures ----------------------------------------------------------------------------------------------- */

function proofView({ suite, controller, outcome, code: found, detail, ofIssuer }) {
  const key = `code.proof.${found}`;
  return el(
    'li',
    { class: 'check', 'data-proof': found, 'data-shown': outcome },
    icon(outcome),
    el(
      'div',
      {},
      el('h3', {}, code(suite || '?', 60), el('span', { class: 'outcome' }, t(`outcome.${outcome}`))),
      el('p', {}, has(key) ? t(key) : plain(detail, 300)),
      controller && el('p', {}, t('proofs.key'), ' ', code(controller)),
      !ofIssuer && el('p', {}, t('proofs.other')),
    ),
  );
}

/* Null if the badge carries no signature. */
export function proofsView({ report: { proofs } }) {
  return (
    proofs.length > 0 &&
    el(
      'section',
      { class: 'panel', id: 'proofs', 'aria-labelledby': 'proofs-heading' },
      el('h2', { id: 'proofs-heading' }, t('proofs.heading')),
      el('ul', { class: 'checks' }, proofs.map(proofView)),
    )
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
