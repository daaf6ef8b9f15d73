#!/usr/bin/env python3
"""Every command of `badge`: exit statuses, output in plain text and JSON, and its effects on node and chain."""

import datetime
import json
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import credentials
import node as daemon
import verify_receipt as verifier
from credentials import ISSUER_ID
from registry_client import call_data, keccak256, revoke_data
from scene import ARTIFACT, CAST, CHAIN_ID, ROOT, Scene, badge, until

COMMANDS = ("digest", "submit", "receipt", "verify", "keygen", "address", "deploy", "operator", "accredit", "token",
            "audit", "mirror", "bake", "unbake", "revoke", "withdraw", "check", "fsck", "backup", "restore", "init",
            "doctor", "rdf")
MANUAL = ROOT / "node" / "cli" / "badge.1"
KEYSTORE_ORACLE = ROOT / "tests" / "support" / "keystore_oracle.py"
EARLIER_REGISTRY = ROOT / "tests" / "support" / "earlier_registry.hex"  # its deployed code
SAMPLE = ROOT / "tests" / "samples" / "open-badge.json"
NOBODY = "http://127.0.0.1:1"
YES, NO, USAGE, UNREACHABLE = 0, 1, 2, 3


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


class SceneTest(unittest.TestCase):
    """A chain and a node that seals after 300 ms, shared by all tests of a class."""

    settings = {"batch.max_age": "300 ms"}

    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene(cls.settings))
        cls.account = cls.scene.issuer
        cls.node = ("--node", cls.scene.url)
        cls.submitter = (*cls.node, "--token-file", cls.scene.token_file("submit"))
        cls.rpc = ("--rpc", cls.scene.rpc, "--chain-id", CHAIN_ID)
        cls.trusted = (*cls.rpc, "--issuer", f"{ISSUER_ID}={cls.account}", "--issuer", cls.account)

    def place(self, *documents):
        """Creates a folder with these credentials."""
        folder = self.scene.folder / f"{self.id().rsplit('.', 1)[1]}-{time.monotonic_ns()}"
        folder.mkdir()
        for document in documents:
            (folder / document.name).write_bytes(document.data)
        return folder

    def badge(self, status, *arguments, **more):
        done = badge(*arguments, check=False, **more)
        self.assertEqual(done.returncode, status, f"{arguments[0]}: {done.stdout}{done.stderr}")
        if status in (USAGE, UNREACHABLE) and arguments[0] != "verify":
            self.assertRegex(done.stderr if isinstance(done.stderr, str) else done.stderr.decode(), "badge: .+")
        return done

    def made(self, n, seed=None, **more):
        """Generates n valid credentials."""
        seed, found, number = seed or self.id(), [], 0
        while len(found) < n:
            one = credentials.credential(seed, number, **more)
            number += 1
            if one.verdict == "valid":
                found.append(one)
        return found


class Arguments(unittest.TestCase):
    def run_badge(self, *arguments):
        return badge(*arguments, check=False)

    def test_help(self):
        done = self.run_badge("--help")
        self.assertEqual((done.returncode, done.stderr), (YES, ""))
        self.assertEqual(sorted(re.findall(r"(?m)^  ([a-z]+) {2,}\S", done.stdout)), sorted(COMMANDS))
        self.assertEqual(set(re.findall(r"(?m)^\.It Nm Cm ([a-z]+)", MANUAL.read_text())), set(COMMANDS))
        for command in COMMANDS:
            self.assertRegex(done.stdout, rf"(?m)^  {command} ")
            one = self.run_badge(command, "--help")
            self.assertEqual((one.returncode, one.stderr), (YES, ""))
            self.assertTrue(one.stdout.startswith(f"badge {command} "), one.stdout)
        for flag in ("node", "token-file", "rpc", "contract", "chain-id", "issuer", "keystore", "passphrase-file"):
            self.assertIn(f"--{flag} ", done.stdout)

    def test_version(self):
        self.assertRegex(self.run_badge("--version").stdout, r"^badge \d+\.\d+\.\d+\n$")

    def test_wrong_arguments(self):
        for arguments in (
            *((), ("nothing",), ("verify",), ("digest",), ("digest", "--nothing", "x"), ("digest", "-x", "y")),
            *(("verify", "a", "--receipt"), ("digest", "--canonical=yes", "x"), ("submit", "x", "--wait", "soon")),
            *(("verify", "a", "b", "--receipt", "c"), ("operator", "add"), ("token",), ("token", "create")),
            *(("token", "create", "--scope", "submit,all"), ("address",), ("keygen", "x"), ("receipt", "a", "b")),
            *(("digest", "x", "--chain-id", "many"), ("verify", "x", "--contract", "0x12"), ("submit", "x")),
            *(("deploy",), ("verify", SAMPLE, "--issuer", "did:example:1=0x12"), ("digest", "x", "--config", "/none")),
            ("operator", "add", "0x7301F80CdD89e7c886CB7dF0D97ec2b63628f588", "--rpc", NOBODY),  # wrong checksum
        ):
            with self.subTest(arguments):
                done = self.run_badge(*arguments)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertEqual(arguments == () or done.stderr.startswith("badge: "), True, done.stderr)

    def test_digest(self):
        document = verifier.read_document(SAMPLE.read_bytes())
        line = f"{document.digest.hex()} jcs {SAMPLE}\n"
        self.assertEqual(self.run_badge("digest", SAMPLE).stdout, line)
        (answer,) = lines_of(self.run_badge("digest", SAMPLE, "--json"))
        due = {"file": str(SAMPLE), "digest": document.digest.hex(), "canonicalization": "jcs"}
        self.assertEqual(answer, due)
        done = badge("digest", "-", input=SAMPLE.read_bytes(), text=False)
        self.assertEqual(done.stdout.split()[:2], [document.digest.hex().encode(), b"jcs"])
        done = badge("digest", "-", "--canonical", input=b'{"b": 1.0, "a": "\\u00e9"}', text=False)
        self.assertEqual(done.stdout, '{"a":"é","b":1}'.encode())
        for text, expected in ((b'{"a":1,"a":2}', "at byte"), (b'{"a":', "at byte"), (b"\x89PNG\r\n\x1a\nopenbadgecredential", "-:")):
            done = badge("digest", "-", input=text, text=False, check=False)
            self.assertEqual((done.returncode, done.stdout), (USAGE, b""))
            self.assertIn(expected, done.stderr.decode())
        done = self.run_badge("digest", "/nowhere", SAMPLE)
        self.assertEqual((done.returncode, done.stdout), (USAGE, line), "an invalid file does not affect others")


class Checking(unittest.TestCase):
    def test_findings(self):
        file = Path(self.enterContext(tempfile.TemporaryDirectory()), "bad.json")
        file.write_text('{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential",'
                        '"issuer":"did:a:b","credentialSubject":{"a":1},"validFrom":"2024-01-01"}')
        done = badge("check", SAMPLE, file, "--json", check=False)
        sample, bad = lines_of(done)
        self.assertEqual(done.returncode, NO)
        self.assertEqual((sample["file"], sample["conformance"]["profile"]), (str(SAMPLE), "ob-3.0"))
        (error,) = bad["conformance"]["errors"]
        self.assertEqual((error["code"], error["pointer"]), ("date_not_standard", "/validFrom"))
        self.assertEqual(bad["conformance"]["euMicrocredential"]["date"], "/validFrom")
        self.assertIn("error date_not_standard /validFrom: ", badge("check", file, check=False).stdout)
        self.assertEqual(badge("check", file.with_name("none"), check=False).returncode, USAGE)
        said = badge("verify", "--offline", file, check=False).stdout
        self.assertIn(f"\n  rules   vc-2.0: 1 error, see badge check {file}\n", said)
        self.assertNotIn("rules", badge("verify", "--offline", SAMPLE, check=False).stdout, "none is broken")


class Keys(unittest.TestCase):
    def test_the_keystore_is_readable_by_others(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        file, passphrase = folder / "key.json", folder / "passphrase"
        passphrase.write_text("pass wörd\nanother line\n")
        (answer,) = lines_of(badge("keygen", "-o", file, "--passphrase-file", passphrase, "--json"))
        self.assertEqual(answer["file"], str(file))
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        (same,) = lines_of(badge("address", file, "--json"))
        self.assertEqual(same, answer)
        arguments = [sys.executable, KEYSTORE_ORACLE, file, "pass wörd".encode().hex()]
        key = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.strip()
        address = subprocess.run(
            [CAST, "wallet", "address", "--private-key", key], check=True, capture_output=True, text=True
        )
        self.assertEqual(address.stdout.strip(), answer["address"])

        before = file.read_bytes()
        self.assertEqual(badge("keygen", "-o", file, "--passphrase-file", passphrase, check=False).returncode, USAGE)
        self.assertEqual(file.read_bytes(), before, "a key was overwritten")
        passphrase.write_text("\n")
        done = badge("keygen", "-o", folder / "other", "--passphrase-file", passphrase, check=False)
        self.assertNotEqual(done.returncode, YES)
        self.assertFalse((folder / "other").exists())
        self.assertEqual(badge("address", passphrase, check=False).returncode, USAGE)


class OnTheChain(SceneTest):
    def test_deploy_again(self):
        (answer,) = lines_of(self.badge(YES, "deploy", "--rpc", self.scene.rpc, "--json"))  # needs no key
        self.assertEqual(answer, {"contract": ARTIFACT["address"], "chainId": CHAIN_ID, "changed": False})

    def test_operator(self):
        other = self.scene.ask("eth_accounts")[5]

        def change(word):
            (answer,) = lines_of(self.badge(YES, "operator", word, other, *self.scene.as_issuer, "--json"))
            self.assertEqual((answer["issuer"].lower(), answer["operator"].lower()), (self.account, other))
            self.assertEqual(answer["allowed"], word == "add")
            if answer["changed"]:
                self.assertRegex(answer["transaction"], "^0x[0-9a-f]{64}$")
            self.assertEqual({"transaction", "block", "gas"} <= answer.keys(), answer["changed"])
            question = call_data("isOperator(address,address)", *map(verifier.address, (self.account, other)))
            ((word,),) = self.scene.chain.calls(self.latest(), [(question, 1)])
            self.assertEqual(word[-1] == 1, answer["allowed"])
            return answer["changed"]

        self.assertEqual([change(word) for word in ("add", "add", "remove", "remove")], [True, False, True, False])

    def latest(self):
        self.scene.chain.refresh()
        return self.scene.chain.latest

    def test_accredit(self):
        arguments = ("accredit", self.scene.operator, "--subject", "did:example:ü", *self.scene.as_issuer, "--json")
        always = {"since": "1970-01-01T00:00:01Z", "until": None}
        period = {"since": "2024-02-01T00:00:00Z", "until": "2025-01-31T22:00:00Z"}
        future = {"since": "2999-01-01T00:00:00Z", "until": None}
        steps = (  # flags, what stands then
            ((), always),
            ((), always),
            (("--since", "2024-02-01", "--until", "2025-02-01T00:00:00+02:00"), period),
            (("--end",), period),  # it is over already
            (("--since", "never"), None),
            (("--end",), None),
            (("--since", "2999-01-01"), future),
            (("--end",), None),  # it never began
            ((), always),
        )
        stood = None
        for flags, stands in steps:
            answer = lines_of(self.badge(YES, *arguments, *flags))[0]
            self.assertEqual((answer["before"], answer["accredited"]), (stood, stands), flags)
            self.assertEqual(answer["changed"], stood != stands)
            self.assertEqual(answer["subject"], "did:example:ü")
            self.assertEqual(self.accredited(answer), stands)
            stood = stands
        answers = [lines_of(self.badge(YES, *arguments, "--end"))[0] for _ in range(2)]
        self.assertEqual([answer["changed"] for answer in answers], [True, False])
        ended = datetime.datetime.fromisoformat(answers[0]["accredited"]["until"])
        self.assertLess(abs(ended.timestamp() - time.time()), 60)
        self.assertEqual(answers[1]["accredited"], answers[0]["accredited"])
        text = self.badge(YES, *arguments[:-1], "--until", "2024-02-01").stdout
        self.assertRegex(text, "until now: accredited until 20[0-9T:-]+Z\n0x[0-9a-fA-F]+ is accredited until 2024-02-01T00")
        for flags in (("--end", "--since", "2024-02-01"), ("--since", "2024-02-01", "--until", "2024-02-01"),
                      ("--since", "never", "--until", "2024-02-01"), ("--since", "0"), ("--until", "soon")):
            self.badge(USAGE, *arguments, *flags)

    def accredited(self, answer):
        """What the registry has, in the form of the answer."""
        subject = keccak256(answer["subject"].encode())
        question = call_data("accreditedBy(address,address,bytes32)", *map(verifier.address, (
            answer["accreditor"], answer["issuer"])), subject)
        (words,) = self.scene.chain.calls(self.latest(), [(question, 2)])
        since, until = (int.from_bytes(word, "big") for word in words)
        moments = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else None
                   for seconds in (since, until)]
        return dict(zip(("since", "until"), moments)) if since else None

    def test_an_unreachable_and_a_wrong_chain(self):
        operator = ("operator", "add", self.scene.operator)
        signed = self.scene.as_issuer[2:]
        self.badge(UNREACHABLE, *operator, "--rpc", NOBODY, *signed)
        self.badge(NO, *operator, "--rpc", self.scene.rpc, *signed, "--chain-id", "5")
        self.badge(NO, *operator, "--rpc", self.scene.rpc, *signed, "--contract", self.account)
        self.badge(USAGE, *operator, "--rpc", self.scene.rpc)
        wrong = self.scene.folder / "wrong passphrase"
        wrong.write_text("wrong\n")
        done = self.badge(USAGE, *operator, "--rpc", self.scene.rpc, *signed[:2], "--passphrase-file", wrong)
        self.assertIn("passphrase", done.stderr)


class Tokens(SceneTest):
    def test_a_running_node_reloads_tokens(self):
        store = ("--store", self.scene.node.store)
        self.badge(USAGE, "token", "create", "--scope", "everything", *store)
        self.badge(NO, "token", "revoke", "00000000", *store)
        (made,) = lines_of(self.badge(YES, "token", "create", "--scope", "submit", "--name", "n 1", "--json", *store))
        listed = {token["id"]: token for token in lines_of(self.badge(YES, "token", "list", "--json", *store))}
        entry = listed[made["id"]]
        self.assertRegex(entry.pop("createdAt"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(entry, {"id": made["id"], "scope": "submit", "name": "n 1"})
        self.assertNotIn(made["token"], (self.scene.node.store / "tokens").read_text())

        def status(number=iter(range(10**6))):
            headers = {"Content-Type": "application/json", "Authorization": "Bearer " + made["token"]}
            body = json.dumps({"type": "VerifiableCredential", "id": f"token {next(number)}"})
            return self.scene.node.request("POST", "/v1/credentials", body, headers).status

        until("the node accepts the token", lambda: status() == 201)
        self.badge(YES, "token", "revoke", made["id"], *store)
        until("the node refuses the revoked token", lambda: status() == 401)
        self.assertNotIn(made["id"], self.badge(YES, "token", "list", *store).stdout)


class Submitting(SceneTest):
    def test_files_and_receipts(self):
        made = self.made(12)
        folder = self.place(*made)
        (folder / ".hidden").write_text("{")
        (folder / "below").mkdir()
        (folder / "below" / "deep.json").write_text('{"deep": true}')
        answers = lines_of(self.badge(YES, "submit", folder, "--raw", *self.submitter, "--wait", "final", "--json"))
        self.assertEqual(len(answers), 13)
        members = {tuple(sorted(answer)) for answer in answers}
        self.assertEqual(members, {("canonicalization", "digest", "file", "notices", "state")})
        for answer in answers:
            file = Path(answer["file"])
            receipt = json.loads((file.parent / f"{answer['digest']}.receipt.json").read_text())
            self.assertEqual((receipt["digest"]["value"], receipt["anchor"]["status"]), (answer["digest"], "final"))
        done = self.badge(YES, "submit", folder, "--raw", *self.submitter, "--wait", "final", "--json")
        again = lines_of(done)
        self.assertIn(f"0 recorded, 0 refused, 0 passed over, {len(again)} final already", done.stderr)
        self.assertEqual({answer["state"] for answer in again}, {"final"}, "receipts are not credentials")
        self.assertEqual(len(again), 13)

    def test_ndjson(self):
        made = self.made(20, label="jcs", one_line=True)
        text = b"".join(document.data + b"\n" for document in made[:10])
        text += b'{"a":1,"a":2}\n' + b"".join(document.data + b"\r\n" for document in made[10:])
        receipts = self.scene.folder / "receipts of lines"
        arguments = ("submit", "-", "--ndjson", *self.submitter, "--receipts", receipts, "--json")
        done = self.badge(NO, *arguments, input=text, text=False)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([answer["line"] for answer in answers], [*range(1, 22)])
        self.assertEqual([answer["line"] for answer in answers if "error" in answer], [11])
        self.assertIn("standard input:11:", done.stderr.decode())
        due = {verifier.read_document(document.data).digest.hex() for document in made}
        self.assertEqual({file.name.split(".")[0] for file in receipts.iterdir()}, due)

    def test_an_invalid_file_does_not_affect_others(self):
        folder = self.place(*self.made(3))
        (folder / "bad.json").write_text('{"a": 01}')
        done = self.badge(NO, "submit", folder, *self.submitter, "--json")
        answers = lines_of(done)
        self.assertEqual(len([answer for answer in answers if "digest" in answer]), 3)
        self.assertEqual([Path(a["file"]).name for a in answers if "error" in a], ["bad.json"])
        self.assertRegex(done.stderr, r"bad\.json: .*at byte 7")

    def test_rules_of_the_standards(self):
        folder = self.place()
        (folder / "bad.json").write_text('{"type":"VerifiableCredential","issuer":"https://issuer.example/1"}')
        (folder / "lines").write_bytes(b'{"type":"VerifiableCredential","issuer":"https://issuer.example/2"}\n')
        for what in (("bad.json",), ("lines", "--ndjson")):
            arguments = ("submit", folder / what[0], *what[1:], *self.submitter)
            self.assertNotIn("not_conformant", self.badge(YES, *arguments).stderr, "nobody has asked")
            self.assertRegex(self.badge(YES, *arguments, "--check").stderr, r"not_conformant: It breaks \d rules of VC Data Model")

    def test_what_is_none_and_what_is_passed_over(self):
        folder = self.place()
        good = {"type": "VerifiableCredential", "issuer": "https://issuer.example/1", "validUntil": "2021-01-01T00:00:00Z"}
        (folder / "good.json").write_text(json.dumps(good))
        mistaken = {"list.json": b"a,b\n", "a.jwt": b"no token", "b.svg": b"<html>", "begun": b"{a}", "c.dat": b"eyJx.y",
                    "d.png": b"\x89PNX"}
        for name, data in mistaken.items():
            (folder / name).write_bytes(data)
        passed = ("class.csv", "Thumbs.db", "desktop.ini", "~$letter.docx", "good.json~")
        for name in passed:
            (folder / name).write_text("x")
        (folder / "gone.json").symlink_to(folder / "nowhere.json")
        done = self.badge(NO, "submit", folder, *self.submitter, "--json")
        answers = {Path(answer["file"]).name: answer for answer in lines_of(done)}
        self.assertEqual(set(answers), {"good.json", *mistaken})
        self.assertEqual({name for name, answer in answers.items() if "error" in answer}, set(mistaken))
        self.assertEqual({notice["code"] for notice in answers["good.json"]["notices"]}, {"ended", "issuer_not_bound"})
        for name in (*passed, "gone.json"):
            self.assertIn(f"{name}: passed over", done.stderr)
        self.assertRegex(done.stderr, r"good\.json: ended: ")
        self.assertIn("7 files, ", done.stderr)
        self.assertIn("1 recorded, 6 refused, 6 passed over; noticed: 1 ended, 1 issuer_not_bound", done.stderr)
        self.badge(YES, "submit", folder, "--raw", *self.submitter)
        for name in (*mistaken, "good.json"):
            (folder / name).unlink()
        self.badge(USAGE, "submit", folder, *self.submitter)
        (folder / "other.json").write_text('{"no": "credential"}')
        self.assertIn("application/octet-stream", self.badge(NO, "submit", folder, *self.submitter).stderr)
        self.badge(YES, "submit", folder, "--raw", *self.submitter)

    def test_missing_permission(self):
        (folder, token) = self.place(*self.made(1)), self.scene.folder / "no token"
        token.write_text("badged_" + "A" * 43 + "\n")
        self.badge(USAGE, "submit", folder, *self.node)
        self.badge(USAGE, "submit", "/nowhere", *self.submitter)
        self.badge(USAGE, "submit", folder, *self.node, "--token-file", token)
        self.badge(USAGE, "submit", folder, *self.node, "--token-file", self.scene.token_file("digest"))

    def test_killed_and_restarted(self):
        made = self.made(600)
        folder = self.place(*made)
        arguments = [daemon.BADGE, "submit", folder, "--raw", *self.submitter, "--wait", "final"]
        node = self.scene.node
        before = node.get("/v1/node").json()
        process = subprocess.Popen(list(map(str, arguments)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def has_begun():
            now = node.get("/v1/node").json()
            return now["pending"] + now["credentials"] > before["pending"] + before["credentials"] + 50

        until("some are submitted", has_begun)
        process.send_signal(signal.SIGKILL)
        process.wait(daemon.WAIT_S)
        self.badge(YES, "submit", folder, "--raw", *self.submitter, "--wait", "final")
        for document in made:
            digest = verifier.read_document(document.data).digest.hex()
            receipt = json.loads((folder / f"{digest}.receipt.json").read_bytes())
            self.assertEqual((receipt["digest"]["value"], receipt["anchor"]["status"]), (digest, "final"))
        self.assertEqual([file.name for file in folder.iterdir() if file.name.startswith(".")], [])

    def test_settings_by_environment_and_file(self):
        folder = self.place(*self.made(1))
        file = self.scene.folder / "config"
        file.write_text(f"node = {self.scene.url}\ntoken_file = {self.scene.token_file('submit')}\n")
        self.badge(YES, "submit", folder, "--config", file)
        environment = {"BADGE_NODE": self.scene.url + "/", "BADGE_TOKEN_FILE": str(self.scene.token_file("submit"))}
        self.badge(YES, "submit", folder, env=environment)
        home = self.scene.folder / "home"
        (home / ".config" / "badge").mkdir(parents=True)
        (home / ".config" / "badge" / "config").write_text(file.read_text())
        self.badge(YES, "submit", folder, env={"HOME": str(home)})
        file.write_text("nodes = x\n")
        self.assertIn("config:1", self.badge(USAGE, "submit", folder, "--config", file).stderr)


class Verifying(SceneTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        four = (credentials.credential("verifying", number, "jcs") for number in range(4))
        cls.good, cls.other, cls.revoked, cls.withdrawn = four
        cls.folder = cls.scene.folder / "verifying"
        cls.folder.mkdir()
        for document in (cls.good, cls.other, cls.revoked):
            cls.write(document)
        cls.submit()
        cls.write(cls.withdrawn)
        cls.submit()
        root = bytes.fromhex(cls.receipt(cls.withdrawn)["inclusion"]["root"])
        digest = bytes.fromhex(cls.receipt(cls.revoked)["digest"]["value"])
        for data in (
            revoke_data(verifier.address(cls.account), [digest], 2),
            call_data("withdraw(bytes32)", root),
        ):
            cls.scene.send(cls.account, data)

    @classmethod
    def write(cls, document):
        (cls.folder / document.name).write_bytes(document.data)

    @classmethod
    def submit(cls):
        badge("submit", cls.folder, *cls.submitter, "--wait", "final")

    @classmethod
    def receipt_file(cls, document):
        return cls.folder / f"{verifier.read_document(document.data).digest.hex()}.receipt.json"

    @classmethod
    def receipt(cls, document):
        return json.loads(cls.receipt_file(document).read_bytes())

    def verify(self, verdict, *arguments):
        status = {"valid": YES, "unverifiable": UNREACHABLE}.get(verdict, NO)
        (report,) = lines_of(self.badge(status, "verify", *arguments, "--json"))
        self.assertEqual(report["verdict"], verdict)
        self.assertIn(f"{verdict}: ", self.badge(status, "verify", *arguments).stdout)
        return report

    def test_verdicts(self):
        good = self.folder / self.good.name
        report = self.verify("valid", good, *self.trusted)
        names = [check["check"] for check in report["checks"]]
        order = "digest inclusion registry anchor proof withdrawn revoked status validity issuer"
        self.assertEqual(names, order.split())
        more = {"anchor": {"time"}, "issuer": {"by"}}  # a reason only if it was revoked
        for check in report["checks"]:
            wanted = {"check", "code", "detail", "outcome"} | more.get(check["check"], set())
            self.assertEqual(set(check), wanted | ({"caution"} if check["code"] == "no_proof" else set()))
            self.assertIn(check["outcome"], ("passed", "failed", "unknown"))
        self.assertIsNone(report["decidedBy"])
        self.assertEqual(report["checks"][-1]["by"], "settings")
        self.assertEqual(report["receipt"]["inclusion"], self.receipt(self.good)["inclusion"])
        report = self.verify("revoked", self.folder / self.revoked.name, *self.trusted)
        (check,) = (check for check in report["checks"] if "reason" in check)
        self.assertEqual((check["check"], check["reason"]), ("revoked", "replaced"))
        self.assertIn(", because another credential replaces it.", check["detail"])
        self.assertEqual((check["account"].lower(), report["decidedBy"]), (self.account.lower(), "revoked"))
        self.verify("withdrawn", self.folder / self.withdrawn.name, *self.trusted)
        self.verify("unknown_issuer", good, *self.rpc)
        self.verify("unknown_issuer", good, *self.rpc, "--issuer", f"{ISSUER_ID}={self.scene.operator}")
        self.verify("unknown_issuer", good, *self.rpc, "--issuer", self.account)
        by_accreditor = self.verify("valid", good, *self.rpc, "--accreditor", self.account)["checks"][-1]
        self.assertEqual((by_accreditor["by"], by_accreditor["account"].lower()), ("accreditor", self.account.lower()))
        self.verify("anchored", self.receipt_file(self.good), *self.trusted)
        self.verify("invalid", good, *self.trusted, "--receipt", self.receipt_file(self.other))
        items = [(one.data, self.receipt(one)) for one in (self.good, self.revoked, self.withdrawn)]
        self.scene.chain.refresh()
        pairs = {(ISSUER_ID, verifier.address(self.account))}
        results = verifier.check_many(items, self.scene.chain, pairs)
        self.assertEqual([result.verdict for result in results], ["valid", "revoked", "withdrawn"])
        self.assertEqual([result.is_good for result in results], [True, False, False])

    def test_the_names_come_first(self):
        """Who issued what to whom, before the checks; which of that was compared; and nothing that turns a terminal."""
        named = {
            "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "id": "urn:example:named", "name": [{"@value": "Lotse", "@language": "de"}, {"@value": "Pilot", "@language": "en"}],
            "issuer": {"id": ISSUER_ID, "name": "North\u202e \u001b[31mSea"}, "validFrom": "2024-01-01T00:00:00Z",
            "credentialSubject": {
                "creditsEarned": 2.5, "achievement": {"type": "Achievement", "name": "Pilot"},
                "identifier": [{"type": "IdentityObject", "identityType": "name", "identityHash": "Ada", "hashed": False}]}}
        folder = self.scene.folder / "named"
        folder.mkdir()
        (folder / "named.json").write_text(json.dumps(named))
        (folder / "scan.bin").write_bytes(b"nothing that names anybody")
        badge("submit", folder, *self.submitter, "--wait", "final")
        said = self.badge(YES, "verify", folder / "named.json", *self.trusted).stdout.split("\n  digest ")[0]
        today, recorded_by = re.search(r"since (\d{4}-\d\d-\d\d), by (0x\w{40})\n", said).groups()
        self.assertEqual(recorded_by.lower(), self.account.lower())
        domain = ISSUER_ID.split("/")[2]
        self.assertEqual(said.splitlines()[2:], [
            f"  issued by    North ?[31mSea ({domain})", "  issued to    Ada", "  for          Pilot, 2.5 credits",
            f"  on record    since {today}, by {recorded_by}",
            "  The issuer's id is confirmed: the verifier's own settings name this account for it."
            " The names are the badge's own words."])
        said = self.badge(NO, "verify", folder / "named.json", *self.rpc).stdout
        self.assertIn(f"  names issuer North ?[31mSea ({domain})\n", said)
        self.assertIn("  The issuer is not confirmed. The names are the badge's own words.\n", said)
        self.assertRegex(said, r"  ! proof .*\n(.*\n)*  ! issuer ")
        said = self.badge(YES, "verify", folder / "scan.bin", *self.rpc, "--issuer", self.account).stdout
        self.assertIn("  The account is one that you trust: the verifier's own settings name this account for it.\n", said)
        self.assertNotIn("names issuer", said)

    def test_unverifiable(self):
        good = self.folder / self.good.name
        issuer = ("--issuer", f"{ISSUER_ID}={self.account}")
        self.verify("unverifiable", good, *issuer)
        self.verify("unverifiable", good, "--rpc", NOBODY, *issuer)
        self.verify("unverifiable", good, "--rpc", NOBODY, "--chain-id", CHAIN_ID, *issuer)
        self.verify("unverifiable", good, "--rpc", self.scene.rpc, "--chain-id", "1", *issuer)
        self.verify("unverifiable", good, *self.trusted, "--contract", self.account)
        self.check_the_earlier_registry(good)
        self.verify("unverifiable", good, *self.trusted, "--rpc", NOBODY)  # one of two providers is unreachable
        changed = self.receipt(self.good)
        changed["inclusion"]["salt"] = "00" * 32
        file = self.scene.folder / "changed.receipt"
        file.write_text(json.dumps(changed))
        self.verify("invalid", good, "--receipt", file)  # the inclusion path is enough

    def check_the_earlier_registry(self, good):
        """Its code hash is refused with a sentence, by what verifies and by what signs."""
        contract = "0x00000000000000000000000000000000000000E1"
        self.scene.ask("anvil_setCode", contract, EARLIER_REGISTRY.read_text().strip())
        receipt = self.receipt(self.good)
        receipt["anchor"]["contract"] = contract
        file = self.scene.folder / "earlier.receipt"
        file.write_text(json.dumps(receipt))
        report = self.verify("unverifiable", good, *self.trusted, "--contract", contract, "--receipt", file)
        (check,) = (check for check in report["checks"] if check["check"] == "registry")
        self.assertEqual(check["code"], "wrong_code")
        self.assertIn("it is the registry of an earlier development version", check["detail"])
        done = self.badge(NO, "accredit", self.account, "--subject", ISSUER_ID, *self.scene.as_issuer, "--contract", contract)
        self.assertIn("it is the registry of an earlier development version", done.stderr)

    def test_sources_of_the_receipt(self):
        folder = self.place(self.good)
        file = folder / self.good.name
        self.verify("unverifiable", file, *self.trusted)
        self.verify("valid", file, *self.trusted, *self.node)
        self.verify("unverifiable", file, *self.trusted, "--node", NOBODY)
        bundle = {"type": "BadgeBundle", "version": 1, "credential": None, "receipts": [self.receipt(self.good)]}
        text = json.dumps(bundle).replace("null", self.good.data.decode(), 1)
        (folder / "bundle").write_text(text)
        self.verify("valid", folder / "bundle", *self.trusted)
        self.badge(USAGE, "verify", folder / "nothing", *self.trusted)

    def test_many_files(self):
        files = [self.folder / one.name for one in (self.good, self.other, self.revoked, self.withdrawn)]
        reports = lines_of(self.badge(NO, "verify", *files, *self.trusted, "--json"))
        self.assertEqual([report["file"] for report in reports], list(map(str, files)))
        self.assertEqual([r["verdict"] for r in reports], ["valid", "valid", "revoked", "withdrawn"])
        self.badge(YES, "verify", *files[:2], *self.trusted)
        self.badge(UNREACHABLE, "verify", *files)
        self.badge(USAGE, "verify", *files, "/nowhere", *self.trusted)

    def test_receipt(self):
        digest = verifier.read_document(self.good.data).digest.hex()
        text = self.receipt_file(self.good).read_text()
        for what in (digest, digest.upper(), self.folder / self.good.name):
            self.assertEqual(self.badge(YES, "receipt", what, *self.node).stdout, text)
        file = self.scene.folder / "fetched"
        self.badge(YES, "receipt", digest, "-o", file, *self.node)
        self.assertEqual(file.read_text(), text)
        self.badge(NO, "receipt", "00" * 32, *self.node)
        self.badge(USAGE, "receipt", "/nowhere", *self.node)
        self.badge(UNREACHABLE, "receipt", digest, "--node", NOBODY)

    def test_submit_to_an_unreachable_node(self):
        token = ("--token-file", self.scene.token_file("submit"))
        arguments = ("submit", self.folder / self.good.name, "--node", NOBODY, *token)
        self.assertIn("run the same command again", self.badge(UNREACHABLE, *arguments).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
