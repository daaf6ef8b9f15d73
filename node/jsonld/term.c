/*
 * Term definitions (JSON-LD 1.1 API section 4.2.2): one member of a local context becomes a term of the active context
 * that is being made. Called by context processing, and by IRI expansion for a term that another one needs.
 *
 * A definition may need others of its local context first: `state` finds cycles, and the depth is bounded.
 */
#include "jsonld/context.h"

#include <string.h>

#include "core/text.h"
#include "jsonld/rdf.h"

#define MAX_DEPTH 64

/* A definition on its way. */
struct draft {
    struct ld_run *run;
    struct ld_defining *defining;
    struct ld_term *term;
    const struct badge_json_value *value; /* of the member; an object, or what stands for {"@id": value} */
    const struct badge_json_value *id;    /* NULL: none */
    bool is_simple, is_ignored;
};

static bool is_boolean(const struct badge_json_value *value)
{
    return badge_json_is(value, BADGE_JSON_TRUE) || badge_json_is(value, BADGE_JSON_FALSE);
}

static enum badge_status expand(struct draft *d, struct badge_text *out, const struct badge_json_value *value)
{
    struct badge_text text = {0};
    (void)badge_json_string(value, &text);
    unsigned flags = LD_VOCAB_RELATIVE | (d->defining->origin ? 0 : LD_COUNTS_PREFIX);
    return ld_expand_iri(d->run, out, d->defining->context, text, flags, d->defining);
}

static void ignore(struct draft *d)
{
    d->is_ignored = true;
    d->defining->context->reserved_term = d->value;
}

/* Steps 11 and 12. */
static enum badge_status read_type(struct draft *d)
{
    const struct badge_json_value *value = badge_json_member(d->value, "@type");
    const struct badge_json_value *is_protected = badge_json_member(d->value, "@protected");
    struct badge_text text, iri;
    if (is_protected && d->run->options->is_1_0)
        return ld_fail(d->run, is_protected, "invalid term definition");
    if (is_protected && !is_boolean(is_protected))
        return ld_fail(d->run, is_protected, "invalid @protected value");
    if (is_protected)
        d->term->is_protected = badge_json_is(is_protected, BADGE_JSON_TRUE);
    if (!value)
        return BADGE_OK;
    if (!badge_json_string(value, &text))
        return ld_fail(d->run, value, "invalid type mapping");
    enum badge_status status = expand(d, &iri, value);
    if (status != BADGE_OK)
        return status;
    switch (ld_keyword(iri)) {
    case LD_ID:
        d->term->type_mapping = LD_TYPE_ID;
        break;
    case LD_VOCAB:
        d->term->type_mapping = LD_TYPE_VOCAB;
        break;
    case LD_JSON:
        d->term->type_mapping = LD_TYPE_JSON;
        break;
    case LD_NO_KEY:
        d->term->type_mapping = LD_TYPE_NO_KEY;
        break;
    default:
        d->term->type_mapping = LD_TYPE_IRI;
    }
    bool is_of_1_1 = d->term->type_mapping == LD_TYPE_JSON || d->term->type_mapping == LD_TYPE_NO_KEY;
    if ((is_of_1_1 && d->run->options->is_1_0) ||
        (d->term->type_mapping == LD_TYPE_IRI && (!ld_is_absolute(iri) || ld_is_blank(iri))))
        return ld_fail(d->run, value, "invalid type mapping");
    d->term->type.text = iri;
    return BADGE_OK;
}

/* The bits of one container keyword; 0: it is not one. */
static unsigned container_of_text(const struct badge_json_value *value)
{
    struct badge_text text;
    if (!badge_json_string(value, &text))
        return 0;
    switch (ld_keyword(text)) {
    case LD_GRAPH:
        return LD_AS_GRAPH;
    case LD_ID:
        return LD_AS_ID;
    case LD_INDEX:
        return LD_AS_INDEX;
    case LD_LANGUAGE:
        return LD_AS_LANGUAGE;
    case LD_LIST_KEYWORD:
        return LD_AS_LIST;
    case LD_SET:
        return LD_AS_SET;
    case LD_TYPE:
        return LD_AS_TYPE;
    default:
        return 0;
    }
}

/* Step 19. */
static enum badge_status read_container(struct draft *d)
{
    const struct badge_json_value *value = badge_json_member(d->value, "@container");
    if (!value)
        return BADGE_OK;
    size_t n = badge_json_is(value, BADGE_JSON_ARRAY) ? badge_json_count(value) : 0;
    unsigned bits = container_of_text(value);
    for (size_t i = 0; i < n; i++) {
        unsigned bit = container_of_text(badge_json_at(value, i, NULL));
        if (bit == 0 || (bits & bit) != 0)
            return ld_fail(d->run, value, "invalid container mapping");
        bits |= bit;
    }
    unsigned without = bits & ~(unsigned)(LD_AS_SET | LD_AS_GRAPH);
    bool is_one = (without & (without - 1)) == 0;
    bool suits_graph = without == 0 || without == LD_AS_ID || without == LD_AS_INDEX;
    if (bits == 0 || !is_one || ((bits & LD_AS_GRAPH) && !suits_graph) || ((bits & LD_AS_LIST) && bits != LD_AS_LIST))
        return ld_fail(d->run, value, "invalid container mapping");
    if (d->run->options->is_1_0 &&
        (n > 0 || (bits & (LD_AS_GRAPH | LD_AS_ID | LD_AS_TYPE)) || badge_json_is(value, BADGE_JSON_ARRAY)))
        return ld_fail(d->run, value, "invalid container mapping");
    if ((bits & LD_AS_TYPE) && d->term->type_mapping == LD_TYPE_UNSET) {
        d->term->type_mapping = LD_TYPE_ID;
        d->term->type.text = ld_keyword_text(LD_ID);
    }
    if ((bits & LD_AS_TYPE) && d->term->type_mapping != LD_TYPE_ID && d->term->type_mapping != LD_TYPE_VOCAB)
        return ld_fail(d->run, value, "invalid type mapping");
    d->term->container = (uint8_t)bits;
    return BADGE_OK;
}

/* Step 13. */
static enum badge_status read_reverse(struct draft *d, const struct badge_json_value *value)
{
    struct badge_text text;
    const struct badge_json_value *container = badge_json_member(d->value, "@container");
    if (d->id || badge_json_member(d->value, "@nest"))
        return ld_fail(d->run, value, "invalid reverse property");
    if (!badge_json_string(value, &text))
        return ld_fail(d->run, value, "invalid IRI mapping");
    if (ld_is_keyword_like(text)) {
        ignore(d);
        return BADGE_OK;
    }
    enum badge_status status = expand(d, &d->term->iri.text, value);
    if (status != BADGE_OK)
        return status;
    if (!ld_is_absolute(d->term->iri.text))
        return ld_fail(d->run, value, "invalid IRI mapping");
    if (container && !badge_json_is(container, BADGE_JSON_NULL)) {
        status = read_container(d);
        if (status != BADGE_OK)
            return status;
        if ((d->term->container & ~(unsigned)(LD_AS_SET | LD_AS_INDEX)) != 0)
            return ld_fail(d->run, container, "invalid reverse property");
    }
    d->term->reverse = true;
    return BADGE_OK;
}

/* -- the IRI mapping ----------------------------------------------------------------------------------------------- */

/* Step 14.2.4: a term that looks like an IRI means that IRI. */
static enum badge_status check_iri_like(struct draft *d, size_t i)
{
    struct badge_text iri;
    const struct ld_term *term = d->term;
    bool has_colon = term->name.len > 2 && memchr(term->name.bytes + 1, ':', term->name.len - 2);
    if (!has_colon && !memchr(term->name.bytes, '/', term->name.len))
        return BADGE_OK;
    d->defining->state[i] = LD_DEFINED;
    enum badge_status status = ld_expand_iri(d->run, &iri, d->defining->context, term->name,
                                             LD_VOCAB_RELATIVE | LD_ITSELF, d->defining);
    if (status == BADGE_OK && !core_text_equal(iri, term->iri.text))
        return ld_fail(d->run, d->id, "invalid IRI mapping");
    return status;
}

/* Step 14, with an @id that is not the term itself. */
static enum badge_status map_to_id(struct draft *d, size_t i)
{
    struct badge_text text;
    if (badge_json_is(d->id, BADGE_JSON_NULL))
        return BADGE_OK;
    if (!badge_json_string(d->id, &text))
        return ld_fail(d->run, d->id, "invalid IRI mapping");
    if (ld_is_keyword_like(text) && ld_keyword(text) == LD_NOT_KEYWORD) {
        ignore(d);
        return BADGE_OK;
    }
    enum badge_status status = expand(d, &d->term->iri.text, d->id);
    if (status != BADGE_OK)
        return status;
    struct badge_text iri = d->term->iri.text;
    enum ld_keyword keyword = ld_keyword(iri);
    if (keyword == LD_NOT_KEYWORD && !ld_is_absolute(iri))
        return ld_fail(d->run, d->id, "invalid IRI mapping");
    if (keyword == LD_CONTEXT)
        return ld_fail(d->run, d->id, "invalid keyword alias");
    status = check_iri_like(d, i);
    d->term->prefix = d->run->options->is_1_0 || (d->is_simple && ld_colon(d->term->name) == 0 &&
                                                  !memchr(d->term->name.bytes, '/', d->term->name.len) &&
                                                  (ld_ends_with_delimiter(iri) || ld_is_blank(iri)));
    return status;
}

/* Steps 15 to 18: the term itself says which IRI it is. */
static enum badge_status map_to_itself(struct draft *d)
{
    struct ld_term *term = d->term;
    struct ld_context *context = d->defining->context;
    size_t colon = ld_colon(term->name);
    if (ld_keyword(term->name) == LD_TYPE) {
        term->iri.text = ld_keyword_text(LD_TYPE);
        return BADGE_OK;
    }
    if (colon == 0 && !memchr(term->name.bytes, '/', term->name.len)) {
        if (!context->vocab.bytes)
            return ld_fail(d->run, d->value, "invalid IRI mapping");
        return ld_concat(&term->iri.text, d->defining->arena, context->vocab, term->name) ? BADGE_OK
                                                                                          : ld_no_memory(d->run);
    }
    /* The term is being defined, and its own expansion must not ask for it again: only its prefix counts. */
    unsigned flags = (colon == 0 ? LD_VOCAB_RELATIVE : 0) | LD_ITSELF | LD_ANY_PREFIX;
    enum badge_status status = ld_expand_iri(d->run, &term->iri.text, context, term->name, flags, d->defining);
    if (status == BADGE_OK && !ld_is_absolute(term->iri.text))
        return ld_fail(d->run, d->value, "invalid IRI mapping");
    return status;
}

/* Steps 13 to 18. */
static enum badge_status read_mapping(struct draft *d, size_t i)
{
    const struct badge_json_value *reverse = badge_json_member(d->value, "@reverse");
    struct badge_text text;
    if (reverse)
        return read_reverse(d, reverse);
    bool is_itself = !d->id || (badge_json_string(d->id, &text) && core_text_equal(text, d->term->name));
    return is_itself ? map_to_itself(d) : map_to_id(d, i);
}

/* -- the other members --------------------------------------------------------------------------------------------- */

/* Steps 20 and 24. */
static enum badge_status read_index_and_nest(struct draft *d)
{
    const struct badge_json_value *index = badge_json_member(d->value, "@index");
    const struct badge_json_value *nest = badge_json_member(d->value, "@nest");
    struct badge_text iri;
    if (index) {
        if (d->run->options->is_1_0 || !(d->term->container & LD_AS_INDEX) ||
            !badge_json_string(index, &d->term->index))
            return ld_fail(d->run, index, "invalid term definition");
        enum badge_status status = expand(d, &iri, index);
        if (status != BADGE_OK)
            return status;
        if (!ld_is_absolute(iri))
            return ld_fail(d->run, index, "invalid term definition");
    }
    if (nest) {
        if (d->run->options->is_1_0)
            return ld_fail(d->run, nest, "invalid term definition");
        if (!badge_json_string(nest, &d->term->nest) ||
            (ld_keyword(d->term->nest) != LD_NOT_KEYWORD && ld_keyword(d->term->nest) != LD_NEST))
            return ld_fail(d->run, nest, "invalid @nest value");
    }
    return BADGE_OK;
}

/* Step 21. A context of a context that was asked for is looked into once more than it is used: only where it is new. */
static enum badge_status read_context(struct draft *d)
{
    struct ld_local local = {badge_json_member(d->value, "@context"), d->defining->origin};
    const struct ld_context *result;
    if (!local.value)
        return BADGE_OK;
    if (d->run->options->is_1_0)
        return ld_fail(d->run, local.value, "invalid term definition");
    d->term->context = local;
    if (d->defining->flags & LD_NO_VALIDATE)
        return BADGE_OK;
    enum badge_status status = ld_context_process(d->run, &result, d->defining->context, local,
                                                  LD_OVERRIDE | LD_NO_VALIDATE, d->defining->remotes);
    if (status == BADGE_ETYPE && !d->run->options->is_1_0)
        d->run->err->code = "invalid scoped context";
    return status;
}

/* Steps 22 and 23. */
static enum badge_status read_language(struct draft *d)
{
    const struct badge_json_value *language = badge_json_member(d->value, "@language");
    const struct badge_json_value *direction = badge_json_member(d->value, "@direction");
    bool has_type = badge_json_member(d->value, "@type");
    if (language && !has_type) {
        d->term->has_language = true;
        if (!badge_json_is(language, BADGE_JSON_NULL) && !badge_json_string(language, &d->term->language))
            return ld_fail(d->run, language, "invalid language mapping");
    }
    if (!direction || has_type)
        return BADGE_OK;
    if (badge_json_is(direction, BADGE_JSON_NULL))
        d->term->direction = LD_DIRECTION_NULL;
    else if (badge_json_equals(direction, "ltr"))
        d->term->direction = LD_DIRECTION_LTR;
    else if (badge_json_equals(direction, "rtl"))
        d->term->direction = LD_DIRECTION_RTL;
    else
        return ld_fail(d->run, direction, "invalid base direction");
    return BADGE_OK;
}

/* Step 25. */
static enum badge_status read_prefix(struct draft *d)
{
    const struct badge_json_value *prefix = badge_json_member(d->value, "@prefix");
    if (!prefix)
        return BADGE_OK;
    if (d->run->options->is_1_0 || memchr(d->term->name.bytes, ':', d->term->name.len) ||
        memchr(d->term->name.bytes, '/', d->term->name.len))
        return ld_fail(d->run, prefix, "invalid term definition");
    if (!is_boolean(prefix))
        return ld_fail(d->run, prefix, "invalid @prefix value");
    d->term->prefix = badge_json_is(prefix, BADGE_JSON_TRUE);
    if (d->term->prefix && d->term->keyword != LD_NOT_KEYWORD)
        return ld_fail(d->run, prefix, "invalid term definition");
    return BADGE_OK;
}

/* Step 26. */
static enum badge_status check_members(struct draft *d)
{
    struct badge_text name;
    for (size_t i = 0; i < badge_json_count(d->value); i++) {
        const struct badge_json_value *value = badge_json_at(d->value, i, &name);
        enum ld_keyword keyword = ld_keyword(name);
        bool is_known = keyword == LD_ID || keyword == LD_REVERSE || keyword == LD_CONTAINER || keyword == LD_CONTEXT ||
                        keyword == LD_DIRECTION || keyword == LD_INDEX || keyword == LD_LANGUAGE ||
                        keyword == LD_NEST || keyword == LD_PREFIX || keyword == LD_PROTECTED || keyword == LD_TYPE;
        if (!is_known)
            return ld_fail(d->run, value, "invalid term definition");
    }
    return BADGE_OK;
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static bool equal_json(const struct badge_json_value *a, const struct badge_json_value *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->type != b->type || (a->type >= BADGE_JSON_STRING && a->len != b->len))
        return false;
    switch ((enum badge_json_type)a->type) {
    case BADGE_JSON_NULL:
    case BADGE_JSON_FALSE:
    case BADGE_JSON_TRUE:
        return true;
    case BADGE_JSON_NUMBER:
        return a->as.number >= b->as.number && a->as.number <= b->as.number;
    case BADGE_JSON_STRING:
        return a->len == 0 || memcmp(a->as.text, b->as.text, a->len) == 0;
    case BADGE_JSON_ARRAY:
    case BADGE_JSON_OBJECT:
        break;
    }
    size_t n = a->type == BADGE_JSON_OBJECT ? 2 * (size_t)a->len : a->len;
    for (size_t i = 0; i < n; i++)
        if (!equal_json(&a->as.child[i], &b->as.child[i]))
            return false;
    return true;
}

/* Whether two definitions say the same but for @protected. */
static bool is_same(const struct ld_term *a, const struct ld_term *b)
{
    return a->container == b->container && a->type_mapping == b->type_mapping && a->direction == b->direction &&
           a->prefix == b->prefix && a->reverse == b->reverse && a->has_language == b->has_language &&
           core_text_equal(a->iri.text, b->iri.text) && core_text_equal(a->type.text, b->type.text) &&
           core_text_equal(a->language, b->language) && core_text_equal(a->nest, b->nest) &&
           core_text_equal(a->index, b->index) && equal_json(a->context.value, b->context.value);
}

/* Steps 4 and 5: which keywords may be defined, and what is passed over. */
static enum badge_status check_name(struct draft *d)
{
    struct badge_text name = d->term->name, member;
    if (name.len == 0)
        return ld_fail(d->run, d->value, "invalid term definition");
    if (ld_keyword(name) == LD_TYPE && !d->run->options->is_1_0 && badge_json_is(d->value, BADGE_JSON_OBJECT) &&
        badge_json_count(d->value) > 0) {
        for (size_t i = 0; i < badge_json_count(d->value); i++) {
            const struct badge_json_value *value = badge_json_at(d->value, i, &member);
            bool is_set = ld_keyword(member) == LD_CONTAINER && badge_json_equals(value, "@set");
            if (!is_set && ld_keyword(member) != LD_PROTECTED)
                return ld_fail(d->run, d->value, "keyword redefinition");
        }
        return BADGE_OK;
    }
    if (ld_keyword(name) != LD_NOT_KEYWORD)
        return ld_fail(d->run, d->value, "keyword redefinition");
    if (ld_is_keyword_like(name))
        ignore(d);
    return BADGE_OK;
}

static enum badge_status read_members(struct draft *d, size_t i)
{
    enum badge_status status = check_members(d);
    if (status == BADGE_OK)
        status = read_type(d);
    if (status == BADGE_OK)
        status = read_mapping(d, i);
    if (status != BADGE_OK || d->is_ignored)
        return status;
    d->term->keyword = (uint8_t)ld_keyword(d->term->iri.text);
    d->term->is_iri = rdf_is_iri(d->term->iri.text, false);
    if (d->term->reverse)
        return read_index_and_nest(d);
    status = read_container(d);
    if (status == BADGE_OK)
        status = read_index_and_nest(d);
    if (status == BADGE_OK)
        status = read_context(d);
    if (status == BADGE_OK)
        status = read_language(d);
    if (status == BADGE_OK)
        status = read_prefix(d);
    return status;
}

/* Steps 27 and 28. */
static enum badge_status put(struct draft *d)
{
    const struct ld_term *before = ld_term_of(d->defining->context, d->term->name, d->term->hash);
    if (d->is_ignored && ld_is_keyword_like(d->term->name))
        return BADGE_OK;
    if (before && before->is_protected && !(d->defining->flags & LD_OVERRIDE)) {
        if (d->is_ignored || !is_same(before, d->term))
            return ld_fail(d->run, d->value, "protected term redefinition");
        return BADGE_OK;
    }
    d->term->is_absent = d->is_ignored;
    return ld_put_term(d->defining->context, d->defining->arena, d->term) ? BADGE_OK : ld_no_memory(d->run);
}

enum badge_status ld_define_term(struct ld_run *run, struct ld_defining *defining, size_t i)
{
    struct badge_text name;
    const struct badge_json_value *value = badge_json_at(defining->object, i, &name);
    if (defining->state[i] == LD_DEFINED)
        return BADGE_OK;
    if (defining->state[i] == LD_BEING_DEFINED)
        return ld_fail(run, value, "cyclic IRI mapping");
    if (defining->depth == MAX_DEPTH)
        return ld_too_large(run, value);
    struct ld_term *term = badge_arena_alloc(defining->arena, sizeof *term);
    if (!term)
        return ld_no_memory(run);
    *term = (struct ld_term){
        .name = name, .hash = ld_hash(name), .keyword = LD_NOT_KEYWORD, .is_protected = defining->is_protected};
    struct draft draft = {.run = run, .defining = defining, .term = term, .value = value};
    bool is_object = badge_json_is(value, BADGE_JSON_OBJECT);
    draft.is_simple = badge_json_is(value, BADGE_JSON_STRING);
    draft.id = is_object ? badge_json_member(value, "@id") : value;

    defining->state[i] = LD_BEING_DEFINED;
    defining->depth++;
    enum badge_status status = check_name(&draft);
    if (status == BADGE_OK && !is_object && !draft.is_simple && !badge_json_is(value, BADGE_JSON_NULL))
        status = ld_fail(run, value, "invalid term definition");
    if (status == BADGE_OK && !draft.is_ignored)
        status = read_members(&draft, i);
    defining->depth--;
    defining->state[i] = LD_DEFINED;
    return status == BADGE_OK ? put(&draft) : status;
}
