/*
 * The JSON of records and batches, as several calls answer them.
 */
#ifndef API_RECORD_JSON_H
#define API_RECORD_JSON_H

#include "api/api.h"

/* notice: what else its sender should know, in a sentence; NULL: nothing. */
void record_json_write(struct strbuf *out, const struct store_record *record, const char *notice);
void batch_json_write(struct strbuf *out, const struct store_batch *batch, const struct api_options *options);
const char *batch_state_name(const struct store_batch *batch);

/* The outcome of one submission among many: the members digest and state or error, and the closing brace. */
void outcome_json_write(struct strbuf *out, const struct store_submission *submission);
/* What a failed outcome is. Only for STORE_FULL and STORE_FAILED. */
enum problem outcome_problem(enum store_outcome outcome);
const char *outcome_detail(enum store_outcome outcome);

#endif
