/*
 * Verifies the credentials inside of a document (badge/inside.h), one after another, each like a file of its own
 * without a receipt, and what is inside of them. Called by verify.c. Only on the loop.
 */
#ifndef AUDIT_INSIDE_QUERY_H
#define AUDIT_INSIDE_QUERY_H

#include "audit/verify.h"
#include "badge/inside.h"

/* What all levels of one verification share. */
struct inside_scope {
    size_t left;       /* how many more may be listed */
    uint64_t until_ns; /* by uv_hrtime(), after which none is begun; 0: none was yet */
};

/* One that was found, in the order of the document, those inside of it behind it. */
struct inside_result {
    enum badge_inside_kind kind;
    unsigned level; /* 1: directly inside of the document */
    char *pointer;  /* JSON pointer from the outermost credential on */
    char *issuer;   /* its id; NULL: none, or not read */
    char *name;     /* in the first language that it has, cut as a summary cuts it; NULL: none, or not read */
    bool has_digest;
    struct badge_hash digest;
    bool is_judged; /* false: there was no time or memory for it */
    struct badge_report report;
};

struct inside_results {
    size_t n;
    struct inside_result *result;
    struct badge_inside_counts counts;
};
void inside_results_free(struct inside_results *results);

struct inside_query {
    const struct verify_request *request; /* of the outer document, from which all but the document is taken */
    const struct badge_inside *inside;    /* of the outer document; borrowed until the callback */
    void (*callback)(void *context, struct inside_results *results); /* once; the results are the caller's */
    void *context;
};
/* On success the callback runs exactly once, perhaps before this returns. errors    BADGE_ENOMEM */
enum badge_status inside_query_start(const struct inside_query *query, struct badge_err *err) BADGE_CHECKED;

/* Sets `inside` and `insideCounts` of a report. results NULL: nothing is inside. False: out of memory. */
bool inside_results_encode(json_t *report, const struct inside_results *results,
                           const struct badge_inside_counts *counts);

#endif
