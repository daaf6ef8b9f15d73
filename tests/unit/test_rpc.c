/*
 * JSON-RPC against a scripted provider: which replies are accepted, which are refused, and how a provider's text is
 * sanitized; and the parsers of values.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/rpc.h"
#include "support/scripted_server.h"

static struct badge_err err;

/* -- over the wire ------------------------------------------------------------------------------------------------- */

static uv_loop_t loop;
static struct net_client *client;
static struct rpc *rpc;
static struct scripted_server server;

struct outcome {
    unsigned n_calls;
    enum badge_status status;
    char text[232], error_text[232], error_data[64], result[64];
    int64_t error_code;
    long http_status;
    uint64_t retry_after_ms;
};

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct outcome *outcome = context;
    outcome->n_calls++;
    outcome->status = reply->status;
    outcome->error_code = reply->error_code;
    outcome->http_status = reply->http_status;
    outcome->retry_after_ms = reply->retry_after_ms;
    snprintf(outcome->text, sizeof outcome->text, "%s", reply->status == BADGE_OK ? "" : reply->err.text);
    snprintf(outcome->error_text, sizeof outcome->error_text, "%s", reply->error_text);
    snprintf(outcome->error_data, sizeof outcome->error_data, "%s", reply->error_data);
    snprintf(outcome->result, sizeof outcome->result, "%s",
             json_is_string(reply->result) ? json_string_value(reply->result) : "");
}

static void open_all(const struct scripted_reply *reply, size_t n)
{
    char url[120];
    scripted_start(&server, reply, n);
    snprintf(url, sizeof url, "http://user:pass@%.40sv3/secret-key?k=1", server.url + 7);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(net_client_new(&client, &loop, &err), BADGE_OK);
    assert_int_equal(rpc_new(&rpc, client, url, &err), BADGE_OK);
}

static void close_all(void)
{
    rpc_free(rpc);
    net_client_close(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    scripted_stop(&server);
}

static struct outcome call(void)
{
    struct outcome outcome = {0};
    assert_int_equal(rpc_call(rpc, "eth_blockNumber", json_array(), on_reply, &outcome, &err), BADGE_OK);
    assert_int_equal(outcome.n_calls, 0);
    while (outcome.n_calls == 0)
        uv_run(&loop, UV_RUN_ONCE);
    return outcome;
}

static void calls_over_one_connection(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n";
    static const struct scripted_reply reply[] = {
        {head, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x5\"}", 0, false, false},
        {head, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x6\"}", 0, false, false},
        {head, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x6\"}", 0, false, false},
    };
    open_all(reply, 3);
    assert_memory_equal(rpc_name(rpc), server.url, strlen(server.url) - 1);
    assert_null(strstr(rpc_name(rpc), "secret"));
    assert_null(strstr(rpc_name(rpc), "pass"));
    struct outcome outcome = call();
    assert_int_equal(outcome.status, BADGE_OK);
    assert_string_equal(outcome.result, "0x5");
    outcome = call();
    assert_string_equal(outcome.result, "0x6");
    outcome = call(); /* the response to the previous call */
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_non_null(strstr(outcome.text, "another request"));
    close_all();
    assert_int_equal(server.n_connections, 1);
    assert_non_null(strstr(server.last_request, "POST /v3/secret-key?k=1 HTTP/1.1\r\n"));
    json_t *request = json_loads(strstr(server.last_request, "\r\n\r\n") + 4, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(request);
    assert_string_equal(json_string_value(json_object_get(request, "jsonrpc")), "2.0");
    assert_string_equal(json_string_value(json_object_get(request, "method")), "eth_blockNumber");
    assert_int_equal(json_integer_value(json_object_get(request, "id")), 3);
    assert_int_equal(json_array_size(json_object_get(request, "params")), 0);
    json_decref(request);
}

static void http_errors(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {
        {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\n", "slow", 0, false, false},
        {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 19\r\n\r\n", "<html>nginx</html>\n", 0, false, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", "{\"jsonrpc\"", 0, true, false},
    };
    open_all(reply, 3);
    struct outcome outcome = call();
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_int_equal(outcome.http_status, 429);
    assert_int_equal(outcome.retry_after_ms, 3000);
    assert_non_null(strstr(outcome.text, "answered HTTP 429"));
    outcome = call();
    assert_non_null(strstr(outcome.text, "answered HTTP 502"));
    assert_null(strstr(outcome.text, "secret"));
    outcome = call();
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_non_null(strstr(outcome.text, "closed the connection"));
    outcome = call(); /* the script has ended: the server closes */
    assert_int_equal(outcome.status, BADGE_EIO);
    close_all();
}

static void freed_in_flight(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n",
                                                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x5\"}", 0, false,
                                                   false}};
    struct outcome detached = {0}, cancelled = {0};
    open_all(reply, 1);
    assert_int_equal(rpc_call(rpc, "eth_chainId", json_array(), on_reply, &detached, &err), BADGE_OK);
    rpc_free(rpc);
    while (detached.n_calls == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_string_equal(detached.result, "0x5");
    assert_int_equal(rpc_new(&rpc, client, server.url, &err), BADGE_OK);
    assert_int_equal(rpc_call(rpc, "eth_chainId", NULL, on_reply, &cancelled, &err), BADGE_ENOMEM);
    assert_int_equal(rpc_call(rpc, "eth_chainId", json_array(), on_reply, &cancelled, &err), BADGE_OK);
    close_all();
    assert_int_equal(cancelled.n_calls, 1);
    assert_int_equal(cancelled.status, BADGE_EIO);
}

/* -- parsing replies ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *body;
    long http_status;
    enum badge_status status;
    const char *says; /* in the error's text */
    const char *data;
} replies[] = {
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":null}", 200, BADGE_OK, "", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":[1],\"error\":null}", 200, BADGE_OK, "", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"0x1\"}", 500, BADGE_EIO, "HTTP 500", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":\"0x1\"}", 200, BADGE_EIO, "another request", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"7\",\"result\":\"0x1\"}", 200, BADGE_EIO, "another request", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7.0,\"result\":\"0x1\"}", 200, BADGE_EIO, "another request", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":\"0x1\"}", 200, BADGE_EIO, "another request", ""},
    {"{\"jsonrpc\":\"2.0\",\"result\":\"0x1\"}", 200, BADGE_EIO, "another request", ""},
    {"{\"id\":7,\"result\":\"0x1\"}", 200, BADGE_EIO, "jsonrpc", ""},
    {"{\"jsonrpc\":2.0,\"id\":7,\"result\":\"0x1\"}", 200, BADGE_EIO, "jsonrpc", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7}", 200, BADGE_EIO, "either", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":1,\"error\":{\"code\":1}}", 200, BADGE_EIO, "either", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":\"no\"}", 200, BADGE_EIO, "either", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":1,\"result\":2}", 200, BADGE_EIO, "not valid JSON", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":1,\"a\":1}}", 200, BADGE_EIO, "not valid JSON", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":1} x", 200, BADGE_EIO, "not valid JSON", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"\xff\"}", 200, BADGE_EIO, "not valid JSON", ""},
    {"[{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":1}]", 200, BADGE_EIO, "jsonrpc", ""},
    {"", 200, BADGE_EIO, "not valid JSON", ""},
    {"", 401, BADGE_EIO, "HTTP 401", ""},
    {"Must be authenticated!\r\nSee", 401, BADGE_EIO, "HTTP 401: Must be authenticated!", ""},
    {"{\"message\":\"no \\u001b key\"}", 403, BADGE_EIO, "HTTP 403: no ? key", ""},
    {"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"pay\"}}", 402, BADGE_EIO, "HTTP 402: pay", ""},
    {"<html>", 502, BADGE_EIO, "HTTP 502", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32000,\"message\":\"nonce too low\"}}", 200, BADGE_EREFUSED,
     "nonce too low (code -32000)", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":null,\"error\":{\"code\":-32000,\"message\":\"m\"}}", 200,
     BADGE_EREFUSED, "m", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32005,\"message\":\"limit\"}}", 429, BADGE_EREFUSED,
     "limit", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"message\":{\"a\":1},\"code\":\"x\"}}", 200, BADGE_EREFUSED, "(code 0)",
     ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,\"message\":\"a\\u001b[31m\\nb\\u202e\"}}", 200,
     BADGE_EREFUSED, "a?[31m?b???", ""},
    /* geth, anvil, ganache, nethermind */
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":\"0x08c379a0\"}}", 200,
     BADGE_EREFUSED, "r", "0x08c379a0"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":{\"data\":\"0xAb\"}}}", 200,
     BADGE_EREFUSED, "r", "0xAb"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":{\"originalError\":{\"data\":"
     "\"0x12\"}}}}",
     200, BADGE_EREFUSED, "r", "0x12"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":{\"result\":\"0x12\",\"reason\":"
     "null}}}",
     200, BADGE_EREFUSED, "r", "0x12"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":{\"stack\":\"s\",\"0xab\":{"
     "\"return\":\"0x12\"}}}}",
     200, BADGE_EREFUSED, "r", "0x12"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":\"Reverted 0x12\"}}", 200,
     BADGE_EREFUSED, "r", "0x12"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":\"0x12zz\"}}", 200, BADGE_EREFUSED,
     "r", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":3,\"message\":\"r\",\"data\":[\"0x12\"]}}", 200, BADGE_EREFUSED,
     "r", ""},
};

static void reads_replies_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct parsed_reply reply;
        rpc_reply_read(&reply, "http://p", "http://p", 7, replies[i].http_status, replies[i].body,
                       strlen(replies[i].body));
        if (reply.is.status != replies[i].status ||
            (reply.is.status != BADGE_OK && !strstr(reply.is.err.text, replies[i].says)))
            fail_msg("for %s: %d %s", replies[i].body, (int)reply.is.status, reply.is.status ? reply.is.err.text : "");
        assert_string_equal(reply.is.error_data, replies[i].data);
        assert_int_equal(reply.is.result != NULL, reply.is.status == BADGE_OK);
        rpc_reply_release(&reply);
    }
}

/* Express and gateways answer with the path, or with the key that they do not know. */
static void shows_nothing_of_the_url_that_a_provider_repeats(void **state)
{
    (void)state;
    static const char url[] = "https://ada:passw0rd@node.example/v2/0123456789abcdef?apikey=fedcba9876543210#x";
    static const struct {
        const char *body;
        long http_status;
        const char *says;
    } echo[] = {
        {"Cannot POST /v2/0123456789abcdef?apikey=fedcba9876543210", 404,
         "HTTP 404: Cannot POST /v2/****************?apikey=****************"},
        {"{\"message\":\"no key fedcba9876543210 for node.example\"}", 401,
         "HTTP 401: no key **************** for node.example"},
        {"Wrong passw0rd. This sentence ends where a text of a provider is cut, which is in the key "
         "0123456789abcdef",
         401, "in the key *********"},
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,\"message\":\"0123456789abcdef has expired\"}}", 200,
         "**************** has expired"},
    };
    for (size_t i = 0; i < sizeof echo / sizeof *echo; i++) {
        struct parsed_reply reply;
        rpc_reply_read(&reply, "https://node.example", url, 7, echo[i].http_status, echo[i].body, strlen(echo[i].body));
        if (!strstr(reply.is.err.text, echo[i].says))
            fail_msg("%s: %s", echo[i].body, reply.is.err.text);
        assert_null(strstr(reply.is.err.text, "passw0rd"));
        assert_null(strstr(reply.is.error_text, "0123456789"));
        rpc_reply_release(&reply);
    }
}

static void bounds_texts_of_a_provider(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    char *body = malloc(LEN + 200), *fill = malloc(LEN + 1);
    struct parsed_reply reply;
    memset(fill, '1', LEN);
    fill[LEN] = '\0';
    int len = sprintf(body, "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,\"message\":\"%s\"}}", fill);
    rpc_reply_read(&reply, "http://p", "http://p", 7, 200, body, (size_t)len);
    assert_int_equal(reply.is.status, BADGE_EREFUSED);
    assert_int_equal(strlen(reply.is.error_text), REPLY_TEXT_MAX_LEN);
    rpc_reply_release(&reply);
    len = sprintf(body, "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1,\"data\":\"0x%s\"}}", fill);
    rpc_reply_read(&reply, "http://p", "http://p", 7, 200, body, (size_t)len);
    assert_string_equal(reply.is.error_data, "");
    rpc_reply_release(&reply);
    memset(fill, '[', LEN);
    len = sprintf(body, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":%s", fill);
    rpc_reply_read(&reply, "http://p", "http://p", 7, 200, body, (size_t)len);
    assert_int_equal(reply.is.status, BADGE_EIO);
    rpc_reply_release(&reply);
    free(body);
    free(fill);
}

/* -- values -------------------------------------------------------------------------------------------------------- */

static enum badge_status u64_of(const char *text, uint64_t *out)
{
    json_t *value = json_string(text);
    enum badge_status status = rpc_read_u64(out, value);
    json_decref(value);
    return status;
}

static void quantities(void **state)
{
    (void)state;
    uint64_t value;
    static const uint64_t round[] = {0, 1, 15, 16, UINT64_C(1) << 53, UINT64_MAX};
    for (size_t i = 0; i < sizeof round / sizeof *round; i++) {
        json_t *text = rpc_quantity(round[i]);
        assert_int_equal(rpc_read_u64(&value, text), BADGE_OK);
        assert_true(value == round[i]);
        json_decref(text);
    }
    assert_int_equal(u64_of("0x0000000000000000000Ff", &value), BADGE_OK);
    assert_int_equal(value, 255);
    static const char *const bad[] = {"", "0", "0x", "12", "0X1", "0x1g", "0x-1", "0x 1", "0x10000000000000000", "x1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(u64_of(bad[i], &value), BADGE_ETYPE);
    json_t *number = json_integer(5);
    assert_int_equal(rpc_read_u64(&value, number), BADGE_ETYPE);
    assert_int_equal(rpc_read_u64(&value, NULL), BADGE_ETYPE);
    assert_int_equal(rpc_read_u64(&value, json_null()), BADGE_ETYPE);
    json_decref(number);
    json_t *nul = json_stringn("0x1\0", 4);
    assert_int_equal(rpc_read_u64(&value, nul), BADGE_ETYPE);
    json_decref(nul);
}

static void chain_ids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum badge_status status;
    } rows[] = {{"0x1", BADGE_OK},
                {"0x1fffffffffffff", BADGE_OK},
                {"0x20000000000000", BADGE_EREFUSED},
                {"0x10000000000000000", BADGE_EREFUSED},
                {"0x0", BADGE_EIO},
                {"1", BADGE_EIO}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t id;
        json_t *value = json_string(rows[i].text);
        assert_int_equal(rpc_read_chain_id(&id, value, "http://p", &err), rows[i].status);
        json_decref(value);
    }
}

static void fixed_and_open_lengths(void **state)
{
    (void)state;
    uint8_t bytes[32], got[32];
    size_t len;
    struct badge_hash hash;
    struct badge_address account;
    struct badge_wei wei;
    for (size_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(200 + i);
    for (size_t n = 0; n <= 32; n++) {
        json_t *text = rpc_hex(bytes, n);
        assert_int_equal(rpc_read_bytes(got, sizeof got, &len, text), BADGE_OK);
        assert_int_equal(len, n);
        assert_memory_equal(got, bytes, n);
        if (n > 0)
            assert_int_equal(rpc_read_bytes(got, n - 1, &len, text), BADGE_ETYPE);
        assert_int_equal(rpc_read_hash(&hash, text), n == 32 ? BADGE_OK : BADGE_ETYPE);
        assert_int_equal(rpc_read_address(&account, text), n == 20 ? BADGE_OK : BADGE_ETYPE);
        json_decref(text);
    }
    json_t *odd = json_string("0x123"), *large = json_string("0xde0b6b3a7640000");
    assert_int_equal(rpc_read_bytes(got, sizeof got, &len, odd), BADGE_ETYPE);
    assert_int_equal(rpc_read_wei(&wei, large), BADGE_OK);
    uint64_t one_ether;
    assert_int_equal(badge_wei_to_u64(&one_ether, &wei), BADGE_OK);
    assert_true(one_ether == UINT64_C(1000000000000000000));
    assert_int_equal(rpc_read_wei(&wei, json_null()), BADGE_ETYPE);
    json_decref(odd);
    json_decref(large);
}

static void parameters(void **state)
{
    (void)state;
    struct badge_address to = {{1, 2}};
    const struct block block = {.number = 0x1f, .hash = {{0xab}}};
    const uint8_t data[] = {0xde, 0xad};
    json_t *call_object = rpc_call_object(&to, data, sizeof data), *at = rpc_at_block(&block, false);
    char *text = json_dumps(call_object, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "{\"data\":\"0xdead\",\"to\":\"0x0102000000000000000000000000000000000000\"}");
    free(text);
    assert_memory_equal(json_string_value(json_object_get(at, "blockHash")), "0xab00", 6);
    json_decref(call_object);
    json_decref(at);
    at = rpc_at_block(&block, true);
    assert_string_equal(json_string_value(at), "0x1f");
    json_decref(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_over_one_connection),
        cmocka_unit_test(http_errors),
        cmocka_unit_test(freed_in_flight),
        cmocka_unit_test(reads_replies_strictly),
        cmocka_unit_test(shows_nothing_of_the_url_that_a_provider_repeats),
        cmocka_unit_test(bounds_texts_of_a_provider),
        cmocka_unit_test(quantities),
        cmocka_unit_test(fixed_and_open_lengths),
        cmocka_unit_test(parameters),
        cmocka_unit_test(chain_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
