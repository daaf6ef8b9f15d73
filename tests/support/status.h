/* Status lists made for tests, and read as a caller reads them: inflated by zlib, with a signature that is said to
 * hold. */
#ifndef SUPPORT_STATUS_H
#define SUPPORT_STATUS_H

#include "support/vectors.h"

#include "badge/status_list.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW_S 1796083200 /* 2026-12-01 */
#define LIST_URL "https://example.edu/status/1"
#define UNIV "did:web:example.edu"

/* A Bitstring of 131,072 places in which 0 7 8 94567 131071 are set. */
#define GOOD_LIST                                                                                                      \
    "uH4sIAAAAAAAAA-3OsQ0AAAQAMD7nczeYJNJe0K4AAAAAAAAAAAAAAOCZvA4AAAAAsJUDrxDDXQBAAAA" /* 0 7 8 94567 131071 */

struct given_list {
    const char *text;
    const struct badge_proof_view *proof; /* NULL: it holds */
    const char *media_type;               /* NULL: application/json */
    bool has_disposition, is_given;
    int http_status; /* 0: 200 */
    int64_t read_s;  /* 0: NOW_S */
};

extern const struct badge_proof_view status_proof_holds;

/* What has read the text, or could not. */
struct badge_digester *status_digest(const char *text);
struct badge_status_list *status_read_list(const struct given_list *given);
/* A list by UNIV, freed by the caller. purpose: JSON. */
char *status_bitstring(const char *encoded, const char *purpose, const char *type);
/* A credential by UNIV with this credentialStatus, freed by the caller. */
void status_credential(char **out, const char *status);

#endif
