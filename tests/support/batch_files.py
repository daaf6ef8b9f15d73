"""Reads a node's batch files, as node/store/batch_file.h lays them out: all numbers are little-endian."""

import hashlib
import hmac
import struct
from dataclasses import dataclass

from verify_receipt import leaf_hash, root_of

HEAD = struct.Struct("<8sIIQqQ20s20s32s32sI8sI")
N_LABELS = 4


@dataclass
class Batch:
    number: int
    chain_id: int
    contract: bytes
    issuer: bytes
    root: bytes
    digests: list  # in the order of their leaves
    labels: bytes
    replaces: int  # the spoiled batch that had these digests; 0: no batch


def read(file):
    """A Batch whose checksum holds and whose root is that of its leaves. Raises ValueError for any other."""
    data = file.read_bytes()
    if hashlib.sha256(data[:-32]).digest() != data[-32:]:
        raise ValueError(f"{file}: the checksum does not hold")
    magic, number, n, chain_id, _, _, contract, issuer, secret, root, replaces, spare, _ = HEAD.unpack_from(data)
    if magic != b"badgebt1" or any(spare) or number != int(file.name):
        raise ValueError(f"{file}: the head is not that of this batch")
    digests = [data[at : at + 32] for at in range(HEAD.size, HEAD.size + 32 * n, 32)]
    labels = data[HEAD.size + 40 * n :][:n]
    leaves = [leaf_hash(hmac.digest(secret, digest, "sha256"), digest) for digest in digests]
    if root_of(leaves) != root:
        raise ValueError(f"{file}: the digests do not lead to the root")
    if not all(1 <= label <= N_LABELS for label in labels):
        raise ValueError(f"{file}: a label is none")
    return Batch(number, chain_id, contract, issuer, root, digests, labels, replaces)


def read_all(folder):
    """The batches of a store, by their numbers, which are 1, 2, 3 … without a gap."""
    files = sorted(folder.glob("[0-9]*[0-9]"))
    batches = [read(file) for file in files]
    if [batch.number for batch in batches] != list(range(1, len(batches) + 1)):
        raise ValueError(f"{folder}: the batches are not numbered from 1 without a gap")
    return batches
