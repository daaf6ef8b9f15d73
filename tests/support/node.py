"""Runs a real badged for a test, with its own folder, a key, tokens and a port that the system chooses.

    with Node(settings={"http.max_json": "64 KiB"}) as node:
        node.get("/healthz")

Programs are found beside $BADGED_BIN, else in build/dev/bin. Only Python's standard library is used.
"""

import http.client
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BADGED = pathlib.Path(os.environ.get("BADGED_BIN", ROOT / "build/dev/bin/badged"))
BADGE = BADGED.with_name("badge")
NOBODY = "0x00000000000000000000000000000000000000AA"
WAIT_S = 300  # for what must happen: long, so that no test fails on a slow machine


class NodeError(Exception):
    pass


def until(what, condition, timeout_s=WAIT_S):
    """Repeats condition() until it returns a true value, and returns that."""
    end = time.monotonic() + timeout_s
    while not (answer := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f"timed out after {timeout_s} s waiting for this: {what}")
        time.sleep(0.05)
    return answer


def join(thread):
    """Waits for the end of a thread."""
    thread.join(WAIT_S)
    if thread.is_alive():
        raise RuntimeError(f"timed out after {WAIT_S} s waiting for the end of {thread.name}")


_keystore = None


def keystore():
    """A key and its passphrase file, created once per run. Returns (file, passphrase file, account)."""
    global _keystore
    if _keystore is None:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="badged-key-"))
        passphrase = folder / "passphrase"
        passphrase.write_text("correct horse\n")
        done = subprocess.run([BADGE, "keygen", "-o", folder / "key", "--passphrase-file", passphrase],
                              check=True, capture_output=True, text=True)
        _keystore = (folder / "key", passphrase, done.stdout.split()[-1])
    return _keystore


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of a problem: the end of its URN; None for other answers."""
        if self.headers.get("Content-Type") != "application/problem+json":
            return None
        return self.json()["type"].removeprefix("urn:badged:error:")


class Node:
    """A node that runs from start() to stop(). Its log is kept; a line marked `broken` fails stop()."""

    def __init__(self, settings=None, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="badged-test-"))
        self.is_own_folder = folder is None
        self.store = self.folder / "store"
        self.settings = {
            "http.listen": "127.0.0.1:0",
            "store.path": str(self.store),
            "chain.rpc": "http://127.0.0.1:1",  # no provider there: the node serves requests and is not ready
            "chain.id": "31337",
            "chain.issuer": NOBODY,
        } | (settings or {})
        if "chain.keystore" not in self.settings:
            key, passphrase, self.operator = keystore()
            self.settings |= {"chain.keystore": str(key), "chain.passphrase_file": str(passphrase)}
        self.process = self.port = None
        self.log, self.began = [], 0  # began: the index of the first line since the last start
        self.tokens = {}
        # Variables to add at the next start. What a sanitizer keeps of freed memory would hide what the node holds.
        self.environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"}
        self.expected_broken = None  # a `broken` line with this text is expected and does not fail stop()

    # -- start and stop

    def write_config(self):
        sections = {}
        for key, value in self.settings.items():
            section, name = key.split(".")
            sections.setdefault(section, []).append(f"{name} = {value}")
        text = "".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())
        path = self.folder / "badged.conf"
        path.write_text(text)
        return path

    def start(self):
        self.store.mkdir(parents=True, exist_ok=True, mode=0o700)
        for scope in ("submit", "digest", "admin"):
            if scope not in self.tokens:
                self.tokens[scope] = self.create_token(scope)
        self.began = len(self.log)
        self.process = subprocess.Popen([BADGED, "--config", self.write_config()], stderr=subprocess.PIPE, text=True,
                                        errors="replace", env=os.environ | self.environment)
        lines = queue.Queue()
        self.reader = threading.Thread(target=self._read_log, args=(self.process.stderr, lines), daemon=True)
        self.reader.start()
        while True:
            try:
                line = lines.get(timeout=WAIT_S)
            except queue.Empty:
                line = None
            if line is None:
                self.process.kill()
                raise NodeError("the node did not start:\n" + "".join(self.log))
            match = re.search(r'listening .*address="?[^" ]*:(\d+)', line)
            if match:
                self.port = int(match[1])
                return self

    def _read_log(self, pipe, lines):
        for line in pipe:
            self.log.append(line)
            lines.put(line)
        lines.put(None)

    def stop(self, how=signal.SIGTERM):
        """Returns the exit status. Use SIGKILL for a crash."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        try:
            status = self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise NodeError("the node did not stop:\n" + "".join(self.log[-20:]))
        finally:
            join(self.reader)
            self.process.stderr.close()
            self.process = None
        markers = (" broken ", "ERROR: ", "runtime error", "WARNING: ThreadSanitizer")
        broken = [line for line in self.log if any(marker in line for marker in markers)
                  and not (self.expected_broken and self.expected_broken in line)]
        if broken:
            raise NodeError("".join(broken + self.log[-40:]))
        return status

    def stop_s(self):
        """Stops it; returns the seconds that this took. Waits first until the key is open: opening it delays a stop."""
        self.await_line("key in use", since=self.began)
        since = time.monotonic()
        status = self.stop()
        assert status == 0, status
        return time.monotonic() - since

    def await_line(self, *texts, since=0):
        """Waits for a log line with all texts, and returns it. HTTP may show an action before its line is read."""
        found = lambda: next((line for line in self.log[since:] if all(text in line for text in texts)), None)
        return until(f"the log has a line with {texts}", found)

    def await_heads(self, n=3):
        """Waits until the node has seen n more heads of the chain, one after another. Each begins a round of the anchor's
        work, so with the third a whole round is over: what the node would have done at once is done."""
        head = lambda: self.get("/v1/node").json().get("head")
        for _ in range(n):
            last = head()
            until("the node sees another head", lambda: head() != last)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            if self.is_own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)

    # -- requests

    def create_token(self, scopes):
        done = subprocess.run([BADGE, "token", "create", "--scope", scopes, "--store", self.store],
                              check=True, capture_output=True, text=True)
        return re.search(r"badged_[A-Za-z0-9_-]{43}", done.stdout)[0]

    def connect(self, timeout=WAIT_S):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, scope=None, connection=None):
        headers = dict(headers or {})
        if scope:
            headers["Authorization"] = "Bearer " + self.tokens[scope]
        own = connection or self.connect()
        try:
            own.request(method, path, body=body, headers=headers)
            response = own.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            if connection is None:
                own.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def submit(self, body, media="application/octet-stream", **more):
        """By default any JSON is taken, of whatever type."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        return self.request("POST", "/v1/credentials", body, {"Content-Type": media} if media else {}, "submit", **more)
