/*
 * The checks before anything is sent: that the last final block is unchanged, that the account is an operator, and that
 * it has funds.
 */
#ifndef ANCHOR_PREFLIGHT_H
#define ANCHOR_PREFLIGHT_H

#include "anchor/round.h"

/* A step of the round. The next one is reached only if chain and contract may be read. */
enum next preflight_check(struct round *round);

/* Of any account. False: NEXT_ABORT. */
bool preflight_ask_operator(struct round *round, bool *allowed, const struct badge_address *account);
bool preflight_ask_balance(struct round *round, struct badge_wei *balance, const struct badge_address *account);
/* What an anchor may cost, at the current base fee; 0 on a chain where gas is free. */
struct badge_wei preflight_price(const struct round *round);

#endif
