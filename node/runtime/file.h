/*
 * Small files read and replaced whole: configuration, keystores, tokens, receipts. Blocking: not for the loop.
 */
#ifndef RUNTIME_FILE_H
#define RUNTIME_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "badge/status.h"

/*
 * The whole file, "-" being standard input. *out is NUL-terminated (the NUL is not counted) and the caller's: free().
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ELIMIT (longer than max_len), BADGE_ENOMEM
 */
enum badge_status file_read(char **out, size_t *len, const char *path, size_t max_len,
                            struct badge_err *err) BADGE_CHECKED;

/*
 * Replaces (or makes) the file in one step: a temporary beside it, synced, renamed, the folder synced.
 * errors    BADGE_EIO
 */
enum badge_status file_replace(const char *path, const void *bytes, size_t len, mode_t mode,
                               struct badge_err *err) BADGE_CHECKED;

/*
 * For many files, each of which can be had again: not synced. Written whole or not at all for all who read it now; what
 * a power failure leaves is durable only from file_sync_beside() on, which syncs all of a file's file system.
 * errors    BADGE_EIO
 */
enum badge_status file_replace_later(const char *path, const void *bytes, size_t len, mode_t mode,
                                     struct badge_err *err) BADGE_CHECKED;
enum badge_status file_sync_beside(const char *path, struct badge_err *err) BADGE_CHECKED;

/*
 * A passphrase from the file's first line, or from the terminal without echo if path is NULL. In locked memory:
 * passphrase_free() wipes it.
 */
struct passphrase {
    char *text;
    size_t len, capacity;
};
enum badge_status passphrase_read(struct passphrase *out, const char *path, const char *prompt,
                                  struct badge_err *err) BADGE_CHECKED;
void passphrase_free(struct passphrase *passphrase);

#endif
