/*
 * Badges and tokens that the field's libraries signed: whether the inquiry comes to what is right.
 */
#include "support/vectors.h"

#include "support/inquiry.h"

#define NOW_S 1796083200 /* 2026-12-01 */

static void check(const char *text, const char *name, const char *code)
{
    struct inquiry_run run = {.now_s = NOW_S};
    inquiry_run(&run, text, strlen(text));
    if (!run.view.is_made || strcmp(run.view.code, code) != 0)
        fail_msg("%s, %s, not %s: %.800s", run.view.code ? run.view.code : "no inquiry", run.view.detail, code, name);
    assert_int_equal(run.view.outcome, strcmp(code, "proof_holds") == 0 ? BADGE_PASSED : BADGE_FAILED);
    assert_false(run.view.hides_claims);
}

static int end(void **state)
{
    (void)state;
    inquiry_release();
    return 0;
}

static void badges_of_libraries(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/signed-badges.json"), *one;
    size_t i, n_valid = 0;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        bool is_valid = strcmp(json_string_value(json_object_get(one, "signature")), "valid") == 0;
        char *text = json_dumps(json_object_get(one, "credential"), JSON_COMPACT | JSON_REAL_PRECISION(17));
        check(text, text, is_valid ? "proof_holds" : "proof_broken");
        n_valid += is_valid;
        free(text);
    }
    assert_int_equal(i, 55);
    assert_int_equal(n_valid, 54);
    json_decref(root);
}

static void tokens_of_libraries(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/jwt.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        bool differs = strncmp(json_string_value(json_object_get(one, "claims")), "differ", 6) == 0;
        check(json_string_value(json_object_get(one, "jwt")), json_string_value(json_object_get(one, "name")),
              differs ? "jwt_claim_differs" : "proof_holds");
    }
    assert_int_equal(i, 21);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(badges_of_libraries),
        cmocka_unit_test(tokens_of_libraries),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
