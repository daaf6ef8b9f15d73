"""Credentials in every wrapping in which issuers, mail programs and wallets pass them on, and what a verifier must make
of each: the verdict, if the account of ISSUER_ID has recorded the bytes, and whether their content is shown."""

import base64
import json
import urllib.parse
import zlib
from dataclasses import dataclass

from credentials import ISSUER_ID

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
CRED = "https://www.w3.org/2018/credentials#"
V1 = "https://www.w3.org/2018/credentials/v1"
ENDED, OPEN, FAR = "2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
NAME, HOLDER, ISSUER = "Harbour pilot", "Ada Example", "Example University"
MARK, NO_BREAK = "\ufeff", "\u00a0"
SIGNATURE = "AQEB" * 21 + "AQ"


@dataclass(frozen=True)
class Wrapped:
    name: str
    bytes: bytes
    verdict: str
    is_shown: bool = True  # whether the summary has a credential
    codes: tuple = ()  # pairs of check and code


def text(value):
    return json.dumps(value, ensure_ascii=False)


def part(value):
    value = value if isinstance(value, bytes) else text(value).encode()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def credential(**more):
    value = {
        "@context": CONTEXT, "type": ["VerifiableCredential", "OpenBadgeCredential"], "name": NAME,
        "issuer": {"id": ISSUER_ID, "type": ["Profile"], "name": ISSUER}, "validFrom": OPEN, "validUntil": ENDED,
        "credentialSubject": {"type": ["AchievementSubject"], "name": HOLDER, "achievement": {
            "id": "urn:example:pilot", "type": ["Achievement"], "name": NAME, "description": "Knows the tides.",
            "criteria": {"narrative": "An examination."}}},
    } | more
    return {name: member for name, member in value.items() if member is not ...}


def in_context(terms, **more):
    """One that ends nowhere, with terms of its own and members that they name."""
    return credential(**{"@context": [*CONTEXT, terms], "validUntil": ...}, **more)


def assertion(**more):
    return {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion",
            "recipient": {"type": "email", "hashed": False, "identity": "ada@issuer.example"},
            "badge": {"type": "BadgeClass", "name": NAME, "description": "Knows the tides.",
                      "issuer": {"id": ISSUER_ID, "type": "Profile", "name": ISSUER}},
            "issuedOn": OPEN, "verification": {"type": "hosted"}} | more


# -- wrappings: a JSON value → a JSON value, or a text -----------------------------------------------------------------


def token(claims, **more):
    return f"{part({'alg': 'ES256', 'typ': 'JWT'} | more)}.{part(claims)}.{SIGNATURE}"


def old_token(value, **claims):
    return token({"iss": ISSUER_ID, "nbf": 1577836800, "vc": value} | claims)


def general(value, n=1):
    signature = {"protected": part({"alg": "ES256"}), "signature": SIGNATURE}
    return {"payload": part(value), "signatures": [signature] * n}


def flattened(value):
    return {"payload": part(value), "protected": part({"alg": "ES256"}), "signature": SIGNATURE}


def not_encoded(value):
    """RFC 7797."""
    header = {"alg": "ES256", "b64": False, "crit": ["b64"]}
    return {"payload": text(value), "protected": part(header), "signature": SIGNATURE}


def compressed(value):
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(text(value).encode()) + deflate.flush()
    return f"{part({'alg': 'ES256', 'zip': 'DEF'})}.{part(packed)}.{SIGNATURE}"


def presentation(*inside, **more):
    return {"@context": CONTEXT[:1], "type": ["VerifiablePresentation"], "verifiableCredential": list(inside)} | more


def envelope(inside, kind="Credential"):
    media = {"Credential": "vc", "Presentation": "vp"}[kind]
    return {"@context": CONTEXT[:1], "type": f"EnvelopedVerifiable{kind}", "id": f"data:application/{media}+jwt,{inside}"}


def data_url(value, encode):
    """An envelope of JSON that is not a token."""
    return envelope("") | {"id": f"data:application/vc{encode(text(value))}"}


def in_base64(value):
    return "+ld+json;base64," + base64.b64encode(value.encode()).decode()


def with_percents(value):
    return "+json," + urllib.parse.quote(value)


def request(value, **more):
    return {"credential": value} | more


def graph(*inside):
    return {"@context": CONTEXT, "@graph": list(inside)}


def array(*inside):
    return list(inside)


def open_attestation_2(**more):
    data = {"name": "a1:string:" + NAME, "issuers": [{"id": "b2:string:" + ISSUER_ID, "name": "c3:string:" + ISSUER}],
            "recipient": {"name": "d4:string:" + HOLDER}, "expirationDate": "e5:string:" + ENDED}
    proof = {"type": "SHA3MerkleProof", "targetHash": "00" * 32, "proof": [], "merkleRoot": "00" * 32}
    return {"version": "https://schema.openattestation.com/2.0/schema.json", "schema": "opencerts/2.0",
            "data": data, "signature": proof} | more


def open_attestation_3(**more):
    proof = {"type": "OpenAttestationMerkleProofSignature2018", "proofPurpose": "assertionMethod",
             "targetHash": "00" * 32, "proofs": [], "merkleRoot": "00" * 32, "salts": "W10=",
             "privacy": {"obfuscated": []}}
    return credential(**{"version": "https://schema.openattestation.com/3.0/schema.json", "@context": [V1],
                         "proof": proof} | more)


def folded(token_text, end="\r\n", width=76):
    return end.join(token_text[i : i + width] for i in range(0, len(token_text), width)) + end


# -- the table ---------------------------------------------------------------------------------------------------------


def opened():
    """Wrappings that are opened: what is inside counts."""
    ended = credential()
    yield "plain", ended
    yield "token", old_token(credential(issuer=...))
    yield "token of claims", token(ended, typ="vc+jwt")
    yield "jws general", general(ended)
    yield "jws flattened", flattened(ended)
    yield "jws of a token's claims", general({"iss": ISSUER_ID, "exp": 1609459200, "vc": credential(validUntil=...)})
    yield "presentation", presentation(ended)
    yield "presentation of one that is no list", presentation() | {"verifiableCredential": ended}
    yield "presentation of a token", presentation(old_token(ended))
    yield "presentation in a token", token({"iss": "did:example:holder", "vp": presentation(ended)})
    yield "envelope", envelope(token(ended))
    yield "presentation of an envelope", presentation(envelope(token(ended)))
    yield "enveloped presentation", envelope(token(presentation(ended), typ="vp+jwt"), "Presentation")
    yield "request", request(ended)
    yield "request of a token", request(old_token(ended))
    yield "graph", graph(ended)
    yield "array", array(ended)
    yield "array of a token", array(old_token(ended))
    yield "array of a presentation", array(presentation(ended))
    yield "four layers", array(presentation(envelope(token(ended))))
    yield "jws in a presentation", presentation(general(ended))
    yield "presentation in a jws", general(presentation(ended))
    yield "presentation as vp in a jws", flattened({"vp": presentation(ended)})
    yield "graph in a token", token(graph(ended))
    yield "array of a jws", array(flattened(ended))
    yield "envelope in base64", data_url(ended, in_base64)
    yield "envelope with percent signs", data_url(ended, with_percents)
    yield "answers of an issuer's API", {"credentials": [{"credential": old_token(ended)}], "notification_id": "n1"}
    yield "presentation that ended before its credential", presentation(credential(validUntil=FAR), validUntil=ENDED)
    yield "token that ended before its credential", old_token(credential(issuer=..., validUntil=FAR), exp=1609459200)
    yield "two ends", credential(validUntil=FAR, expirationDate=ENDED)
    yield "jws of a badge of 2.0", general(assertion(expires=ENDED))
    yield "presentation of a badge of 2.0", presentation(assertion(expires=ENDED))
    yield "open attestation 2", open_attestation_2()
    yield "open attestation 3", open_attestation_3()


def texts():
    """Bytes that are read as the text of a token, or of JSON in UTF-16."""
    ended, jwt = credential(), old_token(credential())
    yield "JSON behind a no-break space", NO_BREAK + text(ended)
    yield "token behind a mark", MARK + jwt
    yield "token folded by CR LF", folded(jwt)
    yield "token folded by LF", folded(jwt, "\n", 64)
    yield "token in quotes", f'"{jwt}"'
    yield "token behind Bearer", "Bearer " + jwt
    yield "token of a header", "Authorization: Bearer " + jwt
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        yield f"{name} with a mark", (MARK + text(ended)).encode(name)
        yield f"{name} without a mark", text(ended).encode(name)
        yield f"a presentation in {name}", (MARK + text(presentation(ended))).encode(name)


def hidden():
    """Documents in which issuer, dates or status could hide."""
    ended, open_ended = credential(), credential(validUntil=...)
    yield "two in an array", array(ended, ended)
    yield "two in a presentation", presentation(ended, ended)
    yield "two in a graph", graph(ended, {"id": "urn:example:more"})
    yield "a presentation with an unknown member", presentation(ended, more=1)
    yield "a request with an unknown member", request(ended, more=1)
    yield "five layers", array(array(presentation(envelope(token(ended)))))
    yield "a presentation of something else", presentation("urn:example:elsewhere")
    yield "a presentation of nothing", presentation()
    yield "another issuer without", token({"iss": "did:web:other.example", "vc": open_ended})
    yield "another issuer within", general({"iss": ISSUER_ID, "vc": open_ended | {"issuer": "did:web:other.example"}})
    yield "a payload that is not encoded", not_encoded(ended)
    yield "a payload that is not encoded, of the first signature", {
        "payload": text(ended), "signatures": [{"protected": not_encoded(ended)["protected"], "signature": SIGNATURE},
                                               *general(ended)["signatures"]]}
    yield "a payload that is not encoded, of no header", {"payload": text(ended), "signature": SIGNATURE}
    yield "a payload that is encoded twice", token(part(ended).encode())
    yield "a compressed payload", compressed(ended)
    yield "a token as vc of a token", token({"iss": ISSUER_ID, "vc": old_token(ended)})
    yield "JSON within a JSON string", text(text(ended))
    yield "a token in a letter", f"Dear Ada,\r\n\r\nhere is your badge: {old_token(ended)}\r\n"
    yield "a data URL of a token", "data:application/vc+jwt," + old_token(ended)
    yield "two tokens", old_token(ended) + "\n" + old_token(ended)
    yield "an issuer beside it in a graph", graph(credential(issuer={"@id": ISSUER_ID}), {"@id": ISSUER_ID, "name": ISSUER})
    yield "an aliased type", in_context({"kind": "@type"}, type=..., kind=["VerifiableCredential"])
    yield "a date within a nesting", in_context({"labels": "@nest"}, labels={"validUntil": ENDED})
    yield "a date with a prefix", in_context({"cred": CRED}, **{"cred:validUntil": ENDED})
    yield "a date that a vocabulary completes", in_context({"@vocab": CRED + "valid"}, Until=ENDED)
    yield "a date in a term of a type", in_context(
        {"Pilot": {"@id": "urn:example:pilot", "@context": {"bestBefore": CRED + "validUntil"}}}, bestBefore=ENDED)
    yield "a start that is called an end", in_context({"begun": CRED + "validUntil"}, begun=ENDED)
    yield "full IRIs", {
        "@type": "https://www.w3.org/2018/credentials#VerifiableCredential",
        "https://www.w3.org/2018/credentials#issuer": {"@id": ISSUER_ID},
        "https://www.w3.org/2018/credentials#validUntil": ENDED,
        "https://www.w3.org/2018/credentials#credentialSubject": {"https://schema.org/name": HOLDER}}
    yield "an aliased date", {name: member for name, member in credential().items() if name != "validUntil"} | {
        "@context": [*CONTEXT, {"bestBefore": "https://www.w3.org/2018/credentials#validUntil"}], "bestBefore": ENDED}


DATES = [  # of validUntil; the verdict, and whether the date can be read
    ("2099-12-31T24:00:00Z", "valid"), ("12024-01-01T00:00:00Z", "valid"), ("2099-01-01T00:00:00.12345678901234567Z", "valid"),
    ("2099-01-01T00:00:00-14:00", "valid"), ("2099-01-01T00:00:00-05:00", "valid"),
    ("2016-12-31T23:59:60Z", "expired"), ("2099-01-01t00:00:00Z", "valid"), ("2099-01-01T00:00:00z", "valid"),
    ("2099-01-01T00:00:00+14:01", "unverifiable"), ("soon", "unverifiable"),
    ("2099-02-30T00:00:00Z", "unverifiable"), (None, "valid"), ("", "valid"), (ENDED, "expired"),
    ("2020-12-31T24:00:00Z", "expired"), ("2020-01-01T00:00:00.5+14:00", "expired"),
    ("2099-01-01T24:00:00.000Z", "valid"), ("2099-01-01T24:00:01Z", "unverifiable"), ("2099-01-01T24:00:00.1Z", "unverifiable"),
    ("2099-01-01T00:00:00.Z", "unverifiable"), ("2096-02-29T00:00:00Z", "valid"), ("2100-02-29T00:00:00Z", "unverifiable"),
    ("0000-01-01T00:00:00Z", "expired"), ("-0001-01-01T00:00:00Z", "expired"), ("02099-01-01T00:00:00Z", "unverifiable"),
    ("+2099-01-01T00:00:00Z", "unverifiable"), ("２０９９-01-01T00:00:00Z", "unverifiable"), ("2099", "unverifiable"),
    ("20990101T000000Z", "unverifiable"), ("2099-01-01T00:00:00Z[Europe/Berlin]", "unverifiable"),
    ("2099-01-01T00:00:00 Z", "unverifiable"), ("2099-01-01 00:00:00Z", "valid"), ("2099-01-01T00:00Z", "valid"),
    ([ENDED], "unverifiable"), ([FAR], "unverifiable"), ({"@value": FAR}, "unverifiable"), (4102444800000, "valid"),
    (0, "expired"), ("4102444800", "unverifiable"),
]
OLD_DATES = [  # of expires
    (4102444800, "valid"), ("2099-06-01", "valid"), ("2099-06-01T00:00:00", "valid"), ("2099-06-01T00:00:00+0000", "valid"),
    ("2020-06-01", "expired"), (1577836800, "expired"), (True, "unverifiable"),
]
OTHER_DATES = [
    ("from behind until", credential(validFrom=FAR, validUntil=ENDED), "expired"),
    ("not begun", credential(validFrom=FAR, validUntil=...), "not_yet_valid"),
    ("issuedOn in the future", assertion(issuedOn=FAR), "not_yet_valid"),
    ("issuedOn in seconds", assertion(issuedOn=1577836800), "valid"),
    ("a start that can't be read, and an end", credential(validFrom="soon"), "expired"),
    ("revoked in words", assertion(revoked="true"), "unverifiable"),
    ("revoked", assertion(revoked=True), "revoked"),
]


def dates():
    for written, verdict in DATES:
        yield f"until {written}", credential(id=f"urn:example:until:{written}", validUntil=written), verdict
    for written, verdict in OLD_DATES:
        yield f"expires {written}", assertion(id=f"urn:example:old:{written}", expires=written), verdict
    for name, value, verdict in OTHER_DATES:
        yield name, value | {"id": f"urn:example:other:{name}"}, verdict


def to_bytes(value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else text(value)).encode()


def table():
    for name, value in opened():
        yield Wrapped(name, to_bytes(value), "expired", codes=(("validity", "expired"),))
    for name, value in texts():
        yield Wrapped(name, to_bytes(value), "expired", codes=(("validity", "expired"),))
    for name, value in hidden():
        yield Wrapped(name, to_bytes(value), "unverifiable", name.startswith("another issuer"))
    for name, value, verdict in dates():
        yield Wrapped(name, to_bytes(value), verdict)
    for name, value in (("a PDF", b"%PDF-1.7\nnobody\n\xff"), ("a letter", b"Dear Ada,"), ("nothing at all", {}),
                        ("JSON of something", {"name": NAME}),
                        ("a JWS of no JSON", general(b"\xff\xfe"))):
        yield Wrapped(name, to_bytes(value), "recorded", False)
    yield Wrapped("JSON behind a mark", to_bytes(MARK + text(credential())), "unverifiable", False,
                  (("digest", "document_unsupported"),))


TABLE = list(table())
