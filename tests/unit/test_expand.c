/*
 * JSON-LD contexts and expansion: small cases of our own, what safe mode refuses, the W3C's manifest.
 */
#include "support/test.h"

#include <string.h>

#include "jsonld/context.h"
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

/* -- cases of our own ---------------------------------------------------------------------------------------------- */

static void add_context(struct fixture *f, const char *url, const char *text)
{
    struct badge_err err;
    if (badge_jsonld_add_context(f->processor, text_of(url), text, strlen(text), &err) != BADGE_OK)
        fail_msg("%s: %s", url, err.text);
}

struct expansion {
    const char *document, *expanded;
};

static void what_documents_mean(void **state)
{
    static const struct expansion cases[] = {
        {"{\"@context\": {\"name\": \"urn:n\"}, \"@id\": \"urn:a\", \"name\": \"x\"}",
         "[{\"@id\":\"urn:a\",\"urn:n\":[{\"@value\":\"x\"}]}]"},
        {"{\"@graph\": [{\"@id\": \"urn:a\", \"urn:n\": 1}, {\"urn:n\": null, \"@id\": \"urn:b\", \"urn:m\": true}]}",
         "[{\"@id\":\"urn:a\",\"urn:n\":[{\"@value\":1}]},{\"@id\":\"urn:b\",\"urn:m\":[{\"@value\":true}]}]"},
        /* A type's context ends where another node begins; a property's goes on. */
        {"{\"@context\": {\"@version\": 1.1, \"p\": \"urn:p\", \"x\": \"urn:out\", \"T\": {\"@id\": \"urn:T\", "
         "\"@context\": {\"x\": \"urn:in\"}}}, \"@type\": \"T\", \"x\": 1, \"p\": {\"x\": 2}}",
         "[{\"@type\":[\"urn:T\"],\"urn:in\":[{\"@value\":1}],\"urn:p\":[{\"urn:out\":[{\"@value\":2}]}]}]"},
        {"{\"@context\": {\"@version\": 1.1, \"q\": \"urn:q\", \"p\": {\"@id\": \"urn:p\", \"@context\": {\"x\": "
         "\"urn:in\"}}}, \"p\": {\"q\": {\"x\": 2}}}",
         "[{\"urn:p\":[{\"urn:q\":[{\"urn:in\":[{\"@value\":2}]}]}]}]"},
        {"{\"@context\": {\"@version\": 1.1, \"l\": {\"@id\": \"urn:l\", \"@container\": \"@list\"}}, \"l\": [[1], "
         "[]]}",
         "[{\"urn:l\":[{\"@list\":[{\"@list\":[{\"@value\":1}]},{\"@list\":[]}]}]}]"},
        {"{\"@context\": {\"@version\": 1.1, \"n\": \"@nest\", \"a\": \"urn:a\"}, \"a\": 1, \"n\": [{\"a\": 2}, "
         "{\"n\": {\"a\": 3}}]}",
         "[{\"urn:a\":[{\"@value\":1},{\"@value\":2},{\"@value\":3}]}]"},
        {"{\"@context\": {\"j\": {\"@id\": \"urn:j\", \"@type\": \"@json\"}}, \"j\": {\"b\": [1, null], \"a\": {}}}",
         "[{\"urn:j\":[{\"@type\":\"@json\",\"@value\":{\"a\":{},\"b\":[1,null]}}]}]"},
        {"{\"@context\": {\"@language\": \"de\", \"a\": \"urn:a\", \"b\": {\"@id\": \"urn:b\", \"@language\": null, "
         "\"@direction\": \"rtl\"}}, \"a\": [\"x\", 1], \"b\": \"y\"}",
         "[{\"urn:a\":[{\"@language\":\"de\",\"@value\":\"x\"},{\"@value\":1}],"
         "\"urn:b\":[{\"@direction\":\"rtl\",\"@value\":\"y\"}]}]"},
        {"{\"@context\": {\"m\": {\"@id\": \"urn:m\", \"@container\": \"@language\"}}, \"m\": {\"en\": \"a\", "
         "\"@none\": "
         "[\"b\", null]}}",
         "[{\"urn:m\":[{\"@value\":\"b\"},{\"@language\":\"en\",\"@value\":\"a\"}]}]"},
        {"{\"@context\": {\"c\": {\"@reverse\": \"urn:p\"}}, \"@id\": \"urn:a\", \"c\": {\"@id\": \"urn:b\"}, "
         "\"@reverse\": {\"urn:q\": {\"@id\": \"urn:c\"}}}",
         "[{\"@id\":\"urn:a\",\"@reverse\":{\"urn:p\":[{\"@id\":\"urn:b\"}],\"urn:q\":[{\"@id\":\"urn:c\"}]}}]"},
        {"{\"@id\": \"urn:a\", \"@included\": [{\"@id\": \"urn:b\", \"@type\": \"urn:T\"}], \"urn:p\": []}",
         "[{\"@id\":\"urn:a\",\"@included\":[{\"@id\":\"urn:b\",\"@type\":[\"urn:T\"]}],\"urn:p\":[]}]"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *out;
        if (expand(f, &out, cases[i].document, NULL) != BADGE_OK)
            fail_msg("%s: %s", cases[i].document, f->err.err.text);
        assert_string_equal(out, cases[i].expanded);
        assert_int_equal(f->err.n_undeclared_prefixes, 0);
    }
}

/* A node with more properties than are searched one by one: each IRI is there once, with the values of all its keys. */
static void many_properties(void **state)
{
    struct fixture *f = *state;
    char text[16384] = "{\"@context\": {\"p\": \"urn:p:\", \"q\": \"urn:p:\"}", name[64];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, ", \"p:%d\": %d, \"q:%d\": %d", i, i, i, i);
        strcat(text, name);
    }
    strcat(text, "}");
    const struct badge_json_value *out;
    assert_int_equal(badge_jsonld_expand(&out, &f->arena, f->processor, parse(f, text), NULL, NULL), BADGE_OK);
    const struct badge_json_value *node = badge_json_at(out, 0, NULL);
    assert_int_equal(badge_json_count(node), 200);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(badge_json_count(badge_json_at(node, i, NULL)), 2);
}

struct refusal {
    const char *document, *code, *pointer, *url;
};

#define REMOTE "https://a.example/context"
#define WITH(term) "{\"@context\": {\"@version\": 1.1, \"a\": {\"@id\": \"urn:a\", \"@type\": \"@id\"}}, " term "}"

static void what_is_refused_and_where(void **state)
{
    static const struct refusal cases[] = {
        {WITH("\"a\": [\"urn:b\", {\"a\": \"urn:c\", \"b~/\": null}]"), "undefined term", "/a/1/b~0~1", ""},
        {WITH("\"a\": \"urn:b\", \"b\": []"), "undefined term", "/b", ""},
        {WITH("\"a\": \"urn:b\", \"@foo\": 1"), "undefined term", "/@foo", ""},
        {WITH("\"a\": \"urn:b\", \"@default\": 1"), "undefined term", "/@default", ""},
        {WITH("\"a\": {\"@type\": [\"urn:T\", \"T\"]}"), "undefined type", "/a/@type/1", ""},
        {WITH("\"a\": \"b/c\""), "relative IRI", "/a", ""},
        {WITH("\"a\": \"urn:b c\""), "relative IRI", "/a", ""},
        {WITH("\"a\": {\"@id\": \"b\"}"), "relative IRI", "/a/@id", ""},
        {WITH("\"a\": {\"@id\": \"@b\"}"), "relative IRI", "/a/@id", ""},
        {WITH("\"_:b\": 1"), "blank node predicate", "/_:b", ""},
        {WITH("\"urn:x y\": 1"), "relative IRI", "/urn:x y", ""},
        {WITH("\"a\": {\"@value\": \"x\", \"@language\": \"en_US\"}"), "invalid language tag", "/a/@language", ""},
        {WITH("\"a\": {\"@value\": \"x\", \"@language\": \"\"}"), "invalid language tag", "/a/@language", ""},
        {WITH("\"a\": {\"@value\": \"x\", \"@language\": \"a1\"}"), "invalid language tag", "/a/@language", ""},
        {WITH("\"a\": {\"@value\": null}"), "dropped value", "/a", ""},
        {WITH("\"a\": {\"@language\": \"en\"}"), "dropped value", "/a", ""},
        {WITH("\"a\": null"), "dropped value", "", ""},
        {WITH("\"@graph\": [\"x\"]"), "dropped value", "/@graph/0", ""},
        {"\"x\"", "dropped value", "", ""},
        {"{\"@context\": {\"g\": {\"@id\": \"urn:g\", \"@container\": \"@graph\"}}, \"g\": [1]}", "dropped value", "/g",
         ""},
        {WITH("\"a\": {\"@id\": 1}"), "invalid @id value", "/a/@id", ""},
        {WITH("\"@type\": 1"), "invalid type value", "/@type", ""},
        {WITH("\"@id\": \"urn:a\", \"a\": {\"@reverse\": {\"a\": 1}}"), "invalid reverse property value", "/a/@reverse",
         ""},
        {"{\"@context\": {\"@foo\": \"urn:f\", \"b\": \"urn:b\"}, \"b\": 1}", "reserved term", "/@context/@foo", ""},
        {"{\"@context\": {\"b\": {\"@id\": \"@foo\"}}}", "reserved term", "/@context/b", ""},
        {"{\"@context\": {\"a\": \"b:x\", \"b\": \"a:y\"}}", "cyclic IRI mapping", "/@context/a", ""},
        {"{\"@context\": [\"" REMOTE "\"], \"a\": 1}", "invalid container mapping", "/@context/1/t/@container", REMOTE},
        {"{\"@context\": \"https://b.example/\"}", "context unknown", "/@context", "https://b.example/"},
        {"{\"@context\": \"https://loop.example/1\"}", "context overflow", "/@context/0", "https://loop.example/2"},
        {"{\"@context\": 1}", "invalid local context", "/@context", ""},
    };
    struct fixture *f = *state;
    add_context(f, REMOTE,
                "{\"@context\": [null, {\"s\": \"urn:s\", \"t\": {\"@id\": \"urn:t\", \"@container\": \"@q\"}}]}");
    add_context(f, "https://loop.example/1", "{\"@context\": [\"2\"]}");
    add_context(f, "https://loop.example/2", "{\"@context\": [\"1\"]}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *out;
        enum badge_status status = expand(f, &out, cases[i].document, NULL);
        if (status == BADGE_OK || !f->err.code || strcmp(f->err.code, cases[i].code) != 0)
            fail_msg("%s: wanted %s, %s %s", cases[i].document, cases[i].code, out, f->err.err.text);
        assert_int_equal(status, strcmp(cases[i].code, "context unknown") == 0 ? BADGE_ENOTFOUND : BADGE_ETYPE);
        assert_int_equal(f->err.err.status, status);
        assert_string_equal(f->err.pointer, cases[i].pointer);
        assert_string_equal(f->err.url, cases[i].url);
    }
}

/* The pointer of an error in what @import brought is that in the imported context. */
static void an_error_in_an_imported_context(void **state)
{
    struct fixture *f = *state;
    const char *out;
    add_context(f, REMOTE, "{\"@context\": {\"s\": \"urn:s\", \"t\": {\"@id\": \"urn:t\", \"@container\": \"@q\"}}}");
    assert_int_equal(expand(f, &out, "{\"@context\": {\"@version\": 1.1, \"@import\": \"" REMOTE "\"}}", NULL),
                     BADGE_ETYPE);
    assert_string_equal(f->err.code, "invalid container mapping");
    assert_string_equal(f->err.pointer, "/@context/t/@container");
    assert_string_equal(f->err.url, REMOTE);
}

static void undeclared_prefixes_are_counted(void **state)
{
    struct fixture *f = *state;
    const char *out;
    assert_int_equal(expand(f, &out,
                            "{\"@context\": {\"p\": \"urn:p:\", \"t\": \"xsd:date\"}, \"@id\": \"ab:c\", \"@type\": "
                            "\"foaf:Person\", \"p:a\": 1, \"https://x\": 2, \"urn:u\": 3}",
                            NULL),
                     BADGE_OK);
    assert_int_equal(f->err.n_undeclared_prefixes, 2);
    assert_string_equal(f->err.undeclared_prefix, "xsd");
}

static void what_is_unsafe_is_dropped(void **state)
{
    struct fixture *f = *state;
    const char *out;
    struct badge_jsonld_options unsafe = {.is_unsafe = true};
    const char *document = "{\"@context\": \"" REMOTE "\", \"s\": [\"x\", {\"@value\": null}], \"u\": 1, \"@foo\": 2}";
    add_context(f, REMOTE, "{\"@context\": {\"@foo\": \"urn:f\", \"s\": \"urn:s\"}}");
    assert_int_equal(expand(f, &out, document, &unsafe), BADGE_OK);
    assert_string_equal(out, "[{\"urn:s\":[{\"@value\":\"x\"}]}]");
    /* That context is remembered now, and still refused. */
    assert_int_equal(expand(f, &out, document, NULL), BADGE_ETYPE);
    assert_string_equal(f->err.code, "reserved term");
    assert_string_equal(f->err.url, REMOTE);
}

/* What a document was expanded to outlives the processor, and a context can be replaced. */
static void results_borrow_nothing_of_the_processor(void **state)
{
    struct fixture *f = *state;
    const char *document = "{\"@context\": \"" REMOTE "\", \"@type\": \"T\", \"s\": \"x\", \"p:q\": {\"@type\": \"d\", "
                           "\"@value\": \"y\"}, \"d\": \"z\"}";
    const struct badge_json_value *first, *second;
    struct badge_text canonical;
    add_context(f, REMOTE,
                "{\"@context\": {\"@language\": \"en\", \"@vocab\": \"urn:v:\", \"s\": \"urn:s\", \"p\": \"urn:p:\", "
                "\"d\": {\"@id\": \"urn:d\", \"@type\": \"urn:e\"}}}");
    assert_int_equal(badge_jsonld_expand(&first, &f->arena, f->processor, parse(f, document), NULL, NULL), BADGE_OK);
    add_context(f, REMOTE, "{\"@context\": {\"@vocab\": \"urn:w:\"}}");
    assert_int_equal(badge_jsonld_expand(&second, &f->arena, f->processor, parse(f, document), NULL, NULL), BADGE_OK);
    badge_jsonld_free(f->processor);
    f->processor = NULL;
    assert_int_equal(badge_json_canonicalize(&canonical, &f->arena, first, NULL), BADGE_OK);
    const char *wanted = "[{\"@type\":[\"urn:v:T\"],\"urn:d\":[{\"@type\":\"urn:e\",\"@value\":\"z\"}],"
                         "\"urn:p:q\":[{\"@type\":\"urn:d\",\"@value\":\"y\"}],"
                         "\"urn:s\":[{\"@language\":\"en\",\"@value\":\"x\"}]}]";
    assert_int_equal(canonical.len, strlen(wanted));
    assert_memory_equal(canonical.bytes, wanted, canonical.len);
    assert_non_null(badge_json_member(badge_json_at(second, 0, NULL), "urn:w:s"));
}

/* -- bounds -------------------------------------------------------------------------------------------------------- */

static void assert_too_large(struct fixture *f, const char *text, const struct badge_jsonld_options *options)
{
    const char *out;
    assert_int_equal(expand(f, &out, text, options), BADGE_ELIMIT);
    assert_string_equal(f->err.code, "too large");
}

static void bounds(void **state)
{
    static char text[400000];
    struct fixture *f = *state;
    struct badge_jsonld_options few = {.max_nodes = 10};
    assert_too_large(f, "{\"urn:a\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}", &few);

    size_t len = (size_t)snprintf(text, sizeof text, "{\"@context\": {\"t1000\": \"urn:t\"");
    for (int i = 0; i < 1000; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ", \"t%d\": \"t%d:x\"", i, i + 1);
    snprintf(text + len, sizeof text - len, "}}");
    assert_too_large(f, text, NULL);

    len = (size_t)snprintf(text, sizeof text, "{\"urn:a\": [1");
    for (int i = 0; i < 20001; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ", {\"@context\":{}}");
    snprintf(text + len, sizeof text - len, "]}");
    assert_too_large(f, text, NULL);
}

/* However documents put contexts together, the processor stays within its bound, and goes on working. */
static void the_processor_does_not_grow(void **state)
{
    struct fixture *f = *state;
    const char *out;
    size_t largest = 0;
    unsigned n_forgotten = 0;
    for (unsigned i = 0; i < 4; i++) {
        char url[64], text[8192];
        size_t len = (size_t)snprintf(text, sizeof text, "{\"@context\": {\"x\": \"urn:x%u\"", i);
        for (unsigned k = 0; k < 200; k++)
            len += (size_t)snprintf(text + len, sizeof text - len, ", \"t%u\": \"urn:%u:%u\"", k, i, k);
        snprintf(text + len, sizeof text - len, "}}");
        snprintf(url, sizeof url, "https://a.example/%u", i);
        add_context(f, url, text);
    }
    for (unsigned i = 0; i < 200; i++) {
        char text[4096], wanted[64];
        size_t len = (size_t)snprintf(text, sizeof text, "{\"@context\": [\"https://a.example/0\"");
        unsigned bits = i * 2654435761u;
        for (unsigned k = 0; k < 16; k++)
            len += (size_t)snprintf(text + len, sizeof text - len, ", \"https://a.example/%u\"", bits >> 2 * k & 3);
        snprintf(text + len, sizeof text - len, "], \"x\": 1}");
        snprintf(wanted, sizeof wanted, "[{\"urn:x%u\":[{\"@value\":1}]}]", bits >> 30);
        assert_int_equal(expand(f, &out, text, NULL), BADGE_OK);
        assert_string_equal(out, wanted);
        assert_true(f->processor->kept.used <= (size_t)24 << 20);
        n_forgotten += f->processor->kept.used < largest;
        largest = f->processor->kept.used > largest ? f->processor->kept.used : largest;
        badge_arena_clear(&f->arena);
    }
    assert_true(n_forgotten > 0);
}

/* Whatever fits into the arena, the end is a status. */
static void want_of_memory(void **state)
{
    struct fixture *f = *state;
    const char *text = "{\"@context\": [\"https://www.w3.org/ns/credentials/v2\", {\"@vocab\": \"urn:\", \"m\": "
                       "{\"@id\": \"urn:m\", \"@container\": \"@index\", \"@index\": \"k\"}, \"l\": {\"@id\": "
                       "\"urn:l\", \"@container\": [\"@graph\", \"@id\"]}}], \"type\": \"VerifiableCredential\", "
                       "\"m\": {\"a\": {\"b\": [1, 2, 3]}}, \"l\": {\"x:y\": {\"c\": [[1]]}}, \"@reverse\": {\"d\": "
                       "{\"@id\": \"urn:e\"}}}";
    const struct badge_json_value *document = parse(f, text), *out;
    struct badge_jsonld_err err;
    unsigned n_failed = 0;
    for (size_t ceiling = 0; ceiling < 40000; ceiling += 64) {
        struct badge_arena arena;
        badge_arena_init(&arena, ceiling);
        enum badge_status status = badge_jsonld_expand(&out, &arena, f->processor, document, NULL, &err);
        n_failed += status != BADGE_OK;
        assert_true(status == BADGE_OK || status == BADGE_ENOMEM);
        badge_arena_release(&arena);
    }
    assert_in_range(n_failed, 10, 600);
}

static void contexts_that_can_not_be_added(void **state)
{
    struct fixture *f = *state;
    struct badge_err err;
    assert_int_equal(badge_jsonld_add_context(f->processor, text_of(REMOTE), "{}", 2, &err), BADGE_ETYPE);
    assert_int_equal(badge_jsonld_add_context(f->processor, text_of(REMOTE), "[]", 2, &err), BADGE_ETYPE);
    assert_int_equal(badge_jsonld_add_context(f->processor, text_of(REMOTE), "{", 1, &err), BADGE_ESYNTAX);
}

/* -- IRIs: RFC 3986 section 5.4 ------------------------------------------------------------------------------------ */

static void references_are_resolved(void **state)
{
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct badge_text out;
        assert_true(ld_iri_resolve(&out, &f->arena, text_of("http://a/b/c/d;p?q"), text_of(cases[i][0])));
        assert_int_equal(out.len, strlen(cases[i][1]));
        assert_memory_equal(out.bytes, cases[i][1], out.len);
    }
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
        cmocka_unit_test_setup_teardown(what_documents_mean, begin, end),
        cmocka_unit_test_setup_teardown(many_properties, begin, end),
        cmocka_unit_test_setup_teardown(what_is_refused_and_where, begin, end),
        cmocka_unit_test_setup_teardown(an_error_in_an_imported_context, begin, end),
        cmocka_unit_test_setup_teardown(undeclared_prefixes_are_counted, begin, end),
        cmocka_unit_test_setup_teardown(what_is_unsafe_is_dropped, begin, end),
        cmocka_unit_test_setup_teardown(results_borrow_nothing_of_the_processor, begin, end),
        cmocka_unit_test_setup_teardown(bounds, begin, end),
        cmocka_unit_test_setup_teardown(the_processor_does_not_grow, begin, end),
        cmocka_unit_test_setup_teardown(want_of_memory, begin, end),
        cmocka_unit_test_setup_teardown(contexts_that_can_not_be_added, begin, end),
        cmocka_unit_test_setup_teardown(references_are_resolved, begin, end),
        cmocka_unit_test_setup_teardown(safe_mode_of_formats, begin, end),
        cmocka_unit_test_setup_teardown(manifest_of_w3c, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
