/* From a sealed batch or a revocation set to a transaction in the pools, and its replacements. */
#ifndef ANCHOR_SEND_H
#define ANCHOR_SEND_H

#include "anchor/round.h"

/* A sealed job, whose call is still due: nonce, fees, gas, signature, broadcast. */
enum next send_first(struct round *round, struct tx_job *job);
/* A signed or sent job, of which no attempt is mined: rebroadcast, or a replacement with a higher fee. */
enum next send_open(struct round *round, struct tx_job *job);

#endif
