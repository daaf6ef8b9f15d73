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
#include "store/store_internal.h"

#define BLOCK 512
#define CHUNK (1u << 18)
#define TOP "badged-store/"
#define SUMS "SHA256SUMS"
#define NAME_MAX_LEN 64
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

static void octal(uint8_t *out, size_t digits, uint64_t value)
{
    for (size_t i = digits; i-- > 0; value /= 8)
        out[i] = (uint8_t)('0' + value % 8);
    out[digits] = '\0';
}

static bool octal_read(const uint8_t *text, size_t digits, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        *out = *out * 8 + (uint64_t)(text[i] - '0');
    }
    return true;
}

/* A regular file, owned by root, mode 0600. */
static void header_encode(uint8_t out[BLOCK], const char *name, uint64_t len, int64_t made_at_s)
{
    memset(out, 0, BLOCK);
    (void)snprintf((char *)out + AT_NAME, 100, TOP "%s", name);
    octal(out + AT_MODE, 7, 0600);
    octal(out + AT_UID, 7, 0);
    octal(out + AT_GID, 7, 0);
    octal(out + AT_SIZE, 11, len);
    octal(out + AT_TIME, 11, (uint64_t)made_at_s);
    out[AT_TYPE] = '0';
    memcpy(out + AT_MAGIC,
           "ustar\0"
           "00",
           8);
    octal(out + AT_DEVICE, 7, 0);
    octal(out + AT_DEVICE + 8, 7, 0);
    memset(out + AT_CHECKSUM, ' ', 8);
    uint64_t sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += out[i];
    octal(out + AT_CHECKSUM, 6, sum);
}

static uint64_t padding(uint64_t len)
{
    return (BLOCK - len % BLOCK) % BLOCK;
}

static enum badge_status add_sum(struct archive *archive, const char *name, struct badge_sha256 *sha,
                                 struct badge_err *err)
{
    size_t line = 64 + 2 + strlen(TOP) + strlen(name) + 1;
    if (archive->sums_capacity - archive->sums_len <= line) {
        size_t capacity = archive->sums_capacity * 2 + 4096;
        char *grown = realloc(archive->sums, capacity);
        if (!grown)
            return badge_no_memory(err);
        archive->sums = grown;
        archive->sums_capacity = capacity;
    }
    struct badge_hash sum;
    char hex[65];
    badge_sha256_final(sha, &sum);
    badge_hex_encode(hex, sum.b, sizeof sum.b);
    (void)snprintf(archive->sums + archive->sums_len, archive->sums_capacity - archive->sums_len, "%s  " TOP "%s\n",
                   hex, name);
    archive->sums_len += line;
    return BADGE_OK;
}

static enum badge_status archive_write(struct archive *archive, const void *bytes, size_t len, struct badge_err *err)
{
    archive->len += len;
    return disk_write(archive->fd, archive->path, bytes, len, err);
}

static void archive_init(struct archive *archive)
{
    memset(archive, 0, sizeof *archive);
    archive->fd = -1;
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
    archive_init(out);
    if (strlen(path) >= sizeof out->path)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the name of the backup is too long");
    memcpy(out->path, path, strlen(path) + 1);
    out->made_at_s = (int64_t)time(NULL);
    return disk_open(&out->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, err);
}

enum badge_status archive_add(struct archive *archive, const char *name, int fd, const char *path, uint64_t len,
                              struct badge_err *err)
{
    static const uint8_t zeros[BLOCK];
    uint8_t header[BLOCK], *bytes = malloc(CHUNK);
    struct badge_sha256 sha;
    badge_sha256_init(&sha);
    if (!bytes)
        return badge_no_memory(err);
    enum badge_status status = len <= MAX_MEMBER ? BADGE_OK
                                                 : badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                                                              "%s is too long for a tar archive", path);
    header_encode(header, name, len, archive->made_at_s);
    if (status == BADGE_OK)
        status = archive_write(archive, header, sizeof header, err);
    for (uint64_t at = 0; status == BADGE_OK && at < len;) {
        size_t some = len - at < CHUNK ? (size_t)(len - at) : CHUNK;
        status = disk_read(fd, path, bytes, some, at, err);
        if (status == BADGE_OK)
            status = archive_write(archive, bytes, some, err);
        badge_sha256_update(&sha, bytes, some);
        at += some;
    }
    if (status == BADGE_OK)
        status = archive_write(archive, zeros, (size_t)padding(len), err);
    if (status == BADGE_OK)
        status = add_sum(archive, name, &sha, err);
    badge_wipe(bytes, len < CHUNK ? (size_t)len : CHUNK);
    free(bytes);
    return status;
}

enum badge_status archive_finish(struct archive *archive, struct badge_err *err)
{
    static const uint8_t end[2 * BLOCK];
    uint8_t header[BLOCK];
    header_encode(header, SUMS, archive->sums_len, archive->made_at_s);
    enum badge_status status = archive_write(archive, header, sizeof header, err);
    if (status == BADGE_OK)
        status = archive_write(archive, archive->sums, archive->sums_len, err);
    if (status == BADGE_OK)
        status = archive_write(archive, end, (size_t)padding(archive->sums_len), err);
    if (status == BADGE_OK)
        status = archive_write(archive, end, sizeof end, err);
    return status == BADGE_OK ? disk_sync(archive->fd, archive->path, err) : status;
}

/* -- reading --------------------------------------------------------------------------------------------------- */

static enum badge_status archive_damaged(const struct archive *archive, uint64_t at, struct badge_err *err)
{
    return badge_fail(err, BADGE_ECORRUPT, (size_t)at,
                      "%s is damaged at byte %llu, or is not a backup made by badge: use another backup", archive->path,
                      (unsigned long long)at);
}

static enum badge_status archive_read(const struct archive *archive, uint64_t at, void *out, size_t len,
                                      struct badge_err *err)
{
    if (at > archive->len || len > archive->len - at)
        return badge_fail(err, BADGE_ECORRUPT, (size_t)archive->len, "%s is truncated at byte %llu: use another backup",
                          archive->path, (unsigned long long)archive->len);
    return disk_read(archive->fd, archive->path, out, len, at, err);
}

static bool is_numbered(const char *name, const char *folder)
{
    size_t len = strlen(folder);
    char canonical[DISK_NAME_MAX];
    if (strncmp(name, folder, len) != 0 || name[len] < '0' || name[len] > '9')
        return false;
    unsigned long number = strtoul(name + len, NULL, 10);
    if (number == 0 || number > UINT32_MAX)
        return false;
    disk_number_name(canonical, (uint32_t)number, "");
    return strcmp(name + len, canonical) == 0;
}

static bool is_store_file(const char *name)
{
    return strcmp(name, "anchors") == 0 || strcmp(name, "labels") == 0 || strcmp(name, "standing") == 0 ||
           strcmp(name, "tokens") == 0 || strcmp(name, SUMS) == 0 || is_numbered(name, "journal/") ||
           is_numbered(name, "batches/");
}

/* False for a header that differs from the one header_encode() would write. */
static bool header_decode(struct archive *archive, const uint8_t header[BLOCK], char name[NAME_MAX_LEN], uint64_t *len)
{
    uint64_t made_at_s;
    uint8_t expected[BLOCK];
    const char *full = (const char *)header + AT_NAME;
    if (strncmp(full, TOP, strlen(TOP)) != 0 || strnlen(full, NAME_MAX_LEN) == NAME_MAX_LEN)
        return false;
    memcpy(name, full + strlen(TOP), strlen(full) - strlen(TOP) + 1);
    if (!octal_read(header + AT_SIZE, 11, len) || !octal_read(header + AT_TIME, 11, &made_at_s))
        return false;
    if (archive->made_at_s == 0)
        archive->made_at_s = (int64_t)made_at_s;
    header_encode(expected, name, *len, archive->made_at_s);
    return memcmp(header, expected, BLOCK) == 0 && is_store_file(name);
}

static enum badge_status extract_one(struct archive *archive, const char *folder, const char *name, uint64_t at,
                                     uint64_t len, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    uint8_t *bytes = malloc(CHUNK);
    struct badge_sha256 sha;
    int fd = -1;
    badge_sha256_init(&sha);
    if (!bytes)
        return badge_no_memory(err);
    enum badge_status status = disk_path(path, folder, strcmp(name, "anchors") == 0 ? "anchors.new" : name, err);
    if (status == BADGE_OK)
        status = disk_open(&fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, err);
    for (uint64_t end = at + len; status == BADGE_OK && at < end;) {
        size_t some = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        status = archive_read(archive, at, bytes, some, err);
        if (status == BADGE_OK)
            status = disk_write(fd, path, bytes, some, err);
        badge_sha256_update(&sha, bytes, some);
        at += some;
    }
    if (fd >= 0)
        close(fd);
    if (status == BADGE_OK)
        status = add_sum(archive, name, &sha, err);
    badge_wipe(bytes, len < CHUNK ? (size_t)len : CHUNK);
    free(bytes);
    return status;
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
    size_t same = 0;
    while (status == BADGE_OK && same < len && stored[same] == archive->sums[same])
        same++;
    if (status == BADGE_OK && same < len)
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
        uint8_t header[BLOCK], pad[BLOCK] = {0}, zeros[BLOCK] = {0};
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
        status = extract_one(archive, folder, name, at, len, err);
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
    struct archive archive;
    archive_init(&archive);
    if (strlen(path) >= sizeof archive.path)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the name of the backup is too long");
    memcpy(archive.path, path, strlen(path) + 1);
    enum badge_status status = disk_open(&archive.fd, path, O_RDONLY, err);
    if (status == BADGE_OK)
        status = disk_size(archive.fd, path, &archive.len, err);
    if (status == BADGE_OK)
        status = extract_all(&archive, folder, check, err);
    archive_release(&archive);
    return status;
}
