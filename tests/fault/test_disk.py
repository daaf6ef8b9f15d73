#!/usr/bin/env python3
"""Every system call of a batch-and-anchor cycle that accesses the disk fails once, with EIO and, where a full disk can
cause it, with ENOSPC.

Two cycles, each run once without a fault to count its calls (disk_faults.c counts and fails them):
  whole   a new store, submissions in three ways, a seal, an anchor, a revoked label, a clean end
  start   the start on a store whose node was killed in the middle of that
Then for N = 1, 2, 3 … the N-th call fails. The node may refuse requests, fail to start or report that it needs a
restart; what it acknowledged must be there after the next start, and each batch anchored once.

DISK_FAULTS is the path of the library. After DISK_FAULTS_SECONDS (60) the test ends with a sample of all calls; 0 runs
all. Arguments select a single run: test_disk.py whole EIO 85
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor

import node as daemon
import verdict
from load import GONE, Ledger, digest_of, make_document
from scene import Scene, until

LIBRARY = os.environ["DISK_FAULTS"]
SECONDS = float(os.environ.get("DISK_FAULTS_SECONDS", "60"))
SETTINGS = {"batch.max_age": "1 h", "chain.finality": "1"}
REFUSED = (500, 503, 507)
WORKERS = 6  # they mostly wait for their chains


def say(text):
    print(f"disk: {text}", file=sys.stderr, flush=True)


def preloaded():
    """The value of LD_PRELOAD: a sanitizer's runtime must come first."""
    libraries = subprocess.run(["ldd", daemon.BADGED], check=True, capture_output=True, text=True).stdout
    runtime = re.findall(r"(/\S*lib[at]san\S*)", libraries)
    return ":".join([*runtime, LIBRARY])


class Cycle:
    """The life of a store from its creation to a final anchor, with one fault."""

    def __init__(self, scene, name, error, fail):
        self.scene, self.name, self.error, self.fail = scene, name, error, fail
        self.ledger = Ledger()
        self.calls = scene.folder / "calls"
        self.node = scene.node

    def environment(self):
        return {
            "LD_PRELOAD": preloaded(),
            "DISK_FAULTS_BELOW": str(self.node.store) + "/",
            "DISK_FAULTS_LOG": str(self.calls),
            "DISK_FAULTS_ERROR": self.error,
            "DISK_FAULTS_FAIL": str(self.fail),
        }

    def start(self, faulty):
        """False if the node refused to start, with exit status 1 and a message."""
        self.node.environment = self.environment() if faulty else {}
        self.node.expected_broken = "Input/output error" if faulty else None
        self.node.log.clear()
        try:
            self.node.start()
            return True
        except daemon.NodeError:
            status = self.node.process.wait(daemon.WAIT_S)
            log = "".join(self.node.log)
            self.node.stop()
            assert faulty, f"the node does not start although the fault is over:\n{log}"
            assert status == 1 and "not started" in log, f"the start ended with {status}:\n{log}"
            return False

    def stop(self):
        if self.node.process:
            status = self.node.stop()
            assert status == 0, f"the node ended with {status}:\n{''.join(self.node.log[-30:])}"

    def send(self, documents, how, *request, scope):
        """Sends documents and records the acknowledged ones."""
        self.ledger.will_send(documents)
        try:
            answer = self.node.request("POST", *request, scope=scope)
        except GONE:
            return
        assert answer.status in (200, 201, *REFUSED), (answer.status, answer.body)
        if answer.status in REFUSED:
            self.ledger.refuse()
        elif how == "alone":
            self.ledger.acknowledge(digest_of(documents[0]), how)
        else:
            results = map(json.loads, answer.body.splitlines()) if how == "in lines" else answer.json()["results"]
            for document, result in zip(documents, results):
                if "error" not in result:
                    self.ledger.acknowledge(digest_of(document), how)

    def submit(self, first):
        make = lambda n: [make_document(f"{first}/{i}") for i in range(n)]
        for document in make(3):
            self.send([document], "alone", "/v1/credentials", document, {"Content-Type": "application/json"},
                      scope="submit")
        lines = [make_document(f"{first}/line/{i}") for i in range(20)]
        self.send(lines, "in lines", "/v1/credentials", b"\n".join(lines), {"Content-Type": "application/x-ndjson"},
                  scope="submit")
        known = [make_document(f"{first}/digest/{i}") for i in range(2)]
        body = '{"digests":["' + '","'.join(map(digest_of, known)) + '"]}'
        self.send(known, "as digests", "/v1/digests", body.encode(), {"Content-Type": "application/json"},
                  scope="digest")

    def seal(self):
        try:
            self.node.request("POST", "/v1/batches", scope="admin")
        except GONE:
            pass

    def healthy(self):
        answer = self.node.get("/readyz")
        return b"restart" not in answer.body

    def live(self):
        """Submissions, a seal, an anchor, a label for a digest that is already sealed."""
        self.submit("a")
        self.seal()
        settled = lambda: all(b["state"] == "final" for b in self.scene.batches()) or not self.healthy()
        until("the batch is final, or the disk has failed", settled)
        relabelled = make_document("a/digest/0")
        self.send([relabelled], "alone", "/v1/credentials", relabelled, {"Content-Type": "application/json"},
                  scope="submit")
        for digest in sorted(self.ledger.acknowledged)[:5]:
            status = self.node.get(f"/v1/credentials/{digest}/receipt").status
            assert status in (200, 202, *REFUSED), f"acknowledged and lost: {digest}: {status}"
        self.submit("b")

    def run(self):
        """Returns (the number of calls, the call that failed or None)."""
        shutil.rmtree(self.node.store, ignore_errors=True)
        self.node.store.mkdir(mode=0o700)
        shutil.copy(self.scene.folder / "tokens", self.node.store / "tokens")
        snapshot = self.scene.ask("evm_snapshot")
        if self.name == "start":
            assert self.start(faulty=False)
            self.live()
            self.node.environment = {}
            self.seal()
            self.submit("c")
            self.node.stop(signal.SIGKILL)
        if self.start(faulty=True):
            if self.name == "whole":
                self.live()
            self.stop()
        calls = self.calls.read_text().splitlines()
        failed = calls[self.fail - 1] if 0 < self.fail <= len(calls) else None
        if (self.node.store / "anchors").exists():
            verdict.fsck(self.node.store)
        assert self.start(faulty=False)
        self.submit("d")
        assert len(self.ledger.acknowledged & set(map(digest_of, (make_document("d/0"),)))) == 1
        self.result = verdict.check(self.scene, self.ledger)
        self.stop()
        verdict.fsck(self.node.store)
        self.scene.ask("evm_revert", snapshot)
        return len(calls), failed


def evenly_spread(n):
    """1 … n in an order in which any first part is spread evenly."""
    return sorted(range(1, n + 1), key=lambda i: i * 0x9E3779B1 % 2**32)


class Stage:
    """A chain and a node on which cycles run, one after another."""

    def __enter__(self):
        self.scene = Scene(SETTINGS, node=False).__enter__()
        self.scene.start_node()
        shutil.copy(self.scene.node.store / "tokens", self.scene.folder / "tokens")
        assert self.scene.node.stop() == 0
        return self

    def __exit__(self, *why):
        self.scene.__exit__(*why)

    def run(self, name, error, n):
        try:
            return Cycle(self.scene, name, error, n).run()
        except BaseException:
            calls = (self.scene.folder / "calls").read_text().splitlines()
            say(f"in the cycle {name}, {error} at call {' '.join(calls[n - 1 : n])}; the node's log:\n"
                f"{''.join(self.scene.node.log[-40:])}")
            raise


def count(kind):
    with Stage() as stage:
        return stage.run(*kind, 0)[0]


def run_all(work, end):
    """Runs cycles until none is left or time is up. Returns the failed calls; None for each that was not reached."""
    failed = []
    with Stage() as stage:
        while work and time.monotonic() < end:
            try:
                failed.append(stage.run(*work.popleft())[1])
            except BaseException:
                work.clear()
                raise
    return failed


def main():
    start = time.monotonic()
    end = start + SECONDS if SECONDS else float("inf")
    kinds = [(name, error) for name in ("whole", "start") for error in ("EIO", "ENOSPC")]
    with ThreadPoolExecutor(WORKERS) as pool:
        counts = list(pool.map(count, kinds))
        say("calls that access the disk: " + ", ".join(f"{' '.join(kind)} {n}" for kind, n in zip(kinds, counts)))
        parts = [(i / n, (*kind, call)) for kind, n in zip(kinds, counts) for i, call in enumerate(evenly_spread(n))]
        work = deque(cycle for _, cycle in sorted(parts))
        jobs = [pool.submit(run_all, work, end) for _ in range(WORKERS)]
        failed = [call for job in jobs for call in job.result()]
    by_call = Counter(call.split()[1] for call in failed if call)
    say(
        f"{by_call.total()} of {sum(counts)} calls failed once each ({failed.count(None)} runs ended before their call): "
        f"{dict(by_call)}; no acknowledged digest lost, none twice, each batch anchored once, all final; "
        f"{time.monotonic() - start:.0f} s"
    )


def run_one(name, error, n):
    with Stage() as stage:
        say(f"failed: {stage.run(name, error, int(n))[1]}; all checks passed")


if __name__ == "__main__":
    run_one(*sys.argv[1:]) if sys.argv[1:] else main()
