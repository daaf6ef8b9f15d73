#!/usr/bin/env python3
"""The store under a real node: a disk that is full for a while, backups under load, files damaged while they are
served. A limit on the size of the process's files simulates the full disk; it needs no privilege.
"""

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import batch_files
import keystore
import node as daemon
from load import Ledger, Load, ask_for_a_seal, digest_of, make_document
from scene import WAIT_S, until

BACKUPS = int(os.environ.get("STORE_BACKUPS", "5"))
BETWEEN_BACKUPS = 600  # digests that are acknowledged before the next one


def say(text):
    print(f"store: {text}", file=sys.stderr, flush=True)


def new_node(folder):
    """A node whose key is cheap to open: the account of the private key 1."""
    folder.mkdir(exist_ok=True)
    key, passphrase = folder / "key.json", folder / "passphrase"
    keystore.write(key, (1).to_bytes(32, "big"), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", b"open")
    passphrase.write_text("open\n")
    settings = {"batch.max_age": "1 h", "chain.keystore": key, "chain.passphrase_file": passphrase}
    return daemon.Node(settings, folder)


def tool(*words, status=0):
    """The output of `badge --json`, or its error text if it fails."""
    done = subprocess.run([daemon.BADGE, *map(str, words), "--json"], capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else done.stderr


def expect_clean(store, at_least):
    found = tool("fsck", "--store", store)
    assert found["clean"] and found["faults"] == [], found
    assert found["sealed"] + found["pending"] >= at_least, (found, at_least)
    return found


def expect_all(node, digests):
    """Requests each digest; of very many only a sample, after submitting all of them again and checking that none is
    new."""
    digests = sorted(digests)
    count = lambda: node.get("/v1/node").json()["credentials"]
    before = count()
    for i in range(0, len(digests), 10000):
        body = json.dumps({"digests": digests[i : i + 10000]})
        answer = node.request("POST", "/v1/digests", body, {"Content-Type": "application/json"}, "digest")
        assert answer.status == 200, answer.body
    assert count() == before, f"{count() - before} acknowledged digests were lost"
    connection = node.connect()
    for digest in digests[:: 1 + len(digests) // 500]:
        answer = node.request("GET", f"/v1/credentials/{digest}", connection=connection)
        assert answer.status == 200, f"acknowledged and lost: {digest}: {answer.status}"
    connection.close()


def why_not_ready(node):
    return {reason["code"]: reason["detail"] for reason in node.get("/readyz").json()["reasons"]}


def limit_files(node, length):
    _, hard = resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (length, hard))


def await_probe(node):
    """Waits until the node has probed a full disk from beginning to end. Each probe creates a file and unlinks it, so with
    the fourth change of the folder's time a second probe has begun."""
    changed = set()
    until("the disk is probed", lambda: changed.add(node.store.stat().st_mtime_ns) or len(changed) > 4)


def disk_full(folder):
    """Nothing more is acknowledged, reads continue, /readyz says why; with free space the node continues by itself."""
    node = new_node(folder)
    node.start()
    first = [make_document(f"before/{i}") for i in range(20)]
    for document in first:
        assert node.submit(document).status == 201
    segment = node.store / "journal" / "00000001"
    length = segment.stat().st_size
    limit_files(node, length + 30)
    refused = [make_document(f"without/{i}") for i in range(5)]
    for document in refused:
        answer = node.submit(document)
        assert answer.status == 503 and answer.headers["Retry-After"], (answer.status, answer.body)
        assert node.get(f"/v1/credentials/{digest_of(document)}").status == 404
    assert segment.stat().st_size == length, "the failed write is still there"
    assert "free disk space" in why_not_ready(node)["store"], why_not_ready(node)
    await_probe(node)  # the disk is still full
    assert "store" in why_not_ready(node)
    for document in first:
        assert node.get(f"/v1/credentials/{digest_of(document)}").status == 200
    limit_files(node, resource.RLIM_INFINITY)
    start = time.monotonic()
    until("the store accepts submissions again", lambda: "store" not in why_not_ready(node))
    back_s = time.monotonic() - start
    for document in refused:
        assert node.submit(document).status == 201
    for document in first:
        assert node.submit(document).status == 200
    # The same during a seal: the batch is sealed once there is space.
    limit_files(node, 1000)
    assert ask_for_a_seal(node) == 503
    assert node.get("/v1/node").json()["batches"] == 0
    limit_files(node, resource.RLIM_INFINITY)
    until("a batch is sealed", lambda: ask_for_a_seal(node) in (201, 204) and node.get("/v1/node").json()["batches"])
    node.stop(signal.SIGKILL)
    expect_clean(node.store, 25)
    node.start()
    expect_all(node, map(digest_of, first + refused))
    node.stop()
    say(f"disk full: 5 of 5 refused, 20 of 20 read; accepted again {back_s:.1f} s after space was freed; none lost")


def check_archive(file):
    """Checks a backup without the project's code: tar, SHA-256 sums, the roots of all batches."""
    assert file.stat().st_mode & 0o777 == 0o600, oct(file.stat().st_mode)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(file, "r:") as archive:
            assert all(member.isreg() and member.name.startswith("badged-store/") for member in archive)
            for member in archive:
                path = Path(folder) / member.name
                assert ".." not in path.parts
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.extractfile(member).read())
        sums = (Path(folder) / "badged-store/SHA256SUMS").read_text().splitlines()
        for line in sums:
            sum_, name = line.split("  ")
            assert hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest() == sum_, name
        assert len(sums) == sum(path.is_file() for path in Path(folder).rglob("*")) - 1
        return len(batch_files.read_all(Path(folder) / "badged-store/batches"))


def backups_under_load(folder):
    """A backup contains everything acknowledged before it began, and a node starts on it."""
    node = new_node(folder)
    node.start()
    ledger, over = Ledger(), threading.Event()

    def seal():
        while not over.wait(0.1):
            ask_for_a_seal(node)

    sealing = threading.Thread(target=seal, daemon=True)
    load = Load(node, ledger, "copies")
    sealing.start()
    taken, seconds = [], 0.0
    for i in range(BACKUPS):
        enough = len(ledger.acknowledged) + BETWEEN_BACKUPS
        until("more is acknowledged", lambda: len(ledger.acknowledged) >= enough)
        with ledger.lock:
            acknowledged = set(ledger.acknowledged)
        start = time.monotonic()
        found = tool("backup", folder / f"{i}.tar", "--store", node.store)
        seconds += time.monotonic() - start
        assert found["clean"] and found["sealed"] + found["pending"] >= len(acknowledged), found
        taken.append((folder / f"{i}.tar", acknowledged))
    assert "stop that process" in tool("fsck", "--store", node.store, status=2)
    over.set()
    load.end()
    daemon.join(sealing)
    node.stop()
    expect_clean(node.store, len(ledger.acknowledged))
    n_batches = [check_archive(file) for file, _ in taken]
    for file, acknowledged in taken[:: max(1, BACKUPS - 1)]:
        restored = new_node(folder / file.stem)
        assert tool("restore", file, "--store", restored.store)["clean"]
        assert "not empty" in tool("restore", file, "--store", restored.store, status=2)
        expect_clean(restored.store, len(acknowledged))
        restored.start()
        expect_all(restored, acknowledged)
        assert restored.submit({"new": file.stem}).status == 201, "the tokens are in the copy"
        restored.stop()
        expect_clean(restored.store, len(acknowledged) + 1)
    bad = folder / "bad.tar"
    whole = taken[0][0].read_bytes()
    for at in (0, 700, len(whole) // 2, len(whole) - 1600):
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert "another" in tool("restore", bad, "--store", folder / "never", status=1)
        assert not (folder / "never").exists()
    say(f"{BACKUPS} backups under load in {seconds:.1f} s, of {n_batches} batches and "
        f"{[len(acknowledged) for _, acknowledged in taken]} acknowledged digests; all restored completely")


def damage_while_served(folder):
    """A batch file damaged under a running node is never served: clients get a problem, the log names the file."""
    node = new_node(folder)
    node.start()
    for batch in (1, 2):
        for i in range(4):
            assert node.submit(make_document(f"{batch}/{i}")).status == 201
        assert ask_for_a_seal(node) == 201
    file = node.store / "batches" / "00000001"
    path = f"/v1/credentials/{digest_of(make_document('1/0'))}"
    assert node.get(path + "/receipt").status == 200
    whole = file.read_bytes()
    node.expected_broken = "store damaged"
    for what, bytes_ in (("flipped", whole[:170] + bytes([whole[170] ^ 1]) + whole[171:]), ("cut", whole[:200])):
        with file.open("r+b") as out:  # in place: the node has the file open
            out.write(bytes_)
            out.truncate(len(bytes_))
        seen = len(node.log)
        answers = [node.get(f"/v1/credentials/{digest_of(make_document(f'1/{i}'))}/receipt") for i in range(4)]
        refused = [answer for answer in answers if answer.status != 200]
        assert refused and all((a.status, a.code) == (500, "internal") for a in refused), [(a.status, a.body) for a in answers]
        node.await_line(" broken ", "batches/00000001", since=seen)
        assert node.get(f"/v1/credentials/{digest_of(make_document('2/0'))}/receipt").status == 200
        assert node.submit(make_document(f"after/{what}")).status == 201
    node.stop()
    found = tool("fsck", "--store", node.store, status=1)
    assert [fault["file"] for fault in found["faults"]] == ["batches/00000001"], found
    file.write_bytes(whole)
    expect_clean(node.store, 10)
    say("a batch damaged under a running node: its receipts refused, named in the log and by fsck; others served")


def main():
    start = time.monotonic()
    for part in (disk_full, backups_under_load, damage_while_served):
        with tempfile.TemporaryDirectory(prefix="badged-store-") as folder:
            part(Path(folder))
    say(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
