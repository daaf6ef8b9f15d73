/*
 * Runs an inquiry of badge/proof.h to its end: signatures are really verified, documents come from a list. Link
 * `inquiry`.
 */
#ifndef BADGE_TESTS_INQUIRY_H
#define BADGE_TESTS_INQUIRY_H

#include "badge/proof.h"

struct inquiry_document {
    const char *url, *text;
    const char *media_type; /* NULL: application/json */
    bool has_disposition, is_given;
};

struct inquiry_run {
    int64_t now_s;
    const struct inquiry_document *document; /* what is not in the list can't be fetched */
    size_t n_documents;
    bool without_crypto; /* no signature can be verified */
    size_t max_memory, max_deep;

    /* results */
    struct badge_proof_view view;
    struct badge_claims claims; /* its texts are gone */
    unsigned n_fetched, n_verified;
    char fetched[BADGE_PROOF_MAX_FETCHES][BADGE_PROOF_URL_LEN];
};

/* One processor for all runs of a test program. */
struct badge_jsonld *inquiry_processor(void);
void inquiry_release(void);
void inquiry_run(struct inquiry_run *run, const void *bytes, size_t len);

#endif
