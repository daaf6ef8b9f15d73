#!/usr/bin/env python3
"""Status lists, by the real command line and a real node, from a real TLS server: right, wrong, late, huge, redirected,
stale, unsigned, signed by others. A badge is never good, and never taken back, without its issuer's word. To run it by
hand see tests/README.md."""

import gzip
import json
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import threading
import unittest

from list_host import ListHost, N_BITS, compressed, encoded, entry_of, list_of
from node import Node, join, until
from scene import Scene, badge
from signing import Signer, badge_of

VECTORS = os.environ.get("BADGED_VECTORS")
MOST = 8 << 20  # bytes of a list as it is fetched
ONE = 94567  # the place of the badge in its list


def check_of(report, name="status"):
    return next(check for check in report["checks"] if check["check"] == name)


class StatusCase(unittest.TestCase):
    """With a folder for files, a signer, and a host of lists."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="badged-status-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.signer, cls.other = Signer(cls.folder), Signer(cls.folder, "other")
        cls.host = cls.enterClassContext(ListHost(cls.folder))
        cls.trusting = {"SSL_CERT_FILE": str(cls.host.certificate)}

    @classmethod
    def start(cls, **settings):
        node = Node({"verify.private_hosts": "yes", "verify.issuers": cls.signer.did} |
                    {name.replace("__", "."): value for name, value in settings.items()})
        node.environment |= cls.trusting
        return cls.enterClassContext(node)

    def write(self, name, value):
        file = self.folder / name
        file.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return file

    def run_badge(self, *arguments):
        return badge("verify", "--private-hosts", *arguments, check=False, env=dict(self.trusting))

    def report(self, *arguments):
        done = self.run_badge("--json", "--issuer", self.signer.did, *arguments)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def ask(self, node, document):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        media = "application/jwt" if isinstance(document, bytes) else "application/json"
        answer = node.request("POST", "/v1/verify", body, {"Content-Type": media})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def expect(self, report, verdict, code, part=""):
        status = check_of(report)
        self.assertEqual((report["verdict"], status["code"]), (verdict, code), report)
        self.assertIn(part, status["detail"] + json.dumps(report["statuses"]))

    def signed_list(self, path, data=None, signer=None, **more):
        """The bytes of a list by this issuer, in which the badge is good."""
        signer = signer or self.signer
        unsigned = list_of(self.host.url(path), signer.did, compressed() if data is None else data, **more)
        return json.dumps(signer.sign(unsigned)).encode()

    def badge_in(self, path, *entries, **more):
        entries = entries or (entry_of(self.host.url(path), ONE),)
        status = entries[0] if len(entries) == 1 else list(entries)
        return self.signer.sign(badge_of(self.signer.did, credentialStatus=status, **more))


GOOD, REVOKED = ("signed", "status_good"), ("revoked", "status_revoked")
INVALID, UNREACHABLE = ("unverifiable", "status_list_invalid"), ("unverifiable", "status_unreachable")


class Answers(StatusCase):
    def check(self, path, wanted, part="", *entries, **answer):
        if answer:
            self.host.put(path, answer.pop("body", b""), **answer)
        file = self.write(f"{path}.json", self.badge_in(path, *entries))
        self.expect(self.report(file), *wanted, part)

    def check_list(self, path, wanted, part="", data=None, **more):
        self.host.put(path, self.signed_list(path, data, **more))
        self.check(path, wanted, part)

    def test_good(self):
        self.check_list("good", GOOD)
        self.check_list("good-beside-others", GOOD, data=compressed((ONE - 1, ONE + 1, 0, N_BITS - 1)))
        self.check_list("good-of-two-members", GOOD, data=gzip.compress(bytes(8)) + compressed())

    def test_taken_back(self):
        self.check_list("revoked", REVOKED, data=compressed((ONE,)))
        path = "suspended"
        self.host.put(path, self.signed_list(path, compressed((ONE,)), purpose="suspension"))
        self.check(path, ("suspended", "status_suspended"), "", entry_of(self.host.url(path), ONE, "suspension"))
        self.check(path, ("unverifiable", "status_list_invalid"))  # the entry's purpose is another

    def test_by_whom(self):
        """Only a list that the issuer signed counts, and then for both: good and taken back."""
        for ones in ((), (ONE,)):
            data, name = compressed(ones), f"of-{len(ones)}"
            url = self.host.url(name)
            unsigned = list_of(url, self.signer.did, data)
            signed = json.loads(self.signed_list(name, data))
            changed = signed | {"credentialSubject": signed["credentialSubject"] | {"encodedList": encoded(compressed((1,)))}}
            for kind, value in (
                ("unsigned", unsigned),
                ("foreign", self.other.sign(list_of(url, self.other.did, data))),
                ("signed by another key", self.other.sign(unsigned)),
                ("changed", changed),
                ("past", self.signer.sign(unsigned | {"validUntil": "2026-02-01T00:00:00Z"})),
                ("to come", self.signer.sign(unsigned | {"validFrom": "2999-01-01T00:00:00Z"})),
                ("not a list", self.signer.sign(badge_of(self.signer.did))),
            ):
                with self.subTest((kind, ones)):
                    self.host.put(name, json.dumps(value).encode())
                    self.check(name, INVALID)
        self.host.put("named", json.dumps(self.other.sign(list_of(self.host.url("named"), self.other.did, compressed((ONE,)))))
                      .encode())
        file = self.write("named.json", self.badge_in("named"))
        self.expect(self.report(file, "--issuer", self.other.did), *REVOKED)

    def test_what_is_no_list(self):
        good = self.signed_list("x")
        for name, body in (("empty", b""), ("text", b"hello"), ("cut", good[:-1]), ("number", b"1"), ("nested", b"[" * 9000)):
            with self.subTest(name):
                self.check(name, INVALID, body=body)

    def test_bits(self):
        whole = compressed()
        for name, data, part in (
            ("beyond-the-bound", gzip.compress(bytes((64 << 20) + 1)), "64 MiB"),
            ("wrong-checksum", whole[:-8] + bytes(4) + whole[-4:], "damaged"),
            ("wrong-length", whole[:-4] + bytes(4), "damaged"),
            ("cut-bits", whole[:-9], "damaged"),
            ("trailing", whole + b"more", "damaged"),
            ("not-gzip", bytes(100), "damaged"),
            ("second-member-broken", whole + whole[:10] + b"\xff" * 20, "damaged"),
        ):
            with self.subTest(name):
                self.check_list(name, INVALID, part, data=data)

    def test_at_the_bound(self):
        self.check_list("at-the-bound", GOOD, data=gzip.compress(bytes(64 << 20)))

    def test_out_of_range(self):
        path = "short"
        self.host.put(path, self.signed_list(path))
        self.check(path, ("unverifiable", "status_out_of_range"), "", entry_of(self.host.url(path), N_BITS))

    def test_responses(self):
        good = self.signed_list("x")
        for name, part, answer in (
            ("missing", "HTTP 404", {"status": 404}),
            ("broken", "HTTP 500", {"status": 500, "body": good}),
            ("created", "HTTP 201", {"status": 201, "body": good}),
            ("redirected", "redirect", {"status": 302, "Location": "/good"}),
            ("huge", f"longer than {MOST} bytes", {"body": good + b" " * MOST}),
            ("silent", "timed out", {"silent": True}),
        ):
            with self.subTest(name):
                self.check(name, UNREACHABLE, part, **answer)

    def test_nobody_is_there(self):
        with socket.socket() as nobody:  # its port is free again, or another program's that speaks no TLS
            nobody.bind(("127.0.0.1", 0))
            url = f"https://localhost:{nobody.getsockname()[1]}/list"
        file = self.write("nobody.json", self.badge_in("", entry_of(url, ONE)))
        self.expect(self.report(file), *UNREACHABLE, "localhost")

    def test_two_lists(self):
        """Revoked decides, whatever else can't be known."""
        self.host.put("both-revoked", self.signed_list("both-revoked", compressed((ONE,))))
        entries = [entry_of(self.host.url("both-revoked"), ONE), entry_of(self.host.url("both-missing"), ONE, "suspension")]
        file = self.write("both.json", self.badge_in("", *entries))
        report = self.report(file)
        self.expect(report, *REVOKED)
        self.assertEqual([item["code"] for item in report["statuses"]], ["status_revoked", "status_unreachable"])
        self.expect(self.report(self.write("both-good.json", self.badge_in(
            "", entry_of(self.host.url("both-revoked"), 1), entries[1]))), *UNREACHABLE)

    def test_any_media_type_of_a_signed_list(self):
        for i, media in enumerate(("application/vc+ld+json", "text/plain; charset=utf-8", None)):
            path = f"media-{i}"
            self.host.put(path, self.signed_list(path), media=media)
            with self.subTest(media):
                self.check(path, GOOD)

    def test_tokens(self):
        """A list as a JWT, of a badge that is one."""
        path = "token"
        self.host.put(path, self.signer.token(list_of(self.host.url(path), self.signer.did, compressed((ONE,)))),
                      media="application/vc+jwt")
        for index, wanted in ((ONE, REVOKED), (ONE + 1, GOOD)):
            claims = badge_of(self.signer.did, credentialStatus=entry_of(self.host.url(path), index))
            self.expect(self.report(self.write(f"{index}.jwt", self.signer.token(claims))), *wanted)

    def test_given_by_hand(self):
        path = "by-hand"
        file, given = self.write("by-hand.json", self.badge_in(path)), self.write("list.json", self.signed_list(path))
        offline = self.report("--offline", file)
        self.expect(offline, *UNREACHABLE, "nothing is fetched")
        self.assertIn("--did URL=FILE; --offline", self.run_badge("--offline", file).stdout)
        report = self.report("--offline", file, "--did", f"{self.host.url(path)}={given}")
        self.expect(report, *GOOD)
        self.assertIsNone(report["statuses"][0]["readAt"])
        self.assertNotIn(path, self.host.asked)

    def test_not_asked_where_it_does_not_count(self):
        path = "in-vain"
        self.host.put(path, self.signed_list(path))
        broken = self.badge_in(path) | {"name": "Another name"}
        self.expect(self.report(self.write("in-vain.json", broken)), "invalid", "status_not_checked")
        self.assertNotIn(path, self.host.asked)

    def test_fetched_once_for_many(self):
        path = "many"
        self.host.put(path, self.signed_list(path, compressed((7,))))
        files = [self.write(f"many-{i}.json", self.badge_in(path, entry_of(self.host.url(path), i))) for i in range(40)]
        done = self.run_badge("--json", "--issuer", self.signer.did, *files)
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([report["file"] for report in reports], list(map(str, files)))
        self.assertEqual([report["verdict"] for report in reports], ["signed"] * 7 + ["revoked"] + ["signed"] * 32)
        self.assertEqual(self.host.asked[path], 1)

    def test_its_text(self):
        path = "text"
        self.host.put(path, self.signed_list(path, compressed((ONE,))))
        done = self.run_badge("--issuer", self.signer.did, self.write("text.json", self.badge_in(path)))
        self.assertIn(f"status lists\n    x revocation, by {self.host.url(path)}", done.stdout)
        self.assertEqual(done.returncode, 1)


class OnANode(StatusCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.named = f"\n  {cls.host.url('issuer')}"  # an issuer there, so that the host counts as known

    def test_cached_for_all(self):
        node = self.start(verify__fetch="on")
        self.host.put("cached", self.signed_list("cached", compressed((7,))))
        for index, wanted in ((ONE, GOOD), (7, REVOKED), (8, GOOD)):
            document = self.badge_in("cached", entry_of(self.host.url("cached"), index))
            self.expect(self.ask(node, document), *wanted)
        self.assertEqual(self.host.asked["cached"], 1)
        self.assertIn("badged_status_lists 1\n", node.get("/metrics").body.decode())

    def test_which_hosts_it_asks(self):
        self.host.put("known", self.signed_list("known"))
        document = self.badge_in("known")
        for fetch, issuers, wanted, part in (
            ("known", "", UNREACHABLE, "only the hosts of issuers"),
            ("off", self.named, UNREACHABLE, "nothing is fetched"),
            ("known", self.named, GOOD, ""),
        ):
            with self.subTest((fetch, issuers)):
                node = self.start(verify__fetch=fetch, verify__issuers=self.signer.did + issuers)
                self.expect(self.ask(node, document), *wanted, part)
        self.assertEqual(self.host.asked["known"], 1)

    def go_stale(self, node, path):
        """The host fails once the list was read; answers the first report that rests on no fresh list."""
        document = self.badge_in(path)
        self.host.put(path, self.signed_list(path), Cache_Control="no-store")
        self.expect(self.ask(node, document), *GOOD)
        self.host.put(path, b"", status=500)

        def later():
            report = self.ask(node, document)
            return report if self.host.asked[path] > 1 else None
        return until("the node fetches the list again", later)

    def test_stale(self):
        report = self.go_stale(self.start(verify__fetch="on"), "stale")
        self.expect(report, *GOOD, "as of 2")
        self.assertIn("can't be fetched again", check_of(report)["detail"])

    def test_too_stale(self):
        node = self.start(verify__fetch="on", verify__status_max_age="0 s")
        self.expect(self.go_stale(node, "too-stale"), *UNREACHABLE, "HTTP 500")

    def test_files_of_the_operator(self):
        """A list in the folder of verify.did, read again on SIGHUP."""
        folder = self.folder / "lists"
        folder.mkdir()
        path = "of-the-operator"
        (folder / "list.json").write_bytes(self.signed_list(path))
        node = self.start(verify__fetch="off", verify__did=folder)
        document = self.badge_in(path)
        self.expect(self.ask(node, document), *GOOD)
        (folder / "list.json").write_bytes(self.signed_list(path, compressed((ONE,))))
        node.process.send_signal(signal.SIGHUP)
        report = until("the list is read again", lambda: self.revoked(node, document))
        self.expect(report, *REVOKED)

    def revoked(self, node, document):
        report = self.ask(node, document)
        return report if report["verdict"] == "revoked" else None

    def test_the_end_of_a_node_that_fetches(self):
        node = self.start(verify__fetch="on")
        self.host.put("slow", b"", silent=True)
        thread = threading.Thread(target=lambda: self.ask(node, self.badge_in("slow")), name="a request", daemon=True)
        thread.start()
        until("the host is asked", lambda: self.host.asked.get("slow"))
        node.stop()
        join(thread)


class Hosted(StatusCase):
    """Recorded assertions of Open Badges 2.0, whose copies at their own address say whether they were taken back."""

    def assertion(self, path, **more):
        issuer = {"id": self.host.url("issuer"), "type": "Profile", "name": "Example College"}
        badge_class = {"id": self.host.url("class"), "type": "BadgeClass", "name": "Leaf survey", "issuer": issuer,
                       "description": "Surveys leaves.", "criteria": {"narrative": "Named ten leaves."}}
        return {"@context": "https://w3id.org/openbadges/v2", "id": self.host.url(path), "type": "Assertion",
                "recipient": {"type": "email", "hashed": False, "identity": "learner@example.org"},
                "issuedOn": "2026-01-01T00:00:00Z", "verification": {"type": "HostedBadge"}, "badge": badge_class} | more

    def test_its_copy(self):
        path = "assertion"
        document = self.assertion(path)
        elsewhere = document | {"id": "https://elsewhere.example/assertion"}
        body = json.dumps(document).encode()
        revoked = {"@context": document["@context"], "id": document["id"], "type": "Assertion", "revoked": True}
        with Scene() as scene:
            for one in (document, elsewhere):
                answer = scene.node.request("POST", "/v1/credentials", json.dumps(one).encode(),
                                            {"Content-Type": "application/json"}, scope="submit")
                self.assertIn(answer.status, (200, 201, 202), answer.body)
            scene.seal_all()
            arguments = ("--json", "--rpc", scene.rpc, "--node", scene.url, "--issuer",
                         f"{self.host.url('issuer')}={scene.issuer}")
            file = self.write("assertion.json", document)
            for name, wanted, answer in (
                ("same", ("valid", "status_good"), {"body": body}),
                ("not there", ("valid", "no_status"), {"status": 404, "body": b""}),
                ("broken", ("valid", "no_status"), {"status": 500, "body": body}),
                ("gone without a word", ("valid", "no_status"), {"status": 410, "body": b""}),
                ("taken back", ("revoked", "status_revoked"), {"body": json.dumps(document | {"revoked": True}).encode()}),
                ("taken back and gone", ("revoked", "status_revoked"),
                 {"status": 410, "body": json.dumps(revoked).encode()}),
                ("another", ("unverifiable", "status_list_invalid"),
                 {"body": json.dumps(document | {"issuedOn": "2026-02-01T00:00:00Z"}).encode()}),
            ):
                with self.subTest(name):
                    self.host.put(path, answer.pop("body"), media="application/json", **answer)
                    done = self.run_badge(*arguments, file)
                    self.expect(json.loads(done.stdout), *wanted)
            done = self.run_badge(*arguments, self.write("elsewhere.json", elsewhere))
            self.expect(json.loads(done.stdout), "valid", "no_status")


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Published(StatusCase):
    """The 24 of digitalcredentials/verifier-core with the list that they name. Its tests say what each is."""

    URL = "https://raw.githubusercontent.com/digitalcredentials/verifier-core/refs/heads/main/src/test-fixtures/status/"
    KEY = "z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"

    def wanted(self, name):
        if name in ("safeModeBreaker", "testVC", "v2WithBadDidWeb"):  # the signature does not hold, or can't be known
            return ("no_status" if name != "safeModeBreaker" else "status_not_checked"), None
        if "BadStatusUrl" in name:
            return "status_unreachable", "unverifiable"
        if "Revoked" in name:
            return "status_revoked", "revoked"
        verdict = "expired" if "Expired" in name else "signed"
        return ("status_good" if "ValidStatus" in name else "no_status"), verdict

    def test_all(self):
        files = sorted((pathlib.Path(VECTORS) / "credentials").glob("*.json"))
        self.assertEqual(len(files), 24)
        given = [f"{self.URL}e5WK8CbZ1GjycuPombrj={VECTORS}/bitstring/dcc-list.json"]
        for file in files:
            issuer = json.loads(file.read_text())["issuer"]
            did = issuer if isinstance(issuer, str) else issuer["id"]
            if "didWeb" not in file.stem:
                continue
            method = {"id": f"{did}#{self.KEY}", "type": "Multikey", "controller": did, "publicKeyMultibase": self.KEY}
            document = {"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "verificationMethod": [method],
                        "assertionMethod": [method["id"]]}
            given.append(f"{did}={self.write(file.name, document)}")
            if "Multikey" in file.stem:
                self.multikey = did
        issuers = ["did:key:" + self.KEY, *(word.partition("=")[0] for word in given[1:])]
        done = self.run_badge("--offline", "--json", *(word for one in given for word in ("--did", one)),
                              *(word for issuer in issuers for word in ("--issuer", issuer)), *files)
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(reports), 24, done.stderr)
        for file, report in zip(files, reports):
            with self.subTest(file.stem):
                code, verdict = self.wanted(file.stem)
                self.assertEqual(check_of(report)["code"], code, report)
                self.assertEqual(report["verdict"], verdict or report["verdict"])


if __name__ == "__main__":
    from side_by_side import main
    main(__name__)
