/*
 * How threads speak: a loop's mailbox takes messages from any thread and runs them on its loop, in order of posting.
 *
 * A letter is embedded in what it is about and owned by whoever holds that; it must stay until it has run. Posting
 * never fails and never allocates. A mailbox is closed by its own loop, after which nobody may post.
 */
#ifndef RUNTIME_MAILBOX_H
#define RUNTIME_MAILBOX_H

#include <uv.h>

#include "badge/status.h"

struct message {
    struct message *next;
    void (*handler)(struct message *message); /* runs on the mailbox's loop */
};

struct mailbox {
    uv_async_t async;
    uv_mutex_t lock;
    struct message *first, **last;
    struct message *taken; /* the loop's own: messages off the queue that have yet to run */
};

/* A negative uv code on failure. The mailbox does not keep its loop alive once mailbox_close() was called. */
int mailbox_init(struct mailbox *mailbox, uv_loop_t *loop) BADGE_CHECKED;
void mailbox_post(struct mailbox *mailbox, struct message *message);
/* Runs what is queued, then closes; the memory may go when the loop has ended. A letter may call it. */
void mailbox_close(struct mailbox *mailbox);

#endif
