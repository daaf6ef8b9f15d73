/*
 * The folder of published badges. Called by the site's handlers, on the pool, and by the store's tools.
 *
 * The invariant: one writer at a time, and what it has answered is on the disk. After a failed sync of the folder that
 * is not known, so nothing more is written until a restart.
 */
#include "store/published.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "badge/text.h"
#include "store/bytes.h"
#include "store/crc32c.h"
#include "store/disk.h"

#define MAGIC_LEN (sizeof PUBLISHED_MAGIC - 1)
#define HEAD_LEN (MAGIC_LEN + sizeof(struct badge_hash) + 8 + 4 * PUBLISHED_N_PARTS)
#define CRC_LEN 4u

struct published_folder {
    pthread_mutex_t writing;
    char store[DISK_PATH_MAX], path[DISK_PATH_MAX];
    uint64_t n_bytes, max_bytes; /* of all files */
    bool has_failed;
};

bool published_is_name(const char *name)
{
    return strlen(name) == BADGE_HEX_LEN && strspn(name, "0123456789abcdef") == BADGE_HEX_LEN;
}

/* -- the format ---------------------------------------------------------------------------------------------------- */

static size_t encoded_len(const struct published *published)
{
    size_t len = HEAD_LEN + CRC_LEN;
    for (size_t i = 0; i < PUBLISHED_N_PARTS; i++)
        len += published->part[i].len;
    return len;
}

static void encode(uint8_t *out, const struct published *published)
{
    struct badge_hash secret_hash = published->secret_hash;
    int64_t at_s = published->at_s;
    struct codec codec = {.to = out};
    memcpy(codec.to, PUBLISHED_MAGIC, MAGIC_LEN);
    codec.to += MAGIC_LEN;
    code_bytes(&codec, secret_hash.b, sizeof secret_hash.b);
    code_i64(&codec, &at_s);
    for (size_t i = 0; i < PUBLISHED_N_PARTS; i++) {
        uint32_t len = (uint32_t)published->part[i].len;
        code_u32(&codec, &len);
    }
    for (size_t i = 0; i < PUBLISHED_N_PARTS; i++) {
        if (published->part[i].len > 0)
            memcpy(codec.to, published->part[i].bytes, published->part[i].len);
        codec.to += published->part[i].len;
    }
    put_u32(codec.to, crc32c(0, out, (size_t)(codec.to - out)));
}

/* False: damaged. The parts of *out are in bytes. */
static bool decode(struct published *out, const uint8_t *bytes, size_t len)
{
    struct codec codec = {.from = bytes + MAGIC_LEN};
    if (len < HEAD_LEN + CRC_LEN || memcmp(bytes, PUBLISHED_MAGIC, MAGIC_LEN) != 0 ||
        get_u32(bytes + len - CRC_LEN) != crc32c(0, bytes, len - CRC_LEN))
        return false;
    code_bytes(&codec, out->secret_hash.b, sizeof out->secret_hash.b);
    code_i64(&codec, &out->at_s);
    size_t left = len - HEAD_LEN - CRC_LEN;
    const char *next = (const char *)bytes + HEAD_LEN;
    for (size_t i = 0; i < PUBLISHED_N_PARTS; i++) {
        uint32_t part_len;
        code_u32(&codec, &part_len);
        if (part_len > left)
            return false;
        out->part[i] = (struct badge_text){next, part_len};
        next += part_len;
        left -= part_len;
    }
    return left == 0;
}

static enum badge_status read_open(struct published *out, int fd, const char *path, struct badge_err *err)
{
    uint64_t len;
    enum badge_status status = disk_size(fd, path, &len, err);
    if (status != BADGE_OK)
        return status;
    if (len <= PUBLISHED_MAX_LEN && !(out->bytes = malloc((size_t)len + 1)))
        return badge_no_memory(err);
    if (out->bytes)
        status = disk_read(fd, path, out->bytes, (size_t)len, 0, err);
    if (status == BADGE_OK && (!out->bytes || !decode(out, out->bytes, (size_t)len)))
        status = badge_fail(err, BADGE_ECORRUPT, BADGE_NO_OFFSET,
                            "%s is damaged: remove it, and its holder can publish the badge again", path);
    return status;
}

static enum badge_status read_file(struct published *out, const char *path, struct badge_err *err)
{
    int fd;
    *out = (struct published){.bytes = NULL};
    enum badge_status status = disk_open(&fd, path, O_RDONLY | O_NOFOLLOW, err);
    if (status != BADGE_OK)
        return status;
    status = read_open(out, fd, path, err);
    close(fd);
    if (status != BADGE_OK)
        published_release(out);
    return status;
}

void published_release(struct published *published)
{
    free(published->bytes);
    *published = (struct published){.bytes = NULL};
}

/* -- the folder ---------------------------------------------------------------------------------------------------- */

/* Counts what is there, and deletes what a crash left unfinished. */
static void count_files(struct published_folder *folder, DIR *dir)
{
    struct stat st;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (published_is_name(entry->d_name) && fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            folder->n_bytes += (uint64_t)st.st_size;
        else if (strlen(entry->d_name) == BADGE_HEX_LEN + strlen(DISK_UNFINISHED) &&
                 strcmp(entry->d_name + BADGE_HEX_LEN, DISK_UNFINISHED) == 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
}

enum badge_status published_open(struct published_folder **out, const char *store, uint64_t max_bytes,
                                 struct badge_err *err)
{
    struct published_folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return badge_no_memory(err);
    folder->max_bytes = max_bytes;
    disk_path(folder->store, store, ".");
    disk_path(folder->path, store, PUBLISHED_FOLDER);
    DIR *dir = opendir(folder->path);
    if (!dir && errno != ENOENT) {
        enum badge_status status = disk_fail(err, "read", folder->path);
        free(folder);
        return status;
    }
    if (dir) {
        count_files(folder, dir);
        closedir(dir);
    }
    (void)pthread_mutex_init(&folder->writing, NULL);
    *out = folder;
    return BADGE_OK;
}

void published_close(struct published_folder *folder)
{
    if (!folder)
        return;
    (void)pthread_mutex_destroy(&folder->writing);
    free(folder);
}

static void name_of(char out[BADGE_HEX_LEN + 1], const struct badge_hash *digest)
{
    badge_hex_encode(out, digest->b, sizeof digest->b);
}

static void path_of(char out[DISK_PATH_MAX], const struct published_folder *folder, const struct badge_hash *digest)
{
    char name[BADGE_HEX_LEN + 1];
    name_of(name, digest);
    disk_path(out, folder->path, name);
}

static enum badge_status make_folder(struct published_folder *folder, struct badge_err *err)
{
    if (disk_exists(folder->path))
        return BADGE_OK;
    enum badge_status status = disk_make_folder(folder->path, err);
    return status == BADGE_OK ? disk_sync_folder(folder->store, err) : status;
}

static enum badge_status check_writable(const struct published_folder *folder, struct badge_err *err)
{
    if (!folder->has_failed)
        return BADGE_OK;
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                      "%s could not be synced before: check the disk, and start the node again", folder->path);
}

/* The length of what is there, 0: nothing is. secret_hash: of who wants to change it; NULL: anyone's. */
static enum badge_status check_present(struct published_folder *folder, const struct badge_hash *digest,
                                       const struct badge_hash *secret_hash, size_t *len, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    struct published present;
    path_of(path, folder, digest);
    *len = 0;
    enum badge_status status = read_file(&present, path, err);
    if (status != BADGE_OK)
        return status;
    *len = encoded_len(&present);
    if (secret_hash && !badge_equal_secret(present.secret_hash.b, secret_hash->b, sizeof secret_hash->b))
        status = badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the badge was published with another secret");
    published_release(&present);
    return status;
}

static void remove_new(const struct published_folder *folder, const struct badge_hash *digest)
{
    char path[DISK_PATH_MAX];
    path_of(path, folder, digest);
    (void)unlink(path);
}

static enum badge_status put(struct published_folder *folder, const struct badge_hash *digest,
                             const struct published *published, bool *is_new, struct badge_err *err)
{
    char name[BADGE_HEX_LEN + 1];
    size_t len = encoded_len(published), old_len = 0;
    enum badge_status status = check_writable(folder, err);
    if (status == BADGE_OK)
        status = check_present(folder, digest, &published->secret_hash, &old_len, err);
    *is_new = status == BADGE_ENOTFOUND;
    if (status != BADGE_OK && !*is_new)
        return status;
    if (len > PUBLISHED_MAX_LEN || folder->n_bytes - old_len + len > folder->max_bytes)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "there is no more room for published badges");
    uint8_t *bytes = malloc(len);
    if (!bytes)
        return badge_no_memory(err);
    encode(bytes, published);
    name_of(name, digest);
    status = make_folder(folder, err);
    if (status == BADGE_OK)
        status = disk_create(folder->path, name, bytes, len, err);
    int cause = errno;
    free(bytes);
    if (status == BADGE_OK) {
        folder->n_bytes += len - old_len;
        return status;
    }
    folder->has_failed = !disk_out_of_space(cause);
    if (*is_new) /* it may have its name already, and was refused */
        remove_new(folder, digest);
    return status;
}

enum badge_status published_put_work(struct published_folder *folder, const struct badge_hash *digest,
                                     const struct published *published, bool *is_new, struct badge_err *err)
{
    (void)pthread_mutex_lock(&folder->writing);
    enum badge_status status = put(folder, digest, published, is_new, err);
    (void)pthread_mutex_unlock(&folder->writing);
    return status;
}

size_t published_len_work(const struct published_folder *folder, const struct badge_hash *digest)
{
    char path[DISK_PATH_MAX];
    struct stat st;
    path_of(path, folder, digest);
    if (lstat(path, &st) != 0)
        return 0;
    return (uint64_t)st.st_size < PUBLISHED_MAX_LEN ? (size_t)st.st_size + 1 : PUBLISHED_MAX_LEN;
}

enum badge_status published_read_work(struct published *out, struct published_folder *folder,
                                      const struct badge_hash *digest, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    path_of(path, folder, digest);
    return read_file(out, path, err);
}

static enum badge_status take_down(struct published_folder *folder, const struct badge_hash *digest,
                                   const struct badge_hash *secret_hash, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    size_t len = 0;
    path_of(path, folder, digest);
    enum badge_status status = check_writable(folder, err);
    if (status == BADGE_OK)
        status = check_present(folder, digest, secret_hash, &len, err);
    bool may_be_damaged = !secret_hash && status == BADGE_ECORRUPT;
    if (status != BADGE_OK && !may_be_damaged)
        return status;
    if (unlink(path) != 0)
        return disk_fail(err, "delete", path);
    folder->n_bytes -= len;
    status = disk_sync_folder(folder->path, err);
    folder->has_failed = status != BADGE_OK;
    return status;
}

enum badge_status published_remove_work(struct published_folder *folder, const struct badge_hash *digest,
                                        const struct badge_hash *secret_hash, struct badge_err *err)
{
    (void)pthread_mutex_lock(&folder->writing);
    enum badge_status status = take_down(folder, digest, secret_hash, err);
    (void)pthread_mutex_unlock(&folder->writing);
    return status;
}

/* -- for tools ----------------------------------------------------------------------------------------------------- */

enum badge_status published_visit(const char *store,
                                  enum badge_status (*visit)(void *context, const char *name, struct badge_err *err),
                                  void *context, struct badge_err *err)
{
    char path[DISK_PATH_MAX];
    enum badge_status status = BADGE_OK;
    disk_path(path, store, PUBLISHED_FOLDER);
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? BADGE_OK : disk_fail(err, "read", path);
    for (struct dirent *entry; status == BADGE_OK && (entry = readdir(dir));)
        if (published_is_name(entry->d_name))
            status = visit(context, entry->d_name, err);
    closedir(dir);
    return status;
}

enum badge_status published_check(const char *store, const char *name, struct badge_err *err)
{
    char folder[DISK_PATH_MAX], path[DISK_PATH_MAX];
    struct published published;
    disk_path(folder, store, PUBLISHED_FOLDER);
    disk_path(path, folder, name);
    enum badge_status status = read_file(&published, path, err);
    published_release(&published);
    return status;
}
