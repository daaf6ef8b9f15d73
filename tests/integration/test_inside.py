#!/usr/bin/env python3
"""Credentials inside of others, each with its own verdict, by the real command line and a real node alike: learner
records, endorsements, presentations of several. To run it by hand see tests/README.md."""

import json
import os
import pathlib
import unittest

from signed_case import SignedCase
from signing import CONTEXTS, badge_of

VECTORS = os.environ.get("BADGED_VECTORS")
SKILLS = "did:web:skills.example.org"
CLR_CONTEXT = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"


def verdicts(report):
    return [(one["level"], one["pointer"], one["kind"], one["verdict"]) for one in report["inside"]]


def at(i):
    return f"/credentialSubject/verifiableCredential/{i}"


class InsideCase(SignedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.start(verify__issuers=cls.signer.did, verify__fetch="off")

    def both(self, name, document, *arguments):
        """The report of `badge verify`, after that of the node was compared with it."""
        is_token = isinstance(document, bytes)
        file = self.write(name, document.decode() if is_token else document)
        done = self.run_badge("--json", "--offline", "--issuer", self.signer.did, *arguments, file)
        report = json.loads(done.stdout)
        by_node = self.ask(self.node, document, "application/jwt" if is_token else "application/json")
        for member in ("verdict", "presentation", "inside", "insideCounts", "conformance"):
            self.assertEqual(by_node[member], report[member])
        return report

    def record(self, *credentials, **more):
        return {
            "@context": [CONTEXTS[0], CLR_CONTEXT, CONTEXTS[1]],
            "id": "urn:uuid:0c0f8a52-7a4a-4c1e-9c52-6b1f5e0d7a21",
            "type": ["VerifiableCredential", "ClrCredential"],
            "name": "Learner record",
            "issuer": {"id": self.signer.did, "type": ["Profile"], "name": "Example College"},
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:learner", "type": ["ClrSubject"],
                                  "verifiableCredential": list(credentials)},
        } | more


class Presentation(InsideCase):
    def presentation(self, *credentials, **more):
        return {"@context": CONTEXTS[:1], "type": ["VerifiablePresentation"], "holder": self.signer.did,
                "verifiableCredential": list(credentials)} | more

    def sign(self, document, **more):
        return self.signer.sign(document, proofPurpose="authentication", challenge="n-0S6_WzA2Mj",
                                domain="https://shop.example", **more)

    def check(self, report, outcome, code, challenge="n-0S6_WzA2Mj"):
        self.assertEqual(report["presentation"]["holder"], self.signer.did)
        self.assertEqual(report["presentation"]["challenge"], challenge)
        self.assertEqual(report["presentation"]["domain"], "https://shop.example")
        proof = report["presentation"]["proof"]
        self.assertEqual((proof["outcome"], proof["code"]), (outcome, code), proof)

    def test_of_one(self):
        good = self.signer.sign(badge_of(self.signer.did))
        signed = self.sign(self.presentation(good))
        report = self.both("presentation.json", signed)
        self.assertEqual((report["verdict"], report["inside"]), ("signed", []))
        self.check(report, "passed", "proof_holds")
        altered = signed | {"proof": signed["proof"] | {"challenge": "other"}}
        report = self.both("altered.json", altered)
        self.assertEqual(report["verdict"], "signed")
        self.check(report, "failed", "proof_broken", "other")
        self.assertIsNone(self.both("alone.json", good)["presentation"])

    def test_of_two(self):
        good = self.signer.sign(badge_of(self.signer.did))
        report = self.both("two.json", self.sign(self.presentation(good, good | {"name": "Doctor"})))
        self.assertEqual(report["verdict"], "unverifiable")
        self.check(report, "passed", "proof_holds")
        self.assertEqual([one["verdict"] for one in report["inside"]], ["signed", "invalid"])
        self.assertIn("1 holds, 1 does not", report["sentence"])

    def test_as_a_token(self):
        good = self.signer.sign(badge_of(self.signer.did))
        vp = {"@context": CONTEXTS[:1], "type": ["VerifiablePresentation"], "verifiableCredential": [good]}
        claims = {"iss": self.signer.did, "nonce": "n-0S6_WzA2Mj", "aud": "https://shop.example", "vp": vp}
        report = self.both("presentation.jwt", self.signer.token(claims))
        self.assertEqual(report["verdict"], "signed")
        self.check(report, "passed", "proof_holds")
        report = self.both("ended.jwt", self.signer.token(claims | {"exp": 1600000000}))
        self.check(report, "failed", "proof_expired")


class Inside(InsideCase):
    def test_a_record_with_a_good_and_an_altered_one(self):
        good = self.signer.sign(badge_of(self.signer.did))
        ended = self.signer.sign(badge_of(self.signer.did, validUntil="2026-02-01T00:00:00Z"))
        altered = good | {"name": "Doctor"}
        stranger = badge_of("did:example:stranger")
        report = self.both("record.json", self.signer.sign(self.record(good, altered, ended, stranger)))
        self.expect(report, "signed", proof="proof_holds")
        self.assertEqual(verdicts(report), [(1, at(0), "credential", "signed"), (1, at(1), "credential", "invalid"),
                                            (1, at(2), "credential", "expired"), (1, at(3), "credential", "unverifiable")])
        self.assertEqual(report["insideCounts"], {"count": 4, "hold": 1, "fail": 2, "open": 1, "more": False})
        self.assertTrue(report["sentence"].endswith(
            " Inside of it 4 credentials were looked at, each by itself: 1 holds, 2 do not hold, 1 could not be judged."))
        self.assertEqual(report["inside"][0]["name"], "Leaf survey")
        self.assertEqual(report["inside"][1]["decidedBy"], "proof")

    def test_a_token_is_one_too(self):
        token = self.signer.token(badge_of(self.signer.did) | {"iss": self.signer.did}).decode()
        report = self.both("token.json", self.signer.sign(self.record(token)))
        self.assertEqual(verdicts(report), [(1, at(0), "credential", "signed")])

    def test_endorsements(self):
        endorsement = badge_of(self.signer.did, type=["VerifiableCredential", "EndorsementCredential"])
        endorsement["credentialSubject"] = {"id": "urn:a", "type": ["EndorsementSubject"], "endorsementComment": "Good."}
        signed = self.signer.sign(endorsement)
        document = badge_of(self.signer.did, endorsement=[signed, signed | {"name": "Better"}])
        report = self.both("endorsed.json", self.signer.sign(document))
        self.assertEqual(verdicts(report), [(1, "/endorsement/0", "endorsement", "signed"),
                                            (1, "/endorsement/1", "endorsement", "invalid")])

    def test_two_levels_and_no_more(self):
        deepest = self.signer.sign(self.record(self.signer.sign(badge_of(self.signer.did))))
        middle = self.signer.sign(self.record(deepest))
        report = self.both("levels.json", self.signer.sign(self.record(middle)))
        self.assertEqual(verdicts(report), [(1, at(0), "credential", "signed"), (2, at(0) + at(0), "credential", "signed")])
        self.assertEqual(report["insideCounts"], {"count": 2, "hold": 2, "fail": 0, "open": 0, "more": True})
        self.assertIn("There are more inside, which were not looked at.", report["sentence"])

    def test_no_more_than_256(self):
        one = badge_of("did:example:stranger")
        report = self.both("many.json", self.signer.sign(self.record(*[one] * 257)))
        self.assertEqual(len(report["inside"]), 256)
        self.assertEqual(report["insideCounts"] | {"open": 0}, {"count": 256, "hold": 0, "fail": 0, "open": 0, "more": True})

    def test_a_presentation_of_two(self):
        good = self.signer.sign(badge_of(self.signer.did))
        presentation = {"@context": [CONTEXTS[0]], "type": ["VerifiablePresentation"],
                        "verifiableCredential": [good, good | {"name": "Doctor"}]}
        report = self.both("presentation.json", presentation)
        self.assertEqual(report["verdict"], "unverifiable")
        self.assertEqual([one["verdict"] for one in report["inside"]], ["signed", "invalid"])
        self.assertIn("each by itself: 1 holds, 1 does not hold.", report["sentence"])

    def test_what_has_nothing_inside(self):
        report = self.both("plain.json", self.signer.sign(badge_of(self.signer.did)))
        self.assertEqual((report["inside"], report["insideCounts"]["count"]), ([], 0))
        self.assertNotIn("Inside", report["sentence"])

    def test_the_text(self):
        good = self.signer.sign(badge_of(self.signer.did))
        file = self.write("text.json", self.signer.sign(self.record(good, good | {"name": "Doctor"})))
        done = self.run_badge("--offline", "--issuer", self.signer.did, file)
        self.assertIn(f"  inside\n    + signed: Leaf survey, by {self.signer.did} ({at(0)})\n    x invalid: Doctor", done.stdout)


@unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
class Published(SignedCase):
    def stack(self, name):
        folder = pathlib.Path(VECTORS) / "stack"
        record = json.loads((folder / f"{name}.json").read_text())
        issuers = {record["issuer"]["id"]} | {one["issuer"]["id"] for one in record["credentialSubject"]["verifiableCredential"]}
        named = [word for issuer in issuers for word in ("--issuer", issuer)]
        return self.report("--offline", *named, "--did", f"{SKILLS}={folder}/did-web-skills.example.org.json",
                           folder / f"{name}.json")

    def test_each_credential_of_a_record(self):
        report = self.stack("clr")
        self.expect(report, "signed", proof="proof_holds")
        self.assertEqual(len(report["inside"]), 13)
        self.assertEqual({one["verdict"] for one in report["inside"]}, {"signed"})

    def test_the_altered_one_is_found(self):
        report = self.stack("clr-altered-inside")
        self.expect(report, "invalid", proof="proof_broken")
        bad = [one for one in report["inside"] if one["verdict"] != "signed"]
        self.assertEqual([(one["name"], one["verdict"]) for one in bad], [("Python for Data", "invalid")])
        self.assertEqual(len(report["inside"]), 13)

    def test_a_cycle_of_associations(self):
        report = self.stack("clr-cycle")
        self.assertEqual([one["verdict"] for one in report["inside"]], ["signed"] * 3)

    def test_endorsements_of_1edtech(self):
        report = self.report("--offline", pathlib.Path(VECTORS) / "1edtech/ob30/complete_v1.json")
        kinds = [one["kind"] for one in report["inside"]]
        self.assertEqual((len(kinds), set(kinds)), (5, {"endorsement"}))


if __name__ == "__main__":
    unittest.main()
