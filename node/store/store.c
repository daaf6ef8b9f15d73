/*
 * The store as a whole: opening, closing, its health, and look-ups that need memory only. The daemon opens it once and
 * passes it to intake, batch, anchor and api. The lock allows one process per store.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/log.h"
#include "store/reserve.h"
#include "store/store_internal.h"

#define RESERVE_PROBES 60 /* calls of store_probe_work() between two tries to make a reserve that is missing */

enum badge_status store_lock(int *fd, const char *folder, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    disk_path(path, folder, "lock");
    enum badge_status status = disk_open(fd, path, O_RDWR | O_CREAT, err);
    if (status != BADGE_OK || flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return status;
    status = errno == EWOULDBLOCK
                 ? badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                              "the store %s is locked by another process: stop that process first", folder)
                 : disk_fail(err, "lock", path);
    close(*fd);
    *fd = -1;
    return status;
}

/* Only steps that can't fail half-way, so that store_close() works on a store that was never loaded. Its path fits. */
static struct store *store_new(const struct store_options *options)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    store->options = *options;
    store->options.path = store->path;
    memcpy(store->path, options->path, strlen(options->path) + 1);
    disk_path(store->batches, store->path, "batches");
    store->lock_fd = -1;
    pthread_mutex_init(&store->sealing, NULL);
    pthread_mutex_init(&store->commit, NULL);
    pthread_mutex_init(&store->health_mutex, NULL);
    batch_cache_init(&store->cache, store->batches);
    anchors_init(&store->anchors);
    chain_status_init(&store->chain_status);
    relations_init(&store->relations);
    digest_index_init(&store->digest_index, store->path, store->batches, &store->anchors, &store->chain_status);
    journal_init(&store->journal);
    pending_init(&store->pending);
    return store;
}

enum badge_status store_open(struct store **out, const struct store_options *options, struct badge_err *err)
{
    enum badge_status status = disk_check_path(options->path, err);
    if (status != BADGE_OK)
        return status;
    struct store *store = store_new(options);
    if (!store)
        return badge_no_memory(err);
    status = disk_make_folder(store->path, err);
    if (status == BADGE_OK)
        status = store_lock(&store->lock_fd, store->path, err);
    if (status == BADGE_OK)
        status = store_recover(store, err);
    if (status != BADGE_OK) {
        store_close(store);
        return status;
    }
    *out = store;
    return BADGE_OK;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    journal_close(&store->journal);
    pending_release(&store->pending);
    digest_index_close(&store->digest_index);
    relations_close(&store->relations);
    chain_status_close(&store->chain_status);
    batch_cache_release(&store->cache);
    anchors_close(&store->anchors);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    pthread_mutex_destroy(&store->health_mutex);
    pthread_mutex_destroy(&store->commit);
    pthread_mutex_destroy(&store->sealing);
    free(store);
}

const char *store_state_name(enum store_state state)
{
    static const char *const names[] = {[STORE_PENDING] = "pending",
                                        [STORE_SEALED] = "sealed",
                                        [STORE_SENT] = "sent",
                                        [STORE_MINED] = "mined",
                                        [STORE_FINAL] = "final"};
    return names[state];
}

const char *store_status_name(enum store_status status)
{
    static const char *const names[] = {[STORE_GOOD] = "good",
                                        [STORE_REVOKED] = "revoked",
                                        [STORE_WITHDRAWN] = "withdrawn",
                                        [STORE_UNKNOWN] = "unknown"};
    return names[status];
}

size_t store_n_pending(struct store *store)
{
    return pending_count(&store->pending);
}

int64_t store_oldest_pending_s(struct store *store)
{
    return pending_oldest_s(&store->pending);
}

uint32_t store_n_batches(struct store *store)
{
    return anchors_n_batches(&store->anchors);
}

uint64_t store_n_sealed(struct store *store)
{
    pthread_mutex_lock(&store->anchors.mutex);
    uint64_t n = store->anchors.n_sealed;
    pthread_mutex_unlock(&store->anchors.mutex);
    return n;
}

bool store_batch(struct store *store, uint32_t number, struct store_batch *out)
{
    return anchors_batch(&store->anchors, number, out);
}

uint32_t store_first_unfinal(struct store *store)
{
    pthread_mutex_lock(&store->anchors.mutex);
    uint32_t number = store->anchors.first_unfinal;
    pthread_mutex_unlock(&store->anchors.mutex);
    return number;
}

int64_t store_oldest_unanchored_s(struct store *store)
{
    struct store_batch batch;
    uint32_t number = store_first_unfinal(store);
    return number > 0 && store_batch(store, number, &batch) ? batch.sealed_at_s : store_oldest_pending_s(store);
}

enum badge_status store_anchors_written(struct store *store, enum badge_status status, struct badge_err *cause,
                                        struct badge_err *err)
{
    if (status == BADGE_EIO)
        store_fail(store, cause, store->anchors.file.failed);
    if (status != BADGE_OK && err)
        *err = *cause;
    return status;
}

void store_fail(struct store *store, const struct badge_err *cause, bool needs_restart)
{
    pthread_mutex_lock(&store->health_mutex);
    bool is_worse = store->condition == STORE_HEALTHY || (needs_restart && store->condition == STORE_OUT_OF_SPACE);
    if (is_worse) {
        store->condition = needs_restart ? STORE_BROKEN : STORE_OUT_OF_SPACE;
        (void)snprintf(store->health, sizeof store->health, "%.140s: %s", cause->text,
                       needs_restart ? "repair the disk, then restart the node"
                                     : "free disk space, and the node continues by itself");
    }
    pthread_mutex_unlock(&store->health_mutex);
    if (is_worse)
        log_error("store failed", log_text("why", cause->text), log_bool("restart_needed", needs_restart));
}

bool store_accepts(struct store *store)
{
    pthread_mutex_lock(&store->health_mutex);
    bool accepts = store->condition == STORE_HEALTHY;
    pthread_mutex_unlock(&store->health_mutex);
    return accepts;
}

static bool is_out_of_space(struct store *store)
{
    pthread_mutex_lock(&store->health_mutex);
    bool out_of_space = store->condition == STORE_OUT_OF_SPACE;
    pthread_mutex_unlock(&store->health_mutex);
    return out_of_space;
}

/* Finishes a seal that failed after its batch was listed; both locks of the seal are held. */
static enum badge_status catch_up(struct store *store, struct badge_err *err)
{
    if (!store->index_behind)
        return BADGE_OK;
    enum badge_status status = digest_index_resume(&store->digest_index, err);
    if (status != BADGE_OK)
        return status;
    uint64_t through = store->anchors.sealed_through; /* changes under the sealing lock alone */
    pending_drop(&store->pending, (size_t)(through - store->pending.table.first));
    journal_trim(&store->journal, through);
    store->index_behind = false;
    return BADGE_OK;
}

/* The reserve was given back, or there was no space for it: it comes first. */
static bool has_space(struct store *store)
{
    if (!store->has_reserve)
        store->has_reserve = reserve_keep(store->path);
    return store->has_reserve && disk_probe(store->path, NULL) == BADGE_OK;
}

bool store_probe_work(struct store *store)
{
    struct badge_err err;
    bool needs_space = is_out_of_space(store);
    if (!needs_space && !store->has_reserve && ++store->n_probes % RESERVE_PROBES == 0)
        store->has_reserve = reserve_keep(store->path);
    if (!needs_space || !has_space(store))
        return false;
    pthread_mutex_lock(&store->sealing);
    pthread_mutex_lock(&store->commit);
    enum badge_status status = catch_up(store, &err);
    pthread_mutex_lock(&store->health_mutex);
    bool recovered = status == BADGE_OK && store->condition == STORE_OUT_OF_SPACE;
    if (recovered) {
        store->condition = STORE_HEALTHY;
        store->health[0] = '\0';
    }
    pthread_mutex_unlock(&store->health_mutex);
    pthread_mutex_unlock(&store->commit);
    pthread_mutex_unlock(&store->sealing);
    if (recovered)
        log_info("store accepts writes again", log_text("path", store->path));
    else if (status != BADGE_OK)
        log_error("store still not accepting writes", log_text("why", err.text));
    return recovered;
}

void store_health(struct store *store, char out[200])
{
    pthread_mutex_lock(&store->health_mutex);
    memcpy(out, store->health, sizeof store->health);
    pthread_mutex_unlock(&store->health_mutex);
}
