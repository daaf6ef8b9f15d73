/*
 * Which credential replaces which, in the store: told of revoked ones only, the latest one for each, the same after a
 * restart, from a backup, and in a store of an older version, which has no such file.
 */
#include "support/test.h"

#include <unistd.h>

#include "store/tools/tools.h"
#include "support/store_fixture.h"

static void relate(struct store *store, uint64_t i, uint64_t by)
{
    struct badge_hash digest = digest_of(i), replacement = digest_of(by);
    struct badge_err err = {.text = ""};
    if (store_relate_work(store, &digest, &replacement, NOW_S, &err) != BADGE_OK)
        fail_msg("%s", err.text);
}

static void set_revoked(struct store *store, uint64_t first, size_t n, enum store_change_kind kind, uint64_t block)
{
    struct store_change change[8];
    for (size_t i = 0; i < n; i++)
        change[i] = (struct store_change){
            .kind = kind, .subject = digest_of(first + i), .at_s = NOW_S, .block_number = block};
    const struct store_chain_update news = {change, n, block, true, NULL, 0, {0, 0}};
    assert_int_equal(store_chain_update_work(store, &news, NULL), BADGE_OK);
}

/* by 0: none */
static void expect_replaced_by(struct store *store, uint64_t i, uint64_t by)
{
    struct badge_hash digest = digest_of(i), expected = digest_of(by), found;
    assert_int_equal(store_replaced_by(store, &digest, &found), by != 0);
    if (by != 0)
        assert_memory_equal(&found, &expected, sizeof found);
}

static void expect_replaces(struct store *store, uint64_t by, size_t n, const uint64_t expected[])
{
    struct badge_hash digest = digest_of(by), found[8];
    assert_int_equal(store_replaces(store, &digest, found, 8), n);
    for (size_t i = 0; i < n; i++) {
        struct badge_hash one = digest_of(expected[i]);
        assert_memory_equal(&found[i], &one, sizeof one);
    }
}

static void the_latest_counts(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    relate(store, 1, 10);
    relate(store, 2, 10);
    relate(store, 3, 10);
    relate(store, 2, 11);
    relate(store, 4, 10);
    expect_replaced_by(store, 1, 0); /* not revoked yet */
    expect_replaces(store, 10, 0, NULL);
    set_revoked(store, 1, 4, STORE_CHANGE_REVOKED, 5);
    for (int round = 0; round < 2; round++) {
        expect_replaced_by(store, 1, 10);
        expect_replaced_by(store, 2, 11);
        expect_replaced_by(store, 9, 0);
        expect_replaces(store, 10, 3, (uint64_t[]){4, 3, 1});
        expect_replaces(store, 11, 1, (uint64_t[]){2});
        expect_replaces(store, 1, 0, NULL);
        struct badge_hash digest = digest_of(10), found[2];
        assert_int_equal(store_replaces(store, &digest, found, 2), 2);
        store_close(store);
        store = open_store(fixture_folder);
    }
    set_revoked(store, 1, 1, STORE_CHANGE_RESTORED, 6);
    expect_replaced_by(store, 1, 0);
    expect_replaces(store, 10, 2, (uint64_t[]){4, 3});
    relate(store, 2, 10); /* and back */
    expect_replaces(store, 10, 3, (uint64_t[]){2, 4, 3});
    expect_replaces(store, 11, 0, NULL);
    store_close(store);
}

static void many(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 1; i <= 200; i++)
        relate(store, i, 1000 + i % 3);
    set_revoked(store, 7, 1, STORE_CHANGE_REVOKED, 5);
    store_close(store);
    store = open_store(fixture_folder);
    expect_replaced_by(store, 7, 1001);
    expect_replaces(store, 1001, 1, (uint64_t[]){7});
    store_close(store);
}

static void the_same_again_is_not_written(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    assert_int_equal(access(in_folder("relations"), F_OK), -1); /* there is none before the first relation */
    relate(store, 1, 10);
    off_t len = file_size(in_folder("relations"));
    relate(store, 1, 10);
    assert_int_equal(file_size(in_folder("relations")), len);
    store_close(store);
}

static void fsck_and_backup(void **state)
{
    (void)state;
    struct store_check check = {0};
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 3, STORE_NEW);
    relate(store, 1, 2);
    set_revoked(store, 1, 1, STORE_CHANGE_REVOKED, 5);
    store_close(store);
    char archive[256], copy[256];
    (void)snprintf(archive, sizeof archive, "%s.tar", fixture_folder);
    (void)snprintf(copy, sizeof copy, "%s/copy", fixture_folder);
    struct badge_err err = {.text = ""};
    if (store_backup(fixture_folder, archive, &check, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    assert_true(check.n_relations == 1 && check.n_faults == 0);
    if (store_restore(copy, archive, &check, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    (void)unlink(archive);
    store = open_store(copy);
    expect_replaced_by(store, 1, 2);
    store_close(store);

    struct store_check damaged = {0};
    FILE *file = fopen(in_folder("relations"), "r+");
    assert_non_null(file);
    (void)fseek(file, 30, SEEK_SET);
    (void)fputc('!', file);
    (void)fclose(file);
    file = fopen(in_folder("relations"), "a"); /* so that the damage is before the last group */
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(store_fsck(fixture_folder, &damaged, NULL), BADGE_OK);
    assert_true(damaged.n_faults > 0 || damaged.n_torn > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_latest_counts),
        STORE_TEST(many),
        STORE_TEST(the_same_again_is_not_written),
        STORE_TEST(fsck_and_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
