/*
 * Decides when a batch closes. Intake notifies it of new pending credentials, api requests a seal, a timer watches the
 * age; each of these calls seal_if_due() on the loop. The invariant: at most one seal runs, on the pool, and every
 * request is answered exactly once, by the first seal that starts after it was made.
 */
#include "batch/batch.h"

#include <stdlib.h>
#include <time.h>

#include "core/compiler.h"
#include "runtime/age.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "runtime/pool.h"

#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 60000

struct batch {
    struct batch_options options;
    uv_async_t notice;
    uv_timer_t timer;
    int n_handles;
    uv_mutex_t lock; /* protects the two members below */
    struct batch_request *first, **last;
    /* used on the loop only */
    bool sealing, closing;
    uint64_t retry_ms;    /* 0: the last seal succeeded */
    uint64_t n_requested; /* credentials that were pending at the last request and are not sealed yet */
    struct age oldest;    /* of the oldest pending credential */
    struct batch_request *serving;
    /* used by the seal while it runs */
    struct pool_work work;
    enum badge_status status;
    struct badge_err err;
    struct store_batch sealed;
    uint64_t started_ns;
};

static void seal_if_due(struct batch *batch);

static void batch_on_timer(uv_timer_t *timer)
{
    seal_if_due(timer->data);
}

static void batch_on_notice(uv_async_t *notice)
{
    seal_if_due(notice->data);
}

static void wait_ms(struct batch *batch, uint64_t ms)
{
    /* Fails only on a closing handle or without a callback. */
    (void)uv_timer_start(&batch->timer, batch_on_timer, ms, 0);
}

static struct batch_request *take_requests(struct batch *batch)
{
    uv_mutex_lock(&batch->lock);
    struct batch_request *first = batch->first;
    batch->first = NULL;
    batch->last = &batch->first;
    uv_mutex_unlock(&batch->lock);
    return first;
}

static void answer_requests(struct batch_request *first, enum badge_status status, const struct badge_err *err,
                            const struct store_batch *sealed)
{
    while (first) {
        struct batch_request *request = first;
        first = request->next;
        request->status = status;
        request->err = *err;
        request->sealed = *sealed;
        mailbox_post(request->reply_to, &request->done);
    }
}

static void refuse_requests(struct batch_request *first)
{
    struct badge_err err;
    enum badge_status status = badge_fail(&err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                                          "the node is shutting down: try again after its restart");
    answer_requests(first, status, &err, &(struct store_batch){0});
}

static void batch_on_closed(uv_handle_t *handle)
{
    struct batch *batch = handle->data;
    if (--batch->n_handles > 0)
        return;
    uv_mutex_destroy(&batch->lock);
    free(batch);
}

static void close_handles(struct batch *batch)
{
    refuse_requests(take_requests(batch));
    uv_close((uv_handle_t *)&batch->notice, batch_on_closed);
    uv_close((uv_handle_t *)&batch->timer, batch_on_closed);
}

static void seal_work(struct pool_work *work)
{
    struct batch *batch = container_of(work, struct batch, work);
    batch->status = store_seal_work(batch->options.store, batch->options.max_leaves, &batch->sealed, &batch->err);
}

static void seal_succeeded(struct batch *batch)
{
    batch->retry_ms = 0;
    batch->oldest = (struct age){0};
    if (batch->sealed.number == 0) {
        batch->n_requested = 0;
        return;
    }
    batch->n_requested -= batch->n_requested < batch->sealed.tree_size ? batch->n_requested : batch->sealed.tree_size;
    metric_add(METRIC_BATCHES_SEALED, 1);
    metric_observe(METRIC_BATCH_LEAVES, (double)batch->sealed.tree_size);
    metric_observe(METRIC_SEAL_SECONDS, (double)(uv_hrtime() - batch->started_ns) / 1e9);
    if (batch->options.on_sealed)
        batch->options.on_sealed(batch->options.context, &batch->sealed);
}

static void seal_failed(struct batch *batch)
{
    batch->retry_ms = batch->retry_ms == 0 ? RETRY_FIRST_MS : batch->retry_ms * 2;
    if (batch->retry_ms > RETRY_LAST_MS)
        batch->retry_ms = RETRY_LAST_MS;
    log_error("seal failed, retrying", log_text("why", batch->err.text), log_u64("wait_ms", batch->retry_ms));
    wait_ms(batch, batch->retry_ms);
}

static void after_seal(struct pool_work *work)
{
    struct batch *batch = container_of(work, struct batch, work);
    batch->sealing = false;
    if (batch->status == BADGE_OK)
        seal_succeeded(batch);
    else
        seal_failed(batch);
    answer_requests(batch->serving, batch->status, &batch->err, &batch->sealed);
    batch->serving = NULL;
    if (batch->closing)
        close_handles(batch);
    else
        seal_if_due(batch);
}

static void start_seal(struct batch *batch, struct batch_request *serving)
{
    (void)uv_timer_stop(&batch->timer);
    batch->sealing = true;
    batch->serving = serving;
    batch->err = (struct badge_err){.offset = BADGE_NO_OFFSET};
    batch->sealed = (struct store_batch){0};
    batch->started_ns = uv_hrtime();
    pool_queue(batch->options.loop, &batch->work, seal_work, after_seal);
}

/*
 * How long the oldest pending credential may still wait, whatever happens to the clock. One that was received in the
 * future may be of any age: it is overdue.
 */
static uint64_t time_left_ms(struct batch *batch, int64_t oldest_s)
{
    bool is_new = batch->oldest.at_s != oldest_s;
    int64_t wall_s = (int64_t)time(NULL);
    uint64_t waited_ms = age_ms(&batch->oldest, oldest_s, wall_s, uv_now(batch->options.loop));
    if (is_new && batch->oldest.in_future)
        log_warn("pending credential was received in the future, sealing now: the clock was ahead, or is behind now",
                 log_i64("received_at", oldest_s), log_i64("seconds_ahead", oldest_s - wall_s));
    if (batch->oldest.in_future || waited_ms >= batch->options.max_age_ms)
        return 0;
    return batch->options.max_age_ms - waited_ms;
}

static void seal_if_due(struct batch *batch)
{
    if (batch->sealing || batch->closing)
        return;
    struct batch_request *requests = take_requests(batch);
    size_t n_pending = store_n_pending(batch->options.store);
    if (requests) {
        batch->n_requested = n_pending;
        start_seal(batch, requests);
        return;
    }
    /* After a failure only a request or the timer starts a retry. */
    if (batch->retry_ms > 0 && uv_is_active((uv_handle_t *)&batch->timer))
        return;
    int64_t oldest_s = store_oldest_pending_s(batch->options.store);
    if (n_pending == 0 || oldest_s == 0)
        return;
    uint64_t left_ms = time_left_ms(batch, oldest_s);
    if (n_pending >= batch->options.max_leaves || batch->n_requested > 0 || left_ms == 0)
        start_seal(batch, NULL);
    else
        wait_ms(batch, left_ms);
}

enum badge_status batch_new(struct batch **out, const struct batch_options *options, struct badge_err *err)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return badge_no_memory(err);
    batch->options = *options;
    batch->last = &batch->first;
    int code = uv_mutex_init(&batch->lock);
    if (code < 0)
        goto out_memory;
    code = uv_async_init(options->loop, &batch->notice, batch_on_notice);
    if (code < 0)
        goto out_mutex;
    (void)uv_timer_init(options->loop, &batch->timer); /* always succeeds */
    batch->notice.data = batch->timer.data = batch;
    batch->n_handles = 2;
    *out = batch;
    batch_notice(batch); /* for credentials that are pending from an earlier run */
    return BADGE_OK;

out_mutex:
    uv_mutex_destroy(&batch->lock);
out_memory:
    free(batch);
    return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "batches could not be started: %s", uv_strerror(code));
}

void batch_notice(struct batch *batch)
{
    (void)uv_async_send(&batch->notice); /* fails only on a handle of another type */
}

void batch_seal(struct batch *batch, struct batch_request *request)
{
    request->next = NULL;
    uv_mutex_lock(&batch->lock);
    *batch->last = request;
    batch->last = &request->next;
    uv_mutex_unlock(&batch->lock);
    batch_notice(batch);
}

void batch_close(struct batch *batch)
{
    if (!batch || batch->closing)
        return;
    batch->closing = true;
    if (!batch->sealing)
        close_handles(batch);
}
