/*
 * Pins an audit to one finalized block: reads chain, block, the registry's code and the issuer's log there. Called
 * first by audit.c. All later requests name this block.
 */
#include <string.h>

#include "audit/audit.h"
#include "audit/task_pool.h"

#define MAX_CODE 24577 /* EIP-170: code is at most 24,576 bytes */

enum pin_request { PIN_CODE, PIN_LOG, N_PIN_REQUESTS };

/* What one provider answers. */
struct pinning {
    struct audit *audit;
    const char *block; /* a tag; NULL: by number */
    uint64_t number;
    uint64_t chain_id;
    struct audit_block found;
    struct badge_hash code_hash;
    struct badge_log_head log;
};

static enum badge_status pin_call(struct pinning *pin, struct rpc *rpc, size_t n,
                                  json_t *(*request)(void *, size_t, const char **),
                                  bool (*answer)(void *, size_t, const json_t *), struct badge_err *err)
{
    struct rpc_calls calls = {
        .loop = pin->audit->request.loop, .rpc = rpc, .n = n, .request = request, .answer = answer, .context = pin};
    return rpc_call_all(&calls, err);
}

static json_t *chain_request(void *context, size_t i, const char **method)
{
    (void)context;
    (void)i;
    *method = "eth_chainId";
    return json_array();
}

static bool chain_answer(void *context, size_t i, const json_t *result)
{
    struct pinning *pin = context;
    (void)i;
    return rpc_read_u64(&pin->chain_id, result) == BADGE_OK && pin->chain_id >> 53 == 0;
}

static json_t *block_request(void *context, size_t i, const char **method)
{
    const struct pinning *pin = context;
    (void)i;
    *method = "eth_getBlockByNumber";
    return pin->block ? json_pack("[s,b]", pin->block, 0) : json_pack("[o,b]", rpc_quantity(pin->number), 0);
}

static bool block_answer(void *context, size_t i, const json_t *result)
{
    struct pinning *pin = context;
    struct audit_block *block = &pin->found;
    uint64_t time_s;
    (void)i;
    if (rpc_read_hash(&block->hash, json_object_get(result, "hash")) != BADGE_OK ||
        rpc_read_u64(&block->number, json_object_get(result, "number")) != BADGE_OK ||
        rpc_read_u64(&time_s, json_object_get(result, "timestamp")) != BADGE_OK || time_s > INT64_MAX ||
        block->number >> 53)
        return false;
    block->time_s = (int64_t)time_s;
    return pin->block || block->number == pin->number;
}

static json_t *registry_request(void *context, size_t i, const char **method)
{
    const struct pinning *pin = context;
    const struct audit_request *request = &pin->audit->request;
    uint8_t data[BADGE_CALL_MAX_LEN];
    if (i == PIN_CODE) {
        *method = "eth_getCode";
        return json_pack("[o,o]", rpc_hex(request->contract.b, sizeof request->contract.b),
                         rpc_at_block(&pin->found.hash));
    }
    *method = "eth_call";
    size_t len = badge_call_log_of(data, &request->issuer);
    return json_pack("[o,o]", rpc_call_object(&request->contract, data, len), rpc_at_block(&pin->found.hash));
}

static bool registry_answer(void *context, size_t i, const json_t *result)
{
    struct pinning *pin = context;
    uint8_t bytes[MAX_CODE];
    size_t len;
    if (rpc_read_bytes(bytes, sizeof bytes, &len, result) != BADGE_OK)
        return false;
    if (i == PIN_CODE) {
        badge_keccak256(&pin->code_hash, bytes, len);
        return true;
    }
    if (len == 0) { /* no contract there: check_code() reports it */
        pin->log = (struct badge_log_head){0};
        return true;
    }
    return badge_answer_log(&pin->log, bytes, len) == BADGE_OK && pin->log.count <= RECONCILIATION_MAX_COUNT;
}

static enum badge_status check_chain(const struct pinning *pin, const char *name, uint64_t wanted,
                                     struct badge_err *err)
{
    if (!wanted || pin->chain_id == wanted)
        return BADGE_OK;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "%s is on chain %llu, not on %llu: check --rpc", name,
                      (unsigned long long)pin->chain_id, (unsigned long long)wanted);
}

static enum badge_status check_code(const struct pinning *pin, const char *name, struct badge_err *err)
{
    char address[BADGE_ADDRESS_LEN + 1];
    if (badge_hash_compare(&pin->code_hash, &badge_registry_code_hash) == 0)
        return BADGE_OK;
    badge_address_format(address, &pin->audit->request.contract);
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "%s has no BadgeRegistry that this program knows at %s in block %llu: check --contract%s", name,
                      address, (unsigned long long)pin->found.number,
                      pin->audit->request.confirmations ? " and --confirmations" : "");
}

/* Reads the block: by tag, by its depth below the newest, or by number. */
static enum badge_status find_block(struct pinning *pin, struct rpc *rpc, struct badge_err *err)
{
    uint64_t depth = pin->audit->request.confirmations;
    enum badge_status status = pin_call(pin, rpc, 1, block_request, block_answer, err);
    if (status != BADGE_OK || !pin->block || !depth)
        return status;
    if (depth > pin->found.number)
        return badge_fail(
            err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
            "the chain of %s has only %llu blocks, so there is no block %llu below the newest: lower --confirmations",
            rpc_name(rpc), (unsigned long long)pin->found.number + 1, (unsigned long long)depth);
    pin->block = NULL;
    pin->number = pin->found.number - depth;
    return pin_call(pin, rpc, 1, block_request, block_answer, err);
}

static enum badge_status pin_provider(struct pinning *pin, struct rpc *rpc, uint64_t chain_id, struct badge_err *err)
{
    enum badge_status status = pin_call(pin, rpc, 1, chain_request, chain_answer, err);
    if (status == BADGE_OK)
        status = check_chain(pin, rpc_name(rpc), chain_id, err);
    if (status == BADGE_OK)
        status = find_block(pin, rpc, err);
    if (status == BADGE_OK)
        status = pin_call(pin, rpc, N_PIN_REQUESTS, registry_request, registry_answer, err);
    return status != BADGE_OK ? status : check_code(pin, rpc_name(rpc), err);
}

enum badge_status registry_pin(struct audit *audit, struct badge_err *err)
{
    const struct audit_request *request = &audit->request;
    struct pinning first = {.audit = audit, .block = request->confirmations ? "latest" : "finalized"};
    enum badge_status status = pin_provider(&first, request->rpc[0], request->chain_id, err);
    if (status != BADGE_OK)
        return status;
    for (size_t i = 1; i < request->n_rpcs; i++) {
        struct pinning other = {.audit = audit, .number = first.found.number};
        status = pin_provider(&other, request->rpc[i], first.chain_id, err);
        if (status != BADGE_OK)
            return status;
        if (badge_hash_compare(&first.found.hash, &other.found.hash) != 0 || first.log.count != other.log.count ||
            memcmp(first.log.head, other.log.head, sizeof first.log.head) != 0)
            return badge_fail(
                err, BADGE_EIO, BADGE_NO_OFFSET, "%s and %s disagree on block %llu: try again, or name other providers",
                rpc_name(request->rpc[0]), rpc_name(request->rpc[i]), (unsigned long long)first.found.number);
    }
    audit->block = first.found;
    audit->reconciliation.chain_id = first.chain_id;
    audit->reconciliation.contract = request->contract;
    audit->reconciliation.issuer = request->issuer;
    audit->reconciliation.log = first.log;
    return BADGE_OK;
}
