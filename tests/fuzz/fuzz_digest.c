/*
 * The digester with any bytes: two pieces give the same result as the whole, a small limit only causes refusals, and
 * the canonical form has the digest of the document (unless it is refused for an integer beyond 2^53 that was written
 * with an exponent). The first two bytes are the position of the cut.
 */
#include <string.h>

#include "badge/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum badge_status status;
    struct badge_digest digest;
};

static struct badge_digester *digester(size_t max_held)
{
    struct badge_digester *out;
    BADGE_ASSERT(badge_digester_new(&out, max_held, NULL) == BADGE_OK);
    return out;
}

static struct outcome digest(struct badge_digester *d, const void *bytes, size_t len, size_t cut)
{
    struct outcome out = {.status = badge_digester_update(d, bytes, cut, NULL)};
    if (out.status == BADGE_OK)
        out.status = badge_digester_update(d, (const char *)bytes + cut, len - cut, NULL);
    enum badge_status final = badge_digester_final(d, &out.digest, NULL);
    BADGE_ASSERT(out.status == BADGE_OK || out.status == final);
    out.status = final;
    return out;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    BADGE_ASSERT(a->status == b->status);
    if (a->status != BADGE_OK)
        return;
    BADGE_ASSERT(a->digest.label == b->digest.label);
    BADGE_ASSERT(memcmp(a->digest.value.b, b->digest.value.b, sizeof a->digest.value.b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t cut = (size_t)data[0] << 8 | data[1];
    data += 2;
    size -= 2;
    cut = size == 0 ? 0 : cut % (size + 1);

    struct badge_digester *whole = digester(1 << 20), *pieces = digester(1 << 20), *small = digester(32);
    struct outcome first = digest(whole, data, size, size), second = digest(pieces, data, size, cut);
    check_same(&first, &second);

    struct outcome limited = digest(small, data, size, cut);
    if (limited.status != BADGE_ELIMIT)
        check_same(&first, &limited);
    else
        BADGE_ASSERT(size > 32);

    if (first.status == BADGE_OK) {
        struct badge_claims claims;
        struct badge_text canonical = badge_digester_canonical(whole);
        badge_claims_read(&claims, badge_digester_reading(whole));
        if (first.digest.label != BADGE_LABEL_RAW) {
            badge_digester_clear(pieces);
            second = digest(pieces, canonical.bytes, canonical.len, canonical.len / 2);
            if (second.status != BADGE_ENUMBER)
                check_same(&first, &second);
        }
    }
    badge_digester_free(whole);
    badge_digester_free(pieces);
    badge_digester_free(small);
    return 0;
}
