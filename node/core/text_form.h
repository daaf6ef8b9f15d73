/*
 * Bytes read as text, as a lenient reader would: UTF-16 and UTF-32 become UTF-8; byte-order marks, white space of
 * Unicode, quotes and "Bearer" at the ends are left out.
 */
#ifndef CORE_TEXT_FORM_H
#define CORE_TEXT_FORM_H

#include "badge/json.h"

/* Whether bytes that begin so may be text that is read; decides from the first 64. */
bool text_form_begins(const char *bytes, size_t len);
/* False: out of memory. */
bool text_form_read(struct badge_text *out, struct badge_arena *arena, struct badge_text bytes) BADGE_CHECKED;
/*
 * A compact JWS without the white space within it and without padding, in base64url; *padded: it was not that. False:
 * it is not one, or its header is not a JSON object. room: text.len bytes, for the token.
 */
bool text_form_token(struct badge_text *out, bool *padded, char *room, struct badge_text text);
/* Whether a token stands somewhere in the text. */
bool text_form_has_token(struct badge_text text);

/* Decodes base64url leniently (leftover bits are dropped, other characters passed over); out: len bytes of room. */
size_t text_form_base64url(char *out, const char *text, size_t len);

#endif
