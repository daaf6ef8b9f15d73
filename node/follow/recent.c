/*
 * Recent changes, for follow.c. The invariant: each change is reported once, to the log and to on_change(), after the
 * store has it. A change that a reorganization reverts is reported as undone, unless the new chain has it too.
 */
#include "follow/recent.h"

#include <stdlib.h>
#include <string.h>

#include "core/grow.h"
#include "runtime/log.h"

#define MAX_CHANGES ((size_t)1 << 20)
#define MAX_LINES 16          /* of the log for one round */
#define REINSTATED UINT64_MAX /* in place of a reverted change's block */

static void changes_release(struct changes *changes)
{
    free(changes->change);
    *changes = (struct changes){0};
}

void recent_release(struct recent *recent)
{
    changes_release(&recent->changes);
    changes_release(&recent->reverted);
}

/* Makes room for n more. */
static bool grow(struct changes *changes, size_t n)
{
    struct store_change *grown = core_grow(changes->change, &changes->capacity, changes->n + n, sizeof *grown);
    if (grown)
        changes->change = grown;
    return grown;
}

static struct store_change change_of(const struct recent *recent, const struct registry_event *event)
{
    static const enum store_change_kind kind[] = {[REGISTRY_EVENT_WITHDRAWN] = STORE_CHANGE_WITHDRAWN,
                                                  [REGISTRY_EVENT_REVOKED] = STORE_CHANGE_REVOKED,
                                                  [REGISTRY_EVENT_RESTORED] = STORE_CHANGE_RESTORED,
                                                  [REGISTRY_EVENT_OPERATOR] = STORE_CHANGE_REMOVED};
    bool by_issuer = event->kind == REGISTRY_EVENT_WITHDRAWN || event->kind == REGISTRY_EVENT_RESTORED;
    return (struct store_change){.kind = event->allowed ? STORE_CHANGE_APPOINTED : kind[event->kind],
                                 .subject = event->subject,
                                 .account = by_issuer ? recent->issuer : event->account,
                                 .reason = event->reason,
                                 .at_s = event->time_s,
                                 .block_number = event->block_number};
}

bool recent_add(struct recent *recent, const struct registry_events *events, bool by_all)
{
    struct changes *changes = &recent->changes;
    if (events->n > MAX_CHANGES - changes->n || !grow(changes, events->n))
        return false;
    for (size_t i = 0; i < events->n; i++) {
        const struct registry_event *event = &events->event[i];
        changes->change[changes->n++] = change_of(recent, event);
        if (event->kind == REGISTRY_EVENT_WITHDRAWN && !by_all && recent->first_unconfirmed_withdrawal == 0)
            recent->first_unconfirmed_withdrawal = event->block_number;
    }
    return true;
}

/* -- reports ------------------------------------------------------------------------------------------------------- */

static void report(const struct recent *recent, const struct store_change *change, bool undone, unsigned *n_lines)
{
    static const char *const text[] = {[STORE_CHANGE_REVOKED] = "credential revoked on the chain",
                                       [STORE_CHANGE_RESTORED] = "credential restored on the chain",
                                       [STORE_CHANGE_WITHDRAWN] = "batch withdrawn on the chain",
                                       [STORE_CHANGE_APPOINTED] = "operator appointed on the chain",
                                       [STORE_CHANGE_REMOVED] = "operator removed on the chain"};
    if ((*n_lines)++ < MAX_LINES) {
        char account[BADGE_ADDRESS_LEN + 1];
        badge_address_format(account, &change->account);
        log_info(text[change->kind], log_hex("subject", change->subject.b, sizeof change->subject.b),
                 log_text("account", account), log_u64("block", change->block_number), log_bool("undone", undone));
    }
    if (recent->on_change)
        recent->on_change(recent->context, change, undone);
}

static int compare_content(const void *left, const void *right)
{
    const struct store_change *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->reason != b->reason)
        return a->reason < b->reason ? -1 : 1;
    int order = badge_hash_compare(&a->subject, &b->subject);
    return order ? order : memcmp(&a->account, &b->account, sizeof a->account);
}

/* Whether a reverted change is back, perhaps in another block; then it is not reverted any more. */
static bool is_reinstated(const struct changes *reverted, const struct store_change *change)
{
    struct store_change *end = reverted->change + reverted->n, *found = NULL;
    if (reverted->n > 0)
        found = bsearch(change, reverted->change, reverted->n, sizeof *found, compare_content);
    while (found && found > reverted->change && compare_content(found - 1, change) == 0)
        found--;
    for (; found && found < end && compare_content(found, change) == 0; found++)
        if (found->block_number != REINSTATED) {
            found->block_number = REINSTATED;
            return true;
        }
    return false;
}

void recent_report(struct recent *recent, bool live, bool at_head)
{
    unsigned n_lines = 0;
    for (; recent->n_reported < recent->changes.n; recent->n_reported++) {
        const struct store_change *change = &recent->changes.change[recent->n_reported];
        if (!live)
            recent->has_older = true;
        else if (!is_reinstated(&recent->reverted, change))
            report(recent, change, false, &n_lines);
    }
    for (size_t i = 0; at_head && i < recent->reverted.n; i++)
        if (recent->reverted.change[i].block_number != REINSTATED)
            report(recent, &recent->reverted.change[i], true, &n_lines);
    if (at_head)
        changes_release(&recent->reverted);
    if (n_lines > MAX_LINES)
        log_info("more registry changes, not listed", log_u64("changes", n_lines - MAX_LINES));
}

void recent_remove(struct recent *recent, size_t n)
{
    struct changes *changes = &recent->changes;
    if (n > 0)
        memmove(changes->change, changes->change + n, (changes->n - n) * sizeof *changes->change);
    changes->n -= n;
    recent->n_reported -= n;
}

void recent_drop(struct recent *recent)
{
    struct changes *reverted = &recent->reverted, *changes = &recent->changes;
    if (recent->n_reported > 0 && grow(reverted, recent->n_reported)) { /* or they are reported twice: harmless */
        memcpy(reverted->change + reverted->n, changes->change, recent->n_reported * sizeof *changes->change);
        reverted->n += recent->n_reported;
        qsort(reverted->change, reverted->n, sizeof *reverted->change, compare_content);
    }
    changes_release(changes);
    recent->n_reported = 0;
    recent->first_unconfirmed_withdrawal = 0;
}
