/*
 * A fake store in memory for tests of anchor/: it defines the functions of store/store.h that the anchor calls. Each of
 * its writes can fail. It counts the anchors that were recorded as final before their block was final.
 */
#ifndef TESTS_FAKE_STORE_H
#define TESTS_FAKE_STORE_H

#include "support/test.h"

#include "store/store.h"

#define FAKE_STORE_HISTORY 64

/* What the store holds of a batch or of a set of revocations. A test reads it between two turns of the loop. */
struct fake_job {
    struct store_anchor anchor;
    struct store_attempt attempt[STORE_MAX_ATTEMPTS];
    size_t n_attempts;
    enum store_anchor_state history[FAKE_STORE_HISTORY]; /* each state that was written */
    size_t n_history;
    /* of a batch */
    struct badge_hash root;
    uint32_t tree_size, replaces;
    /* of a set */
    size_t first_request;
    uint32_t n_digests;
    bool is_unseen;
};

void fake_store_reset(void);

/* -- what the test puts into it -- */

void fake_store_seal(uint32_t tree_size);        /* the next batch */
void fake_store_revoke(size_t n);                /* n more requests */
void fake_store_revoke_before_start(uint32_t n); /* as a set that is_unseen */
void fake_store_see_sets(void);                  /* the chain was read up to its head: no set is_unseen any more */
void fake_store_restore(uint32_t n_digests);     /* by the issuer: the next prune drops so many */
void fake_store_fail(unsigned n_writes);         /* the next so many writes */
/* What an earlier run of the node has left. */
void fake_store_put_anchor(const struct fake_job *job, const struct store_anchor *anchor);
void fake_store_put_attempt(const struct fake_job *job, const struct store_attempt *attempt);

/* -- what the test finds in it -- */

uint32_t fake_store_n_batches(void);
uint32_t fake_store_n_sets(void);
/* From 1. Before the batch is sealed or the set taken, all members are 0. */
const struct fake_job *fake_store_batch(uint32_t number);
const struct fake_job *fake_store_set(uint32_t number);
size_t fake_store_n_requests(void);
const struct badge_hash *fake_store_request(size_t i); /* from 0; those of a set lie in a row */
unsigned fake_store_n_failing(void);                   /* what is left of fake_store_fail() */
bool fake_store_all_final(void);                       /* batches and revocations */

/* -- for fake_chain.c -- */

/* The attempt that was written for a transaction, and its job; NULL: none was. */
const struct store_attempt *fake_store_find(const struct badge_hash *transaction, const struct fake_job **job);
bool fake_store_is_set(const struct fake_job *job);
void fake_store_set_final_block(uint64_t number);
unsigned fake_store_n_early(void);

#endif
