/*
 * The list of batches, the requests to revoke, and the states of their transactions: seals and requests add to it, the
 * anchor module updates it, every part of the store reads it. File and memory stay the same: a change is written and
 * synced, then applied by the same function that applies the records at the start.
 */
#include <stdlib.h>
#include <string.h>

#include "core/grow.h"
#include "store/bytes.h"
#include "store/store_internal.h"

#define NAME "anchors"

static const struct record_file_kind kind = {"badgean1", ANCHORS_MIN_PAYLOAD, ANCHORS_MAX_PAYLOAD};

static struct anchors_entry *entry_of(struct anchors *anchors, uint32_t number)
{
    return number >= 1 && number <= anchors->n ? &anchors->entries[number - 1] : NULL;
}

static bool is_settled(const struct anchors_entry *entry)
{
    return entry->batch.anchor.state == STORE_ANCHOR_FINAL || entry->batch.anchor.state == STORE_ANCHOR_SPOILED;
}

/* A batch or a set of revocations: both have an anchor and attempts. */
struct anchor_ref {
    struct store_anchor *anchor;
    struct anchors_attempts *attempts;
};

static bool find_anchor(struct anchors *anchors, struct store_job_id job, struct anchor_ref *out)
{
    if (job.kind == STORE_JOB_BATCH) {
        struct anchors_entry *entry = entry_of(anchors, job.number);
        if (entry)
            *out = (struct anchor_ref){&entry->batch.anchor, &entry->attempts};
        return entry;
    }
    struct revocations_set *set = revocations_set(&anchors->revocations, job.number);
    if (set)
        *out = (struct anchor_ref){&set->set.anchor, &set->attempts};
    return set;
}

static const char *kind_name(struct store_job_id job)
{
    return job.kind == STORE_JOB_SET ? "set of revocations" : "batch";
}

/* Its transactions are not needed any more. */
static void settle(struct anchors *anchors, struct anchors_entry *entry)
{
    anchors_attempts_release(&entry->attempts);
    while (anchors->first_unfinal != 0 && is_settled(&anchors->entries[anchors->first_unfinal - 1]))
        anchors->first_unfinal = anchors->first_unfinal < anchors->n ? anchors->first_unfinal + 1 : 0;
}

static void apply_spoiled(struct anchors *anchors, struct anchors_entry *entry, int64_t at_s)
{
    BADGE_ASSERT(entry); /* record_fits() has refused a record that replaces an unknown batch */
    entry->batch.anchor = (struct store_anchor){.state = STORE_ANCHOR_SPOILED, .changed_at_s = at_s};
    settle(anchors, entry);
}

static enum badge_status apply_sealed(struct anchors *anchors, const struct anchors_record *record,
                                      struct badge_err *err)
{
    struct anchors_entry *grown = core_grow(anchors->entries, &anchors->capacity, anchors->n + 1, sizeof *grown);
    if (!grown)
        return badge_no_memory(err);
    anchors->entries = grown;
    anchors->entries[anchors->n++] = (struct anchors_entry){
        .batch = {.number = record->job.number,
                  .root = record->sealed.root,
                  .tree_size = record->sealed.tree_size,
                  .sealed_at_s = record->sealed.sealed_at_s,
                  .replaces = record->sealed.replaces,
                  .anchor = {.state = STORE_ANCHOR_SEALED, .changed_at_s = record->sealed.sealed_at_s}}};
    anchors->sealed_through = record->sealed.sealed_through;
    if (anchors->first_unfinal == 0)
        anchors->first_unfinal = record->job.number;
    if (record->sealed.replaces == 0)
        anchors->n_sealed += record->sealed.tree_size;
    else
        apply_spoiled(anchors, entry_of(anchors, record->sealed.replaces), record->sealed.sealed_at_s);
    return BADGE_OK;
}

static struct anchors_account *account_of(struct anchors *anchors, const struct badge_address *address)
{
    for (size_t i = 0; i < anchors->n_accounts; i++)
        if (memcmp(&anchors->accounts[i].address, address, sizeof *address) == 0)
            return &anchors->accounts[i];
    return NULL;
}

static enum badge_status count_nonce(struct anchors *anchors, const struct store_attempt *attempt,
                                     struct badge_err *err)
{
    struct anchors_account *account = account_of(anchors, &attempt->from);
    if (!account) {
        struct anchors_account *grown = realloc(anchors->accounts, (anchors->n_accounts + 1) * sizeof *grown);
        if (!grown)
            return badge_no_memory(err);
        anchors->accounts = grown;
        account = &grown[anchors->n_accounts++];
        *account = (struct anchors_account){.address = attempt->from};
    }
    if (attempt->nonce >= account->next_nonce)
        account->next_nonce = attempt->nonce + 1;
    return BADGE_OK;
}

static enum badge_status apply_attempt(struct anchors *anchors, const struct anchor_ref *ref,
                                       struct anchors_record *record, struct badge_err *err)
{
    struct anchors_attempts *attempts = ref->attempts;
    uint8_t encoded[ANCHORS_MAX_PAYLOAD];
    size_t len = anchors_record_encode(encoded, record);
    struct anchors_encoded *grown = realloc(attempts->encoded, (attempts->n + 1) * sizeof *grown);
    uint8_t *payload = grown ? malloc(len) : NULL;
    if (grown)
        attempts->encoded = grown;
    if (!payload)
        return badge_no_memory(err);
    memcpy(payload, encoded, len);
    attempts->encoded[attempts->n++] = (struct anchors_encoded){payload, len};
    ref->anchor->state = STORE_ANCHOR_SIGNED;
    ref->anchor->nonce = record->attempt.nonce;
    ref->anchor->transaction = record->attempt.transaction;
    return count_nonce(anchors, &record->attempt, err);
}

static void apply_move(struct anchors *anchors, const struct anchor_ref *ref, const struct anchors_record *record)
{
    uint32_t number = record->job.number;
    *ref->anchor = record->anchor;
    if (record->job.kind == STORE_JOB_SET) {
        if (record->anchor.state == STORE_ANCHOR_FINAL)
            anchors_attempts_release(ref->attempts);
        revocations_settled(&anchors->revocations);
    } else if (is_settled(entry_of(anchors, number))) {
        settle(anchors, entry_of(anchors, number));
    } else if (anchors->first_unfinal == 0 || number < anchors->first_unfinal) {
        anchors->first_unfinal = number;
    }
}

static enum badge_status apply_revoke(struct anchors *anchors, const struct anchors_record *record,
                                      struct badge_err *err)
{
    const struct revocations_note *note;
    enum badge_status status = revocations_reserve(&anchors->revocations, record->revoke.n_digests, NULL, err);
    if (status == BADGE_OK)
        status = revocations_keep_note(&anchors->revocations, &note, &record->revoke.why.note, err);
    for (uint32_t i = 0; status == BADGE_OK && i < record->revoke.n_digests; i++) {
        struct badge_hash digest;
        memcpy(digest.b, record->revoke.digests + (size_t)i * 32, sizeof digest.b);
        revocations_request(&anchors->revocations, &digest, record->revoke.at_s, record->revoke.why.reason, note);
    }
    return status;
}

static void apply_drop(struct anchors *anchors, const struct anchors_record *record)
{
    struct revocations_set *set = revocations_set(&anchors->revocations, record->job.number);
    revocations_drop(&anchors->revocations, set, &record->dropped);
    if (set->set.anchor.state == STORE_ANCHOR_SPOILED)
        anchors_attempts_release(&set->attempts);
}

/* Of a record that record_fits(). */
static enum badge_status apply_record(struct anchors *anchors, struct anchors_record *record, struct badge_err *err)
{
    struct anchor_ref ref;
    switch (record->type) {
    case ANCHORS_SEALED:
        return apply_sealed(anchors, record, err);
    case ANCHORS_ATTEMPT:
        BADGE_ASSERT(find_anchor(anchors, record->job, &ref));
        return apply_attempt(anchors, &ref, record, err);
    case ANCHORS_MOVE:
        BADGE_ASSERT(find_anchor(anchors, record->job, &ref));
        apply_move(anchors, &ref, record);
        return BADGE_OK;
    case ANCHORS_REVOKE:
    case ANCHORS_REVOKE_WHY:
        return apply_revoke(anchors, record, err);
    case ANCHORS_TAKE_SET:
        return revocations_take_set(&anchors->revocations, record->taken_set.n_digests, record->taken_set.at_s, err);
    case ANCHORS_DROP:
        apply_drop(anchors, record);
        return BADGE_OK;
    }
    return BADGE_ECORRUPT;
}

/* Whether a record fits the earlier ones: batches and sets are in order, other records refer to an existing one. */
static bool record_fits(struct anchors *anchors, const struct anchors_record *record)
{
    const struct revocations *revocations = &anchors->revocations;
    struct anchor_ref ref;
    switch (record->type) {
    case ANCHORS_SEALED:
        break;
    case ANCHORS_ATTEMPT:
    case ANCHORS_MOVE:
        return find_anchor(anchors, record->job, &ref);
    case ANCHORS_REVOKE:
    case ANCHORS_REVOKE_WHY:
        return true;
    case ANCHORS_TAKE_SET:
        return record->job.kind == STORE_JOB_SET && record->job.number == revocations->n_sets + 1 &&
               record->taken_set.n_digests <= revocations_next_set(revocations, STORE_MAX_SET);
    case ANCHORS_DROP:
        return record->job.kind == STORE_JOB_SET && find_anchor(anchors, record->job, &ref) &&
               ref.anchor->state == STORE_ANCHOR_SEALED;
    }
    const struct anchors_entry *replaced = entry_of(anchors, record->sealed.replaces);
    bool replacement_fits = record->sealed.replaces == 0 || (replaced && !is_settled(replaced) &&
                                                             replaced->batch.tree_size == record->sealed.tree_size);
    return record->job.kind == STORE_JOB_BATCH && record->job.number == anchors->n + 1 && replacement_fits;
}

struct anchors_replay {
    struct anchors *anchors;
    const struct store_options *options;
    struct store_options *found; /* not NULL: filled from the header, which is not checked then */
    uint64_t through, end;       /* apply no batch sealed beyond `through`; the offset of that batch, 0: none */
};

static void decode_head(struct store_options *out, const uint8_t *payload)
{
    out->chain_id = get_u64(payload);
    memcpy(out->contract.b, payload + 8, 20);
    memcpy(out->issuer.b, payload + 28, 20);
}

static enum badge_status check_head(const uint8_t *payload, size_t len, const struct store_options *options,
                                    struct badge_err *err)
{
    uint8_t expected[RECORD_OWNER_LEN];
    record_owner_encode(expected, options);
    if (len != RECORD_OWNER_LEN)
        return badge_fail(err, BADGE_ECORRUPT, 0,
                          "the header of %s/" NAME " is damaged: restore the file from a backup", options->path);
    if (memcmp(payload, expected, RECORD_OWNER_LEN) == 0)
        return BADGE_OK;
    if (get_u64(payload) != options->chain_id)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "the store belongs to chain %llu, but chain.id is %llu: correct chain.id or store.path",
                          (unsigned long long)get_u64(payload), (unsigned long long)options->chain_id);
    bool contract = memcmp(payload + 8, expected + 8, 20) != 0;
    struct badge_address stored_address;
    char stored[BADGE_ADDRESS_LEN + 1], configured[BADGE_ADDRESS_LEN + 1];
    memcpy(stored_address.b, payload + (contract ? 8 : 28), 20);
    badge_address_format(stored, &stored_address);
    badge_address_format(configured, contract ? &options->contract : &options->issuer);
    const char *what = contract ? "contract" : "issuer";
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "the store belongs to %s %s, but chain.%s is %s: correct chain.%s or store.path", what, stored,
                      what, configured, what);
}

static enum badge_status visit_record(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                      struct badge_err *err)
{
    struct anchors_replay *replay = context;
    if (offset == RECORD_FILE_HEAD_AT) {
        if (replay->found && len == RECORD_OWNER_LEN)
            decode_head(replay->found, payload);
        return check_head(payload, len, replay->options, err);
    }
    struct anchors_record record;
    if (replay->end != 0)
        return BADGE_OK;
    if (!anchors_record_decode(&record, payload, len) || !record_fits(replay->anchors, &record))
        return badge_fail(err, BADGE_ECORRUPT, (size_t)offset,
                          "%s/" NAME " is inconsistent: the record at byte %llu does not fit earlier ones; restore it "
                          "from a backup",
                          replay->options->path, (unsigned long long)offset);
    if (record.type == ANCHORS_SEALED && record.sealed.sealed_through > replay->through) {
        replay->end = offset;
        return BADGE_OK;
    }
    return apply_record(replay->anchors, &record, err);
}

void anchors_init(struct anchors *anchors)
{
    memset(anchors, 0, sizeof *anchors);
    pthread_mutex_init(&anchors->writing, NULL);
    pthread_mutex_init(&anchors->mutex, NULL);
    anchors->file.fd = -1;
}

enum badge_status anchors_open(struct anchors *anchors, const struct store_options *options, struct badge_err *err)
{
    struct anchors_replay replay = {.anchors = anchors, .options = options, .through = UINT64_MAX};
    enum badge_status status = record_file_open(&anchors->file, &kind, options->path, NAME, RECORD_FILE_TRUNCATE, 0,
                                                visit_record, &replay, err);
    anchors->revocations.n_at_start = digest_table_count(&anchors->revocations.requests);
    if (status != BADGE_ENOTFOUND)
        return status;
    uint8_t head[RECORD_OWNER_LEN];
    record_owner_encode(head, options);
    return record_file_create(&anchors->file, &kind, options->path, NAME, head, sizeof head, err);
}

enum badge_status anchors_open_readonly(struct anchors *anchors, struct store_options *found, uint64_t through,
                                        uint64_t *len, struct badge_err *err)
{
    struct anchors_replay replay = {.anchors = anchors, .options = found, .found = found, .through = through};
    enum badge_status status = record_file_open(&anchors->file, &kind, found->path, NAME, RECORD_FILE_READONLY, 0,
                                                visit_record, &replay, err);
    *len = replay.end != 0 ? replay.end : anchors->file.len;
    return status;
}

void anchors_close(struct anchors *anchors)
{
    record_file_close(&anchors->file);
    for (size_t i = 0; i < anchors->n; i++)
        anchors_attempts_release(&anchors->entries[i].attempts);
    free(anchors->entries);
    revocations_release(&anchors->revocations);
    free(anchors->accounts);
    pthread_mutex_destroy(&anchors->writing);
    pthread_mutex_destroy(&anchors->mutex);
}

/* The writing lock is held. Entries change only under it, so the result of record_fits() stays valid. */
static enum badge_status append_locked(struct anchors *anchors, struct anchors_record *record, struct badge_err *err)
{
    uint8_t framed[RECORD_HEAD_LEN + ANCHORS_MAX_PAYLOAD];
    size_t len = anchors_record_encode(framed + RECORD_HEAD_LEN, record);
    struct anchor_ref ref;
    len = record_frame(framed, framed + RECORD_HEAD_LEN, len);
    if (!record_fits(anchors, record))
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "%s %u not found", kind_name(record->job),
                          record->job.number);
    if (record->type == ANCHORS_ATTEMPT && find_anchor(anchors, record->job, &ref) &&
        ref.attempts->n >= STORE_MAX_ATTEMPTS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "%s %u has reached the limit of %d transactions: check chain.max_fee", kind_name(record->job),
                          record->job.number, STORE_MAX_ATTEMPTS);
    enum badge_status status = record_file_append(&anchors->file, framed, len, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&anchors->mutex);
    status = apply_record(anchors, record, err);
    pthread_mutex_unlock(&anchors->mutex);
    return status;
}

static enum badge_status append_record(struct anchors *anchors, struct anchors_record *record, struct badge_err *err)
{
    pthread_mutex_lock(&anchors->writing);
    enum badge_status status = append_locked(anchors, record, err);
    pthread_mutex_unlock(&anchors->writing);
    return status;
}

static struct anchors_record sealed_record(const struct batch_head *head)
{
    return (struct anchors_record){
        .type = ANCHORS_SEALED,
        .job = store_batch_id(head->number),
        .sealed = {head->root, head->n_leaves, head->sealed_at_s, head->sealed_through, head->replaces}};
}

enum badge_status anchors_seal(struct anchors *anchors, const struct batch_head *head, struct badge_err *err)
{
    struct anchors_record record = sealed_record(head);
    return append_record(anchors, &record, err);
}

bool anchors_is_next_batch(struct anchors *anchors, const struct store_options *options, const struct batch_head *head)
{
    bool is_reseal = head->replaces != 0;
    struct store_batch replaced;
    if (is_reseal && (!anchors_batch(anchors, head->replaces, &replaced) || replaced.tree_size != head->n_leaves ||
                      replaced.anchor.state != STORE_ANCHOR_SEALED))
        return false;
    return head->number == anchors->n + 1 && head->chain_id == options->chain_id &&
           memcmp(&head->contract, &options->contract, sizeof head->contract) == 0 &&
           memcmp(&head->issuer, &options->issuer, sizeof head->issuer) == 0 &&
           head->sealed_through == anchors->sealed_through + (is_reseal ? 0 : head->n_leaves);
}

enum badge_status anchors_adopt_unlisted(struct anchors *anchors, const struct batch_head *head, struct badge_err *err)
{
    struct anchors_record record = sealed_record(head);
    return apply_record(anchors, &record, err);
}

enum badge_status anchors_drop(struct anchors *anchors, uint32_t number,
                               bool (*is_void)(void *context, const struct revocations_request *request), void *context,
                               struct badge_err *err)
{
    struct anchors_record record = {.type = ANCHORS_DROP, .job = store_set_id(number)};
    bool any = false;
    pthread_mutex_lock(&anchors->writing);
    const struct revocations_set *set = revocations_set(&anchors->revocations, number);
    for (size_t i = 0; set && i < set->n; i++) {
        const struct revocations_request *request = digest_table_at(&anchors->revocations.requests, set->first + i);
        if (request->at_s == REVOCATIONS_DROPPED || !is_void(context, request))
            continue;
        record.dropped.bits[i / 8] |= (uint8_t)(1u << i % 8);
        any = true;
    }
    enum badge_status status = any ? append_locked(anchors, &record, err) : BADGE_OK;
    pthread_mutex_unlock(&anchors->writing);
    return status;
}

uint32_t anchors_n_batches(struct anchors *anchors)
{
    pthread_mutex_lock(&anchors->mutex);
    uint32_t n = (uint32_t)anchors->n;
    pthread_mutex_unlock(&anchors->mutex);
    return n;
}

bool anchors_batch(struct anchors *anchors, uint32_t number, struct store_batch *out)
{
    pthread_mutex_lock(&anchors->mutex);
    struct anchors_entry *entry = entry_of(anchors, number);
    if (entry)
        *out = entry->batch;
    pthread_mutex_unlock(&anchors->mutex);
    return entry;
}

/* -- revocations --------------------------------------------------------------------------------------------------- */

/* A request that is already open, with this time or a later one, needs no record. The writing lock is held. */
static size_t frame_requests(struct anchors *anchors, uint8_t *out, const struct badge_hash *digest, size_t n,
                             const struct store_why *why, int64_t at_s)
{
    uint8_t digests[ANCHORS_MAX_REVOKE * 32], payload[ANCHORS_MAX_PAYLOAD];
    struct anchors_record record = {.type = ANCHORS_REVOKE_WHY,
                                    .revoke = {.at_s = at_s, .why = *why, .digests = digests}};
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (revocations_is_news(&anchors->revocations, &digest[i], at_s))
            memcpy(digests + (size_t)record.revoke.n_digests++ * 32, digest[i].b, 32);
        if (record.revoke.n_digests == ANCHORS_MAX_REVOKE || (i == n - 1 && record.revoke.n_digests > 0)) {
            len += record_frame(out + len, payload, anchors_record_encode(payload, &record));
            record.revoke.n_digests = 0;
        }
    }
    return len;
}

/* Memory is reserved before the disk is written, so that what is on disk is always in memory too. */
static enum badge_status add_requests(struct anchors *anchors, uint8_t *framed, const struct badge_hash *digest,
                                      size_t n, const struct store_why *why, int64_t at_s, struct badge_err *err)
{
    const struct revocations_note *note;
    enum badge_status status = revocations_reserve(&anchors->revocations, n, &anchors->mutex, err);
    if (status == BADGE_OK)
        status = revocations_keep_note(&anchors->revocations, &note, &why->note, err);
    size_t len = status == BADGE_OK ? frame_requests(anchors, framed, digest, n, why, at_s) : 0;
    if (len == 0)
        return status;
    status = record_file_append(&anchors->file, framed, len, err);
    if (status != BADGE_OK)
        return status;
    pthread_mutex_lock(&anchors->mutex);
    for (size_t i = 0; i < n; i++) /* as apply_revoke() does; those without a record change nothing */
        revocations_request(&anchors->revocations, &digest[i], at_s, why->reason, note);
    pthread_mutex_unlock(&anchors->mutex);
    return status;
}

enum badge_status anchors_revoke(struct anchors *anchors, const struct badge_hash *digest, size_t n,
                                 const struct store_why *why, int64_t at_s, size_t max_open, struct badge_err *err)
{
    size_t n_records = n / ANCHORS_MAX_REVOKE + 1;
    uint8_t *framed = malloc(n * sizeof *digest + n_records * (64 + why->note.len));
    if (!framed)
        return badge_no_memory(err);
    enum badge_status status;
    const struct revocations *revocations = &anchors->revocations;
    pthread_mutex_lock(&anchors->writing);
    size_t n_open = digest_table_count(&revocations->requests) - revocations->n_final;
    if (n_open + n > max_open)
        status = badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%zu revocations are already open: try again later",
                            n_open);
    else
        status = add_requests(anchors, framed, digest, n, why, at_s, err);
    pthread_mutex_unlock(&anchors->writing);
    free(framed);
    return status;
}

enum badge_status anchors_take_set(struct anchors *anchors, uint32_t max, int64_t at_s, struct store_set *out,
                                   struct badge_err *err)
{
    struct revocations *revocations = &anchors->revocations;
    struct anchors_record record = {.type = ANCHORS_TAKE_SET, .taken_set = {.at_s = at_s}};
    BADGE_ASSERT(max >= 1 && max <= STORE_MAX_SET);
    pthread_mutex_lock(&anchors->writing);
    record.job = store_set_id((uint32_t)(revocations->n_sets + 1));
    record.taken_set.n_digests = revocations_next_set(revocations, max);
    pthread_mutex_lock(&anchors->mutex);
    enum badge_status status = revocations_reserve_set(revocations, err); /* before the write, as for requests */
    pthread_mutex_unlock(&anchors->mutex);
    if (record.taken_set.n_digests == 0)
        status = badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "no revocations are waiting");
    else if (status == BADGE_OK)
        status = append_locked(anchors, &record, err);
    if (status == BADGE_OK)
        *out = revocations_set(revocations, record.job.number)->set;
    pthread_mutex_unlock(&anchors->writing);
    return status;
}

/* -- the store's functions for attempts -----------------------------------------------------------------------------
 */

enum badge_status store_anchor_attempt_work(struct store *store, struct store_job_id job,
                                            const struct store_attempt *attempt, struct badge_err *err)
{
    struct badge_err cause;
    struct anchors_record record = {.type = ANCHORS_ATTEMPT, .job = job, .attempt = *attempt};
    return store_anchors_written(store, append_record(&store->anchors, &record, &cause), &cause, err);
}

enum badge_status store_anchor_move_work(struct store *store, struct store_job_id job,
                                         const struct store_anchor *anchor, struct badge_err *err)
{
    struct badge_err cause;
    struct anchors_record record = {.type = ANCHORS_MOVE, .job = job, .anchor = *anchor};
    return store_anchors_written(store, append_record(&store->anchors, &record, &cause), &cause, err);
}

bool store_next_nonce(struct store *store, const struct badge_address *account, uint64_t *out)
{
    pthread_mutex_lock(&store->anchors.mutex);
    const struct anchors_account *found = account_of(&store->anchors, account);
    if (found)
        *out = found->next_nonce;
    pthread_mutex_unlock(&store->anchors.mutex);
    return found;
}

static void attempt_at(struct store_attempt *out, const struct anchor_ref *ref, size_t i)
{
    struct anchors_record record;
    const struct anchors_encoded *encoded = &ref->attempts->encoded[i];
    BADGE_ASSERT(anchors_record_decode(&record, encoded->payload, encoded->len));
    *out = record.attempt;
}

size_t store_attempts(struct store *store, struct store_job_id job, struct store_attempt *out, size_t max)
{
    struct anchor_ref ref;
    pthread_mutex_lock(&store->anchors.mutex);
    size_t n = find_anchor(&store->anchors, job, &ref) ? ref.attempts->n : 0;
    if (n > max)
        n = max;
    for (size_t i = 0; i < n; i++)
        attempt_at(&out[i], &ref, i);
    pthread_mutex_unlock(&store->anchors.mutex);
    return n;
}

bool store_has_attempt(struct store *store, struct store_job_id job, const struct badge_address *account,
                       uint64_t nonce)
{
    struct anchor_ref ref;
    bool found = false;
    pthread_mutex_lock(&store->anchors.mutex);
    size_t n = find_anchor(&store->anchors, job, &ref) ? ref.attempts->n : 0;
    for (size_t i = 0; i < n && !found; i++) {
        struct store_attempt attempt;
        attempt_at(&attempt, &ref, i);
        found = attempt.nonce == nonce && memcmp(&attempt.from, account, sizeof *account) == 0;
    }
    pthread_mutex_unlock(&store->anchors.mutex);
    return found;
}
