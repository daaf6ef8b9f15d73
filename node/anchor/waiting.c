/*
 * What /readyz reports if a job waits without any error: finality that does not come, a registry that is not in a
 * final block yet, a transaction that no block takes. anchor.c calls it in each round. All times are of the loop's
 * monotonic clock, so a restart begins them again.
 */
#include "anchor/waiting.h"

#include <string.h>

#define UNMINED_LATE_MS (10 * 60 * 1000)

static unsigned long long minutes(uint64_t ms)
{
    return ms / 60000;
}

enum next waiting_check_registry(struct round *round)
{
    if (round->registry_is_final || round->health.condition[CONDITION_FINALITY].code)
        return NEXT_STEP;
    json_t *params = json_pack("[oo]", rpc_hex(round->options.contract.b, 20), rpc_quantity(round->final_number));
    const struct rpc_reply *reply = round_ask_or_refused(round, "eth_getCode", params);
    if (!reply)
        return NEXT_ABORT;
    const char *code = reply->status == BADGE_OK ? json_string_value(reply->result) : NULL;
    if (code && strcmp(code, "0x") == 0) {
        health_raise(&round->health, CONDITION_REGISTRY, "no_finality",
                     "the last final block, %llu, is older than the registry: nothing can be final yet; if it does not "
                     "move, set chain.finality to a number of confirmations",
                     (unsigned long long)round->final_number);
        return NEXT_STEP;
    }
    round->registry_is_final = true; /* or the provider has no state of that block, and does not know */
    health_clear(&round->health, CONDITION_REGISTRY);
    return NEXT_STEP;
}

void waiting_check_finality(struct round *round)
{
    uint64_t now_ms = round_now_ms(round);
    if (round->final_moved_ms == 0)
        round->final_moved_ms = now_ms;
    uint64_t waited_ms = now_ms - round->final_moved_ms;
    if (round->final_number != round->known_final_number) {
        round->final_pause_ms = waited_ms > round->final_pause_ms ? waited_ms : round->final_pause_ms;
        round->final_moved_ms = now_ms;
        waited_ms = 0;
    }
    if (waited_ms < decide_finality_late_ms(round->final_pause_ms) ||
        (!round_has_job(round, STORE_JOB_BATCH, STORE_ANCHOR_MINED) &&
         !round_has_job(round, STORE_JOB_SET, STORE_ANCHOR_MINED))) {
        health_clear(&round->health, CONDITION_FINALITY);
        return;
    }
    health_raise(&round->health, CONDITION_FINALITY, "no_finality",
                 "transactions are mined but not final: the last final block is %llu for %llu minutes, the head %llu; "
                 "check the chain and the providers, or set chain.finality",
                 (unsigned long long)round->final_number, minutes(waited_ms), (unsigned long long)round->head.number);
}

void waiting_check_jobs(struct round *round)
{
    struct tx_job job;
    char name[JOB_NAME_LEN];
    uint64_t now_ms = round_now_ms(round);
    const struct attempt_tracker *oldest = NULL;
    for (const struct attempt_tracker *tracker = round->trackers; tracker; tracker = tracker->next)
        if (!tracker->stopped && (!oldest || tracker->since_ms < oldest->since_ms))
            oldest = tracker;
    if (!oldest || now_ms - oldest->since_ms < UNMINED_LATE_MS || !job_load(&job, round->options.store, oldest->id)) {
        health_clear(&round->health, CONDITION_UNMINED);
        return;
    }
    bool is_sent = job.anchor.state != STORE_ANCHOR_SEALED;
    health_raise(&round->health, CONDITION_UNMINED, is_sent ? "not_mined" : "not_sent",
                 "%s is not in a block after %llu minutes%s; see the log, and check that the providers in chain.rpc "
                 "propagate transactions",
                 job_name(name, &job), minutes(now_ms - oldest->since_ms),
                 is_sent ? ", though sent" : ", and its transaction is not signed");
}
