/*
 * The only place that uses the operator's key, local or at a remote signer. It signs only calls of our contract's
 * `anchor` or `revoke`, on our chain, without value, with fees under the operator's caps: no answer of a provider can
 * lead to another transaction, and no other answer of a remote signer is accepted.
 */
#ifndef ANCHOR_SIGNER_H
#define ANCHOR_SIGNER_H

#include "badge/eth.h"
#include "chain/fee.h"
#include "chain/rpc.h"
#include "runtime/coroutine.h"
#include "store/store.h"

/*
 * The maximum gas limit of a call; an anchor takes about 56,000 and a revoked digest about 25,500, more only on a chain
 * that charges gas for data. 0: such a call may not be signed.
 */
#define SIGNER_MAX_GAS 10000000
#define SIGNER_MAX_GAS_OF_DIGEST 50000 /* in addition, for each */
uint64_t signer_max_gas(const uint8_t *call, size_t len);

struct signer {
    struct badge_key *key; /* owned; NULL: the remote signer signs */
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

/* key is taken; NULL: no signer yet. */
void signer_init(struct signer *signer, struct badge_key *key, uint64_t chain_id, const struct badge_address *contract,
                 const struct fee_caps *caps);
void signer_release(struct signer *signer);
static inline bool signer_is_there(const struct signer *signer)
{
    return signer->key || signer->remote;
}

/* errors    BADGE_EREFUSED: a fee above its cap, too much gas, another call */
enum badge_status signer_check(const struct signer *signer, const struct signer_call *call,
                               struct badge_err *err) BADGE_CHECKED;
/* With the local key; any thread. errors    those of signer_check() */
enum badge_status signer_sign(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                              struct badge_err *err) BADGE_CHECKED;
/*
 * In the coroutine, which waits: with the local key on the pool, or by the remote signer.
 * errors    BADGE_EIO: the remote signer does not answer; BADGE_EREFUSED: it refused, or signer_check() does;
 *           BADGE_EMISMATCH: it returned another transaction
 */
enum badge_status signer_request(struct store_attempt *out, const struct signer *signer, const struct signer_call *call,
                                 struct coroutine *coroutine, struct badge_err *err) BADGE_CHECKED;

#endif
