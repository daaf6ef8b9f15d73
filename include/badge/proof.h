/*
 * The issuer's own signature: which proofs a credential has, which documents to fetch for their keys, which bytes to
 * verify by which key, and what all of it means. Data Integrity (VC-DI 1.0), VC-JWT and JWS in JSON; enveloped
 * credentials, proof sets and chains. PROTOCOL.md section 7 has the rules.
 *
 * An inquiry like that of the chain (badge/chain_query.h): no I/O and no mathematics here. The caller answers each
 * request: it fetches a document, or verifies a signature (badge/signature.h; WebCrypto in a browser). Nothing is
 * fetched before all that can be decided without it was.
 *
 * Order of calls: badge_proof_new(); then badge_proof_next() and one answer to each request, until it returns false
 * with nothing open; badge_proof_conclude() into evidence.proof; badge_proof_free(). badge/evidence.h says what comes
 * before and after, up to the verdict. badge_proof_next() may compute for milliseconds: a daemon calls it on a thread
 * of its pool.
 */
#ifndef BADGE_PROOF_H
#define BADGE_PROOF_H

#include "badge/jsonld.h"
#include "badge/signature.h"
#include "badge/verdict.h"

#define BADGE_PROOF_URL_LEN 512
#define BADGE_PROOF_MAX_FETCHES 8 /* of one verification */

struct badge_proof_inquiry;

struct badge_proof_params {
    const struct badge_digester
        *digester;                  /* after final; borrowed until badge_proof_free(): bytes, reading, document */
    struct badge_jsonld *processor; /* borrowed; used only within badge_proof_new() and badge_proof_next() */
    int64_t now_s;
    size_t max_memory; /* of the inquiry; 0: the default, 32 MiB */
    size_t max_deep;   /* work on the graph of a credential, as badge_rdfc_canonicalize() counts it; 0: the default */
};
/* A document without a proof gets an inquiry too, without requests. errors    BADGE_ENOMEM */
BADGE_API enum badge_status badge_proof_new(struct badge_proof_inquiry **out, const struct badge_proof_params *params,
                                            struct badge_err *err) BADGE_CHECKED;
BADGE_API void badge_proof_free(struct badge_proof_inquiry *inquiry);

enum badge_proof_want { BADGE_PROOF_FETCH, BADGE_PROOF_VERIFY };

/* Borrowed until the answer. */
struct badge_proof_request {
    unsigned number; /* identifies the request within the inquiry */
    enum badge_proof_want want;
    /* BADGE_PROOF_FETCH: https; id is the DID, issuer or key whose document it is, for documents given by hand */
    char url[BADGE_PROOF_URL_LEN];
    struct badge_text id;
    /* BADGE_PROOF_VERIFY; badge_signature_is_plausible() has been asked */
    enum badge_signature_algorithm algorithm;
    const struct badge_public_key *key;
    struct badge_text message, signature;
};

/* False: no more until the open requests are answered; if none is open, the inquiry is over. */
BADGE_API bool badge_proof_next(struct badge_proof_inquiry *inquiry, struct badge_proof_request *out);

/* A document that was fetched with status 200, or given by hand. */
struct badge_proof_document {
    const char *bytes;
    size_t len;
    const char *media_type; /* the Content-Type as it was sent; NULL: none. Ignored if is_given */
    bool has_disposition;   /* it came with Content-Disposition */
    bool is_given;          /* by the verifier, in the place of the one at the address */
};
BADGE_API void badge_proof_take_document(struct badge_proof_inquiry *inquiry, unsigned number,
                                         const struct badge_proof_document *document);
/* It was not fetched; why: one clause. */
BADGE_API void badge_proof_fail_document(struct badge_proof_inquiry *inquiry, unsigned number, const char *why);
BADGE_API void badge_proof_take_signature(struct badge_proof_inquiry *inquiry, unsigned number, bool holds);
/* Here the algorithm can't be computed; why: one clause. */
BADGE_API void badge_proof_fail_signature(struct badge_proof_inquiry *inquiry, unsigned number, const char *why);
/* Whether the number is that of an open request for this; for callers with a number from an untrusted source. */
BADGE_API bool badge_proof_is_open(const struct badge_proof_inquiry *inquiry, unsigned number,
                                   enum badge_proof_want want);

/* What was found, into the evidence, which keeps no pointer to the inquiry. Requests still open count as failed. */
BADGE_API void badge_proof_conclude(struct badge_proof_view *out, const struct badge_proof_inquiry *inquiry);

#endif
