#!/usr/bin/env python3
"""A real badged that follows the registry through providers that limit, refuse, lie, disagree and prune. In every case
the node shows as revoked or withdrawn only what all responding providers report, it keeps what it knew while none of
them responds, and it reports what is wrong.
"""

import hashlib
import json
import time

import rpc_server as rpc
import side_by_side
from rig import ISSUER, OPERATOR, Rig

OTHER = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"


def revocation(digest):
    """An event log without its block."""
    return {
        "address": rpc.CONTRACT, "topics": [rpc.EVENT_TOPICS["Revoked"], rpc.topic(ISSUER.lower()), "0x" + digest,
        rpc.topic(OTHER)], "data": "0x" + "00" * 32, "transactionHash": "0x" + "5a" * 32, "logIndex": "0x3e8", "removed": False,
    }  # fmt: skip


class Follow(Rig):
    def anchor(self, label="a"):
        """The digest of a final batch's only credential."""
        self.wait_for(self.seal(label), "final")
        return hashlib.sha256(f"{self.id()} {label}".encode()).hexdigest()

    def record(self, digest):
        return self.node.get(f"/v1/credentials/{digest}").json()

    def wait_for_status(self, digest, status):
        self.wait(f"{digest} is {status}", lambda: self.record(digest)["status"] == status)

    def followed(self):
        answer = self.node.request("GET", "/v1/node", scope="admin")
        return answer.json()["followed"]

    def wait_for_code(self, code):
        self.wait(f"followed: {code}", lambda: self.followed().get("code") == code)

    def wait_until_followed(self):
        """Waits until the node has read the current head without a problem."""
        head = len(self.chain.blocks)
        self.wait("the registry is followed", lambda: (f := self.followed())["block"] >= head and "code" not in f)

    def check_stays(self, digest, status, n=1):
        """The status stays the same while the follower asks the first provider for events n more times."""
        asked = self.providers[0].count("eth_getLogs")

        def has_asked():
            self.assertEqual(self.record(digest)["status"], status)
            return self.providers[0].count("eth_getLogs") >= asked + n

        self.wait("the follower has asked for events", has_asked)

    def check_refused(self, fault, digest):
        """The follower gets an answer with that fault of the first provider, asks again, and the status is good as before."""
        self.check_stays(digest, "good")
        self.providers[0].heal(fault)
        self.wait_until_followed()
        self.assertEqual(self.record(digest)["status"], "good")

    def serve_logs(self, *logs, of=0):
        """Answers every request for events with these logs."""

        def change(honest, parameters):
            return list(logs) if isinstance(parameters[0]["topics"][0], list) else honest

        return self.providers[of].fault("eth_getLogs", rpc.result(change))

    def false_revocations(self, digest, changes=({},)):
        """Adds to every range a revocation for each of these changes: in its last block, with the correct hash, but for
        the members that the change replaces."""
        chain = self.chain

        def change(honest, parameters):
            if not isinstance(parameters[0]["topics"][0], list):
                return honest
            block = chain.blocks[min(int(parameters[0]["toBlock"], 16), len(chain.blocks) - 1)]
            log = revocation(digest) | {"blockNumber": hex(block.number), "blockHash": block.hash}
            return honest + [log | one if isinstance(one, dict) else one for one in changes]

        return change

    def fault_logs(self, behaviour, of=0):
        return self.providers[of].fault("eth_getLogs", behaviour)


class OneProvider(Follow):
    def test_events_in_order(self):
        self.start()
        digest = self.anchor()
        block = self.chain.emit("Revoked", digest, OTHER)
        self.wait_for_status(digest, "revoked")
        self.assertEqual(self.record(digest)["statusAccount"].lower(), OTHER)
        self.assertEqual(self.record(digest)["statusTime"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(block.time)))
        self.chain.emit("Restored", digest)
        self.wait_for_status(digest, "good")
        with self.chain.lock:
            self.chain.next_events += [("Revoked", digest, OTHER), ("Restored", digest, ISSUER),
                                       ("Revoked", digest, OPERATOR)]
            self.chain.mine()
        self.wait_for_status(digest, "revoked")
        self.assertEqual(self.record(digest)["statusAccount"], OPERATOR)
        self.finish()

    def test_history_in_small_ranges(self):
        self.start()
        digest = self.anchor()
        self.node.stop()
        (self.node.store / "standing").unlink()
        self.chain.emit("Revoked", digest, OTHER)
        self.chain.mine(300)
        self.providers[0].max_range = 7
        self.start()
        self.wait_for_status(digest, "revoked")
        self.wait_until_followed()
        self.assertGreater(self.providers[0].count("eth_getLogs"), 300 // 7)
        self.finish()

    def test_a_limit_on_results(self):
        """Some providers limit the number of results, and report that as a temporary limit."""
        self.start()
        digests = [self.anchor(str(i)) for i in range(3)]
        self.node.stop()
        (self.node.store / "standing").unlink()

        def limited(handler, request, honest):
            answer = honest()
            if isinstance(request["params"][0]["topics"][0], list) and len(answer["result"]) > 2:
                rpc.error("query returned more than 2 results", -32005)(handler, request, honest)
            else:
                rpc.reply(handler, answer)

        for digest in digests:
            self.chain.emit("Revoked", digest, OTHER)
            self.chain.emit("Restored", digest)
            self.chain.emit("Revoked", digest, OTHER)
            self.chain.mine(3)
        self.fault_logs(limited)
        self.start()
        for digest in digests:
            self.wait_for_status(digest, "revoked")
        self.providers[0].heal()
        self.finish()

    def test_history_begins_at_the_issuers_first_transaction(self):
        self.chain.issuer_since = 15
        self.start()
        self.wait_until_followed()
        self.until_log("first transaction block=15")
        self.finish()

    def test_history_without_old_states(self):
        def no_state(handler, request, honest):
            account, which = request["params"]
            old = account.lower() == ISSUER.lower() and which != "latest"
            (rpc.error("missing trie node") if old else lambda *_: rpc.reply(handler, honest()))(handler, request, honest)

        self.providers[0].fault("eth_getTransactionCount", no_state)
        self.start()
        self.wait_until_followed()
        self.until_log("first transaction block=1")
        self.finish()

    def test_status_is_unknown_after_a_restart(self):
        """Changes that are not final are not on disk: until the node has read them again, no credential is good."""
        self.start()
        revoked, other = self.anchor("a"), self.anchor("b")
        self.chain.hold_finality()
        self.chain.emit("Revoked", revoked, OTHER)
        self.wait_for_status(revoked, "revoked")
        self.node.stop()
        fault = self.fault_logs(rpc.http_status(503))
        self.start()
        for digest in (revoked, other):
            self.check_stays(digest, "unknown", 2)
        self.providers[0].heal(fault)
        self.wait_for_status(revoked, "revoked")
        self.wait_for_status(other, "good")
        self.finish()

    def test_hostile_logs(self):
        self.start()
        digest = self.anchor()
        self.wait_until_followed()
        topics = revocation(digest)["topics"]
        twice, beyond = [{}, {}], hex(len(self.chain.blocks) + 10000)
        hostile = [  # lists of what is wrong with each log; otherwise it is in the last block of the requested range
            [{"blockNumber": beyond}], ["x"], [None], [{"removed": True}], [{"address": OTHER}], twice,
            [{"topics": topics[:3]}], [{"topics": [topics[0], rpc.topic(OTHER), *topics[2:]]}],
            [{"topics": [rpc.ANCHORED, *topics[1:]]}], [{"blockHash": "0x" + "fe" * 32}],
            [{"blockNumber": "0xffffffffffffffffff"}], [{"logIndex": -1}],
        ]  # fmt: skip
        for wrong in hostile:
            with self.subTest(wrong):
                self.check_refused(self.fault_logs(rpc.result(self.false_revocations(digest, wrong))), digest)
        for behaviour in (rpc.result("0x"), rpc.result(None), rpc.truncated, rpc.wrong_id, rpc.body(b"<html>"), rpc.huge):
            self.check_refused(self.fault_logs(behaviour), digest)
        self.chain.emit("Revoked", digest, OTHER)
        self.wait_for_status(digest, "revoked")
        self.finish()

    def test_all_providers_fail_for_a_while(self):
        self.start()
        digest = self.anchor()
        self.chain.emit("Revoked", digest, OTHER)
        self.wait_for_status(digest, "revoked")
        for provider in self.providers:
            provider.fault(None, rpc.http_status(503))
        self.wait_for_code("chain_unreachable")
        self.wait("the data is old", lambda: self.metric("badged_chain_followed_seconds") > 1)
        self.assertGreaterEqual(self.followed()["seconds"], 1)
        self.assertEqual(self.record(digest)["status"], "revoked")
        with self.chain.lock:
            self.chain.emit("Restored", digest)
        for provider in self.providers:
            provider.heal()
        self.wait_for_status(digest, "good")
        self.wait_until_followed()
        self.wait("the metric is set", lambda: self.metric("badged_chain_followed_seconds") < 5)
        self.finish()

    def test_reorganized(self):
        self.start()
        digest, other = self.anchor("a"), self.anchor("b")
        self.chain.hold_finality()
        first = self.chain.emit("Revoked", digest, OTHER)
        self.chain.emit("Revoked", other, OTHER)
        self.wait_for_status(other, "revoked")
        with self.chain.lock:
            self.chain.reorganize(len(self.chain.blocks) - first.number)
            self.chain.emit("Revoked", other, OTHER)  # only this one is mined again
        self.wait_for_status(digest, "good")
        self.wait_for_status(other, "revoked")
        self.wait_until_followed()
        self.until_log("undone=true")
        undone = [line for line in self.node.log if "undone=true" in line]
        self.assertEqual((len(undone), digest in undone[0]), (1, True), undone)
        self.finish()

    def test_events_arrive_late(self):
        """A provider with several machines: one that lags omits the newest events without an error."""
        self.start()
        known, late = self.anchor("a"), self.anchor("b")
        self.chain.hold_finality()
        self.chain.emit("Revoked", known, OTHER)
        self.wait_for_status(known, "revoked")
        head = len(self.chain.blocks)

        def older_than_head(honest, parameters):
            is_follower = isinstance(parameters[0]["topics"][0], list)
            return [log for log in honest if int(log["blockNumber"], 16) < head] if is_follower else honest

        behind = self.providers[0].fault("eth_getLogs", rpc.result(older_than_head))
        self.chain.emit("Revoked", late, OTHER)
        self.wait_until_followed()
        self.assertEqual(self.record(late)["status"], "good")
        self.providers[0].heal(behind)
        self.chain.hold_finality(False)
        self.chain.mine(15)
        self.wait_for_status(late, "revoked")
        self.node.await_line("revoked on the chain", late)
        self.assertEqual(self.record(known)["status"], "revoked")
        lines = [line for line in self.node.log if "revoked on the chain" in line]
        of_known = [line for line in lines if known in line and "undone=false" in line]
        self.assertEqual((len(lines), len(of_known)), (2, 1), lines)
        self.finish()

    def test_withdrawn_and_pruned(self):
        """The events are pruned; the state of the contract still shows withdrawn batches."""
        self.start()
        digest, withdrawn = self.anchor("a"), self.anchor("b")
        self.node.stop()
        (self.node.store / "standing").unlink()
        self.chain.emit("Withdrawn", self.sealed[2][2:])
        self.chain.emit("Revoked", digest, OTHER)
        self.chain.mine(10)
        self.providers[0].pruned_below = len(self.chain.blocks) - 5
        self.start()
        self.wait_for_status(withdrawn, "withdrawn")
        self.wait_for_code("logs_pruned")
        for _ in range(2):
            self.assertEqual(self.record(digest)["status"], "unknown")
            self.assertGreater(self.followed()["unread"]["last"], self.followed()["unread"]["first"])
            self.node.stop()
            self.start()
            self.wait("the node has read the chain", lambda: "seconds" in self.followed())
            self.wait_for_code("logs_pruned")
        self.chain.emit("Restored", digest)
        self.wait_for_status(digest, "good")
        self.chain.emit("Revoked", digest, OTHER)
        self.wait_for_status(digest, "revoked")
        self.finish()

    def test_no_block_is_final_yet(self):
        """A new chain names no finalized block: the registry is followed, and waits for one."""
        no_block = rpc.result(lambda honest, parameters: None if parameters[0] == "finalized" else honest)
        fault = self.providers[0].fault("eth_getBlockByNumber", no_block)
        self.start()
        number = self.seal()
        self.wait_for(number, "mined")
        self.assertIn("wait if the chain is new", self.wait_for_reason("no_finality"))
        self.wait_until_followed()
        self.providers[0].heal(fault)
        self.finish()

    def test_logs_are_unsupported(self):
        self.fault_logs(rpc.error("the method eth_getLogs does not exist", -32601))
        self.start()
        digest = self.anchor()
        self.wait_for_code("no_logs")
        self.assertEqual(self.record(digest)["status"], "unknown")
        self.finish()


class TwoProviders(Follow):
    n_providers = 2

    def test_one_invents_a_revocation(self):
        self.start()
        digest = self.anchor()
        for of in (0, 1):
            self.wait_until_followed()
            fault = self.fault_logs(rpc.result(self.false_revocations(digest)), of)
            self.wait_for_code("providers_disagree")  # after several refused rounds
            self.assertEqual(self.record(digest)["status"], "good")
            self.providers[of].heal(fault)
        self.wait_until_followed()
        self.assertEqual(self.record(digest)["status"], "good")
        self.finish()

    def test_one_hides_a_revocation(self):
        self.start()
        digest = self.anchor()
        self.wait_until_followed()
        fault = self.serve_logs(of=1)
        self.chain.emit("Revoked", digest, OTHER)
        self.wait_for_code("providers_disagree")
        self.assertEqual(self.record(digest)["status"], "good")
        self.providers[1].heal(fault)
        self.wait_for_status(digest, "revoked")
        self.finish()

    def test_one_fails(self):
        self.start()
        digest = self.anchor()
        for behaviour in (rpc.http_status(429), rpc.error("limit", -32005), rpc.error("no", -32601), rpc.truncated):
            fault = self.fault_logs(behaviour, 1)
            self.chain.emit("Revoked", digest, OTHER)
            self.wait_for_status(digest, "revoked")
            self.chain.emit("Restored", digest)
            self.wait_for_status(digest, "good")
            self.providers[1].heal(fault)
        self.finish()

    def submit(self, digest):
        """The state that the node returns: "pending" if it accepts the digest again."""
        answer = self.node.request(
            "POST", "/v1/digests", json.dumps({"digests": [digest]}), {"Content-Type": "application/json"}, "digest"
        )
        return answer.json()["results"][0]["state"]

    def test_one_invents_a_withdrawal_while_the_other_fails(self):
        """One provider alone can't cause a digest to be in two batches."""
        self.start()
        digest = self.anchor()
        self.wait_until_followed()
        chain, root = self.chain, self.sealed[1]

        def change(honest, parameters):
            if not isinstance(parameters[0]["topics"][0], list):
                return honest
            block = chain.blocks[min(int(parameters[0]["toBlock"], 16), len(chain.blocks) - 1)]
            log = revocation(digest) | {"topics": [rpc.EVENT_TOPICS["Withdrawn"], rpc.topic(ISSUER.lower()), root],
                                        "data": "0x"}
            return honest + [log | {"blockNumber": hex(block.number), "blockHash": block.hash}]

        lie = self.fault_logs(rpc.result(change), 0)
        fault = self.fault_logs(rpc.http_status(500), 1)
        self.chain.mine(10)
        self.wait_for_code("withdrawal_unconfirmed")
        for _ in range(8):
            self.check_stays(digest, "withdrawn")
            self.assertEqual(self.submit(digest), "final")
        self.providers[0].heal(lie)
        self.providers[1].heal(fault)
        self.chain.mine(1)
        self.wait_for_status(digest, "good")
        self.wait_until_followed()
        self.finish()

    def test_a_withdrawal_is_final_when_all_providers_report_it(self):
        self.start()
        digest = self.anchor()
        fault = self.fault_logs(rpc.http_status(500), 1)
        self.chain.emit("Withdrawn", self.sealed[1][2:])
        self.chain.mine(10)
        self.wait_for_status(digest, "withdrawn")
        self.wait_for_code("withdrawal_unconfirmed")
        self.assertEqual(self.submit(digest), "final")
        self.providers[1].heal(fault)
        self.chain.mine(1)
        self.wait("the digest is accepted again", lambda: self.submit(digest) == "pending")
        self.wait_until_followed()
        self.finish()

    def test_one_accepts_only_small_ranges(self):
        """Its answers about old blocks still count."""
        self.start()
        digest = self.anchor()
        self.node.stop()
        (self.node.store / "standing").unlink()
        self.chain.mine(400)
        self.providers[1].max_range = 100
        fault = self.fault_logs(rpc.result(self.false_revocations(digest)), 0)
        self.start()
        self.wait_for_code("providers_disagree")
        self.assertEqual(self.record(digest)["status"], "unknown")
        self.providers[0].heal(fault)
        self.wait_until_followed()
        self.assertEqual(self.record(digest)["status"], "good")
        self.finish()

    def test_one_is_behind(self):
        self.start()
        digest = self.anchor()
        self.providers[1].lag = 3
        self.chain.emit("Revoked", digest, OTHER)
        self.wait_for_status(digest, "revoked")
        self.finish()


if __name__ == "__main__":
    side_by_side.main(__name__)
