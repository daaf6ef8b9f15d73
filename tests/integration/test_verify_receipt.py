#!/usr/bin/env python3
"""Tests of the independent verifier: its JSON, its trees, its checks, and one anchor on a real chain.

The chain is anvil from contracts/node_modules; without it that part fails. To run it by hand see tests/README.md.
"""

import base64
import copy
import hashlib
import hmac
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import verify_receipt as verifier
from node import WAIT_S, until
from registry_client import Anchor, Block, Chain, ChainError, call_data, keccak256, revoke_data
from strict_json import JsonError, canonicalize, number_text, parse

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "contracts" / "node_modules" / ".bin"
ARTIFACT = json.loads((ROOT / "contracts" / "BadgeRegistry.json").read_text())
CONTRACT = verifier.address(ARTIFACT["address"])
CODE_HASH = bytes.fromhex(ARTIFACT["codeHash"][2:])
PROXY = "0x4e59b44847b379578588920ca78fbf26c0b4956c"
ISSUER = bytes.fromhex("11" * 20)
ISSUER_ID = "did:example:issuer"


def tree_root(leaves):
    """RFC 9162 section 2.1.1 by recursion, unlike the verifier, which works by levels."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return verifier.node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def tree_path(leaves, index):
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return tree_path(leaves[:k], index) + [tree_root(leaves[k:])]
    return tree_path(leaves[k:], index - k) + [tree_root(leaves[:k])]


class Batch:
    """Documents sealed as a node does: salted, sorted by leaf hash."""

    def __init__(self, documents, issuer=ISSUER, chain_id=31337):
        secret = hashlib.sha256(b"batch secret").digest()
        entries = []
        for data in documents:
            document = verifier.read_document(data)
            salt = hmac.digest(secret, document.digest, "sha256")
            entries.append((verifier.leaf_hash(salt, document.digest), salt, document, data))
        self.entries = sorted(entries, key=lambda entry: entry[0])
        self.leaves = [entry[0] for entry in self.entries]
        self.root, self.size = tree_root(self.leaves), len(self.leaves)
        self.issuer, self.chain_id = issuer, chain_id

    def item(self, i):
        _, salt, document, data = self.entries[i]
        return data, {
            "type": "BadgeReceipt",
            "version": 1,
            "digest": {"algorithm": "sha-256", "canonicalization": document.label, "value": document.digest.hex()},
            "inclusion": {
                "algorithm": "RFC9162_SHA256",
                "salt": salt.hex(),
                "root": self.root.hex(),
                "treeSize": self.size,
                "leafIndex": i,
                "path": [sibling.hex() for sibling in tree_path(self.leaves, i)],
            },
            "anchor": {
                "chainId": self.chain_id,
                "contract": ARTIFACT["address"],
                "issuer": "0x" + self.issuer.hex(),
                "status": "final",
            },
        }

    def items(self):
        return [self.item(i) for i in range(self.size)]


def credential(i, **more):
    return json.dumps({"type": ["VerifiableCredential"], "issuer": {"id": ISSUER_ID}, "number": i, **more}).encode()


class JsonTest(unittest.TestCase):
    def canonical(self, text):
        return canonicalize(parse(text.encode("utf-8", "surrogatepass"))).decode()

    def test_canonical_form(self):
        for text, expected in [
            (' { "b" : 1 , "a" : [ true , false , null ] } ', '{"a":[true,false,null],"b":1}'),
            ('{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude02":5,"\\u0080":6,"\\u00f6":7}',
             '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😂":5,"\ufb33":3}'),
            ('"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
            ("[-0, -0.0, 0e5, 1E30, 4.50, 2e-3, 1e-27]", "[0,0,0,1e+30,4.5,0.002,1e-27]"),
            ("[9007199254740991, -9007199254740991]", "[9007199254740991,-9007199254740991]"),
            ('"\\u007f\x7f\\b\\f\\t"', '"\x7f\x7f\\b\\f\\t"'),
            ("7", "7"),
            ("[" * 64 + "]" * 64, "[" * 64 + "]" * 64),
        ]:
            with self.subTest(text=text):
                self.assertEqual(self.canonical(text), expected)

    def test_numbers_as_ecmascript_prints_them(self):
        for bits, text in [  # of RFC 8785 appendix B
            ("0000000000000000", "0"),
            ("8000000000000000", "0"),
            ("0000000000000001", "5e-324"),
            ("8000000000000001", "-5e-324"),
            ("7fefffffffffffff", "1.7976931348623157e+308"),
            ("4340000000000000", "9007199254740992"),
            ("4430000000000000", "295147905179352830000"),
            ("44b52d02c7e14af5", "9.999999999999997e+22"),
            ("44b52d02c7e14af6", "1e+23"),
            ("44b52d02c7e14af7", "1.0000000000000001e+23"),
            ("444b1ae4d6e2ef4e", "999999999999999700000"),
            ("444b1ae4d6e2ef4f", "999999999999999900000"),
            ("444b1ae4d6e2ef50", "1e+21"),
            ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
            ("3eb0c6f7a0b5ed8d", "0.000001"),
            ("41b3de4355555553", "333333333.3333332"),
            ("41b3de4355555557", "333333333.33333343"),
            ("becbf647612f3696", "-0.0000033333333333333333"),
            ("43143ff3c1cb0959", "1424953923781206.2"),
        ]:
            with self.subTest(bits=bits):
                self.assertEqual(number_text(struct.unpack(">d", bytes.fromhex(bits))[0]), text)

    def test_refusals(self):
        for data in [
            b'{"a":1,"\\u0061":2}', b'"\\ud800"', b'{"\\udc00":1}', b'"\xed\xa0\x80"', b'"\xff"', b"\xef\xbb\xbf{}",
            b'"\\ufffe"', b'"\xf0\x9f\xbf\xbf"', b'"\\ufdd0"', b"9007199254740992", b"-9007199254740992", b"1" * 5000,
            b"1e400", b"-1e400", b"1e-400", b"0.0000001e-400", b"NaN", b"Infinity", b"01", b"1.", b".5", b"+1", b"{} x",
            b"", b" ", b"{", b'{"a":1,}', b"[1,]", b"'a'", b'"\n"', b'"\\x41"', b'"\\u00g0"', b"[" * 65 + b"]" * 65,
            b"[" * 100000, b"tru", b"{1:2}", b"\xc2\xa0{}",
        ]:
            with self.subTest(data=data[:40]), self.assertRaises(JsonError):
                parse(data)

    def test_accepted_at_the_limits(self):
        for data in [b"9007199254740993.0", b"9007199254740993e0", b"0e-999", b'"\\ud83d\\ude00"', b'"\\ufdcf"']:
            parse(data)


class KeccakTest(unittest.TestCase):
    def test_known_hashes(self):
        for data, digest in [
            (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            (b"a" * 135, "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446"),
            (b"a" * 136, "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"),
        ]:
            self.assertEqual(keccak256(data).hex(), digest)

    def test_the_committed_artifact(self):
        code = bytes.fromhex(ARTIFACT["deployedBytecode"][2:])
        self.assertEqual(keccak256(code), CODE_HASH)
        init = keccak256(bytes.fromhex(ARTIFACT["bytecode"][2:]))
        self.assertEqual(keccak256(b"\xff" + bytes.fromhex(PROXY[2:]) + bytes(32) + init)[12:], CONTRACT)


class DocumentTest(unittest.TestCase):
    def test_labels(self):
        jws = b"eyJhbGciOiJFZERTQSJ9.e30.AA"
        for data, label in [
            (b'{"a":1}', "jcs"), (b" \r\n\t{ }", "jcs"), (b"{,}", "raw"), (b"[1]", "raw"), (b"", "raw"), (b"{", "raw"),
            (jws, "compact"), (b"\n " + jws + b"\r\n", "compact"), (b"a.b", "raw"), (b"a..b", "raw"),
            (b"a.b.c d", "raw"), (b"%PDF-1.7", "raw"), (b"<html><svg/></html>", "raw"), (b"\x0b{}", "raw"),
            (b"\xef\xbb\xbf{}", "jcs"),
        ]:
            with self.subTest(data=data):
                self.assertEqual(verifier.label_of(data), label)
        self.assertEqual(verifier.read_document(b" a.b.c\n").digest, hashlib.sha256(b"a.b.c").digest())

    def test_refused(self):
        for data in [
            b"\x89PNG\r\n\x1a\n...", b"<svg/>", b'<?xml version="1.0"?>\n<!-- x --><s:svg xmlns:s="x">', b"a.b.c.d.e",
            b"a..c.d.e", b"a.b.c~d~", b"a.b.c~", b'{"type":"BadgeReceipt"}', b'{"type":["X","BadgeBundle"]}',
        ]:
            with self.subTest(data=data), self.assertRaises(verifier.Refused):
                verifier.read_document(data)


class TreeTest(unittest.TestCase):
    def test_every_leaf_of_every_small_tree_and_every_flipped_bit(self):
        for n in range(1, 34):
            leaves = [hashlib.sha256(bytes([i])).digest() for i in range(n)]
            root = tree_root(leaves)
            for i in range(n):
                path = tree_path(leaves, i)
                self.assertEqual(verifier.root_from_path(leaves[i], i, n, path), root)
                for wrong in range(n + 2):
                    if wrong != i:
                        self.assertNotEqual(verifier.root_from_path(leaves[i], wrong, n, path), root)
                for k in range(len(path)):
                    for bit in (1, 128):
                        bent = path[:k] + [bytes([path[k][0] ^ bit]) + path[k][1:]] + path[k + 1 :]
                        self.assertNotEqual(verifier.root_from_path(leaves[i], i, n, bent), root)
                    self.assertNotEqual(verifier.root_from_path(leaves[i], i, n, path[:k]), root)
                self.assertIsNone(verifier.root_from_path(leaves[i], i, n, path + [root]))

    def test_root_of_a_leaf_list(self):
        for n in range(1, 70):
            leaves = sorted(hashlib.sha256(bytes([i])).digest() for i in range(n))
            self.assertEqual(verifier.root_of(verifier.split_leaves(b"".join(leaves))), tree_root(leaves))
        for wrong in ([], leaves[::-1], leaves[:1] * 2):
            with self.assertRaises(ValueError):
                verifier.root_of(wrong)
        with self.assertRaises(ValueError):
            verifier.split_leaves(b"x" * 33)


VECTORS = os.environ.get("BADGED_VECTORS")


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set: no public test vectors")
class VectorsTest(unittest.TestCase):
    def test_canonical_json(self):
        inputs = sorted(Path(VECTORS, "jcs", "input").glob("*.json"))
        self.assertGreaterEqual(len(inputs), 6)
        for file in inputs:
            expected = (file.parents[1] / "output" / file.name).read_bytes()
            self.assertEqual(canonicalize(parse(file.read_bytes())), expected, file.name)

    def test_inclusion(self):
        files = sorted(Path(VECTORS, "merkle", "inclusion").glob("**/*.json"))
        self.assertGreaterEqual(len(files), 98)
        for file in files:
            case = json.loads(file.read_text())
            root, leaf = base64.b64decode(case["root"] or ""), base64.b64decode(case["leafHash"] or "")
            path = [base64.b64decode(sibling) for sibling in case["proof"] or []]
            same = verifier.root_from_path(leaf, case["leafIdx"], case["treeSize"], path) == root
            self.assertEqual(same, not case["wantErr"], (file, case["desc"]))

    def test_real_credentials(self):
        files = sorted(Path(VECTORS, "credentials").glob("*.json"))
        self.assertGreaterEqual(len(files), 23)
        for file in files:
            document = verifier.read_document(file.read_bytes())
            self.assertEqual(document.label, "jcs")
            verifier.validity(document)


class ScriptedChain(Chain):
    """A fake chain made of dictionaries."""

    def __init__(self):
        super().__init__("http://unused.invalid", CONTRACT, 31337, CODE_HASH)
        self._final, self._latest = Block(8, "final", 0), Block(10, "latest", 0)
        self.anchored = {"final": {}, "latest": {}}
        self.withdrawn, self.revoked, self.is_down, self.lies = set(), set(), False, False
        self.revoked_by = set()  # (account, digest) of other accounts

    def put(self, batch, blocks=("final", "latest"), size=None):
        for block in blocks:
            self.anchored[block][batch.issuer, batch.root] = size or batch.size

    def anchors(self, block, keys):
        if self.is_down:
            raise ChainError("down")
        for key in keys:
            size = self.anchored[block.hash].get(key, 0)
            self._anchors[block.hash, key] = Anchor(1 if size else 0, size, 0, 0)

    # Calls are tuples here, not call data.
    @staticmethod
    def withdrawn_call(issuer, root):
        return ("withdrawn", root)

    @staticmethod
    def revoked_call(issuer, digest):
        return ("revoked", digest, issuer)

    @staticmethod
    def good_call(issuer, root, digest, salt, index, path):
        return ("good", issuer, root, digest, salt, index, path)

    def calls(self, block, calls):
        return [[self._answer(block, *call).to_bytes(32, "big")] for call in calls]

    def _answer(self, block, query, *values):
        if query == "withdrawn":
            return 77 if values[0] in self.withdrawn else 0
        if query == "revoked":
            digest, account = values
            return 77 if digest in self.revoked or (account, digest) in self.revoked_by else 0
        issuer, root, digest, salt, index, path = values
        size = self.anchored[block.hash].get((issuer, root), 0)
        leaf = verifier.leaf_hash(salt, digest)
        good = size and verifier.root_from_path(leaf, index, size, path) == root
        return int(bool(good) and root not in self.withdrawn and digest not in self.revoked) ^ self.lies


class CheckTest(unittest.TestCase):
    issuers = {(ISSUER_ID, ISSUER), (None, ISSUER)}

    def setUp(self):
        self.batch = Batch([credential(i) for i in range(5)] + [b"%PDF-1.7 raw"])
        self.chain = ScriptedChain()
        self.chain.put(self.batch)

    def verdict(self, data, receipt, **more):
        return verifier.check(data, receipt, self.chain, more.pop("issuers", self.issuers), **more).verdict

    def one(self, **more):
        batch = Batch([credential(0, **more)])
        self.chain.put(batch)
        return batch.item(0)

    def test_valid(self):
        for result in verifier.check_many(self.batch.items(), self.chain, self.issuers):
            self.assertEqual((result.is_good, result.exit_status), (True, 0), result.checks)
        verdicts = [self.verdict(*item) for item in self.batch.items()]
        expected = ["recorded" if data.startswith(b"%PDF") else "valid" for data, _ in self.batch.items()]
        self.assertEqual(verdicts, expected)

    def test_any_change_is_detected(self):
        def changed(value):
            if isinstance(value, int):
                return [value + 1, value - 1, 2**24, 2**70, True]
            if isinstance(value, list):
                return [value[1:], value + value[:1], value[::-1]]
            return [value[:-1] + ("0" if value[-1] != "0" else "1"), "00" * 32]

        for i in range(self.batch.size):
            data, receipt = self.batch.item(i)
            names = ("salt", "root", "treeSize", "leafIndex", "path")
            places = [("digest", "value")] + [("inclusion", name) for name in names]
            for part, name in places:
                for value in changed(receipt[part][name]):
                    bent = copy.deepcopy(receipt)
                    bent[part][name] = value
                    if bent == receipt and type(value) is type(receipt[part][name]):
                        continue
                    self.assertNotEqual(self.verdict(data, bent), "valid", (name, value))
            self.assertEqual(self.verdict(data.replace(b"r", b"R", 1), receipt), "invalid")

    def test_white_space_of_json_is_ignored(self):
        data, receipt = next(item for item in self.batch.items() if item[0].startswith(b"{"))
        self.assertEqual(self.verdict(data.replace(b", ", b",\n  "), receipt), "valid")

    def test_a_wrong_label_is_invalid(self):
        for data, receipt in self.batch.items():
            for label in {"jcs", "raw", "compact", "external"} - {receipt["digest"]["canonicalization"]}:
                bent = copy.deepcopy(receipt)
                bent["digest"]["canonicalization"] = label
                self.assertEqual(self.verdict(data, bent), "invalid")

    def test_a_raw_digest_does_not_hide_expiry(self):
        data, receipt = self.one(validUntil="2020-01-01T00:00:00Z")
        self.assertEqual(self.verdict(data, receipt), "expired")
        digest = hashlib.sha256(data).digest()
        leaf = verifier.leaf_hash(bytes(32), digest)
        self.chain.anchored["final"][ISSUER, leaf] = self.chain.anchored["latest"][ISSUER, leaf] = 1
        for label in ("raw", "external"):
            forged = copy.deepcopy(receipt)
            forged["digest"].update(canonicalization=label, value=digest.hex())
            forged["inclusion"].update(salt="00" * 32, root=leaf.hex(), treeSize=1, leafIndex=0, path=[])
            self.assertEqual(self.verdict(data, forged), "invalid")

    def test_unknown_versions_are_unverifiable(self):
        data, receipt = self.batch.item(0)
        for part, name, value in [
            (None, "version", 2), (None, "type", "BadgeBundle"), ("digest", "algorithm", "sha-512"),
            ("digest", "canonicalization", "rdfc"), ("inclusion", "algorithm", "x"), ("anchor", "status", "gone"),
            ("inclusion", "leafIndex", -1), ("inclusion", "leafIndex", "0"), ("inclusion", "path", 7),
            ("anchor", "issuer", "11" * 20), ("digest", "value", "AA" * 32),
        ]:
            bent = copy.deepcopy(receipt)
            (bent[part] if part else bent)[name] = value
            result = verifier.check(data, bent, self.chain, self.issuers)
            self.assertEqual((result.verdict, result.exit_status), ("unverifiable", 3), (name, value))
        for nonsense in ([], None, {}, "x", {"digest": 1}):
            self.assertEqual(self.verdict(data, nonsense), "unverifiable")

    def test_registry_and_chain(self):
        data, receipt = self.batch.item(0)
        for name, value in (("chainId", 1), ("contract", "0x" + "22" * 20)):
            bent = copy.deepcopy(receipt)
            bent["anchor"][name] = value
            self.assertEqual(self.verdict(data, bent), "unverifiable")
        self.chain.is_down = True
        self.assertEqual(self.verdict(data, receipt), "unverifiable")
        bent = copy.deepcopy(receipt)
        bent["inclusion"]["salt"] = "00" * 32
        self.assertEqual(self.verdict(data, bent), "invalid")
        self.chain.is_down, self.chain.lies = False, True
        self.assertEqual(self.verdict(data, receipt), "unverifiable")

    def test_finality(self):
        batch = Batch([credential(9)])
        data, receipt = batch.item(0)
        self.assertEqual(self.verdict(data, receipt), "invalid")
        for status in ("sealed", "sent"):
            waiting = copy.deepcopy(receipt)
            waiting["anchor"]["status"] = status
            self.assertEqual(self.verdict(data, waiting), "pending")
        self.chain.put(batch, ["latest"])
        self.assertEqual(self.verdict(data, receipt), "pending")
        self.chain.put(batch, size=2)
        self.assertEqual(self.verdict(data, receipt), "invalid")

    def test_withdrawn_and_revoked(self):
        data, receipt = self.batch.item(0)
        self.chain.revoked.add(bytes.fromhex(receipt["digest"]["value"]))
        self.assertEqual(self.verdict(data, receipt), "revoked")
        self.assertEqual(self.verdict(None, receipt), "revoked")
        self.assertEqual(self.verdict(*self.batch.item(1)), "valid")
        self.chain.withdrawn.add(self.batch.root)
        self.assertEqual(self.verdict(data, receipt), "withdrawn")

    def test_without_the_document(self):
        self.assertEqual(self.verdict(None, self.batch.item(0)[1]), "anchored")

    def test_validity_and_status(self):
        for more, verdict in [
            ({"validFrom": "2999-01-01T00:00:00Z"}, "not_yet_valid"),
            ({"issuanceDate": "2999-01-01T00:00:00Z", "validFrom": "2001-01-01T00:00:00Z"}, "not_yet_valid"),
            ({"expirationDate": "2001-01-01T00:00:00+01:00", "validUntil": "2999-01-01T00:00:00Z"}, "expired"),
            ({"expires": "2001-01-01T00:00:00.5Z"}, "expired"),
            ({"validUntil": "2999-01-01T00:00:00Z", "validFrom": "2001-01-01T00:00:00Z"}, "valid"),
            ({"validUntil": "some day"}, "unverifiable"),
            ({"validUntil": 7}, "expired"),
            ({"validUntil": [7]}, "unverifiable"),
            ({"validUntil": None, "credentialStatus": None}, "valid"),
            ({"validUntil": "2001-01-01", "credentialStatus": {}}, "expired"),
            ({"credentialStatus": {"id": "https://example.org/"}}, "unverifiable"),
        ]:
            with self.subTest(more=more):
                self.assertEqual(self.verdict(*self.one(**more)), verdict)

    def test_a_jwt(self):
        def jwt(payload):
            part = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
            return b"eyJhbGciOiJFZERTQSJ9." + part + b".c2ln"

        for payload, verdict in [
            ({"iss": ISSUER_ID, "vc": {"number": 1}}, "valid"),
            ({"issuer": ISSUER_ID, "nbf": 1, "exp": 32503680000}, "valid"),
            ({"iss": ISSUER_ID, "exp": 5}, "expired"),
            ({"iss": ISSUER_ID, "vc": {"validUntil": "2001-01-01T00:00:00Z"}}, "expired"),
            ({"iss": ISSUER_ID, "nbf": 32503680000}, "not_yet_valid"),
            ({"iss": "did:example:other"}, "unknown_issuer"),
        ]:
            batch = Batch([jwt(payload)])
            self.chain.put(batch)
            self.assertEqual(self.verdict(*batch.item(0)), verdict, payload)

    def test_issuer(self):
        data, receipt = self.one()
        other = bytes.fromhex("22" * 20)
        for issuers in ((), {(None, ISSUER)}, {("did:example:other", ISSUER)}, {(ISSUER_ID, other)}):
            self.assertEqual(self.verdict(data, receipt, issuers=issuers), "unknown_issuer")

    def test_revoked_by_another_account_of_the_issuer(self):
        data, receipt = self.one()
        other = bytes.fromhex("22" * 20)
        self.chain.revoked_by.add((other, bytes.fromhex(receipt["digest"]["value"])))
        for more, verdict in ((set(), "valid"), ({(None, other)}, "valid"), ({(ISSUER_ID, other)}, "revoked")):
            self.assertEqual(self.verdict(data, receipt, issuers=self.issuers | more), verdict)


class AnvilTest(unittest.TestCase):
    """One chain, the contract deployed by the deployment proxy, one batch anchored, read back over JSON-RPC."""

    @classmethod
    def setUpClass(cls):
        # Into a file: anvil logs every request, and blocks when its pipe is full.
        cls.log = tempfile.TemporaryFile("w+")
        command = [BIN / "anvil", "--port", "0", "--block-time", "0.5", "--slots-in-an-epoch", "1"]
        cls.anvil = subprocess.Popen(command, stdout=cls.log)
        cls.addClassCleanup(cls.stop)
        cls.url = "http://" + until("anvil listens", cls.listening)
        cls.chain = Chain(cls.url, CONTRACT, 31337, CODE_HASH)
        cls.issuer, cls.operator = (bytes.fromhex(a[2:]) for a in cls.chain._ask("eth_accounts")[:2])
        cls.send(cls.issuer, "0x" + "00" * 32 + ARTIFACT["bytecode"][2:], PROXY)
        cls.send(cls.issuer, call_data("setOperator(address,bool)", cls.operator, 1))
        cls.batches = [Batch([credential(n * 10 + i) for i in range(n)], cls.issuer) for n in (7, 1, 20)]
        for batch in cls.batches:
            last = cls.anchor(batch)
        cls.await_final(last)

    @classmethod
    def stop(cls):
        cls.anvil.terminate()
        cls.anvil.wait(WAIT_S)
        cls.log.close()

    @classmethod
    def listening(cls):
        cls.log.seek(0)
        match = re.search(r"Listening on ([\d.:]+)\n", cls.log.read())
        if not match and cls.anvil.poll() is not None:
            raise RuntimeError("anvil has ended")
        return match and match[1]

    @classmethod
    def anchor(cls, batch):
        return cls.send(
            cls.operator, call_data("anchor(address,bytes32,uint64)", batch.issuer, batch.root, batch.size)
        )

    @classmethod
    def send(cls, sender, data, to=None):
        """Returns the number of the transaction's block."""
        transaction = {"from": "0x" + sender.hex(), "to": to or "0x" + CONTRACT.hex(), "data": data}
        sent = cls.chain._ask("eth_sendTransaction", transaction)
        receipt = until("the transaction is mined", lambda: cls.chain._ask("eth_getTransactionReceipt", sent))
        assert receipt["status"] == "0x1", receipt
        return int(receipt["blockNumber"], 16)

    @classmethod
    def await_final(cls, number):
        until(f"block {number} is final", lambda: cls.chain.refresh() or cls.chain.final.number >= number)

    def check_many(self, items):
        return verifier.check_many(items, self.chain, {(ISSUER_ID, self.issuer)})

    def test_every_receipt(self):
        results = self.check_many([item for batch in self.batches for item in batch.items()])
        for result in results:
            self.assertEqual((result.verdict, result.is_good), ("valid", True), result.checks)
        self.assertEqual(len(results), 28)

    def test_isgood_agrees_about_changes(self):
        data, receipt = self.batches[0].item(3)
        for name, value in (("salt", "00" * 32), ("leafIndex", 4), ("path", receipt["inclusion"]["path"][:-1])):
            bent = copy.deepcopy(receipt)
            bent["inclusion"][name] = value
            (result,) = self.check_many([(data, bent)])
            self.assertEqual((result.verdict, result.is_good), ("invalid", False))
        bent = copy.deepcopy(receipt)
        bent["inclusion"]["treeSize"] = 8
        self.assertEqual(self.check_many([(data, bent)])[0].verdict, "invalid")

    def test_the_log_is_complete_and_in_order(self):
        log = [(batch.root, batch.size) for batch in self.batches]
        self.assertTrue(verifier.prove_log(self.chain, self.issuer, log))
        (root, size) = log[1]
        for wrong in (log[:2], log[1:], log[::-1], log + log[:1], [log[0], (root, size + 1), log[2]], []):
            self.assertFalse(verifier.prove_log(self.chain, self.issuer, wrong))
        self.assertTrue(verifier.prove_log(self.chain, ISSUER, []))

    def test_pending_then_revoked_then_withdrawn(self):
        batch = Batch([credential(1000), credential(1001)], self.operator)
        data, receipt = batch.item(0)
        final_before = self.chain.final.number
        number = self.anchor(batch)
        self.chain.refresh()
        expected = "valid" if self.chain.final.number >= number else "pending"
        trusted = {(ISSUER_ID, self.operator)}
        self.assertEqual(verifier.check(data, receipt, self.chain, trusted).verdict, expected)
        self.assertGreaterEqual(self.chain.final.number, final_before)
        self.await_final(number)
        self.assertEqual(verifier.check(data, receipt, self.chain, trusted).verdict, "valid")
        digest = bytes.fromhex(receipt["digest"]["value"])
        self.send(self.operator, revoke_data(self.operator, [digest]))
        self.chain.refresh()
        self.assertEqual(verifier.check(data, receipt, self.chain, trusted).verdict, "revoked")
        self.assertEqual(verifier.check(*batch.item(1), self.chain, trusted).verdict, "valid")
        self.send(self.operator, call_data("withdraw(bytes32)", batch.root))
        self.chain.refresh()
        self.assertEqual(verifier.check(*batch.item(1), self.chain, trusted).verdict, "withdrawn")

    def test_the_command(self):
        data, receipt = self.batches[0].item(0)
        with tempfile.TemporaryDirectory() as folder:
            document, leaves = Path(folder, "badge.json"), Path(folder, "leaves")
            document.write_bytes(data)
            leaves.write_bytes(b"".join(self.batches[0].leaves))
            Path(folder, f"{receipt['digest']['value']}.receipt.json").write_text(json.dumps(receipt))
            program = [sys.executable, verifier.__file__]
            check = [*program, document, "--rpc", self.url]
            for more, status, last in [
                (["--issuer", f"{ISSUER_ID}=0x{self.issuer.hex()}"], 0, "valid"),
                ([], 1, "unknown_issuer"),
                (["--chain-id", "1"], 3, "unverifiable"),
                (["--receipt", Path(folder, "none")], 2, None),
            ]:
                done = subprocess.run(check + more, capture_output=True, text=True)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual(done.stdout.split()[-1:], [last] if last else [])
            done = subprocess.run([*program, "--leaves", leaves], capture_output=True, text=True)
            self.assertEqual(done.stdout.split(), [self.batches[0].root.hex(), "7"])

    def test_another_chain_and_other_code(self):
        data, receipt = self.batches[1].item(0)
        for chain_id, code_hash, age in ((1, CODE_HASH, 900), (31337, bytes(32), 900), (31337, CODE_HASH, -60)):
            chain = Chain(self.url, CONTRACT, chain_id, code_hash, max_age_s=age)
            bent = copy.deepcopy(receipt)
            bent["anchor"]["chainId"] = chain_id
            self.assertEqual(verifier.check(data, bent, chain, {(ISSUER_ID, self.issuer)}).verdict, "unverifiable")
        nowhere = Chain("http://127.0.0.1:9", CONTRACT, 31337, CODE_HASH)
        self.assertEqual(verifier.check(data, receipt, nowhere, ()).verdict, "unverifiable")


if __name__ == "__main__":
    unittest.main()
