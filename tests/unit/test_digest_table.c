/*
 * The hash table of the store's digests, held against plain arrays: numbers, growth, removal from both ends.
 */
#include "support/test.h"

#include <pthread.h>
#include <string.h>

#include "store/digest_table.h"

struct entry {
    struct badge_hash digest;
    uint64_t value;
};

static struct badge_hash digest_of(uint64_t value)
{
    struct badge_hash out;
    badge_sha256(&out, &value, sizeof value);
    return out;
}

static void push(struct digest_table *table, uint64_t value)
{
    const struct entry entry = {digest_of(value), value};
    assert_int_equal(digest_table_reserve(table, sizeof entry, 1, NULL, NULL), BADGE_OK);
    digest_table_push(table, &entry);
}

static void assert_found(const struct digest_table *table, uint64_t value, uint64_t number)
{
    const struct badge_hash digest = digest_of(value);
    const struct entry *entry = digest_table_find(table, &digest);
    assert_non_null(entry);
    assert_true(entry->value == value && badge_hash_compare(&entry->digest, &digest) == 0);
    assert_true(digest_table_number(table, entry) == number);
    assert_ptr_equal(digest_table_at(table, number), entry);
}

static void assert_missing(const struct digest_table *table, uint64_t value)
{
    const struct badge_hash digest = digest_of(value);
    assert_null(digest_table_find(table, &digest));
}

static void an_empty_table_finds_nothing(void **state)
{
    (void)state;
    struct digest_table table = {0};
    assert_missing(&table, 0);
    push(&table, 0);
    digest_table_drop_first(&table);
    assert_missing(&table, 0);
    digest_table_release(&table);
    assert_missing(&table, 0);
    push(&table, 0);
    assert_found(&table, 0, 0);
    digest_table_release(&table);
}

/* The value of an entry is its number here. Sizes swing between 0 and some hundreds, so the ring wraps and grows. */
static void entries_are_found_until_they_are_dropped_from_either_end(void **state)
{
    (void)state;
    const uint64_t start = (UINT64_C(1) << 40) - 100;
    struct digest_table table = {.first = start, .end = start};
    uint32_t random = 1;
    for (int round = 0; round < 60; round++) {
        random = random * 1664525 + 1013904223;
        size_t n_new = (random >> 16) % 200, n_first = (random >> 8) % 150, n_last = random >> 24 & 63;
        if (round % 20 == 19)
            n_first = SIZE_MAX; /* all */
        uint64_t old_first = table.first;
        for (size_t i = 0; i < n_new; i++)
            push(&table, table.end);
        uint64_t old_end = table.end;
        for (size_t i = 0; i < n_last && table.first < table.end; i++)
            digest_table_drop_last(&table);
        for (size_t i = 0; i < n_first && table.first < table.end; i++)
            digest_table_drop_first(&table);
        assert_true(digest_table_count(&table) == table.end - table.first);
        for (uint64_t number = old_first; number < old_end; number++)
            if (number >= table.first && number < table.end)
                assert_found(&table, number, number);
            else
                assert_missing(&table, number);
    }
    digest_table_release(&table);
}

static void of_equal_digests_the_latest_is_found(void **state)
{
    (void)state;
    struct digest_table table = {0};
    for (uint64_t number = 0; number < 1000; number++) {
        push(&table, number % 7);
        for (uint64_t value = 0; value < 7 && value <= number; value++)
            assert_found(&table, value, number - (number - value) % 7);
    }
    digest_table_release(&table);
}

static void room_is_made_at_once_and_readers_lock_is_left(void **state)
{
    (void)state;
    struct digest_table table = {0};
    pthread_mutex_t readers = PTHREAD_MUTEX_INITIALIZER;
    push(&table, 0);
    assert_int_equal(digest_table_reserve(&table, sizeof(struct entry), 5000, &readers, NULL), BADGE_OK);
    assert_int_equal(pthread_mutex_trylock(&readers), 0);
    const uint8_t *entries = table.entries;
    for (uint64_t number = 1; number <= 5000; number++)
        push(&table, number);
    assert_ptr_equal(table.entries, entries);
    for (uint64_t number = 0; number <= 5000; number++)
        assert_found(&table, number, number);
    pthread_mutex_unlock(&readers);
    digest_table_release(&table);
}

static void a_failed_reservation_changes_nothing(void **state)
{
    (void)state;
    struct digest_table table = {0};
    push(&table, 0);
    assert_int_equal(digest_table_reserve(&table, sizeof(struct entry), (size_t)1 << 30, NULL, NULL), BADGE_ENOMEM);
    assert_int_equal(digest_table_reserve(&table, sizeof(struct entry), SIZE_MAX, NULL, NULL), BADGE_ENOMEM);
    assert_found(&table, 0, 0);
    digest_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_finds_nothing),
        cmocka_unit_test(entries_are_found_until_they_are_dropped_from_either_end),
        cmocka_unit_test(of_equal_digests_the_latest_is_found),
        cmocka_unit_test(room_is_made_at_once_and_readers_lock_is_left),
        cmocka_unit_test(a_failed_reservation_changes_nothing),
    };
    return cmocka_run_group_tests_name("digest_table", tests, NULL, NULL);
}
