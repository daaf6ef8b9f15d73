/*
 * The bulk stream: lines → groups → intake → results in order → spool. credentials.c calls it on the loop.
 *
 * Lines are collected in a group while another group is being written to disk, and submitted when that one comes back
 * or when the group is full: a slow stream is durable at once, a fast one in groups that are worth a sync. Results are
 * written in the order of the lines because groups are answered in the order of their submission; reading stops (the
 * connection is suspended) while MAX_IN_PROGRESS groups or a full spool wait, and while a long line is parsed on the
 * pool: what was received after it waits in `rest`.
 */
#include "api/handlers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "api/document.h"
#include "api/record_json.h"
#include "api/spool.h"
#include "core/compiler.h"

#define GROUP_LINES 512
#define MAX_IN_PROGRESS 4
#define MAX_REST_LEN ((size_t)64 << 10) /* one part of a body, as the server passes it on */
/* A group with more bytes of findings is full: those of one line are some 10 KiB, and 4 MiB at worst. */
#define GROUP_FINDINGS_LEN ((size_t)256 << 10)

struct line_result {
    uint64_t line;
    struct refusal *refusal; /* NULL: the next submission of the group */
    struct document_notices notices;
};

struct bulk_group {
    STAILQ_ENTRY(bulk_group) in_order;
    struct bulk *bulk;
    size_t n_results, n_submissions, findings_len;
    bool is_back;
    struct intake_request request;
    struct line_result result[GROUP_LINES];
    struct store_submission submission[GROUP_LINES];
};

struct bulk {
    struct exchange *x; /* NULL once detached */
    struct loop *loop;
    const struct api_options *api;
    struct badge_digester *digester;
    bool asks_rules; /* of the standards, for every line */
    bool no_memory;  /* the stream was cut short; the answer says so */

    uint64_t line, line_len; /* number of the line that is being read, and its bytes so far */
    bool line_is_blank;
    struct refusal *line_refusal;
    struct document_weight line_weight; /* if it turns out to be a large one */
    bool line_accepted;                 /* once it was read */
    struct document_result line_result; /* if so */
    struct refusal line_why;            /* if not */
    bool parsing;                       /* it is being read on the pool */
    struct loop_job line_job;
    struct strbuf rest; /* received meanwhile */

    struct bulk_group *filling;            /* takes the results of the next lines */
    STAILQ_HEAD(, bulk_group) in_progress; /* submitted, in order */
    unsigned n_in_progress;
    bool complete; /* the body has ended */
    struct outcome_tally tally;
    struct spool spool;
};

/* What a stream may hold: its groups, results that wait for the disk, a short line; long ones add theirs. */
#define FIXED_MEMORY                                                                                                   \
    ((MAX_IN_PROGRESS + 1) * (sizeof(struct bulk_group) + GROUP_FINDINGS_LEN) + SPOOL_MEMORY_LEN + MAX_REST_LEN +      \
     DOCUMENT_LARGE_LEN)

static void spool_changed(struct spool *spool);

struct bulk *bulk_new(struct exchange *x, bool asks_rules)
{
    if (!exchange_reserve(x, FIXED_MEMORY))
        return NULL;
    struct bulk *bulk = calloc(1, sizeof *bulk);
    if (!bulk)
        return NULL;
    bulk->digester = digester_pool_take(&api_loop_of(x)->digesters);
    if (!bulk->digester) {
        free(bulk);
        return NULL;
    }
    bulk->x = x;
    bulk->loop = x->loop;
    bulk->api = api_of(x);
    bulk->asks_rules = asks_rules;
    bulk->line = 1;
    bulk->line_is_blank = true;
    STAILQ_INIT(&bulk->in_progress);
    strbuf_init(&bulk->rest, MAX_REST_LEN);
    spool_init(&bulk->spool, x->loop, api_of(x)->store_path, spool_changed);
    return bulk;
}

static void refusal_free(struct refusal *refusal)
{
    if (refusal)
        free(refusal->findings);
    free(refusal);
}

static void group_free(struct bulk_group *group)
{
    if (!group)
        return;
    for (size_t i = 0; i < group->n_results; i++) {
        refusal_free(group->result[i].refusal);
        document_notices_release(&group->result[i].notices);
    }
    free(group);
}

static void free_if_over(struct bulk *bulk)
{
    if (bulk->x || !STAILQ_EMPTY(&bulk->in_progress) || bulk->spool.busy)
        return;
    spool_release(&bulk->spool);
    strbuf_release(&bulk->rest);
    group_free(bulk->filling);
    refusal_free(bulk->line_refusal);
    badge_digester_free(bulk->digester);
    free(bulk);
}

/* -- results ------------------------------------------------------------------------------------------------------- */

static void write_results(struct bulk *bulk, const struct bulk_group *group)
{
    struct strbuf *out = &bulk->spool.text;
    const struct store_submission *submission = group->submission;
    outcome_tally(&bulk->tally, submission, group->n_submissions);
    for (size_t i = 0; i < group->n_results; i++) {
        const struct line_result *result = &group->result[i];
        const struct refusal *refusal = result->refusal;
        struct json_out json = strbuf_json(out);
        json_out_object(&json, NULL);
        json_out_u64(&json, "line", result->line);
        if (refusal)
            problem_write_rules(&json, "error", refusal->problem, refusal->detail, refusal->offset, refusal->findings);
        else
            outcome_json_write(&json, submission++, bulk->api->store, &result->notices);
        json_out_object_end(&json);
        strbuf_put(out, "\n", 1);
    }
    spool_wrote(&bulk->spool);
}

static void bulk_answer(struct bulk *bulk)
{
    struct exchange *x = bulk->x;
    if (bulk->no_memory || bulk->spool.failed || bulk->spool.text.failed) {
        exchange_problem(x, PROBLEM_TOO_BUSY,
                         "The node could not keep the results; submit the same lines again, which is harmless.");
        return;
    }
    if (outcome_refused(x, &bulk->tally))
        return;
    x->reply.status = 200;
    x->reply.content_type = "application/x-ndjson";
    if (bulk->spool.file_len) {
        x->reply.fd = bulk->spool.fd;
        x->reply.len = bulk->spool.file_len;
        bulk->spool.fd = -1;
    } else {
        x->reply.body = bulk->spool.text;
        strbuf_init(&bulk->spool.text, 0);
    }
}

static bool is_full(const struct bulk *bulk)
{
    return bulk->n_in_progress >= MAX_IN_PROGRESS || spool_is_full(&bulk->spool);
}

/* Whether every line has its result in the spool; answers then. */
static bool finish_if_complete(struct bulk *bulk)
{
    bool ended = bulk->complete && STAILQ_EMPTY(&bulk->in_progress) && spool_finish(&bulk->spool);
    if (ended && !exchange_answered(bulk->x))
        bulk_answer(bulk);
    return ended;
}

/* After every step that may let the stream continue, or end. */
static void bulk_continue(struct bulk *bulk)
{
    if (!bulk->x)
        free_if_over(bulk);
    else if (bulk->parsing)
        return;
    else if (bulk->x->waiting && (finish_if_complete(bulk) || (!bulk->complete && !is_full(bulk))))
        exchange_resume(bulk->x);
}

static void spool_changed(struct spool *spool)
{
    bulk_continue(container_of(spool, struct bulk, spool));
}

/* -- groups -------------------------------------------------------------------------------------------------------- */

static void on_group_durable(struct message *message);

static void submit_group(struct bulk *bulk)
{
    struct bulk_group *group = bulk->filling;
    bulk->filling = NULL;
    STAILQ_INSERT_TAIL(&bulk->in_progress, group, in_order);
    bulk->n_in_progress++;
    loop_ref(bulk->loop);
    group->request = (struct intake_request){
        .submission = group->submission, .n = group->n_submissions, .reply_to = &bulk->loop->mailbox};
    group->request.done.handler = on_group_durable;
    if (group->n_submissions)
        intake_submit(bulk->api->intake, &group->request);
    else
        mailbox_post(&bulk->loop->mailbox, &group->request.done);
}

static void on_group_durable(struct message *message)
{
    struct bulk_group *group = container_of(message, struct bulk_group, request.done);
    struct bulk *bulk = group->bulk;
    loop_unref(bulk->loop);
    group->is_back = true;
    while ((group = STAILQ_FIRST(&bulk->in_progress)) && group->is_back) {
        STAILQ_REMOVE_HEAD(&bulk->in_progress, in_order);
        bulk->n_in_progress--;
        if (bulk->x)
            write_results(bulk, group);
        group_free(group);
    }
    if (bulk->filling && STAILQ_EMPTY(&bulk->in_progress))
        submit_group(bulk);
    bulk_continue(bulk);
}

/* The result of the line that has just ended: a refusal or a submission. Takes the refusal and what is in result. */
static void add_result(struct bulk *bulk, struct refusal *refusal, struct document_result *result)
{
    if (!bulk->filling) {
        bulk->filling = malloc(sizeof *bulk->filling);
        if (!bulk->filling) {
            bulk->no_memory = true;
            refusal_free(refusal);
            if (!refusal)
                document_notices_release(&result->notices);
            return;
        }
        bulk->filling->bulk = bulk;
        bulk->filling->n_results = bulk->filling->n_submissions = bulk->filling->findings_len = 0;
        bulk->filling->is_back = false;
    }
    struct bulk_group *group = bulk->filling;
    group->result[group->n_results++] = (struct line_result){.line = bulk->line, .refusal = refusal};
    if (!refusal) {
        group->result[group->n_results - 1].notices = result->notices;
        group->submission[group->n_submissions++] = (struct store_submission){.digest = result->digest,
                                                                              .received_at_s = loop_now_s()};
    }
    if (refusal && refusal->findings)
        group->findings_len += strlen(refusal->findings);
    if (group->n_results == GROUP_LINES || group->findings_len > GROUP_FINDINGS_LEN)
        submit_group(bulk);
}

/* -- lines --------------------------------------------------------------------------------------------------------- */

/* Takes what the refusal holds. */
static void refuse_line(struct bulk *bulk, const struct refusal *refusal)
{
    bulk->line_refusal = malloc(sizeof *refusal);
    if (bulk->line_refusal) {
        *bulk->line_refusal = *refusal;
    } else {
        bulk->no_memory = true;
        free(refusal->findings);
    }
}

/* Memory for the line that is being read; false: there is none, and the exchange is answered. */
static bool reserve_line(struct bulk *bulk)
{
    return bulk->line_len <= DOCUMENT_LARGE_LEN ||
           document_reserve(bulk->x, FIXED_MEMORY + bulk->line_len, bulk->digester, &bulk->line_weight,
                            bulk->line_len) > 0;
}

/* is_end: of the line. One that ends where it is still short is not weighed. */
static void line_data(struct bulk *bulk, const char *bytes, size_t len, bool is_end)
{
    bulk->line_len += len;
    if (bulk->line_is_blank) {
        size_t space = 0;
        while (space < len && strchr(" \t\r", bytes[space]) && bytes[space])
            space++;
        bulk->line_is_blank = space == len;
    }
    if (bulk->line_refusal || len == 0)
        return;
    if (!is_end || bulk->line_len > DOCUMENT_LARGE_LEN)
        document_weigh(&bulk->line_weight, bytes, len);
    struct refusal refusal = {.problem = PROBLEM_TOO_LARGE,
                              .offset = BADGE_NO_OFFSET,
                              .detail = "The line is longer than http.max_json of this node."};
    struct badge_err err = {.status = BADGE_OK};
    if (bulk->line_len > bulk->api->max_json) {
        refuse_line(bulk, &refusal);
    } else if (reserve_line(bulk) && badge_digester_update(bulk->digester, bytes, len, &err) != BADGE_OK) {
        (void)document_refused(&refusal, bulk->digester, &err);
        refuse_line(bulk, &refusal);
    }
}

/* result: of a line that is neither blank nor refused. */
static void end_line(struct bulk *bulk, struct document_result *result)
{
    if (!bulk->line_is_blank && !bulk->no_memory) {
        add_result(bulk, bulk->line_refusal, result);
        bulk->line_refusal = NULL;
    } else if (result && !bulk->line_refusal) {
        document_notices_release(&result->notices);
    }
    refusal_free(bulk->line_refusal);
    bulk->line_refusal = NULL;
    badge_digester_clear(bulk->digester);
    badge_digester_limit_memory(bulk->digester, 0);
    bulk->line++;
    bulk->line_len = 0;
    bulk->line_is_blank = true;
    bulk->line_weight = (struct document_weight){0};
}

static void read_line_work(struct loop_job *job)
{
    struct bulk *bulk = container_of(job, struct bulk, line_job);
    bulk->line_accepted = document_end(&bulk->line_result, bulk->digester, MEDIA_NDJSON, NULL, 0, bulk->asks_rules,
                                       bulk->api, &bulk->line_why);
    badge_digester_clear(bulk->digester); /* frees memory early: other jobs of this chunk are still to run */
}

static void end_read_line(struct bulk *bulk)
{
    if (!bulk->line_accepted)
        refuse_line(bulk, &bulk->line_why);
    end_line(bulk, &bulk->line_result);
}

static void take_lines(struct bulk *bulk, const char *bytes, size_t len);
static void end_body(struct bulk *bulk);

static void read_line_done(struct loop_job *job)
{
    struct bulk *bulk = container_of(job, struct bulk, line_job);
    struct strbuf rest = bulk->rest;
    strbuf_init(&bulk->rest, MAX_REST_LEN);
    bulk->parsing = false;
    bulk->no_memory |= rest.failed;
    end_read_line(bulk);
    take_lines(bulk, rest.bytes, rest.len);
    strbuf_release(&rest);
    if (bulk->complete && !bulk->parsing)
        end_body(bulk);
    if (exchange_answered(bulk->x))
        exchange_resume(bulk->x);
    else
        bulk_continue(bulk);
}

/* The line is complete: reads it here, or starts to read it on the pool. */
static void complete_line(struct bulk *bulk)
{
    if (bulk->line_is_blank || bulk->line_refusal) {
        end_line(bulk, NULL);
    } else if (bulk->line_len <= DOCUMENT_LARGE_LEN) {
        read_line_work(&bulk->line_job);
        end_read_line(bulk);
    } else {
        bulk->parsing = true;
        bulk->line_job = (struct loop_job){.work = read_line_work, .done = read_line_done};
        loop_queue_job(bulk->loop, &bulk->line_job);
        if (!bulk->x->waiting)
            exchange_wait(bulk->x);
    }
}

static bool takes_lines(const struct bulk *bulk)
{
    return !bulk->no_memory && !bulk->parsing && !exchange_answered(bulk->x);
}

static void take_lines(struct bulk *bulk, const char *bytes, size_t len)
{
    while (len && takes_lines(bulk)) {
        const char *newline = memchr(bytes, '\n', len);
        size_t n = newline ? (size_t)(newline - bytes) : len;
        line_data(bulk, bytes, n, newline);
        if (newline) {
            if (!exchange_answered(bulk->x))
                complete_line(bulk);
            n++;
        }
        bytes += n;
        len -= n;
    }
    if (bulk->parsing)
        strbuf_put(&bulk->rest, bytes, len);
    else if (bulk->filling && STAILQ_EMPTY(&bulk->in_progress))
        submit_group(bulk);
}

void bulk_data(struct bulk *bulk, const char *bytes, size_t len)
{
    take_lines(bulk, bytes, len);
    if (is_full(bulk) && !bulk->x->waiting && !exchange_answered(bulk->x))
        exchange_wait(bulk->x);
}

static void end_body(struct bulk *bulk)
{
    if (bulk->line_len && takes_lines(bulk))
        complete_line(bulk);
    if (bulk->filling && !bulk->parsing)
        submit_group(bulk);
}

void bulk_run(struct bulk *bulk)
{
    bulk->complete = true;
    end_body(bulk);
    if ((bulk->parsing || !finish_if_complete(bulk)) && !bulk->x->waiting)
        exchange_wait(bulk->x);
}

void bulk_detach(struct bulk *bulk)
{
    bulk->x = NULL;
    if (bulk->filling)
        submit_group(bulk);
    free_if_over(bulk);
}
