/*
 * One POST /v1/verify on its way from an HTTP thread to the main loop, where the chain is asked, and back.
 */
#ifndef API_VERIFY_JOB_H
#define API_VERIFY_JOB_H

#include <jansson.h>

#include "badge/digest.h"
#include "runtime/mailbox.h"

/*
 * One POST /v1/verify, handed to the main loop, where the chain is asked. The job is the HTTP thread's: whoever
 * verifies fills `report` and posts `done` to `home`, exactly once, and then lets go of it.
 */
struct verify_job {
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
    struct message to_main; /* for the verifier's use */
    uint64_t taken_ms;      /* the same; of uv_hrtime() */
    void *context;          /* api_options.verify_context */
    struct mailbox *reply_to;
    struct message done;
};

#endif
