/*
 * Reads what is baked into an image. It makes the same decisions as node/image in C; tests compare the two. PNG is read
 * chunk by chunk, nothing is inflated; SVG is parsed by the browser's DOMParser, or by one that the caller passes.
 * Images are untrusted: length, depth and attributes are limited, and a document that declares entities is not parsed.
 */
import { BadgeError } from './engine.mjs';

const MAX_LENGTH = 16 << 20;
const MAX_SIDE = 16384;
const MAX_CHUNK = 0x7fffffff;
const MAX_DEPTH = 256;
const MAX_ATTRIBUTES = 256;
const MAX_NAMESPACES = 64;
const MAX_NAMES = 256 << 10; // total length of the different names

const NOTHING = { credential: null, receipt: null, url: null, version: null };
const MAX_PARTS = 64; // badges (an SVG may have equal copies of one) and receipt
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const latin1 = new TextDecoder('latin1');
const encoder = new TextEncoder();

function refuse(status, text, offset = null) {
  throw new BadgeError({ status, offset, text });
}

/* -- what counts as a badge --------------------------------------------------------------------------------------- */

/* Not by a pattern: one for the end would retry every run of white space from each position in it. */
function trim(text) {
  let [begin, end] = [0, text.length];
  const isSpace = (at) => ' \t\r\n'.includes(text[at]);
  while (begin < end && isSpace(end - 1)) end--;
  while (begin < end && isSpace(begin)) begin++;
  return text.slice(begin, end);
}

function isUrl(text) {
  return /^https?:\/\/[^\0- ]+$/i.test(text);
}

/* A JSON object or a token of base64url parts, by libbadge's rules; libbadge decides later whether it is valid. */
function isCredential(bytes) {
  const text = latin1.decode(bytes);
  return (
    /^(?:\u00ef\u00bb\u00bf)?[ \t\r\n]*\{[ \t\r\n]*["}]/.test(text) ||
    /^[ \t\r\n]*[\w-]+\.[\w-]+\.[\w-]+(?:~|[ \t\r\n]*$)/.test(text) ||
    /^[ \t\r\n]*[\w-]+(?:\.[\w-]*){4}[ \t\r\n]*$/.test(text)
  );
}

/* Whether nothing of a second badge counts: an equal copy, or a link of 2.0 beside a credential of 3.0. */
function isSettled(image, version, text, takesCopies) {
  const isLink = version === '2.0' && isUrl(text);
  const present = image.url ?? trim(latin1.decode(image.credential));
  if (takesCopies && version === image.version && (image.url === null ? present : image.link) === text) return true;
  if (!image.hasOtherLink && isLink !== (image.url !== null) && (isLink ? image.version : version) === '3.0') {
    image.hasOtherLink = true;
    if (!isLink) image.url = null;
    return isLink;
  }
  return refuse('image', 'this image contains two badges, and nothing says which one counts; bake it again with one');
}

function addBadge(image, version, bytes, takesCopies = false) {
  const text = trim(latin1.decode(bytes));
  if (image.version !== null && isSettled(image, version, text, takesCopies)) return;
  if (text === '') refuse('image', 'the badge in this image is empty; bake it again');
  image.version = version;
  image.link = text;
  if (version === '2.0' && isUrl(text)) image.url = trim(new TextDecoder().decode(bytes));
  else image.credential = bytes;
}

function addReceipt(image, bytes) {
  if (image.receipt !== null)
    refuse('image', 'this image contains two receipts, and nothing says which one counts; bake it again with one');
  image.receipt = bytes;
}

/* -- PNG ---------------------------------------------------------------------------------------------------------- */

let crcTable;

function crc32(bytes) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/* The chunks, each within the file and with a correct CRC; the last is IEND. */
function* chunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SIGNATURE.length;
  for (let type = ''; type !== 'IEND'; ) {
    const left = bytes.length - at - 12;
    const length = left >= 0 ? view.getUint32(at) : 0;
    if (length > MAX_CHUNK) refuse('image', 'the PNG is broken; download it again', at);
    if (length > left) refuse('image', 'the PNG is truncated: it ends before IEND; download it again', at);
    type = latin1.decode(bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) refuse('image', 'the PNG is broken; download it again', at);
    if (view.getUint32(at + 8 + length) !== crc32(bytes.subarray(at + 4, at + 8 + length)))
      refuse('image', 'the PNG is broken; download it again', at);
    yield { type, at, data: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
  if (at !== bytes.length)
    refuse('image', 'the PNG has bytes after its end (IEND); download it again', at);
}

/* PNG, section 11.2.1 */
function readHeader({ type, at, data }) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const depths = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
  if (type !== 'IHDR') refuse('image', 'the PNG does not begin with its header (IHDR); download it again', at);
  const isSide = (side) => side > 0 && side <= 0x7fffffff;
  if (
    data.length !== 13 ||
    !isSide(view.getUint32(0)) ||
    !isSide(view.getUint32(4)) ||
    !depths[data[9]]?.includes(data[8]) ||
    data[10] !== 0 ||
    data[11] !== 0 ||
    data[12] > 1
  )
    refuse('image', 'the PNG is broken; download it again', at);
  return { needsPalette: data[9] === 3, isLarge: view.getUint32(0) > MAX_SIDE || view.getUint32(4) > MAX_SIDE };
}

const PARTS = { openbadgecredential: '3.0', openbadges: '2.0', badgereceipt: null };

/* The text of an iTXt chunk: after the keyword come two bytes about compression and two more strings. */
function internationalText(data, at) {
  const translated = data.length > 2 ? data.indexOf(0, 2) : -1;
  const text = translated < 0 ? -1 : data.indexOf(0, translated + 1);
  if (text < 0 || data[0] > 1) refuse('image', "the badge's iTXt chunk is malformed; bake the image again", at);
  if (data[0] === 1)
    refuse('unsupported', "the badge's iTXt chunk is compressed, which Open Badges forbids; bake the image again", at);
  return data.subarray(text + 1);
}

function readText(image, { type, at, data }) {
  const end = data.subarray(0, 80).indexOf(0);
  const keyword = latin1.decode(data.subarray(0, Math.max(end, 0)));
  if (!Object.hasOwn(PARTS, keyword)) return;
  const version = PARTS[keyword];
  let text = data.subarray(end + 1);
  if (type === 'iTXt') text = internationalText(text, at);
  else if (type === 'zTXt')
    refuse('unsupported', 'the badge is in a compressed chunk (zTXt), which Open Badges forbids; bake the image again', at);
  else if (version !== '2.0')
    refuse('unsupported', 'the badge is in a tEXt chunk, but Open Badges 3.0 requires iTXt; bake the image again', at);
  if (version === null) addReceipt(image, text.slice());
  else addBadge(image, version, text.slice());
}

function readPng(bytes) {
  const image = { ...NOTHING, kind: 'png' };
  let header = null; // until it was read
  let hasPalette = false;
  let hasData = false;
  for (const chunk of chunks(bytes)) {
    const { type, at } = chunk;
    if (header === null) {
      header = readHeader(chunk);
    } else if (type === 'IHDR' || (type === 'IEND' && !hasData)) {
      refuse('image', 'the PNG is broken; download it again', at);
    } else if (type === 'IDAT' && header.needsPalette && !hasPalette) {
      refuse('image', 'the PNG is broken; download it again', at);
    } else if (header.isLarge) {
      refuse('unsupported', `the PNG is wider or higher than ${MAX_SIDE} pixels; make it smaller`, at);
    } else if (type === 'PLTE') {
      hasPalette = true;
    } else if (type === 'IDAT') {
      hasData = true;
    } else if (type === 'iTXt' || type === 'tEXt' || type === 'zTXt') {
      readText(image, chunk);
    } else if (type !== 'IEND' && /^[A-Z]/.test(type)) {
      refuse('unsupported', 'the PNG has an unknown critical chunk; save it again', at);
    }
  }
  return image;
}

/* -- SVG: checks before it is parsed ------------------------------------------------------------------------------- */

/* By a byte-order mark, or by '<' and a zero byte. */
function encodingOf(bytes) {
  const begin = bytes[0] * 256 + bytes[1];
  if (begin === 0xfffe || begin === 0x3c00) return 'utf-16le';
  if (begin === 0xfeff || begin === 0x003c) return 'utf-16be';
  return 'utf-8';
}

/* The position after a DOCTYPE that begins at `at`, including its internal subset. */
function passDoctype(text, at, pass) {
  let [where, quote] = ['doctype', ''];
  for (at += '<!DOCTYPE'.length; at < text.length; at++) {
    const c = text[at];
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") {
      quote = c;
    } else if (where === 'subset') {
      if (c === ']') where = 'doctype';
      else if (text.startsWith('<!--', at)) at = pass('-->', at + 4) - 1;
      else if (text.startsWith('<?', at)) at = pass('?>', at + 2) - 1;
      else if (text.startsWith('<!', at) && text[at + 2] !== '-') [where, at] = ['declaration', at + 2];
      else if (c === '<') return text.length;
    } else if (where === 'declaration') {
      if (c === '>') where = 'subset';
    } else if (c === '[') {
      where = 'subset';
    } else if (c === '>') {
      return at + 1;
    }
  }
  return at;
}

/* Reads the prolog (XML 1.0 section 2.8) to find out whether the root is an svg. */
function readProlog(text) {
  let at = 0;
  const doctypes = [];
  const pass = (mark, from) => {
    const found = text.indexOf(mark, from);
    return found < 0 ? text.length : found + mark.length;
  };
  for (;;) {
    while (' \t\r\n'.includes(text[at] ?? '<')) at++;
    if (text.startsWith('<?', at)) {
      at = pass('?>', at + 2);
    } else if (text.startsWith('<!--', at)) {
      at = pass('-->', at + 4);
    } else if (/^<!DOCTYPE[ \t\r\n]$/.test(text.slice(at, at + 10))) {
      const end = passDoctype(text, at, pass);
      doctypes.push([at, end]);
      at = end;
    } else {
      break;
    }
  }
  const root = /<([-.:\w\u0080-\uffff]+)[ \t\r\n/>]/y;
  root.lastIndex = at;
  return { isSvg: root.exec(text)?.[1].split(':').pop() === 'svg', doctypes };
}

/* The XML declaration, read strictly (XML 1.0 section 2.8); its groups are the encoding. */
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/;

function decodeStrictly(bytes, encoding) {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return refuse('image', `the SVG is not valid ${encoding.toUpperCase()}; save it again`);
  }
}

/*
 * The text without its declaration, which a parser of strings must not get. Every XML parser supports two encodings
 * (XML 1.0 section 4.3.3); US-ASCII is a subset of the first.
 */
function decode(bytes, encoding, lenient) {
  const known = encoding === 'utf-8' ? ['utf-8', 'us-ascii'] : ['utf-16'];
  const utf16 = encoding === 'utf-8' ? null : decodeStrictly(bytes, encoding);
  const hasDeclaration = /^<\?xml[ \t\r\n]/.test(lenient);
  const found = hasDeclaration ? DECLARATION.exec(lenient) : [''];
  if (!found) refuse('image', 'the SVG is not well-formed XML (its declaration is malformed); save it again');
  const declared = found[1] ?? found[2];
  if (declared !== undefined && !known.includes(declared.toLowerCase()))
    refuse(
      'unsupported',
      'the SVG declares an encoding that is neither UTF-8 nor UTF-16, or not the one it is in; save it in UTF-8',
    );
  const text = utf16 ?? decodeStrictly(bytes, encoding);
  if (text.includes('\0')) refuse('image', 'the SVG contains zero bytes; save it again');
  return text.slice(found[0].length);
}

const broken = () => refuse('image', 'the SVG is not well-formed XML; save it again');

/* XML 1.0 section 2.8, without an internal subset; its group is the part up to the root's name. */
const DOCTYPE =
  /^(<!DOCTYPE[ \t\r\n]+[^ \t\r\n<>[\]"']+)(?:[ \t\r\n]+(?:SYSTEM|PUBLIC[ \t\r\n]+(?:"[-\w \r\n'()+,./:=?;!*#@$%]*"|'[-\w \r\n()+,./:=?;!*#@$%]*'))[ \t\r\n]+(?:"[^"\0-\x08\v\f\x0e-\x1f\ufffe\uffff]*"|'[^'\0-\x08\v\f\x0e-\x1f\ufffe\uffff]*'))?[ \t\r\n]*>$/;

/*
 * Reduces the DOCTYPE to the root's name. Browsers define the entities of XHTML for its public identifier: without it a
 * document has only XML's own. shift: how many characters were removed since the prolog was read.
 */
function withoutEntities(text, { doctypes }, shift) {
  if (doctypes.length !== 1) return text; // the parser refuses several
  const [begin, end] = doctypes[0].map((at) => at - shift);
  const [, beginning] = DOCTYPE.exec(text.slice(begin, end)) ?? broken();
  return `${text.slice(0, begin)}${beginning}>${text.slice(end)}`;
}

/* The position after a DOCTYPE that begins at `at`. */
function passPlainDoctype(text, at) {
  for (let quote = ''; at < text.length; at++) {
    const c = text[at];
    if (quote) quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (c === '>') return at + 1;
    else if (c === '[')
      refuse(
        'unsupported',
        'the SVG has declarations in its DOCTYPE, such as entities, which are not supported; save it as plain SVG',
      );
  }
  return broken();
}

/* The position after a start tag whose name begins at `at`, and how many namespaces and default ones it declares. */
function passTag(text, at) {
  let [quote, nAttributes, nNamespaces, nDefaults] = ['', 0, 0, 0];
  while (at < text.length && !' \t\r\n/>'.includes(text[at])) at++;
  for (; at < text.length && text[at] !== '<'; at++) {
    const c = text[at];
    if (quote) {
      quote = c === quote ? '' : quote;
    } else if (c === '"' || c === "'") {
      quote = c;
      if (++nAttributes > MAX_ATTRIBUTES)
        refuse('limit', `an element of the SVG has more than ${MAX_ATTRIBUTES} attributes`);
    } else if (c === 'x' && text.startsWith('xmlns', at)) {
      nNamespaces++;
      if (' \t\r\n='.includes(text[at + 5]) && ' \t\r\n'.includes(text[at - 1])) nDefaults++;
    } else if (c === '>') {
      return { end: at + 1, nNamespaces, nDefaults };
    }
  }
  return broken();
}

const TARGET_END = /[ \t\r\n?:]/g; // of a processing instruction; a colon in a target is an error

/*
 * Checks the tags and the limits by the same rules as node/image/markup.c, before a browser's parser sees the text:
 * that parser may be laxer than XML.
 */
function checkMarkup(text) {
  const declared = []; // namespaces, of the open elements
  let [at, inScope, isBroken] = [0, 0, false];
  const after = (mark, from) => {
    const found = text.indexOf(mark, from);
    return found < 0 ? broken() : found + mark.length;
  };
  while ((at = text.indexOf('<', at)) >= 0) {
    if (text.startsWith('<!--', at)) {
      at = after('-->', at + 4);
    } else if (text.startsWith('<![CDATA[', at)) {
      at = after(']]>', at + 9);
    } else if (text.startsWith('<?', at)) {
      TARGET_END.lastIndex = at + 2;
      isBroken ||=
        TARGET_END.exec(text)?.[0] === ':' || /^xml(?![-.\w\u0080-\uffff])/i.test(text.slice(at + 2, at + 6));
      at = after('?>', at + 2);
    } else if (text.startsWith('<!', at)) {
      at = text.startsWith('<!DOCTYPE', at) ? passPlainDoctype(text, at) : broken();
    } else if (text.startsWith('</', at)) {
      inScope -= declared.length > 0 ? declared.pop() : broken();
      at = after('>', at);
    } else {
      const { end, nNamespaces, nDefaults } = passTag(text, at + 1);
      isBroken ||= nDefaults > 1;
      if (declared.length === MAX_DEPTH) refuse('limit', `elements of the SVG nest deeper than ${MAX_DEPTH}`);
      if (inScope + nNamespaces > MAX_NAMESPACES)
        refuse('limit', `more than ${MAX_NAMESPACES} namespaces are declared in one place of the SVG`);
      if (text[end - 2] !== '/') {
        declared.push(nNamespaces);
        inScope += nNamespaces;
      }
      at = end;
    }
  }
  if (isBroken) broken();
}

/* -- SVG: the document --------------------------------------------------------------------------------------------- */

/* A parser reports errors in an element of the document; a document that itself has such an element counts as broken. */
function parse(text, DOMParser) {
  let document;
  try {
    document = new DOMParser().parseFromString(text, 'image/svg+xml');
  } catch {
    broken();
  }
  const errors = ['http://www.w3.org/1999/xhtml', 'http://www.mozilla.org/newlayout/xml/parsererror.xml'];
  if (!document?.documentElement || errors.some((ns) => document.getElementsByTagNameNS(ns, 'parsererror').length > 0))
    broken();
  return document;
}

const XML_NAMES = ['http://www.w3.org/XML/1998/namespace', 'http://www.w3.org/2000/xmlns/'];

/* Rules of Namespaces in XML 1.0 (sections 3 and 4) that parsers do not enforce: local names, two reserved names. */
function breaksNamespaces({ name, value }) {
  return (
    /:[-.\d\u00b7\u0300-\u036f\u203f\u2040]/.test(name) ||
    (/^xmlns(?::(?!xml$)|$)/.test(name) && XML_NAMES.includes(value))
  );
}

/* All elements; the total length of their different names is limited. */
function* elements(root) {
  const names = new Set();
  let namesLength = 0;
  for (const element of [root, ...root.getElementsByTagName('*')]) {
    const attributes = [{ name: element.nodeName }, ...element.attributes];
    if (attributes.some(breaksNamespaces)) broken();
    for (const { name } of attributes) {
      if (names.has(name)) continue;
      names.add(name);
      namesLength += name.length;
      if (namesLength > MAX_NAMES)
        refuse('limit', 'the SVG has too many different names; save it as plain SVG');
    }
    yield element;
  }
}

/* The badge is the value of `verify` if that is not a URL, else the text; with both, nothing says which counts. */
function badgeText(element) {
  const verify = trim(element.getAttributeNS(null, 'verify') ?? '');
  const text = trim(element.textContent);
  if (verify && text && !isUrl(verify))
    refuse(
      'image',
      "the SVG's badge is both in the attribute verify and in the text, and nothing says which one counts; bake it again",
    );
  return text || verify;
}

const ELEMENTS = {
  'https://purl.imsglobal.org/ob/v3p0 credential': '3.0',
  'http://openbadges.org assertion': '2.0',
  'urn:badged:receipt badgereceipt': null,
};

function readSvg(text, DOMParser) {
  const image = { ...NOTHING, kind: 'svg' };
  let parts = 0;
  for (const element of elements(parse(text, DOMParser).documentElement)) {
    const name = `${element.namespaceURI} ${element.localName}`;
    if (!Object.hasOwn(ELEMENTS, name)) continue;
    if (++parts > MAX_PARTS) refuse('image', 'the SVG has too many copies of its badge; bake it again with one');
    if ([...element.childNodes].some(({ nodeType }) => nodeType === 1))
      refuse('image', "the SVG's badge or receipt contains elements; it must contain only text");
    const version = ELEMENTS[name];
    if (version === null) addReceipt(image, encoder.encode(trim(element.textContent)));
    else addBadge(image, version, encoder.encode(badgeText(element)), true);
  }
  return image;
}

/* The last check: other errors of the image come first. */
function checkCredential(image) {
  if (image.credential !== null && !isCredential(image.credential))
    refuse('image', 'what is baked into the image is neither a JSON credential nor a JWS; bake it again');
  return image;
}

/* -- an image that can't be read ----------------------------------------------------------------------------------- */

const TRACES = /openbadge|badgereceipt|imsglobal|[cC]redential|assertion|"recipient"|eyJ[\w-]{16}/;

function character(reference, hex, digits) {
  const value = Number.parseInt(digits, hex ? 16 : 10);
  return value <= 0x7f ? String.fromCharCode(value) : reference;
}

/* Whether anything of a badge stands in the bytes, in UTF-8 or UTF-16, with character references or without. */
function mayHaveBadge(bytes) {
  let text = latin1.decode(bytes.filter((byte) => byte !== 0));
  for (let i = 0; i < 3; i++) {
    if (TRACES.test(text)) return true;
    text = text.replace(/&#(?:(x)([0-9a-fA-F]{0,13})|()([0-9]{0,14}));/g, (whole, x, hex, _, decimal) =>
      character(whole, x, (x ? hex : decimal) || '0'),
    );
  }
  return false;
}

/* -- PNG or SVG --------------------------------------------------------------------------------------------------- */

const NO_PARSER = 'no DOMParser to parse the SVG; pass one as { DOMParser }';

function readImage(bytes, DOMParser) {
  const isPng = SIGNATURE.every((byte, i) => bytes[i] === byte);
  const encoding = encodingOf(bytes);
  let lenient;
  let prolog;
  if (!isPng) {
    const start = bytes.findIndex((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
    if (![0x3c, 0x00, 0xef, 0xfe, 0xff].includes(bytes[start])) return null;
    lenient = new TextDecoder(encoding).decode(bytes);
    prolog = readProlog(lenient);
    if (!prolog.isSvg) return null;
  }
  if (bytes.length > MAX_LENGTH)
    refuse('limit', `the image is larger than ${MAX_LENGTH} bytes, the limit; make it smaller`);
  if (isPng) return checkCredential(readPng(bytes));
  const text = decode(bytes, encoding, lenient);
  checkMarkup(text);
  if (typeof DOMParser !== 'function')
    refuse('unsupported', NO_PARSER);
  return checkCredential(readSvg(withoutEntities(text, prolog, lenient.length - text.length), DOMParser));
}

/*
 * What is baked into an image; null for bytes that are not an image. If credential is null, the image has no badge
 * inside, and is a document like any other; url may then be the URL of a badge of Open Badges 2.0 that is only a URL.
 * A broken image in whose bytes nothing of a badge stands has none.
 */
export function unbake(bytes, { DOMParser } = globalThis) {
  const isPng = SIGNATURE.every((byte, i) => bytes[i] === byte);
  try {
    const image = readImage(bytes, DOMParser);
    return image && { credential: image.credential, receipt: image.receipt, url: image.url, version: image.version, kind: image.kind };
  } catch (error) {
    const isBroken = error instanceof BadgeError && ['image', 'unsupported'].includes(error.status);
    if (!isBroken || error.message === NO_PARSER || mayHaveBadge(bytes)) throw error;
    return { ...NOTHING, kind: isPng ? 'png' : 'svg' };
  }
}
