/*
 * What the node stores on disk. Only this folder accesses it.
 *
 *   journal/NNNNNNNN    acknowledged submissions, appended and synced: authoritative until they are sealed
 *   batches/NNNNNNNN    sealed batches, immutable: authoritative from then on; the rename is the seal
 *   anchors             the list of batches and the state of their anchors, appended and synced, never trimmed
 *   labels              real labels of digests that were sealed as external; likewise
 *   relations           which credential replaces which, as administrators have said; likewise
 *   standing            final revocations and withdrawals from the chain; read from the chain again if it is lost
 *   published/          badges that their holders show to everyone: published.h
 *   index/              LevelDB: digest → (batch, leaf index); rebuilt from the batches when it is damaged
 *   lock                locked while a node runs
 *
 * Every function is thread-safe. Functions that end in _work may block on the disk and run off the loops. Callers run
 * at most one store_append_work, one store_seal_work, one store_anchor_*_work and one store_chain_update_work at a
 * time; store_reseal_work counts as one of the anchor's.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "badge/digest.h"
#include "badge/merkle.h"
#include "badge/receipt.h"
#include "badge/registry.h"
#include "badge/text.h"

struct store;

struct store_options {
    const char *path;
    size_t max_pending; /* beyond that: STORE_FULL */
    uint64_t chain_id;  /* written into each batch; a store of another chain, contract or issuer is refused at open */
    struct badge_address contract, issuer;
};

/*
 * Opens or creates the store: takes the lock, truncates a torn journal tail, loads what is pending, updates the index
 * or rebuilds it (with progress in the log). Blocks; called at start. On a full disk it opens too, without accepting
 * anything until store_probe_work() has found space: reserve.h.
 * errors    BADGE_ECORRUPT (file and offset in the text), BADGE_EIO, BADGE_EREFUSED (locked by another process, open to
 *           others' writes, or it belongs to another chain, contract or issuer), BADGE_ENOMEM
 */
enum badge_status store_open(struct store **out, const struct store_options *options,
                             struct badge_err *err) BADGE_CHECKED;
void store_close(struct store *store);

/* -- credentials ----------------------------------------------------------------------------------------------- */

enum store_state { STORE_PENDING, STORE_SEALED, STORE_SENT, STORE_MINED, STORE_FINAL };
const char *store_state_name(enum store_state state);

/*
 * The status on the chain, final or not. Unknown: the store knows of no revocation or withdrawal, but its data is
 * incomplete, because the chain was not read up to its head since the store was opened.
 */
enum store_status { STORE_GOOD, STORE_REVOKED, STORE_WITHDRAWN, STORE_UNKNOWN };
const char *store_status_name(enum store_status status);
struct store_chain_status {
    enum store_status status;
    /* only if it is revoked or withdrawn: the time of the block, and the account that did it */
    int64_t at_s;
    struct badge_address account;
    enum badge_reason reason; /* only if it is revoked */
};

struct store_record {
    struct badge_digest digest;
    int64_t received_at_s;
    enum store_state state;
    struct store_chain_status chain_status;
    /* only if the state is not STORE_PENDING */
    uint32_t batch_number, leaf_index, tree_size;
    struct badge_hash root;
};

enum store_outcome {
    STORE_NEW,    /* or the withdrawal of its batch is final: it is pending again */
    STORE_KNOWN,  /* already stored; a real label replaces `external` */
    STORE_FULL,   /* max_pending reached */
    STORE_FAILED, /* not durable: a disk error, see store_health() */
};

struct store_submission {
    struct badge_digest digest;
    int64_t received_at_s;
    /* out */
    enum store_outcome outcome;
    struct store_record record;
};

/*
 * Group commit: appends the new ones of n submissions in one write and one fdatasync, then sets the outcome of all.
 * Equal digests within the group are one record. After a failed sync every later call fails (STORE_FAILED) until the
 * node is restarted: the page cache can't be trusted any more. After a write that ran out of disk space, calls fail
 * until store_probe_work() finds space again.
 */
void store_append_work(struct store *store, struct store_submission *const submission[], size_t n);

size_t store_n_pending(struct store *store);
int64_t store_oldest_pending_s(struct store *store); /* its received_at_s; 0: nothing is pending */

/* Reads memory only, so the loop may call it. True if the digest is pending (or being sealed). */
bool store_find_pending(struct store *store, const struct badge_hash *digest, struct store_record *out);
/* errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT */
enum badge_status store_find_work(struct store *store, const struct badge_hash *digest, struct store_record *out,
                                  struct badge_err *err) BADGE_CHECKED;
/*
 * The receipt of a sealed credential. The path is verified against the batch's root before it is returned: data of a
 * damaged batch file is never served.
 * errors    BADGE_ENOTFOUND (unknown, or pending), BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status store_receipt_work(struct store *store, const struct badge_hash *digest, struct badge_receipt *out,
                                     struct badge_err *err) BADGE_CHECKED;

/* -- batches --------------------------------------------------------------------------------------------------- */

enum store_anchor_state {
    STORE_ANCHOR_SEALED, /* no transaction signed yet */
    STORE_ANCHOR_SIGNED, /* nonce and raw transaction on disk, perhaps sent */
    STORE_ANCHOR_SENT,   /* a provider has accepted it */
    STORE_ANCHOR_MINED,
    STORE_ANCHOR_FINAL,
    STORE_ANCHOR_SPOILED, /* will never be sent: another batch holds its credentials; or a set has no digests left */
};

struct store_anchor {
    enum store_anchor_state state;
    int64_t changed_at_s;
    /* from STORE_ANCHOR_SIGNED on */
    uint64_t nonce;
    struct badge_hash transaction; /* of the attempt that was mined, until then of the latest one */
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
    uint32_t replaces; /* the spoiled batch whose credentials this one holds; 0: none */
    struct store_anchor anchor;
};

uint32_t store_n_batches(struct store *store);
/* The number of leaves in batches: a digest submitted again after a withdrawal counts twice. */
uint64_t store_n_sealed(struct store *store);
bool store_batch(struct store *store, uint32_t number, struct store_batch *out);
/* The lowest batch whose anchor is neither final nor spoiled; 0: none. */
uint32_t store_first_unfinal(struct store *store);
/* When the oldest credential without a final anchor was received or, if it is in a batch, sealed; 0: none. */
int64_t store_oldest_unanchored_s(struct store *store);

/*
 * Seals up to max_leaves of the pending credentials, oldest first: draws the secret, builds the tree, writes the batch,
 * indexes it, trims the journal. out->number 0: nothing was pending.
 * errors    BADGE_EIO, BADGE_ENOMEM: the credentials are still pending. If store_health() then reports a failure, the
 *           batch may be sealed on disk: the store accepts nothing more, and the next start reads what the disk has.
 */
enum badge_status store_seal_work(struct store *store, size_t max_leaves, struct store_batch *out,
                                  struct badge_err *err) BADGE_CHECKED;

/*
 * Seals the credentials of a batch again, under a new secret and so a new root: for a batch whose root can no longer be
 * anchored with its tree size. The batch must be STORE_ANCHOR_SEALED and becomes STORE_ANCHOR_SPOILED; records and
 * receipts then come from the new one. As with a seal, the rename of the batch file is the moment of change.
 * errors    BADGE_ENOTFOUND, BADGE_EREFUSED (a transaction of it may be open), BADGE_ECORRUPT (its file), BADGE_EIO,
 *           BADGE_ENOMEM: nothing has changed, unless store_health() reports a failure, as for store_seal_work()
 */
enum badge_status store_reseal_work(struct store *store, uint32_t number, struct store_batch *out,
                                    struct badge_err *err) BADGE_CHECKED;

/*
 * The leaf hashes first … first + n − 1 of a batch, in order.
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT
 */
enum badge_status store_leaves_work(struct store *store, uint32_t number, uint32_t first, uint32_t n,
                                    struct badge_hash *out, struct badge_err *err) BADGE_CHECKED;

/* -- status on the chain ----------------------------------------------------------------------------------------- */

enum store_change_kind {
    STORE_CHANGE_REVOKED = 1, /* a digest */
    STORE_CHANGE_RESTORED,
    STORE_CHANGE_WITHDRAWN, /* a batch, by its root; permanent */
    STORE_CHANGE_APPOINTED, /* an operator */
    STORE_CHANGE_REMOVED,
};
struct store_change {
    enum store_change_kind kind;
    struct badge_hash subject;    /* digest or root; zero for an operator */
    struct badge_address account; /* that sent the transaction; or the operator */
    enum badge_reason reason;     /* of STORE_CHANGE_REVOKED */
    int64_t at_s;                 /* the time of the block */
    uint64_t block_number;
};

/* Blocks whose events no provider has any more. last_block 0: none. */
struct store_gap {
    uint64_t first_block, last_block;
};

/* The result of one read of the chain: changes in the order in which they happened. */
struct store_chain_update {
    const struct store_change *final; /* newly final */
    size_t n_final;
    uint64_t through;  /* the last final block that was read: no change up to it is left out */
    bool reached_head; /* read up to the head: `recent` replaces all earlier changes above the last final block */
    const struct store_change *recent;
    size_t n_recent;
    struct store_gap gap; /* of revocations: everything before `final` was read or is in the gap. Has no withdrawals */
};
/*
 * Makes the final changes durable; then look-ups see all changes. Applying the same changes again, in the same order,
 * has no effect. errors    BADGE_EIO, BADGE_ENOMEM, BADGE_ELIMIT: some may have been applied; call it again with all
 */
enum badge_status store_chain_update_work(struct store *store, const struct store_chain_update *news,
                                          struct badge_err *err) BADGE_CHECKED;
uint64_t store_followed_block(struct store *store); /* `through`; 0: the chain was never read */
bool store_is_current(struct store *store);         /* the chain was read up to its head since the store was opened */

/* The range from the first to the last block that was ever left out. */
void store_gap(struct store *store, struct store_gap *out);

/* The status of a batch on the chain: good, withdrawn or unknown. */
void store_batch_status(struct store *store, const struct badge_hash *root, struct store_chain_status *out);
/* How many batches have a final withdrawal. When the number rises, cached data of batches may be stale. */
uint64_t store_n_withdrawn(struct store *store);

struct store_operator {
    struct badge_address account;
    int64_t since_s;
};
/* The appointed operators; copies at most max. */
size_t store_operators(struct store *store, struct store_operator out[], size_t max);

/* -- anchors --------------------------------------------------------------------------------------------------- */

/* What a transaction is for: the anchor of a batch, or a set of revocations. Each kind is numbered from 1. */
enum store_job_kind {
    STORE_JOB_BATCH,
    STORE_JOB_SET,
};
struct store_job_id {
    enum store_job_kind kind;
    uint32_t number; /* 0: none */
};
static inline struct store_job_id store_batch_id(uint32_t number)
{
    return (struct store_job_id){STORE_JOB_BATCH, number};
}
static inline struct store_job_id store_set_id(uint32_t number)
{
    return (struct store_job_id){STORE_JOB_SET, number};
}

/*
 * One signed transaction. All attempts of a batch carry its root, all of a set of revocations its digests; whichever is
 * mined first counts.
 */
#define STORE_MAX_RAW_LEN 8704 /* a full set's transaction */
struct store_attempt {
    struct badge_address from; /* the account that signed, whose nonce it is */
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
enum badge_status store_anchor_attempt_work(struct store *store, struct store_job_id job,
                                            const struct store_attempt *attempt, struct badge_err *err) BADGE_CHECKED;
/* Persists a change of state with its data. Synced on return. errors    BADGE_EIO */
enum badge_status store_anchor_move_work(struct store *store, struct store_job_id job,
                                         const struct store_anchor *anchor, struct badge_err *err) BADGE_CHECKED;
/* The attempts of a job that is not final, oldest first; copies at most max. */
size_t store_attempts(struct store *store, struct store_job_id job, struct store_attempt *out, size_t max);
/* Whether one of them is from this account and has this nonce. */
bool store_has_attempt(struct store *store, struct store_job_id job, const struct badge_address *account,
                       uint64_t nonce);
/* The highest nonce that the account ever signed here, plus one; false if it has signed nothing. */
bool store_next_nonce(struct store *store, const struct badge_address *account, uint64_t *out);

/* -- revocations ----------------------------------------------------------------------------------------------- */

/*
 * A request to revoke is durable before it is answered. Requests are grouped into sets, in their order; a set is one
 * transaction, so all its requests have the same reason, and it has the same states as an anchor, from
 * STORE_ANCHOR_SEALED on. In its anchor, `sequence` has no meaning.
 */
#define STORE_MAX_SET 256 /* digests in one set: about 6.5 million gas */

enum store_revocation {
    STORE_REVOCATION_NONE, /* never requested here, or restored by the issuer since it was requested or mined */
    STORE_REVOCATION_REQUESTED,
    STORE_REVOCATION_SENT,
    STORE_REVOCATION_MINED,
    STORE_REVOCATION_FINAL,
};
const char *store_revocation_name(enum store_revocation state);

struct store_set {
    uint32_t number; /* from 1 */
    uint32_t n_digests;
    enum badge_reason reason; /* of all of them */
    int64_t created_at_s;
    bool is_unseen; /* requested before the store was opened, and the chain was not read up to its head since */
    struct store_anchor anchor;
};

#define STORE_MAX_NOTE 500 /* bytes */

/* Why: the reason is for the chain; the note is the operator's own, and never leaves the node but to administrators. */
struct store_why {
    enum badge_reason reason;
    struct badge_text note; /* at most STORE_MAX_NOTE bytes; len 0: none */
};

/*
 * Requests that n digests be revoked, in one synced write. The caller checks whether they are known, and with
 * store_revocation() whether a request is needed. An earlier request that is not mined yet takes the time of this one,
 * so that it is later than a restore by the issuer in between, and keeps its own reason and note; for any other digest
 * a new request is added. Any number of threads may call this at any time.
 * errors    BADGE_ELIMIT (max_pending requests are open already), BADGE_EIO, BADGE_ENOMEM: nothing was requested
 */
enum badge_status store_revoke_work(struct store *store, const struct badge_hash *digest, size_t n,
                                    const struct store_why *why, int64_t at_s, struct badge_err *err) BADGE_CHECKED;
enum store_revocation store_revocation(struct store *store, const struct badge_hash *digest);
/*
 * The reason and the note of the latest request; false: none. The note is borrowed as long as the store is open.
 */
bool store_revocation_why(struct store *store, const struct badge_hash *digest, struct store_why *out);
/* Whether this node has accepted the credential. errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ECORRUPT */
enum badge_status store_knows_work(struct store *store, const struct badge_hash *digest,
                                   struct badge_err *err) BADGE_CHECKED;

/*
 * Records that the credential `by` replaces another: the node's own word. Synced on return; the latest for a digest
 * counts. errors    BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_relate_work(struct store *store, const struct badge_hash *digest, const struct badge_hash *by,
                                    int64_t at_s, struct badge_err *err) BADGE_CHECKED;
/* Both report only credentials that are revoked on the chain. Memory only; store_replaces() copies the latest max. */
bool store_replaced_by(struct store *store, const struct badge_hash *digest, struct badge_hash *out);
size_t store_replaces(struct store *store, const struct badge_hash *digest, struct badge_hash out[], size_t max);

/*
 * Takes the oldest requests that are not in a set, as far as they have the same reason and at most max (up to
 * STORE_MAX_SET), into the next set.
 * errors    BADGE_ENOTFOUND (none are waiting), BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status store_revocations_take_work(struct store *store, uint32_t max, struct store_set *out,
                                              struct badge_err *err) BADGE_CHECKED;
/*
 * Called before a set is signed, while it is STORE_ANCHOR_SEALED: drops the digests that the issuer has restored since
 * they were requested, because the restore is the later decision; the store may be a restored backup whose requests
 * were all carried out long ago. A set with no digests left becomes STORE_ANCHOR_SPOILED.
 * errors    BADGE_ENOTFOUND, BADGE_EIO
 */
enum badge_status store_revocations_prune_work(struct store *store, uint32_t number, struct store_set *out,
                                               struct badge_err *err) BADGE_CHECKED;
bool store_set(struct store *store, uint32_t number, struct store_set *out);
/* The digests of a set, in order; copies at most max. */
size_t store_set_digests(struct store *store, uint32_t number, struct badge_hash *out, size_t max);

struct store_revocations {
    size_t n_waiting;     /* not in a set yet */
    size_t n_open;        /* requested and not final, whether in a set or not */
    int64_t oldest_at_s;  /* when the oldest open one was requested; 0: none is open */
    uint32_t first_open;  /* the first set that is not final; 0: none */
    uint32_t last_number; /* of the last set; 0: none */
};
void store_revocations(struct store *store, struct store_revocations *out);

/* -- health ---------------------------------------------------------------------------------------------------- */

/* Empty while the store is healthy, else one sentence that says what to do. */
void store_health(struct store *store, char out[200]);

/*
 * If the store stopped because the disk was full, and its content is known: checks whether there is space again, and if
 * so accepts writes again and returns true (there may then be a new batch that was not reported). Otherwise it does
 * nothing, so it may be called every second.
 */
bool store_probe_work(struct store *store);

#endif
