/*
 * The node's word on a digest, as HTML and as data for machines. Called by the handlers of pages.c. What stands here is
 * ours, hexadecimal, a number, or goes through text_html() and text_json(): nothing else reaches a page.
 */
#include "site/page_meta.h"

#include <string.h>

#include "api/record_json.h"
#include "site/page.h"

#define PRODUCT "badged"

static void put(struct text *out, const char *words)
{
    text_put(out, words, strlen(words));
}

static void put_html(struct text *out, const char *words)
{
    text_html(out, words, strlen(words));
}

static void put_json(struct text *out, const char *words)
{
    text_json(out, words, strlen(words));
}

/* The percent-encoding of RFC 3986 section 2.1. */
static void put_encoded(struct text *out, const struct text *words)
{
    for (size_t i = 0; i < words->len; i++) {
        char c = words->bytes[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-._~", c);
        if (plain && c)
            text_put(out, &c, 1);
        else
            text_printf(out, "%%%02X", (unsigned char)c);
    }
}

static const char *site(const struct sheet *sheet)
{
    return sheet->options->name ? sheet->options->name : PRODUCT;
}

/* Where the credential is on its way, in one sentence. */
static const char *sentence(const struct sheet *sheet)
{
    if (!sheet->known)
        return "This node has never taken a credential with this fingerprint; another node may have.";
    switch (sheet->known->standing.status) {
    case STORE_REVOKED:
        return "The credential was revoked.";
    case STORE_WITHDRAWN:
        return "The batch that the credential is in was withdrawn by the issuer.";
    case STORE_UNKNOWN:
    case STORE_GOOD:
        break;
    }
    switch (sheet->known->state) {
    case STORE_PENDING:
        return "This node has taken the credential and will anchor it with its next batch; no chain speaks for it yet.";
    case STORE_SEALED:
    case STORE_SENT:
        return "The credential is in a batch whose anchor is on its way to the chain.";
    case STORE_MINED:
        return "The credential is anchored in a block that the chain may still exchange.";
    case STORE_FINAL:
        break;
    }
    return sheet->known->standing.status == STORE_GOOD
               ? "The credential is anchored, and the chain has made that final."
               : "The credential is anchored, and the chain has made that final; whether it was revoked, this node "
                 "can't tell at present.";
}

void sheet_name(struct text *out, const struct sheet *sheet)
{
    put(out, "Credential ");
    text_hex(out, sheet->digest.b, 4);
    text_printf(out, "\xe2\x80\xa6 at %s", site(sheet));
}

void sheet_link(struct text *out, const struct sheet *sheet, const char *folder)
{
    text_printf(out, "%s%s", sheet->base, folder);
    text_hex(out, sheet->digest.b, sizeof sheet->digest.b);
}

void sheet_title(struct text *out, const struct sheet *sheet)
{
    struct text name;
    if (!sheet->is_about_digest)
        return;
    text_init(&name, 4096);
    sheet_name(&name, sheet);
    put(out, "<title>");
    text_html(out, name.bytes, name.len);
    put(out, "</title>");
    text_release(&name);
}

static const char *status_name(const struct store_record *record)
{
    return record->standing.status == STORE_GOOD ? store_state_name(record->state)
                                                 : store_status_name(record->standing.status);
}

/* -- the head ------------------------------------------------------------------------------------------------------ */

static void put_linked_data(struct text *out, const struct sheet *sheet, const struct text *name,
                            const struct text *link)
{
    struct text json;
    char time[BADGE_TIME_LEN + 1];
    text_init(&json, 64 * 1024);
    put(&json, "{\"@context\":\"https://schema.org\",\"@type\":\"EducationalOccupationalCredential\",\"@id\":");
    text_json(&json, link->bytes, link->len);
    put(&json, ",\"url\":");
    text_json(&json, link->bytes, link->len);
    put(&json, ",\"name\":");
    text_json(&json, name->bytes, name->len);
    put(&json, ",\"description\":");
    put_json(&json, sentence(sheet));
    put(&json, ",\"identifier\":{\"@type\":\"PropertyValue\",\"propertyID\":\"SHA-256\",\"value\":\"");
    text_hex(&json, sheet->digest.b, sizeof sheet->digest.b);
    text_printf(&json, "\"},\"creativeWorkStatus\":\"%s\"", status_name(sheet->known));
    badge_time_format(time, sheet->known->received_at_s);
    text_printf(&json, ",\"sdDatePublished\":\"%s\",\"sdPublisher\":{\"@type\":\"Organization\",\"name\":", time);
    put_json(&json, site(sheet));
    if (sheet->base[0]) {
        put(&json, ",\"url\":");
        put_json(&json, sheet->base);
    }
    put(&json, "},\"encoding\":{\"@type\":\"MediaObject\",\"name\":\"Receipt\",\"encodingFormat\":\"application/json\","
               "\"contentUrl\":\"");
    sheet_link(&json, sheet, "/v1/credentials/");
    put(&json, "/receipt\"}}");
    put(out, "<script type=\"application/ld+json\">");
    page_put_json(out, json.bytes, json.len);
    put(out, "</script>\n");
    out->failed |= json.failed;
    text_release(&json);
}

static void put_meta(struct text *out, const char *kind, const char *name, const char *bytes, size_t len)
{
    text_printf(out, "<meta %s=\"%s\" content=\"", kind, name);
    text_html(out, bytes, len);
    put(out, "\">\n");
}

static void put_discovery(struct text *out, const struct sheet *sheet, const struct text *link)
{
    put(out, "<link rel=\"canonical\" href=\"");
    text_html(out, link->bytes, link->len);
    put(out, "\">\n<link rel=\"alternate\" type=\"application/json+oembed\" title=\"oEmbed\" href=\"");
    put_html(out, sheet->base);
    put(out, "/oembed?format=json&amp;url=");
    put_encoded(out, link);
    put(out, "\">\n");
}

void sheet_head(struct text *out, const struct sheet *sheet)
{
    struct text name, link;
    if (!sheet->is_about_digest)
        return;
    if (!sheet->known || sheet->is_embedded)
        put(out, "<meta name=\"robots\" content=\"noindex\">\n");
    if (!sheet->known)
        return;
    text_init(&name, 4096);
    text_init(&link, 4096);
    sheet_name(&name, sheet);
    sheet_link(&link, sheet, "/c/");
    put_discovery(out, sheet, &link);
    put_meta(out, "name", "description", sentence(sheet), strlen(sentence(sheet)));
    put_meta(out, "property", "og:type", "website", strlen("website"));
    put_meta(out, "property", "og:site_name", site(sheet), strlen(site(sheet)));
    put_meta(out, "property", "og:title", name.bytes, name.len);
    put_meta(out, "property", "og:description", sentence(sheet), strlen(sentence(sheet)));
    put_meta(out, "property", "og:url", link.bytes, link.len);
    put(out, "<meta property=\"og:image\" content=\"");
    put_html(out, sheet->base);
    put(out, "/preview.png\">\n<meta property=\"og:image:width\" content=\"1200\">\n"
             "<meta property=\"og:image:height\" content=\"630\">\n"
             "<meta property=\"og:image:alt\" content=\"Is this badge genuine?\">\n"
             "<meta name=\"twitter:card\" content=\"summary_large_image\">\n");
    put_linked_data(out, sheet, &name, &link);
    out->failed |= name.failed | link.failed;
    text_release(&name);
    text_release(&link);
}

/* -- the report ---------------------------------------------------------------------------------------------------- */

static void put_hash_row(struct text *out, const char *term, const char *prefix, const struct badge_hash *hash)
{
    text_printf(out, "<dt>%s</dt><dd><code>%s", term, prefix);
    text_hex(out, hash->b, sizeof hash->b);
    put(out, "</code></dd>\n");
}

static void put_address_row(struct text *out, const char *term, const struct badge_address *address)
{
    char hex[BADGE_ADDRESS_LEN + 1];
    badge_address_format(hex, address);
    text_printf(out, "<dt>%s</dt><dd><code>%s</code></dd>\n", term, hex);
}

static void put_time(struct text *out, int64_t at_s)
{
    char time[BADGE_TIME_LEN + 1];
    badge_time_format(time, at_s);
    text_printf(out, "<time datetime=\"%s\">%.10s %.8s UTC</time>", time, time, time + 11);
}

static void put_anchor_rows(struct text *out, const struct sheet *sheet)
{
    const struct store_record *record = sheet->known;
    const struct store_anchor *anchor = &sheet->batch.anchor;
    text_printf(out, "<dt>Batch</dt><dd><a href=\"/v1/batches/%u\">%u</a>, place %u of %u</dd>\n", record->batch_number,
                record->batch_number, record->leaf_index + 1, record->tree_size);
    put_hash_row(out, "Root", "", &record->root);
    text_printf(out, "<dt>Chain</dt><dd>%llu</dd>\n", (unsigned long long)sheet->options->chain_id);
    put_address_row(out, "Registry", &sheet->options->contract);
    put_address_row(out, "Account of the issuer", &sheet->options->issuer);
    if (record->state != STORE_MINED && record->state != STORE_FINAL)
        return;
    put(out, "<dt>Anchored</dt><dd>");
    put_time(out, anchor->block_time_s);
    text_printf(out, ", block %llu</dd>\n", (unsigned long long)anchor->block_number);
    put_hash_row(out, "Transaction", "0x", &anchor->transaction);
}

static void put_standing_row(struct text *out, const struct store_standing *standing)
{
    char account[BADGE_ADDRESS_LEN + 1];
    text_printf(out, "<dt>Status</dt><dd>%s", store_status_name(standing->status));
    if (standing->status == STORE_REVOKED || standing->status == STORE_WITHDRAWN) {
        badge_address_format(account, &standing->account);
        put(out, " on ");
        put_time(out, standing->at_s);
        text_printf(out, " by <code>%s</code>", account);
    }
    put(out, "</dd>\n");
}

static void put_ways(struct text *out, const struct sheet *sheet)
{
    char contract[BADGE_ADDRESS_LEN + 1], issuer[BADGE_ADDRESS_LEN + 1];
    badge_address_format(contract, &sheet->options->contract);
    badge_address_format(issuer, &sheet->options->issuer);
    put(out, "<p>To rely on nobody's word, take the <a href=\"/v1/credentials/");
    text_hex(out, sheet->digest.b, sizeof sheet->digest.b);
    put(out, "/receipt\">receipt</a> and ask the chain yourself, through a provider that you choose:</p>\n"
             "<pre><code>badge verify FILE --receipt RECEIPT --rpc URL ");
    text_printf(out, "--chain-id %llu --contract %s --issuer %s</code></pre>\n",
                (unsigned long long)sheet->options->chain_id, contract, issuer);
    put(out,
        "<p>Whether that account acts for the issuer that the credential names, the issuer has to tell you.</p>\n");
}

void sheet_report(struct text *out, const struct sheet *sheet)
{
    const struct store_record *record = sheet->known;
    if (sheet->is_link_broken)
        put(out,
            "<noscript>\n<section class=\"plain\" id=\"report\">\n<p>This address names no credential: what follows "
            "/c/ is to be its fingerprint, 64 hexadecimal digits. Ask for the link again.</p>\n</section>\n"
            "</noscript>");
    if (!sheet->is_about_digest)
        return;
    text_printf(out, "<noscript>\n<section class=\"plain\" id=\"report\" aria-labelledby=\"report-heading\">\n"
                     "<h2 id=\"report-heading\">What this node says</h2>\n"
                     "<p>This is the word of the registry node");
    if (sheet->options->name) {
        put(out, " of ");
        put_html(out, sheet->options->name);
    }
    put(out, ", and no verdict: it keeps no credential, only the fingerprint.</p>\n<p><strong>");
    put(out, sentence(sheet));
    put(out, "</strong></p>\n<dl>\n");
    put_hash_row(out, "Fingerprint (SHA-256)", "", &sheet->digest);
    if (record) {
        text_printf(out, "<dt>State</dt><dd>%s</dd>\n<dt>Received</dt><dd>", store_state_name(record->state));
        put_time(out, record->received_at_s);
        put(out, "</dd>\n");
    }
    if (record)
        put_standing_row(out, &record->standing);
    if (record && sheet->batch.number)
        put_anchor_rows(out, sheet);
    put(out, "</dl>\n");
    if (record && sheet->batch.number)
        put_ways(out, sheet);
    put(out, "</section>\n</noscript>");
}

/* -- the settings -------------------------------------------------------------------------------------------------- */

static void put_address(struct text *out, const char *name, const struct badge_address *address)
{
    char hex[BADGE_ADDRESS_LEN + 1];
    badge_address_format(hex, address);
    text_printf(out, "%s\"%s\"", name, hex);
}

void sheet_settings(struct text *out, const struct sheet *sheet)
{
    const struct http_options *options = sheet->options;
    struct text json;
    text_init(&json, 512 * 1024);
    put(&json, "{\"node\":");
    put_json(&json, sheet->base);
    if (options->name) {
        put(&json, ",\"name\":");
        put_json(&json, options->name);
    }
    if (sheet->is_about_digest) {
        put(&json, ",\"digest\":\"");
        text_hex(&json, sheet->digest.b, sizeof sheet->digest.b);
        put(&json, sheet->is_embedded ? "\",\"embed\":true" : "\"");
    }
    if (sheet->is_link_broken)
        put(&json, ",\"digest\":\"\"");
    text_printf(&json, ",\"chainId\":%llu", (unsigned long long)options->chain_id);
    put_address(&json, ",\"contract\":", &options->contract);
    put_address(&json, ",\"issuer\":", &options->issuer);
    put(&json, ",\"rpc\":[");
    for (size_t i = 0; i < options->n_public_rpcs; i++) {
        put(&json, i ? "," : "");
        put_json(&json, options->public_rpc[i]);
    }
    put(&json, "],\"issuers\":[");
    for (size_t i = 0; i < options->n_issuers; i++) {
        put(&json, "{\"id\":");
        put_json(&json, options->issuer_id[i]);
        put_address(&json, ",\"account\":", &options->issuer);
        put(&json, "},");
    }
    put_address(&json, "{\"account\":", &options->issuer); /* for what names no issuer, as POST /v1/verify has it */
    put_address(&json, "}],\"accreditors\":[", &options->issuer);
    put(&json, "]}");
    put(out, "<script type=\"application/json\" id=\"settings\">");
    page_put_json(out, json.bytes, json.len);
    put(out, "</script>");
    out->failed |= json.failed;
    text_release(&json);
}
