/*
 * The expanded form as a JSON tree in the arena. Called by badge_jsonld_expand().
 */
#include "jsonld/expand_json.h"

#include "core/json_tree.h"
#include "jsonld/iri.h"

#define MAX_KEYWORDS 8 /* of one object */

/* An object that is being made: room for its members, and for as many more to sort them. */
struct object {
    struct badge_json_value *child;
    size_t n, capacity;
};

static bool write_array(struct badge_json_value *out, struct badge_arena *arena, const struct ld_array *array);

static struct badge_json_value string(struct badge_text text)
{
    return (struct badge_json_value){.type = BADGE_JSON_STRING, .len = (uint32_t)text.len, .as = {.text = text.bytes}};
}

static bool begin(struct object *object, struct badge_arena *arena, size_t n_members)
{
    *object = (struct object){.capacity = n_members};
    object->child = badge_arena_alloc(arena, 4 * n_members * sizeof *object->child);
    return object->child;
}

/* The place of the next member's value. */
static struct badge_json_value *member(struct object *object, struct badge_text name)
{
    BADGE_ASSERT(object->n < object->capacity);
    struct badge_json_value *pair = object->child + 2 * object->n++;
    pair[0] = string(name);
    return pair + 1;
}

static void put_text(struct object *object, enum ld_keyword keyword, struct badge_text text)
{
    if (text.bytes)
        *member(object, ld_keyword_text(keyword)) = string(text);
}

static void end(struct badge_json_value *out, struct object *object)
{
    core_json_sort(object->child, object->n, object->child + 2 * object->capacity);
    *out = (struct badge_json_value){
        .type = BADGE_JSON_OBJECT, .len = (uint32_t)object->n, .as = {.child = object->child}};
}

static bool write_types(struct badge_json_value *out, struct badge_arena *arena, const struct ld_node *node)
{
    struct badge_json_value *element = badge_arena_alloc(arena, (node->n_types + 1) * sizeof *element);
    if (!element)
        return false;
    for (size_t i = 0; i < node->n_types; i++)
        element[i] = string(node->type[i]);
    *out = (struct badge_json_value){
        .type = BADGE_JSON_ARRAY, .len = (uint32_t)node->n_types, .as = {.child = element}};
    return true;
}

static bool write_properties(struct object *object, struct badge_arena *arena, const struct ld_property *property,
                             size_t n)
{
    bool fits = true;
    for (size_t i = 0; i < n && fits; i++)
        fits = write_array(member(object, property[i].iri), arena, &property[i].values);
    return fits;
}

static bool write_reverse(struct badge_json_value *out, struct badge_arena *arena, const struct ld_node *node)
{
    struct object object;
    if (!begin(&object, arena, node->n_reverse) || !write_properties(&object, arena, node->reverse, node->n_reverse))
        return false;
    end(out, &object);
    return true;
}

static bool write_node(struct badge_json_value *out, struct badge_arena *arena, const struct ld_node *node,
                       struct badge_text index)
{
    struct object object;
    if (!begin(&object, arena, node->n_properties + MAX_KEYWORDS))
        return false;
    if (node->has_id)
        *member(&object, ld_keyword_text(LD_ID)) = node->id.bytes ? string(node->id)
                                                                  : (struct badge_json_value){.type = BADGE_JSON_NULL};
    put_text(&object, LD_INDEX, index);
    bool fits = write_properties(&object, arena, node->property, node->n_properties);
    if (fits && node->has_type)
        fits = write_types(member(&object, ld_keyword_text(LD_TYPE)), arena, node);
    if (fits && node->has_graph)
        fits = write_array(member(&object, ld_keyword_text(LD_GRAPH)), arena, &node->graph);
    if (fits && node->has_included)
        fits = write_array(member(&object, ld_keyword_text(LD_INCLUDED)), arena, &node->included);
    if (fits && node->n_reverse > 0)
        fits = write_reverse(member(&object, ld_keyword_text(LD_REVERSE)), arena, node);
    if (fits)
        end(out, &object);
    return fits;
}

static bool write_item(struct badge_json_value *out, struct badge_arena *arena, const struct ld_item *item)
{
    struct object object;
    if (item->kind == LD_NODE)
        return write_node(out, arena, item->as.node, item->index);
    if (!begin(&object, arena, MAX_KEYWORDS))
        return false;
    put_text(&object, LD_INDEX, item->index);
    if (item->kind == LD_LIST) {
        if (!write_array(member(&object, ld_keyword_text(LD_LIST_KEYWORD)), arena, item->as.list))
            return false;
    } else {
        *member(&object, ld_keyword_text(LD_VALUE_KEYWORD)) = *item->as.value->value;
        put_text(&object, LD_TYPE, item->as.value->type);
        put_text(&object, LD_LANGUAGE, item->as.value->language);
        put_text(&object, LD_DIRECTION, item->as.value->direction);
    }
    end(out, &object);
    return true;
}

static bool write_array(struct badge_json_value *out, struct badge_arena *arena, const struct ld_array *array)
{
    struct badge_json_value *element = badge_arena_alloc(arena, (array->n + 1) * sizeof *element);
    bool fits = element;
    for (size_t i = 0; i < array->n && fits; i++)
        fits = write_item(&element[i], arena, &array->item[i]);
    *out = (struct badge_json_value){.type = BADGE_JSON_ARRAY, .len = (uint32_t)array->n, .as = {.child = element}};
    return fits;
}

const struct badge_json_value *ld_to_json(struct badge_arena *arena, const struct ld_array *expanded)
{
    struct badge_json_value *out = badge_arena_alloc(arena, sizeof *out);
    return out && write_array(out, arena, expanded) ? out : NULL;
}
