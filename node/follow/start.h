/*
 * Where the follower begins to read, and what it does where no provider has the events any more. These run on the
 * follower's coroutine; false: failed, as in follow/reader.h.
 */
#ifndef FOLLOW_START_H
#define FOLLOW_START_H

#include "follow/reader.h"
#include "follow/recent.h"

/* The last block before the issuer's first transaction, or one before that. */
bool start_find(struct reader *reader, uint64_t final, uint64_t *through);

/* All have refused the events of block `first`: the blocks from there on whose events all refuse, but not `final`. */
bool start_find_gap(struct reader *reader, uint64_t first, uint64_t final, struct store_gap *out);
/* Adds the withdrawals of this store's batches that the contract has at block `final`, as of block `at`. */
bool start_read_withdrawals(struct reader *reader, uint64_t final, struct store *store, uint64_t at,
                            struct recent *recent);

#endif
