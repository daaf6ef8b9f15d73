/*
 * GET of a credential's record and of its receipt. Pending records and cached receipts are answered on the loop; all
 * others are read on the pool, together with the reads of other requests of the same turn. Final receipts go into the
 * loop's cache.
 */
#include <stdio.h>

#include "api/handlers.h"
#include "api/record_json.h"

#define BRIEFLY "public, max-age=5"
/*
 * Not for ever: after a withdrawal the credential may be submitted again, and then the newer receipt counts. That takes
 * as long as finality, so cached copies have (nearly) expired by then; revalidation by the ETag is answered 304.
 */
#define FOR_LONG "public, max-age=600"

struct record_lookup {
    uint64_t n_withdrawn; /* before it was read */
    struct badge_err err;
    enum badge_status status;
    struct store_record record;
    struct badge_receipt receipt;
    size_t json_len;
    char etag[36];
    char json[BADGE_RECEIPT_MAX_LEN];
};

static void lookup_start(struct exchange *x, void (*work)(struct exchange *x), void (*done)(struct exchange *x))
{
    struct record_lookup *lookup = exchange_new_state(x, sizeof *lookup);
    if (!lookup)
        return;
    lookup->n_withdrawn = store_n_withdrawn(api_of(x)->store);
    exchange_run_job(x, work, done);
}

static void answer_record(struct exchange *x, const struct store_record *record)
{
    record_json_write(exchange_json(x, 200), record, api_of(x)->store, NULL);
    x->reply.cache_control = BRIEFLY;
}

static void record_work(struct exchange *x)
{
    struct record_lookup *lookup = x->state;
    lookup->status = store_find_work(api_of(x)->store, &x->digest, &lookup->record, &lookup->err);
}

static void record_done(struct exchange *x)
{
    const struct record_lookup *lookup = x->state;
    if (lookup->status == BADGE_OK)
        answer_record(x, &lookup->record);
    else
        exchange_unread(x, lookup->status, &lookup->err);
    exchange_resume(x);
}

void record_run(struct exchange *x)
{
    struct store_record record;
    if (store_find_pending(api_of(x)->store, &x->digest, &record))
        answer_record(x, &record);
    else
        lookup_start(x, record_work, record_done);
}

static void receipt_work(struct exchange *x)
{
    struct record_lookup *lookup = x->state;
    lookup->status = store_receipt_work(api_of(x)->store, &x->digest, &lookup->receipt, &lookup->err);
    if (lookup->status != BADGE_OK)
        return;
    lookup->json_len = badge_receipt_encode(lookup->json, &lookup->receipt);
    struct badge_hash hash;
    badge_sha256(&hash, lookup->json, lookup->json_len);
    char hex[33];
    badge_hex_encode(hex, hash.b, 16);
    snprintf(lookup->etag, sizeof lookup->etag, "\"%s\"", hex);
}

static void answer_receipt(struct exchange *x, const char *json, size_t len, const char *etag, bool is_last)
{
    json_out_raw(exchange_json(x, 200), NULL, json, len);
    x->reply.cache_control = is_last ? FOR_LONG : BRIEFLY;
    snprintf(x->reply.etag, sizeof x->reply.etag, "%s", etag);
}

/*
 * Whether the receipt won't change any more. That of a bare digest may change its label once, when its document is
 * submitted; and after a withdrawal the credential may be submitted again.
 */
static bool is_last_receipt(const struct record_lookup *lookup, struct store *store)
{
    struct store_chain_status chain_status;
    if (lookup->receipt.status != BADGE_ANCHOR_FINAL || lookup->receipt.digest.label == BADGE_LABEL_EXTERNAL ||
        lookup->n_withdrawn != store_n_withdrawn(store))
        return false;
    store_batch_status(store, &lookup->receipt.root, &chain_status);
    return chain_status.status != STORE_WITHDRAWN;
}

static void receipt_done(struct exchange *x)
{
    const struct record_lookup *lookup = x->state;
    if (lookup->status == BADGE_OK) {
        bool is_last = is_last_receipt(lookup, api_of(x)->store);
        answer_receipt(x, lookup->json, lookup->json_len, lookup->etag, is_last);
        if (is_last) /* the cache checks n_withdrawn, which is as old as this receipt or older */
            receipt_cache_keep(api_loop_of(x)->receipt_cache, &x->digest, lookup->json, lookup->json_len, lookup->etag);
    } else {
        exchange_unread(x, lookup->status, &lookup->err);
    }
    exchange_resume(x);
}

void receipt_run(struct exchange *x)
{
    struct store *store = api_of(x)->store;
    struct store_record record;
    receipt_cache_expect(api_loop_of(x)->receipt_cache, store_n_withdrawn(store));
    const struct cached_receipt *cached = receipt_cache_find(api_loop_of(x)->receipt_cache, &x->digest);
    if (cached) {
        answer_receipt(x, cached->bytes, cached->len, cached->etag, true);
    } else if (store_find_pending(store, &x->digest, &record)) {
        record_json_write(exchange_json(x, 202), &record, api_of(x)->store, NULL);
        exchange_add_header(x, "Retry-After", "5");
    } else {
        lookup_start(x, receipt_work, receipt_done);
    }
}
