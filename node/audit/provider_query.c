/*
 * Sends the requests of core's chain query to one provider, and passes the answers back. Started by verify.c, once for
 * each provider, all at the same time.
 *
 * Invariant: every request of the query is answered or failed exactly once, so the query ends.
 */
#include "audit/provider_query.h"

#include <stdlib.h>

struct provider_query;
struct query_request {
    struct provider_query *run;
    unsigned number;
    enum badge_result_kind kind;
};

struct provider_query {
    struct rpc *rpc;
    provider_query_callback callback;
    void *context;
    struct badge_chain_query query;
    struct query_request request[BADGE_CHAIN_QUERY_MAX_REQUESTS];
};

static struct badge_text text_of(const json_t *value)
{
    return (struct badge_text){json_string_value(value), json_string_length(value)};
}

static void read_result(struct badge_text text[BADGE_RESULT_MAX_TEXTS], enum badge_result_kind kind,
                        const json_t *result)
{
    size_t n = json_array_size(result);
    switch (kind) {
    case BADGE_RESULT_TEXT:
        text[0] = text_of(result);
        break;
    case BADGE_RESULT_BLOCK:
        text[0] = text_of(json_object_get(result, "hash"));
        text[1] = text_of(json_object_get(result, "number"));
        text[2] = text_of(json_object_get(result, "timestamp"));
        break;
    case BADGE_RESULT_LOGS:
        text[0] = text_of(json_array_get(json_object_get(json_array_get(result, n ? n - 1 : 0), "topics"), 3));
        break;
    }
}

static bool send_requests(struct provider_query *run, struct badge_err *err);

static void query_on_reply(void *context, const struct rpc_reply *reply)
{
    const struct query_request *request = context;
    struct provider_query *run = request->run;
    struct badge_text text[BADGE_RESULT_MAX_TEXTS] = {{NULL, 0}};
    if (reply->status != BADGE_OK) {
        const char *why = rpc_reply_error_text(reply, rpc_name(run->rpc));
        if (rpc_reply_is_refusal(reply))
            badge_chain_query_refuse(&run->query, request->number, why);
        else
            badge_chain_query_fail(&run->query, request->number, why);
    } else {
        read_result(text, request->kind, reply->result);
        badge_chain_query_take(&run->query, request->number, text);
    }
    if (!send_requests(run, NULL)) {
        run->callback(run->context, &run->query.view);
        free(run);
    }
}

/* Sends the requests that are ready; one that can't be sent counts as failed. False: the query is over. */
static bool send_requests(struct provider_query *run, struct badge_err *err)
{
    struct badge_rpc_request out;
    while (badge_chain_query_next(&run->query, &out)) {
        struct badge_err cause = {.status = BADGE_OK};
        struct query_request *request = &run->request[out.number];
        *request = (struct query_request){.run = run, .number = out.number, .kind = out.kind};
        if (rpc_call(run->rpc, out.method, json_loads(out.params, 0, NULL), query_on_reply, request, &cause) !=
            BADGE_OK) {
            badge_chain_query_fail(&run->query, out.number, cause.text);
            if (err)
                *err = cause;
        }
    }
    return !badge_chain_query_over(&run->query);
}

enum badge_status provider_query_start(struct rpc *rpc, const struct badge_chain_query_params *params,
                                       provider_query_callback callback, void *context, struct badge_err *err)
{
    struct badge_err cause = {.status = BADGE_OK};
    struct provider_query *run = malloc(sizeof *run);
    if (!run)
        return badge_no_memory(err);
    run->rpc = rpc;
    run->callback = callback;
    run->context = context;
    badge_chain_query_init(&run->query, params, rpc_name(rpc));
    if (!send_requests(run, &cause)) {
        free(run);
        return badge_fail(err, cause.status, BADGE_NO_OFFSET, "%s", cause.text);
    }
    return BADGE_OK;
}
