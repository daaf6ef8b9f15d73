/*
 * Verifies one credential: inquires after the issuer's own signature, queries every provider, takes only what all agree
 * on as evidence, fetches the issuer's DID document if it can decide, asks the status lists if their word counts,
 * verifies what is inside, and lets core judge. Called by `badge verify` and by the daemon for POST /v1/verify.
 *
 * Core decides what to request and what the answers mean (badge/proof.h, badge/chain_query.h, badge/evidence.h,
 * badge/status_list.h); this file makes the requests in order.
 */
#include "audit/verify.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "audit/inside_query.h"
#include "audit/provider_query.h"
#include "audit/status_query.h"
#include "badge/conformance.h"

#define MAX_ARENA ((size_t)16 << 20) /* of a document's findings, and of the credentials inside */

struct verify_run;
struct verify_answer {
    struct verify_run *run;
    struct badge_chain_view view;
};

struct verify_run {
    uv_timer_t nothing_to_ask; /* defers the callback to the next turn of the loop */
    struct verify_request request;
    struct badge_chain_query_params params;
    struct issuer_waiter document;
    struct badge_arena arena;            /* of the next three, which are read on the pool while the document is there */
    struct badge_status_inquiry *status; /* NULL: there is no document, or no memory */
    struct badge_inside inside;
    const char *conformance;
    struct inside_scope scope; /* of the outermost document, which is at this place */
    struct inside_place outermost;
    size_t n_open, n_answers;
    struct verify_answer answer[];
};

static void verify_on_closed(uv_handle_t *handle)
{
    struct verify_run *run = handle->data;
    badge_status_free(run->status);
    inside_scope_release(&run->scope);
    badge_arena_release(&run->arena);
    free(run);
}

static const struct inside_place *place_of(const struct verify_run *run)
{
    return run->request.place ? run->request.place : &run->outermost;
}

static bool verify_goes_deeper(const struct verify_run *run)
{
    return run->inside.n > 0 && place_of(run)->level < BADGE_INSIDE_LEVELS;
}

/* What is inside is as much work as documents of their own, so with it the chain is done only at the end. */
static void verify_chain_done(struct verify_run *run)
{
    if (run->request.chain_queried)
        run->request.chain_queried(run->request.context);
}

static void verify_judge(struct verify_run *run)
{
    const struct verify_request *request = &run->request;
    struct badge_report report;
    if (verify_goes_deeper(run))
        verify_chain_done(run);
    badge_judge(&report, request->evidence);
    const struct verify_result result = {
        .report = &report, .conformance = run->conformance, .inside = request->place ? NULL : &run->scope};
    request->callback(request->context, &result);
    processors_release(request->processors);
    uv_close((uv_handle_t *)&run->nothing_to_ask, verify_on_closed);
}

static void verify_on_inside(void *context, const struct badge_inside_counts *counts)
{
    struct verify_run *run = context;
    run->request.evidence->inside = *counts;
    verify_judge(run);
}

static void verify_look_inside(struct verify_run *run)
{
    struct badge_inside_counts *counts = &run->request.evidence->inside;
    const struct inside_query query = {.request = &run->request,
                                       .place = place_of(run),
                                       .inside = &run->inside,
                                       .callback = verify_on_inside,
                                       .context = run};
    if (verify_goes_deeper(run) && inside_query_start(&query, NULL) == BADGE_OK)
        return;
    for (size_t i = 0; i < run->inside.n; i++)
        badge_inside_count(counts, NULL);
    counts->has_more = run->inside.has_more;
    verify_judge(run);
}

static void verify_on_status(void *context, const struct badge_status_view *view)
{
    struct verify_run *run = context;
    run->request.evidence->status = *view;
    verify_look_inside(run);
}

/* The status lists, if their word counts: all else is known. */
static void verify_ask_status(struct verify_run *run)
{
    const struct verify_request *request = &run->request;
    const struct status_query query = {.lists = request->lists,
                                       .client = request->client,
                                       .inquiry = run->status,
                                       .issuer = request->evidence->claims.issuer,
                                       .policy = request->policy,
                                       .now_s = request->evidence->now_s,
                                       .callback = verify_on_status,
                                       .context = run};
    struct badge_err err = {.status = BADGE_OK};
    struct badge_report report;
    badge_judge(&report, request->evidence);
    if (!run->status || !badge_status_is_wanted(run->status, &report) || status_query_start(&query, &err) != BADGE_OK)
        verify_look_inside(run);
}

static void verify_on_document(void *context, const struct issuer_document *document)
{
    struct verify_run *run = context;
    struct badge_evidence *evidence = run->request.evidence;
    if (document->bytes)
        badge_evidence_take_document(evidence, document->bytes, document->len);
    else
        badge_evidence_fail_document(evidence, document->why);
    verify_ask_status(run);
}

/* The issuer's DID document, where it decides which account is the issuer's: of a credential that is recorded. */
static void verify_bind(struct verify_run *run)
{
    const struct verify_request *request = &run->request;
    struct badge_evidence *evidence = request->evidence;
    char url[BADGE_DID_URL_LEN];
    const struct issuer_document *known = NULL;
    const struct given_document *given = given_find(processors_given(request->processors), evidence->claims.issuer);
    if (!badge_evidence_document_url(url, evidence)) {
        verify_ask_status(run);
    } else if (given) {
        badge_evidence_take_document(evidence, given->bytes, given->len);
        verify_ask_status(run);
    } else if (request->fetch->mode == ISSUER_FETCH_OFF) {
        badge_evidence_fail_document(evidence, "nothing is fetched from issuers here");
        verify_ask_status(run);
    } else {
        run->document = (struct issuer_waiter){.callback = verify_on_document, .context = run};
        known = issuer_documents_ask(request->documents, url, NULL, &run->document);
    }
    if (known)
        verify_on_document(run, known);
}

/* All providers have answered. */
static void verify_conclude(struct verify_run *run)
{
    const struct verify_request *request = &run->request;
    struct badge_chain_view *all = &run->answer[0].view;
    if (!verify_goes_deeper(run))
        verify_chain_done(run);
    for (size_t i = 1; i < run->n_answers; i++)
        badge_chain_view_merge(all, &run->answer[i].view, run->params.n_accreditors, rpc_name(request->rpc[i]));
    badge_evidence_take(request->evidence, request->policy, all);
    verify_bind(run);
}

static void verify_on_nothing_to_ask(uv_timer_t *timer)
{
    verify_conclude(timer->data);
}

static void verify_on_view(void *context, const struct badge_chain_view *view)
{
    struct verify_answer *answer = context;
    answer->view = *view;
    if (--answer->run->n_open == 0)
        verify_conclude(answer->run);
}

static void verify_query_chain(struct verify_run *run)
{
    const struct verify_request *request = &run->request;
    const char *nothing_to_ask = badge_evidence_query(&run->params, request->evidence, request->policy,
                                                      request->n_rpcs);
    run->n_answers = nothing_to_ask ? 1 : request->n_rpcs;
    if (nothing_to_ask)
        badge_chain_view_unknown(&run->answer[0].view, nothing_to_ask);
    for (size_t i = 0; !nothing_to_ask && i < run->n_answers; i++) {
        struct verify_answer *answer = &run->answer[i];
        struct badge_err cause = {.status = BADGE_OK};
        answer->run = run;
        if (provider_query_start(request->rpc[i], &run->params, verify_on_view, answer, &cause) != BADGE_OK)
            badge_chain_view_unknown(&answer->view, cause.text);
        else
            run->n_open++;
    }
    if (run->n_open == 0)
        uv_timer_start(&run->nothing_to_ask, verify_on_nothing_to_ask, 0, 0);
}

static void verify_on_proof(void *context, const struct badge_proof_view *view)
{
    struct verify_run *run = context;
    run->request.evidence->proof = *view;
    verify_query_chain(run);
}

/* On the pool, as long as the document is there. What there is no memory for is missing. */
static void verify_read_work(void *context)
{
    struct verify_run *run = context;
    const struct verify_request *request = &run->request;
    if (badge_status_new(&run->status, request->digester, NULL) != BADGE_OK)
        run->status = NULL;
    if (badge_inside_read(&run->inside, &run->arena, request->digester, place_of(run)->scope->left, NULL) != BADGE_OK)
        run->inside = (struct badge_inside){.n = 0};
    if (!request->place)
        run->conformance = badge_conformance_text(&run->arena, badge_digester_reading(request->digester));
    if (request->read_work)
        request->read_work(request->context);
}

static void verify_waits(void *context, bool begins)
{
    const struct verify_request *request = &((struct verify_run *)context)->request;
    if (request->waits)
        request->waits(request->context, begins);
}

enum badge_status verify_start(const struct verify_request *request, struct badge_err *err)
{
    size_t n_answers = request->n_rpcs ? request->n_rpcs : 1;
    struct verify_run *run = calloc(1, sizeof *run + n_answers * sizeof(struct verify_answer));
    if (!run)
        return badge_no_memory(err);
    run->request = *request;
    badge_arena_init(&run->arena, MAX_ARENA);
    run->scope.left = BADGE_INSIDE_MAX;
    run->outermost = (struct inside_place){.level = 0, .pointer = "", .scope = &run->scope};
    request->evidence->now_s = (int64_t)time(NULL);
    const struct proof_query proof = {
        .processors = request->processors,
        .documents = request->documents,
        .fetch = request->fetch,
        .client = request->client,
        .digester = request->digester,
        .now_s = request->evidence->now_s,
        .max_memory = request->max_memory,
        .read_work = verify_read_work,
        .waits = verify_waits,
        .callback = verify_on_proof,
        .context = run,
    };
    enum badge_status status = request->digester ? proof_query_start(&proof, err) : BADGE_OK;
    if (status != BADGE_OK) {
        free(run);
        return status;
    }
    processors_hold(request->processors);
    uv_timer_init(request->loop, &run->nothing_to_ask); /* cannot fail: uv_timer_init only links a handle */
    run->nothing_to_ask.data = run;
    if (!request->digester)
        verify_query_chain(run);
    return BADGE_OK;
}

/* What a report has beside that of core and `conformance`, into the object. False: out of memory. */
static bool add_to_report(json_t *json, const struct verify_result *result, const struct verify_request *request)
{
    json_t *providers = json_array();
    for (size_t i = 0; i < request->n_rpcs; i++)
        json_array_append_new(providers, json_string(rpc_name(request->rpc[i])));
    return json_object_set_new(json, "providers", providers) == 0 &&
           inside_json(json, result->inside, &request->evidence->inside);
}

json_t *verify_report_json(const struct verify_result *result, const struct verify_request *request)
{
    char text[BADGE_REPORT_MAX_LEN];
    json_t *json = json_loadb(text, badge_report_encode(text, result->report, request->evidence),
                              JSON_REJECT_DUPLICATES, NULL);
    json_t *conformance = result->conformance ? json_loads(result->conformance, JSON_ALLOW_NUL, NULL) : json_null();
    if (json_object_set_new(json, "conformance", conformance) == 0 && add_to_report(json, result, request))
        return json;
    json_decref(json);
    return NULL;
}

/* On one line: the receipt in it is written on several. A string has no line break, but as an escape. */
static size_t join_lines(char *json, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (json[i] != '\n')
            json[n++] = json[i];
        else
            while (i + 1 < len && json[i + 1] == ' ')
                i++;
    }
    return n;
}

bool verify_report_write(FILE *out, json_t *more, const struct verify_result *result,
                         const struct verify_request *request)
{
    char text[BADGE_REPORT_MAX_LEN];
    char *rest = add_to_report(more, result, request) ? json_dumps(more, JSON_COMPACT) : NULL;
    json_decref(more);
    if (!rest)
        return false;
    size_t len = join_lines(text, badge_report_encode(text, result->report, request->evidence));
    fprintf(out, "%.*s,\"conformance\":%s,%s\n", (int)len - 1, text, result->conformance ? result->conformance : "null",
            rest + 1); /* without the braces between them */
    free(rest);
    return true;
}
