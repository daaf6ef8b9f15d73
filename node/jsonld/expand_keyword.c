/*
 * Members whose key is a keyword (JSON-LD 1.1 API section 5.1.2, step 13.4). Every keyword is handled, or is an error.
 */
#include "jsonld/expand.h"

#include "core/text.h"

static uint32_t bit(enum ld_keyword keyword)
{
    return 1u << keyword;
}

/* Step 13.4.3. */
static enum badge_status expand_id(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                   const struct badge_json_value *value)
{
    struct badge_text text;
    if (!badge_json_string(value, &text))
        return ld_fail(run, value, "invalid @id value");
    building->node.has_id = true;
    enum badge_status status = ld_expand_iri(run, &building->node.id, scope->context, text, LD_DOCUMENT_RELATIVE, NULL);
    return status == BADGE_OK ? ld_check_iri(run, building->node.id, value, "relative IRI") : status;
}

static enum badge_status expand_type(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                     const struct badge_json_value *value, size_t n_more)
{
    struct ld_member type;
    struct badge_text text;
    if (!badge_json_string(value, &text))
        return ld_fail(run, value, "invalid type value");
    enum badge_status status = ld_read_key(run, &type, scope->types, text, value);
    if (status == BADGE_OK && type.iri.bytes == text.bytes && type.keyword == LD_NOT_KEYWORD)
        status = ld_expand_iri(run, &type.iri, scope->types, text, LD_DOCUMENT_RELATIVE, NULL);
    bool is_known = type.keyword != LD_NOT_KEYWORD || (type.term && type.term->is_iri);
    if (status == BADGE_OK && !is_known)
        status = ld_check_iri(run, type.iri, value, "undefined type");
    if (status != BADGE_OK || !type.iri.bytes)
        return status;
    return ld_add_type(run, &building->node, type.iri, n_more);
}

/* Step 13.4.4. */
static enum badge_status expand_types(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                      const struct badge_json_value *value)
{
    building->type = value;
    building->node.has_type = true;
    if (!badge_json_is(value, BADGE_JSON_ARRAY))
        return expand_type(run, building, scope, value, 1);
    enum badge_status status = BADGE_OK;
    size_t n = badge_json_count(value);
    for (size_t i = 0; i < n && status == BADGE_OK; i++)
        status = expand_type(run, building, scope, badge_json_at(value, i, NULL), n - i);
    return status;
}

/* Step 13.4.5. */
static enum badge_status expand_graph(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                      const struct badge_json_value *value)
{
    const struct ld_active graph = {.is_top = true};
    bool is_array;
    building->node.has_graph = true;
    return ld_expand_element(run, &building->node.graph, &is_array, scope->context, &graph, value, false);
}

/* Step 13.4.6. */
static enum badge_status expand_included(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                         const struct badge_json_value *value)
{
    const struct ld_active included = {.is_top = true};
    bool is_array;
    struct ld_array *out = &building->node.included;
    size_t before = out->n;
    building->node.has_included = true;
    if (!badge_json_is(value, BADGE_JSON_ARRAY) && !badge_json_is(value, BADGE_JSON_OBJECT))
        return ld_fail(run, value, "invalid @included value");
    for (size_t i = 0; i < badge_json_count(value) && badge_json_is(value, BADGE_JSON_ARRAY); i++)
        if (!badge_json_is(badge_json_at(value, i, NULL), BADGE_JSON_OBJECT))
            return ld_fail(run, badge_json_at(value, i, NULL), "invalid @included value");
    enum badge_status status = ld_expand_element(run, out, &is_array, scope->context, &included, value, false);
    if (status == BADGE_OK && before == out->n && badge_json_is(value, BADGE_JSON_OBJECT))
        return ld_fail(run, value, "invalid @included value");
    return status;
}

/* Whether the input type is @json: step 12. */
static bool is_json(const struct ld_building *building, const struct ld_scope *scope)
{
    const struct badge_json_value *type = building->first_type;
    struct badge_text text;
    if (badge_json_is(type, BADGE_JSON_ARRAY))
        type = badge_json_at(type, badge_json_count(type) - 1, NULL);
    if (!badge_json_string(type, &text))
        return false;
    const struct ld_term *term = ld_find_term(scope->context, text);
    return ld_keyword(text) == LD_JSON || (term && term->keyword == LD_JSON);
}

/* Step 13.4.7. */
static enum badge_status expand_value(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                      const struct badge_json_value *value)
{
    bool is_scalar = !badge_json_is(value, BADGE_JSON_ARRAY) && !badge_json_is(value, BADGE_JSON_OBJECT);
    if (is_json(building, scope)) {
        if (run->options->is_1_0)
            return ld_fail(run, value, "invalid value object value");
    } else if (!is_scalar) {
        return ld_fail(run, value, "invalid value object value");
    }
    building->value = value;
    return BADGE_OK;
}

/* Steps 13.4.8 to 13.4.10. */
static enum badge_status expand_annotation(struct ld_run *run, struct ld_building *building,
                                           const struct ld_member *member)
{
    switch (member->keyword) {
    case LD_LANGUAGE:
        building->at_language = member->value;
        if (!badge_json_string(member->value, &building->language))
            return ld_fail(run, member->value, "invalid language-tagged string");
        return ld_check_language(run, building->language, member->value);
    case LD_DIRECTION:
        if (!badge_json_equals(member->value, "ltr") && !badge_json_equals(member->value, "rtl"))
            return ld_fail(run, member->value, "invalid base direction");
        (void)badge_json_string(member->value, &building->direction);
        return BADGE_OK;
    default:
        if (!badge_json_string(member->value, &building->index))
            return ld_fail(run, member->value, "invalid @index value");
        return BADGE_OK;
    }
}

/* Step 13.4.11. */
static enum badge_status expand_list(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                     const struct badge_json_value *value)
{
    bool is_array;
    if (scope->property->is_top) {
        building->seen &= ~bit(LD_LIST_KEYWORD);
        return ld_drop(run, value);
    }
    return ld_expand_element(run, &building->list, &is_array, scope->context, scope->property, value, false);
}

/* Step 13.4.13. */
static enum badge_status expand_reverse(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                        const struct badge_json_value *value)
{
    const struct ld_active reverse = {.is_reverse = true};
    struct ld_array expanded = {0};
    bool is_array;
    building->seen &= ~bit(LD_REVERSE);
    if (!badge_json_is(value, BADGE_JSON_OBJECT))
        return ld_fail(run, value, "invalid @reverse value");
    enum badge_status status = ld_expand_element(run, &expanded, &is_array, scope->context, &reverse, value, false);
    if (status != BADGE_OK || expanded.n == 0)
        return status;
    BADGE_ASSERT(expanded.item[0].kind == LD_NODE);
    const struct ld_node *node = expanded.item[0].as.node;
    for (size_t i = 0; i < node->n_reverse && status == BADGE_OK; i++)
        status = ld_add(run, building, node->reverse[i].iri, &node->reverse[i].values);
    for (size_t i = 0; i < node->n_properties && status == BADGE_OK; i++) {
        building->seen |= bit(LD_REVERSE);
        status = ld_add_reverse(run, &building->node, node->property[i].iri, &node->property[i].values, value);
    }
    return status;
}

enum badge_status ld_expand_keyword(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                    const struct ld_member *member)
{
    const struct badge_json_value *value = member->value;
    bool is_array, is_1_0 = run->options->is_1_0;
    if (scope->property->is_reverse)
        return ld_fail(run, value, "invalid reverse property map");
    if (member->keyword == LD_NEST && is_1_0)
        return ld_fail(run, value, "invalid @nest value");
    if (member->keyword == LD_NEST)
        return BADGE_OK;
    if (is_1_0 && (member->keyword == LD_INCLUDED || member->keyword == LD_DIRECTION))
        return ld_drop(run, value);
    bool may_repeat = !is_1_0 && (member->keyword == LD_INCLUDED || member->keyword == LD_TYPE);
    if ((building->seen & bit(member->keyword)) != 0 && !may_repeat)
        return ld_fail(run, value, "colliding keywords");
    building->seen |= bit(member->keyword);
    switch (member->keyword) {
    case LD_ID:
        return expand_id(run, building, scope, value);
    case LD_TYPE:
        return expand_types(run, building, scope, value);
    case LD_GRAPH:
        return expand_graph(run, building, scope, value);
    case LD_INCLUDED:
        return expand_included(run, building, scope, value);
    case LD_VALUE_KEYWORD:
        return expand_value(run, building, scope, value);
    case LD_LANGUAGE:
    case LD_DIRECTION:
    case LD_INDEX:
        return expand_annotation(run, building, member);
    case LD_LIST_KEYWORD:
        return expand_list(run, building, scope, value);
    case LD_SET:
        return ld_expand_element(run, &building->set, &is_array, scope->context, scope->property, value, false);
    case LD_REVERSE:
        return expand_reverse(run, building, scope, value);
    default:
        building->seen &= ~bit(member->keyword);
        return run->options->is_unsafe ? BADGE_OK : ld_fail(run, value, "undefined term");
    }
}
