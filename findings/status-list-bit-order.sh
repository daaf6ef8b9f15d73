#!/usr/bin/env bash
# A status list of one standard, read as the other's, decodes without error and names another holder.
#
# A good guess: W3C's Bitstring Status List and the IETF's Token Status List are the same thing, a compressed string of
# bits with a position for each credential. If a list of the wrong kind is read, decompressing it fails, since one is
# gzip and the other is zlib.
#
# What happens: both count entries from 0, but W3C's entry 0 is the highest bit of the first byte and the IETF's is the
# lowest. The decompressor that both libraries use tells gzip from zlib by itself and takes either. So a revoked entry 1
# is read as entry 6 by the other library: the revoked one is good, and somebody else's is revoked. Lists that are all
# zero, and entries in a palindromic byte, are read right.
#
# Why it matters: wallets for SD-JWT and for Data Integrity meet in one verifier, and both lists are base64url text in a
# JSON member. With fresh lists every test passes. Decide by the type of the list, never by trying; the leading u of
# W3C's multibase is the one visible difference, and older W3C lists lack it.
#
# Source: W3C Bitstring Status List v1.0, "Bitstring Encoding"; draft-ietf-oauth-status-list, section 4.1 (compressed
# byte array).
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    @digitalbazaar/vc-bitstring-status-list@2.0.1 @sd-jwt/jwt-status-list@0.19.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { gunzipSync, inflateSync } from "node:zlib";
import { BitstringStatusList } from "@digitalbazaar/vc-bitstring-status-list";
import { StatusList } from "@sd-jwt/jwt-status-list";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const entries = 131072;
const revoked = [1, 8, 20];
const bits = Array(entries).fill(0);
for (const n of revoked) bits[n] = 1;
const ietf = new StatusList(bits, 1).compressStatusList();
const list = new BitstringStatusList({ length: entries });
for (const n of revoked) list.setStatus(n, true);
const w3c = await list.encode();

console.log(`entries ${revoked.join(", ")} are revoked`);
const bytes = (buffer) => buffer.subarray(0, 3).toString("hex");
expect("bytes of the W3C list", bytes(gunzipSync(Buffer.from(w3c.slice(1), "base64url"))), "408008");
expect("bytes of the IETF list", bytes(inflateSync(Buffer.from(ietf, "base64url"))), "020110");

const asW3c = await BitstringStatusList.decode({ encodedList: `u${ietf}` });
const seen = [];
for (let n = 0; n < entries; n++) if (asW3c.getStatus(n)) seen.push(n);
expect("the IETF list, read as W3C's, revokes", seen.join(", "), "6, 15, 19");
const asIetf = StatusList.decompressStatusList(w3c.slice(1), 1).statusList.flatMap((bit, n) => (bit ? [n] : []));
expect("the W3C list, read as the IETF's, revokes", asIetf.join(", "), "6, 15, 19");
JS
node check.mjs
