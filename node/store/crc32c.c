/*
 * CRC-32C for record files, batch heads and times. On x86-64 with SSE 4.2 it uses the processor's instruction, chosen
 * at run time; elsewhere a table of 16 entries. Both give the same value for every input; a test compares them.
 */
#include "store/crc32c.h"

#include <string.h>

/* The remainders of four bits, by the reversed polynomial 0x82f63b78. */
static const uint32_t remainders[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ remainders[crc & 0xf];
        crc = (crc >> 4) ^ remainders[crc & 0xf];
    }
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    uint64_t state = (uint32_t)~crc;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        state = __builtin_ia32_crc32di(state, word);
    }
    uint32_t tail = (uint32_t)state;
    for (; len > 0; p++, len--)
        tail = __builtin_ia32_crc32qi(tail, *p);
    return ~tail;
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_sse42(crc, bytes, len);
#endif
    return crc32c_portable(crc, bytes, len);
}
