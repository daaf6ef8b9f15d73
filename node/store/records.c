/*
 * Reads and appends files of checksummed records. The journal, the anchors and the labels are such files; only this
 * one knows where a record ends. It keeps the promise that whatever records_append() has answered BADGE_OK for is
 * visited at the next records_open(), or the file is refused.
 */
#include "store/records.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/text.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"
#include "store/bytes.h"
#include "store/crc32c.h"

size_t record_frame(uint8_t *out, const void *payload, size_t len)
{
    BADGE_ASSERT(len <= RECORDS_MAX_PAYLOAD);
    memmove(out + RECORD_HEAD_LEN, payload, len);
    put_u32(out, (uint32_t)len);
    put_u32(out + 4, crc32c(crc32c(0, out, 4), out + RECORD_HEAD_LEN, len));
    return RECORD_HEAD_LEN + len;
}

static void records_init(struct records *records, const struct records_kind *kind)
{
    records->kind = kind;
    records->fd = -1;
    records->failed = false;
    records->len = 0;
    records->head_end = 0;
}

enum badge_status records_create(struct records *out, const struct records_kind *kind, const char *folder,
                                 const char *name, const void *head, size_t head_len, struct badge_err *err)
{
    uint8_t bytes[RECORDS_MAGIC_LEN + RECORD_HEAD_LEN + RECORDS_MAX_PAYLOAD];
    records_init(out, kind);
    memcpy(bytes, kind->magic, RECORDS_MAGIC_LEN);
    size_t len = RECORDS_MAGIC_LEN + record_frame(bytes + RECORDS_MAGIC_LEN, head, head_len);
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
    uint32_t crc = crc32c(crc32c(0, bytes + at, 4), bytes + at + RECORD_HEAD_LEN, payload_len);
    return crc == get_u32(bytes + at + 4) ? RECORD_HEAD_LEN + payload_len : 0;
}

static enum badge_status damaged(struct badge_err *err, const char *path, uint64_t offset)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s is damaged at byte %llu: restore it from a backup", path,
                      (unsigned long long)offset);
}

/*
 * A record that is not whole, at `at`: torn if nothing good follows, else damaged. The file grows from front to back
 * and each group is synced before the next is written, so a good record behind a bad one means that the bad one was
 * good once.
 */
static enum badge_status cut_tail(struct records *records, const uint8_t *bytes, size_t at, uint64_t base,
                                  bool may_be_torn, struct badge_err *err)
{
    size_t len = (size_t)(records->len - base);
    if (!may_be_torn)
        return damaged(err, records->path, base + at);
    for (size_t later = at + 1; later < len; later++)
        if (record_at(bytes, len, later, records->kind->min_payload, records->kind->max_payload))
            return damaged(err, records->path, base + at);
    log_warn("torn record cut off", log_text("file", records->path), log_u64("offset", base + at),
             log_u64("bytes", len - at));
    if (ftruncate(records->fd, (off_t)(base + at)) != 0)
        return disk_fail(err, "cut the torn end of", records->path);
    records->len = base + at;
    return disk_sync(records->fd, records->path, err);
}

static enum badge_status visit_head(struct records *records, records_visit visit, void *context, struct badge_err *err)
{
    uint8_t bytes[RECORDS_MAGIC_LEN + RECORD_HEAD_LEN + RECORDS_MAX_PAYLOAD];
    size_t len = records->len < sizeof(bytes) ? (size_t)records->len : sizeof(bytes);
    enum badge_status status = disk_read(records->fd, records->path, bytes, len, 0, err);
    if (status != BADGE_OK)
        return status;
    if (len < RECORDS_MAGIC_LEN || memcmp(bytes, records->kind->magic, RECORDS_MAGIC_LEN) != 0)
        return damaged(err, records->path, 0);
    size_t head_len = record_at(bytes, len, RECORDS_MAGIC_LEN, 0, RECORDS_MAX_PAYLOAD);
    if (head_len == 0)
        return damaged(err, records->path, RECORDS_MAGIC_LEN);
    records->head_end = RECORDS_MAGIC_LEN + head_len;
    return visit(context, bytes + RECORDS_MAGIC_LEN + RECORD_HEAD_LEN, head_len - RECORD_HEAD_LEN, RECORDS_MAGIC_LEN,
                 err);
}

static enum badge_status visit_rest(struct records *records, uint64_t from, bool may_be_torn, records_visit visit,
                                    void *context, struct badge_err *err)
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
            status = cut_tail(records, bytes, at, base, may_be_torn, err);
            break;
        }
        status = visit(context, bytes + at + RECORD_HEAD_LEN, n - RECORD_HEAD_LEN, base + at, err);
        at += n;
    }
    free(bytes);
    return status;
}

enum badge_status records_open(struct records *out, const struct records_kind *kind, const char *folder,
                               const char *name, bool may_be_torn, uint64_t from, records_visit visit, void *context,
                               struct badge_err *err)
{
    records_init(out, kind);
    enum badge_status status = disk_path(out->path, folder, name, err);
    if (status == BADGE_OK)
        status = disk_open(&out->fd, out->path, O_RDWR | O_APPEND, err);
    if (status == BADGE_OK)
        status = disk_size(out->fd, out->path, &out->len, err);
    if (status == BADGE_OK)
        status = visit_head(out, visit, context, err);
    if (status == BADGE_OK && from > out->len)
        status = badge_fail(err, BADGE_ECORRUPT, (size_t)out->len,
                            "%s has lost what stood behind byte %llu: restore it from a backup", out->path,
                            (unsigned long long)out->len);
    if (status == BADGE_OK)
        status = visit_rest(out, from, may_be_torn, visit, context, err);
    if (status != BADGE_OK)
        records_close(out);
    return status;
}

enum badge_status records_again(struct records *records, uint64_t from, records_visit visit, void *context,
                                struct badge_err *err)
{
    return visit_rest(records, from, false, visit, context, err);
}

void records_close(struct records *records)
{
    if (records->fd >= 0)
        close(records->fd);
    records->fd = -1;
}

enum badge_status records_append(struct records *records, const void *framed, size_t len, struct badge_err *err)
{
    if (records->failed)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "an earlier write to %s has failed: restart the node",
                          records->path);
    FAILPOINT(records->kind->magic, "write");
    enum badge_status status = disk_write(records->fd, records->path, framed, len, err);
    FAILPOINT(records->kind->magic, "written");
    if (status == BADGE_OK)
        status = disk_sync(records->fd, records->path, err);
    FAILPOINT(records->kind->magic, "synced");
    if (status == BADGE_OK) {
        records->len += len;
        return BADGE_OK;
    }
    /* What the page cache holds now can't be trusted; the next start reads what the disk has. */
    records->failed = true;
    if (ftruncate(records->fd, (off_t)records->len) != 0)
        log_error("tail not cut back", log_text("file", records->path));
    return status;
}
