/*
 * The daemon: reads its settings, opens its parts in the order of their dependencies, connects them by function
 * pointers and runs the main loop. run_daemon() opens the parts; start_shutdown() closes them in reverse order: http
 * first, so that open requests are still answered by working parts.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "chain/provider.h"
#include "core/compiler.h"
#include "daemon/operator.h"
#include "daemon/verifier.h"
#include "http/server.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "runtime/sd_notify.h"
#include "runtime/tokens.h"
#include "site/site.h"

#define EXIT_USAGE 2
#define TICK_MS 1000

/*
 * A file of one of these names in store.path makes the node accept a store that is older than the chain. The file
 * counts until the store has caught up, over restarts too, and is then removed. The second name is the one of earlier
 * versions.
 */
static const char *const accept_names[] = {"accept-stale-store", "accept-older"};

struct node {
    uv_loop_t loop;
    int argc; /* as given, read again on SIGHUP */
    char **argv;
    struct settings settings;
    char *tokens_path, *accept_path[ARRAY_LEN(accept_names)];

    struct store *store;
    struct tokens *tokens;
    struct net_client *client;
    struct intake *intake;
    struct batch *batch;
    struct anchor *anchor;
    struct follow *follow;
    struct verifier *verifier;
    struct api_options api;
    struct site *site;            /* NULL in a build without pages */
    struct http_module module[2]; /* the API and the site */
    size_t n_modules;
    struct http *http;
    struct events *events;

    struct mailbox mailbox;
    struct message http_stopped;
    uv_signal_t signals[3];
    uv_timer_t tick;
    bool stopping, signalled, failed;

    /* the operator's key: opened at the start and, if it has changed, on SIGHUP */
    struct operator_opening opening;
    struct operator_source source; /* of the one in use, or last offered */
    struct badge_address offered;
    uv_work_t open_key;
    bool opening_key;
    enum badge_status key_status;
    struct badge_err key_err;

    uv_work_t refresh_job; /* each second: tokens, a store that waits for disk space; after SIGHUP: settings, too */
    bool refreshing, hangup, reading_settings, store_recovered, key_changed;
    struct badge_address operator_before; /* the account in use when the refresh started */
    bool accept_present, accept_done;     /* a file of accept_names; it is to be removed */
    struct settings reread;
    enum badge_status tokens_status, reread_status;
    struct badge_err tokens_err, reread_err;
};

/* -- settings ------------------------------------------------------------------------------------------------------ */

/* From a copy of argv: parsing removes flags from it, and SIGHUP reads them again. */
static enum badge_status load_settings(struct settings *out, const struct node *node, struct badge_err *err)
{
    const char *file = NULL;
    int argc = node->argc;
    char **argv = calloc((size_t)argc + 1, sizeof *argv);
    if (!argv)
        return badge_no_memory(err);
    memcpy(argv, node->argv, (size_t)argc * sizeof *argv);
    enum badge_status status = config_take_flag(&file, "--config", &argc, argv, err);
    if (status == BADGE_OK)
        status = config_load(out, &settings_program, file, &argc, argv, err);
    if (status == BADGE_OK && argc > 1) {
        config_release(out, &settings_program);
        status = badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "unknown option %s; see badged --help", argv[1]);
    }
    free(argv);
    return status;
}

/* They can't be an error: Kubernetes sets BADGED_PORT and others for a service of this name. */
static void warn_unknown_variables(void)
{
    size_t at = 0;
    for (const char *name; (name = config_next_strange(&at, &settings_program));)
        if (strcmp(name, "BADGED_FAILPOINT") != 0)
            log_warn("unknown environment variable ignored; see badged --help", log_text("variable", name));
}

static enum badge_status check_settings(const struct settings *settings, struct badge_err *err)
{
    const char *missing = settings->chain_rpc.n == 0    ? "chain.rpc"
                          : settings->chain_id == 0     ? "chain.id"
                          : !settings->chain_issuer.set ? "chain.issuer"
                                                        : NULL;
    if (missing)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s is not set; see badged --help", missing);
    if (settings->chain_rpc.n > PROVIDERS_MAX)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "chain.rpc has %zu URLs; name at most %d",
                          settings->chain_rpc.n, PROVIDERS_MAX);
    return operator_check(settings, err);
}

/* -- wiring -------------------------------------------------------------------------------------------------------- */

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
        events_status(node->events, &change->subject, revoked != undone ? "revoked" : "restored", &change->account,
                      change->at_s);
}

static enum badge_status open_store(struct node *node, struct badge_err *err)
{
    const struct settings *settings = &node->settings;
    const struct store_options options = {
        .path = settings->store_path,
        .max_pending = settings->batch_max_pending,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .issuer = settings->chain_issuer.address,
    };
    enum badge_status status = store_open(&node->store, &options, err);
    if (status != BADGE_OK)
        return status;
    if (asprintf(&node->tokens_path, "%s/tokens", settings->store_path) < 0)
        return badge_no_memory(err);
    for (size_t i = 0; i < ARRAY_LEN(accept_names); i++)
        if (asprintf(&node->accept_path[i], "%s/%s", settings->store_path, accept_names[i]) < 0)
            return badge_no_memory(err);
    node->events = events_new(node->store);
    if (!node->events)
        return badge_no_memory(err);
    return tokens_open(&node->tokens, node->tokens_path, err);
}

static enum badge_status open_chain(struct node *node, struct badge_err *err)
{
    const struct settings *settings = &node->settings;
    enum badge_status status = net_client_new(&node->client, &node->loop, err);
    if (status == BADGE_OK)
        status = verifier_new(&node->verifier, settings, node->client, &node->loop, &node->mailbox, err);
    if (status == BADGE_OK)
        status = operator_read(&node->opening, settings, true, err);
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
        .context = node,
    };
    return follow_new(&node->follow, &follow, err);
}

static enum badge_status open_intake(struct node *node, struct badge_err *err)
{
    const struct settings *settings = &node->settings;
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
    const struct settings *settings = &node->settings;
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
        .verify = verifier_take,
        .verify_context = node->verifier,
    };
    node->module[node->n_modules++] = api_module(&node->api);
}

#ifdef BADGED_PAGES
static enum badge_status open_site(struct node *node, struct badge_err *err)
{
    const struct settings *settings = &node->settings;
    const struct site_options options = {
        .store = node->store,
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

static enum badge_status open_http(struct node *node, struct badge_err *err)
{
    const struct settings *settings = &node->settings;
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
        .max_connections = (unsigned)settings->http_max_connections,
        .max_connections_per_client = (unsigned)settings->http_max_connections_per_client,
        .max_streams_per_client = EVENTS_MAX_PER_CLIENT,
        .rate_per_client = settings->http_rate_per_client,
        .rate_per_token = settings->http_rate_per_token,
        .trusted_proxy = (const char *const *)settings->http_trusted_proxy.item,
        .n_trusted_proxies = settings->http_trusted_proxy.n,
    };
    return http_new(&node->http, &options, err);
}

/* -- the operator's key -------------------------------------------------------------------------------------------- */

static void start_shutdown(struct node *node);

/* Passes the opened account to the anchor, which checks it on the chain first if another one is in use. */
static enum badge_status offer_key(struct node *node, struct badge_err *err)
{
    struct anchor_account *account = &node->opening.account;
    node->source = node->opening.source;
    if (account->key)
        badge_key_address(&account->address, account->key);
    node->offered = account->address;
    enum badge_status status = anchor_use(node->anchor, account, err);
    account->key = NULL; /* taken */
    return status;
}

static void open_key_work(uv_work_t *work)
{
    struct node *node = work->data;
    node->key_status = operator_open_work(&node->opening, &node->key_err);
}

static void on_key_opened(uv_work_t *work, int cancelled)
{
    struct node *node = work->data;
    (void)cancelled; /* nothing cancels it */
    node->opening_key = false;
    if (node->key_status == BADGE_OK && !node->stopping)
        node->key_status = offer_key(node, &node->key_err);
    operator_release(&node->opening);
    if (node->stopping)
        return;
    if (node->key_status == BADGE_OK) {
        notify_send("READY=1");
        return;
    }
    log_error("not started", log_text("why", node->key_err.text));
    node->failed = true;
    start_shutdown(node);
}

/* http answers meanwhile, and reports that the node is not ready. */
static void start_opening_key(struct node *node)
{
    node->opening_key = true;
    node->open_key.data = node;
    int code = uv_queue_work(&node->loop, &node->open_key, open_key_work, on_key_opened);
    if (code < 0) /* only for a missing callback */
        fatal("opening of the operator key could not be queued", LOG_FIELDS(log_text("why", uv_strerror(code))));
}

/* On the pool, after SIGHUP. A key counts as unchanged if the anchor uses it, or is about to. */
static void reopen_key_work(struct node *node)
{
    node->key_status = check_settings(&node->reread, &node->key_err);
    if (node->key_status == BADGE_OK)
        node->key_status = operator_read(&node->opening, &node->reread, false, &node->key_err);
    if (node->key_status != BADGE_OK)
        return;
    node->key_changed = badge_hash_compare(&node->source.hash, &node->opening.source.hash) != 0 ||
                        memcmp(&node->operator_before, &node->offered, sizeof node->offered) != 0;
    if (node->key_changed)
        node->key_status = operator_open_work(&node->opening, &node->key_err);
}

static void apply_reopened_key(struct node *node)
{
    if (node->key_status == BADGE_OK && node->key_changed)
        node->key_status = offer_key(node, &node->key_err);
    if (node->key_status != BADGE_OK)
        log_error("operator key could not be reloaded, keeping the one in use", log_text("why", node->key_err.text));
    operator_release(&node->opening);
}

/* -- a store that is older than the chain -------------------------------------------------------------------------- */

/* On the pool. */
static void accept_files_work(struct node *node)
{
    node->accept_present = false;
    for (size_t i = 0; i < ARRAY_LEN(node->accept_path); i++) {
        const char *path = node->accept_path[i];
        if (node->accept_done && unlink(path) == 0)
            log_info("store has caught up with the chain; accept-stale-store removed", log_text("file", path));
        node->accept_present = node->accept_present || access(path, F_OK) == 0;
    }
}

static void apply_acceptance(struct node *node)
{
    struct anchor_health health;
    anchor_health(node->anchor, &health);
    node->accept_done = node->accept_present && health.store_age == ANCHOR_STORE_CURRENT;
    if (node->accept_present && health.store_age == ANCHOR_STORE_STALE)
        anchor_accept_stale_store(node->anchor);
}

/* -- each second --------------------------------------------------------------------------------------------------- */

static void refresh_work(uv_work_t *work)
{
    struct node *node = work->data;
    node->tokens_status = tokens_refresh(node->tokens, &node->tokens_err);
    node->store_recovered = store_probe_work(node->store);
    if (node->reading_settings)
        node->reread_status = load_settings(&node->reread, node, &node->reread_err);
    if (node->reading_settings && node->reread_status == BADGE_OK)
        reopen_key_work(node);
    accept_files_work(node);
}

static void on_refreshed(uv_work_t *work, int cancelled)
{
    struct node *node = work->data;
    (void)cancelled; /* nothing cancels it */
    node->refreshing = false;
    if (node->store_recovered && !node->stopping)
        anchor_wake(node->anchor);
    if (node->tokens_status != BADGE_OK)
        log_error("tokens could not be reloaded, keeping the current ones", log_text("why", node->tokens_err.text));
    if (!node->stopping)
        apply_acceptance(node);
    if (!node->reading_settings)
        return;
    if (node->reread_status != BADGE_OK) {
        log_error("settings could not be reloaded, keeping the current ones", log_text("why", node->reread_err.text));
        return;
    }
    log_configure((enum log_level)node->reread.log_level, node->reread.log_format == 1);
    log_info("SIGHUP: settings reloaded; only log settings, tokens and the operator key change without a restart",
             log_none);
    if (node->stopping)
        operator_release(&node->opening);
    else
        apply_reopened_key(node);
    config_release(&node->reread, &settings_program);
}

static void start_refresh(struct node *node)
{
    struct anchor_health health;
    if (node->refreshing)
        return;
    node->refreshing = true;
    node->reading_settings = node->hangup && !node->opening_key;
    node->hangup = node->hangup && node->opening_key; /* then after that */
    node->key_changed = false;
    anchor_health(node->anchor, &health);
    node->operator_before = health.operator_address;
    node->refresh_job.data = node;
    int code = uv_queue_work(&node->loop, &node->refresh_job, refresh_work, on_refreshed);
    if (code < 0) /* only for a missing callback */
        fatal("refresh of tokens could not be queued", LOG_FIELDS(log_text("why", uv_strerror(code))));
}

/* The watchdog message for the service manager, with the status line that `systemctl status` shows. */
static void notify_service_manager(const struct node *node, const struct anchor_health *health, const char *broken)
{
    char state[320];
    const char *why = broken[0] ? broken : health->connected ? NULL : health->why;
    if (node->stopping)
        return;
    if (why)
        snprintf(state, sizeof state, "WATCHDOG=1\nSTATUS=not ready: %.*s", (int)strcspn(why, "\n"), why);
    else
        snprintf(state, sizeof state, "WATCHDOG=1\nSTATUS=ready, %zu pending", store_n_pending(node->store));
    notify_send(state);
}

static void set_revocation_metrics(const struct node *node, int64_t now_s)
{
    struct store_revocations revocations;
    store_revocations(node->store, &revocations);
    int64_t oldest_s = revocations.oldest_at_s;
    metric_set(METRIC_REVOCATIONS_PENDING, (int64_t)revocations.n_open);
    metric_set(METRIC_OLDEST_REVOCATION_SECONDS, oldest_s > 0 && oldest_s < now_s ? now_s - oldest_s : 0);
}

static void on_tick(uv_timer_t *tick)
{
    struct node *node = tick->data;
    struct anchor_health health;
    char broken[200];
    anchor_health(node->anchor, &health);
    store_health(node->store, broken);
    int64_t oldest_s = store_oldest_unanchored_s(node->store), now_s = (int64_t)time(NULL);
    metric_set(METRIC_READY, health.connected && broken[0] == '\0');
    metric_set(METRIC_STORE_FAILED, broken[0] != '\0');
    metric_set(METRIC_PENDING, (int64_t)store_n_pending(node->store));
    set_revocation_metrics(node, now_s);
    notify_service_manager(node, &health, broken);
    metric_set(METRIC_OLDEST_UNANCHORED_SECONDS, oldest_s > 0 && oldest_s < now_s ? now_s - oldest_s : 0);
    start_refresh(node);
}

/* -- stopping ------------------------------------------------------------------------------------------------------ */

/* Closes the parts that http used. Each closes its handles, and then the main loop ends. */
static void close_parts(struct node *node)
{
    http_free(node->http);
    close_site(node);
    intake_free(node->intake);
    batch_close(node->batch);
    follow_close(node->follow);
    anchor_close(node->anchor);
    verifier_free(node->verifier);
    if (node->client)
        net_client_close(node->client);
    for (size_t i = 0; i < ARRAY_LEN(node->signals); i++)
        uv_close((uv_handle_t *)&node->signals[i], NULL);
    uv_close((uv_handle_t *)&node->tick, NULL);
    mailbox_close(&node->mailbox);
}

static void on_http_stopped(struct message *message)
{
    close_parts(container_of(message, struct node, http_stopped));
}

static void start_shutdown(struct node *node)
{
    node->stopping = true;
    notify_send("STOPPING=1");
    node->http_stopped.handler = on_http_stopped;
    http_stop(node->http, &node->mailbox, &node->http_stopped);
}

static void handle_stop_signal(struct node *node, int number)
{
    if (node->signalled) {
        log_warn("second signal: stopping at once", log_i64("signal", number));
        _exit(EXIT_FAILURE); /* what was acknowledged is on disk */
    }
    node->signalled = true;
    log_info("stopping", log_i64("signal", number));
    if (!node->stopping)
        start_shutdown(node);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct node *node = handle->data;
    if (number != SIGHUP) {
        handle_stop_signal(node, number);
        return;
    }
    node->hangup = true;
    start_refresh(node);
}

/* -- main loop ----------------------------------------------------------------------------------------------------- */

static void init_loop(struct node *node)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    if (uv_loop_init(&node->loop) < 0 || mailbox_init(&node->mailbox, &node->loop) < 0)
        fatal("main loop could not be created", LOG_FIELDS(log_none));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (uv_signal_init(&node->loop, &node->signals[i]) < 0 ||
            uv_signal_start(&node->signals[i], on_signal, numbers[i]) < 0)
            fatal("signal handler could not be installed", LOG_FIELDS(log_none));
        node->signals[i].data = node;
    }
    (void)uv_timer_init(&node->loop, &node->tick); /* both always succeed */
    (void)uv_timer_start(&node->tick, on_tick, 0, TICK_MS);
    node->tick.data = node;
}

static int run_daemon(struct node *node)
{
    struct badge_err err = {.offset = BADGE_NO_OFFSET};
    init_loop(node);
    enum badge_status status = open_store(node, &err);
    if (status == BADGE_OK)
        status = open_chain(node, &err);
    if (status == BADGE_OK)
        status = open_intake(node, &err);
    if (status == BADGE_OK)
        status = open_http(node, &err);
    if (status == BADGE_OK) {
        log_info("listening", log_text("address", http_address(node->http)), log_text("version", BADGED_VERSION));
        start_opening_key(node);
    } else {
        log_error("not started", log_text("why", err.text));
        node->stopping = true;
        operator_release(&node->opening);
        close_parts(node);
    }
    (void)uv_run(&node->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&node->loop) != 0)
        log_broken("internal error: a handle is still open after shutdown", log_none);
    events_free(node->events);
    tokens_free(node->tokens);
    free(node->tokens_path);
    for (size_t i = 0; i < ARRAY_LEN(node->accept_path); i++)
        free(node->accept_path[i]);
    store_close(node->store);
    log_info("stopped", log_none);
    return status == BADGE_OK && !node->failed ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Keeps secrets out of core dumps and unreadable to other users; raises the limit of open files for connections. */
static void harden(void)
{
    struct rlimit limit = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &limit); /* these are precautions: if the system refuses one, the node still runs */
    (void)prctl(PR_SET_DUMPABLE, 0);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* at the file size limit a write fails with an error, as on a full disk */
    json_object_seed(0);
}

static void print_help(void)
{
    puts("badged: a registry node for verifiable badges\n\n"
         "  --config FILE            read settings from FILE\n"
         "  --print-config           print the effective settings and exit\n"
         "  --help, --version\n");
    config_print_help(stdout, &settings_program);
}

/* Removes a flag without a value from the arguments; false if it is not there. */
static bool take_switch(struct node *node, const char *flag)
{
    for (int i = 1; i < node->argc; i++) {
        if (strcmp(node->argv[i], flag) != 0)
            continue;
        memmove(node->argv + i, node->argv + i + 1, (size_t)(node->argc - i) * sizeof *node->argv);
        node->argc--;
        return true;
    }
    return false;
}

/* Fails if the output could not be written, so that a full disk does not leave an empty file without an error. */
static int flush_output(void)
{
    if (!fflush(stdout) && !ferror(stdout))
        return EXIT_SUCCESS;
    fputs("badged: the output could not be written\n", stderr);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct node node;
    node.argc = argc;
    node.argv = argv;
    if (take_switch(&node, "--help")) {
        print_help();
        return flush_output();
    }
    if (take_switch(&node, "--version")) {
        puts("badged " BADGED_VERSION);
        return flush_output();
    }
    harden();
    struct badge_err err;
    bool print = take_switch(&node, "--print-config");
    enum badge_status status = load_settings(&node.settings, &node, &err);
    if (status == BADGE_OK && !print)
        status = check_settings(&node.settings, &err);
    if (status != BADGE_OK) {
        fprintf(stderr, "badged: %s\n", err.text);
        config_release(&node.settings, &settings_program);
        return EXIT_USAGE;
    }
    int code;
    log_configure((enum log_level)node.settings.log_level, node.settings.log_format == 1);
    if (print) {
        config_print(stdout, &settings_program, &node.settings);
        code = flush_output();
    } else {
        warn_unknown_variables();
        code = run_daemon(&node);
    }
    config_release(&node.settings, &settings_program);
    return code;
}
