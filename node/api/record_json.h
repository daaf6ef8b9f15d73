/*
 * The JSON of records, batches and outcomes, which several routes answer with.
 */
#ifndef API_RECORD_JSON_H
#define API_RECORD_JSON_H

#include "api/api.h"
#include "http/problem.h"

/* notice: a sentence for the sender; NULL: none. */
void record_json_write(struct json_out *out, const struct store_record *record, struct store *store,
                       const char *notice);
void batch_json_write(struct json_out *out, const struct store_batch *batch, const struct api_options *options);
/* The members of a batch without its anchor, and those of an anchor, in an object that was begun. store may be NULL. */
void batch_json_members(struct json_out *out, const struct store_batch *batch, struct store *store);
void anchor_json_members(struct json_out *out, const struct store_anchor *anchor);
const char *batch_state_name(const struct store_batch *batch);

/* The outcome of one submission among many: the members digest and state or error of an object that was begun. */
void outcome_json_write(struct json_out *out, const struct store_submission *submission);
/* The problem of a failed outcome. Only for STORE_FULL and STORE_FAILED. */
enum problem outcome_problem(enum store_outcome outcome);
const char *outcome_detail(enum store_outcome outcome);

#endif
