/*
 * Which account acts for an issuer whose id is a DID (W3C DID Core 1.0): what the id says by itself (did:pkh), where
 * its document is (did:web), and what the document says. Pure: the verifier fetches the document and passes the bytes
 * in.
 *
 * An account has the form of CAIP-10, eip155:<chain id>:<0x account>: the chain id in decimal without leading zeros,
 * the account with the capitals of EIP-55 or without any. It counts for that chain only: on another chain, the same
 * address may belong to somebody else.
 */
#ifndef BADGE_DID_H
#define BADGE_DID_H

#include "badge/json.h"
#include "badge/text.h"

#define BADGE_DID_MAX_DOCUMENT ((size_t)64 << 10)
#define BADGE_DID_URL_LEN 512 /* including the NUL; a document with a longer URL is not fetched */

/* Whether the id is did:pkh:eip155:<chain_id>:<account>, which is this account. */
BADGE_API bool badge_did_pkh_names(struct badge_text did, uint64_t chain_id, const struct badge_address *account);

/*
 * The URL of a did:web's document: https://host/.well-known/did.json, or with a path https://host/path/did.json. The
 * host must be a name, not an IP address, and its port, if any, 443 or above 1023, since lower ports belong to other
 * protocols. False: not a did:web, or not allowed; parts of a DID URL (path, query, fragment) must not follow the DID.
 */
BADGE_API bool badge_did_web_url(char url[BADGE_DID_URL_LEN], struct badge_text did);

/*
 * Whether a DID document authorizes the account to make assertions for its subject: a verification method with this
 * blockchainAccountId is in assertionMethod, or referred to from there (DID Core section 5.3.2). Methods for other
 * purposes and alsoKnownAs are ignored.
 * errors    those of badge_json_parse(); BADGE_ELIMIT: longer than BADGE_DID_MAX_DOCUMENT; BADGE_ETYPE: not a DID
 *           document, or that of another DID
 */
BADGE_API enum badge_status badge_did_document_names(bool *out, struct badge_text did, const char *bytes, size_t len,
                                                     uint64_t chain_id, const struct badge_address *account,
                                                     struct badge_err *err) BADGE_CHECKED;

#endif
