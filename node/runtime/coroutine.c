/*
 * Turns between a loop's thread and a coroutine's. The invariant: exactly one of the two is not waiting for a semaphore
 * between start and end, and each semaphore passes on what was written before it.
 */
#include "runtime/coroutine.h"

#include <signal.h>
#include <string.h>

#include "core/compiler.h"

static void wait_for(sem_t *turn)
{
    while (sem_wait(turn) != 0)
        continue; /* EINTR, on the loop's thread */
}

static void *thread_main(void *arg)
{
    struct coroutine *coroutine = arg;
    wait_for(&coroutine->own_turn);
    coroutine->run(coroutine->context);
    coroutine->has_ended = true;
    sem_post(&coroutine->loop_turn);
    return NULL;
}

enum badge_status coroutine_start(struct coroutine *coroutine, struct badge_err *err)
{
    sigset_t all, before;
    coroutine->has_ended = false;
    int failed = sem_init(&coroutine->own_turn, 0, 0) | sem_init(&coroutine->loop_turn, 0, 0);
    BADGE_ASSERT(!failed);
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        (void)sigdelset(&all, faults[i]);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before); /* a new thread inherits it */
    int error = pthread_create(&coroutine->thread, NULL, thread_main, coroutine);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        (void)sem_destroy(&coroutine->own_turn);
        (void)sem_destroy(&coroutine->loop_turn);
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "cannot start a thread: %s", strerror(error));
    }
    (void)pthread_setname_np(coroutine->thread, coroutine->name);
    return BADGE_OK;
}

void coroutine_resume(struct coroutine *coroutine)
{
    sem_post(&coroutine->own_turn);
    wait_for(&coroutine->loop_turn);
    if (!coroutine->has_ended)
        return;
    int error = pthread_join(coroutine->thread, NULL);
    BADGE_ASSERT(error == 0);
    (void)sem_destroy(&coroutine->own_turn);
    (void)sem_destroy(&coroutine->loop_turn);
    coroutine->ended(coroutine->context);
}

void coroutine_wait(struct coroutine *coroutine)
{
    sem_post(&coroutine->loop_turn);
    wait_for(&coroutine->own_turn);
}

static void run_on_pool(struct pool_work *work)
{
    struct coroutine *coroutine = container_of(work, struct coroutine, work);
    coroutine->on_pool(coroutine->pool_context);
}

static void done_on_pool(struct pool_work *work)
{
    coroutine_resume(container_of(work, struct coroutine, work));
}

void coroutine_on_pool(struct coroutine *coroutine, void (*on_pool)(void *context), void *context)
{
    coroutine->on_pool = on_pool;
    coroutine->pool_context = context;
    pool_queue(coroutine->loop, &coroutine->work, run_on_pool, done_on_pool);
    coroutine_wait(coroutine);
}
