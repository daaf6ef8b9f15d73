"""The documents of the table of verdicts, their batches and receipts. The batches are built with code of their own, so that
every defect can be built.
"""

import base64
import json

import verify_receipt as verifier
from credentials import ISSUER_ID
from scene import ARTIFACT, CHAIN_ID
from signing import CONTEXTS, badge_of

OTHER_ID, ENDED_ID, LATER_ID = "did:web:other.invalid", "https://ended.example/issuer", "https://later.example/issuer"
STARTED_ID, RENEWED_ID = "https://started.example/issuer", "https://renewed.example/issuer"
NOBODY, STRANGER = "http://127.0.0.1:1", "0x00000000000000000000000000000000000000AA"
DAY = 86400
LONG_AGO, FAR_OFF = "2024-12-31T00:00:00Z", "2999-01-01T00:00:00Z"


def credential(name, issuer=ISSUER_ID, **more):
    value = {"id": f"urn:example:{name}", "type": ["VerifiableCredential"], "issuer": issuer}
    return json.dumps(value | more).encode()


def nested(levels):
    """A credential with so many levels of nesting, including the outermost object."""
    text = '{"issuer": "%s", "deep": ' % ISSUER_ID + "[" * (levels - 1) + "]" * (levels - 1) + "}"
    return text.encode()


def jwt(name, **claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    payload = {"iss": ISSUER_ID, "jti": name, "vc": {"issuer": ISSUER_ID}} | claims
    return b".".join((part({"alg": "ES512"}), part(payload), b"c2lnbmF0dXJl"))


def presented(data):
    return b'{"type": ["VerifiablePresentation"], "verifiableCredential": [' + data + b"]}"


def jws_json(token):
    protected, payload, signature = token.decode().split(".")
    return json.dumps({"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}).encode()


def badge2(name, issuer, **more):
    badge = {"type": "BadgeClass", "issuer": issuer} if issuer else "https://badges.example/1"
    value = {"type": "Assertion", "id": f"urn:example:{name}", "badge": badge, "recipient": {}}
    return json.dumps(value | {"issuedOn": "2020-01-01T00:00:00Z"} | more).encode()


NO_UTF8 = b'{"issuer": "%s", "n": "\xed\xa0\x80"}' % ISSUER_ID.encode()


UNHEARD = {"type": "DataIntegrityProof", "cryptosuite": "unheard-2026", "proofPurpose": "assertionMethod",
           "proofValue": "z2AjgHc"}


def signed_documents(signer, stranger, did_host):
    """Signed by the issuer, a did:key; and by others, each of whom is a did:web or an https id with its document."""

    def badge(name, issuer=signer.did, **more):
        return badge_of(issuer, id=f"urn:example:{name}", **more)

    def sign(name, by=signer, method=None, issuer=signer.did, more={}, **options):
        return by.sign(badge(name, issuer, **more), method, **options)

    def several(name, *proofs):
        return badge(name) | {"proof": list(proofs)}

    def by_host(kind):
        method = None if kind == "no-key" else did_host.did(kind) + "#sign"  # None: that of its did:key
        return sign(f"signed, web {kind}", method=method, issuer=did_host.did(kind))

    own = sign("signed, and by another")["proof"]
    others = sign("signed, and by another", stranger)["proof"]
    payload = {"iss": signer.did, "jti": "urn:example:signed, a token", "nbf": 1767225600}
    old = {"@context": CONTEXTS, "type": ["VerifiableCredential"], "issuer": signer.did, "credentialSubject": {}}
    changed_name = sign("signed, changed") | {"name": "Another name"}
    values = {
        "signed": sign("signed"),
        "signed, revoked": sign("signed, revoked"),
        "signed, never": sign("signed, never"),
        "signed, changed": changed_name,
        "signed, expired": sign("signed, expired", more={"validUntil": "2026-01-02T00:00:00Z"}),
        "signed, early": sign("signed, early", more={"validFrom": FAR_OFF}),
        "signed, status": sign("signed, status", more={"credentialStatus": {"type": "BitstringStatusListEntry"}}),
        "signed, ended": sign("signed, ended", expires="2026-01-02T00:00:00Z"),
        "signed, in future": sign("signed, in future", created=FAR_OFF),
        "signed, to sign in": sign("signed, to sign in", proofPurpose="authentication"),
        "signed, an old suite": sign("signed, an old suite", cryptosuite="eddsa-2022"),
        "signed, by another": sign("signed, by another", stranger),
        "signed, and by another": several("signed, and by another", own, others),
        "signed, and unheard": several("signed, and by another", own, UNHEARD),
        "signed, by another and unheard": several(
            "signed, and by another", others, UNHEARD | {"verificationMethod": f"{signer.did}#{signer.multikey}"}),
    }
    values |= {f"signed, web {kind}": by_host(kind) for kind in SIGNED_KINDS}
    return {name: json.dumps(value).encode() for name, value in values.items()} | {
        "signed, a token": signer.token(payload | {"vc": old}),
        "signed, a token that differs": signer.token(
            payload | {"vc": old | {"expirationDate": "2998-01-01T00:00:00Z"}, "exp": 32000000000}),
    }


SIGNED_KINDS = "ok domain https-id other-key no-key html missing records-all".split()


def documents(did_host, account, signer, stranger):
    """The documents by batch: {batch: {name: document}}."""
    signed = signed_documents(signer, stranger, did_host)
    pkh = f"did:pkh:eip155:{CHAIN_ID}:"
    web = did_host.did
    return {
        "first": {
            "good": credential("good", proof=UNHEARD),
            "dated": credential("dated", validFrom="2020-01-01T00:00:00Z", validUntil="2999-01-01T00:00:00.5+02:00"),
            "numbers": b'{"issuer": {"id": "%s"}, "n": [1e20, 1.50, -0, 5e-324], "\\u00e9": "\\ud83c\\udf93"}'
            % ISSUER_ID.encode(),
            "expired": credential("expired", validUntil=LONG_AGO),
            "early": credential("early", validFrom=FAR_OFF),
            "status": credential("status", credentialStatus={"type": "BitstringStatusListEntry"}),
            "other": credential("other", OTHER_ID),
            "revoked": credential("revoked"),
            "both": credential("both", validUntil=LONG_AGO),  # expired and revoked
            "jwt": jwt("jwt", nbf=1577836800),
            "old jwt": jwt("old jwt", exp=1577836800.5),
            "pdf": b"%PDF-1.7\nnames no issuer\n\x00\xff",
            "bad date": credential("bad date", validUntil="soon"),
            "two issuers": jwt("two issuers", iss="did:web:another.example"),
            "surrogate": NO_UTF8,
            "later": credential("later", LATER_ID),
            "wrapped": presented(credential("wrapped")),
            "wrapped, expired": presented(credential("wrapped, expired", validUntil=LONG_AGO)),
            "wrapped, revoked": presented(credential("revoked")),
            "wrapped twice": b"[" + presented(credential("wrapped twice", validUntil=LONG_AGO)) + b"]",
            "in UTF-16": credential("in UTF-16", validUntil=LONG_AGO).decode().encode("utf-16"),
            "folded": b"\r\n".join(jwt("folded", exp=1577836800)[i : i + 76] for i in range(0, 400, 76)),
            "in JSON": jws_json(jwt("in JSON", exp=1577836800)),
            "other wrapper": json.dumps({"a": {"b": json.loads(credential("other wrapper"))}}).encode(),
            "aliased": credential("aliased", **{"https://www.w3.org/2018/credentials#validUntil": LONG_AGO}),
            "null": credential("null", validUntil=None, credentialStatus=None, proof=None),
            "status and expired": credential("status and expired", validUntil=LONG_AGO,
                                             credentialStatus={"type": "BitstringStatusListEntry"}),
            "badge 2": badge2("badge 2", {"id": ISSUER_ID}),
            "badge 2, revoked": badge2("badge 2, revoked", {"id": ISSUER_ID}, revoked=True),
            "badge 2, later": badge2("badge 2, later", {"id": ISSUER_ID}, issuedOn=FAR_OFF),
            "badge 2, elsewhere": badge2("badge 2, elsewhere", None),
            "achievement": json.dumps({"type": "Achievement", "id": "urn:a", "creator": ISSUER_ID}).encode(),
            "started": credential("started", STARTED_ID),
            "renewed": credential("renewed", RENEWED_ID),
            "deep": nested(64),
        },
        "dids": {
            "pkh": credential("pkh", pkh + account),
            "pkh in small": credential("pkh in small", {"id": pkh + account.lower()}),
            "pkh of another": credential("pkh of another", pkh + STRANGER),
            "pkh of another chain": credential("pkh of another chain", f"did:pkh:eip155:1:{account}"),
            "pkh with more": credential("pkh with more", pkh + account + "#key"),
            "web ok, in a token": jwt("web ok", iss=web("ok"), vc={"issuer": {"id": web("ok")}}),
            "web ok, against the token": jwt("web against", iss=web("ok"), vc={"issuer": web("other-account")}),
            "web ok, a key of it": credential("web key", web("ok") + "#key"),
            "web ok, below it": credential("web below", web("ok") + ":below"),
            "web ok, and expired": credential("web expired", web("ok"), validUntil=LONG_AGO),
            "web ok, of a number": credential("web number", web("ok").replace("localhost", "127.0.0.1")),
        } | {f"web {kind}": credential(f"web {kind}", web(kind)) for kind in (
            "ok other-account other-chain other-id no-method redirect huge malformed missing error silent upper-case "
            "duplicate not-https nobody").split()},
        "withdrawn": {"withdrawn": credential("withdrawn"), "wholly": credential("wholly")},
        "ended": {"ended": credential("ended", ENDED_ID)},  # one leaf: an empty path
        "never": {
            "never": credential("never"),
            "unheard": credential("unheard"),
            "web never": credential("web never", web("never")),
            "signed, never": signed.pop("signed, never"),
        },
        "signed": signed,
    }


def digest_of(data):
    return verifier.sha256(data) if data == NO_UTF8 else verifier.read_document(data).digest


def label_of(data):
    return "jcs" if data.startswith(b"{") else verifier.label_of(data)


class Batch:
    """Builds the receipts of some documents without code of the project."""

    def __init__(self, documents, account):
        self.account, self.documents = account, documents
        digests = {name: digest_of(data) for name, data in documents.items()}
        self.salt = {name: verifier.sha256(b"salt" + name.encode()) for name in documents}
        self.leaf = {name: verifier.leaf_hash(self.salt[name], digest) for name, digest in digests.items()}
        self.digest, self.leaves = digests, sorted(self.leaf.values())
        self.root = verifier.root_of(self.leaves)
        self.levels = [self.leaves]
        while len(self.levels[-1]) > 1:
            last = self.levels[-1]
            pairs = [verifier.node_hash(*last[i : i + 2]) for i in range(0, len(last) - 1, 2)]
            self.levels.append(pairs + last[len(last) & ~1 :])

    def receipt(self, name):
        index, path = self.leaves.index(self.leaf[name]), []
        at = index
        for level in self.levels:
            path += [level[at ^ 1].hex()] if at ^ 1 < len(level) else []
            at >>= 1
        return {
            "type": "BadgeReceipt",
            "version": 1,
            "digest": {
                "algorithm": "sha-256",
                "canonicalization": label_of(self.documents[name]),
                "value": self.digest[name].hex(),
            },
            "inclusion": {
                "algorithm": "RFC9162_SHA256",
                "salt": self.salt[name].hex(),
                "root": self.root.hex(),
                "treeSize": len(self.leaves),
                "leafIndex": index,
                "path": path,
            },
            "anchor": {
                "chainId": CHAIN_ID,
                "contract": ARTIFACT["address"],
                "issuer": self.account,
                "status": "final",
            },
        }


def changed(receipt, where, value):
    """A copy with one member changed, given by its path; None removes it."""
    copy = json.loads(json.dumps(receipt))
    *way, last = where.split(".")
    part = copy
    for name in way:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return copy
