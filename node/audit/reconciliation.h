/*
 * Compares the anchors of one issuer on the chain with the batches of each source, and lists the findings. Pure: no
 * requests are made here.
 *
 * The chain alone decides which anchors must exist. Its logOf() is a count and a hash over all anchors in order: if
 * every sequence number from 1 to the count has its root and the hash is the same, the list is proven complete.
 */
#ifndef AUDIT_RECONCILIATION_H
#define AUDIT_RECONCILIATION_H

#include "audit/batch_list.h"
#include "badge/registry.h"

/* A root: anchored, or listed by a source, or both. */
struct reconciliation_root {
    struct badge_hash root;
    /* On the chain, at the block of the report; tree_size 0: not anchored there. */
    uint64_t sequence, tree_size, block_number;
    int64_t time_s, withdrawn_s; /* withdrawn_s 0: not withdrawn */
    bool is_newer;               /* not anchored there, but at a later block according to all providers … */
    bool is_disputed;            /* … or to some */
    bool has_sender;             /* from the events: an operator, or the issuer itself */
    struct badge_address sender;
    uint32_t n_copies, n_good; /* batches with this root; those whose leaves match it */
};

enum reconciliation_leaves {
    LEAVES_UNREAD, /* not requested, or could not be read */
    LEAVES_MATCH,
    LEAVES_DIFFER,
    LEAVES_UNORDERED,
    LEAVES_WRONG_LENGTH, /* more or fewer than treeSize */
    LEAVES_WITHHELD,     /* the source does not return them */
};

/* A batch as one source has it. */
struct reconciliation_copy {
    struct listed_batch batch;
    uint32_t source;
    enum reconciliation_leaves leaves;
    bool from_checkpoint; /* verified by an earlier run */
};

enum reconciliation_code {
    MISSING_NO_SOURCE,    /* anchored, but no source has it */
    MISSING_ROOT_UNKNOWN, /* these sequence numbers are anchored, but their roots are unknown */
    EXTRA_NOT_ANCHORED,   /* final according to a source, but not anchored on the chain */
    EXTRA_OTHER_REGISTRY, /* of another chain, contract or issuer, according to a source */
    EXTRA_DUPLICATE,      /* a source has two batches of one root */
    ALTERED_LEAVES,
    ALTERED_ORDER,
    ALTERED_LENGTH,
    ALTERED_SIZE,     /* its treeSize differs from the chain's */
    ALTERED_SEQUENCE, /* its sequence differs from the chain's */
    ALTERED_WITHHELD,
    ALTERED_LIST, /* the list of batches is malformed */
    LOG_DIFFERS,  /* the anchors do not match the log's head */
    UNKNOWN_SOURCE,
    UNKNOWN_LEAVES,
    UNKNOWN_ANCHOR, /* no source that answered has it, and one source did not answer */
    UNKNOWN_NEWER,  /* final according to a source; the providers are behind or disagree */
};
#define RECONCILIATION_N_CODES (UNKNOWN_NEWER + 1)

#define RECONCILIATION_MAX_COUNT (UINT64_C(1) << 40)

enum reconciliation_kind {
    RECONCILIATION_MISSING,
    RECONCILIATION_EXTRA,
    RECONCILIATION_ALTERED,
    RECONCILIATION_LOG,
    RECONCILIATION_UNKNOWN
};
#define RECONCILIATION_N_KINDS (RECONCILIATION_UNKNOWN + 1)

struct reconciliation_finding {
    enum reconciliation_code code;
    bool has_source, has_root;
    uint32_t source, number; /* of the copy; number 0: no copy */
    struct badge_hash root;
    uint64_t sequence, sequence_to; /* 0: none; sequence_to: the last of several */
    uint64_t chain_says, source_says;
};

enum reconciliation_source_kind {
    SOURCE_NODE,
    SOURCE_MIRROR, /* on a web server */
    SOURCE_FOLDER, /* a mirror on this machine */
    SOURCE_STORE,  /* a node's folder, or a copy of it; batch files do not record whether they are anchored */
};

struct reconciliation_source {
    enum reconciliation_source_kind kind;
    const char *place; /* URL or folder, without a slash at its end; borrowed */
    char name[256];    /* for people: a URL without what may be secret in it */
    bool is_listed;
    uint32_t n_batches;
    enum badge_status why_status; /* if it could not be listed */
    char why[232];
};

enum reconciliation_verdict { RECONCILIATION_CLEAN, RECONCILIATION_FAILED, RECONCILIATION_UNDECIDED };

struct reconciliation {
    uint64_t chain_id;
    struct badge_address contract, issuer;
    bool is_stale;             /* a provider's newest block is too old to prove an absence */
    struct badge_log_head log; /* of the chain, at the block of the report; count at most RECONCILIATION_MAX_COUNT */
    struct reconciliation_source *source;
    size_t n_sources;

    struct reconciliation_root *root; /* ascending by root, no two equal, from reconciliation_merge() on */
    size_t n_roots, roots_capacity;
    struct reconciliation_copy *copy; /* by source, newest first */
    size_t n_copies, copies_capacity;

    /* From reconciliation_judge() on. */
    uint32_t *order; /* the anchored roots by sequence: n_anchored */
    size_t n_anchored;
    struct reconciliation_finding *finding;
    size_t n_findings, findings_capacity;
    size_t n_of_kind[RECONCILIATION_N_KINDS];
    uint64_t n_verified,
        n_leaves_verified; /* anchored roots that at least one source has with matching leaves, and those leaves */
    uint64_t n_withdrawn, n_pending;
    bool is_proven; /* the list of anchors is complete and in order */
    enum reconciliation_verdict verdict;
};

void reconciliation_release(struct reconciliation *reconciliation);
/* errors    BADGE_ENOMEM, BADGE_ELIMIT */
enum badge_status reconciliation_add_root(struct reconciliation *reconciliation, const struct badge_hash *root,
                                          const struct badge_address *sender, struct badge_err *err) BADGE_CHECKED;
enum badge_status reconciliation_add_copy(struct reconciliation *reconciliation, uint32_t source,
                                          const struct listed_batch *batch, struct badge_err *err) BADGE_CHECKED;
/* Sorts the roots, those of the copies included, and removes duplicates. After the last was added. errors    as above
 */
enum badge_status reconciliation_merge(struct reconciliation *reconciliation, struct badge_err *err) BADGE_CHECKED;
/* NULL: not found. After reconciliation_merge(). */
struct reconciliation_root *reconciliation_find(const struct reconciliation *reconciliation,
                                                const struct badge_hash *root);
/* Whether the batch belongs to the audited chain, contract and issuer. */
bool reconciliation_is_of_registry(const struct reconciliation *reconciliation, const struct listed_batch *batch);
/* Whether the leaves of the copy must be checked against an anchored root. */
bool reconciliation_wants_leaves(const struct reconciliation *reconciliation, const struct reconciliation_copy *copy);
/* Finds and counts the differences, once everything has been read. errors    BADGE_ENOMEM */
enum badge_status reconciliation_judge(struct reconciliation *reconciliation, struct badge_err *err) BADGE_CHECKED;

enum reconciliation_kind reconciliation_kind_of(enum reconciliation_code code);
const char *reconciliation_kind_name(
    enum reconciliation_kind kind); /* "missing" "extra" "altered" "log" "untold"; frozen */
const char *reconciliation_kind_label(enum reconciliation_kind kind); /* the same for people: "unknown" for "untold" */
const char *reconciliation_code_name(enum reconciliation_code code); /* "no_source" …; frozen, unique within its kind */
const char *reconciliation_verdict_name(enum reconciliation_verdict verdict);
const char *reconciliation_verdict_sentence(enum reconciliation_verdict verdict);
/* One plain sentence; a NUL follows. */
void reconciliation_sentence(char out[400], const struct reconciliation *reconciliation,
                             const struct reconciliation_finding *finding);

#endif
