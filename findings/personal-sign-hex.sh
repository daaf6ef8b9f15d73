#!/usr/bin/env bash
# "Sign this digest": two libraries sign its 32 bytes, two its 66 characters, and cast does both.
#
# A good guess: EIP-191's personal message is one format, so the same digest "0xabab...", given to the same key, is
# signed the same everywhere, and what one library signs another one verifies.
#
# What happens: EIP-191 prefixes bytes, and does not say what a string that begins with 0x is. ethers and viem take it
# as text, 66 bytes; web3.js decodes it to 32 bytes. Foundry's cast takes it as text in `cast hash-message`, and as
# bytes in `cast wallet sign` and `cast wallet verify`, so the hash that it prints is not the hash that it signs.
# Nothing fails: recovering gives an address, just another one.
#
# Why it matters: an issuer who signs a credential's digest with one tool looks like a stranger in the next, and the one
# tool used to find out why gives both answers. State the bytes that are signed, and pass bytes, never hex text.
#
# Source: EIP-191; https://github.com/ethers-io/ethers.js/issues/285; https://github.com/web3/web3.js/pull/1325; `cast
# wallet sign --help`, which tells of the decoding, and `cast hash-message --help`, which does not.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    ethers@6.17.0 viem@2.57.20 web3-eth-accounts@4.3.1 @foundry-rs/cast-linux-amd64@1.7.1 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { execFileSync } from "node:child_process";
import { Wallet, getBytes, hashMessage, verifyMessage } from "ethers";
import { hashMessage as viemHash } from "viem";
import { hashMessage as web3Hash, sign as web3Sign } from "web3-eth-accounts";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const cast = (...args) =>
  execFileSync("node_modules/@foundry-rs/cast-linux-amd64/bin/cast", args, { encoding: "utf8" }).trim();
const digest = `0x${"c3".repeat(32)}`;
const wallet = new Wallet(`0x${"42".repeat(32)}`);
const hashes = { [hashMessage(getBytes(digest))]: "32 bytes", [hashMessage(Buffer.from(digest))]: "66 characters" };

expect("ethers hashMessage hashes", hashes[hashMessage(digest)], "66 characters");
expect("viem hashMessage hashes", hashes[viemHash(digest)], "66 characters");
expect("web3 hashMessage hashes", hashes[web3Hash(digest)], "32 bytes");
expect("cast hash-message hashes", hashes[cast("hash-message", digest)], "66 characters");

const signed = cast("wallet", "sign", "--private-key", wallet.privateKey, digest);
expect("cast wallet sign signs", { [await wallet.signMessage(getBytes(digest))]: "32 bytes",
  [await wallet.signMessage(digest)]: "66 characters" }[signed], "32 bytes");
expect("cast's signature is web3's", web3Sign(digest, wallet.privateKey).signature === signed, true);
expect("ethers, given the digest, finds cast's signer", verifyMessage(digest, signed) === wallet.address, false);
expect("ethers, given its bytes, finds cast's signer",
  verifyMessage(getBytes(digest), signed) === wallet.address, true);
JS
node check.mjs
