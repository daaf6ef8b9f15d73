/*
 * What the reader chose, kept in her browser alone. Where the browser keeps nothing, nothing is kept; nor is it for a
 * page that is a file: some browsers have one memory for all files, and any of them could choose for her.
 */
function memory() {
  try {
    return location.protocol === 'file:' ? null : localStorage;
  } catch {
    return null;
  }
}

export const isKeeping = memory() !== null;

export const recall = (key) => memory()?.getItem(key) ?? null;

/* Whether it is kept. null forgets. */
export function remember(key, value) {
  try {
    if (value === null) memory()?.removeItem(key);
    else memory()?.setItem(key, value);
    return isKeeping;
  } catch {
    return false;
  }
}
