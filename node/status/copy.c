/*
 * Compares an assertion of Open Badges 2.0 with the copy at its own address, for evaluate.c.
 */
#include "core/claims.h"
#include "core/text.h"
#include "status/evaluate.h"

#define MAX_ARENA ((size_t)32 << 20)
#define MAX_STEPS ((size_t)1 << 20) /* of the comparison, so that many arrays of one cost no more */

struct comparison {
    size_t n_steps;
};

static bool same(struct comparison *comparison, const struct badge_json_value *a, const struct badge_json_value *b);

static bool is_kind(const struct badge_json_value *value, enum badge_json_type type)
{
    return badge_json_is(value, type);
}

static bool same_arrays(struct comparison *comparison, const struct badge_json_value *a,
                        const struct badge_json_value *b)
{
    size_t n = badge_json_count(a);
    if (n != badge_json_count(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!same(comparison, badge_json_at(a, i, NULL), badge_json_at(b, i, NULL)))
            return false;
    return true;
}

/* Whether each member of one is in the other: both are in the order of their canonical form. */
static bool same_objects(struct comparison *comparison, const struct badge_json_value *a,
                         const struct badge_json_value *b)
{
    size_t i = 0, k = 0, n = badge_json_count(a), m = badge_json_count(b);
    for (;;) {
        struct badge_text name_a = {"", 0}, name_b = {"", 0};
        const struct badge_json_value *of_a = NULL, *of_b = NULL;
        struct badge_text text;
        while (i < n && (of_a = badge_json_at(a, i, &name_a)) &&
               (is_kind(of_a, BADGE_JSON_NULL) || (badge_json_string(of_a, &text) && text.len == 0) ||
                (core_text_is(name_a, "revoked") && is_kind(of_a, BADGE_JSON_FALSE))))
            i++;
        while (k < m && (of_b = badge_json_at(b, k, &name_b)) &&
               (is_kind(of_b, BADGE_JSON_NULL) || (badge_json_string(of_b, &text) && text.len == 0) ||
                (core_text_is(name_b, "revoked") && is_kind(of_b, BADGE_JSON_FALSE))))
            k++;
        if (i == n || k == m)
            return i == n && k == m;
        if (!core_text_equal(name_a, name_b) || !same(comparison, of_a, of_b))
            return false;
        i++;
        k++;
    }
}

/* Whether the object has this id. */
static bool is_named(const struct badge_json_value *object, const struct badge_json_value *url)
{
    struct badge_text a, b;
    return badge_json_string(claims_id(object), &a) && badge_json_string(url, &b) && core_text_equal(a, b);
}

static bool same(struct comparison *comparison, const struct badge_json_value *a, const struct badge_json_value *b)
{
    struct badge_text text_a, text_b;
    double number_a, number_b;
    if (++comparison->n_steps > MAX_STEPS)
        return false;
    if (is_kind(a, BADGE_JSON_ARRAY) && !is_kind(b, BADGE_JSON_ARRAY))
        return badge_json_count(a) == 1 && same(comparison, badge_json_at(a, 0, NULL), b);
    if (is_kind(b, BADGE_JSON_ARRAY) && !is_kind(a, BADGE_JSON_ARRAY))
        return badge_json_count(b) == 1 && same(comparison, a, badge_json_at(b, 0, NULL));
    if (is_kind(a, BADGE_JSON_ARRAY))
        return same_arrays(comparison, a, b);
    if (is_kind(a, BADGE_JSON_OBJECT))
        return is_kind(b, BADGE_JSON_OBJECT) ? same_objects(comparison, a, b) : is_named(a, b);
    if (is_kind(b, BADGE_JSON_OBJECT))
        return is_named(b, a);
    if (badge_json_string(a, &text_a))
        return badge_json_string(b, &text_b) && core_text_equal(text_a, text_b);
    if (badge_json_number(a, &number_a))
        return badge_json_number(b, &number_b) && number_a == number_b;
    return (is_kind(a, BADGE_JSON_TRUE) && is_kind(b, BADGE_JSON_TRUE)) ||
           (is_kind(a, BADGE_JSON_FALSE) && is_kind(b, BADGE_JSON_FALSE)) ||
           (is_kind(a, BADGE_JSON_NULL) && is_kind(b, BADGE_JSON_NULL));
}

bool status_same_assertion(struct badge_text a, struct badge_text b)
{
    const struct badge_json_value *of_a, *of_b;
    struct comparison comparison = {.n_steps = 0};
    struct badge_arena arena;
    badge_arena_init(&arena, MAX_ARENA);
    bool is_same = badge_json_parse(&of_a, &arena, a.bytes, a.len, NULL) == BADGE_OK &&
                   badge_json_parse(&of_b, &arena, b.bytes, b.len, NULL) == BADGE_OK && same(&comparison, of_a, of_b);
    badge_arena_release(&arena);
    return is_same;
}
