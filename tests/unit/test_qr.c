/*
 * QR codes: what every reader looks for first, the limits of versions and levels. That they can be read, browser.qr has
 * another program confirm.
 */
#include "support/test.h"

#include <string.h>

#include "core/qr.h"

static struct core_qr qr;
static char text[QR_MAX_LEN + 1];

static void the_smallest_version_is_chosen(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        unsigned side;
    } cases[] = {{0, 21},   {14, 21},  {15, 25},  {26, 25},  {27, 29},
                 {180, 53}, {181, 57}, {400, 77}, {401, 69}, {2953, 177}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(core_qr_encode(&qr, text, cases[i].len));
        assert_int_equal(qr.side, cases[i].side);
    }
    assert_false(core_qr_encode(&qr, text, QR_MAX_LEN + 1));
}

static bool ring_is_dark(unsigned x, unsigned y)
{
    unsigned ring = (x > 3 ? x - 3 : 3 - x) > (y > 3 ? y - 3 : 3 - y) ? (x > 3 ? x - 3 : 3 - x)
                                                                      : (y > 3 ? y - 3 : 3 - y);
    return ring != 2 && ring < 4;
}

/* The finders at three corners with their light edge, and the timing patterns between them. */
static void every_code_has_its_patterns(void **state)
{
    (void)state;
    for (size_t len = 0; len <= QR_MAX_LEN; len += 59) {
        memset(text, (int)('a' + len % 26), len);
        assert_true(core_qr_encode(&qr, text, len));
        for (unsigned y = 0; y < 8; y++)
            for (unsigned x = 0; x < 8; x++) {
                bool dark = ring_is_dark(x, y);
                assert_int_equal(core_qr_is_dark(&qr, x, y), dark);
                assert_int_equal(core_qr_is_dark(&qr, qr.side - 1 - x, y), dark);
                assert_int_equal(core_qr_is_dark(&qr, x, qr.side - 1 - y), dark);
            }
        for (unsigned i = 8; i < qr.side - 8; i++) {
            assert_int_equal(core_qr_is_dark(&qr, 6, i), i % 2 == 0);
            assert_int_equal(core_qr_is_dark(&qr, i, 6), i % 2 == 0);
        }
        assert_true(core_qr_is_dark(&qr, 8, qr.side - 8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_version_is_chosen),
        cmocka_unit_test(every_code_has_its_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
