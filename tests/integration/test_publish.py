#!/usr/bin/env python3
"""A badge that its holder shows at its plain link: who may publish and take down, what the page then has, what is on the
disk before and after, also after a crash, and what of it is nowhere else."""

import base64
import json
import re
import signal
import struct
import unittest
import zlib

from credentials import ISSUER_ID
from images import chunk, header, pixels, png
from node import until
from scene import Scene, badge
from test_pages import Page

SECRET, OTHER = "s" * 43, "o" * 43
TITLE = 'Diploma </script><img src=x onerror="alert(1)"> & "more"'
HOLDER = "Zoë Sensitive-Name"
BASE = "https://badges.example/registry"
DIED = 99  # FAILPOINT_STATUS
UNREPEATED = b"\0words of the file\0"


def picture(*chunks, width=8, height=8):
    data = png(*chunks, head=header(width, height), data=pixels(width, height))
    return "data:image/png;base64," + base64.b64encode(data).decode()


def credential(name, **more):
    subject = {"type": "AchievementSubject", "name": HOLDER,
               "achievement": {"id": "urn:example:a", "type": "Achievement", "name": TITLE, "description": "…",
                               "criteria": {"narrative": "…"}}}
    return json.dumps({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": f"urn:example:{name}", "type": ["VerifiableCredential", "OpenBadgeCredential"], "name": TITLE,
        "issuer": {"id": ISSUER_ID, "type": "Profile", "name": "Example <b>University</b>"},
        "validFrom": "2024-01-01T00:00:00Z", "credentialSubject": subject} | more, ensure_ascii=False).encode()


def chunks_of(data):
    at, found = 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at:at + 4])
        found.append(data[at + 4:at + 8])
        at += length + 12
    return found


class Publishing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = Scene({"batch.max_age": "1 h", "http.public_url": BASE, "http.max_json": "64 KiB"})
        cls.scene.__enter__()
        cls.node = cls.scene.node
        cls.plain = credential("plain")
        cls.shown = credential("shown", image={"id": picture(chunk(b"tEXt", b"Comment" + UNREPEATED)), "type": "Image"})
        cls.drawn = credential("drawn", image={"id": "data:image/svg+xml,<svg onload='x()'/>", "type": "Image"})
        cls.crashed = credential("crashed")
        cls.kept = credential("kept")
        cls.record = b"%PDF-1.4 certificate"
        cls.anything = json.dumps({"hello": "world"}).encode()
        cls.digest = {}
        for body in (cls.plain, cls.shown, cls.drawn, cls.crashed, cls.kept, cls.record, cls.anything):
            cls.digest[body] = cls.submit(body)
        cls.scene.seal_all()

    @classmethod
    def tearDownClass(cls):
        cls.scene.__exit__()

    @classmethod
    def submit(cls, body):
        answer = cls.node.submit(body)
        assert answer.status == 201, answer.body
        return answer.json()["digest"]

    def publish(self, body, secret=SECRET, digest=None, media="application/json", **headers):
        headers = {"Content-Type": media} | ({"Badge-Secret": secret} if secret else {}) | headers
        return self.node.request("POST", f"/c/{digest or self.digest[body]}/publish", body, headers)

    def take_down(self, body, secret=SECRET, scope=None):
        headers = {"Badge-Secret": secret} if secret else {}
        return self.node.request("DELETE", f"/c/{self.digest[body]}/publish", headers=headers, scope=scope)

    def get_page(self, body):
        answer = self.node.get(f"/c/{self.digest[body]}")
        self.assertEqual(answer.status, 200)
        return answer, Page(answer.body.decode())

    def file_of(self, body):
        return self.node.store / "published" / self.digest[body]

    def assert_code(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer.body)

    def assert_absent(self, body):
        answer, html = self.get_page(body)
        self.assertNotIn("published", html.settings)
        self.assertNotIn(b"Sensitive", answer.body)
        self.assertFalse(self.file_of(body).exists())
        self.assertIsNone(html.meta("robots"))
        self.assert_code(self.node.get(f"/c/{self.digest[body]}/picture.png"), 404, "not_published")

    def test_from_publishing_to_taking_down(self):
        digest = self.digest[self.shown]
        self.assert_absent(self.shown)
        answer = self.publish(self.shown)
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        reply = answer.json()
        self.assertEqual((reply["digest"], reply["link"], reply["picture"]), (digest, f"{BASE}/c/{digest}", True))
        self.assertTrue(self.file_of(self.shown).exists())
        self.assertEqual(self.file_of(self.shown).stat().st_mode & 0o777, 0o600)
        self.assertNotIn(SECRET.encode(), self.file_of(self.shown).read_bytes())
        self.check_page(digest)
        self.check_picture(digest)
        self.assertEqual(self.publish(self.shown).status, 200)  # again, with the same secret
        self.assert_code(self.publish(self.shown, OTHER), 403, "wrong_secret")
        self.assert_code(self.take_down(self.shown, OTHER), 403, "wrong_secret")
        self.assert_code(self.take_down(self.shown, None), 400, "bad_parameter")
        self.assert_code(self.take_down(self.shown, None, "submit"), 403, "forbidden")
        self.assert_code(self.take_down(self.shown, OTHER, "admin"), 403, "wrong_secret")
        answer = self.take_down(self.shown)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn("Backups", answer.json()["statement"])
        self.assert_absent(self.shown)
        self.assert_code(self.take_down(self.shown), 404, "not_published")
        self.assertEqual(self.publish(self.shown, OTHER).status, 201)  # nothing remembers the first secret
        self.assertEqual(self.take_down(self.shown, None, "admin").status, 200)
        self.assert_absent(self.shown)
        log = "".join(self.node.log)
        elsewhere = [log, self.node.get("/metrics").body.decode(), *(p.read_bytes().decode("latin-1")
                     for p in self.node.store.rglob("*") if p.is_file())]
        for text in elsewhere:
            self.assertNotIn("Sensitive-Name", text)
            self.assertNotIn(SECRET, text)

    def check_page(self, digest):
        answer, html = self.get_page(self.shown)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Robots-Tag"], "noindex")
        self.assertEqual(html.meta("robots"), "noindex")
        self.assertEqual(html.settings["published"].encode(), self.shown)
        self.assertEqual(html.title, [TITLE])
        self.assertEqual(html.meta("og:title"), TITLE)
        self.assertIn("Issued by Example <b>University</b>, as the badge says.", html.meta("og:description"))
        self.assertEqual(html.meta("og:image"), f"{BASE}/c/{digest}/picture.png")
        self.assertEqual(html.report["Title"], TITLE)
        self.assertEqual(html.report["Holder"], HOLDER)
        self.assertEqual(html.report["From"], "2024-01-01T00:00:00Z")
        self.assertEqual(html.all("img", src="x"), [])  # all of the title is text
        self.assertEqual([one for one in html.elements if "onerror" in one], [])
        oembed = self.node.get(f"/oembed?url={BASE}/c/{digest}")
        self.assertEqual((oembed.json()["title"], oembed.headers["Cache-Control"]), (TITLE, "no-store"))

    def check_picture(self, digest):
        answer = self.node.get(f"/c/{digest}/picture.png")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "image/png"))
        self.assertEqual((answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]), ("no-store", "noindex"))
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertNotIn(b"tEXt", chunks_of(answer.body))
        self.assertNotIn(b"words of the file", answer.body)
        self.assertEqual(struct.unpack(">II", answer.body[16:24]), (8, 8))

    def test_what_is_refused(self):
        plain = self.plain
        for secret in (None, "short", "s" * 42, "s" * 44, "/" * 43):
            self.assert_code(self.publish(plain, secret), 400, "bad_parameter")
        self.assert_code(self.publish(plain, None, Authorization=f"Bearer {self.node.tokens['submit']}"), 400,
                         "bad_parameter")
        self.assert_code(self.publish(plain, media="image/png"), 415, "unsupported_media_type")
        self.assert_code(self.publish(plain, media="text/html"), 415, "unsupported_media_type")
        self.assert_code(self.publish(b"", digest=self.digest[plain]), 400, "empty_body")
        self.assert_code(self.publish(b'{"a":', digest=self.digest[plain]), 400, "malformed_json")
        self.assert_code(self.publish(self.shown, digest=self.digest[plain]), 422, "digest_mismatch")
        self.assert_code(self.publish(plain, digest="ab" * 32), 404, "unknown_digest")
        self.assert_code(self.publish(plain, digest="zz"), 400, "bad_digest")
        self.assert_code(self.publish(self.record), 422, "not_a_credential")
        self.assert_code(self.publish(self.anything), 422, "not_a_credential")
        self.assert_code(self.publish(b"{" + b" " * (64 << 10) + b"}", digest=self.digest[plain]), 413, "too_large")
        asked = self.node.request("OPTIONS", f"/c/{self.digest[plain]}/publish", headers={
            "Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"})
        self.assertEqual([name for name in asked.headers if name.lower().startswith("access-control")], [])
        pending = credential("pending")
        self.digest[pending] = self.submit(pending)
        self.assert_code(self.publish(pending), 409, "not_final")
        self.assert_absent(plain)
        self.assertFalse(self.file_of(pending).exists())

    def test_only_png_is_shown(self):
        self.assertEqual(self.publish(self.drawn).json()["picture"], False)
        _, html = self.get_page(self.drawn)
        self.assertEqual(html.meta("og:image"), f"{BASE}/preview.png")
        self.assert_code(self.node.get(f"/c/{self.digest[self.drawn]}/picture.png"), 404, "not_published")
        self.take_down(self.drawn)
        for name, image in (("huge", png(head=header(16000, 16000), data=chunk(b"IDAT", zlib.compress(b"")))),
                            ("cut", png()[:60]), ("none", b"")):
            url = "data:image/png;base64," + base64.b64encode(image).decode()
            body = credential(name, image={"id": url, "type": "Image"})
            self.digest[body] = self.submit(body)
            self.scene.seal_all()
            answer = self.publish(body)
            self.assertEqual((answer.status, answer.json().get("picture")), (201, False), name)
            self.take_down(body)

    def test_revoked(self):
        body = credential("revoked")
        self.digest[body] = self.submit(body)
        self.scene.seal_all()
        self.publish(body)
        answer = self.node.request("POST", f"/v1/credentials/{self.digest[body]}/revocation", b'{"reason":"error"}',
                                   {"Content-Type": "application/json"}, "admin")
        self.assertEqual(answer.status, 202, answer.body)
        shown = lambda: self.get_page(body)[1].meta("og:description")
        until("the page says that it is revoked", lambda: "The credential was revoked." in shown())
        self.take_down(body)

    def test_crashes(self):
        """At each moment of writing the file: it is there whole, or not at all, and nothing unfinished stays."""
        body = self.crashed
        for moment in ("write", "written", "synced", "renamed"):
            self.node.stop()
            self.node.environment = {"BADGED_FAILPOINT": f"create.{moment}:exit:1"}
            self.node.start()
            with self.assertRaises(OSError):
                self.publish(body)
            self.assertEqual(self.node.process.wait(30), DIED)
            self.node.stop()
            self.node.environment = {}
            self.node.start()
            names = [p.name for p in self.node.store.joinpath("published").iterdir()]
            self.assertEqual([name for name in names if name.endswith(".new")], [], moment)
            if moment == "renamed":
                self.assertEqual(self.get_page(body)[1].settings["published"].encode(), body)
                self.assertEqual(self.take_down(body).status, 200)
            self.assert_absent(body)
        # what was answered is there after a kill, and what was taken down is not
        self.assertEqual(self.publish(body).status, 201)
        self.node.stop(signal.SIGKILL)
        self.node.start()
        self.assertEqual(self.take_down(body).status, 200)
        self.node.stop(signal.SIGKILL)
        self.node.start()
        self.assert_absent(body)

    def test_store_tools(self):
        body = self.kept
        self.publish(body)
        file = self.file_of(body)
        archive, folders = self.scene.folder / "published.tar", [self.scene.folder / name for name in ("with", "without")]
        badge("backup", archive, "--store", self.node.store)
        self.assertEqual(self.take_down(body).status, 200)
        badge("restore", archive, "--store", folders[0], "--published")
        badge("restore", archive, "--store", folders[1])
        name = f"published/{file.name}"
        self.assertTrue((folders[0] / name).exists())
        self.assertFalse((folders[1] / "published").exists())
        self.assertEqual(badge("fsck", "--store", folders[0], check=False).returncode, 0)
        data = bytearray((folders[0] / name).read_bytes())
        data[100] ^= 1
        (folders[0] / name).write_bytes(data)
        done = badge("fsck", "--store", folders[0], check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout + done.stderr, re.escape(name))


class Room(unittest.TestCase):
    def test_space_and_switch(self):
        with Scene({"batch.max_age": "1 h", "http.publish": "yes", "http.publish_space": "1 MiB"}) as scene:
            node = scene.node
            bodies = [credential(f"room {i}", description="x" * (400 << 10)) for i in range(3)]
            digests = [node.submit(body).json()["digest"] for body in bodies]
            scene.seal_all()
            publish = lambda i, secret=SECRET: node.request("POST", f"/c/{digests[i]}/publish", bodies[i], {
                "Content-Type": "application/json", "Badge-Secret": secret})
            take_down = lambda i: node.request("DELETE", f"/c/{digests[i]}/publish", headers={"Badge-Secret": SECRET})
            self.assertEqual([publish(i).status for i in range(3)], [201, 201, 507])
            self.assertEqual(publish(0).status, 200)  # in its own place
            self.assertEqual(take_down(0).status, 200)
            self.assertEqual(publish(2).status, 201)
            node.stop()
            node.start()  # the room is counted again
            self.assertEqual(publish(0).code, "no_room")
            large = credential("large", description="x" * (1 << 20))
            answer = node.request("POST", f"/c/{digests[0]}/publish", large,
                                  {"Content-Type": "application/json", "Badge-Secret": SECRET})
            self.assertEqual(answer.code, "too_large")
            node.stop()
            node.settings["http.publish"] = "auto"  # without http.public_url: no
            node.start()
            self.assertEqual(publish(0).code, "not_found")
            html = Page(node.get(f"/c/{digests[2]}").body.decode())
            self.assertNotIn("published", html.settings)
            self.assertNotIn("publishes", html.settings)
            self.assertEqual(take_down(2).status, 200)  # all the same


if __name__ == "__main__":
    unittest.main()
