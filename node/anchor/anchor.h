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

#include "anchor/options.h"
#include "anchor/status.h"

struct anchor;

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

void anchor_accept_stale_store(struct anchor *anchor); /* by the operator's request; only while ANCHOR_STORE_STALE */

/* Sends nothing new; an open write still completes; frees itself when the loop ends. */
void anchor_close(struct anchor *anchor);

void anchor_health(struct anchor *anchor, struct anchor_health *out);

/* For other users on the main loop; they last until their open requests have ended. */
struct providers *anchor_providers(struct anchor *anchor);

#endif
