/*
 * POST and DELETE of /c/{digest}/publish, and the picture of a published badge. A holder shows a badge to everyone who
 * opens its plain link, and takes it down again.
 *
 * Who has the credential may publish it: that is what its holder has and this node has not. The secret, which her
 * browser makes and the store has only as a hash, is what takes it down; a token of the institution does too.
 */
#include <stdio.h>
#include <string.h>

#include "badge/text.h"
#include "core/json_out.h"
#include "runtime/log.h"
#include "runtime/tokens.h"
#include "site/handlers.h"
#include "site/page_meta.h"
#include "site/publication.h"

#define SECRET_HEADER "Badge-Secret"
#define SECRET_LEN 43u /* 32 bytes in base64url */

#define SHOWN                                                                                                          \
    "Everyone who opens the link sees the badge with the names in it. The secret takes it down again. Search engines " \
    "are asked not to list it, but anyone can copy what is shown."
#define TAKEN_DOWN                                                                                                     \
    "The badge is no longer in the store of this node. Backups that were made meanwhile contain it until they are "    \
    "replaced by newer ones. Copies that others made are not undone."

struct publish_request {
    struct strbuf body;
    struct badge_hash secret_hash;
    bool has_secret;
    int64_t now_s;
    /* out of the jobs */
    struct publication_refusal refusal;
    bool is_refused, is_new, has_picture;
    enum badge_status status;
    struct badge_err err;
};

struct picture_request {
    size_t len;
    struct published published;
    struct reply_piece piece;
    enum badge_status status;
    struct badge_err err;
};

static struct published_folder *folder_of(const struct exchange *x)
{
    return site_of(x)->options.published;
}

static bool is_offered(struct exchange *x)
{
    bool may = site_of(x)->options.may_publish;
    if (!may)
        exchange_problem(x, PROBLEM_NOT_FOUND, "This node publishes no credentials (http.publish).");
    return may;
}

static bool is_secret(const char *text)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return text && strlen(text) == SECRET_LEN && strspn(text, characters) == SECRET_LEN;
}

/* False, and answered: the request has no usable secret. */
static bool read_secret(struct exchange *x, struct publish_request *request)
{
    const char *secret = exchange_header(x, SECRET_HEADER);
    if (is_secret(secret)) {
        badge_sha256(&request->secret_hash, secret, SECRET_LEN);
        return request->has_secret = true;
    }
    exchange_problem(x, PROBLEM_BAD_PARAMETER,
                     "Send the header " SECRET_HEADER " with 32 random bytes in base64url, 43 characters.");
    return false;
}

static void answer_failed(struct exchange *x, const struct publish_request *request)
{
    if (request->is_refused) {
        exchange_problem_at(x, request->refusal.problem, request->refusal.detail, request->refusal.offset);
    } else if (request->status == BADGE_EREFUSED) {
        exchange_problem(x, PROBLEM_WRONG_SECRET, "Send the secret that the credential was first published with.");
    } else if (request->status == BADGE_ENOTFOUND) {
        exchange_problem(x, PROBLEM_NOT_PUBLISHED, "Nothing is published at this link.");
    } else if (request->status == BADGE_ELIMIT) {
        exchange_problem(x, PROBLEM_NO_ROOM,
                         "The node has no more room for published credentials; its operator can "
                         "raise http.publish_space.");
    } else if (request->status == BADGE_ENOMEM) {
        exchange_no_memory(x);
    } else if (request->status == BADGE_EIO) {
        exchange_problem(x, PROBLEM_STORE_FAILED, "The node can't use its store; see the log of its operator.");
        log_error("published credential could not be written or deleted", log_text("why", request->err.text),
                  log_text("request", x->id));
    } else {
        exchange_unread(x, request->status, &request->err);
    }
}

/* -- publishing ---------------------------------------------------------------------------------------------------- */

void publish_open(struct exchange *x)
{
    enum media media = media_parse(exchange_header(x, "Content-Type"));
    if (!is_offered(x))
        return;
    if ((media != MEDIA_JSON && media != MEDIA_JWT) || exchange_header(x, "Content-Encoding")) {
        exchange_problem(x, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                         "Send the credential as application/json or application/jwt, without a content coding.");
        return;
    }
    struct publish_request *request = exchange_new_state(x, sizeof *request);
    if (!request || !read_secret(x, request))
        return;
    bool is_own_limit = site_of(x)->options.max_json > PUBLICATION_MAX_LEN;
    x->max_body = is_own_limit ? PUBLICATION_MAX_LEN : site_of(x)->options.max_json;
    x->max_body_setting = is_own_limit ? NULL : "http.max_json";
    strbuf_init(&request->body, (size_t)x->max_body);
}

void publish_data(struct exchange *x, const char *bytes, size_t len)
{
    struct publish_request *request = x->state;
    if (!exchange_reserve(x, 2 * x->body_len))
        return;
    strbuf_put(&request->body, bytes, len);
    if (request->body.failed)
        exchange_no_memory(x);
}

static bool refuse(struct publish_request *request, enum problem problem, const char *detail)
{
    request->is_refused = true;
    request->refusal = (struct publication_refusal){.problem = problem, .offset = BADGE_NO_OFFSET};
    snprintf(request->refusal.detail, sizeof request->refusal.detail, "%s", detail);
    return false;
}

static bool is_final(struct exchange *x, struct publish_request *request)
{
    struct store_record record;
    enum badge_status status = store_find_work(site_of(x)->options.store, &x->digest, &record, &request->err);
    if (status == BADGE_ENOTFOUND)
        return refuse(request, PROBLEM_UNKNOWN_DIGEST, "This node has never received this credential.");
    if (status == BADGE_OK && record.state != STORE_FINAL)
        return refuse(request, PROBLEM_NOT_FINAL, "Publish the credential once its record is final.");
    request->status = status;
    return status == BADGE_OK;
}

static void publish_work(struct exchange *x)
{
    struct publish_request *request = x->state;
    struct publication publication;
    if (!is_final(x, request))
        return;
    request->is_refused = !publication_read(&publication, request->body.bytes, request->body.len, &x->digest,
                                            request->now_s, &request->refusal);
    if (!request->is_refused) {
        publication.published.secret_hash = request->secret_hash;
        publication.published.at_s = request->now_s;
        request->has_picture = publication.published.part[PUBLISHED_PICTURE].len > 0;
        request->status = published_put_work(folder_of(x), &x->digest, &publication.published, &request->is_new,
                                             &request->err);
    }
    publication_release(&publication);
}

static void publish_done(struct exchange *x)
{
    const struct publish_request *request = x->state;
    if (request->is_refused || request->status != BADGE_OK) {
        answer_failed(x, request);
    } else {
        struct strbuf base, link;
        site_base(&base, x);
        const struct page_meta meta = {.base = base.failed ? "" : base.bytes, .digest = x->digest};
        page_meta_link(&link, &meta, "/c/", "");
        struct json_out *out = exchange_json(x, request->is_new ? 201 : 200);
        json_out_object(out, NULL);
        json_out_hash(out, "digest", &x->digest);
        json_out_text(out, "link", link.failed ? "" : link.bytes);
        json_out_bool(out, "picture", request->has_picture);
        json_out_text(out, "statement", SHOWN);
        json_out_object_end(out);
        exchange_add_header(x, "Location", "%s", link.failed ? "" : link.bytes);
        strbuf_release(&link);
        strbuf_release(&base);
    }
    exchange_resume(x);
}

void publish_run(struct exchange *x)
{
    struct publish_request *request = x->state;
    if (x->body_len == 0) {
        exchange_problem(x, PROBLEM_EMPTY_BODY, "Send the credential as the body of the request.");
        return;
    }
    if (!exchange_reserve(x, publication_cost(request->body.len)))
        return;
    request->now_s = loop_now_s();
    exchange_run_job(x, publish_work, publish_done);
}

void publish_end(struct exchange *x)
{
    struct publish_request *request = x->state;
    strbuf_release(&request->body);
}

/* -- taking down --------------------------------------------------------------------------------------------------- */

static void unpublish_work(struct exchange *x)
{
    struct publish_request *request = x->state;
    request->status = published_remove_work(folder_of(x), &x->digest,
                                            request->has_secret ? &request->secret_hash : NULL, &request->err);
}

static void unpublish_done(struct exchange *x)
{
    const struct publish_request *request = x->state;
    if (request->status != BADGE_OK) {
        answer_failed(x, request);
    } else {
        struct json_out *out = exchange_json(x, 200);
        json_out_object(out, NULL);
        json_out_hash(out, "digest", &x->digest);
        json_out_text(out, "statement", TAKEN_DOWN);
        json_out_object_end(out);
    }
    exchange_resume(x);
}

void unpublish_run(struct exchange *x)
{
    struct publish_request *request = exchange_new_state(x, sizeof *request);
    if (!request)
        return;
    bool has_token_only = x->scopes && !exchange_header(x, SECRET_HEADER);
    if (has_token_only && !(x->scopes & TOKEN_ADMIN))
        exchange_problem(x, PROBLEM_FORBIDDEN, "Send the secret, or a token with the scope admin.");
    else if (has_token_only || read_secret(x, request))
        exchange_run_job(x, unpublish_work, unpublish_done);
}

/* -- the picture --------------------------------------------------------------------------------------------------- */

static void picture_find_work(struct exchange *x)
{
    struct picture_request *request = x->state;
    request->len = published_len_work(folder_of(x), &x->digest);
}

static void picture_work(struct exchange *x)
{
    struct picture_request *request = x->state;
    request->status = published_read_work(&request->published, folder_of(x), &x->digest, &request->err);
}

static void picture_done(struct exchange *x)
{
    struct picture_request *request = x->state;
    const struct badge_text *picture = &request->published.part[PUBLISHED_PICTURE];
    if (request->status == BADGE_ENOTFOUND || (request->status == BADGE_OK && picture->len == 0)) {
        exchange_problem(x, PROBLEM_NOT_PUBLISHED, "No picture is published at this link.");
    } else if (request->status != BADGE_OK) {
        exchange_unread(x, request->status, &request->err);
    } else {
        request->piece = (struct reply_piece){picture->bytes, picture->len};
        x->reply.status = 200;
        x->reply.content_type = "image/png";
        x->reply.pieces = &request->piece;
        x->reply.n_pieces = 1;
        exchange_add_header(x, "X-Robots-Tag", "noindex");
        exchange_add_header(x, "Content-Security-Policy", "default-src 'none'");
    }
    exchange_resume(x);
}

static void picture_find_done(struct exchange *x)
{
    const struct picture_request *request = x->state;
    if (exchange_reserve(x, request->len))
        exchange_run_job(x, picture_work, picture_done);
    else
        exchange_resume(x);
}

void picture_run(struct exchange *x)
{
    if (is_offered(x) && exchange_new_state(x, sizeof(struct picture_request)))
        exchange_run_job(x, picture_find_work, picture_find_done);
}

void picture_end(struct exchange *x)
{
    struct picture_request *request = x->state;
    published_release(&request->published);
}
