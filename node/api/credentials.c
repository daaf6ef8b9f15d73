/*
 * POST /v1/credentials: one credential, or with NDJSON any number of them (bulk.c). The bytes are hashed as they
 * arrive; the answer waits until intake reports that the record is on disk. An image is kept whole in memory, and its
 * badge is extracted on the pool, where long documents are parsed too.
 */
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "api/handlers.h"
#include "api/record_json.h"
#include "core/compiler.h"
#include "image/image.h"

struct submit_request {
    struct exchange *x;
    enum media media;
    bool asks_rules;
    struct bulk *bulk; /* of NDJSON; then nothing below is used */
    struct badge_digester *digester;
    char head[MEDIA_HEAD_LEN];
    size_t head_len;
    struct document_weight weight;
    char *url; /* of an image that contains only its badge's URL; NULL: none */
    bool is_accepted;
    struct refusal refusal;        /* if not accepted */
    struct document_result result; /* if accepted */
    struct store_submission submission;
    struct intake_request request;
};

static bool open_bulk(struct exchange *x, struct submit_request *submit)
{
    x->max_body = UINT64_MAX;
    submit->bulk = bulk_new(x, submit->asks_rules);
    return submit->bulk;
}

/* A digester keeps JSON, or what may become a compact JWS, and never more than max_json of it. */
static bool reserve_body(struct exchange *x, uint64_t len)
{
    size_t max_held = api_of(x)->max_json;
    return exchange_reserve(x, len < max_held ? len : max_held);
}

static bool open_single(struct exchange *x, struct submit_request *submit)
{
    if (submit->media == MEDIA_JSON || submit->media == MEDIA_JWT) {
        x->max_body = api_of(x)->max_json;
        x->max_body_setting = "http.max_json";
    }
    submit->digester = digester_pool_take(&api_loop_of(x)->digesters);
    if (submit->digester)
        badge_digester_take_images(submit->digester, image_unbake, &submit->url, IMAGE_MAX_LEN);
    return submit->digester;
}

void submit_open(struct exchange *x)
{
    enum media media = media_parse(exchange_header(x, "Content-Type"));
    const char *coding = exchange_header(x, "Content-Encoding");
    if (media == MEDIA_REFUSED || coding) {
        exchange_problem(x, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                         coding ? "Send the body without a content coding."
                                : "Send a credential as application/json, application/jwt, application/pdf, image/png, "
                                  "image/svg+xml or application/octet-stream, or many as application/x-ndjson.");
        return;
    }
    uint64_t check;
    if (!exchange_number(x, "check", &check, 0, 0, 1))
        return;
    struct submit_request *submit = exchange_new_state(x, sizeof *submit);
    if (!submit)
        return;
    submit->x = x;
    submit->media = media;
    submit->asks_rules = check > 0;
    bool opened = media == MEDIA_NDJSON ? open_bulk(x, submit) : open_single(x, submit);
    if (!opened && !exchange_answered(x))
        exchange_no_memory(x);
}

static void answer_refused(struct exchange *x, const struct refusal *refusal)
{
    exchange_problem_rules(x, refusal->problem, refusal->detail, refusal->offset, refusal->findings);
}

void submit_data(struct exchange *x, const char *bytes, size_t len)
{
    struct submit_request *submit = x->state;
    if (submit->bulk) {
        bulk_data(submit->bulk, bytes, len);
        return;
    }
    for (size_t i = 0; i < len && submit->head_len < MEDIA_HEAD_LEN; i++)
        submit->head[submit->head_len++] = bytes[i];
    if (!reserve_body(x, x->body_len))
        return;
    if (document_may_be_large(x))
        document_weigh(&submit->weight, bytes, len);
    struct badge_err err = {.status = BADGE_OK};
    if (badge_digester_update(submit->digester, bytes, len, &err) != BADGE_OK) {
        struct refusal refusal;
        (void)document_refused(&refusal, submit->digester, &err);
        answer_refused(x, &refusal);
    } else if (badge_digester_is_image(submit->digester)) {
        (void)exchange_reserve(x, IMAGE_READ_COST * x->body_len);
    }
}

static void on_durable(struct message *message)
{
    struct submit_request *submit = container_of(message, struct submit_request, request.done);
    struct exchange *x = submit->x;
    const struct store_submission *submission = &submit->submission;
    loop_unref(x->loop);
    if (submission->outcome == STORE_NEW || submission->outcome == STORE_KNOWN) {
        const char *url = api_of(x)->public_url;
        char hex[BADGE_HEX_LEN + 1], notice[DOCUMENT_NOTICE_LEN];
        badge_hex_encode(hex, submission->digest.value.b, sizeof submission->digest.value.b);
        if (submit->url)
            document_notice(notice, submit->url);
        record_json_write(exchange_json(x, submission->outcome == STORE_NEW ? 201 : 200), &submission->record,
                          api_of(x)->store, submit->url ? notice : NULL, &submit->result.notices);
        exchange_add_header(x, "Location", "%s/v1/credentials/%s", url ? url : "", hex);
    } else {
        exchange_problem(x, outcome_problem(submission->outcome), "%s", outcome_detail(submission->outcome));
    }
    exchange_resume(x);
}

static void end_document(struct submit_request *submit)
{
    submit->is_accepted = document_end(&submit->result, submit->digester, submit->media, submit->head, submit->head_len,
                                       submit->asks_rules, api_of(submit->x), &submit->refusal);
}

/* False: the document was refused, and the exchange is answered. */
static bool store_document(struct submit_request *submit)
{
    struct exchange *x = submit->x;
    digester_pool_give(&api_loop_of(x)->digesters, submit->digester, x->body_len);
    submit->digester = NULL;
    if (!submit->is_accepted) {
        answer_refused(x, &submit->refusal);
        return false;
    }
    submit->submission.digest = submit->result.digest;
    submit->submission.received_at_s = loop_now_s();
    submit->request = (struct intake_request){.submission = &submit->submission, .n = 1, .reply_to = &x->loop->mailbox};
    submit->request.done.handler = on_durable;
    loop_ref(x->loop);
    intake_submit(api_of(x)->intake, &submit->request);
    return true;
}

static void document_work(struct exchange *x)
{
    struct submit_request *submit = x->state;
    end_document(submit);
    badge_digester_clear(submit->digester); /* frees memory early: other jobs of this chunk are still to run */
}

static void document_done(struct exchange *x)
{
    if (!store_document(x->state))
        exchange_resume(x);
}

void submit_run(struct exchange *x)
{
    struct submit_request *submit = x->state;
    if (submit->bulk) {
        bulk_run(submit->bulk);
        return;
    }
    if (x->body_len == 0) {
        exchange_problem(x, PROBLEM_EMPTY_BODY, "Send the credential as the body of the request.");
        return;
    }
    if (badge_digester_is_image(submit->digester)) {
        (void)document_limit_image(submit->digester, api_of(x)->max_json);
        exchange_run_job(x, document_work, document_done);
    } else if (document_is_large(x, api_of(x)->max_json)) {
        if (document_reserve(x, x->reserved, submit->digester, &submit->weight, x->body_len) > 0)
            exchange_run_job(x, document_work, document_done);
    } else {
        end_document(submit);
        if (store_document(submit))
            exchange_wait(x);
    }
}

void submit_end(struct exchange *x)
{
    struct submit_request *submit = x->state;
    if (submit->bulk)
        bulk_detach(submit->bulk);
    digester_pool_give(&api_loop_of(x)->digesters, submit->digester, x->body_len);
    document_notices_release(&submit->result.notices);
    free(submit->refusal.findings);
    free(submit->url);
}
