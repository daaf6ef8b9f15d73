/*
 * Requests to all quorum members. follow.c uses them, beside the rounds of the anchor and over the same providers. A
 * provider that fails here may still serve the anchor, so it is ejected only if it sends a Retry-After. The invariant:
 * done() runs once all members have answered, and never before quorum_ask() has returned.
 */
#include "chain/quorum.h"

#include <stdio.h>

static bool choose_members(struct quorum_members *out, bool healthy)
{
    bool found = false;
    for (size_t i = 0; i < out->providers->n && i < QUORUM_MAX_MEMBERS; i++) {
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

static void on_quorum_reply(void *context, const struct rpc_reply *reply)
{
    struct quorum_call *call = context;
    struct quorum *quorum = call->quorum;
    enum badge_status status = reply->status == BADGE_OK ? quorum->answer(quorum, reply->result) : reply->status;
    bool refused = reply->status == BADGE_EREFUSED && !rpc_reply_is_transient(reply);
    const char *text = NULL;
    if (status == BADGE_OK) {
        quorum->n_answered++;
    } else if (status == BADGE_EMISMATCH) {
        quorum->n_answered++;
        quorum->differ = true;
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
    if (text && !(quorum->differ && status != BADGE_EMISMATCH))
        snprintf(quorum->why, sizeof quorum->why, "%.80s: %.100s", call->provider->name, text);
    if (reply->retry_after_ms > 0 && call->provider->up && !call->provider->all->requests.closing)
        provider_failed(call->provider, reply);
    quorum->by_all = quorum->n_answered == call->provider->all->n;
    if (--quorum->n_open == 0)
        quorum->done(quorum);
}

enum badge_status quorum_ask(struct quorum *quorum, const struct quorum_members *quorum_members, const char *method,
                             json_t *params)
{
    struct providers *providers = quorum_members->providers;
    quorum->n_open = quorum->n_answered = quorum->n_refused = quorum->n_failed = quorum->n_limited = 0;
    quorum->differ = false;
    quorum->why[0] = '\0';
    for (size_t i = 0; i < providers->n && i < QUORUM_MAX_MEMBERS; i++) {
        struct provider *provider = &providers->provider[i];
        quorum->has_refused[i] = false;
        quorum->call[i] = (struct quorum_call){quorum, provider, i};
        if (!quorum_members->is_member[i] || !provider->up || (quorum->excluded && quorum->excluded[i]))
            continue;
        if (provider_ask(provider, method, json_deep_copy(params), on_quorum_reply, &quorum->call[i], NULL) == BADGE_OK)
            quorum->n_open++;
        else
            quorum->n_failed++;
    }
    json_decref(params);
    return quorum->n_open > 0 ? BADGE_OK : BADGE_EIO;
}
