/*
 * Files and folders of the store. Errors of the operating system are translated here, once, into a status and a
 * sentence with the path. Everything is created for the owner only (0700, 0600) and closed on exec.
 */
#ifndef STORE_DISK_H
#define STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "badge/hash.h"

#define DISK_PATH_MAX 1024
#define DISK_UNFINISHED ".new"               /* the suffix of a file that is not complete */
#define DISK_FOLDER_MAX (DISK_PATH_MAX - 64) /* leaves room for the names of a store's files */
#define DISK_NAME_MAX 32                     /* the name of a numbered file: eight digits or more */

/* errors    BADGE_ELIMIT: the path of a store is longer than DISK_FOLDER_MAX. Checked once, before any use. */
enum badge_status disk_check_path(const char *store, struct badge_err *err) BADGE_CHECKED;
/* folder/name, of a store whose path was checked. */
void disk_path(char out[DISK_PATH_MAX], const char *folder, const char *name);
/* "NNNNNNNN", and the same within a folder. */
void disk_number_name(char out[DISK_NAME_MAX], uint32_t number);
void disk_number_path(char out[DISK_PATH_MAX], const char *folder, uint32_t number);

/* BADGE_EIO with errno's text: "can't <verb> <path>: <why>". errno stays, as in every function below that fails. */
enum badge_status disk_fail(struct badge_err *err, const char *verb, const char *path);

/* Whether this errno means out of space: the disk, the quota or the process's file size limit. */
bool disk_out_of_space(int code);
/* Checks whether there is space again: writes and syncs an unnamed temporary file. */
enum badge_status disk_probe(const char *folder, struct badge_err *err) BADGE_CHECKED;

/* BADGE_ECORRUPT: a required numbered file is missing. */
enum badge_status disk_missing(struct badge_err *err, const char *folder, uint32_t number);

/* Creates the folder unless it exists. */
enum badge_status disk_make_folder(const char *path, struct badge_err *err) BADGE_CHECKED;
/* errors    BADGE_EREFUSED: others than its owner may write into the folder; BADGE_EIO */
enum badge_status disk_check_private(const char *folder, struct badge_err *err) BADGE_CHECKED;
/* Makes creations, renames and deletions in the folder durable. */
enum badge_status disk_sync_folder(const char *path, struct badge_err *err) BADGE_CHECKED;
bool disk_exists(const char *path);

/* errors    BADGE_EIO, BADGE_ENOTFOUND */
enum badge_status disk_open(int *fd, const char *path, int flags, struct badge_err *err) BADGE_CHECKED;
enum badge_status disk_write(int fd, const char *path, const void *bytes, size_t len,
                             struct badge_err *err) BADGE_CHECKED;
/* Exactly len bytes at offset. errors    BADGE_EIO, BADGE_ECORRUPT: the file is truncated */
enum badge_status disk_read(int fd, const char *path, void *out, size_t len, uint64_t offset,
                            struct badge_err *err) BADGE_CHECKED;
/* Copies len bytes at `at` of a file to where another is written, and adds them to the hash, which may be NULL. */
enum badge_status disk_copy(int to, const char *to_path, int from, const char *from_path, uint64_t at, uint64_t len,
                            struct badge_sha256 *sha, struct badge_err *err) BADGE_CHECKED;
enum badge_status disk_size(int fd, const char *path, uint64_t *out, struct badge_err *err) BADGE_CHECKED;
enum badge_status disk_sync(int fd, const char *path, struct badge_err *err) BADGE_CHECKED;

/* Creates a file atomically: a temporary file beside it, synced, renamed, the folder synced. */
enum badge_status disk_create(const char *folder, const char *name, const void *bytes, size_t len,
                              struct badge_err *err) BADGE_CHECKED;

/*
 * The numbers of the numbered files in a folder, ascending; other names are ignored. *out is the caller's: free().
 */
enum badge_status disk_list(uint32_t **out, size_t *n, const char *folder, struct badge_err *err) BADGE_CHECKED;

/* Deletes numbered temporary files (DISK_UNFINISHED) that a crash left in a folder. */
enum badge_status disk_tidy(const char *folder, struct badge_err *err) BADGE_CHECKED;

/* Deletes a folder and its contents without following links; a missing folder is not an error. */
enum badge_status disk_remove_folder(const char *path, struct badge_err *err) BADGE_CHECKED;

#endif
