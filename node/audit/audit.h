/*
 * An audit compares every anchor of one issuer on the chain with every batch of its nodes, mirrors and stores. For the
 * command line: audit_run() runs the loop until it is done.
 *
 * Everything is read at one finalized block, named by its hash (EIP-1898), so the report describes one moment. If a
 * provider refuses that, all are asked by its number, and at the end for its hash again.
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
    struct rpc *const *rpc; /* the first answers everything; the others must confirm block, code and log */
    size_t n_rpcs;
    uint64_t chain_id; /* 0: that of the first provider */
    struct badge_address contract, issuer;
    uint64_t confirmations;      /* 0: the `finalized` tag */
    uint64_t max_head_age_s;     /* an older newest block proves no absence */
    uint64_t from_block;         /* events before it are not searched */
    const char *checkpoint_file; /* keeps what was verified; NULL: none */
    /* On the loop. */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

/* An account that has anchored, or was ever an operator. */
struct audit_operator {
    struct badge_address account;
    uint64_t n_anchors;
    bool is_allowed; /* at the block of the report */
};

struct audit {
    struct audit_request request;
    struct block block;
    bool by_number; /* the block is named by its number */
    char provider[256];
    struct reconciliation reconciliation; /* its sources belong to the caller */
    struct registry_events events;
    bool has_all_events; /* back to from_block */
    uint64_t events_from;
    char events_why[200];                               /* why no further back */
    uint64_t n_revoked, n_revoked_for[BADGE_N_REASONS]; /* in all, and by reason */
    struct audit_operator *operators;
    size_t n_operators;
    uint64_t n_from_checkpoint;
    int64_t began_s, ended_s;
};

/*
 * Fills audit. The caller sets request, reconciliation.source and .n_sources, and zeroes the rest. Call audit_release()
 * after a failure too.
 * errors    BADGE_EIO (the chain can't be read, or the providers disagree), BADGE_EREFUSED (another chain, or other
 * code at the contract's address), BADGE_ESYNTAX (more confirmations than blocks; the checkpoint file belongs to
 * another audit, or can't be used), BADGE_ELIMIT, BADGE_ENOMEM
 */
enum badge_status audit_run(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
void audit_release(struct audit *audit);

/* The report, for people and for machines. The JSON is a new reference, NULL if out of memory. */
void audit_write_text(FILE *out, const struct audit *audit);
void audit_write_html(FILE *out, const struct audit *audit);
json_t *audit_json(const struct audit *audit);

/* -- steps, for audit.c -------------------------------------------------------------------------------------------- */

/* Reads and checks chain, block, contract code and log. errors    as audit_run() */
enum badge_status registry_pin(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* Reads events from the pinned block backwards, as far as the provider has them; having none is not an error. */
enum badge_status registry_read_events(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* Reads the chain's record of each root of the reconciliation. */
enum badge_status registry_read_roots(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* Reads who may anchor now, and when that changed. */
enum badge_status registry_read_operators(struct audit *audit, struct badge_err *err) BADGE_CHECKED;
/* After all of these: the block that was named by its number is still the same. errors    BADGE_EIO */
enum badge_status registry_confirm(const struct audit *audit, struct badge_err *err) BADGE_CHECKED;

#endif
