/*
 * A strict parser of I-JSON (RFC 7493), and its canonical form (RFC 8785, JCS).
 *
 * The parser refuses, with a reason and an offset, and never repairs: invalid UTF-8, a byte-order mark, lone
 * surrogates, noncharacters, duplicate names (after unescaping), an integer literal beyond ±(2^53 − 1), a number out
 * of double range or a non-zero one that rounds to zero, nesting deeper than 64, trailing bytes. A document may be any
 * JSON value.
 *
 * A document lives in its arena and borrows the bytes it was parsed from: both must outlive it.
 */
#ifndef BADGE_JSON_H
#define BADGE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "badge/arena.h"

#define BADGE_JSON_MAX_DEPTH 64 /* the outermost array or object is depth 1 */
#define BADGE_NUMBER_LEN 26     /* the longest ECMAScript number text: "-0.0000012345678901234567" and its NUL */

enum badge_json_type {
    BADGE_JSON_NULL,
    BADGE_JSON_FALSE,
    BADGE_JSON_TRUE,
    BADGE_JSON_NUMBER,
    BADGE_JSON_STRING,
    BADGE_JSON_ARRAY,
    BADGE_JSON_OBJECT,
};

struct badge_json_value; /* opaque; lives in the arena */

struct badge_text {
    const char *bytes; /* UTF-8, not NUL-terminated, may contain U+0000 */
    size_t len;
};

/*
 * The offset of an error is that of the first byte of what is wrong: the escape, the sequence, the number, the opening
 * quote of the first name that repeats another, the bracket too deep; len if the document is truncated.
 * errors    BADGE_ESYNTAX, BADGE_EUTF8, BADGE_EDUPLICATE, BADGE_ENUMBER, BADGE_EDEPTH, BADGE_ENOMEM (the arena's
 *           ceiling), BADGE_ELIMIT (more than 4 GiB)
 */
BADGE_API enum badge_status badge_json_parse(const struct badge_json_value **out, struct badge_arena *arena,
                                             const char *bytes, size_t len, struct badge_err *err) BADGE_CHECKED;

/*
 * The canonical bytes of a value (not NULL): RFC 8785 section 3.2. *out lives in the arena.
 * They are their own canonical form. badge_json_parse() accepts them again, with one exception: a number that was
 * written with a point or an exponent and is an integer from 2^53 to below 10^21 (1e20) is printed in all its digits,
 * and as an integer literal it is refused.
 * errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_json_canonicalize(struct badge_text *out, struct badge_arena *arena,
                                                    const struct badge_json_value *value,
                                                    struct badge_err *err) BADGE_CHECKED;

/* Accessors. A NULL value is allowed everywhere and has no type, so that lookups chain without checks. */
BADGE_API bool badge_json_is(const struct badge_json_value *value, enum badge_json_type type);
BADGE_API const struct badge_json_value *badge_json_member(const struct badge_json_value *object, const char *name);
BADGE_API size_t badge_json_count(const struct badge_json_value *array_or_object);
/* The i-th element of an array, in order; of an object the i-th member's value, in canonical order, its name in *name
 * (which may be NULL). */
BADGE_API const struct badge_json_value *badge_json_at(const struct badge_json_value *array_or_object, size_t i,
                                                       struct badge_text *name);
BADGE_API bool badge_json_string(const struct badge_json_value *value, struct badge_text *out); /* unescaped */
BADGE_API bool badge_json_number(const struct badge_json_value *value, double *out);
/* An integer within ±(2^53 − 1), however it is written (1e3 is 1000). */
BADGE_API bool badge_json_integer(const struct badge_json_value *value, int64_t *out);
BADGE_API bool badge_json_equals(const struct badge_json_value *value, const char *text); /* a string with this text */
/* The same, or an array that contains such a string: the two forms of `type`. */
BADGE_API bool badge_json_includes(const struct badge_json_value *value, const char *text);

/*
 * A finite double as ECMAScript prints it (ECMA-262, Number::toString; RFC 8785 section 3.2.2.3); −0 is "0".
 * Returns the length; a NUL follows.
 */
BADGE_API size_t badge_number_format(char out[BADGE_NUMBER_LEN], double value);

#endif
