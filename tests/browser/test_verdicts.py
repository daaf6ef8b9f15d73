"""One table of verdicts (verdict_table.py), run through libbadge alone, `badge verify`, `POST /v1/verify` of a node,
the npm package in Node, and where $BADGED_PLAYWRIGHT names playwright-core the package and the verifier's page in
chromium: the same verdict and the same codes from all, from the same chain.
"""

import base64
import json
import os
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import node as daemon
import verify_receipt as verifier
from credentials import ISSUER_ID
from did_host import DidHost
from liar import Liar
from protocol5 import ORDER
from registry_client import call_data, keccak256, revoke_data
from scene import ARTIFACT, CHAIN_ID, Scene, badge
from signing import Signer
from verdict_documents import (ENDED_ID, LATER_ID, NOBODY, RENEWED_ID, SIGNED_KINDS, STARTED_ID, credential,
                               digest_of)
from verdict_table import Case, Table
from verify_cases import SHOWN, only, run_cases, run_lines, without_reasons


def expect(case, report):
    """The difference between a report and the case, or None."""
    codes = {check["check"]: check["code"] for check in report["checks"]}
    if list(codes) != ORDER:
        return f"the checks are {list(codes)}"
    if report["verdict"] != case.verdict:
        return f"{report['verdict']} instead of {case.verdict}: {codes}"
    wrong = {name: codes[name] for name in case.codes if codes[name] != case.codes[name]}
    return f"{wrong} instead of {case.codes}" if wrong else None


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene({"intake.issuers": ISSUER_ID}))
        cls.account, cls.accreditor = cls.scene.issuer, cls.scene.ask("eth_accounts")[3]
        signer, stranger = Signer(cls.scene.folder), Signer(cls.scene.folder, "stranger")
        cls.did_host = cls.enterClassContext(DidHost(cls.scene.folder, cls.account, CHAIN_ID, signer.multikey,
                                                     ARTIFACT["address"]))
        cls.trusting = {"SSL_CERT_FILE": str(cls.did_host.certificate)}
        cls.table = Table(cls.account, cls.accreditor, cls.did_host, signer, stranger)
        height_before, height_first = cls.block(), 0
        before = cls.time()
        cls.accredit(ENDED_ID, 1, before)
        cls.accredit(RENEWED_ID, 1, before)
        for name, batch in cls.table.batch.items():
            if "never" not in name:
                size = len(batch.leaves) + ("resized" in name)
                height = cls.scene.send(cls.account, call_data("anchor(address,bytes32,uint64)", cls.address, batch.root, size))
                height_first = height if name == "first" else height_first
        after = cls.time() + 1
        cls.accredit(LATER_ID, 1, after)
        cls.accredit(STARTED_ID, after, 0)
        cls.accredit(RENEWED_ID, 1, 0)
        cls.accredit(ISSUER_ID, 1, 0)  # of what is anchored already
        revoked = cls.table.revoked()
        for reason in range(7):  # all of them, and one that is none
            cls.scene.send(cls.account, revoke_data(cls.address, revoked[reason::7], (reason + 2) % 7))
        for name, batch in cls.table.batch.items():
            if "withdrawn" in name:
                last = cls.scene.send(cls.account, call_data("withdraw(bytes32)", batch.root))
        cls.scene.await_final(last)
        cls.cases = cls.table.cases()
        cls.liar = {name: cls.enterClassContext(Liar(cls.scene.rpc, lie))
                    for name, lie in cls.table.liars(height_before, height_first).items()}
        cls.urls = {name: liar.url for name, liar in cls.liar.items()} | {"nobody": NOBODY}
        cls.reference = [cls.by_badge(case, number) for number, case in enumerate(cls.cases)]

    @classmethod
    @property
    def address(cls):
        return verifier.address(cls.account)

    @classmethod
    def block(cls):
        return int(cls.scene.ask("eth_blockNumber"), 16)

    @classmethod
    def time(cls):
        return int(cls.scene.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    @classmethod
    def accredit(cls, subject, since, until):
        signature = "accredit(address,bytes32,uint64,uint64)"
        cls.scene.send(cls.accreditor, call_data(signature, cls.address, keccak256(subject.encode()), since, until))

    # -- the programs

    @classmethod
    def by_badge(cls, case, number):
        """Returns the report; keeps the answers of the providers with the case."""
        folder = cls.scene.folder / f"case-{number}"
        folder.mkdir()
        (folder / "receipt").write_text(case.text_of_receipt)
        (folder / "document").write_bytes(case.document or b"")
        arguments = ["verify", folder / "receipt" if case.document is None else folder / "document", "--json"]
        arguments += ["--receipt", folder / "receipt"] if case.receipt is not None else []
        for name in case.rpc:
            arguments += ["--rpc", cls.urls[name]]
        arguments += ["--chain-id", case.chain_id] if case.chain_id else []
        arguments += ["--contract", case.contract] if case.contract else []
        arguments += ["--confirmations", case.confirmations] if case.confirmations else []
        for issuer in case.issuers:
            arguments += ["--issuer", "=".join(issuer[name] for name in ("id", "account") if name in issuer)]
        for accreditor in case.accreditors:
            arguments += ["--accreditor", accreditor]
        for name in case.rpc:
            if name in cls.liar:
                cls.liar[name].answers = {}
        case.now = int(time.time())
        done = badge(*arguments, "--private-hosts", check=False, env=cls.trusting)
        case.answers = [{"name": cls.urls[name], "answers": cls.liar[name].answers if name in cls.liar else {}}
                        for name in case.rpc]
        if not done.stdout:
            raise RuntimeError(f"{case.name}: {done.stderr}")
        return json.loads(done.stdout)

    def options(self, case):
        options = {"rpc": [self.urls[name] for name in case.rpc], "issuers": case.issuers,
                   "accreditors": case.accreditors, "confirmations": case.confirmations}
        options |= {"chainId": case.chain_id} if case.chain_id else {}
        return options | ({"contract": case.contract} if case.contract else {})

    def run_here(self, lines, *arguments):
        environment = {"NODE_EXTRA_CA_CERTS": str(self.did_host.certificate),
                       "DID_HOST_KEY": self.did_host.public_key_hash, "DID_HOSTS": " ".join(self.did_host.hosts)}
        return run_cases(lines, *arguments, environment=environment)

    def by_package(self, cases, *arguments):
        lines = [{
            "document": None if case.document is None else base64.b64encode(case.document).decode(),
            "receipt": None if case.receipt is None else case.text_of_receipt,
            "options": self.options(case),
        } for case in cases]
        reports = self.run_here(lines, *arguments)
        own = ("summary", "documents", "accepted")  # members that only the package's reports have
        return [{name: part for name, part in report.items() if name not in own} for report in reports]

    def by_libbadge(self, cases):
        kinds = "other-account other-chain other-id no-method malformed upper-case duplicate".split()
        kinds += [kind for kind in SIGNED_KINDS if kind not in ("html", "missing")]
        documents = {self.did_host.url(kind): base64.b64encode(self.did_host.document(kind)).decode()
                     for kind in kinds}
        lines = []
        for case in cases:
            policy = self.options(case)
            if case.chain_id is None and case.rpc:
                policy["chainId"] = CHAIN_ID  # the chain of the first provider
            lines.append({
                "document": None if case.document is None else base64.b64encode(case.document).decode(),
                "receipt": None if case.receipt is None else case.text_of_receipt,
                "now": case.now, "policy": policy, "providers": case.answers, "documents": documents,
            })
        return [one["report"] | {"conformance": one["conformance"]} for one in run_lines([os.environ["JUDGE_RECORDED"]], lines)]

    # -- the tests

    def compare(self, cases, reports, same=True, words=False):
        """same: whole reports; otherwise verdicts and codes, with words also the sentences of each check."""
        for case, report, number in zip(cases, reports, map(self.cases.index, cases)):
            with self.subTest(case.name):
                self.assertIsNone(expect(case, report))
                reference = self.reference[number]
                if not same:  # the page shows only verdict and checks; a node has its own providers
                    keys = SHOWN if words and not case.network else SHOWN[:-1]
                    codes = [only(keys, one["checks"]) for one in (report, reference)]
                    self.assertEqual(*codes)
                elif case.network:
                    self.assertEqual(without_reasons(report), without_reasons(reference))
                else:
                    self.assertEqual(report, reference)

    def test_by_badge(self):
        self.assertGreater(len(self.cases), 550)
        names = [case.name for case in self.cases]
        self.assertEqual(len(names), len(set(names)))
        self.compare(self.cases, self.reference)
        recorded = [report["sentence"] for report in self.reference if report["verdict"] == "recorded"]
        self.assertGreater(len(recorded), 1)
        for sentence in recorded:
            self.assertRegex(sentence, rf"(?i)^The document is unchanged since account {self.account} recorded it( for \S+)? "
                                       r"on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ; of its validity nothing is said\.")

    def test_by_libbadge(self):
        """All except images, which libbadge alone does not read, and what has credentials inside, which a caller of
        libbadge verifies; it does not report providers either."""
        nothing = {name: reference[name] for reference in self.reference if not reference["inside"]
                   for name in ("inside", "insideCounts")}
        self.assertEqual(nothing["insideCounts"], {"count": 0, "hold": 0, "fail": 0, "open": 0, "more": False})
        cases = [case for case, reference in zip(self.cases, self.reference)
                 if not case.image and reference["insideCounts"] == nothing["insideCounts"]]
        reports = [report | nothing | {"providers": [self.urls[name] for name in case.rpc]}
                   for case, report in zip(cases, self.by_libbadge(cases))]
        self.compare(cases, reports)

    def test_by_the_package_in_node(self):
        """All except SVG, because Node has no XML parser."""
        cases = [case for case in self.cases if case.image != "svg"]
        self.compare(cases, self.by_package(cases))

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_by_the_package_in_chromium(self):
        self.compare(self.cases, self.by_package(self.cases, "--chromium"))

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_by_the_page(self):
        """All except confirmations, which the page does not support, the empty file, which it ignores, and keys that are
        fetched, about which it asks."""
        cases = [case for case in self.cases
                 if not case.confirmations and case.document != b"" and not case.fetches]
        reports = self.by_package(cases, "--page")
        self.compare(cases, reports, same=False, words=True)
        for case, report, number in zip(cases, reports, map(self.cases.index, cases)):
            with self.subTest(case.name):
                self.check_shown(report, self.reference[number])

    def check_shown(self, report, reference):
        """The group with the check that decided is open, and no other; only what the engine confirms is an issuer."""
        decided_by = reference["decidedBy"]
        self.assertEqual(decided_by in report["open"], decided_by is not None)
        self.assertIn(len(report["open"]), (0, 2, 4))
        is_confirmed = reference["checks"][-1]["outcome"] == "passed"
        if "issuer" in report["names"]:
            self.assertEqual(report["names"]["issuer"][0], "Issued by" if is_confirmed else "Names as its issuer")

    # -- a node

    def node(self, n_providers):
        """A node and the list of its providers, whose answers the test sets."""
        providers = [self.enterContext(Liar(self.scene.rpc, None)) for _ in range(n_providers)]
        settings = {
            "chain.rpc": " ".join(liar.url for liar in providers),
            "chain.issuer": self.account,
            "chain.keystore": self.scene.operator_key,
            "chain.passphrase_file": self.scene.passphrase,
            "intake.issuers": f"{ISSUER_ID} {self.table.signer.did}",
            "verify.private_hosts": "yes",
        }
        for liar in providers:
            liar.lie = self.liar["honest"].lie
        node = daemon.Node(settings, tempfile.mkdtemp(dir=self.scene.folder))
        node.environment = self.trusting
        node.start()
        self.addCleanup(node.stop)
        return node, providers

    def ask_node(self, node, file):
        content_type = "application/json" if file.lstrip()[:1] == b"{" else "application/octet-stream"
        content_type = "image/png" if file.startswith(b"\x89PNG") else content_type
        answer = node.request("POST", "/v1/verify", file, {"Content-Type": content_type})
        self.assertEqual(answer.status, 200, answer.body)
        report = answer.json()
        self.assertIn("statement of the node", report.pop("statement"))
        return report

    def test_by_a_node(self):
        """The node trusts its own chain and its own account for its issuers; a request can't name other providers or
        issuers."""
        default = self.table.default_issuers
        nodes = {1: self.node(1), 2: self.node(2)}
        cases, reports = [], []
        for case in self.cases:
            file = case.file
            if (len(case.rpc) not in nodes or case.chain_id != CHAIN_ID or case.contract or case.accreditors
                    or case.confirmations or case.issuers != default or case.fetches or not file):
                continue
            node, providers = nodes[len(case.rpc)]
            for liar, name in zip(providers, case.rpc):
                liar.lie = self.liar[name].lie if name in self.liar else self.liar["HTTP 500"].lie
            cases.append(case)
            reports.append(self.ask_node(node, file))
        for _, providers in nodes.values():
            for liar in providers:
                liar.lie = self.liar["honest"].lie
        print(f"{len(cases)} cases by a node", file=sys.stderr)
        self.assertGreater(len(cases), 300)
        self.compare(cases, reports, same=False)

    def test_a_receipt_of_the_node_itself(self):
        fresh = credential("by the node itself")
        self.assertEqual(self.scene.node.submit(fresh).status, 201)
        self.scene.seal_all()
        receipt = self.scene.node.get(f"/v1/credentials/{digest_of(fresh).hex()}/receipt").json()
        own = Case("", "valid", {}, fresh, receipt)
        self.assertIsNone(expect(own, self.ask_node(self.scene.node, fresh)))
        self.assertEqual(self.ask_node(self.scene.node, own.file), self.ask_node(self.scene.node, fresh))

    def test_invalid_confirmations(self):
        file = self.scene.folder / "some.json"
        file.write_bytes(credential("some"))
        for text in ("", "x", "-1", "1.5", "100001", "18446744073709551617", " 1"):
            done = badge("verify", file, f"--confirmations={text}", check=False)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn("--confirmations takes a number from 0 to 100000", done.stderr)

    # -- DID documents

    def test_a_node_requests_a_did_document_once(self):
        node, _ = self.node(1)
        case = next(case for case in self.cases if case.name == "did:web")
        before = self.did_host.asked["ok"]
        with ThreadPoolExecutor(8) as pool:
            reports = list(pool.map(lambda _: self.ask_node(node, case.file), range(24)))
        self.assertEqual({report["verdict"] for report in reports}, {"valid"})
        self.assertEqual(self.did_host.asked["ok"], before + 1)

    def test_no_did_document_is_requested_without_an_anchor(self):
        self.assertNotIn("never", self.did_host.asked)

    def test_private_hosts_are_not_contacted(self):
        """By default, neither by a node nor by the command line."""
        case = next(case for case in self.cases if case.name == "did:web")
        before = dict(self.did_host.asked)
        report = self.ask_node(self.scene.node, case.file)
        self.assertEqual(report["verdict"], "unknown_issuer")
        self.assertIn("no address on the public internet", report["checks"][-1]["detail"])
        file = self.scene.folder / "did-web.json"
        file.write_bytes(case.file)
        done = badge("verify", file, "--json", "--rpc", self.scene.rpc, check=False, env=self.trusting)
        self.assertEqual(json.loads(done.stdout)["checks"], report["checks"])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.did_host.asked, before)

    def test_tls_is_checked(self):
        """A host with an untrusted certificate counts as unreachable."""
        case = next(case for case in self.cases if case.name == "did:web")
        file = self.scene.folder / "did-web-tls.json"
        file.write_bytes(case.file)
        done = badge("verify", file, "--json", "--rpc", self.scene.rpc, "--private-hosts", check=False)
        report = json.loads(done.stdout)
        self.assertEqual((report["verdict"], report["checks"][-1]["code"]), ("unknown_issuer", "issuer_unreachable"))
        self.assertIn("certificate", report["checks"][-1]["detail"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
