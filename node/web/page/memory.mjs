/*
 * The reader's choices, stored in the browser only, if it allows that. A page opened from a file stores nothing: some
 * browsers have one storage for all files, so any other file could change the choices.
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

/* Stores a value; null removes it. Returns whether it is stored. */
export function remember(key, value) {
  try {
    if (value === null) memory()?.removeItem(key);
    else memory()?.setItem(key, value);
    return isKeeping;
  } catch {
    return false;
  }
}
