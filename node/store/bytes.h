/*
 * Numbers in the store's files, little-endian and unaligned; and one description of a format for both directions.
 */
#ifndef STORE_BYTES_H
#define STORE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void put_u64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_u64(const uint8_t *p)
{
    return (uint64_t)get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

/* A position in encoded bytes, which each function below moves past a value: it writes the value, or sets it. */
struct codec {
    uint8_t *to;         /* NULL: decode */
    const uint8_t *from; /* not NULL: decode */
};

static inline void code_bytes(struct codec *codec, void *value, size_t len)
{
    if (codec->to) {
        memcpy(codec->to, value, len);
        codec->to += len;
    } else {
        memcpy(value, codec->from, len);
        codec->from += len;
    }
}

static inline void code_u32(struct codec *codec, uint32_t *value)
{
    if (codec->to) {
        put_u32(codec->to, *value);
        codec->to += 4;
    } else {
        *value = get_u32(codec->from);
        codec->from += 4;
    }
}

static inline void code_u64(struct codec *codec, uint64_t *value)
{
    if (codec->to) {
        put_u64(codec->to, *value);
        codec->to += 8;
    } else {
        *value = get_u64(codec->from);
        codec->from += 8;
    }
}

/* C lets a signed object be read as its unsigned type. */
static inline void code_i64(struct codec *codec, int64_t *value)
{
    code_u64(codec, (uint64_t *)value);
}

#endif
