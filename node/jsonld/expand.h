/*
 * The pieces of expansion (JSON-LD 1.1 API section 5.1.2): expand.c walks, the others each do one kind of member.
 */
#ifndef JSONLD_EXPAND_H
#define JSONLD_EXPAND_H

#include "jsonld/context.h"
#include "jsonld/expanded.h"

/* The active property: a name, whose term depends on the context. */
struct ld_active {
    struct badge_text name; /* bytes NULL: null or a keyword */
    uint32_t hash;
    bool is_top;     /* null or @graph: scalars and lone values are nobody's */
    bool is_reverse; /* @reverse */
};

/* What a map becomes, while its members are read. */
struct ld_building {
    struct ld_node node;
    uint32_t seen; /* a bit 1 << enum ld_keyword for each entry of the result */
    const struct badge_json_value *first_type, *value, *at_value, *type, *at_language;
    struct badge_text language, direction, index;
    struct ld_array list, set;
    size_t *bucket; /* of a node with many properties: places by the hash of the IRI; 0 is free */
    size_t n_buckets;
};

/* A member on its way; the active property is its key. */
struct ld_member {
    struct ld_active property;
    const struct ld_term *term; /* of the key in the active context; NULL: none */
    const struct badge_json_value *value;
    struct badge_text iri; /* bytes NULL: null */
    enum ld_keyword keyword;
};

/* The contexts in which a map's members are read. */
struct ld_scope {
    const struct ld_context *context, *types;
    const struct ld_active *property; /* of the map */
    const struct badge_json_value *element;
};

/* expand.c. Appends to *out; *is_array: the result is an array, and not its one element or nothing. */
enum badge_status ld_expand_element(struct ld_run *run, struct ld_array *out, bool *is_array,
                                    const struct ld_context *context, const struct ld_active *property,
                                    const struct badge_json_value *element, bool from_map) BADGE_CHECKED;
enum badge_status ld_read_key(struct ld_run *run, struct ld_member *member, const struct ld_context *context,
                              struct badge_text key, const struct badge_json_value *value) BADGE_CHECKED;

/* expand_keyword.c: step 13.4, a member whose key is a keyword. */
enum badge_status ld_expand_keyword(struct ld_run *run, struct ld_building *building, const struct ld_scope *scope,
                                    const struct ld_member *member) BADGE_CHECKED;

/* expand_map.c: steps 13.6 to 13.8, a container that is a map. */
enum badge_status ld_expand_language_map(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                         const struct ld_member *member) BADGE_CHECKED;
enum badge_status ld_expand_index_map(struct ld_run *run, struct ld_array *out, const struct ld_context *context,
                                      const struct ld_member *member) BADGE_CHECKED;

/* expand_value.c */
/* Section 5.3.2. */
enum badge_status ld_expand_value(struct ld_run *run, struct ld_item *out, const struct ld_context *context,
                                  const struct ld_term *term, const struct badge_json_value *value) BADGE_CHECKED;
/* Step 15; *is_null: nothing comes of it. */
enum badge_status ld_finish_value(struct ld_run *run, struct ld_item *out, bool *is_null,
                                  struct ld_building *building) BADGE_CHECKED;
enum badge_status ld_check_language(struct ld_run *run, struct badge_text language,
                                    const struct badge_json_value *at) BADGE_CHECKED;
/* A relative IRI, in safe mode. */
enum badge_status ld_check_iri(struct ld_run *run, struct badge_text iri, const struct badge_json_value *at,
                               const char *code) BADGE_CHECKED;
/* What is dropped, in safe mode. */
enum badge_status ld_drop(struct ld_run *run, const struct badge_json_value *at) BADGE_CHECKED;

/* What is put into a graph, and has no place there or says nothing, in safe mode. */
enum badge_status ld_check_graph_item(struct ld_run *run, const struct ld_item *item,
                                      const struct badge_json_value *at) BADGE_CHECKED;

/* node.c: what is built */
enum badge_status ld_push(struct ld_run *run, struct ld_array *array, struct ld_item item) BADGE_CHECKED;
enum badge_status ld_reserve(struct ld_run *run, struct ld_array *array, size_t n) BADGE_CHECKED;
enum badge_status ld_new_node(struct ld_run *run, struct ld_item *out, const struct ld_node *from) BADGE_CHECKED;
enum badge_status ld_new_value(struct ld_run *run, struct ld_item *out, const struct ld_value *from) BADGE_CHECKED;
enum badge_status ld_new_list(struct ld_run *run, struct ld_item *out, const struct ld_item *item,
                              size_t n) BADGE_CHECKED;
/* Adds values to a property. */
enum badge_status ld_add(struct ld_run *run, struct ld_building *building, struct badge_text iri,
                         const struct ld_array *values) BADGE_CHECKED;
/* Puts values before those of a property of a node that is finished. */
enum badge_status ld_add_to_node(struct ld_run *run, struct ld_node *node, struct badge_text iri,
                                 const struct ld_array *values) BADGE_CHECKED;
/* Adds values to a reverse property: each must be a node. */
enum badge_status ld_add_reverse(struct ld_run *run, struct ld_node *node, struct badge_text iri,
                                 const struct ld_array *values, const struct badge_json_value *at) BADGE_CHECKED;
enum badge_status ld_add_type(struct ld_run *run, struct ld_node *node, struct badge_text type,
                              size_t n_more) BADGE_CHECKED;

#endif
