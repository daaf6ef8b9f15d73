"""Badges, and documents that use all of JSON-LD, changed at random where processors differ: values, terms, contexts,
containers, inline contexts, numbers, nesting. The same seed gives the same documents."""

import copy
import random

VC1, VC2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
OB30 = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"
OB303 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
DI2, OB2 = "https://w3id.org/security/data-integrity/v2", "https://w3id.org/openbadges/v2"
ED2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
STATUS1 = "https://w3id.org/vc/status-list/2021/v1"
EXAMPLES1, EXAMPLES2 = "https://www.w3.org/2018/credentials/examples/v1", "https://www.w3.org/ns/credentials/examples/v2"
BLOCKCERTS = "https://w3id.org/blockcerts/v3.2"
DCC, CITIZEN = "https://w3id.org/dcc/v1", "https://w3id.org/citizenship/v4rc1"
ELM, DID = "http://data.europa.eu/snb/model/context/edc-ap", "https://www.w3.org/ns/did/v1"
UNDEFINED2 = "https://www.w3.org/ns/credentials/undefined-terms/v2"
MULTIKEY = "https://w3id.org/security/multikey/v1"
PUBLISHED = [VC1, VC2, OB30, OB303, CLR, DI2, OB2, ED2020, STATUS1, EXAMPLES1, EXAMPLES2, BLOCKCERTS, DCC, CITIZEN, ELM,
             DID, UNDEFINED2, MULTIKEY]

BADGE = {
    "@context": [VC2, OB303],
    "id": "urn:uuid:0cb0d9fc-0001-4b5c-9d2f-0d6f2d3d8c02",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "did:web:college.example", "type": ["Profile"], "name": "Example College",
               "image": {"id": "https://college.example/logo.png", "type": "Image"}},
    "validFrom": "2026-01-01T00:00:00Z",
    "name": {"@value": "Welding", "@language": "en-US", "@direction": "ltr"},
    "credentialSubject": {
        "id": "did:example:learner",
        "type": ["AchievementSubject"],
        "identifier": [{"type": "IdentityObject", "hashed": True, "identityHash": "sha256$ab", "identityType": "email"}],
        "result": [{"type": ["Result"], "resultDescription": "urn:uuid:0002", "value": "A"}],
        "achievement": {
            "id": "urn:uuid:0001", "type": ["Achievement"], "name": "Welding", "description": "Joins metal",
            "criteria": {"narrative": "Weld *it*"}, "creditsAvailable": 3.5, "tag": ["metal", "fire"],
            "alignment": [{"type": ["Alignment"], "targetCode": "7212", "targetName": "Welders",
                           "targetUrl": "https://esco.example/7212"}],
            "resultDescription": [{"id": "urn:uuid:0002", "type": ["ResultDescription"], "name": "Grade",
                                   "resultType": "LetterGrade", "allowedValue": ["A", "B"]}]},
    },
    "credentialStatus": {"id": "https://college.example/status#3", "type": "BitstringStatusListEntry",
                         "statusPurpose": "revocation", "statusListIndex": "3",
                         "statusListCredential": "https://college.example/status"},
}
OLD_BADGE = {
    "@context": [VC1, OB30, ED2020],
    "id": "https://college.example/b/1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Welding",
    "issuer": {"id": "did:key:z6Mk", "type": "Profile", "name": "Example College", "url": "https://college.example"},
    "issuanceDate": "2024-01-01T00:00:00Z", "expirationDate": "2030-01-01T00:00:00Z",
    "credentialSubject": {"type": "AchievementSubject", "achievement": {
        "id": "urn:uuid:0001", "type": "Achievement", "name": "Welding", "criteria": {"id": "https://college.example/c"},
        "achievementType": "MicroCredential", "image": {"id": "data:image/png;base64,AA==", "type": "Image"}}},
    "proof": {"type": "Ed25519Signature2020", "created": "2024-01-01T00:00:00Z", "proofPurpose": "assertionMethod",
              "verificationMethod": "did:key:z6Mk#z6Mk", "proofValue": "z3"},
}
ASSERTION = {
    "@context": OB2, "type": "Assertion", "id": "https://college.example/a/1",
    "recipient": {"type": "email", "hashed": True, "salt": "s", "identity": "sha256$00"},
    "badge": {"type": "BadgeClass", "id": "https://college.example/k/1", "name": "Welding", "tags": ["metal"],
              "criteria": {"narrative": "Weld"}, "issuer": "https://college.example/i"},
    "issuedOn": "2020-01-01T00:00:00Z", "verification": {"type": "HostedBadge"},
}
RECORD = {
    "@context": [VC2, CLR, OB303], "type": ["VerifiableCredential", "ClrCredential"], "id": "urn:uuid:0005",
    "issuer": {"id": "did:web:college.example", "type": "Profile"}, "name": "Record", "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:learner", "type": "ClrSubject",
                          "verifiableCredential": [{"@context": [VC2, OB303], "id": "urn:uuid:0006",
                                                    "type": ["VerifiableCredential", "OpenBadgeCredential"],
                                                    "issuer": "did:web:college.example",
                                                    "credentialSubject": {"type": "AchievementSubject"}}],
                          "association": [{"type": "Association", "associationType": "isParentOf",
                                           "sourceId": "urn:uuid:1", "targetId": "urn:uuid:2"}]},
}
PROOF = {
    "@context": [VC2, OB303], "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-01-01T00:00:00Z", "proofPurpose": "assertionMethod", "verificationMethod": "did:key:z6Mk#z6Mk",
}
EVERYTHING = {
    "@context": {
        "@version": 1.1, "@vocab": "urn:v#", "id": "@id", "type": "@type", "ex": "urn:ex:", "in": "@nest",
        "list": {"@id": "ex:list", "@container": "@list"}, "set": {"@id": "ex:set", "@container": "@set"},
        "lang": {"@id": "ex:lang", "@container": "@language"}, "index": {"@id": "ex:index", "@container": "@index"},
        "byId": {"@id": "ex:byId", "@container": "@id"}, "byType": {"@id": "ex:byType", "@container": "@type"},
        "graph": {"@id": "ex:graph", "@container": "@graph"}, "json": {"@id": "ex:json", "@type": "@json"},
        "link": {"@id": "ex:link", "@type": "@id"}, "word": {"@id": "ex:word", "@type": "@vocab"},
        "back": {"@reverse": "ex:back"}, "German": {"@id": "ex:de", "@language": "de", "@direction": "ltr"},
        "T": {"@id": "ex:T", "@context": {"name": "ex:nameOfT", "link": "ex:linkOfT"}},
        "deep": {"@id": "ex:deep", "@context": {"@vocab": "urn:w#", "id": None}},
        "sorted": {"@id": "ex:sorted", "@container": "@index", "@index": "ex:key"},
    },
    "id": "urn:s", "type": ["T", "ex:U"], "name": "x", "list": [1, "a", [2.5]], "set": ["b"],
    "lang": {"en": "one", "de": ["eins", "ein"], "@none": "1"}, "index": {"a": "x", "b": {"id": "urn:b"}},
    "byId": {"urn:n1": {"name": "one"}, "_:b": {"set": 1}}, "byType": {"T": {"name": "typed"}, "ex:V": [{"id": "urn:n2"}]},
    "graph": [{"id": "urn:g", "name": "inside"}], "json": {"b": [1, None, 1.50], "a": "€"}, "link": ["urn:l", "ex:m"],
    "word": "name", "back": {"id": "urn:back", "type": "T", "link": "urn:x"}, "German": "Wort",
    "in": {"set": ["c"], "other": True}, "deep": {"word": {"id": "y"}}, "sorted": {"k": {"name": "z"}},
    "@included": [{"id": "urn:inc", "name": "i"}], "@reverse": {"ex:r": {"id": "urn:rev"}},
}
DOCUMENTS = [BADGE, BADGE, BADGE, OLD_BADGE, OLD_BADGE, ASSERTION, RECORD, PROOF, EVERYTHING, EVERYTHING]

NUMBERS = [0, 1, -1, 3.0, 3.5, 0.5, 0.1, -0.0, 1e20, 1e21, 1.5e21, 1e22, 1e-7, 1.25e-7, 2e-7, 123456789, 9007199254740991,
           5e-324, 1.7976931348623157e308, 0.3333333333333333, 100.0, -2.5e-10, 1e300]
WORDS = ["", "x", "urn:x", "_:b0", "_:b1", "_:", "ex:thing", "undeclared:thing", "http://example.org/a", "relative", "../up",
         "/path", "#fragment", "?query", "//host/path", "a b", "urn:a b", "urn:<", "did:example:learner", "urn:uuid:0001",
         "@id", "@type", "@none", "@foo", "@vocab", "name", "Achievement", "Profile", "T", "ex:T", "mailto:a@example.org",
         "é", "😀", "tab\there", "line\nbreak", "quote\"", "back\\slash", "\u0001", "\u007f", "en", "en-US", "x_y", "ltr",
         "https://schema.org/name", "http://[::1]/", "urn:é", "HTTP://Example.ORG/%7e", ":", "a:", ":b", "http:", "1"]
LANGUAGES = ["en", "EN-us", "de-DE-1996", "x_y", "", "zh-Hant", "i18n", "toolonglanguage", None, 3, "a", "de-"]
TYPES = ["@id", "@vocab", "@json", "@none", "http://www.w3.org/2001/XMLSchema#date", "xsd:date", "urn:t", "ex:t", "relative",
         "_:t", "http://www.w3.org/2001/XMLSchema#double", "http://www.w3.org/2001/XMLSchema#integer",
         "https://www.w3.org/2001/XMLSchema#float", "http://www.w3.org/2001/XMLSchema#boolean", None, 1, ["urn:t"]]
CONTAINERS = ["@list", "@set", "@language", "@index", "@id", "@type", "@graph", ["@set"], ["@graph", "@id"],
              ["@graph", "@index"], ["@graph", "@id", "@set"], ["@index", "@set"], ["@language", "@set"], ["@list", "@set"],
              [], None, "@none", ["@type", "@set"], ["@id", "@set"]]
NAMES = ["name", "description", "id", "type", "@id", "@type", "achievement", "criteria", "narrative", "image", "tag", "unknown",
         "ex:a", "undeclared:a", "urn:a", "https://schema.org/name", "@graph", "@included", "@nest", "@reverse", "@value",
         "@language", "@direction", "@index", "@list", "@set", "@json", "@foo", "@context", "credentialStatus", "list", "set",
         "lang", "index", "byId", "byType", "graph", "json", "link", "word", "back", "in", "deep", "creditsAvailable", "_:p",
         "result", "value", "identifier", "evidence", "sameAs", "proof", "holder", "", "relative/a", "T", "sorted", "x"]
SCALARS = WORDS + NUMBERS + [None, True, False]


def term(r):
    """A term's definition for an inline context."""
    if r.random() < 0.4:
        return r.choice(WORDS + [None])
    definition = {"@id": r.choice(["urn:t", "ex:t", "https://schema.org/t", "@type", "@id", "t", "_:t", None])}
    for _ in range(r.choice([0, 1, 1, 2])):
        name = r.choice(["@type", "@type", "@container", "@container", "@language", "@direction", "@context", "@protected",
                         "@prefix", "@nest", "@index", "@reverse", "@propagate", "@foo"])
        definition[name] = {
            "@type": lambda: r.choice(TYPES), "@container": lambda: r.choice(CONTAINERS),
            "@language": lambda: r.choice(LANGUAGES), "@direction": lambda: r.choice(["ltr", "rtl", None, "up"]),
            "@context": lambda: context(r, 1), "@protected": lambda: r.choice([True, False]),
            "@prefix": lambda: r.choice([True, False, 1]), "@nest": lambda: r.choice(["@nest", "in", "@id"]),
            "@index": lambda: r.choice(["ex:key", "name", "@id"]), "@reverse": lambda: r.choice(["ex:back", "urn:r", "@id"]),
            "@propagate": lambda: False, "@foo": lambda: 1}[name]()
        if name == "@reverse" and r.random() < 0.8:
            definition.pop("@id", None)
    return definition


def context(r, depth=0):
    which = r.random()
    if which < 0.12:
        return r.choice([None, "urn:unknown", [], {}, 1, "relative"])
    if which < 0.35:
        return r.choice(PUBLISHED)
    if which < 0.42 and depth == 0:
        return [context(r, 1), context(r, 1)]
    inline = {}
    for _ in range(r.choice([1, 1, 2, 3])):
        if r.random() < 0.25:
            name = r.choice(["@vocab", "@base", "@language", "@direction", "@version", "@propagate", "@protected", "@import"])
            inline[name] = {
                "@vocab": lambda: r.choice(["urn:vocab#", "ex:", "", "name", None, "https://schema.org/", 1]),
                "@base": lambda: r.choice(["http://base.example/a/b", "c/d", None, "", 1]),
                "@language": lambda: r.choice(LANGUAGES), "@direction": lambda: r.choice(["ltr", "rtl", None, "up"]),
                "@version": lambda: r.choice([1.1, 1.1, 1.0, "1.1"]), "@propagate": lambda: r.choice([True, False]),
                "@protected": lambda: r.choice([True, False]), "@import": lambda: r.choice(PUBLISHED[:4])}[name]()
        else:
            inline[r.choice(NAMES + ["ex", "ex", "other"])] = term(r)
    return inline


def value(r, depth=0):
    which = r.random()
    if which < 0.45 or depth > 2:
        return r.choice(SCALARS)
    if which < 0.6:
        return [value(r, depth + 1) for _ in range(r.choice([0, 1, 1, 2, 3]))]
    if which < 0.75:
        made = {"@value": r.choice(SCALARS)}
        for name in r.sample(["@type", "@language", "@direction", "@index", "@id", "name"], r.choice([0, 1, 1, 2])):
            made[name] = {"@type": lambda: r.choice(TYPES), "@language": lambda: r.choice(LANGUAGES),
                          "@direction": lambda: r.choice(["ltr", "rtl", "up", None]), "@index": lambda: r.choice(["i", 1]),
                          "@id": lambda: "urn:x", "name": lambda: "x"}[name]()
        return made
    if which < 0.85:
        return {r.choice(["@list", "@set"]): value(r, depth + 1)}
    return {r.choice(NAMES): value(r, depth + 1) for _ in range(r.choice([0, 1, 2]))}


def wrap(r, inner):
    return r.choice([lambda: [inner], lambda: {"@list": [inner]}, lambda: {"@set": [inner]}, lambda: {"@graph": [inner]},
                     lambda: {"@included": inner}, lambda: {"@nest": inner}, lambda: {"@value": inner},
                     lambda: {"@id": inner}, lambda: [inner, inner], lambda: {"@reverse": {"ex:r": inner}}])()


def change(r, document):
    """One change, somewhere in the document."""
    places = []
    todo = [document]
    for one in todo:
        for key, child in list(one.items()) if isinstance(one, dict) else list(enumerate(one)):
            if key != "@context" or r.random() < 0.3:
                places.append((one, key))
                if isinstance(child, (dict, list)):
                    todo.append(child)
    objects = [one for one in todo if isinstance(one, dict)] or [document]
    which = r.random()
    one = r.choice(objects) if isinstance(objects[0], dict) else {}
    if which < 0.25 and places:
        holder, key = r.choice(places)
        holder[key] = r.choice(SCALARS) if r.random() < 0.6 else value(r)
    elif which < 0.4:
        one[r.choice(NAMES)] = value(r)
    elif which < 0.5 and places:  # a name becomes another
        holder, key = r.choice(places)
        if isinstance(holder, dict):
            holder[r.choice(NAMES)] = holder.pop(key)
    elif which < 0.6 and places:
        holder, key = r.choice(places)
        if isinstance(holder, dict):
            del holder[key]
    elif which < 0.7 and isinstance(document, dict):  # another inline context at the end
        was = document.get("@context", [])
        document["@context"] = (was if isinstance(was, list) else [was]) + [context(r)]
    elif which < 0.78:
        one["@context"] = context(r)
    elif which < 0.84 and isinstance(document, dict) and isinstance(document.get("@context"), dict):
        document["@context"][r.choice(NAMES)] = term(r)
    elif which < 0.9 and places:
        holder, key = r.choice(places)
        holder[key] = wrap(r, copy.deepcopy(holder[key]))
    elif which < 0.95 and len(places) > 1:  # a value elsewhere too
        (holder, key), (other, other_key) = r.choice(places), r.choice(places)
        holder[key] = copy.deepcopy(other[other_key])
    elif isinstance(document, dict) and isinstance(document.get("@context"), list):
        r.shuffle(document["@context"])


def mutants(seed, n):
    r = random.Random(seed)
    for _ in range(n):
        document = copy.deepcopy(r.choice(DOCUMENTS))
        if r.random() < 0.5 and isinstance(document["@context"], list):  # then no property is undefined
            document["@context"].append({"@vocab": "urn:v#"})
        for _ in range(r.choice([0, 1, 1, 1, 2, 2, 3, 5])):
            change(r, document)
        yield document
