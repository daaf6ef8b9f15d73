/* A signed transaction goes to every provider that is up; one that takes it is enough. */
#ifndef CHAIN_BROADCAST_H
#define CHAIN_BROADCAST_H

#include "chain/provider.h"

/* One at a time; the caller's, who keeps it until the callback. */
struct broadcast {
    size_t n_open;
    enum send_result result; /* the weightiest so far */
    char text[232];          /* what a provider said to it */
    void (*callback)(struct broadcast *broadcast);
    void *context;
};
/* The callback runs exactly once, later; false: nothing was sent and it never will. */
bool broadcast_start(struct broadcast *broadcast, struct providers *providers, const uint8_t *raw, size_t raw_len);

#endif
