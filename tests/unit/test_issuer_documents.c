/*
 * Issuers' documents against a server that counts requests: fetched once for all waiters, cached and expired on time,
 * never from this machine unless that is allowed; from a node only one at a time and a few a minute of each host and
 * client.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "audit/issuer_documents.h"
#include "support/scripted_server.h"

#define OK_HEAD(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"

static uv_loop_t loop;
static struct net_client *client;
static struct issuer_documents *documents;
static struct scripted_server server;

struct asker {
    struct issuer_waiter waiter;
    unsigned n_calls;
    int http_status;
    int64_t max_age_s;
    size_t len;
    char bytes[64], why[160], media_type[64];
    bool has_disposition;
};

#define FRESH_MS 2000
#define FAILED_MS 1000 /* more than a test requests, at one a millisecond */

/* Replaces libuv's clock, which issuer_documents.c reads: the test controls the time. */
static uint64_t clock_ms = 1000;

uint64_t uv_now(const uv_loop_t *of)
{
    (void)of;
    return clock_ms;
}

static int open_with(bool private_hosts, bool is_node)
{
    const struct issuer_documents_options options = {.loop = &loop,
                                                     .client = client,
                                                     .private_hosts = private_hosts,
                                                     .is_node = is_node,
                                                     .fresh_ms = FRESH_MS,
                                                     .failed_ms = FAILED_MS};
    return issuer_documents_new(&documents, &options, NULL);
}

static int open_all(void **state)
{
    (void)state;
    return uv_loop_init(&loop) || net_client_new(&client, &loop, NULL) || open_with(true, false);
}

static int close_all(void **state)
{
    (void)state;
    issuer_documents_free(documents);
    net_client_close(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void note(struct asker *asker, const struct issuer_document *document)
{
    asker->n_calls++;
    snprintf(asker->bytes, sizeof asker->bytes, "%.*s", document->bytes ? (int)document->len : 0,
             document->bytes ? document->bytes : "");
    snprintf(asker->why, sizeof asker->why, "%s", document->bytes ? "" : document->why);
    snprintf(asker->media_type, sizeof asker->media_type, "%s", document->media_type ? document->media_type : "");
    asker->has_disposition = document->has_disposition;
    asker->http_status = document->http_status;
    asker->max_age_s = document->max_age_s;
    asker->len = document->len;
}

static void on_document(void *context, const struct issuer_document *document)
{
    note(context, document);
}

/* Whether the answer was there at once. */
static bool ask_as(struct asker *asker, const char *url, uint8_t client_number)
{
    uint8_t from[ISSUER_CLIENT_LEN] = {client_number};
    *asker = (struct asker){.waiter = {.callback = on_document, .context = asker}};
    const struct issuer_document *known = issuer_documents_ask(documents, url, from, &asker->waiter);
    if (known)
        note(asker, known);
    return known != NULL;
}

static bool ask(struct asker *asker, const char *url)
{
    return ask_as(asker, url, 0);
}

static bool ask_list(struct asker *asker, const char *url)
{
    *asker = (struct asker){.waiter = {.callback = on_document, .context = asker}};
    const struct issuer_document *known = issuer_documents_ask_list(documents, url, NULL, &asker->waiter);
    if (known)
        note(asker, known);
    return known != NULL;
}

static void wait_for(struct asker *asker)
{
    while (asker->n_calls == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(asker->n_calls, 1);
}

static void one_request_for_all_waiters(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("2"), "{}", 0, false, false},
                                                  {OK_HEAD("2"), "[]", 0, false, false}};
    struct asker asker[3];
    scripted_start(&server, reply, 2);
    for (size_t i = 0; i < 3; i++)
        assert_false(ask(&asker[i], server.url));
    for (size_t i = 0; i < 3; i++) {
        wait_for(&asker[i]);
        assert_string_equal(asker[i].bytes, "{}");
    }
    assert_true(ask(&asker[0], server.url)); /* kept */
    assert_string_equal(asker[0].bytes, "{}");
    clock_ms += FRESH_MS;
    assert_false(ask(&asker[0], server.url)); /* and expired */
    wait_for(&asker[0]);
    assert_string_equal(asker[0].bytes, "[]");
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 2);
}

static void failures(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {
        {"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", NULL, 0, false, false},
        {OK_HEAD("65537"), NULL, 65537, true, false},
        {NULL, NULL, 0, true, false},
        {OK_HEAD("65536"), NULL, 65536, false, false},
    };
    static const char *const why[] = {"HTTP 302", "longer than 65536 bytes", "closed the connection", ""};
    struct asker asker;
    scripted_start(&server, reply, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_false(ask(&asker, server.url));
        wait_for(&asker);
        assert_non_null(strstr(asker.why, why[i]));
        assert_true(ask(&asker, server.url)); /* kept, for a shorter time */
        assert_non_null(strstr(asker.why, why[i]));
        assert_int_equal(asker.bytes[0], i == 3 ? 'x' : '\0');
        clock_ms += FAILED_MS;
    }
    assert_true(ask(&asker, server.url));
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 4);
}

static void a_number_at_a_time(void **state)
{
    (void)state;
    static const struct scripted_reply silence = {NULL, NULL, 0, false, true};
    static struct asker asker[ISSUER_DOCUMENTS_MAX_FETCHES + 1];
    char url[128];
    scripted_start(&server, &silence, 1);
    for (size_t i = 0; i <= ISSUER_DOCUMENTS_MAX_FETCHES; i++) {
        snprintf(url, sizeof url, "%s/%zu", server.url, i);
        assert_int_equal(ask(&asker[i], url), i == ISSUER_DOCUMENTS_MAX_FETCHES);
    }
    assert_non_null(strstr(asker[ISSUER_DOCUMENTS_MAX_FETCHES].why, "too many"));
    scripted_stop(&server);
    for (size_t i = 0; i < ISSUER_DOCUMENTS_MAX_FETCHES; i++)
        wait_for(&asker[i]);
}

static void media_type_and_disposition(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {
        {"HTTP/1.1 200 OK\r\nContent-Type: application/did+json; charset=utf-8\r\nContent-Length: 2\r\n\r\n", "{}", 0,
         false, false},
        {"HTTP/1.1 200 OK\r\ncontent-disposition:attachment\r\nContent-Length: 2\r\n\r\n", "{}", 0, false, false},
    };
    struct asker asker;
    scripted_start(&server, reply, 2);
    for (size_t i = 0; i < 2; i++) {
        for (size_t again = 0; again < 2; again++) { /* the second one from the cache */
            assert_int_equal(ask(&asker, server.url), again);
            wait_for(&asker);
            assert_string_equal(asker.bytes, "{}");
            assert_string_equal(asker.media_type, i == 0 ? "application/did+json; charset=utf-8" : "");
            assert_int_equal(asker.has_disposition, i == 1);
        }
        clock_ms += FRESH_MS;
    }
    scripted_stop(&server);
}

/* Longer than a document may be, passed on and not kept; 410 too. A failure is kept. */
static void lists(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {
        {"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nAge: 20\r\nContent-Length: 65537\r\n\r\n", NULL, 65537, false,
         false},
        {"HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\n", "{}", 0, false, false},
        {OK_HEAD("8388609"), NULL, 8388609, true, false},
        {"HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\n", "{}", 0, false, false},
    };
    struct asker asker;
    scripted_start(&server, reply, 4);
    assert_false(ask_list(&asker, server.url));
    wait_for(&asker);
    assert_int_equal(asker.http_status, 200);
    assert_int_equal(asker.len, 65537);
    assert_int_equal(asker.max_age_s, 40);
    assert_false(ask_list(&asker, server.url)); /* not kept */
    wait_for(&asker);
    assert_int_equal(asker.http_status, 410);
    assert_string_equal(asker.bytes, "{}");
    assert_int_equal(asker.max_age_s, -1);
    assert_false(ask_list(&asker, server.url));
    wait_for(&asker);
    assert_non_null(strstr(asker.why, "longer than 8388608 bytes"));
    assert_true(ask_list(&asker, server.url));
    assert_non_null(strstr(asker.why, "longer than 8388608 bytes"));
    assert_false(ask(&asker, server.url)); /* as a document it is another one */
    wait_for(&asker);
    assert_non_null(strstr(asker.why, "HTTP 410"));
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 4);
}

static void reopen_as_node(void)
{
    issuer_documents_free(documents);
    assert_int_equal(open_with(true, true), 0);
}

/* The server has one connection at a time, so a second request before the first answer would get none. */
static void a_node_asks_a_host_for_one_document_at_a_time(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("1"), "0", 0, false, false},
                                                  {OK_HEAD("1"), "1", 0, false, false},
                                                  {OK_HEAD("1"), "2", 0, false, false}};
    struct asker asker[3];
    char url[128];
    reopen_as_node();
    scripted_start(&server, reply, 3);
    for (size_t i = 0; i < 3; i++) {
        snprintf(url, sizeof url, "%s/%zu", server.url, i);
        assert_false(ask(&asker[i], url));
        clock_ms++; /* the order in which they wait */
    }
    for (size_t i = 0; i < 3; i++) {
        wait_for(&asker[i]);
        assert_int_equal(asker[i].bytes[0], '0' + (char)i);
        for (size_t later = i + 1; later < 3; later++)
            assert_int_equal(asker[later].n_calls, 0);
    }
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 3);
}

static void who_waits_for_a_host_that_is_gone_hears_it_at_once(void **state)
{
    (void)state;
    static const struct scripted_reply reply = {NULL, NULL, 0, true, false};
    struct asker asker[3];
    char url[128];
    reopen_as_node();
    scripted_start(&server, &reply, 1);
    for (size_t i = 0; i < 3; i++) {
        snprintf(url, sizeof url, "%s/%zu", server.url, i);
        assert_false(ask(&asker[i], url));
    }
    for (size_t i = 0; i < 3; i++) {
        wait_for(&asker[i]);
        assert_non_null(strstr(asker[i].why, "closed the connection"));
    }
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 1);
}

static void a_node_asks_a_host_a_few_times_a_minute(void **state)
{
    (void)state;
    struct asker asker;
    char url[128];
    reopen_as_node();
    for (size_t i = 0; i < 2 * ISSUER_DOCUMENTS_PER_HOST; i++) {
        /* all ports of a host count as one */
        snprintf(url, sizeof url, "http://127.0.0.1:%d/%zu", i % 2 ? 1 : 2, i);
        bool is_refused = i >= ISSUER_DOCUMENTS_PER_HOST;
        assert_int_equal(ask(&asker, url), is_refused);
        wait_for(&asker);
        assert_non_null(strstr(asker.why, is_refused ? "as often as is allowed" : "can't be reached"));
    }
    assert_true(ask(&asker, "http://127.0.0.1:2/0")); /* cached: not counted */
    assert_non_null(strstr(asker.why, "can't be reached"));
    clock_ms += 60000;
    assert_false(ask(&asker, url));
    wait_for(&asker);
}

static void a_client_causes_a_few_requests_a_minute(void **state)
{
    (void)state;
    struct asker asker;
    char url[128];
    reopen_as_node();
    for (size_t i = 0; i <= ISSUER_DOCUMENTS_PER_CLIENT; i++) {
        snprintf(url, sizeof url, "http://127.0.0.%zu:1/%zu", 1 + i % 8, i);
        bool is_refused = i == ISSUER_DOCUMENTS_PER_CLIENT;
        assert_int_equal(ask_as(&asker, url, 1), is_refused);
        wait_for(&asker);
        assert_non_null(strstr(asker.why, is_refused ? "this client" : "can't be reached"));
    }
    assert_false(ask_as(&asker, url, 2));
    wait_for(&asker);
    clock_ms += 60000;
    assert_false(ask_as(&asker, url, 1));
    wait_for(&asker);
}

static void hosts_of_ids(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"did:web:Example.org", "example.org"},
        {"did:web:example.org%3A8443:users:1", "example.org:8443"},
        {"https://Example.org", "example.org"},
        {"HTTPS://example.org:443/issuers/1?a=b#key", "example.org"},
        {"https://example.org:8443?x", "example.org:8443"},
    };
    static const char *const bad[] = {
        "did:key:z6Mk", "http://example.org/", "https://", "https://user@example.org/", "urn:uuid:1", ""};
    char host[ISSUER_HOST_LEN];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(issuer_host_of_id(host, (struct badge_text){good[i][0], strlen(good[i][0])}));
        assert_string_equal(host, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(issuer_host_of_id(host, (struct badge_text){bad[i], strlen(bad[i])}));
}

/* Each new document evicts the oldest. */
static void a_bounded_number_is_kept(void **state)
{
    (void)state;
    struct asker asker;
    char url[128];
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3 * ISSUER_DOCUMENTS_MAX; i++) {
            snprintf(url, sizeof url, "http://127.0.0.1:1/%zu", i);
            assert_false(ask(&asker, url));
            wait_for(&asker);
            assert_non_null(strstr(asker.why, "can't be reached"));
            clock_ms++; /* too short for any to expire */
        }
    }
}

static void private_hosts_are_refused(void **state)
{
    (void)state;
    static const struct scripted_reply reply = {OK_HEAD("2"), "{}", 0, false, false};
    struct asker asker;
    scripted_start(&server, &reply, 1);
    issuer_documents_free(documents);
    assert_int_equal(open_with(false, false), 0);
    assert_false(ask(&asker, server.url));
    wait_for(&asker);
    assert_non_null(strstr(asker.why, "no address on the public internet"));
    scripted_stop(&server);
    assert_int_equal(server.n_connections, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(one_request_for_all_waiters),
        TEST(failures),
        TEST(a_number_at_a_time),
        TEST(a_bounded_number_is_kept),
        TEST(private_hosts_are_refused),
        TEST(media_type_and_disposition),
        TEST(lists),
        TEST(a_node_asks_a_host_for_one_document_at_a_time),
        TEST(who_waits_for_a_host_that_is_gone_hears_it_at_once),
        TEST(a_node_asks_a_host_a_few_times_a_minute),
        TEST(a_client_causes_a_few_requests_a_minute),
        TEST(hosts_of_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
