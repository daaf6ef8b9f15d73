/*
 * GET of the pages: the verifier, with or without a digest, for an <iframe> too, and the operator's. Their bytes are in
 * the program; what the node adds is written by meta.c and sent from where it lies. Nothing of a page may come
 * from anywhere else, and its policy says so to the browser.
 */
#include "site/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/conditions.h"
#include "runtime/log.h"
#include "site/page_meta.h"
#include "site/qr.h"

#define BRIEFLY "public, max-age=5"
#define MINUTES "public, max-age=300"
#define FILL_LEN ((size_t)600 << 10)

extern const uint8_t verify_html[], operator_html[], preview_png[];
extern const size_t verify_html_len, operator_html_len, preview_png_len;

struct shown {
    struct loop_job job;
    struct exchange *x;
    enum badge_status status;
    struct badge_err err;
    struct store_record record;
    struct page_body *body;
};

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

void site_base(struct strbuf *out, const struct exchange *x)
{
    const char *url = site_of(x)->options.public_url, *host = exchange_header(x, "Host");
    if (url)
        strbuf_put(out, url, strlen(url));
    else if (host && strlen(host) <= 255)
        strbuf_printf(out, "%s://%s", x->is_https ? "https" : "http", host);
    strbuf_put(out, "", 1); /* ends it */
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static struct shown *shown_new(struct exchange *x)
{
    struct shown *shown = calloc(1, sizeof *shown);
    x->state = shown;
    if (shown)
        shown->x = x;
    else
        exchange_no_memory(x);
    return shown;
}

void page_end(struct exchange *x)
{
    struct shown *shown = x->state;
    page_body_free(shown->body);
    free(shown);
}

_Static_assert(PAGE_MAX_PIECES <= REPLY_MAX_PIECES, "a page is one answer");

static void answer(struct exchange *x, const struct page *page, const struct strbuf fill[PAGE_N_MARKS], bool for_frames)
{
    struct shown *shown = x->state;
    shown->body = page_fill(page, fill, conditions_accept_gzip(exchange_header(x, "Accept-Encoding")));
    if (!shown->body) {
        exchange_no_memory(x);
        return;
    }
    if (!exchange_reserve(x, page_body_held(shown->body)))
        return;
    x->reply.status = 200;
    x->reply.content_type = "text/html; charset=utf-8";
    page_body_etag(shown->body, x->reply.etag);
    x->reply.pieces = page_body_pieces(shown->body, &x->reply.n_pieces);
    if (page_body_is_gzip(shown->body))
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
    struct strbuf base, fill[PAGE_N_MARKS];
    strbuf_init(&base, 4096);
    site_base(&base, x);
    for (size_t i = 0; i < PAGE_N_MARKS; i++)
        strbuf_init(&fill[i], FILL_LEN);
    meta->options = &site_of(x)->options;
    meta->base = base.failed ? "" : base.bytes;
    page_meta_title(&fill[PAGE_TITLE], meta);
    page_meta_head(&fill[PAGE_HEAD], meta);
    page_meta_report(&fill[PAGE_REPORT], meta);
    page_meta_settings(&fill[PAGE_SETTINGS], meta);
    answer(x, site_of(x)->verify, fill, meta->is_embedded);
    for (size_t i = 0; i < PAGE_N_MARKS; i++)
        strbuf_release(&fill[i]);
    strbuf_release(&base);
}

void home_run(struct exchange *x)
{
    struct page_meta meta = {0};
    if (!shown_new(x))
        return;
    answer_page(x, &meta);
    if (x->reply.pieces)
        x->reply.cache_control = MINUTES;
}

void operator_run(struct exchange *x)
{
    const struct strbuf nothing[PAGE_N_MARKS] = {{0}};
    if (!shown_new(x))
        return;
    answer(x, site_of(x)->operator_page, nothing, false);
    if (x->reply.pieces)
        x->reply.cache_control = MINUTES;
}

/* -- a digest ------------------------------------------------------------------------------------------------------ */

/* Without a record: the page verifies all the same, from other sources. */
static void answer_about(struct exchange *x, const struct store_record *record)
{
    struct page_meta meta = {.is_about_digest = true, .is_embedded = strncmp(x->path, "/embed/", 7) == 0};
    meta.digest = x->digest;
    meta.known = record;
    if (record && record->state != STORE_PENDING &&
        !store_batch(site_of(x)->options.store, record->batch_number, &meta.batch))
        meta.batch.number = 0;
    answer_page(x, &meta);
    if (!x->reply.pieces)
        return;
    if (record)
        x->reply.cache_control = BRIEFLY;
    else
        x->reply.status = 404;
}

static void about_work(struct loop_job *job)
{
    struct shown *shown = (struct shown *)job;
    shown->status = store_find_work(site_of(shown->x)->options.store, &shown->x->digest, &shown->record, &shown->err);
}

static void about_done(struct loop_job *job)
{
    struct shown *shown = (struct shown *)job;
    struct exchange *x = shown->x;
    if (shown->status == BADGE_OK || shown->status == BADGE_ENOTFOUND) {
        answer_about(x, shown->status == BADGE_OK ? &shown->record : NULL);
    } else {
        log_error("not read", log_text("why", shown->err.text), log_text("request", x->id));
        exchange_problem(x, PROBLEM_STORE_FAILED, "The node can't read its store; its operator's log says why.");
    }
    exchange_resume(x);
}

static void answer_broken(struct exchange *x)
{
    struct page_meta meta = {.is_link_broken = true};
    answer_page(x, &meta);
    if (x->reply.pieces)
        x->reply.status = 404;
}

void about_run(struct exchange *x)
{
    struct shown *shown = shown_new(x);
    if (!shown)
        return;
    if (x->has_no_digest) {
        answer_broken(x);
        return;
    }
    if (store_find_pending(site_of(x)->options.store, &x->digest, &shown->record)) {
        answer_about(x, &shown->record);
        return;
    }
    shown->job = (struct loop_job){.work = about_work, .done = about_done};
    loop_queue_job(x->loop, &shown->job);
    exchange_wait(x);
}

/* What shows links to a node wants a picture, and no SVG. It is the same for all: a node has no picture of a badge. */
void preview_run(struct exchange *x)
{
    exchange_fixed(x, "image/png", preview_png, preview_png_len);
    x->reply.cache_control = MINUTES;
}

/* Drawn from the path alone: the link is what it is, whatever the node knows. */
void qr_run(struct exchange *x)
{
    struct strbuf base, link;
    strbuf_init(&base, 4096);
    strbuf_init(&link, 4096);
    site_base(&base, x);
    const struct page_meta meta = {.base = base.failed ? "" : base.bytes, .digest = x->digest};
    page_meta_link(&link, &meta, "/c/");
    strbuf_put(&link, "", 1);
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
