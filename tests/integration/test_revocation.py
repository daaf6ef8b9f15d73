"""Revocations on a real chain: from `badge revoke` to a verdict, a thousand in a few transactions, kill -9 at any step
and a reorg; and what only the issuer can do: undo revocations and withdraw a batch.
"""

import http.client
import json
import pathlib
import signal
import subprocess
import tempfile
import unittest

import verify_receipt as verifier
from events_client import Events
from registry_client import call_data
from node import join
from scene import ARTIFACT, CAST, badge, until
from scene_case import SceneCase, digests

SAMPLE = pathlib.Path(__file__).resolve().parents[1] / "samples" / "open-badge.json"
JSON = {"Content-Type": "application/json"}


class OnAChain(SceneCase):
    # -- the node

    def submit(self, values):
        for at in range(0, len(values), 10000):
            super().submit(values[at : at + 10000])

    def post(self, digest, scope="admin"):
        return self.node.request("POST", f"/v1/credentials/{digest}/revocation", scope=scope)

    def state(self, digest, scope="admin"):
        answer = self.node.request("GET", f"/v1/credentials/{digest}/revocation", scope=scope)
        return answer.json()["state"] if answer.status == 200 else answer.code

    def wait_for(self, digest, *states):
        return until(f"revocation is {' or '.join(states)}", lambda: self.state(digest) in states and self.state(digest))

    def revoke(self, *words, check=True, **more):
        return badge("revoke", *words, "--node", self.scene.url, "--token-file", self.scene.token_file("admin"),
                     check=check, **more)  # fmt: skip

    def pending(self):
        text = self.node.get("/metrics").body.decode()
        return int(next(line for line in text.splitlines() if line.startswith("badged_pending_revocations ")).split()[1])

    # -- queries of the chain with cast, an independent implementation

    def revoked_at(self, digest):
        done = subprocess.run(
            [CAST, "call", "--rpc-url", self.scene.rpc, ARTIFACT["address"], "revokedAt(address,bytes32)(uint64,uint8)",
             self.scene.issuer, "0x" + digest], check=True, capture_output=True, text=True)  # fmt: skip
        return int(done.stdout.split()[0])

    def reason_at(self, digest):
        data = call_data("revokedAt(address,bytes32)", verifier.address(self.scene.issuer), bytes.fromhex(digest))
        answer = self.scene.ask("eth_call", {"to": ARTIFACT["address"], "data": data}, "latest")
        return int(answer[66:], 16)

    def events(self, name="Revoked(address indexed,bytes32 indexed,address indexed,uint8)"):
        """digest → the hashes of the transactions with its events."""
        topic = subprocess.run([CAST, "sig-event", name], check=True, capture_output=True, text=True).stdout.strip()
        found = {}
        for log in self.scene.ask("eth_getLogs", {"address": ARTIFACT["address"], "fromBlock": "0x0", "topics": [topic]}):
            found.setdefault(log["topics"][2][2:], []).append(log["transactionHash"])
        return found

    def check_revoked_once(self, values):
        events = self.events()
        self.assertEqual(set(events), set(values))
        for digest in values:
            self.assertEqual(len(events[digest]), 1)
            self.assertEqual(self.state(digest), "final")
        return {transaction for (transaction,) in events.values()}


class Requests(OnAChain):
    def test_from_request_to_verdict(self):
        digest = badge("digest", SAMPLE).stdout.split()[0]
        through_node = ("--node", self.scene.url, "--token-file", self.scene.token_file("submit"))
        badge("submit", SAMPLE, *through_node)
        self.scene.seal_all()
        badge("submit", SAMPLE, "--receipts", self.scene.folder / "receipts", *through_node)
        verify = ("verify", SAMPLE, "--receipt", self.scene.folder / "receipts" / f"{digest}.receipt.json", "--rpc",
                  self.scene.rpc, "--accreditor", self.scene.issuer, "--json")  # fmt: skip
        before = json.loads(badge(*verify, check=False).stdout)["verdict"]
        self.assertNotEqual(before, "revoked")

        self.assertEqual(self.state(digest), "not_revoked")
        done = self.revoke(SAMPLE, "--wait", "final", "--json")
        self.assertEqual(json.loads(done.stdout), {"digest": digest, "state": "final", "reason": "unspecified"})
        self.assertEqual(json.loads(badge(*verify, check=False).stdout)["verdict"], "revoked")
        self.assertEqual(self.state(digest, scope=None), "final")
        until("the metric is updated", lambda: self.pending() == 0)

        answer = self.post(digest)
        self.assertEqual((answer.status, answer.json()["state"]), (200, "final"))
        self.assertEqual(len(self.events()[digest]), 1)  # a repeated request sends no transaction

        answer = self.node.request("DELETE", f"/v1/credentials/{digest}/revocation", scope="admin")
        self.assertEqual((answer.status, answer.code), (409, "revocation_stands"))
        self.assertIn("badge revoke --undo", answer.json()["detail"])

        done = badge("revoke", "--undo", digest, *self.scene.as_issuer)
        self.assertIn("1 restored", done.stdout)
        self.assertEqual(self.revoked_at(digest), 0)
        self.assertEqual(json.loads(badge(*verify, check=False).stdout)["verdict"], before)
        done = badge("revoke", "--undo", digest, *self.scene.as_issuer, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not revoked", done.stderr)

        # revoked once more: the earlier request is finished
        until("the node knows that it was restored", lambda: self.state(digest) == "not_revoked")
        self.revoke(digest, "--wait", "final")
        self.assertNotEqual(self.revoked_at(digest), 0)

    def test_only_the_issuer_can_undo(self):
        (digest,) = digests("operator", 1)
        self.submit([digest])
        as_operator = ("--rpc", self.scene.rpc, "--keystore", self.scene.operator_key, "--passphrase-file",
                       self.scene.passphrase)  # fmt: skip
        self.revoke(digest, "--wait", "mined")
        done = badge("revoke", "--undo", digest, *as_operator, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertNotEqual(self.revoked_at(digest), 0)

    def test_refusals(self):
        known, unknown = digests("refused", 2)
        self.submit([known])
        for scope, status in ((None, 401), ("submit", 403), ("digest", 403)):
            self.assertEqual(self.post(known, scope).status, status)
        answer = self.post(unknown)
        self.assertEqual((answer.status, answer.code), (404, "unknown_digest"))
        answer = self.post(known)
        self.assertEqual((answer.status, answer.json()["digest"]), (202, known))
        self.assertEqual(answer.headers["Location"], f"/v1/credentials/{known}/revocation")
        self.assertIn(self.state(known, scope=None), ("not_revoked", "mined", "final"))
        self.assertEqual(self.state(known, scope="submit") in ("requested", "sent"), False)

        body = json.dumps({"digests": [known, unknown, "xyz", 7]})
        results = self.node.request("POST", "/v1/revocations", body, JSON, "admin").json()["results"]
        self.assertIn("state", results[0])
        self.assertEqual(results[1]["digest"], unknown)
        codes = [result["error"]["type"].rsplit(":", 1)[1] for result in results[1:]]
        self.assertEqual(codes, ["unknown_digest", "bad_digest", "bad_digest"])
        body = json.dumps({"digests": [known] * 10001})
        answer = self.node.request("POST", "/v1/revocations", body, JSON, "admin")
        self.assertEqual((answer.status, answer.code), (413, "too_many_digests"))
        body = json.dumps({"digests": []})
        self.assertEqual(self.node.request("POST", "/v1/revocations", body, JSON, "admin").json(), {"results": []})

        done = self.revoke(known, unknown, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(unknown, done.stderr)
        self.assertEqual(self.revoke("no-such-file", check=False).returncode, 2)
        self.wait_for(known, "final")
        self.assertEqual(self.revoked_at(unknown), 0)

    def test_many_in_few_transactions(self):
        values = digests("many", 1000)
        self.submit(values)  # most are still pending or sealed, and can be revoked nevertheless
        done = self.revoke("-", "--wait", "final", input="\n".join(values) + "\n")
        self.assertIn("1000 revocations final", done.stdout)
        transactions = self.check_revoked_once(values)
        self.assertLessEqual(len(transactions), 5)
        self.scene.seal_all()


NOTE = "She asked for it on 3 May; see file 77/Müller"


class Reasons(OnAChain):
    def revocation(self, digest, scope="admin"):
        return self.node.request("GET", f"/v1/credentials/{digest}/revocation", scope=scope).json()

    def record(self, digest):
        return self.node.get(f"/v1/credentials/{digest}").json()

    def await_revoked(self, digest):
        until("the node shows it as revoked", lambda: self.record(digest)["status"] == "revoked")

    def test_from_the_request_to_the_record(self):
        old, new, older = digests("replaced", 3)
        self.submit([old, new, older])
        self.node.await_line("registry synced")
        events = self.enterContext(Events(self.node.port)).begin()
        done = self.revoke(old, "--reason", "replaced", "--note", NOTE, "--replaced-by", new, "--wait", "final", "--json")
        self.assertIn("public on the chain for ever", done.stderr)
        self.assertEqual(json.loads(done.stdout), {"digest": old, "state": "final", "reason": "replaced"})
        self.assertEqual(self.reason_at(old), 2)
        event, _ = events.until("credential", digest=old)
        self.assertEqual((event.data["status"], event.data["reason"], "note" in event.data), ("revoked", "replaced", False))
        self.await_revoked(old)
        self.revoke(older, "--replaced-by", new, "--note-file", "-", "--wait", "final", input="Größe\n")
        self.await_revoked(older)
        self.assertEqual(self.revocation(older)["note"], "Größe")
        for _ in range(2):
            self.assertEqual(self.revocation(old), {"digest": old, "state": "final", "reason": "replaced", "note": NOTE})
            for scope in (None, "submit"):
                self.assertEqual(self.revocation(old, scope), {"digest": old, "state": "final", "reason": "replaced"})
            record = self.record(old)
            self.assertEqual((record["statusReason"], record["replacedBy"]), ("replaced", new))
            self.assertEqual(self.record(older)["statusReason"], "unspecified")
            record = self.record(new)
            self.assertEqual(record["replaces"], [older, old])
            self.assertEqual({"replacedBy", "statusReason"} & record.keys(), set())
            self.node.stop()
            self.scene.start_node()
            self.await_revoked(old)
        self.assertNotIn("Müller", "\n".join(self.node.log))
        calls = [self.scene.ask("eth_getTransactionByHash", one)["input"] for one in self.events()[old]]
        self.assertNotIn("Müller".encode().hex(), "".join(calls))

        self.scene.seal_all()
        done = badge("revoke", "--undo", old, *self.scene.as_issuer)
        until("the node knows that it was restored", lambda: self.record(old)["status"] == "good")
        self.assertNotIn("replacedBy", self.record(old))
        self.assertEqual(self.record(new)["replaces"], [older])

    def test_one_transaction_for_each_reason(self):
        names = ["unspecified", "error", "replaced", "unmet", "annulled", "holder"]
        values = digests("reasons", 18)
        self.submit(values)
        for number, name in enumerate(names):
            some = values[3 * number : 3 * number + 3]
            body = json.dumps({"digests": some, "reason": name} if number else {"digests": some})
            results = self.node.request("POST", "/v1/revocations", body, JSON, "admin").json()["results"]
            self.assertEqual([result["reason"] for result in results], [name] * 3)
        for digest in values:
            self.wait_for(digest, "final")
        self.check_revoked_once(values)
        self.assertEqual([self.reason_at(digest) for digest in values], [i // 3 for i in range(18)])
        for digest, name in zip(values[::3], names):
            self.await_revoked(digest)
            self.assertEqual(self.record(digest)["statusReason"], name)

    def test_an_open_request_keeps_its_reason(self):
        (digest,) = digests("kept", 1)
        self.submit([digest])
        answer = self.node.request("POST", f"/v1/credentials/{digest}/revocation", '{"reason": "holder"}', JSON, "admin")
        self.assertEqual((answer.status, answer.json()["reason"]), (202, "holder"))
        done = self.revoke(digest, "--reason", "error")
        self.assertIn("1 of them was requested before for another reason", done.stderr)
        self.wait_for(digest, "final")
        self.assertEqual(self.reason_at(digest), 5)

    def test_what_is_refused_revokes_nothing(self):
        known, other, unknown = digests("refused reasons", 3)
        self.submit([known, other])
        path = f"/v1/credentials/{known}/revocation"
        for more, status, code in (
            ({"reason": "Error"}, 400, "bad_member"),
            ({"reason": 1}, 400, "bad_member"),
            ({"reason": "error\0"}, 400, "bad_member"),
            ({"note": "n" * 501}, 400, "bad_member"),
            ({"note": None}, 400, "bad_member"),
            ({"replacedBy": "xyz"}, 400, "bad_member"),
            ({"replacedBy": known.upper()}, 400, "bad_member"),
            ({"replacedBy": unknown}, 404, "unknown_digest"),
        ):
            with self.subTest(more):
                answer = self.node.request("POST", path, json.dumps(more), JSON, "admin")
                self.assertEqual((answer.status, answer.code), (status, code))
                answer = self.node.request("POST", "/v1/revocations", json.dumps(more | {"digests": [known]}), JSON, "admin")
                self.assertEqual((answer.status, answer.code), (status, code))
        two = json.dumps({"digests": [known, unknown], "replacedBy": other})
        self.assertEqual(self.node.request("POST", "/v1/revocations", two, JSON, "admin").code, "bad_member")
        for body, headers, status in (("[]", JSON, 400), ("{", JSON, 400), ("{}", {"Content-Type": "text/plain"}, 415)):
            self.assertEqual(self.node.request("POST", path, body, headers, "admin").status, status)
        for words in (("--reason", "error "), ("--note", "n" * 501), ("--replaced-by", "xyz"),
                      ("--note", "a", "--note-file", __file__), ("--note-file", __file__), ("--note-file", "missing"),
                      ("-", "--note-file", "-"), ("--undo", "--note-file", "-"),
                      (other, "--replaced-by", other), ("--undo", "--reason", "error")):
            self.assertEqual(self.revoke(known, *words, check=False).returncode, 2)
        with tempfile.NamedTemporaryFile() as note:  # not in UTF-8: it would be lost, and the revocation not
            note.write("Größe".encode("latin-1"))
            note.flush()
            self.assertIn("not in UTF-8", self.revoke(known, "--note-file", note.name, check=False).stderr)
        self.assertEqual(self.revoke(known, "--replaced-by", unknown, check=False).returncode, 1)
        self.assertEqual(self.state(known), "not_revoked")


class Faults(OnAChain):
    def crash_at(self, point, values):
        """Requests a revocation on a node that dies at the failpoint; an acknowledged one must be revoked in the
        end."""
        self.node.stop()
        self.node.environment = {"BADGED_FAILPOINT": f"{point}:exit"}
        self.scene.start_node()
        try:
            self.assertEqual(self.post(values[0]).status, 202)
            acknowledged = True
        except (OSError, http.client.HTTPException):
            acknowledged = False
        process = self.node.process
        until("the node has died", lambda: process.poll() is not None)
        join(self.node.reader)
        process.stderr.close()
        self.node.process, self.node.environment = None, {}
        self.scene.start_node()
        if not acknowledged:
            self.assertIn(self.post(values[0]).status, (200, 202))
        self.wait_for(values[0], "final")

    def test_killed_after_each_step(self):
        points = ["revocation.answer", "revocations.gathered", "badgean1.written", "badgean1.synced", "broadcast.send",
                  "broadcast.answered"]  # fmt: skip
        values = digests("kill", len(points))
        self.submit(values)
        self.scene.seal_all()
        for point, digest in zip(points, values):
            with self.subTest(point):
                self.crash_at(point, [digest])
        self.check_revoked_once(values)

    def test_killed_after_each_acknowledgement(self):
        values = digests("kill -9", 600)
        self.submit(values)
        body = json.dumps({"digests": values})
        for _ in range(4):
            answer = self.node.request("POST", "/v1/revocations", body, JSON, "admin")
            self.assertEqual(answer.status, 200)
            self.node.stop(signal.SIGKILL)
            self.scene.start_node()
        self.revoke("-", "--wait", "final", input="\n".join(values))
        self.check_revoked_once(values)

    def test_a_reorg(self):
        (digest,) = digests("reorg", 1)
        self.submit([digest])
        self.scene.seal_all()
        with self.scene.no_blocks():
            self.post(digest)
            self.wait_for(digest, "sent")
            self.scene.ask("evm_mine")
            self.wait_for(digest, "mined")
            self.scene.ask("anvil_reorg", 1, [])
            self.node.await_line("event=gone")
        self.wait_for(digest, "final")
        self.assertNotEqual(self.revoked_at(digest), 0)

    def test_requests_wait_for_an_operator(self):
        (digest,) = digests("waits", 1)
        self.submit([digest])
        badge("operator", "remove", self.scene.operator, *self.scene.as_issuer)
        until("/readyz reports not_operator", lambda: b'"not_operator"' in self.node.get("/readyz").body)
        self.assertEqual(self.post(digest).status, 202)
        self.assertEqual(self.state(digest), "requested")
        self.assertEqual(self.state(digest, scope=None), "not_revoked")
        until("the metric is updated", lambda: self.pending() == 1)
        badge("operator", "add", self.scene.operator, *self.scene.as_issuer)
        self.wait_for(digest, "final")

    def test_a_restored_backup(self):
        """Its requests have been revoked on the chain since: the node detects that and sends no transaction again."""
        values = digests("backup", 3)
        self.submit(values)
        self.scene.seal_all()
        badge("operator", "remove", self.scene.operator, *self.scene.as_issuer)
        until("/readyz reports not_operator", lambda: b'"not_operator"' in self.node.get("/readyz").body)
        for digest in values:
            self.assertEqual(self.post(digest).status, 202)
        archive = self.scene.folder / "backup.tar"
        badge("backup", archive, "--store", self.node.store)
        badge("operator", "add", self.scene.operator, *self.scene.as_issuer)
        for digest in values:
            self.wait_for(digest, "final")
        undone = values.pop()
        badge("revoke", "--undo", undone, *self.scene.as_issuer)
        self.node.stop()
        self.node.store.rename(self.scene.folder / "lost")
        self.node.tokens.clear()
        badge("restore", archive, "--store", self.node.store)
        self.scene.start_node()
        for digest in values:
            self.wait_for(digest, "final")
        self.assertEqual(self.revoked_at(undone), 0)  # a restored credential stays restored
        self.wait_for(undone, "not_revoked")
        self.assertEqual({digest: len(sent) for digest, sent in self.events().items()}, dict.fromkeys([*values, undone], 1))


class Withdrawal(OnAChain):
    def test_withdraw_a_batch(self):
        self.submit(digests("batch", 3))
        self.scene.seal_all()
        (batch,) = self.scene.batches()
        stranger = "77" * 32

        done = badge("withdraw", batch["root"], stranger, "--yes", *self.scene.as_issuer, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("anchored no batch", done.stderr)
        self.assertEqual(self.withdrawn_at(batch["root"]), 0)  # nothing was withdrawn
        done = badge("withdraw", batch["root"], *self.scene.as_issuer, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--yes", done.stderr)
        self.assertEqual(self.withdrawn_at(batch["root"]), 0)

        done = badge("withdraw", batch["root"], "--yes", "--json", *self.scene.as_issuer)
        self.assertEqual(json.loads(done.stdout)["changed"], True)
        self.assertIn("3 credentials", done.stderr)
        self.assertNotEqual(self.withdrawn_at(batch["root"]), 0)
        done = badge("withdraw", batch["root"], "--yes", *self.scene.as_issuer)
        self.assertIn("already", done.stdout)

    def withdrawn_at(self, root):
        done = subprocess.run(
            [CAST, "call", "--rpc-url", self.scene.rpc, ARTIFACT["address"], "withdrawnAt(address,bytes32)(uint64)",
             self.scene.issuer, "0x" + root], check=True, capture_output=True, text=True)  # fmt: skip
        return int(done.stdout.split()[0])

    def reason_at(self, digest):
        data = call_data("revokedAt(address,bytes32)", verifier.address(self.scene.issuer), bytes.fromhex(digest))
        answer = self.scene.ask("eth_call", {"to": ARTIFACT["address"], "data": data}, "latest")
        return int(answer[66:], 16)


if __name__ == "__main__":
    unittest.main()
