/*
 * What a chain is asked for a verdict, and what its answers say. No I/O: the caller sends the requests and hands in the
 * answers, whether it is a daemon over curl or a browser over fetch(), so that all ask the same and read it alike.
 *
 * One provider is asked in rounds: which chain and which blocks; what the registry says at those blocks; who revoked,
 * if somebody did. Blocks are named by hash (EIP-1898), so that every answer of one height is of one chain. Nothing is
 * judged here, and nothing that failed is turned into an answer.
 */
#ifndef BADGE_CHAIN_QUERY_H
#define BADGE_CHAIN_QUERY_H

#include "badge/registry.h"
#include "badge/verdict.h"

#define BADGE_MAX_ACCREDITORS 64

struct badge_chain_query_params {
    struct badge_address contract, issuer;
    struct badge_hash root, digest;
    const struct badge_address *accreditor; /* borrowed for as long as the query lasts */
    size_t n_accreditors;                   /* at most BADGE_MAX_ACCREDITORS */
    struct badge_hash subject;              /* keccak-256 of the credential issuer's id; used only with accreditors */
    uint64_t confirmations;                 /* 0: the `finalized` tag */
    uint64_t max_head_age_s;                /* an older newest block is not relied on */
    int64_t now_s;
};

struct badge_accreditation {
    struct badge_fact fact;
    uint64_t since_s, until_s; /* since 0: never; until 0: still */
};

/* What one provider says, or several agree on. */
struct badge_chain_view {
    struct badge_fact chain, code; /* of the two below */
    uint64_t chain_id;
    struct badge_hash code_hash;
    struct badge_anchor_fact anchor_final, anchor_latest;
    uint64_t final_height, latest_height; /* of the blocks that these two were asked at */
    struct badge_fact withdrawn, revoked;
    int64_t withdrawn_time_s, revoked_time_s;
    bool has_revoked_by; /* from the event, where the provider still has it */
    struct badge_address revoked_by;
    struct badge_accreditation accreditation[BADGE_MAX_ACCREDITORS]; /* one an accreditor, in their order */
};

/* Nothing is known, and why: one clause. */
BADGE_API void badge_chain_view_unknown(struct badge_chain_view *out, const char *why);

/*
 * Lets into `all` only what `one` says too: a fact that differs, or that either does not know, is not known any more.
 * name: of the provider whose view `one` is.
 *
 * Honest providers are some blocks apart. That one has no record of an anchor yet, in a block older than the one which
 * the other found it recorded in, is no contradiction: the anchor is then final only where both say so, and there at
 * the latest block if one says so, which makes it pending.
 */
BADGE_API void badge_chain_view_merge(struct badge_chain_view *all, const struct badge_chain_view *one,
                                      size_t n_accreditors, const char *name);

/* -- asking one provider ------------------------------------------------------------------------------------------- */

#define BADGE_CHAIN_QUERY_MAX_REQUESTS (10 + BADGE_MAX_ACCREDITORS)
#define BADGE_RPC_PARAMS_LEN 640

/* Which strings of a result are handed in: see badge_chain_query_take(). */
enum badge_result_kind {
    BADGE_RESULT_TEXT,  /* the result, which is a string */
    BADGE_RESULT_BLOCK, /* its members hash, number and timestamp */
    BADGE_RESULT_LOGS,  /* of its last element, the fourth of its topics */
};
#define BADGE_RESULT_MAX_TEXTS 3

/* One request of JSON-RPC. */
struct badge_rpc_request {
    unsigned number; /* which of the query's questions it is */
    const char *method;
    char params[BADGE_RPC_PARAMS_LEN]; /* a JSON array */
    enum badge_result_kind kind;
};

struct badge_block_seen {
    struct badge_fact fact;
    struct badge_hash hash;
    uint64_t number;
    int64_t time_s;
};

/* A plain value; read nothing of it but the view, once it is over. */
struct badge_chain_query {
    struct badge_chain_query_params question;
    char name[64]; /* the provider's, for the report */
    struct badge_block_seen latest, final;
    unsigned next; /* the question that comes next */
    unsigned n_open;
    bool open[BADGE_CHAIN_QUERY_MAX_REQUESTS];
    struct badge_chain_view view;
};

BADGE_API void badge_chain_query_init(struct badge_chain_query *query, const struct badge_chain_query_params *question,
                                      const char *name);
/*
 * The next request. False: there is none until all that are open are answered; where none is open, the query is
 * over and the view complete.
 */
BADGE_API bool badge_chain_query_next(struct badge_chain_query *query, struct badge_rpc_request *out);
BADGE_API bool badge_chain_query_over(const struct badge_chain_query *query);
/*
 * The answer to an open question. text: BADGE_RESULT_MAX_TEXTS strings, bytes NULL where the result has none at that
 * place. Any bytes may stand in them; what this chain can't have said leaves the fact unknown.
 */
BADGE_API void badge_chain_query_take(struct badge_chain_query *query, unsigned number,
                                      const struct badge_text text[BADGE_RESULT_MAX_TEXTS]);
/* An open question that got no answer, and why. */
BADGE_API void badge_chain_query_fail(struct badge_chain_query *query, unsigned number, const char *why);
/* Whether a number names a question that is open; for callers that have it from elsewhere. */
BADGE_API bool badge_chain_query_is_open(const struct badge_chain_query *query, unsigned number);

#endif
