/* The end of the daemon: on SIGTERM and SIGINT, or when the start has failed. A second signal ends it at once. */
#ifndef DAEMON_SHUTDOWN_H
#define DAEMON_SHUTDOWN_H

#include "daemon/reload.h"

struct shutdown {
    struct node *node;
    struct reload *reload;
    uv_signal_t terminate, interrupt;
    struct message http_stopped;
    bool signalled;
    bool failed; /* the start has: for the exit status */
};

/* Handles the signals from now on; fatal() on failure. They are delivered once the main loop runs. */
void shutdown_init(struct shutdown *shutdown, struct node *node, struct reload *reload);
/* For reload_start(), with the shutdown as its context. */
void shutdown_on_failure(void *context);
/* Instead, if not all parts could be opened: closes those that are. */
void shutdown_unopened(struct shutdown *shutdown);

#endif
