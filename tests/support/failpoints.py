"""Reads the names of all failpoints from the sources (node/runtime/failpoint.h describes the format)."""

import re
from pathlib import Path

NODE = Path(__file__).resolve().parents[2] / "node"
NAMED = re.compile(r'FAILPOINT\("([\w-]+)", "([\w-]+)"\)')
OF_RECORDS = re.compile(r'FAILPOINT\(file->kind->magic, "([\w-]+)"\)')
KIND = re.compile(r'struct record_file_kind \w+ = \{"(\w+)"')


def names():
    """Sorted. A failpoint in the shared code of record files counts once for each kind of file."""
    texts = [path.read_text() for path in sorted(NODE.rglob("*.c"))]
    named = {".".join(found) for text in texts for found in NAMED.findall(text)}
    kinds = [kind for text in texts for kind in KIND.findall(text)]
    moments = [moment for text in texts for moment in OF_RECORDS.findall(text)]
    n_calls = sum(text.count("FAILPOINT(") for text in texts)
    n_read = sum(len(NAMED.findall(text)) + len(OF_RECORDS.findall(text)) for text in texts)
    assert n_calls == n_read, "a failpoint in an unknown format"
    assert named and kinds and moments
    return sorted(named | {f"{kind}.{moment}" for kind in kinds for moment in moments})
