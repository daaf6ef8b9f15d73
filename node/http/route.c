/*
 * The route table and how a path finds its route. The server asks it once a request; a unit test holds it against
 * openapi.json both ways.
 */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

#define GET(p, ...)                                                                                                    \
    {                                                                                                                  \
        .name = "GET " p, .method = "GET", .path = p, .is_open = true, __VA_ARGS__                                     \
    }
#define PAGE(p, ...)                                                                                                   \
    {                                                                                                                  \
        .name = "GET " p, .method = "GET", .path = p, .end = page_end, __VA_ARGS__                                     \
    }
#define POST(p, ...)                                                                                                   \
    {                                                                                                                  \
        .name = "POST " p, .method = "POST", .path = p, __VA_ARGS__                                                    \
    }

const struct route routes[] = {
    POST("/v1/credentials", .scope = TOKEN_SUBMIT, .open = submit_open, .data = submit_data, .run = submit_run,
         .end = submit_end),
    POST("/v1/digests", .scope = TOKEN_DIGEST, .open = digests_open, .data = digests_data, .run = digests_run,
         .end = digests_end),
    GET("/v1/credentials/{digest}", .run = record_run, .end = find_end),
    GET("/v1/credentials/{digest}/receipt", .run = receipt_run, .end = find_end),
    POST("/v1/credentials/{digest}/revocation", .scope = TOKEN_ADMIN, .run = revocation_run, .end = revocation_end),
    GET("/v1/credentials/{digest}/revocation", .knows_tokens = true, .run = revocation_show_run),
    {.name = "DELETE /v1/credentials/{digest}/revocation",
     .method = "DELETE",
     .path = "/v1/credentials/{digest}/revocation",
     .scope = TOKEN_ADMIN,
     .run = revocation_undo_run},
    POST("/v1/revocations", .scope = TOKEN_ADMIN, .open = revocations_open, .data = revocations_data,
         .run = revocations_run, .end = revocation_end),
    POST("/v1/verify", .is_open = true, .open = verify_open, .data = verify_data, .run = verify_run, .end = verify_end),
    GET("/v1/batches", .run = batches_run),
    POST("/v1/batches", .scope = TOKEN_ADMIN, .run = seal_run, .end = seal_end),
    GET("/v1/batches/{number}", .run = batch_run),
    GET("/v1/batches/{number}/leaves", .run = leaves_run, .end = leaves_end),
    GET("/v1/node", .knows_tokens = true, .run = node_run),
    GET("/v1/events", .knows_tokens = true, .run = events_run, .end = events_end),
    GET("/healthz", .run = health_run),
    GET("/readyz", .knows_tokens = true, .run = ready_run),
    GET("/metrics", .run = metrics_run),
    GET("/openapi.json", .run = openapi_run),
    GET("/oembed", .run = oembed_run, .end = oembed_end),
    GET("/c/{digest}/qr.svg", .run = qr_run),
    GET("/preview.png", .run = preview_run),
    PAGE("/c/{digest}", .takes_any = true, .run = about_run),
    PAGE("/embed/{digest}", .run = about_run),
    PAGE("/operator", .run = operator_run),
    PAGE("/", .run = home_run),
};
const size_t n_routes = sizeof routes / sizeof routes[0];

/* A path against a pattern. The arguments are checked apart: a wrong digest deserves better than "no such path". */
static bool fits(const char *pattern, const char *path, const char **argument, size_t *argument_len)
{
    while (*pattern) {
        if (*pattern == '{') {
            pattern = strchr(pattern, '}') + 1;
            *argument = path;
            *argument_len = strcspn(path, "/");
            if (*argument_len == 0)
                return false;
            path += *argument_len;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*path;
}

static bool parse_number(uint32_t *out, const char *text, size_t len)
{
    *out = 0;
    if (len == 0 || len > 9 || (text[0] == '0' && len > 1))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (uint32_t)(text[i] - '0');
    }
    return true;
}

enum route_match route_find(const struct route **out, const char *method, const char *path, struct badge_hash *digest,
                            uint32_t *number)
{
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    enum route_match match = ROUTE_NO_PATH;
    for (size_t i = 0; i < n_routes; i++) {
        const struct route *route = &routes[i];
        const char *argument = NULL;
        size_t argument_len = 0;
        if (!fits(route->path, path, &argument, &argument_len))
            continue;
        match = ROUTE_NO_METHOD;
        if (strcmp(route->method, method) != 0)
            continue;
        *out = route;
        if (strstr(route->path, "{digest}") &&
            badge_hex_decode(digest->b, sizeof digest->b, argument, argument_len) != BADGE_OK)
            return ROUTE_BAD_DIGEST;
        if (strstr(route->path, "{number}") && !parse_number(number, argument, argument_len))
            return ROUTE_BAD_NUMBER;
        return ROUTE_FOUND;
    }
    return match;
}

void route_methods(char out[64], const char *path, bool only_open)
{
    int len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n_routes; i++) {
        const char *argument;
        size_t argument_len;
        if (!fits(routes[i].path, path, &argument, &argument_len) || (only_open && !routes[i].is_open))
            continue;
        const char *methods = strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method;
        len += snprintf(out + len, 64 - (size_t)len, "%s, ", methods);
    }
    if (len)
        snprintf(out + len, 64 - (size_t)len, "OPTIONS");
}
