/*
 * Reads the text of a list's gzip bytes, for list.c.
 */
#include "status/encoded.h"

#include <stdlib.h>

#include "core/kind.h"
#include "core/text.h"

/* How many "=" the text ends with, where that many make groups of four. */
static size_t padding_of(struct badge_text text)
{
    size_t n = 0;
    while (n < text.len && n < 2 && text.bytes[text.len - 1 - n] == '=')
        n++;
    return text.len % 4 == 0 ? n : 0;
}

static bool take_digit(uint8_t *value, char c, bool is_multibase)
{
    if (!is_multibase && (c == '+' || c == '/'))
        c = c == '+' ? '-' : '_';
    return kind_is_base64url((uint8_t)c, value);
}

enum badge_status encoded_list_read(struct encoded_list *out, struct badge_text text, bool is_multibase)
{
    uint32_t bits = 0;
    unsigned n_bits = 0;
    *out = (struct encoded_list){.len = 0};
    if (is_multibase && !core_text_skip(&text, "u"))
        return BADGE_ESYNTAX;
    size_t n_padding = padding_of(text);
    text.len -= n_padding;
    if (text.len == 0 || text.len % 4 == 1)
        return BADGE_ESYNTAX;
    uint8_t *bytes = malloc(text.len / 4 * 3 + 3), digit;
    if (!bytes)
        return BADGE_ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        if (!take_digit(&digit, text.bytes[i], is_multibase)) {
            free(bytes);
            return BADGE_ESYNTAX;
        }
        bits = bits << 6 | digit;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            bytes[out->len++] = (uint8_t)(bits >> n_bits);
            bits &= (1U << n_bits) - 1;
        }
    }
    if (bits != 0) {
        free(bytes);
        return BADGE_ESYNTAX;
    }
    out->bytes = bytes;
    out->is_padded = n_padding > 0;
    return BADGE_OK;
}
