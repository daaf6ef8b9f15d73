/*
 * Inflates gzip (RFC 1952) with the platform's own decompressor, within a bound. A file is one member or several, and
 * nothing else: the decompressor of browsers refuses what stands behind the first member, so further ones are looked for;
 * that of Node ignores a zero byte and what follows it, which is then found out.
 */
const MAX_WORK = 4; // bytes that are inflated in vain, in multiples of the bound: not all that looks like a member is one
const SLICE = 4096; // bytes that are inflated at a time: to a thousand times as many at most
const MAX_RATIO = 1032;
const EMPTY_AND_ZERO = Uint8Array.of(31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

class TooLong extends Error {}

function inSlices(bytes) {
  let at = 0;
  const pull = (control) => {
    if (at >= bytes.length) control.close();
    else control.enqueue(bytes.subarray(at, (at += SLICE)));
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}

async function inflateMember(bytes, maxBytes) {
  const parts = [];
  let length = 0;
  const reader = inSlices(bytes).pipeThrough(new DecompressionStream('gzip')).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel().catch(() => {});
      throw new TooLong();
    }
    parts.push(value);
  }
  return { parts, length };
}

/* Null: these bytes are not one whole member, or, where the platform reads several, not several. */
async function tryMember(bytes, maxBytes) {
  try {
    return await inflateMember(bytes, maxBytes);
  } catch (error) {
    if (error instanceof TooLong) throw error;
    return null;
  }
}

let ignoring; // whether the platform ignores what stands behind a zero byte, once that is known

const ignoresRest = () => (ignoring ??= tryMember(EMPTY_AND_ZERO, 0).then((read) => read !== null));

/* Whether a file that was read has something behind its last member: then it can be read without its last byte too. */
const hasRest = async (bytes, maxBytes) =>
  (await ignoresRest()) && (await tryMember(bytes.subarray(0, -1), maxBytes)) !== null;

/* The length that a member which ends here states of itself, and that its bytes must have. */
const statedLength = (bytes, end) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(end - 4, true);

/* Where a member may end: in front of ID1 ID2 CM and flags without a reserved one, and at the end. */
function* endsOf(bytes) {
  for (let at = bytes.indexOf(0x1f, 18); at >= 0 && at + 18 <= bytes.length; at = bytes.indexOf(0x1f, at + 1))
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && bytes[at + 3] < 0x20) yield at;
  if (bytes.length >= 18) yield bytes.length;
}

async function inflateMembers(bytes, maxBytes) {
  const parts = [];
  let [from, length, inVain] = [0, 0, 0];
  for (const end of endsOf(bytes)) {
    const stated = statedLength(bytes, end);
    if (stated > maxBytes) continue;
    if (inVain > MAX_WORK * maxBytes) return null;
    const member = await tryMember(bytes.subarray(from, end), stated).catch(() => null);
    if (member === null) {
      inVain += stated + MAX_RATIO * Math.min(SLICE, end - from);
      continue;
    }
    length += member.length;
    if (length > maxBytes) throw new TooLong();
    parts.push(...member.parts);
    from = end;
  }
  return from === bytes.length ? { parts, length } : null;
}

async function inflateFile(bytes, maxBytes) {
  const whole = await tryMember(bytes, maxBytes);
  if (whole === null) return inflateMembers(bytes, maxBytes);
  return (await hasRest(bytes, maxBytes)) ? null : whole;
}

/* Throws an Error whose message says why there are none: one clause. */
export async function inflate(bytes, maxBytes) {
  if (typeof DecompressionStream === 'undefined') throw new Error('this browser can’t inflate its bits');
  let inflated;
  try {
    inflated = await inflateFile(bytes, maxBytes);
  } catch (error) {
    if (!(error instanceof TooLong)) throw error;
    throw new Error(`its bits are more than ${maxBytes >> 20} MiB`);
  }
  if (inflated === null) throw new Error('its bits are not compressed as gzip is, or are damaged');
  const out = new Uint8Array(inflated.length);
  inflated.parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}
