/*
 * The checks that a request's headers must pass before anything else. libmicrohttpd accepts headers that two servers in
 * a row may interpret differently (RFC 9112 section 11.2, request smuggling); these checks reject them.
 */
#ifndef HTTP_HEADER_CHECK_H
#define HTTP_HEADER_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct header_check {
    bool is_1_1;
    unsigned n_hosts, n_lengths, n_codings;
    uint64_t content_length;
    bool is_chunked;
    char request_id[65]; /* the client's, if it may be repeated, else empty */
    const char *why;     /* what is wrong; NULL: nothing so far */
};

/* Each header in turn; false once something is wrong. */
bool header_check_field(struct header_check *check, const char *name, size_t name_len, const char *value,
                        size_t value_len);
/* After the last; path as it was sent. */
void header_check_end(struct header_check *check, const char *path);

#endif
