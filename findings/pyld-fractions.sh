#!/usr/bin/env bash
# The two JSON-LD libraries of one house write 0.5 and 3.0 differently, so they disagree about signatures.
#
# A good guess: jsonld.js and PyLD come from the same authors and are tested with the same suite, so a credential signed
# with an RDFC cryptosuite in JavaScript verifies in Python. JSON knows one kind of number; how Python reads it does not
# matter.
#
# What happens: for 0.5 PyLD writes "5.000000000000000E-01" where the specification and jsonld.js have "5.0E-1": it
# trims zeros and pads the exponent as C's printf does, and so goes wrong for every fraction below 1. For the text "3.0"
# PyLD writes "3.0E0" as a double, since Python reads a float, where the others have the integer "3". 2.5 and 3 are the
# same in both, and so are most numbers in test suites.
#
# Why it matters: half a credit point, a score of 0.97, a latitude like 48.0 in an issuer's address, and a valid
# credential fails in Python with "invalid signature". Verifiers based on Debian 12's package meet this; upstream has
# worked on it since.
#
# Source: https://github.com/digitalbazaar/pyld/issues/175 and https://github.com/digitalbazaar/pyld/issues/177; JSON-LD
# 1.1 Processing Algorithms and API, "Data Round Tripping".
set -euo pipefail

type -P node npm /usr/bin/python3 >/dev/null || { echo "needs Node.js 18 or later, npm and python3" >&2; exit 2; }
found=$(dpkg-query -W -f '${Version}' python3-pyld 2>/dev/null) || true
echo "Debian's python3-pyld $found"
[[ $found == 2.0.3-* ]] ||
    { echo "pinned is python3-pyld 2.0.3, found is '$found': apt-get install python3-pyld" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error jsonld@9.0.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >canonical.py <<'PY'
import json, sys
from pyld import jsonld
options = {"algorithm": "URDNA2015", "format": "application/n-quads"}
sys.stdout.write(jsonld.normalize(json.loads(sys.stdin.read()), options))
PY
cat >check.mjs <<'JS'
import { execFileSync } from "node:child_process";
import jsonld from "jsonld";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const options = { algorithm: "RDFC-1.0", format: "application/n-quads", safe: true };
const literal = (text) => /#credits> (\S+) /.exec(text)[1].replace("http://www.w3.org/2001/XMLSchema#", "xsd:");
async function both(number) {
  const input = `{ "@context": { "credits": "https://school.example/terms#credits" },
    "@id": "urn:example:course", "credits": ${number} }`;
  const python = execFileSync("/usr/bin/python3", ["canonical.py"], { input, encoding: "utf8" });
  return `${literal(await jsonld.canonize(JSON.parse(input), options))} and ${literal(python)}`;
}

expect("0.5 by jsonld.js and PyLD", await both("0.5"),
  '"5.0E-1"^^<xsd:double> and "5.000000000000000E-01"^^<xsd:double>');
expect("3.0", await both("3.0"), '"3"^^<xsd:integer> and "3.0E0"^^<xsd:double>');
expect("2.5", await both("2.5"), '"2.5E0"^^<xsd:double> and "2.5E0"^^<xsd:double>');
expect("3", await both("3"), '"3"^^<xsd:integer> and "3"^^<xsd:integer>');
JS
node check.mjs
