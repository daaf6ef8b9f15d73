"""The measurements that `run` prints. Each returns rows; a figure is the median of rounds in which badged and its
reference alternate, so that other load on the machine affects both."""

import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import node as daemon
from list_host import ListHost
from nginx import Nginx
from scene import Scene, until

HERE = pathlib.Path(__file__).resolve().parent
PLACE = "@" * 16
LINES_OF_3_KB = 100_000
READERS = 64
MANY = 10_000


class Bench:
    """Shared by the measurements: programs to start, and documents to send."""

    def __init__(self, build, folder, options):
        self.build, self.folder, self.options = build, folder, options
        self.badge_file = folder / "badge.json"
        self.program("bench_canonicalize", "--seconds", 0.01, "--write", self.badge_file)
        self.bodies = {"200 B": self.small_credential(), "3 kB": self.badge()}
        for size, text in self.bodies.items():
            self.body_file(size).write_text(text)

    def program(self, name, *arguments):
        """Runs a benchmark program; returns the JSON that it prints."""
        return self._run(self.build / "tests" / "bench" / name, "--json", *arguments)

    def field(self, program, *arguments):
        """Runs a program of tests/signed, with the field's libraries; returns the JSON that it prints."""
        return self._run("node", HERE.parent / "signed" / program, *arguments)

    @contextlib.contextmanager
    def one_core(self):
        """What is started meanwhile has one core, with all of its threads."""
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(cores)})
        try:
            yield
        finally:
            os.sched_setaffinity(0, cores)

    def node(self, *arguments):
        return self._run("node", "--max-old-space-size=8192", HERE / "reference.mjs", *arguments)

    def load(self, server, path, **more):
        """The figures of the load, and the server's processor time per request, which is the most reliable figure on a
        busy machine."""
        words = [word for name, value in more.items() for word in (f"--{name}", value)]
        before, begin = cpu_seconds(server.process.pid), time.monotonic()
        result = self._run(self.build / "tests" / "bench" / "load", "--seconds", self.options.seconds, *words,
                           server.port, path)
        took_s = time.monotonic() - begin
        cpu_s = cpu_seconds(server.process.pid) - before
        return result | {"cpuUs": cpu_s / took_s / result["perSecond"] * 1e6}

    @staticmethod
    def _run(*words):
        done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"{words[0]} ended with {done.returncode}")
        return json.loads(done.stdout)

    def rounds(self, *measurements):
        """Calls each in turn, round by round; returns a list of results for each."""
        results = [[measure() for measure in measurements] for _ in range(self.options.rounds)]
        return list(zip(*results))

    def body_file(self, size):
        return self.folder / f"body-{size.replace(' ', '-')}"

    def small_credential(self):
        text = json.dumps({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": f"urn:uuid:{PLACE}",
            "type": "VerifiableCredential",
            "issuer": "did:web:school.example",
            "credentialSubject": {"id": "did:x:"},
        })
        return text[:-3] + "h" * (200 - len(text)) + text[-3:]

    def badge(self):
        """The 3 kB badge on one line, with a place for a number in its id."""
        text = self.badge_file.read_text().replace("\n", " ")
        return re.sub("urn:uuid:.{16}", f"urn:uuid:{PLACE}", text, count=1)


def say(text):
    print(text, flush=True)


def cpu_seconds(pid):
    """Processor time of a process and its children since their start."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(map(cpu_seconds, children))


def median(results, member):
    return statistics.median(result[member] for result in results)


def rate(name, unit, value, reference=None, reference_is=""):
    """Higher is better; the ratio is badged divided by the reference."""
    row = {"name": name, "unit": unit, "value": value, "text": f"{value:,.0f}/s"}
    if reference:
        row |= {"reference": reference, "referenceText": f"{reference:,.0f}/s", "ratio": value / reference,
                "referenceIs": reference_is}
    return row


def size(name, unit, value, reference=None, reference_is="", digits=0):
    """Lower is better; the ratio is the reference divided by badged."""
    row = {"name": name, "unit": unit, "value": value, "text": f"{value:,.{digits}f} {unit}"}
    if reference:
        row |= {"reference": reference, "referenceText": f"{reference:,.{digits}f} {unit}", "ratio": reference / value,
                "referenceIs": reference_is}
    return row


def canonicalize(bench):
    say("canonicalize: a badge of 3 kB")
    ours, theirs = bench.rounds(lambda: bench.program("bench_canonicalize"),
                                lambda: bench.node("canonicalize", bench.badge_file, 2))
    assert ours[0]["digest"] == theirs[0]["digest"], "the two canonical forms differ"
    return [rate("canonicalize and digest, 3 kB badge", "badges/s", median(ours, "badgesPerSecond"),
                 median(theirs, "badgesPerSecond"), "JSON.parse, npm canonicalize and SHA-256 of Node.js")]


def rdfc(bench):
    say("rdfc: canonical RDF of a badge")
    file, contexts = bench.folder / "rdfc.json", bench.folder / "contexts.json"
    badge = json.loads(bench.badge_file.read_text())
    for result in badge["credentialSubject"]["result"]:
        del result["weights"]  # no context defines it, so neither canonicalizes it
    file.write_text(json.dumps(badge, indent=2, ensure_ascii=False))
    bench.program("bench_rdfc", "--seconds", 0.01, "--contexts", contexts, file)
    ours, theirs = bench.rounds(lambda: bench.program("bench_rdfc", file),
                                lambda: bench._run("node", HERE.parent / "jsonld" / "canonize.mjs", file, contexts, 2))
    assert ours[0]["hash"] == theirs[0]["hash"], "the two canonical forms differ"
    rows = []
    for name, member, cpu in (("canonical RDF of a 3 kB badge", "badgesPerSecond", "cpuUs"),
                              ("the same, each with a new inline context", "newContextPerSecond", "newContextCpuUs")):
        row = rate(name, "badges/s", median(ours, member), median(theirs, member), "npm jsonld, contexts in memory")
        row["text"] += f" · cpu {median(ours, cpu):.0f} µs"
        row["referenceText"] += f" · cpu {median(theirs, cpu):,.0f} µs"
        rows.append(row)
    rows.append(size("canonical RDF: memory of one badge", "kB", median(ours, "arenaBytes") / 1000))
    rows.append(size("canonical RDF: time of the first badge", "ms", median(ours, "firstMs"), digits=2))
    return rows


def signed(bench):
    rows = []
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        say(f"signed: {suite}")
        file = bench.folder / f"{suite}.json"
        file.write_text(json.dumps(bench.field("sign.mjs", bench.badge_file, suite), indent=2))
        with bench.one_core():
            ours, theirs = bench.rounds(lambda: bench.program("bench_signed", file),
                                        lambda: bench.field("verify.mjs", file, 2))
        row = rate(f"{suite}: whole verification of a 3 kB badge", "badges/s", median(ours, "badgesPerSecond"),
                   median(theirs, "badgesPerSecond"), "npm @digitalbazaar/vc, contexts in memory")
        row["text"] += f"  cpu {median(ours, 'cpuUs'):.0f} µs"
        row["referenceText"] += f"  cpu {median(theirs, 'cpuUs'):.0f} µs"
        rows.append(row)
        rows.append(size(f"{suite}: memory of the first badge, with its contexts", "kB",
                         median(ours, "firstMemory") / 1000))
        rows.append(size(f"{suite}: memory of a later one", "kB", median(ours, "laterMemory") / 1000))
        rows.append(size(f"{suite}: time of the first badge", "ms", median(ours, "firstSeconds") * 1000, digits=2))
    return rows


def check(bench):
    """The reference is measured where BADGED_VECTORS names a folder with 1EdTech's JSON Schemas."""
    say("check: the rules of the standards")
    schemas = pathlib.Path(os.environ.get("BADGED_VECTORS", "/nonexistent"), "schemas")
    with bench.one_core():
        ours, theirs = bench.rounds(
            lambda: bench.program("bench_check", bench.badge_file),
            lambda: bench._run("node", HERE.parent / "conformance" / "measure.mjs", bench.badge_file, schemas, 2)
            if schemas.is_dir() else None)
    name, value = "rules of the standards, 3 kB badge", median(ours, "badgesPerSecond")
    if not schemas.is_dir():
        return [rate(name, "badges/s", value)]
    assert (ours[0]["errors"] == 0) == theirs[0]["isValid"], "the two judge the badge differently"
    row = rate(name, "badges/s", value, median(theirs, "badgesPerSecond"), "JSON.parse and npm ajv, schema compiled")
    row["text"] += f" · cpu {median(ours, 'cpuUs'):.0f} µs"
    row["referenceText"] += f" · cpu {median(theirs, 'cpuUs'):.0f} µs"
    return [row]


def many(bench):
    say(f"many: {MANY:,} signed badges of one issuer and one status list")
    folder = bench.folder / "many"
    folder.mkdir()
    names = [f"{i}.json" for i in range(MANY)]
    with ListHost(bench.folder) as host:
        url = host.url("list")
        issuer = bench.field("sign_many.mjs", bench.badge_file, folder, MANY, url)["issuer"]
        host.put("list", (folder / "list").read_bytes())
        with_list = bench.program("bench_signed", "--list", folder / "list", folder / "0.json")["withList"]

        def verify():
            command = [bench.build / "bin" / "badge", "verify", "--json", "--private-hosts", "--issuer", issuer, *names]
            host.asked.clear()
            begin, before = time.monotonic(), os.times()
            done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True,
                                  env=os.environ | {"SSL_CERT_FILE": str(host.certificate)})
            took, after = time.monotonic() - begin, os.times()
            assert done.stdout.count('"code":"status_good"') == 2 * MANY, done.stdout[:3000]
            cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
            return {"perSecond": MANY / took, "cpuUs": cpu_s / MANY * 1e6, "asked": host.asked["list"]}

        def reference():
            command = ["node", HERE / "reference.mjs", "verifierCore", folder, url, str(bench.options.seconds)]
            running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
            results = [json.loads(one.communicate()[0].splitlines()[-1]) for one in running]
            return {"perSecond": sum(one["badgesPerSecond"] for one in results),
                    "cpuUs": statistics.mean(one["cpuUs"] for one in results)}

        ours, theirs = bench.rounds(verify, reference)
    row = rate(f"badge verify of {MANY:,} signed badges with one status list", "badges/s", median(ours, "perSecond"),
               median(theirs, "perSecond"), "npm @digitalcredentials/verifier-core in two processes, the list at hand")
    row["text"] += f"  cpu {median(ours, 'cpuUs'):.0f} µs"
    row["referenceText"] += f"  cpu {median(theirs, 'cpuUs'):,.0f} µs"
    return [row, size("the same: requests for the list", "", max(one["asked"] for one in ours)),
            size("a badge with a status list, read before: processor time, times that without", "", with_list, digits=3)]


def tree(bench):
    rows = []
    for library, n_leaves, reference_is in (("merkletreejs", 1_000_000, "npm merkletreejs, SHA-256 of Node.js"),
                                            ("openzeppelin", 100_000, "@openzeppelin/merkle-tree, its keccak-256")):
        say(f"tree: {n_leaves:,} leaves, and {library}")
        ours, theirs = bench.rounds(lambda: bench.program("bench_merkle", "--leaves", n_leaves),
                                    lambda: bench.node(library, n_leaves))
        rows.append(size(f"tree of {n_leaves:,} leaves", "s", median(ours, "treeSeconds"),
                         median(theirs, "treeSeconds"), reference_is, 3))
        rows.append(rate(f"paths verified, {n_leaves:,} leaves", "paths/s", median(ours, "pathsPerSecond"),
                         median(theirs, "pathsPerSecond"), reference_is))
    return rows


def syncs_per_second(folder, seconds):
    """The limit of the disk: appends and syncs records of 56 bytes repeatedly."""
    fd = os.open(folder / "synced", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    n, begin = 0, time.monotonic()
    while time.monotonic() < begin + seconds:
        os.write(fd, b"x" * 56)
        os.fdatasync(fd)
        n += 1
    os.close(fd)
    return {"perSecond": n / (time.monotonic() - begin)}


def under_load(name, unit, ours, theirs, reference_is):
    """A row of rates whose text also has the latencies."""
    row = rate(name, unit, median(ours, "perSecond"), median(theirs, "perSecond"), reference_is)
    for results, key in ((ours, "value"), (theirs, "reference")):
        p50, p99, cpu = (median(results, member) for member in ("p50", "p99", "cpuUs"))
        row[key.replace("value", "text").replace("reference", "referenceText")] += (
            f"  p50 {p50 / 1000:.2f}  p99 {p99 / 1000:.2f} ms  cpu {cpu:.0f} µs")
        row |= {f"{key}P50Us": p50, f"{key}P99Us": p99, f"{key}CpuUs": round(cpu, 1)}
    return row


def submit(bench):
    rows = []
    with Scene() as scene, Nginx(bench.folder / "nginx") as nginx:
        token = f"Authorization: Bearer {scene.node.tokens['submit']}"
        for size_name in bench.bodies:
            for connections in (1, 2, 64, 1024):
                at = f"{size_name}, {connections:,} connection{'s' * (connections > 1)}"
                say(f"submit: {at}")
                sent = {"post": bench.body_file(size_name), "connections": connections}
                ours, theirs, syncs = bench.rounds(
                    lambda: bench.load(scene.node, "/v1/credentials", header=token, **sent),
                    lambda: bench.load(nginx, "/discard", **sent),
                    lambda: syncs_per_second(scene.folder, 0.5))
                row = under_load(f"submissions, {at}", "submissions/s", ours, theirs,
                                 "nginx, which reads the request and stores nothing")
                rows.append(row | {"syncsPerSecond": median(syncs, "perSecond")})
    rows.append(rate("disk: fdatasync, one at a time", "syncs/s",
                     statistics.median(row["syncsPerSecond"] for row in rows)))
    return rows


def bulk(bench, scene, size_name, n_lines):
    """One NDJSON stream from a file. Returns credentials per second and the file of digests, one per line."""
    lines, results = bench.folder / "lines", bench.folder / "results"
    before, after = bench.bodies[size_name].split(PLACE)
    salt = time.monotonic_ns() << 24 & (1 << 64) - 1
    with lines.open("w") as out:
        out.writelines(f"{before}{(salt + i) & (1 << 64) - 1:016x}{after}\n" for i in range(n_lines))
    begin = time.monotonic()
    subprocess.run(["curl", "--silent", "--show-error", "--fail", "--upload-file", lines, "--request", "POST",
                    "--header", "Content-Type: application/x-ndjson", "--header", "Expect:", "--header",
                    f"Authorization: Bearer {scene.node.tokens['submit']}", "--output", results,
                    f"{scene.url}/v1/credentials"], check=True)
    took_s = time.monotonic() - begin
    digests = bench.folder / "digests"
    with results.open() as source, digests.open("w") as out:
        n = 0
        for line in source:
            out.write(re.search('"digest":"([0-9a-f]{64})","state"', line)[1] + "\n")
            n += 1
    assert n == n_lines, f"sent {n_lines} lines, received {n} results"
    lines.unlink()
    return n_lines / took_s, digests


def receipts(bench, scene, digests):
    rows = []
    with digests.open() as lines:
        digest = lines.readline().strip()
    answer = scene.node.get(f"/v1/credentials/{digest}/receipt")
    assert answer.status == 200 and answer.json()["anchor"]["status"] == "final"
    with Nginx(bench.folder / "nginx", {"receipt.json": answer.body}) as nginx:
        for name, path, more in (("hot", f"/v1/credentials/{digest}/receipt", {}),
                                 ("uniformly random", "/v1/credentials/%/receipt", {"lines": digests})):
            say(f"million: receipts, {name}")
            ours, theirs = bench.rounds(lambda: bench.load(scene.node, path, connections=READERS, **more),
                                        lambda: bench.load(nginx, "/receipt.json", connections=READERS))
            rows.append(under_load(f"receipts, {name}, {READERS} connections", "receipts/s", ours, theirs,
                                   f"nginx, one worker, a static file of {len(answer.body):,} bytes"))
    return rows


def start(node):
    """Starts a node. Returns the milliseconds from exec until it listens and until /healthz answers, and its memory."""
    begin = time.monotonic()
    node.start()
    listening = time.monotonic()
    assert node.get("/healthz").status == 200
    answered = time.monotonic()
    return {"listeningMs": (listening - begin) * 1000, "healthyMs": (answered - begin) * 1000} | memory(node)


def memory(node):
    """MB: resident memory, and the process's own part of it (the rest are file pages that the kernel may drop)."""
    status = pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1000 for name in ("VmRSS", "RssAnon")}


def restarts(bench, scene):
    say("million: start-up and memory")
    empty = daemon.Node({key: value for key, value in scene.node.settings.items() if key != "store.path"},
                        bench.folder / "empty")

    def measure(node):
        try:
            return start(node)
        finally:
            node.stop()

    measure(empty)
    scene.node.stop()
    full, none = bench.rounds(lambda: measure(scene.node), lambda: measure(empty))
    scene.node.start()
    return [size(name, unit, median(full, member), median(none, member), "the same with an empty store", 1)
            for name, unit, member in (("start-up, until it listens", "ms", "listeningMs"),
                                       ("start-up, until /healthz answers", "ms", "healthyMs"),
                                       ("resident memory after the start", "MB", "VmRSS"),
                                       ("of it the process's own", "MB", "RssAnon"))]


def on_disk(folder):
    """Disk usage in bytes, as du counts it."""
    return sum(path.lstat().st_blocks * 512 for path in [folder, *folder.rglob("*")])


def disk(scene, n_credentials):
    with_index, index = on_disk(scene.node.store), on_disk(scene.node.store / "index")
    return [size("disk per credential, without the index", "bytes", (with_index - index) / n_credentials, digits=1),
            size("disk per credential, with the index", "bytes", with_index / n_credentials, digits=1)]


def gas(scene):
    used = [int(scene.ask("eth_getTransactionReceipt", batch["anchor"]["transaction"])["gasUsed"], 16)
            for batch in scene.batches()]
    sender = scene.ask("eth_accounts")[5]
    plain = scene.ask("eth_sendTransaction", {"from": sender, "to": sender, "data": "0x" + "a5" * 32})
    receipt = until("a plain transaction is mined", lambda: scene.ask("eth_getTransactionReceipt", plain))
    plain_is = "a transaction of 32 bytes, without a contract"
    plain_gas = int(receipt["gasUsed"], 16)
    return [size("gas of an issuer's first anchor", "gas", used[0], plain_gas, plain_is),
            size("gas of each later anchor, the most", "gas", max(used[1:]), plain_gas, plain_is)]


def million(bench):
    n_credentials = bench.options.credentials
    say(f"million: {n_credentials:,} credentials in one stream")
    with Scene() as scene:
        plain = median(bench.rounds(lambda: bench.node("canonicalize", bench.body_file("200 B"), 1))[0],
                       "badgesPerSecond")
        per_second, digests = bulk(bench, scene, "200 B", n_credentials)
        reference_is = "canonicalizing and hashing alone, in Node.js as above"
        rows = [rate("bulk stream, 200 B", "credentials/s", per_second, plain, reference_is)]
        say("million: waiting until all batches are final")
        scene.seal_all()
        rows += disk(scene, n_credentials) + gas(scene) + restarts(bench, scene)
        rows += receipts(bench, scene, digests)
        rows.append(size("resident memory after random reads", "MB", memory(scene.node)["VmRSS"], digits=1))
        say(f"million: {LINES_OF_3_KB:,} more, of 3 kB")
        plain = bench.node("canonicalize", bench.badge_file, 1)["badgesPerSecond"]
        rows.append(rate("bulk stream, 3 kB", "credentials/s", bulk(bench, scene, "3 kB", LINES_OF_3_KB)[0], plain,
                         reference_is))
    return rows
