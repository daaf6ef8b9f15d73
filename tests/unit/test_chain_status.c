/*
 * Chain status in the store: the latest change wins, final and recent changes, a file that can be lost, and digests
 * that are submitted again because their batch was withdrawn.
 */
#include "support/test.h"

#include <pthread.h>
#include <time.h>

#include "store/chain_status.h"
#include "store/tools/tools.h"
#include "support/store_fixture.h"

#define MILLION 1000000

static struct badge_address account_of(uint8_t i)
{
    struct badge_address account;
    memset(account.b, i, sizeof(account.b));
    return account;
}

static struct store_change change_of(enum store_change_kind kind, struct badge_hash subject, uint8_t account,
                                     uint64_t block_number)
{
    return (struct store_change){.kind = kind,
                                 .subject = subject,
                                 .account = account_of(account),
                                 .at_s = NOW_S + (int64_t)block_number,
                                 .block_number = block_number};
}

static void follow(struct store *store, const struct store_change final[], size_t n_final, uint64_t through,
                   const struct store_change recent[], size_t n_recent)
{
    struct badge_err err = {.text = ""};
    const struct store_chain_update news = {final, n_final, through, true, recent, n_recent, {0, 0}};
    if (store_chain_update_work(store, &news, &err) != BADGE_OK)
        fail_msg("store_chain_update_work: %s", err.text);
}

static struct store_chain_status chain_status_of(struct store *store, uint64_t i)
{
    struct badge_hash digest = digest_of(i);
    struct store_record record;
    struct badge_err err = {.text = ""};
    if (store_find_work(store, &digest, &record, &err) != BADGE_OK)
        fail_msg("record of %llu: %s", (unsigned long long)i, err.text);
    return record.chain_status;
}

static void expect(struct store *store, uint64_t i, enum store_status status, uint8_t account, uint64_t block_number)
{
    struct store_chain_status chain_status = chain_status_of(store, i);
    assert_int_equal(chain_status.status, status);
    if (status == STORE_GOOD || status == STORE_UNKNOWN)
        return;
    const struct badge_address by = account_of(account);
    assert_memory_equal(&chain_status.account, &by, sizeof(by));
    assert_true(chain_status.at_s == NOW_S + (int64_t)block_number);
}

static void latest_change_wins(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    assert_int_equal(store_followed_block(store), 0);
    submit_many(store, 0, 5, STORE_NEW);
    const struct store_change final[] = {change_of(STORE_CHANGE_APPOINTED, (struct badge_hash){{0}}, 7, 5),
                                         change_of(STORE_CHANGE_REVOKED, digest_of(0), 1, 10),
                                         change_of(STORE_CHANGE_REVOKED, digest_of(1), 2, 11),
                                         change_of(STORE_CHANGE_RESTORED, digest_of(0), 3, 12),
                                         change_of(STORE_CHANGE_REVOKED, digest_of(99), 2, 13),
                                         change_of(STORE_CHANGE_REVOKED, digest_of(4), 2, 13)};
    follow(store, final, 6, 20, NULL, 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(store_followed_block(store), 20);
        assert_int_equal(store_is_current(store), round == 0);
        expect(store, 0, round == 0 ? STORE_GOOD : STORE_UNKNOWN, 0, 0); /* until the chain is read again */
        expect(store, 1, STORE_REVOKED, 2, 11);
        expect(store, 2, round == 0 ? STORE_GOOD : STORE_UNKNOWN, 0, 0);
        expect(store, 4, STORE_REVOKED, 2, 13);
        submit_many(store, 99, 1, round == 0 ? STORE_NEW : STORE_KNOWN); /* revoked before it was submitted */
        expect(store, 99, STORE_REVOKED, 2, 13);
        struct store_operator operators[4];
        assert_int_equal(store_operators(store, operators, 4), 1);
        assert_true(operators[0].since_s == NOW_S + 5);
        store_close(store);
        store = open_store(fixture_folder);
    }
    /* Applied again, as after a crash between two writes: nothing changes. */
    follow(store, final, 6, 20, NULL, 0);
    expect(store, 0, STORE_GOOD, 0, 0);
    expect(store, 1, STORE_REVOKED, 2, 11);
    store_close(store);
}

/* As older versions wrote it, a revocation has no reason. */
static void reasons_are_kept(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 2, STORE_NEW);
    struct store_change changes[] = {change_of(STORE_CHANGE_REVOKED, digest_of(0), 1, 10),
                                     change_of(STORE_CHANGE_REVOKED, digest_of(1), 1, 11)};
    changes[0].reason = BADGE_REASON_HOLDER;
    changes[1].reason = BADGE_REASON_ERROR;
    follow(store, changes, 1, 10, &changes[1], 1);
    assert_int_equal(chain_status_of(store, 1).reason, BADGE_REASON_ERROR);
    follow(store, changes, 2, 20, NULL, 0);
    uint64_t len = (uint64_t)file_size(in_folder("standing"));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(chain_status_of(store, 0).reason, BADGE_REASON_HOLDER);
        assert_int_equal(chain_status_of(store, 1).reason, BADGE_REASON_ERROR);
        store_close(store);
        store = open_store(fixture_folder);
    }
    store_close(store);

    uint8_t framed[RECORD_HEAD_LEN + 69], payload[69] = {STORE_CHANGE_REVOKED};
    struct badge_hash digest = digest_of(0);
    struct store_options options = fixture_options(fixture_folder);
    struct chain_status standing;
    memcpy(payload + 1, digest.b, sizeof digest.b);
    chain_status_init(&standing);
    assert_int_equal(chain_status_open(&standing, &options, NULL), BADGE_OK);
    assert_true(standing.file.len == len);
    assert_int_equal(record_file_append(&standing.file, framed, record_frame(framed, payload, sizeof payload), NULL),
                     BADGE_OK);
    chain_status_close(&standing);
    store = open_store(fixture_folder);
    assert_int_equal(chain_status_of(store, 0).status, STORE_REVOKED);
    assert_int_equal(chain_status_of(store, 0).reason, BADGE_REASON_UNSPECIFIED);
    assert_int_equal(chain_status_of(store, 1).reason, BADGE_REASON_ERROR);
    store_close(store);
}

static void recent_is_replaced(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 4, STORE_NEW);
    const struct store_change final[] = {change_of(STORE_CHANGE_REVOKED, digest_of(0), 1, 10),
                                         change_of(STORE_CHANGE_APPOINTED, (struct badge_hash){{0}}, 7, 10)};
    const struct store_change recent[] = {change_of(STORE_CHANGE_RESTORED, digest_of(0), 2, 21),
                                          change_of(STORE_CHANGE_REVOKED, digest_of(1), 3, 22),
                                          change_of(STORE_CHANGE_REMOVED, (struct badge_hash){{0}}, 7, 23),
                                          change_of(STORE_CHANGE_APPOINTED, (struct badge_hash){{0}}, 8, 24)};
    struct store_operator operators[4];
    follow(store, final, 2, 20, recent, 4);
    expect(store, 0, STORE_GOOD, 0, 0);
    expect(store, 1, STORE_REVOKED, 3, 22);
    assert_int_equal(store_operators(store, operators, 4), 1);
    assert_int_equal(operators[0].account.b[0], 8);
    follow(store, NULL, 0, 20, recent + 1, 1); /* reorganized */
    expect(store, 0, STORE_REVOKED, 1, 10);
    expect(store, 1, STORE_REVOKED, 3, 22);
    assert_int_equal(store_operators(store, operators, 4), 1);
    assert_int_equal(operators[0].account.b[0], 7);
    follow(store, NULL, 0, 21, NULL, 0);
    expect(store, 1, STORE_GOOD, 0, 0);
    follow(store, NULL, 0, 21, recent + 1, 1);
    store_close(store);
    store = open_store(fixture_folder); /* what was not final is read again */
    assert_int_equal(store_followed_block(store), 20);
    expect(store, 0, STORE_REVOKED, 1, 10);
    expect(store, 1, STORE_UNKNOWN, 0, 0);
    const struct store_chain_update past = {.through = 20}; /* on the way to the head */
    assert_int_equal(store_chain_update_work(store, &past, NULL), BADGE_OK);
    expect(store, 1, STORE_UNKNOWN, 0, 0);
    follow(store, NULL, 0, 20, recent + 1, 1);
    expect(store, 1, STORE_REVOKED, 3, 22);
    expect(store, 2, STORE_GOOD, 0, 0);
    store_close(store);
}

/* No matter where the last group is truncated, earlier changes are kept, and it can be applied again. */
static void torn_tail(void **state)
{
    (void)state;
    const struct store_change first = change_of(STORE_CHANGE_REVOKED, digest_of(0), 1, 10);
    const struct store_change second[] = {change_of(STORE_CHANGE_RESTORED, digest_of(0), 2, 30),
                                          change_of(STORE_CHANGE_REVOKED, digest_of(1), 2, 31)};
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 2, STORE_NEW);
    follow(store, &first, 1, 20, NULL, 0);
    off_t before = file_size(in_folder("standing"));
    follow(store, second, 2, 40, NULL, 0);
    store_close(store);
    off_t after = file_size(in_folder("standing"));
    for (off_t len = after - 1; len >= before; len--) {
        assert_int_equal(truncate(in_folder("standing"), len), 0);
        store = open_store(fixture_folder);
        assert_int_equal(store_followed_block(store), 20);
        follow(store, second, 2, 40, NULL, 0);
        expect(store, 0, STORE_GOOD, 0, 0);
        expect(store, 1, STORE_REVOKED, 2, 31);
        store_close(store);
        store = open_store(fixture_folder);
        assert_int_equal(store_followed_block(store), 40);
        expect(store, 1, STORE_REVOKED, 2, 31);
        store_close(store);
    }
}

/* Damaged, of another store, or missing: a new file is created, and the store still opens. */
static void a_lost_file_is_rebuilt(void **state)
{
    (void)state;
    const struct store_change change = change_of(STORE_CHANGE_REVOKED, digest_of(0), 1, 10);
    for (int how = 0; how < 5; how++) {
        struct store *store = open_store(fixture_folder);
        submit_many(store, 0, 1, how == 0 ? STORE_NEW : STORE_KNOWN);
        follow(store, &change, 1, 20, NULL, 0);
        follow(store, &change, 1, 30, NULL, 0);
        expect(store, 0, STORE_REVOKED, 1, 10);
        store_close(store);
        static const off_t at[] = {3, 25, 100}; /* magic, header, a record that others follow */
        if (how < 3)
            flip_byte(in_folder("standing"), at[how]);
        else if (how == 3)
            assert_int_equal(unlink(in_folder("standing")), 0);
        else
            assert_int_equal(truncate(in_folder("standing"), 0), 0);
        store = open_store(fixture_folder);
        assert_int_equal(store_followed_block(store), 0);
        expect(store, 0, STORE_UNKNOWN, 0, 0);
        assert_int_equal(access(in_folder("standing.damaged"), F_OK), how == 3 ? -1 : 0);
        (void)unlink(in_folder("standing.damaged"));
        store_close(store);
    }
}

/* No provider has the events of some blocks any more: any digest may have been revoked in them. */
static void a_gap_is_remembered(void **state)
{
    (void)state;
    struct store_gap gap;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 5, STORE_NEW);
    const struct store_change before[] = {change_of(STORE_CHANGE_REVOKED, digest_of(0), 1, 10),
                                          change_of(STORE_CHANGE_REVOKED, digest_of(1), 1, 10),
                                          change_of(STORE_CHANGE_RESTORED, digest_of(1), 9, 11)};
    const struct store_change after[] = {change_of(STORE_CHANGE_REVOKED, digest_of(2), 1, 90),
                                         change_of(STORE_CHANGE_RESTORED, digest_of(2), 9, 91)};
    follow(store, before, 3, 20, NULL, 0);
    expect(store, 1, STORE_GOOD, 0, 0);
    expect(store, 3, STORE_GOOD, 0, 0);
    store_gap(store, &gap);
    assert_int_equal(gap.last_block, 0);
    const struct store_chain_update news = {
        .final = after, .n_final = 2, .through = 100, .reached_head = true, .gap = {21, 80}};
    assert_int_equal(store_chain_update_work(store, &news, NULL), BADGE_OK);
    for (int round = 0; round < 2; round++) {
        expect(store, 0, STORE_REVOKED, 1, 10);
        expect(store, 1, STORE_UNKNOWN, 0, 0); /* may have been revoked in the gap */
        expect(store, 2, STORE_GOOD, 0, 0);
        expect(store, 3, STORE_UNKNOWN, 0, 0);
        store_gap(store, &gap);
        assert_true(gap.first_block == 21 && gap.last_block == 80);
        store_close(store);
        store = open_store(fixture_folder);
        follow(store, NULL, 0, 100, NULL, 0);
    }
    const struct store_change restored = change_of(STORE_CHANGE_RESTORED, digest_of(1), 9, 101);
    follow(store, NULL, 0, 100, &restored, 1);
    expect(store, 1, STORE_GOOD, 0, 0);
    store_close(store);
}

static void a_million(void **state)
{
    (void)state;
    struct store_change *changes = calloc(MILLION, sizeof(*changes));
    assert_non_null(changes);
    for (uint64_t i = 0; i < MILLION; i++)
        changes[i] = change_of(STORE_CHANGE_REVOKED, digest_of(i), (uint8_t)(i % 3), i / 100);
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    submit_many(store, MILLION - 10, 20, STORE_NEW);
    struct timespec started, ended;
    clock_gettime(CLOCK_MONOTONIC, &started);
    follow(store, changes, MILLION, 20000, NULL, 0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    print_message("written in %ld ms",
                  (ended.tv_sec - started.tv_sec) * 1000 + (ended.tv_nsec - started.tv_nsec) / 1000000);
    store_close(store);
    free(changes);
    clock_gettime(CLOCK_MONOTONIC, &started);
    store = open_store(fixture_folder);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    print_message(", read in %ld ms\n",
                  (ended.tv_sec - started.tv_sec) * 1000 + (ended.tv_nsec - started.tv_nsec) / 1000000);
    for (uint64_t i = 0; i < 10; i++) {
        expect(store, i, STORE_REVOKED, (uint8_t)(i % 3), 0);
        expect(store, MILLION - 1 - i, STORE_REVOKED, (uint8_t)((MILLION - 1 - i) % 3), (MILLION - 1 - i) / 100);
        expect(store, MILLION + i, STORE_UNKNOWN, 0, 0);
    }
    store_close(store);
}

/* -- submitted again ----------------------------------------------------------------------------------------------- */

#define N 40

static void make_final(struct store *store, uint32_t number)
{
    const struct store_attempt attempt = {.nonce = number, .raw = {1}, .raw_len = 1};
    const struct store_anchor anchor = {.state = STORE_ANCHOR_FINAL, .changed_at_s = NOW_S, .nonce = number};
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(number), &attempt, NULL), BADGE_OK);
    assert_int_equal(store_anchor_move_work(store, store_batch_id(number), &anchor, NULL), BADGE_OK);
}

static void withdraw(struct store *store, uint32_t number, bool final)
{
    struct store_batch batch;
    assert_true(store_batch(store, number, &batch));
    const struct store_change change = change_of(STORE_CHANGE_WITHDRAWN, batch.root, 9, 50);
    follow(store, &change, final, final ? 60 : 40, &change, !final);
}

/* A new store with the batch 1 of N digests, which is withdrawn. */
static struct store *open_with_withdrawn_batch(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, N, STORE_NEW);
    seal(store, N);
    make_final(store, 1);
    withdraw(store, 1, true);
    return store;
}

static void fsck(const char *path, uint64_t n_superseded, bool has_chain_status)
{
    struct store_check check = {.n_faults = 0};
    struct badge_err err = {.text = ""};
    if (store_fsck(path, &check, &err) != BADGE_OK || check.n_faults > 0)
        fail_msg("fsck of %s: %zu faults, %s", path, check.n_faults, err.text);
    assert_int_equal(check.n_superseded, n_superseded);
    assert_int_equal(check.has_chain_status, has_chain_status);
}

static void only_when_final(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, N, STORE_NEW);
    assert_int_equal(seal(store, N).number, 1);
    withdraw(store, 1, true); /* another account's anchor of this root: our own is not final */
    submit_many(store, 0, N, STORE_KNOWN);
    make_final(store, 1);
    store_close(store);
    assert_int_equal(unlink(in_folder("standing")), 0);
    store = open_store(fixture_folder);
    submit_many(store, N, 1, STORE_NEW);
    seal(store, N);
    make_final(store, 2);
    withdraw(store, 2, true);
    withdraw(store, 1, false);
    expect(store, 0, STORE_WITHDRAWN, 9, 50);
    submit_many(store, 0, N, STORE_KNOWN);
    submit_many(store, N, 1, STORE_NEW);
    assert_int_equal(store_n_withdrawn(store), 1);
    follow(store, NULL, 0, 41, NULL, 0); /* reorganized */
    expect(store, 0, STORE_GOOD, 0, 0);
    withdraw(store, 1, true);
    assert_int_equal(store_n_withdrawn(store), 2);
    expect(store, 0, STORE_WITHDRAWN, 9, 50);
    submit_many(store, 0, 1, STORE_NEW);
    submit_many(store, 0, 1, STORE_KNOWN);
    check_record(store, 0, STORE_PENDING, 0);
    expect(store, 0, STORE_GOOD, 0, 0);
    check_record(store, 1, STORE_FINAL, 1);
    expect(store, 1, STORE_WITHDRAWN, 9, 50);
    store_close(store);
}

/* The first half of batch 1 is in batch 3 and the rest pending: after restarts, without index, without `standing`. */
static void newest_counts(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, N, STORE_NEW);
    seal(store, N);
    make_final(store, 1);
    submit_many(store, N, N, STORE_NEW);
    seal(store, N);
    withdraw(store, 1, true);
    submit_many(store, 0, N / 2, STORE_NEW);
    assert_int_equal(seal(store, N).number, 3);
    submit_many(store, N / 2, N / 2, STORE_NEW);
    for (int round = 0; round < 4; round++) {
        for (uint64_t i = 0; i < N; i++) {
            check_record(store, i, i < N / 2 ? STORE_SEALED : STORE_PENDING, i < N / 2 ? 3 : 0);
            check_record(store, N + i, STORE_SEALED, 2);
            check_receipt(store, N + i);
            check_receipt(store, i);
            expect(store, i, round == 0 ? STORE_GOOD : STORE_UNKNOWN, 0, 0);
        }
        submit_many(store, 0, 2 * N, STORE_KNOWN);
        store_close(store);
        fsck(fixture_folder, N, round < 3);
        if (round == 1)
            remove_tree(in_folder("index"));
        if (round == 2)
            assert_int_equal(unlink(in_folder("standing")), 0);
        store = open_store(fixture_folder);
        if (round == 2)
            submit_many(store, 0, 2 * N, STORE_KNOWN);
        assert_int_equal(access(in_folder("index.damaged"), F_OK), -1); /* this never counts as damage of the index */
    }
    withdraw(store, 1, true); /* read again */
    assert_int_equal(seal(store, N).number, 4);
    make_final(store, 3);
    withdraw(store, 3, true);
    submit_many(store, 0, N / 2, STORE_NEW); /* a third time */
    assert_int_equal(seal(store, N).number, 5);
    check_record(store, 0, STORE_SEALED, 5);
    store_close(store);
    fsck(fixture_folder, N + N / 2, true);
}

/* The process dies after the rename of the batch with the repeated digests: it is neither listed nor indexed. */
static void killed_while_sealed_again(void **state)
{
    (void)state;
    struct store *store = open_with_withdrawn_batch();
    submit_many(store, 0, N / 2, STORE_NEW);
    store_close(store);
    off_t len = file_size(in_folder("anchors"));
    copy_tree(in_folder("index"), in_folder("index.before"));
    copy_tree(in_folder("journal"), in_folder("journal.before"));
    store = open_store(fixture_folder);
    assert_int_equal(seal(store, N).number, 2);
    store_close(store);
    assert_int_equal(truncate(in_folder("anchors"), len), 0);
    static const char *const folders[][2] = {{"index", "index.before"}, {"journal", "journal.before"}};
    for (size_t i = 0; i < 2; i++) {
        remove_tree(in_folder(folders[i][0]));
        assert_int_equal(rename(in_folder(folders[i][1]), in_folder(folders[i][0])), 0);
    }
    fsck(fixture_folder, N / 2, true);
    store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 0);
    for (uint64_t i = 0; i < N; i++) {
        check_record(store, i, i < N / 2 ? STORE_SEALED : STORE_FINAL, i < N / 2 ? 2 : 1);
        expect(store, i, i < N / 2 ? STORE_UNKNOWN : STORE_WITHDRAWN, 9, 50);
        check_receipt(store, i);
    }
    store_close(store);
    fsck(fixture_folder, N / 2, true);
}

/* -- concurrent reads ---------------------------------------------------------------------------------------------- */

#define N_READS 50000

static void *read_status(void *context)
{
    struct store *store = context;
    for (uint64_t i = 0; store_followed_block(store) < 1000; i++) {
        struct badge_hash digest = digest_of(i % 100);
        struct store_record record;
        struct store_operator operators[4];
        if (!store_find_pending(store, &digest, &record) || store_operators(store, operators, 4) > 2)
            return store;
    }
    return NULL;
}

/* Tables grow and are swapped while threads read them. */
static void reads_during_growth(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 100, STORE_NEW);
    struct store_change *changes = calloc(N_READS, sizeof(*changes));
    assert_non_null(changes);
    for (uint64_t i = 0; i < N_READS; i++)
        changes[i] = i % 1000 == 0
                         ? change_of(STORE_CHANGE_APPOINTED, (struct badge_hash){{0}}, (uint8_t)(i % 3000 / 1500), i)
                         : change_of(STORE_CHANGE_REVOKED, digest_of(i), (uint8_t)(i % 7), i);
    pthread_t readers[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_status, store), 0);
    for (uint64_t round = 1; round <= 10; round++)
        follow(store, changes, N_READS / 10 * round, round * 100, changes, 1000 * round);
    for (int i = 0; i < 2; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(readers[i], &wrong), 0);
        assert_null(wrong);
    }
    expect(store, 99, STORE_REVOKED, 99 % 7, 99);
    free(changes);
    store_close(store);
}

/* A duplicate digest without a withdrawal is still a fault. */
static void duplicates_are_found(void **state)
{
    (void)state;
    struct store *store = open_with_withdrawn_batch();
    submit_many(store, 0, N, STORE_NEW);
    seal(store, N);
    store_close(store);
    assert_int_equal(unlink(in_folder("standing")), 0);
    store = open_store(fixture_folder);
    follow(store, NULL, 0, 60, NULL, 0); /* and the chain has no withdrawal */
    store_close(store);
    struct store_check check = {.n_faults = 0};
    assert_int_equal(store_fsck(fixture_folder, &check, NULL), BADGE_OK);
    assert_int_equal(check.n_faults, N + 1); /* and the index, which has one of the two leaves of each */
}

/* A lost file is read again from the chain: until then withdrawals are unknown, and nothing is reported as damage. */
static void nothing_is_a_fault_while_it_is_read_again(void **state)
{
    (void)state;
    struct store *store = open_with_withdrawn_batch();
    submit_many(store, 0, N, STORE_NEW);
    seal(store, N / 2);
    store_close(store);
    fsck(fixture_folder, N, true);
    assert_int_equal(unlink(in_folder("standing")), 0);
    fsck(fixture_folder, N, false);
    store = open_store(fixture_folder);
    const struct store_chain_update past = {.through = 30}; /* after the anchor, before its withdrawal */
    assert_int_equal(store_chain_update_work(store, &past, NULL), BADGE_OK);
    store_close(store);
    fsck(fixture_folder, N, false);
    store = open_store(fixture_folder);
    withdraw(store, 1, true);
    store_close(store);
    fsck(fixture_folder, N, true);
}

static void backed_up(void **state)
{
    (void)state;
    struct store *store = open_with_withdrawn_batch();
    submit_many(store, 0, N, STORE_NEW);
    seal(store, N / 2);
    char archive[] = "/tmp/badged-status-XXXXXX";
    assert_non_null(mkdtemp(archive));
    char file[1024], folder[1024];
    join(file, archive, "backup.tar");
    join(folder, archive, "restored");
    struct store_check check = {.n_faults = 0};
    struct badge_err err = {.text = ""};
    if (store_backup(fixture_folder, file, &check, &err) != BADGE_OK)
        fail_msg("backup: %s", err.text);
    store_close(store);
    check = (struct store_check){.n_faults = 0};
    if (store_restore(folder, file, &check, &err) != BADGE_OK)
        fail_msg("restore: %s", err.text);
    assert_int_equal(check.n_superseded, N);
    store = open_store(folder);
    assert_int_equal(store_followed_block(store), 60);
    assert_int_equal(store_n_withdrawn(store), 1);
    for (uint64_t i = 0; i < N; i++) {
        check_record(store, i, i < N / 2 ? STORE_SEALED : STORE_PENDING, i < N / 2 ? 2 : 0);
        expect(store, i, STORE_UNKNOWN, 0, 0);
    }
    store_close(store);
    remove_tree(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(latest_change_wins),
        STORE_TEST(reasons_are_kept),
        STORE_TEST(recent_is_replaced),
        STORE_TEST(torn_tail),
        STORE_TEST(a_lost_file_is_rebuilt),
        STORE_TEST(a_gap_is_remembered),
        STORE_TEST(a_million),
        STORE_TEST(only_when_final),
        STORE_TEST(newest_counts),
        STORE_TEST(killed_while_sealed_again),
        STORE_TEST(reads_during_growth),
        STORE_TEST(duplicates_are_found),
        STORE_TEST(nothing_is_a_fault_while_it_is_read_again),
        STORE_TEST(backed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
