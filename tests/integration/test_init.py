#!/usr/bin/env python3
"""`badge deploy`, `badge init` and `badge doctor`: from nothing to a badge that strangers find valid."""

import fcntl
import http.server
import json
import os
import pty
import re
import socket
import stat
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from did_host import DidHost
from liar import Liar, Served
from node import BADGE, BADGED, WAIT_S
from scene import ARTIFACT, CHAIN_ID, ROOT, Scene, badge, until

YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3
DEPLOY_GAS = 1540500  # GAS_DEPLOY of node/cli/support/gas.h
DID_KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
BLOCKS = ("--block-time", "0.5", "--slots-in-an-epoch", "1")


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


class Bare(Scene):
    """A chain with funded accounts in keystores, and nothing in the registry."""

    def __init__(self, anvil=BLOCKS):
        super().__init__(node=False, anvil=anvil)

    def _make_issuer(self):
        self._make_keys()


class Deploy(unittest.TestCase):
    """A chain without the deployment proxy, and the settings of a user."""

    def setUp(self):
        self.scene = self.enterContext(Bare((*BLOCKS, "--disable-default-create2-deployer")))
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.config = self.home / ".config" / "badge" / "config"

    def deploy(self, *more, **environment):
        done = badge("deploy", *self.scene.as_issuer, "--json", *more, env={"HOME": self.home, **environment})
        return json.loads(done.stdout), done.stderr

    def test_once(self):
        first, warned = self.deploy()
        self.assertTrue(first["changed"])
        self.assertNotEqual(first["contract"], ARTIFACT["address"])
        self.assertIn("not at its usual address", warned)
        self.assertEqual(self.config.read_text(), f"contract = {first['contract']}\n")
        self.assertEqual(mode(self.config), 0o600)
        known = {**first, "changed": False}
        for name in ("transaction", "block", "gas"):
            del known[name]
        self.assertEqual(self.deploy()[0], known)  # by the settings
        self.config.unlink()
        self.assertEqual(self.deploy()[0], known)  # by the account's own contracts
        self.assertEqual(self.config.read_text(), f"contract = {first['contract']}\n")
        badge("operator", "add", self.scene.operator, *self.scene.as_issuer, env={"HOME": self.home})  # knows it

    def test_what_the_settings_have_stays(self):
        self.config.parent.mkdir(parents=True)
        other = "0x" + "11" * 20
        self.config.write_text(f"node = http://127.0.0.1:1\ncontract={other}")
        answer, warned = self.deploy()
        self.assertEqual(self.config.read_text(), f"node = http://127.0.0.1:1\ncontract={other}")
        self.assertIn(f"names another contract, {other}", warned)
        self.assertIn(f"--contract {answer['contract']}", warned)

    def test_a_line_is_added(self):
        base = self.home / "xdg"
        real = self.home / "mine"
        real.write_text("# mine\nchain_id = 31337")
        real.chmod(0o640)
        (base / "badge").mkdir(parents=True)
        (base / "badge" / "config").symlink_to(real)
        answer, _ = self.deploy(XDG_CONFIG_HOME=base)
        self.assertEqual(real.read_text(), f"# mine\nchain_id = 31337\ncontract = {answer['contract']}\n")
        self.assertEqual(mode(real), 0o640)
        self.assertFalse(self.config.exists())

    def test_no_place_for_settings(self):
        answer, warned = self.deploy(HOME="/nonexistent")
        self.assertTrue(answer["changed"])
        self.assertIn("cannot write /nonexistent/.config/badge/config", warned)
        self.assertFalse(Path("/nonexistent").exists())


ISSUER = "https://university.example/issuers/1"
NOBODY = "http://127.0.0.1:1"
IDS = (ISSUER, "did:web:university.example", DID_KEY)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_credential(file, issuer, **more):
    achievement = {"id": "urn:example:1", "type": ["Achievement"], "name": "Course", "description": "A course.",
                   "criteria": {"narrative": "Passed."}}
    file.write_text(json.dumps({
        "@context": ["https://www.w3.org/ns/credentials/v2",
                     "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "University"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"type": ["AchievementSubject"], "achievement": achievement}} | more))
    return file


class Running:
    """badged, started with a configuration file of badge init."""

    def __init__(self, conf):
        self.conf = conf

    def __enter__(self):
        self.log = (self.conf.parent / "node.log").open("a")
        self.process = subprocess.Popen([BADGED, "--config", self.conf], stderr=self.log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        status = self.process.wait(WAIT_S)
        self.log.close()
        log = self.conf.with_name("node.log").read_text()
        assert status == 0 and " broken " not in log, f"the node ended with {status}:\n{log}"


class Institution(unittest.TestCase):
    """A chain, a user's home, and a folder for badge init."""

    blocks = BLOCKS

    def setUp(self):
        self.scene = self.enterContext(Bare(self.blocks))
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.dir = self.home / "node"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def badge(self, status, *arguments, **more):
        done = badge(*arguments, check=False, env={"HOME": self.home}, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def give_keys(self):
        """Keys that are cheap to open, where those are that badge init would make."""
        self.dir.mkdir()
        for kept, name in ((self.scene.issuer_key, "issuer.json"), (self.scene.operator_key, "operator.json"),
                           (self.scene.passphrase, "passphrase")):
            (self.dir / name).write_bytes(kept.read_bytes())
            (self.dir / name).chmod(0o600)

    def ids(self, ids=IDS):
        return [word for one in ids for word in ("--issuer-id", one)]

    def init(self, *more, status=YES, ids=IDS):
        done = self.badge(status, "init", "--dir", self.dir, "--rpc", self.scene.rpc, "--public-url", self.url, "--json",
                          *self.ids(ids), *more)
        return json.loads(done.stdout) if status == YES else done.stderr

    def credential(self, issuer):
        return write_credential(self.home / f"{uuid.uuid4()}.json", issuer)


class Init(Institution):
    def test_from_nothing_to_valid(self):
        made = self.init("--dev")
        self.assertEqual({Path(file["file"]).name: file["made"] for file in made["files"]}, dict.fromkeys(
            ("passphrase", "issuer.json", "operator.json", "badged.conf", "token", "did.json"), True))
        for file in made["files"]:
            self.assertEqual(mode(Path(file["file"])), 0o644 if file["file"].endswith("did.json") else 0o600, file)
        self.assertEqual(made["issuerIds"], list(IDS))
        did_document = json.loads((self.dir / "did.json").read_text())
        service, = did_document["service"]
        since = service["serviceEndpoint"].pop("since")
        self.assertLess(abs(time.time() - datetime.fromisoformat(since).timestamp()), 600)
        self.assertEqual(service, {
            "id": did_document["id"] + "#badge-registry", "type": "BadgeRegistry", "serviceEndpoint": {
                "chain": f"eip155:{CHAIN_ID}", "contract": made["contract"], "account": made["issuer"]}})
        self.assertEqual(made["contract"], ARTIFACT["address"])
        self.assertEqual([change["changed"] for change in made["changes"]], [True] * 5)
        self.assertEqual(made["changes"][0]["gas"], DEPLOY_GAS)
        self.assertFalse((self.home / ".config").exists())  # a development chain is nothing to remember

        badges = [self.credential(one) for one in IDS]
        with Running(self.dir / "badged.conf"):
            submit = ("submit", *badges, "--wait", "final", "--node", self.url, "--token-file", self.dir / "token")
            until("the node listens", lambda: badge(*submit, check=False).returncode == YES)
            other = self.badge(NO, "submit", self.credential("https://elsewhere.example"), "--node", self.url,
                               "--token-file", self.dir / "token")
            self.assertIn("add the issuer's id to intake.issuers", other.stderr)
        for file in badges:  # by a stranger, who has the file, the receipt and an accreditor
            done = self.badge(YES, "verify", file, "--rpc", self.scene.rpc, "--accreditor", made["issuer"], "--json")
            self.assertEqual(json.loads(done.stdout)["verdict"], "valid")

    def test_again(self):
        self.give_keys()
        first = self.init("--dev")
        before = {file: file.read_bytes() for file in self.dir.iterdir() if file.is_file()}
        again = self.init("--dev")
        self.assertEqual({file: file.read_bytes() for file in self.dir.iterdir() if file.is_file()}, before)
        self.assertFalse(any(file["made"] for file in again["files"]))
        self.assertFalse(any(change["changed"] for change in again["changes"]))
        for name in ("issuer", "operator", "contract", "chainId", "issuerIds", "dir"):
            self.assertEqual(first[name], again[name])
        text = self.badge(YES, "init", "--dir", self.dir, "--yes").stdout  # badged.conf has all that it needs
        self.assertEqual(text.count("\nkept  "), 5)
        self.assertIn("kept  ", text)
        self.assertIn(f"--accreditor {first['issuer']}", text)
        self.assertNotIn((self.dir / "token").read_text().strip(), text)

    def test_a_contradiction_to_what_is_kept(self):
        self.give_keys()
        self.init("--dev")
        for flags in (("--chain-id", "1"), ("--name", "Other"), ("--store", "/elsewhere")):
            self.assertIn("badged.conf, which is kept, has", self.init("--dev", *flags, status=USAGE))
        more = self.badge(YES, "init", "--dir", self.dir, "--yes", "--issuer-id", "https://new.example", "--json")
        self.assertIn("add it to intake.issuers", more.stderr)
        changed = [change for change in json.loads(more.stdout)["changes"] if change["changed"]]
        self.assertEqual([change["subject"] for change in changed], ["https://new.example"])

    def test_the_issuer_key_is_kept_elsewhere(self):
        self.give_keys()
        first = self.init("--dev")
        key, moved = self.dir / "issuer.json", self.home / "safe.json"
        key.rename(moved)
        again = self.init("--dev")
        self.assertEqual(again["issuer"], first["issuer"])
        self.assertFalse(key.exists())
        refused = self.init("--dev", status=USAGE, ids=("https://new.example",))
        self.assertIn("name it with --keystore FILE", refused)
        self.assertFalse(key.exists())
        self.init("--dev", "--keystore", moved, ids=("https://new.example",))
        self.assertFalse(key.exists())
        other = self.dir / "operator.json"
        self.assertIn("is the key of another account", self.init("--dev", "--keystore", other, status=USAGE))

    def test_the_passphrase_is_missing(self):
        self.give_keys()
        (self.dir / "passphrase").unlink()
        self.assertIn("passphrase", self.init("--dev", status=USAGE))
        self.assertFalse((self.dir / "passphrase").exists())  # another one would open nothing
        self.init("--dev", "--passphrase-file", self.scene.passphrase)
        again = self.init("--dev")  # there is nothing to sign
        self.assertFalse(any(change["changed"] for change in again["changes"]))
        self.assertFalse((self.dir / "passphrase").exists())

    def test_money(self):
        """A chain that is not of development: the cost first, then the question, then the funds."""
        self.give_keys()
        for account in (self.scene.issuer, self.scene.operator):
            self.scene.ask("anvil_setBalance", account, "0x0")
        chain = ("--chain-id", CHAIN_ID)
        refused = self.init(status=USAGE)
        self.assertRegex(refused, r"setting up costs about 0\.\d+ of its ether \(\d+ gas\)")
        self.assertIn("There is nobody to ask: say so with --yes", refused)
        (self.dir / "badged.conf").unlink()
        self.assertIn("name the chain with --chain-id", self.init("--yes", status=USAGE))
        poor = self.init("--yes", *chain, status=NO)
        account = json.loads(self.badge(YES, "address", self.dir / "issuer.json", "--json").stdout)["address"]
        self.assertRegex(poor, rf"send at least 0\.\d+ ether on chain {CHAIN_ID} .* to the issuer's account {account}, "
                               "which has 0 .*run the same command again")
        self.assertEqual(self.scene.ask("eth_getCode", ARTIFACT["address"], "latest"), "0x")
        self.scene.ask("anvil_setBalance", account, hex(10**18))
        done = self.init("--yes", *chain)
        self.assertEqual(done["issuer"], account)
        config = self.home / ".config" / "badge" / "config"
        self.assertEqual(config.read_text(), f"contract = {ARTIFACT['address']}\n")

    def test_waiting_for_funds(self):
        """What is named is enough to the last digit, for both accounts, and what is still missing is said again."""
        self.give_keys()
        for account in (self.scene.issuer, self.scene.operator):
            self.scene.ask("anvil_setBalance", account, "0x0")
        said = self.home / "said"
        with said.open("w") as errors:
            waiting = subprocess.Popen([BADGE, "init", "--dir", self.dir, "--rpc", self.scene.rpc, "--public-url", self.url,
                                        "--issuer-id", ISSUER, "--chain-id", str(CHAIN_ID), "--yes", "--wait"],
                                       env={"HOME": str(self.home)}, stdout=subprocess.DEVNULL, stderr=errors)
        self.addCleanup(waiting.wait)
        self.addCleanup(waiting.kill)
        asked = re.compile(r"send at least (\S+) ether .* account (0x\w+), which has 0 now .*, "
                           r"and (\S+) ether .* account (0x\w+), which has 0 now, for 100 batches")
        until("both amounts are named", lambda: asked.search(said.read_text()))
        first, issuer, second, operator = asked.search(said.read_text()).groups()
        self.assertEqual([issuer.lower(), operator.lower()], [self.scene.issuer, self.scene.operator])
        self.scene.ask("anvil_setBalance", issuer, hex(10**12))
        until("a part of it is seen", lambda: said.read_text().count("waiting for funds") == 2)
        self.scene.ask("anvil_setBalance", issuer, hex(int(Decimal(first) * 10**18)))
        until("the rest is asked for", lambda: re.search(f"funds [^\n]*: send {second} ether [^\n]*{operator}",
                                                         said.read_text()))
        self.scene.ask("anvil_setBalance", operator, hex(int(Decimal(second) * 10**18)))
        self.assertEqual(waiting.wait(WAIT_S), YES, said.read_text())
        self.assertEqual(said.read_text().count("waiting for funds"), 3)
        self.scene.ask("anvil_setBalance", operator, "0x0")
        again = self.badge(YES, "init", "--dir", self.dir, "--yes")
        self.assertRegex(again.stderr, f"can't anchor much .*: send {second[:3]}.* ether .* to the node's account {operator}")

    def test_two_at_once(self):
        """The second would replace the first one's keys."""
        self.dir.mkdir()
        first = os.open(self.dir, os.O_RDONLY)
        self.addCleanup(os.close, first)
        fcntl.flock(first, fcntl.LOCK_EX)
        self.assertIn("another badge init is at work", self.init("--dev", status=USAGE))
        self.assertEqual(list(self.dir.iterdir()), [])

    def test_a_path_that_the_settings_cannot_hold(self):
        for name in ("d" * 180, "a ;b"):
            given = (*self.ids(), "--public-url", self.url, "--rpc", self.scene.rpc, "--chain-id", CHAIN_ID,
                     "--passphrase-file", self.scene.passphrase)
            self.assertIn("--dir", self.badge(USAGE, "init", "--dir", self.home / name, "--yes", *given).stderr)
            self.assertEqual(list((self.home / name).iterdir()), [])

    def test_what_is_missing_or_wrong(self):
        self.give_keys()
        at = ("init", "--dir", self.dir, "--yes", "--json")
        for flags, says in (((), "--issuer-id"), (self.ids(), "--public-url"),
                            ((*self.ids(), "--public-url", self.url), "--rpc"),
                            ((*self.ids(), "--public-url", "ftp://x", "--rpc", self.scene.rpc, "--chain-id", 1), "public-url"),
                            (("--issuer-id", "a b"), "is not an issuer's id"),
                            ((*self.ids(), "--public-url", self.url, "--rpc", self.scene.rpc, "--name", "a ;b",
                              "--chain-id", 1), "--name")):
            self.assertIn(says, self.badge(USAGE, *at, *flags).stderr)
        for mistyped in ("university.example", "https//university.example", "https:/university.example", "https://",
                         "did:web", "did::x", "university.example:443", "1:2", ":"):
            self.assertIn("is not an issuer's id", self.badge(USAGE, *at, "--issuer-id", mistyped).stderr)
        self.assertEqual(len(list(self.dir.iterdir())), 3)
        file = self.home / "file"
        file.touch()
        chain = ("--rpc", self.scene.rpc, "--chain-id", CHAIN_ID, "--public-url", self.url)
        self.assertIn(f"{file} is not a folder", self.badge(USAGE, "init", "--dir", file, "--yes", *self.ids(), *chain).stderr)
        refused = self.badge(USAGE, *at, *self.ids(), *chain, "--store", file / "store").stderr
        self.assertIn("cannot make the folder of the store", refused)  # before anything is paid
        self.assertEqual(len(list(self.dir.iterdir())), 3)
        given = (*self.ids(), "--public-url", self.url, "--chain-id", "5")
        self.assertIn("is on chain 31337, not on 5", self.badge(NO, *at, *given, "--rpc", self.scene.rpc).stderr)
        self.badge(UNREACHABLE, *at, *given, "--rpc", "http://127.0.0.1:1")
        self.assertFalse((self.dir / "badged.conf").exists())

    def test_dev_on_a_chain_that_gives_nothing(self):
        self.give_keys()
        asked = []

        def lie(method, params, result, ask):
            asked.append(method)
            if method.startswith("eth_"):
                return result
            error = {"code": -32601, "message": f"the method {method} does not exist"}
            return json.dumps({"jsonrpc": "2.0", "id": len(asked), "error": error}).encode()

        with Liar(self.scene.rpc, lie) as real:
            done = self.badge(NO, "init", "--dir", self.dir, "--dev", "--rpc", real.url, *self.ids())
        self.assertIn("is not one", done.stderr)  # although the accounts have enough
        self.assertEqual(self.scene.ask("eth_getCode", ARTIFACT["address"], "latest"), "0x")

    def test_a_person_at_a_terminal(self):
        answers = [IDS[0], self.url, "University", self.scene.rpc, ""]
        master, slave = pty.openpty()
        command = [BADGE, "init", "--dir", self.dir, "--chain-id", str(CHAIN_ID)]
        asked = subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 env={"HOME": str(self.home)})
        os.close(slave)
        os.write(master, ("\n".join(answers) + "\nno\n").encode())
        text, _ = asked.communicate(timeout=WAIT_S)
        self.assertEqual(asked.returncode, USAGE, text)
        self.assertIn("Name of the institution", text)
        self.assertIn("nothing was sent", text)
        os.close(master)
        self.assertIn(f"made  {self.dir}/issuer.json  (the issuer's key, account 0x", text)
        self.assertNotIn((self.dir / "passphrase").read_text().strip(), text)
        conf = (self.dir / "badged.conf").read_text()
        self.assertIn("name = University", conf)
        self.assertIn(f"issuers = {IDS[0]}\n", conf)
        self.assertNotIn("public_rpc", conf)


    def test_mistyped_answers_are_asked_again(self):
        """Each at once, so that nobody types the others again; what is typed is checked before anything is made."""
        answers = ["university", f"{IDS[0]}, {IDS[1]}",  # ids
                   "badges.example", "", f"{self.url}/",  # the public URL, as an address bar shows it
                   "A ;B", "x" * 2000, "University",
                   "provider", NOBODY, self.scene.rpc,
                   "http://badges.example", "",
                   "maybe", "NO"]
        master, slave = pty.openpty()
        asked = subprocess.Popen([BADGE, "init", "--dir", self.dir, "--chain-id", str(CHAIN_ID)], stdin=slave,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"HOME": str(self.home)})
        os.close(slave)
        os.write(master, ("\n".join(answers) + "\n").encode())
        text, _ = asked.communicate(timeout=WAIT_S)
        os.close(master)
        self.assertEqual(asked.returncode, USAGE, text)
        for question, times in (("Ids of the issuer", 2), ("Public URL", 3), ("Name of", 3), ("for the node", 3),
                                ("everybody may know", 2), ("Type yes or no", 2)):
            self.assertEqual(text.count(question), times, f"{question}:\n{text}")
        for says in ('"university" is not an issuer\'s id', "public_url must be an http or https URL", "can't hold this value",
                     "chain.rpc is not an http or https URL", "can't be reached", "public_rpc must be an https URL",
                     "nothing was sent"):
            self.assertIn(says, text)
        self.assertNotIn("--http-", text)
        conf = (self.dir / "badged.conf").read_text()
        self.assertIn(f"public_url = {self.url}\n", conf)
        self.assertIn(f"issuers = {IDS[0]}\n    {IDS[1]}\n", conf)


class InitWithoutProxy(Institution):
    blocks = (*BLOCKS, "--disable-default-create2-deployer")

    def test_the_address_is_in_the_settings(self):
        self.give_keys()
        first = self.init("--dev")
        self.assertNotEqual(first["contract"], ARTIFACT["address"])
        self.assertIn(f"contract = {first['contract']}", (self.dir / "badged.conf").read_text())
        self.assertEqual(self.init("--dev")["contract"], first["contract"])
        (self.dir / "badged.conf").unlink()
        again = self.init("--dev")
        self.assertEqual(again["contract"], first["contract"])
        self.assertFalse(any(change["changed"] for change in again["changes"]))


class Stub(Served):
    """A server that answers each request alike: status, body, further headers."""

    def __init__(self, status=200, body=b"{}", **headers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        super().__init__(Handler)


class Doctor(unittest.TestCase):
    """One institution, whose node runs and has recorded two badges. The settings that a test changes are in a copy."""

    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Bare(("--block-time", "1", "--slots-in-an-epoch", "1")))
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.host = cls.enterClassContext(DidHost(cls.home, None, CHAIN_ID))
        cls.dir, cls.did, port = cls.home / "node", cls.host.did("ok"), free_port()
        cls.url = f"http://127.0.0.1:{port}"
        cls.environment = {"HOME": cls.home, "SSL_CERT_FILE": cls.host.certificate}
        made = badge("init", "--dir", cls.dir, "--dev", "--rpc", cls.scene.rpc, "--public-url", cls.url, "--json",
                     "--issuer-id", cls.did, "--issuer-id", ISSUER, env=cls.environment)
        cls.made = json.loads(made.stdout)
        cls.host.account = cls.issuer = cls.made["issuer"]
        cls.conf = (cls.dir / "badged.conf").read_text()
        cls.running = cls.enterClassContext(Running(cls.dir / "badged.conf"))
        cls.good = write_credential(cls.home / "good.json", cls.did)
        cls.expired = write_credential(cls.home / "expired.json", ISSUER, validUntil="2026-01-02T00:00:00Z")
        submit = ("submit", cls.good, cls.expired, "--wait", "final", "--node", cls.url, "--token-file", cls.dir / "token")
        until("the node listens", lambda: badge(*submit, check=False).returncode == YES)
        cls.as_issuer = ("--rpc", cls.scene.rpc, "--keystore", cls.dir / "issuer.json", "--passphrase-file",
                         cls.dir / "passphrase")
        badge("backup", cls.home / "backup.tar", "--store", cls.dir / "store")

    def doctor(self, *arguments, dir=None):
        """(exit status, {check: findings})"""
        done = badge("doctor", "--dir", dir or self.dir, "--json", *arguments, check=False, env=self.environment)
        self.assertIn(done.returncode, (YES, NO, UNREACHABLE), done.stderr)
        findings = {}
        for finding in json.loads(done.stdout):
            self.assertEqual(set(finding), {"check", "outcome", "detail", "do"})
            if finding["outcome"] != "good":
                self.assertTrue(finding["do"], finding)
            findings.setdefault(finding["check"], []).append(finding)
        outcomes = {finding["outcome"] for every in findings.values() for finding in every}
        self.assertEqual(done.returncode, NO if "bad" in outcomes else UNREACHABLE if "unknown" in outcomes else YES)
        return done.returncode, findings

    def changed(self, *arguments, **settings):
        """The findings with other settings: section__key="value", or None to leave the key out."""
        conf = self.conf
        for key, value in settings.items():
            section, name = key.split("__")
            line = "" if value is None else f"{name} = {value}\n"
            conf, n = re.subn(rf"(?m)^{name} = .*\n(    .*\n)*", line, conf)
            if f"[{section}]\n" not in conf:
                conf += f"[{section}]\n"
            if not n:
                conf = conf.replace(f"[{section}]\n", f"[{section}]\n{line}")
        folder = Path(tempfile.mkdtemp(dir=self.home))
        (folder / "badged.conf").write_text(conf)
        (folder / "badged.conf").chmod(0o600)
        return self.doctor(*arguments, dir=folder)

    def expect(self, answer, check, outcome, says=".", at=0):
        _, findings = answer
        finding = findings[check][at]
        self.assertEqual(finding["outcome"], outcome, finding)
        self.assertRegex(finding["detail"], says)
        return finding

    def liar(self, lie):
        return self.enterContext(Liar(self.scene.rpc, lambda method, params, result, ask: lie(method, params, result)))

    def test_all_good(self):
        status, findings = self.doctor(self.good)
        self.assertEqual(status, YES, findings)
        self.assertEqual(set(findings), {"files", "backups", "node", "public_url", "public_rpc", "chain", "clock", "registry",
                                         "finality", "balance", "operator", "issuer", "did_document", "without_domain",
                                         "badge"})
        self.assertIn("says valid", findings["badge"][0]["detail"])
        self.assertIn(f"--issuer {ISSUER}={self.issuer}", findings["issuer"][1]["detail"])
        text = badge("doctor", self.good, "--dir", self.dir, env=self.environment).stdout
        self.assertTrue(text.endswith("\nAll good.\n"), text)
        self.assertEqual(len(re.findall(r"(?m)^\+ \w", text)), sum(map(len, findings.values())))

    def test_usage(self):
        for arguments in (("--dir", self.home / "none"), ("--dir", self.dir, self.home / "none"), ("--dir",)):
            done = badge("doctor", *arguments, check=False)
            self.assertEqual(done.returncode, USAGE, done.stdout)
            self.assertIn("badge: ", done.stderr)

    def test_files(self):
        token = self.dir / "token"
        token.chmod(0o644)
        self.addCleanup(token.chmod, 0o600)
        self.expect(self.doctor(), "files", "bad", "token can be read by others")
        token.chmod(0o600)
        self.expect(self.changed(chain__keystore="/dev/null/key"), "files", "unknown", "Not a directory")
        missing = self.changed(chain__keystore=self.home / "none.json")
        self.expect(missing, "files", "bad", "No such file")
        self.expect(missing, "operator", "unknown", "can't be read")

    def test_backups(self):
        note = self.dir / "store" / "last-backup"
        kept = note.read_text()
        self.addCleanup(note.write_text, kept)
        self.expect(self.doctor(), "backups", "good", "made 0 hours ago")
        note.write_text("2026-01-01T00:00:00Z\n")
        self.expect(self.doctor(), "backups", "bad", "days ago")
        note.write_text("yesterday\n")
        self.expect(self.doctor(), "backups", "unknown", "has no time in it")
        empty = self.home / "empty"
        empty.mkdir()
        self.expect(self.changed(store__path=empty), "backups", "bad", "No backup was made")
        self.expect(self.changed(store__path=self.home / "nowhere"), "backups", "unknown")

    def test_node(self):
        self.expect(self.doctor("--node", NOBODY), "node", "bad", "does not answer")
        reasons = {"ready": False, "reasons": [{"code": "balance_too_low", "detail": "No funds."}]}
        busy = self.enterContext(Stub(503, json.dumps(reasons).encode()))
        self.expect(self.doctor("--node", busy.url), "node", "bad", "not ready: balance_too_low: No funds")
        other = self.enterContext(Stub(404))
        self.expect(self.doctor("--node", other.url), "node", "bad", "HTTP 404")

    def test_public_url(self):
        self.expect(self.changed(http__public_url=None), "public_url", "bad", "not set")
        self.expect(self.changed(http__public_url=NOBODY), "public_url", "bad", "From here")
        moved = self.enterContext(Stub(301, Location=self.url))
        self.expect(self.changed(http__public_url=moved.url), "public_url", "bad", "redirects")
        about = {"issuer": "0x" + "22" * 20}
        other = self.enterContext(Stub(200, json.dumps(about).encode(), Access_Control_Allow_Origin="*"))
        self.expect(self.changed(http__public_url=other.url), "public_url", "bad", "another issuer")
        proxy = self.enterContext(Stub(502, b"<html>"))
        finding = self.expect(self.changed(http__public_url=proxy.url), "public_url", "bad", "does not reach the node")
        self.assertIn("See node", finding["do"])
        page = self.enterContext(Stub(200, b"<html>"))
        self.expect(self.changed(http__public_url=page.url), "public_url", "bad", "not as a badged node")

    def test_public_rpc(self):
        self.expect(self.changed(http__public_rpc=None), "public_rpc", "bad", "not set")
        self.expect(self.changed(http__public_rpc=NOBODY), "public_rpc", "bad", "can't be reached")
        answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": hex(CHAIN_ID)}).encode()
        allow = {"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Headers": "Authorization, Content-Type"}
        for outcome, headers in (("good", allow), ("bad", {}), ("bad", {"Access_Control_Allow_Origin": "*"}),
                                 ("bad", allow | {"Access_Control_Allow_Origin": "https://other.example"}),
                                 ("good", {name: "*" for name in allow})):
            with Stub(200, answer, **headers) as stub:
                self.expect(self.changed(http__public_rpc=stub.url), "public_rpc", outcome)
        with Stub(200, answer.replace(hex(CHAIN_ID).encode(), b"0x1"), **allow) as stub:
            self.expect(self.changed(http__public_rpc=stub.url), "public_rpc", "bad", "does not answer for chain")

    def test_no_provider_answers(self):
        status, findings = self.changed(chain__rpc=NOBODY)
        self.assertEqual(status, UNREACHABLE)
        for check in ("chain", "clock", "registry", "finality", "operator", "balance", "issuer", "without_domain"):
            self.expect((status, findings), check, "unknown")
        both = self.changed(chain__rpc=f"{NOBODY} {self.scene.rpc}")
        self.expect(both, "chain", "unknown", "can't be reached")
        self.expect(both, "chain", "good", at=1)
        self.expect(both, "registry", "good")

    def test_another_chain(self):
        self.expect(self.changed(chain__id=5), "chain", "bad", "not on 5")

    def test_clock(self):
        def shifted(seconds):
            def lie(method, params, result):
                if method == "eth_getBlockByNumber" and result:
                    result["timestamp"] = hex(int(result["timestamp"], 16) + seconds)
                return result
            return self.liar(lie).url
        self.expect(self.changed(chain__rpc=shifted(100)), "clock", "bad", "behind the newest block")
        old = shifted(-7200)
        self.expect(self.changed(chain__rpc=old), "clock", "bad", "older .* unverifiable")
        finding = self.expect(self.changed(chain__rpc=old, verify__max_head_age="3 h"), "clock", "good")
        self.assertIn("--max-head-age", finding["do"])

    def test_finality(self):
        none = self.liar(lambda method, params, result: None if "finalized" in params else result)
        self.expect(self.changed(chain__rpc=none.url), "finality", "bad", "no finalized block")
        first = self.scene.ask("eth_getBlockByNumber", "0x0", False)
        old = self.liar(lambda method, params, result: first if "finalized" in params else result)
        self.expect(self.changed(chain__rpc=old.url), "finality", "bad", "older than the registry")
        self.expect(self.changed(chain__rpc=none.url, chain__finality="2"), "finality", "good")

    def test_registry(self):
        self.expect(self.changed(chain__contract="0x" + "11" * 20), "registry", "bad")
        other = self.liar(lambda method, params, result: "0x6000" if method == "eth_getCode" else result)
        self.expect(self.changed(chain__rpc=other.url), "registry", "bad")
        broken = self.liar(lambda method, params, result: "no" if method == "eth_getCode" else result)
        self.expect(self.changed(chain__rpc=broken.url), "registry", "unknown")

    def test_operator_and_balance(self):
        self.expect(self.changed(chain__issuer="0x" + "33" * 20), "operator", "bad", "may not anchor")
        account = self.made["operator"]
        kept = self.scene.ask("eth_getBalance", account, "latest")
        self.addCleanup(self.scene.ask, "anvil_setBalance", account, kept)
        self.scene.ask("anvil_setBalance", account, hex(10**13))
        finding = self.expect(self.doctor(), "balance", "bad", r"pays for \d batches")
        self.assertIn(f"Send funds to {account}", finding["do"])
        self.scene.ask("anvil_setBalance", account, kept)
        free = self.liar(lambda method, params, result: "0x0" if method == "eth_gasPrice" else result)
        self.expect(self.changed(chain__rpc=free.url), "balance", "good", "no fees")
        broken = self.liar(lambda method, params, result: "no" if method == "eth_getBalance" else result)
        self.expect(self.changed(chain__rpc=broken.url), "balance", "unknown")

    def test_issuer(self):
        other = "https://third.example"
        more = self.changed(intake__issuers=other)
        finding = self.expect(more, "issuer", "bad", "is not accredited for")
        self.assertIn(f"badge accredit {self.issuer} --subject {other}", finding["do"])
        self.expect(more, "without_domain", "bad")
        self.expect(self.changed(intake__issuers=None), "issuer", "unknown", "is empty")
        soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 86400))
        badge("accredit", self.issuer, "--subject", other, "--until", soon, *self.as_issuer)
        finding = self.expect(self.changed(intake__issuers=other), "issuer", "good", f"until {soon}")
        self.assertIn("ends soon", finding["do"])
        badge("accredit", self.issuer, "--subject", other, "--end", *self.as_issuer)
        self.expect(self.changed(intake__issuers=other), "issuer", "bad", "until")
        stranger = self.doctor("--accreditor", "0x" + "44" * 20)
        self.expect(stranger, "issuer", "bad", "not accredited .* by 0x4444")
        both = self.doctor("--accreditor", "0x" + "44" * 20, "--accreditor", self.issuer)
        self.expect(both, "issuer", "good")

    def test_did_documents(self):
        for kind, says in (("missing", "is not there"), ("forbidden", "may not be read by everybody"), ("redirect", "is a redirect"), ("no-cors", "CORS"),
                           ("other-account", "does not name"), ("other-id", "not a DID document of this id"),
                           ("malformed", "not a DID document"), ("nobody", "can't be fetched")):
            with self.subTest(kind):
                self.expect(self.changed(intake__issuers=self.host.did(kind)), "did_document", "bad", says)

    def test_badges(self):
        self.expect(self.doctor(self.expired), "badge", "bad", "says expired")
        altered = self.home / "altered.json"
        altered.write_text(self.good.read_text().replace("Course", "Other course"))
        digest = badge("digest", self.good).stdout.split()[0]
        receipt = self.home / f"{digest}.receipt.json"
        self.expect(self.doctor(altered, "--receipt", receipt), "badge", "bad", "says invalid")
        finding = self.expect(self.doctor(altered), "badge", "unknown", "says unverifiable")
        self.assertIn("--receipt FILE", finding["do"])
        self.expect(self.changed(self.good, http__public_rpc=NOBODY), "badge", "unknown", "says unverifiable")
        stranger = self.doctor(self.expired, "--accreditor", "0x" + "44" * 20)
        self.expect(stranger, "badge", "bad", "says expired")
        self.expect(self.doctor(self.good, "--accreditor", "0x" + "44" * 20), "badge", "bad", "says unknown_issuer")


class Readme(Institution):
    """The commands of the README for an institution, as they stand there, but for names, URLs and the chain's rpc."""

    blocks = (*BLOCKS, "--chain-id", "11155111")

    def fund(self, said, host):
        """What a person does once badge init has said which accounts need funds."""
        until("badge init waits for funds", lambda: "waiting for funds" in said.read_text())
        for name in ("operator", "issuer"):
            file = self.home / "badged" / f"{name}.json"
            account = json.loads(badge("address", file, "--json").stdout)["address"]
            self.scene.ask("anvil_setBalance", account, hex(10**18))
        host.account = account

    def test_the_block_ends_all_good(self):
        text = (ROOT / "README.md").read_text()
        (block,) = re.findall(r"```sh\n(badge init .*?)```", text, re.S)[:1]
        self.assertEqual(block.rstrip().splitlines()[-1].split()[:2], ["badge", "doctor"])
        badges = self.home / "badges"
        badges.mkdir()
        with DidHost(self.home, None, 11155111) as host:
            ids = [ISSUER, host.did("ok"), DID_KEY]
            for name, one in zip(("diploma", "second", "third"), ids):
                write_credential(badges / f"{name}.json", one)
            for old, new in (("https://provider.example/key", self.scene.rpc), ("https://provider.example", self.scene.rpc),
                             ("https://badges.university.example", self.url),
                             ("https://university.example", " --issuer-id ".join(ids))):
                self.assertIn(old, block)
                block = block.replace(old, new)
            block = block.replace("badge submit", f"badge submit --node {self.url}")
            script = (f"trap 'kill %1; wait' EXIT\n{block}\n"
                      "for one in second third; do badge doctor badges/$one.json --dir badged; done")
            environment = os.environ | {"HOME": str(self.home), "SSL_CERT_FILE": str(host.certificate),
                                        "PATH": f"{BADGE.parent}:{os.environ['PATH']}", "BADGED_BATCH_MAX_AGE": "300 ms"}
            said = self.home / "stderr"
            said.touch()
            funds = threading.Thread(target=self.fund, args=(said, host), daemon=True)
            funds.start()
            with said.open("w") as errors:
                done = subprocess.run(["bash", "-euc", script], cwd=self.home, env=environment, timeout=WAIT_S,
                                      stdout=subprocess.PIPE, stderr=errors, text=True)
            funds.join()
        self.assertEqual(done.returncode, 0, done.stdout + said.read_text())
        self.assertEqual(done.stdout.count("\nAll good.\n"), 3, done.stdout)
        self.assertEqual(done.stdout.count("A stranger's verifier says valid"), 3)
        self.assertRegex(said.read_text(), r"(?s)setting up costs about 0\.\d+ .*waiting for funds")


if __name__ == "__main__":
    unittest.main()
