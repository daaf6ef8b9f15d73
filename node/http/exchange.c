/*
 * An exchange from its request line to its release, and how handlers answer: the reply is written here, and sent by
 * send.c once the exchange is awake. Until then a problem can replace an answer that was begun.
 *
 * An exchange is embedded in its connection, which stays in memory while it is suspended: so an exchange that waits
 * still exists when its answer comes.
 */
#include "http/exchange.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/number.h"
#include "http/connection.h"
#include "http/route.h"
#include "runtime/log.h"

#define REPLY_MAX_LEN ((size_t)8 << 20)
#define SMALL_LEN 4096u /* what each exchange may hold without a reservation */

/* -- begin and end ------------------------------------------------------------------------------------------------- */

void exchange_begin(struct connection *connection, const char *uri)
{
    struct exchange *x = &connection->x;
    struct loop *loop = connection->loop;
    *x = (struct exchange){.loop = loop, .mhd = connection->mhd, .query = "", .method = "", .started_ns = uv_hrtime()};
    x->client = connection->peer;
    x->reply.fd = -1;
    strbuf_init(&x->reply.head, 8 * 1024);
    snprintf(x->id, sizeof x->id, "%016" PRIx64, loop->id_prefix + loop->n_requests++);
    if (strncasecmp(uri, "http://", 7) == 0) { /* the absolute form of RFC 9112 section 3.2.2 */
        uri += 7;
        uri += strcspn(uri, "/?");
    }
    x->path = strdup(uri);
    char *query = x->path ? strchr(x->path, '?') : NULL;
    if (query) {
        *query = '\0';
        x->query = query + 1;
    }
    connection->in_exchange = true;
    uint64_t now = uv_now(&loop->uv), latest = now + loop->options->request_timeout_ms;
    connection->slow_since_ms = now;
    if (connection->deadline_ms > latest)
        connection->deadline_ms = latest;
}

static struct memory_budget *budget_of(const struct exchange *x)
{
    return x->route && x->route->scope ? &x->loop->token_budget : &x->loop->anonymous_budget;
}

void exchange_end_handler(struct exchange *x)
{
    if (x->state && x->route->end)
        x->route->end(x);
    free(x->state);
    x->state = NULL;
    if (x->reserved) {
        BADGE_ASSERT(budget_of(x)->bytes >= x->reserved);
        budget_of(x)->bytes -= x->reserved;
        x->reserved = 0;
    }
}

void exchange_release(struct exchange *x)
{
    struct connection *connection = connection_of(x);
    if (!connection->in_exchange)
        return;
    connection->in_exchange = false;
    BADGE_ASSERT(!x->waiting);
    chunked_end(connection);
    exchange_end_handler(x);
    strbuf_release(&x->reply.head);
    strbuf_release(&x->reply.body);
    if (x->reply.fd >= 0)
        close(x->reply.fd);
    free(x->path);
    x->path = NULL;
}

/* -- for handlers -------------------------------------------------------------------------------------------------- */

void exchange_wait(struct exchange *x)
{
    BADGE_ASSERT(!x->waiting);
    x->waiting = true;
    connection_pause_deadline(connection_of(x));
    mhd_suspend(x->mhd);
}

void exchange_resume(struct exchange *x)
{
    BADGE_ASSERT(x->waiting);
    x->waiting = false;
    connection_resume_deadline(connection_of(x));
    mhd_resume(x->mhd);
    loop_wake(x->loop);
}

void *exchange_new_state(struct exchange *x, size_t size)
{
    x->state = calloc(1, size);
    if (!x->state)
        exchange_no_memory(x);
    return x->state;
}

static void job_work(struct loop_job *job)
{
    struct exchange *x = container_of(job, struct exchange, job);
    x->work(x);
}

static void job_done(struct loop_job *job)
{
    struct exchange *x = container_of(job, struct exchange, job);
    x->done(x);
}

void exchange_run_job(struct exchange *x, void (*work)(struct exchange *x), void (*done)(struct exchange *x))
{
    x->work = work;
    x->done = done;
    x->job = (struct loop_job){.work = job_work, .done = job_done};
    loop_queue_job(x->loop, &x->job);
    if (!x->waiting)
        exchange_wait(x);
}

const char *exchange_header(const struct exchange *x, const char *name)
{
    return mhd_header(x->mhd, name);
}

bool exchange_answered(const struct exchange *x)
{
    return x->reply.status != 0;
}

bool exchange_reserve(struct exchange *x, uint64_t len)
{
    if (len <= x->reserved || len <= SMALL_LEN)
        return true;
    struct memory_budget *budget = budget_of(x);
    uint64_t more = len - x->reserved;
    if (len > budget->max) {
        exchange_problem(x, PROBLEM_TOO_LARGE,
                         "Reading this body would take more memory than the node gives to one request; send a document "
                         "with fewer values.");
        return false;
    }
    if (more > budget->max - budget->bytes) {
        exchange_problem(x, PROBLEM_TOO_BUSY,
                         "Too many large bodies are in transfer at once; try again in a few seconds.");
        return false;
    }
    budget->bytes += (size_t)more;
    x->reserved += (size_t)more;
    return true;
}

struct json_out *exchange_json(struct exchange *x, unsigned status)
{
    x->reply.status = status;
    x->reply.content_type = "application/json";
    strbuf_init(&x->reply.body, REPLY_MAX_LEN);
    x->json = strbuf_json(&x->reply.body);
    return &x->json;
}

void exchange_fixed(struct exchange *x, const char *content_type, const void *bytes, size_t len)
{
    x->reply.status = 200;
    x->reply.content_type = content_type;
    x->reply.fixed = bytes;
    x->reply.len = len;
}

void exchange_add_header(struct exchange *x, const char *name, const char *format, ...)
{
    char value[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    BADGE_ASSERT(len >= 0 && (size_t)len < sizeof value);
    strbuf_put(&x->reply.head, name, strlen(name) + 1);
    strbuf_put(&x->reply.head, value, (size_t)len + 1);
}

void exchange_problem_at(struct exchange *x, enum problem problem, const char *detail, size_t offset)
{
    exchange_problem_rules(x, problem, detail, offset, NULL);
}

void exchange_problem_rules(struct exchange *x, enum problem problem, const char *detail, size_t offset,
                            const char *conformance)
{
    strbuf_release(&x->reply.head);
    strbuf_release(&x->reply.body);
    x->reply.head.failed = false;
    x->reply.cache_control = NULL;
    x->reply.fixed = NULL;
    x->reply.stream = NULL;
    x->reply.pieces = NULL;
    if (x->reply.fd >= 0)
        close(x->reply.fd);
    x->reply.fd = -1;
    problem_write_rules(exchange_json(x, problem_status(problem)), NULL, problem, detail, offset, conformance);
    x->reply.content_type = "application/problem+json";
    unsigned retry_after_s = problem_retry_after_s(problem);
    if (retry_after_s)
        exchange_add_header(x, "Retry-After", "%u", retry_after_s);
}

void exchange_problem(struct exchange *x, enum problem problem, const char *format, ...)
{
    char detail[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    exchange_problem_at(x, problem, detail, BADGE_NO_OFFSET);
}

void exchange_no_memory(struct exchange *x)
{
    exchange_problem(x, PROBLEM_TOO_BUSY, "The node has no memory left for this; try again in a few seconds.");
}

void exchange_too_large(struct exchange *x, uint64_t len)
{
    char setting[64] = "";
    if (x->max_body_setting)
        snprintf(setting, sizeof setting, ": its setting %s", x->max_body_setting);
    if (len)
        exchange_problem(x, PROBLEM_TOO_LARGE, "The body has %llu bytes; this node accepts at most %llu here%s.",
                         (unsigned long long)len, (unsigned long long)x->max_body, setting);
    else
        exchange_problem(x, PROBLEM_TOO_LARGE, "The body has more than the %llu bytes that this node accepts here%s.",
                         (unsigned long long)x->max_body, setting);
}

void exchange_unread(struct exchange *x, enum badge_status status, const struct badge_err *err)
{
    if (status == BADGE_ENOTFOUND) {
        exchange_problem(x, PROBLEM_UNKNOWN_DIGEST,
                         "This node has never received this credential; ask the node that did.");
        return;
    }
    if (status == BADGE_ECORRUPT)
        exchange_problem(x, PROBLEM_INTERNAL, "This node's data on it is corrupt; see the log of its operator.");
    else
        exchange_problem(x, PROBLEM_STORE_FAILED, "The node can't read its store; see the log of its operator.");
    log_error("record or receipt could not be read", log_text("why", err->text), log_text("request", x->id));
}

const char *exchange_parameter(const struct exchange *x, const char *name, size_t *len)
{
    size_t name_len = strlen(name);
    for (const char *s = x->query; *s; s += strcspn(s, "&"), s += *s == '&')
        if (strncmp(s, name, name_len) == 0 && s[name_len] == '=') {
            s += name_len + 1;
            *len = strcspn(s, "&");
            return s;
        }
    return NULL;
}

bool exchange_number(struct exchange *x, const char *name, uint64_t *out, uint64_t fallback, uint64_t min, uint64_t max)
{
    size_t len;
    const char *text = exchange_parameter(x, name, &len);
    *out = fallback;
    if (!text || (core_decimal_read(out, text, len) && *out >= min && *out <= max))
        return true;
    exchange_problem(x, PROBLEM_BAD_PARAMETER, "Give %s as a number from %llu to %llu.", name, (unsigned long long)min,
                     (unsigned long long)max);
    return false;
}
