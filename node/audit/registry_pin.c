/*
 * Pins an audit to one finalized block: reads chain, block, the registry's code and the issuer's log there. Called
 * first by audit.c. All later requests name this block.
 */
#include <string.h>

#include "audit/audit.h"
#include "audit/task_pool.h"
#include "core/format.h"

#define MAX_CODE 24577 /* EIP-170: code is at most 24,576 bytes */

/* What one provider answers. */
struct pinning {
    const struct audit_request *request;
    struct rpc *rpc;
    uint64_t chain_id;
    struct block block;
    bool by_number;
    struct badge_log_head log;
};

static enum badge_status pin_call(const struct pinning *pin, const char *method, json_t *params, json_t **result,
                                  struct badge_err *err)
{
    return rpc_call_one(pin->request->loop, pin->rpc, method, params, false, result, err);
}

static enum badge_status read_chain(struct pinning *pin, uint64_t wanted, struct badge_err *err)
{
    json_t *result;
    enum badge_status status = pin_call(pin, "eth_chainId", json_array(), &result, err);
    if (status == BADGE_OK)
        status = rpc_read_chain_id(&pin->chain_id, result, rpc_name(pin->rpc), err);
    json_decref(result);
    if (status == BADGE_OK && wanted && pin->chain_id != wanted)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "%s is on chain %llu, not on %llu: check --rpc",
                          rpc_name(pin->rpc), (unsigned long long)pin->chain_id, (unsigned long long)wanted);
    return status;
}

/* number is a tag or a quantity; it is taken. */
static enum badge_status read_block(struct pinning *pin, json_t *number, struct badge_err *err)
{
    json_t *result;
    enum badge_status status = pin_call(pin, "eth_getBlockByNumber", json_pack("[o,b]", number, 0), &result, err);
    if (status == BADGE_OK && (block_read(&pin->block, result) != BADGE_OK || pin->block.number >> 53))
        status = rpc_invalid_answer(pin->rpc, err);
    json_decref(result);
    return status;
}

static enum badge_status read_block_at(struct pinning *pin, uint64_t number, struct badge_err *err)
{
    enum badge_status status = read_block(pin, rpc_quantity(number), err);
    return status == BADGE_OK && pin->block.number != number ? rpc_invalid_answer(pin->rpc, err) : status;
}

/* Without one, or without support for the tag, the provider returns null or an error. */
static enum badge_status read_finalized(struct pinning *pin, struct badge_err *err)
{
    json_t *result;
    struct badge_err why = {.text = "none was returned"};
    enum badge_status status = pin_call(pin, "eth_getBlockByNumber", json_pack("[s,b]", "finalized", 0), &result, &why);
    bool is_block = status == BADGE_OK && block_read(&pin->block, result) == BADGE_OK && pin->block.number >> 53 == 0;
    json_decref(result);
    if (is_block)
        return BADGE_OK;
    return badge_fail(err, status == BADGE_ENOMEM ? BADGE_ENOMEM : BADGE_EIO, BADGE_NO_OFFSET,
                      "%s names no finalized block: wait, or count confirmations with --confirmations N (%s)",
                      rpc_name(pin->rpc), why.text);
}

/* Reads the block by its tag, or by its depth below the newest. */
static enum badge_status find_block(struct pinning *pin, struct badge_err *err)
{
    uint64_t depth = pin->request->confirmations;
    enum badge_status status = depth ? read_block(pin, json_string("latest"), err) : read_finalized(pin, err);
    if (status != BADGE_OK || !depth)
        return status;
    if (depth > pin->block.number)
        return badge_fail(
            err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
            "the chain of %s has only %llu blocks, so there is no block %llu below the newest: lower --confirmations",
            rpc_name(pin->rpc), (unsigned long long)pin->block.number + 1, (unsigned long long)depth);
    return read_block_at(pin, pin->block.number - depth, err);
}

/* at: a block, which is taken. */
static enum badge_status read_code_hash(const struct pinning *pin, json_t *at, struct badge_hash *hash, bool *is_there,
                                        struct badge_err *err)
{
    const struct badge_address *contract = &pin->request->contract;
    uint8_t code[MAX_CODE];
    size_t len = 0;
    json_t *result;
    enum badge_status status = pin_call(pin, "eth_getCode",
                                        json_pack("[o,o]", rpc_hex(contract->b, sizeof contract->b), at), &result, err);
    if (status == BADGE_OK && rpc_read_bytes(code, sizeof code, &len, result) != BADGE_OK)
        status = rpc_invalid_answer(pin->rpc, err);
    json_decref(result);
    badge_keccak256(hash, code, len);
    *is_there = len > 0;
    return status;
}

/* Finds out, too, whether this provider takes a block by its hash. */
static enum badge_status read_code(struct pinning *pin, struct badge_err *err)
{
    const struct badge_address *contract = &pin->request->contract;
    struct badge_hash hash, latest;
    bool is_there, is_there_now;
    enum badge_status status = BADGE_EIO;
    if (!pin->by_number)
        status = read_code_hash(pin, rpc_at_block(&pin->block, false), &hash, &is_there, err);
    if (status == BADGE_EIO) {
        pin->by_number = true;
        status = read_code_hash(pin, rpc_at_block(&pin->block, true), &hash, &is_there, err);
    }
    if (status != BADGE_OK || badge_hash_compare(&hash, &badge_registry_code_hash) == 0)
        return status;
    if (!is_there)
        status = read_code_hash(pin, json_string("latest"), &latest, &is_there_now, err);
    if (status != BADGE_OK)
        return status;
    if (!is_there && badge_hash_compare(&latest, &badge_registry_code_hash) == 0)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "block %llu, the newest final one of %s, is older than the registry: wait, or count "
                          "confirmations with --confirmations N",
                          (unsigned long long)pin->block.number, rpc_name(pin->rpc));
    const char *superseded = badge_registry_superseded(&hash);
    if (superseded)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the contract at %s can't be audited: %s",
                          core_account_text(contract).s, superseded);
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "%s has no BadgeRegistry that this program knows at %s in block %llu: check --contract%s",
                      rpc_name(pin->rpc), core_account_text(contract).s, (unsigned long long)pin->block.number,
                      pin->request->confirmations ? " and --confirmations" : "");
}

static enum badge_status read_log(struct pinning *pin, struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN], bytes[64];
    size_t len = badge_call_log_of(call, &pin->request->issuer);
    json_t *result;
    enum badge_status status = pin_call(pin, "eth_call",
                                        json_pack("[o,o]", rpc_call_object(&pin->request->contract, call, len),
                                                  rpc_at_block(&pin->block, pin->by_number)),
                                        &result, err);
    if (status == BADGE_OK &&
        (rpc_read_bytes(bytes, sizeof bytes, &len, result) != BADGE_OK ||
         badge_answer_log(&pin->log, bytes, len) != BADGE_OK || pin->log.count > RECONCILIATION_MAX_COUNT))
        status = rpc_invalid_answer(pin->rpc, err);
    json_decref(result);
    return status;
}

/* first: what the first provider answered, which the others must confirm; NULL for the first. */
static enum badge_status pin_provider(struct pinning *pin, const struct pinning *first, struct badge_err *err)
{
    enum badge_status status = read_chain(pin, first ? first->chain_id : pin->request->chain_id, err);
    if (status == BADGE_OK)
        status = first ? read_block_at(pin, first->block.number, err) : find_block(pin, err);
    if (status == BADGE_OK)
        status = read_code(pin, err);
    if (status == BADGE_OK)
        status = read_log(pin, err);
    if (status != BADGE_OK || !first)
        return status;
    if (badge_hash_compare(&first->block.hash, &pin->block.hash) == 0 && first->log.count == pin->log.count &&
        memcmp(first->log.head, pin->log.head, sizeof pin->log.head) == 0)
        return BADGE_OK;
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                      "%s and %s disagree on block %llu: try again, or name other providers", rpc_name(first->rpc),
                      rpc_name(pin->rpc), (unsigned long long)first->block.number);
}

enum badge_status registry_pin(struct audit *audit, struct badge_err *err)
{
    const struct audit_request *request = &audit->request;
    struct pinning first = {.request = request, .rpc = request->rpc[0]};
    enum badge_status status = pin_provider(&first, NULL, err);
    for (size_t i = 1; i < request->n_rpcs && status == BADGE_OK; i++) {
        struct pinning other = {.request = request, .rpc = request->rpc[i], .by_number = first.by_number};
        status = pin_provider(&other, &first, err);
        first.by_number = other.by_number;
    }
    audit->block = first.block;
    audit->by_number = first.by_number;
    audit->reconciliation.chain_id = first.chain_id;
    audit->reconciliation.contract = request->contract;
    audit->reconciliation.issuer = request->issuer;
    audit->reconciliation.log = first.log;
    return status;
}

enum badge_status registry_confirm(const struct audit *audit, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; audit->by_number && i < audit->request.n_rpcs && status == BADGE_OK; i++) {
        struct pinning now = {.request = &audit->request, .rpc = audit->request.rpc[i]};
        status = read_block_at(&now, audit->block.number, err);
        if (status == BADGE_OK && badge_hash_compare(&now.block.hash, &audit->block.hash) != 0)
            status = badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                                "block %llu of %s changed while it was read: try again, or name another provider",
                                (unsigned long long)audit->block.number, rpc_name(now.rpc));
    }
    return status;
}
