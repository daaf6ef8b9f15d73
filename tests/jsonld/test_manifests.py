"""W3C's test suites of JSON-LD 1.1 and RDFC-1.0, and the small inputs of formats/, all of them with BADGED_VECTORS. What is
not as a manifest has it is listed here with its reason: the test fails too when one of these begins to pass. Cases go
through rdf_lines, one process for all; `badge rdf`, a process a case, must answer the same."""

import hashlib
import json
import os
import re
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

from rdf import Lines, same_dataset, same_json

VECTORS = os.environ.get("BADGED_VECTORS")
BASE = "https://w3c.github.io/json-ld-api/tests/"

# Cases that do not end as the manifest has it, and why.
NOTHING_FETCHED = "nothing is fetched: the code is `context unknown`, whatever an answer would have been"
NOT_EXPAND = {
    "#ter04": NOTHING_FETCHED,
    "#ter05": NOTHING_FETCHED,
}
NOT_TO_RDF = {
    "#te122": "a node whose @id looks like a keyword, and so is none, is a blank node instead of nothing; safe mode refuses it",
    "#ter04": NOTHING_FETCHED,
    "#ter05": NOTHING_FETCHED,
}


def read(name):
    return (Path(VECTORS) / name).read_text(encoding="utf-8")


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Manifests(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lines = Lines([os.environ["RDF_LINES"]])
        self.addCleanup(self.lines.close)

    def add_contexts(self, folder):
        """What cases refer to: a URL of the suite with a context in it."""
        for path in sorted((Path(VECTORS) / "json-ld" / folder).rglob("*.jsonld")):
            if "@context" in path.read_text(encoding="utf-8"):
                # Refused is what is a case of its own: not I-JSON, or without a context at the top.
                self.lines.ask("context", url=f"{BASE}{path.relative_to(Path(VECTORS) / 'json-ld')}", document=path.read_text(encoding="utf-8"))

    def ask(self, op, entry):
        option = entry.get("option", {})
        request = {"document": read(f"json-ld/{entry['input']}"), "base": option.get("base", BASE + entry["input"]),
                   "unsafe": True, "is10": option.get("processingMode") == "json-ld-1.0",
                   "generalized": option.get("produceGeneralizedRdf", False)}
        if "rdfDirection" in option:
            request["direction"] = option["rdfDirection"]
        if "expandContext" in option:
            request["expandContext"] = read(f"json-ld/{option['expandContext']}")
        return self.lines.ask(op, **request)

    def entries(self, manifest):
        return [entry for entry in json.loads(read(f"json-ld/{manifest}-manifest.jsonld"))["sequence"]
                if entry.get("option", {}).get("specVersion") != "json-ld-1.0"]

    def run_manifest(self, manifest, op, equal, known, n_expected):
        entries = self.entries(manifest)
        self.assertEqual(len(entries), n_expected)
        self.add_contexts(manifest)
        wrong = {}
        for entry in entries:
            answer = self.ask(op, entry)
            if "expectErrorCode" in entry:
                is_right = answer.get("error") == entry["expectErrorCode"]
            elif "expect" in entry:
                is_right = "ok" in answer and equal(answer["ok"], read(f"json-ld/{entry['expect']}"))
            else:
                is_right = "ok" in answer  # a test of syntax
            if not is_right:
                wrong[entry["@id"]] = f"{entry['name']}: {entry.get('expectErrorCode') or entry.get('expect')}, not {answer}"
        self.assertEqual({name: text for name, text in wrong.items() if name not in known}, {})
        self.assertEqual({name for name in known if name not in wrong}, set(), "listed as not passing, and pass")

    def test_expand(self):
        self.run_manifest("expand", "expand", lambda a, b: same_json(json.loads(a), json.loads(b)), NOT_EXPAND, 376)

    def test_to_rdf(self):
        self.run_manifest("toRdf", "nquads", same_dataset, NOT_TO_RDF, 456)

    def test_rdf_canonicalization(self):
        entries = json.loads(read("rdf-canon/manifest.jsonld"))["entries"]
        self.assertEqual(len(entries), 85)
        for entry in entries:
            with self.subTest(entry["id"], name=entry["name"]):
                is_map = entry["type"] == "rdfc:RDFC10MapTest"
                answer = self.lines.ask("map" if is_map else "canonical", nquads=read(f"rdf-canon/{entry['action']}"),
                                        hash=entry.get("hashAlgorithm", "SHA256").lower())
                self.assertIn("ok", answer)
                expected = read(f"rdf-canon/{entry['result']}")
                if is_map:
                    self.assertEqual(json.loads(answer["ok"]), json.loads(expected))
                else:
                    self.assertEqual(answer["ok"], expected)


def referred(url, text, files):
    """Adds the files of the suite that a document refers to as contexts, and those that they refer to, by URL."""
    for reference in re.findall(r'"([^"\s]+\.jsonld)"', text):
        other = urljoin(url, reference)
        path = Path(VECTORS) / "json-ld" / other.removeprefix(BASE)
        if other.startswith(BASE) and path.is_file() and other not in files:
            files[other] = path
            referred(other, path.read_text(encoding="utf-8"), files)
    return files


def command(op, entry):
    option = entry.get("option", {})
    base = option.get("base", BASE + entry["input"])
    words = [f"--{op}", "--unsafe", "--base", base, "--processing", option.get("processingMode", "json-ld-1.1")]
    if option.get("produceGeneralizedRdf"):
        words.append("--generalized")
    if "rdfDirection" in option:
        words += ["--direction", option["rdfDirection"]]
    if "expandContext" in option:
        words += ["--expand-context", f"{VECTORS}/json-ld/{option['expandContext']}"]
    for url, path in referred(base, read(f"json-ld/{entry['input']}"), {}).items():
        words += ["--context", f"{url}={path}"]
    return [*words, f"{VECTORS}/json-ld/{entry['input']}"]


def run(words):
    done = subprocess.run([os.environ["BADGE_BIN"], "rdf", *words], capture_output=True, encoding="utf-8")
    return {"ok": done.stdout} if done.returncode == 0 else {"error": done.stderr, "status": done.returncode}


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class CommandLine(Manifests):
    """`badge rdf` on every eighth case of the manifests of JSON-LD and on all of RDFC-1.0: as rdf_lines answers."""

    def compare(self, op, entries):
        with ThreadPoolExecutor(3) as pool:
            for entry, answer in zip(entries, pool.map(lambda entry: run(command(op, entry)), entries), strict=True):
                with self.subTest(entry["@id"], name=entry["name"]):
                    expected = self.ask(op, entry)
                    if "ok" in expected:
                        self.assertEqual(answer.get("ok", answer).strip("\n"), expected["ok"].strip("\n"))
                    else:
                        self.assertEqual(answer["status"], 1)
                        self.assertIn(expected["error"], answer["error"])

    def run_manifest(self, manifest, op, equal, known, n_expected):
        self.add_contexts(manifest)
        self.compare(op, self.entries(manifest)[::8])

    def test_rdf_canonicalization(self):
        entries = json.loads(read("rdf-canon/manifest.jsonld"))["entries"]
        with ThreadPoolExecutor(3) as pool:
            answers = pool.map(lambda entry: run(
                ["--map" if entry["type"] == "rdfc:RDFC10MapTest" else "--canonical", "--hash",
                 entry.get("hashAlgorithm", "SHA256").lower(), f"{VECTORS}/rdf-canon/{entry['action']}"]), entries)
            for entry, answer in zip(entries, answers, strict=True):
                with self.subTest(entry["id"], name=entry["name"]):
                    expected = read(f"rdf-canon/{entry['result']}")
                    if entry["type"] == "rdfc:RDFC10MapTest":
                        self.assertEqual(json.loads(answer["ok"]), json.loads(expected))
                    else:
                        self.assertEqual(answer.get("ok", answer), expected)


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Formats(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lines = Lines([os.environ["RDF_LINES"]])
        self.addCleanup(self.lines.close)

    def test_safe_mode(self):
        cases = json.loads(read("formats/safe-mode.json"))["cases"]
        self.assertEqual(len(cases), 29)
        for case in cases:
            with self.subTest(case["name"]):
                answer = self.lines.ask("canonical", document=json.dumps(case["document"]), direction="i18n-datatype")
                if case["verdict"] == "ok":
                    self.assertEqual(answer.get("ok", answer), case["canonical"])
                else:
                    self.assertIn("error", answer)

    def test_numbers(self):
        cases = json.loads(read("formats/rdf-numbers.json"))["cases"]
        self.assertEqual(len(cases), 115)
        for case in cases:
            with self.subTest(case["number"], type=case["termType"]):
                term = {"@id": "urn:p"} | ({"@type": case["termType"]} if case["termType"] else {})
                context = json.dumps({"p": term})
                answer = self.lines.ask("canonical", document=f'{{"@context": {context}, "@id": "urn:s", "p": {case["number"]}}}')
                if answer.get("error") == "number":  # an integer that I-JSON refuses
                    self.assertEqual(case["number"], "9007199254740993")
                    continue
                expected = f'<urn:s> <urn:p> "{case["lexical"]}"^^<{case["datatype"]}> .\n'
                self.assertEqual(answer.get("ok", answer), expected)

    def test_canonical(self):
        canonical = {case["content"]: case for case in json.loads(read("formats/canonical.json"))["cases"]}
        badges = {}
        for case in json.loads(read("formats/signed-badges.json"))["cases"]:
            if case["kind"] == "eddsa-rdfc-2022" and case["issuer"].startswith("@digital"):
                badges.setdefault(case["content"], case["credential"])
        self.assertEqual(len(canonical), 7)
        for content, case in canonical.items():
            document = dict(badges[content])
            proof = {"@context": document["@context"]} | document.pop("proof")
            del proof["proofValue"]
            proof["created"] = re.search('created> "(.*?)"', case["proofNQuads"])[1]  # some are of another signing
            for what, value in ("document", document), ("proof", proof):
                with self.subTest(content, what=what):
                    answer = self.lines.ask("canonical", document=json.dumps(value), direction="i18n-datatype")
                    self.assertEqual(answer.get("ok", answer), case[f"{what}NQuads"])
                    self.assertEqual(hashlib.sha256(answer["ok"].encode()).hexdigest(), case[f"{what}Hash"])


if __name__ == "__main__":
    unittest.main()
