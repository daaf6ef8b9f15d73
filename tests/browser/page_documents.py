"""Documents for the tests of the page: one of each kind, and a hostile one."""

import base64
import hashlib
import json
import struct
import zlib

from credentials import ISSUER_ID

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
UNIVERSITY = {
    "id": ISSUER_ID,
    "type": ["Profile"],
    "name": "University of the North Sea",
    "url": "https://north-sea.example",
}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size, *more):
    """The medal as a PNG, with more chunks."""
    rows = b"".join(b"\0" + bytes(v for x in range(size) for v in medal(x, y, size)) for y in range(size))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def baked_png(credential):
    return png(160, chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0" + credential))


def baked_svg(credential, receipt):
    return b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"
  viewBox="0 0 96 96">
<openbadges:credential><![CDATA[%s]]></openbadges:credential>
<badgereceipt xmlns="urn:badged:receipt"><![CDATA[%s]]></badgereceipt>
<circle cx="48" cy="48" r="46" fill="#184a7a"/>
<circle cx="48" cy="48" r="39" fill="none" stroke="#f0c454" stroke-width="5"/>
</svg>
""" % (credential, receipt)


def medal(x, y, size):
    """A disc with a ring and a stripe of light."""
    dx, dy = x - size / 2 + 0.5, y - size / 2 + 0.5
    distance = (dx * dx + dy * dy) ** 0.5 / (size / 2)
    if distance > 1:
        return 0, 0, 0, 0
    if 0.8 < distance < 0.9:
        return 240, 196, 84, 255
    light = 24 if abs(dx + dy) < 10 else 0
    return 24 + light, 74 + light, 122 + light, 255


MEDAL = "data:image/png;base64," + base64.b64encode(png(96)).decode()


def credential(name, achievement, **more):
    value = {
        "@context": CONTEXT,
        "id": f"urn:example:page:{name}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": UNIVERSITY,
        "validFrom": "2026-03-14T09:00:00Z",
        "credentialSubject": {"type": ["AchievementSubject"], "achievement": achievement},
    }
    subject = more.pop("subject", {})
    value["credentialSubject"] |= subject
    return json.dumps(value | more, ensure_ascii=False).encode()


DATA_SCIENCE = {
    "id": "https://north-sea.example/achievements/data-science",
    "type": ["Achievement"],
    "achievementType": "Certificate",
    "name": "Applied Data Science",
    "description": "Plans, carries out and explains a study on data that nobody has tidied before, "
    "and knows what the numbers do not say.",
    "criteria": {
        "id": "https://north-sea.example/criteria/data-science",
        "narrative": "A study of the holder's own, defended before two examiners.\n"
        "A written examination of three hours.",
    },
    "image": {"id": MEDAL, "type": "Image"},
    "tag": ["statistics", "Python", "ethics"],
    "alignment": [
        {"type": ["Alignment"], "targetName": "analyse big data", "targetFramework": "ESCO",
         "targetUrl": "http://data.europa.eu/esco/skill/analyse-big-data"},
        {"type": ["Alignment"], "targetName": "apply statistical analysis techniques", "targetFramework": "ESCO",
         "targetUrl": "http://data.europa.eu/esco/skill/statistics"},
    ],
    "resultDescription": [{"id": "urn:example:grade", "type": ["ResultDescription"], "name": "Grade",
                           "resultType": "LetterGrade"}],
}
HOLDER = {
    "id": "did:key:z6Mkm6zSbQ9fdyHAg1xzMwaEwT6jSsEpbcz3CkW4rguWorqQ",
    "name": "Ada Lindqvist",
    "creditsEarned": 12,
    "result": [{"type": ["Result"], "resultDescription": "urn:example:grade", "value": "A"}],
    "identifier": [{"type": "IdentityObject", "hashed": True, "identityType": "emailAddress", "salt": "north",
                    "identityHash": "sha256$" + hashlib.sha256(b"ada@north-sea.examplenorth").hexdigest()}],
}
EVIDENCE = [{"id": "https://north-sea.example/theses/1842", "type": ["Evidence"], "name": "The study",
             "narrative": "Tides and ferries: why the 7.40 is late."}]

BIDI = "\u202egnp.exe\u2066"
HOSTILE = json.loads(credential("hostile", DATA_SCIENCE))
HOSTILE |= {
    "name": "<img src=x onerror=alert(1)><script>window.harmed = 1</script>" + BIDI + "\u0000" + "Z\u0300" * 200,
    "issuer": {"id": ISSUER_ID, "name": "</bdi><h1>Valid</h1>" + "W" * 5000, "url": "javascript:window.harmed=1",
               "email": "a@b.example\"><script>window.harmed=1</script>"},
    "validFrom": "\"><svg onload=alert(1)>",
    "evidence": [{"id": "javascript:window.harmed=1", "name": "Click me"}, {"id": "data:text/html,<script>1</script>"},
                 *({"id": f"https://evil.example/{i}", "name": "x" * 3000} for i in range(100))],
}
HOSTILE["credentialSubject"] |= {
    "id": "vbscript:x", "name": {"toString": "x"},
    "achievement": {"name": ["<b>", {"@value": "<i>" * 3000}], "description": "\u202e" + "A" * 100_000,
                    "image": {"id": "https://evil.example/track.png"},
                    "criteria": {"id": " java\nscript:window.harmed=1", "narrative": 7},
                    "alignment": [{"targetName": "x", "targetUrl": "javascript:window.harmed=1"}, None, 5, [[]]],
                    "tag": ["<style>*{display:none}</style>"] * 300},
    "result": [{"value": {"a": 1}}],
    "identifier": [{"identityHash": 5}, "x", {"identityHash": "sha256$zz", "hashed": True}],
}


def jwt(claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    return b".".join((part({"alg": "EdDSA", "typ": "JWT"}), part(claims), b"c2lnbmF0dXJl"))


CLR = json.dumps({
    "@context": CONTEXT, "id": "urn:example:page:clr", "type": ["VerifiableCredential", "ClrCredential"],
    "name": "Learner record 2024–2026", "issuer": UNIVERSITY, "validFrom": "2026-06-30T12:00:00Z",
    "credentialSubject": {
        "type": ["ClrSubject"], "name": "Ada Lindqvist",
        "verifiableCredential": [json.loads(credential("in-clr", DATA_SCIENCE, subject={"result": HOLDER["result"]}))],
        "achievement": [{"type": ["Achievement"], "name": name, "achievementType": "Course", "description": text}
                        for name, text in (("Probability", "First course."), ("Law of data", "Second course."))],
    },
}).encode()
OPEN_BADGE_2 = json.dumps({
    "@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://north-sea.example/assertions/7",
    "recipient": {"type": "email", "hashed": True, "salt": "deep", "identity": "sha256$" + "ab" * 32},
    "badge": {"type": "BadgeClass", "name": "First aid at sea", "description": "Keeps calm.", "image": MEDAL,
              "criteria": {"narrative": "Two days on board."},
              "issuer": {"id": ISSUER_ID, "type": "Profile", "name": "Sea school"}},
    "issuedOn": "2024-05-06T00:00:00Z", "verification": {"type": "hosted"}, "evidence": "https://north-sea.example/e/7",
}).encode()

WORDY = json.loads(credential("wordy", DATA_SCIENCE | {"name": "Certificate of attendance " * 8}))
WORDY["issuer"] = {"id": "https://registry.example/" + "of-the-north-sea-" * 20, "name": "Universität" * 20}

ABROAD = json.loads(credential("abroad", DATA_SCIENCE, validFrom="2024-01-01T00:00:00+08:00",
                               validUntil="2099-12-31T23:59:59-05:00"))
ABROAD["name"] = [{"@value": "Harbour pilot", "@language": "en"}, {"@value": "Hafenlotse", "@language": "de-AT"}]

def noise(name, length):
    """A badge with text that no compression makes shorter."""
    bits = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(length // 32))
    document = json.loads(credential(name, DATA_SCIENCE))
    return json.dumps(document | {"noise": base64.b64encode(bits).decode()}).encode()


# by the European approach: what it should state is there, but for how one takes part
MICRO = DATA_SCIENCE | {
    "achievementType": "MicroCredential",
    "alignment": DATA_SCIENCE["alignment"] + [
        {"type": ["Alignment"], "targetType": "ext:EQF", "targetName": "EQF level 6", "targetCode": "EQF 6",
         "targetFramework": "European Qualifications Framework", "targetUrl": "http://data.europa.eu/snb/eqf/6"},
        {"type": ["Alignment"], "targetType": "ext:QualityAssurance", "targetName": "Assured under the ESG",
         "targetUrl": "https://north-sea.example/quality"}],
}
NAMED = {"creditsEarned": 12, "identifier": [
    {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": "Bertil Holm"},
    {"type": "IdentityObject", "hashed": False, "identityType": "lisSourcedId", "identityHash": "1842"}]}

EUROPASS = json.dumps({
    "@context": ["https://www.w3.org/2018/credentials/v1"], "id": "urn:example:page:europass",
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "issuer": {"id": ISSUER_ID, "type": "Organisation", "legalName": {"en": ["University of the North Sea"],
                                                                      "de": ["Nordsee-Universität"]}},
    "issuanceDate": "2023-01-01T00:00:00+01:00", "validFrom": "2023-01-01T00:00:00+01:00",
    "credentialProfiles": {"prefLabel": {"en": "Micro-credential"}},
    "displayParameter": {"title": {"en": ["Certificate of Participation"], "de": ["Teilnahmebestätigung"]}},
    "credentialSubject": {
        "id": "urn:epass:person:1", "type": "Person", "givenName": {"en": ["Ada"]}, "familyName": {"en": ["Lindqvist"]},
        "hasClaim": [{"type": "LearningAchievement", "title": {"en": ["Tides and Currents"]}, "specifiedBy": [{
            "creditPoint": [{"framework": {"notation": "ECTS"}, "point": "2.5"}],
            "eqfLevel": {"id": "http://data.europa.eu/snb/eqf/5"},
            "learningOutcome": [{"title": {"en": ["Reads a tide table"]}}]}],
            "awardedBy": {"awardingBody": [{"legalName": {"en": ["Harbour School"]}, "location": [{"address": [
                {"countryCode": {"prefLabel": {"en": "Norway"}}}]}]}]}}]},
}).encode()

DOCUMENTS = {
    "badge": credential("badge", DATA_SCIENCE, subject=HOLDER, evidence=EVIDENCE, validUntil="2031-03-14T09:00:00Z"),
    "expired": credential("expired", DATA_SCIENCE, validUntil="2026-04-01T00:00:00Z"),
    "revoked": credential("revoked", DATA_SCIENCE, subject=HOLDER),
    "shown": credential("shown", DATA_SCIENCE, subject=HOLDER),
    "clr": CLR,
    "ob2": OPEN_BADGE_2,
    "jwt": jwt({"iss": ISSUER_ID, "nbf": 1767225600,
                "vc": json.loads(credential("jwt", DATA_SCIENCE, subject=HOLDER))}),
    "degree": json.dumps({"type": ["VerifiableCredential", "UniversityDegree"], "issuer": ISSUER_ID,
                          "issuanceDate": "2020-01-01T00:00:00Z",
                          "credentialSubject": {"id": "did:example:1", "degree": {"type": "BachelorDegree",
                                                                                  "name": "Bachelor of Arts"}}}).encode(),
    "replaced": credential("replaced", DATA_SCIENCE, subject=HOLDER),
    "renewed": credential("renewed", DATA_SCIENCE, subject=HOLDER),
    "achievement": json.dumps({
        "id": "https://north-sea.example/achievements/7", "type": "Achievement", "name": "First aid at sea",
        "proof": {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofPurpose": "assertionMethod",  # a kind that is not checked
                  "verificationMethod": ISSUER_ID + "#key", "proofValue": "z58DAdFfa9SkqZMVPxAQp"},
    }).encode(),
    "pdf": b"%PDF-1.7\na certificate\n\x00\xff",
    "stranger": credential("stranger", DATA_SCIENCE).replace(ISSUER_ID.encode(), b"did:web:stranger.example"),
    "wordy": json.dumps(WORDY).encode(),
    "abroad": json.dumps(ABROAD).encode(),
    "micro": credential("micro", MICRO, subject=NAMED, awardedDate="2026-03-14T09:00:00Z",
                        issuer=UNIVERSITY | {"address": {"type": ["Address"], "addressCountry": "Norge",
                                                         "addressCountryCode": "NO"}}),
    "europass": EUROPASS,
    "hostile": json.dumps(HOSTILE).encode(),
    "large": noise("large", 4_000),
    "huge": noise("huge", 30_000),
}
MEDIA = {"pdf": "application/pdf", "jwt": "application/jwt"}
SUFFIX = {"pdf": "pdf", "jwt": "jwt"}
