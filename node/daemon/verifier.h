/*
 * POST /v1/verify on the main loop: takes a job from an HTTP thread, has audit ask the chain, posts the report back.
 * The node trusts the registry it anchors in, and its own account for the issuers whose credentials it takes.
 */
#ifndef DAEMON_VERIFIER_H
#define DAEMON_VERIFIER_H

#include "api/verify_job.h"
#include "net/client.h"
#include "runtime/settings.h"

struct verifier;

/* Settings and mailbox are borrowed for the verifier's life; the mailbox's loop is that of the client. */
enum badge_status verifier_new(struct verifier **out, const struct settings *settings, struct net_client *client,
                               uv_loop_t *loop, struct mailbox *mailbox, struct badge_err *err) BADGE_CHECKED;
/* No job is under way any more. */
void verifier_free(struct verifier *verifier);
/* For api_options.verify, the verifier being its context; any thread. */
void verifier_take(void *verifier, struct verify_job *job);

#endif
