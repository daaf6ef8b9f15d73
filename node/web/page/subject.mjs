/*
 * Sorts the reader's input: which file is the credential, which its receipt, what is inside an image or a bundle.
 * Nothing is verified here, and nothing of a credential is read: the engine gets the original bytes.
 */
import { unbake } from 'badged-verify';
import { isAddress, isCutShort, linkIn } from './links.mjs';
import { unpack } from './share.mjs';

const MAX_FILE = 256 << 20;
const MAX_PARSED = 16 << 20;
const RECEIPT_NAME = /\.receipt\.json$/i; // the name that nodes and `badge` use; a broken file has no type inside

/* An error that the reader can fix: a text's key and values. */
export class UserError extends Error {
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

const encoder = new TextEncoder();

function parseObject(bytes) {
  if (bytes.length > MAX_PARSED) return null;
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/* A badge in an image; its digest does not cover the pixels. A badge that is only a URL has that as pointer. */
function fromImage(bytes, { kind, credential, receipt, url }) {
  const inner = credential ?? bytes;
  const type = kind === 'svg' ? 'image/svg+xml' : 'image/png';
  return {
    credential: inner,
    inner,
    receipts: receipt ? [receipt] : [],
    image: new Blob([bytes], { type }),
    isBaked: credential !== null,
    pointer: url,
  };
}

/* Returns {receipt} or {credential, inner, receipts, image}: credential is verified, inner is the one inside it. */
function sort(bytes) {
  try {
    const image = unbake(bytes);
    if (image) return fromImage(bytes, image);
  } catch (error) {
    return {
      credential: bytes,
      inner: bytes,
      receipts: [],
      notice: { key: 'error.image', values: { reason: error.message } },
    };
  }
  const value = parseObject(bytes);
  if (value?.type === 'BadgeReceipt') return { receipt: bytes };
  if (value?.type !== 'BadgeBundle') return { credential: bytes, inner: bytes, receipts: [] };
  const { credential, receipts } = value;
  const text = typeof credential === 'string' ? credential : credential && JSON.stringify(credential);
  const known = Array.isArray(receipts) ? receipts.slice(0, 16).map((one) => encoder.encode(JSON.stringify(one))) : [];
  return { credential: bytes, inner: text ? encoder.encode(text) : null, receipts: known, isBundle: true };
}

/* The digest that a receipt names; null if it names none. */
export function digestOfReceipt(bytes) {
  const value = parseObject(bytes)?.digest?.value;
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : null;
}

function subject(parts) {
  return {
    name: null,
    type: '',
    size: 0,
    credential: null,
    inner: null,
    receipts: [],
    image: null,
    pointer: null,
    isBaked: false,
    isBundle: false,
    linked: null,
    ...parts,
  };
}

/* A digest without a document, from a link. */
export const fromDigest = (digest) => subject({ digest, linked: digest });

const fromBytes = (bytes) => subject({ size: bytes.length, ...sort(bytes) });

/* The badge in a link: the first of the fragments that is whole. linked: the digest that the link names, or null. */
export async function fromFragments(fragments, linked) {
  for (const fragment of fragments) {
    const bytes = await unpack(fragment).catch(() => null);
    if (bytes) return { ...fromBytes(bytes), linked };
  }
  throw new UserError('error.link');
}

/* The badge that its holder shows at the link of this digest. */
export const fromPublished = (text, linked) => ({ ...fromBytes(encoder.encode(text)), linked });

/* before: the last subject; a receipt alone is added to it. Returns {subject, left}: left counts ignored files. */
export async function fromFiles(files, before) {
  const credentials = [];
  const receipts = [];
  for (const file of files) {
    if (file.size > MAX_FILE) throw new UserError('error.large', { max: MAX_FILE });
    let bytes;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch {
      throw new UserError('error.read');
    }
    const parts = RECEIPT_NAME.test(file.name) ? { receipt: bytes } : sort(bytes);
    if (parts.receipt) receipts.push(parts.receipt);
    else credentials.push({ ...parts, name: file.name || null, type: file.type, size: bytes.length });
  }
  if (credentials.length === 0 && receipts.length > 0)
    return { subject: withReceipt(before, receipts[0]), left: receipts.length - 1 };
  const [first] = credentials;
  if (!first || first.size === 0) throw new UserError('error.empty');
  const made = subject(first);
  if (receipts.length > 0) [made.beside] = receipts;
  return { subject: made, left: credentials.length - 1 + Math.max(0, receipts.length - 1) };
}

/* The text of a credential or receipt, or a link to one. */
export async function fromText(text, before) {
  const { linked, fragments, isSeveral } = linkIn(text);
  if (fragments.length > 0) return { subject: await fromFragments(fragments, linked) };
  if (linked) return { subject: fromDigest(linked) };
  if (isSeveral) throw new UserError('error.several');
  if (isAddress(text)) throw new UserError(isCutShort(text) ? 'error.link' : 'error.address');
  const bytes = encoder.encode(text.trim());
  return fromFiles([new File([bytes], '')], before);
}

function withReceipt(before, receipt) {
  const isItsOwn = before?.credential && [before.digest, null].includes(digestOfReceipt(receipt));
  return isItsOwn ? { ...before, beside: receipt } : subject({ beside: receipt, size: receipt.length });
}
