/*
 * An audit: every anchor of one issuer on the chain against every batch of its nodes, mirrors and stores. For the
 * command line: the loop runs until it is over.
 *
 * All is read at one finalized block, named by its hash (EIP-1898), so that the report is of one moment.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdio.h>

#include "audit/reconciliation.h"
#include "chain/registry_events.h"
#include "chain/rpc.h"

struct audit_request {
    uv_loop_t *loop;
    struct net_client *client;
    struct rpc *const *rpc; /* the first is asked everything; the others must confirm the block, the code and the log */
    size_t n_rpcs;
    uint64_t chain_id; /* 0: the one the first provider is on */
    struct badge_address contract, issuer;
    uint64_t confirmations; /* 0: the `finalized` tag */
    uint64_t from_block;    /* events are not looked for before it */
    const char *state_file; /* what was verified is remembered there; NULL: nowhere */
    /* On the loop; may be NULL. total 0: not known. */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

/* An account that anchored, or that was ever an operator. */
struct audit_operator {
    struct badge_address account;
    uint64_t n_anchors;
    bool is_allowed; /* at the block of the report */
};

struct audit_block {
    uint64_t number;
    struct badge_hash hash;
    int64_t time_s;
};

struct audit {
    struct audit_request request;
    struct audit_block block;
    char provider[256];
    struct reconciliation reconciliation; /* its sources are the caller's */
    struct registry_events events;
    bool has_all_events; /* back to from_block */
    uint64_t events_from;
    char events_why[200]; /* why not further back */
    uint64_t n_revoked;
    struct audit_operator *operators;
    size_t n_operators;
    uint64_t n_from_state;
    int64_t began_s, ended_s;
};

/*
 * Fills audit, whose request and reconciliation.source, .n_sources are set; the rest is zero. Release it in any case.
 * errors    BADGE_EIO (the chain can't be asked, or providers disagree), BADGE_EREFUSED (another chain, or other code
 * at the contract), BADGE_ESYNTAX (more confirmations than blocks; the state file is of another audit, or can't be
 * used), BADGE_ELIMIT, BADGE_ENOMEM
 */
enum badge_status audit_run(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
void audit_release(struct audit *audit);

/* The report, for people and for machines. The JSON is a new reference, NULL where there is no memory. */
void audit_write_text(FILE *out, const struct audit *audit);
void audit_write_html(FILE *out, const struct audit *audit);
json_t *audit_json(const struct audit *audit);

/* -- parts, for audit.c ---------------------------------------------------------------------------------------------
 */

/* Which chain, which block, which code, how many anchors. errors    as audit_run() */
enum badge_status registry_pin(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* Events from the pinned block back, as far as the provider has them: that it has none is no error. */
enum badge_status registry_read_events(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* What the chain says of each root of the reconciliation. */
enum badge_status registry_read_roots(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* Who may anchor now, and when that changed. */
enum badge_status registry_read_operators(struct audit *audit, struct badge_err *err) BADGE_CHECKED;

#endif
