/*
 * What the parts of an inquiry share: collect.c finds the proofs, binding.c their keys and whose they are, conclude.c
 * what all of it means, presentation.c does all of it for the presentation round the credential, inquiry.c asks the
 * caller.
 */
#ifndef PROOF_INQUIRY_H
#define PROOF_INQUIRY_H

#include "badge/proof.h"
#include "proof/data_integrity.h"
#include "proof/document.h"
#include "proof/jose.h"

enum proof_stage {
    PROOF_STAGE_KEY,    /* its key is not known yet */
    PROOF_STAGE_VERIFY, /* is to be verified by its key */
    PROOF_STAGE_BIND,   /* holds; whose key it is has to be found out */
    PROOF_STAGE_DONE,   /* outcome and code are final */
};

/* One proof of a set, or one signature of a JWS. */
struct proof {
    enum proof_stage stage;
    enum badge_outcome outcome;
    const char *code;
    char detail[200], suite[48];
    bool is_jose;

    /* what it says */
    size_t layer;             /* the outermost layer that it covers */
    struct badge_text issuer; /* by what it covers; len 0: nobody */
    struct badge_text method; /* verificationMethod or kid as written; len 0: none */
    struct badge_text base;   /* of that the DID or URL, without the fragment; len 0: relative, or none */
    enum jose_kid kid_form;
    const struct badge_json_value *payload; /* of a JWS */
    const struct badge_json_value *jwk;     /* the header's own, or the one that the key was read from */
    bool has_created, has_expires;
    int64_t created_s, expires_s;
    bool hides, is_base64url;
    unsigned previous; /* bits: the proofs that it names by previousProof */

    /* what is verified, and by which key */
    enum badge_signature_algorithm algorithm;
    struct badge_text message, signature;
    struct badge_public_key key;
    bool is_own_key;    /* the key is in the method itself (did:key, did:jwk), or in the header */
    bool is_of_url;     /* the key was read at the URL of the method, which is not the issuer's document */
    bool is_listed;     /* the issuer's document lists the method or key for assertion */
    bool is_named_key;  /* the key is only named in the fragment of an https URL whose document says nothing of it */
    size_t next_method; /* of a JWT that names no key: the next of the issuer's that is tried */
    size_t n_tried;
    const char *unread; /* why the issuer's document was of no use; NULL: it was not needed, or was read */

    /* what was found */
    bool holds;
    bool is_issuers; /* bound to the issuer, or it claims to be */
    bool is_bound;
    bool has_end;
    int64_t end_s; /* made_before_s of the view */
    const char *end_code;
};

/* A document that was asked for. */
struct proof_fetch {
    struct badge_text url, id;
    bool is_answered, is_read, is_given;
    char why[200]; /* not read: one clause */
    struct issuer_document document;
};

/* The presentation round the credential; its proof stands apart from the credential's. */
struct presentation {
    bool is_prepared;
    const struct badge_json_value *object;  /* NULL: there is none */
    const struct badge_json_value *payload; /* of the token that it was sent as; NULL: it is JSON */
    size_t layer;
    struct badge_text holder, challenge, domain; /* len 0: none */
};
#define PRESENTATION_PROOF BADGE_MAX_PROOFS /* its place among the inquiry's */

struct badge_proof_inquiry {
    struct badge_proof_params params;
    struct badge_arena arena;
    struct badge_claims claims;
    bool is_prepared, no_memory, has_too_many;
    const char *none_code, *none_why; /* no proofs: the code, and one clause or "" */
    struct proof proof[BADGE_MAX_PROOFS + 1];
    size_t n_proofs; /* of the credential */
    struct presentation presentation;
    struct proof_fetch fetch[BADGE_PROOF_MAX_FETCHES];
    size_t n_fetches;

    /* the open request; number 0: none */
    unsigned number, last_number;
    enum badge_proof_want want;
    size_t at; /* of the proof or the fetch */
};

/* Ends the work on a proof. detail: one clause */
void proof_finish(struct proof *proof, enum badge_outcome outcome, const char *code, const char *detail);

/* Finds all proofs of the credential and prepares what they sign. */
void proof_collect(struct badge_proof_inquiry *inquiry);
/* That of a code of data_integrity.h or jose.h. */
enum badge_outcome proof_outcome_of(const char *code);
void proof_take_jose(struct proof *proof, const struct jose_signature *signature,
                     const struct badge_json_value *payload);
void proof_take_data_integrity(struct proof *proof, const struct data_integrity *read);

/* Sets the key where no document is needed for it, and whether the proof claims to be the issuer's. */
void proof_begin(struct proof *proof);
/* The key is known: whether it may be used by the algorithm. */
void proof_take_key(struct proof *proof, const struct badge_public_key *key);
/* Whether the issuer's id is the key that the proof names. */
bool proof_is_issuers_key(const struct proof *proof);
/* False: the document of its issuer has to be fetched first, as fetch[*at]. *out NULL: there is none that could be
 * read; proof->unread says why. */
bool proof_issuer_document(struct badge_proof_inquiry *inquiry, struct proof *proof, struct proof_fetch **out,
                           size_t *at) BADGE_CHECKED;
/*
 * Moves a proof in stage KEY or BIND on. False: a document is needed first, which is fetch[*at], to be asked for.
 * Afterwards the stage is another one.
 */
bool proof_resolve_key(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at) BADGE_CHECKED;
bool proof_resolve_binding(struct badge_proof_inquiry *inquiry, struct proof *proof, size_t *at) BADGE_CHECKED;
/* After the signature was verified. */
void proof_take_holds(struct badge_proof_inquiry *inquiry, struct proof *proof, bool holds);
/* Whether one of the issuer's own has failed for good, and whether one is bound and good. */
bool proof_any_failed(const struct badge_proof_inquiry *inquiry);
bool proof_any_bound(const struct badge_proof_inquiry *inquiry);
/* Whether a failure of the issuer's own proof takes all others down: not one of a proof that holds in its time. */
bool proof_is_fatal(const struct proof *proof);

#define PROOF_AHEAD_S 300 /* how much later than now a proof may say that it was made */

/* What the presentation says of itself; allocates nothing. */
void presentation_find(struct badge_proof_inquiry *inquiry);
/*
 * Once nothing more is wanted for the credential: what is wanted for the presentation's proof, as proof[*at] or
 * fetch[*at]. False: nothing.
 */
bool presentation_next(struct badge_proof_inquiry *inquiry, enum badge_proof_want *want, size_t *at) BADGE_CHECKED;
void presentation_take_holds(struct badge_proof_inquiry *inquiry, bool holds);

/* The URL of the document of an issuer's id, without the fragment; len 0: it has none. Lives in the arena. */
struct badge_text proof_issuer_url(struct badge_arena *arena, struct badge_text issuer);

#endif
