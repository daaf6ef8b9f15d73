/* Lists and entries of public vectors, strictly and leniently: what each says, or which error of the standard it is. */
#include "support/status.h"

#include "status/evaluate.h"

static struct badge_status_list *read_bitstring(const char *encoded, const char *purpose, const char *type)
{
    char *text = status_bitstring(encoded, purpose, type);
    struct badge_status_list *list = status_read_list(&(struct given_list){.text = text});
    free(text);
    return list;
}
static void expect_error(enum status_error error, const char *expected, const char *what)
{
    const char *name = status_error_name(error), *hash = strchr(expected, '#');
    if (!name || strcmp(name, hash ? hash + 1 : expected) != 0)
        fail_msg("%s: %s, not %s", what, name ? name : "no error", expected);
}

/* -- vectors: lists ------------------------------------------------------------------------------------------------ */

static bool is_set(const json_t *set, uint64_t i)
{
    if (json_is_string(set))
        return strcmp(json_string_value(set), "all") == 0 || i % 3 == 0;
    for (size_t k = 0; k < json_array_size(set); k++)
        if ((uint64_t)json_integer_value(json_array_get(set, k)) == i)
            return true;
    return false;
}

static enum status_error value_at(uint32_t *value, const struct badge_status_list *list, uint64_t index, bool strict)
{
    const struct status_entry entry = {
        .kind = list->kind, .purpose = {"revocation", strlen("revocation")}, .index = index, .size = 1};
    return status_list_value(value, &entry, list, strict);
}

static void check_bits(const struct badge_status_list *list, const json_t *set, uint64_t length, bool strict,
                       const char *name)
{
    uint32_t value;
    for (uint64_t i = 0; i < length; i++) {
        enum status_error error = value_at(&value, list, i, strict);
        if (error != STATUS_NO_ERROR || value != is_set(set, i))
            fail_msg("%s: %u at %llu", name, value, (unsigned long long)i);
    }
    assert_int_equal(value_at(&value, list, length, strict), STATUS_RANGE);
}

static void every_list_of_the_vectors_is_read_or_refused(void **state)
{
    (void)state;
    json_t *cases = vectors_json("bitstring/lists.json"), *one, *few = NULL;
    json_t *short_set = json_pack("[i]", 5);
    size_t i, n_lenient = 0;
    json_array_foreach(cases, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *error = json_string_value(json_object_get(one, "error"));
        struct badge_status_list *list = read_bitstring(json_string_value(json_object_get(one, "encodedList")),
                                                        "\"revocation\"", "BitstringStatusListCredential");
        uint32_t value;
        if (strcmp(name, "few-node-zlib") == 0)
            few = one;
        if (error)
            expect_error(value_at(&value, list, 0, true), error, name);
        else
            check_bits(list, json_object_get(one, "set"), (uint64_t)json_integer_value(json_object_get(one, "length")),
                       true, name);
        if (strcmp(name, "padded") == 0)
            check_bits(list, json_object_get(few, "set"), 131072, false, name);
        else if (strcmp(name, "too-short") == 0)
            check_bits(list, short_set, 131064, false, name);
        else if (strcmp(name, "empty-bits") == 0)
            assert_int_equal(value_at(&value, list, 0, false), STATUS_RANGE);
        else if (error)
            expect_error(value_at(&value, list, 0, false), error, name);
        n_lenient += json_object_get(one, "lenient") != NULL;
        badge_status_list_free(list);
    }
    assert_int_equal(json_array_size(cases), 24);
    assert_int_equal(n_lenient, 2);
    json_decref(short_set);
    json_decref(cases);
}

static void lists_of_libraries_are_read(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/status-lists.json"), *cases = json_object_get(root, "lists"), *one;
    size_t i;
    json_array_foreach(cases, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *encoded = json_string_value(json_object_get(one, "encodedList"));
        const char *refused = json_string_value(json_object_get(one, "refused"));
        struct badge_status_list *list = read_bitstring(encoded, "\"revocation\"", "BitstringStatusListCredential");
        bool is_padded = strcmp(name, "paddedBase64url") == 0;
        uint32_t value;
        if (is_padded)
            refused = "MALFORMED_VALUE_ERROR";
        if (refused)
            expect_error(value_at(&value, list, 0, true), refused, name);
        if (!refused || is_padded)
            check_bits(list, json_object_get(one, "set"), 131072, !is_padded, name);
        if (strcmp(name, "tooShort") == 0) {
            assert_int_equal(value_at(&value, list, 0, false), STATUS_NO_ERROR);
            assert_int_equal(value_at(&value, list, 131071, false), STATUS_RANGE);
        }
        badge_status_list_free(list);
        if (strcmp(name, "withoutU") != 0)
            continue;
        list = read_bitstring(encoded, "\"revocation\"", "StatusList2021Credential");
        check_bits(list, json_object_get(json_array_get(cases, 0), "set"), 131072, true, name);
        badge_status_list_free(list);
    }
    assert_int_equal(json_array_size(cases), 13);
    json_t *two = json_object_get(root, "twoBit"), *values = json_object_get(two, "values"), *value;
    struct badge_status_list *list = read_bitstring(json_string_value(json_object_get(two, "encodedList")),
                                                    "\"revocation\"", "BitstringStatusListCredential");
    const char *index;
    json_object_foreach(values, index, value)
    {
        const struct status_entry entry = {.kind = STATUS_BITSTRING,
                                           .purpose = {"revocation", strlen("revocation")},
                                           .index = strtoull(index, NULL, 10),
                                           .size = 2};
        uint32_t found;
        assert_int_equal(status_list_value(&found, &entry, list, false), STATUS_NO_ERROR);
        assert_int_equal(found, json_integer_value(value));
    }
    badge_status_list_free(list);
    json_decref(root);
}

/* -- vectors: entries ---------------------------------------------------------------------------------------------- */

static void read_entry(struct status_entries *out, struct badge_arena *arena, const char *status)
{
    char *text;
    status_credential(&text, status);
    struct badge_digester *digester = status_digest(text);
    badge_arena_init(arena, (size_t)1 << 20);
    assert_int_equal(status_entries_read(out, arena, badge_digester_reading(digester)), BADGE_OK);
    badge_digester_free(digester);
    free(text);
}

static void every_entry_of_the_vectors_is_read_or_refused(void **state)
{
    (void)state;
    json_t *cases = vectors_json("bitstring/entries.json"), *lists = vectors_json("bitstring/lists.json"), *one;
    size_t i;
    json_array_foreach(cases, i, one)
    {
        json_t *against = json_object_get(one, "against"), *expect = json_object_get(one, "expect");
        const char *error = json_string_value(json_object_get(expect, "error"));
        char *entry = json_dumps(json_object_get(one, "entry"), JSON_COMPACT);
        char *purpose = json_dumps(json_object_get(against, "purpose"), JSON_COMPACT | JSON_ENCODE_ANY);
        struct badge_status_list *list = read_bitstring(
            json_string_value(json_object_get(json_array_get(lists, 1), "encodedList")), purpose,
            "BitstringStatusListCredential");
        struct status_entries entries;
        struct badge_arena arena;
        uint32_t value;
        read_entry(&entries, &arena, entry);
        assert_int_equal(entries.n, 1);
        enum status_error strict = status_list_value(&value, &entries.entry[0], list, true);
        if (error)
            expect_error(strict, error, entry);
        else if (strict != STATUS_NO_ERROR || value != json_integer_value(json_object_get(expect, "status")))
            fail_msg("%s: %s, %u", entry, status_error_name(strict), value);
        enum status_error lenient = status_list_value(&value, &entries.entry[0], list, false);
        assert_int_equal(lenient, json_object_get(one, "lenient") ? STATUS_NO_ERROR : strict);
        if (json_object_get(one, "lenient"))
            assert_int_equal(value, 1);
        badge_status_list_free(list);
        badge_arena_release(&arena);
        free(entry);
        free(purpose);
    }
    assert_int_equal(json_array_size(cases), 20);
    json_decref(cases);
    json_decref(lists);
}

/* A member as JSON, freed by the caller; revocation, where it is not there. */
static char *purpose_of(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    return member ? json_dumps(member, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("\"revocation\"");
}

static void entries_of_the_formats(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/status-lists.json"), *cases = json_object_get(root, "entries"), *one;
    const char *encoded = json_string_value(
        json_object_get(json_array_get(json_object_get(root, "lists"), 0), "encodedList"));
    size_t i;
    json_array_foreach(cases, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *refused = json_string_value(json_object_get(one, "refused"));
        char *of_list = purpose_of(one, "listPurpose"), *purpose = purpose_of(one, "statusPurpose"), *entry;
        struct badge_status_list *list = read_bitstring(encoded, of_list, "BitstringStatusListCredential");
        struct status_entries entries;
        struct badge_arena arena;
        uint32_t value;
        assert_true(asprintf(&entry,
                             "{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":%s,\"statusListIndex\":\"%s\","
                             "\"statusListCredential\":\"https://example.edu/status/1\"}",
                             purpose, json_string_value(json_object_get(one, "statusListIndex"))) > 0);
        read_entry(&entries, &arena, entry);
        for (int strict = 0; strict < 2; strict++) {
            enum status_error error = status_list_value(&value, &entries.entry[0], list, strict);
            if (refused)
                expect_error(error, refused, name);
            else if (error != STATUS_NO_ERROR || value != json_is_true(json_object_get(one, "set")))
                fail_msg("%s: %u", name, value);
        }
        badge_status_list_free(list);
        badge_arena_release(&arena);
        free(of_list);
        free(purpose);
        free(entry);
    }
    assert_int_equal(json_array_size(cases), 6);
    json_decref(root);
}

/* -- bounds -------------------------------------------------------------------------------------------------------- */

static void no_more_bits_than_the_bound(void **state)
{
    (void)state;
    char *text = status_bitstring(GOOD_LIST, "\"revocation\"", "BitstringStatusListCredential");
    struct badge_digester *digester = status_digest(text);
    const struct badge_status_source source = {.url = LIST_URL, .http_status = 200, .now_s = NOW_S};
    struct badge_status_list *list;
    uint32_t value;
    assert_int_equal(badge_status_list_new(&list, &source, digester, &status_proof_holds, NULL), BADGE_OK);
    badge_status_list_take_bits(list, malloc(1), BADGE_STATUS_MAX_INFLATED + 1);
    assert_int_equal(value_at(&value, list, 0, false), STATUS_MALFORMED_VALUE);
    assert_int_equal(badge_status_list_compressed(list).len, 0);
    badge_status_list_free(list);
    badge_digester_free(digester);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_of_the_vectors_is_read_or_refused),
        cmocka_unit_test(lists_of_libraries_are_read),
        cmocka_unit_test(every_entry_of_the_vectors_is_read_or_refused),
        cmocka_unit_test(entries_of_the_formats),
        cmocka_unit_test(no_more_bits_than_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
