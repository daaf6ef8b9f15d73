/*
 * An append-only file of checksummed records: the format of the journal's segments, `anchors`, `labels`, `relations`
 * and `standing`.
 *
 *   file     magic (8 bytes, version included), then records
 *   record   length of payload (u32), bytes since the beginning of its group (u32), CRC-32C over both and the payload
 *            (u32), payload
 *
 * The first record is the file's header, written completely before the file gets its name. One append writes a group,
 * which is synced before the next one starts. So a power failure can damage only the last group, but any part of it,
 * because its pages reach the disk in any order. Opening the file truncates it at the first bad record of that group,
 * which was never acknowledged. A bad record before a later group was synced once and damaged since: that is never
 * repaired, only reported.
 */
#ifndef STORE_RECORD_FILE_H
#define STORE_RECORD_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/disk.h"
#include "store/store.h"

#define RECORD_FILE_MAGIC_LEN 8
#define RECORD_FILE_HEAD_AT RECORD_FILE_MAGIC_LEN /* the offset of the header */
#define RECORD_HEAD_LEN 12
#define RECORD_MAX_PAYLOAD 9216

struct record_file_kind {
    char magic[RECORD_FILE_MAGIC_LEN + 1];
    size_t min_payload, max_payload; /* of the records after the header */
};

struct record_file {
    const struct record_file_kind *kind;
    int fd;             /* −1: not open */
    atomic_bool failed; /* an append has failed: the content after the last good one is unknown */
    uint64_t len, head_end;
    uint64_t n_torn; /* bytes after len that RECORD_FILE_READONLY has ignored */
    char path[DISK_PATH_MAX];
};

/*
 * Writes a record to out (RECORD_HEAD_LEN + len bytes) and returns its length; the payload may already be in place.
 * record_file_append() fills in its position in the group and its checksum.
 */
size_t record_frame(uint8_t *out, const void *payload, size_t len);

/* The header of a file that belongs to one chain, contract and issuer. */
#define RECORD_OWNER_LEN 48
void record_owner_encode(uint8_t out[RECORD_OWNER_LEN], const struct store_options *options);

/* Creates the file with its header and opens it for appending. */
enum badge_status record_file_create(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                     const char *name, const void *head, size_t head_len,
                                     struct badge_err *err) BADGE_CHECKED;

/* A record's payload, borrowed until return; offset of the record in the file. The header is visited first. */
typedef enum badge_status (*record_file_visit)(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                               struct badge_err *err);

enum record_file_tail {
    RECORD_FILE_WHOLE,    /* a torn tail is damage: the file was complete when the next one was created */
    RECORD_FILE_TRUNCATE, /* a torn tail is truncated and logged; the file may then be appended to */
    RECORD_FILE_READONLY, /* a torn tail is ignored, and counted in n_torn */
};

/*
 * Opens the file, visits its header and then every record that begins at byte `from` or later (0: all of them).
 * errors       BADGE_ENOTFOUND, BADGE_EIO, BADGE_ENOMEM, BADGE_ECORRUPT (file and offset in the text), the visitor's
 */
enum badge_status record_file_open(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                   const char *name, enum record_file_tail tail, uint64_t from, record_file_visit visit,
                                   void *context, struct badge_err *err) BADGE_CHECKED;
/* Visits again all records that begin at byte `from` or later, up to the last append. */
enum badge_status record_file_revisit(struct record_file *file, uint64_t from, record_file_visit visit, void *context,
                                      struct badge_err *err) BADGE_CHECKED;
void record_file_close(struct record_file *file);

/*
 * Completes the headers of framed records, appends them in one write and syncs: a group. On failure it truncates the
 * file to its former length if possible. If the disk was full and the truncation is synced, an append may be retried;
 * otherwise `failed` is set, and every later append fails at once.
 */
enum badge_status record_file_append(struct record_file *file, uint8_t *framed, size_t len,
                                     struct badge_err *err) BADGE_CHECKED;

#endif
