/*
 * A store in one file: an uncompressed tar (POSIX.1-2001 ustar) as any tar lists and unpacks it, whose last member,
 * SHA256SUMS, is what sha256sum -c reads. Ours alone are read back: every header must be, byte for byte, the one that
 * would be written for its name, length and time, and every name one of a store. So there is no room for paths that
 * lead elsewhere, links, or bytes that nobody vouches for.
 */
#ifndef STORE_TOOLS_ARCHIVE_H
#define STORE_TOOLS_ARCHIVE_H

#include "badge/hash.h"
#include "store/disk.h"
#include "store/tools/tools.h"

struct archive {
    int fd; /* −1: not open */
    char path[DISK_PATH_MAX];
    int64_t made_at_s;
    uint64_t len;
    char *sums; /* the text of SHA256SUMS so far */
    size_t sums_len, sums_capacity;
};

/* Makes the file, which must not be there. errors    BADGE_EIO, BADGE_ELIMIT */
enum badge_status archive_create(struct archive *out, const char *path, struct badge_err *err) BADGE_CHECKED;
/*
 * Adds the first len bytes of a file under its name within the store.
 * errors    BADGE_EIO, BADGE_ECORRUPT (it is shorter), BADGE_ELIMIT (beyond 8 GiB), BADGE_ENOMEM
 */
enum badge_status archive_add(struct archive *archive, const char *name, int fd, const char *path, uint64_t len,
                              struct badge_err *err) BADGE_CHECKED;
/* Adds the sums and the end, and syncs. */
enum badge_status archive_finish(struct archive *archive, struct badge_err *err) BADGE_CHECKED;
void archive_release(struct archive *archive);

/*
 * Unpacks an archive into a folder that has journal/ and batches/ and nothing else, `anchors` as `anchors.new`. Not
 * synced. All sums have held where it answers BADGE_OK.
 * errors    BADGE_ENOTFOUND, BADGE_EREFUSED (stopped), BADGE_EIO, BADGE_ENOMEM, BADGE_ECORRUPT (damaged, or none of
 * ours)
 */
enum badge_status archive_extract(const char *path, const char *folder, const struct store_check *check,
                                  struct badge_err *err) BADGE_CHECKED;

#endif
