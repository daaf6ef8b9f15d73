/*
 * Hexadecimal, accounts, times and the texts of errors.
 */
#include "support/test.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "badge/text.h"
#include "core/format.h"

static void hex(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0x00, 0x9a, 0xf0, 0xff};
    char text[9];
    badge_hex_encode(text, bytes, sizeof bytes);
    assert_string_equal(text, "009af0ff");
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(badge_hex_decode(bytes, 4, "009aF0Ff", 8), BADGE_OK);
    assert_memory_equal(bytes, "\x00\x9a\xf0\xff", 4);
    assert_int_equal(badge_hex_decode(bytes, 0, "", 0), BADGE_OK);
    static const char *const bad[] = {"009af0f",  "009af0ff0", "009af0ff00", "0x9af0ff", "009af0fg", "009af0f ",
                                      "00:af0ff", "00/af0ff",  "00@af0ff",   "00`af0ff", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(badge_hex_decode(bytes, 4, bad[i], strlen(bad[i])), BADGE_ESYNTAX);
}

/* The examples of EIP-55. */
static void accounts(void **state)
{
    (void)state;
    static const char *const known[] = {
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct badge_address address;
        char text[BADGE_ADDRESS_LEN + 1];
        assert_int_equal(badge_address_parse(&address, known[i], BADGE_ADDRESS_LEN), BADGE_OK);
        badge_address_format(text, &address);
        assert_string_equal(text, known[i]);
        assert_true(badge_address_checksum_ok(text, BADGE_ADDRESS_LEN));

        bool one_case = i < 4;
        for (size_t k = 2; k < BADGE_ADDRESS_LEN; k++) {
            char kept = text[k];
            if ((kept >= 'a' && kept <= 'f') || (kept >= 'A' && kept <= 'F')) {
                text[k] = (char)(kept ^ 0x20);
                assert_int_equal(badge_address_parse(&address, text, BADGE_ADDRESS_LEN), BADGE_OK);
                if (!one_case)
                    assert_false(badge_address_checksum_ok(text, BADGE_ADDRESS_LEN));
                text[k] = kept;
            }
        }
    }
    struct badge_address address;
    assert_true(badge_address_checksum_ok("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", 42));
    assert_true(badge_address_checksum_ok("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", 42));
    static const char *const bad[] = {
        "",
        "0x",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(badge_address_parse(&address, bad[i], strlen(bad[i])), BADGE_ESYNTAX);
        assert_false(badge_address_checksum_ok(bad[i], strlen(bad[i])));
    }
}

/* Seconds as Python's datetime has them. */
static void times_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t s;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2026-11-23T12:00:00Z", 1795435200},
        {"2026-11-23t12:00:00z", 1795435200},
        {"2026-11-23T12:00:00.5Z", 1795435200},
        {"2026-11-23T12:00:00.999999999999999999999999Z", 1795435200},
        {"2026-11-23T12:00:00+00:00", 1795435200},
        {"2026-11-23T12:00:00-00:00", 1795435200},
        {"2026-11-23T13:30:00+01:30", 1795435200},
        {"2026-11-22T12:01:00-23:59", 1795435200},
        {"2026-11-23T13:30:00.25+01:30", 1795435200},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"1900-03-01T00:00:00Z", -2203891200},
        {"0001-01-01T00:00:00Z", -62135596800},
        {"0000-01-01T00:00:00Z", -62167219200},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"2016-12-31T23:59:60Z", 1483228800},
        {"1990-12-31T15:59:60-08:00", 662688000},
        {"2015-07-01T08:59:60.7+09:00", 1435708800},
        {"1970-01-01T00:59:60+01:00", 0},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t s = 42;
        assert_int_equal(badge_time_parse(&s, good[i].text, strlen(good[i].text)), BADGE_OK);
        assert_true(s == good[i].s);
    }
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T12:00:00",
        "2026-11-23 12:00:00Z",
        "2026-11-23T12:00Z",
        "2026-11-23T12:00:00.Z",
        "2026-11-23T12:00:00,5Z",
        "2026-11-23T12:00:00ZZ",
        "2026-11-23T12:00:00Z ",
        " 2026-11-23T12:00:00Z",
        "2026-11-23T12:00:00+01",
        "2026-11-23T12:00:00+0100",
        "2026-11-23T12:00:00+24:00",
        "2026-11-23T12:00:00+01:60",
        "2026-11-23T12:00:00+01:000",
        "2026-11-23T12:00:00*01:00",
        "2026-00-23T12:00:00Z",
        "2026-13-23T12:00:00Z",
        "2026-11-00T12:00:00Z",
        "2026-11-31T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:61Z",
        "2026-11-23T12:00:60Z",
        "2026-11-23T23:59:60Z",
        "2016-12-31T23:59:60+01:00",
        "20261-11-23T12:00:00Z",
        "+026-11-23T12:00:00Z",
        "-001-11-23T12:00:00Z",
        "2026-1-23T12:00:00Z",
        "2026-11-23T1a:00:00Z",
        "2026/11/23T12:00:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t s;
        if (badge_time_parse(&s, bad[i], strlen(bad[i])) != BADGE_ESYNTAX)
            fail_msg("%s was read as a time", bad[i]);
    }
    /* A text is not read beyond its length. */
    static const char whole[] = "2026-11-23T12:00:00.25+01:00";
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char cut[sizeof whole];
        int64_t s;
        memset(cut, '0', sizeof cut);
        memcpy(cut, whole, len);
        assert_int_equal(badge_time_parse(&s, cut, len), BADGE_ESYNTAX);
    }
}

/* Every day of four centuries round the epoch, counted by hand from one to the next, and both bounds. */
static void times_written(void **state)
{
    (void)state;
    static const int month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    char text[BADGE_TIME_LEN + 1], expected[48];
    int64_t s = -62167219200;
    for (int year = 0; year < 10000; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int n_days = month_days[month - 1] + (month == 2 && leap);
            for (int day = 1; day <= n_days; day++, s += 86400) {
                if (day > 1 && day < n_days && (year < 1890 || year > 2290))
                    continue;
                int64_t second = (s % 86399 + 86399) % 86399, back;
                badge_time_format(text, s + second);
                snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day,
                         (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
                assert_string_equal(text, expected);
                assert_int_equal(badge_time_parse(&back, text, BADGE_TIME_LEN), BADGE_OK);
                assert_true(back == s + second);
            }
        }
    }
    static const int64_t beyond[] = {253402300800, INT64_MAX};
    for (size_t i = 0; i < 2; i++) {
        badge_time_format(text, beyond[i]);
        assert_string_equal(text, "9999-12-31T23:59:59Z");
        badge_time_format(text, i == 0 ? -62167219201 : INT64_MIN);
        assert_string_equal(text, "0000-01-01T00:00:00Z");
    }
}

static void error_texts(void **state)
{
    (void)state;
    struct badge_err err;
    assert_int_equal(badge_fail(&err, BADGE_ETYPE, 7, "%s|%.*s|%u|%d|%zu|%lld|%llu|%c|%%", "text", 3, "abcdef",
                                UINT_MAX, INT_MIN, SIZE_MAX, LLONG_MIN, ULLONG_MAX, 'x'),
                     BADGE_ETYPE);
    assert_int_equal(err.status, BADGE_ETYPE);
    assert_int_equal(err.offset, 7);
    char expected[256];
    snprintf(expected, sizeof expected, "text|abc|%u|%d|%zu|%lld|%llu|x|%%", UINT_MAX, INT_MIN, SIZE_MAX, LLONG_MIN,
             ULLONG_MAX);
    assert_string_equal(err.text, expected);
    assert_int_equal(badge_fail(NULL, BADGE_EIO, 0, "%s", "nobody listens"), BADGE_EIO);

    (void)badge_fail(&err, BADGE_EIO, BADGE_NO_OFFSET, "%.*s|%.*s|%.*s|%d", 9, "abc", 0, "abc", -1, "abc", 0);
    assert_string_equal(err.text, "abc|||0");

    char long_text[400];
    memset(long_text, 'z', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    (void)badge_fail(&err, BADGE_EIO, 0, "a%s%s", long_text, "b");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(err.text[sizeof err.text - 2], 'z');
}

/* Whatever arguments hold, what comes out is UTF-8 without controls. */
static void hostile_texts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } text[] = {
        {"a\nb\x1b[31m\x7f", "a?b?[31m?"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x93", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x93"},
        {"\xc2\x9b"
         "31m",
         "??31m"},                                        /* a control of C1 */
        {"a\xe2\x80\xaemoc \xe2\x81\xa7", "a???moc ???"}, /* of direction */
        {"a\xe2\x80\x8e \xe2\x81\xaa", "a\xe2\x80\x8e \xe2\x81\xaa"},
        {"\xc0\xaf \xe0\x80\xaf", "?? ???"}, /* longer than needed */
        {"\xed\xa0\x80", "???"},             /* a surrogate */
        {"\xf4\x90\x80\x80", "????"},        /* beyond U+10FFFF */
        {"\xf5\xff\xfe\x80", "????"},
        {"\xe2\x82", "??"}, /* cut off */
        {"\xe2\x28\xa1", "?(?"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        core_format(out, sizeof out, "%s", text[i].in);
        assert_string_equal(out, text[i].out);
    }
    /* Cut at a whole character, and nothing after the cut. */
    for (size_t capacity = 1; capacity < 10; capacity++) {
        memset(out, '#', sizeof out);
        size_t len = core_format(out, capacity, "%s%s", "a\xe2\x82\xac", "b\xc3\xa9");
        assert_int_equal(len, capacity <= 1 ? 0 : capacity < 5 ? 1 : capacity == 5 ? 4 : capacity < 8 ? 5 : 7);
        assert_int_equal(out[len], '\0');
        assert_int_equal(out[capacity], '#');
    }
}

static void status_names(void **state)
{
    (void)state;
    for (int status = BADGE_EIMAGE; status <= BADGE_OK; status++) {
        for (int other = BADGE_EIMAGE; other < status; other++) {
            assert_string_not_equal(badge_status_name((enum badge_status)status),
                                    badge_status_name((enum badge_status)other));
        }
        assert_string_not_equal(badge_status_name((enum badge_status)status), "unknown");
    }
    assert_string_equal(badge_status_name(BADGE_EDUPLICATE), "duplicate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex),           cmocka_unit_test(accounts),    cmocka_unit_test(times_read),
        cmocka_unit_test(times_written), cmocka_unit_test(error_texts), cmocka_unit_test(hostile_texts),
        cmocka_unit_test(status_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
