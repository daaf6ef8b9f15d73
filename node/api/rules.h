/*
 * Whether a submission keeps the rules of its standard (badge/conformance.h), as its sender hears it.
 */
#ifndef API_RULES_H
#define API_RULES_H

#include "badge/reading.h"

/*
 * What came of the check. A document of no standard whose rules are known is passed over, but where rules must be
 * kept.
 */
struct rules_result {
    bool is_said;
    struct badge_notice notice; /* not_conformant; if is_said */
    char *findings; /* if it was required and is_said: JSON, as badge_conformance_encode() writes it, the caller's, with
                       free(); NULL: none, or no memory for them */
};

/* Any thread; some 10 µs for a badge of 3 kB, a third more for a line of NDJSON: only where it is asked for. */
void rules_read(struct rules_result *out, const struct badge_reading *reading, bool is_required);

#endif
