/*
 * A remote signer's response: whatever is accepted is the requested transaction, only the signature is free. The first
 * byte selects the kind of transaction.
 */
#include <string.h>

#include "anchor/signed.h"

#define SIGNATURE_MAX_LEN (9 + 33 + 33) /* v, r, s */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t call[100] = {0x9a, 0x3c, 1, [99] = 7};
    /* of the private key 1 */
    static const struct badge_address account = {{0x7e, 0x5f, 0x45, 0x52, 0x09, 0x1a, 0x69, 0x12, 0x5d, 0x5d,
                                                  0xfc, 0xb7, 0xb8, 0xc2, 0x65, 0x90, 0x29, 0x39, 0x5b, 0xdf}};
    if (size == 0)
        return 0;
    const struct badge_tx tx = {.kind = data[0] % 2 ? BADGE_TX_EIP1559 : BADGE_TX_EIP155,
                                .chain_id = 31337,
                                .nonce = 300,
                                .gas_limit = 61500,
                                .max_fee_per_gas = badge_wei_from_u64(200000000000),
                                .max_priority_fee_per_gas = badge_wei_from_u64(5000000000),
                                .has_to = true,
                                .to = {{0xba, 0xd6, 0xe0}},
                                .data = call,
                                .data_len = sizeof call};
    struct badge_hash hash, again;
    uint8_t unsigned_form[SIGNED_MAX_LEN];
    size_t unsigned_len;
    if (signed_check(&hash, data + 1, size - 1, &tx, &account, NULL) != BADGE_OK)
        return 0;
    badge_keccak256(&again, data + 1, size - 1);
    BADGE_ASSERT(memcmp(&hash, &again, sizeof hash) == 0);
    BADGE_ASSERT(badge_tx_unsigned(unsigned_form, sizeof unsigned_form, &unsigned_len, &tx) == BADGE_OK);
    BADGE_ASSERT(size - 1 <= unsigned_len + SIGNATURE_MAX_LEN);
    return 0;
}
