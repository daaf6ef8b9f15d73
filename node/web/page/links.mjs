/*
 * Which badge a text means: links as mail programs, chats, scanners of mail and people change them, and bare digests.
 * Only the digest and the fragment of a link are used, never its host: so it does not matter who rewrote it.
 */

const MAX_TEXT = 100_000; // characters: a rewritten link is a few times as long as the longest fragment
const MAX_WORDS = 1000; // characters around a link: more is a document of its own
const MAX_FRAGMENTS = 32; // that are tried: a line after a fragment may look like a part of it

const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const BREAK = '=?[ \\t]{0,8}\\r?\\n[>|\\s]{0,16}'; // also of quoted-printable (RFC 2045 section 6.7) and of a quotation
const CUT = `(?:${BREAK})?`;
const HEX = `((?:[0-9a-f]${CUT}){63}[0-9a-f])(?![0-9a-z])`;
const NAMED = new RegExp(`/${CUT}(?:c|embed|v1/credentials)${CUT}/${CUT}(?:0x)?${HEX}`, 'gi');
const INSIDE = new RegExp(`#${CUT}b${CUT}=${CUT}([\\w-](?:${CUT}[\\w-])*)`, 'g');
const BARE = new RegExp(`(?:^|[^0-9a-z/_-])(?:0x)?${HEX}`, 'gi');
const SPACED = /^\W*(?:sha-?256\W*)?(?:0x)?((?:[0-9a-f][\s:.-]*){64})\W*$/i; // in groups, as people write numbers down
const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/gi;

/* JSON, XML and tokens are documents, whatever links are in them. */
const DOCUMENT = /^"?\s*\{|^\[\s*[[{"]|^<(?:[?!]|[a-z][\w:-]*[\s>])|^[\w-]+\.[\w-]*\.[\w-]*(?:~|$)/i;

const whole = (text) => text.replace(new RegExp(BREAK, 'g'), '');

/* -- rewritten links ---------------------------------------------------------------------------------------------- */

/* Percent-encoding, which Outlook's Safe Links, Google, Proofpoint v1 and others use in a parameter of their own link. */
const decoded = (text) =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });

/* Proofpoint URL Defense v2: in u, - stands for % and _ for /. */
const decodedV2 = (text) =>
  text.replace(/\burldefense(?:\.proofpoint)?\.com\/v2\/url\?(?:[^\s&]*&)*?u=([^\s&]+)/gi, (_, url) =>
    decoded(url.replaceAll('-', '%').replaceAll('_', '/')),
  );

const RUN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/* Proofpoint URL Defense v3: * stands for one of the characters in base64url after the link, **X for a run of them. */
const decodedV3 = (text) =>
  text.replace(/\burldefense(?:\.proofpoint)?\.com\/v3\/__(\S+?)__;([\w-]*)!\S*/gi, (link, url, packed) => {
    try {
      const bytes = Uint8Array.from(atob(packed.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
      const left = [...new TextDecoder().decode(bytes)];
      return decoded(url).replace(/\*(?:\*([\w-]))?/g, (_, run) =>
        left.splice(0, run ? RUN.indexOf(run) + 2 : 1).join(''),
      );
    } catch {
      return link;
    }
  });

/* The text, and what it says once the links in it are as they were. */
function readings(text) {
  const all = new Set([text]);
  for (const one of all) {
    // it grows meanwhile: a link may be rewritten more than once
    if (all.size > 12) break;
    for (const decode of [decodedV3, decodedV2, decoded]) all.add(decode(one));
  }
  return [...all];
}

/* -- links -------------------------------------------------------------------------------------------------------- */

/* What the captured text may have been: without the lines after it, without "3D" of quoted-printable. */
function fragmentsOf(captured) {
  const lines = captured.split(new RegExp(BREAK));
  return lines
    .map((_, i) => lines.slice(0, lines.length - i).join(''))
    .flatMap((one) => [one, one.replace(/^3D/, ''), one.replace(/[_-]+$/, '')])
    .map((one) => `#b=${one}`);
}

const found = (texts, pattern) => texts.flatMap((text) => [...text.matchAll(pattern)].map(([, one]) => one));

function namesIn(texts) {
  const digests = new Set(found(texts, NAMED).map((one) => whole(one).toLowerCase()));
  const fragments = new Set(found(texts, INSIDE).flatMap(fragmentsOf));
  return { digests: [...digests], fragments: [...fragments].slice(0, MAX_FRAGMENTS) };
}

function bareIn(text) {
  const [, spaced] = SPACED.exec(text) ?? [];
  if (spaced) return [spaced.replace(/[^0-9a-f]/gi, '').toLowerCase()];
  const others = text.replace(ADDRESS, ' ');
  return [...new Set(found([others], BARE).map((one) => whole(one).toLowerCase()))];
}

/* An address alone, which no document is. */
export const isAddress = (text) => /^<?https?:\/\/[^\s<>"]+>?$/i.test(text.trim());

/* One that should name a badge. */
export const isCutShort = (text) => isAddress(text) && /\/(?:c|embed)\/(?:0x)?[0-9a-f]+\W*$/i.test(text);

/*
 * {linked, fragments, isSeveral} of a text: the digest that it names, or null; the fragments with a badge that it may
 * contain, likeliest first; whether it names several badges, and so none. A document names none.
 */
export function linkIn(given) {
  const nothing = { linked: null, fragments: [], isSeveral: false };
  const text = given.replace(INVISIBLE, '').trim();
  if (text.length > MAX_TEXT || DOCUMENT.test(text)) return nothing;
  const around = text.replace(ADDRESS, '').length;
  for (const one of [text, whole(text)]) {
    const { digests, fragments } = namesIn(readings(one));
    const [linked = null] = digests;
    const isShort = around <= MAX_WORDS + Math.max(...fragments.map((one) => one.length), 0);
    if (digests.length > 1) return { ...nothing, isSeveral: isShort };
    if ((linked || fragments.length > 0) && isShort) return { ...nothing, linked, fragments };
  }
  const bare = around <= MAX_WORDS ? bareIn(text) : [];
  return { ...nothing, linked: bare.length === 1 ? bare[0] : null, isSeveral: bare.length > 1 };
}
