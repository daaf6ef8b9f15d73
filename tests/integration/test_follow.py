"""Chain status of credentials on a node that did not send the transactions: revoked, restored, withdrawn, with account
and time; and the credentials of a withdrawn batch. Anvil's unlocked accounts send the transactions, so that no code of
the project signs them.
"""

import hashlib
import json
import shutil
import sys
import threading
import unittest
from datetime import datetime, timezone

import credentials
from credentials import ISSUER_ID
from events_client import Events
from liar import Liar
from registry_client import call_data, revoke_data
from scene import ARTIFACT, CHAIN_ID, WAIT_S, Scene, badge, until


def digests_of(label, n):
    return [hashlib.sha256(f"{label} {i}".encode()).hexdigest() for i in range(n)]


def rfc3339(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Follow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene({"batch.max_age": "1 h"}))
        cls.accounts = cls.scene.ask("eth_accounts")
        cls.other = cls.accounts[2]  # an operator that this node does not know
        cls.send(cls.scene.issuer, call_data("setOperator(address,bool)", bytes.fromhex(cls.other[2:]), 1))

    # -- transactions

    @classmethod
    def send(cls, sender, data):
        """Returns the time of its block."""
        block = cls.scene.ask("eth_getBlockByNumber", hex(cls.scene.send(sender, data)), False)
        return int(block["timestamp"], 16)

    def revoke(self, sender, *digests):
        issuer = bytes.fromhex(self.scene.issuer[2:])
        return self.send(sender, revoke_data(issuer, [bytes.fromhex(d) for d in digests]))

    def restore(self, *digests):
        data = call_data("restore(bytes32[])", path=[bytes.fromhex(d) for d in digests])
        return self.send(self.scene.issuer, data)

    def withdraw(self, root):
        return self.send(self.scene.issuer, call_data("withdraw(bytes32)", bytes.fromhex(root)))

    # -- the node

    def post(self, digests, state):
        answer = self.scene.node.request("POST", "/v1/digests", json.dumps({"digests": digests}),
                                         {"Content-Type": "application/json"}, "digest")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual([r["state"] for r in answer.json()["results"]], [state] * len(digests))

    def anchored(self, label, n=3):
        """Returns (digests, their batch), which is final."""
        digests = digests_of(f"{self.id()} {label}", n)
        self.post(digests, "pending")
        self.scene.seal_all()
        return digests, self.record(digests[0])["batch"]

    def record(self, digest):
        answer = self.scene.node.get(f"/v1/credentials/{digest}")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def wait(self, digest, status):
        return until(f"{digest} is {status}", lambda: (r := self.record(digest))["status"] == status and r)

    def open_stream(self):
        return self.enterContext(Events(self.scene.node.port)).begin()

    def restart_with(self, provider):
        self.scene.node.stop()
        self.scene.node.settings["chain.rpc"] = provider
        self.scene.start_node()

    def batch(self, number):
        return self.scene.node.get(f"/v1/batches/{number}").json()

    def wait_until_final(self, head):
        until("the node has read up to a finalized block",
              lambda: self.scene.node.get("/v1/node").json()["followed"]["finalized"] >= head)

    def head(self):
        return int(self.scene.ask("eth_blockNumber"), 16)

    # -- tests

    def test_revoked_and_restored_by_others(self):
        digests, _ = self.anchored("a")
        path = f"/v1/credentials/{digests[0]}"
        self.wait(digests[0], "good")
        before = self.scene.node.get(path)
        self.assertEqual((before.json()["status"], before.headers["Cache-Control"]), ("good", "public, max-age=5"))
        receipt = self.scene.node.get(path + "/receipt").body
        events = self.open_stream()
        seconds = self.revoke(self.other, digests[0])
        record = self.wait(digests[0], "revoked")
        events.until("credential", digest=digests[0], status="revoked")
        self.assertEqual((record["statusTime"], record["statusAccount"].lower()), (rfc3339(seconds), self.other))
        after = self.scene.node.get(path, If_None_Match=before.headers["ETag"])
        self.assertEqual(after.status, 200)
        self.assertEqual(self.scene.node.get(path, If_None_Match=after.headers["ETag"]).status, 304)
        self.assertEqual(self.scene.node.get(path + "/receipt").body, receipt)
        self.assertEqual(self.record(digests[1])["status"], "good")
        self.wait_until_final(self.head())
        self.assertEqual(self.record(digests[0]), record)
        self.restore(digests[0])
        record = self.wait(digests[0], "good")
        self.assertFalse({"statusTime", "statusAccount"} & set(record))

    def test_revoked_before_its_submission(self):
        (digest,) = digests_of(self.id(), 1)
        self.revoke(self.accounts[1], digest)
        self.wait_until_final(self.head())
        self.post([digest], "pending")
        record = self.wait(digest, "revoked")
        self.assertEqual((record["state"], record["statusAccount"].lower()), ("pending", self.accounts[1]))

    def test_many_at_once(self):
        digests, _ = self.anchored("a", 200)
        self.revoke(self.other, *digests[:30])
        self.revoke(self.accounts[1], *digests[10:32])
        self.wait(digests[31], "revoked")
        for i, digest in enumerate(digests[:40]):
            record = self.record(digest)
            self.assertEqual(record["status"], "revoked" if i < 32 else "good")
            if i < 32:
                self.assertEqual(record["statusAccount"].lower(), self.other if i < 30 else self.accounts[1])

    def test_operators(self):
        known = lambda: {o["account"].lower(): o["since"] for o in self.scene.node.get("/v1/node").json()["operators"]}
        until("the other operator is known", lambda: self.other in known())
        self.assertIn(self.accounts[1], known())
        third = bytes.fromhex(self.accounts[3][2:])
        seconds = self.send(self.scene.issuer, call_data("setOperator(address,bool)", third, 1))
        until("a third operator is known", lambda: known().get(self.accounts[3]) == rfc3339(seconds))
        self.send(self.scene.issuer, call_data("setOperator(address,bool)", third, 0))
        until("the third operator is removed", lambda: self.accounts[3] not in known())
        self.scene.node.await_line("operator appointed on the chain")
        self.scene.node.await_line("operator removed on the chain")

    def test_withdrawn_and_submitted_again(self):
        document = next(c for c in (credentials.credential(self.id(), i) for i in range(50)) if c.verdict == "valid")
        file = self.scene.folder / document.name
        file.write_bytes(document.data)
        digest = badge("digest", file).stdout.split()[0]
        self.assertEqual(self.scene.node.submit(document.data, document.media_type).status, 201)
        self.scene.seal_all()
        old = self.record(digest)["batch"]
        receipt = lambda: self.scene.node.get(f"/v1/credentials/{digest}/receipt")
        first = receipt()
        self.assertEqual(first.headers["Cache-Control"], "public, max-age=600")
        events = self.open_stream()
        seconds = self.withdraw(old["root"])
        record = self.wait(digest, "withdrawn")
        self.assertEqual((record["statusTime"], record["statusAccount"].lower()), (rfc3339(seconds), self.scene.issuer))
        withdrawn = self.batch(old["number"])["withdrawn"]
        self.assertEqual((withdrawn["time"], withdrawn["account"]), (rfc3339(seconds), record["statusAccount"]))
        events.until("batch", number=old["number"], withdrawn=withdrawn)
        self.wait_until_final(self.head())
        answer = self.scene.node.submit(document.data, document.media_type)
        self.assertEqual((answer.status, answer.json()["state"], answer.json()["status"]), (201, "pending", "good"))
        self.assertEqual(receipt().status, 202)
        self.assertEqual(self.scene.node.submit(document.data, document.media_type).status, 200)
        self.scene.node.stop(9)  # kill -9: it must still be pending
        self.scene.start_node()
        self.assertEqual(self.record(digest)["state"], "pending")
        self.scene.seal_all()
        new = self.wait(digest, "good")
        self.assertEqual(new["state"], "final")
        self.assertGreater(new["batch"]["number"], old["number"])
        second = receipt()
        self.assertEqual(second.status, 200)
        self.assertIn(new["batch"]["root"], second.body.decode())
        self.assertIn("withdrawn", self.batch(old["number"]))
        self.assertNotIn("withdrawn", self.batch(new["batch"]["number"]))
        for answer, verdict in ((first, "withdrawn"), (second, "valid")):
            self.assertEqual(self.verdict(file, answer.body), verdict)
        headers = {"Content-Type": document.media_type}
        report = self.scene.node.request("POST", "/v1/verify", document.data, headers).json()
        self.assertEqual(report["verdict"], "valid")

    def verdict(self, file, receipt):
        beside = self.scene.folder / "one.receipt.json"
        beside.write_bytes(receipt)
        done = badge("verify", file, "--receipt", beside, "--rpc", self.scene.rpc, "--chain-id", CHAIN_ID, "--issuer",
                     f"{ISSUER_ID}={self.scene.issuer}", "--json", check=False)  # fmt: skip
        return json.loads(done.stdout)["verdict"]

    def test_changes_while_the_node_was_down(self):
        digests, batch = self.anchored("a")
        _, other = self.anchored("b")
        self.scene.node.stop()
        self.revoke(self.other, *digests)
        self.restore(digests[1])
        self.withdraw(other["root"])
        standing = self.scene.node.store / "standing"
        for remove in (False, True):
            if remove:
                self.scene.node.stop()
                standing.unlink()
            self.scene.start_node()
            self.wait(digests[0], "revoked")
            self.wait(digests[2], "revoked")
            self.wait(digests[1], "good")
            until("the batch is withdrawn", lambda: "withdrawn" in self.batch(other["number"]))
        self.wait_until_final(self.head())
        # A backup while the node runs, restored elsewhere.
        archive, folder = self.scene.folder / "backup.tar", self.scene.folder / "restored"
        badge("backup", archive, "--store", self.scene.node.store)
        badge("restore", archive, "--store", folder)
        self.assertIn("clean", badge("fsck", "--store", folder).stdout)
        self.assertTrue((folder / "standing").exists())
        shutil.rmtree(folder)
        self.scene.node.stop()
        self.assertIn("clean", badge("fsck", "--store", self.scene.node.store).stdout)
        self.scene.start_node()

    def test_a_reorg_undoes_a_revocation(self):
        digests, _ = self.anchored("a")
        with self.scene.no_blocks():
            issuer = bytes.fromhex(self.scene.issuer[2:])
            data = revoke_data(issuer, [bytes.fromhex(digests[0])])
            self.scene.ask("eth_sendTransaction", {"from": self.other, "to": ARTIFACT["address"], "data": data})
            self.scene.ask("evm_mine")
            self.wait(digests[0], "revoked")
            self.scene.ask("anvil_reorg", 1, [])
            self.wait(digests[0], "good")
        self.wait_until_final(self.head())
        self.assertEqual(self.record(digests[0])["status"], "good")
        self.scene.node.await_line("undone=true")

    def test_a_stream_from_before_the_first_sync(self):
        """Its client may have read records that were older than the chain."""
        digests, _ = self.anchored("a")
        may_read = threading.Event()
        self.addCleanup(self.restart_with, self.scene.rpc)
        self.addCleanup(may_read.set)

        def hold(method, params, result, ask):
            may_read.wait(WAIT_S)
            return ask(method, *params)

        provider = self.enterContext(Liar(self.scene.rpc, hold))
        self.restart_with(provider.url)
        events = self.open_stream()
        self.revoke(self.other, digests[0])
        self.assertEqual(self.record(digests[0])["status"], "unknown")
        may_read.set()
        event, _ = events.until("reset")
        self.assertIn("read the current state again", event.data["reason"])
        self.assertEqual(self.record(digests[0])["status"], "revoked")
        self.restore(digests[0])
        _, seen = events.until("credential", digest=digests[0], status="restored")
        self.assertNotIn("reset", [event.name for event in seen])

    def test_state_of_the_follower(self):
        followed = lambda: self.scene.node.get("/v1/node").json()["followed"]
        until("the node has read up to the head",
              lambda: (f := followed())["block"] >= self.head() - 1 and "code" not in f)
        until("that was less than 15 s ago", lambda: followed()["seconds"] < 15)
        metrics = self.scene.node.get("/metrics").body.decode()
        self.assertIn("badged_chain_followed_block ", metrics)
        self.assertIn("badged_chain_followed_seconds ", metrics)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
