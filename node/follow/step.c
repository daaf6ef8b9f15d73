/*
 * The ends of a step: a request to the quorum, the end of a round, its failure with backoff; and what of the follower's
 * state is shown to others. follow.c and start.c call these; nothing here knows what comes next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/grow.h"
#include "follow/follow_internal.h"
#include "net/retry.h"
#include "runtime/log.h"

#define REPORT_AFTER 4               /* failed rounds in a row: most failures are transient */
#define MAX_EVENTS ((size_t)1 << 20) /* above the last final block */

static const struct net_retry_policy failed_rounds = {.first_ms = 500, .max_ms = 30000};

/* -- health -------------------------------------------------------------------------------------------------------- */

void follow_set_condition(struct follow *follow, const char *code, const char *why)
{
    struct follow_health *health = &follow->health;
    bool is_change = (!health->code) != (!code) || (code && strcmp(health->code, code) != 0);
    uv_mutex_lock(&follow->lock);
    health->code = code;
    snprintf(health->why, sizeof health->why, "%s", why);
    uv_mutex_unlock(&follow->lock);
    if (is_change && code)
        log_warn("registry sync degraded", log_text("code", code), log_text("why", why));
    else if (is_change)
        log_info("registry sync recovered", log_u64("block", follow->scanned_block));
}

void follow_publish_position(struct follow *follow)
{
    uv_mutex_lock(&follow->lock);
    follow->health.block = follow->scanned_block;
    follow->health.finalized = follow->final_block;
    uv_mutex_unlock(&follow->lock);
}

/* What was read is current as of now. */
void follow_mark_current(struct follow *follow)
{
    uv_mutex_lock(&follow->lock);
    follow->last_ok_ms = uv_hrtime() / 1000000;
    uv_mutex_unlock(&follow->lock);
    follow->n_failed = 0;
    if (follow->first_unconfirmed_withdrawal > 0 && !follow->permanent_code)
        follow_set_condition(
            follow, "withdrawal_unconfirmed",
            "a withdrawal becomes final only when all providers in chain.rpc return it, and one of them does "
            "not answer");
    else
        follow_set_condition(follow, follow->permanent_code, follow->permanent_code ? follow->permanent_why : "");
}

/* -- ends of a round ----------------------------------------------------------------------------------------------- */

void follow_round_end(struct follow *follow)
{
    follow->running = false;
    follow_publish_position(follow);
    if (follow->closing)
        uv_close((uv_handle_t *)&follow->timer, follow_free);
}

void follow_failed(struct follow *follow, const char *code, const char *why)
{
    follow->n_failed++;
    follow->not_before_ms = uv_now(follow->options.loop) + net_retry_delay_ms(&failed_rounds, follow->n_failed, 0, 0);
    follow->rescan = true;
    if (follow->n_failed >= REPORT_AFTER && !follow->closing)
        follow_set_condition(follow, code, why);
    follow_round_end(follow);
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

void follow_ask(struct follow *follow, const char *method, json_t *params, quorum_reader answer,
                void (*done)(struct quorum *quorum))
{
    follow->quorum.answer = answer;
    follow->quorum.done = done;
    follow->quorum.context = follow;
    if (follow->closing) {
        json_decref(params);
        follow_round_end(follow);
    } else if (quorum_ask(&follow->quorum, &follow->quorum_members, method, params) != BADGE_OK) {
        follow_failed(follow, "chain_unreachable", "no provider could be queried");
    }
}

bool follow_may_continue(struct follow *follow, const struct quorum *quorum)
{
    if (!follow->closing && quorum->n_differ == 0 && quorum->n_answered > 0)
        return true;
    if (follow->closing)
        follow_round_end(follow);
    else
        follow_failed(follow, quorum->n_differ > 0 ? "providers_disagree" : "chain_unreachable", quorum->why);
    return false;
}

/* -- events in memory ---------------------------------------------------------------------------------------------- */

enum badge_status follow_add_event(struct follow *follow, const struct registry_event *event, bool by_all)
{
    struct registry_events *events = &follow->events;
    if (events->n == MAX_EVENTS)
        return BADGE_ELIMIT;
    struct registry_event *grown = core_grow(events->event, &events->capacity, events->n + 1, sizeof *grown);
    if (!grown)
        return BADGE_ENOMEM;
    events->event = grown;
    events->event[events->n++] = *event;
    if (event->kind == REGISTRY_EVENT_WITHDRAWN && !by_all && follow->first_unconfirmed_withdrawal == 0)
        follow->first_unconfirmed_withdrawal = event->block_number;
    return BADGE_OK;
}

void follow_free(uv_handle_t *timer)
{
    struct follow *follow = timer->data;
    event_scan_release(&follow->scan);
    registry_events_release(&follow->events);
    registry_events_release(&follow->reverted);
    uv_mutex_destroy(&follow->lock);
    free(follow);
}
