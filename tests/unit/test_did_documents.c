/*
 * DID documents against a server that counts requests: fetched once for all waiters, cached and expired on time, only a
 * few at a time, and never from this machine unless that is allowed.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "audit/did_documents.h"
#include "support/scripted_server.h"

#define OK_HEAD(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"

static uv_loop_t loop;
static struct net_client *client;
static struct did_documents *documents;
static struct scripted_server server;

struct asker {
    struct did_waiter waiter;
    unsigned n_calls;
    char bytes[64], why[160];
};

#define FRESH_MS 2000
#define FAILED_MS 1000 /* more than a test requests, at one a millisecond */

/* Replaces libuv's clock, which did_documents.c reads: the test controls the time. */
static uint64_t clock_ms = 1000;

uint64_t uv_now(const uv_loop_t *of)
{
    (void)of;
    return clock_ms;
}

static int open_with(bool private_hosts)
{
    const struct did_documents_options options = {
        .loop = &loop, .client = client, .private_hosts = private_hosts, .fresh_ms = FRESH_MS, .failed_ms = FAILED_MS};
    return did_documents_new(&documents, &options, NULL);
}

static int open_all(void **state)
{
    (void)state;
    return uv_loop_init(&loop) || net_client_new(&client, &loop, NULL) || open_with(true);
}

static int close_all(void **state)
{
    (void)state;
    did_documents_free(documents);
    net_client_close(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void note(struct asker *asker, const struct did_document *document)
{
    asker->n_calls++;
    snprintf(asker->bytes, sizeof asker->bytes, "%.*s", document->bytes ? (int)document->len : 0,
             document->bytes ? document->bytes : "");
    snprintf(asker->why, sizeof asker->why, "%s", document->bytes ? "" : document->why);
}

static void on_document(void *context, const struct did_document *document)
{
    note(context, document);
}

/* Whether the answer was cached. */
static bool ask(struct asker *asker, const char *url)
{
    *asker = (struct asker){.waiter = {.callback = on_document, .context = asker}};
    const struct did_document *known = did_documents_ask(documents, url, &asker->waiter);
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

static void a_few_at_a_time(void **state)
{
    (void)state;
    static const struct scripted_reply silence = {NULL, NULL, 0, false, true};
    struct asker asker[17];
    char url[128];
    scripted_start(&server, &silence, 1);
    for (size_t i = 0; i < 17; i++) {
        snprintf(url, sizeof url, "%s/%zu", server.url, i);
        assert_int_equal(ask(&asker[i], url), i == 16);
    }
    assert_non_null(strstr(asker[16].why, "too many"));
    scripted_stop(&server);
    for (size_t i = 0; i < 16; i++)
        wait_for(&asker[i]);
}

/* Each new document evicts the oldest. */
static void a_bounded_number_is_kept(void **state)
{
    (void)state;
    struct asker asker;
    char url[128];
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3 * DID_DOCUMENTS_MAX; i++) {
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
    did_documents_free(documents);
    assert_int_equal(open_with(false), 0);
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
        TEST(one_request_for_all_waiters), TEST(failures), TEST(a_few_at_a_time), TEST(a_bounded_number_is_kept),
        TEST(private_hosts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
