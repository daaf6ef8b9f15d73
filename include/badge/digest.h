/*
 * A credential reduced to one digest. The bytes alone decide how:
 *
 *   PNG signature, or XML whose root is svg        a baked image; refused as BADGE_EUNSUPPORTED
 *   '{' then '"' or '}' (JSON white space between) jcs: SHA-256 of the RFC 8785 form of the whole document
 *   a compact JWS, surrounding 09 0A 0D 20 removed compact: SHA-256 of the serialization. JWE and SD-JWT are refused
 *   anything else                                  raw: SHA-256 of the bytes
 *
 * A digest posted without its document is labelled external. The label is a hint; a verifier derives it again.
 */
#ifndef BADGE_DIGEST_H
#define BADGE_DIGEST_H

#include "badge/hash.h"
#include "badge/json.h"

enum badge_label { BADGE_LABEL_JCS = 1, BADGE_LABEL_COMPACT = 2, BADGE_LABEL_RAW = 3, BADGE_LABEL_EXTERNAL = 4 };

struct badge_digest {
    enum badge_label label;
    struct badge_hash value;
};

BADGE_API const char *badge_label_name(enum badge_label label);
/* errors    BADGE_EUNSUPPORTED */
BADGE_API enum badge_status badge_label_parse(enum badge_label *out, const char *text, size_t len)
    __attribute__((warn_unused_result));

/*
 * Takes a document of any length as it arrives. JSON and compact JWS are held whole (up to max_held bytes), as is the
 * beginning of what may yet turn out to be one; other bytes are hashed and let go.
 */
struct badge_digester;

BADGE_API enum badge_status badge_digester_new(struct badge_digester **out, size_t max_held, struct badge_err *err)
    __attribute__((warn_unused_result));
BADGE_API void badge_digester_free(struct badge_digester *digester);
/* Ready for another document, memory kept. */
BADGE_API void badge_digester_clear(struct badge_digester *digester);
/* errors    BADGE_ELIMIT (a held document beyond max_held), BADGE_ENOMEM, BADGE_EUNSUPPORTED (an image) */
BADGE_API enum badge_status badge_digester_update(struct badge_digester *digester, const void *bytes, size_t len,
                                                  struct badge_err *err) __attribute__((warn_unused_result));
/*
 * errors    those of badge_json_parse(); BADGE_EUNSUPPORTED: an image, a JWE, an SD-JWT; BADGE_EREFUSED: a document
 *           whose type is BadgeReceipt or BadgeBundle
 */
BADGE_API enum badge_status badge_digester_final(struct badge_digester *digester, struct badge_digest *out,
                                                 struct badge_err *err) __attribute__((warn_unused_result));
/* After final: the parsed document (a JWT's payload too), or NULL where there is none; valid until clear or free. */
BADGE_API const struct badge_json_value *badge_digester_document(const struct badge_digester *digester);
/* After final: the canonical bytes, or the serialization of a compact JWS; len 0 for raw. Valid until clear or free. */
BADGE_API struct badge_text badge_digester_canonical(const struct badge_digester *digester);

/*
 * What verification reads of a credential. For a JWT the claims are read as VC-JWT puts them: the credential is the
 * payload itself or its `vc`, and iss, nbf, exp count beside the credential's own members.
 */
struct badge_claims {
    struct badge_text issuer; /* `issuer` or `issuer.id`, else `iss`; len 0 where none is named */
    bool has_not_before, has_not_after;
    int64_t not_before_s; /* the latest of validFrom, issuanceDate, nbf */
    int64_t not_after_s;  /* the earliest of validUntil, expirationDate, expires, exp */
    bool has_status;      /* a credentialStatus is there */
    bool has_proof;       /* a proof, or a JWS signature */
};
/*
 * errors    BADGE_ETYPE: a member that decides is of another shape than its standard says (a date that is none):
 *           the verdict must not pass over it
 */
BADGE_API enum badge_status badge_claims_read(struct badge_claims *out, const struct badge_json_value *document,
                                              enum badge_label label, struct badge_err *err)
    __attribute__((warn_unused_result));

#endif
