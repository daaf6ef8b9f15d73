#!/usr/bin/env python3
"""Hostile clients: slow, idle, half-open, oversized, disconnected. They attack a real node while an honest client
submits.

The tests assert that the damage is bounded: descriptors and memory stay bounded and are released, a waiting client
costs no processor time, and the honest client gets 201 for everything. The large tests hold ABUSE_CONNECTIONS (2000)
connections; the full test is
    PYTHONPATH=tests/support ABUSE_CONNECTIONS=10000 tests/fault/test_http_abuse.py
It prints what it did as numbers.
"""

import base64
import contextlib
import itertools
import json
import os
import resource
import select
import socket
import struct
import sys
import threading
import time
import unittest
from pathlib import Path

from node import WAIT_S, Node, join, until

N = int(os.environ.get("ABUSE_CONNECTIONS", "2000"))
MIB = 1 << 20
OTHER_FILES = 1024  # open files of the node apart from connections
GONE = (ConnectionError, BrokenPipeError, TimeoutError)
HOST = b"Host: badges.example.org\r\n"


def say(text):
    print(f"abuse: {text}", file=sys.stderr, flush=True)


def raise_file_limit(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, n)
    if hard != resource.RLIM_INFINITY and wanted > hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))  # only root may; otherwise the test fails here
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class HonestClient(threading.Thread):
    """Submits one document after another until it is stopped, from 127.0.0.1, which no attacker uses."""

    n_clients = 0

    def __init__(self, node):
        super().__init__(name="honest")
        HonestClient.n_clients += 1
        self.id = HonestClient.n_clients
        self.node, self.n, self.wrong, self.over = node, 0, [], threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                answer = self.node.submit({"id": f"urn:honest:{self.id}:{self.n}"})
                if answer.status != 201:
                    self.wrong.append((answer.status, answer.body[:200]))
            except Exception as failure:
                self.wrong.append(failure)
            self.n += 1
            self.over.wait(0.01)


class Abuse(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        raise_file_limit(N + 2 * OTHER_FILES)
        cls.node = cls.enterClassContext(Node(cls.settings | {"batch.max_age": "1 h"}))

    def setUp(self):
        self.sockets, began = [], time.monotonic()
        self.addCleanup(lambda: say(f"{self.id().split('.')[-1]}: {time.monotonic() - began:.1f} s"))
        self.addCleanup(self.close_all)
        self.node.await_line("key in use")  # opening it needs much memory and processor time for a moment
        self.base_files, self.base_rss = self.files(), self.rss()

    def close_all(self):
        for one in self.sockets:
            one.close()
        self.sockets = []

    # -- resources of the node

    def rss(self):
        status = Path(f"/proc/{self.node.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def files(self):
        """Open descriptors. Without permission (the node hides itself from other users): the node's count of
        connections."""
        try:
            return len(os.listdir(f"/proc/{self.node.process.pid}/fd"))
        except PermissionError:
            return self.metric("badged_http_connections")

    def metric(self, name):
        for line in self.node.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return int(line.split()[1])
        raise KeyError(name)

    def await_files(self, most):
        until("the descriptors are closed", lambda: self.files() <= most)

    def assert_recovers(self, growth):
        """All descriptors are released, and memory has grown by less than `growth`."""
        self.close_all()
        self.await_files(self.base_files + 8)
        rss = self.rss() - self.base_rss
        self.assertLess(rss, growth)
        say(f"{self.id().split('.')[-1]}: {rss / MIB:.0f} MiB more, {self.files() - self.base_files} files more")

    @contextlib.contextmanager
    def honest(self, at_least=20):
        client = HonestClient(self.node)
        client.start()
        try:
            yield client
            until("the honest client is served", lambda: client.n >= at_least)
        finally:
            client.over.set()
            join(client)
        self.assertEqual(client.wrong[:3], [])
        say(f"{self.id().split('.')[-1]}: the honest client got {client.n} times 201")

    # -- attacks

    def dial(self, i=0, receive=None):
        """Connects from one of many addresses, with a thousand connections each."""
        one = socket.socket()
        self.sockets.append(one)
        one.settimeout(WAIT_S)
        if receive:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        one.bind((f"127.0.0.{2 + i // 1000}", 0))
        one.connect(("127.0.0.1", self.node.port))
        return one

    def head(self, method, path, *headers, scope="submit"):
        lines = [f"{method} {path} HTTP/1.1".encode(), HOST.strip()] + [h.encode() for h in headers]
        if scope:
            lines.append(b"Authorization: Bearer " + self.node.tokens[scope].encode())
        return b"\r\n".join(lines) + b"\r\n\r\n"

    @staticmethod
    def send_quietly(one, data):
        with contextlib.suppress(*GONE):
            one.sendall(data)

    def exchange(self, data, i=0):
        """The status of the response; 0 if the connection ended without one."""
        one = self.dial(i)
        try:
            one.sendall(data)
        except GONE:
            pass  # refused while it was sent: there is a response nevertheless
        answer = read_to_end(one)
        one.close()
        self.sockets.remove(one)
        return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def read_to_end(one):
    data = b""
    try:
        while piece := one.recv(65536):
            data += piece
    except GONE:
        pass
    return data


def read_some(one):
    with contextlib.suppress(*GONE):
        return one.recv(100)
    return b""


def n_alive(sockets):
    """The number of connections that the node has not closed."""
    poll, alive = select.poll(), {}
    for one in sockets:
        poll.register(one, select.POLLIN | select.POLLRDHUP)
        alive[one.fileno()] = one
    for fd, events in poll.poll(0):
        if events & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
            del alive[fd]
    return len(alive)


class ManyConnections(Abuse):
    """As many connections as the node accepts."""

    settings = {"http.max_connections": str(N)}

    def test_idle_connections(self):
        for i in range(N):
            self.dial(i)
        with self.honest():
            pass
        self.assertLessEqual(self.files(), N + OTHER_FILES)
        say(f"idle: {N} connections, of which {n_alive(self.sockets)} are still open")
        self.assert_recovers(N * 64 * 1024 + 64 * MIB)

    def test_slow_heads(self):
        """Every connection sends its headers one byte at a time."""
        head = self.head("GET", "/healthz", "X-Slow: " + "a" * 4000)
        for i in range(N):
            self.dial(i).sendall(head[:60])
        at = itertools.count(60)

        def send_byte():
            """Sends the next byte on each connection; returns whether the node has closed enough of them."""
            byte = head[(i := next(at)):i + 1]
            for one in self.sockets:
                with contextlib.suppress(*GONE):
                    one.send(byte)
            time.sleep(0.2)
            return n_alive(self.sockets) <= N - N // 8 and client.n >= 20

        with self.honest() as client:
            until("an eighth of the connections is closed", send_byte)
        self.assertGreater(self.metric("badged_http_connections_cut_total"), 0)
        self.assert_recovers(N * 64 * 1024 + 64 * MIB)

    def test_slow_bodies(self):
        """Every connection sends a body that never ends, without a token: anyone may verify."""
        head = self.head("POST", "/v1/verify", "Content-Type: application/json", "Content-Length: 100000", scope=None)
        for i in range(N):
            self.dial(i).sendall(head + b'{"a":"' + b"x" * 1000)
        with self.honest():
            pass
        self.assert_recovers(N * 64 * 1024 + 64 * MIB)


class OneClient(Abuse):
    settings = {"http.max_connections_per_client": "50"}

    def test_the_limit_of_one_client(self):
        for _ in range(200):
            self.dial()
        until("connections above the limit are closed", lambda: n_alive(self.sockets) <= 50)
        self.assertEqual(n_alive(self.sockets), 50)
        with self.honest():
            pass
        self.assertEqual(self.metric("badged_http_connections_refused_total"), 150)
        self.close_all()
        self.await_files(self.base_files + 8)
        self.dial().sendall(self.head("GET", "/healthz", scope=None))  # a freed connection is available again
        self.assertTrue(self.sockets[0].recv(100).startswith(b"HTTP/1.1 200 "))


class Requests(Abuse):
    def test_one_byte_at_a_time(self):
        body = b'{"id":"urn:byte:by:byte","type":"Assertion"}'
        one = self.dial()
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = self.head("POST", "/v1/credentials", "Content-Type: application/json", "Transfer-Encoding: chunked")
        data += b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        for byte in data:
            one.send(bytes([byte]))
        self.assertTrue(one.recv(100).startswith(b"HTTP/1.1 201 "))

    def test_pipelining(self):
        """Responses come in order, even if some take longer."""
        post = b"".join(
            self.head("POST", "/v1/credentials", "Content-Type: application/json", f"Content-Length: {len(body)}",
                      f"X-Request-Id: p{i}") + body + self.head("GET", "/healthz", f"X-Request-Id: g{i}", scope=None)
            for i, body in ((i, b'{"id":"urn:pipelined:%d","type":"Assertion"}' % i) for i in range(200)))
        one = self.dial()
        sender = threading.Thread(target=one.sendall, args=(post + self.head("GET", "/", "Connection: close", scope=None),))
        sender.start()
        ids = [line.split(b": ")[1].decode() for line in read_to_end(one).split(b"\r\n") if line.startswith(b"X-Request-Id")]
        join(sender)
        self.assertEqual(ids[:400], [f"{kind}{i}" for i in range(200) for kind in "pg"])

    def test_pipelined_and_closed(self):
        for i in range(50):
            one = self.dial(i)
            one.sendall(self.head("GET", "/openapi.json", scope=None) * 500)
            one.close()
        with self.honest():
            pass
        self.assert_recovers(64 * MIB)

    def test_oversize(self):
        json_type = "Content-Type: application/json"
        chunked = self.head("POST", "/v1/credentials", json_type, "Transfer-Encoding: chunked")
        cases = {
            "request line": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
            "query": b"GET /v1/batches?" + b"limit=1&" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
            "method": b"A" * 100_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
            "header": self.head("GET", "/healthz", "X-Long: " + "a" * 100_000),
            "header name": self.head("GET", "/healthz", "X" * 100_000 + ": a"),
            "headers": self.head("GET", "/healthz", *(f"X-{i}: a" for i in range(20_000))),
            "endless headers": b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 100_000,
            "announced": self.head("POST", "/v1/credentials", json_type, f"Content-Length: {8 * MIB + 1}"),
            "announced to verify": self.head("POST", "/v1/verify", json_type, "Content-Length: 999999999999999", scope=None),
            "announced beyond numbers": self.head("POST", "/v1/credentials", json_type, "Content-Length: 99999999999999999999"),
            "negative": self.head("POST", "/v1/credentials", json_type, "Content-Length: -1"),
            "chunks": chunked + (b"10000\r\n" + b" " * 65536 + b"\r\n") * 160 + b"0\r\n\r\n",
            "chunk size": chunked + b"FFFFFFFFFFFFFFFFF\r\n",
            "invalid chunk size": chunked + b"zz\r\n{}",
            "trailers": chunked + b"2\r\n{}\r\n0\r\n" + b"X: a\r\n" * 20_000,
        }
        statuses = {}
        with self.honest():
            for name, data in cases.items():
                one = self.dial()
                with contextlib.suppress(OSError):
                    one.sendall(data)
                    one.shutdown(socket.SHUT_WR)
                answer = read_to_end(one)
                statuses[name] = int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else 0
        say("oversize: " + ", ".join(f"{name} {status}" for name, status in statuses.items()))
        for name, status in statuses.items():
            self.assertIn(status, (0, 400, 413, 414, 431), name)
        for name in ("announced", "announced to verify", "chunks"):
            self.assertEqual(statuses[name], 413, name)
        self.assert_recovers(64 * MIB)

    def test_every_length_of_a_head(self):
        """Heads about as long as a connection has memory for: each is answered, whatever takes that memory."""
        def filled(n, line, *lines, each=None):
            """A head of n bytes or a few less: with one long header, or many that are all like `each`."""
            head = b"\r\n".join((line + b" HTTP/1.1", HOST.strip(), b"Connection: close", *lines)) + b"\r\n"
            left = n - len(head) - len(b"X: \r\n\r\n")
            return head + (each * (left // len(each)) if each else b"X: " + b"a" * left + b"\r\n") + b"\r\n"
        shapes = {
            "one header": lambda n: filled(n, b"GET /healthz"),
            "a page": lambda n: filled(n, b"GET /"),
            "a body": lambda n: filled(n, b"POST /v1/verify", b"Content-Length: 100"),
            "a long path": lambda n: filled(n, b"GET /" + b"a" * 7900),
            "parameters": lambda n: filled(n * 3 // 4, b"GET /v1/batches?" + b"limit=1&" * 60),
            "headers of 40 bytes": lambda n: filled(n * 2 // 5, b"GET /", each=b"X: %s\r\n" % (b"a" * 35)),
            "headers of 200 bytes": lambda n: filled(n * 3 // 4, b"GET /", each=b"X: %s\r\n" % (b"a" * 195)),
            "cookies": lambda n: filled(n * 3 // 4, b"GET /", b"Cookie: " + b"a=b; " * 60),
            "a long cookie": lambda n: filled(n * 3 // 4, b"GET /", b"Cookie: a=" + b"b" * 4000),
            "a method": lambda n: b"A" * n + b" / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n",
            "a target": lambda n: filled(0, b"GET /" + b"a" * n),
        }
        for name, shape in shapes.items():
            statuses = [self.exchange(shape(n)) for n in range(15_000, 19_500, 53)]
            say(f"heads, {name}: " + ", ".join(f"{len(list(same))} times {status}" for status, same in itertools.groupby(statuses)))
            self.assertLessEqual(set(statuses), {200, 400, 404, 405, 413, 414, 415, 431}, name)
            self.assertTrue(statuses[-1] in (405, 414, 431, 400), name)

    def test_interrupted_submissions(self):
        """A submission interrupted after each of its bytes, with a FIN and with a reset."""
        body = b'{"id":"urn:broken:off","type":"Assertion"}'
        whole = self.head("POST", "/v1/credentials", "Content-Type: application/json", f"Content-Length: {len(body)}") + body
        bulk = self.head("POST", "/v1/credentials", "Content-Type: application/x-ndjson", f"Content-Length: {len(body) + 1}")
        before = self.node.get("/v1/node").json()["pending"]
        for data in (whole, bulk + body + b"\n"):
            for n in range(len(data)):
                for reset in (False, True):
                    one = self.dial()
                    one.sendall(data[:n])
                    if reset:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.close()
        self.assert_recovers(64 * MIB)
        self.assertEqual(self.node.get("/v1/node").json()["pending"], before)
        for _ in range(100):  # complete, but closed before the response: it counts
            self.dial().sendall(whole)
            self.sockets.pop().close()
        pending = lambda: self.node.get("/v1/node").json()["pending"]
        # it may not be accepted yet
        until("a complete submission counts although its client is gone", lambda: pending() > before)
        self.await_files(self.base_files + 8)
        self.assertEqual(pending(), before + 1)

    def test_large_anonymous_bodies(self):
        """More bodies than the node has memory for, without their last byte: it accepts some and asks the others to
        retry."""
        body = b'{"a":"' + b"x" * (MIB - 100)
        head = self.head("POST", "/v1/verify", "Content-Type: application/json", f"Content-Length: {len(body) + 2}", scope=None)
        senders = []
        with self.honest(at_least=50):
            for i in range(200):
                one = self.dial(i)
                senders.append(threading.Thread(target=self.send_quietly, args=(one, head + body)))
                senders[-1].start()
            for sender in senders:
                join(sender)
        answered = lambda: [one for one in self.sockets if select.select([one], [], [], 0)[0]]
        refused = until("most bodies are refused", lambda: len(found := answered()) > 100 and found)
        self.assertLess(len(refused), 200)
        answer = refused[0].recv(4096)
        self.assertIn(b" 503 ", answer.split(b"\r\n")[0])
        self.assertIn(b"Retry-After: ", answer)
        say(f"large bodies: {200 - len(refused)} accepted, {len(refused)} refused")
        self.assert_recovers(128 * MIB)

    def test_responses_that_are_never_read(self):
        for i in range(300):
            self.dial(i, receive=4096).sendall(self.head("GET", "/metrics", scope=None) * 20)
        with self.honest():
            pass
        self.assert_recovers(128 * MIB)


class Lines(Abuse):
    """Endless lines. Each test has its own node: leftovers of an earlier test would distort the measurements."""

    @classmethod
    def setUpClass(cls):
        raise_file_limit(N + 2 * OTHER_FILES)

    def setUp(self):
        self.node = self.enterContext(Node({"batch.max_age": "1 h"}))
        super().setUp()

    def cpu_s(self):
        fields = Path(f"/proc/{self.node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_idle(self):
        """Whether the node is idle for a second; a busy loop never is."""
        before = self.cpu_s()
        time.sleep(1)
        return self.cpu_s() - before < 0.1

    def cpu_of_honest(self):
        """Processor time of the node for a hundred requests of an honest client."""
        before = self.cpu_s()
        with self.honest(at_least=100):
            pass
        return self.cpu_s() - before

    def chunked(self):
        return self.head("POST", "/v1/credentials", "Content-Type: application/json", "Transfer-Encoding: chunked")

    def send_all(self, datas):
        """Sends each on its own connection, as far as the node accepts it."""
        senders = [threading.Thread(target=self.send_quietly, args=(self.dial(i), data)) for i, data in enumerate(datas)]
        for sender in senders:
            sender.start()
        for sender in senders:
            join(sender)

    def test_endless_lines_cost_no_work(self):
        """A hundred connections in the middle of a line cost no processor time: while the HTTP library waits for a
        chunk size with a full buffer, the loop must not spin."""
        get = b"GET /healthz HTTP/1.1\r\n"
        cases = {
            "chunk size": [self.chunked() + b"0" * 100_000] * 100,
            "chunk extension": [self.chunked() + b"1;" + b"a" * 100_000] * 100,
            "second chunk": [self.chunked() + b'5\r\n{"a":\r\n1;' + b"a" * 100_000] * 100,
            "chunk extension that fits": [self.chunked() + b"1;" + b"a" * n for n in range(15_200, 16_200, 10)],
            "after another request": [self.head("GET", "/healthz") + self.chunked() + b"1;" + b"a" * 100_000] * 100,
            "trailer": [self.chunked() + b"2\r\n{}\r\n0\r\nX: " + b"a" * 5_000] * 100,
            "header": [get + b"X: " + b"a" * 8_000] * 100,
            "responses that are never read": [self.head("GET", "/openapi.json", scope=None) * 500] * 100,
        }
        alone = min(self.cpu_of_honest() for _ in range(2))
        for name, datas in cases.items():
            with self.subTest(name):
                self.send_all(datas)
                until("the node has processed what was sent", self.is_idle)
                beside = self.cpu_of_honest()
                say(f"{name}: {beside:.2f} s of processor time with them, {alone:.2f} s without")
                self.assertLess(beside, 2 * alone + 0.3)
                self.close_all()
        self.assert_recovers(64 * MIB)

    def test_endless_chunk_lines_are_closed(self):
        """They are closed at once, before the deadline; an honest body that pauses meanwhile can continue."""
        body = b'{"id":"urn:pauses","type":"VerifiableCredential"}'

        def all_closed():
            """Whether all are closed before the deadline of the older honest body; a slow machine may need another
            try."""
            pauses = self.dial()
            pauses.sendall(self.chunked() + b"7\r\n" + body[:7] + b"\r\n%x" % len(body[7:]))
            before = self.metric("badged_http_connections_cut_total")
            self.send_all([self.chunked() + b"1;" + b"a" * 100_000] * 100)
            until("connections are closed", lambda: self.metric("badged_http_connections_cut_total") >= before + 100)
            self.send_quietly(pauses, b"\r")
            time.sleep(0.2)
            self.send_quietly(pauses, b"\n" + body[7:] + b"\r\n0\r\n\r\n")
            return read_some(pauses).startswith(b"HTTP/1.1 201 ")

        until("the connections are closed and the body is accepted", all_closed)
        self.assert_recovers(64 * MIB)


class Rates(Abuse):
    settings = {"http.trusted_proxy": "127.0.0.1", "http.rate_per_client": "1", "http.rate_per_token": "2"}

    def until_refused(self, ask):
        """The number of requests before the first 429, and that response."""
        for n in range(1000):
            answer = ask()
            if answer.status == 429:
                return n, answer
        self.fail("no request is refused")

    def test_by_address(self):
        of = lambda who: self.node.get("/v1/node", X_Forwarded_For=who)
        n, answer = self.until_refused(lambda: of("203.0.113.1, 192.0.2.7"))
        self.assertIn(n, range(5, 60))
        self.assertEqual(answer.code, "too_many_requests")
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        n, _ = self.until_refused(lambda: of("203.0.113.77, 192.0.2.7"))  # the client can invent the left part
        self.assertLess(n, 5)  # a new client would have its full rate
        self.assertEqual(of("192.0.2.8").status, 200)

    def test_by_token(self):
        document = {"id": "urn:again"}
        n, answer = self.until_refused(lambda: self.node.submit(document))
        self.assertIn(n, range(10, 120))
        self.assertIn("token", answer.json()["detail"])
        self.assertEqual(self.node.get("/v1/node", X_Forwarded_For="192.0.2.9").status, 200)

    def test_guessed_tokens(self):
        self.until_refused(lambda: self.node.request(
            "POST", "/v1/credentials", b"{}", {"Authorization": "Bearer guess", "X-Forwarded-For": "192.0.2.10"}))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


HEADER = base64url(b'{"alg":"ES256"}')


def token_of(payload):
    return b".".join((HEADER, base64url(payload), b"AQEB"))


def jws_of(payload, encode=base64url):
    return b'{"payload":"%s","signatures":[{"protected":"%s","signature":"AQEB"}]}' % (encode(payload), HEADER)


def folded(data, column, fold):
    return fold.join(data[i:i + column] for i in range(0, len(data), column))


class Memory(Abuse):
    """Documents whose trees are far larger than their text."""

    # What one loop gives to all strangers at once is 72 MiB, and 256 MiB to those with a token; and room for the rest.
    STRANGERS, WITH_TOKEN = 128 * MIB, 320 * MIB

    def largest_rss(self):
        """The most that the node has held since it was called last. Without permission: what it holds now."""
        pid = self.node.process.pid
        status = Path(f"/proc/{pid}/status").read_text()
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        except PermissionError:
            return self.rss()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def post_at_once(self, path, scope, body, media, n=16):
        answers, senders = [], []
        for _ in range(n):
            send = lambda: answers.append(self.node.request("POST", path, body, {"Content-Type": media}, scope))
            senders.append(threading.Thread(target=send))
            senders[-1].start()
        for sender in senders:
            join(sender)
        self.assertEqual(len(answers), n)
        return answers

    def assert_bounded(self, name, most):
        rss = self.largest_rss() - self.base_rss
        say(f"{name}: at most {rss / MIB:.0f} MiB more")
        self.assertLess(rss, most, name)

    def test_values_out_of_sight(self):
        """Values that can't be counted as they arrive, or not easily: nobody sizes memory by them."""
        dense = b'{"type":"Assertion","a":[' + b",".join([b"0"] * (3 * MIB // 2)) + b"]}"
        token = token_of(dense)
        line_by_line = lambda payload: folded(base64url(payload), 77, b"\\n")
        hidden = {
            "a JWS": jws_of(dense),
            "a JWS in lines": jws_of(dense, line_by_line),
            "a token in a JWS": jws_of(token),
            "a JWS in a token": token_of(jws_of(dense)),
            "a token in an envelope": b'{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,%s"}' % token,
            "a bundle": b'{"type":"BadgeBundle","version":1,"credential":"%s","receipts":[]}' % token,
            "Bearer": b"Bearer " + dense,
            "Bearer and an array": b"Bearer [" + dense + b"]",
            "a token in lines of 77": folded(token, 77, b"\r\n"),
        }
        self.largest_rss()
        for name, body in hidden.items():
            self.assertLess(len(body), 8 * MIB, name)
            answers = self.post_at_once("/v1/verify", None, body, "application/octet-stream")
            codes = {(answer.status, answer.code or answer.json()["verdict"]) for answer in answers}
            self.assertLessEqual(codes, {(200, "unverifiable"), (413, "too_large"), (503, "too_busy")}, name)
            self.assertTrue(codes & {(200, "unverifiable"), (413, "too_large")}, name)
            self.assert_bounded(f"{name}: {sorted(codes)}", self.STRANGERS)
        lines = {
            "a line with a space that does not break": b"\xc2\xa0" + dense,
            "a line in quotes": b'"' + token + b'"',
            "a line behind a mark": b"\xef\xbb\xbf" + token,
            "a line with a JWS": jws_of(dense),
        }
        for name, line in lines.items():
            answers = self.post_at_once("/v1/credentials", "submit", line + b"\n", "application/x-ndjson")
            codes = {answer.code or ("error" if "error" in json.loads(answer.body) else "recorded") for answer in answers}
            self.assertLessEqual(codes, {"error", "recorded", "too_large", "too_busy"}, name)
            self.assert_bounded(f"{name}: {sorted(codes)}", self.WITH_TOKEN)
        self.assert_recovers(128 * MIB)

    def test_large_but_ordinary(self):
        """Credentials with a picture of megabytes, and with very many results, are read, in whatever wrapping."""
        credential = {"type": ["VerifiableCredential"], "issuer": "https://issuer.example/1",
                      "validFrom": "2020-01-01T00:00:00Z", "credentialSubject": {"id": "urn:example:holder"}}
        large = []
        for i, n in enumerate((1_100_000, 3_000_000)):
            credential["credentialSubject"]["image"] = "data:image/png;base64," + "iVBORw0KGgoA" * (n // 12)
            large.append(json.dumps(credential | {"id": f"urn:picture:{i}"}).encode())
        del credential["credentialSubject"]["image"]
        credential["credentialSubject"]["result"] = [
            {"id": f"urn:result:{i}", "type": ["Result"], "value": "A", "name": {"de": "Prüfung", "en": "Exam"}}
            for i in range(16_000)]
        large.append(json.dumps(credential).encode())
        large += [jws_of(one) for one in large[1:]]
        large.append(folded(token_of(large[0]), 76, b"\r\n"))
        large.append(large[2].decode().encode("utf-16"))
        for i, body in enumerate(large):
            answer = self.node.submit(body)
            self.assertEqual(answer.status, 201, (i, answer.body[:300]))
            self.assertNotIn("claims_hidden", {notice["code"] for notice in answer.json().get("notices", [])}, i)
            answer = self.node.request("POST", "/v1/verify", body, {"Content-Type": "application/octet-stream"})
            self.assertEqual(answer.status, 200, (i, answer.body[:300]))
            self.assertNotIn("claims_hidden", {check["code"] for check in answer.json()["checks"]}, i)
        for line in large[:5]:
            answer = self.node.submit(line + b"\n", "application/x-ndjson")
            self.assertEqual(json.loads(answer.body).get("state"), "pending", answer.body[:300])

    def test_many_values(self):
        dense = b'{"type":"Assertion","a":[' + b",".join([b"0"] * (2 * MIB)) + b"]}"
        post = lambda path, scope, body, media="application/json": self.node.request(
            "POST", path, body, {"Content-Type": media}, scope)
        with self.honest(at_least=50):
            self.assertEqual(post("/v1/verify", None, dense).code, "too_large")
            for raw in (b"[" + dense + b"]", b"\xef\xbb\xbf[" + dense + b"]", dense[: 3 * MIB].decode().encode("utf-16")):
                self.assertEqual(post("/v1/verify", None, raw, "application/octet-stream").code, "too_large", raw[:4])
            self.largest_rss()
            answers = self.post_at_once("/v1/credentials", "submit", dense, "application/json")
        codes = {(answer.status, answer.code) for answer in answers}
        self.assertLessEqual(codes, {(201, None), (200, None), (503, "too_busy")})
        self.assertTrue(any(answer.status == 201 for answer in answers))
        line = post("/v1/credentials", "submit", dense + b"\n", "application/x-ndjson")
        self.assertEqual(json.loads(line.body)["state"], "pending")
        say(f"many values: {sum(answer.status != 503 for answer in answers)} accepted, {len(answers)} sent")
        self.assert_bounded("many values", self.WITH_TOKEN)
        self.assert_recovers(128 * MIB)


class Descriptors(Abuse):
    def test_the_store_keeps_its_own(self):
        """Clients use up all descriptors; the store still opens its files."""
        limit = self.files() + 160
        pid = self.node.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, before[1]))
        self.addCleanup(resource.prlimit, pid, resource.RLIMIT_NOFILE, before)
        one = self.dial()
        for i in range(600):
            self.dial(i)
        until("connections are refused", lambda: sum(bool(select.select([s], [], [], 0)[0]) for s in self.sockets) > 100)

        def ask(head, body=b""):
            one.sendall(head + body)
            answer = one.recv(65536)
            return int(answer.split(b" ")[1])
        seal = self.head("POST", "/v1/batches", scope="admin")
        for i in range(20):
            body = b'{"id":"urn:few:%d","type":"Assertion"}' % i
            post = self.head("POST", "/v1/credentials", "Content-Type: application/json", f"Content-Length: {len(body)}")
            self.assertEqual((ask(post, body), ask(seal)), (201, 201))
        self.close_all()
        until("connections are accepted", lambda: self.reached())
        self.assertNotIn("store", {reason["code"] for reason in self.node.get("/readyz").json()["reasons"]})

    def reached(self):
        with contextlib.suppress(*GONE, OSError):
            return self.node.get("/v1/node").json()["batches"] == 20


class Pending(Abuse):
    settings = {"batch.max_pending": "20"}

    def test_a_full_store(self):
        for i in range(20):
            self.assertEqual(self.node.submit({"id": i, "type": "Assertion"}).status, 201)
        answer = self.node.submit({"id": "one too many", "type": "Assertion"})
        self.assertEqual((answer.status, answer.code), (503, "too_busy"))
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        known = self.node.submit({"id": 0, "type": "Assertion"})
        self.assertEqual(known.status, 200)  # a known digest needs no space
        self.assertEqual(self.node.get("/v1/credentials/" + known.json()["digest"]).status, 200)
        lines = self.node.submit(b'{"id":0,"type":"Assertion"}\n{"id":"bulk","type":"Assertion"}\n', "application/x-ndjson")
        results = [json.loads(line) for line in lines.body.splitlines()]
        self.assertEqual(results[0]["state"], "pending")
        self.assertEqual(results[1]["error"]["status"], 503)
        self.assertEqual(self.node.get("/v1/node").json()["pending"], 20)
        self.assertEqual(self.node.request("POST", "/v1/batches", scope="admin").status, 201)
        self.assertEqual(self.node.submit({"id": "one too many", "type": "Assertion"}).status, 201)


if __name__ == "__main__":
    unittest.main(verbosity=2)
