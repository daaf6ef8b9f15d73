/*
 * What a list says of one entry, as an item of the report: whether it is a list that counts for this credential, and
 * what it means.
 */
#ifndef STATUS_EVALUATE_H
#define STATUS_EVALUATE_H

#include "status/list.h"

struct status_asker {
    struct badge_text issuer; /* of the credential */
    const struct badge_policy *policy;
    int64_t now_s;
    const struct badge_text *id; /* of the credential */
    size_t n_ids;
};

/* An entry that can't be asked for, or whose list was not read; why: one clause. */
void status_evaluate_unread(struct badge_status_item *out, const struct status_entry *entry, const char *why);
void status_evaluate(struct badge_status_item *out, const struct status_entry *entry,
                     const struct badge_status_list *list, const struct status_asker *asker);

/* Whether a URL is on the origin of the issuer's id, which is an https URL or a did:web. */
bool status_is_on_origin(struct badge_text url, struct badge_text issuer);

/*
 * Whether a hosted copy says what the assertion says: all members of both, but for `revoked` of false; null and ""
 * are absent, one value is an array with it, and a URL stands for the object with that id. False also if out of memory.
 */
bool status_same_assertion(struct badge_text a, struct badge_text b);

#endif
