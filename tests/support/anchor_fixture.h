/*
 * Shared by the tests of the anchor: for each test a fake chain, a fake store and a simulated clock, and the anchor
 * between them. README.md shows how to write a test with it.
 */
#ifndef TESTS_ANCHOR_FIXTURE_H
#define TESTS_ANCHOR_FIXTURE_H

#include "support/test.h"

#include "anchor/anchor.h"
#include "support/fake_chain.h"
#include "support/fake_clock.h"
#include "support/fake_store.h"

int anchor_fixture_setup(void **state);
/* Closes the anchor, and checks that no anchor was recorded as final before its block was. */
int anchor_fixture_teardown(void **state);
#define ANCHOR_TEST(f) cmocka_unit_test_setup_teardown(f, anchor_fixture_setup, anchor_fixture_teardown)

#define A_WHILE_MS 30000 /* for fake_clock_run_for(): a dozen rounds or more */

/* The start of a node, which replaces a transaction that is not mined after bump_after_ms; and its stop. */
void start_anchor(uint64_t bump_after_ms);
void start_anchor_with_one_provider(void); /* after 60 s */
void stop_anchor(void);
void accept_stale_store(void);
void wake_anchor(void);
struct anchor_health health_of_anchor(void);
void run_until_final(void); /* all batches and revocations */

/* Conditions for fake_clock_run_until(). */
bool first_is_sent(void); /* batch 1 */
bool first_is_mined(void);
bool first_is_final(void);
bool first_set_is_sent(void);
bool first_set_is_mined(void);
bool something_was_sent(void);
bool all_writes_have_failed(void); /* those of fake_store_fail() */
bool anchor_has_problem(void);     /* another than that no provider has answered yet */

/*
 * Stops the anchor after its first call to a provider, then after its second, and so on to n_calls - 1; each time the
 * next start finishes the work that add_work() added, with one transaction.
 */
void stop_after_each_call(unsigned n_calls, void (*add_work)(void));

#endif
