/*
 * One HTTP loop: a thread, its libuv loop, its mailbox, its part of the connections, and what the handlers on it share.
 * Everything here belongs to that thread; other threads reach it through the mailbox only.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <sys/types.h>

#include "api/sse_streams.h"
#include "http/server.h"

struct exchange;
struct limits;
struct cache;
struct connection;
struct late;
struct pages;

/* What the disk may block on: done on the pool, many at a time in one piece of work. Embedded in what it is about. */
struct read {
    struct read *next;
    void (*work)(struct read *read); /* on the pool: touches its own operation only */
    void (*done)(struct read *read); /* on the loop */
};

/* Bodies in memory. */
struct held {
    size_t bytes, max;
};

#define LOOP_READS_AT_ONCE 2 /* pieces of work on the pool */
#define LOOP_READS_IN_WORK 8 /* reads in one of them, at most */
#define LOOP_SPARE_DIGESTERS 8

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
    struct mail stop;        /* posted by http_stop() */
    bool in_turn, wants_turn, stopping, ended;
    uint64_t drain_until_ms;

    struct connection *connections;
    struct connection *chunked; /* those in a chunked body that are awake */
    unsigned n_connections, max_connections;
    struct limits *limits;          /* shared by all loops */
    const struct networks *proxies; /* that are trusted */
    const struct pages *pages;      /* shared by all loops */
    struct late *lingers;
    struct listeners listeners;
    unsigned n_under_way; /* operations that will still come back to this loop */

    struct read *reads, **last_read;
    unsigned n_works;

    struct cache *cache;
    struct badge_digester *spare_digester[LOOP_SPARE_DIGESTERS];
    unsigned n_spare_digesters;
    struct held held_with_token, held_by_anyone; /* so that strangers never take the room of those with a token */
    uint64_t id_prefix, n_requests;
};

/* What all loops have in common. */
struct loop_shared {
    struct http *http;
    const struct http_options *options;
    struct limits *limits;
    const struct networks *proxies;
    const struct pages *pages;
    unsigned max_connections; /* of each loop */
};

/* -- the loop's life: http.c calls these ------------------------------------------------------------------------- */
/* Takes the socket. A machine that has no memory or descriptors for it ends here: fatal(). */
void loop_init(struct loop *loop, const struct loop_shared *shared, int listen_fd);
void loop_start(struct loop *loop, void (*run)(void *loop)); /* its thread; fatal() where there is none */
void loop_run(struct loop *loop); /* on its thread, until stopped; nothing is left afterwards */

/* -- services for handlers --------------------------------------------------------------------------------------- */

/* Every operation that comes back as a letter or callback stands between these; the loop lives until all are back. */
void loop_begin(struct loop *loop);
void loop_end(struct loop *loop);

/* One more turn of the daemon before the loop sleeps: something was resumed or queued outside of a turn. */
void loop_again(struct loop *loop);

void loop_read(struct loop *loop, struct read *read);
void loop_flush_reads(struct loop *loop); /* by the server, at the end of a turn */

/* A clear digester; NULL where there is no memory. Give it back with the number of bytes that it saw. */
struct badge_digester *loop_take_digester(struct loop *loop);
void loop_give_digester(struct loop *loop, struct badge_digester *digester, uint64_t bytes_seen);
void loop_free_digesters(struct loop *loop);

int64_t loop_now_s(void);

#endif
