/*
 * The summary of any bytes is I-JSON, bounded by the document, and shows no credential of which claims are hidden.
 */
#include <string.h>

#include "badge/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    struct badge_arena arena;
    struct badge_text summary;
    const struct badge_json_value *value;
    const char *bytes = size > 0 ? (const char *)data : "";
    BADGE_ASSERT(badge_digester_new(&digester, 1 << 20, NULL) == BADGE_OK);
    badge_arena_init(&arena, (size_t)64 << 20);
    if (badge_digester_update(digester, bytes, size, NULL) == BADGE_OK &&
        badge_digester_final(digester, &digest, NULL) == BADGE_OK) {
        BADGE_ASSERT(badge_summary_read(&summary, &arena, digester, 1795435200, NULL) == BADGE_OK);
        BADGE_ASSERT(summary.len < 65536 + 16 * size);
        BADGE_ASSERT(badge_json_parse(&value, &arena, summary.bytes, summary.len, NULL) == BADGE_OK);
        if (badge_digester_reading(digester)->hidden)
            BADGE_ASSERT(badge_json_is(badge_json_member(value, "credential"), BADGE_JSON_NULL));
    }
    badge_arena_release(&arena);
    badge_digester_free(digester);
    return 0;
}
