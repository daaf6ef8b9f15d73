#!/usr/bin/env python3
"""Compares the canonical N-Quads of mutated badges in libbadge and in npm's jsonld, one process a side: the same text,
or both refuse.

    ctest --preset dev -R jsonld.differential       3,000 with a fixed seed
    tests/jsonld/differential.py 100000 [SEED]      by hand, after a build of the preset dev

Prints how many there were of each kind, and what differs beyond the list in KNOWN.
"""

import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from badge_mutants import PUBLISHED, mutants  # noqa: E402
from rdf import Lines  # noqa: E402



def everywhere(document, visit):
    """A copy in which visit() has replaced every object, the innermost first; it may change the one that it is given."""
    if isinstance(document, list):
        return [everywhere(item, visit) for item in document]
    if isinstance(document, dict):
        return visit({name: everywhere(item, visit) for name, item in document.items()})
    return document


def scalars(document, visit):
    if isinstance(document, (list, dict)):
        pairs = document.items() if isinstance(document, dict) else enumerate(document)
        return type(document)(((name, scalars(item, visit)) for name, item in pairs) if isinstance(document, dict)
                              else (scalars(item, visit) for _, item in pairs))
    return visit(document)


def without(*names, where=lambda one: True):
    def visit(one):
        return {name: item for name, item in one.items() if name not in names} if where(one) else one
    return lambda document: everywhere(document, visit)


def where_text(pattern, replacement):
    return lambda document: scalars(document, lambda one: replacement if isinstance(one, str) and re.search(pattern, one)
                                    else one)


def is_bad_language(one):
    return "@value" not in one and isinstance(one.get("@language"), str) and not re.fullmatch(
        "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", one["@language"])


def inside(*names, remove):
    """Removes members of objects that are the value of these names, or in its array."""
    def visit(one):
        for name in names:
            for item in one.get(name) if isinstance(one.get(name), list) else [one.get(name)]:
                if isinstance(item, dict):
                    for member in remove:
                        item.pop(member, None)
        return one
    return lambda document: everywhere(document, visit)


def flat(items):
    """Arrays and sets within an array are part of it."""
    def within(item):
        return item["@set"] if isinstance(item, dict) and list(item) == ["@set"] else item
    items = [within(item) for item in items]
    return [inner for item in items for inner in (flat(item) if isinstance(item, list) else [item])]


def without_odd_keywords(document):
    """Without members that have the name of a keyword which is none of a node, a value, a list or a set."""
    if isinstance(document, list):
        return [without_odd_keywords(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {name: item if name == "@context" else without_odd_keywords(item) for name, item in document.items()
            if name not in ("@json", "@none", "@vocab", "@base", "@version", "@protected", "@import", "@propagate",
                            "@container", "@prefix")}


# Where the two differ, and why npm's jsonld is not followed. Each has what takes the cause out of a document: a difference
# is known if the sides agree without its cause.
KNOWN = {
    "npm writes a number below 1e-6 with one digit as 0":
        lambda document: scalars(document, lambda one: 0.5 if isinstance(one, float) and 0 < abs(one) < 1e-6
                                 and "." not in repr(one) else one),
    "npm leaves out the direction of a number":
        without("@direction", where=lambda one: "@value" in one and not isinstance(one["@value"], str)),
    "npm forgets the @direction of a context when a later one is protected or scoped":
        without("@direction", where=lambda one: "@value" not in one),
    "npm drops a property with the name of a keyword that has no place there": without_odd_keywords,
    "npm passes over @set and @list beside other members":
        without("@set", "@list", where=lambda one: len(one) > 1),
    "npm passes over @set and @list in @nest": inside("@nest", "in", remove=("@set", "@list")),
    "npm passes over @value: []": without("@value", where=lambda one: one.get("@value") == []),
    "npm takes an array as the @type of a @value":
        without("@type", where=lambda one: "@value" in one and isinstance(one.get("@type"), list)),
    "npm passes over @language: null of a value":
        without("@language", where=lambda one: one.get("@language", "") is None),
    "npm accepts a blank node as a property without values": lambda document: everywhere(
        document, lambda one: {name: item for name, item in one.items() if item != []}),
    "npm accepts @container: null": without("@container", where=lambda one: one.get("@container", 0) is None),
    "npm refuses to import a context with @version": without("@import"),
    "npm reads a context document where a context has to be": inside("@context", remove=("@context",)),
    "npm lets @type be defined with an @id":
        without("@type", where=lambda one: isinstance(one.get("@type"), dict) and "@id" in one["@type"]),
    "npm refuses a language tag of a context that no text has": without("@language", where=is_bad_language),
    "npm refuses a relative @vocab that no term has":
        without("@vocab", where=lambda one: not re.fullmatch("[A-Za-z][A-Za-z0-9+.-]*:[^\\s<>]*", str(one.get("@vocab")))),
    "npm reads a text of type xsd:double as a number":
        where_text("^http://www.w3.org/2001/XMLSchema#double$", "urn:t"),
    "npm accepts an empty object in @included":
        without("@included", where=lambda one: one.get("@included") == {} or {} in flat([one.get("@included")])),
    "npm makes a blank node of @list: null and @set: null": without(
        "@list", "@set", where=lambda one: one.get("@list", 0) is None or one.get("@set", 0) is None),
    "npm refuses @graph: null": without("@graph", where=lambda one: one.get("@graph", 0) is None),
    "npm refuses @protected: false, and accepts what is not a boolean":
        without("@protected", where=lambda one: one.get("@protected") is not True),
    "npm resolves @base without a base": without("@base"),
    "npm accepts characters that no IRI has": where_text("[\\x00-\\x20<>\"{}|^`\\\\]", "urn:x"),
    "npm drops a value that looks like a keyword": where_text("^@[a-z]+$", "urn:x"),
    "npm keeps arrays within the array of a @list": lambda document: everywhere(
        document, lambda one: one | {"@list": flat(one["@list"])} if isinstance(one.get("@list"), list) else one),
    "npm keeps the context of a type in the values of an @id map":
        without("@container", where=lambda one: "@id" in str(one.get("@container"))),
    "npm looks into what a reverse term does not have":
        without("@context", "@language", "@direction", where=lambda one: "@reverse" in one),
    "npm leaves the context of a type before it processes that of a value": without(
        "@context", where=lambda one: "@value" in one),
}


def sides():
    build = HERE.parents[1] / "build/dev/tests/jsonld/rdf_lines"
    ours = Lines([os.environ.get("RDF_LINES", build)])
    theirs = Lines([os.environ.get("NODE", "node"), HERE / "reference.mjs"])
    for url in PUBLISHED:
        theirs.ask("context", url=url, document=ours.ask("builtin", url=url)["ok"])
    return ours, theirs


def ask(ours, theirs, document):
    for side in ours, theirs:
        side.send("canonical", document=json.dumps(document), direction="i18n-datatype")
    return ours.receive(), theirs.receive()


def agree(a, b):
    return a.get("ok") == b.get("ok")  # the same quads, or none


def cause(ours, theirs, document):
    """The name of the known difference, or differences, without which the sides agree; None: there is another."""
    rest, names = document, []
    for name, mend in KNOWN.items():
        mended = mend(document)
        if mended != document and agree(*ask(ours, theirs, mended)):
            return name
        if mend(rest) != rest:
            rest, names = mend(rest), [*names, name]
    return "several of these" if len(names) > 1 and agree(*ask(ours, theirs, rest)) else None


def compare(documents):
    """Returns what the sides see differently, as document and both answers, and the counts of what there was."""
    different, seen = [], Counter()
    ours, theirs = sides()
    for document in documents:
        a, b = ask(ours, theirs, document)
        if agree(a, b):
            seen["the same quads" if "ok" in a else "refused by both"] += 1
        elif a.get("error") == "limit":
            seen["more work than libbadge does; npm has no bound here"] += 1
        elif name := cause(ours, theirs, document):
            seen[name] += 1
        else:
            different.append((document, a, b))
    ours.close()
    theirs.close()
    return different, seen


def lines_that_differ(ours, theirs):
    """For a reader: the errors, and the quads that one side alone has."""
    for name, one, other in ("ours", ours, theirs), ("theirs", theirs, ours):
        if "error" in one:
            yield f"{name}: {one['error']} {one.get('pointer', '')}"
        else:
            yield from (f"{name}: {line}" for line in one["ok"].split("\n")
                        if "error" not in other and line not in other["ok"].split("\n"))


def main():
    n, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    different, seen = compare(mutants(seed, n))
    print(f"{n} documents with seed {seed}, {len(different)} different")
    print(*(f"{count:7} {name}" for name, count in seen.most_common()), sep="\n")
    for document, ours, theirs in different[:20]:
        print(json.dumps(document), *lines_that_differ(ours, theirs), sep="\n", end="\n\n")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
