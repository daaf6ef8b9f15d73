/*
 * The folder of published badges: what is put is read back whole, a changed byte is noticed, only the holder's secret
 * replaces and removes, and the room is counted again at the next start.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/text.h"
#include "runtime/file.h"
#include "store/published.h"

#define ROOM 4096u

static char store[64], path[256];
static struct badge_hash digest, secret, other;
static struct published_folder *folder;

static struct published example(size_t picture_len)
{
    static const char bytes[ROOM] = "a picture";
    struct published published = {.secret_hash = secret, .at_s = 1700000000};
    published.part[PUBLISHED_TITLE] = (struct badge_text){"A title", 7};
    published.part[PUBLISHED_CREDENTIAL] = (struct badge_text){"{\"id\":\"urn:x\"}", 14};
    published.part[PUBLISHED_PICTURE] = (struct badge_text){bytes, picture_len};
    return published;
}

static enum badge_status put(size_t picture_len, const struct badge_hash *by, bool *is_new)
{
    struct published published = example(picture_len);
    published.secret_hash = *by;
    return published_put_work(folder, &digest, &published, is_new, NULL);
}

static int make(void **state)
{
    (void)state;
    char hex[BADGE_HEX_LEN + 1];
    snprintf(store, sizeof store, "/tmp/badged-published-XXXXXX");
    if (!mkdtemp(store))
        return 1;
    memset(&digest, 0xab, sizeof digest);
    memset(&secret, 1, sizeof secret);
    memset(&other, 2, sizeof other);
    badge_hex_encode(hex, digest.b, sizeof digest.b);
    snprintf(path, sizeof path, "%s/published/%s", store, hex);
    return published_open(&folder, store, ROOM, NULL);
}

static int clear(void **state)
{
    (void)state;
    char name[512];
    published_close(folder);
    snprintf(name, sizeof name, "%s.new", path);
    unlink(name);
    unlink(path);
    snprintf(name, sizeof name, "%s/published", store);
    rmdir(name);
    return rmdir(store);
}

static void put_read_remove(void **state)
{
    (void)state;
    struct published found;
    const struct published expected = example(100);
    bool is_new;
    assert_int_equal(published_read_work(&found, folder, &digest, NULL), BADGE_ENOTFOUND);
    assert_int_equal(put(100, &secret, &is_new), BADGE_OK);
    assert_true(is_new);
    assert_int_equal(published_read_work(&found, folder, &digest, NULL), BADGE_OK);
    assert_int_equal(found.at_s, expected.at_s);
    assert_memory_equal(&found.secret_hash, &secret, sizeof secret);
    for (size_t i = 0; i < PUBLISHED_N_PARTS; i++) {
        assert_int_equal(found.part[i].len, expected.part[i].len);
        if (expected.part[i].len > 0)
            assert_memory_equal(found.part[i].bytes, expected.part[i].bytes, expected.part[i].len);
    }
    published_release(&found);
    assert_int_equal(put(10, &other, &is_new), BADGE_EREFUSED);
    assert_int_equal(put(10, &secret, &is_new), BADGE_OK);
    assert_false(is_new);
    assert_int_equal(published_remove_work(folder, &digest, &other, NULL), BADGE_EREFUSED);
    assert_int_equal(published_remove_work(folder, &digest, &secret, NULL), BADGE_OK);
    assert_int_equal(published_remove_work(folder, &digest, NULL, NULL), BADGE_ENOTFOUND);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void every_byte_counts(void **state)
{
    (void)state;
    struct published found;
    char *bytes;
    size_t len;
    bool is_new;
    assert_int_equal(put(3, &secret, &is_new), BADGE_OK);
    assert_int_equal(file_read(&bytes, &len, path, ROOM, NULL), BADGE_OK);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (char)(bytes[i] ^ 1);
        assert_int_equal(file_replace(path, bytes, len, 0600, NULL), BADGE_OK);
        assert_int_equal(published_read_work(&found, folder, &digest, NULL), BADGE_ECORRUPT);
        assert_int_equal(file_replace(path, bytes, i, 0600, NULL), BADGE_OK);
        assert_int_equal(published_read_work(&found, folder, &digest, NULL), BADGE_ECORRUPT);
        bytes[i] = (char)(bytes[i] ^ 1);
    }
    free(bytes);
    assert_int_equal(put(3, &secret, &is_new), BADGE_ECORRUPT);
    assert_int_equal(published_remove_work(folder, &digest, &secret, NULL), BADGE_ECORRUPT);
    assert_int_equal(published_remove_work(folder, &digest, NULL, NULL), BADGE_OK); /* an administrator can */
}

static void the_room_is_counted(void **state)
{
    (void)state;
    bool is_new;
    char unfinished[300];
    assert_int_equal(put(ROOM, &secret, &is_new), BADGE_ELIMIT);
    assert_int_equal(put(ROOM / 2, &secret, &is_new), BADGE_OK);
    assert_int_equal(put(ROOM * 3 / 4, &secret, &is_new), BADGE_OK); /* in its own place */
    memset(&digest, 0xcd, sizeof digest);
    assert_int_equal(put(ROOM / 2, &secret, &is_new), BADGE_ELIMIT);
    published_close(folder);
    snprintf(unfinished, sizeof unfinished, "%s.new", path);
    assert_int_equal(file_replace(unfinished, "cut", 3, 0600, NULL), BADGE_OK);
    assert_int_equal(published_open(&folder, store, ROOM, NULL), BADGE_OK);
    assert_int_not_equal(access(unfinished, F_OK), 0);
    assert_int_equal(put(ROOM / 2, &secret, &is_new), BADGE_ELIMIT);
    memset(&digest, 0xab, sizeof digest);
    assert_int_equal(published_remove_work(folder, &digest, &secret, NULL), BADGE_OK);
    assert_int_equal(put(ROOM / 2, &secret, &is_new), BADGE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(put_read_remove, make, clear),
        cmocka_unit_test_setup_teardown(every_byte_counts, make, clear),
        cmocka_unit_test_setup_teardown(the_room_is_counted, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
