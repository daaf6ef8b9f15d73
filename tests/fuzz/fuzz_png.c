/*
 * PNG with any chunks. A fuzzer does not find CRCs, so they are corrected first unless the first byte disables that.
 */
#include <stdint.h>

#include "image_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is drawn again is a picture without a badge, and is drawn again to the same bytes. */
static void redraw_check(const uint8_t *png, size_t len)
{
    char *drawn, *again;
    size_t drawn_len, again_len;
    struct image image;
    if (image_redraw(&drawn, &drawn_len, png, len, NULL) != BADGE_OK)
        return;
    BADGE_ASSERT(image_read(&image, drawn, drawn_len, NULL) == BADGE_OK && image.kind == IMAGE_PNG);
    BADGE_ASSERT(!image.credential && !image.url && !image.receipt);
    image_release(&image);
    BADGE_ASSERT(image_redraw(&again, &again_len, drawn, drawn_len, NULL) == BADGE_OK);
    BADGE_ASSERT(again_len == drawn_len && memcmp(again, drawn, drawn_len) == 0);
    free(again);
    free(drawn);
}

static uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & (0 - (crc & 1)));
    }
    return ~crc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    size_t len = size > 0 ? sizeof signature + size - 1 : sizeof signature;
    uint8_t *png = malloc(len);
    BADGE_ASSERT(png != NULL);
    memcpy(png, signature, sizeof signature);
    if (size > 1)
        memcpy(png + sizeof signature, data + 1, size - 1);
    for (size_t at = sizeof signature; size > 0 && data[0] != 0 && len - at >= 12;) {
        size_t data_len = (size_t)png[at] << 24 | (size_t)png[at + 1] << 16 | (size_t)png[at + 2] << 8 | png[at + 3];
        if (data_len > len - at - 12)
            break;
        uint32_t crc = crc32_of(png + at + 4, data_len + 4);
        at += 8 + data_len;
        for (int i = 0; i < 4; i++)
            png[at++] = (uint8_t)(crc >> (24 - 8 * i));
    }
    image_check(png, len);
    redraw_check(png, len);
    free(png);
    return 0;
}
