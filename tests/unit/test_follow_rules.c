/*
 * The follower's decisions in tables, without a loop: how a round goes on, which range is next, what the answers of the
 * quorum mean; and that each change of the registry is reported once.
 */
#include "support/test.h"

#include <string.h>

#include "core/compiler.h"
#include "follow/decide.h"
#include "follow/recent.h"

static void how_a_round_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        struct follow_position at; /* stored, scanned, final, head */
        enum follow_way way;
    } cases[] = {
        {"the first round after the start", {10, 10, 10, 10}, WAY_READ_AGAIN},
        {"nothing is above the last stored block", {10, 10, 10, 20}, WAY_READ_AGAIN},
        {"the head is a block further", {10, 20, 10, 21}, WAY_CHECK_BLOCK},
        {"the head was replaced", {10, 20, 10, 20}, WAY_CHECK_BLOCK},
        {"blocks have become final", {10, 20, 12, 22}, WAY_READ_AGAIN},
        {"the head is a few blocks behind", {10, 20, 10, 15}, WAY_WAIT},
        {"the head is a few blocks behind a final one", {20, 20, 20, 15}, WAY_WAIT},
        {"the head is far behind", {10, 20, 10, 14}, WAY_REORGANIZED},
        {"the head is far behind a final block", {20, 20, 20, 14}, WAY_BEHIND},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (follow_way(&cases[i].at) != cases[i].way)
            fail_msg("%s: %d", cases[i].when, (int)follow_way(&cases[i].at));
}

static void the_next_range(void **state)
{
    (void)state;
    static const struct {
        struct follow_position at; /* stored, scanned, final, head */
        uint64_t span, end;
    } cases[] = {
        {{0, 0, 90, 100}, 10000, 90}, /* final blocks first */
        {{0, 0, 90, 100}, 40, 40},
        {{40, 40, 90, 100}, 50, 90},
        {{90, 90, 90, 100}, 50, 100}, /* then up to the head */
        {{90, 90, 90, 100}, 5, 95},
        {{90, 99, 90, 100}, 1, 100},
        {{0, 0, UINT64_MAX, UINT64_MAX}, 10000, 10000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(follow_range_end(&cases[i].at, cases[i].span), cases[i].end);
}

static void ranges_grow_again_after_many_successes(void **state)
{
    (void)state;
    assert_int_equal(follow_span_after(100, 1), 100);
    assert_int_equal(follow_span_after(100, 31), 100);
    assert_int_equal(follow_span_after(100, 32), 200);
    assert_int_equal(follow_span_after(200, 33), 200);
    assert_int_equal(follow_span_after(200, 64), 400);
    assert_int_equal(follow_span_after(6000, 96), SPAN_MAX_BLOCKS);
    assert_int_equal(follow_span_after(SPAN_MAX_BLOCKS, 128), SPAN_MAX_BLOCKS);
}

static void what_the_answers_of_the_quorum_mean(void **state)
{
    (void)state;
    static const struct {
        size_t n_answered, n_differ, n_refused, n_failed, n_limited;
        uint64_t n_blocks;
        enum scan_outcome outcome;
    } cases[] = {
        {2, 0, 0, 0, 0, 10000, SCAN_DONE},    {2, 1, 0, 0, 0, 1, SCAN_DIFFERS},
        {2, 1, 1, 1, 1, 10000, SCAN_DIFFERS}, {1, 0, 0, 1, 0, 10000, SCAN_DONE}, /* the other does not answer */
        {1, 0, 1, 0, 0, 65, SCAN_REFUSED}, /* the other may answer for a smaller range */
        {1, 0, 1, 0, 0, 64, SCAN_DONE},    /* the other does not have the events */
        {1, 0, 0, 1, 1, 65, SCAN_REFUSED}, /* the other may mean "limit exceeded" */
        {1, 0, 0, 1, 1, 64, SCAN_DONE},    /* it does not */
        {0, 0, 2, 0, 0, 1, SCAN_REFUSED},  /* pruned, if newer ones are there */
        {0, 0, 1, 1, 0, 1, SCAN_REFUSED},  /* the one that does not answer may be down for long */
        {0, 0, 0, 2, 2, 2, SCAN_REFUSED},  /* a smaller range may be within the limit */
        {0, 0, 0, 2, 2, 1, SCAN_FAILED},   /* but not a smaller one than one block */
        {0, 0, 0, 2, 0, 10000, SCAN_FAILED},  {0, 0, 0, 0, 0, 10000, SCAN_UNASKED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct quorum quorum = {.n_answered = cases[i].n_answered,
                                      .n_differ = cases[i].n_differ,
                                      .n_refused = cases[i].n_refused,
                                      .n_failed = cases[i].n_failed,
                                      .n_limited = cases[i].n_limited};
        if (quorum_scan_outcome(&quorum, cases[i].n_blocks) != cases[i].outcome)
            fail_msg("case %zu: %d", i, (int)quorum_scan_outcome(&quorum, cases[i].n_blocks));
    }
}

static void an_unconfirmed_withdrawal_is_not_final(void **state)
{
    (void)state;
    const struct follow_position at = {.stored = 10, .scanned = 20, .final = 15, .head = 20};
    assert_int_equal(follow_final_through(&at, 0), 15);
    assert_int_equal(follow_final_through(&at, 18), 15);
    assert_int_equal(follow_final_through(&at, 16), 15);
    assert_int_equal(follow_final_through(&at, 15), 14);
    assert_int_equal(follow_final_through(&at, 12), 11);
    const struct follow_position reading = {.stored = 10, .scanned = 12, .final = 15, .head = 20};
    assert_int_equal(follow_final_through(&reading, 0), 12);
}

/* -- reports ------------------------------------------------------------------------------------------------------- */

#define MAX_REPORTS 16

static struct {
    struct store_change change[MAX_REPORTS];
    bool undone[MAX_REPORTS];
    size_t n;
} reports;

static void on_change(void *context, const struct store_change *change, bool undone)
{
    (void)context;
    assert_true(reports.n < MAX_REPORTS);
    reports.change[reports.n] = *change;
    reports.undone[reports.n++] = undone;
}

static int forget_reports(void **state)
{
    (void)state;
    memset(&reports, 0, sizeof reports);
    return 0;
}

static struct registry_event event_of(enum registry_event_kind kind, uint8_t subject, uint64_t block_number)
{
    return (struct registry_event){
        .kind = kind, .subject = {{subject}}, .account = {{9}}, .block_number = block_number, .time_s = 1000};
}

static void add(struct recent *recent, enum registry_event_kind kind, uint8_t subject, uint64_t block_number)
{
    struct registry_event event = event_of(kind, subject, block_number);
    const struct registry_events events = {.event = &event, .n = 1};
    assert_true(recent_add(recent, &events, true));
}

static void events_become_changes(void **state)
{
    (void)state;
    struct recent recent = {.issuer = {{7}}};
    struct registry_event event[] = {
        event_of(REGISTRY_EVENT_WITHDRAWN, 1, 5), event_of(REGISTRY_EVENT_REVOKED, 2, 6),
        event_of(REGISTRY_EVENT_RESTORED, 2, 7),  event_of(REGISTRY_EVENT_OPERATOR, 0, 8),
        event_of(REGISTRY_EVENT_OPERATOR, 0, 9),
    };
    event[3].allowed = true;
    static const struct {
        enum store_change_kind kind;
        uint8_t account; /* 7: the issuer, who alone withdraws and restores */
    } expected[] = {{STORE_CHANGE_WITHDRAWN, 7},
                    {STORE_CHANGE_REVOKED, 9},
                    {STORE_CHANGE_RESTORED, 7},
                    {STORE_CHANGE_APPOINTED, 9},
                    {STORE_CHANGE_REMOVED, 9}};
    const struct registry_events events = {.event = event, .n = ARRAY_LEN(event)};
    assert_true(recent_add(&recent, &events, true));
    assert_int_equal(recent.changes.n, ARRAY_LEN(event));
    for (size_t i = 0; i < ARRAY_LEN(event); i++) {
        const struct store_change *change = &recent.changes.change[i];
        assert_int_equal(change->kind, expected[i].kind);
        assert_int_equal(change->account.b[0], expected[i].account);
        assert_int_equal(change->subject.b[0], event[i].subject.b[0]);
        assert_int_equal(change->block_number, 5 + i);
        assert_int_equal(change->at_s, 1000);
    }
    assert_int_equal(recent.first_unconfirmed_withdrawal, 0);
    assert_true(recent_add(&recent, &events, false));
    assert_int_equal(recent.first_unconfirmed_withdrawal, 5);
    recent_release(&recent);
}

static void each_change_is_reported_once(void **state)
{
    (void)state;
    struct recent recent = {.on_change = on_change};
    add(&recent, REGISTRY_EVENT_REVOKED, 1, 5);
    recent_report(&recent, false, true); /* the first sync */
    assert_int_equal(reports.n, 0);
    add(&recent, REGISTRY_EVENT_REVOKED, 2, 6);
    recent_report(&recent, true, true);
    recent_report(&recent, true, true);
    assert_int_equal(reports.n, 1);
    assert_int_equal(reports.change[0].subject.b[0], 2);
    assert_false(reports.undone[0]);
    recent_remove(&recent, 1);
    assert_int_equal(recent.changes.n, 1);
    assert_int_equal(recent.changes.change[0].subject.b[0], 2);
    recent_report(&recent, true, true);
    assert_int_equal(reports.n, 1);
    recent_release(&recent);
}

static void a_change_that_is_found_again_is_not_reported_again(void **state)
{
    (void)state;
    struct recent recent = {.on_change = on_change};
    for (uint8_t subject = 1; subject <= 3; subject++)
        add(&recent, REGISTRY_EVENT_REVOKED, subject, 5);
    add(&recent, REGISTRY_EVENT_RESTORED, 1, 5);
    add(&recent, REGISTRY_EVENT_REVOKED, 1, 5);
    recent_report(&recent, true, true);
    assert_int_equal(reports.n, 5);
    recent_drop(&recent);
    assert_int_equal(recent.changes.n, 0);
    add(&recent, REGISTRY_EVENT_REVOKED, 1, 6); /* in another block, and once only */
    add(&recent, REGISTRY_EVENT_REVOKED, 3, 6);
    recent_report(&recent, true, false);
    assert_int_equal(reports.n, 5); /* what is missing may still be found */
    recent_report(&recent, true, true);
    assert_int_equal(reports.n, 8);
    size_t n_of_subject[4] = {0};
    for (size_t i = 5; i < reports.n; i++) {
        assert_true(reports.undone[i]);
        n_of_subject[reports.change[i].subject.b[0]]++;
    }
    assert_int_equal(n_of_subject[1], 2); /* the restore, and the second revocation */
    assert_int_equal(n_of_subject[2], 1);
    recent_report(&recent, true, true);
    assert_int_equal(reports.n, 8);
    recent_release(&recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_a_round_goes_on),
        cmocka_unit_test(the_next_range),
        cmocka_unit_test(ranges_grow_again_after_many_successes),
        cmocka_unit_test(what_the_answers_of_the_quorum_mean),
        cmocka_unit_test(an_unconfirmed_withdrawal_is_not_final),
        cmocka_unit_test(events_become_changes),
        cmocka_unit_test_setup(each_change_is_reported_once, forget_reports),
        cmocka_unit_test_setup(a_change_that_is_found_again_is_not_reported_again, forget_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
