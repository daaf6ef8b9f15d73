"""Rig: a test case with a chain and providers of rpc_server.py and a real node, for tests of misbehaving chains. At the
end of each test it checks the invariants.
"""

import hashlib
import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import keystore
import node as daemon
from rpc_server import GWEI, Chain, Provider
from scene import until

KEY = bytes.fromhex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ISSUER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
MAX_FEE, MAX_TIP = 100 * GWEI, 5 * GWEI


class Rig(unittest.TestCase):
    """A chain, n_providers providers that share it, and a node."""

    n_providers, settings = 1, {}
    n_nonces = 1  # for each root

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="badged-providers-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.chain = self.make_chain()
        self.chain.start()
        self.addCleanup(self.chain.stop)
        self.providers = [self.make_provider(self.chain) for _ in range(self.n_providers)]
        self.node, self.sealed = None, {}

    def make_chain(self):
        return Chain(OPERATOR, ISSUER)

    def make_provider(self, chain):
        provider = Provider(chain)
        self.addCleanup(provider.close)
        return provider

    def start(self, **settings):
        """Starts the node once the test has prepared the chain, or restarts it after a stop."""
        if self.node is None:
            passphrase = self.folder / "passphrase"
            passphrase.write_text("open\n")
            keystore.write(self.folder / "key", KEY, OPERATOR, b"open")
            self.node = daemon.Node({
                "chain.rpc": " ".join(p.url for p in self.providers),
                "chain.issuer": ISSUER,
                "chain.keystore": str(self.folder / "key"),
                "chain.passphrase_file": str(passphrase),
                "chain.max_fee": "100 gwei",
                "chain.max_priority_fee": "5 gwei",
                "chain.bump_after": "2 s",
            } | self.settings | settings, self.folder)  # fmt: skip
            self.addCleanup(self.kill)
        self.node.start()

    def kill(self):
        if self.node.process:
            self.node.process.kill()
            self.node.process.wait(daemon.WAIT_S)

    # -- actions

    def seal(self, label="a"):
        """Seals a batch of one digest; returns its number."""
        digest = hashlib.sha256(f"{self.id()} {label}".encode()).hexdigest()
        body = json.dumps({"digests": [digest]})
        answer = self.node.request("POST", "/v1/digests", body, {"Content-Type": "application/json"}, "digest")
        self.assertEqual(answer.status, 200, answer.body)
        answer = self.node.request("POST", "/v1/batches", scope="admin")
        self.assertEqual(answer.status, 201, answer.body)
        batch = answer.json()
        self.sealed[batch["number"]] = "0x" + batch["root"]
        return batch["number"]

    def state(self, number):
        return self.node.get(f"/v1/batches/{number}").json()["state"]

    def wait(self, what, condition):
        try:
            return until(what, condition)
        except RuntimeError as error:
            self.fail(f"{error}; the log ends with\n{''.join(self.node.log[-25:])}")

    def wait_for(self, number, *states):
        self.wait(f"batch {number} is {' or '.join(states)}", lambda: self.state(number) in states)

    def reasons(self):
        """The reasons as an administrator sees them; checks that others see no address of a provider."""
        shown = self.node.get("/readyz").json()["reasons"]
        for reason in shown:
            self.assertNotIn("http", reason["detail"])
        return {r["code"]: r["detail"] for r in self.node.request("GET", "/readyz", scope="admin").json()["reasons"]}

    def wait_for_reason(self, code):
        return self.wait(f"/readyz reports {code}", lambda: self.reasons().get(code))

    def wait_until_ready(self):
        self.wait("ready", lambda: self.node.get("/readyz").status == 200)

    def healthy(self):
        return [p["healthy"] for p in self.node.request("GET", "/v1/node", scope="admin").json().get("providers", [])]

    def metric(self, name):
        match = re.search(rf"(?m)^{re.escape(name)} (\S+)$", self.node.get("/metrics").body.decode())
        return float(match[1])

    def log_has(self, text):
        return any(text in line for line in self.node.log)

    def until_log(self, text):
        self.wait(f"the log contains {text}", lambda: self.log_has(text))

    def sent(self, number=1):
        return [t for t in self.chain.sent if t.root == self.sealed[number]]

    def fees(self, number=1):
        """(fee, tip) of each attempt, in the order of arrival."""
        return list(dict.fromkeys((t.fee, t.tip) for t in self.sent(number)))

    # -- the invariants

    def finish(self, ready=True):
        """Waits until all sealed batches are final, checks what must hold, stops the node."""
        for number in self.sealed:
            self.wait_for(number, "final")
        if ready:
            self.wait_until_ready()
        self.check_invariants()
        for number, root in self.sealed.items():
            batch = self.node.get(f"/v1/batches/{number}").json()
            self.assertEqual("0x" + batch["root"], root)
            anchored = [b for b in self.chain.blocks for r, _ in b.anchored if r == root]
            self.assertEqual([batch["anchor"]["block"]["hash"]], [b.hash for b in anchored])
        self.assertEqual(self.node.stop(), 0)

    def check_invariants(self):
        for number in self.sealed:
            self.assertLessEqual(len({t.nonce for t in self.sent(number)}), self.n_nonces)
        roots = {}
        for t in self.chain.sent:
            self.assertIn(t.root, self.sealed.values())
            self.assertEqual(roots.setdefault(t.nonce, t.root), t.root)
            self.assertLessEqual(t.fee, MAX_FEE)
            self.assertLessEqual(t.tip, MAX_FEE if t.legacy else MAX_TIP)
