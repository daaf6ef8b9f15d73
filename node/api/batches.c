/*
 * The batches: their list, one of them, its leaf hashes, and the request to seal one now. What the store has in memory
 * is answered on the loop. Leaf hashes, up to half a gigabyte, are read on the pool a window at a time, as fast as the
 * client reads.
 */
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/record_json.h"
#include "core/compiler.h"
#include "http/conditions.h"

#define BRIEFLY "public, max-age=5"
#define WINDOW_LEAVES 1024u

void batches_run(struct exchange *x)
{
    const struct api_options *options = api_of(x);
    uint32_t n_batches = store_n_batches(options->store);
    uint64_t limit, before;
    if (!exchange_number(x, "limit", &limit, 20, 1, 100) ||
        !exchange_number(x, "before", &before, (uint64_t)n_batches + 1, 1, UINT32_MAX))
        return;
    if (before > (uint64_t)n_batches + 1)
        before = (uint64_t)n_batches + 1;
    struct json_out *out = exchange_json(x, 200);
    json_out_object(out, NULL);
    json_out_array(out, "batches");
    uint32_t number = (uint32_t)(before - 1);
    for (uint64_t n = 0; number > 0 && n < limit; number--, n++) {
        struct store_batch batch;
        if (!store_batch(options->store, number, &batch))
            break;
        batch_json_write(out, &batch, options);
    }
    json_out_array_end(out);
    json_out_object_end(out);
    if (number > 0)
        exchange_add_header(x, "Link", "<%s/v1/batches?limit=%llu&before=%u>; rel=\"next\"",
                            options->public_url ? options->public_url : "", (unsigned long long)limit, number + 1);
    x->reply.cache_control = BRIEFLY;
}

/* The batch of the path; false: there is none, and it is answered. */
static bool find_batch(struct exchange *x, struct store_batch *batch)
{
    if (store_batch(api_of(x)->store, x->number, batch))
        return true;
    exchange_problem(x, PROBLEM_UNKNOWN_BATCH, "This node has no batch %u; /v1/batches lists its batches.", x->number);
    return false;
}

void batch_run(struct exchange *x)
{
    struct store_batch batch;
    if (!find_batch(x, &batch))
        return;
    batch_json_write(exchange_json(x, 200), &batch, api_of(x));
    x->reply.cache_control = BRIEFLY;
}

/* -- leaf hashes --------------------------------------------------------------------------------------------------- */

struct leaves {
    uint32_t number, n_leaves;
    uint64_t first_byte; /* of the range, in the whole */
    uint32_t window, n_window;
    enum badge_status status;
    struct badge_hash leaf[WINDOW_LEAVES];
};

static void window_work(struct exchange *x)
{
    struct leaves *leaves = x->state;
    struct badge_err err;
    leaves->status = store_leaves_work(api_of(x)->store, leaves->number, leaves->window, leaves->n_window, leaves->leaf,
                                       &err);
}

static ssize_t leaves_read(struct exchange *x, uint64_t pos, char *out, size_t max)
{
    struct leaves *leaves = x->state;
    uint64_t at = leaves->first_byte + pos;
    uint64_t begin = (uint64_t)leaves->window * sizeof leaves->leaf[0];
    uint64_t end = begin + (uint64_t)leaves->n_window * sizeof leaves->leaf[0];
    if (leaves->status != BADGE_OK)
        return STREAM_ERROR;
    if (at >= begin && at < end) {
        size_t n = end - at < max ? (size_t)(end - at) : max;
        memcpy(out, (const char *)leaves->leaf + (at - begin), n);
        return (ssize_t)n;
    }
    leaves->window = (uint32_t)(at / sizeof leaves->leaf[0]);
    leaves->n_window = leaves->n_leaves - leaves->window < WINDOW_LEAVES ? leaves->n_leaves - leaves->window
                                                                         : WINDOW_LEAVES;
    exchange_run_job(x, window_work, exchange_resume);
    return 0;
}

static const struct stream leaves_stream = {.read = leaves_read};

void leaves_run(struct exchange *x)
{
    struct store_batch batch;
    if (!find_batch(x, &batch))
        return;
    char etag[BADGE_HEX_LEN + 3], hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, batch.root.b, sizeof batch.root.b);
    snprintf(etag, sizeof etag, "\"%s\"", hex);
    const char *if_range = exchange_header(x, "If-Range");
    const char *header = if_range && strcmp(if_range, etag) != 0 ? NULL : exchange_header(x, "Range");
    uint64_t len = (uint64_t)batch.tree_size * sizeof(struct badge_hash), first = 0, last = len - 1;
    enum range range = conditions_range(header, len, &first, &last);
    if (range == RANGE_UNSATISFIABLE) {
        exchange_problem(x, PROBLEM_RANGE_NOT_SATISFIABLE, "The leaves of this batch have %llu bytes.",
                         (unsigned long long)len);
        exchange_add_header(x, "Content-Range", "bytes */%llu", (unsigned long long)len);
        return;
    }
    if (!exchange_reserve(x, sizeof(struct leaves) + STREAM_BLOCK_LEN))
        return;
    struct leaves *leaves = exchange_new_state(x, sizeof *leaves);
    if (!leaves)
        return;
    leaves->number = batch.number;
    leaves->n_leaves = batch.tree_size;
    leaves->first_byte = first;
    x->reply.status = range == RANGE_PART ? 206 : 200;
    x->reply.content_type = "application/octet-stream";
    x->reply.cache_control = "public, max-age=600"; /* a restored store may give the number to another batch */
    memcpy(x->reply.etag, etag, sizeof etag);
    x->reply.stream = &leaves_stream;
    x->reply.len = last - first + 1;
    exchange_add_header(x, "Accept-Ranges", "bytes");
    if (range == RANGE_PART)
        exchange_add_header(x, "Content-Range", "bytes %llu-%llu/%llu", (unsigned long long)first,
                            (unsigned long long)last, (unsigned long long)len);
}

/* -- sealing ------------------------------------------------------------------------------------------------------- */

struct seal_request {
    struct exchange *x;
    struct batch_request request;
};

static void on_sealed(struct message *message)
{
    struct seal_request *seal = container_of(message, struct seal_request, request.done);
    struct exchange *x = seal->x;
    const struct api_options *options = api_of(x);
    const struct store_batch *batch = &seal->request.sealed;
    loop_unref(x->loop);
    if (seal->request.status != BADGE_OK) {
        exchange_problem(x, PROBLEM_STORE_FAILED, "%s", seal->request.err.text);
    } else if (batch->number == 0) {
        x->reply.status = 204;
    } else {
        batch_json_write(exchange_json(x, 201), batch, options);
        exchange_add_header(x, "Location", "%s/v1/batches/%u", options->public_url ? options->public_url : "",
                            batch->number);
    }
    exchange_resume(x);
}

void seal_run(struct exchange *x)
{
    struct seal_request *seal = exchange_new_state(x, sizeof *seal);
    if (!seal)
        return;
    seal->x = x;
    seal->request.reply_to = &x->loop->mailbox;
    seal->request.done.handler = on_sealed;
    loop_ref(x->loop);
    batch_seal(api_of(x)->batch, &seal->request);
    exchange_wait(x);
}
