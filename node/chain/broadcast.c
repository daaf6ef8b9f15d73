/*
 * Broadcasts, for send.c. The invariant: a broadcast ends once, after the last provider has answered or failed, with
 * the result that enum send_result ranks first. A provider that does not answer is ejected, as for any other request.
 */
#include "chain/broadcast.h"

#include <stdio.h>
#include <string.h>

/* One that refuses only this call still serves the reads, unless it says for how long it is not to be asked. */
static enum send_result classify_reply(const struct rpc_reply *reply)
{
    if (reply->status == BADGE_OK)
        return SEND_ACCEPTED;
    if (reply->status != BADGE_EREFUSED)
        return SEND_UNANSWERED;
    enum send_result result = send_error_classify(reply->error_text); /* some use "internal error" for every cause */
    return result == SEND_TRY_LATER && reply->retry_after_ms > 0 ? SEND_UNANSWERED : result;
}

static void on_broadcast_answer(void *context, const struct rpc_reply *reply)
{
    const struct broadcast_call *call = context;
    struct provider *provider = call->provider;
    struct broadcast *broadcast = call->broadcast;
    enum send_result result = classify_reply(reply);
    if (result == SEND_UNANSWERED && provider->up && !provider->all->requests.closing)
        provider_failed(provider, reply);
    if (result <= broadcast->result) {
        broadcast->result = result;
        const char *text = reply->status == BADGE_EREFUSED ? reply->error_text : reply->err.text;
        snprintf(broadcast->text, sizeof broadcast->text, "%s", reply->status == BADGE_OK ? "" : text);
    }
    if (--broadcast->n_open == 0)
        coroutine_resume(broadcast->waiting);
}

bool broadcast_send(struct broadcast *broadcast, struct providers *providers, const uint8_t *raw, size_t raw_len,
                    struct coroutine *coroutine)
{
    *broadcast = (struct broadcast){.result = SEND_UNANSWERED, .waiting = coroutine};
    for (size_t i = 0; i < providers->n; i++) {
        struct provider *provider = &providers->provider[i];
        broadcast->call[i] = (struct broadcast_call){broadcast, provider};
        if (provider->up && provider_ask(provider, "eth_sendRawTransaction", json_pack("[o]", rpc_hex(raw, raw_len)),
                                         on_broadcast_answer, &broadcast->call[i], NULL) == BADGE_OK)
            broadcast->n_open++;
    }
    if (broadcast->n_open == 0)
        return false;
    coroutine_wait(coroutine);
    return true;
}
