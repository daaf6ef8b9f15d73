/*
 * What the node keeps: the only place that knows a disk.
 *
 *   journal/NNNNNNNN    acknowledged submissions, appended and synced: the truth until they are sealed
 *   batches/NNNNNNNN    sealed batches, immutable: the truth from then on; the rename is the seal
 *   anchors             the batches and the lives of their anchors, appended and synced, never trimmed
 *   labels              real labels of digests that were sealed as external; likewise
 *   standing            what the chain says of digests and batches, finally; read from the chain again when it is gone
 *   index/              LevelDB: digest → (batch, leaf index); rebuilt from the batches when in doubt
 *   lock                held while a node runs
 *
 * Every function is thread-safe. Those that end in _work may block on the disk and run off the loops; at most one
 * store_append_work, one store_seal_work, one store_anchor_*_work and one store_chain_update_work run at a time (their
 * callers see to it); store_reseal_work counts among the anchor's.
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
enum badge_status store_open(struct store **out, const struct store_options *options,
                             struct badge_err *err) BADGE_CHECKED;
void store_close(struct store *store);

/* -- credentials ----------------------------------------------------------------------------------------------- */

enum store_state { STORE_PENDING, STORE_SEALED, STORE_SENT, STORE_MINED, STORE_FINAL };
const char *store_state_name(enum store_state state);

/*
 * What the chain says, final or not yet. Unknown: it is neither as far as this store knows, but the chain was
 * not read up to its head since the store was opened; what is kept is not all.
 */
enum store_status { STORE_GOOD, STORE_REVOKED, STORE_WITHDRAWN, STORE_UNKNOWN };
const char *store_status_name(enum store_status status);
struct store_chain_status {
    enum store_status status;
    /* from here only if it is revoked or withdrawn: the time of its block, and who did it */
    int64_t at_s;
    struct badge_address account;
};

struct store_record {
    struct badge_digest digest;
    int64_t received_at_s;
    enum store_state state;
    struct store_chain_status chain_status;
    /* from here only if the state is not STORE_PENDING */
    uint32_t batch_number, leaf_index, tree_size;
    struct badge_hash root;
};

enum store_outcome {
    STORE_NEW,    /* or in a batch that was withdrawn, finally: it is pending anew */
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
                                  struct badge_err *err) BADGE_CHECKED;
/*
 * The receipt of a sealed credential. The path is verified against the batch's root before it leaves: a damaged batch
 * file is never served.
 * errors    BADGE_ENOTFOUND (unknown, or pending), BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status store_receipt_work(struct store *store, const struct badge_hash *digest, struct badge_receipt *out,
                                     struct badge_err *err) BADGE_CHECKED;

/* -- batches --------------------------------------------------------------------------------------------------- */

enum store_anchor_state {
    STORE_ANCHOR_SEALED, /* nothing signed yet */
    STORE_ANCHOR_SIGNED, /* nonce and raw transaction on disk, perhaps sent */
    STORE_ANCHOR_SENT,   /* a provider has accepted it */
    STORE_ANCHOR_MINED,
    STORE_ANCHOR_FINAL,
    STORE_ANCHOR_SPOILED, /* never to be sent: another batch holds its credentials now; a set has no digests left */
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
uint64_t store_n_sealed(struct store *store); /* places in batches: one submitted again after a withdrawal has two */
bool store_batch(struct store *store, uint32_t number, struct store_batch *out);
/* The lowest batch whose anchor is neither final nor spoiled, 0 if none. */
uint32_t store_first_unfinal(struct store *store);
/* Since when the oldest credential waits whose anchor is not final, 0 if none: since it came or, in a batch, its seal.
 */
int64_t store_oldest_unanchored_s(struct store *store);

/*
 * Seals up to max_leaves of the pending credentials, oldest first: draws the secret, builds the tree, writes the batch,
 * indexes it, lets the journal go. out->number 0: nothing was pending.
 * errors    BADGE_EIO, BADGE_ENOMEM: the credentials are pending still. Where store_health() then speaks, the batch may
 *           have been sealed on disk; nothing more is accepted, and the next start finds out.
 */
enum badge_status store_seal_work(struct store *store, size_t max_leaves, struct store_batch *out,
                                  struct badge_err *err) BADGE_CHECKED;

/*
 * Seals the credentials of a batch anew, under a new secret and so a new root: for a batch whose root can't be anchored
 * with its tree size any more. The batch must be STORE_ANCHOR_SEALED and becomes STORE_ANCHOR_SPOILED; records and
 * receipts follow to the new one. As with a seal, a batch file's rename is the moment of change.
 * errors    BADGE_ENOTFOUND, BADGE_EREFUSED (a transaction of it may be open), BADGE_ECORRUPT (its file), BADGE_EIO,
 *           BADGE_ENOMEM: nothing has changed, unless store_health() then speaks, as for store_seal_work()
 */
enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err) BADGE_CHECKED;

/*
 * The leaf hashes first … first + n − 1 of a batch, in order.
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status store_leaves_work(struct store *store, uint32_t number, uint32_t first, uint32_t n,
                                    struct badge_hash *out, struct badge_err *err) BADGE_CHECKED;

/* -- what the chain says of it ----------------------------------------------------------------------------------- */

enum store_change_kind {
    STORE_CHANGE_REVOKED = 1, /* a digest */
    STORE_CHANGE_RESTORED,
    STORE_CHANGE_WITHDRAWN, /* a batch, by its root; for good */
    STORE_CHANGE_APPOINTED, /* an operator */
    STORE_CHANGE_REMOVED,
};
struct store_change {
    enum store_change_kind kind;
    struct badge_hash subject;    /* digest or root; zero of an operator */
    struct badge_address account; /* who did it; the operator */
    int64_t at_s;                 /* the time of the block */
    uint64_t block_number;
};

/* Blocks whose events nobody has any more. last_block 0: there are none. */
struct store_gap {
    uint64_t first_block, last_block;
};

/* What a look at the chain brought: changes in the order in which they happened. */
struct store_chain_update {
    const struct store_change *final; /* beyond what was final before */
    size_t n_final;
    uint64_t through; /* the last block that was read finally: no change up to it is left out */
    bool is_present;  /* it came to the head, and what follows replaces what was above the last final block */
    const struct store_change *recent;
    size_t n_recent;
    struct store_gap gap; /* of revocations; all before `final` was read, or is in it. Withdrawals are not left out */
};
/*
 * Makes the final changes durable; look-ups then see all. What is entered twice, in the same order, has no further
 * effect. errors    BADGE_EIO, BADGE_ENOMEM, BADGE_ELIMIT: some of it may have been entered; bring it again
 */
enum badge_status store_chain_update_work(struct store *store, const struct store_chain_update *news,
                                          struct badge_err *err) BADGE_CHECKED;
uint64_t store_followed_block(struct store *store); /* through; 0: the chain was never read */
bool store_is_current(struct store *store);         /* the chain was read up to its head since the store was opened */

/* All that was ever left out, and what lies between. */
void store_gap(struct store *store, struct store_gap *out);

/* What the chain says of a batch: good, withdrawn or unknown. */
void store_batch_status(struct store *store, const struct badge_hash *root, struct store_chain_status *out);
/* How many batches were withdrawn finally: what was remembered of any of them is in doubt when the number rises. */
uint64_t store_n_withdrawn(struct store *store);

struct store_operator {
    struct badge_address account;
    int64_t since_s;
};
/* Those that are appointed; copies at most max. */
size_t store_operators(struct store *store, struct store_operator out[], size_t max);

/* -- anchors --------------------------------------------------------------------------------------------------- */

/*
 * One signed transaction. All attempts of a batch carry its root, all of a set of revocations its digests; any one
 * mined wins.
 */
#define STORE_MAX_RAW_LEN 8704 /* a full set's transaction */
struct store_attempt {
    struct badge_address from; /* the account that signed: nonces are its own */
    uint64_t nonce, gas_limit;
    uint64_t max_fee_wei, max_priority_fee_wei; /* equal for legacy pricing */
    struct badge_hash transaction;
    size_t raw_len;
    uint8_t raw[STORE_MAX_RAW_LEN];
};
#define STORE_MAX_ATTEMPTS 64

/*
 * Persists a signed transaction before it is sent; the anchor becomes STORE_ANCHOR_SIGNED. Synced on return.
 * errors    BADGE_EIO, BADGE_ELIMIT (STORE_MAX_ATTEMPTS)
 */
enum badge_status store_anchor_attempt_work(struct store *store, uint32_t number, const struct store_attempt *attempt,
                                            struct badge_err *err) BADGE_CHECKED;
/* Persists a change of state, with what is known by then. Synced on return. errors    BADGE_EIO */
enum badge_status store_anchor_move_work(struct store *store, uint32_t number, const struct store_anchor *anchor,
                                         struct badge_err *err) BADGE_CHECKED;
/* The attempts of a batch that is not final, oldest first; copies at most max. */
size_t store_attempts(struct store *store, uint32_t number, struct store_attempt *out, size_t max);
/* Whether one of them is the account's with that nonce. */
bool store_has_attempt(struct store *store, uint32_t number, const struct badge_address *account, uint64_t nonce);
/* One more than the highest nonce that the account ever signed here; false if it has signed none. */
bool store_next_nonce(struct store *store, const struct badge_address *account, uint64_t *out);

/* -- revocations ----------------------------------------------------------------------------------------------- */

/*
 * A request to revoke is durable before it is answered. Requests are gathered into sets, in their order; a set is one
 * transaction, and from STORE_ANCHOR_SEALED on its life is that of an anchor. So the functions above take the number of
 * a set for that of a batch; this bit tells it from one. In its anchor, `sequence` has no meaning.
 */
#define STORE_SET 0x80000000u
#define STORE_MAX_SET 256 /* digests in one: some 6.5 million gas */

enum store_revocation {
    STORE_REVOCATION_NONE, /* never requested here, or the issuer has restored it since it was requested or mined */
    STORE_REVOCATION_REQUESTED,
    STORE_REVOCATION_SENT,
    STORE_REVOCATION_MINED,
    STORE_REVOCATION_FINAL,
};
const char *store_revocation_name(enum store_revocation state);

struct store_set {
    uint32_t number; /* with STORE_SET; the first is STORE_SET | 1 */
    uint32_t n_digests;
    int64_t created_at_s;
    bool is_unseen; /* requested before the store was opened, and what the chain has told since is not known yet */
    struct store_anchor anchor;
};

/*
 * Requests that n digests be revoked, in one synced write; whether they are known is the caller's to see, and by
 * store_revocation() whether they need it. An earlier request that is not mined yet becomes this one, which is later
 * than what the issuer has said in between; any other digest is requested, be it anew. May be called at any time, by
 * any number of threads.
 * errors    BADGE_ELIMIT (max_pending of them wait already), BADGE_EIO, BADGE_ENOMEM: nothing was requested
 */
enum badge_status store_revoke_work(struct store *store, const struct badge_hash *digest, size_t n, int64_t at_s,
                                    struct badge_err *err) BADGE_CHECKED;
enum store_revocation store_revocation(struct store *store, const struct badge_hash *digest);
/* Whether this node has taken the credential. errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT */
enum badge_status store_knows_work(struct store *store, const struct badge_hash *digest,
                                   struct badge_err *err) BADGE_CHECKED;

/*
 * Gathers the oldest requests that are in no set, at most max, which is not over STORE_MAX_SET, into the next one.
 * errors    BADGE_ENOTFOUND (there are none), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_revocations_take_work(struct store *store, uint32_t max, struct store_set *out,
                                              struct badge_err *err) BADGE_CHECKED;
/*
 * Before a set is signed, STORE_ANCHOR_SEALED that is: digests that the issuer has restored since they were requested
 * leave it, for its word is the later one; the store may be a restored backup, and all of it done long ago. A set that
 * has none left becomes STORE_ANCHOR_SPOILED. errors    BADGE_ENOTFOUND, BADGE_EIO
 */
enum badge_status store_revocations_prune_work(struct store *store, uint32_t number, struct store_set *out,
                                               struct badge_err *err) BADGE_CHECKED;
bool store_set(struct store *store, uint32_t number, struct store_set *out);
/* The digests of a set, in order; copies at most max. */
size_t store_set_digests(struct store *store, uint32_t number, struct badge_hash *out, size_t max);

struct store_revocations {
    size_t n_waiting;     /* in no set yet */
    size_t n_open;        /* requested and not final: those, and those in sets */
    int64_t oldest_at_s;  /* when the first of the open ones was requested; 0: there is none */
    uint32_t first_open;  /* the first set that is not final, with STORE_SET; 0: there is none */
    uint32_t last_number; /* of the last set; 0: there is none */
};
void store_revocations(struct store *store, struct store_revocations *out);

/* -- health ---------------------------------------------------------------------------------------------------- */

/* Empty while all is well, else one sentence that says what to do. */
void store_health(struct store *store, char out[200]);

/*
 * Where the disk was full and what it holds is known: tries whether there is room again, and then accepts again (true;
 * there may be a batch that nobody was told of). Else it does nothing, so it may be called each second.
 */
bool store_probe_work(struct store *store);

#endif
