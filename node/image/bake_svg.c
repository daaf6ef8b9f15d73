/*
 * A badge into an SVG, as text beside the text that is there: the root gets the namespace, its first children are the
 * badge and the receipt. image_bake() calls it when svg.c has read the image and found it in order; only bytes are
 * inserted or left out, so what an editor or an artist wrote stays as it was.
 */
#include <string.h>

#include "image/image_internal.h"

static void put(struct image_bytes *out, const char *text)
{
    image_put(out, text, strlen(text));
}

/* A carriage return would be read back as a line feed (XML 1.0 section 2.11), and "]]>" ends a section. */
static void put_cdata(struct image_bytes *out, struct badge_text text)
{
    put(out, "<![CDATA[");
    for (size_t i = 0; i < text.len; i++) {
        if (text.bytes[i] == '\r')
            put(out, "]]>&#13;<![CDATA[");
        else if (text.len - i >= 3 && memcmp(text.bytes + i, "]]>", 3) == 0)
            put(out, "]]]><![CDATA[");
        else
            image_put(out, text.bytes + i, 1);
    }
    put(out, "]]>");
}

static void put_attribute(struct image_bytes *out, const char *name, struct badge_text value)
{
    put(out, " ");
    put(out, name);
    put(out, "=\"");
    for (size_t i = 0; i < value.len; i++) {
        switch (value.bytes[i]) {
        case '&':
            put(out, "&amp;");
            break;
        case '<':
            put(out, "&lt;");
            break;
        case '"':
            put(out, "&quot;");
            break;
        default:
            image_put(out, value.bytes + i, 1);
        }
    }
    put(out, "\"");
}

static void put_badge(struct image_bytes *out, const struct image_badge *badge, bool declare)
{
    bool is_3 = badge->version == IMAGE_OB3;
    const char *name = is_3 ? "openbadges:credential" : "openbadges:assertion",
               *namespace = is_3 ? OB3_NAMESPACE : OB2_NAMESPACE;
    struct badge_text credential = image_trim(badge->credential.bytes, badge->credential.len);
    bool is_json = credential.len > 0 && *credential.bytes == '{';
    put(out, "<");
    put(out, name);
    if (declare)
        put_attribute(out, "xmlns:openbadges", (struct badge_text){namespace, strlen(namespace)});
    if (!is_json)
        put_attribute(out, "verify", credential);
    else if (badge->url.bytes)
        put_attribute(out, "verify", badge->url);
    if (!is_json) {
        put(out, "/>");
        return;
    }
    put(out, ">");
    put_cdata(out, credential);
    put(out, "</");
    put(out, name);
    put(out, ">");
}

void image_svg_write(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t len,
                     const struct image_badge *badge)
{
    const char *namespace = badge->version == IMAGE_OB3 ? OB3_NAMESPACE : OB2_NAMESPACE;
    size_t name_end = places->root_at + 1 + places->root_name_len;
    size_t tag_end = places->root_end - (places->root_is_empty ? 2 : 1); /* before "/>" or ">" */
    image_put(out, bytes, name_end);
    if (!places->has_prefix)
        put_attribute(out, "xmlns:openbadges", (struct badge_text){namespace, strlen(namespace)});
    image_put(out, bytes + name_end, tag_end - name_end);
    put(out, ">");
    put_badge(out, badge, places->has_prefix && places->prefix != badge->version);
    if (badge->receipt.bytes) {
        put(out, "<badgereceipt xmlns=\"" RECEIPT_NAMESPACE "\">");
        put_cdata(out, badge->receipt);
        put(out, "</badgereceipt>");
    }
    if (places->root_is_empty) {
        put(out, "</");
        image_put(out, bytes + places->root_at + 1, places->root_name_len);
        put(out, ">");
    }
    image_put_rest(out, places, bytes, places->root_end, len);
}
