/*
 * Reads and appends files of checksummed records. The journal, the anchors and the labels are such files; only this
 * one knows where a record ends. It keeps the promise that whatever record_file_append() has answered BADGE_OK for is
 * visited at the next record_file_open(), or the file is refused.
 */
#include "store/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/text.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"
#include "store/bytes.h"
#include "store/crc32c.h"

enum { AT_GROUP = 4, AT_CRC = 8 };

size_t record_frame(uint8_t *out, const void *payload, size_t len)
{
    BADGE_ASSERT(len <= RECORD_MAX_PAYLOAD);
    memmove(out + RECORD_HEAD_LEN, payload, len);
    put_u32(out, (uint32_t)len);
    return RECORD_HEAD_LEN + len;
}

static uint32_t checksum(const uint8_t *record, size_t payload_len)
{
    return crc32c(crc32c(0, record, AT_CRC), record + RECORD_HEAD_LEN, payload_len);
}

/* Says in each record of a group where the group begins. */
static void complete_group(uint8_t *framed, size_t len)
{
    BADGE_ASSERT(len <= UINT32_MAX);
    for (size_t at = 0; at < len;) {
        size_t payload_len = get_u32(framed + at);
        put_u32(framed + at + AT_GROUP, (uint32_t)at);
        put_u32(framed + at + AT_CRC, checksum(framed + at, payload_len));
        at += RECORD_HEAD_LEN + payload_len;
    }
}

static void records_init(struct record_file *records, const struct record_file_kind *kind)
{
    records->kind = kind;
    records->fd = -1;
    records->failed = false;
    records->len = 0;
    records->head_end = 0;
    records->n_torn = 0;
}

enum badge_status record_file_create(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                     const char *name, const void *head, size_t head_len, struct badge_err *err)
{
    uint8_t bytes[RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN + RECORD_MAX_PAYLOAD];
    records_init(out, kind);
    memcpy(bytes, kind->magic, RECORD_FILE_MAGIC_LEN);
    size_t len = RECORD_FILE_MAGIC_LEN + record_frame(bytes + RECORD_FILE_MAGIC_LEN, head, head_len);
    complete_group(bytes + RECORD_FILE_MAGIC_LEN, len - RECORD_FILE_MAGIC_LEN);
    enum badge_status status = disk_path(out->path, folder, name, err);
    if (status == BADGE_OK)
        status = disk_create(folder, name, bytes, len, err);
    if (status == BADGE_OK)
        status = disk_open(&out->fd, out->path, O_RDWR | O_APPEND, err);
    out->len = out->head_end = len;
    return status;
}

/* The length of a good record that begins at `at`, 0 if there is none. */
static size_t record_at(const uint8_t *bytes, size_t len, size_t at, size_t min_payload, size_t max_payload)
{
    if (len - at < RECORD_HEAD_LEN)
        return 0;
    uint32_t payload_len = get_u32(bytes + at);
    if (payload_len < min_payload || payload_len > max_payload || payload_len > len - at - RECORD_HEAD_LEN)
        return 0;
    return checksum(bytes + at, payload_len) == get_u32(bytes + at + AT_CRC) ? RECORD_HEAD_LEN + payload_len : 0;
}

static enum badge_status damaged(struct badge_err *err, const char *path, uint64_t offset)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s is damaged at byte %llu: restore it from a backup", path,
                      (unsigned long long)offset);
}

/*
 * A record that is not whole, at `at`: torn if no later group has begun, else damaged. A group is synced before the
 * next is written, so a record of a later group means that the bad one was good once.
 */
static enum badge_status cut_tail(struct record_file *records, const uint8_t *bytes, size_t at, uint64_t base,
                                  enum record_file_tail tail, struct badge_err *err)
{
    size_t len = (size_t)(records->len - base);
    if (tail == RECORD_FILE_WHOLE)
        return damaged(err, records->path, base + at);
    for (size_t later = at + 1; later < len; later++)
        if (record_at(bytes, len, later, records->kind->min_payload, records->kind->max_payload) &&
            get_u32(bytes + later + AT_GROUP) < later - at)
            return damaged(err, records->path, base + at);
    if (tail == RECORD_FILE_READONLY) {
        records->n_torn = len - at;
        records->len = base + at;
        return BADGE_OK;
    }
    log_warn("torn record cut off", log_text("file", records->path), log_u64("offset", base + at),
             log_u64("bytes", len - at));
    if (ftruncate(records->fd, (off_t)(base + at)) != 0)
        return disk_fail(err, "cut the torn end of", records->path);
    records->len = base + at;
    return disk_sync(records->fd, records->path, err);
}

static enum badge_status visit_head(struct record_file *records, record_file_visit visit, void *context,
                                    struct badge_err *err)
{
    uint8_t bytes[RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN + RECORD_MAX_PAYLOAD];
    size_t len = records->len < sizeof bytes ? (size_t)records->len : sizeof bytes;
    enum badge_status status = disk_read(records->fd, records->path, bytes, len, 0, err);
    if (status != BADGE_OK)
        return status;
    if (len < RECORD_FILE_MAGIC_LEN || memcmp(bytes, records->kind->magic, RECORD_FILE_MAGIC_LEN) != 0)
        return damaged(err, records->path, 0);
    size_t head_len = record_at(bytes, len, RECORD_FILE_MAGIC_LEN, 0, RECORD_MAX_PAYLOAD);
    if (head_len == 0)
        return damaged(err, records->path, RECORD_FILE_MAGIC_LEN);
    records->head_end = RECORD_FILE_MAGIC_LEN + head_len;
    return visit(context, bytes + RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN, head_len - RECORD_HEAD_LEN,
                 RECORD_FILE_MAGIC_LEN, err);
}

static enum badge_status visit_rest(struct record_file *records, uint64_t from, enum record_file_tail tail,
                                    record_file_visit visit, void *context, struct badge_err *err)
{
    uint64_t base = from > records->head_end ? from : records->head_end;
    BADGE_ASSERT(base <= records->len);
    size_t len = (size_t)(records->len - base);
    if (len == 0)
        return BADGE_OK;
    uint8_t *bytes = malloc(len);
    if (!bytes)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory to read %s", records->path);
    enum badge_status status = disk_read(records->fd, records->path, bytes, len, base, err);
    for (size_t at = 0; status == BADGE_OK && at < len;) {
        size_t n = record_at(bytes, len, at, records->kind->min_payload, records->kind->max_payload);
        if (n == 0) {
            status = cut_tail(records, bytes, at, base, tail, err);
            break;
        }
        status = visit(context, bytes + at + RECORD_HEAD_LEN, n - RECORD_HEAD_LEN, base + at, err);
        at += n;
    }
    free(bytes);
    return status;
}

enum badge_status record_file_open(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                   const char *name, enum record_file_tail tail, uint64_t from, record_file_visit visit,
                                   void *context, struct badge_err *err)
{
    records_init(out, kind);
    enum badge_status status = disk_path(out->path, folder, name, err);
    if (status == BADGE_OK)
        status = disk_open(&out->fd, out->path, tail == RECORD_FILE_TRUNCATE ? O_RDWR | O_APPEND : O_RDONLY, err);
    if (status == BADGE_OK)
        status = disk_size(out->fd, out->path, &out->len, err);
    if (status == BADGE_OK)
        status = visit_head(out, visit, context, err);
    if (status == BADGE_OK && from > out->len)
        status = badge_fail(err, BADGE_ECORRUPT, (size_t)out->len,
                            "%s has lost what stood behind byte %llu: restore it from a backup", out->path,
                            (unsigned long long)out->len);
    if (status == BADGE_OK)
        status = visit_rest(out, from, tail, visit, context, err);
    if (status != BADGE_OK)
        record_file_close(out);
    return status;
}

enum badge_status record_file_revisit(struct record_file *records, uint64_t from, record_file_visit visit,
                                      void *context, struct badge_err *err)
{
    return visit_rest(records, from, RECORD_FILE_WHOLE, visit, context, err);
}

void record_file_close(struct record_file *records)
{
    if (records->fd >= 0)
        close(records->fd);
    records->fd = -1;
}

/* As it was before the append, and surely so. */
static bool cut_back(struct record_file *records)
{
    return ftruncate(records->fd, (off_t)records->len) == 0 && fdatasync(records->fd) == 0;
}

enum badge_status record_file_append(struct record_file *records, uint8_t *framed, size_t len, struct badge_err *err)
{
    if (records->failed)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "an earlier write to %s has failed: restart the node",
                          records->path);
    complete_group(framed, len);
    FAILPOINT(records->kind->magic, "write");
    enum badge_status status = disk_write(records->fd, records->path, framed, len, err);
    bool no_room = status != BADGE_OK && disk_lacks_room(errno);
    FAILPOINT(records->kind->magic, "written");
    if (status == BADGE_OK)
        status = disk_sync(records->fd, records->path, err);
    FAILPOINT(records->kind->magic, "synced");
    if (status == BADGE_OK) {
        records->len += len;
        return BADGE_OK;
    }
    /* After a failed sync what the page cache holds can't be trusted; the next start reads what the disk has. */
    bool as_before = cut_back(records);
    records->failed = !no_room || !as_before;
    if (!as_before)
        log_error("tail not cut back", log_text("file", records->path));
    return status;
}
