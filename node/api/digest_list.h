/*
 * {"digests":["64 hex",…]} as the body of a request: held whole, parsed, at most 10,000.
 */
#ifndef API_DIGEST_LIST_H
#define API_DIGEST_LIST_H

#include "http/exchange.h"

struct digest_list {
    struct strbuf body;
    size_t n;                  /* entries */
    bool *is_digest;           /* of each entry */
    struct badge_hash *digest; /* of each entry; zero where it is none */
};

/* For a route's `open`: looks at the headers. False: it has answered; nothing is to be released. */
bool digest_list_open(struct digest_list *list, struct exchange *x);
void digest_list_data(struct digest_list *list, struct exchange *x, const char *bytes, size_t len);
/* For its `run`. entry_len: what the caller will hold for each entry. False: it has answered. */
bool digest_list_read(struct digest_list *list, struct exchange *x, size_t entry_len);
void digest_list_release(struct digest_list *list);

/* The result of an entry that is no digest. */
void digest_list_write_bad(struct strbuf *out);

#endif
