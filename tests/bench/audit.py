#!/usr/bin/env python3
"""How long `badge audit` takes over 1,000,000 credentials in 100 batches, and where the time goes. Starts a chain and a
node of its own, fills the node, waits until every batch is final (some minutes), then audits the node, a mirror of it
and its store, three times each. Use a release build:

    PYTHONPATH=tests/support BADGED_BIN=build/bench/bin/badged tests/bench/audit.py
"""

import json
import resource
import sys
import time

from scene import Scene, badge

BATCHES, LEAVES = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (100, 10_000)


def fill(scene):
    for batch in range(BATCHES):
        for first in range(0, LEAVES, 10_000):
            digests = [f"{batch:032x}{i:032x}" for i in range(first, min(first + 10_000, LEAVES))]
            answer = scene.node.request("POST", "/v1/digests", body=json.dumps({"digests": digests}).encode(),
                                        scope="digest", headers={"Content-Type": "application/json"})
            assert answer.status == 200, answer.body
        assert scene.node.request("POST", "/v1/batches", scope="admin").status == 201
    scene.seal_all(timeout_s=1800)


def measure(name, *words):
    for _ in range(3):
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        report = json.loads(badge("audit", "--json", *words).stdout)
        seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert report["verdict"] == "clean" and report["counts"]["verifiedLeaves"] == BATCHES * LEAVES
        print(f"{name:8} {seconds:6.2f} s; processor: {after.ru_utime - before.ru_utime:.2f} s user, "
              f"{after.ru_stime - before.ru_stime:.2f} s system; largest process yet {after.ru_maxrss >> 10} MiB",
              flush=True)


with Scene({"batch.max_age": "10 h"}) as scene:
    fill(scene)
    print(f"{BATCHES} batches of {LEAVES:,} leaves", flush=True)
    registry = ("--rpc", scene.rpc, "--issuer", scene.issuer)
    begun = time.monotonic()
    badge("mirror", scene.folder / "mirror", "--node", scene.url)
    print(f"mirror made in {time.monotonic() - begun:.2f} s")
    measure("node", *registry, "--node", scene.url)
    measure("mirror", *registry, "--mirror", scene.folder / "mirror")
    measure("store", *registry, "--backup", scene.node.store)
    state = scene.folder / "state"
    badge("audit", *registry, "--node", scene.url, "--state", state)
    measure("no leaf", *registry, "--node", scene.url, "--state", state)
