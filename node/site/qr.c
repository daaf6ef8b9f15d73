/*
 * QR codes, drawn; the only code that includes libqrencode. Pure; the handler of /c/{digest}/qr.svg calls it. Each run
 * of dark modules in a row is one rectangle of one path, so that the image of a link has only a few kilobytes.
 */
#include "site/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#define QUIET 4 /* white modules on each side, as the standard requires */

static void draw(struct strbuf *out, const QRcode *code)
{
    size_t width = (size_t)code->width;
    for (size_t y = 0; y < width; y++)
        for (size_t x = 0; x < width; x++) {
            size_t run = 0;
            while (x + run < width && code->data[y * width + x + run] & 1)
                run++;
            if (run)
                strbuf_printf(out, "M%zu %zuh%zuv1h-%zuz", x + QUIET, y + QUIET, run, run);
            x += run;
        }
}

enum badge_status qr_svg(struct strbuf *out, const char *text, const char *title)
{
    if (strlen(text) > QR_MAX_LEN)
        return BADGE_ELIMIT;
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return errno == ERANGE ? BADGE_ELIMIT : BADGE_ENOMEM;
    int side = code->width + 2 * QUIET;
    strbuf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
        "shape-rendering=\"crispEdges\"><title>",
        side, side, side * 8, side * 8);
    strbuf_html(out, title, strlen(title));
    strbuf_printf(out, "</title><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"", side, side);
    draw(out, code);
    strbuf_printf(out, "\"/></svg>\n");
    QRcode_free(code);
    return out->failed ? BADGE_ENOMEM : BADGE_OK;
}
