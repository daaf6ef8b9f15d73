/*
 * The first printed page: below the answer and its names the picture, the dates, and a QR code with the badge in it. The
 * other pages are an annex. On a screen it is not shown.
 */
import { pictureView } from './badge.mjs';
import { code, el, row } from './dom.mjs';
import { t } from './language.mjs';
import { fitsQr, qrView } from './qr.mjs';
import { linkOf } from './sharing.mjs';
import { dateText } from './summary.mjs';

function datesView({ credential: { awarded }, from, until }) {
  const first = awarded ?? from;
  return el(
    'dl',
    { class: 'rows' },
    first && row(t(awarded ? 'badge.awarded' : 'badge.from'), dateText(first)),
    until && row(t('badge.until'), dateText(until)),
  );
}

/* Drawn a little later, which no printer is fast enough to notice. */
function codeView(outcome) {
  const view = el('div', { class: 'sheet-code' });
  linkOf(outcome).then(async ({ link, isShort, fragment }) => {
    const full = fragment && link + fragment;
    const best = full && fitsQr(full) ? full : isShort ? link : null;
    if (!best) return;
    view.append(qrView(best), el('p', {}, t('sheet.scan')));
    if (isShort) view.append(el('p', {}, code(link)));
  });
  return view;
}

export function sheetView(outcome, imageUrl) {
  const { report, digest } = outcome;
  if (!digest || !(report.receipt || report.verdict === 'signed')) return null;
  const { credential } = report.summary ?? {};
  const [picture] = pictureView(outcome, imageUrl);
  return el(
    'section',
    { class: 'sheet' },
    el('div', { class: 'sheet-words' }, picture, credential && datesView(report.summary)),
    report.receipt && codeView(outcome),
  );
}

export const annexHeading = () => el('h2', { class: 'annex' }, t('sheet.annex'));
