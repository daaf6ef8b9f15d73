/*
 * Numbers: the shortest digits against the published sequence of json-canonicalization, libdouble-conversion, long
 * division and RFC 8785 appendix B; and decimal text read back.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "badge/hash.h"
#include "badge/json.h"
#include "badge/text.h"
#include "core/number.h"
#include "support/number_oracle.h"

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* xorshift64*, so that a failure can be had again. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static void rfc8785_appendix_b(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        const char *text;
    } sample[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
    };
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        char text[BADGE_NUMBER_LEN];
        assert_int_equal(badge_number_format(text, from_bits(sample[i].bits)), strlen(sample[i].text));
        assert_string_equal(text, sample[i].text);
    }
}

/*
 * The sequence that cyberphone/json-canonicalization describes in testdata/README.md: fixed values (50 of them with
 * both signs), 2000 from the smallest normal number on, then the finite doubles other than zero in a chain of SHA-256
 * that starts from 32 zero bytes.
 */
static const uint64_t both_signs[] = {
    0x446696695dbd1cc3, 0x443211ede4974a35, 0x43fce97ca0f21056, 0x43c7213080c1a6ac, 0x439280f39a348556,
    0x435d9b1f5d20d557, 0x4327af4c4a80aaac, 0x42f2f2a36ecd5556, 0x42be51057e155558, 0x428840d131aaaaac,
    0x4253670dc1555557, 0x421f0b4935555557, 0x41e8d5d42aaaaaac, 0x41b3de4355555556, 0x417fca0555555556,
    0x41496e6aaaaaaaab, 0x4114585555555555, 0x40e046aaaaaaaaab, 0x40aa0aaaaaaaaaaa, 0x4074d55555555555,
    0x4040aaaaaaaaaaab, 0x400aaaaaaaaaaaab, 0x3fd5555555555555, 0x3fa1111111111111, 0x3f6b4e81b4e81b4f,
    0x3f35d867c3ece2a5, 0x3f0179ec9cbd821e, 0x3ecbf647612f3696, 0x3e965e9f80f29212, 0x3e61e54c672874db,
    0x3e2ca213d840baf8, 0x3df6e80fe033c8c6, 0x3dc2533fe68fd3d2, 0x3d8d51ffd74c861c, 0x3d5774ccac3d3817,
    0x3d22c3d6f030f9ac, 0x3cee0624b3818f79, 0x3cb804ea293472c7, 0x3c833721ba905bd3, 0x3c4ebe9c5db3c61e,
    0x3c18987d17c304e5, 0x3be3ad30dfcf371d, 0x3baf7b816618582f, 0x3b792f9ab81379bf, 0x3b442615600f9499,
    0x3b101e77800c76e1, 0x3ad9ca58cce0be35, 0x3aa4a1e0a3e6fe90, 0x3a708180831f320d, 0x3a3a68cd9e985016,
};
static const uint64_t first_values[] = {0, 0x8000000000000000, 1, 0x8000000000000001};
static const uint64_t more_values[] = {
    0x4024000000000000, 0x4014000000000000, 0x3fe0000000000000, 0x3fa999999999999a, 0x3f747ae147ae147b,
    0x3f40624dd2f1a9fc, 0x3f0a36e2eb1c432d, 0x3ed4f8b588e368f1, 0x3ea0c6f7a0b5ed8d, 0x3e6ad7f29abcaf48,
    0x3e35798ee2308c3a, 0x3ed539223589fa95, 0x3ed4ff26cd5a7781, 0x3ed4f95a762283ff, 0x3ed4f8c60703520c,
    0x3ed4f8b72f19cd0d, 0x3ed4f8b5b31c0c8d, 0x3ed4f8b58d1c461a, 0x3ed4f8b5894f7f0e, 0x3ed4f8b588ee37f3,
    0x3ed4f8b588e47da4, 0x3ed4f8b588e3849c, 0x3ed4f8b588e36bb5, 0x3ed4f8b588e36937, 0x3ed4f8b588e368f8,
    0x3ed4f8b588e368f1, 0x3ff0000000000000, 0xbff0000000000000, 0xbfeffffffffffffa, 0xbfeffffffffffffb,
    0x3feffffffffffffa, 0x3feffffffffffffb, 0x3feffffffffffffc, 0x3feffffffffffffe, 0xbfefffffffffffff,
    0xbfefffffffffffff, 0x3fefffffffffffff, 0x3fefffffffffffff, 0x3fd3333333333332, 0x3fd3333333333333,
    0x3fd3333333333334, 0x0010000000000000, 0x000ffffffffffffd, 0x000fffffffffffff, 0x7fefffffffffffff,
    0xffefffffffffffff, 0x4340000000000000, 0xc340000000000000, 0x4430000000000000, 0x44b52d02c7e14af5,
    0x44b52d02c7e14af6, 0x44b52d02c7e14af7, 0x444b1ae4d6e2ef4e, 0x444b1ae4d6e2ef4f, 0x444b1ae4d6e2ef50,
    0x3eb0c6f7a0b5ed8c, 0x3eb0c6f7a0b5ed8d, 0x41b3de4355555553, 0x41b3de4355555554, 0x41b3de4355555555,
    0x41b3de4355555556, 0x41b3de4355555557, 0xbecbf647612f3696, 0x43143ff3c1cb0959,
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct sequence {
    size_t index, in_block;
    struct badge_hash block;
};

static uint64_t next_of_chain(struct sequence *s)
{
    for (;;) {
        if (s->in_block == 4) {
            badge_sha256(&s->block, s->block.b, sizeof s->block.b);
            s->in_block = 0;
        }
        uint64_t bits = 0;
        for (size_t i = 0; i < 8; i++)
            bits |= (uint64_t)s->block.b[8 * s->in_block + i] << (8 * i);
        s->in_block++;
        if (bits << 1 != 0 && (bits >> 52 & 0x7ff) != 0x7ff)
            return bits;
    }
}

static uint64_t next_of_sequence(struct sequence *s)
{
    size_t i = s->index++;
    if (i < COUNT(first_values))
        return first_values[i];
    i -= COUNT(first_values);
    if (i < COUNT(both_signs))
        return both_signs[i] | (uint64_t)1 << 63;
    i -= COUNT(both_signs);
    if (i < COUNT(both_signs))
        return both_signs[i];
    i -= COUNT(both_signs);
    if (i < COUNT(more_values))
        return more_values[i];
    i -= COUNT(more_values);
    if (i < 2000)
        return UINT64_C(0x0010000000000000) + i;
    return next_of_chain(s);
}

static size_t put_hex(char *out, uint64_t bits)
{
    size_t n = 0;
    for (int shift = 60; shift >= 0; shift -= 4)
        if (n > 0 || shift == 0 || bits >> shift != 0)
            out[n++] = "0123456789abcdef"[bits >> shift & 15];
    return n;
}

static void ecmascript_sequence(void **state)
{
    (void)state;
    static const struct {
        size_t lines;
        const char *sha256;
    } published[] = {
        {1000, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687"},
        {10000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"},
        {100000, "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7"},
        {1000000, "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16"},
    };
    struct sequence s = {.in_block = 4};
    struct badge_sha256 sha;
    badge_sha256_init(&sha);
    for (size_t i = 0; i < COUNT(published); i++) {
        while (s.index < published[i].lines) {
            char line[64];
            uint64_t bits = next_of_sequence(&s);
            size_t n = put_hex(line, bits);
            line[n++] = ',';
            n += badge_number_format(line + n, from_bits(bits));
            line[n++] = '\n';
            badge_sha256_update(&sha, line, n);
        }
        struct badge_sha256 copy = sha;
        struct badge_hash hash;
        char hex[BADGE_HEX_LEN + 1];
        badge_sha256_final(&copy, &hash);
        badge_hex_encode(hex, hash.b, sizeof hash.b);
        assert_string_equal(hex, published[i].sha256);
    }
}

static void check_value(uint64_t bits)
{
    char ours[BADGE_NUMBER_LEN], theirs[64];
    double value = from_bits(bits), back;
    size_t len = badge_number_format(ours, value);
    number_oracle(theirs, sizeof theirs, value);
    assert_string_equal(ours, theirs);
    assert_int_equal(len, strlen(ours));
    assert_true(core_number_read(&back, ours, len));
    assert_true(to_bits(back) == bits || bits << 1 == 0);
}

static void powers_of_two_against_double_conversion(void **state)
{
    (void)state;
    for (uint64_t exponent = 1; exponent < 0x7ff; exponent++)
        for (uint64_t off = 0; off < 3; off++)
            check_value((exponent << 52) - 1 + off);
    for (unsigned bit = 0; bit < 52; bit++)
        check_value((uint64_t)1 << bit);
}

static void random_doubles_against_double_conversion(void **state)
{
    (void)state;
    uint64_t random = 20261123;
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = next_random(&random);
        if ((bits >> 52 & 0x7ff) != 0x7ff)
            check_value(bits);
        check_value(to_bits((double)(int64_t)bits / 1024));             /* near integers */
        check_value(to_bits((double)(int64_t)(bits >> 40) / 1000 - 5)); /* few digits */
    }
}

/* -- the table of powers of ten, by long arithmetic ---------------------------------------------------------------- */

#define LIMBS 40 /* of 32 bits: 10^324 has 1077 bits */

struct big {
    uint32_t limb[LIMBS];
};

static void multiply_small(struct big *a, uint32_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a->limb[i] * factor;
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    assert_int_equal(carry, 0);
}

static int compare_big(const struct big *a, const struct big *b)
{
    for (size_t i = LIMBS; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void subtract_big(struct big *a, const struct big *b)
{
    int64_t borrow = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        borrow += (int64_t)a->limb[i] - b->limb[i];
        a->limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
}

static size_t bit_length(const struct big *a)
{
    for (size_t i = 32 * LIMBS; i-- > 0;)
        if (a->limb[i / 32] >> (i % 32) & 1)
            return i + 1;
    return 0;
}

/* The first 128 bits of numerator / denominator from the leading one on, rounded up, by shift and subtract. */
static struct core_wide divide(struct big numerator, const struct big *denominator)
{
    struct core_wide g = {0, 0};
    while (compare_big(&numerator, denominator) < 0)
        multiply_small(&numerator, 2);
    for (int i = 0; i < 128; i++) {
        g.high = g.high << 1 | g.low >> 63;
        g.low <<= 1;
        if (compare_big(&numerator, denominator) >= 0) {
            subtract_big(&numerator, denominator);
            g.low |= 1;
        }
        multiply_small(&numerator, 2);
    }
    if (bit_length(&numerator) > 0 && ++g.low == 0)
        g.high++;
    return g;
}

static void powers_of_ten(void **state)
{
    (void)state;
    struct big power = {{1}};
    const struct big one = {{1}};
    for (int k = 0; k <= CORE_POW10_MAX; k++, multiply_small(&power, 10)) {
        struct big denominator = one; /* the power of two just below 10^k */
        for (size_t bits = bit_length(&power); bits > 1; bits--)
            multiply_small(&denominator, 2);
        struct core_wide g = divide(power, &denominator);
        assert_true(g.high == core_pow10(k).high && g.low == core_pow10(k).low);
        if (-k < CORE_POW10_MIN)
            continue;
        g = divide(one, &power);
        assert_true(g.high == core_pow10(-k).high && g.low == core_pow10(-k).low);
    }
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static void check_read(const char *literal, uint64_t bits)
{
    double value;
    assert_true(core_number_read(&value, literal, strlen(literal)));
    if (to_bits(value) != bits)
        fail_msg("%s is %016llx, not %016llx", literal, (unsigned long long)to_bits(value), (unsigned long long)bits);
}

static void reads_to_the_nearest(void **state)
{
    (void)state;
    check_read("0.0", 0);
    check_read("-0", 0x8000000000000000);
    check_read("0.000e999999999999999999999", 0);
    check_read("1", 0x3ff0000000000000);
    check_read("0.1", 0x3fb999999999999a);
    check_read("-1E+2", 0xc059000000000000);
    check_read("1e22", 0x4480f0cf064dd592);
    check_read("1e23", 0x44b52d02c7e14af6);
    check_read("9007199254740993.0", 0x4340000000000000); /* a tie, to even */
    check_read("9007199254740993.00000000000000000000000001", 0x4340000000000001);
    check_read("9007199254740995.0", 0x4340000000000002);
    check_read("4.9e-324", 1);
    check_read("2.4703282292062328e-324", 1); /* just above half of the smallest */
    check_read("2.2250738585072011e-308", 0x000fffffffffffff);
    check_read("2.2250738585072012e-308", 0x0010000000000000);
    check_read("1.7976931348623158e308", 0x7fefffffffffffff);
    /* Half way from the largest double to 2^1024, which overflows; and one less. */
    check_read("1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070"
               "9633028641669288791094655554785194040263065748867150582068190890200070838367627385484581771153176447"
               "5730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177904"
               "174497791.0",
               0x7fefffffffffffff);
}

static void refuses_what_no_double_holds(void **state)
{
    (void)state;
    static const char *const literal[] = {
        "1e309",
        "-1e309",
        "1.7976931348623159e308",
        "1e999999999999999999999",
        "1e-325",
        "2e-324",
        "-1e-999999999999999999999",
        "2.4703282292062327e-324",
        "1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070"
        "9633028641669288791094655554785194040263065748867150582068190890200070838367627385484581771153176447"
        "5730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177904"
        "174497792e0"};
    for (size_t i = 0; i < COUNT(literal); i++) {
        double value;
        assert_false(core_number_read(&value, literal[i], strlen(literal[i])));
    }
}

/* A point shifted by as many zeros as the exponent says; and a tie that its millionth digit breaks. */
static void very_long_literals(void **state)
{
    (void)state;
    const size_t n = 1 << 20;
    char *text = malloc(n + 64);
    double value;
    assert_non_null(text);

    memset(text, '0', n);
    memcpy(text, "0.", 2);
    memcpy(text + n, "15e1048575", 11);
    assert_true(core_number_read(&value, text, n + 10));
    assert_true(value == 1.5);

    memset(text, '0', n);
    text[0] = '7';
    memcpy(text + n, "e-1048575", 10);
    assert_true(core_number_read(&value, text, n + 9));
    assert_true(value == 7.0);

    memset(text, '0', n);
    memcpy(text, "9007199254740993.", 17);
    assert_true(core_number_read(&value, text, n));
    assert_true(value == 9007199254740992.0);
    text[n - 1] = '1';
    assert_true(core_number_read(&value, text, n));
    assert_true(value == 9007199254740994.0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc8785_appendix_b),
        cmocka_unit_test(ecmascript_sequence),
        cmocka_unit_test(powers_of_two_against_double_conversion),
        cmocka_unit_test(random_doubles_against_double_conversion),
        cmocka_unit_test(powers_of_ten),
        cmocka_unit_test(reads_to_the_nearest),
        cmocka_unit_test(refuses_what_no_double_holds),
        cmocka_unit_test(very_long_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
