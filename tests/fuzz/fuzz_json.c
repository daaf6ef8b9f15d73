/*
 * The I-JSON reader and the RFC 8785 writer over any bytes: what is refused is refused at an offset inside the
 * document; what is accepted has a canonical form that is accepted too, and is its own canonical form.
 */
#include <string.h>

#include "badge/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Visits every value through the public functions; returns how many there are. */
static size_t walk(const struct badge_json_value *value)
{
    struct badge_text name, previous = {"", 0};
    size_t n = 1;
    for (size_t i = 0; i < badge_json_count(value); i++) {
        const struct badge_json_value *child = badge_json_at(value, i, &name);
        BADGE_ASSERT(child != NULL);
        if (badge_json_is(value, BADGE_JSON_OBJECT)) {
            BADGE_ASSERT(i == 0 || name.len != previous.len || memcmp(name.bytes, previous.bytes, name.len) != 0);
            previous = name;
        }
        n += walk(child);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct badge_json_value *value, *again;
    struct badge_text canonical, twice;
    struct badge_arena arena;
    struct badge_err err;
    badge_arena_init(&arena, (size_t)64 << 20);

    enum badge_status status = badge_json_parse(&value, &arena, (const char *)data, size, &err);
    if (status != BADGE_OK) {
        BADGE_ASSERT(err.status == status && (status == BADGE_ENOMEM || err.offset <= size));
    } else {
        BADGE_ASSERT(badge_json_canonicalize(&canonical, &arena, value, NULL) == BADGE_OK);
        BADGE_ASSERT(badge_json_parse(&again, &arena, canonical.bytes, canonical.len, NULL) == BADGE_OK);
        BADGE_ASSERT(badge_json_canonicalize(&twice, &arena, again, NULL) == BADGE_OK);
        BADGE_ASSERT(twice.len == canonical.len && memcmp(twice.bytes, canonical.bytes, twice.len) == 0);
        BADGE_ASSERT(walk(value) == walk(again));
    }
    BADGE_ASSERT(arena.used <= arena.ceiling);
    badge_arena_release(&arena);
    return 0;
}
