/*
 * fsck, backup and restore: an intact store is clean, any fault is reported with its file, a copy taken at any moment
 * is a valid store, and an archive that is not a backup is refused and leaves nothing behind.
 */
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "store/digest_index.h"
#include "store/tools/tools.h"
#include "support/store_fixture.h"

/* The reports of the last check. */
struct report {
    struct store_check check;
    char files[4096], texts[8192];
    size_t n_progress;
    bool slow;
    unsigned n_calls, stop_at; /* 0: never */
};

static void on_fault(void *context, const char *file, uint64_t offset, const char *text)
{
    struct report *report = context;
    (void)offset;
    size_t used = strlen(report->files), texts = strlen(report->texts);
    (void)snprintf(report->files + used, sizeof(report->files) - used, "%s ", file);
    (void)snprintf(report->texts + texts, sizeof(report->texts) - texts, "%s\n", text);
}

static void on_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct report *report = context;
    assert_non_null(what);
    assert_true(done <= total);
    report->n_progress++;
    /* Between the journal and the list of batches, and during the batches: time for a seal or two. */
    if (report->slow && strcmp(what, "copied") == 0 && report->n_progress < 3)
        nanosleep(&(struct timespec){0, 40000000}, NULL);
}

static bool is_stopped(void *context)
{
    struct report *report = context;
    return ++report->n_calls == report->stop_at;
}

static void begin(struct report *report)
{
    memset(report, 0, sizeof(*report));
    report->check = (struct store_check){.on_fault = on_fault, .on_progress = on_progress, .context = report};
}

static void run_fsck(struct report *report, const char *path)
{
    struct badge_err err = {.text = ""};
    begin(report);
    if (store_fsck(path, &report->check, &err) != BADGE_OK)
        fail_msg("fsck: %s", err.text);
}

static void expect_clean(const char *path, uint32_t n_batches, uint64_t n_sealed, uint64_t n_pending)
{
    struct report report;
    run_fsck(&report, path);
    if (report.check.n_faults > 0)
        fail_msg("not clean: %s", report.texts);
    assert_int_equal(report.check.n_batches, n_batches);
    assert_true(report.check.n_sealed == n_sealed && report.check.n_pending == n_pending);
}

/* The path, valid for the whole test. */
static const char *store_path(void)
{
    static char path[1024];
    join(path, fixture_folder, "store");
    return path;
}

static const char *file_of_store(const char *name)
{
    static char path[2][1024];
    static unsigned turn;
    char *out = path[turn++ % 2];
    join(out, store_path(), name);
    return out;
}

/* Two batches of 8, the second of them with two labels; five pending in two groups. */
static void make_small(void)
{
    struct store *store = open_store(store_path());
    submit_many(store, 0, 8, STORE_NEW);
    seal(store, 8);
    for (uint64_t i = 8; i < 16; i++)
        assert_int_equal(submit_as(store, i, BADGE_LABEL_EXTERNAL).outcome, STORE_NEW);
    seal(store, 8);
    for (uint64_t i = 8; i < 10; i++)
        assert_int_equal(submit_as(store, i, BADGE_LABEL_JCS).outcome, STORE_KNOWN);
    struct store_attempt attempt = {.nonce = 3, .raw_len = 200};
    assert_int_equal(store_anchor_attempt_work(store, store_batch_id(1), &attempt, NULL), BADGE_OK);
    submit_many(store, 16, 3, STORE_NEW);
    submit_many(store, 19, 2, STORE_NEW);
    store_close(store);
}

static const char *const small_files[] = {"anchors", "labels", "journal/00000003", "batches/00000001",
                                          "batches/00000002"};
#define N_SMALL (sizeof(small_files) / sizeof(*small_files))

static void an_intact_store_is_clean(void **state)
{
    (void)state;
    struct report report;
    make_small();
    run_fsck(&report, store_path());
    assert_int_equal(report.check.n_faults, 0);
    assert_true(report.check.n_sealed == 16 && report.check.n_pending == 5 && report.check.n_labels == 2);
    assert_true(report.check.n_batches == 2 && report.check.n_indexed == 16 && report.check.has_index);
    assert_true(report.n_progress > 0 && report.check.n_torn == 0);
    /* Repeatedly, and also without an index. */
    expect_clean(store_path(), 2, 16, 5);
    remove_tree(file_of_store("index"));
    expect_clean(store_path(), 2, 16, 5);
    /* A resealed batch replaces the old one, and every digest is still there once. */
    struct store *store = open_store(store_path());
    struct store_batch resealed;
    assert_int_equal(store_reseal_work(store, 2, &resealed, NULL), BADGE_OK);
    store_close(store);
    run_fsck(&report, store_path());
    assert_int_equal(report.check.n_faults, 0);
    assert_true(report.check.n_batches == 3 && report.check.n_spoiled == 1 && report.check.n_sealed == 16);
    assert_true(report.check.n_indexed == 16);
}

static void every_flipped_byte_is_reported(void **state)
{
    (void)state;
    make_small();
    remove_tree(file_of_store("index"));
    for (size_t i = 0; i < N_SMALL; i++) {
        const char *name = small_files[i];
        off_t len = file_size(file_of_store(name));
        for (off_t at = 0; at < len; at += 3) {
            struct report report;
            flip_byte(file_of_store(name), at);
            run_fsck(&report, store_path());
            /* Damage in the last group looks like what a crash leaves. */
            bool torn = strncmp(name, "batches", 7) != 0 && report.check.n_torn > 0;
            if (!torn && (report.check.n_faults == 0 || !strstr(report.files, name)))
                fail_msg("%s flipped at %lld: reported %s", name, (long long)at, report.files);
            assert_true(report.check.n_faults + torn <= 2);
            flip_byte(file_of_store(name), at);
        }
    }
    expect_clean(store_path(), 2, 16, 5);
}

static void every_missing_or_short_file_is_reported(void **state)
{
    (void)state;
    make_small();
    for (size_t i = 0; i < N_SMALL; i++) {
        const char *name = small_files[i];
        struct report report;
        assert_int_equal(rename(file_of_store(name), in_folder("away")), 0);
        run_fsck(&report, store_path());
        if (!strstr(report.files, strncmp(name, "journal", 7) == 0 ? "journal" : name))
            fail_msg("%s missing: reported %s", name, report.files);
        for (off_t len = 0; len < file_size(in_folder("away")); len += 37) {
            int in = open(in_folder("away"), O_RDONLY),
                out = open(file_of_store(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            char bytes[8192];
            ssize_t n = read(in, bytes, sizeof(bytes));
            assert_true(n >= 0 && write(out, bytes, (size_t)len) == (ssize_t)len);
            close(in);
            close(out);
            run_fsck(&report, store_path());
            /* Truncated at the end of a record, or within its last group, a file looks complete. */
            if (strncmp(name, "batches", 7) == 0 && !strstr(report.files, name))
                fail_msg("%s cut to %lld: reported %s", name, (long long)len, report.files);
            assert_true(len > 8 || report.check.n_faults > 0);
        }
        assert_int_equal(rename(in_folder("away"), file_of_store(name)), 0);
    }
    struct report report;
    assert_int_equal(rename(file_of_store("journal"), in_folder("away")), 0);
    run_fsck(&report, store_path());
    assert_non_null(strstr(report.files, "journal"));
    assert_int_equal(rename(in_folder("away"), file_of_store("journal")), 0);
    expect_clean(store_path(), 2, 16, 5);
}

/* What a crash leaves is repaired by the next start: no faults. */
static void leftovers_of_a_crash_are_clean(void **state)
{
    (void)state;
    struct store *store = open_store(store_path());
    submit_many(store, 0, 8, STORE_NEW);
    seal(store, 8);
    store_close(store);
    off_t list = file_size(file_of_store("anchors"));
    copy_tree(file_of_store("index"), in_folder("index-before"));
    store = open_store(store_path());
    submit_many(store, 8, 8, STORE_NEW);
    seal(store, 6);
    store_close(store);
    /* Named and not listed; the index behind. */
    assert_int_equal(truncate(file_of_store("anchors"), list + 20), 0);
    remove_tree(file_of_store("index"));
    assert_int_equal(rename(in_folder("index-before"), file_of_store("index")), 0);
    struct report report;
    run_fsck(&report, store_path());
    if (report.check.n_faults > 0)
        fail_msg("not clean: %s", report.texts);
    assert_true(report.check.n_batches == 2 && report.check.n_sealed == 14 && report.check.n_pending == 2);
    assert_true(report.check.n_torn == 20 && report.check.n_indexed == 8);
    assert_int_equal(file_size(file_of_store("anchors")), list + 20);
    store_close(open_store(store_path()));
    expect_clean(store_path(), 2, 14, 2);
}

static enum badge_status visit_nothing(void *context, const struct journal_record *record, uint64_t sequence,
                                       struct badge_err *err)
{
    (void)context;
    (void)record;
    (void)sequence;
    (void)err;
    return BADGE_OK;
}

static void a_duplicate_digest_is_reported(void **state)
{
    (void)state;
    make_small();
    struct journal journal;
    struct badge_err err;
    uint8_t framed[JOURNAL_FRAMED_LEN];
    struct journal_record duplicate = {JOURNAL_NEW, {BADGE_LABEL_JCS, digest_of(3)}, NOW_S};
    journal_init(&journal);
    assert_int_equal(journal_open(&journal, store_path(), RECORD_FILE_TRUNCATE, 16, visit_nothing, NULL, &err),
                     BADGE_OK);
    journal_frame(framed, &duplicate);
    assert_int_equal(journal_append(&journal, framed, sizeof(framed), 1, &err), BADGE_OK);
    journal_close(&journal);
    struct report report;
    run_fsck(&report, store_path());
    assert_int_equal(report.check.n_faults, 1);
    assert_non_null(strstr(report.texts, "duplicate"));
    assert_non_null(strstr(report.texts, "of batch 1"));
    assert_non_null(strstr(report.texts, "pending"));
}

static void a_wrong_index_is_reported(void **state)
{
    (void)state;
    make_small();
    copy_tree(file_of_store("index"), in_folder("index-good"));
    struct index_db *index;
    struct report report;
    struct badge_hash digest = digest_of(5);
    assert_int_equal(index_db_open(&index, file_of_store("index"), NULL), BADGE_OK);
    struct batch_leaf leaf = {.digest = digest, .index = 0, .label = BADGE_LABEL_JCS};
    assert_int_equal(index_db_put(index, 2, &leaf, 1, NULL), BADGE_OK);
    index_db_close(index);
    run_fsck(&report, store_path());
    assert_int_equal(report.check.n_faults, 1);
    assert_non_null(strstr(report.texts, "1 of 16"));
    /* Truncated tables: LevelDB itself fails to open or to read them. */
    remove_tree(file_of_store("index"));
    assert_int_equal(rename(in_folder("index-good"), file_of_store("index")), 0);
    assert_int_equal(unlink(file_of_store("index/CURRENT")), 0);
    int fd = open(file_of_store("index/CURRENT"), O_WRONLY | O_CREAT, 0600);
    close(fd);
    run_fsck(&report, store_path());
    assert_string_equal(report.files, "index ");
}

static void locked_or_missing_stores(void **state)
{
    (void)state;
    struct report report = {.slow = false};
    struct badge_err err;
    begin(&report);
    assert_int_equal(store_fsck(store_path(), &report.check, &err), BADGE_ENOTFOUND);
    assert_int_equal(mkdir(store_path(), 0700), 0);
    assert_int_equal(store_fsck(store_path(), &report.check, &err), BADGE_ENOTFOUND);
    assert_int_equal(access(file_of_store("lock"), F_OK), -1);
    struct store *store = open_store(store_path());
    assert_int_equal(store_fsck(store_path(), &report.check, &err), BADGE_EREFUSED);
    assert_non_null(strstr(err.text, "stop that process"));
    store_close(store);
    expect_clean(store_path(), 0, 0, 0);
}

/* -- backup and restore ---------------------------------------------------------------------------------------------
 */

static enum badge_status backup(const char *file, struct report *report, struct badge_err *err)
{
    bool slow = report->slow;
    begin(report);
    report->slow = slow;
    return store_backup(store_path(), file, &report->check, err);
}

static enum badge_status restore(const char *path, const char *file, struct badge_err *err)
{
    struct report report;
    begin(&report);
    return store_restore(path, file, &report.check, err);
}

static void backup_and_restore(void **state)
{
    (void)state;
    struct report report = {.slow = false};
    struct badge_err err = {.text = ""};
    struct stat st;
    char back[1024], file[1024];
    join(back, fixture_folder, "back");
    join(file, fixture_folder, "copy.tar");
    make_small();
    int fd = open(file_of_store("tokens"), O_WRONLY | O_CREAT, 0600);
    close(fd);
    struct store *store = open_store(store_path()); /* a node runs */
    if (backup(file, &report, &err) != BADGE_OK)
        fail_msg("backup: %s", err.text);
    assert_true(report.check.n_sealed == 16 && report.check.n_pending == 5 && report.check.n_faults == 0);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(access(in_folder("copy.tar.check"), F_OK), -1);
    /* Never overwritten; and another backup's scratch folder is not touched. */
    assert_int_equal(backup(file, &report, &err), BADGE_EREFUSED);
    assert_int_equal(symlink(store_path(), in_folder("other.tar.check")), 0);
    assert_int_equal(backup(in_folder("other.tar"), &report, &err), BADGE_EREFUSED);
    store_close(store);
    expect_clean(store_path(), 2, 16, 5);

    assert_int_equal(restore(store_path(), file, &err), BADGE_EREFUSED);
    assert_non_null(strstr(err.text, "not empty"));
    if (restore(back, file, &err) != BADGE_OK)
        fail_msg("restore: %s", err.text);
    assert_int_equal(restore(back, file, &err), BADGE_EREFUSED);
    expect_clean(back, 2, 16, 5);
    assert_int_equal(access(in_folder("back/tokens"), F_OK), 0);
    store = open_store(back);
    submit_many(store, 0, 21, STORE_KNOWN);
    uint64_t nonce;
    struct badge_address nobody = {{0}};
    assert_true(store_next_nonce(store, &nobody, &nonce) && nonce == 4);
    struct badge_hash digest = digest_of(9);
    struct store_record record;
    assert_int_equal(store_find_work(store, &digest, &record, NULL), BADGE_OK);
    assert_int_equal(record.digest.label, BADGE_LABEL_JCS);
    for (uint64_t i = 0; i < 16; i++)
        check_receipt(store, i);
    store_close(store);
    assert_int_equal(restore(in_folder("none"), in_folder("nowhere.tar"), &err), BADGE_ENOTFOUND);
    assert_int_equal(access(in_folder("none"), F_OK), -1);
}

/* Wherever it is stopped, nothing is left behind, and the next one succeeds. */
static void stopped_anywhere(void **state)
{
    (void)state;
    struct report report;
    struct badge_err err = {.text = ""};
    enum badge_status status = BADGE_EREFUSED;
    make_small();
    unsigned n = 0;
    while (status == BADGE_EREFUSED && ++n < 100) {
        assert_int_equal(access(in_folder("copy.tar.check"), F_OK), -1);
        assert_int_equal(access(in_folder("copy.tar"), F_OK), -1);
        begin(&report);
        report.check.is_stopped = is_stopped;
        report.stop_at = n;
        status = store_backup(store_path(), in_folder("copy.tar"), &report.check, &err);
    }
    assert_int_equal(status, BADGE_OK);
    assert_true(n > 8); /* two batches alone are copied, unpacked and checked */
    assert_int_equal(access(in_folder("copy.tar.check"), F_OK), -1);
    for (status = BADGE_EREFUSED, n = 0; status == BADGE_EREFUSED && ++n < 100;) {
        assert_int_equal(access(in_folder("back"), F_OK), -1);
        begin(&report);
        report.check.is_stopped = is_stopped;
        report.stop_at = n;
        char back[1024];
        join(back, fixture_folder, "back");
        status = store_restore(back, in_folder("copy.tar"), &report.check, &err);
    }
    assert_int_equal(status, BADGE_OK);
    assert_true(n > 6);
}

static void a_damaged_store_is_not_backed_up(void **state)
{
    (void)state;
    struct report report = {.slow = false};
    struct badge_err err;
    make_small();
    flip_byte(file_of_store("batches/00000001"), 500);
    assert_int_equal(backup(in_folder("copy.tar"), &report, &err), BADGE_ECORRUPT);
    assert_non_null(strstr(report.files, "batches/00000001"));
    assert_int_equal(access(in_folder("copy.tar"), F_OK), -1);
    assert_int_equal(access(in_folder("copy.tar.check"), F_OK), -1);
    assert_int_equal(unlink(file_of_store("batches/00000001")), 0);
    assert_int_equal(backup(in_folder("copy.tar"), &report, &err), BADGE_ECORRUPT);
    assert_non_null(strstr(err.text, "batches/00000001"));
}

static void expect_refused(const char *file, const char *what, long long at)
{
    struct badge_err err;
    char back[1024];
    join(back, fixture_folder, "back");
    enum badge_status status = restore(back, file, &err);
    if (status != BADGE_ECORRUPT)
        fail_msg("%s at %lld: %d", what, at, status);
    if (access(back, F_OK) == 0)
        fail_msg("%s at %lld: files are left behind", what, at);
}

static void a_damaged_backup_is_refused(void **state)
{
    (void)state;
    struct report report = {.slow = false};
    struct badge_err err;
    char file[1024];
    join(file, fixture_folder, "copy.tar");
    make_small();
    assert_int_equal(backup(file, &report, &err), BADGE_OK);
    off_t len = file_size(file);
    for (off_t at = 0; at < len; at += at % 512 < 160 ? 3 : 17) {
        flip_byte(file, at);
        expect_refused(file, "flipped", (long long)at);
        flip_byte(file, at);
    }
    /* Trailing bytes are refused too. */
    assert_int_equal(truncate(file, len + 1), 0);
    expect_refused(file, "longer", (long long)len);
    for (off_t at = len - 1; at >= 0; at -= at % 512 < 2 ? 1 : 127) {
        assert_int_equal(truncate(file, at), 0);
        expect_refused(file, "cut", (long long)at);
    }
}

/* Writes the archive with its first header changed and its checksum recomputed. */
static void forge(const char *file, const char *whole, size_t len, const char *name, char type, const char *target)
{
    char *bytes = malloc(len);
    memcpy(bytes, whole, len);
    memset(bytes, 0, 100);
    memcpy(bytes, name, strlen(name));
    bytes[156] = type;
    memcpy(bytes + 157, target, strlen(target));
    memset(bytes + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)bytes[i];
    (void)snprintf(bytes + 148, 8, "%06o", sum);
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
    free(bytes);
}

static void a_hostile_backup_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        char type;
        const char *target;
    } hostile[] = {
        {"badged-store/../evil", '0', ""},
        {"../evil", '0', ""},
        {"badged-store/batches/../../../evil", '0', ""},
        {"/tmp/evil", '0', ""},
        {"badged-store//tmp/evil", '0', ""},
        {"badged-store/evil", '0', ""},
        {"badged-store/lock", '0', ""},
        {"badged-store/index/CURRENT", '0', ""},
        {"badged-store/batches/1", '0', ""},
        {"badged-store/batches/000000001", '0', ""},
        {"badged-store/journal/00000003.new", '0', ""},
        {"badged-store/journal/00000003", '2', "../../evil"},
        {"badged-store/journal/00000003", '1', "anchors"},
        {"badged-store/journal/00000003", '5', ""},
        {"badged-store/journal/00000003", '6', ""},
        {"badged-store/journal/00000003", 'L', ""},
        {"badged-store/journal/00000003", '0', "x"},
        {"badged-store/labels", '0', ""},
        {"badged-store/SHA256SUMS", '0', ""},
        {"badged-store/", '0', ""},
        {"", '0', ""},
    };
    struct report report = {.slow = false};
    struct badge_err err;
    char file[1024], forged[1024];
    join(file, fixture_folder, "copy.tar");
    join(forged, fixture_folder, "forged.tar");
    make_small();
    assert_int_equal(backup(file, &report, &err), BADGE_OK);
    size_t len = (size_t)file_size(file);
    char *whole = malloc(len);
    int fd = open(file, O_RDONLY);
    assert_int_equal(read(fd, whole, len), len);
    close(fd);
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        forge(forged, whole, len, hostile[i].name, hostile[i].type, hostile[i].target);
        char back[1024];
        join(back, fixture_folder, "back");
        enum badge_status status = restore(back, forged, &err);
        if (status == BADGE_OK || access(back, F_OK) == 0 || access(in_folder("evil"), F_OK) == 0 ||
            access("/tmp/evil", F_OK) == 0)
            fail_msg("%s of type %c: %d", hostile[i].name, hostile[i].type, status);
    }
    /* Rewritten without a change, it is accepted. */
    forge(forged, whole, len, "badged-store/journal/00000003", '0', "");
    assert_int_equal(restore(in_folder("back"), forged, &err), BADGE_OK);
    free(whole);
}

/* -- under load -----------------------------------------------------------------------------------------------------
 */

struct load {
    struct store *store;
    _Atomic uint64_t acknowledged;
    atomic_bool over;
};

static void *append_until_over(void *arg)
{
    struct load *load = arg;
    for (uint64_t next = 0, round = 0; !atomic_load(&load->over); round++) {
        size_t n = 1 + round * 13 % 97;
        submit_many(load->store, next, n, STORE_NEW);
        next += n;
        atomic_store(&load->acknowledged, next);
        nanosleep(&(struct timespec){0, 2000000}, NULL); /* slow enough: every copy is recomputed twice */
    }
    return NULL;
}

static void *seal_until_over(void *arg)
{
    struct load *load = arg;
    for (unsigned round = 0; !atomic_load(&load->over); round++) {
        struct store_batch batch = seal(load->store, 400);
        if (batch.number > 0 && round % 9 == 0)
            assert_int_equal(store_reseal_work(load->store, batch.number, &batch, NULL), BADGE_OK);
        nanosleep(&(struct timespec){0, 20000000}, NULL); /* two seals while on_progress() waits */
    }
    return NULL;
}

static void backups_under_load(void **state)
{
    (void)state;
    struct load load = {.store = open_store(store_path())};
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, append_until_over, &load), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, seal_until_over, &load), 0);
    uint64_t acknowledged[8];
    for (int i = 0; i < 8; i++) {
        struct report report = {.slow = true};
        struct badge_err err = {.text = ""};
        char name[16];
        (void)snprintf(name, sizeof(name), "%d.tar", i);
        acknowledged[i] = atomic_load(&load.acknowledged);
        if (backup(in_folder(name), &report, &err) != BADGE_OK)
            fail_msg("backup %d: %s; %s", i, err.text, report.texts);
        assert_true(report.check.n_sealed + report.check.n_pending >= acknowledged[i]);
    }
    atomic_store(&load.over, true);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    store_close(load.store);
    for (int i = 0; i < 8; i++) {
        struct badge_err err = {.text = ""};
        char name[16], back[1024];
        (void)snprintf(name, sizeof(name), "%d.tar", i);
        join(back, fixture_folder, "back");
        if (restore(back, in_folder(name), &err) != BADGE_OK)
            fail_msg("restore %d: %s", i, err.text);
        struct store *store = open_store(back);
        uint64_t n = store_n_sealed(store) + store_n_pending(store);
        assert_true(n >= acknowledged[i]);
        submit_many(store, 0, n, STORE_KNOWN);
        for (uint64_t d = 0; d < store_n_sealed(store); d += 53)
            check_receipt(store, d);
        submit_many(store, n, 10, STORE_NEW);
        seal(store, 100000);
        uint32_t n_batches = store_n_batches(store);
        store_close(store);
        expect_clean(back, n_batches, n + 10, 0);
        remove_tree(back);
    }
}

int main(void)
{
    log_configure(LOG_BROKEN, false);
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_intact_store_is_clean),
        STORE_TEST(every_flipped_byte_is_reported),
        STORE_TEST(every_missing_or_short_file_is_reported),
        STORE_TEST(leftovers_of_a_crash_are_clean),
        STORE_TEST(a_duplicate_digest_is_reported),
        STORE_TEST(a_wrong_index_is_reported),
        STORE_TEST(locked_or_missing_stores),
        STORE_TEST(backup_and_restore),
        STORE_TEST(stopped_anywhere),
        STORE_TEST(a_damaged_store_is_not_backed_up),
        STORE_TEST(a_damaged_backup_is_refused),
        STORE_TEST(a_hostile_backup_is_refused),
        STORE_TEST(backups_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
