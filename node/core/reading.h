/*
 * Makes the reading of a document (badge/reading.h) for the digester.
 */
#ifndef CORE_READING_H
#define CORE_READING_H

#include "badge/reading.h"

/* All three begin with an empty reading; what they add lives in the arena. */
void reading_of_json(struct badge_reading *out, struct badge_arena *arena, const struct badge_json_value *document);
/* errors    BADGE_ENOMEM: no memory for the payload */
enum badge_status reading_of_token(struct badge_reading *out, struct badge_arena *arena,
                                   struct badge_text token) BADGE_CHECKED;
void reading_of_bytes(struct badge_reading *out, struct badge_arena *arena, struct badge_text bytes);
/* Bytes that were too long to be kept; first: those at the beginning. */
void reading_of_long(struct badge_reading *out, struct badge_arena *arena, struct badge_text first);

/*
 * Whether terms of a JSON-LD document may say something that decides under other names: full or compact IRIs, and
 * aliases by the inline contexts of any of the objects. Of each object only its own members are looked at.
 */
bool alias_hides(const struct badge_layer *layer, size_t n_layers);

#endif
