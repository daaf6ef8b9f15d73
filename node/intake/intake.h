/*
 * Intake: makes a digest durable, and only then answers the request.
 *
 * One writer thread takes the whole queue, makes it durable with one sync (group commit) and posts the replies;
 * requests that arrive during a sync join the next one. There is no timer, so a single request waits for one sync only.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "badge/reading.h"
#include "runtime/mailbox.h"
#include "store/store.h"

struct intake;

struct intake_options {
    struct store *store;
    const char *const *issuers; /* credential issuer ids that are accepted; n_issuers 0: any */
    size_t n_issuers;
    void (*on_durable)(void *context); /* called by the writer thread after a group with something new; may be NULL */
    void *context;
};

/* The submissions of one request. Owned by the caller, who keeps it until `done` is handled. */
struct intake_request {
    struct store_submission *submission;
    size_t n;
    struct mailbox *reply_to; /* of the caller's loop */
    struct message done;      /* posted to reply_to when every submission has its outcome */
    struct intake_request *next;
};

enum badge_status intake_new(struct intake **out, const struct intake_options *options,
                             struct badge_err *err) BADGE_CHECKED;
/*
 * Checks that this node accepts credentials of this issuer. A document without an issuer is accepted only if all
 * issuers are. errors    BADGE_EREFUSED
 */
enum badge_status intake_accepts(const struct intake *intake, const struct badge_claims *claims,
                                 struct badge_err *err) BADGE_CHECKED;
/* Any thread; never fails; `done` is posted exactly once. */
void intake_submit(struct intake *intake, struct intake_request *request);
/* Processes the queue, then ends the thread. No more submissions may follow. Blocks. */
void intake_free(struct intake *intake);

#endif
