/*
 * What a JSON object is: a credential, a wrapper of one, a record, or something else.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include "badge/json.h"

/* A member that is there: null and "" are absent (VC Data Model 2.0: JSON-LD drops null). */
const struct badge_json_value *reading_member(const struct badge_json_value *object, const char *name);
/* Whether `type` or `@type` includes it. */
bool reading_has_type(const struct badge_json_value *object, const char *type);
/* Open Badges 2.0 and 1.x: an object with `badge` and one of `recipient`, `verify`, `verification`. */
bool reading_is_assertion(const struct badge_json_value *object);

/* Of a known type of credential, or an assertion. */
bool shape_is_credential(const struct badge_json_value *object);
/* What a node records beside credentials: nothing is said of its validity. */
bool shape_is_record(const struct badge_json_value *object);
/* A JWS in one of the JSON serializations (RFC 7515 section 7.2). */
bool shape_is_jws(const struct badge_json_value *object);
bool shape_is_presentation(const struct badge_json_value *object);
bool shape_is_envelope(const struct badge_json_value *object);
bool shape_is_openattestation2(const struct badge_json_value *object);

/* Whether the object has no members but those of the list. */
bool shape_only_members(const struct badge_json_value *object, const char *const *known, size_t n);
/* Whether anything in the value looks like a credential, a wrapper of one, or a token; skip: members not looked at. */
bool shape_may_hide(const struct badge_json_value *value, const char *const *skip, size_t n_skip);
bool shape_text_may_hide(struct badge_text text);

#endif
