/*
 * The store without failures: group commit, labels, seals, receipts, anchors, the lock.
 */
#include "support/test.h"

#include "support/store_fixture.h"

static void submissions_are_known_afterwards(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct store_submission a = submit_as(store, 1, BADGE_LABEL_JCS);
    assert_int_equal(a.outcome, STORE_NEW);
    assert_int_equal(a.record.state, STORE_PENDING);
    assert_int_equal(a.record.digest.label, BADGE_LABEL_JCS);
    struct store_submission again = submit_as(store, 1, BADGE_LABEL_JCS);
    assert_int_equal(again.outcome, STORE_KNOWN);
    assert_memory_equal(again.record.digest.value.b, a.digest.value.b, 32);
    assert_int_equal(store_n_pending(store), 1);
    assert_true(store_oldest_pending_s(store) == NOW_S + 1);
    struct store_record record;
    struct badge_hash digest = digest_of(2);
    assert_false(store_find_pending(store, &digest, &record));
    assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_ENOTFOUND);
    struct badge_receipt receipt;
    digest = digest_of(1);
    assert_int_equal(store_receipt_work(store, &digest, &receipt, NULL), BADGE_ENOTFOUND);
    store_close(store);
    store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 1);
    check_record(store, 1, STORE_PENDING, 0);
    store_close(store);
}

static void a_group_holds_a_digest_once(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct store_submission submission[4], *group[4];
    const enum badge_label label[4] = {BADGE_LABEL_EXTERNAL, BADGE_LABEL_RAW, BADGE_LABEL_EXTERNAL, BADGE_LABEL_JCS};
    for (int i = 0; i < 4; i++) {
        submission[i] = (struct store_submission){.digest = {label[i], digest_of(5)}, .received_at_s = NOW_S + 5};
        group[i] = &submission[i];
    }
    store_append_work(store, group, 4);
    assert_int_equal(submission[0].outcome, STORE_NEW);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(submission[i].outcome, i == 0 ? STORE_NEW : STORE_KNOWN);
        assert_int_equal(submission[i].record.digest.label, BADGE_LABEL_RAW);
    }
    assert_int_equal(store_n_pending(store), 1);
    store_close(store);
    store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 1);
    assert_int_equal(submit_as(store, 5, BADGE_LABEL_JCS).record.digest.label, BADGE_LABEL_RAW);
    store_close(store);
}

static enum badge_label label_of(struct store *store, uint64_t i)
{
    struct store_record record;
    struct badge_hash digest = digest_of(i);
    assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_OK);
    return record.digest.label;
}

static void a_real_label_replaces_external(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(submit_as(store, i, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    submit_as(store, 4, BADGE_LABEL_COMPACT);
    /* 0: relabelled while pending; 1: when sealed; 2: when sealed, checked after the index was lost; 3: never */
    assert_int_equal(submit_as(store, 0, BADGE_LABEL_JCS).record.digest.label, BADGE_LABEL_JCS);
    store_close(store);
    store = open_store(fixture_folder);
    assert_int_equal(label_of(store, 0), BADGE_LABEL_JCS);
    assert_int_equal(seal(store, 100).tree_size, 5);
    assert_int_equal(submit_as(store, 1, BADGE_LABEL_RAW).outcome, STORE_KNOWN);
    assert_int_equal(submit_as(store, 2, BADGE_LABEL_COMPACT).record.digest.label, BADGE_LABEL_COMPACT);
    /* A known label is never replaced. */
    assert_int_equal(submit_as(store, 1, BADGE_LABEL_JCS).record.digest.label, BADGE_LABEL_RAW);
    assert_int_equal(submit_as(store, 0, BADGE_LABEL_EXTERNAL).record.digest.label, BADGE_LABEL_JCS);
    assert_int_equal(submit_as(store, 4, BADGE_LABEL_JCS).record.digest.label, BADGE_LABEL_COMPACT);
    static const enum badge_label want[] = {BADGE_LABEL_JCS, BADGE_LABEL_RAW, BADGE_LABEL_COMPACT, BADGE_LABEL_EXTERNAL,
                                            BADGE_LABEL_COMPACT};
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 5; i++) {
            struct badge_receipt receipt;
            struct badge_hash digest = digest_of(i);
            assert_int_equal(label_of(store, i), want[i]);
            assert_int_equal(store_receipt_work(store, &digest, &receipt, NULL), BADGE_OK);
            assert_int_equal(receipt.digest.label, want[i]);
        }
        store_close(store);
        if (round == 1)
            remove_tree(in_folder("index"));
        store = open_store(fixture_folder);
    }
    store_close(store);
}

static void no_more_than_max_pending(void **state)
{
    (void)state;
    struct store_options options = fixture_options(fixture_folder);
    options.max_pending = 3;
    struct store *store;
    assert_int_equal(store_open(&store, &options, NULL), BADGE_OK);
    submit_many(store, 0, 3, STORE_NEW);
    submit_many(store, 3, 2, STORE_FULL);
    submit_many(store, 0, 3, STORE_KNOWN);
    struct store_record record;
    struct badge_hash digest = digest_of(3);
    assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_ENOTFOUND);
    assert_int_equal(seal(store, 2).tree_size, 2);
    submit_many(store, 3, 2, STORE_NEW);
    submit_many(store, 5, 1, STORE_FULL);
    store_close(store);
}

static void seals_of_many_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 64, 255, 256, 257, 1000, 5000};
    struct store *store = open_store(fixture_folder);
    assert_int_equal(seal(store, 10).number, 0);
    uint64_t first = 0;
    for (uint32_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
        submit_many(store, first, sizes[s], STORE_NEW);
        struct store_batch batch = seal(store, 65536), listed;
        assert_int_equal(batch.number, s + 1);
        assert_int_equal(batch.tree_size, sizes[s]);
        assert_true(store_batch(store, s + 1, &listed));
        assert_memory_equal(&listed.root, &batch.root, sizeof(batch.root));
        for (uint64_t i = first; i < first + sizes[s]; i++) {
            check_receipt(store, i);
            check_record(store, i, STORE_SEALED, s + 1);
        }
        submit_many(store, first, sizes[s], STORE_KNOWN);
        first += sizes[s];
    }
    assert_true(store_n_sealed(store) == first);
    assert_int_equal(store_n_pending(store), 0);
    store_close(store);
    store = open_store(fixture_folder);
    assert_true(store_n_sealed(store) == first);
    for (uint64_t i = 0; i < first; i++)
        check_receipt(store, i);
    store_close(store);
}

static void oldest_first(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 3000, STORE_NEW);
    for (uint32_t number = 1; number <= 3; number++)
        assert_int_equal(seal(store, 1000).number, number);
    submit_many(store, 3000, 5, STORE_NEW);
    assert_int_equal(store_n_pending(store), 5);
    for (uint64_t i = 0; i < 3000; i += 7)
        check_record(store, i, STORE_SEALED, (uint32_t)(i / 1000 + 1));
    store_close(store);
    store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 5);
    assert_true(store_oldest_pending_s(store) == NOW_S + 3000);
    store_close(store);
}

/* The tree by the definition of RFC 9162 section 2.1.1: split at the largest power of two. */
static struct badge_hash tree_hash(const struct badge_hash *leaf, size_t n)
{
    if (n == 1)
        return *leaf;
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    uint8_t bytes[65] = {0x01};
    struct badge_hash left = tree_hash(leaf, k), right = tree_hash(leaf + k, n - k), node;
    memcpy(bytes + 1, left.b, 32);
    memcpy(bytes + 33, right.b, 32);
    badge_sha256(&node, bytes, sizeof(bytes));
    return node;
}

static void leaves_lead_to_the_root(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    static const uint32_t sizes[] = {1, 2, 5, 4095, 4096, 4097, 9001};
    struct badge_hash *leaf = calloc(9001, sizeof(*leaf)), part[3];
    uint64_t first = 0;
    for (uint32_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
        uint32_t n = sizes[s];
        submit_many(store, first, n, STORE_NEW);
        first += n;
        struct store_batch batch = seal(store, 1u << 20);
        assert_int_equal(store_leaves_work(store, batch.number, 0, n, leaf, NULL), BADGE_OK);
        for (uint32_t i = 1; i < n; i++)
            assert_true(badge_hash_compare(&leaf[i - 1], &leaf[i]) < 0);
        struct badge_hash root = tree_hash(leaf, n);
        assert_memory_equal(root.b, batch.root.b, 32);
        for (uint32_t i = 0; i + 3 <= n; i += n > 100 ? 331 : 1) {
            assert_int_equal(store_leaves_work(store, batch.number, i, 3, part, NULL), BADGE_OK);
            assert_memory_equal(part, leaf + i, sizeof(part));
        }
        assert_int_equal(store_leaves_work(store, batch.number, n - 1, 1, part, NULL), BADGE_OK);
        assert_memory_equal(part, leaf + n - 1, sizeof(*part));
        assert_int_equal(store_leaves_work(store, batch.number, n, 1, part, NULL), BADGE_ENOTFOUND);
        assert_int_equal(store_leaves_work(store, batch.number, 1, n, part, NULL), BADGE_ENOTFOUND);
    }
    assert_int_equal(store_leaves_work(store, 99, 0, 1, part, NULL), BADGE_ENOTFOUND);
    free(leaf);
    store_close(store);
}

static void a_batch_of_65536(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 65536, STORE_NEW);
    submit_many(store, 65536, 10, STORE_NEW);
    assert_int_equal(seal(store, 65536).tree_size, 65536);
    for (uint64_t i = 0; i < 65536; i += 61)
        check_receipt(store, i);
    submit_many(store, 0, 65536, STORE_KNOWN);
    assert_int_equal(store_n_pending(store), 10);
    store_close(store);
}

static const struct badge_address operator_account = {{0x0b}}, other_account = {{0x0c}};

static struct store_attempt attempt_of(uint64_t nonce)
{
    struct store_attempt attempt = {.from = operator_account,
                                    .nonce = nonce,
                                    .gas_limit = 90000,
                                    .max_fee_wei = 1000 + nonce,
                                    .max_priority_fee_wei = 7,
                                    .raw_len = 180};
    attempt.transaction = digest_of(nonce + 1000000);
    memset(attempt.raw, (int)nonce, attempt.raw_len);
    return attempt;
}

static void move(struct store *store, uint32_t number, enum store_anchor_state to)
{
    struct store_batch batch;
    assert_true(store_batch(store, number, &batch));
    batch.anchor.state = to;
    batch.anchor.changed_at_s = NOW_S + (int64_t)to;
    if (to >= STORE_ANCHOR_MINED) {
        batch.anchor.sequence = 41 + number;
        batch.anchor.block_number = 77;
        batch.anchor.gas_used = 55000;
        batch.anchor.block_hash = digest_of(77);
        batch.anchor.block_time_s = NOW_S;
    }
    assert_int_equal(store_anchor_move_work(store, store_batch_id(number), &batch.anchor, NULL), BADGE_OK);
}

static void check_anchor_status(struct store *store, uint64_t i, enum badge_anchor_status status)
{
    struct badge_receipt receipt;
    struct badge_hash digest = digest_of(i);
    assert_int_equal(store_receipt_work(store, &digest, &receipt, NULL), BADGE_OK);
    assert_int_equal(receipt.status, status);
    assert_int_equal(receipt.has_transaction, status >= BADGE_ANCHOR_SENT);
    assert_int_equal(receipt.has_block, status >= BADGE_ANCHOR_MINED);
    assert_int_equal(receipt.has_sequence, status >= BADGE_ANCHOR_MINED);
    assert_int_equal(receipt.chain_id, 31337);
}

static void anchors_survive_restarts(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    uint64_t nonce;
    assert_false(store_next_nonce(store, &operator_account, &nonce));
    assert_int_equal(store_first_unfinal(store), 0);
    for (uint64_t i = 0; i < 3; i++) {
        submit_many(store, i * 10, 10, STORE_NEW);
        seal(store, 100);
    }
    assert_int_equal(store_first_unfinal(store), 1);
    struct store_attempt attempt = attempt_of(5), read[4];
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_OK);
    check_anchor_status(store, 0, BADGE_ANCHOR_SEALED);
    attempt = attempt_of(6);
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_OK);
    attempt = attempt_of(7);
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(2), &attempt, NULL), BADGE_OK);
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(4), &attempt, NULL), BADGE_ENOTFOUND);
    for (int round = 0; round < 2; round++) {
        struct store_batch batch;
        assert_int_equal(store_attempts(store, store_batch_id(1), read, 4), 2);
        assert_int_equal(read[0].nonce, 5);
        attempt = attempt_of(6);
        assert_memory_equal(&read[1], &attempt, sizeof(attempt));
        assert_true(store_next_nonce(store, &operator_account, &nonce));
        assert_int_equal(nonce, 8);
        assert_false(store_next_nonce(store, &other_account, &nonce)); /* each account has its own nonces */
        assert_true(store_batch(store, 1, &batch));
        assert_int_equal(batch.anchor.state, STORE_ANCHOR_SIGNED);
        assert_int_equal(batch.anchor.nonce, 6);
        store_close(store);
        store = open_store(fixture_folder);
    }
    move(store, 1, STORE_ANCHOR_SENT);
    check_anchor_status(store, 3, BADGE_ANCHOR_SENT);
    move(store, 1, STORE_ANCHOR_MINED);
    check_anchor_status(store, 3, BADGE_ANCHOR_MINED);
    move(store, 1, STORE_ANCHOR_SENT); /* the chain has reorganized */
    store_close(store);
    store = open_store(fixture_folder);
    check_anchor_status(store, 3, BADGE_ANCHOR_SENT);
    check_record(store, 3, STORE_SENT, 1);
    move(store, 2, STORE_ANCHOR_FINAL);
    assert_int_equal(store_first_unfinal(store), 1);
    move(store, 1, STORE_ANCHOR_FINAL);
    assert_int_equal(store_first_unfinal(store), 3);
    store_close(store);
    store = open_store(fixture_folder);
    assert_int_equal(store_first_unfinal(store), 3);
    check_anchor_status(store, 13, BADGE_ANCHOR_FINAL);
    check_record(store, 13, STORE_FINAL, 2);
    assert_int_equal(store_attempts(store, store_batch_id(1), read, 4), 0);
    move(store, 3, STORE_ANCHOR_FINAL);
    assert_int_equal(store_first_unfinal(store), 0);
    submit_many(store, 100, 1, STORE_NEW);
    assert_int_equal(seal(store, 10).number, 4);
    assert_int_equal(store_first_unfinal(store), 4);
    store_close(store);
}

static void attempts_have_a_limit(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 1, STORE_NEW);
    seal(store, 1);
    struct store_attempt attempt = attempt_of(1);
    attempt.raw_len = sizeof(attempt.raw);
    for (int i = 0; i < STORE_MAX_ATTEMPTS; i++)
        assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_OK);
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_ELIMIT);
    store_close(store);
    store_close(open_store(fixture_folder));
}

static void only_one_process_at_a_time(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct badge_err err;
    assert_int_equal(refuse_store(fixture_folder, &err), BADGE_EREFUSED);
    assert_non_null(strstr(err.text, "another process"));
    store_close(store);
    store_close(open_store(fixture_folder));
}

static void other_chain_contract_or_issuer_is_refused(void **state)
{
    (void)state;
    store_close(open_store(fixture_folder));
    for (int i = 0; i < 3; i++) {
        struct store_options options = fixture_options(fixture_folder);
        struct store *store;
        struct badge_err err;
        options.chain_id += i == 0;
        options.contract.b[19] ^= i == 1;
        options.issuer.b[0] ^= i == 2;
        assert_int_equal(store_open(&store, &options, &err), BADGE_EREFUSED);
        static const char *const names[] = {"chain.id", "chain.contract", "chain.issuer"};
        assert_non_null(strstr(err.text, names[i]));
        if (i == 0)
            assert_true(strstr(err.text, "31337") && strstr(err.text, "31338"));
    }
    store_close(open_store(fixture_folder));
}

static void files_are_private(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    seal(store, 5);
    static const char *const names[] = {"anchors", "labels", "lock", "batches/00000001", "journal/00000002"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct stat st;
        assert_int_equal(stat(in_folder(names[i]), &st), 0);
        assert_int_equal(st.st_mode & 077, 0);
    }
    store_close(store);
}

static void sealed_segments_are_deleted(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 100, STORE_NEW);
    assert_int_equal(access(in_folder("journal/00000001"), F_OK), 0);
    seal(store, 60);
    assert_int_equal(access(in_folder("journal/00000001"), F_OK), 0);
    seal(store, 60);
    assert_int_equal(access(in_folder("journal/00000001"), F_OK), -1);
    submit_many(store, 100, 400000, STORE_NEW); /* more than a segment holds */
    assert_int_equal(access(in_folder("journal/00000003"), F_OK), 0);
    store_close(store);
    store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 400000);
    submit_many(store, 100, 1000, STORE_KNOWN);
    store_close(store);
}

int main(void)
{
    log_configure(LOG_BROKEN, false);
    const struct CMUnitTest tests[] = {
        STORE_TEST(submissions_are_known_afterwards),
        STORE_TEST(a_group_holds_a_digest_once),
        STORE_TEST(a_real_label_replaces_external),
        STORE_TEST(no_more_than_max_pending),
        STORE_TEST(seals_of_many_sizes),
        STORE_TEST(oldest_first),
        STORE_TEST(leaves_lead_to_the_root),
        STORE_TEST(a_batch_of_65536),
        STORE_TEST(anchors_survive_restarts),
        STORE_TEST(attempts_have_a_limit),
        STORE_TEST(only_one_process_at_a_time),
        STORE_TEST(other_chain_contract_or_issuer_is_refused),
        STORE_TEST(files_are_private),
        STORE_TEST(sealed_segments_are_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
