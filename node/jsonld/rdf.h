/*
 * An RDF dataset while it is built: terms and quads each once, found by hash tables; and text that grows, in the arena.
 */
#ifndef JSONLD_RDF_H
#define JSONLD_RDF_H

#include "badge/jsonld.h"

#define RDF_MAX_QUADS ((size_t)1 << 20)

#define RDF_XSD "http://www.w3.org/2001/XMLSchema#"
#define RDF_SYNTAX "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDF_TEXT(literal) ((struct badge_text){literal, sizeof(literal) - 1})

static inline bool rdf_text_is(struct badge_text a, struct badge_text b)
{
    return a.len == b.len && (a.bytes == b.bytes || a.len == 0 || __builtin_memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* Text that grows. The first capacity is allocated with the first bytes. */
struct rdf_out {
    struct badge_arena *arena;
    char *bytes;
    size_t len, capacity;
    bool failed; /* out of memory: what was put since then is lost */
};

bool rdf_out_grow(struct rdf_out *out, size_t len); /* room for len bytes more */
void rdf_put(struct rdf_out *out, const char *bytes, size_t len);
#define RDF_PUT(out, literal) rdf_put(out, literal, sizeof(literal) - 1)

/*
 * Terms and quads are entries of open hash tables, found by linear probing. A probe that is longer than honest texts
 * ever need ends with BADGE_ELIMIT: so texts that were chosen to collide stop soon.
 */
#define RDF_MAX_PROBE 1024 /* half-full tables of 2^20 entries need less than 100 */
uint32_t rdf_hash_text(struct badge_text text);

struct rdf_builder {
    struct badge_arena *arena;
    struct badge_rdf_dataset *out;
    size_t max_quads;
    struct rdf_entry *terms;
    size_t n_terms, term_capacity; /* capacities are powers of two */
    uint32_t *quads;               /* an index into the dataset and one more; 0: empty */
    size_t quad_capacity;
};

/* max_quads: at most RDF_MAX_QUADS. */
enum badge_status rdf_builder_init(struct rdf_builder *builder, struct badge_arena *arena,
                                   struct badge_rdf_dataset *out, size_t max_quads,
                                   struct badge_err *err) BADGE_CHECKED;
/* The one term that is equal to this; its texts are borrowed. */
enum badge_status rdf_term(const struct badge_rdf_term **out, struct rdf_builder *builder,
                           const struct badge_rdf_term *term, struct badge_err *err) BADGE_CHECKED;
/* Adds a quad of terms that rdf_term() gave, unless it is there already. */
enum badge_status rdf_add(struct rdf_builder *builder, const struct badge_rdf_quad *quad,
                          struct badge_err *err) BADGE_CHECKED;

/* Whether it has a scheme, and none of the characters that stand in no IRI (RDF 1.1 N-Quads, IRIREF). */
bool rdf_is_iri(struct badge_text text);
/* A language tag as N-Quads writes it (LANGTAG), and BCP 47 section 2.1 bounds it: parts of 1 to 8 characters. */
bool rdf_is_language(struct badge_text text);

/* A term as canonical N-Quads writes it. */
void rdf_put_term(struct rdf_out *out, const struct badge_rdf_term *term);

#endif
