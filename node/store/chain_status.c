/*
 * The status of digests, batches and operators on the chain, in the file `standing` and in memory. store.c opens it and
 * passes on the updates of follow.c; read.c and append.c look it up. The invariant: a final change in memory is on
 * disk, or is read from the chain again. Applying a change twice does no harm, because changes come in order and the
 * latest one of a subject decides.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/log.h"
#include "store/bytes.h"
#include "store/store_internal.h"

#define NAME "standing"
#define THROUGH_LEN 9  /* type, block number */
#define CHANGE_LEN 69  /* type, subject, account, time, block number */
#define REVOKED_LEN 70 /* of a revocation: also the reason, which older versions did not write */
#define GAP_LEN 17     /* type, first and last block */
#define THROUGH 6      /* record types after those of enum store_change_kind */
#define AT_HEAD 7      /* like THROUGH, and the head was reached */
#define GAP 8
#define GROUP 4096      /* changes in one append */
#define SAVE_EVERY 1000 /* blocks without a change: at most so many are read again after a restart */

/* The latest change of a digest, root or operator. None is removed: a change that was undone has one too. */
struct status_entry {
    struct badge_hash hash;
    int64_t at_s;
    struct badge_address account;
    enum badge_reason reason;
    bool is_active; /* revoked, withdrawn or appointed; not restored or removed */
    bool stale;     /* later changes were not read, so an inactive entry no longer proves anything */
};

_Static_assert(offsetof(struct status_entry, hash) == 0, "what digest_table.h asks of an entry");

static const struct record_file_kind kind = {"badgest1", THROUGH_LEN, REVOKED_LEN};

void chain_status_init(struct chain_status *chain_status)
{
    memset(chain_status, 0, sizeof *chain_status);
    pthread_mutex_init(&chain_status->mutex, NULL);
    chain_status->file.fd = -1;
}

static void view_release(struct chain_status_view *view)
{
    for (int i = 0; i < CHAIN_STATUS_N_SUBJECTS; i++)
        digest_table_release(&view->table[i]);
}

void chain_status_close(struct chain_status *chain_status)
{
    record_file_close(&chain_status->file);
    view_release(&chain_status->final);
    view_release(&chain_status->recent);
    pthread_mutex_destroy(&chain_status->mutex);
}

/* -- one change ---------------------------------------------------------------------------------------------------- */

/* By kind of change: the table of its subject, and whether it revokes, withdraws or appoints. */
static const struct {
    enum chain_status_subject subject;
    bool is_active;
} kinds[] = {
    [STORE_CHANGE_REVOKED] = {CHAIN_STATUS_DIGEST, true},    [STORE_CHANGE_RESTORED] = {CHAIN_STATUS_DIGEST, false},
    [STORE_CHANGE_WITHDRAWN] = {CHAIN_STATUS_ROOT, true},    [STORE_CHANGE_APPOINTED] = {CHAIN_STATUS_OPERATOR, true},
    [STORE_CHANGE_REMOVED] = {CHAIN_STATUS_OPERATOR, false},
};

/* Adds an entry or replaces that of the same hash. */
static enum badge_status put_entry(struct digest_table *table, const struct status_entry *entry,
                                   pthread_mutex_t *readers, struct badge_err *err)
{
    enum badge_status status = digest_table_reserve(table, sizeof *entry, 1, readers, err);
    if (status != BADGE_OK)
        return status;
    if (readers)
        pthread_mutex_lock(readers);
    struct status_entry *found = digest_table_find(table, &entry->hash);
    if (found)
        *found = *entry;
    else
        digest_table_push(table, entry);
    if (readers)
        pthread_mutex_unlock(readers);
    return BADGE_OK;
}

/* readers NULL: no other thread reads the view yet. */
static enum badge_status apply_change(struct chain_status_view *view, const struct store_change *change,
                                      pthread_mutex_t *readers, struct badge_err *err)
{
    enum chain_status_subject subject = kinds[change->kind].subject;
    struct status_entry entry = {.hash = change->subject,
                                 .at_s = change->at_s,
                                 .account = change->account,
                                 .reason = change->reason,
                                 .is_active = kinds[change->kind].is_active};
    if (subject == CHAIN_STATUS_OPERATOR)
        memcpy(entry.hash.b + 12, change->account.b, sizeof change->account.b);
    return put_entry(&view->table[subject], &entry, readers, err);
}

/* Any digest that is not revoked may have been revoked in these blocks. The caller locks out readers. */
static void apply_gap(struct chain_status *chain_status, const struct store_gap *gap)
{
    const struct digest_table *digests = &chain_status->final.table[CHAIN_STATUS_DIGEST];
    for (size_t i = 0; i < digest_table_count(digests); i++) {
        struct status_entry *entry = digest_table_at(digests, i);
        entry->stale = !entry->is_active;
    }
    if (chain_status->gap.last_block == 0 || gap->first_block < chain_status->gap.first_block)
        chain_status->gap.first_block = gap->first_block;
    if (gap->last_block > chain_status->gap.last_block)
        chain_status->gap.last_block = gap->last_block;
}

/* -- the file ------------------------------------------------------------------------------------------------------ */

static void code_change(struct codec codec, struct store_change *change)
{
    code_bytes(&codec, change->subject.b, sizeof change->subject.b);
    code_bytes(&codec, change->account.b, sizeof change->account.b);
    code_i64(&codec, &change->at_s);
    code_u64(&codec, &change->block_number);
}

static size_t frame_change(uint8_t *out, const struct store_change *change)
{
    uint8_t payload[REVOKED_LEN] = {(uint8_t)change->kind};
    struct store_change copy = *change;
    code_change((struct codec){.to = payload + 1}, &copy);
    payload[CHANGE_LEN] = (uint8_t)change->reason;
    return record_frame(out, payload, change->kind == STORE_CHANGE_REVOKED ? REVOKED_LEN : CHANGE_LEN);
}

static size_t frame_through(uint8_t *out, const struct store_chain_update *news)
{
    uint8_t payload[THROUGH_LEN] = {news->reached_head ? AT_HEAD : THROUGH};
    put_u64(payload + 1, news->through);
    return record_frame(out, payload, sizeof payload);
}

struct status_replay {
    struct chain_status *chain_status;
    const struct store_options *options;
};

static enum badge_status visit_record(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                      struct badge_err *err)
{
    struct status_replay *replay = context;
    struct chain_status *chain_status = replay->chain_status;
    if (offset == RECORD_FILE_HEAD_AT) {
        uint8_t expected[RECORD_OWNER_LEN];
        record_owner_encode(expected, replay->options);
        if (len == sizeof expected && memcmp(payload, expected, len) == 0)
            return BADGE_OK;
        return badge_fail(err, BADGE_ECORRUPT, 0, "%s/" NAME " belongs to another chain, contract or issuer",
                          replay->options->path);
    }
    if (len == THROUGH_LEN && (payload[0] == THROUGH || payload[0] == AT_HEAD)) {
        chain_status->through = chain_status->file_through = get_u64(payload + 1);
        chain_status->file_reached_head = chain_status->file_reached_head || payload[0] == AT_HEAD;
        return BADGE_OK;
    }
    if (len == GAP_LEN && payload[0] == GAP) {
        apply_gap(chain_status, &(struct store_gap){get_u64(payload + 1), get_u64(payload + 9)});
        return BADGE_OK;
    }
    bool has_reason = len == REVOKED_LEN && payload[0] == STORE_CHANGE_REVOKED;
    if ((len != CHANGE_LEN && !has_reason) || payload[0] < STORE_CHANGE_REVOKED || payload[0] > STORE_CHANGE_REMOVED)
        return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s/" NAME " has an invalid record at byte %llu",
                          replay->options->path, (unsigned long long)offset);
    struct store_change change = {.kind = (enum store_change_kind)payload[0],
                                  .reason = badge_reason_of(has_reason ? payload[CHANGE_LEN] : 0)};
    code_change((struct codec){.from = payload + 1}, &change);
    return apply_change(&chain_status->final, &change, NULL, err);
}

static enum badge_status read_status(struct chain_status *chain_status, const struct store_options *options,
                                     enum record_file_tail tail, struct badge_err *err)
{
    struct status_replay replay = {.chain_status = chain_status, .options = options};
    enum badge_status status = record_file_open(&chain_status->file, &kind, options->path, NAME, tail, 0, visit_record,
                                                &replay, err);
    chain_status->n_withdrawn = digest_table_count(&chain_status->final.table[CHAIN_STATUS_ROOT]);
    return status;
}

static enum badge_status create_file(struct chain_status *chain_status, const struct store_options *options,
                                     struct badge_err *err)
{
    uint8_t head[RECORD_OWNER_LEN];
    record_owner_encode(head, options);
    return record_file_create(&chain_status->file, &kind, options->path, NAME, head, sizeof head, err);
}

/* Keeps the unreadable file for diagnosis and creates a new one, so the chain is read again. */
static enum badge_status recreate_file(struct chain_status *chain_status, const struct store_options *options,
                                       const struct badge_err *why, struct badge_err *err)
{
    char path[DISK_PATH_MAX], aside[DISK_PATH_MAX];
    log_warn("chain status file unusable, reading the chain again", log_text("why", why->text));
    disk_path(path, options->path, NAME);
    disk_path(aside, options->path, NAME ".damaged");
    if (rename(path, aside) != 0)
        return disk_fail(err, "move aside", path);
    chain_status_close(chain_status);
    chain_status_init(chain_status);
    return create_file(chain_status, options, err);
}

enum badge_status chain_status_open(struct chain_status *chain_status, const struct store_options *options,
                                    struct badge_err *err)
{
    struct badge_err why;
    enum badge_status status = read_status(chain_status, options, RECORD_FILE_TRUNCATE, &why);
    if (status == BADGE_ENOTFOUND)
        return create_file(chain_status, options, err);
    if (status == BADGE_ECORRUPT)
        return recreate_file(chain_status, options, &why, err);
    if (status != BADGE_OK && err)
        *err = why;
    return status;
}

enum badge_status chain_status_open_readonly(struct chain_status *chain_status, const struct store_options *options,
                                             struct badge_err *err)
{
    return read_status(chain_status, options, RECORD_FILE_READONLY, err);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

/* Written before the changes that were read after the gap. */
static enum badge_status persist_gap(struct chain_status *chain_status, const struct store_gap *gap,
                                     struct badge_err *err)
{
    uint8_t framed[RECORD_HEAD_LEN + GAP_LEN], payload[GAP_LEN] = {GAP};
    put_u64(payload + 1, gap->first_block);
    put_u64(payload + 9, gap->last_block);
    size_t len = record_frame(framed, payload, sizeof payload);
    enum badge_status status = record_file_append(&chain_status->file, framed, len, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&chain_status->mutex);
    apply_gap(chain_status, gap);
    pthread_mutex_unlock(&chain_status->mutex);
    return BADGE_OK;
}

/* Persists some final changes, then shows them to readers. The last group also records the last block read. */
static enum badge_status persist_group(struct chain_status *chain_status, const struct store_change changes[], size_t n,
                                       const struct store_chain_update *last_update, uint8_t *framed,
                                       struct badge_err *err)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += frame_change(framed + len, &changes[i]);
    if (last_update)
        len += frame_through(framed + len, last_update);
    enum badge_status status = record_file_append(&chain_status->file, framed, len, err);
    for (size_t i = 0; status == BADGE_OK && i < n; i++)
        status = apply_change(&chain_status->final, &changes[i], &chain_status->mutex, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&chain_status->mutex);
    chain_status->n_withdrawn = digest_table_count(&chain_status->final.table[CHAIN_STATUS_ROOT]);
    pthread_mutex_unlock(&chain_status->mutex);
    return BADGE_OK;
}

static enum badge_status persist_final(struct chain_status *chain_status, const struct store_chain_update *news,
                                       struct badge_err *err)
{
    uint64_t n_blocks = news->through - chain_status->file_through;
    bool is_first = (chain_status->file_through == 0 && n_blocks > 0) ||
                    (news->reached_head && !chain_status->file_reached_head);
    enum badge_status status = BADGE_OK;
    if (news->gap.last_block > 0)
        status = persist_gap(chain_status, &news->gap, err);
    if (status != BADGE_OK || (news->n_final == 0 && n_blocks < SAVE_EVERY && !is_first))
        return status;
    size_t most = news->n_final < GROUP ? news->n_final : GROUP;
    uint8_t *framed = malloc(most * (RECORD_HEAD_LEN + REVOKED_LEN) + RECORD_HEAD_LEN + THROUGH_LEN);
    if (!framed)
        return badge_no_memory(err);
    size_t done = 0;
    do {
        size_t n = news->n_final - done < GROUP ? news->n_final - done : GROUP;
        bool last = done + n == news->n_final;
        status = persist_group(chain_status, news->final + done, n, last ? news : NULL, framed, err);
        done += n;
    } while (status == BADGE_OK && done < news->n_final);
    free(framed);
    if (status != BADGE_OK)
        return status;
    chain_status->file_through = news->through;
    chain_status->file_reached_head = chain_status->file_reached_head || news->reached_head;
    return BADGE_OK;
}

enum badge_status store_chain_update_work(struct store *store, const struct store_chain_update *news,
                                          struct badge_err *err)
{
    struct chain_status *chain_status = &store->chain_status;
    struct chain_status_view recent = {0};
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; status == BADGE_OK && news->reached_head && i < news->n_recent; i++)
        status = apply_change(&recent, &news->recent[i], NULL, err);
    if (status == BADGE_OK)
        status = persist_final(chain_status, news, err);
    if (status == BADGE_OK) {
        pthread_mutex_lock(&chain_status->mutex);
        struct chain_status_view old = chain_status->recent;
        if (news->reached_head)
            chain_status->recent = recent;
        chain_status->through = news->through;
        chain_status->is_current = chain_status->is_current || news->reached_head;
        pthread_mutex_unlock(&chain_status->mutex);
        if (news->reached_head)
            recent = old;
    }
    view_release(&recent);
    return status;
}

/* -- look-up ------------------------------------------------------------------------------------------------------- */

/* The mutex is held. NULL: no change was read. */
static const struct status_entry *find_latest(const struct chain_status *chain_status,
                                              enum chain_status_subject subject, const struct badge_hash *hash)
{
    const struct status_entry *entry = digest_table_find(&chain_status->recent.table[subject], hash);
    return entry ? entry : digest_table_find(&chain_status->final.table[subject], hash);
}

void chain_status_find(struct chain_status *chain_status, const struct badge_hash *digest,
                       const struct badge_hash *root, struct store_chain_status *out)
{
    *out = (struct store_chain_status){.status = STORE_UNKNOWN};
    pthread_mutex_lock(&chain_status->mutex);
    const struct status_entry *entry = root ? find_latest(chain_status, CHAIN_STATUS_ROOT, root) : NULL;
    if (entry) {
        out->status = STORE_WITHDRAWN;
    } else {
        entry = digest ? find_latest(chain_status, CHAIN_STATUS_DIGEST, digest) : NULL;
        bool all_read = entry ? !entry->stale : !digest || chain_status->gap.last_block == 0;
        if (entry && entry->is_active)
            out->status = STORE_REVOKED;
        else if (chain_status->is_current && all_read)
            out->status = STORE_GOOD;
    }
    if (entry && (out->status == STORE_REVOKED || out->status == STORE_WITHDRAWN)) {
        out->at_s = entry->at_s;
        out->account = entry->account;
        out->reason = entry->reason;
    }
    pthread_mutex_unlock(&chain_status->mutex);
}

bool chain_status_withdrawal_is_final(struct chain_status *chain_status, const struct badge_hash *root)
{
    pthread_mutex_lock(&chain_status->mutex);
    bool found = digest_table_find(&chain_status->final.table[CHAIN_STATUS_ROOT], root);
    pthread_mutex_unlock(&chain_status->mutex);
    return found;
}

bool chain_status_restored(struct chain_status *chain_status, const struct badge_hash *digest, int64_t *at_s)
{
    pthread_mutex_lock(&chain_status->mutex);
    const struct status_entry *entry = find_latest(chain_status, CHAIN_STATUS_DIGEST, digest);
    bool restored = entry && !entry->is_active;
    *at_s = restored ? entry->at_s : 0;
    pthread_mutex_unlock(&chain_status->mutex);
    return restored;
}

void store_batch_status(struct store *store, const struct badge_hash *root, struct store_chain_status *out)
{
    chain_status_find(&store->chain_status, NULL, root, out);
}

uint64_t store_followed_block(struct store *store)
{
    pthread_mutex_lock(&store->chain_status.mutex);
    uint64_t through = store->chain_status.through;
    pthread_mutex_unlock(&store->chain_status.mutex);
    return through;
}

bool store_is_current(struct store *store)
{
    pthread_mutex_lock(&store->chain_status.mutex);
    bool is_current = store->chain_status.is_current;
    pthread_mutex_unlock(&store->chain_status.mutex);
    return is_current;
}

uint64_t store_n_withdrawn(struct store *store)
{
    pthread_mutex_lock(&store->chain_status.mutex);
    uint64_t n = store->chain_status.n_withdrawn;
    pthread_mutex_unlock(&store->chain_status.mutex);
    return n;
}

void store_gap(struct store *store, struct store_gap *out)
{
    pthread_mutex_lock(&store->chain_status.mutex);
    *out = store->chain_status.gap;
    pthread_mutex_unlock(&store->chain_status.mutex);
}

size_t store_operators(struct store *store, struct store_operator out[], size_t max)
{
    struct chain_status *chain_status = &store->chain_status;
    size_t n = 0;
    pthread_mutex_lock(&chain_status->mutex);
    const struct digest_table *recent = &chain_status->recent.table[CHAIN_STATUS_OPERATOR];
    const struct digest_table *views[] = {&chain_status->final.table[CHAIN_STATUS_OPERATOR], recent};
    for (size_t v = 0; v < 2; v++)
        for (size_t i = 0; i < digest_table_count(views[v]) && n < max; i++) {
            const struct status_entry *entry = digest_table_at(views[v], i);
            if (entry->is_active && (views[v] == recent || !digest_table_find(recent, &entry->hash)))
                out[n++] = (struct store_operator){entry->account, entry->at_s};
        }
    pthread_mutex_unlock(&chain_status->mutex);
    return n;
}
