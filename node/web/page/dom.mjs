/*
 * Elements, made without a parser: no text of a credential, a node or a chain ever becomes markup here. Such text goes
 * through plain(), which bounds it, and data(), which keeps its writing direction to itself.
 */
import { icon } from './icons.mjs';

/* Attributes by name; a function under on… listens. false, null and undefined leave out, of children too. */
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

const PILES = /(\p{M}{4})\p{M}+/gu; // marks on marks, which would grow out of their line

/* A stranger's text: no control characters, none that turns the direction of what follows, and not too long. */
export function plain(text, max = 300) {
  const short = String(text)
    .slice(0, 2 * max)
    .replace(CONTROLS, '')
    .replace(PILES, '$1')
    .trim();
  return short.length > max ? `${short.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : short;
}

export function data(text, max) {
  return el('bdi', {}, plain(text, max));
}

/* Digests, accounts, addresses: always left to right, and they may break anywhere. */
export function code(text, max = 200) {
  return el('code', { dir: 'ltr' }, plain(text, max));
}

/* Only what a reader may follow without harm; else null. */
function safeUrl(url) {
  if (typeof url !== 'string' || url.length > 2000) return null;
  try {
    const parsed = new URL(url);
    return ['https:', 'http:', 'mailto:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/* A link that leaves this page alone, or the bare text where the address is no such link. */
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

/* One row of a description list; nothing where there is nothing to say. */
export function row(term, ...description) {
  const shown = description.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== '');
  return shown.length > 0 ? el('div', { class: 'row' }, el('dt', {}, term), el('dd', {}, ...shown)) : null;
}
