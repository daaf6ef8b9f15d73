/*
 * RDFC-1.0 while it runs: the blank nodes of a dataset, and what rdfc.c and rdfc_deep.c both know of them.
 */
#ifndef JSONLD_RDFC_H
#define JSONLD_RDFC_H

#include "jsonld/rdf.h"

#define RDFC_NO_NODE UINT32_MAX

struct rdfc_hash {
    uint8_t b[BADGE_SHA384_LEN]; /* of SHA-256 the first 32 */
};

/* A quad's blank nodes; RDFC_NO_NODE where there is another term. */
struct rdfc_quad {
    uint32_t subject, object, graph;
};

struct rdfc_node {
    struct badge_text label;
    uint32_t first_mention, n_mentions; /* in `mention`: the quads that it is in, each once */
    uint32_t canonical;                 /* its number and one more; 0: none yet */
    struct rdfc_hash first_degree;
};

struct rdfc {
    struct badge_arena *arena;
    struct badge_err *err;
    const struct badge_rdf_dataset *dataset;
    enum badge_rdfc_hash hash;
    size_t hash_len;
    struct rdfc_quad *quad; /* as many as the dataset has */
    struct rdfc_node *node;
    uint32_t n_nodes;
    uint32_t *mention;
    uint32_t *issued; /* nodes in the order of their canonical numbers */
    uint32_t n_issued;
    struct rdf_out text; /* what is to be hashed; cleared by who uses it */
};

bool rdfc_is_same(const struct rdfc *c, const struct rdfc_node *a, const struct rdfc_node *b); /* first degree */
void rdfc_digest(const struct rdfc *c, struct rdfc_hash *out, const struct rdf_out *text);
void rdfc_put_hex(const struct rdfc *c, struct rdf_out *out, const struct rdfc_hash *hash);
void rdfc_put_number(struct rdf_out *out, uint32_t number);
void rdfc_issue(struct rdfc *c, uint32_t node);

/*
 * Names the nodes of groups that share their first-degree hash (RDFC-1.0 section 4.4.3 step 5). order: nodes (struct
 * rdfc_node) by their first-degree hashes.
 * errors    BADGE_ELIMIT (the work is beyond max_deep), BADGE_ENOMEM
 */
enum badge_status rdfc_deep(struct rdfc *c, const void *const *order, size_t max_deep, size_t *n_deep) BADGE_CHECKED;

#endif
