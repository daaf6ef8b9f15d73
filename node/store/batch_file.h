/*
 * batches/NNNNNNNN: one sealed batch, immutable. Private to the node, because it holds digests and the secret.
 *
 *   head       160 bytes, see code_head() in batch_file.c; its own CRC-32C at the end
 *   digests    32 bytes each, in the order of their leaves
 *   times      8 bytes each: received, seconds since 1970 (40 bits); lower 24 bits of a CRC-32C over digest, seconds
 *              and label
 *   labels     1 byte each
 *   above      the tree's levels above the leaves, lowest first
 *   checksum   SHA-256 of everything before it
 *
 * Read with pread, never mapped: if a file is truncated while the node runs, that is an error and not a SIGBUS. Any
 * number of threads may read an open file.
 */
#ifndef STORE_BATCH_FILE_H
#define STORE_BATCH_FILE_H

#include "badge/digest.h"
#include "badge/merkle.h"
#include "badge/text.h"
#include "store/pending.h"
#include "store/store.h"

struct batch_head {
    uint32_t number, n_leaves;
    uint64_t chain_id;
    struct badge_address contract, issuer;
    struct badge_hash secret, root;
    int64_t sealed_at_s;
    uint32_t replaces;       /* the spoiled batch whose leaves this one holds; 0: none */
    uint64_t sealed_through; /* the first sequence number of the journal that is not in a batch */
};

/*
 * Writes the batch to a temporary file, syncs, renames, syncs the folder.
 * order     the index of the entry at each leaf
 * above     from badge_tree_build()
 * *renamed  true once the batch has its name: from then on it is sealed, whatever the status
 */
enum badge_status batch_file_write(const char *folder, struct batch_head *head, const struct pending_entry entries[],
                                   const uint32_t order[], const struct badge_hash above[], bool *renamed,
                                   struct badge_err *err) BADGE_CHECKED;

/* Deletes a batch that was not reported to anyone yet. */
enum badge_status batch_file_remove(const char *folder, uint32_t number, struct badge_err *err) BADGE_CHECKED;

struct batch_file;

/*
 * Opens a batch and checks its head and length.
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ENOMEM, BADGE_ECORRUPT (the file in the text)
 */
enum badge_status batch_file_open(struct batch_file **out, const char *folder, uint32_t number,
                                  struct badge_err *err) BADGE_CHECKED;
void batch_file_free(struct batch_file *file);
/* Checks that it is the batch that was sealed under its number. errors    BADGE_ECORRUPT */
enum badge_status batch_file_match(const struct batch_file *file, const struct store_batch *listed,
                                   struct badge_err *err) BADGE_CHECKED;
/* Opens and matches it; a missing file is BADGE_ECORRUPT. */
enum badge_status batch_file_open_listed(struct batch_file **out, const char *folder, const struct store_batch *listed,
                                         struct badge_err *err) BADGE_CHECKED;
const struct batch_head *batch_file_head(const struct batch_file *file);

/* Reads all of it. errors    BADGE_ECORRUPT: checksum mismatch */
enum badge_status batch_file_check(const struct batch_file *file, struct badge_err *err) BADGE_CHECKED;

/*
 * Recomputes all of it from its digests and its secret: leaves, their order, tree, root; times and labels; checksum.
 * errors    BADGE_ECORRUPT, with the offset of the mismatch
 */
enum badge_status batch_file_recompute(const struct batch_file *file, struct badge_err *err) BADGE_CHECKED;

struct batch_leaf {
    struct badge_hash digest;
    uint32_t index;
    uint8_t label;
    uint8_t time[8]; /* as in the file, not checked yet: batch_file_received() */
};
/* The digests first … first + n − 1 with labels and times; the range must be within the batch. */
enum badge_status batch_file_entries(const struct batch_file *file, uint32_t first, uint32_t n, struct batch_leaf out[],
                                     struct badge_err *err) BADGE_CHECKED;
/* When the credential at a leaf was received. errors    BADGE_ECORRUPT: its checksum does not match */
enum badge_status batch_file_received(const struct batch_file *file, const struct batch_leaf *leaf,
                                      int64_t *received_at_s, struct badge_err *err) BADGE_CHECKED;
/* The same for the leaf that holds this digest. errors    BADGE_EIO, BADGE_ECORRUPT */
enum badge_status batch_file_find(const struct batch_file *file, uint32_t index, const struct badge_hash *digest,
                                  int64_t *received_at_s, struct badge_err *err) BADGE_CHECKED;

/*
 * Salt and path of a leaf, verified against the root of the head.
 * errors    BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status batch_file_prove(const struct batch_file *file, uint32_t index, const struct badge_hash *digest,
                                   struct badge_hash *salt, struct badge_hash path[BADGE_MAX_PATH], size_t *n_path,
                                   struct badge_err *err) BADGE_CHECKED;

/*
 * The leaf hashes first … first + n − 1, each verified against the node above it.
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status batch_file_leaves(const struct batch_file *file, uint32_t first, uint32_t n, struct badge_hash out[],
                                    struct badge_err *err) BADGE_CHECKED;

#endif
