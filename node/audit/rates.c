/*
 * Counts by name, in windows of a minute that begin with the first of a name. Called by issuer_documents.c.
 */
#include "audit/rates.h"

#include <string.h>

#include "badge/hash.h"

static bool is_over(const struct rate *rate, uint64_t now_ms)
{
    return rate->n == 0 || now_ms - rate->since_ms >= RATES_WINDOW_MS;
}

bool rates_count(struct rates *rates, const void *name, size_t len, unsigned most, uint64_t now_ms)
{
    struct badge_hash hash;
    struct rate *place = NULL;
    badge_sha256(&hash, name, len);
    for (size_t i = 0; i < RATES_MAX; i++) {
        struct rate *rate = &rates->rate[i];
        if (rate->n > 0 && memcmp(rate->name, hash.b, sizeof rate->name) == 0) {
            place = rate;
            break;
        }
        if (!place && is_over(rate, now_ms))
            place = rate;
    }
    if (!place)
        return false;
    if (is_over(place, now_ms)) {
        memcpy(place->name, hash.b, sizeof place->name);
        place->since_ms = now_ms;
        place->n = 0;
    }
    if (place->n >= most)
        return false;
    place->n++;
    return true;
}
