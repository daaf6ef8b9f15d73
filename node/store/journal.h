/*
 * journal/NNNNNNNN: submissions that are acknowledged and not sealed yet. Each has a sequence number, counted from 0
 * over the lifetime of the store. A batch seals the oldest, so one number, sealed_through, separates sealed records
 * from pending ones. The head of a segment holds the sequence number of its first submission, to detect a lost segment.
 *
 * Used by one thread at a time, under the store's commit lock.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "badge/digest.h"
#include "store/record_file.h"

enum journal_type {
    JOURNAL_NEW = 1,     /* a submission; takes the next sequence number */
    JOURNAL_RELABEL = 2, /* the document of a digest stored as external has been submitted */
};

struct journal_record {
    enum journal_type type;
    struct badge_digest digest;
    int64_t at_s;
};

#define JOURNAL_PAYLOAD_LEN 42
#define JOURNAL_FRAMED_LEN (RECORD_HEAD_LEN + JOURNAL_PAYLOAD_LEN)

struct journal_segment {
    uint32_t number;
    uint64_t first_sequence;
};

struct journal {
    char folder[DISK_PATH_MAX];
    struct record_file current;
    uint64_t next_sequence;
    size_t n_segments, capacity; /* the last one is the current one */
    struct journal_segment *segments;
};

/* Writes JOURNAL_FRAMED_LEN bytes. */
void journal_frame(uint8_t *out, const struct journal_record *record);
/* False for an unknown type or label. */
bool journal_parse(struct journal_record *out, const uint8_t payload[JOURNAL_PAYLOAD_LEN]);

typedef enum badge_status (*journal_visit)(void *context, const struct journal_record *record, uint64_t sequence,
                                           struct badge_err *err);

void journal_init(struct journal *journal);
/*
 * Opens the folder's segments and visits every record in order; `sequence` is defined for submissions only.
 * tail            of the newest segment: RECORD_FILE_TRUNCATE, where a first segment is created if there is none; or
 *                 RECORD_FILE_READONLY: nothing is written, truncated or created, and no appends may follow
 * sealed_through  the first sequence number that is not in a batch
 * errors          those of record_file_open(); BADGE_ECORRUPT: a segment is missing; the visitor's
 */
enum badge_status journal_open(struct journal *out, const char *path, enum record_file_tail tail,
                               uint64_t sealed_through, journal_visit visit, void *context,
                               struct badge_err *err) BADGE_CHECKED;
/* The sequence number after the last submission in the folder's segments; earlier segments may be missing. */
enum badge_status journal_end(const char *path, uint64_t *sequence, struct badge_err *err) BADGE_CHECKED;
void journal_close(struct journal *journal);

/*
 * Appends framed records, n_new of them submissions, and syncs; see record_file_append() for failures. Starts another
 * segment if the current one is full. err must not be NULL.
 */
enum badge_status journal_append(struct journal *journal, uint8_t *framed, size_t len, size_t n_new,
                                 struct badge_err *err) BADGE_CHECKED;
/* Starts another segment unless the current one is empty. On failure the current one is kept. */
enum badge_status journal_rotate(struct journal *journal, struct badge_err *err) BADGE_CHECKED;
/* Deletes the segments that hold nothing pending, except for the current one. */
void journal_trim(struct journal *journal, uint64_t sealed_through);

#endif
