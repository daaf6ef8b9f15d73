/*
 * The parts of the daemon and how they are wired. main.c opens them in the order of their dependencies, which is that
 * of the functions below, and has them closed in reverse.
 *
 *   main.c        main(), the order, SIGTERM and SIGINT, the end
 *   reload.c      SIGHUP and each second: settings, tokens, the operator's key
 *   health.c      metrics and the service manager's view
 *   arguments.c   the settings, from arguments, environment and file
 *   node.c        the wiring
 *   operator.c    an operator's account from the settings
 *   verifier.c    POST /v1/verify
 */
#ifndef DAEMON_NODE_H
#define DAEMON_NODE_H

#include "api/api.h"
#include "daemon/verifier.h"
#include "http/server.h"
#include "runtime/age.h"
#include "runtime/tokens.h"
#include "site/site.h"

struct node {
    uv_loop_t loop;
    struct mailbox mailbox;
    const struct settings *settings; /* borrowed for the life of the node */
    bool stopping;                   /* shutdown has begun: nothing new is started */

    struct store *store;
    struct published_folder *published;
    struct events *events;
    struct tokens *tokens;
    struct net_client *client;
    struct verifier *verifier;
    struct anchor *anchor;
    struct follow *follow;
    struct batch *batch;
    struct intake *intake;
    struct api_options api;
    struct site *site;            /* NULL in a build without pages */
    struct http_module module[2]; /* the API and the site */
    size_t n_modules;
    struct http *http;

    struct age oldest_unanchored, oldest_revocation; /* for the metrics: health.c */
};

/* The main loop and its mailbox; fatal() on failure. */
void node_init(struct node *node, const struct settings *settings);
/* Handles a signal on the main loop; fatal() on failure. The caller closes the handle. */
void node_catch_signal(struct node *node, uv_signal_t *handle, int number, uv_signal_cb handler, void *context);

/* Each fails with the errors of its parts; node_close() and node_release() are due all the same. */
enum badge_status node_open_store(struct node *node, struct badge_err *err) BADGE_CHECKED;
enum badge_status node_open_chain(struct node *node, struct badge_err *err) BADGE_CHECKED;
enum badge_status node_open_intake(struct node *node, struct badge_err *err) BADGE_CHECKED;
enum badge_status node_open_http(struct node *node, struct badge_err *err) BADGE_CHECKED;

/* Once http has stopped: closes the parts that it used. Each closes its handles, and then the main loop ends. */
void node_close(struct node *node);
/* After the main loop: the store and what else has no handles. */
void node_release(struct node *node);

/*
 * health.c: what monitors see, as metrics, and for the service manager a watchdog's sign of life with a status line.
 * Each second, on the main loop, once all parts are open.
 */
void node_report_health(struct node *node);

#endif
