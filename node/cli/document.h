/*
 * A credential's file as the commands read it.
 */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "badge/digest.h"

#define DOCUMENT_MAX_HELD ((size_t)64 << 20) /* of JSON; other bytes are hashed as they stream */

/* errors    BADGE_ENOTFOUND, BADGE_ETYPE (it can't be read), those of badge_digester_final() */
enum badge_status document_digest(struct badge_digester *digester, struct badge_digest *out, const char *path,
                                  struct badge_err *err) __attribute__((warn_unused_result));

/* Says what is wrong with a file, and where in it; returns CLI_USAGE. */
int document_fail(const char *path, const struct badge_err *err);

#endif
