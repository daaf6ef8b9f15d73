/*
 * The API as a module of the server: its table of routes, and what its handlers keep on each loop. A unit test compares
 * the table with openapi.json.
 */
#include "api/api.h"

#include <stdlib.h>

#include "api/digest_list.h"
#include "api/handlers.h"
#include "core/compiler.h"
#include "runtime/tokens.h"

#define RECEIPT_CACHE_LEN (4u << 20)

// clang-format off
#define GET(p, ...)  {.name = "GET " p, .method = "GET", .path = p, .is_open = true, __VA_ARGS__}
#define POST(p, ...) {.name = "POST " p, .method = "POST", .path = p, __VA_ARGS__}
// clang-format on

static const struct route routes[] = {
    POST("/v1/credentials", .scope = TOKEN_SUBMIT, .open = submit_open, .data = submit_data, .run = submit_run,
         .end = submit_end),
    POST("/v1/digests", .scope = TOKEN_DIGEST, .open = digests_open, .data = digest_list_data, .run = digests_run,
         .end = digests_end),
    GET("/v1/credentials/{digest}", .run = record_run),
    GET("/v1/credentials/{digest}/receipt", .run = receipt_run),
    POST("/v1/credentials/{digest}/revocation", .scope = TOKEN_ADMIN, .open = revocation_open, .data = digest_list_data,
         .run = revocation_run, .end = revocation_end),
    GET("/v1/credentials/{digest}/revocation", .knows_tokens = true, .run = revocation_show_run),
    {.name = "DELETE /v1/credentials/{digest}/revocation",
     .method = "DELETE",
     .path = "/v1/credentials/{digest}/revocation",
     .scope = TOKEN_ADMIN,
     .run = revocation_undo_run},
    POST("/v1/revocations", .scope = TOKEN_ADMIN, .open = revocations_open, .data = digest_list_data,
         .run = revocations_run, .end = revocation_end),
    POST("/v1/verify", .is_open = true, .open = verify_open, .data = verify_data, .run = verify_run, .end = verify_end),
    GET("/v1/batches", .run = batches_run),
    POST("/v1/batches", .scope = TOKEN_ADMIN, .run = seal_run),
    GET("/v1/batches/{number}", .run = batch_run),
    GET("/v1/batches/{number}/leaves", .run = leaves_run),
    GET("/v1/node", .knows_tokens = true, .run = node_run),
    GET("/v1/events", .knows_tokens = true, .run = events_run, .end = events_end),
    GET("/healthz", .run = health_run),
    GET("/readyz", .knows_tokens = true, .run = ready_run),
    GET("/metrics", .run = metrics_run),
    GET("/openapi.json", .run = openapi_run),
};

static void *api_loop_new(const void *context, struct loop *loop)
{
    const struct api_options *options = context;
    struct api_loop *api = calloc(1, sizeof *api);
    if (!api)
        return NULL;
    api->receipt_cache = receipt_cache_new(RECEIPT_CACHE_LEN);
    if (!api->receipt_cache) {
        free(api);
        return NULL;
    }
    api->digesters.max_json = options->max_json;
    sse_streams_init(&api->streams, loop, options->events);
    return api;
}

static void api_loop_tick(void *state)
{
    struct api_loop *api = state;
    sse_streams_tick(&api->streams);
}

static void api_loop_free(void *state)
{
    struct api_loop *api = state;
    digester_pool_release(&api->digesters);
    receipt_cache_free(api->receipt_cache);
    free(api);
}

struct http_module api_module(const struct api_options *options)
{
    return (struct http_module){.route = routes,
                                .n_routes = ARRAY_LEN(routes),
                                .context = options,
                                .loop_new = api_loop_new,
                                .loop_tick = api_loop_tick,
                                .loop_free = api_loop_free};
}
