/*
 * Reads a credential for publication. Called by the handler of POST /c/{digest}/publish, on the pool. Only what core
 * reads as a credential that says who issued it passes; the picture passes as pixels only.
 */
#include "site/publication.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/summary.h"
#include "core/text.h"
#include "core/text_form.h"
#include "image/image.h"

#define PNG_PREFIX "data:image/png;base64,"
#define READ_COPIES 24u   /* a digester's memory, in multiples of the document */
#define SUMMARY_COPIES 8u /* the summary and its tree */
#define LEAST ((size_t)256 << 10)

size_t publication_cost(size_t len)
{
    return (READ_COPIES + SUMMARY_COPIES + 2) * len + 2 * LEAST + IMAGE_REDRAW_COST;
}

static bool refuse(struct publication_refusal *refusal, enum problem problem, const char *detail)
{
    refusal->problem = problem;
    refusal->offset = BADGE_NO_OFFSET;
    snprintf(refusal->detail, sizeof refusal->detail, "%s", detail);
    return false;
}

static bool refuse_for(struct publication_refusal *refusal, const struct badge_err *err)
{
    (void)refuse(refusal, problem_of_document(err->status), err->text);
    refusal->offset = err->offset;
    return false;
}

static struct badge_text string_of(const struct badge_json_value *value)
{
    struct badge_text text = {"", 0};
    (void)badge_json_string(value, &text);
    return text;
}

/* The first language of a TEXT of badge/summary.h. */
static struct badge_text text_of(const struct badge_json_value *text)
{
    return string_of(badge_json_member(badge_json_at(text, 0, NULL), "text"));
}

static struct badge_text either(struct badge_text text, struct badge_text other)
{
    return text.len > 0 ? text : other;
}

/* Other kinds than PNG are not shown, nor is what can't be drawn. */
static void read_picture(struct publication *out, struct badge_text url)
{
    struct badge_err err;
    char *drawn;
    size_t drawn_len;
    if (!core_text_skip(&url, PNG_PREFIX))
        return;
    char *text = malloc(2 * url.len + 1);
    if (!text)
        return;
    for (size_t i = 0; i < url.len; i++) {
        char c = url.bytes[i];
        text[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    size_t len = text_form_base64url(text + url.len, text, url.len);
    if (image_redraw(&drawn, &drawn_len, text + url.len, len, &err) == BADGE_OK) {
        out->picture = drawn;
        out->published.part[PUBLISHED_PICTURE] = (struct badge_text){drawn, drawn_len};
    }
    free(text);
}

static void read_parts(struct publication *out, const struct badge_json_value *summary)
{
    struct badge_text *part = out->published.part;
    const struct badge_json_value *credential = badge_json_member(summary, "credential");
    const struct badge_json_value *achievement = badge_json_at(badge_json_member(credential, "achievements"), 0, NULL);
    const struct badge_json_value *issuer = badge_json_member(credential, "issuer");
    part[PUBLISHED_TITLE] = either(text_of(badge_json_member(credential, "name")),
                                   text_of(badge_json_member(achievement, "name")));
    part[PUBLISHED_ISSUER] = either(text_of(badge_json_member(issuer, "name")),
                                    string_of(badge_json_member(summary, "issuerId")));
    part[PUBLISHED_HOLDER] = text_of(badge_json_member(badge_json_member(credential, "holder"), "name"));
    part[PUBLISHED_FROM] = string_of(badge_json_member(badge_json_member(summary, "from"), "written"));
    part[PUBLISHED_UNTIL] = string_of(badge_json_member(badge_json_member(summary, "until"), "written"));
    read_picture(out, string_of(badge_json_member(badge_json_member(credential, "image"), "data")));
}

static bool is_shown(const struct badge_json_value *summary, struct publication_refusal *refusal)
{
    if (badge_json_is(badge_json_member(summary, "credential"), BADGE_JSON_OBJECT) &&
        badge_json_is(badge_json_member(summary, "isRecord"), BADGE_JSON_FALSE))
        return true;
    return refuse(refusal, PROBLEM_NOT_A_CREDENTIAL,
                  "Only a credential whose issuer, dates and status can be read is published.");
}

static bool read_summary(struct publication *out, const struct badge_digester *digester, int64_t now_s,
                         struct publication_refusal *refusal)
{
    struct badge_err err = {.status = BADGE_OK};
    struct badge_text text;
    const struct badge_json_value *summary;
    if (badge_summary_read(&text, &out->arena, digester, now_s, &err) != BADGE_OK ||
        badge_json_parse(&summary, &out->arena, text.bytes, text.len, &err) != BADGE_OK)
        return refuse(refusal, PROBLEM_TOO_LARGE, "The credential has more values than this node shows.");
    if (!is_shown(summary, refusal))
        return false;
    read_parts(out, summary);
    return true;
}

static bool read_document(struct publication *out, struct badge_digester *digester, const char *bytes, size_t len,
                          const struct badge_hash *digest, int64_t now_s, struct publication_refusal *refusal)
{
    struct badge_err err = {.status = BADGE_OK};
    struct badge_digest found;
    badge_digester_limit_memory(digester, READ_COPIES * len + LEAST);
    if (badge_digester_update(digester, bytes, len, &err) != BADGE_OK ||
        badge_digester_final(digester, &found, &err) != BADGE_OK)
        return refuse_for(refusal, &err);
    if (found.label == BADGE_LABEL_RAW)
        return refuse(refusal, PROBLEM_NOT_A_CREDENTIAL, "The document is neither JSON nor a compact JWS.");
    if (badge_hash_compare(&found.value, digest) != 0)
        return refuse(refusal, PROBLEM_DIGEST_MISMATCH, "The digest of the document is not the one in the path.");
    return read_summary(out, digester, now_s, refusal);
}

bool publication_read(struct publication *out, const char *bytes, size_t len, const struct badge_hash *digest,
                      int64_t now_s, struct publication_refusal *refusal)
{
    struct badge_digester *digester;
    *out = (struct publication){.picture = NULL};
    badge_arena_init(&out->arena, SUMMARY_COPIES * len + LEAST);
    if (badge_digester_new(&digester, len + 1, NULL) != BADGE_OK)
        return refuse(refusal, PROBLEM_TOO_BUSY, "The node has no memory left for this; try again.");
    bool is_read = read_document(out, digester, bytes, len, digest, now_s, refusal);
    badge_digester_free(digester);
    out->published.part[PUBLISHED_CREDENTIAL] = (struct badge_text){bytes, len};
    return is_read;
}

void publication_release(struct publication *publication)
{
    badge_arena_release(&publication->arena);
    free(publication->picture);
}
