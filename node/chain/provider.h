/*
 * The providers of one chain, in order of preference, each with a health of its own. At every connect a provider's
 * chain id and the contract's code are checked; one that fails is ejected, asked again after a pause that grows, and
 * comes back when all is right. A survey asks each for its head; the rounds then read from one of those whose head is
 * the highest, and signed transactions go to all.
 */
#ifndef CHAIN_PROVIDER_H
#define CHAIN_PROVIDER_H

#include "chain/block.h"
#include "chain/rpc_request.h"
#include "chain/send_error.h"

#define PROVIDER_WHY_LEN 200

struct provider {
    struct rpc *rpc;
    struct providers *all;
    char name[264];         /* the URL's origin, numbered where two are alike */
    bool up;                /* our chain, our contract, and its head is known */
    bool probing, answered; /* its part in the survey */
    const char *code;       /* why it is not up or not healthy, as in struct anchor_health */
    char why[PROVIDER_WHY_LEN];
    struct block head;
    uint64_t head_at_ms;                 /* when that head was first seen here */
    uint64_t checked_at_ms;              /* chain id and code; 0: not since it came back */
    uint64_t up_since_ms, not_before_ms; /* the latter while it is not up: when to ask again */
    unsigned n_ejections;                /* in a row */
    struct broadcast *broadcast;         /* the one under way */
};

struct providers {
    struct provider *provider;
    size_t n, current;   /* current: the one that is read from */
    uint64_t generation; /* counts the changes of current, and its returns */
    struct rpc_requests requests;
    uint64_t chain_id;
    struct badge_address contract;
    uint64_t block_time_ms; /* of the chain, smoothed; 0: not known yet */
    size_t preferred;       /* read from this one in the next round; n: none */

    uv_timer_t grace; /* of the survey */
    bool checking_health;
    void (*health_checked)(void *context);
    void *context;
};

struct providers_options {
    uv_loop_t *loop;
    struct net_client *client;
    const char *const *url;
    size_t n_urls;
    uint64_t chain_id;
    struct badge_address contract;
    void (*health_checked)(void *context);
    void *context;
};

/* errors    BADGE_ESYNTAX (a URL), BADGE_ENOMEM */
enum badge_status providers_init(struct providers *providers, const struct providers_options *options,
                                 struct badge_err *err) BADGE_CHECKED;
/* No survey begins any more, and open requests end soon. */
void providers_stop(struct providers *providers);
/* True while a request is open that a callback of the providers waits for. */
bool providers_are_busy(const struct providers *providers);
void providers_release(struct providers *providers); /* no request is open, the timer is closed */

/*
 * Asks all that are due. health_checked() runs once, later: when all have answered, or some time after the first; an
 * answer that comes later still counts for the next survey.
 */
void providers_check_health(struct providers *providers);
/* Chooses whom to read from; false where there is none. */
bool providers_choose(struct providers *providers);
/* How long until one that is out may be asked again; UINT64_MAX where none is out. */
uint64_t providers_pause_ms(const struct providers *providers);

struct provider *providers_current(const struct providers *providers);
/* Up, in step with the highest head, and moving. */
bool provider_is_healthy(const struct provider *provider);
/*
 * Whether it is asked about what can't be taken back. One that is behind has a say too while it moves and its head is
 * of today's time: else another could silence it with a head out of thin air.
 */
bool provider_is_quorum_member(const struct provider *provider);
/* One that failed, or is not ours: left alone for a while, or as long as it asks for. reply may be NULL. */
void provider_eject(struct provider *provider, const struct rpc_reply *reply, const char *code, const char *format, ...)
    BADGE_PRINTF(4, 5);
/* A reply that is no result: the provider is ejected for it. */
void provider_failed(struct provider *provider, const struct rpc_reply *reply);
/* Of the longest standing: how long its head stands still beyond what the chain's pace explains; 0: it moves. */
uint64_t provider_stalled_ms(const struct provider *provider);

/* Asks one provider; how long it keeps trying depends on whether there is another. As rpc_request_send(). */
enum badge_status provider_ask(struct provider *provider, const char *method, json_t *params, rpc_callback callback,
                               void *context, struct badge_err *err) BADGE_CHECKED;

#endif
