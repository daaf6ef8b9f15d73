/*
 * Draws the QR code of a link. It is drawn here and not fetched, so that the badge in the link stays with the reader.
 */
import qrcode from 'qrcode-generator';
import { t } from './language.mjs';

const SVG = 'http://www.w3.org/2000/svg';
const QUIET = 4; // light modules around it
const MAX_BYTES = 2953; // the largest code, at level L
const LEVEL_M_MAX_BYTES = 400; // as on the node's pictures: level M while modules stay large
const MODULE = 3; // pixels: what a camera can tell apart on a screen
const MIN_SIDE = 148;

export const fitsQr = (text) => new TextEncoder().encode(text).length <= MAX_BYTES;

/* Each run of dark modules in a row is a rectangle. */
function pathOf(code, side) {
  let path = '';
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const start = x;
      while (x < side && code.isDark(y, x)) x++;
      if (x > start) path += `M${start + QUIET} ${y + QUIET}h${x - start}v1h-${x - start}z`;
    }
  return path;
}

function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/* A picture, whose modules on paper are set by print.css. */
export function qrView(text) {
  const code = qrcode(0, text.length > LEVEL_M_MAX_BYTES ? 'L' : 'M'); // 0: the smallest version
  code.addData(text, 'Byte');
  code.make();
  const n = code.getModuleCount();
  const side = n + 2 * QUIET;
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
  view.append(node('path', { fill: '#fff', d: `M0 0h${side}v${side}H0z` }), node('path', { d: pathOf(code, n) }));
  return view;
}
