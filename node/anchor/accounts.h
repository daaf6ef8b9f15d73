/*
 * The accounts that sign: the one in use, one that may replace it, and old ones whose open transactions may need a
 * higher fee.
 */
#ifndef ANCHOR_ACCOUNTS_H
#define ANCHOR_ACCOUNTS_H

#include "anchor/health.h"
#include "anchor/signer.h"

struct retired_account {
    struct signer signer;
    struct retired_account *next;
};
struct accounts {
    struct signer current;
    bool has_candidate;
    struct signer candidate;
    struct retired_account *retired;
    unsigned n_failed;    /* failed signatures in a row */
    uint64_t retry_at_ms; /* no signature is requested before */
};

void accounts_release(struct accounts *accounts);
bool accounts_equal(const struct badge_address *a, const struct badge_address *b);
/* The signer of an account; NULL if its key is no longer available. */
const struct signer *accounts_signer(const struct accounts *accounts, const struct badge_address *account);
/* The current signer has changed. */
void accounts_activated(struct accounts *accounts, struct health *health);
/* The candidate becomes the current signer. errors    BADGE_ENOMEM: it does not */
enum badge_status accounts_take_over(struct accounts *accounts, struct health *health) BADGE_CHECKED;
/* Frees the key of a retired account; returns the next one's place. */
void accounts_release_retired(struct retired_account **at);

bool accounts_may_sign(const struct accounts *accounts, uint64_t now_ms); /* a signature may be requested */
void accounts_signed(struct accounts *accounts, struct health *health);
/* status, err: those of signer_get() */
void accounts_failed(struct accounts *accounts, struct health *health, const struct signer *signer,
                     const struct tx_job *job, enum badge_status status, const struct badge_err *err, uint64_t now_ms);

#endif
