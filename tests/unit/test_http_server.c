/*
 * The HTTP server over real sockets, a real store and a real intake, for what a client of a whole node can't provoke:
 * deadlines that are short, clients that leave while work is in progress, stops that have to wait, receipts that are
 * final. The chain and the batches' loop have no part in it.
 */
#include "support/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "api/api.h"
#include "http/server.h"
#include "runtime/tokens.h"
#include "support/fake_clock.h"
#include "support/store_fixture.h"

/* For what must come, on whatever machine; and for deadlines that are not the one in question. */
#define PATIENCE_MS 60000
#define NEVER_MS (10 * PATIENCE_MS)

struct server {
    struct store *store;
    struct intake *intake;
    struct tokens *tokens;
    struct api_options api;
    struct http_module module;
    struct http *http;
    uv_loop_t loop; /* the main loop, where `stopped` arrives */
    struct mailbox mailbox;
    struct message stopped;
    bool has_stopped;
    char token[TOKEN_TEXT_LEN + 1];
    uv_mutex_t lock;
    uv_cond_t came;
    struct verify_job *job; /* the last one that verification was asked for */
};

static struct server server;

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* -- the node's other parts ---------------------------------------------------------------------------------------- */

static void take_job(void *context, struct verify_job *job)
{
    assert_ptr_equal(context, &server);
    uv_mutex_lock(&server.lock);
    server.job = job;
    uv_cond_signal(&server.came);
    uv_mutex_unlock(&server.lock);
}

static struct verify_job *await_job(void)
{
    uv_mutex_lock(&server.lock);
    while (!server.job)
        uv_cond_wait(&server.came, &server.lock);
    struct verify_job *job = server.job;
    server.job = NULL;
    uv_mutex_unlock(&server.lock);
    return job;
}

static void finish_job(struct verify_job *job)
{
    job->report = json_pack("{s:s}", "verdict", "valid");
    mailbox_post(job->reply_to, &job->done);
}

static void start(struct http_options options)
{
    struct token made;
    server = (struct server){.has_stopped = false};
    const struct store_options store = {.path = in_folder("store"), .max_pending = 100000, .chain_id = 31337};
    assert_int_equal(store_open(&server.store, &store, NULL), BADGE_OK);
    assert_int_equal(tokens_create(in_folder("tokens"), TOKEN_SUBMIT, "test", server.token, &made, NULL), BADGE_OK);
    assert_int_equal(tokens_open(&server.tokens, in_folder("tokens"), NULL), BADGE_OK);
    const struct intake_options intake = {.store = server.store};
    assert_int_equal(intake_new(&server.intake, &intake, NULL), BADGE_OK);
    assert_int_equal(uv_loop_init(&server.loop), 0);
    assert_int_equal(mailbox_init(&server.mailbox, &server.loop), 0);
    assert_int_equal(uv_mutex_init(&server.lock), 0);
    assert_int_equal(uv_cond_init(&server.came), 0);
    options.listen = "127.0.0.1:0";
    options.n_loops = options.n_loops ? options.n_loops : 1;
    options.max_body = 256 * 1024;
    options.max_connections = options.max_connections ? options.max_connections : 1000;
    options.tokens = server.tokens;
    server.api = (struct api_options){.store = server.store,
                                      .intake = server.intake,
                                      .max_json = 64 * 1024,
                                      .store_path = fixture_folder,
                                      .chain_id = 31337,
                                      .any_issuer = true,
                                      .verify = take_job,
                                      .verify_context = &server};
    server.module = api_module(&server.api);
    options.module = &server.module;
    options.n_modules = 1;
    struct badge_err err;
    assert_int_equal(http_new(&server.http, &options, &err), BADGE_OK);
}

static void on_stopped(struct message *message)
{
    (void)message;
    server.has_stopped = true;
    mailbox_close(&server.mailbox);
}

static void begin_stop(void)
{
    server.stopped.handler = on_stopped;
    http_stop(server.http, &server.mailbox, &server.stopped);
}

static void end_stop(void)
{
    (void)uv_run(&server.loop, UV_RUN_DEFAULT);
    assert_true(server.has_stopped);
    http_free(server.http);
    intake_free(server.intake);
    tokens_free(server.tokens);
    store_close(server.store);
    assert_int_equal(uv_loop_close(&server.loop), 0);
    uv_cond_destroy(&server.came);
    uv_mutex_destroy(&server.lock);
}

static void stop(void)
{
    begin_stop();
    end_stop();
}

/* -- a client ------------------------------------------------------------------------------------------------------ */

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server.http))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool say(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* All that comes until the server closes; returns when that was. */
static uint64_t listen_to_the_end(int fd, char *out, size_t capacity)
{
    size_t len = 0;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    for (;;) {
        assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
        ssize_t n = recv(fd, out + len, capacity - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    out[len] = '\0';
    close(fd);
    return now_ms();
}

static void post(char out[512], const char *path, const char *type, size_t len)
{
    snprintf(
        out, 512,
        "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
        path, server.token, type, len);
}

static const char *ask(const char *path)
{
    static char answer[16384];
    char request[512];
    int fd = dial();
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    assert_true(say(fd, request));
    listen_to_the_end(fd, answer, sizeof answer);
    return answer;
}

/* A request to verify that is not answered until finish_job(). */
static int ask_to_verify(struct verify_job **job)
{
    char request[512];
    int fd = dial();
    post(request, "/v1/verify", "application/json", 8);
    assert_true(say(fd, request) && say(fd, "{\"a\":42}"));
    *job = await_job();
    assert_int_equal((*job)->len, 8);
    assert_memory_equal((*job)->bytes, "{\"a\":42}", 8);
    return fd;
}

/* -- deadlines ----------------------------------------------------------------------------------------------------- */

#define SILENCE_MS 300
static const struct http_options short_silence = {.request_timeout_ms = SILENCE_MS, .keep_alive_timeout_ms = NEVER_MS};

/*
 * Sends head, then one byte of tail every 50 ms for as long as it is taken; returns after how long the end came. Skips
 * so much time before every tenth byte.
 */
static uint64_t trickle(const char *head, const char *tail, uint64_t skip_ms, char *answer, size_t capacity)
{
    uint64_t began = now_ms();
    int fd = dial();
    assert_true(say(fd, head));
    for (size_t n = 0; tail[n]; n++) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, 50) != 0)
            break;
        if (n % 10 == 0)
            fake_clock_skip(skip_ms);
        if (send(fd, tail + n, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    return listen_to_the_end(fd, answer, capacity) - began;
}

static void silence_ends(void **state)
{
    (void)state;
    char answer[4096], head[512], endless[2000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    start(short_silence);
    assert_in_range(trickle("", "", 0, answer, sizeof answer), SILENCE_MS - 50, PATIENCE_MS);
    assert_in_range(trickle("GET /healthz HT", "", 0, answer, sizeof answer), SILENCE_MS - 50, PATIENCE_MS);
    /* a byte now and then does not keep headers alive */
    assert_in_range(trickle("GET /healthz HTTP/1.1\r\nX-Long: ", endless, 0, answer, sizeof answer), SILENCE_MS - 50,
                    PATIENCE_MS);
    assert_string_equal(answer, "");
    post(head, "/v1/credentials", "application/octet-stream", 5000);
    assert_in_range(trickle(head, "", 0, answer, sizeof answer), SILENCE_MS - 50, PATIENCE_MS);
    assert_int_equal(store_n_pending(server.store), 0);
    stop();
}

/* Long enough for a busy machine not to be silent itself. */
#define LONG_SILENCE_MS (5 * SILENCE_MS)

static void a_slow_body_ends(void **state)
{
    (void)state;
    char answer[4096], head[512], endless[2000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    start((struct http_options){.request_timeout_ms = LONG_SILENCE_MS, .keep_alive_timeout_ms = NEVER_MS});
    post(head, "/v1/credentials", "application/octet-stream", 5000);
    assert_in_range(trickle(head, endless, LONG_SILENCE_MS / 2, answer, sizeof answer), 2 * LONG_SILENCE_MS - 50,
                    PATIENCE_MS);
    assert_string_equal(answer, "");
    assert_int_equal(store_n_pending(server.store), 0);
    stop();
}

static void between_two_requests_there_is_more_patience(void **state)
{
    (void)state;
    char answer[4096];
    start((struct http_options){.request_timeout_ms = LONG_SILENCE_MS, .keep_alive_timeout_ms = 2 * LONG_SILENCE_MS});
    uint64_t began = now_ms();
    int fd = dial();
    assert_true(say(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(recv(fd, answer, sizeof answer, MSG_PEEK) > 0);
    fake_clock_skip(2 * LONG_SILENCE_MS - SILENCE_MS);
    assert_in_range(listen_to_the_end(fd, answer, sizeof answer) - began, 2 * LONG_SILENCE_MS - 50, PATIENCE_MS);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    stop();
}

static size_t n_open_files(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* A chunk's size that does not end fills the library's buffer, and it reads no more: not even the end of the stream. */
static void full_buffers_end_too(void **state)
{
    (void)state;
    char head[512], answer[4096], zeros[65536];
    memset(zeros, '0', sizeof zeros);
    start(short_silence);
    size_t before = n_open_files();
    snprintf(
        head, sizeof head,
        "POST /v1/credentials HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n",
        server.token);
    int fd = dial();
    assert_true(say(fd, head));
    (void)!send(fd, zeros, sizeof zeros, MSG_NOSIGNAL); /* as far as it is taken */
    (void)listen_to_the_end(fd, answer, sizeof answer);
    for (uint64_t until = now_ms() + PATIENCE_MS; n_open_files() > before && now_ms() < until;)
        (void)poll(NULL, 0, 20);
    assert_int_equal(n_open_files(), before);
    stop();
}

static void waiting_is_no_silence(void **state)
{
    (void)state;
    char answer[4096];
    struct verify_job *job;
    start((struct http_options){.request_timeout_ms = SILENCE_MS, .keep_alive_timeout_ms = SILENCE_MS});
    int fd = ask_to_verify(&job);
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    fake_clock_skip(3 * SILENCE_MS);
    assert_int_equal(poll(&poll_fd, 1, SILENCE_MS), 0);
    finish_job(job);
    listen_to_the_end(fd, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    stop();
}

/* -- clients that leave -------------------------------------------------------------------------------------------- */

static void client_leaves_while_work_is_under_way(void **state)
{
    (void)state;
    struct verify_job *job[20];
    start((struct http_options){.n_loops = 2});
    for (size_t i = 0; i < 20; i++) {
        int fd = ask_to_verify(&job[i]);
        if (i % 2) { /* with a reset, or in peace */
            struct linger now = {1, 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        close(fd);
    }
    assert_non_null(strstr(ask("/healthz"), "HTTP/1.1 200"));
    for (size_t i = 0; i < 20; i++)
        finish_job(job[i]);
    assert_non_null(strstr(ask("/healthz"), "HTTP/1.1 200"));
    stop();
}

/* Every prefix of a request, then the end: nothing that was not whole is stored, and nothing breaks. */
static void requests_that_break_off(void **state)
{
    (void)state;
    static const char body[] = "{\"type\":\"Assertion\"}";
    char single[512], bulk[1024];
    start((struct http_options){.n_loops = 1});
    post(single, "/v1/credentials", "application/json", sizeof body - 1);
    strcat(single, body);
    for (size_t len = 0; len < strlen(single); len++) {
        int fd = dial();
        assert_int_equal(send(fd, single, len, MSG_NOSIGNAL), len);
        close(fd);
    }
    post(bulk, "/v1/credentials", "application/x-ndjson", 1000);
    size_t head_len = strlen(bulk);
    strcat(bulk,
           "{\"n\":1,\"type\":\"Assertion\"}\n{\"n\":2,\"type\":\"Assertion\"}\n\n{\"n\":3,\"type\":\"Assertion\"}\n");
    for (size_t len = head_len; len <= strlen(bulk); len++) {
        int fd = dial();
        assert_int_equal(send(fd, bulk, len, MSG_NOSIGNAL), len);
        close(fd);
    }
    for (uint64_t until = now_ms() + PATIENCE_MS; store_n_pending(server.store) < 3 && now_ms() < until;)
        uv_sleep(5);
    stop();
    struct store *store;
    const struct store_options options = {.path = in_folder("store"), .max_pending = 100000, .chain_id = 31337};
    assert_int_equal(store_open(&store, &options, NULL), BADGE_OK);
    struct store_record record;
    struct badge_hash digest;
    badge_sha256(&digest, body, sizeof body - 1);
    assert_false(store_find_pending(store, &digest, &record));
    assert_int_equal(store_n_pending(store), 3);
    store_close(store);
}

/* -- bounds -------------------------------------------------------------------------------------------------------- */

static void more_connections_wait(void **state)
{
    (void)state;
    char answer[4096];
    int fd[4];
    start((struct http_options){.max_connections = 4});
    for (size_t i = 0; i < 4; i++) {
        fd[i] = dial();
        assert_true(say(fd[i], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_true(recv(fd[i], answer, sizeof answer, 0) > 0);
    }
    int fifth = dial(); /* the system takes it, the node does not yet */
    assert_true(say(fifth, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    struct pollfd poll_fd = {.fd = fifth, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 200), 0);
    close(fd[0]);
    listen_to_the_end(fifth, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    for (size_t i = 1; i < 4; i++)
        close(fd[i]);
    stop();
}

/* -- stopping ------------------------------------------------------------------------------------------------------ */

static void stop_waits_for_what_is_under_way(void **state)
{
    (void)state;
    char answer[4096];
    struct verify_job *job;
    start((struct http_options){.n_loops = 2, .drain_timeout_ms = NEVER_MS, .request_timeout_ms = NEVER_MS});
    int idle = dial(), fd = ask_to_verify(&job);
    uint64_t began = now_ms();
    begin_stop();
    assert_in_range(listen_to_the_end(idle, answer, sizeof answer) - began, 0, PATIENCE_MS);
    finish_job(job);
    listen_to_the_end(fd, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "Connection: close"));
    assert_non_null(strstr(answer, "statement of the node"));
    end_stop();
}

static void stop_cuts_what_outlasts_its_time(void **state)
{
    (void)state;
    char head[512], answer[4096];
    start((struct http_options){.drain_timeout_ms = 300, .request_timeout_ms = NEVER_MS});
    int fd = dial();
    post(head, "/v1/credentials", "application/x-ndjson", 1000);
    assert_true(say(fd, head) && say(fd, "{\"accepted\":1,\"type\":\"Assertion\"}\n{\"cut"));
    while (store_n_pending(server.store) == 0)
        uv_sleep(5);
    uint64_t began = now_ms();
    stop();
    assert_in_range(now_ms() - began, 250, PATIENCE_MS);
    listen_to_the_end(fd, answer, sizeof answer);
    assert_string_equal(answer, "");
}

/* -- receipts ------------------------------------------------------------------------------------------------------ */

static void make_final(uint32_t number)
{
    struct store_attempt attempt = {.nonce = 1, .gas_limit = 60000, .raw = {1}, .raw_len = 1};
    struct store_anchor anchor = {.state = STORE_ANCHOR_SIGNED, .nonce = 1, .block_time_s = NOW_S};
    assert_int_equal(store_anchor_attempt_work(server.store, store_batch_id(number), &attempt, NULL), BADGE_OK);
    while (anchor.state != STORE_ANCHOR_FINAL) {
        anchor.state++;
        assert_int_equal(store_anchor_move_work(server.store, store_batch_id(number), &anchor, NULL), BADGE_OK);
    }
}

static void final_receipts_are_kept(void **state)
{
    (void)state;
    char request[512], path[128], before[16384], answer[4096];
    struct store_batch batch;
    struct badge_hash digest;
    start((struct http_options){.n_loops = 1});
    post(request, "/v1/credentials", "application/octet-stream", 8);
    strcat(request, "{\"a\":42}");
    int fd = dial();
    assert_true(say(fd, request));
    assert_true(recv(fd, answer, sizeof answer, 0) > 0);
    close(fd);
    assert_int_equal(store_seal_work(server.store, 10, &batch, NULL), BADGE_OK);
    badge_sha256(&digest, "{\"a\":42}", 8);
    snprintf(path, sizeof path, "/v1/credentials/");
    badge_hex_encode(path + strlen(path), digest.b, sizeof digest.b);
    strcat(path, "/receipt");
    assert_non_null(strstr(ask(path), "max-age=5\r\n")); /* not kept: it is not final */
    make_final(batch.number);
    snprintf(before, sizeof before, "%s", strstr(ask(path), "{"));
    assert_non_null(strstr(before, "\"final\""));
    for (int i = 0; i < 3; i++) {
        const char *again = ask(path);
        assert_non_null(strstr(again, "Cache-Control: public, max-age=600\r\n"));
        assert_string_equal(strstr(again, "{"), before);
    }
    stop();
}

static void bad_addresses(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "", "8080", "localhost:80", "127.0.0.1", ":80", "127.0.0.1:http", "[::1:80", "[::1]80", "127.0.0.1:99999"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct http *http;
        struct badge_err err;
        const struct http_options options = {.listen = addresses[i], .n_loops = 1, .max_connections = 1};
        if (http_new(&http, &options, &err) != BADGE_ESYNTAX)
            fail_msg("%s", addresses[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(silence_ends),
        STORE_TEST(a_slow_body_ends),
        STORE_TEST(between_two_requests_there_is_more_patience),
        STORE_TEST(full_buffers_end_too),
        STORE_TEST(waiting_is_no_silence),
        STORE_TEST(client_leaves_while_work_is_under_way),
        STORE_TEST(requests_that_break_off),
        STORE_TEST(more_connections_wait),
        STORE_TEST(stop_waits_for_what_is_under_way),
        STORE_TEST(stop_cuts_what_outlasts_its_time),
        STORE_TEST(final_receipts_are_kept),
        cmocka_unit_test(bad_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
