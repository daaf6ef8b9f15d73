/*
 * Reads batch files, for receipts, lists of leaves and rebuilding the index. It never returns data of a damaged file as
 * good: it checks head and length on opening, every path against the root, every listed leaf against its node, and the
 * whole file against its checksum before the index is built from it.
 */
#include "store/batch_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/batch_layout.h"
#include "store/disk.h"

#define TOP_WIDTH 256 /* levels up to this width are kept in memory: half the path of a large batch */
#define TOP_MAX (2 * TOP_WIDTH)
#define CHUNK (1u << 20)
#define LEAVES_AT_ONCE 4096

struct batch_file {
    int fd;
    struct batch_head head;
    struct batch_layout layout;
    struct badge_hmac secret;
    size_t top_first, n_top; /* which nodes above the leaves `top` holds */
    struct badge_hash top[TOP_MAX];
    char path[DISK_PATH_MAX];
};

static enum badge_status batch_damaged(const struct batch_file *file, struct badge_err *err, const char *what)
{
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET, "%s is damaged (%s): restore it from a backup", file->path,
                      what);
}

static enum badge_status read_head(struct batch_file *file, uint32_t number, struct badge_err *err)
{
    uint8_t bytes[BATCH_HEAD_LEN];
    uint64_t size = 0;
    enum badge_status status = disk_size(file->fd, file->path, &size, err);
    if (status == BADGE_OK && size < BATCH_HEAD_LEN)
        return batch_damaged(file, err, "wrong length");
    if (status == BADGE_OK)
        status = disk_read(file->fd, file->path, bytes, BATCH_HEAD_LEN, 0, err);
    if (status != BADGE_OK)
        return status;
    bool whole = batch_head_decode(&file->head, bytes);
    badge_wipe(bytes, sizeof bytes);
    if (!whole || file->head.number != number)
        return batch_damaged(file, err, "bad head");
    batch_layout_of(&file->layout, file->head.n_leaves);
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
    file->fd = -1;
    char name[DISK_NAME_MAX];
    disk_number_name(name, number, "");
    enum badge_status status = disk_path(file->path, folder, name, err);
    if (status == BADGE_OK)
        status = disk_open(&file->fd, file->path, O_RDONLY, err);
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

enum badge_status batch_file_match(const struct batch_file *file, uint32_t tree_size, const struct badge_hash *root,
                                   struct badge_err *err)
{
    if (file->head.n_leaves == tree_size && badge_hash_compare(&file->head.root, root) == 0)
        return BADGE_OK;
    return badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                      "%s is not the batch that was sealed under this number: restore it from a backup", file->path);
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

enum badge_status batch_file_digests(const struct batch_file *file, uint32_t first, uint32_t n, struct batch_leaf out[],
                                     struct badge_err *err)
{
    struct badge_hash digests[256];
    uint8_t labels[256];
    while (n > 0) {
        uint32_t some = n < 256 ? n : 256;
        enum badge_status status = read_digests(file, first, some, digests, err);
        if (status == BADGE_OK)
            status = disk_read(file->fd, file->path, labels, some, file->layout.labels + first, err);
        if (status != BADGE_OK)
            return status;
        for (uint32_t i = 0; i < some; i++) {
            if (labels[i] < BADGE_LABEL_JCS || labels[i] > BADGE_LABEL_EXTERNAL)
                return batch_damaged(file, err, "invalid label");
            out[i] = (struct batch_leaf){digests[i], first + i, labels[i]};
        }
        first += some;
        out += some;
        n -= some;
    }
    return BADGE_OK;
}

enum badge_status batch_file_received(const struct batch_file *file, uint32_t index, const struct badge_hash *digest,
                                      int64_t *received_at_s, struct badge_err *err)
{
    if (index >= file->head.n_leaves)
        return batch_damaged(file, err, "fewer leaves than the index says");
    struct badge_hash there;
    uint8_t time[BATCH_TIME_LEN], label;
    enum badge_status status = read_digests(file, index, 1, &there, err);
    if (status == BADGE_OK)
        status = disk_read(file->fd, file->path, time, sizeof time,
                           file->layout.times + BATCH_TIME_LEN * (uint64_t)index, err);
    if (status == BADGE_OK)
        status = disk_read(file->fd, file->path, &label, 1, file->layout.labels + index, err);
    if (status != BADGE_OK)
        return status;
    if (badge_hash_compare(&there, digest) != 0)
        return batch_damaged(file, err, "wrong digest");
    if (!batch_time_decode(received_at_s, time, digest, label))
        return batch_damaged(file, err, "wrong time or label");
    return BADGE_OK;
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

/* n leaves from an even index on. Each pair is verified against the node above it; a single last leaf is that node. */
static enum badge_status read_leaves(const struct batch_file *file, uint32_t first, uint32_t n,
                                     struct badge_hash leaf[], struct badge_err *err)
{
    static const uint8_t node_prefix = 0x01;
    struct badge_hash above[LEAVES_AT_ONCE / 2];
    enum badge_status status = read_digests(file, first, n, leaf, err);
    for (uint32_t i = 0; status == BADGE_OK && i < n; i++) {
        struct badge_hash digest = leaf[i];
        leaf_of(file, &digest, &leaf[i]);
    }
    if (status == BADGE_OK && file->head.n_leaves > 1)
        status = disk_read(file->fd, file->path, above, (n + 1) / 2 * sizeof *above,
                           file->layout.above + first / 2 * sizeof *above, err);
    else
        above[0] = file->head.root;
    for (uint32_t i = 0; status == BADGE_OK && i < n; i += 2) {
        struct badge_hash node = leaf[i];
        if (i + 1 < n) {
            struct badge_sha256 sha;
            badge_sha256_init(&sha);
            badge_sha256_update(&sha, &node_prefix, 1);
            badge_sha256_update(&sha, &leaf[i], 2 * sizeof *leaf);
            badge_sha256_final(&sha, &node);
        }
        if (badge_hash_compare(&node, &above[i / 2]) != 0)
            status = batch_damaged(file, err, "wrong digest or tree node");
    }
    return status;
}

enum badge_status batch_file_leaves(const struct batch_file *file, uint32_t first, uint32_t n, struct badge_hash out[],
                                    struct badge_err *err)
{
    uint32_t n_leaves = file->head.n_leaves;
    if (first > n_leaves || n > n_leaves - first)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET, "batch %u has %u leaves", file->head.number, n_leaves);
    struct badge_hash *leaf = malloc(LEAVES_AT_ONCE * sizeof *leaf);
    if (!leaf)
        return badge_no_memory(err);
    enum badge_status status = BADGE_OK;
    uint32_t end = first + n;
    for (uint32_t at = first & ~1u; status == BADGE_OK && at < end; at += LEAVES_AT_ONCE) {
        uint32_t some = n_leaves - at < LEAVES_AT_ONCE ? n_leaves - at : LEAVES_AT_ONCE;
        if (some > end - at)
            some = end - at + ((end - at) & 1 && end < n_leaves);
        status = read_leaves(file, at, some, leaf, err);
        uint32_t from = at < first ? first : at, to = at + some < end ? at + some : end;
        if (status == BADGE_OK)
            memcpy(out + (from - first), leaf + (from - at), (to - from) * sizeof *leaf);
    }
    free(leaf);
    return status;
}

static enum badge_status batch_damaged_at(const struct batch_file *file, struct badge_err *err, uint64_t offset,
                                          const char *what)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)offset, "%s is damaged at byte %llu (%s): restore it from a backup",
                      file->path, (unsigned long long)offset, what);
}

/* The leaves of all digests. The checksum in each time covers digest, time and label. */
static enum badge_status recompute_leaves(const struct batch_file *file, struct badge_hash leaf[],
                                          struct badge_err *err)
{
    uint8_t times[256 * BATCH_TIME_LEN], labels[256];
    uint32_t n = file->head.n_leaves;
    for (uint32_t first = 0; first < n; first += 256) {
        uint32_t some = n - first < 256 ? n - first : 256;
        enum badge_status status = read_digests(file, first, some, leaf + first, err);
        if (status == BADGE_OK)
            status = disk_read(file->fd, file->path, times, some * BATCH_TIME_LEN,
                               file->layout.times + (uint64_t)first * BATCH_TIME_LEN, err);
        if (status == BADGE_OK)
            status = disk_read(file->fd, file->path, labels, some, file->layout.labels + first, err);
        if (status != BADGE_OK)
            return status;
        for (uint32_t i = 0; i < some; i++) {
            struct badge_hash digest = leaf[first + i];
            int64_t received_at_s;
            if (labels[i] < BADGE_LABEL_JCS || labels[i] > BADGE_LABEL_EXTERNAL)
                return batch_damaged_at(file, err, file->layout.labels + first + i, "invalid label");
            if (!batch_time_decode(&received_at_s, times + i * BATCH_TIME_LEN, &digest, labels[i]))
                return batch_damaged_at(file, err, file->layout.digests + 32 * (uint64_t)(first + i),
                                        "wrong digest, time or label");
            leaf_of(file, &digest, &leaf[first + i]);
        }
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
