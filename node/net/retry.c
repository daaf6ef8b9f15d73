/*
 * The one rule of retries. JSON-RPC, the audit, the command line, ejected providers and the pauses between rounds use
 * it, each with its own numbers. The invariant: a delay is never shorter than the server's Retry-After, up to the
 * policy's maximum.
 */
#include "net/retry.h"

uint64_t net_retry_delay_ms(const struct net_retry_policy *policy, unsigned n_failed, uint64_t retry_after_ms,
                            uint64_t random)
{
    uint64_t ms = policy->first_ms, most = policy->max_retry_after_ms;
    for (unsigned n = 1; n < n_failed && ms < policy->max_ms; n++)
        ms *= 2;
    ms = ms < policy->max_ms ? ms : policy->max_ms;
    ms += random % (ms * policy->jitter_percent / 100 + 1);
    retry_after_ms = retry_after_ms < most ? retry_after_ms : most;
    return retry_after_ms > ms ? retry_after_ms : ms;
}
