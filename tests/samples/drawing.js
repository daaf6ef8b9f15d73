// The badge's picture, a seal with a Merkle path in it, as SVG and as PNG, and the credential baked into both as Open
// Badges 3.0 describes it. One geometry for both. The PNG is palette pixels in stored blocks, so that no version of zlib
// changes a byte of it. Called by ./make.
'use strict';
const zlib = require('zlib');

const SIZE = 128;
const LEVELS = [[64], [40, 88], [28, 52, 76, 100]]; // the x of the nodes, root first; y below
const HEIGHTS = [34, 62, 92];
const PATH = [[0, 0], [1, 1], [2, 2]]; // from the root to the leaf that is proven: level, index
const NIGHT = [27, 58, 92], GOLD = [233, 183, 73], PAPER = [244, 247, 250];

const at = ([level, index]) => [LEVELS[level][index], HEIGHTS[level]];
const onPath = (node) => PATH.some(([level, index]) => level === node[0] && index === node[1]);

function edges() {
    const all = [];
    for (let level = 1; level < LEVELS.length; level++)
        LEVELS[level].forEach((_, index) => all.push([[level - 1, index >> 1], [level, index]]));
    return all.sort((a, b) => onPath(a[1]) - onPath(b[1])); // the path is drawn last
}

const nodes = () => LEVELS.flatMap((xs, level) => xs.map((_, index) => [level, index]));

// -- SVG

function svg() {
    const colour = ([r, g, b]) => `#${((r << 16) | (g << 8) | b).toString(16)}`;
    const pick = (node) => colour(onPath(node) ? GOLD : PAPER);
    const lines = edges().map(([from, to]) => {
        const [[x1, y1], [x2, y2]] = [at(from), at(to)];
        return `    <line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${pick(to)}"/>`;
    });
    const dots = nodes().map((node) => `  <circle cx="${at(node)[0]}" cy="${at(node)[1]}" r="7" fill="${pick(node)}"/>`);
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}">`,
        '  <title>Reads a Merkle inclusion path</title>',
        `  <circle cx="64" cy="64" r="58" fill="${colour(NIGHT)}" stroke="${colour(GOLD)}" stroke-width="8"/>`,
        '  <g stroke-width="4">',
        ...lines,
        '  </g>',
        ...dots,
        '</svg>',
        '',
    ].join('\n');
}

// -- PNG: 8 by 8 samples a pixel, then the nearest of 16 colours

function distanceToLine(x, y, [x1, y1], [x2, y2]) {
    const [dx, dy] = [x2 - x1, y2 - y1];
    const t = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
    return Math.sqrt((x - x1 - t * dx) ** 2 + (y - y1 - t * dy) ** 2);
}

function colourAt(x, y) {
    const near = ([cx, cy], radius) => (x - cx) ** 2 + (y - cy) ** 2 <= radius * radius;
    for (const node of nodes()) if (near(at(node), 7)) return onPath(node) ? GOLD : PAPER;
    for (const [from, to] of edges().reverse())
        if (distanceToLine(x, y, at(from), at(to)) <= 2) return onPath(to) ? GOLD : PAPER;
    return near([64, 64], 54) ? NIGHT : near([64, 64], 62) ? GOLD : null;
}

const mix = (a, b, t) => a.map((v, i) => Math.round(v + (b[i] - v) * t));
const PALETTE = [
    [...GOLD, 0],
    ...[64, 128, 191].map((alpha) => [...GOLD, alpha]),
    ...[NIGHT, GOLD, PAPER].map((colour) => [...colour, 255]),
    ...[0.25, 0.5, 0.75].map((t) => [...mix(NIGHT, GOLD, t), 255]),
    ...[0.2, 0.4, 0.6, 0.8].map((t) => [...mix(NIGHT, PAPER, t), 255]),
    ...[0.33, 0.67].map((t) => [...mix(GOLD, PAPER, t), 255]),
];

function indexAt(px, py) {
    const sum = [0, 0, 0];
    let covered = 0;
    for (let i = 0; i < 64; i++) {
        const colour = colourAt(px + ((i & 7) + 0.5) / 8, py + ((i >> 3) + 0.5) / 8);
        if (!colour) continue;
        covered++;
        colour.forEach((v, k) => (sum[k] += v));
    }
    const pixel = covered ? [...sum.map((v) => v / covered), covered * 4 - (covered === 64)] : PALETTE[0];
    const distance = (entry) => entry.reduce((total, v, k) => total + (v - pixel[k]) ** 2 * (k === 3 ? 4 : 1), 0);
    return PALETTE.reduce((best, entry, i) => (distance(entry) < distance(PALETTE[best]) ? i : best), 0);
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
});

function chunk(type, data) {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length);
    frame.writeUInt32BE(~body.reduce((crc, byte) => crcTable[(crc ^ byte) & 255] ^ (crc >>> 8), ~0) >>> 0, 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png() {
    const rows = [];
    for (let y = 0; y < SIZE; y++) {
        rows.push(0); // no filter
        for (let x = 0; x < SIZE; x += 2) rows.push((indexAt(x, y) << 4) | indexAt(x + 1, y));
    }
    const header = Buffer.from([0, 0, 0, SIZE, 0, 0, 0, SIZE, 4, 3, 0, 0, 0]);
    return [
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        chunk('IHDR', header),
        chunk('PLTE', Buffer.from(PALETTE.flatMap((entry) => entry.slice(0, 3)))),
        chunk('tRNS', Buffer.from(PALETTE.slice(0, 4).map((entry) => entry[3]))),
        chunk('IDAT', zlib.deflateSync(Buffer.from(rows), { level: 0 })),
        chunk('IEND', Buffer.alloc(0)),
    ];
}

// -- baking

// The chunk goes behind the header. JSON as it is: UTF-8, not compressed, of no language.
function bakedPng(credential) {
    const [signature, header, ...rest] = png();
    const text = Buffer.concat([Buffer.from('openbadgecredential\0\0\0\0\0', 'latin1'), credential]);
    return Buffer.concat([signature, header, chunk('iTXt', text), ...rest]);
}

function bakedSvg(credential) {
    const namespace = ' xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"';
    const element = `\n  <openbadges:credential><![CDATA[${credential.toString().trim()}]]></openbadges:credential>`;
    const drawing = svg().replace('<svg', '<svg' + namespace);
    const rootEnd = drawing.indexOf('>') + 1;
    return Buffer.from(drawing.slice(0, rootEnd) + element + drawing.slice(rootEnd));
}

module.exports = { bakedPng, bakedSvg };
