#!/usr/bin/env python3
"""kill -9 at random moments under load; each time the node restarts on the same store. A flaky provider is between the
node and the chain.

Some kills come during the start, some right after a seal was requested; some nodes are suspended for a while before. At
the end verdict.py checks the node.

KILL_ROUNDS (25) is how often; KILL_SEED repeats the same moments and documents, though not the same race.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import node as daemon
import verdict
from flaky import Flaky
from load import Ledger, Load, ask_for_a_seal
from scene import Scene

ROUNDS = int(os.environ.get("KILL_ROUNDS", "25"))
SEED = os.environ.get("KILL_SEED") or str(random.randrange(10**9))
LONGEST_S = 1.2  # from the start to the kill, at most
LONGEST_STOP_S = 2.5
PAUSE_S = 0.03  # of a client between two requests: keeps the store small, so that 200 checks are fast
ASKED = 20000  # digests requested over HTTP at the end; the batch files are checked for all
SETTINGS = {"batch.max_age": "3 s", "batch.max_leaves": "16384"}


def say(text):
    print(f"kill: {text}", file=sys.stderr, flush=True)


def kill_while_starting(scene, rng):
    process = subprocess.Popen(
        [daemon.BADGED, "--config", scene.node.write_config()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(rng.uniform(0, 0.4))
    process.send_signal(signal.SIGKILL)
    process.wait(daemon.WAIT_S)


def stop_for_a_while(scene, rng):
    scene.node.process.send_signal(signal.SIGSTOP)
    time.sleep(rng.uniform(0, LONGEST_STOP_S))
    scene.node.process.send_signal(signal.SIGCONT)
    time.sleep(rng.uniform(0, LONGEST_S))


def one_round(scene, ledger, rng, number, counts):
    if rng.random() < 0.2:
        counts["during the start"] += 1
        kill_while_starting(scene, rng)
    scene.start_node()
    load = Load(scene.node, ledger, f"{SEED}/{number}", pause_s=PAUSE_S)
    time.sleep(rng.uniform(0, LONGEST_S))
    if rng.random() < 0.15:
        counts["stopped before"] += 1
        stop_for_a_while(scene, rng)
    if rng.random() < 0.3:  # so that the kill comes during a seal more often
        counts["right after a seal was requested"] += 1
        asking = threading.Thread(target=ask_for_a_seal, args=(scene.node,))
        asking.start()
        time.sleep(rng.uniform(0, 0.05))
        scene.node.stop(signal.SIGKILL)
        daemon.join(asking)
    else:
        scene.node.stop(signal.SIGKILL)
    load.end()
    verdict.fsck(scene.node.store)


def main():
    say(f"seed {SEED}, {ROUNDS} rounds (KILL_SEED={SEED} repeats them)")
    rng, ledger, counts, start = random.Random(SEED), Ledger(), Counter(), time.monotonic()
    settings = dict(SETTINGS)
    with Scene(settings, node=False) as scene, Flaky(scene.rpc, SEED) as flaky:
        settings["chain.rpc"] = flaky.url
        scene.start_node()
        scene.node.stop()
        for number in range(ROUNDS):
            one_round(scene, ledger, rng, number, counts)
        say(f"{ROUNDS} kills in {time.monotonic() - start:.0f} s, of them {dict(counts)}; "
            f"acknowledged: {dict(ledger.by)}")
        say(f"the provider: {flaky}")
        flaky.calm()
        scene.start_node()
        n_digests, n_batches = verdict.check(scene, ledger, records=ASKED)
        assert scene.node.stop() == 0
        verdict.fsck(scene.node.store)
    say(
        f"{len(ledger.acknowledged)} digests acknowledged, none missing; {n_digests} in {n_batches} batches, none twice; "
        f"each batch anchored once; all final; badge fsck clean after each kill and at the end; {time.monotonic() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
