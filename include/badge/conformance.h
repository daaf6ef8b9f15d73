/*
 * Whether a credential keeps the rules of its standard: for the developer of an issuer. It says nothing of validity: a
 * credential that breaks a rule may well be genuine, and one that keeps them all may be forged, expired or revoked.
 *
 * The rules are those of 1EdTech's JSON Schemas for Open Badges 3.0 and CLR 2.0, and some of the texts of VC Data Model
 * 1.1 and 2.0, Data Integrity, status lists, Open Badges 2.0, Europass and Blockcerts 3. Nothing is fetched: what only
 * a URL names is checked if it was given.
 */
#ifndef BADGE_CONFORMANCE_H
#define BADGE_CONFORMANCE_H

#include "badge/reading.h"

/* Codes, which are frozen:
 *   missing            a member that the standard requires; the pointer is where it would be
 *   wrong_type         another type of JSON than it must be
 *   wrong_value        not one of the values that it may have, or not written as they are
 *   missing_item       a list without an item that it must contain, or with too few
 *   unknown_member     a member that may not be here
 *   wrong_class        its type does not include that of the class that must be here
 *   ambiguous_form     it fits two forms of which it may have only one
 *   date_not_standard  a date that is not written as the standard requires
 *   period_empty       it ends before it begins
 *   not_a_url          a text that must be a URL
 *   digest_differs     a digest that is not that of the resource, where it is a context that is built in
 *   listed_revoked     an assertion of Open Badges 2.0 that stands in its issuer's revocation list, if this was given
 *   key_unreachable    a proof names a key that no verifier can find; but for 1EdTech's standards a warning
 *   not_checked        (warning) too deeply nested to be checked wholly
 *   other_version      (warning) a date under the name that it has in another version of the data model
 *   older_version      (warning) of an older version of the data model than its standard now requires
 */
struct badge_rule_finding {
    const char *code;          /* static storage */
    struct badge_text pointer; /* JSON pointer within the credential; "": all of it */
    struct badge_text detail;  /* one sentence */
    struct badge_text source;  /* the standard, and where in it */
};

/* The mandatory elements of a micro-credential: Council Recommendation 2022/C 243/02, Annex I. */
#define BADGE_N_EU_ELEMENTS 11
struct badge_eu_element {
    const char *name; /* "learner" "title" "country" "awardingBody" "date" "outcomes" "workload" "level" "assessment"
                         "participation" "qualityAssurance" */
    bool is_found;
    struct badge_text pointer; /* JSON pointer of the member that states it, if it was found */
};

#define BADGE_MAX_FINDINGS 64 /* of each; further ones are counted only */
struct badge_conformance {
    const char *profile;         /* "ob-3.0" "clr-2.0" "ob-2.0" "vc-2.0" "vc-1.1" "blockcerts-3" "europass" "none" */
    size_t n_errors, n_warnings; /* all that there are */
    struct badge_rule_finding error[BADGE_MAX_FINDINGS], warning[BADGE_MAX_FINDINGS];
    bool has_eu; /* its elements were looked for: in a credential that is not itself a list of others (CLR) */
    struct badge_eu_element eu[BADGE_N_EU_ELEMENTS];
};

/*
 * Checks the innermost credential of the reading; of anything else, and where claims are hidden, the profile is "none"
 * and there are no findings. Its texts live in the arena.
 * errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_conformance_read(struct badge_conformance *out, struct badge_arena *arena,
                                                   const struct badge_reading *reading,
                                                   struct badge_err *err) BADGE_CHECKED;

/* A document that a credential of Open Badges 2.0 names by its URL: a BadgeClass, a profile, an endorsement, a key. */
struct badge_related_document {
    struct badge_text url, text; /* text: JSON */
};

/*
 * The same with documents given beside it: each is checked where its URL stands, as if it were embedded there, and the
 * pointers go on into it. One that nothing names is not read.
 * errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_conformance_read_with(struct badge_conformance *out, struct badge_arena *arena,
                                                        const struct badge_reading *reading,
                                                        const struct badge_related_document *related, size_t n_related,
                                                        struct badge_err *err) BADGE_CHECKED;

/*
 * The findings as JSON, as `badge check --json` and reports have them: {"profile", "errorCount", "errors": [{"code",
 * "pointer", "detail", "source"}], "warningCount", "warnings", "euMicrocredential": {name: pointer or null} or null}.
 * In the arena, with a NUL behind it. errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_conformance_encode(struct badge_text *out, struct badge_arena *arena,
                                                     const struct badge_conformance *conformance,
                                                     struct badge_err *err) BADGE_CHECKED;
/* Reads and encodes: the JSON; NULL: there is not enough memory. */
BADGE_API const char *badge_conformance_text(struct badge_arena *arena, const struct badge_reading *reading);

#endif
