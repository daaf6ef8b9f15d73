/*
 * An RDF dataset while it is built: terms and quads each once, found by hash tables; and text that grows, in the arena.
 */
#ifndef JSONLD_RDF_H
#define JSONLD_RDF_H

#include <string.h>

#include "badge/jsonld.h"

#define RDF_MAX_QUADS ((size_t)1 << 20)

#define RDF_XSD "http://www.w3.org/2001/XMLSchema#"
#define RDF_SYNTAX "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDF_TEXT(literal) ((struct badge_text){literal, sizeof(literal) - 1})

static inline bool rdf_text_is(struct badge_text a, struct badge_text b)
{
    return a.len == b.len && (a.bytes == b.bytes || a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/*
 * Sorts pointers by merging: equal ones keep their order, and halves that are in order already cost one comparison.
 * scratch: room for n / 2.
 */
void rdf_sort(const void **item, size_t n, const void **scratch,
              bool (*is_after)(const void *a, const void *b, const void *context), const void *context);

/* memcmp(), and then the shorter one first. */
int rdf_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/* Text that grows. The first capacity is allocated with the first bytes. */
struct rdf_out {
    struct badge_arena *arena;
    char *bytes;
    size_t len, capacity;
    bool failed; /* out of memory: what was put since then is lost */
};

bool rdf_out_grow(struct rdf_out *out, size_t len); /* room for len bytes more */
static inline void rdf_put(struct rdf_out *out, const char *bytes, size_t len)
{
    if (out->capacity - out->len < len && !rdf_out_grow(out, len))
        return;
    if (len > 0)
        memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}
#define RDF_PUT(out, literal) rdf_put(out, literal, sizeof(literal) - 1)

/* A term as rdf_term() keeps it: `term` comes first. */
struct rdf_known {
    struct badge_rdf_term term;
    enum { RDF_UNCHECKED, RDF_WELL_FORMED, RDF_ILL_FORMED } iri; /* use rdf_known_iri() */
    const struct badge_rdf_term *blank;                          /* to_rdf.c: the node that this label was issued */
    struct rdf_indexed *indexed;                                 /* to_rdf.c: the node's @index in each graph */
};
bool rdf_known_iri(struct rdf_known *known, bool strict); /* strict: the same for all of a dataset */

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
enum badge_status rdf_term(struct rdf_known **out, struct rdf_builder *builder, const struct badge_rdf_term *term,
                           struct badge_err *err) BADGE_CHECKED;
/* Adds a quad unless it is there already. Its terms are those of rdf_term(), or others that are equal to none. */
enum badge_status rdf_add(struct rdf_builder *builder, const struct badge_rdf_quad *quad,
                          struct badge_err *err) BADGE_CHECKED;

/*
 * Whether it has a scheme, and no space or line break. strict: as the recommendations have it, none of the other
 * characters that stand in no IRI (RDF 1.1 N-Quads, IRIREF), and one fragment; what most signers use lets these pass,
 * and N-Quads has escapes for them.
 */
bool rdf_is_iri(struct badge_text text, bool strict);
/* BCP 47 section 2.2.9, well-formed: parts of 1 to 8 letters, and after the first digits too. */
bool rdf_is_language(struct badge_text text);

/*
 * The lexical form of a finite number; returns its length. *is_double: whether its datatype is xsd:double; becomes true
 * where the number has a fraction, or is 10^21 or more.
 */
#define RDF_NUMBER_LEN 32
size_t rdf_put_number(char out[RDF_NUMBER_LEN], double value, bool *is_double);

/* By character: what N-Quads escapes in an IRI (U+0000 to space, <>"{}|^`\), and in a string. */
#define RDF_ESCAPED_IN_IRI 1
#define RDF_ESCAPED_IN_STRING 2
#define RDF_SPACE 4 /* also line breaks */
extern const uint8_t rdf_character[256];
/* The first character of text from `from` on that is one of these; text.len: there is none. */
size_t rdf_find(struct badge_text text, size_t from, uint8_t kinds);
/* A term as canonical N-Quads writes it. */
void rdf_put_term(struct rdf_out *out, const struct badge_rdf_term *term);

#endif
