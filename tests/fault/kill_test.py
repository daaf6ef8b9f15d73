#!/usr/bin/env python3
"""kill -9 at random moments under load, the node started again on the same store each time, the chain alive.

Clients submit documents, lines of them and digests, and write down each digest at the moment it is acknowledged; they
send again what was and what was not, so that a digest has many chances to be stored twice. Some kills come during the
start, some right after a seal was asked for. At the end: no acknowledged digest is missing, none is in two batches,
every batch is anchored exactly once, and all is final.

KILL_ROUNDS (50) is how often; KILL_SEED repeats the same moments and documents, though not the same race.
"""

import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import batch_files
import node as daemon
from scene import Scene
from verify_receipt import address, keccak256, prove_log

ROUNDS = int(os.environ.get("KILL_ROUNDS", "50"))
SEED = os.environ.get("KILL_SEED") or str(random.randrange(10**9))
LONGEST_S = 1.2  # from the start to the kill
GONE = (OSError, http.client.IncompleteRead, http.client.BadStatusLine)  # what a client sees of a kill
ANCHORED = "0x" + keccak256(b"Anchored(address,bytes32,address,uint64,uint64)").hex()
SETTINGS = {"batch.max_age": "3 s", "batch.max_leaves": "16384"}


def say(text):
    print(f"kill: {text}", file=sys.stderr, flush=True)


class Ledger:
    """What was sent, and what of it was acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged, self.sent = set(), []
        self.by = Counter()

    def will_send(self, documents):
        with self.lock:
            self.sent += documents

    def acknowledge(self, digest, how):
        with self.lock:
            self.acknowledged.add(digest)
            self.by[how] += 1


def make_document(name):
    return json.dumps({"id": name}, separators=(",", ":")).encode()  # as RFC 8785 would write it


def digest_of(document):
    return hashlib.sha256(document).hexdigest()


class Client(threading.Thread):
    """Submits in its own way until the node is gone."""

    def __init__(self, scene, ledger, name):
        super().__init__(name=name)
        self.scene, self.ledger, self.rng = scene, ledger, random.Random(name)
        self.connection = scene.node.connect(timeout=10)
        self.failure = None
        self.n_made = 0

    def run(self):
        try:
            while True:
                self.submit()
        except GONE:
            pass
        except json.JSONDecodeError:
            pass  # a line cut in the middle is no acknowledgement
        except Exception as failure:
            self.failure = failure
        finally:
            self.connection.close()

    def documents(self, n):
        """New ones, and one in five that was sent before."""
        documents = []
        for _ in range(n):
            again = self.ledger.sent and self.rng.random() < 0.2
            self.n_made += not again
            documents.append(
                self.rng.choice(self.ledger.sent) if again else make_document(f"{self.name}/{self.n_made}")
            )
        self.ledger.will_send(documents)
        return documents

    def post(self, path, body, media_type, scope):
        headers = {"Content-Type": media_type, "Authorization": "Bearer " + self.scene.node.tokens[scope]}
        self.connection.request("POST", path, body, headers)
        return self.connection.getresponse()

    def take(self, documents, results, how):
        for document, result in zip(documents, results):
            if "error" in result:
                raise RuntimeError(f"refused: {result}")
            if result["digest"] != digest_of(document):
                raise RuntimeError(f"another digest: {result} for {document}")
            self.ledger.acknowledge(result["digest"], how)


class OneByOne(Client):
    def submit(self):
        (document,) = self.documents(1)
        response = self.post("/v1/credentials", document, "application/json", "submit")
        if response.status not in (200, 201):
            raise RuntimeError(f"{response.status} {response.read()}")
        self.ledger.acknowledge(digest_of(document), "alone")
        response.read()


class Lines(Client):
    def submit(self):
        documents = self.documents(self.rng.randrange(1, 100))
        body = b"".join(document + b"\n" for document in documents)
        response = self.post("/v1/credentials", body, "application/x-ndjson", "submit")
        if response.status != 200:
            raise RuntimeError(f"{response.status} {response.read()}")
        self.take(documents, (json.loads(line) for line in response), "in lines")
        response.read()


class Digests(Client):
    def submit(self):
        documents = self.documents(self.rng.randrange(1, 10))
        body = json.dumps({"digests": [digest_of(document) for document in documents]})
        response = self.post("/v1/digests", body, "application/json", "digest")
        if response.status != 200:
            raise RuntimeError(f"{response.status} {response.read()}")
        self.take(documents, json.load(response)["results"], "as digests")


def kill_while_starting(scene, rng):
    process = subprocess.Popen(
        [daemon.BADGED, "--config", scene.node.write_config()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(rng.uniform(0, 0.4))
    process.send_signal(signal.SIGKILL)
    process.wait()


def one_round(scene, ledger, rng, number):
    if rng.random() < 0.2:
        kill_while_starting(scene, rng)
    scene.start_node()
    kinds = (OneByOne, OneByOne, OneByOne, Lines, Digests)
    clients = [kind(scene, ledger, f"{SEED}/{number}/{i}") for i, kind in enumerate(kinds)]
    for client in clients:
        client.start()
    time.sleep(rng.uniform(0, LONGEST_S))
    if rng.random() < 0.3:  # so that the kill comes during a seal more often than by chance
        asking = threading.Thread(target=ask_for_a_seal, args=(scene,))
        asking.start()
        time.sleep(rng.uniform(0, 0.05))
        scene.node.stop(signal.SIGKILL)
        asking.join()
    else:
        scene.node.stop(signal.SIGKILL)
    for client in clients:
        client.join()
        if client.failure:
            raise client.failure


def ask_for_a_seal(scene):
    try:
        scene.node.request("POST", "/v1/batches", scope="admin")
    except GONE:
        pass


def check_records(scene, acknowledged, place_of):
    """Each acknowledged digest has a final record, at the place where the batch files have it."""

    def check(connection, digest):
        answer = scene.node.request("GET", f"/v1/credentials/{digest}", connection=connection)
        assert answer.status == 200, f"acknowledged and lost: {digest}"
        record = answer.json()
        assert record["state"] == "final", record
        assert (record["batch"]["number"], record["batch"]["leafIndex"]) == place_of[digest], record

    scene.in_parallel(check, sorted(acknowledged), threads=4)


def check_chain(scene, batches):
    """Every batch has one Anchored event of ours, there is none besides, and the log is complete."""
    issuer = address(scene.issuer)
    events = scene.ask(
        "eth_getLogs",
        {"fromBlock": "0x0", "toBlock": "latest", "topics": [ANCHORED, "0x" + issuer.rjust(32, b"\0").hex()]},
    )
    roots = [event["topics"][2] for event in events]
    assert sorted(roots) == sorted("0x" + batch.root.hex() for batch in batches), "batches and events differ"
    sizes = {batch.root: len(batch.digests) for batch in batches}
    log = [(bytes.fromhex(root[2:]), sizes[bytes.fromhex(root[2:])]) for root in roots]
    scene.chain.refresh()
    assert prove_log(scene.chain, issuer, log), "logOf does not prove the list of batches"


def main():
    say(f"seed {SEED}, {ROUNDS} rounds (KILL_SEED={SEED} repeats them)")
    rng, ledger, start = random.Random(SEED), Ledger(), time.monotonic()
    with Scene(SETTINGS, node=False) as scene:
        scene.start_node()
        scene.node.stop()
        for number in range(ROUNDS):
            one_round(scene, ledger, rng, number)
        say(f"{ROUNDS} kills in {time.monotonic() - start:.0f} s; acknowledged: {dict(ledger.by)}")
        scene.start_node()
        scene.seal_all()
        batches = batch_files.read_all(scene.node.store / "batches")
        place_of = {}
        for batch in batches:
            for index, digest in enumerate(batch.digests):
                name, place = digest.hex(), (batch.number, index)
                assert place_of.setdefault(name, place) == place, f"{name} is at {place_of[name]} and {place}"
        missing = ledger.acknowledged - place_of.keys()
        assert not missing, f"{len(missing)} acknowledged digests are in no batch, such as {min(missing)}"
        foreign = place_of.keys() - {digest_of(document) for document in ledger.sent}
        assert not foreign, f"{len(foreign)} digests are in batches that nobody has sent"
        check_chain(scene, batches)
        check_records(scene, ledger.acknowledged, place_of)
        node = scene.node.get("/v1/node").json()
        assert (node["batches"], node["credentials"], node["pending"]) == (len(batches), len(place_of), 0), node
    say(
        f"{len(ledger.acknowledged)} digests acknowledged, none missing; {len(place_of)} in {len(batches)} batches, "
        f"none twice; each batch anchored once; all final; {time.monotonic() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
