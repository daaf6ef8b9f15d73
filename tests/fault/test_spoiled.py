#!/usr/bin/env python3
"""An attacker who is an operator anchors the node's roots with another tree size before the node's own transaction is
mined. In every case, even if the node is killed, each digest ends up in exactly one good batch with a valid receipt,
and logOf contains the anchors of the attacker and of the node.
"""

import signal
import subprocess

import batch_files
import side_by_side
from scene import ARTIFACT, CAST, badge, until
from scene_case import BatchCase, digests
from verify_receipt import address, leaf_hash, prove_log, root_from_path


class SpoiledTest(BatchCase):
    def setUp(self):
        super().setUp()
        self.attacker = self.scene.ask("eth_accounts")[6]
        badge("operator", "add", self.attacker, *self.scene.as_issuer)
        self.wait_until_ready()

    def spoil(self, root, tree_size):
        """Sends the attacker's anchor to the mempool, with the highest tip, so that it is mined first."""
        done = subprocess.run(
            [CAST, "send", "--async", "--rpc-url", self.scene.rpc, "--unlocked", "--from", self.attacker, "--gas-limit",
             "200000", "--gas-price", "1000000000000", "--priority-gas-price", "100000000000", ARTIFACT["address"],
             "anchor(address,bytes32,uint64)", self.scene.issuer, "0x" + root, str(tree_size)],
            check=True, capture_output=True, text=True)  # fmt: skip
        return done.stdout.strip()

    def spoil_a_batch(self, label, n):
        """A batch whose root the attacker anchors in the block in which the node's transaction reverts."""
        with self.scene.no_blocks():
            number = self.seal(label, n)
            batch = self.node.get(f"/v1/batches/{number}").json()
            self.wait_for(number, "sent")
            self.spoil(batch["root"], n + 1)
        return batch

    def all_settled(self):
        return all(batch["state"] in ("final", "spoiled") for batch in self.scene.batches())

    def check_all(self, labels):
        """labels: {label: how many digests}"""
        until("all batches are final or spoiled", self.all_settled)
        batches = {batch["number"]: batch for batch in self.scene.batches()}
        files = {file.number: file for file in batch_files.read_all(self.node.store / "batches")}
        replaced = {batch["replaces"] for batch in batches.values() if "replaces" in batch}
        self.assertEqual({files[number].replaces for number in files} - {0}, replaced)
        self.assertEqual(replaced, {number for number, batch in batches.items() if batch["state"] == "spoiled"})
        for label, n in labels.items():
            for value in digests(label, n):
                holding = [i for i, file in files.items() if bytes.fromhex(value) in file.digests]
                (good,) = [i for i in holding if batches[i]["state"] == "final"]
                record = self.node.get(f"/v1/credentials/{value}").json()
                self.assertEqual((record["state"], record["batch"]["number"]), ("final", good))
                receipt = self.node.get(f"/v1/credentials/{value}/receipt").json()
                inclusion = receipt["inclusion"]
                root = root_from_path(
                    leaf_hash(bytes.fromhex(inclusion["salt"]), bytes.fromhex(value)), inclusion["leafIndex"],
                    inclusion["treeSize"], [bytes.fromhex(node) for node in inclusion["path"]])  # fmt: skip
                self.assertEqual(root.hex(), batches[good]["root"])
                self.assertEqual(receipt["anchor"]["status"], "final")
        self.check_log(batches)
        node = self.node.get("/v1/node").json()
        self.assertEqual((node["credentials"], node["pending"]), (sum(labels.values()), 0))

    def check_log(self, batches):
        """The contract's log contains exactly the attacker's anchors and ours, in the order of the events."""
        topic = subprocess.run([CAST, "sig-event", "Anchored(address indexed,bytes32 indexed,address indexed,uint64,uint64)"],
                               check=True, capture_output=True, text=True).stdout.strip()  # fmt: skip
        events = self.scene.ask("eth_getLogs", {"address": ARTIFACT["address"], "fromBlock": "0x0", "topics": [topic]})
        log = [(bytes.fromhex(event["topics"][2][2:]), int(event["data"][66:], 16)) for event in events]
        self.scene.chain.refresh()
        self.assertTrue(prove_log(self.scene.chain, address(self.scene.issuer), log))
        sizes = dict(log)
        for batch in batches.values():
            size = sizes[bytes.fromhex(batch["root"])]
            (self.assertNotEqual if batch["state"] == "spoiled" else self.assertEqual)(size, batch["treeSize"])
        self.assertEqual(len(log), len(batches))

    def test_front_run(self):
        batch = self.spoil_a_batch("overtaken", 5)
        until("the batch is spoiled", lambda: self.state(batch["number"]) == "spoiled")
        self.assertIn(self.attacker, self.node.await_line("its root was anchored").lower())
        self.check_all({"overtaken": 5})
        metrics = self.node.get("/metrics").body.decode()
        self.assertRegex(metrics, r"(?m)^badged_batches_spoiled_total 1$")
        receipt = self.node.get(f"/v1/credentials/{digests('overtaken', 5)[0]}/receipt").json()
        self.assertNotEqual(receipt["inclusion"]["root"], batch["root"])

    def test_killed_after_each_step(self):
        labels = {}
        for moment in ("event=dropped", "its root was anchored", "batch resealed"):
            until("all batches are final or spoiled", self.all_settled)
            labels[moment] = 4
            seen = len(self.node.log)
            self.spoil_a_batch(moment, 4)
            self.node.await_line(moment, since=seen)
            self.node.stop(signal.SIGKILL)
            self.scene.start_node()
        self.submit(digests("besides", 2))
        self.node.request("POST", "/v1/batches", scope="admin")
        self.check_all(labels | {"besides": 2})

    def test_submitted_again_meanwhile(self):
        """A digest of a spoiled batch is known, and is not sealed a second time."""
        batch = self.spoil_a_batch("again", 6)
        until("the batch is spoiled", lambda: self.state(batch["number"]) == "spoiled")
        self.submit(digests("again", 6))
        self.assertEqual(self.node.request("POST", "/v1/batches", scope="admin").status, 204)
        self.check_all({"again": 6})


if __name__ == "__main__":
    side_by_side.main(__name__)
