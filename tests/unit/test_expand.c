/*
 * JSON-LD contexts and expansion: small cases of our own, what safe mode refuses, the W3C's manifest.
 */
#include "support/test.h"

#include <string.h>

#include "badge/jsonld.h"
#include "support/vectors.h"

#define MANIFEST_BASE "https://w3c.github.io/json-ld-api/tests/"

struct fixture {
    struct badge_jsonld *processor;
    struct badge_arena arena;
    struct badge_jsonld_err err;
};

static int begin(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(badge_jsonld_new(&fixture.processor, NULL), BADGE_OK);
    badge_arena_init(&fixture.arena, (size_t)64 << 20);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    badge_arena_release(&fixture->arena);
    badge_jsonld_free(fixture->processor);
    return 0;
}

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

static const struct badge_json_value *parse(struct fixture *f, const char *text)
{
    const struct badge_json_value *value;
    struct badge_err err;
    if (badge_json_parse(&value, &f->arena, text, strlen(text), &err) != BADGE_OK)
        fail_msg("%s: %s", text, err.text);
    return value;
}

static enum badge_status expand(struct fixture *f, const char **out, const char *text,
                                const struct badge_jsonld_options *options)
{
    const struct badge_json_value *expanded;
    struct badge_text canonical;
    *out = "";
    enum badge_status status = badge_jsonld_expand(&expanded, &f->arena, f->processor, parse(f, text), options,
                                                   &f->err);
    if (status != BADGE_OK)
        return status;
    assert_int_equal(badge_json_canonicalize(&canonical, &f->arena, expanded, NULL), BADGE_OK);
    char *copy = badge_arena_alloc(&f->arena, canonical.len + 1);
    assert_non_null(copy);
    memcpy(copy, canonical.bytes, canonical.len);
    copy[canonical.len] = '\0';
    *out = copy;
    return BADGE_OK;
}

/* -- the manifest -------------------------------------------------------------------------------------------------- */

static bool equal(const json_t *a, const json_t *b, bool is_ordered);

/* The elements of an array are a set, but of an @list. */
static bool equal_arrays(const json_t *a, const json_t *b, bool is_ordered)
{
    size_t n = json_array_size(a);
    if (n != json_array_size(b))
        return false;
    bool *is_taken = calloc(n + 1, sizeof *is_taken), same = true;
    assert_non_null(is_taken);
    for (size_t i = 0; i < n && same; i++) {
        size_t k = is_ordered ? i : 0;
        while (k < n && (is_taken[k] || !equal(json_array_get(a, i), json_array_get(b, k), false)))
            k = is_ordered ? n : k + 1;
        same = k < n;
        if (same)
            is_taken[k] = true;
    }
    free(is_taken);
    return same;
}

static bool equal(const json_t *a, const json_t *b, bool is_ordered)
{
    if (json_is_array(a) && json_is_array(b))
        return equal_arrays(a, b, is_ordered);
    if (!json_is_object(a) || !json_is_object(b))
        return json_is_number(a) && json_is_number(b)
                   ? json_number_value(a) >= json_number_value(b) && json_number_value(a) <= json_number_value(b)
                   : json_equal(a, b);
    const char *name;
    json_t *value;
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach((json_t *)a, name,
                        value) if (!json_object_get(b, name) ||
                                   !equal(value, json_object_get(b, name), strcmp(name, "@list") == 0)) return false;
    return true;
}

static char *read_vector(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "json-ld/%s", name);
    return vectors_read(path, NULL);
}

/* Expands, and adds the contexts of the manifest that it asks for. */
static enum badge_status expand_with_contexts(struct fixture *f, const char **out, const char *text,
                                              const struct badge_jsonld_options *options)
{
    for (int i = 0; i < 20; i++) {
        enum badge_status status = expand(f, out, text, options);
        size_t prefix = strlen(MANIFEST_BASE);
        if (status != BADGE_ENOTFOUND || strncmp(f->err.url, MANIFEST_BASE, prefix) != 0)
            return status;
        char path[512];
        snprintf(path, sizeof path, "%s/json-ld/%s", getenv("BADGED_VECTORS"), f->err.url + prefix);
        FILE *file = fopen(path, "rb");
        if (!file)
            return status;
        fclose(file);
        char *context = read_vector(f->err.url + prefix);
        enum badge_status added = badge_jsonld_add_context(f->processor, text_of(f->err.url), context, strlen(context),
                                                           NULL);
        free(context);
        if (added != BADGE_OK)
            return status;
    }
    fail_msg("more than 20 contexts");
    return BADGE_ELIMIT;
}

/* One test of the manifest; false: it fails, and why is printed. */
static bool passes(struct fixture *f, const json_t *test)
{
    const json_t *option = json_object_get(test, "option");
    const char *id = json_string_value(json_object_get(test, "@id"));
    const char *input = json_string_value(json_object_get(test, "input"));
    const char *expect = json_string_value(json_object_get(test, "expect"));
    const char *code = json_string_value(json_object_get(test, "expectErrorCode"));
    const char *mode = json_string_value(json_object_get(option, "processingMode"));
    const char *expand_context = json_string_value(json_object_get(option, "expandContext"));
    char base[512];
    const char *given = json_string_value(json_object_get(option, "base"));
    snprintf(base, sizeof base, "%s%s", given ? "" : MANIFEST_BASE, given ? given : input);
    struct badge_jsonld_options options = {
        .base = text_of(base), .is_unsafe = true, .is_1_0 = mode && strcmp(mode, "json-ld-1.0") == 0};
    char *text = read_vector(input), *context = expand_context ? read_vector(expand_context) : NULL;
    if (context)
        options.expand_context = parse(f, context);
    const char *out;
    enum badge_status status = expand_with_contexts(f, &out, text, &options);
    bool good = code ? status != BADGE_OK && f->err.code && strcmp(f->err.code, code) == 0 : status == BADGE_OK;
    if (expect && status == BADGE_OK) {
        char *wanted = read_vector(expect);
        json_t *a = json_loads(wanted, JSON_ALLOW_NUL, NULL), *b = json_loads(out, JSON_ALLOW_NUL, NULL);
        good = equal(a, b, false);
        if (!good)
            print_message("%s: wanted %s\n", id, wanted);
        json_decref(a);
        json_decref(b);
        free(wanted);
    }
    if (!good)
        print_message("%s: wanted %s, %s: %s %s\n", id, code ? code : "success", out, f->err.code ? f->err.code : "",
                      f->err.err.text);
    free(text);
    free(context);
    badge_arena_clear(&f->arena);
    return good;
}

/* Tests that fail, since a context that can't be read is one that nobody can add. */
static bool is_excepted(const char *id)
{
    return strcmp(id, "#ter04") == 0     /* wanted "loading remote context failed": it is "context unknown" */
           || strcmp(id, "#ter05") == 0; /* wanted "invalid remote context": the same */
}

static void manifest_of_w3c(void **state)
{
    json_t *manifest = vectors_json("json-ld/expand-manifest.jsonld"), *test;
    size_t i, n = 0, n_passed = 0, n_unforeseen = 0;
    json_array_foreach(json_object_get(manifest, "sequence"), i, test)
    {
        const char *version = json_string_value(json_object_get(json_object_get(test, "option"), "specVersion"));
        if (version && strcmp(version, "json-ld-1.0") == 0)
            continue;
        n++;
        bool good = passes(*state, test);
        n_passed += good;
        n_unforeseen += good == is_excepted(json_string_value(json_object_get(test, "@id")));
    }
    print_message("%zu of %zu\n", n_passed, n);
    assert_int_equal(n, 376);
    assert_int_equal(n_unforeseen, 0);
    json_decref(manifest);
}

/* -- safe mode ----------------------------------------------------------------------------------------------------- */

/* The canonical N-Quads of a document, or "" if it is refused. */
static enum badge_status canonical_quads(struct fixture *f, const char **out, const struct badge_json_value *document)
{
    struct badge_jsonld_options options = {.direction = BADGE_DIRECTION_I18N};
    struct badge_rdf_dataset dataset;
    struct badge_rdfc_result result;
    *out = "";
    enum badge_status status = badge_jsonld_to_rdf(&dataset, &f->arena, f->processor, document, &options, &f->err);
    if (status != BADGE_OK)
        return status;
    assert_int_equal(badge_rdfc_canonicalize(&result, &f->arena, &dataset, BADGE_RDFC_SHA256, 0, NULL), BADGE_OK);
    char *copy = badge_arena_alloc(&f->arena, result.nquads.len + 1);
    assert_non_null(copy);
    memcpy(copy, result.nquads.bytes, result.nquads.len);
    copy[result.nquads.len] = '\0';
    *out = copy;
    return status;
}

static void safe_mode_of_formats(void **state)
{
    struct fixture *f = *state;
    char *text = vectors_read("formats/safe-mode.json", NULL);
    const struct badge_json_value *cases = badge_json_member(parse(f, text), "cases");
    size_t n_wrong = 0;
    for (size_t i = 0; i < badge_json_count(cases); i++) {
        const struct badge_json_value *one = badge_json_at(cases, i, NULL);
        bool is_refused = badge_json_equals(badge_json_member(one, "verdict"), "refused");
        const char *out;
        struct badge_text name;
        assert_true(badge_json_string(badge_json_member(one, "name"), &name));
        enum badge_status status = canonical_quads(f, &out, badge_json_member(one, "document"));
        bool good = is_refused ? status == BADGE_ETYPE && f->err.code
                               : badge_json_equals(badge_json_member(one, "canonical"), out) && status == BADGE_OK;
        n_wrong += !good;
        if (!good)
            print_message("%.*s: %s %s\n", (int)name.len, name.bytes, out, f->err.err.text);
    }
    assert_int_equal(badge_json_count(cases), 29);
    assert_int_equal(n_wrong, 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(safe_mode_of_formats, begin, end),
        cmocka_unit_test_setup_teardown(manifest_of_w3c, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
