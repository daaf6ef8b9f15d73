/*
 * The bits of a status list, inflated: gzip (RFC 1952), all its members, checksums and lengths compared. On the pool.
 */
#ifndef AUDIT_STATUS_LISTS_GUNZIP_H
#define AUDIT_STATUS_LISTS_GUNZIP_H

#include <stddef.h>
#include <stdint.h>

/*
 * NULL: *bits, malloc()ed, is the caller's. Else why it can't be done: one clause, in static storage. Uses no more
 * memory than some 32 kB and twice what is inflated, and stops at max_len.
 */
const char *status_lists_gunzip(uint8_t **bits, size_t *len, const void *bytes, size_t bytes_len, size_t max_len);

#endif
