/*
 * The registry's events of a range of blocks, from all quorum members at once: they count only if all members that
 * answered returned the same list. The follower and the anchor read with it.
 */
#ifndef CHAIN_QUORUM_EVENTS_H
#define CHAIN_QUORUM_EVENTS_H

#include "chain/quorum.h"
#include "chain/registry_events.h"

#define SPAN_MAX_BLOCKS 10000 /* the limit of most providers */

/* What the answers of the quorum to one eth_getLogs of n_blocks mean. */
enum scan_outcome {
    SCAN_DONE,
    SCAN_REFUSED, /* by all, or by some while the range is wide: try a smaller or a newer range */
    SCAN_FAILED,
    SCAN_DIFFERS, /* providers disagree, or a block was replaced during the scan */
    SCAN_UNASKED, /* no provider could be asked */
};
enum scan_outcome quorum_scan_outcome(const struct quorum *logs, uint64_t n_blocks);

/*
 * In the coroutine. *out, for SCAN_DONE, is the caller's, in order: registry_events_release().
 * quorum    `excluded` is the caller's, all else is set; afterwards it has what the members answered
 */
enum scan_outcome quorum_events(struct registry_events *out, struct quorum *quorum,
                                const struct quorum_members *members, const struct registry_events_filter *wanted,
                                struct coroutine *coroutine);
/* After SCAN_DONE: members that refused even that range need not be asked again. True: excluded[] has new ones. */
bool quorum_exclude_refusing(bool excluded[PROVIDERS_MAX], const struct quorum *quorum);

#endif
