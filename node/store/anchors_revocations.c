/*
 * Requests and sets of revocations in memory, for anchors.c, which holds its lock during each call. The invariant: a
 * request never changes its position, sets follow each other without a gap, and a digest gets a new request only after
 * its latest one was mined or dropped. Until then a repeated request moves the time of the open one forward, so that it
 * is later than a restore by the issuer in between.
 */
#include "store/anchors_revocations.h"
#include "core/grow.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct revocations_request, digest) == 0, "what digest_table.h asks of an entry");

void anchors_attempts_release(struct anchors_attempts *attempts)
{
    for (size_t i = 0; i < attempts->n; i++)
        free(attempts->encoded[i].payload);
    free(attempts->encoded);
    *attempts = (struct anchors_attempts){0};
}

void revocations_release(struct revocations *revocations)
{
    for (size_t i = 0; i < revocations->n_sets; i++)
        anchors_attempts_release(&revocations->sets[i].attempts);
    for (struct revocations_note *note = revocations->notes, *next; note; note = next) {
        next = note->next;
        free(note);
    }
    free(revocations->sets);
    digest_table_release(&revocations->requests);
}

/* -- requests and sets --------------------------------------------------------------------------------------------- */

enum badge_status revocations_reserve(struct revocations *revocations, size_t n, pthread_mutex_t *readers,
                                      struct badge_err *err)
{
    if (n > UINT32_MAX / 4 - digest_table_count(&revocations->requests))
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the store has reached its limit of revocations");
    return digest_table_reserve(&revocations->requests, sizeof(struct revocations_request), n, readers, err);
}

enum badge_status revocations_keep_note(struct revocations *revocations, const struct revocations_note **out,
                                        const struct badge_text *note, struct badge_err *err)
{
    *out = NULL;
    if (note->len == 0)
        return BADGE_OK;
    struct revocations_note *kept = malloc(sizeof *kept + note->len);
    if (!kept)
        return badge_no_memory(err);
    kept->next = revocations->notes;
    kept->len = note->len;
    memcpy(kept->text, note->bytes, note->len);
    *out = revocations->notes = kept;
    return BADGE_OK;
}

struct revocations_set *revocations_set(struct revocations *revocations, uint32_t number)
{
    return number >= 1 && number <= revocations->n_sets ? &revocations->sets[number - 1] : NULL;
}

/* All requests of a spoiled set were dropped, so it is never asked for. */
static const enum store_revocation states[] = {
    [STORE_ANCHOR_SEALED] = STORE_REVOCATION_REQUESTED, [STORE_ANCHOR_SIGNED] = STORE_REVOCATION_REQUESTED,
    [STORE_ANCHOR_SENT] = STORE_REVOCATION_SENT,        [STORE_ANCHOR_MINED] = STORE_REVOCATION_MINED,
    [STORE_ANCHOR_FINAL] = STORE_REVOCATION_FINAL,      [STORE_ANCHOR_SPOILED] = STORE_REVOCATION_REQUESTED,
};

/* Sets are consecutive ranges of the requests. */
static const struct revocations_set *set_of(const struct revocations *revocations, size_t request)
{
    size_t low = 0, high = revocations->n_sets;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (revocations->sets[middle].first <= request)
            low = middle;
        else
            high = middle;
    }
    return &revocations->sets[low];
}

static struct revocations_request *latest_request(const struct revocations *revocations,
                                                  const struct badge_hash *digest)
{
    struct revocations_request *found = digest_table_find(&revocations->requests, digest);
    return found && found->at_s != REVOCATIONS_DROPPED ? found : NULL;
}

const struct revocations_request *revocations_latest(const struct revocations *revocations,
                                                     const struct badge_hash *digest)
{
    return latest_request(revocations, digest);
}

const struct store_anchor *revocations_anchor(const struct revocations *revocations, const struct badge_hash *digest)
{
    const struct revocations_request *found = latest_request(revocations, digest);
    if (!found)
        return NULL;
    size_t number = (size_t)digest_table_number(&revocations->requests, found);
    return number < revocations->n_taken ? &set_of(revocations, number)->set.anchor : NULL;
}

enum store_revocation revocations_state(const struct revocations *revocations, const struct badge_hash *digest)
{
    const struct store_anchor *anchor = revocations_anchor(revocations, digest);
    if (anchor)
        return states[anchor->state];
    return latest_request(revocations, digest) ? STORE_REVOCATION_REQUESTED : STORE_REVOCATION_NONE;
}

/* The latest request, if it is not mined yet. */
static struct revocations_request *open_request(const struct revocations *revocations, const struct badge_hash *digest)
{
    enum store_revocation state = revocations_state(revocations, digest);
    bool is_open = state == STORE_REVOCATION_REQUESTED || state == STORE_REVOCATION_SENT;
    return is_open ? latest_request(revocations, digest) : NULL;
}

bool revocations_is_news(const struct revocations *revocations, const struct badge_hash *digest, int64_t at_s)
{
    const struct revocations_request *request = open_request(revocations, digest);
    return !request || request->at_s < at_s;
}

void revocations_request(struct revocations *revocations, const struct badge_hash *digest, int64_t at_s,
                         enum badge_reason reason, const struct revocations_note *note)
{
    struct revocations_request *request = open_request(revocations, digest);
    if (request) {
        request->at_s = request->at_s < at_s ? at_s : request->at_s;
        return;
    }
    digest_table_push(&revocations->requests, &(struct revocations_request){*digest, at_s, at_s, reason, note});
}

uint32_t revocations_next_set(const struct revocations *revocations, uint32_t max)
{
    const struct digest_table *requests = &revocations->requests;
    size_t first = revocations->n_taken, n_waiting = digest_table_count(requests) - first;
    enum badge_reason reason = 0;
    for (uint32_t n = 0; n < n_waiting && n < max; n++) {
        const struct revocations_request *request = digest_table_at(requests, first + n);
        if (n > 0 && request->reason != reason)
            return n;
        reason = request->reason;
    }
    return n_waiting < max ? (uint32_t)n_waiting : max;
}

enum badge_status revocations_reserve_set(struct revocations *revocations, struct badge_err *err)
{
    struct revocations_set *grown = core_grow(revocations->sets, &revocations->sets_capacity, revocations->n_sets + 1,
                                              sizeof *grown);
    if (!grown)
        return badge_no_memory(err);
    revocations->sets = grown;
    return BADGE_OK;
}

enum badge_status revocations_take_set(struct revocations *revocations, uint32_t n, int64_t at_s, struct badge_err *err)
{
    BADGE_ASSERT(n >= 1 && n <= revocations_next_set(revocations, n));
    const struct revocations_request *first = digest_table_at(&revocations->requests, revocations->n_taken);
    enum badge_status status = revocations_reserve_set(revocations, err);
    if (status != BADGE_OK)
        return status;
    size_t i = revocations->n_sets++;
    revocations->sets[i] = (struct revocations_set){
        .first = revocations->n_taken,
        .n = n,
        .set = {.number = (uint32_t)(i + 1),
                .n_digests = n,
                .reason = first->reason,
                .created_at_s = at_s,
                .anchor = {.state = STORE_ANCHOR_SEALED, .changed_at_s = at_s}}};
    revocations->n_taken += n;
    return BADGE_OK;
}

static bool is_settled(const struct revocations_set *set)
{
    return set->set.anchor.state == STORE_ANCHOR_FINAL || set->set.anchor.state == STORE_ANCHOR_SPOILED;
}

void revocations_settled(struct revocations *revocations)
{
    size_t *first = &revocations->first_open;
    for (; *first < revocations->n_sets && is_settled(&revocations->sets[*first]); ++*first)
        revocations->n_final += revocations->sets[*first].n;
}

void revocations_drop(struct revocations *revocations, struct revocations_set *set, const struct anchors_dropped *drop)
{
    for (size_t i = 0; i < set->n; i++) {
        struct revocations_request *request = digest_table_at(&revocations->requests, set->first + i);
        if ((drop->bits[i / 8] >> i % 8 & 1) == 0 || request->at_s == REVOCATIONS_DROPPED)
            continue;
        request->at_s = REVOCATIONS_DROPPED;
        set->set.n_digests--;
    }
    if (set->set.n_digests > 0)
        return;
    set->set.anchor.state = STORE_ANCHOR_SPOILED;
    revocations_settled(revocations);
}
