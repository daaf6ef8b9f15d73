/*
 * Badges that their holders have published: what the page of their digest shows to everyone. It is personal data, which
 * is nowhere else in a store.
 *
 *   published/DIGEST   one file for each, named by the 64 hexadecimal digits. It is written whole, under a temporary
 *                      name, and synced before it gets its own; deleting it is the whole of taking it down
 *
 *     bytes
 *       8     PUBLISHED_MAGIC
 *      32     SHA-256 of the holder's secret, which is stored nowhere
 *       8     when it was published, in seconds since 1970
 *       7 × 4 the lengths of its parts, in the order of enum published_part
 *       …     the parts
 *       4     CRC-32C of all of it up to here
 *
 * Thread-safe. Every function that ends in _work blocks on the disk.
 */
#ifndef STORE_PUBLISHED_H
#define STORE_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "badge/hash.h"
#include "badge/json.h"

#define PUBLISHED_FOLDER "published"
#define PUBLISHED_MAGIC "bdgpub1\n"
#define PUBLISHED_MAX_LEN ((size_t)8 << 20) /* of a file */

/* Texts, as UTF-8, are empty where the credential says nothing. */
enum published_part {
    PUBLISHED_TITLE,
    PUBLISHED_ISSUER,
    PUBLISHED_HOLDER,
    PUBLISHED_FROM, /* dates, as the issuer wrote them */
    PUBLISHED_UNTIL,
    PUBLISHED_CREDENTIAL, /* the bytes: JSON or a compact JWS */
    PUBLISHED_PICTURE,    /* a PNG; empty: none */
    PUBLISHED_N_PARTS
};

struct published {
    struct badge_hash secret_hash;
    int64_t at_s;
    struct badge_text part[PUBLISHED_N_PARTS];
    uint8_t *bytes; /* of what published_read_work() has read: the parts are in them */
};

struct published_folder;

/*
 * store     the path of the store, which was checked and is locked by this process
 * max_bytes of all files together
 * errors    BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status published_open(struct published_folder **out, const char *store, uint64_t max_bytes,
                                 struct badge_err *err) BADGE_CHECKED;
void published_close(struct published_folder *folder);

/*
 * Durable once it returns BADGE_OK. What is published under the digest already is replaced, by the holder of the same
 * secret only. *is_new: nothing was.
 * errors    BADGE_EREFUSED: another secret; BADGE_ELIMIT: the file, or all files together, would be too long;
 *           BADGE_ECORRUPT: the file that is there is damaged; BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status published_put_work(struct published_folder *folder, const struct badge_hash *digest,
                                     const struct published *published, bool *is_new,
                                     struct badge_err *err) BADGE_CHECKED;
/* Bytes of memory that reading it takes, for a caller who counts them first; 0: nothing is published. */
size_t published_len_work(const struct published_folder *folder, const struct badge_hash *digest);
/*
 * *out is the caller's: published_release(). errors    BADGE_ENOTFOUND, BADGE_ECORRUPT, BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status published_read_work(struct published *out, struct published_folder *folder,
                                      const struct badge_hash *digest, struct badge_err *err) BADGE_CHECKED;
void published_release(struct published *published);
/*
 * Durable once it returns BADGE_OK. secret_hash: as it was published with; NULL: whatever it was.
 * errors    BADGE_ENOTFOUND, BADGE_EREFUSED: another secret; BADGE_ECORRUPT, BADGE_EIO, BADGE_ENOMEM
 */
enum badge_status published_remove_work(struct published_folder *folder, const struct badge_hash *digest,
                                        const struct badge_hash *secret_hash, struct badge_err *err) BADGE_CHECKED;

/* -- for tools, on a store that no node may use -------------------------------------------------------------------- */

/* Whether this is the name of a file within the folder. */
bool published_is_name(const char *name);
/* Calls visit for the name of each file, in no order, until it fails. A missing folder has none. */
enum badge_status published_visit(const char *store,
                                  enum badge_status (*visit)(void *context, const char *name, struct badge_err *err),
                                  void *context, struct badge_err *err) BADGE_CHECKED;
/* Reads and checks one. errors    as published_read_work() */
enum badge_status published_check(const char *store, const char *name, struct badge_err *err) BADGE_CHECKED;

#endif
