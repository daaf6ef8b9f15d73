/*
 * Asks one provider everything that a verdict needs, in three rounds: which chain and which blocks; what the registry
 * says at those blocks; who revoked, if somebody did. Started by verify.c, one probe a provider, all at once.
 *
 * A fact stays unknown, with the reason, until a well-formed answer has come for it.
 */
#include "audit/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum question {
    ASK_CHAIN_ID,
    ASK_LATEST,
    ASK_FINAL,
    ASK_CODE,
    ASK_ANCHOR_FINAL,
    ASK_ANCHOR_LATEST,
    ASK_WITHDRAWN,
    ASK_REVOKED,
    ASK_REVOKED_BY,
    ASK_ACCREDITED, /* and following: one an accreditor */
};

struct block {
    struct badge_fact fact;
    struct badge_hash hash;
    uint64_t number;
    int64_t time_s;
};

struct probe;
struct ask {
    struct probe *probe;
    unsigned question;
};

struct probe {
    struct rpc *rpc;
    struct probe_question question;
    probe_callback callback;
    void *context;
    struct block latest, final;
    struct probe_answer answer;
    void (*next_round)(struct probe *probe);
    unsigned n_open;
    struct ask ask[]; /* ASK_ACCREDITED + n_accreditors */
};

void fact_unknown(struct badge_fact *fact, const char *who, const char *text)
{
    fact->known = false;
    (void)snprintf(fact->why, sizeof fact->why, "%.60s: %.96s", who, text);
}

static void finish(struct probe *probe)
{
    probe->callback(probe->context, &probe->answer);
    free(probe->answer.accreditation);
    free(probe);
}

/* The fact that a question is about, so that a failure lands where the answer would have. */
static struct badge_fact *fact_of(struct probe *probe, unsigned question)
{
    struct probe_answer *answer = &probe->answer;
    switch (question) {
    case ASK_CHAIN_ID:
        return &answer->chain;
    case ASK_LATEST:
        return &probe->latest.fact;
    case ASK_FINAL:
        return &probe->final.fact;
    case ASK_CODE:
        return &answer->code;
    case ASK_ANCHOR_FINAL:
        return &answer->anchor_final.fact;
    case ASK_ANCHOR_LATEST:
        return &answer->anchor_latest.fact;
    case ASK_WITHDRAWN:
        return &answer->withdrawn;
    case ASK_REVOKED:
        return &answer->revoked;
    case ASK_REVOKED_BY:
        return NULL; /* a courtesy: its absence decides nothing */
    default:
        return &answer->accreditation[question - ASK_ACCREDITED].fact;
    }
}

static bool read_block(struct block *block, const json_t *value)
{
    uint64_t time_s;
    if (rpc_read_hash(&block->hash, json_object_get(value, "hash")) ||
        rpc_read_u64(&block->number, json_object_get(value, "number")) ||
        rpc_read_u64(&time_s, json_object_get(value, "timestamp")) || time_s > INT64_MAX)
        return false;
    block->time_s = (int64_t)time_s;
    return true;
}

static bool read_anchor(struct badge_anchor_fact *anchor, const uint8_t *bytes, size_t len)
{
    uint64_t word[4];
    if (badge_answer_u64s(word, 4, bytes, len) || word[2] > INT64_MAX)
        return false;
    anchor->sequence = word[0];
    anchor->tree_size = word[1];
    anchor->time_s = (int64_t)word[2];
    anchor->block_number = word[3];
    return true;
}

static bool read_time(int64_t *time_s, const uint8_t *bytes, size_t len)
{
    uint64_t word;
    if (badge_answer_u64s(&word, 1, bytes, len) || word > INT64_MAX)
        return false;
    *time_s = (int64_t)word;
    return true;
}

/* The third topic of the newest Revoked event: the account that sent it. */
static void read_revoked_by(struct probe_answer *answer, const json_t *logs)
{
    const json_t *last = json_array_get(logs, json_array_size(logs) ? json_array_size(logs) - 1 : 0);
    struct badge_hash topic;
    if (rpc_read_hash(&topic, json_array_get(json_object_get(last, "topics"), 3)))
        return;
    memcpy(answer->revoked_by.b, topic.b + 12, sizeof answer->revoked_by.b);
    answer->has_revoked_by = true;
}

static bool read_code(struct badge_hash *hash, const json_t *value)
{
    uint8_t code[24577]; /* EIP-170: code is at most 24,576 bytes */
    size_t len;
    if (rpc_read_bytes(code, sizeof code, &len, value))
        return false;
    badge_keccak256(hash, code, len);
    return true;
}

/* Answers of eth_call. */
static bool read_call(struct probe *probe, unsigned question, const json_t *value)
{
    struct probe_answer *answer = &probe->answer;
    uint8_t bytes[128];
    size_t len;
    if (rpc_read_bytes(bytes, sizeof bytes, &len, value))
        return false;
    switch (question) {
    case ASK_ANCHOR_FINAL:
        return read_anchor(&answer->anchor_final, bytes, len);
    case ASK_ANCHOR_LATEST:
        return read_anchor(&answer->anchor_latest, bytes, len);
    case ASK_WITHDRAWN:
        return read_time(&answer->withdrawn_time_s, bytes, len);
    case ASK_REVOKED:
        return read_time(&answer->revoked_time_s, bytes, len);
    default: {
        struct probe_accreditation *accreditation = &answer->accreditation[question - ASK_ACCREDITED];
        uint64_t word[2];
        if (badge_answer_u64s(word, 2, bytes, len))
            return false;
        accreditation->since_s = word[0];
        accreditation->until_s = word[1];
        return true;
    }
    }
}

static bool read_reply(struct probe *probe, unsigned question, const json_t *value)
{
    switch (question) {
    case ASK_CHAIN_ID:
        return !rpc_read_u64(&probe->answer.chain_id, value);
    case ASK_LATEST:
        return read_block(&probe->latest, value);
    case ASK_FINAL:
        return read_block(&probe->final, value);
    case ASK_CODE:
        return read_code(&probe->answer.code_hash, value);
    default:
        return read_call(probe, question, value);
    }
}

static void on_reply(void *context, const struct rpc_reply *reply)
{
    const struct ask *ask = context;
    struct probe *probe = ask->probe;
    struct badge_fact *fact = fact_of(probe, ask->question);
    if (ask->question == ASK_REVOKED_BY) {
        if (!reply->status)
            read_revoked_by(&probe->answer, reply->result);
    } else if (reply->status) {
        fact_unknown(fact, rpc_name(probe->rpc), reply->err.text);
    } else {
        fact->known = read_reply(probe, ask->question, reply->result);
        if (!fact->known)
            fact_unknown(fact, rpc_name(probe->rpc), "it answered what this chain can't have said");
    }
    if (--probe->n_open == 0)
        probe->next_round(probe);
}

static void ask_provider(struct probe *probe, unsigned question, const char *method, json_t *params)
{
    struct badge_err err = {0};
    struct badge_fact *fact = fact_of(probe, question);
    struct ask *ask = &probe->ask[question];
    ask->probe = probe;
    ask->question = question;
    if (!params || rpc_call(probe->rpc, method, params, on_reply, ask, &err)) {
        if (fact)
            fact_unknown(fact, rpc_name(probe->rpc), err.text[0] ? err.text : "out of memory");
        return;
    }
    probe->n_open++;
}

static void send_call(struct probe *probe, unsigned question, const struct block *block, const uint8_t *data,
                      size_t len)
{
    if (!block->fact.known) {
        *fact_of(probe, question) = block->fact;
        return;
    }
    ask_provider(probe, question, "eth_call",
                 json_pack("[o,o]", rpc_call_object(&probe->question.contract, data, len), rpc_at_block(&block->hash)));
}

/* A round that sent nothing goes on to the next at once. */
static void round_ends(struct probe *probe, void (*next)(struct probe *))
{
    probe->next_round = next;
    if (--probe->n_open == 0)
        next(probe);
}

static json_t *topic_of_address(const struct badge_address *address)
{
    uint8_t topic[32] = {0};
    memcpy(topic + 12, address->b, sizeof address->b);
    return rpc_hex(topic, sizeof topic);
}

static void ask_who_revoked(struct probe *probe)
{
    const struct probe_question *question = &probe->question;
    struct badge_hash event;
    if (!probe->answer.revoked.known || !probe->answer.revoked_time_s || !badge_registry_topic(&event, "Revoked")) {
        finish(probe);
        return;
    }
    probe->n_open = 1;
    json_t *topics = json_pack("[o,o,o]", rpc_hex(event.b, 32), topic_of_address(&question->issuer),
                               rpc_hex(question->digest.b, 32));
    ask_provider(probe, ASK_REVOKED_BY, "eth_getLogs",
                 json_pack("[{s:o,s:s,s:s,s:o}]", "address", rpc_hex(question->contract.b, 20), "fromBlock", "0x0",
                           "toBlock", "latest", "topics", topics));
    round_ends(probe, finish);
}

static void ask_registry(struct probe *probe)
{
    const struct probe_question *question = &probe->question;
    struct probe_answer *answer = &probe->answer;
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len;

    if (probe->latest.fact.known && probe->latest.time_s < question->now_s - (int64_t)question->max_head_age_s) {
        char text[96], when[BADGE_TIME_LEN + 1];
        badge_time_format(when, probe->latest.time_s);
        (void)snprintf(text, sizeof text, "its newest block is of %s, which is too old to rely on", when);
        fact_unknown(&probe->latest.fact, rpc_name(probe->rpc), text);
        probe->final.fact = probe->latest.fact;
    }
    answer->final_height = probe->final.number;
    answer->latest_height = probe->latest.number;
    probe->n_open = 1;
    if (probe->latest.fact.known)
        ask_provider(probe, ASK_CODE, "eth_getCode",
                     json_pack("[o,o]", rpc_hex(question->contract.b, 20), rpc_at_block(&probe->latest.hash)));
    else
        answer->code = probe->latest.fact;
    len = badge_call_anchor_of(data, &question->issuer, &question->root);
    send_call(probe, ASK_ANCHOR_FINAL, &probe->final, data, len);
    send_call(probe, ASK_ANCHOR_LATEST, &probe->latest, data, len);
    len = badge_call_withdrawn_at(data, &question->issuer, &question->root);
    send_call(probe, ASK_WITHDRAWN, &probe->latest, data, len);
    len = badge_call_revoked_at(data, &question->issuer, &question->digest);
    send_call(probe, ASK_REVOKED, &probe->latest, data, len);
    for (size_t i = 0; i < question->n_accreditors; i++) {
        len = badge_call_accredited_by(data, &question->accreditor[i], &question->issuer, &question->subject);
        send_call(probe, (unsigned)(ASK_ACCREDITED + i), &probe->latest, data, len);
    }
    round_ends(probe, ask_who_revoked);
}

/* Where finality is a number of confirmations, the final block follows from the latest. */
static void ask_final_by_depth(struct probe *probe)
{
    uint64_t depth = probe->question.confirmations;
    if (!probe->latest.fact.known) {
        probe->final.fact = probe->latest.fact;
        ask_registry(probe);
        return;
    }
    uint64_t number = probe->latest.number > depth ? probe->latest.number - depth : 0;
    probe->n_open = 1;
    ask_provider(probe, ASK_FINAL, "eth_getBlockByNumber", json_pack("[o,b]", rpc_quantity(number), 0));
    round_ends(probe, ask_registry);
}

enum badge_status probe_start(struct rpc *rpc, const struct probe_question *question, probe_callback callback,
                              void *context, struct badge_err *err)
{
    size_t n_asks = ASK_ACCREDITED + question->n_accreditors;
    struct probe *probe = calloc(1, sizeof *probe + n_asks * sizeof *probe->ask);
    if (!probe)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    probe->answer.accreditation = calloc(question->n_accreditors + 1, sizeof *probe->answer.accreditation);
    enum badge_status status = probe->answer.accreditation
                                   ? rpc_call(rpc, "eth_chainId", json_array(), on_reply, &probe->ask[ASK_CHAIN_ID],
                                              err)
                                   : badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    if (status) {
        free(probe->answer.accreditation);
        free(probe);
        return status;
    }
    probe->rpc = rpc;
    probe->question = *question;
    probe->callback = callback;
    probe->context = context;
    probe->ask[ASK_CHAIN_ID] = (struct ask){probe, ASK_CHAIN_ID};
    probe->n_open = 1; /* the call above: its callback can't run before this function has returned */
    probe->next_round = question->confirmations ? ask_final_by_depth : ask_registry;
    ask_provider(probe, ASK_LATEST, "eth_getBlockByNumber", json_pack("[s,b]", "latest", 0));
    if (!question->confirmations)
        ask_provider(probe, ASK_FINAL, "eth_getBlockByNumber", json_pack("[s,b]", "finalized", 0));
    return BADGE_OK;
}
