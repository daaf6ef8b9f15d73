/*
 * Amounts of wei: both ends of 64 and of 256 bits, the hexadecimal of JSON-RPC, and the text for people.
 */
#include "support/test.h"

#include <string.h>

#include "badge/eth.h"

static struct badge_wei wei(const char *hex)
{
    struct badge_wei out;
    assert_int_equal(badge_wei_parse_hex(&out, hex, strlen(hex)), BADGE_OK);
    return out;
}

static void test_u64(void **state)
{
    (void)state;
    static const uint64_t values[] = {0, 1, 255, 256, UINT64_C(1) << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct badge_wei amount = badge_wei_from_u64(values[i]);
        uint64_t back;
        assert_int_equal(badge_wei_to_u64(&back, &amount), BADGE_OK);
        assert_true(back == values[i]);
    }
    const struct badge_wei beyond = wei("0x10000000000000000");
    uint64_t unused;
    assert_int_equal(badge_wei_to_u64(&unused, &beyond), BADGE_ELIMIT);
}

static void test_compare(void **state)
{
    (void)state;
    const struct badge_wei small = wei("0xff"), large = wei("0x100");
    assert_true(badge_wei_compare(&small, &large) < 0);
    assert_true(badge_wei_compare(&large, &small) > 0);
    assert_int_equal(badge_wei_compare(&small, &small), 0);
}

static void test_parse(void **state)
{
    (void)state;
    const struct badge_wei amount = wei("0x2BdC545d6B4b87FfF");
    const struct badge_wei padded = wei("0x000000000000000000000000000000000000000000000002bdc545d6b4b87fff");
    assert_int_equal(badge_wei_compare(&amount, &padded), 0);
    const struct badge_wei odd = wei("0xf");
    assert_int_equal(odd.b[31], 15);
    static const char *const refused[] = {
        "",     "0",     "0x",
        "f",    "0xg",   "0x ",
        "-0x1", "0x0x1", "0x10000000000000000000000000000000000000000000000000000000000000000", /* 65 digits */
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct badge_wei unused;
        assert_int_equal(badge_wei_parse_hex(&unused, refused[i], strlen(refused[i])), BADGE_ESYNTAX);
    }
}

static void test_gwei(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int64_t gwei;
    } cases[] = {
        {"0x0", 0},
        {"0x3b9ac9ff", 0}, /* 10^9 − 1 */
        {"0x3b9aca00", 1},
        {"0x77359400", 2},
        {"0x1158e460913d0000", 1250000000},
        {"0x1dcd64ffffffffffc46535ff", INT64_MAX - 1}, /* one wei less than 2^63 − 1 gwei */
        {"0x1dcd64ffffffffffc4653600", INT64_MAX},
        {"0x1dcd65000000000000000000", INT64_MAX}, /* 2^63 gwei */
        {"0x3b9aca000000000000000000", INT64_MAX}, /* 2^64 gwei */
        {"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct badge_wei amount = wei(cases[i].hex);
        assert_true(badge_wei_to_gwei(&amount) == cases[i].gwei);
    }
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *wei;
    } cases[] = {
        {"0x0", "0"},
        {"0x9", "9"},
        {"0xa", "10"},
        {"0x64", "100"},
        {"0x1158e460913d0000", "1250000000000000000"},
        {"0x10000000000000000", "18446744073709551616"},
        {"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
         "115792089237316195423570985008687907853269984665640564039457584007913129639935"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct badge_wei amount = wei(cases[i].hex);
        char text[96];
        badge_wei_format(text, &amount);
        assert_string_equal(text, cases[i].wei);
    }
}

static void test_format_ether(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *text;
    } cases[] = {
        {"0x0", "0"},
        {"0x1", "0"},
        {"0xe8d4a50fff", "0"}, /* 10^12 − 1 */
        {"0xe8d4a51000", "0.000001"},
        {"0xde0b6b3a763ffff", "0.999999"},
        {"0xde0b6b3a7640000", "1"},
        {"0x1158e460913d00000", "20"},
        {"0x1158e46f1e8751000", "20.000001"},
        {"0x1158e46f1e8750fff", "20"},
        {"0x1158e460913d0000", "1.25"},
        {"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
         "115792089237316195423570985008687907853269984665640564039457.584007"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct badge_wei amount = wei(cases[i].hex);
        char text[96];
        badge_wei_format_ether(text, &amount);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_u64),  cmocka_unit_test(test_compare), cmocka_unit_test(test_parse),
        cmocka_unit_test(test_gwei), cmocka_unit_test(test_format),  cmocka_unit_test(test_format_ether),
    };
    return cmocka_run_group_tests_name("wei", tests, NULL, NULL);
}
