"""A fake chain with a mempool and several providers, for situations that are too rare on a real chain.

    chain = Chain(operator, issuer)
    first, second = Provider(chain), Provider(chain)
    first.fault("eth_getBlockByNumber", http(429, {"Retry-After": "1"}), times=2)

A Chain has blocks, a pool with geth's rules (or stricter ones), balances and the registry contract. Providers share a
chain, or each has its own. A provider has a port, its own view (behind, or frozen) and faults that the test turns on
and off. The chain decodes and keeps every raw transaction that arrives. It assumes that the operator is the sender: the
tests with a real chain check signatures.
"""

import contextlib
import http.server
import json
import math
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from node import WAIT_S
from registry_client import keccak256

ROOT = Path(__file__).resolve().parents[2]
ARTIFACT = json.loads((ROOT / "contracts" / "BadgeRegistry.json").read_text())
CONTRACT = ARTIFACT["address"].lower()
CODE = ARTIFACT["deployedBytecode"]
GWEI = 10**9
ANCHORED = "0x" + keccak256(b"Anchored(address,bytes32,address,uint64,uint64)").hex()
EVENT_TOPICS = {  # the topics of events about credentials, batches and operators
    name: "0x" + keccak256(f"{name}({types})".encode()).hex()
    for name, types in {"Revoked": "address,bytes32,address,uint8", "Restored": "address,bytes32",
                        "Withdrawn": "address,bytes32", "OperatorChanged": "address,address,bool"}.items()
}  # fmt: skip
GAS = 55930


def selector(signature):
    return keccak256(signature.encode())[:4]


ANCHOR = selector("anchor(address,bytes32,uint64)")
ANCHOR_OF = selector("anchorOf(address,bytes32)")
LOG_OF = selector("logOf(address)")
WITHDRAWN_AT = selector("withdrawnAt(address,bytes32)")
IS_OPERATOR = selector("isOperator(address,address)")
ALREADY_ANCHORED = selector("AlreadyAnchored()")
NOT_OPERATOR = selector("NotOperator()")


class RpcError(Exception):
    def __init__(self, message, code=-32000, data=None):
        super().__init__(message)
        self.code, self.data = code, data


# -- transactions


def rlp_decode(data):
    """Canonical RLP of exactly these bytes: nested lists of bytes."""
    item, rest = _rlp_item(data)
    if rest:
        raise ValueError("bytes after the item")
    return item


def _rlp_item(data):
    first = data[0]
    if first < 0x80:
        return data[:1], data[1:]
    is_list = first >= 0xC0
    base = 0xC0 if is_list else 0x80
    if first - base < 56:
        start, length = 1, first - base
    else:
        n = first - base - 55
        start, length = 1 + n, int.from_bytes(data[1 : 1 + n], "big")
        if length < 56 or data[1] == 0:
            raise ValueError("a length that is not canonical")
    body, rest = data[start : start + length], data[start + length :]
    if len(body) != length or (not is_list and length == 1 and body[0] < 0x80):
        raise ValueError("not canonical")
    if not is_list:
        return body, rest
    items = []
    while body:
        item, body = _rlp_item(body)
        items.append(item)
    return items, rest


def number(data):
    if data[:1] == b"\0":
        raise ValueError("a number with a leading zero")
    return int.from_bytes(data, "big")


@dataclass(frozen=True)
class Transaction:
    hash: str
    nonce: int
    tip: int
    fee: int
    gas: int
    legacy: bool
    chain_id: int
    issuer: str
    root: str
    tree_size: int

    @staticmethod
    def decode(raw):
        legacy = raw[0] >= 0xC0
        items = rlp_decode(raw if legacy else raw[1:])
        if legacy:
            nonce, price, gas, to, value, data, v, _, _ = items
            chain_id, tip, fee = (number(v) - 35) // 2, number(price), number(price)
        else:
            assert raw[0] == 2, "unexpected transaction type"
            chain, nonce, tip, fee, gas, to, value, data, access, parity, _, _ = items
            assert access == [] and number(parity) < 2
            chain_id, tip, fee = number(chain), number(tip), number(fee)
        assert to.hex() == CONTRACT[2:] and value == b"" and data[:4] == ANCHOR and len(data) == 100
        return Transaction("0x" + keccak256(raw).hex(), number(nonce), tip, fee, number(gas), legacy, chain_id,
                           "0x" + data[16:36].hex(), "0x" + data[36:68].hex(), int.from_bytes(data[68:], "big"))  # fmt: skip


# -- the chain


@dataclass
class Block:
    number: int
    hash: str
    time: int
    base_fee: int
    transactions: list = field(default_factory=list)
    anchored: list = field(default_factory=list)  # (root, tree size) of each anchor
    failed: set = field(default_factory=set)  # hashes of reverted transactions
    events: list = field(default_factory=list)  # (name in EVENT_TOPICS, subject, account)

    def json(self, legacy):
        block = {"number": hex(self.number), "hash": self.hash, "timestamp": hex(self.time), "transactions": []}
        return block if legacy else block | {"baseFeePerGas": hex(self.base_fee)}


class Chain:
    """block_s: seconds between blocks, which a thread makes from start() on. All under one lock."""

    def __init__(self, operator, issuer, block_s=0.5, chain_id=31337):
        self.operator, self.issuer, self.block_s, self.chain_id = operator.lower(), issuer.lower(), block_s, chain_id
        self.lock = threading.RLock()
        self.base_fee, self.tip, self.balance = GWEI, GWEI, 10**18
        self.legacy, self.has_finality, self.finality_lag = False, True, 2
        self.final_most = math.inf  # blocks above it are not final
        self.strict_pool, self.min_tip = False, 0
        self.min_fee_mined = 0  # a transaction that pays less is stuck
        self.includes = True  # False: blocks stay empty
        self.revert_next = 0  # the next so many transactions revert, out of gas
        self.allowed = True  # what isOperator returns
        self.first_nonce = 0  # of the operator, at the beginning
        self.issuer_since = 1  # the block of the issuer's first transaction
        self.next_events = []  # go into the next block
        self.pool, self.sent, self.fork = {}, [], 0
        self.blocks = []
        now = time.time()
        for i in range(20, -1, -1):
            self._append(int(now - i * block_s))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    # -- start and stop

    def start(self):
        self._thread.start()

    def stop(self):
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(WAIT_S)

    def _run(self):
        while not self._stop.wait(self.block_s):
            self.mine()

    def mine(self, n=1):
        with self.lock:
            for _ in range(n):
                self._append(max(int(time.time()), self.blocks[-1].time))

    def _append(self, seconds):
        height = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else ""
        hash_ = "0x" + keccak256(f"{self.chain_id} {self.fork} {height} {parent}".encode()).hex()
        block = Block(height, hash_, seconds, self.base_fee)
        self.blocks.append(block)
        block.events, self.next_events = self.next_events, []
        while self.includes and (transaction := self.pool.get(self.nonce())) and self._pays(transaction):
            del self.pool[transaction.nonce]
            self._execute(block, transaction)

    def _pays(self, transaction):
        return transaction.fee >= max(self.base_fee, self.min_fee_mined)

    def _execute(self, block, transaction):
        fails = self.revert_next > 0 or self.error_of(transaction.issuer, transaction.root)
        self.revert_next -= self.revert_next > 0
        block.transactions.append(transaction)
        if fails:
            block.failed.add(transaction.hash)
        else:
            block.anchored.append((transaction.root, transaction.tree_size))

    def reorganize(self, depth, keep=True):
        """Replaces the last `depth` blocks and adds one. keep: their transactions return to the pool."""
        with self.lock:
            lost, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
            self.fork += 1
            if keep:
                self.pool |= {t.nonce: t for block in lost for t in block.transactions}
            includes, self.includes = self.includes, False
            for block in lost:
                self._append(block.time)
            self.includes = includes
            self._append(max(int(time.time()), lost[-1].time))

    def hold_finality(self, held=True):
        """No later block becomes final while the test runs."""
        with self.lock:
            self.final_most = max(0, len(self.blocks) - 1 - self.finality_lag) if held else math.inf

    def emit(self, name, subject, account=None):
        """Emits an event of the registry in a new block. Returns that block."""
        with self.lock:
            self.next_events.append((name, subject, account or self.operator))
            self.mine()
            return self.blocks[-1]

    # -- state

    def nonce(self, height=None):
        return self.first_nonce + sum(len(b.transactions) for b in self.upto(height))

    def upto(self, height):
        return self.blocks if height is None else self.blocks[: height + 1]

    def anchors(self, height=None):
        """root → (sequence, tree size, time, block number)"""
        found = {}
        for block in self.upto(height):
            for root, size in block.anchored:
                found[root] = (len(found) + 1, size, block.time, block.number)
        return found

    def error_of(self, issuer, root):
        if issuer != self.issuer or not self.allowed:
            return NOT_OPERATOR
        return ALREADY_ANCHORED if root in self.anchors() else None

    def take(self, raw):
        """eth_sendRawTransaction, as geth's pool answers."""
        with self.lock:
            transaction = Transaction.decode(raw)
            self.sent.append(transaction)
            known = self.pool.get(transaction.nonce)
            if transaction.chain_id != self.chain_id:
                raise RpcError("invalid chain id for signer")
            if known and known.hash == transaction.hash:
                raise RpcError("already known")
            if transaction.nonce < self.nonce():
                raise RpcError(f"nonce too low: next nonce {self.nonce()}, tx nonce {transaction.nonce}")
            if transaction.tip < self.min_tip:
                raise RpcError("transaction underpriced: gas tip cap below the minimum")
            if transaction.gas * transaction.fee > self.balance:
                raise RpcError("insufficient funds for gas * price + value")
            if known and not (self._replaces(known.fee, transaction.fee) and self._replaces(known.tip, transaction.tip)):
                raise RpcError("replacement transaction underpriced")
            self.pool[transaction.nonce] = transaction
            return transaction.hash

    def _replaces(self, old, new):
        """geth: at least a tenth more. Strict: more than an eighth more, not just an eighth."""
        return new * 1000 > old * 1125 if self.strict_pool else new * 100 >= old * 110 and new > old

    def drop_pool(self):
        with self.lock:
            self.pool.clear()


# -- the contract


def words(*values):
    return "0x" + "".join(f"{value:064x}" for value in values)


def log_of(chain, height):
    head, anchors = bytes(24), chain.anchors(height)
    for root, (_, size, _, _) in anchors.items():
        head = keccak256(head + bytes.fromhex(root[2:]) + size.to_bytes(8, "big"))[:24]
    return words(len(anchors)) + head.hex() + "00" * 8


def call(chain, data, height):
    what, arguments = data[:4], data[4:]
    account = "0x" + arguments[12:32].hex()
    if what == IS_OPERATOR:
        is_operator = account == chain.issuer and "0x" + arguments[44:64].hex() == chain.operator
        return words(int(is_operator and chain.allowed))
    if what == ANCHOR_OF:
        found = chain.anchors(height).get("0x" + arguments[32:64].hex()) if account == chain.issuer else None
        return words(*(found or (0, 0, 0, 0)))
    if what == LOG_OF:
        return log_of(chain, height) if account == chain.issuer else words(0, 0)
    if what == ANCHOR:
        if error := chain.error_of(account, "0x" + arguments[32:64].hex()):
            raise RpcError("execution reverted", 3, "0x" + error.hex())
        return "0x"
    if what == WITHDRAWN_AT:
        wanted = ("Withdrawn", arguments[32:].hex())
        found = [b.time for b in chain.upto(height) for event in b.events if event[:2] == wanted]
        return words(found[0] if found else 0)
    raise RpcError("execution reverted", 3, "0x")


def topic(account):
    return "0x" + "00" * 12 + account[2:]


def event(chain, block, root, size, transaction):
    return {
        "address": CONTRACT, "topics": [ANCHORED, topic(chain.issuer), root, topic(chain.operator)],
        "data": words(chain.anchors()[root][0], size), "blockNumber": hex(block.number), "blockHash": block.hash,
        "transactionHash": transaction, "logIndex": "0x0", "removed": False,
    }  # fmt: skip


def registry_event(chain, block, i):
    name, subject, account = block.events[i]
    about = [topic(account)] if name == "OperatorChanged" else ["0x" + subject]
    about += [topic(account)] if name == "Revoked" else []
    data = {"OperatorChanged": lambda: words(int(subject)), "Revoked": lambda: words(0)}.get(name, lambda: "0x")()
    return {
        "address": CONTRACT, "topics": [EVENT_TOPICS[name], topic(chain.issuer), *about], "data": data, "blockNumber": hex(block.number),
        "blockHash": block.hash, "transactionHash": "0x" + "5a" * 32, "logIndex": hex(i + 100), "removed": False,
    }  # fmt: skip


def receipt(chain, block, transaction):
    failed = transaction.hash in block.failed
    return {
        "transactionHash": transaction.hash, "blockHash": block.hash, "blockNumber": hex(block.number),
        "gasUsed": hex(GAS), "status": "0x0" if failed else "0x1", "type": "0x0" if transaction.legacy else "0x2",
        "logs": [] if failed else [event(chain, block, transaction.root, transaction.tree_size, transaction.hash)],
    }  # fmt: skip


# -- providers


class Hangup(Exception):
    """The connection ends without an answer."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *where):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a node that is killed resets its connections
            super().handle_error(*where)


class Provider:
    """One endpoint. lag: blocks behind; frozen: shows no block beyond the head it had when frozen was set."""

    def __init__(self, chain):
        self.chain, self.lag, self._frozen = chain, 0, None
        self.max_range, self.pruned_below = 0, 0  # of eth_getLogs
        self.calls, self.faults = [], []
        self.lock = threading.Lock()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                provider._serve(self)

            def log_message(self, *_):
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.closing = threading.Event()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    # -- its view of the chain

    def freeze(self, frozen=True):
        self._frozen = self.height() if frozen else None

    def height(self):
        top = len(self.chain.blocks) - 1
        return max(0, min(top if self._frozen is None else self._frozen, top - self.lag))

    def count(self, method):
        with self.lock:
            return sum(1 for _, called in self.calls if called == method)

    # -- faults: a behaviour is a function of (handler, request, honest), where honest() is the true answer

    def fault(self, method, behaviour, times=None):
        """For a method, or None for all; the one set last takes precedence. Returns the argument for heal()."""
        fault = [method, behaviour, times]
        with self.lock:
            self.faults.insert(0, fault)
        return fault

    def heal(self, fault=None):
        with self.lock:
            self.faults = [f for f in self.faults if fault is not None and f is not fault]

    def _behaviour(self, method):
        with self.lock:
            self.calls.append((time.monotonic(), method))
            for fault in self.faults:
                if fault[0] in (None, method) and (fault[2] is None or fault[2] > 0):
                    if fault[2] is not None:
                        fault[2] -= 1
                    return fault[1]
        return None

    def _serve(self, handler):
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        behaviour = self._behaviour(request["method"])
        with contextlib.suppress(OSError):
            try:
                if behaviour:
                    behaviour(handler, request, lambda: self.answer(request))
                else:
                    reply(handler, self.answer(request))
            except Hangup:
                handler.close_connection = True
                handler.connection.close()

    def answer(self, request):
        response = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            with self.chain.lock:
                return response | {"result": getattr(self, request["method"])(*request["params"])}
        except RpcError as error:
            more = {} if error.data is None else {"data": error.data}
            return response | {"error": {"code": error.code, "message": str(error)} | more}
        except AttributeError:
            return response | {"error": {"code": -32601, "message": "the method does not exist"}}

    # -- the JSON-RPC methods, under their own names

    def eth_chainId(self):
        return hex(self.chain.chain_id)

    def eth_getCode(self, account, _):
        return CODE if account.lower() == CONTRACT else "0x"

    def eth_getBalance(self, *_):
        return hex(self.chain.balance)

    def eth_getTransactionCount(self, account, which):
        if account.lower() == self.chain.issuer:
            return hex(int((self.height() if which == "latest" else int(which, 16)) >= self.chain.issuer_since))
        return hex(self.chain.nonce(self.height()))

    def eth_gasPrice(self):
        return hex(self.chain.base_fee + self.chain.tip)

    def eth_maxPriorityFeePerGas(self):
        if self.chain.legacy:
            raise RpcError("the method does not exist", -32601)
        return hex(self.chain.tip)

    def eth_blockNumber(self):
        return hex(self.height())

    def eth_getBlockByNumber(self, which, _):
        height = self.height()
        if which == "finalized":
            if not self.chain.has_finality:
                raise RpcError("invalid block tag: finalized", -32602)
            height = min(height - self.chain.finality_lag, self.chain.final_most)
        elif which != "latest":
            height = int(which, 16)
        if not 0 <= height <= self.height():
            return None
        return self.chain.blocks[height].json(self.chain.legacy)

    def eth_getBlockByHash(self, hash_, _):
        for block in self.chain.upto(self.height()):
            if block.hash == hash_:
                return block.json(self.chain.legacy)
        return None

    def eth_call(self, what, which):
        height = self.height() if which == "latest" else int(which, 16)
        return call(self.chain, bytes.fromhex(what["data"][2:]), height)

    def eth_estimateGas(self, what):
        call(self.chain, bytes.fromhex(what["data"][2:]), self.height())
        return hex(GAS)

    def eth_sendRawTransaction(self, raw):
        return self.chain.take(bytes.fromhex(raw[2:]))

    def eth_getTransactionReceipt(self, hash_):
        for block in self.chain.upto(self.height()):
            for transaction in block.transactions:
                if transaction.hash == hash_:
                    return receipt(self.chain, block, transaction)
        return None

    def eth_getLogs(self, query):
        first, last = int(query["fromBlock"], 16), min(int(query["toBlock"], 16), self.height())
        kinds, _, root = (query["topics"] + [None, None])[:3]
        found = []
        if self.max_range and int(query["toBlock"], 16) - first >= self.max_range:
            raise RpcError(f"query exceeds max block range {self.max_range}", -32602)
        if first < self.pruned_below:
            raise RpcError("pruned history unavailable", 4444)
        for block in self.chain.blocks[first : last + 1]:
            for transaction in block.transactions:
                if transaction.hash not in block.failed and root in (None, transaction.root):
                    found.append(event(self.chain, block, transaction.root, transaction.tree_size, transaction.hash))
            found += [registry_event(self.chain, block, i) for i in range(len(block.events))]
        return [one for one in found if one["topics"][0] in kinds]


# -- behaviours


def send(handler, status, headers, body):
    handler.send_response(status)
    for name, value in ({"Content-Type": "application/json"} | headers).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def reply(handler, answer):
    send(handler, 200, {}, json.dumps(answer).encode())


def http_status(status, headers=None, body=b"no"):
    return lambda handler, request, honest: send(handler, status, headers or {}, body)


def body(text, media="application/json"):
    return lambda handler, request, honest: send(handler, 200, {"Content-Type": media}, text)


def truncated(handler, request, honest):
    text = json.dumps(honest()).encode()
    send(handler, 200, {}, text[: len(text) // 2])


def huge(handler, request, honest):
    """Thirty megabytes of valid JSON: only the size limit can refuse it."""
    send(handler, 200, {}, json.dumps(honest() | {"padding": "x" * 30_000_000}).encode())


def wrong_id(handler, request, honest):
    reply(handler, honest() | {"id": request["id"] + 1})


def error(message, code=-32000, data=None):
    def behave(handler, request, honest):
        more = {} if data is None else {"data": data}
        reply(handler, {"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message} | more})

    return behave


def result(change):
    """change: a value, or a function of the true result (and the parameters)."""

    def behave(handler, request, honest):
        value = change(honest().get("result"), request["params"]) if callable(change) else change
        reply(handler, {"jsonrpc": "2.0", "id": request["id"], "result": value})

    return behave


def answer_lost(handler, request, honest):
    """The request takes effect, and its response is lost."""
    honest()
    raise Hangup


def hang(provider):
    """No response until the provider closes."""

    def behave(handler, request, honest):
        provider.closing.wait(60)
        raise Hangup

    return behave
