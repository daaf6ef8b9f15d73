"""Documents with credentials inside: the same report, with the same verdict on each inside, from `badge verify`, the npm
package in Node, and where $BADGED_PLAYWRIGHT names playwright-core in chromium. Transcripts and badges with endorsements
from $BADGED_VECTORS, and documents made here.
"""

import base64
import json
import os
import tempfile
import unittest
from pathlib import Path

from scene import badge
from signing import Signer, badge_of
from verify_cases import run_cases, without_reasons

VECTORS = os.environ.get("BADGED_VECTORS")
ISSUER = "did:key:z6MkwWdDvJ7Z51f4baYoJ8T6CdQubK39juiXA5wKssJnmgm4"  # of the transcripts in stack/
GUILD = "did:web:skills.example.org"  # of some badges in them
OWN = ("summary", "documents", "accepted")  # members that only the package's reports have
TOKEN = "eyJhbGciOiJub25lIn0.eyJ2YyI6eyJ0eXBlIjpbIlZlcmlmaWFibGVDcmVkZW50aWFsIl0sIm5hbWUiOiJUIn19.c2ln"
IN_CHROMIUM = unittest.skipUnless(os.environ.get("BADGED_PLAYWRIGHT"), "BADGED_PLAYWRIGHT is not set")


def unsigned(number, **more):
    return {"@context": ["https://www.w3.org/ns/credentials/v2"], "id": f"urn:example:{number}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": "did:example:school",
            "name": f"Badge {number}", "credentialSubject": {"type": "AchievementSubject"}} | more


def transcript(number, *credentials, **more):
    subject = {"type": "ClrSubject", "verifiableCredential": list(credentials)}
    return unsigned(number, type=["VerifiableCredential", "ClrCredential"], credentialSubject=subject, **more)


def endorsement(number):
    return unsigned(number, type=["VerifiableCredential", "EndorsementCredential"])


def documents():
    badges = [unsigned(i) for i in range(300)]
    deep = badges[0]
    for i in range(4):
        deep = transcript(f"level {i}", deep)
    achievement = {"endorsement": [endorsement("e2")], "creator": {"endorsementJwt": [TOKEN]}}
    made = {
        "endorsed everywhere": unsigned(
            "endorsed", endorsement=[endorsement("e0")], endorsementJwt=[TOKEN], issuer={"id": "did:example:school",
            "endorsement": [endorsement("e1")]}, credentialSubject={"achievement": achievement}),
        "tokens and envelopes": transcript("tokens", TOKEN, {"type": "EnvelopedVerifiableCredential",
                                           "id": f"data:application/vc+jwt,{TOKEN}"}, "https://school.example/1", 7),
        "four levels": deep,
        "257 inside": transcript("many", *badges[:257]),
        "256 on two levels": transcript("two", transcript("a", *badges[:200]), transcript("b", *badges[200:300])),
        "a presentation of two": {"type": ["VerifiablePresentation"], "verifiableCredential": badges[:2]},
        "revoked by itself": transcript("hosted", {"type": "Assertion", "badge": {"issuer": "https://a.example"},
                                                   "verify": {}, "revoked": True}),
        "nothing inside": badges[0],
        "names in languages": transcript("names", unsigned("fr", name={"fr": "Nœuds", "en": "Knots"}),
                                         unsigned("none", name=None), unsigned("long", name="n" * 400)),
    }
    return {name: json.dumps(one) for name, one in made.items()}


def presentations(folder):
    signer = Signer(folder)
    one = signer.sign(badge_of(signer.did))
    plain = {"@context": one["@context"], "type": ["VerifiablePresentation"], "holder": signer.did}
    options = {"proofPurpose": "authentication", "challenge": "n-1", "domain": "shop.example"}
    signed = signer.sign(plain | {"verifiableCredential": [one]}, **options)
    vp = {"type": ["VerifiablePresentation"], "verifiableCredential": [one]}
    made = {
        "a presentation": signed,
        "a presentation of two, signed": signer.sign(plain | {"verifiableCredential": [one, one]}, **options),
        "a presentation with another challenge": signed | {"proof": signed["proof"] | {"challenge": "n-2"}},
        "a presentation by a holder whose document lists no key for it":
            signer.sign(plain | {"holder": GUILD, "verifiableCredential": [one]}, f"{GUILD}#none", **options),
    }
    token = signer.token({"iss": signer.did, "nonce": "n-1", "aud": ["shop.example"], "vp": vp})
    return {name: json.dumps(one) for name, one in made.items()} | {"a presentation as a token": token.decode()}


def published():
    names = ["clr.json", "clr-altered-inside.json", "clr-cycle.json"]
    files = [Path(VECTORS) / "stack" / name for name in names] + sorted((Path(VECTORS) / "1edtech/clr20").glob("*.json"))
    return {file.name: file.read_text() for file in files}


def without_all_reasons(report):
    """Without what each program says of a host that it did not ask, of the document and of what is inside."""
    is_unasked = lambda sentence: "was not asked" in sentence or "nothing is fetched" in sentence
    inside = [one | {"sentence": None} if is_unasked(one["sentence"]) else one for one in report["inside"]]
    return without_reasons(report) | {"inside": inside}


class Inside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="badged-inside-")))
        cls.cases = documents() | presentations(cls.folder) | (published() if VECTORS else {})
        cls.given = (Path(VECTORS) / "stack/did-web-skills.example.org.json").read_text() if VECTORS else "{}"
        (cls.folder / "did.json").write_text(cls.given)
        cls.reference = {name: cls.by_badge(text) for name, text in cls.cases.items()}

    @classmethod
    def by_badge(cls, text):
        file = cls.folder / "document.json"
        file.write_text(text)
        done = badge("verify", file, "--json", "--offline", "--issuer", ISSUER, "--did", f"{GUILD}={cls.folder}/did.json",
                     check=False)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def compare(self, *arguments):
        options = {"fetchKeys": False, "issuers": [{"id": ISSUER}], "documents": {GUILD: self.given}}
        lines = [{"document": base64.b64encode(text.encode()).decode(), "receipt": None, "options": options}
                 for text in self.cases.values()]
        for name, report in zip(self.cases, run_cases(lines, *arguments)):
            with self.subTest(name):
                shared = {member: part for member, part in report.items() if member not in OWN}
                self.assertEqual(without_all_reasons(shared), without_all_reasons(self.reference[name]))

    def test_by_the_package_in_node(self):
        self.compare()

    @IN_CHROMIUM
    def test_by_the_package_in_chromium(self):
        self.compare("--chromium")

    def check(self, name, kinds, **counts):
        """kinds: kind and level of each that is listed, in order."""
        report = self.reference[name]
        self.assertEqual([(one["kind"], one["level"]) for one in report["inside"]], kinds, name)
        zero = {"hold": 0, "fail": 0, "open": 0, "more": False}
        self.assertEqual(report["insideCounts"], zero | {"count": len(kinds)} | counts, name)
        return report

    def test_what_is_found(self):
        self.check("endorsed everywhere", [("endorsement", 1)] * 5, fail=2, open=3)  # the tokens are unsigned
        self.check("tokens and envelopes", [("credential", 1)] * 2, fail=2)
        self.check("four levels", [("credential", 1), ("credential", 2)], open=2, more=True)
        many = self.check("257 inside", [("credential", 1)] * 256, open=256, more=True)
        self.assertTrue(many["sentence"].endswith(
            " each by itself: 256 could not be judged. There are more inside, which were not looked at."), many["sentence"])
        self.assertEqual(len(self.reference["256 on two levels"]["inside"]), 256)
        self.check("a presentation of two", [("credential", 1)] * 2, open=2)
        self.check("nothing inside", [])
        names = self.check("names in languages", [("credential", 1)] * 3, open=3)
        self.assertEqual([one["name"] for one in names["inside"]], ["Knots", "OpenBadgeCredential", "n" * 300])

    @unittest.skipUnless(VECTORS, "BADGED_VECTORS is not set")
    def test_presentations(self):
        codes = {name: self.reference[name]["presentation"]["proof"]["code"] for name in self.cases if "a presentation" in name}
        self.assertEqual(codes, {
            "a presentation of two": "no_proof", "a presentation": "proof_holds",
            "a presentation of two, signed": "proof_holds", "a presentation with another challenge": "proof_broken",
            "a presentation by a holder whose document lists no key for it": "proof_key_unreachable",
            "a presentation as a token": "proof_holds"})

    def test_transcripts(self):
        whole = self.check("clr.json", [("credential", 1)] * 13, hold=10, open=3)
        self.assertIn(" Inside of it 13 credentials were looked at, each by itself: 10 hold, 3 could not be judged.", whole["sentence"])
        altered = self.check("clr-altered-inside.json", [("credential", 1)] * 13, hold=9, fail=1, open=3)
        broken = [one for one in altered["inside"] if one["verdict"] == "invalid"]
        expected = json.loads((Path(VECTORS) / "stack/expected.json").read_text())["clr"]["clr-altered-inside.json"]
        inside = json.loads(self.cases["clr-altered-inside.json"])["credentialSubject"]["verifiableCredential"]
        places = [f"/credentialSubject/verifiableCredential/{i}" for i, one in enumerate(inside)
                  if one["id"] in expected["innerProofsThatFail"]]
        self.assertEqual([one["pointer"] for one in broken], places)
        self.assertEqual([one["decidedBy"] for one in broken], ["proof"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
