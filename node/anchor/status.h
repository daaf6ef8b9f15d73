/* The state of the anchor, as /readyz and /v1/node show it. */
#ifndef ANCHOR_STATUS_H
#define ANCHOR_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "badge/eth.h"
#include "badge/wei.h"

/* Whether the chain has anchors of this node that are missing from its store, because an old backup was restored. */
enum anchor_store_age {
    ANCHOR_STORE_UNCHECKED,
    ANCHOR_STORE_CURRENT,
    ANCHOR_STORE_STALE, /* nothing is signed until anchor_accept_stale_store() */
    ANCHOR_STORE_ACCEPTED,
};

#define ANCHOR_MAX_PROVIDERS 16 /* in struct anchor_health */

struct anchor_health {
    bool connected;    /* the chain answered recently; chain id, code hash and the operator's right are correct */
    char why[200];     /* if not: one sentence that says what to do */
    const char *code;  /* of that reason, static; NULL if connected: "chain_unreachable" "wrong_chain" "no_contract"
                          "wrong_contract" "out_of_sync" "broken" "not_operator" "balance_too_low" "not_sent"
                          "not_mined" "fee_cap"
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

#endif
