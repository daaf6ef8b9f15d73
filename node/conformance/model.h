/*
 * Parts of the rules of VC Data Model 1.1 and 2.0, and what they share.
 */
#ifndef CONFORMANCE_MODEL_H
#define CONFORMANCE_MODEL_H

#include "conformance/findings.h"

struct model {
    struct findings *findings;
    const struct badge_json_value *credential;
    bool is_v1; /* of VC Data Model 1.1 */
};

/* A member that is there: null is absent, as JSON-LD drops it. */
const struct badge_json_value *model_member(const struct badge_json_value *object, const char *name);
/* An error, by a section of both versions of the data model, which differ in their numbers. */
void model_say(const struct model *m, const char *code, const struct step *at, const char *v2_section,
               const char *v1_section, const char *detail);

/* Entries of status lists, strictly: what a verifier may pass over is an error here. */
void status_entries_check(const struct model *m);
/* VC Data Model 2.0, section 5.3; digests of built-in contexts are compared. */
void related_resources_check(const struct model *m);

#endif
