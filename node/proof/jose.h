/*
 * JSON Web Signatures (RFC 7515) of credentials: the compact form and both JSON serializations. Reads the headers and
 * says which bytes are to be verified; binds nobody to anything.
 */
#ifndef PROOF_JOSE_H
#define PROOF_JOSE_H

#include "badge/signature.h"

#define JOSE_MAX_SIGNATURES 8
#define JOSE_MAX_HEADER ((size_t)16 << 10) /* decoded */

enum jose_kid {
    JOSE_KID_NONE,
    JOSE_KID_DID_URL,  /* "did:…", with or without a fragment */
    JOSE_KID_URL,      /* "https://…" */
    JOSE_KID_FRAGMENT, /* "#…": of the issuer's document */
    JOSE_KID_BARE,     /* anything else: document_find_kid() */
};

/* One signature. All texts live in the arena or in what was read. */
struct jose_signature {
    /* NULL: it may be verified. Else a code of `proof`: proof_malformed, or proof_suite_unknown, which no forger can be
     * blamed for: another algorithm, a header that is not known and critical, a key behind a certificate. */
    const char *code;
    char detail[200];      /* one clause, where code is set */
    char suite[48];        /* `alg` as it is written, cut; "": none */
    struct badge_text typ; /* len 0: none */
    enum badge_signature_algorithm algorithm;
    enum jose_kid kid_form;
    struct badge_text kid;              /* from the protected or the other header; len 0: none */
    const struct badge_json_value *jwk; /* the header's own key, which binds nothing; NULL: none */
    struct badge_public_key key;        /* read from it */
    struct badge_text message;          /* what was signed: BASE64URL(header) || "." || BASE64URL(payload) */
    struct badge_text signature;        /* decoded; badge_signature_is_plausible() has not been asked */
};

/* A compact JWS as it was sent, without white space round it. errors    BADGE_ENOMEM; all else is a code */
enum badge_status jose_read_compact(struct jose_signature *out, struct badge_arena *arena, struct badge_text token,
                                    struct badge_err *err) BADGE_CHECKED;
/*
 * A JWS in JSON: general (`signatures`, at least one) or flattened.
 * *n        how many are read; what is wrong with the whole is the code of one
 * errors    BADGE_ENOMEM; BADGE_ELIMIT: more than JOSE_MAX_SIGNATURES
 */
enum badge_status jose_read_json(struct jose_signature out[JOSE_MAX_SIGNATURES], size_t *n, struct badge_arena *arena,
                                 const struct badge_json_value *jws, struct badge_err *err) BADGE_CHECKED;

/*
 * Whether a key may verify by the algorithm: NULL, or why not (one clause, static storage).
 * jwk    the JWK that the key was read from, whose own `alg` has to agree; NULL: none. Its `use` and `key_ops` are
 *        badge_key_from_jwk()'s
 */
const char *jose_key_misfit(enum badge_signature_algorithm algorithm, const struct badge_public_key *key,
                            const struct badge_json_value *jwk);
/* That of the key itself, for a Data Integrity proof. False: the key is an RSA key, or none. */
bool jose_algorithm_of(enum badge_signature_algorithm *out, const struct badge_public_key *key);

/*
 * The claims of a token against the credential in it (VCDM 1.1 section 6.3.1, VC-JOSE-COSE, Open Badges 3.0 section
 * 8.2): iss, jti, nbf, exp, sub. The credential is `vc` with what libraries move from it to the payload's top, or the
 * payload itself, where exp is the token's own end and is not compared. What either lacks, or what can't be read, does
 * not differ; dates are compared as moments, to the second.
 * Returns the first claim that differs ("nbf"; static storage), or NULL.
 */
const char *jose_claim_differs(const struct badge_json_value *payload);

#endif
