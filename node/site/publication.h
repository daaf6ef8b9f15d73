/*
 * What a page shows of a credential that its holder publishes: a few texts and a picture, taken from the summary of the
 * engine that judges it. Nothing else of the document is read.
 */
#ifndef SITE_PUBLICATION_H
#define SITE_PUBLICATION_H

#include "http/problem.h"
#include "store/published.h"

#define PUBLICATION_MAX_LEN ((size_t)1 << 20) /* of a credential: each of its pages contains it */

struct publication {
    struct published published; /* without secret and time; its parts borrow from what follows, and from the bytes */
    struct badge_arena arena;
    char *picture;
};

struct publication_refusal {
    enum problem problem;
    char detail[300];
    size_t offset;
};

/* Bytes of memory that reading a credential of this length takes. */
size_t publication_cost(size_t len);

/*
 * Reads a JSON or compact JWS credential, for publication under this digest. Slow: on the pool. *out is the caller's,
 * also if it was refused: publication_release().
 */
bool publication_read(struct publication *out, const char *bytes, size_t len, const struct badge_hash *digest,
                      int64_t now_s, struct publication_refusal *refusal) BADGE_CHECKED;
void publication_release(struct publication *publication);

#endif
