/*
 * The file of what the chain says, and the same in memory. store.c opens it and hands on what follow.c brings; read.c
 * and append.c ask it. The invariant: what is final in memory is on disk, or will be read from the chain once more;
 * for nothing is entered twice to another effect: the last word on a subject decides, and words come in order.
 */
#include "store/chain_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/log.h"
#include "store/bytes.h"

#define NAME "standing"
#define HEAD_LEN 48
#define THROUGH_LEN 9 /* type, block number */
#define CHANGE_LEN 69 /* type, subject, account, time, block number */
#define GAP_LEN 17    /* type, first and last block */
#define THROUGH 6     /* the types behind those of enum store_change_kind */
#define PRESENT 7     /* as THROUGH, and the head was reached */
#define GAP 8
#define GROUP 4096 /* changes in one append */
#define MAX_ACCOUNTS 65536
#define KEEP_EVERY 1000 /* blocks without a word: so many are read again at most */

static const struct record_file_kind kind = {"badgest1", THROUGH_LEN, CHANGE_LEN};

void chain_status_init(struct chain_status *chain_status)
{
    memset(chain_status, 0, sizeof *chain_status);
    pthread_mutex_init(&chain_status->mutex, NULL);
    chain_status->file.fd = -1;
}

static void view_release(struct chain_status_view *view)
{
    for (int i = 0; i < CHAIN_STATUS_N_SUBJECTS; i++)
        status_table_release(&view->table[i]);
}

void chain_status_close(struct chain_status *chain_status)
{
    record_file_close(&chain_status->file);
    view_release(&chain_status->final);
    view_release(&chain_status->recent);
    free(chain_status->accounts);
    pthread_mutex_destroy(&chain_status->mutex);
}

/* -- one change ---------------------------------------------------------------------------------------------------- */

static enum badge_status number_of(struct chain_status *chain_status, const struct badge_address *account,
                                   uint32_t *out, struct badge_err *err)
{
    for (*out = 0; *out < chain_status->n_accounts; ++*out)
        if (memcmp(&chain_status->accounts[*out], account, sizeof *account) == 0)
            return BADGE_OK;
    if (chain_status->n_accounts == MAX_ACCOUNTS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more than %d accounts revoke for this issuer",
                          MAX_ACCOUNTS);
    pthread_mutex_lock(&chain_status->mutex);
    struct badge_address *grown = realloc(chain_status->accounts, (chain_status->n_accounts + 1) * sizeof *grown);
    if (grown) {
        chain_status->accounts = grown;
        grown[chain_status->n_accounts++] = *account;
    }
    pthread_mutex_unlock(&chain_status->mutex);
    return grown ? BADGE_OK : badge_no_memory(err);
}

static enum chain_status_subject subject_of(enum store_change_kind change)
{
    switch (change) {
    case STORE_CHANGE_REVOKED:
    case STORE_CHANGE_RESTORED:
        return CHAIN_STATUS_DIGEST;
    case STORE_CHANGE_WITHDRAWN:
        return CHAIN_STATUS_ROOT;
    case STORE_CHANGE_APPOINTED:
    case STORE_CHANGE_REMOVED:
        return CHAIN_STATUS_OPERATOR;
    }
    BADGE_ASSERT(!"a change of no kind");
    return CHAIN_STATUS_DIGEST;
}

static bool stands(enum store_change_kind change)
{
    return change == STORE_CHANGE_REVOKED || change == STORE_CHANGE_WITHDRAWN || change == STORE_CHANGE_APPOINTED;
}

/* readers NULL: nobody looks at the view yet. */
static enum badge_status enter(struct chain_status *chain_status, struct chain_status_view *view,
                               const struct store_change *change, pthread_mutex_t *readers, struct badge_err *err)
{
    enum chain_status_subject subject = subject_of(change->kind);
    struct status_entry mark = {.of = change->subject, .at_s = change->at_s, .stands = stands(change->kind)};
    if (subject == CHAIN_STATUS_OPERATOR)
        memcpy(mark.of.b + 12, change->account.b, sizeof change->account.b);
    enum badge_status status = number_of(chain_status, &change->account, &mark.account, err);
    return status == BADGE_OK ? status_table_put(&view->table[subject], &mark, readers, err) : status;
}

/* Who is not revoked may have been, in these blocks. Readers are kept away, if there are any. */
static void enter_gap(struct chain_status *chain_status, const struct store_gap *gap)
{
    struct status_table *digests = &chain_status->final.table[CHAIN_STATUS_DIGEST];
    for (size_t i = 0; i < digests->n; i++)
        digests->mark[i].stale = !digests->mark[i].stands;
    if (chain_status->gap.last_block == 0 || gap->first_block < chain_status->gap.first_block)
        chain_status->gap.first_block = gap->first_block;
    if (gap->last_block > chain_status->gap.last_block)
        chain_status->gap.last_block = gap->last_block;
}

/* -- the file ------------------------------------------------------------------------------------------------------ */

static size_t frame_change(uint8_t *out, const struct store_change *change)
{
    uint8_t payload[CHANGE_LEN];
    payload[0] = (uint8_t)change->kind;
    memcpy(payload + 1, change->subject.b, 32);
    memcpy(payload + 33, change->account.b, 20);
    put_u64(payload + 53, (uint64_t)change->at_s);
    put_u64(payload + 61, change->block_number);
    return record_frame(out, payload, sizeof payload);
}

static size_t frame_through(uint8_t *out, const struct store_chain_update *news)
{
    uint8_t payload[THROUGH_LEN] = {news->is_present ? PRESENT : THROUGH};
    put_u64(payload + 1, news->through);
    return record_frame(out, payload, sizeof payload);
}

static size_t frame_gap(uint8_t *out, const struct store_gap *gap)
{
    uint8_t payload[GAP_LEN] = {GAP};
    put_u64(payload + 1, gap->first_block);
    put_u64(payload + 9, gap->last_block);
    return record_frame(out, payload, sizeof payload);
}

struct replay {
    struct chain_status *chain_status;
    const struct store_options *options;
    bool head_seen;
};

static void encode_head(uint8_t out[HEAD_LEN], const struct store_options *options)
{
    put_u64(out, options->chain_id);
    memcpy(out + 8, options->contract.b, 20);
    memcpy(out + 28, options->issuer.b, 20);
}

static enum badge_status visit(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                               struct badge_err *err)
{
    struct replay *replay = context;
    struct chain_status *chain_status = replay->chain_status;
    if (!replay->head_seen) {
        uint8_t ours[HEAD_LEN];
        encode_head(ours, replay->options);
        replay->head_seen = true;
        if (len == HEAD_LEN && memcmp(payload, ours, HEAD_LEN) == 0)
            return BADGE_OK;
        return badge_fail(err, BADGE_ECORRUPT, 0, "%s/" NAME " is of another chain, contract or issuer",
                          replay->options->path);
    }
    if (len == THROUGH_LEN && (payload[0] == THROUGH || payload[0] == PRESENT)) {
        chain_status->through = chain_status->kept_through = get_u64(payload + 1);
        chain_status->was_current = chain_status->was_current || payload[0] == PRESENT;
        return BADGE_OK;
    }
    if (len == GAP_LEN && payload[0] == GAP) {
        enter_gap(chain_status, &(struct store_gap){get_u64(payload + 1), get_u64(payload + 9)});
        return BADGE_OK;
    }
    if (len != CHANGE_LEN || payload[0] < STORE_CHANGE_REVOKED || payload[0] > STORE_CHANGE_REMOVED)
        return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s/" NAME " has a strange record at byte %llu",
                          replay->options->path, (unsigned long long)offset);
    struct store_change change = {.kind = (enum store_change_kind)payload[0], .at_s = (int64_t)get_u64(payload + 53)};
    memcpy(change.subject.b, payload + 1, 32);
    memcpy(change.account.b, payload + 33, 20);
    return enter(chain_status, &chain_status->final, &change, NULL, err);
}

static enum badge_status read_file(struct chain_status *chain_status, const struct store_options *options,
                                   enum record_file_tail tail, struct badge_err *err)
{
    struct replay replay = {.chain_status = chain_status, .options = options};
    enum badge_status status = record_file_open(&chain_status->file, &kind, options->path, NAME, tail, 0, visit,
                                                &replay, err);
    chain_status->n_withdrawn = chain_status->final.table[CHAIN_STATUS_ROOT].n;
    return status;
}

static enum badge_status begin(struct chain_status *chain_status, const struct store_options *options,
                               struct badge_err *err)
{
    uint8_t head[HEAD_LEN];
    encode_head(head, options);
    return record_file_create(&chain_status->file, &kind, options->path, NAME, head, sizeof head, err);
}

/* What can't be read is kept for whoever wants to know why, and the chain is read again. */
static enum badge_status begin_anew(struct chain_status *chain_status, const struct store_options *options,
                                    const struct badge_err *why, struct badge_err *err)
{
    char path[DISK_PATH_MAX], aside[DISK_PATH_MAX];
    log_warn("what the chain says is read again from the chain", log_text("why", why->text));
    enum badge_status status = disk_path(path, options->path, NAME, err);
    if (status == BADGE_OK)
        status = disk_path(aside, options->path, NAME ".damaged", err);
    if (status == BADGE_OK && rename(path, aside) != 0)
        status = disk_fail(err, "put aside", path);
    if (status != BADGE_OK)
        return status;
    chain_status_close(chain_status);
    chain_status_init(chain_status);
    return begin(chain_status, options, err);
}

enum badge_status chain_status_open(struct chain_status *chain_status, const struct store_options *options,
                                    struct badge_err *err)
{
    struct badge_err why;
    enum badge_status status = read_file(chain_status, options, RECORD_FILE_TRUNCATE, &why);
    if (status == BADGE_ENOTFOUND)
        return begin(chain_status, options, err);
    if (status == BADGE_ECORRUPT)
        return begin_anew(chain_status, options, &why, err);
    if (status != BADGE_OK && err)
        *err = why;
    return status;
}

enum badge_status chain_status_open_readonly(struct chain_status *chain_status, const struct store_options *options,
                                             struct badge_err *err)
{
    return read_file(chain_status, options, RECORD_FILE_READONLY, err);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

/* What could not be read, before what was read behind it. */
static enum badge_status keep_gap(struct chain_status *chain_status, const struct store_gap *gap, struct badge_err *err)
{
    uint8_t framed[RECORD_HEAD_LEN + GAP_LEN];
    enum badge_status status = record_file_append(&chain_status->file, framed, frame_gap(framed, gap), err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&chain_status->mutex);
    enter_gap(chain_status, gap);
    pthread_mutex_unlock(&chain_status->mutex);
    return BADGE_OK;
}

/* Some final changes: on disk first, then for readers. With the last of them goes how far was read. */
static enum badge_status keep_some(struct chain_status *chain_status, const struct store_change changes[], size_t n,
                                   const struct store_chain_update *last_of, uint8_t *framed, struct badge_err *err)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += frame_change(framed + len, &changes[i]);
    if (last_of)
        len += frame_through(framed + len, last_of);
    enum badge_status status = record_file_append(&chain_status->file, framed, len, err);
    for (size_t i = 0; status == BADGE_OK && i < n; i++)
        status = enter(chain_status, &chain_status->final, &changes[i], &chain_status->mutex, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&chain_status->mutex);
    chain_status->n_withdrawn = chain_status->final.table[CHAIN_STATUS_ROOT].n;
    pthread_mutex_unlock(&chain_status->mutex);
    return BADGE_OK;
}

static enum badge_status keep(struct chain_status *chain_status, const struct store_chain_update *news,
                              struct badge_err *err)
{
    uint64_t n_blocks = news->through - chain_status->kept_through;
    bool is_first = (chain_status->kept_through == 0 && n_blocks > 0) ||
                    (news->is_present && !chain_status->was_current);
    enum badge_status status = BADGE_OK;
    if (news->gap.last_block > 0)
        status = keep_gap(chain_status, &news->gap, err);
    if (status != BADGE_OK || (news->n_final == 0 && n_blocks < KEEP_EVERY && !is_first))
        return status;
    size_t most = news->n_final < GROUP ? news->n_final : GROUP;
    uint8_t *framed = malloc(most * (RECORD_HEAD_LEN + CHANGE_LEN) + RECORD_HEAD_LEN + THROUGH_LEN);
    if (!framed)
        return badge_no_memory(err);
    size_t done = 0;
    do {
        size_t n = news->n_final - done < GROUP ? news->n_final - done : GROUP;
        bool last = done + n == news->n_final;
        status = keep_some(chain_status, news->final + done, n, last ? news : NULL, framed, err);
        done += n;
    } while (status == BADGE_OK && done < news->n_final);
    free(framed);
    if (status != BADGE_OK)
        return status;
    chain_status->kept_through = news->through;
    chain_status->was_current = chain_status->was_current || news->is_present;
    return BADGE_OK;
}

enum badge_status chain_status_write(struct chain_status *chain_status, const struct store_chain_update *news,
                                     struct badge_err *err)
{
    struct chain_status_view recent = {0};
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; status == BADGE_OK && news->is_present && i < news->n_recent; i++)
        status = enter(chain_status, &recent, &news->recent[i], NULL, err);
    if (status == BADGE_OK)
        status = keep(chain_status, news, err);
    if (status == BADGE_OK) {
        pthread_mutex_lock(&chain_status->mutex);
        struct chain_status_view old = chain_status->recent;
        if (news->is_present)
            chain_status->recent = recent;
        chain_status->through = news->through;
        chain_status->is_current = chain_status->is_current || news->is_present;
        pthread_mutex_unlock(&chain_status->mutex);
        if (news->is_present)
            recent = old;
    }
    view_release(&recent);
    return status;
}

/* -- looking ------------------------------------------------------------------------------------------------------- */

/* The mutex is held. NULL where nothing was ever said. */
static const struct status_entry *last_word(const struct chain_status *chain_status, enum chain_status_subject subject,
                                            const struct badge_hash *of)
{
    const struct status_entry *mark = status_table_find(&chain_status->recent.table[subject], of);
    return mark ? mark : status_table_find(&chain_status->final.table[subject], of);
}

void chain_status_find(struct chain_status *chain_status, const struct badge_hash *digest,
                       const struct badge_hash *root, struct store_chain_status *out)
{
    *out = (struct store_chain_status){.status = STORE_UNKNOWN};
    pthread_mutex_lock(&chain_status->mutex);
    const struct status_entry *mark = root ? last_word(chain_status, CHAIN_STATUS_ROOT, root) : NULL;
    if (mark) {
        out->status = STORE_WITHDRAWN;
    } else {
        mark = digest ? last_word(chain_status, CHAIN_STATUS_DIGEST, digest) : NULL;
        bool all_read = mark ? !mark->stale : !digest || chain_status->gap.last_block == 0;
        if (mark && mark->stands)
            out->status = STORE_REVOKED;
        else if (chain_status->is_current && all_read)
            out->status = STORE_GOOD;
    }
    if (out->status == STORE_REVOKED || out->status == STORE_WITHDRAWN) {
        out->at_s = mark->at_s;
        out->account = chain_status->accounts[mark->account];
    }
    pthread_mutex_unlock(&chain_status->mutex);
}

bool chain_status_withdrawn_for_good(struct chain_status *chain_status, const struct badge_hash *root)
{
    pthread_mutex_lock(&chain_status->mutex);
    bool found = status_table_find(&chain_status->final.table[CHAIN_STATUS_ROOT], root);
    pthread_mutex_unlock(&chain_status->mutex);
    return found;
}

bool chain_status_restored(struct chain_status *chain_status, const struct badge_hash *digest, int64_t *at_s)
{
    pthread_mutex_lock(&chain_status->mutex);
    const struct status_entry *mark = last_word(chain_status, CHAIN_STATUS_DIGEST, digest);
    bool restored = mark && !mark->stands;
    *at_s = restored ? mark->at_s : 0;
    pthread_mutex_unlock(&chain_status->mutex);
    return restored;
}

uint64_t chain_status_through(struct chain_status *chain_status)
{
    pthread_mutex_lock(&chain_status->mutex);
    uint64_t through = chain_status->through;
    pthread_mutex_unlock(&chain_status->mutex);
    return through;
}

bool chain_status_is_current(struct chain_status *chain_status)
{
    pthread_mutex_lock(&chain_status->mutex);
    bool is_current = chain_status->is_current;
    pthread_mutex_unlock(&chain_status->mutex);
    return is_current;
}

uint64_t chain_status_n_withdrawn(struct chain_status *chain_status)
{
    pthread_mutex_lock(&chain_status->mutex);
    uint64_t n = chain_status->n_withdrawn;
    pthread_mutex_unlock(&chain_status->mutex);
    return n;
}

void chain_status_gap(struct chain_status *chain_status, struct store_gap *out)
{
    pthread_mutex_lock(&chain_status->mutex);
    *out = chain_status->gap;
    pthread_mutex_unlock(&chain_status->mutex);
}

size_t chain_status_operators(struct chain_status *chain_status, struct store_operator out[], size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&chain_status->mutex);
    const struct status_table *recent = &chain_status->recent.table[CHAIN_STATUS_OPERATOR];
    const struct status_table *views[] = {&chain_status->final.table[CHAIN_STATUS_OPERATOR], recent};
    for (size_t v = 0; v < 2; v++)
        for (size_t i = 0; i < views[v]->n && n < max; i++) {
            const struct status_entry *mark = &views[v]->mark[i];
            if (mark->stands && (views[v] == recent || !status_table_find(recent, &mark->of)))
                out[n++] = (struct store_operator){chain_status->accounts[mark->account], mark->at_s};
        }
    pthread_mutex_unlock(&chain_status->mutex);
    return n;
}
