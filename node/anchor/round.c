/*
 * The waits of a round. The invariant: exactly one operation is open while a step waits, and a reply is read before the
 * next begins.
 */
#include "anchor/round.h"

#include "runtime/failpoint.h"

uint64_t round_now_ms(const struct round *round)
{
    return uv_now(round->options.loop);
}

bool round_may_sign(const struct round *round)
{
    enum anchor_store_age age = round->health.now.store_age;
    return !round->in_flight && round->checked.trust == TRUST_SENDING &&
           accounts_may_sign(&round->accounts, round_now_ms(round)) &&
           (age == ANCHOR_STORE_CURRENT || age == ANCHOR_STORE_ACCEPTED);
}

bool round_has_job(const struct round *round, enum store_job_kind kind, enum store_anchor_state state)
{
    struct store *store = round->options.store;
    struct tx_job job;
    for (struct store_job_id id = job_first(store); job_load(&job, store, id); id = job_after(store, id)) {
        const struct attempt_tracker *tracker = tracker_find(round->trackers, id);
        if (id.kind == kind && job.anchor.state == state && !(tracker && tracker->stopped))
            return true;
    }
    return false;
}

void round_recheck(struct round *round)
{
    round->checked.at_ms = 0;
}

enum next round_failed(struct round *round, const char *why)
{
    struct provider *provider = providers_current(&round->providers);
    if (!round->closing && provider->up)
        provider_eject(provider, NULL, "chain_unreachable", "%s: %.120s", provider->name, why);
    return NEXT_ABORT;
}

/* -- one provider -------------------------------------------------------------------------------------------------- */

void round_check_providers(struct round *round)
{
    providers_check_health(&round->providers, &round->coroutine);
}

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct round *round = context;
    round->reply = reply; /* stays until this callback returns, so until the coroutine waits again */
    coroutine_resume(&round->coroutine);
}

static const struct rpc_reply *ask(struct round *round, const char *method, json_t *params, bool accepts_refusal)
{
    struct badge_err err;
    struct provider *provider = providers_current(&round->providers);
    if (round->closing) {
        json_decref(params);
        return NULL;
    }
    if (provider_ask(provider, method, params, on_reply, round, &err) != BADGE_OK) {
        (void)round_failed(round, err.text);
        return NULL;
    }
    coroutine_wait(&round->coroutine);
    const struct rpc_reply *reply = round->reply;
    bool is_refused = reply->status == BADGE_EREFUSED && !rpc_reply_is_transient(reply);
    if (round->closing)
        return NULL;
    if (reply->status == BADGE_OK || (is_refused && accepts_refusal))
        return reply;
    if (provider->up)
        provider_failed(provider, reply);
    return NULL;
}

const struct rpc_reply *round_ask_or_refused(struct round *round, const char *method, json_t *params)
{
    return ask(round, method, params, true);
}

const json_t *round_ask(struct round *round, const char *method, json_t *params)
{
    const struct rpc_reply *reply = ask(round, method, params, false);
    return reply ? reply->result : NULL;
}

const json_t *round_ask_contract(struct round *round, const uint8_t *data, size_t data_len)
{
    json_t *call = rpc_call_object(&round->options.contract, data, data_len);
    return round_ask(round, "eth_call", json_pack("[os]", call, "latest"));
}

bool round_ask_count(struct round *round, uint64_t *count, const struct badge_address *account)
{
    const json_t *result = round_ask(round, "eth_getTransactionCount", round_count_params(account));
    if (!result)
        return false;
    if (rpc_read_u64(count, result) == BADGE_OK)
        return true;
    (void)round_failed(round, "returned an invalid answer to eth_getTransactionCount");
    return false;
}

/* -- several ------------------------------------------------------------------------------------------------------- */

static enum badge_status on_cross_check_result(struct quorum *quorum, const json_t *result)
{
    struct round *round = quorum->context;
    return round->matches(round->matches_context, result) ? BADGE_OK : BADGE_EMISMATCH;
}

enum agreement round_cross_check(struct round *round, const char *method, json_t *params,
                                 bool (*matches)(void *context, const json_t *result), void *context)
{
    struct quorum *quorum = &round->quorum;
    struct quorum_members others;
    if (round->closing) {
        json_decref(params);
        return NOT_ANSWERED;
    }
    quorum_members_others(&others, &round->providers);
    *quorum = (struct quorum){.answer = on_cross_check_result, .context = round, .cross_check = true};
    round->matches = matches;
    round->matches_context = context;
    if (quorum_ask(quorum, &others, method, params) == BADGE_OK)
        quorum_wait(quorum, &round->coroutine);
    if (quorum->n_differ > 0 && !round->closing)
        return DIFFER;
    return quorum->n_failed > 0 || round->closing ? NOT_ANSWERED : AGREED;
}

bool round_ask_quorum(struct round *round, const struct quorum_members *members, const char *method, json_t *params,
                      quorum_reader answer, void *context)
{
    struct quorum *quorum = &round->quorum;
    if (round->closing) {
        json_decref(params);
        return false;
    }
    *quorum = (struct quorum){.answer = answer, .context = context};
    if (quorum_ask(quorum, members, method, params) == BADGE_OK)
        quorum_wait(quorum, &round->coroutine);
    if (quorum->n_answered == 0)
        (void)round_failed(round, quorum->why);
    return quorum->n_answered > 0 && !round->closing;
}

bool round_broadcast(struct round *round, const struct store_attempt *attempt)
{
    FAILPOINT("broadcast", "send");
    if (!broadcast_send(&round->broadcast, &round->providers, attempt->raw, attempt->raw_len, &round->coroutine)) {
        (void)round_failed(round, "could not be sent the transaction");
        return false;
    }
    FAILPOINT("broadcast", "answered");
    return !round->closing;
}

/* -- parameters ---------------------------------------------------------------------------------------------------- */

json_t *round_count_params(const struct badge_address *account)
{
    return json_pack("[os]", rpc_hex(account->b, 20), "latest");
}

json_t *round_receipt_params(const struct badge_hash *transaction)
{
    return json_pack("[o]", rpc_hex(transaction->b, 32));
}

json_t *round_block_params(uint64_t number)
{
    return json_pack("[ob]", rpc_quantity(number), 0);
}
