/*
 * Finds the proofs of a credential in the layers of its reading, and prepares each: what it signs, and all that can be
 * said of it without a key.
 *
 * Invariant: a proof counts only for what it covers. A Data Integrity proof covers the credential that it is in; a JWS
 * covers its payload, and is a proof of the credential only if the payload is the credential or has it as `vc`.
 * Signatures of presentations (presentation.c) and other wrappers say nothing of it.
 */
#include <string.h>

#include "core/compiler.h"
#include "core/format.h"
#include "core/json_tree.h"
#include "core/shape.h"
#include "core/text.h"
#include "proof/inquiry.h"

static const struct badge_reading *reading_of(const struct badge_proof_inquiry *inquiry)
{
    return badge_digester_reading(inquiry->params.digester);
}

void proof_finish(struct proof *proof, enum badge_outcome outcome, const char *code, const char *detail)
{
    proof->stage = PROOF_STAGE_DONE;
    proof->outcome = outcome;
    proof->code = code;
    if (detail != proof->detail)
        (void)core_format(proof->detail, sizeof proof->detail, "%s", detail);
}

enum badge_outcome proof_outcome_of(const char *code)
{
    static const char *const failed[] = {"proof_malformed", "proof_broken", "proof_wrong_purpose", "context_unsafe"};
    for (size_t i = 0; i < ARRAY_LEN(failed); i++)
        if (strcmp(code, failed[i]) == 0)
            return BADGE_FAILED;
    return BADGE_UNKNOWN;
}

/* The next place; NULL: there are too many. */
static struct proof *add_proof(struct badge_proof_inquiry *inquiry, size_t layer)
{
    const struct badge_reading *reading = reading_of(inquiry);
    struct badge_reading covered = *reading;
    struct badge_claims claims;
    if (inquiry->n_proofs == BADGE_MAX_PROOFS) {
        inquiry->has_too_many = true;
        return NULL;
    }
    struct proof *proof = &inquiry->proof[inquiry->n_proofs++];
    memset(proof, 0, sizeof *proof);
    covered.n_layers = reading->n_layers - layer;
    memmove(covered.layer, reading->layer + layer, covered.n_layers * sizeof *covered.layer);
    badge_claims_read(&claims, &covered);
    proof->layer = layer;
    proof->issuer = claims.issuer;
    return proof;
}

static struct badge_text without_fragment(struct badge_text url)
{
    const char *hash = memchr(url.bytes, '#', url.len);
    return (struct badge_text){url.bytes, hash ? (size_t)(hash - url.bytes) : url.len};
}

/* -- a JWS --------------------------------------------------------------------------------------------------------- */

void proof_take_jose(struct proof *proof, const struct jose_signature *signature,
                     const struct badge_json_value *payload)
{
    const struct badge_json_value *issued = badge_json_member(payload, "iat");
    double iat;
    proof->is_jose = true;
    proof->payload = payload;
    proof->method = signature->kid;
    proof->kid_form = signature->kid_form;
    if (proof->kid_form == JOSE_KID_DID_URL || proof->kid_form == JOSE_KID_URL)
        proof->base = without_fragment(proof->method);
    proof->jwk = signature->jwk;
    if (!signature->code) {
        proof->key = signature->key;
        proof->algorithm = signature->algorithm;
        proof->message = signature->message;
        proof->signature = signature->signature;
    }
    proof->has_created = badge_json_number(issued, &iat) && iat > 0 && iat < 1e15;
    if (proof->has_created)
        proof->created_s = (int64_t)iat;
    memcpy(proof->suite, signature->suite, sizeof proof->suite);
    proof_begin(proof);
    if (signature->code)
        proof_finish(proof, proof_outcome_of(signature->code), signature->code, signature->detail);
}

static void take_signature(struct badge_proof_inquiry *inquiry, size_t layer, const struct jose_signature *signature)
{
    struct proof *proof = add_proof(inquiry, layer);
    if (proof)
        proof_take_jose(proof, signature, reading_of(inquiry)->layer[layer].object);
}

static void collect_jws(struct badge_proof_inquiry *inquiry, size_t at)
{
    const struct badge_layer *layer = &reading_of(inquiry)->layer[at];
    struct jose_signature *signature = badge_arena_alloc(&inquiry->arena, JOSE_MAX_SIGNATURES * sizeof *signature);
    size_t n = 1;
    enum badge_status status = BADGE_ENOMEM;
    if (signature)
        status = layer->jws ? jose_read_json(signature, &n, &inquiry->arena, layer->jws, NULL)
                            : jose_read_compact(signature, &inquiry->arena, layer->token, NULL);
    if (status == BADGE_ELIMIT)
        inquiry->has_too_many = true;
    else if (status != BADGE_OK)
        inquiry->no_memory = true;
    for (size_t i = 0; status == BADGE_OK && i < n; i++)
        take_signature(inquiry, at, &signature[i]);
}

/* -- Data Integrity ------------------------------------------------------------------------------------------------ */

/* The i-th of `proof`, which is one or an array. */
static const struct badge_json_value *proof_at(const struct badge_json_value *proofs, size_t i)
{
    return badge_json_is(proofs, BADGE_JSON_ARRAY) ? badge_json_at(proofs, i, NULL) : i == 0 ? proofs : NULL;
}

/* The only proof with this id; BADGE_MAX_PROOFS: there is none, or there are several. */
static size_t find_id(const struct badge_json_value *proofs, size_t n, const struct badge_json_value *id)
{
    struct badge_text wanted, text;
    size_t found = BADGE_MAX_PROOFS;
    for (size_t i = 0; badge_json_string(id, &wanted) && i < n; i++) {
        if (!badge_json_string(badge_json_member(proof_at(proofs, i), "id"), &text) || !core_text_equal(text, wanted))
            continue;
        if (found != BADGE_MAX_PROOFS)
            return BADGE_MAX_PROOFS;
        found = i;
    }
    return found;
}

/* VC-DI section 4.5, steps 3.2 to 3.4: the proofs that this one names, in the order in which it names them. False: one
 * of them is not there. */
static bool find_previous(struct badge_proof_inquiry *inquiry, const struct badge_json_value *proofs, size_t n,
                          const struct badge_json_value *proof, const struct badge_json_value **out, unsigned *bits)
{
    const struct badge_json_value *named = badge_json_member(proof, "previousProof");
    size_t n_named = badge_json_is(named, BADGE_JSON_ARRAY) ? badge_json_count(named) : 1;
    *out = NULL;
    *bits = 0;
    if (!named)
        return true;
    if (n_named == 0 || n_named > BADGE_MAX_PROOFS)
        return false;
    struct badge_json_value *list = core_json_array(&inquiry->arena, n_named);
    for (size_t i = 0; list && i < n_named; i++) {
        size_t at = find_id(proofs, n, badge_json_is(named, BADGE_JSON_ARRAY) ? badge_json_at(named, i, NULL) : named);
        if (at == BADGE_MAX_PROOFS)
            return false;
        core_json_set(list, i, proof_at(proofs, at));
        *bits |= 1U << at;
    }
    inquiry->no_memory = inquiry->no_memory || !list;
    *out = list;
    return true;
}

void proof_take_data_integrity(struct proof *proof, const struct data_integrity *read)
{
    proof->method = read->method;
    if (proof->method.len > 0)
        proof->base = without_fragment(proof->method);
    memcpy(proof->suite, read->suite, sizeof proof->suite);
    proof->algorithm = read->algorithm;
    proof->message = read->message;
    proof->signature = read->signature;
    proof->has_created = read->has_created;
    proof->created_s = read->created_s;
    proof->has_expires = read->has_expires;
    proof->expires_s = read->expires_s;
    proof->hides = read->hides;
    proof->is_base64url = read->is_base64url;
    proof_begin(proof);
    if (read->code)
        proof_finish(proof, proof_outcome_of(read->code), read->code, read->detail);
}

static void collect_data_integrity(struct badge_proof_inquiry *inquiry, size_t layer,
                                   const struct badge_json_value *proofs)
{
    size_t first = inquiry->n_proofs, n = badge_json_is(proofs, BADGE_JSON_ARRAY) ? badge_json_count(proofs) : 1;
    struct secured secured = {.arena = &inquiry->arena,
                              .processor = inquiry->params.processor,
                              .document = reading_of(inquiry)->layer[layer].object,
                              .max_deep = inquiry->params.max_deep};
    if (n > BADGE_MAX_PROOFS - first) {
        inquiry->has_too_many = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct badge_json_value *one = proof_at(proofs, i), *previous;
        struct proof *proof = add_proof(inquiry, layer);
        struct data_integrity read;
        unsigned bits;
        if (!proof)
            return;
        bool has_previous = find_previous(inquiry, proofs, n, one, &previous, &bits);
        proof->previous = bits << first;
        if (inquiry->no_memory || data_integrity_read(&read, &secured, one, previous, NULL) != BADGE_OK) {
            inquiry->no_memory = true;
            return;
        }
        proof_take_data_integrity(proof, &read);
        if (!has_previous)
            proof_finish(proof, BADGE_FAILED, "proof_malformed", "it names a proof before it that is not there");
    }
}

/* -- the layers ---------------------------------------------------------------------------------------------------- */

static bool is_signed_layer(const struct badge_layer *layer)
{
    return layer->kind == BADGE_LAYER_TOKEN || layer->kind == BADGE_LAYER_JWS;
}

/* Whether the innermost layer is something that an issuer signs, and not a wrapper that was not opened. */
static bool is_content(const struct badge_layer *layer)
{
    switch (layer->kind) {
    case BADGE_LAYER_CREDENTIAL:
    case BADGE_LAYER_RECORD:
    case BADGE_LAYER_DOCUMENT:
    case BADGE_LAYER_OPENATTESTATION:
        return true;
    case BADGE_LAYER_TOKEN:
    case BADGE_LAYER_JWS:
        return layer->object && !badge_json_member(layer->object, "vp") && !shape_is_presentation(layer->object);
    case BADGE_LAYER_BYTES:
    case BADGE_LAYER_TEXT:
    case BADGE_LAYER_PRESENTATION:
    case BADGE_LAYER_ENVELOPE:
    case BADGE_LAYER_REQUEST:
    case BADGE_LAYER_GRAPH:
    case BADGE_LAYER_ARRAY:
        return false;
    }
    return false;
}

static void collect_openattestation(struct badge_proof_inquiry *inquiry, size_t layer)
{
    struct proof *proof = add_proof(inquiry, layer);
    if (!proof)
        return;
    (void)core_format(proof->suite, sizeof proof->suite, "SHA3MerkleProof");
    proof_finish(proof, BADGE_UNKNOWN, "proof_suite_unknown", "its suite is not known here");
}

void proof_collect(struct badge_proof_inquiry *inquiry)
{
    const struct badge_reading *reading = reading_of(inquiry);
    size_t last = reading->n_layers - 1;
    const struct badge_layer *inner = &reading->layer[last];
    inquiry->is_prepared = true;
    inquiry->none_code = "no_proof";
    inquiry->none_why = "";
    badge_claims_read(&inquiry->claims, reading);
    if (!is_content(inner)) {
        if (inquiry->claims.is_opaque || (is_signed_layer(inner) && !inner->object))
            inquiry->none_code = "document_not_read";
        else if (inquiry->claims.has_proof)
            inquiry->none_why = "what is signed is its wrapper, which says nothing of the credential";
        return;
    }
    if (is_signed_layer(inner))
        collect_jws(inquiry, last);
    else if (last > 0 && is_signed_layer(&reading->layer[last - 1]) &&
             badge_json_member(reading->layer[last - 1].object, "vc") == inner->object)
        collect_jws(inquiry, last - 1);
    if (inner->kind == BADGE_LAYER_OPENATTESTATION)
        collect_openattestation(inquiry, last);
    const struct badge_json_value *proofs = reading_member(inner->object, "proof");
    if (proofs)
        collect_data_integrity(inquiry, last, proofs);
}
