// The JavaScript that badged is measured against. Prints one line of JSON.
//   node reference.mjs canonicalize FILE SECONDS    JSON.parse, npm canonicalize, SHA-256
//   node reference.mjs merkletreejs LEAVES          a tree over given leaf hashes, SHA-256; its paths verified
//   node reference.mjs openzeppelin LEAVES          the same with that library's own hash, keccak-256
//   node reference.mjs verifierCore FOLDER LIST SECONDS  @digitalcredentials/verifier-core on the badges of sign_many.mjs;
//                                                     the list is in memory, and nothing else can be fetched
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const PATHS = 2000;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const seconds = (since) => Number(process.hrtime.bigint() - since) / 1e9;

function leaves(n) {
  return Array.from({ length: n }, (_, i) => sha256(String(i)));
}

// Times build(), then the walking of paths from all over the tree, which prove() has taken before.
function measureTree(n, build, prove, verify) {
  let since = process.hrtime.bigint();
  const tree = build();
  const treeSeconds = seconds(since);
  const paths = Array.from({ length: PATHS }, (_, i) => prove(tree, (i * 2654435761) % n));
  since = process.hrtime.bigint();
  for (const path of paths) if (!verify(tree, path)) throw new Error("a path does not lead to the root");
  return { leaves: n, treeSeconds, pathsPerSecond: PATHS / seconds(since) };
}

const references = {
  async canonicalize(file, duration) {
    const { default: canonicalize } = await import("canonicalize");
    const bytes = readFileSync(file);
    const digest = () => createHash("sha256").update(canonicalize(JSON.parse(bytes.toString("utf8")))).digest("hex");
    for (let i = 0; i < 5000; i++) digest();
    const since = process.hrtime.bigint();
    let n = 0;
    for (; seconds(since) < Number(duration); n += 100) for (let i = 0; i < 100; i++) digest();
    return { digest: digest(), badgesPerSecond: n / seconds(since) };
  },

  async verifierCore(folder, list, duration) {
    const text = readFileSync(`${folder}/list`, "utf8");
    const vectors = process.env.BADGED_VECTORS; // without them the schema is empty, and costs nothing
    const schema = (url) => (vectors ? readFileSync(`${vectors}/schemas/ob-3.0/${url.split("/").at(-1)}`) : "{}");
    globalThis.fetch = async (request) => {
      const url = request.url ?? String(request);
      if (url !== list && !url.endsWith("_schema.json")) throw new TypeError(`not here: ${url}`);
      return new Response(url === list ? text : schema(url), { headers: { "Content-Type": "application/json" } });
    };
    const { verifyCredential } = await import("@digitalcredentials/verifier-core");
    const verify = async (i) => {
      const credential = JSON.parse(readFileSync(`${folder}/${i}.json`, "utf8"));
      const { log, errors } = await verifyCredential({ credential, knownDIDRegistries: [] });
      const bad = ["valid_signature", "revocation_status"].find((id) => !log?.some((one) => one.id === id && one.valid));
      if (bad) throw new Error(`${bad}: ${JSON.stringify(errors ?? log)}`);
    };
    for (let i = 0; i < 20; i++) await verify(i);
    const since = process.hrtime.bigint();
    const before = process.cpuUsage();
    let n = 0;
    for (; seconds(since) < Number(duration); n++) await verify(n % 100);
    const { user, system } = process.cpuUsage(before);
    return { badgesPerSecond: n / seconds(since), cpuUs: (user + system) / n };
  },

  async merkletreejs(n) {
    const { MerkleTree } = await import("merkletreejs");
    const leaf = leaves(Number(n));
    return measureTree(
      leaf.length,
      () => new MerkleTree(leaf, sha256),
      (tree, i) => [leaf[i], tree.getProof(leaf[i], i)],
      (tree, [start, path]) => tree.verify(path, start, tree.getRoot()),
    );
  },

  async openzeppelin(n) {
    const { SimpleMerkleTree } = await import("@openzeppelin/merkle-tree");
    const leaf = leaves(Number(n)).map((bytes) => "0x" + bytes.toString("hex"));
    return measureTree(
      leaf.length,
      () => SimpleMerkleTree.of(leaf),
      (tree, i) => [leaf[i], tree.getProof(i)],
      (tree, [start, path]) => SimpleMerkleTree.verify(tree.root, start, path),
    );
  },
};

const [name, ...rest] = process.argv.slice(2);
console.log(JSON.stringify(await references[name](...rest)));
