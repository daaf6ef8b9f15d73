/*
 * Writes and reads batch files: for seals, receipts, lists of leaves and rebuilding the index. The rename of a file is
 * the seal: before it nothing has happened, after it the whole batch is on disk under its name. A reader never gets
 * data of a damaged file as good: head and length are checked on opening, every path against the root, every listed
 * leaf against its node, and the whole file against its checksum before the index is built from it.
 */
#include "store/batch_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/failpoint.h"
#include "store/bytes.h"
#include "store/crc32c.h"
#include "store/disk.h"

#define MAGIC "badgebt1"
#define HEAD_LEN 160
#define HEAD_CRC_AT 156 /* after eight zero bytes */
#define TIME_LEN sizeof((struct batch_leaf *)0)->time
#define SECONDS_MASK ((UINT64_C(1) << 40) - 1)
#define BUFFER_LEN (1u << 18)
#define TOP_WIDTH 256 /* levels up to this width are kept in memory: half the path of a large batch */
#define TOP_MAX (2 * TOP_WIDTH)
#define CHUNK (1u << 20)
#define ENTRIES_AT_ONCE 256
#define LEAVES_AT_ONCE 1024u

/* The offsets of a file's parts. */
struct batch_layout {
    size_t n_above;
    uint64_t digests, times, labels, above, checksum, len;
};

struct batch_file {
    int fd;
    struct batch_head head;
    struct batch_layout layout;
    struct badge_hmac secret;
    size_t top_first, n_top; /* which nodes above the leaves `top` holds */
    struct badge_hash top[TOP_MAX];
    char path[DISK_PATH_MAX];
};

/* -- format -------------------------------------------------------------------------------------------------------- */

static struct batch_layout layout_of(uint32_t n_leaves)
{
    struct batch_layout layout = {.n_above = badge_tree_n_above(n_leaves), .digests = HEAD_LEN};
    layout.times = layout.digests + 32 * (uint64_t)n_leaves;
    layout.labels = layout.times + TIME_LEN * (uint64_t)n_leaves;
    layout.above = layout.labels + n_leaves;
    layout.checksum = layout.above + 32 * (uint64_t)layout.n_above;
    layout.len = layout.checksum + 32;
    return layout;
}

static void code_head(struct codec codec, struct batch_head *head)
{
    code_u32(&codec, &head->number);
    code_u32(&codec, &head->n_leaves);
    code_u64(&codec, &head->chain_id);
    code_i64(&codec, &head->sealed_at_s);
    code_u64(&codec, &head->sealed_through);
    code_bytes(&codec, head->contract.b, sizeof head->contract.b);
    code_bytes(&codec, head->issuer.b, sizeof head->issuer.b);
    code_bytes(&codec, head->secret.b, sizeof head->secret.b);
    code_bytes(&codec, head->root.b, sizeof head->root.b);
    code_u32(&codec, &head->replaces);
}

static void head_encode(uint8_t out[HEAD_LEN], struct batch_head *head)
{
    memset(out, 0, HEAD_LEN);
    memcpy(out, MAGIC, strlen(MAGIC));
    code_head((struct codec){.to = out + strlen(MAGIC)}, head);
    put_u32(out + HEAD_CRC_AT, crc32c(0, out, HEAD_CRC_AT));
}

/* False if magic, checksum or number of leaves is wrong. */
static bool head_decode(struct batch_head *out, const uint8_t bytes[HEAD_LEN])
{
    if (memcmp(bytes, MAGIC, strlen(MAGIC)) != 0 || get_u32(bytes + HEAD_CRC_AT) != crc32c(0, bytes, HEAD_CRC_AT))
        return false;
    code_head((struct codec){.from = bytes + strlen(MAGIC)}, out);
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

/* -- writing ------------------------------------------------------------------------------------------------------- */

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

static enum badge_status write_all(struct batch_writer *writer, struct batch_head *head,
                                   const struct pending_entry entries[], const uint32_t order[],
                                   const struct badge_hash above[])
{
    uint8_t bytes[HEAD_LEN];
    uint32_t n = head->n_leaves;
    badge_sha256_init(&writer->sha);
    head_encode(bytes, head);
    batch_emit(writer, bytes, sizeof bytes);
    for (uint32_t i = 0; i < n; i++)
        batch_emit(writer, entries[order[i]].digest.b, 32);
    for (uint32_t i = 0; i < n; i++) {
        const struct pending_entry *entry = &entries[order[i]];
        put_u64(bytes, pack_time((uint64_t)entry->received_at_s, &entry->digest, entry->label));
        batch_emit(writer, bytes, TIME_LEN);
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

enum badge_status batch_file_write(const char *folder, struct batch_head *head, const struct pending_entry entries[],
                                   const uint32_t order[], const struct badge_hash above[], bool *renamed,
                                   struct badge_err *err)
{
    char path[DISK_PATH_MAX], unfinished[DISK_PATH_MAX + sizeof DISK_UNFINISHED];
    *renamed = false;
    disk_number_path(path, folder, head->number);
    (void)snprintf(unfinished, sizeof unfinished, "%s" DISK_UNFINISHED, path);
    struct batch_writer writer = {.path = unfinished, .err = err, .buffer = malloc(BUFFER_LEN)};
    if (!writer.buffer)
        return badge_no_memory(err);
    enum badge_status status = disk_open(&writer.fd, unfinished, O_WRONLY | O_CREAT | O_TRUNC, err);
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
    badge_wipe(writer.buffer, BUFFER_LEN);
    free(writer.buffer);
    return status;
}

enum badge_status batch_file_remove(const char *folder, uint32_t number, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    disk_number_path(path, folder, number);
    return unlink(path) == 0 ? disk_sync_folder(folder, err) : disk_fail(err, "remove", path);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static enum badge_status batch_damaged(const struct batch_file *file, struct badge_err *err, const char *what)
{
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s is damaged (%s): restore it from a backup", file->path,
                      what);
}

static enum badge_status batch_damaged_at(const struct batch_file *file, struct badge_err *err, uint64_t offset,
                                          const char *what)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s is damaged at byte %llu (%s): restore it from a backup",
                      file->path, (unsigned long long)offset, what);
}

static enum badge_status read_head(struct batch_file *file, uint32_t number, struct badge_err *err)
{
    uint8_t bytes[HEAD_LEN];
    uint64_t size = 0;
    enum badge_status status = disk_size(file->fd, file->path, &size, err);
    if (status == BADGE_OK && size < HEAD_LEN)
        return batch_damaged(file, err, "wrong length");
    if (status == BADGE_OK)
        status = disk_read(file->fd, file->path, bytes, HEAD_LEN, 0, err);
    if (status != BADGE_OK)
        return status;
    bool whole = head_decode(&file->head, bytes);
    badge_wipe(bytes, sizeof bytes);
    if (!whole || file->head.number != number)
        return batch_damaged(file, err, "bad head");
    file->layout = layout_of(file->head.n_leaves);
    if (size != file->layout.len)
        return batch_damaged(file, err, "wrong length");
    return BADGE_OK;
}

static enum badge_status read_top(struct batch_file *file, struct badge_err *err)
{
    size_t n_above = file->layout.n_above, width = ((size_t)file->head.n_leaves + 1) / 2;
    while (width > TOP_WIDTH) {
        file->top_first += width;
        width = (width + 1) / 2;
    }
    file->n_top = n_above - file->top_first;
    BADGE_ASSERT(file->n_top <= TOP_MAX);
    return disk_read(file->fd, file->path, file->top, file->n_top * sizeof(struct badge_hash),
                     file->layout.above + file->top_first * sizeof(struct badge_hash), err);
}

enum badge_status batch_file_open(struct batch_file **out, const char *folder, uint32_t number, struct badge_err *err)
{
    struct batch_file *file = calloc(1, sizeof *file);
    if (!file)
        return badge_no_memory(err);
    disk_number_path(file->path, folder, number);
    enum badge_status status = disk_open(&file->fd, file->path, O_RDONLY, err);
    if (status == BADGE_OK)
        status = read_head(file, number, err);
    if (status == BADGE_OK)
        status = read_top(file, err);
    if (status != BADGE_OK) {
        batch_file_free(file);
        return status;
    }
    badge_hmac_init(&file->secret, file->head.secret.b, sizeof file->head.secret.b);
    *out = file;
    return BADGE_OK;
}

void batch_file_free(struct batch_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    badge_wipe(&file->secret, sizeof file->secret);
    badge_wipe(&file->head.secret, sizeof file->head.secret);
    free(file);
}

enum badge_status batch_file_match(const struct batch_file *file, const struct store_batch *listed,
                                   struct badge_err *err)
{
    if (file->head.n_leaves == listed->tree_size && badge_hash_compare(&file->head.root, &listed->root) == 0)
        return BADGE_OK;
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                      "%s is not the batch that was sealed under this number: restore it from a backup", file->path);
}

enum badge_status batch_file_open_listed(struct batch_file **out, const char *folder, const struct store_batch *listed,
                                         struct badge_err *err)
{
    enum badge_status status = batch_file_open(out, folder, listed->number, err);
    if (status == BADGE_ENOTFOUND)
        return disk_missing(err, folder, listed->number);
    if (status != BADGE_OK)
        return status;
    status = batch_file_match(*out, listed, err);
    if (status != BADGE_OK)
        batch_file_free(*out);
    return status;
}

const struct batch_head *batch_file_head(const struct batch_file *file)
{
    return &file->head;
}

enum badge_status batch_file_check(const struct batch_file *file, struct badge_err *err)
{
    uint8_t *bytes = malloc(CHUNK);
    if (!bytes)
        return badge_no_memory(err);
    struct badge_sha256 sha;
    badge_sha256_init(&sha);
    enum badge_status status = BADGE_OK;
    for (uint64_t at = 0; status == BADGE_OK && at < file->layout.checksum;) {
        uint64_t left = file->layout.checksum - at;
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        status = disk_read(file->fd, file->path, bytes, n, at, err);
        if (status == BADGE_OK)
            badge_sha256_update(&sha, bytes, n);
        at += n;
    }
    badge_wipe(bytes, file->layout.checksum < CHUNK ? (size_t)file->layout.checksum : CHUNK);
    free(bytes);
    struct badge_hash sum, stored;
    badge_sha256_final(&sha, &sum);
    if (status == BADGE_OK)
        status = disk_read(file->fd, file->path, stored.b, sizeof stored.b, file->layout.checksum, err);
    if (status == BADGE_OK && badge_hash_compare(&sum, &stored) != 0)
        status = batch_damaged(file, err, "checksum mismatch");
    return status;
}

static enum badge_status read_digests(const struct batch_file *file, uint32_t first, uint32_t n,
                                      struct badge_hash out[], struct badge_err *err)
{
    BADGE_ASSERT(first <= file->head.n_leaves && n <= file->head.n_leaves - first);
    return disk_read(file->fd, file->path, out, (size_t)n * sizeof *out,
                     file->layout.digests + (uint64_t)first * sizeof *out, err);
}

enum badge_status batch_file_entries(const struct batch_file *file, uint32_t first, uint32_t n, struct batch_leaf out[],
                                     struct badge_err *err)
{
    struct badge_hash digests[ENTRIES_AT_ONCE];
    uint8_t times[ENTRIES_AT_ONCE * TIME_LEN], labels[ENTRIES_AT_ONCE];
    while (n > 0) {
        uint32_t some = n < ENTRIES_AT_ONCE ? n : ENTRIES_AT_ONCE;
        enum badge_status status = read_digests(file, first, some, digests, err);
        if (status == BADGE_OK)
            status = disk_read(file->fd, file->path, times, some * TIME_LEN,
                               file->layout.times + first * (uint64_t)TIME_LEN, err);
        if (status == BADGE_OK)
            status = disk_read(file->fd, file->path, labels, some, file->layout.labels + first, err);
        if (status != BADGE_OK)
            return status;
        for (uint32_t i = 0; i < some; i++) {
            if (labels[i] < BADGE_LABEL_JCS || labels[i] > BADGE_LABEL_EXTERNAL)
                return batch_damaged_at(file, err, file->layout.labels + first + i, "invalid label");
            out[i] = (struct batch_leaf){.digest = digests[i], .index = first + i, .label = labels[i]};
            memcpy(out[i].time, times + i * TIME_LEN, TIME_LEN);
        }
        first += some;
        out += some;
        n -= some;
    }
    return BADGE_OK;
}

enum badge_status batch_file_received(const struct batch_file *file, const struct batch_leaf *leaf,
                                      int64_t *received_at_s, struct badge_err *err)
{
    uint64_t packed = get_u64(leaf->time);
    *received_at_s = (int64_t)(packed & SECONDS_MASK);
    if (packed == pack_time(packed, &leaf->digest, leaf->label))
        return BADGE_OK;
    return batch_damaged_at(file, err, file->layout.digests + 32 * (uint64_t)leaf->index,
                            "wrong digest, time or label");
}

enum badge_status batch_file_find(const struct batch_file *file, uint32_t index, const struct badge_hash *digest,
                                  int64_t *received_at_s, struct badge_err *err)
{
    struct batch_leaf leaf;
    if (index >= file->head.n_leaves)
        return batch_damaged(file, err, "fewer leaves than the index says");
    enum badge_status status = batch_file_entries(file, index, 1, &leaf, err);
    if (status != BADGE_OK)
        return status;
    if (badge_hash_compare(&leaf.digest, digest) != 0)
        return batch_damaged(file, err, "wrong digest");
    return batch_file_received(file, &leaf, received_at_s, err);
}

/* A node above the leaves, counted from the first of the lowest level. */
static enum badge_status read_node(const struct batch_file *file, size_t node, struct badge_hash *out,
                                   struct badge_err *err)
{
    if (node >= file->top_first) {
        *out = file->top[node - file->top_first];
        return BADGE_OK;
    }
    return disk_read(file->fd, file->path, out, sizeof *out, file->layout.above + node * sizeof *out, err);
}

static void leaf_of(const struct batch_file *file, const struct badge_hash *digest, struct badge_hash *leaf)
{
    struct badge_hash salt;
    badge_leaf_salt(&salt, &file->secret, digest);
    badge_leaf_hash(leaf, &salt, digest);
}

/* badge_tree_path() needs all levels in memory; this reads each node of the path from its offset. */
static enum badge_status read_path(const struct batch_file *file, uint32_t index, const struct badge_hash *sibling,
                                   struct badge_hash path[BADGE_MAX_PATH], size_t *n_path, struct badge_err *err)
{
    size_t n = 0, level = 0, width = file->head.n_leaves, at = index;
    if ((at ^ 1) < width)
        path[n++] = *sibling;
    for (width = (width + 1) / 2, at /= 2; width > 1; level += width, width = (width + 1) / 2, at /= 2) {
        if ((at ^ 1) >= width)
            continue;
        enum badge_status status = read_node(file, level + (at ^ 1), &path[n++], err);
        if (status != BADGE_OK)
            return status;
    }
    *n_path = n;
    return BADGE_OK;
}

enum badge_status batch_file_prove(const struct batch_file *file, uint32_t index, const struct badge_hash *digest,
                                   struct badge_hash *salt, struct badge_hash path[BADGE_MAX_PATH], size_t *n_path,
                                   struct badge_err *err)
{
    uint32_t n_leaves = file->head.n_leaves;
    if (index >= n_leaves)
        return batch_damaged(file, err, "fewer leaves than the index says");
    uint32_t even = index & ~1u, n_pair = n_leaves - even < 2 ? 1 : 2;
    struct badge_hash pair[2], sibling = {{0}}, leaf;
    enum badge_status status = read_digests(file, even, n_pair, pair, err);
    if (status != BADGE_OK)
        return status;
    if (badge_hash_compare(&pair[index & 1], digest) != 0)
        return batch_damaged(file, err, "wrong digest");
    if (n_pair == 2)
        leaf_of(file, &pair[~index & 1], &sibling);
    status = read_path(file, index, &sibling, path, n_path, err);
    if (status != BADGE_OK)
        return status;
    badge_leaf_salt(salt, &file->secret, digest);
    badge_leaf_hash(&leaf, salt, digest);
    if (badge_path_verify(&file->head.root, &leaf, index, n_leaves, path, *n_path) != BADGE_OK)
        return batch_damaged(file, err, "inclusion path does not lead to the root");
    return BADGE_OK;
}

/* At most LEAVES_AT_ONCE. Each pair is verified against the node above it; a single last leaf is that node. */
static enum badge_status read_leaves(const struct batch_file *file, uint32_t first, uint32_t n, struct badge_hash out[],
                                     struct badge_err *err)
{
    struct badge_hash leaf[LEAVES_AT_ONCE + 2], above[LEAVES_AT_ONCE / 2 + 1] = {file->head.root};
    uint32_t n_leaves = file->head.n_leaves, even = first & ~1u, end = (first + n + 1) & ~1u;
    uint32_t n_read = (end < n_leaves ? end : n_leaves) - even;
    enum badge_status status = read_digests(file, even, n_read, leaf, err);
    if (status == BADGE_OK && n_leaves > 1)
        status = disk_read(file->fd, file->path, above, (n_read + 1) / 2 * sizeof *above,
                           file->layout.above + even / 2 * sizeof *above, err);
    if (status != BADGE_OK)
        return status;
    for (uint32_t i = 0; i < n_read; i++) {
        struct badge_hash digest = leaf[i];
        leaf_of(file, &digest, &leaf[i]);
    }
    for (uint32_t i = 0; i < n_read; i += 2) {
        uint32_t n_pair = n_read - i < 2 ? 1 : 2;
        if (badge_path_verify(&above[i / 2], &leaf[i], 0, n_pair, &leaf[i + 1], n_pair - 1) != BADGE_OK)
            return batch_damaged(file, err, "wrong digest or tree node");
    }
    memcpy(out, leaf + (first - even), n * sizeof *leaf);
    return BADGE_OK;
}

enum badge_status batch_file_leaves(const struct batch_file *file, uint32_t first, uint32_t n, struct badge_hash out[],
                                    struct badge_err *err)
{
    uint32_t n_leaves = file->head.n_leaves;
    if (first > n_leaves || n > n_leaves - first)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "batch %u has %u leaves", file->head.number, n_leaves);
    enum badge_status status = BADGE_OK;
    for (uint32_t at = 0; status == BADGE_OK && at < n; at += LEAVES_AT_ONCE)
        status = read_leaves(file, first + at, n - at < LEAVES_AT_ONCE ? n - at : LEAVES_AT_ONCE, out + at, err);
    return status;
}

/* The leaves of all digests. The checksum in each time covers digest, time and label. */
static enum badge_status recompute_leaves(const struct batch_file *file, struct badge_hash leaf[],
                                          struct badge_err *err)
{
    struct batch_leaf entries[ENTRIES_AT_ONCE];
    uint32_t n = file->head.n_leaves;
    for (uint32_t first = 0; first < n; first += ENTRIES_AT_ONCE) {
        uint32_t some = n - first < ENTRIES_AT_ONCE ? n - first : ENTRIES_AT_ONCE;
        enum badge_status status = batch_file_entries(file, first, some, entries, err);
        for (uint32_t i = 0; status == BADGE_OK && i < some; i++) {
            int64_t received_at_s;
            status = batch_file_received(file, &entries[i], &received_at_s, err);
            leaf_of(file, &entries[i].digest, &leaf[first + i]);
        }
        if (status != BADGE_OK)
            return status;
    }
    return BADGE_OK;
}

static enum badge_status compare_above(const struct batch_file *file, const struct badge_hash above[],
                                       struct badge_err *err)
{
    struct badge_hash stored[256];
    size_t n = file->layout.n_above;
    for (size_t first = 0; first < n; first += 256) {
        size_t some = n - first < 256 ? n - first : 256;
        uint64_t at = file->layout.above + first * sizeof *stored;
        enum badge_status status = disk_read(file->fd, file->path, stored, some * sizeof *stored, at, err);
        if (status != BADGE_OK)
            return status;
        for (size_t i = 0; i < some; i++)
            if (badge_hash_compare(&stored[i], &above[first + i]) != 0)
                return batch_damaged_at(file, err, at + i * sizeof *stored, "wrong tree node");
    }
    return BADGE_OK;
}

enum badge_status batch_file_recompute(const struct batch_file *file, struct badge_err *err)
{
    struct badge_hash root, *leaf = malloc(file->head.n_leaves * sizeof *leaf),
                            *above = malloc((file->layout.n_above + 1) * sizeof *above);
    enum badge_status status = leaf && above ? recompute_leaves(file, leaf, err) : badge_no_memory(err);
    if (status == BADGE_OK) {
        status = badge_tree_build(&root, above, leaf, file->head.n_leaves, err);
        if (status == BADGE_EORDER)
            status = batch_damaged_at(file, err, file->layout.digests, "leaves out of order");
    }
    if (status == BADGE_OK)
        status = compare_above(file, above, err);
    if (status == BADGE_OK && badge_hash_compare(&root, &file->head.root) != 0)
        status = batch_damaged_at(file, err, 0, "leaves do not lead to the root");
    if (status == BADGE_OK)
        status = batch_file_check(file, err);
    free(leaf);
    free(above);
    return status;
}
