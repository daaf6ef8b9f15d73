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

enum standing_subject { STANDING_DIGEST, STANDING_ROOT, STANDING_OPERATOR };
#define STANDING_N_SUBJECTS 3

struct standing_view {
    struct marks marks[STANDING_N_SUBJECTS];
};

struct standing {
    pthread_mutex_t mutex; /* what look-ups read: views, accounts, numbers */
    struct standing_view final, recent;
    struct badge_address *accounts; /* that said something: a handful */
    size_t n_accounts;
    uint64_t through;     /* the last block that was read finally; 0: none */
    bool is_current;      /* the head was reached since the start: until then no silence means that all is well */
    uint64_t n_withdrawn; /* batches, finally */
    struct store_gap gap;
    /* the writer's */
    struct records file;
    uint64_t kept_through; /* what the file says */
    bool was_current;      /* likewise: the head was reached since it was begun, so it lacks nothing older than that */
};

void standing_init(struct standing *standing);
/*
 * Opens the file, or begins a new one where there is none, or none of this store, or a damaged one.
 * errors    BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status standing_open(struct standing *standing, const struct store_options *options, struct badge_err *err)
    __attribute__((warn_unused_result));
/* Reads the file, which stays as it is; nothing may be written. errors    BADGE_ENOTFOUND, BADGE_ECORRUPT, as above */
enum badge_status standing_look(struct standing *standing, const struct store_options *options, struct badge_err *err)
    __attribute__((warn_unused_result));
void standing_close(struct standing *standing);

/* As store_follow_work(). */
enum badge_status standing_write(struct standing *standing, const struct store_news *news, struct badge_err *err)
    __attribute__((warn_unused_result));

/* Either may be NULL: a digest that is in no batch, a batch. A withdrawn batch outweighs a revocation. */
void standing_find(struct standing *standing, const struct badge_hash *digest, const struct badge_hash *root,
                   struct store_standing *out);
/* Whether it is withdrawn finally. */
bool standing_withdrawn_for_good(struct standing *standing, const struct badge_hash *root);
/* Whether the last word on a digest is that it was restored, and of when that is. */
bool standing_restored(struct standing *standing, const struct badge_hash *digest, int64_t *at_s);
uint64_t standing_through(struct standing *standing);
bool standing_is_current(struct standing *standing);
uint64_t standing_n_withdrawn(struct standing *standing);
void standing_gap(struct standing *standing, struct store_gap *out);
size_t standing_operators(struct standing *standing, struct store_operator out[], size_t max);

#endif
