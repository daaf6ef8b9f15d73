#!/usr/bin/env python3
"""Verifies receipts without any code of the node: with Python's standard library, the protocol and a JSON-RPC endpoint.

The rules that it implements:

Digest. The bytes alone decide how a document is reduced to a SHA-256 digest. Bytes that begin as a JSON object (the
first byte that is not white space is {, the next one " or }) are `jcs`: the digest of their RFC 8785 form, whole, with
the issuer's proof; what is not strict I-JSON is refused. Three base64url parts with dots between, white space around
them removed, are `compact`: the digest of that text. Five such parts, a tilde after three, and images are refused.
Anything else is `raw`. A receipt whose label differs from that of the bytes is false, even if the digest
matches.

Inclusion. leaf = SHA-256(00 ‖ salt ‖ digest), node = SHA-256(01 ‖ left ‖ right), the path by RFC 9162 section
2.1.3.2, with 1 to 2^24 leaves. A path proves a leaf for a given size; the chain proves the size.

Chain. The receipt must name the chain and contract that the verifier trusts; the endpoint must be of that chain and
have the registry's code there. The issuer's anchor of the root must exist at the finalized block with the receipt's
size; a root anchored only at the latest block is `pending`. At the latest block the root must not be withdrawn and the
digest not revoked, and isGood with the same proof must agree with all this.

Verdict. Checks are decided in order, digest, inclusion, registry, anchor, withdrawn, revoked, status, validity,
issuer; the first that did not pass decides, except that a failed digest or inclusion overrides an earlier unknown, and a
failed withdrawn, revoked, status or validity an unknown registry, anchor, withdrawn, revoked or status. A receipt alone,
without its document, is at best `anchored`; a document that names no issuer, dates or status is at best `recorded`. The
issuer's own signature is not checked here, so that a broken one is not `invalid` and none is ever `signed`, and a
credentialStatus is not fetched: a document that has one is `unverifiable`. Claims are read through known wrappers
(reading.py), and revocations looked up for the credentials inside too. The caller's pairs bind the account to the issuer
of the credential; the other accounts that they name for it are asked for a revocation as well.

Exit status: 0 valid or recorded, 1 not valid, 2 wrong usage, 3 unverifiable.
"""

import argparse
import hashlib
import json
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import reading
from registry_client import Chain, ChainError, keccak256
from strict_json import JsonError, canonicalize, parse

MAX_LEAVES = 2**24
BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")
SVG = re.compile(rb"\s*(<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^<>\[]*(\[.*?\]\s*)?>\s*)*<([\w.-]+:)?svg[\s/>]", re.S)

PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"


class Refused(Exception):
    """The document is of an unsupported kind, or the receipt is invalid."""


def sha256(data):
    return hashlib.sha256(data).digest()


# -- the document


def label_of(data):
    """How the bytes are reduced: `jcs`, `compact` or `raw`. Raises Refused."""
    unmarked = data.removeprefix(b"\xef\xbb\xbf")
    if data.startswith(b"\x89PNG\r\n\x1a\n") or SVG.match(unmarked):
        raise Refused("a baked image; check the credential inside")
    if re.match(rb'[ \t\r\n]*\{[ \t\r\n]*["}]', unmarked):
        return "jcs"  # and the parser refuses the byte-order mark
    text = data.strip(b"\t\n\r ")
    jws, tilde, _ = text.partition(b"~")
    parts = jws.split(b".")
    if all(BASE64URL.fullmatch(part) for part in parts):
        if len(parts) == 3 and all(parts):
            if tilde:
                raise Refused("an SD-JWT")
            return "compact"
        if len(parts) == 5 and not tilde and parts[0]:
            raise Refused("an encrypted JWT")
    return "raw"


@dataclass
class Document:
    label: str
    digest: bytes
    read: reading.Reading  # the layers of its wrappers and what is inside

    @property
    def claims(self):
        return reading.claims_of(self.read)


def read_document(data):
    """Raises Refused, JsonError."""
    label = label_of(data)
    if label == "jcs":
        value = parse(data)
        types = value.get("type")
        for name in types if isinstance(types, list) else [types]:
            if name in ("BadgeReceipt", "BadgeBundle"):
                raise Refused(f"a {name} is not a credential")
        return Document(label, sha256(canonicalize(value)), reading.read(data, label))
    data = data if label == "raw" else data.strip(b"\t\n\r ")
    return Document(label, sha256(data), reading.read(data, label))


def issuer_id(document):
    """The issuer stated in the credential, or None."""
    return document.claims.issuer


def validity(document):
    """(from, until) in seconds since 1970; None if unlimited. Raises ValueError for an invalid date."""
    claims = document.claims
    if "validity" in claims.faults:
        raise ValueError(claims.faults["validity"])
    return claims.begins, claims.ends


# -- the tree


def leaf_hash(salt, digest):
    return sha256(b"\x00" + salt + digest)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root_from_path(leaf, index, tree_size, path):
    """RFC 9162 section 2.1.3.2; None if index, size and length are inconsistent, or a hash is invalid."""
    if not 0 <= index < tree_size or any(len(hash_) != 32 for hash_ in [leaf, *path]):
        return None
    fn, sn, result = index, tree_size - 1, leaf
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return result if sn == 0 else None


def root_of(leaves):
    """The root over leaf hashes. Raises ValueError if there are none, too many, or they do not ascend."""
    if not 1 <= len(leaves) <= MAX_LEAVES:
        raise ValueError(f"a tree has 1 to {MAX_LEAVES} leaves, not {len(leaves)}")
    if any(a >= b for a, b in zip(leaves, leaves[1:])):
        raise ValueError("the leaves are not in ascending order, or two are equal")
    level = leaves
    while len(level) > 1:
        odd = level[len(level) & ~1 :]
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
    return level[0]


def split_leaves(data):
    """The leaf hashes of a list as a node serves it: 32 bytes each."""
    if len(data) % 32:
        raise ValueError(f"the length of a leaf list is a multiple of 32, not {len(data)}")
    return [data[i : i + 32] for i in range(0, len(data), 32)]


# -- the receipt


@dataclass
class Receipt:
    label: str
    digest: bytes
    salt: bytes
    root: bytes
    tree_size: int
    index: int
    path: list
    chain_id: int
    contract: bytes
    issuer: bytes
    status: str


def _hash(text):
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{64}", text):
        raise Refused(f"{text!r} is not a hash")
    return bytes.fromhex(text)


def address(text):
    if not isinstance(text, str) or not re.fullmatch("0x[0-9a-fA-F]{40}", text):
        raise Refused(f"{text!r} is not an account")
    return bytes.fromhex(text[2:])


def _count(value):
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(f"{value!r} is not a count")
    return value


def read_receipt(value):
    """Parses the JSON of a receipt. Raises Refused for anything that this version does not support."""
    try:
        digest, inclusion, anchor = value["digest"], value["inclusion"], value["anchor"]
        if value["type"] != "BadgeReceipt" or value["version"] != 1 or isinstance(value["version"], bool):
            raise Refused("not a receipt of version 1")
        if digest["algorithm"] != "sha-256" or inclusion["algorithm"] != "RFC9162_SHA256":
            raise Refused("an algorithm of another version")
        if digest["canonicalization"] not in ("jcs", "compact", "raw", "external"):
            raise Refused("a canonicalization of another version")
        if anchor["status"] not in ("sealed", "sent", "mined", "final"):
            raise Refused("an anchor's status of another version")
        return Receipt(
            digest["canonicalization"],
            _hash(digest["value"]),
            _hash(inclusion["salt"]),
            _hash(inclusion["root"]),
            _count(inclusion["treeSize"]),
            _count(inclusion["leafIndex"]),
            [_hash(sibling) for sibling in inclusion["path"]],
            _count(anchor["chainId"]),
            address(anchor["contract"]),
            address(anchor["issuer"]),
            anchor["status"],
        )
    except (KeyError, TypeError) as error:
        raise Refused(f"a member is missing or has the wrong type: {error}") from None


# -- checks

IF_FAILED = {
    "digest": "invalid",
    "inclusion": "invalid",
    "anchor": "invalid",
    "withdrawn": "withdrawn",
    "revoked": "revoked",
    "status": "revoked",
    "validity": "expired",
    "issuer": "unknown_issuer",
}
DECIDES_OVER_UNKNOWN = {  # a failed check: the unknown ones over which it decides
    "digest": None,  # any
    "inclusion": None,
    "withdrawn": ("registry", "anchor", "withdrawn", "revoked", "status"),
    "revoked": ("registry", "anchor", "withdrawn", "revoked", "status"),
    "status": ("registry", "anchor", "withdrawn", "revoked", "status"),
    "validity": ("registry", "anchor", "withdrawn", "revoked", "status"),
}


@dataclass
class Result:
    """checks: {name: (outcome, sentence)} in the order of evaluation; is_good: the result of the contract, or None."""

    checks: dict = field(default_factory=dict)
    verdict: str = "unverifiable"
    decided_by: str = None
    is_good: bool = None
    is_record: bool = False  # the document says nothing of issuer, dates and status

    def __post_init__(self):
        self._verdicts = {}  # the verdict of each check

    def note(self, name, outcome, sentence, verdict=None):
        self.checks[name] = (outcome, sentence)
        default = "unverifiable" if outcome == UNKNOWN else IF_FAILED.get(name)
        self._verdicts[name] = verdict or default

    def decide(self):
        not_passed = [name for name, (outcome, _) in self.checks.items() if outcome != PASSED]
        not_passed.sort(key=lambda name: self._verdicts[name] == "anchored")  # it decides last
        self.decided_by = not_passed[0] if not_passed else None
        for name in not_passed[1:]:
            over = DECIDES_OVER_UNKNOWN.get(name, ()) if self.checks[name][0] == FAILED else ()
            is_open = self.checks[self.decided_by][0] == UNKNOWN or self._verdicts[self.decided_by] == "pending"
            if is_open and self._verdicts[name] != "pending" and (over is None or self.decided_by in over):
                self.decided_by = name
        good = "recorded" if self.is_record else "valid"
        self.verdict = self._verdicts[self.decided_by] if self.decided_by else good
        return self

    @property
    def exit_status(self):
        return {"valid": 0, "recorded": 0, "unverifiable": 3}.get(self.verdict, 1)


class _Job:
    """The checks of one document and its receipt."""

    def __init__(self, data, receipt):
        self.result, self.document, self.receipt = Result(), None, None
        try:
            self.receipt = read_receipt(receipt)
        except Refused as error:
            self.result.note("receipt", UNKNOWN, str(error))
        if self.receipt:
            self._digest(data)
            self._inclusion()

    def _digest(self, data):
        if data is None:
            self.result.note("digest", UNKNOWN, "no document: only the digest of the receipt is checked", "anchored")
            return
        try:
            self.document = read_document(data)
        except JsonError as error:
            self.result.note("digest", FAILED, f"the document is not strict JSON: {error}")
        except Refused as error:
            self.result.note("digest", UNKNOWN, str(error))
        else:
            same = (self.document.label, self.document.digest) == (self.receipt.label, self.receipt.digest)
            sentence = f"the document is {self.document.label} {self.document.digest.hex()}"
            self.result.note("digest", PASSED if same else FAILED, sentence)

    def _inclusion(self):
        r = self.receipt
        root = None
        if 1 <= r.tree_size <= MAX_LEAVES:
            root = root_from_path(leaf_hash(r.salt, r.digest), r.index, r.tree_size, r.path)
        passed = root == r.root
        sentence = "the path leads to " + ("the root" if passed else "another root, or is invalid")
        self.result.note("inclusion", PASSED if passed else FAILED, sentence)

    def passed(self, name):
        return self.result.checks.get(name, (None,))[0] == PASSED

    def accounts(self, issuers):
        """The other accounts that the caller names for the document's issuer: a revocation by any of them counts."""
        name = issuer_id(self.document) if self.document else None
        return sorted(account for id_, account in issuers if name and id_ == name and account != self.receipt.issuer)

    def calls(self, chain, issuers):
        r = self.receipt
        digests = [self.document.digest, *self.inner] if self.document else []
        return [
            chain.withdrawn_call(r.issuer, r.root),
            chain.revoked_call(r.issuer, r.digest),
            chain.good_call(r.issuer, r.root, r.digest, r.salt, r.index % 2**64, r.path),
            *(chain.revoked_call(r.issuer, digest) for digest in self.inner),
            *(chain.revoked_call(account, digest) for account in self.accounts(issuers) for digest in digests),
        ]

    @property
    def inner(self):
        """The digests of the credentials inside, each of which may be revoked by itself."""
        return self.document.read.inner if self.document else []

    def registry(self, chain):
        """Whether the receipt is of the registry of `chain`."""
        r = self.receipt
        ours = (r.chain_id, r.contract) == (chain.chain_id, chain.contract)
        sentence = f"contract 0x{r.contract.hex()} on chain {r.chain_id}"
        sentence += "" if ours else " is not the trusted one"
        self.result.note("registry", PASSED if ours else UNKNOWN, sentence)
        return ours

    def anchor(self, final, latest):
        r = self.receipt
        if final.tree_size:
            same = final.tree_size == r.tree_size
            sentence = f"anchored as number {final.sequence} with {final.tree_size} leaves, final"
            self.result.note("anchor", PASSED if same else FAILED, sentence)
        elif latest.tree_size == r.tree_size:
            self.result.note("anchor", FAILED, "anchored, but not final yet", "pending")
        elif not latest.tree_size and r.status in ("sealed", "sent"):
            self.result.note("anchor", FAILED, "not anchored yet", "pending")
        else:
            self.result.note("anchor", FAILED, "the chain knows no such anchor")

    def states(self, latest, withdrawn, revoked, good, *other):
        """other: of the credentials inside, and by other accounts of the issuer."""
        for answer in (withdrawn, revoked, good, *other):
            if isinstance(answer, ChainError):
                raise answer
        times = [int.from_bytes(words[0], "big") for words in (withdrawn, revoked)]
        elsewhere = max((int.from_bytes(words[0], "big") for words in other), default=0)
        for name, seconds in zip(("withdrawn", "revoked"), (times[0], times[1] or elsewhere)):
            self.result.note(name, FAILED if seconds else PASSED, f"at {seconds}" if seconds else f"not {name}")
        self.result.is_good = int.from_bytes(good[0], "big") == 1
        follows = self.passed("inclusion") and latest.tree_size == self.receipt.tree_size and not any(times)
        if self.receipt.index < 2**64 and latest.tree_size == self.receipt.tree_size and self.result.is_good != follows:
            raise ChainError("the contract's isGood contradicts its anchor, withdrawal and revocation")

    def of_the_document(self, now, issuers):
        """Status, validity and issuer; unknown without a document."""
        if self.document is None:
            return
        claims = self.document.claims
        outcome = FAILED if claims.is_revoked else UNKNOWN if claims.has_status or "status" in claims.faults else PASSED
        self.result.note("status", outcome, claims.faults.get("status", "a list elsewhere" if claims.has_status else "none"))
        begins, ends = claims.begins, claims.ends
        if ends is not None and now > ends:
            self.result.note("validity", FAILED, "expired")
        elif begins is not None and now < begins:
            self.result.note("validity", FAILED, "not valid yet", "not_yet_valid")
        elif "validity" in claims.faults:
            self.result.note("validity", UNKNOWN, claims.faults["validity"])
        else:
            self.result.note("validity", PASSED, "valid now")
        self.result.is_record = claims.is_record or (
            claims.issuer is None and begins is None and ends is None and not claims.has_status)
        if "issuer" in claims.faults:
            is_hidden = self.document.read.hidden is not None or claims.layers_differ
            self.result.note("issuer", UNKNOWN, claims.faults["issuer"], None if is_hidden else "unknown_issuer")
            return
        name = issuer_id(self.document)
        known = (name, self.receipt.issuer) in issuers
        sentence = f"0x{self.receipt.issuer.hex()} for {name or 'bytes that name no issuer'}"
        self.result.note("issuer", PASSED if known else FAILED, sentence)


def check_many(items, chain, issuers=(), now=None):
    """Results of [(document bytes or None, receipt as JSON value)], in order; the requests to the chain are batched.

    issuers     pairs (issuer id, account of 20 bytes) that the verifier trusts; the id None stands for
                documents that name no issuer
    """
    now = time.time() if now is None else now
    jobs = [_Job(data, receipt) for data, receipt in items]
    asked = [job for job in jobs if job.receipt and job.registry(chain)]
    try:
        final, latest = (chain.final, chain.latest) if asked else (None, None)
        keys = [(job.receipt.issuer, job.receipt.root) for job in asked]
        for block in (final, latest):
            if block:
                chain.anchors(block, keys)
        calls = [job.calls(chain, issuers) for job in asked]
        answers = iter(chain.calls(latest, [call for each in calls for call in each])) if asked else None
    except ChainError as error:
        for job in asked:
            job.result.note("registry", UNKNOWN, str(error))
        asked = []
    for job, key, each in zip(asked, keys, calls) if asked else ():
        at_latest = chain.anchor(latest, *key)
        job.anchor(chain.anchor(final, *key), at_latest)
        states = [next(answers) for _ in each]
        try:
            job.states(at_latest, *states)
        except ChainError as error:
            job.result.note("withdrawn", UNKNOWN, str(error))
    for job in jobs:
        if job.receipt:
            job.of_the_document(now, issuers)
    return [job.result.decide() for job in jobs]


def check(data, receipt, chain, issuers=(), now=None):
    """The Result of one document (None: the receipt alone) and its receipt."""
    return check_many([(data, receipt)], chain, issuers, now)[0]


def prove_log(chain, issuer, batches):
    """Whether [(root, tree size)] is everything an issuer anchored, in order: the finalized head is its hash."""
    head = bytes(24)
    for root, tree_size in batches:
        head = keccak256(head + root + tree_size.to_bytes(8, "big"))[:24]
    return chain.log(chain.final, issuer) == (len(batches), head)


# -- the command


def _issuer(text):
    name, _, account = text.rpartition("=")
    return (name or None, address(account))


def _arguments():
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description="Checks a credential against its receipt and the chain.")
    parser.add_argument("document", nargs="?", type=Path, help="the credential; not given: the receipt alone")
    parser.add_argument("--receipt", type=Path, help="not given: DIGEST.receipt.json beside the credential")
    parser.add_argument("--rpc", help="URL of a JSON-RPC endpoint")
    parser.add_argument("--chain-id", type=int, default=31337)
    artifact = root / "contracts" / "BadgeRegistry.json"
    parser.add_argument("--artifact", type=Path, default=artifact, help="has the contract's address and code hash")
    parser.add_argument("--contract", help="another address than the artifact's")
    parser.add_argument("--issuer", action="append", default=[], metavar="[ID=]0x…", help="a trusted account")
    parser.add_argument("--leaves", type=Path, help="a leaf list: only prints its root and size")
    arguments = parser.parse_args()
    if not arguments.leaves and not (arguments.rpc and (arguments.document or arguments.receipt)):
        parser.error("give --rpc and a credential or a receipt, or --leaves")
    return arguments


def main():
    arguments = _arguments()
    if arguments.leaves:
        leaves = split_leaves(arguments.leaves.read_bytes())
        print(root_of(leaves).hex(), len(leaves))
        return 0
    artifact = json.loads(arguments.artifact.read_text())
    contract = address(arguments.contract or artifact["address"])
    chain = Chain(arguments.rpc, contract, arguments.chain_id, bytes.fromhex(artifact["codeHash"][2:]))
    data = arguments.document.read_bytes() if arguments.document else None
    receipt_file = arguments.receipt or arguments.document.with_name(f"{read_document(data).digest.hex()}.receipt.json")
    result = check(data, parse(receipt_file.read_bytes()), chain, {_issuer(text) for text in arguments.issuer})
    for name, (outcome, sentence) in result.checks.items():
        print(f"{name:10} {outcome:8} {sentence}")
    print(result.verdict)
    return result.exit_status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, Refused) as problem:
        print(f"verify_receipt: {problem}", file=sys.stderr)
        sys.exit(2)
