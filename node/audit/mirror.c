/*
 * Makes and updates mirrors for `badge mirror`. A sealed batch never changes, so its leaves are fetched once, checked
 * against the root, and written in one step; only the list is rewritten each time.
 */
#include "audit/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/fetch_list.h"
#include "audit/leaves.h"
#include "core/compiler.h"
#include "core/format.h"
#include "runtime/file.h"

#define PATH_LEN 4096
#define MAX_BELOW 64 /* of a path below the folder: make_folders() checks once that they all fit */

struct mirroring {
    const struct mirror_request *request;
    struct batch_list list, old;
    struct listed_batch **wanted; /* leaves not yet mirrored */
    size_t n_wanted, n_done;
    struct badge_err err; /* the first failure */
    struct mirror_result *result;
};

static enum badge_status make_folder(const char *path, struct badge_err *err)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return BADGE_OK;
    return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "can't make %s: %s", path,
                      uv_strerror(uv_translate_sys_error(errno)));
}

static enum badge_status make_folders(const char *folder, struct badge_err *err)
{
    static const char *const below[] = {"", "/v1", "/v1/batches"};
    char path[PATH_LEN];
    enum badge_status status = BADGE_OK;
    if (strlen(folder) > PATH_LEN - MAX_BELOW)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the path of the folder is too long");
    for (size_t i = 0; i < ARRAY_LEN(below) && status == BADGE_OK; i++) {
        (void)snprintf(path, sizeof path, "%s%s", folder, below[i]);
        status = make_folder(path, err);
    }
    return status;
}

/* -- what is mirrored already -------------------------------------------------------------------------------------- */

static bool has_leaves(const char *folder, const struct listed_batch *batch)
{
    char path[PATH_LEN];
    struct stat about;
    (void)snprintf(path, sizeof path, "%s/v1/batches/%u/leaves", folder, batch->number);
    return !stat(path, &about) && S_ISREG(about.st_mode) &&
           (uint64_t)about.st_size == (uint64_t)batch->tree_size * sizeof(struct badge_hash);
}

static enum badge_status read_old(struct mirroring *m, struct badge_err *err)
{
    struct reconciliation_source mirror = {.kind = SOURCE_FOLDER, .place = m->request->folder};
    enum badge_status status = fetch_list(&m->old, &mirror, m->request->client, err);
    return status == BADGE_EIO ? BADGE_OK : status; /* a new mirror */
}

/* A mirrored batch never changes and never disappears. */
static enum badge_status compare_with_old(struct mirroring *m, struct badge_err *err)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < m->list.n; i++) {
        struct listed_batch *batch = &m->list.batch[i];
        const struct listed_batch *old = batch_list_find(&m->old, batch->number);
        n_kept += old ? 1 : 0;
        if (old && (badge_hash_compare(&old->root, &batch->root) != 0 || old->tree_size != batch->tree_size))
            return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET,
                              "batch %u of the node differs from the mirrored one: is it another node?", batch->number);
        if (!old || !has_leaves(m->request->folder, batch))
            m->wanted[m->n_wanted++] = batch;
    }
    if (n_kept < m->old.n)
        return badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET,
                          "the node no longer lists %zu batches that were mirrored: is it another node?",
                          m->old.n - n_kept);
    return BADGE_OK;
}

/* -- leaves -------------------------------------------------------------------------------------------------------- */

static struct leaves_item mirror_item(void *context, size_t i)
{
    const struct mirroring *m = context;
    return (struct leaves_item){.source = m->request->source, .batch = m->wanted[i]};
}

static enum badge_status mirror_save_work(void *context, size_t i, const struct badge_hash *leaf, struct badge_err *err)
{
    const struct mirroring *m = context;
    const struct listed_batch *batch = m->wanted[i];
    char path[PATH_LEN];
    (void)snprintf(path, sizeof path, "%s/v1/batches/%u", m->request->folder, batch->number);
    enum badge_status status = make_folder(path, err);
    (void)snprintf(path, sizeof path, "%s/v1/batches/%u/leaves", m->request->folder, batch->number);
    return status != BADGE_OK ? status
                              : file_replace_later(path, leaf, (size_t)batch->tree_size * sizeof *leaf, 0644, err);
}

static void mirror_done(void *context, size_t i, enum reconciliation_leaves found, const char *why)
{
    struct mirroring *m = context;
    const struct listed_batch *batch = m->wanted[i];
    m->n_done++;
    m->request->progress(m->request->context, m->n_done, m->n_wanted);
    if (found == LEAVES_MATCH) {
        m->result->n_new++;
        m->result->n_bytes += (uint64_t)batch->tree_size * sizeof(struct badge_hash);
    } else if (m->err.status != BADGE_OK) {
        return;
    } else if (found == LEAVES_UNREAD) {
        (void)badge_fail(&m->err, BADGE_EIO, BADGE_NO_OFFSET, "the leaves of batch %u could not be fetched: %s",
                         batch->number, why);
    } else {
        (void)badge_fail(&m->err, BADGE_EMISMATCH, BADGE_NO_OFFSET,
                         found == LEAVES_WITHHELD ? "batch %u is listed, but the node does not return its leaves"
                                                  : "the leaves of batch %u do not match its root",
                         batch->number);
    }
}

/* -- the list ------------------------------------------------------------------------------------------------------ */

static void write_batch(FILE *out, const struct listed_batch *batch)
{
    fprintf(out, "{\"number\":%u,\"root\":\"%s\",\"treeSize\":%u,\"state\":\"%s\"", batch->number,
            core_hash_text(&batch->root).s, batch->tree_size, listed_state_name(batch->state));
    if (batch->has_sealed_at)
        fprintf(out, ",\"sealedAt\":\"%s\"", core_time_text(batch->sealed_at_s).s);
    if (batch->replaces)
        fprintf(out, ",\"replaces\":%u", batch->replaces);
    fprintf(out, ",\"anchor\":{\"chainId\":%llu,\"contract\":\"%s\",\"issuer\":\"%s\"",
            (unsigned long long)batch->chain_id, core_account_text(&batch->contract).s,
            core_account_text(&batch->issuer).s);
    if (batch->has_sequence)
        fprintf(out, ",\"sequence\":%llu", (unsigned long long)batch->sequence);
    fputs("}}", out);
}

static enum badge_status write_list(const struct mirroring *m, struct badge_err *err)
{
    char path[PATH_LEN], *text = NULL;
    size_t len = 0;
    enum badge_status status = BADGE_OK;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return badge_no_memory(err);
    (void)snprintf(path, sizeof path, "%s/v1/batches.json", m->request->folder);
    fputs("{\"batches\":[", out);
    for (size_t i = 0; i < m->list.n; i++) {
        fputs(i ? ",\n" : "\n", out);
        write_batch(out, &m->list.batch[i]);
    }
    fputs("\n]}\n", out);
    if (fclose(out))
        status = badge_no_memory(err);
    /* The leaves must be durable before the list that names them. */
    if (status == BADGE_OK && m->n_wanted)
        status = file_sync_beside(path, err);
    if (status == BADGE_OK)
        status = file_replace(path, text, len, 0644, err);
    free(text);
    return status;
}

enum badge_status mirror_update(const struct mirror_request *request, struct mirror_result *out, struct badge_err *err)
{
    struct mirroring m = {.request = request, .result = out};
    *out = (struct mirror_result){0};
    enum badge_status status = make_folders(request->folder, err);
    if (status == BADGE_OK)
        status = fetch_list(&m.list, request->source, request->client, err);
    if (status == BADGE_OK)
        status = read_old(&m, err);
    if (status == BADGE_OK && !(m.wanted = malloc((m.list.n + 1) * sizeof(struct listed_batch *))))
        status = badge_no_memory(err);
    if (status == BADGE_OK)
        status = compare_with_old(&m, err);
    struct leaves_run run = {.loop = request->loop,
                             .client = request->client,
                             .n_items = m.n_wanted,
                             .item = mirror_item,
                             .save_work = mirror_save_work,
                             .done = mirror_done,
                             .context = &m};
    if (status == BADGE_OK)
        status = leaves_check(&run, err);
    if (status == BADGE_OK && m.err.status != BADGE_OK) {
        status = m.err.status;
        if (err)
            *err = m.err;
    }
    if (status == BADGE_OK)
        status = write_list(&m, err);
    out->n_batches = m.list.n;
    free(m.wanted);
    batch_list_release(&m.list);
    batch_list_release(&m.old);
    return status;
}
