"""Test cases with a Scene of their own (a chain, an issuer, a node), which starts and stops with each test."""

import hashlib
import json
import unittest

from scene import Scene, until


def digests(label, n):
    return [hashlib.sha256(f"{label} {i}".encode()).hexdigest() for i in range(n)]


class SceneCase(unittest.TestCase):
    settings = {}  # settings of the node
    start = True  # whether setUp() starts the node
    chain = {}  # more arguments of the Scene

    def setUp(self):
        self.scene = Scene(self.settings, node=self.start, **self.chain).__enter__()
        self.addCleanup(self.scene.__exit__)
        self.node = self.scene.node

    def submit(self, values):
        body = json.dumps({"digests": values})
        answer = self.node.request("POST", "/v1/digests", body, {"Content-Type": "application/json"}, "digest")
        self.assertEqual(answer.status, 200, answer.body)


class BatchCase(SceneCase):
    """Refers to a batch by its number."""

    def seal(self, label, n=3):
        self.submit(digests(label, n))
        answer = self.node.request("POST", "/v1/batches", scope="admin")
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()["number"]

    def state(self, number):
        return self.node.get(f"/v1/batches/{number}").json()["state"]

    def wait_for(self, number, *states):
        until(f"batch {number} is {' or '.join(states)}", lambda: self.state(number) in states)

    def reason(self):
        """The first code of /readyz; None if the node is ready."""
        reasons = self.node.get("/readyz").json()["reasons"]
        return reasons[0]["code"] if reasons else None

    def wait_for_reason(self, code):
        until(f"/readyz reports {code}", lambda: self.reason() == code)

    def wait_until_ready(self):
        until("the node is ready", lambda: self.reason() is None)
