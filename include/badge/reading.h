/*
 * What is read from a document: the credential, through the wrappers round it, and its claims. The digester makes the
 * reading; intake, verdict and summary all use it, so that nothing is taken in that verification reads otherwise.
 *
 * A wrapper is opened only if all its members are known wrapper members and it has exactly one credential: a JWS in
 * JSON, a presentation, an envelope, a request or an answer of an issuing API, @graph, an array, text in UTF-16 or
 * behind a mark, a token folded by mail or within quotes. What is not opened, but might have a credential inside, has
 * hidden claims: they are unknown, and never absent.
 */
#ifndef BADGE_READING_H
#define BADGE_READING_H

#include "badge/digest.h"

enum badge_layer_kind {
    BADGE_LAYER_BYTES,           /* anything else: nothing is read of it */
    BADGE_LAYER_TEXT,            /* bytes that are no JSON or token themselves, but read as text are */
    BADGE_LAYER_TOKEN,           /* a compact JWS */
    BADGE_LAYER_JWS,             /* its JSON serializations */
    BADGE_LAYER_PRESENTATION,    /* VerifiablePresentation */
    BADGE_LAYER_ENVELOPE,        /* EnvelopedVerifiableCredential, EnvelopedVerifiablePresentation */
    BADGE_LAYER_REQUEST,         /* {"credential": …} and the like */
    BADGE_LAYER_GRAPH,           /* @graph */
    BADGE_LAYER_ARRAY,           /* […] */
    BADGE_LAYER_OPENATTESTATION, /* OpenAttestation 2: its salted data */
    BADGE_LAYER_CREDENTIAL,      /* of a known type */
    BADGE_LAYER_RECORD,          /* Achievement, Profile, BadgePathway, a DID document, a status list */
    BADGE_LAYER_DOCUMENT,        /* any other JSON object */
};

struct badge_layer {
    enum badge_layer_kind kind;
    /* The object with its claims, unsalted if it was salted; of a token or JWS its payload; NULL: there is none. */
    const struct badge_json_value *object;
    /* What was signed: of a token the token, without the white space round it; of a JWS the whole object. A token that
     * has padding, which RFC 7515 does not allow, stands here as it was sent. */
    struct badge_text token;
    const struct badge_json_value *jws;
};

#define BADGE_MAX_LAYERS 5 /* four wrappers and what is inside */
#define BADGE_MAX_INNER 4

struct badge_reading {
    size_t n_layers;                            /* at least 1 */
    struct badge_layer layer[BADGE_MAX_LAYERS]; /* outermost first */
    /* The digests of the credentials opened inside: a revocation may name one of them. Not that of the bytes. */
    size_t n_inner;
    struct badge_hash inner[BADGE_MAX_INNER];
    const char *hidden;    /* NULL, or why claims are hidden: one clause, static storage */
    bool has_padded_token; /* the bytes are a compact JWS with base64 padding, or in base64 that is not base64url */
};

/* "presentation" …, as a summary names it. */
BADGE_API const char *badge_layer_name(enum badge_layer_kind kind);

/* After badge_digester_final(): what was read. Borrows from the digester. */
BADGE_API const struct badge_reading *badge_digester_reading(const struct badge_digester *digester);

/*
 * Whether a submission of this document may be recorded as a credential: NULL, or why not, one sentence in static
 * storage. JSON objects without a type of credential are not one; wrappers, OpenAttestation and records are.
 */
BADGE_API const char *badge_reading_refusal(const struct badge_reading *reading);

/*
 * The claims that verification needs, of all layers: the narrowest of their dates counts. Of VC 1.1 and 2.0, Open
 * Badges 2.0, OpenAttestation 2 and 3 and VC-JWT, where the credential is the payload itself, its `vc` or both, and
 * iss, nbf, exp count beside its members. null and "" are absent. The texts are borrowed from the reading.
 *
 * Each member is read by itself; an error of one never takes the others down. The errors' statuses:
 * BADGE_ETYPE       a value of a shape that can't be read
 * BADGE_EREFUSED    it may be hidden: the reading is, or layers name different issuers
 * BADGE_ENOTFOUND   (issuer) it is named only behind a URL
 */
struct badge_claims {
    struct badge_text issuer; /* `issuer` or `issuer.id`, else `iss`; Open Badges 2.0: badge.issuer; len 0: none */
    bool has_not_before, has_not_after;
    int64_t not_before_s; /* the latest of validFrom, issuanceDate, nbf, issuedOn */
    int64_t not_after_s;  /* the earliest of validUntil, expirationDate, expires, exp */
    bool has_status;      /* it names a list or service that has its status */
    bool is_revoked;      /* it says so itself */
    bool has_proof;       /* it has a proof, or a JWS signature */
    bool is_opaque;       /* nothing is read of what it is: whether it is signed is not known */
    bool is_record;       /* a record by its type: nothing is said of validity */
    struct badge_err issuer_err, period_err, status_err;
};
BADGE_API void badge_claims_read(struct badge_claims *out, const struct badge_reading *reading);

/*
 * What a submitter should hear about a document that is recorded all the same. Codes, which are frozen:
 *   claims_hidden      issuer, dates or status may be there and are not read: verification will be unverifiable
 *   date_unreadable    a date can't be read
 *   date_not_standard  it is read, by its narrowest reading
 *   ended, not_begun   today is outside of the period
 *   issuer_unreadable  the issuer can't be read
 *   issuer_missing     a credential without an issuer
 *   status_unreadable  the status can't be read
 *   already_revoked    the document says so itself
 *   raw_by_name        bytes under a name of JSON, JWT or image
 *
 * Others, such as issuer_not_bound, issuer_not_checked and not_conformant, are for the caller to add, who knows
 * accounts, records and whether the rules of standards count.
 */
struct badge_notice {
    const char *code; /* static storage */
    char pointer[96]; /* JSON pointer within the credential, or within the payload that has it; "": all of it */
    char detail[232]; /* one sentence */
};
#define BADGE_MAX_NOTICES 16
/*
 * Returns how many there are.
 * now_s     seconds since 1970
 * name      of the file, for raw_by_name; NULL: it has no name
 */
BADGE_API size_t badge_notices_read(struct badge_notice out[BADGE_MAX_NOTICES], const struct badge_reading *reading,
                                    int64_t now_s, const char *name);

#endif
