/*
 * Work for libuv's pool. Every part that owns a loop queues here. The invariant: what is queued runs and is then
 * reported; uv_queue_work() refuses only a missing callback, and uv_cancel() is called nowhere.
 */
#include "runtime/pool.h"

#include "badge/status.h"
#include "core/compiler.h"

static void on_run(uv_work_t *uv)
{
    struct pool_work *work = container_of(uv, struct pool_work, uv);
    work->run(work);
}

static void on_done(uv_work_t *uv, int cancelled)
{
    struct pool_work *work = container_of(uv, struct pool_work, uv);
    BADGE_ASSERT(cancelled == 0);
    work->done(work); /* which may free it */
}

void pool_queue(uv_loop_t *loop, struct pool_work *work, void (*run)(struct pool_work *work),
                void (*done)(struct pool_work *work))
{
    BADGE_ASSERT(run && done);
    work->run = run;
    work->done = done;
    int code = uv_queue_work(loop, &work->uv, on_run, on_done);
    BADGE_ASSERT(code == 0);
}
