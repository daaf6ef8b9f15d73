/** A file's bytes. A string stands for its UTF-8. */
export type Bytes = Uint8Array | ArrayBuffer | Blob | string;

export type Label = 'jcs' | 'compact' | 'raw' | 'external';
export type Outcome = 'passed' | 'failed' | 'unknown';
export type Verdict =
  | 'valid'
  | 'invalid'
  | 'revoked'
  | 'suspended'
  | 'withdrawn'
  | 'expired'
  | 'not_yet_valid'
  | 'unknown_issuer'
  | 'pending'
  | 'anchored'
  | 'unverifiable';
export type CheckName =
  | 'digest'
  | 'inclusion'
  | 'registry'
  | 'anchor'
  | 'proof'
  | 'withdrawn'
  | 'revoked'
  | 'status'
  | 'validity'
  | 'issuer';

export interface Receipt {
  type: 'BadgeReceipt';
  version: 1;
  digest: { algorithm: 'sha-256'; canonicalization: Label; value: string };
  inclusion: {
    algorithm: 'RFC9162_SHA256';
    salt: string;
    root: string;
    treeSize: number;
    leafIndex: number;
    path: string[];
  };
  anchor: {
    chainId: number;
    contract: string;
    issuer: string;
    sequence?: number;
    status: 'sealed' | 'sent' | 'mined' | 'final';
    transaction?: string;
    block?: { number: number; hash: string; time: string };
  };
}

export interface Check {
  check: CheckName;
  outcome: Outcome;
  /** Frozen: a code never changes its meaning. Unique within its check. */
  code: string;
  /** One plain sentence. */
  detail: string;
}

export interface Report {
  verdict: Verdict;
  sentence: string;
  /** 64 hexadecimal digits; null where there is none. */
  digest: string | null;
  /** All ten, in the order in which they decide. */
  checks: Check[];
  receipt: Receipt | null;
  /** The origins of the providers that were asked. */
  providers: string[];
}

export interface Options {
  /** Providers of the chain, by URL. All must agree. Without one, what can be checked is, and the rest is unknown. */
  rpc?: string | string[];
  /** The chain that you trust; else the one that the first provider is on. */
  chainId?: number;
  /** The registry on it; else the one built in. */
  contract?: string;
  /**
   * Accounts that act for an issuer; without an id, for documents that name no issuer. An issuer that is a did:pkh or
   * did:web names its account itself.
   */
  issuers?: { id?: string; account: string }[];
  /** Accounts whose word on who acts for whom you trust. */
  accreditors?: string[];
  /** How many blocks make an anchor final; 0, the default: the chain's own finality. */
  confirmations?: number;
  /** The time to judge by, a Date or seconds since 1970; else the clock's. */
  now?: Date | number;
  /** How providers are reached, and the hosts of DID documents. */
  fetch?: typeof globalThis.fetch;
  signal?: AbortSignal;
  /** What reads the XML of an SVG where there is none in the globals, as in Node. */
  DOMParser?: XmlParser;
}

/** As in a browser. */
export type XmlParser = new () => { parseFromString(text: string, type: 'image/svg+xml'): unknown };

/** What is baked into an image. */
export interface Image {
  kind: 'png' | 'svg';
  /** Of Open Badges; null where there is no badge inside. */
  version: '3.0' | '2.0' | null;
  /** The credential's own bytes; null where there is none, and the image is bytes like any other. */
  credential: Uint8Array | null;
  /** Where a badge of Open Badges 2.0 is, that only names that; never fetched here. */
  url: string | null;
  receipt: Uint8Array | null;
}

/**
 * Takes a badge out of a PNG or an SVG; null for bytes that are neither. Throws a BadgeError for an image that is
 * broken, holds two badges, is longer than 16 MiB, or declares entities.
 */
export function unbake(bytes: Uint8Array, options?: { DOMParser?: XmlParser }): Image | null;

/**
 * The verdict on a credential, a bundle or a receipt. What is wrong with these, and a chain that can't be reached, is
 * in the report. Rejects with a TypeError or RangeError for arguments that make no sense, and where signal aborts.
 */
export function verify(
  credential: Bytes | null | undefined,
  receipt?: Receipt | Bytes | null,
  options?: Options,
): Promise<Report>;

/** What a document is reduced to. Rejects with a BadgeError for a document that has no digest. */
export function digest(document: Bytes, options?: { DOMParser?: XmlParser }): Promise<{ label: Exclude<Label, 'external'>; digest: string }>;

/** The canonical form (RFC 8785) of any JSON value. Rejects with a BadgeError for what is no I-JSON (RFC 7493). */
export function canonicalize(json: Bytes): Promise<Uint8Array>;

/** A receipt with its known members only, each within its bounds. Rejects with a BadgeError. */
export function readReceipt(receipt: Receipt | Bytes): Promise<Receipt>;

/** Whether a path leads to the root (RFC 9162, section 2.1.3.2): from a salted digest, or from a leaf's hash. */
export function checkInclusion(
  inclusion: { root: string; treeSize: number; leafIndex: number; path: string[] } & (
    | { salt: string; digest: string }
    | { leaf: string }
  ),
): Promise<boolean>;

export class BadgeError extends Error {
  /** A stable word, such as "syntax", "duplicate", "unsupported". */
  readonly status: string;
  /** Where in the document, in bytes; null where there is no such place. */
  readonly offset: number | null;
}
