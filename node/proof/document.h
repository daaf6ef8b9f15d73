/*
 * Documents in which issuers list their keys: DID documents (DID Core 1.0), controller documents at an https id
 * (Controlled Identifiers 1.0), a JWK or JWK set at the URL of a `kid`. Pure: the transport fetches them.
 *
 * Everything borrows from the arena and the bytes. A document says only what it lists for assertion: verification
 * methods in `assertionMethod`, or referred to from there (DID Core sections 5.3.1, 5.3.2).
 */
#ifndef PROOF_DOCUMENT_H
#define PROOF_DOCUMENT_H

#include "badge/did.h"
#include "badge/signature.h"

#define DOCUMENT_MAX_METHODS 128 /* that are looked at; what a document lists beyond them is not listed */

/* A verification method, or a key of a JWK set. */
struct document_method {
    struct badge_text id;         /* as it is written; len 0: none. "#key" is relative to the document's id */
    struct badge_text controller; /* as it is written; len 0: none */
    /* BADGE_OK: key is read. BADGE_ENOTFOUND: it is listed by reference, and is not in this document. BADGE_EREFUSED:
     * it is an account, not a key. Else why the key can't be read, as badge_key_from_jwk() has it. */
    enum badge_status status;
    struct badge_public_key key;
    const struct badge_json_value *json; /* the method itself, or the JWK of a set; NULL: not in this document */
    const struct badge_json_value *jwk;  /* publicKeyJwk, for jose_key_misfit(); NULL: it is not one */
    /* Its own ends (Controlled Identifiers section 2.2). has_unread_end: one is there that can't be read, so that
     * nothing can be said of the key. */
    bool has_expires, has_revoked, has_unread_end;
    int64_t expires_s, revoked_s;
};

struct issuer_document {
    const struct badge_json_value *root; /* any JSON value */
    struct badge_text id;                /* len 0: it is not a document of an issuer */
    struct document_method *method;      /* what it lists for assertion, whether it can be read or not */
    size_t n_methods, n_keys;            /* n_keys: those that are read */
    bool has_more;                       /* it lists more than is looked at */
};

/*
 * Bytes that are not I-JSON are an error; JSON that is not such a document (without an id, or with lists that are not
 * arrays) is none: its id is empty then, and nothing is listed.
 * errors    those of badge_json_parse(); BADGE_ELIMIT: longer than BADGE_DID_MAX_DOCUMENT
 */
enum badge_status document_parse(struct issuer_document *out, struct badge_arena *arena, const char *bytes, size_t len,
                                 struct badge_err *err) BADGE_CHECKED;

/* The same document with what it lists for authentication in the place of assertion. errors    BADGE_ENOMEM */
enum badge_status document_for_authentication(struct issuer_document *out, struct badge_arena *arena,
                                              const struct issuer_document *document,
                                              struct badge_err *err) BADGE_CHECKED;

/* What an issuer's document says of a method or key. */
enum document_answer {
    DOCUMENT_LISTED,     /* for assertion */
    DOCUMENT_UNREADABLE, /* it may be: a key for assertion can't be read (another kind, malformed), or two have one id
                          */
    DOCUMENT_ELSEWHERE,  /* it may be: it is listed by reference to another document, or beyond what is looked at */
    DOCUMENT_NOT_LISTED, /* it is the document of that id, and lists keys for assertion, but not this one */
    DOCUMENT_LISTS_NONE, /* it is the document of that id, and lists no key for assertion that can be read */
    DOCUMENT_OF_NOBODY,  /* it is not such a document: of another id, or JSON of another shape */
};

/*
 * All three: issuer is the id whose document this has to be, compared letter for letter. *out is the method, borrowed
 * from the document, where the answer is DOCUMENT_LISTED, and NULL else.
 *
 * By a method's id: a DID URL or URL, or relative ("#key-1"). Of two methods with one id none is meant.
 */
enum document_answer document_find_method(const struct document_method **out, const struct issuer_document *document,
                                          struct badge_text issuer, struct badge_text id);
/* By `kid` of a JOSE header: as above; or bare, which is a fragment without its "#" or a publicKeyJwk's own `kid`; or
 * the issuer's id, which means its only key. */
enum document_answer document_find_kid(const struct document_method **out, const struct issuer_document *document,
                                       struct badge_text issuer, struct badge_text kid);
enum document_answer document_find_key(const struct document_method **out, const struct issuer_document *document,
                                       struct badge_text issuer, const struct badge_public_key *key);

/*
 * The key at a URL in a JOSE header's `kid`: the document is a JWK, a JWK set, or an issuer's document of whatever id
 * with a method of this URL. Of a set the key whose `kid` is the URL or its fragment, or the only key; of two with one
 * `kid` none is meant. One key with a private or symmetric part makes the whole set unreadable.
 * errors    BADGE_ETYPE: not such a document; BADGE_ENOTFOUND: not in it; those of badge_key_from_jwk()
 */
enum badge_status document_key_at_url(struct document_method *out, const struct issuer_document *document,
                                      struct badge_text url, struct badge_err *err) BADGE_CHECKED;

/* The accounts (blockchainAccountId, CAIP-10 of any eip155 chain) that the document lists for assertion. */
struct document_account {
    uint64_t chain_id;
    struct badge_address account;
};
size_t document_accounts(struct document_account *out, size_t capacity, const struct issuer_document *document,
                         struct badge_text issuer);

/*
 * The statement that all of the issuer's credentials since a moment are recorded: a `service` of type BadgeRegistry,
 * whose serviceEndpoint is an object with `chain` (CAIP-2, "eip155:100"), `contract`, `account` ("0x…") and `since`
 * (dateTimeStamp). False: it makes none that can be read.
 */
struct document_registry {
    uint64_t chain_id;
    struct badge_address contract, account;
    int64_t since_s;
};
bool document_registry(struct document_registry *out, const struct issuer_document *document, struct badge_text issuer);

#endif
