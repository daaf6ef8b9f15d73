/*
 * Makes JSON of a built-in context when the processor first asks for it; until then nothing is read. The table is our
 * own, so its numbers are trusted.
 */
#include "jsonld/contexts.h"

#include "core/json_tree.h"
#include "core/text.h"
#include "jsonld/contexts_table.h"

#include <string.h>

enum { KIND_TEXT, KIND_JOINED, KIND_ARRAY, KIND_OBJECT, KIND_LITERAL };

static size_t read_number(const unsigned char **at)
{
    size_t number = 0;
    unsigned shift = 0;
    for (; **at & 0x80; shift += 7)
        number |= (size_t)(*(*at)++ & 0x7f) << shift;
    return number | (size_t) * (*at)++ << shift;
}

static struct badge_text text_of(size_t number)
{
    const unsigned char *at = contexts_bytes + contexts_at[number];
    size_t len = read_number(&at) >> 3;
    return (struct badge_text){(const char *)at, len};
}

static bool join(struct badge_text *out, struct badge_arena *arena, struct badge_text first, struct badge_text second)
{
    char *bytes = badge_arena_alloc(arena, first.len + second.len);
    if (!bytes)
        return false;
    memcpy(bytes, first.bytes, first.len);
    memcpy(bytes + first.len, second.bytes, second.len);
    *out = (struct badge_text){bytes, first.len + second.len};
    return true;
}

static void set_text(struct badge_json_value *out, struct badge_text text)
{
    *out = (struct badge_json_value){
        .type = BADGE_JSON_STRING, .verbatim = true, .len = (uint32_t)text.len, .as.text = text.bytes};
}

static bool make_name(struct badge_text *out, struct badge_arena *arena, size_t number)
{
    const unsigned char *at = contexts_bytes + contexts_at[number];
    if ((read_number(&at) & 7) == KIND_TEXT) {
        *out = text_of(number);
        return true;
    }
    struct badge_text first = text_of(read_number(&at));
    return join(out, arena, first, text_of(read_number(&at)));
}

/* term: the one that is being defined. false: out of memory. Recursion is as deep as the deepest context, below 10. */
static bool make(struct badge_json_value *out, struct badge_arena *arena, size_t number, struct badge_text term)
{
    static const uint8_t literals[] = {BADGE_JSON_NULL, BADGE_JSON_FALSE, BADGE_JSON_TRUE, BADGE_JSON_NUMBER};
    const unsigned char *at = contexts_bytes + contexts_at[number];
    size_t head = read_number(&at), size = head >> 3;
    switch (head & 7) {
    case KIND_TEXT:
        set_text(out, text_of(number));
        return true;
    case KIND_JOINED: {
        struct badge_text first = text_of(read_number(&at)), text;
        if (!join(&text, arena, first, size > 0 ? text_of(read_number(&at)) : term))
            return false;
        set_text(out, text);
        return true;
    }
    case KIND_LITERAL:
        *out = (struct badge_json_value){.type = literals[size], .as.number = 1.1};
        return true;
    }

    const bool is_object = (head & 7) == KIND_OBJECT;
    struct badge_json_value *child = badge_arena_alloc(arena, (is_object ? 2 : 1) * size * sizeof *child);
    if (!child)
        return false;
    *out = (struct badge_json_value){
        .type = is_object ? BADGE_JSON_OBJECT : BADGE_JSON_ARRAY, .len = (uint32_t)size, .as.child = child};
    for (size_t i = 0; i < size; i++) {
        struct badge_text inner = term;
        if (is_object) {
            struct badge_text name;
            if (!make_name(&name, arena, read_number(&at)))
                return false;
            set_text(child++, name);
            if (name.len == 0 || name.bytes[0] != '@')
                inner = name;
        }
        if (!make(child++, arena, read_number(&at), inner))
            return false;
    }
    return true;
}

enum badge_status contexts_load(const struct badge_json_value **out, struct badge_arena *arena, struct badge_text url)
{
    *out = NULL;
    for (size_t i = 0; i < contexts_n_roots; i++) {
        if (!core_text_is(url, contexts_roots[i].url))
            continue;
        struct badge_json_value *document = badge_arena_alloc(arena, sizeof *document);
        if (!document || !make(document, arena, contexts_roots[i].number, (struct badge_text){"", 0}))
            return BADGE_ENOMEM;
        *out = document;
        return BADGE_OK;
    }
    return BADGE_OK;
}

size_t badge_jsonld_n_contexts(void)
{
    return contexts_n_roots;
}

const struct badge_jsonld_context *badge_jsonld_context_at(size_t i)
{
    return i < contexts_n_roots ? &contexts_published[i] : NULL;
}
