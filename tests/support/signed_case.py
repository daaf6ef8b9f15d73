"""A test case about signed badges: a folder for files, a signer, nodes, and the reports of command line and node."""

import json
import pathlib
import shutil
import tempfile
import unittest

from node import Node
from scene import badge
from signing import Signer


def check_of(report, name):
    return next(check for check in report["checks"] if check["check"] == name)


class SignedCase(unittest.TestCase):
    """With a folder for files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="badged-signed-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.signer = Signer(cls.folder)

    @classmethod
    def start(cls, environment=None, **settings):
        """A node, with __ for a dot in the names of settings."""
        node = Node({name.replace("__", "."): value for name, value in settings.items()})
        node.environment |= environment or {}
        return cls.enterClassContext(node)

    def write(self, name, value):
        file = self.folder / name
        file.write_text(value if isinstance(value, str) else json.dumps(value))
        return file

    def run_badge(self, *arguments, environment=None):
        return badge("verify", *arguments, check=False, env=environment or {})

    def report(self, *arguments, environment=None):
        done = self.run_badge("--json", *arguments, environment=environment)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def ask(self, node, document, media="application/json"):
        body = json.dumps(document).encode() if isinstance(document, dict) else document
        answer = node.request("POST", "/v1/verify", body, {"Content-Type": media})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def expect(self, report, verdict, **codes):
        found = {name: check_of(report, name)["code"] for name in codes}
        self.assertEqual((report["verdict"], found), (verdict, codes), report["sentence"])
