/*
 * Writes and reads the archives of backups, for backup.c and restore.c. It guarantees that what it unpacks is, to the
 * byte, what was packed: a header is never interpreted freely, only compared with the one that would be written.
 */
#include "store/tools/archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "badge/text.h"
#include "core/grow.h"
#include "store/published.h"
#include "store/store_internal.h"

#define BLOCK 512
#define TOP "badged-store/"
#define SUMS "SHA256SUMS"
#define NAME_MAX_LEN 100
#define MAX_MEMBER ((UINT64_C(1) << 33) - 1) /* eleven octal digits */

/* Offsets within a header: POSIX.1-2001, pax, "ustar Interchange Format". */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_TIME = 136,
    AT_CHECKSUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_DEVICE = 329, /* major, then minor */
};

/* A regular file, owned by root, mode 0600. */
static void header_encode(uint8_t out[BLOCK], const char *name, uint64_t len, int64_t made_at_s)
{
    char *text = (char *)out;
    memset(out, 0, BLOCK);
    (void)snprintf(text + AT_NAME, 100, TOP "%s", name);
    (void)snprintf(text + AT_MODE, 8, "%07o", 0600u);
    (void)snprintf(text + AT_UID, 8, "%07o", 0u);
    (void)snprintf(text + AT_GID, 8, "%07o", 0u);
    (void)snprintf(text + AT_SIZE, 12, "%011llo", (unsigned long long)len);
    (void)snprintf(text + AT_TIME, 12, "%011llo", (unsigned long long)made_at_s);
    out[AT_TYPE] = '0';
    memcpy(out + AT_MAGIC,
           "ustar\0"
           "00",
           8);
    (void)snprintf(text + AT_DEVICE, 8, "%07o", 0u);
    (void)snprintf(text + AT_DEVICE + 8, 8, "%07o", 0u);
    memset(out + AT_CHECKSUM, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += out[i];
    (void)snprintf(text + AT_CHECKSUM, 7, "%06o", sum);
}

static uint64_t padding(uint64_t len)
{
    return (BLOCK - len % BLOCK) % BLOCK;
}

static enum badge_status add_sum(struct archive *archive, const char *name, struct badge_sha256 *sha,
                                 struct badge_err *err)
{
    size_t line = 64 + 2 + strlen(TOP) + strlen(name) + 1;
    char *grown = core_grow(archive->sums, &archive->sums_capacity, archive->sums_len + line + 1, 1);
    if (!grown)
        return badge_no_memory(err);
    archive->sums = grown;
    struct badge_hash sum;
    char hex[65];
    badge_sha256_final(sha, &sum);
    badge_hex_encode(hex, sum.b, sizeof sum.b);
    (void)snprintf(archive->sums + archive->sums_len, archive->sums_capacity - archive->sums_len, "%s  " TOP "%s\n",
                   hex, name);
    archive->sums_len += line;
    return BADGE_OK;
}

void archive_release(struct archive *archive)
{
    if (archive->fd >= 0)
        close(archive->fd);
    archive->fd = -1;
    free(archive->sums);
    archive->sums = NULL;
}

enum badge_status archive_create(struct archive *out, const char *path, struct badge_err *err)
{
    *out = (struct archive){.path = path};
    out->made_at_s = (int64_t)time(NULL);
    return disk_open(&out->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, err);
}

static enum badge_status archive_write(struct archive *archive, const void *bytes, size_t len, struct badge_err *err)
{
    return disk_write(archive->fd, archive->path, bytes, len, err);
}

enum badge_status archive_add(struct archive *archive, const char *name, int fd, const char *path, uint64_t len,
                              struct badge_err *err)
{
    static const uint8_t zeros[BLOCK];
    uint8_t header[BLOCK];
    struct badge_sha256 sha;
    if (len > MAX_MEMBER)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s is too long for a tar archive", path);
    badge_sha256_init(&sha);
    header_encode(header, name, len, archive->made_at_s);
    enum badge_status status = archive_write(archive, header, sizeof header, err);
    if (status == BADGE_OK)
        status = disk_copy(archive->fd, archive->path, fd, path, 0, len, &sha, err);
    if (status == BADGE_OK)
        status = archive_write(archive, zeros, (size_t)padding(len), err);
    return status == BADGE_OK ? add_sum(archive, name, &sha, err) : status;
}

enum badge_status archive_finish(struct archive *archive, struct badge_err *err)
{
    static const uint8_t end[3 * BLOCK];
    uint8_t header[BLOCK];
    header_encode(header, SUMS, archive->sums_len, archive->made_at_s);
    enum badge_status status = archive_write(archive, header, sizeof header, err);
    if (status == BADGE_OK)
        status = archive_write(archive, archive->sums, archive->sums_len, err);
    if (status == BADGE_OK)
        status = archive_write(archive, end, (size_t)padding(archive->sums_len) + 2 * BLOCK, err);
    return status == BADGE_OK ? disk_sync(archive->fd, archive->path, err) : status;
}

/* -- reading --------------------------------------------------------------------------------------------------- */

static enum badge_status archive_damaged(const struct archive *archive, uint64_t at, struct badge_err *err)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)at,
                      "%s is damaged at byte %llu, or is not a backup made by badge: use another backup", archive->path,
                      (unsigned long long)at);
}

static enum badge_status check_range(const struct archive *archive, uint64_t at, uint64_t len, struct badge_err *err)
{
    if (at <= archive->len && len <= archive->len - at)
        return BADGE_OK;
    return badge_fail(err, BADGE_ECORRUPT, (size_t)archive->len, "%s is truncated at byte %llu: use another backup",
                      archive->path, (unsigned long long)archive->len);
}

static enum badge_status archive_read(const struct archive *archive, uint64_t at, void *out, size_t len,
                                      struct badge_err *err)
{
    enum badge_status status = check_range(archive, at, len, err);
    return status == BADGE_OK ? disk_read(archive->fd, archive->path, out, len, at, err) : status;
}

static bool is_numbered(const char *name, const char *folder)
{
    char canonical[DISK_PATH_MAX];
    const char *slash = strchr(name, '/');
    unsigned long number = slash ? strtoul(slash + 1, NULL, 10) : 0;
    disk_number_path(canonical, folder, (uint32_t)number);
    return number > 0 && strcmp(name, canonical) == 0;
}

static bool is_published(const char *name)
{
    size_t len = strlen(PUBLISHED_FOLDER);
    return strncmp(name, PUBLISHED_FOLDER, len) == 0 && name[len] == '/' && published_is_name(name + len + 1);
}

static bool is_store_file(const char *name)
{
    return strcmp(name, "anchors") == 0 || strcmp(name, "labels") == 0 || strcmp(name, "standing") == 0 ||
           strcmp(name, "tokens") == 0 || strcmp(name, "relations") == 0 || strcmp(name, SUMS) == 0 ||
           is_numbered(name, "journal") || is_numbered(name, "batches") || is_published(name);
}

/* False for a header that differs from the one header_encode() would write. A NUL follows it. */
static bool header_decode(struct archive *archive, const uint8_t header[BLOCK + 1], char name[NAME_MAX_LEN],
                          uint64_t *len)
{
    uint8_t expected[BLOCK];
    const char *full = (const char *)header + AT_NAME;
    if (strncmp(full, TOP, strlen(TOP)) != 0 || strnlen(full, NAME_MAX_LEN) == NAME_MAX_LEN)
        return false;
    memcpy(name, full + strlen(TOP), strlen(full) - strlen(TOP) + 1);
    *len = strtoull((const char *)header + AT_SIZE, NULL, 8);
    if (archive->made_at_s == 0)
        archive->made_at_s = strtoll((const char *)header + AT_TIME, NULL, 8);
    header_encode(expected, name, *len, archive->made_at_s);
    return memcmp(header, expected, BLOCK) == 0 && is_store_file(name);
}

/* What is left out is read all the same, for its checksum. */
static enum badge_status extract_one(struct archive *archive, const char *folder, const char *name, uint64_t at,
                                     uint64_t len, bool is_left_out, struct badge_err *err)
{
    char path[DISK_PATH_MAX] = "/dev/null";
    struct badge_sha256 sha;
    int fd;
    badge_sha256_init(&sha);
    if (!is_left_out)
        disk_path(path, folder, strcmp(name, "anchors") == 0 ? "anchors.new" : name);
    enum badge_status status = check_range(archive, at, len, err);
    if (status == BADGE_OK)
        status = disk_open(&fd, path, is_left_out ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, err);
    if (status != BADGE_OK)
        return status;
    status = disk_copy(fd, path, archive->fd, archive->path, at, len, &sha, err);
    close(fd);
    return status == BADGE_OK ? add_sum(archive, name, &sha, err) : status;
}

/* Compares the archive's checksums with those of the unpacked files, and checks the end of the archive. */
static enum badge_status check_end(const struct archive *archive, uint64_t at, uint64_t len, struct badge_err *err)
{
    static const uint8_t zeros[3 * BLOCK];
    uint8_t end[3 * BLOCK];
    size_t end_len = (size_t)padding(len) + 2 * BLOCK;
    char *stored = malloc(archive->sums_len + 1);
    if (!stored)
        return badge_no_memory(err);
    enum badge_status status = len == archive->sums_len ? archive_read(archive, at, stored, (size_t)len, err)
                                                        : archive_damaged(archive, at, err);
    if (status == BADGE_OK && memcmp(stored, archive->sums, (size_t)len) != 0)
        status = badge_fail(err, BADGE_ECORRUPT, (size_t)at, "%s is damaged (checksum mismatch): use another backup",
                            archive->path);
    if (status == BADGE_OK)
        status = archive_read(archive, at + len, end, end_len, err);
    if (status == BADGE_OK && (memcmp(end, zeros, end_len) != 0 || at + len + end_len != archive->len))
        status = archive_damaged(archive, at + len, err);
    free(stored);
    return status;
}

static enum badge_status extract_all(struct archive *archive, const char *folder, const struct store_check *check,
                                     struct badge_err *err)
{
    for (uint64_t at = 0;;) {
        uint8_t header[BLOCK + 1] = {0}, pad[BLOCK] = {0}, zeros[BLOCK] = {0};
        char name[NAME_MAX_LEN];
        uint64_t len;
        enum badge_status status = store_check_continue(check, err);
        if (status == BADGE_OK)
            status = archive_read(archive, at, header, BLOCK, err);
        if (status != BADGE_OK)
            return status;
        if (!header_decode(archive, header, name, &len))
            return archive_damaged(archive, at, err);
        at += BLOCK;
        if (strcmp(name, SUMS) == 0)
            return check_end(archive, at, len, err);
        status = extract_one(archive, folder, name, at, len, is_published(name) && !check->with_published, err);
        if (status == BADGE_OK)
            status = archive_read(archive, at + len, pad, (size_t)padding(len), err);
        if (status == BADGE_OK && memcmp(pad, zeros, BLOCK) != 0)
            status = archive_damaged(archive, at + len, err);
        if (status != BADGE_OK)
            return status;
        at += len + padding(len);
    }
}

enum badge_status archive_extract(const char *path, const char *folder, const struct store_check *check,
                                  struct badge_err *err)
{
    struct archive archive = {.path = path};
    enum badge_status status = disk_open(&archive.fd, path, O_RDONLY, err);
    if (status == BADGE_OK)
        status = disk_size(archive.fd, path, &archive.len, err);
    if (status == BADGE_OK)
        status = extract_all(&archive, folder, check, err);
    archive_release(&archive);
    return status;
}
