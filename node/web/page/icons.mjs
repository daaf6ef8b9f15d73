/*
 * The icons: a glyph of lines, some on a filled shape. All are decoration: a text beside each says the same.
 */
const SVG = 'http://www.w3.org/2000/svg';

/* A seal's edge: n bumps round a circle. */
function scallop(n, radius) {
  const at = (i) => {
    const angle = (2 * Math.PI * i) / n;
    return `${(12 + radius * Math.sin(angle)).toFixed(2)} ${(12 - radius * Math.cos(angle)).toFixed(2)}`;
  };
  const bump = (radius * Math.sin(Math.PI / n) * 1.08).toFixed(2);
  const arcs = Array.from({ length: n }, (_, i) => `A${bump} ${bump} 0 0 1 ${at(i + 1)}`);
  return `M${at(0)}${arcs.join('')}Z`;
}

const SHAPE = {
  circle: 'M12 1.8a10.2 10.2 0 1 0 0 20.4 10.2 10.2 0 0 0 0-20.4z',
  octagon: 'M7.9 1.9h8.2l6 6v8.2l-6 6H7.9l-6-6V7.9z',
  seal: scallop(12, 9.4),
  shield: 'M12 1.7l8.6 3.1v6.8c0 5.2-3.6 8.9-8.6 10.7-5-1.8-8.6-5.5-8.6-10.7V4.8z',
  triangle: 'M10.3 3.3a2 2 0 0 1 3.4 0l8.3 14.9a2 2 0 0 1-1.7 3H3.7a2 2 0 0 1-1.7-3z',
};

const GLYPH = {
  check: 'M7.6 12.4l3.1 3.1 5.8-6.4',
  cross: 'M8.6 8.6l6.8 6.8M15.4 8.6l-6.8 6.8',
  bar: 'M7.4 12h9.2',
  back: 'M10 7.4L6.9 10.5 10 13.6M7.2 10.5h6a3.2 3.2 0 0 1 0 6.4h-2',
  clock: 'M12 6.8v5.4l3.5 2.1',
  calendar: 'M7.6 8.8h8.8v7.8H7.6zM10 6.8v3.4M14 6.8v3.4',
  pause: 'M10 8.2v7.6M14 8.2v7.6',
  person: 'M12 11.3a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M7.4 17.2c.6-2.6 2.3-3.9 4.6-3.9s4 1.3 4.6 3.9',
  dots: 'M7.6 12h.01M12 12h.01M16.4 12h.01',
  anchor:
    'M12 9.2v8.2M9.6 11.6h4.8M6.9 13.4c.4 2.5 2.4 4.1 5.1 4.1s4.7-1.6 5.1-4.1M12 9.1a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2',
  question: 'M9.5 9.6a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 1.9M12 16.8h.01',
  pen: 'M8.2 15.8l.6-2.6 6-6 2 2-6 6zM8 18h8',
  signature: 'M7 13.6c1.8-1.3 3.9-5.2 3.3-6.4-.8-1.2-2.6 6-1.4 6.6 1.1.5 2-2.4 3-2.4.9 0 .1 2 1 2 .7 0 1.2-.8 3.1-1M8.2 16.8h7.6',
  star: 'M12 7l1.6 3.3 3.6.5-2.6 2.5.6 3.6-3.2-1.7-3.2 1.7.6-3.6-2.6-2.5 3.6-.5z',
  exclamation: 'M12 7.2v5.8M12 16.6h.01',
  warning: 'M12 9v4.8M12 17.3h.01',
};

const FILLED = {
  seal: ['seal', 'check'],
  medal: ['seal', 'star'],
  valid: ['seal', 'check'],
  signed: ['shield', 'signature'],
  recorded: ['circle', 'pen'],
  invalid: ['octagon', 'cross'],
  revoked: ['circle', 'bar'],
  suspended: ['circle', 'pause'],
  withdrawn: ['octagon', 'back'],
  expired: ['circle', 'clock'],
  not_yet_valid: ['circle', 'calendar'],
  unknown_issuer: ['circle', 'person'],
  pending: ['circle', 'dots'],
  anchored: ['circle', 'anchor'],
  unverifiable: ['circle', 'question'],
  passed: ['circle', 'check'],
  failed: ['octagon', 'cross'],
  unknown: ['circle', 'question'],
  caution: ['triangle', 'warning'],
  error: ['octagon', 'exclamation'],
};

const LINES = {
  upload: 'M12 15.5V4.5M7.5 8.5L12 4l4.5 4.5M4.5 15v3a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3',
  globe: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3.5 12h17M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18',
  shield: 'M12 3l7 2.6v5.6c0 4.4-2.8 7.7-7 9.8-4.2-2.1-7-5.4-7-9.8V5.6zM9 12l2.2 2.2L15.2 10',
  print:
    'M7 9V4h10v5M7 17H5a1.5 1.5 0 0 1-1.5-1.5v-5A1.5 1.5 0 0 1 5 9h14a1.5 1.5 0 0 1 1.5 1.5v5A1.5 1.5 0 0 1 19 17h-2M7 14h10v6H7z',
  save: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 17.5V19a1.5 1.5 0 0 0 1.5 1.5h12a1.5 1.5 0 0 0 1.5-1.5v-1.5',
  copy: 'M9 9h10.5v11.5H9zM15 9V3.5H4.5V15H9',
  outward: 'M13.5 4.5h6v6M19.5 4.5l-9 9M17 14v5.5H4.5V7H10',
  again: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5',
  file: 'M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5',
  add: 'M12 5v14M5 12h14',
  remove: 'M6 6l12 12M18 6L6 18',
};

function path(d, kind) {
  const node = document.createElementNS(SVG, 'path');
  node.setAttribute('d', d);
  node.setAttribute('class', kind);
  return node;
}

export function icon(name) {
  const node = document.createElementNS(SVG, 'svg');
  node.setAttribute('viewBox', '0 0 24 24');
  node.setAttribute('aria-hidden', 'true');
  node.setAttribute('focusable', 'false');
  node.setAttribute('class', `icon icon-${name}`);
  if (FILLED[name]) node.append(path(SHAPE[FILLED[name][0]], 'shape'), path(GLYPH[FILLED[name][1]], 'glyph'));
  else node.append(path(LINES[name], 'line'));
  return node;
}
