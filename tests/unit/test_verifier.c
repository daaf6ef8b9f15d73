/*
 * POST /v1/verify on the main loop: many jobs at once are all answered, and never ask a provider of more than a few of
 * them at a time, nor wait for an issuer all at once. Provider and issuer are a server on the same loop that holds
 * every request until the test answers it.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify.h"
#include "badge/receipt.h"
#include "core/compiler.h"
#include "daemon/verifier.h"
#include "runtime/mailbox.h"
#include "support/fake_clock.h"

#define N_JOBS 200
#define PROOF_VALUE "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
/* Jobs in progress, and the first requests of each: chain id, latest and finalized block. */
#define MOST_AT_ONCE (64 * 3)

struct connection {
    uv_tcp_t socket;
    uv_write_t write;
    char bytes[65536];
    bool waits;
};

static uv_loop_t loop;
static uv_tcp_t listener;
static struct connection *connection[4096];
static size_t n_connections, n_waiting, n_arrived, n_done, n_refused;

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    (void)wanted;
    struct connection *one = handle->data;
    *buf = uv_buf_init(one->bytes, sizeof one->bytes - 1);
}

/* A request is short and arrives in one piece, or as head and body: "}" ends it. */
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *one = stream->data;
    if (n < 0) {
        if (!uv_is_closing((uv_handle_t *)stream))
            uv_close((uv_handle_t *)stream, NULL);
    } else if (n > 0 && buf->base[n - 1] == '}') {
        one->waits = true;
        n_waiting++;
        n_arrived++;
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    assert_int_equal(status, 0);
    assert_true(n_connections < sizeof connection / sizeof *connection);
    struct connection *one = connection[n_connections++] = calloc(1, sizeof *one);
    one->socket.data = one;
    assert_int_equal(uv_tcp_init(&loop, &one->socket), 0);
    assert_int_equal(uv_accept(server, (uv_stream_t *)&one->socket), 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&one->socket, on_alloc, on_read), 0);
}

static void answer_all(void)
{
    static char busy[] = "HTTP/1.1 500 Busy\r\nContent-Length: 0\r\n\r\n";
    uv_buf_t buf = uv_buf_init(busy, sizeof busy - 1);
    for (size_t i = 0; i < n_connections; i++)
        if (connection[i]->waits) {
            connection[i]->waits = false;
            n_waiting--;
            assert_int_equal(uv_write(&connection[i]->write, (uv_stream_t *)&connection[i]->socket, &buf, 1, NULL), 0);
        }
}

/* Runs the loop until nothing more arrives: time for a request of an excess job. */
static void settle(void)
{
    for (size_t quiet = 0, last = n_arrived; quiet < 300; quiet++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        if (n_arrived != last || (n_waiting == 0 && n_done < N_JOBS))
            quiet = 0;
        last = n_arrived;
    }
}

static void on_done(struct message *message)
{
    struct verify_job *job = container_of(message, struct verify_job, done);
    if (job->report)
        assert_string_equal(json_string_value(json_object_get(job->report, "verdict")), "unverifiable");
    else
        assert_non_null(strstr(job->err.text, "try again"));
    n_refused += job->report == NULL;
    json_decref(job->report);
    n_done++;
}

static struct settings settings;
static struct net_client *client;
static struct mailbox mailbox;
static struct verifier *verifier;
static unsigned port;

static int open_all(void **state)
{
    (void)state;
    static char url[64], *urls[] = {url}, finality[] = "finalized";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int address_len = sizeof address;
    settings = (struct settings){.chain_rpc = {.item = urls, .n = 1},
                                 .chain_id = 7,
                                 .chain_finality = finality,
                                 .verify_fetch = ISSUER_FETCH_ON,
                                 .verify_private_hosts = true};
    n_connections = n_waiting = n_arrived = n_done = n_refused = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_tcp_init(&loop, &listener), 0);
    assert_int_equal(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&listener, 4096, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &address_len), 0);
    port = ntohs(address.sin_port);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    assert_int_equal(mailbox_init(&mailbox, &loop), 0);
    assert_int_equal(net_client_new(&client, &loop, NULL), BADGE_OK);
    assert_int_equal(verifier_new(&verifier, &settings, client, &loop, &mailbox, NULL), BADGE_OK);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    verifier_close(verifier);
    net_client_close(client);
    mailbox_close(&mailbox);
    uv_close((uv_handle_t *)&listener, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    for (size_t i = 0; i < n_connections; i++)
        free(connection[i]);
    return 0;
}

static void a_few_at_a_time(void **state)
{
    (void)state;
    static struct verify_job job[N_JOBS];
    char receipt[BADGE_RECEIPT_MAX_LEN];
    struct badge_receipt made = {.digest.label = BADGE_LABEL_JCS, .tree_size = 1, .chain_id = 7};
    badge_sha256(&made.digest.value, "{}", 2);
    badge_leaf_hash(&made.root, &made.salt, &made.digest.value);
    size_t receipt_len = badge_receipt_encode(receipt, &made);
    for (size_t i = 0; i < N_JOBS; i++) {
        job[i] = (struct verify_job){.bytes = "{}",
                                     .len = 2,
                                     .receipt = receipt,
                                     .receipt_len = receipt_len,
                                     .reply_to = &mailbox,
                                     .done.handler = on_done};
        verifier_take(verifier, &job[i]);
    }
    job[N_JOBS - 1].taken_ms -= 11000; /* has timed out when its turn comes */
    while (n_done < N_JOBS) {
        settle();
        assert_true(n_waiting <= MOST_AT_ONCE);
        answer_all();
    }
    assert_int_equal(n_done, N_JOBS);
    assert_int_equal(n_refused, 1);
}

static void hang_up(uv_timer_t *timer)
{
    assert_int_equal(n_done, 0); /* the last is not taken on: too many wait */
    for (size_t i = 0; i < n_connections; i++)
        if (!uv_is_closing((uv_handle_t *)&connection[i]->socket))
            uv_close((uv_handle_t *)&connection[i]->socket, NULL);
    uv_close((uv_handle_t *)timer, NULL);
}

/* Each of them names the same issuer, whose host takes the connection and says nothing. */
static void many_that_wait_for_one_issuer_are_not_all_in_memory(void **state)
{
    (void)state;
    static struct verify_job job[N_JOBS];
    static uv_timer_t timer;
    static char badge[1024];
    int len = snprintf(badge, sizeof badge,
                       "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\"],"
                       "\"issuer\":\"did:web:localhost%%3A%u\",\"credentialSubject\":{\"id\":\"urn:l\"},\"proof\":"
                       "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\",\"proofPurpose\":"
                       "\"assertionMethod\",\"verificationMethod\":\"did:web:localhost%%3A%u#1\",\"proofValue\":"
                       "\"" PROOF_VALUE "\"}}",
                       port, port);
    assert_in_range(len, 1, sizeof badge - 1);
    for (size_t i = 0; i < N_JOBS; i++) {
        job[i] = (struct verify_job){.bytes = badge,
                                     .len = (size_t)len,
                                     .max_memory = (size_t)1 << 20,
                                     .reply_to = &mailbox,
                                     .done.handler = on_done};
        verifier_take(verifier, &job[i]);
    }
    job[N_JOBS - 1].taken_ms -= 11000; /* is refused as soon as its turn comes */
    while (n_connections == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    assert_int_equal(uv_timer_start(&timer, hang_up, 500, 0), 0);
    while (n_done < N_JOBS)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(n_refused, 1);
    assert_true(n_connections <= 2);
}

/* A set of proofs, each by a key at an address of its own, of which none answers. */
static void one_credential_does_not_wait_for_ever(void **state)
{
    (void)state;
    static struct verify_job job;
    static char badge[8192];
    size_t len = (size_t)snprintf(badge, sizeof badge,
                                  "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":"
                                  "[\"VerifiableCredential\"],\"issuer\":\"did:web:localhost%%3A%u\","
                                  "\"credentialSubject\":{\"id\":\"urn:l\"},\"proof\":[",
                                  port);
    for (int i = 0; i < 8; i++)
        len += (size_t)snprintf(
            badge + len, sizeof badge - len,
            "%s{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\",\"proofPurpose\":"
            "\"assertionMethod\",\"verificationMethod\":\"https://localhost:%u/%d#1\","
            "\"proofValue\":\"" PROOF_VALUE "\"}",
            i ? "," : "", port, i);
    len += (size_t)snprintf(badge + len, sizeof badge - len, "]}");
    assert_in_range(len, 1, sizeof badge - 1);
    n_done = N_JOBS - 1;
    job = (struct verify_job){
        .bytes = badge, .len = len, .max_memory = (size_t)1 << 20, .reply_to = &mailbox, .done.handler = on_done};
    verifier_take(verifier, &job);
    while (n_connections == 0)
        uv_run(&loop, UV_RUN_ONCE);
    fake_clock_skip(16000);
    while (n_done < N_JOBS)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(n_connections, 1);
}

/* As on SIGHUP, while a document is being read on the pool. */
static void given_is_replaced_at_any_time(void **state)
{
    (void)state;
    static struct verify_job job;
    struct given *given;
    n_done = N_JOBS - 1;
    job = (struct verify_job){
        .bytes = "{}", .len = 2, .max_memory = (size_t)1 << 20, .reply_to = &mailbox, .done.handler = on_done};
    verifier_take(verifier, &job);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(verifier_read_given(&given, &settings, NULL), BADGE_OK);
    assert_int_equal(verifier_use_given(verifier, given, NULL), BADGE_OK);
    while (n_done < N_JOBS)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(n_refused, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(a_few_at_a_time),
        TEST(many_that_wait_for_one_issuer_are_not_all_in_memory),
        TEST(one_credential_does_not_wait_for_ever),
        TEST(given_is_replaced_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
