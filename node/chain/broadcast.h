/* Sends a signed transaction to every provider that is up; one that accepts it is enough. */
#ifndef CHAIN_BROADCAST_H
#define CHAIN_BROADCAST_H

#include "chain/provider.h"
#include "chain/send_error.h"
#include "runtime/coroutine.h"

struct broadcast {
    enum send_result result; /* the first-ranked so far */
    char text[232];          /* the provider's error text that goes with it */
    /* private */
    size_t n_open;
    struct coroutine *waiting;
    struct broadcast_call {
        struct broadcast *broadcast;
        struct provider *provider;
    } call[PROVIDERS_MAX];
};
/* In the coroutine: returns when all have answered. False: nothing was sent. */
bool broadcast_send(struct broadcast *broadcast, struct providers *providers, const uint8_t *raw, size_t raw_len,
                    struct coroutine *coroutine);

#endif
