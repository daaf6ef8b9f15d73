/*
 * Checks leaf lists, several at a time: requests on the loop, files and hashing on the pool. Called by audits and by
 * mirror.c. A list never takes more memory than the listed size of its batch.
 */
#include "audit/leaves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/store_folder.h"
#include "audit/task_pool.h"
#include "core/compiler.h"
#include "runtime/pool.h"

#define LISTS_AT_ONCE 8
#define LEAST_TIMEOUT_MS 60000
#define LEAST_BYTES_PER_MS 64 /* a slower source times out */

struct leaves_check {
    const struct leaves_run *run;
    struct badge_err err; /* what ended the run */
    size_t n_leaves_open;
    size_t n_done;
};

struct leaves_job {
    struct pool_work work;
    struct pool_task *task;
    struct leaves_item item;
    struct badge_hash *leaf;
    enum reconciliation_leaves found;
    struct badge_err err, save_err;
};

static size_t len_of(const struct leaves_job *job)
{
    return (size_t)job->item.batch->tree_size * sizeof *job->leaf;
}

static void job_finish(struct leaves_job *job)
{
    struct pool_task *task = job->task;
    struct leaves_check *checking = task->pool->context;
    checking->n_leaves_open -= job->item.batch->tree_size;
    checking->n_done++;
    if (job->save_err.status != BADGE_OK) {
        if (checking->err.status == BADGE_OK)
            checking->err = job->save_err;
        task_pool_stop(task->pool);
    }
    checking->run->done(checking->run->context, task->i, job->found, job->err.text);
    free(job->leaf);
    free(job);
    pool_task_done(task);
}

static void job_finish_as(struct leaves_job *job, enum reconciliation_leaves found, const char *why)
{
    job->found = found;
    (void)badge_fail(&job->err, BADGE_EIO, BADGE_NO_OFFSET, "%s", why);
    job_finish(job);
}

/* -- on the pool --------------------------------------------------------------------------------------------------- */

static enum reconciliation_leaves read_mirror_file(struct leaves_job *job)
{
    char path[4096];
    struct stat about;
    int n = snprintf(path, sizeof path, "%s/v1/batches/%u/leaves", job->item.source->place, job->item.batch->number);
    if (n < 0 || (size_t)n >= sizeof path || stat(path, &about))
        return LEAVES_WITHHELD;
    if (!S_ISREG(about.st_mode) || (uint64_t)about.st_size != len_of(job))
        return LEAVES_WRONG_LENGTH;
    FILE *file = fopen(path, "re");
    if (!file)
        return LEAVES_WITHHELD;
    bool is_read = fread(job->leaf, len_of(job), 1, file) == 1;
    (void)fclose(file);
    if (!is_read)
        (void)badge_fail(&job->err, BADGE_EIO, BADGE_NO_OFFSET, "its file can't be read");
    return is_read ? LEAVES_MATCH : LEAVES_UNREAD;
}

static enum reconciliation_leaves check_root(struct leaves_job *job)
{
    struct badge_hash root, *above = NULL;
    struct badge_err err = {0};
    size_t n = job->item.batch->tree_size, n_above = badge_tree_n_above(n);
    if (n_above && !(above = malloc(n_above * sizeof *above))) {
        (void)badge_no_memory(&job->err);
        return LEAVES_UNREAD;
    }
    enum badge_status status = badge_tree_build(&root, above, job->leaf, n, &err);
    free(above);
    if (status != BADGE_OK)
        return LEAVES_UNORDERED;
    return badge_hash_compare(&root, &job->item.batch->root) == 0 ? LEAVES_MATCH : LEAVES_DIFFER;
}

static void check_work(struct pool_work *work)
{
    struct leaves_job *job = container_of(work, struct leaves_job, work);
    const struct leaves_check *checking = job->task->pool->context;
    job->found = LEAVES_MATCH;
    if (job->item.source->kind == SOURCE_FOLDER)
        job->found = read_mirror_file(job);
    else if (job->item.source->kind == SOURCE_STORE)
        job->found = store_folder_leaves(job->item.source->place, job->item.batch, job->leaf, &job->err);
    if (job->found == LEAVES_MATCH)
        job->found = check_root(job);
    if (job->found == LEAVES_MATCH && checking->run->save_work &&
        checking->run->save_work(checking->run->context, job->task->i, job->leaf, &job->save_err) != BADGE_OK)
        job->found = LEAVES_UNREAD;
}

static void job_on_checked(struct pool_work *work)
{
    job_finish(container_of(work, struct leaves_job, work));
}

static void job_check(struct leaves_job *job)
{
    pool_queue(job->task->pool->loop, &job->work, check_work, job_on_checked);
}

/* -- on the loop --------------------------------------------------------------------------------------------------- */

static void job_on_leaves(void *context, const struct net_response *response)
{
    struct leaves_job *job = context;
    long code = response->http_status;
    char why[64];
    if (code == 200 && response->status == BADGE_OK && response->body_len == len_of(job)) {
        job_check(job);
    } else if (code == 200 && (response->status == BADGE_OK || response->status == BADGE_ELIMIT)) {
        job_finish_as(job, LEAVES_WRONG_LENGTH, "");
    } else if (code > 200 && code < 500 && code != 408 && code != 425 && code != 429) {
        job_finish_as(job, LEAVES_WITHHELD, "");
    } else if (!pool_task_retry(job->task, response->retry_after_ms)) {
        (void)snprintf(why, sizeof why, "HTTP %ld", code);
        job_finish_as(job, LEAVES_UNREAD, response->status != BADGE_OK ? response->err.text : why);
    }
}

static void job_fetch(struct leaves_job *job)
{
    const struct leaves_check *checking = job->task->pool->context;
    char url[4096];
    int n = snprintf(url, sizeof url, "%s/v1/batches/%u/leaves", job->item.source->place, job->item.batch->number);
    struct badge_err err = {0};
    struct net_request request = {.url = url,
                                  .max_response_len = len_of(job),
                                  .into = (char *)job->leaf,
                                  .timeout_ms = LEAST_TIMEOUT_MS + len_of(job) / LEAST_BYTES_PER_MS,
                                  .callback = job_on_leaves,
                                  .context = job};
    if (n < 0 || (size_t)n >= sizeof url)
        job_finish_as(job, LEAVES_UNREAD, "its URL is too long");
    else if (net_send(checking->run->client, &request, &err) != BADGE_OK)
        job_finish_as(job, LEAVES_UNREAD, err.text);
}

static void job_start(struct pool_task *task)
{
    struct leaves_check *checking = task->pool->context;
    struct leaves_job *job = task->own;
    if (!job) {
        job = task->own = calloc(1, sizeof *job);
        if (!job) { /* leaves_check() sees that it is not done */
            task_pool_stop(task->pool);
            pool_task_done(task);
            return;
        }
        job->task = task;
        job->item = checking->run->item(checking->run->context, task->i);
        checking->n_leaves_open += job->item.batch->tree_size;
        job->leaf = malloc(len_of(job));
    }
    if (!job->leaf)
        job_finish_as(job, LEAVES_UNREAD, "out of memory");
    else if (job->item.source->kind == SOURCE_NODE || job->item.source->kind == SOURCE_MIRROR)
        job_fetch(job);
    else
        job_check(job);
}

static bool job_may_start(const struct task_pool *pool, size_t i)
{
    const struct leaves_check *checking = pool->context;
    size_t n = checking->run->item(checking->run->context, i).batch->tree_size;
    return checking->n_leaves_open == 0 || checking->n_leaves_open + n <= BADGE_MAX_LEAVES;
}

enum badge_status leaves_check(const struct leaves_run *run, struct badge_err *err)
{
    struct leaves_check checking = {.run = run};
    struct task_pool pool = {.loop = run->loop,
                             .n_tasks = run->n_items,
                             .at_once = LISTS_AT_ONCE,
                             .start = job_start,
                             .may_start = job_may_start,
                             .context = &checking};
    task_pool_run(&pool);
    if (checking.err.status == BADGE_OK && checking.n_done < run->n_items)
        checking.err.status = BADGE_ENOMEM;
    if (checking.err.status == BADGE_OK)
        return BADGE_OK;
    return badge_fail(err, checking.err.status, BADGE_NO_OFFSET, "%s",
                      checking.err.text[0] ? checking.err.text : "out of memory");
}
