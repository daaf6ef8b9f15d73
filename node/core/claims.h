/*
 * The members that decide, one table for the claims, the notices and the summary.
 */
#ifndef CORE_CLAIMS_H
#define CORE_CLAIMS_H

#include "badge/text.h"
#include "core/reading.h"
#include "core/shape.h"

/* A NumericDate from here on (the year 5138) is probably in milliseconds. */
#define CLAIMS_MILLISECONDS_FROM 1e11

enum claims_place {
    CLAIMS_ANYWHERE = 1,
    CLAIMS_TOKEN = 2,         /* in the payload of a JWT, as a number */
    CLAIMS_OPEN_BADGES_2 = 4, /* in an assertion, and in OpenAttestation 2 */
};

struct claims_date {
    const char *name;
    bool is_end;
    unsigned where; /* enum claims_place */
};
#define CLAIMS_N_DATES 8
extern const struct claims_date claims_date[CLAIMS_N_DATES];

/* Whether the layer has this date, in a place where it counts. */
bool claims_has_date(const struct badge_layer *layer, const struct claims_date *date);
/* False: it can't be read. */
bool claims_date_read(struct badge_date *out, const struct claims_date *date, const struct badge_json_value *member);
/* Whether nothing can be said of the document but that it was recorded. */
bool claims_only_recorded(const struct badge_claims *claims);
/* OpenAttestation: whether the issuer keeps a contract or service in which the document may be revoked. */
bool claims_has_store(const struct badge_layer *layer);

/* `id` or `@id` of an object; NULL: it has none. */
const struct badge_json_value *claims_id(const struct badge_json_value *object);

#endif
