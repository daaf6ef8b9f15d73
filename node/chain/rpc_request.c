/*
 * Retries. The rounds, the probes of the providers, the broadcasts and the follower send their requests through here.
 * The invariant: a request is in the list exactly until its callback runs, and owns its timer until that is closed.
 */
#include "chain/rpc_request.h"

#include <stdlib.h>

#include "net/retry.h"
#include "runtime/metrics.h"

/* 100 ms and a fifth more or less, then 200, then 400. A longer Retry-After is left to the caller, who ejects. */
static const struct net_retry_policy retry_delays = {
    .first_ms = 80, .max_ms = 2000, .jitter_percent = 50, .max_retry_after_ms = 2000, .n_tries = 4};

struct rpc_request {
    struct rpc_requests *list;
    struct rpc_request *next;
    struct rpc *rpc;
    const char *method;
    json_t *params;
    unsigned n_failed;
    bool retry_unanswered;
    bool retry_after_given; /* further requests to that provider wait as long */
    rpc_callback callback;
    void *context;
    uv_timer_t timer; /* active while the request waits for a retry */
};

static void on_request_closed(uv_handle_t *timer)
{
    struct rpc_request *request = timer->data;
    json_decref(request->params);
    free(request);
}

static void request_end(struct rpc_request *request, const struct rpc_reply *reply)
{
    struct rpc_request **at = &request->list->first;
    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
    request->callback(request->context, reply);
    uv_close((uv_handle_t *)&request->timer, on_request_closed);
}

static void request_fail(struct rpc_request *request, const struct badge_err *err)
{
    const struct rpc_reply reply = {.status = BADGE_EIO, .err = *err, .error_text = "", .error_data = ""};
    request_end(request, &reply);
}

static bool may_retry(const struct rpc_request *request, const struct rpc_reply *reply)
{
    bool unanswered = reply->status == BADGE_EIO && reply->http_status == 0;
    return !request->list->closing && request->n_failed < retry_delays.n_tries && rpc_reply_is_transient(reply) &&
           reply->retry_after_ms <= retry_delays.max_retry_after_ms && (!unanswered || request->retry_unanswered);
}

static void on_retry_timer(uv_timer_t *timer);

static void retry_in(struct rpc_request *request, uint64_t ms, bool retry_after_given)
{
    request->retry_after_given = retry_after_given;
    (void)uv_timer_start(&request->timer, on_retry_timer, ms, 0); /* fails only when closing */
}

/* What is left of the provider's longest Retry-After. */
static uint64_t retry_after_left_ms(const struct rpc_requests *requests, const struct rpc *rpc)
{
    uint64_t most = 0;
    for (const struct rpc_request *other = requests->first; other; other = other->next) {
        bool holds = other->rpc == rpc && other->retry_after_given;
        uint64_t ms = holds ? uv_timer_get_due_in(&other->timer) : 0;
        most = ms > most ? ms : most;
    }
    return most;
}

static void on_request_reply(void *context, const struct rpc_reply *reply)
{
    struct rpc_request *request = context;
    if (reply->status != BADGE_OK) {
        metric_add(METRIC_RPC_ERRORS, 1);
        request->n_failed++;
    }
    if (!may_retry(request, reply)) {
        request_end(request, reply);
        return;
    }
    uint64_t ms = net_retry_delay_ms(&retry_delays, request->n_failed, reply->retry_after_ms, uv_hrtime());
    retry_in(request, ms, reply->retry_after_ms > 0);
}

static enum badge_status request_start(struct rpc_request *request, struct badge_err *err)
{
    metric_add(METRIC_RPC_REQUESTS, 1);
    return rpc_call(request->rpc, request->method, json_incref(request->params), on_request_reply, request, err);
}

static void on_retry_timer(uv_timer_t *timer)
{
    struct rpc_request *request = timer->data;
    struct badge_err err = {.text = "the node is stopping"};
    if (request->list->closing || request_start(request, &err) != BADGE_OK)
        request_fail(request, &err);
}

enum badge_status rpc_request_send(struct rpc_requests *requests, struct rpc *rpc, const char *method, json_t *params,
                                   bool retry_unanswered, rpc_callback callback, void *context, struct badge_err *err)
{
    struct rpc_request *request = calloc(1, sizeof *request);
    if (!request || !params) {
        free(request);
        json_decref(params);
        return badge_no_memory(err);
    }
    *request = (struct rpc_request){.list = requests,
                                    .rpc = rpc,
                                    .method = method,
                                    .params = params,
                                    .retry_unanswered = retry_unanswered,
                                    .callback = callback,
                                    .context = context};
    uint64_t left_ms = requests->closing ? 0 : retry_after_left_ms(requests, rpc);
    enum badge_status status = left_ms > 0 ? BADGE_OK : request_start(request, err);
    if (status != BADGE_OK) {
        json_decref(params);
        free(request);
        return status;
    }
    (void)uv_timer_init(requests->loop, &request->timer); /* always succeeds */
    request->timer.data = request;
    request->next = requests->first;
    requests->first = request;
    if (left_ms > 0)
        retry_in(request, left_ms, true);
    return BADGE_OK;
}

void rpc_requests_close(struct rpc_requests *requests)
{
    requests->closing = true;
    for (struct rpc_request *request = requests->first; request; request = request->next)
        if (uv_is_active((uv_handle_t *)&request->timer))
            (void)uv_timer_start(&request->timer, on_retry_timer, 0, 0);
}
