/*
 * The checkpoint file of an audit, used by audit.c. Only complete lines count: a batch whose line was truncated by a
 * crash is verified again. Lines are compared by their hashes, so a large file needs little memory.
 */
#include "audit/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "core/format.h"
#include "runtime/file.h"

#define MAX_CHECKPOINT_LEN ((size_t)512 << 20)
#define LINE_LEN 4400

struct checkpoint {
    int fd;
    struct badge_hash *line; /* of each line that was read, ascending */
    size_t n_lines;
};

/* Without its newline. */
static size_t write_head(char out[256], const struct reconciliation *reconciliation)
{
    int n = snprintf(out, 256, "badge-audit 1 %llu %s %s", (unsigned long long)reconciliation->chain_id,
                     core_account_text(&reconciliation->contract).s, core_account_text(&reconciliation->issuer).s);
    return n > 0 ? (size_t)n : 0;
}

static size_t write_line(char out[LINE_LEN], const struct reconciliation *reconciliation,
                         const struct reconciliation_copy *copy)
{
    int n = snprintf(out, LINE_LEN, "%s %u %s", core_hash_text(&copy->batch.root).s, copy->batch.tree_size,
                     reconciliation->source[copy->source].place);
    return n > 0 && n < LINE_LEN ? (size_t)n : 0;
}

static int compare_hashes(const void *left, const void *right)
{
    return badge_hash_compare(left, right);
}

static enum badge_status read_lines(struct checkpoint *checkpoint, const char *text, size_t len, struct badge_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    checkpoint->line = malloc((n + 1) * sizeof *checkpoint->line);
    if (!checkpoint->line)
        return badge_no_memory(err);
    const char *end;
    for (; (end = memchr(text, '\n', len)); len -= (size_t)(end + 1 - text), text = end + 1)
        badge_sha256(&checkpoint->line[checkpoint->n_lines++], text, (size_t)(end - text));
    qsort(checkpoint->line, checkpoint->n_lines, sizeof *checkpoint->line, compare_hashes);
    return BADGE_OK;
}

static enum badge_status write_failed(struct badge_err *err, const char *path)
{
    /* Not BADGE_EIO, which means that the chain can't be read: the file is the caller's input. */
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "the state file %s can't be written: %s", path,
                      uv_strerror(uv_translate_sys_error(errno)));
}

static bool append(int fd, const char *text, size_t len)
{
    return write(fd, text, len) == (ssize_t)len;
}

/* The file is trusted, so nobody else may be able to write it. */
static enum badge_status check_owner(int fd, const char *path, struct badge_err *err)
{
    struct stat about;
    if (fstat(fd, &about))
        return write_failed(err, path);
    if (S_ISREG(about.st_mode) && about.st_uid == geteuid() && !(about.st_mode & (S_IWGRP | S_IWOTH)))
        return BADGE_OK;
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                      "the state file %s must be a regular file that only you can write: name another file, or delete "
                      "it to start over",
                      path);
}

/* Reads the file, and leaves it at the beginning of a line. */
static enum badge_status load(struct checkpoint *checkpoint, const char *path,
                              const struct reconciliation *reconciliation, struct badge_err *err)
{
    char head[256], *text = NULL;
    size_t len = 0, head_len = write_head(head, reconciliation);
    head[head_len++] = '\n';
    struct badge_err why;
    enum badge_status status = file_read(&text, &len, path, MAX_CHECKPOINT_LEN, &why);
    if (status != BADGE_OK)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "the state file can't be used: %s", why.text);
    if (len == 0)
        status = append(checkpoint->fd, head, head_len) ? BADGE_OK : write_failed(err, path);
    else if (len < head_len || memcmp(text, head, head_len) != 0)
        status = badge_fail(
            err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
            "%s is not the state file of an audit of this chain, contract and issuer: name another file", path);
    else
        status = read_lines(checkpoint, text + head_len, len - head_len, err);
    if (status == BADGE_OK && len && text[len - 1] != '\n' && !append(checkpoint->fd, "\n", 1))
        status = write_failed(err, path);
    free(text);
    return status;
}

enum badge_status checkpoint_open(struct checkpoint **out, const char *path,
                                  const struct reconciliation *reconciliation, struct badge_err *err)
{
    struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    if (!checkpoint)
        return badge_no_memory(err);
    checkpoint->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
    enum badge_status status = checkpoint->fd < 0 ? write_failed(err, path) : check_owner(checkpoint->fd, path, err);
    if (status == BADGE_OK)
        status = load(checkpoint, path, reconciliation, err);
    if (status != BADGE_OK) {
        checkpoint_close(checkpoint);
        return status;
    }
    *out = checkpoint;
    return BADGE_OK;
}

bool checkpoint_has(const struct checkpoint *checkpoint, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy)
{
    char line[LINE_LEN];
    struct badge_hash hash;
    size_t len = checkpoint && checkpoint->n_lines ? write_line(line, reconciliation, copy) : 0;
    if (!len)
        return false;
    badge_sha256(&hash, line, len);
    return bsearch(&hash, checkpoint->line, checkpoint->n_lines, sizeof hash, compare_hashes);
}

void checkpoint_add(struct checkpoint *checkpoint, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy)
{
    char line[LINE_LEN + 1];
    size_t len = checkpoint ? write_line(line, reconciliation, copy) : 0;
    if (!len)
        return;
    line[len++] = '\n';
    (void)append(checkpoint->fd, line, len); /* at worst an incomplete line, which load() ignores */
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    if (checkpoint->fd >= 0)
        close(checkpoint->fd);
    free(checkpoint->line);
    free(checkpoint);
}
