/*
 * Named places where a test ends or stops the process: one before and one after each write that must be durable and
 * each effect that others see. They exist if BADGED_FAILPOINTS is defined (the presets dev and tsan); otherwise the
 * macros expand to nothing. tests/support/failpoints.py finds the names in the sources, so each must be a literal.
 *
 *   BADGED_FAILPOINT=NAME:exit[:N]    the N-th time (default 1) the process ends there, as by kill -9, with
 *                                     FAILPOINT_STATUS
 *   BADGED_FAILPOINT=NAME:stop[:N]    it stops there until it gets SIGCONT
 */
#ifndef RUNTIME_FAILPOINT_H
#define RUNTIME_FAILPOINT_H

#define FAILPOINT_STATUS 99

#ifdef BADGED_FAILPOINTS
/* Thread-safe. The point's name is that of the part, a dot and the moment. */
void failpoint_reach(const char *part, const char *moment);
#define FAILPOINT(part, moment) failpoint_reach(part, moment)
#else
#define FAILPOINT(part, moment) ((void)0)
#endif

#endif
