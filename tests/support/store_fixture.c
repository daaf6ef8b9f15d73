#include "support/store_fixture.h"

#include <sys/wait.h>

#if defined(__SANITIZE_THREAD__)
/* The system's LevelDB is not instrumented, so TSan does not see its atomics. Tests fork before they start threads. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_options(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "race:libleveldb\ncalled_from_lib:libleveldb\n";
}
__attribute__((visibility("default"))) const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}
#endif

char fixture_folder[64];

int fixture_setup(void **state)
{
    (void)state;
    /* In memory if possible: the speed of the disk is not tested here. */
    strcpy(fixture_folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/badged-store-XXXXXX" : "/tmp/badged-store-XXXXXX");
    return mkdtemp(fixture_folder) ? 0 : -1;
}

void join(char out[1024], const char *folder, const char *name)
{
    assert_true(snprintf(out, 1024, "%s/%s", folder, name) < 1024);
}

void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        char inner[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        join(inner, path, entry->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

void in_a_child(void (*act)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        act();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int fixture_teardown(void **state)
{
    (void)state;
    remove_tree(fixture_folder);
    return 0;
}

const char *in_folder(const char *name)
{
    static char path[4][1024];
    static unsigned turn;
    char *out = path[turn++ % 4];
    join(out, fixture_folder, name);
    return out;
}

void copy_tree(const char *from, const char *to)
{
    mkdir(to, 0700);
    DIR *dir = opendir(from);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char a[1024], b[1024];
        struct stat st;
        join(a, from, entry->d_name);
        join(b, to, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || stat(a, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            copy_tree(a, b);
            continue;
        }
        int in = open(a, O_RDONLY), out = open(b, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(in >= 0 && out >= 0);
        char bytes[65536];
        for (ssize_t n; (n = read(in, bytes, sizeof(bytes))) > 0;)
            assert_int_equal(write(out, bytes, (size_t)n), n);
        close(in);
        close(out);
    }
    closedir(dir);
}

off_t file_size(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

void flip_byte(const char *path, off_t offset)
{
    unsigned char byte;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 0x41;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

struct store_options fixture_options(const char *path)
{
    struct store_options options = {.path = path, .max_pending = 1u << 20, .chain_id = 31337};
    memset(options.contract.b, 0xc0, sizeof(options.contract.b));
    memset(options.issuer.b, 0x15, sizeof(options.issuer.b));
    return options;
}

struct store *open_store(const char *path)
{
    struct store_options options = fixture_options(path);
    struct badge_err err = {.text = ""};
    struct store *store = NULL;
    if (store_open(&store, &options, &err) != BADGE_OK)
        fail_msg("store_open: %s", err.text);
    return store;
}

enum badge_status refuse_store(const char *path, struct badge_err *err)
{
    struct store_options options = fixture_options(path);
    struct store *store = NULL;
    enum badge_status status = store_open(&store, &options, err);
    if (status == BADGE_OK)
        store_close(store);
    return status;
}

struct badge_hash digest_of(uint64_t i)
{
    struct badge_hash digest;
    badge_sha256(&digest, &i, sizeof(i));
    return digest;
}

struct store_submission submit_as(struct store *store, uint64_t i, enum badge_label label)
{
    struct store_submission submission = {.digest = {label, digest_of(i)}, .received_at_s = NOW_S + (int64_t)i};
    struct store_submission *group[] = {&submission};
    store_append_work(store, group, 1);
    return submission;
}

void submit_many(struct store *store, uint64_t first, size_t n, enum store_outcome outcome)
{
    enum { GROUP = 4096 };
    struct store_submission *submission = calloc(GROUP, sizeof(*submission)), *group[GROUP];
    for (size_t done = 0; done < n;) {
        size_t some = n - done < GROUP ? n - done : GROUP;
        for (size_t i = 0; i < some; i++) {
            submission[i] = (struct store_submission){.digest = {BADGE_LABEL_JCS, digest_of(first + done + i)},
                                                      .received_at_s = NOW_S + (int64_t)(first + done + i)};
            group[i] = &submission[i];
        }
        store_append_work(store, group, some);
        for (size_t i = 0; i < some; i++)
            assert_int_equal(submission[i].outcome, outcome);
        done += some;
    }
    free(submission);
}

struct store_batch seal(struct store *store, size_t max_leaves)
{
    struct store_batch batch;
    struct badge_err err = {.text = ""};
    if (store_seal_work(store, max_leaves, &batch, &err) != BADGE_OK)
        fail_msg("store_seal_work: %s", err.text);
    return batch;
}

void check_receipt(struct store *store, uint64_t i)
{
    struct badge_hash digest = digest_of(i), leaf;
    struct badge_receipt receipt;
    struct badge_err err = {.text = ""};
    if (store_receipt_work(store, &digest, &receipt, &err) != BADGE_OK)
        fail_msg("receipt of %llu: %s", (unsigned long long)i, err.text);
    badge_leaf_hash(&leaf, &receipt.salt, &digest);
    assert_memory_equal(receipt.digest.value.b, digest.b, 32);
    assert_int_equal(
        badge_path_verify(&receipt.root, &leaf, receipt.leaf_index, receipt.tree_size, receipt.path, receipt.n_path),
        BADGE_OK);
}

void check_record(struct store *store, uint64_t i, enum store_state state, uint32_t batch)
{
    struct badge_hash digest = digest_of(i);
    struct store_record record;
    struct badge_err err = {.text = ""};
    if (store_find_work(store, &digest, &record, &err) != BADGE_OK)
        fail_msg("record of %llu: %s", (unsigned long long)i, err.text);
    assert_int_equal(record.state, state);
    assert_int_equal(record.batch_number, batch);
    assert_true(record.received_at_s == NOW_S + (int64_t)i);
}
