/*
 * CRC-32C (Castagnoli, RFC 3720 section 12.1 and appendix B.4): detects damage, not tampering.
 */
#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* crc       0 at the start, or the result for the preceding bytes */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);
/* The same without the processor's instruction, so that a test can compare the two. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len);

#endif
