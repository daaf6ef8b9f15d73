/*
 * How handlers answer: the reply is written here and sent by the server once the exchange is awake. An answer that was
 * begun can be replaced by a problem until then.
 */
#include "http/route.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPLY_MAX_LEN ((size_t)8 << 20)
#define SMALL_LEN 4096u /* so much each exchange has, however many large bodies there are */

bool exchange_answered(const struct exchange *x)
{
    return x->reply.status != 0;
}

struct memory_budget *exchange_budget(const struct exchange *x)
{
    return x->route && x->route->scope ? &x->loop->token_budget : &x->loop->anonymous_budget;
}

bool exchange_reserve(struct exchange *x, uint64_t len)
{
    if (len <= x->reserved || len <= SMALL_LEN)
        return true;
    struct memory_budget *budget = exchange_budget(x);
    uint64_t more = len - x->reserved;
    if (more > budget->max - budget->bytes) {
        exchange_problem(x, PROBLEM_TOO_BUSY,
                         "Too many large bodies are on their way at once; try again in a few seconds.");
        return false;
    }
    budget->bytes += (size_t)more;
    x->reserved += (size_t)more;
    return true;
}

void reply_release_owner(struct reply *reply)
{
    if (reply->release)
        reply->release(reply->owner);
    reply->release = NULL;
}

struct strbuf *exchange_json(struct exchange *x, unsigned status)
{
    x->reply.status = status;
    x->reply.content_type = "application/json";
    strbuf_init(&x->reply.body, REPLY_MAX_LEN);
    return &x->reply.body;
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
    strbuf_release(&x->reply.head);
    strbuf_release(&x->reply.body);
    x->reply.head.failed = false;
    x->reply.cache_control = NULL;
    x->reply.fixed = NULL;
    x->reply.stream = NULL;
    x->reply.pieces = NULL;
    reply_release_owner(&x->reply);
    if (x->reply.fd >= 0)
        close(x->reply.fd);
    x->reply.fd = -1;
    problem_write(exchange_json(x, problem_status(problem)), problem, detail, offset);
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

bool exchange_number(struct exchange *x, const char *name, uint64_t *out, uint64_t fallback, uint64_t min, uint64_t max)
{
    *out = fallback;
    size_t name_len = strlen(name);
    for (const char *s = x->query; *s; s += *s == '&') {
        size_t len = strcspn(s, "&");
        if (len <= name_len || strncmp(s, name, name_len) != 0 || s[name_len] != '=') {
            s += len;
            continue;
        }
        uint64_t value = 0;
        bool ok = len - name_len - 1 >= 1 && len - name_len - 1 <= 18;
        for (size_t i = name_len + 1; ok && i < len; i++) {
            ok = s[i] >= '0' && s[i] <= '9';
            value = value * 10 + (uint64_t)(s[i] - '0');
        }
        if (!ok || value < min || value > max) {
            exchange_problem(x, PROBLEM_BAD_PARAMETER, "Give %s as a number from %llu to %llu.", name,
                             (unsigned long long)min, (unsigned long long)max);
            return false;
        }
        *out = value;
        s += len;
    }
    return true;
}
