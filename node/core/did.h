/*
 * What did.c knows of DID documents and accounts, for proof/document.c too.
 */
#ifndef CORE_DID_H
#define CORE_DID_H

#include "badge/did.h"

/* A port of which a document is fetched: 443 or above 1023, in decimal. */
bool did_port_ok(struct badge_text port);

/* "eip155:100" (CAIP-2). */
bool did_chain_read(uint64_t *chain_id, struct badge_text text);
/* "0x…", with the capitals of EIP-55 or without any. */
bool did_address_read(struct badge_address *account, struct badge_text text);
/* "eip155:100:0x…" (CAIP-10), as badge/did.h says. */
bool did_account_read(uint64_t *chain_id, struct badge_address *account, struct badge_text text);

/* The account of a verification method that has the members of DID Core section 5.2. False: it has none. */
bool did_method_account(uint64_t *chain_id, struct badge_address *account, const struct badge_json_value *method);

/*
 * NULL: it has the shape of a DID or controller document, whose id is *id. Else what is wrong with it, one clause.
 */
const char *did_document_fault(struct badge_text *id, const struct badge_json_value *document);

/* Whether two ids of verification methods, each of which may be relative, are the same within a document. */
bool did_same_method(struct badge_text document_id, struct badge_text a, struct badge_text b);

/*
 * Goes through what a document lists for assertion or authentication (DID Core sections 5.3.1, 5.3.2): begin with
 * document, id and list set, and all else 0. Each step gives a verification method; of a reference each one in
 * verificationMethod that has its id, or, if there is none, the reference alone and method NULL. What is neither text
 * nor object is passed over.
 */
struct did_walk {
    const struct badge_json_value *document;
    struct badge_text id;
    const char *list;                      /* "assertionMethod", "authentication" */
    struct badge_text reference;           /* of this step; len 0: the method stands in the list itself */
    const struct badge_json_value *method; /* of this step */
    size_t next, next_method, n_compared;
    bool has_found;
    bool is_cut; /* it lists more than is looked at */
};
bool did_walk_next(struct did_walk *walk);

#endif
