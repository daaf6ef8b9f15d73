/*
 * Each part of the anchor raises and clears conditions of its own kind; /readyz shows the most severe one, and the log
 * has each change of it.
 */
#include "anchor/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/log.h"
#include "runtime/metrics.h"

#define DISAGREE_MS 20000 /* the time that a block may take to reach every provider */

static void list_providers(struct anchor_health *out, const struct providers *providers)
{
    out->n_providers = providers->n < ANCHOR_MAX_PROVIDERS ? providers->n : ANCHOR_MAX_PROVIDERS;
    for (size_t i = 0; i < out->n_providers; i++) {
        struct anchor_provider *shown = &out->provider[i];
        snprintf(shown->url, sizeof shown->url, "%.127s", providers->provider[i].name);
        shown->healthy = provider_is_healthy(&providers->provider[i]);
        shown->head = providers->provider[i].head.number;
    }
}

void health_publish(struct health *health)
{
    struct anchor_health *now = &health->now;
    const struct condition *first = NULL;
    for (size_t i = 0; i < N_CONDITIONS && !first; i++)
        if (health->condition[i].code)
            first = &health->condition[i];

    const char *before = now->connected ? NULL : now->code, *code = first ? first->code : NULL;
    bool is_change = (!before) != (!code) || (code && strcmp(before, code) != 0);
    now->connected = !first;
    now->code = code;
    snprintf(now->why, sizeof now->why, "%s", first ? first->why : "");
    list_providers(now, health->providers);
    uv_mutex_lock(&health->lock);
    health->shown = *now;
    uv_mutex_unlock(&health->lock);
    const struct provider *provider = providers_current(health->providers);
    if (is_change && !first)
        log_info("chain ready", log_text("provider", provider->name), log_u64("head", provider->head.number));
    else if (is_change)
        log_warn("chain not ready", log_text("code", code), log_text("why", first->why));
}

void health_raise(struct health *health, enum condition_kind kind, const char *code, const char *format, ...)
{
    struct condition *condition = &health->condition[kind];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(condition->why, sizeof condition->why, format, arguments);
    va_end(arguments);
    condition->code = code;
    health_publish(health);
}

void health_clear(struct health *health, enum condition_kind kind)
{
    if (!health->condition[kind].code)
        return;
    health->condition[kind].code = NULL;
    health_publish(health);
}

void health_at_fee_cap(struct health *health, const struct tx_job *job)
{
    char name[JOB_NAME_LEN];
    metric_set(METRIC_ANCHOR_AT_FEE_CAP, job ? 1 : 0);
    if (!job) {
        health_clear(health, CONDITION_FEE_CAP);
        return;
    }
    health_raise(health, CONDITION_FEE_CAP, "fee_cap",
                 "%s waits for lower prices, its fee may not be raised: if it is urgent, raise chain.max_fee and "
                 "chain.max_priority_fee, and restart the node",
                 job_name(name, job));
}

/* -- disagreement -------------------------------------------------------------------------------------------------- */

void health_disagree(struct health *health, const struct tx_job *job, const char *one, const char *other,
                     uint64_t now_ms)
{
    char name[JOB_NAME_LEN];
    if (health->disagreement.since_ms == 0) {
        health->disagreement.since_ms = now_ms;
        health->disagreement.id = job->id;
        metric_set(METRIC_PROVIDERS_DISAGREE, 1);
        log_warn("providers disagree about a receipt", job_log_field(job), log_text("one", one),
                 log_text("other", other), log_hex("transaction", job->receipt.transaction.b, 32));
    }
    if (job_id_equal(health->disagreement.id, job->id) && now_ms - health->disagreement.since_ms >= DISAGREE_MS)
        health_raise(health, CONDITION_DISAGREE, "providers_disagree",
                     "%.50s and %.50s differ on %s; not final until they agree: remove the wrong one from chain.rpc",
                     one, other, job_name(name, job));
}

void health_agree(struct health *health, struct store_job_id id)
{
    if (!job_id_equal(health->disagreement.id, id))
        return; /* they disagree about another job */
    health->disagreement.since_ms = 0;
    health->disagreement.id.number = 0;
    metric_set(METRIC_PROVIDERS_DISAGREE, 0);
    health_clear(health, CONDITION_DISAGREE);
}
