/*
 * The badge in an image, as `badge bake` and `badge unbake` describe it.
 */
#ifndef CLI_SUPPORT_BAKED_IMAGE_H
#define CLI_SUPPORT_BAKED_IMAGE_H

#include "badge/digest.h"
#include "image/image.h"

/*
 * Reads bytes as a credential that can be in an image: JSON or a JWT, and not an image itself.
 * errors    BADGE_EUNSUPPORTED (neither JSON nor a JWT), those of badge_digester_update() and badge_digester_final()
 */
enum badge_status baked_image_digest(struct badge_digester *digester, struct badge_digest *out, const char *bytes,
                                     size_t len, struct badge_err *err) BADGE_CHECKED;

/* The version of Open Badges: "3.0". */
const char *baked_image_version_name(enum image_version version);

#endif
