#!/usr/bin/env python3
"""The operator key: opened while HTTP is already served, rotated under a running node, held by a remote signer that may
be slow, unreachable or lying; and a store that is older than the chain.
"""

import http.server
import json
import re
import shutil
import signal
import subprocess
import threading
import urllib.request

import keystore
import node as daemon
import side_by_side
from liar import Liar
from scene import CAST, WAIT_S, badge, until
from scene_case import BatchCase, digests


class OnAChain(BatchCase):
    def count(self, account):
        return int(self.scene.ask("eth_getTransactionCount", account, "latest"), 16)

    def anchored_by(self, number):
        """The account that anchored a batch, from the event on the chain."""
        batch = self.node.get(f"/v1/batches/{number}").json()
        receipt = self.scene.ask("eth_getTransactionReceipt", batch["anchor"]["transaction"])
        (log,) = receipt["logs"]
        self.assertEqual(log["topics"][2], "0x" + batch["root"])
        return "0x" + log["topics"][3][26:]

    def another_account(self, index):
        """One of anvil's accounts: its keystore file and its address."""
        printed = re.findall(r"\(\d\) 0x([0-9a-f]{64})\n", self.scene._anvil_log.read_text())
        account = self.scene.ask("eth_accounts")[index]
        file = self.scene.folder / f"key-{index}.json"
        keystore.write(file, bytes.fromhex(printed[index]), account, b"open")
        return file, account

    def reload(self, **settings):
        self.node.settings |= {key.replace("__", "."): str(value) for key, value in settings.items()}
        self.node.write_config()
        seen = len(self.node.log)
        self.node.process.send_signal(signal.SIGHUP)
        return seen


class StartTest(OnAChain):
    start = False

    def setUp(self):
        super().setUp()
        key = self.scene.folder / "slow.json"
        done = badge("keygen", "-o", key, "--passphrase-file", self.scene.passphrase)
        self.account = done.stdout.split()[-1]
        self.scene._settings = {"chain.keystore": key}

    def test_listening_before_the_key_is_open(self):
        def saw_key_opening():
            """Whether /readyz reported key_opening during a start; on a busy machine no request may arrive in time."""
            if self.node and self.node.process:
                self.node.stop()
            self.node, reasons = self.scene.start_node(), set()
            self.assertEqual(self.node.get("/healthz").status, 200)
            until("the key is open", lambda: reasons.add(self.reason()) or "operator" in self.node.get("/v1/node").json())
            return "key_opening" in reasons

        until("/readyz has reported key_opening", saw_key_opening)
        self.assertEqual(self.node.get("/v1/node").json()["operator"].lower(), self.account.lower())
        self.wait_for_reason("not_operator")
        self.assertEqual(self.node.stop(), 0)

    def test_a_wrong_passphrase_ends_the_start(self):
        wrong = self.scene.folder / "wrong"
        wrong.write_text("not this\n")
        self.scene._settings["chain.passphrase_file"] = wrong
        self.node = self.scene.start_node()
        until("the node has ended", lambda: self.node.process.poll() is not None)
        self.assertEqual(self.node.stop(), 1)
        self.assertTrue(any("not started" in line and "passphrase" in line for line in self.node.log))

    def test_stopped_while_the_key_opens(self):
        self.node = self.scene.start_node()
        self.assertEqual(self.node.stop(), 0)


class RotationTest(OnAChain):
    settings = {"chain.bump_after": "2 s"}

    def test_rotation_under_a_running_node(self):
        scene, old = self.scene, self.scene.operator
        first = self.seal("first")
        self.wait_for(first, "final")
        file, new = self.another_account(3)
        before = self.count(old), self.count(new)

        seen = self.reload(chain__keystore=file)
        self.node.await_line("keeping the old one", since=seen)  # the new account is not an operator yet
        self.assertEqual(self.node.get("/v1/node").json()["operator"].lower(), old)
        second = self.seal("second")
        self.wait_for(second, "final")
        self.assertEqual(self.anchored_by(second), old)

        badge("operator", "add", new, *scene.as_issuer)
        with self.scene.no_blocks():
            in_flight = self.seal("in flight")  # signed with the old key, not mined
            self.wait_for(in_flight, "sent")
            seen = self.reload()
            self.node.await_line("operator key in use", since=seen)
            after = self.seal("after")
            # the old key still replaces its own transaction when the new one is in use
            self.node.await_line(f'batch={in_flight} from=sent event=signed', since=seen)
            self.assertEqual(self.state(after), "sealed")  # one transaction in flight at a time
        self.wait_for(in_flight, "final")
        self.wait_for(after, "final")
        self.assertEqual(self.anchored_by(in_flight), old)
        self.assertEqual(self.anchored_by(after), new)
        self.node.await_line("old operator key released", since=seen)
        self.assertEqual((self.count(old), self.count(new)), (before[0] + 2, before[1] + 1))

        badge("operator", "remove", old, *scene.as_issuer)
        seen = self.reload()  # no setting has changed
        self.node.await_line("reloaded", since=seen)
        last = self.seal("last")
        self.wait_for(last, "final")
        self.assertEqual(self.anchored_by(last), new)
        self.assertFalse(any("key in use" in line for line in self.node.log[seen:]))
        self.wait_until_ready()

    def test_a_key_that_cannot_be_opened_changes_nothing(self):
        bad = self.scene.folder / "bad.json"
        bad.write_text("{}")
        for file in (bad, self.scene.folder / "absent.json"):
            seen = self.reload(chain__keystore=file)
            self.node.await_line("keeping the one in use", since=seen)
        number = self.seal("still")
        self.wait_for(number, "final")
        self.assertEqual(self.anchored_by(number), self.scene.operator)

    def test_rotation_while_stopped_with_a_stuck_transaction(self):
        file, new = self.another_account(4)
        badge("operator", "add", new, *self.scene.as_issuer)
        with self.scene.no_blocks():
            number = self.seal("stuck")
            self.wait_for(number, "sent")
            self.node.stop()
            old_hash = re.search(r"event=signed .*transaction=(\w+)", "".join(self.node.log))[1]
            self.scene.ask("anvil_dropTransaction", "0x" + old_hash.removeprefix("0x"))
            self.node.settings["chain.keystore"] = str(file)
            self.scene.start_node()
            self.node.await_line("no longer available")
        self.wait_for(number, "final")
        self.assertIn(self.anchored_by(number), (self.scene.operator, new))
        self.assertEqual(len(self.scene.batches()), 1)


class FakeSigner:
    """Signs with the development accounts of anvil; `mode` selects how it misbehaves."""

    def __init__(self, rpc, key):
        self.rpc, self.key, self.mode = rpc, key, "honest"
        self.methods = []
        self.released = threading.Event()  # until then a slow signer does not answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.methods.append(request["method"])
                answer = outer.answer(request["method"], request["params"][0])
                if answer is None:
                    self.connection.close()
                    return
                body = json.dumps({"jsonrpc": "2.0", "id": request["id"]} | answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/signer"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def by_anvil(self, transaction):
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_signTransaction", "params": [transaction]}
        request = urllib.request.Request(self.rpc, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.load(response)["result"]

    def by_cast(self, transaction, chain_id):
        number = lambda name: str(int(transaction[name], 16))
        words = [CAST, "mktx", "--private-key", self.key, "--chain", str(chain_id), "--nonce", number("nonce"),
                 "--gas-limit", number("gas"), "--gas-price", number("maxFeePerGas"), "--priority-gas-price",
                 number("maxPriorityFeePerGas"), transaction["to"], transaction["data"]]  # fmt: skip
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    def answer(self, method, transaction):
        more = lambda name: {name: hex(int(transaction[name], 16) + 1)}
        match self.mode:
            case "honest":
                return {"result": self.by_anvil(transaction)}
            case "an object, as geth's":
                return {"result": {"raw": self.by_anvil(transaction), "tx": {"nonce": transaction["nonce"]}}}
            case "clef":
                if method != "account_signTransaction":
                    return {"error": {"code": -32601, "message": f"the method {method} does not exist"}}
                return {"result": {"raw": self.by_anvil(transaction), "tx": {}}}
            case "cast":
                return {"result": self.by_cast(transaction, 31337)}
            case "slow":
                self.released.wait(WAIT_S)
                return {"result": self.by_anvil(transaction)}
            case "another nonce":
                return {"result": self.by_anvil(transaction | more("nonce"))}
            case "a higher fee":
                return {"result": self.by_anvil(transaction | more("maxFeePerGas"))}
            case "another recipient":
                return {"result": self.by_anvil(transaction | {"to": transaction["from"]})}
            case "another chain":
                return {"result": self.by_cast(transaction, 1)}
            case "another account":
                return {"result": self.by_anvil(transaction | {"from": self.other})}
            case "garbage":
                return {"result": "0x02c0ffee"}
            case "anchors only" if transaction["data"].startswith("0x55980888"):  # of revoke(address,bytes32[],uint8)
                return {"error": {"code": -32000, "message": "request denied"}}
            case "anchors only":
                return {"result": self.by_anvil(transaction)}
            case "refuses":
                return {"error": {"code": -32000, "message": "request denied"}}
            case "down":
                return None


LIES = ["another nonce", "a higher fee", "another recipient", "another chain", "another account", "garbage"]


class RemoteSignerTest(OnAChain):
    start = False

    def setUp(self):
        super().setUp()
        printed = re.findall(r"\(\d\) (0x[0-9a-f]{64})\n", self.scene._anvil_log.read_text())
        self.signer = FakeSigner(self.scene.rpc, printed[1])
        self.signer.other = self.scene.ask("eth_accounts")[5]
        self.addCleanup(self.signer.close)

    def start_with(self, url, more={}):
        self.scene._settings = {"chain.keystore": "", "chain.passphrase_file": "", "chain.signer": url,
                                "chain.operator": self.scene.operator} | more  # fmt: skip
        self.node = self.scene.start_node()

    def test_anvil_itself_signs(self):
        self.start_with(self.scene.rpc)
        number = self.seal("by anvil")
        self.wait_for(number, "final")
        self.assertEqual(self.anchored_by(number), self.scene.operator)
        self.assertEqual(self.node.get("/v1/node").json()["operator"].lower(), self.scene.operator)

    def test_every_response_format(self):
        self.start_with(self.signer.url)
        for mode in ("honest", "an object, as geth's", "clef", "cast", "slow"):
            self.signer.mode = mode
            asked = len(self.signer.methods)
            number = self.seal(mode)
            if mode == "slow":
                until("the signer is asked", lambda: len(self.signer.methods) > asked)
                seen = int(self.scene.ask("eth_blockNumber"), 16)
                until("three blocks pass", lambda: int(self.scene.ask("eth_blockNumber"), 16) >= seen + 3)
                self.assertEqual(self.state(number), "sealed")
                self.signer.released.set()
            self.wait_for(number, "mined", "final")
        self.assertIn("account_signTransaction", self.signer.methods)
        self.scene.seal_all()

    def test_wrong_transactions_are_refused(self):
        self.start_with(self.signer.url)
        self.node.await_line("chain ready")
        self.node.expected_broken = "returned a wrong transaction"
        for lie in LIES:
            self.signer.mode, seen = lie, len(self.node.log)
            before = self.count(self.scene.operator)
            number = self.seal(lie)
            self.wait_for_reason("signer_wrong")
            self.assertEqual(self.state(number), "sealed", lie)
            self.assertEqual(self.count(self.scene.operator), before, lie)
            self.signer.mode = "honest"
            self.wait_for(number, "mined", "final")
            self.wait_until_ready()
            self.node.await_line(" broken ", "returned a wrong transaction", since=seen)
        self.assertFalse(any("/signer" in line for line in self.node.log))  # a path may be a secret
        self.scene.seal_all()
        self.assertEqual(len(self.scene.batches()), len(LIES))

    def test_unreachable_and_refusing(self):
        self.start_with(self.signer.url)
        for mode, code in (("down", "signer_unreachable"), ("refuses", "signer_refuses")):
            self.signer.mode = mode
            number = self.seal(mode)
            self.wait_for_reason(code)
            asked = len(self.signer.methods)
            self.node.await_heads(4)
            self.assertLess(len(self.signer.methods) - asked, 4)  # with a backoff, not in every round
            self.assertEqual(self.state(number), "sealed")
            self.signer.mode = "honest"
            self.wait_for(number, "final")
            self.wait_until_ready()

    def test_refused_revocations_do_not_block_anchors(self):
        self.start_with(self.signer.url)
        self.signer.mode = "anchors only"
        values = digests("to be revoked", 2)
        self.submit(values)
        path = f"/v1/credentials/{values[0]}/revocation"
        self.assertEqual(self.node.request("POST", path, scope="admin").status, 202)
        self.wait_for_reason("signer_refuses")
        for label in ("first", "second"):
            self.wait_for(self.seal(label), "final")
        self.signer.mode = "honest"
        until("it is revoked", lambda: self.node.request("GET", path, scope="admin").json()["state"] == "final")

    def test_unreachable_without_need_for_a_signature(self):
        self.start_with(self.signer.url, {"chain.bump_after": "2 s"})
        self.wait_until_ready()
        with self.scene.no_blocks():
            number = self.seal("stuck")
            self.wait_for(number, "sent")
            self.signer.mode = "down"
            self.wait_for_reason("signer_unreachable")
        self.wait_for(number, "final")
        self.wait_until_ready()

    def test_from_the_keystore_to_a_signer(self):
        self.scene._settings = {}
        self.node = self.scene.start_node()
        first = self.seal("keystore")
        self.wait_for(first, "final")
        seen = self.reload(chain__keystore="", chain__signer=self.signer.url, chain__operator=self.scene.operator)
        self.node.await_line("operator key in use", since=seen)
        second = self.seal("signer")
        self.wait_for(second, "final")
        self.assertEqual(self.signer.methods, ["eth_signTransaction"])


class StaleStoreTest(OnAChain):
    def restore_old_backup(self):
        """Starts the node on a store without two anchors of its account; returns digests that are pending in the
        store."""
        self.wait_for(self.seal("before the backup"), "final")
        lost = digests("pending in the backup", 4)
        self.submit(lost)
        self.node.stop()
        backup = self.scene.folder / "backup"
        shutil.copytree(self.node.store, backup)
        self.scene.start_node()
        for label in ("lost 1", "lost 2"):
            self.wait_for(self.seal(label), "final")
        self.node.stop()
        shutil.rmtree(self.node.store)
        shutil.copytree(backup, self.node.store)
        self.scene.start_node()
        self.wait_for_reason("store_older_than_chain")
        return lost

    def test_an_old_backup_waits_until_accepted(self):
        seen = len(self.node.log)
        lost = self.restore_old_backup()
        before = self.count(self.scene.operator)
        why = self.node.get("/readyz").body.decode()
        self.assertIn("2 anchors", why)
        self.assertIn("accept-stale-store", why)
        waiting = self.seal("accepted meanwhile")
        self.node.await_heads(4)
        self.assertEqual(self.state(waiting), "sealed")
        self.assertEqual(self.count(self.scene.operator), before)
        self.node.stop()
        self.scene.start_node()  # a restart does not accept it
        self.wait_for_reason("store_older_than_chain")

        acceptance = self.node.store / "accept-stale-store"
        acceptance.touch()
        self.wait_for(waiting, "final")
        self.wait_until_ready()
        until("the file is removed", lambda: not acceptance.exists())
        for value in lost:
            self.assertEqual(self.node.get(f"/v1/credentials/{value}").json()["state"], "final")
        self.node.await_line("stale store accepted by operator", since=seen)
        self.node.await_line("store has caught up with the chain", str(acceptance), since=seen)
        self.node.stop()
        self.scene.start_node()
        self.wait_for(self.seal("after the recovery"), "final")

    def test_the_former_name_of_the_file(self):
        self.restore_old_backup()
        waiting = self.seal("accepted meanwhile")
        acceptance = self.node.store / "accept-older"
        acceptance.touch()
        self.wait_for(waiting, "final")
        self.wait_until_ready()
        until("the file is removed", lambda: not acceptance.exists())

    def lose_store(self):
        """A wrong store.path, or a lost disk: the account has anchored, but not from here. The node is stopped."""
        self.wait_for(self.seal("lost"), "final")
        self.node.stop()
        tokens = (self.node.store / "tokens").read_bytes()
        shutil.rmtree(self.node.store)
        self.node.store.mkdir(mode=0o700)
        (self.node.store / "tokens").write_bytes(tokens)

    def test_an_empty_store_waits_until_accepted(self):
        self.lose_store()
        self.scene.start_node()
        self.wait_for_reason("store_older_than_chain")
        before = self.count(self.scene.operator)
        waiting = self.seal("in the empty store")
        self.node.await_heads(4)
        self.assertEqual(self.state(waiting), "sealed")
        self.assertEqual(self.count(self.scene.operator), before)
        (self.node.store / "accept-stale-store").touch()
        self.wait_for(waiting, "final")
        self.wait_until_ready()

    def test_a_provider_that_hides_the_anchors_does_not_clear_the_store(self):
        def hide(method, params, result, ask):
            """From requests for all anchors of the issuer; the follower's are for the other kinds of events."""
            topics = params[0]["topics"] if method == "eth_getLogs" else []
            return [] if topics and isinstance(topics[0], list) and len(topics[0]) == 1 else result

        self.lose_store()
        with Liar(self.scene.rpc, hide) as liar:
            self.node.settings["chain.rpc"] = f"{liar.url} {self.scene.rpc}"
            self.scene.start_node()
            self.wait_for_reason("store_older_than_chain")
            self.assertIn("providers disagree", self.node.get("/readyz").body.decode())
            waiting = self.seal("in the empty store")
            self.node.await_heads(4)
            self.assertEqual(self.state(waiting), "sealed")
            self.node.stop()
            self.node.settings["chain.rpc"] = liar.url
            self.scene.start_node()
            self.wait_for_reason("store_older_than_chain")
            self.assertIn("do not return the events of all", self.node.get("/readyz").body.decode())
            self.node.stop()

    def test_two_nodes_with_one_key_both_say_so(self):
        self.wait_for(self.seal("the first node's"), "final")
        first = self.node
        with daemon.Node({key: value for key, value in first.settings.items() if key != "store.path"}) as second:
            self.node = second
            self.wait_for_reason("store_older_than_chain")
            (second.store / "accept-stale-store").touch()
            self.wait_for(self.seal("the second node's"), "final")
            self.node = first
            waiting = self.seal("the first node's again")
            self.wait_for_reason("store_older_than_chain")
            self.assertIn("share the key", first.get("/readyz").body.decode())
            self.assertEqual(self.state(waiting), "sealed")

    def test_other_transactions_of_the_account_are_not_anchors(self):
        self.wait_for(self.seal("ours"), "final")
        before = self.count(self.scene.operator)
        self.scene.ask("eth_sendTransaction", {"from": self.scene.operator, "to": self.scene.issuer, "value": "0x1"})
        until("the transaction is mined", lambda: self.count(self.scene.operator) > before)
        self.node.stop()
        self.scene.start_node()
        self.node.await_line("give each node its own key")
        self.wait_for(self.seal("ours again"), "final")


if __name__ == "__main__":
    side_by_side.main(__name__)
