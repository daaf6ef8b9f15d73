#!/usr/bin/env bash
# Two versions of one library write the same status list with the bits of each byte turned round, under the same type.
#
# A good guess: a StatusList2021Credential or RevocationList2020Credential that the library of its authors wrote is read
# right by a later version of the same library, or that version refuses it, since lists live as long as the credentials
# that name them.
#
# What happens: up to vc-revocation-list 5 and vc-status-list 5 entry 0 is the lowest bit of the first byte; from 6 and 7
# on it is the highest, as the texts of both lists have it. Type, context and encoding are the same, so that a list of
# the older version is read without error by the newer one, and names others: revoked 1, 8, 20 are read as 6, 15, 19.
#
# Why it matters: an issuer that upgrades and changes one entry of an old list reads all others wrong and signs them
# again; a verifier that upgrades takes revoked credentials for good ones. Lists that are all zero, as most tests have
# them, are read right. A verifier can't see which it is; the texts of the standards count: highest bit first.
#
# Source: StatusList2021 (CCG draft, "Bitstring Encoding": the first index is the left-most bit); @digitalbazaar/bitstring
# 2 and 3, option leftToRightIndexing.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    r5@npm:@digitalbazaar/vc-revocation-list@5.0.1 r7@npm:@digitalbazaar/vc-revocation-list@7.0.0 \
    s5@npm:@digitalbazaar/vc-status-list@5.0.0 s8@npm:@digitalbazaar/vc-status-list@8.0.1 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { gunzipSync } from "node:zlib";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const entries = 131072;
const revoked = [1, 8, 20];
console.log(`entries ${revoked.join(", ")} are revoked`);
for (const [older, newer, kind] of [["r5", "r7", "Revoked"], ["s5", "s8", "Status"]]) {
  const list = await (await import(older)).createList({ length: entries });
  for (const n of revoked) list[`set${kind}`](n, true);
  const encodedList = await list.encode();
  const bytes = gunzipSync(Buffer.from(encodedList, "base64url")).subarray(0, 3).toString("hex");
  expect(`bytes of the older list (${older})`, bytes, "020110");
  const read = await (await import(newer)).decodeList({ encodedList });
  const seen = [];
  for (let n = 0; n < entries; n++) if (kind === "Revoked" ? read.isRevoked(n) : read.getStatus(n)) seen.push(n);
  expect(`the newer version (${newer}) reads as revoked`, seen.join(", "), "6, 15, 19");
}
JS
node check.mjs
