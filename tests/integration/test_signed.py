#!/usr/bin/env python3
"""Badges that their issuers signed and nobody recorded, by the real command line and a real node alike: published ones,
those of the field's libraries, keys from an issuer's own host. To run it by hand see tests/README.md."""

import json
import os
import pathlib
import signal
import subprocess
import unittest

from did_host import DidHost
from node import NOBODY, ROOT
from signed_case import SignedCase, check_of
from signing import CONTEXTS, badge_of

VECTORS = os.environ.get("BADGED_VECTORS")
SIGNED, SAMPLES = ROOT / "tests/signed", ROOT / "tests/samples"

# The 24 of digitalcredentials/verifier-core: the verdict with --issuer its id, and without. Offline, a status
# list that is named leaves a credential unverifiable; with the lists integration.status has them.
STATUS = ("unverifiable", "unverifiable")
SIGNED_BADGE = ("signed", "unknown_issuer")
EXPIRED = ("expired", "expired")
PUBLISHED = {
    "safeModeBreaker": ("invalid", "invalid"),  # its person's name was replaced, so the signature does not hold
    "testVC": ("invalid", "invalid"),  # neither of its proofs holds, by @digitalbazaar/vc neither
    "v1Expired": EXPIRED,
    "v1ExpiredWithValidStatus": EXPIRED,
    "v1NoStatus": SIGNED_BADGE,
    "v1OBv3SpecExample": SIGNED_BADGE,
    "v1Revoked": STATUS,
    "v1RevokedAndExpired": EXPIRED,
    "v1SimpleIssuerId": SIGNED_BADGE,
    "v1WithValidStatus": STATUS,
    "v2DoubleSigWithBadStatusUrl": STATUS,
    "v2DoubleSigWithValidStatus": STATUS,
    "v2EddsaWithValidStatus": STATUS,
    "v2Expired": EXPIRED,
    "v2ExpiredWithValidStatus": EXPIRED,
    "v2NoStatus": SIGNED_BADGE,
    "v2OBv3SpecExample": SIGNED_BADGE,
    "v2Revoked": STATUS,
    "v2RevokedAndExpired": EXPIRED,
    "v2SimpleIssuerId": SIGNED_BADGE,
    "v2WithBadDidWeb": ("unverifiable", "unverifiable"),  # nobody serves its document
    "v2WithValidStatus": STATUS,
    "v2didWebMultikeyWithValidStatus": STATUS,
    "v2didWebWithValidStatus": STATUS,
}
OTHER_CHAIN = 1  # the issuer's account there has nothing to do with that of the node's chain
KEY_OF_PUBLISHED = "z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"


def issuer_of(credential):
    issuer = credential["issuer"]
    return issuer if isinstance(issuer, str) else issuer["id"]


def did_document(did, method_id, multikey):
    method = {"id": method_id, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
    return {"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "verificationMethod": [method],
            "assertionMethod": [method_id]}


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Published(SignedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = sorted((pathlib.Path(VECTORS) / "credentials").glob("*.json"))
        cls.badges = {file.stem: json.loads(file.read_text()) for file in cls.files}
        cls.documents = {}
        documents = cls.folder / "did"
        documents.mkdir()
        for name in ("v2didWebMultikeyWithValidStatus", "v2didWebWithValidStatus"):
            did = issuer_of(cls.badges[name])
            file = documents / f"{name}.json"
            file.write_text(json.dumps(did_document(did, f"{did}#{KEY_OF_PUBLISHED}", KEY_OF_PUBLISHED)))
            cls.documents[name] = f"{did}={file}"
        ids = "\n  ".join({issuer_of(credential) for credential in cls.badges.values()})
        cls.knowing = cls.start(verify__issuers=ids, verify__did=documents, verify__fetch="off")
        cls.unknowing = cls.start(verify__did=documents, verify__fetch="off")

    def test_all_are_here(self):
        self.assertEqual({file.stem for file in self.files}, set(PUBLISHED))

    def arguments(self, name):
        return ["--offline", *(["--did", self.documents[name]] if name in self.documents else [])]

    def check_proof(self, name, report):
        proof = check_of(report, "proof")
        wanted = {"safeModeBreaker": "failed", "testVC": "failed", "v2WithBadDidWeb": "unknown"}.get(name, "passed")
        self.assertEqual(proof["outcome"], wanted, proof)
        self.assertEqual(len(report["proofs"]), 2 if name in ("testVC",) or "Double" in name else 1)

    def test_with_the_issuer_named(self):
        for file in self.files:
            with self.subTest(file.stem):
                issuer = issuer_of(self.badges[file.stem])
                report = self.report(file, "--issuer", issuer, *self.arguments(file.stem))
                self.assertEqual(report["verdict"], PUBLISHED[file.stem][0], report["sentence"])
                self.check_proof(file.stem, report)
                if report["verdict"] == "signed":
                    self.assertEqual(check_of(report, "issuer")["code"], "issuer_named")
                by_node = self.ask(self.knowing, file.read_bytes())
                self.assertEqual((by_node["verdict"], by_node["proofs"]), (report["verdict"], report["proofs"]))

    def test_without_it(self):
        for file in self.files:
            with self.subTest(file.stem):
                report = self.report(file, *self.arguments(file.stem))
                self.assertEqual(report["verdict"], PUBLISHED[file.stem][1], report["sentence"])
                self.check_proof(file.stem, report)
                by_node = self.ask(self.unknowing, file.read_bytes())
                self.assertEqual((by_node["verdict"], by_node["proofs"]), (report["verdict"], report["proofs"]))


class OfTheFieldsLibraries(SignedCase):
    """All suites with 13 contents, and JWTs, signed by npm @digitalbazaar/vc and jose in this run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = subprocess.run(["node", SIGNED / "issue.mjs"], check=True, capture_output=True, timeout=300)
        cls.cases = json.loads(done.stdout)

    def test_all_verify(self):
        self.assertEqual(len(self.cases), 13 * (7 + 6))
        files, issuers = [], set()
        for i, case in enumerate(self.cases):
            files.append(self.write(f"{i}.{'jwt' if 'token' in case else 'json'}", case.get("token") or case["credential"]))
            issuers.add(case["issuer"])
        issuers = [word for issuer in issuers for word in ("--issuer", issuer)]
        done = self.run_badge("--json", "--offline", "--accept", "signed", *issuers, *files)
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(reports), len(self.cases), done.stderr)
        for case, report in zip(self.cases, reports):
            with self.subTest(kind=case["kind"], content=case["content"]):
                self.expect(report, "signed", proof="proof_holds", issuer="issuer_named")
                self.assertEqual([proof["suite"] for proof in report["proofs"]], [case["kind"].split(",")[0]])
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_changed_value_is_found(self):
        for i, case in enumerate(self.cases):
            if case["content"] != "plain":
                continue
            with self.subTest(case["kind"]):
                if "token" in case:
                    head, payload, signature = case["token"].split(".")
                    other = "A" if signature[5] != "A" else "B"
                    file = self.write(f"changed-{i}.jwt", f"{head}.{payload}.{signature[:5]}{other}{signature[6:]}")
                else:
                    file = self.write(f"changed-{i}.json", case["credential"] | {"name": "Leaf surveys"})
                self.expect(self.report("--offline", file), "invalid", proof="proof_broken")


class CommandLine(SignedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signed = cls.signer.sign(badge_of(cls.signer.did))

    def test_a_first_look(self):
        """Without any flag: no warning, names, the signature, and what is missing."""
        done = self.run_badge(self.write("first.json", self.signed))
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertTrue(done.stdout.startswith("unknown_issuer: "), done.stdout)
        self.assertIn("signatures\n    + eddsa-jcs-2022, by " + self.signer.did, done.stdout)
        self.assertIn("Leaf survey", done.stdout)
        self.assertNotIn("issued by", done.stdout)

    def test_an_issuer_that_is_named(self):
        done = self.run_badge(self.write("named.json", self.signed), "--issuer", self.signer.did)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertTrue(done.stdout.startswith("signed: "), done.stdout)
        self.assertIn("issued by", done.stdout)
        self.assertIn(self.signer.did, done.stdout)

    def test_accept(self):
        file = self.write("accept.json", self.signed)
        named = ("--issuer", self.signer.did)
        for arguments, status in (
            ((), 1), (named, 1), (("--accept", "signed"), 1), ((*named, "--accept", "signed"), 0),
            ((*named, "--accept=signed-domain"), 0), (("--accept", "signed-domain"), 1),
            (("--accept", "everything"), 2), (("--accept",), 2),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.run_badge(file, *arguments).returncode, status)

    def test_issuers_by_id_and_by_account(self):
        """An account that may have revoked it has to be asked, and there is no provider."""
        file = self.write("issuers.json", self.signed)
        for issuer, verdict in ((self.signer.did, "signed"), ("did:key:z6MkOther", "unknown_issuer"),
                                (f"{self.signer.did}={NOBODY}", "unverifiable"), (NOBODY, "unknown_issuer")):
            with self.subTest(issuer):
                self.assertEqual(self.report(file, "--issuer", issuer)["verdict"], verdict)
        for issuer in ("0x12", "did:web:a.example=0x12", "did:web:a.example=someone", "someone"):
            with self.subTest(issuer):
                self.assertEqual(self.run_badge(file, "--issuer", issuer).returncode, 2)
        self.assertIn("name it: --issuer ID", self.run_badge(file).stdout)
        self.assertNotIn("--issuer ID", self.run_badge(file, "--issuer", self.signer.did).stdout)

    def test_in_images_and_tokens(self):
        node = self.start()
        for name, media in (("badge.png", "image/png"), ("badge.svg", "image/svg+xml"), ("badge.jwt", "application/jwt"),
                            ("open-badge.json", "application/json")):
            with self.subTest(name):
                report = self.report(SAMPLES / name)
                self.expect(report, "unknown_issuer", proof="proof_holds", issuer="issuer_not_named")
                by_node = self.ask(node, (SAMPLES / name).read_bytes(), media)
                self.assertEqual((by_node["verdict"], by_node["proofs"]), (report["verdict"], report["proofs"]))

    def test_warnings_where_they_fit(self):
        """A document without a signature needs a receipt and a provider; one with a receipt needs a provider."""
        unsigned = self.run_badge(self.write("unsigned.json", badge_of(self.signer.did)))
        self.assertIn("no receipt: ", unsigned.stderr)
        self.assertIn("no provider is named", unsigned.stderr)

    def test_another_context(self):
        url = "https://college.example/contexts/v1"
        document = badge_of(self.signer.did) | {"@context": [*CONTEXTS, url]}
        context = self.write("context.json", {"@context": {"ects": "https://college.example/ns#ects"}})
        file = self.write("with-context.json", self.signer.sign(document))
        named = ("--issuer", self.signer.did)
        self.assertEqual(self.report(file, *named, "--context", f"{url}={context}")["verdict"], "signed")
        rdf = json.loads(file.read_text())
        rdf["proof"]["cryptosuite"] = "eddsa-rdfc-2022"  # one that reads the context, and does not hold
        rdf = self.write("rdf-with-context.json", rdf)
        self.expect(self.report(rdf, *named), "unverifiable", proof="context_unknown")
        self.assertIn("--context URL=FILE", self.run_badge(rdf, *named).stdout)
        self.expect(self.report(rdf, *named, "--context", f"{url}={context}"), "invalid", proof="proof_broken")
        for argument in ("nothing", f"{url}=", f"={context}", f"{url}={self.folder}/missing",
                         f"{url}={self.write('no-context.json', {})}"):
            with self.subTest(argument):
                done = self.run_badge(file, *named, "--context", argument)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn("--context", done.stderr)


class Fetching(SignedCase):
    """Keys in documents at the issuer's own host."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls.enterClassContext(DidHost(cls.folder, NOBODY, OTHER_CHAIN, key=cls.signer.multikey))
        cls.trusting = {"SSL_CERT_FILE": str(cls.host.certificate)}

    def signed_by(self, kind):
        did = self.host.did(kind)
        return self.signer.sign(badge_of(did), method=f"{did}#sign")

    def start_node(self, **settings):
        return self.start(self.trusting, verify__private_hosts="yes", **settings)

    CASES = {  # kind of the document → code of proof, part of the proof's clause
        "ok": ("proof_holds", None),
        "domain": ("proof_holds", None),
        "upper-case": ("proof_key_unreachable", None),  # the document's id is in lower case
        "https-id": ("proof_holds", None),
        "plain-json": ("proof_holds", None),
        "with-charset": ("proof_holds", None),
        "no-cors": ("proof_holds", None),
        "other-key": ("proof_wrong_controller", None),
        "no-key": ("proof_key_unreachable", "lists no key"),
        "other-id": ("proof_key_unreachable", None),
        "html": ("proof_key_unreachable", None),
        "no-type": ("proof_key_unreachable", None),
        "bytes": ("proof_key_unreachable", None),
        "attachment": ("proof_key_unreachable", None),
        "malformed": ("proof_key_unreachable", None),
        "duplicate": ("proof_key_unreachable", None),
        "redirect": ("proof_key_unreachable", "redirect"),
        "missing": ("proof_key_unreachable", "HTTP 404"),
        "huge": ("proof_key_unreachable", "longer than 65536 bytes"),
        "silent": ("proof_key_unreachable", "timed out"),
        "nobody": ("proof_key_unreachable", "can't be reached"),
        "not-https": ("proof_key_unreachable", None),
    }

    def test_documents_of_every_kind(self):
        for kind, (code, part) in self.CASES.items():
            with self.subTest(kind):
                file = self.write(f"{kind}.json", self.signed_by(kind))
                report = self.report(file, "--private-hosts", environment=self.trusting)
                proof = check_of(report, "proof")
                self.assertEqual(proof["code"], code, proof)
                if part:
                    self.assertIn(part, json.dumps(report["proofs"]) + proof["detail"])
                if code == "proof_holds":
                    issuer = "issuer_domain" if kind == "domain" else "issuer_address"
                    self.expect(report, "signed", issuer=issuer)

    def test_the_whole_address_is_named(self):
        done = self.run_badge(self.write("address.json", self.signed_by("ok")), "--private-hosts",
                              environment=self.trusting)
        self.assertIn(self.host.url("ok").removeprefix("https://").removesuffix("/did.json"), done.stdout)

    def test_accept(self):
        for kind, accept, named, status in (
            ("domain", "signed", False, 1), ("domain", "signed-domain", False, 0), ("ok", "signed-domain", False, 1),
            ("ok", "signed", True, 0), ("ok", "signed-domain", True, 0),
        ):
            with self.subTest((kind, accept, named)):
                file = self.write(f"accept-{kind}.json", self.signed_by(kind))
                issuer = ("--issuer", self.host.did(kind)) if named else ()
                done = self.run_badge(file, "--private-hosts", "--accept", accept, *issuer, environment=self.trusting)
                self.assertEqual(done.returncode, status, done.stdout)

    def test_offline_and_private_hosts(self):
        file = self.write("offline.json", self.signed_by("untouched"))
        for arguments, part in ((("--offline", "--private-hosts"), "nothing is fetched"),
                                ((), "no address on the public internet")):
            with self.subTest(arguments):
                report = self.report(file, *arguments, environment=self.trusting)
                self.expect(report, "unverifiable", proof="proof_key_unreachable")
                self.assertIn(part, json.dumps(report["proofs"]))
        self.assertIn("--did ID=FILE; --offline fetches none", self.run_badge(file, "--offline").stdout)
        self.assertNotIn("untouched", self.host.asked)

    def test_documents_that_are_given(self):
        kind = "given"
        did = self.host.did(kind)
        document = self.write("given-document.json", did_document(did, f"{did}#sign", self.signer.multikey))
        report = self.report(self.write("given.json", self.signed_by(kind)), "--did", f"{did}={document}")
        self.expect(report, "signed", issuer="issuer_address")
        self.assertTrue(check_of(report, "issuer")["documentGiven"])
        self.assertIn("given", report["sentence"])
        self.assertNotIn(kind, self.host.asked)

    def test_which_hosts_a_node_asks(self):
        known = self.start_node(verify__issuers=self.host.did("other-path"))
        anywhere = self.start_node(verify__fetch="on")
        nowhere = self.start_node(verify__fetch="off", verify__issuers=self.host.did("where"))
        stranger = self.start_node()
        self.expect(self.ask(known, self.signed_by("where")), "signed", issuer="issuer_address")
        self.expect(self.ask(anywhere, self.signed_by("where")), "signed", issuer="issuer_address")
        before = self.host.asked["where"]
        for node, part in ((nowhere, "nothing is fetched"), (stranger, "only the hosts of issuers")):
            report = self.ask(node, self.signed_by("where"))
            self.expect(report, "unverifiable", proof="proof_key_unreachable")
            self.assertIn(part, json.dumps(report["proofs"]))
        self.assertEqual((before, self.host.asked["where"]), (2, 2))

    def test_an_account_that_may_have_revoked_it(self):
        """Of the issuer's document, on the node's own chain, whose provider does not answer."""
        folder = self.folder / "on the same chain"
        folder.mkdir()
        with DidHost(folder, NOBODY, 31337, key=self.signer.multikey) as host:
            did = host.did("ok")
            node = self.start({"SSL_CERT_FILE": str(host.certificate)}, verify__private_hosts="yes", verify__fetch="on")
            report = self.ask(node, self.signer.sign(badge_of(did), method=f"{did}#sign"))
        self.expect(report, "unverifiable", proof="proof_holds", issuer="issuer_address", revoked="chain_unreachable")

    def test_a_node_asks_once_and_a_few_times_a_minute(self):
        node = self.start_node(verify__fetch="on")
        signed = self.signed_by("once")
        for _ in range(12):
            self.expect(self.ask(node, signed), "signed", proof="proof_holds")
        self.assertEqual(self.host.asked["once"], 1)
        for i in range(9):
            self.expect(self.ask(node, self.signed_by(f"kind-{i}")), "signed", proof="proof_holds")
        report = self.ask(node, self.signed_by("one-more"))
        self.expect(report, "unverifiable", proof="proof_key_unreachable")
        self.assertIn("as often as is allowed", json.dumps(report["proofs"]))
        self.assertNotIn("one-more", self.host.asked)
        log = "".join(node.log)
        self.assertNotIn("kind-1", log)
        self.assertNotIn("did:web", log)

    def test_files_of_the_operator(self):
        """They are read at the start and again on SIGHUP; what can't be read leaves those in use."""
        documents, contexts = self.folder / "documents", self.folder / "contexts"
        documents.mkdir()
        contexts.mkdir()
        (contexts / "contexts.txt").write_text("# none yet\n")
        node = self.start_node(verify__did=documents, verify__contexts=contexts, verify__fetch="off",
                               verify__issuers=self.signer.did)
        url = "https://college.example/contexts/v1"
        did = self.host.did("operator")
        by_document = self.signer.sign(badge_of(did), method=f"{did}#sign")
        by_context = self.signer.sign(badge_of(self.signer.did) | {"@context": [*CONTEXTS, url], "name": "With another"})
        self.expect(self.ask(node, by_document), "unverifiable", proof="proof_key_unreachable")

        (documents / "any name.json").write_text(json.dumps(did_document(did, f"{did}#sign", self.signer.multikey)))
        (documents / "notes.txt").write_text("not a document")
        (contexts / "v1.json").write_text(json.dumps({"@context": {"ects": "https://college.example/ns#ects"}}))
        (contexts / "contexts.txt").write_text(f"# of the college\n{url}  v1.json\n\n")
        self.hang_up(node, "settings reloaded")
        report = self.ask(node, by_document)
        self.expect(report, "signed", issuer="issuer_address")
        self.assertTrue(check_of(report, "issuer")["documentGiven"])
        self.expect(self.ask(node, by_context), "signed", issuer="issuer_named")

        (documents / "broken.json").write_text("{}")
        self.hang_up(node, "could not be reloaded, keeping the ones in use", "broken.json", "id")
        self.expect(self.ask(node, by_document), "signed", issuer="issuer_address")

    def hang_up(self, node, *texts):
        since = len(node.log)
        node.process.send_signal(signal.SIGHUP)
        node.await_line(*texts, since=since)


if __name__ == "__main__":
    unittest.main()
