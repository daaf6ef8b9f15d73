#!/usr/bin/env python3
"""The main task with real input: documents are submitted over HTTP, the node anchors their digests on a real chain, and
every receipt is verified twice: by `badge verify`, and by verify_receipt.py, which implements the protocol
independently.

Input: the signed badges of $BADGED_VECTORS/credentials (all 24 must be there; without the variable they are skipped),
the samples, and generated credentials: 10,000, or as many as $E2E_CREDENTIALS says, from the seed $E2E_SEED.
"""

import copy
import json
import os
import random
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import credentials
import verify_receipt as verifier
from credentials import ISSUER_ID, Credential
from scene import CHAIN_ID, Scene, badge
from strict_json import JsonError

N_GENERATED = int(os.environ.get("E2E_CREDENTIALS", "10000"))
SEED = os.environ.get("E2E_SEED", "1")
VECTORS = os.environ.get("BADGED_VECTORS")
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SAMPLE_VERDICTS = {
    **{"open-badge.json": "valid", "badge.jwt": "valid", "certificate.pdf": "recorded"},
    "expired.json": "expired",
}
SIGNED = ("open-badge.json", "badge.jwt")  # samples whose signatures hold
FILES_AT_ONCE = 500  # of one `badge verify`


def say(text):
    print(f"e2e: {text}", file=sys.stderr, flush=True)


class Stopwatch:
    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.start = time.monotonic()

    def __exit__(self, *_):
        say(f"{self.what}: {time.monotonic() - self.start:.1f} s")


def real_badges():
    """Signed badges of other issuers, with the expected verdict once the issuer is trusted."""
    if not VECTORS:
        say("BADGED_VECTORS is not set: the 24 real badges are skipped")
        return []
    files = sorted((Path(VECTORS) / "credentials").glob("*.json"))
    assert len(files) == 24, f"{len(files)} badges in {VECTORS}/credentials instead of 24"
    found = []
    for file in files:
        data = file.read_bytes()
        if "Expired" in file.name:
            verdict = "expired"  # whatever its status list says, which is remote and is not fetched
        else:
            verdict = "unverifiable" if "credentialStatus" in json.loads(data) else "valid"
        found.append(Credential(file.name, "jcs", data, verdict))
    return found


def sample_badges():
    labels = {".json": "jcs", ".jwt": "compact", ".pdf": "raw"}
    return [
        Credential(name, labels[Path(name).suffix], (SAMPLES / name).read_bytes(), verdict)
        for name, verdict in SAMPLE_VERDICTS.items()
    ]


def digest_of(data):
    """In hexadecimal; None for refused bytes."""
    try:
        return verifier.read_document(data).digest.hex()
    except (JsonError, verifier.Refused):
        return None


class Folder:
    """Documents in files, with their receipts beside them."""

    def __init__(self, path, documents):
        self.path, self.documents = path, documents
        self.digests = [digest_of(document.data) for document in documents]
        path.mkdir()
        for document in documents:
            self.file(document).write_bytes(document.data)

    def file(self, document):
        return self.path / document.name

    def receipts(self):
        return [json.loads((self.path / f"{digest}.receipt.json").read_bytes()) for digest in self.digests]


class EndToEnd(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with Stopwatch(f"chain, contract, operator, node; seed {SEED}"):
            cls.scene = cls.enterClassContext(
                Scene({"batch.max_leaves": max(64, N_GENERATED // 6), "batch.max_age": "3 s"})
            )
        cls.real = Folder(cls.scene.folder / "real", real_badges() + sample_badges())
        made = [credentials.credential(SEED, i) for i in range(N_GENERATED)]
        third, rest = N_GENERATED * 3 // 10, N_GENERATED * 6 // 10
        lines = [credentials.credential(SEED, i, "jcs", one_line=True) for i in range(third, rest)]
        cls.files = Folder(cls.scene.folder / "files", made[:third])
        cls.lines = Folder(cls.scene.folder / "lines", lines)
        cls.posted = Folder(cls.scene.folder / "posted", made[rest:])
        cls.folders = [cls.real, cls.files, cls.lines, cls.posted]
        cls.submit()
        cls.fetch()
        issuers = {verifier.issuer_id(verifier.read_document(document.data)) for document in cls.real.documents}
        account = verifier.address(cls.scene.issuer)
        cls.pairs = {(issuer, account) for issuer in issuers | {ISSUER_ID, None}}
        cls.trusted = []
        for issuer, _ in cls.pairs:
            cls.trusted += ["--issuer", f"{issuer}={cls.scene.issuer}" if issuer else cls.scene.issuer]

    @classmethod
    def submit(cls):
        scene = cls.scene
        as_submitter = ("--node", scene.url, "--token-file", scene.token_file("submit"))
        with Stopwatch(f"badge submit of {len(cls.real.documents) + len(cls.files.documents)} files"):
            out = badge("submit", cls.real.path, cls.files.path, "--json", *as_submitter).stdout
            answered = {answer["file"]: answer["digest"] for answer in map(json.loads, out.splitlines())}
        for folder in (cls.real, cls.files):
            for document, digest in zip(folder.documents, folder.digests):
                assert answered[str(folder.file(document))] == digest, document
        with Stopwatch(f"badge submit --ndjson of {len(cls.lines.documents)} lines"):
            ndjson = b"".join(document.data + b"\n" for document in cls.lines.documents)
            out = badge("submit", "-", "--ndjson", "--json", *as_submitter, input=ndjson, text=False).stdout
        answers = sorted(map(json.loads, out.splitlines()), key=lambda answer: answer["line"])
        assert [answer["digest"] for answer in answers] == cls.lines.digests

        def post(connection, item):
            document, digest = item
            answer = scene.node.submit(document.data, document.media_type, connection=connection)
            assert answer.status == 201 and answer.headers["Location"].endswith(digest), answer.body
            assert answer.json()["digest"] == digest and answer.json()["canonicalization"] == document.label

        with Stopwatch(f"POST /v1/credentials of {len(cls.posted.documents)}"):
            scene.in_parallel(post, zip(cls.posted.documents, cls.posted.digests))
        cls.submit_digests()

    @classmethod
    def submit_digests(cls):
        """Submits digests alone; the document of one follows before the seal, that of another after it."""
        good = [credentials.credential(SEED, N_GENERATED + i, "jcs") for i in range(200)]
        good = [document for document in good if document.verdict == "valid"]
        expired = next(document for document in cls.real.documents if document.verdict == "expired")
        cls.early, cls.late, cls.lone = good[:3]
        cls.disguised = expired  # the digest of its plain bytes, as if it were not a credential
        cls.external = [digest_of(document.data) for document in good]
        cls.disguise = verifier.sha256(expired.data).hex()
        body = json.dumps({"digests": [*cls.external, cls.disguise]})
        node = cls.scene.node
        answer = node.request("POST", "/v1/digests", body, {"Content-Type": "application/json"}, "digest")
        assert answer.status == 200, answer.body
        assert [result["digest"] for result in answer.json()["results"]] == [*cls.external, cls.disguise]
        answer = node.submit(cls.early.data)
        assert answer.status == 200 and answer.json()["canonicalization"] == "jcs", answer.body

    @classmethod
    def fetch(cls):
        """Fetches all final receipts: those of folders and lines with `badge submit`, the others over HTTP."""
        scene = cls.scene
        as_submitter = ("--node", scene.url, "--token-file", scene.token_file("submit"))
        with Stopwatch("waiting until all batches are final"):
            scene.seal_all()
        with Stopwatch("badge submit --wait final of the files"):
            badge("submit", cls.real.path, cls.files.path, "--wait", "final", *as_submitter)
        with Stopwatch("badge submit --ndjson --receipts of the lines"):
            ndjson = b"".join(document.data + b"\n" for document in cls.lines.documents)
            badge("submit", "-", "--ndjson", "--receipts", cls.lines.path, *as_submitter, input=ndjson, text=False)

        def get(connection, digest):
            answer = scene.node.request("GET", f"/v1/credentials/{digest}/receipt", connection=connection)
            assert answer.status == 200, answer.body
            (cls.posted.path / f"{digest}.receipt.json").write_bytes(answer.body)

        with Stopwatch(f"GET of {len(cls.posted.digests)} receipts"):
            scene.in_parallel(get, cls.posted.digests)

    # -- both verifiers

    def by_badge(self, files, *more, trusted=None):
        """The reports of `badge verify`, in order; many files per process, two processes at a time."""
        common = ("--json", "--rpc", self.scene.rpc, "--chain-id", CHAIN_ID, *(trusted or self.trusted))

        def verify(some):
            done = badge("verify", *some, *common, *more, check=False)
            self.assertEqual(done.stderr, "")
            reports = [json.loads(line) for line in done.stdout.splitlines()]
            if len(some) > 1:
                self.assertEqual([report["file"] for report in reports], [str(file) for file in some])
            return reports

        size = min(FILES_AT_ONCE, -(-len(files) // 2))
        with ThreadPoolExecutor(2) as pool:
            parts = pool.map(verify, [files[i : i + size] for i in range(0, len(files), size)])
        return [report for part in parts for report in part]

    def by_python(self, items, pairs=None):
        self.scene.chain.refresh()
        return verifier.check_many(items, self.scene.chain, self.pairs if pairs is None else pairs)

    def assert_verdicts(self, documents, found):
        wrong = [(d.name, d.verdict, verdict) for d, verdict in zip(documents, found) if verdict != d.verdict]
        self.assertEqual(wrong[:10], [], f"{len(wrong)} of {len(documents)} (name, expected, found)")

    def test_1_every_receipt_by_badge_verify(self):
        for folder in self.folders:
            with Stopwatch(f"badge verify of {len(folder.documents)} in {folder.path.name}/"):
                reports = self.by_badge([folder.file(document) for document in folder.documents])
            self.assertEqual([report["digest"] for report in reports], folder.digests)
            self.assert_verdicts(folder.documents, [report["verdict"] for report in reports])

    def test_2_every_receipt_by_independent_code(self):
        for folder in self.folders:
            receipts = folder.receipts()
            items = list(zip((document.data for document in folder.documents), receipts))
            with Stopwatch(f"verify_receipt.py of {len(items)} in {folder.path.name}/"):
                results = self.by_python(items)
            self.assert_verdicts(folder.documents, [result.verdict for result in results])
            self.assertTrue(all(result.is_good for result in results), "the contract's isGood disagrees")
            self.assertEqual({receipt["anchor"]["status"] for receipt in receipts}, {"final"})

    def test_3_unknown_issuers(self):
        """Without a pair no issuer is trusted; a trusted accreditor is equivalent to a pair."""
        due = ["unknown_issuer" if d.verdict in ("valid", "recorded") else d.verdict for d in self.real.documents]
        files = [self.real.file(document) for document in self.real.documents]
        reports = self.by_badge(files, trusted=("--accreditor", self.scene.operator))
        self.assertEqual([report["verdict"] for report in reports], due)
        items = list(zip((document.data for document in self.real.documents), self.real.receipts()))
        self.assertEqual([result.verdict for result in self.by_python(items, pairs=())], due)
        some = [document for document in self.posted.documents if document.label == "jcs"][:100]
        reports = self.by_badge([self.posted.file(d) for d in some], trusted=("--accreditor", self.scene.issuer))
        self.assert_verdicts(some, [report["verdict"] for report in reports])

    # -- the list of batches

    def test_4_the_list_of_batches_is_complete(self):
        """logOf proves it; the roots are recomputed from the leaves that the node serves."""
        scene, leaves_of = self.scene, {}
        batches = scene.batches()
        self.assertEqual([batch["number"] for batch in batches], list(range(1, len(batches) + 1)))
        for batch in batches:
            answer = scene.node.get(f"/v1/batches/{batch['number']}/leaves")
            self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
            leaves = verifier.split_leaves(answer.body)
            self.assertEqual(verifier.root_of(leaves).hex(), batch["root"])
            self.assertEqual(len(leaves), batch["treeSize"])
            leaves_of[batch["root"]] = leaves
        log = sorted(batches, key=lambda batch: batch["anchor"]["sequence"])
        log = [(bytes.fromhex(batch["root"]), batch["treeSize"]) for batch in log]
        scene.chain.refresh()
        issuer = verifier.address(scene.issuer)
        self.assertTrue(verifier.prove_log(scene.chain, issuer, log))
        for altered in (log[:-1], log[1:], log[::-1], log + log[:1], [(log[0][0], log[0][1] + 1)] + log[1:]):
            self.assertFalse(verifier.prove_log(scene.chain, issuer, altered))

        digests = {digest for folder in self.folders for digest in folder.digests} | {*self.external, self.disguise}
        self.assertEqual(sum(batch["treeSize"] for batch in batches), len(digests))
        for folder in self.folders:
            for receipt in folder.receipts():
                inclusion = receipt["inclusion"]
                leaf = verifier.leaf_hash(bytes.fromhex(inclusion["salt"]), bytes.fromhex(receipt["digest"]["value"]))
                self.assertEqual(leaves_of[inclusion["root"]][inclusion["leafIndex"]], leaf)
        say(f"{len(digests)} digests in {len(batches)} batches, the log is complete")

    # -- changes are detected

    @staticmethod
    def altered(rng, document, receipt):
        """(change, document, receipt): changes one value at a time, in every member with a value."""

        def change(what, where, value, data=document.data):
            other = copy.deepcopy(receipt)
            member = other
            for name in where[:-1]:
                member = member[name]
            assert member[where[-1]] != value, what
            member[where[-1]] = value
            return what, data, other

        def flip(text):
            return f"{int(text, 16) ^ 1 << rng.randrange(4 * len(text)):0{len(text)}x}"

        inclusion, anchor, digest = receipt["inclusion"], receipt["anchor"], receipt["digest"]
        path, index, size = inclusion["path"], inclusion["leafIndex"], inclusion["treeSize"]
        yield change("digest", ("digest", "value"), flip(digest["value"]))
        for label in {"jcs", "compact", "raw", "external"} - {document.label}:
            yield change(f"label {label}", ("digest", "canonicalization"), label)
        for i in range(3):
            yield change(f"salt {i}", ("inclusion", "salt"), flip(inclusion["salt"]))
        yield change("root", ("inclusion", "root"), flip(inclusion["root"]))
        for i, sibling in enumerate(path):
            yield change(f"path {i}", ("inclusion", "path", i), flip(sibling))
        yield change("path longer", ("inclusion", "path"), path + [inclusion["salt"]])
        if path:
            yield change("path shorter", ("inclusion", "path"), path[:-1])
            yield change("path without its first", ("inclusion", "path"), path[1:])
        if len(path) > 1:
            yield change("path reversed", ("inclusion", "path"), path[::-1])
        for other in {index - 1, index + 1, index ^ 1, index + size, size, 2**53 - 1} - {index, -1}:
            yield change(f"index {other}", ("inclusion", "leafIndex"), other)
        for other in {0, 1, size - 1, size + 1, 2 * size, 2**24, 2**24 + 1} - {size}:
            yield change(f"size {other}", ("inclusion", "treeSize"), other)
        yield change("contract", ("anchor", "contract"), "0x" + flip(anchor["contract"][2:]))
        yield change("issuer", ("anchor", "issuer"), "0x" + flip(anchor["issuer"][2:]))
        yield change("chain", ("anchor", "chainId"), anchor["chainId"] + 1)

    @staticmethod
    def altered_documents(rng, document):
        data = bytearray(document.data)
        if document.label != "jcs":
            at = rng.randrange(len(data) * 3 // 4, len(data) - 2)
            data[at] ^= 1 if chr(data[at]).isdigit() or document.label == "raw" else 0x20
            yield "a bit of the document", bytes(data)
            return
        value = json.loads(data)
        for name in sorted(value):
            yield f"{name} removed", json.dumps({n: v for n, v in value.items() if n != name}).encode()
        value["added"] = 0
        yield "a member more", json.dumps(value).encode()
        start = data.index(b'"')
        at = rng.randrange(start, len(data))
        while not chr(data[at]).isalnum():
            at = (at + 1) % len(data)
        data[at] ^= 1
        yield "a bit of the document", bytes(data)

    def cases(self):
        """(name, change, document, receipt) of every real badge and of some other documents."""
        rng = random.Random(SEED)
        for folder, n in zip(self.folders, (len(self.real.documents), 6, 4, 6)):
            receipts = folder.receipts()
            for i in rng.sample(range(len(folder.documents)), min(n, len(folder.documents))):
                document = folder.documents[i]
                for case in self.altered(rng, document, receipts[i]):
                    yield document.name, *case
                for what, data in self.altered_documents(rng, document):
                    if digest_of(data) != folder.digests[i]:  # otherwise it is another notation of the same value
                        yield document.name, what, data, receipts[i]

    def test_5_every_change_is_detected(self):
        cases = list(self.cases())
        files, alone = {}, {}
        for number, (_, _, data, receipt) in enumerate(cases):
            place = self.scene.folder / "altered" / str(number)
            place.mkdir(parents=True)
            digest = digest_of(data)
            receipt_file = place / f"{digest or 'the'}.receipt.json"
            receipt_file.write_text(json.dumps(receipt))
            (files if digest else alone)[number] = place / "document"
            (place / "document").write_bytes(data)
        with Stopwatch(f"{len(cases)} changes by badge verify"):
            found = dict(zip(files, self.by_badge(list(files.values()))))
            for number, file in alone.items():
                (found[number],) = self.by_badge([file], "--receipt", file.with_name("the.receipt.json"))
        with Stopwatch(f"{len(cases)} changes by verify_receipt.py"):
            theirs = self.by_python([(data, receipt) for _, _, data, receipt in cases])
        of_the_date = {document.name: document.verdict for folder in self.folders for document in folder.documents
                       if document.verdict in ("expired", "not_yet_valid")}  # fmt: skip

        def due(name, change, signed="unverifiable"):
            """A receipt of another registry proves nothing; what a document's dates say is known without it, and so is its
            signature: to badge, which reads it."""
            known = of_the_date.get(name, signed if name in SIGNED else "unverifiable")
            return known if change in ("contract", "chain") else "invalid"

        both = ((found[number]["verdict"], result.verdict) for number, result in enumerate(theirs))
        verdicts = [(*case[:2], *verdicts) for case, verdicts in zip(cases, both)]
        wrong = [v for v in verdicts if v[2:] != (due(*v[:2], "signed"), due(*v[:2]))]
        self.assertEqual(wrong[:20], [], f"{len(wrong)} of {len(cases)} (document, change, badge, independent code)")

    # -- digests without their documents

    def receipt_of(self, digest):
        answer = self.scene.node.get(f"/v1/credentials/{digest}/receipt")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def both(self, data, receipt):
        """The verdict of a document with a receipt, the same from both verifiers."""
        place = self.scene.folder / f"both-{time.monotonic_ns()}"
        place.mkdir()
        document, receipt_file = place / "document", place / "receipt"
        document.write_bytes(data)
        receipt_file.write_text(json.dumps(receipt))
        (report,) = self.by_badge([document], "--receipt", receipt_file)
        (result,) = self.by_python([(data, receipt)])
        self.assertEqual(report["verdict"], result.verdict)
        return result.verdict

    def relabelled(self, receipt, label):
        return receipt | {"digest": receipt["digest"] | {"canonicalization": label}}

    def test_6_a_digest_before_its_document(self):
        for i, document in enumerate((self.early, self.late)):
            receipt = self.receipt_of(self.external[i])
            self.assertEqual(receipt["digest"]["canonicalization"], "external" if i else "jcs")
            self.assertEqual(self.both(document.data, self.relabelled(receipt, "external")), "invalid")
            answer = self.scene.node.submit(document.data)  # for the late one, after its seal
            self.assertEqual((answer.status, answer.json()["canonicalization"]), (200, "jcs"))
            receipt = self.receipt_of(self.external[i])
            self.assertEqual(receipt["digest"]["canonicalization"], "jcs")
            self.assertEqual(self.both(document.data, receipt), "valid")
            for label in ("raw", "compact", "external"):
                self.assertEqual(self.both(document.data, self.relabelled(receipt, label)), "invalid")
        self.assertEqual(self.both(self.lone.data, self.receipt_of(self.external[2])), "invalid")

    def test_7_an_expired_badge_as_plain_bytes(self):
        data, receipt = self.disguised.data, self.receipt_of(self.disguise)
        for label in ("external", "raw", "jcs", "compact"):
            self.assertEqual(self.both(data, self.relabelled(receipt, label)), "invalid")
        answer = self.scene.node.submit(data, "application/octet-stream")  # the bytes decide, not the media type
        self.assertEqual((answer.status, answer.json()["digest"]), (200, digest_of(data)))
        self.assertEqual(answer.json()["canonicalization"], "jcs")
        self.assertEqual(self.scene.node.submit(data, "application/pdf").status, 415)
        own = self.receipt_of(digest_of(data))
        self.assertEqual(self.both(data, own), "expired")
        self.assertEqual(self.both(data, self.relabelled(own, "raw")), "invalid")


if __name__ == "__main__":
    unittest.main(verbosity=2)
