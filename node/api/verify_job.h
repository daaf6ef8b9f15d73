/*
 * One POST /v1/verify, passed from an HTTP thread to the main loop, which queries the chain, and back.
 */
#ifndef API_VERIFY_JOB_H
#define API_VERIFY_JOB_H

#include <jansson.h>
#include <sys/queue.h>

#include "badge/reading.h"
#include "runtime/mailbox.h"

/*
 * The HTTP thread owns the job: the verifier fills `report`, posts `done` to `reply_to`, exactly once, and does not use
 * the job afterwards.
 */
struct verify_job {
    /* in, borrowed until done is posted */
    const char *bytes; /* the body, whole: a credential or a bundle; NULL: longer than max_json */
    size_t len;
    size_t max_memory;             /* for reading bytes: badge_digester_limit_memory() */
    struct badge_digest document;  /* digest and label of a body that is not in bytes (always raw) */
    struct badge_claims claims;    /* of that body: at most that they are hidden */
    struct badge_err document_err; /* of an image: status != BADGE_OK: why it has no digest */
    const char *receipt;           /* from this node's store, as JSON; NULL: not found, or the bundle contains receipts
                                      of its own */
    size_t receipt_len;
    uint8_t client[16]; /* who asks: its address, or network, since one client may have all of that */
    /* out */
    json_t *report; /* of verify_report_json(), a reference for the API; NULL: could not be verified, err says why */
    struct badge_err err;
    /* the way to the main loop and back */
    struct message to_main; /* this and the next: for the verifier's use */
    STAILQ_ENTRY(verify_job) in_queue;
    uint64_t taken_ms; /* when verifier_take() queued it, in ms of uv_hrtime() */
    void *context;     /* api_options.verify_context */
    struct mailbox *reply_to;
    struct message done;
};

#endif
