/*
 * The store's functions for revocations: requests from api's handlers on the pool, sets for the anchor. The data is in
 * `anchors`, together with the batches, so backup, fsck and restore cover both.
 */
#include <time.h>

#include "runtime/log.h"
#include "store/store_internal.h"

const char *store_revocation_name(enum store_revocation state)
{
    static const char *const names[] = {[STORE_REVOCATION_NONE] = "none",
                                        [STORE_REVOCATION_REQUESTED] = "requested",
                                        [STORE_REVOCATION_SENT] = "sent",
                                        [STORE_REVOCATION_MINED] = "mined",
                                        [STORE_REVOCATION_FINAL] = "final"};
    return names[state];
}

enum badge_status store_revoke_work(struct store *store, const struct badge_hash *digest, size_t n,
                                    const struct store_why *why, int64_t at_s, struct badge_err *err)
{
    struct badge_err cause;
    if (n == 0)
        return BADGE_OK;
    if (!store_accepts(store))
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the store accepts no writes at present: see /readyz");
    for (size_t i = 0; i < n; i++) { /* a known restore happened before this request, whatever the clocks show */
        int64_t restored_s;
        if (chain_status_restored(&store->chain_status, &digest[i], &restored_s) && restored_s > at_s)
            at_s = restored_s;
    }
    enum badge_status status = anchors_revoke(&store->anchors, digest, n, why, at_s, store->options.max_pending,
                                              &cause);
    return store_anchors_written(store, status, &cause, err);
}

/*
 * Whether the issuer has restored it after it was mined: its latest change is a restore, and that is later or the chain
 * was read up to that block.
 */
static bool is_restored_after(struct store *store, const struct badge_hash *digest, const struct store_anchor *mined)
{
    int64_t at_s;
    return chain_status_restored(&store->chain_status, digest, &at_s) &&
           (at_s > mined->block_time_s || store_followed_block(store) >= mined->block_number);
}

enum store_revocation store_revocation(struct store *store, const struct badge_hash *digest)
{
    pthread_mutex_lock(&store->anchors.mutex);
    enum store_revocation state = revocations_state(&store->anchors.revocations, digest);
    const struct store_anchor *anchor = revocations_anchor(&store->anchors.revocations, digest);
    struct store_anchor mined = anchor ? *anchor : (struct store_anchor){0};
    pthread_mutex_unlock(&store->anchors.mutex);
    bool is_mined = state == STORE_REVOCATION_MINED || state == STORE_REVOCATION_FINAL;
    return is_mined && is_restored_after(store, digest, &mined) ? STORE_REVOCATION_NONE : state;
}

bool store_revocation_why(struct store *store, const struct badge_hash *digest, struct store_why *out)
{
    *out = (struct store_why){0};
    pthread_mutex_lock(&store->anchors.mutex);
    const struct revocations_request *request = revocations_latest(&store->anchors.revocations, digest);
    if (request)
        out->reason = request->reason;
    if (request && request->note)
        out->note = (struct badge_text){request->note->text, request->note->len};
    pthread_mutex_unlock(&store->anchors.mutex);
    return request;
}

enum badge_status store_knows_work(struct store *store, const struct badge_hash *digest, struct badge_err *err)
{
    struct store_record record;
    struct index_value value;
    return store_find_pending(store, digest, &record) ? BADGE_OK
                                                      : digest_index_get(&store->digest_index, digest, &value, err);
}

enum badge_status store_revocations_take_work(struct store *store, uint32_t max, struct store_set *out,
                                              struct badge_err *err)
{
    struct badge_err cause;
    enum badge_status status = anchors_take_set(&store->anchors, max, (int64_t)time(NULL), out, &cause);
    return store_anchors_written(store, status, &cause, err);
}

bool store_set(struct store *store, uint32_t number, struct store_set *out)
{
    struct revocations *revocations = &store->anchors.revocations;
    pthread_mutex_lock(&store->anchors.mutex);
    const struct revocations_set *set = revocations_set(revocations, number);
    if (set) {
        *out = set->set;
        out->is_unseen = set->first < revocations->n_at_start && !store_is_current(store);
    }
    pthread_mutex_unlock(&store->anchors.mutex);
    return set;
}

static bool is_restored_since(void *context, const struct revocations_request *request)
{
    struct store *store = context;
    int64_t restored_s;
    if (!chain_status_restored(&store->chain_status, &request->digest, &restored_s) || restored_s <= request->at_s)
        return false;
    log_warn("revocation dropped: issuer has restored the credential since the request",
             log_hex("digest", request->digest.b, sizeof request->digest.b));
    return true;
}

enum badge_status store_revocations_prune_work(struct store *store, uint32_t number, struct store_set *out,
                                               struct badge_err *err)
{
    struct badge_err cause;
    enum badge_status status = anchors_drop(&store->anchors, number, is_restored_since, store, &cause);
    status = store_anchors_written(store, status, &cause, err);
    if (status == BADGE_OK && !store_set(store, number, out))
        status = badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "set of revocations %u not found", number);
    return status;
}

size_t store_set_digests(struct store *store, uint32_t number, struct badge_hash *out, size_t max)
{
    struct revocations *revocations = &store->anchors.revocations;
    pthread_mutex_lock(&store->anchors.mutex);
    const struct revocations_set *set = revocations_set(revocations, number);
    size_t n = 0;
    for (size_t i = 0; set && i < set->n && n < max; i++) {
        const struct revocations_request *request = digest_table_at(&revocations->requests, set->first + i);
        if (request->at_s != REVOCATIONS_DROPPED)
            out[n++] = request->digest;
    }
    pthread_mutex_unlock(&store->anchors.mutex);
    return n;
}

void store_revocations(struct store *store, struct store_revocations *out)
{
    struct revocations *revocations = &store->anchors.revocations;
    pthread_mutex_lock(&store->anchors.mutex);
    size_t open = revocations->first_open;
    bool has_open = open < revocations->n_sets;
    size_t oldest = has_open ? revocations->sets[open].first : revocations->n_taken;
    size_t n = digest_table_count(&revocations->requests);
    const struct revocations_request *request = NULL;
    for (; oldest < n; oldest++) {
        request = digest_table_at(&revocations->requests, oldest);
        if (request->at_s != REVOCATIONS_DROPPED)
            break;
    }
    *out = (struct store_revocations){
        .n_waiting = n - revocations->n_taken,
        .n_open = n - revocations->n_final,
        .oldest_at_s = oldest < n ? request->since_s : 0,
        .first_open = has_open ? (uint32_t)(open + 1) : 0,
        .last_number = (uint32_t)revocations->n_sets,
    };
    pthread_mutex_unlock(&store->anchors.mutex);
}
