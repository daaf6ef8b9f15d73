/*
 * The chain queries for a verdict: which JSON-RPC requests to send, and what their answers mean. No I/O: the caller
 * sends the requests and passes the answers in, so that a daemon (curl) and a browser (fetch) send the same requests
 * and read the answers alike.
 *
 * One provider is queried in rounds: chain id and blocks; the registry's state at those blocks; who revoked, if the
 * credential is revoked. Blocks are named by hash (EIP-1898), so that all answers at one height are from one chain.
 * What a provider refuses so is asked again by the block's number, and then the block itself: only if its hash is still
 * the same, the answers count. Nothing is judged here, and a failed request leaves its fact unknown.
 */
#ifndef BADGE_CHAIN_QUERY_H
#define BADGE_CHAIN_QUERY_H

#include "badge/registry.h"
#include "badge/verdict.h"

#define BADGE_MAX_ACCREDITORS 64

#define BADGE_MAX_ISSUER_ACCOUNTS 16

struct badge_chain_query_params {
    struct badge_address contract;
    bool has_record; /* there is a receipt: issuer and root are its own; false: only `account` is asked */
    struct badge_address issuer;
    struct badge_hash root, digest;
    size_t n_inner; /* digests of credentials inside of the document, which may be revoked by themselves */
    struct badge_hash inner[BADGE_MAX_INNER];
    size_t n_accounts; /* other accounts that are asked whether they revoked any of the digests */
    struct badge_address account[BADGE_MAX_ISSUER_ACCOUNTS];
    const struct badge_address *accreditor; /* borrowed until the query is over */
    size_t n_accreditors;                   /* at most BADGE_MAX_ACCREDITORS */
    struct badge_hash subject;              /* keccak-256 of the credential issuer's id; used only with accreditors */
    uint64_t confirmations;                 /* 0: the `finalized` tag */
    uint64_t max_head_age_s;                /* a latest block older than this is stale, and not used */
    int64_t now_s;                          /* seconds since 1970 */
};

struct badge_accreditation {
    struct badge_fact fact;
    uint64_t since_s, until_s; /* seconds since 1970; since 0: not accredited; until 0: without an end */
};

/* What one provider answered, or what several agree on. */
struct badge_chain_view {
    struct badge_fact chain, code; /* of chain_id and code_hash */
    uint64_t chain_id;
    struct badge_hash code_hash; /* keccak-256 of the code at the contract's address */
    struct badge_anchor_fact anchor_final, anchor_latest;
    uint64_t final_height, latest_height; /* numbers of the blocks at which these two were read */
    struct badge_fact withdrawn, revoked;
    int64_t withdrawn_time_s; /* 0: not withdrawn */
    struct badge_revocation revocation;
    struct badge_fact inner_revoked[BADGE_MAX_INNER]; /* of the first n_inner */
    struct badge_revocation inner_revocation[BADGE_MAX_INNER];
    /* By each account, of the digest and then those inside. */
    struct badge_fact account_revoked[BADGE_MAX_ISSUER_ACCOUNTS][1 + BADGE_MAX_INNER];
    struct badge_revocation account_revocation[BADGE_MAX_ISSUER_ACCOUNTS][1 + BADGE_MAX_INNER];
    bool has_revoked_by; /* from the event, if the provider still has it */
    struct badge_address revoked_by;
    struct badge_accreditation accreditation[BADGE_MAX_ACCREDITORS]; /* one for each accreditor, in their order */
};

/* Sets every fact unknown; why: one clause. */
BADGE_API void badge_chain_view_unknown(struct badge_chain_view *out, const char *why);

/*
 * Merges the view of one more provider into `all`: a fact that differs, or that is unknown in either, becomes unknown.
 * name   of the provider of `one`, for the reasons
 *
 * Honest providers are some blocks apart. If one has no record of an anchor, but was read at a block before the one
 * in which the other found it recorded, that is not a contradiction: the anchor is then final only if both say so, and
 * recorded at the latest block if one of them says so, which makes it pending.
 */
BADGE_API void badge_chain_view_merge(struct badge_chain_view *all, const struct badge_chain_view *one,
                                      size_t n_accreditors, const char *name);

/* -- querying one provider ----------------------------------------------------------------------------------------- */

#define BADGE_CHAIN_QUERY_MAX_REQUESTS                                                                                 \
    (12 + BADGE_MAX_ACCREDITORS + BADGE_MAX_INNER + BADGE_MAX_ISSUER_ACCOUNTS * (1 + BADGE_MAX_INNER))
#define BADGE_RPC_PARAMS_LEN 640

/* Which strings of a JSON-RPC result the caller passes to badge_chain_query_take(). */
enum badge_result_kind {
    BADGE_RESULT_TEXT,  /* the result itself, a string */
    BADGE_RESULT_BLOCK, /* its members hash, number and timestamp */
    BADGE_RESULT_LOGS,  /* the fourth topic of its last element */
};
#define BADGE_RESULT_MAX_TEXTS 3

/* One JSON-RPC request. */
struct badge_rpc_request {
    unsigned number;                   /* identifies the request within the query */
    const char *method;                /* static storage */
    char params[BADGE_RPC_PARAMS_LEN]; /* a JSON array */
    enum badge_result_kind kind;
};

struct badge_block_seen {
    struct badge_fact fact;
    struct badge_hash hash;
    uint64_t number;
    int64_t time_s;
};

/* A plain value. Only the view is for callers to read, once the query is over. */
struct badge_chain_query {
    struct badge_chain_query_params params;
    char name[64]; /* the provider's, for the report */
    struct badge_block_seen latest, final;
    unsigned next; /* number of the next request */
    unsigned n_open;
    bool open[BADGE_CHAIN_QUERY_MAX_REQUESTS];
    bool refused[BADGE_CHAIN_QUERY_MAX_REQUESTS]; /* by hash */
    bool any_refused, by_number;                  /* by_number: what was refused is being asked again */
    bool no_final_block;                          /* the provider names none */
    bool final_is_empty;                          /* a call at the final block returned nothing: no contract is there */
    struct badge_chain_view view;
};

BADGE_API void badge_chain_query_init(struct badge_chain_query *query, const struct badge_chain_query_params *params,
                                      const char *name);
/*
 * The next request. False: no more until all open requests are answered; if none is open, the query is over and the
 * view complete.
 */
BADGE_API bool badge_chain_query_next(struct badge_chain_query *query, struct badge_rpc_request *out);
BADGE_API bool badge_chain_query_over(const struct badge_chain_query *query);
/*
 * The answer to an open request. text: BADGE_RESULT_MAX_TEXTS strings, with bytes NULL where the result lacks one. They
 * may hold any bytes: a malformed or impossible answer leaves the fact unknown.
 */
BADGE_API void badge_chain_query_take(struct badge_chain_query *query, unsigned number,
                                      const struct badge_text text[BADGE_RESULT_MAX_TEXTS]);
/* An open request failed; why: one clause. */
BADGE_API void badge_chain_query_fail(struct badge_chain_query *query, unsigned number, const char *why);
/* The same if the provider answered with a JSON-RPC error about the request itself, not about a limit. */
BADGE_API void badge_chain_query_refuse(struct badge_chain_query *query, unsigned number, const char *why);
/* Whether the number is that of an open request; for callers with a number from an untrusted source. */
BADGE_API bool badge_chain_query_is_open(const struct badge_chain_query *query, unsigned number);

#endif
