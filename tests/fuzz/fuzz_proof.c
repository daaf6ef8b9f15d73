/*
 * The inquiry about a credential's signature with any bytes: a credential, and after a NUL the document that is served
 * at every address. The first byte says what is answered. Nothing passes unless a signature was said to hold.
 */
#include <string.h>

#include "badge/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOLDS = 1, ALTERNATES = 2, NO_CRYPTO = 4, NO_DOCUMENTS = 8, LITTLE_MEMORY = 16, STOPS_EARLY = 32 };

static struct badge_jsonld *processor;

struct counts {
    unsigned n_held, n_fetched, n_requests;
};

static void answer(struct badge_proof_inquiry *inquiry, const struct badge_proof_request *request, unsigned how,
                   struct badge_text document, struct counts *counts)
{
    BADGE_ASSERT(badge_proof_is_open(inquiry, request->number, request->want));
    counts->n_requests++;
    if (request->want == BADGE_PROOF_FETCH) {
        struct badge_proof_document served = {
            .bytes = document.bytes, .len = document.len, .media_type = "application/json"};
        BADGE_ASSERT(memcmp(request->url, "https://", 8) == 0 && strlen(request->url) < sizeof request->url);
        BADGE_ASSERT(++counts->n_fetched <= BADGE_PROOF_MAX_FETCHES);
        if (how & NO_DOCUMENTS)
            badge_proof_fail_document(inquiry, request->number, "it is not there");
        else
            badge_proof_take_document(inquiry, request->number, &served);
        return;
    }
    BADGE_ASSERT(badge_signature_is_plausible(request->algorithm, request->key, request->signature));
    bool holds = how & HOLDS && (!(how & ALTERNATES) || counts->n_requests % 2 == 0);
    counts->n_held += holds && !(how & NO_CRYPTO);
    if (how & NO_CRYPTO)
        badge_proof_fail_signature(inquiry, request->number, "not here");
    else
        badge_proof_take_signature(inquiry, request->number, holds);
}

static void check(const struct badge_proof_view *view, const struct counts *counts)
{
    BADGE_ASSERT(view->is_made && view->code && view->n_proofs <= BADGE_MAX_PROOFS);
    BADGE_ASSERT(view->n_accounts <= BADGE_MAX_KNOWN_ACCOUNTS);
    BADGE_ASSERT((view->outcome == BADGE_PASSED) == (strcmp(view->code, "proof_holds") == 0));
    BADGE_ASSERT(view->outcome != BADGE_PASSED || counts->n_held > 0);
    BADGE_ASSERT(!view->made_before_s || (view->outcome == BADGE_PASSED && view->late_code));
    size_t n_passed = 0;
    for (size_t i = 0; i < view->n_proofs; i++) {
        BADGE_ASSERT(view->proof[i].code);
        n_passed += view->proof[i].outcome == BADGE_PASSED;
        BADGE_ASSERT(view->proof[i].outcome != BADGE_PASSED || view->proof[i].is_issuers);
    }
    BADGE_ASSERT(view->outcome != BADGE_PASSED || n_passed > 0);
    BADGE_ASSERT(n_passed <= counts->n_held);
}

static void inquire(const struct badge_digester *digester, unsigned how, struct badge_text document)
{
    struct badge_proof_params params = {.digester = digester,
                                        .processor = processor,
                                        .now_s = 1796083200,
                                        .max_memory = how & LITTLE_MEMORY ? 20000 : 4 << 20};
    struct badge_proof_inquiry *inquiry;
    struct badge_proof_request request;
    struct badge_proof_view view;
    struct counts counts = {0};
    BADGE_ASSERT(badge_proof_new(&inquiry, &params, NULL) == BADGE_OK);
    while (badge_proof_next(inquiry, &request)) {
        BADGE_ASSERT(!badge_proof_next(inquiry, &request)); /* one at a time */
        if (how & STOPS_EARLY && counts.n_requests > 0)
            break;
        answer(inquiry, &request, how, document, &counts);
    }
    badge_proof_conclude(&view, inquiry);
    check(&view, &counts);
    badge_proof_free(inquiry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    if (size < 2)
        return 0;
    const char *bytes = (const char *)data + 1, *nul = memchr(bytes, '\0', size - 1);
    size_t len = nul ? (size_t)(nul - bytes) : size - 1;
    struct badge_text document = {nul ? nul + 1 : "", nul ? size - len - 2 : 0};
    if (!processor)
        BADGE_ASSERT(badge_jsonld_new(&processor, NULL) == BADGE_OK);
    BADGE_ASSERT(badge_digester_new(&digester, 1 << 20, NULL) == BADGE_OK);
    if (badge_digester_update(digester, bytes, len, NULL) == BADGE_OK &&
        badge_digester_final(digester, &digest, NULL) == BADGE_OK)
        inquire(digester, data[0], document);
    badge_digester_free(digester);
    return 0;
}
