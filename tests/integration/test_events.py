#!/usr/bin/env python3
"""GET /v1/events of a running node: order, ids, resuming, slow and many subscribers, shutdown, and events of the
chain."""

import hashlib
import itertools
import json
import os
import resource
import socket
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from credentials import ISSUER_ID
from events_client import Events
from node import WAIT_S, Node, join
from scene import Scene, badge, until

MAX_LISTENERS, MAX_WITH_TOKEN, MAX_PER_CLIENT, KEPT = 1024, 64, 64, 1024
counter = itertools.count()


def digests(n):
    return [hashlib.sha256(f"{os.getpid()} {next(counter)}".encode()).hexdigest() for _ in range(n)]


def submit(node, n=1, connection=None):
    body = json.dumps({"digests": digests(n)})
    answer = node.request("POST", "/v1/digests", body, {"Content-Type": "application/json"}, "digest", connection)
    assert answer.status == 200, answer.body


def seal(node, connection=None):
    answer = node.request("POST", "/v1/batches", scope="admin", connection=connection)
    assert answer.status == 201, answer.body
    return answer.json()


def seal_many(node, n):
    connection = node.connect()
    for _ in range(n):
        submit(node, 1, connection)
        seal(node, connection)
    connection.close()


def metric(node, name):
    for line in node.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return int(line.split()[1])
    raise KeyError(name)


def memory_kib(node):
    status = Path(f"/proc/{node.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


class OneNode(unittest.TestCase):
    settings = {"batch.max_age": "1 h"}

    @classmethod
    def setUpClass(cls):
        cls.node = Node(settings=cls.settings)
        cls.addClassCleanup(cls.node.__exit__, None, None, None)
        cls.node.start()

    def open_stream(self, *arguments, **more):
        events = Events(self.node.port, *arguments, **more)
        self.addCleanup(events.close)
        return events


class Response(OneNode):
    def test_headers(self):
        events = self.open_stream(headers={"Origin": "https://example.org"}).begin()
        headers = events.answer.headers
        self.assertEqual(events.answer.status, 200)
        self.assertEqual(headers["Content-Type"], "text/event-stream")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Accel-Buffering"], "no")
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
        self.assertRegex(headers["X-Request-Id"], "^[0-9a-f]{16}$")
        self.assertIsNone(headers["Content-Length"])
        self.assertRegex(events.last_id, r"^[0-9a-f]{16}-\d+$")
        self.assertEqual(events.retry_ms, 3000)

    def test_methods(self):
        head = self.node.request("HEAD", "/v1/events")
        self.assertEqual((head.status, head.headers["Content-Type"], head.body), (200, "text/event-stream", b""))
        answer = self.node.request("POST", "/v1/events")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
        answer = self.node.request("OPTIONS", "/v1/events", headers={"Origin": "https://example.org"})
        self.assertIn("Last-Event-ID", answer.headers["Access-Control-Allow-Headers"])

    def test_tokens(self):
        """No token is needed; a wrong one is refused, and only that of an administrator shows the providers."""
        for path in ("/v1/events", "/v1/node"):
            answer = self.node.request("GET", path, headers={"Authorization": "Bearer badged_" + "x" * 43})
            self.assertEqual((answer.status, answer.code), (401, "unauthorized"))
        self.assertNotIn("providers", self.node.get("/v1/node").json())
        self.assertNotIn("scopes", self.node.get("/v1/node").json())
        known = self.node.request("GET", "/v1/node", scope="submit").json()
        self.assertEqual((known["scopes"], "providers" in known), (["submit"], False))
        shown = until("the provider was polled",
                      lambda: self.node.request("GET", "/v1/node", scope="admin").json().get("providers"))
        self.assertEqual([provider["url"] for provider in shown], ["http://127.0.0.1:1"])

    def test_http_1_0(self):
        with socket.create_connection(("127.0.0.1", self.node.port), WAIT_S) as s:
            s.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
            seal_many(self.node, 1)
            received = b""
            while b"event: batch" not in received:
                received += s.recv(4096)
        self.assertNotIn(b"chunked", received)


class Order(OneNode):
    def test_all_subscribers_get_the_same_events(self):
        readers = [self.open_stream().begin() for _ in range(5)]
        before = self.node.get("/v1/node").json()
        accepted, pending = before["credentials"] + 7, before["pending"] + 7
        submit(self.node, 7)
        readers[0].until("credential", accepted=accepted, pending=pending)
        sealed = seal(self.node)
        received = [reader.until("batch", number=sealed["number"])[0] for reader in readers]
        self.assertEqual(len({event.id for event in received}), 1)
        self.assertEqual(received[0].data, {name: sealed[name] for name in
                                         ("number", "root", "treeSize", "state", "sealedAt")})
        readers[1].until("credential", accepted=accepted, pending=0)

    def test_resume(self):
        reader = self.open_stream().begin()
        first = seal_many(self.node, 1) or reader.until("batch")[0]
        seal_many(self.node, 20)
        last, between = reader.until("batch", number=first.data["number"] + 20)
        numbers = [event.number for event in between]
        self.assertEqual(numbers, list(range(first.number + 1, first.number + 1 + len(numbers))))
        run = first.id.rpartition("-")[0]
        for resumed in (self.open_stream(first.id), self.open_stream(path=f"/v1/events?lastEventId={first.id}"),
                        self.open_stream(first.id, path=f"/v1/events?x=1&lastEventId={run}-1")):
            again = [next(resumed) for _ in between]
            self.assertEqual([(e.name, e.id, e.data) for e in again], [(e.name, e.id, e.data) for e in between])
        nothing_new = self.open_stream(last.id).begin()
        seal_many(self.node, 1)
        event, seen = nothing_new.until("batch")
        self.assertEqual(event.data["number"], last.data["number"] + 1)
        self.assertNotIn("reset", [e.name for e in seen])

    def test_an_invalid_id(self):
        reader = self.open_stream().begin()
        run, _, number = reader.last_id.rpartition("-")
        for wrong in ("x", "-", "0" * 16 + "-1", f"{run}-{int(number) + 1}", f"{run}-", f"{run}-01", f"{run}-+1",
                      f"{run}-{'9' * 30}", run, f"{run}-1 ", "%00", "🎓".encode().decode("latin-1"), "a" * 4000):
            with self.subTest(id=wrong):
                event = next(self.open_stream(path="/v1/events", headers={"Last-Event-ID": wrong}))
                self.assertEqual((event.name, event.id), ("reset", reader.last_id))
                self.assertIn("reason", event.data)
        kind = self.open_stream(headers={"Last-Event-ID": ""}).begin()
        seal_many(self.node, 1)
        self.assertNotIn("reset", [event.name for event in kind.until("batch")[1]])

    def test_counts_are_batched(self):
        reader = self.open_stream().begin()
        connection = self.node.connect()
        since = time.monotonic()
        for _ in range(200):
            submit(self.node, 1, connection)
        connection.close()
        pending = self.node.get("/v1/node").json()["pending"]
        _, seen = reader.until("credential", pending=pending)
        self.assertLessEqual(len(seen), (time.monotonic() - since) * 4 + 2)


class Proxied(OneNode):
    settings = OneNode.settings | {"http.max_connections_per_client": "5000", "http.trusted_proxy": "127.0.0.1"}

    @staticmethod
    def address(n):
        """The header with which a proxy reports the client's address."""
        return {"X-Forwarded-For": f"10.0.{n // 256}.{n % 256}"}


class SlowReader(Proxied):
    def test_a_slow_reader_is_disconnected(self):
        good = self.open_stream().begin()
        slow = socket.socket()
        self.addCleanup(slow.close)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", self.node.port))
        slow.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        until("both are connected", lambda: metric(self.node, "badged_event_listeners") == 2)
        first, seen, n_batches = good.last_id, [], 0
        self.node.await_line("key in use")  # opening it needs much memory for a moment
        before = memory_kib(self.node)

        def seal_some():
            """Whether the ring buffer has overwritten the first event, after further batches, which the other one reads."""
            nonlocal n_batches
            seal_many(self.node, 50)
            n_batches += 50
            seen.extend(good.until("batch", number=n_batches)[1])
            return seen[-1].number > int(first.rpartition("-")[2]) + KEPT

        until("the first event is overwritten", seal_some)
        until("the slow one is disconnected", lambda: metric(self.node, "badged_event_listeners") == 1)
        self.assertLess(memory_kib(self.node) - before, 40 * 1024)
        last = {"accepted": n_batches, "pending": 0}
        if not any(event.name == "credential" and event.data == last for event in seen):
            seen += good.until("credential", **last)[1]
        self.assertEqual([e.data["number"] for e in seen if e.name == "batch"], list(range(1, n_batches + 1)))
        print(f"{len(seen)} events: {(memory_kib(self.node) - before) / 1024:.1f} MiB more", file=sys.stderr)
        self.assertEqual(next(self.open_stream(first)).name, "reset")
        run, _, latest = good.last_id.rpartition("-")
        latest = int(latest)
        self.assertEqual(next(self.open_stream(f"{run}-{latest - KEPT}")).number, latest - KEPT + 1)
        self.assertEqual(next(self.open_stream(f"{run}-{latest - KEPT - 1}")).name, "reset")


class OneAddress(Proxied):
    def test_the_limit_of_one_address(self):
        greedy = [self.open_stream(headers=self.address(1)).begin() for _ in range(MAX_PER_CLIENT)]
        refused = self.node.request("GET", "/v1/events", headers=self.address(1))
        self.assertEqual((refused.status, refused.code), (429, "too_many_requests"))
        self.assertIn("64 event streams", refused.json()["detail"])
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        token = {"Authorization": "Bearer " + self.node.tokens["submit"]}
        for reader in (self.open_stream(headers=self.address(2)), self.open_stream(headers=self.address(1) | token)):
            self.assertEqual(reader.begin().answer.status, 200)
        greedy.pop().close()  # frees a place for the next stream
        until("one is closed", lambda: metric(self.node, "badged_event_listeners") == MAX_PER_CLIENT + 1)
        self.assertEqual(self.open_stream(headers=self.address(1)).begin().answer.status, 200)


class ManySubscribers(Proxied):
    def test_many_subscribers(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.node.await_line("key in use")  # opening it needs much memory for a moment
        before = memory_kib(self.node)
        many = [self.open_stream(headers=self.address(i // MAX_PER_CLIENT)) for i in range(MAX_LISTENERS)]
        for reader in many:
            self.assertEqual(reader.begin().answer.status, 200)
        print(f"{MAX_LISTENERS} subscribers: {(memory_kib(self.node) - before) / 1024:.1f} MiB more", file=sys.stderr)
        refused = self.node.request("GET", "/v1/events", headers=self.address(MAX_LISTENERS))
        self.assertEqual((refused.status, refused.code), (503, "too_busy"))
        self.assertTrue(refused.headers["Retry-After"])
        token = {"Authorization": "Bearer " + self.node.tokens["submit"]}
        kept = [self.open_stream(headers=token).begin() for _ in range(MAX_WITH_TOKEN)]
        self.assertEqual(self.node.request("GET", "/v1/events", scope="submit").status, 503)
        seal_many(self.node, 1)
        since = time.monotonic()
        for reader in many + kept:
            reader.until("batch")
        print(f"all have received the event after {time.monotonic() - since:.2f} s", file=sys.stderr)
        # a subscriber that disconnects frees its place, although it never sends anything
        for reader in many + kept:
            reader.close()
        until("all are closed", lambda: metric(self.node, "badged_event_listeners") == 0)
        self.assertEqual(self.open_stream().begin().answer.status, 200)


class Heartbeats(OneNode):
    def test_heartbeats(self):
        """A stream without events outlives the timeout of requests: a comment every 15 s is its heartbeat."""
        since = time.monotonic()
        reader = self.open_stream().begin()
        while reader.comments < 3:
            reader._line()
        self.assertGreater(time.monotonic() - since, 40)
        seal_many(self.node, 1)
        reader.until("batch")


class Shutdown(unittest.TestCase):
    def test_the_node_stops_and_restarts(self):
        with Node(settings={"batch.max_age": "1 h", "http.loops": "2"}) as node:
            readers = [Events(node.port).begin() for _ in range(50)]
            stuck = socket.create_connection(("127.0.0.1", node.port), WAIT_S)  # never reads
            stuck.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            seal_many(node, 2)
            ids = set()
            for reader in readers:
                event, _ = reader.until("batch", number=2)
                ids.add(event.id)
            self.assertEqual(len(ids), 1)
            took_s = node.stop_s()
            for reader in readers:
                self.assertEqual([event.name for event in reader if event.name != "credential"], [])
                reader.close()  # the stream ended properly, otherwise http.client would have raised
            stuck.close()
            node.start()
            with Events(node.port, ids.pop()) as reader:
                self.assertEqual(next(reader).name, "reset")
                seal_many(node, 1)
                self.assertEqual(reader.until("batch")[0].data["number"], 3)
            self.assertLess(took_s, node.stop_s() + 8)  # clients in the middle of a response get 10 s

    def test_subscribers_connect_and_disconnect(self):
        """While events are published on two loops, and until the node stops."""
        with Node(settings={"batch.max_age": "1 h", "http.loops": "2"}) as node:
            over = threading.Event()
            received = []

            def reconnect():
                last_id, port = None, node.port
                while not over.is_set():
                    try:
                        with Events(port, last_id) as reader:
                            for event in itertools.islice(reader, 3):
                                received.append(event.name)
                            last_id = reader.last_id
                    except (OSError, EOFError, ValueError):
                        if not over.is_set():
                            raise

            threads = [threading.Thread(target=reconnect) for _ in range(8)]
            for thread in threads:
                thread.start()
            seal_many(node, 300)
            until("a thousand events are received", lambda: len(received) > 1000)  # a late one resumes without gaps
            over.set()
            self.assertEqual(node.stop(), 0)
            for thread in threads:
                join(thread)
            self.assertNotIn("reset", received)


class Chain(unittest.TestCase):
    def test_an_anchor_from_seal_to_final(self):
        with Scene({"batch.max_age": "1 h"}) as scene:
            node = scene.node
            with Events(node.port) as reader:
                reader.begin()
                answer = node.submit({"id": "urn:example:1", "type": ["VerifiableCredential"], "issuer": ISSUER_ID})
                self.assertEqual(answer.status, 201)
                seal(node)
                _, seen = reader.until("anchor", state="final")
            batches = [event.data for event in seen if event.name == "batch"]
            anchors = [event.data for event in seen if event.name == "anchor"]
            final = anchors[-1]
            self.assertEqual([b["state"] for b in batches], ["sealed", "sent", "mined", "final"])
            self.assertEqual([a["state"] for a in anchors], ["sent", "mined", "final"])
            batch = node.get("/v1/batches/1").json()
            for name in ("sequence", "transaction", "block"):
                self.assertEqual(final[name], batch["anchor"][name])
            self.assertEqual(anchors[0]["transaction"], final["transaction"])
            self.assertNotIn("block", anchors[0])
            receipt = scene.ask("eth_getTransactionReceipt", final["transaction"])
            gas, price = int(receipt["gasUsed"], 16), int(receipt["effectiveGasPrice"], 16)
            self.assertEqual((final["gasUsed"], int(final["fee"])), (gas, gas * price))
            self.assertEqual(anchors[1]["fee"], final["fee"])
            digest = answer.json()["digest"]
            self.assertNotIn(digest, json.dumps([event.data for event in seen]))
            self.assertNotIn("oldestUnanchoredAt", node.get("/v1/node").json())

    def test_chain_status_of_a_credential(self):
        with Scene({"batch.max_age": "1 h"}) as scene:
            node = scene.node
            digest = node.submit({"id": "urn:example:1", "issuer": ISSUER_ID}).json()["digest"]
            scene.seal_all()
            with Events(node.port) as reader:
                reader.begin()
                answer = node.request("POST", f"/v1/credentials/{digest}/revocation", scope="admin")
                self.assertEqual(answer.status, 202)
                event = reader.until("credential", digest=digest)[0].data
                self.assertEqual((event["status"], event["account"].lower()), ("revoked", scene.operator.lower()))
                self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                badge("revoke", "--undo", digest, *scene.as_issuer)
                event = reader.until("credential", digest=digest)[0].data
                self.assertEqual((event["status"], event["account"].lower()), ("restored", scene.issuer.lower()))


if __name__ == "__main__":
    unittest.main()
