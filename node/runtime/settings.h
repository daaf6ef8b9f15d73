/*
 * The settings of the daemon: the struct that its table fills. daemon/node.c passes each module only what it needs.
 */
#ifndef RUNTIME_SETTINGS_H
#define RUNTIME_SETTINGS_H

#include "runtime/config.h"

/* Whether holders may publish their badges. SETTINGS_PUBLISH_AUTO: where http.public_url is set. */
enum settings_publish { SETTINGS_PUBLISH_AUTO, SETTINGS_PUBLISH_NO, SETTINGS_PUBLISH_YES };

struct settings {
    char *http_listen;
    uint64_t http_loops, http_max_json, http_max_body, http_max_connections;
    uint64_t http_max_connections_per_client, http_rate_per_client, http_rate_per_token; /* 0: unlimited */
    char *http_public_url, *http_name;
    struct config_list http_public_rpc;
    struct config_list http_trusted_proxy;
    uint64_t http_publish; /* enum settings_publish */
    uint64_t http_publish_space;
    char *store_path;
    struct config_list intake_issuers; /* empty: any */
    struct config_list intake_require; /* "readable", "bound", "conformant" */
    uint64_t batch_max_leaves, batch_max_age_ms, batch_max_pending;
    struct config_list chain_rpc;
    uint64_t chain_id; /* 0: not given */
    struct config_address chain_contract, chain_issuer;
    char *chain_finality; /* "finalized", or a number of confirmations: settings_confirmations() */
    uint64_t chain_max_fee_wei, chain_max_priority_fee_wei, chain_bump_after_ms;
    char *chain_keystore, *chain_passphrase_file;
    struct config_list chain_signer;      /* none: the keystore's key signs */
    struct config_address chain_operator; /* the account that signs */
    uint64_t verify_max_head_age_ms;
    uint64_t verify_private_hosts; /* 0 no, 1 yes */
    uint64_t verify_fetch;         /* 0 off, 1 known, 2 on */
    uint64_t verify_status_max_age_ms;
    struct config_list verify_issuers;
    char *verify_did, *verify_contexts;
    uint64_t log_level, log_format; /* enum log_level; 0 text, 1 json */
};

extern const struct config_program settings_program;

/* The number of confirmations that make a block final; 0: the chain's `finalized` block. */
uint64_t settings_confirmations(const struct settings *settings);
/* Whether http.publish lets holders publish their badges here. */
bool settings_may_publish(const struct settings *settings);
/* Whether intake.require has this word. */
bool settings_require(const struct settings *settings, const char *what);

#endif
