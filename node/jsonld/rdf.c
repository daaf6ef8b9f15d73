/*
 * The builder of a dataset: nquads.c and to_rdf.c give it terms and quads; each is kept once. So equal terms of one
 * dataset are one pointer, and equal quads are four equal pointers.
 */
#include "jsonld/rdf.h"

#include "badge/text.h"

#include <string.h>

#define FIRST_TERMS ((size_t)256)
#define FIRST_QUADS ((size_t)128)

struct rdf_entry {
    struct rdf_known *known; /* NULL: empty */
    uint32_t hash;
};

int rdf_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    const int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

void rdf_sort(const void **item, size_t n, const void **scratch,
              bool (*is_after)(const void *a, const void *b, const void *context), const void *context)
{
    if (n < 2)
        return;
    const size_t half = n / 2;
    rdf_sort(item, half, scratch, is_after, context);
    rdf_sort(item + half, n - half, scratch, is_after, context);
    if (!is_after(item[half - 1], item[half], context))
        return;
    memcpy(scratch, item, half * sizeof *item);
    for (size_t i = 0, j = half, at = 0; i < half;)
        item[at++] = j == n || !is_after(scratch[i], item[j], context) ? scratch[i++] : item[j++];
}

bool rdf_out_grow(struct rdf_out *out, size_t len)
{
    if (out->failed)
        return false;
    if (out->capacity - out->len >= len)
        return true;
    size_t capacity = out->capacity == 0 ? 512 : 2 * out->capacity;
    if (capacity - out->len < len)
        capacity = out->len + len;
    char *bytes = badge_arena_alloc(out->arena, capacity);
    if (!bytes) {
        out->failed = true;
        return false;
    }
    if (out->len > 0)
        memcpy(bytes, out->bytes, out->len);
    out->bytes = bytes;
    out->capacity = capacity;
    return true;
}

/* -- hashes -------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 32;
}

static uint64_t mix_text(uint64_t hash, struct badge_text text)
{
    const char *at = text.bytes;
    size_t left = text.len;
    uint64_t word;
    for (; left >= sizeof word; at += sizeof word, left -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    if (left > 0)
        memcpy(&word, at, left);
    return mix(hash, word ^ (uint64_t)text.len << 56);
}

uint32_t rdf_hash_text(struct badge_text text)
{
    return (uint32_t)(mix_text(0, text) >> 20);
}

static uint32_t hash_term(const struct badge_rdf_term *term)
{
    uint64_t hash = mix_text((uint64_t)term->kind, term->value);
    if (term->kind == BADGE_RDF_LITERAL)
        hash = mix_text(mix_text(hash, term->datatype), term->language);
    return (uint32_t)(hash >> 20);
}

static uint32_t hash_quad(const struct badge_rdf_quad *quad)
{
    uint64_t hash = mix((uint64_t)(uintptr_t)quad->subject, (uint64_t)(uintptr_t)quad->predicate);
    hash = mix(mix(hash, (uint64_t)(uintptr_t)quad->object), (uint64_t)(uintptr_t)quad->graph);
    return (uint32_t)(hash >> 20);
}

/* -- terms --------------------------------------------------------------------------------------------------------- */

static bool is_same_term(const struct badge_rdf_term *a, const struct badge_rdf_term *b)
{
    return a->kind == b->kind && rdf_text_is(a->value, b->value) &&
           (a->kind != BADGE_RDF_LITERAL ||
            (rdf_text_is(a->datatype, b->datatype) && rdf_text_is(a->language, b->language)));
}

static enum badge_status too_large(struct badge_err *err, const char *what)
{
    return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more %s than are read", what);
}

static struct rdf_entry *new_terms(struct badge_arena *arena, size_t capacity)
{
    struct rdf_entry *terms = badge_arena_alloc(arena, capacity * sizeof *terms);
    if (terms)
        memset(terms, 0, capacity * sizeof *terms);
    return terms;
}

static bool grow_terms(struct rdf_builder *b)
{
    size_t capacity = 2 * b->term_capacity;
    struct rdf_entry *terms = new_terms(b->arena, capacity);
    if (!terms)
        return false;
    for (size_t i = 0; i < b->term_capacity; i++) {
        if (!b->terms[i].known)
            continue;
        size_t at = b->terms[i].hash & (capacity - 1);
        while (terms[at].known)
            at = (at + 1) & (capacity - 1);
        terms[at] = b->terms[i];
    }
    b->terms = terms;
    b->term_capacity = capacity;
    return true;
}

enum badge_status rdf_term(struct rdf_known **out, struct rdf_builder *b, const struct badge_rdf_term *term,
                           struct badge_err *err)
{
    const uint32_t hash = hash_term(term);
    size_t at = hash & (b->term_capacity - 1);
    for (unsigned probe = 0; b->terms[at].known; probe++, at = (at + 1) & (b->term_capacity - 1)) {
        if (b->terms[at].hash == hash && is_same_term(&b->terms[at].known->term, term)) {
            *out = b->terms[at].known;
            return BADGE_OK;
        }
        if (probe == RDF_MAX_PROBE)
            return too_large(err, "terms");
    }
    struct rdf_known *known = badge_arena_alloc(b->arena, sizeof *known);
    if (!known)
        return badge_no_memory(err);
    *known = (struct rdf_known){.term = *term};
    b->terms[at] = (struct rdf_entry){known, hash};
    if (2 * ++b->n_terms > b->term_capacity && !grow_terms(b))
        return badge_no_memory(err);
    *out = known;
    return BADGE_OK;
}

bool rdf_known_iri(struct rdf_known *known, bool strict)
{
    if (known->iri == RDF_UNCHECKED)
        known->iri = rdf_is_iri(known->term.value, strict) ? RDF_WELL_FORMED : RDF_ILL_FORMED;
    return known->iri == RDF_WELL_FORMED;
}

/* -- quads --------------------------------------------------------------------------------------------------------- */

static bool is_same_quad(const struct badge_rdf_quad *a, const struct badge_rdf_quad *b)
{
    return a->subject == b->subject && a->predicate == b->predicate && a->object == b->object && a->graph == b->graph;
}

/* A table that is twice as large as the array, and the array with it. */
static bool size_quads(struct rdf_builder *b, size_t capacity)
{
    struct badge_rdf_quad *quad = badge_arena_alloc(b->arena, capacity / 2 * sizeof *quad);
    uint32_t *index = badge_arena_alloc(b->arena, capacity * sizeof *index);
    if (!quad || !index)
        return false;
    memset(index, 0, capacity * sizeof *index);
    for (size_t i = 0; i < b->out->n; i++) {
        quad[i] = b->out->quad[i];
        size_t at = hash_quad(&quad[i]) & (capacity - 1);
        while (index[at] != 0)
            at = (at + 1) & (capacity - 1);
        index[at] = (uint32_t)i + 1;
    }
    b->out->quad = quad;
    b->out->capacity = capacity / 2;
    b->quads = index;
    b->quad_capacity = capacity;
    return true;
}

enum badge_status rdf_add(struct rdf_builder *b, const struct badge_rdf_quad *quad, struct badge_err *err)
{
    if (b->out->n == b->out->capacity && !size_quads(b, 2 * b->quad_capacity))
        return badge_no_memory(err);
    size_t at = hash_quad(quad) & (b->quad_capacity - 1);
    for (unsigned probe = 0; b->quads[at] != 0; probe++, at = (at + 1) & (b->quad_capacity - 1)) {
        if (is_same_quad(&b->out->quad[b->quads[at] - 1], quad))
            return BADGE_OK;
        if (probe == RDF_MAX_PROBE)
            return too_large(err, "quads");
    }
    if (b->out->n == b->max_quads)
        return too_large(err, "quads");
    b->out->quad[b->out->n++] = *quad;
    b->quads[at] = (uint32_t)b->out->n;
    return BADGE_OK;
}

enum badge_status rdf_builder_init(struct rdf_builder *b, struct badge_arena *arena, struct badge_rdf_dataset *out,
                                   size_t max_quads, struct badge_err *err)
{
    *out = (struct badge_rdf_dataset){0};
    *b = (struct rdf_builder){.arena = arena, .out = out, .term_capacity = FIRST_TERMS};
    b->max_quads = max_quads < RDF_MAX_QUADS ? max_quads : RDF_MAX_QUADS;
    b->terms = new_terms(arena, b->term_capacity);
    return b->terms && size_quads(b, 2 * FIRST_QUADS) ? BADGE_OK : badge_no_memory(err);
}

/* -- well-formed texts --------------------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool rdf_is_iri(struct badge_text text, bool strict)
{
    size_t i = 0;
    if (text.len == 0 || !is_letter(text.bytes[0]))
        return false;
    while (i < text.len && (is_letter(text.bytes[i]) || is_digit(text.bytes[i]) || text.bytes[i] == '+' ||
                            text.bytes[i] == '-' || text.bytes[i] == '.'))
        i++;
    if (i == text.len || text.bytes[i] != ':')
        return false;
    const char *fragment = strict ? memchr(text.bytes + i, '#', text.len - i) : NULL;
    return rdf_find(text, i, strict ? RDF_ESCAPED_IN_IRI : RDF_SPACE) == text.len &&
           (!fragment || !memchr(fragment + 1, '#', (size_t)(text.bytes + text.len - fragment - 1)));
}

bool rdf_is_language(struct badge_text text)
{
    size_t part = 0; /* the characters of this part */
    bool is_first = true;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.bytes[i];
        if (c == '-' && part > 0) {
            part = 0;
            is_first = false;
        } else if ((!is_letter(c) && (is_first || !is_digit(c))) || ++part > 8) {
            return false;
        }
    }
    return part > 0;
}
