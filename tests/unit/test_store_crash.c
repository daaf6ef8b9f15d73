/*
 * kill -9 at random moments, failing disks, concurrent threads: everything acknowledged is there afterwards, and
 * nothing is there twice.
 */
#include "support/test.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "support/store_fixture.h"

/*
 * Counts the numbers below `end` that the store has. Those below `acknowledged` it must have; of these, each from
 * `receipts_from` on has a receipt if it is sealed.
 */
static uint64_t count_known(struct store *store, uint64_t receipts_from, uint64_t acknowledged, uint64_t end)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < end; i++) {
        struct badge_hash digest = digest_of(i);
        struct store_record record;
        enum badge_status status = store_find_work(store, &digest, &record, NULL);
        assert_true(status == BADGE_OK || status == BADGE_ENOTFOUND);
        n += status == BADGE_OK;
        if (i < acknowledged && status != BADGE_OK)
            fail_msg("%llu was acknowledged and is lost", (unsigned long long)i);
        if (i >= receipts_from && i < acknowledged && record.state != STORE_PENDING)
            check_receipt(store, i);
    }
    return n;
}

/* A difference from the store's own counts shows duplicates. */
static void check_whole(struct store *store, uint64_t receipts_from, uint64_t acknowledged, uint64_t end)
{
    assert_true(count_known(store, receipts_from, acknowledged, end) == store_n_sealed(store) + store_n_pending(store));
}

static void *seal_all_the_time(void *arg)
{
    for (;;)
        (void)seal(arg, 300);
    return NULL;
}

/* Appends from `next` on and writes its progress to the pipe, while a thread seals. Never returns. */
static void child(uint64_t next, int out)
{
    struct store *store = open_store(fixture_folder);
    pthread_t thread;
    if (pthread_create(&thread, NULL, seal_all_the_time, store) != 0)
        _exit(1);
    for (unsigned round = 0;; round++) {
        size_t n = 1 + round * 7 % 40;
        submit_many(store, next, n, STORE_NEW);
        next += n;
        if (write(out, &next, sizeof(next)) != (ssize_t)sizeof(next))
            _exit(1);
    }
}

#define N_KILLS 20

static void killed_at_random(void **state)
{
    (void)state;
    uint64_t acknowledged = 0;
    unsigned random = (unsigned)getpid();
    for (int round = 0; round < N_KILLS; round++) {
        uint64_t n_before = acknowledged;
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            close(ends[0]);
            child(acknowledged, ends[1]);
        }
        close(ends[1]);
        uint64_t next;
        ssize_t n = read(ends[0], &next, sizeof(next)); /* it is running */
        assert_int_equal(n, sizeof(next));
        acknowledged = next;
        random = random * 1103515245u + 12345u;
        nanosleep(&(struct timespec){0, (long)(random >> 16) % 60000 * 1000}, NULL);
        kill(pid, SIGKILL);
        while (read(ends[0], &next, sizeof(next)) == (ssize_t)sizeof(next))
            acknowledged = next;
        close(ends[0]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        struct store *store = open_store(fixture_folder);
        /* The receipts of earlier rounds again after the last one. */
        check_whole(store, round < N_KILLS - 1 ? n_before : 0, acknowledged, acknowledged + 100);
        /* What was written and not acknowledged may be there; the next round continues after it. */
        acknowledged = store_n_sealed(store) + store_n_pending(store);
        store_close(store);
    }
}

/* Runs in a process whose files may not grow any more: the kernel returns EFBIG. */
static void write_until_it_fails(void)
{
    struct store *store = open_store(fixture_folder);
    char health[200];
    submit_many(store, 0, 10, STORE_NEW);
    store_health(store, health);
    assert_string_equal(health, "");
    signal(SIGXFSZ, SIG_IGN);
    rlim_t len = (rlim_t)file_size(in_folder("journal/00000001")) + 75;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){len, RLIM_INFINITY}), 0);
    submit_many(store, 10, 1, STORE_NEW);
    submit_many(store, 11, 5, STORE_FAILED);
    store_health(store, health);
    assert_non_null(strstr(health, "journal/00000001"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    submit_many(store, 10, 2, STORE_FAILED); /* there is space again, but no probe yet */
    assert_int_equal(store_n_pending(store), 11);
    for (uint64_t i = 0; i < 11; i++)
        check_record(store, i, STORE_PENDING, 0);
    struct store_batch batch;
    assert_int_equal(store_seal_work(store, 10, &batch, NULL), BADGE_EIO);
    assert_int_equal(count_known(store, 0, 0, 20), 11);
    store_close(store);
}

static void a_failed_write_acknowledges_nothing(void **state)
{
    (void)state;
    in_a_child(write_until_it_fails);
    struct store *store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 11);
    submit_many(store, 0, 11, STORE_KNOWN);
    submit_many(store, 11, 5, STORE_NEW);
    store_close(store);
}

static void seal_on_a_full_disk(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 5000, STORE_NEW);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){300000, RLIM_INFINITY}), 0);
    struct store_batch batch;
    struct badge_err err;
    char health[200];
    assert_int_equal(store_seal_work(store, 5000, &batch, &err), BADGE_EIO);
    assert_int_equal(batch.number, 0);
    assert_non_null(strstr(err.text, "batches/00000001"));
    store_health(store, health);
    assert_string_equal(health, "");
    assert_int_equal(store_n_pending(store), 5000);
    assert_int_equal(access(in_folder("batches/00000001.new"), F_OK), -1);
    submit_many(store, 5000, 10, STORE_NEW);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
    assert_int_equal(seal(store, 5000).number, 1);
    store_close(store);
}

static void a_failed_seal_changes_nothing(void **state)
{
    (void)state;
    in_a_child(seal_on_a_full_disk);
    struct store *store = open_store(fixture_folder);
    check_whole(store, 0, 5010, 5100);
    store_close(store);
}

static void fill_up_the_anchors(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    seal(store, 5);
    signal(SIGXFSZ, SIG_IGN);
    rlim_t len = (rlim_t)file_size(in_folder("anchors")) + 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){len, RLIM_INFINITY}), 0);
    struct store_attempt attempt = {.nonce = 1, .raw_len = 200};
    char health[200];
    uint64_t nonce;
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_EIO);
    assert_false(store_next_nonce(store, &attempt.from, &nonce));
    store_health(store, health);
    assert_non_null(strstr(health, "anchors"));
    submit_many(store, 20, 1, STORE_FAILED);
    store_close(store);
}

static void a_failed_attempt_is_not_remembered(void **state)
{
    (void)state;
    in_a_child(fill_up_the_anchors);
    struct store *store = open_store(fixture_folder);
    uint64_t nonce;
    assert_false(store_next_nonce(store, &(struct badge_address){{0}}, &nonce));
    assert_int_equal(store_n_pending(store), 5);
    store_close(store);
}

#define N_THREADED 10000

struct meeting {
    struct store *store;
    _Atomic uint64_t acknowledged;
    atomic_bool over;
};

static void *append_all(void *arg)
{
    struct meeting *meeting = arg;
    for (uint64_t next = 0, round = 0; next < N_THREADED; round++) {
        size_t n = 1 + round * 13 % 97;
        if (n > N_THREADED - next)
            n = N_THREADED - next;
        submit_many(meeting->store, next, n, STORE_NEW);
        submit_many(meeting->store, next / 2, n / 2, STORE_KNOWN);
        next += n;
        atomic_store(&meeting->acknowledged, next);
    }
    atomic_store(&meeting->over, true);
    return NULL;
}

static void *seal_some(void *arg)
{
    struct meeting *meeting = arg;
    while (!atomic_load(&meeting->over))
        (void)seal(meeting->store, 700);
    return NULL;
}

static void *find_any(void *arg)
{
    struct meeting *meeting = arg;
    for (uint64_t turn = 1; !atomic_load(&meeting->over); turn++) {
        uint64_t end = atomic_load(&meeting->acknowledged), i = turn * 2654435761u % (end + 1);
        struct badge_hash digest = digest_of(i);
        struct store_record record;
        if (i >= end)
            continue;
        if (store_find_work(meeting->store, &digest, &record, NULL) != BADGE_OK)
            fail_msg("%llu was acknowledged and is not found", (unsigned long long)i);
        if (record.state != STORE_PENDING)
            check_receipt(meeting->store, i);
    }
    return NULL;
}

static void everything_at_once(void **state)
{
    (void)state;
    struct meeting meeting = {.store = open_store(fixture_folder)};
    void *(*const parts[])(void *) = {append_all, seal_some, find_any, find_any};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parts[i], &meeting), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(store_n_sealed(meeting.store) + store_n_pending(meeting.store) == N_THREADED);
    check_whole(meeting.store, 0, N_THREADED, N_THREADED);
    store_close(meeting.store);
    meeting.store = open_store(fixture_folder);
    check_whole(meeting.store, 0, N_THREADED, N_THREADED);
    store_close(meeting.store);
}

#define N_RELABELLED 10000

static void *relabel_all(void *arg)
{
    struct meeting *meeting = arg;
    for (uint64_t i = 0; i < N_RELABELLED; i++) {
        struct store_submission real = submit_as(meeting->store, i, BADGE_LABEL_JCS);
        assert_int_equal(real.outcome, STORE_KNOWN);
        assert_int_equal(real.record.digest.label, BADGE_LABEL_JCS);
    }
    atomic_store(&meeting->over, true);
    return NULL;
}

/* Labels submitted while their digests are being sealed are kept, in memory and on disk. */
static void relabelled_during_seals(void **state)
{
    (void)state;
    struct meeting meeting = {.store = open_store(fixture_folder)};
    for (uint64_t i = 0; i < N_RELABELLED; i++)
        assert_int_equal(submit_as(meeting.store, i, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, relabel_all, &meeting), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, seal_some, &meeting), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < N_RELABELLED; i++) {
            struct badge_hash digest = digest_of(i);
            struct store_record record;
            assert_int_equal(store_find_work(meeting.store, &digest, &record, NULL), BADGE_OK);
            assert_int_equal(record.digest.label, BADGE_LABEL_JCS);
        }
        store_close(meeting.store);
        if (round == 1)
            remove_tree(in_folder("index"));
        meeting.store = open_store(fixture_folder);
    }
    store_close(meeting.store);
}

int main(void)
{
    log_configure(LOG_BROKEN, false);
    const struct CMUnitTest tests[] = {
        STORE_TEST(killed_at_random),
        STORE_TEST(a_failed_write_acknowledges_nothing),
        STORE_TEST(a_failed_seal_changes_nothing),
        STORE_TEST(a_failed_attempt_is_not_remembered),
        STORE_TEST(everything_at_once),
        STORE_TEST(relabelled_during_seals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
