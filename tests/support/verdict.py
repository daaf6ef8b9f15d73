"""The checks of a node after every fault: no acknowledged digest is missing or in two batches, each batch is anchored
exactly once, and everything is final.
"""

import batch_files
from load import digest_of
from scene import badge, until
from verify_receipt import address, keccak256, prove_log

ANCHORED = "0x" + keccak256(b"Anchored(address,bytes32,address,uint64,uint64)").hex()


def fsck(store):
    """`badge fsck` must find no fault in the store. Its node must not run."""
    done = badge("fsck", "--store", store, check=False)
    assert done.returncode == 0, f"badge fsck ended with {done.returncode}:\n{done.stdout}{done.stderr}"


def read_places(batches):
    """{digest: (batch, leaf)} of all batches."""
    place_of = {}
    for batch in batches:
        for index, digest in enumerate(batch.digests):
            name, place = digest.hex(), (batch.number, index)
            assert place_of.setdefault(name, place) == place, f"{name} is at {place_of[name]} and {place}"
    return place_of


def check_records(scene, acknowledged, place_of):
    """Each acknowledged digest must have a final record with the place from the batch files."""

    def check(connection, digest):
        answer = scene.node.request("GET", f"/v1/credentials/{digest}", connection=connection)
        assert answer.status == 200, f"acknowledged and lost: {digest}"
        record = answer.json()
        assert record["state"] == "final", record
        assert (record["batch"]["number"], record["batch"]["leafIndex"]) == place_of[digest], record

    scene.in_parallel(check, sorted(acknowledged), threads=4)


def finalized(chain):
    chain.refresh()
    return chain.final.number


def check_chain(scene, batches):
    """Each batch must have one Anchored event from this node, there must be no others, and the log must be complete."""
    issuer = address(scene.issuer)
    events = scene.ask(
        "eth_getLogs",
        {"fromBlock": "0x0", "toBlock": "latest", "topics": [ANCHORED, "0x" + issuer.rjust(32, b"\0").hex()]},
    )
    roots = [event["topics"][2] for event in events]
    assert sorted(roots) == sorted("0x" + batch.root.hex() for batch in batches), "batches and events differ"
    sizes = {batch.root: len(batch.digests) for batch in batches}
    log = [(bytes.fromhex(root[2:]), sizes[bytes.fromhex(root[2:])]) for root in roots]
    last = max((int(event["blockNumber"], 16) for event in events), default=0)
    until("the last anchor's block is finalized", lambda: finalized(scene.chain) >= last)
    assert prove_log(scene.chain, issuer, log), "logOf does not prove the list of batches"


def check(scene, ledger, records=None):
    """Seals what is pending on a running node, waits until everything is final, then checks it.

    records   the number of acknowledged digests that are requested over HTTP (None: all)
    Returns (digests in batches, batches).
    """
    n_files = sum(1 for _ in (scene.node.store / "batches").iterdir())
    scene.seal_all(timeout_s=300 + 10 * n_files)  # a block or two for each batch
    batches = batch_files.read_all(scene.node.store / "batches")
    place_of = read_places(batches)
    missing = ledger.acknowledged - place_of.keys()
    assert not missing, f"{len(missing)} acknowledged digests are in no batch, such as {min(missing)}"
    unknown = place_of.keys() - {digest_of(document) for document in ledger.sent}
    assert not unknown, f"{len(unknown)} digests in batches were never submitted"
    check_chain(scene, batches)
    check_records(scene, sorted(ledger.acknowledged)[:records], place_of)
    node = scene.node.get("/v1/node").json()
    assert (node["batches"], node["credentials"], node["pending"]) == (len(batches), len(place_of), 0), node
    return len(place_of), len(batches)
