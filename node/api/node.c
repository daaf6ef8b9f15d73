/*
 * The node's own state: identity, health, metrics, the description of this API. Answered on the loop from memory,
 * because load balancers and Prometheus poll it.
 */
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/handlers.h"
#include "runtime/metrics.h"
#include "runtime/tokens.h"

#define MAX_OPERATORS 64 /* that are shown */

extern const uint8_t openapi_json[];
extern const size_t openapi_json_len;

static void write_address(struct strbuf *out, const char *name, const struct badge_address *address)
{
    char hex[BADGE_ADDRESS_LEN + 1];
    badge_address_format(hex, address);
    strbuf_printf(out, ",\"%s\":\"%s\"", name, hex);
}

static void write_providers(struct strbuf *out, const struct anchor_health *health)
{
    for (size_t i = 0; i < health->n_providers; i++) {
        const struct anchor_provider *provider = &health->provider[i];
        strbuf_printf(out, "%s{\"url\":", i == 0 ? ",\"providers\":[" : ",");
        strbuf_json(out, provider->url, strlen(provider->url));
        strbuf_printf(out, ",\"healthy\":%s,\"head\":%llu}", provider->healthy ? "true" : "false",
                      (unsigned long long)provider->head);
    }
    if (health->n_providers > 0)
        strbuf_put(out, "]", 1);
}

static void write_oldest_unanchored(struct strbuf *out, struct store *store)
{
    char time[BADGE_TIME_LEN + 1];
    int64_t oldest_s = store_oldest_unanchored_s(store);
    if (oldest_s <= 0)
        return;
    badge_time_format(time, oldest_s);
    strbuf_printf(out, ",\"oldestUnanchoredAt\":\"%s\"", time);
}

static void write_scopes(struct strbuf *out, unsigned scopes)
{
    char list[TOKEN_SCOPES_LEN + 1];
    token_scopes_format(list, scopes);
    strbuf_printf(out, ",\"scopes\":[\"");
    for (const char *s = list; *s; s++)
        strbuf_put(out, *s == ',' ? "\",\"" : s, *s == ',' ? 3 : 1);
    strbuf_printf(out, "\"]");
}

/* How far the registry's events were read. */
static void write_followed(struct strbuf *out, const struct exchange *x)
{
    struct follow_health health;
    follow_health(api_of(x)->follow, &health);
    strbuf_printf(out, ",\"followed\":{\"block\":%llu,\"finalized\":%llu", (unsigned long long)health.block,
                  (unsigned long long)health.finalized);
    if (health.age_ms != UINT64_MAX)
        strbuf_printf(out, ",\"seconds\":%llu", (unsigned long long)(health.age_ms / 1000));
    if (health.gap.last_block > 0)
        strbuf_printf(out, ",\"unread\":{\"first\":%llu,\"last\":%llu}", (unsigned long long)health.gap.first_block,
                      (unsigned long long)health.gap.last_block);
    if (health.code)
        strbuf_printf(out, ",\"code\":\"%s\"", health.code);
    if (health.code && (x->scopes & TOKEN_ADMIN)) { /* it names providers */
        strbuf_printf(out, ",\"detail\":");
        strbuf_json(out, health.why, strlen(health.why));
    }
    strbuf_put(out, "}", 1);
}

/* The accounts that may act for the issuer, according to the chain. */
static void write_operators(struct strbuf *out, struct store *store)
{
    struct store_operator operators[MAX_OPERATORS];
    strbuf_printf(out, ",\"operators\":[");
    size_t n = store_operators(store, operators, MAX_OPERATORS);
    for (size_t i = 0; i < n; i++) {
        char account[BADGE_ADDRESS_LEN + 1], since[BADGE_TIME_LEN + 1];
        badge_address_format(account, &operators[i].account);
        badge_time_format(since, operators[i].since_s);
        strbuf_printf(out, "%s{\"account\":\"%s\",\"since\":\"%s\"}", i == 0 ? "" : ",", account, since);
    }
    strbuf_put(out, "]", 1);
}

void node_run(struct exchange *x)
{
    const struct api_options *options = api_of(x);
    struct strbuf *out = exchange_json(x, 200);
    strbuf_printf(out, "{\"version\":\"%s\",\"chainId\":%llu", BADGED_VERSION, (unsigned long long)options->chain_id);
    write_address(out, "contract", &options->contract);
    write_address(out, "issuer", &options->issuer);
    if (options->anchor) {
        struct anchor_health health;
        anchor_health(options->anchor, &health);
        if (health.has_operator)
            write_address(out, "operator", &health.operator_address);
        if (health.head) {
            char balance[96];
            badge_wei_format(balance, &health.balance);
            strbuf_printf(out, ",\"balance\":\"%s\",\"head\":%llu,\"finalized\":%llu", balance,
                          (unsigned long long)health.head, (unsigned long long)health.finalized);
        }
        if (x->scopes & TOKEN_ADMIN) /* even the host name of a provider may contain a key */
            write_providers(out, &health);
    }
    if (options->follow) {
        write_followed(out, x);
        write_operators(out, options->store);
    }
    size_t n_pending = store_n_pending(options->store);
    write_oldest_unanchored(out, options->store);
    if (x->scopes)
        write_scopes(out, x->scopes);
    strbuf_printf(out, ",\"pending\":%zu,\"batches\":%u,\"credentials\":%llu}", n_pending,
                  store_n_batches(options->store), (unsigned long long)store_n_sealed(options->store) + n_pending);
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

static void write_reason(struct strbuf *out, bool *first, const char *code, const char *detail,
                         const struct anchor_health *hidden)
{
    struct strbuf shown;
    strbuf_init(&shown, 1024);
    if (hidden)
        write_without_addresses(&shown, detail, hidden);
    else
        strbuf_put(&shown, detail, strlen(detail));
    strbuf_printf(out, "%s{\"code\":\"%s\",\"detail\":", *first ? "" : ",", code);
    strbuf_json(out, shown.bytes ? shown.bytes : "", shown.len);
    strbuf_release(&shown);
    strbuf_put(out, "}", 1);
    *first = false;
}

void ready_run(struct exchange *x)
{
    const struct api_options *options = api_of(x);
    char store_why[200];
    struct anchor_health health = {.code = "no_chain", .why = "This node was started without a chain; set chain.rpc."};
    store_health(options->store, store_why);
    if (options->anchor)
        anchor_health(options->anchor, &health);
    bool ready = !store_why[0] && health.connected && !x->loop->stopping, first = true;
    const struct anchor_health *hidden = x->scopes & TOKEN_ADMIN ? NULL : &health; /* as in node_run() */
    struct strbuf *out = exchange_json(x, ready ? 200 : 503);
    strbuf_printf(out, "{\"ready\":%s,\"reasons\":[", ready ? "true" : "false");
    if (store_why[0])
        write_reason(out, &first, "store", store_why, NULL);
    if (!health.connected)
        write_reason(out, &first, health.code ? health.code : "chain_unreachable", health.why, hidden);
    if (x->loop->stopping)
        write_reason(out, &first, "stopping", "The node is stopping.", NULL);
    strbuf_printf(out, "]}");
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
