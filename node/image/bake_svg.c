/*
 * Writes a badge into an SVG: declares the namespace on the root element, and inserts badge and receipt as its first
 * children. image_bake() calls it after svg.c has read and accepted the image. Bytes are only inserted or left out, so
 * the rest of the file stays as its author wrote it.
 */
#include <string.h>

#include "core/text.h"
#include "image/image_internal.h"

static void put_text(struct image_bytes *out, const char *text)
{
    image_put(out, text, strlen(text));
}

/* A carriage return would be read back as a line feed (XML 1.0 section 2.11), and "]]>" ends a section. */
static void put_cdata(struct image_bytes *out, struct badge_text text)
{
    put_text(out, "<![CDATA[");
    for (size_t i = 0; i < text.len; i++) {
        if (text.bytes[i] == '\r')
            put_text(out, "]]>&#13;<![CDATA[");
        else if (text.len - i >= 3 && memcmp(text.bytes + i, "]]>", 3) == 0)
            put_text(out, "]]]><![CDATA[");
        else
            image_put(out, text.bytes + i, 1);
    }
    put_text(out, "]]>");
}

static void put_attribute(struct image_bytes *out, const char *name, struct badge_text value)
{
    put_text(out, " ");
    put_text(out, name);
    put_text(out, "=\"");
    for (size_t i = 0; i < value.len; i++) {
        const char c = value.bytes[i];
        const char *entity = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : NULL;
        if (entity)
            put_text(out, entity);
        else
            image_put(out, &c, 1);
    }
    put_text(out, "\"");
}

static void put_badge(struct image_bytes *out, const struct image_badge *badge, bool declare)
{
    bool is_3 = badge->version == IMAGE_OB3;
    const char *name = is_3 ? "openbadges:credential" : "openbadges:assertion",
               *namespace = is_3 ? OB3_NAMESPACE : OB2_NAMESPACE;
    struct badge_text credential = core_text_trim(badge->credential);
    bool is_json = credential.len > 0 && *credential.bytes == '{';
    put_text(out, "<");
    put_text(out, name);
    if (declare)
        put_attribute(out, "xmlns:openbadges", (struct badge_text){namespace, strlen(namespace)});
    if (!is_json)
        put_attribute(out, "verify", credential);
    else if (badge->url.bytes)
        put_attribute(out, "verify", badge->url);
    if (!is_json) {
        put_text(out, "/>");
        return;
    }
    put_text(out, ">");
    put_cdata(out, credential);
    put_text(out, "</");
    put_text(out, name);
    put_text(out, ">");
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
    put_text(out, ">");
    put_badge(out, badge, places->has_prefix && places->prefix != badge->version);
    if (badge->receipt.bytes) {
        put_text(out, "<badgereceipt xmlns=\"" RECEIPT_NAMESPACE "\">");
        put_cdata(out, badge->receipt);
        put_text(out, "</badgereceipt>");
    }
    if (places->root_is_empty) {
        put_text(out, "</");
        image_put(out, bytes + places->root_at + 1, places->root_name_len);
        put_text(out, ">");
    }
    image_put_rest(out, places, bytes, places->root_end, len);
}
