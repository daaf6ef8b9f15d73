/*
 * The credentials inside of a document, each to be verified by itself: those of a Comprehensive Learner Record, of a
 * presentation with several, and endorsements (Open Badges 3.0: `endorsement`, `endorsementJwt` of a credential, its
 * issuer and its achievements). A presentation with one credential is not such a document: that one is what is verified
 * (badge/reading.h).
 *
 * Order of calls: badge_inside_read() while the document is there; each item is verified like a file of its own,
 * without a receipt, and read for what is inside of it, down to BADGE_INSIDE_LEVELS; badge_inside_count() into
 * evidence.inside.
 */
#ifndef BADGE_INSIDE_H
#define BADGE_INSIDE_H

#include "badge/evidence.h"

#define BADGE_INSIDE_LEVELS 2
#define BADGE_INSIDE_MAX 256 /* of one verification, all levels together */

enum badge_inside_kind { BADGE_INSIDE_CREDENTIAL, BADGE_INSIDE_ENDORSEMENT };
BADGE_API const char *badge_inside_kind_name(enum badge_inside_kind kind); /* "credential" "endorsement" */

struct badge_inside_item {
    enum badge_inside_kind kind;
    struct badge_text pointer; /* JSON pointer within the credential or presentation that it is in */
    struct badge_text bytes;   /* a token as it is; JSON as its canonical form (RFC 8785), which has the same digest */
};

struct badge_inside {
    size_t n;
    struct badge_inside_item *item;
    bool has_more; /* than `most` */
};

/*
 * What is directly inside of a document; its texts live in the arena, so that the digester is needed only within the
 * call. A URL, and an object without a type of credential, is not an item.
 * most      at most so many
 * errors    BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_inside_read(struct badge_inside *out, struct badge_arena *arena,
                                              const struct badge_digester *digester, size_t most,
                                              struct badge_err *err) BADGE_CHECKED;

/* Adds one that was judged, or, without a report, one that was not. */
BADGE_API void badge_inside_count(struct badge_inside_counts *counts, const struct badge_report *report);

#endif
