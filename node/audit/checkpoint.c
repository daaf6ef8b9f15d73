/*
 * The memory of an audit, used by audit.c. A line counts only if it is whole: what a death tore off is verified again.
 * Lines are compared by their hashes, so a large file needs little memory.
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

#include "runtime/file.h"

#define MAX_STATE ((size_t)512 << 20)
#define LINE_LEN 4400

struct audit_state {
    int fd;
    struct badge_hash *line; /* of those that were there, ascending */
    size_t n_lines;
};

/* Without its newline. */
static size_t write_head(char out[256], const struct reconciliation *reconciliation)
{
    char contract[BADGE_ADDRESS_LEN + 1], issuer[BADGE_ADDRESS_LEN + 1];
    badge_address_format(contract, &reconciliation->contract);
    badge_address_format(issuer, &reconciliation->issuer);
    int n = snprintf(out, 256, "badge-audit 1 %llu %s %s", (unsigned long long)reconciliation->chain_id, contract,
                     issuer);
    return n > 0 ? (size_t)n : 0;
}

static size_t write_line(char out[LINE_LEN], const struct reconciliation *reconciliation,
                         const struct reconciliation_copy *copy)
{
    char root[BADGE_HEX_LEN + 1];
    badge_hex_encode(root, copy->batch.root.b, sizeof copy->batch.root.b);
    int n = snprintf(out, LINE_LEN, "%s %u %s", root, copy->batch.tree_size,
                     reconciliation->source[copy->source].place);
    return n > 0 && n < LINE_LEN ? (size_t)n : 0;
}

static int compare(const void *left, const void *right)
{
    return badge_hash_compare(left, right);
}

static enum badge_status read_lines(struct audit_state *state, const char *text, size_t len, struct badge_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    state->line = malloc((n + 1) * sizeof *state->line);
    if (!state->line)
        return badge_no_memory(err);
    const char *end;
    for (; (end = memchr(text, '\n', len)); len -= (size_t)(end + 1 - text), text = end + 1)
        badge_sha256(&state->line[state->n_lines++], text, (size_t)(end - text));
    qsort(state->line, state->n_lines, sizeof *state->line, compare);
    return BADGE_OK;
}

static enum badge_status fail(struct badge_err *err, const char *path)
{
    /* What the caller named is at fault: BADGE_EIO is a chain that can't be asked. */
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "the state file %s can't be written: %s", path,
                      uv_strerror(uv_translate_sys_error(errno)));
}

static bool append(int fd, const char *text, size_t len)
{
    return write(fd, text, len) == (ssize_t)len;
}

/* What the file says is believed, so nobody else may write it: not in a folder for all, not by way of a group. */
static enum badge_status check_owner(int fd, const char *path, struct badge_err *err)
{
    struct stat about;
    if (fstat(fd, &about))
        return fail(err, path);
    if (S_ISREG(about.st_mode) && about.st_uid == geteuid() && !(about.st_mode & (S_IWGRP | S_IWOTH)))
        return BADGE_OK;
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                      "the state file %s is not yours alone to write: name another file, or begin anew", path);
}

/* Reads what is there, and leaves the file at the beginning of a line. */
static enum badge_status take_up(struct audit_state *state, const char *path,
                                 const struct reconciliation *reconciliation, struct badge_err *err)
{
    char head[256], *text = NULL;
    size_t len = 0, head_len = write_head(head, reconciliation);
    head[head_len++] = '\n';
    struct badge_err why;
    enum badge_status status = file_read(&text, &len, path, MAX_STATE, &why);
    if (status != BADGE_OK)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "the state file can't be used: %s", why.text);
    if (len == 0)
        status = append(state->fd, head, head_len) ? BADGE_OK : fail(err, path);
    else if (len < head_len || memcmp(text, head, head_len) != 0)
        status = badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                            "%s is not the state of an audit of this chain, contract and issuer: name another file",
                            path);
    else
        status = read_lines(state, text + head_len, len - head_len, err);
    if (status == BADGE_OK && len && text[len - 1] != '\n' && !append(state->fd, "\n", 1))
        status = fail(err, path);
    free(text);
    return status;
}

enum badge_status checkpoint_open(struct audit_state **out, const char *path,
                                  const struct reconciliation *reconciliation, struct badge_err *err)
{
    struct audit_state *state = calloc(1, sizeof *state);
    if (!state)
        return badge_no_memory(err);
    state->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
    enum badge_status status = state->fd < 0 ? fail(err, path) : check_owner(state->fd, path, err);
    if (status == BADGE_OK)
        status = take_up(state, path, reconciliation, err);
    if (status != BADGE_OK) {
        checkpoint_close(state);
        return status;
    }
    *out = state;
    return BADGE_OK;
}

bool checkpoint_has(const struct audit_state *state, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy)
{
    char line[LINE_LEN];
    struct badge_hash hash;
    size_t len = state && state->n_lines ? write_line(line, reconciliation, copy) : 0;
    if (!len)
        return false;
    badge_sha256(&hash, line, len);
    return bsearch(&hash, state->line, state->n_lines, sizeof hash, compare);
}

void checkpoint_add(struct audit_state *state, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy)
{
    char line[LINE_LEN + 1];
    size_t len = state ? write_line(line, reconciliation, copy) : 0;
    if (!len)
        return;
    line[len++] = '\n';
    if (!append(state->fd, line, len))
        return; /* perhaps a part of a line, which is not read back */
}

void checkpoint_close(struct audit_state *state)
{
    if (!state)
        return;
    if (state->fd >= 0)
        close(state->fd);
    free(state->line);
    free(state);
}
