/*
 * All reasons to refuse a submission, in one place: its bytes, a media type that they contradict, an issuer that this
 * node does not accept. The handlers of single credentials and of bulk lines call it on their loop, for images on the
 * pool.
 */
#include "api/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/rules.h"
#include "badge/did.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/kind.h"
#include "image/image.h"
#include "runtime/metrics.h"

/* A digester keeps its buffers: after more bytes than this it is freed. */
#define KEEP_MAX_BYTES (UINT64_C(64) * 1024)

/* -- digesters ----------------------------------------------------------------------------------------------------- */

struct badge_digester *digester_pool_take(struct digester_pool *pool)
{
    if (pool->n_spare)
        return pool->spare[--pool->n_spare];
    struct badge_digester *digester;
    return badge_digester_new(&digester, pool->max_json, NULL) == BADGE_OK ? digester : NULL;
}

void digester_pool_give(struct digester_pool *pool, struct badge_digester *digester, uint64_t bytes_seen)
{
    if (!digester)
        return;
    if (bytes_seen > KEEP_MAX_BYTES || pool->n_spare == DIGESTER_POOL_MAX) {
        badge_digester_free(digester);
        return;
    }
    badge_digester_clear(digester);
    badge_digester_take_images(digester, NULL, NULL, 0); /* the next user sets this itself, and the limit */
    badge_digester_limit_memory(digester, 0);
    pool->spare[pool->n_spare++] = digester;
}

void digester_pool_release(struct digester_pool *pool)
{
    while (pool->n_spare)
        badge_digester_free(pool->spare[--pool->n_spare]);
}

/* -- memory -------------------------------------------------------------------------------------------------------- */

#define TREE_BYTES_PER_VALUE 64 /* of core's tree, and of the stack that grew while it was built */
#define TEXT_COPIES 3           /* the tree's texts or what a wrapper has inside, and the canonical forms */
#define ARENA_SLACK 2           /* an arena's blocks are not filled to the end, nor is the stack */
#define ARENA_LEAST ((uint64_t)1 << 20)

bool document_may_be_large(const struct exchange *x)
{
    return x->content_length == 0 || x->content_length > DOCUMENT_LARGE_LEN;
}

bool document_is_large(const struct exchange *x, size_t max_json)
{
    return x->body_len > DOCUMENT_LARGE_LEN && x->body_len <= max_json;
}

static bool begins_value(uint8_t byte)
{
    return byte == ',' || byte == ':' || byte == '[' || byte == '{';
}

/* What a reader of wrapped credentials passes over, before the text and within a token: marks and zeros of UTF-16,
 * white space, quotes. */
static bool is_passed_over(uint8_t byte)
{
    return byte <= ' ' || byte >= 0x7f || strchr("\"'`<>", byte);
}

/* Counts values in what the byte belongs to, if that is base64: a part of a token, wherever it stands. */
static void weigh_base64(struct document_weight *weight, uint8_t byte, bool is_json)
{
    uint8_t value;
    byte = byte == '+' ? '-' : byte == '/' ? '_' : byte;
    if (!kind_is_base64url(byte, &value)) {
        if (is_json ? byte > ' ' : !is_passed_over(byte))
            weight->n_bits = 0; /* the next part begins */
        return;
    }
    weight->bits = weight->bits << 6 | value;
    weight->n_bits += 6;
    if (weight->n_bits < 8)
        return;
    weight->n_bits -= 8;
    weight->n_values += begins_value((uint8_t)(weight->bits >> weight->n_bits));
}

void document_weigh(struct document_weight *weight, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        if (!weight->first && !is_passed_over(byte))
            weight->first = bytes[i];
        bool is_json = weight->first == '{' || weight->first == '[';
        weight->n_values += is_json && begins_value(byte);
        weigh_base64(weight, byte, is_json);
    }
}

static uint64_t parse_memory(const struct document_weight *weight, uint64_t len)
{
    return TEXT_COPIES * len + TREE_BYTES_PER_VALUE * weight->n_values;
}

size_t document_reserve(struct exchange *x, uint64_t beside, struct badge_digester *digester,
                        const struct document_weight *weight, uint64_t len)
{
    uint64_t memory = parse_memory(weight, len);
    if (!exchange_reserve(x, beside + memory))
        return 0;
    size_t limit = (size_t)(ARENA_SLACK * memory + ARENA_LEAST);
    badge_digester_limit_memory(digester, limit);
    return limit;
}

/* A document is held twice by a verification; this leaves room for a value every 16 bytes. */
size_t document_max_memory(size_t max_json)
{
    size_t json = (2 + TEXT_COPIES + TREE_BYTES_PER_VALUE / 16) * max_json, image = IMAGE_READ_COST * IMAGE_MAX_LEN;
    return json > image ? json : image;
}

size_t document_limit_image(struct badge_digester *digester, size_t max_json)
{
    size_t limit = document_max_memory(max_json);
    badge_digester_limit_memory(digester, limit);
    return limit;
}

/* -- documents ----------------------------------------------------------------------------------------------------- */

static bool document_refuse(struct refusal *refusal, enum problem problem, const char *detail)
{
    refusal->problem = problem;
    refusal->offset = BADGE_NO_OFFSET;
    refusal->findings = NULL;
    snprintf(refusal->detail, sizeof refusal->detail, "%s", detail);
    metric_add(METRIC_SUBMISSIONS_REFUSED, 1);
    return false;
}

void document_unread(struct refusal *refusal, const struct badge_digester *digester, const struct badge_err *err)
{
    bool is_limit = err->status == BADGE_ELIMIT && !badge_digester_is_image(digester);
    refusal->problem = problem_of_document(err->status);
    refusal->offset = err->offset;
    refusal->findings = NULL;
    snprintf(refusal->detail, sizeof refusal->detail, "%s%s", err->text,
             is_limit ? " (http.max_json of this node)" : "");
}

bool document_refused(struct refusal *refusal, const struct badge_digester *digester, const struct badge_err *err)
{
    document_unread(refusal, digester, err);
    metric_add(METRIC_SUBMISSIONS_REFUSED, 1);
    return false;
}

void document_notice(char out[DOCUMENT_NOTICE_LEN], const char *url)
{
    snprintf(out, DOCUMENT_NOTICE_LEN,
             "The image has only a link to its badge (%.300s), so the image itself is digested (raw).", url);
    for (char *s = out; *s; s++)
        if (*s < ' ' || *s > '~') /* a URL has none of these (RFC 3986), but the text is untrusted */
            *s = '?';
}

static const char *const mismatch_detail[] = {
    [MEDIA_JSON] = "The media type says JSON, but the bytes are not a JSON object; a credential is one.",
    [MEDIA_NDJSON] = "The media type says JSON, but the bytes are not a JSON object; a credential is one.",
    [MEDIA_JWT] = "The media type says JWT, but the bytes are not a compact JWS of three base64url parts.",
    [MEDIA_PDF] = "The media type says PDF, but the bytes do not begin with %PDF-.",
    [MEDIA_PNG] = "The media type says PNG, but the bytes are not a PNG image.",
    [MEDIA_SVG] = "The media type says SVG, but the bytes are not XML whose root is svg.",
};

/* -- notices ------------------------------------------------------------------------------------------------------- */

#define MAX_SHOWN_URL_LEN 90
#define MAX_NOTICES (BADGE_MAX_NOTICES + 2) /* those of core, of the binding, of the rules */

static void add_notice(struct badge_notice list[MAX_NOTICES], size_t *n, const char *code, const char *pointer,
                       const char *detail)
{
    struct badge_notice *notice = &list[(*n)++];
    notice->code = code;
    snprintf(notice->pointer, sizeof notice->pointer, "%s", pointer);
    snprintf(notice->detail, sizeof notice->detail, "%s", detail);
}

/*
 * Whether a verifier who knows nobody finds this node's account behind the issuer's id. A did:web names it in its DID
 * document, which is not fetched here: a submission would make this node ask a host that its sender has chosen.
 */
static void add_binding(struct badge_notice list[MAX_NOTICES], size_t *n, struct badge_text issuer,
                        const struct api_options *options)
{
    char url[BADGE_DID_URL_LEN], detail[sizeof list->detail];
    if (badge_did_pkh_names(issuer, options->chain_id, &options->issuer))
        return;
    if (!badge_did_web_url(url, issuer)) {
        add_notice(list, n, "issuer_not_bound", "/issuer",
                   "The issuer's id does not name this node's account, so only verifiers who trust the pair of both, "
                   "or an accreditor, will know the issuer.");
        return;
    }
    core_format(
        detail, sizeof detail,
        "Its id is a did:web, and nothing else was checked: the node did not fetch %s to see whether it names the "
        "node's account. Verifiers will.",
        strlen(url) <= MAX_SHOWN_URL_LEN ? url : "the DID document");
    add_notice(list, n, "issuer_not_checked", "/issuer", detail);
}

static size_t read_notices(struct badge_notice list[MAX_NOTICES], const struct badge_reading *reading,
                           const struct badge_claims *claims, const struct api_options *options)
{
    size_t n = badge_notices_read(list, reading, loop_now_s(), NULL);
    if (claims->issuer_err.status == BADGE_OK && claims->issuer.len)
        add_binding(list, &n, claims->issuer, options);
    return n;
}

static bool is_one_of(const char *code, const char *const *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

#define MORE_REASONS_LEN sizeof " and 17 more reasons"

/* Refuses for every notice that this node requires not to be; true: there is none. The last reasons are only counted if
 * there is no room for all. */
static bool meets_requirements(const struct badge_notice *list, size_t n, const struct badge_claims *claims,
                               const struct api_options *options, struct refusal *refusal)
{
    static const char *const unread[] = {"claims_hidden", "date_unreadable", "issuer_unreadable", "status_unreadable"};
    static const char *const unbound[] = {"issuer_missing", "issuer_not_bound"};
    char why[sizeof refusal->detail] = "";
    size_t len = 0, n_more = 0, room = sizeof why - MORE_REASONS_LEN;
    for (size_t i = 0; i < n; i++) {
        if (!(options->requires_readable && is_one_of(list[i].code, unread, ARRAY_LEN(unread))) &&
            !(options->requires_bound && is_one_of(list[i].code, unbound, ARRAY_LEN(unbound))) &&
            !(options->requires_conformant && strcmp(list[i].code, "not_conformant") == 0))
            continue;
        char reason[sizeof list[i].detail + 32];
        int reason_len = snprintf(reason, sizeof reason, "%s%s: %s", len ? " " : "", list[i].code, list[i].detail);
        if (n_more > 0 || len + (size_t)reason_len >= room) {
            n_more++;
            continue;
        }
        memcpy(why + len, reason, (size_t)reason_len + 1);
        len += (size_t)reason_len;
    }
    if (n_more > 0)
        snprintf(why + len, sizeof why - len, " and %zu more %s", n_more, n_more == 1 ? "reason" : "reasons");
    if (!len && options->requires_bound && claims->issuer_err.status == BADGE_OK && !claims->issuer.len)
        len = (size_t)snprintf(why, sizeof why, "issuer_missing: It names no issuer that is read.");
    return !len || document_refuse(refusal, PROBLEM_REQUIREMENT_NOT_MET, why);
}

void document_notices_release(struct document_notices *notices)
{
    free(notices->list);
    *notices = (struct document_notices){0};
}

static bool keep_notices(struct document_notices *out, const struct badge_notice *list, size_t n,
                         struct refusal *refusal)
{
    if (n == 0)
        return true;
    out->list = malloc(n * sizeof *list);
    if (!out->list)
        return document_refuse(refusal, PROBLEM_TOO_BUSY, "The node has no memory left for this; try again.");
    memcpy(out->list, list, n * sizeof *list);
    out->n = n;
    return true;
}

/* -- the end of a document ----------------------------------------------------------------------------------------- */

static bool is_credential(const struct badge_reading *reading, enum media media, struct refusal *refusal)
{
    const char *why = badge_reading_refusal(reading);
    bool is_any_type = media == MEDIA_BYTES && !reading->has_padded_token;
    return !why || is_any_type || document_refuse(refusal, PROBLEM_NOT_A_CREDENTIAL, why);
}

static bool is_accepted(const struct badge_claims *claims, const struct api_options *options, struct refusal *refusal)
{
    struct badge_err err = {.status = BADGE_OK};
    if (options->any_issuer)
        return true;
    if (claims->issuer_err.status != BADGE_OK)
        return document_refuse(refusal, PROBLEM_ISSUER_NOT_ACCEPTED, claims->issuer_err.text);
    return intake_accepts(options->intake, claims, &err) == BADGE_OK ||
           document_refuse(refusal, PROBLEM_ISSUER_NOT_ACCEPTED, err.text);
}

bool document_end(struct document_result *out, struct badge_digester *digester, enum media media, const char *head,
                  size_t head_len, bool is_asked, const struct api_options *options, struct refusal *refusal)
{
    struct badge_err err = {.status = BADGE_OK};
    *out = (struct document_result){0};
    if (badge_digester_final(digester, &out->digest, &err) != BADGE_OK)
        return document_refused(refusal, digester, &err);
    const struct badge_reading *reading = badge_digester_reading(digester);
    bool is_padded_jwt = media == MEDIA_JWT && reading->has_padded_token; /* refused below, for its padding */
    if (!is_padded_jwt && !media_fits(media, out->digest.label, badge_digester_is_image(digester), head, head_len))
        return document_refuse(refusal, PROBLEM_MEDIA_TYPE_MISMATCH, mismatch_detail[media]); /* any other fits */
    struct badge_claims claims;
    badge_claims_read(&claims, reading);
    if (!is_credential(reading, media, refusal) || !is_accepted(&claims, options, refusal))
        return false;
    struct badge_notice list[MAX_NOTICES];
    size_t n = read_notices(list, reading, &claims, options);
    struct rules_result rules = {.is_said = false};
    if (is_asked || options->requires_conformant)
        rules_read(&rules, reading, options->requires_conformant);
    if (rules.is_said)
        list[n++] = rules.notice;
    if (meets_requirements(list, n, &claims, options, refusal))
        return keep_notices(&out->notices, list, n, refusal);
    refusal->findings = rules.findings;
    return false;
}
