/*
 * POST /v1/verify: reads a credential or bundle, looks up this node's own receipt if none was sent, and passes both to
 * the main loop, which queries the chain. JSON and compact JWS are kept whole for the verifier; of longer bodies of any
 * other kind only the digest.
 */
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/handlers.h"
#include "badge/evidence.h"
#include "core/compiler.h"
#include "image/image.h"

#define STATEMENT                                                                                                      \
    "This is a statement of the node that answered. To rely on no node, run badge verify on your own machine with an " \
    "RPC endpoint that you trust."

struct verify_exchange {
    struct exchange *x;
    struct badge_digester *digester;
    struct document_weight weight;
    struct strbuf body;   /* all of it, or failed: longer than max_json */
    struct badge_err err; /* of digesting it, if it is not an image */
    struct badge_digest digest;
    struct image image; /* what was in it, if it is one */
    char receipt[BADGE_RECEIPT_MAX_LEN];
    struct verify_job verification;
};

/* Memory for what is kept of the body, here and in the digester. */
static bool reserve_body(struct exchange *x, uint64_t len)
{
    return exchange_reserve(x, 2 * len);
}

/* For the digester, on the pool. Keeps the image's receipt and its credential, which are needed later. */
static enum badge_status unbake(void *context, char **credential, size_t *credential_len, const void *image,
                                size_t image_len, struct badge_err *err)
{
    struct image *out = &((struct verify_exchange *)context)->image;
    enum badge_status status = image_read(out, image, image_len, err);
    *credential = NULL;
    if (status != BADGE_OK)
        image_release(out); /* a receipt of an image that is refused does not count */
    if (status != BADGE_OK || !out->credential)
        return status;
    *credential = malloc(out->credential_len);
    if (!*credential)
        return badge_no_memory(err);
    memcpy(*credential, out->credential, out->credential_len);
    *credential_len = out->credential_len;
    return BADGE_OK;
}

void verify_open(struct exchange *x)
{
    enum media media = media_parse(exchange_header(x, "Content-Type"));
    if (media == MEDIA_REFUSED || media == MEDIA_NDJSON || exchange_header(x, "Content-Encoding")) {
        exchange_problem(x, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                         "Send the credential or bundle as application/json, application/jwt, application/pdf, "
                         "image/png, image/svg+xml or application/octet-stream, without a content coding.");
        return;
    }
    if (!api_of(x)->verify) {
        exchange_problem(x, PROBLEM_UNAVAILABLE, "This node has no chain to query; verify with badge verify --rpc.");
        return;
    }
    struct verify_exchange *verify = exchange_new_state(x, sizeof *verify);
    if (!verify)
        return;
    verify->x = x;
    strbuf_init(&verify->body, api_of(x)->max_json);
    verify->digester = digester_pool_take(&api_loop_of(x)->digesters);
    if (verify->digester)
        badge_digester_take_images(verify->digester, unbake, verify, IMAGE_MAX_LEN);
    else
        exchange_no_memory(x);
}

static void answer_refused(const struct verify_exchange *verify, const struct badge_err *err)
{
    struct refusal refusal;
    document_unread(&refusal, verify->digester, err);
    exchange_problem_at(verify->x, refusal.problem, refusal.detail, refusal.offset);
}

void verify_data(struct exchange *x, const char *bytes, size_t len)
{
    struct verify_exchange *verify = x->state;
    struct badge_err err = {.status = BADGE_OK};
    if (!verify->body.failed && !reserve_body(x, x->body_len))
        return;
    if (document_may_be_large(x))
        document_weigh(&verify->weight, bytes, len);
    strbuf_put(&verify->body, bytes, len);
    if (verify->body.failed) {
        strbuf_release(&verify->body);
        verify->body.failed = true; /* strbuf_release() has reset it */
    }
    if (badge_digester_update(verify->digester, bytes, len, &err) != BADGE_OK) {
        answer_refused(verify, &err);
    } else if (badge_digester_is_image(verify->digester)) {
        strbuf_release(&verify->body); /* the digester has it */
        verify->body.failed = true;
        (void)exchange_reserve(x, IMAGE_READ_COST * x->body_len);
    }
}

/* On the pool. The digest of a bundle's credential; false: it has none, or contains its own receipts. */
static bool bundle_digest(struct verify_exchange *verify)
{
    struct badge_arena arena;
    struct badge_text text;
    badge_arena_init(&arena, verify->verification.max_memory);
    bool found = badge_bundle_credential(&text, &arena, verify->body.bytes, verify->body.len);
    if (found) {
        /* a bundle contains JSON or a token; the verdict reports an image as neither */
        badge_digester_take_images(verify->digester, NULL, NULL, 0);
        found = badge_digester_update(verify->digester, text.bytes, text.len, NULL) == BADGE_OK &&
                badge_digester_final(verify->digester, &verify->digest, NULL) == BADGE_OK;
        badge_digester_clear(verify->digester); /* frees memory early: other jobs of this chunk are still to run */
    }
    badge_arena_release(&arena);
    return found;
}

static void on_verified(struct message *message)
{
    struct verify_exchange *verify = container_of(message, struct verify_exchange, verification.done);
    struct exchange *x = verify->x;
    json_t *report = verify->verification.report;
    loop_unref(x->loop);
    char *json = NULL;
    char notice[DOCUMENT_NOTICE_LEN];
    if (report && verify->image.url && verify->verification.document_err.status == BADGE_OK) {
        document_notice(notice, verify->image.url);
        (void)json_object_set_new(report, "notice", json_string(notice)); /* if it fails, the next does too */
    }
    if (report && json_object_set_new(report, "statement", json_string(STATEMENT)) == 0)
        json = json_dumps(report, JSON_COMPACT);
    json_decref(report);
    if (json) {
        json_out_raw(exchange_json(x, 200), NULL, json, strlen(json));
        free(json);
    } else {
        exchange_problem(x, PROBLEM_UNAVAILABLE, "%s",
                         verify->verification.err.text[0] ? verify->verification.err.text
                                                          : "The node could not verify; try again.");
    }
    exchange_resume(x);
}

/* As early as possible: it may hold a large tree, and the chain is slow. */
static void release_digester(struct verify_exchange *verify)
{
    digester_pool_give(&api_loop_of(verify->x)->digesters, verify->digester, verify->x->body_len);
    verify->digester = NULL;
}

/* Before the digester is cleared. Only the verdict of a body that is not kept needs them; their issuer is borrowed. */
static void keep_claims(struct verify_exchange *verify)
{
    struct badge_claims *claims = &verify->verification.claims;
    badge_claims_read(claims, badge_digester_reading(verify->digester));
    claims->issuer = (struct badge_text){"", 0};
}

static void verifier_start(struct verify_exchange *verify)
{
    struct loop *loop = verify->x->loop;
    struct verify_job *job = &verify->verification;
    release_digester(verify);
    if (!verify->body.failed) {
        job->bytes = verify->body.bytes;
        job->len = verify->body.len;
    }
    struct ip_address client = verify->x->client;
    ip_address_mask(&client);
    memcpy(job->client, client.b, sizeof job->client);
    job->document = verify->digest;
    job->context = api_of(verify->x)->verify_context;
    job->reply_to = &loop->mailbox;
    job->done.handler = on_verified;
    loop_ref(loop);
    api_of(verify->x)->verify(job->context, job);
}

static void receipt_work(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    struct badge_receipt receipt;
    if (store_receipt_work(api_of(x)->store, &verify->digest.value, &receipt, NULL) == BADGE_OK)
        verify->verification.receipt_len = badge_receipt_encode(verify->receipt, &receipt);
}

static void bundle_work(struct exchange *x)
{
    if (bundle_digest(x->state))
        receipt_work(x);
}

static void receipt_done(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    if (verify->verification.receipt_len)
        verify->verification.receipt = verify->receipt;
    verifier_start(verify);
}

static void image_work(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    struct badge_err *err = &verify->verification.document_err;
    err->status = badge_digester_final(verify->digester, &verify->digest, err);
    keep_claims(verify);
    badge_digester_clear(verify->digester); /* frees memory early: other jobs of this chunk are still to run */
    if (err->status == BADGE_OK && !verify->image.receipt)
        receipt_work(x);
}

static void image_done(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    struct verify_job *verification = &verify->verification;
    if (verification->document_err.status == BADGE_OK) {
        verification->bytes = verify->image.credential;
        verification->len = verify->image.credential_len;
    }
    if (verify->image.receipt) {
        verification->receipt = verify->image.receipt;
        verification->receipt_len = verify->image.receipt_len;
        verifier_start(verify);
        return;
    }
    receipt_done(x);
}

/* A bundle is refused as a credential; or as nested too deeply, as it is deeper than the credential in it. */
static void document_done(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    enum badge_status status = verify->err.status;
    if (status == BADGE_OK) {
        receipt_done(x);
    } else if (verify->body.failed) { /* the digester had all of it, this buffer has not */
        answer_refused(verify, &verify->err);
        if (x->waiting)
            exchange_resume(x);
    } else if (status == BADGE_EREFUSED || status == BADGE_EDEPTH) {
        badge_digester_clear(verify->digester);
        exchange_run_job(x, bundle_work, receipt_done);
    } else {
        verifier_start(verify); /* the verdict reports what can't be read */
        if (!x->waiting)
            exchange_wait(x);
    }
}

static void read_document(struct verify_exchange *verify)
{
    struct badge_err *err = &verify->err;
    err->status = badge_digester_final(verify->digester, &verify->digest, err);
    keep_claims(verify);
}

static void document_work(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    read_document(verify);
    if (verify->err.status == BADGE_OK) {
        badge_digester_clear(verify->digester); /* frees memory early: other jobs of this chunk are still to run */
        receipt_work(x);
    }
}

void verify_run(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    if (x->body_len == 0) {
        exchange_problem(x, PROBLEM_EMPTY_BODY, "Send the credential or bundle as the body of the request.");
        return;
    }
    size_t *max_memory = &verify->verification.max_memory;
    if (badge_digester_is_image(verify->digester)) {
        *max_memory = document_limit_image(verify->digester, api_of(x)->max_json);
        exchange_run_job(x, image_work, image_done);
        return;
    }
    if (document_is_large(x, api_of(x)->max_json)) {
        *max_memory = document_reserve(x, x->reserved, verify->digester, &verify->weight, x->body_len);
        if (*max_memory > 0)
            exchange_run_job(x, document_work, document_done);
        return;
    }
    *max_memory = DOCUMENT_SMALL_MEMORY;
    read_document(verify);
    if (verify->err.status == BADGE_OK) {
        release_digester(verify);
        exchange_run_job(x, receipt_work, receipt_done);
    } else {
        document_done(x);
    }
}

void verify_end(struct exchange *x)
{
    struct verify_exchange *verify = x->state;
    release_digester(verify);
    strbuf_release(&verify->body);
    image_release(&verify->image);
}
