/*
 * The writer thread: takes the whole queue at once, makes it durable with one append, posts the replies. The api
 * handlers queue from their loops; nothing else writes submissions. The invariant: a reply is posted only after every
 * submission of its request has an outcome from the store, and replies keep the order of the requests.
 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/failpoint.h"
#include "runtime/metrics.h"

/* At most so many submissions share one append: it limits one sync to about a megabyte. */
#define MAX_GROUP 16384

struct intake {
    struct intake_options options;
    uv_thread_t thread;
    uv_mutex_t lock; /* protects the members below, up to `group` */
    uv_cond_t arrived;
    struct intake_request *first, **last;
    bool stopping;
    struct store_submission *group[MAX_GROUP]; /* used by the writer thread only */
};

static bool append_group(struct intake *intake, size_t n)
{
    uint64_t n_new = 0, n_known = 0;
    store_append_work(intake->options.store, intake->group, n);
    for (size_t i = 0; i < n; i++) {
        n_new += intake->group[i]->outcome == STORE_NEW;
        n_known += intake->group[i]->outcome == STORE_KNOWN;
    }
    metric_add(METRIC_SUBMISSIONS_NEW, n_new);
    metric_add(METRIC_SUBMISSIONS_KNOWN, n_known);
    return n_new > 0;
}

/* Posting `done` returns the request to its owner: it must not be accessed after that. */
static void answer_requests(struct intake_request *first, const struct intake_request *end)
{
    while (first != end) {
        struct intake_request *request = first;
        first = request->next;
        FAILPOINT("intake", "answer");
        mailbox_post(request->reply_to, &request->done);
    }
}

static void write_queue(struct intake *intake, struct intake_request *queue)
{
    struct intake_request *unanswered = queue;
    bool any_new = false;
    size_t n = 0;
    for (struct intake_request *request = queue; request; request = request->next) {
        for (size_t i = 0; i < request->n; i++) {
            if (n == MAX_GROUP) {
                any_new |= append_group(intake, n);
                answer_requests(unanswered, request);
                unanswered = request;
                n = 0;
            }
            intake->group[n++] = &request->submission[i];
        }
    }
    if (n > 0)
        any_new |= append_group(intake, n);
    answer_requests(unanswered, NULL);
    if (any_new && intake->options.on_durable)
        intake->options.on_durable(intake->options.context);
}

static void writer_thread(void *argument)
{
    struct intake *intake = argument;
    uv_mutex_lock(&intake->lock);
    for (;;) {
        while (!intake->first && !intake->stopping)
            uv_cond_wait(&intake->arrived, &intake->lock);
        struct intake_request *queue = intake->first;
        if (!queue)
            break;
        intake->first = NULL;
        intake->last = &intake->first;
        uv_mutex_unlock(&intake->lock);
        write_queue(intake, queue);
        uv_mutex_lock(&intake->lock);
    }
    uv_mutex_unlock(&intake->lock);
}

enum badge_status intake_new(struct intake **out, const struct intake_options *options, struct badge_err *err)
{
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake)
        return badge_no_memory(err);
    intake->options = *options;
    intake->last = &intake->first;
    int code = uv_mutex_init(&intake->lock);
    if (code < 0)
        goto out_memory;
    code = uv_cond_init(&intake->arrived);
    if (code < 0)
        goto out_mutex;
    code = uv_thread_create(&intake->thread, writer_thread, intake);
    if (code < 0)
        goto out_cond;
    *out = intake;
    return BADGE_OK;

out_cond:
    uv_cond_destroy(&intake->arrived);
out_mutex:
    uv_mutex_destroy(&intake->lock);
out_memory:
    free(intake);
    return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "the writer thread could not be started: %s",
                      uv_strerror(code));
}

enum badge_status intake_accepts(const struct intake *intake, const struct badge_claims *claims, struct badge_err *err)
{
    const struct intake_options *options = &intake->options;
    if (options->n_issuers == 0)
        return BADGE_OK;
    if (claims->issuer.len == 0)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "this node takes credentials of certain issuers only, and the document names none");
    for (size_t i = 0; i < options->n_issuers; i++)
        if (strlen(options->issuers[i]) == claims->issuer.len &&
            memcmp(options->issuers[i], claims->issuer.bytes, claims->issuer.len) == 0)
            return BADGE_OK;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                      "this node does not take credentials of this issuer; submit it to a node of the issuer's own. If "
                      "this is that node, add the issuer's id to intake.issuers, exactly as the credential has it");
}

void intake_submit(struct intake *intake, struct intake_request *request)
{
    request->next = NULL;
    uv_mutex_lock(&intake->lock);
    *intake->last = request;
    intake->last = &request->next;
    uv_cond_signal(&intake->arrived);
    uv_mutex_unlock(&intake->lock);
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    uv_mutex_lock(&intake->lock);
    intake->stopping = true;
    uv_cond_signal(&intake->arrived);
    uv_mutex_unlock(&intake->lock);
    uv_thread_join(&intake->thread);
    uv_cond_destroy(&intake->arrived);
    uv_mutex_destroy(&intake->lock);
    free(intake);
}
