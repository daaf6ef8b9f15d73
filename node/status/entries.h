/*
 * What a document says of where its status is: the entries of `credentialStatus`, and of Open Badges 2.0 the revocation
 * list of its issuer and its own hosted copy.
 */
#ifndef STATUS_ENTRIES_H
#define STATUS_ENTRIES_H

#include "badge/verdict.h"

enum status_kind {
    STATUS_KIND_UNKNOWN,
    STATUS_BITSTRING,       /* BitstringStatusListEntry */
    STATUS_LIST_2021,       /* StatusList2021Entry */
    STATUS_REVOCATION_2020, /* RevocationList2020Status */
    STATUS_1EDTECH,         /* 1EdTechRevocationList */
    STATUS_OPEN_BADGES_2,   /* issuer.revocationList */
    STATUS_HOSTED,          /* an assertion's copy at its own address */
};

/* The errors of Bitstring Status List 1.0 section 3.5, which serve the other kinds too. */
enum status_error {
    STATUS_NO_ERROR,
    STATUS_MALFORMED_VALUE,
    STATUS_VERIFICATION,
    STATUS_LIST_LENGTH,
    STATUS_RANGE,
    STATUS_TYPE_UNKNOWN, /* not one of the standard's */
};

struct status_entry {
    enum status_kind kind;
    enum status_error error; /* it can't be asked for */
    const char *why;         /* one clause; static storage */
    struct badge_text url;   /* of the list, https; len 0: none that can be shown */
    struct badge_text purpose;
    uint64_t index;
    unsigned size;                           /* of an entry in bits, 1 to 32 */
    bool has_lenient_index;                  /* it is a number, or has leading zeros */
    const struct badge_json_value *messages; /* statusMessage; NULL: none */
    struct badge_text json;                  /* its canonical form; of a hosted copy that of the assertion */
};

#define STATUS_MAX_IDS (3 * BADGE_MAX_LAYERS) /* id, jti and uid of each */

struct status_entries {
    size_t n;
    struct status_entry entry[BADGE_MAX_STATUSES];
    bool has_more; /* than fit */
    size_t n_ids;  /* the names by which plain lists may name the credential */
    struct badge_text id[STATUS_MAX_IDS];
};

/* All texts live in the arena. errors    BADGE_ENOMEM */
enum badge_status status_entries_read(struct status_entries *out, struct badge_arena *arena,
                                      const struct badge_reading *reading) BADGE_CHECKED;

#endif
