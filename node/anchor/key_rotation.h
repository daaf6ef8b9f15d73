/* The change of the account that signs. */
#ifndef ANCHOR_KEY_ROTATION_H
#define ANCHOR_KEY_ROTATION_H

#include "anchor/round.h"

/*
 * A step of the round: switches to the candidate, if that is an operator and has funds, or drops it; and releases the
 * keys of old accounts whose transactions are all final.
 */
enum next key_rotation_check(struct round *round);

#endif
