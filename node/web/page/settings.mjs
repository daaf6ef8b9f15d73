/*
 * The sources that an answer relies on: the page's settings (from a node, or from the owner of the file), and what the
 * reader set instead, which is stored in the browser. A link can't change any of them.
 */
import { recall, remember } from './memory.mjs';

const KEPT_AS = 'badged.sources';
export const MAX = { rpc: 16, issuers: 256, accreditors: 64 }; // the same limits as in the verifier

/* -- validation; a problem is {key, value} of a text, null if there is none ---------------------------------------- */

const LOCAL = new Set(['localhost', '127.0.0.1']);

export function urlProblem(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return { key: 'trust.wrong.url', value: text };
  }
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return { key: 'trust.wrong.url', value: text };
  const isNear = LOCAL.has(url.hostname) || url.origin === location.origin;
  return isNear ? null : { key: 'trust.wrong.insecure', value: text };
}

export function accountProblem(text) {
  return /^0x[0-9a-f]{40}$/i.test(text) ? null : { key: 'trust.wrong.account', value: text };
}

export const isChainId = (value) => Number.isSafeInteger(value) && value > 0;

const isText = (value) => typeof value === 'string' && value.length > 0 && value.length < 2000;
const listOf = (value, max, good) => (Array.isArray(value) ? value.filter(good).slice(0, max) : []);

/* The valid settings, each within its limits. */
function sift(value) {
  const accountIsGood = (account) => isText(account) && !accountProblem(account);
  const issuerIsGood = (one) =>
    one?.account === undefined ? isText(one?.id) : accountIsGood(one.account) && (one.id === undefined || isText(one.id));
  const sources = {
    rpc: listOf(value?.rpc, MAX.rpc, (url) => isText(url) && !urlProblem(url)),
    issuers: listOf(value?.issuers, MAX.issuers, issuerIsGood).map(({ id, account }) => ({
      ...(id !== undefined && { id }),
      ...(account !== undefined && { account }),
    })),
    accreditors: listOf(value?.accreditors, MAX.accreditors, (one) => isText(one) && !accountProblem(one)),
    chainId: isChainId(value?.chainId) ? value.chainId : undefined,
    contract: isText(value?.contract) && !accountProblem(value.contract) ? value.contract : undefined,
    node: isText(value?.node) && !urlProblem(value.node) ? value.node : undefined,
  };
  for (const [key, one] of Object.entries(sources)) if (one === undefined || one.length === 0) delete sources[key];
  return sources;
}

/* -- the page's settings and the reader's ------------------------------------------------------------------------- */

function parse(text) {
  try {
    return JSON.parse(text ?? '') ?? {};
  } catch {
    return {};
  }
}

/* A node behind a proxy may not know that its pages are served by https; the browser does. */
function nodeOf(text) {
  try {
    const url = new URL(text);
    if (url.host === location.host) url.protocol = location.protocol;
    return url.href;
  } catch {
    return undefined;
  }
}

const page = parse(document.getElementById('settings')?.textContent);
page.node = nodeOf(page.node);
const suggested = sift(page);

export const isEmbedded = page.embed === true;
/* The digest that the page's address names, as its node read it. */
export const namedDigest = /^[0-9a-f]{64}$/.test(page.digest) ? page.digest : null;

/* The badge that the address names, which its holder shows there: its text; null if none is shown. */
export const publishedBadge = namedDigest && typeof page.published === 'string' ? page.published : null;

/* The node says that the address should name a badge, but it does not. */
export const isLinkBroken = page.digest === '';

/* The node says that it has nothing at the address. */
export const isAddressUnknown = page.missing === true;

/* Where the page itself was loaded from: 'node', 'host' or 'file'. */
export function origin() {
  if (location.protocol === 'file:') return 'file';
  return suggested.node && new URL(suggested.node).origin === location.origin ? 'node' : 'host';
}

/* The URL of this page without a badge in it. */
export function homeUrl() {
  return origin() === 'node' ? new URL('./', `${suggested.node.replace(/\/$/, '')}/`).href : location.pathname;
}

/* The node's name, as the node states it; null if it has none. */
export const nodeName = isText(page.name) ? page.name : null;

/* The account that the node records with, as the node states it; null if it states none. */
export const nodeAccount = isText(page.issuer) && !accountProblem(page.issuer) ? page.issuer : null;

/* Who suggested the page's settings: the node's host, or null for the owner of the file. */
export const suggestedBy = () => (suggested.node ? new URL(suggested.node).host : null);

let own = readOwn();

function readOwn() {
  const kept = parse(recall(KEPT_AS));
  return { ...sift(kept), only: kept.only === true };
}

/* What the reader set, for the form. */
export const ownSources = () => own;

/* Stores the reader's sources. Returns whether they persist after the page is closed. */
export function setOwn(value) {
  own = { ...sift(value), only: value.only === true };
  return remember(KEPT_AS, JSON.stringify(own));
}

export function forgetOwn() {
  own = { only: false };
  remember(KEPT_AS, null);
}

/* The current sources, each {value, from}: from is 'reader', 'page' or 'nobody'. */
export function sources() {
  const found = {};
  for (const key of ['rpc', 'chainId', 'contract', 'issuers', 'accreditors', 'node']) {
    if (own[key] !== undefined) found[key] = { value: own[key], from: 'reader' };
    else if (suggested[key] !== undefined && !own.only) found[key] = { value: suggested[key], from: 'page' };
    else found[key] = { value: ['rpc', 'issuers', 'accreditors'].includes(key) ? [] : undefined, from: 'nobody' };
  }
  return found;
}

/* Whether the holder of a badge may show it at the plain link: only the node that this page is from. */
export const mayPublish = () => page.publishes === true && origin() === 'node' && sources().node.from === 'page';

/* A URL at the node; null without a node. */
export function nodeUrl(path) {
  const node = sources().node.value;
  if (!node) return null;
  const base = new URL(node);
  base.search = base.hash = '';
  return new URL(path, base.pathname.endsWith('/') ? base : `${base.href}/`).href;
}
