/*
 * Straight-line code beside the loop: a function that asks, waits for the answer and goes on, from top to bottom, where
 * callbacks would cut it into pieces. It has a thread of its own, but takes strict turns with its loop's thread: while
 * one of the two runs, the other waits. So the function may use all that belongs to the loop, without locks, between
 * two waits as a callback does; what it borrows from the loop may change over a wait.
 *
 * It is a thread, and not a context of ucontext.h, because POSIX.1-2008 has removed that interface, and because
 * debuggers, AddressSanitizer and ThreadSanitizer understand threads. It blocks all signals but those of its own
 * faults.
 */
#ifndef RUNTIME_COROUTINE_H
#define RUNTIME_COROUTINE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <uv.h>

#include "badge/text.h"
#include "runtime/pool.h"

/* Owned by the caller; lasts until ended(), which may free it. */
struct coroutine {
    /* in */
    uv_loop_t *loop;
    const char *name; /* of the thread: static, at most 15 bytes */
    void (*run)(void *context);
    void (*ended)(void *context); /* on the loop, once, as the last: run() has returned */
    void *context;
    /* private */
    pthread_t thread;
    sem_t own_turn, loop_turn;
    bool has_ended;
    struct pool_work work;
    void (*on_pool)(void *context);
    void *pool_context;
};

/* run() starts at the first coroutine_resume(), and must be resumed until it has ended. errors    BADGE_EIO */
enum badge_status coroutine_start(struct coroutine *coroutine, struct badge_err *err) BADGE_CHECKED;
/* On the loop's thread: returns when run() waits again, or has ended. */
void coroutine_resume(struct coroutine *coroutine);
/* In run(): the loop goes on; returns after coroutine_resume(). */
void coroutine_wait(struct coroutine *coroutine);
/* In run(): waits while on_pool(context) runs on the pool. Nothing else may resume meanwhile. */
void coroutine_on_pool(struct coroutine *coroutine, void (*on_pool)(void *context), void *context);

#endif
