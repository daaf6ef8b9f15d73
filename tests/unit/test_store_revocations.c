/*
 * Revocations in the store: requests are durable and in order, and taken into sets with the states of an anchor; all is
 * the same after every restart; batches in the same file are not affected.
 */
#include "support/test.h"

#include <pthread.h>

#include "store/anchors.h"
#include "store/tools/tools.h"
#include "support/store_fixture.h"

static const struct badge_address operator_account = {{0x0b}};
static const struct store_why no_why;

static void request_at(struct store *store, uint64_t first, size_t n, int64_t at_s)
{
    struct badge_err err = {.text = ""};
    struct badge_hash *digest = calloc(n, sizeof(*digest));
    assert_non_null(digest);
    for (size_t i = 0; i < n; i++)
        digest[i] = digest_of(first + i);
    if (store_revoke_work(store, digest, n, &no_why, at_s, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    free(digest);
}

static void request(struct store *store, uint64_t first, size_t n)
{
    request_at(store, first, n, NOW_S);
}

static struct store_set take(struct store *store, uint32_t max)
{
    struct store_set set;
    struct badge_err err = {.text = ""};
    if (store_revocations_take_work(store, max, &set, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    return set;
}

static struct store *reopen(struct store *store)
{
    store_close(store);
    return open_store(fixture_folder);
}

static void expect_state(struct store *store, uint64_t i, enum store_revocation state)
{
    struct badge_hash digest = digest_of(i);
    assert_int_equal(store_revocation(store, &digest), state);
}

static struct store_revocations summary_of(struct store *store)
{
    struct store_revocations revocations;
    store_revocations(store, &revocations);
    return revocations;
}

static void move(struct store *store, uint32_t number, enum store_anchor_state state)
{
    struct store_set set;
    assert_true(store_set(store, number, &set));
    set.anchor.state = state;
    set.anchor.block_number = 77;
    set.anchor.block_time_s = NOW_S;
    assert_int_equal(store_anchor_move_work(store, store_set_id(number), &set.anchor, NULL), BADGE_OK);
}

static struct store_attempt attempt_of(uint64_t nonce, size_t raw_len)
{
    struct store_attempt attempt = {.from = operator_account, .nonce = nonce, .gas_limit = 7000000, .raw_len = raw_len};
    attempt.transaction = digest_of(nonce + 1000000);
    memset(attempt.raw, 0x5a, raw_len);
    return attempt;
}

static void requests_are_durable(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    assert_int_equal(summary_of(store).oldest_at_s, 0);
    expect_state(store, 1, STORE_REVOCATION_NONE);
    request(store, 0, 1000); /* four records */
    request(store, 990, 20); /* half of them again */
    for (int round = 0; round < 2; round++) {
        struct store_revocations revocations = summary_of(store);
        assert_int_equal(revocations.n_waiting, 1010);
        assert_int_equal(revocations.n_open, 1010);
        assert_int_equal(revocations.oldest_at_s, NOW_S);
        assert_int_equal(revocations.first_open, 0);
        expect_state(store, 0, STORE_REVOCATION_REQUESTED);
        expect_state(store, 1009, STORE_REVOCATION_REQUESTED);
        expect_state(store, 1010, STORE_REVOCATION_NONE);
        store = reopen(store);
    }
    store_close(store);
}

static void twice_in_one_request(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct badge_hash digest[] = {digest_of(1), digest_of(2), digest_of(1)};
    assert_int_equal(store_revoke_work(store, digest, 3, &no_why, NOW_S, NULL), BADGE_OK);
    assert_int_equal(store_revoke_work(store, digest, 0, &no_why, NOW_S, NULL), BADGE_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(summary_of(store).n_waiting, 2);
        store = reopen(store);
    }
    assert_int_equal(take(store, 10).n_digests, 2);
    store_close(store);
}

static void sets_are_the_oldest_in_order(void **state)
{
    (void)state;
    struct badge_hash digest[STORE_MAX_SET];
    struct store_set set;
    struct store *store = open_store(fixture_folder);
    assert_int_equal(store_revocations_take_work(store, 5, &set, NULL), BADGE_ENOTFOUND);
    request(store, 0, 300);
    assert_int_equal(take(store, STORE_MAX_SET).number, 1);
    request(store, 300, 10);
    assert_int_equal(take(store, 3).number, 2);
    for (int round = 0; round < 2; round++) {
        assert_true(store_set(store, 1, &set));
        assert_int_equal(set.n_digests, STORE_MAX_SET);
        assert_int_equal(set.anchor.state, STORE_ANCHOR_SEALED);
        assert_false(store_set(store, 3, &set));
        assert_false(store_set(store, 0, &set));
        assert_false(store_set(store, 0x80000001u, &set));
        assert_int_equal(store_set_digests(store, 2, digest, STORE_MAX_SET), 3);
        for (uint64_t i = 0; i < 3; i++) {
            struct badge_hash expected = digest_of(STORE_MAX_SET + i);
            assert_memory_equal(&digest[i], &expected, sizeof(expected));
        }
        assert_int_equal(summary_of(store).n_waiting, 310 - STORE_MAX_SET - 3);
        assert_int_equal(summary_of(store).first_open, 1);
        assert_int_equal(summary_of(store).last_number, 2);
        store = reopen(store);
    }
    store_close(store);
}

static void a_set_has_the_states_of_an_anchor(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct store_attempt attempt = attempt_of(4, STORE_MAX_RAW_LEN), *read = calloc(2, sizeof(*read));
    uint64_t nonce;
    submit_many(store, 0, 5, STORE_NEW);
    seal(store, 5);
    request(store, 0, 4);
    assert_int_equal(store_anchor_attempt_work(store, store_set_id(1), &attempt, NULL), BADGE_ENOTFOUND);
    take(store, 2);
    assert_int_equal(store_anchor_attempt_work(store, store_set_id(1), &attempt, NULL), BADGE_OK);
    assert_int_equal(store_attempts(store, store_batch_id(1), read, 2), 0); /* batch 1 has other attempts */
    store = reopen(store);
    assert_int_equal(store_attempts(store, store_set_id(1), read, 2), 1);
    assert_memory_equal(&read[0], &attempt, sizeof(attempt));
    assert_true(store_next_nonce(store, &operator_account, &nonce)); /* one count for both */
    assert_int_equal(nonce, 5);
    expect_state(store, 0, STORE_REVOCATION_REQUESTED);
    static const struct {
        enum store_anchor_state state;
        enum store_revocation shown;
    } way[] = {{STORE_ANCHOR_SENT, STORE_REVOCATION_SENT},   {STORE_ANCHOR_MINED, STORE_REVOCATION_MINED},
               {STORE_ANCHOR_SENT, STORE_REVOCATION_SENT},   {STORE_ANCHOR_SEALED, STORE_REVOCATION_REQUESTED},
               {STORE_ANCHOR_MINED, STORE_REVOCATION_MINED}, {STORE_ANCHOR_FINAL, STORE_REVOCATION_FINAL}};
    for (size_t i = 0; i < sizeof(way) / sizeof(*way); i++) {
        move(store, 1, way[i].state);
        store = reopen(store);
        expect_state(store, 1, way[i].shown);
        expect_state(store, 2, STORE_REVOCATION_REQUESTED);
        assert_int_equal(summary_of(store).n_open, way[i].state == STORE_ANCHOR_FINAL ? 2 : 4);
    }
    assert_int_equal(store_attempts(store, store_set_id(1), read, 2), 0);
    assert_int_equal(summary_of(store).first_open, 0);
    assert_int_equal(store_first_unfinal(store), 1); /* the batch is where it was */
    free(read);
    store_close(store);
}

static void sets_become_final_in_any_order(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    request(store, 0, 6);
    for (int i = 0; i < 3; i++)
        take(store, 2);
    move(store, 2, STORE_ANCHOR_FINAL);
    assert_int_equal(summary_of(store).first_open, 1);
    move(store, 1, STORE_ANCHOR_FINAL);
    store = reopen(store);
    assert_int_equal(summary_of(store).first_open, 3);
    assert_int_equal(summary_of(store).n_open, 2);
    store_close(store);
}

/* The chain was not read beyond its block, so the store assumes that it is still revoked; a new request is valid. */
static void a_final_revocation_can_be_requested_again(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    request(store, 7, 1);
    take(store, 1);
    move(store, 1, STORE_ANCHOR_FINAL);
    expect_state(store, 7, STORE_REVOCATION_FINAL);
    const struct store_change changes[] = {
        {.kind = STORE_CHANGE_REVOKED, .subject = digest_of(7), .at_s = NOW_S, .block_number = 77},
        {.kind = STORE_CHANGE_RESTORED, .subject = digest_of(7), .at_s = NOW_S, .block_number = 80}};
    assert_int_equal(store_chain_update_work(
                         store, &(struct store_chain_update){.final = changes, .n_final = 1, .through = 78}, NULL),
                     BADGE_OK);
    expect_state(store, 7, STORE_REVOCATION_FINAL);
    assert_int_equal(store_chain_update_work(
                         store, &(struct store_chain_update){.final = &changes[1], .n_final = 1, .through = 81}, NULL),
                     BADGE_OK);
    expect_state(store, 7, STORE_REVOCATION_NONE);
    request(store, 7, 1);
    expect_state(store, 7, STORE_REVOCATION_REQUESTED);
    store = reopen(store);
    expect_state(store, 7, STORE_REVOCATION_REQUESTED);
    assert_int_equal(summary_of(store).n_open, 1);
    assert_int_equal(take(store, 5).n_digests, 1);
    store_close(store);
}

/* The issuer can restore before finality, so revoking again must not wait for finality either. */
static void restored_before_it_is_final(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    request(store, 7, 1);
    take(store, 5);
    move(store, 1, STORE_ANCHOR_MINED);
    const struct store_change changes[] = {
        {.kind = STORE_CHANGE_REVOKED, .subject = digest_of(7), .at_s = NOW_S, .block_number = 77},
        {.kind = STORE_CHANGE_RESTORED, .subject = digest_of(7), .at_s = NOW_S + 12, .block_number = 78}};
    struct store_chain_update news = {.through = 60, .reached_head = true, .recent = changes, .n_recent = 1};
    assert_int_equal(store_chain_update_work(store, &news, NULL), BADGE_OK);
    expect_state(store, 7, STORE_REVOCATION_MINED);
    news.n_recent = 2;
    assert_int_equal(store_chain_update_work(store, &news, NULL), BADGE_OK);
    expect_state(store, 7, STORE_REVOCATION_NONE);
    request(store, 7, 1);
    request(store, 7, 1); /* once is enough */
    for (int round = 0; round < 2; round++) {
        expect_state(store, 7, STORE_REVOCATION_REQUESTED);
        assert_int_equal(summary_of(store).n_waiting, 1);
        store = reopen(store);
    }
    assert_int_equal(take(store, 5).n_digests, 1);
    move(store, 1, STORE_ANCHOR_FINAL);
    expect_state(store, 7, STORE_REVOCATION_REQUESTED);
    move(store, 2, STORE_ANCHOR_FINAL);
    expect_state(store, 7, STORE_REVOCATION_FINAL);
    assert_int_equal(summary_of(store).n_open, 0);
    store_close(store);
}

/* A follower that skipped the events of that time knows nothing; that does not count as a restore. */
static void skipped_events_restore_nothing(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    request(store, 7, 1);
    take(store, 5);
    move(store, 1, STORE_ANCHOR_FINAL);
    const struct store_chain_update news = {.through = 100, .reached_head = true};
    assert_int_equal(store_chain_update_work(store, &news, NULL), BADGE_OK);
    expect_state(store, 7, STORE_REVOCATION_FINAL);
    store_close(store);
}

static void restore(struct store *store, const uint64_t restored[], size_t n, int64_t at_s)
{
    struct store_change changes[8];
    for (size_t i = 0; i < n; i++)
        changes[i] = (struct store_change){
            .kind = STORE_CHANGE_RESTORED, .subject = digest_of(restored[i]), .at_s = at_s, .block_number = 90};
    const struct store_chain_update news = {.through = 60, .reached_head = true, .recent = changes, .n_recent = n};
    assert_int_equal(store_chain_update_work(store, &news, NULL), BADGE_OK);
}

static struct store_set prune(struct store *store, uint32_t number)
{
    struct store_set set;
    struct badge_err err = {.text = ""};
    if (store_revocations_prune_work(store, number, &set, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    return set;
}

/* A backup holds requests that were mined long ago and then undone by the issuer, whose restore is later. */
static void what_the_issuer_restored_since_is_dropped(void **state)
{
    (void)state;
    struct store_set set;
    struct badge_hash digest[8];
    struct store *store = open_store(fixture_folder);
    request(store, 0, 5);
    take(store, 4);
    assert_true(store_set(store, 1, &set));
    assert_false(set.is_unseen); /* requested in this run */
    store = reopen(store);
    request(store, 5, 1);
    take(store, 1);
    take(store, 1);
    for (uint32_t number = 1; number <= 3; number++) {
        assert_true(store_set(store, number, &set));
        assert_int_equal(set.is_unseen, number < 3);
    }
    restore(store, (uint64_t[]){0, 2, 5}, 3, NOW_S + 1);
    assert_true(store_set(store, 1, &set));
    assert_false(set.is_unseen);
    assert_int_equal(prune(store, 1).n_digests, 2);
    assert_int_equal(prune(store, 1).n_digests, 2); /* once */
    assert_int_equal(prune(store, 2).n_digests, 1);
    set = prune(store, 3);
    assert_int_equal(set.n_digests, 0);
    assert_int_equal(set.anchor.state, STORE_ANCHOR_SPOILED);
    for (int round = 0; round < 2; round++) {
        static const enum store_revocation now[] = {0, 1, 0, 1, 1, 0};
        for (uint64_t i = 0; i < 6; i++)
            expect_state(store, i, now[i]);
        assert_int_equal(store_set_digests(store, 1, digest, 8), 2);
        const struct badge_hash left[] = {digest_of(1), digest_of(3)};
        assert_memory_equal(digest, left, sizeof(left));
        assert_int_equal(summary_of(store).first_open, 1);
        assert_int_equal(summary_of(store).n_open,
                         6); /* includes what was dropped, until the sets before it are final */
        assert_int_equal(summary_of(store).oldest_at_s, NOW_S);
        store = reopen(store);
    }
    const struct store_attempt attempt = attempt_of(0, 200);
    assert_int_equal(store_anchor_attempt_work(store, store_set_id(1), &attempt, NULL), BADGE_OK);
    restore(store, (uint64_t[]){1}, 1, NOW_S + 1);
    assert_int_equal(store_revocations_prune_work(store, 1, &set, NULL),
                     BADGE_ENOTFOUND); /* a signed set is not changed */
    assert_true(store_has_attempt(store, store_set_id(1), &operator_account, 0));
    assert_false(store_has_attempt(store, store_set_id(1), &operator_account, 1));
    assert_false(store_has_attempt(store, store_set_id(1), &(struct badge_address){{0x0c}}, 0));
    move(store, 1, STORE_ANCHOR_FINAL);
    move(store, 2, STORE_ANCHOR_FINAL);
    assert_int_equal(summary_of(store).n_open, 0);
    store_close(store);
}

/* A request made after a known restore is sent, even if the chain's clock is ahead of ours. */
static void a_request_after_the_restoration_is_sent(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    restore(store, (uint64_t[]){3}, 1, NOW_S + 1000);
    request(store, 3, 1);
    take(store, 5);
    assert_int_equal(prune(store, 1).n_digests, 1);
    store_close(store);
}

/* Also if an earlier request is still waiting, whether the restore was known by then or not. */
static void a_repeated_request_is_later(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    request(store, 0, 4);
    take(store, 3);
    restore(store, (uint64_t[]){0, 2, 3}, 3, NOW_S + 2);
    request_at(store, 0, 1, NOW_S + 3);
    request_at(store, 3, 1, NOW_S + 3);
    assert_int_equal(summary_of(store).n_open, 4);
    store = reopen(store);
    request_at(store, 1, 1, NOW_S + 3);
    restore(store, (uint64_t[]){0, 1, 2, 3}, 4, NOW_S + 2);
    take(store, 3);
    assert_int_equal(prune(store, 1).n_digests, 2);
    assert_int_equal(prune(store, 2).n_digests, 1);
    assert_int_equal(summary_of(store).oldest_at_s, NOW_S); /* it has waited since */
    for (uint64_t i = 0; i < 4; i++)
        expect_state(store, i, i == 2 ? STORE_REVOCATION_NONE : STORE_REVOCATION_REQUESTED);
    store_close(store);
}

static void no_more_than_max_pending(void **state)
{
    (void)state;
    struct store *store;
    struct store_options options = fixture_options(fixture_folder);
    struct badge_hash digest[] = {digest_of(1), digest_of(2), digest_of(3), digest_of(4)};
    options.max_pending = 3;
    assert_int_equal(store_open(&store, &options, NULL), BADGE_OK);
    assert_int_equal(store_revoke_work(store, digest, 4, &no_why, NOW_S, NULL), BADGE_ELIMIT);
    assert_int_equal(summary_of(store).n_open, 0);
    assert_int_equal(store_revoke_work(store, digest, 3, &no_why, NOW_S, NULL), BADGE_OK);
    assert_int_equal(store_revoke_work(store, &digest[3], 1, &no_why, NOW_S, NULL), BADGE_ELIMIT);
    take(store, 3);
    move(store, 1, STORE_ANCHOR_FINAL);
    assert_int_equal(store_revoke_work(store, &digest[3], 1, &no_why, NOW_S, NULL), BADGE_OK);
    store_close(store);
}

static void request_why(struct store *store, uint64_t first, size_t n, enum badge_reason reason, const char *note)
{
    struct badge_hash digest[8];
    const struct store_why why = {reason, {note, strlen(note)}};
    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++)
        digest[i] = digest_of(first + i);
    assert_int_equal(store_revoke_work(store, digest, n, &why, NOW_S, NULL), BADGE_OK);
}

static void expect_why(struct store *store, uint64_t i, enum badge_reason reason, const char *note)
{
    struct badge_hash digest = digest_of(i);
    struct store_why why;
    assert_true(store_revocation_why(store, &digest, &why));
    assert_int_equal(why.reason, reason);
    assert_int_equal(why.note.len, strlen(note));
    assert_true(why.note.len == 0 || memcmp(why.note.bytes, note, why.note.len) == 0);
}

/* One transaction states one reason, so a set ends where the reason changes; the order stays. */
static void a_set_has_one_reason(void **state)
{
    (void)state;
    static const struct {
        uint32_t n;
        enum badge_reason reason;
    } expected[] = {
        {2, BADGE_REASON_UNSPECIFIED}, {3, BADGE_REASON_ERROR}, {4, BADGE_REASON_ERROR}, {1, BADGE_REASON_UNSPECIFIED}};
    struct store *store = open_store(fixture_folder);
    request(store, 0, 2);
    request_why(store, 2, 3, BADGE_REASON_ERROR, "");
    request_why(store, 5, 4, BADGE_REASON_ERROR, "wrong year");
    request(store, 9, 1);
    store = reopen(store);
    for (uint32_t i = 0; i < 4; i++) {
        struct store_set set = take(store, i == 1 ? 3 : STORE_MAX_SET);
        assert_true(set.n_digests == expected[i].n && set.reason == expected[i].reason);
    }
    assert_int_equal(summary_of(store).n_waiting, 0);
    store = reopen(store);
    for (uint32_t i = 0; i < 4; i++) {
        struct store_set set;
        assert_true(store_set(store, i + 1, &set));
        assert_true(set.n_digests == expected[i].n && set.reason == expected[i].reason);
    }
    expect_why(store, 1, BADGE_REASON_UNSPECIFIED, "");
    expect_why(store, 4, BADGE_REASON_ERROR, "");
    expect_why(store, 8, BADGE_REASON_ERROR, "wrong year");
    store_close(store);
}

/* As the contract keeps the first revocation, an open request keeps its reason and note. */
static void a_repeated_request_keeps_its_reason(void **state)
{
    (void)state;
    char longest[STORE_MAX_NOTE + 1];
    struct badge_hash unknown = digest_of(9);
    struct store_why why;
    memset(longest, 'n', STORE_MAX_NOTE);
    longest[STORE_MAX_NOTE] = '\0';
    struct store *store = open_store(fixture_folder);
    request_why(store, 0, 1, BADGE_REASON_HOLDER, longest);
    request_why(store, 0, 2, BADGE_REASON_ERROR, "later");
    for (int round = 0; round < 2; round++) {
        expect_why(store, 0, BADGE_REASON_HOLDER, longest);
        expect_why(store, 1, BADGE_REASON_ERROR, "later");
        assert_false(store_revocation_why(store, &unknown, &why));
        store = reopen(store);
    }
    (void)take(store, 1);
    move(store, 1, STORE_ANCHOR_FINAL);
    request_why(store, 0, 1, BADGE_REASON_ERROR, ""); /* a new request, after the issuer has restored it */
    expect_why(store, 0, BADGE_REASON_ERROR, "");
    store_close(store);
}

/* Requests of an older version, which had neither. */
static void requests_without_a_reason(void **state)
{
    (void)state;
    struct store_options options = fixture_options(fixture_folder);
    struct badge_hash digest = digest_of(3);
    uint8_t framed[RECORD_HEAD_LEN + 64], payload[64];
    struct anchors_record record = {.type = ANCHORS_REVOKE,
                                    .revoke = {.at_s = NOW_S, .n_digests = 1, .digests = digest.b}};
    struct anchors anchors;
    size_t len = record_frame(framed, payload, anchors_record_encode(payload, &record));
    store_close(open_store(fixture_folder));
    anchors_init(&anchors);
    assert_int_equal(anchors_open(&anchors, &options, NULL), BADGE_OK);
    assert_int_equal(record_file_append(&anchors.file, framed, len, NULL), BADGE_OK);
    anchors_close(&anchors);
    struct store *store = open_store(fixture_folder);
    expect_why(store, 3, BADGE_REASON_UNSPECIFIED, "");
    struct store_set set = take(store, 5);
    assert_true(set.n_digests == 1 && set.reason == BADGE_REASON_UNSPECIFIED);
    store_close(store);
}

static void *ask_meanwhile(void *context)
{
    struct store *store = context;
    struct badge_hash last = digest_of(20000 - 1);
    for (uint64_t i = 0; store_revocation(store, &last) == STORE_REVOCATION_NONE; i++) {
        struct badge_hash first = digest_of(i % 100);
        if (store_revocation(store, &first) != STORE_REVOCATION_REQUESTED)
            return store;
    }
    return NULL;
}

/* The table grows and is swapped while threads read it. */
static void reads_during_growth(void **state)
{
    (void)state;
    pthread_t reader;
    void *wrong = NULL;
    struct store *store = open_store(fixture_folder);
    request(store, 0, 100);
    assert_int_equal(pthread_create(&reader, NULL, ask_meanwhile, store), 0);
    for (uint64_t i = 100; i < 20000; i += 100)
        request(store, i, 100);
    assert_int_equal(pthread_join(reader, &wrong), 0);
    assert_null(wrong);
    store_close(store);
}

static void what_is_known(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    struct badge_hash sealed = digest_of(0), pending = digest_of(5), unknown = digest_of(9);
    submit_many(store, 0, 5, STORE_NEW);
    seal(store, 5);
    submit_many(store, 5, 1, STORE_NEW);
    assert_int_equal(store_knows_work(store, &sealed, NULL), BADGE_OK);
    assert_int_equal(store_knows_work(store, &pending, NULL), BADGE_OK);
    assert_int_equal(store_knows_work(store, &unknown, NULL), BADGE_ENOTFOUND);
    store_close(store);
}

static void records_of_every_kind(void **state)
{
    (void)state;
    uint8_t bytes[ANCHORS_MAX_PAYLOAD], digests[64];
    memset(digests, 0x77, sizeof(digests));
    struct anchors_record out,
        record = {.type = ANCHORS_REVOKE, .revoke = {.at_s = NOW_S, .n_digests = 2, .digests = digests}};
    size_t len = anchors_record_encode(bytes, &record);
    assert_int_equal(len, 1 + 4 + 8 + 64);
    assert_true(anchors_record_decode(&out, bytes, len));
    assert_int_equal(out.revoke.n_digests, 2);
    assert_true(out.revoke.at_s == NOW_S);
    assert_memory_equal(out.revoke.digests, digests, sizeof(digests));
    for (size_t cut = 0; cut < len; cut++)
        assert_false(anchors_record_decode(&out, bytes, cut));
    assert_false(anchors_record_decode(&out, bytes, len + 1));
    bytes[1] = 0; /* without a digest */
    assert_false(anchors_record_decode(&out, bytes, 13));

    record.type = ANCHORS_REVOKE_WHY;
    record.revoke.why = (struct store_why){BADGE_REASON_UNMET, {"note", 4}};
    len = anchors_record_encode(bytes, &record);
    assert_int_equal(len, 1 + 4 + 8 + 1 + 2 + 64 + 4);
    assert_true(anchors_record_decode(&out, bytes, len));
    assert_int_equal(out.revoke.why.reason, BADGE_REASON_UNMET);
    assert_true(out.revoke.why.note.len == 4 && memcmp(out.revoke.why.note.bytes, "note", 4) == 0);
    assert_memory_equal(out.revoke.digests, digests, sizeof(digests));
    for (size_t cut = 0; cut < len; cut++)
        assert_false(anchors_record_decode(&out, bytes, cut));
    assert_false(anchors_record_decode(&out, bytes, len + 1));

    record = (struct anchors_record){.type = ANCHORS_TAKE_SET, .job = store_set_id(9), .taken_set = {NOW_S, 256}};
    len = anchors_record_encode(bytes, &record);
    assert_int_equal(len, 1 + 4 + 8 + 4);
    assert_true(anchors_record_decode(&out, bytes, len));
    assert_int_equal(bytes[4], 0x80); /* the top bit marks a set */
    assert_int_equal(out.job.kind, STORE_JOB_SET);
    assert_int_equal(out.job.number, 9);
    assert_int_equal(out.taken_set.n_digests, 256);
    assert_false(anchors_record_decode(&out, bytes, len + 1));
    assert_false(anchors_record_decode(&out, bytes, len - 1));
    bytes[13]++; /* more than a set has */
    assert_false(anchors_record_decode(&out, bytes, len));

    record = (struct anchors_record){.type = ANCHORS_DROP, .job = store_set_id(9), .dropped = {{[31] = 0x80}}};
    len = anchors_record_encode(bytes, &record);
    assert_int_equal(len, 1 + 4 + 32);
    assert_true(anchors_record_decode(&out, bytes, len));
    assert_int_equal(out.dropped.bits[31], 0x80);
    assert_false(anchors_record_decode(&out, bytes, len + 1));
    assert_false(anchors_record_decode(&out, bytes, len - 1));
}

int main(void)
{
#define TEST(f) STORE_TEST(f)
    const struct CMUnitTest tests[] = {
        TEST(requests_are_durable),
        TEST(twice_in_one_request),
        TEST(sets_are_the_oldest_in_order),
        TEST(a_set_has_the_states_of_an_anchor),
        TEST(sets_become_final_in_any_order),
        TEST(a_final_revocation_can_be_requested_again),
        TEST(restored_before_it_is_final),
        TEST(skipped_events_restore_nothing),
        TEST(what_the_issuer_restored_since_is_dropped),
        TEST(a_request_after_the_restoration_is_sent),
        TEST(a_repeated_request_is_later),
        TEST(no_more_than_max_pending),
        TEST(a_set_has_one_reason),
        TEST(a_repeated_request_keeps_its_reason),
        TEST(requests_without_a_reason),
        TEST(reads_during_growth),
        TEST(what_is_known),
        TEST(records_of_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
