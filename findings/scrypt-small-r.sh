#!/usr/bin/env bash
# A keystore with scrypt's n=262144, r=1, p=8 opens with some wallets, and others call its parameters invalid.
#
# A good guess: Web3 Secret Storage version 3 publishes a test vector with n=262144, r=1, p=8, and wallets have written
# such keystores for years. Whatever reads version 3 reads them, given enough memory.
#
# What happens: RFC 7914 asks for n < 2^(128 * r / 8), which is 65536 where r is 1. ethers, web3.js, Foundry's cast and
# OpenSSL hold to that bound and refuse; ethereumjs and @noble/hashes 2 open it, as does Go's x/crypto/scrypt, which
# geth uses. OpenSSL says "memory limit exceeded", and a higher limit changes nothing. The bound is a known mistake in
# the RFC: it took bits for bytes.
#
# Why it matters: a keystore that works in one tool is "damaged" or "needs more memory" in the next. A C program needs a
# scrypt of its own for such a file, since neither EVP_PBE_scrypt nor EVP_KDF has a way around the bound.
#
# Source: RFC 7914, section 2, and its erratum 5971; https://github.com/openssl/openssl/issues/10003;
# https://github.com/paulmillr/noble-hashes/issues/61; https://github.com/RustCrypto/password-hashes/pull/867.
set -euo pipefail

type -P node npm openssl >/dev/null || { echo "needs Node.js 20.19 or later, npm and openssl" >&2; exit 2; }
found=$(dpkg-query -W -f '${Version}' openssl 2>/dev/null) || true
echo "Debian's openssl $found"
[[ $found == 3.0.19-* ]] || { echo "pinned is openssl 3.0.19, found is '$found': apt-get install openssl" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    @noble/hashes@2.4.0 ethers@6.17.0 web3-eth-accounts@4.3.1 @ethereumjs/wallet@10.0.0 \
    @foundry-rs/cast-linux-amd64@1.7.1 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { writeFileSync } from "node:fs";
import { scrypt } from "@noble/hashes/scrypt.js";
import { Wallet as EthersWallet, keccak256 } from "ethers";
import { decrypt } from "web3-eth-accounts";
import { Wallet } from "@ethereumjs/wallet";

const password = "correct horse";
const key = Buffer.alloc(32, 0x42);
const address = new EthersWallet(`0x${key.toString("hex")}`).address;
const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

function keystore(n, r, p) {
  const salt = Buffer.alloc(32, 3), iv = Buffer.alloc(16, 5);
  const derived = Buffer.from(scrypt(password, salt, { N: n, r, p, dkLen: 32 }));
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  return {
    version: 3, id: "3f2c8a51-6b6e-4c5e-9a40-0d1f2b3c4d5e", address: address.slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr", cipherparams: { iv: iv.toString("hex") }, ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt", kdfparams: { dklen: 32, n, r, p, salt: salt.toString("hex") },
      mac: keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2),
    },
  };
}

function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : `refused, ${/InvalidParams|memory limit exceeded/.exec(stderr) ?? stderr}`;
}
const openssl = (n, r, p) =>
  run("openssl", "kdf", "-keylen", "32", "-kdfopt", `pass:${password}`, "-kdfopt", `hexsalt:${"03".repeat(32)}`,
    "-kdfopt", `n:${n}`, "-kdfopt", `r:${r}`, "-kdfopt", `p:${p}`, "-kdfopt", "maxmem_bytes:4294967296", "SCRYPT");
const derived = (n, r, p) =>
  Buffer.from(scrypt(password, Buffer.alloc(32, 3), { N: n, r, p, dkLen: 32 })).toString("hex");

async function ask(open) {
  try {
    return (await open()).toLowerCase() === address.toLowerCase() ? "opens" : "another address";
  } catch (error) {
    return `refused, ${/less than 2\^\(128 \* r \/ 8\)/.exec(error.message) ?? error.message}`;
  }
}

for (const [n, r, p] of [[262144, 1, 8], [32768, 8, 1]]) {
  const bound = n === 262144;
  const sealed = keystore(n, r, p);
  const name = `n=${n} r=${r} p=${p}`;
  writeFileSync("keystore.json", JSON.stringify(sealed));
  const refusal = bound ? "refused, less than 2^(128 * r / 8)" : "opens";
  expect(`${name}, @ethereumjs/wallet 10.0.0`,
    await ask(async () => (await Wallet.fromV3(sealed, password)).getAddressString()), "opens");
  expect(`${name}, ethers 6.17.0`,
    await ask(async () => (await EthersWallet.fromEncryptedJson(JSON.stringify(sealed), password)).address), refusal);
  expect(`${name}, web3-eth-accounts 4.3.1`, await ask(async () => (await decrypt(sealed, password)).address), refusal);
  const cast = run("node_modules/@foundry-rs/cast-linux-amd64/bin/cast", "wallet", "address", "--keystore",
    "keystore.json", "--password", password);
  expect(`${name}, cast 1.7.1`, cast === address ? "opens" : cast, bound ? "refused, InvalidParams" : "opens");
  const bytes = openssl(n, r, p).replaceAll(":", "").toLowerCase();
  expect(`${name}, openssl with 4 GiB allowed`, bytes === derived(n, r, p) ? "derives the same key" : bytes,
    bound ? "refused, memory limit exceeded" : "derives the same key");
}
JS
node check.mjs
