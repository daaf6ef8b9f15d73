/* What an HTTP server is opened with. */
#ifndef HTTP_OPTIONS_H
#define HTTP_OPTIONS_H

#include "http/limits.h"

struct http_module;
struct tokens;

#define HTTP_MAX_MODULES 4

struct http_options {
    const char *listen; /* "127.0.0.1:8080", "[::1]:0", "0.0.0.0:80": numeric address and port */
    unsigned n_loops;
    const struct http_module *module; /* what is served; borrowed for the life of the server */
    size_t n_modules;                 /* at most HTTP_MAX_MODULES */
    struct tokens *tokens;
    size_t max_body;                  /* of http.max_body */
    size_t max_request_memory;        /* for bodies, the most that one request may need: every loop has room for it */
    unsigned max_connections;         /* over all loops */
    const char *const *trusted_proxy; /* addresses or networks ("10.0.0.0/8") whose X-Forwarded-For counts */
    size_t n_trusted_proxies;
    struct limits_options limits;

    /* 0: the default of the manual. For tests. */
    uint64_t request_timeout_ms;    /* silence within a request: 30 s */
    uint64_t keep_alive_timeout_ms; /* silence between two requests: 60 s */
    uint64_t drain_timeout_ms;      /* for requests in progress when the node stops: 10 s */
};

#endif
