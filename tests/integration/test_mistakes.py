#!/usr/bin/env python3
"""Ordinary mistakes with `badge`: each gets a sentence that helps and the exit status of the manual, and harms nothing.
Without a chain or a node: a fake server answers where an answer is needed.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from node import BADGE, BADGED
from scene import ROOT, badge

SAMPLES = ROOT / "tests" / "samples"
BADGE_IMAGE, CREDENTIAL = SAMPLES / "badge.png", SAMPLES / "open-badge.json"
DIGEST = "ab" * 32
NOBODY = "http://127.0.0.1:1"
ACCOUNT = "0x00000000000000000000000000000000000000aa"
YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3


class StandIn:
    """Answers requests from a function (method, path, body) → (status, value), and keeps them."""

    def __init__(self, answer):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def reply(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.append((self.command, self.path))
                status, value = answer(self.command, self.path, body)
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = reply

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def a_chain(_, __, body):
    return 200, {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": "0x7a69"}


class Mistakes(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.empty = self.folder / "empty"
        self.empty.touch()
        self.token = self.folder / "token"
        self.token.write_text("badged_" + "A" * 43 + "\n")

    def stand_in(self, answer):
        server = StandIn(answer)
        self.addCleanup(server.close)
        return server

    def badge(self, status, *words, says="", **more):
        done = badge(*words, check=False, **more)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        self.assertIn(says, done.stderr)
        return done


class Output(Mistakes):
    def test_what_is_no_file_of_its_own_stays_what_it_is(self):
        target, link = self.folder / "target", self.folder / "link"
        target.write_text("what was there before, which is longer than what comes\n" * 100)
        link.symlink_to(target)
        self.badge(YES, "unbake", BADGE_IMAGE, "-o", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(target.read_bytes(), badge("unbake", BADGE_IMAGE, text=False).stdout)

        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
        self.badge(YES, "unbake", BADGE_IMAGE, "-o", pipe)
        self.assertEqual(reader.communicate()[0], target.read_bytes())
        self.assertTrue(pipe.is_fifo())

        link.unlink()
        link.symlink_to("/dev/full")
        self.badge(USAGE, "unbake", BADGE_IMAGE, "-o", link, says="No space left")

    def test_names_that_are_no_text(self):
        """A name in Latin-1, with a colour and a line end in it: one line, whatever it is for."""
        name = os.fsencode(self.folder) + b"/Zeugnis f\xfcr \x1b[31mUlla\n.json"
        Path(os.fsdecode(name)).write_bytes(CREDENTIAL.read_bytes())
        shown = str(self.folder / "Zeugnis f?r ?[31mUlla?.json")
        for words in (("digest",), ("verify", CREDENTIAL)):
            done = subprocess.run([BADGE, *words, name, "--json"], capture_output=True, text=True)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])["file"], shown)
            done = subprocess.run([BADGE, *words, name], capture_output=True, text=True)
            self.assertIn(shown, done.stdout)
            self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_a_full_disk(self):
        for words in (("--help",), ("--version",), ("digest", "--help"), ("digest", CREDENTIAL), ("unbake", BADGE_IMAGE)):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BADGE, *words], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, USAGE, words)
            self.assertIn("output could not be written", done.stderr)
        for word in ("--help", "--version", "--print-config"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BADGED, word], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr), (1, "badged: the output could not be written\n"), word)

    def test_folders_that_are_none(self):
        token = ("--token-file", self.token)
        self.badge(USAGE, "submit", CREDENTIAL, "--receipts", self.empty, "--node", NOBODY, *token, says="empty")
        self.badge(USAGE, "mirror", self.empty, "--node", NOBODY, says="Not a directory")
        self.badge(USAGE, "mirror", "/nowhere/mirror", "--node", NOBODY, says="/nowhere/mirror")
        self.badge(USAGE, "token", "list", "--store", "/nowhere", says="--store")
        self.badge(USAGE, "token", "create", "--scope", "submit", "--store", "/nowhere", says="--store")

    def test_a_dash(self):
        self.badge(USAGE, "backup", "-", "--store", self.folder, says="name a file", cwd=self.folder)
        self.badge(USAGE, "restore", "-", "--store", self.folder / "new", says="name a file")
        passphrase = self.folder / "passphrase"
        passphrase.write_text("correct horse\n")
        done = self.badge(YES, "keygen", "-o", "-", "--passphrase-file", passphrase, cwd=self.folder)
        self.assertEqual(json.loads(done.stdout)["version"], 3)
        self.assertFalse((self.folder / "-").exists())


class Settings(Mistakes):
    def test_more_providers_than_a_node_asks(self):
        urls = " ".join(f"http://127.0.0.1:{port}" for port in range(1, 18))
        done = subprocess.run([BADGED, "--chain-rpc", urls, "--chain-id", "1", "--chain-issuer", "0x" + "11" * 20],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (USAGE, "badged: chain.rpc has 17 URLs; name at most 16\n"))


class Keys(Mistakes):
    def test_a_document_that_is_no_key(self):
        self.badge(USAGE, "address", CREDENTIAL, says="not a Web3 Secret Storage keystore")

    def test_files_of_a_key(self):
        """What is wrong with files of one's own is an error of input, whatever it is."""
        chain = self.stand_in(a_chain)
        operator = ("operator", "add", ACCOUNT, "--rpc", chain.url)
        key, passphrase = self.folder / "key.json", self.folder / "passphrase"
        passphrase.write_text("correct horse\n")
        badge("keygen", "-o", key, "--passphrase-file", passphrase)
        right = ("--passphrase-file", passphrase)
        for keystore in ("/nowhere", self.folder, self.empty, CREDENTIAL):
            self.badge(USAGE, *operator, "--keystore", keystore, *right, says=str(keystore))
        for file in ("/nowhere", self.folder, self.empty):
            self.badge(USAGE, *operator, "--keystore", key, "--passphrase-file", file, says=str(file))
            self.badge(USAGE, "keygen", "-o", self.folder / "new", "--passphrase-file", file, says=str(file))
        self.badge(USAGE, "keygen", "-o", "/nowhere/new", *right, says="/nowhere/new")
        for words in (("keygen", "-o", self.folder / "new"), (*operator, "--keystore", key)):
            self.badge(USAGE, *words, says="passphrase_file", start_new_session=True)
        self.assertFalse((self.folder / "new").exists())


class Nodes(Mistakes):
    def test_names_of_nodes(self):
        for name in ("localhost:8080", "ftp://localhost", "/srv/mirror"):
            self.badge(USAGE, "receipt", DIGEST, "--node", name, says="not an http or https URL")
        stranger = self.stand_in(lambda *_: (404, "not a node"))
        self.badge(NO, "receipt", DIGEST, "--node", stranger.url, says="check --node")

    def test_tokens(self):
        self.badge(USAGE, "submit", CREDENTIAL, "--node", NOBODY, "--token-file", self.empty, says="is empty")

    def test_nothing_to_submit(self):
        node = self.stand_in(lambda *_: (500, {}))
        words = ("submit", "--node", node.url, "--token-file", self.token)
        self.badge(NO, *words, self.empty, says="the file is empty")
        (self.folder / "none").mkdir()
        self.badge(YES, *words, self.folder / "none", says="no file to submit")
        self.assertEqual(node.asked, [])


class Revoking(Mistakes):
    def test_an_undo_meanwhile_is_not_revoked_again(self):
        states = iter(("sent", "mined"))

        def answer(method, path, body):
            if method == "POST":
                return 200, {"results": [{"digest": one, "state": "requested"} for one in json.loads(body)["digests"]]}
            if path == f"/v1/credentials/{'cd' * 32}/revocation":
                return 200, {"digest": "cd" * 32, "state": "final"}
            if state := next(states, None):
                return 200, {"digest": DIGEST, "state": state}
            return 404, {"type": "urn:badged:error:not_revoked", "detail": "No revocation."}

        node = self.stand_in(answer)
        words = ("revoke", DIGEST, "cd" * 32, "--wait", "final", "--json", "--node", node.url, "--token-file", self.token)
        done = self.badge(NO, *words, says="the issuer has undone")
        answers = {line["digest"]: line["state"] for line in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(answers, {DIGEST: "undone", "cd" * 32: "final"})
        posts = [path for method, path in node.asked if method == "POST"]
        self.assertEqual(posts, ["/v1/revocations"], "it was requested more than once")

    def test_a_token_that_is_not_taken(self):
        node = self.stand_in(lambda *_: (401, {"detail": "The token is unknown."}))
        done = self.badge(USAGE, "revoke", DIGEST, "--node", node.url, "--token-file", self.token, says="unknown")
        self.assertNotIn("again", done.stderr)


class Verifying(Mistakes):
    def test_what_was_forgotten(self):
        self.badge(UNREACHABLE, "verify", BADGE_IMAGE, says="--rpc URL")
        alone = shutil.copy(CREDENTIAL, self.folder)
        self.badge(UNREACHABLE, "verify", alone, says="--receipt FILE")
        self.badge(UNREACHABLE, "verify", alone, "--rpc", NOBODY, says="connection refused")

    def test_a_document_that_is_too_long(self):
        long = self.folder / "long"
        long.touch()
        os.truncate(long, (64 << 20) + 1)
        chain = self.stand_in(a_chain)
        says = f"{long} is longer than the limit of 64 MiB"
        self.badge(USAGE, "verify", long, "--rpc", chain.url, says=says)
        self.badge(NO, "submit", long, "--node", NOBODY, "--token-file", self.token, says=says)

    def test_sources_of_an_audit(self):
        words = ("audit", "--rpc", NOBODY, "--issuer", ACCOUNT)
        self.badge(USAGE, *words, "--mirror", "/nowhere", says="/nowhere")
        self.badge(USAGE, *words, "--backup", "/nowhere", says="/nowhere")
        (self.folder / "b.tar.audit").mkdir()
        (self.folder / "b.tar").touch()
        self.badge(USAGE, *words, "--backup", self.folder / "b.tar", says="b.tar.audit is there already")
        self.assertTrue((self.folder / "b.tar.audit").is_dir(), "what another audit may be using was removed")


if __name__ == "__main__":
    unittest.main()
