/*
 * The journal makes submissions durable. append.c writes it, seal.c rotates and trims it, recover.c replays it.
 * Sequence numbers have no gaps: every submission that is not in a batch is in exactly one segment.
 */
#include "store/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/text.h"
#include "core/grow.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"
#include "store/bytes.h"

#define SEGMENT_FULL (16u << 20)
#define HEAD_LEN 12 /* number, first sequence */

static const struct record_file_kind kind = {"badgejn1", JOURNAL_PAYLOAD_LEN, JOURNAL_PAYLOAD_LEN};

void journal_frame(uint8_t *out, const struct journal_record *record)
{
    uint8_t *payload = out + RECORD_HEAD_LEN;
    payload[0] = (uint8_t)record->type;
    payload[1] = (uint8_t)record->digest.label;
    put_u64(payload + 2, (uint64_t)record->at_s);
    memcpy(payload + 10, record->digest.value.b, 32);
    record_frame(out, payload, JOURNAL_PAYLOAD_LEN);
}

bool journal_parse(struct journal_record *out, const uint8_t payload[JOURNAL_PAYLOAD_LEN])
{
    if (payload[0] != JOURNAL_NEW && payload[0] != JOURNAL_RELABEL)
        return false;
    if (payload[1] < BADGE_LABEL_JCS || payload[1] > BADGE_LABEL_EXTERNAL)
        return false;
    out->type = (enum journal_type)payload[0];
    out->digest.label = (enum badge_label)payload[1];
    out->at_s = (int64_t)get_u64(payload + 2);
    memcpy(out->digest.value.b, payload + 10, 32);
    return true;
}

static enum badge_status add_segment(struct journal *journal, uint32_t number, uint64_t first_sequence,
                                     struct badge_err *err)
{
    struct journal_segment *grown = core_grow(journal->segments, &journal->capacity, journal->n_segments + 1,
                                              sizeof *grown);
    if (!grown)
        return badge_no_memory(err);
    journal->segments = grown;
    journal->segments[journal->n_segments++] = (struct journal_segment){number, first_sequence};
    return BADGE_OK;
}

/* Replaces the current segment only once its successor is on disk. */
static enum badge_status begin_segment(struct journal *journal, uint32_t number, struct badge_err *err)
{
    uint8_t head[HEAD_LEN];
    put_u32(head, number);
    put_u64(head + 4, journal->next_sequence);
    char name[DISK_NAME_MAX];
    disk_number_name(name, number);
    enum badge_status status = add_segment(journal, number, journal->next_sequence, err);
    if (status != BADGE_OK)
        return status;
    struct record_file next;
    status = record_file_create(&next, &kind, journal->folder, name, head, HEAD_LEN, err);
    if (status != BADGE_OK) {
        journal->n_segments--;
        return status;
    }
    FAILPOINT("journal", "rotated");
    record_file_close(&journal->current);
    journal->current = next;
    return BADGE_OK;
}

struct journal_replay {
    struct journal *journal;
    uint32_t number; /* of the segment being read */
    char name[DISK_NAME_MAX];
    uint64_t sealed_through;
    journal_visit visit; /* may be NULL */
    void *context;
};

static enum badge_status visit_head(struct journal_replay *replay, const uint8_t *payload, size_t len,
                                    struct badge_err *err)
{
    struct journal *journal = replay->journal;
    if (len != HEAD_LEN || get_u32(payload) != replay->number)
        return badge_fail(err, BADGE_ECORRUPT, 0,
                          "%s/%s is not the segment of its name: restore the journal from a backup", journal->folder,
                          replay->name);
    uint64_t first = get_u64(payload + 4);
    /* Trimming leaves a gap, but only of sealed submissions; in any other gap acknowledged submissions are lost. */
    if (first < journal->next_sequence || (first > journal->next_sequence && first > replay->sealed_through))
        return badge_fail(
            err, BADGE_ECORRUPT, 0,
            "the segment before %s/%s is missing, and its submissions are not in a batch: restore it from a backup",
            journal->folder, replay->name);
    journal->next_sequence = first;
    return add_segment(journal, replay->number, first, err);
}

static enum badge_status visit_record(void *context, const uint8_t *payload, size_t len, uint64_t offset,
                                      struct badge_err *err)
{
    struct journal_replay *replay = context;
    if (offset == RECORD_FILE_HEAD_AT)
        return visit_head(replay, payload, len, err);
    struct journal_record record;
    if (!journal_parse(&record, payload))
        return badge_fail(err, BADGE_ECORRUPT, (size_t)offset,
                          "%s/%s has a record of an unknown type at byte %llu: use the newer version that wrote it",
                          replay->journal->folder, replay->name, (unsigned long long)offset);
    uint64_t sequence = replay->journal->next_sequence;
    if (record.type == JOURNAL_NEW)
        replay->journal->next_sequence++;
    return replay->visit ? replay->visit(replay->context, &record, sequence, err) : BADGE_OK;
}

void journal_init(struct journal *journal)
{
    memset(journal, 0, sizeof *journal);
    journal->current.fd = -1;
}

static enum badge_status read_all(struct journal *out, const char *path, enum record_file_tail tail,
                                  uint64_t sealed_through, journal_visit visit, void *context, struct badge_err *err)
{
    uint32_t *numbers = NULL;
    size_t n = 0;
    disk_path(out->folder, path, "journal");
    enum badge_status status = disk_list(&numbers, &n, out->folder, err);
    for (size_t i = 0; status == BADGE_OK && i < n; i++) {
        struct journal_replay replay = {
            .journal = out, .number = numbers[i], .sealed_through = sealed_through, .visit = visit, .context = context};
        disk_number_name(replay.name, numbers[i]);
        record_file_close(&out->current);
        status = record_file_open(&out->current, &kind, out->folder, replay.name, i + 1 == n ? tail : RECORD_FILE_WHOLE,
                                  0, visit_record, &replay, err);
    }
    free(numbers);
    return status;
}

enum badge_status journal_open(struct journal *out, const char *path, enum record_file_tail tail,
                               uint64_t sealed_through, journal_visit visit, void *context, struct badge_err *err)
{
    enum badge_status status = read_all(out, path, tail, sealed_through, visit, context, err);
    if (status == BADGE_OK && out->next_sequence < sealed_through)
        /* Segments that the newest batch has sealed are missing or from another store. */
        status = badge_fail(err, BADGE_ECORRUPT, 0, "the newest segments of %s are missing: restore them from a backup",
                            out->folder);
    if (status == BADGE_OK && tail == RECORD_FILE_TRUNCATE && out->n_segments == 0)
        status = begin_segment(out, 1, err);
    return status;
}

enum badge_status journal_end(const char *path, uint64_t *sequence, struct badge_err *err)
{
    struct journal journal;
    journal_init(&journal);
    enum badge_status status = read_all(&journal, path, RECORD_FILE_READONLY, UINT64_MAX, NULL, NULL, err);
    *sequence = journal.next_sequence;
    journal_close(&journal);
    return status;
}

void journal_close(struct journal *journal)
{
    record_file_close(&journal->current);
    free(journal->segments);
    journal->segments = NULL;
    journal->n_segments = 0;
}

enum badge_status journal_append(struct journal *journal, uint8_t *framed, size_t len, size_t n_new,
                                 struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    if (journal->current.len >= SEGMENT_FULL)
        status = journal_rotate(journal, err);
    if (status == BADGE_OK)
        status = record_file_append(&journal->current, framed, len, err);
    if (status == BADGE_OK)
        journal->next_sequence += n_new;
    return status;
}

enum badge_status journal_rotate(struct journal *journal, struct badge_err *err)
{
    if (journal->current.len <= RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN + HEAD_LEN)
        return BADGE_OK;
    if (journal->current.failed)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "an earlier write to the journal failed: restart the node");
    FAILPOINT("journal", "rotate");
    char path[DISK_PATH_MAX];
    uint32_t number = journal->segments[journal->n_segments - 1].number + 1;
    enum badge_status status = begin_segment(journal, number, err);
    /* Out of space: nothing has changed, unless the successor already has its name, because the next start would then
     * take the current segment as complete. After any other error the state of the disk is unknown. */
    disk_number_path(path, journal->folder, number);
    if (status == BADGE_EIO)
        journal->current.failed = !disk_out_of_space(errno) || disk_exists(path);
    return status;
}

void journal_trim(struct journal *journal, uint64_t sealed_through)
{
    size_t n_gone = 0;
    while (n_gone + 1 < journal->n_segments && journal->segments[n_gone + 1].first_sequence <= sealed_through) {
        char path[DISK_PATH_MAX];
        disk_number_path(path, journal->folder, journal->segments[n_gone].number);
        if (unlink(path) != 0) {
            /* Wastes space only: the next start skips what is sealed. */
            log_warn("sealed journal segment not deleted", log_u64("segment", journal->segments[n_gone].number));
            break;
        }
        FAILPOINT("journal", "trimmed");
        n_gone++;
    }
    journal->n_segments -= n_gone;
    memmove(journal->segments, journal->segments + n_gone, journal->n_segments * sizeof *journal->segments);
}
