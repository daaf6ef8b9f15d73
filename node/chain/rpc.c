/*
 * JSON-RPC 2.0 requests to one provider. The anchor's providers, the verifier and `badge` call it, on the loop.
 *
 * An open call holds a reference to its rpc, so rpc_free() may be called at any time. URLs contain API keys: they go to
 * curl and nowhere else; logs show the origin only.
 */
#include "chain/rpc.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/config.h"

#define REPLY_MAX_LEN (8U << 20)
#define TIMEOUT_MS 10000

struct rpc {
    struct net_client *client;
    char *url;
    char name[256];
    uint64_t last_id;
    size_t n_refs; /* the owner's, and one of each open call */
};

struct call {
    struct rpc *rpc;
    uint64_t id;
    rpc_callback callback;
    void *context;
};

enum badge_status rpc_new(struct rpc **out, struct net_client *client, const char *url, struct badge_err *err)
{
    struct rpc *rpc = calloc(1, sizeof *rpc);
    if (!rpc || !(rpc->url = strdup(url))) {
        free(rpc);
        return badge_no_memory(err);
    }
    snprintf(rpc->name, sizeof rpc->name, "%s", config_url_origin(url));
    rpc->client = client;
    rpc->n_refs = 1;
    *out = rpc;
    return BADGE_OK;
}

void rpc_free(struct rpc *rpc)
{
    if (!rpc || --rpc->n_refs > 0)
        return;
    badge_wipe(rpc->url, strlen(rpc->url));
    free(rpc->url);
    free(rpc);
}

const char *rpc_name(const struct rpc *rpc)
{
    return rpc->name;
}

/* Only the origin is shown: the rest of a URL may hold an API key. */
static void rpc_redirected(struct badge_err *err, const struct rpc *rpc, const struct net_response *response)
{
    bool is_elsewhere = strcmp(response->redirect, rpc->name) != 0;
    (void)badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET, "%s answered HTTP %u, a redirect to %s: name that URL", rpc->name,
                     (unsigned)response->http_status, is_elsewhere ? response->redirect : "another path");
}

static void on_rpc_response(void *context, const struct net_response *response)
{
    struct call *call = context;
    struct parsed_reply reply = {.root = NULL};
    if (response->status == BADGE_OK && response->redirect[0] != '\0') {
        reply.is = (struct rpc_reply){.status = BADGE_EIO, .error_text = "", .error_data = ""};
        rpc_redirected(&reply.is.err, call->rpc, response);
    } else if (response->status == BADGE_OK) {
        rpc_reply_read(&reply, call->rpc->name, call->rpc->url, call->id, response->http_status, response->body,
                       response->body_len);
    } else {
        reply.is = (struct rpc_reply){.status = BADGE_EIO, .err = response->err, .error_text = "", .error_data = ""};
    }
    reply.is.http_status = response->http_status;
    reply.is.retry_after_ms = response->retry_after_ms;
    call->callback(call->context, &reply.is);
    rpc_reply_release(&reply);
    rpc_free(call->rpc);
    free(call);
}

enum badge_status rpc_call(struct rpc *rpc, const char *method, json_t *params, rpc_callback callback, void *context,
                           struct badge_err *err)
{
    struct call *call = malloc(sizeof *call);
    json_t *message = json_pack("{s:o,s:s,s:I,s:s}", "params", params, "jsonrpc", "2.0", "id",
                                (json_int_t)++rpc->last_id, "method", method);
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    enum badge_status status = call && text ? BADGE_OK : badge_no_memory(err);
    if (status == BADGE_OK) {
        *call = (struct call){.rpc = rpc, .id = rpc->last_id, .callback = callback, .context = context};
        struct net_request request = {
            .url = rpc->url,
            .body = text,
            .body_len = strlen(text),
            .content_type = "application/json",
            .max_response_len = REPLY_MAX_LEN,
            .timeout_ms = TIMEOUT_MS,
            .callback = on_rpc_response,
            .context = call,
        };
        status = net_send(rpc->client, &request, err);
    }
    free(text);
    if (status != BADGE_OK) {
        free(call);
        return status;
    }
    rpc->n_refs++; /* NOLINT(clang-analyzer-unix.Malloc): on_rpc_response() frees the call */
    return BADGE_OK;
}
