/*
 * GET of the pages: the verifier, with or without a digest, for an <iframe> too, and the operator's. Their bytes are in
 * the program; page_meta.c writes what the node adds. A page loads nothing from elsewhere, and its
 * Content-Security-Policy enforces that.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "http/conditions.h"
#include "runtime/log.h"
#include "site/handlers.h"
#include "site/page_meta.h"
#include "site/qr.h"

#define BRIEFLY "public, max-age=5"
#define MINUTES "public, max-age=300"
#define FILL_LEN ((size_t)600 << 10)
#define COPIES 8u   /* of a credential, while its page is written: read, escaped, escaped again, put together */
#define ESCAPED 12u /* bytes of a page for one of a credential, at most: a quote within a string, within a script */

extern const uint8_t preview_png[];
extern const size_t preview_png_len;

void site_base(struct strbuf *out, const struct exchange *x)
{
    const char *url = site_of(x)->options.public_url, *host = exchange_header(x, "Host");
    strbuf_init(out, 4096);
    if (url)
        strbuf_put(out, url, strlen(url));
    else if (host && strlen(host) <= 255)
        strbuf_printf(out, "%s://%s", x->is_https ? "https" : "http", host);
    strbuf_put(out, "", 1); /* terminates it */
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

void page_end(struct exchange *x)
{
    struct site_request *request = x->state;
    page_body_free(request->body);
    published_release(&request->published);
}

_Static_assert(PAGE_MAX_PIECES <= REPLY_MAX_PIECES, "a page is one answer");

static void send_page(struct exchange *x, const struct page *page, const struct strbuf fill[PAGE_N_SLOTS],
                      bool for_frames)
{
    struct site_request *request = x->state;
    request->body = page_fill(page, fill, conditions_accept_gzip(exchange_header(x, "Accept-Encoding")));
    if (!request->body) {
        exchange_no_memory(x);
        return;
    }
    if (!exchange_reserve(x, sizeof *request->body + request->body->own.capacity))
        return;
    x->reply.status = 200;
    x->reply.content_type = "text/html; charset=utf-8";
    memcpy(x->reply.etag, request->body->etag, sizeof request->body->etag);
    x->reply.pieces = request->body->piece;
    x->reply.n_pieces = request->body->n_pieces;
    if (request->body->gzip)
        exchange_add_header(x, "Content-Encoding", "gzip");
    exchange_add_header(x, "Vary", "Accept-Encoding");
    exchange_add_header(x, "Content-Security-Policy", "%s; frame-ancestors %s", page_policy(page),
                        for_frames ? "*" : "'none'");
    exchange_add_header(x, "Referrer-Policy", "no-referrer");
    exchange_add_header(x, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if (!for_frames)
        exchange_add_header(x, "Cross-Origin-Opener-Policy", "same-origin");
}

static void answer_page(struct exchange *x, struct page_meta *meta)
{
    struct strbuf base, fill[PAGE_N_SLOTS];
    site_base(&base, x);
    for (size_t i = 0; i < PAGE_N_SLOTS; i++)
        strbuf_init(&fill[i], FILL_LEN + ESCAPED * page_meta_credential(meta).len);
    meta->options = &site_of(x)->options;
    meta->base = base.failed ? "" : base.bytes;
    page_meta_title(&fill[PAGE_TITLE], meta);
    page_meta_head(&fill[PAGE_HEAD], meta);
    page_meta_report(&fill[PAGE_REPORT], meta);
    page_meta_settings(&fill[PAGE_SETTINGS], meta);
    send_page(x, site_of(x)->verify, fill, meta->is_embedded);
    for (size_t i = 0; i < PAGE_N_SLOTS; i++)
        strbuf_release(&fill[i]);
    strbuf_release(&base);
}

void home_run(struct exchange *x)
{
    struct page_meta meta = {0};
    if (!exchange_new_state(x, sizeof(struct site_request)))
        return;
    answer_page(x, &meta);
    if (x->reply.pieces)
        x->reply.cache_control = MINUTES;
}

void operator_run(struct exchange *x)
{
    const struct strbuf nothing[PAGE_N_SLOTS] = {{0}};
    if (!exchange_new_state(x, sizeof(struct site_request)))
        return;
    send_page(x, site_of(x)->operator_page, nothing, false);
    if (x->reply.pieces)
        x->reply.cache_control = MINUTES;
}

/* -- a digest ------------------------------------------------------------------------------------------------------ */

static bool is_for_frames(const struct exchange *x)
{
    return strncmp(x->path, "/embed/", 7) == 0;
}

/* Without a record too: the page can verify from other sources. */
static void answer_about(struct exchange *x)
{
    const struct site_request *request = x->state;
    const struct store_record *record = request->status == BADGE_OK ? &request->record : NULL;
    struct page_meta meta = {.is_about_digest = true, .is_embedded = is_for_frames(x)};
    if (!record && request->status != BADGE_ENOTFOUND) {
        exchange_unread(x, request->status, &request->err);
        return;
    }
    meta.digest = x->digest;
    meta.known = record;
    meta.published = request->published.bytes ? &request->published : NULL;
    if (record && record->state != STORE_PENDING &&
        !store_batch(site_of(x)->options.store, record->batch_number, &meta.batch))
        meta.batch.number = 0;
    answer_page(x, &meta);
    if (!x->reply.pieces)
        return;
    if (meta.published)
        exchange_add_header(x, "X-Robots-Tag", "noindex"); /* and not kept: it may be taken down */
    else if (record)
        x->reply.cache_control = BRIEFLY;
    else
        x->reply.status = 404;
}

static void find_work(struct exchange *x)
{
    struct site_request *request = x->state;
    const struct site_options *options = &site_of(x)->options;
    request->status = store_find_work(options->store, &x->digest, &request->record, &request->err);
    if (request->status == BADGE_OK && options->may_publish)
        request->published_len = published_len_work(options->published, &x->digest);
}

static void answer_and_resume(struct exchange *x)
{
    struct site_request *request = x->state;
    request->answer(x);
    exchange_resume(x);
}

static void read_work(struct exchange *x)
{
    struct site_request *request = x->state;
    struct badge_err err;
    enum badge_status status = published_read_work(&request->published, site_of(x)->options.published, &x->digest,
                                                   &err);
    if (status != BADGE_OK && status != BADGE_ENOTFOUND)
        log_error("published credential could not be read", log_text("why", err.text));
}

/* Its memory is reserved before it is read: many may be asked for at once. */
static void find_done(struct exchange *x)
{
    const struct site_request *request = x->state;
    if (request->published_len == 0)
        answer_and_resume(x);
    else if (exchange_reserve(x, COPIES * request->published_len))
        exchange_run_job(x, read_work, answer_and_resume);
    else
        exchange_resume(x);
}

void site_find(struct exchange *x, void (*answer)(struct exchange *x))
{
    struct site_request *request = x->state;
    request->answer = answer;
    if (store_find_pending(site_of(x)->options.store, &x->digest, &request->record))
        answer(x);
    else
        exchange_run_job(x, find_work, find_done);
}

static void answer_missing(struct exchange *x, struct page_meta *meta)
{
    answer_page(x, meta);
    if (x->reply.pieces)
        x->reply.status = 404;
}

/* The digest in a part of a path to which somebody's program has added 0x, or the punctuation around the link. */
static bool find_digest(struct badge_hash *digest, const char *path)
{
    const char *hex = strchr(path + 1, '/') + 1;
    if (hex[0] == '0' && (hex[1] | 0x20) == 'x')
        hex += 2;
    size_t len = strspn(hex, "0123456789abcdefABCDEF");
    return len == BADGE_HEX_LEN && !isalnum((unsigned char)hex[len]) &&
           badge_hex_decode(digest->b, sizeof digest->b, hex, len) == BADGE_OK;
}

void about_run(struct exchange *x)
{
    struct page_meta meta = {.is_link_broken = true, .is_embedded = is_for_frames(x)};
    if (!exchange_new_state(x, sizeof(struct site_request)))
        return;
    if (x->has_no_digest && !find_digest(&x->digest, x->path))
        answer_missing(x, &meta);
    else
        site_find(x, answer_about);
}

void rest_run(struct exchange *x)
{
    struct page_meta meta = {.is_missing = true};
    if (exchange_new_state(x, sizeof(struct site_request)))
        answer_missing(x, &meta);
}

/* Link previews need a bitmap, not SVG. It is the same for all links: a node has no picture of a badge. */
void preview_run(struct exchange *x)
{
    exchange_fixed(x, "image/png", preview_png, preview_png_len);
    x->reply.cache_control = MINUTES;
}

/* Drawn from the path alone, whether the node knows the digest or not. */
void qr_run(struct exchange *x)
{
    struct strbuf base, link;
    site_base(&base, x);
    const struct page_meta meta = {.base = base.failed ? "" : base.bytes, .digest = x->digest};
    page_meta_link(&link, &meta, "/c/", "");
    x->reply.status = 200;
    x->reply.content_type = "image/svg+xml";
    x->reply.cache_control = MINUTES;
    strbuf_init(&x->reply.body, (size_t)256 << 10);
    if (link.failed || qr_svg(&x->reply.body, link.bytes, link.bytes) != BADGE_OK)
        exchange_no_memory(x);
    else
        exchange_add_header(x, "Content-Security-Policy", "default-src 'none'");
    strbuf_release(&base);
    strbuf_release(&link);
}
