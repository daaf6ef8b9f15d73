/*
 * Messages between threads: a loop's mailbox takes messages from any thread and runs them on its loop, in order.
 *
 * A message is embedded in the structure it is about and owned by that structure's owner; it must stay valid until it
 * has run. Posting never fails and never allocates. A mailbox is closed on its own loop; nothing may be posted after
 * that.
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
    struct message *taken; /* only for the loop: messages taken from the queue that have not run yet */
};

/* A negative uv code on failure. The mailbox does not keep its loop alive once mailbox_close() was called. */
int mailbox_init(struct mailbox *mailbox, uv_loop_t *loop) BADGE_CHECKED;
void mailbox_post(struct mailbox *mailbox, struct message *message);
/* Runs the queued messages, then closes; free the memory only after the loop has ended. A message may call it. */
void mailbox_close(struct mailbox *mailbox);

#endif
