/*
 * Event logs from a quorum. follow/reader.c adds the times of the events; anchor/stale_store.c looks for anchors that
 * the store does not have. The invariant: what is returned is one provider's valid list, and no other contradicts it.
 */
#include "chain/quorum_events.h"

#include <string.h>

#define SMALL_RANGE_BLOCKS 64 /* a provider that refuses even these does not have the events */

enum scan_outcome quorum_scan_outcome(const struct quorum *logs, uint64_t n_blocks)
{
    bool refused = logs->n_refused > 0 || (logs->n_limited > 0 && n_blocks > 1);
    if (logs->n_differ > 0)
        return SCAN_DIFFERS;
    if (logs->n_answered > 0 && (!refused || n_blocks <= SMALL_RANGE_BLOCKS))
        return SCAN_DONE;
    if (refused)
        return SCAN_REFUSED;
    return logs->n_failed > 0 ? SCAN_FAILED : SCAN_UNASKED;
}

static bool same_event(const struct registry_event *a, const struct registry_event *b)
{
    return a->kind == b->kind && a->allowed == b->allowed && a->reason == b->reason && a->sequence == b->sequence &&
           a->block_number == b->block_number && a->log_index == b->log_index &&
           badge_hash_compare(&a->block_hash, &b->block_hash) == 0 &&
           badge_hash_compare(&a->subject, &b->subject) == 0 &&
           memcmp(&a->account, &b->account, sizeof a->account) == 0;
}

static bool same_events(const struct registry_events *a, const struct registry_events *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (!same_event(&a->event[i], &b->event[i]))
            return false;
    return a->n == b->n;
}

struct logs {
    const struct registry_events_filter *wanted;
    struct registry_events *events;
};

/* Keeps the first valid list; the others must be equal to it. */
static enum badge_status logs_answer(struct quorum *quorum, const json_t *result)
{
    struct logs *logs = quorum->context;
    struct registry_events events = {0};
    enum badge_status status = BADGE_OK;
    if (registry_events_read(&events, logs->wanted, result, NULL) != BADGE_OK || registry_events_sort(&events) != 0)
        status = BADGE_ETYPE;
    else if (quorum->n_answered > 0 && !same_events(&events, logs->events))
        status = BADGE_EMISMATCH;
    if (status == BADGE_OK && quorum->n_answered == 0)
        *logs->events = events;
    else
        registry_events_release(&events);
    return status;
}

enum scan_outcome quorum_events(struct registry_events *out, struct quorum *quorum,
                                const struct quorum_members *members, const struct registry_events_filter *wanted,
                                struct coroutine *coroutine)
{
    struct logs logs = {.wanted = wanted, .events = out};
    *out = (struct registry_events){0};
    *quorum = (struct quorum){.answer = logs_answer, .context = &logs, .excluded = quorum->excluded};
    if (quorum_ask(quorum, members, "eth_getLogs", registry_events_params(wanted)) == BADGE_OK)
        quorum_wait(quorum, coroutine);
    enum scan_outcome outcome = quorum_scan_outcome(quorum, wanted->to - wanted->from + 1);
    if (outcome != SCAN_DONE)
        registry_events_release(out);
    return outcome;
}

bool quorum_exclude_refusing(bool excluded[PROVIDERS_MAX], const struct quorum *quorum)
{
    bool is_new = false;
    for (size_t i = 0; i < PROVIDERS_MAX; i++) {
        is_new = is_new || (quorum->has_refused[i] && !excluded[i]);
        excluded[i] = excluded[i] || quorum->has_refused[i];
    }
    return is_new;
}
