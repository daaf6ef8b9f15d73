#!/usr/bin/env python3
"""A node whose disk is full at its start serves what it has, and accepts again when there is space. The disk is a small
file system in memory, which this program mounts in a mount namespace of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from load import digest_of, make_document
from node import Node, until
from verdict import fsck

DISK = "40m"
RESERVE_LEN = 16 << 20


def say(text):
    print(f"full start: {text}", file=sys.stderr, flush=True)


def fill(folder):
    """Writes a file until nothing more fits, not even a byte of another file; returns its length."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as out:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while out.write(bytes(size)) == size:
                    pass
            except OSError:
                pass
    return filler.stat().st_size


def reasons(node):
    return {reason["code"]: reason["detail"] for reason in node.get("/readyz").json()["reasons"]}


def expect(node, documents, status):
    for document in documents:
        answer = node.get(f"/v1/credentials/{digest_of(document)}")
        assert answer.status == status, (status, answer.status, answer.body)


def start_full(node, folder, sealed, pending, unknown):
    filled = fill(folder)
    node.start()
    assert "disk is full" in reasons(node)["store"], reasons(node)
    assert node.submit(unknown).status == 503
    expect(node, sealed + pending, 200)
    expect(node, [unknown], 404)
    for document in sealed:
        answer = node.get(f"/v1/credentials/{digest_of(document)}/receipt")
        assert answer.status == 200, (answer.status, answer.body)
    return filled


def free(node, folder, document):
    (folder / "filler").unlink()
    until("the store accepts submissions", lambda: "store" not in reasons(node))
    assert (node.store / "reserve").stat().st_size == RESERVE_LEN
    assert node.submit(document).status == 201
    assert node.request("POST", "/v1/batches", scope="admin").status == 201


def run(folder):
    documents = [make_document(str(i)) for i in range(60)]
    sealed, pending, unknown = documents[:40], documents[40:50], documents[50:]
    node = Node({"batch.max_age": "1 h"}, folder)
    node.start()
    for batch in (sealed[:20], sealed[20:]):
        for document in batch:
            assert node.submit(document).status == 201
        assert node.request("POST", "/v1/batches", scope="admin").status == 201
    for document in pending:
        assert node.submit(document).status == 201
    assert (node.store / "reserve").stat().st_size == RESERVE_LEN
    assert node.stop() == 0

    filled = start_full(node, folder, sealed, pending, unknown[0])
    node.await_line("the reserve is given back")
    assert not (node.store / "reserve").exists()
    assert "slowly" not in reasons(node)["store"], reasons(node)
    say(f"with the reserve: {filled} bytes filled, {len(sealed)} receipts served")
    assert node.stop() == 0

    filled = start_full(node, folder, sealed, pending, unknown[0])  # what the reserve had left is taken, too
    assert "slowly" in reasons(node)["store"], reasons(node)
    say(f"without it: {filled} bytes filled, {len(sealed)} receipts found in the batch files")
    free(node, folder, unknown[0])
    expect(node, sealed + pending + unknown[:1], 200)
    assert node.stop() == 0
    fsck(node.store)

    start_full(node, folder, sealed, pending, unknown[1])
    free(node, folder, unknown[1])
    assert node.stop() == 0
    fsck(node.store)


def main():
    if "mounted" not in sys.argv:
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        os.execvp("unshare", ["unshare", "--mount", *as_root, sys.executable, __file__, "mounted"])
    folder = Path(tempfile.mkdtemp(prefix="badged-full-"))
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", folder], check=True)
        run(folder)
        subprocess.run(["umount", folder], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
