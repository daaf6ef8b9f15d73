/*
 * Conditional and partial requests: entity tags (RFC 9110 section 13.1.2), byte ranges (section 14) and accepted
 * codings.
 */
#ifndef HTTP_CONDITIONS_H
#define HTTP_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether If-None-Match names the tag, by weak comparison, or is "*". etag is quoted. list may be NULL. */
bool conditions_match(const char *list, const char *etag);

enum range { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };
/*
 * Range for content of a known length. Several ranges, another unit or a malformed header select the whole content, as
 * section 14.2 allows. first and last are inclusive, and set for RANGE_PART only. header may be NULL.
 */
enum range conditions_range(const char *header, uint64_t content_len, uint64_t *first, uint64_t *last);

/* Whether Accept-Encoding accepts gzip (section 12.5.3). list may be NULL. */
bool conditions_accept_gzip(const char *list);

#endif
