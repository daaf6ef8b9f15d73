/*
 * The query: which requests are sent in which round and about which block, and which answers are accepted.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/evidence.h"

#define NOW 1800000000
#define WORD_OF(last) "00000000000000000000000000000000000000000000000000000000000000" last
#define LATEST_HASH "0x" WORD_OF("aa")
#define FINAL_HASH "0x" WORD_OF("bb")
#define THE_TIME "0x6b49d200" /* NOW */

static const struct badge_address accreditor[2] = {{{1}}, {{2}}};

static struct badge_chain_query_params params_with(size_t n_accreditors, uint64_t confirmations)
{
    return (struct badge_chain_query_params){.has_record = true,
                                             .accreditor = accreditor,
                                             .n_accreditors = n_accreditors,
                                             .confirmations = confirmations,
                                             .max_head_age_s = 3600,
                                             .now_s = NOW};
}

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, text ? strlen(text) : 0};
}

static void answer(struct badge_chain_query *query, unsigned number, const char *a, const char *b, const char *c)
{
    const struct badge_text text[BADGE_RESULT_MAX_TEXTS] = {text_of(a), text_of(b), text_of(c)};
    badge_chain_query_take(query, number, text);
}

/* The next request is of this method, and its parameters hold this text. */
static unsigned asked(struct badge_chain_query *query, const char *method, const char *within)
{
    struct badge_rpc_request ask;
    assert_true(badge_chain_query_next(query, &ask));
    assert_string_equal(ask.method, method);
    if (!strstr(ask.params, within))
        fail_msg("%s asks %s, without %s", method, ask.params, within);
    assert_true(badge_chain_query_is_open(query, ask.number));
    return ask.number;
}

static void expect_no_request(struct badge_chain_query *query)
{
    struct badge_rpc_request ask;
    assert_false(badge_chain_query_next(query, &ask));
    assert_false(badge_chain_query_over(query));
}

static void expect_over(struct badge_chain_query *query)
{
    struct badge_rpc_request ask;
    assert_false(badge_chain_query_next(query, &ask));
    assert_true(badge_chain_query_over(query));
}

static struct badge_chain_query at_the_registry_for(const struct badge_chain_query_params *params)
{
    struct badge_chain_query query;
    badge_chain_query_init(&query, params, "a");
    unsigned chain = asked(&query, "eth_chainId", "[]");
    unsigned latest = asked(&query, "eth_getBlockByNumber", "[\"latest\",false]");
    unsigned final = asked(&query, "eth_getBlockByNumber", "[\"finalized\",false]");
    expect_no_request(&query);
    answer(&query, final, FINAL_HASH, "0x10", THE_TIME);
    answer(&query, chain, "0x0001", NULL, NULL);
    expect_no_request(&query);
    answer(&query, latest, LATEST_HASH, "0x20", THE_TIME);
    return query;
}

static struct badge_chain_query at_the_registry(size_t n_accreditors)
{
    struct badge_chain_query_params params = params_with(n_accreditors, 0);
    return at_the_registry_for(&params);
}

static void test_rounds(void **state)
{
    (void)state;
    struct badge_chain_query query = at_the_registry(1);
    unsigned number[6];
    number[0] = asked(&query, "eth_getCode", LATEST_HASH);
    number[1] = asked(&query, "eth_call", FINAL_HASH);
    for (int i = 2; i < 6; i++)
        number[i] = asked(&query, "eth_call", LATEST_HASH);
    expect_no_request(&query);
    answer(&query, number[0], "0x", NULL, NULL);
    const char *anchor = "0x" WORD_OF("03") WORD_OF("08") WORD_OF("09") WORD_OF("0c");
    answer(&query, number[1], anchor, NULL, NULL);
    answer(&query, number[2], anchor, NULL, NULL);
    answer(&query, number[3], "0x" WORD_OF("00"), NULL, NULL);
    answer(&query, number[4], "0x" WORD_OF("07") WORD_OF("03"), NULL, NULL);
    answer(&query, number[5], "0x" WORD_OF("05") WORD_OF("06"), NULL, NULL);
    unsigned logs = asked(&query, "eth_getLogs", "\"fromBlock\":\"0x0\"");
    expect_no_request(&query);
    answer(&query, logs,
           "0x000000000000000000000000"
           "1111111111111111111111111111111111111111",
           NULL, NULL);
    expect_over(&query);

    const struct badge_chain_view *said = &query.view;
    assert_true(said->chain.known && said->code.known && said->withdrawn.known && said->revoked.known);
    assert_true(said->anchor_final.fact.known && said->anchor_latest.fact.known && said->accreditation[0].fact.known);
    assert_int_equal(said->chain_id, 1);
    assert_int_equal(said->final_height, 0x10);
    assert_int_equal(said->latest_height, 0x20);
    assert_int_equal(said->anchor_final.tree_size, 8);
    assert_int_equal(said->anchor_final.block_number, 12);
    assert_int_equal(said->revocation.time_s, 7);
    assert_int_equal(said->revocation.reason, BADGE_REASON_UNMET);
    assert_int_equal(said->accreditation[0].until_s, 6);
    assert_true(said->has_revoked_by);
    assert_int_equal(said->revoked_by.b[0], 0x11);
}

static void test_final_by_depth(void **state)
{
    (void)state;
    static const struct {
        const char *height, *asked;
    } rows[] = {{"0x20", "[\"0x1d\",false]"}, {"0x2", "[\"0x0\",false]"}, {"0x103", "[\"0x100\",false]"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct badge_chain_query_params params = params_with(0, 3);
        struct badge_chain_query query;
        badge_chain_query_init(&query, &params, "a");
        answer(&query, asked(&query, "eth_chainId", "[]"), "0x1", NULL, NULL);
        unsigned latest = asked(&query, "eth_getBlockByNumber", "latest");
        expect_no_request(&query);
        answer(&query, latest, LATEST_HASH, rows[i].height, THE_TIME);
        answer(&query, asked(&query, "eth_getBlockByNumber", rows[i].asked), FINAL_HASH, "0x0", THE_TIME);
        (void)asked(&query, "eth_getCode", LATEST_HASH);
        (void)asked(&query, "eth_call", FINAL_HASH);
    }
}

/* A head that is too old, or none: no further requests, and each fact states the reason. */
static void test_no_head(void **state)
{
    (void)state;
    static const char *const time[] = {"0x6b49c3ef", "0x10000000000000000", "6b49d200", "0x", NULL};
    static const char *const why[] = {"too old", "malformed or impossible", "malformed or impossible",
                                      "malformed or impossible", "malformed or impossible"};
    for (size_t i = 0; i < sizeof time / sizeof *time; i++) {
        struct badge_chain_query_params params = params_with(2, 5);
        struct badge_chain_query query;
        badge_chain_query_init(&query, &params, "the provider");
        answer(&query, asked(&query, "eth_chainId", "[]"), "0x1", NULL, NULL);
        answer(&query, asked(&query, "eth_getBlockByNumber", "latest"), LATEST_HASH, "0x20", time[i]);
        if (i == 0) /* the age of the block is checked once both answers are there */
            badge_chain_query_fail(&query, asked(&query, "eth_getBlockByNumber", "0x1b"), "no answer");
        expect_over(&query);
        const struct badge_chain_view *said = &query.view;
        assert_true(said->chain.known);
        assert_false(said->code.known || said->anchor_final.fact.known || said->anchor_latest.fact.known);
        assert_false(said->withdrawn.known || said->revoked.known || said->accreditation[1].fact.known);
        assert_non_null(strstr(said->anchor_final.fact.why, why[i]));
        assert_non_null(strstr(said->accreditation[1].fact.why, why[i]));
        assert_non_null(strstr(said->revoked.why, "the provider: "));
    }
}

/* An invalid answer leaves only its own fact unknown. */
static void test_hostile_answers(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL,
                                      "",
                                      "0x",
                                      "0x0",
                                      "null",
                                      WORD_OF("00"),
                                      "0x" WORD_OF("0g"),
                                      "0x" WORD_OF("00") WORD_OF("00") WORD_OF("00") WORD_OF("00") WORD_OF("00"),
                                      "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct badge_chain_query query = at_the_registry(1);
        (void)asked(&query, "eth_getCode", "");
        for (int k = 0; k < 5; k++)
            answer(&query, asked(&query, "eth_call", ""), bad[i], NULL, NULL);
        answer(&query, query.next - 6, "0x00", NULL, NULL);
        expect_over(&query);
        const struct badge_chain_view *said = &query.view;
        assert_true(said->code.known);
        assert_false(said->anchor_final.fact.known || said->anchor_latest.fact.known || said->withdrawn.known);
        assert_false(said->revoked.known || said->accreditation[0].fact.known);
    }
    /* Code over the limit of EIP-170 is invalid. */
    struct badge_chain_query query = at_the_registry(0);
    size_t len = 2 + 2 * 24577;
    char *code = malloc(len + 1);
    assert_non_null(code);
    memset(code, '0', len);
    code[1] = 'x';
    code[len] = '\0';
    answer(&query, asked(&query, "eth_getCode", ""), code, NULL, NULL);
    free(code);
    assert_false(query.view.code.known);
}

#define ANCHOR "0x" WORD_OF("03") WORD_OF("08") WORD_OF("09") WORD_OF("0c")
#define NO_ANCHOR "0x" WORD_OF("00") WORD_OF("00") WORD_OF("00") WORD_OF("00")
#define NOT_REVOKED "0x" WORD_OF("00") WORD_OF("00")

/* A provider without EIP-1898; calls by hash that it answers are not repeated. */
static struct badge_chain_query asked_by_number(bool code_too)
{
    struct badge_chain_query query = at_the_registry(0);
    unsigned code = asked(&query, "eth_getCode", LATEST_HASH), number[4];
    for (int i = 0; i < 4; i++)
        number[i] = asked(&query, "eth_call", i == 0 ? FINAL_HASH : LATEST_HASH);
    if (code_too)
        badge_chain_query_refuse(&query, code, "no objects here");
    else
        answer(&query, code, "0x00", NULL, NULL);
    for (int i = 0; i < 4; i++)
        badge_chain_query_refuse(&query, number[i], "no objects here");
    if (code_too)
        answer(&query, asked(&query, "eth_getCode", ",\"0x20\"]"), "0x00", NULL, NULL);
    answer(&query, asked(&query, "eth_call", ",\"0x10\"]"), ANCHOR, NULL, NULL);
    answer(&query, asked(&query, "eth_call", ",\"0x20\"]"), ANCHOR, NULL, NULL);
    answer(&query, asked(&query, "eth_call", ",\"0x20\"]"), "0x" WORD_OF("00"), NULL, NULL);
    unsigned revoked = asked(&query, "eth_call", ",\"0x20\"]");
    expect_no_request(&query);
    answer(&query, revoked, NOT_REVOKED, NULL, NULL);
    return query;
}

static void test_by_number(void **state)
{
    (void)state;
    for (int code_too = 0; code_too < 2; code_too++) {
        struct badge_chain_query query = asked_by_number(code_too);
        unsigned latest = asked(&query, "eth_getBlockByNumber", "[\"0x20\",false]");
        unsigned final = asked(&query, "eth_getBlockByNumber", "[\"0x10\",false]");
        expect_no_request(&query);
        answer(&query, final, FINAL_HASH, "0x10", THE_TIME);
        answer(&query, latest, LATEST_HASH, "0x20", THE_TIME);
        expect_over(&query);
        const struct badge_chain_view *said = &query.view;
        assert_true(said->code.known && said->anchor_final.fact.known && said->anchor_latest.fact.known);
        assert_true(said->withdrawn.known && said->revoked.known);
        assert_int_equal(said->anchor_final.tree_size, 8);
        assert_string_equal(said->anchor_final.fact.why, "");
    }
}

/* Another block has the number now, or it is not known: what was answered by number does not count. */
static void test_by_number_and_reorganized(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        struct badge_chain_query query = asked_by_number(false);
        unsigned latest = asked(&query, "eth_getBlockByNumber", "[\"0x20\",false]");
        unsigned final = asked(&query, "eth_getBlockByNumber", "[\"0x10\",false]");
        if (how == 0)
            answer(&query, latest, FINAL_HASH, "0x20", THE_TIME);
        else if (how == 1)
            answer(&query, latest, NULL, NULL, NULL);
        else if (how == 2)
            badge_chain_query_fail(&query, latest, "no answer");
        else
            badge_chain_query_refuse(&query, latest, "no such block");
        answer(&query, final, how == 3 ? LATEST_HASH : FINAL_HASH, "0x10", THE_TIME);
        expect_over(&query);
        const struct badge_chain_view *said = &query.view;
        assert_true(said->code.known); /* it was answered by hash */
        assert_false(said->anchor_latest.fact.known || said->withdrawn.known || said->revoked.known);
        assert_int_equal(said->anchor_final.fact.known, how != 3);
        assert_string_equal(said->revoked.why, "a: its chain changed while it was asked: try again");
    }
}

static void test_refused_by_number_too(void **state)
{
    (void)state;
    struct badge_chain_query query = at_the_registry(0);
    answer(&query, asked(&query, "eth_getCode", ""), "0x00", NULL, NULL);
    for (int i = 0; i < 4; i++)
        badge_chain_query_refuse(&query, asked(&query, "eth_call", "blockHash"), "missing trie node");
    for (int i = 0; i < 4; i++)
        badge_chain_query_refuse(&query, asked(&query, "eth_call", "\"0x"), "missing trie node");
    answer(&query, asked(&query, "eth_getBlockByNumber", "0x20"), LATEST_HASH, "0x20", THE_TIME);
    answer(&query, asked(&query, "eth_getBlockByNumber", "0x10"), FINAL_HASH, "0x10", THE_TIME);
    expect_over(&query);
    assert_false(query.view.anchor_final.fact.known || query.view.revoked.known);
    assert_string_equal(query.view.revoked.why, "a: missing trie node");
}

/* No final block, or one from before the registry: nothing is recorded in a final block, and the reason is kept. */
static void test_no_final_block(void **state)
{
    (void)state;
    static const char *const why[] = {"a: it names no final block", "a: it names no final block",
                                      "a: block 16, its newest final one, is older than the registry"};
    for (int how = 0; how < 6; how++) {
        bool is_recorded = how < 3;
        struct badge_chain_query_params params = params_with(0, 0);
        struct badge_chain_query query;
        badge_chain_query_init(&query, &params, "a");
        answer(&query, asked(&query, "eth_chainId", ""), "0x1", NULL, NULL);
        answer(&query, asked(&query, "eth_getBlockByNumber", "latest"), LATEST_HASH, "0x20", THE_TIME);
        unsigned final = asked(&query, "eth_getBlockByNumber", "finalized");
        if (how % 3 == 0)
            answer(&query, final, NULL, NULL, NULL);
        else if (how % 3 == 1)
            badge_chain_query_refuse(&query, final, "finalized block not found");
        else
            answer(&query, final, FINAL_HASH, "0x10", THE_TIME);
        answer(&query, asked(&query, "eth_getCode", ""), "0x00", NULL, NULL);
        if (how % 3 == 2)
            answer(&query, asked(&query, "eth_call", FINAL_HASH), "0x", NULL, NULL);
        answer(&query, asked(&query, "eth_call", LATEST_HASH), is_recorded ? ANCHOR : NO_ANCHOR, NULL, NULL);
        answer(&query, asked(&query, "eth_call", ""), "0x" WORD_OF("00"), NULL, NULL);
        answer(&query, asked(&query, "eth_call", ""), NOT_REVOKED, NULL, NULL);
        expect_over(&query);
        assert_true(query.view.anchor_final.fact.known && query.view.anchor_latest.fact.known);
        assert_int_equal(query.view.anchor_final.tree_size, 0);
        assert_int_equal(query.view.anchor_latest.tree_size, is_recorded ? 8 : 0);
        assert_string_equal(query.view.anchor_final.fact.why, why[how % 3]);
    }
    /* A provider that did not answer has not said that there is none. */
    struct badge_chain_query_params params = params_with(0, 0);
    struct badge_chain_query query;
    badge_chain_query_init(&query, &params, "a");
    answer(&query, asked(&query, "eth_chainId", ""), "0x1", NULL, NULL);
    answer(&query, asked(&query, "eth_getBlockByNumber", "latest"), LATEST_HASH, "0x20", THE_TIME);
    badge_chain_query_fail(&query, asked(&query, "eth_getBlockByNumber", "finalized"), "timed out");
    answer(&query, asked(&query, "eth_getCode", ""), "0x00", NULL, NULL);
    answer(&query, asked(&query, "eth_call", LATEST_HASH), ANCHOR, NULL, NULL);
    answer(&query, asked(&query, "eth_call", ""), "0x" WORD_OF("00"), NULL, NULL);
    answer(&query, asked(&query, "eth_call", ""), NOT_REVOKED, NULL, NULL);
    expect_over(&query);
    assert_false(query.view.anchor_final.fact.known);
    assert_string_equal(query.view.anchor_final.fact.why, "a: timed out");
}

/* That block is another by now, or its number was computed, and the number of confirmations may be wrong. */
static void test_an_empty_block_that_says_nothing(void **state)
{
    (void)state;
    for (uint64_t confirmations = 0; confirmations <= 16; confirmations += 16) {
        struct badge_chain_query_params params = params_with(0, confirmations);
        struct badge_chain_query query;
        badge_chain_query_init(&query, &params, "a");
        answer(&query, asked(&query, "eth_chainId", ""), "0x1", NULL, NULL);
        answer(&query, asked(&query, "eth_getBlockByNumber", "latest"), LATEST_HASH, "0x20", THE_TIME);
        answer(&query, asked(&query, "eth_getBlockByNumber", confirmations ? "0x10" : "finalized"), FINAL_HASH, "0x10",
               THE_TIME);
        answer(&query, asked(&query, "eth_getCode", ""), "0x00", NULL, NULL);
        badge_chain_query_refuse(&query, asked(&query, "eth_call", FINAL_HASH), "no objects here");
        answer(&query, asked(&query, "eth_call", LATEST_HASH), ANCHOR, NULL, NULL);
        answer(&query, asked(&query, "eth_call", ""), "0x" WORD_OF("00"), NULL, NULL);
        answer(&query, asked(&query, "eth_call", ""), NOT_REVOKED, NULL, NULL);
        answer(&query, asked(&query, "eth_call", ",\"0x10\"]"), "0x", NULL, NULL);
        answer(&query, asked(&query, "eth_getBlockByNumber", "0x20"), LATEST_HASH, "0x20", THE_TIME);
        answer(&query, asked(&query, "eth_getBlockByNumber", "0x10"), confirmations ? FINAL_HASH : LATEST_HASH, "0x10",
               THE_TIME);
        expect_over(&query);
        assert_true(query.view.anchor_latest.fact.known);
        assert_false(query.view.anchor_final.fact.known);
        assert_string_equal(query.view.anchor_final.fact.why,
                            confirmations ? "a: block 16, its newest final one, is older than the registry"
                                          : "a: its chain changed while it was asked: try again");
    }
}

/* A revocation of what is inside of a document is one of the document; without an answer about it nothing is known. */
static void test_inner(void **state)
{
    (void)state;
    static const struct {
        const char *own, *inner; /* the times of revocation; NULL: no answer */
        bool known;
        int64_t time_s;
    } cases[] = {
        {WORD_OF("00"), WORD_OF("00"), true, 0}, {WORD_OF("00"), WORD_OF("09"), true, 9},
        {WORD_OF("07"), WORD_OF("09"), true, 7}, {WORD_OF("07"), NULL, true, 7},
        {NULL, WORD_OF("09"), true, 9},          {WORD_OF("00"), NULL, false, 0},
        {NULL, WORD_OF("00"), false, 0},         {NULL, NULL, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct badge_policy policy = {.has_registry = true};
        struct badge_chain_query_params params = params_with(1, 0);
        struct badge_evidence evidence = {.n_inner = 2};
        memset(params.inner[1].b, 0x5a, sizeof params.inner[1].b);
        params.n_inner = 2;
        struct badge_chain_query query = at_the_registry_for(&params);
        (void)asked(&query, "eth_getCode", "");
        for (int k = 0; k < 5; k++) {
            unsigned number = asked(&query, "eth_call", "");
            char text[144];
            snprintf(text, sizeof text, "0x%s" WORD_OF("00"), cases[i].own ? cases[i].own : "");
            if (k == 3)
                answer(&query, number, cases[i].own ? text : NULL, NULL, NULL);
        }
        answer(&query, asked(&query, "eth_call", "0000"), "0x" WORD_OF("00") WORD_OF("00"), NULL, NULL);
        unsigned second = asked(&query, "eth_call", "5a5a5a5a");
        char text[144];
        snprintf(text, sizeof text, "0x%s" WORD_OF("00"), cases[i].inner ? cases[i].inner : "");
        answer(&query, second, cases[i].inner ? text : NULL, NULL, NULL);
        badge_evidence_take(&evidence, &policy, &query.view);
        if (evidence.revoked.known != cases[i].known ||
            (evidence.revoked.known && evidence.revoked_time_s != cases[i].time_s))
            fail_msg("case %zu", i);
    }
}

/* The account that revoked is optional: without it the credential is still revoked. */
static void test_no_logs(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        struct badge_chain_query query = at_the_registry(0);
        (void)asked(&query, "eth_getCode", "");
        for (int k = 0; k < 4; k++)
            answer(&query, asked(&query, "eth_call", ""), "0x" WORD_OF("07") WORD_OF("00"), NULL, NULL);
        badge_chain_query_fail(&query, query.next - 5, "no answer");
        unsigned logs = asked(&query, "eth_getLogs", "");
        if (refused)
            badge_chain_query_fail(&query, logs, "too many");
        else
            answer(&query, logs, NULL, NULL, NULL);
        expect_over(&query);
        assert_true(query.view.revoked.known);
        assert_int_equal(query.view.revocation.time_s, 7);
        assert_false(query.view.has_revoked_by || query.view.code.known);
    }
}

/* Without a record only the other accounts are asked, each of every digest; with one, after all that is of it. */
static void test_accounts(void **state)
{
    (void)state;
    for (int has_record = 0; has_record < 2; has_record++) {
        struct badge_chain_query_params params = params_with(0, 0);
        struct badge_chain_query query;
        params.has_record = has_record;
        params.n_accounts = 2;
        memset(params.account[0].b, 0xa0, sizeof params.account[0].b);
        memset(params.account[1].b, 0xa1, sizeof params.account[1].b);
        params.n_inner = 1;
        params.inner[0].b[31] = 0xdd;
        badge_chain_query_init(&query, &params, "a");
        answer(&query, asked(&query, "eth_chainId", "[]"), "0x1", NULL, NULL);
        answer(&query, asked(&query, "eth_getBlockByNumber", "latest"), LATEST_HASH, "0x20", THE_TIME);
        if (has_record)
            answer(&query, asked(&query, "eth_getBlockByNumber", "finalized"), FINAL_HASH, "0x10", THE_TIME);
        (void)asked(&query, "eth_getCode", LATEST_HASH);
        for (int i = 0; has_record && i < 5; i++) /* anchor twice, withdrawn, revoked, one inside */
            (void)asked(&query, "eth_call", "");
        unsigned number[4];
        number[0] = asked(&query, "eth_call", "a0a0a0a0a0");
        number[1] = asked(&query, "eth_call", WORD_OF("dd"));
        number[2] = asked(&query, "eth_call", "a1a1a1a1a1");
        number[3] = asked(&query, "eth_call", WORD_OF("dd"));
        expect_no_request(&query);
        answer(&query, number[0], "0x" WORD_OF("00") WORD_OF("00"), NULL, NULL);
        badge_chain_query_fail(&query, number[1], "no answer");
        answer(&query, number[2], "0x" WORD_OF("00") WORD_OF("00"), NULL, NULL);
        answer(&query, number[3], "0x" WORD_OF("09") WORD_OF("02"), NULL, NULL);
        for (unsigned i = 0; i < number[0]; i++)
            if (badge_chain_query_is_open(&query, i))
                badge_chain_query_fail(&query, i, "no answer");
        expect_over(&query);

        const struct badge_chain_view *said = &query.view;
        assert_true(said->account_revoked[0][0].known && !said->account_revoked[0][1].known);
        assert_true(said->account_revoked[1][0].known && said->account_revoked[1][1].known);
        assert_int_equal(said->account_revocation[1][0].time_s, 0);
        assert_int_equal(said->account_revocation[1][1].time_s, 9);
        assert_int_equal(said->account_revocation[1][1].reason, BADGE_REASON_REPLACED);
        assert_false(said->revoked.known || said->withdrawn.known || said->anchor_final.fact.known);

        struct badge_chain_view all = *said, other = *said;
        other.account_revocation[1][1].time_s = 0; /* another provider denies it */
        badge_chain_view_merge(&all, &other, 0, "b");
        assert_true(all.account_revoked[1][0].known && !all.account_revoked[1][1].known);
    }
}

/* The report is valid JSON, whatever its texts contain. */
static void test_report_is_json(void **state)
{
    (void)state;
    struct badge_evidence evidence = {.has_document = true,
                                      .document_err = {.status = BADGE_ESYNTAX, .text = "a \"quote\" and a \\"}};
    struct badge_report report;
    struct badge_arena arena;
    const struct badge_json_value *value;
    char text[BADGE_REPORT_MAX_LEN];
    badge_judge(&report, &evidence);
    badge_arena_init(&arena, 1 << 20);
    assert_int_equal(badge_json_parse(&value, &arena, text, badge_report_encode(text, &report, &evidence), NULL),
                     BADGE_OK);
    assert_true(badge_json_equals(badge_json_member(value, "verdict"), "invalid"));
    const struct badge_json_value *check = badge_json_at(badge_json_member(value, "checks"), 0, NULL);
    struct badge_text detail;
    assert_true(badge_json_string(badge_json_member(check, "detail"), &detail));
    assert_non_null(strstr(report.check[0].detail, "a \"quote\" and a \\"));
    assert_int_equal(detail.len, strlen(report.check[0].detail));
    assert_memory_equal(detail.bytes, report.check[0].detail, detail.len);
    badge_arena_release(&arena);
}

/* Texts of nothing but quotes, each six bytes as JSON, beside the longest receipt. */
static void test_longest_report_fits(void **state)
{
    (void)state;
    struct badge_evidence evidence = {.has_receipt = true};
    evidence.receipt = (struct badge_receipt){.digest = {.label = BADGE_LABEL_EXTERNAL},
                                              .tree_size = 1u << BADGE_MAX_PATH,
                                              .leaf_index = (1u << BADGE_MAX_PATH) - 1,
                                              .n_path = BADGE_MAX_PATH,
                                              .chain_id = ((uint64_t)1 << 53) - 1,
                                              .has_sequence = true,
                                              .has_transaction = true,
                                              .has_block = true};
    struct badge_report report;
    char text[BADGE_REPORT_MAX_LEN];
    badge_judge(&report, &evidence);
    for (int i = 0; i < BADGE_N_CHECKS; i++)
        memset(report.check[i].detail, '"', sizeof report.check[i].detail - 1);
    memset(report.sentence, '"', sizeof report.sentence - 1);
    report.check[BADGE_CHECK_ISSUER].outcome = BADGE_PASSED;
    report.check[BADGE_CHECK_ISSUER].code = "issuer_address";
    memset(evidence.proof.address, '"', sizeof evidence.proof.address - 1);
    evidence.proof.n_proofs = BADGE_MAX_PROOFS;
    for (int i = 0; i < BADGE_MAX_PROOFS; i++) {
        struct badge_proof_item *item = &evidence.proof.proof[i];
        item->code = "proof_wrong_controller";
        memset(item->suite, '"', sizeof item->suite - 1);
        memset(item->controller, '"', sizeof item->controller - 1);
        memset(item->detail, '"', sizeof item->detail - 1);
    }
    size_t len = badge_report_encode(text, &report, &evidence);
    assert_in_range(len, 6 * BADGE_N_CHECKS * (sizeof report.check[0].detail - 1), sizeof text - 1);
    assert_int_equal(len, strlen(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_final_by_depth),
        cmocka_unit_test(test_no_head),
        cmocka_unit_test(test_hostile_answers),
        cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_by_number_and_reorganized),
        cmocka_unit_test(test_no_final_block),
        cmocka_unit_test(test_an_empty_block_that_says_nothing),
        cmocka_unit_test(test_refused_by_number_too),
        cmocka_unit_test(test_no_logs),
        cmocka_unit_test(test_inner),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_report_is_json),
        cmocka_unit_test(test_longest_report_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
