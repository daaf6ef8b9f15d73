/*
 * The inquiry of badge/proof.h: from a document to its proofs, keys and what they say. Called by the verifier in
 * audit/, by the command line and by the WebAssembly module.
 *
 * One request is open at a time. Signatures whose keys are known come first, then documents for the keys of the
 * others, and at last documents that may bind a key to the issuer; none is fetched once a proof of the issuer's own has
 * failed. Then come those for the presentation round the credential, so that it takes neither memory nor documents from
 * the credential's proofs.
 */
#include "badge/proof.h"

#include <stdlib.h>
#include <string.h>

#include "core/format.h"
#include "core/web.h"
#include "proof/inquiry.h"

#define DEFAULT_MEMORY ((size_t)32 << 20)

enum badge_status badge_proof_new(struct badge_proof_inquiry **out, const struct badge_proof_params *params,
                                  struct badge_err *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return badge_no_memory(err);
    (*out)->params = *params;
    badge_arena_init(&(*out)->arena, params->max_memory ? params->max_memory : DEFAULT_MEMORY);
    return BADGE_OK;
}

void badge_proof_free(struct badge_proof_inquiry *inquiry)
{
    if (!inquiry)
        return;
    badge_arena_release(&inquiry->arena);
    free(inquiry);
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

static void open_request(struct badge_proof_inquiry *inquiry, struct badge_proof_request *out,
                         enum badge_proof_want want, size_t at)
{
    memset(out, 0, sizeof *out);
    inquiry->number = ++inquiry->last_number;
    inquiry->want = want;
    inquiry->at = at;
    out->number = inquiry->number;
    out->want = want;
    if (want == BADGE_PROOF_FETCH) {
        const struct proof_fetch *fetch = &inquiry->fetch[at];
        memcpy(out->url, fetch->url.bytes, fetch->url.len);
        out->id = fetch->id;
    } else {
        const struct proof *proof = &inquiry->proof[at];
        out->algorithm = proof->algorithm;
        out->key = &proof->key;
        out->message = proof->message;
        out->signature = proof->signature;
    }
}

static struct proof *find_stage(struct badge_proof_inquiry *inquiry, enum proof_stage stage)
{
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        if (inquiry->proof[i].stage == stage)
            return &inquiry->proof[i];
    return NULL;
}

static void stop(struct badge_proof_inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->n_proofs; i++)
        if (inquiry->proof[i].stage != PROOF_STAGE_DONE)
            proof_finish(&inquiry->proof[i], BADGE_UNKNOWN,
                         inquiry->proof[i].stage == PROOF_STAGE_BIND ? "proof_key_not_bound" : "proof_key_unreachable",
                         "it was not looked up, as another proof has failed");
}

static bool next_of_credential(struct badge_proof_inquiry *inquiry, struct badge_proof_request *out)
{
    struct proof *proof;
    size_t at = 0;
    for (;;) {
        if ((proof = find_stage(inquiry, PROOF_STAGE_VERIFY))) {
            open_request(inquiry, out, BADGE_PROOF_VERIFY, (size_t)(proof - inquiry->proof));
            return true;
        }
        if (proof_any_failed(inquiry)) {
            stop(inquiry);
            return false;
        }
        proof = find_stage(inquiry, PROOF_STAGE_KEY);
        bool needs_key = proof;
        if (!needs_key && !(proof = find_stage(inquiry, PROOF_STAGE_BIND)))
            return false;
        if (needs_key ? !proof_resolve_key(inquiry, proof, &at) : !proof_resolve_binding(inquiry, proof, &at)) {
            open_request(inquiry, out, BADGE_PROOF_FETCH, at);
            return true;
        }
    }
}

bool badge_proof_next(struct badge_proof_inquiry *inquiry, struct badge_proof_request *out)
{
    enum badge_proof_want want;
    size_t at;
    if (inquiry->number != 0)
        return false;
    if (!inquiry->is_prepared)
        proof_collect(inquiry);
    if (inquiry->no_memory || inquiry->has_too_many)
        return false;
    if (next_of_credential(inquiry, out))
        return true;
    if (!presentation_next(inquiry, &want, &at))
        return false;
    open_request(inquiry, out, want, at);
    return true;
}

bool badge_proof_is_open(const struct badge_proof_inquiry *inquiry, unsigned number, enum badge_proof_want want)
{
    return number != 0 && inquiry->number == number && inquiry->want == want;
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static void close_request(struct badge_proof_inquiry *inquiry, unsigned number, enum badge_proof_want want)
{
    BADGE_ASSERT(badge_proof_is_open(inquiry, number, want));
    inquiry->number = 0;
}

static void take_fetch(struct proof_fetch *fetch, bool is_read, const char *why)
{
    fetch->is_answered = true;
    fetch->is_read = is_read;
    (void)core_format(fetch->why, sizeof fetch->why, "%s", why);
}

void badge_proof_take_document(struct badge_proof_inquiry *inquiry, unsigned number,
                               const struct badge_proof_document *document)
{
    close_request(inquiry, number, BADGE_PROOF_FETCH);
    struct proof_fetch *fetch = &inquiry->fetch[inquiry->at];
    struct badge_err err;
    fetch->is_given = document->is_given;
    if (!document->is_given && !web_is_json(document->media_type, document->has_disposition)) {
        take_fetch(fetch, false, "what stands at its address is not JSON by its headers");
        return;
    }
    if (document->len > BADGE_DID_MAX_DOCUMENT) {
        take_fetch(fetch, false,
                   document->is_given ? "the document that was given is too long"
                                      : "the document at its address is too long");
        return;
    }
    char *copy = badge_arena_alloc(&inquiry->arena, document->len + 1);
    if (!copy) {
        take_fetch(fetch, false, "there is no memory for the document");
        return;
    }
    if (document->len > 0)
        memcpy(copy, document->bytes, document->len);
    bool is_read = document_parse(&fetch->document, &inquiry->arena, copy, document->len, &err) == BADGE_OK;
    take_fetch(fetch, is_read,
               is_read              ? ""
               : document->is_given ? "the document that was given is not well-formed JSON"
                                    : "what stands at its address is not well-formed JSON");
}

void badge_proof_fail_document(struct badge_proof_inquiry *inquiry, unsigned number, const char *why)
{
    close_request(inquiry, number, BADGE_PROOF_FETCH);
    take_fetch(&inquiry->fetch[inquiry->at], false, why);
}

void badge_proof_take_signature(struct badge_proof_inquiry *inquiry, unsigned number, bool holds)
{
    close_request(inquiry, number, BADGE_PROOF_VERIFY);
    if (inquiry->at == PRESENTATION_PROOF)
        presentation_take_holds(inquiry, holds);
    else
        proof_take_holds(inquiry, &inquiry->proof[inquiry->at], holds);
}

void badge_proof_fail_signature(struct badge_proof_inquiry *inquiry, unsigned number, const char *why)
{
    close_request(inquiry, number, BADGE_PROOF_VERIFY);
    proof_finish(&inquiry->proof[inquiry->at], BADGE_UNKNOWN, "proof_no_crypto", why);
}
