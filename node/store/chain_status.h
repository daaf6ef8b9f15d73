/*
 * The latest status on the chain of each digest, batch and operator, as node/follow/follow.c has read it.
 *
 *   standing   a file: final changes, and the last block read; appended and synced. The chain is authoritative: if the
 *              file is missing or damaged, a new one is created and the chain is read again. Gaps are recorded in it:
 *              blocks whose events no provider has any more. After a gap, the status of a digest that is not revoked is
 *              unknown until its next event.
 *   recent     changes above the last final block: in memory only, replaced as a whole by each read of the chain
 *
 * chain_status.c also has store.h's functions for it. Look-ups are thread-safe; one writer at a time. Memory is bounded
 * by the number of changes on the chain for this issuer.
 */
#ifndef STORE_CHAIN_STATUS_H
#define STORE_CHAIN_STATUS_H

#include "store/digest_table.h"
#include "store/record_file.h"
#include "store/store.h"

enum chain_status_subject { CHAIN_STATUS_DIGEST, CHAIN_STATUS_ROOT, CHAIN_STATUS_OPERATOR };
#define CHAIN_STATUS_N_SUBJECTS 3

struct chain_status_view {
    struct digest_table table[CHAIN_STATUS_N_SUBJECTS]; /* of status_entry: chain_status.c */
};

struct chain_status {
    pthread_mutex_t mutex; /* protects what look-ups read: views, numbers */
    struct chain_status_view final, recent;
    uint64_t through;     /* the last final block that was read; 0: none */
    bool is_current;      /* the head was reached since the start: before that, no entry does not mean good */
    uint64_t n_withdrawn; /* batches with a final withdrawal */
    struct store_gap gap;
    /* used by the writer only */
    struct record_file file;
    uint64_t file_through;  /* `through` as written to the file */
    bool file_reached_head; /* the head was reached since the file was created, so nothing older is missing from it */
};

void chain_status_init(struct chain_status *chain_status);
/*
 * Opens the file; creates a new one if it is missing, damaged or of another store.
 * errors    BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status chain_status_open(struct chain_status *chain_status, const struct store_options *options,
                                    struct badge_err *err) BADGE_CHECKED;
/* Reads the file without changing it; no writes may follow. errors    also BADGE_ENOTFOUND, BADGE_ECORRUPT */
enum badge_status chain_status_open_readonly(struct chain_status *chain_status, const struct store_options *options,
                                             struct badge_err *err) BADGE_CHECKED;
void chain_status_close(struct chain_status *chain_status);

/*
 * root NULL: the digest is not in a batch; digest NULL: of the batch only. Withdrawal takes precedence over revocation.
 */
void chain_status_find(struct chain_status *chain_status, const struct badge_hash *digest,
                       const struct badge_hash *root, struct store_chain_status *out);
/* Whether its withdrawal is final. */
bool chain_status_withdrawal_is_final(struct chain_status *chain_status, const struct badge_hash *root);
/* Whether the latest change of a digest is a restore, and its time. */
bool chain_status_restored(struct chain_status *chain_status, const struct badge_hash *digest, int64_t *at_s);

#endif
