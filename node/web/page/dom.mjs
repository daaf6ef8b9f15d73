/*
 * Creates elements without a parser: no text of a credential, a node or a chain ever becomes markup. Such text goes
 * through plain(), which limits it, and data(), which isolates its writing direction.
 */
import { icon } from './icons.mjs';

/* Attributes by name; a function named on… is a listener. false, null and undefined are left out, also as children. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const PILES = /(\p{M}{4})\p{M}+/gu; // stacked combining marks, which would overflow their line

/* Sanitizes untrusted text: removes control and bidirectional characters, and limits the length. */
export function plain(text, max = 300) {
  const short = String(text)
    .slice(0, 2 * max)
    .replace(CONTROLS, '')
    .replace(PILES, '$1')
    .trim();
  return short.length > max ? `${short.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : short;
}

export function data(text, max, lang) {
  return el('bdi', { lang }, plain(text, max));
}

/* Digests, accounts, addresses: always left to right, with line breaks anywhere. */
export function code(text, max = 200) {
  return el('code', { dir: 'ltr' }, plain(text, max));
}

/* The URL if it is safe to follow, else null. */
function safeUrl(url) {
  if (typeof url !== 'string' || url.length > 2000) return null;
  try {
    const parsed = new URL(url);
    return ['https:', 'http:', 'mailto:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/* A link that opens outside this page; only the text if the URL is not safe. */
export function link(url, text, more = {}) {
  const href = safeUrl(url);
  const shown = data(text ?? url, 200);
  if (!href) return shown;
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', ...more }, shown, icon('outward'));
}

export function button(text, onclick, { kind = '', symbol, ...more } = {}) {
  const name = `button ${kind}`.trim();
  return el('button', { type: 'button', class: name, onclick, ...more }, symbol && icon(symbol), el('span', {}, text));
}

/* One row of a description list; null if the description is empty. */
export function row(term, ...description) {
  const shown = description.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false && one !== '');
  return shown.length > 0 ? el('div', { class: 'row' }, el('dt', {}, term), el('dd', {}, ...shown)) : null;
}
