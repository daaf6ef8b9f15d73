"""Runs verify_cases.mjs, and other programs that read lines of JSON and print a line of JSON for each."""

import json
import os
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).with_suffix(".mjs")
SHOWN = ("check", "outcome", "code", "caution", "detail")  # the members of a check that the page shows as such


def only(keys, checks):
    """The checks of a report with these members alone; None: with all. How a key could not be fetched, each program says
    in words of its own."""
    checks = [check | {"detail": None} if check["code"] == "proof_key_unreachable" else check for check in checks]
    return [{key: check.get(key) for key in keys} for check in checks] if keys else checks


def run_lines(command, lines, environment=None):
    """Runs a program; returns its output for each line."""
    done = subprocess.run(command, input="\n".join(map(json.dumps, lines)) + "\n", text=True, capture_output=True,
                          timeout=1500, env=os.environ | (environment or {}))
    assert done.returncode == 0, done.stderr[-3000:]
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == len(lines), (len(reports), len(lines))
    return reports


def run_cases(lines, *arguments, environment=None):
    return run_lines(["node", PROGRAM, *arguments], lines, environment)
