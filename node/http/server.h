/*
 * The HTTP interface of the node.
 *
 * Every loop is a thread of its own: a uv_loop, a libmicrohttpd daemon on it and a mailbox. Submissions are read,
 * canonicalized and hashed on the thread that received them; what waits (for the disk, the pool or the main loop)
 * suspends its connection and comes back as a letter. Several loops share the port by SO_REUSEPORT.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <jansson.h>

#include "anchor/anchor.h"
#include "api/events.h"
#include "batch/batch.h"
#include "follow/follow.h"
#include "intake/intake.h"
#include "runtime/tokens.h"

struct http;

/*
 * One POST /v1/verify, handed to the main loop, where the chain is asked. The job is the HTTP thread's: whoever
 * verifies fills `report` and posts `done` to `home`, exactly once, and then lets go of it.
 */
struct http_verify_job {
    /* in, borrowed until done is posted */
    const char *bytes; /* the body, whole: a credential or a bundle; NULL where it was longer than is held */
    size_t len;
    struct badge_digest document;  /* digest and label of a body that was not held (always raw) */
    struct badge_err document_err; /* of an image: status != BADGE_OK: why it has no digest */
    const char *receipt;           /* what this node's store has for it, as JSON; NULL where there is none, or where
                                      the bundle brings receipts of its own */
    size_t receipt_len;
    /* out */
    json_t *report; /* of verify_report_json(), a reference for http; NULL: could not be verified, err says why */
    struct badge_err err;
    /* the way to the main loop and back */
    struct mail to_main; /* for the verifier's use */
    uint64_t taken_ms;   /* the same; of uv_hrtime() */
    void *context;       /* http_options.verify_context */
    struct mailbox *home;
    struct mail done;
};

struct http_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0", "0.0.0.0:80": numeric address and port */
    unsigned n_loops;
    size_t max_json, max_body;
    unsigned max_connections;      /* over all loops */
    const char *public_url;        /* may be NULL: links then follow the Host header */
    const char *name;              /* the institution's, for pages; may be NULL */
    const char *const *public_rpc; /* providers of the chain that pages suggest */
    size_t n_public_rpcs;
    const char *const *issuer_id; /* that intake takes credentials of; none: any */
    size_t n_issuers;
    const char *const *trusted_proxy; /* addresses or networks ("10.0.0.0/8") whose X-Forwarded-For counts */
    size_t n_trusted_proxies;
    unsigned max_connections_per_client;      /* 0: no bound of its own */
    uint64_t rate_per_client, rate_per_token; /* requests per second, 0: no bound */

    struct store *store;
    struct intake *intake;
    struct batch *batch;
    struct anchor *anchor; /* may be NULL: a node without a chain is never ready */
    struct follow *follow; /* may be NULL */
    struct tokens *tokens;
    struct events *events; /* what GET /v1/events tells; NULL: none */

    const char *store_path; /* where long bulk answers are spooled, in files without a name */
    uint64_t chain_id;
    struct badge_address contract, issuer;
    bool any_issuer; /* intake takes credentials of every issuer, so their claims need no reading */

    /* Called on an HTTP thread; hands the job to the main loop with mailbox_post(main, &job->to_main). NULL: none. */
    void (*verify)(void *context, struct http_verify_job *job);
    void *verify_context;

    /* 0: the default of the manual. For tests. */
    uint64_t request_timeout_ms;    /* silence within a request: 30 s */
    uint64_t keep_alive_timeout_ms; /* silence between two: 60 s */
    uint64_t drain_timeout_ms;      /* for what is under way when the node stops: 10 s */
};

/*
 * Binds, then starts the threads. Strings and lists are borrowed for the life of the server.
 * errors    BADGE_EIO (the address can't be had), BADGE_ESYNTAX (listen, trusted_proxy), BADGE_ENOMEM
 */
enum badge_status http_new(struct http **out, const struct http_options *options, struct badge_err *err)
    __attribute__((warn_unused_result));

unsigned http_port(const struct http *http);       /* the real one where 0 was asked */
const char *http_address(const struct http *http); /* "127.0.0.1:41234", for the log and for people */

/*
 * Stops accepting, finishes what is under way, cuts what outlasts the drain time-out. Returns at once: `stopped` is
 * posted to `home` when every loop has ended. Until then the other parts (main loop, intake, batch) must keep working.
 */
void http_stop(struct http *http, struct mailbox *home, struct mail *stopped);
/* After `stopped` was posted: joins the threads. */
void http_free(struct http *http);

#endif
