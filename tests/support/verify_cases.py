"""Runs verify_cases.mjs, and other programs that read lines of JSON and print a line of JSON for each."""

import json
import os
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).with_suffix(".mjs")
SHOWN = ("check", "outcome", "code", "caution", "detail")  # the members of a check that the page shows as such


def only(keys, checks):
    """The checks of a report with these members alone."""
    return [{key: check.get(key) for key in keys} for check in checks]


def without_reasons(report):
    """The report without what each program says in its own words: why a provider or an issuer's host was not reached."""

    def without(parts):
        return [part | {"detail": None} if is_reason(part["code"]) or is_unread(part) else part for part in parts]

    def is_unread(part):  # the hosted copy of an assertion
        return part["code"] == "no_status" and "was not read" in (part.get("detail") or "")

    def is_reason(code):
        return code.endswith("_unreachable") or code == "proof_key_not_bound"

    is_key_missing = any(check["check"] == "proof" and is_reason(check["code"]) for check in report["checks"])
    return report | {"checks": without(report["checks"]), "proofs": without(report.get("proofs", [])),
                     "statuses": without(report.get("statuses", [])),
                     "sentence": None if is_key_missing else report.get("sentence")}


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
