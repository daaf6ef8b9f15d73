/*
 * Starts after a crash: torn ends are truncated, incomplete seals are completed, and a file that is damaged or missing
 * stops the node with an error that names it.
 */
#include "support/test.h"

#include "support/store_fixture.h"

#define RECORD_LEN 54 /* of the journal, framed */

static void torn_at_every_byte(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 12; i++)
        submit_many(store, i, 1, STORE_NEW);
    store_close(store);
    const char *segment = in_folder("journal/00000001");
    char copy[1024], torn[1024];
    join(copy, fixture_folder, "copy");
    off_t len = file_size(segment), head = len - 12 * RECORD_LEN;
    for (off_t cut = len - 3 * RECORD_LEN; cut <= len; cut++) {
        mkdir(copy, 0700);
        copy_tree(in_folder("journal"), in_folder("copy/journal"));
        copy_tree(in_folder("batches"), in_folder("copy/batches"));
        copy_tree(in_folder("index"), in_folder("copy/index"));
        assert_int_equal(link(in_folder("anchors"), in_folder("copy/anchors")), 0);
        assert_int_equal(link(in_folder("labels"), in_folder("copy/labels")), 0);
        join(torn, copy, "journal/00000001");
        assert_int_equal(truncate(torn, cut), 0);
        store = open_store(copy);
        uint64_t whole = (uint64_t)((cut - head) / RECORD_LEN);
        assert_int_equal(store_n_pending(store), whole);
        submit_many(store, 0, whole, STORE_KNOWN);
        submit_many(store, whole, 1, STORE_NEW);
        store_close(store);
        store = open_store(copy);
        assert_int_equal(store_n_pending(store), whole + 1);
        store_close(store);
        remove_tree(copy);
    }
}

#define PAGE 4096
#define IN_GROUP 300 /* records: a little over five pages */

static void read_whole(const char *path, char *out, off_t len)
{
    int fd = open(path, O_RDONLY);
    assert_int_equal(pread(fd, out, (size_t)len, 0), len);
    close(fd);
}

/* Writes the segment back without the pages of `lost`, as after a power failure. */
static void lose_pages(const char *path, const char *whole, off_t from, off_t to, off_t len, unsigned lost)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, whole, (size_t)len), len);
    for (off_t page = from / PAGE; page * PAGE < to; page++) {
        off_t begin = page * PAGE > from ? page * PAGE : from, end = (page + 1) * PAGE < to ? (page + 1) * PAGE : to;
        static const char zeros[PAGE];
        if (lost >> (page - from / PAGE) & 1)
            assert_int_equal(pwrite(fd, zeros, (size_t)(end - begin), begin), end - begin);
    }
    close(fd);
}

/* The pages of a group that was never synced reach the disk in any order, and not all of them. */
static void a_group_torn_at_any_pages(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    const char *segment = "journal/00000001";
    for (uint64_t i = 0; i < 10; i++)
        submit_many(store, i, 1, STORE_NEW);
    off_t from = file_size(in_folder(segment));
    submit_many(store, 10, IN_GROUP, STORE_NEW);
    off_t to = file_size(in_folder(segment));
    submit_many(store, 10 + IN_GROUP, 1, STORE_NEW);
    off_t len = file_size(in_folder(segment));
    store_close(store);
    char *whole = malloc((size_t)len);
    read_whole(in_folder(segment), whole, len);
    unsigned n_pages = (unsigned)((to - 1) / PAGE - from / PAGE + 1);
    assert_int_equal(n_pages, 5);
    for (unsigned lost = 1; lost < 1u << n_pages; lost++) {
        /* Every record before the first lost page is there, except for one that reaches into it. */
        unsigned first = (unsigned)__builtin_ctz(lost);
        off_t hole = first == 0 ? from : (from / PAGE + (off_t)first) * PAGE;
        uint64_t n = 10 + (uint64_t)((hole - from) / RECORD_LEN);
        lose_pages(in_folder(segment), whole, from, to, to, lost);
        store = open_store(fixture_folder);
        assert_int_equal(store_n_pending(store), n);
        submit_many(store, 0, n, STORE_KNOWN);
        submit_many(store, n, 2, STORE_NEW);
        store_close(store);
        store = open_store(fixture_folder);
        assert_int_equal(store_n_pending(store), n + 2);
        store_close(store);
        /* Followed by another group, it must have been synced: that is damage. */
        struct badge_err err;
        char want[64];
        (void)snprintf(want, sizeof(want), "byte %lld:", (long long)(from + (off_t)(n - 10) * RECORD_LEN));
        lose_pages(in_folder(segment), whole, from, to, len, lost);
        assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
        if (!strstr(err.text, want))
            fail_msg("pages %x: %s, not at %s", lost, err.text, want);
        assert_int_equal(file_size(in_folder(segment)), len);
    }
    free(whole);
}

static void a_garbage_tail_is_truncated(void **state)
{
    (void)state;
    static const char *const names[] = {"journal/00000001", "anchors", "labels"};
    for (unsigned n = 0; n < 3; n++) {
        for (size_t len = 1; len <= 5000; len = len * 3 + 1) {
            char garbage[5000];
            memset(garbage, len % 2 ? 0 : 0x2a, sizeof(garbage));
            struct store *store = open_store(fixture_folder);
            uint64_t n_pending = store_n_pending(store);
            submit_many(store, 100 * n + n_pending, 1, STORE_NEW);
            store_close(store);
            int fd = open(in_folder(names[n]), O_WRONLY | O_APPEND);
            assert_int_equal(write(fd, garbage, len), len);
            close(fd);
            store = open_store(fixture_folder);
            assert_int_equal(store_n_pending(store), n_pending + 1);
            store_close(store);
        }
    }
}

/* Refused, with the file and the offset of the damaged record in the text; the file is not changed. */
static void flip_is_refused(const char *name, off_t at, off_t record)
{
    struct badge_err err;
    char want[64];
    off_t len = file_size(in_folder(name));
    (void)snprintf(want, sizeof(want), "byte %lld:", (long long)record);
    flip_byte(in_folder(name), at);
    assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
    if (!strstr(err.text, name) || !strstr(err.text, want))
        fail_msg("%s flipped at %lld: %s", name, (long long)at, err.text);
    flip_byte(in_folder(name), at);
    assert_int_equal(file_size(in_folder(name)), len);
}

static void a_flipped_byte_in_the_middle_is_refused(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 5; i++)
        submit_many(store, i, 1, STORE_NEW);
    store_close(store);
    const char *name = "journal/00000001";
    off_t len = file_size(in_folder(name)), head = len - 5 * RECORD_LEN;
    for (off_t at = 0; at < len - RECORD_LEN; at++)
        flip_is_refused(name, at, at < 8 ? 0 : at < head ? 8 : at - (at - head) % RECORD_LEN);
    store = open_store(fixture_folder);
    assert_int_equal(store_n_pending(store), 5);
    store_close(store);
}

static void an_earlier_segment_is_never_torn(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 10, STORE_NEW);
    seal(store, 4); /* the journal continues in segment 2 */
    submit_many(store, 10, 1, STORE_NEW);
    store_close(store);
    const char *first = "journal/00000001";
    off_t len = file_size(in_folder(first));
    flip_is_refused(first, len - 1, len - RECORD_LEN);
    assert_int_equal(truncate(in_folder(first), len - 1), 0);
    struct badge_err err;
    assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
    assert_non_null(strstr(err.text, first));
    /* Truncated at the end of a record, it looks complete; the head of the next segment shows that it is not. */
    assert_int_equal(truncate(in_folder(first), len - RECORD_LEN), 0);
    assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
    assert_non_null(strstr(err.text, "before"));
    assert_int_equal(unlink(in_folder(first)), 0);
    assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
    assert_non_null(strstr(err.text, "missing"));
}

static void missing_files_are_named(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    for (uint64_t i = 0; i < 3; i++) {
        submit_many(store, i * 10, 10, STORE_NEW);
        seal(store, 100);
    }
    store_close(store);
    static const char *const names[] = {"batches/00000001", "batches/00000003", "anchors", "labels",
                                        "journal/00000004"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct badge_err err;
        assert_int_equal(rename(in_folder(names[i]), in_folder("away")), 0);
        assert_int_equal(refuse_store(fixture_folder, &err), BADGE_ECORRUPT);
        if (!strstr(err.text, strncmp(names[i], "journal", 7) == 0 ? "journal" : names[i]))
            fail_msg("%s: %s", names[i], err.text);
        assert_int_equal(rename(in_folder("away"), in_folder(names[i])), 0);
    }
    store_close(open_store(fixture_folder));
}

static void anchors_damaged_in_the_middle_are_refused(void **state)
{
    (void)state;
    struct store *store = open_store(fixture_folder);
    off_t end[4];
    for (uint64_t i = 0; i < 3; i++) {
        end[i] = file_size(in_folder("anchors"));
        submit_many(store, i, 1, STORE_NEW);
        seal(store, 100);
    }
    store_close(store);
    for (off_t at = 0; at < end[2]; at++)
        flip_is_refused("anchors", at, at < 8 ? 0 : at < end[0] ? 8 : at < end[1] ? end[0] : end[1]);
    store_close(open_store(fixture_folder));
}

/* Copies the folder to "before", then seals 50 of 60 pending credentials in the fixture's own folder. */
static void seal_with_a_copy(void)
{
    struct store *store = open_store(fixture_folder);
    submit_many(store, 0, 5, STORE_NEW);
    seal(store, 5);
    for (uint64_t i = 5; i < 65; i += 20)
        submit_many(store, i, 20, STORE_NEW);
    store_close(store);
    char before[1024];
    join(before, fixture_folder, "before");
    mkdir(before, 0700);
    static const char *const folders[] = {"journal", "batches", "index"};
    for (int i = 0; i < 3; i++) {
        char to[1024];
        join(to, before, folders[i]);
        copy_tree(in_folder(folders[i]), to);
    }
    assert_int_equal(link(in_folder("labels"), in_folder("before/labels")), 0);
    store = open_store(fixture_folder);
    int in = open(in_folder("anchors"), O_RDONLY), out = open(in_folder("before/anchors"), O_WRONLY | O_CREAT, 0600);
    char bytes[4096];
    ssize_t n = read(in, bytes, sizeof(bytes));
    assert_int_equal(write(out, bytes, (size_t)n), n);
    close(in);
    close(out);
    assert_int_equal(seal(store, 50).number, 2);
    store_close(store);
}

static void check_after_the_seal(const char *path)
{
    for (int round = 0; round < 2; round++) {
        struct store *store = open_store(path);
        assert_int_equal(store_n_batches(store), 2);
        assert_int_equal(store_n_pending(store), 10);
        assert_true(store_n_sealed(store) == 55);
        for (uint64_t i = 0; i < 55; i++) {
            check_record(store, i, STORE_SEALED, i < 5 ? 1 : 2);
            check_receipt(store, i);
        }
        submit_many(store, 0, 65, STORE_KNOWN);
        store_close(store);
    }
    struct store *store = open_store(path);
    assert_int_equal(seal(store, 1000).tree_size, 10);
    store_close(store);
}

static void died_before_the_rename(void **state)
{
    (void)state;
    seal_with_a_copy();
    char before[1024];
    join(before, fixture_folder, "before");
    /* An unfinished batch and an unfinished segment are left. */
    assert_int_equal(link(in_folder("batches/00000002"), in_folder("before/batches/00000002.new")), 0);
    assert_int_equal(link(in_folder("journal/00000003"), in_folder("before/journal/00000003.new")), 0);
    struct store *store = open_store(before);
    assert_int_equal(store_n_batches(store), 1);
    assert_int_equal(store_n_pending(store), 60);
    assert_int_equal(access(in_folder("before/batches/00000002.new"), F_OK), -1);
    submit_many(store, 0, 65, STORE_KNOWN);
    assert_int_equal(seal(store, 50).number, 2);
    store_close(store);
    check_after_the_seal(before);
}

static void died_after_the_rename(void **state)
{
    (void)state;
    seal_with_a_copy();
    char before[1024];
    join(before, fixture_folder, "before");
    assert_int_equal(link(in_folder("batches/00000002"), in_folder("before/batches/00000002")), 0);
    check_after_the_seal(before);
}

static void died_before_the_index_and_the_trim(void **state)
{
    (void)state;
    seal_with_a_copy();
    remove_tree(in_folder("index"));
    assert_int_equal(rename(in_folder("before/index"), in_folder("index")), 0);
    (void)link(in_folder("before/journal/00000002"), in_folder("journal/00000002"));
    check_after_the_seal(fixture_folder);
}

static void an_unrelated_batch_is_not_adopted(void **state)
{
    (void)state;
    seal_with_a_copy();
    char before[1024];
    join(before, fixture_folder, "before");
    assert_int_equal(link(in_folder("batches/00000002"), in_folder("before/batches/00000002")), 0);
    for (off_t at = 0; at < file_size(in_folder("batches/00000002")); at += 13) {
        struct badge_err err;
        flip_byte(in_folder("batches/00000002"), at);
        assert_int_equal(refuse_store(before, &err), BADGE_ECORRUPT);
        assert_non_null(strstr(err.text, "batches/00000002"));
        flip_byte(in_folder("batches/00000002"), at);
    }
    check_after_the_seal(before);
}

int main(void)
{
    log_configure(LOG_BROKEN, false);
    const struct CMUnitTest tests[] = {
        STORE_TEST(torn_at_every_byte),
        STORE_TEST(a_group_torn_at_any_pages),
        STORE_TEST(a_garbage_tail_is_truncated),
        STORE_TEST(a_flipped_byte_in_the_middle_is_refused),
        STORE_TEST(an_earlier_segment_is_never_torn),
        STORE_TEST(missing_files_are_named),
        STORE_TEST(anchors_damaged_in_the_middle_are_refused),
        STORE_TEST(died_before_the_rename),
        STORE_TEST(died_after_the_rename),
        STORE_TEST(died_before_the_index_and_the_trim),
        STORE_TEST(an_unrelated_batch_is_not_adopted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
