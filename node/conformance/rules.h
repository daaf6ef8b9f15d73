/*
 * Rules as data: a schema is a sequence of words that begins at its offset in rules_code and ends with RULES_END. Each
 * rule is an operation and its operands; a text is an index into rules_text, a schema an offset into rules_code.
 */
#ifndef CONFORMANCE_RULES_H
#define CONFORMANCE_RULES_H

#include "conformance/findings.h"

enum rules_op {
    RULES_END,
    RULES_TYPE,       /* a set of enum rules_type */
    RULES_CLASS,      /* text: the name of the class that the standard describes here */
    RULES_REF,        /* schema */
    RULES_ENUM,       /* n, n texts */
    RULES_PATTERN,    /* enum rules_pattern */
    RULES_FORMAT,     /* enum rules_format */
    RULES_REQUIRED,   /* n, n texts */
    RULES_PROPERTIES, /* n, schema of the others, n times text and schema: the texts ascend */
    RULES_NAMES,      /* schema of the members' names */
    RULES_MIN_ITEMS,  /* n */
    RULES_ITEMS,      /* schema */
    RULES_TUPLE,      /* n, schema of the items after these, n schemas */
    RULES_CONTAINS,   /* schema */
    RULES_ALL_OF,     /* n, n schemas */
    RULES_ANY_OF,     /* the same */
    RULES_ONE_OF,     /* the same */
    RULES_KIND,       /* n, n texts: what `type` must include; no rule of the schema: its standard's */
};

enum rules_type {
    RULES_NULL = 1,
    RULES_BOOLEAN = 2,
    RULES_NUMBER = 4,
    RULES_INTEGER = 8,
    RULES_STRING = 16,
    RULES_ARRAY = 32,
    RULES_OBJECT = 64,
};

enum rules_pattern {
    RULES_LANGUAGE,     /* "en" or "en-GB" */
    RULES_JWS,          /* a compact JWS */
    RULES_EXTENSION,    /* "ext:…" somewhere */
    RULES_LANGUAGE_TAG, /* "zh-Hans-CN" */
    RULES_OB_CONTEXT,   /* the URLs of the context of Open Badges 3.0 */
    RULES_CLR_CONTEXT,  /* of CLR 2.0 */
};

enum rules_format { RULES_DATE_TIME, RULES_DATE };

enum rules_root { RULES_ACHIEVEMENT_CREDENTIAL, RULES_ENDORSEMENT_CREDENTIAL, RULES_CLR_CREDENTIAL, RULES_N_ROOTS };

#define RULES_NO_SCHEMA 0xffff /* anything is allowed */

extern const uint16_t rules_roots[RULES_N_ROOTS];
extern const char *const rules_text[];
extern const uint16_t rules_code[];

/* Whether a text is written as the pattern requires. */
bool rules_matches(enum rules_pattern pattern, struct badge_text text);

/*
 * Checks a credential.
 * is_v1    of VC Data Model 1.1: its context counts as that of 2.0, and its issuanceDate as validFrom
 */
void rules_check(struct findings *findings, enum rules_root root, const struct badge_json_value *credential,
                 bool is_v1);

#endif
