/*
 * The parts of a judgement: the table of rules, the checks that choose its rows, and the sentence of the verdict.
 */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include "badge/verdict.h"

/* A row of the table. */
struct verdict_rule {
    enum badge_check check;
    enum badge_outcome outcome;
    const char *code;
    enum badge_verdict verdict; /* if this row decides; BADGE_VALID: it never does */
    const char *sentence;       /* followed by a clause of detail and the full stop */
};

/* The row of a code, which there has to be. */
const struct verdict_rule *verdict_rule(enum badge_check check, const char *code);

enum verdict_record { VERDICT_RECORD_WHOLE, VERDICT_RECORD_FAILED, VERDICT_RECORD_OPEN };

struct judge {
    const struct badge_evidence *evidence;
    struct badge_report *report;
    const struct verdict_rule *chosen[BADGE_N_CHECKS];
    const char *receipt_gap;    /* the code for a receipt that is missing or can't be used; NULL for a good one */
    enum verdict_record record; /* its six checks: all passed; any failed; else open */
    bool account_revoked;       /* an account known to be the issuer's has revoked it */
    bool account_is_silent;     /* one of them was to be asked, and did not answer */
    bool has_signer;            /* the issuer check passed by its signature */
    bool breaks_promise;        /* the issuer records all it signs, and there is no final record of its own */
};

static inline bool judge_passed(const struct judge *judge, enum badge_check check)
{
    return judge->chosen[check]->outcome == BADGE_PASSED;
}

/* Writes the sentence of the report, whose verdict is decided. */
void verdict_write_sentence(struct judge *judge);

#endif
