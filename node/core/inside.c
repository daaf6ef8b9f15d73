/*
 * The credentials inside of a document: where they stand, and what was found of them.
 */
#include "badge/inside.h"

enum badge_status badge_inside_read(struct badge_inside *out, struct badge_arena *arena,
                                    const struct badge_digester *digester, size_t most, struct badge_err *err)
{
    (void)arena;
    (void)digester;
    (void)most;
    (void)err;
    *out = (struct badge_inside){.n = 0};
    return BADGE_OK;
}

const char *badge_inside_kind_name(enum badge_inside_kind kind)
{
    return kind == BADGE_INSIDE_ENDORSEMENT ? "endorsement" : "credential";
}

void badge_inside_count(struct badge_inside_counts *counts, const struct badge_report *report)
{
    counts->n++;
    if (!report) {
        counts->n_open++;
        return;
    }
    switch (report->verdict) {
    case BADGE_VALID:
    case BADGE_SIGNED:
    case BADGE_RECORDED:
    case BADGE_ANCHORED:
        counts->n_hold++;
        return;
    case BADGE_INVALID:
    case BADGE_REVOKED:
    case BADGE_SUSPENDED:
    case BADGE_WITHDRAWN:
    case BADGE_EXPIRED:
    case BADGE_NOT_YET_VALID:
        counts->n_fail++;
        return;
    case BADGE_UNKNOWN_ISSUER:
    case BADGE_PENDING:
    case BADGE_UNVERIFIABLE:
        counts->n_open++;
        return;
    }
}
