/*
 * QR codes (ISO/IEC 18004) of bytes, for links on paper and on screens.
 */
#ifndef CORE_QR_H
#define CORE_QR_H

#include <stdbool.h>
#include <stdint.h>

#include "badge/status.h"

#define QR_MAX_LEN 2953 /* bytes in the largest code, version 40, at level L */
#define QR_MAX_SIDE 177
#define QR_QUIET 4 /* light modules that must surround a code on each side */

struct core_qr {
    unsigned side; /* modules in a row and in a column, without the quiet zone */
    uint8_t cell[QR_MAX_SIDE][QR_MAX_SIDE];
};

/*
 * The smallest code of byte mode: up to 400 bytes at level M, which survives 15 % damage, longer ones at level L, 7 %,
 * so that their modules stay large enough to be read. False: len is above QR_MAX_LEN.
 */
bool core_qr_encode(struct core_qr *out, const void *bytes, size_t len) BADGE_CHECKED;
static inline bool core_qr_is_dark(const struct core_qr *qr, size_t x, size_t y)
{
    return qr->cell[y][x] & 1;
}

#endif
