/*
 * A fact that could not be found out, and whose answer was to blame.
 */
#ifndef CORE_FACT_H
#define CORE_FACT_H

#include "badge/verdict.h"

/* "who: text" into a fact that is not known. */
void core_fact_unknown(struct badge_fact *fact, const char *who, const char *text);

#endif
