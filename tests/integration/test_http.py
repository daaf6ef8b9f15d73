#!/usr/bin/env python3
"""The HTTP interface of a running node: every error is provoked and nothing of it is stored; then the HTTP features
that clients rely on. The chain of the node is unreachable: no test here needs it."""

import base64
import contextlib
import hashlib
import json
import os
import re
import socket
import threading
import time
import unittest

from node import NOBODY, WAIT_S, Node, join, until

MAX_JSON, MAX_BODY = 64 * 1024, 256 * 1024
JSON = {"Content-Type": "application/json"}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def jws(payload=b'{"iss":"did:example:1"}', signature=b"signed"):
    return b".".join([b64(b'{"alg":"EdDSA"}'), b64(payload), b64(signature)])


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def nested(depth):
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


class NodeTest(unittest.TestCase):
    settings = {"http.max_json": "64 KiB", "http.max_body": "256 KiB", "batch.max_age": "1 h"}

    @classmethod
    def setUpClass(cls):
        cls.node = Node(settings=cls.settings)
        cls.addClassCleanup(cls.node.__exit__, None, None, None)
        cls.node.start()

    def stored(self):
        return self.node.get("/v1/node").json()["credentials"]

    def assert_problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer.body[:300])
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["detail"])
        self.assertRegex(answer.headers["X-Request-Id"], r"^[0-9a-f]{16}$")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        return problem

    def raw(self, data, timeout=60, half_close=False):
        """Sends raw bytes; returns everything received until the node closes the connection or the timeout."""
        with socket.create_connection(("127.0.0.1", self.node.port), timeout) as s:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while chunk := s.recv(65536):
                    received += chunk
            except (TimeoutError, ConnectionResetError):
                pass
            return received


class Refusals(NodeTest):
    """A refused request leaves nothing in the store."""

    def setUp(self):
        self.before = self.stored()

    def tearDown(self):
        self.assertEqual(self.stored(), self.before)

    def refuse(self, body, status, code, media="application/json", canonical=None):
        answer = self.node.submit(body, media)
        problem = self.assert_problem(answer, status, code)
        for digest in {sha256(body), sha256(canonical or body)}:
            self.assertEqual(self.node.get("/v1/credentials/" + digest).code, "unknown_digest")
        return problem

    def test_documents(self):
        cases = [
            (b'{"a":1,"a":2}', "duplicate_name", 7),
            (b'{"a":1,"\\u0061":2}', "duplicate_name", 7),
            (b'{"a":"\\ud800"}', "invalid_utf8", None),
            (b'{"a":"\\udc00\\ud800"}', "invalid_utf8", None),
            (b'{"a":"\xff"}', "invalid_utf8", 6),
            (b'{"a":"\\uffff"}', "invalid_utf8", None),
            (b'{"a":9007199254740992}', "number_out_of_range", 5),
            (b'{"a":-9007199254740992}', "number_out_of_range", 5),
            (b'{"a":1e400}', "number_out_of_range", 5),
            (b'{"a":1e-400}', "number_out_of_range", 5),
            (nested(65), "nested_too_deep", None),
            (b'{"a":"b"', "malformed_json", None),
            (b'{"a":01}', "malformed_json", None),
            (b'{"a":1}x', "malformed_json", 7),
            (b'{"a":NaN}', "malformed_json", None),
            (b'{"a":1,}', "malformed_json", None),
        ]
        for body, code, offset in cases:
            with self.subTest(body=body[:40]):
                problem = self.refuse(body, 400, code)
                self.assertIsInstance(problem["offset"], int)
                if offset is not None:
                    self.assertEqual(problem["offset"], offset)

    def test_documents_at_the_limits_are_accepted(self):
        """Just within each limit above the document is accepted, so the tests above can fail."""
        for body in (b'{"a":9007199254740991}', nested(64), b'{"a":1,"b":2}', b'{"a":"\\ud83d\\ude00"}'):
            self.assertEqual(self.node.submit(body).status, 201)
            self.before += 1

    def test_not_credentials(self):
        for kind in ("BadgeReceipt", "BadgeBundle"):
            self.refuse(json.dumps({"type": kind, "version": 1}, separators=(",", ":")).encode(), 422, "not_a_credential")
        self.refuse(b"", 400, "empty_body", "application/octet-stream")

    def test_media_types(self):
        for media in (None, "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/gif",
                      "image/svg+xml; charset=utf-16", "application/json; charset=utf-16", "application/xml", "nonsense"):
            with self.subTest(media=media):
                self.refuse(b'{"media":"type"}', 415, "unsupported_media_type", media)
        answer = self.node.request("POST", "/v1/credentials", b'{"a":1}', JSON | {"Content-Encoding": "gzip"}, "submit")
        self.assert_problem(answer, 415, "unsupported_media_type")

    def test_media_types_that_contradict_the_bytes(self):
        for media, body in (("application/json", b"[1]"), ("application/json", b"plain words"),
                            ("application/json", jws()), ("application/jwt", b'{"a":"jwt"}'),
                            ("application/vc+jwt", b"not.a.jwt!"), ("application/pdf", b"%PDX-1.7"),
                            ("application/pdf", b'{"a":"pdf"}')):
            with self.subTest(media=media, body=body):
                self.refuse(body, 415, "media_type_mismatch", media)

    def test_a_token_with_padding_is_refused_for_its_padding(self):
        for media in ("application/jwt", "application/vc+jwt", "text/plain", "application/octet-stream"):
            with self.subTest(media=media):
                answer = self.node.submit(b'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0=.AQEB', media)
                self.assert_problem(answer, 422, "not_a_credential")
                self.assertIn("padding", answer.json()["detail"])

    def test_unsupported_kinds(self):
        jwe = b".".join([jws(), b64(b"x"), b64(b"y")])
        for media, body in (("application/jwt", jwe), ("text/plain", jws() + b"~"), ("application/octet-stream", jwe)):
            with self.subTest(body=body[:20]):
                self.refuse(body, 415, "unsupported_document", media)

    def test_too_large(self):
        document = b'{"a":"' + b"x" * MAX_JSON + b'"}'
        self.refuse(document, 413, "too_large")
        self.refuse(document, 413, "too_large", "application/octet-stream")
        self.refuse(b"x" * (MAX_BODY + 1), 413, "too_large", "application/pdf")
        for body, media in ((document, "application/json"), (b"\0" * (MAX_BODY + 1), "application/octet-stream")):
            answer = self.node.request("POST", "/v1/credentials", iter([body[:30000], body[30000:]]),
                                       {"Content-Type": media}, "submit")
            self.assert_problem(answer, 413, "too_large")

    def test_too_large_is_reported_before_the_body(self):
        head = self.head("POST", "/v1/credentials", length=10**15)
        answer = self.raw(head)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413"), answer[:100])
        self.assertIn(b"connection: close", answer.lower())

    def test_the_response_to_a_refused_body_is_not_lost(self):
        """The client sends megabytes before it reads: the response is not lost to a TCP reset."""
        answer = self.node.submit(b"x" * (8 << 20), "application/json")
        self.assert_problem(answer, 413, "too_large")

    def head(self, method, path, length=None, scope="submit", extra=b""):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        if scope:
            head += f"Authorization: Bearer {self.node.tokens[scope]}\r\n"
        if length is not None:
            head += f"Content-Length: {length}\r\n"
        return head.encode() + extra + b"\r\n"

    def test_tokens(self):
        body, path = b'{"token":"test"}', "/v1/credentials"
        answer = self.node.request("POST", path, body, JSON)
        self.assert_problem(answer, 401, "unauthorized")
        self.assertEqual(answer.headers["WWW-Authenticate"], 'Bearer realm="badged"')
        for value in ("Bearer ", "Bearer badged_" + "A" * 43, "Basic dTpw", "Bearer", self.node.tokens["submit"]):
            answer = self.node.request("POST", path, body, JSON | {"Authorization": value})
            self.assert_problem(answer, 401, "unauthorized")
        for path, right in (("/v1/credentials", "submit"), ("/v1/digests", "digest"), ("/v1/batches", "admin")):
            for scope in {"submit", "digest", "admin"} - {right}:
                answer = self.node.request("POST", path, body if right != "admin" else None, JSON, scope)
                self.assert_problem(answer, 403, "forbidden")
                self.assertIn(f'scope="{right}"', answer.headers["WWW-Authenticate"])
        self.assertEqual(self.node.get("/v1/credentials/" + sha256(body)).code, "unknown_digest")

    def test_authorization_is_checked_before_the_body(self):
        answer = self.raw(self.head("POST", "/v1/credentials", length=1000, scope=None))
        self.assertTrue(answer.startswith(b"HTTP/1.1 401"), answer[:100])

    def test_digests(self):
        post = lambda body, media="application/json": self.node.request(  # noqa: E731
            "POST", "/v1/digests", body, {"Content-Type": media} if media else {}, "digest")
        self.assert_problem(post(b""), 400, "empty_body")
        self.assert_problem(post(b'{"digests":["00"]'), 400, "malformed_json")
        self.assert_problem(post(b'{"digests":"00"}'), 400, "bad_member")
        self.assert_problem(post(b'[]'), 400, "bad_member")
        self.assert_problem(post(b'{}'), 400, "bad_member")
        self.assert_problem(post(b'{"digests":[]}', "text/plain"), 415, "unsupported_media_type")
        self.assert_problem(post(b'{"digests":[]}', None), 415, "unsupported_media_type")
        self.assert_problem(post(json.dumps({"digests": ["00" * 32] * 10001})), 413, "too_many_digests")
        self.assert_problem(post(b" " * (1 << 20) + b"{}"), 413, "too_large")
        results = post(json.dumps({"digests": ["00", 7, "g" * 64, None, "0x" + "00" * 32]})).json()["results"]
        self.assertEqual([r["error"]["type"] for r in results], ["urn:badged:error:bad_digest"] * 5)

    def test_paths_and_methods(self):
        self.assert_problem(self.node.get("/v1/nowhere"), 404, "not_found")
        self.assert_problem(self.node.get("/v1/credentials/" + "0" * 64), 404, "unknown_digest")
        self.assert_problem(self.node.get("/v1/credentials/" + "0" * 64 + "/receipt"), 404, "unknown_digest")
        self.assert_problem(self.node.get("/v1/credentials/" + "0" * 63), 400, "bad_digest")
        self.assert_problem(self.node.get("/v1/credentials/" + "z" * 64), 400, "bad_digest")
        self.assert_problem(self.node.get("/v1/batches/4711"), 404, "unknown_batch")
        self.assert_problem(self.node.get("/v1/batches/4711/leaves"), 404, "unknown_batch")
        self.assert_problem(self.node.get("/v1/batches/x"), 400, "bad_parameter")
        self.assert_problem(self.node.get("/v1/node%00"), 404, "not_found")
        for query in ("limit=0", "limit=101", "limit=", "limit=x", "before=0", "limit=5&before=-1"):
            self.assert_problem(self.node.get("/v1/batches?" + query), 400, "bad_parameter")
        for method, path, allow in (("DELETE", "/v1/node", "GET, HEAD, OPTIONS"), ("PUT", "/v1/verify", "POST, OPTIONS"),
                                    ("GET", "/v1/credentials", "POST, OPTIONS"),
                                    ("PATCH", "/v1/batches", "GET, HEAD, POST, OPTIONS")):
            answer = self.node.request(method, path)
            self.assert_problem(answer, 405, "method_not_allowed")
            self.assertEqual(answer.headers["Allow"], allow)
        answer = self.node.request("POST", "/v1/batches", b"{}", JSON, "admin")
        self.assert_problem(answer, 400, "unexpected_body")
        self.assert_problem(self.node.request("GET", "/v1/node", b"body"), 400, "unexpected_body")

    def test_smuggling(self):
        """Requests that two servers could interpret differently are refused, and the connection is closed."""
        body = b'{"smuggled":1}'
        token = f"Authorization: Bearer {self.node.tokens['submit']}\r\nContent-Type: application/json\r\n".encode()
        n = str(len(body)).encode()
        after = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        cases = {
            "both": b"Host: x\r\nContent-Length: " + n + b"\r\nTransfer-Encoding: chunked\r\n",
            "both, turned": b"Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: " + n + b"\r\n",
            "two lengths": b"Host: x\r\nContent-Length: " + n + b"\r\nContent-Length: 3\r\n",
            "two equal lengths": b"Host: x\r\nContent-Length: " + n + b"\r\nContent-Length: " + n + b"\r\n",
            "coding": b"Host: x\r\nTransfer-Encoding: gzip, chunked\r\n",
            "unknown coding": b"Host: x\r\nTransfer-Encoding: xchunked\r\n",
            "two codings": b"Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "space before the colon": b"Host: x\r\nContent-Length : " + n + b"\r\n",
            "sign": b"Host: x\r\nContent-Length: +" + n + b"\r\n",
            "list": b"Host: x\r\nContent-Length: " + n + b", " + n + b"\r\n",
            "two hosts": b"Host: x\r\nHost: y\r\nContent-Length: " + n + b"\r\n",
            "no host": b"Content-Length: " + n + b"\r\n",
            "bad host": b"Host: x y\r\nContent-Length: " + n + b"\r\n",
        }
        for name, headers in cases.items():
            with self.subTest(name):
                answer = self.raw(b"POST /v1/credentials HTTP/1.1\r\n" + token + headers + b"\r\n" + body + after)
                self.assertTrue(answer.startswith(b"HTTP/1.1 400"), answer[:200])
                self.assertNotIn(b"HTTP/1.1 2", answer)
        answer = self.raw(b"POST /v1/credentials HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + token +
                          b"\r\n3\r\n{}\n\r\n0\r\n\r\n")
        self.assertRegex(answer, b"^HTTP/1.[01] 400")

    def test_broken_bodies(self):
        """An incomplete body is not processed, whatever it contains so far."""
        whole = b'{"broken":"body"}'
        self.raw(self.head("POST", "/v1/credentials", length=len(whole) + 1) + whole, half_close=True)
        chunked = self.head("POST", "/v1/credentials", extra=b"Transfer-Encoding: chunked\r\n")
        self.raw(chunked + b"11\r\n" + whole + b"\r\n", half_close=True)
        self.raw(chunked + b"11\r\n" + whole + b"\r\nzz\r\n")
        self.assertEqual(self.node.get("/v1/credentials/" + sha256(whole)).code, "unknown_digest")

    def test_verify(self):
        post = lambda body, media: self.node.request(  # noqa: E731
            "POST", "/v1/verify", body, {"Content-Type": media} if media else {})
        for media in (None, "application/x-www-form-urlencoded", "multipart/mixed", "application/x-ndjson"):
            self.assert_problem(post(b"{}", media), 415, "unsupported_media_type")
        self.assert_problem(post(b"", "application/json"), 400, "empty_body")
        self.assert_problem(post(b"x" * (MAX_BODY + 1), "application/pdf"), 413, "too_large")
        self.assert_problem(post(b'{"a":"' + b"x" * MAX_JSON + b'"}', "application/json"), 413, "too_large")


class Issuers(NodeTest):
    settings = NodeTest.settings | {"intake.issuers": "did:example:ours"}

    def test_only_our_issuers(self):
        self.assertEqual(self.node.submit({"issuer": "did:example:ours"}).status, 201)
        self.assertEqual(self.node.submit({"issuer": {"id": "did:example:ours"}}).status, 201)
        for body in ({"issuer": "did:example:other"}, {"issuer": "did:example:our"}, {"a": 1}):
            self.assert_problem(self.node.submit(body), 422, "issuer_not_accepted")
        self.assert_problem(self.node.submit(b"raw", "text/plain"), 422, "issuer_not_accepted")
        self.assertEqual(self.stored(), 2)


class Notices(NodeTest):
    def codes(self, document, media="application/json"):
        answer = self.node.submit(json.dumps(document).encode(), media)
        self.assertEqual(answer.status, 201, answer.body)
        notices = answer.json()["notices"]
        self.assertTrue(all(set(notice) == {"code", "pointer", "detail"} for notice in notices))
        self.assertNotIn("notices", self.node.get("/v1/credentials/" + answer.json()["digest"]).json())
        lines = self.node.submit(json.dumps(document).encode(), "application/x-ndjson")
        if "error" not in lines.json():
            self.assertEqual(lines.json()["notices"], notices)
        return {notice["code"] for notice in notices}

    def test_notices(self):
        issuer = "did:pkh:eip155:31337:" + NOBODY
        good = {"type": ["VerifiableCredential"], "issuer": issuer, "validFrom": "2021-01-01T00:00:00Z"}
        self.assertEqual(self.codes(good), set())
        self.assertEqual(self.codes(good | {"issuer": "did:web:issuer.example"}), {"issuer_not_checked"})
        self.assertEqual(self.codes(good | {"issuer": "https://issuer.example/1"}), {"issuer_not_bound"})
        self.assertEqual(self.codes(good | {"issuer": "did:pkh:eip155:1:" + NOBODY}), {"issuer_not_bound"})
        self.assertEqual(self.codes(good | {"validUntil": "2021-01-02T00:00:00Z"}), {"ended"})
        self.assertEqual(self.codes(good | {"validFrom": "2921-01-02T00:00:00Z"}), {"not_begun"})
        self.assertEqual(self.codes(good | {"validUntil": "tomorrow"}), {"date_unreadable"})
        self.assertEqual(self.codes({"type": "VerifiableCredential"}), {"issuer_missing"})
        hidden = {"type": "VerifiablePresentation", "verifiableCredential": [good, good]}
        self.assertIn("claims_hidden", self.codes(hidden))

    def test_what_was_not_checked_of_a_did_web(self):
        notice = lambda did: self.node.submit({"type": "Assertion", "issuer": did}).json()["notices"][0]
        self.assertRegex(notice("did:web:issuer.example:a")["detail"],
                         r"did not fetch https://issuer\.example/a/did\.json to see")
        self.assertRegex(notice("did:web:issuer.example:" + "a" * 200)["detail"], r"fetch the DID document to .* Verifiers will\.$")

    def test_a_revocation_that_is_only_requested(self):
        body = {"type": ["VerifiableCredential"], "issuer": "did:pkh:eip155:31337:" + NOBODY, "n": 1}
        digest = self.node.submit(body).json()["digest"]
        self.assertEqual(self.node.request("POST", f"/v1/credentials/{digest}/revocation", scope="admin").status, 202)
        for media in ("application/json", "application/x-ndjson"):
            answer = self.node.submit(json.dumps(body).encode(), media).json()
            (notice,) = answer["notices"]
            self.assertEqual((notice["code"], notice["pointer"]), ("already_revoked", ""))
            self.assertIn("was requested at this node, and is not on the chain yet", notice["detail"])

    def test_no_credential(self):
        for body in (b"{}", b'{"issuer":"https://issuer.example/1"}', b'{"type":"Something"}'):
            self.assert_problem(self.node.submit(body, "application/json"), 422, "not_a_credential")
            line = self.node.submit(body, "application/x-ndjson").json()
            self.assertEqual(line["error"]["type"], "urn:badged:error:not_a_credential")
            self.assertEqual(self.node.submit(body, "application/octet-stream").json()["canonicalization"], "jcs")
        self.assert_problem(self.node.submit(b'{"a":01}', "application/octet-stream"), 400, "malformed_json")


class Required(NodeTest):
    settings = NodeTest.settings | {"intake.require": "readable bound"}

    def test_all_reasons(self):
        bad = {"type": "VerifiableCredential", "issuer": "https://issuer.example/1", "validFrom": "x", "validUntil": "y"}
        for media in ("application/json", "application/octet-stream"):
            problem = self.assert_problem(self.node.submit(json.dumps(bad).encode(), media), 422, "requirement_not_met")
            for text in ("validFrom", "validUntil", "issuer_not_bound"):
                self.assertIn(text, problem["detail"])
        self.assert_problem(self.node.submit(b"%PDF-1.7 a document", "application/pdf"), 422, "requirement_not_met")

        # more reasons than an answer has room for
        dates = dict.fromkeys(("validFrom", "validUntil", "issuanceDate", "expirationDate", "expires"), "x" * 300)
        many = bad | dates | {"issuer": 7}
        for layer in range(3):
            many = {"type": "VerifiablePresentation", "holder": "h", "verifiableCredential": many} | dates
            problem = self.assert_problem(self.node.submit(json.dumps(many).encode(), "application/json"), 422, "requirement_not_met")
        self.assertLess(len(problem["detail"]), 1024)
        good = {"type": "VerifiableCredential", "issuer": "did:pkh:eip155:31337:" + NOBODY, "validUntil": "2021-01-02T00:00:00Z"}
        self.assertEqual(self.node.submit(json.dumps(good).encode(), "application/json").status, 201)
        unread = self.node.submit(good | {"issuer": "did:web:issuer.example"})
        self.assertEqual({one["code"] for one in unread.json()["notices"]}, {"ended", "issuer_not_checked"})


PKH = "did:pkh:eip155:31337:" + NOBODY
OPEN_BADGE = {"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
              "id": "urn:uuid:1", "type": ["VerifiableCredential", "OpenBadgeCredential"],
              "issuer": {"id": PKH, "type": ["Profile"], "name": "N"}, "validFrom": "2021-01-02T00:00:00Z",
              "credentialSubject": {"type": ["AchievementSubject"], "achievement": {
                  "id": "urn:uuid:2", "type": ["Achievement"], "name": "A", "description": "D", "criteria": {"narrative": "C"}}}}
BROKEN = {key: OPEN_BADGE[key] for key in OPEN_BADGE if key != "id"} | {
    "validFrom": "2021-01-02", "credentialSubject": {"type": ["AchievementSubject"], "achievement": {
        "id": "urn:uuid:2", "type": ["Achievement"], "name": "A", "description": "D"}}}
BROKEN_AT = {("missing", "/id"), ("missing", "/credentialSubject/achievement/criteria"), ("date_not_standard", "/validFrom")}


class Rules(NodeTest):
    """What its sender hears of a credential that breaks the rules of its standard, if he asks."""

    def submit(self, body, media="application/json", path="/v1/credentials?check=1"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.node.request("POST", path, body, {"Content-Type": media}, scope="submit")

    def rules(self, answer):
        return [one for one in answer["notices"] if one["code"] == "not_conformant"]

    def test_one_notice(self):
        answer = self.submit(BROKEN | {"name": "of one notice"})
        (notice,) = self.rules(answer.json())
        self.assertEqual(answer.status, 201, "it is recorded all the same")
        self.assertIn(("missing", notice["pointer"]), BROKEN_AT)
        self.assertRegex(notice["detail"], r"^It breaks 3 rules of Open Badges 3\.0; the first: .* badge check lists all\.$")
        self.assertEqual(self.rules(self.submit(OPEN_BADGE).json()), [])

    def test_not_asked(self):
        for path in ("/v1/credentials", "/v1/credentials?check=0"):
            self.assertEqual(self.rules(self.submit(BROKEN, path=path).json()), [])
        self.assert_problem(self.submit(BROKEN, path="/v1/credentials?check=yes"), 400, "bad_parameter")

    def test_lines(self):
        lines = b"\n".join(json.dumps(one).encode() for one in (OPEN_BADGE, BROKEN, OPEN_BADGE | {"id": "urn:uuid:3"}))
        answers = [json.loads(line) for line in self.submit(lines, "application/x-ndjson").body.splitlines()]
        self.assertEqual([len(self.rules(answer)) for answer in answers], [0, 1, 0])

    def test_other_documents(self):
        for body, media in ((b"%PDF-1.7 a document", "application/pdf"), (b'{"a":1}', "application/octet-stream")):
            self.assertEqual(self.rules(self.submit(body, media).json()), [], "of no standard")

    def test_a_place_that_is_long(self):
        member = "m" * 200
        body = OPEN_BADGE | {"credentialSubject": {**OPEN_BADGE["credentialSubject"], "achievement": {
            **OPEN_BADGE["credentialSubject"]["achievement"], "resultDescription": [{"id": "urn:uuid:4", member: {}}]}}}
        (notice,) = self.rules(self.submit(body).json())
        self.assertTrue(notice["pointer"].startswith("/credentialSubject/achievement/resultDescription/0"))


class Conformant(NodeTest):
    settings = NodeTest.settings | {"intake.require": "conformant"}

    def test_all_that_is_broken(self):
        problem = self.assert_problem(self.node.submit(BROKEN), 422, "requirement_not_met")
        self.assertIn("not_conformant: It breaks 3 rules of Open Badges 3.0; the first: ", problem["detail"])
        found = problem["conformance"]
        self.assertEqual((found["profile"], found["errorCount"]), ("ob-3.0", 3))
        self.assertEqual({(error["code"], error["pointer"]) for error in found["errors"]}, BROKEN_AT)
        self.assertTrue(all(error["detail"] and error["source"] for error in found["errors"]))
        self.assertEqual(self.node.submit(OPEN_BADGE).status, 201)

    def test_lines(self):
        """Refused lines between others, and so many that groups are full of their findings."""
        good = lambda n: json.dumps(OPEN_BADGE | {"id": f"urn:uuid:line-{n}"}).encode()
        bad = lambda n: json.dumps(BROKEN | {"n": n, "name": {str(i): i for i in range(20)}}).encode()
        lines = [bad(n) if n % 3 else good(n) for n in range(600)]
        answer = self.node.submit(b"\n".join(lines), "application/x-ndjson")
        results = [json.loads(line) for line in answer.body.splitlines()]
        self.assertEqual([result["line"] for result in results], list(range(1, 601)))
        for n, result in enumerate(results):
            if n % 3 == 0:
                self.assertIn("digest", result)
                continue
            self.assertEqual(result["error"]["type"], "urn:badged:error:requirement_not_met")
            self.assertLessEqual(BROKEN_AT, {(one["code"], one["pointer"]) for one in result["error"]["conformance"]["errors"]})

    def test_of_no_standard(self):
        for body, media in ((b"%PDF-1.7 a document", "application/pdf"), (b'{"a":1}', "application/octet-stream")):
            problem = self.assert_problem(self.node.submit(body, media), 422, "requirement_not_met")
            self.assertIn("of no standard whose rules this node knows", problem["detail"])
            self.assertEqual(problem["conformance"]["profile"], "none")

    def test_digests(self):
        """They are of documents that the node does not see."""
        self.assertEqual(self.node.request("POST", "/v1/digests", json.dumps({"digests": ["ab" * 32]}).encode(),
                                           {"Content-Type": "application/json"}, scope="digest").status, 200)


class FullStore(NodeTest):
    settings = NodeTest.settings | {"batch.max_pending": "3"}

    def test_full_is_503(self):
        for i in range(3):
            self.assertEqual(self.node.submit({"n": i, "type": "Assertion"}).status, 201)
        answer = self.node.submit({"n": 3, "type": "Assertion"})
        self.assert_problem(answer, 503, "too_busy")
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(self.node.submit({"n": 0, "type": "Assertion"}).status, 200)  # known digests are still accepted
        lines = self.node.submit(b'{"n":1,"type":"Assertion"}\n{"n":4,"type":"Assertion"}\n', "application/x-ndjson").body.splitlines()
        self.assertEqual(json.loads(lines[0])["state"], "pending")
        self.assertEqual(json.loads(lines[1])["error"]["type"], "urn:badged:error:too_busy")
        self.assertEqual(self.stored(), 3)


class FullList(NodeTest):
    settings = FullStore.settings

    def digests(self, *digests):
        return self.node.request("POST", "/v1/digests", json.dumps({"digests": digests}), JSON, "digest")

    def test_a_list_of_which_nothing_is_kept(self):
        for i in range(3):
            self.assertEqual(self.node.submit({"n": i, "type": "Assertion"}).status, 201)
        for body in (b'{"n":4,"type":"Assertion"}\n', b'{"n":4,"type":"Assertion"}\n{"n":5,"type":"Assertion"}\n', b'{"n":4,"type":"Assertion"}\n[broken\n', b'{"n":%d,"type":"Assertion"}\n' % 6 + b" " * 200_000):
            self.assert_problem(self.node.submit(body, "application/x-ndjson"), 503, "too_busy")
        many = b"".join(b'{"n":%d,"type":"Assertion"}\n' % i for i in range(100, 5000))  # longer than what is kept in memory
        self.assert_problem(self.node.submit(many, "application/x-ndjson"), 503, "too_busy")
        for digests in (["ab" * 32], ["ab" * 32, "cd" * 32], ["ab" * 32, "no digest"]):
            answer = self.digests(*digests)
            self.assert_problem(answer, 503, "too_busy")
            self.assertGreater(int(answer.headers["Retry-After"]), 0)
        known = sha256(b'{"n":0,"type":"Assertion"}')
        results = self.digests(known, "ab" * 32).json()["results"]
        self.assertEqual((results[0]["state"], results[1]["error"]["status"]), ("pending", 503))
        self.assertEqual(self.digests("no digest").status, 200)  # the store was given nothing


def large(n_bytes):
    """A credential with a picture of so many bytes in it, as transcripts have."""
    return json.dumps({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
                       "issuer": "https://issuer.example/1",
                       "credentialSubject": {"id": "urn:example:holder",
                                             "image": "data:image/png;base64," + "A" * n_bytes}}).encode()


class LargeDocuments(NodeTest):
    settings = {"batch.max_age": "1 h"}  # the default limits

    def test_single(self):
        for n_bytes in (200_000, 300_000, 1_100_000, 3_000_000, 8_000_000):
            body = large(n_bytes)
            with self.subTest(n_bytes=n_bytes):
                record = self.node.submit(body).json()
                canonical = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
                self.assertEqual((record["digest"], record["canonicalization"]), (sha256(canonical), "jcs"))
                token = jws(body)
                if len(token) <= 8 << 20:
                    record = self.node.submit(token, "application/jwt").json()
                    self.assertEqual((record["digest"], record["canonicalization"]), (sha256(token), "compact"))

    def test_malformed(self):
        for body in (large(1_000_000)[:-1], large(1_000_000) + b"x"):
            self.assert_problem(self.node.submit(body, "application/json"), 400, "malformed_json")
        self.assert_problem(self.node.submit(large(1_000_000)[1:], "application/json"), 415, "media_type_mismatch")

    def test_bulk(self):
        lines = [large(1_100_001), b'{"n":1,"type":"VerifiableCredential"}', large(1_100_002)[:-2], large(3_000_001),
                 large(300_001), large(300_002), b'{"type":"VerifiableCredential","n":2}', b"{",  large(1_100_003)]
        for end in (b"\n", b""):
            results = [json.loads(line) for line in self.node.submit(
                b"\n".join(lines) + end, "application/x-ndjson").body.splitlines()]
            self.assertEqual([result["line"] for result in results], list(range(1, 10)))
            for line, result in zip(lines, results):
                if line.endswith(b"}"):
                    canonical = json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")).encode()
                    self.assertEqual((result.get("digest"), result.get("state")), (sha256(canonical), "pending"))
                else:
                    self.assertEqual(result["error"]["type"], "urn:badged:error:" + (
                        "malformed_json" if len(line) > 1 else "media_type_mismatch"))

    def test_bulk_of_large_lines_only(self):
        lines = [large(300_000 + i) for i in range(20)]
        answer = self.node.submit(b"\n".join(lines), "application/x-ndjson").body.splitlines()
        self.assertEqual([json.loads(line)["state"] for line in answer], ["pending"] * 20)

    def test_the_limit_is_named(self):
        for body, media in ((large(8 << 20), "application/json"), (large(8 << 20), "application/octet-stream")):
            problem = self.assert_problem(self.node.submit(body, media), 413, "too_large")
            self.assertIn("http.max_json", problem["detail"])
        problem = self.assert_problem(self.node.submit(b"%PDF-1.7\n" + b"x" * (16 << 20), "application/pdf"), 413, "too_large")
        self.assertIn("http.max_body", problem["detail"])
        line = json.loads(self.node.submit(large(8 << 20), "application/x-ndjson").body)
        self.assertIn("http.max_json", line["error"]["detail"])

    def test_announced_bodies_take_no_memory(self):
        """More announced than the node has memory for, and not sent: others are served."""
        head = b"POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n{"
        with contextlib.ExitStack() as stack:
            for _ in range(50):
                one = stack.enter_context(socket.create_connection(("127.0.0.1", self.node.port), WAIT_S))
                one.sendall(head)
            answer = self.node.request("POST", "/v1/verify", large(3_000_000), JSON)
            self.assertEqual(answer.status, 200, answer.body[:300])


class Heads(NodeTest):
    """Heads that are refused: one answer, at once, and then the connection ends."""

    def one_answer(self, data, status, code):
        began = time.monotonic()
        received = self.raw(data)
        self.assertLess(time.monotonic() - began, 10)  # request_timeout is 30 s
        self.assertEqual(received.count(b"HTTP/1."), 1, received)
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        self.assertEqual((int(head.split(b" ")[1]), int(fields[b"Content-Length"])), (status, len(body)), received)
        if code:
            self.assertEqual(json.loads(body)["type"], "urn:badged:error:" + code)

    def test_with_an_announced_body(self):
        for lines in (b"Host: a b", b"Host: a\r\nHost: b", b"X: y", b"Host: a\r\nX : y", b"Host: a\r\nTransfer-Encoding: gzip"):
            for length in (b"Content-Length: 100", b"Transfer-Encoding: chunked"):
                for head in (lines + b"\r\n" + length, length + b"\r\n" + lines):
                    with self.subTest(head=head):
                        self.one_answer(b"POST /v1/credentials HTTP/1.1\r\n" + head + b"\r\n\r\n", 400, "bad_request")

    def test_malformed_lengths(self):
        token = b"Authorization: Bearer " + self.node.tokens["submit"].encode()
        for length in (b"abc", b"-1", b"+5", b"5 5", b"5,5", b"0x10", b"", b"1e3", b"5;", b"9" * 30, b"18446744073709551616"):
            for path in (b"/v1/credentials", b"/nothing"):
                with self.subTest(length=length, path=path):
                    self.one_answer(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\n" + token + b"\r\nContent-Length: " + length +
                                    b"\r\n\r\n{}{}{}", 400, "bad_request")

    def test_long_targets(self):
        for target in (b"/" + b"x" * 8000, b"/" + b"x" * 15_900, b"/?" + b"x" * 16_000, b"/?" + b"x&" * 8000, b"/?" + b"x&" * 64):
            self.one_answer(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target_too_long")
        for n in (16_384, 17_000, 300_000):
            self.one_answer(b"GET /" + b"x" * n + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, None)
        self.assertEqual(self.node.get("/" + "x" * 7000).status, 404)

    def test_refused_while_the_body_arrives(self):
        token = b"Authorization: Bearer " + self.node.tokens["submit"].encode()
        head = b"POST /v1/credentials HTTP/1.1\r\nHost: a\r\n" + token + b"\r\nContent-Type: application/octet-stream\r\n"
        self.one_answer(head + b"Content-Length: 100000\r\n\r\neyJh.eyJh.abcd~", 415, "unsupported_document")
        self.one_answer(head + b"Transfer-Encoding: chunked\r\n\r\n" + b'12000\r\n{"a":"' + b"x" * 0x12000, 413, "too_large")


class Submissions(NodeTest):
    def test_digest_of_every_kind(self):
        pdf = b"%PDF-1.7\n" + bytes(range(256)) * 300
        token = jws(b'{"kind":"jwt"}')
        cases = [
            ("application/json", b' {"type":"Assertion","b":1, "a":"\\u00e9"}\n', sha256('{"a":"é","b":1,"type":"Assertion"}'.encode()), "jcs"),
            ("application/vc+ld+json; charset=UTF-8", b'{"kind":"vc","type":"Assertion"}', sha256(b'{"kind":"vc","type":"Assertion"}'), "jcs"),
            ("application/jwt", token + b"\r\n", sha256(token), "compact"),
            ("application/pdf", pdf, sha256(pdf), "raw"),
            ("application/octet-stream", b"\0\1\2", sha256(b"\0\1\2"), "raw"),
            ("application/octet-stream", b'{"kind":"octets"}', sha256(b'{"kind":"octets"}'), "jcs"),
            ("text/plain", b"some words", sha256(b"some words"), "raw"),
        ]
        for media, body, digest, label in cases:
            with self.subTest(media=media):
                answer = self.node.submit(body, media)
                self.assertEqual(answer.status, 201)
                record = answer.json()
                self.assertEqual((record["digest"], record["canonicalization"]), (digest, label))
                self.assertEqual((record["state"], record["status"]), ("pending", "unknown"))  # the node has no chain
                self.assertRegex(record["receivedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                self.assertEqual(answer.headers["Location"], "/v1/credentials/" + digest)
                again = self.node.submit(body, media)
                self.assertEqual((again.status, again.json()), (200, record))
                del record["notices"]  # in the answer to a submission alone
                self.assertEqual(self.node.get(answer.headers["Location"].upper().replace("/V1/CREDENTIALS", "/v1/credentials")).json(), record)

    def test_chunked_body(self):
        answer = self.node.request("POST", "/v1/credentials", iter([b'{"chu', b'nked"', b':true,"type":"Assertion"}']), JSON, "submit")
        self.assertEqual(answer.json()["digest"], sha256(b'{"chunked":true,"type":"Assertion"}'))

    def test_expect_continue(self):
        body = b'{"expect":"continue","type":"Assertion"}'
        with socket.create_connection(("127.0.0.1", self.node.port), WAIT_S) as s:
            s.sendall(f"POST /v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                      f"Authorization: Bearer {self.node.tokens['submit']}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 100"))
            s.sendall(body)
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 201"))

    def test_a_digest_then_its_document(self):
        body = b'{"first":"as a digest"}'
        answer = self.node.request("POST", "/v1/digests", json.dumps({"digests": [sha256(body).upper()]}), JSON, "digest")
        self.assertEqual(answer.json(), {"results": [{"digest": sha256(body), "state": "pending"}]})
        record = self.node.get("/v1/credentials/" + sha256(body)).json()
        self.assertEqual(record["canonicalization"], "external")
        answer = self.node.submit(body)
        self.assertEqual((answer.status, answer.json()["canonicalization"]), (200, "jcs"))

    def test_ten_thousand_digests(self):
        digests = [sha256(b"many %d" % i) for i in range(10000)]
        results = self.node.request("POST", "/v1/digests", json.dumps({"digests": digests}), JSON, "digest").json()["results"]
        self.assertEqual([r["digest"] for r in results], digests)

    def test_receipt_while_pending(self):
        digest = self.node.submit({"receipt": "pending"}).json()["digest"]
        answer = self.node.get(f"/v1/credentials/{digest}/receipt")
        self.assertEqual((answer.status, answer.json()["state"]), (202, "pending"))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)

    def test_many_connections_at_once(self):
        failed = []

        def work(worker):
            connection = self.node.connect()
            for i in range(50):
                answer = self.node.submit({"worker": worker, "i": i}, connection=connection)
                if answer.status != 201:
                    failed.append(answer.body)
            connection.close()

        before = self.stored()
        threads = [threading.Thread(target=work, args=(w,)) for w in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            join(t)
        self.assertEqual(failed, [])
        self.assertEqual(self.stored(), before + 1000)


class Bulk(NodeTest):
    def bulk(self, body, **more):
        answer = self.node.submit(body, "application/x-ndjson", **more)
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/x-ndjson"), answer.body[:300])
        return [json.loads(line) for line in answer.body.splitlines()]

    def test_lines_in_order(self):
        body = b"\n".join([b'{"line":1,"type":"Assertion"}', b"", b'{"a":1,"a":2}', b" \t\r", b'{"line":5,"type":"Assertion"}\r', b"[1]", b'{"line":7']
                          + [b'{"type":"BadgeReceipt"}', b'{"x":"' + b"y" * MAX_JSON + b'"}', b"\xff", b'{"line":11,"type":"Assertion"}'])
        results = self.bulk(body)
        self.assertEqual([r["line"] for r in results], [1, 3, 5, 6, 7, 8, 9, 10, 11])
        codes = {r["line"]: r["error"]["type"].removeprefix("urn:badged:error:") for r in results if "error" in r}
        self.assertEqual(codes, {3: "duplicate_name", 6: "media_type_mismatch", 7: "malformed_json", 8: "not_a_credential",
                                 9: "too_large", 10: "media_type_mismatch"})
        for line in (1, 5, 11):
            digest = next(r for r in results if r["line"] == line)["digest"]
            self.assertEqual(digest, sha256(b'{"line":%d,"type":"Assertion"}' % line))
            self.assertEqual(self.node.get("/v1/credentials/" + digest).status, 200)

    def test_empty(self):
        self.assertEqual(self.bulk(b""), [])
        self.assertEqual(self.bulk(b"\n\n \n"), [])

    def test_more_results_than_fit_into_memory(self):
        """Results of 20,000 lines go through the spool file, in order; the connection can be reused."""
        lines = [b'{"spool":%d,"type":"Assertion"}' % i if i % 7 else b'{"spool":%d' % i for i in range(20000)]
        connection = self.node.connect()
        for _ in range(2):  # the second time all digests are known
            results = self.bulk(b"\n".join(lines), connection=connection)
            self.assertEqual(len(results), 20000)
            for i, result in enumerate(results):
                self.assertEqual(result["line"], i + 1)
                if i % 7:
                    self.assertEqual(result["digest"], sha256(lines[i]))
                else:
                    self.assertIn("error", result)
        connection.close()
        self.assertEqual([name for name in os.listdir(self.node.store) if "spool" in name], [])

    def test_pieces_of_any_size(self):
        body = b"".join(b'{"piece":%d,"pad":"%s","type":"Assertion"}\n' % (i, b"z" * (i % 50)) for i in range(300))
        pieces = [body[i : i + 37] for i in range(0, len(body), 37)]
        results = self.bulk(iter(pieces))
        self.assertEqual([r["digest"] for r in results],
                         [sha256(b'{"pad":"%s","piece":%d,"type":"Assertion"}' % (b"z" * (i % 50), i)) for i in range(300)])

    def test_a_closed_connection_loses_no_accepted_line(self):
        before = self.stored()
        lines = b"".join(b'{"cut":%d,"type":"Assertion"}\n' % i for i in range(2000))
        with socket.create_connection(("127.0.0.1", self.node.port), WAIT_S) as s:
            s.sendall(f"POST /v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                      f"Authorization: Bearer {self.node.tokens['submit']}\r\nContent-Length: 1000000\r\n\r\n".encode())
            s.sendall(lines + b'{"cut":"here"}')  # the last line is incomplete
            until("all complete lines are accepted", lambda: self.stored() >= before + 2000)
        self.assertEqual(self.stored(), before + 2000)
        self.assertEqual(self.node.get("/v1/credentials/" + sha256(b'{"cut":"here"}')).code, "unknown_digest")


class Reads(NodeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.batches = []
        for batch in range(5):
            cls.node.submit(b"".join(b'{"batch":%d,"i":%d,"type":"Assertion"}\n' % (batch, i) for i in range(7 + batch)), "application/x-ndjson")
            cls.batches.append(cls.node.request("POST", "/v1/batches", scope="admin"))

    def test_sealed(self):
        for number, answer in enumerate(self.batches, 1):
            self.assertEqual((answer.status, answer.headers["Location"]), (201, f"/v1/batches/{number}"))
            batch = self.node.get(f"/v1/batches/{number}").json()
            self.assertEqual((batch["number"], batch["treeSize"]), (number, 6 + number))
            self.assertEqual(batch["root"], answer.json()["root"])

    def test_seal_without_pending(self):
        self.node.request("POST", "/v1/batches", scope="admin")  # seals what other tests have submitted
        self.assertEqual(self.node.request("POST", "/v1/batches", scope="admin").status, 204)

    def test_list(self):
        seen, path = [], "/v1/batches?limit=2&before=6"
        while path:
            answer = self.node.get(path)
            seen += [b["number"] for b in answer.json()["batches"]]
            link = re.match(r'<([^>]*)>; rel="next"$', answer.headers.get("Link", ""))
            path = link[1] if link else None
        self.assertEqual(seen, [5, 4, 3, 2, 1])
        self.assertEqual([b["number"] for b in self.node.get("/v1/batches?before=3").json()["batches"]], [2, 1])
        self.assertEqual(self.node.get("/v1/batches?before=1").json(), {"batches": []})

    def test_receipt_and_root(self):
        """The root from the leaves, and from the receipt, by the formulas of RFC 9162 alone."""
        h = lambda *parts: hashlib.sha256(b"".join(parts)).digest()  # noqa: E731
        for number in range(1, 6):
            leaves = self.node.get(f"/v1/batches/{number}/leaves").body
            level = [leaves[i : i + 32] for i in range(0, len(leaves), 32)]
            self.assertEqual(level, sorted(set(level)))
            self.assertEqual(len(level), 6 + number)
            while len(level) > 1:
                level = [h(b"\1", *level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
            self.assertEqual(level[0].hex(), self.node.get(f"/v1/batches/{number}").json()["root"])
            digest = sha256(b'{"batch":%d,"i":3,"type":"Assertion"}' % (number - 1))
            record = self.node.get("/v1/credentials/" + digest).json()
            receipt = self.node.get(f"/v1/credentials/{digest}/receipt").json()
            inclusion = receipt["inclusion"]
            self.assertEqual(record["batch"], {"number": number, "root": inclusion["root"],
                                               "leafIndex": inclusion["leafIndex"], "treeSize": 6 + number})
            at = h(b"\0", bytes.fromhex(inclusion["salt"]), bytes.fromhex(digest))
            self.assertEqual(at, leaves[32 * inclusion["leafIndex"] :][:32])
            index, last = inclusion["leafIndex"], inclusion["treeSize"] - 1
            for step in map(bytes.fromhex, inclusion["path"]):
                if index & 1 or index == last:
                    at = h(b"\1", step, at)
                    while not index & 1 and index:
                        index, last = index >> 1, last >> 1
                else:
                    at = h(b"\1", at, step)
                index, last = index >> 1, last >> 1
            self.assertEqual((at.hex(), last), (inclusion["root"], 0))

    def test_ranges(self):
        path = "/v1/batches/5/leaves"
        whole = self.node.get(path)
        data, tag = whole.body, whole.headers["ETag"]
        self.assertEqual(len(data), 11 * 32)
        self.assertEqual(whole.headers["Accept-Ranges"], "bytes")
        for header, first, last in (("bytes=0-31", 0, 31), ("bytes=5-70", 5, 70), ("bytes=-32", 320, 351), ("bytes=350-999", 350, 351)):
            answer = self.node.get(path, Range=header)
            self.assertEqual((answer.status, answer.body), (206, data[first : last + 1]))
            self.assertEqual(answer.headers["Content-Range"], f"bytes {first}-{last}/352")
        answer = self.node.get(path, Range="bytes=352-")
        self.assert_problem(answer, 416, "range_not_satisfiable")
        self.assertEqual(answer.headers["Content-Range"], "bytes */352")
        for header in ("bytes=0-1,4-5", "bytes=9-2", "items=0-1", "bytes=x"):
            self.assertEqual(self.node.get(path, Range=header).body, data)
        self.assertEqual(self.node.get(path, Range="bytes=0-0", If_Range=tag).status, 206)
        self.assertEqual(self.node.get(path, Range="bytes=0-0", If_Range='"old"').status, 200)

    def test_etag_and_head(self):
        digest = sha256(b'{"batch":0,"i":3,"type":"Assertion"}')
        for path in (f"/v1/credentials/{digest}", f"/v1/credentials/{digest}/receipt", "/v1/batches", "/v1/batches/1",
                     "/v1/batches/1/leaves", "/openapi.json", "/"):
            with self.subTest(path):
                answer = self.node.get(path)
                tag = answer.headers["ETag"]
                for header in (tag, "W/" + tag, f'"x", {tag}', "*"):
                    again = self.node.get(path, If_None_Match=header)
                    self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", tag))
                    self.assertIn(again.headers["Content-Length"], (None, answer.headers["Content-Length"]))
                self.assertEqual(self.node.get(path, If_None_Match='"x"').status, 200)
                head = self.node.request("HEAD", path)
                self.assertEqual((head.status, head.body), (200, b""))
                for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
                    self.assertEqual(head.headers[name], answer.headers[name])
        self.assertEqual(self.node.request("HEAD", "/nowhere").status, 404)

    def test_cors(self):
        for path in ("/v1/node", "/v1/batches/1/leaves", "/nowhere", "/v1/credentials/" + "0" * 64):
            self.assertEqual(self.node.get(path, Origin="https://a.example").headers["Access-Control-Allow-Origin"], "*")
        answer = self.node.request("OPTIONS", "/v1/verify", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST",
                                                                     "Access-Control-Request-Headers": "content-type"})
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Methods"]), (204, "POST, OPTIONS"))
        self.assertIn("content-type", answer.headers["Access-Control-Allow-Headers"].lower())
        answer = self.node.request("OPTIONS", "/v1/credentials", headers={"Origin": "https://a.example"})
        self.assertEqual(answer.status, 204)
        self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
        self.assertEqual(answer.headers["Allow"], "POST, OPTIONS")
        self.assertIsNone(self.node.submit({"cors": 1}).headers["Access-Control-Allow-Origin"])

    def test_pipelining(self):
        one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        digest = sha256(b'{"batch":0,"i":3,"type":"Assertion"}').encode()
        two = b"GET /v1/credentials/" + digest + b"/receipt HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /v1/node HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = self.raw((one + two) * 10 + last)
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 21)

    def test_request_ids(self):
        answer = self.node.get("/healthz", X_Request_Id="from-the_proxy.1")
        self.assertEqual(answer.headers["X-Request-Id"], "from-the_proxy.1")
        ids = {self.node.get("/healthz", X_Request_Id=sent).headers["X-Request-Id"] for sent in ("a b", "x" * 65, "\"<script>")}
        self.assertEqual(len(ids), 3)
        for made in ids:
            self.assertRegex(made, r"^[0-9a-f]{16}$")

    def test_node(self):
        until("the key is open", lambda: "operator" in self.node.get("/v1/node").json())  # while HTTP is served
        node = self.node.get("/v1/node").json()
        self.assertEqual((node["chainId"], node["operator"]), (31337, self.node.operator))
        self.assertGreaterEqual(node["batches"], 5)
        ready = until("/readyz reports it",
                      lambda: (r := self.node.get("/readyz")).json()["reasons"][0]["code"] != "key_opening" and r)
        self.assertEqual((ready.status, ready.json()["ready"]), (503, False))
        self.assertEqual(ready.json()["reasons"][0]["code"], "chain_unreachable")
        metrics = self.node.get("/metrics").body.decode()
        self.assertRegex(metrics, r'badged_http_requests_total\{route="POST /v1/batches",status="201"\} \d')
        self.assertEqual(self.node.get("/openapi.json").json()["openapi"], "3.1.0")

    def test_verify_states_the_nodes_view(self):
        body = b'{"batch":0,"i":3,"type":"Assertion"}'
        report = self.node.request("POST", "/v1/verify", body, JSON).json()
        self.assertEqual(report["verdict"], "unverifiable")  # the chain is unreachable
        outcomes = {c["check"]: c["outcome"] for c in report["checks"]}
        self.assertEqual((outcomes["digest"], outcomes["inclusion"]), ("passed", "passed"))
        self.assertIn("statement of the node", report["statement"])
        bundle = {"type": "BadgeBundle", "version": 1, "credential": json.loads(body)}
        again = self.node.request("POST", "/v1/verify", json.dumps(bundle), JSON).json()
        self.assertEqual(again["receipt"], report["receipt"])
        changed = self.node.request("POST", "/v1/verify", json.dumps(bundle | {"receipts": [report["receipt"]], "credential": {"batch": 0, "i": 4}}), JSON).json()
        self.assertEqual(changed["verdict"], "invalid")
        raw = self.node.request("POST", "/v1/verify", b"\0" * 200000, {"Content-Type": "application/octet-stream"}).json()
        self.assertEqual(raw["digest"], sha256(b"\0" * 200000))


class Lifecycle(unittest.TestCase):
    def test_two_loops_share_a_port(self):
        with Node(settings={"http.loops": "2"}) as node:
            prefixes = set()
            for i in range(100):
                prefixes.add(node.get("/healthz").headers["X-Request-Id"][:10])
                self.assertEqual(node.submit({"loop": i}).status, 201)
            self.assertEqual(len(prefixes), 2)
            self.assertEqual(node.get("/v1/node").json()["credentials"], 100)

    def test_public_url(self):
        with Node(settings={"http.public_url": "https://badges.example"}) as node:
            answer = node.submit({"a": 1})
            self.assertEqual(answer.headers["Location"], "https://badges.example/v1/credentials/" + answer.json()["digest"])

    def test_only_a_trusted_proxy_sets_the_client(self):
        for proxy, client in (("127.0.0.1", "203.0.113.9"), ("192.0.2.1", "127.0.0.1")):
            with Node(settings={"http.trusted_proxy": proxy, "log.level": "debug"}) as node:
                node.get("/healthz", X_Forwarded_For="198.51.100.1, 203.0.113.9")
                node.stop()
                self.assertIn(f"client={client} ", next(line for line in node.log if "path=/healthz" in line))

    def test_acknowledged_records_survive_a_stop_and_a_crash(self):
        node = Node()
        try:
            for how in (15, 9):
                node.start()
                digest = node.submit({"stopped by": how}).json()["digest"]
                self.assertEqual(node.stop(how), 0 if how == 15 else -9)
                node.start()
                self.assertEqual(node.get("/v1/credentials/" + digest).status, 200)
                node.stop()
        finally:
            node.__exit__()

    def test_stop_ends_idle_connections_and_finishes_requests(self):
        with Node() as node:
            alone_s = node.stop_s()
            node.start()
            idle = [node.connect() for _ in range(20)]
            for connection in idle:
                node.request("GET", "/healthz", connection=connection)
            self.assertLess(node.stop_s(), alone_s + 8)  # clients in the middle of a request get 10 s
            for connection in idle:
                connection.close()


if __name__ == "__main__":
    unittest.main()
