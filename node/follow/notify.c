/*
 * News: each change is told once, to the log and to whoever publishes it, when the store has it. follow.c comes here.
 * What a reorganization takes back is told as undone, unless the new chain has it too.
 */
#include <stdlib.h>
#include <string.h>

#include "follow/follow_internal.h"
#include "runtime/log.h"

#define MAX_LINES 16         /* of the log for one look */
#define CAME_BACK UINT64_MAX /* in place of a lost event's block */

struct store_change follow_change_of(const struct follow *follow, const struct registry_event *event)
{
    struct store_change change = {.kind = STORE_CHANGE_RESTORED,
                                  .subject = event->subject,
                                  .account = follow->options.issuer, /* who alone restores and withdraws */
                                  .at_s = event->time_s,
                                  .block_number = event->block_number};
    switch (event->kind) {
    case REGISTRY_EVENT_ANCHORED: /* not asked for */
    case REGISTRY_EVENT_RESTORED:
        break;
    case REGISTRY_EVENT_WITHDRAWN:
        change.kind = STORE_CHANGE_WITHDRAWN;
        break;
    case REGISTRY_EVENT_REVOKED:
        change.kind = STORE_CHANGE_REVOKED;
        change.account = event->account;
        break;
    case REGISTRY_EVENT_OPERATOR:
        change.kind = event->allowed ? STORE_CHANGE_APPOINTED : STORE_CHANGE_REMOVED;
        change.account = event->account;
        break;
    }
    return change;
}

static const char *name_of(enum store_change_kind kind)
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

static void tell(struct follow *follow, const struct registry_event *event, bool undone, unsigned *n_lines)
{
    struct store_change change = follow_change_of(follow, event);
    if ((*n_lines)++ < MAX_LINES) {
        char account[BADGE_ADDRESS_LEN + 1];
        badge_address_format(account, &change.account);
        log_info(name_of(change.kind), log_hex("subject", change.subject.b, sizeof change.subject.b),
                 log_text("account", account), log_u64("block", change.block_number), log_bool("undone", undone));
    }
    if (follow->options.changed)
        follow->options.changed(follow->options.context, &change, undone);
}

static int compare_words(const void *left, const void *right)
{
    const struct registry_event *a = left, *b = right;
    if (a->kind != b->kind || a->allowed != b->allowed)
        return a->kind * 2 + a->allowed < b->kind * 2 + b->allowed ? -1 : 1;
    int order = badge_hash_compare(&a->subject, &b->subject);
    return order ? order : memcmp(&a->account, &b->account, sizeof a->account);
}

/* Whether it was told before all was read again, and came back, perhaps in another block; then it is lost no more. */
static bool came_back(struct follow *follow, const struct registry_event *event)
{
    const struct registry_events *lost = &follow->reverted;
    struct registry_event *end = lost->event + lost->n,
                          *found = lost->n ? bsearch(event, lost->event, lost->n, sizeof *event, compare_words) : NULL;
    while (found && found > lost->event && compare_words(found - 1, event) == 0)
        found--;
    for (; found && found < end && compare_words(found, event) == 0; found++)
        if (found->block_number != CAME_BACK) {
            found->block_number = CAME_BACK;
            return true;
        }
    return false;
}

void follow_notify(struct follow *follow)
{
    unsigned n_lines = 0;
    for (; follow->n_notified < follow->events.n; follow->n_notified++) {
        const struct registry_event *event = &follow->events.event[follow->n_notified];
        if (follow->live && !came_back(follow, event))
            tell(follow, event, false, &n_lines);
    }
    if (follow->scanned_block == follow->head) {
        for (size_t i = 0; i < follow->reverted.n; i++)
            if (follow->reverted.event[i].block_number != CAME_BACK)
                tell(follow, &follow->reverted.event[i], true, &n_lines);
        registry_events_release(&follow->reverted);
    }
    if (n_lines > MAX_LINES)
        log_info("more has changed on the chain", log_u64("changes", n_lines - MAX_LINES));
}

void follow_keep_reverted(struct follow *follow)
{
    struct registry_events *lost = &follow->reverted;
    size_t n = lost->n + follow->n_notified;
    struct registry_event *grown = follow->n_notified > 0 ? realloc(lost->event, n * sizeof *grown) : NULL;
    if (!grown) /* nothing was told; or without memory it is told once more, which does no harm */
        return;
    memcpy(grown + lost->n, follow->events.event, follow->n_notified * sizeof *grown);
    *lost = (struct registry_events){.event = grown, .n = n, .capacity = n};
    qsort(lost->event, lost->n, sizeof *lost->event, compare_words);
}
