/*
 * The HTTP API of the node, everything below /v1 and what monitors poll, as a module of the server. openapi.json in
 * this folder describes it; the node serves that file too.
 */
#ifndef API_API_H
#define API_API_H

#include "anchor/anchor.h"
#include "api/events.h"
#include "api/verify_job.h"
#include "batch/batch.h"
#include "follow/follow.h"
#include "http/route.h"
#include "intake/intake.h"

struct api_options {
    struct store *store;
    struct intake *intake;
    struct batch *batch;
    struct anchor *anchor; /* may be NULL: a node without a chain is never ready */
    struct follow *follow; /* may be NULL */
    struct events *events; /* what GET /v1/events sends */

    size_t max_json;        /* of one document */
    const char *public_url; /* may be NULL: links are then relative */
    const char *store_path; /* where long bulk answers are spooled, in unnamed files */
    uint64_t chain_id;
    struct badge_address contract, issuer;
    bool any_issuer;                                             /* intake accepts every issuer */
    bool requires_readable, requires_bound, requires_conformant; /* intake.require */

    /* Called on an HTTP thread; posts the job to the main loop with mailbox_post(main, &job->to_main). NULL: none. */
    void (*verify)(void *context, struct verify_job *job);
    void *verify_context;
};

/* For http_new(). The options are borrowed until the server has stopped. */
struct http_module api_module(const struct api_options *options);

#endif
