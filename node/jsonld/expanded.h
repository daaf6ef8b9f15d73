/*
 * The expanded form of a JSON-LD document (JSON-LD 1.1 section 9): what expand.c makes, what node_map.c and
 * expand_json.c read. Lives in the arena of the document; texts borrow from the document or from a context.
 *
 * @set objects and free-floating values are gone; sets are the arrays themselves.
 */
#ifndef JSONLD_EXPANDED_H
#define JSONLD_EXPANDED_H

#include "badge/jsonld.h"

enum ld_kind { LD_NODE, LD_VALUE, LD_LIST };

struct ld_array {
    struct ld_item *item;
    size_t n, capacity;
};

struct ld_value {
    const struct badge_json_value *value;  /* a scalar; of type @json any value */
    struct badge_text type;                /* an IRI or "@json"; bytes NULL: none */
    struct badge_text language, direction; /* bytes NULL: none; the language as written */
};

struct ld_property {
    struct badge_text iri; /* or a blank node's "_:…" */
    struct ld_array values;
};

struct ld_node {
    struct badge_text id; /* an IRI, "_:…", or (unsafe) anything that is not one; bytes NULL: none */
    bool has_id, has_type, has_graph, has_included; /* has_id without an id: what was given is not one */
    struct badge_text *type;
    size_t n_types, type_capacity;
    struct ld_property *property, *reverse; /* in order of their IRIs' first appearance, each IRI once */
    size_t n_properties, n_reverse, property_capacity, reverse_capacity;
    struct ld_array graph, included;
};

struct ld_item {
    enum ld_kind kind;
    struct badge_text index; /* bytes NULL: no @index */
    union {
        struct ld_node *node;
        struct ld_value *value;
        struct ld_array *list;
    } as;
};

/*
 * document   any JSON value
 * out        the top array; a lone top-level @graph is already replaced by its nodes (section 5.1.2, step 8)
 * is_single  whether the document was one object, and the array is that one node
 */
enum badge_status ld_expand(struct ld_array *out, bool *is_single, struct badge_arena *arena,
                            struct badge_jsonld *processor, const struct badge_json_value *document,
                            const struct badge_jsonld_options *options, struct badge_jsonld_err *err) BADGE_CHECKED;

/* Deserializes (JSON-LD 1.1 API sections 7.2, 8.1): node map, then quads. Safe mode as in options. */
enum badge_status ld_to_rdf(struct badge_rdf_dataset *out, struct badge_arena *arena, const struct ld_array *expanded,
                            bool is_single, const struct badge_jsonld_options *options,
                            struct badge_jsonld_err *err) BADGE_CHECKED;

#endif
