/*
 * The providers of one chain, in order of preference, each with its own health. Chain id and contract code are checked
 * whenever a provider connects; one that fails is ejected, retried with exponential backoff, and comes back when the
 * checks pass. A health check reads each provider's head; the rounds then read from one with the highest head, and
 * signed transactions go to all.
 */
#ifndef CHAIN_PROVIDER_H
#define CHAIN_PROVIDER_H

#include "chain/rpc_request.h"
#include "runtime/coroutine.h"

#define PROVIDER_WHY_LEN 200
#define PROVIDERS_MAX 16

enum probe_step { PROBE_END, PROBE_CHAIN_ID, PROBE_CODE, PROBE_HEAD, PROBE_OLDER_BLOCK };

struct provider {
    struct rpc *rpc;
    struct providers *all;
    char name[264];        /* the URL's origin, numbered if two are equal */
    bool up;               /* chain id and contract code are right, and its head is known */
    enum probe_step probe; /* the open request of the health check; PROBE_END: none */
    bool answered;         /* in the health check: its head is known */
    const char *code;      /* why it is not up or not healthy, as in struct anchor_health */
    char why[PROVIDER_WHY_LEN];
    struct block head;
    uint64_t head_at_ms;                 /* when that head was first seen */
    uint64_t checked_at_ms;              /* chain id and code; 0: not since the last ejection */
    uint64_t up_since_ms, not_before_ms; /* not_before_ms: when to retry while it is not up */
    unsigned n_ejections;                /* in a row */
};

struct providers {
    struct provider *provider;
    size_t n, current;   /* current: the one to read from */
    uint64_t generation; /* counts changes of current, and its reconnects */
    struct rpc_requests requests;
    uint64_t chain_id;
    struct badge_address contract;
    uint64_t block_time_ms; /* of the chain, smoothed; 0: not known yet */
    size_t preferred;       /* to read from in the next round; n: none */

    uv_timer_t grace;                  /* of the health check */
    struct coroutine *checking_health; /* waits for the end of it */
};

struct providers_options {
    uv_loop_t *loop;
    struct net_client *client;
    const char *const *url;
    size_t n_urls;
    uint64_t chain_id;
    struct badge_address contract;
};

/* At most PROVIDERS_MAX. errors    BADGE_ESYNTAX (a URL), BADGE_ENOMEM */
enum badge_status providers_init(struct providers *providers, const struct providers_options *options,
                                 struct badge_err *err) BADGE_CHECKED;
/* Starts no more health checks; open requests end soon. */
void providers_stop(struct providers *providers);
/* True while a request is open. */
bool providers_are_busy(const struct providers *providers);
void providers_release(struct providers *providers); /* no request is open, the timer is closed */

/*
 * Probes all that are due. In the coroutine: returns when all have answered, or some time after the first; a later
 * answer still counts for the next health check.
 */
void providers_check_health(struct providers *providers, struct coroutine *coroutine);
/* Chooses the provider to read from; false if none is up. */
bool providers_choose(struct providers *providers);
/* Time until an ejected provider may be retried; UINT64_MAX if none is ejected. */
uint64_t providers_pause_ms(const struct providers *providers);

struct provider *providers_current(const struct providers *providers);
/* Up, in sync with the highest head, and not stalled. */
bool provider_is_healthy(const struct provider *provider);
/*
 * Whether it takes part in irreversible decisions. One that is behind still does while it makes progress and its head
 * is recent: otherwise another provider could exclude it by inventing a higher head.
 */
bool provider_is_quorum_member(const struct provider *provider);
/* Not used for a while, or for as long as its Retry-After says. reply may be NULL. */
void provider_eject(struct provider *provider, const struct rpc_reply *reply, const char *code, const char *format, ...)
    BADGE_PRINTF(4, 5);
/* What a failed reply says, without the provider's origin, which the texts of rpc and net start with. */
const char *provider_error_text(const struct provider *provider, const struct rpc_reply *reply);
/* Ejects a provider because of a failed reply. */
void provider_failed(struct provider *provider, const struct rpc_reply *reply);
/* How long its head has not changed, if that is much longer than the block time explains; 0: not stalled. */
uint64_t provider_stalled_ms(const struct provider *provider);

/* Sends a request to one provider; it retries less if another provider is up. As rpc_request_send(). */
enum badge_status provider_ask(struct provider *provider, const char *method, json_t *params, rpc_callback callback,
                               void *context, struct badge_err *err) BADGE_CHECKED;

#endif
