/* What the page reads out of a report in several places. */
import { plain } from './dom.mjs';
import { hostOf } from './hosts.mjs';

const MAX_ADDRESS = 300;

export const checkOf = (report, name) => report.checks.find(({ check }) => check === name);

/* A host that is not ASCII is easily taken for another one: its punycode is beside it. id: the issuer's. */
export function withAscii(text, id) {
  const ascii = /[^\0-\x7f]/.test(text) ? hostOf(id) : null;
  return ascii ? `${text} (${ascii})` : text;
}

/*
 * Where an issuer that signed is: its id, a whole web site, or one address of one. That is never shortened to the site,
 * where anyone may have a page.
 */
export function addressOf({ summary, checks }) {
  const { by, address } = checks.find(({ check }) => check === 'issuer');
  const places = { domain: address?.split('/')[0], address };
  const shown = places[by] ?? summary.issuerId;
  return withAscii(plain(shown, MAX_ADDRESS), summary.issuerId);
}
