/*
 * GET of the pages: the verifier, with or without a digest, for an <iframe> too, and the operator's. Their bytes are in
 * the program; what the node adds is written by sheet.c and sent from where it lies. Nothing of a page may come
 * from anywhere else, and its policy says so to the browser.
 */
#include "site/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/conditions.h"
#include "http/route.h"
#include "runtime/log.h"
#include "site/page_meta.h"
#include "site/qr.h"

#define BRIEFLY "public, max-age=5"
#define MINUTES "public, max-age=300"
#define FILL_LEN ((size_t)600 << 10)

extern const uint8_t verify_html[], operator_html[], preview_png[];
extern const size_t verify_html_len, operator_html_len, preview_png_len;

struct shown {
    struct read read;
    struct exchange *x;
    enum badge_status status;
    struct badge_err err;
    struct store_record record;
    struct page_body *body;
};

enum badge_status pages_init(struct pages *pages, struct badge_err *err)
{
    *pages = (struct pages){NULL, NULL};
    enum badge_status status = page_new(&pages->verify, verify_html, verify_html_len, err);
    return status == BADGE_OK ? page_new(&pages->operator_page, operator_html, operator_html_len, err) : status;
}

void pages_release(struct pages *pages)
{
    page_free(pages->verify);
    page_free(pages->operator_page);
}

void pages_base(struct text *out, const struct exchange *x)
{
    const char *url = x->loop->options->public_url, *host = exchange_header(x, "Host");
    if (url)
        text_put(out, url, strlen(url));
    else if (host && strlen(host) <= 255)
        text_printf(out, "%s://%s", x->is_https ? "https" : "http", host);
    text_put(out, "", 1); /* ends it */
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

static void answer(struct exchange *x, const struct page *page, const struct text fill[PAGE_N_MARKS], bool for_frames)
{
    struct shown *shown = x->state;
    shown->body = page_fill(page, fill, conditions_accept_gzip(exchange_header(x, "Accept-Encoding")));
    if (!shown->body) {
        exchange_no_memory(x);
        return;
    }
    if (!exchange_hold(x, page_body_held(shown->body)))
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

static void answer_sheet(struct exchange *x, struct sheet *sheet)
{
    struct text base, fill[PAGE_N_MARKS];
    text_init(&base, 4096);
    pages_base(&base, x);
    for (size_t i = 0; i < PAGE_N_MARKS; i++)
        text_init(&fill[i], FILL_LEN);
    sheet->options = x->loop->options;
    sheet->base = base.failed ? "" : base.bytes;
    sheet_title(&fill[PAGE_TITLE], sheet);
    sheet_head(&fill[PAGE_HEAD], sheet);
    sheet_report(&fill[PAGE_REPORT], sheet);
    sheet_settings(&fill[PAGE_SETTINGS], sheet);
    answer(x, x->loop->pages->verify, fill, sheet->is_embedded);
    for (size_t i = 0; i < PAGE_N_MARKS; i++)
        text_release(&fill[i]);
    text_release(&base);
}

void home_run(struct exchange *x)
{
    struct sheet sheet = {0};
    if (!shown_new(x))
        return;
    answer_sheet(x, &sheet);
    if (x->reply.pieces)
        x->reply.cache_control = MINUTES;
}

void operator_run(struct exchange *x)
{
    const struct text nothing[PAGE_N_MARKS] = {{0}};
    if (!shown_new(x))
        return;
    answer(x, x->loop->pages->operator_page, nothing, false);
    if (x->reply.pieces)
        x->reply.cache_control = MINUTES;
}

/* -- a digest ------------------------------------------------------------------------------------------------------ */

/* Without a record: the page verifies all the same, from other sources. */
static void answer_about(struct exchange *x, const struct store_record *record)
{
    struct sheet sheet = {.is_about_digest = true, .is_embedded = strncmp(x->path, "/embed/", 7) == 0};
    sheet.digest = x->digest;
    sheet.known = record;
    if (record && record->state != STORE_PENDING &&
        !store_batch(x->loop->options->store, record->batch_number, &sheet.batch))
        sheet.batch.number = 0;
    answer_sheet(x, &sheet);
    if (!x->reply.pieces)
        return;
    if (record)
        x->reply.cache_control = BRIEFLY;
    else
        x->reply.status = 404;
}

static void about_work(struct read *read)
{
    struct shown *shown = (struct shown *)read;
    shown->status = store_find_work(shown->x->loop->options->store, &shown->x->digest, &shown->record, &shown->err);
}

static void about_done(struct read *read)
{
    struct shown *shown = (struct shown *)read;
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
    struct sheet sheet = {.is_link_broken = true};
    answer_sheet(x, &sheet);
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
    if (store_find_pending(x->loop->options->store, &x->digest, &shown->record)) {
        answer_about(x, &shown->record);
        return;
    }
    shown->read = (struct read){.work = about_work, .done = about_done};
    loop_read(x->loop, &shown->read);
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
    struct text base, link;
    text_init(&base, 4096);
    text_init(&link, 4096);
    pages_base(&base, x);
    const struct sheet sheet = {.base = base.failed ? "" : base.bytes, .digest = x->digest};
    sheet_link(&link, &sheet, "/c/");
    text_put(&link, "", 1);
    x->reply.status = 200;
    x->reply.content_type = "image/svg+xml";
    x->reply.cache_control = MINUTES;
    text_init(&x->reply.body, (size_t)256 << 10);
    if (link.failed || qr_svg(&x->reply.body, link.bytes, link.bytes) != BADGE_OK)
        exchange_no_memory(x);
    else
        exchange_add_header(x, "Content-Security-Policy", "default-src 'none'");
    text_release(&base);
    text_release(&link);
}
