/* What status lists say of a credential: public vectors, strictly and leniently, and whose word counts. */
#include "support/vectors.h"

#include <zlib.h>

#include "badge/status_list.h"
#include "status/evaluate.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW_S 1796083200 /* 2026-12-01 */
#define LIST_URL "https://example.edu/status/1"
#define UNIV "did:web:example.edu"

/* -- lists --------------------------------------------------------------------------------------------------------- */

static const struct badge_proof_view holds = {.is_made = true, .outcome = BADGE_PASSED, .code = "proof_holds"};

/* All members of RFC 1952, to at most `most` bytes. NULL: it can't be inflated. */
static uint8_t *inflate_all(size_t *len, struct badge_text from, size_t most)
{
    uint8_t *out = malloc(most + 1);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from.bytes, .avail_in = (uInt)from.len};
    int status = inflateInit2(&z, 15 + 16);
    assert_non_null(out);
    assert_int_equal(status, Z_OK);
    z.next_out = out;
    z.avail_out = (uInt)most + 1;
    while ((status = inflate(&z, Z_FINISH)) == Z_STREAM_END && z.avail_in > 0)
        assert_int_equal(inflateReset(&z), Z_OK);
    *len = most + 1 - z.avail_out;
    inflateEnd(&z);
    if (status == Z_STREAM_END)
        return out;
    free(out);
    return NULL;
}

struct given_list {
    const char *text;
    const struct badge_proof_view *proof; /* NULL: it holds */
    const char *media_type;               /* NULL: application/json */
    bool has_disposition, is_given;
    int http_status; /* 0: 200 */
    int64_t read_s;  /* 0: NOW_S */
};

static struct badge_digester *digest(const char *text)
{
    struct badge_digester *digester;
    struct badge_digest value;
    assert_int_equal(badge_digester_new(&digester, BADGE_STATUS_MAX_LIST, NULL), BADGE_OK);
    if (badge_digester_update(digester, text, strlen(text), NULL) == BADGE_OK)
        (void)(badge_digester_final(digester, &value, NULL) == BADGE_OK);
    return digester;
}

static struct badge_status_list *read_list(const struct given_list *given)
{
    struct badge_digester *digester = digest(given->text);
    struct badge_status_source source = {.url = LIST_URL,
                                         .http_status = given->http_status ? given->http_status : 200,
                                         .media_type = given->media_type ? given->media_type : "application/json",
                                         .has_disposition = given->has_disposition,
                                         .is_given = given->is_given,
                                         .now_s = given->read_s ? given->read_s : NOW_S};
    struct badge_status_list *list;
    size_t len;
    assert_int_equal(badge_status_list_new(&list, &source, digester, given->proof ? given->proof : &holds, NULL),
                     BADGE_OK);
    badge_digester_free(digester);
    struct badge_text compressed = badge_status_list_compressed(list);
    if (compressed.len > 0) {
        uint8_t *bits = inflate_all(&len, compressed, (size_t)1 << 20);
        if (bits)
            badge_status_list_take_bits(list, bits, len);
        else
            badge_status_list_fail_bits(list, "it is not gzip");
    }
    return list;
}

/* Freed by the caller. purpose: JSON. */
static char *bitstring(const char *encoded, const char *purpose, const char *type)
{
    char *text = NULL;
    const char *subject = strcmp(type, "BitstringStatusListCredential") == 0 ? "BitstringStatusList" : "StatusList2021";
    assert_true(asprintf(&text,
                         "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\","
                         "\"%s\"],\"issuer\":\"" UNIV "\",\"credentialSubject\":{\"type\":\"%s\",\"statusPurpose\":%s,"
                         "\"encodedList\":\"%s\"}}",
                         type, subject, purpose, encoded) > 0);
    return text;
}

static struct badge_status_list *read_bitstring(const char *encoded, const char *purpose, const char *type)
{
    char *text = bitstring(encoded, purpose, type);
    struct badge_status_list *list = read_list(&(struct given_list){.text = text});
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

static void credential_with(char **out, const char *status)
{
    assert_true(asprintf(out,
                         "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"id\":\"urn:c\",\"type\":"
                         "[\"VerifiableCredential\"],\"issuer\":\"" UNIV "\",\"credentialStatus\":%s}",
                         status) > 0);
}

static void read_entry(struct status_entries *out, struct badge_arena *arena, const char *status)
{
    char *text;
    credential_with(&text, status);
    struct badge_digester *digester = digest(text);
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

/* -- whole inquiries ----------------------------------------------------------------------------------------------- */

#define GOOD_LIST                                                                                                      \
    "uH4sIAAAAAAAAA-3OsQ0AAAQAMD7nczeYJNJe0K4AAAAAAAAAAAAAAOCZvA4AAAAAsJUDrxDDXQBAAAA" /* 0 7 8 94567 131071 */
#define ENTRY(purpose, index)                                                                                          \
    "{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"" purpose "\",\"statusListIndex\":\"" index            \
    "\",\"statusListCredential\":\"" LIST_URL "\"}"

static const struct badge_policy nobody;

/* list NULL: it could not be fetched. */
static void ask(struct badge_status_view *out, const char *document, const struct given_list *given,
                const struct badge_policy *policy, const char *issuer)
{
    struct badge_digester *digester = digest(document);
    struct badge_status_inquiry *inquiry;
    struct badge_status_request request;
    assert_int_equal(badge_status_new(&inquiry, digester, NULL), BADGE_OK);
    badge_digester_free(digester);
    while (badge_status_next(inquiry, &request)) {
        assert_true(badge_status_is_open(inquiry, request.number));
        if (given) {
            struct badge_status_list *list = read_list(given);
            badge_status_take(inquiry, request.number, list, (struct badge_text){issuer, strlen(issuer)}, policy,
                              NOW_S);
            badge_status_list_free(list);
        } else {
            badge_status_fail(inquiry, request.number, "its host did not answer");
        }
        assert_false(badge_status_is_open(inquiry, request.number));
    }
    badge_status_conclude(out, inquiry);
    badge_status_free(inquiry);
}

static void ask_status(struct badge_status_view *out, const char *status, const struct given_list *given)
{
    char *text;
    credential_with(&text, status);
    ask(out, text, given, &nobody, UNIV);
    free(text);
}

static void a_list_says_what_its_purpose_is(void **state)
{
    (void)state;
    static const struct {
        const char *status, *purpose, *code;
        enum badge_outcome outcome;
    } row[] = {
        {ENTRY("revocation", "1"), "\"revocation\"", "status_good", BADGE_PASSED},
        {ENTRY("revocation", "7"), "\"revocation\"", "status_revoked", BADGE_FAILED},
        {ENTRY("suspension", "7"), "\"suspension\"", "status_suspended", BADGE_FAILED},
        {ENTRY("refresh", "7"), "\"refresh\"", "status_good", BADGE_PASSED},
        {ENTRY("revocation", "131072"), "\"revocation\"", "status_out_of_range", BADGE_UNKNOWN},
        {ENTRY("suspension", "7"), "\"revocation\"", "status_list_invalid", BADGE_UNKNOWN},
        {ENTRY("revocation", "0007"), "\"revocation\"", "status_revoked", BADGE_FAILED},
        {ENTRY("revocation", "x"), "\"revocation\"", "status_list_invalid", BADGE_UNKNOWN},
        {"{\"type\":\"CredentialStatusList2017\",\"id\":\"https://a.example\"}", "\"revocation\"",
         "status_type_unknown", BADGE_UNKNOWN},
        {"[]", "\"revocation\"", "status_type_unknown", BADGE_UNKNOWN},
        {"[" ENTRY("suspension", "7") "," ENTRY("revocation", "7") "]", "[\"revocation\",\"suspension\"]",
         "status_revoked", BADGE_FAILED},
        {"[" ENTRY("revocation", "1") "," ENTRY("revocation", "999999999999999999999") "]", "\"revocation\"",
         "status_out_of_range", BADGE_UNKNOWN},
        {"[" ENTRY("revocation", "7") "," ENTRY("revocation", "x") "]", "\"revocation\"", "status_revoked",
         BADGE_FAILED},
        {"[null," ENTRY("revocation", "1") ",null]", "\"revocation\"", "status_good", BADGE_PASSED},
        {"\"https://example.edu/status/1\"", "\"revocation\"", "status_list_invalid", BADGE_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct badge_status_view view;
        char *list = bitstring(GOOD_LIST, row[i].purpose, "BitstringStatusListCredential");
        ask_status(&view, row[i].status, &(struct given_list){.text = list});
        if (view.outcome != row[i].outcome || strcmp(view.code, row[i].code) != 0)
            fail_msg("%s: %s (%s), not %s", row[i].status, view.code, view.detail, row[i].code);
        free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_of_the_vectors_is_read_or_refused),
        cmocka_unit_test(lists_of_libraries_are_read),
        cmocka_unit_test(every_entry_of_the_vectors_is_read_or_refused),
        cmocka_unit_test(a_list_says_what_its_purpose_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
