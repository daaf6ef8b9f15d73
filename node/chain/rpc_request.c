/*
 * Retries. The rounds, the probes of the providers, the broadcasts and the follower ask through here. The invariant: a
 * question is in the list exactly while its callback is still to run, and owns its timer until that is closed.
 */
#include "chain/rpc_request.h"

#include <stdlib.h>

#include "chain/send_error.h"
#include "runtime/metrics.h"

#define MAX_RETRIES 3
#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 2000 /* a provider that asks for more is left alone by the caller for that long */

struct question {
    struct questions *list;
    struct question *next;
    struct rpc *rpc;
    const char *method;
    json_t *params;
    enum insistence insistence;
    unsigned n_retries;
    bool waiting, told_to; /* told_to: by the provider, so whoever asks it next waits as long */
    rpc_callback callback;
    void *context;
    uv_timer_t timer;
};

static void on_closed(uv_handle_t *timer)
{
    struct question *question = timer->data;
    json_decref(question->params);
    free(question);
}

static void answer(struct question *question, const struct rpc_reply *reply)
{
    struct question **at = &question->list->first;
    while (*at != question)
        at = &(*at)->next;
    *at = question->next;
    question->callback(question->context, reply);
    uv_close((uv_handle_t *)&question->timer, on_closed);
}

static void fail(struct question *question, const struct badge_err *err)
{
    const struct rpc_reply reply = {.status = BADGE_EIO, .err = *err, .error_text = "", .error_data = ""};
    answer(question, &reply);
}

/* A fifth less or more, so that the questions of many nodes don't come in step. */
static uint64_t pause_ms(const struct question *question, const struct rpc_reply *reply)
{
    if (reply->retry_after_ms > 0)
        return reply->retry_after_ms;
    uint64_t ms = (uint64_t)PAUSE_FIRST_MS << question->n_retries;
    ms = ms < PAUSE_LAST_MS ? ms : PAUSE_LAST_MS;
    return ms - ms / 5 + uv_hrtime() % (2 * ms / 5 + 1);
}

static bool may_ask_again(const struct question *question, const struct rpc_reply *reply)
{
    bool unanswered = reply->status == BADGE_EIO && reply->http_status == 0;
    return !question->list->closing && question->n_retries < MAX_RETRIES && rpc_reply_is_transient(reply) &&
           reply->retry_after_ms <= PAUSE_LAST_MS && !(unanswered && question->insistence == ASK_IF_ANSWERED);
}

static void on_timer(uv_timer_t *timer);

static void wait(struct question *question, uint64_t ms, bool told_to)
{
    question->waiting = true;
    question->told_to = told_to;
    (void)uv_timer_start(&question->timer, on_timer, ms, 0); /* fails only when closing */
}

/* How long a provider has asked to be left alone. */
static uint64_t hold_ms(const struct questions *questions, const struct rpc *rpc)
{
    uint64_t most = 0;
    for (const struct question *other = questions->first; other != NULL; other = other->next) {
        bool holds = other->rpc == rpc && other->waiting && other->told_to;
        uint64_t ms = holds ? uv_timer_get_due_in(&other->timer) : 0;
        most = ms > most ? ms : most;
    }
    return most;
}

static void on_reply(void *context, const struct rpc_reply *reply)
{
    struct question *question = context;
    if (reply->status != BADGE_OK)
        metric_add(METRIC_RPC_ERRORS, 1);
    if (!may_ask_again(question, reply)) {
        answer(question, reply);
        return;
    }
    wait(question, pause_ms(question, reply), reply->retry_after_ms > 0);
    question->n_retries++;
}

static enum badge_status ask(struct question *question, struct badge_err *err)
{
    metric_add(METRIC_RPC_REQUESTS, 1);
    return rpc_call(question->rpc, question->method, json_incref(question->params), on_reply, question, err);
}

static void on_timer(uv_timer_t *timer)
{
    struct question *question = timer->data;
    struct badge_err err = {.text = "the node is stopping"};
    question->waiting = false;
    if (question->list->closing || ask(question, &err) != BADGE_OK)
        fail(question, &err);
}

enum badge_status question_ask(struct questions *questions, struct rpc *rpc, const char *method, json_t *params,
                               enum insistence insistence, rpc_callback callback, void *context, struct badge_err *err)
{
    struct question *question = calloc(1, sizeof *question);
    if (question == NULL || params == NULL) {
        free(question);
        json_decref(params);
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "no memory for a question");
    }
    *question = (struct question){.list = questions,
                                  .rpc = rpc,
                                  .method = method,
                                  .params = params,
                                  .insistence = insistence,
                                  .callback = callback,
                                  .context = context};
    uint64_t held_ms = questions->closing ? 0 : hold_ms(questions, rpc);
    enum badge_status status = held_ms > 0 ? BADGE_OK : ask(question, err);
    if (status != BADGE_OK) {
        json_decref(params);
        free(question);
        return status;
    }
    (void)uv_timer_init(questions->loop, &question->timer); /* always succeeds */
    question->timer.data = question;
    question->next = questions->first;
    questions->first = question;
    if (held_ms > 0)
        wait(question, held_ms, true);
    return BADGE_OK;
}

void questions_close(struct questions *questions)
{
    questions->closing = true;
    for (struct question *question = questions->first; question != NULL; question = question->next)
        if (question->waiting)
            (void)uv_timer_start(&question->timer, on_timer, 0, 0);
}
