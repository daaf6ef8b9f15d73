/*
 * The proof of the log, and every finding of an audit, with a reconciliation that the test fills.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "audit/reconciliation.h"

#define N_BATCHES 4

struct scene {
    struct reconciliation reconciliation;
    struct reconciliation_source source[2];
    struct listed_batch batch[N_BATCHES];
};

/* Roots descend as the sequence ascends, so they are not in the order of the log. */
static struct badge_hash root_of(unsigned sequence)
{
    struct badge_hash root = {{0}};
    root.b[0] = (uint8_t)(255 - 60 * sequence);
    root.b[31] = (uint8_t)sequence;
    return root;
}

static void begin_scene(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    scene->reconciliation.chain_id = 7;
    scene->reconciliation.contract.b[0] = 1;
    scene->reconciliation.issuer.b[0] = 2;
    scene->reconciliation.source = scene->source;
    scene->reconciliation.n_sources = 1;
    scene->source[0] = (struct reconciliation_source){.place = "a", .name = "a", .is_listed = true};
    scene->source[1] = (struct reconciliation_source){.place = "b", .name = "b", .is_listed = true};
    for (unsigned i = 0; i < N_BATCHES; i++) {
        scene->batch[i] = (struct listed_batch){.number = i + 1,
                                                .root = root_of(i + 1),
                                                .tree_size = 10 * (i + 1),
                                                .state = LISTED_FINAL,
                                                .has_sequence = true,
                                                .sequence = i + 1,
                                                .chain_id = 7,
                                                .contract = scene->reconciliation.contract,
                                                .issuer = scene->reconciliation.issuer};
        badge_log_append(&scene->reconciliation.log, &scene->batch[i].root, scene->batch[i].tree_size);
    }
}

static void list(struct scene *scene, uint32_t source, const struct listed_batch *batch)
{
    assert_int_equal(reconciliation_add_copy(&scene->reconciliation, source, batch, NULL), BADGE_OK);
}

static void anchor(struct scene *scene, unsigned sequence)
{
    struct badge_hash hash = root_of(sequence);
    struct reconciliation_root *root = reconciliation_find(&scene->reconciliation, &hash);
    assert_non_null(root);
    root->sequence = sequence;
    root->tree_size = scene->batch[sequence - 1].tree_size;
}

/* Source 0 lists all batches but `unlisted`; all are anchored but `unknown`. 0: no exception. */
static void fill(struct scene *scene, unsigned unlisted, unsigned unknown)
{
    for (unsigned i = 0; i < N_BATCHES; i++) {
        if (i + 1 != unknown)
            assert_int_equal(reconciliation_add_root(&scene->reconciliation, &scene->batch[i].root, NULL, NULL),
                             BADGE_OK);
        if (i + 1 != unlisted)
            list(scene, 0, &scene->batch[i]);
    }
    assert_int_equal(reconciliation_merge(&scene->reconciliation, NULL), BADGE_OK);
    for (unsigned i = 1; i <= N_BATCHES; i++)
        if (i != unknown)
            anchor(scene, i);
    for (size_t i = 0; i < scene->reconciliation.n_copies; i++)
        if (reconciliation_wants_leaves(&scene->reconciliation, &scene->reconciliation.copy[i]))
            scene->reconciliation.copy[i].leaves = LEAVES_MATCH;
}

/* Evaluates, and expects exactly one finding; code -1: none. */
static void expect(struct scene *scene, enum reconciliation_verdict verdict, int code)
{
    char sentence[400];
    assert_int_equal(reconciliation_judge(&scene->reconciliation, NULL), BADGE_OK);
    assert_int_equal(scene->reconciliation.n_findings, code < 0 ? 0 : 1);
    if (code >= 0) {
        assert_int_equal(scene->reconciliation.finding[0].code, code);
        reconciliation_sentence(sentence, &scene->reconciliation, &scene->reconciliation.finding[0]);
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
    }
    assert_int_equal(scene->reconciliation.verdict, verdict);
    reconciliation_release(&scene->reconciliation);
}

static void test_clean(void **state)
{
    (void)state;
    struct scene scene;
    begin_scene(&scene);
    fill(&scene, 0, 0);
    assert_int_equal(scene.reconciliation.n_roots, N_BATCHES);
    expect(&scene, RECONCILIATION_CLEAN, -1);
    assert_true(scene.reconciliation.is_proven);
    assert_int_equal(scene.reconciliation.n_verified, N_BATCHES);
    assert_int_equal(scene.reconciliation.n_leaves_verified, 100);
}

static void test_empty(void **state)
{
    (void)state;
    struct scene scene;
    begin_scene(&scene);
    scene.reconciliation.log = (struct badge_log_head){0};
    assert_int_equal(reconciliation_merge(&scene.reconciliation, NULL), BADGE_OK);
    expect(&scene, RECONCILIATION_CLEAN, -1);
    assert_true(scene.reconciliation.is_proven);
}

static void test_missing(void **state)
{
    (void)state;
    struct scene scene;
    for (unsigned left_out = 1; left_out <= N_BATCHES; left_out++) {
        begin_scene(&scene);
        fill(&scene, left_out, 0);
        expect(&scene, RECONCILIATION_FAILED, MISSING_NO_SOURCE);
        assert_true(scene.reconciliation.is_proven);

        begin_scene(&scene);
        fill(&scene, left_out, left_out);
        expect(&scene, RECONCILIATION_FAILED, MISSING_ROOT_UNKNOWN);
        assert_false(scene.reconciliation.is_proven);
    }
}

/* What a source that did not answer may have is unknown, not missing. */
static void test_unknown(void **state)
{
    (void)state;
    struct scene scene;
    begin_scene(&scene);
    scene.reconciliation.n_sources = 2;
    scene.source[1].is_listed = false;
    scene.source[1].why_status = BADGE_EIO;
    fill(&scene, 2, 2);
    assert_int_equal(reconciliation_judge(&scene.reconciliation, NULL), BADGE_OK);
    assert_int_equal(scene.reconciliation.n_of_kind[RECONCILIATION_UNKNOWN], 2);
    assert_int_equal(scene.reconciliation.n_findings, 2);
    assert_int_equal(scene.reconciliation.verdict, RECONCILIATION_UNDECIDED);
    reconciliation_release(&scene.reconciliation);
}

static void test_withdrawn(void **state)
{
    (void)state;
    struct scene scene;
    begin_scene(&scene);
    fill(&scene, 2, 0);
    reconciliation_find(&scene.reconciliation, &scene.batch[1].root)->withdrawn_s = 1000;
    expect(&scene, RECONCILIATION_CLEAN, -1);
    assert_int_equal(scene.reconciliation.n_withdrawn, 1);
    assert_int_equal(scene.reconciliation.n_verified, N_BATCHES - 1);
}

/* The anchors must match the log's head, in the log's order. */
static void test_log(void **state)
{
    (void)state;
    struct scene scene;
    for (int fault = 0; fault < 6; fault++) {
        begin_scene(&scene);
        fill(&scene, 0, 0);
        struct reconciliation_root *first = reconciliation_find(&scene.reconciliation, &scene.batch[0].root);
        struct reconciliation_root *second = reconciliation_find(&scene.reconciliation, &scene.batch[1].root);
        for (size_t i = 0; i < scene.reconciliation.n_copies; i++)
            scene.reconciliation.copy[i].batch.has_sequence = false;
        switch (fault) {
        case 0:
            scene.reconciliation.log.head[23] ^= 1;
            break;
        case 1: /* swapped */
            first->sequence = 2;
            second->sequence = 1;
            break;
        case 2:
            second->sequence = 1;
            break;
        case 3:
            second->sequence = N_BATCHES + 1;
            break;
        case 4:
            scene.reconciliation.log.count = N_BATCHES - 1;
            break;
        default:
            first->sequence = 0;
        }
        assert_int_equal(reconciliation_judge(&scene.reconciliation, NULL), BADGE_OK);
        assert_false(scene.reconciliation.is_proven);
        assert_int_equal(scene.reconciliation.verdict, RECONCILIATION_FAILED);
        assert_int_equal(scene.reconciliation.n_of_kind[RECONCILIATION_LOG], 1);
        reconciliation_release(&scene.reconciliation);
    }
    /* A false count must cost neither time nor memory. */
    begin_scene(&scene);
    scene.reconciliation.log.count = RECONCILIATION_MAX_COUNT;
    fill(&scene, 0, 0);
    expect(&scene, RECONCILIATION_FAILED, MISSING_ROOT_UNKNOWN);
}

static void test_extra(void **state)
{
    (void)state;
    static const struct {
        enum listed_state listed;
        bool is_newer, is_disputed, is_stale;
        int code;
    } extra[] = {{LISTED_FINAL, false, false, false, EXTRA_NOT_ANCHORED},
                 {LISTED_FINAL, false, true, false, UNKNOWN_NEWER},
                 {LISTED_FINAL, false, false, true, UNKNOWN_NEWER},
                 {LISTED_FINAL, true, true, false, -1},
                 {LISTED_FINAL, true, true, true, -1},
                 {LISTED_SEALED, false, false, true, -1},
                 {LISTED_SENT, false, false, false, -1},
                 {LISTED_MINED, false, false, false, -1},
                 {LISTED_UNKNOWN, false, false, false, -1},
                 {LISTED_SPOILED, false, false, true, -1}};
    struct scene scene;
    for (size_t i = 0; i < sizeof extra / sizeof *extra; i++) {
        begin_scene(&scene);
        struct listed_batch batch = scene.batch[0];
        batch.number = 9;
        batch.root.b[5] = 9;
        batch.state = extra[i].listed;
        list(&scene, 0, &batch);
        fill(&scene, 0, 0);
        reconciliation_find(&scene.reconciliation, &batch.root)->is_newer = extra[i].is_newer;
        reconciliation_find(&scene.reconciliation, &batch.root)->is_disputed = extra[i].is_disputed;
        scene.reconciliation.is_stale = extra[i].is_stale;
        uint64_t n_pending = extra[i].code < 0 && extra[i].listed != LISTED_SPOILED;
        enum reconciliation_verdict bad = extra[i].code == UNKNOWN_NEWER ? RECONCILIATION_UNDECIDED
                                                                         : RECONCILIATION_FAILED;
        expect(&scene, extra[i].code < 0 ? RECONCILIATION_CLEAN : bad, extra[i].code);
        assert_int_equal(scene.reconciliation.n_pending, n_pending);
    }
    begin_scene(&scene);
    scene.batch[0].state = LISTED_SPOILED; /* somebody anchored its root with another size */
    fill(&scene, 0, 0);
    expect(&scene, RECONCILIATION_FAILED, MISSING_NO_SOURCE);
}

static void test_altered(void **state)
{
    (void)state;
    static const struct {
        enum reconciliation_leaves leaves;
        int code;
    } altered[] = {{LEAVES_DIFFER, ALTERED_LEAVES},
                   {LEAVES_UNORDERED, ALTERED_ORDER},
                   {LEAVES_WRONG_LENGTH, ALTERED_LENGTH},
                   {LEAVES_WITHHELD, ALTERED_WITHHELD},
                   {LEAVES_UNREAD, UNKNOWN_LEAVES}};
    struct scene scene;
    for (size_t i = 0; i < sizeof altered / sizeof *altered; i++) {
        begin_scene(&scene);
        fill(&scene, 0, 0);
        scene.reconciliation.copy[2].leaves = altered[i].leaves;
        expect(&scene, altered[i].code == UNKNOWN_LEAVES ? RECONCILIATION_UNDECIDED : RECONCILIATION_FAILED,
               altered[i].code);
        assert_int_equal(scene.reconciliation.n_verified, N_BATCHES - 1);
    }
    begin_scene(&scene);
    scene.batch[1].tree_size = 21; /* as listed; the anchor has a copy, which is corrected below */
    fill(&scene, 0, 0);
    reconciliation_find(&scene.reconciliation, &scene.batch[1].root)->tree_size = 20;
    scene.reconciliation.copy[1].leaves = LEAVES_UNREAD;
    assert_false(reconciliation_wants_leaves(&scene.reconciliation, &scene.reconciliation.copy[1]));
    expect(&scene, RECONCILIATION_FAILED, ALTERED_SIZE);
    begin_scene(&scene);
    fill(&scene, 0, 0);
    scene.reconciliation.copy[3].batch.sequence = 3;
    expect(&scene, RECONCILIATION_FAILED, ALTERED_SEQUENCE);
}

static void test_copies(void **state)
{
    (void)state;
    struct scene scene;
    /* A wrong copy in a second source is found, though the first source has it right. */
    begin_scene(&scene);
    scene.reconciliation.n_sources = 2;
    fill(&scene, 0, 0);
    list(&scene, 1, &scene.batch[0]);
    scene.reconciliation.copy[N_BATCHES].leaves = LEAVES_DIFFER;
    expect(&scene, RECONCILIATION_FAILED, ALTERED_LEAVES);
    assert_int_equal(scene.reconciliation.n_verified, N_BATCHES);
    /* One source has a root twice. */
    begin_scene(&scene);
    struct listed_batch again = scene.batch[0];
    again.number = 9;
    list(&scene, 0, &again);
    fill(&scene, 0, 0);
    expect(&scene, RECONCILIATION_FAILED, EXTRA_DUPLICATE);
    /* Of another registry. */
    for (int i = 0; i < 3; i++) {
        begin_scene(&scene);
        struct listed_batch other = scene.batch[0];
        other.number = 9;
        other.root.b[7] = 7;
        other.chain_id += i == 0;
        other.contract.b[19] ^= i == 1;
        other.issuer.b[19] ^= i == 2;
        list(&scene, 0, &other);
        fill(&scene, 0, 0);
        expect(&scene, RECONCILIATION_FAILED, EXTRA_OTHER_REGISTRY);
    }
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < RECONCILIATION_N_CODES; i++) {
        assert_non_null(reconciliation_code_name((enum reconciliation_code)i));
        assert_non_null(reconciliation_kind_name(reconciliation_kind_of((enum reconciliation_code)i)));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(reconciliation_code_name((enum reconciliation_code)i),
                                    reconciliation_code_name((enum reconciliation_code)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),   cmocka_unit_test(test_empty),   cmocka_unit_test(test_missing),
        cmocka_unit_test(test_unknown), cmocka_unit_test(test_log),     cmocka_unit_test(test_withdrawn),
        cmocka_unit_test(test_extra),   cmocka_unit_test(test_altered), cmocka_unit_test(test_copies),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
