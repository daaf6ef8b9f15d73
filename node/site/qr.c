/*
 * QR codes, drawn. Pure; the handler of /c/{digest}/qr.svg calls it. Each run of dark modules in a row is one rectangle
 * of one path, so that the image of a link has only a few kilobytes.
 */
#include "site/qr.h"

#include <string.h>

#include "image/qr.h"

static void draw(struct strbuf *out, const struct image_qr *qr)
{
    for (size_t y = 0; y < qr->side; y++)
        for (size_t x = 0; x < qr->side; x++) {
            size_t run = 0;
            while (x + run < qr->side && image_qr_is_dark(qr, x + run, y))
                run++;
            if (run)
                strbuf_printf(out, "M%zu %zuh%zuv1h-%zuz", x + QR_QUIET, y + QR_QUIET, run, run);
            x += run;
        }
}

enum badge_status qr_svg(struct strbuf *out, const char *text, const char *title)
{
    struct image_qr qr;
    enum badge_status status = image_qr_encode(&qr, text, strlen(text), NULL);
    if (status != BADGE_OK)
        return status;
    unsigned side = qr.side + 2 * QR_QUIET;
    strbuf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\" "
        "shape-rendering=\"crispEdges\"><title>",
        side, side, side * 8, side * 8);
    strbuf_html(out, title, strlen(title));
    strbuf_printf(out, "</title><path fill=\"#fff\" d=\"M0 0h%uv%uH0z\"/><path d=\"", side, side);
    draw(out, &qr);
    strbuf_printf(out, "\"/></svg>\n");
    return out->failed ? BADGE_ENOMEM : BADGE_OK;
}
