/*
 * What the handlers of one loop share: jobs on the pool, and the count of what is under way.
 *
 * Reads that one turn of the loop asks for travel to libuv's pool several in a piece, so that the hop there and back is
 * shared, but never all in one: the loop answers the first while the pool reads the next. At most LOOP_JOBS_AT_ONCE
 * pieces are there, and who comes meanwhile joins a later one.
 */
#include <stdlib.h>
#include <time.h>

#include "http/loop.h"

struct jobs_work {
    uv_work_t work;
    struct loop *loop;
    struct loop_job *first;
};

void loop_ref(struct loop *loop)
{
    loop->n_under_way++;
}

void loop_unref(struct loop *loop)
{
    BADGE_ASSERT(loop->n_under_way > 0);
    loop->n_under_way--;
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

static void run_jobs_work(uv_work_t *work)
{
    struct jobs_work *reads = (struct jobs_work *)work;
    for (struct loop_job *job = reads->first; job; job = job->next)
        job->work(job);
}

static void jobs_done(uv_work_t *work, int status)
{
    struct jobs_work *reads = (struct jobs_work *)work;
    struct loop *loop = reads->loop;
    BADGE_ASSERT(status == 0); /* nobody cancels */
    loop->n_works--;
    for (struct loop_job *job = reads->first, *next; job; job = next) {
        next = job->next;
        loop_unref(loop);
        job->done(job);
    }
    free(reads);
    loop_flush_jobs(loop);
}

void loop_flush_jobs(struct loop *loop)
{
    while (loop->jobs && loop->n_works < LOOP_JOBS_AT_ONCE) {
        struct jobs_work *reads = malloc(sizeof *reads);
        if (!reads)
            return; /* the next turn tries again: whoever waits is in no hurry to see the node die */
        *reads = (struct jobs_work){.loop = loop, .first = loop->jobs};
        struct loop_job *last = loop->jobs;
        for (unsigned n = 1; n < LOOP_JOBS_IN_WORK && last->next; n++)
            last = last->next;
        loop->jobs = last->next;
        last->next = NULL;
        if (!loop->jobs)
            loop->last_job = &loop->jobs;
        loop->n_works++;
        int queued = uv_queue_work(&loop->uv, &reads->work, run_jobs_work, jobs_done);
        BADGE_ASSERT(queued == 0); /* it only refuses a missing function */
    }
}

int64_t loop_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}
