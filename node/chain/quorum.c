/*
 * Requests to all quorum members. follow.c uses them, beside the rounds of the anchor and over the same providers: a
 * provider that fails it may still serve the anchor, so it is ejected only if it sends a Retry-After. The anchor
 * cross-checks one provider with the others. The invariant: a request is open until all members have answered.
 */
#include "chain/quorum.h"

#include <stdio.h>

static bool choose_members(struct quorum_members *out, bool healthy)
{
    bool found = false;
    for (size_t i = 0; i < out->providers->n; i++) {
        const struct provider *provider = &out->providers->provider[i];
        out->is_member[i] = healthy ? provider_is_quorum_member(provider) : provider->up;
        if (!out->is_member[i] || (found && provider->head.number >= out->head))
            continue;
        out->head = provider->head.number;
        out->head_hash = provider->head.hash;
        found = true;
    }
    return found;
}

bool quorum_members_choose(struct quorum_members *out, struct providers *providers)
{
    *out = (struct quorum_members){.providers = providers};
    return choose_members(out, true) || choose_members(out, false); /* a chain may make blocks on demand only */
}

void quorum_members_others(struct quorum_members *out, struct providers *providers)
{
    *out = (struct quorum_members){.providers = providers};
    for (size_t i = 0; i < providers->n; i++)
        out->is_member[i] = i != providers->current && provider_is_quorum_member(&providers->provider[i]);
}

static bool ejects(const struct quorum *quorum, const struct provider *provider, const struct rpc_reply *reply)
{
    return reply->status != BADGE_OK && (quorum->cross_check || reply->retry_after_ms > 0) && provider->up &&
           !provider->all->requests.closing;
}

static void on_quorum_reply(void *context, const struct rpc_reply *reply)
{
    struct quorum_call *call = context;
    struct quorum *quorum = call->quorum;
    enum badge_status status = reply->status == BADGE_OK ? quorum->answer(quorum, reply->result) : reply->status;
    bool refused = reply->status == BADGE_EREFUSED && !rpc_reply_is_transient(reply) && !quorum->cross_check;
    const char *text = NULL;
    if (status == BADGE_OK) {
        quorum->n_answered++;
    } else if (status == BADGE_EMISMATCH) {
        quorum->n_answered++;
        quorum->n_differ++;
        quorum->differing = call->i;
        text = "returned a different answer than the other providers";
    } else if (refused) {
        quorum->n_refused++;
        quorum->has_refused[call->i] = true;
        text = reply->error_text;
    } else {
        quorum->n_failed++;
        quorum->n_limited += reply->status == BADGE_EREFUSED && reply->http_status != 429;
        text = reply->status == BADGE_OK ? "returned an invalid answer" : provider_error_text(call->provider, reply);
    }
    if (text && !(quorum->n_differ > 0 && status != BADGE_EMISMATCH))
        snprintf(quorum->why, sizeof quorum->why, "%.80s: %.100s", call->provider->name, text);
    if (ejects(quorum, call->provider, reply))
        provider_failed(call->provider, reply);
    quorum->by_all = quorum->n_answered == call->provider->all->n;
    if (--quorum->n_open == 0 && quorum->waiting)
        coroutine_resume(quorum->waiting);
}

enum badge_status quorum_ask(struct quorum *quorum, const struct quorum_members *quorum_members, const char *method,
                             json_t *params)
{
    struct providers *providers = quorum_members->providers;
    for (size_t i = 0; i < providers->n; i++) {
        struct provider *provider = &providers->provider[i];
        quorum->call[i] = (struct quorum_call){quorum, provider, i};
        if (!quorum_members->is_member[i] || !provider->up || (quorum->excluded && quorum->excluded[i]))
            continue;
        if (provider_ask(provider, method, json_deep_copy(params), on_quorum_reply, &quorum->call[i], NULL) == BADGE_OK)
            quorum->n_open++;
        else
            quorum->n_failed++;
    }
    json_decref(params);
    if (quorum->n_open > 0)
        return BADGE_OK;
    snprintf(quorum->why, sizeof quorum->why, "no provider could be queried");
    return BADGE_EIO;
}

void quorum_wait(struct quorum *quorum, struct coroutine *coroutine)
{
    if (quorum->n_open == 0)
        return;
    quorum->waiting = coroutine;
    coroutine_wait(coroutine);
}
