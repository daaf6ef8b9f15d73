/*
 * Inflates gzip (RFC 1952) with the platform's own decompressor, within a bound. A file is one member or several; the
 * decompressor of browsers refuses what stands behind the first one, so the members are then looked for.
 */
const MAX_TRIES = 64; // beginnings of members that are tried; each is checked by its CRC and length

class TooLong extends Error {}

async function inflateMember(bytes, maxBytes) {
  const parts = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
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

/* Null: these bytes are not one whole member. */
async function tryMember(bytes, maxBytes) {
  try {
    return await inflateMember(bytes, maxBytes);
  } catch (error) {
    if (error instanceof TooLong) throw error;
    return null;
  }
}

/* Where a further member may begin: ID1 ID2 CM. */
function beginnings(bytes) {
  const found = [];
  for (let at = 18; at + 18 <= bytes.length; at++)
    if (bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8) found.push(at);
  return [...found, bytes.length];
}

async function inflateMembers(bytes, maxBytes) {
  const ends = beginnings(bytes);
  const parts = [];
  let [from, length, tries] = [0, 0, 0];
  for (let i = 0; i < ends.length && tries < MAX_TRIES; i++, tries++) {
    const member = await tryMember(bytes.subarray(from, ends[i]), maxBytes - length);
    if (member === null) continue;
    parts.push(...member.parts);
    length += member.length;
    from = ends[i];
  }
  return from === bytes.length ? { parts, length } : null;
}

/* Throws an Error whose message says why there are none: one clause. */
export async function inflate(bytes, maxBytes) {
  if (typeof DecompressionStream === 'undefined') throw new Error('this browser can’t inflate its bits');
  let inflated;
  try {
    inflated = (await tryMember(bytes, maxBytes)) ?? (await inflateMembers(bytes, maxBytes));
  } catch (error) {
    if (!(error instanceof TooLong)) throw error;
    throw new Error(`its bits are more than ${maxBytes >> 20} MiB`);
  }
  if (inflated === null) throw new Error('its bits are not compressed as gzip is, or are damaged');
  const out = new Uint8Array(inflated.length);
  inflated.parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}
