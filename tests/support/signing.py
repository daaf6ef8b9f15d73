"""Badges signed with eddsa-jcs-2022 (Data Integrity EdDSA Cryptosuites 1.0, section 3.3) or as a JWT, by OpenSSL and the
canonical form of the independent verifier: nothing of the project's own.
"""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

from strict_json import canonicalize

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]


def base58btc(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Signer:
    """An Ed25519 key in a file of the folder. multikey is its publicKeyMultibase, did its did:key."""

    def __init__(self, folder, name="signer"):
        self.file = Path(folder) / f"{name}.key"
        self._openssl("genpkey", "-algorithm", "ed25519", "-out", self.file)
        public = self._openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")
        self.multikey = base58btc(b"\xed\x01" + public[-32:])
        self.did = "did:key:" + self.multikey

    def _openssl(self, *words):
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60).stdout

    def sign(self, document, method=None, created="2026-01-01T00:00:00Z", **more):
        """The document with a proof by this key; method: the URL by which verifiers find the key, else its did:key's."""
        options = {"@context": document["@context"], "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
                   "created": created, "verificationMethod": method or f"{self.did}#{self.multikey}",
                   "proofPurpose": "assertionMethod"} | more
        signature = self._sign(b"".join(hashlib.sha256(canonicalize(part)).digest() for part in (options, document)))
        return document | {"proof": options | {"proofValue": base58btc(signature)}}

    def token(self, payload, method=None):
        """A JWT by this key, as bytes; method as above."""
        header = {"alg": "EdDSA", "kid": method or f"{self.did}#{self.multikey}"}
        message = b".".join(base64url(json.dumps(part).encode()) for part in (header, payload))
        return message + b"." + base64url(self._sign(message))

    def _sign(self, message):
        file = self.file.with_suffix(".message")
        file.write_bytes(message)
        return self._openssl("pkeyutl", "-sign", "-inkey", self.file, "-rawin", "-in", file)


def badge_of(issuer, **more):
    """An Open Badge 3.0 of this issuer, without a proof."""
    return {
        "@context": CONTEXTS,
        "id": "urn:uuid:0c0f8a52-7a4a-4c1e-9c52-6b1f5e0d7a11",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Leaf survey",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Example College"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:learner",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:0c0f8a52-7a4a-4c1e-9c52-6b1f5e0d7a12",
                "type": ["Achievement"],
                "name": "Leaf survey",
                "description": "Surveys the leaves of a tree.",
                "criteria": {"narrative": "Named ten leaves."},
            },
        },
    } | more
