/*
 * Verification of one credential: has every provider probed, lets only what all of them agree on into the evidence, has
 * the issuer's DID document fetched where its word would count, and has core judge. Called by `badge verify` and by the
 * daemon for POST /v1/verify.
 *
 * What to ask, how to read it and what it means is core's (badge/query.h, badge/evidence.h); here is the order in
 * time.
 */
#include "audit/verify.h"

#include <stdlib.h>
#include <time.h>

#include "audit/provider_query.h"

struct verification;
struct witness {
    struct verification *verification;
    struct badge_chain_view view;
};

struct verification {
    uv_timer_t nothing_to_ask; /* puts the end off to the loop's next turn */
    struct verify_request request;
    struct badge_chain_query_params question;
    struct did_waiter document;
    size_t n_open, n_witnesses;
    struct witness witness[];
};

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void judge(struct verification *verification)
{
    const struct verify_request *request = &verification->request;
    struct badge_report report;
    badge_judge(&report, request->evidence);
    request->callback(request->context, &report);
    uv_close((uv_handle_t *)&verification->nothing_to_ask, on_closed);
}

static void on_document(void *context, const struct did_document *document)
{
    struct verification *verification = context;
    struct badge_evidence *evidence = verification->request.evidence;
    if (document->bytes)
        badge_evidence_take_document(evidence, document->bytes, document->len);
    else
        badge_evidence_fail_document(evidence, document->why);
    judge(verification);
}

/* All providers have answered. */
static void conclude(struct verification *verification)
{
    const struct verify_request *request = &verification->request;
    struct badge_chain_view *all = &verification->witness[0].view;
    char url[BADGE_DID_URL_LEN];
    if (request->asked)
        request->asked(request->context);
    for (size_t i = 1; i < verification->n_witnesses; i++)
        badge_chain_view_merge(all, &verification->witness[i].view, verification->question.n_accreditors,
                               rpc_name(request->rpc[i]));
    badge_evidence_take(request->evidence, request->policy, all);
    if (!badge_evidence_document_url(url, request->evidence)) {
        judge(verification);
        return;
    }
    verification->document = (struct did_waiter){.callback = on_document, .context = verification};
    const struct did_document *known = did_documents_ask(request->documents, url, &verification->document);
    if (known)
        on_document(verification, known);
}

static void on_nothing_to_ask(uv_timer_t *timer)
{
    conclude(timer->data);
}

static void on_probed(void *context, const struct badge_chain_view *view)
{
    struct witness *witness = context;
    witness->view = *view;
    if (--witness->verification->n_open == 0)
        conclude(witness->verification);
}

enum badge_status verify_start(const struct verify_request *request, struct badge_err *err)
{
    size_t n_witnesses = request->n_rpcs ? request->n_rpcs : 1;
    struct verification *verification = calloc(1, sizeof *verification + n_witnesses * sizeof(struct witness));
    if (!verification)
        return badge_no_memory(err);
    verification->request = *request;
    uv_timer_init(request->loop, &verification->nothing_to_ask); /* cannot fail: uv_timer_init only links a handle */
    verification->nothing_to_ask.data = verification;

    request->evidence->now_s = (int64_t)time(NULL);
    const char *nothing_to_ask = badge_evidence_query(&verification->question, request->evidence, request->policy,
                                                      request->n_rpcs);
    verification->n_witnesses = nothing_to_ask ? 1 : n_witnesses;
    if (nothing_to_ask)
        badge_chain_view_unknown(&verification->witness[0].view, nothing_to_ask);
    for (size_t i = 0; !nothing_to_ask && i < n_witnesses; i++) {
        struct witness *witness = &verification->witness[i];
        struct badge_err cause = {.status = BADGE_OK};
        witness->verification = verification;
        if (provider_query_start(request->rpc[i], &verification->question, on_probed, witness, &cause))
            badge_chain_view_unknown(&witness->view, cause.text);
        else
            verification->n_open++;
    }
    if (verification->n_open == 0)
        uv_timer_start(&verification->nothing_to_ask, on_nothing_to_ask, 0, 0);
    return BADGE_OK;
}
