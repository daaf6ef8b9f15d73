/*
 * One HTTP loop: a thread, its libuv loop, its mailbox, its part of the connections, and what the handlers on it share.
 * Everything here belongs to that thread; other threads reach it through the mailbox only.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <sys/queue.h>

#include "http/mhd.h"
#include "http/options.h"
#include "runtime/mailbox.h"

struct connection;
struct limits;
struct networks;

/* A job that may block on the disk: it runs on the pool, several in one chunk. Embedded in its operation. */
struct loop_job {
    struct loop_job *next;
    void (*work)(struct loop_job *job); /* on the pool: touches its own operation only */
    void (*done)(struct loop_job *job); /* on the loop */
};

/* Bodies in memory. */
struct memory_budget {
    size_t bytes, max;
};

#define LOOP_JOBS_AT_ONCE 2 /* chunks on the pool */
#define LOOP_JOBS_IN_WORK 8 /* jobs in one of them, at most */
#define LOOP_TICK_MS 100

struct loop {
    const struct http_options *options; /* with defaults filled in */
    uv_thread_t thread;
    uv_loop_t uv;
    struct mailbox mailbox;
    void (*turn)(struct loop *loop);  /* lets the daemon work: loop_thread.c */
    void (*ended)(struct loop *loop); /* on the thread, last of all */

    struct mhd mhd;
    int listen_fd;
    uv_poll_t poll;      /* the daemon's epoll descriptor */
    uv_idle_t again;     /* active while the daemon has work that makes no descriptor readable */
    uv_timer_t timer;    /* every LOOP_TICK_MS, while there is something with a deadline */
    struct message stop; /* posted by http_stop() */
    bool in_turn, wants_turn, stopping, is_closed;
    uint64_t drain_until_ms;

    LIST_HEAD(, connection) connections;
    LIST_HEAD(, connection) chunked; /* those that receive a chunked body and are not asleep: chunked.c */
    unsigned n_connections, max_connections;
    struct limits *limits;          /* shared by all loops */
    const struct networks *proxies; /* that are trusted */
    LIST_HEAD(, lingering) lingering;
    void *module_state[HTTP_MAX_MODULES]; /* what each module keeps on this loop */
    unsigned n_refs;                      /* operations that will still come back to this loop */

    struct loop_job *jobs, **last_job;
    unsigned n_works;

    struct memory_budget token_budget,
        anonymous_budget; /* two, so that anonymous clients can't use up the memory of those with a token */
    uint64_t id_prefix, n_requests;
};

/* Every operation that comes back as a message or callback holds a reference; the loop lives until all are back. */
void loop_ref(struct loop *loop);
void loop_unref(struct loop *loop);

/* One more turn of the daemon before the loop sleeps: something was resumed or queued outside of a turn. */
void loop_wake(struct loop *loop);

void loop_queue_job(struct loop *loop, struct loop_job *job);
void loop_flush_jobs(struct loop *loop); /* at the end of a turn */

int64_t loop_now_s(void);

/* -- linger.c ------------------------------------------------------------------------------------------------------ */

/*
 * Connections that were answered before their client had finished sending (a body refused for its length, a request
 * that broke the rules). Closing such a socket at once would reset it, and the reset may overtake the answer (RFC 9112
 * section 9.6): so our side is shut down first, and what still comes is read and discarded for a while.
 */
void linger_start(struct loop *loop, int fd); /* duplicates the descriptor: the caller closes its own */
void lingering_tick(struct loop *loop);
void lingering_close_all(struct loop *loop);

/* -- loop_thread.c: the life of a loop, for the server ------------------------------------------------------------- */

/*
 * Takes the socket. `limits`, `proxies`, `max_connections`, `options` and `ended` are set. If memory or descriptors are
 * missing the process ends: fatal().
 */
void loop_thread_init(struct loop *loop, int listen_fd);
void loop_thread_start(struct loop *loop); /* fatal() if there can't be another thread */
void loop_thread_stop(struct loop *loop);  /* from any thread; `ended` is called when all is closed */

#endif
