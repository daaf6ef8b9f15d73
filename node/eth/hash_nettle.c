/*
 * SHA-256, SHA-384 and keccak-256 by nettle, which uses the processor's own instructions: the backend that libbadge is
 * linked with. It has the same symbols as core's sha256.c, sha512.c and keccak.c; a test compares the two.
 */
#include <nettle/sha2.h>
#include <nettle/sha3.h>
#include <string.h>

#include "badge/hash.h"

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct badge_sha256), "nettle's state fits the opaque words");
_Static_assert(_Alignof(struct sha256_ctx) <= _Alignof(struct badge_sha256), "nettle's state is aligned in them");

/* Only nettle reads and writes the state through this pointer. */
static struct sha256_ctx *nettle_state(struct badge_sha256 *ctx)
{
    return (struct sha256_ctx *)(void *)ctx->opaque;
}

void badge_sha256_init(struct badge_sha256 *ctx)
{
    nettle_sha256_init(nettle_state(ctx));
}

void badge_sha256_update(struct badge_sha256 *ctx, const void *data, size_t len)
{
    if (len > 0)
        nettle_sha256_update(nettle_state(ctx), len, data);
}

void badge_sha256_final(struct badge_sha256 *ctx, struct badge_hash *out)
{
    nettle_sha256_digest(nettle_state(ctx), sizeof out->b, out->b);
}

void badge_sha384(uint8_t out[BADGE_SHA384_LEN], const void *data, size_t len)
{
    struct sha512_ctx ctx;
    nettle_sha384_init(&ctx);
    if (len > 0)
        nettle_sha512_update(&ctx, len, data);
    nettle_sha384_digest(&ctx, BADGE_SHA384_LEN, out);
}

void badge_keccak256(struct badge_hash *out, const void *data, size_t len)
{
    struct sha3_256_ctx ctx;
    nettle_sha3_256_init(&ctx);
    if (len > 0)
        nettle_sha3_256_update(&ctx, len, data);
    /* nettle's own digest would pad as FIPS 202 does (0x06); Ethereum's keccak pads with 0x01. */
    memset(ctx.block + ctx.index, 0, SHA3_256_BLOCK_SIZE - ctx.index);
    ctx.block[ctx.index] = 0x01;
    ctx.block[SHA3_256_BLOCK_SIZE - 1] |= 0x80;
    for (size_t i = 0; i < SHA3_256_BLOCK_SIZE; i++)
        ctx.state.a[i / 8] ^= (uint64_t)ctx.block[i] << (8 * (i % 8));
    nettle_sha3_permute(&ctx.state);
    for (size_t i = 0; i < sizeof out->b; i++)
        out->b[i] = (uint8_t)(ctx.state.a[i / 8] >> (8 * (i % 8)));
}
