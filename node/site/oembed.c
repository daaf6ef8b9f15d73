/*
 * GET /oembed (oembed.com, version 1.0): how another site embeds the page of a digest in an iframe. The URL in the
 * query is untrusted; only the digest in it is used.
 */
#include <string.h>

#include "core/compiler.h"
#include "site/handlers.h"
#include "site/page_meta.h"

#define WIDTH 400 /* as the page itself suggests */
#define HEIGHT 190
#define MIN_SIZE 120 /* smaller, the card is unreadable */

/* A parameter of the query, decoded; empty where it is missing or empty. */
static void parameter(struct strbuf *out, const struct exchange *x, const char *name)
{
    size_t len = 0;
    const char *s = exchange_parameter(x, name, &len);
    for (size_t i = 0; i < len; i++) {
        char c = s[i] == '+' ? ' ' : s[i];
        uint8_t byte;
        if (c == '%' && i + 2 < len && badge_hex_decode(&byte, 1, s + i + 1, 2) == BADGE_OK) {
            c = (char)byte;
            i += 2;
        }
        strbuf_put(out, &c, 1);
    }
    strbuf_put(out, "", 1);
}

/* The digest in the URL of one of this node's pages; a slash, a query or a fragment after it is passed over. */
static bool read_link(struct badge_hash *digest, const char *url, const char *base)
{
    static const char *const folders[] = {"/c/", "/embed/"};
    size_t base_len = strlen(base);
    if (strncmp(url, base, base_len) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        size_t len = strlen(folders[i]);
        if (strncmp(url + base_len, folders[i], len) != 0)
            continue;
        const char *hex = url + base_len + len;
        size_t hex_len = strcspn(hex, "?#/");
        const char *end = hex + hex_len + (hex[hex_len] == '/');
        if ((!*end || strchr("?#", *end)) && badge_hex_decode(digest->b, sizeof digest->b, hex, hex_len) == BADGE_OK)
            return true;
    }
    return false;
}

static void answer_known(struct exchange *x, const char *base)
{
    const struct site_request *request = x->state;
    const struct site_options *options = &site_of(x)->options;
    const struct page_meta meta = {.options = options,
                                   .base = base,
                                   .is_about_digest = true,
                                   .digest = x->digest,
                                   .published = request->published.bytes ? &request->published : NULL};
    struct json_out *out = exchange_json(x, 200);
    char name[PAGE_META_NAME_LEN];
    struct strbuf html, link;
    page_meta_name(name, &meta);
    page_meta_link(&link, &meta, "/embed/", "");
    strbuf_init(&html, 16384);
    strbuf_printf(&html, "<iframe src=\"");
    strbuf_html(&html, link.bytes, link.len > 0 ? link.len - 1 : 0);
    strbuf_printf(&html, "\" width=\"%u\" height=\"%u\" title=\"", request->width, request->height);
    strbuf_html(&html, name, strlen(name));
    strbuf_printf(&html, "\" style=\"border:0\" loading=\"lazy\" referrerpolicy=\"no-referrer\"></iframe>");
    json_out_object(out, NULL);
    json_out_text(out, "version", "1.0");
    json_out_text(out, "type", "rich");
    json_out_text(out, "title", name);
    json_out_text(out, "provider_name", options->name ? options->name : "badged");
    json_out_text(out, "provider_url", base);
    json_out_u64(out, "cache_age", 300);
    json_out_u64(out, "width", request->width);
    json_out_u64(out, "height", request->height);
    json_out_string(out, "html", html.bytes, html.len);
    json_out_object_end(out);
    x->reply.body.failed |= link.failed | html.failed;
    if (!meta.published)
        x->reply.cache_control = "public, max-age=300";
    strbuf_release(&link);
    strbuf_release(&html);
}

static void answer_found(struct exchange *x)
{
    const struct site_request *request = x->state;
    struct strbuf base;
    site_base(&base, x);
    if (base.failed)
        exchange_no_memory(x);
    else if (request->status == BADGE_OK)
        answer_known(x, base.bytes);
    else
        exchange_unread(x, request->status, &request->err);
    strbuf_release(&base);
}

/* What the query requests; false and answered if it is not possible. */
static bool read_query(struct exchange *x, unsigned *width, unsigned *height)
{
    struct strbuf format, url, base;
    uint64_t max_width, max_height;
    if (!exchange_number(x, "maxwidth", &max_width, WIDTH, MIN_SIZE, 100000) ||
        !exchange_number(x, "maxheight", &max_height, HEIGHT, MIN_SIZE, 100000))
        return false;
    *width = max_width < WIDTH ? (unsigned)max_width : WIDTH;
    *height = max_height < HEIGHT ? (unsigned)max_height : HEIGHT;
    strbuf_init(&format, 4096);
    strbuf_init(&url, 16384);
    parameter(&format, x, "format");
    parameter(&url, x, "url");
    site_base(&base, x);
    if (format.failed || url.failed || base.failed)
        exchange_problem(x, PROBLEM_BAD_PARAMETER, "The query is too long.");
    else if (format.bytes[0] && strcmp(format.bytes, "json") != 0)
        exchange_problem(x, PROBLEM_UNSUPPORTED_FORMAT, "Send format=json, or no format.");
    else if (!url.bytes[0])
        exchange_problem(x, PROBLEM_BAD_PARAMETER, "Give url, the URL of a page /c/{digest} of this node.");
    else if (!read_link(&x->digest, url.bytes, base.bytes))
        exchange_problem(x, PROBLEM_NOT_FOUND, "The url is not that of a page /c/{digest} of this node.");
    strbuf_release(&format);
    strbuf_release(&url);
    strbuf_release(&base);
    return !exchange_answered(x);
}

void oembed_run(struct exchange *x)
{
    struct site_request *request = exchange_new_state(x, sizeof *request);
    if (request && read_query(x, &request->width, &request->height))
        site_find(x, answer_found);
}
