/*
 * The node's statement about a digest, as HTML and as structured data. Called by the handlers of pages.c. Everything
 * written here is constant, hexadecimal or a number, or goes through strbuf_html() or core/json_out.h: nothing else
 * reaches a page.
 */
#include "site/page_meta.h"

#include <stdio.h>
#include <string.h>

#include "core/compiler.h"
#include "site/page.h"

#define MAX_REPLACED 16 /* that a page lists, the latest ones */
#define PRODUCT "badged"

static void put(struct strbuf *out, const char *text)
{
    strbuf_put(out, text, strlen(text));
}

static void put_html(struct strbuf *out, const char *text)
{
    strbuf_html(out, text, strlen(text));
}

/* The percent-encoding of RFC 3986 section 2.1. */
static void put_encoded(struct strbuf *out, const char *text)
{
    for (const char *c = text; *c; c++)
        if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || strchr("-._~", *c))
            strbuf_put(out, c, 1);
        else
            strbuf_printf(out, "%%%02X", (unsigned char)*c);
}

static const char *site_name(const struct page_meta *meta)
{
    return meta->options->name ? meta->options->name : PRODUCT;
}

/* The state of the credential, in one sentence. */
static const char *sentence(const struct page_meta *meta)
{
    if (!meta->known)
        return "This node has never received a credential with this fingerprint; another node may have.";
    switch (meta->known->chain_status.status) {
    case STORE_REVOKED:
        return "The credential was revoked.";
    case STORE_WITHDRAWN:
        return "The batch that the credential is in was withdrawn by the issuer.";
    case STORE_UNKNOWN:
    case STORE_GOOD:
        break;
    }
    switch (meta->known->state) {
    case STORE_PENDING:
        return "This node has accepted the credential and will anchor it with its next batch; it is not on the chain "
               "yet.";
    case STORE_SEALED:
    case STORE_SENT:
        return "The credential is in a batch that is waiting to be anchored on the chain.";
    case STORE_MINED:
        return "The credential is anchored in a block that a reorganization may still replace.";
    case STORE_FINAL:
        break;
    }
    return meta->known->chain_status.status == STORE_GOOD
               ? "The anchor of the credential is final."
               : "The anchor of the credential is final; this node does not know at present whether it was "
                 "revoked.";
}

static struct badge_text published_text(const struct page_meta *meta, enum published_part part)
{
    return meta->published ? meta->published->part[part] : (struct badge_text){"", 0};
}

struct badge_text page_meta_credential(const struct page_meta *meta)
{
    return published_text(meta, PUBLISHED_CREDENTIAL);
}

void page_meta_name(char out[PAGE_META_NAME_LEN], const struct page_meta *meta)
{
    char hex[9];
    struct badge_text title = published_text(meta, PUBLISHED_TITLE);
    if (title.len > 0 && title.len < PAGE_META_NAME_LEN) {
        snprintf(out, PAGE_META_NAME_LEN, "%.*s", (int)title.len, title.bytes);
        return;
    }
    badge_hex_encode(hex, meta->digest.b, 4);
    snprintf(out, PAGE_META_NAME_LEN, "Credential %s\xe2\x80\xa6 at %s", hex, site_name(meta));
}

void page_meta_link(struct strbuf *out, const struct page_meta *meta, const char *folder, const char *suffix)
{
    char hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, meta->digest.b, sizeof meta->digest.b);
    strbuf_init(out, 4096);
    strbuf_printf(out, "%s%s%s%s", meta->base, folder, hex, suffix);
    strbuf_put(out, "", 1);
}

void page_meta_title(struct strbuf *out, const struct page_meta *meta)
{
    char name[PAGE_META_NAME_LEN];
    if (!meta->is_about_digest)
        return;
    page_meta_name(name, meta);
    put(out, "<title>");
    put_html(out, name);
    put(out, "</title>");
}

static const char *status_name(const struct store_record *record)
{
    return record->chain_status.status == STORE_GOOD ? store_state_name(record->state)
                                                     : store_status_name(record->chain_status.status);
}

/* -- the head ------------------------------------------------------------------------------------------------------ */

/* The JSON as the content of a script element; releases it. */
static void put_script(struct strbuf *out, const char *attributes, struct strbuf *json)
{
    strbuf_printf(out, "<script %s>", attributes);
    page_put_json(out, json->bytes, json->len);
    put(out, "</script>");
    out->failed |= json->failed;
    strbuf_release(json);
}

static void write_publisher(struct json_out *json, const struct page_meta *meta)
{
    json_out_object(json, "sdPublisher");
    json_out_text(json, "@type", "Organization");
    json_out_text(json, "name", site_name(meta));
    if (meta->base[0])
        json_out_text(json, "url", meta->base);
    json_out_object_end(json);
}

static void write_encoding(struct json_out *json, const struct page_meta *meta)
{
    struct strbuf link;
    page_meta_link(&link, meta, "/v1/credentials/", "/receipt");
    json_out_object(json, "encoding");
    json_out_text(json, "@type", "MediaObject");
    json_out_text(json, "name", "Receipt");
    json_out_text(json, "encodingFormat", "application/json");
    json_out_text(json, "contentUrl", link.failed ? "" : link.bytes);
    json_out_object_end(json);
    json->failed |= link.failed;
    strbuf_release(&link);
}

static void put_linked_data(struct strbuf *out, const struct page_meta *meta, const char *name, const char *link)
{
    struct strbuf text;
    strbuf_init(&text, 64 * 1024);
    struct json_out json = strbuf_json(&text);
    json_out_object(&json, NULL);
    json_out_text(&json, "@context", "https://schema.org");
    json_out_text(&json, "@type", "EducationalOccupationalCredential");
    json_out_text(&json, "@id", link);
    json_out_text(&json, "url", link);
    json_out_text(&json, "name", name);
    json_out_text(&json, "description", sentence(meta));
    json_out_object(&json, "identifier");
    json_out_text(&json, "@type", "PropertyValue");
    json_out_text(&json, "propertyID", "SHA-256");
    json_out_hash(&json, "value", &meta->digest);
    json_out_object_end(&json);
    json_out_text(&json, "creativeWorkStatus", status_name(meta->known));
    json_out_time(&json, "sdDatePublished", meta->known->received_at_s);
    write_publisher(&json, meta);
    write_encoding(&json, meta);
    json_out_object_end(&json);
    out->failed |= json.failed;
    put_script(out, "type=\"application/ld+json\"", &text);
    put(out, "\n");
}

static void put_meta(struct strbuf *out, const char *kind, const char *name, const char *content)
{
    strbuf_printf(out, "<meta %s=\"%s\" content=\"", kind, name);
    put_html(out, content);
    put(out, "\">\n");
}

static void put_discovery(struct strbuf *out, const struct page_meta *meta, const char *link)
{
    put(out, "<link rel=\"canonical\" href=\"");
    put_html(out, link);
    put(out, "\">\n<link rel=\"alternate\" type=\"application/json+oembed\" title=\"oEmbed\" href=\"");
    put_html(out, meta->base);
    put(out, "/oembed?format=json&amp;url=");
    put_encoded(out, link);
    put(out, "\">\n");
}

/* Says whose word the issuer's name is: the node has not compared it with anything. */
static void put_description(struct strbuf *out, const struct page_meta *meta, const char *kind, const char *name)
{
    struct badge_text issuer = published_text(meta, PUBLISHED_ISSUER);
    strbuf_printf(out, "<meta %s=\"%s\" content=\"", kind, name);
    if (issuer.len > 0) {
        put(out, "Issued by ");
        strbuf_html(out, issuer.bytes, issuer.len);
        put(out, ", as the badge says. ");
    }
    put_html(out, sentence(meta));
    put(out, "\">\n");
}

static void put_picture(struct strbuf *out, const struct page_meta *meta, const char *name)
{
    if (published_text(meta, PUBLISHED_PICTURE).len > 0) {
        struct strbuf link;
        page_meta_link(&link, meta, "/c/", "/picture.png");
        put_meta(out, "property", "og:image", link.failed ? "" : link.bytes);
        put_meta(out, "property", "og:image:alt", name);
        put_meta(out, "name", "twitter:card", "summary");
        strbuf_release(&link);
        return;
    }
    put(out, "<meta property=\"og:image\" content=\"");
    put_html(out, meta->base);
    put(out, "/preview.png\">\n<meta property=\"og:image:width\" content=\"1200\">\n"
             "<meta property=\"og:image:height\" content=\"630\">\n"
             "<meta property=\"og:image:alt\" content=\"Is this badge genuine?\">\n"
             "<meta name=\"twitter:card\" content=\"summary_large_image\">\n");
}

void page_meta_head(struct strbuf *out, const struct page_meta *meta)
{
    char name[PAGE_META_NAME_LEN];
    struct strbuf text;
    if (!meta->is_about_digest)
        return;
    if (!meta->known || meta->is_embedded || meta->published)
        put(out, "<meta name=\"robots\" content=\"noindex\">\n");
    if (!meta->known)
        return;
    page_meta_name(name, meta);
    page_meta_link(&text, meta, "/c/", "");
    const char *link = text.failed ? "" : text.bytes;
    put_discovery(out, meta, link);
    put_description(out, meta, "name", "description");
    put_meta(out, "property", "og:type", "website");
    put_meta(out, "property", "og:site_name", site_name(meta));
    put_meta(out, "property", "og:title", name);
    put_description(out, meta, "property", "og:description");
    put_meta(out, "property", "og:url", link);
    put_picture(out, meta, name);
    put_linked_data(out, meta, name, link);
    out->failed |= text.failed;
    strbuf_release(&text);
}

/* -- the report ---------------------------------------------------------------------------------------------------- */

static void put_hash_row(struct strbuf *out, const char *term, const char *prefix, const struct badge_hash *hash)
{
    strbuf_printf(out, "<dt>%s</dt><dd><code>%s", term, prefix);
    strbuf_hex(out, hash->b, sizeof hash->b);
    put(out, "</code></dd>\n");
}

static void put_address_row(struct strbuf *out, const char *term, const struct badge_address *address)
{
    char hex[BADGE_ADDRESS_LEN + 1];
    badge_address_format(hex, address);
    strbuf_printf(out, "<dt>%s</dt><dd><code>%s</code></dd>\n", term, hex);
}

static void put_time(struct strbuf *out, int64_t at_s)
{
    char time[BADGE_TIME_LEN + 1];
    badge_time_format(time, at_s);
    strbuf_printf(out, "<time datetime=\"%s\">%.10s %.8s UTC</time>", time, time, time + 11);
}

static void put_anchor_rows(struct strbuf *out, const struct page_meta *meta)
{
    const struct store_record *record = meta->known;
    const struct store_anchor *anchor = &meta->batch.anchor;
    put(out, "<dt>Batch</dt><dd><a href=\"");
    put_html(out, meta->base);
    strbuf_printf(out, "/v1/batches/%u\">%u</a>, place %u of %u</dd>\n", record->batch_number, record->batch_number,
                  record->leaf_index + 1, record->tree_size);
    put_hash_row(out, "Root", "", &record->root);
    strbuf_printf(out, "<dt>Chain</dt><dd>%llu</dd>\n", (unsigned long long)meta->options->chain_id);
    put_address_row(out, "Registry", &meta->options->contract);
    put_address_row(out, "Account of the issuer", &meta->options->issuer);
    if (record->state != STORE_MINED && record->state != STORE_FINAL)
        return;
    put(out, "<dt>Anchored</dt><dd>");
    put_time(out, anchor->block_time_s);
    strbuf_printf(out, ", block %llu</dd>\n", (unsigned long long)anchor->block_number);
    put_hash_row(out, "Transaction", "0x", &anchor->transaction);
}

static const char *const reason_text[BADGE_N_REASONS] = {
    [BADGE_REASON_UNSPECIFIED] = "",
    [BADGE_REASON_ERROR] = "issued in error",
    [BADGE_REASON_REPLACED] = "replaced by another credential",
    [BADGE_REASON_UNMET] = "its conditions are no longer met",
    [BADGE_REASON_ANNULLED] = "annulled",
    [BADGE_REASON_HOLDER] = "as its holder wished",
};

static void put_status_row(struct strbuf *out, const struct store_chain_status *status)
{
    char account[BADGE_ADDRESS_LEN + 1];
    strbuf_printf(out, "<dt>Status</dt><dd>%s", store_status_name(status->status));
    if (status->status == STORE_REVOKED || status->status == STORE_WITHDRAWN) {
        badge_address_format(account, &status->account);
        put(out, " on ");
        put_time(out, status->at_s);
        strbuf_printf(out, " by <code>%s</code>", account);
    }
    put(out, "</dd>\n");
    if (status->status == STORE_REVOKED && status->reason != BADGE_REASON_UNSPECIFIED)
        strbuf_printf(out, "<dt>Reason</dt><dd>%s</dd>\n", reason_text[status->reason]);
}

/* What administrators of this node have said of credentials that replace each other. */
static void put_relation_rows(struct strbuf *out, const struct page_meta *meta)
{
    struct badge_hash by, replaced[MAX_REPLACED];
    if (store_replaced_by(meta->options->store, &meta->digest, &by))
        put_hash_row(out, "Replaced by", "", &by);
    size_t n = store_replaces(meta->options->store, &meta->digest, replaced, MAX_REPLACED);
    for (size_t i = 0; i < n; i++)
        put_hash_row(out, "Replaces", "", &replaced[i]);
}

/* What the published credential says of itself. */
static void put_published(struct strbuf *out, const struct page_meta *meta)
{
    static const struct {
        enum published_part part;
        const char *term;
    } rows[] = {{PUBLISHED_TITLE, "Title"},
                {PUBLISHED_ISSUER, "Issuer"},
                {PUBLISHED_HOLDER, "Holder"},
                {PUBLISHED_FROM, "From"},
                {PUBLISHED_UNTIL, "Until"}};
    put(out, "<h3>What the badge says</h3>\n<p>Its holder shows it here. The node has not compared the names with "
             "anything.</p>\n");
    if (published_text(meta, PUBLISHED_PICTURE).len > 0) {
        struct strbuf link;
        page_meta_link(&link, meta, "/c/", "/picture.png");
        put(out, "<p><img src=\"");
        put_html(out, link.failed ? "" : link.bytes);
        put(out, "\" alt=\"\" width=\"160\"></p>\n");
        strbuf_release(&link);
    }
    put(out, "<dl>\n");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct badge_text text = published_text(meta, rows[i].part);
        if (text.len == 0)
            continue;
        strbuf_printf(out, "<dt>%s</dt><dd><bdi>", rows[i].term);
        strbuf_html(out, text.bytes, text.len);
        put(out, "</bdi></dd>\n");
    }
    put(out, "</dl>\n");
}

static void put_ways(struct strbuf *out, const struct page_meta *meta)
{
    char contract[BADGE_ADDRESS_LEN + 1], issuer[BADGE_ADDRESS_LEN + 1];
    badge_address_format(contract, &meta->options->contract);
    badge_address_format(issuer, &meta->options->issuer);
    put(out, "<p>To rely on nobody, take the <a href=\"");
    put_html(out, meta->base);
    put(out, "/v1/credentials/");
    strbuf_hex(out, meta->digest.b, sizeof meta->digest.b);
    put(out, "/receipt\">receipt</a> and ask the chain yourself, through a provider that you choose:</p>\n"
             "<pre><code>badge verify FILE --receipt RECEIPT --rpc URL ");
    strbuf_printf(out, "--chain-id %llu --contract %s --issuer %s</code></pre>\n",
                  (unsigned long long)meta->options->chain_id, contract, issuer);
    put(out, "<p>Ask the issuer that the credential names whether that account acts for it.</p>\n");
}

void page_meta_report(struct strbuf *out, const struct page_meta *meta)
{
    const struct store_record *record = meta->known;
    if (meta->is_link_broken)
        put(out,
            "<noscript>\n<section class=\"plain\" id=\"report\">\n<p>This link is broken: after /c/ there must be the "
            "fingerprint of a credential, 64 hexadecimal digits. Ask for the link again.</p>\n</section>\n"
            "</noscript>");
    if (meta->is_missing) {
        put(out, "<noscript>\n<section class=\"plain\" id=\"report\">\n"
                 "<p>There is nothing at this address. <a href=\"");
        put_html(out, meta->base);
        put(out, "/\">The page that checks badges</a> is here.</p>\n</section>\n</noscript>");
    }
    if (!meta->is_about_digest)
        return;
    strbuf_printf(out, "<noscript>\n<section class=\"plain\" id=\"report\" aria-labelledby=\"report-heading\">\n"
                       "<h2 id=\"report-heading\">What this node knows</h2>\n"
                       "<p>This is a statement of the registry node");
    if (meta->options->name) {
        put(out, " of ");
        put_html(out, meta->options->name);
    }
    put(out, meta->published ? ", not a verdict.</p>\n<p><strong>"
                             : ", not a verdict: it keeps no credential, only the fingerprint.</p>\n<p><strong>");
    put(out, sentence(meta));
    put(out, "</strong></p>\n<dl>\n");
    put_hash_row(out, "Fingerprint (SHA-256)", "", &meta->digest);
    if (record) {
        strbuf_printf(out, "<dt>State</dt><dd>%s</dd>\n<dt>Received</dt><dd>", store_state_name(record->state));
        put_time(out, record->received_at_s);
        put(out, "</dd>\n");
        put_status_row(out, &record->chain_status);
        put_relation_rows(out, meta);
    }
    if (record && meta->batch.number)
        put_anchor_rows(out, meta);
    put(out, "</dl>\n");
    if (record && meta->batch.number)
        put_ways(out, meta);
    if (meta->published)
        put_published(out, meta);
    put(out, "</section>\n</noscript>");
}

/* -- the settings -------------------------------------------------------------------------------------------------- */

void page_meta_settings(struct strbuf *out, const struct page_meta *meta)
{
    const struct site_options *options = meta->options;
    struct strbuf text;
    struct badge_text credential = page_meta_credential(meta);
    strbuf_init(&text, 512 * 1024 + 6 * credential.len);
    struct json_out json = strbuf_json(&text);
    json_out_object(&json, NULL);
    json_out_text(&json, "node", meta->base);
    if (options->name)
        json_out_text(&json, "name", options->name);
    if (meta->is_about_digest)
        json_out_hash(&json, "digest", &meta->digest);
    if (meta->is_embedded)
        json_out_bool(&json, "embed", true);
    if (meta->is_link_broken)
        json_out_text(&json, "digest", "");
    if (meta->is_missing)
        json_out_bool(&json, "missing", true);
    if (options->may_publish)
        json_out_bool(&json, "publishes", true);
    if (credential.len > 0)
        json_out_string(&json, "published", credential.bytes, credential.len);
    json_out_u64(&json, "chainId", options->chain_id);
    json_out_address(&json, "contract", &options->contract);
    json_out_address(&json, "issuer", &options->issuer);
    json_out_array(&json, "rpc");
    for (size_t i = 0; i < options->n_public_rpcs; i++)
        json_out_text(&json, NULL, options->public_rpc[i]);
    json_out_array_end(&json);
    json_out_array(&json, "issuers");
    for (size_t i = 0; i < options->n_issuers; i++) {
        json_out_object(&json, NULL);
        json_out_text(&json, "id", options->issuer_id[i]);
        json_out_address(&json, "account", &options->issuer);
        json_out_object_end(&json);
    }
    json_out_object(&json, NULL); /* for credentials without an issuer, as in POST /v1/verify */
    json_out_address(&json, "account", &options->issuer);
    json_out_object_end(&json);
    json_out_array_end(&json);
    json_out_array(&json, "accreditors");
    json_out_address(&json, NULL, &options->issuer);
    json_out_array_end(&json);
    json_out_object_end(&json);
    put_script(out, "type=\"application/json\" id=\"settings\"", &text);
}
