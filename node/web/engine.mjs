/*
 * The WebAssembly module and its memory: what badge.h says, from the other side. Nothing here knows what a credential
 * is, and nothing else touches an address.
 *
 * An instance that traps is never called again. The one of the pure calls is kept for the next, unless a document made
 * it grow; each verification has one of its own, which goes with it.
 */
import base64 from './wasm.mjs';

const KEEP_BYTES = 16 << 20;
const decoder = new TextDecoder();

let compiled; // a promise
let usual; // the instance of the pure calls

/* What can't be read or is refused. status is a stable word, such as "syntax"; offset is in bytes, or null. */
export class BadgeError extends Error {
  constructor({ status, offset, text }) {
    super(text);
    this.name = 'BadgeError';
    this.status = status;
    this.offset = offset;
  }
}

function compile() {
  compiled ??= WebAssembly.compile(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  return compiled;
}

export async function instantiate() {
  const { exports } = await WebAssembly.instantiate(await compile(), {});
  exports._initialize();
  return exports;
}

function put(exports, bytes) {
  const at = exports.badge_input(bytes.length) >>> 0;
  if (at === 0) throw new RangeError(`${bytes.length} bytes are more than is read here`);
  new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
  return at;
}

function output(exports) {
  return new Uint8Array(exports.memory.buffer, exports.badge_output_at() >>> 0, exports.badge_output_len() >>> 0);
}

/* Calls a function whose arguments are numbers and bytes (null: none); answers {result, bytes}, a copy. */
export function call(exports, name, ...args) {
  try {
    const given = args.map((arg) => (arg instanceof Uint8Array ? put(exports, arg) : (arg ?? 0)));
    const result = exports[name](...given);
    return { result, bytes: output(exports).slice() };
  } finally {
    exports.badge_release();
  }
}

export function json(bytes) {
  return JSON.parse(decoder.decode(bytes));
}

/* One of the calls that answer a status. */
export async function ask(name, input) {
  const exports = usual ?? (await instantiate());
  usual = undefined; // until it has come back in order
  const { result, bytes } = call(exports, name, input);
  if (exports.memory.buffer.byteLength <= KEEP_BYTES) usual = exports;
  if (result !== 0) throw new BadgeError(json(bytes));
  return bytes;
}
