/* Numbers and times as people read them. English only, as the page is. */
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

/* Wei, as the decimal text in which it comes: in units of 10^18, small amounts in those of 10^9. */
export function money(wei) {
  const gwei = Number(BigInt(wei) / 1000n) / 1e6;
  return gwei > 0 && gwei < 1e6 ? [five.format(gwei), 'gwei'] : [five.format(gwei / 1e9), 'ether'];
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
}

/* The node's reasons as sentences that stand by themselves: some come as clauses, for logs and the command line. */
export function sentence(text) {
  const first = /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() : text.charAt(0); // but no name or address
  return `${first}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}

/* The beginning and the end of a long name; the whole of it stands in its title and is what gets copied. */
export function brief(hex) {
  return hex.length > 20 ? `${hex.slice(0, 10)}…${hex.slice(-6)}` : hex;
}
