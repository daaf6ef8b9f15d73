/*
 * Intake: a digest becomes a durable record, and only then is its sender answered.
 *
 * One writer thread takes all that is queued, makes it durable with one sync (group commit) and posts the answers:
 * whoever arrives during a sync joins the next. There is no tick, so a lone request waits for one sync only.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

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

/* What one request submits. The requester's, who keeps it until its letter is opened. */
struct intake_request {
    struct store_submission *submission;
    size_t n;
    struct mailbox *reply_to; /* whose loop is told */
    struct message done;      /* posted to home when every submission has its outcome */
    struct intake_request *next;
};

enum badge_status intake_new(struct intake **out, const struct intake_options *options,
                             struct badge_err *err) BADGE_CHECKED;
/*
 * Whether this node takes credentials of that issuer; a document that names none is taken only if any is.
 * errors    BADGE_EREFUSED
 */
enum badge_status intake_accepts(const struct intake *intake, const struct badge_claims *claims,
                                 struct badge_err *err) BADGE_CHECKED;
/* Any thread; never fails; done is posted exactly once. */
void intake_submit(struct intake *intake, struct intake_request *request);
/* Makes durable what is queued, answers it, ends the thread. Nobody submits any more. Blocks. */
void intake_free(struct intake *intake);

#endif
