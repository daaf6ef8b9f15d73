/*
 * Rules that no schema has, by the standards' texts.
 */
#ifndef CONFORMANCE_PROFILE_H
#define CONFORMANCE_PROFILE_H

#include "conformance/findings.h"

/* Of VC Data Model 2.0, or 1.1 (is_v1), and of proofs. */
void credential_check(struct findings *findings, const struct badge_json_value *credential, bool is_v1);
/* Of an assertion of Open Badges 2.0, and of what is embedded in it. */
void assertion_check(struct findings *findings, const struct badge_json_value *assertion);
/* Looks for the elements of a micro-credential. */
void eu_check(struct findings *findings, const struct badge_json_value *credential);

#endif
