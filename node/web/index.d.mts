/** A file's bytes; a string is encoded as UTF-8. */
export type Bytes = Uint8Array | ArrayBuffer | Blob | string;

export type Label = 'jcs' | 'compact' | 'raw' | 'external';
export type Reason = 'unspecified' | 'error' | 'replaced' | 'unmet' | 'annulled' | 'holder';
export type Outcome = 'passed' | 'failed' | 'unknown';
export type Verdict =
  | 'valid'
  | 'signed'
  | 'recorded'
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
  /** Why it was revoked, as the chain states it: of the check `revoked` alone, if it failed. */
  reason?: Reason;
  /** As the chain records it: of a passed `anchor`, of a failed `withdrawn` or `revoked`. */
  time?: string;
  /** Of a failed `withdrawn` or `revoked`: by whom, if it is known. Of a passed `issuer`: the accreditor. */
  account?: string;
  /**
   * Of a passed `issuer`: what binds the account to its id; or, where it is the issuer's signature that counts, how its
   * id names somebody: the verifier named it, a domain, one address of a domain.
   */
  by?: 'settings' | 'id' | 'accreditor' | 'document' | 'named' | 'domain' | 'address';
  /** Of `domain` and `address`: where the issuer's key was read, without the scheme. */
  address?: string;
  /** The document with that key was given, in `documents`. */
  documentGiven?: true;
  /** It says what is not confirmed, and nothing against the credential. */
  caution?: true;
}

/** One proof of a credential, or one signature of a JWS. */
export interface Proof {
  /** As it is written there, such as "eddsa-rdfc-2022" or "ES256". */
  suite: string | null;
  /** Whose key it is, as far as that is known. */
  controller: string | null;
  /** Whether it is by a key of the issuer, or claims to be; others count for nothing. */
  ofIssuer: boolean;
  outcome: Outcome;
  /** One of the codes of the check `proof`. */
  code: string;
  /** One clause. */
  detail: string;
}

/** What one list says that the credential names for its status; or its hosted copy, of Open Badges 2.0. */
export interface Status {
  /** "revocation", "suspension", "refresh", "message" or another; null: none is stated. */
  purpose: string | null;
  /** The address of the list. */
  list: string | null;
  outcome: Outcome;
  /** One of the codes of the check `status`. */
  code: string;
  /** What the list has at the credential's place; null: it was not read. */
  value: number | null;
  /** What the issuer writes about that value. */
  message: string | null;
  /** One clause, or "". */
  detail: string;
  /** The list has no signature: it is the word of its site alone. */
  bySiteAlone: boolean;
  /** When it was fetched; null: it was not, or was given by hand. */
  readAt: string | null;
}

/** What became of a document of an issuer, with its keys or accounts, or of a status list. */
export interface IssuerDocument {
  /** The DID, issuer id or address of a key that it is asked about; of a list its address. */
  id: string;
  url: string;
  /** `unasked`: `fetchKeys` did not allow it; `withheld`: a page could not read it, perhaps only because its host does not
   * allow browsers (CORS). */
  outcome: 'fetched' | 'given' | 'unasked' | 'withheld' | 'failed';
}

/** One text in several languages; language null: in none that the document names. */
export type Text = { language: string | null; text: string }[] | null;

export interface DateRead {
  /** As the issuer wrote it; a number as its digits. */
  written: string;
  /** The member's name, such as "validFrom" or "exp". */
  member: string;
  /** As it was read, in UTC; null if it can't be read. */
  time: string | null;
  seconds: number | null;
  /** Whether it is a dateTimeStamp of XML Schema, or a NumericDate of a JWT. */
  isStandard: boolean;
}

export interface Achievement {
  id: string | null;
  name: Text;
  kind: string | null;
  description: Text;
  criteria: { text: Text; url: string | null };
  tags: string[];
  alignments: { name: Text; url: string | null; framework: string | null; description: Text }[];
  results: { name: Text; value: Text }[];
  credits: number | null;
  /** null: it names no unit. */
  creditUnit: 'ECTS' | null;
  narrative: Text;
  microCredential: MicroCredential | null;
}

/** ISO 3166-1 alpha-2 where it is stated. */
export type Country = { code: string | null; name: Text } | null;

/** Of what calls itself a micro-credential: elements of Council Recommendation 2022/C 243/02, Annex I. */
export interface MicroCredential {
  credits: number | null;
  creditUnit: 'ECTS' | null;
  eqfLevel: number | null;
  outcomes: NonNullable<Text>[];
  assessment: NonNullable<Text>[];
  awardingBody: Text;
  country: Country;
  /** Elements that every micro-credential should state and no member of this one states. */
  missing: (
    | 'holder'
    | 'title'
    | 'country'
    | 'awardingBody'
    | 'date'
    | 'outcomes'
    | 'workload'
    | 'level'
    | 'assessment'
    | 'participation'
    | 'quality'
  )[];
}

/** What a credential says of itself, as the verification has read it: nothing of it was verified or fetched. */
export interface Summary {
  label: Exclude<Label, 'external'>;
  digest: string;
  /** The wrappings, outermost first; the last is what `credential` was read from. */
  layers: { kind: string }[];
  /** The digests of what was opened inside, which a revocation may name too. */
  inner: string[];
  /** Such as "ob-3.0", "clr-2.0", "vc-2.0"; "none" for a document that is none of the known formats. */
  format: string;
  isToken: boolean;
  hasProof: boolean;
  /** No credential, or one that names no issuer, dates or status: at best the verdict is `recorded`. */
  isRecord: boolean;
  /** One clause: why nothing of the document can be shown as known; `credential` is then null. */
  hidden: string | null;
  /** The id that the verdict compares. */
  issuerId: string | null;
  /** The host of that id if it is a URL; of a did:web its host, and its path if it has one. */
  issuerDomain: string | null;
  /** One sentence each, where a check is unknown because of the document. */
  faults: { issuer: string | null; validity: string | null; status: string | null };
  /** The narrowest dates of all layers, which the verdict compares with the time. */
  from: DateRead | null;
  until: DateRead | null;
  status: 'revoked' | 'named' | null;
  notices: { code: string; pointer: string; detail: string }[];
  credential: null | {
    types: string[];
    id: string | null;
    name: Text;
    description: Text;
    image: null | { data: string } | { elsewhere: string };
    issuer: null | { id: string | null; name: Text; url: string | null; email: string | null; country: Country };
    holder: {
      id: string | null;
      name: Text;
      identities: { value: string; kind: string | null; hashed: boolean; salt: string }[];
    };
    awarded: DateRead | null;
    achievements: Achievement[];
    evidence: { name: Text; url: string | null; description: Text }[];
    facts: { name: string; value: string }[];
    /** An assertion of Open Badges 2.0 whose badge is only a URL. */
    isPointer: boolean;
    /** Other credentials are within it. */
    hasEnclosed: boolean;
  };
}

/** What breaks a rule of the credential's standard; says nothing of its validity. */
export interface RuleFinding {
  /** Frozen: a code never changes its meaning. */
  code: string;
  /** JSON pointer within the credential; "" for all of it. */
  pointer: string;
  /** One sentence. */
  detail: string;
  /** The standard, and where in it. */
  source: string;
}

export interface Conformance {
  profile: 'ob-3.0' | 'clr-2.0' | 'ob-2.0' | 'vc-2.0' | 'vc-1.1' | 'blockcerts-3' | 'europass' | 'none';
  errorCount: number;
  /** At most 64; errorCount has them all. */
  errors: RuleFinding[];
  warningCount: number;
  warnings: RuleFinding[];
  /** The mandatory elements of Council Recommendation 2022/C 243/02, by name: where each is stated, or null. */
  euMicrocredential: { [element: string]: string | null } | null;
}

/** The presentation round the credential, or round several. */
export interface Presentation {
  /** The id of who presents, as it states it. */
  holder: string | null;
  /** Of its proof; of a token the `nonce`. */
  challenge: string | null;
  /** Of its proof; of a token the `aud`. */
  domain: string | null;
  /** Passes by a key that the holder's id is, or that its document lists for authentication. */
  proof: Omit<Proof, 'ofIssuer'>;
}

/** A credential or endorsement inside of the one that was verified, which was verified by itself, without a receipt. */
export interface InsideItem {
  kind: 'credential' | 'endorsement';
  /** 1: directly inside of the document; 2: inside of one of those. */
  level: 1 | 2;
  /** JSON pointer from the outermost credential, or presentation, on. */
  pointer: string;
  /** null: as all that follows, if it was not judged, or has none. */
  digest: string | null;
  /** The id of its issuer, as it states it. */
  issuer: string | null;
  /** Its name, in the first language that it has. */
  name: string | null;
  /** false: there was no time or memory for it. */
  judged: boolean;
  verdict: Verdict | null;
  sentence: string | null;
  decidedBy: CheckName | null;
}

export interface InsideCounts {
  /** Of all levels, as many as `inside` has. */
  count: number;
  /** `valid`, `signed`, `recorded`, `anchored`. */
  hold: number;
  /** `invalid`, `revoked`, `suspended`, `withdrawn`, `expired`, `not_yet_valid`. */
  fail: number;
  /** Any other verdict, or not judged. */
  open: number;
  /** There are more than were looked at. */
  more: boolean;
}

export interface Report {
  verdict: Verdict;
  /** In English; that of `recorded` says by which account and when. */
  sentence: string;
  /** 64 hexadecimal digits; null if there is no digest. */
  digest: string | null;
  /** The check that decided; null if all have passed. */
  decidedBy: CheckName | null;
  /** All ten, in the order in which they decide. */
  checks: Check[];
  receipt: Receipt | null;
  /** Every proof that was found, also those by others than the issuer, which count for nothing. */
  proofs: Proof[];
  /** What each status list says that the credential names; empty if none was asked. */
  statuses: Status[];
  /** Of the presentation round it; null if there is none. Decides nothing: compare the challenge with yours. */
  presentation: Presentation | null;
  /** What the document says of itself; null if there is no document, or it has no digest. */
  summary: Summary | null;
  /** Whether it keeps the rules of its standard, for its issuer's developer; null as the summary. */
  conformance: Conformance | null;
  /** What is inside of a transcript or a presentation, and endorsements, those inside of one behind it. Decides nothing. */
  inside: InsideItem[];
  insideCounts: InsideCounts;
  /** The origins of the providers that were queried. */
  providers: string[];
  /** The documents of issuers and status lists that were needed, in that order, with those of what is inside. */
  documents: IssuerDocument[];
  /** Whether the verdict is good enough: `valid`, `recorded`, or a `signed` that `accept` allows. */
  accepted: boolean;
}

export interface Options {
  /** URLs of the chain's providers. All must agree. Without one, the checks that need the chain are unknown. */
  rpc?: string | string[];
  /** The chain that you trust; by default the one of the first provider. */
  chainId?: number;
  /** The address of the registry; by default the built-in one. */
  contract?: string;
  /**
   * Issuers that you know. An id alone names an issuer whose own signature counts. An account acts for the issuer on
   * record; without an id, for documents that name no issuer. An issuer that is a did:pkh or did:web names its account
   * itself.
   */
  issuers?: ({ id: string; account?: string } | { id?: string; account: string })[];
  /** Accounts that you trust to accredit issuers: to say which account acts for which issuer. */
  accreditors?: string[];
  /** How many blocks make an anchor final; 0, the default: the chain's own finality. */
  confirmations?: number;
  /** How old a provider's newest block may be, in seconds; by default 3600. */
  maxHeadAge?: number;
  /** The time of the verification, a Date or seconds since 1970; by default the current time. */
  now?: Date | number;
  /**
   * Documents of issuers by their ids, and status lists by their addresses, in the place of those at the hosts, which are
   * then not asked.
   */
  documents?: { [id: string]: Bytes };
  /** JSON-LD contexts by their URLs, beside the built-in ones. None is ever fetched. */
  contexts?: { [url: string]: string };
  /**
   * What counts as `accepted` beside `valid` and `recorded`: `signed` of an issuer that `issuers` names; `signed-domain`,
   * also of a whole domain. One address of a domain never counts without being named.
   */
  accept?: 'signed' | 'signed-domain';
  /**
   * Whether hosts may be asked for the documents with issuers' keys and for status lists; by default true. A host learns
   * from it that a badge of it is being verified, and not which: a list is fetched whole. A function is asked for each
   * document and list; of a list the id is its address, too.
   */
  fetchKeys?: boolean | ((url: string, id: string) => boolean | Promise<boolean>);
  /** Called once each of what is inside was looked at, with its own report; null: it was not judged. */
  onInside?: (item: InsideItem, report: Report | null) => void;
  /** Used for requests to providers and to the hosts of issuers' documents and status lists. */
  fetch?: typeof globalThis.fetch;
  signal?: AbortSignal;
  /** Parses the XML of an SVG where there is no global DOMParser, as in Node. */
  DOMParser?: XmlParser;
}

/** The interface of a browser's DOMParser. */
export type XmlParser = new () => { parseFromString(text: string, type: 'image/svg+xml'): unknown };

/** What is baked into an image. */
export interface Image {
  kind: 'png' | 'svg';
  /** Of Open Badges; null if there is no badge inside. */
  version: '3.0' | '2.0' | null;
  /** The credential's own bytes; null if there is none: then the image is a document like any other. */
  credential: Uint8Array | null;
  /** The URL of a badge of Open Badges 2.0 that is only a URL; never fetched here. */
  url: string | null;
  receipt: Uint8Array | null;
}

/**
 * Extracts a badge from a PNG or an SVG; null for bytes that are neither. Throws a BadgeError for an image that is
 * broken, contains two badges, is larger than 16 MiB, or declares entities.
 */
export function unbake(bytes: Uint8Array, options?: { DOMParser?: XmlParser }): Image | null;

/**
 * The verdict on a credential, a bundle or a receipt. Errors in these, and a chain that can't be reached, are part of the
 * report. Rejects with a TypeError or RangeError for invalid arguments, and if signal aborts.
 */
export function verify(
  credential: Bytes | null | undefined,
  receipt?: Receipt | Bytes | null,
  options?: Options,
): Promise<Report>;

/** The digest of a document. Rejects with a BadgeError for a document that has no digest. */
export function digest(document: Bytes, options?: { DOMParser?: XmlParser }): Promise<{ label: Exclude<Label, 'external'>; digest: string }>;

/** The canonical form (RFC 8785) of any JSON value. Rejects with a BadgeError if it is not I-JSON (RFC 7493). */
export function canonicalize(json: Bytes): Promise<Uint8Array>;

/** A receipt with its known members only, each checked against its bounds. Rejects with a BadgeError. */
export function readReceipt(receipt: Receipt | Bytes): Promise<Receipt>;

/** Whether a path leads to the root (RFC 9162, section 2.1.3.2): from a salted digest, or from a leaf's hash. */
export function checkInclusion(
  inclusion: { root: string; treeSize: number; leafIndex: number; path: string[] } & (
    | { salt: string; digest: string }
    | { leaf: string }
  ),
): Promise<boolean>;

export class BadgeError extends Error {
  /** A stable name, such as "syntax", "duplicate", "unsupported". */
  readonly status: string;
  /** The position in the document, in bytes; null if not applicable. */
  readonly offset: number | null;
}
