/*
 * What the node keeps: the only place that knows a disk.
 *
 *   journal/NNNNNNNN    acknowledged submissions, appended and synced: the truth until they are sealed
 *   batches/NNNNNNNN    sealed batches, immutable: the truth from then on; the rename is the seal
 *   anchors             the batches and the lives of their anchors, appended and synced, never trimmed
 *   labels              real labels of digests that were sealed as external; likewise
 *   index/              LevelDB: digest → (batch, leaf index); rebuilt from the batches when in doubt
 *   lock                held while a node runs
 *
 * Every function is thread-safe. Those that end in _work may block on the disk and run off the loops; at most one
 * store_append_work, one store_seal_work and one store_anchor_*_work run at a time (their callers see to it);
 * store_reseal_work counts among the latter.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "badge/digest.h"
#include "badge/merkle.h"
#include "badge/receipt.h"
#include "badge/text.h"

struct store;

struct store_options {
    const char *path;
    size_t max_pending; /* more are refused: STORE_FULL */
    uint64_t chain_id;  /* written into each batch; a store of another chain, contract or issuer is refused at open */
    struct badge_address contract, issuer;
};

/*
 * Opens or makes the store: takes the lock, cuts a torn journal tail, finds what is pending, catches the index up or
 * rebuilds it (with progress in the log). Blocking, at start.
 * errors    BADGE_ECORRUPT (file and offset in the text), BADGE_EIO, BADGE_EREFUSED (another node holds it, or it
 *           belongs to another chain, contract or issuer), BADGE_ENOMEM
 */
enum badge_status store_open(struct store **out, const struct store_options *options, struct badge_err *err)
    __attribute__((warn_unused_result));
void store_close(struct store *store);

/* -- credentials ----------------------------------------------------------------------------------------------- */

enum store_state { STORE_PENDING, STORE_SEALED, STORE_SENT, STORE_MINED, STORE_FINAL };
const char *store_state_name(enum store_state state);

struct store_record {
    struct badge_digest digest;
    int64_t received_at_s;
    enum store_state state;
    /* from here only if the state is not STORE_PENDING */
    uint32_t batch_number, leaf_index, tree_size;
    struct badge_hash root;
};

enum store_outcome {
    STORE_NEW,
    STORE_KNOWN,  /* the digest was there: a real label has replaced `external` where one came */
    STORE_FULL,   /* max_pending reached */
    STORE_FAILED, /* not durable: a disk error; store_health() says which */
};

struct store_submission {
    struct badge_digest digest;
    int64_t received_at_s;
    /* out */
    enum store_outcome outcome;
    struct store_record record;
};

/*
 * Group commit: appends what is new of n submissions in one write and one fdatasync, then answers for all of them.
 * Equal digests within the group are one record. After a failed sync every later call fails (STORE_FAILED) until the
 * node is started again: what is in the page cache can't be trusted any more. After a write that found no room they
 * fail until store_probe_work() has found some.
 */
void store_append_work(struct store *store, struct store_submission *const submission[], size_t n);

size_t store_n_pending(struct store *store);
int64_t store_oldest_pending_s(struct store *store); /* its received_at_s, 0 if none */

/* In memory only, so for the loop: true if the digest is pending (or being sealed). */
bool store_find_pending(struct store *store, const struct badge_hash *digest, struct store_record *out);
/* errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT */
enum badge_status store_find_work(struct store *store, const struct badge_hash *digest, struct store_record *out,
                                  struct badge_err *err) __attribute__((warn_unused_result));
/*
 * The receipt of a sealed credential. The path is verified against the batch's root before it leaves: a damaged batch
 * file is never served.
 * errors    BADGE_ENOTFOUND (unknown, or pending), BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status store_receipt_work(struct store *store, const struct badge_hash *digest, struct badge_receipt *out,
                                     struct badge_err *err) __attribute__((warn_unused_result));

/* -- batches --------------------------------------------------------------------------------------------------- */

enum store_anchor_state {
    STORE_ANCHOR_SEALED, /* nothing signed yet */
    STORE_ANCHOR_SIGNED, /* nonce and raw transaction on disk, perhaps sent */
    STORE_ANCHOR_SENT,   /* a provider has accepted it */
    STORE_ANCHOR_MINED,
    STORE_ANCHOR_FINAL,
    STORE_ANCHOR_SPOILED, /* never to be anchored: another batch holds its credentials now */
};

struct store_anchor {
    enum store_anchor_state state;
    int64_t changed_at_s;
    /* from STORE_ANCHOR_SIGNED on */
    uint64_t nonce;
    struct badge_hash transaction; /* of the attempt that was mined, before that of the last one */
    /* from STORE_ANCHOR_MINED on */
    uint64_t sequence, block_number, gas_used;
    struct badge_hash block_hash;
    int64_t block_time_s;
};

struct store_batch {
    uint32_t number; /* from 1, the node's own count */
    struct badge_hash root;
    uint32_t tree_size;
    int64_t sealed_at_s;
    uint32_t replaces; /* the spoiled batch whose credentials it holds; 0: none */
    struct store_anchor anchor;
};

uint32_t store_n_batches(struct store *store);
uint64_t store_n_sealed(struct store *store); /* credentials in batches */
bool store_batch(struct store *store, uint32_t number, struct store_batch *out);
/* The lowest batch whose anchor is neither final nor spoiled, 0 if none. */
uint32_t store_first_unfinal(struct store *store);

/*
 * Seals up to max_leaves of the pending credentials, oldest first: draws the secret, builds the tree, writes the batch,
 * indexes it, lets the journal go. out->number 0: nothing was pending.
 * errors    BADGE_EIO, BADGE_ENOMEM: the credentials are pending still. Where store_health() then speaks, the batch may
 *           have been sealed on disk; nothing more is accepted, and the next start finds out.
 */
enum badge_status store_seal_work(struct store *store, size_t max_leaves, struct store_batch *out,
                                  struct badge_err *err) __attribute__((warn_unused_result));

/*
 * Seals the credentials of a batch anew, under a new secret and so a new root: for a batch whose root can't be anchored
 * with its tree size any more. The batch must be STORE_ANCHOR_SEALED and becomes STORE_ANCHOR_SPOILED; records and
 * receipts follow to the new one. As with a seal, a batch file's rename is the moment of change.
 * errors    BADGE_ENOTFOUND, BADGE_EREFUSED (a transaction of it may be open), BADGE_ECORRUPT (its file), BADGE_EIO,
 *           BADGE_ENOMEM: nothing has changed, unless store_health() then speaks, as for store_seal_work()
 */
enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err) __attribute__((warn_unused_result));

/*
 * The leaf hashes first … first + n − 1 of a batch, in order.
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status store_leaves_work(struct store *store, uint32_t number, uint32_t first, uint32_t n,
                                    struct badge_hash *out, struct badge_err *err) __attribute__((warn_unused_result));

/* -- anchors --------------------------------------------------------------------------------------------------- */

/* One signed transaction. All attempts of a batch carry its root; any one mined wins. */
struct store_attempt {
    struct badge_address from; /* the account that signed: nonces are its own */
    uint64_t nonce, gas_limit;
    uint64_t max_fee_wei, max_priority_fee_wei; /* equal for legacy pricing */
    struct badge_hash transaction;
    uint8_t raw[512];
    size_t raw_len;
};
#define STORE_MAX_ATTEMPTS 64

/*
 * Persists a signed transaction before it is sent; the anchor becomes STORE_ANCHOR_SIGNED. Synced on return.
 * errors    BADGE_EIO, BADGE_ELIMIT (STORE_MAX_ATTEMPTS)
 */
enum badge_status store_anchor_attempt_work(struct store *store, uint32_t number, const struct store_attempt *attempt,
                                            struct badge_err *err) __attribute__((warn_unused_result));
/* Persists a change of state, with what is known by then. Synced on return. errors    BADGE_EIO */
enum badge_status store_anchor_move_work(struct store *store, uint32_t number, const struct store_anchor *anchor,
                                         struct badge_err *err) __attribute__((warn_unused_result));
/* The attempts of a batch that is not final, oldest first; copies at most max. */
size_t store_attempts(struct store *store, uint32_t number, struct store_attempt *out, size_t max);
/* One more than the highest nonce that the account ever signed here; false if it has signed none. */
bool store_next_nonce(struct store *store, const struct badge_address *account, uint64_t *out);

/* -- health ---------------------------------------------------------------------------------------------------- */

/* Empty while all is well, else one sentence that says what to do. */
void store_health(struct store *store, char out[200]);

/*
 * Where the disk was full and what it holds is known: tries whether there is room again, and then accepts again (true;
 * there may be a batch that nobody was told of). Else it does nothing, so it may be called each second.
 */
bool store_probe_work(struct store *store);

#endif
