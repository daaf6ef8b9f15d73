"""Reads a node's batch files, in the format of node/store/batch_file.h; all numbers are little-endian."""

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
    replaces: int  # the spoiled batch that it replaces; 0: none


def read(file):
    """A Batch with a correct checksum, whose root is that of its leaves. Raises ValueError for any other."""
    data = file.read_bytes()
    if hashlib.sha256(data[:-32]).digest() != data[-32:]:
        raise ValueError(f"{file}: wrong checksum")
    magic, number, n, chain_id, _, _, contract, issuer, secret, root, replaces, spare, _ = HEAD.unpack_from(data)
    if magic != b"badgebt1" or any(spare) or number != int(file.name):
        raise ValueError(f"{file}: the header is that of another batch")
    digests = [data[at : at + 32] for at in range(HEAD.size, HEAD.size + 32 * n, 32)]
    labels = data[HEAD.size + 40 * n :][:n]
    leaves = [leaf_hash(hmac.digest(secret, digest, "sha256"), digest) for digest in digests]
    if root_of(leaves) != root:
        raise ValueError(f"{file}: the digests do not have this root")
    if not all(1 <= label <= N_LABELS for label in labels):
        raise ValueError(f"{file}: invalid label")
    return Batch(number, chain_id, contract, issuer, root, digests, labels, replaces)


def read_all(folder):
    """The batches of a store, in the order of their numbers, which are 1, 2, 3 … without a gap."""
    files = sorted(folder.glob("[0-9]*[0-9]"))
    batches = [read(file) for file in files]
    if [batch.number for batch in batches] != list(range(1, len(batches) + 1)):
        raise ValueError(f"{folder}: the batches are not numbered from 1 without a gap")
    return batches
