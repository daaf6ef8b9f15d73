#!/usr/bin/env python3
"""A real badged on a real chain with reorgs of depth 1 to 12, rollbacks, dropped transactions, spikes of the base fee,
and restarts. Each test has its own anvil. At the end anvil must show each root anchored once, by a transaction with the
nonce that it was first signed with.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import keystore
import node as daemon
import side_by_side
from registry_client import Chain as Reader
from registry_client import keccak256
from rig import ISSUER, KEY, OPERATOR, Rig
from scene import ANVIL, ARTIFACT, CHAIN_ID, until
from verify_receipt import address

PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
ANCHORED = "0x" + keccak256(b"Anchored(address,bytes32,address,uint64,uint64)").hex()
SET_OPERATOR = "0x" + keccak256(b"setOperator(address,bool)")[:4].hex()
GWEI = 10**9
FINALITY = 14
SETTLED = 40  # blocks above the issuer's own transactions


class Anvil:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, 0, None

    def start(self):
        """A restart uses the same port, which another connection may occupy for a while."""
        self.log = self.folder / "anvil.log"
        self.port = until("anvil listens", self._listen)
        self.url = f"http://127.0.0.1:{self.port}"
        reader = Reader(self.url, address(ARTIFACT["address"]), CHAIN_ID, bytes.fromhex(ARTIFACT["codeHash"][2:]))
        self.ask = lambda method, *parameters: reader._ask(method, *parameters)

    def _listen(self):
        command = [ANVIL, "--port", str(self.port), "--block-time", "1", "--state", self.folder / "state"]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        has_begun = lambda: self._port_in_log() or self.process.poll() is not None
        until("anvil has begun, or ended", has_begun)
        return self._port_in_log()

    def _port_in_log(self):
        match = re.search(r"Listening on [\d.]+:(\d+)\n", self.log.read_text())
        return match and int(match[1])

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(daemon.WAIT_S)
        self.process = None

    def deploy(self):
        """Deploys with anvil's unlocked accounts, far below any reorg."""
        self.ask("eth_sendTransaction", {"from": ISSUER, "to": PROXY, "gas": "0x4c4b40",
                                         "data": "0x" + "00" * 32 + ARTIFACT["bytecode"][2:]})  # fmt: skip
        self.ask("evm_mine")
        data = SET_OPERATOR + "00" * 12 + OPERATOR[2:].lower() + f"{1:064x}"
        self.ask("eth_sendTransaction", {"from": ISSUER, "to": ARTIFACT["address"], "data": data})
        self.mine(SETTLED)

    def mine(self, n):
        if n > 0:
            self.ask("anvil_mine", hex(n))

    def head(self):
        return int(self.ask("eth_blockNumber"), 16)

    def stop_mining(self):
        """From now on only mine() creates blocks."""
        self.ask("evm_setIntervalMining", 0)

    def resume_mining(self):
        self.ask("evm_setIntervalMining", 1)

    def pooled(self):
        return int(self.ask("txpool_status")["pending"], 16)


class OnAnvil(Rig):
    """Only the test creates blocks until finish(), so that none becomes final early."""

    settings = {"chain.finality": str(FINALITY), "chain.bump_after": "1 h"}

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="badged-reorg-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.anvil = Anvil(self.folder)
        self.anvil.start()
        self.addCleanup(self.anvil.stop)
        self.anvil.deploy()
        passphrase = self.folder / "passphrase"
        passphrase.write_text("open\n")
        keystore.write(self.folder / "key", KEY, OPERATOR, b"open")
        self.node, self.sealed, self.signed = daemon.Node({
            "chain.rpc": self.anvil.url,
            "chain.issuer": ISSUER,
            "chain.keystore": str(self.folder / "key"),
            "chain.passphrase_file": str(passphrase),
        } | self.settings, self.folder), {}, {}  # fmt: skip
        self.addCleanup(self.kill)
        self.node.start()
        self.wait_until_ready()
        self.anvil.stop_mining()

    def anchor(self, number):
        return self.node.get(f"/v1/batches/{number}").json()["anchor"]

    def mined(self, label="a"):
        number = self.seal(label)
        self.wait_for(number, "sent")
        self.mine(number)
        return number

    def mine(self, number):
        """Mines the block with its transaction."""
        self.wait("the transaction is in the pool", lambda: self.anvil.pooled() == 1)
        self.anvil.mine(1)
        self.wait_for(number, "mined")

    def nonces_signed(self):
        """batch → the nonces in the log."""
        found = {}
        for line in self.node.log:
            if match := re.search(r"batch=(\d+) .*event=signed .*nonce=(\d+)", line):
                found.setdefault(int(match[1]), set()).add(int(match[2]))
        return found

    def finish(self, ready=True):
        self.anvil.resume_mining()
        for number in self.sealed:
            self.wait_for(number, "mined", "final")
        self.anvil.mine(FINALITY + 1)
        for number in self.sealed:
            self.wait_for(number, "final")
        self.wait_until_ready()
        query = {"address": ARTIFACT["address"], "fromBlock": "0x0", "topics": [ANCHORED]}
        events = self.anvil.ask("eth_getLogs", query)
        self.assertEqual(sorted(e["topics"][2] for e in events), sorted(self.sealed.values()))
        nonces = self.nonces_signed()
        self.assertEqual({len(n) for n in nonces.values()}, {1}, nonces)
        self.assertEqual(len(set.union(*nonces.values())), len(self.sealed))
        self.assertEqual(int(self.anvil.ask("eth_getTransactionCount", OPERATOR, "latest"), 16), len(self.sealed))
        for number, root in self.sealed.items():
            (event,) = [e for e in events if e["topics"][2] == root]
            anchor = self.anchor(number)
            self.assertEqual((anchor["transaction"], anchor["block"]["hash"]),
                             (event["transactionHash"], event["blockHash"]))  # fmt: skip
        self.assertEqual(self.node.stop(), 0)


class Reorganization(OnAnvil):
    def check_reorg(self, depth):
        """The anchor is in the lowest of the replaced blocks."""
        number = self.mined()
        self.anvil.mine(depth - 1)
        before = self.anchor(number)
        self.assertEqual(self.anvil.head() - before["block"]["number"] + 1, depth)
        self.wait("the node has seen the head", lambda: self.node.get("/v1/node").json()["head"] == self.anvil.head())
        self.anvil.ask("anvil_reorg", depth, [])
        self.until_log("event=gone")
        self.finish()
        after = self.anchor_before_stop
        self.assertEqual(after["transaction"], before["transaction"])
        self.assertNotEqual(after["block"]["hash"], before["block"]["hash"])

    def finish(self, ready=True):
        self.anvil.resume_mining()
        self.wait_for(1, "mined")
        self.anchor_before_stop = self.anchor(1)
        super().finish(ready)


for _depth in range(1, 13):
    setattr(Reorganization, f"test_depth_{_depth}", lambda self, depth=_depth: self.check_reorg(depth))


class Reorgs(OnAnvil):
    def test_three_anchors_in_one_reorg(self):
        for label in "abc":
            self.mined(label)
        lowest = self.anchor(1)["block"]["number"]
        self.anvil.ask("anvil_reorg", self.anvil.head() - lowest + 1, [])
        self.until_log("event=gone")
        self.finish()

    def test_two_reorgs_in_a_row(self):
        number = self.mined()
        for _ in range(2):
            depth = self.anvil.head() - self.anchor(number)["block"]["number"] + 1
            n_gone = sum("event=gone" in line for line in self.node.log)
            self.anvil.ask("anvil_reorg", depth, [])
            self.wait("the transaction is gone", lambda: sum("event=gone" in line for line in self.node.log) > n_gone)
            self.mine(number)
        self.finish()

    def test_a_rollback(self):
        number = self.mined()
        self.anvil.ask("anvil_rollback", self.anvil.head() - self.anchor(number)["block"]["number"] + 1)
        self.until_log("event=gone")
        self.finish()

    def test_a_reorg_while_the_node_is_down(self):
        number = self.mined()
        self.node.process.kill()
        self.node.process.wait(daemon.WAIT_S)
        daemon.join(self.node.reader)
        self.node.process.stderr.close()
        self.node.process = None
        query = {"address": ARTIFACT["address"], "fromBlock": "0x0", "topics": [ANCHORED]}
        block = int(self.anvil.ask("eth_getLogs", query)[0]["blockNumber"], 16)
        self.anvil.ask("anvil_reorg", self.anvil.head() - block + 1, [])
        self.node.start()
        self.until_log("event=gone")
        self.assertEqual(self.state(number), "sent")
        self.finish()

    def test_a_dropped_transaction(self):
        number = self.seal()
        self.wait_for(number, "sent")
        self.wait("the transaction is in the pool", lambda: self.anvil.pooled() == 1)
        self.anvil.ask("anvil_dropTransaction", self.anchor(number)["transaction"])
        self.wait("the transaction is in the pool again", lambda: self.anvil.pooled() == 1)
        self.finish()

    def test_a_reorg_below_finality_is_broken(self):
        number = self.mined()
        self.anvil.mine(FINALITY + 1)
        self.wait_for(number, "final")
        block = self.anchor(number)["block"]["number"]
        self.anvil.ask("anvil_reorg", self.anvil.head() - block + 1, [])
        self.assertIn("was final", self.wait_for_reason("broken"))
        self.seal("b")
        self.anvil.resume_mining()
        self.anvil.mine(3)
        self.wait("the node sees the head", lambda: self.node.get("/v1/node").json()["head"] >= self.anvil.head() - 1)
        self.assertEqual(self.anvil.pooled(), 0)
        self.assertEqual(self.state(2), "sealed")
        self.assertEqual(self.node.stop(), 0)
        self.node.start()
        self.wait_for_reason("broken")
        self.assertEqual(self.node.stop(), 0)


class Fees(OnAnvil):
    settings = OnAnvil.settings | {"chain.bump_after": "3 s"}

    def spike(self, gwei, n=1):
        for _ in range(n):
            self.anvil.ask("anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))
            self.anvil.mine(1)

    def test_a_fee_spike(self):
        number = self.seal()
        self.wait_for(number, "sent")
        before = self.anchor(number)["transaction"]
        self.spike(30)
        self.wait("a replacement is signed", lambda: sum("event=signed" in line for line in self.node.log) > 1)
        self.finish()
        self.assertTrue(any(before[2:] in line for line in self.node.log))

    def test_a_fee_spike_over_the_cap(self):
        number = self.seal()
        self.wait_for(number, "sent")
        self.spike(900, 3)
        self.wait("the metric is set", lambda: self.metric("badged_anchor_at_fee_cap") == 1)
        self.spike(1)
        self.finish()


class ChainRestart(OnAnvil):
    def test_with_a_transaction_in_the_pool(self):
        """Anvil loses its pool in a restart and keeps the chain."""
        self.mined("a")
        number = self.seal("b")
        self.wait_for(number, "sent")
        self.anvil.stop()
        self.wait_for_reason("chain_unreachable")
        self.anvil.start()
        self.finish()

    def test_with_an_anchor_that_is_not_final(self):
        number = self.mined()
        self.anvil.stop()
        self.wait_for_reason("chain_unreachable")
        self.assertEqual(self.state(number), "mined")
        self.anvil.start()
        self.finish()


if __name__ == "__main__":
    side_by_side.main(__name__)
