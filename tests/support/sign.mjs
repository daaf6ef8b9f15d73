// Makes signed badges for the tests of the page: an issuer has a key, and signs by Data Integrity (eddsa-jcs-2022) or as a
// JWT. Of its own, so that what verifies is not tested with itself.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const KIND = {
  ed25519: { options: ['ed25519'], code: [0xed, 0x01], alg: 'EdDSA' },
  p256: { options: ['ec', { namedCurve: 'P-256' }], code: [0x80, 0x24], alg: 'ES256' },
  secp256k1: { options: ['ec', { namedCurve: 'secp256k1' }], code: [0xe7, 0x01], alg: 'ES256K' },
};

function base58(bytes) {
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text;
  return '1'.repeat(bytes.findIndex((byte) => byte !== 0)) + text;
}

/* RFC 8785, for the plain names and whole numbers of these badges. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

const sha256 = (text) => createHash('sha256').update(text).digest();

/* {kind, multibase, privateKey} */
export function makeKey(kind = 'ed25519') {
  const { options, code } = KIND[kind];
  const { publicKey, privateKey } = generateKeyPairSync(...options);
  const { x, y } = publicKey.export({ format: 'jwk' });
  const first = Buffer.from(x, 'base64url');
  const point = y ? [Buffer.of(2 + (Buffer.from(y, 'base64url').at(-1) & 1)), first] : [first];
  return { kind, multibase: `z${base58(Buffer.concat([Buffer.from(code), ...point]))}`, privateKey };
}

export const didKey = ({ multibase }) => `did:key:${multibase}`;
export const methodOf = (key) => `${didKey(key)}#${key.multibase}`;

/* The document of an issuer with this key. */
export const issuerDocument = (id, { multibase }) => ({
  '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  id,
  verificationMethod: [{ id: `${id}#key`, type: 'Multikey', controller: id, publicKeyMultibase: multibase }],
  assertionMethod: [`${id}#key`],
});

export function badge(issuer, name, more = {}) {
  return {
    '@context': [
      'https://www.w3.org/ns/credentials/v2',
      'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json',
    ],
    id: `urn:example:signed:${name}`,
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    name,
    issuer: { id: issuer, type: ['Profile'], name: 'Sea school' },
    validFrom: '2026-01-01T00:00:00Z',
    credentialSubject: {
      type: ['AchievementSubject'],
      achievement: {
        id: 'urn:example:first-aid',
        type: ['Achievement'],
        name,
        description: 'Keeps calm.',
        criteria: { narrative: 'Two days on board.' },
      },
    },
    ...more,
  };
}

/* The badge with a proof, as text. more: other members of the proof. */
export function signBadge(document, key, method, more = {}) {
  const proof = {
    '@context': document['@context'],
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    created: '2026-01-01T00:00:00Z',
    verificationMethod: method,
    proofPurpose: 'assertionMethod',
    ...more,
  };
  const hashes = Buffer.concat([sha256(canonical(proof)), sha256(canonical(document))]);
  proof.proofValue = `z${base58(sign(null, hashes, key.privateKey))}`;
  return JSON.stringify({ ...document, proof });
}

/* The badge as the payload of a JWT. */
export function signToken(document, key, method) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: KIND[key.kind].alg, typ: 'vc+jwt', kid: method })}.${part(document)}`;
  const hash = key.kind === 'ed25519' ? null : 'sha256';
  const signature = sign(hash, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
