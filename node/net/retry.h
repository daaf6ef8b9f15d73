/*
 * How long to wait before something that failed is tried again: exponential backoff with jitter, and the server's
 * Retry-After (RFC 9110, section 10.2.3) where that is longer. No clock, no timer and no source of random numbers: the
 * caller has these.
 */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include <stdint.h>

struct net_retry_policy {
    uint64_t first_ms; /* after the first failure; doubled after each further one in a row */
    uint64_t max_ms;   /* of the doubling */
    /* Up to this much is added, so that many nodes do not retry at the same time. 0: none */
    unsigned jitter_percent;
    uint64_t max_retry_after_ms; /* a longer Retry-After is cut. 0: none is honoured */
    unsigned n_tries;            /* for the caller, who gives up after that many failures. 0: no limit */
};

/*
 * n_failed          failures in a row; 0 counts as 1
 * retry_after_ms    0: the server did not send one
 * random            any number; only the jitter depends on it
 */
uint64_t net_retry_delay_ms(const struct net_retry_policy *policy, unsigned n_failed, uint64_t retry_after_ms,
                            uint64_t random);

#endif
