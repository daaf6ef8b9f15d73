/*
 * The only code that includes libqrencode. The site draws codes as SVG, `badge bake` into images; the page has another
 * library for it.
 */
#include "image/qr.h"

#include <qrencode.h>
#include <string.h>

#include "badge/text.h"

#define LEVEL_M_MAX_LEN 400

enum badge_status image_qr_encode(struct image_qr *out, const void *bytes, size_t len, struct badge_err *err)
{
    if (len > QR_MAX_LEN)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "a QR code holds at most %d bytes", QR_MAX_LEN);
    QRcode *code = QRcode_encodeData((int)len, bytes, 0, len > LEVEL_M_MAX_LEN ? QR_ECLEVEL_L : QR_ECLEVEL_M);
    if (!code)
        return badge_no_memory(err);
    out->side = (unsigned)code->width;
    for (unsigned y = 0; y < out->side; y++)
        memcpy(out->cell[y], code->data + (size_t)y * out->side, out->side);
    QRcode_free(code);
    return BADGE_OK;
}
