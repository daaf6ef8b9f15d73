/*
 * Finds the route of a path. Admission calls it once for each request.
 */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

#include "core/number.h"

/*
 * Matches a path with a pattern, or the same with one slash behind it, which people and programs add. Arguments are
 * checked separately: a wrong digest gets a better error than "not found".
 */
static bool matches(const char *pattern, const char *path, const char **argument, size_t *argument_len)
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
    return !*path || (path[0] == '/' && !path[1] && path[-1] != '/');
}

static bool parse_number(uint32_t *out, const char *text, size_t len)
{
    uint64_t number;
    bool ok = core_decimal_read(&number, text, len) && len <= 9 && (text[0] != '0' || len == 1);
    *out = ok ? (uint32_t)number : 0;
    return ok;
}

static enum route_match match_route(struct route_found *out, const struct route *route, const char *method,
                                    const char *path)
{
    const char *argument = NULL;
    size_t argument_len = 0;
    if (!matches(route->path, path, &argument, &argument_len))
        return ROUTE_NO_PATH;
    if (strcmp(route->method, method) != 0)
        return ROUTE_NO_METHOD;
    out->route = route;
    if (strstr(route->path, "{digest}") &&
        badge_hex_decode(out->digest.b, sizeof out->digest.b, argument, argument_len) != BADGE_OK)
        return ROUTE_BAD_DIGEST;
    if (strstr(route->path, "{number}") && !parse_number(&out->number, argument, argument_len))
        return ROUTE_BAD_NUMBER;
    return ROUTE_FOUND;
}

enum route_match route_find(struct route_found *out, const struct http_module module[], size_t n_modules,
                            const char *method, const char *path)
{
    *out = (struct route_found){.module = 0};
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    enum route_match best = ROUTE_NO_PATH;
    for (out->module = 0; out->module < n_modules; out->module++)
        for (size_t i = 0; i < module[out->module].n_routes; i++) {
            enum route_match match = match_route(out, &module[out->module].route[i], method, path);
            if (match == ROUTE_NO_METHOD)
                best = match;
            else if (match != ROUTE_NO_PATH)
                return match;
        }
    return best;
}

void route_methods(char out[64], const struct http_module module[], size_t n_modules, const char *path, bool only_open)
{
    int len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n_modules; i++)
        for (const struct route *route = module[i].route; route < module[i].route + module[i].n_routes; route++) {
            const char *argument;
            size_t argument_len;
            if (!matches(route->path, path, &argument, &argument_len) || (only_open && !route->is_open))
                continue;
            const char *methods = strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method;
            len += snprintf(out + len, 64 - (size_t)len, "%s, ", methods);
        }
    if (len)
        snprintf(out + len, 64 - (size_t)len, "OPTIONS");
}

unsigned route_number(const struct http_module module[], size_t n_modules, const struct route *route)
{
    size_t before = 0;
    for (size_t i = 0; i < n_modules; i++) {
        if (route && route >= module[i].route && route < module[i].route + module[i].n_routes)
            return (unsigned)(before + (size_t)(route - module[i].route));
        before += module[i].n_routes;
    }
    return (unsigned)before;
}
