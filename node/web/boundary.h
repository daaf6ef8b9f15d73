/*
 * Inputs and outputs at the boundary, shared by badge.c and verify.c.
 */
#ifndef WEB_BOUNDARY_H
#define WEB_BOUNDARY_H

#include "badge/evidence.h"
#include "core/json_out.h"

#define WEB_ARENA_CEILING ((size_t)256 << 20)
#define WEB_MAX_IMAGE ((size_t)16 << 20)

/* The input at an address from badge_input(); for NULL, bytes NULL. Any other address is a trap. */
struct badge_text web_input(const uint8_t *at);
/* Takes ownership of an input, so that badge_release() does not free it: free(). */
char *web_keep(const uint8_t *at);
/* Allocates the output; web_output_len() sets the length used. NULL only for a capacity over BADGE_REPORT_MAX_LEN. */
char *web_output(size_t capacity);
void web_output_len(size_t len);
/* An object as the output. */
struct json_out web_json(void);
void web_json_end(struct json_out *json);
/*
 * unbake.mjs extracts the badge before an image gets here, so an image has no badge and is raw. If it could not be
 * read, the context says why: {"status", "text"} as a JSON value; NULL: it could be read.
 */
badge_unbake web_unbake;
/* Writes the error as the output, and returns its status. */
int web_error(const struct badge_err *err);

#endif
