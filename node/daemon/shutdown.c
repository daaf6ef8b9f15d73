/*
 * Shuts the node down. main.c sets it up before the parts open. The invariant: http finishes first, so that open
 * requests are still answered by working parts; then the others close, in reverse, and the main loop ends.
 */
#include "daemon/shutdown.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/compiler.h"
#include "runtime/log.h"
#include "runtime/sd_notify.h"

static void close_all(struct shutdown *shutdown)
{
    uv_close((uv_handle_t *)&shutdown->terminate, NULL);
    uv_close((uv_handle_t *)&shutdown->interrupt, NULL);
    reload_close(shutdown->reload);
    node_close(shutdown->node);
}

static void on_http_stopped(struct message *message)
{
    close_all(container_of(message, struct shutdown, http_stopped));
}

static void start_shutdown(struct shutdown *shutdown)
{
    struct node *node = shutdown->node;
    node->stopping = true;
    notify_send("STOPPING=1");
    shutdown->http_stopped.handler = on_http_stopped;
    http_stop(node->http, &node->mailbox, &shutdown->http_stopped);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct shutdown *shutdown = handle->data;
    if (shutdown->signalled) {
        log_warn("second signal: stopping at once", log_i64("signal", number));
        _exit(EXIT_FAILURE); /* what was acknowledged is on disk */
    }
    shutdown->signalled = true;
    log_info("stopping", log_i64("signal", number));
    if (!shutdown->node->stopping)
        start_shutdown(shutdown);
}

void shutdown_init(struct shutdown *shutdown, struct node *node, struct reload *reload)
{
    shutdown->node = node;
    shutdown->reload = reload;
    node_catch_signal(node, &shutdown->terminate, SIGTERM, on_signal, shutdown);
    node_catch_signal(node, &shutdown->interrupt, SIGINT, on_signal, shutdown);
}

void shutdown_on_failure(void *context)
{
    struct shutdown *shutdown = context;
    shutdown->failed = true;
    start_shutdown(shutdown);
}

void shutdown_unopened(struct shutdown *shutdown)
{
    shutdown->failed = true;
    shutdown->node->stopping = true;
    close_all(shutdown);
}
