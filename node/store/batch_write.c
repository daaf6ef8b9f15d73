/*
 * Writes batch files; seal.c calls it. The rename is the seal: before it nothing has happened, after it the whole batch
 * is on disk under its name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/failpoint.h"
#include "store/batch_layout.h"
#include "store/bytes.h"
#include "store/crc32c.h"
#include "store/disk.h"

#define MAGIC "badgebt1"
#define BUFFER_LEN (1u << 18)
#define SECONDS_MASK ((UINT64_C(1) << 40) - 1)

/* Offsets within the head. */
enum {
    AT_MAGIC = 0,
    AT_NUMBER = 8,
    AT_LEAVES = 12,
    AT_CHAIN = 16,
    AT_SEALED_AT = 24,
    AT_SEALED_THROUGH = 32,
    AT_CONTRACT = 40,
    AT_ISSUER = 60,
    AT_SECRET = 80,
    AT_ROOT = 112,
    AT_REPLACES = 144,
    AT_SPARE = 148, /* zero */
    AT_CRC = 156,
};

void batch_layout_of(struct batch_layout *out, uint32_t n_leaves)
{
    uint64_t n = n_leaves;
    out->n_above = badge_tree_n_above(n_leaves);
    out->digests = BATCH_HEAD_LEN;
    out->times = out->digests + 32 * n;
    out->labels = out->times + 8 * n;
    out->above = out->labels + n;
    out->checksum = out->above + 32 * (uint64_t)out->n_above;
    out->len = out->checksum + 32;
}

void batch_head_encode(uint8_t out[BATCH_HEAD_LEN], const struct batch_head *head)
{
    memset(out, 0, BATCH_HEAD_LEN);
    memcpy(out + AT_MAGIC, MAGIC, 8);
    put_u32(out + AT_NUMBER, head->number);
    put_u32(out + AT_LEAVES, head->n_leaves);
    put_u64(out + AT_CHAIN, head->chain_id);
    put_u64(out + AT_SEALED_AT, (uint64_t)head->sealed_at_s);
    put_u64(out + AT_SEALED_THROUGH, head->sealed_through);
    memcpy(out + AT_CONTRACT, head->contract.b, 20);
    memcpy(out + AT_ISSUER, head->issuer.b, 20);
    memcpy(out + AT_SECRET, head->secret.b, 32);
    memcpy(out + AT_ROOT, head->root.b, 32);
    put_u32(out + AT_REPLACES, head->replaces);
    put_u32(out + AT_CRC, crc32c(0, out, AT_CRC));
}

bool batch_head_decode(struct batch_head *out, const uint8_t bytes[BATCH_HEAD_LEN])
{
    if (memcmp(bytes + AT_MAGIC, MAGIC, 8) != 0 || get_u32(bytes + AT_CRC) != crc32c(0, bytes, AT_CRC))
        return false;
    out->number = get_u32(bytes + AT_NUMBER);
    out->n_leaves = get_u32(bytes + AT_LEAVES);
    out->chain_id = get_u64(bytes + AT_CHAIN);
    out->sealed_at_s = (int64_t)get_u64(bytes + AT_SEALED_AT);
    out->sealed_through = get_u64(bytes + AT_SEALED_THROUGH);
    out->replaces = get_u32(bytes + AT_REPLACES);
    memcpy(out->contract.b, bytes + AT_CONTRACT, 20);
    memcpy(out->issuer.b, bytes + AT_ISSUER, 20);
    memcpy(out->secret.b, bytes + AT_SECRET, 32);
    memcpy(out->root.b, bytes + AT_ROOT, 32);
    return out->n_leaves >= 1 && out->n_leaves <= BADGE_MAX_LEAVES;
}

static uint64_t pack_time(uint64_t seconds, const struct badge_hash *digest, uint8_t label)
{
    uint8_t bytes[8];
    put_u64(bytes, seconds & SECONDS_MASK);
    uint32_t crc = crc32c(0, digest->b, sizeof digest->b);
    crc = crc32c(crc32c(crc, bytes, sizeof bytes), &label, 1);
    return (seconds & SECONDS_MASK) | (uint64_t)crc << 40;
}

void batch_time_encode(uint8_t out[BATCH_TIME_LEN], int64_t received_at_s, const struct badge_hash *digest,
                       uint8_t label)
{
    put_u64(out, pack_time((uint64_t)received_at_s, digest, label));
}

bool batch_time_decode(int64_t *received_at_s, const uint8_t bytes[BATCH_TIME_LEN], const struct badge_hash *digest,
                       uint8_t label)
{
    uint64_t packed = get_u64(bytes);
    *received_at_s = (int64_t)(packed & SECONDS_MASK);
    return packed == pack_time(packed, digest, label);
}

struct batch_writer {
    int fd;
    const char *path;
    struct badge_sha256 sha;
    size_t used;
    enum badge_status status; /* of the first write that failed; later writes do nothing */
    struct badge_err *err;
    uint8_t *buffer;
};

static void batch_flush(struct batch_writer *writer)
{
    if (writer->status == BADGE_OK)
        writer->status = disk_write(writer->fd, writer->path, writer->buffer, writer->used, writer->err);
    writer->used = 0;
}

static void batch_emit(struct batch_writer *writer, const void *bytes, size_t len)
{
    badge_sha256_update(&writer->sha, bytes, len);
    for (const uint8_t *p = bytes; len > 0;) {
        size_t some = BUFFER_LEN - writer->used < len ? BUFFER_LEN - writer->used : len;
        memcpy(writer->buffer + writer->used, p, some);
        writer->used += some;
        p += some;
        len -= some;
        if (writer->used == BUFFER_LEN)
            batch_flush(writer);
    }
}

static enum badge_status write_all(struct batch_writer *writer, const struct batch_head *head,
                                   const struct pending_entry entries[], const uint32_t order[],
                                   const struct badge_hash above[])
{
    uint8_t bytes[BATCH_HEAD_LEN];
    uint32_t n = head->n_leaves;
    badge_sha256_init(&writer->sha);
    batch_head_encode(bytes, head);
    batch_emit(writer, bytes, sizeof bytes);
    for (uint32_t i = 0; i < n; i++)
        batch_emit(writer, entries[order[i]].digest.b, 32);
    for (uint32_t i = 0; i < n; i++) {
        const struct pending_entry *entry = &entries[order[i]];
        batch_time_encode(bytes, entry->received_at_s, &entry->digest, entry->label);
        batch_emit(writer, bytes, BATCH_TIME_LEN);
    }
    for (uint32_t i = 0; i < n; i++)
        batch_emit(writer, &entries[order[i]].label, 1);
    batch_emit(writer, above, badge_tree_n_above(n) * sizeof *above);
    struct badge_hash sum;
    struct badge_sha256 sha = writer->sha;
    badge_sha256_final(&sha, &sum);
    batch_emit(writer, sum.b, sizeof sum.b);
    batch_flush(writer);
    badge_wipe(bytes, sizeof bytes);
    FAILPOINT("batch", "written");
    if (writer->status == BADGE_OK)
        writer->status = disk_sync(writer->fd, writer->path, writer->err);
    FAILPOINT("batch", "synced");
    return writer->status;
}

enum badge_status batch_file_write(const char *folder, const struct batch_head *head,
                                   const struct pending_entry entries[], const uint32_t order[],
                                   const struct badge_hash above[], bool *renamed, struct badge_err *err)
{
    char name[DISK_NAME_MAX], path[DISK_PATH_MAX], unfinished[DISK_PATH_MAX];
    *renamed = false;
    disk_number_name(name, head->number, "");
    enum badge_status status = disk_path(path, folder, name, err);
    disk_number_name(name, head->number, ".new");
    if (status == BADGE_OK)
        status = disk_path(unfinished, folder, name, err);
    struct batch_writer writer = {.fd = -1, .path = unfinished, .err = err, .buffer = malloc(BUFFER_LEN)};
    if (status == BADGE_OK && !writer.buffer)
        status = badge_no_memory(err);
    if (status == BADGE_OK)
        status = disk_open(&writer.fd, unfinished, O_WRONLY | O_CREAT | O_TRUNC, err);
    if (status != BADGE_OK)
        goto out;
    status = write_all(&writer, head, entries, order, above);
    if (status == BADGE_OK && rename(unfinished, path) != 0)
        status = disk_fail(err, "rename into place", path);
    if (status == BADGE_OK) {
        *renamed = true;
        FAILPOINT("batch", "renamed");
        status = disk_sync_folder(folder, err);
        FAILPOINT("batch", "folder-synced");
    } else {
        unlink(unfinished);
    }
    close(writer.fd);
out:
    if (writer.buffer)
        badge_wipe(writer.buffer, BUFFER_LEN);
    free(writer.buffer);
    return status;
}

enum badge_status batch_file_remove(const char *folder, uint32_t number, struct badge_err *err)
{
    char name[DISK_NAME_MAX], path[DISK_PATH_MAX];
    disk_number_name(name, number, "");
    enum badge_status status = disk_path(path, folder, name, err);
    if (status == BADGE_OK && unlink(path) != 0)
        status = disk_fail(err, "remove", path);
    return status == BADGE_OK ? disk_sync_folder(folder, err) : status;
}
