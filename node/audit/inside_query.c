/*
 * Verifies the credentials inside of a document, one after another. Called by verify.c.
 *
 * Each is read on the pool by a digester of its own, verified through verify_start(), one level deeper, and only then
 * the next one is read: so much memory as one takes is enough, and one document costs a node no more at a time than
 * another.
 */
#include "audit/inside_query.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "badge/summary.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/grow.h"
#include "runtime/pool.h"

#define BUDGET_NS (20 * (uint64_t)1000000000) /* after which the rest is not judged */
#define MAX_MEMORY ((size_t)32 << 20)         /* of one that is read */

struct inside_run {
    struct pool_work read;
    struct inside_query query;
    struct verify_request request; /* of the item that is verified */
    size_t next;                   /* behind that item */
    struct badge_digester *digester;
    struct badge_evidence evidence;
    enum badge_status status; /* of reading it */
    char *issuer, *name;
    struct inside_results *results;
    size_t capacity;
};

static void result_release(struct inside_result *result)
{
    free(result->pointer);
    free(result->issuer);
    free(result->name);
}

void inside_results_free(struct inside_results *results)
{
    if (!results)
        return;
    for (size_t i = 0; i < results->n; i++)
        result_release(&results->result[i]);
    free(results->result);
    free(results);
}

/* -- what was found ------------------------------------------------------------------------------------------------ */

/* Takes the result's texts. One that there is no memory for is missing, as one of those that were not looked at. */
static void add_result(struct inside_run *run, struct inside_result *result)
{
    struct inside_results *all = run->results;
    struct inside_result *grown = core_grow(all->result, &run->capacity, all->n + 1, sizeof *grown);
    if (grown)
        all->result = grown;
    if (!grown || !result->pointer) {
        result_release(result);
        all->counts.has_more = true;
        return;
    }
    all->result[all->n++] = *result;
    badge_inside_count(&all->counts, result->is_judged ? &result->report : NULL);
}

static char *copy_text(struct badge_text text)
{
    char *copy = malloc(text.len + 1);
    if (copy)
        memcpy(copy, text.bytes, text.len);
    if (copy)
        copy[text.len] = '\0';
    return copy;
}

static const struct badge_inside_item *current(const struct inside_run *run)
{
    return &run->query.inside->item[run->next - 1];
}

static struct inside_result describe(const struct inside_run *run)
{
    const struct badge_inside_item *item = current(run);
    return (struct inside_result){
        .kind = item->kind, .level = run->query.request->level + 1, .pointer = copy_text(item->pointer)};
}

/* That of one inside of the item. */
static void add_nested(struct inside_run *run, const struct inside_result *nested)
{
    struct inside_result copy = *nested;
    struct badge_text at = current(run)->pointer;
    size_t len = strlen(nested->pointer) + 1;
    copy.issuer = nested->issuer ? strdup(nested->issuer) : NULL;
    copy.name = nested->name ? strdup(nested->name) : NULL;
    copy.pointer = malloc(at.len + len);
    if (copy.pointer) {
        memcpy(copy.pointer, at.bytes, at.len);
        memcpy(copy.pointer + at.len, nested->pointer, len);
    }
    add_result(run, &copy);
}

/* -- one after another --------------------------------------------------------------------------------------------- */

static void next_item(struct inside_run *run);

static void forget_item(struct inside_run *run)
{
    badge_digester_free(run->digester);
    free(run->issuer);
    free(run->name);
    run->digester = NULL;
    run->issuer = run->name = NULL;
}

static void on_unjudged(struct inside_run *run)
{
    struct inside_result result = describe(run);
    forget_item(run);
    add_result(run, &result);
}

static void on_result(void *context, const struct verify_result *verified)
{
    struct inside_run *run = context;
    const struct badge_evidence *evidence = &run->evidence;
    const struct badge_inside_counts *nested = &evidence->inside;
    struct inside_result result = describe(run);
    result.is_judged = true;
    result.report = *verified->report;
    result.issuer = run->issuer;
    result.name = run->name;
    run->issuer = run->name = NULL;
    result.has_digest = evidence->has_document && evidence->document_err.status == BADGE_OK;
    result.digest = evidence->document.value;
    add_result(run, &result);
    for (size_t i = 0; verified->inside && i < verified->inside->n; i++)
        add_nested(run, &verified->inside->result[i]);
    if (nested->has_more || (run->request.level == BADGE_INSIDE_LEVELS && nested->n > 0))
        run->results->counts.has_more = true;
    forget_item(run);
    next_item(run);
}

/* On the pool, while the document is there: what its summary says of name and issuer. */
static void read_names(void *context)
{
    struct inside_run *run = context;
    const struct badge_json_value *summary;
    struct badge_arena arena;
    struct badge_text text;
    badge_arena_init(&arena, MAX_MEMORY);
    if (badge_summary_read(&text, &arena, run->digester, run->evidence.now_s, NULL) == BADGE_OK &&
        badge_json_parse(&summary, &arena, text.bytes, text.len, NULL) == BADGE_OK) {
        const struct badge_json_value *name = badge_json_member(badge_json_member(summary, "credential"), "name");
        if (badge_json_string(badge_json_member(summary, "issuerId"), &text))
            run->issuer = copy_text(text);
        if (badge_json_count(name) > 0 &&
            badge_json_string(badge_json_member(badge_json_at(name, 0, NULL), "text"), &text))
            run->name = copy_text(text);
    }
    badge_arena_release(&arena);
}

static void read_work(struct pool_work *work)
{
    struct inside_run *run = container_of(work, struct inside_run, read);
    struct badge_text bytes = current(run)->bytes;
    run->status = badge_digester_new(&run->digester, bytes.len + 1, NULL);
    if (run->status != BADGE_OK)
        return;
    badge_digester_limit_memory(run->digester, MAX_MEMORY);
    run->evidence = (struct badge_evidence){0};
    badge_evidence_read(&run->evidence, run->digester, bytes.bytes, bytes.len, NULL, 0, run->query.request->policy);
}

static void on_read(struct pool_work *work)
{
    struct inside_run *run = container_of(work, struct inside_run, read);
    const struct badge_evidence *evidence = &run->evidence;
    struct badge_err err = {.status = BADGE_OK};
    run->request = *run->query.request;
    run->request.evidence = &run->evidence;
    run->request.digester = evidence->has_document && evidence->document_err.status == BADGE_OK ? run->digester : NULL;
    run->request.level++;
    run->request.read_work = read_names;
    run->request.waits = NULL;
    run->request.chain_queried = NULL;
    run->request.callback = on_result;
    run->request.context = run;
    if (run->status == BADGE_OK && verify_start(&run->request, &err) == BADGE_OK)
        return;
    on_unjudged(run);
    next_item(run);
}

static void next_item(struct inside_run *run)
{
    const struct verify_request *request = run->query.request;
    while (run->next < run->query.inside->n) {
        run->next++;
        if (uv_hrtime() < request->inside->until_ns) {
            pool_queue(request->loop, &run->read, read_work, on_read);
            return;
        }
        on_unjudged(run);
    }
    run->query.callback(run->query.context, run->results);
    free(run);
}

enum badge_status inside_query_start(const struct inside_query *query, struct badge_err *err)
{
    struct inside_scope *scope = query->request->inside;
    struct inside_run *run = calloc(1, sizeof *run);
    if (run)
        run->results = calloc(1, sizeof *run->results);
    if (!run || !run->results) {
        free(run);
        return badge_no_memory(err);
    }
    run->query = *query;
    run->results->counts.has_more = query->inside->has_more;
    scope->left -= query->inside->n;
    if (scope->until_ns == 0)
        scope->until_ns = uv_hrtime() + BUDGET_NS;
    next_item(run);
    return BADGE_OK;
}

/* -- JSON ---------------------------------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *encode_result(const struct inside_result *result)
{
    const struct badge_report *report = &result->report;
    bool is_decided = result->is_judged && report->verdict != BADGE_VALID && report->verdict != BADGE_RECORDED &&
                      report->verdict != BADGE_SIGNED;
    struct hash_text hex = core_hash_text(&result->digest);
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "kind", badge_inside_kind_name(result->kind),
                     "level", (int)result->level, "pointer", result->pointer, "digest",
                     text_or_null(result->has_digest ? hex.s : NULL), "issuer", text_or_null(result->issuer), "name",
                     text_or_null(result->name), "judged", result->is_judged, "verdict",
                     text_or_null(result->is_judged ? badge_verdict_name(report->verdict) : NULL), "sentence",
                     text_or_null(result->is_judged ? report->sentence : NULL), "decidedBy",
                     text_or_null(is_decided ? badge_check_name(report->decided_by) : NULL));
}

bool inside_results_encode(json_t *report, const struct inside_results *results,
                           const struct badge_inside_counts *counts)
{
    json_t *list = json_array();
    bool ok = list;
    for (size_t i = 0; results && i < results->n; i++)
        ok = json_array_append_new(list, encode_result(&results->result[i])) == 0 && ok;
    json_t *json = json_pack("{s:I, s:I, s:I, s:I, s:b}", "count", (json_int_t)counts->n, "hold",
                             (json_int_t)counts->n_hold, "fail", (json_int_t)counts->n_fail, "open",
                             (json_int_t)counts->n_open, "more", counts->has_more);
    ok = json_object_set_new(report, "inside", list) == 0 && ok;
    return json_object_set_new(report, "insideCounts", json) == 0 && ok;
}
