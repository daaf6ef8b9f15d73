#!/usr/bin/env python3
"""Merkle trees by the recursive definition of RFC 9162 section 2.1, for the sizes given as arguments.

Prints `root <size> <hash>` and `path <size> <index> <hash>…` (every index to 200 leaves, a few beyond). The leaves are
SHA-256 of the counter in eight big-endian bytes, sorted. Shares no code with the library under test.
"""
import hashlib
import sys
from functools import lru_cache


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def split(n):
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def oracle(size):
    leaves = sorted(sha256(i.to_bytes(8, "big")) for i in range(size))

    @lru_cache(maxsize=None)
    def root(start, end):
        if end - start == 1:
            return leaves[start]
        k = split(end - start)
        return sha256(b"\x01", root(start, start + k), root(start + k, end))

    def path(index, start, end):
        if end - start == 1:
            return []
        k = split(end - start)
        if index < k:
            return path(index, start, start + k) + [root(start + k, end)]
        return path(index - k, start + k, end) + [root(start, start + k)]

    print("root", size, root(0, size).hex())
    indices = range(size) if size <= 200 else sorted({0, 1, size // 3, size // 2, size - 2, size - 1})
    for index in indices:
        print("path", size, index, *(h.hex() for h in path(index, 0, size)))


for argument in sys.argv[1:]:
    oracle(int(argument))
