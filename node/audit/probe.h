/*
 * What one provider says of one receipt: its chain, the registry's code, the anchor at the final and at the latest
 * block, withdrawal, revocation, accreditation. Blocks are named by hash (EIP-1898), so that every answer of one
 * height is of one chain. Nothing is judged here, and nothing that failed is turned into an answer.
 */
#ifndef AUDIT_PROBE_H
#define AUDIT_PROBE_H

#include "badge/registry.h"
#include "badge/verdict.h"
#include "net/rpc.h"

struct probe_question {
    struct badge_address contract, issuer;
    struct badge_hash root, digest;
    const struct badge_address *accreditor; /* borrowed until the callback */
    size_t n_accreditors;
    struct badge_hash subject; /* keccak-256 of the credential issuer's id; used only with accreditors */
    uint64_t confirmations;    /* 0: the `finalized` tag */
    uint64_t max_head_age_s;
    int64_t now_s;
};

struct probe_accreditation {
    struct badge_fact fact;
    uint64_t since_s, until_s; /* since 0: never; until 0: still */
};

struct probe_answer {
    struct badge_fact chain, code; /* of the two below */
    uint64_t chain_id;
    struct badge_hash code_hash;
    struct badge_anchor_fact anchor_final, anchor_latest;
    uint64_t final_height, latest_height; /* of the blocks that these two were asked at */
    struct badge_fact withdrawn, revoked;
    int64_t withdrawn_time_s, revoked_time_s;
    bool has_revoked_by; /* from the event, where the provider still has it */
    struct badge_address revoked_by;
    struct probe_accreditation *accreditation; /* one an accreditor, in their order */
};

/*
 * Runs on the loop of the rpc's client. On success the callback runs exactly once, later, and the answer is borrowed
 * until it returns. errors    BADGE_ENOMEM, and those of rpc_call()
 */
typedef void (*probe_callback)(void *context, const struct probe_answer *answer);
enum badge_status probe_start(struct rpc *rpc, const struct probe_question *question, probe_callback callback,
                              void *context, struct badge_err *err) __attribute__((warn_unused_result));

/* "…: the text" into a fact that is not known. */
void fact_unknown(struct badge_fact *fact, const char *who, const char *text);

#endif
