/*
 * Group commit: intake's writer thread calls it with all waiting submissions. It guarantees two things: a submission
 * with the outcome STORE_NEW or STORE_KNOWN is on disk, and no digest is accepted twice, neither within a group nor if
 * it is pending or sealed in a batch that counts.
 */
#include <stdlib.h>
#include <time.h>

#include "runtime/log.h"
#include "runtime/metrics.h"
#include "store/store_internal.h"

/* One group commit. */
struct append_group {
    struct store *store;
    uint64_t *relabelled; /* pending entries of earlier groups, by sequence number */
    size_t n_relabelled;
    struct badge_digest *sealed_labels; /* for the file `labels`: of digests sealed, or being sealed, as external */
    size_t n_sealed_labels;
    uint8_t *framed;
};

static bool group_init(struct append_group *group, struct store *store, size_t n)
{
    *group = (struct append_group){.store = store,
                                   .relabelled = malloc(n * sizeof *group->relabelled),
                                   .sealed_labels = malloc(n * sizeof *group->sealed_labels),
                                   .framed = malloc(n * JOURNAL_FRAMED_LEN)};
    return group->relabelled && group->sealed_labels && group->framed;
}

static void group_release(struct append_group *group)
{
    free(group->relabelled);
    free(group->sealed_labels);
    free(group->framed);
}

/* The digest is already pending, from this group or an earlier one. Its first real label wins. */
static void dedup_pending(struct append_group *group, const struct badge_digest *digest, struct pending_entry *entry,
                          uint64_t sequence)
{
    struct store *store = group->store;
    uint8_t label = entry->new_label ? entry->new_label : entry->label;
    if (label != BADGE_LABEL_EXTERNAL || digest->label == BADGE_LABEL_EXTERNAL)
        return;
    if (sequence >= store->pending.published) {
        entry->label = (uint8_t)digest->label;
        return;
    }
    entry->new_label = (uint8_t)digest->label;
    group->relabelled[group->n_relabelled++] = sequence;
    if (sequence < store->sealing_through)
        group->sealed_labels[group->n_sealed_labels++] = *digest;
}

static void dedup_sealed(struct append_group *group, struct store_submission *submission,
                         const struct index_value *value)
{
    struct badge_err err;
    enum badge_status status = store_sealed_record(group->store, &submission->digest.value, value, &submission->record,
                                                   &err);
    if (status != BADGE_OK) {
        if (status == BADGE_ECORRUPT)
            log_broken("sealed record damaged", log_text("why", err.text));
        else
            log_error("sealed record unreadable", log_text("why", err.text));
        submission->outcome = STORE_FAILED;
        return;
    }
    submission->outcome = STORE_KNOWN;
    if (value->label == BADGE_LABEL_EXTERNAL && submission->digest.label != BADGE_LABEL_EXTERNAL) {
        submission->record.digest.label = submission->digest.label;
        group->sealed_labels[group->n_sealed_labels++] = submission->digest;
    }
}

/*
 * Whether the batch no longer counts, permanently: its withdrawal is final, and so is its anchor. A batch withdrawn
 * above the last final block still counts: a reorg could undo that, and the digest would be in two batches.
 */
static bool is_withdrawal_final(struct store *store, const struct index_value *value)
{
    struct store_batch batch;
    return store_n_withdrawn(store) > 0 && anchors_batch(&store->anchors, value->batch, &batch) &&
           batch.anchor.state == STORE_ANCHOR_FINAL &&
           chain_status_withdrawal_is_final(&store->chain_status, &batch.root);
}

/* Sets the outcome of one submission for the case that the group becomes durable. */
static void classify(struct append_group *group, struct store_submission *submission)
{
    struct store *store = group->store;
    struct pending *pending = &store->pending;
    uint64_t sequence;
    struct pending_entry *entry = pending_lookup(pending, &submission->digest.value, &sequence);
    if (entry) {
        submission->outcome = STORE_KNOWN;
        dedup_pending(group, &submission->digest, entry, sequence);
        return;
    }
    struct badge_err err;
    struct index_value value;
    enum badge_status status = digest_index_get(&store->digest_index, &submission->digest.value, &value, &err);
    if (status == BADGE_OK && !is_withdrawal_final(store, &value)) {
        dedup_sealed(group, submission, &value);
        return;
    }
    if (status == BADGE_OK)
        status = BADGE_ENOTFOUND;
    if (status == BADGE_ENOTFOUND && digest_table_count(&pending->table) >= store->options.max_pending) {
        submission->outcome = STORE_FULL;
        return;
    }
    if (status == BADGE_ENOTFOUND)
        status = pending_push(pending, &submission->digest, submission->received_at_s, &err);
    submission->outcome = status == BADGE_OK ? STORE_NEW : STORE_FAILED;
    if (status != BADGE_OK)
        log_error("submission not accepted", log_text("why", err.text));
}

/* Writes submissions and relabellings to the journal in one write. */
static enum badge_status write_journal(struct append_group *group, struct badge_err *err)
{
    struct pending *pending = &group->store->pending;
    size_t n_new = (size_t)(pending->table.end - pending->published), n = n_new + group->n_relabelled;
    if (n == 0)
        return BADGE_OK;
    uint8_t *out = group->framed;
    for (size_t i = 0; i < n; i++, out += JOURNAL_FRAMED_LEN) {
        uint64_t sequence = i < n_new ? pending->published + i : group->relabelled[i - n_new];
        const struct pending_entry *entry = pending_at(pending, (size_t)(sequence - pending->table.first));
        struct journal_record record = {
            i < n_new ? JOURNAL_NEW : JOURNAL_RELABEL,
            {(enum badge_label)(i < n_new ? entry->label : entry->new_label), entry->digest},
            entry->received_at_s};
        journal_frame(out, &record);
    }
    metric_observe(METRIC_JOURNAL_GROUP_SIZE, (double)n);
    return journal_append(&group->store->journal, group->framed, n * JOURNAL_FRAMED_LEN, n_new, err);
}

static enum badge_status write_labels(struct append_group *group, struct badge_err *err)
{
    size_t n = group->n_sealed_labels;
    if (n == 0)
        return BADGE_OK;
    for (size_t i = 0; i < n; i++)
        journal_frame(group->framed + i * JOURNAL_FRAMED_LEN,
                      &(struct journal_record){JOURNAL_RELABEL, group->sealed_labels[i], 0});
    return digest_index_keep_labels(&group->store->digest_index, group->framed, n * JOURNAL_FRAMED_LEN, err);
}

/* After the group is durable. Updates the index; what is being sealed gets its label at the end of the seal. */
static void publish_group(struct append_group *group)
{
    struct store *store = group->store;
    struct badge_err err;
    pending_publish(&store->pending, group->relabelled, group->n_relabelled);
    for (size_t i = 0; i < group->n_sealed_labels; i++)
        if (digest_index_relabel(&store->digest_index, &group->sealed_labels[i], &err) != BADGE_OK)
            log_error("label not indexed until the next start", log_text("why", err.text));
}

static void fill_record(struct store *store, struct store_submission *submission)
{
    struct store_record record;
    if (submission->outcome != STORE_FAILED && submission->outcome != STORE_FULL &&
        store_find_pending(store, &submission->digest.value, &record))
        submission->record = record;
}

static double seconds_since(const struct timespec *started)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - started->tv_sec) + (double)(now.tv_nsec - started->tv_nsec) / 1e9;
}

/* Called with the commit lock held. On a disk error nothing in the group is acknowledged. */
static enum badge_status commit_group(struct append_group *group, struct store_submission *const submission[], size_t n,
                                      struct badge_err *err)
{
    struct store *store = group->store;
    for (size_t i = 0; i < n; i++)
        classify(group, submission[i]);
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    /* Labels first: a label that is on disk but not acknowledged is still correct, and can be written twice. */
    enum badge_status status = write_labels(group, err);
    if (status == BADGE_OK)
        status = write_journal(group, err);
    if (status != BADGE_OK) {
        pending_retract(&store->pending, group->relabelled, group->n_relabelled);
        store_fail(store, err, store->journal.current.failed || store->digest_index.labels.failed);
        return status;
    }
    metric_observe(METRIC_JOURNAL_SYNC_SECONDS, seconds_since(&started));
    publish_group(group);
    for (size_t i = 0; i < n; i++)
        fill_record(store, submission[i]);
    return BADGE_OK;
}

void store_append_work(struct store *store, struct store_submission *const submission[], size_t n)
{
    struct append_group group;
    struct badge_err err = {.text = ""};
    if (n == 0)
        return;
    enum badge_status status = group_init(&group, store, n) ? BADGE_OK : BADGE_ENOMEM;
    pthread_mutex_lock(&store->commit);
    if (status == BADGE_OK && !store_accepts(store))
        status = BADGE_EIO;
    if (status == BADGE_OK)
        status = commit_group(&group, submission, n, &err);
    pthread_mutex_unlock(&store->commit);
    for (size_t i = 0; status != BADGE_OK && i < n; i++)
        submission[i]->outcome = STORE_FAILED;
    group_release(&group);
}
