/*
 * Verifies the credentials inside of a document (badge/inside.h), one after another, each like a file of its own
 * without a receipt, and what is inside of them. Called by verify.c. Only on the loop.
 */
#ifndef AUDIT_INSIDE_QUERY_H
#define AUDIT_INSIDE_QUERY_H

#include <jansson.h>

#include "badge/inside.h"

struct verify_request;

struct inside_result {
    enum badge_inside_kind kind;
    unsigned level; /* 1: directly inside of the document */
    char *pointer;  /* JSON pointer from the outermost credential on */
    char *issuer;   /* its id; NULL: none, or not read */
    char *name;     /* NULL: none, or not read */
    bool has_digest;
    struct badge_hash digest;
    bool is_judged; /* false: there was no time or memory for it; then nothing below is known */
    enum badge_verdict verdict;
    const char *decided_by; /* the name of the check; NULL: none */
    char *sentence;
};

/* What all levels of one verification share. All zero at first, but for left. */
struct inside_scope {
    size_t left;       /* items that may still be looked at; BADGE_INSIDE_MAX at first */
    uint64_t until_ns; /* by uv_hrtime(): no item is begun later; 0: none was begun yet */
    size_t n;          /* those inside of one stand behind it */
    struct inside_result *result;
};
void inside_scope_release(struct inside_scope *scope);

/* Where a document is. */
struct inside_place {
    unsigned level;      /* 0: it is the outermost */
    const char *pointer; /* from the outermost credential on; "" for that */
    struct inside_scope *scope;
};

struct inside_query {
    const struct verify_request *request; /* of the document, from which all but the document is taken */
    const struct inside_place *place;     /* of the document; both are borrowed until the callback, and the next */
    const struct badge_inside *inside;    /* what is directly inside of it */
    /* Once: what was found, of all levels; each of it was added to the scope. */
    void (*callback)(void *context, const struct badge_inside_counts *counts);
    void *context;
};
/* On success the callback runs exactly once, later. errors    BADGE_ENOMEM */
enum badge_status inside_query_start(const struct inside_query *query, struct badge_err *err) BADGE_CHECKED;

/* The members `inside` and `insideCounts` of a report. scope NULL: nothing is inside. False: out of memory. */
bool inside_json(json_t *report, const struct inside_scope *scope, const struct badge_inside_counts *counts);

#endif
