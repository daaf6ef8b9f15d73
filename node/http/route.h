/*
 * Routes: which functions answer a method and a path. The server is given them in modules (the API is one, the site
 * another); each has its table of routes and what its handlers share.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/exchange.h"

struct route {
    const char *name;          /* "GET /v1/batches/{number}", for metrics and logs */
    const char *method, *path; /* {digest} takes 64 hexadecimal digits, {number} a decimal number */
    unsigned scope;            /* of enum token_scope; 0: public */
    bool is_open;              /* answers carry CORS headers */
    bool knows_tokens;         /* public, but a token that is sent must be valid, and the answer then contains more */
    bool takes_any;            /* also a malformed {digest}, if the client accepts HTML: x->has_no_digest */
    void (*open)(struct exchange *x);
    void (*data)(struct exchange *x, const char *bytes, size_t len); /* NULL: takes no body */
    void (*run)(struct exchange *x);
    void (*end)(struct exchange *x);
};

struct http_module {
    const struct route *route;
    size_t n_routes;
    const void *context;      /* x->module->context for its handlers */
    const struct route *rest; /* takes GET of a path without a route, if the client accepts HTML; NULL: a problem */
    /* What its handlers keep on each loop, x->loop_state. All NULL if they keep nothing. */
    void *(*loop_new)(const void *context, struct loop *loop); /* before the loop's thread runs; NULL: no memory */
    void (*loop_tick)(void *state);                            /* while there are connections, every 100 ms; once
                                                                  loop->stopping is set, streams must end */
    void (*loop_free)(void *state);                            /* on the loop's thread, after the last exchange */
};

enum route_match { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD, ROUTE_BAD_DIGEST, ROUTE_BAD_NUMBER };
struct route_found {
    size_t module; /* its index */
    const struct route *route;
    struct badge_hash digest; /* if the path has it */
    uint32_t number;
};
/* HEAD finds GET. ROUTE_BAD_DIGEST and ROUTE_BAD_NUMBER name the route too. */
enum route_match route_find(struct route_found *out, const struct http_module module[], size_t n_modules,
                            const char *method, const char *path);
/* "GET, HEAD, OPTIONS" for a path of some route; only routes with CORS if only_open. Empty: no route. */
void route_methods(char out[64], const struct http_module module[], size_t n_modules, const char *path, bool only_open);
/* Counts the routes of all modules in their order. NULL: the number of routes. */
unsigned route_number(const struct http_module module[], size_t n_modules, const struct route *route);

#endif
