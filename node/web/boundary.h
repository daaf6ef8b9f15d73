/*
 * Inputs and outputs at the boundary, shared by the calls of badge.c and those of verify.c.
 */
#ifndef WEB_BOUNDARY_H
#define WEB_BOUNDARY_H

#include "badge/evidence.h"

#define WEB_ARENA_CEILING ((size_t)256 << 20)
#define WEB_MAX_IMAGE ((size_t)16 << 20)

/* The input at an address that was given out; NULL, and bytes NULL, for none. Any other is a trap. */
struct badge_text web_input(const uint8_t *at);
/* Takes an input away from badge_release(); the caller's: free(). */
char *web_keep(const uint8_t *at);
/* The output's room, of which web_output_len() says how much is used. NULL only beyond BADGE_REPORT_MAX_LEN. */
char *web_output(size_t capacity);
void web_output_len(size_t len);
/*
 * What is in an image is unbake.mjs's to say, before the image gets here: then it has no badge, and is bytes. Or it
 * can't be read, and the context says why: {"status", "text"} in JSON, NULL where it can.
 */
badge_unbake web_unbake;
/* The error as the output. */
int web_error(const struct badge_err *err);

#endif
