/*
 * Data Integrity proofs (VC-DI 1.0, VC-DI-EDDSA, VC-DI-ECDSA; Ed25519Signature2020): what a proof says, and which bytes
 * it signs. Binds nobody to anything, and asks for no key.
 */
#ifndef PROOF_DATA_INTEGRITY_H
#define PROOF_DATA_INTEGRITY_H

#include "badge/jsonld.h"
#include "badge/signature.h"

/* A document with proofs, which is canonicalized once for all of them. */
struct secured {
    struct badge_arena *arena;
    struct badge_jsonld *processor;
    const struct badge_json_value *document; /* with its `proof` */
    size_t max_deep;                         /* of badge_rdfc_canonicalize() */
    bool is_presentation;                    /* its proofs are for authentication, and it has no claims of its own */
    /* What follows begins as zero, and is filled as it is needed. */
    const struct badge_json_value *plain; /* without it */
    bool is_expanded;
    struct badge_rdf_dataset dataset; /* of plain */
    enum badge_status status;
    struct badge_jsonld_err err;
    struct badge_text nquads[2]; /* by enum badge_rdfc_hash; bytes NULL: not canonicalized yet */
};

/* One proof. All texts live in the arena or in the document. */
struct data_integrity {
    /* NULL: it may be verified. Else a code of `proof`: proof_malformed, proof_suite_unknown, proof_wrong_purpose,
     * context_unsafe, context_unknown, proof_too_large. */
    const char *code;
    char detail[200];         /* one clause, where code is set */
    char suite[48];           /* the cryptosuite, or the type, as it is written, cut; "": none */
    struct badge_text method; /* verificationMethod; len 0: none */
    bool has_created, has_expires, is_base64url;
    int64_t created_s, expires_s;
    enum badge_signature_algorithm algorithm;
    struct badge_text message, signature;
    bool hides; /* what was signed is not what the members say by their usual names (hidden.h) */

    /* What message was made of: canonical forms and their hashes. */
    struct badge_text canonical_document, canonical_options;
    struct badge_text document_hash, options_hash;
};

/*
 * Reads a proof and computes what it signs.
 * previous   the proofs that it names by previousProof, an array; NULL: none
 * errors     BADGE_ENOMEM: the arena's ceiling; all else is a code
 */
enum badge_status data_integrity_read(struct data_integrity *out, struct secured *secured,
                                      const struct badge_json_value *proof, const struct badge_json_value *previous,
                                      struct badge_err *err) BADGE_CHECKED;

#endif
