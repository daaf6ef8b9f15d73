#!/usr/bin/env python3
"""`badge deploy`, `badge init` and `badge doctor`: from nothing to a badge that strangers find valid."""

import json
import os
import pty
import socket
import stat
import subprocess
import tempfile
import unittest
import uuid
from pathlib import Path

from liar import Liar
from node import BADGE, BADGED, WAIT_S
from scene import ARTIFACT, CHAIN_ID, Scene, badge, until

YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3
DEPLOY_GAS = 1540500  # node/cli/init/registry.c says what it costs by this figure
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


IDS = ("https://university.example/issuers/1", "did:web:university.example", DID_KEY)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
        self.process.wait(WAIT_S)
        self.log.close()


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

    def ids(self, ids=IDS):
        return [word for one in ids for word in ("--issuer-id", one)]

    def init(self, *more, status=YES, ids=IDS):
        done = self.badge(status, "init", "--dir", self.dir, "--rpc", self.scene.rpc, "--public-url", self.url, "--json",
                          *self.ids(ids), *more)
        return json.loads(done.stdout) if status == YES else done.stderr

    def credential(self, issuer, **more):
        file = self.home / f"{abs(hash(issuer))}.json"
        file.write_text(json.dumps({
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
            "id": f"urn:uuid:{uuid.uuid4()}", "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": issuer, "type": ["Profile"], "name": "University"}, "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {"type": ["AchievementSubject"], "achievement": {
                "id": "urn:example:1", "type": ["Achievement"], "name": "Course", "description": "A course.",
                "criteria": {"narrative": "Passed."}}}} | more))
        return file


class Init(Institution):
    def test_from_nothing_to_valid(self):
        made = self.init("--dev")
        self.assertEqual({Path(file["file"]).name: file["made"] for file in made["files"]}, dict.fromkeys(
            ("passphrase", "issuer.json", "operator.json", "badged.conf", "token", "did.json"), True))
        for file in made["files"]:
            self.assertEqual(mode(Path(file["file"])), 0o600, file)
        self.assertEqual(made["issuerIds"], list(IDS))
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
            self.assertIn("issuer", other.stderr)
        for file in badges:  # by a stranger, who has the file, the receipt and an accreditor
            done = self.badge(YES, "verify", file, "--rpc", self.scene.rpc, "--accreditor", made["issuer"], "--json")
            self.assertEqual(json.loads(done.stdout)["verdict"], "valid")

    def test_again(self):
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

    def test_a_contradiction_to_what_is_kept(self):
        self.init("--dev")
        for flags in (("--chain-id", "1"), ("--name", "Other"), ("--store", "/elsewhere")):
            self.assertIn("badged.conf, which is kept, has", self.init("--dev", *flags, status=USAGE))
        more = self.badge(YES, "init", "--dir", self.dir, "--yes", "--issuer-id", "https://new.example", "--json")
        self.assertIn("add it to intake.issuers", more.stderr)
        changed = [change for change in json.loads(more.stdout)["changes"] if change["changed"]]
        self.assertEqual([change["subject"] for change in changed], ["https://new.example"])

    def test_the_issuer_key_is_kept_elsewhere(self):
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
        other = self.scene.operator_key
        self.assertIn("is the key of another account", self.init("--dev", "--keystore", other, status=USAGE))

    def test_money(self):
        """A chain that is not of development: the cost first, then the question, then the funds."""
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

    def test_what_is_missing_or_wrong(self):
        at = ("init", "--dir", self.dir, "--yes", "--json")
        for flags, says in (((), "--issuer-id"), (self.ids(), "--public-url"),
                            ((*self.ids(), "--public-url", self.url), "--rpc"),
                            ((*self.ids(), "--public-url", "ftp://x", "--rpc", self.scene.rpc, "--chain-id", 1), "public-url"),
                            (("--issuer-id", "a b"), "is not an issuer's id"),
                            ((*self.ids(), "--public-url", self.url, "--rpc", self.scene.rpc, "--name", "a ;b",
                              "--chain-id", 1), "--name")):
            self.assertIn(says, self.badge(USAGE, *at, *flags).stderr)
        given = (*self.ids(), "--public-url", self.url, "--chain-id", "5")
        self.assertIn("is on chain 31337, not on 5", self.badge(NO, *at, *given, "--rpc", self.scene.rpc).stderr)
        self.badge(UNREACHABLE, *at, *given, "--rpc", "http://127.0.0.1:1")
        self.assertFalse((self.dir / "badged.conf").exists())

    def test_dev_on_a_chain_that_gives_nothing(self):
        asked = []

        def lie(method, params, result, ask):
            asked.append(method)
            if method.startswith("eth_"):
                return result
            error = {"code": -32601, "message": f"the method {method} does not exist"}
            return json.dumps({"jsonrpc": "2.0", "id": len(asked), "error": error}).encode()

        with Liar(self.scene.rpc, lie) as real:
            done = self.badge(NO, "init", "--dir", self.dir, "--dev", "--rpc", real.url, *self.ids())
        self.assertIn("is not one", done.stderr)

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
        conf = (self.dir / "badged.conf").read_text()
        self.assertIn("name = University", conf)
        self.assertIn(f"issuers = {IDS[0]}\n", conf)
        self.assertNotIn("public_rpc", conf)

    def test_secrets_are_not_shown(self):
        done = self.badge(YES, "init", "--dir", self.dir, "--dev", "--rpc", self.scene.rpc, *self.ids())
        for name in ("passphrase", "token"):
            self.assertNotIn((self.dir / name).read_text().strip(), done.stdout + done.stderr)


class InitWithoutProxy(Institution):
    blocks = (*BLOCKS, "--disable-default-create2-deployer")

    def test_the_address_is_in_the_settings(self):
        first = self.init("--dev")
        self.assertNotEqual(first["contract"], ARTIFACT["address"])
        self.assertIn(f"contract = {first['contract']}", (self.dir / "badged.conf").read_text())
        self.assertEqual(self.init("--dev")["contract"], first["contract"])
        (self.dir / "badged.conf").unlink()
        again = self.init("--dev")
        self.assertEqual(again["contract"], first["contract"])
        self.assertFalse(any(change["changed"] for change in again["changes"]))


if __name__ == "__main__":
    unittest.main()
