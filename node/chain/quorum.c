/*
 * Questions to all. follow.c asks them, beside the rounds of the anchor and over the same providers. A provider that
 * fails here may be good for anchoring, so it is ejected only if it asks to be left alone. The invariant: done() runs
 * once all that were asked have answered, and never before poll_ask() has returned.
 */
#include "chain/quorum.h"

#include <stdio.h>

static bool choose(struct voters *out, bool healthy)
{
    bool found = false;
    for (size_t i = 0; i < out->providers->n && i < POLL_MAX_VOTERS; i++) {
        const struct provider *provider = &out->providers->provider[i];
        out->has_say[i] = healthy ? provider_has_say(provider) : provider->up;
        if (!out->has_say[i] || (found && provider->head.number >= out->head))
            continue;
        out->head = provider->head.number;
        out->head_hash = provider->head.hash;
        found = true;
    }
    return found;
}

bool voters_choose(struct voters *out, struct providers *providers)
{
    *out = (struct voters){.providers = providers};
    return choose(out, true) || choose(out, false); /* a chain may make blocks on demand only */
}

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct poll_voice *voice = context;
    struct poll *poll = voice->poll;
    enum badge_status status = reply->status == BADGE_OK ? poll->answer(poll, reply->result) : reply->status;
    bool refused = reply->status == BADGE_EREFUSED && !rpc_reply_is_transient(reply);
    const char *text = NULL;
    if (status == BADGE_OK) {
        poll->n_answered++;
    } else if (status == BADGE_EMISMATCH) {
        poll->n_answered++;
        poll->differ = true;
        text = "tells something else than the others";
    } else if (refused) {
        poll->n_refused++;
        poll->has_refused[voice->i] = true;
        text = reply->error_text;
    } else {
        poll->n_failed++;
        poll->n_limited += reply->status == BADGE_EREFUSED && reply->http_status != 429;
        text = reply->status == BADGE_OK         ? "gives an answer that can't be read"
               : reply->status == BADGE_EREFUSED ? reply->error_text
                                                 : reply->err.text;
    }
    if (text != NULL && !(poll->differ && status != BADGE_EMISMATCH))
        snprintf(poll->why, sizeof poll->why, "%.80s %.100s", voice->provider->name, text);
    if (reply->retry_after_ms > 0 && voice->provider->up && !voice->provider->all->questions.closing)
        provider_failed(voice->provider, reply);
    poll->by_all = poll->n_answered == voice->provider->all->n;
    if (--poll->n_open == 0)
        poll->done(poll);
}

enum badge_status poll_ask(struct poll *poll, const struct voters *voters, const char *method, json_t *params)
{
    struct providers *providers = voters->providers;
    poll->n_open = poll->n_answered = poll->n_refused = poll->n_failed = poll->n_limited = 0;
    poll->differ = false;
    poll->why[0] = '\0';
    for (size_t i = 0; i < providers->n && i < POLL_MAX_VOTERS; i++) {
        struct provider *provider = &providers->provider[i];
        poll->has_refused[i] = false;
        poll->voice[i] = (struct poll_voice){poll, provider, i};
        if (!voters->has_say[i] || !provider->up || (poll->silent != NULL && poll->silent[i]))
            continue;
        if (provider_ask(provider, method, json_deep_copy(params), on_reply, &poll->voice[i], NULL) == BADGE_OK)
            poll->n_open++;
        else
            poll->n_failed++;
    }
    json_decref(params);
    return poll->n_open > 0 ? BADGE_OK : BADGE_EIO;
}
