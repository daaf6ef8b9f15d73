/*
 * The expanded form as it is built: items, arrays, and nodes with their properties. Everything lives in the document's
 * arena; what is counted here bounds the whole.
 */
#include "jsonld/expand.h"

#include <string.h>

#include "core/text.h"

#define FEW 12           /* properties that are searched one by one */
#define MAX_REVERSE 1000 /* of one node; they are searched one by one too */

/* A copy in the arena; NULL: out of memory. */
static void *keep(struct ld_run *run, const void *from, size_t len)
{
    void *to = badge_arena_alloc(run->arena, len);
    if (to)
        memcpy(to, from, len);
    return to;
}

enum badge_status ld_reserve(struct ld_run *run, struct ld_array *array, size_t n)
{
    if (n <= array->capacity - array->n)
        return BADGE_OK;
    size_t capacity = array->n + n > 2 * array->capacity ? array->n + n : 2 * array->capacity;
    struct ld_item *item = badge_arena_alloc(run->arena, capacity * sizeof *item);
    if (!item)
        return ld_no_memory(run);
    if (array->item)
        memcpy(item, array->item, array->n * sizeof *item);
    array->item = item;
    array->capacity = capacity;
    return BADGE_OK;
}

enum badge_status ld_push(struct ld_run *run, struct ld_array *array, struct ld_item item)
{
    enum badge_status status = ld_reserve(run, array, 1);
    if (status != BADGE_OK)
        return status;
    BADGE_ASSERT(array->item);
    array->item[array->n++] = item;
    return BADGE_OK;
}

/* Counts one more thing that is made. */
static enum badge_status count(struct ld_run *run)
{
    return ++run->n_nodes > run->max_nodes ? ld_too_large(run, NULL) : BADGE_OK;
}

enum badge_status ld_new_node(struct ld_run *run, struct ld_item *out, const struct ld_node *from)
{
    *out = (struct ld_item){.kind = LD_NODE, .as.node = keep(run, from, sizeof *from)};
    return out->as.node ? count(run) : ld_no_memory(run);
}

enum badge_status ld_new_value(struct ld_run *run, struct ld_item *out, const struct ld_value *from)
{
    *out = (struct ld_item){.kind = LD_VALUE, .as.value = keep(run, from, sizeof *from)};
    return out->as.value ? count(run) : ld_no_memory(run);
}

enum badge_status ld_new_list(struct ld_run *run, struct ld_item *out, const struct ld_item *item, size_t n)
{
    struct ld_array list = {.n = n, .capacity = n};
    if (n > 0)
        list.item = keep(run, item, n * sizeof *item);
    *out = (struct ld_item){.kind = LD_LIST, .as.list = keep(run, &list, sizeof list)};
    return (n == 0 || list.item) && out->as.list ? count(run) : ld_no_memory(run);
}

enum badge_status ld_add_type(struct ld_run *run, struct ld_node *node, struct badge_text type, size_t n_more)
{
    size_t n = node->n_types;
    if (n == node->type_capacity) {
        size_t capacity = n + n_more > 2 * n ? n + n_more : 2 * n;
        struct badge_text *grown = badge_arena_alloc(run->arena, capacity * sizeof *grown);
        if (!grown)
            return ld_no_memory(run);
        if (n > 0)
            memcpy(grown, node->type, n * sizeof *grown);
        node->type = grown;
        node->type_capacity = capacity;
    }
    node->type[node->n_types++] = type;
    return count(run);
}

/* -- properties ---------------------------------------------------------------------------------------------------- */

/* Room for one more; the array is the node's own. */
static struct ld_property *append(struct ld_run *run, struct ld_property **array, size_t *n, size_t *capacity,
                                  struct badge_text iri)
{
    if (*n == *capacity) {
        size_t more = *capacity == 0 ? 8 : 2 * *capacity;
        struct ld_property *grown = badge_arena_alloc(run->arena, more * sizeof *grown);
        if (!grown)
            return NULL;
        if (*array)
            memcpy(grown, *array, *n * sizeof *grown);
        *array = grown;
        *capacity = more;
    }
    BADGE_ASSERT(*array);
    struct ld_property *property = &(*array)[(*n)++];
    *property = (struct ld_property){.iri = iri};
    return property;
}

static struct ld_property *find(struct ld_property *array, size_t n, struct badge_text iri)
{
    for (size_t i = 0; i < n; i++)
        if (core_text_equal(array[i].iri, iri))
            return &array[i];
    return NULL;
}

/* The bucket of an IRI: its property's place plus one, or 0. */
static size_t *bucket_of(const struct ld_building *building, struct badge_text iri)
{
    size_t i = ld_hash(iri) & (building->n_buckets - 1);
    while (building->bucket[i] != 0 && !core_text_equal(building->node.property[building->bucket[i] - 1].iri, iri))
        i = (i + 1) & (building->n_buckets - 1);
    return &building->bucket[i];
}

/* Buckets for twice as many properties as there are. */
static bool index_properties(struct ld_run *run, struct ld_building *building)
{
    size_t n = 64;
    while (n < 4 * building->node.n_properties)
        n *= 2;
    building->bucket = badge_arena_alloc(run->arena, n * sizeof *building->bucket);
    if (!building->bucket)
        return false;
    memset(building->bucket, 0, n * sizeof *building->bucket);
    building->n_buckets = n;
    for (size_t i = 0; i < building->node.n_properties; i++)
        *bucket_of(building, building->node.property[i].iri) = i + 1;
    return true;
}

static struct ld_property *property_of(struct ld_run *run, struct ld_building *building, struct badge_text iri)
{
    struct ld_node *node = &building->node;
    if (node->n_properties >= FEW && 2 * node->n_properties >= building->n_buckets && !index_properties(run, building))
        return NULL;
    size_t *bucket = building->n_buckets > 0 ? bucket_of(building, iri) : NULL;
    struct ld_property *property = bucket ? (*bucket != 0 ? &node->property[*bucket - 1] : NULL)
                                          : find(node->property, node->n_properties, iri);
    if (property)
        return property;
    property = append(run, &node->property, &node->n_properties, &node->property_capacity, iri);
    if (property && bucket)
        *bucket = node->n_properties;
    return property;
}

static enum badge_status add_all(struct ld_run *run, struct ld_array *to, const struct ld_array *values)
{
    if (to->n == 0) {
        *to = *values;
        return BADGE_OK;
    }
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < values->n && status == BADGE_OK; i++)
        status = ld_push(run, to, values->item[i]);
    return status;
}

enum badge_status ld_add(struct ld_run *run, struct ld_building *building, struct badge_text iri,
                         const struct ld_array *values)
{
    struct ld_property *property = property_of(run, building, iri);
    return property ? add_all(run, &property->values, values) : ld_no_memory(run);
}

enum badge_status ld_add_to_node(struct ld_run *run, struct ld_node *node, struct badge_text iri,
                                 const struct ld_array *values)
{
    struct ld_property *property = find(node->property, node->n_properties, iri);
    if (!property)
        property = append(run, &node->property, &node->n_properties, &node->property_capacity, iri);
    if (!property)
        return ld_no_memory(run);
    struct ld_array all = {0};
    enum badge_status status = ld_reserve(run, &all, values->n + property->values.n);
    for (size_t i = 0; i < values->n && status == BADGE_OK; i++)
        status = ld_push(run, &all, values->item[i]);
    for (size_t i = 0; i < property->values.n && status == BADGE_OK; i++)
        status = ld_push(run, &all, property->values.item[i]);
    property->values = all;
    return status;
}

enum badge_status ld_add_reverse(struct ld_run *run, struct ld_node *node, struct badge_text iri,
                                 const struct ld_array *values, const struct badge_json_value *at)
{
    for (size_t i = 0; i < values->n; i++)
        if (values->item[i].kind != LD_NODE)
            return ld_fail(run, at, "invalid reverse property value");
    struct ld_property *property = find(node->reverse, node->n_reverse, iri);
    if (!property && node->n_reverse == MAX_REVERSE)
        return ld_too_large(run, at);
    if (!property)
        property = append(run, &node->reverse, &node->n_reverse, &node->reverse_capacity, iri);
    return property ? add_all(run, &property->values, values) : ld_no_memory(run);
}
