/*
 * What a verifier is given by hand: documents by file and by folder, contexts by file and by list, and what is wrong
 * with them; and turns with JSON-LD processors, one at a time for each and in order.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/given.h"
#include "audit/processors.h"
#include "core/compiler.h"

static char folder[] = "/tmp/badged-given-XXXXXX";
static struct given *given;
static struct badge_err err;

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, strlen(text)};
}

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    memset(&err, 0, sizeof err);
    return !mkdtemp(folder) || given_new(&given, &err) != BADGE_OK;
}

static int end(void **state)
{
    static const char *const name[] = {"a.json", "b.json", ".hidden.json", "notes.txt", "contexts.txt", "v1.json"};
    (void)state;
    given_free(given);
    for (size_t i = 0; i < ARRAY_LEN(name); i++)
        (void)unlink(path_of(name[i]));
    return rmdir(folder);
}

static void expect_document(const char *id, const char *bytes)
{
    const struct given_document *document = given_find(given, text_of(id));
    assert_non_null(document);
    assert_int_equal(document->len, strlen(bytes));
    assert_memory_equal(document->bytes, bytes, document->len);
}

static void a_document_is_found_by_its_id(void **state)
{
    (void)state;
    put("a.json", "{}");
    assert_int_equal(given_add_document(given, text_of("did:web:a.example"), path_of("a.json"), &err), BADGE_OK);
    expect_document("did:web:a.example", "{}");
    assert_null(given_find(given, text_of("did:web:a.exampl")));
    assert_null(given_find(given, text_of("did:web:A.example")));
    assert_null(given_find(given, text_of("")));
    assert_int_equal(given_add_document(given, text_of("x"), path_of("b.json"), &err), BADGE_ENOTFOUND);
}

static void a_folder_of_documents(void **state)
{
    (void)state;
    put("a.json", "{\"id\": \"did:web:a.example\"}");
    put("b.json", "{\"id\": \"https://b.example/1\", \"more\": [1]}");
    put(".hidden.json", "[");
    put("notes.txt", "[");
    assert_int_equal(given_add_documents(given, folder, &err), BADGE_OK);
    expect_document("did:web:a.example", "{\"id\": \"did:web:a.example\"}");
    expect_document("https://b.example/1", "{\"id\": \"https://b.example/1\", \"more\": [1]}");
}

static void a_folder_with_a_fault(void **state)
{
    static const char *const bad[] = {
        "", "{", "[]", "{}", "{\"id\": 1}", "{\"id\": \"\"}", "{\"id\": \"a\", \"id\": \"b\"}"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put("a.json", bad[i]);
        assert_int_not_equal(given_add_documents(given, folder, &err), BADGE_OK);
        assert_non_null(strstr(err.text, "a.json"));
    }
    assert_int_equal(given_add_documents(given, path_of("missing"), &err), BADGE_ENOTFOUND);
}

static void a_list_of_contexts(void **state)
{
    (void)state;
    struct badge_jsonld *processor;
    put("v1.json", "{\"@context\": {\"a\": \"https://a.example/#a\"}}");
    put("contexts.txt", "# ours\n\n  https://a.example/v1\t v1.json \r\nhttps://a.example/v2 v1.json");
    assert_int_equal(given_add_contexts(given, folder, &err), BADGE_OK);
    assert_int_equal(given_processor(&processor, given, &err), BADGE_OK);
    badge_jsonld_free(processor);
}

static void a_list_with_a_fault(void **state)
{
    static const char *const bad[] = {
        "https://a.example/v1",
        "https://a.example/v1 v1.json more",
        "https://a.example/v1 ../v1.json",
        "https://a.example/v1 missing.json",
        "https://a.example/v1 b.json",
    };
    (void)state;
    put("v1.json", "{\"@context\": {}}");
    put("b.json", "{}");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put("contexts.txt", bad[i]);
        assert_int_not_equal(given_add_contexts(given, folder, &err), BADGE_OK);
    }
    assert_int_equal(given_add_contexts(given, path_of("missing"), &err), BADGE_ENOTFOUND);
}

/* -- turns --------------------------------------------------------------------------------------------------------- */

#define N_TURNS 12

static uv_loop_t loop;
static unsigned n_running[2], n_done;

struct turn {
    struct processor_turn turn;
    struct processors *all;
    struct processor *first;
    unsigned n_runs;
};

static struct badge_jsonld *seen[2]; /* the processors that turns had */
static unsigned n_faults;            /* on the pool, where the test can't be ended */

static void run_turn(struct processor_turn *turn, struct badge_jsonld *jsonld)
{
    (void)turn;
    unsigned which = 0;
    for (; which < 2; which++) {
        struct badge_jsonld *none = NULL;
        if (__atomic_load_n(&seen[which], __ATOMIC_SEQ_CST) == jsonld ||
            __atomic_compare_exchange_n(&seen[which], &none, jsonld, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            break;
    }
    if (!jsonld || which == 2) {
        __atomic_add_fetch(&n_faults, 1, __ATOMIC_SEQ_CST);
        return;
    }
    if (__atomic_add_fetch(&n_running[which], 1, __ATOMIC_SEQ_CST) != 1)
        __atomic_add_fetch(&n_faults, 1, __ATOMIC_SEQ_CST);
    usleep(500); /* long enough for another one to begin */
    __atomic_sub_fetch(&n_running[which], 1, __ATOMIC_SEQ_CST);
}

static void on_turn(struct processor_turn *turn)
{
    struct turn *one = container_of(turn, struct turn, turn);
    if (one->n_runs == 0)
        one->first = turn->processor;
    assert_ptr_equal(turn->processor, one->first);
    if (++one->n_runs < 3) {
        processors_queue(one->all, turn);
        return;
    }
    n_done++;
    processors_release(one->all);
}

static void a_processor_serves_one_turn_at_a_time(void **state)
{
    (void)state;
    static struct turn turn[N_TURNS];
    struct processors *processors;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(processors_new(&processors, &loop, 2, given, &err), BADGE_OK);
    assert_ptr_equal(processors_given(processors), given);
    given = NULL;
    for (size_t i = 0; i < N_TURNS; i++) {
        turn[i] = (struct turn){.all = processors_hold(processors), .turn = {.run = run_turn, .done = on_turn}};
        processors_queue(processors, &turn[i].turn);
    }
    processors_release(processors); /* the turns still hold them */
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(n_done, N_TURNS);
    assert_int_equal(n_faults, 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_document_is_found_by_its_id), TEST(a_folder_of_documents),
        TEST(a_folder_with_a_fault),         TEST(a_list_of_contexts),
        TEST(a_list_with_a_fault),           TEST(a_processor_serves_one_turn_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
