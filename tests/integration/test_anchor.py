"""Anchors on a real chain: from a digest over HTTP to a final anchor, with kill -9 between any two states, a reorg, and
an operator that is removed and added again.
"""

import signal
import subprocess
import time
import unittest

from scene import ARTIFACT, CAST, badge, until
from scene_case import SceneCase, digests


class OnAChain(SceneCase):

    # -- requests to the node

    def seal(self):
        answer = self.node.request("POST", "/v1/batches", scope="admin")
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()

    def batch(self, number):
        return self.node.get(f"/v1/batches/{number}").json()

    def wait_for(self, number, *states):
        until(f"batch {number} is {' or '.join(states)}", lambda: self.batch(number)["state"] in states)

    def ready(self):
        return self.node.get("/readyz").status == 200

    # -- queries of the chain with cast, an independent implementation

    def anchor_of(self, root):
        done = subprocess.run(
            [CAST, "call", "--rpc-url", self.scene.rpc, ARTIFACT["address"],
             "anchorOf(address,bytes32)(uint64,uint64,uint64,uint64)", self.scene.issuer, "0x" + root],
            check=True, capture_output=True, text=True)  # fmt: skip
        return [int(line.split()[0]) for line in done.stdout.splitlines()]

    def events(self):
        """root → the Anchored events of that root."""
        topic = subprocess.run([CAST, "sig-event", "Anchored(address indexed,bytes32 indexed,address indexed,uint64,uint64)"],
                               check=True, capture_output=True, text=True).stdout.strip()  # fmt: skip
        found = {}
        for log in self.scene.ask("eth_getLogs", {"address": ARTIFACT["address"], "fromBlock": "0x0", "topics": [topic]}):
            found.setdefault(log["topics"][2][2:], []).append(log)
        return found

    def check_all(self):
        """Every batch is final, anchored once, and the node reports the same about it as the chain."""
        batches = self.scene.batches()
        until("all batches are final", lambda: all(b["state"] == "final" for b in self.scene.batches()))
        events = self.events()
        self.assertEqual(set(events), {b["root"] for b in batches})
        for batch in self.scene.batches():
            (event,) = events[batch["root"]]
            sequence, tree_size, seconds, block = self.anchor_of(batch["root"])
            anchor = batch["anchor"]
            self.assertEqual(tree_size, batch["treeSize"])
            self.assertEqual(sequence, anchor["sequence"])
            self.assertEqual(block, anchor["block"]["number"])
            self.assertEqual(event["blockHash"], anchor["block"]["hash"])
            self.assertEqual(event["transactionHash"], anchor["transaction"])
            self.assertEqual(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)), anchor["block"]["time"])


class OnDemandTest(OnAChain):
    """A chain that makes a block for each transaction and no others, each final at once, like hardhat's."""

    chain = {"anvil": ("--slots-in-an-epoch", "0")}

    def test_the_last_anchor_and_revocation_become_final(self):
        values = digests("on demand", 3)
        self.submit(values)
        sealed = self.seal()
        self.wait_for(sealed["number"], "final")
        self.check_all()
        answer = self.node.request("POST", f"/v1/credentials/{values[1]}/revocation", scope="admin")
        self.assertIn(answer.status, (200, 202), answer.body)
        path = f"/v1/credentials/{values[1]}"
        state = lambda: self.node.request("GET", path + "/revocation", scope="admin").json()["state"]
        until("the revocation is final", lambda: state() == "final")
        until("the record is revoked", lambda: self.node.get(path).json()["status"] == "revoked")


class AnchorTest(OnAChain):
    def test_from_digest_to_final(self):
        values = digests("final", 7)
        self.submit(values)
        sealed = self.seal()
        self.assertEqual(sealed["treeSize"], 7)
        self.wait_for(sealed["number"], "final")
        self.check_all()
        record = lambda: self.node.get("/v1/credentials/" + values[3]).json()
        until("the record is final and good", lambda: (record()["state"], record()["status"]) == ("final", "good"))
        for line in ("badged_anchors_final_total 1", "badged_ready 1"):
            until(line, lambda: line in self.node.get("/metrics").body.decode().splitlines())

    def test_several_in_order(self):
        for i in range(5):
            self.submit(digests(f"row {i}", i + 1))
            self.seal()
        self.check_all()
        self.assertEqual([b["anchor"]["sequence"] for b in self.scene.batches()], [1, 2, 3, 4, 5])

    def kill_at(self, event):
        values = digests(event, 3)
        self.submit(values)
        seen = len(self.node.log)
        number = self.seal()["number"]
        self.node.await_line(event, since=seen)
        self.node.stop(signal.SIGKILL)
        self.scene.start_node()
        for value in values:
            self.assertNotEqual(self.node.get("/v1/credentials/" + value).json()["state"], "pending")
        return number

    def test_killed_between_any_two_states(self):
        events = ["batch sealed", "event=signed", "event=accepted", "event=mined", "event=final"]
        for event in events:
            self.kill_at(event)
        self.check_all()
        self.assertEqual(len(self.scene.batches()), len(events))

    def test_the_operator_is_removed_and_added_again(self):
        badge("operator", "remove", self.scene.operator, *self.scene.as_issuer)
        self.node.stop()
        self.scene.start_node()
        until("/readyz reports not_operator", lambda: b'"not_operator"' in self.node.get("/readyz").body)
        self.assertEqual(self.node.get("/readyz").status, 503)
        self.submit(digests("no operator", 2))
        number = self.seal()["number"]  # accepting and sealing continue
        self.assertEqual(self.batch(number)["state"], "sealed")
        badge("operator", "add", self.scene.operator, *self.scene.as_issuer)
        self.wait_for(number, "final")
        until("the node is ready", self.ready)
        self.check_all()

    def test_hangup_and_terminate(self):
        self.node.process.send_signal(signal.SIGHUP)
        self.node.await_line("reloaded")
        self.submit(digests("drain", 2))
        self.assertEqual(self.node.stop(), 0)
        self.scene.start_node()
        self.assertEqual(self.seal()["treeSize"], 2)
        self.check_all()


class ReorgTest(OnAChain):
    """Finality is deeper than the reorg."""

    settings = {"chain.finality": "8"}

    def test_sent_again_after_a_reorg(self):
        self.submit(digests("reorg", 3))
        with self.scene.no_blocks():
            number = self.seal()["number"]
            self.wait_for(number, "sent")
            self.scene.ask("evm_mine")
            self.wait_for(number, "mined")
            before = self.batch(number)["anchor"]
            # Only the block of the anchor: the transactions of the issuer are below. Anvil does not return the
            # transactions of replaced blocks to its pool.
            self.scene.ask("anvil_reorg", 1, [])
            self.node.await_line("event=gone")
        self.submit(digests("after", 3))
        self.seal()
        self.check_all()
        after = self.batch(number)["anchor"]
        self.assertEqual(after["transaction"], before["transaction"])
        self.assertNotEqual(after["block"]["hash"], before["block"]["hash"])


if __name__ == "__main__":
    unittest.main()
