/*
 * A disk without room, and one that fails: in both nothing more is acknowledged, reads go on, and nothing acknowledged
 * is lost. After the one the node goes on by itself, after the other a restart finds out what the disk holds.
 */
#include "support/test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "support/store_fixture.h"

static int syncs_left = -1; /* before they fail; -1: for ever */

/* Stands before the C library's: a disk that can't write what it has taken. */
int fdatasync(int fd)
{
    if (syncs_left == 0) {
        errno = EIO;
        return -1;
    }
    syncs_left -= syncs_left > 0;
    return (int)syscall(SYS_fdatasync, fd);
}

static int folder_sync_errno; /* 0: they succeed */

int fsync(int fd)
{
    if (folder_sync_errno != 0) {
        errno = folder_sync_errno;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

/* No file may grow beyond len: the kernel says EFBIG, as it says ENOSPC of a full disk. */
static void room(rlim_t len)
{
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){len, RLIM_INFINITY}), 0);
}

static void expect_health(struct store *store, const char *part, const char *advice)
{
    char health[200];
    store_health(store, health);
    if (!strstr(health, part) || !strstr(health, advice))
        fail_msg("health is \"%s\", not of %s with advice to %s", health, part, advice);
}

static void expect_well(struct store *store)
{
    char health[200];
    store_health(store, health);
    assert_string_equal(health, "");
}

static void fill_the_journal(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    assert_int_equal(submit_as(store, 90, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    off_t len = file_size(in_folder("journal/00000001"));
    room((rlim_t)len + 75);
    submit_many(store, 10, 5, STORE_FAILED);
    assert_int_equal(file_size(in_folder("journal/00000001")), len);
    expect_health(store, "journal/00000001", "make room");
    /* Nothing of the failed group is seen, everything before it is. */
    assert_int_equal(store_n_pending(store), 11);
    submit_many(store, 0, 1, STORE_FAILED);
    (void)store_probe_work(store);
    expect_health(store, "journal/00000001", "make room");
    check_record(store, 9, STORE_PENDING, 0);
    room(RLIM_INFINITY);
    submit_many(store, 10, 5, STORE_FAILED);
    (void)store_probe_work(store);
    expect_well(store);
    submit_many(store, 0, 10, STORE_KNOWN);
    submit_many(store, 10, 5, STORE_NEW);
    /* A new label that failed comes again. */
    len = file_size(in_folder("journal/00000001"));
    room((rlim_t)len + 7);
    assert_int_equal(submit_as(store, 90, BADGE_LABEL_JCS).outcome, STORE_FAILED);
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    struct store_submission again = submit_as(store, 90, BADGE_LABEL_RAW);
    assert_int_equal(again.record.digest.label, BADGE_LABEL_RAW);
    assert_int_equal(seal(store, 100).tree_size, 16);
    store_close(store);
}

static void room_in_the_journal_comes_back(void **state)
{
    (void)state;
    in_a_child(fill_the_journal);
    struct store *store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == 16);
    for (uint64_t i = 0; i < 15; i++)
        check_receipt(store, i);
    store_close(store);
}

static void fill_the_labels(void)
{
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(submit_as(store, i, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    seal(store, 100);
    for (uint64_t i = 0; i < 30; i++)
        assert_int_equal(submit_as(store, i, BADGE_LABEL_JCS).outcome, STORE_KNOWN);
    room((rlim_t)file_size(in_folder("labels")) + 10);
    struct store_submission one = {.digest = {BADGE_LABEL_JCS, digest_of(30)}},
                            other = {.digest = {BADGE_LABEL_JCS, digest_of(100)}, .received_at_s = NOW_S + 100},
                            *group[] = {&one, &other};
    store_append_work(store, group, 2);
    assert_int_equal(one.outcome, STORE_FAILED);
    assert_int_equal(other.outcome, STORE_FAILED);
    assert_int_equal(store_n_pending(store), 0);
    expect_health(store, "labels", "make room");
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    store_append_work(store, group, 2);
    assert_int_equal(one.outcome, STORE_KNOWN);
    assert_int_equal(other.outcome, STORE_NEW);
    store_close(store);
}

static void room_for_labels_comes_back(void **state)
{
    (void)state;
    in_a_child(fill_the_labels);
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 40; i++) {
        struct badge_hash digest = digest_of(i);
        struct store_record record;
        assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_OK);
        assert_int_equal(record.digest.label, i <= 30 ? BADGE_LABEL_JCS : BADGE_LABEL_EXTERNAL);
    }
    assert_int_equal(store_n_pending(store), 1);
    store_close(store);
}

/* A batch that can be written, and then not be listed, has never been. */
static void fill_the_anchors(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 3, STORE_NEW);
    seal(store, 1);
    struct store_attempt attempt = {.nonce = 7, .raw_len = 500};
    for (int i = 0; i < 4; i++)
        assert_int_equal(store_anchor_attempt_work(store, 1, &attempt, NULL), BADGE_OK);
    room((rlim_t)file_size(in_folder("anchors")) + 10);
    struct store_batch batch;
    struct badge_err err;
    assert_int_equal(store_seal_work(store, 2, &batch, &err), BADGE_EIO);
    assert_non_null(strstr(err.text, "anchors"));
    assert_int_equal(access(in_folder("batches/00000002"), F_OK), -1);
    assert_int_equal(store_n_batches(store), 1);
    assert_int_equal(store_n_pending(store), 2);
    expect_well(store); /* of submissions nothing is known to fail */
    submit_many(store, 3, 1, STORE_NEW);
    attempt.nonce = 8;
    assert_int_equal(store_anchor_attempt_work(store, 1, &attempt, NULL), BADGE_EIO);
    expect_health(store, "anchors", "make room");
    uint64_t nonce;
    assert_true(store_next_nonce(store, &attempt.from, &nonce) && nonce == 8);
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_well(store);
    assert_int_equal(store_anchor_attempt_work(store, 1, &attempt, NULL), BADGE_OK);
    assert_int_equal(seal(store, 100).tree_size, 3);
    store_close(store);
}

static void room_for_the_list_comes_back(void **state)
{
    (void)state;
    in_a_child(fill_the_anchors);
    struct store *store = open_store(fixture_folder);
    assert_int_equal(store_n_batches(store), 2);
    for (uint64_t i = 0; i < 4; i++)
        check_receipt(store, i);
    store_close(store);
}

#define MANY 4000

/* LevelDB's log finds no room in the middle of a batch that is sealed and listed already. */
static void fill_the_index(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, MANY, STORE_NEW);
    seal(store, MANY);
    submit_many(store, MANY, MANY, STORE_NEW);
    room(350000);
    struct store_batch batch;
    struct badge_err err;
    assert_int_equal(store_seal_work(store, MANY, &batch, &err), BADGE_EIO);
    assert_non_null(strstr(err.text, "index"));
    expect_health(store, "index", "make room");
    submit_many(store, 0, 1, STORE_FAILED);
    /* Reads go on: the old index still stands, and what it lacks is pending. */
    for (uint64_t i = 0; i < MANY; i += 97) {
        check_receipt(store, i);
        check_record(store, MANY + i, STORE_PENDING, 0);
    }
    (void)store_probe_work(store);
    expect_health(store, "index", "make room");
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_well(store);
    assert_int_equal(store_n_pending(store), 0);
    submit_many(store, 0, 2 * MANY, STORE_KNOWN);
    for (uint64_t i = 0; i < 2 * MANY; i += 97) {
        check_record(store, i, STORE_SEALED, i < MANY ? 1 : 2);
        check_receipt(store, i);
    }
    submit_many(store, 2 * MANY, 1, STORE_NEW);
    assert_int_equal(seal(store, MANY).number, 3);
    store_close(store);
}

static void room_for_the_index_comes_back(void **state)
{
    (void)state;
    in_a_child(fill_the_index);
    assert_int_equal(access(in_folder("index.damaged"), F_OK), -1);
    struct store *store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == 2 * MANY + 1);
    submit_many(store, 0, 2 * MANY + 1, STORE_KNOWN);
    store_close(store);
}

/* The same of a batch that is sealed anew: its digests are found at the new one in the end. */
static void fill_the_index_anew(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, MANY, STORE_NEW);
    seal(store, MANY);
    room(350000);
    struct store_batch batch;
    assert_int_equal(store_reseal_work(store, 1, &batch, NULL), BADGE_EIO);
    expect_health(store, "index", "make room");
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_well(store);
    for (uint64_t i = 0; i < MANY; i += 97) {
        check_record(store, i, STORE_SEALED, 2);
        check_receipt(store, i);
    }
    store_close(store);
}

static void room_for_a_batch_anew_comes_back(void **state)
{
    (void)state;
    in_a_child(fill_the_index_anew);
    struct store *store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == MANY);
    submit_many(store, 0, MANY, STORE_KNOWN);
    store_close(store);
}

/* Nothing brings it back but a start. */
static void expect_broken(struct store *store, const char *part)
{
    syncs_left = -1;
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_health(store, part, "restart");
    submit_many(store, 10, 2, STORE_FAILED);
    check_record(store, 9, STORE_PENDING, 0);
    store_close(store);
}

static void fail_a_sync(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    syncs_left = 0;
    submit_many(store, 10, 5, STORE_FAILED);
    expect_broken(store, "journal/00000001");
}

static void fail_a_cut(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    room((rlim_t)file_size(in_folder("journal/00000001")) + 75);
    syncs_left = 0;
    submit_many(store, 10, 5, STORE_FAILED);
    expect_broken(store, "journal/00000001");
}

/* First no room, then worse. */
static void fail_a_sync_while_waiting(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    room((rlim_t)file_size(in_folder("journal/00000001")) + 75);
    submit_many(store, 10, 5, STORE_FAILED);
    expect_health(store, "journal/00000001", "make room");
    room(RLIM_INFINITY);
    (void)store_probe_work(store);
    submit_many(store, 10, 1, STORE_NEW);
    seal(store, 1);
    room((rlim_t)file_size(in_folder("journal/00000002")) + 5);
    submit_many(store, 11, 1, STORE_FAILED);
    room(RLIM_INFINITY);
    syncs_left = 0;
    struct store_attempt attempt = {.nonce = 7, .raw_len = 500};
    assert_int_equal(store_anchor_attempt_work(store, 1, &attempt, NULL), BADGE_EIO);
    expect_broken(store, "anchors");
}

/* The next segment has its name, so the next start takes it that this one ends where it did then. */
static void fail_a_rotation(int code)
{
    struct store *store = open_store(fixture_folder);
    struct store_batch batch;
    submit_many(store, 0, 10, STORE_NEW);
    folder_sync_errno = code;
    assert_int_equal(store_seal_work(store, 10, &batch, NULL), BADGE_EIO);
    folder_sync_errno = 0;
    expect_broken(store, "journal");
}

static void fail_a_rotation_for_want_of_room(void)
{
    fail_a_rotation(ENOSPC);
}

static void fail_a_rotation_otherwise(void)
{
    fail_a_rotation(EIO);
}

static void a_failed_sync_needs_a_start(void **state)
{
    (void)state;
    void (*const ways[])(void) = {fail_a_sync, fail_a_cut, fail_a_sync_while_waiting, fail_a_rotation_for_want_of_room,
                                  fail_a_rotation_otherwise};
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        in_a_child(ways[i]);
        struct store *store = open_store(fixture_folder);
        submit_many(store, 0, 10, STORE_KNOWN);
        store_close(store);
        remove_tree(fixture_folder);
        assert_int_equal(mkdir(fixture_folder, 0700), 0);
    }
}

int main(void)
{
    log_configure(LOG_BROKEN, false);
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(room_in_the_journal_comes_back), T(room_for_labels_comes_back),       T(room_for_the_list_comes_back),
        T(room_for_the_index_comes_back),  T(room_for_a_batch_anew_comes_back), T(a_failed_sync_needs_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
