#!/usr/bin/env python3
"""Compares what libbadge in C and in WebAssembly read of mutated wrappers: reports and summaries, in one process a side.

    ctest --preset dev -R browser.wrappers                        3,000 with a fixed seed, among other tests
    tests/browser/fuzz_wrappers.py 100000 [SEED] [--chromium]     by hand, after a build of the preset dev

Without --chromium the WebAssembly module runs in Node. Prints how many there were of each verdict and kind of layer.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build/dev"
sys.path.insert(0, str(HERE.parent / "support"))

from credentials import ISSUER_ID  # noqa: E402
from verify_cases import without_reasons  # noqa: E402
from wrapper_mutants import mutants  # noqa: E402

ACCOUNT, NOW_S = "0x00000000000000000000000000000000000000AA", 1767225600


def line_of(document):
    return {"document": base64.b64encode(document).decode(), "now": NOW_S, "receipt": None, "providers": [],
            "documents": {}, "policy": {"issuers": [{"id": ISSUER_ID, "account": ACCOUNT}, {"account": ACCOUNT}],
                                        "accreditors": []}}


def sides(file, *flags):
    """The programs of both sides, each reading all lines of a file."""
    environment = {"JUDGE_RECORDED": BUILD / "tests/browser/judge_recorded", "BADGED_PACKAGE": BUILD / "package",
                   "BADGED_PLAYWRIGHT": HERE / "node_modules/playwright-core/index.mjs"} | os.environ
    environment = {name: str(value) for name, value in environment.items()}
    commands = [environment["JUDGE_RECORDED"]], ["node", HERE / "read_documents.mjs", *flags]
    return [subprocess.Popen(command, stdin=open(file), stdout=subprocess.PIPE, env=environment, text=True)
            for command in commands]


def reasonless(result):
    return result | {"report": without_reasons(result["report"])}


def compare(documents, *flags):
    """Returns the documents that the sides read differently, with both results, and the counts of what there was."""
    different, seen, documents = [], Counter(), list(documents)
    with tempfile.NamedTemporaryFile("w") as file:
        for document in documents:
            file.write(json.dumps(line_of(document)) + "\n")
        file.flush()
        programs = sides(file.name, *flags)
        for document, native, module in zip(documents, *(program.stdout for program in programs), strict=True):
            native, module = json.loads(native), json.loads(module)
            native["report"].pop("summary", None)
            summary = native["summary"] or {}
            seen.update(check["code"] for check in native["report"]["checks"] if check["check"] in ("digest", "validity"))
            seen.update({layer["kind"] for layer in summary.get("layers", [])})
            seen["shown" if summary.get("credential") else "not shown"] += 1
            if reasonless(native) != reasonless(module):
                different.append((document, native, module))
        for program in programs:
            if program.wait(300) != 0:
                raise RuntimeError(f"{program.args[0]}: {program.returncode}")
    return different, seen


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    n, seed = int(words[0]), int(words[1]) if len(words) > 1 else 1
    different, seen = compare(mutants(seed, n), *(["--chromium"] if "--chromium" in sys.argv else []))
    print(f"{n} documents with seed {seed}, {len(different)} read differently")
    print(", ".join(f"{count} {name}" for name, count in seen.most_common()))
    for document, native, module in different[:5]:
        print(document, native, module, sep="\n", end="\n\n")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
