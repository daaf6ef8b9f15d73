/*
 * The contexts that are built in: every URL of node/jsonld/contexts.json has the JSON of the published file, told by
 * the digest of its canonical form; with vectors also by the file itself.
 */
#include "support/test.h"

#include "support/vectors.h"

#include "badge/text.h"
#include "core/text.h"
#include "jsonld/contexts.h"

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

static json_t *listed(void)
{
    json_error_t error;
    json_t *list = json_load_file(TESTS_DIR "/../node/jsonld/contexts.json", 0, &error);
    if (!list)
        fail_msg("contexts.json: line %d: %s", error.line, error.text);
    return list;
}

static struct badge_text canonical_of(struct badge_arena *arena, const struct badge_json_value *value)
{
    struct badge_text canonical;
    assert_int_equal(badge_json_canonicalize(&canonical, arena, value, NULL), BADGE_OK);
    return canonical;
}

static void assert_digest(struct badge_text bytes, const char *expected)
{
    struct badge_hash hash;
    char hex[BADGE_HEX_LEN + 1];
    badge_sha256(&hash, bytes.bytes, bytes.len);
    badge_hex_encode(hex, hash.b, sizeof hash.b);
    assert_string_equal(hex, expected);
}

/* Binary search finds every name: they are in canonical order, all the way down. */
static void assert_ordered(const struct badge_json_value *value)
{
    for (size_t i = 0; i < badge_json_count(value); i++) {
        struct badge_text name = {"", 0};
        const struct badge_json_value *child = badge_json_at(value, i, &name);
        if (badge_json_is(value, BADGE_JSON_OBJECT)) {
            char text[256];
            assert_true(name.len < sizeof text);
            memcpy(text, name.bytes, name.len);
            text[name.len] = '\0';
            assert_ptr_equal(badge_json_member(value, text), child);
        }
        assert_ordered(child);
    }
}

static void every_listed_url_has_the_published_json(void **state)
{
    (void)state;
    struct badge_arena arena;
    badge_arena_init(&arena, (size_t)1 << 20);
    json_t *list = listed(), *entry, *url;
    size_t i, j, n = 0;
    json_array_foreach(list, i, entry)
    {
        json_array_foreach(json_object_get(entry, "urls"), j, url)
        {
            const struct badge_json_value *context;
            assert_int_equal(contexts_load(&context, &arena, text_of(json_string_value(url))), BADGE_OK);
            assert_non_null(badge_json_member(context, "@context"));
            assert_digest(canonical_of(&arena, context), json_string_value(json_object_get(entry, "canonical")));
            assert_ordered(context);

            const struct badge_jsonld_context *published = badge_jsonld_context_at(n++);
            assert_string_equal(published->url, json_string_value(url));
            assert_string_equal(published->source, json_string_value(json_object_get(entry, "source")));
            assert_string_equal(published->licence, json_string_value(json_object_get(entry, "licence")));
            assert_string_equal(published->sha256, json_string_value(json_object_get(entry, "sha256")));
            badge_arena_clear(&arena);
        }
    }
    assert_int_equal(badge_jsonld_n_contexts(), n);
    assert_null(badge_jsonld_context_at(n));
    json_decref(list);
    badge_arena_release(&arena);
}

static void another_url_has_none(void **state)
{
    (void)state;
    static const char *const other[] = {
        "",
        "https://www.w3.org/ns/credentials/v",
        "https://www.w3.org/ns/credentials/v2/",
        "https://www.w3.org/ns/credentials/v2#",
        "http://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/credentials/V2",
        "https://example.org/context",
    };
    struct badge_arena arena;
    badge_arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        const struct badge_json_value *context;
        assert_int_equal(contexts_load(&context, &arena, text_of(other[i])), BADGE_OK);
        assert_null(context);
    }
    assert_int_equal(arena.used, 0);
    badge_arena_release(&arena);
}

static void want_of_memory_is_reported(void **state)
{
    (void)state;
    const struct badge_text url = text_of("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json");
    unsigned n_refused = 0;
    for (size_t ceiling = 0;; ceiling += 4096) {
        struct badge_arena arena;
        const struct badge_json_value *context;
        badge_arena_init(&arena, ceiling);
        enum badge_status status = contexts_load(&context, &arena, url);
        assert_true(arena.used <= ceiling);
        badge_arena_release(&arena);
        if (status == BADGE_OK)
            break;
        assert_int_equal(status, BADGE_ENOMEM);
        assert_null(context);
        n_refused++;
    }
    assert_true(n_refused > 1);
}

/* The published file, and the terms that contexts.json adds to it. */
static struct badge_text expected_of(struct badge_arena *arena, const char *bytes, size_t len, const char *sha256)
{
    const struct badge_json_value *document;
    assert_int_equal(badge_json_parse(&document, arena, bytes, len, NULL), BADGE_OK);
    json_t *list = listed(), *entry, *terms = NULL;
    size_t i;
    json_array_foreach(list, i, entry)
    {
        json_t *added = json_object_get(json_object_get(entry, "addedSince"), "terms");
        if (added && strcmp(json_string_value(json_object_get(entry, "sha256")), sha256) == 0)
            terms = added;
    }
    struct badge_text expected;
    if (terms) {
        json_t *file = json_loadb(bytes, len, 0, NULL);
        assert_int_equal(json_object_update(json_object_get(file, "@context"), terms), 0);
        char *text = json_dumps(file, JSON_COMPACT);
        assert_int_equal(badge_json_parse(&document, arena, text, strlen(text), NULL), BADGE_OK);
        expected = canonical_of(arena, document);
        free(text);
        json_decref(file);
    } else {
        expected = canonical_of(arena, document);
    }
    json_decref(list);
    return expected;
}

static void all_vectors_are_built_in(void **state)
{
    (void)state;
    struct badge_arena arena;
    badge_arena_init(&arena, (size_t)4 << 20);
    json_t *list = vectors_json("contexts/contexts.json"), *entry, *url;
    size_t i, j;
    json_array_foreach(list, i, entry)
    {
        char name[256];
        snprintf(name, sizeof name, "contexts/%s", json_string_value(json_object_get(entry, "file")));
        size_t len;
        char *bytes = vectors_read(name, &len);
        const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
        assert_digest((struct badge_text){bytes, len}, sha256);
        const struct badge_json_value *context;
        struct badge_text expected = expected_of(&arena, bytes, len, sha256);
        json_array_foreach(json_object_get(entry, "urls"), j, url)
        {
            assert_int_equal(contexts_load(&context, &arena, text_of(json_string_value(url))), BADGE_OK);
            assert_true(core_text_equal(canonical_of(&arena, context), expected));
        }
        free(bytes);
        badge_arena_clear(&arena);
    }
    assert_int_equal(i, 37);
    json_decref(list);
    badge_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_url_has_the_published_json),
        cmocka_unit_test(another_url_has_none),
        cmocka_unit_test(want_of_memory_is_reported),
        cmocka_unit_test(all_vectors_are_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
