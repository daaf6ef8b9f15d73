/*
 * The badge at its plain link: its holder lets this page's node show it there, and takes it down again. The secret for
 * that is made here; the node keeps a hash of it, the page keeps it while it is open, and the holder gets it in a link.
 */
import { readAll } from './bounded.mjs';
import { copyBox } from './copy.mjs';
import { button, byId, data, el } from './dom.mjs';
import { t } from './language.mjs';
import { mayPublish, namedDigest, nodeUrl, publishedBadge } from './settings.mjs';

const TIMEOUT_MS = 60_000;
const MAX_ANSWER = 65_536;

const secrets = new Map(); // by digest
const shown = new Set(publishedBadge === null ? [] : [namedDigest]); // digests

/* Whether the plain link of this badge shows it, as far as this page knows. */
export const isShown = (digest) => shown.has(digest);

/*
 * A link that takes a badge down has the secret in its fragment, where it is not to stay: others may see the address.
 * Returns whether the address had one.
 */
export function takeSecret() {
  const [, secret] = /^#s=([\w-]{43})$/.exec(location.hash) ?? [];
  if (!secret || !namedDigest) return false;
  secrets.set(namedDigest, secret);
  history.replaceState(null, '', location.pathname + location.search);
  return true;
}

function makeSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/* Resolves to null, or to why it did not work: {code, detail} as far as the node says it. */
async function ask(method, digest, secret, more = {}) {
  try {
    const response = await fetch(nodeUrl(`c/${digest}/publish`), {
      method,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...more,
      headers: { 'Badge-Secret': secret, ...more.headers },
    });
    if (response.ok) return null;
    const problem = JSON.parse(new TextDecoder().decode(await readAll(response.body, MAX_ANSWER, 'too long')));
    return { code: String(problem.type).split(':').pop(), detail: String(problem.detail) };
  } catch (error) {
    return { code: null, detail: error.message };
  }
}

async function publish({ digest, label, subject }) {
  const secret = secrets.get(digest) ?? makeSecret();
  const type = label === 'compact' ? 'application/jwt' : 'application/json';
  const problem = await ask('POST', digest, secret, { body: subject.inner, headers: { 'Content-Type': type } });
  if (problem) return problem;
  secrets.set(digest, secret);
  shown.add(digest);
  return null;
}

async function takeDown({ digest }) {
  const problem = await ask('DELETE', digest, secrets.get(digest));
  if (problem && problem.code !== 'not_published') return problem;
  secrets.delete(digest);
  shown.delete(digest);
  return null;
}

function shownView(outcome, act, announce) {
  const secret = secrets.get(outcome.digest);
  const heading = el('p', { id: 'publish-state', tabindex: '-1' }, t('publish.shown'));
  if (!secret) return [heading, el('p', { class: 'hint' }, t('publish.lost'))];
  const { view, box } = copyBox('publish-secret', 'publish.secret', announce, 2);
  box.value = `${nodeUrl(`c/${outcome.digest}`)}#s=${secret}`;
  return [
    heading,
    view,
    el('p', { class: 'hint' }, t('publish.secret.text', { host: new URL(nodeUrl('')).host })),
    el(
      'div',
      { class: 'offer' },
      button(t('publish.down'), () => act(takeDown, 'publish.gone'), { id: 'take-down' }),
    ),
  ];
}

function offerView(act) {
  return el(
    'div',
    { class: 'offer' },
    button(t('publish.do'), () => act(publish, 'publish.done'), { id: 'publish' }),
    el('p', { class: 'hint', id: 'publish-state', tabindex: '-1' }, t('publish.text', { host: new URL(nodeUrl('')).host })),
  );
}

/* What the holder can do about the plain link; null where this page's node can't show the badge. */
export function publishView(outcome, announce, redraw) {
  const { digest, label, subject } = outcome;
  if (!mayPublish() || !subject.inner || (label !== 'jcs' && label !== 'compact')) return null;
  const trouble = el('p', { class: 'hint', id: 'publish-trouble', role: 'alert' });
  const act = async (work, doneKey) => {
    for (const one of view.querySelectorAll('button')) one.disabled = true;
    const problem = await work(outcome);
    if (!problem) {
      redraw();
      announce(t(doneKey));
      byId('publish-state')?.focus();
      return;
    }
    for (const one of view.querySelectorAll('button')) one.disabled = false;
    if (problem.code === 'wrong_secret') trouble.textContent = t('publish.others');
    else trouble.replaceChildren(t('publish.failed'), ' ', data(problem.detail, 500, 'en'));
  };
  const view = el(
    'div',
    { class: 'links', id: 'publishing' },
    isShown(digest) ? shownView(outcome, act, announce) : offerView(act),
    trouble,
  );
  return view;
}
