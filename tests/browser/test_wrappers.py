"""Credentials in every wrapping (wrapped.py) through libbadge alone, `badge verify`, `POST /v1/verify` of a node, the npm
package in Node and in chromium, and the page: the same verdict, the same codes with the same sentences, the same summary;
and the page shows what the engine has read, or nothing. Then mutated wrappers, in C and in WebAssembly."""

import base64
import json
import os
import time
import unittest

import wrapped
from credentials import ISSUER_ID
from fuzz_wrappers import compare
from liar import Liar
from registry_client import call_data
from scene import CHAIN_ID, Scene, badge
from verdict_documents import Batch, changed
from verdict_table import Case
from verify_cases import SHOWN, only, run_cases, run_lines, without_reasons
from verify_receipt import address, label_of
from wrapper_mutants import mutants

NO_DIGEST = "JSON behind a mark"


class Wrappers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene({"intake.issuers": ISSUER_ID, "verify.fetch": "off"}))
        cls.account = cls.scene.issuer
        documents = {one.name: one.bytes for one in wrapped.TABLE if one.name != NO_DIGEST}
        cls.batch = Batch(documents, cls.account)
        anchor = call_data("anchor(address,bytes32,uint64)", address(cls.account), cls.batch.root, len(cls.batch.leaves))
        cls.scene.await_final(cls.scene.send(cls.account, anchor))
        cls.liar = cls.enterClassContext(Liar(cls.scene.rpc, lambda method, params, result, ask: result))
        cls.options = {"rpc": [cls.liar.url], "chainId": CHAIN_ID, "accreditors": [],
                       "issuers": [{"id": ISSUER_ID, "account": cls.account}, {"account": cls.account}],
                       "fetchKeys": False}
        cls.recorded = []  # what the provider has answered, for libbadge alone
        cls.reference = [cls.by_badge(one, number) for number, one in enumerate(wrapped.TABLE)]
        cls.native = run_lines([os.environ["JUDGE_RECORDED"]], cls.recorded)

    @classmethod
    def receipt(cls, one):
        if one.name == NO_DIGEST:
            return cls.batch.receipt("plain")
        return changed(cls.batch.receipt(one.name), "digest.canonicalization", label_of(one.bytes))

    @classmethod
    def by_badge(cls, one, number):
        file, receipt = cls.scene.folder / f"document-{number}", cls.scene.folder / f"receipt-{number}"
        file.write_bytes(one.bytes)
        receipt.write_text(json.dumps(cls.receipt(one)))
        cls.liar.answers = {}
        now_s = int(time.time())
        done = badge("verify", file, "--json", "--offline", "--receipt", receipt, "--rpc", cls.liar.url, "--chain-id", CHAIN_ID, "--issuer",
                     f"{ISSUER_ID}={cls.account}", "--issuer", cls.account, check=False)
        cls.recorded.append({"document": base64.b64encode(one.bytes).decode(), "receipt": receipt.read_text(),
                             "now": now_s, "policy": cls.options, "documents": {},
                             "providers": [{"name": cls.liar.url, "answers": cls.liar.answers}]})
        return json.loads(done.stdout) | {"status": done.returncode}

    def assert_same(self, reports, keys=None):
        """keys: the members of a check that the program shows; None: all."""
        for one, reference, report in zip(wrapped.TABLE, self.reference, reports, strict=True):
            with self.subTest(one.name):
                self.assertEqual(report["verdict"], reference["verdict"])
                both = [only(keys, one["checks"]) if keys else one["checks"]
                        for one in map(without_reasons, (report, reference))]
                self.assertEqual(*both)

    def by_package(self, *flags):
        return run_cases([{"document": one["document"], "receipt": one["receipt"], "options": self.options}
                          for one in self.recorded], *flags)

    # -- the tests

    def test_by_badge(self):
        for one, report in zip(wrapped.TABLE, self.reference, strict=True):
            codes = {check["check"]: check["code"] for check in report["checks"]}
            with self.subTest(one.name, codes=codes):
                self.assertEqual(report["verdict"], one.verdict)
                self.assertEqual({check: codes[check] for check, _ in one.codes}, dict(one.codes))
                self.assertEqual(report["status"], {"valid": 0, "recorded": 0, "unverifiable": 3}.get(one.verdict, 1))

    def test_by_libbadge(self):
        """But for what has credentials inside, about which the provider was asked too, and libbadge does not ask."""
        self.assert_same([reference if reference["insideCounts"]["count"] else one["report"]
                          for reference, one in zip(self.reference, self.native, strict=True)])
        for one, native in zip(wrapped.TABLE, self.native, strict=True):
            with self.subTest(one.name):
                self.assertEqual(((native["summary"] or {}).get("credential") is not None), one.is_shown)

    def assert_package(self, reports):
        self.assert_same(reports)
        for one, native, report in zip(wrapped.TABLE, self.native, reports, strict=True):
            with self.subTest(one.name):
                self.assertEqual(report["summary"], native["summary"])

    def test_by_the_package_in_node(self):
        self.assert_package(self.by_package())

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_by_the_package_in_chromium(self):
        self.assert_package(self.by_package("--chromium"))

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_by_the_page(self):
        reports = self.by_package("--page")
        self.assert_same(reports, SHOWN)
        for one, native, report in zip(wrapped.TABLE, self.native, reports, strict=True):
            with self.subTest(one.name):
                self.assert_shown(native["summary"], report["badge"])
                self.assert_named(native["summary"], report["names"])

    def assert_named(self, summary, names):
        """Beside the verdict stand the names that the engine has read, and none where it has read none."""
        credential = summary and summary["credential"]
        if not credential:
            self.assertFalse({"issuer", "holder", "title"} & set(names), names)
            return
        titles = [entry["text"] for entry in credential["name"] or []]
        self.assertIn(names["title"][1].split(" · ")[0], titles or ["A badge without a name"])
        compared = summary["issuerDomain"] or summary["issuerId"]
        if compared:
            self.assertIn(compared, names["issuer"][1])
        holders = [entry["text"] for entry in credential["holder"]["name"] or []]
        if holders:
            self.assertIn(names["holder"][1], holders)

    def assert_shown(self, summary, shown):
        credential = summary and summary["credential"]
        if not credential:
            self.assertEqual(shown["heading"], "A document")
            for word in (wrapped.NAME, wrapped.HOLDER, wrapped.ISSUER, ISSUER_ID):
                self.assertNotIn(word, shown["text"])
            return
        names = [entry["text"] for entry in credential["name"] or []]
        self.assertIn(shown["heading"], names or ["A badge without a name"])
        self.assertIn(summary["issuerId"] or "", shown["text"])
        dates = {date["written"] for date in (summary["from"], summary["until"], credential["awarded"]) if date}
        self.assertEqual(set(shown["dates"]), dates)

    def test_by_a_node(self):
        """It gets the receipt within a bundle; of a document for which there is none, what was read is compared."""
        media = {b"{": "application/json"}
        for one, reference in zip(wrapped.TABLE, self.reference, strict=True):
            file = Case("", "", {}, one.bytes, self.receipt(one)).file
            isolated = file is None or self.receipt(one)["digest"]["canonicalization"] == "raw"
            file = one.bytes if isolated else file
            answer = self.scene.node.request("POST", "/v1/verify", file,
                                             {"Content-Type": media.get(file[:1], "application/octet-stream")})
            with self.subTest(one.name):
                self.assertEqual(answer.status, 200, answer.body)
                wanted = ("proof", "status", "validity") if isolated else [one["check"] for one in reference["checks"]]
                pairs = [[check for check in report["checks"] if check["check"] in wanted]
                         for report in map(without_reasons, (answer.json(), reference))]
                self.assertEqual(*pairs)

    def test_mutants(self):
        different, seen = compare(mutants(1, 3000))
        self.assertEqual(different, [])
        for what in ("shown", "not shown", "expired", "in_force", "claims_malformed", "claims_hidden"):
            self.assertGreater(seen[what], 10, seen)

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_mutants_in_chromium(self):
        different, _ = compare(mutants(2, 300), "--chromium")
        self.assertEqual(different, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
