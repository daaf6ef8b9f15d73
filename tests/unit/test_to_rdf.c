/*
 * JSON-LD to RDF: numbers, lists, graphs, directions, what safe mode refuses; the W3C's manifest.
 */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "badge/jsonld.h"
#include "jsonld/rdf.h"
#include "support/vectors.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_printf_writes_them),
        cmocka_unit_test(integers_in_all_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
