/*
 * The reader of wrappers with any bytes: the same claims and layers however the bytes are cut, its bounds, and that
 * what is hidden is hidden from all three checks. The first two bytes are the position of the cut.
 */
#include <string.h>

#include "badge/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_cut(struct badge_digester *d, struct badge_claims *claims, const char *bytes, size_t len, size_t cut)
{
    struct badge_digest out;
    badge_digester_clear(d);
    if (badge_digester_update(d, bytes, cut, NULL) != BADGE_OK ||
        badge_digester_update(d, bytes + cut, len - cut, NULL) != BADGE_OK ||
        badge_digester_final(d, &out, NULL) != BADGE_OK)
        return false;
    badge_claims_read(claims, badge_digester_reading(d));
    return true;
}

static void check(const struct badge_reading *reading, const struct badge_claims *claims)
{
    struct badge_notice notice[BADGE_MAX_NOTICES];
    BADGE_ASSERT(reading->n_layers >= 1 && reading->n_layers <= BADGE_MAX_LAYERS);
    BADGE_ASSERT(reading->n_inner <= BADGE_MAX_INNER);
    if (reading->hidden)
        BADGE_ASSERT(claims->issuer_err.status == BADGE_EREFUSED && claims->period_err.status == BADGE_EREFUSED &&
                     claims->status_err.status == BADGE_EREFUSED);
    size_t n = badge_notices_read(notice, reading, 1795435200, "a.json");
    BADGE_ASSERT(n <= BADGE_MAX_NOTICES && (!reading->hidden || n > 0));
    (void)badge_reading_refusal(reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_digester *a, *b;
    struct badge_claims first, second;
    if (size < 2)
        return 0;
    size_t cut = ((size_t)data[0] << 8 | data[1]) % (size - 1);
    const char *bytes = (const char *)data + 2;
    BADGE_ASSERT(badge_digester_new(&a, 1 << 20, NULL) == BADGE_OK &&
                 badge_digester_new(&b, 1 << 20, NULL) == BADGE_OK);
    bool is_read = read_cut(a, &first, bytes, size - 2, size - 2);
    BADGE_ASSERT(read_cut(b, &second, bytes, size - 2, cut) == is_read);
    if (is_read) {
        const struct badge_reading *one = badge_digester_reading(a), *other = badge_digester_reading(b);
        check(one, &first);
        BADGE_ASSERT(one->n_layers == other->n_layers && one->n_inner == other->n_inner &&
                     one->hidden == other->hidden);
        BADGE_ASSERT(memcmp(one->inner, other->inner, one->n_inner * sizeof *one->inner) == 0);
        BADGE_ASSERT(first.issuer.len == second.issuer.len && first.has_not_after == second.has_not_after &&
                     first.has_status == second.has_status);
    }
    badge_digester_free(a);
    badge_digester_free(b);
    return 0;
}
