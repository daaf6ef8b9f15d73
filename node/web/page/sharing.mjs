/*
 * Keep and share: print, the bundle, the link with or without the badge in it, QR code, LinkedIn, the card for other
 * pages. A hint beside each link says what it reveals, and to whom.
 */
import { copyBox } from './copy.mjs';
import { button, byId, el } from './dom.mjs';
import { icon } from './icons.mjs';
import { t } from './language.mjs';
import { isShown, publishView } from './publish.mjs';
import { fitsQr, qrView } from './qr.mjs';
import { nodeUrl } from './settings.mjs';
import { bundle, embedCode, linkedInUrl, pack, saveAs } from './share.mjs';
import { calendarOf, textOf } from './summary.mjs';

function fileName({ summary }, digest) {
  const words =
    (textOf(summary?.credential?.name) ?? '')
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return `${[...words, digest.slice(0, 8)].join('-').slice(-60)}.bundle.json`;
}

function bundleView({ subject, report, digest, label, receipts }, announce) {
  if (receipts.length === 0 || !digest) return null;
  const isInside = label === 'jcs' || label === 'compact';
  const save = () => {
    const name = fileName(report, digest);
    saveAs(name, 'application/json', bundle(subject.inner, label, receipts));
    announce(t('share.saved', { name }));
  };
  return [
    button(t('share.bundle'), save, { symbol: 'save', id: 'save-bundle' }),
    el('p', { class: 'hint' }, t('share.bundle.text'), !isInside && [' ', t('share.bundle.beside')]),
  ];
}

/* The URLs of this badge: at its node, else at this page, which then needs the badge in the fragment. */
function addresses(digest) {
  const page = location.protocol === 'file:' ? null : location.origin + location.pathname;
  return { link: nodeUrl(`c/${digest}`) ?? page, embed: nodeUrl(`embed/${digest}`), isShort: nodeUrl('') !== null };
}

/* The content of a link: the credential alone if a node has the receipt, else both. */
function inside({ subject, label, receipts }, isShort) {
  if (!subject.inner) return null;
  if (isShort) return subject.inner;
  return label === 'jcs' || label === 'compact'
    ? new TextEncoder().encode(bundle(subject.inner, label, receipts))
    : null;
}

/* {link, embed, isShort, fragment}: what a link to this badge consists of; fragment null: it does not fit. */
export async function linkOf(outcome) {
  const places = addresses(outcome.digest);
  return { ...places, fragment: await pack(inside(outcome, places.isShort)) };
}

function linkedInView({ report: { summary }, digest }, url) {
  const credential = summary?.credential;
  const name = textOf(credential?.name);
  if (!name) return null;
  const href = linkedInUrl({
    name,
    issuer: textOf(credential.issuer?.name),
    from: calendarOf(credential.awarded ?? summary.from),
    until: calendarOf(summary.until),
    url,
    digest,
  });
  return el(
    'a',
    { class: 'button', id: 'linkedin', href, target: '_blank', rel: 'noopener noreferrer' },
    el('span', {}, t('share.linkedin')),
    icon('outward'),
  );
}

/* The badge is in the link unless the reader wants it otherwise, and wherever it fits. */
function linksView(outcome, announce) {
  const { link, embed, isShort } = addresses(outcome.digest);
  if (!link) return el('p', { class: 'hint' }, t('share.link.none'));
  const linkBox = copyBox('share-link', 'share.link', announce, 2);
  const embedBox = embed && copyBox('share-embed', 'share.embed', announce, 3);
  const hint = el('p', { class: 'hint', id: 'share-hint' });
  const large = el('p', { class: 'hint', id: 'share-large' }, t('share.qr.large'));
  const offer = el('div', { class: 'offer wide' });
  const carry = el('input', { type: 'checkbox', id: 'share-inside' });
  const choice = el('label', { class: 'switch' }, carry, el('span', {}, t('share.link.inside')));
  let fragment = null;
  const fill = () => {
    const end = carry.checked ? fragment : '';
    const fits = fitsQr(link + end);
    const short = fits ? link + end : link;
    linkBox.box.value = link + end;
    if (embedBox) embedBox.box.value = embedCode(embed + end, t('share.embed.title'));
    large.hidden = fits || !isShort;
    offer.hidden = !fits && !isShort; // without the badge, and without a node, a link leads nowhere
    hint.textContent = carry.checked
      ? t('share.link.inside.text')
      : isShown(outcome.digest)
        ? t('share.link.shown')
        : fragment || !outcome.subject.inner
          ? t('share.link.short')
          : t('share.link.large');
    const qr = fitsQr(short) && qrView(short);
    if (linkBox.box.value === link + end) offer.replaceChildren(...[linkedInView(outcome, short), qr].filter(Boolean));
  };
  carry.addEventListener('change', fill);
  const view = el(
    'div',
    { class: 'links' },
    linkBox.view,
    choice,
    hint,
    offer,
    large,
    embedBox && [embedBox.view, el('p', { class: 'hint' }, t('share.embed.text'))],
  );
  view.hidden = true;
  linkOf(outcome).then((found) => {
    fragment = found.fragment;
    carry.checked = fragment !== null && !isShown(outcome.digest); // the plain link has a preview
    carry.disabled = !isShort;
    choice.hidden = !fragment;
    if (!fragment && !isShort) view.replaceChildren(el('p', { class: 'hint' }, t('share.link.large')));
    else fill();
    view.hidden = false;
  });
  return view;
}

export function shareView(outcome, announce) {
  const redraw = () => byId('share').replaceWith(shareView(outcome, announce));
  return el(
    'section',
    { class: 'panel share screen-only', id: 'share', 'aria-labelledby': 'share-heading' },
    el('h2', { id: 'share-heading' }, t('share.heading')),
    el(
      'div',
      { class: 'offer' },
      button(t('share.print'), () => window.print(), { symbol: 'print', id: 'print' }),
      bundleView(outcome, announce),
    ),
    outcome.digest &&
      outcome.report.receipt && [linksView(outcome, announce), publishView(outcome, announce, redraw)],
  );
}
