/*
 * Polls a node about many items until each has the state that the caller wants: `badge submit --wait` and `badge revoke
 * --wait`. It only reads: polling changes nothing.
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
    /* Writes the path to poll for an item; false: the item needs no polling. */
    bool (*path)(void *context, size_t item, char *out, size_t capacity);
    /* Takes the answer, or the failure. WAIT_AGAIN: *state, static, is what the item is now. After WAIT_STOP nothing
     * more is requested. */
    enum wait_next (*take)(void *context, size_t item, const struct net_response *response, const char **state);
    void *context;

    size_t n_done; /* counts on from what the caller sets */

    struct {               /* why nothing is done: for wait_until_run() alone */
        uint64_t since_ms; /* when the last item was done, or the node was asked */
        bool asking;       /* its answer is awaited */
        const char *state; /* of an item that is not done */
        char said[256];
    } reason;
};

/*
 * Returns when every item is done, or after WAIT_STOP. When nothing was done for a minute it prints what the node says
 * that it waits for, and again when that has changed.
 */
void wait_until_run(struct wait_until *wait);

#endif
