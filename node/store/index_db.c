/*
 * The only user of LevelDB; digest_index.c calls it. It translates LevelDB's texts into statuses and checks every value
 * it reads, so that a flipped byte is an error and never a result.
 *
 * LevelDB maps its tables: if a table is truncated while the node runs, or the disk can't read it any more, the process
 * ends with SIGBUS. The authoritative files are not affected, and the next start detects a short table.
 *
 *   key 32 bytes (digest)   value batch (u32), leaf (u32), label (u8)
 *   key "mark"              value number of batches (u32), their hash (32), credentials (u64), bytes of labels (u64)
 */
#include "store/index_db.h"

#include <errno.h>
#include <leveldb/c.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"
#include "runtime/failpoint.h"
#include "store/bytes.h"
#include "store/disk.h"

#define CACHE_LEN (8u << 20)
#define WRITE_BUFFER_LEN (1u << 20) /* a start writes up to this much of LevelDB's log into a table */
#define MAX_OPEN_TABLES 256
#define BLOOM_BITS 10
#define PUT_CHUNK 4096
#define VALUE_LEN 9
#define CHECKPOINT_KEY "mark"
#define CHECKPOINT_LEN 52
/* A table entry: 3 bytes of lengths, key, 8 of LevelDB's own, value; less up to 5 that a key shares with the last. */
#define LEAST_PER_CREDENTIAL (3 + 32 + 8 + VALUE_LEN - 5)

struct index_db {
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_filterpolicy_t *bloom;
    leveldb_cache_t *cache;
    leveldb_readoptions_t *reading;
    leveldb_writeoptions_t *writing, *syncing;
};

/* LevelDB reports errors only as texts that contain strerror's. */
static bool is_out_of_space(const char *text)
{
    static const int causes[] = {ENOSPC, EDQUOT, EFBIG};
    for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
        char why[96];
        if (strstr(text, strerror_r(causes[i], why, sizeof why)))
            return true;
    }
    return false;
}

static enum badge_status leveldb_fail(struct badge_err *err, char *text)
{
    enum badge_status status = is_out_of_space(text) ? BADGE_EIO : BADGE_EMISMATCH;
    badge_fail(err, status, BADGE_NO_OFFSET, "LevelDB error in the index: %s", text);
    leveldb_free(text);
    return status;
}

enum badge_status index_db_open(struct index_db **out, const char *path, struct badge_err *err)
{
    struct index_db *index = calloc(1, sizeof *index);
    if (!index)
        return badge_no_memory(err);
    index->options = leveldb_options_create();
    index->bloom = leveldb_filterpolicy_create_bloom(BLOOM_BITS);
    index->cache = leveldb_cache_create_lru(CACHE_LEN);
    index->reading = leveldb_readoptions_create();
    index->writing = leveldb_writeoptions_create();
    index->syncing = leveldb_writeoptions_create();
    leveldb_options_set_create_if_missing(index->options, 1);
    leveldb_options_set_paranoid_checks(index->options, 1);
    leveldb_options_set_filter_policy(index->options, index->bloom);
    leveldb_options_set_cache(index->options, index->cache);
    leveldb_options_set_write_buffer_size(index->options, WRITE_BUFFER_LEN);
    leveldb_options_set_max_open_files(index->options, MAX_OPEN_TABLES);
    leveldb_options_set_compression(index->options, leveldb_no_compression); /* digests don't compress */
    leveldb_readoptions_set_verify_checksums(index->reading, 1);
    leveldb_writeoptions_set_sync(index->syncing, 1);
    char *text = NULL;
    index->db = leveldb_open(index->options, path, &text);
    if (text) {
        enum badge_status status = leveldb_fail(err, text);
        index_db_close(index);
        return status;
    }
    *out = index;
    return BADGE_OK;
}

void index_db_close(struct index_db *index)
{
    if (!index)
        return;
    if (index->db)
        leveldb_close(index->db);
    leveldb_writeoptions_destroy(index->syncing);
    leveldb_writeoptions_destroy(index->writing);
    leveldb_readoptions_destroy(index->reading);
    leveldb_options_destroy(index->options);
    leveldb_cache_destroy(index->cache);
    leveldb_filterpolicy_destroy(index->bloom);
    free(index);
}

/* A value of exactly out_len bytes. */
static enum badge_status get_value(struct index_db *index, const void *key, size_t key_len, uint8_t *out,
                                   size_t out_len, struct badge_err *err)
{
    char *text = NULL;
    size_t len = 0;
    char *value = leveldb_get(index->db, index->reading, key, key_len, &len, &text);
    if (text) {
        leveldb_free(value);
        return leveldb_fail(err, text);
    }
    if (!value)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "not in the index");
    bool fits = len == out_len;
    if (fits)
        memcpy(out, value, len);
    leveldb_free(value);
    if (!fits)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index holds a value of the wrong length");
    return BADGE_OK;
}

enum badge_status index_db_get(struct index_db *index, const struct badge_hash *digest, struct index_value *out,
                               struct badge_err *err)
{
    uint8_t value[VALUE_LEN] = {0};
    enum badge_status status = get_value(index, digest->b, sizeof digest->b, value, sizeof value, err);
    if (status != BADGE_OK)
        return status;
    if (value[8] < BADGE_LABEL_JCS || value[8] > BADGE_LABEL_EXTERNAL)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the index holds an invalid label");
    *out = (struct index_value){get_u32(value), get_u32(value + 4), (enum badge_label)value[8]};
    return BADGE_OK;
}

static int compare_leaves(const void *a, const void *b)
{
    const struct batch_leaf *x = a, *y = b;
    return memcmp(x->digest.b, y->digest.b, sizeof x->digest.b);
}

/* In key order, so that LevelDB's young tables hardly overlap and compaction stays cheap. */
enum badge_status index_db_put(struct index_db *index, uint32_t batch, struct batch_leaf leaves[], size_t n,
                               struct badge_err *err)
{
    qsort(leaves, n, sizeof *leaves, compare_leaves);
    leveldb_writebatch_t *chunk = leveldb_writebatch_create();
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; status == BADGE_OK && i < n;) {
        size_t end = n - i < PUT_CHUNK ? n : i + PUT_CHUNK;
        leveldb_writebatch_clear(chunk);
        for (; i < end; i++) {
            uint8_t value[VALUE_LEN];
            put_u32(value, batch);
            put_u32(value + 4, leaves[i].index);
            value[8] = leaves[i].label;
            leveldb_writebatch_put(chunk, (const char *)leaves[i].digest.b, sizeof leaves[i].digest.b,
                                   (const char *)value, sizeof value);
        }
        FAILPOINT("index", "write");
        char *text = NULL;
        leveldb_write(index->db, index->writing, chunk, &text);
        if (text)
            status = leveldb_fail(err, text);
        FAILPOINT("index", "written");
    }
    leveldb_writebatch_destroy(chunk);
    return status;
}

enum badge_status index_db_checkpoint(struct index_db *index, struct index_checkpoint *out, struct badge_err *err)
{
    uint8_t bytes[CHECKPOINT_LEN] = {0};
    enum badge_status status = get_value(index, CHECKPOINT_KEY, strlen(CHECKPOINT_KEY), bytes, sizeof bytes, err);
    if (status != BADGE_OK)
        return status;
    out->n_batches = get_u32(bytes);
    memcpy(out->batches.b, bytes + 4, 32);
    out->n_credentials = get_u64(bytes + 36);
    out->labels_len = get_u64(bytes + 44);
    return BADGE_OK;
}

enum badge_status index_db_set_checkpoint(struct index_db *index, const struct index_checkpoint *checkpoint,
                                          struct badge_err *err)
{
    uint8_t bytes[CHECKPOINT_LEN] = {0};
    put_u32(bytes, checkpoint->n_batches);
    memcpy(bytes + 4, checkpoint->batches.b, 32);
    put_u64(bytes + 36, checkpoint->n_credentials);
    put_u64(bytes + 44, checkpoint->labels_len);
    FAILPOINT("index", "mark");
    char *text = NULL;
    leveldb_put(index->db, index->syncing, CHECKPOINT_KEY, strlen(CHECKPOINT_KEY), (const char *)bytes, sizeof bytes,
                &text);
    return text ? leveldb_fail(err, text) : BADGE_OK;
}

bool index_db_big_enough(struct index_db *index, uint64_t n_credentials)
{
    char last[32];
    memset(last, 0xff, sizeof last);
    const char *const begin[] = {""}, *const end[] = {last};
    const size_t begin_len[] = {0}, end_len[] = {sizeof last};
    uint64_t size = 0;
    leveldb_approximate_sizes(index->db, 1, begin, begin_len, end, end_len, &size);
    return size >= n_credentials * LEAST_PER_CREDENTIAL;
}
