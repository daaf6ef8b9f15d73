"""Badges that their issuers signed and nobody recorded: the same report from `badge verify` and the npm package in Node,
and where $BADGED_PLAYWRIGHT names playwright-core from the package and the page in chromium. Published badges, and
those of the field's libraries, from $BADGED_VECTORS.
"""

import base64
import json
import os
import tempfile
import unittest
from pathlib import Path

from scene import badge
from verify_cases import SHOWN, only, run_cases

VECTORS = os.environ.get("BADGED_VECTORS")
PUBLISHED_KEY = "z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"  # of credentials/, where a did:web served it
BY_DOCUMENT = ("v2didWebMultikeyWithValidStatus", "v2didWebWithValidStatus")
UNASKED = ("proof_key_unreachable", "status_unreachable")  # where each program says in its own words why
OWN = ("summary", "documents", "accepted")  # members that only the package's reports have
IN_CHROMIUM = unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")


def issuer_of(credential):
    issuer = credential.get("issuer")
    return issuer if isinstance(issuer, str) else issuer["id"]


def did_document(did):
    method = {"id": f"{did}#{PUBLISHED_KEY}", "type": "Multikey", "controller": did, "publicKeyMultibase": PUBLISHED_KEY}
    return json.dumps({"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]]})


class Case:
    def __init__(self, name, text, issuer=None, document=None):
        """issuer: its id, which the verifier names; document: (id, text) of an issuer's document that is given."""
        self.name, self.text, self.issuer, self.document = name, text, issuer, document
        self.is_computed = "ES256K" not in name  # by WebCrypto, which lacks that curve

    @property
    def options(self):
        options = {"fetchKeys": False, "issuers": [{"id": self.issuer}] if self.issuer else []}
        return options | ({"documents": dict([self.document])} if self.document else {})


def published():
    files = sorted((Path(VECTORS) / "credentials").glob("*.json"))
    assert len(files) == 24, files
    for file in files:
        text = file.read_text()
        issuer = issuer_of(json.loads(text))
        document = (issuer, did_document(issuer)) if file.stem in BY_DOCUMENT else None
        for named in (issuer, None):
            yield Case(f"{file.stem}, {'named' if named else 'unnamed'}", text, named, document)


def by_libraries():
    for case in json.loads((Path(VECTORS) / "formats/signed-badges.json").read_text())["cases"]:
        name = f"{case['kind']}, {case['content']}, {case['signature']}"
        yield Case(name, json.dumps(case["credential"]), issuer_of(case["credential"]))
    for case in json.loads((Path(VECTORS) / "formats/jwt.json").read_text())["cases"]:
        yield Case(case["name"], case["jwt"])


def without_details(report):
    """The report without what a program says of a host that it did not ask."""
    unasked = lambda one: {**one, "detail": None} if one["code"] in UNASKED else one
    parts = {name: [unasked(one) for one in report[name]] for name in ("checks", "proofs", "statuses")}
    return report | parts | {"sentence": None}


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Signed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="badged-signed-")))
        cls.cases = [*published(), *by_libraries()]
        cls.reference = [cls.by_badge(case, number) for number, case in enumerate(cls.cases)]

    @classmethod
    def by_badge(cls, case, number):
        file = cls.folder / f"{number}.json"
        file.write_text(case.text)
        arguments = ["--issuer", case.issuer] if case.issuer else []
        if case.document:
            document = cls.folder / f"{number}.did.json"
            document.write_text(case.document[1])
            arguments += ["--did", f"{case.document[0]}={document}"]
        done = badge("verify", file, "--json", "--offline", *arguments, check=False)
        assert done.stdout, (case.name, done.stderr)
        return json.loads(done.stdout)

    def run_package(self, cases, *arguments):
        return run_cases([{"document": base64.b64encode(case.text.encode()).decode(), "receipt": None,
                           "options": case.options} for case in cases], *arguments)

    def compare_reports(self, reports):
        for case, report, reference in zip(self.cases, reports, self.reference):
            with self.subTest(case.name):
                if not case.is_computed:
                    self.check_uncomputed(report, reference)
                    continue
                shared = {name: part for name, part in report.items() if name not in OWN}
                self.assertEqual(without_details(shared), without_details(reference))

    def check_uncomputed(self, report, reference):
        codes = [one["checks"][4]["code"] for one in (report, reference)]
        self.assertEqual(codes, ["proof_no_crypto", "proof_holds"])
        self.assertEqual(report["verdict"], "unverifiable")

    def test_verdicts_of_all_kinds(self):
        verdicts = {report["verdict"] for report in self.reference}
        self.assertEqual(verdicts, {"signed", "unknown_issuer", "expired", "invalid", "unverifiable"})
        codes = [report["checks"][4]["code"] for report in self.reference]
        self.assertGreater(codes.count("proof_holds"), 60)
        self.assertGreater(codes.count("proof_broken"), 2)
        self.assertEqual([case.is_computed for case in self.cases].count(False), 1)

    def test_by_the_package_in_node(self):
        reports = self.run_package(self.cases)
        self.compare_reports(reports)
        given = [case.document[0] for case in self.cases if case.document]
        of_package = [one["id"] for report in reports for one in report["documents"] if one["outcome"] == "given"]
        self.assertEqual(of_package, given)

    def test_what_is_accepted(self):
        named = next(case for case in self.cases if case.name == "v2NoStatus, named")
        lines = [{"document": base64.b64encode(named.text.encode()).decode(), "receipt": None,
                  "options": named.options | more} for more in ({}, {"accept": "signed"}, {"accept": "signed-domain"})]
        self.assertEqual([report["accepted"] for report in run_cases(lines)], [False, True, True])

    @IN_CHROMIUM
    def test_by_the_package_in_chromium(self):
        self.compare_reports(self.run_package(self.cases, "--chromium"))

    @IN_CHROMIUM
    def test_by_the_page(self):
        """All but those for which a document is given, which the page does not take."""
        cases = [case for case in self.cases if case.is_computed and not case.document]
        for case, report in zip(cases, self.run_package(cases, "--page")):
            reference = self.reference[self.cases.index(case)]
            with self.subTest(case.name):
                self.assertEqual(report["verdict"], reference["verdict"])
                keys = SHOWN[:-1] if any(code in str(reference["checks"]) for code in UNASKED) else SHOWN
                self.assertEqual(*(only(keys, one["checks"]) for one in (report, reference)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
