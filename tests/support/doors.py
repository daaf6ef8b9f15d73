"""Documents that a node has recorded, verified through every door of this project: `badge verify`, libbadge alone,
`POST /v1/verify`, the npm package in Node and in chromium, the page. Each has the same receipt, provider and pairs."""

import base64
import json
import os
import time
import unittest

from liar import Liar
from scene import CHAIN_ID, badge
from verify_cases import SHOWN, only, run_cases, run_lines, without_reasons


def is_picture(data):
    return data.lstrip().startswith((b"\x89PNG", b"<svg", b"<?xml"))


class Doors:
    """A context manager. documents: {name: bytes}; issuers: the ids for which the scene's account counts, and it counts
    for a document without an issuer. The scene's node takes any issuer at first, and is restarted with these pairs.
    inside: {name: the credential in a picture}, which is what libbadge alone is given."""

    def __init__(self, scene, documents, issuers, inside=None):
        self.scene, self.documents, self.inside = scene, documents, inside or {}
        self.submitted = {name: scene.node.submit(data) for name, data in documents.items()}
        scene.seal_all()
        self.receipts = {name: self._receipt(answer) for name, answer in self.submitted.items()}
        self._restart_node({"intake.issuers": "\n  ".join(issuers), "verify.fetch": "off"})
        self.liar = Liar(scene.rpc, lambda method, params, result, ask: result)
        pairs = [{"id": issuer, "account": scene.issuer} for issuer in issuers]
        self.options = {"rpc": [self.liar.url], "chainId": CHAIN_ID, "accreditors": [],
                        "issuers": [*pairs, {"account": scene.issuer}], "fetchKeys": False}

    def __enter__(self):
        self.liar.__enter__()
        self.recorded = {}  # what the provider has answered, for libbadge alone
        self.reference = {name: self._by_badge(name, n) for n, name in enumerate(self.documents)}
        return self

    def __exit__(self, *_):
        self.liar.__exit__()

    def _restart_node(self, settings):
        assert self.scene.node.stop() == 0, self.scene.node.log[-5:]
        self.scene.node.settings |= settings
        self.scene.start_node()

    def _receipt(self, answer):
        """None of a document that the node refused."""
        if answer.status not in (200, 201):
            return None
        return self.scene.node.get(f"/v1/credentials/{answer.json()['digest']}/receipt").body.decode()

    def _by_badge(self, name, number):
        file, more = self.scene.folder / f"door-{number}", []
        file.write_bytes(self.documents[name])
        if self.receipts[name]:
            file.with_suffix(".receipt.json").write_text(self.receipts[name])
            more = ["--receipt", file.with_suffix(".receipt.json")]
        for pair in self.options["issuers"]:
            more += ["--issuer", f"{pair['id']}={pair['account']}" if "id" in pair else pair["account"]]
        self.liar.answers = {}
        now_s = int(time.time())
        done = badge("verify", file, "--json", "--offline", "--rpc", self.liar.url, "--chain-id", CHAIN_ID, *more, check=False)
        self.recorded[name] = {"receipt": self.receipts[name], "now": now_s, "policy": self.options, "documents": {},
                               "providers": [{"name": self.liar.url, "answers": self.liar.answers}]}
        return json.loads(done.stdout) | {"status": done.returncode}

    # -- the other doors, as {name: report}

    def by_libbadge(self):
        """Without pictures in which nothing was found, and without what has credentials inside, which it does not verify."""
        documents = {name: data for name, data in (self.documents | self.inside).items()
                     if not is_picture(data) and self.reference[name]["insideCounts"]["count"] == 0}
        lines = [self.recorded[name] | {"document": base64.b64encode(data).decode()} for name, data in documents.items()]
        results = run_lines([os.environ["JUDGE_RECORDED"]], lines)
        return {name: result["report"] for name, result in zip(documents, results, strict=True)}

    def by_package(self, *flags):
        """--chromium: in the browser; --page: what the page shows. In Node SVG can't be read without a parser."""
        names = [name for name, data in self.documents.items() if flags or not data.lstrip().startswith(b"<")]
        lines = [{"document": base64.b64encode(self.documents[name]).decode(), "receipt": self.receipts[name],
                  "options": self.options} for name in names]
        return dict(zip(names, run_cases(lines, *flags), strict=True))

    def by_node(self):
        """It gets the document alone, and uses its own record."""
        reports = {}
        for name, data in self.documents.items():
            answer = self.scene.node.request("POST", "/v1/verify", data, {"Content-Type": "application/octet-stream"})
            assert answer.status == 200, (name, answer.body)
            reports[name] = answer.json()
        return reports


class SameAtAllDoors:
    """For a test case whose `doors` setUpClass() opens: each of them answers as `badge` does, word for word."""

    def assert_same(self, reports, keys=None):
        """keys: the members of a check that the door shows; None: all."""
        for name, report in reports.items():
            with self.subTest(name):
                both = [(one["verdict"], only(keys, one["checks"]) if keys else one["checks"])
                        for one in map(without_reasons, (report, self.doors.reference[name]))]
                self.assertEqual(*both)

    def test_by_libbadge(self):
        self.assert_same(self.doors.by_libbadge())

    def test_by_a_node(self):
        self.assert_same(self.doors.by_node())

    def test_by_the_package_in_node(self):
        self.assert_same(self.doors.by_package())

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_by_the_package_in_chromium(self):
        self.assert_same(self.doors.by_package("--chromium"))

    @unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")
    def test_by_the_page(self):
        self.assert_same(self.doors.by_package("--page"), SHOWN)
