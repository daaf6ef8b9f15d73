/*
 * The JSON of records, batches and outcomes, which several routes answer with.
 */
#ifndef API_RECORD_JSON_H
#define API_RECORD_JSON_H

#include "api/api.h"
#include "api/document.h"
#include "http/exchange.h"

/* To the sender of the document only: notice, a sentence or NULL, and notices. notices NULL: not an answer to one. */
void record_json_write(struct json_out *out, const struct store_record *record, struct store *store, const char *notice,
                       const struct document_notices *notices);
void batch_json_write(struct json_out *out, const struct store_batch *batch, const struct api_options *options);
/* The members of a batch without its anchor, and those of an anchor, in an object that was begun. store may be NULL. */
void batch_json_members(struct json_out *out, const struct store_batch *batch, struct store *store);
void anchor_json_members(struct json_out *out, const struct store_anchor *anchor);
const char *batch_state_name(const struct store_batch *batch);

/* The outcome of one submission among many: the members digest and state or error of an object that was begun, and
 * notices unless they are NULL. */
void outcome_json_write(struct json_out *out, const struct store_submission *submission, struct store *store,
                        const struct document_notices *notices);
/* The problem of a failed outcome. Only for STORE_FULL and STORE_FAILED. */
enum problem outcome_problem(enum store_outcome outcome);
const char *outcome_detail(enum store_outcome outcome);

/* What became of the submissions of one request. */
struct outcome_tally {
    uint64_t n_kept;            /* on disk */
    enum store_outcome failure; /* of the last that the store did not keep; STORE_NEW: it kept all */
};
void outcome_tally(struct outcome_tally *tally, const struct store_submission *submission, size_t n);
/* True, and answered with 503: the store kept nothing of what it was given, so sending all of it again helps. */
bool outcome_refused(struct exchange *x, const struct outcome_tally *tally);

#endif
