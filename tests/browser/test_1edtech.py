"""What the validator of 1EdTech is tested with ($BADGED_VECTORS/1edtech), recorded by a node and verified through every
door. The account counts for each issuer that is named there but issuer1.json, so only the content prevents `valid`.

1EdTech fetches what an assertion of Open Badges 2.0 names by its URL, and this version does not; so each of them is also
verified with its badge class and its issuer in place.
"""

import base64
import json
import os
import unittest
from pathlib import Path

from doors import Doors, SameAtAllDoors
from images import OB3, independently
from scene import Scene
from wrapped import token

VECTORS = os.environ.get("BADGED_VECTORS")
FOLDER = Path(VECTORS or ".") / "1edtech"
SITE = ("https://example.org/", "http://example.org/")  # what stands there is in ob20/assets
ISSUERS = ["https://example.com/issuers/876543", "https://example.edu/issuers/565049", "https://1edtech.edu/issuers/565049",
           "urn:uuid:4ca4a241-fc3b-4d92-978e-f56fa96ae795", "https://example.org/organization.json",
           "https://example.org/organization-no-public-key.json",
           "https://example.org/organization-with-revocation-list.json",
           "http://example.org/issuer-with-allowed-origins"]

VERDICTS = {  # of those that are not `valid` here
    "ob30/simple-err-expired.json": "expired",
    "ob30/simple-err-issued.json": "not_yet_valid",
    "ob30/simple-err-type.json": "invalid",  # a type that no context defines
    "ob30/simple-err-credential-subject-achievement-result-description-type.json": "invalid",
    "ob30/simple-err-issuer-parentorg-type.json": "invalid",
    "ob30/simple-err-issuer-otheridentifier-type.json": "invalid",
    "ob30/simple-err-proof-method-no-scheme.json": "invalid",
    "ob30/simple-err-proof-value.json": "invalid",
    "ob30/complete_v1.json": "expired",
    "ob30/bit-string-list/credential-status-revoked.json": "unverifiable",  # its status list is not fetched
    "ob30/bit-string-list/testlist": "recorded",
    "ob20/basic-assertion.json": "unknown_issuer",  # the issuer is elsewhere
    "ob20/basic-assertion-no-public-key.json": "unknown_issuer",
    "ob20/basic-assertion-with-allowed-origins-valid-multiple-starts-with.json": "unknown_issuer",
    "ob20/warning-with-redirection.json": "unknown_issuer",
    "ob20/assertion-with-extension-node-invalid.json": "unknown_issuer",
    "ob20/simple-revoked.jwt": "unknown_issuer",
    "ob20/basic-assertion-in-future.json": "not_yet_valid",
}
NOT_CREDENTIALS = ("ob20/assets/", "ob20/rdf-validation/")  # badge classes and the like: nothing is said of them
UNDECIDED = {  # `valid` here, where they are recorded, and rejected there: keys that nothing binds to the issuer
    "ob30/simple-multiple-proofs.json": "JSON-LD",
    "ob30/simple-err-proof-method-unknown-scheme.json": "signatures",
    "ob30/simple-err-proof-method-unknown-did-method.json": "signatures",
}
IN_PLACE = {  # with badge class and issuer in place
    "ob20/basic-assertion.json": "valid",
    "ob20/basic-assertion-no-public-key.json": "valid",
    "ob20/basic-assertion-with-allowed-origins-valid-multiple-starts-with.json": "valid",
    "ob20/assertion-with-endorsements.json": "valid",
    "ob20/assertion-with-extension-node-invalid.json": "valid",  # extensions are not checked
    "ob20/basic-assertion-in-future.json": "not_yet_valid",
    "ob20/simple-revoked.jwt": "unverifiable",  # its revocation list is not fetched
}


def wanted(entry):
    name = entry["file"]
    if name.startswith(NOT_CREDENTIALS):
        return "unverifiable"
    if entry["verdict"] == "invalid" and name not in UNDECIDED:
        return VERDICTS[name]
    return VERDICTS.get(name, "valid")


def asset(url):
    """What stands at a URL of the site."""
    return json.loads((FOLDER / "ob20/assets" / url.removeprefix(SITE[0]).removeprefix(SITE[1])).read_bytes())


def in_place(assertion):
    badge = assertion["badge"]
    badge = asset(badge) if isinstance(badge, str) else badge
    return assertion | {"badge": badge | {"issuer": asset(badge["issuer"])}}


def read(name):
    """An assertion, of whatever serialization."""
    data = (FOLDER / name).read_text().strip()
    payload = data if data.startswith("{") else base64.urlsafe_b64decode(data.split(".")[1] + "==")
    return json.loads(payload)


def whole(name):
    """The assertion with all in place; it was signed if it is a token, so it becomes another token."""
    value = in_place(read(name))
    return token(value).encode() if name.endswith(".jwt") else json.dumps(value).encode()


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set: no public test vectors")
class OneEdTech(SameAtAllDoors, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = json.loads((FOLDER / "verdicts.json").read_bytes())
        documents = {entry["file"]: (FOLDER / entry["file"]).read_bytes() for entry in cls.entries}
        cls.wanted = {entry["file"]: wanted(entry) for entry in cls.entries}
        for name, verdict in IN_PLACE.items():
            documents[name + " in place"], cls.wanted[name + " in place"] = whole(name), verdict
        foreign = read("ob20/basic-assertion.json") | {"badge": asset("http://example.org/badgeclass1.json")}
        documents["foreign"], cls.wanted["foreign"] = json.dumps(in_place(foreign)).encode(), "unknown_issuer"
        revoked = read("ob20/basic-assertion.json") | {"revoked": True}
        documents["revoked"] = json.dumps(in_place(revoked)).encode()
        cls.wanted["revoked"] = "revoked"
        inside = {name: independently(data)[f"{{{OB3}}}credential"].strip().encode()
                  for name, data in documents.items() if name.endswith(".svg")}
        scene = cls.enterClassContext(Scene())
        cls.doors = cls.enterClassContext(Doors(scene, documents, ISSUERS, inside))

    def test_all_are_recorded(self):
        self.assertEqual({name: answer.status for name, answer in self.doors.submitted.items()},
                         dict.fromkeys(self.wanted, 201))

    def test_by_badge(self):
        for name, report in self.doors.reference.items():
            with self.subTest(name):
                self.assertEqual(report["verdict"], self.wanted[name])

    def test_what_1edtech_rejects_is_not_valid_but_for_what_is_not_checked_here(self):
        rejected = {entry["file"] for entry in self.entries if entry["verdict"] == "invalid"} - UNDECIDED.keys()
        for name in rejected | {"revoked", "foreign", "ob20/simple-revoked.jwt in place",
                                "ob20/basic-assertion-in-future.json in place"}:
            with self.subTest(name):
                self.assertNotIn(self.doors.reference[name]["verdict"], ("valid", "recorded"))

    def test_no_signature_is_said_to_hold_that_nothing_binds(self):
        for name in UNDECIDED:
            report = self.doors.reference[name]
            outcomes = {check["check"]: check["outcome"] for check in report["checks"]}
            self.assertEqual(outcomes["proof"], "unknown", name)
            self.assertIn("nobody's signature was checked", report["sentence"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
