/*
 * N-Quads and RDFC-1.0: the W3C's test suite, its bounds, and what a strict reader of N-Quads takes and refuses.
 */
#include "support/test.h"

#include <string.h>

#include "badge/jsonld.h"
#include "support/vectors.h"

#define CEILING ((size_t)64 << 20)

struct canonical {
    struct badge_arena arena;
    struct badge_rdf_dataset dataset;
    struct badge_rdfc_result result;
    struct badge_err err;
};

static enum badge_status canonicalize_bytes(struct canonical *c, const char *bytes, size_t len,
                                            enum badge_rdfc_hash hash, size_t max_deep)
{
    badge_arena_init(&c->arena, CEILING);
    enum badge_status status = badge_nquads_parse(&c->dataset, &c->arena, bytes, len, &c->err);
    assert_int_equal(status, BADGE_OK);
    return badge_rdfc_canonicalize(&c->result, &c->arena, &c->dataset, hash, max_deep, &c->err);
}

static enum badge_status canonicalize(struct canonical *c, const char *nquads, size_t max_deep)
{
    return canonicalize_bytes(c, nquads, strlen(nquads), BADGE_RDFC_SHA256, max_deep);
}

static void assert_text(struct badge_text text, const char *wanted)
{
    assert_int_equal(text.len, strlen(wanted));
    assert_memory_equal(text.bytes, wanted, text.len);
}

static void assert_canonical(const char *nquads, const char *wanted)
{
    struct canonical c;
    assert_int_equal(canonicalize(&c, nquads, 0), BADGE_OK);
    assert_text(c.result.nquads, wanted);
    badge_arena_release(&c.arena);
}

/* -- RDFC-1.0 ------------------------------------------------------------------------------------------------------ */

static void assert_map(const struct badge_rdfc_result *result, const char *name)
{
    json_t *wanted = vectors_json(name);
    assert_int_equal(json_object_size(wanted), result->n_map);
    for (size_t i = 0; i < result->n_map; i++) {
        const struct badge_rdfc_label *one = &result->map[i];
        json_t *canonical = json_object_getn(wanted, one->label.bytes, one->label.len);
        assert_non_null(canonical);
        assert_text(one->canonical, json_string_value(canonical));
    }
    json_decref(wanted);
}

static void w3c_suite(void **state)
{
    (void)state;
    json_t *manifest = vectors_json("rdf-canon/manifest.jsonld"), *entry;
    json_t *entries = json_object_get(manifest, "entries");
    size_t i;
    assert_int_equal(json_array_size(entries), 85);
    json_array_foreach(entries, i, entry)
    {
        char action[128], result[128];
        size_t len, wanted_len;
        snprintf(action, sizeof action, "rdf-canon/%s", json_string_value(json_object_get(entry, "action")));
        snprintf(result, sizeof result, "rdf-canon/%s", json_string_value(json_object_get(entry, "result")));
        const char *algorithm = json_string_value(json_object_get(entry, "hashAlgorithm"));
        char *nquads = vectors_read(action, &len);
        struct canonical c;
        enum badge_status status = canonicalize_bytes(
            &c, nquads, len, algorithm && strcmp(algorithm, "SHA384") == 0 ? BADGE_RDFC_SHA384 : BADGE_RDFC_SHA256, 0);
        if (status != BADGE_OK)
            fail_msg("%s: %s", action, c.err.text);
        if (strcmp(json_string_value(json_object_get(entry, "type")), "rdfc:RDFC10MapTest") == 0) {
            assert_map(&c.result, result);
        } else {
            char *wanted = vectors_read(result, &wanted_len);
            if (c.result.nquads.len != wanted_len || memcmp(c.result.nquads.bytes, wanted, wanted_len) != 0)
                fail_msg("%s:\n%.*s", result, (int)c.result.nquads.len, c.result.nquads.bytes);
            free(wanted);
        }
        badge_arena_release(&c.arena);
        free(nquads);
    }
    json_decref(manifest);
}

static void lines_are_sorted_and_each_once(void **state)
{
    (void)state;
    assert_canonical("", "");
    assert_canonical("# a remark alone\n\n", "");
    assert_canonical("<urn:b> <urn:p> \"x\" .\n<urn:a> <urn:p> \"y\" .\n<urn:b> <urn:p> \"x\" .",
                     "<urn:a> <urn:p> \"y\" .\n<urn:b> <urn:p> \"x\" .\n");
    assert_canonical("<urn:a> <urn:p> \"a!\" .\n<urn:a> <urn:p> \"a\" .\n<urn:a> <urn:p> \"a\"@en .\n"
                     "<urn:a> <urn:p> \"a\" <urn:g> .\n<urn:a> <urn:p> \"a\"^^<urn:t> .\n",
                     "<urn:a> <urn:p> \"a!\" .\n<urn:a> <urn:p> \"a\" .\n<urn:a> <urn:p> \"a\" <urn:g> .\n"
                     "<urn:a> <urn:p> \"a\"@en .\n<urn:a> <urn:p> \"a\"^^<urn:t> .\n");
}

static void canonical_names_do_not_depend_on_labels_or_order(void **state)
{
    (void)state;
    struct canonical c;
    assert_int_equal(canonicalize(&c,
                                  "<urn:a> <urn:p> _:x .\n<urn:a> <urn:p> _:y .\n_:x <urn:q> \"1\" .\n"
                                  "_:y <urn:q> \"2\" .\n",
                                  0),
                     BADGE_OK);
    assert_int_equal(c.result.n_not_unique, 0);
    assert_int_equal(c.result.n_deep, 0);
    assert_int_equal(c.result.n_map, 2);
    struct badge_text first = c.result.nquads;
    struct canonical other;
    assert_int_equal(canonicalize(&other,
                                  "_:x <urn:q> \"2\" .\n<urn:a> <urn:p> _:x .\n_:y <urn:q> \"1\" .\n"
                                  "<urn:a> <urn:p> _:y .\n",
                                  0),
                     BADGE_OK);
    assert_int_equal(first.len, other.result.nquads.len);
    assert_memory_equal(first.bytes, other.result.nquads.bytes, first.len);
    badge_arena_release(&other.arena);
    badge_arena_release(&c.arena);
}

/* A list of equal elements: its cells have one first-degree hash, but for the last. */
static size_t equal_list(char *out, size_t capacity, unsigned n)
{
    size_t len = (size_t)snprintf(out, capacity, "<urn:a> <urn:p> _:l0 .\n");
    for (unsigned i = 0; i < n; i++)
        len += (size_t)snprintf(out + len, capacity - len, "_:l%u <urn:first> \"5\" .\n_:l%u <urn:rest> _:l%u .\n", i,
                                i, i + 1);
    return len;
}

static void equal_cells_of_a_list_are_told_apart(void **state)
{
    (void)state;
    static char nquads[1 << 16];
    struct canonical c;
    equal_list(nquads, sizeof nquads, 40);
    assert_int_equal(canonicalize(&c, nquads, 0), BADGE_OK);
    assert_int_equal(c.result.n_map, 41);
    assert_true(c.result.n_not_unique >= 39);
    assert_true(c.result.n_deep >= 39);
    badge_arena_release(&c.arena);
}

/* Calls within calls: the bound is reached before the stack's end. */
static void a_long_chain_of_equal_nodes_is_refused(void **state)
{
    (void)state;
    static char nquads[1 << 18];
    struct canonical c;
    equal_list(nquads, sizeof nquads, 3000);
    assert_int_equal(canonicalize(&c, nquads, 100000), BADGE_ELIMIT);
    badge_arena_release(&c.arena);
    assert_int_equal(canonicalize(&c, nquads, 0), BADGE_ELIMIT);
    badge_arena_release(&c.arena);
}

/* n nodes, each joined with each: any of them may come first, so an unbounded reader tries n! paths. */
static void write_clique(char *out, size_t capacity, unsigned n)
{
    size_t len = 0;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++)
            if (i != j)
                len += (size_t)snprintf(out + len, capacity - len, "_:n%u <urn:p> _:n%u .\n", i, j);
}

static void work_beyond_the_bound_ends_at_once(void **state)
{
    (void)state;
    static char nquads[1 << 16];
    struct canonical c;
    write_clique(nquads, sizeof nquads, 4);
    assert_int_equal(canonicalize(&c, nquads, 0), BADGE_OK);
    const size_t needed = c.result.n_deep;
    assert_int_equal(c.result.n_not_unique, 4);
    badge_arena_release(&c.arena);

    assert_int_equal(canonicalize(&c, nquads, needed), BADGE_OK);
    badge_arena_release(&c.arena);
    assert_int_equal(canonicalize(&c, nquads, needed - 1), BADGE_ELIMIT);
    badge_arena_release(&c.arena);

    write_clique(nquads, sizeof nquads, 20);
    assert_int_equal(canonicalize(&c, nquads, 16), BADGE_ELIMIT);
    assert_true(c.arena.used < (size_t)1 << 20);
    badge_arena_release(&c.arena);
    assert_int_equal(canonicalize(&c, nquads, 0), BADGE_ELIMIT);
    badge_arena_release(&c.arena);
}

/* One node in the middle: one call, but n! orders of its neighbours. */
static void permutations_count_too(void **state)
{
    (void)state;
    static char nquads[1 << 14];
    size_t len = 0;
    for (unsigned hub = 0; hub < 2; hub++)
        for (unsigned i = 0; i < 12; i++)
            len += (size_t)snprintf(nquads + len, sizeof nquads - len, "_:h%u <urn:p> _:n%u .\n", hub, 12 * hub + i);
    struct canonical c;
    assert_int_equal(canonicalize(&c, nquads, 0), BADGE_ELIMIT);
    badge_arena_release(&c.arena);
}

static void want_of_memory_is_an_error(void **state)
{
    (void)state;
    static char nquads[1 << 16];
    const size_t len = equal_list(nquads, sizeof nquads, 20);
    struct badge_err err;
    unsigned n_failed = 0;
    for (size_t ceiling = 0; ceiling < (size_t)1 << 18; ceiling += 1024) {
        struct badge_arena arena;
        struct badge_rdf_dataset dataset;
        struct badge_rdfc_result result;
        badge_arena_init(&arena, ceiling);
        enum badge_status status = badge_nquads_parse(&dataset, &arena, nquads, len, &err);
        if (status == BADGE_OK)
            status = badge_rdfc_canonicalize(&result, &arena, &dataset, BADGE_RDFC_SHA256, 0, &err);
        assert_true(status == BADGE_OK || status == BADGE_ENOMEM);
        n_failed += status == BADGE_ENOMEM;
        badge_arena_release(&arena);
    }
    assert_true(n_failed > 10);
}

/* -- N-Quads ------------------------------------------------------------------------------------------------------- */

static void assert_written(const char *nquads, const char *wanted)
{
    struct badge_arena arena;
    struct badge_rdf_dataset dataset;
    struct badge_text out;
    struct badge_err err = {.text = ""};
    badge_arena_init(&arena, CEILING);
    if (badge_nquads_parse(&dataset, &arena, nquads, strlen(nquads), &err) != BADGE_OK)
        fail_msg("%s: %s at %zu", nquads, err.text, err.offset);
    assert_int_equal(badge_nquads_write(&out, &arena, &dataset, &err), BADGE_OK);
    assert_text(out, wanted);
    badge_arena_release(&arena);
}

static void forms_of_nquads_that_are_read(void **state)
{
    (void)state;
    assert_written("", "");
    assert_written(" \t\n\r\n# remark\n", "");
    assert_written("<urn:s><urn:p><urn:o>.", "<urn:s> <urn:p> <urn:o> .\n");
    assert_written("\t<urn:s>\t<urn:p>  \"o\"  <urn:g>  .  # remark", "<urn:s> <urn:p> \"o\" <urn:g> .\n");
    assert_written("_:a.b <urn:p> _:1.\r_:a:b <urn:p> _:\xc3\xa9 _:g-1 .", "_:a.b <urn:p> _:1 .\n"
                                                                           "_:a:b <urn:p> _:\xc3\xa9 _:g-1 .\n");
    assert_written("<urn:s> <urn:p> \"o\"@en-GB-x123 .", "<urn:s> <urn:p> \"o\"@en-GB-x123 .\n");
    assert_written("<urn:s> <urn:p> \"o\"^^<http://www.w3.org/2001/XMLSchema#string> .", "<urn:s> <urn:p> \"o\" .\n");
    assert_written("<urn:s> <urn:p> \"o\" ^^ <urn:t> .", "<urn:s> <urn:p> \"o\"^^<urn:t> .\n");
    assert_written("<urn:\\u00e9> <urn:p> <urn:\\U0001F600> .", "<urn:\xc3\xa9> <urn:p> <urn:\xf0\x9f\x98\x80> .\n");
    assert_written("<urn:\\u007b\\u003E> <urn:p> \"\"^^<urn:\\u005C> .",
                   "<urn:\\u007B\\u003E> <urn:p> \"\"^^<urn:\\u005C> .\n");
    assert_written("<urn:s> <urn:p> \"\\t\\b\\n\\r\\f\\\"\\'\\\\\\u0041\\u0000\\u007F\\u0080 '\" .",
                   "<urn:s> <urn:p> \"\\t\\b\\n\\r\\f\\\"'\\\\A\\u0000\\u007F\xc2\x80 '\" .\n");
    assert_written("<urn:s> <urn:p> \"\t\x01\x1f\x7f\" .", "<urn:s> <urn:p> \"\\t\\u0001\\u001F\\u007F\" .\n");
}

static void forms_of_nquads_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *nquads;
        size_t offset;
        enum badge_status status;
    } cases[] = {
        {"<urn:s> <urn:p> <urn:o>", 23, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> .", 16, BADGE_ESYNTAX},
        {"<s> <urn:p> <urn:o> .", 1, BADGE_ESYNTAX},
        {"<> <urn:p> <urn:o> .", 1, BADGE_ESYNTAX},
        {"<urn:s> <p> <urn:o> .", 9, BADGE_ESYNTAX},
        {"<urn:s> _:p <urn:o> .", 8, BADGE_ESYNTAX},
        {"<urn:s> \"p\" <urn:o> .", 8, BADGE_ESYNTAX},
        {"\"s\" <urn:p> <urn:o> .", 0, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> <urn:o> \"g\" .", 24, BADGE_ESYNTAX},
        {"<urn:a b> <urn:p> <urn:o> .", 6, BADGE_ESYNTAX},
        {"<urn:a{b> <urn:p> <urn:o> .", 6, BADGE_ESYNTAX},
        {"<urn:a\\u0020b> <urn:p> <urn:o> .", 1, BADGE_ESYNTAX},
        {"<urn:a\\nb> <urn:p> <urn:o> .", 6, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\nb\" .", 18, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\\x\" .", 18, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\\u12G4\" .", 18, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\\u12", 18, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"\\uD800\" .", 17, BADGE_EUTF8},
        {"<urn:s> <urn:p> \"\\U00110000\" .", 17, BADGE_EUTF8},
        {"<urn:s> <urn:p> \"\xff\" .", 17, BADGE_EUTF8},
        {"<urn:s> <urn:p> \"a .", 16, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\"@1 .", 20, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\"@en- .", 23, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\"^<urn:t> .", 20, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\"^^<t> .", 22, BADGE_ESYNTAX},
        {"<urn:s> <urn:p> \"a\"^^_:t .", 21, BADGE_ESYNTAX},
        {"_: <urn:p> <urn:o> .", 2, BADGE_ESYNTAX},
        {"_:-a <urn:p> <urn:o> .", 2, BADGE_ESYNTAX},
        {"_:a <urn:p> 'o' .", 12, BADGE_ESYNTAX},
        {"_:a <urn:p> 5 .", 12, BADGE_ESYNTAX},
        {"_:a <urn:p> _:b . _:a <urn:p> _:c .", 18, BADGE_ESYNTAX},
        {"_:a <urn:p> _:b .\n# \xff", 20, BADGE_EUTF8},
        {"@prefix a: <urn:a> .", 0, BADGE_ESYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct badge_arena arena;
        struct badge_rdf_dataset dataset;
        struct badge_err err = {.offset = 0};
        badge_arena_init(&arena, CEILING);
        enum badge_status status = badge_nquads_parse(&dataset, &arena, cases[i].nquads, strlen(cases[i].nquads), &err);
        if (status != cases[i].status || err.offset != cases[i].offset)
            fail_msg("%s: %s, %s at %zu", cases[i].nquads, badge_status_name(status), err.text, err.offset);
        badge_arena_release(&arena);
    }
}

/* Every text that is cut off is read or refused, and never read beyond its end. */
static void cut_off_anywhere(void **state)
{
    (void)state;
    static const char whole[] =
        "_:a <urn:\\u00e9p> \"\\t\xc3\xa9\"@en-GB _:g.1 .# \xc3\xa9\n<urn:s> <urn:p> \"\"^^<urn:t> .\n";
    for (size_t len = 0; len < sizeof whole; len++) {
        struct badge_arena arena;
        struct badge_rdf_dataset dataset;
        char *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, whole, len);
        badge_arena_init(&arena, CEILING);
        enum badge_status status = badge_nquads_parse(&dataset, &arena, len == 0 ? NULL : copy, len, NULL);
        assert_true(status == BADGE_OK || status == BADGE_ESYNTAX || status == BADGE_EUTF8);
        badge_arena_release(&arena);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(w3c_suite),
        cmocka_unit_test(lines_are_sorted_and_each_once),
        cmocka_unit_test(canonical_names_do_not_depend_on_labels_or_order),
        cmocka_unit_test(equal_cells_of_a_list_are_told_apart),
        cmocka_unit_test(a_long_chain_of_equal_nodes_is_refused),
        cmocka_unit_test(work_beyond_the_bound_ends_at_once),
        cmocka_unit_test(permutations_count_too),
        cmocka_unit_test(want_of_memory_is_an_error),
        cmocka_unit_test(forms_of_nquads_that_are_read),
        cmocka_unit_test(forms_of_nquads_that_are_refused),
        cmocka_unit_test(cut_off_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
