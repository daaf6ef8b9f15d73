"""The table of verdicts: the cases. A case written by hand states the expected verdict; a case that combines two defects
takes it from protocol5.py. The documents are those of verdict_documents.py.
"""

import itertools
import json
import time
from dataclasses import dataclass, field

import images
import protocol5
from credentials import ISSUER_ID
from protocol5 import Facts
from registry_client import call_data
from scene import ARTIFACT, CHAIN_ID
from signing import CONTEXTS
from verdict_documents import DAY, FAR_OFF, LONG_AGO, STRANGER, Batch, changed, credential, documents, nested


def _no_name_twice(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name twice")


@dataclass
class Case:
    name: str
    verdict: str
    codes: dict  # of the relevant checks; for combined defects of all checks
    document: bytes | None
    receipt: object = None  # a dict, bytes or None
    rpc: list = field(default_factory=lambda: ["honest"])  # names of providers
    chain_id: int | None = CHAIN_ID
    contract: str | None = None
    issuers: list = None  # None: the account for ISSUER_ID and for documents without an issuer
    accreditors: list = field(default_factory=list)
    confirmations: int = 0
    network: bool = False  # a host or provider fails, which each program describes differently
    fetches: bool = False  # the document with the issuer's key: a node's limits and the page's question are tested apart
    image: str = ""  # png or svg: not every program can read them

    @property
    def text_of_receipt(self):
        return self.receipt.decode() if isinstance(self.receipt, bytes) else json.dumps(self.receipt)

    @property
    def file(self):
        """One file with the document and its receipt, if there is a format for both; otherwise None."""
        if self.image:  # not possible in a bundle
            return self.document if self.receipt is None else None
        if self.receipt is None or self.document is None:
            return self.document or self.text_of_receipt.encode()
        try:
            text = self.document.decode()
            json.loads(self.text_of_receipt, object_pairs_hook=_no_name_twice)
        except ValueError:
            return None
        if '"BadgeBundle"' in text or '"BadgeReceipt"' in text or "1e20" in text or self.document == nested(65):
            return None  # not possible in a bundle
        if text.startswith("{"):
            try:
                json.loads(text)
            except ValueError:
                return None
        credential = text if text.startswith("{") else json.dumps(text)
        head = '{"type": "BadgeBundle", "version": 1, "receipts": [%s], "credential": %s}'
        return (head % (self.text_of_receipt, credential)).encode()


class Table:
    """account anchors everything; accreditor has accredited it for some issuers."""

    def __init__(self, account, accreditor, did_host, signer, stranger):
        self.account, self.accreditor, self.did_host = account, accreditor, did_host
        self.signer, self.stranger = signer, stranger
        self.joined = list(joined_defects())
        self.documents = documents(did_host, account, signer, stranger) | self._joined_documents()
        self.batch = {name: Batch(documents, account) for name, documents in self.documents.items()}

    def revoked(self):
        """The digests that the test must revoke."""
        gone = [self.batch["first"].digest[name] for name in ("revoked", "both")]
        gone.append(self.batch["withdrawn"].digest["wholly"])
        gone.append(self.batch["signed"].digest["signed, revoked"])
        for batch in self.batch.values():
            gone += [digest for name, digest in batch.digest.items() if name.startswith("joined") and " revoked" in name]
        return gone

    def case(self, name, verdict, document, receipt="own", codes=None, **more):
        """A case with a document, by its name, and its own receipt or another."""
        batch = next(batch for batch in self.batch.values() if document in batch.documents)
        receipt = batch.receipt(document) if receipt == "own" else receipt
        return Case(name, verdict, codes or {}, batch.documents[document], receipt, **more)

    @property
    def default_issuers(self):
        return [{"id": ISSUER_ID, "account": self.account}, {"id": self.signer.did, "account": self.account},
                {"account": self.account}]

    def cases(self):
        parts = (self.plain_cases, self.receipt_cases, self.bundle_cases, self.image_cases, self.issuer_cases,
                 self.did_cases, self.signed_cases, self.provider_cases, self.joined_cases)
        cases = [case for part in parts for case in part()]
        for case in cases:
            if case.issuers is None:
                case.issuers = self.default_issuers
        return cases

    # -- written by hand

    def plain_cases(self):
        return [
            self.case("valid", "valid", "good", codes={"digest": "digest_matches", "anchor": "anchor_final",
                                                       "proof": "proof_suite_unknown", "issuer": "issuer_bound"}),
            self.case("in force", "valid", "dated", codes={"validity": "in_force"}),
            self.case("numbers and escapes", "valid", "numbers"),
            self.case("as deep as can be", "valid", "deep"),
            self.case("a JWT", "valid", "jwt", codes={"proof": "proof_suite_unknown"}),
            self.case("bytes without an issuer", "recorded", "pdf", codes={"proof": "document_not_read"}),
            self.case("the provider's own chain", "valid", "good", chain_id=None),
            self.case("two that agree", "valid", "good", rpc=["honest", "honest too"]),
            self.case("two confirmations of two", "valid", "good", rpc=["two blocks on"], confirmations=2,
                      codes={"anchor": "anchor_final"}),
            self.case("three confirmations of two", "pending", "good", rpc=["two blocks on"], confirmations=3,
                      codes={"anchor": "anchor_not_final"}),
            self.case("more confirmations than blocks", "unverifiable", "good", confirmations=100000,
                      codes={"anchor": "chain_unreachable"}),
            self.case("expired", "expired", "expired", codes={"validity": "expired"}),
            self.case("an expired JWT", "expired", "old jwt"),
            self.case("not yet valid", "not_yet_valid", "early", codes={"validity": "not_yet_valid"}),
            self.case("a status list", "unverifiable", "status", codes={"status": "status_list_invalid"}),
            self.case("revoked", "revoked", "revoked", codes={"revoked": "revoked", "withdrawn": "not_withdrawn"}),
            self.case("expired and revoked", "revoked", "both", codes={"revoked": "revoked", "validity": "expired"}),
            self.case("withdrawn", "withdrawn", "withdrawn", codes={"withdrawn": "withdrawn"}),
            self.case("withdrawn and revoked", "withdrawn", "wholly", codes={"revoked": "revoked"}),
            self.case("never anchored", "invalid", "never", codes={"anchor": "not_anchored"}),
            self.case("no receipt", "unverifiable", "good", None, codes={"digest": "no_receipt"}),
            self.case("an invalid date", "unverifiable", "bad date", codes={"validity": "claims_malformed"}),
            self.case("two issuers", "unverifiable", "two issuers", codes={"issuer": "claims_hidden"}),
            self.case("in a presentation", "valid", "wrapped"),
            self.case("in a presentation, expired", "expired", "wrapped, expired"),
            self.case("in a presentation, and revoked by itself", "revoked", "wrapped, revoked",
                      codes={"revoked": "revoked"}),
            self.case("in a presentation in a list", "expired", "wrapped twice"),
            self.case("in UTF-16", "expired", "in UTF-16"),
            self.case("folded by mail", "expired", "folded"),
            self.case("a JWS in JSON", "expired", "in JSON"),
            self.case("in an unknown wrapper", "unverifiable", "other wrapper", codes={"status": "claims_hidden"}),
            self.case("under a full IRI", "unverifiable", "aliased", codes={"validity": "claims_hidden"}),
            self.case("null is absent", "valid", "null", codes={"proof": "no_proof", "validity": "no_period"}),
            self.case("expired, and a status list", "expired", "status and expired",
                      codes={"status": "status_list_invalid"}),
            self.case("expired, and no answer", "expired", "expired", rpc=["nobody"], network=True),
            self.case("expired, and not final", "expired", "expired", rpc=["finalized lags"]),
            self.case("Open Badges 2.0", "valid", "badge 2"),
            self.case("Open Badges 2.0, revoked", "revoked", "badge 2, revoked", codes={"status": "status_revoked"}),
            self.case("Open Badges 2.0, in future", "not_yet_valid", "badge 2, later"),
            self.case("Open Badges 2.0, its badge elsewhere", "unknown_issuer", "badge 2, elsewhere",
                      codes={"issuer": "issuer_elsewhere"}),
            self.case("an achievement", "recorded", "achievement"),
            Case("JSON behind a mark", "unverifiable", {"digest": "document_unsupported"},
                 b"\xef\xbb\xbf" + self.batch["first"].documents["good"], self.batch["first"].receipt("good")),
            self.case("no UTF-8", "invalid", "surrogate", codes={"digest": "document_malformed"}),
            Case("too deep", "invalid", {"digest": "document_malformed"}, nested(65),
                 self.batch["first"].receipt("deep")),
        ]

    def receipt_cases(self):
        first = self.batch["first"]
        own, other = first.receipt("good"), first.receipt("dated")

        def damaged(name, verdict, where, value, **codes):
            return self.case(name, verdict, "good", changed(own, where, value), codes=codes)

        return [
            self.case("another document's", "invalid", "good", other, codes={"digest": "digest_differs"}),
            damaged("relabelled", "invalid", "digest.canonicalization", "raw", digest="label_differs"),
            damaged("of a bare digest", "invalid", "digest.canonicalization", "external", digest="label_external"),
            damaged("an unknown label", "unverifiable", "digest.canonicalization", "cbor",
                    digest="receipt_unsupported"),
            damaged("a later version", "unverifiable", "version", 2, inclusion="receipt_unsupported"),
            damaged("no salt", "invalid", "inclusion.salt", None, inclusion="receipt_malformed"),
            damaged("another salt", "invalid", "inclusion.salt", "00" * 32, inclusion="path_broken"),
            damaged("another place", "invalid", "inclusion.leafIndex", own["inclusion"]["leafIndex"] ^ 1,
                    inclusion="path_broken"),
            damaged("beyond the tree", "invalid", "inclusion.leafIndex", 99, inclusion="receipt_malformed"),
            damaged("another account", "invalid", "anchor.issuer", STRANGER, anchor="not_anchored"),
            damaged("claims to be sent", "valid", "anchor.status", "sent", anchor="anchor_final"),
            damaged("other hints", "valid", "anchor.sequence", 77, anchor="anchor_hints_differ"),
            damaged("another registry", "unverifiable", "anchor.contract", STRANGER, registry="registry_not_trusted"),
            damaged("of another chain", "unverifiable", "anchor.chainId", 5, registry="registry_not_trusted"),
            self.case("another tree size", "invalid", "ended", changed(self.batch["ended"].receipt("ended"),
                      "inclusion.treeSize", 2), codes={"inclusion": "path_broken", "anchor": "tree_size_differs"}),
            self.case("awaited", "pending", "never", changed(self.batch["never"].receipt("never"), "anchor.status",
                      "sealed"), codes={"anchor": "anchor_awaited"}),
            self.case("a receipt that is not JSON", "invalid", "good", b"{", codes={"inclusion": "receipt_malformed"}),
            self.case("a name twice", "invalid", "good", json.dumps(own).replace("{", '{"version": 1, ', 1).encode(),
                      codes={"inclusion": "receipt_malformed"}),
            Case("the receipt alone", "anchored", {"digest": "no_document"}, json.dumps(own).encode()),
            Case("a JWE", "unverifiable", {"digest": "document_unsupported"}, b"YQ.YQ.YQ.YQ.YQ", own),
            Case("no bytes", "invalid", {"digest": "digest_differs"}, b"", own),
        ]

    def bundle_cases(self):
        first = self.batch["first"]
        own = first.receipt("good")

        def bundle(version=1, receipts=(own,), credential=first.documents["good"].decode()):
            text = {"type": "BadgeBundle", "version": version, "credential": 0, "receipts": list(receipts)}
            return json.dumps(text).replace('"credential": 0', f'"credential": {credential}').encode()

        foreign = changed(own, "anchor.chainId", 5)
        token = json.dumps(first.documents["jwt"].decode())
        deep = [first.receipt("deep")]
        return [
            Case("a bundle", "valid", {}, bundle()),
            Case("a bundle of two registries", "valid", {}, bundle(receipts=(foreign, own))),
            Case("a bundle of a token", "valid", {}, bundle(receipts=[first.receipt("jwt")], credential=token)),
            Case("a bundle of the deepest", "valid", {}, bundle(receipts=deep, credential=nested(64).decode())),
            Case("a bundle of what is too deep", "invalid", {"digest": "document_malformed"},
                 bundle(receipts=deep, credential=nested(65).decode()), deep[0]),
            Case("a bundle without receipts", "unverifiable", {"digest": "no_receipt"}, bundle(receipts=())),
            Case("a later bundle", "unverifiable", {"digest": "document_unsupported"}, bundle(version=2)),
            Case("a bundle and a receipt", "invalid", {"digest": "digest_differs"}, bundle(), first.receipt("dated")),
        ]

    def image_cases(self):
        """An image is verified like the credential in it, with the receipt in the image unless one is given."""
        first = self.batch["first"]
        good, token = first.documents["good"], first.documents["jwt"]
        own, other = first.receipt("good"), first.receipt("dated")

        def baked(badge, *receipts):
            chunks = [images.itxt("badgereceipt", json.dumps(receipt)) for receipt in receipts]
            return images.png(images.itxt("openbadgecredential", badge), *chunks)

        def drawn(badge, receipt):
            inside = images.credential(images.cdata(badge.decode())) + images.slip(images.cdata(json.dumps(receipt)))
            return images.svg(inside)

        matches, differs = {"digest": "digest_matches"}, {"digest": "digest_differs"}
        unknown = {"digest": "document_unsupported"}
        return [
            Case("a PNG", "valid", matches, baked(good, own), image="png"),
            Case("a PNG of a token", "valid", matches, baked(token, first.receipt("jwt")), image="png"),
            Case("a PNG, its receipt beside", "valid", matches, baked(good), own, image="png"),
            Case("a PNG, a better receipt beside", "valid", matches, baked(good, other), own, image="png"),
            Case("a PNG, a worse receipt beside", "invalid", differs, baked(good, own), other, image="png"),
            Case("a PNG with another's receipt", "invalid", differs, baked(good, other), image="png"),
            Case("a PNG of what is revoked", "revoked", matches, baked(first.documents["revoked"], first.receipt(
                "revoked")), image="png"),
            Case("a PNG without a badge", "invalid", differs, images.png(), own, image="png"),
            Case("a PNG cut short", "unverifiable", unknown, baked(good, own)[:-5], own, image="png"),
            Case("a PNG with two receipts", "unverifiable", unknown, baked(good, own, own), own, image="png"),
            Case("a PNG of something else", "unverifiable", unknown, baked(b"not a credential", own), own, image="png"),
            Case("an SVG", "valid", matches, drawn(good, own), image="svg"),
            Case("an SVG with another's receipt", "invalid", differs, drawn(good, other), image="svg"),
        ]

    def issuer_cases(self):
        pair = {"id": ISSUER_ID, "account": self.account}
        by = {"issuers": [], "accreditors": [self.accreditor]}
        return [
            self.case("nobody is trusted", "unknown_issuer", "good", issuers=[], codes={"issuer": "issuer_not_bound"}),
            self.case("another account acts", "unknown_issuer", "good", issuers=[pair | {"account": STRANGER}]),
            self.case("another issuer", "unknown_issuer", "other", network=True),
            self.case("an account without an id", "unknown_issuer", "good", issuers=[{"account": self.account}]),
            self.case("an id for bytes without one", "unknown_issuer", "pdf", issuers=[pair]),
            self.case("accredited", "valid", "good", **by, codes={"issuer": "issuer_bound"}),
            self.case("accredited for another", "unknown_issuer", "other", **by, network=True),
            self.case("accredited until after the anchor", "valid", "later", **by),
            self.case("accredited until before the anchor", "unknown_issuer", "ended", **by),
            self.case("accredited from after the anchor on", "unknown_issuer", "started", **by),
            self.case("accredited again, for always", "valid", "renewed", **by),
            self.case("accredited by nobody", "unknown_issuer", "good", issuers=[], accreditors=[STRANGER]),
            self.case("several accreditors", "valid", "good", issuers=[], accreditors=[STRANGER, self.accreditor]),
            self.case("expired, of nobody", "expired", "expired", issuers=[]),
            self.case("revoked, of nobody", "revoked", "revoked", issuers=[]),
        ]

    def did_cases(self):
        bound, not_bound = {"issuer": "issuer_bound"}, {"issuer": "issuer_not_bound"}
        silent = {"issuer": "issuer_unreachable"}
        nobody = self.did_host.did("nobody")

        def unknown_issuer_case(document, codes, **more):
            return self.case(document, "unknown_issuer", document, codes=codes, **more)

        dids = [
            self.case("did:pkh", "valid", "pkh", codes=bound),
            self.case("did:pkh without capitals", "valid", "pkh in small", codes=bound),
            self.case("did:pkh, nobody trusted", "valid", "pkh", issuers=[], codes=bound),
            unknown_issuer_case("pkh of another", not_bound),
            unknown_issuer_case("pkh of another chain", not_bound),
            unknown_issuer_case("pkh with more", not_bound),
            self.case("did:pkh, of another account's batch", "invalid", "pkh", changed(
                self.batch["dids"].receipt("pkh"), "anchor.issuer", STRANGER), codes=not_bound),
            self.case("did:web", "valid", "web ok", codes=bound),
            self.case("did:web in a token", "valid", "web ok, in a token", codes=bound),
            self.case("did:web, nobody trusted", "valid", "web ok", issuers=[], codes=bound),
            self.case("did:web, expired", "expired", "web ok, and expired", codes=bound),
            self.case("did:web, against its token", "unverifiable", "web ok, against the token",
                      codes={"issuer": "claims_hidden"}),
            self.case("did:web, not final", "pending", "web ok", rpc=["finalized lags"], codes=bound),
            self.case("did:web, an accreditor silent", "valid", "web ok", rpc=["no accreditations"], issuers=[],
                      accreditors=[self.accreditor], codes=bound),
            self.case("did:web of another, an accreditor silent", "unknown_issuer", "web other-account",
                      rpc=["no accreditations"], issuers=[], accreditors=[self.accreditor], codes=silent, network=True),
            self.case("did:web silent, but a pair", "valid", "web nobody", codes=bound,
                      issuers=[{"id": nobody, "account": self.account}]),
            self.case("did:web, never anchored", "invalid", "web never",
                      codes=silent | {"anchor": "not_anchored"}),
            self.case("did:web, another registry", "unverifiable", "web ok", changed(
                self.batch["dids"].receipt("web ok"), "anchor.contract", STRANGER), codes=silent),
            self.case("did:web, altered", "invalid", "web never", self.batch["dids"].receipt("web ok"), codes=silent),
            unknown_issuer_case("web ok, a key of it", not_bound),
            unknown_issuer_case("web ok, of a number", not_bound),
            unknown_issuer_case("web other-account", not_bound),
            unknown_issuer_case("web other-chain", not_bound),
            unknown_issuer_case("web no-method", not_bound),
        ]
        for kind in ("ok, below it|other-id|redirect|huge|malformed|missing|error|silent|upper-case|duplicate|"
                     "not-https|nobody").split("|"):
            dids.append(unknown_issuer_case(f"web {kind}", silent, network=True))
        return dids

    def signed_cases(self):
        """By the issuer itself, a did:key: recorded or not, and known to the verifier or not."""
        foreign = changed(self.batch["signed"].receipt("signed"), "anchor.contract", STRANGER)
        revoked = self.batch["signed"].receipt("signed, revoked")
        named = [{"id": self.signer.did}]
        holds = {"proof": "proof_holds"}

        def alone(name, verdict, document=None, issuers=named, codes=None, **more):
            return self.case(name, verdict, document or name, None, codes=codes, issuers=issuers, **more)

        cases = [
            alone("signed", "signed", codes=holds | {"issuer": "issuer_named", "digest": "no_receipt",
                                                     "revoked": "no_receipt"}),
            alone("signed, of nobody", "unknown_issuer", "signed", [], holds | {"issuer": "issuer_not_named"}),
            alone("signed, its account named", "signed", "signed", None, {"revoked": "not_revoked"}),
            alone("signed, its account named, and no answer", "unverifiable", "signed", None, holds, rpc=["nobody"],
                  network=True),
            self.case("signed and recorded", "valid", "signed", codes=holds | {"issuer": "issuer_bound"}),
            self.case("signed and recorded, of nobody", "unknown_issuer", "signed", issuers=[],
                      codes=holds | {"issuer": "issuer_not_bound"}),
            self.case("signed and recorded, named alone", "signed", "signed", issuers=named,
                      codes={"anchor": "anchor_final", "issuer": "issuer_named"}),
            self.case("signed, not final", "signed", "signed", rpc=["finalized lags"],
                      codes={"anchor": "anchor_not_final", "issuer": "issuer_named"}),
            self.case("signed and recorded, and no answer", "signed", "signed", rpc=["nobody"], issuers=named,
                      network=True, codes={"registry": "registry_unreachable"}),
            self.case("signed, in another registry", "signed", "signed", foreign, issuers=named,
                      codes={"registry": "registry_not_trusted"}),
            self.case("signed, never recorded", "invalid", "signed, never", codes=holds),
            alone("signed, revoked", "revoked", issuers=None, codes={"revoked": "revoked", "digest": "no_receipt"}),
            alone("signed, revoked, its account unknown", "signed", "signed, revoked"),
            self.case("signed and recorded, revoked", "revoked", "signed, revoked"),
            self.case("signed, revoked, behind another registry", "revoked", "signed, revoked",
                      changed(revoked, "anchor.contract", STRANGER), codes={"registry": "registry_not_trusted"}),
            self.case("signed, revoked, behind a later receipt", "revoked", "signed, revoked",
                      changed(revoked, "version", 7), codes={"digest": "receipt_unsupported"}),
            alone("signed, changed", "invalid", codes={"proof": "proof_broken"}),
            self.case("signed, changed, and recorded", "invalid", "signed, changed", codes={"proof": "proof_broken"}),
            alone("signed, expired", "expired", codes=holds | {"validity": "expired"}),
            alone("signed, expired, of nobody", "expired", "signed, expired", []),
            alone("signed, early", "not_yet_valid", codes={"validity": "not_yet_valid"}),
            alone("signed, status", "unverifiable", codes={"status": "status_list_invalid"}),
            alone("signed, ended", "expired", codes={"proof": "proof_expired"}),
            alone("signed, in future", "not_yet_valid", codes={"proof": "proof_from_future"}),
            alone("signed, to sign in", "invalid", codes={"proof": "proof_wrong_purpose"}),
            alone("signed, an old suite", "unverifiable", codes={"proof": "proof_suite_unknown"}),
            self.case("signed, an old suite, and recorded", "valid", "signed, an old suite"),
            alone("signed, by another", "unverifiable", codes={"proof": "proof_key_not_bound"}),
            self.case("signed, by another, and recorded", "valid", "signed, by another",
                      codes={"proof": "proof_key_not_bound"}),
            alone("signed, and by another", "signed", codes=holds),
            alone("signed, and unheard", "signed", codes=holds),
            alone("signed, by another and unheard", "unverifiable"),
            alone("signed, a token", "signed", codes=holds),
            self.case("signed, a token, and recorded", "valid", "signed, a token", codes=holds),
            alone("signed, a token that differs", "invalid", codes={"proof": "jwt_claim_differs"}),
            self.case("signed, a later receipt", "signed", "signed", changed(
                self.batch["signed"].receipt("signed"), "version", 7), codes={"digest": "receipt_unsupported"}),
        ]
        return cases + self.host_cases()

    def host_cases(self):
        """By issuers whose key is in a document of theirs."""

        def alone(kind, verdict, codes, **more):
            return self.case(f"signed, web {kind}", verdict, f"signed, web {kind}", None, codes=codes, fetches=True, **more)

        address = {"proof": "proof_holds", "issuer": "issuer_address"}
        foreign = changed(self.batch["signed"].receipt("signed, web records-all"), "anchor.contract", STRANGER)
        missing = {"inclusion": "record_missing", "proof": "proof_holds"}
        return [
            alone("ok", "signed", address | {"revoked": "not_revoked"}),
            alone("domain", "signed", {"proof": "proof_holds", "issuer": "issuer_domain"}),
            alone("https-id", "signed", address),
            alone("other-key", "invalid", {"proof": "proof_wrong_controller"}),
            alone("no-key", "unverifiable", {"proof": "proof_key_not_bound"}),
            alone("html", "unverifiable", {"proof": "proof_key_unreachable"}, network=True),
            alone("missing", "unverifiable", {"proof": "proof_key_unreachable"}, network=True),
            alone("records-all", "unverifiable", missing),
            self.case("signed, web records-all, in another registry", "unverifiable", "signed, web records-all",
                      foreign, codes={"registry": "registry_not_trusted", "proof": "proof_holds"}, fetches=True),
            self.case("signed, web records-all, by another account", "unverifiable", "signed, web records-all",
                      changed(foreign, "anchor.issuer", STRANGER), codes=missing, fetches=True),
            self.case("signed, web records-all, recorded", "valid", "signed, web records-all", fetches=True,
                      codes={"proof": "proof_holds", "issuer": "issuer_bound", "inclusion": "inclusion_holds"}),
            self.case("signed, web ok, recorded", "valid", "signed, web ok", issuers=[], fetches=True,
                      codes={"proof": "proof_holds", "issuer": "issuer_bound"}),
        ]

    # -- providers that fail or lie

    def liars(self, height_before, height_first):
        """name -> how a provider answers. Some are honest. The heights are that before all anchors and that of the
        batch "first"."""
        zero = "0x" + "00" * 32
        now = int(time.time())

        def call(signature, answer):
            selector = call_data(signature)[:10]

            def lie(method, params, result, ask):
                return answer if method == "eth_call" and params[0]["data"].startswith(selector) else result

            return lie

        def another_reason(method, params, result, ask):
            asked = method == "eth_call" and params[0]["data"].startswith(call_data(revoked)[:10])
            return result[:-64] + f"{4:064x}" if asked else result

        def block(tag, number, **more):
            def lie(method, params, result, ask):
                if method == "eth_getBlockByNumber" and params[0] == tag:
                    return ask(method, hex(number), False) | more if number is not None else result | more
                return result

            return lie

        def of(wanted, answer):
            return lambda method, params, result, ask: answer if wanted in (method, "all") else result

        def by_number_only(**more):
            def lie(method, params, result, ask):
                if params and isinstance(params[-1], dict) and "blockHash" in params[-1]:
                    return b'{"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"invalid argument 1"}}'
                asked_again = method == "eth_getBlockByNumber" and params[0].startswith("0x")
                return result | more if asked_again else result

            return lie

        anchor, withdrawn = "anchorOf(address,bytes32)", "withdrawnAt(address,bytes32)"
        revoked, accredited = "revokedAt(address,bytes32)", "accreditedBy(address,address,bytes32)"
        words = "".join(f"{n:064x}" for n in (3, len(self.documents["never"]), now - 60, 1))
        return {
            "honest": of("none", None),
            "honest too": of("none", None),
            "anchored": call(anchor, "0x" + words),
            "not anchored": call(anchor, "0x" + "00" * 128),
            "not revoked": call(revoked, zero + "00" * 32),
            "another reason": another_reason,
            "revoked": call(revoked, "0x" + f"{now - 60:064x}{1:064x}"),
            "a reason beyond 8 bits": call(revoked, "0x" + f"{now - 60:064x}{256:064x}"),
            "an unheard reason": call(revoked, "0x" + f"{now - 60:064x}{6:064x}"),
            "withdrawn": call(withdrawn, "0x" + f"{now - 60:064x}"),
            "accredited": call(accredited, "0x" + f"{1:064x}" + "00" * 32),
            "no accreditations": call(accredited, None),
            "no anchors": call(anchor, None),
            "no withdrawals": call(withdrawn, None),
            "no revocations": call(revoked, None),
            "a call cut short": call(anchor, "0x" + words[:-2]),
            "a time beyond 64 bits": call(revoked, "0x" + "ff" * 32 + "00" * 32),
            "finalized lags": block("finalized", height_before),
            "no final block": lambda method, params, result, ask: None if "finalized" in params else result,
            "final before the registry": block("finalized", 0),
            "no EIP-1898": by_number_only(),
            "no EIP-1898, reorganized": by_number_only(hash="0x" + "12" * 32),
            "latest lags": block("latest", height_before),
            "two blocks on": block("latest", height_first + 2),
            "an old head": block("latest", None, timestamp=hex(now - DAY)),
            "no head": block("latest", None, hash=None),
            "another chain": of("eth_chainId", "0x5"),
            "no chain": of("eth_chainId", 31337),
            "other code": of("eth_getCode", "0x6001"),
            "no logs": of("eth_getLogs", None),
            "odd logs": of("eth_getLogs", [{"topics": [1, 2, 3, {"a": "\ud800"}]}]),
            "nulls": of("all", None),
            "objects": of("all", {"hash": {}, "number": [], "__proto__": "0x1"}),
            "lone surrogates": of("all", "0x\ud800"),
            "no JSON": of("all", b"<html>"),
            "another id": of("all", b'{"jsonrpc":"2.0","id":99999,"result":"0x1"}'),
            "an error": of("all", b'{"jsonrpc":"2.0","id":null,"error":{"code":-3,"message":"\\"quoted\\" \\u0007"}}'),
            "too much": of("all", b'{"jsonrpc":"2.0","id":1,"result":"0x' + b"00" * (5 << 20) + b'"}'),
            "HTTP 500": lambda method, params, result, ask: 1 // 0,
        }

    def provider_cases(self):
        own = self.batch["first"].receipt("good")

        def one(name, verdict, document, liar, codes=None, **more):
            return self.case(name, verdict, document, rpc=[liar], codes=codes, **more)

        def two(name, verdict, document, liar, codes=None, **more):
            return [self.case(f"{name} ({i})", verdict, document, rpc=rpc, codes=codes, **more)
                    for i, rpc in enumerate((["honest", liar], [liar, "honest"]))]

        silent = {"registry": "registry_unreachable", "anchor": "registry_unknown"}
        foreign = changed(own, "anchor.chainId", 5)
        cases = [
            self.case("no provider", "unverifiable", "good", rpc=[], codes={"registry": "registry_not_named"},
                      chain_id=None),
            self.case("no provider for a chain", "unverifiable", "good", rpc=[], codes=silent),
            self.case("unreachable", "unverifiable", "good", rpc=["nobody"], codes=silent, network=True),
            self.case("unreachable, and altered", "invalid", "good", self.batch["first"].receipt("dated"),
                      rpc=["nobody"], codes={"digest": "digest_differs"} | silent, network=True),
            self.case("one of two unreachable", "unverifiable", "good", rpc=["honest", "nobody"], codes=silent,
                      network=True),
            self.case("wrong chain", "unverifiable", "good", foreign, chain_id=5, codes={"registry": "wrong_chain"}),
            self.case("wrong chain, broken path", "invalid", "good", changed(foreign, "inclusion.salt", "00" * 32),
                      chain_id=5, codes={"registry": "wrong_chain", "inclusion": "path_broken"}),
            self.case("no code there", "unverifiable", "good", changed(own, "anchor.contract", STRANGER),
                      contract=STRANGER, codes={"registry": "wrong_code"}),
            self.case("of the contract named", "valid", "good", contract=ARTIFACT["address"]),
            one("other code", "unverifiable", "good", "other code", {"registry": "wrong_code"}),
            one("another chain", "unverifiable", "good", "another chain", {"registry": "wrong_chain"}),
            one("not final", "pending", "good", "finalized lags", {"anchor": "anchor_not_final"}),
            one("no final block", "pending", "good", "no final block", {"anchor": "no_final_block"}),
            one("final before the registry", "pending", "good", "final before the registry",
                {"anchor": "no_final_block"}),
            one("by number", "valid", "good", "no EIP-1898", {"anchor": "anchor_final"}),
            one("by number, revoked", "revoked", "revoked", "no EIP-1898", {"revoked": "revoked"}),
            one("by number, reorganized", "unverifiable", "good", "no EIP-1898, reorganized", silent),
            one("reorganized", "unverifiable", "good", "latest lags", {"anchor": "anchor_contradictory"}),
            one("an old head", "unverifiable", "good", "an old head", silent),
            one("no head", "unverifiable", "good", "no head", silent),
            one("a call cut short", "unverifiable", "good", "a call cut short", {"anchor": "chain_unreachable"}),
            one("a time beyond 64 bits", "unverifiable", "good", "a time beyond 64 bits",
                {"revoked": "chain_unreachable"}),
            one("revoked, unknown by which account", "revoked", "revoked", "no logs", {"revoked": "revoked"}),
            one("a reason beyond 8 bits", "unverifiable", "good", "a reason beyond 8 bits",
                {"revoked": "chain_unreachable"}),
            one("an unheard reason", "revoked", "good", "an unheard reason", {"revoked": "revoked"}),
            one("revoked, and odd logs", "revoked", "revoked", "odd logs", {"revoked": "revoked"}),
        ]
        for name in ("no chain", "nulls", "objects", "no JSON", "another id", "an error", "too much", "HTTP 500",
                     "lone surrogates"):
            cases.append(one(name, "unverifiable", "good", name, silent, network=True))
        for rows in (
            two("one says anchored", "unverifiable", "never", "anchored", {"anchor": "chain_unreachable"}),
            two("one says not anchored", "unverifiable", "good", "not anchored", {"anchor": "chain_unreachable"}),
            two("one says not revoked", "unverifiable", "revoked", "not revoked", {"revoked": "chain_unreachable"}),
            two("one says revoked", "unverifiable", "good", "revoked", {"revoked": "chain_unreachable"}),
            two("one gives another reason", "unverifiable", "revoked", "another reason",
                {"revoked": "chain_unreachable"}),
            two("one says withdrawn", "unverifiable", "good", "withdrawn", {"withdrawn": "chain_unreachable"}),
            two("one says accredited", "unknown_issuer", "ended", "accredited", {"issuer": "issuer_unreachable"},
                issuers=[], accreditors=[STRANGER]),
            two("one has other code", "unverifiable", "good", "other code", silent),
            two("one is of another chain", "unverifiable", "good", "another chain", silent),
            two("one is behind", "pending", "good", "finalized lags", {"anchor": "anchor_not_final"}),
        ):
            cases += rows
        return cases

    # -- combined defects

    def _joined_documents(self):
        batches = {}
        for _, facts in self.joined:
            name = joined_name(facts)
            fields = {"expired": {"validUntil": LONG_AGO}, "early": {"validFrom": FAR_OFF}}.get(facts.period, {})
            if not facts.claims:
                fields = {"expires": "soon"}
            if facts.status:
                fields = fields | {"credentialStatus": {"type": "BitstringStatusListEntry"}}
            issuer = {"bound": ISSUER_ID, "stranger": self.did_host.did("other-account"),
                      "silent": self.did_host.did("missing")}[facts.issuer]
            document = credential(name, issuer, **fields) if facts.proof == "none" else self._joined_signed(
                name, facts, fields)
            batches.setdefault(joined_batch(facts), {})[name] = document
        return batches

    def _joined_signed(self, name, facts, fields):
        """By a did:key, which the verifier has named or not."""
        signer = {"bound": self.signer, "stranger": self.stranger}[facts.issuer]
        unsigned = {"@context": CONTEXTS, "id": f"urn:example:{name}", "type": ["VerifiableCredential"], "issuer": signer.did}
        options = {"ended": {"expires": "2026-01-02T00:00:00Z"}, "suite": {"cryptosuite": "unheard-2026"}}
        signed = signer.sign(unsigned | fields, **options.get(facts.proof, {}))
        return json.dumps(signed | ({"name": "changed"} if facts.proof == "broken" else {})).encode()

    def joined_cases(self):
        return [self._joined_case(name, facts) for name, facts in self.joined]

    def _joined_case(self, name, facts):
        batch = self.batch[joined_batch(facts)]
        document, receipt = batch.documents[joined_name(facts)], batch.receipt(joined_name(facts))
        if facts.batch == "awaited":
            receipt = changed(receipt, "anchor.status", "sent")
        for where, value, applies in (
            ("digest.canonicalization", "raw", facts.label == "wrong"),
            ("digest.canonicalization", "external", facts.label == "external"),
            ("inclusion.salt", "00" * 32, facts.path == "broken"),
            ("anchor.contract", STRANGER, facts.registry == "foreign"),
            ("version", 7, facts.receipt == "unsupported"),
            ("inclusion.root", "no hash", facts.receipt == "malformed"),
        ):
            receipt = changed(receipt, where, value) if applies else receipt
        document = {"whole": document, "altered": document[:-1] + b', "altered": true}', "absent": None,
                    "malformed": document[:-1]}[facts.document]
        provider = {"final": "honest", "latest": "finalized lags", "gone": "latest lags"}[facts.height]
        if facts.unanswered:
            provider = {"anchor": "no anchors", "withdrawn": "no withdrawals", "revoked": "no revocations"}[
                facts.unanswered]
        provider = {"silent": "nulls", "other chain": "another chain", "other code": "other code"}.get(
            facts.provider, provider)
        codes = protocol5.codes_of(facts)
        is_web = facts.issuer == "stranger" and facts.proof == "none"
        if is_web and codes["issuer"] == "issuer_not_bound" and not is_recorded(codes):
            codes["issuer"] = "issuer_unreachable"  # only then its DID document is requested
        return Case(
            name, protocol5.verdict_of(codes, protocol5.accounts_are_silent(facts)), codes, document, None if facts.receipt == "absent" else receipt,
            rpc=[] if facts.registry == "unnamed" else [provider],
            chain_id=None if facts.registry == "unnamed" else CHAIN_ID, network=True,
        )


def is_recorded(codes):
    first = [protocol5.outcome_of(check, codes[check]) for check in ("digest", "inclusion", "registry")]
    return first == ["passed"] * 3 and codes["anchor"] in ("anchor_final", "anchor_hints_differ", "anchor_not_final",
                                                                 "no_final_block")


# The single defects. Two of one line exclude each other.
DEFECTS = [
    [{"document": "altered"}, {"document": "malformed"}, {"document": "absent"}],
    [{"label": "wrong"}, {"label": "external"}],
    [{"path": "broken"}],
    [{"receipt": "malformed"}, {"receipt": "unsupported"}, {"receipt": "absent"}],
    [{"registry": "foreign"}, {"registry": "unnamed"}],
    [{"provider": "silent"}, {"provider": "other chain"}, {"provider": "other code"}, {"height": "latest"},
     {"height": "gone"}, {"unanswered": "anchor"}, {"unanswered": "withdrawn"}, {"unanswered": "revoked"}],
    [{"batch": "never"}, {"batch": "awaited"}, {"batch": "resized"}, {"batch": "withdrawn"}],
    [{"revoked": True}],
    [{"proof": "holds"}, {"proof": "broken"}, {"proof": "suite"}, {"proof": "ended"}],
    [{"status": True}],
    [{"period": "expired"}, {"period": "early"}, {"claims": False}],
    [{"issuer": "stranger"}, {"issuer": "silent"}],
]


def joined_defects():
    """(name, Facts) without a defect, with each defect, and with each possible pair."""

    def named(*defects):
        merged = {key: value for defect in defects for key, value in defect.items()}
        name = " and ".join(f"{key} {value}" for key, value in merged.items()) or "nothing wrong"
        return name, Facts(**merged)

    yield named()
    for line in DEFECTS:
        yield from (named(defect) for defect in line)
    for one, other in itertools.combinations(DEFECTS, 2):
        for pair in itertools.product(one, other):
            merged = pair[0] | pair[1]
            nothing = merged == {"document": "absent", "receipt": "absent"}
            if not nothing and not ("proof" in merged and merged.get("issuer") == "silent"):  # a did:key is never silent
                yield named(*pair)


def joined_batch(facts):
    return "joined " + {"awaited": "never"}.get(facts.batch, facts.batch)


def joined_name(facts):
    """The name of the document: equal documents have equal names."""
    words = [str(value) for value in (facts.claims, facts.period, facts.status, facts.issuer, facts.proof)]
    return " ".join(["joined", *words, joined_batch(facts), *(["revoked"] if facts.revoked else [])])
