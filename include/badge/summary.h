/*
 * What a credential says of itself, for people: names, dates, holder, achievements, as the engine that judges it has
 * read them. A page or a program shows this and parses nothing by itself, so that what is shown and what is judged
 * can't be two different things.
 *
 * One JSON object, always complete: every member below is present, null where the document says nothing. Nothing here
 * was verified or fetched. Texts are the document's own, as UTF-8, cut after a whole character: names after 300
 * characters, texts after 4,000, addresses (URLs, ids) after 2,000; lists after 60 entries. A caller still has to show
 * them as texts and not as markup.
 *
 *   {
 *     "label": "jcs",                     of the bytes: "jcs" "compact" "raw"
 *     "digest": "64 hex digits",          of the bytes
 *     "layers": [                         outermost first; the last is what "credential" was read from
 *       {"kind": "presentation"},         "text": bytes that are read as text: UTF-16, a mark, a folded token
 *       {"kind": "credential"}            "token" "jws" "presentation" "envelope" "request" "graph" "array"
 *     ],                                  "openattestation" "credential" "record"; "document": other JSON;
 *                                         "bytes": anything else
 *     "inner": ["64 hex digits", …],      digests of what was opened inside, which a revocation may name too
 *     "format": "ob-3.0",                 "ob-3.0" "ob-2.0" "clr-2.0" "europass" "openattestation-2"
 *                                         "openattestation-3" "vc-2.0" "vc-1.1" "blockcerts" "achievement"
 *                                         "profile" "pathway" "did" "status-list" "none"
 *     "isToken": false,                   the credential is signed as a JWT or JWS
 *     "hasProof": true,                   it has a proof or a signature; nothing is said of whether that holds
 *     "isRecord": false,                  not a credential, or one that says nothing of issuer, dates, status:
 *                                         at best the verdict `recorded`
 *     "hidden": null | "one clause",      why claims are hidden (claims_hidden): credential is then null, and
 *                                         nothing of the document may be shown as if it were known
 *     "issuerId": "https://…" | null,     the id that the verdict compares
 *     "issuerDomain": "a.example" | null, the host of that id if it is a URL; of a did:web, host and path
 *     "faults": {                         null, or one sentence: why the check of that member is unknown
 *       "issuer": null, "validity": null, "status": null
 *     },
 *     "from": DATE | null,                the latest first moment and the earliest last moment that any layer states:
 *     "until": DATE | null,               those that the verdict compares with the clock
 *     "status": null | "revoked" | "named"   "revoked": the document itself says so (Open Badges 2.0); "named": it
 *                                            names a list or a service to look up
 *     "notices": [NOTICE, …],             badge/reading.h, with the caller's time
 *     "credential": null | {
 *       "types": ["VerifiableCredential", …],
 *       "id": "urn:…" | null,
 *       "name": TEXT, "description": TEXT,
 *       "image": null | {"data": "data:image/…"} | {"elsewhere": "https://…"},
 *       "issuer": null | {"id": … | null, "name": TEXT, "url": … | null, "email": … | null, "country": COUNTRY},
 *       "holder": {"id": … | null, "name": TEXT,
 *                  "identities": [{"value": "…", "kind": "emailAddress" | null, "hashed": false, "salt": ""}]},
 *       "awarded": DATE | null,           awardedDate, issued, issuedOn, the date of the award as written
 *       "achievements": [{
 *         "id": … | null, "name": TEXT, "kind": "Course" | null, "description": TEXT,
 *         "criteria": {"text": TEXT, "url": … | null},
 *         "tags": ["…"],
 *         "alignments": [{"name": TEXT, "url": … | null, "framework": "ESCO 1.2" | null, "description": TEXT}],
 *         "results": [{"name": TEXT, "value": TEXT}],
 *         "credits": 2.5 | null, "creditUnit": "ECTS" | null,     null: it names no unit
 *         "narrative": TEXT,
 *         "microCredential": null | {     only of what calls itself a micro-credential
 *           "credits": 3 | null, "creditUnit": "ECTS" | null, "eqfLevel": 5 | null,
 *           "outcomes": [TEXT, …], "assessment": [TEXT, …], "awardingBody": TEXT, "country": COUNTRY,
 *           "missing": ["quality", …]     elements of Council Recommendation 2022/C 243/02, Annex I, that no member
 *         }                               states: "holder" "title" "country" "awardingBody" "date" "outcomes"
 *       }],                               "workload" "level" "assessment" "participation" "quality"
 *       "evidence": [{"name": TEXT, "url": … | null, "description": TEXT}],
 *       "facts": [{"name": "degree › name", "value": "…"}],   of a holder without achievements, as the document's own
 *                                                              member names
 *       "isPointer": false,               an Open Badges 2.0 assertion whose badge is only a URL
 *       "hasEnclosed": false              other credentials are within it (CLR), of which nothing is judged
 *     }
 *   }
 *
 *   TEXT     null | [{"language": "en" | null, "text": "…"}, …]: at least one entry, at most 32, as they stand in the
 *            document, with equal texts of one language once. An entry without a language is of none that the document
 *            names
 *   DATE     {"written": "2024-01-01T00:00:00+08:00",  as the issuer wrote it; a number as its digits
 *             "member": "validFrom",                   "validFrom" "issuanceDate" "nbf" "issuedOn" … "exp"
 *             "time": "2023-12-31T16:00:00Z" | null,   as it was read, the narrowest reading; null: it can't be read
 *             "seconds": 1704038400 | null,            the same, since 1970
 *             "isStandard": true}                      xsd:dateTimeStamp, or a NumericDate of a JWT
 *   COUNTRY  null | {"code": "NL" | null, "name": TEXT}: ISO 3166-1 alpha-2 where it is stated
 *   NOTICE   {"code": "date_not_standard", "pointer": "/expires", "detail": "one sentence"}
 */
#ifndef BADGE_SUMMARY_H
#define BADGE_SUMMARY_H

#include "badge/reading.h"

/*
 * The summary of the document that the digester has finished. *out lives in the arena; its length is at most a few
 * times the document's. now_s     seconds since 1970, for the notices `ended` and `not_begun` errors    BADGE_ENOMEM:
 * the arena's ceiling
 */
BADGE_API enum badge_status badge_summary_read(struct badge_text *out, struct badge_arena *arena,
                                               const struct badge_digester *digester, int64_t now_s,
                                               struct badge_err *err) BADGE_CHECKED;

#endif
