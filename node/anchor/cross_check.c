/*
 * Compares the answers of the other providers, before something irreversible is written: that an anchor is final, that
 * a nonce is abandoned, that a final block has changed, that a root is spoiled. One provider alone decides none of
 * these. The caller's function compares the answers; a provider that fails is ejected and not asked again until it is
 * back.
 */
#include "anchor/anchor_internal.h"

static void on_cross_check_answer(void *context, const struct rpc_reply *reply)
{
    struct provider *provider = context;
    struct anchor *anchor = provider->all->context;
    struct cross_check *cross_check = &anchor->cross_check;
    if (reply->status != BADGE_OK) {
        cross_check->n_failed++;
        if (provider->up && !anchor->closing)
            provider_failed(provider, reply);
    } else if (!cross_check->agrees(anchor, reply->result)) {
        cross_check->n_differ++;
        cross_check->differing = (size_t)(provider - provider->all->provider);
    }
    if (--cross_check->n_open > 0)
        return;
    if (anchor->closing)
        anchor_round_end(anchor);
    else
        cross_check->done(anchor);
}

void cross_check_ask(struct anchor *anchor, const char *method, json_t *params, cross_check_matches agrees,
                     void (*done)(struct anchor *anchor))
{
    struct providers *providers = &anchor->providers;
    struct cross_check *cross_check = &anchor->cross_check;
    *cross_check = (struct cross_check){.agrees = agrees, .done = done};
    for (size_t i = 0; i < providers->n; i++) {
        struct provider *provider = &providers->provider[i];
        if (i == providers->current || !provider_is_quorum_member(provider))
            continue;
        if (provider_ask(provider, method, json_deep_copy(params), on_cross_check_answer, provider, NULL) == BADGE_OK)
            cross_check->n_open++;
        else
            cross_check->n_failed++;
    }
    json_decref(params);
    if (cross_check->n_open == 0)
        done(anchor);
}
