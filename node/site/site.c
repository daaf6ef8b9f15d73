/*
 * The site as a module of the server: its pages, which are prepared at the start, and its table of routes.
 */
#include "site/site.h"

#include <stdlib.h>

#include "core/compiler.h"
#include "site/handlers.h"

extern const uint8_t verify_html[], operator_html[];
extern const size_t verify_html_len, operator_html_len;

// clang-format off
#define GET(p, ...)  {.name = "GET " p, .method = "GET", .path = p, .is_open = true, __VA_ARGS__}
#define PAGE(p, ...) {.name = "GET " p, .method = "GET", .path = p, .end = page_end, __VA_ARGS__}
#define PUBLISH(m, ...) {.name = m " /c/{digest}/publish", .method = m, .path = "/c/{digest}/publish", __VA_ARGS__}
// clang-format on

static const struct route routes[] = {
    GET("/oembed", .run = oembed_run, .end = page_end),
    GET("/c/{digest}/qr.svg", .run = qr_run),
    GET("/preview.png", .run = preview_run),
    PUBLISH("POST", .open = publish_open, .data = publish_data, .run = publish_run, .end = publish_end),
    PUBLISH("DELETE", .knows_tokens = true, .run = unpublish_run),
    {.name = "GET /c/{digest}/picture.png",
     .method = "GET",
     .path = "/c/{digest}/picture.png",
     .run = picture_run,
     .end = picture_end},
    PAGE("/c/{digest}", .takes_any = true, .run = about_run),
    PAGE("/embed/{digest}", .takes_any = true, .run = about_run),
    PAGE("/operator", .run = operator_run),
    PAGE("/", .run = home_run),
};

static const struct route rest = {
    .name = "GET any other path", .method = "GET", .path = "", .end = page_end, .run = rest_run};

enum badge_status site_new(struct site **out, const struct site_options *options, struct badge_err *err)
{
    struct site *site = calloc(1, sizeof *site);
    if (!site)
        return badge_no_memory(err);
    site->options = *options;
    enum badge_status status = page_new(&site->verify, verify_html, verify_html_len, err);
    if (status == BADGE_OK)
        status = page_new(&site->operator_page, operator_html, operator_html_len, err);
    if (status == BADGE_OK)
        *out = site;
    else
        site_free(site);
    return status;
}

void site_free(struct site *site)
{
    if (!site)
        return;
    page_free(site->verify);
    page_free(site->operator_page);
    free(site);
}

struct http_module site_module(const struct site *site)
{
    return (struct http_module){.route = routes, .n_routes = ARRAY_LEN(routes), .context = site, .rest = &rest};
}
