/*
 * JSON-LD 1.1 (W3C Recommendation, 16 July 2020): expansion and deserialization to RDF; N-Quads (RDF 1.1 N-Quads); the
 * canonical form of an RDF dataset, RDFC-1.0 (RDF Dataset Canonicalization, W3C Recommendation, 21 May 2024).
 *
 * No network: a context is one of the tables built in, one that the caller added, or inline; another one is an error
 * that names its URL. Safe mode is the default: what expansion would drop (a property or type that no context defines,
 * a relative IRI, a language tag that is not one) is an error with its JSON pointer. Bounded: an input beyond a bound
 * ends with BADGE_ELIMIT at once.
 *
 * All results live in the caller's arena and borrow from the document.
 */
#ifndef BADGE_JSONLD_H
#define BADGE_JSONLD_H

#include "badge/hash.h"
#include "badge/json.h"

/*
 * A processor: the contexts, and the active contexts that were made of them, which are remembered from one document to
 * the next. Not thread-safe: one processor serves one thread at a time.
 */
struct badge_jsonld;

BADGE_API enum badge_status badge_jsonld_new(struct badge_jsonld **out, struct badge_err *err) BADGE_CHECKED;
BADGE_API void badge_jsonld_free(struct badge_jsonld *processor);
/*
 * Adds a context document (JSON with an @context), or replaces the one of that URL, also a built-in one. The bytes are
 * copied. errors    those of badge_json_parse(); BADGE_ETYPE: no @context; BADGE_ELIMIT, BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_jsonld_add_context(struct badge_jsonld *processor, struct badge_text url,
                                                     const char *bytes, size_t len,
                                                     struct badge_err *err) BADGE_CHECKED;

/* A context that is built in. */
struct badge_jsonld_context {
    const char *url, *source, *licence;
    const char *sha256; /* of the file as it is published, 64 hex digits */
};
BADGE_API size_t badge_jsonld_n_contexts(void);
BADGE_API const struct badge_jsonld_context *badge_jsonld_context_at(size_t i);

enum badge_rdf_direction { BADGE_DIRECTION_NONE, BADGE_DIRECTION_I18N, BADGE_DIRECTION_COMPOUND };

struct badge_jsonld_options {
    struct badge_text base; /* base IRI; len 0: none */
    bool is_unsafe;         /* what safe mode refuses is dropped, as the recommendation says */
    bool is_1_0;            /* processing mode json-ld-1.0 */
    bool generalized;       /* blank nodes as predicates are kept */
    enum badge_rdf_direction direction;
    const struct badge_json_value *expand_context; /* before the document's own; NULL: none */
    size_t max_nodes;                              /* objects, values and quads; 0: the default, 100,000 */
};

/*
 * Where and what is wrong. code: of the JSON-LD 1.1 API (section 9.5: "invalid term definition" …), or of safe mode:
 * "undefined term", "undefined type", "relative IRI", "invalid language tag", "blank node predicate", "direction
 * without a form", "dropped value" (a @value that is null, a node of which nothing is said, a value that is nobody's),
 * "reserved term" (one of the form of a keyword); or "context unknown", "too large".
 */
struct badge_jsonld_err {
    struct badge_err err;
    const char *code; /* static storage; NULL: not an error of JSON-LD, such as want of memory */
    char
        pointer[192]; /* JSON pointer (RFC 6901) into the document, or into the context of `url`; cut if it is longer */
    char url[256];    /* of the context that is wrong or unknown; "" : the document itself */
    unsigned n_undeclared_prefixes; /* also without an error: compact IRIs with a prefix that no context defines */
    char undeclared_prefix[64];     /* the first of them */
};

/*
 * The expanded form as JSON; options and err may be NULL. Properties are in code point order, values in the document's.
 * errors    BADGE_ETYPE (code says which), BADGE_ENOTFOUND (context unknown), BADGE_ELIMIT, BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_jsonld_expand(const struct badge_json_value **out, struct badge_arena *arena,
                                                struct badge_jsonld *processor, const struct badge_json_value *document,
                                                const struct badge_jsonld_options *options,
                                                struct badge_jsonld_err *err) BADGE_CHECKED;

/* -- RDF ----------------------------------------------------------------------------------------------------------- */

enum badge_rdf_kind { BADGE_RDF_IRI, BADGE_RDF_BLANK, BADGE_RDF_LITERAL };

struct badge_rdf_term {
    enum badge_rdf_kind kind;
    struct badge_text value;    /* the IRI; the blank node's label without "_:"; the lexical form, unescaped UTF-8 */
    struct badge_text datatype; /* of a literal: its IRI; rdf:langString with a language */
    struct badge_text language; /* len 0: none */
};

/* Equal terms need not be the same pointer. */
struct badge_rdf_quad {
    const struct badge_rdf_term *subject, *predicate, *object;
    const struct badge_rdf_term *graph; /* NULL: the default graph */
};

struct badge_rdf_dataset {
    struct badge_rdf_quad *quad; /* in the arena; no two are equal */
    size_t n, capacity;
    const struct badge_rdf_term *root; /* of a JSON-LD document that is one object: its node; else NULL */
};

/* errors    those of badge_jsonld_expand() */
BADGE_API enum badge_status badge_jsonld_to_rdf(struct badge_rdf_dataset *out, struct badge_arena *arena,
                                                struct badge_jsonld *processor, const struct badge_json_value *document,
                                                const struct badge_jsonld_options *options,
                                                struct badge_jsonld_err *err) BADGE_CHECKED;

/* Duplicate quads are one. errors    BADGE_ESYNTAX and BADGE_EUTF8 with an offset, BADGE_ELIMIT, BADGE_ENOMEM */
BADGE_API enum badge_status badge_nquads_parse(struct badge_rdf_dataset *out, struct badge_arena *arena,
                                               const char *bytes, size_t len, struct badge_err *err) BADGE_CHECKED;
/* The quads in the dataset's order, in the form of RDFC-1.0's canonical N-Quads. errors    BADGE_ENOMEM */
BADGE_API enum badge_status badge_nquads_write(struct badge_text *out, struct badge_arena *arena,
                                               const struct badge_rdf_dataset *dataset,
                                               struct badge_err *err) BADGE_CHECKED;

enum badge_rdfc_hash { BADGE_RDFC_SHA256, BADGE_RDFC_SHA384 };

/* A blank node's label in the dataset, and its canonical one (c14n0 …), both without "_:". */
struct badge_rdfc_label {
    struct badge_text label, canonical;
};

struct badge_rdfc_result {
    struct badge_text nquads; /* the canonical N-Quads document */
    struct badge_rdfc_label *map;
    size_t n_map; /* in the order in which they were issued */
    /* Blank nodes that share their first-degree hash, and the calls of Hash N-Degree Quads that they took: a signer
     * stays within n_not_unique calls, the common libraries' default, or others could not verify what it signs. */
    size_t n_not_unique, n_deep;
};

/*
 * RDFC-1.0 section 4.4.3.
 * max_deep   how many calls of Hash N-Degree Quads are allowed; 0: the default
 * errors     BADGE_ELIMIT (beyond max_deep, or the bounds of its quads), BADGE_ENOMEM
 */
#define BADGE_RDFC_MAX_DEEP 4096
BADGE_API enum badge_status badge_rdfc_canonicalize(struct badge_rdfc_result *out, struct badge_arena *arena,
                                                    const struct badge_rdf_dataset *dataset, enum badge_rdfc_hash hash,
                                                    size_t max_deep, struct badge_err *err) BADGE_CHECKED;

#endif
