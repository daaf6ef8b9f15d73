/*
 * The bodies that handlers read: digests, credentials of every media type, documents to verify, NDJSON. The first byte
 * selects the route and the media type, the second the size of the pieces of the body and whether the client
 * disconnects before the end.
 */
#include <stdint.h>
#include <unistd.h>

#include "http_stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *path, *media;
} calls[] = {
    {"/v1/digests", "application/json"},    {"/v1/credentials", "application/json"},
    {"/v1/credentials", "application/jwt"}, {"/v1/credentials", "application/pdf"},
    {"/v1/credentials", "text/plain"},      {"/v1/credentials", "application/x-ndjson"},
    {"/v1/verify", "application/json"},     {"/v1/verify", "application/octet-stream"},
};
#define N_CALLS (sizeof calls / sizeof *calls)

static void verify(void *context, struct verify_job *job)
{
    (void)context;
    unsigned sum = 0;
    for (size_t i = 0; i < job->len; i++)
        sum += (unsigned char)job->bytes[i];
    job->report = sum == 1 ? NULL : json_object();
    mailbox_post(job->reply_to, &job->done);
}

/* One line a result, each a JSON object, their numbers ascending. */
static void check_lines(const char *bytes, size_t len)
{
    json_int_t last = 0;
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        if (!newline)
            abort();
        json_t *result = json_loadb(bytes, (size_t)(newline - bytes), JSON_REJECT_DUPLICATES, NULL);
        json_int_t line = json_integer_value(json_object_get(result, "line"));
        if (line <= last || !json_object_get(result, "error") == !json_object_get(result, "digest"))
            abort();
        last = line;
        json_decref(result);
        len -= (size_t)(newline + 1 - bytes);
        bytes = newline + 1;
    }
}

static void check_answer(const struct exchange *x)
{
    if (!exchange_answered(x) || x->reply.body.failed || x->reply.head.failed)
        abort();
    if (x->reply.fd >= 0 || !x->reply.body.len)
        return;
    if (x->reply.status == 200 && strcmp(x->reply.content_type, "application/x-ndjson") == 0) {
        check_lines(x->reply.body.bytes, x->reply.body.len);
        return;
    }
    json_t *answer = json_loadb(x->reply.body.bytes, x->reply.body.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(answer))
        abort();
    json_decref(answer);
}

static void send_body(struct exchange *x, const uint8_t *data, size_t size, size_t piece)
{
    while (size && !exchange_answered(x)) {
        size_t n = size < piece ? size : piece;
        char *exact = malloc(n); /* so that an access beyond the end is detected */
        if (!exact)
            return;
        memcpy(exact, data, n);
        x->body_len += n;
        x->route->data(x, exact, n);
        free(exact);
        stage_await(x);
        data += n;
        size -= n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct route_found found;
    bool leaves = data[1] & 0x80;
    size_t piece = data[1] & 0x7f;
    if (!api.store)
        stage_init();
    api.verify = verify;
    content_type = calls[data[0] % N_CALLS].media;
    if (route_find(&found, &module, 1, "POST", calls[data[0] % N_CALLS].path) != ROUTE_FOUND)
        abort();
    data += 2;
    size -= 2;
    struct exchange *x = stage_open(found.route, size);
    found.route->open(x);
    send_body(x, data, size, piece ? piece : 4096);
    if (!leaves && !exchange_answered(x)) {
        found.route->run(x);
        stage_await(x);
    }
    if (!leaves)
        check_answer(x);
    stage_close(x);
    return 0;
}
