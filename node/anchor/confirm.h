/* From a receipt to finality. */
#ifndef ANCHOR_CONFIRM_H
#define ANCHOR_CONFIRM_H

#include "anchor/round.h"

/* A signed or sent job, whose attempts are loaded: looks for their receipts. NEXT_STEP: none is mined. */
enum next confirm_poll(struct round *round, struct tx_job *job);
/* A mined job: looks for a reorganization, and for finality. */
enum next confirm_watch(struct round *round, struct tx_job *job);
/* Reads the receipt of that transaction, which carries the job. *found false: the provider has none */
enum next confirm_transaction(struct round *round, struct tx_job *job, const struct badge_hash *transaction,
                              bool *found);
/* NEXT_STEP: no provider has a receipt of any attempt. */
enum next confirm_unused(struct round *round, struct tx_job *job);

#endif
