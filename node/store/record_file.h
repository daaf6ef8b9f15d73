/*
 * An append-only file of checksummed records: the form of the journal's segments, of `anchors` and of `labels`.
 *
 *   file     magic (8 bytes, version included), then records
 *   record   length of payload (u32), bytes since the beginning of its group (u32), CRC-32C over both and the payload
 *            (u32), payload
 *
 * The first record is the file's head, written whole before the file gets its name. What one append writes is a group,
 * synced before the next begins. So a power failure harms the last group alone, but any part of it: its pages reach the
 * disk in any order. What follows the group's first bad record is cut off when the file is opened; nobody was answered
 * for it. A bad record behind which a later group begins was synced once and has been damaged since: that is never
 * repaired by guessing.
 */
#ifndef STORE_RECORD_FILE_H
#define STORE_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/disk.h"

#define RECORD_FILE_MAGIC_LEN 8
#define RECORD_HEAD_LEN 12
#define RECORD_MAX_PAYLOAD 9216

struct record_file_kind {
    char magic[RECORD_FILE_MAGIC_LEN + 1];
    size_t min_payload, max_payload; /* of what follows the head */
};

struct record_file {
    const struct record_file_kind *kind;
    int fd;      /* −1: not open */
    bool failed; /* an append has failed: what follows the last good one is unknown */
    uint64_t len, head_end;
    uint64_t n_torn; /* bytes behind len that RECORD_FILE_READONLY has left where they are */
    char path[DISK_PATH_MAX];
};

/*
 * Writes a record to out (RECORD_HEAD_LEN + len bytes) and returns its length; the payload may already stand there.
 * Its place in the group and its checksum are record_file_append()'s.
 */
size_t record_frame(uint8_t *out, const void *payload, size_t len);

/* Makes the file with its head and opens it for appending. */
enum badge_status record_file_create(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                     const char *name, const void *head, size_t head_len,
                                     struct badge_err *err) BADGE_CHECKED;

/* A record's payload, borrowed until return; offset is the record's own in the file. The head comes first. */
typedef enum badge_status (*record_file_visit)(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                               struct badge_err *err);

enum record_file_tail {
    RECORD_FILE_WHOLE,    /* a torn tail is damage: the file was left whole when the next one was begun */
    RECORD_FILE_TRUNCATE, /* it is cut off and logged; the file may then be appended to */
    RECORD_FILE_READONLY, /* it is left where it is, and counted in n_torn */
};

/*
 * Opens the file, visits its head and then every record that begins at byte `from` or later (0: all of them).
 * errors       BADGE_ENOTFOUND, BADGE_EIO, BADGE_ENOMEM, BADGE_ECORRUPT (file and offset in the text), the visitor's
 */
enum badge_status record_file_open(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                   const char *name, enum record_file_tail tail, uint64_t from, record_file_visit visit,
                                   void *context, struct badge_err *err) BADGE_CHECKED;
/* Visits again, up to the last append, what begins at byte `from` or later. */
enum badge_status record_file_revisit(struct record_file *records, uint64_t from, record_file_visit visit,
                                      void *context, struct badge_err *err) BADGE_CHECKED;
void record_file_close(struct record_file *records);

/*
 * Completes the heads of framed records, appends them in one write and syncs: a group. On failure the file is cut back
 * to where it was, as far as that is possible. Where there was merely no room, and the file is surely as it was, an
 * append may be tried again; else `failed` is set, and every later one fails at once.
 */
enum badge_status record_file_append(struct record_file *records, uint8_t *framed, size_t len,
                                     struct badge_err *err) BADGE_CHECKED;

#endif
