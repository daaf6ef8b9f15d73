#!/usr/bin/env bash
# jsonld.js rewrites the text of a string whose term is typed xsd:double, and of no other type.
#
# A good guess: a string is signed as it is written. JSON-LD 1.1 gives JSON *numbers* a canonical text ("3" typed xsd:double
# becomes "3.0E0"); a string with a datatype is a literal already, and "7.50" or "007" keep their characters. That is why
# one writes a measured value as a string: so that no library touches it.
#
# What happens: for the datatype xsd:double alone, jsonld.js reads the string as a number and prints it again: "7.50" is
# signed as "7.5E0". xsd:float, xsd:decimal and xsd:integer are left alone. Safe mode does not object.
#
# Why it matters: a verifier in another language that follows the recommendation computes another hash of such a
# credential, so its signature fails there and nowhere in JavaScript. Open Badges types its credits xsd:float, so a badge
# meets it only by terms of its own context: type them xsd:decimal, or not at all.
#
# Source: JSON-LD 1.1 Processing Algorithms and API, "Object to RDF Conversion", which names
# numbers; jsonld.js, lib/toRdf.js, _objectToRDF, where the datatype alone suffices.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error jsonld@9.0.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import jsonld from "jsonld";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

async function literal(type, text) {
  const document = {
    "@context": { xsd: "http://www.w3.org/2001/XMLSchema#", load: { "@id": "https://lab.example/terms#load", "@type": type } },
    "@id": "urn:example:device",
    load: text,
  };
  const nquads = await jsonld.canonize(document, { algorithm: "RDFC-1.0", format: "application/n-quads", safe: true });
  return /#load> (.+) \.\n$/.exec(nquads)[1].replace("http://www.w3.org/2001/XMLSchema#", "xsd:");
}

for (const [type, text, stated] of [
  ["xsd:double", "7.50", '"7.5E0"^^<xsd:double>'],
  ["xsd:double", "7", '"7.0E0"^^<xsd:double>'],
  ["xsd:float", "7.50", '"7.50"^^<xsd:float>'],
  ["xsd:decimal", "7.50", '"7.50"^^<xsd:decimal>'],
  ["xsd:integer", "007", '"007"^^<xsd:integer>'],
])
  expect(`the string ${JSON.stringify(text)} typed ${type} becomes`, await literal(type, text), stated);
JS
node check.mjs
