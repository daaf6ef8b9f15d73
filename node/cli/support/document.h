/*
 * The file of a credential, as the commands read it.
 */
#ifndef CLI_SUPPORT_DOCUMENT_H
#define CLI_SUPPORT_DOCUMENT_H

#include "badge/digest.h"
#include "image/image.h"

#define DOCUMENT_MAX_HELD ((size_t)64 << 20) /* of JSON; other bytes are hashed as they stream */

/*
 * Lets the digester read images, from now on. An image that has only a link to its badge causes a warning with `path`,
 * which is borrowed until the next call.
 */
void document_take_images(struct badge_digester *digester, const char *path);
/* The receipt in an image, which the caller frees; NULL if it has none, or if the bytes are not an image. */
void document_baked_receipt(char **out, size_t *out_len, const char *bytes, size_t len);

/* "3.0": the version of Open Badges of the badge in an image. */
const char *document_badge_version(enum image_version version);
/*
 * Digests a credential that can be in an image: JSON or a JWT, and not an image itself.
 * errors    BADGE_EUNSUPPORTED (neither JSON nor a JWT), those of badge_digester_update() and badge_digester_final()
 */
enum badge_status document_digest_bakeable(struct badge_digester *digester, struct badge_digest *out, const char *bytes,
                                           size_t len, struct badge_err *err) BADGE_CHECKED;

/* errors    BADGE_ENOTFOUND, BADGE_ETYPE (it can't be read), those of badge_digester_final() */
enum badge_status document_digest(struct badge_digester *digester, struct badge_digest *out, const char *path,
                                  struct badge_err *err) BADGE_CHECKED;

/* Prints what is wrong with a file, and where in it; returns CLI_USAGE. */
int document_fail(const char *path, const struct badge_err *err);

#endif
