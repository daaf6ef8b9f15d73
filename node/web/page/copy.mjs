/* A text that the reader takes along. */
import { button, el } from './dom.mjs';
import { t } from './language.mjs';

/* A text with a copy button; box is the element that holds the text. */
export function copyBox(id, labelKey, announce, rows) {
  const box = el('textarea', {
    id,
    rows,
    readonly: true,
    dir: 'ltr',
    spellcheck: 'false',
    onfocus: () => box.select(),
  });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(box.value);
      announce(t('share.copied'));
    } catch {
      box.focus();
      announce(t('share.copy.failed'));
    }
  };
  const view = el(
    'div',
    { class: 'copy' },
    el('label', { for: id }, t(labelKey)),
    el('div', { class: 'line' }, box, button(t('share.copy'), copy, { symbol: 'copy', 'data-copies': id })),
  );
  return { view, box };
}
