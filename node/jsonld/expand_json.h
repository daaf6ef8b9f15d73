/*
 * The expanded form as JSON.
 */
#ifndef JSONLD_EXPAND_JSON_H
#define JSONLD_EXPAND_JSON_H

#include "jsonld/expanded.h"

/* NULL: out of memory. Texts and literals are borrowed. */
const struct badge_json_value *ld_to_json(struct badge_arena *arena, const struct ld_array *expanded) BADGE_CHECKED;

#endif
