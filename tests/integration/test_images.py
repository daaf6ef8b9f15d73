"""Images with badges through node/image: the table of images.py; the output of `badge bake`, read with the standard
library and pngcheck; memory while hostile images are read; and images sent to a node."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

import images
from images import BY_NAME, OB2, OB3, RECEIPT, TABLE, independently, label_of
from credentials import ISSUER_ID
from node import BADGE, WAIT_S, Node
from scene import Scene

READER = os.environ["READ_IMAGES"]
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
VERSIONS = {0: None, 2: "2.0", 3: "3.0"}
SANITIZED = b"__asan_init" in Path(READER).read_bytes()


def badge(*arguments, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BADGE_")}
    return subprocess.run([BADGE, *map(str, arguments)], capture_output=True, timeout=WAIT_S, env=environment, **more)


def text_of(digits):
    return None if digits is None else bytes.fromhex(digits).decode()


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        for image in TABLE:
            (cls.folder / image.name).write_bytes(image.bytes)

    def read(self, *paths):
        done = subprocess.run([READER, *map(str, paths)], capture_output=True, timeout=WAIT_S, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        *found, peak = map(json.loads, done.stdout.splitlines())
        return found, peak["peakKiB"]

    # -- reading ---------------------------------------------------------------------------------------------------

    def test_the_table(self):
        found, _ = self.read(*(self.folder / image.name for image in TABLE))
        for image, it in zip(TABLE, found, strict=True):
            with self.subTest(image.name):
                self.assertEqual(it["status"], image.status)
                if image.status != "ok":
                    continue
                self.assertEqual((it["kind"], VERSIONS[it["version"]]), (image.kind, image.version))
                self.assertEqual(text_of(it["credential"]), image.credential)
                self.assertEqual(text_of(it["receipt"]), image.receipt)
                self.assertEqual(text_of(it["url"]), image.url)
                self.assertEqual(it["label"], label_of(image))
                if it["label"] == "raw":
                    self.assertEqual(it["digest"], hashlib.sha256(image.bytes).hexdigest())
                if it["label"] == "compact":
                    self.assertEqual(it["digest"], hashlib.sha256(image.credential.strip().encode()).hexdigest())

    def test_other_documents(self):
        for name, body in images.no_images():
            path = self.folder / f"none-{name}"
            path.write_bytes(body)
            with self.subTest(name):
                (it,), _ = self.read(path)
                self.assertNotIn("kind", it)
                self.assertEqual(it["label"], "raw")

    def test_truncated_anywhere(self):
        for name in ("receipt.png", "json.svg", "utf16.svg", "doctype.svg"):
            whole, paths = BY_NAME[name].bytes, []
            for end in range(len(whole) - (2 if name == "utf16.svg" else 1)):  # complete without a newline
                paths.append(self.folder / f"cut-{end}")
                paths[-1].write_bytes(whole[:end])
            found, _ = self.read(*paths)
            for end, it in enumerate(found):
                may_have = images.may_have_badge(whole[:end])
                is_image = "kind" in it or it["status"] != "ok"
                with self.subTest(name, end=end):
                    self.assertIn(it.get("label"), (None, "raw"))
                    self.assertEqual(it["status"], "image" if is_image and may_have else "ok")

    def test_memory_is_bounded(self):
        """Peak memory for the largest and most hostile images, above that of a trivial image."""
        _, idle = self.read(self.folder / "plain.svg")
        giant = {
            "giant.png": images.png(images.chunk(b"tEXt", b"a\0" + bytes(images.MAX_LEN - 1000))),
            "chunks.png": images.png(*[images.text_chunk("a", "b")] * 1_000_000),
            "attribute.svg": images.svg(f'<image href="{"A" * 9_900_000}"/>'),
            "attributes.svg": images.svg("<a " + " ".join(f'a{i}=""' for i in range(1_500_000)) + "/>"),
            "elements.svg": images.svg("<a/>" * 4_000_000),
            "names.svg": images.svg("".join(f"<a{i}/>" for i in range(1_000_000))),
            "namespaces.svg": images.svg("".join(f'<a xmlns="u:{i}"/>' for i in range(500_000))),
            "text.svg": images.svg("&amp;" * 3_300_000),
            "badge.svg": images.svg(images.credential("&#123;" + "&#32;" * 3_000_000)),
            "comment.svg": images.svg("<!--" + "x" * 16_000_000 + "-->"),
            "utf16.svg": images.svg("é" * 8_000_000, encoding="utf-16-le"),
            "undeclared.svg": images.svg("&a;" * 5_000_000, before=images.DOCTYPE),
        }
        for name, body in giant.items():
            self.assertLess(len(body), images.MAX_LEN + (2 << 20), name)
            (self.folder / f"giant-{name}").write_bytes(body)
        paths = [self.folder / f"giant-{name}" for name in giant] + [self.folder / image.name for image in TABLE]
        worst = {}
        for path in paths:
            _, peak = self.read(path)
            worst[path.name] = (peak - idle) / 1024
        name = max(worst, key=worst.get)
        print(f"\npeak memory: {worst[name]:.0f} MiB for {name}, over {idle / 1024:.0f} MiB", flush=True)
        self.assertLess(worst[name], 300 if SANITIZED else 64, name)  # sanitizers keep freed memory

    # -- baking ----------------------------------------------------------------------------------------------------

    def bake(self, image, credential, *flags):
        out = self.folder / f"baked{Path(image).suffix}"
        done = badge("bake", image, credential, "-o", out, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def write(self, name, body):
        path = self.folder / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        return path

    def test_baked_and_read_by_others(self):
        old = self.write("assertion.json", json.dumps({"id": images.URL + "?a&b=\"<>", "type": "Assertion", "badge": {}}))
        odd = self.write("odd.json", '{"a":"]]>&<\\u0000",\r\n\t"b":"]]]>>"}')
        cases = [(SAMPLES / "open-badge.json", OB3), (SAMPLES / "badge.jwt", OB3), (odd, OB3), (old, OB2)]
        for name in ("plain.png", "palette.png", "parts.png", "plain.svg", "empty.svg", "mark.svg", "doctype.svg",
                     "script.svg", "prefixed.svg"):
            for path, namespace in cases:
                with self.subTest(name, credential=path.name):
                    image = self.folder / name
                    out = self.bake(image, path, "--replace")
                    baked = out.read_bytes()
                    text = path.read_bytes().decode().strip()
                    keys = {("png", OB3): "openbadgecredential", ("png", OB2): "openbadges",
                            ("svg", OB3): f"{{{OB3}}}credential", ("svg", OB2): f"{{{OB2}}}assertion"}
                    parts = independently(baked)
                    found = parts[keys[BY_NAME[name].kind, namespace]]
                    if namespace == OB2 and name.endswith("svg"):
                        self.assertEqual(found, json.loads(text)["id"])
                    else:
                        self.assertEqual(found.strip(), text)
                    self.assertEqual(len(parts), 1)
                    unbaked = badge("unbake", out)
                    self.assertEqual(unbaked.stdout.decode().strip(), text)
                    if namespace == OB3:
                        self.assertEqual(badge("digest", out).stdout.split()[:2], badge("digest", path).stdout.split()[:2])

    def test_nothing_else_changes(self):
        jwt = SAMPLES / "badge.jwt"
        for name in ("plain.png", "others.png", "parts.png", "receipt.png"):
            before, after = (self.folder / name).read_bytes(), self.bake(self.folder / name, jwt, "--replace").read_bytes()
            self.assertEqual(*(re.findall(rb"IDAT.*", body, re.S) for body in (before, after)))
        before, after = (self.folder / "script.svg").read_bytes(), self.bake(self.folder / "script.svg", jwt).read_bytes()
        inserted = re.sub(rb"<openbadges:credential[^>]*/>| xmlns:openbadges=\"[^\"]*\"", b"", after)
        self.assertEqual(inserted, before)

    def test_an_existing_badge(self):
        for name in ("receipt.png", "receipt.svg", "old.png", "url.svg"):
            with self.subTest(name):
                done = badge("bake", self.folder / name, SAMPLES / "badge.jwt", "-o", self.folder / "x")
                self.assertEqual((done.returncode, (self.folder / "x").exists()), (1, False))
                baked = self.bake(self.folder / name, SAMPLES / "badge.jwt", "--replace")
                self.assertEqual(list(independently(baked.read_bytes()).values()), [(SAMPLES / "badge.jwt").read_text().strip()]
                                 if name.endswith("svg") else [(SAMPLES / "badge.jwt").read_text()])
                again = self.bake(baked, SAMPLES / "open-badge.json", "--replace")
                self.assertEqual(badge("unbake", again).stdout.strip(), (SAMPLES / "open-badge.json").read_bytes().strip())

    def test_receipts(self):
        digest = badge("digest", SAMPLES / "badge.jwt").stdout.split()[0].decode()
        zeros = "00" * 32
        receipt = {"type": "BadgeReceipt", "version": 1,
                   "digest": {"algorithm": "sha-256", "canonicalization": "compact", "value": digest},
                   "inclusion": {"algorithm": "RFC9162_SHA256", "salt": zeros, "root": zeros, "treeSize": 1, "leafIndex": 0, "path": []},
                   "anchor": {"chainId": 1, "contract": "0x" + "00" * 20, "issuer": "0x" + "00" * 20, "status": "sealed"}}
        slip = self.write("slip.json", json.dumps(receipt))
        for name in ("plain.png", "plain.svg"):
            out = self.bake(self.folder / name, SAMPLES / "badge.jwt", "--receipt", slip)
            parts = independently(out.read_bytes())
            key = "badgereceipt" if name.endswith("png") else f"{{{RECEIPT}}}badgereceipt"
            self.assertEqual(json.loads(parts[key]), receipt)
            shown = json.loads(badge("unbake", out, "--json", "--receipt", self.folder / "got").stdout)
            self.assertEqual((self.folder / "got").read_text(), slip.read_text())
            self.assertEqual((shown["digest"], shown["openBadges"]), (digest, "3.0"))
            self.assertEqual(json.loads(shown["receipt"]), receipt)
            verdict = json.loads(badge("verify", out, "--json").stdout)
            self.assertEqual((verdict["digest"], verdict["receipt"]["inclusion"]["root"]), (digest, zeros))
        other = badge("bake", self.folder / "plain.png", SAMPLES / "open-badge.json", "--receipt", slip, "-o", self.folder / "x")
        self.assertEqual(other.returncode, 2)
        self.assertIn(b"another credential", other.stderr)

    def test_refused_for_baking(self):
        for credential in (SAMPLES / "certificate.pdf", self.folder / "json.png", self.write("words", "a.b")):
            done = badge("bake", self.folder / "plain.png", credential, "-o", self.folder / "x")
            self.assertEqual(done.returncode, 2, done.stderr)
        for image in ("utf16.svg", "laughs.svg", "tail.png"):
            done = badge("bake", self.folder / image, SAMPLES / "badge.jwt", "--replace", "-o", self.folder / "x")
            self.assertEqual(done.returncode, 2, done.stderr)
        for image, code in (("plain.png", 1), ("url.png", 1), ("two-before.png", 2), ("laughs.svg", 1), ("badge-entity.svg", 2),
                            ("json.png", 0)):
            self.assertEqual(badge("unbake", self.folder / image).returncode, code, image)
        done = badge("digest", self.folder / "url.png")
        self.assertIn(images.URL.encode(), done.stderr)
        self.assertIn(b" raw ", done.stdout)

    def test_pngcheck(self):
        self.assertIsNotNone(shutil.which("pngcheck"), "pngcheck is missing: scripts/install test")
        out = self.bake(self.folder / "plain.png", SAMPLES / "open-badge.json")
        done = subprocess.run(["pngcheck", "-v", "-t", out], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("openbadgecredential", done.stdout)
        self.assertIn("uncompressed", done.stdout)

    # -- a link in the picture ---------------------------------------------------------------------------------------

    def draw(self, file):
        """The picture as a PNG, drawn by another program."""
        if file.suffix == ".png":
            return file
        subprocess.run(["rsvg-convert", "--width", "1000", "--output", self.folder / "drawn.png", file], check=True)
        return self.folder / "drawn.png"

    def link_in(self, file):
        done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", self.draw(file)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def sized(self, size):
        return f'<?xml version="1.0"?>\n<svg xmlns="{images.SVG}"{size}><rect width="100%" height="100%" fill="red"/></svg>\n'

    def test_qr(self):
        """The code has the link with the badge; the image is one with a badge as before."""
        node, jwt = "https://badges.example/registry", SAMPLES / "badge.jwt"
        sizes = {"qr-plain.png": images.png(), "qr-wide.png": images.png(head=images.header(700, 20), data=images.pixels(700, 20)),
                 "qr-box.svg": self.sized(' viewBox="-5,0 200 100" width="50%" height="3em"'),
                 "qr-pixels.svg": self.sized(" height='80px' width = '120'"),
                 "qr-later.svg": self.sized(' viewBox="0 0 9 9"') + "<!-- </svg> -->\n",
                 "qr-prefixed.svg": f'<s:svg xmlns:s="{images.SVG}" viewBox="0 0 4 3"/>'.encode()}
        for name, body in sizes.items():
            for credential in (SAMPLES / "open-badge.json", jwt):
                with self.subTest(name, credential=credential.name):
                    image = self.write(name, body)
                    out = self.bake(image, credential, "--qr", "--node", node)
                    digest = badge("digest", credential).stdout.split()[0].decode()
                    link, _, packed = self.link_in(out).partition("#b=")
                    self.assertEqual(link, f"{node}/c/{digest}")
                    inside = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), -15)
                    self.assertEqual(inside, credential.read_bytes())
                    self.assertEqual(badge("unbake", out).stdout.strip(), inside.strip())
                    self.assertEqual(badge("digest", out).stdout.split()[0].decode(), digest)
        before = (self.folder / "qr-box.svg").read_bytes()
        self.assertIn(before[before.index(b"<rect"):], self.bake(self.folder / "qr-box.svg", jwt, "--qr", "--node", node).read_bytes())

    def test_qr_of_a_large_credential(self):
        noise = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(100)).hex()
        large = self.write("large.json", json.dumps({"type": "VerifiableCredential", "noise": noise}))
        done = badge("bake", self.folder / "plain.png", large, "--qr", "--node", "https://x", "-o", self.folder / "qr-large.png")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"too large for a QR code: the link in it leads to the record alone", done.stderr)
        self.assertRegex(self.link_in(self.folder / "qr-large.png"), r"^https://x/c/[0-9a-f]{64}$")

    def test_no_qr(self):
        jwt, node = SAMPLES / "badge.jwt", ("--node", "https://x")
        for name, flags, code, reason in (
                ("plain.png", (), 2, b"--node URL"), ("empty.svg", node, 2, b"give it a viewBox"),
                ("parts.png", node, 2, b"can't be drawn"), ("receipt.png", node, 1, b"use --replace")):
            with self.subTest(name):
                done = badge("bake", self.folder / name, jwt, "--qr", *flags, "-o", self.folder / "none")
                self.assertEqual((done.returncode, (self.folder / "none").exists()), (code, False), done.stderr)
                self.assertIn(reason, done.stderr)
        for value in ("0 0 0 9", "0 0 x y", "0 0 9", "1e9 0 -3 3", "&#48; 0 9 9"):
            image = self.write("qr-odd.svg", self.sized(f' viewBox="{value}"'))
            self.assertEqual(badge("bake", image, jwt, "--qr", *node, "-o", self.folder / "none").returncode, 2, value)
        image = self.write("qr-giant.png", images.png(head=images.header(16384, 16384)))
        self.assertIn(b"make this one smaller", badge("bake", image, jwt, "--qr", *node, "-o", self.folder / "none").stderr)

    def test_samples(self):
        for name in ("badge.png", "badge.svg"):
            text = badge("unbake", SAMPLES / name).stdout
            self.assertEqual(text.strip(), (SAMPLES / "open-badge.json").read_bytes().strip())


class OverHttp(unittest.TestCase):
    MEDIA = {"png": "image/png", "svg": "image/svg+xml"}
    CODES = {"image": (400, "malformed_image"), "syntax": (400, "malformed_json"), "utf8": (400, "invalid_utf8"),
             "duplicate": (400, "duplicate_name"), "unsupported": (415, "unsupported_document"),
             "refused": (422, "not_a_credential"), "limit": (413, "too_large")}

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node())

    def test_the_table(self):
        for image in TABLE:
            with self.subTest(image.name):
                # as plain bytes the type of what is inside is not asked for: most of the table's has none
                media = "application/octet-stream" if image.status == "ok" else self.MEDIA[image.kind]
                answer = self.node.submit(image.bytes, media)
                if image.status != "ok":
                    status, code = self.CODES[image.status]
                    self.assertEqual((answer.status, answer.json()["type"]), (status, f"urn:badged:error:{code}"))
                    continue
                self.assertIn(answer.status, (200, 201))
                self.assertEqual(answer.json()["canonicalization"], label_of(image))
                self.check_notice(answer.json(), image.url)

    def check_notice(self, answer, url):
        """The notice appears exactly for images that have only a URL."""
        notice = f"The image has only a link to its badge ({url}), so the image itself is digested (raw)."
        self.assertEqual(answer.get("notice"), url and notice)

    def test_unusual_urls(self):
        for url, shown in ((images.URL + "a" * 1000, (images.URL + "a" * 1000)[:300]), (images.URL + "é\"<\x7f", images.URL + '??"<?')):
            body = images.png(images.itxt("openbadges", url))
            self.check_notice(self.node.submit(body, "image/png").json(), shown)
            answer = self.node.request("POST", "/v1/verify", body, {"Content-Type": "image/png"})
            self.check_notice(answer.json(), shown)

    def test_an_image_in_a_bundle_is_refused(self):
        """The credential of a bundle is JSON or a token; an image there is refused without reading it."""
        credential = json.dumps({"type": "VerifiableCredential", "id": "urn:example:in-a-bundle", "issuer": ISSUER_ID})
        self.assertEqual(self.node.submit(credential.encode(), "application/json").status, 201)
        self.assertEqual(self.node.request("POST", "/v1/batches", scope="admin").status, 201)
        for text, is_known in ((images.svg(images.credential(images.cdata(credential))).decode(), False), (credential, True)):
            bundle = {"type": "BadgeBundle", "version": 1, "receipts": [],
                      "credential": text if text.startswith("<") else json.loads(text)}
            answer = self.node.request("POST", "/v1/verify", json.dumps(bundle), {"Content-Type": "application/json"})
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual([answer.json()[name] is not None for name in ("digest", "receipt")], [is_known] * 2)

    def test_a_credential_and_its_image_have_one_digest(self):
        body = b'{"type":"VerifiableCredential","id":"urn:example:one"}'
        image = images.png(images.itxt("openbadgecredential", body.decode()))
        first, second = self.node.submit(image, "image/png"), self.node.submit(body, "application/json")
        self.assertEqual((first.status, second.status), (201, 200))
        self.assertEqual(first.json()["digest"], second.json()["digest"])
        self.assertEqual(self.node.submit(image, "application/octet-stream").status, 200)

    def test_media_types(self):
        png, svg = BY_NAME["json.png"].bytes, BY_NAME["json.svg"].bytes
        for media, body in (("image/png", svg), ("image/svg+xml", png), ("application/json", png), ("application/json", svg),
                            ("image/png", b"{}"), ("image/svg+xml", b"<html/>"), ("application/jwt", BY_NAME["jwt.png"].bytes)):
            with self.subTest(media=media, body=body[:8]):
                answer = self.node.submit(body, media)
                self.assertEqual((answer.status, answer.json()["type"]), (415, "urn:badged:error:media_type_mismatch"))

    def test_verdicts(self):
        """A node and the command line, both without a chain, report the same about each image."""
        with tempfile.TemporaryDirectory() as folder:
            for image in TABLE:
                if len(image.bytes) > images.MAX_LEN:
                    continue  # too large for a request body
                path = Path(folder) / image.name
                path.write_bytes(image.bytes)
                theirs = self.node.request("POST", "/v1/verify", image.bytes, {"Content-Type": self.MEDIA[image.kind]})
                ours = json.loads(badge("verify", path, "--json").stdout)
                with self.subTest(image.name):
                    self.assertEqual(theirs.status, 200, theirs.body)
                    theirs = theirs.json()
                    self.assertEqual(theirs["digest"], ours["digest"])
                    self.assertEqual([check["code"] for check in theirs["checks"] if check["check"] in ("digest", "validity")],
                                     [check["code"] for check in ours["checks"] if check["check"] in ("digest", "validity")])
                    self.assertEqual(theirs["digest"] is not None, image.status == "ok")
                    self.check_notice(theirs, image.url)

    def test_an_image_in_ndjson_is_refused(self):
        body = BY_NAME["empty.svg"].bytes.replace(b"/>", b">" + images.credential("{}").encode() + b"</svg>")
        answer = self.node.submit(body + b"\n", "application/x-ndjson")
        self.assertIn("unsupported_document", answer.body.decode())


class EndToEnd(unittest.TestCase):
    """An image is submitted, anchored and gets its receipt; then a verifier needs only the image and a provider."""

    def test_an_image_with_its_receipt(self):
        scene = self.enterContext(Scene({"batch.max_age": "300 ms"}))
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        document = {"id": "urn:example:picture", "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": ISSUER_ID}
        (folder / "credential.json").write_text(json.dumps(document))
        trust = ("--rpc", scene.rpc, "--accreditor", scene.issuer)
        node = ("--node", scene.url, "--token-file", scene.token_file("submit"))
        for name in ("plain.png", "plain.svg"):
            plain, baked, whole = (folder / f"{kind}-{name}" for kind in ("plain", "baked", "whole"))
            plain.write_bytes(BY_NAME[name].bytes)
            self.assertEqual(badge("bake", plain, folder / "credential.json", "-o", baked).returncode, 0)
            done = badge("submit", baked, *node, "--wait", "final", "--receipts", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            digest = badge("digest", baked).stdout.split()[0].decode()
            receipt = folder / f"{digest}.receipt.json"
            done = badge("bake", baked, folder / "credential.json", "--replace", "--receipt", receipt, "-o", whole)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            alone = Path(self.enterContext(tempfile.TemporaryDirectory())) / name
            alone.write_bytes(whole.read_bytes())
            done = badge("verify", alone, *trust, "--json")
            self.assertEqual(json.loads(done.stdout)["verdict"], "valid", done.stdout)
            media = {"Content-Type": OverHttp.MEDIA[name[-3:]]}
            answer = scene.node.request("POST", "/v1/verify", whole.read_bytes(), media)
            self.assertEqual(answer.json()["verdict"], "valid", answer.body)
            answer = scene.node.request("POST", "/v1/verify", baked.read_bytes(), media)  # with the node's own receipt
            self.assertEqual(answer.json()["verdict"], "valid", answer.body)


if __name__ == "__main__":
    unittest.main()
