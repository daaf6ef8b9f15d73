/*
 * The mathematics of signatures, by WebCrypto: in browsers, and in Node, where it may not be global. Which key, which
 * bytes and whether a key or signature is well-formed is decided by libbadge before it asks here.
 */
const hex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_', '=': '' })[c]);

/* What can't be computed here; its message is one clause. */
class Unsupported extends Error {}

const inNode = globalThis.process?.versions?.node !== undefined;
const nodeCrypto = 'node:crypto'; // not a literal, so that bundlers for browsers leave it alone

async function subtleCrypto() {
  if (globalThis.crypto?.subtle) return globalThis.crypto.subtle;
  if (inNode) return (await import(nodeCrypto)).webcrypto.subtle;
  if (globalThis.isSecureContext === false)
    throw new Unsupported('a browser verifies signatures only on pages from https or from this device');
  throw new Unsupported('this browser has no WebCrypto');
}

/* -- curves -------------------------------------------------------------------------------------------------------- */

const CURVE = {
  'P-256': {
    length: 32,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    length: 48,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
};

function power(base, exponent, p) {
  let result = 1n;
  for (let rest = exponent, square = base % p; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

const number = (bytes) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const octets = (value, length) => hex(value.toString(16).padStart(2 * length, '0'));

/* The point of SEC 1 with both coordinates, which is the form that WebCrypto reads; null: it is not on the curve. */
export function decompress(type, point) {
  const { p, b, length } = CURVE[type];
  const x = number(point.subarray(1, 1 + length));
  const square = (((x * x + p - 3n) % p) * x + b) % p;
  const isShort = point[0] !== 4;
  let y = isShort ? power(square, (p + 1n) / 4n, p) : number(point.subarray(1 + length)); // p is 3 modulo 4
  if (x >= p || y >= p || (y * y) % p !== square) return null;
  if (isShort && (y & 1n) !== BigInt(point[0] & 1)) y = p - y;
  return Uint8Array.of(4, ...octets(x, length), ...octets(y, length));
}

/* -- keys and signatures ------------------------------------------------------------------------------------------- */

const RSA = (name) => ({ name, hash: 'SHA-256' });
const ECDSA = (namedCurve, hash) => ({ importing: { name: 'ECDSA', namedCurve }, verifying: { name: 'ECDSA', hash } });

const ALGORITHM = {
  EdDSA: { importing: { name: 'Ed25519' }, verifying: { name: 'Ed25519' } },
  ES256: ECDSA('P-256', 'SHA-256'),
  ES384: ECDSA('P-384', 'SHA-384'),
  RS256: { importing: RSA('RSASSA-PKCS1-v1_5'), verifying: { name: 'RSASSA-PKCS1-v1_5' } },
  PS256: { importing: RSA('RSA-PSS'), verifying: { name: 'RSA-PSS', saltLength: 32 } },
};

/* Returns {format, data} for importKey(); null: the key is not one. */
function keyData({ keyType, key, exponent }) {
  const bytes = hex(key);
  if (keyType in CURVE) {
    const point = decompress(keyType, bytes);
    return point && { format: 'raw', data: point };
  }
  if (keyType !== 'RSA') return { format: 'raw', data: bytes };
  const e = octets(BigInt(exponent), Math.ceil(exponent.toString(16).length / 2));
  return { format: 'jwk', data: { kty: 'RSA', n: base64url(bytes), e: base64url(e) } };
}

/*
 * Whether a signature that libbadge asks for holds for the message. Throws an Error whose message says why that can't be
 * computed here.
 */
export async function signatureHolds(request, message) {
  const algorithm = ALGORITHM[request.algorithm];
  const here = inNode ? 'Node' : 'this browser';
  if (!algorithm) throw new Unsupported(`${here} can’t verify ${request.algorithm}`);
  const subtle = await subtleCrypto();
  const found = keyData(request);
  if (found === null) return false;
  try {
    const key = await subtle.importKey(found.format, found.data, algorithm.importing, false, ['verify']);
    return await subtle.verify(algorithm.verifying, key, hex(request.signature), message);
  } catch (error) {
    throw new Unsupported(`${here} can’t verify ${request.algorithm}: ${error?.message || error?.name}`);
  }
}
