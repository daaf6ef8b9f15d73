/*
 * Bytes as text: base64url (RFC 4648 section 5) and base58btc, as keys and proof values have them (Controlled
 * Identifiers 1.0 section 2.4). Strict: one text for each value.
 */
#ifndef PROOF_MULTIBASE_H
#define PROOF_MULTIBASE_H

#include "badge/json.h"

#define MULTIBASE_MAX_LEN 1536 /* of a base58btc text, whose reading takes quadratic time */

/*
 * Without padding, white space and leftover bits. *len: the bytes written, at most capacity. False: it is not that, or
 * too long. out may be the text's own place, or NULL, where only the answer and the length are wanted.
 */
bool multibase_base64url(void *out, size_t *len, size_t capacity, struct badge_text text);
/* "z" and base58btc, or "u" and base64url, which sets *is_base64url. False: as above. */
bool multibase_decode(void *out, size_t *len, size_t capacity, bool *is_base64url, struct badge_text text);

#endif
