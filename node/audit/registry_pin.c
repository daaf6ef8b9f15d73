/*
 * The moment of an audit: a chain, a finalized block of it, the registry's code and the issuer's log there. Called
 * first by audit.c. Everything that is asked later names this block.
 */
#include <string.h>

#include "audit/audit.h"
#include "audit/task_pool.h"

#define MAX_CODE 24577 /* EIP-170: code is at most 24,576 bytes */

enum pin_question { PIN_CODE, PIN_LOG, N_PIN_QUESTIONS };

/* One provider's word. */
struct pinning {
    struct audit *audit;
    const char *block; /* a tag, or NULL: number */
    uint64_t number;
    uint64_t chain_id;
    struct audit_block found;
    struct badge_hash code_hash;
    struct badge_log_head log;
};

static enum badge_status ask_one(struct pinning *pin, struct rpc *rpc, size_t n,
                                 json_t *(*question)(void *, size_t, const char **),
                                 bool (*answer)(void *, size_t, const json_t *), struct badge_err *err)
{
    struct rpc_calls ask = {
        .loop = pin->audit->request.loop, .rpc = rpc, .n = n, .question = question, .answer = answer, .context = pin};
    return rpc_call_all(&ask, err);
}

static json_t *chain_question(void *context, size_t i, const char **method)
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
    return !rpc_read_u64(&pin->chain_id, result) && pin->chain_id >> 53 == 0;
}

static json_t *block_question(void *context, size_t i, const char **method)
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
    if (rpc_read_hash(&block->hash, json_object_get(result, "hash")) ||
        rpc_read_u64(&block->number, json_object_get(result, "number")) ||
        rpc_read_u64(&time_s, json_object_get(result, "timestamp")) || time_s > INT64_MAX || block->number >> 53)
        return false;
    block->time_s = (int64_t)time_s;
    return pin->block || block->number == pin->number;
}

static json_t *registry_question(void *context, size_t i, const char **method)
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
    if (rpc_read_bytes(bytes, sizeof bytes, &len, result))
        return false;
    if (i == PIN_CODE) {
        badge_keccak256(&pin->code_hash, bytes, len);
        return true;
    }
    if (len == 0) { /* no contract there: the code says so */
        pin->log = (struct badge_log_head){0};
        return true;
    }
    return !badge_answer_log(&pin->log, bytes, len) && pin->log.count <= RECONCILIATION_MAX_COUNT;
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
    return badge_fail(
        err, BADGE_EREFUSED, BADGE_NO_OFFSET,
        "%s has no BadgeRegistry of a code that this program knows at %s in block %llu: check --contract%s", name,
        address, (unsigned long long)pin->found.number,
        pin->audit->request.confirmations ? " and --confirmations" : "");
}

/* Asks for the block that is meant: a tag's, a number of blocks below the newest, or that of a number. */
static enum badge_status find_block(struct pinning *pin, struct rpc *rpc, struct badge_err *err)
{
    uint64_t depth = pin->audit->request.confirmations;
    enum badge_status status = ask_one(pin, rpc, 1, block_question, block_answer, err);
    if (status != BADGE_OK || !pin->block || !depth)
        return status;
    if (depth > pin->found.number)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "the chain of %s has %llu blocks, so none is %llu below the newest: lower --confirmations",
                          rpc_name(rpc), (unsigned long long)pin->found.number + 1, (unsigned long long)depth);
    pin->block = NULL;
    pin->number = pin->found.number - depth;
    return ask_one(pin, rpc, 1, block_question, block_answer, err);
}

static enum badge_status ask_provider(struct pinning *pin, struct rpc *rpc, uint64_t chain_id, struct badge_err *err)
{
    enum badge_status status = ask_one(pin, rpc, 1, chain_question, chain_answer, err);
    if (status == BADGE_OK)
        status = check_chain(pin, rpc_name(rpc), chain_id, err);
    if (status == BADGE_OK)
        status = find_block(pin, rpc, err);
    if (status == BADGE_OK)
        status = ask_one(pin, rpc, N_PIN_QUESTIONS, registry_question, registry_answer, err);
    return status != BADGE_OK ? status : check_code(pin, rpc_name(rpc), err);
}

enum badge_status registry_pin(struct audit *audit, struct badge_err *err)
{
    const struct audit_request *request = &audit->request;
    struct pinning first = {.audit = audit, .block = request->confirmations ? "latest" : "finalized"};
    enum badge_status status = ask_provider(&first, request->rpc[0], request->chain_id, err);
    if (status != BADGE_OK)
        return status;
    for (size_t i = 1; i < request->n_rpcs; i++) {
        struct pinning other = {.audit = audit, .number = first.found.number};
        status = ask_provider(&other, request->rpc[i], first.chain_id, err);
        if (status != BADGE_OK)
            return status;
        if (badge_hash_compare(&first.found.hash, &other.found.hash) != 0 || first.log.count != other.log.count ||
            memcmp(first.log.head, other.log.head, sizeof first.log.head) != 0)
            return badge_fail(
                err, BADGE_EIO, BADGE_NO_OFFSET, "%s and %s do not agree on block %llu: nothing can be told from them",
                rpc_name(request->rpc[0]), rpc_name(request->rpc[i]), (unsigned long long)first.found.number);
    }
    audit->block = first.found;
    audit->reconciliation.chain_id = first.chain_id;
    audit->reconciliation.contract = request->contract;
    audit->reconciliation.issuer = request->issuer;
    audit->reconciliation.log = first.log;
    return BADGE_OK;
}
