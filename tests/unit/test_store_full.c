/*
 * A full disk, and a failing one: in both cases nothing more is acknowledged, reads still work, and no acknowledged
 * data is lost. After the former the node continues by itself; after the latter a restart reads what the disk has.
 */
#include "support/test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "store/tools/tools.h"
#include "support/store_fixture.h"

static int syncs_left = -1; /* successful calls before they fail; -1: never fail */

/* Overrides the C library's: a disk that can't write the data it has accepted. */
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

/* No file may grow beyond len: the kernel returns EFBIG, as it returns ENOSPC on a full disk. */
static void limit_file_size(rlim_t len)
{
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){len, RLIM_INFINITY}), 0);
}

static void expect_health(struct store *store, const char *part, const char *advice)
{
    char health[200];
    store_health(store, health);
    if (!strstr(health, part) || !strstr(health, advice))
        fail_msg("health is \"%s\", expected \"%s\" and \"%s\"", health, part, advice);
}

static void expect_healthy(struct store *store)
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
    limit_file_size((rlim_t)len + 75);
    submit_many(store, 10, 5, STORE_FAILED);
    assert_int_equal(file_size(in_folder("journal/00000001")), len);
    expect_health(store, "journal/00000001", "free disk space");
    /* Nothing in the failed group is visible, everything before it is. */
    assert_int_equal(store_n_pending(store), 11);
    submit_many(store, 0, 1, STORE_FAILED);
    (void)store_probe_work(store);
    expect_health(store, "journal/00000001", "free disk space");
    check_record(store, 9, STORE_PENDING, 0);
    limit_file_size(RLIM_INFINITY);
    submit_many(store, 10, 5, STORE_FAILED);
    (void)store_probe_work(store);
    expect_healthy(store);
    submit_many(store, 0, 10, STORE_KNOWN);
    submit_many(store, 10, 5, STORE_NEW);
    /* A new label whose write failed can be submitted again. */
    len = file_size(in_folder("journal/00000001"));
    limit_file_size((rlim_t)len + 7);
    assert_int_equal(submit_as(store, 90, BADGE_LABEL_JCS).outcome, STORE_FAILED);
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    struct store_submission again = submit_as(store, 90, BADGE_LABEL_RAW);
    assert_int_equal(again.record.digest.label, BADGE_LABEL_RAW);
    assert_int_equal(seal(store, 100).tree_size, 16);
    store_close(store);
}

static void recovers_from_a_full_journal(void **state)
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
    limit_file_size((rlim_t)file_size(in_folder("labels")) + 10);
    struct store_submission one = {.digest = {BADGE_LABEL_JCS, digest_of(30)}},
                            other = {.digest = {BADGE_LABEL_JCS, digest_of(100)}, .received_at_s = NOW_S + 100},
                            *group[] = {&one, &other};
    store_append_work(store, group, 2);
    assert_int_equal(one.outcome, STORE_FAILED);
    assert_int_equal(other.outcome, STORE_FAILED);
    assert_int_equal(store_n_pending(store), 0);
    expect_health(store, "labels", "free disk space");
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    store_append_work(store, group, 2);
    assert_int_equal(one.outcome, STORE_KNOWN);
    assert_int_equal(other.outcome, STORE_NEW);
    store_close(store);
}

static enum badge_status relate(struct store *store, uint64_t i)
{
    struct badge_hash digest = digest_of(i), by = digest_of(1000);
    return store_relate_work(store, &digest, &by, NOW_S, NULL);
}

/* When the file is made, and when it grows. */
static void fill_the_relations(void)
{
    struct store *store = open_store(fixture_folder);
    limit_file_size(10);
    assert_int_equal(relate(store, 0), BADGE_EIO);
    expect_health(store, "relations", "free disk space");
    assert_int_equal(relate(store, 1), BADGE_EIO);
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_healthy(store);
    assert_int_equal(relate(store, 0), BADGE_OK);
    off_t len = file_size(in_folder("relations"));
    limit_file_size((rlim_t)len + 10);
    assert_int_equal(relate(store, 1), BADGE_EIO);
    assert_int_equal(file_size(in_folder("relations")), len);
    expect_health(store, "relations", "free disk space");
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    assert_int_equal(relate(store, 1), BADGE_OK);
    store_close(store);
}

static void recovers_from_full_relations(void **state)
{
    (void)state;
    in_a_child(fill_the_relations);
    struct store_check check = {0};
    assert_int_equal(store_fsck(fixture_folder, &check, NULL), BADGE_OK);
    assert_true(check.n_relations == 2 && check.n_faults == 0);
}

static void recovers_from_full_labels(void **state)
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

/* A batch that was written but could not be listed is removed again. */
static void fill_the_anchors(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 3, STORE_NEW);
    seal(store, 1);
    struct store_attempt attempt = {.nonce = 7, .raw_len = 500};
    for (int i = 0; i < 4; i++)
        assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_OK);
    limit_file_size((rlim_t)file_size(in_folder("anchors")) + 10);
    struct store_batch batch;
    struct badge_err err;
    assert_int_equal(store_seal_work(store, 2, &batch, &err), BADGE_EIO);
    assert_non_null(strstr(err.text, "anchors"));
    assert_int_equal(access(in_folder("batches/00000002"), F_OK), -1);
    assert_int_equal(store_n_batches(store), 1);
    assert_int_equal(store_n_pending(store), 2);
    expect_healthy(store); /* no write of a submission has failed */
    submit_many(store, 3, 1, STORE_NEW);
    attempt.nonce = 8;
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_EIO);
    expect_health(store, "anchors", "free disk space");
    uint64_t nonce;
    assert_true(store_next_nonce(store, &attempt.from, &nonce) && nonce == 8);
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_healthy(store);
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_OK);
    assert_int_equal(seal(store, 100).tree_size, 3);
    store_close(store);
}

static void recovers_from_a_full_list(void **state)
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

/* The disk is full in LevelDB's log in the middle of a batch that is already sealed and listed. */
static void fill_the_index(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, MANY, STORE_NEW);
    seal(store, MANY);
    submit_many(store, MANY, MANY, STORE_NEW);
    limit_file_size(350000);
    struct store_batch batch;
    struct badge_err err;
    assert_int_equal(store_seal_work(store, MANY, &batch, &err), BADGE_EIO);
    assert_non_null(strstr(err.text, "index"));
    expect_health(store, "index", "free disk space");
    submit_many(store, 0, 1, STORE_FAILED);
    /* Reads still work: the old index is still valid, and what it is missing is pending. */
    for (uint64_t i = 0; i < MANY; i += 97) {
        check_receipt(store, i);
        check_record(store, MANY + i, STORE_PENDING, 0);
    }
    (void)store_probe_work(store);
    expect_health(store, "index", "free disk space");
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_healthy(store);
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

static void recovers_from_a_full_index(void **state)
{
    (void)state;
    in_a_child(fill_the_index);
    assert_int_equal(access(in_folder("index.damaged"), F_OK), -1);
    struct store *store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == 2 * MANY + 1);
    submit_many(store, 0, 2 * MANY + 1, STORE_KNOWN);
    store_close(store);
}

/* The same for a resealed batch: its digests are found in the new one in the end. */
static void fill_the_index_in_a_reseal(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, MANY, STORE_NEW);
    seal(store, MANY);
    limit_file_size(350000);
    struct store_batch batch;
    assert_int_equal(store_reseal_work(store, 1, &batch, NULL), BADGE_EIO);
    expect_health(store, "index", "free disk space");
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    expect_healthy(store);
    for (uint64_t i = 0; i < MANY; i += 97) {
        check_record(store, i, STORE_SEALED, 2);
        check_receipt(store, i);
    }
    store_close(store);
}

static void recovers_from_a_full_index_in_a_reseal(void **state)
{
    (void)state;
    in_a_child(fill_the_index_in_a_reseal);
    struct store *store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == MANY);
    submit_many(store, 0, MANY, STORE_KNOWN);
    store_close(store);
}

/* Only a restart recovers it. */
static void expect_broken(struct store *store, const char *part)
{
    syncs_left = -1;
    limit_file_size(RLIM_INFINITY);
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
    limit_file_size((rlim_t)file_size(in_folder("journal/00000001")) + 75);
    syncs_left = 0;
    submit_many(store, 10, 5, STORE_FAILED);
    expect_broken(store, "journal/00000001");
}

/* First a full disk, then a failed sync. */
static void fail_a_sync_while_waiting(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    limit_file_size((rlim_t)file_size(in_folder("journal/00000001")) + 75);
    submit_many(store, 10, 5, STORE_FAILED);
    expect_health(store, "journal/00000001", "free disk space");
    limit_file_size(RLIM_INFINITY);
    (void)store_probe_work(store);
    submit_many(store, 10, 1, STORE_NEW);
    seal(store, 1);
    limit_file_size((rlim_t)file_size(in_folder("journal/00000002")) + 5);
    submit_many(store, 11, 1, STORE_FAILED);
    limit_file_size(RLIM_INFINITY);
    syncs_left = 0;
    struct store_attempt attempt = {.nonce = 7, .raw_len = 500};
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_EIO);
    expect_broken(store, "anchors");
}

/* The next segment already has its name, so the next start assumes that the current one was complete. */
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

static void fail_a_rotation_on_a_full_disk(void)
{
    fail_a_rotation(ENOSPC);
}

static void fail_a_rotation_with_eio(void)
{
    fail_a_rotation(EIO);
}

static void a_failed_sync_needs_a_restart(void **state)
{
    (void)state;
    void (*const ways[])(void) = {fail_a_sync, fail_a_cut, fail_a_sync_while_waiting, fail_a_rotation_on_a_full_disk,
                                  fail_a_rotation_with_eio};
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        in_a_child(ways[i]);
        struct store *store = open_store(fixture_folder);
        submit_many(store, 0, 10, STORE_KNOWN);
        store_close(store);
        remove_tree(fixture_folder);
        assert_int_equal(mkdir(fixture_folder, 0700), 0);
    }
}

/* The limit stands for a disk that is still full when the reserve was given back. */
static void start_without_space(void)
{
    struct store_record record;
    struct badge_hash unknown = digest_of(1000);
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 30, STORE_NEW);
    seal(store, 20);
    seal(store, 100);
    assert_int_equal(submit_as(store, 40, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    seal(store, 100);
    assert_int_equal(submit_as(store, 40, BADGE_LABEL_COMPACT).outcome, STORE_KNOWN); /* in `labels` from now on */
    submit_many(store, 50, 5, STORE_NEW);
    store_close(store);
    assert_true(file_size(in_folder("reserve")) == 16 << 20);

    limit_file_size(0);
    store = open_store(fixture_folder);
    expect_health(store, "slowly", "free disk space");
    assert_int_equal(access(in_folder("reserve"), F_OK), -1);
    check_record(store, 0, STORE_SEALED, 1);
    check_record(store, 29, STORE_SEALED, 2);
    check_record(store, 50, STORE_PENDING, 0);
    check_receipt(store, 7);
    struct badge_hash digest = digest_of(40);
    assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_OK);
    assert_int_equal(record.digest.label, BADGE_LABEL_COMPACT);
    assert_int_equal(store_find_work(store, &unknown, &record, NULL), BADGE_ENOTFOUND);
    submit_many(store, 60, 5, STORE_FAILED);
    assert_false(store_probe_work(store));

    limit_file_size(RLIM_INFINITY);
    assert_true(store_probe_work(store));
    expect_healthy(store);
    assert_true(file_size(in_folder("reserve")) == 16 << 20);
    check_record(store, 29, STORE_SEALED, 2);
    submit_many(store, 0, 30, STORE_KNOWN);
    submit_many(store, 60, 5, STORE_NEW);
    assert_int_equal(seal(store, 100).tree_size, 10);
    store_close(store);
}

static void a_start_on_a_full_disk_serves_what_is_there(void **state)
{
    (void)state;
    in_a_child(start_without_space);
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 30; i++)
        check_receipt(store, i);
    store_close(store);
}

int main(void)
{
    log_configure(LOG_BROKEN, false);
    const struct CMUnitTest tests[] = {
        STORE_TEST(recovers_from_a_full_journal),
        STORE_TEST(recovers_from_full_labels),
        STORE_TEST(recovers_from_full_relations),
        STORE_TEST(recovers_from_a_full_list),
        STORE_TEST(recovers_from_a_full_index),
        STORE_TEST(recovers_from_a_full_index_in_a_reseal),
        STORE_TEST(a_start_on_a_full_disk_serves_what_is_there),
        STORE_TEST(a_failed_sync_needs_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
