/*
 * A batch whose root another account has spoiled is resealed: every credential is then in the new batch only, with a
 * valid receipt, whenever the process died in between.
 */
#include "support/test.h"

#include "support/store_fixture.h"

#define N 40

static struct store_batch batch_of(struct store *store, uint32_t number)
{
    struct store_batch batch;
    assert_true(store_batch(store, number, &batch));
    return batch;
}

static struct store_batch reseal(struct store *store, uint32_t number)
{
    struct store_batch batch;
    struct badge_err err = {.text = ""};
    if (store_reseal_work(store, number, &batch, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    return batch;
}

/* Batch 1 with N credentials, batch 2 with N, N pending. */
static struct store *three_parts(void)
{
    struct store *store = open_store(fixture_folder);
    for (uint32_t i = 0; i < 2; i++) {
        submit_many(store, i * N, N, STORE_NEW);
        assert_int_equal(seal(store, N).tree_size, N);
    }
    submit_many(store, 2 * N, N, STORE_NEW);
    return store;
}

static void check_parts(struct store *store, uint32_t first, uint32_t second)
{
    for (uint64_t i = 0; i < N; i++) {
        check_record(store, i, STORE_SEALED, first);
        check_receipt(store, i);
        check_record(store, N + i, STORE_SEALED, second);
        check_receipt(store, N + i);
        check_record(store, 2 * N + i, STORE_PENDING, 0);
    }
    assert_int_equal(store_n_sealed(store), 2 * N);
    assert_int_equal(store_n_pending(store), N);
}

static void every_credential_moves(void **state)
{
    (void)state;
    struct store *store = three_parts();
    struct store_batch old = batch_of(store, 1), resealed = reseal(store, 1);
    assert_int_equal(resealed.number, 3);
    assert_int_equal(resealed.replaces, 1);
    assert_int_equal(resealed.tree_size, N);
    assert_memory_not_equal(&resealed.root, &old.root, sizeof(old.root));
    for (int round = 0; round < 3; round++) {
        check_parts(store, 3, 2);
        const struct store_batch spoiled = batch_of(store, 1);
        assert_int_equal(spoiled.anchor.state, STORE_ANCHOR_SPOILED);
        assert_memory_equal(&spoiled.root, &old.root, sizeof(old.root));
        assert_int_equal(batch_of(store, 3).replaces, 1);
        assert_int_equal(store_first_unfinal(store), 2);
        submit_many(store, 0, 3 * N, STORE_KNOWN);
        store_close(store);
        if (round == 1)
            remove_tree(in_folder("index")); /* it is rebuilt with the same entries */
        store = open_store(fixture_folder);
    }
    assert_int_equal(seal(store, 1000).number, 4);
    assert_int_equal(reseal(store, 3).number, 5); /* spoiled once more */
    for (uint64_t i = 0; i < N; i++)
        check_record(store, i, STORE_SEALED, 5);
    assert_int_equal(store_first_unfinal(store), 2);
    store_close(store);
    store_close(open_store(fixture_folder));
}

static void times_and_labels_are_kept(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct store_record before, after;
    const struct badge_hash early = digest_of(1), late = digest_of(2);
    assert_int_equal(submit_as(store, 1, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    assert_int_equal(submit_as(store, 2, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    seal(store, 10);
    assert_int_equal(submit_as(store, 1, BADGE_LABEL_RAW).outcome, STORE_KNOWN);
    assert_int_equal(store_find_work(store, &early, &before, NULL), BADGE_OK);
    reseal(store, 1);
    assert_int_equal(submit_as(store, 2, BADGE_LABEL_JCS).outcome, STORE_KNOWN);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(store_find_work(store, &early, &after, NULL), BADGE_OK);
        assert_int_equal(after.digest.label, BADGE_LABEL_RAW);
        assert_int_equal(after.received_at_s, before.received_at_s);
        assert_int_equal(store_find_work(store, &late, &after, NULL), BADGE_OK);
        assert_int_equal(after.digest.label, BADGE_LABEL_JCS);
        store_close(store);
        store = open_store(fixture_folder);
    }
    store_close(store);
}

/* The three moments of a crash, constructed from the states before and after. */
static void killed_at_each_step(void **state)
{
    (void)state;
    store_close(three_parts());
    char copy[1024];
    join(copy, fixture_folder, "before");
    mkdir(copy, 0700);
    static const char *const parts[] = {"journal", "batches", "index", "anchors", "labels"};
    char from[1024], to[1024];
    for (unsigned i = 0; i < 5; i++) {
        join(from, fixture_folder, parts[i]);
        join(to, copy, parts[i]);
        if (i < 3)
            copy_tree(from, to);
        else
            assert_int_equal(link(from, to), 0);
    }

    /* the file is half written: nothing has changed */
    join(to, copy, "batches/00000003.new");
    FILE *torn = fopen(to, "w");
    assert_non_null(torn);
    fputs("badgebt1", torn);
    fclose(torn);
    struct store *store = open_store(copy);
    check_parts(store, 1, 2);
    reseal(store, 1); /* `anchors` is a hard link, so it has the record in both folders */
    store_close(store);

    /* renamed and listed, with the old index */
    join(from, copy, "batches/00000003");
    join(to, fixture_folder, "batches/00000003");
    assert_int_equal(link(from, to), 0);
    store = open_store(fixture_folder);
    check_parts(store, 3, 2);
    store_close(store);
    remove_tree(copy);
}

/* The file has its name but is not listed: the last record of the list is truncated. */
static void killed_before_the_list(void **state)
{
    (void)state;
    struct store *store = three_parts();
    off_t len = file_size(in_folder("anchors"));
    reseal(store, 1);
    store_close(store);
    assert_int_equal(truncate(in_folder("anchors"), len), 0);
    store = open_store(fixture_folder);
    check_parts(store, 3, 2);
    assert_int_equal(batch_of(store, 1).anchor.state, STORE_ANCHOR_SPOILED);
    submit_many(store, 1000, 1, STORE_NEW);
    assert_int_equal(seal(store, 1000).number, 4);
    store_close(store);
    store_close(open_store(fixture_folder));
}

static void refused_in_other_states(void **state)
{
    (void)state;
    struct store *store = three_parts();
    struct store_batch batch;
    struct badge_err err;
    const struct store_attempt attempt = {.nonce = 1, .raw = {1}, .raw_len = 1};
    assert_int_equal(store_reseal_work(store, 3, &batch, &err), BADGE_ENOTFOUND);
    assert_int_equal(store_reseal_work(store, 0, &batch, &err), BADGE_ENOTFOUND);
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(2), &attempt, NULL), BADGE_OK);
    assert_int_equal(store_reseal_work(store, 2, &batch, &err), BADGE_EREFUSED);
    flip_byte(in_folder("batches/00000001"), 200);
    assert_int_equal(store_reseal_work(store, 1, &batch, &err), BADGE_ECORRUPT);
    assert_non_null(strstr(err.text, "batches/00000001"));
    char health[200];
    store_health(store, health);
    assert_string_equal(health, "");
    assert_int_equal(store_n_batches(store), 2);
    flip_byte(in_folder("batches/00000001"), 200);
    assert_int_equal(reseal(store, 1).number, 3);
    assert_int_equal(store_reseal_work(store, 1, &batch, &err), BADGE_EREFUSED);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_credential_moves), STORE_TEST(times_and_labels_are_kept), STORE_TEST(killed_at_each_step),
        STORE_TEST(killed_before_the_list), STORE_TEST(refused_in_other_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
