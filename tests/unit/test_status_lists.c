/*
 * The cache of status lists against a server that counts requests: fetched once for all waiters, used as long as the
 * host says, stale no longer than is allowed, fetched again by a node's timer while it is in use, bounded in bytes,
 * given by hand, and closed while one is fetched. And gzip: all members, checksums, and the bound.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/status_lists.h"
#include "audit/status_lists_gunzip.h"
#include "support/scripted_server.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
#define LIST                                                                                                           \
    {                                                                                                                  \
        OK_HEAD "\r\n", "{}", 0, false, false                                                                          \
    }
#define FAILURE                                                                                                        \
    {                                                                                                                  \
        "HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n", NULL, 0, false, false                                       \
    }
#define SECOND ((uint64_t)1000)
#define MINUTE (60 * SECOND)

static uv_loop_t loop;
static struct net_client *client;
static struct issuer_documents *documents;
static struct processors *processors;
static struct status_lists *lists;
static struct issuer_fetch_policy fetch;
static struct scripted_server server;
static bool is_closed;

/* Replaces libuv's clock, which status_lists.c reads: the test controls the time, but not when timers run. */
static uint64_t clock_ms = 1000;

uint64_t uv_now(const uv_loop_t *of)
{
    (void)of;
    return clock_ms;
}

struct asker {
    struct status_waiter waiter;
    unsigned n_calls;
    bool has_list, is_stale;
    char why[160];
};

static void on_closed(void *context)
{
    (void)context;
    is_closed = true;
    issuer_documents_free(documents);
}

static struct processors *processors_with(struct given *given)
{
    struct processors *out;
    assert_int_equal(processors_new(&out, &loop, 1, given, NULL), BADGE_OK);
    return out;
}

static void open_with(struct status_lists_options options)
{
    const struct issuer_documents_options fetching = {
        .loop = &loop, .client = client, .private_hosts = true, .failed_ms = 1};
    assert_int_equal(issuer_documents_new(&documents, &fetching, NULL), BADGE_OK);
    options.loop = &loop;
    options.documents = documents;
    options.processors = processors;
    options.fetch = &fetch;
    assert_int_equal(status_lists_new(&lists, &options, NULL), BADGE_OK);
}

static int open_all(void **state)
{
    struct given *given;
    (void)state;
    is_closed = false;
    fetch = (struct issuer_fetch_policy){.mode = ISSUER_FETCH_ON};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(net_client_new(&client, &loop, NULL), BADGE_OK);
    assert_int_equal(given_new(&given, NULL), BADGE_OK);
    processors = processors_with(given);
    open_with((struct status_lists_options){.max_age_ms = 10 * MINUTE});
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    status_lists_close(lists, on_closed, NULL);
    processors_release(processors);
    net_client_close(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(is_closed);
    return uv_loop_close(&loop);
}

static void reopen_with(struct status_lists_options options)
{
    status_lists_close(lists, on_closed, NULL);
    while (!is_closed)
        uv_run(&loop, UV_RUN_ONCE);
    is_closed = false;
    open_with(options);
}

static void on_list(void *context, const struct status_answer *answer)
{
    struct asker *asker = context;
    asker->n_calls++;
    asker->has_list = answer->list;
    asker->is_stale = answer->is_stale;
    snprintf(asker->why, sizeof asker->why, "%s", answer->list ? "" : answer->why);
}

/* Whether the answer was there at once. */
static bool ask(struct asker *asker, const char *url)
{
    *asker = (struct asker){.waiter = {.callback = on_list, .context = asker}};
    const struct status_answer *known = status_lists_ask(lists, url, NULL, &asker->waiter);
    if (known)
        on_list(asker, known);
    return known;
}

static void wait_for(struct asker *asker)
{
    while (asker->n_calls == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(asker->n_calls, 1);
}

/* Asks and waits: whether it was there at once. */
static bool had(struct asker *asker, const char *url)
{
    bool at_once = ask(asker, url);
    wait_for(asker);
    return at_once;
}

static void one_fetch_for_all(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {LIST, LIST};
    struct asker asker[3];
    scripted_start(&server, reply, 2);
    for (size_t i = 0; i < 3; i++)
        assert_false(ask(&asker[i], server.url));
    for (size_t i = 0; i < 3; i++) {
        wait_for(&asker[i]);
        assert_true(asker[i].has_list);
        assert_false(asker[i].is_stale);
    }
    assert_true(had(&asker[0], server.url));
    clock_ms += BADGE_STATUS_DEFAULT_TTL_S * SECOND - 1;
    assert_true(had(&asker[0], server.url));
    clock_ms += 1;
    assert_false(had(&asker[0], server.url));
    assert_true(asker[0].has_list);
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 2);
}

static void as_long_as_its_host_says(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        uint64_t fresh_s;
    } cases[] = {
        {OK_HEAD "Cache-Control: public, max-age=60\r\n\r\n", 60},
        {OK_HEAD "Cache-Control: max-age=\"60\"\r\nAge: 20\r\n\r\n", 40},
        {OK_HEAD "Cache-Control: max-age=60\r\nAge: 99999999999999999999\r\n\r\n", 5},
        {OK_HEAD "Cache-Control: max-age=99999999999999999999\r\n\r\n", BADGE_STATUS_DEFAULT_TTL_S},
        {OK_HEAD "Cache-Control: s-maxage=1, max-age-=2, x\r\n\r\n", BADGE_STATUS_DEFAULT_TTL_S},
        {OK_HEAD "Cache-Control: no-store\r\n\r\n", 5},
        {OK_HEAD "Cache-Control: max-age=100\r\nCache-Control: No-Cache\r\n\r\n", 5},
        {OK_HEAD "Cache-Control: max-age=-1\r\n\r\n", 5},
        {OK_HEAD "Cache-Control: max-age=\r\n\r\n", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct asker asker;
        const struct scripted_reply reply[] = {{cases[i].headers, "{}", 0, false, false}, LIST};
        scripted_start(&server, reply, 2);
        assert_false(had(&asker, server.url));
        clock_ms += cases[i].fresh_s * SECOND - 1;
        assert_true(had(&asker, server.url));
        clock_ms += 1;
        assert_false(had(&asker, server.url));
        scripted_stop(&server);
        assert_int_equal(server.n_requests, 2);
        clock_ms += 3600 * SECOND;
    }
}

static void stale_no_longer_than_is_allowed(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {LIST, FAILURE, FAILURE, FAILURE};
    struct asker asker;
    scripted_start(&server, reply, 4);
    assert_false(had(&asker, server.url));
    clock_ms += BADGE_STATUS_DEFAULT_TTL_S * SECOND;
    assert_false(had(&asker, server.url));
    assert_true(asker.has_list);
    assert_true(asker.is_stale);
    clock_ms += 10 * MINUTE - 1;
    assert_false(had(&asker, server.url));
    assert_true(asker.is_stale);
    clock_ms += 1;
    assert_false(had(&asker, server.url));
    assert_false(asker.has_list);
    assert_non_null(strstr(asker.why, "HTTP 500"));
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 4);
}

static void the_least_used_goes(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {LIST, LIST, LIST};
    struct asker asker;
    char a[128], b[128];
    reopen_with((struct status_lists_options){.max_bytes = 1}); /* the newest stays all the same */
    scripted_start(&server, reply, 3);
    snprintf(a, sizeof a, "%s/a", server.url);
    snprintf(b, sizeof b, "%s/b", server.url);
    assert_false(had(&asker, a));
    assert_true(had(&asker, a));
    assert_false(had(&asker, b));
    assert_true(had(&asker, b));
    assert_false(had(&asker, a));
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 3);
}

/* More URLs than there are places, none of which answers. */
static void a_bounded_number(void **state)
{
    (void)state;
    struct asker asker;
    char url[128];
    for (size_t i = 0; i < 2 * STATUS_LISTS_MAX; i++) {
        snprintf(url, sizeof url, "http://127.0.0.1:1/%zu", i);
        (void)had(&asker, url);
        assert_non_null(strstr(asker.why, "can't be reached"));
        clock_ms += 2;
    }
}

static void on_pause_over(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Runs the loop for so long, for the lists' own timer. */
static void pause_ms(uint64_t ms)
{
    bool is_over = false;
    uv_timer_t timer = {.data = &is_over};
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_pause_over, ms, 0);
    while (!is_over)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* By the timer, early enough that nobody waits; not within a minute, and not once nobody has asked for an hour. */
static void a_node_fetches_again_by_itself(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {LIST, LIST, LIST, LIST};
    struct asker asker;
    reopen_with((struct status_lists_options){.max_age_ms = 24 * 60 * MINUTE, .is_node = true, .tick_ms = 1});
    scripted_start(&server, reply, 4);
    assert_false(had(&asker, server.url));
    for (unsigned i = 0; i < 2; i++) {
        clock_ms += BADGE_STATUS_DEFAULT_TTL_S * SECOND - 2; /* still fresh */
        assert_true(had(&asker, server.url));
        pause_ms(50); /* the timer begins to fetch */
        clock_ms += 1;
        (void)had(&asker, server.url); /* which waits for that, unless it is there */
        assert_false(asker.is_stale);
        assert_true(had(&asker, server.url));
        pause_ms(50); /* within a minute of that */
    }
    clock_ms += 60 * MINUTE;
    pause_ms(50);
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 3);
}

static void closed_while_it_fetches(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {LIST, {NULL, NULL, 0, false, true}};
    struct asker asker;
    reopen_with((struct status_lists_options){.max_age_ms = MINUTE, .is_node = true, .tick_ms = 1});
    scripted_start(&server, reply, 2);
    assert_false(had(&asker, server.url));
    clock_ms += BADGE_STATUS_DEFAULT_TTL_S * SECOND; /* the timer begins to fetch, and close_all() ends it */
    pause_ms(50);
    assert_int_equal(close_all(NULL), 0);
    scripted_stop(&server);
    assert_int_equal(open_all(NULL), 0);
}

static void which_hosts(void **state)
{
    (void)state;
    struct asker asker;
    fetch.mode = ISSUER_FETCH_OFF;
    assert_true(had(&asker, "https://a.example/list"));
    assert_non_null(strstr(asker.why, "nothing is fetched"));
    fetch.mode = ISSUER_FETCH_KNOWN;
    assert_true(had(&asker, "https://a.example/list"));
    assert_non_null(strstr(asker.why, "only the hosts of issuers"));
}

/* It counts where nothing is fetched, and another one counts once it is given. */
static void given_by_hand(void **state)
{
    (void)state;
    static const char url[] = "https://a.example/list";
    char file[] = "/tmp/badged-list-XXXXXX";
    struct asker asker;
    struct given *given;
    fetch.mode = ISSUER_FETCH_OFF;
    int fd = mkstemp(file);
    assert_true(fd >= 0 && write(fd, "{}", 2) == 2 && close(fd) == 0);
    assert_int_equal(given_new(&given, NULL), BADGE_OK);
    assert_int_equal(given_add_document(given, (struct badge_text){url, sizeof url - 1}, file, NULL), BADGE_OK);
    struct processors *with = processors_with(given);
    status_lists_use(lists, with);
    assert_false(had(&asker, url));
    assert_true(asker.has_list);
    clock_ms += 100 * 60 * MINUTE;
    assert_true(had(&asker, url));
    assert_false(asker.is_stale);
    assert_false(ask(&asker, "https://a.example/other") && asker.has_list);
    status_lists_use(lists, processors);
    assert_true(had(&asker, url));
    assert_false(asker.has_list);
    status_lists_use(lists, with);
    assert_false(ask(&asker, url));
    status_lists_use(lists, processors); /* while it is read */
    processors_release(with);
    wait_for(&asker);
    assert_true(had(&asker, url));
    assert_false(asker.has_list);
    unlink(file);
}

/* Of "hello", 5 bytes. */
static const uint8_t hello[] = {0x1f, 0x8b, 8, 0, 0,    0,    0,    0,    2, 3, 0xcb, 0x48, 0xcd,
                                0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0,    0};

static const char *inflate(const uint8_t *bytes, size_t len, size_t max_len, size_t expected)
{
    uint8_t *bits;
    size_t n;
    const char *why = status_lists_gunzip(&bits, &n, bytes, len, max_len);
    if (why)
        return why;
    assert_int_equal(n, expected);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bits[i], "hello"[i % 5]);
    free(bits);
    return "";
}

static void gzip(void **state)
{
    (void)state;
    uint8_t two[2 * sizeof hello];
    memcpy(two, hello, sizeof hello);
    memcpy(two + sizeof hello, hello, sizeof hello);
    assert_string_equal(inflate(hello, sizeof hello, 100, 5), "");
    assert_string_equal(inflate(hello, sizeof hello, 5, 5), "");
    assert_string_equal(inflate(two, sizeof two, 10, 10), "");
    assert_non_null(strstr(inflate(hello, sizeof hello, 4, 0), "more than"));
    assert_non_null(strstr(inflate(two, sizeof two, 9, 0), "more than"));
    assert_non_null(strstr(inflate(two, sizeof hello + 1, 100, 0), "damaged"));
    for (size_t len = 0; len < sizeof hello; len++)
        assert_non_null(strstr(inflate(hello, len, 100, 0), "damaged"));
    for (size_t i = 0; i < sizeof hello; i++) {
        memcpy(two, hello, sizeof hello);
        two[i] ^= 0x80;
        bool is_free = (i >= 4 && i < 10) || i == 16; /* time, flags of the compressor, system; bits after the end */
        assert_int_equal(strcmp(inflate(two, sizeof hello, 100, 5), "") == 0, is_free);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(one_fetch_for_all),
        TEST(as_long_as_its_host_says),
        TEST(stale_no_longer_than_is_allowed),
        TEST(the_least_used_goes),
        TEST(a_bounded_number),
        TEST(a_node_fetches_again_by_itself),
        TEST(closed_while_it_fetches),
        TEST(which_hosts),
        TEST(given_by_hand),
        TEST(gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
