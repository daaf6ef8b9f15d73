/*
 * Admission control: finds the route, checks the token and the client's limits from the headers alone, or answers.
 * request.c calls admit() once for each request, before any of its body is read; a request that is refused here never
 * costs more than its headers.
 */
#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "http/limits.h"
#include "http/route.h"
#include "runtime/tokens.h"

static void allowed_methods(char out[64], const struct exchange *x, bool only_open)
{
    const struct http_options *options = x->loop->options;
    route_methods(out, options->module, options->n_modules, x->path, only_open);
}

static void preflight(struct exchange *x)
{
    char methods[64];
    allowed_methods(methods, x, false);
    exchange_add_header(x, "Allow", "%s", methods);
    allowed_methods(methods, x, true);
    if (methods[0] && exchange_header(x, "Origin")) {
        x->is_open = true;
        exchange_add_header(x, "Access-Control-Allow-Methods", "%s", methods);
        exchange_add_header(x, "Access-Control-Allow-Headers",
                            "Content-Type, If-None-Match, Last-Event-ID, Range, X-Request-Id");
        exchange_add_header(x, "Access-Control-Max-Age", "86400");
    }
    x->reply.status = 204;
}

static bool wants_html(const struct exchange *x)
{
    const char *accept = exchange_header(x, "Accept");
    return accept && strcasestr(accept, "text/html");
}

static void choose_module(struct exchange *x, size_t i)
{
    x->module = &x->loop->options->module[i];
    x->loop_state = x->loop->module_state[i];
}

/* The page for a browser at a path without a route; NULL: there is none, or it is not a browser. */
static const struct route *find_rest(struct exchange *x)
{
    const struct http_options *options = x->loop->options;
    bool is_get = strcmp(x->method, "GET") == 0 || strcmp(x->method, "HEAD") == 0;
    for (size_t i = 0; is_get && wants_html(x) && i < options->n_modules; i++)
        if (options->module[i].rest) {
            choose_module(x, i);
            x->is_open = false;
            return x->route = options->module[i].rest;
        }
    return NULL;
}

/* The route that the request may go on to; NULL: it was answered. */
static const struct route *dispatch(struct exchange *x)
{
    const struct http_options *options = x->loop->options;
    struct route_found found;
    enum route_match match = route_find(&found, options->module, options->n_modules, x->method, x->path);
    x->route = found.route;
    x->digest = found.digest;
    x->number = found.number;
    if (found.route)
        choose_module(x, found.module);
    x->is_open = match == ROUTE_NO_PATH || (x->route && x->route->is_open);
    char methods[64];
    switch (match) {
    case ROUTE_FOUND:
        return found.route;
    case ROUTE_NO_PATH:
        if (find_rest(x))
            return x->route;
        exchange_problem(x, PROBLEM_NOT_FOUND, "There is nothing at %.200s; /openapi.json lists every call.", x->path);
        return NULL;
    case ROUTE_BAD_DIGEST:
        x->has_no_digest = found.route && found.route->takes_any && wants_html(x);
        if (x->has_no_digest)
            return found.route;
        exchange_problem(x, PROBLEM_BAD_DIGEST, "Give the digest in the path as 64 hexadecimal digits without 0x.");
        return NULL;
    case ROUTE_BAD_NUMBER:
        exchange_problem(x, PROBLEM_BAD_PARAMETER, "Give the batch in the path as a decimal number, starting at 1.");
        return NULL;
    case ROUTE_NO_METHOD:
        if (strcmp(x->method, "OPTIONS") == 0) {
            preflight(x);
            return NULL;
        }
        allowed_methods(methods, x, false);
        exchange_problem(x, PROBLEM_METHOD_NOT_ALLOWED, "Use one of %s here.", methods);
        exchange_add_header(x, "Allow", "%s", methods);
        return NULL;
    }
    return NULL;
}

/* The token, if it has the route's scope; else NULL, and answered. */
static const char *authorize(struct exchange *x)
{
    const char *authorization = exchange_header(x, "Authorization");
    const char *token = authorization && strncasecmp(authorization, "Bearer ", 7) == 0 ? authorization + 7 : "";
    token += strspn(token, " ");
    unsigned scopes = tokens_scopes(x->loop->options->tokens, token, strlen(token));
    if (!scopes) {
        exchange_problem(x, PROBLEM_UNAUTHORIZED,
                         authorization
                             ? "The token is unknown or was revoked; make one with: badge token create."
                             : "Send the header Authorization: Bearer TOKEN; make a token with: badge token create.");
        exchange_add_header(x, "WWW-Authenticate", "Bearer realm=\"badged\"%s",
                            authorization ? ", error=\"invalid_token\"" : "");
    } else if ((scopes & x->route->scope) != x->route->scope) {
        char scope[TOKEN_SCOPES_LEN + 1];
        token_scopes_format(scope, x->route->scope);
        exchange_problem(x, PROBLEM_FORBIDDEN, "This call needs a token with the scope %s.", scope);
        exchange_add_header(x, "WWW-Authenticate",
                            "Bearer realm=\"badged\", error=\"insufficient_scope\", scope=\"%s\"", scope);
    } else {
        x->scopes = scopes;
        return token;
    }
    return NULL;
}

/* Requests with a valid token count by the token, whatever their address; all others by address. */
static void count_request(struct exchange *x, const char *token)
{
    struct limits *limits = x->loop->limits;
    unsigned wait_s = token ? limits_token(limits, token, strlen(token), x->started_ns)
                            : limits_client(limits, &x->client, x->started_ns);
    if (!wait_s)
        return;
    exchange_problem(x, PROBLEM_TOO_MANY_REQUESTS,
                     "This %s sends more requests than the node allows; retry after %u s.", token ? "token" : "address",
                     wait_s);
    exchange_add_header(x, "Retry-After", "%u", wait_s);
}

void admit(struct exchange *x, const struct header_check *check)
{
    x->content_length = check->content_length;
    x->has_body = check->content_length > 0 || check->is_chunked;
    if (check->request_id[0])
        memcpy(x->id, check->request_id, sizeof x->id);
    if (check->why) {
        x->must_close = true;
        exchange_problem(x, PROBLEM_BAD_REQUEST, "%s", check->why);
        return;
    }
    const char *token = NULL;
    const struct route *route = dispatch(x);
    if (route && (route->scope || (route->knows_tokens && exchange_header(x, "Authorization"))))
        token = authorize(x);
    count_request(x, token); /* refusals too: they may be guesses of tokens */
    if (!route || exchange_answered(x))
        return;
    if (x->has_body && !route->data) {
        exchange_problem(x, PROBLEM_UNEXPECTED_BODY, "Send this request without a body.");
        return;
    }
    x->max_body = x->loop->options->max_body;
    x->max_body_setting = "http.max_body";
    if (route->open)
        route->open(x);
    if (!exchange_answered(x) && check->content_length > x->max_body)
        exchange_too_large(x, check->content_length);
}
