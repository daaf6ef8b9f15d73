"""Wrapped credentials that are baked into pictures, through every door; and pictures that are drawn, but have no badge in
the place where Open Badges has it."""

import unittest

import wrapped
from credentials import ISSUER_ID
from doors import Doors, SameAtAllDoors
from images import OB2, OB3, SLIP, SVG, XML, cdata, chunk, credential, header, itxt, png, svg, text_chunk
from scene import Scene
from wrapped import text

ENDED = wrapped.credential()
JWT = wrapped.old_token(ENDED)
TWO = wrapped.presentation(ENDED, ENDED)
ANIMATION = chunk(b"acTL", bytes([0, 0, 0, 1, 0, 0, 0, 0]))


def baked(value, *more, **how):
    return png(itxt("openbadgecredential", text(value) if isinstance(value, dict) else value), *more, **how)


BROKEN = baked(JWT)[:-40] + b"\0" + baked(JWT)[-39:]


def in_svg(inside, names=""):
    return f'<svg xmlns="{SVG}" {names}>{inside}</svg>'.encode()


PICTURES = {  # the verdict, and what libbadge alone is given; None: the picture, which it can't read
    "plain.png": (baked(ENDED), "expired", ENDED),
    "presentation.png": (baked(wrapped.presentation(ENDED)), "expired", wrapped.presentation(ENDED)),
    "jws.png": (baked(wrapped.general(ENDED)), "expired", wrapped.general(ENDED)),
    "openattestation.png": (baked(wrapped.open_attestation_2()), "expired", wrapped.open_attestation_2()),
    "two.png": (baked(TWO), "unverifiable", TWO),
    "not-encoded.png": (baked(wrapped.not_encoded(ENDED)), "unverifiable", wrapped.not_encoded(ENDED)),
    "legacy-token.png": (png(text_chunk("openbadges", JWT)), "expired", JWT),
    "animated.png": (baked(JWT, ANIMATION), "expired", JWT),
    "interlaced-grey.png": (baked(JWT, head=header(8, 8, 16, 4, interlace=1)), "expired", JWT),
    "other-text.png": (baked(JWT, itxt("Comment", "Well done")), "expired", JWT),
    "folded.png": (baked(wrapped.folded(JWT)), "unverifiable", None),
    "bearer.png": (baked("Bearer " + JWT), "unverifiable", None),
    "profile.png": (baked({"type": "Profile", "id": ISSUER_ID}), "recorded", {"type": "Profile", "id": ISSUER_ID}),
    "empty.png": (baked({}), "recorded", {}),
    "envelope.svg": (svg(credential(cdata(text(wrapped.envelope(JWT))))), "expired", wrapped.envelope(JWT)),
    "two-prefixes.svg": (in_svg(f'<a:credential verify="{JWT}"/><b:credential verify="{JWT}"/>',
                                f'xmlns:a="{OB3}" xmlns:b="{OB3}"'), "expired", JWT),
    "metadata.svg": (svg(f"<metadata>{credential(cdata(text(ENDED)))}</metadata>"), "expired", ENDED),
    "pieces.svg": (svg(credential(cdata(text(ENDED)[:99]) + "<!-- x -->" + cdata(text(ENDED)[99:]))), "expired", ENDED),
    "line-in-verify.svg": (svg(credential(verify=f"\n {JWT} ")), "expired", JWT),
    "badge-2.svg": (svg(credential(cdata(text(wrapped.assertion(revoked=True))), namespace=OB2)), "revoked",
                    wrapped.assertion(revoked=True)),
    "comment.svg": (svg(f"<!-- {credential(cdata(text(ENDED)))} -->"), "recorded", None),
    "wrong-crc.png": (BROKEN, "unverifiable", None),
    "two-receipts.png": (baked(JWT, itxt("badgereceipt", SLIP), itxt("badgereceipt", SLIP)), "unverifiable", None),
    "line-before.svg": (svg(credential(verify=JWT), before="\n" + XML.format("UTF-8")), "unverifiable", None),
    "other-namespace.svg": (svg(credential(verify=JWT, namespace="http://purl.imsglobal.org/ob/v3p0")), "recorded", None),
}


class Baked(SameAtAllDoors, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pictures = {name: picture for name, (picture, _, _) in PICTURES.items()}
        inside = {name: wrapped.to_bytes(value) for name, (_, _, value) in PICTURES.items() if value is not None}
        cls.doors = cls.enterClassContext(Doors(cls.enterClassContext(Scene()), pictures, [ISSUER_ID], inside))

    def test_by_badge(self):
        for name, (_, verdict, _) in PICTURES.items():
            with self.subTest(name):
                self.assertEqual(self.doors.reference[name]["verdict"], verdict)

    def test_what_cannot_be_read_is_refused(self):
        refused = {name for name, answer in self.doors.submitted.items() if answer.status not in (200, 201)}
        self.assertEqual(refused, {"folded.png", "bearer.png", "wrong-crc.png", "two-receipts.png", "line-before.svg"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
