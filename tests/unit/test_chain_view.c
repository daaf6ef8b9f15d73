/*
 * What several providers agree on: a fact that differs is unknown, except for an anchor that one provider does not have
 * because it lags.
 */
#include "support/test.h"

#include <stdlib.h>

#include "badge/chain_query.h"

#define RECORDED 100 /* the block of the anchor */

/* An honest provider whose latest and final blocks have these heights. */
static struct badge_chain_view provider_at(uint64_t latest, uint64_t final)
{
    const struct badge_anchor_fact there = {
        .fact.known = true, .sequence = 3, .tree_size = 8, .block_number = RECORDED, .time_s = 1000};
    const struct badge_anchor_fact absent = {.fact.known = true};
    return (struct badge_chain_view){
        .chain.known = true,
        .code.known = true,
        .chain_id = 1,
        .anchor_final = final >= RECORDED ? there : absent,
        .anchor_latest = latest >= RECORDED ? there : absent,
        .final_height = final,
        .latest_height = latest,
        .withdrawn.known = true,
        .revoked.known = true,
        .accreditation[0] = {.fact.known = true, .since_s = 5},
    };
}

static struct badge_chain_view agreed(struct badge_chain_view a, struct badge_chain_view b)
{
    badge_chain_view_merge(&a, &b, 1, "b");
    return a;
}

static void test_alike(void **state)
{
    (void)state;
    struct badge_chain_view all = agreed(provider_at(200, 150), provider_at(201, 151));
    assert_true(all.chain.known && all.code.known && all.withdrawn.known && all.revoked.known);
    assert_true(all.anchor_final.fact.known && all.anchor_latest.fact.known && all.accreditation[0].fact.known);
    assert_int_equal(all.anchor_final.tree_size, 8);
}

/* In any order: final is what both have as final, latest is what one of them has. */
static void test_some_blocks_apart(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        struct badge_chain_view ahead = provider_at(101, 100), behind = provider_at(99, 98);
        struct badge_chain_view all = swapped ? agreed(behind, ahead) : agreed(ahead, behind);
        assert_true(all.anchor_final.fact.known && all.anchor_latest.fact.known);
        assert_int_equal(all.anchor_final.tree_size, 0);
        assert_int_equal(all.anchor_latest.tree_size, 8);
    }
}

/* No record in a block in which the other found one: one of them lies or is on a fork. */
static void test_no_record_where_there_is_one(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        struct badge_chain_view honest = provider_at(120, 110), other = provider_at(120, 110);
        other.anchor_final = other.anchor_latest = (struct badge_anchor_fact){.fact.known = true};
        struct badge_chain_view all = swapped ? agreed(other, honest) : agreed(honest, other);
        assert_false(all.anchor_final.fact.known);
        assert_false(all.anchor_latest.fact.known);
    }
    /* A third one that lags far behind does not hide that. */
    struct badge_chain_view other = provider_at(120, 110);
    other.anchor_latest = (struct badge_anchor_fact){.fact.known = true};
    struct badge_chain_view all = agreed(agreed(other, provider_at(50, 40)), provider_at(120, 110));
    assert_false(all.anchor_latest.fact.known);
}

static void test_differences(void **state)
{
    (void)state;
    struct badge_chain_view a = provider_at(200, 150), b = provider_at(200, 150);
    b.chain_id = 2;
    b.code_hash.b[0] = 1;
    b.anchor_final.tree_size = b.anchor_latest.tree_size = 9;
    b.withdrawn_time_s = b.revocation.time_s = 7;
    b.accreditation[0].until_s = 9;
    struct badge_chain_view all = agreed(a, b);
    assert_false(all.chain.known || all.code.known || all.withdrawn.known || all.revoked.known);
    assert_false(all.anchor_final.fact.known || all.anchor_latest.fact.known || all.accreditation[0].fact.known);
}

static void test_reasons_differ(void **state)
{
    (void)state;
    struct badge_chain_view a = provider_at(200, 150), b = provider_at(200, 150);
    a.revocation = (struct badge_revocation){7, BADGE_REASON_ERROR};
    b.revocation = a.revocation;
    assert_int_equal(agreed(a, b).revocation.reason, BADGE_REASON_ERROR);
    b.revocation.reason = BADGE_REASON_HOLDER;
    assert_false(agreed(a, b).revoked.known);
}

static void test_one_does_not_know(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        struct badge_chain_view a = provider_at(200, 150), b = provider_at(200, 150);
        b.anchor_final.fact = b.revoked = (struct badge_fact){.why = "no answer"};
        struct badge_chain_view all = swapped ? agreed(b, a) : agreed(a, b);
        assert_false(all.anchor_final.fact.known || all.revoked.known);
        assert_string_equal(all.revoked.why, "no answer");
        assert_true(all.withdrawn.known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_reasons_differ),
        cmocka_unit_test(test_some_blocks_apart),
        cmocka_unit_test(test_no_record_where_there_is_one),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_one_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
