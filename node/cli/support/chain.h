/*
 * The chain for commands: one provider, one registry, calls, and transactions signed with a keystore.
 */
#ifndef CLI_SUPPORT_CHAIN_H
#define CLI_SUPPORT_CHAIN_H

#include "badge/eth.h"
#include "cli/support/session.h"

struct chain {
    struct session session;
    struct rpc *rpc;
    uint64_t id;
    struct badge_address contract;
    bool json;       /* --json */
    json_t *reports; /* an array that takes what would be printed with --json; NULL: it is printed */
};

/*
 * Connects to the first --rpc, and checks --chain-id if it is given.
 * errors    BADGE_ESYNTAX (no --rpc), BADGE_EIO, BADGE_EREFUSED (another chain)
 */
enum badge_status chain_open(struct chain *chain, const struct cli *cli, struct badge_err *err) BADGE_CHECKED;
void chain_close(struct chain *chain);

/* A call whose answer is a quantity that fits 64 bits. params is taken. errors    BADGE_EIO, BADGE_EREFUSED */
enum badge_status chain_rpc_u64(struct chain *chain, const char *method, json_t *params, uint64_t *out,
                                struct badge_err *err) BADGE_CHECKED;
/* Hashes the code at an address; *has_code is false if there is no code. */
enum badge_status chain_code(struct chain *chain, const struct badge_address *address, bool *has_code,
                             struct badge_hash *hash, struct badge_err *err) BADGE_CHECKED;
/* Checks that the code at chain->contract is the registry's. errors    BADGE_EREFUSED */
enum badge_status chain_check_registry(struct chain *chain, struct badge_err *err) BADGE_CHECKED;
/* eth_call of the registry at the latest block. */
enum badge_status chain_call(struct chain *chain, const uint8_t *data, size_t len, uint8_t *out, size_t capacity,
                             size_t *out_len, struct badge_err *err) BADGE_CHECKED;
/* A call of the registry whose answer is n numbers. errors    BADGE_EIO, BADGE_EREFUSED */
enum badge_status chain_query(struct chain *chain, const uint8_t *call, size_t len, uint64_t *out, size_t n,
                              struct badge_err *err) BADGE_CHECKED;
enum badge_status chain_balance(struct chain *chain, const struct badge_address *account, struct badge_wei *out,
                                struct badge_err *err) BADGE_CHECKED;

/*
 * Opens the key of --keystore with a passphrase from --passphrase-file or a prompt. err is not NULL.
 * errors    BADGE_ESYNTAX, BADGE_EPASSPHRASE: both are CLI_USAGE
 */
enum badge_status chain_key(struct badge_key **out, const struct cli *cli, struct badge_err *err) BADGE_CHECKED;

struct chain_receipt {
    struct badge_hash transaction;
    uint64_t block_number, gas_used;
    bool has_created;
    struct badge_address created;
};
/*
 * Signs, sends and waits until it is mined. to NULL: creates a contract.
 * errors    BADGE_EIO; BADGE_EREFUSED (reverted, or refused by the provider)
 */
enum badge_status chain_send(struct chain *chain, const struct badge_key *key, const struct badge_address *to,
                             const uint8_t *data, size_t len, struct chain_receipt *out,
                             struct badge_err *err) BADGE_CHECKED;
/*
 * Prints what was changed: a line, or with --json the answer, which is taken, with the members of the receipt. receipt
 * NULL: nothing had to be sent.
 */
void chain_report(const struct chain *chain, json_t *answer, const char *what, const struct chain_receipt *receipt);

#endif
