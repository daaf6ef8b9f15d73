/*
 * SVG with any bytes, for markup.c and libxml2.
 */
#include <stdint.h>

#include "image_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    image_check(data, size);
    return 0;
}
