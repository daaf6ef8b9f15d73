/*
 * QR codes (ISO/IEC 18004) of bytes, for links on paper and on screens.
 */
#ifndef IMAGE_QR_H
#define IMAGE_QR_H

#include <stdbool.h>
#include <stdint.h>

#include "badge/status.h"

#define QR_MAX_LEN 2953 /* bytes in the largest code, version 40, at level L */
#define QR_MAX_SIDE 177
#define QR_QUIET 4 /* light modules that must surround a code on each side */

struct image_qr {
    unsigned side; /* modules in a row and in a column, without the quiet zone */
    uint8_t cell[QR_MAX_SIDE][QR_MAX_SIDE];
};

/*
 * The smallest code of byte mode: up to 400 bytes at level M, which survives 15 % damage, longer ones at level L, 7 %,
 * so that their modules stay large enough to be read. len: above 0. errors    BADGE_ELIMIT (above QR_MAX_LEN),
 * BADGE_ENOMEM
 */
enum badge_status image_qr_encode(struct image_qr *out, const void *bytes, size_t len,
                                  struct badge_err *err) BADGE_CHECKED;
static inline bool image_qr_is_dark(const struct image_qr *qr, size_t x, size_t y)
{
    return qr->cell[y][x] & 1;
}

#endif
