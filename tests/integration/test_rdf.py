"""`badge rdf`: every flag, the form of its output, and how it says what is wrong."""

import json
import tempfile
import unittest
from pathlib import Path

from scene import ROOT, badge

SAMPLE = ROOT / "tests" / "samples" / "open-badge.json"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
CONTEXT = {"id": "@id", "a": "urn:a", "b": "urn:b", "ref": {"@id": "urn:ref", "@type": "@id"}}
YES, NO, USAGE = 0, 1, 2


class Rdf(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, value, name="in.json"):
        path = self.folder / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    def rdf(self, status, *arguments, **more):
        done = badge("rdf", *arguments, check=False, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(done.stderr == "", status == YES, done.stderr)
        return done

    def assert_rdf(self, expected, *arguments):
        self.assertEqual(self.rdf(YES, *arguments).stdout, expected)

    def test_forms_of_output(self):
        path = self.file({"@context": CONTEXT, "id": "_:x", "b": {"a": 1}, "a": "y"})
        plain = '_:b0 <urn:a> "y" .\n_:b1 <urn:a> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n_:b0 <urn:b> _:b1 .\n'
        self.assert_rdf(plain, path)
        self.assert_rdf(plain, path, "--nquads")
        canonical = self.rdf(YES, path, "--canonical").stdout
        self.assertEqual(canonical, "".join(sorted(canonical.splitlines(True))))
        names = json.loads(self.rdf(YES, path, "--map").stdout)
        self.assertEqual(sorted(names), ["b0", "b1"])
        self.assertEqual(list(names.values()), ["c14n0", "c14n1"], "in the order in which they were issued")
        renamed = [" ".join("_:" + names[word[2:]] if word.startswith("_:") else word for word in line.split(" "))
                   for line in plain.splitlines()]
        self.assertEqual(canonical.splitlines(), sorted(renamed))
        self.assert_rdf('[{"@id":"_:x","urn:a":[{"@value":"y"}],"urn:b":[{"urn:a":[{"@value":1}]}]}]\n', path, "--expand")
        self.assertEqual(json.loads(self.rdf(YES, path, "--json").stdout), {"file": str(path), "nquads": plain})
        self.assertEqual(self.rdf(YES, "-", input=path.read_text()).stdout, plain)

    def test_nquads_are_read_by_the_name_of_the_file(self):
        path = self.file('_:z <urn:p> "\\u00e9" . # remark\n_:z <urn:p> "\\u00e9" .\n', "in.nq")
        self.assert_rdf('_:z <urn:p> "é" .\n', path)
        self.assert_rdf('_:c14n0 <urn:p> "é" .\n', path, "--canonical")
        self.assert_rdf('{"z":"c14n0"}\n', path, "--map")
        done = self.rdf(USAGE, self.file("_:z <urn:p> 5 .", "bad.nq"))
        self.assertIn("bad.nq: an object stands here (at byte 12)", done.stderr)
        self.rdf(USAGE, path, "--expand")

    def test_the_sample_badge(self):
        text = self.rdf(YES, SAMPLE, "--canonical").stdout
        self.assertIn(f"{TYPE} <https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential> .\n", text)
        canonical = self.file(text, "canonical.nq")
        self.assert_rdf(text, canonical, "--canonical")

    def test_the_hash_decides_the_order_of_blank_nodes(self):
        path = self.file("".join(f'_:n{i} <urn:p> "{i}" .\n' for i in range(8)), "in.nq")
        first = self.rdf(YES, path, "--canonical", "--hash", "sha256").stdout
        self.assertEqual(first, self.rdf(YES, path, "--canonical").stdout)
        self.assertNotEqual(first, self.rdf(YES, path, "--canonical", "--hash=sha384").stdout)

    def test_contexts(self):
        path = self.file({"@context": "https://example.org/c=1", "x": "1", "@id": "urn:s"})
        done = self.rdf(NO, path)
        self.assertIn("context unknown", done.stderr)
        self.assertIn("/@context: https://example.org/c=1 is not built in", done.stderr)
        answer = json.loads(self.rdf(NO, path, "--json").stdout)
        self.assertEqual((answer["code"], answer["url"]), ("context unknown", "https://example.org/c=1"))
        context = self.file({"@context": {"x": "urn:x"}}, "context.json")
        other = ("--context", f"https://example.org/other={context}")
        self.assert_rdf('<urn:s> <urn:x> "1" .\n', path, *other, "--context", f"https://example.org/c=1={context}")
        bare = self.file({"x": "1", "@id": "urn:s"})
        self.assert_rdf('<urn:s> <urn:x> "1" .\n', bare, "--expand-context", context)
        self.assertIn("URL=FILE", self.rdf(USAGE, path, "--context", "nothing").stderr)
        self.rdf(USAGE, path, "--context", "https://example.org/c=/nowhere")
        self.rdf(USAGE, path, "--expand-context", "/nowhere")

    def test_what_json_ld_would_drop_is_an_error(self):
        path = self.file({"@context": CONTEXT, "id": "urn:s", "b": [{"a": "1", "x/y": "2"}]})
        done = self.rdf(NO, path)
        self.assertEqual(done.stderr, f"badge: {path}: undefined term at /b/0/x~1y\n")
        answer = json.loads(self.rdf(NO, path, "--json").stdout)
        self.assertEqual((answer["code"], answer["pointer"], answer["url"]), ("undefined term", "/b/0/x~1y", ""))
        self.assert_rdf('_:b0 <urn:a> "1" .\n<urn:s> <urn:b> _:b0 .\n', path, "--unsafe")
        relative = self.file({"@context": CONTEXT, "id": "urn:s", "ref": "../y"})
        self.assertIn("relative IRI at /ref", self.rdf(NO, relative).stderr)
        self.assert_rdf("<urn:s> <urn:ref> <https://example.org/y> .\n", relative, "--base", "https://example.org/a/b")

    def test_an_undeclared_prefix_is_a_warning(self):
        done = badge("rdf", self.file({"@context": CONTEXT, "id": "urn:s", "ext:x": "1"}))
        self.assertEqual(done.stdout, '<urn:s> <ext:x> "1" .\n')
        self.assertIn("no context defines the prefix ext", done.stderr)

    def test_directions_and_generalized_rdf(self):
        path = self.file({"@id": "urn:s", "urn:p": {"@value": "x", "@language": "AR", "@direction": "rtl"}})
        self.rdf(NO, path)
        self.assert_rdf('<urn:s> <urn:p> "x"^^<https://www.w3.org/ns/i18n#ar_rtl> .\n', path, "--direction", "i18n-datatype")
        text = self.rdf(YES, path, "--direction", "compound-literal").stdout
        self.assertIn('_:b0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#language> "ar" .\n', text)
        blank = self.file({"@context": {"p": "_:p"}, "@id": "urn:s", "p": "1"})
        self.assertIn("blank node predicate", self.rdf(NO, blank).stderr)
        self.assert_rdf("", blank, "--unsafe")
        self.assert_rdf('<urn:s> _:b0 "1" .\n', blank, "--generalized")

    def test_processing_modes(self):
        path = self.file({"@context": {"@version": 1.1, "a": "urn:a"}, "@id": "urn:s", "a": "1"})
        self.assert_rdf('<urn:s> <urn:a> "1" .\n', path, "--processing", "json-ld-1.1")
        self.assertIn("processing mode conflict", self.rdf(NO, path, "--processing", "json-ld-1.0").stderr)

    def test_too_much_work_ends_at_once(self):
        nodes = range(40)
        path = self.file("".join(f"_:n{i} <urn:p> _:n{j} .\n" for i in nodes for j in nodes if i != j), "poison.nq")
        answer = json.loads(self.rdf(NO, path, "--canonical", "--json").stdout)
        self.assertEqual(answer["code"], "too large")

    def test_wrong_arguments(self):
        path = self.file({})
        for arguments in ((), (path, path), (path, "--expand", "--map"), (path, "--hash", "md5"), (path, "--direction", "up"),
                          (path, "--processing", "json-ld-2"), (path, "--frame"), ("/nowhere",), (self.file("{", "cut.json"),)):
            with self.subTest(arguments):
                self.rdf(USAGE, *arguments)


if __name__ == "__main__":
    unittest.main()
