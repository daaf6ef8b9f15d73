/*
 * The layout of a JSON document in its arena; shared by the parser and the writer, opaque to everyone else.
 *
 * A value is 16 bytes. The children of a container are contiguous: the elements of an array, or name and value of each
 * member in turn, in canonical order of names.
 */
#ifndef CORE_JSON_TREE_H
#define CORE_JSON_TREE_H

#include "badge/json.h"

struct badge_json_value {
    uint8_t type;  /* enum badge_json_type */
    bool verbatim; /* of a string: nothing in it needs an escape */
    uint32_t len;  /* bytes of a string, elements of an array, members of an object */
    union {
        double number;
        const char *text;
        const struct badge_json_value *child;
    } as;
};

/*
 * Orders two names by their UTF-16 code units, as RFC 8785 section 3.2.3 requires. On UTF-8 bytes that is memcmp(),
 * with one exception: code points above U+FFFF (lead byte F0 and up) are surrogate pairs, which sort before U+E000 to
 * U+FFFF.
 */
int core_json_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/*
 * Sorts n_members pairs of name and value in place, in O(n log n) comparisons; scratch has room for as many more.
 * Equal names keep their order, so that the later one in the document comes second.
 */
void core_json_sort(struct badge_json_value *pairs, size_t n_members, struct badge_json_value *scratch);

/* badge_json_parse() with another limit of depth: a bundle is one level deeper than the credential in it. */
enum badge_status core_json_parse(const struct badge_json_value **out, struct badge_arena *arena, const char *bytes,
                                  size_t len, unsigned max_depth, struct badge_err *err) BADGE_CHECKED;

/* Values of one's own in the arena; NULL: out of memory. A string borrows its text, which is UTF-8. */
struct badge_json_value *core_json_string(struct badge_arena *arena, struct badge_text text) BADGE_CHECKED;
/* An array or object with the same elements or members, whose values core_json_set() may replace. */
struct badge_json_value *core_json_copy(struct badge_arena *arena,
                                        const struct badge_json_value *array_or_object) BADGE_CHECKED;
/* An array of so many nulls. */
struct badge_json_value *core_json_array(struct badge_arena *arena, size_t n) BADGE_CHECKED;
/* A shallow copy of an object without the member, or with this value for it; it need not have one. */
const struct badge_json_value *core_json_without(struct badge_arena *arena, const struct badge_json_value *object,
                                                 const char *name) BADGE_CHECKED;
const struct badge_json_value *core_json_with(struct badge_arena *arena, const struct badge_json_value *object,
                                              const char *name, const struct badge_json_value *value) BADGE_CHECKED;
/* As badge_json_at() counts. The container is one of core_json_copy() or core_json_array(). */
void core_json_set(struct badge_json_value *container, size_t i, const struct badge_json_value *value);

#endif
