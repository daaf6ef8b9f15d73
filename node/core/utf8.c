/*
 * UTF-8, one sequence at a time; the JSON parser skips ASCII by itself and calls this for the rest.
 */
#include "core/utf8.h"

static uint32_t tail(char c)
{
    return (unsigned char)c & 0x3f;
}

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t core_utf8_decode(uint32_t *code_point, const char *bytes, const char *end)
{
    size_t left = (size_t)(end - bytes);
    unsigned char lead = (unsigned char)bytes[0];
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    if (left < 2 || !is_tail(bytes[1]))
        return 0;
    if (lead < 0xe0) {
        *code_point = (lead & 0x1fu) << 6 | tail(bytes[1]);
        return 2;
    }
    if (left < 3 || !is_tail(bytes[2]))
        return 0;
    if (lead < 0xf0) {
        *code_point = (lead & 0x0fu) << 12 | tail(bytes[1]) << 6 | tail(bytes[2]);
        bool surrogate = *code_point >= 0xd800 && *code_point <= 0xdfff;
        return *code_point < 0x800 || surrogate ? 0 : 3;
    }
    if (left < 4 || !is_tail(bytes[3]))
        return 0;
    *code_point = (lead & 0x07u) << 18 | tail(bytes[1]) << 12 | tail(bytes[2]) << 6 | tail(bytes[3]);
    return *code_point < 0x10000 || *code_point > 0x10ffff ? 0 : 4;
}

size_t core_utf8_encode(char *out, uint32_t code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xc0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xe0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code_point & 0x3f));
    return 4;
}

bool core_utf8_noncharacter(uint32_t code_point)
{
    return (code_point >= 0xfdd0 && code_point <= 0xfdef) || (code_point & 0xfffe) == 0xfffe;
}
