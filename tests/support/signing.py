"""Signs credentials, without code of the project or a library: Ed25519 (RFC 8032, section 5.1), did:key, eddsa-jcs-2022
(VC-DI-EDDSA, section 3.3) and JWT.

The keys are made from names, so that a test always has the same ones; nothing here keeps a secret.
"""

import base64
import hashlib
import json

from strict_json import canonicalize, parse

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CONTEXT = "https://www.w3.org/ns/credentials/v2"
MADE = "2026-01-01T00:00:00Z"


def _root_of_x(y):
    """The even x of a point with this y."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 else x


def _add(a, b):
    """In extended coordinates (section 5.1.4)."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    g, h = 2 * t1 * t2 * D, 2 * z1 * z2
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


_Y = 4 * pow(5, -1, P) % P
BASE = (_root_of_x(_Y), _Y, 1, _root_of_x(_Y) * _Y % P)


def _encoded(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _number(data):
    return int.from_bytes(data, "little")


def multibase(data):
    """base58btc."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


class Key:
    """An Ed25519 key of that name."""

    def __init__(self, name):
        digest = hashlib.sha512(hashlib.sha256(name.encode()).digest()).digest()
        self._scalar = _number(digest[:32]) & (2**254 - 8) | 2**254
        self._prefix = digest[32:]
        self.public = _encoded(_times(self._scalar, BASE))
        self.multikey = multibase(b"\xed\x01" + self.public)
        self.did = "did:key:" + self.multikey
        self.method = f"{self.did}#{self.multikey}"

    def sign(self, message):
        nonce = _number(hashlib.sha512(self._prefix + message).digest()) % ORDER
        point = _encoded(_times(nonce, BASE))
        challenge = _number(hashlib.sha512(point + self.public + message).digest()) % ORDER
        return point + ((nonce + challenge * self._scalar) % ORDER).to_bytes(32, "little")


def proof_of(document, key, method=None, **options):
    """A Data Integrity proof of a document without one; options None are left out."""
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": MADE,
             "verificationMethod": method or key.method, "proofPurpose": "assertionMethod",
             "@context": document["@context"]} | options
    proof = {name: value for name, value in proof.items() if value is not None}
    hashed = (hashlib.sha256(canonicalize(parse(json.dumps(value).encode()))).digest() for value in (proof, document))
    return proof | {"proofValue": multibase(key.sign(b"".join(hashed)))}


def signed(document, key, method=None, **options):
    """The document, a dict, with its proof, as bytes."""
    return json.dumps(document | {"proof": proof_of(document, key, method, **options)}).encode()


def token(payload, key, method=None, **header):
    """A JWT."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = {"alg": "EdDSA", "kid": method or key.method} | header
    message = b".".join(part(json.dumps(value).encode()) for value in (head, payload))
    return message + b"." + part(key.sign(message))
