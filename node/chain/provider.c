/*
 * The health of each provider, and the choice among them. anchor.c starts each round with a health check; a request
 * that fails ejects its provider. The invariants: `up` is true only if chain id and code were checked since the last
 * failure; and while all providers are ejected, each is retried soon, so that the last one is never given up.
 */
#include "chain/provider.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/registry.h"
#include "net/retry.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#define CHECK_EVERY_MS 60000
#define GRACE_MS 300        /* to wait for the others, after the first has answered */
#define EJECTED_ALL_MS 5000 /* at most, while no other provider is up */
#define SETTLED_MS 60000    /* after this time up, the backoff starts again from its first step */
#define OUT_OF_SYNC_BLOCKS 5
#define SAME_HEAD_BLOCKS 1 /* two heads may differ by this much only because they were read at different moments */
#define STALE_BLOCK_TIMES 10
#define STALE_MIN_MS 20000
#define LIVE_HEAD_S 600  /* a node with an older head is still syncing */
#define SAMPLE_BLOCKS 16 /* distance of the block that the block time is learned from */

static const struct net_retry_policy ejections = {
    .first_ms = 500, .max_ms = 300000, .jitter_percent = 25, .max_retry_after_ms = 300000};

static uint64_t now_ms(const struct provider *provider)
{
    return uv_now(provider->all->requests.loop);
}

/* -- opening and closing ------------------------------------------------------------------------------------------- */

/* Two URLs may differ only in what a log never shows, such as an API key. */
static void name_provider(struct provider *provider)
{
    size_t n = 1;
    const char *origin = rpc_name(provider->rpc);
    for (const struct provider *other = provider->all->provider; other < provider; other++)
        n += strcmp(rpc_name(other->rpc), origin) == 0;
    if (n == 1)
        snprintf(provider->name, sizeof provider->name, "%s", origin);
    else
        snprintf(provider->name, sizeof provider->name, "%.240s#%zu", origin, n);
}

enum badge_status providers_init(struct providers *providers, const struct providers_options *options,
                                 struct badge_err *err)
{
    BADGE_ASSERT(options->n_urls <= PROVIDERS_MAX);
    *providers = (struct providers){.requests = {.loop = options->loop},
                                    .provider = calloc(options->n_urls, sizeof(struct provider)),
                                    .chain_id = options->chain_id,
                                    .contract = options->contract,
                                    .preferred = options->n_urls};
    if (!providers->provider)
        return badge_no_memory(err);
    for (; providers->n < options->n_urls; providers->n++) {
        struct provider *provider = &providers->provider[providers->n];
        enum badge_status status = rpc_new(&provider->rpc, options->client, options->url[providers->n], err);
        if (status != BADGE_OK) {
            providers_release(providers);
            return status;
        }
        provider->all = providers;
        provider->code = "chain_unreachable";
        name_provider(provider);
        snprintf(provider->why, sizeof provider->why, "%.150s has not answered yet", provider->name);
        metric_provider((unsigned)providers->n, provider->name, false, 0);
    }
    (void)uv_timer_init(options->loop, &providers->grace); /* always succeeds */
    providers->grace.data = providers;
    return BADGE_OK;
}

void providers_stop(struct providers *providers)
{
    rpc_requests_close(&providers->requests);
}

bool providers_are_busy(const struct providers *providers)
{
    return providers->requests.first;
}

void providers_release(struct providers *providers)
{
    for (size_t i = 0; i < providers->n; i++)
        rpc_free(providers->provider[i].rpc);
    free(providers->provider);
    *providers = (struct providers){0};
}

/* -- ejection and return ------------------------------------------------------------------------------------------- */

static bool another_is_up(const struct provider *provider)
{
    const struct providers *all = provider->all;
    for (size_t i = 0; i < all->n; i++)
        if (&all->provider[i] != provider && all->provider[i].up)
            return true;
    return false;
}

static uint64_t ejected_ms(const struct provider *provider, const struct rpc_reply *reply)
{
    struct net_retry_policy policy = ejections;
    if (!another_is_up(provider))
        policy.max_ms = EJECTED_ALL_MS;
    return net_retry_delay_ms(&policy, provider->n_ejections, reply ? reply->retry_after_ms : 0, uv_hrtime());
}

void provider_eject(struct provider *provider, const struct rpc_reply *reply, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(provider->why, sizeof provider->why, format, arguments);
    va_end(arguments);
    bool was_up = provider->up, first = provider->n_ejections == 0;
    bool settled = was_up && now_ms(provider) - provider->up_since_ms >= SETTLED_MS;
    provider->n_ejections = settled ? 1 : provider->n_ejections + 1;
    provider->up = provider->answered = false;
    provider->code = code;
    provider->checked_at_ms = 0;
    uint64_t ms = ejected_ms(provider, reply);
    provider->not_before_ms = now_ms(provider) + ms;
    metric_provider((unsigned)(provider - provider->all->provider), provider->name, false, provider->head.number);
    log_write(was_up || first ? LOG_WARN : LOG_DEBUG, "provider ejected",
              LOG_FIELDS(log_text("provider", provider->name), log_text("code", code), log_text("why", provider->why),
                         log_u64("pause_ms", ms)));
}

const char *provider_error_text(const struct provider *provider, const struct rpc_reply *reply)
{
    return reply->status == BADGE_EREFUSED ? reply->error_text : rpc_reply_error_text(reply, rpc_name(provider->rpc));
}

void provider_failed(struct provider *provider, const struct rpc_reply *reply)
{
    provider_eject(provider, reply, "chain_unreachable", "%s: %.120s", provider->name,
                   provider_error_text(provider, reply));
}

/* The time between blocks, from two blocks; smoothed: a new sample counts a quarter. */
static void learn_block_time(struct providers *providers, const struct block *from, const struct block *to)
{
    if (to->number <= from->number || to->time_s < from->time_s)
        return;
    uint64_t ms = (uint64_t)(to->time_s - from->time_s) * 1000 / (to->number - from->number);
    uint64_t known = providers->block_time_ms;
    providers->block_time_ms = known == 0 ? ms : known - known / 4 + ms / 4;
}

static void provider_head_seen(struct provider *provider, const struct block *head)
{
    if (badge_hash_compare(&head->hash, &provider->head.hash) != 0) {
        if (provider->head_at_ms != 0)
            learn_block_time(provider->all, &provider->head, head);
        provider->head = *head;
        provider->head_at_ms = now_ms(provider);
    }
    provider->answered = true;
    if (provider->up)
        return;
    provider->up = true;
    provider->code = NULL;
    provider->why[0] = '\0';
    provider->up_since_ms = now_ms(provider);
    if (provider == providers_current(provider->all))
        provider->all->generation++;
    log_info("provider connected", log_text("provider", provider->name), log_u64("head", head->number));
}

/* -- the probe of one provider ------------------------------------------------------------------------------------- */

static enum probe_step probe_failed(struct provider *provider, const char *code, const char *why)
{
    provider_eject(provider, NULL, code, "%.110s: %s", provider->name, why);
    return PROBE_END;
}

static enum probe_step read_chain_id(struct provider *provider, const json_t *result)
{
    uint64_t chain_id;
    if (rpc_read_u64(&chain_id, result) != BADGE_OK)
        return probe_failed(provider, "chain_unreachable", "returned an invalid eth_chainId result");
    if (chain_id == provider->all->chain_id)
        return PROBE_CODE;
    provider_eject(provider, NULL, "wrong_chain",
                   "%.100s serves chain id %llu but chain.id is %llu: correct chain.id or chain.rpc", provider->name,
                   (unsigned long long)chain_id, (unsigned long long)provider->all->chain_id);
    return PROBE_END;
}

#define CODE_MAX_LEN 24576 /* EIP-170 */

static enum probe_step read_code(struct provider *provider, const json_t *result)
{
    size_t len = 0;
    struct badge_hash hash;
    uint8_t *code = malloc(CODE_MAX_LEN);
    bool valid = code && rpc_read_bytes(code, CODE_MAX_LEN, &len, result) == BADGE_OK;
    badge_keccak256(&hash, code, len);
    free(code);
    if (!valid)
        return probe_failed(provider, "chain_unreachable", "returned an invalid eth_getCode result");
    if (len == 0)
        return probe_failed(provider, "no_contract",
                            "has no contract at chain.contract: run `badge deploy` or correct chain.contract");
    if (badge_hash_compare(&hash, &badge_registry_code_hash) != 0)
        return probe_failed(provider, "wrong_contract",
                            badge_registry_superseded(&hash)
                                ? "has the registry of an earlier development version at chain.contract: run `badge "
                                  "deploy` and name the present one, with a new store"
                                : "has a contract at chain.contract that is not BadgeRegistry: correct chain.contract");
    provider->checked_at_ms = now_ms(provider);
    return PROBE_HEAD;
}

static enum probe_step read_head(struct provider *provider, const json_t *result)
{
    struct block head;
    if (block_read(&head, result) != BADGE_OK)
        return probe_failed(provider, "chain_unreachable", "returned an invalid latest block");
    if (provider->checked_at_ms == 0) /* ejected meanwhile because of another request */
        return PROBE_END;
    provider_head_seen(provider, &head);
    return provider->all->block_time_ms == 0 && head.number > SAMPLE_BLOCKS ? PROBE_OLDER_BLOCK : PROBE_END;
}

/* If the provider does not return it, the block time is learned from the next heads. */
static enum probe_step read_older_block(struct provider *provider, const json_t *result)
{
    struct block past;
    if (block_read(&past, result) == BADGE_OK)
        learn_block_time(provider->all, &past, &provider->head);
    return PROBE_END;
}

static void health_check_end_if_done(struct providers *providers);
static void probe(struct provider *provider, enum probe_step step);

static void on_probe_reply(void *context, const struct rpc_reply *reply)
{
    static enum probe_step (*const read[])(struct provider * provider,
                                           const json_t *result) = {[PROBE_CHAIN_ID] = read_chain_id,
                                                                    [PROBE_CODE] = read_code,
                                                                    [PROBE_HEAD] = read_head,
                                                                    [PROBE_OLDER_BLOCK] = read_older_block};
    struct provider *provider = context;
    if (reply->status == BADGE_OK) {
        probe(provider, read[provider->probe](provider, reply->result));
        return;
    }
    if (provider->probe != PROBE_OLDER_BLOCK && !provider->all->requests.closing)
        provider_failed(provider, reply);
    probe(provider, PROBE_END);
}

/* Goes on with a step. */
static void probe(struct provider *provider, enum probe_step step)
{
    const char *method = "eth_getBlockByNumber";
    json_t *params = NULL;
    provider->probe = step;
    switch (step) {
    case PROBE_CHAIN_ID:
        method = "eth_chainId";
        params = json_array();
        break;
    case PROBE_CODE:
        method = "eth_getCode";
        params = json_pack("[os]", rpc_hex(provider->all->contract.b, 20), "latest");
        break;
    case PROBE_HEAD:
        params = json_pack("[sb]", "latest", 0);
        break;
    case PROBE_OLDER_BLOCK:
        params = json_pack("[ob]", rpc_quantity(provider->head.number - SAMPLE_BLOCKS), 0);
        break;
    case PROBE_END:
        health_check_end_if_done(provider->all);
        return;
    }
    if (provider_ask(provider, method, params, on_probe_reply, provider, NULL) != BADGE_OK)
        probe(provider, probe_failed(provider, "chain_unreachable", "could not be queried"));
}

/* -- the health check ---------------------------------------------------------------------------------------------- */

static void health_check_end(uv_timer_t *grace)
{
    struct providers *providers = grace->data;
    struct coroutine *coroutine = providers->checking_health;
    providers->checking_health = NULL;
    coroutine_resume(coroutine);
}

/* Ends by the timer, so that the coroutine is never resumed before it waits; the first answer starts the grace period.
 */
static void health_check_end_if_done(struct providers *providers)
{
    bool all = true, any = false;
    if (!providers->checking_health)
        return;
    for (size_t i = 0; i < providers->n; i++) {
        all = all && providers->provider[i].probe == PROBE_END;
        any = any || providers->provider[i].answered;
    }
    if (all)
        (void)uv_timer_start(&providers->grace, health_check_end, 0, 0); /* both fail only on a closing handle */
    else if (any && !uv_is_active((uv_handle_t *)&providers->grace))
        (void)uv_timer_start(&providers->grace, health_check_end, GRACE_MS, 0);
}

void providers_check_health(struct providers *providers, struct coroutine *coroutine)
{
    providers->checking_health = coroutine;
    for (size_t i = 0; i < providers->n; i++) {
        struct provider *provider = &providers->provider[i];
        if (provider->probe != PROBE_END || (!provider->up && now_ms(provider) < provider->not_before_ms))
            continue;
        bool is_checked = provider->checked_at_ms > 0 && now_ms(provider) - provider->checked_at_ms < CHECK_EVERY_MS;
        provider->answered = false;
        probe(provider, is_checked ? PROBE_HEAD : PROBE_CHAIN_ID);
    }
    health_check_end_if_done(providers);
    coroutine_wait(coroutine);
}

/* -- the choice ---------------------------------------------------------------------------------------------------- */

struct provider *providers_current(const struct providers *providers)
{
    return &providers->provider[providers->current];
}

static uint64_t highest_head(const struct providers *providers)
{
    uint64_t number = 0;
    for (size_t i = 0; i < providers->n; i++)
        if (providers->provider[i].up && providers->provider[i].head.number > number)
            number = providers->provider[i].head.number;
    return number;
}

uint64_t provider_stalled_ms(const struct provider *provider)
{
    uint64_t block_time_ms = provider->all->block_time_ms, limit = block_time_ms * STALE_BLOCK_TIMES;
    uint64_t age = now_ms(provider) - provider->head_at_ms;
    limit = limit > STALE_MIN_MS ? limit : STALE_MIN_MS;
    return block_time_ms > 0 && age > limit ? age : 0;
}

bool provider_is_healthy(const struct provider *provider)
{
    return provider->up && provider->head.number + OUT_OF_SYNC_BLOCKS > highest_head(provider->all) &&
           provider_stalled_ms(provider) == 0;
}

bool provider_is_quorum_member(const struct provider *provider)
{
    bool live = (int64_t)time(NULL) - provider->head.time_s < LIVE_HEAD_S;
    return provider_is_healthy(provider) || (provider->up && live && provider_stalled_ms(provider) == 0);
}

/* Logs once why a provider that is up is not healthy. */
static void log_if_lagging(struct provider *provider)
{
    const char *code = NULL;
    if (provider->head.number + OUT_OF_SYNC_BLOCKS <= highest_head(provider->all))
        code = "out_of_sync";
    else if (provider_stalled_ms(provider) > 0)
        code = "chain_stalled";
    if (code && !provider->code)
        log_warn("provider lags", log_text("provider", provider->name), log_text("code", code),
                 log_u64("head", provider->head.number), log_u64("highest", highest_head(provider->all)));
    provider->code = code;
}

static size_t highest_head_provider(const struct providers *providers, bool healthy)
{
    size_t best = providers->n;
    uint64_t top = 0;
    for (size_t i = 0; i < providers->n; i++) {
        const struct provider *provider = &providers->provider[i];
        bool counts = provider->up && provider->answered && (!healthy || provider_is_healthy(provider));
        if (counts && (best == providers->n || provider->head.number > top + SAME_HEAD_BLOCKS)) {
            best = i;
            top = provider->head.number;
        }
    }
    return best;
}

bool providers_choose(struct providers *providers)
{
    for (size_t i = 0; i < providers->n; i++) {
        struct provider *provider = &providers->provider[i];
        if (provider->up)
            log_if_lagging(provider);
        metric_provider((unsigned)i, provider->name, provider_is_healthy(provider), provider->head.number);
    }
    size_t chosen = providers->preferred;
    providers->preferred = providers->n;
    if (chosen == providers->n || !providers->provider[chosen].up || !providers->provider[chosen].answered)
        chosen = highest_head_provider(providers, true);
    if (chosen == providers->n) /* all are stalled: a chain may make blocks on demand only */
        chosen = highest_head_provider(providers, false);
    if (chosen == providers->n)
        return false;
    if (chosen != providers->current)
        providers->generation++;
    providers->current = chosen;
    return true;
}

uint64_t providers_pause_ms(const struct providers *providers)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < providers->n; i++) {
        const struct provider *provider = &providers->provider[i];
        uint64_t now = now_ms(provider), at = provider->not_before_ms, ms = at > now ? at - now : 0;
        if (!provider->up && ms < least)
            least = ms;
    }
    return least;
}

enum badge_status provider_ask(struct provider *provider, const char *method, json_t *params, rpc_callback callback,
                               void *context, struct badge_err *err)
{
    return rpc_request_send(&provider->all->requests, provider->rpc, method, params, !another_is_up(provider), callback,
                            context, err);
}
