/*
 * Which provider is asked. anchor.c moves on to the next when one fails; send.c broadcasts. The invariant: a broadcast
 * is answered once, after the last provider has answered or failed, with the weightiest of the results.
 */
#include "anchor/provider.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/metrics.h"

enum badge_status providers_init(struct providers *providers, struct net_client *client, const char *const *url,
                                 size_t n, struct badge_err *err)
{
    *providers = (struct providers){.rpc = calloc(n, sizeof(struct rpc *))};
    if (providers->rpc == NULL)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for the providers");
    for (; providers->n < n; providers->n++) {
        enum badge_status status = rpc_new(&providers->rpc[providers->n], client, url[providers->n], err);
        if (status != BADGE_OK) {
            providers_release(providers);
            return status;
        }
    }
    return BADGE_OK;
}

void providers_release(struct providers *providers)
{
    for (size_t i = 0; i < providers->n; i++)
        rpc_free(providers->rpc[i]);
    free(providers->rpc);
    *providers = (struct providers){0};
}

struct rpc *providers_current(const struct providers *providers)
{
    return providers->rpc[providers->current];
}

void providers_next(struct providers *providers)
{
    providers->current = (providers->current + 1) % providers->n;
    providers->generation++;
}

void providers_preferred(struct providers *providers)
{
    if (providers->current == 0)
        return;
    providers->current = 0;
    providers->generation++;
}

static enum send_result result_of(const struct rpc_reply *reply)
{
    if (reply->status == BADGE_OK)
        return SEND_ACCEPTED;
    /* Anything but a refusal is no answer. */
    return reply->status == BADGE_EREFUSED ? send_error_classify(reply->error_text) : SEND_UNANSWERED;
}

static void on_answer(void *context, const struct rpc_reply *reply)
{
    struct broadcast *broadcast = context;
    enum send_result result = result_of(reply);
    if (result != SEND_ACCEPTED)
        metric_add(METRIC_RPC_ERRORS, 1);
    if (result <= broadcast->result) {
        broadcast->result = result;
        const char *text = reply->status == BADGE_EREFUSED ? reply->error_text : reply->err.text;
        snprintf(broadcast->text, sizeof broadcast->text, "%s", reply->status == BADGE_OK ? "" : text);
    }
    if (--broadcast->n_open == 0)
        broadcast->callback(broadcast);
}

bool broadcast_start(struct broadcast *broadcast, struct providers *providers, const uint8_t *raw, size_t raw_len)
{
    broadcast->result = SEND_UNANSWERED;
    broadcast->n_open = 0;
    broadcast->text[0] = '\0';
    for (size_t i = 0; i < providers->n; i++) {
        json_t *params = json_pack("[o]", rpc_hex(raw, raw_len));
        if (rpc_call(providers->rpc[i], "eth_sendRawTransaction", params, on_answer, broadcast, NULL) != BADGE_OK)
            continue;
        metric_add(METRIC_RPC_REQUESTS, 1);
        broadcast->n_open++;
    }
    return broadcast->n_open > 0;
}
