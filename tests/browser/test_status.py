"""Status lists: the same report from `badge verify`, libbadge, the npm package in Node, and where $BADGED_PLAYWRIGHT names
playwright-core in chromium, and the same checks on the page. Lists made here, given by hand or fetched from a host on this
machine, and the encoded lists of $BADGED_VECTORS."""

import base64
import gzip
import json
import os
import tempfile
import time
import unittest
import zlib
from pathlib import Path

from list_host import ListHost, compressed, encoded, entry_of, list_of
from scene import badge
from signing import Signer, badge_of
from verify_cases import SHOWN, only, run_cases, run_lines, without_reasons

VECTORS = os.environ.get("BADGED_VECTORS")
OWN = ("summary", "documents", "accepted")  # members that only the package's reports have
LIST = "https://lists.example/status/1"
PLACE = 94567
IN_CHROMIUM = unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")


def encoded_bytes(text):
    return base64.b64encode(text.encode()).decode()


def member(bits, **more):
    return gzip.compress(bits, mtime=0, **more)


class Status(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="badged-status-")))
        cls.signer, cls.other = Signer(cls.folder), Signer(cls.folder, "other")
        cls.cases = {}
        cls.make_cases()
        cls.reference = {name: cls.by_badge(*case[:2]) for name, case in cls.cases.items()}

    @classmethod
    def add(cls, name, verdict, code, status_list, *entries, **more):
        """status_list: a dict or text; None: none is given."""
        entries = entries or (entry_of(LIST, PLACE),)
        document = cls.signer.sign(badge_of(cls.signer.did, credentialStatus=entries[0] if len(entries) == 1 else list(entries),
                                            **more))
        text = status_list if status_list is None or isinstance(status_list, str) else json.dumps(status_list)
        cls.cases[name] = (json.dumps(document), text, verdict, code)

    @classmethod
    def of(cls, data, signer=None, **more):
        signer = signer or cls.signer
        return signer.sign(list_of(LIST, signer.did, data, **more))

    @classmethod
    def make_cases(cls):
        good, bad, unread = ("signed", "status_good"), ("revoked", "status_revoked"), ("unverifiable", "status_list_invalid")
        half = bytes(8192)
        cls.add("good", *good, cls.of(compressed()))
        cls.add("taken back", *bad, cls.of(compressed((PLACE,))))
        cls.add("suspended", "suspended", "status_suspended", cls.of(compressed((PLACE,)), purpose="suspension"),
                entry_of(LIST, PLACE, "suspension"))
        cls.add("two members", *good, cls.of(member(half) + member(half)))
        cls.add("three members, the last with the bit", *bad, cls.of(member(half) + member(bytes(3628)) + member(b"\xff" * 100)))
        cls.add("trailing bytes", *unread, cls.of(compressed() + b"tail"))
        cls.add("trailing zeros", *unread, cls.of(compressed() + bytes(8)))
        cls.add("a zero, and what looks like an end", *unread, cls.of(compressed() + b"\0" + compressed()[-8:]))
        cls.add("three bytes of another member", *unread, cls.of(compressed() + b"\x1f\x8b\x08"))
        cls.add("a thousand members", *good, cls.of(member(bytes(1024)) * 1000))
        cls.add("an empty member first, and last", *good, cls.of(member(b"") + compressed() + member(b"")))
        cls.add("beginnings inside of a member", *bad,  # its bit is one of theirs
                cls.of(member(b"\x1f\x8b\x08" * 10000, compresslevel=0) + compressed()))
        cls.add("beginnings without an end", *unread, cls.of(compressed() + b"\x1f\x8b\x08\0\0\0\0" * 10000))
        cls.add("cut", *unread, cls.of(compressed()[:-9]))
        cls.add("wrong length", *unread, cls.of(compressed()[:-1] + b"\1"))
        cls.add("zlib", *unread, cls.of(zlib.compress(half * 2)))
        cls.add("not compressed", *unread, cls.of(half * 2))
        cls.add("64 MiB", *good, cls.of(member(bytes(64 << 20))))
        cls.add("a byte more than 64 MiB", *unread, cls.of(member(bytes((64 << 20) + 1))))
        cls.add("another purpose", *unread, cls.of(compressed(), purpose="suspension"))
        cls.add("out of range", "unverifiable", "status_out_of_range", cls.of(compressed()), entry_of(LIST, 131072))
        cls.add("unsigned", *unread, list_of(LIST, cls.signer.did, compressed()))
        cls.add("by another", *unread, cls.of(compressed((PLACE,)), cls.other))
        cls.add("changed", *unread, cls.of(compressed()) | {"name": "changed"})
        cls.add("over", *unread, cls.of(compressed(), validUntil="2026-02-01T00:00:00Z"))
        cls.add("not JSON", *unread, "<html></html>")
        cls.add("empty", *unread, "")
        cls.add("not asked for", "unverifiable", "status_unreachable", None)
        cls.add("an unknown type", "unverifiable", "status_type_unknown", None, {"id": "urn:x", "type": "AnotherStatus"})
        cls.add("two entries of one list", *bad, cls.of(compressed((PLACE,))), entry_of(LIST, 1), entry_of(LIST, PLACE))
        if VECTORS:
            for name in ("bitstring/lists.json", "formats/status-lists.json"):
                found = json.loads((Path(VECTORS) / name).read_text())
                for one in found if isinstance(found, list) else found["lists"]:
                    status_list = list_of(LIST, cls.signer.did, compressed())
                    status_list["credentialSubject"]["encodedList"] = one["encodedList"]
                    is_read = "lenient" in one or not ("error" in one or "refused" in one)
                    is_short = "shor" in one["name"].lower() or one["name"] == "empty-bits"
                    wanted = unread if not is_read and not is_short else None
                    cls.add(f"{name} {one['name']}", *(wanted or (None, None)), cls.signer.sign(status_list), entry_of(LIST, 8))

    @classmethod
    def by_badge(cls, document, status_list):
        (cls.folder / "badge.json").write_text(document)
        given = []
        if status_list is not None:
            (cls.folder / "list.json").write_text(status_list)
            given = ["--did", f"{LIST}={cls.folder}/list.json"]
        done = badge("verify", cls.folder / "badge.json", "--json", "--offline", "--issuer", cls.signer.did, *given, check=False)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def test_verdicts(self):
        for name, (_, _, verdict, code) in self.cases.items():
            with self.subTest(name):
                report = self.reference[name]
                status = next(check for check in report["checks"] if check["check"] == "status")
                if verdict:
                    self.assertEqual((report["verdict"], status["code"]), (verdict, code), status["detail"])
                self.assertEqual(len(report["statuses"]), 2 if "two entries" in name else 1)

    def compare(self, *arguments):
        lines = []
        for document, status_list, _, _ in self.cases.values():
            options = {"fetchKeys": False, "issuers": [{"id": self.signer.did}],
                       "documents": {} if status_list is None else {LIST: status_list}}
            lines.append({"document": base64.b64encode(document.encode()).decode(), "receipt": None, "options": options})
        for name, report in zip(self.cases, run_cases(lines, *arguments)):
            with self.subTest(name):
                shared = {part: value for part, value in report.items() if part not in OWN}
                reference = self.reference[name]
                if self.cases[name][1] is None:  # what each says of a host that it did not ask
                    shared, reference = (without_reasons(one) | {"statuses": None} for one in (shared, reference))
                self.assertEqual(shared, reference)

    def test_by_the_package_in_node(self):
        self.compare()

    @IN_CHROMIUM
    def test_by_the_package_in_chromium(self):
        self.compare("--chromium")

    def test_by_libbadge(self):
        """It takes a list as it would be fetched, and does not say that it was given by hand."""
        lines = [{"document": encoded_bytes(document), "receipt": None, "now": int(time.time()), "providers": [],
                  "policy": {"issuers": [{"id": self.signer.did}], "accreditors": []},
                  "documents": {} if status_list is None else {LIST: encoded_bytes(status_list)}}
                 for document, status_list, _, _ in self.cases.values()]
        parts = ("purpose", "list", "outcome", "code", "value", "message", "bySiteAlone")
        for name, one in zip(self.cases, run_lines([os.environ["JUDGE_RECORDED"]], lines)):
            with self.subTest(name):
                report, reference = one["report"], self.reference[name]
                self.assertEqual(report["verdict"], reference["verdict"])
                self.assertEqual(*(only(SHOWN[:-1], each["checks"]) for each in (report, reference)))
                self.assertEqual(*(only(parts, each["statuses"]) for each in (report, reference)))


class Fetched(unittest.TestCase):
    """Lists from a host, which allows browsers."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="badged-status-")))
        cls.host = cls.enterClassContext(ListHost(cls.folder))
        cls.signer = Signer(cls.folder)
        cls.cases = {}
        cls.make_cases()
        cls.reference = {name: cls.by_badge(document) for name, (document, _) in cls.cases.items()}

    @classmethod
    def put(cls, path, body, **more):
        return cls.host.put(path, body, Access_Control_Allow_Origin="*", **more)

    @classmethod
    def add(cls, name, code, path, purpose="revocation", ones=(), status=200, make=None, **entry):
        url = cls.host.url(path)
        made = cls.signer.sign(list_of(url, cls.signer.did, compressed(ones), purpose))
        cls.put(path, json.dumps(make(made) if make else made).encode(), status=status)
        credential = badge_of(cls.signer.did, credentialStatus=entry_of(url, PLACE, purpose, **entry))
        cls.cases[name] = (json.dumps(cls.signer.sign(credential)), code)

    @classmethod
    def make_cases(cls):
        cls.add("good", "status_good", "good")
        cls.add("taken back", "status_revoked", "revoked", ones=(PLACE,))
        cls.add("suspended", "status_suspended", "suspended", "suspension", (PLACE,))
        messages = [{"status": "0x0", "message": "fine"}, {"status": "0x1", "message": "renewed"}]
        cls.add("a message", "status_good", "message", "message", (PLACE,), statusSize=1, statusMessage=messages)
        cls.add("missing", "status_unreachable", "missing", status=404)
        cls.add("unsigned", "status_list_invalid", "unsigned", make=lambda made: made | {"proof": None})
        cls.add("short", "status_good", "short", make=lambda made: cls.short(made["id"]))
        web = "did:web:" + cls.host.origin.removeprefix("https://").replace(":", "%3A")
        method = {"id": f"{web}#key", "type": "Multikey", "controller": web, "publicKeyMultibase": cls.signer.multikey}
        cls.put(".well-known/did.json", json.dumps({"@context": ["https://www.w3.org/ns/did/v1"], "id": web,
                "verificationMethod": [method], "assertionMethod": [method["id"]]}).encode(), media="application/did+json")
        url = cls.host.url("plain")
        made = badge_of(web, credentialStatus={"id": url, "type": "1EdTechRevocationList"})
        revoked = [{"id": made["id"], "revoked": True, "revocationReason": "by mistake"}]
        cls.put("plain", json.dumps({"id": url, "issuer": web, "revokedCredential": revoked}).encode(), media="application/json")
        cls.cases["the site's word alone"] = (json.dumps(cls.signer.sign(made, method["id"])), "status_revoked")

    @classmethod
    def short(cls, url):
        return cls.signer.sign(list_of(url, cls.signer.did, compressed((), 100000)))

    @classmethod
    def by_badge(cls, document):
        file = cls.folder / "badge.json"
        file.write_text(document)
        done = badge("verify", "--private-hosts", file, "--json", "--issuer", cls.signer.did, check=False,
                     env={"SSL_CERT_FILE": str(cls.host.certificate)})
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def run_package(self, *arguments):
        environment = {"NODE_EXTRA_CA_CERTS": str(self.host.certificate), "DID_HOST_KEY": self.host.public_key_hash,
                       "DID_HOSTS": self.host.origin.removeprefix("https://")}
        lines = [{"document": encoded_bytes(document), "receipt": None, "options": {"issuers": [{"id": self.signer.did}]}}
                 for document, _ in self.cases.values()]
        return dict(zip(self.cases, run_cases(lines, *arguments, environment=environment)))

    def without_moments(self, report):
        """Without when a list was read, which is there or not, and what each program says of a host."""
        moments = [one | {"readAt": one["readAt"] is not None, "detail": None if one["outcome"] == "unknown" else one["detail"]}
                   for one in report["statuses"]]
        return without_reasons(report) | {"statuses": moments}

    def compare(self, *arguments):
        for name, report in self.run_package(*arguments).items():
            with self.subTest(name):
                shared = {part: value for part, value in report.items() if part not in OWN}
                self.assertEqual(*map(self.without_moments, (shared, self.reference[name])))

    def test_verdicts(self):
        for name, (_, code) in self.cases.items():
            with self.subTest(name):
                status = next(check for check in self.reference[name]["checks"] if check["check"] == "status")
                self.assertEqual(status["code"], code, status["detail"])
                [one] = self.reference[name]["statuses"]
                self.assertEqual(one["bySiteAlone"], "alone" in name)

    def test_by_the_package_in_node(self):
        self.compare()

    @IN_CHROMIUM
    def test_by_the_package_in_chromium(self):
        self.compare("--chromium")

    @IN_CHROMIUM
    def test_by_the_page(self):
        for name, report in self.run_package("--page").items():
            with self.subTest(name):
                reference = self.reference[name]
                keys = SHOWN[:-1] if "_unreachable" in str(reference["checks"]) else SHOWN
                self.assertEqual(report["verdict"], reference["verdict"])
                self.assertEqual(*(only(keys, one["checks"]) for one in (report, reference)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
