/*
 * The digester as other files of core see it.
 */
#ifndef CORE_DIGESTER_H
#define CORE_DIGESTER_H

#include "badge/digest.h"

/* The memory for reading a document, as badge_digester_limit_memory() has set it. */
size_t digester_max_memory(const struct badge_digester *digester);

#endif
