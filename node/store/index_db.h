/*
 * Wraps LevelDB: digest → (batch, leaf, label), and a checkpoint of what the index includes. It only holds derived
 * data: any failure is BADGE_EMISMATCH, and digest_index.c then rebuilds the index. (Other statuses of a damaged store
 * are for the authoritative files.) Only a full disk is BADGE_EIO: the index can still be read, and a new one would
 * need even more space.
 */
#ifndef STORE_INDEX_DB_H
#define STORE_INDEX_DB_H

#include "badge/digest.h"
#include "store/batch_file.h"

struct index_db;

struct index_value {
    uint32_t batch, leaf;
    enum badge_label label;
};

/* What an index includes. */
struct index_checkpoint {
    uint32_t n_batches;
    struct badge_hash batches; /* over number and root of each, in order */
    uint64_t n_credentials;
    uint64_t labels_len; /* how much of the file of labels */
};

/* Opens the index in a folder, or creates it. */
enum badge_status index_db_open(struct index_db **out, const char *path, struct badge_err *err) BADGE_CHECKED;
void index_db_close(struct index_db *index);

/* errors    BADGE_ENOTFOUND, BADGE_EMISMATCH. Thread-safe. */
enum badge_status index_db_get(struct index_db *index, const struct badge_hash *digest, struct index_value *out,
                               struct badge_err *err) BADGE_CHECKED;
/* Leaves of one batch; sorts them by digest. */
enum badge_status index_db_put(struct index_db *index, uint32_t batch, struct batch_leaf leaves[], size_t n,
                               struct badge_err *err) BADGE_CHECKED;

/* errors    BADGE_ENOTFOUND: a new index */
enum badge_status index_db_checkpoint(struct index_db *index, struct index_checkpoint *out,
                                      struct badge_err *err) BADGE_CHECKED;
/* Synced, together with all earlier puts. */
enum badge_status index_db_set_checkpoint(struct index_db *index, const struct index_checkpoint *checkpoint,
                                          struct badge_err *err) BADGE_CHECKED;

/*
 * False if the tables that LevelDB knows are too small for this many credentials: a damaged MANIFEST can open without
 * an error and forget tables. Call it right after index_db_open() only, when the whole log has become tables.
 */
bool index_db_big_enough(struct index_db *index, uint64_t n_credentials);

#endif
