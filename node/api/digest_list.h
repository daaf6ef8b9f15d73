/*
 * {"digests":["64 hex",…]} as the body of a request: read whole, parsed, at most 10,000.
 */
#ifndef API_DIGEST_LIST_H
#define API_DIGEST_LIST_H

#include "http/exchange.h"

/* The first member of what x->state points to. */
struct digest_list {
    struct strbuf body;
    size_t n;                  /* entries */
    bool *is_digest;           /* of each entry */
    struct badge_hash *digest; /* of each entry; undefined if it is not a digest */
};

/* For a route's `open`, after exchange_new_state(): checks the headers, and may answer. */
void digest_list_open(struct exchange *x);
void digest_list_data(struct exchange *x, const char *bytes, size_t len);
/*
 * For its `run`.
 * entry_len   memory that the caller will need for each entry
 * read_more   reads further members of the object, or answers and returns false; NULL: there are none
 * Returns false if it has answered.
 */
bool digest_list_read(struct exchange *x, size_t entry_len,
                      bool (*read_more)(struct exchange *x, const struct badge_json_value *object));
/* The same for an object without digests. */
bool digest_list_read_object(struct exchange *x,
                             bool (*read_more)(struct exchange *x, const struct badge_json_value *object));
void digest_list_release(struct digest_list *list);

/* The result of an entry that is not a digest, in an object that was begun. */
void digest_list_write_bad(struct json_out *out);

#endif
