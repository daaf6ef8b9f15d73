/*
 * Is the root on the chain already? Asked before a batch is signed: after a restored backup, a transaction given up
 * too early or a revert the answer may be yes. With our tree size it is ours, and its transaction is found by the
 * event; with another size someone has spoiled this root, and the batch can't be anchored as it is.
 */
#include "anchor/life.h"
#include "runtime/log.h"

#define LOOK_AGAIN_MS 10000

static void receipt_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    if (json_is_null(reply->result))
        anchor_next_batch(anchor);
    else
        mined_read(anchor, reply->result);
}

static void logs_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    struct badge_hash transaction;
    uint64_t sequence;
    size_t n = json_array_size(reply->result);
    for (size_t i = 0; i < n; i++) {
        const json_t *entry = json_array_get(reply->result, i);
        if (!mined_is_anchored(anchor, entry, &sequence) ||
            rpc_read_hash(&transaction, json_object_get(entry, "transactionHash")) != BADGE_OK)
            continue;
        json_t *params = json_pack("[o]", rpc_hex(transaction.b, 32));
        anchor_ask(anchor, "eth_getTransactionReceipt", params, receipt_answered);
        return;
    }
    log_warn("batch is anchored, but the provider does not show by which transaction",
             log_u64("batch", anchor->batch.number), log_text("provider", providers_current(&anchor->providers)->name));
    anchor->chase->publish_at_ms = anchor_now_ms(anchor) + LOOK_AGAIN_MS;
    anchor_next_batch(anchor);
}

static void ask_logs(struct anchor *anchor, uint64_t block_number)
{
    struct badge_hash topic, issuer = {{0}};
    if (!badge_registry_topic(&topic, "Anchored"))
        fatal("the contract has no event Anchored", LOG_FIELDS(log_none));
    for (size_t i = 0; i < 20; i++)
        issuer.b[12 + i] = anchor->options.issuer.b[i];
    json_t *filter = json_pack("{s:o, s:o, s:o, s:[o,o,o]}", "fromBlock", rpc_quantity(block_number), "toBlock",
                               rpc_quantity(block_number), "address", rpc_hex(anchor->options.contract.b, 20), "topics",
                               rpc_hex(topic.b, 32), rpc_hex(issuer.b, 32), rpc_hex(anchor->batch.root.b, 32));
    anchor_ask(anchor, "eth_getLogs", json_pack("[o]", filter), logs_answered);
}

static void anchor_of_answered(struct anchor *anchor, const struct rpc_reply *reply)
{
    uint8_t words[128];
    size_t len;
    uint64_t value[4]; /* sequence, treeSize, time, blockNumber */
    if (rpc_read_bytes(words, sizeof words, &len, reply->result) != BADGE_OK ||
        badge_answer_u64s(value, 4, words, len) != BADGE_OK)
        anchor_round_failed(anchor, "its answer to anchorOf can't be read");
    else if (value[1] == 0)
        anchor->absent(anchor);
    else if (value[1] == anchor->batch.tree_size)
        ask_logs(anchor, value[3]);
    else
        chase_stop(anchor, "another operator has anchored this root with another tree size: remove that operator, its "
                           "key may be stolen");
}

void found_look(struct anchor *anchor, void (*absent)(struct anchor *anchor))
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = badge_call_anchor_of(data, &anchor->options.issuer, &anchor->batch.root);
    anchor->absent = absent;
    anchor_ask_contract(anchor, data, len, anchor_of_answered);
}
