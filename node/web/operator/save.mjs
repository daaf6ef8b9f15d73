/* Saves text as a file on the reader's computer. */
import { el } from '../page/dom.mjs';

export function saveText(name, type, ...parts) {
  const href = URL.createObjectURL(new Blob(parts, { type }));
  const link = el('a', { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}
