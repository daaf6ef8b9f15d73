/* The health of the chain connection, for /readyz and /v1/node. Written on the main loop; `shown` is for any thread. */
#ifndef ANCHOR_HEALTH_H
#define ANCHOR_HEALTH_H

#include "anchor/job.h"
#include "anchor/status.h"
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
    CONDITION_FEE_CAP,  /* forbids a replacement */
    CONDITION_FINALITY, /* there is none, or it does not move */
    CONDITION_REGISTRY, /* not in a final block */
    CONDITION_DISAGREE,
    CONDITION_STALLED,
    CONDITION_UNMINED, /* for long, for a reason that none of the others is */
    N_CONDITIONS
};
struct condition {
    const char *code; /* NULL: none */
    char why[200];
};

struct health {
    struct anchor_health now; /* shown from the next health_publish() on */
    uv_mutex_t lock;          /* over `shown` */
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
void health_publish(struct health *health);

/* The caps forbid a replacement of the job's transaction; NULL: no more. */
void health_at_fee_cap(struct health *health, const struct tx_job *job);

/* Providers disagree about the receipt of a job; a condition once they have done so for some time. */
void health_disagree(struct health *health, const struct tx_job *job, const char *one, const char *other,
                     uint64_t now_ms);
void health_agree(struct health *health, struct store_job_id id);

#endif
