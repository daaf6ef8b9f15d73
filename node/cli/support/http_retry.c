/*
 * Requests with patience: waits as long as the node asks (Retry-After), else twice as long each time.
 */
#include "cli/support/http_retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/file.h"

#define MAX_TRIES 8
#define FIRST_WAIT_MS 200
#define MAX_WAIT_MS 30000
#define TIMEOUT_MS 120000
#define MAX_RESPONSE ((size_t)64 << 20)

struct exchange {
    uv_timer_t timer;
    struct session *session;
    struct exchange_request request;
    unsigned tries;
};

static void on_closed(uv_handle_t *handle)
{
    struct exchange *exchange = handle->data;
    free((char *)exchange->request.url);
    free(exchange->request.body);
    free(exchange);
}

static void finish(struct exchange *exchange, const struct net_response *response)
{
    exchange->request.callback(exchange->request.context, response);
    uv_close((uv_handle_t *)&exchange->timer, on_closed);
}

static enum badge_status try(struct exchange *exchange, struct badge_err *err);

static void on_timer(uv_timer_t *timer)
{
    struct net_response failed = {0};
    failed.status = try(timer->data, &failed.err);
    if (failed.status)
        finish(timer->data, &failed);
}

static void on_response(void *context, const struct net_response *response)
{
    struct exchange *exchange = context;
    bool busy = !response->status && (response->http_status == 429 || response->http_status == 503);
    if ((!busy && response->status != BADGE_EIO) || exchange->tries == MAX_TRIES) {
        finish(exchange, response);
        return;
    }
    if (!busy && !exchange->session->has_told) {
        exchange->session->has_told = true; /* of many at once, one suffices */
        cli_fail(0, "%s; trying again", response->err.text);
    }
    uint64_t wait_ms = response->retry_after_ms ? response->retry_after_ms
                                                : (uint64_t)FIRST_WAIT_MS << (exchange->tries - 1);
    uv_timer_start(&exchange->timer, on_timer, wait_ms < MAX_WAIT_MS ? wait_ms : MAX_WAIT_MS, 0);
}

static enum badge_status try(struct exchange *exchange, struct badge_err *err)
{
    const struct exchange_request *request = &exchange->request;
    struct net_request send = {.url = request->url,
                               .body = request->body,
                               .body_len = request->body_len,
                               .content_type = request->content_type,
                               .authorization = request->authorization,
                               .max_response_len = MAX_RESPONSE,
                               .timeout_ms = TIMEOUT_MS,
                               .callback = on_response,
                               .context = exchange};
    exchange->tries++;
    return net_send(exchange->session->client, &send, err);
}

enum badge_status exchange(struct session *session, const struct exchange_request *request, struct badge_err *err)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    char *url = strdup(request->url);
    if (!exchange || !url) {
        free(exchange);
        free(url);
        free(request->body);
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    }
    exchange->session = session;
    exchange->request = *request;
    exchange->request.url = url;
    uv_timer_init(&session->loop, &exchange->timer);
    exchange->timer.data = exchange;
    enum badge_status status = try(exchange, err);
    if (status)
        uv_close((uv_handle_t *)&exchange->timer, on_closed);
    return status;
}

char *exchange_authorization(const struct cli *cli)
{
    struct badge_err err = {0};
    char *text, *authorization;
    size_t len;
    if (!cli->token_file) {
        cli_fail(CLI_USAGE,
                 "name the file that holds the API token with --token-file or BADGE_TOKEN_FILE (`badge token "
                 "create` on the node makes one)");
        return NULL;
    }
    if (file_read(&text, &len, cli->token_file, 4096, &err)) {
        cli_fail(CLI_USAGE, "%s", err.text);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    if (!text[0]) {
        free(text);
        cli_fail(CLI_USAGE, "%s is empty; put the API token on its first line", cli->token_file);
        return NULL;
    }
    int n = asprintf(&authorization, "Bearer %s", text);
    badge_wipe(text, len);
    free(text);
    if (n > 0)
        return authorization;
    cli_fail(CLI_USAGE, "out of memory");
    return NULL;
}

void exchange_forget(char *authorization)
{
    if (authorization)
        badge_wipe(authorization, strlen(authorization));
    free(authorization);
}
