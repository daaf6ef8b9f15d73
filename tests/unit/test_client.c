/*
 * The HTTP client against a misbehaving server. The callback of every request runs exactly once, and at the end of
 * every test the loop closes without open handles.
 */
#include "support/test.h"

#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/client.h"
#include "support/scripted_server.h"

#define OK_HEAD(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"

static uv_loop_t loop;
static struct net_client *client;
static struct scripted_server server;
static struct badge_err err;

struct outcome {
    unsigned n_calls;
    enum badge_status status;
    char text[232], body[64];
    long http_status;
    size_t body_len;
    uint64_t retry_after_ms;
    bool allows_origin;
    bool close_client;
};

static int open_client(void **state)
{
    (void)state;
    return uv_loop_init(&loop) || net_client_new(&client, &loop, &err);
}

static int close_client(void **state)
{
    (void)state;
    net_client_close(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    client = NULL;
    return uv_loop_close(&loop);
}

static void on_response(void *context, const struct net_response *response)
{
    struct outcome *outcome = context;
    outcome->n_calls++;
    outcome->status = response->status;
    outcome->http_status = response->http_status;
    outcome->body_len = response->body_len;
    outcome->retry_after_ms = response->retry_after_ms;
    outcome->allows_origin = response->allows_origin;
    snprintf(outcome->text, sizeof outcome->text, "%s", response->status == BADGE_OK ? "" : response->err.text);
    snprintf(outcome->body, sizeof outcome->body, "%.*s", (int)response->body_len, response->body);
    if (outcome->close_client)
        net_client_close(client);
}

static enum badge_status start(struct outcome *outcome, const char *url, const char *body, uint64_t timeout_ms)
{
    const struct net_request request = {
        .url = url,
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .content_type = body ? "application/json" : NULL,
        .max_response_len = 1000,
        .timeout_ms = timeout_ms,
        .callback = on_response,
        .context = outcome,
    };
    return net_send(client, &request, &err);
}

static void wait_for(struct outcome *outcome)
{
    while (outcome->n_calls == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(outcome->n_calls, 1);
}

static struct outcome get(const char *url)
{
    struct outcome outcome = {0};
    assert_int_equal(start(&outcome, url, NULL, 60000), BADGE_OK);
    assert_int_equal(outcome.n_calls, 0);
    wait_for(&outcome);
    return outcome;
}

/* The outcome of one GET against one scripted reply. */
static struct outcome against(struct scripted_reply reply)
{
    scripted_start(&server, &reply, 1);
    struct outcome outcome = get(server.url);
    scripted_stop(&server);
    return outcome;
}

static void keeps_the_connection(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {
        {OK_HEAD("5"), "hello", 0, false, false},
        {OK_HEAD("0"), "", 0, false, false},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n", "no", 0, false, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 0, false, false},
    };
    scripted_start(&server, reply, 4);
    struct outcome outcome = get(server.url);
    assert_int_equal(outcome.status, BADGE_OK);
    assert_int_equal(outcome.http_status, 200);
    assert_string_equal(outcome.body, "hello");
    outcome = get(server.url);
    assert_int_equal(outcome.status, BADGE_OK);
    assert_string_equal(outcome.body, "");
    outcome = get(server.url);
    assert_int_equal(outcome.http_status, 404);
    assert_string_equal(outcome.body, "no");
    outcome = get(server.url);
    assert_string_equal(outcome.body, "abcde");
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 4);
    assert_int_equal(server.n_connections, 1);
    assert_null(strcasestr(server.last_request, "accept-encoding"));
}

static void sends_the_credentials_of_the_url(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("2"), "ok", 0, false, false}};
    struct outcome outcome = {0};
    char url[100], body[] = "{\"a\":1}";
    scripted_start(&server, reply, 1);
    snprintf(url, sizeof url, "http://user:pass@%.60s", server.url + 7);
    assert_int_equal(start(&outcome, url, body, 60000), BADGE_OK);
    memset(body, 'z', sizeof body - 1); /* everything was copied */
    memset(url, 'z', sizeof url - 1);
    wait_for(&outcome);
    scripted_stop(&server);
    assert_int_equal(outcome.status, BADGE_OK);
    assert_non_null(strstr(server.last_request, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(server.last_request, "Authorization: Basic dXNlcjpwYXNz\r\n"));
    assert_non_null(strstr(server.last_request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(server.last_request, "\r\n\r\n{\"a\":1}"));
}

static void headers_as_given(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("2"), "ok", 0, false, false}};
    struct outcome outcome = {0};
    scripted_start(&server, reply, 1);
    struct net_request request = {.url = server.url,
                                  .body = "x",
                                  .body_len = 1,
                                  .authorization = "Bearer t\r\nX: y",
                                  .timeout_ms = 60000,
                                  .callback = on_response,
                                  .context = &outcome,
                                  .max_response_len = 10};
    assert_int_equal(net_send(client, &request, &err), BADGE_ESYNTAX);
    request.authorization = "Bearer token";
    assert_int_equal(net_send(client, &request, &err), BADGE_OK);
    wait_for(&outcome);
    scripted_stop(&server);
    assert_non_null(strstr(server.last_request, "Authorization: Bearer token\r\n"));
    assert_null(strcasestr(server.last_request, "expect:"));
}

/* What the page of this origin may do with the reply. */
static bool allows(const char *head, bool preflight)
{
    const struct scripted_reply reply = {head, NULL, 0, false, false};
    struct outcome outcome = {0};
    scripted_start(&server, &reply, 1);
    const struct net_request request = {.url = server.url,
                                        .origin = "https://page.example",
                                        .preflight = preflight,
                                        .max_response_len = 1000,
                                        .timeout_ms = 60000,
                                        .callback = on_response,
                                        .context = &outcome};
    assert_int_equal(net_send(client, &request, &err), BADGE_OK);
    wait_for(&outcome);
    scripted_stop(&server);
    assert_int_equal(outcome.status, BADGE_OK);
    assert_non_null(strstr(server.last_request, "\r\nOrigin: https://page.example\r\n"));
    assert_int_equal(strncmp(server.last_request, "OPTIONS ", 8) == 0, preflight);
    bool asks_to_post = strstr(server.last_request, "\r\nAccess-Control-Request-Method: POST\r\n") &&
                        strstr(server.last_request, "\r\nAccess-Control-Request-Headers: content-type\r\n");
    assert_int_equal(asks_to_post, preflight);
    return outcome.allows_origin;
}

static void what_a_page_may_read(void **state)
{
    (void)state;
#define HEAD(headers) "HTTP/1.1 200 OK\r\n" headers "Content-Length: 0\r\n\r\n"
    assert_false(allows(HEAD(""), false));
    assert_true(allows(HEAD("access-control-allow-origin: *\r\n"), false));
    assert_true(allows(HEAD("Access-Control-Allow-Origin:https://page.example \r\n"), false));
    assert_false(allows(HEAD("Access-Control-Allow-Origin: https://page.example.org\r\n"), false));
    assert_false(allows(HEAD("Access-Control-Allow-Origin: https://page\r\n"), false));
    assert_false(allows(HEAD("Access-Control-Allow-Origin:\r\n"), false));
    assert_false(allows(HEAD("X-Access-Control-Allow-Origin: *\r\n"), false));
#define ANY "Access-Control-Allow-Origin: *\r\n"
    assert_false(allows(HEAD(ANY), true));
    assert_true(allows(HEAD(ANY "Access-Control-Allow-Headers: *\r\n"), true));
    assert_true(allows(HEAD(ANY "Access-Control-Allow-Headers: x-a,Content-Type\r\n"), true));
    assert_false(allows(HEAD(ANY "Access-Control-Allow-Headers: x-content-type, content-typ, ,\r\n"), true));
    assert_false(allows(HEAD("Access-Control-Allow-Headers: content-type\r\n"), true));
    assert_true(allows("HTTP/1.1 204 No Content\r\n" ANY "Access-Control-Allow-Headers: content-type\r\n\r\n", true));
    assert_false(allows("HTTP/1.1 403 Forbidden\r\n" ANY
                        "Access-Control-Allow-Headers: content-type\r\nContent-Length: 0\r\n\r\n",
                        true));
#undef ANY
#undef HEAD
}

static void a_large_body_does_not_wait(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("2"), "ok", 0, false, false}};
    static char body[2 << 20];
    struct outcome outcome = {0};
    memset(body, 'a', sizeof body - 1);
    scripted_start(&server, reply, 1);
    assert_int_equal(start(&outcome, server.url, body, 60000), BADGE_OK);
    wait_for(&outcome);
    scripted_stop(&server);
    /* The server reads the head and closes; only the head matters here. */
    assert_non_null(strstr(server.last_request, "Content-Length: 2097151\r\n"));
    assert_null(strcasestr(server.last_request, "expect:"));
}

static void refuses_other_urls(void **state)
{
    (void)state;
    static const char *const url[] = {"",
                                      "ftp://127.0.0.1/",
                                      "file:///etc/passwd",
                                      "127.0.0.1:80",
                                      "http://",
                                      "http://a b/",
                                      "https://user:secret@ho st/",
                                      "gopher://x",
                                      "http://x:99999/"};
    for (size_t i = 0; i < sizeof url / sizeof *url; i++) {
        struct outcome outcome = {0};
        assert_int_equal(start(&outcome, url[i], NULL, 1000), BADGE_ESYNTAX);
        assert_null(strstr(err.text, "secret"));
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(outcome.n_calls, 0);
    }
}

static void does_not_follow_redirects(void **state)
{
    (void)state;
    struct outcome outcome = against((struct scripted_reply){
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", NULL, 0, false, false});
    assert_int_equal(outcome.status, BADGE_OK);
    assert_int_equal(outcome.http_status, 302);
}

static void long_responses_are_refused(void **state)
{
    (void)state;
    struct outcome outcome = against((struct scripted_reply){OK_HEAD("1000"), NULL, 1000, false, false});
    assert_int_equal(outcome.status, BADGE_OK);
    assert_int_equal(outcome.body_len, 1000);
    outcome = against((struct scripted_reply){OK_HEAD("1001"), NULL, 1001, false, false});
    assert_int_equal(outcome.status, BADGE_ELIMIT);
    assert_non_null(strstr(outcome.text, "longer than 1000 bytes"));
    /* Without a length, and practically endless. */
    outcome = against((struct scripted_reply){"HTTP/1.1 200 OK\r\n\r\n", NULL, (size_t)1 << 30, true, false});
    assert_int_equal(outcome.status, BADGE_ELIMIT);
    outcome = against((struct scripted_reply){"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", NULL,
                                              (size_t)1 << 30, true, false});
    assert_int_equal(outcome.status, BADGE_ELIMIT);
}

/* Before the body and, with chunked encoding, after it. */
static void endless_headers(void **state)
{
    (void)state;
    static const char *const head[] = {"HTTP/1.1 200 OK\r\n",
                                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"};
    static const char line[] = "X-Header: 0123456789012345678901234567890123456789\r\n";
    char *lines = calloc(10000, sizeof line);
    for (size_t i = 0; i < 10000; i++)
        memcpy(lines + i * (sizeof line - 1), line, sizeof line - 1);
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = against((struct scripted_reply){head[i], lines, 0, false, true});
        assert_int_equal(outcome.status, BADGE_EIO);
        assert_null(strstr(outcome.text, "timed out"));
    }
    free(lines);
}

static void broken_responses(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {
        {OK_HEAD("50"), "half", 0, true, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nab", 0, true, false},
        {"nonsense\r\n\r\n", NULL, 0, true, false},
        {NULL, NULL, 0, true, false},
    };
    for (size_t i = 0; i < sizeof reply / sizeof *reply; i++) {
        struct outcome outcome = against(reply[i]);
        assert_int_equal(outcome.status, BADGE_EIO);
        assert_memory_equal(strstr(outcome.text, "http://127.0.0.1:"), "http://127.0.0.1:", 17);
        assert_string_equal(outcome.body, "");
    }
}

static void a_silent_server_times_out(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("50"), "half", 0, false, true}};
    struct outcome outcome = {0};
    scripted_start(&server, reply, 1);
    uint64_t before = uv_hrtime();
    assert_int_equal(start(&outcome, server.url, NULL, 200), BADGE_OK);
    wait_for(&outcome);
    uint64_t took_ms = (uv_hrtime() - before) / 1000000;
    scripted_stop(&server);
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_non_null(strstr(outcome.text, "timed out"));
    assert_true(took_ms >= 190);
}

static sem_t name_server_may_answer;
static volatile bool name_server_gave_up;

/* Replaces that of libc for libcurl: for one name it does not return until the test allows it. */
__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints, struct addrinfo **result)
{
    int (*libc)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (!node || strcmp(node, "silent.example") != 0) {
        *(void **)&libc = dlsym(RTLD_NEXT, "getaddrinfo");
        return libc(node, service, hints, result);
    }
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    if (sem_timedwait(&name_server_may_answer, &until) != 0)
        name_server_gave_up = true;
    return EAI_AGAIN;
}

/* The name server is not ours: neither a timeout nor the close of the client may wait for it. */
static void a_silent_name_server_blocks_nothing(void **state)
{
    (void)state;
    struct outcome outcome = {0}, cancelled = {0};
    sem_init(&name_server_may_answer, 0, 0);
    assert_int_equal(start(&outcome, "http://silent.example/", NULL, 200), BADGE_OK);
    assert_int_equal(start(&cancelled, "http://silent.example/2", NULL, 60000), BADGE_OK);
    wait_for(&outcome);
    net_client_close(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    client = NULL;
    assert_false(name_server_gave_up);
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_non_null(strstr(outcome.text, "timed out"));
    assert_int_equal(cancelled.n_calls, 1);
    sem_post(&name_server_may_answer);
    sem_post(&name_server_may_answer);
}

static void connection_refused(void **state)
{
    (void)state;
    char url[SCRIPTED_URL_LEN];
    int nobody = scripted_bind(url);
    struct outcome outcome = get(url);
    close(nobody);
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_int_equal(outcome.http_status, 0);
    assert_non_null(strstr(outcome.text, "connection refused"));
    outcome = get("http://name.invalid/secret?key=1");
    assert_int_equal(outcome.status, BADGE_EIO);
    assert_null(strstr(outcome.text, "secret"));
}

/* A URL from untrusted input is not requested from this machine, not even over an open connection. */
static void public_only(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("0"), "", 0, false, false},
                                                  {OK_HEAD("0"), "", 0, false, false}};
    scripted_start(&server, reply, 2);
    assert_int_equal(get(server.url).status, BADGE_OK);
    static const char *const named[] = {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct outcome outcome = {0};
        char url[64];
        snprintf(url, sizeof url, "http://%s:%s/", named[i], strrchr(server.url, ':') + 1);
        const struct net_request request = {.url = url,
                                            .max_response_len = 1000,
                                            .timeout_ms = 60000,
                                            .public_only = true,
                                            .callback = on_response,
                                            .context = &outcome};
        assert_int_equal(net_send(client, &request, &err), BADGE_OK);
        wait_for(&outcome);
        assert_int_equal(outcome.status, BADGE_EIO);
        assert_non_null(strstr(outcome.text, "no address on the public internet"));
    }
    assert_int_equal(get(server.url).status, BADGE_OK);
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 2);
    assert_int_equal(server.n_connections, 1);
}

static void retry_after(void **state)
{
    (void)state;
    char head[200], date[64];
    time_t later = time(NULL) + 100;
    struct tm utc;
    struct outcome outcome = against((struct scripted_reply){
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\n", "slow", 0, false, false});
    assert_int_equal(outcome.status, BADGE_OK);
    assert_int_equal(outcome.http_status, 429);
    assert_int_equal(outcome.retry_after_ms, 7000);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&later, &utc));
    snprintf(head, sizeof head, "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
    outcome = against((struct scripted_reply){head, NULL, 0, false, false});
    assert_in_range(outcome.retry_after_ms, 90000, 100000);
    outcome = against((struct scripted_reply){
        "HTTP/1.1 503 Busy\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n", NULL, 0, false, false});
    assert_int_equal(outcome.retry_after_ms, 86400000);
    outcome = against((struct scripted_reply){"HTTP/1.1 503 Busy\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n",
                                              NULL, 0, false, false});
    assert_int_equal(outcome.retry_after_ms, 0);
}

static void closed_in_flight(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("50"), "half", 0, false, true}};
    struct outcome waiting = {0}, queued = {0}, resolving = {0}, late = {0};
    scripted_start(&server, reply, 1);
    assert_int_equal(start(&waiting, server.url, NULL, 60000), BADGE_OK);
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(start(&queued, server.url, NULL, 60000), BADGE_OK);
    assert_int_equal(start(&resolving, "http://name.invalid/", NULL, 60000), BADGE_OK);
    net_client_close(client);
    assert_int_equal(start(&late, server.url, NULL, 1000), BADGE_EREFUSED);
    assert_int_equal(waiting.n_calls + queued.n_calls + resolving.n_calls, 0); /* later, not from within */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(waiting.n_calls, 1);
    assert_int_equal(queued.n_calls, 1);
    assert_int_equal(resolving.n_calls, 1);
    assert_int_equal(late.n_calls, 0);
    assert_int_equal(waiting.status, BADGE_EIO);
    assert_non_null(strstr(waiting.text, "cancelled"));
    client = NULL;
    scripted_stop(&server);
}

static void closed_by_a_callback(void **state)
{
    (void)state;
    static const struct scripted_reply reply[] = {{OK_HEAD("2"), "ok", 0, false, false}};
    struct outcome first = {.close_client = true}, second = {.close_client = true};
    scripted_start(&server, reply, 1);
    assert_int_equal(start(&first, server.url, NULL, 60000), BADGE_OK);
    assert_int_equal(start(&second, server.url, NULL, 60000), BADGE_OK);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(first.n_calls, 1);
    assert_int_equal(second.n_calls, 1);
    assert_int_equal(first.status + second.status, BADGE_OK + BADGE_EIO);
    client = NULL;
    scripted_stop(&server);
}

struct chain {
    unsigned left;
};

static void send_next(void *context, const struct net_response *response)
{
    struct chain *chain = context;
    assert_int_equal(response->status, BADGE_OK);
    if (chain->left-- > 0) {
        const struct net_request request = {
            .url = server.url, .max_response_len = 10, .timeout_ms = 60000, .callback = send_next, .context = chain};
        assert_int_equal(net_send(client, &request, &err), BADGE_OK);
    } else {
        net_client_close(client);
    }
}

static void callbacks_may_send(void **state)
{
    (void)state;
    static struct scripted_reply reply[51];
    for (size_t i = 0; i < 51; i++)
        reply[i] = (struct scripted_reply){OK_HEAD("2"), "ok", 0, i % 10 == 9, false};
    struct chain chain = {50};
    struct net_response first = {.status = BADGE_OK};
    scripted_start(&server, reply, 51);
    send_next(&chain, &first);
    uv_run(&loop, UV_RUN_DEFAULT);
    client = NULL;
    scripted_stop(&server);
    assert_int_equal(server.n_requests, 50);
    assert_int_equal(server.n_connections, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_client)
    const struct CMUnitTest tests[] = {
        TEST(keeps_the_connection),
        TEST(sends_the_credentials_of_the_url),
        TEST(headers_as_given),
        TEST(what_a_page_may_read),
        TEST(a_large_body_does_not_wait),
        TEST(refuses_other_urls),
        TEST(does_not_follow_redirects),
        TEST(long_responses_are_refused),
        TEST(endless_headers),
        TEST(broken_responses),
        TEST(a_silent_server_times_out),
        TEST(a_silent_name_server_blocks_nothing),
        TEST(connection_refused),
        TEST(public_only),
        TEST(retry_after),
        TEST(closed_in_flight),
        TEST(closed_by_a_callback),
        TEST(callbacks_may_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
