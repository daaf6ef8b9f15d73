#!/usr/bin/env bash
# RDFC-1.0 gives one dataset two canonical forms, depending on the labels that its blank nodes come with.
#
# A good guess: the canonical form of an RDF dataset is the same for all datasets that differ in the labels of blank nodes
# and the order of quads alone. That is what the algorithm is for, and what signatures over it rest on.
#
# What happens: where several blank nodes look alike at first, the algorithm tells them apart by the paths that lead to
# other blank nodes, and of a quad on a path it hashes the predicate and the place of the node, not the graph. Two nodes
# whose paths differ in the graphs alone are taken for alike, and which one comes first is decided by the labels of the
# input. The eight quads below, and the same ones with other labels, come out as two documents. With a predicate in the
# place of the graph they come out as one.
#
# Why it matters: a signer and a verifier that label blank nodes in another order compute two hashes of what is the same.
# It takes blank nodes in a symmetrical pattern that only named graphs break, so credentials do not meet it by chance, and
# rdf-canonize refuses it with its default bound of work. But "the canonical forms differ" does not prove that the
# datasets do, and a property test over random datasets finds it.
#
# Source: RDF Dataset Canonicalization, W3C Recommendation of 21 May 2024, sections 4.7 (Hash Related Blank Node, whose
# input has no graph) and 4.8 (Hash N-Degree Quads); rdf-canonize, lib/RDFC10.js, hashRelatedBlankNode.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error rdf-canonize@5.0.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import rdfCanonize from "rdf-canonize";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const nquads = "application/n-quads";
const options = { algorithm: "RDFC-1.0", inputFormat: nquads, format: nquads, maxWorkFactor: Infinity };
// every node of {a, b} points to every one of {c, d}, and back; two of these are said in a graph
const edges = ["ac", "ad", "bc", "bd", "ca", "db"];
const apart = ["cb", "da"];
const dataset = ([a, b, c, d], line) => {
  const label = { a, b, c, d };
  return [...edges.map((edge) => [edge, false]), ...apart.map((edge) => [edge, true])]
    .map(([[from, to], isApart]) => line(`_:${label[from]}`, `_:${label[to]}`, isApart))
    .sort()
    .join("");
};
async function forms(line) {
  const seen = new Set();
  for (const labels of ["abcd", "abdc", "bacd", "badc", "cdab", "cdba", "dcab", "dcba"])
    seen.add(await rdfCanonize.canonize(dataset(labels, line), options));
  return seen.size;
}

expect("canonical forms of one dataset, two of its quads in a named graph",
  await forms((from, to, isApart) => `${from} <urn:p> ${to}${isApart ? " <urn:g>" : ""} .\n`), 2);
expect("canonical forms of one dataset, these two with a predicate of their own",
  await forms((from, to, isApart) => `${from} <urn:${isApart ? "q" : "p"}> ${to} .\n`), 1);
JS
node check.mjs
