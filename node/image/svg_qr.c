/*
 * A QR code below the picture of an SVG: the picture becomes the first element of a larger one, and the code the
 * second. The bytes within the picture stay as they are; only the size in its root's tag is another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "core/kind.h"
#include "image/image_internal.h"

/* An attribute in a start tag, from the space before its name to after its value's quote. */
struct attribute {
    size_t at, end;
    struct badge_text value;
};

/* In a tag of well-formed XML; false: it has no such attribute. */
static bool find_attribute(struct attribute *out, const char *bytes, const struct image_places *places,
                           const char *name)
{
    size_t name_len = strlen(name), at = places->root_at + 1 + places->root_name_len;
    while (at < places->root_end) {
        size_t space_at = at;
        while (at < places->root_end && kind_is_space((uint8_t)bytes[at]))
            at++;
        size_t name_at = at;
        while (at < places->root_end && bytes[at] != '=' && !kind_is_space((uint8_t)bytes[at]))
            at++;
        size_t len = at - name_at;
        while (at < places->root_end && bytes[at] != '"' && bytes[at] != '\'')
            at++;
        const char *end = at < places->root_end ? memchr(bytes + at + 1, bytes[at], places->root_end - at - 1) : NULL;
        if (!end)
            return false;
        *out = (struct attribute){
            space_at, (size_t)(end + 1 - bytes), {bytes + at + 1, (size_t)(end - bytes) - at - 1}};
        at = out->end;
        if (len == name_len && memcmp(bytes + name_at, name, len) == 0)
            return true;
    }
    return false;
}

/* A number above 0, and what is behind it; 0: there is none. */
static double read_number(const char **at)
{
    char *end;
    double number = strtod(*at, &end);
    bool is_good = end > *at && number > 0 && number < 1e6;
    *at = end;
    return is_good ? number : 0;
}

static void copy(char out[100], struct badge_text text)
{
    size_t len = text.len < 99 ? text.len : 99;
    memcpy(out, text.bytes, len);
    out[len] = '\0';
}

/* A length without a unit or in pixels; 0: none, or another. */
static double length_of(const char *bytes, const struct image_places *places, const char *name)
{
    struct attribute attribute;
    char text[100];
    const char *at = text;
    if (!find_attribute(&attribute, bytes, places, name))
        return 0;
    copy(text, attribute.value);
    double length = read_number(&at);
    if (strncmp(at, "px", 2) == 0)
        at += 2;
    return at[strspn(at, " ")] == '\0' ? length : 0;
}

/* From the view box, else from width and height. */
static bool read_size(double *width, double *height, const char *bytes, const struct image_places *places)
{
    struct attribute attribute;
    char text[100];
    *width = *height = 0;
    if (find_attribute(&attribute, bytes, places, "viewBox")) {
        copy(text, attribute.value);
        const char *at = text;
        for (unsigned i = 0; i < 4; i++) {
            at += strspn(at, " \t\r\n,");
            double number = read_number(&at);
            if (i == 2)
                *width = number;
            if (i == 3)
                *height = number;
        }
    } else {
        *width = length_of(bytes, places, "width");
        *height = length_of(bytes, places, "height");
    }
    return *width > 0 && *height > 0;
}

static void put_text(struct image_bytes *out, const char *text)
{
    image_put(out, text, strlen(text));
}

static void put_number(struct image_bytes *out, const char *before, double number)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", number);
    put_text(out, before);
    put_text(out, text);
}

/* The root's tag and all behind it, the tag with another size. */
static void put_picture(struct image_bytes *out, const char *bytes, size_t len, const struct image_places *places,
                        double width, double height)
{
    struct attribute cut[2] = {{0}};
    size_t n = 0, at = places->root_at + 1 + places->root_name_len;
    n += find_attribute(&cut[n], bytes, places, "width");
    n += find_attribute(&cut[n], bytes, places, "height");
    if (n == 2 && cut[0].at > cut[1].at) {
        struct attribute first = cut[1];
        cut[1] = cut[0];
        cut[0] = first;
    }
    image_put(out, bytes + places->root_at, at - places->root_at);
    put_number(out, " width=\"", width);
    put_number(out, "\" height=\"", height);
    put_text(out, "\"");
    for (size_t i = 0; i < n; i++) {
        image_put(out, bytes + at, cut[i].at - at);
        at = cut[i].end;
    }
    image_put(out, bytes + at, len - at);
}

static void put_code(struct image_bytes *out, const struct image_qr *qr, double x, double y, double side)
{
    unsigned modules = qr->side + 2 * QR_QUIET;
    char text[64];
    put_number(out, "<q:svg x=\"", x);
    put_number(out, "\" y=\"", y);
    put_number(out, "\" width=\"", side);
    put_number(out, "\" height=\"", side);
    snprintf(text, sizeof text, "\" viewBox=\"0 0 %u %u\" shape-rendering=\"crispEdges\">", modules, modules);
    put_text(out, text);
    snprintf(text, sizeof text, "<q:path fill=\"#fff\" d=\"M0 0h%uv%uH0z\"/>", modules, modules);
    put_text(out, text);
    put_text(out, "<q:path fill=\"#000\" d=\"");
    for (unsigned row = 0; row < qr->side; row++)
        for (unsigned column = 0; column < qr->side; column++) {
            unsigned run = 0;
            while (column + run < qr->side && image_qr_is_dark(qr, column + run, row))
                run++;
            snprintf(text, sizeof text, "M%u %uh%uv1h-%uz", column + QR_QUIET, row + QR_QUIET, run, run);
            if (run > 0)
                put_text(out, text);
            column += run;
        }
    put_text(out, "\"/></q:svg>");
}

enum badge_status image_svg_add_qr(struct image_bytes *out, const struct image_places *places, const char *bytes,
                                   size_t len, const struct image_qr *qr, struct badge_err *err)
{
    double width, height, shown = length_of(bytes, places, "width");
    if (!read_size(&width, &height, bytes, places))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "the SVG states no size in pixels, so there is no place for a QR code; give it a viewBox");
    double side = (double)image_qr_side(qr, 1000) * width / 1000, total = height + side;
    image_put(out, bytes, places->root_at);
    put_text(out, "<q:svg xmlns:q=\"http://www.w3.org/2000/svg\"");
    if (shown > 0) {
        put_number(out, " width=\"", shown);
        put_number(out, "\" height=\"", shown * total / width);
        put_text(out, "\"");
    }
    put_number(out, " viewBox=\"0 0 ", width);
    put_number(out, " ", total);
    put_text(out, "\">");
    put_picture(out, bytes, len, places, width, height);
    put_code(out, qr, (width - side) / 2, height, side);
    put_text(out, "</q:svg>\n");
    return BADGE_OK;
}
