/*
 * Which badge replaces which, as the node's administrators have said. Nothing on the chain confirms it, so it is shown
 * as the node's word, and no verdict waits for it.
 */
import { readAll } from './bounded.mjs';
import { code, el, link } from './dom.mjs';
import { icon } from './icons.mjs';
import { t } from './language.mjs';

const TIMEOUT_MS = 10_000;
const MAX_RECORD = 65_536;
const SHOWN_OF_DIGEST = 12;

const isDigest = (text) => /^[0-9a-f]{64}$/.test(text);

/* url: of a record at the node. Returns {replacedBy, replaces}, lists of digests; null if the node says nothing of it. */
export async function fetchRelations(url) {
  try {
    const response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status !== 200) return null;
    const bytes = await readAll(response.body, MAX_RECORD, 'longer than any record');
    const record = JSON.parse(new TextDecoder().decode(bytes));
    const relations = {
      replacedBy: [record.replacedBy].filter(isDigest),
      replaces: Array.isArray(record.replaces) ? record.replaces.filter(isDigest) : [],
    };
    return relations.replacedBy.length + relations.replaces.length > 0 ? relations : null;
  } catch {
    return null;
  }
}

function lineView(name, text, linkText, digests, urlOf) {
  const links = digests.map((digest) =>
    el('span', { class: 'relation' }, link(urlOf(digest), linkText), ' ', code(`${digest.slice(0, SHOWN_OF_DIGEST)}…`)),
  );
  return digests.length > 0 && el('li', { 'data-relation': name }, icon('again'), el('span', {}, text, links));
}

/* host: of the node; urlOf: (digest) => the URL of its page there */
export function relationsView({ replacedBy, replaces }, host, urlOf) {
  return el(
    'ul',
    { class: 'notices' },
    lineView('replaced-by', t('relation.by', { host }), t('relation.by.link'), replacedBy, urlOf),
    lineView('replaces', t('relation.of', { host }), t('relation.of.link'), replaces, urlOf),
  );
}
