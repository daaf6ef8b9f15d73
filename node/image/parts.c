/*
 * The parts of an image: what the readers of PNG and SVG found becomes its badge, its URL or its receipt; and the bytes
 * that the writers of both append to. Below them and image.c, which calls them.
 *
 * Invariants: an image has at most one badge and one receipt; a second one is refused where nothing says which counts.
 * After the first failure image_put() takes nothing more, so that a writer checks once, at its end.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "badge/text.h"
#include "core/compiler.h"
#include "core/kind.h"
#include "core/text.h"
#include "image/image_internal.h"

bool image_is_url(struct badge_text text)
{
    size_t scheme_len = text.len > 7 && strncasecmp(text.bytes, "http://", 7) == 0    ? 7
                        : text.len > 8 && strncasecmp(text.bytes, "https://", 8) == 0 ? 8
                                                                                      : 0;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.bytes[i] <= ' ')
            return false;
    return scheme_len > 0;
}

static enum badge_status copy(char **out, const char *bytes, size_t len, struct badge_err *err)
{
    char *copied = malloc(len + 1);
    if (!copied)
        return badge_no_memory(err);
    if (len > 0)
        memcpy(copied, bytes, len);
    copied[len] = '\0';
    *out = copied;
    return BADGE_OK;
}

/* A second badge: nothing of it counts, or the first is replaced (false); or nothing says which one counts. */
static enum badge_status settle(bool *is_settled, struct image *image, enum image_version version,
                                struct badge_text text, bool takes_copies, struct badge_err *err)
{
    bool is_link = version == IMAGE_OB2 && image_is_url(text);
    struct badge_text present = core_text_trim((struct badge_text){
        image->url ? image->url : image->credential, image->url ? strlen(image->url) : image->credential_len});
    *is_settled = takes_copies && version == image->version && core_text_equal(present, text);
    if (*is_settled)
        return BADGE_OK;
    if (!image->has_other_link && is_link == !image->url && (is_link ? image->version : version) == IMAGE_OB3) {
        image->has_other_link = true;
        *is_settled = is_link;
        if (!is_link) {
            free(image->url);
            image->url = NULL;
            image->version = IMAGE_NO_BADGE;
        }
        return BADGE_OK;
    }
    return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET,
                      "this image contains two badges, and nothing says which one counts; bake it again with one");
}

enum badge_status image_add_badge(struct image *image, enum image_version version, const char *text, size_t len,
                                  bool takes_copies, struct badge_err *err)
{
    struct badge_text trimmed = core_text_trim((struct badge_text){text, len});
    if (image->version != IMAGE_NO_BADGE) {
        bool is_settled;
        enum badge_status status = settle(&is_settled, image, version, trimmed, takes_copies, err);
        if (status != BADGE_OK || is_settled)
            return status;
    }
    if (trimmed.len == 0)
        return badge_fail(err, BADGE_EIMAGE, BADGE_NO_OFFSET, "the badge in this image is empty; bake it again");
    image->version = version;
    if (version == IMAGE_OB2 && image_is_url(trimmed))
        return copy(&image->url, trimmed.bytes, trimmed.len, err);
    image->credential_len = len;
    return copy(&image->credential, text, len, err);
}

enum badge_status image_add_receipt(struct image *image, const char *text, size_t len, struct badge_err *err)
{
    if (image->receipt)
        return badge_fail(
            err, BADGE_EIMAGE, BADGE_NO_OFFSET,
            "this image contains two receipts, and nothing says which one counts; bake it again with one");
    image->receipt_len = len;
    return copy(&image->receipt, text, len, err);
}

/* -- an image that can't be read ------------------------------------------------------------------------------------
 */

/* The character of a reference &#…; at the beginning of the text, if it is ASCII; *len: the reference's length. */
static int referred(const char *text, size_t room, size_t *len)
{
    size_t n = 2;
    bool is_hex = room > 3 && text[2] == 'x';
    unsigned value = 0;
    if (room < 4 || text[0] != '&' || text[1] != '#')
        return -1;
    for (n += is_hex; n < room && n < 16 && text[n] != ';'; n++) {
        char c = text[n];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : 99;
        if (is_hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        if (digit == 99 || value > 0x7f)
            return -1;
        value = value * (is_hex ? 16 : 10) + digit;
    }
    *len = n + 1;
    return n < room && text[n] == ';' && value <= 0x7f ? (int)value : -1;
}

/* Replaces references in place, once; returns the new length. */
static size_t replace_references(char *text, size_t len)
{
    size_t n = 0, reference_len;
    for (size_t i = 0; i < len; i++) {
        int c = referred(text + i, len - i, &reference_len);
        text[n++] = c >= 0 ? (char)c : text[i];
        i += c >= 0 ? reference_len - 1 : 0;
    }
    return n;
}

static bool has_token(const char *text, size_t len)
{
    for (size_t i = 0; i + 19 <= len; i++) {
        size_t n = 3;
        uint8_t value;
        if (text[i] != 'e' || memcmp(text + i, "eyJ", 3) != 0)
            continue;
        while (n < 19 && kind_is_base64url((uint8_t)text[i + n], &value))
            n++;
        if (n == 19)
            return true;
    }
    return false;
}

bool image_may_have_badge(const char *bytes, size_t len)
{
    static const char *const traces[] = {"openbadge",  "badgereceipt", "imsglobal",    "credential",
                                         "Credential", "assertion",    "\"recipient\""};
    char *text = malloc(len + 1);
    size_t n = 0;
    bool found = !text;
    for (size_t i = 0; text && i < len; i++)
        if (bytes[i] != '\0') /* UTF-16 */
            text[n++] = bytes[i];
    for (int i = 0; text && i < 3 && !found; i++) { /* an entity may have references of its own */
        for (size_t k = 0; k < ARRAY_LEN(traces) && !found; k++)
            found = memmem(text, n, traces[k], strlen(traces[k]));
        found = found || has_token(text, n);
        n = replace_references(text, n);
    }
    free(text);
    return found;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

void image_put(struct image_bytes *out, const void *bytes, size_t len)
{
    if (out->failed || len > out->max - out->len) {
        out->failed = true;
        return;
    }
    if (len > out->capacity - out->len) {
        size_t doubled = out->capacity < out->max / 2 ? out->capacity * 2 : out->max;
        size_t capacity = out->len + len > doubled ? out->len + len : doubled;
        char *grown = realloc(out->bytes, capacity);
        out->failed = !grown;
        if (out->failed)
            return;
        out->bytes = grown;
        out->capacity = capacity;
    }
    if (len > 0)
        memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

void image_put_rest(struct image_bytes *out, const struct image_places *places, const char *bytes, size_t at,
                    size_t len)
{
    for (size_t i = 0; i < places->n; i++) {
        image_put(out, bytes + at, places->place[i].at - at);
        at = places->place[i].end;
    }
    image_put(out, bytes + at, len - at);
}
