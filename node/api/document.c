/*
 * All reasons to refuse a submission, in one place: its bytes, a media type that they contradict, an issuer that this
 * node does not accept. The handlers of single credentials and of bulk lines call it on their loop, for images on the
 * pool.
 */
#include "api/document.h"

#include <stdio.h>
#include <string.h>

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
    badge_digester_take_images(digester, NULL, NULL, 0); /* the next user sets this itself */
    pool->spare[pool->n_spare++] = digester;
}

void digester_pool_release(struct digester_pool *pool)
{
    while (pool->n_spare)
        badge_digester_free(pool->spare[--pool->n_spare]);
}

/* -- documents ----------------------------------------------------------------------------------------------------- */

static bool document_refuse(struct refusal *refusal, enum problem problem, const char *detail)
{
    refusal->problem = problem;
    refusal->offset = BADGE_NO_OFFSET;
    snprintf(refusal->detail, sizeof refusal->detail, "%s", detail);
    metric_add(METRIC_SUBMISSIONS_REFUSED, 1);
    return false;
}

bool document_refused(struct refusal *refusal, const struct badge_err *err)
{
    (void)document_refuse(refusal, problem_of_document(err->status), err->text);
    refusal->offset = err->offset;
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

bool document_end(struct badge_digest *out, struct badge_digester *digester, enum media media, const char *head,
                  size_t head_len, const struct api_options *options, struct refusal *refusal)
{
    struct badge_err err = {.status = BADGE_OK};
    if (badge_digester_final(digester, out, &err) != BADGE_OK)
        return document_refused(refusal, &err);
    if (!media_fits(media, out->label, badge_digester_is_image(digester), head, head_len))
        return document_refuse(refusal, PROBLEM_MEDIA_TYPE_MISMATCH, mismatch_detail[media]); /* any other fits */
    if (options->any_issuer)
        return true;
    struct badge_claims claims;
    badge_claims_read(&claims, badge_digester_reading(digester));
    if (claims.issuer_err.status != BADGE_OK)
        return document_refused(refusal, &claims.issuer_err);
    if (intake_accepts(options->intake, &claims, &err) != BADGE_OK)
        return document_refuse(refusal, PROBLEM_ISSUER_NOT_ACCEPTED, err.text);
    return true;
}
