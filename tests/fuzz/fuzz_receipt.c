/*
 * Receipts: the writer can write whatever the parser accepts, and the result parses to the same receipt.
 */
#include <string.h>

#include "badge/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_receipt receipt, back;
    char text[BADGE_RECEIPT_MAX_LEN], again[BADGE_RECEIPT_MAX_LEN];
    if (badge_receipt_decode(&receipt, (const char *)data, size, NULL) != BADGE_OK)
        return 0;
    size_t len = badge_receipt_encode(text, &receipt);
    BADGE_ASSERT(badge_receipt_decode(&back, text, len, NULL) == BADGE_OK);
    BADGE_ASSERT(badge_receipt_encode(again, &back) == len && memcmp(text, again, len) == 0);
    BADGE_ASSERT(memcmp(&receipt, &back, sizeof receipt) == 0);
    return 0;
}
