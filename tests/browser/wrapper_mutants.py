"""Wraps credentials at random, layer in layer, and changes members and bytes where readers differ. The same seed gives
the same documents."""

import copy
import json
import random

import wrapped
from wrapped import MARK, NO_BREAK, credential, folded, text

ISSUERS = [wrapped.ISSUER_ID, "did:web:other.example", None, "", 7, [], {"id": wrapped.ISSUER_ID}, {"name": "nobody"},
           [wrapped.ISSUER_ID], {"id": ""}, {"@id": wrapped.ISSUER_ID}]
TIMES = [written for written, _ in wrapped.DATES + wrapped.OLD_DATES] + [0, -1, 1.5, 1e30, [], {}, "2020", "now"]
DATES = "validFrom validUntil issuanceDate expirationDate issuedOn expires nbf exp issued awardedDate".split()
MEMBERS = ["credentialStatus", "revoked", "proof", "@context", "type", "@type", "vc", "vp", "iss", "payload", "holder",
           "@graph", "verifiableCredential", "credential", "more", "termsOfUse", "id", "@id", "name", "evidence"]
VALUES = [None, "", True, 0, {}, [], "x", [{}], {"type": "BitstringStatusListEntry"}, "VerifiableCredential",
          ["VerifiablePresentation"], "EnvelopedVerifiableCredential", "Assertion", ["OpenBadgeCredential", 1]]
TEXTS = ["", "é", [], {}, {"@value": "x", "@language": "de"}, {"en": ["One"], "de": "Eins"}, ["One", "Two"], 5, None,
         [{"@value": "Eins", "@language": "de"}, {"@value": "One", "@language": "en"}], "x" * 400, "\u202eabc", "😀" * 200,
         {"en": {"deep": "x"}}]
SPACES = [" ", "\n", "\r\n", "\t", "\v", "\f", MARK, NO_BREAK, "\u2028", "\u200b", "\0", "\"", "'", "<", "\x7f"]


def assertion():
    return next(value for name, value, _ in wrapped.dates() if name == "expires 2099-06-01")


def change(r, value):
    """Changes members of a JSON object, at any depth."""
    def pick(values):
        return copy.deepcopy(r.choice(values))

    objects = [value]
    for one in objects:
        children = one.values() if isinstance(one, dict) else one
        objects += [child for child in children if isinstance(child, (dict, list)) and child]
    for _ in range(r.choice([0, 1, 1, 2, 3])):
        one, which = r.choice([one for one in objects if isinstance(one, dict)] or [{}]), r.random()
        if which < 0.3:
            one[r.choice(DATES)] = pick(TIMES)
        elif which < 0.45:
            one["issuer"] = pick(ISSUERS)
        elif which < 0.7:
            one[r.choice(MEMBERS)] = pick(VALUES)
        elif which < 0.85:
            one[r.choice(["name", "description", "title", "narrative"])] = pick(TEXTS)
        elif one:
            del one[r.choice(list(one))]
    return value


def wrap(r, value):
    """A wrapping round a JSON value or a token; a text is a token."""
    json_only = [wrapped.general, wrapped.flattened, wrapped.token, wrapped.old_token,
                 lambda v: wrapped.token({"vp": v}), lambda v: wrapped.general({"iss": wrapped.ISSUER_ID, "vc": v})]
    any_of = [wrapped.presentation, wrapped.request, wrapped.graph, wrapped.array, lambda v: wrapped.presentation(v, v),
              lambda v: wrapped.request(v, more=1), lambda v: {"jwt": v}, lambda v: wrapped.array(v, v)]
    token_only = [wrapped.envelope, lambda v: wrapped.envelope(v, "Presentation"), wrapped.request]
    if isinstance(value, str):
        return r.choice(any_of + 2 * token_only)(value)
    return r.choice(any_of + json_only)(value)


def mutate_text(r, data):
    which = r.random()
    if which < 0.25:
        data = r.choice(SPACES) + data
    elif which < 0.35:
        data += r.choice(SPACES)
    elif which < 0.45:
        data = r.choice(["Bearer ", "bearer:", "Authorization: Bearer ", '"', "'", "<"]) + data + r.choice(["", '"', ">"])
    elif which < 0.55:
        data = folded(data, r.choice(["\r\n", "\n", " ", "\r\n "]), r.choice([60, 64, 72, 76]))
    elif which < 0.6:
        data = data.replace(".", "=.", 1)
    elif which < 0.65:
        data = data.replace('"', r.choice(["'", '\\"', "“"]), r.randrange(1, 4))
    elif which < 0.7:
        at = r.randrange(len(data) + 1)
        data = data[:at] + r.choice(SPACES) + data[at:]
    elif which < 0.75:
        data = data.replace('"type"', '"type":1,"type"', 1)
    return data


def mutate_bytes(r, data):
    which = r.random()
    if data and which < 0.15:
        at = r.randrange(len(data))
        return data[:at] + bytes([r.randrange(256)]) + data[at + 1 :]
    return data[: r.randrange(len(data) + 1)] if which < 0.2 else data


def mutant(r):
    kind = r.random()
    if kind < 0.75:
        value = change(r, credential() if r.random() < 0.8 else assertion())
    else:
        value = change(r, json.loads(text(r.choice([wrapped.open_attestation_2(), wrapped.open_attestation_3(), {},
                                                    {"type": "Profile", "name": "x"}]))))
    for _ in range(r.choice([0, 1, 1, 1, 2, 2, 3, 4, 5])):
        value = wrap(r, value)
        if isinstance(value, dict) and r.random() < 0.2:
            value = change(r, value)
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=r.random() < 0.2)
    data = mutate_text(r, data) if r.random() < 0.5 else data
    encoding = r.choice(["utf-8"] * 8 + ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "latin-1"])
    return mutate_bytes(r, data.encode(encoding, "replace")) if r.random() < 0.4 else data.encode(encoding, "replace")


def mutants(seed, n):
    r = random.Random(seed)
    for _ in range(n):
        yield mutant(r)
