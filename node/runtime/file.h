/*
 * Small files, read and replaced whole: configuration, keystores, tokens, receipts. Blocking: not for a loop.
 */
#ifndef RUNTIME_FILE_H
#define RUNTIME_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "badge/status.h"

/*
 * Reads a whole file; "-" is standard input. *out is NUL-terminated (the NUL is not counted) and the caller's: free().
 * errors    BADGE_ENOTFOUND, BADGE_EIO, BADGE_ELIMIT (longer than max_len), BADGE_ENOMEM
 */
enum badge_status file_read(char **out, size_t *len, const char *path, size_t max_len,
                            struct badge_err *err) BADGE_CHECKED;

/*
 * Replaces (or creates) the file atomically: writes a temporary beside it, syncs it, renames it, syncs the folder.
 * errors    BADGE_EIO
 */
enum badge_status file_replace(const char *path, const void *bytes, size_t len, mode_t mode,
                               struct badge_err *err) BADGE_CHECKED;

/*
 * The same without syncing, for many files that can be fetched again. Readers see the old file or the new one, but
 * after a power failure the new one is certain only if file_sync_beside() was called, which syncs the file system of
 * path. errors    BADGE_EIO
 */
enum badge_status file_replace_later(const char *path, const void *bytes, size_t len, mode_t mode,
                                     struct badge_err *err) BADGE_CHECKED;
enum badge_status file_sync_beside(const char *path, struct badge_err *err) BADGE_CHECKED;

/* For a call that failed with this errno: BADGE_ENOTFOUND or BADGE_EIO, with what failed, where, and why. */
enum badge_status file_fail(struct badge_err *err, const char *what, const char *path, int code);

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
