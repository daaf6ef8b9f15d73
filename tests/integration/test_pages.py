#!/usr/bin/env python3
"""The web pages of a node: their bytes, headers and metadata, the page of a digest in each of its states, oEmbed, QR
codes, and the content security policy in a browser. Needs chromium, rsvg-convert and zbarimg."""

import base64
import gzip
import hashlib
import json
import os
import re
import struct
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlsplit

from credentials import ISSUER_ID
from node import BADGED, WAIT_S, Node
from registry_client import keccak256
from scene import Scene, until

PACKAGE = Path(os.environ.get("BADGED_PACKAGE", Path(__file__).resolve().parents[2] / "build/dev/package"))
UNKNOWN = "ab" * 32
HOSTILE = """Uni "A" <b>&</b> 'ü' </script></title><!--head-->"""
EMPTY = '<script type="application/json" id="settings">{}</script>'
VOID = {"meta", "link", "br", "input", "img"}


class Page(HTMLParser):
    """The HTML as a browser parses it: elements with their attributes and text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.open = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attributes):
        return [one for one in self.elements
                if one["tag"] == tag and all(one.get(key) == value for key, value in attributes.items())]

    def meta(self, name):
        found = self.all("meta", name=name) + self.all("meta", property=name)
        return found[0]["content"] if found else None

    @property
    def title(self):
        return [one["text"] for one in self.all("title")]

    @property
    def settings(self):
        (one,) = self.all("script", id="settings")
        return json.loads(one["text"])

    @property
    def linked_data(self):
        found = self.all("script", type="application/ld+json")
        return json.loads(found[0]["text"]) if found else None

    @property
    def report(self):
        """The node's statement as {term: description}; None if there is none."""
        if not self.all("section", id="report"):
            return None
        terms = [" ".join(one["text"].split()) for one in self.elements if one["tag"] in ("dt", "dd")]
        return dict(zip(terms[::2], terms[1::2]))

    @property
    def sentence(self):
        return self.all("strong")[0]["text"]


def page(answer):
    return Page(answer.body.decode())


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy_of(header):
    return {words[0]: words[1:] for words in (part.split() for part in header.split(";"))}


def browse(url, *flags):
    """The DOM after the scripts have run, and the console messages."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", *flags,
             "--enable-logging=stderr", "--v=0", "--virtual-time-budget=4000", "--dump-dom", url],
            capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


class StaticPages(unittest.TestCase):
    """Pages of a node without a chain."""

    @classmethod
    def setUpClass(cls):
        cls.node = Node({"http.name": HOSTILE, "http.public_rpc": "https://rpc.example/x?a=b&c http://127.0.0.1:8545",
                         "intake.issuers": ISSUER_ID}).start()
        cls.base = f"http://127.0.0.1:{cls.node.port}"

    @classmethod
    def tearDownClass(cls):
        cls.node.stop()

    def test_the_file_and_its_settings(self):
        """The served page is the built file except for the settings."""
        built = (PACKAGE / "verify.html").read_text()
        served = self.node.get("/").body.decode()
        self.assertEqual(built.count(EMPTY), 1)
        settings = Page(served).settings
        own = re.search(r'<script type="application/json" id="settings">.*?</script>', served)[0]
        self.assertEqual(served, built.replace(EMPTY, own))
        self.assertEqual(settings["node"], self.base)
        self.assertEqual(settings["name"], HOSTILE)
        self.assertEqual(settings["rpc"], ["https://rpc.example/x?a=b&c", "http://127.0.0.1:8545"])
        self.assertEqual(settings["chainId"], 31337)
        issuer = settings["issuer"]
        self.assertEqual(settings["accreditors"], [issuer])
        self.assertEqual(settings["issuers"], [{"id": ISSUER_ID, "account": issuer}, {"account": issuer}])
        self.assertNotIn("digest", settings)
        self.assertNotIn("http://127.0.0.1:1", served, "chain.rpc must not be published")
        self.assertEqual(Page(built).settings, {})

    def test_headers(self):
        for path, status, frames in (("/", 200, "'none'"), ("/operator", 200, "'none'"), (f"/c/{UNKNOWN}", 404, "'none'"),
                                     (f"/embed/{UNKNOWN}", 404, "*")):
            with self.subTest(path):
                answer = self.node.get(path)
                headers = answer.headers
                self.assertEqual(answer.status, status)
                self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertIn("camera=()", headers["Permissions-Policy"])
                self.assertEqual(headers["Cross-Origin-Opener-Policy"], None if frames == "*" else "same-origin")
                self.assertEqual(headers["Vary"], "Accept-Encoding")
                self.assertIsNone(headers["Set-Cookie"])
                policy = policy_of(headers["Content-Security-Policy"])
                self.assertEqual(policy.pop("frame-ancestors"), [frames])
                self.assertEqual(policy["default-src"], ["'none'"])
                self.assertEqual(policy["base-uri"], ["'none'"])
                self.assertEqual(policy["form-action"], ["'none'"])
                # one script and one style, with the hashes of what is there; the same in the file, for other hosts
                html = page(answer)
                (meta,) = html.all("meta", **{"http-equiv": "Content-Security-Policy"})
                self.assertEqual(policy_of(meta["content"]), policy)
                scripts = [one for one in html.all("script")
                           if one.get("type") not in ("application/json", "application/ld+json")]
                styles = html.all("style")
                self.assertEqual((len(scripts), len(styles)), (1, 1))
                self.assertIn(hash_of(scripts[0]["text"]), policy["script-src"])
                self.assertEqual(policy["style-src"], [hash_of(styles[0]["text"])])
                self.assertEqual([one for one in policy["script-src"] if one.startswith("'unsafe")], [])
                for element in html.elements:
                    self.assertEqual([name for name in element if name.startswith("on") or name == "style"], [], element)
                    self.assertIsNone(element.get("src") if element["tag"] == "script" else None)

    def test_compressed(self):
        for path in ("/", "/operator", f"/c/{UNKNOWN}"):
            plain = self.node.get(path)
            small = self.node.get(path, Accept_Encoding="br, gzip;q=0.8")
            self.assertEqual(small.headers["Content-Encoding"], "gzip")
            self.assertEqual(gzip.decompress(small.body), plain.body)
            if plain.status == 200:
                self.assertNotEqual(small.headers["ETag"], plain.headers["ETag"])
            for refused in ("", "gzip;q=0", "br"):
                self.assertIsNone(self.node.get(path, Accept_Encoding=refused).headers["Content-Encoding"])
        done = subprocess.run(["gzip", "-t"], input=small.body, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_conditions_and_head(self):
        answer = self.node.get("/")
        again = self.node.get("/", If_None_Match=answer.headers["ETag"])
        self.assertEqual((again.status, again.body), (304, b""))
        head = self.node.request("HEAD", "/")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Length"], str(len(answer.body)))
        for path in ("/", "/operator", f"/c/{UNKNOWN}"):
            refused = self.node.request("POST", path, b"x")
            self.assertEqual(refused.status, 405)
            self.assertIn("GET", refused.headers["Allow"])

    def test_unknown(self):
        answer = self.node.get(f"/c/{UNKNOWN.upper()}")
        html = page(answer)
        self.assertEqual((answer.status, answer.headers["Cache-Control"]), (404, "no-store"))
        self.assertIn("never received", html.sentence)
        self.assertEqual(html.report, {"Fingerprint (SHA-256)": UNKNOWN})
        self.assertEqual(html.meta("robots"), "noindex")
        self.assertIsNone(html.linked_data)
        self.assertIsNone(html.meta("og:title"))
        self.assertEqual(html.settings["digest"], UNKNOWN)
        self.assertNotIn("embed", html.settings)
        self.assertIs(page(self.node.get(f"/embed/{UNKNOWN}")).settings["embed"], True)
        self.assertEqual(self.node.get("/c/123").code, "bad_digest")
        self.assertEqual(self.node.get("/embed/123", Accept="*/*").code, "bad_digest")

    def test_a_broken_link(self):
        """A browser gets the page, which can still verify other credentials."""
        for digest in ("123", UNKNOWN + "0", "%3Cscript%3E", "<script>"):
            answer = self.node.get(f"/c/{digest}", Accept="text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
            html = page(answer)
            self.assertEqual((answer.status, answer.headers["Cache-Control"]), (404, "no-store"), digest)
            self.assertIn("frame-ancestors 'none'", answer.headers["Content-Security-Policy"])
            self.assertEqual(html.settings["digest"], "")
            self.assertEqual(len(html.all("section", id="report")), 1)

    def test_a_broken_card(self):
        answer = self.node.get("/embed/123", Accept="text/html")
        settings = page(answer).settings
        self.assertEqual((answer.status, settings["digest"], settings["embed"]), (404, "", True))
        self.assertIn("frame-ancestors *", answer.headers["Content-Security-Policy"])

    def test_what_people_and_programs_add_to_a_link(self):
        for digest in (f"{UNKNOWN}/", f"0x{UNKNOWN}", f"{UNKNOWN}.", f"{UNKNOWN}%3E", f"{UNKNOWN})", f"{UNKNOWN}%23b=x",
                       f"0X{UNKNOWN.upper()},", f"{UNKNOWN}/?utm_source=x"):
            for folder in ("c", "embed"):
                html = page(self.node.get(f"/{folder}/{digest}", Accept="text/html"))
                self.assertEqual(html.settings["digest"], UNKNOWN, digest)
                self.assertEqual(html.report, {"Fingerprint (SHA-256)": UNKNOWN}, digest)
        for digest in (f"{UNKNOWN}a", f"{UNKNOWN}z", f"0x{UNKNOWN[1:]}", f"x{UNKNOWN}"):
            self.assertEqual(page(self.node.get(f"/c/{digest}", Accept="text/html")).settings["digest"], "", digest)

    def test_a_slash_at_the_end(self):
        for path in ("/operator", "/v1/node", "/healthz", f"/v1/credentials/{UNKNOWN}", f"/c/{UNKNOWN}",
                     f"/c/{UNKNOWN}/qr.svg"):
            plain, slash = self.node.get(path), self.node.get(path + "/")
            self.assertEqual((slash.status, slash.body, slash.headers["Content-Type"]),
                             (plain.status, plain.body, plain.headers["Content-Type"]), path)
            self.assertEqual(self.node.get(path + "//").code, "not_found", path)
        refused = self.node.request("POST", "/v1/credentials/", b'{"type":"x"}', {"Content-Type": "application/json"}, "submit")
        self.assertEqual(refused.code, "not_a_credential")
        self.assertEqual(self.node.get("//").code, "not_found")

    def test_an_unknown_path(self):
        """A page for browsers, a problem for programs."""
        for path in ("/x", "/c", "/c/", f"/c/{UNKNOWN}/x", "/v2/node", "/<script>", "/operator//"):
            for accept in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
                self.assertEqual(self.node.get(path, **accept).code, "not_found", path)
            answer = self.node.get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
            html = page(answer)
            self.assertEqual((answer.status, answer.headers["Cache-Control"]), (404, "no-store"), path)
            self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
            self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
            self.assertIn("frame-ancestors 'none'", answer.headers["Content-Security-Policy"])
            self.assertIs(html.settings["missing"], True)
            (report,) = html.all("section", id="report")
            self.assertIn("There is nothing at this address", report["text"])
            self.assertEqual([one["href"] for one in html.all("a") if "href" in one and one.get("id") != "home"],
                             [f"{self.base}/", "#main"])
        head = self.node.request("HEAD", "/x", headers={"Accept": "text/html"})
        self.assertEqual((head.status, head.body), (404, b""))
        self.assertEqual(self.node.request("POST", "/x", b"", {"Accept": "text/html"}).code, "not_found")

    def test_values_are_escaped(self):
        digest = "cd" * 32
        self.node.request("POST", "/v1/digests", json.dumps({"digests": [digest]}),
                          {"Content-Type": "application/json"}, "digest")
        for path in (f"/c/{digest}", f"/c/{UNKNOWN}", f"/embed/{digest}", f"/c/{digest}?b=</script><script>x</script>"):
            html = page(self.node.get(path))
            (title,) = html.title
            self.assertTrue(title.endswith(f"… at {HOSTILE}"), title)
            self.assertEqual(html.settings["name"], HOSTILE)
            self.assertEqual(len(html.all("section", id="report")), 1)
            self.assertEqual(html.all("b"), [])
        html = page(self.node.get(f"/c/{digest}"))
        self.assertEqual(html.linked_data["sdPublisher"]["name"], HOSTILE)
        self.assertEqual(html.meta("og:site_name"), HOSTILE)
        for host in ('a"b', "a b", "<x>", "a/b", "a#b"):
            self.assertEqual(self.node.get("/", Host=host).code, "bad_request", host)
        self.assertEqual(page(self.node.get("/", Host="badges.example:81")).settings["node"], "http://badges.example:81")
        answer = self.node.get("/", Host="badges.example", X_Forwarded_Proto="https")
        self.assertEqual(page(answer).settings["node"], "http://badges.example", "the client is not a trusted proxy")
        with Node({"http.trusted_proxy": "127.0.0.1"}) as node:
            for protocol, scheme in (("https", "https"), ("http", "http"), ("gopher://x", "http")):
                answer = node.get("/", Host="badges.example", X_Forwarded_Proto=protocol)
                self.assertEqual(page(answer).settings["node"], f"{scheme}://badges.example")

    def test_other_origins(self):
        """A page from another site, or from a file, may read these resources."""
        for origin in ("null", "https://other.example"):
            for path in (f"/v1/credentials/{UNKNOWN}/receipt", f"/v1/credentials/{UNKNOWN}", "/v1/node",
                         f"/c/{UNKNOWN}/qr.svg", f"/oembed?url={self.base}/c/{UNKNOWN}"):
                self.assertEqual(self.node.get(path, Origin=origin).headers["Access-Control-Allow-Origin"], "*", path)
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Headers": "content-type"}
            answer = self.node.request("OPTIONS", "/v1/verify", headers=asked)
            self.assertEqual(answer.status, 204)
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
            self.assertIn("POST", answer.headers["Access-Control-Allow-Methods"])
            self.assertIn("content-type", answer.headers["Access-Control-Allow-Headers"].lower())
        self.assertIsNone(self.node.get("/operator").headers["Access-Control-Allow-Origin"])

    def test_a_browser_reads_from_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.html"
            file.write_text(f"""<p id="result"></p><script>
                fetch("{self.base}/v1/credentials/{UNKNOWN}/receipt").then((r) => r.json())
                .then((r) => fetch("{self.base}/v1/verify", {{method: "POST", body: "{{}}",
                    headers: {{"Content-Type": "application/json"}}}}).then((v) => [r.type, v.status]))
                .then((all) => result.textContent = all.join(" "), (e) => result.textContent = e);</script>""")
            dom, _ = browse(file.as_uri())
        self.assertRegex(dom, r"urn:badged:error:unknown_digest \d{3}</p>")

    def test_browsers_report_no_policy_violation(self):
        for url in (f"{self.base}/", f"{self.base}/c/{UNKNOWN}", f"{self.base}/embed/{UNKNOWN}", f"{self.base}/operator",
                    (PACKAGE / "verify.html").as_uri()):
            dom, messages = browse(url)
            self.assertEqual([line for line in messages if "Policy" in line or "SyntaxError" in line], [], url)
            self.assertIn("<body", dom)

    def test_qr_code(self):
        answer = self.node.get(f"/c/{UNKNOWN}/qr.svg")
        self.assertEqual(answer.headers["Content-Type"], "image/svg+xml")
        link = f"{self.base}/c/{UNKNOWN}"
        self.assertIn(f"<title>{link}</title>".encode(), answer.body)
        self.assertEqual(read_qr(answer.body), link)
        self.assertEqual(self.node.get(f"/c/{UNKNOWN}/qr.svg", If_None_Match=answer.headers["ETag"]).status, 304)

    def test_preview_image(self):
        """It has the size that the page states, and is small enough for all sites."""
        answer = self.node.get("/preview.png")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "image/png"))
        self.assertEqual(struct.unpack_from(">8s8xII", answer.body), (b"\x89PNG\r\n\x1a\n", 1200, 630))
        self.assertLess(len(answer.body), 20_000)
        self.assertEqual(self.node.get("/preview.png", If_None_Match=answer.headers["ETag"]).status, 304)

    def test_refused_settings(self):
        for key, value in (("http.public_rpc", "http://rpc.example"), ("http.public_rpc", "https://x http://10.0.0.1"),
                           ("http.public_rpc", "ftp://x"), ("http.public_rpc", "https://user:key@rpc.example"),
                           ("http.public_rpc", "http://127.0.0.1.evil.example"), ("http.name", "x" * 101)):
            with self.subTest(value):
                flag = "--" + key.replace(".", "-").replace("_", "-")
                done = subprocess.run([BADGED, flag, value, "--print-config"], capture_output=True, text=True)
                self.assertEqual(done.returncode, 2)
                self.assertIn(key, done.stderr)


def read_qr(svg):
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "qr.png"
        subprocess.run(["rsvg-convert", "-o", png], input=svg, check=True)
        done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", png],
                              check=True, capture_output=True, text=True)
    return done.stdout.strip()


class CredentialPages(unittest.TestCase):
    """On a chain: the page of a digest from its submission to its revocation."""

    @classmethod
    def setUpClass(cls):
        cls.scene = Scene({"batch.max_age": "1 h", "http.public_url": "https://badges.example/registry",
                           "http.name": "Example University"})
        cls.scene.__enter__()
        cls.node = cls.scene.node

    @classmethod
    def tearDownClass(cls):
        cls.scene.__exit__()

    def submit(self, text):
        answer = self.node.submit({"@context": ["https://www.w3.org/ns/credentials/v2"], "id": f"urn:x:{text}",
                                   "type": ["VerifiableCredential"], "issuer": ISSUER_ID,
                                   "credentialSubject": {"id": "did:example:1"}})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()["digest"]

    def get_page(self, digest):
        answer = self.node.get(f"/c/{digest}")
        self.assertEqual(answer.status, 200)
        return page(answer)

    def seal(self):
        answer = self.node.request("POST", "/v1/batches", scope="admin")
        self.assertEqual(answer.status, 201)
        return answer.json()

    def record(self, digest):
        return self.node.get(f"/v1/credentials/{digest}").json()

    def test_from_pending_to_revoked(self):
        digest = self.submit("life")
        html = self.get_page(digest)
        self.assertIn("it is not on the chain yet", html.sentence)
        self.assertEqual(html.report["State"], "pending")
        self.assertNotIn("Root", html.report)
        batch = self.seal()
        final_and_good = lambda r: (r["state"], r["status"]) == ("final", "good") and r
        record = until("the batch is final", lambda: final_and_good(self.record(digest)))
        html = self.get_page(digest)
        self.assertIn("The anchor of the credential is final", html.sentence)
        anchor = self.node.get(f"/v1/batches/{batch['number']}").json()["anchor"]
        expected = {
            "Fingerprint (SHA-256)": digest, "State": "final", "Status": "good", "Root": record["batch"]["root"],
            "Batch": f"{batch['number']}, place {record['batch']['leafIndex'] + 1} of {record['batch']['treeSize']}",
            "Chain": "31337", "Registry": anchor["contract"], "Account of the issuer": anchor["issuer"],
            "Transaction": anchor["transaction"],
            "Received": re.sub(r"(.*)T(.*)Z", r"\1 \2 UTC", record["receivedAt"]),
            "Anchored": re.sub(r"(.*)T(.*)Z", r"\1 \2 UTC", anchor["block"]["time"]) + f", block {anchor['block']['number']}",
        }
        self.assertEqual(html.report, expected)
        (report,) = html.all("section", id="report")
        self.assertIn("a statement of the registry node of Example University, not a verdict", report["text"])
        base = "https://badges.example/registry"
        links = [one["href"].removeprefix(base) for one in html.all("a") if one.get("href", "").startswith(f"{base}/v1/")]
        self.assertEqual(len(links), 2)
        for link in links:
            self.assertEqual(self.node.get(link).status, 200, link)
        self.check_previews(html, digest)
        self.check_revoked(digest)

    def check_previews(self, html, digest):
        link = f"https://badges.example/registry/c/{digest}"
        self.assertEqual([one["href"] for one in html.all("link", rel="canonical")], [link])
        self.assertEqual(html.meta("og:url"), link)
        self.assertEqual(html.meta("og:title"), f"Credential {digest[:8]}… at Example University")
        self.assertEqual(html.title, [html.meta("og:title")])
        self.assertEqual(html.meta("twitter:card"), "summary_large_image")
        self.assertEqual(html.meta("og:image"), "https://badges.example/registry/preview.png")
        self.assertIsNone(html.meta("robots"))
        data = html.linked_data
        self.assertEqual((data["@context"], data["@type"]), ("https://schema.org", "EducationalOccupationalCredential"))
        self.assertEqual((data["url"], data["identifier"]["value"]), (link, digest))
        self.assertEqual(data["creativeWorkStatus"], "final")
        self.assertEqual(html.settings["node"], "https://badges.example/registry")
        self.assertEqual(read_qr(self.node.get(f"/c/{digest}/qr.svg", Host="evil.example").body), link)
        # the discovery link leads to the oEmbed response
        (discovery,) = html.all("link", rel="alternate")
        self.assertEqual(discovery["type"], "application/json+oembed")
        path = urlsplit(discovery["href"])
        self.assertEqual(path.netloc, "badges.example")
        answer = self.node.get(f"{path.path.removeprefix('/registry')}?{path.query}", Host="evil.example")
        self.assertEqual(answer.status, 200)
        self.check_oembed(answer.json(), digest, 400, 190)

    def check_oembed(self, reply, digest, width, height):
        self.assertEqual((reply["version"], reply["type"]), ("1.0", "rich"))
        self.assertEqual((reply["width"], reply["height"]), (width, height))
        self.assertEqual(reply["provider_name"], "Example University")
        (frame,) = Page(reply["html"]).elements
        self.assertEqual(frame["tag"], "iframe")
        self.assertEqual(frame["src"], f"https://badges.example/registry/embed/{digest}")
        self.assertEqual((frame["width"], frame["height"]), (str(width), str(height)))
        self.assertEqual(frame["title"], reply["title"])

    def send(self, account, signature, *words):
        """Sends a transaction with 32-byte words to the registry from an account of anvil: the node must detect it."""
        data = keccak256(signature.encode())[:4].hex() + "".join(words)
        self.scene.send(account, "0x" + data)

    def check_revoked(self, digest):
        scene = self.scene
        account = scene.issuer[2:].lower().rjust(64, "0")
        self.send(scene.operator, "revoke(address,bytes32[],uint8)", account, f"{96:064x}", f"{1:064x}", f"{1:064x}", digest)
        until("the credential is revoked", lambda: self.record(digest)["status"] != "good")
        html = self.get_page(digest)
        self.assertEqual(html.sentence, "The credential was revoked.")
        self.assertRegex(html.report["Status"], r"^revoked on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC by 0x[0-9a-fA-F]{40}$")
        self.assertEqual(html.report["Status"][-42:].lower(), scene.operator.lower())
        self.assertEqual(html.report["Reason"], "issued in error")
        self.assertEqual(html.linked_data["creativeWorkStatus"], "revoked")

    def test_withdrawn(self):
        digest = self.submit("withdrawn")
        batch = self.seal()
        until("the batch is final", lambda: self.record(digest)["state"] == "final")
        self.send(self.scene.issuer, "withdraw(bytes32)", batch["root"])
        until("the batch is withdrawn", lambda: self.record(digest)["status"] != "good")
        html = self.get_page(digest)
        self.assertIn("withdrawn by the issuer", html.sentence)
        self.assertTrue(html.report["Status"].startswith("withdrawn on "))

    def test_oembed(self):
        digest = self.submit("embedded")
        link = f"https://badges.example/registry/c/{digest}"
        ask = lambda query: self.node.get(f"/oembed?{query}")  # noqa: E731
        for url in (link, link.upper().replace("HTTPS://BADGES.EXAMPLE/REGISTRY/C/", "https://badges.example/registry/c/"),
                    f"{link}?x=y", f"{link}#b=abc", f"{link}/", f"{link}/?x=y", link.replace("/c/", "/embed/")):
            answer = ask(f"url={quote(url, safe='')}&format=json")
            self.assertEqual(answer.status, 200, url)
            self.check_oembed(answer.json(), digest, 400, 190)
            self.assertNotIn(b"#b=", answer.body)
        self.check_oembed(ask(f"maxwidth=300&maxheight=150&url={link}").json(), digest, 300, 150)
        self.check_oembed(ask(f"maxwidth=3000&maxheight=1500&url={link}").json(), digest, 400, 190)
        for query, status, code in (
                ("", 400, "bad_parameter"), ("url=", 400, "bad_parameter"), (f"url={link}&format=xml", 501, "unsupported_format"),
                (f"url={link}&maxwidth=x", 400, "bad_parameter"), (f"url={link}&maxheight=1", 400, "bad_parameter"),
                ("url=https://other.example/c/" + digest, 404, "not_found"), (f"url={link}0", 404, "not_found"),
                (f"url={link}/qr.svg", 404, "not_found"), (f"url={link}//", 404, "not_found"), ("url=x%00%zz%", 404, "not_found"), ("url=%00x", 400, "bad_parameter"),
                (f"url={link.replace(digest, UNKNOWN)}", 404, "unknown_digest"),
                (f"url={link}&url=x", 200, None)):
            answer = ask(query)
            self.assertEqual((answer.status, answer.code), (status, code), query)
        self.assertLess(ask("url=" + "%41" * 4000).status, 500)


if __name__ == "__main__":
    unittest.main()
