#!/usr/bin/env python3
"""samples/make reproduces the sample credentials, and their signatures are valid, according to OpenSSL and the
canonical form of the independent verifier, neither of which made them. To run it by hand see tests/README.md."""

import base64
import copy
import hashlib
import subprocess
import tempfile
import unittest
from pathlib import Path

import verify_receipt as verifier
from strict_json import canonicalize, parse

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def multibase(text, length):
    """The bytes of a multibase base58btc text."""
    assert text[0] == "z"
    number = 0
    for c in text[1:]:
        number = 58 * number + ALPHABET.index(c)
    return number.to_bytes(length, "big")


def public_key(did):
    """The Ed25519 key of a did:key or of its verification method."""
    data = multibase(did.split("#")[0].removeprefix("did:key:"), 34)
    assert data[:2] == b"\xed\x01"
    return data[2:]


def is_valid(key, signature, message):
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / name for name in ("key", "signature", "message")]
        for name, data in zip(names, (bytes.fromhex("302a300506032b6570032100") + key, signature, message)):
            name.write_bytes(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
        command += ["-inkey", names[0], "-sigfile", names[1], "-in", names[2]]
        return subprocess.run(command, capture_output=True).returncode == 0


class SamplesTest(unittest.TestCase):
    def read(self, name):
        return (SAMPLES / name).read_bytes()

    def test_make_reproduces_the_samples(self):
        subprocess.run([SAMPLES / "make", "--check"], check=True)

    def test_labels(self):
        for name, label in [
            ("open-badge.json", "jcs"), ("expired.json", "jcs"), ("badge.jwt", "compact"), ("certificate.pdf", "raw"),
        ]:
            self.assertEqual(verifier.label_of(self.read(name)), label)

    def proof_holds(self, document):
        options = copy.deepcopy(document.pop("proof"))
        signature = multibase(options.pop("proofValue"), 64)
        self.assertEqual(options["@context"], document["@context"])
        self.assertEqual(options["verificationMethod"].split("#")[0], document["issuer"]["id"])
        signed = b"".join(hashlib.sha256(canonicalize(value)).digest() for value in (options, document))
        return is_valid(public_key(options["verificationMethod"]), signature, signed)

    def test_data_integrity_proofs(self):
        for name in ("open-badge.json", "expired.json"):
            document = parse(self.read(name))
            self.assertTrue(self.proof_holds(copy.deepcopy(document)))
            document["name"] += "!"
            self.assertFalse(self.proof_holds(document))

    def test_jwt(self):
        data = self.read("badge.jwt").strip()
        signed, _, signature = data.rpartition(b".")
        signature = base64.urlsafe_b64decode(signature + b"==")
        key = public_key(verifier.issuer_id(verifier.read_document(data)))
        self.assertTrue(is_valid(key, signature, signed))
        self.assertFalse(is_valid(key, signature, signed + b"!"))

    def test_validity(self):
        for name, over in (("open-badge.json", False), ("badge.jwt", False), ("expired.json", True)):
            begins, ends = verifier.validity(verifier.read_document(self.read(name)))
            self.assertEqual(ends is not None, over, name)
            self.assertLess(begins, 1_800_000_000)

    def test_pdf_offsets(self):
        data = self.read("certificate.pdf")
        table = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
        self.assertTrue(data[table:].startswith(b"xref\n0 8\n"))
        for i, entry in enumerate(data[table:].split(b"\n")[2:10]):
            self.assertEqual(len(entry), 19)
            if i:
                self.assertTrue(data[int(entry[:10]) :].startswith(b"%d 0 obj\n" % i))
        begin = data.index(b"stream\n") + 7
        length = int(data.split(b"/Length ")[1].split()[0])
        self.assertTrue(data[begin + length :].startswith(b"endstream"))


if __name__ == "__main__":
    unittest.main()
