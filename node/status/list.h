/*
 * A list as it was read, and what it says of one entry.
 */
#ifndef STATUS_LIST_H
#define STATUS_LIST_H

#include "badge/status_list.h"
#include "status/entries.h"

#define STATUS_MIN_PLACES 131072 /* of a Bitstring Status List, section 2.2 */

struct revoked_id {
    struct badge_text id, reason; /* reason.len 0: none is stated */
    size_t place;                 /* in the list */
};

struct badge_status_list {
    struct badge_arena arena;
    enum status_kind kind;   /* STATUS_HOSTED of any JSON that is not one of the lists */
    enum status_error error; /* it is not a list in which a credential has a status */
    char why[200];           /* one clause */
    bool is_given;
    int64_t read_s;
    struct badge_text id, issuer; /* len 0: none */
    bool has_not_before, has_not_after;
    int64_t not_before_s, not_after_s; /* of a signed list the earlier of its own end and that of its signature */
    int64_t ttl_s;

    /* of the lists of bits */
    size_t n_purposes;
    struct badge_text *purpose;
    uint8_t *compressed; /* until they are inflated */
    size_t compressed_len;
    bool is_open; /* the bits are awaited */
    uint8_t *bits;
    size_t bits_len;
    bool is_padded;

    /* of the plain lists */
    size_t n_revoked;
    struct revoked_id *revoked; /* by their ids, and of one id by place */

    struct badge_text copy; /* of a hosted assertion: its canonical form */
    bool says_revoked;
    struct badge_text reason;
};

/*
 * What the list says of the entry, without regard to whose list it is and when it holds. strict: as Bitstring Status
 * List 1.0 has it, whose error is returned; else a short list, padding and an index that is not a plain decimal text
 * are read.
 */
enum status_error status_list_value(uint32_t *value, const struct status_entry *entry,
                                    const struct badge_status_list *list, bool strict);
/* The entry of a plain list that names one of the ids; NULL: none does. */
const struct revoked_id *status_list_find(const struct badge_status_list *list, const struct badge_text *id,
                                          size_t n_ids);
/* The part of an error's URL after https://www.w3.org/ns/credentials/status-list#; NULL: the standard has none. */
const char *status_error_name(enum status_error error);

#endif
