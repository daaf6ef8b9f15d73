/*
 * The page's languages: the current one, its texts, plurals and dates. The choice is stored, and sets the document's
 * language and direction.
 */
import ar from './lang/ar.json';
import de from './lang/de.json';
import en from './lang/en.json';
import es from './lang/es.json';
import fr from './lang/fr.json';
import hi from './lang/hi.json';
import pt from './lang/pt.json';
import zh from './lang/zh.json';
import { recall, remember } from './memory.mjs';

const TEXTS = { en, es, fr, de, pt, zh, ar, hi };
const RIGHT_TO_LEFT = new Set(['ar']);
export const NAMES = {
  en: 'English',
  es: 'Español',
  fr: 'Français',
  de: 'Deutsch',
  pt: 'Português',
  zh: '中文',
  ar: 'العربية',
  hi: 'हिन्दी',
};
const KEPT_AS = 'badged.language';

let active = 'en';

function choose() {
  const wanted = [recall(KEPT_AS), ...(navigator.languages ?? [])];
  return wanted.map((tag) => String(tag).toLowerCase().split('-')[0]).find((tag) => tag in NAMES) ?? 'en';
}

export function setLanguage(language = choose()) {
  active = language;
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
  document.title = t('page.title');
}

export function switchTo(language) {
  remember(KEPT_AS, language);
  setLanguage(language);
}

export const current = () => active;

/* Whether there is a text with this key; reports of a newer engine may have codes that this page does not know. */
export const has = (key) => key in en;

/* The text, with {name} replaced by isolated values; values.n chooses the plural form. */
export function t(key, values = {}) {
  let text = TEXTS[active][key] ?? en[key];
  if (typeof text === 'object') text = text[new Intl.PluralRules(active).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === 'number' ? number(value) : `\u2068${value}\u2069`;
  });
}

export const number = (value) => new Intl.NumberFormat(active).format(value);

export function size(bytes) {
  const [value, unit] =
    bytes < 1000 ? [bytes, 'byte'] : bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return new Intl.NumberFormat(active, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value);
}

/* A day of the calendar; null if it is beyond JavaScript's dates. */
export function day({ year, month, day: dayOfMonth }) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, dayOfMonth);
  if (Number.isNaN(date.getTime())) return null;
  return new Intl.DateTimeFormat(active, { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}

/* The day of a moment, in UTC. */
export const dayOf = (date) => new Intl.DateTimeFormat(active, { dateStyle: 'long', timeZone: 'UTC' }).format(date);

/* A country in the reader's language; null for a code that is none. */
export function country(code) {
  try {
    return new Intl.DisplayNames([active], { type: 'region', fallback: 'none' }).of(code) ?? null;
  } catch {
    return null;
  }
}

export const listOf = (texts) => new Intl.ListFormat(active).format(texts);

export function moment(date, timeZone) {
  return new Intl.DateTimeFormat(active, {
    dateStyle: 'long',
    timeStyle: timeZone ? 'long' : 'short',
    timeZone,
  }).format(date);
}

/* Translates the elements of the document itself: data-t is the key of the text, data-t-label of the label. */
export function translate(root) {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
}
