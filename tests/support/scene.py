"""Scene: a real chain (anvil) with the registry, an issuer with an operator, and a node that anchors for them. `badge`
sets it up, as an institution would; only the keys are anvil's own, in keystores that are cheap to open.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keystore
import node as daemon
from credentials import ISSUER_ID
from node import WAIT_S, until
from registry_client import Chain
from verify_receipt import address

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "contracts" / "node_modules" / ".bin" / "anvil"
CAST = ANVIL.with_name("cast")
ARTIFACT = json.loads((ROOT / "contracts" / "BadgeRegistry.json").read_text())
CHAIN_ID = 31337


def badge(*arguments, check=True, text=True, **more):
    """Runs `badge` and returns the finished process; with check, raises for an exit status other than 0."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BADGE_")}
    environment |= {"HOME": "/nonexistent", "XDG_CONFIG_HOME": ""} | more.pop("env", {})
    command = [daemon.BADGE, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=text, timeout=WAIT_S, env=environment, **more)
    if check and done.returncode:
        raise RuntimeError(f"badge {' '.join(command[1:6])} … ended with {done.returncode}: {done.stderr[-2000:]}")
    return done


class Scene:
    """A context manager. settings are the node's; with node=False, start_node() starts it later. anvil: its options,
    by default blocks twice a second, all but the last two final."""

    def __init__(self, settings=None, node=True, anvil=("--block-time", "0.5", "--slots-in-an-epoch", "1")):
        self.folder = Path(tempfile.mkdtemp(prefix="badged-scene-"))
        self.anvil = self.node = None
        self._settings, self._with_node, self._anvil_options = settings or {}, node, anvil

    def __enter__(self):
        try:
            self._start_chain()
            self._make_issuer()
            if self._with_node:
                self.start_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.node and self.node.process:
                status = self.node.stop()
                assert status == 0, f"the node ended with {status}:\n{''.join(self.node.log[-40:])}"
        finally:
            if self.anvil:
                self.anvil.terminate()
                self.anvil.wait(WAIT_S)
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- the chain

    def _start_chain(self):
        log = self._anvil_log = self.folder / "anvil.log"
        command = [ANVIL, "--port", "0", *self._anvil_options]
        with log.open("w") as out:
            self.anvil = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        listening = until("anvil listens", lambda: re.search(r"Listening on ([\d.:]+)\n", log.read_text()))
        self.rpc = "http://" + listening[1]
        code_hash = bytes.fromhex(ARTIFACT["codeHash"][2:])
        self.chain = Chain(self.rpc, address(ARTIFACT["address"]), CHAIN_ID, code_hash)

    def ask(self, method, *parameters):
        return self.chain._ask(method, *parameters)

    def send(self, sender, data):
        """Sends a transaction to the registry from one of anvil's accounts; returns the number of its block."""
        sent = self.ask("eth_sendTransaction", {"from": sender, "to": ARTIFACT["address"], "data": data, "gas": hex(10**7)})
        receipt = until("the transaction is mined", lambda: self.ask("eth_getTransactionReceipt", sent))
        assert receipt["status"] == "0x1", receipt
        return int(receipt["blockNumber"], 16)

    def await_final(self, block):
        finalized = lambda: int(self.ask("eth_getBlockByNumber", "finalized", False)["number"], 16)
        until(f"block {block} is final", lambda: finalized() >= block)

    @contextlib.contextmanager
    def no_blocks(self):
        """The chain creates only the blocks that the test requests."""
        self.ask("evm_setIntervalMining", 0)
        try:
            yield
        finally:
            self.ask("evm_setIntervalMining", 1)

    def _make_issuer(self):
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text("open\n")
        self.issuer_key, self.operator_key = self.folder / "issuer.json", self.folder / "operator.json"
        self.issuer, self.operator = self.ask("eth_accounts")[:2]
        printed = re.findall(r"\(\d\) 0x([0-9a-f]{64})\n", self._anvil_log.read_text())
        for file, key, account in zip((self.issuer_key, self.operator_key), printed, (self.issuer, self.operator)):
            keystore.write(file, bytes.fromhex(key), account, b"open")
        badge("deploy", *self.as_issuer)
        badge("operator", "add", self.operator, *self.as_issuer)
        badge("accredit", self.issuer, "--subject", ISSUER_ID, *self.as_issuer)

    @property
    def as_issuer(self):
        """Arguments for commands that sign as the issuer."""
        return ("--rpc", self.rpc, "--keystore", self.issuer_key, "--passphrase-file", self.passphrase)

    # -- the node

    def start_node(self):
        """Starts the node, or restarts it on the same store."""
        if self.node is None:
            settings = {
                "chain.rpc": self.rpc,
                "chain.issuer": self.issuer,
                "chain.keystore": self.operator_key,
                "chain.passphrase_file": self.passphrase,
            } | self._settings
            self.node = daemon.Node(settings, self.folder)
        self.node.start()
        return self.node

    @property
    def url(self):
        return f"http://127.0.0.1:{self.node.port}"

    def token_file(self, scope):
        file = self.folder / f"{scope}.token"
        file.write_text(self.node.tokens[scope] + "\n")
        return file

    def in_parallel(self, work, items, threads=8):
        """Calls work(connection, item) for all items, each thread with its own connection. Results in order."""
        items = list(items)
        shares = [items[i::threads] for i in range(threads)]

        def share(mine):
            connection = self.node.connect()
            try:
                return [work(connection, item) for item in mine]
            finally:
                connection.close()

        results = [None] * len(items)
        with ThreadPoolExecutor(threads) as pool:
            for i, part in enumerate(pool.map(share, shares)):
                results[i::threads] = part
        return results

    def batches(self):
        """All batches of the node, the oldest first, read page by page."""
        path, found = "/v1/batches?limit=50", []
        while path:
            answer = self.node.get(path)
            assert answer.status == 200, answer.body
            found += answer.json()["batches"]
            link = re.match(r'<([^>]*)>; *rel="next"', answer.headers.get("Link") or "")
            path = link and re.sub("^https?://[^/]*", "", link[1])
        return found[::-1]

    def seal_all(self, timeout_s=WAIT_S):
        """Seals what is pending, and waits until every batch is final."""
        while self.node.request("POST", "/v1/batches", scope="admin").status != 204:
            pass
        try:
            until("all batches are final", lambda: all(b["state"] == "final" for b in self.batches()), timeout_s)
        except RuntimeError as error:
            states = [(batch["number"], batch["state"]) for batch in self.batches() if batch["state"] != "final"]
            log = "".join(self.node.log[-10:])
            raise RuntimeError(f"{error}; not final: {states}; the log ends with\n{log}") from None
