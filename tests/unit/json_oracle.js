// Random documents, written in random ways, canonicalized by JavaScript and by us: node json_oracle.js PROGRAM [SEED]
// JavaScript sorts by UTF-16 code units and prints numbers as ECMAScript does: it is what RFC 8785 refers to.
'use strict';
const { spawnSync } = require('child_process');

let state = BigInt(process.argv[3] || 20261123);
function random(n) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(n));
}
const pick = (list) => list[random(list.length)];

const LETTERS = ['a', 'b', 'Z', '0', '/', ' ', '\u007f', '"', '\\', '\n', '\u0000', '\u001f', 'é', '€', '\ud7ff',
    '\ue000', '\ufb33', '\ufffd', '\u{10000}', '😀', '\u{10fffd}', 'some longer plain text'];

const text = () => Array.from({ length: random(6) }, () => pick(LETTERS)).join('');

function number() {
    switch (random(5)) {
    case 0: return random(10);
    case 1: return (random(2) ? -1 : 1) * (random(2 ** 31) * 2 ** 22 + random(2 ** 22));
    case 2: return random(100000) / pick([10, 100, 1000, 7]);
    case 3: return (random(1e9) + 1) * 10 ** (random(600) - 300);
    default: {
        const view = new DataView(new ArrayBuffer(8));
        view.setUint32(0, random(2 ** 31) * 2 + random(2));
        view.setUint32(4, random(2 ** 31) * 2 + random(2));
        const value = view.getFloat64(0);
        return Number.isFinite(value) ? value : 0;
    }
    }
}

function value(depth) {
    const kind = random(depth > 4 ? 5 : 7);
    if (kind === 5) return Array.from({ length: random(5) }, () => value(depth + 1));
    if (kind === 6) return new Map(Array.from({ length: random(random(8) === 0 ? 60 : 6) }, () => [text() + (random(2) ? random(50) : ''), value(depth + 1)]));
    return [null, true, false, number(), text()][kind];
}

const space = () => pick(['', '', '', ' ', '\t', '\r ', '   ']);

function writeText(s) {
    let out = '"';
    for (const unit of s) {
        const escaped = [...Array(unit.length).keys()].map((i) => '\\u' + unit.charCodeAt(i).toString(16).padStart(4, '0')).join('');
        const must = unit < ' ' || unit === '"' || unit === '\\';
        if (must) out += random(2) ? escaped : JSON.stringify(unit).slice(1, -1);
        else if (unit === '/' && random(2)) out += '\\/';
        else out += random(6) === 0 ? (random(2) ? escaped : escaped.replace(/[a-f]/g, (c) => c.toUpperCase())) : unit;
    }
    return out + '"';
}

function writeNumber(x) {
    const unsafe = Number.isInteger(x) && !Number.isSafeInteger(x);
    const ways = [x.toExponential(), x.toExponential(20), x.toExponential().replace('e', 'E')];
    if (!unsafe && Math.abs(x) < 1e21 && (Math.abs(x) >= 1e-6 || x === 0)) ways.push(String(x));
    return pick(ways);
}

function write(v) {
    if (typeof v === 'string') return writeText(v);
    if (typeof v === 'number') return writeNumber(v);
    if (Array.isArray(v)) return '[' + space() + v.map((e) => write(e) + space()).join(',' + space()) + ']';
    if (v instanceof Map) return '{' + space() + [...v].map(([k, e]) => writeText(k) + space() + ':' + space() + write(e) + space()).join(',' + space()) + '}';
    return String(v);
}

function canonical(v) {
    if (Array.isArray(v)) return '[' + v.map(canonical).join(',') + ']';
    if (v instanceof Map) return '{' + [...v.keys()].sort().map((k) => JSON.stringify(k) + ':' + canonical(v.get(k))).join(',') + '}';
    return JSON.stringify(v);
}

const documents = Array.from({ length: 20000 }, () => value(0));
const input = documents.map((v) => space() + write(v) + space());
const run = spawnSync(process.argv[2], { input: input.join('\n') + '\n', maxBuffer: 2 ** 30 });
if (run.status !== 0) {
    console.error(`${process.argv[2]} ended with ${run.status} ${run.signal}\n${run.stderr}`);
    process.exit(1);
}
const output = run.stdout.toString().split('\n');
documents.forEach((v, i) => {
    if (output[i] !== canonical(v)) {
        console.error(`document ${i}\n read   ${input[i]}\n wanted ${canonical(v)}\n got    ${output[i]}`);
        process.exit(1);
    }
});
console.log(`${documents.length} documents, ${input.join('').length} characters: the same`);
