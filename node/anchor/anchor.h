/*
 * The states of an anchor: sealed → signed → sent → mined → final. One transition table, and one function that changes
 * the state: it checks, persists, logs, then acts. This node manages the nonce: {nonce, root, raw transaction, hash}
 * are on disk before the broadcast. One transaction is in flight at a time. Revocations go through the same states,
 * many digests in one transaction, collected while another one is in flight; if both wait, revocations go before
 * anchors.
 *
 * Runs on the main loop; writes go through the pool. anchor_health() may be called from any thread.
 */
#ifndef ANCHOR_ANCHOR_H
#define ANCHOR_ANCHOR_H

#include "badge/eth.h"
#include "net/client.h"
#include "store/store.h"

struct anchor;

struct anchor_options {
    uv_loop_t *loop;
    struct store *store;
    struct net_client *client;
    const char *const *rpc_url; /* in order of preference */
    size_t n_rpc_urls;
    uint64_t chain_id;
    struct badge_address contract, issuer;
    struct badge_key *operator_key; /* taken; NULL: anchor_use() follows */
    uint64_t confirmations;         /* 0: the chain's `finalized` tag */
    uint64_t max_fee_wei, max_priority_fee_wei;
    uint64_t bump_after_ms;
    /*
     * May be NULL. On the loop, once the batch's new state is on disk; also for a resealed batch and for the spoiled
     * one that it replaces. fee_wei: the cost of the mined transaction, 0 if unknown.
     */
    void (*on_moved)(void *context, const struct store_batch *batch, uint64_t fee_wei);
    void *context;
};

enum badge_status anchor_new(struct anchor **out, const struct anchor_options *options,
                             struct badge_err *err) BADGE_CHECKED;
void anchor_wake(struct anchor *anchor);   /* a batch was sealed */
void anchor_notice(struct anchor *anchor); /* a revocation was requested; any thread, until anchor_close() */

/* The account that signs: a local key, or the account of a remote signer. */
struct anchor_account {
    struct badge_key *key;        /* taken, on failure too */
    const char *signer_url;       /* if key is NULL */
    struct badge_address address; /* likewise */
};
/*
 * Signs with this account from now on. An account already in use stays in use until the chain shows that the new one is
 * an operator and has funds; if not, the old one stays, and the log says why. The old key is kept until all its
 * transactions are final.
 * errors    BADGE_ESYNTAX (the URL), BADGE_ENOMEM
 */
enum badge_status anchor_use(struct anchor *anchor, const struct anchor_account *account,
                             struct badge_err *err) BADGE_CHECKED;

/* Whether the chain has anchors of this node that are missing from its store, because an old backup was restored. */
enum anchor_store_age {
    ANCHOR_STORE_UNCHECKED,
    ANCHOR_STORE_CURRENT,
    ANCHOR_STORE_STALE, /* nothing is signed until anchor_accept_stale_store() */
    ANCHOR_STORE_ACCEPTED,
};
void anchor_accept_stale_store(struct anchor *anchor); /* by the operator's request; only while ANCHOR_STORE_STALE */

/* Sends nothing new; an open write still completes; frees itself when the loop ends. */
void anchor_close(struct anchor *anchor);

#define ANCHOR_MAX_PROVIDERS 16 /* in struct anchor_health */

struct anchor_health {
    bool connected;    /* the chain answered recently; chain id, code hash and the operator's right are correct */
    char why[200];     /* if not: one sentence that says what to do */
    const char *code;  /* of that reason, static; NULL if connected: "chain_unreachable" "wrong_chain" "no_contract"
                          "wrong_contract" "out_of_sync" "broken" "not_operator" "balance_too_low" "not_sent"
                          "key_opening" "signer_unreachable" "signer_refuses"
                          "signer_wrong" "store_older_than_chain" "anchor_stopped" "no_finality" "providers_disagree"
                          "chain_stalled" */
    bool has_operator; /* false while no key is open */
    struct badge_address operator_address;
    enum anchor_store_age store_age;
    struct badge_wei balance;
    uint64_t head, finalized; /* block numbers, 0: unknown */
    struct anchor_provider {
        char url[128]; /* its origin */
        bool healthy;
        uint64_t head;
    } provider[ANCHOR_MAX_PROVIDERS];
    size_t n_providers;
};
void anchor_health(struct anchor *anchor, struct anchor_health *out);

/* For other users on the main loop; they last until their open requests have ended. */
struct providers *anchor_providers(struct anchor *anchor);

#endif
