/*
 * UTF-8, one sequence at a time; the JSON parser skips ASCII by itself and calls this for the rest.
 */
#include "core/utf8.h"

size_t core_utf8_decode(uint32_t *code_point, const char *bytes, const char *end)
{
    static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000}; /* a shorter sequence has less */
    const unsigned char lead = (unsigned char)bytes[0];
    const size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - bytes) < len)
        return 0;
    uint32_t value = lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        const unsigned char tail = (unsigned char)bytes[i];
        if ((tail & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (tail & 0x3f);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    *code_point = value;
    return value < least[len] || surrogate || value > 0x10ffff ? 0 : len;
}

size_t core_utf8_encode(char *out, uint32_t code_point)
{
    static const unsigned char lead[] = {[1] = 0, [2] = 0xc0, [3] = 0xe0, [4] = 0xf0};
    const size_t len = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code_point >>= 6)
        out[i] = (char)(0x80 | (code_point & 0x3f));
    out[0] = (char)(lead[len] | code_point);
    return len;
}

bool core_utf8_noncharacter(uint32_t code_point)
{
    return (code_point >= 0xfdd0 && code_point <= 0xfdef) || (code_point & 0xfffe) == 0xfffe;
}
