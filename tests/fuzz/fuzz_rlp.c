/*
 * RLP: whatever the decoder accepts, at any depth, the encoder reproduces byte for byte.
 */
#include <string.h>

#include "badge/rlp.h"

#define MAX_LEN 4096 /* bounds the recursion: a list in a list costs a byte at least */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool rewrite(struct badge_rlp *rlp, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        struct badge_rlp_item item;
        const uint8_t *const end = bytes + len;
        if (badge_rlp_read(&item, &bytes, &len) != BADGE_OK)
            return false;
        BADGE_ASSERT(bytes + len == end && item.payload + item.len == bytes);
        if (item.is_list) {
            const size_t mark = badge_rlp_list_open(rlp);
            if (!rewrite(rlp, item.payload, item.len))
                return false;
            badge_rlp_list_close(rlp, mark);
        } else {
            badge_rlp_string(rlp, item.payload, item.len);
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[MAX_LEN];
    struct badge_rlp rlp;
    if (size > sizeof again)
        return 0;
    badge_rlp_begin(&rlp, again, size);
    if (rewrite(&rlp, data, size))
        BADGE_ASSERT(badge_rlp_end(&rlp) == BADGE_OK && rlp.len == size && memcmp(again, data, size) == 0);
    return 0;
}
