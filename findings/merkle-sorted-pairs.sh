#!/usr/bin/env bash
# Two Merkle libraries for Ethereum agree on trees of 1, 2, 3, 4, 6 and 8 leaves, and on no tree of 5, 7 or 9.
#
# A good guess: OpenZeppelin's SimpleMerkleTree and merkletreejs with sortPairs both hash each pair in sorted order with
# Keccak-256. The same leaves in the same order give the same root, and a test with two, three and four leaves confirms
# it.
#
# What happens: the trees have different shapes. merkletreejs pairs the leaves of a level and carries an odd one up, so
# the last of five leaves stands just below the root. OpenZeppelin fills a complete binary tree, so every leaf is at one
# of two depths. The shapes are the same only for 2^k and 3 * 2^k leaves. A proof from either library verifies with the
# other's code, if it is checked against the root of its own tree: the verifiers are the same, the trees are not.
#
# Why it matters: a batch anchored with one library can't be recomputed with the other, and small tests do not show it.
# "Keccak-256, sorted pairs" does not describe a Merkle tree: the rule for odd leaves belongs to it (RFC 9162 states its
# own in section 2.1.1).
#
# Source: https://github.com/OpenZeppelin/merkle-tree/issues/62;
# https://github.com/OpenZeppelin/openzeppelin-contracts/issues/3743 (why the complete tree was chosen).
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    merkletreejs@0.6.0 @openzeppelin/merkle-tree@1.0.8 ethers@6.17.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { MerkleTree } from "merkletreejs";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { getBytes, id, keccak256 } from "ethers";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const hash = (bytes) => Buffer.from(getBytes(keccak256(bytes)));
function trees(count) {
  const leaves = Array.from({ length: count }, (_, n) => id(`credential ${n}`));
  return {
    leaves,
    theirs: SimpleMerkleTree.of(leaves, { sortLeaves: false }),
    other: new MerkleTree(leaves.map((leaf) => Buffer.from(getBytes(leaf))), hash, { sortPairs: true }),
  };
}

const same = [], different = [];
for (let count = 1; count <= 24; count++) {
  const { theirs, other } = trees(count);
  (theirs.root === other.getHexRoot() ? same : different).push(count);
}
expect("the same root for so many leaves", same.join(" "), "1 2 3 4 6 8 12 16 24");
expect("different roots", different.join(" "), "5 7 9 10 11 13 14 15 17 18 19 20 21 22 23");

const { leaves, theirs, other } = trees(5);
const lengths = (proof) => leaves.map((_, n) => proof(n)).join(" ");
expect("5 leaves, proof lengths of OpenZeppelin", lengths((n) => theirs.getProof(n).length), "3 3 2 2 2");
expect("5 leaves, proof lengths of merkletreejs",
  lengths((n) => other.getProof(Buffer.from(getBytes(leaves[n]))).length), "3 3 3 3 1");
const proof = other.getHexProof(Buffer.from(getBytes(leaves[4])));
expect("OpenZeppelin takes merkletreejs's proof, with its root",
  SimpleMerkleTree.verify(other.getHexRoot(), leaves[4], proof), true);
expect("OpenZeppelin takes merkletreejs's proof, with its own root",
  SimpleMerkleTree.verify(theirs.root, leaves[4], proof), false);
JS
node check.mjs
