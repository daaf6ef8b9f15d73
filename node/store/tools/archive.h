/*
 * A store in one file: an uncompressed tar (POSIX.1-2001 ustar) that any tar can list and unpack. Its last member,
 * SHA256SUMS, can be checked with sha256sum -c. Only archives written here are read: every header must be, byte for
 * byte, the one that would be written for its name, length and time, and every name must be one of a store. This rules
 * out path traversal, links and unchecked bytes.
 */
#ifndef STORE_TOOLS_ARCHIVE_H
#define STORE_TOOLS_ARCHIVE_H

#include "badge/hash.h"
#include "store/disk.h"
#include "store/tools/tools.h"

struct archive {
    int fd;           /* −1: not open */
    const char *path; /* borrowed */
    int64_t made_at_s;
    uint64_t len; /* of an archive that is read */
    char *sums;   /* the text of SHA256SUMS so far */
    size_t sums_len, sums_capacity;
};

/* Creates the file, which must not exist. errors    BADGE_EIO */
enum badge_status archive_create(struct archive *out, const char *path, struct badge_err *err) BADGE_CHECKED;
/*
 * Adds the first len bytes of a file under its name within the store.
 * errors    BADGE_EIO, BADGE_ECORRUPT (the file is shorter), BADGE_ELIMIT (more than 8 GiB), BADGE_ENOMEM
 */
enum badge_status archive_add(struct archive *archive, const char *name, int fd, const char *path, uint64_t len,
                              struct badge_err *err) BADGE_CHECKED;
/* Adds SHA256SUMS and the end-of-archive blocks, and syncs. */
enum badge_status archive_finish(struct archive *archive, struct badge_err *err) BADGE_CHECKED;
void archive_release(struct archive *archive);

/*
 * Unpacks an archive into a folder that has only journal/ and batches/, and `anchors` as `anchors.new`; published/ too,
 * which has to be there, if check->with_published is set. Does not sync.
 * BADGE_OK means that all checksums are correct.
 * errors    BADGE_ENOTFOUND, BADGE_EREFUSED (stopped), BADGE_EIO, BADGE_ENOMEM, BADGE_ECORRUPT (damaged, or not written
 *           by archive_create())
 */
enum badge_status archive_extract(const char *path, const char *folder, const struct store_check *check,
                                  struct badge_err *err) BADGE_CHECKED;

#endif
