/*
 * Draws the random keys of hash tables: pending.c, status_table.c and anchors_revocations.c use one each.
 */
#include "store/hash_key.h"

#include <sys/random.h>

#include "badge/text.h"

enum badge_status hash_key_init(struct hash_key *out, struct badge_err *err)
{
    if (getrandom(out->key, sizeof out->key, 0) != (ssize_t)sizeof out->key)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "no random bytes from the operating system");
    return BADGE_OK;
}
