/*
 * The results of a bulk stream, kept until its body has ended: first in memory, beyond SPOOL_MEMORY_LEN in an unnamed
 * file. The file is written on the pool, one write at a time.
 */
#ifndef API_SPOOL_H
#define API_SPOOL_H

#include "http/loop.h"
#include "http/strbuf.h"

#define SPOOL_MEMORY_LEN ((size_t)128 * 1024)

struct spool {
    struct loop *loop;
    const char *folder; /* for the file; if it can't be created there: TMPDIR, then /tmp */
    struct strbuf text; /* not in the file yet */
    struct strbuf writing;
    size_t written_of_it;
    int fd; /* -1: none yet */
    uint64_t file_len;
    bool busy, failed, finishing;
    struct loop_job write_job;
    void (*changed)(struct spool *spool); /* a write has ended; on the loop */
};

void spool_init(struct spool *spool, struct loop *loop, const char *folder, void (*changed)(struct spool *spool));
void spool_release(struct spool *spool); /* not while it is busy */

/* After the caller wrote into spool->text. */
void spool_wrote(struct spool *spool);
/* Whether so much waits for the disk that the caller should pause. */
bool spool_is_full(const struct spool *spool);
/*
 * No more is written into text. True once everything is in text (fd -1), or everything is in the file; false: call
 * again after `changed`.
 */
bool spool_finish(struct spool *spool);

#endif
