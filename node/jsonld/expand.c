/*
 * Expansion (JSON-LD 1.1 API section 5.1.2): the walk through a document. Called by ld_expand(); recursion follows the
 * nesting of the document, which the parser bounds, and is bounded here again for trees of another origin.
 */
#include "jsonld/expand.h"

#include "core/text.h"
#include "jsonld/rdf.h"

#define MAX_DEPTH 256
#define MAX_SCOPED_TYPES 32 /* types of one node that have contexts of their own */

static const struct ld_term *term_in(const struct ld_context *context, const struct ld_active *property)
{
    return property->name.bytes ? ld_term_of(context, property->name, property->hash) : NULL;
}

static bool is_json_null(const struct badge_json_value *value)
{
    return badge_json_is(value, BADGE_JSON_NULL);
}

/* What a key means; the IRI of a term is found without another search. */
enum badge_status ld_read_key(struct ld_run *run, struct ld_member *member, const struct ld_context *context,
                              struct badge_text key, const struct badge_json_value *value)
{
    *member = (struct ld_member){.property = {.name = key, .hash = ld_hash(key)}, .value = value};
    struct ld_term *term = ld_term_of(context, key, member->property.hash);
    member->term = term;
    if (term) {
        member->keyword = (enum ld_keyword)term->keyword;
        if (member->keyword != LD_NOT_KEYWORD)
            member->iri = ld_keyword_text(member->keyword);
        else if (!ld_keep(run, &member->iri, &term->iri))
            return ld_no_memory(run);
        return BADGE_OK;
    }
    enum badge_status status = ld_expand_iri(run, &member->iri, context, key, LD_VOCAB_RELATIVE | LD_COUNTS_PREFIX,
                                             NULL);
    member->keyword = ld_keyword(member->iri);
    return status;
}

/* The keyword that a key means; without counting or copying anything. */
static enum ld_keyword keyword_of(const struct ld_context *context, struct badge_text key)
{
    const struct ld_term *term;
    if (key.len > 0 && key.bytes[0] == '@')
        return ld_keyword(key);
    term = ld_find_term(context, key);
    return term ? (enum ld_keyword)term->keyword : LD_NOT_KEYWORD;
}

/* -- the contexts of a map ----------------------------------------------------------------------------------------- */

/* Step 7: whether the map leaves a context that does not propagate. A value, or a mere reference, does not. */
static bool leaves(const struct ld_context *context, const struct badge_json_value *element)
{
    size_t n = badge_json_count(element);
    struct badge_text key;
    for (size_t i = 0; i < n; i++) {
        (void)badge_json_at(element, i, &key);
        enum ld_keyword keyword = keyword_of(context, key);
        if (keyword == LD_VALUE_KEYWORD || (keyword == LD_ID && n == 1))
            return false;
    }
    return true;
}

/* Adds the term of a type, if it has a context, at its place in the order of names. */
static enum badge_status add_scoped(struct ld_run *run, const struct ld_term *scoped[MAX_SCOPED_TYPES], size_t *n,
                                    const struct ld_context *types, const struct badge_json_value *type)
{
    struct badge_text name;
    const struct ld_term *term = badge_json_string(type, &name) ? ld_find_term(types, name) : NULL;
    if (!term || !term->context.value)
        return BADGE_OK;
    size_t at = 0;
    while (at < *n && core_json_compare(scoped[at]->name.bytes, scoped[at]->name.len, name.bytes, name.len) < 0)
        at++;
    if (at < *n && scoped[at] == term)
        return BADGE_OK;
    if (*n == MAX_SCOPED_TYPES)
        return ld_too_large(run, type);
    for (size_t i = (*n)++; i > at; i--)
        scoped[i] = scoped[i - 1];
    scoped[at] = term;
    return BADGE_OK;
}

/* Step 11. */
static enum badge_status enter_types(struct ld_run *run, struct ld_scope *scope, struct ld_building *building)
{
    for (size_t i = 0; i < badge_json_count(scope->element); i++) {
        struct badge_text key;
        const struct badge_json_value *value = badge_json_at(scope->element, i, &key);
        if (keyword_of(scope->types, key) != LD_TYPE)
            continue;
        if (!building->first_type)
            building->first_type = value;
        const struct ld_term *scoped[MAX_SCOPED_TYPES];
        size_t n = 0;
        enum badge_status status = BADGE_OK;
        if (!badge_json_is(value, BADGE_JSON_ARRAY))
            status = add_scoped(run, scoped, &n, scope->types, value);
        else
            for (size_t k = 0; k < badge_json_count(value) && status == BADGE_OK; k++)
                status = add_scoped(run, scoped, &n, scope->types, badge_json_at(value, k, NULL));
        for (size_t k = 0; k < n && status == BADGE_OK; k++)
            status = ld_context_remembered(run, &scope->context, scope->context, scoped[k]->context, LD_NO_PROPAGATE,
                                           NULL);
        if (status != BADGE_OK)
            return status;
    }
    return BADGE_OK;
}

/* Steps 7 to 11. */
static enum badge_status enter(struct ld_run *run, struct ld_scope *scope, struct ld_building *building,
                               struct ld_local scoped, bool from_map)
{
    enum badge_status status = BADGE_OK;
    if (scope->context->previous && !from_map && leaves(scope->context, scope->element))
        scope->context = scope->context->previous;
    if (scoped.value)
        status = ld_context_remembered(run, &scope->context, scope->context, scoped, LD_OVERRIDE, NULL);
    struct ld_local own = {badge_json_member(scope->element, "@context"), NULL};
    if (own.value && status == BADGE_OK)
        status = ld_context_process(run, &scope->context, scope->context, own, 0, NULL);
    scope->types = scope->context;
    return status == BADGE_OK ? enter_types(run, scope, building) : status;
}

/* -- the members of a map ------------------------------------------------------------------------------------------ */

/* Steps 13.5 to 13.9: the values of a property; *is_array as of ld_expand_element(). */
static enum badge_status expand_property(struct ld_run *run, struct ld_array *values, bool *is_array,
                                         const struct ld_scope *scope, const struct ld_member *member)
{
    const struct ld_term *term = member->term;
    bool is_map = badge_json_is(member->value, BADGE_JSON_OBJECT);
    *is_array = true;
    if (term && term->type_mapping == LD_TYPE_JSON) {
        struct ld_value value = {.value = member->value, .type = ld_keyword_text(LD_JSON)};
        struct ld_item item;
        enum badge_status status = ld_new_value(run, &item, &value);
        *is_array = false;
        return status == BADGE_OK ? ld_push(run, values, item) : status;
    }
    if (term && is_map && (term->container & LD_AS_LANGUAGE))
        return ld_expand_language_map(run, values, scope->context, member);
    if (term && is_map && (term->container & (LD_AS_INDEX | LD_AS_TYPE | LD_AS_ID)))
        return ld_expand_index_map(run, values, scope->context, member);
    return ld_expand_element(run, values, is_array, scope->context, &member->property, member->value, false);
}

/* Step 13.11. */
static enum badge_status wrap_in_graphs(struct ld_run *run, struct ld_array *values, const struct badge_json_value *at)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < values->n && status == BADGE_OK; i++) {
        struct ld_node node = {.has_graph = true};
        status = ld_check_graph_item(run, &values->item[i], at);
        if (status == BADGE_OK)
            status = ld_push(run, &node.graph, values->item[i]);
        if (status == BADGE_OK)
            status = ld_new_node(run, &values->item[i], &node);
    }
    return status;
}

/* Steps 13.5 to 13.13. */
static enum badge_status add_property(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                      const struct ld_member *member)
{
    struct ld_array values = {0};
    bool is_array;
    unsigned container = member->term ? member->term->container : 0;
    enum badge_status status = expand_property(run, &values, &is_array, scope, member);
    if (status != BADGE_OK || (values.n == 0 && !is_array))
        return status;
    if ((container & LD_AS_LIST) && (values.n != 1 || is_array || values.item[0].kind != LD_LIST)) {
        struct ld_item list;
        status = ld_new_list(run, &list, values.item, values.n);
        values.n = 0;
        if (status == BADGE_OK)
            status = ld_push(run, &values, list);
    }
    if (status == BADGE_OK && (container & LD_AS_GRAPH) && !(container & (LD_AS_ID | LD_AS_INDEX)))
        status = wrap_in_graphs(run, &values, member->value);
    if (status != BADGE_OK)
        return status;
    if (member->term && member->term->reverse) {
        building->seen |= 1u << LD_REVERSE;
        return ld_add_reverse(run, &building->node, member->iri, &values, member->value);
    }
    return ld_add(run, building, member->iri, &values);
}

/* Steps 13.2, 13.3: a key that means nothing is dropped. */
static enum badge_status check_property(struct ld_run *run, const struct ld_member *member)
{
    if (run->options->is_unsafe)
        return BADGE_OK;
    if (!member->iri.bytes || ld_colon(member->iri) == 0)
        return ld_fail(run, member->value, "undefined term");
    if (ld_is_blank(member->iri))
        return run->options->generalized ? BADGE_OK : ld_fail(run, member->value, "blank node predicate");
    bool is_iri = member->term ? member->term->is_iri : rdf_is_iri(member->iri, false);
    return is_iri ? BADGE_OK : ld_fail(run, member->value, "relative IRI");
}

static enum badge_status expand_members(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope);

static bool has_value(const struct ld_context *context, const struct badge_json_value *element)
{
    bool found = false;
    for (size_t i = 0; i < badge_json_count(element) && !found; i++) {
        struct badge_text key;
        (void)badge_json_at(element, i, &key);
        found = keyword_of(context, key) == LD_VALUE_KEYWORD;
    }
    return found;
}

/* Step 14: the members within @nest or an alias of it, as if they stood in the map. */
static enum badge_status expand_nested(struct ld_run *run, struct ld_building *building, const struct ld_scope *outer,
                                       struct badge_text key, const struct badge_json_value *nested)
{
    struct ld_scope scope = *outer;
    const struct ld_term *term = ld_find_term(scope.context, key);
    enum badge_status status = BADGE_OK;
    if (term && term->context.value)
        status = ld_context_remembered(run, &scope.context, scope.context, term->context, LD_OVERRIDE, NULL);
    size_t n = badge_json_is(nested, BADGE_JSON_ARRAY) ? badge_json_count(nested) : 1;
    for (size_t i = 0; i < n && status == BADGE_OK; i++) {
        scope.element = badge_json_is(nested, BADGE_JSON_ARRAY) ? badge_json_at(nested, i, NULL) : nested;
        if (!badge_json_is(scope.element, BADGE_JSON_OBJECT) || has_value(scope.context, scope.element))
            return ld_fail(run, scope.element, "invalid @nest value");
        if (++run->depth > MAX_DEPTH)
            return ld_too_large(run, nested);
        status = expand_members(run, building, &scope);
        run->depth--;
    }
    return status;
}

/* Steps 13 and 14. */
static enum badge_status expand_members(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope)
{
    bool has_nests = false;
    size_t n = badge_json_count(scope->element);
    for (size_t i = 0; i < n; i++) {
        struct badge_text key;
        struct ld_member member;
        const struct badge_json_value *value = badge_json_at(scope->element, i, &key);
        enum badge_status status = ld_read_key(run, &member, scope->context, key, value);
        if (status != BADGE_OK)
            return status;
        if (member.keyword == LD_CONTEXT)
            continue;
        has_nests = has_nests || member.keyword == LD_NEST;
        if (member.keyword != LD_NOT_KEYWORD) {
            status = ld_expand_keyword(run, building, scope, &member);
        } else {
            status = check_property(run, &member);
            if (status == BADGE_OK && member.iri.bytes && ld_colon(member.iri) > 0)
                status = add_property(run, building, scope, &member);
        }
        if (status != BADGE_OK)
            return status;
    }
    for (size_t i = 0; i < n && has_nests; i++) {
        struct badge_text key;
        const struct badge_json_value *value = badge_json_at(scope->element, i, &key);
        if (keyword_of(scope->context, key) != LD_NEST)
            continue;
        enum badge_status status = expand_nested(run, building, scope, key, value);
        if (status != BADGE_OK)
            return status;
    }
    return BADGE_OK;
}

/* -- what a map becomes -------------------------------------------------------------------------------------------- */

static uint32_t bit(enum ld_keyword keyword)
{
    return 1u << keyword;
}

/* Step 17. */
static enum badge_status finish_collection(struct ld_run *run, struct ld_array *out, bool *is_array,
                                           struct ld_building *building, const struct ld_scope *scope)
{
    const uint32_t kinds = bit(LD_SET) | bit(LD_LIST_KEYWORD);
    if ((building->seen & ~(kinds | bit(LD_INDEX))) != 0 || (building->seen & kinds) == kinds ||
        building->node.n_properties > 0)
        return ld_fail(run, scope->element, "invalid set or list object");
    enum badge_status status = BADGE_OK;
    if (building->seen & bit(LD_SET)) {
        *is_array = true;
        for (size_t i = 0; i < building->set.n && status == BADGE_OK; i++)
            status = ld_push(run, out, building->set.item[i]);
        return status;
    }
    if (scope->property->is_top)
        return ld_drop(run, scope->element);
    struct ld_item item;
    status = ld_new_list(run, &item, building->list.item, building->list.n);
    item.index = building->index;
    return status == BADGE_OK ? ld_push(run, out, item) : status;
}

/* Steps 15 to 19. */
static enum badge_status finish(struct ld_run *run, struct ld_array *out, bool *is_array, struct ld_building *building,
                                const struct ld_scope *scope)
{
    struct ld_item item;
    enum badge_status status;
    if (building->seen & bit(LD_VALUE_KEYWORD)) {
        bool is_null;
        if (building->node.n_properties > 0)
            return ld_fail(run, scope->element, "invalid value object");
        status = ld_finish_value(run, &item, &is_null, building);
        if (status == BADGE_OK && (is_null || scope->property->is_top))
            return ld_drop(run, scope->element);
        return status == BADGE_OK ? ld_push(run, out, item) : status;
    }
    if (building->seen & (bit(LD_SET) | bit(LD_LIST_KEYWORD)))
        return finish_collection(run, out, is_array, building, scope);
    bool has_properties = building->node.n_properties > 0;
    bool is_lone = building->seen == 0 || building->seen == bit(LD_ID);
    if (!has_properties && (building->seen == bit(LD_LANGUAGE) || (is_lone && scope->property->is_top)))
        return ld_drop(run, scope->element);
    status = ld_new_node(run, &item, &building->node);
    item.index = building->index;
    return status == BADGE_OK ? ld_push(run, out, item) : status;
}

/* -- the kinds of elements ----------------------------------------------------------------------------------------- */

static enum badge_status expand_object(struct ld_run *run, struct ld_array *out, bool *is_array,
                                       const struct ld_context *context, const struct ld_active *property,
                                       const struct badge_json_value *element, bool from_map)
{
    const struct ld_term *term = term_in(context, property);
    struct ld_scope scope = {.context = context, .property = property, .element = element};
    struct ld_building building = {0};
    enum badge_status status = enter(run, &scope, &building, term ? term->context : (struct ld_local){0}, from_map);
    if (status == BADGE_OK)
        status = expand_members(run, &building, &scope);
    return status == BADGE_OK ? finish(run, out, is_array, &building, &scope) : status;
}

/* Step 4. */
static enum badge_status expand_scalar(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                       const struct ld_active *property, const struct badge_json_value *element)
{
    if (property->is_top)
        return ld_drop(run, element);
    const struct ld_term *term = term_in(context, property);
    struct ld_item item;
    enum badge_status status = BADGE_OK;
    if (term && term->context.value) {
        status = ld_context_remembered(run, &context, context, term->context, 0, NULL);
        term = term_in(context, property);
    }
    if (status == BADGE_OK)
        status = ld_expand_value(run, &item, context, term, element);
    return status == BADGE_OK ? ld_push(run, out, item) : status;
}

/* Step 5. */
static enum badge_status expand_array(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                      const struct ld_active *property, const struct badge_json_value *element,
                                      bool from_map)
{
    const struct ld_term *term = term_in(context, property);
    size_t n = badge_json_count(element);
    enum badge_status status = ld_reserve(run, out, n);
    for (size_t i = 0; i < n && status == BADGE_OK; i++) {
        size_t before = out->n;
        bool is_array = false;
        status = ld_expand_element(run, out, &is_array, context, property, badge_json_at(element, i, NULL), from_map);
        if (status != BADGE_OK || !is_array || !term || !(term->container & LD_AS_LIST))
            continue;
        struct ld_item list;
        status = ld_new_list(run, &list, out->item + before, out->n - before);
        out->n = before;
        if (status == BADGE_OK)
            status = ld_push(run, out, list);
    }
    return status;
}

enum badge_status ld_expand_element(struct ld_run *run, struct ld_array *out, bool *is_array,
                                    const struct ld_context *context, const struct ld_active *property,
                                    const struct badge_json_value *element, bool from_map)
{
    enum badge_status status;
    *is_array = false;
    if (is_json_null(element))
        return BADGE_OK;
    if (++run->depth > MAX_DEPTH)
        return ld_too_large(run, element);
    if (badge_json_is(element, BADGE_JSON_ARRAY)) {
        *is_array = true;
        status = expand_array(run, out, context, property, element, from_map);
    } else if (badge_json_is(element, BADGE_JSON_OBJECT)) {
        status = expand_object(run, out, is_array, context, property, element, from_map);
    } else {
        status = expand_scalar(run, out, context, property, element);
    }
    run->depth--;
    return status;
}
