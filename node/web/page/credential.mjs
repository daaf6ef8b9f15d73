/*
 * Parses a credential for display: Open Badges 3.0 and 2.0, CLR 2.0, any W3C credential, as JSON or within a JWT. Reads
 * only known members, limited in number and length; the result holds texts, nothing that was verified or fetched.
 */
import { plain } from './dom.mjs';

const MAX_BYTES = 8 << 20;
const MAX_ITEMS = 60;
const MAX_IMAGE = 6 << 20;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const all = (value) =>
  (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null).slice(0, MAX_ITEMS);
const objects = (value) => all(value).filter(isObject);
const first = (value) => all(value)[0];
const idOf = (value) =>
  typeof value === 'string' ? value : isObject(value) && typeof value.id === 'string' ? value.id : null;

/* A string, a number, or the first of several languages, as a text. */
function text(value, max = 300) {
  const one = all(value).map((each) => (isObject(each) ? (each['@value'] ?? each.value) : each));
  const found = one.find((each) => (typeof each === 'string' && each.trim() !== '') || typeof each === 'number');
  return found === undefined ? null : plain(found, max) || null;
}

const long = (value) => text(value, 4000);

/* -- bytes -------------------------------------------------------------------------------------------------------- */

function fromBase64url(part) {
  const raw = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(raw, (c) => c.charCodeAt(0)));
}

/* A JWT's payload is the credential itself, or has it as `vc`. */
function fromToken(token) {
  const claims = JSON.parse(fromBase64url(token.split('.')[1]));
  const inner = claims.vc ?? claims;
  const time = (seconds) => (typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined);
  return { issuer: claims.iss, validFrom: time(claims.nbf), validUntil: time(claims.exp), ...inner };
}

function parse(bytes) {
  if (bytes.length > MAX_BYTES) return null;
  try {
    const string = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    if (string.startsWith('{')) return { credential: JSON.parse(string), isToken: false };
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(string)) return { credential: fromToken(string), isToken: true };
  } catch {
    // not a credential: a document
  }
  return null;
}

/* -- parts -------------------------------------------------------------------------------------------------------- */

/* {data} to show, or {elsewhere}: a URL that is not fetched. */
function imageOf(...candidates) {
  const found = candidates.map((one) => idOf(first(one))).filter(Boolean);
  const inside = found.find(
    (url) => url.length <= MAX_IMAGE && /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i.test(url),
  );
  if (inside) return { data: inside };
  const outside = found.find((url) => /^https?:/i.test(url));
  return outside ? { elsewhere: outside } : null;
}

function profile(value) {
  const one = first(value);
  const id = idOf(one);
  if (!isObject(one)) return id ? { name: null, id: plain(id, 500), url: null, email: null } : null;
  const name = text(one.name) ?? (text([one.givenName, one.familyName].filter(Boolean).join(' ')) || null);
  return { name, id: id && plain(id, 500), url: text(one.url, 500), email: text(one.email) };
}

function identity({ identityHash, identity: plainIdentity, identityType, type, hashed, salt }) {
  const value = text(identityHash ?? plainIdentity, 500);
  const kind = text(identityType ?? (identityHash === undefined ? type : null), 60);
  return value && { value, kind, hashed: hashed === true, salt: typeof salt === 'string' ? salt : '' };
}

function alignment(one) {
  return {
    name: text(one.targetName),
    url: text(one.targetUrl, 2000),
    framework: text([one.targetFramework, one.targetCode].filter(Boolean).join(' ')),
    description: text(one.targetDescription, 1000),
  };
}

function evidenceOf(value) {
  return all(value).map((one) => ({
    name: text(one.name) ?? text(one.genre),
    url: text(idOf(one), 2000),
    description: text(one.description, 1000) ?? text(one.narrative, 2000),
  }));
}

function resultsOf(subject, achievement) {
  const described = new Map(objects(achievement.resultDescription).map((one) => [one.id, one]));
  return objects(subject.result).map((result) => {
    const about = described.get(result.resultDescription);
    const level = objects(about?.rubricCriterionLevel).find(
      ({ id }) => id !== undefined && id === result.achievedLevel,
    );
    return { name: text(about?.name), value: text(level?.name) ?? text(result.value) ?? text(result.status) };
  });
}

function achievementOf(achievement, subject = {}) {
  const { criteria } = achievement;
  const shown = {
    name: text(achievement.name) ?? text(idOf(achievement), 500),
    kind: text(achievement.achievementType, 60),
    description: long(achievement.description),
    criteria: { text: long(criteria?.narrative), url: text(idOf(criteria), 2000) },
    tags: all(achievement.tag ?? achievement.tags)
      .map((tag) => text(tag, 80))
      .filter(Boolean),
    alignments: objects(achievement.alignment)
      .map(alignment)
      .filter(({ name, url }) => name ?? url),
    results: resultsOf(subject, achievement).filter(({ value }) => value !== null),
    credits: typeof subject.creditsEarned === 'number' ? subject.creditsEarned : null,
    narrative: long(subject.narrative),
  };
  return shown;
}

const SHOWN_ELSEWHERE = ['id', 'name', 'identifier'];

/* The claims of another kind of credential about its holder, as a flat list. */
function factsOf(subject, prefix = '', found = []) {
  for (const [key, value] of Object.entries(subject)) {
    if (found.length >= MAX_ITEMS || key === 'type' || key === '@context') continue;
    if (prefix === '' && SHOWN_ELSEWHERE.includes(key)) continue;
    if (isObject(value) && prefix.length < 60) factsOf(value, `${prefix}${plain(key, 60)} › `, found);
    else if (!isObject(first(value)))
      found.push({ name: prefix + plain(key, 60), value: text(all(value).slice(0, 8).map(String).join(', '), 500) });
  }
  return found.filter(({ value }) => value !== null);
}

/* -- kinds -------------------------------------------------------------------------------------------------------- */

function openBadge2(assertion) {
  const badge = isObject(assertion.badge) ? assertion.badge : {};
  const recipient = isObject(assertion.recipient) ? assertion.recipient : {};
  return {
    format: 'Open Badges 2.0',
    name: text(badge.name),
    image: imageOf(assertion.image, badge.image),
    issuer: profile(badge.issuer),
    isCompared: false, // libbadge reads the issuer that the credential itself names
    holder: { name: null, id: null, identities: [identity(recipient)].filter(Boolean) },
    awarded: text(assertion.issuedOn),
    from: null,
    until: text(assertion.expires),
    achievements: [achievementOf({ ...badge, id: undefined }, { narrative: assertion.narrative })],
    evidence: evidenceOf(assertion.evidence),
    facts: [],
    isPointer: !isObject(assertion.badge),
    hasEnclosed: false,
  };
}

/* The credentials within a CLR: objects, or tokens. */
function enclosedIn(subject) {
  return all(subject.verifiableCredential).flatMap((one) => {
    const inner = typeof one === 'string' ? parse(new TextEncoder().encode(one))?.credential : one;
    return isObject(inner) ? objects(inner.credentialSubject) : [];
  });
}

function formatOf(types, isToken) {
  const name = types.includes('ClrCredential')
    ? 'CLR 2.0'
    : types.some((type) => type === 'OpenBadgeCredential' || type === 'AchievementCredential')
      ? 'Open Badges 3.0'
      : 'W3C Verifiable Credential';
  return isToken ? `${name} (JWT)` : name;
}

function verifiable(credential, isToken) {
  const subjects = objects(credential.credentialSubject);
  const subject = subjects[0] ?? {};
  const enclosed = subjects.flatMap(enclosedIn);
  const own = subjects.flatMap((one) => objects(one.achievement).map((achievement) => achievementOf(achievement, one)));
  const inner = enclosed.flatMap((one) =>
    objects(one.achievement).map((achievement) => achievementOf(achievement, one)),
  );
  const achievement = objects(subject.achievement)[0];
  const holder = profile(subject) ?? { name: null, id: null };
  return {
    format: formatOf(all(credential.type), isToken),
    name: text(credential.name) ?? text(achievement?.name) ?? inner[0]?.name ?? text(all(credential.type).at(-1)),
    image: imageOf(achievement?.image, credential.image, subject.image),
    issuer: profile(credential.issuer),
    isCompared: true,
    holder: { name: holder.name, id: holder.id, identities: objects(subject.identifier).map(identity).filter(Boolean) },
    awarded: text(credential.awardedDate ?? credential.issued),
    from: text(credential.validFrom ?? credential.issuanceDate),
    until: text(credential.validUntil ?? credential.expirationDate),
    description: long(credential.description),
    achievements: [...own, ...inner].slice(0, MAX_ITEMS),
    evidence: evidenceOf(credential.evidence),
    facts: own.length + inner.length > 0 ? [] : subjects.flatMap((one) => factsOf(one)).slice(0, MAX_ITEMS),
    isPointer: false,
    hasEnclosed: enclosed.length > 0,
  };
}

/* The credential to show; null for any other document. Never throws. */
export function readCredential(bytes) {
  const parsed = parse(bytes);
  if (!parsed || !isObject(parsed.credential)) return null;
  const { credential, isToken } = parsed;
  try {
    if (isObject(credential.credentialSubject) || Array.isArray(credential.credentialSubject))
      return verifiable(credential, isToken);
    if (credential.badge !== undefined && credential.recipient !== undefined) return openBadge2(credential);
  } catch {
    // members of unexpected shapes
  }
  return null;
}
