#!/usr/bin/env python3
"""`badge deploy`, `badge init` and `badge doctor`: from nothing to a badge that strangers find valid."""

import json
import stat
import tempfile
import unittest
from pathlib import Path

from scene import ARTIFACT, CHAIN_ID, Scene, badge, until

YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3
BLOCKS = ("--block-time", "0.5", "--slots-in-an-epoch", "1")


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


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


class Bare(Scene):
    """A chain with funded accounts in keystores, and nothing in the registry."""

    def __init__(self, anvil=BLOCKS):
        super().__init__(node=False, anvil=anvil)

    def _make_issuer(self):
        self._make_keys()


if __name__ == "__main__":
    unittest.main()
