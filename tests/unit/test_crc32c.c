/*
 * CRC-32C with the examples of RFC 3720 appendix B.4, and its two implementations compared.
 */
#include "support/test.h"

#include <string.h>

#include "store/crc32c.h"

static void examples(void **state)
{
    (void)state;
    uint8_t bytes[32];
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x113fdb5c);
}

static void both_implementations_and_in_pieces(void **state)
{
    (void)state;
    uint8_t bytes[257];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * i + 7 * i);
    for (size_t begin = 0; begin < 9; begin++) {
        for (size_t len = 0; len <= sizeof(bytes) - begin; len++) {
            uint32_t crc = crc32c(0, bytes + begin, len);
            assert_int_equal(crc, crc32c_portable(0, bytes + begin, len));
            assert_int_equal(crc, crc32c(crc32c(0, bytes + begin, len / 3), bytes + begin + len / 3, len - len / 3));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples),
                                       cmocka_unit_test(both_implementations_and_in_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
