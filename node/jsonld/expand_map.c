/*
 * Containers that are maps (JSON-LD 1.1 API section 5.1.2, steps 13.7 and 13.8): of languages, indexes, ids, types and
 * graphs. The keys become @language, @index, a property, @id or @type of what they lead to.
 */
#include "jsonld/expand.h"

#include "core/text.h"

/* An element of a map's value, which may be an array or not. */
static size_t n_of(const struct badge_json_value *value)
{
    return badge_json_is(value, BADGE_JSON_ARRAY) ? badge_json_count(value) : 1;
}

static const struct badge_json_value *element_of(const struct badge_json_value *value, size_t i)
{
    return badge_json_is(value, BADGE_JSON_ARRAY) ? badge_json_at(value, i, NULL) : value;
}

static struct badge_text direction_text(enum ld_direction direction)
{
    if (direction == LD_DIRECTION_LTR)
        return (struct badge_text){"ltr", 3};
    return direction == LD_DIRECTION_RTL ? (struct badge_text){"rtl", 3} : (struct badge_text){0};
}

enum badge_status ld_expand_language_map(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                         const struct ld_member *member)
{
    enum ld_direction direction = member->term->direction ? (enum ld_direction)member->term->direction
                                                          : context->direction;
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < badge_json_count(member->value); i++) {
        struct badge_text language, expanded;
        const struct badge_json_value *values = badge_json_at(member->value, i, &language);
        status = ld_expand_iri(run, &expanded, context, language, LD_VOCAB_RELATIVE, NULL);
        if (status != BADGE_OK)
            return status;
        struct ld_value value = {.direction = direction_text(direction)};
        if (ld_keyword(expanded) != LD_NO_KEY)
            value.language = language;
        for (size_t k = 0; k < n_of(values); k++) {
            struct ld_item item;
            value.value = element_of(values, k);
            if (badge_json_is(value.value, BADGE_JSON_NULL))
                continue;
            if (!badge_json_is(value.value, BADGE_JSON_STRING))
                return ld_fail(run, value.value, "invalid language map value");
            if (value.language.bytes)
                status = ld_check_language(run, value.language, value.value);
            if (status == BADGE_OK)
                status = ld_new_value(run, &item, &value);
            if (status == BADGE_OK)
                status = ld_push(run, out, item);
            if (status != BADGE_OK)
                return status;
        }
    }
    return status;
}

/* -- index maps ---------------------------------------------------------------------------------------------------- */

/* One entry of an index map. */
struct entry {
    struct badge_text key, iri; /* iri: the key expanded as a property or type is */
    const struct badge_json_value *value;
    bool is_none;
    struct badge_text property; /* that the key is a value of; bytes NULL: none */
    struct ld_item index;       /* that value */
};

/* Step 13.8.3.7.2: the key is a value of a property. */
static enum badge_status add_index_property(struct ld_run *run, struct ld_item *item, const struct entry *entry)
{
    const struct ld_array index = {.item = (struct ld_item *)&entry->index, .n = 1, .capacity = 1};
    if (item->kind != LD_NODE)
        return ld_fail(run, entry->value, "invalid value object");
    return ld_add_to_node(run, item->as.node, entry->property, &index);
}

static bool is_graph(const struct ld_item *item)
{
    return item->kind == LD_NODE && item->as.node->has_graph && !item->as.node->has_type &&
           item->as.node->n_properties == 0 && item->as.node->n_reverse == 0 && !item->as.node->has_included;
}

static enum badge_status add_key_type(struct ld_run *run, struct ld_node *node, struct badge_text type)
{
    enum badge_status status = ld_add_type(run, node, type, 1);
    for (size_t i = node->n_types; i > 1 && status == BADGE_OK; i--)
        node->type[i - 1] = node->type[i - 2];
    if (status == BADGE_OK)
        node->type[0] = type;
    node->has_type = true;
    return status;
}

/* Step 13.8.3.7, of one item. */
static enum badge_status annotate(struct ld_run *run, struct ld_item *item, const struct ld_context *context,
                                  unsigned container, const struct entry *entry)
{
    enum badge_status status = BADGE_OK;
    if ((container & LD_AS_GRAPH) && !is_graph(item)) {
        struct ld_node node = {.has_graph = true};
        status = ld_check_graph_item(run, item, entry->value);
        if (status == BADGE_OK)
            status = ld_push(run, &node.graph, *item);
        if (status == BADGE_OK)
            status = ld_new_node(run, item, &node);
        item->index = (struct badge_text){0};
    }
    if (status != BADGE_OK || entry->is_none)
        return status;
    if (entry->property.bytes)
        return add_index_property(run, item, entry);
    if (container & LD_AS_INDEX) {
        if (!item->index.bytes)
            item->index = entry->key;
        return BADGE_OK;
    }
    if (item->kind != LD_NODE)
        return ld_fail(run, entry->value, "invalid value object");
    if (container & LD_AS_TYPE)
        return add_key_type(run, item->as.node, entry->iri);
    if (item->as.node->has_id)
        return BADGE_OK;
    item->as.node->has_id = true;
    status = ld_expand_iri(run, &item->as.node->id, context, entry->key, LD_DOCUMENT_RELATIVE, NULL);
    return status == BADGE_OK ? ld_check_iri(run, item->as.node->id, entry->value, "relative IRI") : status;
}

/* Step 13.8.3.1 to 13.8.3.3. */
static enum badge_status enter_entry(struct ld_run *run, const struct ld_context **context, unsigned container,
                                     struct badge_text key)
{
    if ((container & (LD_AS_ID | LD_AS_TYPE)) && (*context)->previous)
        *context = (*context)->previous;
    const struct ld_term *term = container & LD_AS_TYPE ? ld_find_term(*context, key) : NULL;
    if (!term || !term->context.value)
        return BADGE_OK;
    return ld_context_remembered(run, context, *context, term->context, LD_NO_PROPAGATE, NULL);
}

/* Which property the keys are values of: step 13.8.2. */
static enum badge_status read_index_property(struct ld_run *run, struct entry *entry, const struct ld_context *context,
                                             const struct ld_member *member, struct badge_text name)
{
    const struct badge_json_value *key = core_json_string(run->arena, entry->key);
    struct badge_text copy;
    if (!key || !ld_concat(&copy, run->arena, name, (struct badge_text){0}))
        return ld_no_memory(run);
    enum badge_status status = ld_expand_iri(run, &entry->property, context, copy, LD_VOCAB_RELATIVE, NULL);
    if (status == BADGE_OK)
        status = ld_check_iri(run, entry->property, member->value, "undefined term");
    if (status == BADGE_OK)
        status = ld_expand_value(run, &entry->index, context, ld_find_term(context, name), key);
    return status;
}

/* Step 13.8.3, of one entry of the map. */
static enum badge_status expand_entry(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                      const struct ld_member *member, struct entry *entry)
{
    unsigned container = member->term->container;
    const struct ld_context *inner = context;
    enum badge_status status = enter_entry(run, &inner, container, entry->key);
    unsigned flags = LD_VOCAB_RELATIVE | (container & LD_AS_TYPE ? LD_DOCUMENT_RELATIVE : 0);
    if (status == BADGE_OK)
        status = ld_expand_iri(run, &entry->iri, context, entry->key, flags, NULL);
    entry->is_none = status == BADGE_OK && ld_keyword(entry->iri) == LD_NO_KEY;
    if (status == BADGE_OK && (container & LD_AS_TYPE) && !entry->is_none)
        status = ld_check_iri(run, entry->iri, entry->value, "undefined type");
    struct badge_text name = member->term->index;
    if (status == BADGE_OK && name.bytes && ld_keyword(name) == LD_NOT_KEYWORD && !entry->is_none)
        status = read_index_property(run, entry, context, member, name);

    size_t first = out->n;
    for (size_t i = 0; i < n_of(entry->value) && status == BADGE_OK; i++) {
        bool is_array;
        status = ld_expand_element(run, out, &is_array, inner, &member->property, element_of(entry->value, i), true);
    }
    for (size_t i = first; i < out->n && status == BADGE_OK; i++)
        status = annotate(run, &out->item[i], context, container, entry);
    return status;
}

enum badge_status ld_expand_index_map(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                      const struct ld_member *member)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < badge_json_count(member->value) && status == BADGE_OK; i++) {
        struct entry entry = {0};
        entry.value = badge_json_at(member->value, i, &entry.key);
        status = expand_entry(run, out, context, member, &entry);
    }
    return status;
}
