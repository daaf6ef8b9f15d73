/*
 * Expanded JSON-LD to RDF: Node Map Generation and Deserialize JSON-LD to RDF (JSON-LD 1.1 API sections 7.2 and 8), in
 * one walk over the document. No node map is kept: what it merges, the dataset merges, where each quad is once.
 *
 * Blank nodes are labelled as the node map labels them, in the order of the walk, properties by their IRIs. Nodes of
 * lists and of compound literals come after all of these, so they get their labels at the end.
 *
 * In safe mode whatever would be dropped is an error; otherwise it is a NULL term, of which nothing is put into the
 * dataset while the nodes in it are still visited.
 */
#include "jsonld/expanded.h"
#include "jsonld/rdf.h"

#include "badge/text.h"
#include "core/number.h"

#include <string.h>

#define DEFAULT_MAX_QUADS 100000
#define MAX_INDEXED 1024 /* graphs in which one node has an @index */

struct unnamed {
    struct badge_rdf_term term;
    struct unnamed *next;
};

/* The @index of a node in a graph. */
struct rdf_indexed {
    const struct badge_rdf_term *graph;
    struct badge_text index;
    struct rdf_indexed *next;
};

struct to_rdf {
    struct rdf_builder builder;
    struct badge_arena *arena;
    const struct badge_jsonld_options *options;
    struct badge_jsonld_err *err;
    const struct badge_rdf_term *type; /* rdf:type */
    uint32_t n_labels;
    struct unnamed *unnamed, **unnamed_end;
};

/* A graph while its nodes are visited. */
struct graph {
    const struct badge_rdf_term *name; /* NULL: the default graph */
    bool is_dropped;                   /* its name is not well-formed */
};

static enum badge_status visit_array(struct to_rdf *r, const struct graph *graph, const struct ld_array *array);
static enum badge_status visit_node(struct to_rdf *r, const struct graph *graph, const struct ld_item *item,
                                    const struct badge_rdf_term **out);

/* -- errors -------------------------------------------------------------------------------------------------------- */

static struct badge_err *inner(struct to_rdf *r)
{
    return r->err ? &r->err->err : NULL;
}

static enum badge_status fail(struct to_rdf *r, const char *code, struct badge_text what)
{
    if (r->err)
        r->err->code = code;
    return badge_fail(inner(r), BADGE_ETYPE, BADGE_NO_OFFSET, "%.*s", (int)(what.len < 200 ? what.len : 200),
                      what.bytes);
}

/* What is dropped: in safe mode that is an error. */
static enum badge_status drop(struct to_rdf *r, const char *code, struct badge_text what)
{
    return r->options->is_unsafe ? BADGE_OK : fail(r, code, what);
}

/* -- terms --------------------------------------------------------------------------------------------------------- */

static enum badge_status intern(struct to_rdf *r, enum badge_rdf_kind kind, struct badge_text value,
                                struct rdf_known **out)
{
    const struct badge_rdf_term term = {.kind = kind, .value = value};
    return rdf_term(out, &r->builder, &term, inner(r));
}

static enum badge_status constant(struct to_rdf *r, struct badge_text iri, const struct badge_rdf_term **out)
{
    struct rdf_known *known;
    enum badge_status status = intern(r, BADGE_RDF_IRI, iri, &known);
    if (status == BADGE_OK)
        *out = &known->term;
    return status;
}

static enum badge_status literal(struct to_rdf *r, const struct badge_rdf_term *term, const struct badge_rdf_term **out)
{
    struct rdf_known *known;
    enum badge_status status = rdf_term(&known, &r->builder, term, inner(r));
    if (status == BADGE_OK)
        *out = &known->term;
    return status;
}

static bool put_label(struct to_rdf *r, struct badge_rdf_term *term)
{
    char *label = badge_arena_alloc(r->arena, 12);
    if (!label)
        return false;
    label[0] = 'b';
    *term = (struct badge_rdf_term){BADGE_RDF_BLANK, {label, 1 + core_put_integer(label + 1, r->n_labels++)}, {0}, {0}};
    return true;
}

static bool is_blank(struct badge_text id)
{
    return id.len >= 2 && id.bytes[0] == '_' && id.bytes[1] == ':';
}

/* A new blank node, or the one of this label; id.bytes NULL: none. */
static enum badge_status blank(struct to_rdf *r, struct badge_text id, const struct badge_rdf_term **out)
{
    struct rdf_known *known = NULL; /* the label as a term that occurs in no dataset */
    enum badge_status status = id.bytes ? intern(r, BADGE_RDF_BLANK, id, &known) : BADGE_OK;
    if (status != BADGE_OK)
        return status;
    if (known && known->blank) {
        *out = known->blank;
        return BADGE_OK;
    }
    struct badge_rdf_term *term = badge_arena_alloc(r->arena, sizeof *term);
    if (!term || !put_label(r, term))
        return badge_no_memory(inner(r));
    if (known)
        known->blank = term;
    *out = term;
    return BADGE_OK;
}

/* A blank node that is labelled at the end. */
static enum badge_status blank_later(struct to_rdf *r, const struct badge_rdf_term **out)
{
    struct unnamed *unnamed = badge_arena_alloc(r->arena, sizeof *unnamed);
    if (!unnamed)
        return badge_no_memory(inner(r));
    *unnamed = (struct unnamed){.term = {.kind = BADGE_RDF_BLANK}};
    *r->unnamed_end = unnamed;
    r->unnamed_end = &unnamed->next;
    *out = &unnamed->term;
    return BADGE_OK;
}

/* The node of an @id, an @type or a property; NULL: it is dropped. */
static enum badge_status resource(struct to_rdf *r, struct badge_text id, const struct badge_rdf_term **out)
{
    *out = NULL;
    if (is_blank(id))
        return blank(r, id, out);
    struct rdf_known *known;
    enum badge_status status = intern(r, BADGE_RDF_IRI, id, &known);
    if (status != BADGE_OK)
        return status;
    if (!rdf_known_iri(known, r->options->is_unsafe))
        return drop(r, "relative IRI", id);
    *out = &known->term;
    return BADGE_OK;
}

static enum badge_status predicate(struct to_rdf *r, struct badge_text iri, const struct badge_rdf_term **out)
{
    enum badge_status status = resource(r, iri, out);
    if (status == BADGE_OK && is_blank(iri) && !r->options->generalized) {
        *out = NULL;
        status = drop(r, "blank node predicate", iri);
    }
    return status;
}

/* Adds a quad unless a part of it, or the graph, is dropped. */
static enum badge_status add(struct to_rdf *r, const struct graph *graph, const struct badge_rdf_term *subject,
                             const struct badge_rdf_term *property, const struct badge_rdf_term *object)
{
    if (graph->is_dropped || !subject || !property || !object)
        return BADGE_OK;
    const struct badge_rdf_quad quad = {subject, property, object, graph->name};
    return rdf_add(&r->builder, &quad, inner(r));
}

static enum badge_status add_constant(struct to_rdf *r, const struct graph *graph, const struct badge_rdf_term *subject,
                                      struct badge_text property, const struct badge_rdf_term *object)
{
    const struct badge_rdf_term *term;
    enum badge_status status = constant(r, property, &term);
    return status == BADGE_OK ? add(r, graph, subject, term, object) : status;
}

/* -- values (section 8.2.2) ---------------------------------------------------------------------------------------- */

/* Where a value stands; subject NULL: in a list. */
struct place {
    const struct graph *graph;
    const struct badge_rdf_term *subject, *property;
};

static enum badge_status lower_case(struct to_rdf *r, struct badge_text *text)
{
    size_t i = 0;
    while (i < text->len && !(text->bytes[i] >= 'A' && text->bytes[i] <= 'Z'))
        i++;
    if (i == text->len)
        return BADGE_OK;
    char *lower = badge_arena_alloc(r->arena, text->len);
    if (!lower)
        return badge_no_memory(inner(r));
    for (i = 0; i < text->len; i++)
        lower[i] = text->bytes[i] >= 'A' && text->bytes[i] <= 'Z' ? (char)(text->bytes[i] | 0x20) : text->bytes[i];
    text->bytes = lower;
    return BADGE_OK;
}

/* The lexical form, and the datatype where the value has none. */
static enum badge_status lexical_form(struct to_rdf *r, const struct ld_value *value, struct badge_rdf_term *term)
{
    struct badge_text own = RDF_TEXT(RDF_XSD "string");
    double number;
    if (rdf_text_is(value->type, RDF_TEXT("@json"))) {
        term->datatype = RDF_TEXT(RDF_SYNTAX "JSON");
        return badge_json_canonicalize(&term->value, r->arena, value->value, inner(r));
    }
    if (badge_json_number(value->value, &number)) {
        char *text = badge_arena_alloc(r->arena, RDF_NUMBER_LEN);
        bool is_double = rdf_text_is(value->type, RDF_TEXT(RDF_XSD "double"));
        if (!text)
            return badge_no_memory(inner(r));
        term->value = (struct badge_text){text, rdf_put_number(text, number, &is_double)};
        own = is_double ? RDF_TEXT(RDF_XSD "double") : RDF_TEXT(RDF_XSD "integer");
    } else if (!badge_json_string(value->value, &term->value)) {
        term->value = badge_json_is(value->value, BADGE_JSON_TRUE) ? RDF_TEXT("true") : RDF_TEXT("false");
        own = RDF_TEXT(RDF_XSD "boolean");
    }
    term->datatype = value->type.bytes ? value->type : own;
    return BADGE_OK;
}

/* Direction as a datatype, https://www.w3.org/ns/i18n#language_direction. */
static enum badge_status i18n_datatype(struct to_rdf *r, struct badge_rdf_term *term, struct badge_text direction)
{
    struct rdf_out text = {.arena = r->arena};
    RDF_PUT(&text, "https://www.w3.org/ns/i18n#");
    rdf_put(&text, term->language.bytes, term->language.len);
    RDF_PUT(&text, "_");
    rdf_put(&text, direction.bytes, direction.len);
    term->datatype = (struct badge_text){text.bytes, text.len};
    term->language = (struct badge_text){NULL, 0};
    return text.failed ? badge_no_memory(inner(r)) : BADGE_OK;
}

/* The entry that says which blank node stands for this value of this property: the node map has equal values once. */
static enum badge_status find_compound(struct to_rdf *r, const struct place *place, const struct ld_item *item,
                                       const struct badge_rdf_term *term, struct rdf_known **out)
{
    struct rdf_out key = {.arena = r->arena};
    const void *const where[] = {place->subject, place->property, place->graph->name};
    const struct badge_text direction = item->as.value->direction;
    rdf_put(&key, (const char *)where, sizeof where);
    rdf_put(&key, direction.bytes, direction.len);
    rdf_put(&key, term->language.bytes, term->language.len);
    RDF_PUT(&key, "\n");
    rdf_put(&key, item->index.bytes, item->index.len);
    if (key.failed)
        return badge_no_memory(inner(r));
    const struct badge_rdf_term entry = {BADGE_RDF_LITERAL, term->value, {key.bytes, key.len}, {NULL, 0}};
    return rdf_term(out, &r->builder, &entry, inner(r));
}

/* Direction as a node of its own (section 8.2.2 step 13.2). */
static enum badge_status compound(struct to_rdf *r, const struct place *place, const struct ld_item *item,
                                  struct badge_rdf_term *term, const struct badge_rdf_term **out)
{
    struct rdf_known *known = NULL;
    enum badge_status status = place->subject ? find_compound(r, place, item, term, &known) : BADGE_OK;
    if (status != BADGE_OK)
        return status;
    if (known && known->blank) {
        *out = known->blank;
        return BADGE_OK;
    }
    const struct badge_text text[] = {term->value, term->language, item->as.value->direction};
    const struct badge_text property[] = {RDF_TEXT(RDF_SYNTAX "value"), RDF_TEXT(RDF_SYNTAX "language"),
                                          RDF_TEXT(RDF_SYNTAX "direction")};
    status = blank_later(r, out);
    for (size_t i = 0; i < 3 && status == BADGE_OK; i++) {
        const struct badge_rdf_term string = {BADGE_RDF_LITERAL, text[i], RDF_TEXT(RDF_XSD "string"), {NULL, 0}};
        const struct badge_rdf_term *object = NULL;
        if (i == 1 && text[i].len == 0)
            continue;
        status = literal(r, &string, &object);
        if (status == BADGE_OK)
            status = add_constant(r, place->graph, *out, property[i], object);
    }
    if (known)
        known->blank = *out;
    return status;
}

static enum badge_status visit_value(struct to_rdf *r, const struct place *place, const struct ld_item *item,
                                     const struct badge_rdf_term **out)
{
    const struct ld_value *value = item->as.value;
    struct badge_rdf_term term = {.kind = BADGE_RDF_LITERAL};
    enum badge_status status = lexical_form(r, value, &term);
    if (status != BADGE_OK)
        return status;
    if (value->type.bytes && !rdf_text_is(value->type, RDF_TEXT("@json")) &&
        !rdf_is_iri(value->type, r->options->is_unsafe))
        return drop(r, "relative IRI", value->type);
    if (value->language.bytes) {
        if (!rdf_is_language(value->language))
            return drop(r, "invalid language tag", value->language);
        term.language = value->language;
        term.datatype = RDF_TEXT(RDF_SYNTAX "langString");
        status = lower_case(r, &term.language);
    }
    if (status == BADGE_OK && value->direction.bytes) {
        switch (r->options->direction) {
        case BADGE_DIRECTION_NONE:
            status = drop(r, "direction without a form", value->direction);
            break;
        case BADGE_DIRECTION_I18N:
            status = i18n_datatype(r, &term, value->direction);
            break;
        case BADGE_DIRECTION_COMPOUND:
            return compound(r, place, item, &term, out);
        }
    }
    return status == BADGE_OK ? literal(r, &term, out) : status;
}

/* -- lists (section 8.3) ------------------------------------------------------------------------------------------- */

static enum badge_status visit_item(struct to_rdf *r, const struct place *place, const struct ld_item *item,
                                    bool is_used, const struct badge_rdf_term **out);

/* is_used: whether anything will refer to the list; its nodes are visited in any case. */
static enum badge_status visit_list(struct to_rdf *r, const struct graph *graph, const struct ld_array *list,
                                    bool is_used, const struct badge_rdf_term **out)
{
    const struct place in_list = {.graph = graph};
    const struct badge_rdf_term *nil = NULL, *cell = NULL, *next = NULL;
    enum badge_status status = constant(r, RDF_TEXT(RDF_SYNTAX "nil"), &nil);
    *out = NULL;
    for (size_t i = 0; i < list->n && status == BADGE_OK; i++) {
        const struct badge_rdf_term *object = NULL;
        if (is_used && !cell)
            status = blank_later(r, &cell);
        if (!*out)
            *out = cell;
        if (status == BADGE_OK)
            status = visit_item(r, &in_list, &list->item[i], is_used, &object);
        if (status == BADGE_OK)
            status = add_constant(r, graph, cell, RDF_TEXT(RDF_SYNTAX "first"), object);
        next = nil;
        if (status == BADGE_OK && is_used && i + 1 < list->n)
            status = blank_later(r, &next);
        if (status == BADGE_OK)
            status = add_constant(r, graph, cell, RDF_TEXT(RDF_SYNTAX "rest"), next);
        cell = next == nil ? NULL : next;
    }
    if (list->n == 0)
        *out = nil;
    return status;
}

/* -- nodes (section 7.2) ------------------------------------------------------------------------------------------- */

static enum badge_status visit_item(struct to_rdf *r, const struct place *place, const struct ld_item *item,
                                    bool is_used, const struct badge_rdf_term **out)
{
    *out = NULL;
    switch (item->kind) {
    case LD_NODE:
        return visit_node(r, place->graph, item, out);
    case LD_VALUE:
        return is_used ? visit_value(r, place, item, out) : BADGE_OK;
    case LD_LIST:
        return visit_list(r, place->graph, item->as.list, is_used, out);
    }
    BADGE_ASSERT(0);
    return BADGE_OK;
}

/* Step 6.8: a node has one @index in a graph. */
static enum badge_status check_index(struct to_rdf *r, const struct graph *graph, struct badge_text id,
                                     struct badge_text index)
{
    struct rdf_known *known;
    enum badge_status status = intern(r, is_blank(id) ? BADGE_RDF_BLANK : BADGE_RDF_IRI, id, &known);
    if (status != BADGE_OK)
        return status;
    unsigned n = 0;
    for (const struct rdf_indexed *one = known->indexed; one; one = one->next)
        if (one->graph == graph->name)
            return rdf_text_is(one->index, index) ? BADGE_OK : fail(r, "conflicting indexes", id);
        else if (++n == MAX_INDEXED)
            return badge_fail(inner(r), BADGE_ELIMIT, BADGE_NO_OFFSET, "one node in more graphs than are read");
    struct rdf_indexed *indexed = badge_arena_alloc(r->arena, sizeof *indexed);
    if (!indexed)
        return badge_no_memory(inner(r));
    *indexed = (struct rdf_indexed){graph->name, index, known->indexed};
    known->indexed = indexed;
    return BADGE_OK;
}

/* Steps 3, 6.1, 6.2 and 6.7. */
static enum badge_status name_node(struct to_rdf *r, const struct graph *graph, const struct ld_node *node,
                                   const struct badge_rdf_term **out)
{
    const struct badge_rdf_term *type;
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < node->n_types && status == BADGE_OK; i++)
        if (is_blank(node->type[i]))
            status = blank(r, node->type[i], &type);
    if (status == BADGE_OK)
        status = node->id.bytes ? resource(r, node->id, out) : blank(r, node->id, out);
    for (size_t i = 0; i < node->n_types && status == BADGE_OK; i++) {
        status = resource(r, node->type[i], &type);
        if (status == BADGE_OK)
            status = add(r, graph, *out, r->type, type);
    }
    return status;
}

/* Step 6.9. */
static enum badge_status visit_reverse(struct to_rdf *r, const struct graph *graph, const struct ld_node *node,
                                       const struct badge_rdf_term *object)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < node->n_reverse && status == BADGE_OK; i++) {
        const struct ld_property *reverse = &node->reverse[i];
        const struct badge_rdf_term *property = NULL, *subject = NULL;
        status = predicate(r, reverse->iri, &property);
        for (size_t j = 0; j < reverse->values.n && status == BADGE_OK; j++) {
            BADGE_ASSERT(reverse->values.item[j].kind == LD_NODE);
            status = visit_node(r, graph, &reverse->values.item[j], &subject);
            if (status == BADGE_OK)
                status = add(r, graph, subject, property, object);
        }
    }
    return status;
}

static bool property_is_after(const void *a, const void *b, const void *unused)
{
    const struct ld_property *x = a, *y = b;
    (void)unused;
    return rdf_compare(x->iri.bytes, x->iri.len, y->iri.bytes, y->iri.len) > 0;
}

/* Step 6.12. */
static enum badge_status visit_properties(struct to_rdf *r, const struct graph *graph, const struct ld_node *node,
                                          const struct badge_rdf_term *subject)
{
    const size_t n = node->n_properties;
    const void **sorted = badge_arena_alloc(r->arena, (n + n / 2) * sizeof *sorted);
    if (!sorted)
        return badge_no_memory(inner(r));
    for (size_t i = 0; i < n; i++)
        sorted[i] = &node->property[i];
    rdf_sort(sorted, n, sorted + n, property_is_after, NULL);
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < n && status == BADGE_OK; i++) {
        const struct ld_property *property = sorted[i];
        const struct badge_rdf_term *object = NULL;
        struct place place = {.graph = graph, .subject = subject};
        status = predicate(r, property->iri, &place.property);
        const bool is_used = !graph->is_dropped && subject && place.property;
        for (size_t j = 0; j < property->values.n && status == BADGE_OK; j++) {
            status = visit_item(r, &place, &property->values.item[j], is_used, &object);
            if (status == BADGE_OK)
                status = add(r, graph, subject, place.property, object);
        }
    }
    return status;
}

static enum badge_status visit_node(struct to_rdf *r, const struct graph *graph, const struct ld_item *item,
                                    const struct badge_rdf_term **out)
{
    const struct ld_node *node = item->as.node;
    *out = NULL;
    enum badge_status status = name_node(r, graph, node, out);
    if (status == BADGE_OK && item->index.bytes && node->id.bytes)
        status = check_index(r, graph, node->id, item->index);
    if (status == BADGE_OK && node->n_reverse > 0)
        status = visit_reverse(r, graph, node, *out);
    if (status == BADGE_OK && node->graph.n > 0) {
        const struct graph named = {.name = *out, .is_dropped = !*out};
        status = visit_array(r, &named, &node->graph);
    }
    if (status == BADGE_OK)
        status = visit_array(r, graph, &node->included);
    if (status == BADGE_OK && node->n_properties > 0)
        status = visit_properties(r, graph, node, *out);
    return status;
}

static enum badge_status visit_array(struct to_rdf *r, const struct graph *graph, const struct ld_array *array)
{
    const struct place nowhere = {.graph = graph};
    const struct badge_rdf_term *ignored;
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < array->n && status == BADGE_OK; i++)
        status = visit_item(r, &nowhere, &array->item[i], false, &ignored);
    return status;
}

static enum badge_status label_unnamed(struct to_rdf *r)
{
    for (struct unnamed *unnamed = r->unnamed; unnamed; unnamed = unnamed->next)
        if (!put_label(r, &unnamed->term))
            return badge_no_memory(inner(r));
    return BADGE_OK;
}

enum badge_status ld_to_rdf(struct badge_rdf_dataset *out, struct badge_arena *arena, const struct ld_array *expanded,
                            bool is_single, const struct badge_jsonld_options *options, struct badge_jsonld_err *err)
{
    const struct graph graph = {0};
    const size_t max_quads = options->max_nodes == 0 ? DEFAULT_MAX_QUADS : options->max_nodes;
    struct to_rdf r = {.arena = arena, .options = options, .err = err};
    r.unnamed_end = &r.unnamed;
    enum badge_status status = rdf_builder_init(&r.builder, arena, out, max_quads, inner(&r));
    if (status == BADGE_OK)
        status = constant(&r, RDF_TEXT(RDF_SYNTAX "type"), &r.type);
    if (status == BADGE_OK && is_single && expanded->n == 1 && expanded->item[0].kind == LD_NODE)
        status = visit_node(&r, &graph, &expanded->item[0], &out->root);
    else if (status == BADGE_OK)
        status = visit_array(&r, &graph, expanded);
    if (status == BADGE_OK)
        status = label_unnamed(&r);
    if (status == BADGE_ELIMIT && err)
        err->code = "too large";
    return status;
}
