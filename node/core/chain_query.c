/*
 * The requests to one provider for a verdict, in rounds, and the parsing of its answers. The verifier drives it: the
 * daemon's audit over its JSON-RPC client, the browser over fetch().
 *
 * Then the views of several providers are merged, two at a time.
 *
 * Invariants: a fact is unknown, with a reason, until a well-formed answer for it has arrived, and an answer by number
 * counts only while the number stays that of the same block. A fact that was unknown
 * never becomes known by merging, and no single provider can make an anchor final or a credential revoked.
 */
#include "badge/chain_query.h"

#include <string.h>

#include "badge/wei.h"
#include "core/address_word.h"
#include "core/format.h"
#include "core/json_out.h"

enum request_number {
    ASK_CHAIN_ID,
    ASK_LATEST,
    ASK_FINALIZED, /* or, where finality is a number of confirmations, … */
    ASK_AT_DEPTH,  /* … the block that many below the latest */
    ASK_CODE,
    ASK_ANCHOR_FINAL,
    ASK_ANCHOR_LATEST,
    ASK_WITHDRAWN,
    ASK_REVOKED,
    ASK_ACCREDITED, /* the first of one for each accreditor; then one for each inner digest, and what follows below */
};

#define CODE_MAX_LEN 24576 /* EIP-170 */

/* Marks a fact as unknown, with the reason "who: text", each part truncated. */
static void set_unknown(struct badge_fact *fact, const char *who, const char *text)
{
    fact->known = false;
    (void)core_format(fact->why, sizeof fact->why, "%.*s: %.*s", 60, who, 96, text);
}

/* The number of the first request about a digest inside. */
static unsigned inner_revoked(const struct badge_chain_query_params *params)
{
    return (unsigned)(ASK_ACCREDITED + params->n_accreditors);
}

/* The number of the first request to another account: each is asked of the digest, and then of those inside. */
static unsigned account_revoked(const struct badge_chain_query_params *params)
{
    return inner_revoked(params) + (unsigned)params->n_inner;
}

struct account_digest {
    size_t account, digest; /* 0: the document's; from 1 on those inside */
};

static struct account_digest account_digest_of(const struct badge_chain_query_params *params, unsigned number)
{
    size_t at = number - account_revoked(params), n_digests = 1 + params->n_inner;
    return (struct account_digest){at / n_digests, at % n_digests};
}

/* After the requests about the registry's state: the latest block again, then the final one. */
static unsigned latest_again(const struct badge_chain_query *query)
{
    const struct badge_chain_query_params *params = &query->params;
    return account_revoked(params) + (unsigned)(params->n_accounts * (1 + params->n_inner));
}

static unsigned final_again(const struct badge_chain_query *query)
{
    return latest_again(query) + 1;
}

/* The number of the last request: which account revoked. */
static unsigned revoked_by(const struct badge_chain_query *query)
{
    return latest_again(query) + 2;
}

static bool is_about_state(const struct badge_chain_query *query, unsigned number)
{
    return number >= ASK_CODE && number < latest_again(query);
}

/* Whether a request needs the answers to all before it. */
static bool begins_round(const struct badge_chain_query *query, unsigned number)
{
    return number == ASK_AT_DEPTH || number == ASK_CODE || number == latest_again(query) || number == revoked_by(query);
}

/* The fact that a request asks for; a failed request sets it unknown. */
static struct badge_fact *fact_of(struct badge_chain_query *query, unsigned number)
{
    struct badge_chain_view *view = &query->view;
    if (number >= latest_again(query))
        return NULL; /* that of the blocks has no fact of its own; who revoked is only for information */
    switch (number) {
    case ASK_CHAIN_ID:
        return &view->chain;
    case ASK_LATEST:
        return &query->latest.fact;
    case ASK_FINALIZED:
    case ASK_AT_DEPTH:
        return &query->final.fact;
    case ASK_CODE:
        return &view->code;
    case ASK_ANCHOR_FINAL:
        return &view->anchor_final.fact;
    case ASK_ANCHOR_LATEST:
        return &view->anchor_latest.fact;
    case ASK_WITHDRAWN:
        return &view->withdrawn;
    case ASK_REVOKED:
        return &view->revoked;
    default:
        if (number >= account_revoked(&query->params)) {
            struct account_digest of = account_digest_of(&query->params, number);
            return &view->account_revoked[of.account][of.digest];
        }
        if (number >= inner_revoked(&query->params))
            return &view->inner_revoked[number - inner_revoked(&query->params)];
        return &view->accreditation[number - ASK_ACCREDITED].fact;
    }
}

/* -- writing requests ---------------------------------------------------------------------------------------------- */

static void write_contract(struct json_out *json, const char *name, const struct badge_chain_query_params *params)
{
    json_out_hex(json, name, "0x", params->contract.b, sizeof params->contract.b);
}

static void write_word(struct json_out *json, const char *name, const struct badge_hash *word)
{
    json_out_hex(json, name, "0x", word->b, sizeof word->b);
}

/* A quantity of JSON-RPC: without leading zeros. */
static void write_quantity(struct json_out *json, uint64_t value)
{
    char text[2 + 16 + 1] = "";
    size_t at = sizeof text - 1;
    do {
        text[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value != 0);
    text[--at] = 'x';
    text[--at] = '0';
    json_out_text(json, NULL, text + at);
}

/* The block that a call is about: by its hash (EIP-1898), or by its number where the provider refused that. */
static void write_at_block(struct json_out *json, const struct badge_chain_query *query,
                           const struct badge_block_seen *block)
{
    if (query->by_number) {
        write_quantity(json, block->number);
        return;
    }
    json_out_object(json, NULL);
    write_word(json, "blockHash", &block->hash);
    json_out_object_end(json);
}

/* The first digest that is revoked; NULL: none is. */
static const struct badge_hash *revoked_digest(const struct badge_chain_query *query)
{
    const struct badge_chain_view *view = &query->view;
    if (view->revoked.known && view->revocation.time_s != 0)
        return &query->params.digest;
    for (size_t i = 0; i < query->params.n_inner; i++)
        if (view->inner_revoked[i].known && view->inner_revocation[i].time_s != 0)
            return &query->params.inner[i];
    return NULL;
}

static void write_logs(struct json_out *json, const struct badge_chain_query *query)
{
    const struct badge_chain_query_params *params = &query->params;
    struct badge_hash event, issuer = core_address_word(&params->issuer);
    BADGE_ASSERT(badge_registry_topic(&event, "Revoked"));
    json_out_object(json, NULL);
    write_contract(json, "address", params);
    json_out_text(json, "fromBlock", "0x0");
    json_out_text(json, "toBlock", "latest");
    json_out_array(json, "topics");
    write_word(json, NULL, &event);
    write_word(json, NULL, &issuer);
    write_word(json, NULL, revoked_digest(query));
    json_out_array_end(json);
    json_out_object_end(json);
}

static size_t call_data(uint8_t data[BADGE_CALL_MAX_LEN], const struct badge_chain_query_params *params,
                        unsigned number)
{
    switch (number) {
    case ASK_ANCHOR_FINAL:
    case ASK_ANCHOR_LATEST:
        return badge_call_anchor_of(data, &params->issuer, &params->root);
    case ASK_WITHDRAWN:
        return badge_call_withdrawn_at(data, &params->issuer, &params->root);
    case ASK_REVOKED:
        return badge_call_revoked_at(data, &params->issuer, &params->digest);
    default:
        if (number >= account_revoked(params)) {
            struct account_digest of = account_digest_of(params, number);
            return badge_call_revoked_at(data, &params->account[of.account],
                                         of.digest ? &params->inner[of.digest - 1] : &params->digest);
        }
        if (number >= inner_revoked(params))
            return badge_call_revoked_at(data, &params->issuer, &params->inner[number - inner_revoked(params)]);
        return badge_call_accredited_by(data, &params->accreditor[number - ASK_ACCREDITED], &params->issuer,
                                        &params->subject);
    }
}

static void write_block(struct badge_rpc_request *out, struct json_out *json, const struct badge_chain_query *query)
{
    out->method = "eth_getBlockByNumber";
    out->kind = BADGE_RESULT_BLOCK;
    if (out->number == ASK_AT_DEPTH) {
        uint64_t height = query->latest.number, depth = query->params.confirmations;
        write_quantity(json, height > depth ? height - depth : 0);
    } else if (out->number >= latest_again(query)) {
        write_quantity(json, out->number == final_again(query) ? query->final.number : query->latest.number);
    } else {
        json_out_text(json, NULL, out->number == ASK_LATEST ? "latest" : "finalized");
    }
    json_out_bool(json, NULL, false); /* no transactions */
}

static void write_call(struct json_out *json, const struct badge_chain_query_params *params, unsigned number)
{
    uint8_t data[BADGE_CALL_MAX_LEN];
    size_t len = call_data(data, params, number);
    json_out_object(json, NULL);
    write_contract(json, "to", params);
    json_out_hex(json, "data", "0x", data, len);
    json_out_object_end(json);
}

static void write_request(struct badge_rpc_request *out, const struct badge_chain_query *query, unsigned number)
{
    const struct badge_chain_query_params *params = &query->params;
    struct json_buffer buffer = {.bytes = out->params, .capacity = sizeof out->params};
    struct json_out json = {.put = json_buffer_put, .to = &buffer};

    out->number = number;
    out->kind = BADGE_RESULT_TEXT;
    json_out_array(&json, NULL);
    if (number == ASK_CHAIN_ID) {
        out->method = "eth_chainId";
    } else if (number < ASK_CODE || number == latest_again(query) || number == final_again(query)) {
        write_block(out, &json, query);
    } else if (number == ASK_CODE) {
        out->method = "eth_getCode";
        write_contract(&json, NULL, params);
        write_at_block(&json, query, &query->latest);
    } else if (number == revoked_by(query)) {
        out->method = "eth_getLogs";
        out->kind = BADGE_RESULT_LOGS;
        write_logs(&json, query);
    } else {
        out->method = "eth_call";
        write_call(&json, params, number);
        write_at_block(&json, query, number == ASK_ANCHOR_FINAL ? &query->final : &query->latest);
    }
    json_out_array_end(&json);
    BADGE_ASSERT(!json.failed);
}

/* -- the rounds ---------------------------------------------------------------------------------------------------- */

void badge_chain_query_init(struct badge_chain_query *query, const struct badge_chain_query_params *params,
                            const char *name)
{
    BADGE_ASSERT(params->n_accreditors <= BADGE_MAX_ACCREDITORS && params->n_inner <= BADGE_MAX_INNER &&
                 params->n_accounts <= BADGE_MAX_ISSUER_ACCOUNTS);
    memset(query, 0, sizeof *query);
    query->params = *params;
    (void)core_format(query->name, sizeof query->name, "%s", name);
}

/* After the answers about chain and blocks: refuses a head that is too old, and stores the blocks' heights. */
static void check_blocks(struct badge_chain_query *query)
{
    const struct badge_chain_query_params *params = &query->params;
    if (query->latest.fact.known && query->latest.time_s < params->now_s - (int64_t)params->max_head_age_s) {
        uint64_t most = params->max_head_age_s, unit = most % 3600 == 0 ? 3600 : most % 60 == 0 ? 60 : 1;
        char text[96], when[BADGE_TIME_LEN + 1];
        badge_time_format(when, query->latest.time_s);
        (void)core_format(text, sizeof text, "its newest block, of %s, is too old: the maximum head age is %llu %s",
                          when, (unsigned long long)(most / unit),
                          unit == 3600 ? "h"
                          : unit == 60 ? "min"
                                       : "s");
        set_unknown(&query->latest.fact, query->name, text);
        query->final.fact = query->latest.fact;
    }
    query->view.final_height = query->final.number;
    query->view.latest_height = query->latest.number;
}

/*
 * Without a final block, or with one from before the registry was there, nothing is recorded in a final block: that is
 * known, once the registry has answered for the latest block.
 */
static void explain_finality(struct badge_chain_query *query)
{
    struct badge_anchor_fact *anchor = &query->view.anchor_final;
    char text[96];
    if (!query->view.anchor_latest.fact.known || (!query->no_final_block && !query->final_is_empty))
        return;
    if (query->no_final_block)
        (void)core_format(text, sizeof text, "it names no final block");
    else
        (void)core_format(text, sizeof text, "block %llu, its newest final one, is older than the registry",
                          (unsigned long long)query->final.number);
    *anchor = (struct badge_anchor_fact){.fact.known = false};
    set_unknown(&anchor->fact, query->name, text);
    anchor->fact.known = query->params.confirmations == 0; /* a number of confirmations may be wrong */
}

/* Whether it is about the record that a receipt names. */
static bool is_about_record(const struct badge_chain_query *query, unsigned number)
{
    return number == ASK_FINALIZED || number == ASK_AT_DEPTH ||
           (number >= ASK_ANCHOR_FINAL && number < account_revoked(&query->params));
}

/* Whether to send a request. If its block is unknown, it is not sent, and its fact is unknown for the same reason. */
static bool is_needed(struct badge_chain_query *query, unsigned number)
{
    const struct badge_fact *needs = &query->latest.fact;
    if (number == ASK_CHAIN_ID || number == ASK_LATEST)
        return true;
    if (!query->params.has_record && is_about_record(query, number))
        return false;
    if (number == ASK_FINALIZED)
        return query->params.confirmations == 0;
    if (number == ASK_AT_DEPTH && query->params.confirmations == 0)
        return false;
    if (number == revoked_by(query))
        return revoked_digest(query);
    if (number == latest_again(query))
        return query->by_number;
    if (number == final_again(query))
        return query->refused[ASK_ANCHOR_FINAL];
    if (query->by_number)
        return query->refused[number];
    if (number == ASK_ANCHOR_FINAL)
        needs = &query->final.fact;
    if (!needs->known)
        *fact_of(query, number) = *needs;
    return needs->known;
}

bool badge_chain_query_next(struct badge_chain_query *query, struct badge_rpc_request *out)
{
    while (query->next <= revoked_by(query)) {
        unsigned number = query->next;
        if (query->n_open > 0 && begins_round(query, number))
            return false;
        if (number == ASK_CODE && !query->by_number)
            check_blocks(query);
        if (number == latest_again(query) && !query->by_number && query->any_refused) {
            query->by_number = true; /* the same requests once more */
            query->next = ASK_CODE;
            continue;
        }
        if (number == revoked_by(query))
            explain_finality(query);
        query->next++;
        if (is_needed(query, number)) {
            write_request(out, query, number);
            query->open[number] = true;
            query->n_open++;
            return true;
        }
    }
    return false;
}

bool badge_chain_query_over(const struct badge_chain_query *query)
{
    return query->n_open == 0 && query->next > revoked_by(query);
}

bool badge_chain_query_is_open(const struct badge_chain_query *query, unsigned number)
{
    return number < BADGE_CHAIN_QUERY_MAX_REQUESTS && query->open[number];
}

static void close_request(struct badge_chain_query *query, unsigned number)
{
    BADGE_ASSERT(badge_chain_query_is_open(query, number));
    query->open[number] = false;
    query->n_open--;
}

/* -- reading answers ----------------------------------------------------------------------------------------------- */

/* "0x…", at most capacity bytes. */
static bool read_bytes(uint8_t *out, size_t capacity, size_t *len, const struct badge_text *text)
{
    if (!text->bytes || text->len < 2 || text->len % 2 != 0 || memcmp(text->bytes, "0x", 2) != 0)
        return false;
    *len = text->len / 2 - 1;
    return *len <= capacity && badge_hex_decode(out, *len, text->bytes + 2, text->len - 2) == BADGE_OK;
}

static bool read_hash(struct badge_hash *out, const struct badge_text *text)
{
    size_t len;
    return read_bytes(out->b, sizeof out->b, &len, text) && len == sizeof out->b;
}

/* A quantity; leading zeros, which some providers write, are accepted. */
static bool read_u64(uint64_t *out, const struct badge_text *text)
{
    struct badge_wei quantity;
    return text->bytes && badge_wei_parse_hex(&quantity, text->bytes, text->len) == BADGE_OK &&
           badge_wei_to_u64(out, &quantity) == BADGE_OK;
}

static bool read_block(struct badge_block_seen *block, const struct badge_text text[BADGE_RESULT_MAX_TEXTS])
{
    uint64_t time_s;
    if (!read_hash(&block->hash, &text[0]) || !read_u64(&block->number, &text[1]) || !read_u64(&time_s, &text[2]) ||
        time_s > INT64_MAX)
        return false;
    block->time_s = (int64_t)time_s;
    return true;
}

static bool read_code(struct badge_hash *hash, const struct badge_text *text)
{
    uint8_t code[CODE_MAX_LEN];
    size_t len;
    if (!read_bytes(code, sizeof code, &len, text))
        return false;
    badge_keccak256(hash, code, len);
    return true;
}

/* The result of an eth_call: exactly n_words words. */
static bool read_words(uint64_t *word, size_t n_words, const struct badge_text *text)
{
    uint8_t bytes[128];
    size_t len;
    return read_bytes(bytes, sizeof bytes, &len, text) && badge_answer_u64s(word, n_words, bytes, len) == BADGE_OK;
}

static bool read_anchor(struct badge_anchor_fact *anchor, const struct badge_text *text)
{
    uint64_t word[4];
    if (!read_words(word, 4, text) || word[2] > INT64_MAX)
        return false;
    anchor->sequence = word[0];
    anchor->tree_size = word[1];
    anchor->time_s = (int64_t)word[2];
    anchor->block_number = word[3];
    return true;
}

static bool read_time(int64_t *time_s, const struct badge_text *text)
{
    uint64_t word;
    if (!read_words(&word, 1, text) || word > INT64_MAX)
        return false;
    *time_s = (int64_t)word;
    return true;
}

static bool read_revocation(struct badge_revocation *revocation, const struct badge_text *text)
{
    uint8_t bytes[2 * 32];
    size_t len;
    return read_bytes(bytes, sizeof bytes, &len, text) && badge_answer_revocation(revocation, bytes, len) == BADGE_OK;
}

static bool read_accreditation(struct badge_accreditation *accreditation, const struct badge_text *text)
{
    uint64_t word[2];
    if (!read_words(word, 2, text))
        return false;
    accreditation->since_s = word[0];
    accreditation->until_s = word[1];
    return true;
}

static bool read_answer(struct badge_chain_query *query, unsigned number,
                        const struct badge_text text[BADGE_RESULT_MAX_TEXTS])
{
    struct badge_chain_view *view = &query->view;
    switch (number) {
    case ASK_CHAIN_ID:
        return read_u64(&view->chain_id, text);
    case ASK_LATEST:
        return read_block(&query->latest, text);
    case ASK_FINALIZED:
    case ASK_AT_DEPTH:
        return read_block(&query->final, text);
    case ASK_CODE:
        return read_code(&view->code_hash, text);
    case ASK_ANCHOR_FINAL:
        return read_anchor(&view->anchor_final, text);
    case ASK_ANCHOR_LATEST:
        return read_anchor(&view->anchor_latest, text);
    case ASK_WITHDRAWN:
        return read_time(&view->withdrawn_time_s, text);
    case ASK_REVOKED:
        return read_revocation(&view->revocation, text);
    default:
        if (number >= account_revoked(&query->params)) {
            struct account_digest of = account_digest_of(&query->params, number);
            return read_revocation(&view->account_revocation[of.account][of.digest], text);
        }
        if (number >= inner_revoked(&query->params))
            return read_revocation(&view->inner_revocation[number - inner_revoked(&query->params)], text);
        return read_accreditation(&view->accreditation[number - ASK_ACCREDITED], text);
    }
}

/* Answers by number count only if the block of that number is the same after them as before. */
static void check_again(struct badge_chain_query *query, unsigned number,
                        const struct badge_text text[BADGE_RESULT_MAX_TEXTS])
{
    bool is_final = number == final_again(query);
    const struct badge_block_seen *before = is_final ? &query->final : &query->latest;
    struct badge_block_seen after;
    if (text && read_block(&after, text) && badge_hash_compare(&after.hash, &before->hash) == 0)
        return;
    for (unsigned i = ASK_CODE; i < latest_again(query); i++)
        if (query->refused[i] && (i == ASK_ANCHOR_FINAL) == is_final)
            set_unknown(fact_of(query, i), query->name, "its chain changed while it was asked: try again");
    if (is_final)
        query->final_is_empty = false;
}

/* The fourth topic of the newest Revoked event: the account that sent it. */
static void read_revoked_by(struct badge_chain_view *view, const struct badge_text *text)
{
    struct badge_hash topic;
    if (!read_hash(&topic, text))
        return;
    view->revoked_by = core_address_of_word(&topic);
    view->has_revoked_by = true;
}

void badge_chain_query_take(struct badge_chain_query *query, unsigned number,
                            const struct badge_text text[BADGE_RESULT_MAX_TEXTS])
{
    close_request(query, number);
    struct badge_fact *fact = fact_of(query, number);
    if (number == revoked_by(query)) {
        read_revoked_by(&query->view, text);
        return;
    }
    if (!fact) {
        check_again(query, number, text);
        return;
    }
    fact->known = read_answer(query, number, text);
    if (fact->known) {
        fact->why[0] = '\0'; /* it may have been refused before */
        return;
    }
    if (number == ASK_FINALIZED && !text[0].bytes && !text[1].bytes && !text[2].bytes)
        query->no_final_block = true;
    if (number == ASK_ANCHOR_FINAL && text[0].bytes && text[0].len == 2 && memcmp(text[0].bytes, "0x", 2) == 0)
        query->final_is_empty = true;
    set_unknown(fact, query->name, "its answer is malformed or impossible on this chain");
}

void badge_chain_query_fail(struct badge_chain_query *query, unsigned number, const char *why)
{
    close_request(query, number);
    struct badge_fact *fact = fact_of(query, number);
    if (fact)
        set_unknown(fact, query->name, why);
    else if (number != revoked_by(query))
        check_again(query, number, NULL);
}

void badge_chain_query_refuse(struct badge_chain_query *query, unsigned number, const char *why)
{
    badge_chain_query_fail(query, number, why);
    if (number == ASK_FINALIZED)
        query->no_final_block = true;
    if (is_about_state(query, number) && !query->by_number)
        query->refused[number] = query->any_refused = true;
}

/* -- what several providers agree on ------------------------------------------------------------------------------- */

void badge_chain_view_unknown(struct badge_chain_view *out, const char *why)
{
    memset(out, 0, sizeof *out);
    (void)core_format(out->chain.why, sizeof out->chain.why, "%s", why);
    out->code = out->anchor_final.fact = out->anchor_latest.fact = out->withdrawn = out->revoked = out->chain;
    for (size_t i = 0; i < BADGE_MAX_ACCREDITORS; i++)
        out->accreditation[i].fact = out->chain;
    for (size_t i = 0; i < BADGE_MAX_INNER; i++)
        out->inner_revoked[i] = out->chain;
    for (size_t i = 0; i < BADGE_MAX_ISSUER_ACCOUNTS; i++)
        for (size_t k = 0; k < 1 + BADGE_MAX_INNER; k++)
            out->account_revoked[i][k] = out->chain;
}

static void merge_fact(struct badge_fact *merged, const struct badge_fact *theirs, bool equal, const char *name)
{
    if (!merged->known)
        return;
    if (!theirs->known)
        *merged = *theirs;
    else if (!equal)
        set_unknown(merged, name, "it contradicts another provider, so neither answer is used");
}

static bool same_anchor(const struct badge_anchor_fact *a, const struct badge_anchor_fact *b)
{
    return a->sequence == b->sequence && a->tree_size == b->tree_size && a->time_s == b->time_s &&
           a->block_number == b->block_number;
}

/* Whether `behind`, read at that height, can't have the anchor that `ahead` has, because a later block recorded it. */
static bool not_yet(const struct badge_anchor_fact *behind, uint64_t height, const struct badge_anchor_fact *ahead)
{
    return behind->tree_size == 0 && ahead->tree_size != 0 && height < ahead->block_number;
}

/* present: if views differ only because one is some blocks behind, keep the one with the anchor; else the other. */
static void merge_anchor(struct badge_anchor_fact *all, uint64_t *all_height, const struct badge_anchor_fact *one,
                         uint64_t one_height, bool present, const char *name)
{
    bool one_behind = not_yet(one, one_height, all), all_behind = not_yet(all, *all_height, one);
    bool apart = one_behind || all_behind;
    merge_fact(&all->fact, &one->fact, apart || same_anchor(all, one), name);
    if (!all->fact.known)
        return;
    if (apart && one_behind != present) {
        *all = *one;
        *all_height = one_height;
    } else if (!apart && *all_height < one_height) {
        *all_height = one_height; /* of two without a record, the newer says more */
    }
}

static bool same_revocation(const struct badge_revocation *a, const struct badge_revocation *b)
{
    return a->time_s == b->time_s && a->reason == b->reason;
}

void badge_chain_view_merge(struct badge_chain_view *all, const struct badge_chain_view *one, size_t n_accreditors,
                            const char *name)
{
    merge_fact(&all->chain, &one->chain, all->chain_id == one->chain_id, name);
    merge_fact(&all->code, &one->code, badge_hash_compare(&all->code_hash, &one->code_hash) == 0, name);
    merge_anchor(&all->anchor_final, &all->final_height, &one->anchor_final, one->final_height, false, name);
    merge_anchor(&all->anchor_latest, &all->latest_height, &one->anchor_latest, one->latest_height, true, name);
    merge_fact(&all->withdrawn, &one->withdrawn, all->withdrawn_time_s == one->withdrawn_time_s, name);
    merge_fact(&all->revoked, &one->revoked, same_revocation(&all->revocation, &one->revocation), name);
    for (size_t i = 0; i < BADGE_MAX_INNER; i++)
        merge_fact(&all->inner_revoked[i], &one->inner_revoked[i],
                   same_revocation(&all->inner_revocation[i], &one->inner_revocation[i]), name);
    for (size_t i = 0; i < BADGE_MAX_ISSUER_ACCOUNTS; i++)
        for (size_t k = 0; k < 1 + BADGE_MAX_INNER; k++)
            merge_fact(&all->account_revoked[i][k], &one->account_revoked[i][k],
                       same_revocation(&all->account_revocation[i][k], &one->account_revocation[i][k]), name);
    if (!all->has_revoked_by && one->has_revoked_by) {
        all->has_revoked_by = true;
        all->revoked_by = one->revoked_by;
    }
    for (size_t i = 0; i < n_accreditors; i++) {
        struct badge_accreditation *a = &all->accreditation[i];
        const struct badge_accreditation *b = &one->accreditation[i];
        merge_fact(&a->fact, &b->fact, a->since_s == b->since_s && a->until_s == b->until_s, name);
    }
}
