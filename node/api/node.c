/*
 * The node's own state: identity, health, metrics, the description of this API. Answered on the loop from memory,
 * because load balancers and Prometheus poll it.
 */
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "runtime/metrics.h"
#include "runtime/tokens.h"

#define MAX_OPERATORS 64 /* that are shown */

extern const uint8_t openapi_json[];
extern const size_t openapi_json_len;

static void write_providers(struct json_out *out, const struct anchor_health *health)
{
    if (health->n_providers == 0)
        return;
    json_out_array(out, "providers");
    for (size_t i = 0; i < health->n_providers; i++) {
        const struct anchor_provider *provider = &health->provider[i];
        json_out_object(out, NULL);
        json_out_text(out, "url", provider->url);
        json_out_bool(out, "healthy", provider->healthy);
        json_out_u64(out, "head", provider->head);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void write_scopes(struct json_out *out, unsigned scopes)
{
    char list[TOKEN_SCOPES_LEN + 1];
    token_scopes_format(list, scopes);
    json_out_array(out, "scopes");
    for (const char *s = list; *s; s += *s == ',') {
        size_t len = strcspn(s, ",");
        json_out_string(out, NULL, s, len);
        s += len;
    }
    json_out_array_end(out);
}

/* How far the registry's events were read. */
static void write_followed(struct json_out *out, const struct exchange *x)
{
    struct follow_health health;
    follow_health(api_of(x)->follow, &health);
    json_out_object(out, "followed");
    json_out_u64(out, "block", health.block);
    json_out_u64(out, "finalized", health.finalized);
    if (health.age_ms != UINT64_MAX)
        json_out_u64(out, "seconds", health.age_ms / 1000);
    if (health.gap.last_block > 0) {
        json_out_object(out, "unread");
        json_out_u64(out, "first", health.gap.first_block);
        json_out_u64(out, "last", health.gap.last_block);
        json_out_object_end(out);
    }
    if (health.code)
        json_out_text(out, "code", health.code);
    if (health.code && (x->scopes & TOKEN_ADMIN)) /* it names providers */
        json_out_text(out, "detail", health.why);
    json_out_object_end(out);
}

/* The accounts that may act for the issuer, according to the chain. */
static void write_operators(struct json_out *out, struct store *store)
{
    struct store_operator operators[MAX_OPERATORS];
    json_out_array(out, "operators");
    size_t n = store_operators(store, operators, MAX_OPERATORS);
    for (size_t i = 0; i < n; i++) {
        json_out_object(out, NULL);
        json_out_address(out, "account", &operators[i].account);
        json_out_time(out, "since", operators[i].since_s);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void write_chain(struct json_out *out, const struct exchange *x)
{
    struct anchor_health health;
    anchor_health(api_of(x)->anchor, &health);
    if (health.has_operator)
        json_out_address(out, "operator", &health.operator_address);
    if (health.head) {
        char balance[96];
        badge_wei_format(balance, &health.balance);
        json_out_text(out, "balance", balance);
        json_out_u64(out, "head", health.head);
        json_out_u64(out, "finalized", health.finalized);
    }
    if (x->scopes & TOKEN_ADMIN) /* even the host name of a provider may contain a key */
        write_providers(out, &health);
}

void node_run(struct exchange *x)
{
    const struct api_options *options = api_of(x);
    struct json_out *out = exchange_json(x, 200);
    json_out_object(out, NULL);
    json_out_text(out, "version", BADGED_VERSION);
    json_out_u64(out, "chainId", options->chain_id);
    json_out_address(out, "contract", &options->contract);
    json_out_address(out, "issuer", &options->issuer);
    if (options->anchor)
        write_chain(out, x);
    if (options->follow) {
        write_followed(out, x);
        write_operators(out, options->store);
    }
    size_t n_pending = store_n_pending(options->store);
    int64_t oldest_s = store_oldest_unanchored_s(options->store);
    if (oldest_s > 0)
        json_out_time(out, "oldestUnanchoredAt", oldest_s);
    if (x->scopes)
        write_scopes(out, x->scopes);
    json_out_u64(out, "pending", n_pending);
    json_out_u64(out, "batches", store_n_batches(options->store));
    json_out_u64(out, "credentials", store_n_sealed(options->store) + n_pending);
    json_out_object_end(out);
}

void health_run(struct exchange *x)
{
    static const char alive[] = "{\"alive\":true}";
    exchange_fixed(x, "application/json", alive, sizeof alive - 1);
}

/* Which provider an address in a sentence belongs to, counted from 1; it may be truncated. 0: none of them. */
static size_t provider_at(const struct anchor_health *health, const char *address, size_t len)
{
    for (size_t i = 0; i < health->n_providers; i++)
        if (strncmp(health->provider[i].url, address, len) == 0)
            return i + 1;
    return 0;
}

/* The sentence with each address replaced by the provider's position in chain.rpc. */
static void write_without_addresses(struct strbuf *out, const char *s, const struct anchor_health *health)
{
    while (*s) {
        const char *address = strstr(s, "http");
        size_t len = address ? strcspn(address, " ,;") : 0;
        if (!address || !memchr(address, '/', len)) {
            size_t n = address ? (size_t)(address - s) + 4 : strlen(s);
            strbuf_put(out, s, n);
            s += n;
            continue;
        }
        len -= address[len - 1] == ':'; /* the sentence's own */
        strbuf_put(out, s, (size_t)(address - s));
        size_t provider = provider_at(health, address, len);
        if (provider)
            strbuf_printf(out, "provider %zu", provider);
        else
            strbuf_put(out, "an address", 10);
        s = address + len;
    }
}

static void write_reason(struct json_out *out, const char *code, const char *detail, const struct anchor_health *hidden)
{
    struct strbuf shown;
    strbuf_init(&shown, 1024);
    if (hidden)
        write_without_addresses(&shown, detail, hidden);
    else
        strbuf_put(&shown, detail, strlen(detail));
    json_out_object(out, NULL);
    json_out_text(out, "code", code);
    json_out_string(out, "detail", shown.bytes ? shown.bytes : "", shown.len);
    json_out_object_end(out);
    strbuf_release(&shown);
}

void ready_run(struct exchange *x)
{
    const struct api_options *options = api_of(x);
    char store_why[200];
    struct anchor_health health = {.code = "no_chain", .why = "This node was started without a chain; set chain.rpc."};
    store_health(options->store, store_why);
    if (options->anchor)
        anchor_health(options->anchor, &health);
    bool ready = !store_why[0] && health.connected && !x->loop->stopping;
    const struct anchor_health *hidden = x->scopes & TOKEN_ADMIN ? NULL : &health; /* as in write_chain() */
    struct json_out *out = exchange_json(x, ready ? 200 : 503);
    json_out_object(out, NULL);
    json_out_bool(out, "ready", ready);
    json_out_array(out, "reasons");
    if (store_why[0])
        write_reason(out, "store", store_why, NULL);
    if (!health.connected)
        write_reason(out, health.code ? health.code : "chain_unreachable", health.why, hidden);
    if (x->loop->stopping)
        write_reason(out, "stopping", "The node is stopping.", NULL);
    json_out_array_end(out);
    json_out_object_end(out);
    if (!ready)
        exchange_add_header(x, "Retry-After", "5");
}

void metrics_run(struct exchange *x)
{
    size_t len;
    char *metrics = metrics_text(&len);
    if (!metrics) {
        exchange_no_memory(x);
        return;
    }
    x->reply.status = 200;
    x->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    x->reply.body = (struct strbuf){.bytes = metrics, .len = len, .capacity = len, .ceiling = len};
}

void openapi_run(struct exchange *x)
{
    exchange_fixed(x, "application/json", openapi_json, openapi_json_len);
    x->reply.cache_control = "public, max-age=300";
}
