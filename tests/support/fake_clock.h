/*
 * A simulated clock for a test on a loop. While it runs, the clocks of the C library stand still; they jump to the
 * loop's next timer when nothing else is ready. So ten waits of ten seconds take as long as what they wait for
 * computes. The loop, its timers and its threads are libuv's own: work on the pool is awaited for as long as it really
 * takes, and then no time passes on the simulated clock.
 *
 * It is for a loop whose events all come from its timers and its pool. A socket to another process would be too slow:
 * before its first byte arrives, the clock is at the next timer.
 */
#ifndef TESTS_FAKE_CLOCK_H
#define TESTS_FAKE_CLOCK_H

#include "support/test.h"

#include <stdbool.h>
#include <uv.h>

/* From now until fake_clock_stop(). unix_s: what time() returns first. One at a time. */
void fake_clock_start(uv_loop_t *loop, int64_t unix_s);
void fake_clock_stop(void);
/* Sets the wall clock, as an operator or NTP does: time() is so many seconds later, or earlier if negative. */
void fake_clock_set_wall(int64_t later_s);
/* Simulated milliseconds since fake_clock_start(). */
uint64_t fake_clock_ms(void);

/*
 * Both run the loop. done() is asked between two turns of it while no work is on the pool; the test fails if it does
 * not hold within an hour of simulated time, or if the loop ends.
 */
void fake_clock_run_until(bool (*done)(void));
void fake_clock_run_for(uint64_t ms);

/*
 * For a test of several threads, without fake_clock_start(): the real clocks go on, so many milliseconds later. A
 * thread that waits for a timer notices when it wakes up next.
 */
void fake_clock_skip(uint64_t ms);

#endif
