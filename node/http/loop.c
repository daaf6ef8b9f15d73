/*
 * What the handlers of one loop share: reads on the pool, digesters, and the count of what is under way.
 *
 * Reads that one turn of the loop asks for travel to libuv's pool several in a piece, so that the hop there and back is
 * shared, but never all in one: the loop answers the first while the pool reads the next. At most LOOP_READS_AT_ONCE
 * pieces are there, and who comes meanwhile joins a later one.
 */
#include <stdlib.h>
#include <time.h>

#include "http/loop.h"

#include "badge/digest.h"

struct reads_work {
    uv_work_t work;
    struct loop *loop;
    struct read *first;
};

void loop_begin(struct loop *loop)
{
    loop->n_under_way++;
}

void loop_end(struct loop *loop)
{
    BADGE_ASSERT(loop->n_under_way > 0);
    loop->n_under_way--;
}

void loop_read(struct loop *loop, struct read *read)
{
    loop_begin(loop);
    read->next = NULL;
    *loop->last_read = read;
    loop->last_read = &read->next;
    if (!loop->in_turn)
        loop_again(loop); /* the end of a turn flushes */
}

static void read_all_work(uv_work_t *work)
{
    struct reads_work *reads = (struct reads_work *)work;
    for (struct read *read = reads->first; read; read = read->next)
        read->work(read);
}

static void reads_done(uv_work_t *work, int status)
{
    struct reads_work *reads = (struct reads_work *)work;
    struct loop *loop = reads->loop;
    BADGE_ASSERT(status == 0); /* nobody cancels */
    loop->n_works--;
    for (struct read *read = reads->first, *next; read; read = next) {
        next = read->next;
        loop_end(loop);
        read->done(read);
    }
    free(reads);
    loop_flush_reads(loop);
}

void loop_flush_reads(struct loop *loop)
{
    while (loop->reads && loop->n_works < LOOP_READS_AT_ONCE) {
        struct reads_work *reads = malloc(sizeof *reads);
        if (!reads)
            return; /* the next turn tries again: whoever waits is in no hurry to see the node die */
        *reads = (struct reads_work){.loop = loop, .first = loop->reads};
        struct read *last = loop->reads;
        for (unsigned n = 1; n < LOOP_READS_IN_WORK && last->next; n++)
            last = last->next;
        loop->reads = last->next;
        last->next = NULL;
        if (!loop->reads)
            loop->last_read = &loop->reads;
        loop->n_works++;
        int queued = uv_queue_work(&loop->uv, &reads->work, read_all_work, reads_done);
        BADGE_ASSERT(queued == 0); /* it only refuses a missing function */
    }
}

struct badge_digester *loop_take_digester(struct loop *loop)
{
    if (loop->n_spare_digesters)
        return loop->spare_digester[--loop->n_spare_digesters];
    struct badge_digester *digester;
    return badge_digester_new(&digester, loop->options->max_json, NULL) == BADGE_OK ? digester : NULL;
}

void loop_give_digester(struct loop *loop, struct badge_digester *digester, uint64_t bytes_seen)
{
    if (!digester)
        return;
    /* A digester keeps the memory it has grown: the fat ones go. */
    if (bytes_seen > 64 * 1024 || loop->n_spare_digesters == LOOP_SPARE_DIGESTERS) {
        badge_digester_free(digester);
        return;
    }
    badge_digester_clear(digester);
    badge_digester_take_images(digester, NULL, NULL, 0); /* whoever wants them says so */
    loop->spare_digester[loop->n_spare_digesters++] = digester;
}

void loop_free_digesters(struct loop *loop)
{
    while (loop->n_spare_digesters)
        badge_digester_free(loop->spare_digester[--loop->n_spare_digesters]);
}

int64_t loop_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}
