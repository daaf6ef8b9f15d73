/*
 * Draws the QR code of a link. It is drawn here and not fetched, so that the badge in the link stays with the reader.
 */
import { qrCode } from 'badged-verify';
import { t } from './language.mjs';

const SVG = 'http://www.w3.org/2000/svg';
const QUIET = 4; // light modules around it
const MAX_BYTES = 2953; // the largest code
const MODULE = 3; // pixels: what a camera can tell apart on a screen
const MIN_SIDE = 148;

export const fitsQr = (text) => new TextEncoder().encode(text).length <= MAX_BYTES;

/* Each run of dark modules in a row is a rectangle. */
function pathOf(rows) {
  return rows
    .flatMap((row, y) =>
      [...row.matchAll(/1+/g)].map(({ 0: run, index }) => `M${index + QUIET} ${y + QUIET}h${run.length}v1h-${run.length}z`),
    )
    .join('');
}

function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/* A picture, whose modules on paper are set by print.css. */
export async function qrView(text) {
  const rows = await qrCode(text);
  const side = rows.length + 2 * QUIET;
  const pixels = Math.max(MIN_SIDE, side * MODULE);
  const view = node('svg', {
    class: 'qr',
    viewBox: `0 0 ${side} ${side}`,
    width: pixels,
    height: pixels,
    role: 'img',
    'aria-label': t('share.qr'),
    'shape-rendering': 'crispEdges',
  });
  view.append(node('path', { fill: '#fff', d: `M0 0h${side}v${side}H0z` }), node('path', { d: pathOf(rows) }));
  return view;
}
