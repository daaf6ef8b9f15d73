"""The daemon's manual page agrees with the tables in the code: every setting with its default, every metric."""

import json
import re
import subprocess
import sys
import unittest

from node import BADGED, ROOT

PAGE = (ROOT / "node/daemon/badged.1").read_text()


class ManualTest(unittest.TestCase):
    def test_every_setting(self):
        printed = subprocess.run([BADGED, "--print-config"], check=True, capture_output=True, text=True).stdout
        entries = re.finditer(r"^\.It Ic ([a-z._]+) = .*\n(?:(?!\.It|\.El).*\n)*", PAGE, re.M)
        documented = {entry[1]: entry[0] for entry in entries}
        settings = {}
        for line in printed.splitlines():
            if section := re.match(r"\[(\w+)\]", line):
                prefix = section[1]
            elif pair := re.match(r"(\w+) = ?(.*)", line):
                settings[f"{prefix}.{pair[1]}"] = pair[2]
        self.assertEqual(set(settings), set(documented))
        for key, value in settings.items():
            if value and key != "chain.contract":
                self.assertIn(f"Default: {value}.", documented[key])

    def test_every_metric(self):
        table = (ROOT / "node/runtime/metrics.h").read_text()
        names = re.findall(r'"(badged_\w+)"', table)
        self.assertGreater(len(names), 15)
        self.assertEqual(sorted(names), sorted(re.findall(r"^\.It Li (badged_\w+) ", PAGE, re.M)))

    def test_versions_of_chains(self):
        """Those that tests/chains/run runs."""
        wanted = set()
        for folder in ("contracts", "tests/chains", "tests/chains/hardhat2", "tests/chains/hardhat3"):
            packages = json.loads((ROOT / folder / "package.json").read_text())["devDependencies"]
            for name in ("anvil", "ganache", "hardhat"):
                wanted |= {(name, packages[key]) for key in packages if key.split("/")[-1].split("-")[0] == name}
        rows = re.findall(r"^\.It (anvil|ganache|hardhat) ([\d.]+)", PAGE, re.M)
        self.assertEqual(set(rows), wanted)
        sys.path.insert(0, str(ROOT / "tests/chains"))
        self.assertEqual(len(rows), len(__import__("chains").KINDS))


if __name__ == "__main__":
    unittest.main()
