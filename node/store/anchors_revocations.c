/*
 * Requests and sets of revocations in memory, for anchors.c, which holds its lock during each call. The invariant: a
 * request never changes its position, sets follow each other without a gap, and a digest gets a new request only after
 * its latest one was mined or dropped. Until then a repeated request moves the time of the open one forward, so that it
 * is later than a restore by the issuer in between.
 *
 * The table of digests uses open addressing with linear probing over a keyed hash; entries are never removed, and it is
 * at most half full.
 */
#include "store/anchors_revocations.h"
#include "core/grow.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 128

void revocations_release(struct revocations *revocations)
{
    for (size_t i = 0; i < revocations->n_sets; i++) {
        struct anchors_attempts *attempts = &revocations->sets[i].attempts;
        for (size_t j = 0; j < attempts->n; j++)
            free(attempts->encoded[j].payload);
        free(attempts->encoded);
    }
    free(revocations->sets);
    free(revocations->request);
    free(revocations->slot);
}

/* -- the table ----------------------------------------------------------------------------------------------------- */

/* The slot of the digest, or the free slot where it belongs. */
static size_t find_slot(const struct revocations *revocations, const struct badge_hash *digest)
{
    size_t mask = revocations->capacity * 2 - 1, slot = hash_key_slot(&revocations->hash_key, digest, mask + 1);
    while (revocations->slot[slot] != 0 &&
           badge_hash_compare(&revocations->request[revocations->slot[slot] - 1].digest, digest) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

/* Builds the larger table before taking the lock, so readers wait only for the swap: a million take 90 ms. */
static enum badge_status grow(struct revocations *revocations, size_t capacity, pthread_mutex_t *readers,
                              struct badge_err *err)
{
    struct revocations grown = *revocations;
    enum badge_status status = revocations->capacity == 0 ? hash_key_init(&grown.hash_key, err) : BADGE_OK;
    if (status != BADGE_OK)
        return status;
    grown.capacity = capacity;
    grown.request = malloc(capacity * sizeof *grown.request);
    grown.slot = calloc(capacity * 2, sizeof *grown.slot);
    if (!grown.request || !grown.slot) {
        free(grown.request);
        free(grown.slot);
        return badge_no_memory(err);
    }
    for (size_t i = 0; i < grown.n; i++) { /* in order, so the latest request of a digest wins */
        grown.request[i] = revocations->request[i];
        grown.slot[find_slot(&grown, &grown.request[i].digest)] = (uint32_t)i + 1;
    }
    struct revocations old = *revocations;
    if (readers)
        pthread_mutex_lock(readers);
    *revocations = grown;
    if (readers)
        pthread_mutex_unlock(readers);
    free(old.request);
    free(old.slot);
    return BADGE_OK;
}

enum badge_status revocations_reserve(struct revocations *revocations, size_t n, pthread_mutex_t *readers,
                                      struct badge_err *err)
{
    if (n > UINT32_MAX / 4 - revocations->n)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the store has reached its limit of revocations");
    size_t wanted = revocations->n + n, capacity = revocations->capacity ? revocations->capacity : FIRST_CAPACITY;
    while (capacity < wanted)
        capacity *= 2;
    return capacity > revocations->capacity ? grow(revocations, capacity, readers, err) : BADGE_OK;
}

/* -- requests and sets --------------------------------------------------------------------------------------------- */

struct revocations_set *revocations_set(struct revocations *revocations, uint32_t number)
{
    uint32_t n = number & ~STORE_SET;
    return (number & STORE_SET) && n >= 1 && n <= revocations->n_sets ? &revocations->sets[n - 1] : NULL;
}

static enum store_revocation state_of(enum store_anchor_state state)
{
    switch (state) {
    case STORE_ANCHOR_SEALED:
    case STORE_ANCHOR_SIGNED:
    case STORE_ANCHOR_SPOILED: /* all its requests were dropped */
        break;
    case STORE_ANCHOR_SENT:
        return STORE_REVOCATION_SENT;
    case STORE_ANCHOR_MINED:
        return STORE_REVOCATION_MINED;
    case STORE_ANCHOR_FINAL:
        return STORE_REVOCATION_FINAL;
    }
    return STORE_REVOCATION_REQUESTED;
}

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

/* The index of its latest request + 1; 0: none, or it was dropped. */
static uint32_t latest_request(const struct revocations *revocations, const struct badge_hash *digest)
{
    uint32_t found = revocations->capacity ? revocations->slot[find_slot(revocations, digest)] : 0;
    return found != 0 && revocations->request[found - 1].at_s != REVOCATIONS_DROPPED ? found : 0;
}

const struct store_anchor *revocations_anchor(const struct revocations *revocations, const struct badge_hash *digest)
{
    uint32_t found = latest_request(revocations, digest);
    return found != 0 && found <= revocations->n_taken ? &set_of(revocations, found - 1)->set.anchor : NULL;
}

enum store_revocation revocations_state(const struct revocations *revocations, const struct badge_hash *digest)
{
    const struct store_anchor *anchor = revocations_anchor(revocations, digest);
    if (anchor)
        return state_of(anchor->state);
    return latest_request(revocations, digest) != 0 ? STORE_REVOCATION_REQUESTED : STORE_REVOCATION_NONE;
}

/* The latest request, if it is not mined yet. */
static struct revocations_request *open_request(const struct revocations *revocations, const struct badge_hash *digest)
{
    enum store_revocation state = revocations_state(revocations, digest);
    bool is_open = state == STORE_REVOCATION_REQUESTED || state == STORE_REVOCATION_SENT;
    return is_open ? &revocations->request[latest_request(revocations, digest) - 1] : NULL;
}

bool revocations_is_news(const struct revocations *revocations, const struct badge_hash *digest, int64_t at_s)
{
    const struct revocations_request *request = open_request(revocations, digest);
    return !request || request->at_s < at_s;
}

void revocations_request(struct revocations *revocations, const struct badge_hash *digest, int64_t at_s)
{
    struct revocations_request *request = open_request(revocations, digest);
    if (request) {
        request->at_s = request->at_s < at_s ? at_s : request->at_s;
        return;
    }
    size_t slot = find_slot(revocations, digest);
    revocations->request[revocations->n] = (struct revocations_request){*digest, at_s, at_s};
    revocations->slot[slot] = (uint32_t)++revocations->n;
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
    BADGE_ASSERT(n <= revocations->n - revocations->n_taken);
    enum badge_status status = revocations_reserve_set(revocations, err);
    if (status != BADGE_OK)
        return status;
    size_t i = revocations->n_sets++;
    revocations->sets[i] = (struct revocations_set){
        .first = revocations->n_taken,
        .n = n,
        .set = {.number = STORE_SET | (uint32_t)(i + 1),
                .n_digests = n,
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
        struct revocations_request *request = &revocations->request[set->first + i];
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
