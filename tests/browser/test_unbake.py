"""unbake.mjs with the images of tests/support/images.py, in Node and in chromium: the same results as node/image in C.
And chromium draws the output of `badge bake`."""

import hashlib
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import images
from image_mutants import mutants
from images import TABLE, label_of

HERE = Path(__file__).resolve().parent
BADGE, READER, SAMPLES = os.environ["BADGE_BIN"], os.environ["READ_IMAGES"], HERE.parent / "samples"


def run(paths, *flags):
    command = ["node", HERE / "image_cases.mjs", *flags, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    if done.returncode:
        raise AssertionError(done.stderr[-3000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


class Unbake(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def write(self, name, body):
        path = self.folder / name
        path.write_bytes(body)
        return path

    def check(self, table, found):
        for image, it in zip(table, found, strict=True):
            with self.subTest(image.name):
                self.assertEqual(it["status"], image.status, it)
                if image.status != "ok":
                    continue
                inside = it["image"]
                self.assertEqual((inside["kind"], inside["version"]), (image.kind, image.version))
                self.assertEqual((inside["credential"], inside["receipt"], inside["url"]),
                                 (image.credential, image.receipt, image.url))
                self.assertEqual(it["label"], label_of(image))
                if it["label"] == "raw":
                    self.assertEqual(it["digest"], hashlib.sha256(image.bytes).hexdigest())

    def test_in_node(self):
        """Images that need no XML parser; the others report that a parser must be passed."""
        table = [image for image in TABLE
                 if image.kind == "png" or ((image.status != "ok" or image.is_broken) and not image.parsed_only)]
        self.check(table, run([self.write(image.name, image.bytes) for image in table]))
        others = [image for image in TABLE if image not in table]
        for it in run([self.write(image.name, image.bytes) for image in others]):
            self.assertEqual(it["status"], "unsupported")
            self.assertIn("DOMParser", it["text"])

    def test_in_chromium(self):
        found = run([self.write(image.name, image.bytes) for image in TABLE], "--chromium")
        self.check(TABLE, found)
        for image, it in zip(TABLE, found):
            done = subprocess.run([BADGE, "verify", self.folder / image.name, "--json"], capture_output=True, text=True)
            with self.subTest(image.name):
                self.assertEqual(it["codes"], [check["code"] for check in json.loads(done.stdout)["checks"]])
        for it in found:
            self.assertEqual((it["title"], it["asked"]), ("cases", []))  # no script ran, nothing was fetched

    def test_other_documents(self):
        paths = [self.write(f"none-{name}", body) for name, body in images.no_images()]
        for it in run(paths):
            self.assertEqual((it["status"], it["image"], it["label"]), ("ok", None, "raw"))

    def test_mutants(self):
        """C and JavaScript have the same result for the same bytes, and extract the same bytes."""
        table = list(mutants(1, 3000))
        paths = [self.write(f"mutant-{number}", image) for number, image in enumerate(table)]
        done = subprocess.run([READER, *paths], capture_output=True, text=True, timeout=1200, check=True)
        by_c = [json.loads(line) for line in done.stdout.splitlines()[:-1]]
        for image, c, js in zip(table, by_c, run(paths, "--chromium"), strict=True):
            inside = js.get("image") or {}
            found = {name: js.get(name) for name in ("status", "label", "digest")}
            found |= {name: inside.get(name) for name in ("kind", "version", "credential", "receipt", "url")}
            wanted = {name: c.get(name) for name in found}
            wanted["version"] = {2: "2.0", 3: "3.0"}.get(wanted["version"])
            for name in ("credential", "receipt", "url"):
                wanted[name] = wanted[name] and bytes.fromhex(wanted[name]).decode(errors="replace")
            with self.subTest(image):
                self.assertEqual(found, wanted)
        self.assertGreater(sum(it["status"] == "ok" for it in by_c), len(table) / 5)

    def test_a_long_gap(self):
        """A megabyte of white space in the middle takes no longer than other bytes."""
        credential = '{"a":' + " " * (1 << 20) + "1}"
        image = images.png(images.itxt("openbadgecredential", credential))
        began = time.monotonic()
        (it,) = run([self.write("gap.png", image)])
        self.assertLess(time.monotonic() - began, 60)
        self.assertEqual((it["status"], it["image"]["credential"]), ("ok", credential))

    def test_truncated_anywhere(self):
        whole = images.BY_NAME["receipt.svg"].bytes.rstrip()
        paths = [self.write(f"cut-{end}", whole[:end]) for end in range(len(whole))]
        for it in run(paths, "--chromium"):
            inside = (it.get("image") or {}).get("credential")
            self.assertEqual(it["status"] == "ok", inside is None and it.get("label") == "raw", it)
        whole = images.BY_NAME["receipt.png"].bytes
        cuts = [whole[:end] for end in range(8, len(whole))]
        found = run([self.write(f"cut-{len(cut)}", cut) for cut in cuts])
        self.assertEqual([it["status"] for it in found],
                         ["image" if images.may_have_badge(cut) else "ok" for cut in cuts])

    def test_chromium_draws_baked_images(self):
        paths = [SAMPLES / "badge.png", SAMPLES / "badge.svg"]
        for name in ("plain.png", "plain.svg", "doctype.svg", "prefixed.svg"):
            plain, out = self.write(name, images.BY_NAME[name].bytes), self.folder / f"shown-{name}"
            subprocess.run([BADGE, "bake", plain, SAMPLES / "open-badge.json", "--replace", "-o", out], check=True)
            paths.append(out)
        shown = [self.write(f"shown-sample{path.suffix}", path.read_bytes()) for path in paths[:2]] + paths[2:]
        widths = [it["shown"] for it in run(shown, "--chromium")]
        self.assertEqual(widths[:2], [128, 128])
        self.assertTrue(all(width > 0 for width in widths), widths)


if __name__ == "__main__":
    unittest.main()
