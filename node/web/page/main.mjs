/*
 * The verifier page: verifies the input in the browser and shows the result. One check runs at a time; new input
 * replaces it. Everything is drawn from `state`, so a change of language draws it again.
 */
import { badgeView, thumbnailView } from './badge.mjs';
import { checksView, proofsView, recordView, sentenceOf, toneOf, verdictView, wordOf } from './answer.mjs';
import { check } from './check.mjs';
import { button, byId, data, el, plain } from './dom.mjs';
import { allowHosts, hostsOf } from './hosts.mjs';
import { icon } from './icons.mjs';
import { insideView } from './inside.mjs';
import { listen } from './intake.mjs';
import { hostsView, opinionView } from './keys.mjs';
import { current, listOf, NAMES, size, setLanguage, switchTo, t, translate } from './language.mjs';
import { linkIn } from './links.mjs';
import { presentationView } from './presentation.mjs';
import { takeSecret } from './publish.mjs';
import { fetchRelations, relationsView } from './relations.mjs';
import { namesView } from './names.mjs';
import { rulesView } from './rules.mjs';
import * as settings from './settings.mjs';
import { shareView } from './sharing.mjs';
import { annexHeading, sheetView } from './sheet.mjs';
import { statusesView } from './statuses.mjs';
import { fromDigest, fromFiles, fromFragments, fromPublished, fromText, UserError } from './subject.mjs';
import { textOf } from './summary.mjs';
import { askView, trustView, whose } from './trust.mjs';

const state = {
  phase: 'empty', // empty, busy, done, failed
  progress: null, // {key, values} while busy
  subject: null,
  outcome: null, // {subject, report, insideReports, digest, label, receipts, notices, time, relations} once done
  error: null, // {key, values} once failed
  linked: null, // the digest that the address names
  isChanging: false, // whether the form of sources is open
};
let running = null; // the AbortController of the check that runs
let imageUrl = null; // the address of the image that is shown

/* -- messages ----------------------------------------------------------------------------------------------------- */

function announce(text) {
  const status = byId('status');
  status.textContent = '';
  requestAnimationFrame(() => (status.textContent = text));
}

const say = ({ key, values = {} }) => t(key, typeof values.max === 'number' ? { max: size(values.max) } : values);

/* -- drawing ------------------------------------------------------------------------------------------------------ */

const handlers = { onSave: changeSources, onReset: resetSources, announce };

function busyView() {
  return el(
    'section',
    { class: 'verdict', 'data-tone': 'calm', 'aria-busy': 'true', id: 'busy' },
    el('div', { class: 'verdict-icon spinner' }),
    el(
      'div',
      { class: 'verdict-words' },
      el('p', { class: 'word', id: 'progress' }, say(state.progress)),
      el('p', { class: 'advice', id: 'answers' }),
    ),
    button(t('busy.cancel'), cancel, { kind: 'quiet', id: 'cancel' }),
  );
}

function errorView() {
  return el(
    'section',
    { class: 'verdict', 'data-tone': 'bad', id: 'trouble', 'aria-labelledby': 'trouble-heading' },
    el('div', { class: 'verdict-icon' }, icon('error')),
    el(
      'div',
      { class: 'verdict-words' },
      el('h2', { id: 'trouble-heading', tabindex: '-1' }, t('error.heading')),
      el('p', { class: 'sentence' }, say(state.error)),
    ),
  );
}

function noticesView({ notices }) {
  return (
    notices.length > 0 &&
    el(
      'ul',
      { class: 'notices', id: 'notices' },
      notices.map((one) => el('li', { 'data-notice': one.key }, icon('unknown'), el('span', {}, say(one)))),
    )
  );
}

/* Empty until the node has answered, and where it says nothing. */
function relationsPlace({ relations }) {
  const urlOf = (digest) => settings.nodeUrl(`c/${digest}`);
  const view = relations && relationsView(relations, new URL(settings.nodeUrl('')).host, urlOf);
  return el('div', { id: 'relations' }, view);
}

/* If there is little to show of the badge, the record is below it. */
function besideView(outcome) {
  const isLong = (outcome.report.summary?.credential ?? null) !== null;
  const badge = badgeView(outcome, imageUrl);
  const record = recordView(outcome);
  const checks = checksView(outcome);
  const more = [proofsView(outcome), statusesView(outcome), presentationView(outcome)];
  const [start, end] = isLong ? [[badge], [checks, more, record]] : [[badge, record], [checks, more]];
  return el('div', { class: 'beside' }, el('div', { class: 'column' }, start), el('div', { class: 'column' }, end));
}

function doneView() {
  const { outcome } = state;
  const { receipt, verdict } = outcome.report;
  const isUnasked = settings.sources().rpc.value.length === 0 && (receipt !== null || verdict !== 'signed');
  return [
    verdictView(outcome, {
      by: whose(settings.sources().rpc.from),
      names: namesView(outcome),
      picture: thumbnailView(outcome, imageUrl),
      onAgain: again,
      onSources: showSources,
    }),
    relationsPlace(outcome),
    noticesView(outcome),
    hostsView(outcome, { onAllow }),
    opinionView(outcome, { url: settings.nodeUrl('v1/verify'), announce }),
    sheetView(outcome, imageUrl),
    annexHeading(),
    insideView(outcome),
    isUnasked && askView(receipt, handlers),
    besideView(outcome),
    shareView(outcome, announce),
    rulesView(outcome),
  ];
}

function onAllow(hosts) {
  allowHosts(hosts);
  again();
}

/* A line that is truncated at the card's edge; its title has all of it. */
const cardLine = (text, kind) =>
  text && el('p', { class: `card-line ${kind}`, title: plain(text, 500) }, data(text, 500));

/* The issuer's id has a line of its own: it was verified, while a name proves nothing. */
function cardWords(word, sentence, summary) {
  const { credential } = summary ?? {};
  return el(
    'div',
    { class: 'card-words' },
    el('h1', { class: 'word' }, word),
    cardLine(textOf(credential?.name), 'card-name'),
    cardLine(textOf(credential?.issuer?.name), 'under'),
    credential && cardLine(summary.issuerId, 'under'),
    sentence && el('p', { class: 'sentence' }, sentence),
  );
}

/* The hosts that may not be asked yet; null if none is left. */
function cardAsk({ report }) {
  const hosts = hostsOf(report, 'unasked');
  if (hosts.length === 0) return null;
  const named = listOf(hosts);
  const title = t('hosts.text', { hosts: named });
  const more = { type: 'button', class: 'card-ask plain-link', title, onclick: () => onAllow(hosts) };
  return el('button', more, t('hosts.ask', { hosts: named }));
}

/* The card for other web pages: the answer, and a link to the full check. */
function cardView() {
  const { outcome, phase } = state;
  if (phase === 'empty') return [];
  const verdict = phase === 'done' ? outcome.report.verdict : undefined;
  const address = state.linked && settings.nodeUrl(`c/${state.linked}`);
  const words = {
    busy: () => cardWords(say(state.progress), null, null),
    failed: () => cardWords(t('error.heading'), say(state.error), null),
    done: () => cardWords(wordOf(verdict), sentenceOf(outcome.report), outcome.report.summary),
  };
  return el(
    'section',
    {
      class: 'card',
      'data-tone': phase === 'failed' ? 'bad' : toneOf(verdict),
      'data-verdict': verdict,
      'data-digest': verdict && outcome.report.digest,
      'aria-busy': phase === 'busy',
    },
    el('div', { class: 'verdict-icon' }, phase === 'busy' ? el('span', { class: 'spinner' }) : icon(verdict ?? 'error')),
    words[phase](),
    el(
      'div',
      { class: 'card-ends' },
      address &&
        el(
          'a',
          { class: 'card-link', href: address + location.hash, target: '_blank', rel: 'noopener' },
          el('span', {}, t('embed.full')),
          icon('outward'),
        ),
      phase === 'done' && cardAsk(outcome),
    ),
  );
}

function answerView() {
  if (state.phase === 'busy') return busyView();
  if (state.phase === 'failed') return errorView();
  return state.phase === 'done' ? doneView() : [];
}

function showSources() {
  byId('rests').open = true;
  byId('rests').querySelector('summary').focus();
}

/* Whether the answer depends on a source that the reader can change: then the sources are open. */
function restsOnSources({ decidedBy, checks }) {
  const deciding = checks.find(({ check }) => check === decidedBy);
  const isAsked = ['registry', 'anchor', 'withdrawn', 'revoked'].includes(decidedBy) && deciding.outcome === 'unknown';
  return isAsked || decidedBy === 'issuer';
}

/* Once there is something to show, it comes first, and the place for another file after it. */
function placeIntake() {
  const intake = byId('intake');
  const isAfter = state.phase !== 'empty';
  if ((byId('answer').nextElementSibling === intake) === isAfter) return;
  const focused = intake.contains(document.activeElement) && document.activeElement;
  if (isAfter) byId('answer').after(intake);
  else byId('status').before(intake);
  if (focused) focused.focus({ preventScroll: true });
}

function draw() {
  const answer = settings.isEmbedded ? cardView() : answerView();
  byId('app').dataset.phase = state.phase;
  byId('answer').replaceChildren(...[answer].flat().filter(Boolean));
  placeIntake();
  byId('how').hidden = state.phase !== 'empty';
  const isTouched = matchMedia('(pointer: coarse)').matches; // nothing can be dragged with a finger
  byId('drop-title').textContent = t(state.phase === 'empty' ? 'intake.drop' : 'intake.another');
  byId('drop-title').hidden = isTouched && state.phase === 'empty';
  byId('choose').textContent = t(isTouched && state.phase === 'empty' ? 'intake.choose.sent' : 'intake.choose');
  drawSources();
}

function drawSources() {
  if (settings.isEmbedded) return;
  const isDone = state.phase === 'done';
  const view = trustView(isDone && restsOnSources(state.outcome.report), state.isChanging, handlers);
  const change = view.querySelector('#change-sources');
  change.addEventListener('toggle', () => (state.isChanging = change.open));
  byId('trust').replaceChildren(view);
}

function drawAll() {
  translate(document);
  draw();
}

/* -- checking ----------------------------------------------------------------------------------------------------- */

function progress(key, values) {
  if (key === 'busy.answers') {
    const answers = byId('answers');
    if (answers) answers.textContent = t(key, values);
    return;
  }
  state.progress = { key, values };
  announce(say(state.progress));
  if (byId('progress')) byId('progress').textContent = say(state.progress);
  else draw();
}

function errorOf(error) {
  if (error instanceof UserError) return { key: error.key, values: error.values };
  if (typeof WebAssembly === 'undefined') return { key: 'error.browser' };
  return { key: 'error.unexpected', values: { reason: error?.message ?? String(error) } };
}

function showImage(image) {
  if (imageUrl) URL.revokeObjectURL(imageUrl);
  imageUrl = image ? URL.createObjectURL(image) : null;
}

/* Notices for the reader about the input. */
function noticesOf({ subject, digest }, left) {
  const notices = subject.notice ? [subject.notice] : [];
  if (left > 0) notices.push({ key: 'notice.several', values: { n: left } });
  if (state.linked && digest && digest !== state.linked && !subject.linked) notices.push({ key: 'notice.other' });
  if (subject.linked && !subject.credential) notices.push({ key: 'intake.awaited' });
  return notices;
}

/* make returns {subject, left}. isMoving: whether the focus moves to the answer. */
async function run(make, isMoving) {
  running?.abort();
  const control = (running = new AbortController());
  state.phase = 'busy';
  state.progress = { key: 'busy.reading' };
  draw();
  try {
    const { subject, left = 0, isAfresh = false } = await make();
    const found = await check(subject, {
      sources: settings.sources(),
      receiptUrl: (digest) => settings.nodeUrl(`v1/credentials/${digest}/receipt`),
      signal: control.signal,
      isAfresh,
      onProgress: (key, values) => running === control && progress(key, values),
    });
    if (running !== control) return;
    if (subject.linked && subject.credential && subject.linked !== found.digest)
      throw new UserError('error.contradiction');
    subject.digest = found.digest;
    showImage(subject.image);
    state.subject = subject;
    state.outcome = {
      ...found,
      subject,
      time: new Date(),
      notices: [...noticesOf({ subject, digest: found.digest }, left), ...found.notices],
    };
    finish('done', isMoving);
    askRelations(state.outcome);
  } catch (error) {
    if (running !== control) return;
    state.error = errorOf(error);
    finish('failed', isMoving);
  }
}

function finish(phase, isMoving) {
  running = null;
  state.phase = phase;
  draw();
  if (phase === 'failed') announce(say(state.error));
  else
    announce(
      t('verdict.announce', {
        word: wordOf(state.outcome.report.verdict),
        sentence: sentenceOf(state.outcome.report),
      }),
    );
  if (isMoving) byId(phase === 'failed' ? 'trouble-heading' : 'verdict-heading')?.focus();
}

async function askRelations(outcome) {
  const url = outcome.digest && !settings.isEmbedded ? settings.nodeUrl(`v1/credentials/${outcome.digest}`) : null;
  outcome.relations = url && (await fetchRelations(url));
  if (state.outcome === outcome && state.phase === 'done') byId('relations')?.replaceWith(relationsPlace(outcome));
}

function cancel() {
  running?.abort();
  running = null;
  state.phase = state.outcome ? 'done' : 'empty';
  draw();
  announce(t('busy.cancelled'));
  byId('choose').focus();
}

function again() {
  run(async () => ({ subject: state.subject, isAfresh: true }), true);
}

/* -- sources ------------------------------------------------------------------------------------------------------ */

function sourcesChanged(text) {
  state.isChanging = false;
  drawSources();
  if (state.subject) again();
  else byId('rests').querySelector('summary').focus();
  announce(text);
}

function changeSources(value) {
  const isKept = settings.setOwn(value);
  sourcesChanged(t(isKept ? 'trust.saved' : 'trust.unsaved'));
}

function resetSources() {
  settings.forgetOwn();
  sourcesChanged(t('trust.was.reset'));
}

/* -- printing ----------------------------------------------------------------------------------------------------- */

/* On paper nothing can be unfolded. */
function unfold({ matches: isPrinted }) {
  for (const one of document.querySelectorAll('.group:not(.inside-one), .inside-rest, .rests')) {
    if (isPrinted && !one.open) one.dataset.unfolded = 'true';
    if (isPrinted || one.dataset.unfolded) one.open = isPrinted;
    if (!isPrinted) delete one.dataset.unfolded;
  }
}

/* -- beginning ---------------------------------------------------------------------------------------------------- */

/* The badge in the fragment, else the one that its holder shows here, else the digest that the address names. */
async function followLink() {
  const { linked, fragments } = linkIn(location.href);
  const isBroken = settings.isLinkBroken && !linked;
  state.linked = settings.namedDigest ?? (settings.isLinkBroken ? linked : null);
  if (fragments.length > 0)
    await run(async () => ({ subject: await fromFragments(fragments, state.linked) }), false);
  else if (settings.publishedBadge !== null)
    await run(async () => ({ subject: fromPublished(settings.publishedBadge, state.linked) }), false);
  else if (state.linked) await run(async () => ({ subject: fromDigest(state.linked) }), false);
  else if (isBroken) await run(() => Promise.reject(new UserError('error.link')), false);
  else if (settings.isAddressUnknown) await run(() => Promise.reject(new UserError('error.missing')), false);
}

function offerLanguages() {
  const select = byId('language');
  select.append(...Object.entries(NAMES).map(([tag, name]) => el('option', { value: tag, lang: tag }, name)));
  select.value = current();
  select.addEventListener('change', () => {
    switchTo(select.value);
    drawAll();
  });
}

function begin() {
  byId('report')?.remove();
  takeSecret();
  setLanguage();
  offerLanguages();
  for (const node of document.querySelectorAll('[data-icon]')) node.append(icon(node.dataset.icon));
  document.body.classList.toggle('embedded', settings.isEmbedded);
  byId('home').href = settings.homeUrl();
  byId('app').hidden = false;
  drawAll();
  listen({
    onFiles: (files) => run(() => fromFiles(files, state.subject), true),
    onText: (text) => run(() => fromText(text, state.subject), true),
  });
  matchMedia('print').addEventListener('change', unfold);
  window.addEventListener('hashchange', () => {
    if (takeSecret()) draw();
    else if (/^#b=/.test(location.hash)) followLink();
  });
  followLink();
}

begin();
