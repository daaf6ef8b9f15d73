/*
 * The check of any bytes ends, and what it finds has a pointer, a sentence and a source, all of them UTF-8 that ends.
 */
#include <string.h>

#include "badge/conformance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_told(const struct badge_rule_finding *finding, size_t n)
{
    for (size_t i = 0; i < n && i < BADGE_MAX_FINDINGS; i++) {
        BADGE_ASSERT(finding[i].pointer.len == 0 || finding[i].pointer.bytes[0] == '/');
        BADGE_ASSERT(finding[i].pointer.bytes[finding[i].pointer.len] == '\0');
        BADGE_ASSERT(finding[i].detail.len > 0 && finding[i].source.len > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct badge_conformance found;
    struct badge_digester *digester;
    struct badge_digest digest;
    struct badge_arena arena;
    const char *bytes = size > 0 ? (const char *)data : "";
    BADGE_ASSERT(badge_digester_new(&digester, 1 << 20, NULL) == BADGE_OK);
    badge_arena_init(&arena, (size_t)64 << 20);
    if (badge_digester_update(digester, bytes, size, NULL) == BADGE_OK &&
        badge_digester_final(digester, &digest, NULL) == BADGE_OK) {
        const struct badge_reading *reading = badge_digester_reading(digester);
        BADGE_ASSERT(badge_conformance_read(&found, &arena, reading, NULL) == BADGE_OK);
        BADGE_ASSERT(!reading->hidden || strcmp(found.profile, "none") == 0);
        is_told(found.error, found.n_errors);
        is_told(found.warning, found.n_warnings);
    }
    badge_arena_release(&arena);
    badge_digester_free(digester);
    return 0;
}
