/*
 * The engine's summary of a document (badge/summary.h), for readers: texts in their language, days as the issuer wrote
 * them. Nothing of a document is parsed here or anywhere else on the page.
 */
import { plain } from './dom.mjs';
import { current, day, t } from './language.mjs';

const FORMATS = {
  'ob-3.0': 'Open Badges 3.0',
  'ob-2.0': 'Open Badges 2.0',
  'clr-2.0': 'CLR 2.0',
  europass: 'European Digital Credential',
  'openattestation-2': 'OpenAttestation 2',
  'openattestation-3': 'OpenAttestation 3',
  'vc-2.0': 'W3C Verifiable Credential 2.0',
  'vc-1.1': 'W3C Verifiable Credential 1.1',
  blockcerts: 'Blockcerts',
  achievement: 'Open Badges Achievement',
  profile: 'Open Badges Profile',
  pathway: 'Badge Pathway',
  did: 'DID',
  'status-list': 'Bitstring Status List',
};

export function formatOf({ format, isToken }) {
  const name = FORMATS[format];
  return name && (isToken ? `${name} (JWT)` : name);
}

const languageOf = ({ language }) => (language ?? '').toLowerCase();

/* The entry in the reader's language, else the one without a language, in English, or the first; null if none. */
function entryOf(text) {
  const wanted = current();
  const of = (good) => text.find((one) => good(languageOf(one)));
  return text
    ? (of((one) => one === wanted) ??
        of((one) => one.startsWith(`${wanted}-`)) ??
        of((one) => one === '') ??
        of((one) => one === 'en' || one.startsWith('en-')) ??
        text[0])
    : null;
}

/* {text, lang} of a text in several languages; null if there is nothing to show. */
export function inLanguage(text, max = 300) {
  const entry = entryOf(text);
  const shown = entry && plain(entry.text, max);
  if (!shown) return null;
  const isTag = /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/.test(languageOf(entry));
  return { text: shown, lang: isTag ? entry.language : undefined };
}

export const textOf = (text, max) => inLanguage(text, max)?.text ?? null;

/* The date as the issuer wrote it, not moved to another time zone; of a number of seconds, the day in UTC. */
export function calendarOf(date) {
  const form = /^(\d{4,6})-(\d\d)-(\d\d)/;
  const [, year, month, dayOfMonth] = (date?.time && (form.exec(date.written) ?? form.exec(date.time))) || [];
  return year === undefined ? null : { year: Number(year), month: Number(month), day: Number(dayOfMonth) };
}

/* The date in the reader's words; one that the engine can't read, as it is written. */
export function dateText(date) {
  const calendar = calendarOf(date);
  return (calendar && day(calendar)) ?? plain(date.written, 60);
}

/* What an achievement counts for; null if it does not say. */
export const creditsText = ({ credits, creditUnit }) =>
  credits === null ? null : t(creditUnit === 'ECTS' ? 'badge.ects' : 'badge.credits', { n: credits });
