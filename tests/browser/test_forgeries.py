"""Forgeries never get the verdict `valid` from the command line, the package, or the page on a host that is not a node,
even if a node lies about everything, or one of two providers does.
"""

import base64
import http.server
import itertools
import json
import os
import re
import unittest

from credentials import ISSUER_ID
from liar import Liar, Served
from registry_client import call_data, revoke_data
from scene import CHAIN_ID, Scene, badge
from verdict_documents import STRANGER, Batch, changed, credential, digest_of
from verify_cases import run_cases
from verify_receipt import address


class LyingNode(Served):
    """Answers every request as a forger wants: the forged receipt of the digest, `final`, `valid`."""

    def __init__(self, receipts):
        self.receipts, self.asked = receipts, set()
        super().__init__(self._handler())

    def _handler(self):
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                digest = (re.findall(r"[0-9a-f]{64}", self.path) or [None])[0]
                node.asked.add(digest)
                checks = [{"check": "digest", "outcome": "passed", "code": "digest_matches", "detail": "It is."}]
                lie = {"verdict": "valid", "digest": digest, "state": "final", "status": {"state": "good"},
                       "checks": checks, "chainId": CHAIN_ID, "issuer": STRANGER}
                if self.path.endswith("/receipt"):
                    lie = node.receipts.get(digest, {})
                body = json.dumps(lie).encode()
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.do_GET()

            def log_message(self, *_):
                pass

        return Handler


def false_answers(batch, account):
    """A provider that reports every credential as anchored, not withdrawn, not revoked, and its account as
    accredited."""
    anchor = "".join(f"{n:064x}" for n in (1, len(batch.leaves), 1700000000, 1))
    answers = {
        "anchorOf(address,bytes32)": "0x" + anchor,
        "withdrawnAt(address,bytes32)": "0x" + "00" * 32,
        "revokedAt(address,bytes32)": "0x" + "00" * 64,
        "accreditedBy(address,address,bytes32)": "0x" + f"{1:064x}" + "00" * 32,
    }
    by_selector = {call_data(signature)[:10]: answer for signature, answer in answers.items()}

    def lie(method, params, result, ask):
        return by_selector.get(params[0]["data"][:10], result) if method == "eth_call" else result

    return lie


class Forgeries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene(node=False))
        cls.account = cls.scene.issuer
        cls.thief = cls.scene.ask("eth_accounts")[5]
        cls.real = Batch({"real": credential("real"), "revoked": credential("revoked")}, cls.account)
        cls.never = Batch({"never": credential("never"), "other": credential("other")}, cls.account)
        cls.stolen = Batch({"stolen": credential("stolen"), "other": credential("of a thief")}, cls.thief)
        for batch in (cls.real, cls.stolen):
            cls.scene.send(batch.account, call_data("anchor(address,bytes32,uint64)", address(batch.account), batch.root,
                                                    len(batch.leaves)))
        revoke = revoke_data(address(cls.account), [cls.real.digest["revoked"]])
        cls.scene.await_final(cls.scene.send(cls.account, revoke))
        cls.forged = cls.forgeries()
        cls.trust = {"chainId": CHAIN_ID, "issuers": [{"id": ISSUER_ID, "account": cls.account}], "accreditors": []}
        cls.node = cls.enterClassContext(LyingNode({digest_of(document).hex(): receipt
                                                    for document, receipt in cls.forged.values()}))

    @classmethod
    def forgeries(cls):
        """name -> (document, receipt). The documents differ, so that a node can lie about each."""
        real, never = cls.real.receipt("real"), cls.never.receipt("never")

        def altered(n):
            return credential("real", title=f"altered {n}")

        def claiming(n, receipt):
            return altered(n), changed(receipt, "digest.value", digest_of(altered(n)).hex())

        document = cls.never.documents["never"]
        block = {"number": 1, "hash": "0x" + "11" * 32, "time": "2026-01-01T00:00:00Z"}
        return {
            "another's receipt": (altered(1), real),
            "a receipt that claims the digest": claiming(2, real),
            "a receipt that claims digest and root": claiming(3, never),
            "never anchored, with all hints": (document, changed(changed(changed(
                never, "anchor.sequence", 1), "anchor.block", block), "anchor.transaction", "0x" + "22" * 32)),
            "never anchored, on another registry": (cls.never.documents["other"], changed(
                cls.never.receipt("other"), "anchor.contract", STRANGER)),
            "revoked": (cls.real.documents["revoked"], cls.real.receipt("revoked")),
            "anchored by a thief": (cls.stolen.documents["stolen"], cls.stolen.receipt("stolen")),
            "anchored by a thief, claims to be by the issuer": (cls.stolen.documents["other"], changed(
                cls.stolen.receipt("other"), "anchor.issuer", cls.account)),
            "no receipt but a verdict": (altered(4), {"verdict": "valid", "type": "BadgeReceipt", "version": 1}),
        }

    def by_badge(self, document, *arguments):
        file = self.scene.folder / "document.json"
        file.write_bytes(document)
        trust = ["--chain-id", CHAIN_ID, "--issuer", f"{ISSUER_ID}={self.account}"]
        done = badge("verify", file, "--json", *trust, *arguments, check=False)
        return json.loads(done.stdout)["verdict"], done.returncode

    def receipt_file(self, receipt):
        file = self.scene.folder / "receipt.json"
        file.write_text(json.dumps(receipt))
        return file

    def lines(self, rpc, node=None):
        options = self.trust | {"rpc": rpc} | ({"node": node} if node else {})
        for document, receipt in self.forged.values():
            yield {"document": base64.b64encode(document).decode(), "options": options,
                   "receipt": None if node else json.dumps(receipt)}

    def assert_refused(self, where, verdicts):
        self.assertEqual(len(verdicts), len(self.forged))
        for name, verdict in zip(self.forged, verdicts):
            with self.subTest(name, where=where):
                self.assertIn(verdict, ("invalid", "unverifiable", "revoked", "unknown_issuer"))

    # -- a lying node

    def test_a_lying_node_against_the_command_line(self):
        found = [self.by_badge(document, "--rpc", self.scene.rpc, "--node", self.node.url)
                 for document, _ in self.forged.values()]
        self.assertNotIn(0, [status for _, status in found])
        self.assert_refused("badge", [verdict for verdict, _ in found])
        self.assertLessEqual({digest_of(document).hex() for document, _ in self.forged.values()}, self.node.asked)

    def test_a_lying_nodes_receipts_against_the_package(self):
        reports = run_cases(list(self.lines([self.scene.rpc])))
        self.assert_refused("Node", [report["verdict"] for report in reports])

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_a_lying_node_against_the_page(self):
        self.node.asked.clear()
        reports = run_cases(list(self.lines([self.scene.rpc], self.node.url)), "--page")
        self.assert_refused("the page", [report["verdict"] for report in reports])
        self.assertGreater(len(self.node.asked), 5)

    # -- one of two providers

    def test_one_lying_provider_of_two(self):
        """As the first and as the second, with every program. Alone it is believed, so its answers are plausible."""
        with Liar(self.scene.rpc, false_answers(self.never, self.account)) as liar:
            document, receipt = self.forged["never anchored, with all hints"]
            alone = self.by_badge(document, "--rpc", liar.url, "--receipt", self.receipt_file(receipt))
            self.assertEqual(alone, ("valid", 0))
            for rpc in itertools.permutations((self.scene.rpc, liar.url)):
                arguments = [word for url in rpc for word in ("--rpc", url)]
                found = [self.by_badge(document, *arguments, "--receipt", self.receipt_file(receipt))
                         for document, receipt in self.forged.values()]
                self.assertNotIn(0, [status for _, status in found])
                self.assert_refused("badge", [verdict for verdict, _ in found])
                ways = [(), ("--page",)] if os.environ.get("BADGED_PLAYWRIGHT") else [()]
                for way in ways:
                    reports = run_cases(list(self.lines(list(rpc))), *way)
                    self.assert_refused(way, [report["verdict"] for report in reports])

    def test_a_real_credential(self):
        """The forgeries above are not refused for another reason."""
        arguments = ["--rpc", self.scene.rpc, "--receipt", self.receipt_file(self.real.receipt("real"))]
        self.assertEqual(self.by_badge(self.real.documents["real"], *arguments), ("valid", 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
