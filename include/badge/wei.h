/*
 * Amounts of wei, the unit of Ethereum's balances and fees, as in JSON-RPC and RLP. Pure, no allocation.
 */
#ifndef BADGE_WEI_H
#define BADGE_WEI_H

#include <stddef.h>
#include <stdint.h>

#include "badge/status.h"

/* An amount of wei: 256 bits, big-endian. */
struct badge_wei {
    uint8_t b[32];
};

BADGE_API struct badge_wei badge_wei_from_u64(uint64_t wei);
/* errors    BADGE_ELIMIT: more than 2^64 − 1 */
BADGE_API enum badge_status badge_wei_to_u64(uint64_t *out, const struct badge_wei *wei) BADGE_CHECKED;
BADGE_API int badge_wei_compare(const struct badge_wei *a, const struct badge_wei *b);
/* "0x…" of JSON-RPC, 1 to 64 digits. errors    BADGE_ESYNTAX */
BADGE_API enum badge_status badge_wei_parse_hex(struct badge_wei *out, const char *text, size_t len) BADGE_CHECKED;
/* In gwei, rounded down; INT64_MAX if it is more. */
BADGE_API int64_t badge_wei_to_gwei(const struct badge_wei *wei);
/* Decimal in wei, such as "1250000000"; a NUL follows. */
BADGE_API void badge_wei_format(char out[96], const struct badge_wei *wei);
/* Decimal in ether, such as "1.25", "0", "20.000001": rounded down to 6 places, without unit; a NUL follows. */
BADGE_API void badge_wei_format_ether(char out[96], const struct badge_wei *wei);

#endif
