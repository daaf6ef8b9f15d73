/*
 * The routes of the interface: one table for dispatch, permissions, `Allow`, CORS, metrics and the check of
 * openapi.json. {digest} takes 64 hexadecimal digits, {number} a decimal number.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/exchange.h"

struct route {
    const char *name; /* "GET /v1/batches/{number}", for metrics and logs */
    const char *method, *path;
    unsigned scope;    /* of enum token_scope; 0: public */
    bool is_open;      /* answers carry CORS headers */
    bool knows_tokens; /* public, but a token that comes along must be good, and is told more */
    bool takes_any;    /* also a {digest} that is none, where a browser asks: x->has_no_digest */
    void (*open)(struct exchange *x);
    void (*data)(struct exchange *x, const char *bytes, size_t len); /* NULL: takes no body */
    void (*run)(struct exchange *x);
    void (*end)(struct exchange *x);
};

extern const struct route routes[];
extern const size_t n_routes;

enum route_match { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD, ROUTE_BAD_DIGEST, ROUTE_BAD_NUMBER };
/* HEAD finds GET. digest and number are set where the path has them. */
enum route_match route_find(const struct route **out, const char *method, const char *path, struct badge_hash *digest,
                            uint32_t *number);
/* "GET, HEAD, OPTIONS" for a path that some route has; only routes with CORS if only_open. Empty for none. */
void route_methods(char out[64], const char *path, bool only_open);

/* The handlers, by file. */
void submit_open(struct exchange *x); /* credentials.c */
void submit_data(struct exchange *x, const char *bytes, size_t len);
void submit_run(struct exchange *x);
void submit_end(struct exchange *x);
void digests_open(struct exchange *x); /* digests.c */
void digests_data(struct exchange *x, const char *bytes, size_t len);
void digests_run(struct exchange *x);
void digests_end(struct exchange *x);
void record_run(struct exchange *x); /* records.c */
void receipt_run(struct exchange *x);
void find_end(struct exchange *x);
void revocation_run(struct exchange *x); /* revocation.c */
void revocation_end(struct exchange *x);
void revocation_show_run(struct exchange *x);
void revocation_undo_run(struct exchange *x);
void revocations_open(struct exchange *x);
void revocations_data(struct exchange *x, const char *bytes, size_t len);
void revocations_run(struct exchange *x);
void verify_open(struct exchange *x); /* verify.c */
void verify_data(struct exchange *x, const char *bytes, size_t len);
void verify_run(struct exchange *x);
void verify_end(struct exchange *x);
void batches_run(struct exchange *x); /* batches.c */
void batch_run(struct exchange *x);
void seal_run(struct exchange *x);
void seal_end(struct exchange *x);
void leaves_run(struct exchange *x); /* leaves.c */
void leaves_end(struct exchange *x);
void events_run(struct exchange *x); /* listeners.c */
void events_end(struct exchange *x);
void node_run(struct exchange *x); /* node.c */
void health_run(struct exchange *x);
void ready_run(struct exchange *x);
void metrics_run(struct exchange *x);
void openapi_run(struct exchange *x);
void home_run(struct exchange *x); /* pages.c */
void operator_run(struct exchange *x);
void about_run(struct exchange *x);
void page_end(struct exchange *x);
void qr_run(struct exchange *x);
void preview_run(struct exchange *x);
void oembed_run(struct exchange *x); /* oembed.c */
void oembed_end(struct exchange *x);

#endif
