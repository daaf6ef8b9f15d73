#!/usr/bin/env python3
"""Kills the process at each failpoint in turn, under load, on a real chain, and restarts the node each time.

Every failpoint of node/ is hit once; those of the file `anchors` several times, to cover each state of an anchor; those
of a new store during its creation; some during the recovery after a crash. After each, `badge fsck` finds no fault, the
node starts, and it knows every acknowledged digest. At the end verdict.py checks the node. A failpoint that is never
reached fails the test. The failpoints are shared out to lanes, since a node mostly waits for its chain.

CRASH_REPEAT (1) is how often each failpoint is hit: at its first execution, its second …; CRASH_STOP=1 also suspends
the process at each failpoint for a while (SIGSTOP).
"""

import json
import os
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import failpoints
import node as daemon
import verdict
from load import GONE, Ledger, Load, ask_for_a_seal
from registry_client import revoke_data
from scene import ARTIFACT, Scene, until

REPEAT = int(os.environ.get("CRASH_REPEAT", "1"))
STOPS = os.environ.get("CRASH_STOP") == "1"
SETTINGS = {"batch.max_age": "2 s", "batch.max_leaves": "16384"}
LANES = 3  # each has a chain and a store of its own, and a share of the failpoints
DIED = 99  # FAILPOINT_STATUS
REACH_S = 300
STOPPED_S = 1.5
WRITES_OF_AN_ANCHOR = 6  # writes to `anchors`: sealed, signed, sent, mined, final; and the first of the next batch
FILES_OF_A_NEW_STORE = 4  # files made: labels, anchors, standing, the first segment of the journal
CHAIN_STATUS = "badgest1."  # failpoints of the chain status file
REVOCATION = ("revocation.", "revocations.")  # failpoints of a revocation request
RELATION = "badgerl1."  # failpoints of the file of relations
DURING_RECOVERY = [  # (failpoint of the crash, failpoint in the start after it)
    ("batch.renamed", "badgean1.write"),
    ("batch.renamed", "badgean1.written"),
    ("batch.renamed", "badgean1.synced"),
    ("index.write", "index.write"),
    ("index.write", "index.mark"),
    ("pending.drop", "journal.trimmed"),
]


def say(text):
    print(f"crash: {text}", file=sys.stderr, flush=True)


class Crash:
    def __init__(self, scene, ledger):
        self.scene, self.ledger = scene, ledger
        self.n_exits = self.n_stops = self.n_rounds = 0
        self.checked = set()
        self.revoked = set()  # acknowledged
        self.replaced = {}  # acknowledged: by which digest

    def start(self, point=None, action="exit", n=1):
        """True if the node listens, False if it ended at the failpoint before that."""
        node = self.scene.node
        node.environment = {"BADGED_FAILPOINT": f"{point}:{action}:{n}"} if point else {}
        try:
            node.start()
        except daemon.NodeError:
            assert node.process.wait(daemon.WAIT_S) == DIED, "".join(node.log[-20:])
            node.stop()
            return False
        return True

    def expect_end(self, point, end):
        """Requests seals until end() holds."""
        node, deadline = self.scene.node, time.monotonic() + REACH_S
        while not end():
            assert time.monotonic() < deadline, f"{point} is never reached"
            threading.Thread(target=ask_for_a_seal, args=(node,), daemon=True).start()
            if point.startswith(CHAIN_STATUS):
                self.revoke_something()
            if point.startswith(REVOCATION):
                self.revoke_through_node()
            if point.startswith(RELATION):
                self.replace_through_node()
            time.sleep(0.2)

    def revoke_something(self):
        """The issuer itself revokes a digest, so that the node has an event to follow."""
        data = revoke_data(bytes.fromhex(self.scene.issuer[2:]), [os.urandom(32)])
        self.scene.ask("eth_sendTransaction", {"from": self.scene.issuer, "to": ARTIFACT["address"], "data": data})

    def revoke_through_node(self):
        for digest in sorted(self.ledger.acknowledged - self.revoked)[:1]:
            try:
                answer = self.scene.node.request("POST", f"/v1/credentials/{digest}/revocation", scope="admin")
            except GONE:
                return
            assert answer.status in (200, 202), answer.body
            self.revoked.add(digest)

    def replace_through_node(self):
        """Revokes a credential, and names another one that replaces it."""
        old, new, *_ = sorted(self.ledger.acknowledged - self.revoked) + [None, None]
        if new is None:
            return
        try:
            answer = self.scene.node.request("POST", f"/v1/credentials/{old}/revocation", scope="admin",
                                             body=json.dumps({"replacedBy": new}),
                                             headers={"Content-Type": "application/json"})
        except GONE:
            return
        assert answer.status in (200, 202), answer.body
        self.revoked.add(old)
        self.replaced[old] = new

    def revoke_and_kill(self):
        """A kill right after an acknowledged revocation, a moment that no failpoint covers for sure."""
        self.start()
        self.revoke_through_node()
        assert self.revoked, "nothing was revoked"
        self.scene.node.stop(signal.SIGKILL)

    def expect_revoked(self):
        """Every acknowledged revocation becomes final."""
        path = "/v1/credentials/{}/revocation"
        for digest in self.revoked:
            until(f"the revocation of {digest} is final",
                  lambda: json.loads(self.scene.node.get(path.format(digest)).body).get("state") == "final")

        for digest, by in self.replaced.items():
            record = json.loads(self.scene.node.get(f"/v1/credentials/{digest}").body)
            assert record["replacedBy"] == by, record

    def exit_at(self, point, n=1):
        self.n_rounds += 1
        self.n_exits += 1
        if self.start(point, "exit", n):
            load = Load(self.scene.node, self.ledger, f"{point}/{n}/{self.n_rounds}", pause_s=0.02)
            self.expect_end(point, lambda: self.scene.node.process.poll() is not None)
            status = self.scene.node.stop()
            assert status == DIED, f"at {point} the node ended with {status}: {''.join(self.scene.node.log[-20:])}"
            load.end()

    def stop_at(self, point):
        self.n_rounds += 1
        self.n_stops += 1
        node = self.scene.node
        stat = lambda: Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert self.start("none.none")  # first without a failpoint: a stop during the start could not be detected
        node.stop()
        node.environment = {"BADGED_FAILPOINT": f"{point}:stop"}
        waker = threading.Thread(target=self.wake_when_stopped, daemon=True)
        self.woken = threading.Event()
        waker.start()
        node.start()
        load = Load(node, self.ledger, f"{point}/stop/{self.n_rounds}", pause_s=0.02)
        self.expect_end(point, self.woken.is_set)
        assert stat() != "T"
        assert node.get("/healthz").status == 200  # it goes on
        node.stop(signal.SIGKILL)
        load.end()

    def wake_when_stopped(self):
        while True:
            time.sleep(0.02)
            process = self.scene.node.process
            try:
                state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
            except (OSError, AttributeError):
                continue
            if state == "T":
                time.sleep(STOPPED_S)
                process.send_signal(signal.SIGCONT)
                self.woken.set()
                return

    def check(self):
        """The store has no faults, the node starts and knows what was acknowledged since the last check. Ends with kill
        -9."""
        verdict.fsck(self.scene.node.store)
        self.start()
        new = sorted(self.ledger.acknowledged - self.checked)

        def known(connection, digest):
            answer = self.scene.node.request("GET", f"/v1/credentials/{digest}", connection=connection)
            assert answer.status == 200, f"acknowledged and lost: {digest}"

        self.scene.in_parallel(known, new, threads=4)
        self.checked.update(new)
        self.scene.node.stop(signal.SIGKILL)


def crash_during_creation(scene):
    """Kills the process at each step of the creation of a store; the next start completes it. Returns the number of
    kills."""
    folder = scene.folder / "new"
    times = 0
    for point in (name for name in failpoints.names() if name.startswith("create.")):
        for n in range(1, FILES_OF_A_NEW_STORE + 1):
            folder.mkdir()
            node = daemon.Node(scene.node.settings | {"store.path": folder / "store"}, folder)
            node.store = folder / "store"
            node.environment = {"BADGED_FAILPOINT": f"{point}:exit:{n}"}
            try:
                node.start()
                raise AssertionError(f"{point} is not reached {n} times while a store is created")
            except daemon.NodeError:
                assert node.process.wait(daemon.WAIT_S) == DIED, "".join(node.log[-20:])
                node.stop()
            node.environment = {}
            node.start()
            assert node.submit({"id": "new"}).status == 201
            assert node.stop() == 0
            shutil.rmtree(folder)
            times += 1
    return times


def run_lane(points, during_recovery, during_creation):
    """Hits these failpoints on a chain and a store of its own. Returns (counts, digests acknowledged and how)."""
    ledger, n_new = Ledger(), 0
    with Scene(SETTINGS, node=False) as scene:
        scene.start_node()
        scene.node.stop()
        crash = Crash(scene, ledger)
        for point in points:
            times = max(REPEAT, WRITES_OF_AN_ANCHOR if point.startswith("badgean1.") else 1)
            for n in range(1, times + 1):
                crash.exit_at(point, n)
                crash.check()
            if STOPS:
                crash.stop_at(point)
                crash.check()
        for first, second in during_recovery:
            crash.exit_at(first)
            started = crash.start(second)
            assert not started, f"after {first} the start does not reach {second}"
            crash.n_exits += 1
            crash.check()
        if during_creation:
            n_new = crash_during_creation(scene)
        crash.revoke_and_kill()
        crash.start()
        crash.expect_revoked()
        n_digests, n_batches = verdict.check(scene, ledger, records=5000 // LANES)
    counts = {"exits": crash.n_exits, "exits in a new store": n_new, "stops": crash.n_stops, "digests": n_digests,
              "batches": n_batches, "revoked": len(crash.revoked), "acknowledged": len(ledger.acknowledged)}
    return Counter(counts), ledger.by


def main():
    start, points = time.monotonic(), failpoints.names()
    with ThreadPoolExecutor(LANES) as pool:
        lanes = [pool.submit(run_lane, points[i::LANES], DURING_RECOVERY[i::LANES], i == 0) for i in range(LANES)]
        results = [lane.result() for lane in lanes]
    counts, how = sum((counts for counts, _ in results), Counter()), sum((by for _, by in results), Counter())
    say(f"{len(points)} failpoints, each hit, in {LANES} lanes: {dict(counts)}; acknowledged: {dict(how)}")
    say(f"no acknowledged digest is missing, none is in two batches; each batch is anchored once, all are final; "
        f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
