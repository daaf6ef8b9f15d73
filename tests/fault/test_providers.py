#!/usr/bin/env python3
"""A real badged against providers and mempools that misbehave. In every case the batch keeps its root and is anchored
exactly once, no root is signed under a second nonce (unless the first is permanently lost, which is logged), no fee
exceeds a cap, and the node reports what is wrong as long as it is wrong.
"""

import time

import rpc_server as rpc
import side_by_side
from node import WAIT_S, join
from rig import ISSUER, MAX_TIP, OPERATOR, Rig
from rpc_server import GWEI, Chain


def is_bump(old, new):
    return all(new[i] >= old[i] * 1125 // 1000 + 1 for i in (0, 1))


class Mempool(Rig):
    def test_without_faults(self):
        self.start(**{"chain.bump_after": "1 h"})
        self.seal("a")
        self.seal("b")
        self.finish()
        self.assertEqual([t.nonce for t in self.chain.sent], [0, 1])
        self.assertEqual(self.fees(1), [(3 * GWEI, GWEI)])

    def check_replacement(self):
        self.chain.min_fee_mined = 4 * GWEI
        self.start()
        number = self.seal()
        self.finish()
        fees = self.fees(number)
        self.assertGreaterEqual(len(fees), 3)
        for old, new in zip(fees, fees[1:]):
            self.assertTrue(is_bump(old, new), fees)

    def test_a_stuck_transaction_is_replaced_by_geths_rule(self):
        self.check_replacement()

    def test_a_stuck_transaction_is_replaced_by_a_strict_rule(self):
        self.chain.strict_pool = True
        self.check_replacement()

    def test_underpriced_is_bumped_from_the_refused_value(self):
        self.chain.min_tip = 2 * GWEI
        self.start(**{"chain.bump_after": "1 h"})
        self.seal()
        self.finish()
        fees = self.fees()
        self.assertGreaterEqual(len(fees), 6)  # 1 gwei to over 2, an eighth at a time
        for old, new in zip(fees, fees[1:]):
            self.assertTrue(is_bump(old, new), fees)

    def test_a_fee_spike(self):
        self.start()
        self.chain.includes = False
        number = self.seal()
        self.wait_for(number, "sent")
        self.chain.base_fee = 20 * GWEI
        self.wait("a replacement is signed", lambda: len(self.fees()) > 1)
        self.chain.includes = True
        self.finish()
        self.assertGreaterEqual(self.fees()[-1][0], 41 * GWEI)

    def test_at_the_fee_cap_it_alerts_once_and_waits(self):
        self.chain.base_fee = 45 * GWEI
        self.chain.mine()
        self.chain.includes = False
        self.start()
        number = self.seal()
        self.wait("the metric is set", lambda: self.metric("badged_anchor_at_fee_cap") == 1)
        n_sent = len(self.sent())
        self.wait("the same bytes are sent again", lambda: len(self.sent()) > n_sent)
        self.assertEqual(self.state(number), "sent")
        self.until_log("fee cap")
        self.assertEqual(sum("fee cap" in line for line in self.node.log), 1)
        self.chain.base_fee, self.chain.includes = GWEI, True
        self.finish()
        self.assertEqual(self.fees(), [(91 * GWEI, GWEI)])
        self.assertEqual(len({t.hash for t in self.chain.sent}), 1)

    def test_a_cap_on_the_tip_holds(self):
        self.chain.tip = 50 * GWEI
        self.start()
        self.seal()
        self.finish()
        self.assertEqual(self.fees()[0][1], MAX_TIP)

    def test_a_dropped_transaction_is_published_again(self):
        self.chain.includes = False
        self.start(**{"chain.bump_after": "1 h"})
        number = self.seal()
        self.wait_for(number, "sent")
        self.chain.drop_pool()
        self.wait("the same bytes are sent again", lambda: len(self.sent()) > 1)
        self.chain.includes = True
        self.finish()
        self.assertEqual(len({t.hash for t in self.chain.sent}), 1)

    def test_already_known(self):
        self.providers[0].fault("eth_sendRawTransaction", rpc.answer_lost, times=1)
        self.chain.includes = False
        self.start()
        number = self.seal()
        self.wait_for(number, "sent")
        self.chain.includes = True
        self.finish()

    def test_nonce_too_low_with_a_mined_attempt(self):
        """The provider withholds the receipt, so the node only sees that the nonce was used."""
        hidden = self.providers[0].fault("eth_getTransactionReceipt", rpc.result(None))
        self.start()
        self.seal()
        self.wait("the transaction is sent again", lambda: len(self.sent()) > 1)
        self.providers[0].heal(hidden)
        self.finish()

    def test_nonce_too_low_for_good_with_a_mined_attempt(self):
        """Even after the nonce is dropped, no second anchor follows: anchorOf returns the first."""
        hidden = self.providers[0].fault("eth_getTransactionReceipt", rpc.result(None))
        self.start(**{"chain.bump_after": "1 h"})
        self.seal()
        self.until_log("event=dropped")
        self.wait("the node searches for the transaction", lambda: self.providers[0].count("eth_getLogs") > 0)
        self.providers[0].heal(hidden)
        self.finish()

    def test_a_nonce_used_by_another_transaction(self):
        self.n_nonces = 2
        self.chain.includes = False
        self.start(**{"chain.bump_after": "1 h"})
        number = self.seal()
        self.wait_for(number, "sent")
        with self.chain.lock:
            self.chain.drop_pool()
            self.chain.first_nonce = 1
        self.until_log("event=dropped")
        self.assertGreaterEqual(len(self.sent()), 4)  # the first, and once for each time that it was seen
        self.chain.includes = True
        self.finish()
        self.assertEqual({t.nonce for t in self.sent()}, {0, 1})

    def test_a_revert_is_reported_and_retried_with_a_new_nonce(self):
        self.n_nonces = 2
        self.chain.revert_next = 1
        self.start()
        self.seal()
        self.finish()
        self.assertTrue(self.log_has("anchor transaction reverted"))

    def test_the_reason_of_a_revert_is_reported(self):
        self.start()
        self.wait_until_ready()
        self.chain.includes = False
        number = self.seal()
        self.wait_for(number, "sent")
        with self.chain.lock:
            self.chain.allowed, self.chain.includes = False, True
        self.until_log("why=NotOperator")
        self.wait_for_reason("not_operator")
        self.n_nonces = 2
        self.chain.allowed = True
        self.finish()

    def test_no_second_nonce_while_a_revert_may_be_undone(self):
        self.chain.hold_finality()
        self.chain.revert_next = 1
        self.start()
        self.seal()
        self.until_log("anchor transaction reverted")
        self.node.await_heads(5)  # a node that does not wait has signed another one by then
        with self.chain.lock:
            reverted = next(b.number for b in self.chain.blocks if b.failed)
            self.chain.reorganize(len(self.chain.blocks) - reverted)
        self.chain.hold_finality(False)
        self.finish()
        self.assertEqual({t.nonce for t in self.sent()}, {0})

    def test_insufficient_funds(self):
        self.start()
        self.wait_until_ready()
        self.chain.balance = 1000
        self.seal()
        self.wait_for_reason("balance_too_low")
        self.chain.balance = 10**18
        self.finish()

    def test_a_permanent_refusal_is_reported(self):
        refused = self.providers[0].fault("eth_sendRawTransaction", rpc.error("exceeds block gas limit"))
        self.start()
        number = self.seal()
        self.assertIn("exceeds block gas limit", self.wait_for_reason("not_sent"))
        self.assertNotEqual(self.state(number), "final")
        self.assertEqual(len(self.sent()), 0)
        self.providers[0].heal(refused)
        self.node.stop()
        self.start()
        self.finish()


class OneProvider(Rig):
    def check_reported(self, method, behaviour, times=None, code="chain_unreachable"):
        """A fault from the start until the node has reported it."""
        self.providers[0].fault(method, behaviour, times)
        self.start()
        number = self.seal()
        self.wait("the provider was called", lambda: self.providers[0].count(method or "eth_chainId") > 0)
        self.wait_for_reason(code)
        self.assertEqual(self.chain.sent, [])
        self.assertEqual(self.state(number), "sealed")
        self.providers[0].heal()
        self.finish()

    def check_retried(self, method, behaviour, times):
        """A fault that retries overcome: the provider is not ejected."""
        self.start()
        self.wait_until_ready()
        self.providers[0].fault(method, behaviour, times)
        self.seal()
        self.finish()
        self.assertFalse(self.log_has("provider ejected"))

    def wait_after_retry_after(self, seconds):
        """Refuses one call with Retry-After; returns how long the node then waited, ignoring calls in flight."""
        self.start()
        self.wait_until_ready()
        provider, refused_at = self.providers[0], []
        refuse = rpc.http_status(429, {"Retry-After": str(seconds)})

        def behave(*arguments):
            refused_at.append(time.monotonic())
            refuse(*arguments)

        provider.fault(None, behave, times=1)
        in_flight_s = seconds / 2  # on a busy machine a call in flight may arrive late
        self.wait("the node has called again",
                  lambda: refused_at and provider.calls[-1][0] > refused_at[0] + in_flight_s)
        waited = next(at for at, _ in provider.calls if at > refused_at[0] + in_flight_s) - refused_at[0]
        provider.heal()
        self.seal()
        self.finish()
        return waited

    def test_429_with_retry_after(self):
        self.assertGreaterEqual(self.wait_after_retry_after(2), 1.95)

    def test_429_with_a_long_retry_after(self):
        self.assertGreaterEqual(self.wait_after_retry_after(6), 5.95)

    def test_503_twice(self):
        self.check_retried("eth_estimateGas", rpc.http_status(503), times=2)

    def test_limit_exceeded_three_times(self):
        self.check_retried("eth_getTransactionReceipt", rpc.error("limit exceeded", -32005), times=3)

    def test_internal_error_while_sending(self):
        self.check_retried("eth_sendRawTransaction", rpc.error("internal error", -32603), times=2)

    def test_a_permanent_error_is_not_retried(self):
        self.start()
        self.wait_until_ready()
        self.providers[0].fault("eth_sendRawTransaction", rpc.error("nothing doing", -32000), times=1)
        self.seal()
        self.finish()
        first, second, *_ = (at for at, method in self.providers[0].calls if method == "eth_sendRawTransaction")
        self.assertGreater(second - first, 2.5)  # a retry follows within a second

    def test_500_repeatedly(self):
        self.check_reported(None, rpc.http_status(500))

    def test_an_html_body(self):
        self.check_reported(None, rpc.body(b"<html><h1>It works!</h1></html>", "text/html"))

    def test_truncated_json(self):
        self.check_reported("eth_getBlockByNumber", rpc.truncated)

    def test_huge_json(self):
        self.check_reported("eth_getCode", rpc.huge)

    def test_wrong_id(self):
        self.check_reported("eth_chainId", rpc.wrong_id)

    def test_an_invalid_block_number(self):
        self.check_reported("eth_getBlockByNumber", rpc.result({"number": "0xfffffffffffffffffff", "hash": 7}))

    def test_wrong_chain_id(self):
        self.check_reported("eth_chainId", rpc.result("0x1"), code="wrong_chain")

    def test_no_contract(self):
        self.check_reported("eth_getCode", rpc.result("0x"), code="no_contract")

    def test_another_contract(self):
        self.check_reported("eth_getCode", rpc.result("0x6001600155"), code="wrong_contract")

    def test_the_connection_closes_during_a_broadcast(self):
        self.start(**{"chain.bump_after": "1 h"})
        self.wait_until_ready()
        self.providers[0].fault("eth_sendRawTransaction", rpc.answer_lost, times=3)
        self.seal()
        self.finish()
        self.assertEqual(len({t.hash for t in self.chain.sent}), 1)

    def test_a_timeout(self):
        self.start()
        self.wait_until_ready()
        self.providers[0].fault("eth_sendRawTransaction", rpc.hang(self.providers[0]), times=1)
        self.seal()
        self.finish()

    def test_a_receipt_vanishes(self):
        self.chain.hold_finality()
        self.start()
        number = self.seal()
        self.wait_for(number, "mined")
        hidden = self.providers[0].fault("eth_getTransactionReceipt", rpc.result(None))
        self.until_log("event=gone")
        self.providers[0].heal(hidden)
        self.chain.hold_finality(False)
        self.finish()

    def test_a_receipt_with_status_0_temporarily(self):
        """A false receipt of the only provider, corrected before finality: nothing is signed because of it."""
        self.chain.hold_finality()
        self.providers[0].fault("eth_getTransactionReceipt", rpc.result(lambda r, _: r and r | {"status": "0x0", "logs": []}))
        self.start()
        self.seal()
        self.until_log("anchor transaction reverted")
        self.providers[0].heal()
        self.chain.hold_finality(False)
        self.finish()

    def test_estimates_fail_permanently(self):
        self.providers[0].fault("eth_estimateGas", rpc.error("estimation is switched off", -32601))
        self.start()
        self.seal()
        self.finish()

    def test_an_estimate_reverts(self):
        reverts = self.providers[0].fault("eth_estimateGas", rpc.error("execution reverted", 3, "0x5b1e3c9a"))
        self.start()
        number = self.seal()
        self.until_log("would revert")
        self.node.await_heads()
        self.assertEqual(self.state(number), "sealed")
        self.assertEqual(self.chain.sent, [])
        self.providers[0].heal(reverts)
        self.finish()

    def test_a_refusal_for_an_unknown_reason_is_reported(self):
        refused = self.providers[0].fault("eth_sendRawTransaction", rpc.error("the moon is full"))
        self.start()
        self.seal()
        self.assertIn("the moon is full", self.wait_for_reason("not_sent"))
        self.providers[0].heal(refused)
        self.finish()

    def test_missing_receipts_are_reported(self):
        fault = self.providers[0].fault("eth_getTransactionReceipt", rpc.error("no index of receipts", -32601))
        self.start()
        self.seal()
        self.wait("/readyz says why", lambda: "no index of receipts" in self.reasons().get("chain_unreachable", ""))
        self.providers[0].heal(fault)
        self.finish()

    def test_a_stalled_head(self):
        self.start()
        self.wait_until_ready()
        self.providers[0].freeze()
        self.assertIn("no new block", self.wait_for_reason("chain_stalled"))
        self.seal()
        self.providers[0].freeze(False)
        self.finish()

    def test_killed_while_the_provider_fails(self):
        self.chain.includes = False
        self.start(**{"chain.bump_after": "1 h"})
        number = self.seal()
        self.wait_for(number, "sent")
        self.providers[0].fault(None, rpc.http_status(500))
        self.node.process.kill()
        self.node.process.wait(WAIT_S)
        join(self.node.reader)
        self.node.process.stderr.close()
        self.node.process = None
        self.chain.drop_pool()
        self.start()
        self.wait_for_reason("chain_unreachable")
        self.chain.includes = True
        self.providers[0].heal()
        self.finish()
        self.assertEqual(len({t.hash for t in self.chain.sent}), 1)


class TwoProviders(Rig):
    n_providers = 2

    def check_failover(self, behaviour, method=None):
        self.providers[0].fault(method, behaviour)
        self.start()
        self.seal()
        self.finish()
        self.assertEqual(self.providers[0].count("eth_sendRawTransaction"), 0)

    def test_both_receive_every_transaction(self):
        self.start(**{"chain.bump_after": "1 h"})
        self.wait("both are healthy", lambda: self.healthy() == [True, True])
        self.seal()
        self.finish()
        self.assertEqual([p.count("eth_sendRawTransaction") for p in self.providers], [1, 1])

    def test_the_first_is_down(self):
        self.check_failover(rpc.http_status(502))

    def test_the_first_hangs(self):
        self.check_failover(rpc.hang(self.providers[0]))

    def test_the_first_is_on_another_chain(self):
        self.check_failover(rpc.result("0x1"), "eth_chainId")
        self.assertEqual({method for _, method in self.providers[0].calls}, {"eth_chainId"})

    def test_health_is_steady_with_one_on_the_wrong_chain(self):
        self.providers[0].fault("eth_chainId", rpc.result("0x1"))
        self.start()
        self.wait_until_ready()

        def probed_again():
            """Whether the node has probed the first three more times; it is ready all the time."""
            self.assertEqual(self.node.get("/readyz").status, 200)
            return self.providers[0].count("eth_chainId") >= probed + 3

        probed = self.providers[0].count("eth_chainId")
        self.wait("the first is probed again", probed_again)
        self.assertEqual(self.healthy(), [False, True])
        self.assertEqual(self.metric(f'badged_rpc_provider_up{{provider="{self.providers[0].url}"}}'), 0)
        self.assertEqual(self.metric(f'badged_rpc_provider_up{{provider="{self.providers[1].url}"}}'), 1)
        self.providers[0].heal()
        self.wait("the first is healthy again", lambda: self.healthy() == [True, True])
        self.seal()
        self.finish()

    def test_both_fail_every_third_request(self):
        """Every third request to each provider fails."""
        for provider in self.providers:
            counted = iter(range(10**9))
            unavailable = rpc.http_status(500)
            provider.fault(None, lambda h, r, honest, c=counted: unavailable(h, r, honest) if next(c) % 3 == 0
                           else rpc.reply(h, honest()))  # fmt: skip
        self.start()
        for i in range(3):
            self.seal(i)
        self.finish(ready=False)

    def test_one_accepts_and_one_refuses_a_transaction(self):
        self.providers[0].fault("eth_sendRawTransaction", rpc.error("txpool is full"))
        self.start()
        self.seal()
        self.finish()

    def test_a_stale_head(self):
        self.start()
        self.wait("both are healthy", lambda: self.healthy() == [True, True])
        self.providers[0].freeze()
        self.wait("the first is unhealthy", lambda: self.healthy() == [False, True])
        self.wait_until_ready()
        self.seal()
        self.finish()
        self.assertTrue(self.log_has("provider lags"))

    def test_five_blocks_behind(self):
        self.providers[0].lag = 5
        self.start()
        self.wait("the first is unhealthy", lambda: self.healthy() == [False, True])
        self.seal()
        self.finish()

    def test_two_blocks_behind(self):
        self.providers[0].lag = 2
        self.start()
        self.wait("both are healthy", lambda: self.healthy() == [True, True])
        self.seal()
        self.finish()

    def serve_false_receipt(self, ahead):
        """Faults of the first provider: a receipt in an invented block, that block, and a head so many blocks ahead."""
        chain, block, liar = self.chain, {}, self.providers[0]

        def invent(_, parameters):
            t = next(t for t in chain.sent if t.hash == parameters[0])
            block.setdefault("is", rpc.Block(len(chain.blocks) + ahead, "0x" + "fa" * 32, int(time.time()), GWEI))
            topics = [rpc.ANCHORED, rpc.topic(ISSUER.lower()), t.root, rpc.topic(OPERATOR.lower())]
            log = {"address": rpc.CONTRACT, "topics": topics, "data": rpc.words(1, t.tree_size)}
            return {"transactionHash": t.hash, "blockHash": block["is"].hash, "blockNumber": hex(block["is"].number),
                    "gasUsed": "0x1", "status": "0x1", "logs": [log]}  # fmt: skip

        def show(true, parameters):
            if block and parameters[0] in (hex(block["is"].number), block["is"].hash):
                return block["is"].json(False)
            return true and true | {"number": hex(int(true["number"], 16) + ahead)}

        liar.fault("eth_getTransactionReceipt", rpc.result(invent))
        liar.fault("eth_getBlockByNumber", rpc.result(show))
        liar.fault("eth_getBlockByHash", rpc.result(show))
        return liar

    def check_false_receipt(self, ahead):
        liar = self.serve_false_receipt(ahead)
        self.chain.includes = False
        self.start()
        number = self.seal()
        self.wait_for(number, "mined")
        self.wait("the metric is set", lambda: self.metric("badged_rpc_providers_disagree") == 1)
        self.assertIn("differ on batch", self.wait_for_reason("providers_disagree"))
        self.assertEqual(self.state(number), "mined")
        liar.heal()
        self.chain.includes = True
        self.finish()

    def test_a_false_receipt_is_never_final(self):
        self.check_false_receipt(ahead=0)

    def test_a_false_receipt_with_a_false_head(self):
        self.check_false_receipt(ahead=1000)

    def test_a_false_nonce(self):
        self.providers[0].fault("eth_getTransactionCount", rpc.result("0x64"))
        self.start()
        self.wait("both are healthy", lambda: self.healthy() == [True, True])
        self.seal()
        self.finish()
        self.assertEqual({t.nonce for t in self.sent()}, {0})

    def check_disagreement(self, change, of=0):
        liar = self.providers[of]
        fault = liar.fault("eth_getTransactionReceipt", rpc.result(lambda r, _: change(r) if r else None))
        self.start()
        self.wait("both are healthy", lambda: self.healthy() == [True, True])
        number = self.seal()
        self.until_log("providers disagree")
        self.node.await_heads(self.chain.finality_lag + 3)  # the block of the anchor has become final
        self.assertNotEqual(self.state(number), "final")
        liar.heal(fault)
        self.finish()

    def test_the_first_reports_a_false_status(self):
        self.check_disagreement(lambda r: r | {"status": "0x0", "logs": []})

    def test_the_second_reports_a_false_status(self):
        self.check_disagreement(lambda r: r | {"status": "0x0", "logs": []}, of=1)

    def test_the_second_reports_a_false_block(self):
        self.check_disagreement(lambda r: r | {"blockHash": "0x" + "fb" * 32}, of=1)

    def test_the_second_hides_a_receipt(self):
        self.check_disagreement(lambda r: None, of=1)

    def test_the_receipt_of_the_first_vanishes(self):
        self.chain.hold_finality()
        self.start()
        self.wait("both are healthy", lambda: self.healthy() == [True, True])
        number = self.seal()
        self.wait_for(number, "mined")
        hidden = self.providers[0].fault("eth_getTransactionReceipt", rpc.result(None))
        self.until_log("providers disagree")
        self.assertEqual(self.state(number), "mined")
        self.providers[0].heal(hidden)
        self.chain.hold_finality(False)
        self.finish()
        self.assertFalse(self.log_has("event=gone"))

    def test_the_first_hides_a_receipt(self):
        """The nonce is used and the first shows no receipt: the second is asked before the nonce is dropped."""
        self.providers[0].fault("eth_getTransactionReceipt", rpc.result(None))
        self.start(**{"chain.bump_after": "1 h"})
        number = self.seal()
        self.wait_for(number, "mined")
        self.assertFalse(self.log_has("event=dropped"))
        self.providers[0].heal()
        self.finish()

    def test_the_second_is_on_a_fork(self):
        """The second is on a fork where the anchor is mined in another block."""
        other = Chain(OPERATOR, ISSUER)
        other.blocks, other.fork = list(self.chain.blocks), 7
        other.sent = self.chain.sent
        self.providers[1].chain = other
        other.start()
        self.addCleanup(other.stop)
        self.start()
        number = self.seal()
        self.until_log("providers disagree")
        self.assertNotEqual(self.state(number), "final")
        self.providers[1].chain = self.chain
        self.finish()

    def test_urls_with_keys_are_not_logged(self):
        self.providers[0].fault(None, rpc.http_status(500))
        urls = [p.url.replace("//", "//user:s3cret@") + "/v3/k3y?token=t0ken" for p in self.providers]
        self.start(**{"chain.rpc": " ".join(urls)})
        self.seal()
        self.finish()
        shown = "".join(self.node.log)
        for secret in ("s3cret", "k3y", "t0ken"):
            self.assertNotIn(secret, shown)


class Finality(Rig):
    def test_a_changed_final_block_is_broken(self):
        self.start()
        number = self.seal()
        self.wait_for(number, "final")
        n_sent = len(self.chain.sent)
        self.sealed.clear()
        with self.chain.lock:
            block = next(b.number for b in self.chain.blocks if b.anchored)
            saved = list(self.chain.blocks)
            self.chain.reorganize(len(self.chain.blocks) - block, keep=False)
        self.assertIn("was final", self.wait_for_reason("broken"))
        self.seal("b")
        self.node.await_heads()
        self.assertEqual(len(self.chain.sent), n_sent)
        self.assertEqual(self.node.stop(), 0)
        self.start()  # the node detects it again
        self.wait_for_reason("broken")
        self.assertEqual(self.state(number), "final")
        with self.chain.lock:
            self.chain.blocks = saved
            self.chain.mine()
        self.wait_until_ready()
        self.wait_for(2, "final")
        self.assertEqual(self.node.stop(), 0)

    def test_one_of_two_on_a_fork_is_not_believed(self):
        self.node = None
        second = self.make_provider(self.chain)
        self.providers.append(second)
        self.start()
        number = self.seal()
        self.wait_for(number, "final")
        fork = Chain(OPERATOR, ISSUER)
        with self.chain.lock:
            fork.blocks, fork.fork = list(self.chain.blocks), 9
        fork.reorganize(len(fork.blocks) - 20, keep=False)
        fork.start()
        self.addCleanup(fork.stop)
        self.providers[0].chain = fork
        self.wait("the first is unhealthy", lambda: self.healthy() == [False, True])
        self.wait_until_ready()
        self.seal("b")
        self.finish()

    def test_a_chain_without_a_finalized_tag(self):
        self.chain.has_finality = False
        self.start()
        number = self.seal()
        self.assertIn("chain.finality", self.wait_for_reason("no_finality"))
        self.wait_for(number, "mined")
        self.assertEqual(self.node.stop(), 0)
        self.node.settings["chain.finality"] = "3"
        self.start()
        self.finish()

    def test_no_base_fee(self):
        self.chain.legacy, self.chain.has_finality = True, False
        self.chain.min_fee_mined = 3 * GWEI
        self.start(**{"chain.finality": "3"})
        self.seal()
        self.finish()
        self.assertTrue(all(t.legacy for t in self.chain.sent))
        self.assertGreaterEqual(len(self.fees()), 4)  # 2 gwei at first

    def test_reorganized_before_finality(self):
        self.chain.hold_finality()
        self.start(**{"chain.bump_after": "1 h"})
        number = self.seal()
        self.wait_for(number, "mined")
        for depth in (1, 3, 6):
            self.chain.reorganize(depth)
        self.chain.hold_finality(False)
        self.finish()
        self.assertEqual(len({t.hash for t in self.chain.sent}), 1)


class SlowBlocks(Rig):
    """Twelve seconds between blocks: providers are polled rarely, and the chain does not count as stalled."""

    def make_chain(self):
        return Chain(OPERATOR, ISSUER, block_s=12)

    def test_twelve_seconds(self):
        self.chain.finality_lag = 1
        self.start(**{"chain.bump_after": "48 s"})
        self.seal()
        self.finish()
        self.assertEqual(len(self.fees()), 1)
        calls = [at for at, method in self.providers[0].calls if method == "eth_getBlockByNumber"]
        self.assertLess(len(calls), 2.5 * (calls[-1] - calls[0]))
        self.assertFalse(self.log_has("chain_stalled"))


class FastBlocks(Rig):
    def make_chain(self):
        return Chain(OPERATOR, ISSUER, block_s=0.1)

    def test_a_tenth_of_a_second(self):
        self.start()
        for i in range(5):
            self.seal(i)
        self.finish()


if __name__ == "__main__":
    side_by_side.main(__name__)
