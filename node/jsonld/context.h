/*
 * Active contexts (JSON-LD 1.1 API section 4): made of local contexts, never changed afterwards, and remembered by
 * (parent, local context). Those that come of published and added contexts alone are the processor's and outlive the
 * document; the others live in the document's arena.
 */
#ifndef JSONLD_CONTEXT_H
#define JSONLD_CONTEXT_H

#include "core/json_tree.h"
#include "jsonld/iri.h"

/* A context document that the processor knows; kept until it is freed or replaced. */
struct ld_document {
    struct ld_document *next;
    struct badge_arena arena;
    struct badge_text url;
    const struct badge_json_value *root, *context;
    bool is_added; /* and not built in */
};

/* A text of a context, and its copy in the arena of the document that is read. */
struct ld_iri {
    struct badge_text text; /* bytes NULL: none, or null */
    struct badge_text copy;
    uint64_t run; /* whose copy it is */
};

/* A local context; origin NULL: it is the document's own. */
struct ld_local {
    const struct badge_json_value *value; /* NULL: none */
    const struct ld_document *origin;
};

enum ld_direction { LD_DIRECTION_UNSET, LD_DIRECTION_NULL, LD_DIRECTION_LTR, LD_DIRECTION_RTL };

/* What a term's values are; LD_TYPE_NO_KEY: @none. */
enum ld_type_mapping { LD_TYPE_UNSET, LD_TYPE_ID, LD_TYPE_VOCAB, LD_TYPE_JSON, LD_TYPE_NO_KEY, LD_TYPE_IRI };

/* Bits of a container mapping. */
enum {
    LD_AS_GRAPH = 1,
    LD_AS_ID = 2,
    LD_AS_INDEX = 4,
    LD_AS_LANGUAGE = 8,
    LD_AS_LIST = 16,
    LD_AS_SET = 32,
    LD_AS_TYPE = 64,
};

struct ld_term {
    struct badge_text name;
    uint32_t hash;
    uint8_t container;    /* of the bits above */
    uint8_t keyword;      /* enum ld_keyword: what iri is */
    uint8_t type_mapping; /* enum ld_type_mapping */
    uint8_t direction;    /* enum ld_direction */
    bool is_absent;       /* as if it were not defined: it hides one that was */
    bool is_iri;          /* iri is an IRI, as safe mode takes it */
    bool prefix, is_protected, reverse;
    bool has_language; /* a language mapping, which may be null */
    struct ld_iri iri, type;
    struct badge_text language, nest, index;
    struct ld_local context;
};

/* Terms by name, open addressing. */
struct ld_table {
    struct ld_term **slot;
    size_t n, capacity; /* capacity: a power of two, more than n */
};

enum ld_base { LD_BASE_DOCUMENT, LD_BASE_NULL, LD_BASE_SET };

struct ld_context {
    const struct ld_context *previous; /* what it goes back to where it does not propagate; NULL: nothing */
    struct ld_table table;
    bool owns_table, is_kept;
    enum ld_base base_kind;
    enum ld_direction direction;
    struct badge_text base, vocab, language;      /* bytes NULL: none */
    const struct badge_json_value *reserved_term; /* one that was passed over, having the form of a keyword */
};

/* What has been made of what. */
struct ld_memo_entry {
    const struct ld_context *parent;
    const struct badge_json_value *local;
    unsigned flags;
    const struct ld_context *result;
};

struct ld_memo {
    struct ld_memo_entry *entry;
    size_t n, capacity;
};

struct badge_jsonld {
    struct ld_document *documents;
    size_t n_added;
    struct badge_arena kept; /* active contexts, terms and the memo */
    struct ld_memo memo;
    const struct ld_context *initial;
    uint64_t run;
};

/* The reading of one document. */
struct ld_run {
    struct badge_jsonld *processor;
    struct badge_arena *arena; /* the caller's */
    const struct badge_jsonld_options *options;
    struct badge_jsonld_err *err;
    const struct badge_json_value *document;
    const struct ld_context *initial;
    struct ld_memo memo;
    uint64_t number;
    size_t n_nodes, max_nodes;
    size_t n_contexts; /* that were made, and not remembered */
    unsigned depth;
};

/* -- errors -------------------------------------------------------------------------------------------------------- */

/*
 * Fills run->err: the code, which is static; the place of `at` (NULL: unknown), which is a value of the document or of
 * a context; and BADGE_ETYPE.
 */
enum badge_status ld_fail(struct ld_run *run, const struct badge_json_value *at, const char *code) BADGE_CHECKED;
enum badge_status ld_no_memory(struct ld_run *run) BADGE_CHECKED;
/* BADGE_ENOTFOUND: of the context of this URL. */
enum badge_status ld_unknown(struct ld_run *run, struct badge_text url,
                             const struct badge_json_value *at) BADGE_CHECKED;
/* BADGE_ELIMIT. */
enum badge_status ld_too_large(struct ld_run *run, const struct badge_json_value *at) BADGE_CHECKED;

/* -- context documents --------------------------------------------------------------------------------------------- */

/* Of this URL: added, or built in. BADGE_ENOTFOUND with its URL. at: who asks. */
enum badge_status ld_document_find(const struct ld_document **out, struct ld_run *run, struct badge_text url,
                                   const struct badge_json_value *at) BADGE_CHECKED;

/* -- terms by name ------------------------------------------------------------------------------------------------- */

uint32_t ld_hash(struct badge_text text);
/* NULL: not defined. */
struct ld_term *ld_term_of(const struct ld_context *context, struct badge_text name, uint32_t hash);
struct ld_term *ld_find_term(const struct ld_context *context, struct badge_text name);
/* Puts or replaces it. The context is being made. False: out of memory. */
bool ld_put_term(struct ld_context *context, struct badge_arena *arena, struct ld_term *term) BADGE_CHECKED;

const struct ld_context *ld_memo_find(const struct ld_memo *memo, const struct ld_memo_entry *key);
bool ld_memo_put(struct ld_memo *memo, struct badge_arena *arena, const struct ld_memo_entry *entry) BADGE_CHECKED;

/* -- context processing -------------------------------------------------------------------------------------------- */

/* Contexts that are being loaded, the innermost first. */
struct ld_remotes {
    const struct ld_remotes *outer;
    const struct ld_document *document;
    unsigned n;
};

enum {
    LD_OVERRIDE = 1,     /* protected terms may be redefined */
    LD_NO_PROPAGATE = 2, /* until a node object is entered */
    LD_NO_VALIDATE = 4,  /* scoped contexts within it are not looked into */
    LD_REMOTE = 8,       /* the local context is a document's */
};

/*
 * Section 4.1.2. remotes    NULL: none
 * errors    BADGE_ETYPE, BADGE_ENOTFOUND, BADGE_ELIMIT, BADGE_ENOMEM
 */
enum badge_status ld_context_process(struct ld_run *run, const struct ld_context **out, const struct ld_context *active,
                                     struct ld_local local, unsigned flags,
                                     const struct ld_remotes *remotes) BADGE_CHECKED;
/* The same, with its result remembered: for a local context that is met again. */
enum badge_status ld_context_remembered(struct ld_run *run, const struct ld_context **out,
                                        const struct ld_context *active, struct ld_local local, unsigned flags,
                                        const struct ld_remotes *remotes) BADGE_CHECKED;
/* The initial context of the run (section 4.1). */
enum badge_status ld_context_initial(struct ld_run *run) BADGE_CHECKED;

/* -- term definitions (term.c) ------------------------------------------------------------------------------------- */

/* A local context whose terms are being defined in `context`. */
struct ld_defining {
    struct ld_context *context;
    struct badge_arena *arena; /* of the context */
    const struct badge_json_value *object;
    const struct ld_document *origin;
    const struct ld_remotes *remotes;
    unsigned char *state; /* of each member: one of enum ld_defined */
    unsigned flags, depth;
    bool is_protected;
};
enum ld_defined { LD_UNDEFINED, LD_BEING_DEFINED, LD_DEFINED };

/* Section 4.2.2, of the i-th member. */
enum badge_status ld_define_term(struct ld_run *run, struct ld_defining *defining, size_t i) BADGE_CHECKED;

/* -- IRI expansion (section 5.2; expand_iri.c) --------------------------------------------------------------------- */

enum {
    LD_VOCAB_RELATIVE = 1,
    LD_DOCUMENT_RELATIVE = 2,
    LD_COUNTS_PREFIX = 4, /* a prefix that is not declared is counted in run->err */
    LD_ITSELF = 8,        /* the term of this name is not looked for */
    LD_ANY_PREFIX = 16,   /* also a term that is not marked as a prefix */
};

/*
 * out       bytes NULL: null; else an IRI, a keyword, or what is neither. In the arena, or static, or of the document
 * defining  the local context that is being processed; NULL: none
 */
enum badge_status ld_expand_iri(struct ld_run *run, struct badge_text *out, const struct ld_context *context,
                                struct badge_text value, unsigned flags, struct ld_defining *defining) BADGE_CHECKED;

/* The text in the document's arena; false: out of memory. */
bool ld_keep(struct ld_run *run, struct badge_text *out, struct ld_iri *iri) BADGE_CHECKED;

#endif
