/*
 * Values (JSON-LD 1.1 API sections 5.3 and 5.1.2, step 15), and what safe mode refuses.
 */
#include "jsonld/expand.h"

#include "core/text.h"
#include "jsonld/rdf.h"

enum badge_status ld_drop(struct ld_run *run, const struct badge_json_value *at)
{
    return run->options->is_unsafe ? BADGE_OK : ld_fail(run, at, "dropped value");
}

enum badge_status ld_check_iri(struct ld_run *run, struct badge_text iri, const struct badge_json_value *at,
                               const char *code)
{
    return run->options->is_unsafe || ld_is_blank(iri) || rdf_is_iri(iri, false) ? BADGE_OK : ld_fail(run, at, code);
}

enum badge_status ld_check_graph_item(struct ld_run *run, const struct ld_item *item, const struct badge_json_value *at)
{
    const struct ld_node *node = item->kind == LD_NODE ? item->as.node : NULL;
    bool says_something = node && (node->has_type || node->has_graph || node->has_included || node->n_properties > 0 ||
                                   node->n_reverse > 0);
    return says_something ? BADGE_OK : ld_drop(run, at);
}

enum badge_status ld_check_language(struct ld_run *run, struct badge_text language, const struct badge_json_value *at)
{
    return run->options->is_unsafe || rdf_is_language(language) ? BADGE_OK : ld_fail(run, at, "invalid language tag");
}

/* A copy for the document, which the context need not outlive. */
static enum badge_status copy(struct ld_run *run, struct badge_text *out, struct badge_text text)
{
    *out = text;
    return !text.bytes || ld_concat(out, run->arena, text, (struct badge_text){0}) ? BADGE_OK : ld_no_memory(run);
}

/* Step 5 of section 5.3.2: the language and direction of a string. */
static enum badge_status annotate(struct ld_run *run, struct ld_value *out, const struct ld_context *context,
                                  const struct ld_term *term)
{
    struct badge_text language = term && term->has_language ? term->language : context->language;
    enum ld_direction direction = term && term->direction ? (enum ld_direction)term->direction : context->direction;
    if (direction == LD_DIRECTION_LTR)
        out->direction = (struct badge_text){"ltr", 3};
    if (direction == LD_DIRECTION_RTL)
        out->direction = (struct badge_text){"rtl", 3};
    if (!language.bytes)
        return BADGE_OK;
    enum badge_status status = ld_check_language(run, language, out->value);
    return status == BADGE_OK ? copy(run, &out->language, language) : status;
}

enum badge_status ld_expand_value(struct ld_run *run, struct ld_item *out, const struct ld_context *context,
                                  const struct ld_term *term, const struct badge_json_value *value)
{
    enum ld_type_mapping mapping = term ? (enum ld_type_mapping)term->type_mapping : LD_TYPE_UNSET;
    struct badge_text text;
    bool is_string = badge_json_string(value, &text);
    if (is_string && (mapping == LD_TYPE_ID || mapping == LD_TYPE_VOCAB)) {
        struct ld_node node = {.has_id = true};
        unsigned flags = LD_DOCUMENT_RELATIVE | (mapping == LD_TYPE_VOCAB ? LD_VOCAB_RELATIVE : 0);
        enum badge_status status = ld_expand_iri(run, &node.id, context, text, flags, NULL);
        if (status == BADGE_OK)
            status = ld_check_iri(run, node.id, value, "relative IRI");
        return status == BADGE_OK ? ld_new_node(run, out, &node) : status;
    }
    struct ld_value expanded = {.value = value};
    enum badge_status status = BADGE_OK;
    if (mapping == LD_TYPE_JSON)
        expanded.type = ld_keyword_text(LD_JSON);
    else if (mapping == LD_TYPE_IRI && !ld_keep(run, &expanded.type, (struct ld_iri *)&term->type))
        return ld_no_memory(run);
    else if (mapping != LD_TYPE_IRI && is_string)
        status = annotate(run, &expanded, context, term);
    return status == BADGE_OK ? ld_new_value(run, out, &expanded) : status;
}

enum badge_status ld_finish_value(struct ld_run *run, struct ld_item *out, bool *is_null, struct ld_building *building)
{
    const uint32_t language = 1u << LD_LANGUAGE | 1u << LD_DIRECTION, type = 1u << LD_TYPE;
    const uint32_t allowed = language | type | 1u << LD_VALUE_KEYWORD | 1u << LD_INDEX;
    uint32_t seen = building->seen;
    *is_null = false;
    if ((seen & ~allowed) != 0 || ((seen & type) && (seen & language)))
        return ld_fail(run, building->value, "invalid value object");
    struct ld_value value = {
        .value = building->value, .language = building->language, .direction = building->direction};
    if (seen & type) {
        if (building->node.n_types != 1 || badge_json_is(building->type, BADGE_JSON_ARRAY))
            return ld_fail(run, building->type, "invalid typed value");
        value.type = building->node.type[0];
    }
    if (ld_keyword(value.type) != LD_JSON) {
        *is_null = badge_json_is(value.value, BADGE_JSON_NULL);
        if (!*is_null && (seen & 1u << LD_LANGUAGE) && !badge_json_is(value.value, BADGE_JSON_STRING))
            return ld_fail(run, building->value, "invalid language-tagged value");
        if (!*is_null && (seen & type) && (!ld_is_absolute(value.type) || ld_is_blank(value.type)))
            return ld_fail(run, building->type, "invalid typed value");
    }
    if (*is_null)
        return BADGE_OK;
    enum badge_status status = ld_new_value(run, out, &value);
    out->index = building->index;
    return status;
}
