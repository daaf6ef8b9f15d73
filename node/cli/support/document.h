/*
 * A credential's file as the commands read it.
 */
#ifndef CLI_SUPPORT_DOCUMENT_H
#define CLI_SUPPORT_DOCUMENT_H

#include "badge/digest.h"

#define DOCUMENT_MAX_HELD ((size_t)64 << 20) /* of JSON; other bytes are hashed as they stream */

/*
 * Has the digester take images, here and after clear; one whose badge is only a URL is said so of, by its path, which
 * is borrowed until then.
 */
void document_take_images(struct badge_digester *digester, const char *path);
/* The receipt that is baked into an image, the caller's; NULL where there is none, or no image. */
void document_baked_receipt(char **out, size_t *out_len, const char *bytes, size_t len);

/* errors    BADGE_ENOTFOUND, BADGE_ETYPE (it can't be read), those of badge_digester_final() */
enum badge_status document_digest(struct badge_digester *digester, struct badge_digest *out, const char *path,
                                  struct badge_err *err) __attribute__((warn_unused_result));

/* Says what is wrong with a file, and where in it; returns CLI_USAGE. */
int document_fail(const char *path, const struct badge_err *err);

#endif
