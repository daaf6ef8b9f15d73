/*
 * Takes the health of store and anchor to where monitors look. reload.c calls it each second, so the watchdog's sign of
 * life is a turn of the main loop.
 */
#include "daemon/node.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/metrics.h"
#include "runtime/sd_notify.h"

/* The watchdog message for the service manager, with the status line that `systemctl status` shows. */
static void notify_service_manager(const struct node *node, const struct anchor_health *health, const char *broken)
{
    char state[320];
    const char *why = broken[0] ? broken : health->connected ? NULL : health->why;
    if (node->stopping)
        return;
    if (why)
        snprintf(state, sizeof state, "WATCHDOG=1\nSTATUS=not ready: %.*s", (int)strcspn(why, "\n"), why);
    else
        snprintf(state, sizeof state, "WATCHDOG=1\nSTATUS=ready, %zu pending", store_n_pending(node->store));
    notify_send(state);
}

/* at_s 0: there is none */
static void set_age_metric(const struct node *node, enum metric metric, struct age *age, int64_t at_s)
{
    uint64_t ms = at_s == 0 ? 0 : age_ms(age, at_s, (int64_t)time(NULL), uv_now(&node->loop));
    metric_set(metric, (int64_t)(ms / 1000));
}

static void set_revocation_metrics(struct node *node)
{
    struct store_revocations revocations;
    store_revocations(node->store, &revocations);
    metric_set(METRIC_REVOCATIONS_PENDING, (int64_t)revocations.n_open);
    set_age_metric(node, METRIC_OLDEST_REVOCATION_SECONDS, &node->oldest_revocation, revocations.oldest_at_s);
}

void node_report_health(struct node *node)
{
    struct anchor_health health;
    char broken[200];
    anchor_health(node->anchor, &health);
    store_health(node->store, broken);
    metric_set(METRIC_READY, health.connected && broken[0] == '\0');
    metric_set(METRIC_STORE_FAILED, broken[0] != '\0');
    metric_set(METRIC_PENDING, (int64_t)store_n_pending(node->store));
    set_revocation_metrics(node);
    notify_service_manager(node, &health, broken);
    set_age_metric(node, METRIC_OLDEST_UNANCHORED_SECONDS, &node->oldest_unanchored,
                   store_oldest_unanchored_s(node->store));
}
