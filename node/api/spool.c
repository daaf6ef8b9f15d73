/*
 * The spool of a bulk stream. The file is created in the store's folder with O_TMPFILE: it has no name and disappears
 * with its descriptor, even if the node crashes. The text in memory never exceeds SPOOL_MAX_LEN.
 */
#include "api/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/compiler.h"
#include "runtime/descriptors.h"
#include "runtime/log.h"

#define SPOOL_MAX_LEN ((size_t)16 << 20)

void spool_init(struct spool *spool, struct loop *loop, const char *folder, void (*changed)(struct spool *spool))
{
    *spool = (struct spool){.loop = loop, .folder = folder, .fd = -1, .changed = changed};
    strbuf_init(&spool->text, SPOOL_MAX_LEN);
    strbuf_init(&spool->writing, SPOOL_MAX_LEN);
}

void spool_release(struct spool *spool)
{
    BADGE_ASSERT(!spool->busy);
    strbuf_release(&spool->text);
    strbuf_release(&spool->writing);
    if (spool->fd >= 0)
        close(spool->fd);
}

static int open_unnamed(const char *folder)
{
    int fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
    if (fd < 0 || descriptors_allow(fd))
        return fd;
    close(fd);
    return -1;
}

static void write_work(struct loop_job *job)
{
    struct spool *spool = container_of(job, struct spool, write_job);
    if (spool->fd < 0)
        spool->fd = open_unnamed(spool->folder);
    if (spool->fd < 0)
        spool->fd = open_unnamed(getenv("TMPDIR"));
    if (spool->fd < 0)
        spool->fd = open_unnamed("/tmp");
    while (spool->fd >= 0 && spool->written_of_it < spool->writing.len) {
        ssize_t n = write(spool->fd, spool->writing.bytes + spool->written_of_it,
                          spool->writing.len - spool->written_of_it);
        if (n <= 0)
            return;
        spool->written_of_it += (size_t)n;
    }
}

static void start_write(struct spool *spool);

static void write_done(struct loop_job *job)
{
    struct spool *spool = container_of(job, struct spool, write_job);
    spool->busy = false;
    if (spool->written_of_it < spool->writing.len && !spool->failed) {
        spool->failed = true;
        log_error("could not write the results of a bulk submission to a temporary file",
                  log_text("folder", spool->folder));
    }
    spool->file_len += spool->writing.len;
    spool->writing.len = 0;
    if (spool->finishing || spool->text.len >= SPOOL_MEMORY_LEN)
        start_write(spool);
    spool->changed(spool);
}

static void start_write(struct spool *spool)
{
    spool->failed |= spool->text.failed;
    if (spool->failed)
        spool->text.len = 0; /* the answer is lost, not the credentials */
    if (spool->busy || spool->text.len == 0)
        return;
    struct strbuf empty = spool->writing;
    spool->writing = spool->text;
    spool->text = empty;
    spool->written_of_it = 0;
    spool->busy = true;
    spool->write_job = (struct loop_job){.work = write_work, .done = write_done};
    loop_queue_job(spool->loop, &spool->write_job);
}

void spool_wrote(struct spool *spool)
{
    if (spool->text.len >= SPOOL_MEMORY_LEN)
        start_write(spool);
}

bool spool_is_full(const struct spool *spool)
{
    return spool->busy && spool->text.len >= SPOOL_MEMORY_LEN;
}

bool spool_finish(struct spool *spool)
{
    spool->finishing = true;
    if (spool->file_len || spool->busy)
        start_write(spool);
    return !spool->busy;
}
