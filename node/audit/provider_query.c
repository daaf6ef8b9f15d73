/*
 * Carries core's query to one provider and the answers back. Started by verify.c, one probe a provider, all at once.
 *
 * Invariant: every question that the query opened is answered or failed exactly once, so that it comes to its end.
 */
#include "audit/provider_query.h"

#include <stdlib.h>

struct probe;
struct rpc_calls {
    struct probe *probe;
    unsigned number;
    enum badge_result_kind kind;
};

struct probe {
    struct rpc *rpc;
    provider_query_callback callback;
    void *context;
    struct badge_chain_query query;
    struct rpc_calls ask[BADGE_CHAIN_QUERY_MAX_REQUESTS];
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

static bool ask_on(struct probe *probe, struct badge_err *err);

static void on_reply(void *context, const struct rpc_reply *reply)
{
    const struct rpc_calls *ask = context;
    struct probe *probe = ask->probe;
    struct badge_text text[BADGE_RESULT_MAX_TEXTS] = {{NULL, 0}};
    if (reply->status != BADGE_OK) {
        badge_chain_query_fail(&probe->query, ask->number, reply->err.text);
    } else {
        read_result(text, ask->kind, reply->result);
        badge_chain_query_take(&probe->query, ask->number, text);
    }
    if (!ask_on(probe, NULL)) {
        probe->callback(probe->context, &probe->query.view);
        free(probe);
    }
}

/* Sends what can be asked now; a request that can't be sent is a question without an answer. False: all is answered. */
static bool ask_on(struct probe *probe, struct badge_err *err)
{
    struct badge_rpc_request out;
    while (badge_chain_query_next(&probe->query, &out)) {
        struct badge_err cause = {.status = BADGE_OK};
        struct rpc_calls *ask = &probe->ask[out.number];
        *ask = (struct rpc_calls){.probe = probe, .number = out.number, .kind = out.kind};
        if (rpc_call(probe->rpc, out.method, json_loads(out.params, 0, NULL), on_reply, ask, &cause)) {
            badge_chain_query_fail(&probe->query, out.number, cause.text);
            if (err)
                *err = cause;
        }
    }
    return !badge_chain_query_over(&probe->query);
}

enum badge_status provider_query_start(struct rpc *rpc, const struct badge_chain_query_params *question,
                                       provider_query_callback callback, void *context, struct badge_err *err)
{
    struct badge_err cause = {.status = BADGE_OK};
    struct probe *probe = malloc(sizeof *probe);
    if (!probe)
        return badge_no_memory(err);
    probe->rpc = rpc;
    probe->callback = callback;
    probe->context = context;
    badge_chain_query_init(&probe->query, question, rpc_name(rpc));
    if (!ask_on(probe, &cause)) {
        free(probe);
        return badge_fail(err, cause.status, BADGE_NO_OFFSET, "%s", cause.text);
    }
    return BADGE_OK;
}
