#!/usr/bin/env bash
# jsonld.js signs the number 2e-7 as 0, while 2.5e-7 is signed as it is.
#
# A good guess: whatever a number in a credential is, canonicalization either keeps it or raises an error, the more so
# in safe mode, which exists so that nothing is lost between the document and the signature.
#
# What happens: jsonld.js decides whether a number is a double by looking for a point in its decimal text. JavaScript
# writes small numbers with one digit without a point ("2e-7"), so they count as integers and are written with no
# decimals: "0". Safe mode does not object, and 2e-7, 4e-9 and 0 have the same canonical N-Quads. JSON-LD 1.1 asks for
# "2.0E-7", typed xsd:double.
#
# Why it matters: a verifier in another language that follows the specification computes another hash, so the signature
# fails there and nowhere in JavaScript; and two credentials with different values have one digest. It shows with one
# digit only, so tests with 0.5 or 1.25e-8 pass. Write small measured values as strings.
#
# Source: JSON-LD 1.1 Processing Algorithms and API, "Object to RDF Conversion" (a number with a fractional part becomes
# a double) and "Data Round Tripping" (its canonical form); jsonld.js, lib/types.js, isDouble, and lib/toRdf.js.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    jsonld@9.0.0 @digitalbazaar/credentials-context@3.2.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import jsonld from "jsonld";
import { contexts } from "@digitalbazaar/credentials-context";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: contexts.get(url) });
async function canonical(number) {
  const credential = JSON.parse(`{
    "@context": ["https://www.w3.org/ns/credentials/v2", { "tolerance": "https://lab.example/terms#tolerance" }],
    "type": "VerifiableCredential",
    "issuer": "https://lab.example/",
    "credentialSubject": { "id": "urn:example:device", "tolerance": ${number} }
  }`);
  const options = { algorithm: "RDFC-1.0", format: "application/n-quads", safe: true, documentLoader };
  return jsonld.canonize(credential, options);
}
const literal = (text) => /#tolerance> (\S+) /.exec(text)[1].replace("http://www.w3.org/2001/XMLSchema#", "xsd:");

expect("2.5e-7 becomes", literal(await canonical("2.5e-7")), '"2.5E-7"^^<xsd:double>');
expect("2e-7 becomes", literal(await canonical("2e-7")), '"0"^^<xsd:integer>');
expect("0.0000002 becomes", literal(await canonical("0.0000002")), '"0"^^<xsd:integer>');
expect("0.000002 becomes", literal(await canonical("0.000002")), '"2.0E-6"^^<xsd:double>');
expect("the N-Quads of 2e-7, 4e-9 and 0 are the same",
  new Set([await canonical("2e-7"), await canonical("4e-9"), await canonical("0")]).size === 1, true);
JS
node check.mjs
