/*
 * Reads and appends to files of checksummed records: the journal, `anchors`, `labels` and `standing`. It guarantees
 * that every record for which record_file_append() returned BADGE_OK is visited by the next record_file_open(), or the
 * file is refused.
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

/* Writes into each record of a group where the group begins, and its checksum. */
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

void record_owner_encode(uint8_t out[RECORD_OWNER_LEN], const struct store_options *options)
{
    put_u64(out, options->chain_id);
    memcpy(out + 8, options->contract.b, sizeof options->contract.b);
    memcpy(out + 28, options->issuer.b, sizeof options->issuer.b);
}

static void record_file_init(struct record_file *file, const struct record_file_kind *kind)
{
    *file = (struct record_file){.kind = kind, .fd = -1};
}

enum badge_status record_file_create(struct record_file *out, const struct record_file_kind *kind, const char *folder,
                                     const char *name, const void *head, size_t head_len, struct badge_err *err)
{
    uint8_t bytes[RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN + RECORD_MAX_PAYLOAD];
    record_file_init(out, kind);
    memcpy(bytes, kind->magic, RECORD_FILE_MAGIC_LEN);
    size_t len = RECORD_FILE_MAGIC_LEN + record_frame(bytes + RECORD_FILE_MAGIC_LEN, head, head_len);
    complete_group(bytes + RECORD_FILE_MAGIC_LEN, len - RECORD_FILE_MAGIC_LEN);
    disk_path(out->path, folder, name);
    enum badge_status status = disk_create(folder, name, bytes, len, err);
    if (status == BADGE_OK)
        status = disk_open(&out->fd, out->path, O_RDWR | O_APPEND, err);
    out->len = out->head_end = len;
    return status;
}

/* The length of a valid record that begins at `at`, else 0. */
static size_t record_at(const uint8_t *bytes, size_t len, size_t at, size_t min_payload, size_t max_payload)
{
    if (len - at < RECORD_HEAD_LEN)
        return 0;
    uint32_t payload_len = get_u32(bytes + at);
    if (payload_len < min_payload || payload_len > max_payload || payload_len > len - at - RECORD_HEAD_LEN)
        return 0;
    return checksum(bytes + at, payload_len) == get_u32(bytes + at + AT_CRC) ? RECORD_HEAD_LEN + payload_len : 0;
}

static enum badge_status record_damaged(struct badge_err *err, const char *path, uint64_t offset)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s is damaged at byte %llu: restore it from a backup", path,
                      (unsigned long long)offset);
}

/*
 * Handles an invalid record at `at`: torn if no later group follows, else damaged. A group is synced before the next is
 * written, so if a record of a later group follows, the bad one was valid once.
 */
static enum badge_status truncate_tail(struct record_file *file, const uint8_t *bytes, size_t at, uint64_t base,
                                       enum record_file_tail tail, struct badge_err *err)
{
    size_t len = (size_t)(file->len - base);
    if (tail == RECORD_FILE_WHOLE)
        return record_damaged(err, file->path, base + at);
    for (size_t later = at + 1; later < len; later++)
        if (record_at(bytes, len, later, file->kind->min_payload, file->kind->max_payload) &&
            get_u32(bytes + later + AT_GROUP) < later - at)
            return record_damaged(err, file->path, base + at);
    if (tail == RECORD_FILE_READONLY) {
        file->n_torn = len - at;
        file->len = base + at;
        return BADGE_OK;
    }
    log_warn("torn record truncated", log_text("file", file->path), log_u64("offset", base + at),
             log_u64("bytes", len - at));
    if (ftruncate(file->fd, (off_t)(base + at)) != 0)
        return disk_fail(err, "truncate the torn end of", file->path);
    file->len = base + at;
    return disk_sync(file->fd, file->path, err);
}

static enum badge_status visit_head(struct record_file *file, record_file_visit visit, void *context,
                                    struct badge_err *err)
{
    uint8_t bytes[RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN + RECORD_MAX_PAYLOAD];
    size_t len = file->len < sizeof bytes ? (size_t)file->len : sizeof bytes;
    enum badge_status status = disk_read(file->fd, file->path, bytes, len, 0, err);
    if (status != BADGE_OK)
        return status;
    if (len < RECORD_FILE_MAGIC_LEN || memcmp(bytes, file->kind->magic, RECORD_FILE_MAGIC_LEN) != 0)
        return record_damaged(err, file->path, 0);
    size_t head_len = record_at(bytes, len, RECORD_FILE_MAGIC_LEN, 0, RECORD_MAX_PAYLOAD);
    if (head_len == 0)
        return record_damaged(err, file->path, RECORD_FILE_MAGIC_LEN);
    file->head_end = RECORD_FILE_MAGIC_LEN + head_len;
    return visit(context, bytes + RECORD_FILE_MAGIC_LEN + RECORD_HEAD_LEN, head_len - RECORD_HEAD_LEN,
                 RECORD_FILE_MAGIC_LEN, err);
}

static enum badge_status visit_rest(struct record_file *file, uint64_t from, enum record_file_tail tail,
                                    record_file_visit visit, void *context, struct badge_err *err)
{
    uint64_t base = from > file->head_end ? from : file->head_end;
    BADGE_ASSERT(base <= file->len);
    size_t len = (size_t)(file->len - base);
    if (len == 0)
        return BADGE_OK;
    uint8_t *bytes = malloc(len);
    if (!bytes)
        return badge_no_memory(err);
    enum badge_status status = disk_read(file->fd, file->path, bytes, len, base, err);
    for (size_t at = 0; status == BADGE_OK && at < len;) {
        size_t n = record_at(bytes, len, at, file->kind->min_payload, file->kind->max_payload);
        if (n == 0) {
            status = truncate_tail(file, bytes, at, base, tail, err);
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
    record_file_init(out, kind);
    disk_path(out->path, folder, name);
    enum badge_status status = disk_open(&out->fd, out->path,
                                         tail == RECORD_FILE_TRUNCATE ? O_RDWR | O_APPEND : O_RDONLY, err);
    if (status == BADGE_OK)
        status = disk_size(out->fd, out->path, &out->len, err);
    if (status == BADGE_OK)
        status = visit_head(out, visit, context, err);
    if (status == BADGE_OK && from > out->len)
        status = badge_fail(err, BADGE_ECORRUPT, (size_t)out->len,
                            "%s is truncated: data after byte %llu is missing; restore it from a backup", out->path,
                            (unsigned long long)out->len);
    if (status == BADGE_OK)
        status = visit_rest(out, from, tail, visit, context, err);
    if (status != BADGE_OK)
        record_file_close(out);
    return status;
}

enum badge_status record_file_revisit(struct record_file *file, uint64_t from, record_file_visit visit, void *context,
                                      struct badge_err *err)
{
    return visit_rest(file, from, RECORD_FILE_WHOLE, visit, context, err);
}

void record_file_close(struct record_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

/* True if the file is as before the append, also on disk. */
static bool undo_append(struct record_file *file)
{
    return ftruncate(file->fd, (off_t)file->len) == 0 && fdatasync(file->fd) == 0;
}

enum badge_status record_file_append(struct record_file *file, uint8_t *framed, size_t len, struct badge_err *err)
{
    if (file->failed)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "an earlier write to %s failed: restart the node",
                          file->path);
    complete_group(framed, len);
    FAILPOINT(file->kind->magic, "write");
    enum badge_status status = disk_write(file->fd, file->path, framed, len, err);
    bool out_of_space = status != BADGE_OK && disk_out_of_space(errno);
    FAILPOINT(file->kind->magic, "written");
    if (status == BADGE_OK)
        status = disk_sync(file->fd, file->path, err);
    FAILPOINT(file->kind->magic, "synced");
    if (status == BADGE_OK) {
        file->len += len;
        return BADGE_OK;
    }
    /* After a failed sync the page cache can't be trusted; the next start reads what is on the disk. */
    bool undone = undo_append(file);
    file->failed = !out_of_space || !undone;
    if (!undone)
        log_error("partial write not truncated", log_text("file", file->path));
    return status;
}
