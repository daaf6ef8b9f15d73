/*
 * The one place that uses the operator's key. It signs nothing but a call of our contract, on our chain, without
 * value, with fees under the operator's caps: whatever a provider answers, no other transaction can come of it.
 */
#ifndef ANCHOR_SIGNER_H
#define ANCHOR_SIGNER_H

#include "anchor/fee.h"
#include "badge/eth.h"
#include "store/store.h"

/* More gas than this is never granted; an anchor takes some 56,000, more only where a chain counts data into gas. */
#define SIGNER_MAX_GAS 10000000

struct signer {
    struct badge_key *key; /* owned */
    struct badge_address address;
    uint64_t chain_id;
    struct badge_address contract;
    struct fee_caps caps;
};

struct signer_call {
    uint64_t nonce, gas_limit;
    struct fees fees;
    bool legacy;
    const uint8_t *data; /* selector and words */
    size_t data_len;
};

/* key is taken. */
void signer_init(struct signer *signer, struct badge_key *key, uint64_t chain_id, const struct badge_address *contract,
                 const struct fee_caps *caps);
void signer_release(struct signer *signer);

/* errors    BADGE_EREFUSED: a fee over its cap, too much gas; BADGE_ELIMIT: the call data are too long */
enum badge_status signer_sign(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                              struct badge_err *err) __attribute__((warn_unused_result));

#endif
