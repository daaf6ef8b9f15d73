/*
 * Reads on the pool, applies on the main loop. main.c starts it, then its timer and SIGHUP call. The invariants: one
 * refresh at a time, and none that reads the key while one is being opened; where something can't be read, what is in
 * use stays.
 */
#include "daemon/reload.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/compiler.h"
#include "runtime/log.h"
#include "runtime/sd_notify.h"

#define TICK_MS 1000

/*
 * A file of one of these names in store.path makes the node accept a store that is older than the chain. The file
 * counts until the store has caught up, over restarts too, and is then removed. The second name is the one of earlier
 * versions.
 */
static const char *const accept_names[RELOAD_N_ACCEPT_FILES] = {"accept-stale-store", "accept-older"};

/* -- the operator's key -------------------------------------------------------------------------------------------- */

/* Passes the opened account to the anchor, which checks it on the chain first if another one is in use. */
static enum badge_status offer_key(struct reload *reload, struct badge_err *err)
{
    struct anchor_account *account = &reload->opening.account;
    reload->source = reload->opening.source;
    if (account->key)
        badge_key_address(&account->address, account->key);
    reload->offered = account->address;
    enum badge_status status = anchor_use(reload->node->anchor, account, err);
    account->key = NULL; /* taken */
    return status;
}

static void open_key_work(struct pool_work *work)
{
    struct reload *reload = container_of(work, struct reload, open_key);
    reload->key_status = operator_open_work(&reload->opening, &reload->key_err);
}

static void on_key_opened(struct pool_work *work)
{
    struct reload *reload = container_of(work, struct reload, open_key);
    bool stopping = reload->node->stopping;
    reload->opening_key = false;
    if (reload->key_status == BADGE_OK && !stopping)
        reload->key_status = offer_key(reload, &reload->key_err);
    operator_release(&reload->opening);
    if (stopping)
        return;
    if (reload->key_status == BADGE_OK) {
        notify_send("READY=1");
        return;
    }
    log_error("not started", log_text("why", reload->key_err.text));
    reload->key_failed(reload->context);
}

void reload_start(struct reload *reload, void (*key_failed)(void *context), void *context)
{
    reload->key_failed = key_failed;
    reload->context = context;
    reload->opening_key = true;
    pool_queue(&reload->node->loop, &reload->open_key, open_key_work, on_key_opened);
}

/* On the pool, after SIGHUP. A key counts as unchanged if the anchor uses it, or is about to. */
static void reopen_key_work(struct reload *reload)
{
    reload->key_status = arguments_check(&reload->reread, &reload->key_err);
    if (reload->key_status == BADGE_OK)
        reload->key_status = operator_read(&reload->opening, &reload->reread, false, &reload->key_err);
    if (reload->key_status != BADGE_OK)
        return;
    reload->key_changed = badge_hash_compare(&reload->source, &reload->opening.source) != 0 ||
                          memcmp(&reload->operator_before, &reload->offered, sizeof reload->offered) != 0;
    if (reload->key_changed)
        reload->key_status = operator_open_work(&reload->opening, &reload->key_err);
}

static void apply_reopened_key(struct reload *reload)
{
    if (reload->key_status == BADGE_OK && reload->key_changed)
        reload->key_status = offer_key(reload, &reload->key_err);
    if (reload->key_status != BADGE_OK)
        log_error("operator key could not be reloaded, keeping the one in use", log_text("why", reload->key_err.text));
    operator_release(&reload->opening);
}

/* -- a store that is older than the chain -------------------------------------------------------------------------- */

/* On the pool. */
static void accept_files_work(struct reload *reload)
{
    reload->accept_present = false;
    for (size_t i = 0; i < RELOAD_N_ACCEPT_FILES; i++) {
        const char *path = reload->accept_path[i];
        if (reload->accept_done && unlink(path) == 0)
            log_info("store has caught up with the chain; accept-stale-store removed", log_text("file", path));
        reload->accept_present = reload->accept_present || access(path, F_OK) == 0;
    }
}

static void apply_acceptance(struct reload *reload)
{
    struct anchor_health health;
    anchor_health(reload->node->anchor, &health);
    reload->accept_done = reload->accept_present && health.store_age == ANCHOR_STORE_CURRENT;
    if (reload->accept_present && health.store_age == ANCHOR_STORE_STALE)
        anchor_accept_stale_store(reload->node->anchor);
}

/* -- a refresh ----------------------------------------------------------------------------------------------------- */

static void refresh_work(struct pool_work *work)
{
    struct reload *reload = container_of(work, struct reload, refresh);
    reload->tokens_status = tokens_refresh(reload->node->tokens, &reload->tokens_err);
    reload->store_recovered = store_probe_work(reload->node->store);
    if (reload->reading_settings)
        reload->reread_status = arguments_load(&reload->reread, reload->arguments, &reload->reread_err);
    if (reload->reading_settings && reload->reread_status == BADGE_OK) {
        reopen_key_work(reload);
        reload->given_status = verifier_read_given(&reload->given, &reload->reread, &reload->given_err);
    }
    accept_files_work(reload);
}

static void apply_given(struct reload *reload)
{
    if (reload->given_status == BADGE_OK)
        reload->given_status = verifier_use_given(reload->node->verifier, reload->given, &reload->given_err);
    if (reload->given_status != BADGE_OK)
        log_error("files of verify.did or verify.contexts could not be reloaded, keeping the ones in use",
                  log_text("why", reload->given_err.text));
}

static void apply_settings(struct reload *reload)
{
    if (reload->reread_status != BADGE_OK) {
        log_error("settings could not be reloaded, keeping the current ones", log_text("why", reload->reread_err.text));
        return;
    }
    log_configure((enum log_level)reload->reread.log_level, reload->reread.log_format == 1);
    log_info("SIGHUP: settings reloaded; only log settings, tokens, the operator key and the files of verify.did and "
             "verify.contexts change without a restart",
             log_none);
    if (reload->node->stopping) {
        operator_release(&reload->opening);
        given_free(reload->given_status == BADGE_OK ? reload->given : NULL);
    } else {
        apply_reopened_key(reload);
        apply_given(reload);
    }
    config_release(&reload->reread, &settings_program);
}

static void on_refreshed(struct pool_work *work)
{
    struct reload *reload = container_of(work, struct reload, refresh);
    const struct node *node = reload->node;
    reload->refreshing = false;
    if (reload->store_recovered && !node->stopping)
        anchor_wake(node->anchor);
    if (reload->tokens_status != BADGE_OK)
        log_error("tokens could not be reloaded, keeping the current ones", log_text("why", reload->tokens_err.text));
    if (!node->stopping)
        apply_acceptance(reload);
    if (reload->reading_settings)
        apply_settings(reload);
}

static void start_refresh(struct reload *reload)
{
    struct anchor_health health;
    if (reload->refreshing)
        return;
    reload->refreshing = true;
    reload->reading_settings = reload->hangup && !reload->opening_key;
    reload->hangup = reload->hangup && reload->opening_key; /* then after that */
    reload->key_changed = false;
    anchor_health(reload->node->anchor, &health);
    reload->operator_before = health.operator_address;
    pool_queue(&reload->node->loop, &reload->refresh, refresh_work, on_refreshed);
}

static void on_tick(uv_timer_t *tick)
{
    struct reload *reload = tick->data;
    node_report_health(reload->node);
    start_refresh(reload);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    struct reload *reload = handle->data;
    (void)number;
    reload->hangup = true;
    start_refresh(reload);
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

void reload_init(struct reload *reload, struct node *node, const struct arguments *arguments)
{
    reload->node = node;
    reload->arguments = arguments;
    node_catch_signal(node, &reload->hangup_signal, SIGHUP, on_hangup, reload);
    (void)uv_timer_init(&node->loop, &reload->tick); /* both always succeed */
    (void)uv_timer_start(&reload->tick, on_tick, 0, TICK_MS);
    reload->tick.data = reload;
}

enum badge_status reload_open(struct reload *reload, struct badge_err *err)
{
    const struct settings *settings = reload->node->settings;
    for (size_t i = 0; i < RELOAD_N_ACCEPT_FILES; i++)
        if (asprintf(&reload->accept_path[i], "%s/%s", settings->store_path, accept_names[i]) < 0)
            return badge_no_memory(err);
    return operator_read(&reload->opening, settings, true, err);
}

void reload_close(struct reload *reload)
{
    uv_close((uv_handle_t *)&reload->hangup_signal, NULL);
    uv_close((uv_handle_t *)&reload->tick, NULL);
    if (!reload->opening_key && !reload->refreshing) /* else the pool still has the key, and its end releases it */
        operator_release(&reload->opening);
}

void reload_release(struct reload *reload)
{
    for (size_t i = 0; i < RELOAD_N_ACCEPT_FILES; i++)
        free(reload->accept_path[i]);
}
