/*
 * JSON-LD to RDF in small cases: numbers, nodes, lists, graphs, directions, what is refused. tests/jsonld has the W3C's
 * manifest.
 */
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/jsonld.h"
#include "jsonld/rdf.h"

/* -- numbers ------------------------------------------------------------------------------------------------------- */

/* %.15E without the zeros at the end, the plus, and the exponent's leading zero. */
static void double_by_printf(char *out, size_t capacity, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.15E", value);
    char *e = strchr(text, 'E');
    const long exponent = strtol(e + 1, NULL, 10);
    while (e[-1] == '0' && e[-2] != '.')
        e--;
    snprintf(out, capacity, "%.*sE%ld", (int)(e - text), text, exponent);
}

static void assert_double(double value)
{
    char wanted[64], text[RDF_NUMBER_LEN];
    bool is_double = true;
    double_by_printf(wanted, sizeof wanted, value);
    const size_t len = rdf_put_number(text, value, &is_double);
    if (len != strlen(wanted) || memcmp(text, wanted, len) != 0)
        fail_msg("%.*s, and by printf %s", (int)len, text, wanted);
    assert_true(is_double);
}

static void numbers_as_printf_writes_them(void **state)
{
    (void)state;
    static const double some[] = {1,
                                  0.1,
                                  0.3,
                                  1e21,
                                  1e22,
                                  1e23,
                                  9.5e22,
                                  5e-324,
                                  2.2250738585072014e-308,
                                  1e-7,
                                  1e300,
                                  1.5,
                                  2.5,
                                  100.25,
                                  1.0 / 3,
                                  2.0 / 3,
                                  9007199254740993.0,
                                  1e15,
                                  1e16,
                                  9.9999999999999995,
                                  0.99999999999999995,
                                  1.7976931348623157e308,
                                  4.35,
                                  4.349999999999999,
                                  123456789012345678.0,
                                  0.000123456789012345675};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        assert_double(some[i]);
        assert_double(-some[i]);
    }
    uint64_t random = 0x9e3779b97f4a7c15;
    for (int i = 0; i < 20000; i++) {
        double value;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&value, &random, sizeof value);
        if (isfinite(value))
            assert_double(value);
        assert_double((double)(int64_t)(random >> 20) / 1024); /* halves: ties */
        assert_double(ldexp(1, (int)(random % 2098) - 1074));
    }
}

static void assert_number(double value, bool is_double, const char *wanted, bool wanted_double)
{
    char text[RDF_NUMBER_LEN];
    const size_t len = rdf_put_number(text, value, &is_double);
    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(text, wanted, len);
    assert_int_equal(is_double, wanted_double);
}

static void integers_in_all_their_digits(void **state)
{
    (void)state;
    assert_number(0, false, "0", false);
    assert_number(-0.0, false, "0", false);
    assert_number(-0.0, true, "0.0E0", true);
    assert_number(3, false, "3", false);
    assert_number(-3, true, "-3.0E0", true);
    assert_number(1e20, false, "100000000000000000000", false);
    assert_number(590295810358705651712.0, false, "590295810358705651712", false);
    assert_number(999999999999999868928.0, false, "999999999999999868928", false);
    assert_number(1e21, false, "1.0E21", true);
    assert_number(-1e21, false, "-1.0E21", true);
    assert_number(0.5, false, "5.0E-1", true);
    for (int i = 0; i < 64; i++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "%.0f", ldexp(1, i) + 1);
        assert_number(ldexp(1, i) + 1, false, wanted, false);
    }
}

/* -- documents ----------------------------------------------------------------------------------------------------- */

#define CONTEXT                                                                                                        \
    "\"@context\":{\"id\":\"@id\",\"type\":\"@type\",\"a\":\"urn:a\",\"b\":\"urn:b\",\"T\":\"urn:T\","                 \
    "\"l\":{\"@id\":\"urn:l\",\"@container\":\"@list\"},\"ref\":{\"@id\":\"urn:ref\",\"@type\":\"@id\"},"              \
    "\"j\":{\"@id\":\"urn:j\",\"@type\":\"@json\"},\"back\":{\"@reverse\":\"urn:back\"},\"bl\":\"_:p\"},"
#define SYNTAX "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define INTEGER "\"^^<http://www.w3.org/2001/XMLSchema#integer>"

struct fixture {
    struct badge_jsonld *processor;
    struct badge_arena arena;
    struct badge_rdf_dataset dataset;
    struct badge_jsonld_err err;
};

static int begin(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(badge_jsonld_new(&fixture.processor, NULL), BADGE_OK);
    badge_arena_init(&fixture.arena, (size_t)16 << 20);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    badge_arena_release(&f->arena);
    badge_jsonld_free(f->processor);
    return 0;
}

static enum badge_status to_rdf(struct fixture *f, const char *document, const struct badge_jsonld_options *options)
{
    const struct badge_json_value *value;
    f->err = (struct badge_jsonld_err){.code = NULL};
    badge_arena_clear(&f->arena);
    if (badge_json_parse(&value, &f->arena, document, strlen(document), &f->err.err) != BADGE_OK)
        fail_msg("%s: %s", document, f->err.err.text);
    return badge_jsonld_to_rdf(&f->dataset, &f->arena, f->processor, value, options, &f->err);
}

static void assert_rdf_with(struct fixture *f, const char *document, const char *wanted,
                            const struct badge_jsonld_options *options)
{
    struct badge_text text;
    if (to_rdf(f, document, options) != BADGE_OK)
        fail_msg("%s: %s %s", document, f->err.code ? f->err.code : "", f->err.err.text);
    assert_int_equal(badge_nquads_write(&text, &f->arena, &f->dataset, NULL), BADGE_OK);
    if (text.len != strlen(wanted) || memcmp(text.bytes, wanted, text.len) != 0)
        fail_msg("%s:\n%.*sand not\n%s", document, (int)text.len, text.bytes, wanted);
}

static void assert_rdf(struct fixture *f, const char *document, const char *wanted)
{
    const struct badge_jsonld_options options = {.direction = BADGE_DIRECTION_NONE};
    assert_rdf_with(f, document, wanted, &options);
}

static void assert_unsafe(struct fixture *f, const char *document, const char *wanted)
{
    const struct badge_jsonld_options options = {.is_unsafe = true};
    assert_rdf_with(f, document, wanted, &options);
}

static void assert_refused(struct fixture *f, const char *document, const char *code)
{
    const struct badge_jsonld_options options = {.direction = BADGE_DIRECTION_NONE};
    assert_int_equal(to_rdf(f, document, &options), BADGE_ETYPE);
    assert_string_equal(f->err.code, code);
}

static void nodes_are_labelled_as_the_node_map_does(void **state)
{
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"b\":{\"a\":\"1\"},\"a\":{\"b\":{\"a\":\"2\"}}}",
               "_:b1 <urn:a> \"2\" .\n_:b0 <urn:b> _:b1 .\n<urn:x> <urn:a> _:b0 .\n"
               "_:b2 <urn:a> \"1\" .\n<urn:x> <urn:b> _:b2 .\n");
    assert_rdf(*state,
               "[{" CONTEXT "\"id\":\"_:z\",\"type\":\"_:t\",\"ref\":\"_:y\"},{" CONTEXT
               "\"id\":\"_:y\",\"ref\":\"_:z\"}]",
               "_:b1 " SYNTAX "type> _:b0 .\n_:b1 <urn:ref> _:b2 .\n_:b2 <urn:ref> _:b1 .\n");
    /* Cells of lists come after all nodes. */
    assert_rdf(*state, "{" CONTEXT "\"id\":\"_:x\",\"l\":[{\"a\":\"1\"}]}",
               "_:b1 <urn:a> \"1\" .\n_:b2 " SYNTAX "first> _:b1 .\n_:b2 " SYNTAX "rest> " SYNTAX "nil> .\n"
               "_:b0 <urn:l> _:b2 .\n");
}

static void equal_quads_are_one(void **state)
{
    assert_rdf(*state,
               "{" CONTEXT "\"id\":\"urn:x\",\"type\":[\"T\",\"T\"],\"a\":[\"1\",\"1\",{\"@value\":\"1\"}],"
               "\"b\":[{\"id\":\"urn:x\",\"a\":\"1\"},{\"id\":\"urn:x\"}]}",
               "<urn:x> " SYNTAX "type> <urn:T> .\n<urn:x> <urn:a> \"1\" .\n<urn:x> <urn:b> <urn:x> .\n");
}

static void lists(void **state)
{
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"l\":[]}", "<urn:x> <urn:l> " SYNTAX "nil> .\n");
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"l\":[\"1\",\"1\"]}",
               "_:b0 " SYNTAX "first> \"1\" .\n_:b0 " SYNTAX "rest> _:b1 .\n"
               "_:b1 " SYNTAX "first> \"1\" .\n_:b1 " SYNTAX "rest> " SYNTAX "nil> .\n<urn:x> <urn:l> _:b0 .\n");
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"l\":[[],[\"1\"]]}",
               "_:b0 " SYNTAX "first> " SYNTAX "nil> .\n_:b0 " SYNTAX "rest> _:b1 .\n"
               "_:b2 " SYNTAX "first> \"1\" .\n_:b2 " SYNTAX "rest> " SYNTAX "nil> .\n"
               "_:b1 " SYNTAX "first> _:b2 .\n_:b1 " SYNTAX "rest> " SYNTAX "nil> .\n<urn:x> <urn:l> _:b0 .\n");
    /* Two equal lists of one property are two lists. */
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"a\":[{\"@list\":[\"1\"]},{\"@list\":[\"1\"]}]}",
               "_:b0 " SYNTAX "first> \"1\" .\n_:b0 " SYNTAX "rest> " SYNTAX "nil> .\n<urn:x> <urn:a> _:b0 .\n"
               "_:b1 " SYNTAX "first> \"1\" .\n_:b1 " SYNTAX "rest> " SYNTAX "nil> .\n<urn:x> <urn:a> _:b1 .\n");
}

static void graphs_included_and_reverse(void **state)
{
    assert_rdf(*state,
               "{" CONTEXT "\"id\":\"urn:g\",\"a\":\"1\",\"@graph\":[{\"id\":\"urn:x\",\"a\":\"2\","
               "\"@included\":{\"id\":\"urn:y\",\"a\":\"3\"}}]}",
               "<urn:y> <urn:a> \"3\" <urn:g> .\n<urn:x> <urn:a> \"2\" <urn:g> .\n<urn:g> <urn:a> \"1\" .\n");
    assert_rdf(*state, "{" CONTEXT "\"a\":{\"@graph\":{\"a\":\"1\"}}}",
               "_:b2 <urn:a> \"1\" _:b1 .\n_:b0 <urn:a> _:b1 .\n");
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"back\":[{\"id\":\"urn:y\"},{\"a\":\"1\"}]}",
               "<urn:y> <urn:back> <urn:x> .\n_:b0 <urn:a> \"1\" .\n_:b0 <urn:back> <urn:x> .\n");
    assert_rdf(*state, "{" CONTEXT "\"@graph\":[{\"id\":\"urn:x\",\"a\":\"1\"},{\"id\":\"urn:y\",\"a\":\"2\"}]}",
               "<urn:x> <urn:a> \"1\" .\n<urn:y> <urn:a> \"2\" .\n");
}

static void literals(void **state)
{
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"a\":[true,false,3.0,5e-1,\"\",\"\\u0000\\\"\"]}",
               "<urn:x> <urn:a> \"true\"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n"
               "<urn:x> <urn:a> \"false\"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n"
               "<urn:x> <urn:a> \"3" INTEGER " .\n"
               "<urn:x> <urn:a> \"5.0E-1\"^^<http://www.w3.org/2001/XMLSchema#double> .\n"
               "<urn:x> <urn:a> \"\" .\n<urn:x> <urn:a> \"\\u0000\\\"\" .\n");
    assert_rdf(*state,
               "{" CONTEXT "\"id\":\"urn:x\",\"j\":{\"b\":[1.0],\"a\":null},\"a\":{\"@value\":\"x\","
               "\"@language\":\"de-CH\"},\"b\":[{\"@value\":1,\"@type\":\"urn:t\"},"
               "{\"@value\":\"1\",\"@type\":\"http://www.w3.org/2001/XMLSchema#double\"}]}",
               "<urn:x> <urn:a> \"x\"@de-ch .\n<urn:x> <urn:b> \"1\"^^<urn:t> .\n"
               "<urn:x> <urn:b> \"1\"^^<http://www.w3.org/2001/XMLSchema#double> .\n"
               "<urn:x> <urn:j> \"{\\\"a\\\":null,\\\"b\\\":[1]}\"^^" SYNTAX "JSON> .\n");
}

static void directions(void **state)
{
    static const char document[] = "{" CONTEXT "\"id\":\"urn:x\",\"a\":[{\"@value\":\"x\",\"@language\":\"AR\","
                                   "\"@direction\":\"rtl\"},{\"@value\":\"y\",\"@direction\":\"ltr\"},"
                                   "{\"@value\":\"y\",\"@direction\":\"ltr\"}]}";
    const struct badge_jsonld_options i18n = {.direction = BADGE_DIRECTION_I18N},
                                      compound = {.direction = BADGE_DIRECTION_COMPOUND};
    assert_refused(*state, document, "direction without a form");
    assert_unsafe(*state, document, "<urn:x> <urn:a> \"x\"@ar .\n<urn:x> <urn:a> \"y\" .\n");
    assert_rdf_with(*state, document,
                    "<urn:x> <urn:a> \"x\"^^<https://www.w3.org/ns/i18n#ar_rtl> .\n"
                    "<urn:x> <urn:a> \"y\"^^<https://www.w3.org/ns/i18n#_ltr> .\n",
                    &i18n);
    assert_rdf_with(*state, document,
                    "_:b0 " SYNTAX "value> \"x\" .\n_:b0 " SYNTAX "language> \"ar\" .\n"
                    "_:b0 " SYNTAX "direction> \"rtl\" .\n<urn:x> <urn:a> _:b0 .\n"
                    "_:b1 " SYNTAX "value> \"y\" .\n_:b1 " SYNTAX "direction> \"ltr\" .\n<urn:x> <urn:a> _:b1 .\n",
                    &compound);
}

static void blank_predicates(void **state)
{
    static const char document[] = "{" CONTEXT "\"id\":\"urn:x\",\"bl\":[\"1\",{\"a\":\"2\"}]}";
    const struct badge_jsonld_options generalized = {.generalized = true};
    assert_refused(*state, document, "blank node predicate");
    assert_unsafe(*state, document, "_:b1 <urn:a> \"2\" .\n");
    assert_rdf_with(*state, document, "<urn:x> _:b0 \"1\" .\n_:b1 <urn:a> \"2\" .\n<urn:x> _:b0 _:b1 .\n",
                    &generalized);
}

/* Of what is dropped the nodes within are kept, as the node map has them. */
static void relative_iris(void **state)
{
    assert_refused(*state, "{" CONTEXT "\"id\":\"x\",\"a\":\"1\"}", "relative IRI");
    assert_refused(*state, "{" CONTEXT "\"id\":\"urn:x\",\"ref\":\"y\"}", "relative IRI");
    assert_refused(*state, "{" CONTEXT "\"id\":\"urn:x\",\"a\":{\"@value\":\"1\",\"@language\":\"a_b\"}}",
                   "invalid language tag");
    assert_unsafe(*state, "{" CONTEXT "\"id\":\"x\",\"a\":{\"b\":\"1\"}}", "_:b0 <urn:b> \"1\" .\n");
    assert_unsafe(*state, "{" CONTEXT "\"id\":\"x\",\"@graph\":{\"a\":{\"b\":\"1\"}}}", "");
    assert_unsafe(*state, "{" CONTEXT "\"id\":\"urn:x\",\"ref\":[\"y\",\"urn:y\"],\"type\":[\"urn:a b\",\"T\"]}",
                  "<urn:x> " SYNTAX "type> <urn:T> .\n<urn:x> <urn:ref> <urn:y> .\n");
    assert_unsafe(*state, "{" CONTEXT "\"id\":\"urn:x\",\"l\":[{\"id\":\"y\"}]}",
                  "_:b0 " SYNTAX "rest> " SYNTAX "nil> .\n<urn:x> <urn:l> _:b0 .\n");
    /* What no IRI contains is escaped, so that a line is never read as another one. */
    assert_rdf(*state, "{" CONTEXT "\"id\":\"urn:x\",\"ref\":\"urn:y><urn:z\"}",
               "<urn:x> <urn:ref> <urn:y\\u003E\\u003Curn:z> .\n");
    assert_unsafe(*state, "{" CONTEXT "\"id\":\"urn:x\",\"ref\":\"urn:y><urn:z\"}", "");
}

static void the_root_is_the_node_of_the_document(void **state)
{
    struct fixture *f = *state;
    assert_rdf(f, "{" CONTEXT "\"id\":\"urn:x\",\"a\":{\"b\":\"1\"}}",
               "_:b0 <urn:b> \"1\" .\n<urn:x> <urn:a> _:b0 .\n");
    assert_int_equal(f->dataset.root->kind, BADGE_RDF_IRI);
    assert_ptr_equal(f->dataset.root, f->dataset.quad[1].subject);
    assert_rdf(f, "{" CONTEXT "\"a\":{\"b\":\"1\"}}", "_:b1 <urn:b> \"1\" .\n_:b0 <urn:a> _:b1 .\n");
    assert_ptr_equal(f->dataset.root, f->dataset.quad[1].subject);
    assert_rdf(f, "[{" CONTEXT "\"a\":\"1\"}]", "_:b0 <urn:a> \"1\" .\n");
    assert_null(f->dataset.root);
}

static void an_index_of_a_node_is_one(void **state)
{
    assert_refused(*state,
                   "{" CONTEXT "\"id\":\"urn:x\",\"a\":[{\"id\":\"urn:y\",\"@index\":\"1\",\"a\":\"1\"},"
                   "{\"id\":\"urn:y\",\"@index\":\"2\",\"a\":\"1\"}]}",
                   "conflicting indexes");
    assert_rdf(*state,
               "{" CONTEXT "\"id\":\"urn:x\",\"a\":[{\"id\":\"urn:y\",\"@index\":\"1\",\"a\":\"1\"},"
               "{\"id\":\"urn:y\",\"@index\":\"1\",\"a\":\"1\"}]}",
               "<urn:y> <urn:a> \"1\" .\n<urn:x> <urn:a> <urn:y> .\n");
}

static void bounds(void **state)
{
    struct fixture *f = *state;
    const struct badge_jsonld_options few = {.max_nodes = 20};
    char document[4096] = "{" CONTEXT "\"id\":\"urn:x\",\"a\":[\"0\"";
    for (int i = 1; i < 40; i++)
        snprintf(document + strlen(document), sizeof document - strlen(document), ",\"%d\"", i);
    strcat(document, "]}");
    assert_int_equal(to_rdf(f, document, &few), BADGE_ELIMIT);
    assert_string_equal(f->err.code, "too large");
}

/* Texts that a table of two million entries finds at once, and a search one by one would not. */
static void many_nodes_are_found_at_once(void **state)
{
    struct fixture *f = *state;
    const size_t capacity = (size_t)4 << 20;
    const struct badge_jsonld_options options = {.max_nodes = 200000};
    char *document = malloc(capacity);
    assert_non_null(document);
    size_t len = (size_t)snprintf(document, capacity, "{" CONTEXT "\"id\":\"urn:x\",\"ref\":[\"urn:y\"");
    for (int i = 0; i < 50000; i++)
        len += (size_t)snprintf(document + len, capacity - len, ",\"urn:n:%d\"", i);
    snprintf(document + len, capacity - len, "]}");
    badge_arena_release(&f->arena);
    badge_arena_init(&f->arena, (size_t)256 << 20);
    assert_int_equal(to_rdf(f, document, &options), BADGE_OK);
    assert_int_equal(f->dataset.n, 50001);
    free(document);
}

static void want_of_memory_is_an_error(void **state)
{
    struct fixture *f = *state;
    static const char document[] = "{" CONTEXT "\"id\":\"urn:x\",\"type\":\"T\",\"l\":[{\"a\":1.5},[\"2\"]],\"j\":[1],"
                                   "\"back\":{\"a\":{\"@value\":\"x\",\"@language\":\"EN\",\"@direction\":\"ltr\"}}}";
    const struct badge_jsonld_options options = {.direction = BADGE_DIRECTION_COMPOUND};
    unsigned n_failed = 0;
    assert_int_equal(to_rdf(f, document, &options), BADGE_OK);
    for (size_t ceiling = 8192; ceiling < 60000; ceiling += 64) {
        const struct badge_json_value *value;
        badge_arena_release(&f->arena);
        badge_arena_init(&f->arena, ceiling);
        enum badge_status status = badge_json_parse(&value, &f->arena, document, sizeof document - 1, NULL);
        if (status == BADGE_OK)
            status = badge_jsonld_to_rdf(&f->dataset, &f->arena, f->processor, value, &options, &f->err);
        assert_true(status == BADGE_OK || status == BADGE_ENOMEM);
        n_failed += status == BADGE_ENOMEM;
    }
    assert_true(n_failed > 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_printf_writes_them),
        cmocka_unit_test(integers_in_all_their_digits),
        CASE(nodes_are_labelled_as_the_node_map_does),
        CASE(equal_quads_are_one),
        CASE(lists),
        CASE(graphs_included_and_reverse),
        CASE(literals),
        CASE(directions),
        CASE(blank_predicates),
        CASE(relative_iris),
        CASE(the_root_is_the_node_of_the_document),
        CASE(an_index_of_a_node_is_one),
        CASE(bounds),
        CASE(many_nodes_are_found_at_once),
        CASE(want_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
