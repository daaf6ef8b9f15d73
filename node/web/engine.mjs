/*
 * The WebAssembly module and its memory: the JavaScript side of badge.h. It knows nothing about credentials, and no
 * other module uses addresses.
 *
 * An instance that traps is never called again. The instance of the pure calls is reused, unless a document made its
 * memory grow; each verification has an instance of its own, which is dropped with it.
 */
import base64 from './wasm.mjs';

const KEEP_BYTES = 16 << 20;
const decoder = new TextDecoder();

let compiled; // a promise
let shared; // the instance of the pure calls

/* Something can't be read or is refused. status is a stable name, such as "syntax"; offset is in bytes, or null. */
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
  if (at === 0) throw new RangeError(`an input of ${bytes.length} bytes is too long`);
  new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
  return at;
}

function output(exports) {
  return new Uint8Array(exports.memory.buffer, exports.badge_output_at() >>> 0, exports.badge_output_len() >>> 0);
}

/* Calls a function whose arguments are numbers and bytes (null: none); returns {result, bytes}, bytes being a copy. */
export function call(exports, name, ...args) {
  try {
    const passed = args.map((arg) => (arg instanceof Uint8Array ? put(exports, arg) : (arg ?? 0)));
    const result = exports[name](...passed);
    return { result, bytes: output(exports).slice() };
  } finally {
    exports.badge_release();
  }
}

export function json(bytes) {
  return JSON.parse(decoder.decode(bytes));
}

/* Calls a function that returns a status; throws a BadgeError unless that is 0. */
export async function callPure(name, input) {
  const exports = shared ?? (await instantiate());
  shared = undefined; // an instance that traps is not put back
  const { result, bytes } = call(exports, name, input);
  if (exports.memory.buffer.byteLength <= KEEP_BYTES) shared = exports;
  if (result !== 0) throw new BadgeError(json(bytes));
  return bytes;
}
