/*
 * Which hosts may be asked for the documents of issuers. Asking tells a host that a badge of it is being checked, so the
 * reader allows it first, once a session; hosts of issuers that the reader named are asked without.
 */
import { sources } from './settings.mjs';

const KEPT_AS = 'badged.hosts';

/* A page opened from a disk shares its storage with other files: it keeps nothing. */
function storage() {
  try {
    return location.protocol === 'file:' ? null : sessionStorage;
  } catch {
    return null;
  }
}

function recallHosts() {
  try {
    return new Set(JSON.parse(storage()?.getItem(KEPT_AS) ?? '[]'));
  } catch {
    return new Set();
  }
}

const allowed = recallHosts();

export function allowHosts(hosts) {
  for (const host of hosts) allowed.add(host);
  try {
    storage()?.setItem(KEPT_AS, JSON.stringify([...allowed]));
  } catch {
    // it is then allowed until the page is closed
  }
}

/* The host of an issuer's id; null for an id that names none. */
export function hostOf(id) {
  const [, web] = /^did:web:([^:]+)/.exec(id) ?? [];
  try {
    const { protocol, host } = new URL(web ? `https://${decodeURIComponent(web)}` : id);
    return protocol === 'https:' && host ? host : null;
  } catch {
    return null;
  }
}

/* Whether the host of a URL may be asked without asking the reader. */
export function mayAsk(url) {
  const { host } = new URL(url);
  const { issuers } = sources();
  const isTrusted = issuers.from === 'reader' && issuers.value.some(({ id }) => id !== undefined && hostOf(id) === host);
  return isTrusted || allowed.has(host);
}

/* The hosts of the documents with this outcome, each once. */
export const hostsOf = ({ documents }, outcome) => [
  ...new Set(documents.filter((one) => one.outcome === outcome).map(({ url }) => new URL(url).host)),
];
