/*
 * Whom an answer relies on: what the page came with (a node's word, or that of whoever runs it) and what the reader set
 * instead, which is kept in her browser. A link can set none of it.
 */
import { recall, remember } from './memory.mjs';

const KEPT_AS = 'badged.sources';
export const MAX = { rpc: 16, issuers: 256, accreditors: 64 }; // as the verifier's own bounds

/* -- what makes sense; a problem is {key, value} of a text, null where there is none ------------------------------ */

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

/* Only what is understood, each within its bounds. */
function sift(value) {
  const issuerIsGood = (one) =>
    isText(one?.account) && !accountProblem(one.account) && (one.id === undefined || isText(one.id));
  const sources = {
    rpc: listOf(value?.rpc, MAX.rpc, (url) => isText(url) && !urlProblem(url)),
    issuers: listOf(value?.issuers, MAX.issuers, issuerIsGood).map(({ id, account }) =>
      id === undefined ? { account } : { id, account },
    ),
    accreditors: listOf(value?.accreditors, MAX.accreditors, (one) => isText(one) && !accountProblem(one)),
    chainId: isChainId(value?.chainId) ? value.chainId : undefined,
    contract: isText(value?.contract) && !accountProblem(value.contract) ? value.contract : undefined,
    node: isText(value?.node) && !urlProblem(value.node) ? value.node : undefined,
  };
  for (const [key, one] of Object.entries(sources)) if (one === undefined || one.length === 0) delete sources[key];
  return sources;
}

/* -- the two places they come from -------------------------------------------------------------------------------- */

function parse(text) {
  try {
    return JSON.parse(text ?? '') ?? {};
  } catch {
    return {};
  }
}

/* A node behind a proxy may not know that it is reached by https: its readers do. */
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

/* It was to name one, says the node, and does not. */
export const isLinkBroken = page.digest === '';

/* Whence the page itself came: 'node', 'host' or 'file'. */
export function origin() {
  if (location.protocol === 'file:') return 'file';
  return suggested.node && new URL(suggested.node).origin === location.origin ? 'node' : 'host';
}

/* Where this page stands without a badge in its address. */
export function homeUrl() {
  return origin() === 'node' ? new URL('./', `${suggested.node.replace(/\/$/, '')}/`).href : location.pathname;
}

/* What the node calls itself, which is its word too; null where it has no name. */
export const nodeName = isText(page.name) ? page.name : null;

/* Whose suggestions the page's are: a node's host, or null for whoever runs the page. */
export const suggestedBy = () => (suggested.node ? new URL(suggested.node).host : null);

let own = readOwn();

function readOwn() {
  const kept = parse(recall(KEPT_AS));
  return { ...sift(kept), only: kept.only === true };
}

/* What the reader set, for her form. */
export const ownSources = () => own;

/* Whether it is kept beyond this page. */
export function setOwn(value) {
  own = { ...sift(value), only: value.only === true };
  return remember(KEPT_AS, JSON.stringify(own));
}

export function forgetOwn() {
  own = { only: false };
  remember(KEPT_AS, null);
}

/* Each source that is in force, {value, from}: from is 'reader', 'page' or 'nobody'. */
export function sources() {
  const found = {};
  for (const key of ['rpc', 'chainId', 'contract', 'issuers', 'accreditors', 'node']) {
    if (own[key] !== undefined) found[key] = { value: own[key], from: 'reader' };
    else if (suggested[key] !== undefined && !own.only) found[key] = { value: suggested[key], from: 'page' };
    else found[key] = { value: ['rpc', 'issuers', 'accreditors'].includes(key) ? [] : undefined, from: 'nobody' };
  }
  return found;
}

/* An address below the node's, or null without a node. */
export function nodeUrl(path) {
  const node = sources().node.value;
  if (!node) return null;
  const base = new URL(node);
  base.search = base.hash = '';
  return new URL(path, base.pathname.endsWith('/') ? base : `${base.href}/`).href;
}
