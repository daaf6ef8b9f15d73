/*
 * The batches: their list, one of them, and the request to seal one now. Reads are answered on the loop, from the
 * store's memory.
 */
#include "api/handlers.h"
#include "api/record_json.h"
#include "core/compiler.h"

#define BRIEFLY "public, max-age=5"

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

void batch_run(struct exchange *x)
{
    struct store_batch batch;
    if (!store_batch(api_of(x)->store, x->number, &batch)) {
        exchange_problem(x, PROBLEM_UNKNOWN_BATCH, "This node has no batch %u; /v1/batches lists its batches.",
                         x->number);
        return;
    }
    batch_json_write(exchange_json(x, 200), &batch, api_of(x));
    x->reply.cache_control = BRIEFLY;
}

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
