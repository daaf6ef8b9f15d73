/*
 * What may change while a node runs: API tokens and a store that waits for disk space are looked at each second; on
 * SIGHUP the settings are read again, of which those of the log, the operator's key and the files of verify.did and
 * verify.contexts count at once. The key is opened here at the start, too.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "daemon/arguments.h"
#include "daemon/node.h"
#include "daemon/operator.h"
#include "runtime/pool.h"

#define RELOAD_N_ACCEPT_FILES 2

struct reload {
    struct node *node;
    const struct arguments *arguments;
    void (*key_failed)(void *context); /* the key could not be opened at the start; the reason is in the log */
    void *context;
    uv_signal_t hangup_signal;
    uv_timer_t tick;

    /* the operator's key: opened at the start and, if it has changed, on SIGHUP */
    struct operator_opening opening;
    struct badge_hash source; /* of the one in use, or last offered */
    struct badge_address offered;
    struct pool_work open_key;
    bool opening_key;
    enum badge_status key_status;
    struct badge_err key_err;

    struct pool_work refresh; /* each second */
    bool refreshing, hangup, reading_settings, store_recovered, key_changed;
    struct badge_address operator_before; /* the account in use when the refresh started */
    char *accept_path[RELOAD_N_ACCEPT_FILES];
    bool accept_present, accept_done; /* one of the files; it is to be removed */
    struct settings reread;
    struct given *given; /* of verify.did and verify.contexts, read again */
    enum badge_status tokens_status, reread_status, given_status;
    struct badge_err tokens_err, reread_err, given_err;
};

/* Handles SIGHUP from now on, and starts the timer; fatal() on failure. Both wait for the main loop to run. */
void reload_init(struct reload *reload, struct node *node, const struct arguments *arguments);
/* Before the chain: reads the operator's key, and may prompt for its passphrase. errors    those of operator_read() */
enum badge_status reload_open(struct reload *reload, struct badge_err *err) BADGE_CHECKED;
/* Opens the key on the pool; http answers meanwhile, and reports that the node is not ready. */
void reload_start(struct reload *reload, void (*key_failed)(void *context), void *context);
/* Before the parts; what is on the pool ends by itself. */
void reload_close(struct reload *reload);
void reload_release(struct reload *reload); /* after the main loop */

#endif
