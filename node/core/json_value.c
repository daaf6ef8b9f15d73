/*
 * Accessors of a JSON tree, for receipts, claims and the daemon's requests. Nothing here fails; a value that is absent
 * or of another type is NULL or false, so that lookups chain.
 */
#include "core/json_tree.h"
#include "core/text.h"

#include <string.h>

#define SAFE_INTEGER 9007199254740991.0 /* 2^53 - 1 */

bool badge_json_is(const struct badge_json_value *value, enum badge_json_type type)
{
    return value && value->type == type;
}

const struct badge_json_value *badge_json_member(const struct badge_json_value *object, const char *name)
{
    if (!badge_json_is(object, BADGE_JSON_OBJECT))
        return NULL;
    size_t len = strlen(name), low = 0, high = object->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct badge_json_value *pair = &object->as.child[2 * middle];
        int order = core_json_compare(name, len, pair->as.text, pair->len);
        if (order == 0)
            return pair + 1;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

size_t badge_json_count(const struct badge_json_value *array_or_object)
{
    return badge_json_is(array_or_object, BADGE_JSON_ARRAY) || badge_json_is(array_or_object, BADGE_JSON_OBJECT)
               ? array_or_object->len
               : 0;
}

const struct badge_json_value *badge_json_at(const struct badge_json_value *array_or_object, size_t i,
                                             struct badge_text *name)
{
    if (i >= badge_json_count(array_or_object))
        return NULL;
    if (array_or_object->type == BADGE_JSON_ARRAY)
        return &array_or_object->as.child[i];
    const struct badge_json_value *pair = &array_or_object->as.child[2 * i];
    if (name)
        *name = (struct badge_text){pair->as.text, pair->len};
    return pair + 1;
}

bool badge_json_string(const struct badge_json_value *value, struct badge_text *out)
{
    if (!badge_json_is(value, BADGE_JSON_STRING))
        return false;
    *out = (struct badge_text){value->as.text, value->len};
    return true;
}

bool badge_json_number(const struct badge_json_value *value, double *out)
{
    if (!badge_json_is(value, BADGE_JSON_NUMBER))
        return false;
    *out = value->as.number;
    return true;
}

bool badge_json_integer(const struct badge_json_value *value, int64_t *out)
{
    double number;
    if (!badge_json_number(value, &number) || number < -SAFE_INTEGER || number > SAFE_INTEGER ||
        (double)(int64_t)number != number)
        return false;
    *out = (int64_t)number;
    return true;
}

bool badge_json_equals(const struct badge_json_value *value, const char *text)
{
    struct badge_text string;
    return badge_json_string(value, &string) && core_text_is(string, text);
}

bool badge_json_includes(const struct badge_json_value *value, const char *text)
{
    bool found = badge_json_equals(value, text);
    for (size_t i = 0; !found && badge_json_is(value, BADGE_JSON_ARRAY) && i < value->len; i++)
        found = badge_json_equals(&value->as.child[i], text);
    return found;
}

/* -- values of one's own ------------------------------------------------------------------------------------------- */

static size_t n_children(const struct badge_json_value *container)
{
    return container->type == BADGE_JSON_OBJECT ? 2 * (size_t)container->len : container->len;
}

struct badge_json_value *core_json_string(struct badge_arena *arena, struct badge_text text)
{
    struct badge_json_value *value = badge_arena_alloc(arena, sizeof *value);
    BADGE_ASSERT(text.len <= UINT32_MAX);
    if (value)
        *value = (struct badge_json_value){
            .type = BADGE_JSON_STRING, .len = (uint32_t)text.len, .as = {.text = text.bytes}};
    return value;
}

struct badge_json_value *core_json_copy(struct badge_arena *arena, const struct badge_json_value *array_or_object)
{
    size_t len = n_children(array_or_object) * sizeof *array_or_object;
    struct badge_json_value *copy = badge_arena_alloc(arena, sizeof *copy + len);
    if (!copy)
        return NULL;
    *copy = *array_or_object;
    memcpy(copy + 1, array_or_object->as.child, len);
    copy->as.child = copy + 1;
    return copy;
}

struct badge_json_value *core_json_array(struct badge_arena *arena, size_t n)
{
    struct badge_json_value *array = badge_arena_alloc(arena, (n + 1) * sizeof *array);
    BADGE_ASSERT(n <= UINT32_MAX);
    if (!array)
        return NULL;
    memset(array, 0, (n + 1) * sizeof *array);
    *array = (struct badge_json_value){.type = BADGE_JSON_ARRAY, .len = (uint32_t)n, .as = {.child = array + 1}};
    return array;
}

/* value NULL: without the member */
static const struct badge_json_value *replace_member(struct badge_arena *arena, const struct badge_json_value *object,
                                                     const char *name, const struct badge_json_value *value)
{
    size_t name_len = strlen(name), n = 0, from = 0;
    struct badge_json_value *copy = badge_arena_alloc(arena, (2 * (size_t)object->len + 3) * sizeof *copy);
    if (!copy)
        return NULL;
    struct badge_json_value *child = copy + 1;
    while (from < object->len &&
           core_json_compare(object->as.child[2 * from].as.text, object->as.child[2 * from].len, name, name_len) < 0)
        from++;
    if (from > 0)
        memcpy(child, object->as.child, 2 * from * sizeof *child);
    n = from;
    if (value) {
        child[2 * n] = (struct badge_json_value){
            .type = BADGE_JSON_STRING, .len = (uint32_t)name_len, .as = {.text = name}};
        child[2 * n++ + 1] = *value;
    }
    if (from < object->len &&
        core_json_compare(object->as.child[2 * from].as.text, object->as.child[2 * from].len, name, name_len) == 0)
        from++;
    if (from < object->len)
        memcpy(child + 2 * n, object->as.child + 2 * from, 2 * (object->len - from) * sizeof *child);
    *copy = (struct badge_json_value){
        .type = BADGE_JSON_OBJECT, .len = (uint32_t)(n + object->len - from), .as = {.child = child}};
    return copy;
}

const struct badge_json_value *core_json_without(struct badge_arena *arena, const struct badge_json_value *object,
                                                 const char *name)
{
    return replace_member(arena, object, name, NULL);
}

const struct badge_json_value *core_json_with(struct badge_arena *arena, const struct badge_json_value *object,
                                              const char *name, const struct badge_json_value *value)
{
    return replace_member(arena, object, name, value);
}

void core_json_set(struct badge_json_value *container, size_t i, const struct badge_json_value *value)
{
    struct badge_json_value *child = container + 1;
    child[container->type == BADGE_JSON_OBJECT ? 2 * i + 1 : i] = *value;
}
