"""Generates credentials to submit: thousands of different ones, each with its expected verdict.

All come from a seed, so a failure can be reproduced. The generated JSON varies where parsers make mistakes: scripts,
escapes, notations of numbers, nesting, order of members, white space.
"""

import base64
import json
import random
from dataclasses import dataclass

ISSUER_ID = "https://university.example/issuers/1"
STRANGER_ID = "did:example:stranger"
MEDIA_TYPES = {"jcs": "application/json", "compact": "application/jwt", "raw": "application/octet-stream"}
SUFFIXES = {"jcs": ".json", "compact": ".jwt", "raw": ".bin"}

WORDS = [
    *("Badge", "Größe", "naïve", "Ελληνικά", "日本語", "العربية", "हिन्दी", "🎓", "𝔘nicode", "e\u0301", "\u00e9"),
    *("quote\"d", "back\\slash", "slash/", "tab\t", "line\nbreak", "\u0000", "\u007f", "\u2028", "\ufb33", "</script>"),
]
NUMBERS = [
    *("0", "-0", "-0.0", "1", "-1", "9007199254740991", "-9007199254740991", "1e0", "1E+2", "10e-1", "0.1", "1e21"),
    *("1e-7", "123456789.123456789", "333333333.33333329", "4.50", "2e-3", "5e-324", "1.7976931348623157e308"),
    *("0.000001", "1e-6", "1e23", "9007199254740993.0", "0.30000000000000004", "-1.5E-10", "100000000000000000000.0"),
]


@dataclass(frozen=True)
class Credential:
    name: str  # the name of its file
    label: str
    data: bytes
    verdict: str  # if (ISSUER_ID, the account) and (no issuer, the account) are trusted

    @property
    def media_type(self):
        return MEDIA_TYPES[self.label]


class _Number(float):
    """A number with a given notation."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number


def _text(rng):
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 5)))


def _value(rng, depth):
    kind = rng.randrange(8 if depth else 5)
    if kind == 0:
        return _Number(rng.choice(NUMBERS))
    if kind == 1:
        return rng.choice((True, False, None))
    if kind == 2:
        return _Number(repr(rng.uniform(-1e6, 1e6)))
    if kind < 5:
        return _text(rng)
    if kind == 5:
        return [_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {_text(rng): _value(rng, depth - 1) for _ in range(rng.randrange(4))}


def _space(rng):
    return rng.choice(("", "", "", " ", "\n  ", "\t", "\r\n"))


def _string(rng, text):
    plain = json.dumps(text, ensure_ascii=rng.random() < 0.5)
    return plain.replace("/", "\\/") if rng.random() < 0.2 else plain


def _write(rng, value, one_line):
    """JSON text with members in random order and random white space."""

    def space():
        return " " * rng.randrange(2) if one_line else _space(rng)

    if isinstance(value, _Number):
        return value.text
    if isinstance(value, str):
        return _string(rng, value)
    if isinstance(value, list):
        return "[" + ",".join(space() + _write(rng, item, one_line) + space() for item in value) + "]"
    if isinstance(value, dict):
        members = list(value.items())
        rng.shuffle(members)
        written = [
            f"{space()}{_string(rng, name)}{space()}:{space()}{_write(rng, item, one_line)}{space()}"
            for name, item in members
        ]
        return "{" + ",".join(written) + "}"
    return json.dumps(value)


def _claims(rng, number):
    """(a credential's members, its verdict)"""
    issuer = rng.choice((ISSUER_ID, {"id": ISSUER_ID, "type": ["Profile"], "name": _text(rng)}))
    value = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"urn:example:{number}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer,
        "validFrom": "2024-02-29T23:59:59.123Z",
        "credentialSubject": {"achievement": {"name": _text(rng)}, "extra": _value(rng, 4)},
    }
    verdict = "valid"
    if number % 50 == 7:
        value["validUntil"], verdict = "2024-12-31T00:00:00+02:00", "expired"
    elif number % 50 == 17:
        value["validFrom"], verdict = "2999-01-01T00:00:00Z", "not_yet_valid"
    elif number % 50 == 27:
        value["issuer"], verdict = STRANGER_ID, "unknown_issuer"
    elif number % 50 == 37:
        value["credentialStatus"] = {"type": "BitstringStatusListEntry", "statusListIndex": str(number)}
        verdict = "unverifiable"
    return value, verdict


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _jwt(rng, number):
    value, verdict = _claims(rng, number)
    issuer = value["issuer"] if isinstance(value["issuer"], str) else value["issuer"]["id"]
    payload = {"vc": value, "jti": str(number), "iss": issuer} if number % 2 else value
    header = _base64url(b'{"alg":"ES512","typ":"JWT"}')  # which no verifier here knows
    text = _write(rng, payload, True).encode()
    return b".".join((header, _base64url(text), _base64url(rng.randbytes(64)))), verdict


def credential(seed, number, label=None, one_line=False):
    """The same arguments give the same credential. Without a label most are JSON, some JWTs and some plain bytes."""
    rng = random.Random(f"{seed}/{number}/{one_line}")
    label = label or rng.choices(("jcs", "compact", "raw"), (8, 1, 1))[0]
    if label == "jcs":
        value, verdict = _claims(rng, number)
        value["proof"] = {"type": "DataIntegrityProof", "cryptosuite": "unheard-2026", "proofValue": "z" + rng.randbytes(32).hex()}
        data = _write(rng, value, one_line).encode()
    elif label == "compact":
        data, verdict = _jwt(rng, number)
    else:
        start = rng.choice((b"%PDF-1.7\n", b"\xff\xfe", b"(1, 2)", b"plain text\n", b""))
        data, verdict = start + b"!" + rng.randbytes(rng.randrange(32, 600)), "recorded"
    return Credential(f"{number:06}{SUFFIXES[label]}", label, data, verdict)
