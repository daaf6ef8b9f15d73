/*
 * Which account acts for an issuer whose id is a DID: what the id says by itself (did:pkh), where its document lies
 * (did:web), and what the document says. Pure: whoever verifies fetches, and hands the bytes in.
 *
 * An account is named as CAIP-10 has it, eip155:<chain id>:<0x account>, the chain id in decimal without leading zeros,
 * capitals in the account as EIP-55 has them or none. An account of one chain says nothing of another: what stands at
 * an address there may be somebody else's.
 */
#ifndef BADGE_DID_H
#define BADGE_DID_H

#include "badge/json.h"
#include "badge/text.h"

#define BADGE_DID_MAX_DOCUMENT ((size_t)64 << 10)
#define BADGE_DID_URL_LEN 512 /* the NUL included; a longer one is no URL that is fetched */

/* Whether the id is did:pkh:eip155:<chain_id>:<account>, which names this account by itself. */
BADGE_API bool badge_did_pkh_names(struct badge_text did, uint64_t chain_id, const struct badge_address *account);

/*
 * Where the document of a did:web lies: https://host/.well-known/did.json, or with a path https://host/path/did.json.
 * The host is a name, no address; its port, where there is one, is 443 or above 1023, for those below are other
 * protocols'. False: the id is no such DID; nothing of a DID URL (path, query, fragment) may follow it.
 */
BADGE_API bool badge_did_web_url(char url[BADGE_DID_URL_LEN], struct badge_text did);

/*
 * Whether a DID document lets the account assert for its subject: a verification method with this blockchainAccountId
 * stands in assertionMethod, or is referred to from there (DID Core section 5.3.2). Methods for another purpose count
 * for nothing, and alsoKnownAs is not asked.
 * errors    those of badge_json_parse(); BADGE_ELIMIT: longer than BADGE_DID_MAX_DOCUMENT; BADGE_ETYPE: no DID
 *           document, or one of another DID
 */
BADGE_API enum badge_status badge_did_document_names(bool *out, struct badge_text did, const char *bytes, size_t len,
                                                     uint64_t chain_id, const struct badge_address *account,
                                                     struct badge_err *err) BADGE_CHECKED;

#endif
