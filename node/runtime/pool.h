/*
 * The one way onto libuv's pool, for work that blocks or computes for long. The work is embedded in the object that it
 * is about and owned with it; it must stay until `done`, which may free it or queue it again.
 */
#ifndef RUNTIME_POOL_H
#define RUNTIME_POOL_H

#include <uv.h>

struct pool_work {
    uv_work_t uv;
    void (*run)(struct pool_work *work);
    void (*done)(struct pool_work *work);
};

/* run() on a thread of the pool, then done() on the loop, each exactly once: queueing can't fail, nothing cancels it.
 */
void pool_queue(uv_loop_t *loop, struct pool_work *work, void (*run)(struct pool_work *work),
                void (*done)(struct pool_work *work));

#endif
