/*
 * Messages between threads: a queue under a lock, and a uv_async that wakes the loop. Code on the pool or on another
 * loop posts here. Invariant: messages run on the mailbox's loop in the order of posting, each exactly once.
 */
#include "runtime/mailbox.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes the whole queue at once, so that a message that posts another one can't starve the loop's other handles. */
static bool take_queue(struct mailbox *mailbox)
{
    uv_mutex_lock(&mailbox->lock);
    mailbox->taken = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = &mailbox->first;
    uv_mutex_unlock(&mailbox->lock);
    return mailbox->taken;
}

static void run_taken(struct mailbox *mailbox)
{
    while (mailbox->taken) {
        struct message *message = mailbox->taken;
        mailbox->taken = message->next; /* first: the handler may free the message */
        message->handler(message);
    }
}

static void on_async(uv_async_t *async)
{
    struct mailbox *mailbox = async->data;
    take_queue(mailbox);
    run_taken(mailbox);
}

int mailbox_init(struct mailbox *mailbox, uv_loop_t *loop)
{
    int rc = uv_mutex_init(&mailbox->lock);
    if (rc < 0)
        return rc;
    mailbox->first = mailbox->taken = NULL;
    mailbox->last = &mailbox->first;
    mailbox->async.data = mailbox;
    rc = uv_async_init(loop, &mailbox->async, on_async);
    if (rc < 0)
        uv_mutex_destroy(&mailbox->lock);
    return rc;
}

void mailbox_post(struct mailbox *mailbox, struct message *message)
{
    message->next = NULL;
    uv_mutex_lock(&mailbox->lock);
    *mailbox->last = message;
    mailbox->last = &message->next;
    /* Under the lock: the message may run at once and close the mailbox, and the async must still exist here. */
    uv_async_send(&mailbox->async);
    uv_mutex_unlock(&mailbox->lock);
}

static void on_closed(uv_handle_t *handle)
{
    struct mailbox *mailbox = handle->data;
    uv_mutex_destroy(&mailbox->lock);
}

void mailbox_close(struct mailbox *mailbox)
{
    do
        run_taken(mailbox);
    while (take_queue(mailbox));
    uv_close((uv_handle_t *)&mailbox->async, on_closed);
}
