/* Input: files dropped anywhere or chosen, text pasted anywhere or into the box. Passes it on without checking it. */
import { byId } from './dom.mjs';

const isField = (node) => node instanceof HTMLElement && node.closest('input, textarea, select') !== null;
const hasFiles = (event) =>
  [...(event.dataTransfer?.types ?? [])].some((type) => type === 'Files' || type === 'text/plain');

function listenForDrops({ onFiles, onText }) {
  const overlay = byId('overlay');
  let depth = 0; // of the elements that a drag has entered and not left
  const show = (change) => {
    depth = change === 0 ? 0 : Math.max(0, depth + change);
    overlay.hidden = depth === 0;
  };
  document.addEventListener('dragenter', (event) => hasFiles(event) && show(1));
  document.addEventListener('dragleave', (event) => hasFiles(event) && show(-1));
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  document.addEventListener('drop', (event) => {
    if (isField(event.target) && event.dataTransfer.files.length === 0) return show(0);
    event.preventDefault();
    show(0);
    const text = event.dataTransfer.getData('text/plain');
    if (event.dataTransfer.files.length > 0) onFiles([...event.dataTransfer.files]);
    else if (text) onText(text);
  });
}

function listenForPastes({ onFiles, onText }) {
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData('text/plain');
    if (files.length === 0 && (!text || isField(event.target))) return;
    event.preventDefault();
    if (files.length > 0) onFiles(files);
    else onText(text);
  });
  byId('paste').addEventListener('submit', (event) => {
    event.preventDefault();
    onText(byId('paste-text').value);
  });
}

export function listen(handlers) {
  const chooser = byId('files');
  byId('choose').addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    const files = [...chooser.files];
    chooser.value = ''; // so that the same file can be chosen again
    if (files.length > 0) handlers.onFiles(files);
  });
  listenForDrops(handlers);
  listenForPastes(handlers);
}
