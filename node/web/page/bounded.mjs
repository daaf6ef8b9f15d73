/* Reads a whole stream of at most max bytes; a longer one is cancelled, and the promise rejected with `why`. */
export async function readAll(stream, max, why) {
  const reader = stream.getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > max) {
      await reader.cancel();
      throw new RangeError(why);
    }
    parts.push(value);
  }
}
