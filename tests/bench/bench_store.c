/*
 * Measures the store alone, without HTTP and chain: durable appends in groups, the seal, receipts and records at random
 * over N sealed credentials, and the cost of N credentials at rest: time to open, memory, disk.
 *
 *   bench_store [--json] [--credentials N] [FOLDER]
 *
 * The folder (default /tmp) must be on a real disk for the appends to mean anything; a store is made in it and deleted.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/log.h"
#include "store/store.h"

#define BATCH 65536
#define GROUP 1024
#define N_READS 200000

static char folder[256] = "/tmp";
static struct store *store;

static _Noreturn void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(2);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct badge_hash digest_of(uint64_t i)
{
    struct badge_hash digest;
    badge_sha256(&digest, &i, sizeof(i));
    return digest;
}

static void open_it(void)
{
    struct store_options options = {.path = folder, .max_pending = 1u << 20, .chain_id = 31337};
    struct badge_err err;
    if (store_open(&store, &options, &err) != BADGE_OK)
        die("open", err.text);
}

static void append(uint64_t first, size_t n, size_t group_len)
{
    static struct store_submission submission[GROUP];
    struct store_submission *group[GROUP];
    for (size_t done = 0; done < n;) {
        size_t some = n - done < group_len ? n - done : group_len;
        for (size_t i = 0; i < some; i++) {
            submission[i] = (struct store_submission){.digest = {BADGE_LABEL_JCS, digest_of(first + done + i)},
                                                      .received_at_s = 1795435200};
            group[i] = &submission[i];
        }
        store_append_work(store, group, some);
        for (size_t i = 0; i < some; i++)
            if (submission[i].outcome != STORE_NEW)
                die("append", "not new");
        done += some;
    }
}

static double append_rate(uint64_t first, size_t n, size_t group_len)
{
    double began = now_s();
    append(first, n, group_len);
    return (double)n / (now_s() - began);
}

static double seal(size_t max_leaves)
{
    struct store_batch batch;
    struct badge_err err;
    double began = now_s();
    if (store_seal_work(store, max_leaves, &batch, &err) != BADGE_OK)
        die("seal", err.text);
    return now_s() - began;
}

static uint64_t random_below(uint64_t n)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static double receipt_rate(uint64_t n_sealed, size_t n)
{
    double began = now_s();
    for (size_t i = 0; i < n; i++) {
        struct badge_hash digest = digest_of(random_below(n_sealed));
        struct badge_receipt receipt;
        struct badge_err err;
        if (store_receipt_work(store, &digest, &receipt, &err) != BADGE_OK)
            die("receipt", err.text);
    }
    return (double)n / (now_s() - began);
}

static double find_rate(uint64_t first, uint64_t n_of, size_t n, enum badge_status want)
{
    double began = now_s();
    for (size_t i = 0; i < n; i++) {
        struct badge_hash digest = digest_of(first + random_below(n_of));
        struct store_record record;
        struct badge_err err;
        if (store_find_work(store, &digest, &record, &err) != want)
            die("find", "another answer than was due");
    }
    return (double)n / (now_s() - began);
}

static uint64_t disk_use(const char *path)
{
    uint64_t sum = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        char inner[1024];
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) >= (int)sizeof(inner) || stat(inner, &st) != 0)
            continue;
        sum += S_ISDIR(st.st_mode) ? disk_use(inner) : (uint64_t)st.st_size;
    }
    if (dir)
        closedir(dir);
    return sum;
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        char inner[1024];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) < (int)sizeof(inner) && unlink(inner) != 0)
            remove_tree(inner);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static uint64_t resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu %lu", &total, &resident) != 2)
        die("memory", "/proc is not there");
    (void)fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* In a new process, so that its memory was used for nothing else. */
static void measure_at_rest(const char *program, bool json, size_t n_reads)
{
    char reads[32];
    (void)snprintf(reads, sizeof(reads), "%zu", n_reads);
    (void)fflush(stdout);
    execl(program, program, json ? "--at-rest-json" : "--at-rest", reads, folder, (char *)NULL);
    die("exec", program);
}

static void at_rest(bool json, size_t n_reads)
{
    double began = now_s();
    open_it();
    double open_s = now_s() - began;
    uint64_t resident = resident_bytes(), n = store_n_sealed(store);
    double receipts = receipt_rate(n, n_reads), records = find_rate(0, n, n_reads, BADGE_OK),
           unknown = find_rate(UINT64_C(1) << 40, n, n_reads, BADGE_ENOTFOUND);
    uint64_t resident_after = resident_bytes();
    store_close(store);
    double disk = (double)disk_use(folder) / (double)n;
    if (json)
        printf("\"open_ms\":%.1f,\"resident_bytes\":%llu,\"resident_after_reads_bytes\":%llu,\"receipts_per_s\":%.0f,"
               "\"records_per_s\":%.0f,\"unknown_per_s\":%.0f,\"disk_bytes_per_credential\":%.1f}\n",
               open_s * 1e3, (unsigned long long)resident, (unsigned long long)resident_after, receipts, records,
               unknown, disk);
    else
        printf("open                      %10.1f ms\n"
               "resident after open       %10.1f MB\n"
               "receipts, random          %10.0f /s\n"
               "records, random           %10.0f /s\n"
               "unknown digests           %10.0f /s\n"
               "resident after reads      %10.1f MB\n"
               "disk                      %10.1f bytes a credential\n",
               open_s * 1e3, (double)resident / 1e6, receipts, records, unknown, (double)resident_after / 1e6, disk);
    remove_tree(folder);
}

static void fill(const char *program, bool json, uint64_t n)
{
    (void)strncat(folder, "/bench-store-XXXXXX", sizeof(folder) - strlen(folder) - 1);
    if (!mkdtemp(folder))
        die("folder", folder);
    open_it();
    double by_1 = append_rate(0, 2000, 1), by_64 = append_rate(2000, 64000, 64), seal_s = 0, worst_s = 0;
    uint64_t done = 66000;
    double began = now_s();
    append(done, n - done, GROUP);
    double by_1024 = (double)(n - done) / (now_s() - began);
    unsigned n_seals = 0;
    for (; store_n_pending(store) > 0; n_seals++) {
        double took_s = seal(BATCH);
        seal_s += took_s;
        worst_s = took_s > worst_s ? took_s : worst_s;
    }
    store_close(store);
    if (json)
        printf("{\"credentials\":%llu,\"append_1_per_s\":%.0f,\"append_64_per_s\":%.0f,\"append_1024_per_s\":%.0f,"
               "\"seal_65536_ms\":%.1f,\"seal_worst_ms\":%.1f,",
               (unsigned long long)n, by_1, by_64, by_1024, seal_s * 1e3 / n_seals, worst_s * 1e3);
    else
        printf("credentials               %10llu\n"
               "durable, groups of 1      %10.0f /s\n"
               "durable, groups of 64     %10.0f /s\n"
               "durable, groups of 1,024  %10.0f /s\n"
               "seal of 65,536            %10.1f ms (mean), %.1f ms (worst)\n",
               (unsigned long long)n, by_1, by_64, by_1024, seal_s * 1e3 / n_seals, worst_s * 1e3);
    measure_at_rest(program, json, N_READS);
}

int main(int argc, char **argv)
{
    bool json = false;
    uint64_t n = 1000000;
    log_configure(LOG_WARN, false);
    if (argc == 4 && strncmp(argv[1], "--at-rest", 9) == 0) {
        (void)snprintf(folder, sizeof(folder), "%s", argv[3]);
        at_rest(strcmp(argv[1], "--at-rest-json") == 0, (size_t)strtoul(argv[2], NULL, 10));
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--credentials") == 0 && i + 1 < argc)
            n = strtoull(argv[++i], NULL, 10);
        else
            (void)snprintf(folder, 200, "%s", argv[i]);
    }
    if (n < 100000 || n > 1u << 20)
        die("--credentials", "between 100000 and 1048576");
    fill("/proc/self/exe", json, n);
    return 0;
}
