/*
 * Pages: split at their slots and compressed when the node starts, put together by the handlers of pages.c. The parts
 * that never change are deflated separately, each ending on a byte boundary; the filled slots are stored between them
 * without compression, and the checksums of the parts combine to that of the whole: so an answer is never compressed.
 */
#include "site/page.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#define N_PARTS (PAGE_N_SLOTS + 1)
#define POLICY "<meta http-equiv=\"Content-Security-Policy\" content=\""
#define SETTINGS "<script type=\"application/json\" id=\"settings\">"
#define STORED_MAX 65535u /* bytes in a stored block: RFC 1951 section 3.2.4 */
#define FILL_MAX_LEN ((size_t)1 << 20)

static const struct {
    const char *begin, *end;
} slots[PAGE_N_SLOTS] = {
    [PAGE_TITLE] = {"<title>", "</title>"},
    [PAGE_HEAD] = {"<!--head-->", ""},
    [PAGE_REPORT] = {"<!--report-->", ""},
    [PAGE_SETTINGS] = {SETTINGS, "</script>"},
};

struct page {
    struct reply_piece part[N_PARTS];      /* before, between and after the slots */
    struct reply_piece slot[PAGE_N_SLOTS]; /* as in the file; empty: it has no such slot */
    uint8_t *deflated[N_PARTS];
    size_t deflated_len[N_PARTS];
    uint32_t crc[N_PARTS];
    struct badge_hash hash;
    char policy[900]; /* with what the node adds: a header of at most 1023 bytes */
};

static const uint8_t gzip_head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255};

static bool deflate_part(struct page *page, size_t i)
{
    z_stream stream = {.next_in = page->part[i].bytes, .avail_in = (uInt)page->part[i].len};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t capacity = deflateBound(&stream, page->part[i].len) + 16;
    uint8_t *bytes = malloc(capacity);
    stream.next_out = bytes;
    stream.avail_out = (uInt)capacity;
    bool ok = bytes && deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_in == 0 && stream.avail_out > 0;
    page->deflated[i] = bytes;
    page->deflated_len[i] = stream.total_out;
    (void)deflateEnd(&stream); /* fails because the stream has no end: each answer writes its own */
    return ok;
}

static const uint8_t *find_text(const uint8_t *at, const uint8_t *end, const char *what)
{
    return at ? memmem(at, (size_t)(end - at), what, strlen(what)) : NULL;
}

static void split(struct page *page, const uint8_t *html, size_t len)
{
    const uint8_t *at = html, *end = html + len;
    for (size_t i = 0; i < PAGE_N_SLOTS; i++) {
        const uint8_t *begin = find_text(at, end, slots[i].begin), *close = find_text(begin, end, slots[i].end);
        if (!close)
            begin = at; /* not found */
        page->part[i] = (struct reply_piece){at, (size_t)(begin - at)};
        if (close)
            at = close + (*slots[i].end ? strlen(slots[i].end) : strlen(slots[i].begin));
        page->slot[i] = (struct reply_piece){begin, (size_t)(at - begin)};
    }
    page->part[PAGE_N_SLOTS] = (struct reply_piece){at, (size_t)(end - at)};
}

static bool read_policy(struct page *page, const uint8_t *html, size_t len)
{
    const uint8_t *begin = find_text(html, html + len, POLICY);
    const uint8_t *end = find_text(begin ? begin + strlen(POLICY) : NULL, html + len, "\"");
    if (!end)
        return false;
    begin += strlen(POLICY);
    if ((size_t)(end - begin) >= sizeof page->policy)
        return false;
    memcpy(page->policy, begin, (size_t)(end - begin));
    return true;
}

enum badge_status page_new(struct page **out, const uint8_t *html, size_t len, struct badge_err *err)
{
    struct page *page = calloc(1, sizeof *page);
    bool ok = page;
    if (ok && !read_policy(page, html, len)) {
        page_free(page);
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "a page has no Content-Security-Policy; build it again");
    }
    if (ok) {
        split(page, html, len);
        badge_sha256(&page->hash, html, len);
    }
    for (size_t i = 0; ok && i < N_PARTS; i++) {
        ok = deflate_part(page, i);
        page->crc[i] = (uint32_t)crc32(0, page->part[i].bytes, (uInt)page->part[i].len);
    }
    if (ok) {
        *out = page;
        return BADGE_OK;
    }
    page_free(page);
    return badge_no_memory(err);
}

void page_free(struct page *page)
{
    if (!page)
        return;
    for (size_t i = 0; i < N_PARTS; i++)
        free(page->deflated[i]);
    free(page);
}

const char *page_policy(const struct page *page)
{
    return page->policy;
}

void page_put_json(struct strbuf *out, const char *json, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t plain = 0;
        while (i + plain < len && json[i + plain] != '<')
            plain++;
        strbuf_put(out, json + i, plain);
        i += plain;
        if (i < len && json[i] == '<') { /* occurs in strings only */
            strbuf_put(out, "\\u003c", 6);
            i++;
        }
    }
}

/* Stored blocks between the deflated ones. */
static void put_stored(struct strbuf *out, const void *bytes, size_t len, bool last)
{
    const uint8_t *from = bytes;
    do {
        unsigned n = len < STORED_MAX ? (unsigned)len : STORED_MAX;
        uint8_t head[5] = {last && n == len, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n, (uint8_t)(~n >> 8)};
        strbuf_put(out, head, sizeof head);
        strbuf_put(out, from, n);
        from += n;
        len -= n;
    } while (len > 0);
}

static void put_le32(struct strbuf *out, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    strbuf_put(out, bytes, sizeof bytes);
}

static void add_piece(struct page_body *body, const uint8_t *bytes, size_t len)
{
    if (len > 0)
        body->piece[body->n_pieces++] = (struct reply_piece){bytes, len};
}

/* The contents of a slot. */
static struct reply_piece filling(const struct page *page, const struct strbuf fill[PAGE_N_SLOTS], size_t i)
{
    bool is_filled = page->slot[i].len > 0 && fill[i].len > 0;
    return is_filled ? (struct reply_piece){(const uint8_t *)fill[i].bytes, fill[i].len} : page->slot[i];
}

/* Writes into own; end[i]: where slot i ends in it. */
static void write_own(struct page_body *body, const struct page *page, const struct strbuf fill[PAGE_N_SLOTS],
                      size_t end[N_PARTS])
{
    uint32_t crc = page->crc[0];
    size_t len = page->part[0].len;
    for (size_t i = 0; i < PAGE_N_SLOTS; i++) {
        const struct reply_piece with = filling(page, fill, i);
        if (body->gzip && with.len > 0)
            put_stored(&body->own, with.bytes, with.len, false);
        else
            strbuf_put(&body->own, with.bytes, with.len);
        end[i] = body->own.len;
        crc = (uint32_t)crc32(crc, with.bytes, (uInt)with.len);
        crc = (uint32_t)crc32_combine(crc, page->crc[i + 1], (z_off_t)page->part[i + 1].len);
        len += with.len + page->part[i + 1].len;
    }
    if (body->gzip) {
        put_stored(&body->own, NULL, 0, true);
        put_le32(&body->own, crc);
        put_le32(&body->own, (uint32_t)len);
    }
    end[PAGE_N_SLOTS] = body->own.len;
}

static void make_etag(struct page_body *body, const struct page *page)
{
    struct badge_hash hash;
    struct badge_sha256 sha;
    badge_sha256_init(&sha);
    badge_sha256_update(&sha, page->hash.b, sizeof page->hash.b);
    badge_sha256_update(&sha, &body->gzip, sizeof body->gzip);
    badge_sha256_update(&sha, body->own.bytes, body->own.len);
    badge_sha256_final(&sha, &hash);
    body->etag[0] = '"';
    badge_hex_encode(body->etag + 1, hash.b, 16);
    memcpy(body->etag + 33, "\"", 2);
}

struct page_body *page_fill(const struct page *page, const struct strbuf fill[PAGE_N_SLOTS], bool gzip)
{
    bool failed = false;
    for (size_t i = 0; i < PAGE_N_SLOTS; i++)
        failed = failed || fill[i].failed;
    struct page_body *body = failed ? NULL : calloc(1, sizeof *body);
    if (!body)
        return NULL;
    body->gzip = gzip;
    strbuf_init(&body->own, PAGE_N_SLOTS * FILL_MAX_LEN);
    size_t end[N_PARTS], at = 0;
    write_own(body, page, fill, end);
    if (body->own.failed) {
        page_body_free(body);
        return NULL;
    }
    make_etag(body, page);
    if (gzip)
        add_piece(body, gzip_head, sizeof gzip_head);
    for (size_t i = 0; i < N_PARTS; i++) {
        if (gzip)
            add_piece(body, page->deflated[i], page->deflated_len[i]);
        else
            add_piece(body, page->part[i].bytes, page->part[i].len);
        add_piece(body, (const uint8_t *)body->own.bytes + at, end[i] - at);
        at = end[i];
    }
    return body;
}

void page_body_free(struct page_body *body)
{
    if (body)
        strbuf_release(&body->own);
    free(body);
}
