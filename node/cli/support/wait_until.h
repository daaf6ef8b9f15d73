/*
 * Asks a node about many items until each is as far as the caller wants: `badge submit --wait` and `badge revoke
 * --wait`. It only reads, so whatever happens meanwhile, asking changes nothing.
 */
#ifndef CLI_SUPPORT_WAIT_UNTIL_H
#define CLI_SUPPORT_WAIT_UNTIL_H

#include "cli/support/http_retry.h"
#include "cli/support/progress.h"

enum wait_next { WAIT_DONE, WAIT_AGAIN, WAIT_STOP };

struct wait_until {
    struct session *session;
    const char *node;          /* its URL */
    const char *authorization; /* NULL: none */
    size_t n_items;
    struct progress *progress; /* shows how many are done */
    /* Writes the path below the node to ask about an item; false: there is nothing to ask about it. */
    bool (*path)(void *context, size_t item, char *out, size_t capacity);
    /* Takes the answer, or the failure. After WAIT_STOP nothing more is asked. */
    enum wait_next (*take)(void *context, size_t item, const struct net_response *response);
    void *context;

    /* of wait_until_run() itself */
    size_t next, n_in_flight, n_done;
    bool stopped;
};

/* Returns when every item is done, or after WAIT_STOP. */
void wait_until_run(struct wait_until *wait);

#endif
