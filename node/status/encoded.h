/*
 * The `encodedList` of a status list: the text of its gzip bytes.
 */
#ifndef STATUS_ENCODED_H
#define STATUS_ENCODED_H

#include "badge/json.h"

struct encoded_list {
    uint8_t *bytes; /* malloc()ed, the caller's */
    size_t len;
    bool is_padded; /* with "=", which is read */
};

/*
 * is_multibase  Bitstring Status List: "u" and base64url without padding. The older lists have no "u", and by their
 *               texts may have the alphabet of base64 too.
 * errors        BADGE_ESYNTAX, BADGE_ENOMEM
 */
enum badge_status encoded_list_read(struct encoded_list *out, struct badge_text text, bool is_multibase) BADGE_CHECKED;

#endif
