/*
 * The decisions of the anchor, for its steps and for their tests. The invariants: a job is sent only while no
 * transaction is in flight; a nonce is never lower than what the store has used, except to fill a gap.
 */
#include "anchor/decide.h"

#include <string.h>

#include "net/retry.h"

#define CHECK_EVERY_MS 60000
#define CHECK_SOON_MS 5000 /* while something is wrong */

#define REPUBLISH_MS 10000
#define REFUSED_MS 60000
#define NONCE_USED_MS 2000

#define SET_GAS 60000 /* more than a transaction without digests takes */

#define FINALITY_LATE_MS (UINT64_C(60) * 60 * 1000)
#define FINALITY_LATE_MAX_MS (12 * FINALITY_LATE_MS)
#define LATE_PAUSES 4

#define POLL_MIN_MS 500 /* between rounds: half the block time, doubled while the head does not change */
#define POLL_JITTER_PERCENT 25
#define POLL_UNKNOWN_MS 2000 /* the block time, before it is known */

bool decide_check_is_due(enum trust trust, uint64_t since_ms)
{
    return trust == TRUST_NOTHING || since_ms >= (trust == TRUST_SENDING ? CHECK_EVERY_MS : CHECK_SOON_MS);
}

enum job_step decide_job_step(const struct tx_job *job, bool may_sign, bool watching, uint64_t now_ms)
{
    const struct attempt_tracker *tracker = job->tracker;
    switch (job->anchor.state) {
    case STORE_ANCHOR_FINAL:
    case STORE_ANCHOR_SPOILED:
        return JOB_SKIP;
    case STORE_ANCHOR_MINED:
        return watching ? JOB_WATCH : JOB_SKIP;
    case STORE_ANCHOR_SIGNED:
    case STORE_ANCHOR_SENT:
        return tracker && tracker->stopped ? JOB_SKIP : JOB_POLL;
    case STORE_ANCHOR_SEALED:
        break;
    }
    if (!may_sign || (tracker && tracker->stopped))
        return JOB_SKIP;
    if (!tracker || now_ms >= tracker->publish_at_ms)
        return JOB_SEND;
    return job_is_revocation_set(job) ? JOB_SKIP : JOB_HOLD; /* batches do not wait for a set */
}

enum root_state decide_root(uint64_t on_chain, uint32_t tree_size)
{
    if (on_chain == 0)
        return ROOT_ABSENT;
    return on_chain == tree_size ? ROOT_OURS : ROOT_SPOILED;
}

bool decide_reseals_now(const struct tx_job *job)
{
    return job->replaces == 0 || job->tracker->spoiled_before;
}

uint64_t decide_nonce(uint64_t count, uint64_t ours, const struct badge_address *account, const struct nonce_gap *gap)
{
    bool fills_gap = gap->found && gap->nonce == count && memcmp(&gap->account, account, sizeof *account) == 0;
    return fills_gap || count > ours ? count : ours;
}

uint32_t decide_set_size(uint64_t block_gas_limit, uint64_t affordable_gas)
{
    uint64_t gas = block_gas_limit / 2;
    if (gas == 0 || affordable_gas < gas)
        gas = affordable_gas;
    uint64_t n = gas > SET_GAS ? (gas - SET_GAS) / JOB_GAS_PER_DIGEST : 0;
    return n == 0 ? 1 : n < STORE_MAX_SET ? (uint32_t)n : STORE_MAX_SET;
}

struct after_send decide_after_send(enum send_result result)
{
    static const struct after_send after[] = {
        [SEND_ACCEPTED] = {REPUBLISH_MS, .accepted = true},
        [SEND_NONCE_USED] = {NONCE_USED_MS, .count_nonce = true},
        [SEND_UNDERPRICED] = {REPUBLISH_MS, .underpriced = true},
        [SEND_NO_FUNDS] = {REPUBLISH_MS, .recheck = true},
        [SEND_REFUSED] = {REFUSED_MS},
        [SEND_TRY_LATER] = {REPUBLISH_MS, .no_progress = true},
        [SEND_UNANSWERED] = {NONCE_USED_MS, .no_progress = true},
    };
    return after[result];
}

enum open_step decide_open_step(const struct tx_job *job, uint64_t bump_after_ms, uint64_t head, bool may_sign,
                                bool has_key, uint64_t now_ms)
{
    const struct attempt_tracker *tracker = job->tracker;
    bool may_be_stuck = job->anchor.state == STORE_ANCHOR_SENT || tracker->underpriced;
    bool is_stuck = may_be_stuck && now_ms - tracker->signed_at_ms >= bump_after_ms;
    bool has_new_block = tracker->underpriced && head > tracker->refused_at;
    if ((!is_stuck && !has_new_block) || !may_sign)
        return OPEN_PUBLISH;
    return has_key ? OPEN_REPLACE : OPEN_ABANDON;
}

enum bump decide_bump(struct fees *out, size_t n_attempts, const struct fee_caps *caps, const struct fees *last,
                      const struct fees *market, bool legacy)
{
    if (n_attempts >= STORE_MAX_ATTEMPTS)
        return BUMP_USED_UP;
    return fee_bump(out, caps, last, market, legacy) ? BUMP : BUMP_AT_CAP;
}

enum mined_step decide_mined_step(const struct store_anchor *known, const struct tx_receipt *seen,
                                  uint64_t final_number)
{
    if (badge_hash_compare(&seen->block_hash, &known->block_hash) != 0 || !seen->succeeded)
        return MINED_READ;
    return known->block_number <= final_number ? MINED_FINAL : MINED_WAIT;
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/*
 * Chains finalize at their own pace, many blocks at once: Ethereum every few minutes, rollups with their batches on it,
 * some only every few hours. So the pauses until now say what is late, but within limits: finality that had stopped for
 * days must not hide that it does so again.
 */
uint64_t decide_finality_late_ms(uint64_t pause_ms)
{
    return clamp(pause_ms, FINALITY_LATE_MS / LATE_PAUSES, FINALITY_LATE_MAX_MS / LATE_PAUSES) * LATE_PAUSES;
}

uint64_t decide_pause_ms(bool idle, unsigned n_idle_rounds, uint64_t block_time_ms, uint64_t random)
{
    uint64_t block_ms = block_time_ms > 0 ? block_time_ms : POLL_UNKNOWN_MS;
    uint64_t max_ms = clamp(block_ms, 2 * POLL_MIN_MS, POLL_MAX_MS);
    const struct net_retry_policy pauses = {.first_ms = idle ? max_ms
                                                             : clamp(block_ms / 2, POLL_MIN_MS, POLL_MAX_MS / 2),
                                            .max_ms = max_ms,
                                            .jitter_percent = POLL_JITTER_PERCENT};
    return net_retry_delay_ms(&pauses, n_idle_rounds + 1, 0, random);
}
