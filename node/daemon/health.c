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

static void set_revocation_metrics(const struct node *node, int64_t now_s)
{
    struct store_revocations revocations;
    store_revocations(node->store, &revocations);
    int64_t oldest_s = revocations.oldest_at_s;
    metric_set(METRIC_REVOCATIONS_PENDING, (int64_t)revocations.n_open);
    metric_set(METRIC_OLDEST_REVOCATION_SECONDS, oldest_s > 0 && oldest_s < now_s ? now_s - oldest_s : 0);
}

void node_report_health(const struct node *node)
{
    struct anchor_health health;
    char broken[200];
    anchor_health(node->anchor, &health);
    store_health(node->store, broken);
    int64_t oldest_s = store_oldest_unanchored_s(node->store), now_s = (int64_t)time(NULL);
    metric_set(METRIC_READY, health.connected && broken[0] == '\0');
    metric_set(METRIC_STORE_FAILED, broken[0] != '\0');
    metric_set(METRIC_PENDING, (int64_t)store_n_pending(node->store));
    set_revocation_metrics(node, now_s);
    notify_service_manager(node, &health, broken);
    metric_set(METRIC_OLDEST_UNANCHORED_SECONDS, oldest_s > 0 && oldest_s < now_s ? now_s - oldest_s : 0);
}
