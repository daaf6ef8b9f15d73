/*
 * Signs the attempts that send.c prepares. The invariant is the header's: destination, chain and value are not
 * parameters, and fees and gas are held against their bounds here, once more and last.
 */
#include "anchor/signer.h"

void signer_init(struct signer *signer, struct badge_key *key, uint64_t chain_id, const struct badge_address *contract,
                 const struct fee_caps *caps)
{
    *signer = (struct signer){.key = key, .chain_id = chain_id, .contract = *contract, .caps = *caps};
    badge_key_address(&signer->address, key);
}

void signer_release(struct signer *signer)
{
    badge_key_free(signer->key);
    signer->key = NULL;
}

static enum badge_status check(const struct signer *signer, const struct signer_call *call, struct badge_err *err)
{
    const struct fees *fees = &call->fees;
    bool tip_over = !call->legacy && fees->max_priority_fee_wei > signer->caps.max_priority_fee_wei;
    if (fees->max_fee_wei > signer->caps.max_fee_wei || tip_over)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the fee is over chain.max_fee or its tip");
    if (fees->max_priority_fee_wei > fees->max_fee_wei)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the tip is over the whole fee");
    if (call->gas_limit > SIGNER_MAX_GAS)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the provider asks for %llu gas, more than is granted",
                          (unsigned long long)call->gas_limit);
    return BADGE_OK;
}

enum badge_status signer_sign(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                              struct badge_err *err)
{
    enum badge_status status = check(signer, call, err);
    if (status != BADGE_OK)
        return status;
    struct badge_tx tx = {
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
    *out = (struct store_attempt){
        .from = signer->address,
        .nonce = call->nonce,
        .gas_limit = call->gas_limit,
        .max_fee_wei = call->fees.max_fee_wei,
        .max_priority_fee_wei = call->fees.max_priority_fee_wei,
    };
    status = badge_tx_sign(out->raw, sizeof out->raw, &out->raw_len, &out->transaction, &tx, signer->key);
    if (status != BADGE_OK)
        return badge_fail(err, status, BADGE_NO_OFFSET, "the call is too long to be signed");
    return BADGE_OK;
}
