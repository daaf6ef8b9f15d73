#!/usr/bin/env python3
"""A node under load for a long time, with a flaky provider and reorgs: memory and open descriptors must not grow. At
the end verdict.py checks the node.

Memory means the process's own memory. Mapped files (the program and LevelDB's tables) grow with the store, and the
kernel can drop them at any time.

SOAK_MINUTES (30) is the duration. Caches fill in the first half: 256 batch files are kept open, and the index has its
own cache. The last quarter must not be above the third. $BADGED_BIN is the program, which should be a release build.
"""

import os
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import verdict
from flaky import Flaky
from load import Ledger, Load
from scene import Scene

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
SEED = random.randrange(10**9)
SETTINGS = {"batch.max_age": "3 s", "batch.max_leaves": "16384"}
SAMPLES = 30
REORG_EVERY_S = 20
DEEPEST = 2  # deeper ones would reach blocks that are final with --slots-in-an-epoch 1
GROWTH = 1.1  # of memory: the list of batches is in it
MORE_DESCRIPTORS = 10


def say(text):
    print(f"soak: {text}", file=sys.stderr, flush=True)


def measure(pid):
    """(KiB of the process's own memory, KiB of mapped files, open descriptors, threads)."""
    status = Path(f"/proc/{pid}/status").read_text()
    field = lambda name: int(status.split(f"{name}:")[1].split()[0])
    return field("RssAnon"), field("RssFile"), len(os.listdir(f"/proc/{pid}/fd")), field("Threads")


def reorganize(scene, rng, counts):
    depth = rng.randint(1, DEEPEST)
    try:
        scene.ask("anvil_reorg", depth, [])
        counts[f"of depth {depth}"] += 1
    except Exception as error:
        counts[f"refused: {error}"] += 1


def sample_for(scene, ledger, counts, seconds):
    """Takes samples, with reorgs in between."""
    rng, samples, start, next_reorg = random.Random(SEED), [], time.monotonic(), REORG_EVERY_S
    every_s = seconds / SAMPLES
    while (now := time.monotonic() - start) < seconds:
        if now >= next_reorg:
            reorganize(scene, rng, counts)
            next_reorg += REORG_EVERY_S
        if now >= every_s * (len(samples) + 1):
            own, mapped, descriptors, threads = measure(scene.node.process.pid)
            samples.append((own, descriptors))
            node = scene.node.get("/v1/node").json()
            say(f"{now / 60:5.1f} min {own / 1024:6.1f} MiB, {mapped / 1024:5.1f} mapped {descriptors:4} descriptors "
                f"{threads:3} threads {len(ledger.acknowledged):8} acknowledged {node['batches']:5} batches")
        time.sleep(0.2)
    return samples


def judge(samples):
    """Raises an error if a figure has grown."""
    steady = samples[len(samples) // 2 :]
    early, late = steady[: len(steady) // 2], steady[len(steady) // 2 :]
    for name, column, allowed in (
        ("memory (KiB)", 0, lambda base: base * GROWTH),
        ("descriptors", 1, lambda base: base + MORE_DESCRIPTORS),
    ):
        base = statistics.median(sample[column] for sample in early)
        end = statistics.median(sample[column] for sample in late)
        most = max(sample[column] for sample in late)
        flat = end <= allowed(base)
        say(f"{name}: median {base:.0f} in the third quarter, {end:.0f} in the last, at most {most}: "
            f"{'flat' if flat else 'GROWING'}")
        assert flat, name


def main():
    ledger, counts, settings, start = Ledger(), Counter(), dict(SETTINGS), time.monotonic()
    say(f"{MINUTES:g} minutes, seed {SEED}")
    with Scene(settings, node=False) as scene, Flaky(scene.rpc, SEED) as flaky:
        settings["chain.rpc"] = flaky.url
        scene.start_node()
        load = Load(scene.node, ledger, f"soak/{SEED}", pause_s=0.2)
        samples = sample_for(scene, ledger, counts, 60 * MINUTES)
        load.end()
        say(f"the provider: {flaky}; reorganizations: {dict(counts)}; acknowledged: {dict(ledger.by)}")
        flaky.calm()
        n_digests, n_batches = verdict.check(scene, ledger, records=20000)
    say(f"{len(ledger.acknowledged)} digests acknowledged, none missing; {n_digests} in {n_batches} batches, none "
        f"twice; each batch anchored once; all final; {time.monotonic() - start:.0f} s")
    judge(samples)


if __name__ == "__main__":
    main()
