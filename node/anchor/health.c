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

static void publish(struct health *health)
{
    const struct condition *first = NULL;
    for (size_t i = 0; i < N_CONDITIONS && !first; i++)
        if (health->condition[i].code)
            first = &health->condition[i];

    struct anchor_health *shown = &health->shown;
    const char *before = shown->connected ? NULL : shown->code, *code = first ? first->code : NULL;
    bool is_change = (!before) != (!code) || (code && strcmp(before, code) != 0);
    uv_mutex_lock(&health->lock);
    shown->connected = !first;
    shown->code = code;
    snprintf(shown->why, sizeof shown->why, "%s", first ? first->why : "");
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
    publish(health);
}

void health_clear(struct health *health, enum condition_kind kind)
{
    if (!health->condition[kind].code)
        return;
    health->condition[kind].code = NULL;
    publish(health);
}

void health_read(struct health *health, struct anchor_health *out)
{
    uv_mutex_lock(&health->lock);
    *out = health->shown;
    uv_mutex_unlock(&health->lock);
}

/* -- facts --------------------------------------------------------------------------------------------------------- */

void health_set_blocks(struct health *health, uint64_t head, uint64_t finalized)
{
    uv_mutex_lock(&health->lock);
    health->shown.head = head;
    health->shown.finalized = finalized;
    uv_mutex_unlock(&health->lock);
    metric_set(METRIC_HEAD_BLOCK, (int64_t)head);
}

void health_set_providers(struct health *health)
{
    const struct providers *providers = health->providers;
    size_t n = providers->n < ANCHOR_MAX_PROVIDERS ? providers->n : ANCHOR_MAX_PROVIDERS;
    uv_mutex_lock(&health->lock);
    health->shown.n_providers = n;
    for (size_t i = 0; i < n; i++) {
        struct anchor_provider *shown = &health->shown.provider[i];
        snprintf(shown->url, sizeof shown->url, "%.127s", providers->provider[i].name);
        shown->healthy = provider_is_healthy(&providers->provider[i]);
        shown->head = providers->provider[i].head.number;
    }
    uv_mutex_unlock(&health->lock);
}

void health_set_operator(struct health *health, const struct badge_address *account)
{
    uv_mutex_lock(&health->lock);
    health->shown.has_operator = true;
    health->shown.operator_address = *account;
    uv_mutex_unlock(&health->lock);
}

void health_set_balance(struct health *health, const struct badge_wei *balance)
{
    uv_mutex_lock(&health->lock);
    health->shown.balance = *balance;
    uv_mutex_unlock(&health->lock);
    metric_set(METRIC_BALANCE_GWEI, badge_wei_to_gwei(balance));
}

void health_set_store_age(struct health *health, enum anchor_store_age age)
{
    uv_mutex_lock(&health->lock);
    health->shown.store_age = age;
    uv_mutex_unlock(&health->lock);
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
