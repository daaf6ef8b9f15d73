#!/usr/bin/env bash
# A badge whose name has a base direction is signed in one way, refused in another, and loses the direction in a third.
#
# A good guess: the Verifiable Credentials Data Model 2.0 has @direction for names in Arabic or Hebrew, and the
# eddsa-rdfc-2022 suite names its canonicalization exactly, so every implementation computes the same hash of such a
# badge.
#
# What happens: RDF has no place for a direction. JSON-LD's option rdfDirection decides what becomes of it, and the
# suite's specification does not say which value to use. Digital Bazaar's suite sets "i18n-datatype" and signs a literal
# of the type https://www.w3.org/ns/i18n#ar_rtl. jsonld.canonize with its own defaults, the same library, refuses the
# badge: "rdfDirection not set". Without safe mode it drops the direction and signs the language alone.
#
# Why it matters: a verifier built from jsonld.js, Ed25519 and the text of the specification verifies every badge except
# those of right-to-left languages. Libraries without safe mode compute a hash, so there it looks like a forged
# signature.
#
# Source: https://github.com/w3c/vc-data-integrity/issues/366; Verifiable Credentials Data Model v2.0, "Language and
# Base Direction"; JSON-LD 1.1 Processing Algorithms and API, option rdfDirection.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    jsonld@9.0.0 @digitalbazaar/eddsa-rdfc-2022-cryptosuite@1.3.0 \
    @digitalbazaar/credentials-context@3.2.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import jsonld from "jsonld";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import { contexts } from "@digitalbazaar/credentials-context";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: contexts.get(url) });
const credential = (name) => ({
  "@context": ["https://www.w3.org/ns/credentials/v2"],
  type: ["VerifiableCredential"],
  issuer: "https://school.example/",
  name,
  credentialSubject: { id: "urn:example:learner" },
});
async function name(canonize, value, options) {
  try {
    return /name> (\S+) /.exec(await canonize(credential(value), { documentLoader, ...options }))[1];
  } catch (error) {
    return `refused, ${error.details.event.code}`;
  }
}

const plain = { "@value": "Lahham", "@language": "ar" };
const directed = { ...plain, "@direction": "rtl" };
const library = (document, options) =>
  jsonld.canonize(document, { algorithm: "RDFC-1.0", format: "application/n-quads", ...options });

expect("the suite, language only", await name(cryptosuite.canonize, plain), '"Lahham"@ar');
expect("jsonld.canonize, language only", await name(library, plain), '"Lahham"@ar');
expect("the suite, language and direction", await name(cryptosuite.canonize, directed),
  '"Lahham"^^<https://www.w3.org/ns/i18n#ar_rtl>');
expect("jsonld.canonize, language and direction", await name(library, directed), "refused, rdfDirection not set");
expect("jsonld.canonize without safe mode", await name(library, directed, { safe: false }), '"Lahham"@ar');
JS
node check.mjs
