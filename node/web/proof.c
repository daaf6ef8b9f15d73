/*
 * The requests of the inquiry into the issuer's own signature, at the boundary: JavaScript fetches the documents and
 * verifies the signatures, core says which and decides what the answers mean.
 *
 * Invariant: an answer to a request that is not open is a trap.
 */
#include "web/proof.h"

#include <string.h>

#include "web/badge.h"
#include "web/boundary.h"

#define MAX_ID 2048 /* bytes of an id that is passed on; a document at a longer one can't be given by hand */

static struct badge_jsonld *processor;
static struct badge_proof_inquiry *inquiry; /* NULL: none is open */
static struct badge_text message;           /* of the last request to verify */

static enum badge_status add_contexts(const struct badge_json_value *contexts, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; status == BADGE_OK && i < badge_json_count(contexts); i++) {
        struct badge_text url, text;
        struct badge_err why = {.offset = BADGE_NO_OFFSET};
        if (!badge_json_string(badge_json_at(contexts, i, &url), &text))
            return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "contexts must be texts by their URLs");
        status = badge_jsonld_add_context(processor, url, text.bytes, text.len, &why);
        if (status != BADGE_OK)
            (void)badge_fail(err, status, BADGE_NO_OFFSET, "contexts: %.*s: %s", (int)(url.len < 200 ? url.len : 200),
                             url.bytes, why.text);
    }
    return status;
}

enum badge_status web_proof_open(const struct badge_digester *digester, int64_t now_s,
                                 const struct badge_json_value *contexts, struct badge_err *err)
{
    struct badge_proof_params params = {.digester = digester, .now_s = now_s};
    if (contexts && !badge_json_is(contexts, BADGE_JSON_OBJECT))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "contexts must be an object");
    enum badge_status status = badge_jsonld_new(&processor, err);
    if (status == BADGE_OK)
        status = add_contexts(contexts, err);
    params.processor = processor;
    return status == BADGE_OK ? badge_proof_new(&inquiry, &params, err) : status;
}

void web_proof_end(struct badge_proof_view *out)
{
    memset(out, 0, sizeof *out);
    if (inquiry)
        badge_proof_conclude(out, inquiry);
    badge_proof_free(inquiry);
    badge_jsonld_free(processor);
    inquiry = NULL;
    processor = NULL;
    message = (struct badge_text){NULL, 0};
}

static const char *key_type_name(enum badge_key_type type)
{
    switch (type) {
    case BADGE_KEY_NONE:
        break;
    case BADGE_KEY_ED25519:
        return "Ed25519";
    case BADGE_KEY_P256:
        return "P-256";
    case BADGE_KEY_P384:
        return "P-384";
    case BADGE_KEY_SECP256K1:
        return "secp256k1";
    case BADGE_KEY_RSA:
        return "RSA";
    }
    return "none";
}

int verify_proof_next(void)
{
    struct badge_proof_request request;
    if (!inquiry || !badge_proof_next(inquiry, &request))
        return 0;
    struct json_out json = web_json();
    json_out_u64(&json, "number", request.number);
    if (request.want == BADGE_PROOF_FETCH) {
        json_out_text(&json, "want", "fetch");
        json_out_text(&json, "url", request.url);
        json_out_string(&json, "id", request.id.bytes, request.id.len <= MAX_ID ? request.id.len : 0);
    } else {
        json_out_text(&json, "want", "verify");
        json_out_text(&json, "algorithm", badge_signature_algorithm_name(request.algorithm));
        json_out_text(&json, "keyType", key_type_name(request.key->type));
        json_out_hex(&json, "key", "", request.key->bytes, request.key->len);
        json_out_u64(&json, "exponent", request.key->exponent);
        json_out_hex(&json, "signature", "", request.signature.bytes, request.signature.len);
        message = request.message;
    }
    web_json_end(&json);
    return 1;
}

void verify_proof_message(void)
{
    BADGE_ASSERT(message.bytes);
    char *out = web_output(message.len);
    BADGE_ASSERT(out);
    memcpy(out, message.bytes, message.len);
    web_output_len(message.len);
    message = (struct badge_text){NULL, 0};
}

static void expect_open(uint32_t number, enum badge_proof_want want)
{
    BADGE_ASSERT(inquiry && badge_proof_is_open(inquiry, number, want));
    message = (struct badge_text){NULL, 0}; /* borrowed until the answer */
}

void verify_proof_document(uint32_t number, const uint8_t *document, const uint8_t *media_type, int has_disposition,
                           int is_given)
{
    struct badge_text bytes = web_input(document), media = web_input(media_type);
    expect_open(number, BADGE_PROOF_FETCH);
    BADGE_ASSERT(bytes.bytes);
    badge_proof_take_document(inquiry, number,
                              &(struct badge_proof_document){.bytes = bytes.bytes,
                                                             .len = bytes.len,
                                                             .media_type = media.bytes,
                                                             .has_disposition = has_disposition != 0,
                                                             .is_given = is_given != 0});
}

void verify_proof_no_document(uint32_t number, const uint8_t *why)
{
    struct badge_text text = web_input(why);
    expect_open(number, BADGE_PROOF_FETCH);
    BADGE_ASSERT(text.bytes);
    badge_proof_fail_document(inquiry, number, text.bytes);
}

void verify_proof_signature(uint32_t number, int holds)
{
    expect_open(number, BADGE_PROOF_VERIFY);
    badge_proof_take_signature(inquiry, number, holds != 0);
}

void verify_proof_no_signature(uint32_t number, const uint8_t *why)
{
    struct badge_text text = web_input(why);
    expect_open(number, BADGE_PROOF_VERIFY);
    BADGE_ASSERT(text.bytes);
    badge_proof_fail_signature(inquiry, number, text.bytes);
}
