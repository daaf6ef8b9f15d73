/*
 * The health of the chain connection, for /readyz and /v1/node. Written on the main loop; health_read() from any
 * thread.
 */
#ifndef ANCHOR_HEALTH_H
#define ANCHOR_HEALTH_H

#include "anchor/anchor.h"
#include "anchor/job.h"
#include "chain/provider.h"

/* What may be wrong, the most severe first. */
enum condition_kind {
    CONDITION_PROVIDERS, /* none is usable */
    CONDITION_ROUNDS,    /* they answer, but no round completes */
    CONDITION_BROKEN,
    CONDITION_STORE,    /* older than the chain */
    CONDITION_KEY,      /* no signer */
    CONDITION_OPERATOR, /* not an operator, or no funds */
    CONDITION_SENDING,
    CONDITION_STOPPED,
    CONDITION_FINALITY,
    CONDITION_DISAGREE,
    CONDITION_STALLED,
    N_CONDITIONS
};
struct condition {
    const char *code; /* NULL: none */
    char why[200];
};

struct health {
    uv_mutex_t lock; /* over `shown`, where others read it */
    struct anchor_health shown;
    struct condition condition[N_CONDITIONS];
    const struct providers *providers; /* borrowed */
    struct {
        uint64_t since_ms; /* 0: they agree */
        struct store_job_id id;
    } disagreement; /* of providers, on the receipt of this job: the longest */
};

/* code: static. A condition lasts until it is cleared or replaced by another of its kind. */
void health_raise(struct health *health, enum condition_kind kind, const char *code, const char *format, ...)
    BADGE_PRINTF(4, 5);
void health_clear(struct health *health, enum condition_kind kind);
void health_read(struct health *health, struct anchor_health *out);

void health_set_blocks(struct health *health, uint64_t head, uint64_t finalized);
void health_set_providers(struct health *health);
void health_set_operator(struct health *health, const struct badge_address *account);
void health_set_balance(struct health *health, const struct badge_wei *balance);
void health_set_store_age(struct health *health, enum anchor_store_age age);

/* Providers disagree about the receipt of a job; a condition once they have done so for some time. */
void health_disagree(struct health *health, const struct tx_job *job, const char *one, const char *other,
                     uint64_t now_ms);
void health_agree(struct health *health, struct store_job_id id);

#endif
