/*
 * All reasons to refuse a submission, in one place: its bytes, a media type that they contradict, an issuer that this
 * node does not accept. The handlers of single credentials and of bulk lines call it on their loop, for images on the
 * pool.
 */
#include "api/document.h"

#include <stdio.h>
#include <string.h>

#include "runtime/metrics.h"

static bool document_refuse(struct refusal *refusal, enum problem problem, const char *detail)
{
    refusal->problem = problem;
    refusal->offset = BADGE_NO_OFFSET;
    snprintf(refusal->detail, sizeof refusal->detail, "%s", detail);
    metric_add(METRIC_SUBMISSIONS_REFUSED, 1);
    return false;
}

void document_refused(struct refusal *refusal, const struct badge_err *err)
{
    (void)document_refuse(refusal, problem_of_document(err->status), err->text);
    refusal->offset = err->offset;
}

void document_notice(char out[DOCUMENT_NOTICE_LEN], const char *url)
{
    snprintf(out, DOCUMENT_NOTICE_LEN,
             "The image has only a link to its badge (%.300s), so the image itself is digested (raw).", url);
    for (char *s = out; *s; s++)
        if (*s < ' ' || *s > '~') /* a URL has none of these (RFC 3986), but the text is untrusted */
            *s = '?';
}

static const char *mismatch_detail(enum media media)
{
    switch (media) {
    case MEDIA_JSON:
    case MEDIA_NDJSON:
        return "The media type says JSON, but the bytes are not a JSON object; a credential is one.";
    case MEDIA_JWT:
        return "The media type says JWT, but the bytes are not a compact JWS of three base64url parts.";
    case MEDIA_PDF:
        return "The media type says PDF, but the bytes do not begin with %PDF-.";
    case MEDIA_PNG:
        return "The media type says PNG, but the bytes are not a PNG image.";
    case MEDIA_SVG:
        return "The media type says SVG, but the bytes are not XML whose root is svg.";
    case MEDIA_BYTES:
    case MEDIA_REFUSED:
        break;
    }
    return "The bytes are not what their media type says.";
}

bool document_end(struct badge_digest *out, struct badge_digester *digester, enum media media, const char *head,
                  size_t head_len, const struct api_options *options, struct refusal *refusal)
{
    struct badge_err err = {.status = BADGE_OK};
    enum badge_status status = badge_digester_final(digester, out, &err);
    if (status != BADGE_OK) {
        document_refused(refusal, &err);
        return false;
    }
    if (!media_fits(media, out->label, badge_digester_is_image(digester), head, head_len))
        return document_refuse(refusal, PROBLEM_MEDIA_TYPE_MISMATCH, mismatch_detail(media));
    if (options->any_issuer)
        return true;
    struct badge_claims claims;
    status = badge_claims_read(&claims, badge_digester_document(digester), out->label, &err);
    if (status != BADGE_OK) {
        document_refused(refusal, &err);
        return false;
    }
    if (intake_accepts(options->intake, &claims, &err) != BADGE_OK)
        return document_refuse(refusal, PROBLEM_ISSUER_NOT_ACCEPTED, err.text);
    return true;
}
