/* Sends a signed transaction to every provider that is up; one that accepts it is enough. */
#ifndef CHAIN_BROADCAST_H
#define CHAIN_BROADCAST_H

#include "chain/provider.h"
#include "chain/send_error.h"

/* One at a time; owned by the caller, and must last until the callback. */
struct broadcast {
    size_t n_open;
    enum send_result result; /* the first-ranked so far */
    char text[232];          /* the provider's error text that goes with it */
    void (*callback)(struct broadcast *broadcast);
    void *context;
    struct broadcast_call {
        struct broadcast *broadcast;
        struct provider *provider;
    } call[PROVIDERS_MAX];
};
/* The callback runs exactly once, later; false: nothing was sent, and the callback never runs. */
bool broadcast_start(struct broadcast *broadcast, struct providers *providers, const uint8_t *raw, size_t raw_len);

#endif
