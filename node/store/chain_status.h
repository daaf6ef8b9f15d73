/*
 * What the chain says of digests, batches and operators, as node/follow/follow.c has read it: the last word on each.
 *
 *   standing   what is final, and through which block it was read: appended and synced. It is no truth of its own: the
 *              chain is, so where the file is missing or damaged a new one is begun and the chain is read again. Blocks
 *              whose events nobody has any more are noted in it: of what no word came since, nothing is known.
 *   recent     what stands above the last final block: in memory alone, replaced as a whole by each look at the chain
 *
 * Thread-safe look-ups; one writer at a time. Memory is bounded by what the chain holds of this issuer.
 */
#ifndef STORE_CHAIN_STATUS_H
#define STORE_CHAIN_STATUS_H

#include "store/record_file.h"
#include "store/status_table.h"
#include "store/store.h"

enum chain_status_subject { CHAIN_STATUS_DIGEST, CHAIN_STATUS_ROOT, CHAIN_STATUS_OPERATOR };
#define CHAIN_STATUS_N_SUBJECTS 3

struct chain_status_view {
    struct status_table table[CHAIN_STATUS_N_SUBJECTS];
};

struct chain_status {
    pthread_mutex_t mutex; /* what look-ups read: views, accounts, numbers */
    struct chain_status_view final, recent;
    struct badge_address *accounts; /* that said something: a handful */
    size_t n_accounts;
    uint64_t through;     /* the last block that was read finally; 0: none */
    bool is_current;      /* the head was reached since the start: until then no silence means that all is well */
    uint64_t n_withdrawn; /* batches, finally */
    struct store_gap gap;
    /* the writer's */
    struct record_file file;
    uint64_t kept_through; /* what the file says */
    bool was_current;      /* likewise: the head was reached since it was begun, so it lacks nothing older than that */
};

void chain_status_init(struct chain_status *chain_status);
/*
 * Opens the file, or begins a new one where there is none, or none of this store, or a damaged one.
 * errors    BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status chain_status_open(struct chain_status *chain_status, const struct store_options *options,
                                    struct badge_err *err) BADGE_CHECKED;
/* Reads the file, which stays as it is; nothing may be written. errors    BADGE_ENOTFOUND, BADGE_ECORRUPT, as above */
enum badge_status chain_status_open_readonly(struct chain_status *chain_status, const struct store_options *options,
                                             struct badge_err *err) BADGE_CHECKED;
void chain_status_close(struct chain_status *chain_status);

/* As store_chain_update_work(). */
enum badge_status chain_status_write(struct chain_status *chain_status, const struct store_chain_update *news,
                                     struct badge_err *err) BADGE_CHECKED;

/* Either may be NULL: a digest that is in no batch, a batch. A withdrawn batch outweighs a revocation. */
void chain_status_find(struct chain_status *chain_status, const struct badge_hash *digest,
                       const struct badge_hash *root, struct store_chain_status *out);
/* Whether it is withdrawn finally. */
bool chain_status_withdrawn_for_good(struct chain_status *chain_status, const struct badge_hash *root);
/* Whether the last word on a digest is that it was restored, and of when that is. */
bool chain_status_restored(struct chain_status *chain_status, const struct badge_hash *digest, int64_t *at_s);
uint64_t chain_status_through(struct chain_status *chain_status);
bool chain_status_is_current(struct chain_status *chain_status);
uint64_t chain_status_n_withdrawn(struct chain_status *chain_status);
void chain_status_gap(struct chain_status *chain_status, struct store_gap *out);
size_t chain_status_operators(struct chain_status *chain_status, struct store_operator out[], size_t max);

#endif
