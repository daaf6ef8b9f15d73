/*
 * journal/NNNNNNNN: submissions acknowledged and not yet sealed. Records are counted from 0 over the whole life of
 * the store (their sequence numbers); a batch seals the oldest, so "sealed through s" says of every record whether it
 * is pending. A segment's head carries the sequence number of its first submission: a lost segment is noticed.
 *
 * Used by one thread at a time: the store's commit lock.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "badge/digest.h"
#include "store/record_file.h"

enum journal_type {
    JOURNAL_NEW = 1,     /* a submission; takes the next sequence number */
    JOURNAL_RELABEL = 2, /* a digest known as external has come as a document */
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
/* False for a type or label that is none. */
bool journal_parse(struct journal_record *out, const uint8_t payload[JOURNAL_PAYLOAD_LEN]);

typedef enum badge_status (*journal_visit)(void *context, const struct journal_record *record, uint64_t sequence,
                                           struct badge_err *err);

void journal_init(struct journal *journal);
/*
 * Opens the folder's segments, or begins the first one, and visits every record in order; sequence is that of a
 * submission, and undefined for a relabelling.
 * sealed_through  the first sequence number that is in no batch
 * errors          those of record_file_open(); BADGE_ECORRUPT: a segment is missing; the visitor's
 */
enum badge_status journal_open(struct journal *out, const char *path, uint64_t sealed_through, journal_visit visit,
                               void *context, struct badge_err *err) BADGE_CHECKED;
/* The same for looking alone: nothing is written, cut or begun, and nothing may be appended. */
enum badge_status journal_open_readonly(struct journal *out, const char *path, uint64_t sealed_through,
                                        journal_visit visit, void *context, struct badge_err *err) BADGE_CHECKED;
/* The sequence number behind the last submission of the folder's segments, whatever stood before them. */
enum badge_status journal_end(const char *path, uint64_t *sequence, struct badge_err *err) BADGE_CHECKED;
void journal_close(struct journal *journal);

/*
 * Appends framed records, n_new of them submissions, and syncs: record_file_append() has the rules for failures. A
 * segment that is full is followed by another. err is not NULL.
 */
enum badge_status journal_append(struct journal *journal, uint8_t *framed, size_t len, size_t n_new,
                                 struct badge_err *err) BADGE_CHECKED;
/* Begins another segment unless the current one is empty. On failure the current one stays. */
enum badge_status journal_rotate(struct journal *journal, struct badge_err *err) BADGE_CHECKED;
/* Deletes the segments that hold nothing pending; the current one stays. */
void journal_trim(struct journal *journal, uint64_t sealed_through);

#endif
