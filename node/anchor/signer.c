/*
 * Signs the attempts that send.c prepares, on the pool with a local key or by a request to the remote signer. The
 * invariant is the header's: destination, chain and value are not parameters, fees and gas are checked against their
 * limits here once more, and a remote signature is accepted only for exactly the requested bytes.
 */
#include "anchor/signer.h"

#include <string.h>

#include "anchor/signed.h"
#include "badge/registry.h"

#define METHOD_NOT_FOUND (-32601) /* of JSON-RPC 2.0 */

void signer_init(struct signer *signer, struct badge_key *key, uint64_t chain_id, const struct badge_address *contract,
                 const struct fee_caps *caps)
{
    *signer = (struct signer){.key = key, .chain_id = chain_id, .contract = *contract, .caps = *caps};
    if (key)
        badge_key_address(&signer->address, key);
}

void signer_release(struct signer *signer)
{
    badge_key_free(signer->key);
    rpc_free(signer->remote);
    signer->key = NULL;
    signer->remote = NULL;
}

/* Compares the function and the length, not the root. */
static bool is_anchor_call(const uint8_t *call, size_t len)
{
    uint8_t model[BADGE_CALL_MAX_LEN];
    size_t model_len = badge_call_anchor(model, &(struct badge_address){{0}}, &(struct badge_hash){{0}}, 1);
    return len == model_len && memcmp(call, model, 4) == 0;
}

uint64_t signer_max_gas(const uint8_t *call, size_t len)
{
    size_t n_digests = badge_call_is_revoke(call, len);
    if (is_anchor_call(call, len))
        return SIGNER_MAX_GAS;
    return n_digests >= 1 && n_digests <= STORE_MAX_SET ? SIGNER_MAX_GAS + n_digests * SIGNER_MAX_GAS_OF_DIGEST : 0;
}

enum badge_status signer_check(const struct signer *signer, const struct signer_call *call, struct badge_err *err)
{
    const struct fees *fees = &call->fees;
    bool tip_over = !call->legacy && fees->max_priority_fee_wei > signer->caps.max_priority_fee_wei;
    if (fees->max_fee_wei > signer->caps.max_fee_wei || tip_over)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "the fee exceeds chain.max_fee or chain.max_priority_fee");
    if (fees->max_priority_fee_wei > fees->max_fee_wei)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the priority fee exceeds the max fee");
    uint64_t max_gas = signer_max_gas(call->data, call->data_len);
    if (max_gas == 0)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "only calls of `anchor` and `revoke` may be signed");
    if (call->gas_limit > max_gas)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the gas limit %llu exceeds the maximum %llu",
                          (unsigned long long)call->gas_limit, (unsigned long long)max_gas);
    return BADGE_OK;
}

static struct badge_tx transaction(const struct signer *signer, const struct signer_call *call)
{
    return (struct badge_tx){
        .kind = call->legacy ? BADGE_TX_EIP155 : BADGE_TX_EIP1559,
        .chain_id = signer->chain_id,
        .nonce = call->nonce,
        .gas_limit = call->gas_limit,
        .max_fee_per_gas = badge_wei_from_u64(call->fees.max_fee_wei),
        .max_priority_fee_per_gas = badge_wei_from_u64(call->fees.max_priority_fee_wei),
        .has_to = true,
        .to = signer->contract,
        .data = call->data,
        .data_len = call->data_len,
    };
}

static struct store_attempt attempt_of(const struct signer *signer, const struct signer_call *call)
{
    return (struct store_attempt){
        .from = signer->address,
        .nonce = call->nonce,
        .gas_limit = call->gas_limit,
        .max_fee_wei = call->fees.max_fee_wei,
        .max_priority_fee_wei = call->fees.max_priority_fee_wei,
    };
}

enum badge_status signer_sign(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                              struct badge_err *err)
{
    enum badge_status status = signer_check(signer, call, err);
    if (status != BADGE_OK)
        return status;
    struct badge_tx tx = transaction(signer, call);
    *out = attempt_of(signer, call);
    status = badge_tx_sign(out->raw, sizeof out->raw, &out->raw_len, &out->transaction, &tx, signer->key);
    if (status != BADGE_OK)
        return badge_fail(err, status, BADGE_NO_OFFSET, "the call is too long to sign");
    return BADGE_OK;
}

struct signing {
    struct store_attempt *out;
    const struct signer *signer;
    const struct signer_call *call;
    struct coroutine *coroutine;
    struct badge_err *err;
    enum badge_status status;
    const struct rpc_reply *reply; /* valid until the coroutine waits again */
};

static void sign_work(void *context)
{
    struct signing *signing = context;
    signing->status = signer_sign(signing->out, signing->signer, signing->call, signing->err);
}

/* -- remote signer ------------------------------------------------------------------------------------------------- */

static json_t *request_params(const struct signer *signer, const struct signer_call *call)
{
    json_t *tx = rpc_call_object(&signer->contract, call->data, call->data_len);
    (void)json_object_set_new(tx, "from", rpc_hex(signer->address.b, 20)); /* if out of memory, signed_check() fails */
    (void)json_object_set_new(tx, "chainId", rpc_quantity(signer->chain_id));
    (void)json_object_set_new(tx, "nonce", rpc_quantity(call->nonce));
    (void)json_object_set_new(tx, "gas", rpc_quantity(call->gas_limit));
    (void)json_object_set_new(tx, "value", rpc_quantity(0));
    if (call->legacy) {
        (void)json_object_set_new(tx, "gasPrice", rpc_quantity(call->fees.max_fee_wei));
    } else {
        (void)json_object_set_new(tx, "maxFeePerGas", rpc_quantity(call->fees.max_fee_wei));
        (void)json_object_set_new(tx, "maxPriorityFeePerGas", rpc_quantity(call->fees.max_priority_fee_wei));
    }
    return json_pack("[o]", tx);
}

static void on_signer_reply(void *context, const struct rpc_reply *reply)
{
    struct signing *signing = context;
    signing->reply = reply;
    coroutine_resume(signing->coroutine);
}

/* False: the request could not be made. */
static bool ask_signer(struct signing *signing, const char *method)
{
    json_t *params = request_params(signing->signer, signing->call);
    if (rpc_call(signing->signer->remote, method, params, on_signer_reply, signing, signing->err) != BADGE_OK)
        return false;
    coroutine_wait(signing->coroutine);
    return true;
}

/* Web3Signer returns a hex string; geth and clef return an object with it in `raw`. */
static enum badge_status read_answer(const struct signing *signing, const json_t *result)
{
    struct store_attempt *out = signing->out;
    const struct badge_tx tx = transaction(signing->signer, signing->call);
    *out = attempt_of(signing->signer, signing->call);
    const json_t *raw = json_is_object(result) ? json_object_get(result, "raw") : result;
    if (rpc_read_bytes(out->raw, sizeof out->raw, &out->raw_len, raw) != BADGE_OK)
        return badge_fail(signing->err, BADGE_EMISMATCH, BADGE_NO_OFFSET, "the result is not a signed transaction");
    return signed_check(&out->transaction, out->raw, out->raw_len, &tx, &signing->signer->address, signing->err);
}

/* clef has another name for the method. */
static enum badge_status sign_remotely(struct signing *signing)
{
    if (!ask_signer(signing, "eth_signTransaction"))
        return BADGE_EIO;
    const struct rpc_reply *reply = signing->reply;
    if (reply->status == BADGE_EREFUSED && reply->error_code == METHOD_NOT_FOUND) {
        if (!ask_signer(signing, "account_signTransaction"))
            return BADGE_EIO;
        reply = signing->reply;
    }
    if (reply->status == BADGE_OK)
        return read_answer(signing, reply->result);
    if (reply->status == BADGE_EREFUSED)
        return badge_fail(signing->err, BADGE_EREFUSED, BADGE_NO_OFFSET, "%s: %s", rpc_name(signing->signer->remote),
                          reply->error_text);
    *signing->err = reply->err;
    return BADGE_EIO;
}

enum badge_status signer_request(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                                 struct coroutine *coroutine, struct badge_err *err)
{
    struct signing signing = {.out = out, .signer = signer, .call = call, .coroutine = coroutine, .err = err};
    enum badge_status status = signer_check(signer, call, err);
    if (status != BADGE_OK)
        return status;
    if (signer->remote)
        return sign_remotely(&signing);
    coroutine_on_pool(coroutine, sign_work, &signing);
    return signing.status;
}
