/* Formats numbers and times for people. English only, like the page. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const five = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 });

export const count = (n) => whole.format(n);

export function plural(n, word, words = `${word}s`) {
  return `${whole.format(n)} ${n === 1 ? word : words}`;
}

export function rate(perSecond) {
  return `${(perSecond < 10 ? one : whole).format(perSecond)}/s`;
}

export function size(bytes) {
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  return `${one.format(bytes / 1000 ** step)} ${['bytes', 'kB', 'MB'][step]}`;
}

export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  if (s < 36 * 3600) return `${one.format(s / 3600)} h`;
  return `${one.format(s / 86400)} days`;
}

/* Wei, a decimal string, as ether, or as gwei for small amounts. */
export function money(wei) {
  const gwei = Number(BigInt(wei) / 1000n) / 1e6;
  return gwei > 0 && gwei < 1e6 ? [five.format(gwei), 'gwei'] : [five.format(gwei / 1e9), 'ether'];
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
}

/* Turns the node's reasons into sentences: some are clauses, written for logs and the command line. */
export function sentence(text) {
  const first = /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() : text.charAt(0); // not a name or address
  return `${first}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}

/* The beginning and the end of a long hash; the element's title has all of it, and the copy button copies all of it. */
export function brief(hex) {
  return hex.length > 20 ? `${hex.slice(0, 10)}…${hex.slice(-6)}` : hex;
}
