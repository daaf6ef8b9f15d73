/*
 * Requests with retries. Waits with exponential backoff, and at least as long as the node requests (Retry-After).
 */
#include "cli/support/http_retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/retry.h"
#include "runtime/file.h"

#define TIMEOUT_MS 120000
#define MAX_RESPONSE ((size_t)64 << 20)

static const struct net_retry_policy retry_delays = {
    .first_ms = 200, .max_ms = 30000, .max_retry_after_ms = 30000, .n_tries = 8};

struct http_retry {
    uv_timer_t timer;
    struct session *session;
    struct net_request request; /* as it was given; url and body are owned */
    unsigned n_tries;
};

static void retry_on_closed(uv_handle_t *handle)
{
    struct http_retry *retry = handle->data;
    free((void *)(uintptr_t)retry->request.url);
    free((void *)(uintptr_t)retry->request.body);
    free(retry);
}

static void retry_finish(struct http_retry *retry, const struct net_response *response)
{
    retry->request.callback(retry->request.context, response);
    uv_close((uv_handle_t *)&retry->timer, retry_on_closed);
}

static enum badge_status retry_send(struct http_retry *retry, struct badge_err *err);

static void retry_on_timer(uv_timer_t *timer)
{
    struct net_response failed = {0};
    failed.status = retry_send(timer->data, &failed.err);
    if (failed.status != BADGE_OK)
        retry_finish(timer->data, &failed);
}

static void retry_on_response(void *context, const struct net_response *response)
{
    struct http_retry *retry = context;
    bool busy = response->status == BADGE_OK && (response->http_status == 429 || response->http_status == 503);
    if ((!busy && response->status != BADGE_EIO) || retry->n_tries == retry_delays.n_tries) {
        retry_finish(retry, response);
        return;
    }
    if (!busy && !retry->session->reported_unreachable) {
        retry->session->reported_unreachable = true; /* one message is enough for many requests */
        cli_warn("%s; retrying", response->err.text);
    }
    uint64_t ms = net_retry_delay_ms(&retry_delays, retry->n_tries, response->retry_after_ms, 0);
    uv_timer_start(&retry->timer, retry_on_timer, ms, 0);
}

static enum badge_status retry_send(struct http_retry *retry, struct badge_err *err)
{
    struct net_request send = retry->request;
    send.max_response_len = MAX_RESPONSE;
    send.timeout_ms = TIMEOUT_MS;
    send.callback = retry_on_response;
    send.context = retry;
    retry->n_tries++;
    return net_send(retry->session->client, &send, err);
}

enum badge_status http_retry(struct session *session, const struct net_request *request, struct badge_err *err)
{
    struct http_retry *retry = calloc(1, sizeof *retry);
    char *url = strdup(request->url);
    if (!retry || !url) {
        free(retry);
        free(url);
        free((void *)(uintptr_t)request->body);
        return badge_no_memory(err);
    }
    retry->session = session;
    retry->request = *request;
    retry->request.url = url;
    uv_timer_init(&session->loop, &retry->timer);
    retry->timer.data = retry;
    enum badge_status status = retry_send(retry, err);
    if (status != BADGE_OK)
        uv_close((uv_handle_t *)&retry->timer, retry_on_closed);
    return status;
}

bool http_retry_authorization(char **out, const struct cli *cli)
{
    struct badge_err err = {0};
    char *text;
    size_t len;
    if (!cli->token_file)
        return cli_refuse("name the file that holds the API token with --token-file or BADGE_TOKEN_FILE (`badge token "
                          "create` on the node makes one)");
    if (file_read(&text, &len, cli->token_file, 4096, &err) != BADGE_OK)
        return cli_refuse("%s", err.text);
    text[strcspn(text, "\r\n")] = '\0';
    int n = text[0] ? asprintf(out, "Bearer %s", text) : 0;
    badge_wipe(text, len);
    free(text);
    if (n > 0)
        return true;
    *out = NULL;
    return n == 0 ? cli_refuse("%s is empty; put the API token on its first line", cli->token_file)
                  : cli_refuse("out of memory");
}

void http_retry_forget(char *authorization)
{
    if (authorization)
        badge_wipe(authorization, strlen(authorization));
    free(authorization);
}
