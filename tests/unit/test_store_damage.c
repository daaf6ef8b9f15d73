/*
 * Damage on disk: a damaged index is rebuilt without callers noticing, and data of a damaged batch file is never
 * served.
 */
#include "support/test.h"

#include "store/index_db.h"
#include "support/store_fixture.h"

#define N_BATCHES 3
#define PER_BATCH 1500
#define N_SEALED (N_BATCHES * PER_BATCH)

static void make_store(void)
{
    struct store *store = open_store(fixture_folder);
    for (uint64_t b = 0; b < N_BATCHES; b++) {
        submit_many(store, b * PER_BATCH, PER_BATCH, STORE_NEW);
        seal(store, PER_BATCH);
    }
    submit_many(store, N_SEALED, 3, STORE_NEW);
    store_close(store);
    store_close(open_store(fixture_folder)); /* LevelDB turns its log into tables */
    copy_tree(in_folder("index"), in_folder("good"));
}

static void check_store(void)
{
    struct store *store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == N_SEALED);
    assert_int_equal(store_n_pending(store), 3);
    submit_many(store, 0, N_SEALED + 3, STORE_KNOWN);
    for (uint64_t i = 0; i < N_SEALED; i += 97)
        check_receipt(store, i);
    store_close(store);
}

static void restore_index(void)
{
    remove_tree(in_folder("index"));
    copy_tree(in_folder("good"), in_folder("index"));
}

/* Iterates over the files of the good index whose name contains this part. */
static bool next_file(DIR *dir, const char *part, bool is_name, char out[1024])
{
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (is_name ? strcmp(entry->d_name, part) != 0 : !strstr(entry->d_name, part))
            continue;
        join(out, "index", entry->d_name);
        return true;
    }
    return false;
}

static void a_lost_index_is_rebuilt(void **state)
{
    (void)state;
    make_store();
    remove_tree(in_folder("index"));
    check_store();
    restore_index();
    assert_int_equal(unlink(in_folder("index/CURRENT")), 0);
    check_store();
    remove_tree(in_folder("index"));
    mkdir(in_folder("index"), 0700);
    check_store();
}

static void damage_files(const char *part, bool is_name, int n_flips)
{
    DIR *dir = opendir(in_folder("good"));
    char name[1024];
    size_t n_files = 0;
    while (next_file(dir, part, is_name, name)) {
        off_t len = file_size(in_folder(name));
        for (int i = 0; i < n_flips && len > 0; i++, restore_index()) {
            flip_byte(in_folder(name), len * i / n_flips);
            check_store();
        }
        for (int i = 0; i < 4; i++, restore_index()) {
            assert_int_equal(truncate(in_folder(name), len * i / 4), 0);
            check_store();
        }
        assert_int_equal(unlink(in_folder(name)), 0);
        check_store();
        restore_index();
        n_files++;
    }
    closedir(dir);
    assert_true(n_files > 0);
}

static void damage(const char *part, int n_flips)
{
    damage_files(part, false, n_flips);
}

static void damaged_tables(void **state)
{
    (void)state;
    make_store();
    damage(".ldb", 12);
}

static void damaged_manifest(void **state)
{
    (void)state;
    make_store();
    damage("MANIFEST", 12);
}

static void damaged_log_and_current(void **state)
{
    (void)state;
    make_store();
    damage("CURRENT", 4);
    damage(".log", 4);
    /* A log with a seal in it, as after a kill. */
    remove_tree(in_folder("index"));
    struct store *store = open_store(fixture_folder);
    remove_tree(in_folder("good"));
    copy_tree(in_folder("index"), in_folder("good"));
    store_close(store);
    restore_index();
    damage(".log", 12);
}

/* LevelDB's own LOCK and LOG; and other things in place of its files. */
static void damaged_lock_and_log_file(void **state)
{
    (void)state;
    make_store();
    damage_files("LOCK", true, 1);
    damage_files("LOG", true, 2);
    static const char *const names[] = {"index/LOCK", "index/CURRENT", "index/LOG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++, restore_index()) {
        char stranger[1024];
        (void)unlink(in_folder(names[i]));
        assert_int_equal(mkdir(in_folder(names[i]), 0700), 0);
        join(stranger, in_folder(names[i]), "file");
        close(open(stranger, O_WRONLY | O_CREAT, 0600));
        check_store();
    }
    /* A file where the folder should be. */
    remove_tree(in_folder("index"));
    (void)unlink(in_folder("index"));
    close(open(in_folder("index"), O_WRONLY | O_CREAT, 0600));
    check_store();
}

/* The tables change while a node has them open: every look-up succeeds, from a new index if necessary. */
static void tables_damaged_under_a_node(void **state)
{
    (void)state;
    make_store();
    for (int round = 0; round < 3; round++, restore_index()) {
        struct store *store = open_store(fixture_folder);
        DIR *dir = opendir(in_folder("good"));
        char name[1024];
        while (next_file(dir, ".ldb", false, name)) {
            if (access(in_folder(name), F_OK) != 0)
                continue;
            off_t len = file_size(in_folder(name));
            for (off_t at = round; at < len; at += 1009)
                flip_byte(in_folder(name), at);
        }
        closedir(dir);
        for (uint64_t i = 0; i < N_SEALED; i += 53)
            check_receipt(store, i);
        submit_many(store, 0, N_SEALED + 3, STORE_KNOWN);
        store_close(store);
        check_store();
    }
}

static void an_outdated_index_is_rebuilt(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 50000, 10, STORE_NEW);
    seal(store, 10);
    store_close(store);
    copy_tree(in_folder("index"), in_folder("stranger"));
    static const char *const names[] = {"anchors", "labels", "lock"};
    static const char *const folders[] = {"journal", "batches", "index"};
    for (int i = 0; i < 3; i++) {
        unlink(in_folder(names[i]));
        remove_tree(in_folder(folders[i]));
    }
    make_store();
    remove_tree(in_folder("index"));
    assert_int_equal(rename(in_folder("stranger"), in_folder("index")), 0);
    check_store();
    struct badge_hash digest = digest_of(50000);
    struct store_record record;
    store = open_store(fixture_folder);
    assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_ENOTFOUND);
    store_close(store);
}

static void lost_tables_are_detected(void **state)
{
    (void)state;
    struct index_db *index;
    struct batch_leaf leaves[3000];
    for (uint32_t i = 0; i < 3000; i++)
        leaves[i] = (struct batch_leaf){.digest = digest_of(i), .index = i, .label = BADGE_LABEL_JCS};
    assert_int_equal(index_db_open(&index, fixture_folder, NULL), BADGE_OK);
    assert_int_equal(index_db_put(index, 1, leaves, 3000, NULL), BADGE_OK);
    index_db_close(index);
    assert_int_equal(index_db_open(&index, fixture_folder, NULL), BADGE_OK);
    assert_true(index_db_big_enough(index, 3000));
    assert_false(index_db_big_enough(index, 3600));
    index_db_close(index);
}

#define SMALL 16 /* every node except the root is in some path; the root is in the head */

static void small_store(struct badge_receipt receipt[SMALL], struct store_record record[SMALL])
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, SMALL, STORE_NEW);
    seal(store, SMALL);
    for (uint64_t i = 0; i < SMALL; i++) {
        struct badge_hash digest = digest_of(i);
        assert_int_equal(store_receipt_work(store, &digest, &receipt[i], NULL), BADGE_OK);
        assert_int_equal(store_find_work(store, &digest, &record[i], NULL), BADGE_OK);
    }
    store_close(store);
}

/* Every receipt, record and leaf is unchanged, or refused with the file's name. Returns how many were refused. */
static size_t served_or_named(struct store *store, const struct badge_receipt receipt[SMALL],
                              const struct store_record record[SMALL], const struct badge_hash leaf[SMALL])
{
    size_t n_refused = 0;
    struct badge_err err;
    for (uint64_t i = 0; i < SMALL; i++) {
        struct badge_receipt got;
        struct store_record found;
        struct badge_hash digest = digest_of(i);
        enum badge_status status = store_receipt_work(store, &digest, &got, &err);
        if (status == BADGE_OK) {
            assert_memory_equal(&got, &receipt[i], sizeof(got));
        } else {
            assert_int_equal(status, BADGE_ECORRUPT);
            assert_non_null(strstr(err.text, "batches/00000001"));
            n_refused++;
        }
        status = store_find_work(store, &digest, &found, &err);
        if (status == BADGE_OK) {
            assert_true(found.received_at_s == record[i].received_at_s && found.leaf_index == record[i].leaf_index);
        } else {
            assert_int_equal(status, BADGE_ECORRUPT);
            n_refused++;
        }
    }
    struct badge_hash got[SMALL];
    enum badge_status status = store_leaves_work(store, 1, 0, SMALL, got, &err);
    if (status == BADGE_OK)
        assert_memory_equal(got, leaf, sizeof(got));
    else
        assert_int_equal(status, BADGE_ECORRUPT);
    return n_refused + (status != BADGE_OK);
}

static void a_damaged_batch_is_never_served(void **state)
{
    (void)state;
    struct badge_receipt receipt[SMALL];
    struct store_record record[SMALL];
    struct badge_hash leaf[SMALL];
    struct badge_err err;
    small_store(receipt, record);
    struct store *store = open_store(fixture_folder);
    assert_int_equal(store_leaves_work(store, 1, 0, SMALL, leaf, NULL), BADGE_OK);
    store_close(store);
    char path[1024];
    join(path, fixture_folder, "batches/00000001");
    off_t len = file_size(path), root = len - 64;
    copy_tree(in_folder("index"), in_folder("good"));
    size_t n_opened = 0;
    for (off_t at = 0; at < len; at++, restore_index()) {
        flip_byte(path, at);
        struct store_options options = fixture_options(fixture_folder);
        enum badge_status status = store_open(&store, &options, &err);
        if (status == BADGE_OK) {
            size_t n_refused = served_or_named(store, receipt, record, leaf);
            store_close(store);
            n_opened++;
            if (n_refused == 0 && at < root)
                fail_msg("byte %lld flipped and nothing refused", (long long)at);
        } else {
            assert_int_equal(status, BADGE_ECORRUPT);
            assert_non_null(strstr(err.text, "batches/00000001"));
        }
        flip_byte(path, at);
    }
    assert_true(n_opened > (size_t)len / 2);
    /* No index is built from a damaged file. */
    for (off_t at = 0; at < len; at += 7) {
        flip_byte(path, at);
        remove_tree(in_folder("index"));
        assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
        assert_non_null(strstr(err.text, "batches/00000001"));
        flip_byte(path, at);
    }
    store = open_store(fixture_folder);
    assert_int_equal(served_or_named(store, receipt, record, leaf), 0);
    store_close(store);
}

static void a_truncated_batch_is_never_served(void **state)
{
    (void)state;
    struct badge_receipt receipt[SMALL];
    struct store_record record[SMALL];
    struct badge_hash leaf[SMALL];
    small_store(receipt, record);
    char path[1024];
    join(path, fixture_folder, "batches/00000001");
    struct store *store = open_store(fixture_folder);
    assert_int_equal(store_leaves_work(store, 1, 0, SMALL, leaf, NULL), BADGE_OK);
    off_t whole = file_size(path);
    for (off_t len = whole - 33; len >= 0; len = len * 3 / 4 - 1) {
        /* While a node has the file open. */
        assert_int_equal(truncate(path, len), 0);
        size_t n_refused = served_or_named(store, receipt, record, leaf);
        assert_true(n_refused > 0 || len > whole / 2);
        struct badge_err err;
        char copy[1024];
        assert_true(snprintf(copy, sizeof(copy), "%s-copy", fixture_folder) < (int)sizeof(copy));
        copy_tree(fixture_folder, copy);
        assert_int_equal(refuse_store(copy, &err), BADGE_ECORRUPT);
        assert_non_null(strstr(err.text, "batches/00000001"));
        remove_tree(copy);
    }
    store_close(store);
}

int main(void)
{
    log_configure(LOG_BROKEN + 1, false);
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_lost_index_is_rebuilt),
        STORE_TEST(damaged_tables),
        STORE_TEST(damaged_manifest),
        STORE_TEST(damaged_log_and_current),
        STORE_TEST(damaged_lock_and_log_file),
        STORE_TEST(tables_damaged_under_a_node),
        STORE_TEST(an_outdated_index_is_rebuilt),
        STORE_TEST(lost_tables_are_detected),
        STORE_TEST(a_damaged_batch_is_never_served),
        STORE_TEST(a_truncated_batch_is_never_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
