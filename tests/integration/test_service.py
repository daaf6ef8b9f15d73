"""badged under a service manager, simulated by a socket: which notifications it sends, and when."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from unittest import mock

from node import BADGED, WAIT_S, Node


class Manager:
    """The receiving end of sd_notify: $NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(WAIT_S)

    def next(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))

    def await_key(self, key):
        message = {}
        end = time.monotonic() + WAIT_S  # others may come for ever
        while key not in message:
            assert time.monotonic() < end, f"timed out after {WAIT_S} s waiting for {key}"
            message = self.next()
        return message


class Service(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="badged-service-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.manager = Manager(self.folder)
        self.addCleanup(self.manager.socket.close)

    def test_ready_watchdog_and_stopping(self):
        with mock.patch.dict(os.environ, NOTIFY_SOCKET=self.manager.path), Node() as node:
            self.assertEqual(self.manager.await_key("READY"), {"READY": "1"})
            self.assertEqual(node.get("/healthz").status, 200)  # ready means that it serves requests
            for _ in range(2):  # repeatedly
                message = self.manager.await_key("WATCHDOG")
                self.assertEqual(message["WATCHDOG"], "1")
                self.assertRegex(message["STATUS"], r"^not ready: \w.*")  # it has no chain
            node.process.send_signal(signal.SIGTERM)
            self.assertEqual(self.manager.await_key("STOPPING")["STOPPING"], "1")

    def test_a_failed_start_is_never_ready(self):
        done = subprocess.run(
            [BADGED, "--store-path", self.folder / "absent" / "store", "--chain-rpc", "http://127.0.0.1:1",
             "--chain-id", "1", "--chain-issuer", "0x" + "11" * 20, "--chain-keystore", self.folder / "absent"],
            env=os.environ | {"NOTIFY_SOCKET": self.manager.path, "BADGED_LOG_LEVLE": "error"}, capture_output=True,
            timeout=WAIT_S)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"BADGED_LOG_LEVLE", done.stderr)
        self.manager.socket.setblocking(False)
        self.assertRaises(BlockingIOError, self.manager.next)


if __name__ == "__main__":
    unittest.main()
