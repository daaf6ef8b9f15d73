/*
 * The digest and the version of a badge in an image. Called by bake.c and unbake.c.
 */
#include "cli/support/baked_image.h"

#include "badge/text.h"

enum badge_status baked_image_digest(struct badge_digester *digester, struct badge_digest *out, const char *bytes,
                                     size_t len, struct badge_err *err)
{
    enum badge_status status = badge_digester_update(digester, bytes, len, err);
    if (status == BADGE_OK)
        status = badge_digester_final(digester, out, err);
    if (status == BADGE_OK && out->label == BADGE_LABEL_RAW)
        status = badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                            "only JSON credentials and JWTs can be baked into images: this is neither");
    return status;
}

const char *baked_image_version_name(enum image_version version)
{
    return version == IMAGE_OB3 ? "3.0" : "2.0";
}
