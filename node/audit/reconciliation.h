/*
 * What an audit knows, and what follows from it: the anchors of one issuer as the chain has them, the batches as each
 * source has them, and the findings. Pure: nothing is asked of anyone here.
 *
 * The chain alone decides what must be there. Its logOf() is a count and a hash over every anchor in order, so when
 * each sequence number from 1 to the count has its root and the hash comes out the same, the list is proven complete.
 */
#ifndef AUDIT_RECONCILIATION_H
#define AUDIT_RECONCILIATION_H

#include "audit/batch_list.h"
#include "badge/registry.h"

/* A root: anchored, or listed by a source, or both. */
struct ledger_root {
    struct badge_hash root;
    /* Of the chain, at the block of the report; tree_size 0: not anchored there. */
    uint64_t sequence, tree_size, block_number;
    int64_t time_s, withdrawn_s; /* withdrawn_s 0: it is not */
    bool is_newer;               /* not anchored there, but at a later block, say all providers … */
    bool is_disputed;            /* … or some */
    bool has_sender;             /* from the events: the operator, or the issuer itself */
    struct badge_address sender;
    uint32_t n_copies, n_good; /* batches of sources with this root; those whose leaves give it */
};

enum ledger_leaves {
    LEAVES_UNREAD, /* not asked for, or not told: see the finding */
    LEAVES_HOLD,
    LEAVES_DIFFER,
    LEAVES_UNORDERED,
    LEAVES_CUT,      /* more or fewer than treeSize */
    LEAVES_WITHHELD, /* the source says it has no such list */
};

/* A batch as one source has it. */
struct ledger_copy {
    struct listed_batch batch;
    uint32_t source;
    enum ledger_leaves leaves;
    bool from_state; /* found to hold by an earlier run */
};

enum ledger_code {
    MISSING_NO_SOURCE,    /* anchored, and no source has it */
    MISSING_ROOT_UNKNOWN, /* these sequence numbers are anchored, and not even their roots are known */
    EXTRA_NOT_ANCHORED,   /* a source calls it final, and the chain has no such anchor */
    EXTRA_OTHER_REGISTRY, /* a source says it is of another chain, contract or issuer */
    EXTRA_DUPLICATE,      /* a source has two batches of one root */
    ALTERED_LEAVES,
    ALTERED_ORDER,
    ALTERED_LENGTH,
    ALTERED_SIZE,     /* its treeSize is not the chain's */
    ALTERED_SEQUENCE, /* its sequence is not the chain's */
    ALTERED_WITHHELD,
    ALTERED_LIST, /* the list of batches itself makes no sense */
    LOG_DIFFERS,  /* the anchors do not give the log's head */
    UNTOLD_SOURCE,
    UNTOLD_LEAVES,
    UNTOLD_ANCHOR, /* no source that answered has it, and one did not answer */
    UNTOLD_NEWER,  /* a source calls it final, and the providers are behind, or disagree, so as not to deny that */
};
#define LEDGER_N_CODES (UNTOLD_NEWER + 1)

#define LEDGER_MAX_COUNT (UINT64_C(1) << 40)

enum ledger_kind { LEDGER_MISSING, LEDGER_EXTRA, LEDGER_ALTERED, LEDGER_LOG, LEDGER_UNTOLD };
#define LEDGER_N_KINDS (LEDGER_UNTOLD + 1)

struct ledger_finding {
    enum ledger_code code;
    bool has_source, has_root;
    uint32_t source, number; /* of the copy; number 0: none */
    struct badge_hash root;
    uint64_t sequence, sequence_to; /* 0: none; from … to where they are several */
    uint64_t chain_says, source_says;
};

enum ledger_source_kind {
    SOURCE_NODE,
    SOURCE_MIRROR, /* on a web server */
    SOURCE_FOLDER, /* a mirror on this machine */
    SOURCE_STORE,  /* a node's folder, or a copy of it: batch files do not say what became of their anchors */
};

struct ledger_source {
    enum ledger_source_kind kind;
    const char *place; /* URL or folder, without a slash at its end; borrowed */
    char name[256];    /* for people: a URL without what may be secret in it */
    bool is_listed;
    uint32_t n_batches;
    enum badge_status why_status; /* of a source that is not listed */
    char why[232];
};

enum ledger_verdict { LEDGER_CLEAN, LEDGER_FAILED, LEDGER_UNDECIDED };

struct ledger {
    uint64_t chain_id;
    struct badge_address contract, issuer;
    bool is_stale;             /* the newest block of a provider is too old to say that something is not there */
    struct badge_log_head log; /* count at most LEDGER_MAX_COUNT; of the chain, at the block of the report */
    struct ledger_source *source;
    size_t n_sources;

    struct ledger_root *root; /* ascending by root, no two equal, from ledger_gather() on */
    size_t n_roots, roots_capacity;
    struct ledger_copy *copy; /* by source, the newest first */
    size_t n_copies, copies_capacity;

    /* From ledger_judge() on. */
    uint32_t *order; /* the anchored roots by sequence: n_anchored */
    size_t n_anchored;
    struct ledger_finding *finding;
    size_t n_findings, findings_capacity;
    size_t n_of_kind[LEDGER_N_KINDS];
    uint64_t n_verified, n_leaves_verified; /* anchored roots that at least one source gives, and their leaves */
    uint64_t n_withdrawn, n_pending;
    bool is_proven; /* the list of anchors is complete and in order */
    enum ledger_verdict verdict;
};

void ledger_release(struct ledger *ledger);
/* errors    BADGE_ENOMEM, BADGE_ELIMIT */
enum badge_status ledger_add_root(struct ledger *ledger, const struct badge_hash *root,
                                  const struct badge_address *sender, struct badge_err *err)
    __attribute__((warn_unused_result));
enum badge_status ledger_add_copy(struct ledger *ledger, uint32_t source, const struct listed_batch *batch,
                                  struct badge_err *err) __attribute__((warn_unused_result));
/* Every root once, those of the copies too; after the last was added. errors    as above */
enum badge_status ledger_gather(struct ledger *ledger, struct badge_err *err) __attribute__((warn_unused_result));
/* NULL: there is none. After ledger_gather(). */
struct ledger_root *ledger_find(const struct ledger *ledger, const struct badge_hash *root);
/* Whether the copy is of the audited registry, and its leaves are what must give an anchored root. */
bool ledger_is_of_registry(const struct ledger *ledger, const struct listed_batch *batch);
bool ledger_wants_leaves(const struct ledger *ledger, const struct ledger_copy *copy);
/* Once everything is known that can be. errors    BADGE_ENOMEM */
enum badge_status ledger_judge(struct ledger *ledger, struct badge_err *err) __attribute__((warn_unused_result));

enum ledger_kind ledger_kind_of(enum ledger_code code);
const char *ledger_kind_name(enum ledger_kind kind); /* "missing" "extra" "altered" "log" "untold" */
const char *ledger_code_name(enum ledger_code code); /* "no_source" …; frozen, unique within its kind */
const char *ledger_verdict_name(enum ledger_verdict verdict);
const char *ledger_verdict_sentence(enum ledger_verdict verdict);
/* One plain sentence; a NUL follows. */
void ledger_sentence(char out[400], const struct ledger *ledger, const struct ledger_finding *finding);

#endif
