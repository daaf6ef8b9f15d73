"""The fixtures of 1EdTech's validator by `badge check` and, where it refuses one for a signature or for today's date, by
`badge verify`: every one that it calls invalid is refused by one of the two, and no other has errors."""

import json
import os
import subprocess
import unittest
from pathlib import Path

VECTORS = os.environ.get("BADGED_VECTORS")
# Refused for what the verdict says, by the check of this name; no rule of a standard is broken.
OF_VERDICT = {
    "ob30/simple-err-proof-value.json": "proof",
    "ob30/simple-err-expired.json": "validity",
    "ob20/basic-assertion-in-future.json": "validity",
}
BASES = ("https://example.org/", "http://example.org/", "http://example.com/")


def run(*arguments):
    return subprocess.run([os.environ["BADGE_BIN"], *map(str, arguments)], capture_output=True, text=True, check=False)


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Fixtures(unittest.TestCase):
    def setUp(self):
        self.folder = Path(VECTORS, "1edtech")
        self.judged = json.loads((self.folder / "verdicts.json").read_text())
        assets = sorted((self.folder / "ob20" / "assets").glob("*.json"))
        self.documents = [word for asset in assets for base in BASES
                          for word in ("--document", f"{base}{asset.name}={asset}")]

    def test_all(self):
        files = [self.folder / one["file"] for one in self.judged]
        done = run("check", "--json", *self.documents, *files)
        lines = [json.loads(line)["conformance"] for line in done.stdout.splitlines()]
        self.assertEqual(len(lines), 40, done.stderr)
        for one, found in zip(self.judged, lines, strict=True):
            with self.subTest(one["file"]):
                due = one["verdict"] == "invalid" and one["file"] not in OF_VERDICT
                self.assertEqual(found["errorCount"] > 0, due, found["errors"])

    def test_of_verdict(self):
        for file, check in OF_VERDICT.items():
            done = run("verify", "--offline", self.folder / file)
            self.assertIn(f"  x {check} ", done.stdout, file)


if __name__ == "__main__":
    unittest.main()
