/*
 * Terms by name, and active contexts by what they were made of: hash tables with open addressing, in an arena.
 *
 * A context shares its parent's table until its first own term: then the table is copied, so that a lookup never goes
 * from context to context.
 */
#include "jsonld/context.h"

#include <string.h>

#include "core/text.h"

#define MIX 0x9e3779b97f4a7c15u
#define FIRST_CAPACITY 64

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * MIX;
    return hash ^ hash >> 32;
}

/* The address is a seed: where the system places a program by chance, nobody can prepare names that collide. */
static uint64_t seed(void)
{
    static const char here;
    return (uint64_t)(uintptr_t)&here;
}

/* The last bytes of a text, at most eight, in one word; some may be in it twice. */
static uint64_t last_word(const char *bytes, size_t len)
{
    uint64_t word = 0;
    uint32_t half[2];
    if (len >= sizeof word) {
        memcpy(&word, bytes + len - sizeof word, sizeof word);
    } else if (len >= sizeof *half) {
        memcpy(&half[0], bytes, sizeof *half);
        memcpy(&half[1], bytes + len - sizeof *half, sizeof *half);
        word = (uint64_t)half[0] << 32 | half[1];
    } else if (len > 0) {
        word = (uint64_t)(unsigned char)bytes[0] << 16 | (uint64_t)(unsigned char)bytes[len / 2] << 8 |
               (unsigned char)bytes[len - 1];
    }
    return word;
}

uint32_t ld_hash(struct badge_text text)
{
    uint64_t hash = seed() + text.len, word;
    for (size_t at = 0; text.len - at > sizeof word; at += sizeof word) {
        memcpy(&word, text.bytes + at, sizeof word);
        hash = mix(hash, word);
    }
    return (uint32_t)mix(hash, last_word(text.bytes, text.len));
}

struct ld_term *ld_term_of(const struct ld_context *context, struct badge_text name, uint32_t hash)
{
    const struct ld_table *table = &context->table;
    if (table->n == 0)
        return NULL;
    for (size_t i = hash & (table->capacity - 1); table->slot[i]; i = (i + 1) & (table->capacity - 1)) {
        struct ld_term *term = table->slot[i];
        if (term->hash == hash && core_text_equal(term->name, name))
            return term->is_absent ? NULL : term;
    }
    return NULL;
}

struct ld_term *ld_find_term(const struct ld_context *context, struct badge_text name)
{
    return ld_term_of(context, name, ld_hash(name));
}

/* The place of the term, or of its name's first free one. */
static struct ld_term **place(const struct ld_table *table, const struct ld_term *term)
{
    size_t i = term->hash & (table->capacity - 1);
    while (table->slot[i] && (table->slot[i]->hash != term->hash || !core_text_equal(table->slot[i]->name, term->name)))
        i = (i + 1) & (table->capacity - 1);
    return &table->slot[i];
}

/* A table of the context's own with room for one more. */
static bool own(struct ld_context *context, struct badge_arena *arena)
{
    struct ld_table old = context->table;
    bool fits = 3 * (old.n + 1) <= 2 * old.capacity;
    if (context->owns_table && fits)
        return true;
    size_t capacity = fits ? old.capacity : old.capacity == 0 ? FIRST_CAPACITY : 2 * old.capacity;
    struct ld_table table = {badge_arena_alloc(arena, capacity * sizeof *table.slot), old.n, capacity};
    if (!table.slot)
        return false;
    if (capacity == old.capacity) {
        memcpy(table.slot, old.slot, capacity * sizeof *table.slot);
    } else {
        memset(table.slot, 0, capacity * sizeof *table.slot);
        for (size_t i = 0; i < old.capacity; i++)
            if (old.slot[i])
                *place(&table, old.slot[i]) = old.slot[i];
    }
    context->table = table;
    context->owns_table = true;
    return true;
}

bool ld_put_term(struct ld_context *context, struct badge_arena *arena, struct ld_term *term)
{
    if (!own(context, arena))
        return false;
    struct ld_term **slot = place(&context->table, term);
    context->table.n += !*slot;
    *slot = term;
    return true;
}

/* -- the memo ------------------------------------------------------------------------------------------------------ */

static struct ld_memo_entry *memo_place(const struct ld_memo *memo, const struct ld_memo_entry *key)
{
    uint64_t hash = mix(mix(key->flags, (uintptr_t)key->parent), (uintptr_t)key->local);
    size_t i = (size_t)hash & (memo->capacity - 1);
    for (;; i = (i + 1) & (memo->capacity - 1)) {
        struct ld_memo_entry *entry = &memo->entry[i];
        if (!entry->result ||
            (entry->parent == key->parent && entry->local == key->local && entry->flags == key->flags))
            return entry;
    }
}

const struct ld_context *ld_memo_find(const struct ld_memo *memo, const struct ld_memo_entry *key)
{
    return memo->n == 0 ? NULL : memo_place(memo, key)->result;
}

bool ld_memo_put(struct ld_memo *memo, struct badge_arena *arena, const struct ld_memo_entry *entry)
{
    if (3 * (memo->n + 1) > 2 * memo->capacity) {
        struct ld_memo larger = {.capacity = memo->capacity == 0 ? FIRST_CAPACITY : 2 * memo->capacity};
        size_t len = larger.capacity * sizeof *larger.entry;
        larger.entry = badge_arena_alloc(arena, len);
        if (!larger.entry)
            return false;
        memset(larger.entry, 0, len);
        for (size_t i = 0; i < memo->capacity; i++)
            if (memo->entry[i].result)
                *memo_place(&larger, &memo->entry[i]) = memo->entry[i];
        larger.n = memo->n;
        *memo = larger;
    }
    struct ld_memo_entry *slot = memo_place(memo, entry);
    memo->n += !slot->result;
    *slot = *entry;
    return true;
}
