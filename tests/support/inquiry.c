#include "support/inquiry.h"

#include <string.h>

#include "support/test.h"

static struct badge_jsonld *processor;

struct badge_jsonld *inquiry_processor(void)
{
    if (!processor)
        assert_int_equal(badge_jsonld_new(&processor, NULL), BADGE_OK);
    return processor;
}

void inquiry_release(void)
{
    badge_jsonld_free(processor);
    processor = NULL;
}

static void fetch(struct inquiry_run *run, struct badge_proof_inquiry *inquiry,
                  const struct badge_proof_request *request)
{
    assert_true(run->n_fetched < BADGE_PROOF_MAX_FETCHES);
    memcpy(run->fetched[run->n_fetched++], request->url, sizeof request->url);
    for (size_t i = 0; i < run->n_documents; i++) {
        const struct inquiry_document *one = &run->document[i];
        struct badge_proof_document document = {.bytes = one->text,
                                                .len = strlen(one->text),
                                                .media_type = one->media_type ? one->media_type : "application/json",
                                                .has_disposition = one->has_disposition,
                                                .is_given = one->is_given};
        if (strcmp(one->url, request->url) != 0)
            continue;
        badge_proof_take_document(inquiry, request->number, &document);
        return;
    }
    badge_proof_fail_document(inquiry, request->number, "the server answered 404");
}

static void verify(struct inquiry_run *run, struct badge_proof_inquiry *inquiry,
                   const struct badge_proof_request *request)
{
    bool holds;
    run->n_verified++;
    assert_true(badge_signature_is_plausible(request->algorithm, request->key, request->signature));
    if (run->without_crypto) {
        badge_proof_fail_signature(inquiry, request->number, "it can't be computed here");
        return;
    }
    assert_int_equal(
        badge_signature_verify(&holds, request->algorithm, request->key, request->message, request->signature, NULL),
        BADGE_OK);
    badge_proof_take_signature(inquiry, request->number, holds);
}

void inquiry_run(struct inquiry_run *run, const void *bytes, size_t len)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    struct badge_proof_inquiry *inquiry;
    struct badge_proof_request request;
    run->n_fetched = run->n_verified = 0;
    memset(&run->view, 0, sizeof run->view);
    assert_int_equal(badge_digester_new(&digester, 1 << 20, NULL), BADGE_OK);
    if (badge_digester_update(digester, bytes, len, NULL) == BADGE_OK &&
        badge_digester_final(digester, &digest, NULL) == BADGE_OK) {
        struct badge_proof_params params = {.digester = digester,
                                            .processor = inquiry_processor(),
                                            .now_s = run->now_s,
                                            .max_memory = run->max_memory,
                                            .max_deep = run->max_deep};
        badge_claims_read(&run->claims, badge_digester_reading(digester));
        assert_int_equal(badge_proof_new(&inquiry, &params, NULL), BADGE_OK);
        while (badge_proof_next(inquiry, &request)) {
            assert_true(badge_proof_is_open(inquiry, request.number, request.want));
            assert_false(badge_proof_is_open(inquiry, request.number + 1, request.want));
            if (request.want == BADGE_PROOF_FETCH)
                fetch(run, inquiry, &request);
            else
                verify(run, inquiry, &request);
        }
        badge_proof_conclude(&run->view, inquiry);
        badge_proof_free(inquiry);
    }
    badge_digester_free(digester);
}
