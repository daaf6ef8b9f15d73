/*
 * The one place that uses the operator's key, here or with a remote signer. It signs nothing but a call of our
 * contract's `anchor` or `revoke`, on our chain, without value, with fees under the operator's caps: whatever a
 * provider answers, no other transaction can come of it; whatever a remote signer answers, nothing else is taken from
 * it.
 */
#ifndef ANCHOR_SIGNER_H
#define ANCHOR_SIGNER_H

#include <uv.h>

#include "anchor/fee.h"
#include "badge/eth.h"
#include "chain/rpc.h"
#include "store/store.h"

/*
 * More gas than this is never granted for a call; an anchor takes some 56,000 and a revoked digest some 25,500, more
 * only where a chain counts data into gas. 0: the call is none that is signed.
 */
#define SIGNER_MAX_GAS 10000000
#define SIGNER_MAX_GAS_OF_DIGEST 50000 /* more, for each */
uint64_t signer_max_gas(const uint8_t *call, size_t len);

struct signer {
    struct badge_key *key; /* owned; NULL: the remote one signs */
    struct rpc *remote;    /* owned */
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

/* key is taken; NULL: nobody signs yet. */
void signer_init(struct signer *signer, struct badge_key *key, uint64_t chain_id, const struct badge_address *contract,
                 const struct fee_caps *caps);
void signer_release(struct signer *signer);
static inline bool signer_is_there(const struct signer *signer)
{
    return signer->key || signer->remote;
}

/*
 * With the key that is here; any thread.
 * errors    BADGE_EREFUSED: a fee over its cap, too much gas, another call
 */
enum badge_status signer_sign(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                              struct badge_err *err) BADGE_CHECKED;

/* A signature on its way; the caller's, who keeps it, the signer and the call's data until the callback. */
struct signing {
    const struct signer *signer;
    struct signer_call call;
    void (*callback)(struct signing *signing);
    void *context;
    /* out */
    struct store_attempt attempt;
    enum badge_status status; /* BADGE_OK; BADGE_EIO: the remote signer does not answer; BADGE_EREFUSED: it will not;
                                 BADGE_EMISMATCH: it gave something else than was asked for */
    struct badge_err err;
    /* the signer's own */
    uv_work_t work;
    bool other_name; /* asked under the second name */
};
/*
 * The callback runs exactly once, later, on the loop; on failure never.
 * errors    those of signer_sign(); BADGE_ENOMEM, BADGE_EREFUSED (the client is closing)
 */
enum badge_status signer_start(struct signing *signing, uv_loop_t *loop, struct badge_err *err) BADGE_CHECKED;

#endif
