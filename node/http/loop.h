/*
 * One HTTP loop: a thread, its libuv loop, its mailbox, its part of the connections, and what the handlers on it share.
 * Everything here belongs to that thread; other threads reach it through the mailbox only.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <sys/types.h>

#include "http/server.h"

struct exchange;
struct limits;
struct connection;
struct late;

/* A job that may block on the disk: it runs on the pool, several in one piece of work. Embedded in what it is about. */
struct loop_job {
    struct loop_job *next;
    void (*work)(struct loop_job *job); /* on the pool: touches its own operation only */
    void (*done)(struct loop_job *job); /* on the loop */
};

/* Bodies in memory. */
struct memory_budget {
    size_t bytes, max;
};

#define LOOP_JOBS_AT_ONCE 2 /* pieces of work on the pool */
#define LOOP_JOBS_IN_WORK 8 /* jobs in one of them, at most */

struct loop {
    struct http *http;
    const struct http_options *options;
    uv_thread_t thread;
    uv_loop_t uv;
    struct mailbox mailbox;

    struct MHD_Daemon *daemon;
    int listen_fd, epoll_fd; /* epoll_fd: the daemon's */
    uv_poll_t poll;          /* the daemon's epoll descriptor */
    uv_idle_t again;         /* active while the daemon has work that no descriptor tells of */
    uv_timer_t tick;         /* deadlines */
    struct message stop;     /* posted by http_stop() */
    bool in_turn, wants_turn, stopping, ended;
    uint64_t drain_until_ms;

    struct connection *connections;
    struct connection *chunked; /* those in a chunked body that are awake */
    unsigned n_connections, max_connections;
    struct limits *limits;          /* shared by all loops */
    const struct networks *proxies; /* that are trusted */
    struct late *lingers;
    void *module_state[HTTP_MAX_MODULES]; /* what each module keeps here */
    unsigned n_under_way;                 /* operations that will still come back to this loop */

    struct loop_job *jobs, **last_job;
    unsigned n_works;

    struct memory_budget token_budget,
        anonymous_budget; /* so that strangers never take the room of those with a token */
    uint64_t id_prefix, n_requests;
};

/* What all loops have in common. */
struct loop_shared {
    struct http *http;
    const struct http_options *options;
    struct limits *limits;
    const struct networks *proxies;
    unsigned max_connections; /* of each loop */
};

/* -- the loop's life: http.c calls these ------------------------------------------------------------------------- */
/* Takes the socket. A machine that has no memory or descriptors for it ends here: fatal(). */
void loop_init(struct loop *loop, const struct loop_shared *shared, int listen_fd);
void loop_start(struct loop *loop, void (*run)(void *loop)); /* its thread; fatal() where there is none */
void loop_run(struct loop *loop); /* on its thread, until stopped; nothing is left afterwards */

/* -- services for handlers --------------------------------------------------------------------------------------- */

/* Every operation that comes back as a letter or callback stands between these; the loop lives until all are back. */
void loop_ref(struct loop *loop);
void loop_unref(struct loop *loop);

/* One more turn of the daemon before the loop sleeps: something was resumed or queued outside of a turn. */
void loop_wake(struct loop *loop);

void loop_queue_job(struct loop *loop, struct loop_job *job);
void loop_flush_jobs(struct loop *loop); /* by the server, at the end of a turn */

int64_t loop_now_s(void);

#endif
