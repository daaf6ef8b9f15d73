/*
 * What chain_query.c and chain_view.c share.
 */
#ifndef CORE_CHAIN_VIEW_H
#define CORE_CHAIN_VIEW_H

#include "badge/chain_query.h"

/* Marks a fact as unknown, with the reason "who: text", each part truncated. */
void core_fact_set_unknown(struct badge_fact *fact, const char *who, const char *text);

#endif
