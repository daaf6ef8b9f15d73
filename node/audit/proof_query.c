/*
 * Answers the requests of an inquiry. verify.c starts one for each document, before it asks the chain.
 *
 * A turn on the pool computes until the inquiry wants documents that have to be fetched, or is over; signatures and
 * documents given by hand are answered within the turn. The loop fetches what a turn has left open, all at once, and
 * queues the next turn when all of it has come. The invariants: the inquiry is touched only within a turn; every fetch
 * is answered once.
 */
#include "audit/proof_query.h"

#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "core/format.h"

#define MAX_FETCHING_NS (15 * (uint64_t)1000000000) /* after which no further document is fetched */

struct proof_run;

/* A request of the inquiry that is not answered yet. */
struct proof_fetch {
    struct issuer_waiter waiter;
    struct proof_run *run;
    unsigned number;
    char url[BADGE_PROOF_URL_LEN];
    char *bytes; /* NULL: why */
    size_t len;
    char media_type[128]; /* "": none */
    bool has_disposition;
    char why[160];
};

struct proof_run {
    struct processor_turn turn;
    struct proof_query query;
    struct badge_proof_inquiry *inquiry;
    struct badge_proof_view view;
    bool is_over;
    uint64_t fetching_since_ns; /* 0: nothing was fetched yet */
    size_t n_fetches, n_open;
    struct proof_fetch fetch[BADGE_PROOF_MAX_FETCHES];
};

/* -- on the pool --------------------------------------------------------------------------------------------------- */

static void verify_now(struct proof_run *run, const struct badge_proof_request *request)
{
    struct badge_err err = {.status = BADGE_OK};
    bool holds;
    if (badge_signature_verify(&holds, request->algorithm, request->key, request->message, request->signature, &err) ==
        BADGE_OK)
        badge_proof_take_signature(run->inquiry, request->number, holds);
    else
        badge_proof_fail_signature(run->inquiry, request->number, err.text);
}

static bool is_known_host(const struct issuer_fetch_policy *policy, const char *url)
{
    char host[ISSUER_HOST_LEN];
    bool is_known = false;
    if (issuer_host_of_url(host, url))
        for (size_t i = 0; i < policy->n_hosts; i++)
            is_known = is_known || strcmp(policy->host[i], host) == 0;
    return is_known;
}

const char *issuer_fetch_refusal(const struct issuer_fetch_policy *policy, const char *url)
{
    if (policy->mode == ISSUER_FETCH_OFF)
        return "nothing is fetched from issuers here";
    if (policy->mode == ISSUER_FETCH_KNOWN && !is_known_host(policy, url))
        return "only the hosts of issuers that were named here are asked";
    return NULL;
}

/* NULL, or why it is not fetched: one clause. */
static const char *fetch_refusal(const struct proof_run *run, const char *url)
{
    const char *why = issuer_fetch_refusal(run->query.fetch, url);
    if (why)
        return why;
    if (run->fetching_since_ns && uv_hrtime() - run->fetching_since_ns > MAX_FETCHING_NS)
        return "the documents before it took too long; try again in a minute";
    return run->n_fetches == BADGE_PROOF_MAX_FETCHES ? "too many documents are wanted" : NULL;
}

static void fetch_or_answer(struct proof_run *run, const struct badge_proof_request *request)
{
    const struct given_document *given = given_find(processors_given(run->query.processors), request->id);
    const char *why;
    if (given) {
        const struct badge_proof_document document = {.bytes = given->bytes, .len = given->len, .is_given = true};
        badge_proof_take_document(run->inquiry, request->number, &document);
    } else if ((why = fetch_refusal(run, request->url))) {
        badge_proof_fail_document(run->inquiry, request->number, why);
    } else {
        struct proof_fetch *fetch = &run->fetch[run->n_fetches++];
        *fetch = (struct proof_fetch){.run = run, .number = request->number};
        memcpy(fetch->url, request->url, sizeof fetch->url);
    }
}

/* Passes on what was fetched since the last turn. */
static void take_fetched(struct proof_run *run)
{
    for (size_t i = 0; i < run->n_fetches; i++) {
        struct proof_fetch *fetch = &run->fetch[i];
        const struct badge_proof_document document = {.bytes = fetch->bytes,
                                                      .len = fetch->len,
                                                      .media_type = fetch->media_type[0] ? fetch->media_type : NULL,
                                                      .has_disposition = fetch->has_disposition};
        if (fetch->bytes)
            badge_proof_take_document(run->inquiry, fetch->number, &document);
        else
            badge_proof_fail_document(run->inquiry, fetch->number, fetch->why);
        free(fetch->bytes);
    }
    run->n_fetches = 0;
}

static bool open_inquiry(struct proof_run *run, struct badge_jsonld *jsonld)
{
    const struct badge_proof_params params = {.digester = run->query.digester,
                                              .processor = jsonld,
                                              .now_s = run->query.now_s,
                                              .max_memory = run->query.max_memory};
    return jsonld && badge_proof_new(&run->inquiry, &params, NULL) == BADGE_OK;
}

static void run_turn(struct processor_turn *turn, struct badge_jsonld *jsonld)
{
    struct proof_run *run = container_of(turn, struct proof_run, turn);
    struct badge_proof_request request;
    bool is_open = run->inquiry || open_inquiry(run, jsonld);
    if (is_open) {
        take_fetched(run);
        while (badge_proof_next(run->inquiry, &request)) {
            if (request.want == BADGE_PROOF_VERIFY)
                verify_now(run, &request);
            else
                fetch_or_answer(run, &request);
        }
    }
    run->is_over = run->n_fetches == 0;
    if (!run->is_over)
        return;
    if (is_open)
        badge_proof_conclude(&run->view, run->inquiry);
    badge_proof_free(run->inquiry);
    run->inquiry = NULL;
    if (run->query.read_work)
        run->query.read_work(run->query.context);
}

/* -- on the loop --------------------------------------------------------------------------------------------------- */

static void fetch_keep(struct proof_fetch *fetch, const struct issuer_document *document)
{
    fetch->bytes = document->bytes ? malloc(document->len + 1) : NULL;
    if (!fetch->bytes) {
        (void)core_format(fetch->why, sizeof fetch->why, "%s", document->bytes ? "out of memory" : document->why);
        return;
    }
    memcpy(fetch->bytes, document->bytes, document->len);
    fetch->len = document->len;
    fetch->has_disposition = document->has_disposition;
    (void)core_format(fetch->media_type, sizeof fetch->media_type, "%s",
                      document->media_type ? document->media_type : "");
}

static void next_turn(struct proof_run *run)
{
    if (--run->n_open > 0)
        return;
    if (run->query.waits)
        run->query.waits(run->query.context, false);
    processors_queue(run->query.processors, &run->turn);
}

static void on_document(void *context, const struct issuer_document *document)
{
    struct proof_fetch *fetch = context;
    fetch_keep(fetch, document);
    next_turn(fetch->run);
}

static void start_fetches(struct proof_run *run)
{
    if (run->fetching_since_ns == 0)
        run->fetching_since_ns = uv_hrtime();
    run->n_open = run->n_fetches + 1; /* the one more: all are asked for before the next turn */
    if (run->query.waits)
        run->query.waits(run->query.context, true);
    for (size_t i = 0; i < run->n_fetches; i++) {
        struct proof_fetch *fetch = &run->fetch[i];
        fetch->waiter = (struct issuer_waiter){.callback = on_document, .context = fetch};
        const struct issuer_document *known = issuer_documents_ask(run->query.documents, fetch->url, run->query.client,
                                                                   &fetch->waiter);
        if (known)
            on_document(fetch, known);
    }
    next_turn(run);
}

static void on_turn_done(struct processor_turn *turn)
{
    struct proof_run *run = container_of(turn, struct proof_run, turn);
    if (!run->is_over) {
        start_fetches(run);
        return;
    }
    run->query.callback(run->query.context, &run->view);
    processors_release(run->query.processors);
    free(run);
}

enum badge_status proof_query_start(const struct proof_query *query, struct badge_err *err)
{
    struct proof_run *run = calloc(1, sizeof *run);
    if (!run)
        return badge_no_memory(err);
    run->query = *query;
    run->turn.run = run_turn;
    run->turn.done = on_turn_done;
    processors_hold(query->processors);
    processors_queue(query->processors, &run->turn);
    return BADGE_OK;
}
