/*
 * An address as a word of 32 bytes: an argument of a call, or a topic of an event.
 */
#ifndef CORE_ADDRESS_WORD_H
#define CORE_ADDRESS_WORD_H

#include <string.h>

#include "badge/hash.h"
#include "badge/text.h"

static inline struct badge_hash core_address_word(const struct badge_address *address)
{
    struct badge_hash word = {{0}};
    memcpy(word.b + sizeof word - sizeof *address, address->b, sizeof *address);
    return word;
}

/* The last 20 bytes, whatever is before them. */
static inline struct badge_address core_address_of_word(const struct badge_hash *word)
{
    struct badge_address address;
    memcpy(address.b, word->b + sizeof *word - sizeof address, sizeof address);
    return address;
}

#endif
