/*
 * The presentation round a credential, or round several: who holds it, for which challenge it was made, and whether its
 * own proof holds. Called by inquiry.c, once the credential's own proofs are done.
 *
 * Invariant: nothing here touches a proof of the credential. A presentation's proof is by its holder, and is for
 * authentication: it passes only by a key that the holder's id is, or that the holder's document lists for that.
 */
#include <string.h>

#include "core/format.h"
#include "core/shape.h"
#include "core/text.h"
#include "proof/inquiry.h"

static struct proof *proof_of(struct badge_proof_inquiry *inquiry)
{
    return &inquiry->proof[PRESENTATION_PROOF];
}

/* -- what it says of itself ---------------------------------------------------------------------------------------- */

/* A text, the `id` of an object, or the first of a list. */
static struct badge_text text_of(const struct badge_json_value *value)
{
    struct badge_text text = {"", 0};
    if (badge_json_is(value, BADGE_JSON_ARRAY))
        value = badge_json_at(value, 0, NULL);
    if (badge_json_is(value, BADGE_JSON_OBJECT))
        value = badge_json_member(value, "id");
    (void)badge_json_string(value, &text);
    return text;
}

/* The proof that is looked at: the only one, or the first. */
static const struct badge_json_value *first_proof(const struct badge_json_value *object)
{
    const struct badge_json_value *proof = reading_member(object, "proof");
    return badge_json_is(proof, BADGE_JSON_ARRAY) ? badge_json_at(proof, 0, NULL) : proof;
}

static bool is_signed_layer(const struct badge_layer *layer)
{
    return layer->kind == BADGE_LAYER_TOKEN || layer->kind == BADGE_LAYER_JWS;
}

/* The outermost; of a token it is the payload, or its `vp`. */
static void find_layer(struct presentation *out, const struct badge_reading *reading)
{
    for (size_t i = 0; i < reading->n_layers && !out->object; i++) {
        const struct badge_layer *layer = &reading->layer[i];
        const struct badge_json_value *vp = is_signed_layer(layer) ? badge_json_member(layer->object, "vp") : NULL;
        out->layer = i;
        if (badge_json_is(vp, BADGE_JSON_OBJECT))
            out->object = vp;
        else if (layer->kind == BADGE_LAYER_PRESENTATION ||
                 (is_signed_layer(layer) && layer->object && shape_is_presentation(layer->object)))
            out->object = layer->object;
        if (out->object && is_signed_layer(layer))
            out->payload = layer->object;
    }
}

void presentation_find(struct badge_proof_inquiry *inquiry)
{
    struct presentation *out = &inquiry->presentation;
    find_layer(out, badge_digester_reading(inquiry->params.digester));
    out->holder = text_of(badge_json_member(out->object, "holder"));
    if (out->holder.len == 0)
        out->holder = text_of(badge_json_member(out->payload, "iss"));
    out->challenge = text_of(out->payload ? badge_json_member(out->payload, "nonce")
                                          : badge_json_member(first_proof(out->object), "challenge"));
    out->domain = text_of(out->payload ? badge_json_member(out->payload, "aud")
                                       : badge_json_member(first_proof(out->object), "domain"));
}

/* -- its proof ----------------------------------------------------------------------------------------------------- */

static void fail_memory(struct proof *proof)
{
    proof_finish(proof, BADGE_UNKNOWN, "proof_too_large", "it takes more memory than is spent on a presentation");
}

/* The token's `iss` and the presentation's `holder` are one. */
static bool is_of_one_holder(const struct presentation *presentation)
{
    struct badge_text iss = text_of(badge_json_member(presentation->payload, "iss"));
    return iss.len == 0 || core_text_equal(iss, presentation->holder);
}

static void prepare_token(struct badge_proof_inquiry *inquiry, struct proof *proof)
{
    const struct presentation *presentation = &inquiry->presentation;
    const struct badge_layer *layer = &badge_digester_reading(inquiry->params.digester)->layer[presentation->layer];
    struct jose_signature *signature = badge_arena_alloc(&inquiry->arena, JOSE_MAX_SIGNATURES * sizeof *signature);
    size_t n = 1;
    enum badge_status status = BADGE_ENOMEM;
    if (signature)
        status = layer->jws ? jose_read_json(signature, &n, &inquiry->arena, layer->jws, NULL)
                            : jose_read_compact(signature, &inquiry->arena, layer->token, NULL);
    if (status != BADGE_OK || n == 0)
        fail_memory(proof);
    else if (!is_of_one_holder(presentation))
        proof_finish(proof, BADGE_FAILED, "jwt_claim_differs", "the token's iss is not the presentation's holder");
    else
        proof_take_jose(proof, &signature[0], presentation->payload);
}

static void prepare_data_integrity(struct badge_proof_inquiry *inquiry, struct proof *proof)
{
    const struct badge_json_value *one = first_proof(inquiry->presentation.object);
    struct secured secured = {.arena = &inquiry->arena,
                              .processor = inquiry->params.processor,
                              .document = inquiry->presentation.object,
                              .max_deep = inquiry->params.max_deep,
                              .is_presentation = true};
    struct data_integrity read;
    if (badge_json_member(one, "previousProof"))
        proof_finish(proof, BADGE_UNKNOWN, "proof_not_checked", "it names a proof before it, which is not looked at");
    else if (data_integrity_read(&read, &secured, one, NULL, NULL) != BADGE_OK)
        fail_memory(proof);
    else
        proof_take_data_integrity(proof, &read);
}

static void prepare(struct badge_proof_inquiry *inquiry)
{
    struct presentation *presentation = &inquiry->presentation;
    struct proof *proof = proof_of(inquiry);
    presentation->is_prepared = true;
    presentation_find(inquiry);
    memset(proof, 0, sizeof *proof);
    proof->layer = presentation->layer;
    proof->issuer = presentation->holder;
    if (!presentation->object)
        proof->stage = PROOF_STAGE_DONE;
    else if (presentation->payload)
        prepare_token(inquiry, proof);
    else if (first_proof(presentation->object))
        prepare_data_integrity(inquiry, proof);
    else
        proof_finish(proof, BADGE_UNKNOWN, "no_proof", "");
}

/* -- its key ------------------------------------------------------------------------------------------------------- */

static void take_method(const struct badge_proof_inquiry *inquiry, struct proof *proof,
                        const struct document_method *method)
{
    int64_t now_s = inquiry->params.now_s;
    proof->is_listed = true;
    proof->jwk = method->jwk;
    if (method->has_unread_end)
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", "the end of its key's time can't be read");
    else if (method->has_revoked && method->revoked_s < now_s)
        proof_finish(proof, BADGE_FAILED, "proof_key_revoked", "");
    else if (method->has_expires && method->expires_s < now_s)
        proof_finish(proof, BADGE_FAILED, "proof_key_expired", "");
    else
        proof_take_key(proof, &method->key);
}

static void take_document(struct badge_proof_inquiry *inquiry, struct proof *proof,
                          const struct issuer_document *document)
{
    struct issuer_document listed;
    const struct document_method *method;
    if (document_for_authentication(&listed, &inquiry->arena, document, NULL) != BADGE_OK) {
        fail_memory(proof);
        return;
    }
    enum document_answer answer = !proof->is_jose
                                      ? document_find_method(&method, &listed, proof->issuer, proof->method)
                                      : document_find_kid(&method, &listed, proof->issuer,
                                                          proof->method.len > 0 ? proof->method : proof->issuer);
    switch (answer) {
    case DOCUMENT_LISTED:
        take_method(inquiry, proof, method);
        return;
    case DOCUMENT_NOT_LISTED:
        proof_finish(proof, BADGE_FAILED, "proof_wrong_controller",
                     "the holder's document lists keys for authentication, but not this one");
        return;
    case DOCUMENT_UNREADABLE:
    case DOCUMENT_ELSEWHERE:
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "which key of the holder's document is meant can't be read");
        return;
    case DOCUMENT_LISTS_NONE:
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "the holder's document lists no key for authentication");
        return;
    case DOCUMENT_OF_NOBODY:
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "what stands at the holder's address is not a document of that id");
        return;
    }
}

/* False: the holder's document has to be fetched first, as fetch[*at]. */
static bool resolve_key(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at)
{
    struct proof_fetch *fetch;
    if (proof->issuer.len == 0)
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", "the presentation names no holder");
    else if (proof->base.len > 0 && !core_text_equal(proof->base, proof->issuer))
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", "it names a key of another than the holder");
    else if (proof_issuer_url(&inquiry->arena, proof->issuer).len == 0)
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "the holder's id is not one whose document can be looked up");
    else if (proof_any_failed(inquiry))
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable",
                     "it was not looked up, as a proof of the credential has failed");
    else if (!proof_issuer_document(inquiry, proof, &fetch, at))
        return false;
    else if (fetch)
        take_document(inquiry, proof, &fetch->document);
    else
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_unreachable", proof->unread);
    return true;
}

bool presentation_next(struct badge_proof_inquiry *inquiry, enum badge_proof_want *want, size_t *at)
{
    struct proof *proof = proof_of(inquiry);
    if (!inquiry->presentation.is_prepared)
        prepare(inquiry);
    *at = 0;
    *want = BADGE_PROOF_FETCH;
    if (proof->stage == PROOF_STAGE_KEY && !resolve_key(inquiry, proof, at))
        return true;
    *at = PRESENTATION_PROOF;
    *want = BADGE_PROOF_VERIFY;
    return proof->stage == PROOF_STAGE_VERIFY;
}

/* -- what it says of time ------------------------------------------------------------------------------------------ */

/* False: the token's claim is not there, or is not a moment. */
static bool read_moment(int64_t *out, const struct badge_json_value *payload, const char *claim)
{
    double seconds;
    if (!badge_json_number(badge_json_member(payload, claim), &seconds) || !(seconds > -1e15 && seconds < 1e15))
        return false;
    *out = (int64_t)seconds;
    return true;
}

/* NULL, or the code of what is wrong. */
static const char *time_fault(const struct badge_proof_inquiry *inquiry, const struct proof *proof)
{
    int64_t now_s = inquiry->params.now_s, begins_s = proof->created_s, ends_s = proof->expires_s;
    bool has_begin = proof->has_created && !proof->is_jose, has_end = proof->has_expires;
    if (proof->is_jose) {
        has_begin = read_moment(&begins_s, proof->payload, "nbf");
        has_end = read_moment(&ends_s, proof->payload, "exp");
    }
    if (has_begin && begins_s > now_s + PROOF_AHEAD_S)
        return "proof_from_future";
    return has_end && ends_s < now_s ? "proof_expired" : NULL;
}

void presentation_take_holds(struct badge_proof_inquiry *inquiry, bool holds)
{
    struct proof *proof = proof_of(inquiry);
    const char *fault = holds ? time_fault(inquiry, proof) : NULL;
    if (!holds)
        proof_finish(proof, BADGE_FAILED, "proof_broken", "what it signed is not what is there");
    else if (fault)
        proof_finish(proof, BADGE_FAILED, fault, "");
    else if (proof->hides)
        proof_finish(proof, BADGE_UNKNOWN, "claims_hidden", "it holds, but what was signed may not be what is read");
    else if (proof->issuer.len == 0)
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_not_bound", "the presentation names no holder");
    else if (proof->is_listed || proof_is_issuers_key(proof))
        proof_finish(proof, BADGE_PASSED, "proof_holds", "");
    else
        proof_finish(proof, BADGE_UNKNOWN, "proof_key_not_bound", "its key is not known to be the holder's");
}
