/*
 * The providers of one chain, in order of preference. Questions go to one at a time; one that fails makes way for the
 * next, and the generation tells the caller that whoever answers now has not been checked yet. Signed transactions go
 * to all of them.
 */
#ifndef ANCHOR_PROVIDER_H
#define ANCHOR_PROVIDER_H

#include "anchor/error.h"
#include "net/rpc.h"

struct providers {
    struct rpc **rpc;
    size_t n, current;
    uint64_t generation; /* counts the changes of current */
};

/* errors    BADGE_ESYNTAX (a URL), BADGE_ENOMEM */
enum badge_status providers_init(struct providers *providers, struct net_client *client, const char *const *url,
                                 size_t n, struct badge_err *err) __attribute__((warn_unused_result));
void providers_release(struct providers *providers);

struct rpc *providers_current(const struct providers *providers);
void providers_next(struct providers *providers);      /* the one in use has failed */
void providers_preferred(struct providers *providers); /* begin with the first again */

/* A broadcast under way; the caller's, who keeps it until the callback. One at a time. */
struct broadcast {
    size_t n_open;
    enum send_result result; /* the weightiest so far */
    char text[232];          /* what a provider said to it */
    void (*callback)(struct broadcast *broadcast);
    void *context;
};
/* Sends raw to every provider. The callback runs exactly once, later; false: nothing was sent and it never will. */
bool broadcast_start(struct broadcast *broadcast, struct providers *providers, const uint8_t *raw, size_t raw_len);

#endif
