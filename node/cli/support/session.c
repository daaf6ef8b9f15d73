/*
 * Makes one request after another with the asynchronous client. Called by every command that uses a node or a chain.
 */
#include "cli/support/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/registry.h"

#define MAX_BODY ((size_t)4 << 20)

enum badge_status session_open(struct session *session, struct badge_err *err)
{
    if (uv_loop_init(&session->loop))
        return badge_no_memory(err);
    session->reported_unreachable = false;
    enum badge_status status = net_client_new(&session->client, &session->loop, err);
    if (status != BADGE_OK)
        (void)uv_loop_close(&session->loop);
    return status;
}

void session_close(struct session *session)
{
    net_client_close(session->client);
    (void)uv_run(&session->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&session->loop);
}

struct rpc_wait {
    bool done;
    enum badge_status status;
    struct badge_err *err;
    json_t **result;
};

static void session_on_rpc(void *context, const struct rpc_reply *reply)
{
    struct rpc_wait *wait = context;
    bool is_limited = reply->status == BADGE_EREFUSED && !rpc_reply_is_refusal(reply);
    wait->done = true;
    wait->status = is_limited ? BADGE_EIO : reply->status;
    if (reply->status == BADGE_OK) {
        *wait->result = json_incref(reply->result);
        return;
    }
    uint8_t revert[4];
    size_t digits = strlen(reply->error_data);
    const char *name = NULL;
    if (digits >= 10 && badge_hex_decode(revert, sizeof revert, reply->error_data + 2, 8) == BADGE_OK)
        name = badge_registry_error(revert, sizeof revert);
    if (name)
        (void)badge_fail(wait->err, BADGE_EREFUSED, BADGE_NO_OFFSET, "the registry refused it: %s", name);
    else if (wait->err)
        *wait->err = reply->err;
    if (wait->err && is_limited)
        wait->err->status = BADGE_EIO; /* it says nothing about the request */
}

enum badge_status session_rpc(struct session *session, struct rpc *rpc, const char *method, json_t *params,
                              json_t **result, struct badge_err *err)
{
    struct rpc_wait wait = {.err = err, .result = result};
    *result = NULL;
    enum badge_status status = rpc_call(rpc, method, params, session_on_rpc, &wait, err);
    if (status != BADGE_OK)
        return status;
    while (!wait.done)
        (void)uv_run(&session->loop, UV_RUN_ONCE);
    return wait.status;
}

enum badge_status session_get(struct session *session, const char *node, const char *path,
                              struct net_response *response, char **body)
{
    char url[4096];
    struct net_request request = {.url = url, .max_response_len = MAX_BODY, .timeout_ms = 30000};
    *response = (struct net_response){0};
    *body = NULL;
    if ((size_t)snprintf(url, sizeof url, "%s%s", node, path) < sizeof url)
        net_get(session->client, &request, NULL, response, body);
    else
        response->status = badge_fail(&response->err, BADGE_ELIMIT, BADGE_NO_OFFSET, "the URL of the node is too long");
    return response->status;
}

void session_problem(char *out, size_t capacity, const struct net_response *response)
{
    json_t *problem = json_loadb(response->body, response->body_len, JSON_REJECT_DUPLICATES, NULL);
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    const char *title = json_string_value(json_object_get(problem, "title"));
    json_int_t offset = json_integer_value(json_object_get(problem, "offset"));
    if (detail && json_is_integer(json_object_get(problem, "offset")))
        (void)snprintf(out, capacity, "%s (at byte %lld)", detail, (long long)offset);
    else if (detail || title)
        (void)snprintf(out, capacity, "%s", detail ? detail : title);
    else if (response->redirect[0] != '\0')
        (void)snprintf(out, capacity, "it answered HTTP %ld, a redirect to %s: name the URL that it leads to",
                       response->http_status, response->redirect);
    else
        (void)snprintf(out, capacity, "it answered HTTP %ld, but is not a badged node: check --node",
                       response->http_status);
    json_decref(problem);
}
