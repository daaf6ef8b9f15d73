/*
 * Connects the parts by function pointers, so that none of them knows its peers. main.c calls this. The
 * invariant: http opens last and has stopped before the other parts close, so that open requests are still answered by
 * working parts.
 */
#include "daemon/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/document.h"
#include "runtime/log.h"

void node_init(struct node *node, const struct settings *settings)
{
    node->settings = settings;
    if (uv_loop_init(&node->loop) < 0 || mailbox_init(&node->mailbox, &node->loop) < 0)
        fatal("main loop could not be created", LOG_FIELDS(log_none));
}

void node_catch_signal(struct node *node, uv_signal_t *handle, int number, uv_signal_cb handler, void *context)
{
    if (uv_signal_init(&node->loop, handle) < 0 || uv_signal_start(handle, handler, number) < 0)
        fatal("signal handler could not be installed", LOG_FIELDS(log_none));
    handle->data = context;
}

/* -- callbacks between the parts ------------------------------------------------------------------------------------
 */

static void on_durable(void *context)
{
    struct node *node = context;
    batch_notice(node->batch);
    events_credentials(node->events);
}

static void on_batch_sealed(void *context, const struct store_batch *sealed)
{
    struct node *node = context;
    events_batch(node->events, sealed);
    events_credentials(node->events); /* fewer are pending */
    if (!node->stopping)
        anchor_wake(node->anchor); /* which reads the batch from the store */
}

static void on_anchor_moved(void *context, const struct store_batch *batch, uint64_t fee_wei)
{
    struct node *node = context;
    if (batch->anchor.state == STORE_ANCHOR_SIGNED)
        return; /* not published before it is sent */
    events_batch(node->events, batch);
    events_anchor(node->events, batch, fee_wei);
}

static void publish_withdrawal(struct node *node, const struct badge_hash *root)
{
    struct store_batch batch;
    for (uint32_t number = store_n_batches(node->store); number > 0; number--)
        if (store_batch(node->store, number, &batch) && badge_hash_compare(&batch.root, root) == 0)
            events_batch(node->events, &batch); /* which reads from the store whether it is withdrawn */
}

/* A change that a reorganization reverts is published as the opposite. Operators are in /v1/node and in the log only.
 */
static void on_chain_change(void *context, const struct store_change *change, bool undone)
{
    struct node *node = context;
    bool revoked = change->kind == STORE_CHANGE_REVOKED;
    if (change->kind == STORE_CHANGE_WITHDRAWN)
        publish_withdrawal(node, &change->subject);
    if (revoked || change->kind == STORE_CHANGE_RESTORED)
        events_status(node->events, &change->subject, revoked != undone ? "revoked" : "restored",
                      revoked && !undone ? &change->reason : NULL, &change->account, change->at_s);
}

/* What was read before from this node may be older than the chain. */
static void on_chain_synced(void *context)
{
    struct node *node = context;
    events_reset(node->events);
}

/* -- opening ------------------------------------------------------------------------------------------------------- */

enum badge_status node_open_store(struct node *node, struct badge_err *err)
{
    const struct settings *settings = node->settings;
    const struct store_options options = {
        .path = settings->store_path,
        .max_pending = settings->batch_max_pending,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .issuer = settings->chain_issuer.address,
    };
    enum badge_status status = store_open(&node->store, &options, err);
    if (status == BADGE_OK)
        status = published_open(&node->published, settings->store_path, settings->http_publish_space, err);
    if (status != BADGE_OK)
        return status;
    node->events = events_new(node->store);
    if (!node->events)
        return badge_no_memory(err);
    char *tokens_path;
    if (asprintf(&tokens_path, "%s/tokens", settings->store_path) < 0)
        return badge_no_memory(err);
    status = tokens_open(&node->tokens, tokens_path, err);
    free(tokens_path);
    return status;
}

enum badge_status node_open_chain(struct node *node, struct badge_err *err)
{
    const struct settings *settings = node->settings;
    enum badge_status status = net_client_new(&node->client, &node->loop, err);
    if (status == BADGE_OK)
        status = verifier_new(&node->verifier, settings, node->client, &node->loop, &node->mailbox, err);
    if (status != BADGE_OK)
        return status;
    const struct anchor_options options = {
        .loop = &node->loop,
        .store = node->store,
        .client = node->client,
        .rpc_url = (const char *const *)settings->chain_rpc.item,
        .n_rpc_urls = settings->chain_rpc.n,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .issuer = settings->chain_issuer.address,
        .confirmations = settings_confirmations(settings),
        .max_fee_wei = settings->chain_max_fee_wei,
        .max_priority_fee_wei = settings->chain_max_priority_fee_wei,
        .bump_after_ms = settings->chain_bump_after_ms,
        .on_moved = on_anchor_moved,
        .context = node,
    };
    status = anchor_new(&node->anchor, &options, err);
    if (status != BADGE_OK)
        return status;
    const struct follow_options follow = {
        .loop = &node->loop,
        .store = node->store,
        .providers = anchor_providers(node->anchor),
        .contract = settings->chain_contract.address,
        .issuer = settings->chain_issuer.address,
        .confirmations = settings_confirmations(settings),
        .on_change = on_chain_change,
        .on_synced = on_chain_synced,
        .context = node,
    };
    return follow_new(&node->follow, &follow, err);
}

enum badge_status node_open_intake(struct node *node, struct badge_err *err)
{
    const struct settings *settings = node->settings;
    const struct batch_options batch = {
        .loop = &node->loop,
        .store = node->store,
        .max_leaves = settings->batch_max_leaves,
        .max_age_ms = settings->batch_max_age_ms,
        .on_sealed = on_batch_sealed,
        .context = node,
    };
    const struct intake_options intake = {
        .store = node->store,
        .issuers = (const char *const *)settings->intake_issuers.item,
        .n_issuers = settings->intake_issuers.n,
        .on_durable = on_durable,
        .context = node,
    };
    enum badge_status status = batch_new(&node->batch, &batch, err);
    return status == BADGE_OK ? intake_new(&node->intake, &intake, err) : status;
}

static void open_api(struct node *node)
{
    const struct settings *settings = node->settings;
    node->api = (struct api_options){
        .store = node->store,
        .intake = node->intake,
        .batch = node->batch,
        .anchor = node->anchor,
        .follow = node->follow,
        .events = node->events,
        .max_json = settings->http_max_json,
        .public_url = settings->http_public_url,
        .store_path = settings->store_path,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .issuer = settings->chain_issuer.address,
        .any_issuer = settings->intake_issuers.n == 0,
        .requires_readable = settings_require(settings, "readable"),
        .requires_bound = settings_require(settings, "bound"),
        .requires_conformant = settings_require(settings, "conformant"),
        .verify = verifier_take,
        .verify_context = node->verifier,
    };
    node->module[node->n_modules++] = api_module(&node->api);
}

#ifdef BADGED_PAGES
static enum badge_status open_site(struct node *node, struct badge_err *err)
{
    const struct settings *settings = node->settings;
    const struct site_options options = {
        .store = node->store,
        .published = node->published,
        .may_publish = settings_may_publish(settings),
        .max_json = settings->http_max_json,
        .public_url = settings->http_public_url,
        .name = settings->http_name,
        .public_rpc = (const char *const *)settings->http_public_rpc.item,
        .n_public_rpcs = settings->http_public_rpc.n,
        .issuer_id = (const char *const *)settings->intake_issuers.item,
        .n_issuers = settings->intake_issuers.n,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .issuer = settings->chain_issuer.address,
    };
    enum badge_status status = site_new(&node->site, &options, err);
    if (status == BADGE_OK)
        node->module[node->n_modules++] = site_module(node->site);
    return status;
}

static void close_site(struct node *node)
{
    site_free(node->site);
}
#else
static enum badge_status open_site(struct node *node, struct badge_err *err)
{
    (void)node;
    (void)err;
    return BADGE_OK;
}

static void close_site(struct node *node)
{
    (void)node;
}
#endif

enum badge_status node_open_http(struct node *node, struct badge_err *err)
{
    const struct settings *settings = node->settings;
    open_api(node);
    enum badge_status status = open_site(node, err);
    if (status != BADGE_OK)
        return status;
    const struct http_options options = {
        .listen = settings->http_listen,
        .n_loops = (unsigned)settings->http_loops,
        .module = node->module,
        .n_modules = node->n_modules,
        .tokens = node->tokens,
        .max_body = settings->http_max_body,
        .max_request_memory = document_max_memory(settings->http_max_json),
        .max_connections = (unsigned)settings->http_max_connections,
        .limits.max_per_client[LIMITS_CONNECTIONS] = (unsigned)settings->http_max_connections_per_client,
        .limits.max_per_client[LIMITS_STREAMS] = EVENTS_MAX_PER_CLIENT,
        .limits.rate_per_client = settings->http_rate_per_client,
        .limits.rate_per_token = settings->http_rate_per_token,
        .trusted_proxy = (const char *const *)settings->http_trusted_proxy.item,
        .n_trusted_proxies = settings->http_trusted_proxy.n,
    };
    return http_new(&node->http, &options, err);
}

/* -- closing ------------------------------------------------------------------------------------------------------- */

void node_close(struct node *node)
{
    http_free(node->http);
    close_site(node);
    intake_free(node->intake);
    batch_close(node->batch);
    follow_close(node->follow);
    anchor_close(node->anchor);
    verifier_close(node->verifier);
    if (node->client)
        net_client_close(node->client);
    mailbox_close(&node->mailbox);
}

void node_release(struct node *node)
{
    if (uv_loop_close(&node->loop) != 0)
        log_broken("internal error: a handle is still open after shutdown", log_none);
    events_free(node->events);
    tokens_free(node->tokens);
    published_close(node->published);
    store_close(node->store);
}
