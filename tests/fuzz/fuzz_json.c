/*
 * The I-JSON parser and the RFC 8785 writer with any bytes: the offset of an error is inside the document; the
 * canonical form of an accepted document is accepted too, and is its own canonical form. The exception is an integer
 * beyond 2^53 that was written with an exponent: its canonical form is a literal that I-JSON excludes.
 */
#include <string.h>

#include "badge/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Visits every value through the public functions; returns how many there are. */
static size_t walk(const struct badge_json_value *value, bool *printed_beyond)
{
    struct badge_text name, previous = {"", 0};
    double number;
    size_t n = 1;
    if (badge_json_number(value, &number) && (number < 0 ? -number : number) >= 9007199254740992.0 &&
        (number < 0 ? -number : number) < 1e21)
        *printed_beyond = true;
    for (size_t i = 0; i < badge_json_count(value); i++) {
        const struct badge_json_value *child = badge_json_at(value, i, &name);
        BADGE_ASSERT(child != NULL);
        if (badge_json_is(value, BADGE_JSON_OBJECT)) {
            BADGE_ASSERT(i == 0 || name.len != previous.len || memcmp(name.bytes, previous.bytes, name.len) != 0);
            previous = name;
        }
        n += walk(child, printed_beyond);
    }
    return n;
}

static void check_canonical(struct badge_arena *arena, const struct badge_json_value *value)
{
    const struct badge_json_value *again;
    struct badge_text canonical, twice;
    bool beyond = false;
    size_t n = walk(value, &beyond);
    BADGE_ASSERT(badge_json_canonicalize(&canonical, arena, value, NULL) == BADGE_OK);
    enum badge_status status = badge_json_parse(&again, arena, canonical.bytes, canonical.len, NULL);
    if (beyond) {
        BADGE_ASSERT(status == BADGE_ENUMBER);
        return;
    }
    BADGE_ASSERT(status == BADGE_OK && walk(again, &beyond) == n);
    BADGE_ASSERT(badge_json_canonicalize(&twice, arena, again, NULL) == BADGE_OK);
    BADGE_ASSERT(twice.len == canonical.len && memcmp(twice.bytes, canonical.bytes, twice.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct badge_json_value *value;
    struct badge_arena arena;
    struct badge_err err;
    badge_arena_init(&arena, (size_t)64 << 20);

    enum badge_status status = badge_json_parse(&value, &arena, (const char *)data, size, &err);
    if (status == BADGE_OK)
        check_canonical(&arena, value);
    else
        BADGE_ASSERT(err.status == status && (status == BADGE_ENOMEM || err.offset <= size));
    BADGE_ASSERT(arena.used <= arena.ceiling);
    badge_arena_release(&arena);
    return 0;
}
