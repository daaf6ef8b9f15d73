/*
 * RLP against the public vectors of ethereum/tests and ethers, and against examples written out by hand: what is
 * written, what is read back, and that every other encoding is refused.
 */
#include "support/test.h"

#include "badge/rlp.h"
#include "support/vectors.h"

#define MAX_LEN 16384

/* Every byte belongs to a well-formed item, at every depth. */
static bool well_formed(const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        struct badge_rlp_item item;
        if (badge_rlp_read(&item, &bytes, &len) != BADGE_OK || (item.is_list && !well_formed(item.payload, item.len)))
            return false;
    }
    return true;
}

/* Exactly one item, and nothing after it. */
static bool one_item(const uint8_t *bytes, size_t len)
{
    struct badge_rlp_item item;
    const uint8_t *at = bytes;
    size_t left = len;
    return badge_rlp_read(&item, &at, &left) == BADGE_OK && left == 0 && well_formed(bytes, len);
}

static void rewrite(struct badge_rlp *rlp, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        struct badge_rlp_item item;
        assert_int_equal(badge_rlp_read(&item, &bytes, &len), BADGE_OK);
        if (item.is_list) {
            const size_t mark = badge_rlp_list_open(rlp);
            rewrite(rlp, item.payload, item.len);
            badge_rlp_list_close(rlp, mark);
        } else {
            badge_rlp_string(rlp, item.payload, item.len);
        }
    }
}

static void assert_bytes(const struct badge_rlp *rlp, const char *hex)
{
    size_t len;
    uint8_t *expected = vectors_hex(hex, &len);
    assert_int_equal(badge_rlp_end(rlp), BADGE_OK);
    assert_int_equal(rlp->len, len);
    assert_memory_equal(rlp->bytes, expected, len);
    assert_true(one_item(expected, len));

    static uint8_t again[MAX_LEN];
    struct badge_rlp copy;
    badge_rlp_begin(&copy, again, sizeof again);
    rewrite(&copy, expected, len);
    assert_int_equal(copy.len, len);
    assert_memory_equal(again, expected, len);
    free(expected);
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *hex;
    } cases[] = {{0, "80"},
                 {1, "01"},
                 {127, "7f"},
                 {128, "8180"},
                 {255, "81ff"},
                 {256, "820100"},
                 {1024, "820400"},
                 {0xffffff, "83ffffff"},
                 {UINT64_MAX, "88ffffffffffffffff"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[16];
        struct badge_rlp rlp;
        badge_rlp_begin(&rlp, bytes, sizeof bytes);
        badge_rlp_uint(&rlp, cases[i].value);
        assert_bytes(&rlp, cases[i].hex);
    }
}

/* The set-theoretic three of the yellow paper, and lists whose header moves their payload by more than one byte. */
static void test_lists(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct badge_rlp rlp;
    badge_rlp_begin(&rlp, bytes, sizeof bytes);
    const size_t three = badge_rlp_list_open(&rlp);
    badge_rlp_list_close(&rlp, badge_rlp_list_open(&rlp));
    const size_t one = badge_rlp_list_open(&rlp);
    badge_rlp_list_close(&rlp, badge_rlp_list_open(&rlp));
    badge_rlp_list_close(&rlp, one);
    badge_rlp_list_close(&rlp, three);
    assert_bytes(&rlp, "c3c0c1c0");

    for (size_t n = 0; n < 300; n++) {
        badge_rlp_begin(&rlp, bytes, sizeof bytes);
        const size_t list = badge_rlp_list_open(&rlp);
        for (size_t i = 0; i < n; i++)
            badge_rlp_uint(&rlp, i % 128 + (i % 128 == 0));
        badge_rlp_list_close(&rlp, list);
        assert_int_equal(badge_rlp_end(&rlp), BADGE_OK);
        assert_int_equal(rlp.len, n + (n <= 55 ? 1u : n < 256 ? 2u : 3u));
        assert_true(one_item(bytes, rlp.len));
    }
}

/* At every capacity below the need the overflow is told, and no byte beyond the capacity is touched. */
static void test_capacity(void **state)
{
    (void)state;
    uint8_t bytes[128], text[60] = {0};
    for (size_t capacity = 0; capacity <= 66; capacity++) {
        memset(bytes, 0xa5, sizeof bytes);
        struct badge_rlp rlp;
        badge_rlp_begin(&rlp, bytes, capacity);
        const size_t list = badge_rlp_list_open(&rlp);
        badge_rlp_uint(&rlp, 1000000);
        badge_rlp_string(&rlp, text, 58);
        badge_rlp_list_close(&rlp, list);
        assert_int_equal(badge_rlp_end(&rlp), capacity < 66 ? BADGE_ELIMIT : BADGE_OK);
        for (size_t i = capacity; i < sizeof bytes; i++)
            assert_int_equal(bytes[i], 0xa5);
    }
}

/* Of all strings of three bytes, the reader accepts those that the writer makes, and no other. */
static void test_all_short_encodings(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 1u << 24; code++) {
        const uint8_t bytes[3] = {(uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};
        struct badge_rlp_item item;
        const uint8_t *at = bytes;
        size_t left = sizeof bytes;
        if (badge_rlp_read(&item, &at, &left) != BADGE_OK)
            continue;
        uint8_t again[4];
        struct badge_rlp rlp;
        badge_rlp_begin(&rlp, again, sizeof again);
        if (item.is_list)
            again[rlp.len++] = (uint8_t)(0xc0 + item.len);
        else
            badge_rlp_string(&rlp, item.payload, item.len);
        if (item.is_list ? bytes[0] != again[0] : memcmp(bytes, again, rlp.len) != 0)
            fail_msg("%06x is read, but is not what the writer makes", code);
        if (left != sizeof bytes - rlp.len - (item.is_list ? item.len : 0))
            fail_msg("%06x leaves %zu bytes", code, left);
    }
}

/* Decimal of any length to big-endian bytes, right-aligned. */
static void put_decimal(struct badge_rlp *rlp, const char *digits)
{
    uint8_t number[64] = {0};
    for (; *digits; digits++) {
        unsigned carry = (unsigned)(*digits - '0');
        for (size_t i = sizeof number; i-- > 0;) {
            carry += number[i] * 10u;
            number[i] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    badge_rlp_integer(rlp, number, sizeof number);
}

static void put_json(struct badge_rlp *rlp, const json_t *value, bool strings_are_hex)
{
    if (json_is_array(value)) {
        size_t i;
        json_t *element;
        const size_t mark = badge_rlp_list_open(rlp);
        json_array_foreach(value, i, element) put_json(rlp, element, strings_are_hex);
        badge_rlp_list_close(rlp, mark);
    } else if (json_is_integer(value)) {
        badge_rlp_uint(rlp, (uint64_t)json_integer_value(value));
    } else if (strings_are_hex) {
        size_t len;
        uint8_t *bytes = vectors_hex(json_string_value(value), &len);
        badge_rlp_string(rlp, bytes, len);
        free(bytes);
    } else if (json_string_value(value)[0] == '#') {
        put_decimal(rlp, json_string_value(value) + 1);
    } else {
        badge_rlp_string(rlp, json_string_value(value), json_string_length(value));
    }
}

static void check_encoding(const json_t *in, const char *out, bool strings_are_hex)
{
    static uint8_t bytes[MAX_LEN];
    struct badge_rlp rlp;
    badge_rlp_begin(&rlp, bytes, sizeof bytes);
    put_json(&rlp, in, strings_are_hex);
    assert_bytes(&rlp, out);
}

static void test_vectors_ethers(void **state)
{
    (void)state;
    json_t *root = vectors_json("ethereum/rlp.json.gz"), *entry;
    size_t i;
    json_array_foreach(root, i, entry)
        check_encoding(json_object_get(entry, "decoded"), json_string_value(json_object_get(entry, "encoded")), true);
    print_message("%zu encodings\n", json_array_size(root));
    assert_int_equal(json_array_size(root), 61);
    json_decref(root);
}

static void test_vectors_valid(void **state)
{
    (void)state;
    json_t *root = vectors_json("ethereum/RLPTests/rlptest.json"), *entry;
    const char *name;
    json_object_foreach(root, name, entry)
        check_encoding(json_object_get(entry, "in"), json_string_value(json_object_get(entry, "out")), false);
    print_message("%zu encodings\n", json_object_size(root));
    assert_true(json_object_size(root) > 0);
    json_decref(root);
}

static size_t check_validity(const char *file, bool valid)
{
    json_t *root = vectors_json(file), *entry;
    const char *name;
    json_object_foreach(root, name, entry)
    {
        size_t len;
        uint8_t *bytes = vectors_hex(json_string_value(json_object_get(entry, "out")), &len);
        if (one_item(bytes, len) != valid)
            fail_msg("%s is %s", name, valid ? "refused" : "accepted");
        free(bytes);
    }
    const size_t n = json_object_size(root);
    json_decref(root);
    return n;
}

static void test_vectors_invalid(void **state)
{
    (void)state;
    const size_t n = check_validity("ethereum/RLPTests/invalidRLPTest.json", false);
    print_message("%zu refusals\n", n);
    assert_true(n > 20);
    assert_int_equal(check_validity("ethereum/RLPTests/RandomRLPTests/example.json", true), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_capacity),        cmocka_unit_test(test_all_short_encodings),
        cmocka_unit_test(test_vectors_ethers),  cmocka_unit_test(test_vectors_valid),
        cmocka_unit_test(test_vectors_invalid),
    };
    return cmocka_run_group_tests_name("rlp", tests, NULL, NULL);
}
