"""Reads the registry contract over JSON-RPC, with Python's standard library alone.

All calls at one height name the block by its hash, so that new blocks or a reorg can't mix two states. Many calls go in
one HTTP request.
"""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

BATCH = 250  # calls in one HTTP request


class ChainError(Exception):
    """The endpoint is unreachable or returned an invalid answer."""


# -- keccak-256: Keccak[c = 512] with the padding 0x01 of the original submission, as used by Ethereum

_MASK = 2**64 - 1


def _round_constants():
    """The constants of iota, from the feedback register of FIPS 202 section 3.2.5."""
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << (2**j - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


def _rotations():
    """Of rho and pi in one walk: (from, to, bits) over lanes numbered x + 5y."""
    walk, x, y = [(0, 0, 0)], 1, 0
    for t in range(24):
        to_x, to_y = y, (2 * x + 3 * y) % 5
        walk.append((x + 5 * y, to_x + 5 * to_y, (t + 1) * (t + 2) // 2 % 64))
        x, y = to_x, to_y
    return walk


_IOTA, _RHO_PI = _round_constants(), _rotations()


def _rotate(lane, bits):
    return (lane << bits | lane >> (64 - bits)) & _MASK


def _permute(a):
    b = [0] * 25
    for iota in _IOTA:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[(x + 4) % 5] ^ _rotate(c[(x + 1) % 5], 1) for x in range(5)]
        for source, target, bits in _RHO_PI:
            b[target] = _rotate(a[source] ^ d[source % 5], bits)
        for y in range(0, 25, 5):
            for x in range(5):
                a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & _MASK & b[y + (x + 2) % 5])
        a[0] ^= iota


def keccak256(data):
    rate = 136
    padded = bytearray(data) + bytes(rate - len(data) % rate)
    padded[len(data)] |= 0x01
    padded[-1] |= 0x80
    state = [0] * 25
    for block in range(0, len(padded), rate):
        for lane in range(rate // 8):
            state[lane] ^= int.from_bytes(padded[block + 8 * lane : block + 8 * lane + 8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


# -- call data

_SELECTORS = {}


def _selector(signature):
    if signature not in _SELECTORS:
        _SELECTORS[signature] = keccak256(signature.encode())[:4]
    return _SELECTORS[signature]


def _word(value):
    return value.to_bytes(32, "big") if isinstance(value, int) else bytes(32 - len(value)) + value


def call_data(signature, *values, path=None):
    """ABI words: integers, addresses of 20 bytes, hashes of 32 bytes; path is a final bytes32[] argument."""
    data = _selector(signature) + b"".join(map(_word, values))
    if path is not None:
        data += _word(32 * (len(values) + 1)) + _word(len(path)) + b"".join(path)
    return "0x" + data.hex()


def revoke_data(issuer, digests, reason=0):
    """A call of revoke(), whose list is not the last argument."""
    return call_data("revoke(address,bytes32[],uint8)", issuer, 96, reason, len(digests), *digests)


def _words(answer, count):
    if not isinstance(answer, str) or not answer.startswith("0x"):
        raise ChainError("the chain answered a call with no bytes")
    try:
        data = bytes.fromhex(answer[2:])
    except ValueError:
        raise ChainError("the chain answered a call with no hex") from None
    if len(data) != 32 * count:
        raise ChainError(f"the contract answered {len(data)} bytes where {32 * count} were due")
    return [data[i : i + 32] for i in range(0, len(data), 32)]


def _u64(word):
    value = int.from_bytes(word, "big")
    if value >= 2**64:
        raise ChainError("the contract answered a number beyond 64 bits")
    return value


@dataclass(frozen=True)
class Anchor:
    sequence: int
    tree_size: int
    time: int
    block_number: int


@dataclass(frozen=True)
class Block:
    number: int
    hash: str
    time: int


class Chain:
    """One contract of one chain, as seen by one endpoint at two blocks: the finalized one and the latest.

    url         of the endpoint
    contract    20 bytes
    chain_id    the trusted chain; the first request refuses an endpoint of another chain
    code_hash   keccak-256 of the contract's code
    max_age_s   a latest block older than this is stale
    """

    def __init__(self, url, contract, chain_id, code_hash, max_age_s=900, timeout_s=300):
        self.url, self.contract, self.chain_id, self.code_hash = url, contract, chain_id, code_hash
        self.max_age_s, self.timeout_s = max_age_s, timeout_s
        self._final = self._latest = None
        self._anchors = {}

    # -- JSON-RPC

    def request(self, calls):
        """Results of [(method, parameters)], in order; an RPC error is a ChainError in its place."""
        answers = []
        for first in range(0, len(calls), BATCH):
            answers += self._send(calls[first : first + BATCH])
        return answers

    def _send(self, calls):
        body = [
            {"jsonrpc": "2.0", "id": i, "method": method, "params": parameters}
            for i, (method, parameters) in enumerate(calls)
        ]
        http = urllib.request.Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(http, timeout=self.timeout_s) as reply:
                replies = json.load(reply)
        except (OSError, ValueError) as error:
            raise ChainError(f"{self.url} is unreachable: {error}") from None
        if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
            raise ChainError(f"{self.url} does not support batches of requests")
        by_id = {reply.get("id"): reply for reply in replies}
        return [self._result(by_id.get(i)) for i in range(len(calls))]

    @staticmethod
    def _result(reply):
        if reply is None or "result" not in reply:
            return ChainError(f"the chain refused: {(reply or {}).get('error', 'no answer')}")
        return reply["result"]

    def _ask(self, method, *parameters):
        (answer,) = self.request([(method, list(parameters))])
        if isinstance(answer, ChainError):
            raise answer
        return answer

    # -- which chain, which code, which blocks

    def refresh(self):
        """Reads the finalized and the latest block again, and checks that chain and code are the trusted ones."""
        self._anchors.clear()
        self._final, self._latest = self._block("finalized"), self._block("latest")
        if self._latest.time + self.max_age_s < time.time():
            raise ChainError("the latest block is too old")
        if int(self._ask("eth_chainId"), 16) != self.chain_id:
            raise ChainError(f"this is not chain {self.chain_id}")
        code = bytes.fromhex(self._ask("eth_getCode", "0x" + self.contract.hex(), self._at(self._latest))[2:])
        if keccak256(code) != self.code_hash:
            raise ChainError("the code at the contract's address is not the registry's")

    def _block(self, tag):
        block = self._ask("eth_getBlockByNumber", tag, False)
        if not isinstance(block, dict):
            raise ChainError(f"the chain has no {tag} block")
        return Block(int(block["number"], 16), block["hash"], int(block["timestamp"], 16))

    @property
    def final(self):
        if self._final is None:
            self.refresh()
        return self._final

    @property
    def latest(self):
        if self._latest is None:
            self.refresh()
        return self._latest

    @staticmethod
    def _at(block):
        return {"blockHash": block.hash}

    # -- the contract

    def calls(self, block, calls):
        """Results of [(call data, number of words)] at one block: lists of words, or a ChainError in their place."""
        requests = [
            ("eth_call", [{"to": "0x" + self.contract.hex(), "data": data}, self._at(block)]) for data, _ in calls
        ]
        answers = []
        for answer, (_, n_words) in zip(self.request(requests), calls):
            try:
                answers.append(answer if isinstance(answer, ChainError) else _words(answer, n_words))
            except ChainError as error:
                answers.append(error)
        return answers

    def anchors(self, block, keys):
        """Fetches the anchors of [(issuer, root)] in one request and caches them for anchor()."""
        missing = [key for key in dict.fromkeys(keys) if (block.hash, key) not in self._anchors]
        calls = [(call_data("anchorOf(address,bytes32)", *key), 4) for key in missing]
        for key, words in zip(missing, self.calls(block, calls)):
            if isinstance(words, ChainError):
                raise words
            self._anchors[block.hash, key] = Anchor(*map(_u64, words))

    def anchor(self, block, issuer, root):
        """An Anchor; its tree_size is 0 if the root is not anchored."""
        self.anchors(block, [(issuer, root)])
        return self._anchors[block.hash, (issuer, root)]

    def log(self, block, issuer):
        """(count, head of 24 bytes) of an issuer's log."""
        (words,) = self.calls(block, [(call_data("logOf(address)", issuer), 2)])
        if isinstance(words, ChainError):
            raise words
        return _u64(words[0]), words[1][:24]

    @staticmethod
    def withdrawn_call(issuer, root):
        return call_data("withdrawnAt(address,bytes32)", issuer, root), 1

    @staticmethod
    def revoked_call(issuer, digest):
        return call_data("revokedAt(address,bytes32)", issuer, digest), 2

    @staticmethod
    def good_call(issuer, root, digest, salt, index, path):
        signature = "isGood(address,bytes32,bytes32,bytes32,uint64,bytes32[])"
        return call_data(signature, issuer, root, digest, salt, index, path=path), 1
