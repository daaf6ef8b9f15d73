"""What the rules made from the JSON Schemas say of mutated credentials, beside npm's ajv: no difference.
  python3 test_schemas.py [N [SEED]]    compares N of them"""

import collections
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from schema_mutants import mutants

N, SEED = 2000, 20261130
HERE, VECTORS = Path(__file__).resolve().parent, os.environ.get("BADGED_VECTORS")
OF_SCHEMA = {"missing", "wrong_type", "wrong_value", "missing_item", "unknown_member", "ambiguous_form"}


def is_valid_by_rules(line):
    found = json.loads(line)["conformance"]
    assert found["profile"] in ("ob-3.0", "clr-2.0"), line
    return not any(one["code"] in OF_SCHEMA and ", data model, " in one["source"] for one in found["errors"])


def compare(vectors, seed, n):
    """The files that differ, and how many were what."""
    seen, different = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{i}.json") for i in range(n)]
        for file, document in zip(files, mutants(vectors, seed, n)):
            file.write_text(json.dumps(document))
        command = [os.environ["BADGE_BIN"], "check", "--json", *files]
        ours = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        theirs = subprocess.run([os.environ.get("NODE", "node"), HERE / "validate.mjs", vectors / "schemas"], text=True,
                                input="".join(f"{file}\n" for file in files), capture_output=True, check=True).stdout
        for file, line, word in zip(files, ours, theirs.split(), strict=True):
            due = word == "true"
            seen["valid" if due else "invalid"] += 1
            if is_valid_by_rules(line) != due:
                different.append((due, file.read_text(), line))
    return different, seen


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Schemas(unittest.TestCase):
    def test_mutated_credentials(self):
        different, seen = compare(Path(VECTORS), SEED, N)
        self.assertEqual(different[:3], [])
        self.assertGreater(min(seen["valid"], seen["invalid"]), N // 10)


if __name__ == "__main__":
    n, seed = (int(word) for word in (sys.argv[1:] + [N, SEED][len(sys.argv) - 1:])[:2])
    different, seen = compare(Path(VECTORS), seed, n)
    print(*(f"valid by the schema: {due}\n{document}\n{line}" for due, document, line in different[:3]), sep="\n", end="")
    print(f"{n} credentials, {dict(seen)}, {len(different)} differences")
    sys.exit(bool(different))
