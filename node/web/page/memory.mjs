/*
 * What the reader chose, kept in her browser alone. Where the browser keeps nothing, nothing is kept; nor is it for a
 * page that is a file: some browsers have one memory for all files, and any of them could choose for her.
 */
const isFile = location.protocol === 'file:';

export function recall(key) {
  try {
    return isFile ? null : localStorage.getItem(key);
  } catch {
    return null;
  }
}

/* Whether it is kept. null forgets. */
export function remember(key, value) {
  if (isFile) return false;
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
