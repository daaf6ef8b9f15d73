/*
 * Output of the page: bundles, links with the badge inside, the HTML of a card, LinkedIn's form. A badge in a link is in
 * its fragment, which browsers do not send to servers.
 */
import { readAll } from './bounded.mjs';

const MAX_FRAGMENT = 16_384; // characters: longer ones do not survive mail and chat
const MAX_INFLATED = 4 << 20;

/* -- the fragment: deflate (RFC 1951) in base64url ---------------------------------------------------------------- */

const through = (bytes, stream) =>
  readAll(new Blob([bytes]).stream().pipeThrough(stream), MAX_INFLATED, 'longer than a badge in a link may be');

/* The fragment; null if the browser can't compress, or it would be too long. */
export async function pack(bytes) {
  if (!bytes || bytes.length > MAX_INFLATED || typeof CompressionStream === 'undefined') return null;
  const packed = await through(bytes, new CompressionStream('deflate-raw'));
  if (packed.length > MAX_FRAGMENT) return null;
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(''));
  const fragment = `#b=${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
  return fragment.length <= MAX_FRAGMENT ? fragment : null;
}

/* The bytes in a fragment; null if it has none; rejects if they are damaged. */
export async function unpack(fragment) {
  const [, text] = /^#b=([\w-]+)$/.exec(fragment) ?? [];
  if (!text) return null;
  const packed = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return through(packed, new DecompressionStream('deflate-raw'));
}

/* -- the bundle --------------------------------------------------------------------------------------------------- */

const decode = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

/* The credential's text is inserted unchanged, so that its numbers stay as they were written. */
export function bundle(credential, label, receipts) {
  const text =
    label === 'jcs' ? decode(credential) : label === 'compact' ? JSON.stringify(decode(credential).trim()) : null;
  const member = text === null ? '' : `"credential":${text.trim()},`;
  return `{"type":"BadgeBundle","version":1,${member}"receipts":[${receipts.map(decode).join(',')}]}\n`;
}

export function saveAs(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/* -- elsewhere ---------------------------------------------------------------------------------------------------- */

const attribute = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

export function embedCode(url, title) {
  return `<iframe src="${attribute(url)}" title="${attribute(title)}" width="400" height="190" loading="lazy"></iframe>`;
}

const monthOf = (prefix, calendar) =>
  calendar
    ? [
        [`${prefix}Year`, calendar.year],
        [`${prefix}Month`, calendar.month],
      ]
    : [];

/* The form in which LinkedIn's members add a certification to their profile; from, until: {year, month} or null. */
export function linkedInUrl({ name, issuer, from, until, url, digest }) {
  const fields = [
    ['startTask', 'CERTIFICATION_NAME'],
    ['name', name],
    ['organizationName', issuer],
    ...monthOf('issue', from),
    ...monthOf('expiration', until),
    ['certUrl', url],
    ['certId', digest],
  ];
  const query = new URLSearchParams(fields.filter(([, value]) => value));
  return `https://www.linkedin.com/profile/add?${query}`;
}
