/*
 * The file `relations` and its tables in memory. store.c opens it; api's handlers add to it on the pool, before the
 * revocation that they are about is requested. The invariant: what is in memory is on disk.
 */
#include "store/relations.h"

#include <stddef.h>
#include <string.h>

#include "store/bytes.h"
#include "store/store_internal.h"

#define NAME "relations"
#define PAYLOAD_LEN 72 /* time, digest that is replaced, digest that replaces it */

static const struct record_file_kind kind = {"badgerl1", PAYLOAD_LEN, PAYLOAD_LEN};

struct relations_entry {
    struct badge_hash digest, by;
    uint64_t earlier; /* number of the entry before this one with the same `by`, plus one; 0: none */
};

struct relations_latest {
    struct badge_hash by;
    uint64_t entry; /* number of the latest entry, plus one */
};

_Static_assert(offsetof(struct relations_entry, digest) == 0 && offsetof(struct relations_latest, by) == 0,
               "what digest_table.h asks of an entry");

struct relation {
    int64_t at_s;
    struct badge_hash digest, by;
};

static void code_relation(struct codec codec, struct relation *relation)
{
    code_i64(&codec, &relation->at_s);
    code_bytes(&codec, relation->digest.b, sizeof relation->digest.b);
    code_bytes(&codec, relation->by.b, sizeof relation->by.b);
}

static enum badge_status reserve(struct relations *relations, pthread_mutex_t *readers, struct badge_err *err)
{
    enum badge_status status = digest_table_reserve(&relations->replaced, sizeof(struct relations_entry), 1, readers,
                                                    err);
    if (status != BADGE_OK)
        return status;
    return digest_table_reserve(&relations->replacing, sizeof(struct relations_latest), 1, readers, err);
}

/* Room is reserved, and readers are locked out. */
static void add(struct relations *relations, const struct relation *relation)
{
    struct relations_latest *latest = digest_table_find(&relations->replacing, &relation->by);
    uint64_t number = relations->replaced.end;
    digest_table_push(&relations->replaced,
                      &(struct relations_entry){relation->digest, relation->by, latest ? latest->entry : 0});
    if (latest)
        latest->entry = number + 1;
    else
        digest_table_push(&relations->replacing, &(struct relations_latest){relation->by, number + 1});
}

/* -- the file ------------------------------------------------------------------------------------------------------ */

void relations_init(struct relations *relations)
{
    memset(relations, 0, sizeof *relations);
    pthread_mutex_init(&relations->writing, NULL);
    pthread_mutex_init(&relations->mutex, NULL);
    relations->file.fd = -1;
}

void relations_close(struct relations *relations)
{
    record_file_close(&relations->file);
    digest_table_release(&relations->replaced);
    digest_table_release(&relations->replacing);
    pthread_mutex_destroy(&relations->mutex);
    pthread_mutex_destroy(&relations->writing);
}

static enum badge_status visit_relation(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                        struct badge_err *err)
{
    struct relations *relations = context;
    struct relation relation;
    (void)offset;
    if (len == 0)
        return BADGE_OK; /* the header */
    code_relation((struct codec){.from = payload}, &relation);
    enum badge_status status = reserve(relations, NULL, err);
    if (status == BADGE_OK)
        add(relations, &relation);
    return status;
}

static enum badge_status read_file(struct relations *relations, const char *path, enum record_file_tail tail,
                                   struct badge_err *err)
{
    enum badge_status status = record_file_open(&relations->file, &kind, path, NAME, tail, 0, visit_relation, relations,
                                                err);
    return status == BADGE_ENOTFOUND ? BADGE_OK : status;
}

enum badge_status relations_open(struct relations *relations, const char *path, struct badge_err *err)
{
    return read_file(relations, path, RECORD_FILE_TRUNCATE, err);
}

enum badge_status relations_open_readonly(struct relations *relations, const char *path, struct badge_err *err)
{
    return read_file(relations, path, RECORD_FILE_READONLY, err);
}

static enum badge_status append_relation(struct relations *relations, const char *path, struct relation *relation,
                                         struct badge_err *err)
{
    uint8_t payload[PAYLOAD_LEN], framed[RECORD_HEAD_LEN + PAYLOAD_LEN];
    enum badge_status status = BADGE_OK;
    if (relations->file.fd < 0)
        status = record_file_create(&relations->file, &kind, path, NAME, "", 0, err);
    if (status != BADGE_OK)
        return status;
    code_relation((struct codec){.to = payload}, relation);
    return record_file_append(&relations->file, framed, record_frame(framed, payload, sizeof payload), err);
}

/* -- the store's functions ----------------------------------------------------------------------------------------- */

enum badge_status store_relate_work(struct store *store, const struct badge_hash *digest, const struct badge_hash *by,
                                    int64_t at_s, struct badge_err *err)
{
    struct relations *relations = &store->relations;
    struct relation relation = {at_s, *digest, *by};
    struct badge_err cause = {0};
    if (!store_accepts(store))
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "the store accepts no writes at present: see /readyz");
    pthread_mutex_lock(&relations->writing);
    const struct relations_entry *known = digest_table_find(&relations->replaced, digest);
    bool is_news = !known || badge_hash_compare(&known->by, by) != 0;
    enum badge_status status = is_news ? reserve(relations, &relations->mutex, &cause) : BADGE_OK;
    if (status == BADGE_OK && is_news)
        status = append_relation(relations, store->path, &relation, &cause);
    if (status == BADGE_OK && is_news) {
        pthread_mutex_lock(&relations->mutex);
        add(relations, &relation);
        pthread_mutex_unlock(&relations->mutex);
    }
    pthread_mutex_unlock(&relations->writing);
    if (status == BADGE_EIO)
        store_fail(store, &cause, relations->file.failed);
    if (status != BADGE_OK && err)
        *err = cause;
    return status;
}

static bool is_revoked(struct store *store, const struct badge_hash *digest)
{
    struct store_chain_status status;
    chain_status_find(&store->chain_status, digest, NULL, &status);
    return status.status == STORE_REVOKED;
}

bool store_replaced_by(struct store *store, const struct badge_hash *digest, struct badge_hash *out)
{
    struct relations *relations = &store->relations;
    pthread_mutex_lock(&relations->mutex);
    const struct relations_entry *entry = digest_table_find(&relations->replaced, digest);
    if (entry)
        *out = entry->by;
    pthread_mutex_unlock(&relations->mutex);
    return entry && is_revoked(store, digest);
}

size_t store_replaces(struct store *store, const struct badge_hash *digest, struct badge_hash out[], size_t max)
{
    struct relations *relations = &store->relations;
    size_t n = 0;
    pthread_mutex_lock(&relations->mutex);
    const struct relations_latest *latest = digest_table_find(&relations->replacing, digest);
    for (uint64_t number = latest ? latest->entry : 0; number > 0 && n < max;) {
        const struct relations_entry *entry = digest_table_at(&relations->replaced, number - 1);
        if (digest_table_find(&relations->replaced, &entry->digest) == entry && is_revoked(store, &entry->digest))
            out[n++] = entry->digest;
        number = entry->earlier;
    }
    pthread_mutex_unlock(&relations->mutex);
    return n;
}
