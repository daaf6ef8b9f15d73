/*
 * Calls and transactions for the commands that use the registry with the user's own key: deploy, operator, accredit,
 * revoke --undo, withdraw. The daemon has a sender of its own, which must never get stuck (node/anchor).
 */
#include "cli/support/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/registry.h"
#include "chain/fee.h"
#include "core/format.h"
#include "runtime/file.h"

#define POLL_MS 500
#define GIVE_UP_AFTER_POLLS 600 /* five minutes */
#define MAX_TX_DATA 24576
#define MAX_COST_WEI UINT64_C(1000000000000000000)

static enum badge_status chain_invalid_answer(struct chain *chain, const char *method, struct badge_err *err)
{
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s returned an invalid answer to %s: try another provider",
                      rpc_name(chain->rpc), method);
}

/* A quantity that fits 64 bits. */
static enum badge_status chain_rpc_u64(struct chain *chain, const char *method, json_t *params, uint64_t *out,
                                       struct badge_err *err)
{
    json_t *result;
    enum badge_status status = session_rpc(&chain->session, chain->rpc, method, params, &result, err);
    if (status == BADGE_OK && rpc_read_u64(out, result) != BADGE_OK)
        status = chain_invalid_answer(chain, method, err);
    json_decref(result);
    return status;
}

static enum badge_status chain_rpc_bytes(struct chain *chain, const char *method, json_t *params, uint8_t *out,
                                         size_t capacity, size_t *len, struct badge_err *err)
{
    json_t *result;
    enum badge_status status = session_rpc(&chain->session, chain->rpc, method, params, &result, err);
    if (status == BADGE_OK && rpc_read_bytes(out, capacity, len, result) != BADGE_OK)
        status = chain_invalid_answer(chain, method, err);
    json_decref(result);
    return status;
}

static enum badge_status chain_read_id(struct chain *chain, struct badge_err *err)
{
    json_t *result;
    enum badge_status status = session_rpc(&chain->session, chain->rpc, "eth_chainId", json_array(), &result, err);
    if (status == BADGE_OK)
        status = rpc_read_chain_id(&chain->id, result, rpc_name(chain->rpc), err);
    json_decref(result);
    return status;
}

enum badge_status chain_open(struct chain *chain, const struct cli *cli, struct badge_err *err)
{
    memset(chain, 0, sizeof *chain);
    chain->contract = cli->contract.address;
    chain->json = cli->json;
    if (!cli->rpc.n)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "name a provider of the chain with --rpc URL or BADGE_RPC");
    enum badge_status status = session_open(&chain->session, err);
    if (status != BADGE_OK)
        return status;
    status = rpc_new(&chain->rpc, chain->session.client, cli->rpc.item[0], err);
    if (status == BADGE_OK)
        status = chain_read_id(chain, err);
    if (status == BADGE_OK && cli->chain_id && cli->chain_id != chain->id)
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "%s is on chain %llu, not on %llu: check --rpc",
                            rpc_name(chain->rpc), (unsigned long long)chain->id, (unsigned long long)cli->chain_id);
    if (status != BADGE_OK)
        chain_close(chain);
    return status;
}

void chain_close(struct chain *chain)
{
    rpc_free(chain->rpc);
    session_close(&chain->session);
}

enum badge_status chain_code(struct chain *chain, const struct badge_address *address, bool *has_code,
                             struct badge_hash *hash, struct badge_err *err)
{
    uint8_t code[MAX_TX_DATA];
    size_t len = 0;
    enum badge_status status = chain_rpc_bytes(chain, "eth_getCode",
                                               json_pack("[o,s]", rpc_hex(address->b, sizeof address->b), "latest"),
                                               code, sizeof code, &len, err);
    *has_code = len != 0;
    if (status == BADGE_OK)
        badge_keccak256(hash, code, len);
    return status;
}

enum badge_status chain_check_registry(struct chain *chain, struct badge_err *err)
{
    bool has_code;
    struct badge_hash hash;
    enum badge_status status = chain_code(chain, &chain->contract, &has_code, &hash, err);
    struct account_text address = core_account_text(&chain->contract);
    if (status == BADGE_OK && !has_code)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "there is no contract at %s on chain %llu: run `badge deploy`, or name it with --contract",
                          address.s, (unsigned long long)chain->id);
    if (status != BADGE_OK || badge_hash_compare(&hash, &badge_registry_code_hash) == 0)
        return status;
    const char *superseded = badge_registry_superseded(&hash);
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "the contract at %s is not the BadgeRegistry this program knows: %s", address.s,
                      superseded ? superseded : "check --contract");
}

enum badge_status chain_call(struct chain *chain, const uint8_t *data, size_t len, uint8_t *out, size_t capacity,
                             size_t *out_len, struct badge_err *err)
{
    return chain_rpc_bytes(chain, "eth_call",
                           json_pack("[o,s]", rpc_call_object(&chain->contract, data, len), "latest"), out, capacity,
                           out_len, err);
}

enum badge_status chain_key(struct badge_key **out, const struct cli *cli, struct badge_err *err)
{
    struct passphrase passphrase = {0};
    char *json = NULL;
    size_t len;
    if (!cli->keystore)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "name the key that signs with --keystore FILE (`badge keygen` makes one)");
    enum badge_status status = file_read(&json, &len, cli->keystore, 65536, err);
    if (status == BADGE_OK)
        status = passphrase_read(&passphrase, cli->passphrase_file, "Passphrase: ", err);
    if (status == BADGE_OK) {
        struct badge_err why = {0};
        status = badge_keystore_open(out, json, len, passphrase.text, passphrase.len, &why);
        if (status != BADGE_OK)
            (void)badge_fail(err, status, BADGE_NO_OFFSET, "%s: %s", cli->keystore, why.text);
    }
    passphrase_free(&passphrase);
    free(json);
    /* The user's files are input: their errors are CLI_USAGE, and never CLI_UNREACHABLE. */
    if (status != BADGE_OK)
        err->status = status = BADGE_EPASSPHRASE;
    return status;
}

static enum badge_status chain_read_head(struct chain *chain, struct block *head, struct badge_err *err)
{
    json_t *result;
    enum badge_status status = session_rpc(&chain->session, chain->rpc, "eth_getBlockByNumber",
                                           json_pack("[s,b]", "latest", 0), &result, err);
    if (status == BADGE_OK && block_read(head, result) != BADGE_OK)
        status = chain_invalid_answer(chain, "eth_getBlockByNumber", err);
    json_decref(result);
    return status;
}

/* EIP-1559 where blocks have a base fee, else EIP-155 at the provider's gas price. */
static enum badge_status chain_price(struct chain *chain, struct badge_tx *tx, const struct block *head,
                                     struct badge_err *err)
{
    static const struct fee_caps none = {UINT64_MAX, UINT64_MAX}; /* chain_check_cost() has the limit */
    json_t *result = NULL;
    const char *method = NULL, *next;
    unsigned n_refused = 0;
    uint64_t suggested_wei;
    for (; !result && (next = fee_method(head, n_refused)); n_refused += !result) {
        method = next;
        enum badge_status status = session_rpc(&chain->session, chain->rpc, method, json_array(), &result, err);
        if (status != BADGE_OK && status != BADGE_EREFUSED)
            return status;
    }
    enum badge_status status = fee_suggested(&suggested_wei, head, n_refused, result);
    json_decref(result);
    if (status != BADGE_OK)
        return chain_invalid_answer(chain, method, err);
    const struct fees fees = fee_of(&none, head, suggested_wei);
    tx->kind = head->has_base_fee ? BADGE_TX_EIP1559 : BADGE_TX_EIP155;
    tx->max_priority_fee_per_gas = badge_wei_from_u64(fees.max_priority_fee_wei);
    tx->max_fee_per_gas = badge_wei_from_u64(fees.max_fee_wei);
    return BADGE_OK;
}

/* Gas and price come from the provider: a wrong answer must not empty the account. */
static enum badge_status chain_check_cost(struct chain *chain, const struct badge_tx *tx, struct badge_err *err)
{
    uint64_t per_gas, cost;
    if (badge_wei_to_u64(&per_gas, &tx->max_fee_per_gas) == BADGE_OK &&
        !__builtin_mul_overflow(per_gas, tx->gas_limit, &cost) && cost <= MAX_COST_WEI)
        return BADGE_OK;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "%s asks for more than 1 ether in fees, so nothing was sent: try another provider, or wait for "
                      "lower fees",
                      rpc_name(chain->rpc));
}

static enum badge_status chain_prepare(struct chain *chain, struct badge_tx *tx, const struct badge_address *from,
                                       struct badge_err *err)
{
    struct block head;
    enum badge_status status = chain_read_head(chain, &head, err);
    if (status == BADGE_OK)
        status = chain_price(chain, tx, &head, err);
    if (status == BADGE_OK)
        status = chain_rpc_u64(chain, "eth_getTransactionCount",
                               json_pack("[o,s]", rpc_hex(from->b, sizeof from->b), "latest"), &tx->nonce, err);
    if (status != BADGE_OK)
        return status;
    json_t *call = json_pack("{s:o,s:o}", "from", rpc_hex(from->b, sizeof from->b), "data",
                             rpc_hex(tx->data, tx->data_len));
    if (tx->has_to)
        json_object_set_new(call, "to", rpc_hex(tx->to.b, sizeof tx->to.b));
    uint64_t gas;
    status = chain_rpc_u64(chain, "eth_estimateGas", json_pack("[o]", call), &gas, err);
    if (status != BADGE_OK)
        return status;
    tx->gas_limit = fee_gas_limit(gas, UINT64_MAX, head.gas_limit);
    return chain_check_cost(chain, tx, err);
}

static enum badge_status chain_read_receipt(struct chain *chain, const json_t *receipt, struct chain_receipt *out,
                                            struct badge_err *err)
{
    uint64_t ok;
    if (rpc_read_u64(&ok, json_object_get(receipt, "status")) != BADGE_OK ||
        rpc_read_u64(&out->block_number, json_object_get(receipt, "blockNumber")) != BADGE_OK ||
        rpc_read_u64(&out->gas_used, json_object_get(receipt, "gasUsed")) != BADGE_OK)
        return chain_invalid_answer(chain, "eth_getTransactionReceipt", err);
    out->has_created = rpc_read_address(&out->created, json_object_get(receipt, "contractAddress")) == BADGE_OK;
    if (!ok)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the transaction was mined, but it failed");
    return BADGE_OK;
}

static enum badge_status chain_wait_mined(struct chain *chain, struct chain_receipt *out, struct badge_err *err)
{
    for (int i = 0; i < GIVE_UP_AFTER_POLLS; i++) {
        json_t *receipt;
        enum badge_status status = session_rpc(&chain->session, chain->rpc, "eth_getTransactionReceipt",
                                               json_pack("[o]", rpc_hex(out->transaction.b, 32)), &receipt, err);
        if (status == BADGE_OK && !json_is_null(receipt)) {
            status = chain_read_receipt(chain, receipt, out, err);
            json_decref(receipt);
            return status;
        }
        json_decref(receipt);
        /* After a failure too: the transaction is sent, and the provider may recover. */
        uv_sleep(POLL_MS);
    }
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                      "transaction 0x%s was not mined within five minutes, but it still may be: check it later",
                      core_hash_text(&out->transaction).s);
}

/* Adds the account that signs to the error: most refusals are for insufficient funds of this account. */
static enum badge_status chain_add_signer(const struct badge_address *from, enum badge_status status,
                                          struct badge_err *err)
{
    char why[sizeof err->text];
    if (status != BADGE_EREFUSED)
        return status;
    memcpy(why, err->text, sizeof why);
    return badge_fail(err, status, BADGE_NO_OFFSET, "%s; the account that signs is %s", why, core_account_text(from).s);
}

enum badge_status chain_send(struct chain *chain, const struct badge_key *key, const struct badge_address *to,
                             const uint8_t *data, size_t len, struct chain_receipt *out, struct badge_err *err)
{
    static uint8_t raw[MAX_TX_DATA + BADGE_TX_OVERHEAD];
    struct badge_tx tx = {.chain_id = chain->id, .has_to = to, .data = data, .data_len = len};
    struct badge_address from;
    size_t raw_len;
    json_t *result;
    if (to)
        tx.to = *to;
    badge_key_address(&from, key);
    enum badge_status status = chain_prepare(chain, &tx, &from, err);
    if (status != BADGE_OK)
        return chain_add_signer(&from, status, err);
    if (badge_tx_sign(raw, sizeof raw, &raw_len, &out->transaction, &tx, key) != BADGE_OK)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the transaction is too large");
    status = session_rpc(&chain->session, chain->rpc, "eth_sendRawTransaction", json_pack("[o]", rpc_hex(raw, raw_len)),
                         &result, err);
    json_decref(result);
    return status != BADGE_OK ? chain_add_signer(&from, status, err) : chain_wait_mined(chain, out, err);
}

void chain_report(const struct chain *chain, json_t *answer, const char *what, const struct chain_receipt *receipt)
{
    char hash[BADGE_HEX_LEN + 3] = "0x";
    json_object_set_new(answer, "changed", json_boolean(receipt));
    if (receipt) {
        badge_hex_encode(hash + 2, receipt->transaction.b, sizeof receipt->transaction.b);
        json_object_set_new(answer, "transaction", json_string(hash));
        json_object_set_new(answer, "block", json_integer((json_int_t)receipt->block_number));
        json_object_set_new(answer, "gas", json_integer((json_int_t)receipt->gas_used));
    }
    if (chain->json)
        cli_print_json(json_incref(answer));
    else if (receipt)
        printf("%s in block %llu (transaction %s, %llu gas)\n", what, (unsigned long long)receipt->block_number, hash,
               (unsigned long long)receipt->gas_used);
    else
        printf("%s already: nothing to do\n", what);
    json_decref(answer);
}
