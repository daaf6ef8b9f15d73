"""JSON-LD and RDF in one process for many cases: tests/jsonld/rdf_lines and whatever speaks its lines; and what makes two
results equal where blank nodes have other labels and sets another order."""

import json
import re
import subprocess
from collections import Counter
from itertools import permutations


class Lines:
    """A program that answers requests, a line each."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def ask(self, op, **request):
        self.send(op, **request)
        return self.receive()

    def send(self, op, **request):
        self.asked = json.dumps({"op": op, **request})
        self.process.stdin.write(self.asked + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args}: ended with {self.process.wait(60)} at {self.asked}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait(60) != 0:
            raise RuntimeError(f"{self.process.args}: ended with {self.process.returncode}")


def same_json(a, b, is_ordered=False):
    """JSON-LD's equality of expanded documents: arrays are sets, but for lists and JSON literals."""
    if isinstance(a, dict) and isinstance(b, dict):
        is_literal = a.get("@type") == "@json"
        return a.keys() == b.keys() and all(
            (a[name] == b[name]) if is_literal and name == "@value" else same_json(a[name], b[name], name == "@list")
            for name in a)
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return False
        if is_ordered:
            return all(map(same_json, a, b))
        rest = list(b)
        for item in a:
            found = next((i for i, other in enumerate(rest) if same_json(item, other)), None)
            if found is None:
                return False
            del rest[found]
        return True
    return type(a) is type(b) and a == b or {type(a), type(b)} == {int, float} and a == b


TERM = re.compile(r'<[^>]*>|_:[^\s<>"]*[^\s<>".]|"(?:\\.|[^"\\])*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?')


def unescaped(term):
    return re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", lambda m: chr(int(m[1] or m[2], 16)), term)


def quads(text):
    return {tuple(unescaped(term) for term in TERM.findall(line)) for line in text.split("\n")
            if line.strip() and not line.startswith("#")}


def same_dataset(a, b):
    """Whether two N-Quads texts differ in the labels of blank nodes alone. For the small graphs of test suites."""
    a, b = quads(a), quads(b)
    colours_a, colours_b = colours(a), colours(b)
    if Counter(colours_a.values()) != Counter(colours_b.values()):
        return False
    groups = {}
    for label, colour in colours_a.items():
        groups.setdefault(colour, ([], []))[0].append(label)
    for label, colour in colours_b.items():
        groups[colour][1].append(label)
    return match(a, b, sorted(groups.values(), key=lambda group: len(group[0])), {})


def match(a, b, groups, mapping):
    if not groups:
        return {tuple(mapping.get(term, term) for term in quad) for quad in a} == b
    (of_a, of_b), *rest = groups
    return any(match(a, b, rest, mapping | dict(zip(of_a, order))) for order in permutations(of_b))


def colours(dataset):
    """A colour of each blank node that does not depend on labels."""
    colour = {term: 0 for quad in dataset for term in quad if term.startswith("_:")}
    for _ in range(len(colour) + 1):
        said = {label: [] for label in colour}
        for quad in dataset:
            for label in set(quad) & colour.keys():
                said[label].append(tuple("self" if term == label else str(colour.get(term, term)) for term in quad))
        refined = {label: hash((colour[label], tuple(sorted(said[label])))) for label in colour}
        if len(set(refined.values())) == len(set(colour.values())) and _ > 0:
            return refined
        colour = refined
    return colour
