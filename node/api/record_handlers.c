/*
 * GET of a credential's record and of its receipt. What is pending or cached is answered on the loop; everything else
 * is read on the pool, with the reads of other requests of the same turn. Final receipts go into the loop's cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/record_json.h"
#include "runtime/log.h"

#define BRIEFLY "public, max-age=5"
/*
 * Not for ever: after a withdrawal the credential may be submitted again, and then the newer receipt counts. That takes
 * finality, so what caches hold has expired or nearly so by then; and who asks them again by the ETag is answered 304.
 */
#define FOR_LONG "public, max-age=600"

struct find {
    struct loop_job job;
    struct exchange *x;
    struct badge_hash digest;
    uint64_t n_withdrawn; /* before it was read */
    struct badge_err err;
    enum badge_status status;
    struct store_record record;
    struct badge_receipt receipt;
    size_t json_len;
    char etag[36];
    char json[BADGE_RECEIPT_MAX_LEN];
};

void find_end(struct exchange *x)
{
    free(x->state);
}

/* Answers for a status that is none; false for BADGE_OK. */
static bool failed(struct exchange *x, enum badge_status status, const struct badge_err *err)
{
    if (status == BADGE_OK)
        return false;
    if (status == BADGE_ENOTFOUND)
        exchange_problem(x, PROBLEM_UNKNOWN_DIGEST,
                         "This node has never taken this credential; ask the node that did.");
    else if (status == BADGE_ECORRUPT)
        exchange_problem(x, PROBLEM_INTERNAL, "What this node keeps of it is damaged; its operator's log says where.");
    else
        exchange_problem(x, PROBLEM_STORE_FAILED, "The node can't read its store; its operator's log says why.");
    if (status != BADGE_ENOTFOUND)
        log_error("not read", log_text("why", err->text), log_text("request", x->id));
    return true;
}

static void begin(struct exchange *x, void (*work)(struct loop_job *), void (*done)(struct loop_job *))
{
    struct find *find = calloc(1, sizeof *find);
    if (!find) {
        exchange_no_memory(x);
        return;
    }
    find->x = x;
    find->digest = x->digest;
    find->n_withdrawn = store_n_withdrawn(api_of(x)->store);
    find->job.work = work;
    find->job.done = done;
    x->state = find;
    loop_queue_job(x->loop, &find->job);
    exchange_wait(x);
}

static void answer_record(struct exchange *x, const struct store_record *record)
{
    record_json_write(exchange_json(x, 200), record, NULL);
    x->reply.cache_control = BRIEFLY;
}

static void record_work(struct loop_job *job)
{
    struct find *find = (struct find *)job;
    struct store *store = api_of(find->x)->store;
    find->status = store_find_work(store, &find->digest, &find->record, &find->err);
}

static void record_done(struct loop_job *job)
{
    struct find *find = (struct find *)job;
    if (!failed(find->x, find->status, &find->err))
        answer_record(find->x, &find->record);
    exchange_resume(find->x);
}

void record_run(struct exchange *x)
{
    struct store_record record;
    if (store_find_pending(api_of(x)->store, &x->digest, &record))
        answer_record(x, &record);
    else
        begin(x, record_work, record_done);
}

static void receipt_work(struct loop_job *job)
{
    struct find *find = (struct find *)job;
    struct store *store = api_of(find->x)->store;
    find->status = store_receipt_work(store, &find->digest, &find->receipt, &find->err);
    if (find->status != BADGE_OK)
        return;
    find->json_len = badge_receipt_encode(find->json, &find->receipt);
    struct badge_hash hash;
    badge_sha256(&hash, find->json, find->json_len);
    char hex[33];
    badge_hex_encode(hex, hash.b, 16);
    snprintf(find->etag, sizeof find->etag, "\"%s\"", hex);
}

static void drop_receipt(void *cached)
{
    cached_receipt_drop(cached);
}

static void answer_receipt(struct exchange *x, struct cached_receipt *cached, bool is_last)
{
    x->reply.status = 200;
    x->reply.content_type = "application/json";
    x->reply.cache_control = is_last ? FOR_LONG : BRIEFLY;
    memcpy(x->reply.etag, cached->etag, sizeof cached->etag);
    x->reply.fixed = cached->bytes;
    x->reply.len = cached->len;
    x->reply.release = drop_receipt;
    x->reply.owner = cached;
}

/*
 * Whether the receipt is the last. That of a bare digest may change once more, when its document comes, with the label;
 * and after a withdrawal the credential may be submitted again.
 */
static bool is_last_receipt(const struct find *find, struct store *store)
{
    struct store_chain_status standing;
    if (find->receipt.status != BADGE_ANCHOR_FINAL || find->receipt.digest.label == BADGE_LABEL_EXTERNAL ||
        find->n_withdrawn != store_n_withdrawn(store))
        return false;
    store_batch_status(store, &find->receipt.root, &standing);
    return standing.status != STORE_WITHDRAWN;
}

static void receipt_done(struct loop_job *job)
{
    struct find *find = (struct find *)job;
    struct exchange *x = find->x;
    if (!failed(x, find->status, &find->err)) {
        bool is_last = is_last_receipt(find, api_of(x)->store);
        struct cached_receipt *cached = cached_receipt_new(find->json, find->json_len, find->etag);
        if (cached) {
            answer_receipt(x, cached, is_last);
            if (is_last) /* the cache expects the number that was found before it was asked */
                receipt_cache_keep(api_loop_of(x)->receipt_cache, &find->digest, cached);
        } else {
            exchange_no_memory(x);
        }
    }
    exchange_resume(x);
}

void receipt_run(struct exchange *x)
{
    struct store *store = api_of(x)->store;
    struct store_record record;
    receipt_cache_expect(api_loop_of(x)->receipt_cache, store_n_withdrawn(store));
    struct cached_receipt *cached = receipt_cache_find(api_loop_of(x)->receipt_cache, &x->digest);
    if (cached) {
        answer_receipt(x, cached, true);
    } else if (store_find_pending(store, &x->digest, &record)) {
        record_json_write(exchange_json(x, 202), &record, NULL);
        exchange_add_header(x, "Retry-After", "5");
    } else {
        begin(x, receipt_work, receipt_done);
    }
}
