/*
 * Reports each change once, to the log and to on_change(), after the store has it. follow.c calls this. A change that a
 * reorganization reverts is reported as undone, unless the new chain has it too.
 */
#include <stdlib.h>
#include <string.h>

#include "follow/follow_internal.h"
#include "runtime/log.h"

#define MAX_LINES 16          /* of the log for one round */
#define REINSTATED UINT64_MAX /* in place of a reverted event's block */

struct store_change follow_change_of(const struct follow *follow, const struct registry_event *event)
{
    struct store_change change = {.kind = STORE_CHANGE_RESTORED,
                                  .subject = event->subject,
                                  .account = follow->options.issuer, /* only the issuer restores and withdraws */
                                  .at_s = event->time_s,
                                  .block_number = event->block_number};
    switch (event->kind) {
    case REGISTRY_EVENT_ANCHORED: /* never requested */
    case REGISTRY_EVENT_RESTORED:
        break;
    case REGISTRY_EVENT_WITHDRAWN:
        change.kind = STORE_CHANGE_WITHDRAWN;
        break;
    case REGISTRY_EVENT_REVOKED:
        change.kind = STORE_CHANGE_REVOKED;
        change.account = event->account;
        change.reason = event->reason;
        break;
    case REGISTRY_EVENT_OPERATOR:
        change.kind = event->allowed ? STORE_CHANGE_APPOINTED : STORE_CHANGE_REMOVED;
        change.account = event->account;
        break;
    }
    return change;
}

static const char *change_text(enum store_change_kind kind)
{
    switch (kind) {
    case STORE_CHANGE_REVOKED:
        return "credential revoked on the chain";
    case STORE_CHANGE_RESTORED:
        return "credential restored on the chain";
    case STORE_CHANGE_WITHDRAWN:
        return "batch withdrawn on the chain";
    case STORE_CHANGE_APPOINTED:
        return "operator appointed on the chain";
    case STORE_CHANGE_REMOVED:
        return "operator removed on the chain";
    }
    return "";
}

static void notify_change(struct follow *follow, const struct registry_event *event, bool undone, unsigned *n_lines)
{
    struct store_change change = follow_change_of(follow, event);
    if ((*n_lines)++ < MAX_LINES) {
        char account[BADGE_ADDRESS_LEN + 1];
        badge_address_format(account, &change.account);
        log_info(change_text(change.kind), log_hex("subject", change.subject.b, sizeof change.subject.b),
                 log_text("account", account), log_u64("block", change.block_number), log_bool("undone", undone));
    }
    if (follow->options.on_change)
        follow->options.on_change(follow->options.context, &change, undone);
}

static int compare_content(const void *left, const void *right)
{
    const struct registry_event *a = left, *b = right;
    if (a->kind != b->kind || a->allowed != b->allowed)
        return a->kind * 2 + a->allowed < b->kind * 2 + b->allowed ? -1 : 1;
    if (a->reason != b->reason)
        return a->reason < b->reason ? -1 : 1;
    int order = badge_hash_compare(&a->subject, &b->subject);
    return order ? order : memcmp(&a->account, &b->account, sizeof a->account);
}

/* Whether a reverted event is back, perhaps in another block; then it is not reverted any more. */
static bool is_reinstated(struct follow *follow, const struct registry_event *event)
{
    const struct registry_events *reverted = &follow->reverted;
    struct registry_event *end = reverted->event + reverted->n,
                          *found = reverted->n
                                       ? bsearch(event, reverted->event, reverted->n, sizeof *event, compare_content)
                                       : NULL;
    while (found && found > reverted->event && compare_content(found - 1, event) == 0)
        found--;
    for (; found && found < end && compare_content(found, event) == 0; found++)
        if (found->block_number != REINSTATED) {
            found->block_number = REINSTATED;
            return true;
        }
    return false;
}

void follow_notify(struct follow *follow)
{
    unsigned n_lines = 0;
    for (; follow->n_notified < follow->events.n; follow->n_notified++) {
        const struct registry_event *event = &follow->events.event[follow->n_notified];
        if (follow->live && !is_reinstated(follow, event))
            notify_change(follow, event, false, &n_lines);
    }
    if (follow->scanned_block == follow->head) {
        for (size_t i = 0; i < follow->reverted.n; i++)
            if (follow->reverted.event[i].block_number != REINSTATED)
                notify_change(follow, &follow->reverted.event[i], true, &n_lines);
        registry_events_release(&follow->reverted);
    }
    if (n_lines > MAX_LINES)
        log_info("more registry changes, not listed", log_u64("changes", n_lines - MAX_LINES));
}

void follow_keep_reverted(struct follow *follow)
{
    struct registry_events *reverted = &follow->reverted;
    size_t n = reverted->n + follow->n_notified;
    struct registry_event *grown = follow->n_notified > 0 ? realloc(reverted->event, n * sizeof *grown) : NULL;
    if (!grown) /* nothing was reported; or out of memory, and changes are reported twice, which is harmless */
        return;
    memcpy(grown + reverted->n, follow->events.event, follow->n_notified * sizeof *grown);
    *reverted = (struct registry_events){.event = grown, .n = n, .capacity = n};
    qsort(reverted->event, reverted->n, sizeof *reverted->event, compare_content);
}
