/*
 * The badge as it describes itself, beside the answer: the engine's summary of it. Every text in it is untrusted; no
 * image or page that it refers to is fetched.
 */
import { absentView } from './absent.mjs';
import { code, data, el, link, plain, row } from './dom.mjs';
import { icon } from './icons.mjs';
import { country, listOf, size, t } from './language.mjs';
import { creditsText, dateText, formatOf, inLanguage, textOf } from './summary.mjs';

const N_SHOWN = 12;
const MAX_TEXT = 4000;
const MAX_IMAGE = 6 << 20;
const IMAGE = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;
const EMAIL = /^[^\s@<>"?&]+@[^\s@<>"?&]+$/;

/* Some are shown at once, the rest on demand. */
function list(items, show, kind = 'bare') {
  const rest = items.slice(N_SHOWN);
  return [
    el(
      'ul',
      { class: kind },
      items.slice(0, N_SHOWN).map((one) => el('li', {}, show(one))),
    ),
    rest.length > 0 &&
      el(
        'details',
        {},
        el('summary', {}, t('badge.more', { n: rest.length })),
        el(
          'ul',
          { class: kind },
          rest.map((one) => el('li', {}, show(one))),
        ),
      ),
  ];
}

/* A text in the reader's language, where the badge has it. */
function words(text, max) {
  const found = inLanguage(text, max);
  return found && data(found.text, max, found.lang);
}

function paragraph(text) {
  const found = inLanguage(text, MAX_TEXT);
  return found && el('p', { class: 'prose', dir: 'auto', lang: found.lang }, found.text);
}

const date = (one) => one && el('time', { title: plain(one.written, 60) }, dateText(one));
const part = (level, heading, ...content) => {
  const shown = content.flat(Infinity).filter(Boolean);
  return shown.length > 0 && el('div', { class: 'part' }, el(level, {}, heading), shown);
};

/* -- image -------------------------------------------------------------------------------------------------------- */

/* Without a tick: the picture must not suggest that the badge is genuine. */
const drawn = (name) => el('div', { class: 'picture drawn' }, icon(name));

/* The picture's address: the baked image's, or the one that the badge has inside. */
function sourceOf({ report: { summary } }, imageUrl) {
  const { image } = summary?.credential ?? {};
  const isDrawable = image?.data?.length <= MAX_IMAGE && IMAGE.test(image.data);
  return imageUrl ?? (isDrawable ? image.data : null);
}

/* The same picture, small, for beside the answer; null if there is none. */
export function thumbnailView(outcome, imageUrl) {
  const src = sourceOf(outcome, imageUrl);
  return src && el('img', { src, alt: '', onerror: (event) => event.target.remove() });
}

/* A badge can be baked into any image: the page says so, since the picture is not checked. */
export function pictureView(outcome, imageUrl) {
  const {
    subject: { isBaked },
    report: { summary },
  } = outcome;
  const { image } = summary?.credential ?? {};
  const src = sourceOf(outcome, imageUrl);
  if (src)
    return [
      el('img', {
        class: 'picture',
        src,
        alt: t('badge.image'),
        onerror: (event) => event.target.replaceWith(drawn('medal')),
      }),
      isBaked && el('p', { class: 'elsewhere', id: 'around' }, t('badge.image.around')),
    ];
  return [
    drawn(summary?.credential ? 'medal' : 'file'),
    image?.elsewhere && el('p', { class: 'elsewhere' }, link(image.elsewhere, t('badge.image.elsewhere'))),
  ];
}

/* -- people ------------------------------------------------------------------------------------------------------- */

function profileView(profile) {
  if (!profile) return null;
  const { name, id, url, email } = profile;
  return [
    el('strong', {}, words(name) ?? data(id ?? '')),
    name && id && el('span', { class: 'under' }, /^https?:/i.test(id) ? link(id) : code(id)),
    url && url !== id && el('span', { class: 'under' }, link(url)),
    email && el('span', { class: 'under' }, EMAIL.test(email) ? link(`mailto:${email}`, email) : data(email)),
  ];
}

/* The id is the one that the engine compares. The name is never compared: anyone can use the name of a university. */
function issuerView({ issuerId, credential: { issuer } }) {
  if (!issuer && issuerId === null) return null;
  const hint = issuerId === null ? 'badge.issuer.uncompared' : issuer?.name && 'badge.issuer.named';
  return row(
    t('badge.issuer'),
    profileView({ name: null, url: null, email: null, ...issuer, id: issuerId }),
    hint && el('p', { class: 'hint' }, t(hint)),
  );
}

async function sha256(text) {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/* Compares what the reader enters with the hash in the badge. Nothing of it leaves the page. */
function compareView({ value, salt }, number) {
  const [, algorithm, expected] = /^(\w+)\$([0-9a-f]+)$/i.exec(value) ?? [];
  if (algorithm?.toLowerCase() !== 'sha256' || !crypto.subtle)
    return el('span', { class: 'under' }, t('badge.identity.unsupported'));
  const id = `identity-${number}`;
  const input = el('input', { id, type: 'text', autocomplete: 'off', required: true });
  const answer = el('p', { class: 'compared', role: 'status' });
  const compare = async (event) => {
    event.preventDefault();
    const tries = [input.value, input.value.trim(), input.value.trim().toLowerCase()];
    const hashes = await Promise.all(tries.map((one) => sha256(one + salt)));
    const isSame = hashes.includes(expected.toLowerCase());
    answer.dataset.tone = isSame ? 'good' : 'bad';
    answer.replaceChildren(
      icon(isSame ? 'passed' : 'failed'),
      el('span', {}, t(isSame ? 'badge.identity.same' : 'badge.identity.different')),
    );
  };
  return el(
    'details',
    { class: 'compare screen-only' },
    el('summary', {}, t('badge.identity.compare')),
    el(
      'form',
      { onsubmit: compare },
      el('label', { for: id }, t('badge.identity.label')),
      el('div', { class: 'line' }, input, el('button', { class: 'button', type: 'submit' }, t('badge.identity.check'))),
      answer,
    ),
  );
}

/* The types of Open Badges 3.0 that are a person's, and two names that version 2.0 has for them. */
const IDENTITIES = {
  name: 'identity.name',
  sourcedId: 'identity.sourcedId',
  systemId: 'identity.systemId',
  userName: 'identity.userName',
  accountId: 'identity.accountId',
  emailAddress: 'identity.emailAddress',
  email: 'identity.emailAddress',
  nationalIdentityNumber: 'identity.nationalIdentityNumber',
  lisSourcedId: 'identity.lisSourcedId',
  oneRosterSourcedId: 'identity.oneRosterSourcedId',
  sisSourcedId: 'identity.sisSourcedId',
  ltiUserId: 'identity.ltiUserId',
  identifier: 'identity.identifier',
};

function identityView(identity, number) {
  const { value, kind, hashed } = identity;
  const known = Object.hasOwn(IDENTITIES, kind ?? '') ? t(IDENTITIES[kind]) : null;
  const label = known ?? (kind ? data(kind) : null);
  if (!hashed) return el('div', {}, data(value), label && [' (', label, ')']);
  return el('div', {}, t('badge.identity.hashed'), label && [' (', label, ')'], compareView(identity, number));
}

function holderView({ name, id, identities }) {
  const isUnnamed = !name && !id && identities.length > 0;
  if (!name && !id && !isUnnamed) return null;
  return row(
    t('badge.holder'),
    isUnnamed ? t('badge.holder.unnamed') : profileView({ name, id }),
    identities.length > 0 && el('div', { class: 'identities' }, identities.map(identityView)),
  );
}

/* -- achievements ------------------------------------------------------------------------------------------------- */

function alignmentView({ name, url, framework, description }) {
  return [
    url ? link(url, textOf(name) ?? url) : words(name),
    framework && el('span', { class: 'under' }, data(framework)),
    description && el('span', { class: 'under' }, words(description, 1000)),
  ];
}

/* The elements of the European approach that a micro-credential should state (2022/C 243/02, Annex I). */
const ELEMENTS = {
  holder: 'micro.missing.holder',
  title: 'micro.missing.title',
  country: 'micro.missing.country',
  awardingBody: 'micro.missing.awardingBody',
  date: 'micro.missing.date',
  outcomes: 'micro.missing.outcomes',
  workload: 'micro.missing.workload',
  level: 'micro.missing.level',
  assessment: 'micro.missing.assessment',
  participation: 'micro.missing.participation',
  quality: 'micro.missing.quality',
};

function countryText(of) {
  return of && ((of.code && country(of.code)) ?? words(of.name) ?? data(of.code ?? ''));
}

function microView({ kind, microCredential: micro }, level) {
  if (!micro) return null;
  const lines = (texts) => texts.length > 0 && list(texts, (text) => words(text, 1000));
  return el(
    'div',
    { class: 'part micro' },
    el(level, {}, t('micro.heading')),
    el(
      'dl',
      { class: 'rows' },
      [
        row(t('micro.type'), kind && data(kind)),
        row(t('micro.workload'), creditsText(micro)),
        row(t('micro.level'), micro.eqfLevel && t('micro.level.eqf', { n: micro.eqfLevel })),
        row(t('micro.outcomes'), lines(micro.outcomes)),
        row(t('micro.assessment'), lines(micro.assessment)),
        row(t('micro.body'), words(micro.awardingBody)),
        row(t('micro.country'), countryText(micro.country)),
        row(t('micro.missing'), micro.missing.length > 0 && listOf(micro.missing.map((one) => t(ELEMENTS[one])))),
      ],
    ),
    el('p', { class: 'hint' }, t('micro.hint')),
  );
}

/* isOnly: it is the badge itself; title: of the badge, which need not be repeated. */
function achievementView(achievement, isOnly, title) {
  const { name, kind, description, criteria, tags, alignments, results, narrative, microCredential } = achievement;
  const isNamed = !isOnly || (name && textOf(name) !== title);
  const level = isNamed ? 'h4' : 'h3';
  const type = kind && el('span', { class: 'tag' }, data(kind));
  const credits = creditsText(achievement);
  return el(
    'article',
    { class: 'achievement' },
    isNamed && el('h3', {}, words(name) ?? t('badge.unnamed'), type),
    paragraph(description),
    !microCredential &&
      ((!isNamed && type) || credits) &&
      el('p', { class: 'tags' }, !isNamed && type, credits && el('span', { class: 'tag' }, credits)),
    paragraph(narrative),
    microView(achievement, level),
    part(
      level,
      t('badge.criteria'),
      paragraph(criteria.text),
      criteria.url && el('p', {}, link(criteria.url, t('badge.criteria.link'))),
    ),
    part(
      level,
      t('badge.results'),
      results.length > 0 &&
        list(results, ({ name: of, value }) => [of && [words(of), ': '], el('strong', {}, words(value))]),
    ),
    part(
      level,
      t('badge.skills'),
      alignments.length > 0 && list(alignments, alignmentView, 'bare spaced'),
      tags.length > 0 && list(tags, (tag) => el('span', { class: 'tag' }, data(tag)), 'bare tags'),
    ),
  );
}

function achievementsView({ name, achievements }) {
  if (achievements.length === 0) return null;
  if (achievements.length === 1) return achievementView(achievements[0], true, textOf(name));
  return el(
    'div',
    { class: 'achievements' },
    el('p', { class: 'count' }, t('badge.achievements', { n: achievements.length })),
    achievements.map((one) => achievementView(one, false)),
  );
}

/* -- the whole ---------------------------------------------------------------------------------------------------- */

function fileRows({ name, size: bytes, type }, format) {
  return [
    name && row(t('badge.file'), data(name)),
    (format || type) && row(t('badge.kind'), data(format ?? type)),
    bytes > 0 && row(t('badge.size'), size(bytes)),
  ];
}

/* A document of which nothing can be shown as its content. */
function documentView(outcome, imageUrl) {
  const { subject, report } = outcome;
  const isHere = subject.credential !== null;
  const text = subject.isBaked ? 'badge.document.inside' : isHere ? 'badge.document.text' : 'badge.absent.text';
  return [
    pictureView(outcome, imageUrl),
    el('h2', { id: 'badge-heading', class: 'badge-name' }, t(isHere ? 'badge.document' : 'badge.absent')),
    el('p', { class: 'prose' }, t(text)),
    !isHere && absentView(report),
    report.summary?.hidden && el('p', { class: 'caution', id: 'hidden' }, t('badge.hidden')),
    subject.pointer && el('p', { class: 'caution' }, t('badge.pointer'), ' ', link(subject.pointer)),
    isHere && el('dl', { class: 'rows' }, fileRows(subject, report.summary && formatOf(report.summary))),
  ];
}

function evidenceView({ name, url, description }) {
  return [
    url ? link(url, textOf(name) ?? url) : words(name),
    description && el('span', { class: 'under' }, words(description, 2000)),
  ];
}

/* The day on which an Open Badges 2.0 assertion was issued is also its first day: one row is enough. */
const isSameDate = (one, other) => one !== null && one.member === other?.member && one.written === other.written;

function credentialView(outcome, imageUrl) {
  const { subject, report } = outcome;
  const { credential, from, until } = report.summary;
  return [
    pictureView(outcome, imageUrl),
    el('h2', { id: 'badge-heading', class: 'badge-name' }, words(credential.name) ?? t('badge.unnamed')),
    el(
      'dl',
      { class: 'rows' },
      issuerView(report.summary),
      holderView(credential.holder),
      row(t('badge.awarded'), date(credential.awarded)),
      !isSameDate(from, credential.awarded) && row(t('badge.from'), date(from)),
      row(t('badge.until'), date(until)),
    ),
    paragraph(credential.description),
    credential.isPointer && el('p', { class: 'caution' }, t('badge.pointer')),
    achievementsView(credential),
    credential.facts.length > 0 &&
      el(
        'dl',
        { class: 'rows facts' },
        credential.facts.map((fact) => row(data(fact.name), data(fact.value, 500))),
      ),
    part(
      'h3',
      t('badge.evidence'),
      credential.evidence.length > 0 && list(credential.evidence, evidenceView, 'bare spaced'),
    ),
    credential.hasEnclosed && report.inside.length === 0 && el('p', { class: 'caution' }, t('badge.enclosed')),
    el('dl', { class: 'rows small' }, fileRows(subject, formatOf(report.summary))),
    el('p', { class: 'claims' }, t('badge.claims')),
  ];
}

/* imageUrl: the baked image itself, as a blob's address, or null. */
export function badgeView(outcome, imageUrl) {
  const isKnown = (outcome.report.summary?.credential ?? null) !== null;
  const content = isKnown ? credentialView(outcome, imageUrl) : documentView(outcome, imageUrl);
  return el('section', { class: 'panel badge', id: 'badge', 'aria-labelledby': 'badge-heading' }, content);
}
