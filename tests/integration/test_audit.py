#!/usr/bin/env python3
"""`badge audit` and `badge mirror` against a real chain and a real node: a clean registry passes, and the audit finds
each fault that a test injects: in the files of a mirror, on the chain by another operator, in the answers of a lying
node or provider."""

import functools
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import node as daemon
from scene import ARTIFACT, CAST, CHAIN_ID, WAIT_S, Scene, badge, until

EARLIER_REGISTRY = Path(__file__).resolve().parents[1] / "support" / "earlier_registry.hex"  # its deployed code
NOBODY = "http://127.0.0.1:1"
YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3
SIZES = (1, 2, 50, 300)


class Served:
    """An HTTP server on a free port that answers by a function (method, path, body) → (status, body)."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, out = answer(self.command, self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # clients that were killed or closed the connection early
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def provider(rpc, spoil):
    """A proxy before the real provider: spoil(method, params, answer) may change or replace an answer."""

    def answer(_method, _path, body):
        request = urllib.request.Request(rpc, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=WAIT_S) as response:
            reply = json.load(response)
        asked = json.loads(body)
        return 200, json.dumps(spoil(asked["method"], asked["params"], reply)).encode()

    return Served(answer)


class LyingNode:
    """Serves the contents of a mirror as pages and leaf lists of a node; tests change its answers."""

    def __init__(self, folder):
        self.batches = json.loads((folder / "v1" / "batches.json").read_text())["batches"]
        self.folder, self.asked = folder, []

    def page(self, before, limit):
        return json.dumps({"batches": [b for b in self.batches if b["number"] < before][:limit]}).encode()

    def leaves(self, number):
        file = self.folder / "v1" / "batches" / str(number) / "leaves"
        return (200, file.read_bytes()) if file.exists() else (404, b"")

    def __call__(self, _method, path, _body):
        self.asked.append(path)
        if match := re.fullmatch(r"/v1/batches\?limit=(\d+)(?:&before=(\d+))?", path):
            return 200, self.page(int(match[2] or 2**32), int(match[1]))
        if match := re.fullmatch(r"/v1/batches/(\d+)/leaves", path):
            return self.leaves(int(match[1]))
        return 404, b""


class AuditTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene())
        cls.third = cls.scene.ask("eth_accounts")[2]
        for n, size in enumerate(SIZES):
            digests = [f"{n + 1:032x}{i:032x}" for i in range(size)]
            body = json.dumps({"digests": digests}).encode()
            answer = cls.scene.node.request("POST", "/v1/digests", body=body, scope="digest",
                                            headers={"Content-Type": "application/json"})
            assert answer.status == 200, answer.body
            assert cls.scene.node.request("POST", "/v1/batches", scope="admin").status == 201
        cls.scene.seal_all()
        cls.mirror = cls.scene.folder / "mirror"
        badge("mirror", cls.mirror, "--node", cls.scene.url)
        cls.registry = ("--issuer", cls.scene.issuer, "--chain-id", CHAIN_ID)

    def audit(self, status, *arguments, rpc=None):
        done = badge("audit", "--json", *self.registry, "--rpc", rpc or self.scene.rpc, *arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status == USAGE or not done.stdout:
            self.assertRegex(done.stderr, "badge: .+")
            return None
        report = json.loads(done.stdout)
        self.assertEqual(report["verdict"], {YES: "clean", NO: "failed", UNREACHABLE: "undecided"}[status])
        return report

    def assert_found(self, report, *expected):
        found = sorted((f["kind"], f["code"]) for f in report["findings"])
        self.assertEqual(found, sorted(expected), report["findings"])
        for finding in report["findings"]:
            self.assertRegex(finding["detail"], r"^[A-Zh].+[.]$")

    def copy(self):
        """Copies the mirror: (folder, the batches of its list, a function that writes the changed list)."""
        folder = Path(tempfile.mkdtemp(dir=self.scene.folder)) / "mirror"
        shutil.copytree(self.mirror, folder)
        list_file = folder / "v1" / "batches.json"
        batches = json.loads(list_file.read_text())["batches"]
        return folder, batches, lambda: list_file.write_text(json.dumps({"batches": batches}))

    def cast(self, sender, function, *arguments):
        """Sends a transaction from one of anvil's accounts; returns its block."""
        done = subprocess.run([CAST, "send", "--unlocked", "--from", sender, "--rpc-url", self.scene.rpc, "--json",
                               ARTIFACT["address"], function, *arguments], capture_output=True, text=True, timeout=WAIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(json.loads(done.stdout)["blockNumber"], 16)

    # -- clean registries

    def test_clean_node(self):
        page = self.scene.folder / "report.html"
        report = self.audit(YES, "--node", self.scene.url + "/", "--html", page)
        self.assert_found(report)
        self.assertTrue(report["log"]["proven"] and report["events"]["complete"])
        counts = report["counts"]
        self.assertEqual((counts["anchors"], counts["verified"], counts["verifiedLeaves"]), (4, 4, sum(SIZES)))
        self.assertEqual([a["sequence"] for a in report["anchors"]], [1, 2, 3, 4])
        self.assertEqual({a["operator"].lower() for a in report["anchors"]}, {self.scene.operator.lower()})
        block = self.scene.ask("eth_getBlockByNumber", hex(report["chain"]["block"]["number"]), False)
        self.assertEqual(block["hash"], report["chain"]["block"]["hash"])
        (operator,) = report["operators"]
        self.assertEqual((operator["anchors"], operator["allowed"], len(operator["changes"])), (4, True, 1))
        html = page.read_text()
        self.assertIn("Clean", html)
        self.assertNotRegex(html, r"<script|src=|href=|@import|url\(")
        for anchor in report["anchors"]:
            self.assertIn(anchor["root"], html)

    def test_plain_text_report(self):
        arguments = ("audit", *self.registry, "--rpc", self.scene.rpc)
        text = badge(*arguments, "--node", self.scene.url).stdout
        self.assertTrue(text.startswith("clean: "), text)
        self.assertIn(f"verified   4 of 4 anchors, {sum(SIZES)} leaves", text)
        folder, batches, write = self.copy()
        del batches[0]
        write()
        done = badge(*arguments, "--mirror", folder, check=False)
        self.assertEqual(done.returncode, NO)
        self.assertRegex(done.stdout, r"(?s)\Afailed: .*\n  x missing  The anchor with the sequence number 4 is on")

    def test_every_kind_of_source(self):
        quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=self.mirror))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            kinds = {"mirror": [("--mirror", self.mirror), ("--mirror", url), ("--node", url)],
                     "store": [("--backup", self.scene.node.store)]}
            for kind, all_arguments in kinds.items():
                for arguments in all_arguments:
                    with self.subTest(arguments):
                        report = self.audit(YES, *arguments)
                        self.assertEqual([s["kind"] for s in report["sources"]], [kind])
            report = self.audit(YES, "--node", self.scene.url, "--node", url, "--mirror", self.mirror, "--backup",
                                self.scene.node.store)
            self.assertEqual([a["copies"] for a in report["anchors"]], [4, 4, 4, 4])
        finally:
            server.shutdown()
            server.server_close()

    def test_mirror(self):
        names = sorted(str(p.relative_to(self.mirror)) for p in self.mirror.rglob("*") if p.is_file())
        self.assertEqual(names, sorted(["v1/batches.json", *(f"v1/batches/{n}/leaves" for n in range(1, 5))]))
        for number, size in enumerate(SIZES, 1):
            leaves = (self.mirror / "v1" / "batches" / str(number) / "leaves").read_bytes()
            self.assertEqual(leaves, self.scene.node.get(f"/v1/batches/{number}/leaves").body)
            self.assertEqual(len(leaves), 32 * size)
        folder, batches, write = self.copy()
        again = json.loads(badge("mirror", folder, "--node", self.scene.url, "--json").stdout)
        self.assertEqual((again["batches"], again["new"], again["bytes"]), (4, 0, 0))
        (folder / "v1" / "batches" / "4" / "leaves").unlink()
        del batches[1]
        write()
        again = json.loads(badge("mirror", folder, "--node", self.scene.url, "--json").stdout)
        self.assertEqual((again["new"], again["bytes"]), (2, 32 * (SIZES[3] + SIZES[2])))
        self.audit(YES, "--mirror", folder)
        batches[0]["root"] = "ab" * 32
        write()
        done = badge("mirror", folder, "--node", self.scene.url, check=False)
        self.assertEqual(done.returncode, NO)
        self.assertIn("differs from the mirrored one", done.stderr)

    def test_mirror_of_a_lying_node(self):
        liar = LyingNode(self.mirror)
        liar.leaves = lambda number: (200, bytes(32 * SIZES[number - 1]) if number == 3 else
                                      LyingNode.leaves(liar, number)[1])
        with Served(liar) as served:
            folder = Path(tempfile.mkdtemp(dir=self.scene.folder)) / "new"
            done = badge("mirror", folder, "--node", served.url, check=False)
        self.assertEqual(done.returncode, NO)
        self.assertIn("the leaves of batch 3 do not match its root", done.stderr)
        self.assertFalse((folder / "v1" / "batches.json").exists())

    # -- injected faults

    def test_faults_in_leaves(self):
        def change(leaves):
            return leaves[:-1] + bytes([leaves[-1] ^ 1])

        def swap(leaves):
            return leaves[32:64] + leaves[:32] + leaves[64:]

        faults = {"changed": (change, "leaves_differ"), "dropped": (lambda leaves: leaves[:-32], "length_differs"),
                  "added": (lambda leaves: leaves + bytes(32), "length_differs"),
                  "torn": (lambda leaves: leaves[:-5], "length_differs"), "swapped": (swap, "order_differs"),
                  "twice": (lambda leaves: leaves[:32] + leaves[:-32], "order_differs"),
                  "none": (lambda leaves: b"", "length_differs")}
        for name, (spoil, code) in faults.items():
            with self.subTest(name):
                folder, _, _ = self.copy()
                file = folder / "v1" / "batches" / "3" / "leaves"
                file.write_bytes(spoil(file.read_bytes()))
                report = self.audit(NO, "--mirror", folder)
                self.assert_found(report, ("altered", code))
                self.assertEqual(report["findings"][0]["number"], 3)
                self.assertTrue(report["log"]["proven"])
        folder, _, _ = self.copy()
        (folder / "v1" / "batches" / "2" / "leaves").unlink()
        self.assert_found(self.audit(NO, "--mirror", folder), ("altered", "leaves_withheld"))

    def test_faults_in_the_list(self):
        def extra(batches, **more):
            batches.insert(0, batches[0] | {"number": 5, "root": "ab" * 32} | more)

        def set_of(i, **more):
            return lambda batches: batches[i].update(more)

        def anchor_of(i, **more):
            return lambda batches: batches[i]["anchor"].update(more)

        nobody = "0x" + "ab" * 20
        faults = {
            "left out": (lambda batches: batches.pop(1), [("missing", "no_source")]),
            "extra": (extra, [("extra", "not_anchored")]),
            "size": (set_of(1, treeSize=51), [("altered", "size_differs")]),
            "huge": (set_of(1, treeSize=2**24), [("altered", "size_differs")]),
            "sequence": (anchor_of(2, sequence=3), [("altered", "sequence_differs")]),
            "order": (lambda b: (anchor_of(1, sequence=2)(b), anchor_of(2, sequence=3)(b)),
                      [("altered", "sequence_differs")] * 2),
            "chain": (anchor_of(0, chainId=1), [("extra", "other_registry"), ("missing", "no_source")]),
            "issuer": (anchor_of(0, issuer=nobody), [("extra", "other_registry"), ("missing", "no_source")]),
            "twice": (lambda b: b.insert(0, b[0] | {"number": 5}),
                      [("altered", "leaves_withheld"), ("extra", "duplicate")]),
            "spoiled": (set_of(0, state="spoiled"), [("missing", "no_source")]),
        }
        for name, (spoil, expected) in faults.items():
            with self.subTest(name):
                folder, batches, write = self.copy()
                spoil(batches)
                write()
                self.assert_found(self.audit(NO, "--mirror", folder), *expected)
        for state in ("sealed", "sent", "mined"):
            folder, batches, write = self.copy()
            extra(batches, state=state)
            write()
            self.assertEqual(self.audit(YES, "--mirror", folder)["counts"]["pending"], 1)
        # A batch missing from one source may come from another; a wrong one is always a fault.
        folder, batches, write = self.copy()
        del batches[1]
        write()
        self.assertEqual([a["copies"] for a in
                          self.audit(YES, "--mirror", folder, "--node", self.scene.url)["anchors"]], [2, 2, 1, 2])

    def test_faults_in_a_store(self):
        store = Path(tempfile.mkdtemp(dir=self.scene.folder)) / "store"
        shutil.copytree(self.scene.node.store / "batches", store / "batches")
        (store / "batches" / "00000002").unlink()
        self.assert_found(self.audit(NO, "--backup", store), ("missing", "no_source"))
        file = store / "batches" / "00000003"
        whole = file.read_bytes()
        file.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
        self.assert_found(self.audit(NO, "--backup", store), ("missing", "no_source"), ("altered", "leaves_differ"))

    def test_backup(self):
        """An archive as the source: no unpacked files are left behind, however the audit ends."""
        folder = Path(tempfile.mkdtemp(dir=self.scene.folder))
        archive = folder / "store.tar"
        badge("backup", archive, "--store", self.scene.node.store)
        report = self.audit(YES, "--backup", archive)
        self.assertEqual([(s["kind"], s["place"]) for s in report["sources"]], [("store", str(archive))])
        self.assertEqual(report["counts"]["verified"], 4)
        self.audit(UNREACHABLE, "--backup", archive, rpc="http://127.0.0.1:1")
        self.audit(USAGE, "--backup", archive, "--node", "nowhere")
        self.assertEqual(list(folder.iterdir()), [archive])
        taken = folder / "store.tar.audit"  # may belong to another process
        taken.mkdir()
        (taken / "mine").touch()
        self.assertIsNone(self.audit(USAGE, "--backup", archive))
        self.assertTrue((taken / "mine").exists())
        shutil.rmtree(taken)
        whole = archive.read_bytes()
        archive.write_bytes(whole[:-2000] + bytes([whole[-2000] ^ 1]) + whole[-1999:])
        self.assertIsNone(self.audit(USAGE, "--backup", archive))
        self.assertEqual(list(folder.iterdir()), [archive])

    def test_interrupted_with_a_backup(self):
        """An audit that is stopped removes the folder beside the backup, and the next run works."""
        folder = Path(tempfile.mkdtemp(dir=self.scene.folder))
        store, archive = folder / "store", folder / "store.tar"
        shutil.copytree(self.scene.node.store, store)
        labels = (store / "labels").read_bytes()
        (store / "labels").unlink()
        os.mkfifo(store / "labels")
        with subprocess.Popen([daemon.BADGE, "backup", archive, "--store", store]) as running:
            with open(store / "labels", "wb"):  # it is in the middle when it opens this
                self.assertTrue((folder / "store.tar.check").is_dir())
                running.send_signal(signal.SIGTERM)
            self.assertEqual(running.wait(WAIT_S), -signal.SIGTERM)
        self.assertEqual(list(folder.iterdir()), [store])
        (store / "labels").unlink()
        (store / "labels").write_bytes(labels)
        badge("backup", archive, "--store", store)

        asked = threading.Event()

        def silent(*_):
            asked.set()
            over.wait(WAIT_S)
            return 503, b""

        over = threading.Event()
        with Served(silent) as chain, subprocess.Popen(
                [daemon.BADGE, "audit", *map(str, self.registry), "--rpc", chain.url, "--backup", archive]) as running:
            self.assertTrue(asked.wait(WAIT_S))
            self.assertTrue((folder / "store.tar.audit").is_dir())
            running.send_signal(signal.SIGTERM)
            self.assertEqual(running.wait(WAIT_S), -signal.SIGTERM)
            over.set()
        self.assertEqual(sorted(folder.iterdir()), [store, archive])
        self.audit(YES, "--backup", archive)

    def test_mistakes(self):
        arguments = ("audit", *self.registry, "--rpc", self.scene.rpc, "--mirror", self.mirror)
        done = badge(*arguments, "--confirmations", 10**6, check=False)
        self.assertEqual(done.returncode, USAGE, done.stderr)
        self.assertIn("lower --confirmations", done.stderr)
        self.assertNotIn("--contract", done.stderr)
        unreadable = self.scene.folder / "unreadable"
        unreadable.touch(0o200)
        for state in ("/nowhere/state", self.scene.folder, *([unreadable] if os.geteuid() else [])):
            done = badge(*arguments, "--state", state, check=False)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn("the state file", done.stderr)
        done = badge(*arguments, "--node", NOBODY, check=False)
        self.assertEqual(done.returncode, UNREACHABLE, done.stderr)
        self.assertIn(f"{NOBODY}: 0 batches; it can't be reached: connection refused", done.stdout)
        self.assertEqual(done.stdout.count(NOBODY), 2, done.stdout)  # the source, and the finding on it
        done = badge("mirror", self.scene.folder / "none", "--node", NOBODY, check=False)
        self.assertEqual(done.stderr.count(NOBODY), 1, done.stderr)

    def test_an_issuer_without_anchors(self):
        page = self.scene.folder / "nobody.html"
        done = badge("audit", "--issuer", self.third, "--chain-id", CHAIN_ID, "--rpc", self.scene.rpc, "--mirror",
                     self.mirror, "--html", page, check=False)
        self.assertIn("Nobody has anchored", done.stdout)
        self.assertIn("Nobody has anchored", page.read_text())

    # -- lying nodes

    def test_hostile_lists(self):
        def endless(liar):
            liar.page = lambda before, limit: json.dumps({"batches": [liar.batches[0]] * limit}).encode()

        def no_end(liar):
            liar.page = lambda before, limit: json.dumps(
                {"batches": [liar.batches[0] | {"number": 2**32 - 1 - i} for i in range(limit)]}).encode()

        def body(text):
            def false_answer(liar):
                liar.page = lambda before, limit: text
            return false_answer

        def entry(**more):
            def false_answer(liar):
                batches = [liar.batches[0], liar.batches[1] | more]
                liar.page = lambda before, limit: json.dumps({"batches": batches}).encode()
            return false_answer

        lies = {"endless": endless, "no end": no_end, "no JSON": body(b"<html>"), "nothing": body(b""),
                "no list": body(b'{"batches":{}}'), "deep": body(b"[" * 100000), "long": body(b'"' + b"x" * (2 << 20)),
                "twice": body(b'{"batches":[],"batches":[]}'), "short root": entry(root="ab"),
                "long root": entry(root="ab" * 33), "no size": entry(treeSize=0), "beyond": entry(treeSize=2**24 + 1),
                "fraction": entry(treeSize=1.5), "text": entry(number="3"), "minus": entry(number=-3),
                "no anchor": entry(anchor=None), "state": entry(state="<b>"), "time": entry(sealedAt="now")}
        for name, apply in lies.items():
            with self.subTest(name):
                liar = LyingNode(self.mirror)
                apply(liar)
                with Served(liar) as served:
                    report = self.audit(NO, "--node", served.url, "--node", self.scene.url)
                self.assertIn(("altered", "list_malformed"), [(f["kind"], f["code"]) for f in report["findings"]])
                self.assertEqual(report["counts"]["missing"], 0)

    def test_hostile_mirror(self):
        """A mirror's list is one response: its size is limited by the number of batches on the chain."""
        whole = (self.mirror / "v1" / "batches.json").read_bytes()

        def answer(_method, path, _body):
            return (200, whole + b" " * padding) if path == "/v1/batches.json" else LyingNode(self.mirror)("", path, b"")

        for padding, found in ((4 << 20, []), (5 << 20, [("altered", "list_malformed")])):
            with Served(answer) as served:
                report = self.audit(NO if found else YES, "--mirror", served.url, "--node", self.scene.url)
            self.assert_found(report, *found)

    def test_hostile_leaves(self):
        lies = {"withheld": ((404, b"x" * 5000), NO, ("altered", "leaves_withheld")),
                "moved": ((302, b""), NO, ("altered", "leaves_withheld")),
                "more": ((200, b"x" * (1 << 20)), NO, ("altered", "length_differs")),
                "busy": ((503, b""), UNREACHABLE, ("untold", "leaves_unread"))}
        for name, (answer, status, found) in lies.items():
            with self.subTest(name):
                liar = LyingNode(self.mirror)
                liar.leaves = lambda number: answer if number == 3 else LyingNode.leaves(liar, number)
                with Served(liar) as served:
                    self.assert_found(self.audit(status, "--node", served.url), found)

    def test_many_pages(self):
        liar = LyingNode(self.mirror)
        more = [liar.batches[0] | {"number": n, "root": f"{n:064x}", "state": "sealed"} for n in range(350, 4, -1)]
        liar.batches = more + liar.batches
        with Served(liar) as served:
            report = self.audit(YES, "--node", served.url)
        self.assertEqual((report["counts"]["pending"], report["sources"][0]["batches"]), (346, 350))
        self.assertEqual([p for p in liar.asked if "leaves" not in p],
                         ["/v1/batches?limit=100", *(f"/v1/batches?limit=100&before={n}" for n in (251, 151, 51))])

    # -- providers

    def test_unreachable(self):
        folder, batches, write = self.copy()
        del batches[1:]
        write()
        report = self.audit(UNREACHABLE, "--node", NOBODY, "--mirror", folder)
        self.assert_found(report, ("untold", "source_unreachable"), *[("untold", "anchor_not_found_yet")] * 3)
        self.assertEqual(report["counts"]["verified"], 1)
        self.audit(UNREACHABLE, "--mirror", self.mirror, rpc=NOBODY)

    def test_usage(self):
        mirror = ("--mirror", self.mirror)
        self.assertIsNone(self.audit(USAGE))
        self.assertIsNone(self.audit(USAGE, "--node", self.mirror))
        self.assertIsNone(self.audit(USAGE, *mirror, "--confirmations", "x"))
        self.assertIsNone(self.audit(USAGE, *mirror, "--issuer", self.third))
        self.assertIsNone(self.audit(NO, *mirror, "--chain-id", 1))
        self.assertIsNone(self.audit(NO, *mirror, "--contract", self.third))
        self.assertIsNone(self.audit(USAGE, *mirror, "--state", __file__))
        self.audit(YES, *mirror, "--confirmations", 2, "--from-block", 2, "--rpc", self.scene.rpc)

    def test_the_earlier_registry_is_refused_by_name(self):
        code, contract = EARLIER_REGISTRY.read_text().strip(), "0x00000000000000000000000000000000000000E1"
        self.scene.ask("anvil_setCode", contract, code)
        self.scene.await_final(int(self.scene.ask("eth_blockNumber"), 16) + 1)
        done = badge("audit", *self.registry, "--rpc", self.scene.rpc, "--mirror", self.mirror, "--contract", contract,
                     check=False)
        self.assertEqual(done.returncode, NO)
        self.assertIn("can't be audited: it is the registry of an earlier development version", done.stderr)

    def test_providers_that_limit_events(self):
        ranges = []

        def limited(method, params, reply):
            if method != "eth_getLogs":
                return reply
            first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
            if last - first < 3 and first >= floor:
                ranges.append((first, last))
                return reply
            return {"jsonrpc": "2.0", "id": reply["id"], "error": {"code": -32005, "message": "range too wide"}}

        floor = 0
        with provider(self.scene.rpc, limited) as served:
            report = self.audit(YES, "--mirror", self.mirror, rpc=served.url)
            self.assertTrue(report["events"]["complete"])
            self.assertEqual(report["operators"][0]["anchors"], 4)
            self.assertEqual(sorted(n for a, b in ranges for n in range(a, b + 1)),
                             list(range(report["chain"]["block"]["number"] + 1)))
            floor = 10**9  # no events at all: what the sources have is still proven complete
            report = self.audit(YES, "--mirror", self.mirror, rpc=served.url)
            self.assertTrue(report["log"]["proven"])
            self.assertFalse(report["events"]["complete"])
            self.assertIsNone(report["counts"]["revoked"])
            folder, batches, write = self.copy()
            del batches[1:3]
            write()
            report = self.audit(NO, "--mirror", folder, rpc=served.url)
            self.assert_found(report, ("missing", "root_unknown"))
            self.assertEqual([(f["sequence"], f["sequenceTo"]) for f in report["findings"]], [(2, 3)])

    def test_lying_providers(self):
        def false_answer(about, change):
            def spoil(method, params, reply):
                data = params[0].get("data", "") if params and isinstance(params[0], dict) else ""
                return change(reply) if method == about or data.startswith(about) else reply
            return spoil

        def result(value):
            return lambda reply: reply | {"result": value}

        def flipped(reply):  # a different head of the log
            text = reply["result"]
            return reply | {"result": text[:70] + f"{int(text[70], 16) ^ 1:x}" + text[71:]}

        def duplicated_event(reply):
            return reply | {"result": reply["result"] * 2}

        def foreign_event(reply):
            return reply | {"result": [log | {"address": self.third} for log in reply["result"]]}

        log_of = subprocess.run([CAST, "sig", "logOf(address)"], capture_output=True, text=True).stdout.strip()
        anchor_of = subprocess.run([CAST, "sig", "anchorOf(address,bytes32)"], capture_output=True,
                                   text=True).stdout.strip()
        pruned = {"code": -32000, "message": "missing trie node"}
        prune = lambda reply: {"jsonrpc": "2.0", "id": reply["id"], "error": pruned}
        cases = {"pruned": (anchor_of, prune, UNREACHABLE),
                 "log": (log_of, flipped, NO), "anchors": (anchor_of, result("0x" + "ff" * 128), UNREACHABLE),
                 "short": (anchor_of, result("0x"), UNREACHABLE),
                 "none": (anchor_of, result("0x" + "00" * 128), NO), "code": ("eth_getCode", result("0x00"), NO),
                 "block": ("eth_getBlockByNumber", result(None), UNREACHABLE),
                 "twice": ("eth_getLogs", duplicated_event, UNREACHABLE),
                 "others": ("eth_getLogs", foreign_event, YES)}
        for name, (about, change, status) in cases.items():
            with self.subTest(name), provider(self.scene.rpc, false_answer(about, change)) as served:
                report = self.audit(status, "--mirror", self.mirror, rpc=served.url)
                if name == "others":
                    self.assertFalse(report["events"]["complete"])
                if name == "log":
                    self.assert_found(report, ("log", "log_differs"))
        # One lying provider of two is not believed, neither about the log nor about a withdrawal that hides a batch.
        withdrawn_at = subprocess.run([CAST, "sig", "withdrawnAt(address,bytes32)"], capture_output=True,
                                      text=True).stdout.strip()
        folder, batches, write = self.copy()
        del batches[1]
        write()
        for about, change in ((log_of, flipped), (withdrawn_at, result("0x" + f"{9:064x}"))):
            with provider(self.scene.rpc, false_answer(about, change)) as served:
                self.assertIsNone(self.audit(UNREACHABLE, "--mirror", folder, "--rpc", served.url))
                self.assertIsNone(self.audit(UNREACHABLE, "--mirror", folder, "--rpc", self.scene.rpc, rpc=served.url))

        # Nor can one make an unanchored batch look like one that is merely newer than the block of the report.
        def anchored(method, params, reply):
            is_about = method == "eth_call" and params[0]["data"].startswith(anchor_of) and params[1] == "latest"
            return reply | {"result": "0x" + "".join(f"{n:064x}" for n in (9, 3, 9, 9))} if is_about else reply

        folder, batches, write = self.copy()
        batches.insert(0, batches[0] | {"number": batches[0]["number"] + 1, "root": "77" * 32})
        write()
        with provider(self.scene.rpc, anchored) as served:
            for first, second in ((self.scene.rpc, served.url), (served.url, self.scene.rpc)):
                self.assert_found(self.audit(UNREACHABLE, "--mirror", folder, "--rpc", second, rpc=first),
                                  ("untold", "providers_unsure"))

    def test_a_provider_without_blocks_by_hash(self):
        """It is asked by number, and at the end for the block's hash again."""
        n_asked = 0

        def by_number(method, params, reply):
            nonlocal n_asked
            if params and isinstance(params[-1], dict) and "blockHash" in params[-1]:
                return reply | {"error": {"code": -32602, "message": "invalid argument 1"}, "result": None}
            n_asked += method == "eth_getBlockByNumber" and params[0].startswith("0x")
            return reply

        def reorganized(method, params, reply):
            reply = by_number(method, params, reply)
            return reply | {"result": reply["result"] | {"hash": "0x" + "12" * 32}} if n_asked else reply

        arguments = ("--mirror", self.mirror)
        with provider(self.scene.rpc, by_number) as proxy:
            self.assert_found(self.audit(YES, *arguments, rpc=proxy.url))
            self.assertEqual(n_asked, 1)
            self.assert_found(self.audit(YES, *arguments, "--rpc", proxy.url))
        n_asked = 0
        with provider(self.scene.rpc, reorganized) as proxy:
            done = badge("audit", *self.registry, "--rpc", proxy.url, *arguments, check=False)
            self.assertEqual(done.returncode, UNREACHABLE, done.stdout)
            self.assertIn("changed while it was read", done.stderr)

    def test_no_final_block_yet(self):
        none = lambda reply: reply | {"result": None}
        error = lambda reply: {"jsonrpc": "2.0", "id": reply["id"],
                               "error": {"code": -39001, "message": "Unknown block"}}  # fmt: skip
        first = self.scene.ask("eth_getBlockByNumber", "0x0", False)
        early = lambda reply: reply | {"result": first}
        for answer, said in ((none, "names no finalized block: wait, or count confirmations with --confirmations N"),
                             (error, "--confirmations N (" ), (early, "is older than the registry: wait, or count")):
            spoil = lambda method, params, reply: answer(reply) if "finalized" in params else reply
            with provider(self.scene.rpc, spoil) as proxy:
                arguments = ("audit", *self.registry, "--rpc", proxy.url, "--mirror", self.mirror)
                done = badge(*arguments, check=False)
                self.assertEqual(done.returncode, UNREACHABLE, done.stdout)
                self.assertIn(said, done.stderr)
                badge(*arguments, "--confirmations", 2)

    def test_a_stalled_provider(self):
        """A missing batch may be newer than its latest block: the audit reports no fault because of it."""
        def stale(method, params, reply):
            if method != "eth_getBlockByNumber":
                return reply
            block = reply["result"]
            return reply | {"result": block | {"timestamp": hex(int(block["timestamp"], 16) - 4000)}}

        folder, batches, write = self.copy()
        batches.insert(0, batches[0] | {"number": 5, "root": "77" * 32})
        write()
        with provider(self.scene.rpc, stale) as served:
            for arguments in ((), ("--rpc", self.scene.rpc)):
                self.audit(YES, "--mirror", self.mirror, *arguments, rpc=served.url)
                self.assert_found(self.audit(UNREACHABLE, "--mirror", folder, *arguments, rpc=served.url),
                                  ("untold", "providers_unsure"))

    # -- interrupted runs

    def test_resumes(self):
        slow, gate = LyingNode(self.mirror), threading.Event()

        def leaves(number):
            if number < 3:
                gate.wait(WAIT_S)
            return LyingNode.leaves(slow, number)

        slow.leaves = leaves
        state = self.scene.folder / "audit.state"
        with Served(slow) as served:
            arguments = ("--node", served.url, "--state", state)
            cut = subprocess.Popen([daemon.BADGE, "audit", *map(str, self.registry), "--rpc", self.scene.rpc,
                                    *map(str, arguments)], stdout=subprocess.DEVNULL)
            try:
                until("two batches are verified", lambda: state.exists() and state.read_bytes().count(b"\n") == 3)
            finally:
                cut.send_signal(signal.SIGKILL)
                cut.wait(WAIT_S)
                gate.set()
            with state.open("ab") as file:
                file.write(b"a torn li")
            slow.asked.clear()
            report = self.audit(YES, *arguments)
            self.assertEqual(report["counts"]["fromState"], 2)
            self.assertEqual(sorted(p for p in slow.asked if "leaves" in p),
                             ["/v1/batches/1/leaves", "/v1/batches/2/leaves"])
            slow.asked.clear()
            self.assertEqual(self.audit(YES, *arguments)["counts"]["fromState"], 4)
            self.assertFalse([p for p in slow.asked if "leaves" in p])
            # A state file that others can write is refused.
            for mode in (0o620, 0o602):
                state.chmod(mode)
                self.assertIsNone(self.audit(USAGE, *arguments))
            state.chmod(0o600)
            # So is the state of another chain, contract or issuer.
            whole = state.read_text()
            for theirs in whole.split("\n")[0].split(" ")[2:]:
                state.write_text(whole.replace(theirs, "1" if theirs == str(CHAIN_ID) else self.third, 1))
                self.assertIsNone(self.audit(USAGE, *arguments))
            state.write_text(whole)
            # The state does not count for another source.
            self.assertEqual(self.audit(YES, "--mirror", self.mirror, "--state", state)["counts"]["fromState"], 0)

    # -- other operators on the chain; last, because it is permanent

    def test_zz_another_operator(self):
        root, digest = "0x" + "cd" * 32, "0x" + "01" * 32
        issuer = self.scene.issuer
        self.cast(issuer, "setOperator(address,bool)", self.third, "true")
        self.cast(self.third, "anchor(address,bytes32,uint64)", issuer, root, "7")
        self.cast(self.third, "revoke(address,bytes32[],uint8)", issuer, f"[{digest},0x{'02' * 32}]", "4")
        self.cast(issuer, "restore(bytes32[])", f"[{digest}]")
        self.scene.await_final(self.cast(issuer, "setOperator(address,bool)", self.third, "false"))
        report = self.audit(NO, "--node", self.scene.url)
        self.assert_found(report, ("missing", "no_source"))
        self.assertEqual((report["findings"][0]["root"], report["findings"][0]["sequence"]), (root[2:], 5))
        self.assertTrue(report["log"]["proven"])
        self.assertEqual(report["counts"]["revoked"], 1)
        reasons = dict.fromkeys(("unspecified", "error", "replaced", "unmet", "annulled", "holder"), 0)
        self.assertEqual(report["counts"]["revokedFor"], reasons | {"annulled": 1})
        reasons = dict.fromkeys(("unspecified", "error", "replaced", "unmet", "annulled", "holder"), 0)
        self.assertEqual(report["counts"]["revokedFor"], reasons | {"annulled": 1})
        (thief,) = [o for o in report["operators"] if o["account"].lower() == self.third.lower()]
        self.assertEqual((thief["anchors"], thief["allowed"]), (1, False))
        self.assertEqual([c["allowed"] for c in thief["changes"]], [True, False])
        # A mirror need not keep withdrawn batches.
        self.scene.await_final(self.cast(issuer, "withdraw(bytes32)", root))
        report = self.audit(YES, "--node", self.scene.url)
        self.assertEqual((report["counts"]["withdrawn"], report["anchors"][4]["copies"]), (1, 0))


if __name__ == "__main__":
    unittest.main()
