/*
 * POST /v1/verify on the main loop: takes a job from an HTTP thread, lets audit query the chain, posts the report back.
 * The node trusts the registry that it anchors in, its own account for the issuers whose credentials it accepts, and
 * the signatures of the issuers that its operator named.
 */
#ifndef DAEMON_VERIFIER_H
#define DAEMON_VERIFIER_H

#include "api/verify_job.h"
#include "audit/given.h"
#include "net/client.h"
#include "runtime/settings.h"

struct verifier;

/* Settings and mailbox are borrowed for the verifier's life; the mailbox's loop is that of the client. Reads the files
 * of verify.did and verify.contexts. errors    those of given_add_documents() and given_add_contexts() */
enum badge_status verifier_new(struct verifier **out, const struct settings *settings, struct net_client *client,
                               uv_loop_t *loop, struct mailbox *mailbox, struct badge_err *err) BADGE_CHECKED;
/*
 * Only when no job is active any more. A status list that the node still fetches by itself is given up once the client
 * is closed; the verifier is freed then.
 */
void verifier_close(struct verifier *verifier);
/*
 * What verify.did and verify.contexts hold now, read on the pool; the verifier then uses it for the verifications that
 * begin from then on. It is taken, also on failure.
 */
enum badge_status verifier_read_given(struct given **out, const struct settings *settings,
                                      struct badge_err *err) BADGE_CHECKED;
enum badge_status verifier_use_given(struct verifier *verifier, struct given *given,
                                     struct badge_err *err) BADGE_CHECKED;
/* For api_options.verify, with the verifier as its context; any thread. */
void verifier_take(void *verifier, struct verify_job *job);

#endif
