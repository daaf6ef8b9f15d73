/*
 * What the handlers of one loop share: jobs on the pool, references, and the way to wake the loop.
 *
 * Reads that one turn of the loop queues go to libuv's thread pool in chunks, so that they share one round trip to it,
 * but never all in one: the loop answers the first while the pool reads the next. At most LOOP_JOBS_AT_ONCE chunks are
 * there; jobs that are queued meanwhile join a later one.
 */
#include "http/loop.h"

#include <stdlib.h>
#include <time.h>

#include "core/compiler.h"
#include "runtime/pool.h"

struct jobs_work {
    struct pool_work work;
    struct loop *loop;
    struct loop_job *first;
};

void loop_ref(struct loop *loop)
{
    loop->n_refs++;
}

void loop_unref(struct loop *loop)
{
    BADGE_ASSERT(loop->n_refs > 0);
    loop->n_refs--;
}

static void on_again(uv_idle_t *again)
{
    struct loop *loop = again->data;
    loop->turn(loop);
}

void loop_wake(struct loop *loop)
{
    loop->wants_turn = true;
    if (!loop->in_turn) /* else the end of the turn does it */
        (void)uv_idle_start(&loop->again, on_again);
}

void loop_queue_job(struct loop *loop, struct loop_job *job)
{
    loop_ref(loop);
    job->next = NULL;
    *loop->last_job = job;
    loop->last_job = &job->next;
    if (!loop->in_turn)
        loop_wake(loop); /* the end of a turn flushes */
}

static void run_jobs_work(struct pool_work *work)
{
    struct jobs_work *chunk = container_of(work, struct jobs_work, work);
    for (struct loop_job *job = chunk->first; job; job = job->next)
        job->work(job);
}

static void jobs_done(struct pool_work *work)
{
    struct jobs_work *chunk = container_of(work, struct jobs_work, work);
    struct loop *loop = chunk->loop;
    loop->n_works--;
    for (struct loop_job *job = chunk->first, *next; job; job = next) {
        next = job->next;
        loop_unref(loop);
        job->done(job);
    }
    free(chunk);
    loop_flush_jobs(loop);
}

void loop_flush_jobs(struct loop *loop)
{
    while (loop->jobs && loop->n_works < LOOP_JOBS_AT_ONCE) {
        struct jobs_work *chunk = malloc(sizeof *chunk);
        if (!chunk)
            return; /* the next turn tries again: a late answer is better than a crash */
        *chunk = (struct jobs_work){.loop = loop, .first = loop->jobs};
        struct loop_job *last = loop->jobs;
        for (unsigned n = 1; n < LOOP_JOBS_IN_WORK && last->next; n++)
            last = last->next;
        loop->jobs = last->next;
        last->next = NULL;
        if (!loop->jobs)
            loop->last_job = &loop->jobs;
        loop->n_works++;
        pool_queue(&loop->uv, &chunk->work, run_jobs_work, jobs_done);
    }
}

int64_t loop_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}
