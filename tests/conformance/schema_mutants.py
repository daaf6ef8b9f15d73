"""Credentials of Open Badges 3.0 and CLR 2.0, changed at random where their schemas have rules. The same seed gives the
same documents."""

import copy
import json
import random

VALUES = [None, True, 1, 1.5, "x", "2026-01-01T00:00:00Z", [], {}, ["x"], {"en": "x"}, {"en-GB": "x", "xx1": "y"}, [1],
          "ext:a", "a.b.c", {"id": "urn:x", "type": ["Profile"]}, {"type": "Image", "id": "urn:i"}, "Profile", ["Profile"]]
NAMES = ["extra", "name", "id", "image", "endorsement", "parentOrg", "dateOfBirth", "type", "address", "result"]
KEPT = ("@context", "type", "proof")  # at the top: what decides which schema holds


def originals(vectors):
    """Of VC Data Model 2.0: the schemas refuse those of 1.1, which `badge check` takes."""
    files = [file for folder in ("stack", "credentials", "1edtech/ob30", "1edtech/clr20")
             for file in sorted((vectors / folder).glob("*.json"))]
    for file in files:
        document = json.loads(file.read_text())
        kinds = document.get("type") if isinstance(document, dict) else None
        if isinstance(kinds, list) and "VerifiableCredential" in kinds and "2018/credentials/v1" not in file.read_text():
            yield document


def paths(value, path=()):
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def change(document, rng):
    places = [path for path in paths(document) if path and (path[0] not in KEPT or len(path) > 2)]
    path = rng.choice(places)
    parent, key = at(document, path[:-1]), path[-1]
    what, value = rng.randrange(6), copy.deepcopy(rng.choice(VALUES))
    if what == 0:
        del parent[key]
    elif what == 1:
        parent[key] = [parent[key]]
    elif what == 2 and isinstance(parent[key], list) and parent[key]:
        parent[key] = parent[key][0]
    elif what == 3 and isinstance(parent[key], dict):
        parent[key][rng.choice(NAMES)] = value
    elif what == 4:
        parent[key] = copy.deepcopy(at(document, rng.choice(places)))
    else:
        parent[key] = value


def mutants(vectors, seed, n):
    rng, documents = random.Random(seed), list(originals(vectors))
    for _ in range(n):
        document = copy.deepcopy(rng.choice(documents))
        for _ in range(rng.randint(1, 2)):
            change(document, rng)
        yield document
