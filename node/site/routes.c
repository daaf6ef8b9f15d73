/*
 * The site as a module of the server: its table of routes.
 */
#include "core/compiler.h"
#include "site/handlers.h"

// clang-format off
#define GET(p, ...)  {.name = "GET " p, .method = "GET", .path = p, .is_open = true, __VA_ARGS__}
#define PAGE(p, ...) {.name = "GET " p, .method = "GET", .path = p, .end = page_end, __VA_ARGS__}
// clang-format on

static const struct route routes[] = {
    GET("/oembed", .run = oembed_run, .end = oembed_end),
    GET("/c/{digest}/qr.svg", .run = qr_run),
    GET("/preview.png", .run = preview_run),
    PAGE("/c/{digest}", .takes_any = true, .run = about_run),
    PAGE("/embed/{digest}", .run = about_run),
    PAGE("/operator", .run = operator_run),
    PAGE("/", .run = home_run),
};

struct http_module site_module(const struct site *site)
{
    return (struct http_module){.route = routes, .n_routes = ARRAY_LEN(routes), .context = site};
}
