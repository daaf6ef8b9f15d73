/*
 * JSON-LD with any document, published contexts and one more at hand: expansion, deserialization to RDF, canonical
 * form. The first byte has the options. What a processor remembers changes nothing: the second time is as the first. In
 * safe mode the quads are N-Quads.
 */
#include <string.h>

#include "badge/jsonld.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool equal(struct badge_text a, struct badge_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

static void check_error(enum badge_status status, const struct badge_jsonld_err *err)
{
    BADGE_ASSERT(err->err.status == status);
    BADGE_ASSERT(err->code || (status != BADGE_ETYPE && status != BADGE_ENOTFOUND));
    BADGE_ASSERT(memchr(err->pointer, '\0', sizeof err->pointer) && memchr(err->url, '\0', sizeof err->url));
    BADGE_ASSERT(!err->pointer[0] || err->pointer[0] == '/');
}

/* The expanded form is JSON, and where it can be read again, so is what it expands to. */
static enum badge_status expand(struct badge_text *out, struct badge_arena *arena, struct badge_jsonld *processor,
                                const struct badge_json_value *document, const struct badge_jsonld_options *options)
{
    const struct badge_json_value *expanded;
    struct badge_jsonld_err err = {.code = NULL};
    enum badge_status status = badge_jsonld_expand(&expanded, arena, processor, document, options, &err);
    if (status == BADGE_OK) {
        BADGE_ASSERT(badge_json_is(expanded, BADGE_JSON_ARRAY));
        BADGE_ASSERT(badge_json_canonicalize(out, arena, expanded, NULL) == BADGE_OK);
    } else {
        check_error(status, &err);
    }
    return status;
}

static enum badge_status to_rdf(struct badge_text *out, struct badge_arena *arena, struct badge_jsonld *processor,
                                const struct badge_json_value *document, const struct badge_jsonld_options *options)
{
    struct badge_rdf_dataset dataset, again;
    struct badge_jsonld_err err = {.code = NULL};
    enum badge_status status = badge_jsonld_to_rdf(&dataset, arena, processor, document, options, &err);
    if (status != BADGE_OK) {
        check_error(status, &err);
        return status;
    }
    BADGE_ASSERT(badge_nquads_write(out, arena, &dataset, NULL) == BADGE_OK);
    if (!options->is_unsafe && !options->generalized) {
        struct badge_rdfc_result result;
        BADGE_ASSERT(badge_nquads_parse(&again, arena, out->bytes, out->len, NULL) == BADGE_OK);
        BADGE_ASSERT(again.n == dataset.n);
        status = badge_rdfc_canonicalize(&result, arena, &dataset, BADGE_RDFC_SHA256, 64, NULL);
        BADGE_ASSERT(status == BADGE_OK || status == BADGE_ELIMIT);
    }
    return BADGE_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char context[] = "{\"@context\":{\"@vocab\":\"urn:v#\",\"T\":{\"@id\":\"urn:T\",\"@context\":"
                                  "{\"a\":{\"@id\":\"urn:a\",\"@type\":\"@id\"}}}}}";
    struct badge_arena arena;
    const struct badge_json_value *document;
    struct badge_text first = {"", 0}, second = {"", 0};
    struct badge_jsonld *processor;
    uint8_t bits = size ? data[0] : 0;
    if (size == 0)
        return 0;
    badge_arena_init(&arena, (size_t)128 << 20);
    BADGE_ASSERT(badge_jsonld_new(&processor, NULL) == BADGE_OK);
    BADGE_ASSERT(badge_jsonld_add_context(processor, (struct badge_text){"urn:c", 5}, context, sizeof context - 1,
                                          NULL) == BADGE_OK);
    const struct badge_jsonld_options options = {
        .base = bits & 1 ? (struct badge_text){"http://example.org/a/b?c#d", 26} : (struct badge_text){"", 0},
        .is_unsafe = bits & 2,
        .is_1_0 = bits & 4,
        .generalized = bits & 8,
        .direction = (enum badge_rdf_direction)((bits >> 4) % 3),
        .max_nodes = 10000,
    };
    if (badge_json_parse(&document, &arena, (const char *)data + 1, size - 1, NULL) == BADGE_OK) {
        enum badge_status status = expand(&first, &arena, processor, document, &options);
        BADGE_ASSERT(expand(&second, &arena, processor, document, &options) == status && equal(first, second));
        first = second = (struct badge_text){"", 0};
        status = to_rdf(&first, &arena, processor, document, &options);
        BADGE_ASSERT(to_rdf(&second, &arena, processor, document, &options) == status && equal(first, second));
    }
    badge_jsonld_free(processor);
    badge_arena_release(&arena);
    return 0;
}
