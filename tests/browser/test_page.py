"""The verifier page in chromium, against a real node and a chain: prepares them, and runs the tests in page*.test.mjs,
first with the node, then without it.

    BADGED_PAGE       the built verify.html             BADGED_PLAYWRIGHT   playwright-core's index.mjs
    BADGED_SHOTS      a folder for screenshots, optional
"""

import json
import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import page_documents as documents
from credentials import ISSUER_ID
from registry_client import revoke_data
from scene import Scene, until
from verify_receipt import address

HERE = Path(__file__).resolve().parent
NAME = "Registry of the North Sea"


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        settings = {"http.name": NAME, "http.publish": "yes"}
        cls.scene = cls.enterClassContext(Scene(settings, node=False))
        settings["http.public_rpc"] = cls.scene.rpc
        node = cls.scene.start_node()
        cls.folder = cls.scene.folder / "page"
        cls.folder.mkdir()
        cls.digests = {name: cls.submit(name, data) for name, data in documents.DOCUMENTS.items()}
        cls.scene.seal_all()
        cls.revoke(cls.digests["revoked"])
        cls.replace(cls.digests["replaced"], cls.digests["renewed"])
        for name, digest in cls.digests.items():
            receipt = node.get(f"/v1/credentials/{digest}/receipt").body
            (cls.folder / f"{name}.receipt.json").write_bytes(receipt)
        facts = {"node": cls.scene.url, "rpc": cls.scene.rpc, "issuer": cls.scene.issuer, "issuerId": ISSUER_ID,
                 "name": NAME, "folder": str(cls.folder), "digests": cls.digests, "images": cls.bake()}
        (cls.folder / "scene.json").write_text(json.dumps(facts))

    @classmethod
    def submit(cls, name, data):
        (cls.folder / f"{name}.{documents.SUFFIX.get(name, 'json')}").write_bytes(data)
        answer = cls.scene.node.submit(data, documents.MEDIA.get(name, "application/json"))
        assert answer.status == 201, (name, answer.body)
        return answer.json()["digest"]

    @classmethod
    def revoke(cls, digest):
        data = revoke_data(address(cls.scene.issuer), [bytes.fromhex(digest)])
        cls.scene.send(cls.scene.issuer, data)

    @classmethod
    def replace(cls, digest, by):
        """The node revokes it, and says what replaces it."""
        body = json.dumps({"reason": "replaced", "replacedBy": by})
        asked = cls.scene.node.request("POST", f"/v1/credentials/{digest}/revocation", body,
                                       {"Content-Type": "application/json"}, "admin")
        assert asked.status == 202, asked.body
        record = lambda: cls.scene.node.get(f"/v1/credentials/{digest}").json()
        until("the record says so", lambda: record()["status"] == "revoked" and record().get("replacedBy") == by)

    @classmethod
    def bake(cls):
        """A PNG and an SVG with a badge; the SVG also has its receipt."""
        credential = documents.DOCUMENTS["badge"]
        receipt = (cls.folder / "badge.receipt.json").read_bytes()
        (cls.folder / "baked.png").write_bytes(documents.baked_png(credential))
        (cls.folder / "baked.svg").write_bytes(documents.baked_svg(credential, receipt))
        return ["baked.png", "baked.svg"]

    def run_tests(self, *names):
        environment = os.environ | {"BADGED_SCENE": str(self.folder / "scene.json")}
        command = ["node", "--test", "--test-reporter=spec", *(HERE / name for name in names)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1500)
        self.assertEqual(done.returncode, 0, done.stdout[-12000:] + done.stderr[-3000:])

    def test_1_with_the_node(self):
        with ThreadPoolExecutor() as pool:
            for _ in pool.map(self.run_tests, ("page.test.mjs", "page_access.test.mjs", "page_publish.test.mjs", "page_signed.test.mjs",
                                               "page_inside.test.mjs", "page_rules.test.mjs", "page_status.test.mjs")):
                pass

    def test_2_without_the_node(self):
        self.assertEqual(self.scene.node.stop(), 0)
        self.run_tests("page_offline.test.mjs")


if __name__ == "__main__":
    unittest.main(verbosity=2)
