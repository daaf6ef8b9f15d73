/*
 * What to do next, from what is known: pure functions of state and facts. The steps collect the facts, and carry the
 * decision out.
 */
#ifndef ANCHOR_DECIDE_H
#define ANCHOR_DECIDE_H

#include "anchor/job.h"
#include "chain/fee.h"
#include "chain/send_error.h"

/* -- the checks before anything is sent ---------------------------------------------------------------------------- */

/* How far the chain is trusted. */
enum trust {
    TRUST_NOTHING, /* not checked, or the wrong chain or contract */
    TRUST_READING, /* chain and contract are right, but sending would fail */
    TRUST_SENDING,
};

/* since_ms: since the last check with the same provider; UINT64_MAX: none */
bool decide_check_is_due(enum trust trust, uint64_t since_ms);

/* -- a job in a round ---------------------------------------------------------------------------------------------- */

enum job_step {
    JOB_SKIP,  /* nothing to do in this round */
    JOB_HOLD,  /* likewise, and nothing after it may be signed */
    JOB_SEND,  /* sign its first attempt */
    JOB_POLL,  /* look for the receipt of an attempt */
    JOB_WATCH, /* mined: look for a reorganization, and for finality */
};
/*
 * job         without a tracker it had no retries
 * may_sign    a new transaction: none is in flight
 * watching    mined jobs: otherwise nothing can have changed
 */
enum job_step decide_job_step(const struct tx_job *job, bool may_sign, bool watching, uint64_t now_ms);

/* -- the first attempt --------------------------------------------------------------------------------------------- */

enum root_state {
    ROOT_ABSENT,  /* not on the chain */
    ROOT_OURS,    /* anchored with our tree size */
    ROOT_SPOILED, /* anchored with another */
};
/* on_chain    the tree size that the contract has for the root; 0: none */
enum root_state decide_root(uint64_t on_chain, uint32_t tree_size);
/* Whether a spoiled batch is resealed at once: an attacker who spoils every new root must not fill the disk. */
bool decide_reseals_now(const struct tx_job *job);

/* A nonce gap: another transaction had used the nonce until a reorganization; all higher nonces wait for it. */
struct nonce_gap {
    bool found;
    struct badge_address account;
    uint64_t nonce;
};
/*
 * The nonce of the account's next transaction. The chain's count is only a lower bound, because a provider may lag
 * behind this node's own transactions; but a gap is filled with it.
 * ours    the store's next nonce, 0: none
 */
uint64_t decide_nonce(uint64_t count, uint64_t ours, const struct badge_address *account, const struct nonce_gap *gap);
/* How many digests a set may have: it must fit into half a block, and be paid for. gas_limit 0: unknown. */
uint32_t decide_set_size(uint64_t block_gas_limit, uint64_t affordable_gas);

/* -- the answer to a broadcast ------------------------------------------------------------------------------------- */

struct after_send {
    uint64_t retry_ms; /* not published again before */
    bool accepted;
    bool count_nonce; /* once this happens several times: compare the account's transaction count */
    bool underpriced; /* bump with the next block */
    bool recheck;     /* run the preflight checks again */
    bool no_progress;
};
struct after_send decide_after_send(enum send_result result);

/* -- an open transaction ------------------------------------------------------------------------------------------- */

enum open_step {
    OPEN_PUBLISH, /* the last attempt once more, if that is due */
    OPEN_ABANDON, /* its key is gone: sign a new one with another nonce */
    OPEN_REPLACE, /* a higher fee, unless a nonce gap is why it is stuck */
};
/*
 * A fee that was refused is raised with the next block, when prices have changed or the pool has: at once it would
 * reach the cap in seconds. Where no block comes, after bump_after_ms, as for a transaction that is stuck. head the
 * number of the head block may_sign    a signature may be requested now has_key     the key of the last attempt's
 * account is available
 */
enum open_step decide_open_step(const struct tx_job *job, uint64_t bump_after_ms, uint64_t head, bool may_sign,
                                bool has_key, uint64_t now_ms);

enum bump {
    BUMP,
    BUMP_AT_CAP,  /* the fee caps forbid it */
    BUMP_USED_UP, /* STORE_MAX_ATTEMPTS are made */
};
/* The fees of a replacement; *out only for BUMP. n_attempts: of the job, with any nonce */
enum bump decide_bump(struct fees *out, size_t n_attempts, const struct fee_caps *caps, const struct fees *last,
                      const struct fees *market, bool legacy);

/* -- a mined transaction ------------------------------------------------------------------------------------------- */

enum mined_step {
    MINED_READ, /* its receipt is another one: read it as new */
    MINED_WAIT,
    MINED_FINAL, /* its block is final, if the others agree */
};
enum mined_step decide_mined_step(const struct store_anchor *known, const struct tx_receipt *seen,
                                  uint64_t final_number);

/*
 * How long the final block may stay the same before that is worth an alarm.
 * pause_ms    the longest that it has stayed the same so far
 */
uint64_t decide_finality_late_ms(uint64_t pause_ms);

/* -- the time between rounds --------------------------------------------------------------------------------------- */

/*
 * idle              no job is open
 * n_idle_rounds     rounds in a row without a change
 * block_time_ms     0: unknown
 */
uint64_t decide_pause_ms(bool idle, unsigned n_idle_rounds, uint64_t block_time_ms, uint64_t random);
#define POLL_MAX_MS 4000

#endif
