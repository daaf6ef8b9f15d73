/*
 * The inquiry of badge/proof.h: from a document to its proofs, keys and what they say. Called by the verifier in
 * audit/, by the command line and by the WebAssembly module.
 */
#include "badge/proof.h"

#include <stdlib.h>
#include <string.h>

#include "core/format.h"

struct badge_proof_inquiry {
    struct badge_proof_params params;
};

enum badge_status badge_proof_new(struct badge_proof_inquiry **out, const struct badge_proof_params *params,
                                  struct badge_err *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return badge_no_memory(err);
    (*out)->params = *params;
    return BADGE_OK;
}

void badge_proof_free(struct badge_proof_inquiry *inquiry)
{
    free(inquiry);
}

bool badge_proof_next(struct badge_proof_inquiry *inquiry, struct badge_proof_request *out)
{
    (void)inquiry;
    (void)out;
    return false;
}

void badge_proof_take_document(struct badge_proof_inquiry *inquiry, unsigned number,
                               const struct badge_proof_document *document)
{
    (void)inquiry;
    (void)number;
    (void)document;
}

void badge_proof_fail_document(struct badge_proof_inquiry *inquiry, unsigned number, const char *why)
{
    (void)inquiry;
    (void)number;
    (void)why;
}

void badge_proof_take_signature(struct badge_proof_inquiry *inquiry, unsigned number, bool holds)
{
    (void)inquiry;
    (void)number;
    (void)holds;
}

void badge_proof_fail_signature(struct badge_proof_inquiry *inquiry, unsigned number, const char *why)
{
    (void)inquiry;
    (void)number;
    (void)why;
}

bool badge_proof_is_open(const struct badge_proof_inquiry *inquiry, unsigned number, enum badge_proof_want want)
{
    (void)inquiry;
    (void)number;
    (void)want;
    return false;
}

void badge_proof_conclude(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry)
{
    (void)inquiry;
    memset(out, 0, sizeof *out);
}
