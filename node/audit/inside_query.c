/*
 * Verifies what is inside of a document: an item is read on the pool and verified like a document of its own, which
 * looks inside itself; then comes the next one. Called by verify.c.
 *
 * Invariant: an item has its place among the results before it is verified, so that what is inside of it stands behind
 * it; and only one item of a verification is worked on at a time, so that all levels share the scope.
 */
#include "audit/inside_query.h"

#include <stdlib.h>
#include <string.h>

#include "audit/verify.h"
#include "badge/summary.h"
#include "core/compiler.h"
#include "core/format.h"
#include "runtime/pool.h"

#define BUDGET_NS (20 * (uint64_t)1000000000) /* of one verification, after which no item is begun */
#define MAX_SUMMARY ((size_t)4 << 20)

struct inside_run {
    struct inside_query query;
    struct badge_inside_counts counts; /* of the document */
    size_t at;                         /* the item that is next, or being verified */
    size_t index;                      /* of its result */
    struct inside_place place;         /* of the item */
    struct pool_work read;
    struct badge_digester *digester;
    struct badge_evidence evidence;
    struct verify_request request;
};

void inside_scope_release(struct inside_scope *scope)
{
    for (size_t i = 0; i < scope->n; i++) {
        free(scope->result[i].pointer);
        free(scope->result[i].issuer);
        free(scope->result[i].name);
        free(scope->result[i].sentence);
    }
    free(scope->result);
}

static struct inside_result *result_of(const struct inside_run *run)
{
    return &run->query.place->scope->result[run->index];
}

/* -- reading, on the pool ------------------------------------------------------------------------------------------ */

static char *copy_text(struct badge_text text)
{
    char *copy = text.len > 0 ? malloc(text.len + 1) : NULL;
    if (copy) {
        memcpy(copy, text.bytes, text.len);
        copy[text.len] = '\0';
    }
    return copy;
}

/* What a summary says of who issued what. */
static void read_names(struct inside_run *run)
{
    struct inside_result *result = result_of(run);
    const struct badge_json_value *summary, *name;
    struct badge_text json, text;
    struct badge_arena arena;
    badge_arena_init(&arena, MAX_SUMMARY);
    if (badge_summary_read(&json, &arena, run->digester, run->query.request->evidence->now_s, NULL) == BADGE_OK &&
        badge_json_parse(&summary, &arena, json.bytes, json.len, NULL) == BADGE_OK) {
        if (badge_json_string(badge_json_member(summary, "issuerId"), &text))
            result->issuer = copy_text(text);
        name = badge_json_member(badge_json_member(summary, "credential"), "name");
        if (badge_json_count(name) > 0 &&
            badge_json_string(badge_json_member(badge_json_at(name, 0, NULL), "text"), &text))
            result->name = copy_text(text);
    }
    badge_arena_release(&arena);
}

static void read_work(struct pool_work *work)
{
    struct inside_run *run = container_of(work, struct inside_run, read);
    const struct badge_inside_item *item = &run->query.inside->item[run->at];
    struct inside_result *result = result_of(run);
    if (badge_digester_new(&run->digester, item->bytes.len + 1, NULL) != BADGE_OK)
        return;
    if (run->query.request->max_memory)
        badge_digester_limit_memory(run->digester, run->query.request->max_memory);
    badge_evidence_read(&run->evidence, run->digester, item->bytes.bytes, item->bytes.len, NULL, 0,
                        run->query.request->policy);
    result->has_digest = run->evidence.has_document && run->evidence.document_err.status == BADGE_OK;
    result->digest = run->evidence.document.value;
    if (result->has_digest)
        read_names(run);
}

/* -- one after another --------------------------------------------------------------------------------------------- */

static void next_item(struct inside_run *run);

static void on_verdict(void *context, const struct verify_result *verified)
{
    struct inside_run *run = context;
    struct inside_result *result = result_of(run);
    const struct badge_report *report = verified->report;
    bool is_decided = report->verdict != BADGE_VALID && report->verdict != BADGE_RECORDED &&
                      report->verdict != BADGE_SIGNED;
    result->sentence = copy_text((struct badge_text){report->sentence, strlen(report->sentence)});
    result->is_judged = result->sentence;
    result->verdict = report->verdict;
    result->decided_by = is_decided ? badge_check_name(report->decided_by) : NULL;
    next_item(run);
}

/* Adds what was found of an item, and inside of it. */
static void count_item(struct inside_run *run)
{
    const struct inside_scope *scope = run->query.place->scope;
    const struct badge_inside_counts *own = &run->evidence.inside;
    for (size_t i = run->index; i < scope->n; i++) {
        const struct badge_report report = {.verdict = scope->result[i].verdict};
        badge_inside_count(&run->counts, scope->result[i].is_judged ? &report : NULL);
    }
    bool has_deeper = run->place.level == BADGE_INSIDE_LEVELS && own->n > 0;
    run->counts.has_more = run->counts.has_more || own->has_more || has_deeper;
}

static void end_item(struct inside_run *run)
{
    count_item(run);
    badge_digester_free(run->digester);
    run->digester = NULL;
    run->at++;
}

static void on_waits(void *context, bool begins)
{
    const struct verify_request *outer = ((struct inside_run *)context)->query.request;
    if (outer->waits)
        outer->waits(outer->context, begins);
}

static void on_read(struct pool_work *work)
{
    struct inside_run *run = container_of(work, struct inside_run, read);
    const struct verify_request *outer = run->query.request;
    run->request = (struct verify_request){.loop = outer->loop,
                                           .rpc = outer->rpc,
                                           .n_rpcs = outer->n_rpcs,
                                           .documents = outer->documents,
                                           .lists = outer->lists,
                                           .processors = outer->processors,
                                           .fetch = outer->fetch,
                                           .client = outer->client,
                                           .policy = outer->policy,
                                           .evidence = &run->evidence,
                                           .digester = result_of(run)->has_digest ? run->digester : NULL,
                                           .max_memory = outer->max_memory,
                                           .place = &run->place,
                                           .waits = on_waits,
                                           .callback = on_verdict,
                                           .context = run};
    if (!run->digester || verify_start(&run->request, NULL) != BADGE_OK)
        next_item(run);
}

static bool has_time(const struct inside_run *run)
{
    return uv_hrtime() <= run->query.place->scope->until_ns;
}

static void begin_item(struct inside_run *run)
{
    const struct badge_inside_item *item = &run->query.inside->item[run->at];
    const struct inside_place *outer = run->query.place;
    struct inside_scope *scope = outer->scope;
    size_t room = strlen(outer->pointer) + item->pointer.len + 1;
    run->index = scope->n++;
    struct inside_result *result = result_of(run);
    *result = (struct inside_result){.kind = item->kind, .level = outer->level + 1, .pointer = malloc(room)};
    if (result->pointer)
        (void)core_format(result->pointer, room, "%s%.*s", outer->pointer, (int)item->pointer.len, item->pointer.bytes);
    run->place = (struct inside_place){
        .level = result->level, .pointer = result->pointer ? result->pointer : "", .scope = scope};
    run->evidence = (struct badge_evidence){0};
}

/* Ends the item that was verified, and begins the next that there is time for. */
static void next_item(struct inside_run *run)
{
    end_item(run);
    while (run->at < run->query.inside->n) {
        begin_item(run);
        if (has_time(run)) {
            pool_queue(run->query.request->loop, &run->read, read_work, on_read);
            return;
        }
        end_item(run);
    }
    run->query.callback(run->query.context, &run->counts);
    free(run);
}

enum badge_status inside_query_start(const struct inside_query *query, struct badge_err *err)
{
    struct inside_scope *scope = query->place->scope;
    struct inside_run *run = calloc(1, sizeof *run);
    if (run && !scope->result)
        scope->result = calloc(BADGE_INSIDE_MAX, sizeof *scope->result);
    if (!run || !scope->result) {
        free(run);
        return badge_no_memory(err);
    }
    if (scope->until_ns == 0)
        scope->until_ns = uv_hrtime() + BUDGET_NS;
    run->query = *query;
    run->counts.has_more = query->inside->has_more;
    scope->left -= query->inside->n;
    begin_item(run);
    pool_queue(query->request->loop, &run->read, read_work, on_read);
    return BADGE_OK;
}

/* -- the report ---------------------------------------------------------------------------------------------------- */

/* In bytes that are UTF-8, as all texts here are; NULL: null. */
static json_t *text_json(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *result_json(const struct inside_result *result)
{
    char hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, result->digest.b, sizeof result->digest.b);
    return json_pack("{s:s,s:i,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:o}", "kind", badge_inside_kind_name(result->kind), "level",
                     (int)result->level, "pointer", text_json(result->pointer), "digest",
                     text_json(result->has_digest ? hex : NULL), "issuer", text_json(result->issuer), "name",
                     text_json(result->name), "judged", result->is_judged, "verdict",
                     text_json(result->is_judged ? badge_verdict_name(result->verdict) : NULL), "sentence",
                     text_json(result->sentence), "decidedBy", text_json(result->decided_by));
}

bool inside_json(json_t *report, const struct inside_scope *scope, const struct badge_inside_counts *counts)
{
    json_t *list = json_array();
    bool ok = true;
    for (size_t i = 0; scope && i < scope->n; i++)
        ok = json_array_append_new(list, result_json(&scope->result[i])) == 0 && ok;
    json_t *numbers = json_pack("{s:I,s:I,s:I,s:I,s:b}", "count", (json_int_t)counts->n, "hold",
                                (json_int_t)counts->n_hold, "fail", (json_int_t)counts->n_fail, "open",
                                (json_int_t)counts->n_open, "more", counts->has_more);
    ok = json_object_set_new(report, "inside", list) == 0 && ok;
    return json_object_set_new(report, "insideCounts", numbers) == 0 && ok;
}
