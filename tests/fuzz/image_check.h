/*
 * The invariants of every image, for the fuzzers of PNG and SVG: reading it twice gives the same result, and a badge
 * that is baked into it is read back exactly once, whatever the image contained before.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "image/image.h"

static inline void image_check(const void *bytes, size_t len)
{
    static const char credential[] = "{\"a\":\"]]>&<\\u0000\",\r\n\"b\":\"\xc3\xa9\"}", receipt[] = "{}";
    struct image image, again;
    struct badge_err err = {.status = BADGE_OK};
    enum badge_status status = image_read(&image, bytes, len, &err);
    BADGE_ASSERT(status == err.status && (status == BADGE_OK || err.text[0] != '\0'));
    BADGE_ASSERT(!(image.credential && image.url) && (!image.url || image.version == IMAGE_OB2));
    bool has_nothing = !image.credential && !image.url && !image.receipt; /* it may be broken, and not fit for baking */
    image_release(&image);

    struct image_badge badge = {.version = IMAGE_OB3,
                                .credential = {credential, sizeof credential - 1},
                                .receipt = {receipt, sizeof receipt - 1}};
    char *baked = NULL;
    size_t baked_len;
    enum badge_status baking = image_bake(&baked, &baked_len, bytes, len, &badge, true, NULL);
    BADGE_ASSERT(status == BADGE_OK
                     ? baking == BADGE_OK || baking == BADGE_EUNSUPPORTED || (has_nothing && baking == BADGE_EIMAGE)
                     : baking == status);
    if (baking != BADGE_OK)
        return;
    status = image_read(&again, baked, baked_len, NULL);
    BADGE_ASSERT(status == BADGE_OK || status == BADGE_ELIMIT); /* the element may be one too many */
    if (status == BADGE_OK) {
        BADGE_ASSERT(again.version == IMAGE_OB3 && again.credential_len == sizeof credential - 1);
        BADGE_ASSERT(memcmp(again.credential, credential, again.credential_len) == 0);
        BADGE_ASSERT(again.receipt_len == sizeof receipt - 1);
    }
    image_release(&again);
    free(baked);
}
