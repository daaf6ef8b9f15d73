/*
 * Rules that no schema has, by the standards' texts.
 */
#ifndef CONFORMANCE_PROFILE_H
#define CONFORMANCE_PROFILE_H

#include "conformance/findings.h"

/* Of VC Data Model 2.0, or 1.1 (is_v1), and of proofs. */
void credential_check(struct findings *findings, const struct badge_json_value *credential, bool is_v1);
/* Documents that were given beside the credential. */
struct related {
    const struct badge_related_document *document;
    size_t n;
};

/* Of a document of Open Badges 2.0, and of what is embedded in it or was given beside it. */
void openbadges2_check(struct findings *findings, const struct badge_json_value *document,
                       const struct related *related);
/* Whether a context says that the object is of Open Badges 2.0. */
bool openbadges2_is_document(const struct badge_json_value *object);
/* A scheme, a colon and more, without a space. */
bool text_is_url(struct badge_text text);
/* What these require beyond the VC data model. */
void europass_check(struct findings *findings, const struct badge_json_value *credential);
void blockcerts_check(struct findings *findings, const struct badge_json_value *credential);
/* Looks for the elements of a micro-credential. */
void eu_check(struct findings *findings, const struct badge_json_value *credential);

#endif
